"""`serve`: a mock over HTTP until it is stopped."""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

import click

from mockmarket import __version__
from mockmarket.cli.options import as_json, with_options
from mockmarket.cli.serving import serving_options
from mockmarket.cli.stopping import Stop
from mockmarket.config import Config

PORT = 8000


@click.command()
@with_options(serving_options(PORT, ["MOCKMARKET_PORT", "PORT"], "info"))
@as_json("Print what is printed as JSON lines.")
def serve(port_file: Path | None, as_json: bool, **options: Any) -> None:
    """Serve a world over HTTP until it is stopped."""
    from mockmarket.cli.hosting import CannotServe

    config = Config(**options)
    start_logging(config.log_level, as_json)
    try:
        run(config, port_file, as_json)
    except CannotServe as error:
        raise click.ClickException(str(error)) from error


def run(config: Config, port_file: Path | None, as_json: bool) -> None:
    """Listen, load, say that it is ready, and serve until a signal comes."""
    from mockmarket.cli.hosting import hosting, told_port

    stop = Stop()
    with stop.at_signals(), hosting(config) as server, told_port(port_file, server.port):
        say_ready(config, server.url, as_json)
        stop.wait()


def say_ready(config: Config, url: str, as_json: bool) -> None:
    """Print where it serves; the last line is the one that others wait for."""
    if as_json:
        click.echo(json.dumps({"event": "ready", "url": url, "pid": os.getpid()}))
    else:
        kept = f"kept in {config.data}" if config.data else "temporary and go with this process (--data DIR keeps them)"
        click.echo(f"mockmarket {__version__}, fixture {config.fixture}. Worlds are {kept}.")
        click.echo(f"Dashboard: {url}/_mockmarket/   API browser: {url}/_mockmarket/docs   Keys: mockmarket vendors")
        click.echo(f"Ready. {url}")


def start_logging(level: str, as_json: bool) -> None:
    """Log to standard error, as text or as JSON lines."""
    text = '{"at": "%(asctime)s", "level": "%(levelname)s", "logger": "%(name)s", "message": "%(message)s"}'
    logging.basicConfig(
        level=level.upper(), stream=sys.stderr, format=text if as_json else "%(asctime)s %(levelname)s %(message)s"
    )
