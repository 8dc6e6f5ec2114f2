"""Waiting until deliveries or requests are there, or the world is quiet; a wait in vain says what there was instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, NotRequired, TypedDict

from marshmallow import ValidationError

from mockmarket.api.context import ServerHooks
from mockmarket.api.schemas import schema_of
from mockmarket.clock import monotonic
from mockmarket.control import timeout_report
from mockmarket.control.base import ROW_NUMBER, Context, moment, operation, views
from mockmarket.control.deliveries import Delivery
from mockmarket.control.requests import Request, RequestWhere, either
from mockmarket.delivery import waiting
from mockmarket.delivery.due import is_quiet, next_due
from mockmarket.errors import Invalid, TimedOut, details_of
from mockmarket.records import Check, Default, Description, FieldError, OneOf, Range, check
from mockmarket.records.formats import Time
from mockmarket.store import history
from mockmarket.store.records import Record
from mockmarket.worlds import journal_query
from mockmarket.worlds.world import World

LONGEST_S = 300
SHOWN = 100
STATES = ("pending", "sending", "delivered", "failed", "exhausted", "rejected", "dropped")

Where = Mapping[str, Any]


def check_states(value: str | list[str]) -> None:
    """Refuse what is no state of a delivery, nor `any`."""
    unknown = [state for state in ([value] if isinstance(value, str) else value) if state not in (*STATES, "any")]
    if unknown or not value:
        raise ValueError(f"Must be any, or of {', '.join(STATES)}.")


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
    state: Annotated[
        str | list[str],
        either(str, list, sentence="a state, a list of them, or any"),
        Default("delivered"),
        Check(check_states),
    ]


SHAPES: Mapping[str, type] = {"deliveries": DeliveryWhere, "requests": RequestWhere}
Goal = TypedDict("Goal", {"for": Annotated[
    str,
    OneOf(("deliveries", "requests", "quiet")),
    Description("quiet: nothing is being sent and nothing is due at this moment of the world's time."),
]})  # fmt: skip
"""What is waited for."""


def check_quiet(body: Mapping[str, Any]) -> None:
    """Refuse what has no meaning for quiet."""
    extra = [name for name in ("where", "count") if name in body]
    if body["for"] == "quiet" and extra:
        raise FieldError("Quiet has no where and no count.", extra[0])


@check(check_quiet)
class WaitBody(Goal):
    """What to wait for, how much of it, and for how long in real time."""

    where: NotRequired[Annotated[
        Record,
        Description("Of deliveries or requests: conditions, all of which have to hold; see docs/worlds.md."),
    ]]  # fmt: skip
    count: NotRequired[Annotated[int, Range(1, 1_000_000), Description("1 when it is left out.")]]
    timeout_s: Annotated[float, Default(10.0), Range(0, LONGEST_S)]


class Seen(TypedDict):
    """What has come: `count` and the list are of what was waited for, `next_due` of quiet."""

    count: NotRequired[int]
    seen: NotRequired[Annotated[int, Description("How many match; the list has the newest of them.")]]
    deliveries: NotRequired[list[Delivery]]
    requests: NotRequired[list[Request]]
    next_due: NotRequired[Time]


Outcome = TypedDict("Outcome", {"for": str, "waited_ms": float})
"""What was waited for, and how long."""


class Waited(Outcome, Seen):
    """What was waited for, and what has come."""


Look = Callable[[World, Where, int], Seen | None]


def read_where(goal: str, where: dict[str, Any]) -> dict[str, Any]:
    """Read the conditions of one kind of wait; Invalid names each that is unknown or wrong, and what may be asked."""
    if goal not in SHAPES:
        return {}
    schema = schema_of(SHAPES[goal], "body")
    try:
        loaded: dict[str, Any] = schema.load(where)
    except ValidationError as error:
        details = [(f"where.{field}", message) for field, message in details_of(error, schema)]
        raise Invalid("; ".join(f"{field}: {message}" for field, message in details), details=details) from error
    return loaded


def deliveries_seen(world: World, where: Where, count: int) -> Seen | None:
    """Return the deliveries that match once there are as many as are waited for."""
    filters, states = timeout_report.filters_of(where)
    read = world.read()
    seen = history.count_deliveries(read, timeout_report.counted(filters, states))
    if seen < count:
        return None
    rows = history.deliveries(read, filters, SHOWN, states=states)[::-1]
    return {"count": count, "seen": seen, "deliveries": views(Delivery, rows)}


def requests_seen(world: World, where: Where, count: int) -> Seen | None:
    """Return the requests that match once there are as many as are waited for."""
    matching = journal_query.matching(world.journal.find({}), where)
    if len(matching) < count:
        return None
    return {"count": count, "seen": len(matching), "requests": views(Request, matching[-SHOWN:])}


def quiet_seen(world: World, where: Where, count: int) -> Seen | None:
    """Return when the next thing is due, once nothing is going on."""
    return {"next_due": moment(next_due(world, ()))} if is_quiet(world) else None


LOOKS: Mapping[str, Look] = {"deliveries": deliveries_seen, "requests": requests_seen, "quiet": quiet_seen}


@operation(body=WaitBody, answer=Waited)
def wait(context: Context, body: WaitBody) -> Waited:
    """Wait, in real time, until so many deliveries or requests match, or the world is quiet.

    What there is already counts. 408 with what there was instead when the time is over; 429 when as many wait as may at once; 503 when
    the server stops.
    """
    goal, timeout_s, began = body["for"], body["timeout_s"], monotonic()
    where, count = read_where(goal, body.get("where", {})), body.get("count", 1)
    world = context.world
    seen = wait_for(context.server, world, lambda: LOOKS[goal](world, where, count), timeout_s)
    if seen is None:
        report, facts = timeout_report.REPORTS[goal](world, where, count)
        raise TimedOut(f"Waited {timeout_s:g} s for {report}", seen=facts)
    return {"for": goal, "waited_ms": round((monotonic() - began) * 1000, 1), **seen}


def wait_for(server: ServerHooks, world: World, look: Callable[[], Seen | None], timeout_s: float) -> Seen | None:
    """Return what a look finds, now or within the time; only who has to wait takes a place among those who wait."""
    seen = look()
    if seen is not None or not timeout_s:
        return seen
    with waiting.room(world, server.lend_thread):
        return waiting.until(world, look, timeout_s, server.stopping)
