"""A world's beginning in Zatabox's records: its events and sections, the fixture's promo codes and orders."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mockmarket import stock
from mockmarket.api.arguments import load
from mockmarket.api.schemas import schema_of
from mockmarket.errors import Invalid
from mockmarket.records import Create
from mockmarket.store import Record, Tx, records, timers
from mockmarket.store.events import Event
from mockmarket.vendor import Seeding, SeedOrder
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records.common import NAME
from mockmarket.vendors.zatabox.records.orders import NewItem, NewOrder, Promo
from mockmarket.vendors.zatabox.rules import events, inventory, orders
from mockmarket.vendors.zatabox.wire import TICKET

REASON = "Plans have changed"


def seed(seeding: Seeding) -> None:
    """Make an event of each of the world's, a ticket type of each section, and the fixture's own promo codes."""
    slugs: set[str] = set()
    for show in seeding.events:
        rows = seeding.stock.of(show.id)
        slug = first = wire.slug(show.name, show.id)
        while slug in slugs:
            slug = f"{first}-{len(slugs)}"
        slugs.add(slug)
        _plant_event(seeding, show, slug, rows)
        sections: dict[str, stock.Stock] = {}
        for row in rows:
            sections.setdefault(row.section, row)
        for row in sections.values():
            inventory.of_row(seeding.tx, row)
    for promo in seeding.section.get("promo_codes", ()):
        try:
            orders.store_promo(seeding.tx, load(schema_of(Create(Promo), "fixture"), promo))
        except Invalid as error:
            raise Invalid(f"zatabox promo_codes: {error}") from error


def _plant_event(seeding: Seeding, show: Event, slug: str, rows: Sequence[stock.Stock]) -> None:
    status = "completed" if show.ends_at <= seeding.start else "published"
    status = "cancelled" if show.status == "cancelled" else status
    event = events.of_world(seeding.tx, show, status, slug)
    event["capacity"] = sum(row.total for row in rows)
    event["seating"] = any(row.first_seat is not None for row in rows)
    events.store(seeding.tx, event, show.starts_at)
    if status == "published":
        timers.set(seeding.tx, timers.Timer(NAME, events.ENDS, event["id"], show.ends_at))


def place(tx: Tx, seeded: SeedOrder) -> None:
    """Place an order of the fixture and bring it to its status, by the same rules as anybody."""
    if seeded.status not in WAYS:
        raise Invalid(f"{seeded.status!r} is no order status; there are {', '.join(WAYS)}.")
    id, promo_code = inventory.type_of(tx, stock.get(tx, seeded.stock))["id"], seeded.data.get("promo_code")
    line: NewItem = {"ticketTypeId": id, "quantity": seeded.quantity}
    request = NewOrder(items=[line], guestName=seeded.name, guestEmail=seeded.email, promoCode=promo_code)
    WAYS[seeded.status](tx, orders.begin(tx, request))


def _pay(tx: Tx, order: Record) -> list[Record]:
    if order["status"] == "pending":
        orders.settle(tx, order)
    return records.find(tx, TICKET, ("order", "=", order["id"]))


def _check_in(tx: Tx, order: Record) -> None:
    for ticket in _pay(tx, order):
        orders.judge(tx, ticket, {"qrData": ticket["qr"], "gateName": "Main"})


def _refund(tx: Tx, order: Record) -> None:
    for ticket in _pay(tx, order):
        approved = orders.move_refund(tx, orders.open_refund(tx, ticket, REASON), "approved")
        orders.move_refund(tx, approved, "processed")


WAYS: dict[str, Callable[[Tx, Record], object]] = {
    "pending": lambda tx, order: None,
    "completed": _pay,
    "failed": lambda tx, order: orders.decline(tx, order, orders.DECLINED),
    "cancelled": lambda tx, order: orders.finish(tx, order, "cancelled", cancelReason="requested"),
    "checked_in": _check_in,
    "refund_requested": lambda tx, order: orders.open_refund(tx, _pay(tx, order)[0], REASON),
    "refunded": _refund,
}
"""How an order of the fixture comes to its status; the last three go beyond the order's own, to its tickets and refunds."""
