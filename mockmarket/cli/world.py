"""`world`, `drain` and `reset`: make, list, move and delete worlds, empty a server of them, and set one back to its start."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from mockmarket.cli import completing
from mockmarket.cli.groups import Group
from mockmarket.cli.options import SPAN, STDIN, Answer, on_server, option, replacing, reported, stdin_text
from mockmarket.cli.tables import Columns, Row, table
from mockmarket_client import Client
from mockmarket_client.calls import Record
from mockmarket_client.urls import is_loopback

TTL = option(
    "--ttl", "ttl_s", type=SPAN, help="Time to live: delete it when it has not been used for this span, such as 2h."
)
FORCE = option("--force", is_flag=True, variable=False, help="Replace an existing world, with all its data.")


def pace(clock: Row) -> str:
    """Return whether a clock is frozen, in a word."""
    return "frozen" if clock["frozen"] else "running"


COLUMNS: Columns = {
    "NAME": "name",
    "FIXTURE": "fixture",
    "TIME": "now",
    "CLOCK": pace,
    "SEED": "seed",
    "EXPIRES": "expires_at",
}


@click.command()
@replacing
def reset(client: Client) -> Answer:
    """Reset the world to its fixture.

    Its records, stock, keys, endpoints, settings, deliveries, journal and clock are as when it was made."""
    world = client.reset()
    return Answer(
        world, f"Reset {world['name']} to the fixture {world['fixture']}. It is {world['now']}, {pace(world)}."
    )


@click.command()
@option("--undo", is_flag=True, variable=False, help="Take new worlds again.")
@on_server
def drain(client: Client, undo: bool) -> Answer:
    """Empty the server before it goes: its worlds move to its peers, and it takes no new ones."""
    if undo:
        client.end_drain()
        return Answer({"draining": False}, "The server takes new worlds again.")
    drained = client.drain()
    lines = [f"Moved {moved['name']} to {moved['to']}." for moved in drained["moved"]]
    lines += [f"Kept {kept['name']}: {kept['problem']}" for kept in drained["kept"]]
    rest = f"{drained['in_flight']} deliveries are being sent." if drained["in_flight"] else "Nothing is being sent."
    return Answer(drained, "\n".join([*lines, rest]), code=1 if drained["kept"] or drained["in_flight"] else 0)


@click.group(cls=Group)
def world() -> None:
    """List, make, clone, move and delete worlds."""


@world.command("list")
@option("--fleet", is_flag=True, help="Those of the server's peers too, each with its server.")
@on_server
def list_worlds(client: Client, fleet: bool) -> Answer:
    """List the server's worlds."""
    if not fleet:
        worlds = client.worlds()
        return Answer(worlds, table(worlds, COLUMNS))
    listed = client.fleet()
    silent = [f"{server['url']}: {server['problem']}" for server in listed["servers"] if server["problem"]]
    text = table(listed["worlds"], {**COLUMNS, "SERVER": "server"})
    return Answer(listed, "\n".join([text, *silent]), code=1 if silent else 0)


@world.command()
@click.argument("name")
@option(
    "--fixture",
    shell_complete=completing.fixtures,
    help="A shipped fixture's name, a file, a folder, or - for standard input; by default the server's.",
)
@option("--now", help="Start of its clock, ISO 8601.")
@option("--seed", type=click.IntRange(0, 2**63 - 1), help="Seed for generated ids and keys.")
@TTL
@FORCE
@on_server
def make(client: Client, name: str, fixture: str | None, force: bool, **fields: Any) -> Answer:
    """Make the world NAME from a fixture.

    mockmarket world make ci-42 --fixture small"""
    check_free(client, name, force)
    return described(client, client.create_world(name, fixture and source_of(client, fixture), **fields))


def source_of(client: Client, fixture: str) -> str:
    """Return a fixture for a server: a shipped one's name, paths on this machine, or the text of a file for another machine."""
    if fixture == STDIN:
        return f"{stdin_text()}\n"  # with a line's end it is never taken for a name
    if is_loopback(client.url):
        paths = [(part, Path(part)) for part in fixture.split(os.pathsep)]
        return os.pathsep.join(str(path.resolve()) if is_path(path) else part for part, path in paths)
    with reported(UnicodeDecodeError, words=lambda _: f"{fixture} is no text; send a database with PUT state."):
        return f"{Path(fixture).read_text(encoding='utf-8')}\n" if Path(fixture).is_file() else fixture


def is_path(path: Path) -> bool:
    """Return whether a text names a file or a folder, rather than a shipped fixture of the same name as a folder."""
    return path.is_file() or (path.is_dir() and path.name != str(path))


@world.command()
@click.argument("source", shell_complete=completing.worlds)
@click.argument("name")
@option("--snapshot", help="Copy the world as in this snapshot of it, not as it is now.")
@TTL
@FORCE
@on_server
def clone(client: Client, source: str, name: str, snapshot: str | None, ttl_s: float | None, force: bool) -> Answer:
    """Copy the world SOURCE, with its clock, to the world NAME.

    mockmarket world clone main before-sale"""
    check_free(client, name, force)
    return described(client, client.clone_world(name, source, snapshot, ttl_s=ttl_s))


def check_free(client: Client, name: str, force: bool) -> None:
    """End the command if there is a world of this name that may not be replaced."""
    if not force and name in {world["name"] for world in client.worlds()}:
        raise click.ClickException(f"There is a world {name!r}. Pass --force to replace it, with all its data.")


def described(client: Client, world: Record) -> Answer:
    """Return the answer of a command that made a world."""
    url = client.in_world(world["name"]).calls.base
    return Answer(world | {"url": url}, f"Made {world['name']} at {url}. It is {world['now']}, {pace(world)}.")


@world.command()
@click.argument("name", shell_complete=completing.worlds)
@option("--to", variable=False, required=True, metavar="SERVER", help="URL of the other server.")
@on_server
def move(client: Client, name: str, to: str) -> Answer:
    """Move the world NAME, with its clock, deliveries and timers, to the server SERVER.

    mockmarket world move ci-42 --to http://mock-2:8000"""
    moved = client.move_world(name, to)
    return Answer(moved, f"Moved {name} to {to}.")


@world.command()
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=completing.worlds)
@option("--prefix", variable=False, help="Delete all worlds whose names begin with this, except main.")
@on_server
def drop(client: Client, names: Sequence[str], prefix: str | None) -> Answer:
    """Delete worlds, with all their data: by their names, or by the beginning of their names.

    mockmarket world drop --prefix ci-"""
    if bool(names) == (prefix is not None):
        raise click.UsageError("Pass names of worlds, or --prefix.")
    deleted = client.drop_worlds(prefix) if prefix is not None else [*names]
    for name in names:
        client.drop_world(name)
    return Answer({"deleted": deleted}, f"Deleted {', '.join(deleted)}." if deleted else "There are no such worlds.")
