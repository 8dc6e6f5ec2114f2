"""Waiting until deliveries or requests exist, or the world is quiet; a timeout reports what was seen instead."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, NamedTuple, NotRequired, TypedDict

import orjson

from mockmarket.api.arguments import load
from mockmarket.api.schemas import schema_of
from mockmarket.clock import monotonic
from mockmarket.control.base import Context, operation
from mockmarket.control.deliveries import Delivery, DeliveryConditions, States
from mockmarket.control.requests import Request, RequestWhere
from mockmarket.delivery import waiting
from mockmarket.delivery.waiting import is_quiet, next_due
from mockmarket.errors import TimedOut
from mockmarket.matching.operators import worded
from mockmarket.records import Default, FieldError, OneOf, Range, check
from mockmarket.records.formats import Time
from mockmarket.records.views import moment, views
from mockmarket.store import Read, history, outbox, timers
from mockmarket.store.records import Record
from mockmarket.worlds import journal_query
from mockmarket.worlds.journal import Entry
from mockmarket.worlds.journal_query import Where
from mockmarket.worlds.world import World

LONGEST_S, MOST_LISTED = 300, 100
CLOSEST = 3  # most reported near misses
VALUES = 5  # most reported values of each
RECENT = 3

Report = tuple[str, Mapping[str, object]]  # the report as text and as data
NearMiss = TypedDict("NearMiss", {"without": str, "count": int, "values": Mapping[str, int]})
"""A condition whose removal gives matches: their number, and their values of it, the most frequent first."""


class DeliveryWhere(DeliveryConditions, total=False):
    """Conditions on deliveries, with their state."""

    state: Annotated[States, Default("delivered")]


QUIET = "quiet: nothing is being sent and nothing is due at this moment of the world's time."
Goal = TypedDict("Goal", {"for": Annotated[str, OneOf(("deliveries", "requests", "quiet")), QUIET]})
"""What to wait for."""


def _check_quiet(body: Mapping[str, object]) -> None:
    extra = [name for name in ("where", "count") if name in body]
    if body["for"] == "quiet" and extra:
        raise FieldError("Quiet has no where and no count.", extra[0])


CONDITIONS = "For deliveries or requests: conditions that must all hold; see docs/worlds.md."


@check(_check_quiet)
class WaitBody(Goal):
    """What to wait for, the number of matches, and the limit in real time."""

    where: NotRequired[Annotated[Record, CONDITIONS]]
    count: NotRequired[Annotated[int, Range(1, 1_000_000), "1 by default."]]
    timeout_s: Annotated[float, Default(10.0), Range(0, LONGEST_S)]


class Seen(TypedDict):
    """What was seen: `count` and the list of matches, `next_due` for quiet."""

    count: NotRequired[int]
    seen: NotRequired[Annotated[int, "Number of matches; the list has the newest of them."]]
    deliveries: NotRequired[list[Delivery]]
    requests: NotRequired[list[Request]]
    next_due: NotRequired[Time]


Outcome = TypedDict("Outcome", {"for": str, "waited_ms": float})  # the goal, and the duration


class Waited(Outcome, Seen):
    """The goal and what was seen."""


def _filters_of(where: Where, without: str = "") -> Record:
    kept = {name: value for name, value in where.items() if name != without}
    return {name: value for name, value in kept.items() if name != "state" or "any" not in value}


def _some(number: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def _value_in_words(value: object) -> str:
    if isinstance(value, list):
        return " or ".join(map(str, value))
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _tally(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items())


def _without(miss: NearMiss) -> str:
    return f"Without the {miss['without']} {miss['count']} {'does' if miss['count'] == 1 else 'do'}"


def _report_deliveries(world: World, where: Where, count: int) -> Report:
    read = world.read()
    matching, every = history.deliveries.count(read, _filters_of(where)), dict(outbox.counts(read))
    spread = [(name, history.deliveries.spread(read, name, _filters_of(where, name), VALUES)) for name in where]
    close = [NearMiss(without=name, count=sum(some.values()), values=some) for name, some in spread if some][:CLOSEST]
    words = [
        f"{_some(count, 'delivery')}{worded(where, _value_in_words)}; {matching} matched.",
        *(f"{_without(miss)}: {_what_else(read, miss, where)}." for miss in close),
        f"In the world {world.name}: {_tally(every)}." if every else _nothing_made(read, world),
    ]
    return " ".join(words), {"matching": matching, "all": every, "closest": close}


def _what_else(read: Read, miss: NearMiss, where: Where) -> str:
    if miss["without"] != "state":
        return f"{miss['without']} {', '.join(miss['values'])}"
    newest = history.deliveries(read, _filters_of(where, "state"), 1)
    return f"{_tally(miss['values'])}{_why(newest[0]) if newest else ''}"


def _why(row: Record) -> str:
    answered = f"attempt {row['attempts']} was answered {row['last_status'] or 'with nothing'}"
    when = f", next at {moment(row['due'])}" if row["state"] == "pending" else ""
    reason = f"; {row['reason'].rstrip('.')}" if row["reason"] else ""
    return f" ({answered if row['attempts'] else 'not tried yet'}{when}{reason})"


def _nothing_made(read: Read, world: World) -> str:
    listed = history.notices(read, {}, 1)
    reason = "there were notices, and no endpoint that hears them" if listed else "nothing was announced"
    return f"In the world {world.name} there is no delivery: {reason}."


def _report_requests(world: World, where: Where, count: int) -> Report:
    entries = world.journal.find({})
    matching = len(journal_query.matching(entries, where))
    misses = journal_query.near_misses(entries, where)[:CLOSEST]
    close = [NearMiss(without=name, count=len(some), values=_instead(name, some)) for name, some in misses]
    values = [f": {miss['without']} {', '.join(miss['values'])}" if miss["values"] else "" for miss in close]
    newest = [f"{entry.method} {entry.path} {entry.status}" for entry in entries[-RECENT:]]
    words = [
        f"{_some(count, 'request')}{worded(where, _value_in_words)}; {matching} matched.",
        *(f"{_without(miss)}{instead}." for miss, instead in zip(close, values, strict=True)),
        f"The world {world.name} saw {_some(len(entries), 'request')}{', lastly ' if newest else ''}{', '.join(newest)}.",
    ]
    if world.journal.dropped:
        words.append(f"{world.journal.dropped} earlier ones are no longer kept.")
    return " ".join(words), {"matching": matching, "all": len(entries), "closest": close, "newest": newest}


def _instead(name: str, entries: Sequence[Entry]) -> dict[str, int]:
    condition = journal_query.CONDITIONS[name]
    return {} if condition.absent is None else dict(Counter(map(condition.instead, entries)).most_common(VALUES))


def _report_quiet(world: World, _where: Where, _count: int) -> Report:
    read = world.read()
    every, due = dict(outbox.counts(read)), moment(next_due(world, ()))
    seen = {"in_flight": sum(world.in_flight.values()), "all": every, "next_due": due}
    words = [
        f"the world {world.name} to be quiet; {seen['in_flight']} in flight, deliveries: {_tally(every) or 'none'}.",
        f"It is {moment(world.clock.now())} there, and the next thing is due at {due}." if due else "Nothing is due.",
    ]
    for timer in timers.upcoming(read, RECENT, world.calendar):
        words.append(f"A timer, {timer.name} of {timer.vendor} {timer.record}, is due at {moment(timer.due)}.")
    return " ".join(words), seen


def _deliveries_seen(world: World, where: Where, count: int) -> Seen | None:
    read, filters = world.read(), _filters_of(where)
    seen = history.deliveries.count(read, filters)
    if seen < count:
        return None
    rows = history.deliveries(read, filters, MOST_LISTED)[::-1]
    return {"count": count, "seen": seen, "deliveries": views(Delivery, rows)}


def _requests_seen(world: World, where: Where, count: int) -> Seen | None:
    matching = journal_query.matching(world.journal.find({}), where)
    if len(matching) < count:
        return None
    return {"count": count, "seen": len(matching), "requests": views(Request, matching[-MOST_LISTED:])}


def _quiet_seen(world: World, _where: Where, _count: int) -> Seen | None:
    return {"next_due": moment(next_due(world, ()))} if is_quiet(world) else None


class Waiting(NamedTuple):
    """One kind of wait: the shape of its conditions, its check (None: not met yet), and its timeout report."""

    where: type | None
    seen: Callable[[World, Where, int], Seen | None]
    report: Callable[[World, Where, int], Report]


KINDS = {
    "deliveries": Waiting(DeliveryWhere, _deliveries_seen, _report_deliveries),
    "requests": Waiting(RequestWhere, _requests_seen, _report_requests),
    "quiet": Waiting(None, _quiet_seen, _report_quiet),
}


@operation(body=WaitBody, answer=Waited)
def wait(context: Context, body: WaitBody) -> Waited:
    """Wait, in real time, until enough deliveries or requests match, or the world is quiet.

    What there is already counts. 408 with what there was instead when the time is over; 429 when as many wait as may at once; 503 when
    the server stops."""
    goal, timeout_s, began = body["for"], body["timeout_s"], monotonic()
    kind, world, count = KINDS[goal], context.world, body.get("count", 1)
    where = load(schema_of(kind.where, "body"), body.get("where", {}), "where.", names=True) if kind.where else {}
    seen = kind.seen(world, where, count)
    if seen is None and timeout_s:  # a check that succeeds at once takes no place
        with waiting.room(world, context.server.holds_waits):
            seen = waiting.until(world, lambda: kind.seen(world, where, count), timeout_s, context.server.stopping)
    if seen is None:
        report, facts = kind.report(world, where, count)
        raise TimedOut(f"Waited {timeout_s:g} s for {report}", seen=facts)
    return {"for": goal, "waited_ms": round((monotonic() - began) * 1000, 1), **seen}
