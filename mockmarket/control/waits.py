"""Waiting until deliveries or requests are there, or the world is quiet; a wait in vain says what there was instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from mockmarket.api import web
from mockmarket.api.context import current
from mockmarket.clock import monotonic
from mockmarket.control import request_answers, shortfalls
from mockmarket.control.deliveries import delivery_dict
from mockmarket.control.requests import Either, RequestWhere, entry_dict
from mockmarket.control.speech import ROW_NUMBER, blueprint, moment
from mockmarket.delivery import waiting
from mockmarket.delivery.due import is_quiet, next_due
from mockmarket.errors import Invalid, TimedOut, details_of
from mockmarket.store import history
from mockmarket.worlds import journal_query
from mockmarket.worlds.world import World

blp = blueprint("wait", "Waiting")

LONGEST_S = 300
SHOWN = 100
STATES = ("pending", "sending", "delivered", "failed", "exhausted", "rejected", "dropped")

Row = dict[str, Any]
Look = Callable[[World, Row, int], Row | None]


def check_states(value: str | list[str]) -> None:
    """Refuse what is no state of a delivery, nor `any`."""
    wrong = [one for one in ([value] if isinstance(value, str) else value) if one not in (*STATES, "any")]
    if wrong or not value:
        raise ValidationError(f"Must be any, or of {', '.join(STATES)}.")


class DeliveryWhere(Schema):
    """Which deliveries are meant: those that meet every condition."""

    vendor = fields.String()
    type = fields.String()
    kind = fields.String()
    record = fields.String()
    endpoint = fields.String()
    notice = fields.Integer(strict=True, validate=ROW_NUMBER)
    why = fields.String()
    cause = fields.String()
    state = Either(
        str, list, words="a state, a list of them, or any", load_default="delivered", validate=check_states
    )  # fmt: skip


WHERE: dict[str, Schema] = {"deliveries": DeliveryWhere(), "requests": RequestWhere()}


class WaitBody(Schema):
    """What to wait for, how much of it, and for how long in real time."""

    for_ = fields.String(
        data_key="for", required=True, validate=validate.OneOf(["deliveries", "requests", "quiet"]),
        metadata={"description": "quiet: nothing is being sent and nothing is due at this moment of the world's time."},
    )  # fmt: skip
    where = fields.Dict(
        metadata={
            "description": "Of deliveries or requests: conditions, all of which have to hold; see docs/worlds.md."
        }
    )
    count = fields.Integer(strict=True, validate=validate.Range(1, 1_000_000), metadata={"default": 1})
    timeout_s = fields.Float(load_default=10.0, allow_nan=False, validate=validate.Range(0, LONGEST_S))

    @validates_schema
    def check_quiet(self, data: Row, **_: Any) -> None:
        """Refuse what has no meaning for quiet."""
        extra = [name for name in ("where", "count") if name in data]
        if data["for_"] == "quiet" and extra:
            raise ValidationError("Quiet has no where and no count.", extra[0])


def read_where(what: str, given: Row) -> Row:
    """Read the conditions of one kind of wait; Invalid names each that is unknown or wrong, and what may be asked."""
    if what not in WHERE:
        return {}
    try:
        loaded: Row = WHERE[what].load(given)
    except ValidationError as error:
        details = [(f"where.{field}", words) for field, words in details_of(error, WHERE[what])]
        raise Invalid("; ".join(f"{field}: {words}" for field, words in details), details=details) from error
    return loaded


def deliveries_seen(world: World, where: Row, count: int) -> Row | None:
    """Return the deliveries that match once there are as many as are waited for."""
    filters, states = shortfalls.filters_of(where)
    read = world.read()
    seen = history.count_deliveries(read, shortfalls.counted(filters, states))
    if seen < count:
        return None
    rows = history.deliveries(read, filters, SHOWN, states=states)[::-1]
    return {"count": count, "seen": seen, "deliveries": [delivery_dict(row) for row in rows]}


def requests_seen(world: World, where: Row, count: int) -> Row | None:
    """Return the requests that match once there are as many as are waited for."""
    found = journal_query.matching(world.journal.find({}), where)
    if len(found) < count:
        return None
    return {"count": count, "seen": len(found), "requests": [entry_dict(one) for one in found[-SHOWN:]]}


def quiet_seen(world: World, where: Row, count: int) -> Row | None:
    """Return when the next thing is due, once nothing is going on."""
    return {"next_due": moment(next_due(world, ()))} if is_quiet(world) else None


LOOKS: dict[str, Look] = {"deliveries": deliveries_seen, "requests": requests_seen, "quiet": quiet_seen}


@blp.route("/wait")
class Wait(MethodView):
    """Waiting."""

    @blp.arguments(WaitBody())
    @blp.response(200, request_answers.Waited)
    def post(self, given: Row) -> flask.Response:
        """Wait, in real time, until so many deliveries or requests match, or the world is quiet.

        What there is already counts. 408 with what there was instead when the time is over; 429 when as many wait as may at once; 503 when
        the server stops.
        """
        what, began = given["for_"], monotonic()
        where, count = read_where(what, given.get("where", {})), given.get("count", 1)
        world = web.world()
        seen = patiently(world, lambda: LOOKS[what](world, where, count), given["timeout_s"])
        if seen is None:
            raise missed(world, what, where, count, given["timeout_s"])
        return web.answer({"for": what, "waited_ms": round((monotonic() - began) * 1000, 1), **seen})


def patiently(world: World, look: Callable[[], Row | None], timeout_s: float) -> Row | None:
    """Return what a look finds, now or within the time; only who has to wait takes a place among those who wait."""
    found = look()
    if found is not None or not timeout_s:
        return found
    server = current().server
    with waiting.room(world, server.lend_thread):
        return waiting.until(world, look, timeout_s, server.stopping)


def missed(world: World, what: str, where: Row, count: int, timeout_s: float) -> TimedOut:
    """Return the refusal of a wait in vain, in words for a CI log and as data."""
    words, seen = shortfalls.TELL[what](world, where, count)
    return TimedOut(f"Waited {timeout_s:g} s for {words}", seen=seen)
