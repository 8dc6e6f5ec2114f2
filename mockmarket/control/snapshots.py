"""Snapshots: the whole world kept under a name, and put back."""

from __future__ import annotations

from typing import TypedDict

import flask

from mockmarket.api.answers import answer, no_content
from mockmarket.api.operations import Answer
from mockmarket.control.base import Context, moment, operation
from mockmarket.control.worlds import World, world_dict
from mockmarket.records.formats import Time
from mockmarket.worlds import snapshots, transfer


class Snapshot(TypedDict):
    """One snapshot: taken at which of the world's and of the machine's times."""

    name: str
    world: str
    taken_at: Time
    taken_wall_at: Time
    frozen: bool
    bytes: int


class Snapshots(TypedDict):
    """A world's snapshots, oldest first."""

    snapshots: list[Snapshot]


def snapshot_dict(snapshot: snapshots.Snapshot) -> Snapshot:
    """Describe a snapshot."""
    return {
        "name": snapshot.name,
        "world": snapshot.world,
        "taken_at": moment(snapshot.taken_at),
        "taken_wall_at": moment(snapshot.taken_wall_at),
        "frozen": snapshot.frozen,
        "bytes": snapshot.size,
    }


@operation(answer=Snapshots)
def list_snapshots(context: Context) -> flask.Response:
    """List the world's snapshots, oldest first."""
    shelf = context.services.registry.shelf
    return answer(Snapshots(snapshots=[snapshot_dict(snapshot) for snapshot in shelf.all(context.world_name)]))


@operation(
    answer=Snapshot,
    status=201,
    also=(Answer(Snapshot, 200, "One of this name was there, and has been replaced."),),
)
def save_snapshot(context: Context, name: str) -> flask.Response:
    """Keep the world as it is now under a name: records, stock, keys, endpoints, settings, deliveries, timers, clock, ids."""
    snapshot, new = transfer.take(context.services.registry, context.world, name)
    return answer(snapshot_dict(snapshot), 201 if new else 200)


@operation(status=204)
def delete_snapshot(context: Context, name: str) -> flask.Response:
    """Delete a snapshot."""
    context.services.registry.shelf.delete(context.world.name, name)
    return no_content()


@operation(answer=World)
def restore_snapshot(context: Context, name: str) -> flask.Response:
    """Put the world back to a snapshot of it, in one step, its clock included; the journal is emptied."""
    return answer(world_dict(transfer.restore(context.services.registry, context.world_name, name)))
