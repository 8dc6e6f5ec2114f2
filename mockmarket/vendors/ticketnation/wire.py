"""Ticketnation's words: its records in its own field names and order, its formats, its error shape. Decides nothing.

"Document" is the vendor's page on keys, scopes and webhooks; "public" are its other public pages; "convention" is ours
where both are silent. docs/vendors/ticketnation.md has the evidence for each.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, TypedDict

from mockmarket.clock import iso_ms
from mockmarket.errors import (
    AddressNotAllowed,
    Forbidden,
    NotFound,
    RateLimited,
    Refusal,
    ScopeMissing,
    Unauthenticated,
)
from mockmarket.records import Column
from mockmarket.store import Tx, outbox
from mockmarket.store.endpoints import Endpoint
from mockmarket.store.records import Kind
from mockmarket.vendor import Scope
from mockmarket.webhooks.encoding import javascript
from mockmarket.webhooks.signing import Headers, Scheme, Sending, sign
from mockmarket.worlds import journal

NAME = "ticketnation"
CURRENCY = "PHP"
ZONE = "Asia/Manila"

ORGANIZATION = Kind(NAME, "organization", "id", (Column("slug", path="$.slug"),))
VENUE = Kind(NAME, "venue", "id", (Column("name_key"), Column("place")))
EVENT = Kind(NAME, "event", "id", (
    Column("slug", path="$.slug"), Column("status", path="$.status"), Column("organization"), Column("show"),
    Column("starts_at", "INTEGER"), Column("name_key", index=False), Column("withdrawn", "INTEGER", index=False),
))  # fmt: skip
"""`show` is the shared event once there is one; `withdrawn` that its seats are kept off every window."""
TICKET = Kind(NAME, "ticket", "id", (
    Column("event", path="$.eventId"), Column("status", path="$.status"), Column("published", "INTEGER", "$.published", index=False),
    Column("show"), Column("section", index=False), Column("marked", "INTEGER", index=False),
    Column("low", "INTEGER", index=False), Column("unsold", "INTEGER", index=False),
))  # fmt: skip
"""`section` names its seats in the shared stock; `marked` as sold out by hand; `low` below its threshold."""
PERFORMER = Kind(NAME, "performer", "id", (Column("event", path="$.eventId"),))
SCHEDULE = Kind(NAME, "schedule", "id", (Column("event", path="$.eventId"),))
BRAND = Kind(NAME, "brand", "id", (Column("event", path="$.eventId"),))
ORDER = Kind(NAME, "order", "orderId", (
    Column("number", path="$.orderNumber"), Column("status", path="$.status"), Column("event", path="$.eventId"),
    Column("email", path="$.buyerEmail"), Column("organization"), Column("placed_at", "INTEGER"),
))  # fmt: skip

SCOPES = (
    Scope("events:read", "List and get events, their performers, schedules and brands; search venues."),
    Scope("events:write", "Create, change, publish, unpublish, archive and delete events; manage performers, schedules, brands."),
    Scope("tickets:read", "List and get ticket types."),
    Scope("tickets:write", "Create, change, publish, mark as sold out and delete ticket types."),
    Scope("orders:read", "List and get orders.", implied_by=("events:read", "events:write"), shown=False),
    Scope("webhooks:manage", "Create, change, delete, list and test webhooks; see their deliveries."),
)  # fmt: skip
"""Document, "Scopes": orders:read comes with event scopes, and the dashboard does not show it."""

NOTICES = {
    "order.completed": "a buyer has completed a purchase (action buy)",
    "order.refunded": "an order has been refunded (action refund)",
    "event.sold_out": "the last ticket of an event has been sold, through whichever vendor",
    "ticket.inventory_low": "a ticket type's remaining quantity has dropped below its threshold, through whichever vendor",
}
"""Document, "Webhook Events"."""
TEST = "webhook.test"
"""Convention: what a test sends; a type of its own, so that no receiver takes it for a sale."""

SCHEME = Scheme(header="x-tn-signature")
"""Document, "Verifying Webhook Signatures": bare hex HMAC-SHA256 of the body, which JavaScript rewrites to itself."""

CODES: tuple[tuple[type[Refusal], str], ...] = (
    (ScopeMissing, "SCOPE_REQUIRED"), (Forbidden, "FORBIDDEN"), (Unauthenticated, "UNAUTHORIZED"),
    (NotFound, "NOT_FOUND"), (RateLimited, "RATE_LIMITED"),
)  # fmt: skip
"""Public, errors page; the first that fits. What else a request does wrong is a VALIDATION_ERROR, a fault of ours INTERNAL_ERROR."""

HINTS: tuple[tuple[type[Refusal], str], ...] = (
    (ScopeMissing, "Give the key this scope in the dashboard."),
    (AddressNotAllowed, "Add the address to the key's IP allowlist, or leave the list empty."),
    (Unauthenticated, "Keys begin with tn_live_ and are made in the dashboard."),
    (NotFound, "Check the id, and that it is your organization's."),
    (RateLimited, "Wait for the seconds that Retry-After names."),
)
"""Convention: what a refusal of the core's advises."""

ORDER_DATA = (
    "orderId", "orderNumber", "eventId", "totalAmount", "currency", "quantity", "buyerName", "buyerEmail",
)  # fmt: skip
"""Document, "Webhook Payload Format": the keys of `data`, in their order; a refund has the same (convention)."""


