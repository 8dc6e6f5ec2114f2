"""`fixture`: checks and generates fixture files."""

import json
import os
from pathlib import Path
from typing import Any

import click

from mockmarket.cli.options import check_files, option, reported
from mockmarket.cli.serve import MOMENT
from mockmarket.clock import monotonic
from mockmarket.config import Config
from mockmarket.seed.cache import note_checked, open_cache
from mockmarket.seed.finding import DATABASES

FILE = click.Path(path_type=Path)
SUMMARY = """\
{file}: {venues:,} venues, {events:,} events, {listings:,} listings, seed {seed}; {megabytes:,.1f} MB in {seconds:,} s. \
It has the default fixture's keys.
Serve it: mockmarket serve --fixture {file}"""


@click.group()
def fixture() -> None:
    """Check and generate fixtures."""


@fixture.command()
@click.argument("files", nargs=-1, required=True)
def check(files: tuple[str, ...]) -> None:
    """Check fixtures by loading them; print each problem as file:line: field: message; exit with 1 if there is a problem.

    The file name - stands for standard input."""
    from mockmarket.seed.templates import Templates
    from mockmarket.store.files import scratch
    from mockmarket.vendor import discover

    def plant(name: str) -> str:
        templates(name, None, None)
        return "good"

    with scratch() as folder:
        templates = Templates(folder, Config(), discover())
        check_files(files, folder, plant)


@fixture.command()
@option("--events", type=click.IntRange(1), required=True, help="Number of events.")
@option("--listings", type=click.IntRange(1), required=True, help="Number of listings, over all events.")
@option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, help="Seed; the same seed gives the same fixture.")
@option("--out", type=FILE, default="generated.db", help="Output file: .db or .sqlite, or .yaml for small fixtures.")
@option("--force", is_flag=True, variable=False, help="Overwrite an existing file.")
@option("--vendors", metavar="NAMES", help="Only these vendors' records and keys, comma-separated.")
@option("--start", type=MOMENT, help="Start of its world, ISO 8601; by default the current hour.")
@option("--currency", default="USD", help="Currency of all prices, ISO 4217.")
@option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def generate(as_json: bool, vendors: str | None, out: Path, force: bool, start: int | None, **plan: Any) -> None:
    """Generate a fixture with fictional venues, events and listings, for `serve --fixture`."""
    cache = open_cache(os.environ)
    from mockmarket.cli import bar
    from mockmarket.errors import Refusal
    from mockmarket.seed.generate.files import Order, generate
    from mockmarket.seed.generate.fixture import Plan
    from mockmarket.vendor import discover

    began = monotonic()
    names = tuple(name.strip() for name in (vendors or "").split(",") if name.strip())
    with reported(Refusal), bar.progress() as progress:
        summary = generate(Order(Plan(**plan), out, force, start, names), discover(), progress)
    if cache is not None and out.suffix.lower() in DATABASES:
        note_checked(cache, out.resolve())
    summary["seconds"] = round(monotonic() - began, 1)
    click.echo(json.dumps(summary) if as_json else SUMMARY.format(**summary, megabytes=summary["bytes"] / 1e6))
