"""Ticket types and the shared stock: one ticket type for each section of an event, made of that section's stock rows."""

from __future__ import annotations

from collections.abc import Sequence

from mockmarket import stock
from mockmarket.clock import iso_s, parse_iso
from mockmarket.errors import Conflict, SoldOut
from mockmarket.records import defaults
from mockmarket.stock import Stock
from mockmarket.store import Read, Tx, events, records, seats
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records.common import NAME, UNLIMITED
from mockmarket.vendors.zatabox.records.events import TicketType
from mockmarket.vendors.zatabox.rules.notices import get_or_404, notify_ticket_type, refused_for_status
from mockmarket.vendors.zatabox.wire import EVENT, TICKET_TYPE
from mockmarket.worlds.world import World


def of_section(read: Read, event: str, section: str) -> Record | None:
    """Return the ticket type of a section of one of the world's events, or None."""
    where: list[Condition] = [("event", "=", wire.event_id(event)), ("section", "=", section)]
    return next(iter(records.find(read, TICKET_TYPE, *where, limit=1)), None)


def type_of(read: Read, row: Stock) -> tuple[Record, int]:
    """Return a stock row's ticket type and its price in cents."""
    ticket_type = of_section(read, row.event, row.section)
    if ticket_type is None:
        raise LookupError(f"Section {row.section} of event {row.event} has no ticket type.")
    return ticket_type, records.own(read, TICKET_TYPE, ticket_type["id"])["cents"]


def create(world: World, event_id: str, body: Record) -> Record:
    """Add a ticket type to an event; its seats go on sale with the event. Conflict for a name that the event has already."""
    with world.atomic() as tx:
        event = get_or_404(tx, EVENT, event_id)
        if event["status"] in ("cancelled", "completed"):
            raise refused_for_status(f"Event {event_id} is {event['status']}.", event)
        if of_section(tx, wire.core_id(event_id), body["name"]):
            raise Conflict(f"Event {event_id} has a ticket type {body['name']!r} already.")
        ticket_type = write(tx, event_id, body)
        if events.get(tx, wire.core_id(event_id)):
            put_on_sale(tx, ticket_type)
        ticket_type = get_or_404(tx, TICKET_TYPE, ticket_type["id"])
        notify_ticket_type(tx, "created", ticket_type)
    return ticket_type


def write(tx: Tx, event_id: str, body: Record) -> Record:
    """Store a new ticket type, none of it on sale yet."""
    cents, total = round(body["price"] * 100), body["quantityTotal"]
    ticket_type = defaults(TicketType) | body | {
        "id": wire.new_id(tx, "tkt"), "eventId": event_id, "price": wire.money(cents), "quantitySold": 0, "quantityHeld": 0,
        "quantityAvailable": UNLIMITED if total == -1 else total, "saleStart": wire.iso(body["saleStart"]),
        "saleEnd": wire.iso(body["saleEnd"]), **wire.times(tx),
    }  # fmt: skip
    records.put(tx, TICKET_TYPE, ticket_type, section=body["name"], cents=cents, sold_out=0)
    return ticket_type


def put_on_sale(tx: Tx, ticket_type: Record) -> None:
    """Make a ticket type's stock: general admission, in the row GA, at every vendor's window."""
    own = records.own(tx, TICKET_TYPE, ticket_type["id"])
    total = UNLIMITED if ticket_type["quantityTotal"] == -1 else ticket_type["quantityTotal"]
    row = Stock(
        f"s-{tx.ids.text(10)}", wire.core_id(ticket_type["eventId"]), "general", own["section"], "GA", None, total,
        own["cents"], ticket_type["currency"],
    )  # fmt: skip
    stock.put_on_sale(tx, row, NAME, ticket_type["id"])


def stock_changed(tx: Tx, change: stock.Change) -> None:
    """Bring the ticket type of a stock row's section into line; its last sale is announced, and so is a section that is new.

    Our own sales announce their last one themselves, in `notify_last_sales`, once they have been announced.
    """
    row = change.stock
    ticket_type = of_section(tx, row.event, row.section)
    if ticket_type is None:
        if records.get(tx, EVENT, wire.event_id(row.event)) is None:
            return
        ticket_type = of_rows(tx, [row])
        notify_ticket_type(tx, "created", ticket_type)
    refresh(tx, ticket_type, row, priced=change.what in ("added", "changed"))
    if (change.vendor, change.what) != (NAME, "sold"):
        notify_last_sale(tx, ticket_type["id"])


