"""Notices, deliveries with every attempt, resends and triggers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from operator import itemgetter
from typing import Annotated, Any, NotRequired, TypedDict

import orjson

from mockmarket.control import base, endpoints
from mockmarket.control.base import HAR, ROW_NUMBER, Context, Moment, either, named, operation
from mockmarket.errors import Invalid
from mockmarket.records import Check, Default, OneOf, Range, Rows
from mockmarket.records.formats import Time
from mockmarket.records.views import From, Ms, Text, text, view, views
from mockmarket.store import Read, Tx, history, outbox
from mockmarket.store.endpoints import Endpoint
from mockmarket.store.records import Record
from mockmarket.vendor import Vendor
from mockmarket.webhooks import own_headers
from mockmarket.worlds import har

CAUSE = "The id of the request that caused it (X-Mockmarket-Request)."
SINCE = "Only those made at this moment of the world's time or later, ISO 8601."
UNSUCCESSFUL = ("failed", "exhausted", "rejected")
DROPPED = "Dropped on request."
OVERRIDE = 'Dotted paths to values: {"order.quantity": 3}; a number is an index of a list.'


class Page(TypedDict):
    """The number of rows to list, newest first."""

    limit: Annotated[int, Default(50), Range(1, 1000)]
    before: Annotated[int | None, Default(None), ROW_NUMBER, "The `number` of the last entry of the previous page."]


class PageQuery(Page):
    """The filters common to notices and deliveries."""

    vendor: NotRequired[str]
    type: NotRequired[str]
    record: NotRequired[str]
    cause: NotRequired[Annotated[str, CAUSE]]
    since: NotRequired[Annotated[Moment, SINCE]]


class NoticeQuery(PageQuery):
    """The filters of notices."""

    kind: NotRequired[str]


class DeliveryQuery(PageQuery):
    """The filters of deliveries."""

    endpoint: NotRequired[str]
    state: NotRequired[Annotated[str, OneOf(history.STATES)]]
    notice: NotRequired[Annotated[int, ROW_NUMBER]]
    why: NotRequired[str]


class DeliveryConditions(TypedDict, total=False):
    """Conditions on deliveries; all must be met."""

    vendor: str
    type: str
    kind: str
    record: str
    endpoint: str
    notice: Annotated[int, ROW_NUMBER]
    why: str
    cause: str


def check_states(value: str | list[str]) -> None:
    """Raise ValueError unless a text or a list names states of deliveries, or any."""
    states = [value] if isinstance(value, str) else value
    unknown = [state for state in states if state not in (*history.STATES, "any")]
    if unknown or not value:
        raise ValueError(f"Must be any, or of {', '.join(history.STATES)}.")


STATE = either(str, list, sentence="a state, a list of them, or any")
States = Annotated[str | list[str], STATE, Check(check_states)]
Ids = Annotated[str | list[str], either(str, list, sentence="an id or a list of ids")]


class DropBody(DeliveryConditions, total=False):
    """Which waiting deliveries to drop; all of them without a condition."""

    id: Ids
    since: Annotated[Moment, SINCE]


class ResendBody(DropBody, total=False):
    """Which deliveries to send again."""

    state: Annotated[
        States, Default(lambda: [*UNSUCCESSFUL]), "By default those that ended without success; any for every state."
    ]


class Resent(TypedDict):
    """How many deliveries are sent again, and why others are not."""

    matched: int
    resent: int
    kept_back: Annotated[dict[str, int], "How many are not sent, by the reason."]


class Dropped(TypedDict):
    """What is not sent any more."""

    dropped: Annotated[int, "Deliveries that waited for an attempt."]
    cancelled_resends: Annotated[int, "Deliveries that waited to be sent again; they keep the outcome that they had."]


class TriggerBody(TypedDict):
    """The record, changes of the body, the number of copies, and the endpoint (all without one)."""

    record: Annotated[str | None, Default(None), "Id of the record; by default the newest to which the notice fits."]
    override: Annotated[Record, Default(dict), OVERRIDE]
    count: Annotated[int, Default(1), Range(1, 1000)]
    endpoint: Annotated[str | None, Default(None)]


class NoticeHead(TypedDict):
    """A notice's subject and time."""

    number: Annotated[int, From("id")]
    event_id: Annotated[str, From("uid")]
    vendor: str
    type: str
    kind: str
    record: str
    at: Time
    cause: str | None


