"""Tickets: single seats, free in their inventory, on hold, sold on a line, or cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Condition, Order, Record
from mockmarket.vendors.skybox.callers import Actor
from mockmarket.vendors.skybox.wire import formats, inventory
from mockmarket.vendors.skybox.wire.kinds import FIRST, TICKET

BY_SEAT: tuple[Order, ...] = (("seat_number", "asc"), ("number", "asc"))
LEFT: tuple[Condition, ...] = (("status", "=", "AVAILABLE"), ("hold", "=", 0))


def pool(read: Read, id: int) -> list[Record]:
    """Return the tickets that are left in an inventory, by seat."""
    return records.find(read, TICKET, ("inventory", "=", id), *LEFT, order=BY_SEAT)


def on_hold(read: Read, hold: int) -> list[Record]:
    """Return the tickets of a hold, by seat."""
    return records.find(read, TICKET, ("hold", "=", hold), order=BY_SEAT)


def held_of(read: Read, id: int) -> list[Record]:
    """Return the tickets of an inventory that are on hold, by seat."""
    return records.find(read, TICKET, ("inventory", "=", id), ("hold", ">", 0), order=BY_SEAT)


def of_line(read: Read, line: int) -> list[Record]:
    """Return the tickets that are sold on a line of an invoice, by seat."""
    return records.find(read, TICKET, ("sale", "=", line), order=BY_SEAT)


def of_purchase_line(read: Read, line: int) -> list[Record]:
    """Return the tickets that came with a line of a purchase and are not cancelled, by seat."""
    return records.find(read, TICKET, ("purchase_line", "=", line), ("status", "!=", "CANCELLED"), order=BY_SEAT)


def of_stock(read: Read, stock: str, seats: Sequence[int] = ()) -> list[Record]:
    """Return the tickets of a stock row that are not cancelled, or of these seats of it, by seat."""
    those: list[Condition] = [("seat", "in", list(seats))] if seats else []
    return records.find(read, TICKET, ("stock", "=", stock), *those, ("status", "!=", "CANCELLED"), order=BY_SEAT)


def hold_of(read: Read, ticket: Mapping[str, Any]) -> int:
    """Return the hold that a ticket is on, 0 for none."""
    return int(records.own(read, TICKET, str(ticket["id"]))["hold"])


def stock_of(read: Read, ticket: Mapping[str, Any]) -> tuple[str, int | None]:
    """Return a ticket's stock row, and its number there, which general admission has none of."""
    own = records.own(read, TICKET, str(ticket["id"]))
    return own["stock"], own["seat"]


def mark(tx: Tx, tickets: Sequence[Record], by: Actor, changes: Mapping[str, Any], **own: Any) -> None:
    """Store tickets with changes, and with other values of our own."""
    stamp = {"lastUpdate": formats.moment(tx.now), "lastUpdateBy": by.name}
    for one in tickets:
        before = records.own(tx, TICKET, str(one["id"]))
        records.put(tx, TICKET, {**one, **changes, **stamp}, **{**before, **own})


def sell(tx: Tx, tickets: Sequence[Record], line: int, amount: float, by: Actor) -> None:
    """Sell tickets on a line, whose amount they share (public: passed through to ticket.sellPrice)."""
    each = formats.money(round(formats.cents(amount) / max(len(tickets), 1)))
    mark(tx, tickets, by, {"status": "SOLD", "invoiceLineId": line, "sellPrice": each}, hold=0)


def free(tx: Tx, tickets: Sequence[Record], by: Actor, inventory: int | None = None) -> None:
    """Put tickets back into their inventory, or into another one."""
    back = {} if inventory is None else {"inventoryId": inventory}
    mark(tx, tickets, by, {"status": "AVAILABLE", "invoiceLineId": None, "sellPrice": 0.0, **back}, hold=0)


def keep(tx: Tx, tickets: Sequence[Record], hold: int, by: Actor) -> None:
    """Put tickets on a hold."""
    mark(tx, tickets, by, {}, hold=hold)


def move(tx: Tx, tickets: Sequence[Record], inventory: int, stock: str, by: Actor) -> None:
    """Give tickets to another inventory and its stock row."""
    mark(tx, tickets, by, {"inventoryId": inventory}, stock=stock)


def cancel(tx: Tx, tickets: Sequence[Record], by: Actor) -> None:
    """Cancel tickets: they are in no inventory's pool any more."""
    mark(tx, tickets, by, {"status": "CANCELLED", "dateCancelled": formats.moment(tx.now)}, hold=0)


def issue(
    tx: Tx, listing: Record, stock: str, seats: Sequence[tuple[int, int | None]], purchase_line: int | None
) -> list[Record]:
    """Make the tickets of an inventory; `seats` gives each one's number for people, and its number in the stock row."""
    first = formats.next_number(tx, TICKET, FIRST[TICKET])
    made = [
        inventory.ticket(first + place, listing, shown, purchase_line) for place, (shown, _) in enumerate(seats)
    ]  # fmt: skip
    rows = zip(made, seats, strict=True)
    records.put_many(tx, TICKET, ((one, {"stock": stock, "seat": seat, "hold": 0}) for one, (_, seat) in rows))
    return made
