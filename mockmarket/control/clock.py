"""The world's clock: look, run, freeze, advance."""

from __future__ import annotations

from typing import Any

import flask
from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from mockmarket.api import web
from mockmarket.api.context import current
from mockmarket.clock import LATEST, BackwardsError, parse_iso
from mockmarket.control import answers
from mockmarket.control.speech import blueprint, moment
from mockmarket.delivery.ticker import Walk
from mockmarket.errors import Conflict, Invalid
from mockmarket.store import outbox, timers
from mockmarket.worlds.world import World

blp = blueprint("clock", "The world's clock")

UPCOMING = 20


class ClockChange(Schema):
    """What to do with the clock."""

    frozen = fields.Boolean(
        required=True, metadata={"description": "true stands still, false runs with the machine's time."}
    )


class Advance(Schema):
    """How far to go: one of the three."""

    seconds = fields.Float(allow_nan=False, validate=validate.Range(0, LATEST / 1000))
    to = fields.String(metadata={"description": "ISO 8601 date-time."})
    until = fields.String(validate=validate.Equal("quiet"), metadata={"description": "As far as anything is due."})

    @validates_schema
    def check_one(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse none or several at once."""
        if len(data) != 1:
            raise ValidationError('Send one of {"seconds": 3600}, {"to": "2026-05-01T12:00:00Z"}, {"until": "quiet"}.')


def clock_dict(world: World) -> dict[str, Any]:
    """Describe a world's clock and what is due next; mere dates, such as events' ends, are left out."""
    read = world.read()
    due = timers.upcoming(read, UPCOMING, world.calendar)
    return {
        "now": moment(world.clock.now()),
        "now_ms": world.clock.now(),
        "frozen": world.clock.frozen,
        "next_delivery": moment(outbox.next_due(read)),
        "timers": [
            {"vendor": one.vendor, "timer": one.name, "record": one.record, "due": moment(one.due)} for one in due
        ],
    }


def walk_dict(world: World, walk: Walk) -> dict[str, Any]:
    """Describe what an advance did."""
    return {
        "from": moment(walk.started_at),
        "now": moment(walk.reached),
        "now_ms": walk.reached,
        "frozen": world.clock.frozen,
        "attempts": walk.attempts,
        "timers": walk.fired,
        "complete": walk.quiet,
    }


@blp.route("/clock")
class WorldClock(MethodView):
    """The clock."""

    @blp.response(200, answers.Clock)
    def get(self) -> flask.Response:
        """Say what time it is in the world, and what is due next."""
        return web.answer(clock_dict(web.world()))

    @blp.arguments(ClockChange())
    @blp.response(200, answers.Clock)
    def put(self, given: dict[str, Any]) -> flask.Response:
        """Freeze the clock, or let it run on from where it is."""
        hold(web.world(), given["frozen"])
        return web.answer(clock_dict(web.world()))


def hold(world: World, frozen: bool) -> None:
    """Freeze a world's clock, or let it run on from where it is."""
    with world.engine:
        world.clock.freeze() if frozen else world.clock.run()
        world.store.keep_clock()
    world.wake(world)


@blp.route("/clock/advance")
class Advancing(MethodView):
    """The clock moved on."""

    @blp.arguments(Advance())
    @blp.response(200, answers.Walk)
    def post(self, given: dict[str, Any]) -> flask.Response:
        """Move the clock forward, doing on the way everything that is due, each at its own moment; answers when it is done.

        `complete` is false when the walk stopped early at its bound of steps or of real time: call again to go on.
        """
        return web.answer(walk_dict(web.world(), advance(web.world(), given)))


def advance(world: World, given: dict[str, Any]) -> Walk:
    """Move a world's clock as was read by Advance; Conflict for a time that has passed, Invalid for one that cannot be read."""
    try:
        with world.engine:  # `seconds` count from where an advance that is under way will have ended
            walk: Walk = current().services.engine.advance(world, target(world, given))
            return walk
    except BackwardsError as error:
        raise Conflict(str(error), hint="Only a reset goes back.") from error
    except ValueError as error:
        raise Invalid(str(error)) from error


def target(world: World, given: dict[str, Any]) -> int | None:
    """Return where to go, in epoch ms, or None for as far as anything is due."""
    if "seconds" in given:
        seconds: float = given["seconds"]
        return world.clock.now() + round(seconds * 1000)
    try:
        return parse_iso(given["to"]) if "to" in given else None
    except ValueError as error:
        words = f"Must be an ISO 8601 date-time such as 2026-05-01T12:00:00Z, not {given['to'][:40]!r}."
        raise Invalid(f"to: {words}", details=[("to", words)]) from error
