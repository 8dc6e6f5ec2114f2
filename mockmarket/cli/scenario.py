"""`scenario`: what happens in a marketplace, step by step: listed, checked, run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from mockmarket.cli import stdin
from mockmarket.cli.options import as_json, client_of, option
from mockmarket.cli.stdin import file_of
from mockmarket.cli.target import world_by_hand
from mockmarket.cli.variables import WORLD, by_hand
from mockmarket.client import Client
from mockmarket.client.urls import is_loopback

Row = dict[str, Any]

MOST_LISTED = 1_000


@click.group()
def scenario() -> None:
    """Work with scenarios."""


@scenario.command("list")
@as_json()
def list_(as_json: bool) -> None:
    """List the scenarios that come with mockmarket, and what happens in each."""
    from mockmarket.scenarios import describing, reading
    from mockmarket.vendor import discover

    vendors = discover()
    scenarios = [describing.brief(reading.load(reading.find(name), vendors)) for name in reading.names()]
    if as_json:
        click.echo(json.dumps(scenarios, ensure_ascii=False))
        return
    for scenario in scenarios:
        click.echo(f"{scenario['name']}  ({scenario['steps']} steps)\n  {scenario['about']}")


@scenario.command()
@click.argument("files", nargs=-1, required=True)
@click.pass_context
def check(ctx: click.Context, files: tuple[str, ...]) -> None:
    """Check scenarios; prints every problem as file:line: field: sentence, and exits with 1 if there is one.

    A file called - is standard input.
    """
    from mockmarket.errors import Refusal
    from mockmarket.scenarios import reading
    from mockmarket.store.tempdir import scratch
    from mockmarket.vendor import discover

    vendors, bad = discover(), 0
    with scratch() as folder:
        for name in files:
            try:
                steps = len(reading.load(reading.find_file(file_of(name, folder)), vendors).steps)
                click.echo(f"{name}: good, {steps} steps")
            except Refusal as refusal:
                bad += 1
                click.echo(refusal.message, err=True)
    ctx.exit(1 if bad else 0)


@scenario.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME|FILE...")
@option("--watch", is_flag=True, help="Print, below each step, the requests and webhooks that it made happen.")
@option("--new-world", is_flag=True, help="Play each in a new world of the server's, as without --world and --here.")
@option("--url", help="The server to run on; without it one is started for the run.")
@option("--world", variable=False, help="The world to play in: it is put to each scenario's start.")
@option("--here", is_flag=True, variable=False, help=f"The same with the world that {WORLD} names; main without it.")
@option("--control-token", help="The server's control token, when it asks for one.")
@as_json("Print each run as a line of JSON instead.")
@click.pass_context
def run(ctx: click.Context, /, names: tuple[str, ...], watch: bool, as_json: bool, **where: Any) -> None:
    """Run scenarios to the end, a line for each step; exits with 1 when one fails, and says what was seen instead.

    On a server that runs (--url), each is played in a new world, which stays to be looked at. Only --world and --here have it
    played in a world that is there: what had happened in it is gone, and a reset brings its own fixture back.

    mockmarket scenario run double-sale-race
    """
    failed = 0
    with stage(ctx, **where) as place:
        for name in names:
            done = to_the_end(place, name, Watcher(watch and not as_json), as_json)
            failed += done["state"] != "passed"
    ctx.exit(1 if failed else 0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where scenarios are played: on a server, `new` in a new world each; `own` when the server ends with the command."""

    client: Client
    new: bool
    own: bool = False


@contextmanager
def stage(
    ctx: click.Context, url: str | None, world: str | None, here: bool, control_token: str | None, **_: Any
) -> Iterator[Place]:
    """Give the server that is named, or one of our own for as long as the block lasts."""
    places = [f"--{name.replace('_', '-')}" for name in ("world", "here", "new_world") if by_hand(ctx, name)]
    on_server = here or world is not None
    if len(places) > 1:
        raise click.UsageError(f"Give one of {', '.join(places)}.", ctx)
    if url is None and on_server:
        raise click.UsageError(f"{places[0]} is a world of a server that runs: give its --url too.", ctx)
    if url is None:
        with own_server() as client:
            yield Place(client, new=False, own=True)
    else:
        named = world_by_hand(ctx, url, world, here) if on_server else None
        with client_of(url, control_token, named) as client:
            yield Place(client, new=not on_server)


