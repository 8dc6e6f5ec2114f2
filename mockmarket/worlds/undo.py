"""Undo: a snapshot of a world before it is reset, restored, replaced or dropped; the newest of them are kept."""

import re
from dataclasses import dataclass

from mockmarket.clock import wall_ms
from mockmarket.errors import Conflict, NotFound
from mockmarket.store import copies
from mockmarket.worlds import transfer
from mockmarket.worlds.registry import Worlds
from mockmarket.worlds.snapshots import Snapshot
from mockmarket.worlds.world import World

KEPT = 5
NAME = re.compile(r"before-(reset|restore|replace|drop)-\d+")
OF_WORLD = "snapshot_of"
"""The value of a snapshot's `meta` that names the world of which it is: not the world that has the snapshot after a drop."""


@dataclass(frozen=True, slots=True)
class Undoable:
    """What can be undone: the snapshot from before it, what was done, and the world that it was done to."""

    snapshot: Snapshot
    what: str
    world: str


def save(worlds: Worlds, world: World, what: str, beside: str) -> str:
    """Take the snapshot of a world before something is done to it; it is kept with the world `beside`. Returns its name."""
    name = f"before-{what}-{wall_ms()}"
    transfer.take(worlds, world, name, beside, **{OF_WORLD: world.name})
    return name


def undoable(worlds: Worlds, world: str) -> list[Undoable]:
    """Return what can be undone from a world, the newest first."""
    snapshots = [(snapshot, NAME.fullmatch(snapshot.name)) for snapshot in worlds.shelf.all(world)]
    matches = [(snapshot, match[1]) for snapshot, match in reversed(snapshots) if match]
    return [Undoable(snapshot, what, _world_of(worlds, snapshot)) for snapshot, what in matches]


def _world_of(worlds: Worlds, snapshot: Snapshot) -> str:
    meta = copies.described(worlds.shelf.find(snapshot.world, snapshot.name))
    return str(meta.get(OF_WORLD) or snapshot.world)


def prune(worlds: Worlds, world: str) -> None:
    """Delete the oldest snapshots of a world beyond `KEPT`."""
    for old in undoable(worlds, world)[KEPT:]:
        worlds.shelf.delete(world, old.snapshot.name)


def undo(worlds: Worlds, world: str, name: str) -> str:
    """Bring a world back as it was in a snapshot of `save`; returns the world's name. Conflict when a dropped world exists again."""
    entry = next((entry for entry in undoable(worlds, world) if entry.snapshot.name == name), None)
    if entry is None:
        raise NotFound(f"The world {world} has nothing to undo as {name!r}.", hint="The newest five are kept.")
    if entry.world == world:
        transfer.restore(worlds, world, name)
    elif entry.world in worlds.names():
        raise Conflict(f"There is a world {entry.world} again.", hint="Drop it first.")
    else:
        transfer.clone(worlds, entry.world, world, name)
    return entry.world
