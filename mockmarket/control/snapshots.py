"""Snapshots: saving a whole world under a name, and restoring it."""

from typing import Annotated, TypedDict

import flask

from mockmarket.api.bodies import answer
from mockmarket.api.operations import Answer
from mockmarket.control.base import Context, operation
from mockmarket.control.worlds import World, world_dict
from mockmarket.records.formats import Time
from mockmarket.records.views import From, view, views
from mockmarket.worlds import transfer


class Snapshot(TypedDict):
    """One snapshot with the world's and the machine's time at which it was taken."""

    name: str
    world: str
    taken_at: Time
    taken_wall_at: Time
    frozen: bool
    bytes: Annotated[int, From("size")]


Snapshots = TypedDict("Snapshots", {"snapshots": list[Snapshot]})  # oldest first


@operation(answer=Snapshots)
def list_snapshots(context: Context) -> Snapshots:
    """List the world's snapshots, oldest first."""
    return {"snapshots": views(Snapshot, context.services.registry.shelf.all(context.world_name))}


REPLACED = Answer(Snapshot, 200, "An earlier snapshot of this name was replaced.")


@operation(answer=Snapshot, status=201, also=(REPLACED,))
def save_snapshot(context: Context, name: str) -> flask.Response:
    """Save the world's current state as a snapshot: records, stock, keys, endpoints, settings, deliveries, timers, clock, ids."""
    snapshot, new = transfer.take(context.services.registry, context.world, name)
    return answer(view(Snapshot, snapshot), 201 if new else 200)


@operation(status=204)
def delete_snapshot(context: Context, name: str) -> None:
    """Delete a snapshot."""
    context.services.registry.shelf.delete(context.world.name, name)


@operation(answer=World)
def restore_snapshot(context: Context, name: str) -> World:
    """Restore the world, including its clock, from a snapshot, atomically; the journal is cleared."""
    return world_dict(transfer.restore(context.services.registry, context.world_name, name))
