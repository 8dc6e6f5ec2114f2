"""The options of a command that starts a server."""

from __future__ import annotations

from pathlib import Path

import click

from mockmarket.cli.kinds import Moment, Networks
from mockmarket.cli.options import Decorator, option
from mockmarket.cli.variables import Port


def serving_options(port: int, port_variables: list[str], log_level: str) -> list[Decorator]:
    """Return the options of a command that starts a server, with its defaults for the port and the log."""
    return [
        option(
            "-p",
            "--port",
            type=Port(),
            envvar=port_variables,
            default=port,
            help="Port to listen on; 0 takes any that is free.",
        ),
        option("-H", "--host", default="127.0.0.1", help="Address to listen on."),
        option("--fixture", default="default", help="A shipped fixture's name, or a file."),
        option("--data", type=click.Path(path_type=Path, readable=False), help="Keep worlds in this folder."),
        option("--durable", is_flag=True, help="With --data: survive a power loss too (slower)."),
        option(
            "--port-file",
            type=click.Path(path_type=Path, dir_okay=False, readable=False),
            help="Write the port here when ready; removed at the end.",
        ),
        option("--seed", type=click.IntRange(0, 2**63 - 1), help="Seed of ids; minted keys follow it too."),
        option("--now", type=Moment(), help="The worlds' start, ISO 8601; their clocks run from it."),
        option("--workers", type=click.IntRange(1, 256), default=8, help="Requests answered at once."),
        option("--control-token", help="Token that control routes ask for."),
        option(
            "--trusted-proxy",
            "trusted_proxies",
            type=Networks(),
            default=(),
            help="Addresses or CIDR blocks whose X-Forwarded-For is believed.",
        ),
        option(
            "--private-targets/--no-private-targets",
            default=None,
            help="Whether webhooks may go to private addresses; by default only when listening on loopback.",
        ),
        option(
            "--ca-file",
            type=click.Path(exists=True, dir_okay=False, readable=False),
            help="More certificate authorities for webhooks (PEM).",
        ),
        option(
            "--log-level",
            type=click.Choice(["debug", "info", "warning", "error"]),
            default=log_level,
            help="What is logged, to standard error.",
        ),
    ]
