"""Ticket types and the shared stock: one ticket type for each section of an event, made of that section's stock rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mockmarket import stock
from mockmarket.clock import iso_s, parse_iso
from mockmarket.errors import Conflict, SoldOut
from mockmarket.stock import Stock
from mockmarket.store import Read, Tx, events, records, seats
from mockmarket.store.records import Record
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.rules.notices import found, tell_ticket_type
from mockmarket.vendors.zatabox.wire import EVENT, NAME, TICKET_TYPE
from mockmarket.worlds.world import World


def of_section(read: Read, event: str, section: str) -> Record | None:
    """Return the ticket type of a section of one of the world's events, or None."""
    there = records.find(read, TICKET_TYPE, ("event", "=", wire.event_id(event)), ("section", "=", section), limit=1)
    return there[0] if there else None


def create(world: World, event_id: str, given: dict[str, Any]) -> Record:
    """Add a ticket type to an event; its seats go on sale with the event. Conflict for a name that the event has already."""
    with world.atomic() as tx:
        event = found(tx, EVENT, event_id)
        if event["status"] in ("cancelled", "completed"):
            raise Conflict(f"Event {event_id} is {event['status']}.", about={"status": event["status"]})
        if of_section(tx, wire.core_id(event_id), given["name"]):
            raise Conflict(f"Event {event_id} has a ticket type {given['name']!r} already.")
        ticket_type = write(tx, event_id, given)
        if events.get(tx, wire.core_id(event_id)):
            put_on_sale(tx, ticket_type)
        ticket_type = found(tx, TICKET_TYPE, ticket_type["id"])
        tell_ticket_type(tx, "created", ticket_type)
    return ticket_type


def write(tx: Tx, event_id: str, given: dict[str, Any]) -> Record:
    """Store a new ticket type, none of it on sale yet."""
    cents, now = round(given["price"] * 100), iso_s(tx.now)
    total = given["quantityTotal"]
    ticket_type: wire.TicketType = {
        "id": wire.new_id(tx, "tkt"), "eventId": event_id, "name": given["name"], "description": given["description"],
        "type": given["type"], "price": wire.money(cents), "currency": given["currency"],
        "quantityTotal": total, "quantitySold": 0, "quantityHeld": 0,
        "quantityAvailable": wire.UNLIMITED if total == -1 else total,
        "saleStart": wire.iso(given["saleStart"]), "saleEnd": wire.iso(given["saleEnd"]),
        "transferable": given["transferable"], "createdAt": now, "updatedAt": now,
    }  # fmt: skip
    records.put(tx, TICKET_TYPE, ticket_type, section=given["name"], cents=cents, sold_out=0)
    return dict(ticket_type)


def put_on_sale(tx: Tx, ticket_type: Record) -> None:
    """Make a ticket type's stock: general admission, in the row GA, at every vendor's window."""
    own = records.own(tx, TICKET_TYPE, ticket_type["id"])
    total = wire.UNLIMITED if ticket_type["quantityTotal"] == -1 else ticket_type["quantityTotal"]
    row = Stock(
        f"s-{tx.ids.text(10)}", wire.core_id(ticket_type["eventId"]), "general", own["section"], "GA", None, total,
        own["cents"], ticket_type["currency"],
    )  # fmt: skip
    stock.put_on_sale(tx, row, NAME, ticket_type["id"])


def stock_changed(tx: Tx, change: stock.Change) -> None:
    """Bring the ticket type of a stock row's section into line; its last sale is told, and so is a section that is new.

    Our own sales tell their last one themselves, in `tell_last_sales`, once they have been told.
    """
    row = change.stock
    ticket_type = of_section(tx, row.event, row.section)
    if ticket_type is None:
        if records.get(tx, EVENT, wire.event_id(row.event)) is None:
            return
        ticket_type = of_rows(tx, [row])
        tell_ticket_type(tx, "created", ticket_type)
    refresh(tx, ticket_type, row, priced=change.what in ("added", "changed"))
    if (change.vendor, change.what) != (NAME, "sold"):
        tell_last_sale(tx, ticket_type["id"])


def refresh(tx: Tx, ticket_type: Record, row: Stock, priced: bool) -> None:
    """Count a ticket type's seats anew, and with `priced` take its price from its section's first row."""
    own = records.own(tx, TICKET_TYPE, ticket_type["id"])
    if priced:
        own["cents"] = stock.of_event(tx, row.event, row.section)[0].price
    total, held, sold = seats.count_section(tx, row.event, row.section)
    counted = quantities(total, held, sold, unlimited=ticket_type["quantityTotal"] == -1)
    changed = ticket_type | counted | {"price": wire.money(own["cents"]), "updatedAt": iso_s(tx.now)}
    records.put(tx, TICKET_TYPE, changed, **own | {"sold_out": own["sold_out"] and int(sold == total)})


def tell_last_sale(tx: Tx, id: str) -> None:
    """Tell that nothing is left of a ticket type, unless that was told before or something is."""
    ticket_type, own = found(tx, TICKET_TYPE, id), records.own(tx, TICKET_TYPE, id)
    if not own["sold_out"] and ticket_type["quantityAvailable"] + ticket_type["quantityHeld"] == 0:
        records.put(tx, TICKET_TYPE, ticket_type, **own | {"sold_out": 1})
        tell_ticket_type(tx, "sold_out", ticket_type)


def tell_last_sales(tx: Tx, sold: Sequence[Record]) -> None:
    """Tell of which ticket types nothing is left now that these tickets are sold."""
    for id in dict.fromkeys(ticket["ticketTypeId"] for ticket in sold):
        tell_last_sale(tx, id)


def quantities(total: int, held: int, sold: int, unlimited: bool = False) -> dict[str, int]:
    """Write a ticket type's quantities."""
    return {
        "quantityTotal": -1 if unlimited else total,
        "quantitySold": sold,
        "quantityHeld": held,
        "quantityAvailable": total - held - sold,
    }


def of_rows(tx: Tx, rows: list[Stock]) -> Record:
    """Store the ticket type of a section that the world's stock has: its price is the first row's."""
    first, now = rows[0], iso_s(tx.now)
    made: wire.TicketType = {
        "id": wire.new_id(tx, "tkt"), "eventId": wire.event_id(first.event), "name": first.section, "description": "",
        "type": "general" if first.kind == "general" else "reserved", "price": wire.money(first.price),
        "currency": first.currency, "quantityTotal": 0, "quantitySold": 0, "quantityHeld": 0, "quantityAvailable": 0,
        "saleStart": None, "saleEnd": None, "transferable": True, "createdAt": now, "updatedAt": now,
    }  # fmt: skip
    counted = dict(made) | quantities(*seats.count_section(tx, first.event, first.section))
    sold_out = int(counted["quantityTotal"] == counted["quantitySold"])
    records.put(tx, TICKET_TYPE, counted, section=first.section, cents=first.price, sold_out=sold_out)
    return counted


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
