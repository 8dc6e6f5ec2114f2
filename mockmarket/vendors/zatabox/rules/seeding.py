"""A world's beginning in Zatabox's records: its events and sections, the fixture's promo codes and orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from marshmallow import ValidationError

from mockmarket import stock
from mockmarket.api.schemas import schema_of
from mockmarket.errors import Invalid, details_of
from mockmarket.records import Create
from mockmarket.stock import Stock
from mockmarket.store import Tx, records, timers
from mockmarket.store.events import Event
from mockmarket.store.records import Record
from mockmarket.store.timers import Timer
from mockmarket.vendor import Seeding, SeedOrder
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records.common import NAME
from mockmarket.vendors.zatabox.records.orders import Promo
from mockmarket.vendors.zatabox.rules import buyers, checkin, events, inventory, orders, payments, promos, tickets
from mockmarket.vendors.zatabox.wire import EVENT


def seed(seeding: Seeding) -> None:
    """Make an event of each of the world's, a ticket type of each section, and the fixture's own promo codes."""
    slugs: set[str] = set()
    for show in seeding.events:
        sections: dict[str, list[Stock]] = defaultdict(list)
        for row in seeding.stock.of(show.id):
            sections[row.section].append(row)
        plant_event(seeding, show, sections, slugs)
        for rows in sections.values():
            inventory.of_rows(seeding.tx, rows)
    for promo in seeding.section.get("promo_codes", ()):
        promos.write(seeding.tx, read_promo(promo))


def plant_event(seeding: Seeding, show: Event, sections: dict[str, list[Stock]], slugs: set[str]) -> None:
    """Store one event in the status that it has by the world's start, and wait for its end."""
    rows = [row for each in sections.values() for row in each]
    slug = first = wire.slug(show.name, show.id)
    while slug in slugs:
        slug = f"{first}-{len(slugs)}"
    slugs.add(slug)
    status = (
        "cancelled" if show.status == "cancelled" else "completed" if show.ends_at <= seeding.start else "published"
    )
    seating = any(row.first_seat is not None for row in rows)
    event = events.of_world(show, status, seeding.start, slug, sum(row.total for row in rows), seating)
    records.put(seeding.tx, EVENT, event, **wire.event_columns(event, show.starts_at))
    if status == "published":
        timers.set(seeding.tx, Timer(NAME, events.ENDS, event["id"], show.ends_at))


def read_promo(promo: Any) -> Record:
    """Read a promo code as the API would; Invalid says what is wrong with it."""
    try:
        loaded: Record = schema_of(Create(Promo), "fixture").load(promo)
    except ValidationError as error:
        words = "; ".join(f"{field}: {text}" for field, text in details_of(error))
        raise Invalid(f"zatabox promo_codes: {words}") from error
    return loaded


def place(tx: Tx, seeded: SeedOrder) -> None:
    """Place an order of the fixture and bring it to its status, by the same rules as anybody."""
    if seeded.status not in WAYS:
        raise Invalid(f"{seeded.status!r} is no order status; there are {', '.join(WAYS)}.")
    ticket_type, _ = inventory.type_of(tx, stock.get(tx, seeded.stock))
    items = [(ticket_type["id"], seeded.quantity)]
    order = orders.begin(tx, orders.request(items, seeded.name, seeded.email, seeded.data.get("promo_code")))
    WAYS[seeded.status](tx, order)


def pay(tx: Tx, order: Record) -> list[Record]:
    """Settle an order; returns its tickets."""
    if order["status"] == "pending":
        payments.settle(tx, order)
    return tickets.of_order(tx, order["id"])


def check_in(tx: Tx, order: Record) -> None:
    """Settle an order and admit all its tickets."""
    for ticket in pay(tx, order):
        checkin.judge(tx, ticket, checkin.request(ticket["qr"], "Main"))


def ask_refund(tx: Tx, order: Record) -> None:
    """Settle an order and ask for its first ticket's money back."""
    buyers.open_refund(tx, pay(tx, order)[0], "Plans have changed")


def refund(tx: Tx, order: Record) -> None:
    """Settle an order and give the money of every ticket back."""
    for ticket in pay(tx, order):
        asked = buyers.open_refund(tx, ticket, "Plans have changed")
        for status in ("approved", "processed"):
            buyers.move_refund(tx, asked["id"], status)


WAYS: dict[str, Callable[[Tx, Record], Any]] = {
    "pending": lambda tx, order: None,
    "completed": pay,
    "failed": lambda tx, order: payments.decline(tx, order, payments.DECLINED),
    "cancelled": lambda tx, order: orders.cancel(tx, order, "requested"),
    "checked_in": check_in,
    "refund_requested": ask_refund,
    "refunded": refund,
}
"""How an order of the fixture comes to its status; the last three go beyond the order's own, to its tickets and refunds."""