class Notice(NoticeHead):
    """One notice with its body."""

    deliveries: int
    body: Text


class Delivery(TypedDict):
    """One delivery."""

    id: Annotated[str, From("uid")]
    number: Annotated[int, From("id")]
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


RequestHeaders = Annotated[list[list[str]], From("request_headers", own_headers.redact)]
Sent = TypedDict("Sent", {"url": str, "headers": RequestHeaders, "body": str})


class Answered(TypedDict):
    """The receiver's answer."""

    status: int | None
    headers: Annotated[list[list[str]], From("answer_headers")]
    body: Annotated[str, From("answer_body", text)]
    truncated: Annotated[bool, From(write=bool)]
    error: str | None


class Attempt(TypedDict):
    """One attempt: `at` in the world's time, `wall_at` in the machine's, `stamp` as signed."""

    number: int
    why: str
    at: Time
    wall_at: Time
    stamp: int
    elapsed_ms: Ms
    request: Sent
    answer: Answered
    verdict: str
    reason: str
    fault: str | None


class DeliveryWithAttempts(Delivery):
    """One delivery with every attempt."""

    body: Text
    attempts_made: list[Attempt]


class Triggered(TypedDict):
    """The numbers of created notices and deliveries, and the ids of those deliveries in the order in which they were made."""

    notices: int
    deliveries: int
    delivery_ids: list[str]


def filters(query: PageQuery) -> Record:
    """Return a query without its page's size and position."""
    return {name: value for name, value in query.items() if name not in Page.__annotations__}


get_or_404 = partial(base.get_or_404, history.delivery, "delivery")


def attempt_dict(row: Record, body: bytes) -> Attempt:
    """Describe an attempt: the request as sent, the answer, the times, and the verdict."""
    sent = view(Sent, row, body=text(body if row["body"] is None else row["body"]))
    return view(Attempt, row, request=sent, answer=view(Answered, row))


@operation(query=NoticeQuery, answer=Rows("Notices", Notice))
def list_notices(context: Context, query: NoticeQuery) -> dict[str, list[Notice]]:
    """List notices, newest first."""
    return {"notices": views(Notice, history.notices(context.read(), filters(query), query["limit"], query["before"]))}


@operation(query=DeliveryQuery, answer=Rows("Deliveries", Delivery))
def list_deliveries(context: Context, query: DeliveryQuery) -> dict[str, list[Delivery]]:
    """List deliveries, newest first."""
    rows = history.deliveries(context.read(), filters(query), query["limit"], query["before"])
    return {"deliveries": views(Delivery, rows)}


@operation(query=DeliveryQuery, answer=HAR)
def export_deliveries(context: Context, query: DeliveryQuery) -> har.Har:
    """Return the attempts of the newest deliveries, in the order of their time, as an HTTP archive (HAR 1.2)."""
    return archive_of(context.read(), filters(query), query["limit"], query["before"])


def archive_of(read: Read, where: Record, limit: int = -1, before: int | None = None) -> har.Har:
    """Return the attempts of matching deliveries, of the newest ones with a limit, in the order of their time, as an archive."""
    rows = history.deliveries(read, where, limit, before)
    attempts = [har.of_attempt(row, attempt) for row in rows for attempt in history.attempts(read, row["id"])]
    return har.archive(sorted(attempts, key=itemgetter("startedDateTime")))


@operation(answer=DeliveryWithAttempts)
def get_delivery(context: Context, id: str) -> DeliveryWithAttempts:
    """Describe a delivery with its body and every attempt: request, answer, timing, verdict."""
    return delivery_dict(get_or_404(context.read(), id))


def delivery_dict(row: Record) -> DeliveryWithAttempts:
    """Describe a delivery, a row with its `attempts_made`."""
    attempts = [attempt_dict(attempt, row["body"]) for attempt in row["attempts_made"]]
    return view(DeliveryWithAttempts, row, attempts_made=attempts)


@operation(answer=Delivery, status=202)
def resend_delivery(context: Context, id: str) -> Delivery:
    """Send a delivery again now, in any state: same event id, delivery id and body, signed anew.

    A retry that waits keeps its time unless the resend is accepted. 409 while an attempt is under way, and when nothing can be sent:
    the endpoint was removed, or its URL is refused by `require_https`."""
    with context.world.atomic() as tx:
        outbox.resend(tx, get_or_404(tx, id))
    return view(Delivery, get_or_404(context.read(), id))


