"""Notices, deliveries with every attempt, resends and triggers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import flask
import orjson
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from mockmarket.api import web
from mockmarket.control import hook_answers
from mockmarket.control.endpoints import endpoint_found
from mockmarket.control.speech import ROW_NUMBER, blueprint, moment, text
from mockmarket.errors import Invalid, NotFound
from mockmarket.store import Read, Tx, history, outbox
from mockmarket.vendor import Vendor
from mockmarket.webhooks import own_headers
from mockmarket.worlds.world import World

blp = blueprint("deliveries", "Notices and deliveries")

Row = dict[str, Any]


class PageQuery(Schema):
    """How much to list, newest first."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, 1000))
    before = fields.Integer(
        load_default=None,
        validate=ROW_NUMBER,
        metadata={"description": "The `number` that the page before ended with."},
    )
    vendor = fields.String()
    type = fields.String()
    record = fields.String()
    cause = fields.String(metadata={"description": "The id of the request that caused it (X-Mockmarket-Request)."})


class NoticeQuery(PageQuery):
    """Which notices to list."""

    kind = fields.String()


class DeliveryQuery(PageQuery):
    """Which deliveries to list."""

    endpoint = fields.String()
    state = fields.String()
    notice = fields.Integer(validate=ROW_NUMBER)
    why = fields.String()


class TriggerBody(Schema):
    """Which record to tell of (the newest without one), what to change in the body, how often, to which endpoint (all without one)."""

    record = fields.String(load_default=None, allow_none=True)
    override = fields.Dict(
        load_default=dict,
        metadata={"description": 'Dotted paths to values: {"order.quantity": 3}; a number is a place in a list.'},
    )
    count = fields.Integer(load_default=1, strict=True, validate=validate.Range(1, 1000))
    endpoint = fields.String(load_default=None, allow_none=True)


def listed(query: Row) -> tuple[Row, int, int | None]:
    """Take a page's size and place out of a query, leaving its filters."""
    limit, before = query.pop("limit"), query.pop("before")
    return query, limit, before


def notice_dict(row: Row) -> Row:
    """Describe a notice with its body as it is sent."""
    return {
        "number": row["id"], "event_id": row["uid"], "vendor": row["vendor"], "type": row["type"], "kind": row["kind"],
        "record": row["record"], "at": moment(row["at"]), "cause": row["cause"], "deliveries": row["deliveries"],
        "body": text(row["body"]),
    }  # fmt: skip


def delivery_dict(row: Row) -> Row:
    """Describe a delivery."""
    return {
        "id": row["uid"], "number": row["id"], "state": row["state"], "why": row["why"], "vendor": row["vendor"], "type": row["type"],
        "kind": row["kind"], "record": row["record"], "endpoint": row["endpoint"], "notice": row["notice"], "event_id": row["event_id"],
        "cause": row["cause"], "attempts": row["attempts"], "last_status": row["last_status"], "due": moment(row["due"]),
        "reason": row["reason"], "at": moment(row["at"]), "settled_at": moment(row["settled_at"]),
    }  # fmt: skip


def attempt_dict(row: Row, body: bytes) -> Row:
    """Describe an attempt: the request as it was sent, the answer, the times, and the verdict in words."""
    return {
        "number": row["number"],
        "why": row["why"],
        "at": moment(row["at"]),
        "wall_at": moment(row["wall_at"]),
        "stamp": row["stamp"],
        "elapsed_ms": round(row["elapsed_ms"], 3),
        "request": {
            "url": row["url"],
            "headers": own_headers.shown(row["request_headers"]),
            "body": text(body if row["body"] is None else row["body"]),
        },
        "answer": {
            "status": row["status"],
            "headers": row["answer_headers"],
            "body": text(row["answer_body"]),
            "truncated": bool(row["truncated"]),
            "error": row["error"],
        },
        "verdict": row["verdict"],
        "reason": row["reason"],
        "fault": row["fault"],
    }


@blp.route("/notices")
class Notices(MethodView):
    """What vendors had to tell."""

    @blp.arguments(NoticeQuery(), location="query")
    @blp.response(200, hook_answers.Notices)
    def get(self, query: Row) -> flask.Response:
        """List notices, newest first."""
        filters, limit, before = listed(query)
        return web.answer(
            {"notices": [notice_dict(row) for row in history.notices(web.world().read(), filters, limit, before)]}
        )


