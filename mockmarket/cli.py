"""The command line. Every option is also MOCKMARKET_<OPTION>; an option beats a variable beats the default."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import click

from mockmarket import __version__
from mockmarket.clock import monotonic, parse_iso
from mockmarket.config import Config, Network, parse_networks

GRACE_S = 5.0


class Networks(click.ParamType[tuple[Network, ...]]):
    """Addresses and CIDR blocks, comma-separated."""

    name = "networks"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[Network, ...]:
        """Return the networks that an option's text names; a usage error says which part is none."""
        try:
            return value if isinstance(value, tuple) else parse_networks(value)
        except ValueError as error:
            self.fail(f"{error}", param, ctx)


class Moment(click.ParamType[int]):
    """An ISO 8601 date-time."""

    name = "date-time"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """Return the epoch ms that an option's text means; a usage error says what may be written."""
        try:
            return value if isinstance(value, int) else parse_iso(value)
        except ValueError as error:
            self.fail(f"{error}; use ISO 8601 such as 2026-05-01T12:00:00Z", param, ctx)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "MOCKMARKET"})
@click.version_option(__version__, prog_name="mockmarket")
def main() -> None:
    """A stateful mock of five ticketing marketplaces, for tests."""


@main.command()
@click.option(
    "-p",
    "--port",
    type=click.IntRange(0, 65535),
    envvar=["MOCKMARKET_PORT", "PORT"],
    default=8000,
    show_default=True,
    help="Port to listen on; 0 takes any that is free.",
)
@click.option(
    "-H", "--host", envvar="MOCKMARKET_HOST", default="127.0.0.1", show_default=True, help="Address to listen on."
)
@click.option(
    "--fixture",
    envvar="MOCKMARKET_FIXTURE",
    default="default",
    show_default=True,
    help="A shipped fixture's name, or a file.",
)
@click.option(
    "--data",
    envvar="MOCKMARKET_DATA",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep worlds in this folder.",
)
@click.option(
    "--durable", envvar="MOCKMARKET_DURABLE", is_flag=True, help="With --data: survive a power loss too (slower)."
)
@click.option(
    "--port-file",
    envvar="MOCKMARKET_PORT_FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the port here when ready.",
)
@click.option(
    "--seed",
    envvar="MOCKMARKET_SEED",
    type=click.IntRange(0, 2**63 - 1),
    help="Seed of ids; minted keys follow it too.",
)
@click.option(
    "--now", envvar="MOCKMARKET_NOW", type=Moment(), help="The worlds' start, ISO 8601; their clocks run from it."
)
@click.option(
    "--workers",
    envvar="MOCKMARKET_WORKERS",
    type=click.IntRange(1, 256),
    default=8,
    show_default=True,
    help="Requests answered at once.",
)
@click.option("--control-token", envvar="MOCKMARKET_CONTROL_TOKEN", help="Token that control routes ask for.")
@click.option(
    "--trusted-proxy",
    "trusted_proxies",
    envvar="MOCKMARKET_TRUSTED_PROXY",
    type=Networks(),
    default=(),
    help="Addresses or CIDR blocks whose X-Forwarded-For is believed.",
)
@click.option(
    "--private-targets/--no-private-targets",
    envvar="MOCKMARKET_PRIVATE_TARGETS",
    default=None,
    help="Whether webhooks may go to private addresses; by default only when listening on loopback.",
)
@click.option(
    "--ca-file",
    envvar="MOCKMARKET_CA_FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="More certificate authorities for webhooks (PEM).",
)
@click.option(
    "--log-level",
    envvar="MOCKMARKET_LOG_LEVEL",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
)
@click.option("--json", "as_json", envvar="MOCKMARKET_JSON", is_flag=True, help="Print what is printed as JSON lines.")
def serve(port_file: Path | None, as_json: bool, **options: Any) -> None:
    """Serve a world over HTTP until it is stopped."""
    config = Config(**options)
    start_logging(config.log_level, as_json)
    try:
        run(config, port_file, as_json)
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from error


