"""Ticketnation's words: its records in its own field names and order, its formats, its error shape. Decides nothing.

"Document" is the vendor's page on keys, scopes and webhooks; "public" are its other public pages; "convention" is ours
where both are silent. docs/vendors/ticketnation.md has the evidence for each.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

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
from mockmarket.records import Column, columns
from mockmarket.store import Tx, outbox
from mockmarket.store.endpoints import Endpoint
from mockmarket.store.records import Kind
from mockmarket.vendor import Scope
from mockmarket.vendors.ticketnation.records import (
    NAME,
    Brand,
    Event,
    Order,
    Organization,
    Performer,
    Schedule,
    Ticket,
)
from mockmarket.webhooks.encoding import javascript
from mockmarket.worlds import journal

ORGANIZATION = Kind(NAME, "organization", "id", columns(Organization))
VENUE = Kind(NAME, "venue", "id", (Column("name_key"), Column("place")))
EVENT = Kind(NAME, "event", "id", (
    *columns(Event), Column("organization"), Column("show"),
    Column("starts_at", "INTEGER"), Column("name_key", index=False), Column("withdrawn", "INTEGER", index=False),
))  # fmt: skip
"""`show` is the shared event once there is one; `withdrawn` that its seats are kept off every window."""
TICKET = Kind(NAME, "ticket", "id", (
    *columns(Ticket), Column("show"), Column("section", index=False), Column("marked", "INTEGER", index=False),
    Column("low", "INTEGER", index=False), Column("unsold", "INTEGER", index=False),
))  # fmt: skip
"""`section` names its seats in the shared stock; `marked` as sold out by hand; `low` below its threshold."""
PERFORMER = Kind(NAME, "performer", "id", columns(Performer))
SCHEDULE = Kind(NAME, "schedule", "id", columns(Schedule))
BRAND = Kind(NAME, "brand", "id", columns(Brand))
ORDER = Kind(NAME, "order", "orderId", (
    *columns(Order), Column("organization"), Column("placed_at", "INTEGER"),
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

TEST = "webhook.test"
"""Convention: what a test sends; a type of its own, so that no receiver takes it for a sale."""

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


def refuse(refusal: Refusal) -> dict[str, Any]:
    """Write an error answer (public, errors page): `hint` and `details` only where there are any."""
    error: dict[str, Any] = {"code": code_of(refusal), "message": refusal.message}
    hint = refusal.hint or next((hint for kind, hint in HINTS if isinstance(refusal, kind)), "")
    if hint:
        error["hint"] = hint
    if refusal.details:
        error["details"] = [{"field": field, "message": message} for field, message in refusal.details]
    return {"error": error, "requestId": f"req_{journal.current.get() or 'r000000'}"}


def code_of(refusal: Refusal) -> str:
    """Return which of the seven codes a refusal has."""
    other = "INTERNAL_ERROR" if refusal.status >= 500 else "VALIDATION_ERROR"
    return next((code for kind, code in CODES if isinstance(refusal, kind)), other)