@blp.route("/deliveries")
class Deliveries(MethodView):
    """What was sent to whom."""

    @blp.arguments(DeliveryQuery(), location="query")
    @blp.response(200, hook_answers.Deliveries)
    def get(self, query: Row) -> flask.Response:
        """List deliveries, newest first."""
        filters, limit, before = listed(query)
        rows = history.deliveries(web.world().read(), filters, limit, before)
        return web.answer({"deliveries": [delivery_dict(row) for row in rows]})


def delivery_found(read: Read, id: str) -> Row:
    """Return a delivery with its attempts; NotFound when there is none."""
    row = history.delivery(read, id)
    if row is None:
        raise NotFound(f"There is no delivery {id!r}.")
    return row


@blp.route("/deliveries/<string:id>")
class OneDelivery(MethodView):
    """One delivery."""

    @blp.response(200, hook_answers.DeliveryWithAttempts)
    def get(self, id: str) -> flask.Response:
        """Describe a delivery with its body and every attempt: request, answer, timing, verdict in words."""
        row = delivery_found(web.world().read(), id)
        attempts = [attempt_dict(one, row["body"]) for one in row["attempts_made"]]
        return web.answer(delivery_dict(row) | {"body": text(row["body"]), "attempts_made": attempts})


@blp.route("/deliveries/<string:id>/resend")
class Resend(MethodView):
    """A delivery once more."""

    @blp.response(202, hook_answers.Delivery)
    def post(self, id: str) -> flask.Response:
        """Send a delivery once more, now, whatever its state: same event id, delivery id and body, signed anew.

        A retry that waits keeps its time unless the resend is accepted. 409 while an attempt is under way, and when nothing can be sent:
        the endpoint was removed, or its URL is refused by `require_https`.
        """
        return web.answer(resend(web.world(), id), 202)


def resend(world: World, id: str) -> Row:
    """Make a delivery due now, once, whatever its state; returns it. Conflict when it cannot be sent, or is just now."""
    with world.atomic() as tx:
        outbox.resend(tx, delivery_found(tx, id))
    return delivery_dict(delivery_found(world.read(), id))


@blp.route("/<string:vendor>/trigger/<string:notice>")
class Trigger(MethodView):
    """A notice without its cause."""

    @blp.arguments(TriggerBody())
    @blp.response(202, hook_answers.Triggered)
    def post(self, given: Row, vendor: str, notice: str) -> flask.Response:
        """Make a notice about a record that exists, which changes nothing else."""
        return web.answer(make(web.world(), vendor, notice, given), 202)


def make(world: World, vendor: str, notice: str, given: Row) -> Row:
    """Make a notice as TriggerBody asks; returns how many notices and deliveries there are of it."""
    teller = world.vendor(vendor)
    if teller.notice(notice) is None:
        there = ", ".join(one.name for one in teller.notices)
        raise NotFound(f"{vendor} has no notice {notice!r}; it has {there}.")
    with world.atomic() as tx:
        made = [trigger(tx, teller, notice, given) for _ in range(given["count"])]
    return {"notices": given["count"], "deliveries": sum(len(ids) for ids in made)}


def trigger(tx: Tx, vendor: Vendor, type: str, given: Row) -> list[int]:
    """Announce one notice with the asked changes, to every endpoint that listens or to one alone."""
    sample = vendor.sample(tx, type, given["record"])
    if given["override"]:
        body = overridden(orjson.loads(sample.body), given["override"])
        sample = replace(sample, body=vendor.dialect(body))
    if given["endpoint"]:
        return [outbox.address(tx, sample, endpoint_found(tx, given["endpoint"]), "trigger")]
    return outbox.announce(tx, sample, why="trigger")


def overridden(body: Any, changes: Row) -> Any:
    """Set values at dotted paths of a body, `items.0.price` for one in a list; Invalid, with what there is, for a path to nothing."""
    for path, value in changes.items():
        *steps, last = path.split(".")
        place = body
        for number, step in enumerate(steps):
            place = place[key_of(place, step, path, steps[:number])]
        place[key_of(place, last, path, steps)] = value
    return body


def key_of(place: Any, step: str, path: str, behind: Sequence[str]) -> str | int:
    """Return a step of a path as the key or index that it is in a value; Invalid says what there is in its place."""
    if isinstance(place, list) and step.isascii() and step.isdigit() and int(step[:9]) < len(place):
        return int(step)
    if isinstance(place, dict) and step in place:
        return step
    names = place if isinstance(place, dict) else range(len(place)) if isinstance(place, list) else ()
    there = f"there are {', '.join(map(str, names))}" if names else "nothing is inside"
    where = ".".join(behind) or "it"
    words = f"The body has nothing at {path!r}: in {where} {there}."
    raise Invalid(words, details=[("override", words)])
