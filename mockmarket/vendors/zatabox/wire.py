"""Zatabox's words: its records in its own field names and order, its formats, its signature. Decides nothing.

"Document" is the vendor's webhook page, "public" its SDK repository and site; "convention" is ours where both are silent.
docs/vendors/zatabox.md has the evidence for each.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, TypedDict

from mockmarket.clock import iso_s
from mockmarket.records import Column
from mockmarket.stock import Stock
from mockmarket.store import Tx, outbox
from mockmarket.store.records import Kind
from mockmarket.webhooks.encoding import javascript
from mockmarket.webhooks.signing import Headers, Scheme, Sending, sign

NAME = "zatabox"
BASE = "/zatabox/api/v1"
ORG = "org_main"
"""The one organization of a world, to which every key and every event belongs (convention)."""

MOST_SEATS = 20
MOST_SCANS = 500
UNLIMITED = 1_000_000
"""How many seats stand behind a ticket type of unlimited quantity, -1 (public: the -1; convention: the number)."""

EVENT = Kind(NAME, "event", "id", (
    Column("status", path="$.status"), Column("slug", path="$.slug"), Column("category", path="$.category"),
    Column("city_key", index=False), Column("text_key", index=False), Column("place"), Column("starts_at", "INTEGER"),
))  # fmt: skip
TICKET_TYPE = Kind(NAME, "ticket_type", "id", (
    Column("event", path="$.eventId"), Column("section", index=False), Column("cents", "INTEGER", index=False),
    Column("sold_out", "INTEGER", index=False),
))  # fmt: skip
ORDER = Kind(NAME, "order", "id", (
    Column("status", path="$.status"), Column("event", path="$.eventId"), Column("email", path="$.buyer.email"),
    Column("cents", "INTEGER", index=False), Column("token_hash", index=False),
))  # fmt: skip
TICKET = Kind(NAME, "ticket", "id", (
    Column("event", path="$.eventId"), Column("order", path="$.orderId"), Column("status", path="$.status"),
    Column("email", path="$.holder.email"), Column("qr", path="$.qr"), Column("code", path="$.code"),
    Column("cents", "INTEGER", index=False), Column("changed_at", "INTEGER", index=False),
))  # fmt: skip
PAYMENT = Kind(NAME, "payment", "id", (Column("order", path="$.orderId"), Column("status", path="$.status")))
REFUND = Kind(NAME, "refund", "id", (Column("ticket", path="$.ticketId"), Column("status", path="$.status")))
REPORT = Kind(NAME, "report", "id", (Column("status", path="$.status"),))
MESSAGE = Kind(NAME, "message", "id", (Column("thread", path="$.threadId"), Column("email", path="$.from.email")))
ATTENDEE = Kind(NAME, "attendee", "id", (Column("email", path="$.email"),))
PROMO = Kind(NAME, "promo_code", "id", (Column("code", path="$.code"), Column("event", path="$.eventId")))
HOLD = Kind(NAME, "hold", "id", (Column("event", path="$.eventId"), Column("token_hash")))
CHECKIN = Kind(NAME, "checkin", "id", (
    Column("event", path="$.eventId"), Column("gate", path="$.gate"), Column("result", path="$.status"),
    Column("at", "INTEGER"),
))  # fmt: skip
KINDS = (EVENT, TICKET_TYPE, ORDER, TICKET, PAYMENT, REFUND, REPORT, MESSAGE, ATTENDEE, PROMO, HOLD, CHECKIN)

SCHEME = Scheme("X-Zatabox-Signature", form="t={t},v1={v}", stamped=True, all_secrets=True)
"""Document, "Verify signatures": one v1. In a rotation's grace, off by default, each secret gives one, the new one last (convention)."""


class Event(TypedDict):
    """One event, as its notices and every answer show it."""

    id: str
    slug: str
    title: str
    description: str
    category: str
    productType: str
    status: str
    startDate: str
    endDate: str
    timezone: str
    venueType: str
    venueName: str
    venueCity: str
    capacity: int
    returnPolicy: str
    seating: bool
    organizationId: str
    publishedAt: str | None
    createdAt: str
    updatedAt: str


