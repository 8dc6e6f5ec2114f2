"""The world's clock: look, run, freeze, advance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypedDict

import flask

from mockmarket.api.answers import answer
from mockmarket.api.context import Engine
from mockmarket.clock import LATEST, BackwardsError, parse_iso
from mockmarket.control.base import Context, moment, operation
from mockmarket.delivery import ticker
from mockmarket.errors import Conflict, Invalid
from mockmarket.records import Description, FieldError, OneOf, Range, check
from mockmarket.records.formats import Time
from mockmarket.store import outbox, timers
from mockmarket.worlds.world import World

UPCOMING = 20


class ClockChange(TypedDict):
    """What to do with the clock."""

    frozen: Annotated[bool, Description("true stands still, false runs with the machine's time.")]


def check_one(body: Mapping[str, Any]) -> None:
    """Refuse none or several at once."""
    if len(body) != 1:
        sentence = 'Send one of {"seconds": 3600}, {"to": "2026-05-01T12:00:00Z"}, {"until": "quiet"}.'
        raise FieldError(sentence, "_schema")


@check(check_one)
class Advance(TypedDict, total=False):
    """How far to go: one of the three."""

    seconds: Annotated[float, Range(0, LATEST / 1000)]
    to: Annotated[str, Description("ISO 8601 date-time.")]
    until: Annotated[str, OneOf(("quiet",), "Must be equal to quiet."), Description("As far as anything is due.")]


class Timer(TypedDict):
    """One thing due."""

    vendor: str
    timer: str
    record: str
    due: Time


class Clock(TypedDict):
    """The clock, and what is due next."""

    now: Time
    now_ms: int
    frozen: bool
    next_delivery: Time
    timers: list[Timer]


Start = TypedDict("Start", {"from": Time})
"""When an advance began."""


class Walk(Start):
    """What an advance did."""

    now: Time
    now_ms: int
    frozen: bool
    attempts: int
    timers: list[ticker.Fired]
    complete: bool


def clock_dict(world: World) -> Clock:
    """Describe a world's clock and what is due next; mere dates, such as events' ends, are left out."""
    read = world.read()
    return {
        "now": moment(world.clock.now()),
        "now_ms": world.clock.now(),
        "frozen": world.clock.frozen,
        "next_delivery": moment(outbox.next_due(read)),
        "timers": [
            {"vendor": timer.vendor, "timer": timer.name, "record": timer.record, "due": moment(timer.due)}
            for timer in timers.upcoming(read, UPCOMING, world.calendar)
        ],
    }


def walk_dict(world: World, walk: ticker.Walk) -> Walk:
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


@operation(answer=Clock)
def get_clock(context: Context) -> flask.Response:
    """Say what time it is in the world, and what is due next."""
    return answer(clock_dict(context.world))


@operation(body=ClockChange, answer=Clock)
def set_clock(context: Context, body: ClockChange) -> flask.Response:
    """Freeze the clock, or let it run on from where it is."""
    set_frozen(context.world, body["frozen"])
    return answer(clock_dict(context.world))


def set_frozen(world: World, frozen: bool) -> None:
    """Freeze a world's clock, or let it run on from where it is."""
    with world.engine:
        world.clock.freeze() if frozen else world.clock.run()
        world.store.keep_clock()
    world.wake(world)


@operation(body=Advance, answer=Walk)
def advance_clock(context: Context, body: Advance) -> flask.Response:
    """Move the clock forward, doing on the way everything that is due, each at its own moment; answers when it is done.

    `complete` is false when the walk stopped early at its bound of steps or of real time: call again to go on.
    """
    return answer(walk_dict(context.world, advance(context.services.engine, context.world, body)))


def advance(engine: Engine, world: World, body: Advance) -> ticker.Walk:
    """Move a world's clock; Conflict for a time that has passed, Invalid for one that cannot be read."""
    try:
        with world.engine:  # `seconds` count from where an advance that is under way will have ended
            walk: ticker.Walk = engine.advance(world, target(world, body))
            return walk
    except BackwardsError as error:
        raise Conflict(str(error), hint="Only a reset goes back.") from error
    except ValueError as error:
        raise Invalid(str(error)) from error


def target(world: World, body: Advance) -> int | None:
    """Return where to go, in epoch ms, or None for as far as anything is due."""
    if "seconds" in body:
        return world.clock.now() + round(body["seconds"] * 1000)
    try:
        return parse_iso(body["to"]) if "to" in body else None
    except ValueError as error:
        sentence = f"Must be an ISO 8601 date-time such as 2026-05-01T12:00:00Z, not {body['to'][:40]!r}."
        raise Invalid(f"to: {sentence}", details=[("to", sentence)]) from error