def refresh(tx: Tx, ticket_type: Record, row: Stock, priced: bool) -> None:
    """Count a ticket type's seats anew, and with `priced` take its price from its section's first row."""
    own = records.own(tx, TICKET_TYPE, ticket_type["id"])
    if priced:
        own["cents"] = stock.of_event(tx, row.event, row.section)[0].price
    total, held, sold = seats.count_section(tx, row.event, row.section)
    counted = quantities(total, held, sold, unlimited=ticket_type["quantityTotal"] == -1)
    changed = ticket_type | counted | {"price": wire.money(own["cents"]), "updatedAt": iso_s(tx.now)}
    records.put(tx, TICKET_TYPE, changed, **own | {"sold_out": own["sold_out"] and int(sold == total)})


def notify_last_sale(tx: Tx, id: str) -> None:
    """Announce that nothing is left of a ticket type, unless that was announced before or something is."""
    ticket_type, own = get_or_404(tx, TICKET_TYPE, id), records.own(tx, TICKET_TYPE, id)
    if not own["sold_out"] and ticket_type["quantityAvailable"] + ticket_type["quantityHeld"] == 0:
        records.put(tx, TICKET_TYPE, ticket_type, **own | {"sold_out": 1})
        notify_ticket_type(tx, "sold_out", ticket_type)


def notify_last_sales(tx: Tx, sold: Sequence[Record]) -> None:
    """Announce of which ticket types nothing is left now that these tickets are sold."""
    for id in dict.fromkeys(ticket["ticketTypeId"] for ticket in sold):
        notify_last_sale(tx, id)


def quantities(total: int, held: int, sold: int, unlimited: bool = False) -> dict[str, int]:
    """Write a ticket type's quantities."""
    return {
        "quantityTotal": -1 if unlimited else total, "quantitySold": sold, "quantityHeld": held,
        "quantityAvailable": total - held - sold,
    }  # fmt: skip


def of_rows(tx: Tx, rows: list[Stock]) -> Record:
    """Store the ticket type of a section that the world's stock has: its price is the first row's."""
    first = rows[0]
    ticket_type = defaults(TicketType) | {
        "id": wire.new_id(tx, "tkt"), "eventId": wire.event_id(first.event), "name": first.section,
        "type": "general" if first.kind == "general" else "reserved", "price": wire.money(first.price),
        "currency": first.currency, **quantities(*seats.count_section(tx, first.event, first.section)), **wire.times(tx),
    }  # fmt: skip
    sold_out = int(ticket_type["quantityTotal"] == ticket_type["quantitySold"])
    records.put(tx, TICKET_TYPE, ticket_type, section=first.section, cents=first.price, sold_out=sold_out)
    return ticket_type


def check_sale(read: Read, ticket_type: Record) -> None:
    """Raise Conflict unless a ticket type is on sale by the world's clock."""
    begins, ends = (ticket_type[name] and parse_iso(ticket_type[name]) for name in ("saleStart", "saleEnd"))
    if begins and read.now < begins:
        raise Conflict(f"Ticket type {ticket_type['id']} goes on sale at {ticket_type['saleStart']}.")
    if ends and read.now >= ends:
        raise Conflict(f"The sale of ticket type {ticket_type['id']} ended at {ticket_type['saleEnd']}.")


def hold(tx: Tx, ticket_type: Record, quantity: int, record: str) -> None:
    """Hold a ticket type's seats for a record: in the first row that has them all, else row by row. SoldOut without enough."""
    section = records.own(tx, TICKET_TYPE, ticket_type["id"])["section"]
    rows = stock.of_event(tx, wire.core_id(ticket_type["eventId"]), section)
    free = sum(row.free for row in rows)
    if quantity > free:
        raise sold_out(ticket_type, free)
    together = [row for row in rows if row.free >= quantity][:1]
    for row in together or rows:
        part = min(row.free, quantity)
        if part:
            stock.hold(tx, row.id, part, NAME, record)
            quantity -= part


def sold_out(ticket_type: Record, free: int) -> SoldOut:
    """Return the refusal of more than is left of a ticket type."""
    words = f"Ticket type {ticket_type['id']} has {free} left."
    return SoldOut(words, available=free, about={"ticketTypeId": ticket_type["id"]})