@operation(body=ResendBody, answer=Resent, status=202)
def resend_deliveries(context: Context, body: ResendBody) -> Resent:
    """Send every matching delivery again now, by default those that ended without success, each as `resend` of one does.

    `kept_back` has the number of those that cannot be sent, or whose attempt is under way; their state stays as it was."""
    where = {name: value for name, value in body.items() if name != "state" or "any" not in body["state"]}
    with context.world.atomic() as tx:
        rows = history.addressed(tx, where)
        kept_back = outbox.resend_all(tx, rows)
    return {"matched": len(rows), "resent": len(rows) - kept_back.total(), "kept_back": dict(kept_back)}


@operation(body=DropBody, answer=Dropped)
def drop_deliveries(context: Context, body: DropBody) -> Dropped:
    """Drop every matching delivery that waits for an attempt; what has reached an outcome keeps it."""
    with context.world.atomic() as tx:
        rows = history.addressed(tx, {**body, "state": "pending"})
        dropped, cancelled = outbox.drop_all(tx, [row["id"] for row in rows], DROPPED)
    return {"dropped": dropped, "cancelled_resends": cancelled}


@operation(body=TriggerBody, answer=Triggered, status=202)
def trigger_notice(context: Context, body: TriggerBody, vendor: str, notice: str) -> Triggered:
    """Trigger a notice about a record, by default one to which it fits, without any other change.

    409 where no record fits: the sentence says how to get one."""
    announcing = context.world.vendor(vendor)
    named(announcing.webhooks.notices, notice, vendor, "notice")
    with context.world.atomic() as tx:
        rows = [row for _ in range(body["count"]) for row in announce(tx, announcing, notice, body)]
        ids = [tx.enqueued[row].uid for row in rows]
    return {"notices": body["count"], "deliveries": len(ids), "delivery_ids": ids}


def announce(tx: Tx, vendor: Vendor, type: str, body: TriggerBody) -> list[int]:
    """Announce one notice with the requested changes, to every subscribed endpoint or to one alone."""
    sample = vendor.webhooks.sample(tx, type, body["record"])
    if body["override"]:
        sample = _changed(sample, partial(_overridden, vendor, body["override"]))
    if body["endpoint"]:
        return [outbox.address(tx, sample, endpoints.get_or_404(tx, body["endpoint"]), "trigger")]
    return outbox.announce(tx, sample, why="trigger")


def _overridden(vendor: Vendor, changes: Mapping[str, object], sent: bytes) -> bytes:
    body = overridden(orjson.loads(sent), changes)
    vendor.webhooks.check_override(body)
    return vendor.webhooks.dialect(body)


def _changed(notice: outbox.Notice, change: Callable[[bytes], bytes]) -> outbox.Notice:
    """Return a notice with changed bodies: its own and those of its endpoints."""
    body_for = notice.body_for

    def changed_for(endpoint: Endpoint) -> bytes | None:
        body = body_for(endpoint) if body_for else None
        return None if body is None else change(body)

    return replace(notice, body=change(notice.body), body_for=changed_for if body_for else None)


def overridden(body: Any, changes: Mapping[str, object]) -> Any:
    """Set values at dotted paths of a body (`items.0.price` in a list); a key that is not there is added. Invalid, with what is
    there, for a path into a value without members or to an entry that a list does not have."""
    for path, value in changes.items():
        *steps, last = path.split(".")
        place = body
        for number, step in enumerate(steps):
            key = key_of(place, step, path, steps[:number])
            place = place.setdefault(key, {}) if isinstance(place, dict) else place[key]
        place[key_of(place, last, path, steps)] = value
    return body


def key_of(place: Any, step: str, path: str, behind: Sequence[str]) -> str | int:
    """Return a step of a path as a key or index of a value; Invalid says what is there instead."""
    if isinstance(place, list) and step.isascii() and step.isdigit() and int(step[:9]) < len(place):
        return int(step)
    if isinstance(place, dict) and step:
        return step
    names = place if isinstance(place, dict) else range(len(place)) if isinstance(place, list) else ()
    contents = f"there are {', '.join(map(str, names))}" if names else "nothing is inside"
    sentence = f"The body has nothing at {path!r}: in {'.'.join(behind) or 'it'} {contents}."
    raise Invalid(sentence, details=[("override", sentence)])