class Organization(TypedDict):
    """Whose keys, events, orders and webhooks they are."""

    id: str
    name: str
    slug: str


class TnVenue(TypedDict):
    """A place as `GET /venues` lists it."""

    id: str
    name: str
    city: str
    timezone: str


class TnEvent(TypedDict):
    """One event as every call shows it."""

    id: str
    slug: str
    name: str
    description: str | None
    status: str
    type: str
    journeyType: str
    visibility: str
    dateTime: str
    endDateTime: str | None
    timezone: str
    currency: str
    venueId: str | None
    venue: TnVenue | None
    imageUrl: str | None
    galleryUrls: list[str]
    absorbFees: bool
    eventCapacity: int | None
    callbackUrl: str | None
    publishedAt: str | None
    createdAt: str
    updatedAt: str


class TicketType(TypedDict):
    """One ticket type: all seats of one section of its event. The price is per ticket, in pesos."""

    id: str
    eventId: str
    name: str
    description: str | None
    price: float
    currency: str
    quantity: int
    sold: int
    remaining: int
    lowInventoryThreshold: int
    published: bool
    status: str
    createdAt: str
    updatedAt: str


class Item(TypedDict):
    """What an order has of one ticket type."""

    ticketId: str
    ticketName: str
    quantity: int
    unitPrice: float
    amount: float


class Order(TypedDict):
    """One order: what its notice tells, and then some."""

    orderId: str
    orderNumber: str
    eventId: str
    totalAmount: float
    currency: str
    quantity: int
    buyerName: str
    buyerEmail: str
    status: str
    items: list[Item]
    createdAt: str
    updatedAt: str
    refundedAt: str | None


def uuid_of(*words: str) -> str:
    """Return the UUID (version 8, RFC 9562) that these words always give: the id of what the fixture or control names."""
    raw = bytearray(hashlib.sha256("/".join((NAME, *words)).encode()).digest()[:16])
    raw[6] = raw[6] & 0x0F | 0x80
    raw[8] = raw[8] & 0x3F | 0x80
    digits = raw.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def slug_of(name: str) -> str:
    """Return a name as it stands in a URL: letters without their marks, digits, dashes."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "event"


def pesos(minor: int) -> float:
    """Return an amount as the JSON number that the document shows: pesos, whole ones without a fraction."""
    return minor // 100 if minor % 100 == 0 else minor / 100


def order_notice(tx: Tx, type: str, order: Mapping[str, Any], hears: Callable[[Endpoint], bool]) -> outbox.Notice:
    """Make a notice about an order."""
    data = {name: order[name] for name in ORDER_DATA}
    return notice(tx, type, data, (ORDER.name, order["orderId"]), hears)


def sold_out_notice(tx: Tx, event: Mapping[str, Any], hears: Callable[[Endpoint], bool]) -> outbox.Notice:
    """Tell that an event is sold out (data: convention)."""
    data = {"eventId": event["id"], "eventName": event["name"]}
    return notice(tx, "event.sold_out", data, (EVENT.name, event["id"]), hears)


def low_notice(tx: Tx, ticket: Mapping[str, Any], hears: Callable[[Endpoint], bool]) -> outbox.Notice:
    """Tell that little is left of a ticket type (data: convention)."""
    data = {
        "ticketId": ticket["id"], "ticketName": ticket["name"], "eventId": ticket["eventId"],
        "remaining": ticket["remaining"], "threshold": ticket["lowInventoryThreshold"],
    }  # fmt: skip
    return notice(tx, "ticket.inventory_low", data, (TICKET.name, ticket["id"]), hears)


def trial_notice(tx: Tx, webhook: str | None) -> outbox.Notice:
    """Make what a test sends (convention)."""
    data = {"webhookId": webhook, "message": "This is a test: nothing was sold."}
    return notice(tx, TEST, data, ("webhook", webhook or ""), lambda endpoint: True)


def notice(
    tx: Tx, type: str, data: dict[str, Any], about: tuple[str, str], hears: Callable[[Endpoint], bool]
) -> outbox.Notice:
    """Make a notice of the document's shape. It has no id of its own in the body; ours is for the history."""
    body = javascript({"type": type, "data": data, "timestamp": iso_ms(tx.now)})
    return outbox.Notice(NAME, type, tx.ids.uuid(), *about, body, hears=hears)


def headers(sending: Sending) -> Headers:
    """Return the headers of one attempt (document, "Webhook Security")."""
    return (("Content-Type", "application/json"), *sign(SCHEME, sending))


def refuse(refusal: Refusal) -> dict[str, Any]:
    """Write an error answer (public, errors page): `hint` and `details` only where there are any."""
    error: dict[str, Any] = {"code": code_of(refusal), "message": refusal.message}
    hint = refusal.hint or next((words for kind, words in HINTS if isinstance(refusal, kind)), "")
    if hint:
        error["hint"] = hint
    if refusal.details:
        error["details"] = [{"field": field, "message": message} for field, message in refusal.details]
    return {"error": error, "requestId": f"req_{journal.current.get() or 'r000000'}"}


def code_of(refusal: Refusal) -> str:
    """Return which of the seven codes a refusal has."""
    other = "INTERNAL_ERROR" if refusal.status >= 500 else "VALIDATION_ERROR"
    return next((code for kind, code in CODES if isinstance(refusal, kind)), other)
