"""Ticketnation's formats: records, notices, error answers. Contains no rules. docs/vendors/ticketnation.md has the evidence for each."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import count
from typing import Any, cast

from mockmarket import clock, errors, vendor
from mockmarket.records import Column, columns, defaults, hints_of, new_shape
from mockmarket.store import Tx, endpoints, outbox
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.ticketnation import records
from mockmarket.webhooks.encoding import javascript
from mockmarket.worlds import journal

Hears = Callable[[endpoints.Endpoint], bool]  # returns whether an endpoint gets a notice

ORGANIZATION = Kind(records.NAME, "organization", "id", columns(records.Organization))
VENUE = Kind(records.NAME, "venue", "id", (Column("name_key"), Column("place")))
EVENT = Kind(records.NAME, "event", "id", (
    *columns(records.Event), Column("organization"), Column("show"),
    Column("starts_at", "INTEGER"), Column("name_key", index=False), Column("withdrawn", "INTEGER", index=False),
), follows_stock=True)  # fmt: skip
"""`show` is the shared event, if any; `withdrawn` is set while its seats are kept off sale."""
TICKET = Kind(records.NAME, "ticket", "id", (
    *columns(records.Ticket), Column("show"), Column("section", index=False), Column("marked", "INTEGER", index=False),
    Column("low", "INTEGER", index=False), Column("unsold", "INTEGER", index=False),
), follows_stock=True)  # fmt: skip
"""`section` names its seats in the shared stock; `marked`: manually sold out; `low`: below its threshold."""
PERFORMER = Kind(records.NAME, "performer", "id", columns(records.Performer))
SCHEDULE = Kind(records.NAME, "schedule", "id", columns(records.Schedule))
BRAND = Kind(records.NAME, "brand", "id", columns(records.Brand))
ORDER = Kind(records.NAME, "order", "orderId", (
    *columns(records.Order), Column("organization"), Column("placed_at", "INTEGER"),
))  # fmt: skip
KINDS = (ORGANIZATION, VENUE, EVENT, TICKET, PERFORMER, SCHEDULE, BRAND, ORDER)

SCOPES = (
    vendor.Scope("events:read", "List and get events, their performers, schedules and brands; search venues."),
    vendor.Scope("events:write", "Create, change, publish, unpublish, archive and delete events; manage performers, schedules, brands."),
    vendor.Scope("tickets:read", "List and get ticket types."),
    vendor.Scope("tickets:write", "Create, change, publish, mark as sold out and delete ticket types."),
    vendor.Scope("orders:read", "List and get orders.", implied_by=("events:read", "events:write"), visible=False),
    vendor.Scope("webhooks:manage", "Create, change, delete, list and test webhooks; see their deliveries."),
)  # fmt: skip
"""Document, "Scopes": orders:read comes with event scopes, and the dashboard does not show it."""

TEST = "webhook.test"  # convention: a test's own type, so that no receiver takes it for a sale

CODES: tuple[tuple[type[errors.Refusal], str, str], ...] = (
    (errors.ScopeMissing, "SCOPE_REQUIRED", "Give the key this scope in the dashboard."),
    (errors.AddressNotAllowed, "FORBIDDEN", "Add the address to the key's IP allowlist, or leave the list empty."),
    (errors.Forbidden, "FORBIDDEN", ""),
    (errors.Unauthenticated, "UNAUTHORIZED", "Keys begin with tn_live_ and are made in the dashboard."),
    (errors.NotFound, "NOT_FOUND", "Check the id, and that it is your organization's."),
    (errors.RateLimited, "RATE_LIMITED", "Wait for the seconds that Retry-After names."),
)
"""The code (public, errors page) and hint (convention) of the core's refusals; the first match counts. Other errors of
a request are a VALIDATION_ERROR, errors of the mock an INTERNAL_ERROR."""

ORDER_DATA = ("orderId", "orderNumber", "eventId", "totalAmount", "currency", "quantity", "buyerName", "buyerEmail")
"""Document, "Webhook Payload Format": the keys of `data`, in their order; a refund has the same (convention)."""
LOW_DATA = {"ticketId": "id", "ticketName": "name", "eventId": "eventId", "remaining": "remaining"}
DATA: Mapping[str, tuple[Kind, type, Mapping[str, str]]] = {
    "order.completed": (ORDER, records.Order, {name: name for name in ORDER_DATA}),
    "order.refunded": (ORDER, records.Order, {name: name for name in ORDER_DATA}),
    "event.sold_out": (EVENT, records.Event, {"eventId": "id", "eventName": "name"}),
    "ticket.inventory_low": (TICKET, records.Ticket, LOW_DATA | {"threshold": "lowInventoryThreshold"}),
}
"""By notice the kind and shape of its record, and the keys of its data with the record's fields (the last two: convention)."""


UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def event_uuid(show: str) -> str:
    """Return Ticketnation's id for one of the world's events: its own, if that is a UUID."""
    return show if UUID.fullmatch(show) else uuid_of("event", show)


def uuid_of(*words: str) -> str:
    """Return a UUID in the form of version 4, as every id of the vendor's, derived from these words: the id of records that the
    fixture or control names."""
    raw = bytearray(hashlib.sha256("/".join((records.NAME, *words)).encode()).digest()[:16])
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    digits = raw.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def slug_of(name: str) -> str:
    """Return a name's slug: letters without diacritics, digits, dashes."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "event"


def numbered(name: str, mark: str) -> Iterator[str]:
    """Yield a name, then the name followed by the mark and 2, 3 and so on."""
    yield name
    yield from (f"{name}{mark}{number}" for number in count(2))


def pesos(minor: int) -> float:
    """Return an amount as the JSON number that the document shows: pesos, whole ones without a fraction."""
    return minor // 100 if minor % 100 == 0 else minor / 100


def centavos(amount: float) -> int:
    """Return an amount in pesos as a whole number of centavos, with which sums are exact."""
    return round(amount * 100)


def new_record(shape: type, id: str, at: int, fields: Mapping[str, object]) -> Record:
    """Return a new record of a shape, in the order of its fields: id, times, the given fields, defaults for the others."""
    return defaults(shape) | {"id": id, "createdAt": clock.iso_ms(at), "updatedAt": clock.iso_ms(at)} | dict(fields)


def notice(tx: Tx, type: str, record: Record, hears: Hears) -> outbox.Notice:
    """Return a notice about a record (document, "Webhook Payload Format")."""
    kind, _, fields = DATA[type]
    return _written(tx, type, {key: record[name] for key, name in fields.items()}, (kind.name, record[kind.id]), hears)


def trial_notice(tx: Tx, webhook: str | None) -> outbox.Notice:
    """Return the notice of a test (convention)."""
    data: records.Trial = {"webhookId": webhook, "message": "This is a test: nothing was sold."}
    return _written(tx, TEST, data, ("webhook", webhook or ""), lambda endpoint: True)


def _written(tx: Tx, type: str, data: Mapping[str, object], about: tuple[str, str], hears: Hears) -> outbox.Notice:
    body: records.Notice[Mapping[str, object]] = {"type": type, "data": data, "timestamp": clock.iso_ms(tx.now)}
    return outbox.Notice(records.NAME, type, tx.ids.uuid(), *about, javascript(body), hears=hears)


@cache
def payload(type: str) -> Any:
    """Return the shape of a type's notices."""
    notice = cast(Any, records.Notice)
    if type == TEST:
        return notice[records.Trial]
    _, shape, fields = DATA[type]
    hints = hints_of(shape)
    return notice[new_shape("NoticeData", {key: hints[name] for key, name in fields.items()})]


def refuse(refusal: errors.Refusal) -> Record:
    """Return an error answer (public, errors page): `hint` and `details` only if not empty."""
    other = "INTERNAL_ERROR" if refusal.status >= 500 else "VALIDATION_ERROR"
    code, hint = next((row[1:] for row in CODES if isinstance(refusal, row[0])), (other, ""))
    error: Record = {"code": code, "message": refusal.message}
    if hint := refusal.hint or ("" if refusal.facts.get("unrouted") else hint):
        error["hint"] = hint
    if refusal.details:
        error["details"] = [{"field": field, "message": message} for field, message in refusal.details]
    return {"error": error, "requestId": f"req_{journal.request_id('r000000')}"}