def run(config: Config, port_file: Path | None, as_json: bool) -> None:
    """Listen, load, say that it is ready, and serve until a signal comes."""
    from mockmarket.app import App, InUse
    from mockmarket.errors import Refusal
    from mockmarket.serving import Server, write_port_file
    from mockmarket.store.database import DataError

    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    app = App(config)
    server = Server(app.front, config.host, config.port, config.workers)
    server.start()
    try:
        app.open()
    except (Refusal, DataError, InUse) as error:
        server.stop(0)
        raise click.ClickException(str(error)) from error
    if port_file:
        write_port_file(port_file, server.port)
    say_ready(config, server.url, as_json)
    stopped.wait()
    until = monotonic() + GRACE_S
    server.stop(GRACE_S)
    app.close(max(0.0, until - monotonic()))


def say_ready(config: Config, url: str, as_json: bool) -> None:
    """Print where it serves; the last line is the one that others wait for."""
    if as_json:
        click.echo(json.dumps({"event": "ready", "url": url, "pid": os.getpid()}))
    else:
        kept = f"kept in {config.data}" if config.data else "temporary and go with this process (--data DIR keeps them)"
        click.echo(f"mockmarket {__version__}, fixture {config.fixture}. Worlds are {kept}.")
        click.echo(f"API browser: {url}/_mockmarket/docs   Keys: mockmarket vendors")
        click.echo(f"Ready. {url}")
    sys.stdout.flush()


def start_logging(level: str, as_json: bool) -> None:
    """Log to standard error, as text or as JSON lines."""
    text = '{"at": "%(asctime)s", "level": "%(levelname)s", "logger": "%(name)s", "message": "%(message)s"}'
    logging.basicConfig(
        level=level.upper(), stream=sys.stderr, format=text if as_json else "%(asctime)s %(levelname)s %(message)s"
    )


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def vendors(as_json: bool) -> None:
    """List the emulated APIs: base URLs, and the default fixture's keys."""
    import mockmarket.vendors
    from mockmarket.seed import reading
    from mockmarket.vendors.base import discover

    found = [
        {
            "name": one.name,
            "title": one.title,
            "base_url": one.base,
            "keys": reading.keys_of(reading.find("default"), one.name),
        }
        for one in discover(mockmarket.vendors)
    ]
    if as_json:
        click.echo(json.dumps(found))
        return
    for one in found:
        click.echo(f"{one['name']}  {one['title']}\n  base URL  {one['base_url']}")
        for name, secret in one["keys"]:
            click.echo(f"  key       {secret}  {name}")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON instead of YAML.")
def openapi(as_json: bool) -> None:
    """Print the OpenAPI document of everything that is served."""
    import yaml

    import mockmarket.vendors
    from mockmarket.openapi import describe
    from mockmarket.vendors.base import discover

    spec = json.loads(json.dumps(describe(discover(mockmarket.vendors))))
    click.echo(
        json.dumps(spec) if as_json else yaml.safe_dump(spec, sort_keys=False, allow_unicode=True, width=120), nl=False
    )


@main.group()
def fixture() -> None:
    """Work with fixtures."""


@fixture.command()
@click.argument("files", nargs=-1, required=True)
def check(files: tuple[str, ...]) -> None:
    """Check fixtures by planting them; prints every problem as file:line: field: sentence, and exits with 1 if there is one."""
    import tempfile

    import mockmarket.vendors
    from mockmarket.errors import Refusal
    from mockmarket.seed.templates import Templates
    from mockmarket.vendors.base import discover

    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        templates = Templates(Path(folder), Config(), discover(mockmarket.vendors))
        for name in files:
            try:
                templates(name, None, None)
                click.echo(f"{name}: good")
            except Refusal as refusal:
                bad += 1
                click.echo(refusal.message, err=True)
    sys.exit(1 if bad else 0)
