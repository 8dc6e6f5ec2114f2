"""`compare`: holds recordings of real vendors against the mock. Needs no server: it plays requests in a world of its own process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mockmarket.cli import completing
from mockmarket.cli.files import REPORT, prepare_report, write_report
from mockmarket.cli.options import as_json, option, reported, show

if TYPE_CHECKING:
    from mockmarket.app import App
    from mockmarket.recordings.exchange import Headers, Message
    from mockmarket.recordings.fresh import FreshWorld
    from mockmarket.worlds.world import World

RECORDINGS = click.Path(path_type=Path)
SECRET = "Secret of the webhooks' signatures, of any vendor, or of one as VENDOR=SECRET; repeatable."  # noqa: S105 - a help text
"""The help of `--secret`."""


@click.command()
@click.argument("recordings", nargs=-1, required=True, type=RECORDINGS)
@option(
    "--vendor", shell_complete=completing.vendors, help="Vendor of every exchange; by default its host and path say it."
)
@option("--secret", multiple=True, help=SECRET)
@option(
    "--allow",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File of known differences, each with a reason.",
)
@option("--junit", type=REPORT, help="Also write a JUnit XML report to this file.")
@option("--html", type=REPORT, help="Also write the report as one HTML page to this file.")
@as_json("Print the report as JSON.")
@click.pass_context
def compare(
    ctx: click.Context,
    /,
    recordings: Sequence[Path],
    vendor: str | None,
    secret: Sequence[str],
    allow: Path | None,
    junit: Path | None,
    html: Path | None,
    as_json: bool,
) -> None:
    """Compare RECORDINGS of real vendors with the mock: HAR files, journal exports, JSON lines, folders of captured webhooks.

    Statuses, headers, and the structure of bodies are compared with each operation's definition and with an answer of a fresh world;
    webhooks with the mock's notices and, given the secret, their signatures. Values are never compared, and no value is printed.
    Exit codes: 0 if all that was compared agrees or is allowed; 1 if something differs, or nothing was compared; 2 if a recording
    cannot be read.

    mockmarket compare sandbox.har --allow known.yaml"""
    from mockmarket.errors import Refusal
    from mockmarket.recordings import page, report
    from mockmarket.recordings.allowing import read_allowances
    from mockmarket.recordings.comparing import verdicts
    from mockmarket.recordings.exchange import UnreadableError
    from mockmarket.recordings.finding import Finder
    from mockmarket.recordings.reading import read_all
    from mockmarket.vendor import discover

    vendors = discover()
    check_vendor(vendor, [each.name for each in vendors])
    for path in (junit, html):
        prepare_report(path)
    with reported(Refusal, UnreadableError, usage=True), fresh_world() as fresh:
        counter = report.Counter(read_allowances(allow) if allow else ())
        secrets = dict(map(split_secret, secret))
        for verdict in verdicts(read_all(recordings), Finder(vendors, vendor), fresh, secrets):
            counter.add(verdict)
    answer = counter.report()
    write_report(junit, lambda: report.junit(answer))
    write_report(html, lambda: page.html(answer))
    show(answer, as_json, "\n".join(report.lines(answer)))
    ctx.exit(0 if answer["passed"] else 1)


def check_vendor(name: str | None, names: Sequence[str]) -> None:
    """Raise BadParameter for a name that is no vendor's."""
    if name is not None and name not in names:
        raise click.BadParameter(f"there is no vendor {name!r}; there are {', '.join(names)}", param_hint="--vendor")


def split_secret(text: str) -> tuple[str, str]:
    """Return (vendor, secret) of VENDOR=SECRET, "" for the vendor of a secret alone."""
    from mockmarket.vendor import discover

    name, equals, secret = text.partition("=")
    return (name, secret) if equals and name in {vendor.name for vendor in discover()} else ("", text)


@contextmanager
def fresh_world() -> Iterator[Callable[[], FreshWorld]]:
    """Give a function that returns a fresh world of the default fixture, made at its first call, for the length of a block. The world
    sends nothing: its deliveries are stopped before a request is played."""
    from mockmarket.app import App
    from mockmarket.config import Config
    from mockmarket.recordings.fresh import FreshWorld
    from mockmarket.seed.cache import open_cache

    app = App(Config(cache=open_cache(os.environ)))

    @cache
    def fresh() -> FreshWorld:
        app.open()
        app.ticker.close(0)
        return FreshWorld(app.worlds.get("main"), partial(send, app))

    try:
        yield fresh
    finally:
        app.close(0)


def send(app: App, world: World, method: str, path: str, headers: Headers, body: bytes) -> tuple[int, Message]:
    """Make a call of a world of an application in this process; status 0 for a stream, which does not end."""
    from mockmarket.recordings.exchange import Message
    from mockmarket.scenarios.play import answered, environ_of
    from mockmarket.scenarios.variables import FailedError

    try:
        reply = answered(app, environ_of(method, f"/w/{world.name}{path}", dict(headers), body, "127.0.0.1"))
    except FailedError:
        return 0, Message((), None)
    return reply.status, Message(tuple(reply.headers.items()), reply.body)
