"""`scenario`: lists, checks and runs scenarios."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockmarket.cli import completing, options
from mockmarket.cli.files import REPORT, TARGET, check_files, copy_text, prepare_report, write_new, write_report
from mockmarket.cli.options import as_json, option
from mockmarket.cli.tail import Watcher, line_of
from mockmarket.cli.variables import WORLD
from mockmarket_client import Client
from mockmarket_client.calls import Record
from mockmarket_client.urls import is_loopback

if TYPE_CHECKING:
    from mockmarket.exam.junit import JUnitCase
    from mockmarket.recordings.scenarios import RecordedCall, Start

HERE = f"Like --world, with the world that {WORLD} names; main by default."


@click.group()
def scenario() -> None:
    """List, show, check and run scenarios."""


@scenario.command("list")
@as_json()
def list_(as_json: bool) -> None:
    """List the shipped scenarios, with a description of each."""
    from mockmarket.scenarios import answers, reading
    from mockmarket.vendor import discover

    vendors = discover()
    scenarios = [answers.brief(reading.load(reading.find(name), vendors)) for name in reading.names()]
    lines = [f"{brief['name']}  ({brief['steps']} steps)\n  {brief['about']}" for brief in scenarios]
    options.show(scenarios, as_json, "\n".join(lines))


@scenario.command()
@click.argument("name", shell_complete=completing.scenarios)
def show(name: str) -> None:
    """Print a scenario: a shipped one by its NAME, or a file."""
    click.echo(file_of(name).read_text(encoding="utf-8"), nl=False)


@scenario.command()
@click.argument("name", shell_complete=completing.scenarios)
@click.argument("target", type=TARGET, required=False)
@option("--force", is_flag=True, variable=False, help="Overwrite an existing file.")
def copy(name: str, target: Path | None, force: bool) -> None:
    """Copy a shipped scenario to a file of your own: TARGET, or NAME.yaml in the current folder."""
    copy_text(file_of(name), target, force)


def file_of(name: str) -> Path:
    """Return the file of a scenario; ends the command when there is none."""
    from mockmarket.errors import Refusal
    from mockmarket.scenarios import reading

    with options.reported(Refusal):
        return reading.find_file(name)


@scenario.command()
@click.argument("files", nargs=-1, required=True)
@as_json("Print the results as JSON.")
def check(files: tuple[str, ...], as_json: bool) -> None:
    """Check scenario files; print each problem as file:line: field: message; exit with 1 if there is a problem.

    The file name - stands for standard input; a pipe is read too."""
    from mockmarket.scenarios import reading
    from mockmarket.store.files import scratch
    from mockmarket.vendor import discover

    def check(name: str) -> str:
        return f"good, {len(reading.load(reading.find_file(name), vendors).steps)} steps"

    vendors = discover()
    with scratch() as folder:
        check_files(files, folder, check, as_json)


@scenario.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME|FILE...", shell_complete=completing.scenarios)
@option("--junit", type=REPORT, help="Also write a JUnit XML report to this file.")
@option("--traffic", is_flag=True, help="Below each step, print the requests and webhooks it caused.")
@option("--new-world", is_flag=True, help="Run each in a new world; the default without --world and --here.")
@option("--url", help="URL of the server to run on; by default one is started for the run.")
@option(
    "--world",
    variable=False,
    shell_complete=completing.worlds,
    help="World to run in; it is reset to each scenario's start.",
)
@option("--here", is_flag=True, variable=False, help=HERE)
@options.CONTROL_TOKEN
@as_json("Print each run as a line of JSON.")
@click.pass_context
def run(
    ctx: click.Context, /, names: tuple[str, ...], traffic: bool, as_json: bool, junit: Path | None, **where: Any
) -> None:
    """Run scenarios and print a line for each step; if one fails, print the actual values and exit with 1.

    On a running server (--url), each scenario runs in a new world, which is kept for inspection. With --world or --here it runs
    in an existing world. That world is first reset to the scenario's start; a later reset restores the world's own fixture.

    mockmarket scenario run double-sale-race"""
    if traffic and as_json:
        raise click.UsageError("Pass --traffic or --json, not both.", ctx)
    prepare_report(junit)
    with stage(ctx, **where) as place:
        runs = [_to_the_end(place, name, Watcher() if traffic else None, as_json) for name in names]
    write_report(junit, lambda: junit_of(runs))
    ctx.exit(0 if all(run["state"] == "passed" for run in runs) else 1)


def junit_of(runs: Sequence[Record]) -> str:
    """Return runs as JUnit XML: a suite for each scenario, with a case for each step."""
    from mockmarket.exam.junit import document

    return document(
        (f"mockmarket scenario {run['scenario']}", [_case_of(run, step) for step in run["steps"]]) for run in runs
    )


def _case_of(run: Record, step: Record) -> JUnitCase:
    from mockmarket.exam.junit import Failure, JUnitCase

    words, state = step["said"] or "", step["state"]
    failure = (
        Failure(words.partition("\n")[0], state, f"Line {step['line']} of {run['scenario']}:\n{words}")
        if state == "failed"
        else None
    )
    skipped = (run["stopped"] or "An earlier step failed.") if state not in ("passed", "failed") else None
    name = f"{step['number']} {step['about']}"
    return JUnitCase(f"mockmarket.scenario.{run['scenario']}", name, step["took_ms"] / 1000, failure, skipped)


@dataclass(frozen=True, slots=True)
class Place:
    """Where scenarios run: on a server, with `new` each in a new world; `own` when the server ends with the command."""

    client: Client
    new: bool
    own: bool = False


@contextmanager
def stage(
    ctx: click.Context, url: str | None, world: str | None, here: bool, control_token: str | None, **_: object
) -> Iterator[Place]:
    """Give the named server, or our own for the length of the block."""
    places = [f"--{name.replace('_', '-')}" for name in ("world", "here", "new_world") if options.by_hand(ctx, name)]
    on_server = here or world is not None
    if len(places) > 1:
        raise click.UsageError(f"Pass only one of {', '.join(places)}.", ctx)
    options.check_partner(url is not None, "--url", "control_token", inherited=False)
    if url is None and places:
        raise click.UsageError(f"{places[0]} selects a world of a running server: pass its --url too.", ctx)
    if url is None:
        with own_server() as client:
            yield Place(client, new=False, own=True)
    else:
        named = options.world_by_hand(ctx, url, world, here) if on_server else None
        with options.client_of(url, control_token, named) as client:
            yield Place(client, new=not on_server)


OUT = option("-o", "--out", type=TARGET, help="Output file; by default standard output.")
FORCE = option("--force", is_flag=True, variable=False, help="Overwrite an existing file.")


@scenario.command("from-journal")
@option("--fixture", help="Fixture that the scenario starts from; by default the world's own.")
@OUT
@FORCE
@options.talking
def from_journal(client: Client, fixture: str | None, out: Path | None, force: bool) -> None:
    """Make a scenario of a world's journal: the calls that changed something, with expectations of what came back.

    Calls that gave the ids which they use are steps too; ids are variables. The scenario is run in a fresh world before it is
    written, and only values that came back there too are expected. What was done by hand is not in it."""
    from mockmarket.clock import parse_iso
    from mockmarket.recordings.finding import Finder
    from mockmarket.recordings.own_entries import exchanges_of_entry
    from mockmarket.recordings.scenarios import Start, call_of
    from mockmarket.vendor import discover

    world = next(world for world in client.worlds() if world["name"] == (client.world or "main"))
    listed, finder = client.keys(), Finder(discover())
    names = {key["id"]: key["name"] for key in listed}
    calls = [
        call
        for number, entry in enumerate(client.requests(limit=5000), 1)
        for exchange in exchanges_of_entry(entry, "the journal", number)
        if (call := call_of(finder, exchange, parse_iso(entry["at"]), names.get(entry["key"])))
    ]
    write_scenario(calls, Start(fixture or world["fixture"], parse_iso(world["start"]), world["seed"]), out, force)


@scenario.command("from-recording")
@click.argument("recordings", nargs=-1, required=True, type=TARGET)
@option("--fixture", default="default", help="Fixture that the scenario starts from.")
@option(
    "--vendor", shell_complete=completing.vendors, help="Vendor of every exchange; by default found by host and path."
)
@OUT
@FORCE
def from_recording(
    recordings: tuple[Path, ...], fixture: str, vendor: str | None, out: Path | None, force: bool
) -> None:
    """Make a scenario of RECORDINGS, as `from-journal` does: HAR files, exports of the journal, JSON lines."""
    from mockmarket.recordings.exchange import UnreadableError
    from mockmarket.recordings.finding import Finder
    from mockmarket.recordings.reading import read_all
    from mockmarket.recordings.scenarios import Start, call_of
    from mockmarket.vendor import discover

    finder = Finder(discover(), vendor)
    with options.reported(UnreadableError, usage=True):
        calls = [call_of(finder, exchange, exchange.at, None) for exchange in read_all(recordings)]
    write_scenario([call for call in calls if call], Start(fixture, None), out, force)


def write_scenario(calls: Sequence[RecordedCall], start: Start, out: Path | None, force: bool) -> None:
    """Make a scenario of calls and write it; ends the command when it does not pass in a fresh world."""
    from mockmarket.recordings.scenarios import Builder

    builder = Builder(calls, start)
    if not builder.calls:
        raise click.ClickException("No call in it changed anything.")
    with own_server() as client:
        text = builder.passing(lambda text: played(client, text))
    if out is None:
        click.echo(text, nl=False)
    else:
        write_new(out, text, force)


def played(client: Client, text: str) -> tuple[list[Any], Record]:
    """Run a scenario on our own server; returns the JSON of its answers, and its variables. A failed step ends the command."""
    from mockmarket.matching.paths import json_of
    from mockmarket.scenarios import answers

    run = client.run_scenario("recorded", text=text)
    if run["state"] != "passed":
        failed = next((answers.line(step, len(run["steps"])) for step in run["steps"] if step["state"] == "failed"), "")
        raise click.ClickException(
            f"The calls do not pass in a fresh world; choose the --fixture that they were made with.\n{failed}"
        )
    return [json_of(entry["answer"].encode()) for entry in client.requests(limit=5000)], run["variables"]


@contextmanager
def own_server() -> Iterator[Client]:
    """Give a client of our own server for the length of a block."""
    from mockmarket.seed.cache import open_cache

    cache = open_cache(os.environ)
    from mockmarket.cli.hosting import CannotServe, hosting
    from mockmarket.config import Config

    config = Config(port=0, fixture="small", cache=cache)
    with options.reported(CannotServe), hosting(config) as server, options.client_of(server.url, None, None) as client:
        yield client


def _to_the_end(place: Place, name: str, watcher: Watcher | None, as_json: bool) -> Record:
    from mockmarket.scenarios import answers

    name, source = located(place.client, name)
    run = place.client.step_scenario(name, world="new" if place.new else "here", **source)
    client = place.client.in_world(run["world"]) if place.new else place.client
    printed = 0
    while True:
        over = [step for step in run["steps"] if step["state"] not in ("to do", "running", "waiting")]
        for step in [] if as_json else over[printed:]:
            click.echo(answers.line(step, len(run["steps"])))
        for happening in watcher.news(client) if watcher else ():
            click.echo(f"        {line_of(happening)}")
        if run["state"] not in ("running", "waiting"):
            break
        run, printed = client.step_scenario(name), len(over)
    url = None if place.own else client.calls.base
    options.show(run | {"url": url}, as_json, answers.outcome(run))
    if url and not as_json:
        note = "it exists until it is deleted" if place.new else "it was reset to the scenario's start first"
        click.echo(f"Ran in the world {run['world']} at {url}; {note}.")
    return run


def located(client: Client, name: str) -> tuple[str, Record]:
    """Return a scenario's name, and its source for a server: a path on this machine, or the file's text for another machine."""
    path = Path(name)
    if name == options.STDIN:
        return options.STDIN_NAME, {"text": options.stdin_text()}
    if path.is_file():
        is_local = is_loopback(client.url)
        return path.stem, {"file": str(path.resolve())} if is_local else {"text": path.read_text(encoding="utf-8")}
    if "/" in name:
        raise click.ClickException(f"There is no file {name!r}.")
    return name, {}