class TicketType(TypedDict):
    """One ticket type; money is a decimal string, quantityTotal -1 is unlimited."""

    id: str
    eventId: str
    name: str
    description: str
    type: str
    price: str
    currency: str
    quantityTotal: int
    quantitySold: int
    quantityHeld: int
    quantityAvailable: int
    saleStart: str | None
    saleEnd: str | None
    transferable: bool
    createdAt: str
    updatedAt: str


class Person(TypedDict):
    """Who bought, holds or wrote."""

    name: str
    email: str


class Item(TypedDict):
    """One line of an order."""

    ticketTypeId: str
    name: str
    quantity: int
    unitPrice: str
    subtotal: str


class Order(TypedDict):
    """One order; the document's sample has its first three fields, money as a decimal string."""

    id: str
    total: str
    currency: str
    status: str
    eventId: str
    items: list[Item]
    subtotal: str
    discount: str
    promoCode: str | None
    buyer: Person
    venueSeatIds: list[str]
    failureReason: str | None
    cancelReason: str | None
    expiresAt: str | None
    completedAt: str | None
    createdAt: str
    updatedAt: str


class Seat(TypedDict):
    """A numbered seat; `id` is what holds and orders call venueSeatIds."""

    id: str
    section: str
    row: str
    number: int


class Ticket(TypedDict):
    """One ticket; the document's sample has its first two fields."""

    id: str
    qr: str
    code: str
    status: str
    orderId: str | None
    eventId: str
    ticketTypeId: str
    ticketTypeName: str
    holder: Person
    seat: Seat | None
    price: str
    currency: str
    transferable: bool
    complimentary: bool
    checkedInAt: str | None
    gate: str | None
    createdAt: str
    updatedAt: str


def money(cents: int) -> str:
    """Write an amount as the document's sample does: `42.00`."""
    return f"{cents // 100}.{cents % 100:02d}"


def new_id(tx: Tx, prefix: str) -> str:
    """Return a new id: a prefix and an upper-case ULID (document: the prefixes whe_, ord_, tic_; public: evt_, tkt_)."""
    return f"{prefix}_{tx.ids.ulid(tx.now)}"


def event_id(core: str) -> str:
    """Return Zatabox's id of one of the world's events."""
    return f"evt_{core}"


def core_id(event: str) -> str:
    """Return the world's id of a Zatabox event."""
    return event.removeprefix("evt_")


def seat_id(stock: str, number: int) -> str:
    """Return what holds and orders call a numbered seat."""
    return f"{stock}-{number}"


def seat(stock: Stock, number: int) -> Seat:
    """Write a numbered seat."""
    return {"id": seat_id(stock.id, number), "section": stock.section, "row": stock.row, "number": number}


def slug(title: str, otherwise: str) -> str:
    """Write a title as a path part: `Dockside Nights 4` as `dockside-nights-4`; `otherwise` when nothing is left of it."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-") or otherwise.lower()


def event_columns(event: Mapping[str, Any], starts_at: int) -> dict[str, Any]:
    """Return the values of ours beside an event: `place` sorts by start, then by id, each once."""
    words = (event["title"], event["venueName"], event["venueCity"], event["description"])
    return {
        "city_key": event["venueCity"].casefold(),
        "text_key": "\n".join(words).casefold(),
        "place": f"{starts_at:015d}-{event['id']}",
        "starts_at": starts_at,
    }


def iso(moment: int | None) -> str | None:
    """Write epoch ms as the document's `created` is written, None as null."""
    return None if moment is None else iso_s(moment)


def notice(tx: Tx, type: str, kind: Kind | None, record: str, data: Mapping[str, Any]) -> outbox.Notice:
    """Make a notice in the document's envelope; its bytes are compact, as JavaScript writes them."""
    uid = new_id(tx, "whe")
    body = javascript({"id": uid, "type": type, "created": iso_s(tx.now), "data": data})
    return outbox.Notice(NAME, type, uid, kind.name if kind else "", record, body, lambda tx: new_id(tx, "whd"))


def headers(sending: Sending) -> Headers:
    """Return the headers of one attempt: the signature is new in each (public: receivers tolerate 300 s)."""
    return (("Content-Type", "application/json"), *sign(SCHEME, sending))
