"""The world's clock: read, run, freeze, advance."""

from typing import Annotated, TypedDict

from mockmarket.clock import LATEST, BackwardsError, parse_iso
from mockmarket.control.base import Context, operation
from mockmarket.delivery import walking
from mockmarket.delivery.waiting import next_due
from mockmarket.errors import Conflict, Invalid
from mockmarket.records import Range, check, exactly_one
from mockmarket.records.formats import Time
from mockmarket.records.views import From, moment, view, views
from mockmarket.store import outbox, timers
from mockmarket.worlds.world import Engine, Until, World

UPCOMING = 20
ClockChange = TypedDict("ClockChange", {"frozen": Annotated[bool, "true freezes the clock, false lets it run."]})
ONE_WAY = 'Send one of {"seconds": 3600}, {"to": "2026-05-01T12:00:00Z"}, {"until": "delivered"}, {"until": "quiet"}.'


@check(exactly_one("seconds", "to", "until", words=ONE_WAY))
class Advance(TypedDict, total=False):
    """How far to advance: exactly one member."""

    seconds: Annotated[float, Range(0, LATEST / 1000)]
    to: Annotated[str, "ISO 8601 date-time."]
    until: Annotated[Until, "Until no delivery waits; or until nothing is due, timers of every vendor included."]


Timer = TypedDict("Timer", {"vendor": str, "timer": Annotated[str, From("name")], "record": str, "due": Time})


class Clock(TypedDict):
    """The world's time, and what is due next."""

    now: Time
    now_ms: int
    frozen: bool
    next_due: Annotated[Time, "The next moment at which a delivery, a timer or a calendar date is due."]
    next_delivery: Time
    timers: Annotated[list[Timer], "What is to happen, calendar dates excepted."]
    calendar: Annotated[list[Timer], "Dates such as an event's end; no `quiet` waits for them."]


Start = TypedDict("Start", {"from": Annotated[Time, From("started_at")]})  # when an advance began


class Walk(Start):
    """The result of an advance."""

    now: Annotated[Time, From("reached", moment)]
    now_ms: Annotated[int, From("reached")]
    frozen: bool
    attempts: int
    timers: Annotated[list[walking.Fired], From("fired", list)]
    complete: Annotated[bool, From("quiet")]
    left: Annotated[int, "Deliveries that were due and not sent when it stopped early; 0 when it is complete."]


@operation(answer=Clock)
def get_clock(context: Context) -> Clock:
    """Return the world's time, and what is due next."""
    world, read = context.world, context.read()
    now, dates = world.clock.now(), world.calendar
    due = {"next_due": moment(next_due(world, ())), "next_delivery": moment(outbox.next_due(read))}
    tasks, calendar = timers.upcoming(read, UPCOMING, besides=dates), timers.upcoming(read, UPCOMING, among=dates)
    listed = {"timers": views(Timer, tasks), "calendar": views(Timer, calendar)}
    return view(Clock, world.clock, now=moment(now), now_ms=now, **due, **listed)


@operation(body=ClockChange, answer=Clock)
def set_clock(context: Context, body: ClockChange) -> Clock:
    """Freeze the clock, or let it run from its current time."""
    world = context.world
    with world.engine:
        world.clock.freeze() if body["frozen"] else world.clock.run()
        world.store.keep_clock()
    world.wake(world)
    return get_clock.call(context)


@operation(body=Advance, answer=Walk)
def advance_clock(context: Context, body: Advance) -> Walk:
    """Advance the clock; everything due in that time happens at its own moment before the answer.

    `complete` is false when the walk stopped early at its bound of steps, of real time, or of attempts for what others cause meanwhile,
    with `left` deliveries to send: call again to go on."""
    return view(Walk, advance(context.services.engine, context.world, body), frozen=context.world.clock.frozen)


def advance(engine: Engine, world: World, body: Advance) -> walking.Walk:
    """Advance a world's clock; Conflict for a time in the past, Invalid for an unreadable one."""
    try:
        to: int | Until = parse_iso(body["to"]) if "to" in body else body.get("until", "quiet")
    except ValueError as error:
        sentence = f"Must be an ISO 8601 date-time such as 2026-05-01T12:00:00Z, not {body['to'][:40]!r}."
        raise Invalid(f"to: {sentence}", details=[("to", sentence)]) from error
    try:
        with world.engine:  # `seconds` count from the end of a running advance
            if "seconds" in body:
                to = world.clock.now() + round(body["seconds"] * 1000)
            walk: walking.Walk = engine.advance(world, to)
            return walk
    except BackwardsError as error:
        raise Conflict(str(error), hint="Only a reset goes back.") from error
    except ValueError as error:
        raise Invalid(str(error)) from error
