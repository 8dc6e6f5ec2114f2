"""`fixture`: work with the files that worlds begin as."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from mockmarket.cli.options import check_files, option, reported
from mockmarket.cli.serve import MOMENT
from mockmarket.clock import monotonic
from mockmarket.config import Config

FILE = click.Path(path_type=Path)


@click.group()
def fixture() -> None:
    """Work with fixtures."""


@fixture.command()
@click.argument("files", nargs=-1, required=True)
def check(files: tuple[str, ...]) -> None:
    """Check fixtures by planting them; prints every problem as file:line: field: sentence, and exits with 1 if there is one.

    A file called - is standard input.
    """
    from mockmarket.seed.templates import Templates
    from mockmarket.store.tempdir import scratch
    from mockmarket.vendor import discover

    def plant(name: str) -> str:
        templates(name, None, None)
        return "good"

    with scratch() as folder:
        templates = Templates(folder, Config(), discover())
        check_files(files, folder, plant)


@fixture.command()
@option("--events", type=click.IntRange(1), required=True, help="How many events.")
@option("--listings", type=click.IntRange(1), required=True, help="How many listings, over all events.")
@option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, help="The same one gives the same fixture.")
@option("--out", type=FILE, default="generated.db", help="File to write: .db or .sqlite, or .yaml for small ones.")
@option("--force", is_flag=True, variable=False, help="Write over a file that is there.")
@option("--vendors", metavar="NAMES", help="Only these vendors' records and keys, comma-separated.")
@option("--start", type=MOMENT, help="When its world begins, ISO 8601; without it, the hour that is running.")
@option("--currency", default="USD", help="Currency of all prices, ISO 4217.")
@option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def generate(as_json: bool, vendors: str | None, out: Path, force: bool, start: int | None, **plan: Any) -> None:
    """Write a fixture with invented houses, shows and listings; `serve --fixture` takes it."""
    from mockmarket.cli import bar
    from mockmarket.errors import Refusal
    from mockmarket.seed.generate.files import Order, generate
    from mockmarket.seed.generate.fixture import Plan
    from mockmarket.vendor import discover

    began = monotonic()
    names = tuple(name.strip() for name in (vendors or "").split(",") if name.strip())
    with reported(Refusal), bar.progress() as progress:
        summary = generate(Order(Plan(**plan), out, force, start, names), discover(), progress)
    summary["seconds"] = round(monotonic() - began, 1)
    click.echo(json.dumps(summary) if as_json else in_words(**summary, size=summary["bytes"]))


def in_words(
    file: str, venues: int, events: int, listings: int, seed: int, size: int, seconds: float, **_: object
) -> str:
    """Write what was generated for people, and how to go on."""
    return (
        f"{file}: {venues:,} venues, {events:,} events, {listings:,} listings, seed {seed}; "
        f"{size / 1e6:,.1f} MB in {seconds:,} s. Its keys are the default fixture's.\n"
        f"Serve it: mockmarket serve --fixture {file}"
    )
