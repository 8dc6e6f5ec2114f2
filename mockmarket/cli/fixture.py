"""`fixture`: work with the files that worlds begin as."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from mockmarket.cli.kinds import Moment
from mockmarket.cli.options import option
from mockmarket.cli.stdin import file_of
from mockmarket.clock import monotonic
from mockmarket.config import Config


@click.group()
def fixture() -> None:
    """Work with fixtures."""


@fixture.command()
@click.argument("files", nargs=-1, required=True)
def check(files: tuple[str, ...]) -> None:
    """Check fixtures by planting them; prints every problem as file:line: field: sentence, and exits with 1 if there is one.

    A file called - is standard input.
    """
    from mockmarket.errors import Refusal
    from mockmarket.seed.templates import Templates
    from mockmarket.store.tempdir import scratch
    from mockmarket.vendor import discover

    bad = 0
    with scratch() as folder:
        templates = Templates(folder, Config(), discover())
        for name in files:
            try:
                templates(file_of(name, folder), None, None)
                click.echo(f"{name}: good")
            except Refusal as refusal:
                bad += 1
                click.echo(refusal.message, err=True)
    sys.exit(1 if bad else 0)


@fixture.command()
@option("--events", type=click.IntRange(1), required=True, help="How many events.")
@option("--listings", type=click.IntRange(1), required=True, help="How many listings, over all events.")
@option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    default=0,
    help="The same one gives the same fixture.",
)
@option(
    "--out",
    type=click.Path(path_type=Path),
    default="generated.db",
    help="File to write: .db or .sqlite, or .yaml for small ones.",
)
@option("--force", is_flag=True, variable=False, help="Write over a file that is there.")
@option("--vendors", metavar="NAMES", help="Only these vendors' records and keys, comma-separated.")
@option("--start", type=Moment(), help="When its world begins, ISO 8601; without it, the hour that is running.")
@option("--currency", default="USD", help="Currency of all prices, ISO 4217.")
@option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def generate(as_json: bool, vendors: str | None, **asked: Any) -> None:
    """Write a fixture with invented houses, shows and listings; `serve --fixture` takes it."""
    from mockmarket.cli import bar
    from mockmarket.errors import Refusal
    from mockmarket.seed.generate.files import Order, generate
    from mockmarket.seed.generate.fixture import Plan
    from mockmarket.vendor import discover

    began = monotonic()
    plan = Plan(asked["events"], asked["listings"], asked["seed"], asked["currency"])
    chosen = tuple(name.strip() for name in (vendors or "").split(",") if name.strip())
    progress = bar.progress()
    try:
        made = generate(Order(plan, asked["out"], asked["force"], asked["start"], chosen), discover(), progress)
    except Refusal as refusal:
        raise click.ClickException(refusal.message) from refusal
    finally:
        progress.clear()
    made["seconds"] = round(monotonic() - began, 1)
    click.echo(json.dumps(made) if as_json else in_words(made))


def in_words(made: dict[str, Any]) -> str:
    """Write what was generated for people, and how to go on."""
    return (
        f"{made['file']}: {made['venues']:,} venues, {made['events']:,} events, {made['listings']:,} listings, seed {made['seed']}; "
        f"{made['bytes'] / 1e6:,.1f} MB in {made['seconds']:,} s. Its keys are the default fixture's.\n"
        f"Serve it: mockmarket serve --fixture {made['file']}"
    )
