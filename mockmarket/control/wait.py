"""Waiting until deliveries or requests are there, or the world is quiet; a wait in vain says what there was instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, NamedTuple, NotRequired, TypedDict

from mockmarket.api.arguments import load
from mockmarket.api.schemas import schema_of
from mockmarket.clock import monotonic
from mockmarket.control import timeout_report
from mockmarket.control.base import ROW_NUMBER, Context, operation
from mockmarket.control.deliveries import Delivery
from mockmarket.control.requests import Request, RequestWhere, either
from mockmarket.delivery import waiting
from mockmarket.delivery.waiting import is_quiet, next_due
from mockmarket.errors import TimedOut
from mockmarket.records import Check, Default, FieldError, OneOf, Range, check
from mockmarket.records.formats import Time
from mockmarket.records.views import moment, views
from mockmarket.store import history
from mockmarket.store.records import Record
from mockmarket.worlds import journal_query
from mockmarket.worlds.journal_query import Where
from mockmarket.worlds.world import World

LONGEST_S = 300
MOST_LISTED = 100


def _check_states(value: str | list[str]) -> None:
    states = [value] if isinstance(value, str) else value
    unknown = [state for state in states if state not in (*history.STATES, "any")]
    if unknown or not value:
        raise ValueError(f"Must be any, or of {', '.join(history.STATES)}.")


STATE = either(str, list, sentence="a state, a list of them, or any")


class DeliveryWhere(TypedDict, total=False):
    """Which deliveries are meant: those that meet every condition."""

    vendor: str
    type: str
    kind: str
    record: str
    endpoint: str
    notice: Annotated[int, ROW_NUMBER]
    why: str
    cause: str
    state: Annotated[str | list[str], STATE, Default("delivered"), Check(_check_states)]


QUIET = "quiet: nothing is being sent and nothing is due at this moment of the world's time."
Goal = TypedDict("Goal", {"for": Annotated[str, OneOf(("deliveries", "requests", "quiet")), QUIET]})
"""What is waited for."""


def _check_quiet(body: Mapping[str, object]) -> None:
    extra = [name for name in ("where", "count") if name in body]
    if body["for"] == "quiet" and extra:
        raise FieldError("Quiet has no where and no count.", extra[0])


CONDITIONS = "For deliveries or requests: conditions that must all hold; see docs/worlds.md."


@check(_check_quiet)
class WaitBody(Goal):
    """What to wait for, how much of it, and for how long in real time."""

    where: NotRequired[Annotated[Record, CONDITIONS]]
    count: NotRequired[Annotated[int, Range(1, 1_000_000), "1 by default."]]
    timeout_s: Annotated[float, Default(10.0), Range(0, LONGEST_S)]


class Seen(TypedDict):
    """What has come: `count` and the list are of what was waited for, `next_due` of quiet."""

    count: NotRequired[int]
    seen: NotRequired[Annotated[int, "Number of matches; the list has the newest of them."]]
    deliveries: NotRequired[list[Delivery]]
    requests: NotRequired[list[Request]]
    next_due: NotRequired[Time]


Outcome = TypedDict("Outcome", {"for": str, "waited_ms": float})  # what was waited for, and how long


class Waited(Outcome, Seen):
    """What was waited for, and what has come."""


def _deliveries_seen(world: World, where: Where, count: int) -> Seen | None:
    read, filters = world.read(), timeout_report.filters_of(where)
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
    """One kind of wait: the shape of its conditions, what has come (None: not enough yet), and the report of a wait in vain."""

    where: type | None
    seen: Callable[[World, Where, int], Seen | None]
    report: Callable[[World, Where, int], timeout_report.Report]


KINDS = {
    "deliveries": Waiting(DeliveryWhere, _deliveries_seen, timeout_report.deliveries),
    "requests": Waiting(RequestWhere, _requests_seen, timeout_report.requests),
    "quiet": Waiting(None, _quiet_seen, timeout_report.quiet),
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
    if seen is None and timeout_s:  # only who has to wait takes a place among those who wait
        with waiting.room(world, context.server.holds_waits):
            seen = waiting.until(world, lambda: kind.seen(world, where, count), timeout_s, context.server.stopping)
    if seen is None:
        report, facts = kind.report(world, where, count)
        raise TimedOut(f"Waited {timeout_s:g} s for {report}", seen=facts)
    return {"for": goal, "waited_ms": round((monotonic() - began) * 1000, 1), **seen}
