"""Snapshots: the whole world kept under a name, and put back."""

from __future__ import annotations

from typing import Any

import flask
from flask.views import MethodView

from mockmarket.api import web
from mockmarket.control import answers, request_answers
from mockmarket.control.speech import blueprint, moment
from mockmarket.control.worlds import world_dict, worlds
from mockmarket.worlds import transfer
from mockmarket.worlds.snapshots import Snapshot

blp = blueprint("snapshots", "Snapshots of a world")


def snapshot_dict(one: Snapshot) -> dict[str, Any]:
    """Describe a snapshot."""
    return {
        "name": one.name,
        "world": one.world,
        "taken_at": moment(one.taken_at),
        "taken_wall_at": moment(one.taken_wall_at),
        "frozen": one.frozen,
        "bytes": one.size,
    }


@blp.route("/snapshots")
class Snapshots(MethodView):
    """A world's snapshots."""

    @blp.response(200, request_answers.Snapshots)
    def get(self) -> flask.Response:
        """List the world's snapshots, oldest first."""
        return web.answer({"snapshots": [snapshot_dict(one) for one in worlds().shelf.all(web.world_name())]})


@blp.route("/snapshots/<string:name>")
class OneSnapshot(MethodView):
    """One snapshot."""

    @blp.response(201, request_answers.Snapshot)
    @blp.response(200, request_answers.Snapshot, description="One of this name was there, and has been replaced.")
    def post(self, name: str) -> flask.Response:
        """Keep the world as it is now under a name: records, stock, keys, endpoints, settings, deliveries, timers, clock, ids."""
        one, new = transfer.take(worlds(), web.world(), name)
        return web.answer(snapshot_dict(one), 201 if new else 200)

    @blp.response(204)
    def delete(self, name: str) -> flask.Response:
        """Delete a snapshot."""
        worlds().shelf.delete(web.world().name, name)
        return flask.Response(status=204)


@blp.route("/snapshots/<string:name>/restore")
class Restore(MethodView):
    """Back to a snapshot."""

    @blp.response(200, answers.World)
    def post(self, name: str) -> flask.Response:
        """Put the world back to a snapshot of it, in one step, its clock included; the journal is emptied."""
        return web.answer(world_dict(transfer.restore(worlds(), web.world_name(), name)))
