"""Scraper Portal's formats: records, notices, error answers. Contains no rules. docs/vendors/portal.md has the evidence for each."""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, cast

from mockmarket import clock, errors
from mockmarket.records import Column, columns, hints_of, new_shape, views
from mockmarket.rules import splits
from mockmarket.rules.search import folded
from mockmarket.stock import Stock
from mockmarket.store import Tx, events, outbox
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.portal import records
from mockmarket.webhooks.encoding import javascript

EVENT = Kind(records.NAME, "event", "eventId", (
    *columns(records.Event), Column("starts_at", "INTEGER"), Column("name_key"), Column("venue_key"), Column("updated_at", "INTEGER"),
    Column("active", "INTEGER", index=False),
), follows_stock=True)  # fmt: skip
LISTING = Kind(records.NAME, "listing", "listingId", (
    *columns(records.Listing), Column("quantity", "INTEGER", index=False),
    Column("stock"), Column("cents", "INTEGER", index=False), Column("buyable", "INTEGER", index=False),
    Column("section_key", index=False), Column("row_key", index=False),
), indexes=(("event", "cents"),), follows_stock=True)  # fmt: skip
ORDER = Kind(records.NAME, "order", "orderId", (
    *columns(records.Order), Column("email", path="$.customer.email", index=False), Column("number", "INTEGER", index=False),
    Column("stock", index=False),
))  # fmt: skip

NOTICES = {
    "order.confirmed": "an order has been placed",
    "order.accepted": "the seller has accepted an order",
    "order.purchase_issues": "an admin reports an issue with an order (action report_issue)",
    "order.fulfilled": "an order has been fulfilled",
    "order.cancelled": "an order has been cancelled",
    "order.refunded": "an admin refunds an order (action refund)",
}
"""Document, "Webhook Events"."""

ANSWER_ORDER = tuple(records.Order.__annotations__)

TRANSFER = ("transferMethod", "transferNote")
NOTICE_ORDER = tuple(name for name in ANSWER_ORDER if name not in ("orderId", "orderNumber", *TRANSFER))
"""Document, first sample notice."""
FULFILLED_ORDER = (*NOTICE_ORDER[:-3], *TRANSFER, "previousStatus", "createdAt", "updatedAt")
"""Document, fulfilled sample notice: previousStatus comes before the times there, and only there."""


def event(show: events.Event, seats: int) -> records.Event:
    """Return an event: date and time at the venue, and, as in the document's samples, the local time labelled Z."""
    local = clock.to_local(show.starts_at, show.venue.zone)
    date, time = f"{local:%Y-%m-%d}", f"{local.hour % 12 or 12}:{local:%M} {'AM' if local.hour < 12 else 'PM'}"
    own = {"date": date, "time": time, "isoDate": local_iso(show), "numberOfSeats": seats}
    return views.view(records.Event, show, **own)


def event_columns(show: events.Event, updated_at: int) -> Record:
    """Return the own columns of an event."""
    keys = {"name_key": folded(show.name), "venue_key": folded(show.venue.name)}
    return keys | {"starts_at": show.starts_at, "active": int(show.status == "scheduled"), "updated_at": updated_at}


def local_iso(show: events.Event) -> str:
    """Return an event's start as the document writes it: the venue's wall clock with milliseconds and a Z."""
    return _local_iso(show.starts_at, show.venue.zone)


@lru_cache(maxsize=1024)
def _local_iso(moment: int, zone: str) -> str:
    return clock.to_local(moment, zone).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def listing(id: str, seats: Stock) -> records.Listing:
    """Return a listing with the quantities that can be bought now; the price is per ticket, in dollars."""
    buyable = splits.quantities(seats.split, seats.free, records.MOST_SEATS)
    return views.view(records.Listing, seats, listingId=id, splits=buyable)


VARYING = ("listingId", "eventId", "section", "row", "price")
"""The members by which listings of rows with the same number of free seats and the same split rule differ."""


def varying(id: str, seats: Stock) -> tuple[object, ...]:
    """Return the values of VARYING in a listing."""
    return id, seats.event, seats.section, seats.row, records.dollars(seats.price)


def varied(seats: Stock, values: Sequence[object]) -> Record:
    """Return the listing of a row with these values of VARYING."""
    return listing("", seats) | dict(zip(VARYING, values, strict=True))


def listing_columns(seats: Stock) -> Record:
    """Return the own columns of a listing: `buyable` has bit n set when n seats may be bought."""
    free = seats.free
    keys = {"section_key": folded(seats.section), "row_key": folded(seats.row)}
    return keys | {"stock": seats.id, "quantity": free, "cents": seats.price, "buyable": _buyable(seats.split, free)}


@lru_cache(maxsize=256)
def _buyable(split: str, free: int) -> int:
    return sum(1 << quantity for quantity in splits.quantities(split, free, records.MOST_SEATS))


def notice(tx: Tx, type: str, record: Record) -> outbox.Notice:
    """Return a notice about an order, without an id; its timestamp is the order's updatedAt (document, both samples)."""
    order, id = {name: record[name] for name in _order_members(type) if name in record}, str(record["orderId"])
    body: records.Notice[Record] = {"event": type, "orderId": id, "order": order, "timestamp": record["updatedAt"]}
    return outbox.Notice(records.NAME, type, tx.ids.uuid(), ORDER.name, id, javascript(body))


@cache
def payload(type: str) -> Any:
    """Return the shape of a type's notices."""
    notice, hints = cast(Any, records.Notice), hints_of(records.Order)
    return notice[new_shape("NoticeOrder", {name: hints[name] for name in _order_members(type)})]


def _order_members(type: str) -> tuple[str, ...]:
    return FULFILLED_ORDER if type == "order.fulfilled" else NOTICE_ORDER


def status_answer(record: Record, done: str, sent: bool, now: int) -> Record:
    """Return the answer to a placed or changed order (document, PATCH answer)."""
    order = {name: record[name] for name in ANSWER_ORDER if name in record}
    answer = {"success": True, "message": f"Order {record['orderId']} {done} successfully", "order": order}
    return answer | {"webhook": {"event": f"order.{record['status']}", "sent": sent}, "timestamp": clock.iso_ms(now)}


def refuse(refusal: errors.Refusal) -> Record:
    """Return an error answer (convention: `success` as in the PATCH answer, `error` as in the document's receiver)."""
    body: Record = {"success": False, "error": refusal.message}
    if refusal.details:
        body["details"] = [{"field": field, "message": message} for field, message in refusal.details]
    return body
