"""Notices, deliveries with every attempt, resends and triggers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, NotRequired, TypedDict

import flask
import orjson

from mockmarket.api.answers import answer
from mockmarket.control import endpoints
from mockmarket.control.base import ROW_NUMBER, Context, moment, operation, text
from mockmarket.errors import Invalid, NotFound
from mockmarket.records import Default, Description, Range
from mockmarket.records.formats import Time
from mockmarket.store import Read, Tx, history, outbox
from mockmarket.vendor import Vendor
from mockmarket.webhooks import own_headers
from mockmarket.worlds.world import World

Row = dict[str, Any]
"""A row of the log of notices and deliveries."""


class Page(TypedDict):
    """How much to list, newest first."""

    limit: Annotated[int, Default(50), Range(1, 1000)]
    before: Annotated[
        int | None, Default(None), ROW_NUMBER, Description("The `number` that the page before ended with.")
    ]


class PageQuery(Page):
    """What notices and deliveries are both listed by."""

    vendor: NotRequired[str]
    type: NotRequired[str]
    record: NotRequired[str]
    cause: NotRequired[Annotated[str, Description("The id of the request that caused it (X-Mockmarket-Request).")]]


class NoticeQuery(PageQuery):
    """Which notices to list."""

    kind: NotRequired[str]


class DeliveryQuery(PageQuery):
    """Which deliveries to list."""

    endpoint: NotRequired[str]
    state: NotRequired[str]
    notice: NotRequired[Annotated[int, ROW_NUMBER]]
    why: NotRequired[str]


class TriggerBody(TypedDict):
    """Which record to tell of, what to change in the body, how often, to which endpoint (all without one)."""

    record: Annotated[str | None, Default(None), Description("An id; the newest that there is when left empty.")]
    override: Annotated[
        dict[str, Any],
        Default(dict),
        Description('Dotted paths to values: {"order.quantity": 3}; a number is a place in a list.'),
    ]
    count: Annotated[int, Default(1), Range(1, 1000)]
    endpoint: Annotated[str | None, Default(None)]


class NoticeHead(TypedDict):
    """What a notice is about, and when."""

    number: int
    event_id: str
    vendor: str
    type: str
    kind: str
    record: str
    at: Time
    cause: str | None


class Notice(NoticeHead):
    """One notice with its body."""

    deliveries: int
    body: str


class Notices(TypedDict):
    """Notices, newest first."""

    notices: list[Notice]


class Delivery(TypedDict):
    """One delivery."""

    id: str
    number: int
    state: str
    why: str
    vendor: str
    type: str
    kind: str
    record: str
    endpoint: str
    notice: int
    event_id: str
    cause: str | None
    attempts: int
    last_status: int | None
    due: Time
    reason: str
    at: Time
    settled_at: Time


class Deliveries(TypedDict):
    """Deliveries, newest first."""

    deliveries: list[Delivery]


class Sent(TypedDict):
    """A request as it was sent."""

    url: str
    headers: list[list[str]]
    body: str


class Answered(TypedDict):
    """What came back."""

    status: int | None
    headers: list[list[str]]
    body: str
    truncated: bool
    error: str | None


class Attempt(TypedDict):
    """One attempt: `at` in the world's time, `wall_at` in the machine's, `stamp` as signed."""

    number: int
    why: str
    at: Time
    wall_at: Time
    stamp: int
    elapsed_ms: float
    request: Sent
    answer: Answered
    verdict: str
    reason: str
    fault: str | None


class DeliveryWithAttempts(Delivery):
    """One delivery with every attempt."""

    body: str
    attempts_made: list[Attempt]


class Triggered(TypedDict):
    """How many notices a trigger made, and how many deliveries of them."""

    notices: int
    deliveries: int


def filters(query: Mapping[str, Any]) -> Row:
    """Return a query without a page's size and place."""
    return {name: value for name, value in query.items() if name not in Page.__annotations__}


def notice_dict(row: Row) -> Notice:
    """Describe a notice with its body as it is sent."""
    return {
        "number": row["id"], "event_id": row["uid"], "vendor": row["vendor"], "type": row["type"], "kind": row["kind"],
        "record": row["record"], "at": moment(row["at"]), "cause": row["cause"], "deliveries": row["deliveries"],
        "body": text(row["body"]),
    }  # fmt: skip


