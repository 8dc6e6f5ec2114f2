"""`scenario`: what happens in a marketplace, step by step: listed, checked, run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from mockmarket.cli.options import SERVER, as_json, fail, option, with_options
from mockmarket.client import Client, MockmarketError
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
    found = [describing.brief(reading.load(reading.find(name), vendors)) for name in reading.names()]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for one in found:
        click.echo(f"{one['name']}  ({one['steps']} steps)\n  {one['about']}")


@scenario.command()
@click.argument("files", nargs=-1, required=True)
@click.pass_context
def check(ctx: click.Context, files: tuple[str, ...]) -> None:
    """Check scenarios; prints every problem as file:line: field: sentence, and exits with 1 if there is one."""
    from mockmarket.errors import Refusal
    from mockmarket.scenarios import reading
    from mockmarket.vendor import discover

    vendors, bad = discover(), 0
    for name in files:
        try:
            steps = len(reading.load(reading.find_file(name), vendors).steps)
            click.echo(f"{name}: good, {steps} steps")
        except Refusal as refusal:
            bad += 1
            click.echo(refusal.message, err=True)
    ctx.exit(1 if bad else 0)


@scenario.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME|FILE...")
@option("--watch", is_flag=True, help="Print, below each step, the requests and webhooks that it made happen.")
@option("--new-world", is_flag=True, help="Run in a new world of the server's, and leave the one named as it is.")
@with_options([option("--url", help="The server to run on; without it one is started for the run."), *SERVER[1:]])
@as_json("Print each run as a line of JSON instead.")
@click.pass_context
def run(
    ctx: click.Context,
    names: tuple[str, ...],
    watch: bool,
    new_world: bool,
    url: str | None,
    world: str | None,
    control_token: str | None,
    as_json: bool,
) -> None:
    """Run scenarios to the end, a line for each step; exits with 1 when one fails, and says what was seen instead.

    On a server that is there (--url), the world is put to each scenario's start first.

    mockmarket scenario run double-sale-race
    """
    failed = 0
    try:
        with talking(url, control_token, world) as client:
            for name in names:
                done = to_the_end(client, name, new_world, Watcher(watch and not as_json), as_json)
                failed += done["state"] != "passed"
    except MockmarketError as error:
        fail(error)
    ctx.exit(1 if failed else 0)


@contextmanager
def talking(url: str | None, token: str | None, world: str | None) -> Iterator[Client]:
    """Talk to the server that is named, or to one of our own for as long as the block lasts."""
    from mockmarket.cli.hosting import CannotServe, hosting
    from mockmarket.config import Config

    if url is not None:
        client = Client(url, token, world)
        try:
            yield client
        finally:
            client.close()
        return
    try:
        with hosting(Config(port=0, fixture="small")) as server, talking(server.url, None, world) as client:
            yield client
    except CannotServe as error:
        raise click.ClickException(str(error)) from error


def to_the_end(client: Client, name: str, new_world: bool, watcher: Watcher, as_json: bool) -> Row:
    """Run one scenario step by step, telling of each; returns the run as it ended."""
    path = Path(name)
    sent = {} if not path.is_file() else located(client, path)
    name = path.stem if sent else name
    run = client.step_scenario(name, world="new" if new_world else "here", **sent)
    there = client.in_world(run["world"]) if new_world else client
    told = tell(run, 0, watcher, there, as_json)
    while run["state"] in ("running", "waiting"):
        run = there.step_scenario(name)
        told = tell(run, told, watcher, there, as_json)
    say_end(run, as_json)
    return run


def located(client: Client, path: Path) -> Row:
    """Return how a server gets at a scenario's file: by its path on this machine, as text on another."""
    if is_loopback(client.url):
        return {"file": str(path.resolve())}
    return {"text": path.read_text(encoding="utf-8")}


def tell(run: Row, told: int, watcher: Watcher, client: Client, as_json: bool) -> int:
    """Print a line for each step that is over and was not told of yet; returns how many have been."""
    from mockmarket.scenarios import describing

    over = [one for one in run["steps"] if one["state"] not in ("to do", "running", "waiting")]
    for one in [] if as_json else over[told:]:
        click.echo(describing.line(one, len(run["steps"])))
    for line in watcher.news(client):
        click.echo(f"        {line}")
    return len(over)


def say_end(run: Row, as_json: bool) -> None:
    """Print how a run ended."""
    from mockmarket.scenarios import describing

    click.echo(json.dumps(run, ensure_ascii=False) if as_json else describing.outcome(run))


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
        for one in client.requests(limit=MOST_LISTED):
            if one["id"] not in self._requests:
                self._requests.add(one["id"])
                yield f"→ {one['vendor']} {one['method']} {one['path']}: {one['status']}"
        for one in reversed(client.deliveries(limit=MOST_LISTED)):
            stand = (one["state"], one["attempts"])
            if self._deliveries.get(one["id"]) != stand:
                self._deliveries[one["id"]] = stand
                answered = f", last answered {one['last_status']}" if one["last_status"] is not None else ""
                yield f"← {one['vendor']} {one['type']} {one['state']}, attempts: {one['attempts']}{answered}"
