"""`fixture`: checks and generates fixture files."""

import json
import os
from importlib import resources
from pathlib import Path
from typing import Any

import click

from mockmarket.cli import completing
from mockmarket.cli.files import TARGET, check_files, copy_text, write_new
from mockmarket.cli.options import STDIN, as_json, option, reported, talking
from mockmarket.cli.serve import MOMENT
from mockmarket.clock import monotonic
from mockmarket.config import Config
from mockmarket.errors import Refusal
from mockmarket.seed.cache import note_checked, open_cache
from mockmarket.seed.finding import DATABASES
from mockmarket_client import Client

FILE = click.Path(path_type=Path)
SUMMARY = """\
{file}: {venues:,} venues, {events:,} events, {listings:,} listings, seed {seed}; {megabytes:,.1f} MB in {seconds:,} s. \
It has the default fixture's keys.
Serve it: mockmarket serve --fixture {file}"""


SCHEMA = "fixture.schema.json"


@click.group()
def fixture() -> None:
    """Show, check and generate fixtures."""


@fixture.command()
@click.argument("name", shell_complete=completing.fixtures)
def show(name: str) -> None:
    """Print a fixture: a shipped one by its NAME, or a file."""
    from mockmarket.seed import lines

    for path in text_files(name):
        with reported(Refusal):
            click.echo(lines.text_of(path), nl=False)


@fixture.command()
@click.argument("name", shell_complete=completing.fixtures)
@click.argument("target", type=TARGET, required=False)
@option("--force", is_flag=True, variable=False, help="Overwrite an existing file.")
def copy(name: str, target: Path | None, force: bool) -> None:
    """Copy a shipped fixture to a file of your own: TARGET, or NAME.yaml in the current folder."""
    for path in text_files(name):
        copy_text(path, target, force)


@fixture.command()
@click.argument("target", type=TARGET, default="fixture.yaml")
@option("--force", is_flag=True, variable=False, help="Overwrite existing files.")
def init(target: Path, force: bool) -> None:
    """Write a first fixture of your own to TARGET, and its JSON Schema beside it, by which an editor completes it; - prints the fixture."""
    beginning = resources.files("mockmarket.seed").joinpath("beginning.yaml").read_text("utf-8")
    if str(target) == STDIN:
        click.echo(beginning, nl=False)
        return
    from mockmarket.cli.schema import text_of

    write_new(target, beginning, force)
    write_new(target.with_name(SCHEMA), text_of("fixture"), force=True)


def text_files(name: str) -> tuple[Path, ...]:
    """Return the files of a fixture of text; ends the command for a SQLite file."""
    from mockmarket.seed import finding

    with reported(Refusal):
        source = finding.find(name)
        if source.database:
            raise click.ClickException(f"{source.database} is a SQLite file: open it with any SQLite tool.")
        return source.files


@fixture.command()
@click.argument("files", nargs=-1, required=True)
@as_json("Print the results as JSON.")
def check(files: tuple[str, ...], as_json: bool) -> None:
    """Check fixtures by loading them; print each problem as file:line: field: message; exit with 1 if there is a problem.

    The file name - stands for standard input; a pipe is read too."""
    from mockmarket.seed.templates import Templates
    from mockmarket.store.files import scratch
    from mockmarket.vendor import discover

    def plant(name: str) -> str:
        templates(name, None, None)
        return "good"

    with scratch() as folder:
        templates = Templates(folder, Config(), discover())
        check_files(files, folder, plant, as_json)


@fixture.command("from-recording")
@click.argument("recordings", nargs=-1, required=True, type=FILE)
@option("-o", "--out", type=FILE, help="Output file; by default standard output.")
@option(
    "--vendor", shell_complete=completing.vendors, help="Vendor of every exchange; by default found by host and path."
)
@option("--force", is_flag=True, variable=False, help="Overwrite an existing file.")
def from_recording(recordings: tuple[Path, ...], out: Path | None, vendor: str | None, force: bool) -> None:
    """Make a fixture of the events, listings and orders that RECORDINGS show, with their ids, as far as they are shown.

    RECORDINGS are HAR files, exports of the journal, JSON lines, folders of webhooks. What the fixture does not have is printed on
    standard error. The fixture is loaded before it is written."""
    from mockmarket.recordings.exchange import UnreadableError
    from mockmarket.recordings.fixtures import fixture_of, recorded_in
    from mockmarket.recordings.reading import read_all
    from mockmarket.store.files import scratch
    from mockmarket.vendor import discover

    with reported(UnreadableError, usage=True):
        recorded = recorded_in(read_all(recordings), discover(), vendor)
    if not recorded.callers:
        raise click.ClickException("No vendor's records are shown in it.")
    with scratch() as folder, reported(Refusal):
        text, left_out = fixture_of(recorded, discover(), folder)
    for sentence in left_out:
        click.echo(sentence, err=True)
    write(text, out, force)


@fixture.command("from-order")
@click.argument("vendor", shell_complete=completing.vendors)
@click.argument("order")
@option("-o", "--out", type=FILE, help="Output file; by default standard output.")
@option("--force", is_flag=True, variable=False, help="Overwrite an existing file.")
@talking
def from_order(client: Client, vendor: str, order: str, out: Path | None, force: bool) -> None:
    """Make a fixture of one ORDER, by its id: its event, the row with its seats, and itself, with its buyer and status."""
    from mockmarket.vendor import discover

    views = {each.name: each.records.orders for each in discover() if each.records.orders}
    if vendor not in views:
        raise click.BadParameter(f"There is no vendor {vendor!r}; there are {', '.join(views)}.")
    write(client.fixture_of(vendor, views[vendor].kind.name, order), out, force)


def write(text: str, out: Path | None, force: bool) -> None:
    """Write a fixture to a file, or to standard output."""
    if out is None:
        click.echo(text, nl=False)
    else:
        write_new(out, text, force)


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