def delivery_dict(row: Row) -> Delivery:
    """Describe a delivery."""
    return {
        "id": row["uid"], "number": row["id"], "state": row["state"], "why": row["why"], "vendor": row["vendor"], "type": row["type"],
        "kind": row["kind"], "record": row["record"], "endpoint": row["endpoint"], "notice": row["notice"], "event_id": row["event_id"],
        "cause": row["cause"], "attempts": row["attempts"], "last_status": row["last_status"], "due": moment(row["due"]),
        "reason": row["reason"], "at": moment(row["at"]), "settled_at": moment(row["settled_at"]),
    }  # fmt: skip


def attempt_dict(row: Row, body: bytes) -> Attempt:
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


@operation(query=NoticeQuery, answer=Notices)
def list_notices(context: Context, query: NoticeQuery) -> flask.Response:
    """List notices, newest first."""
    rows = history.notices(context.read(), filters(query), query["limit"], query["before"])
    return answer(Notices(notices=[notice_dict(row) for row in rows]))


@operation(query=DeliveryQuery, answer=Deliveries)
def list_deliveries(context: Context, query: DeliveryQuery) -> flask.Response:
    """List deliveries, newest first."""
    rows = history.deliveries(context.read(), filters(query), query["limit"], query["before"])
    return answer(Deliveries(deliveries=[delivery_dict(row) for row in rows]))


def get_or_404(read: Read, id: str) -> Row:
    """Return a delivery with its attempts; NotFound when there is none."""
    row = history.delivery(read, id)
    if row is None:
        raise NotFound(f"There is no delivery {id!r}.")
    return row


@operation(answer=DeliveryWithAttempts)
def get_delivery(context: Context, id: str) -> flask.Response:
    """Describe a delivery with its body and every attempt: request, answer, timing, verdict in words."""
    row = get_or_404(context.read(), id)
    described: DeliveryWithAttempts = {
        **delivery_dict(row),
        "body": text(row["body"]),
        "attempts_made": [attempt_dict(attempt, row["body"]) for attempt in row["attempts_made"]],
    }
    return answer(described)


@operation(answer=Delivery, status=202)
def resend_delivery(context: Context, id: str) -> flask.Response:
    """Send a delivery once more, now, whatever its state: same event id, delivery id and body, signed anew.

    A retry that waits keeps its time unless the resend is accepted. 409 while an attempt is under way, and when nothing can be sent:
    the endpoint was removed, or its URL is refused by `require_https`.
    """
    return answer(resend(context.world, id), 202)


def resend(world: World, id: str) -> Delivery:
    """Make a delivery due now, once, whatever its state; returns it. Conflict when it cannot be sent, or is just now."""
    with world.atomic() as tx:
        outbox.resend(tx, get_or_404(tx, id))
    return delivery_dict(get_or_404(world.read(), id))


@operation(body=TriggerBody, answer=Triggered, status=202)
def trigger_notice(context: Context, body: TriggerBody, vendor: str, notice: str) -> flask.Response:
    """Make a notice about a record that exists, which changes nothing else."""
    return answer(trigger(context.world, vendor, notice, body), 202)


def trigger(world: World, vendor: str, type: str, body: TriggerBody) -> Triggered:
    """Make notices of a type; returns how many there are, and how many deliveries of them."""
    announcing = world.vendor(vendor)
    if announcing.notice(type) is None:
        known = ", ".join(notice.name for notice in announcing.notices)
        raise NotFound(f"{vendor} has no notice {type!r}; it has {known}.")
    with world.atomic() as tx:
        deliveries = [announce(tx, announcing, type, body) for _ in range(body["count"])]
    return {"notices": body["count"], "deliveries": sum(map(len, deliveries))}


def announce(tx: Tx, vendor: Vendor, type: str, body: TriggerBody) -> list[int]:
    """Announce one notice with the asked changes, to every endpoint that listens or to one alone."""
    sample = vendor.sample(tx, type, body["record"])
    if body["override"]:
        changed = overridden(orjson.loads(sample.body), body["override"])
        sample = replace(sample, body=vendor.dialect(changed))
    if body["endpoint"]:
        return [outbox.address(tx, sample, endpoints.get_or_404(tx, body["endpoint"]), "trigger")]
    return outbox.announce(tx, sample, why="trigger")


def overridden(body: Any, changes: Mapping[str, Any]) -> Any:
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
    contents = f"there are {', '.join(map(str, names))}" if names else "nothing is inside"
    where = ".".join(behind) or "it"
    sentence = f"The body has nothing at {path!r}: in {where} {contents}."
    raise Invalid(sentence, details=[("override", sentence)])