@contextmanager
def own_server() -> Iterator[Client]:
    """Talk to a server of our own for the length of a block."""
    from mockmarket.cli.hosting import CannotServe, hosting
    from mockmarket.config import Config

    try:
        with hosting(Config(port=0, fixture="small")) as server, client_of(server.url, None, None) as client:
            yield client
    except CannotServe as error:
        raise click.ClickException(str(error)) from error


def to_the_end(place: Place, name: str, watcher: Watcher, as_json: bool) -> Row:
    """Run one scenario step by step, telling of each; returns the run as it ended."""
    name, sent = located(place.client, name)
    run = place.client.step_scenario(name, world="new" if place.new else "here", **sent)
    client = place.client.in_world(run["world"]) if place.new else place.client
    told_steps = tell(run, 0, watcher, client, as_json)
    while run["state"] in ("running", "waiting"):
        run = client.step_scenario(name)
        told_steps = tell(run, told_steps, watcher, client, as_json)
    say_end(run | {"url": None if place.own else client.calls.base}, place.new, as_json)
    return run


def located(client: Client, name: str) -> tuple[str, Row]:
    """Return what a scenario is called, and how a server gets at it: by a file's path on this machine, as text from here to another."""
    path = Path(name)
    if name == stdin.STDIN:
        return stdin.NAME, {"text": stdin.text()}
    if path.is_file():
        here = is_loopback(client.url)
        return path.stem, {"file": str(path.resolve())} if here else {"text": path.read_text(encoding="utf-8")}
    if "/" in name:
        raise click.ClickException(f"There is no file {name!r}.")
    return name, {}


def tell(run: Row, told: int, watcher: Watcher, client: Client, as_json: bool) -> int:
    """Print a line for each step that is over and was not told of yet; returns how many have been."""
    from mockmarket.scenarios import describing

    over = [step for step in run["steps"] if step["state"] not in ("to do", "running", "waiting")]
    for step in [] if as_json else over[told:]:
        click.echo(describing.line(step, len(run["steps"])))
    for line in watcher.news(client):
        click.echo(f"        {line}")
    return len(over)


def say_end(run: Row, new: bool, as_json: bool) -> None:
    """Print how a run ended, and where it was played if that is still there."""
    from mockmarket.scenarios import describing

    click.echo(json.dumps(run, ensure_ascii=False) if as_json else describing.outcome(run))
    if run["url"] is not None and not as_json:
        after = "which stays until it is dropped" if new else "which was put to the scenario's start"
        click.echo(f"Played in the world {run['world']} at {run['url']}, {after}.")


class Watcher:
    """Remembers what has been told of a world's requests and deliveries, and tells what is new."""

    def __init__(self, on: bool) -> None:
        self.on = on
        self._requests: set[str] = set()
        self._deliveries: dict[str, tuple[Any, ...]] = {}

    def news(self, client: Client) -> Iterator[str]:
        """Yield a line for each request, and for each delivery that has come further."""
        if not self.on:
            return
        for request in client.requests(limit=MOST_LISTED):
            if request["id"] not in self._requests:
                self._requests.add(request["id"])
                yield f"→ {request['vendor']} {request['method']} {request['path']}: {request['status']}"
        for delivery in reversed(client.deliveries(limit=MOST_LISTED)):
            stand = (delivery["state"], delivery["attempts"])
            if self._deliveries.get(delivery["id"]) != stand:
                self._deliveries[delivery["id"]] = stand
                answered = f", last answered {delivery['last_status']}" if delivery["last_status"] is not None else ""
                yield f"← {delivery['vendor']} {delivery['type']} {delivery['state']}, attempts: {delivery['attempts']}{answered}"
