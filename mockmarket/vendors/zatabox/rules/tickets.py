"""Tickets: minted when an order is paid or a comp is given, and handed on."""

from __future__ import annotations

from typing import Any

from mockmarket import stock
from mockmarket.clock import iso_s
from mockmarket.errors import Conflict
from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Record
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.rules import inventory
from mockmarket.vendors.zatabox.rules.notices import found, tell_ticket
from mockmarket.vendors.zatabox.wire import ATTENDEE, NAME, TICKET, TICKET_TYPE
from mockmarket.worlds.world import World

DOOR_CODE = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""What door codes are made of (public: six characters; convention: none that is easily mistaken for another)."""

Unit = tuple[str, stock.Stock, tuple[int, ...]]
"""One ticket to be written: its id, its stock row, its seat number if it has one."""


def mint(tx: Tx, order: Record, cents: int) -> list[Record]:
    """Sell what an order holds and write a ticket for each seat, in the order of the seats; `cents` is what was paid in all."""
    sold = sum(change.quantity for change in stock.sell_held(tx, NAME, order["id"]))
    places = {row.id: place for place, row in enumerate(stock.of_event(tx, wire.core_id(order["eventId"])))}
    units = [unit(tx, order["id"], wire.new_id(tx, "tic")) for _ in range(sold)]
    units.sort(key=lambda one: (places[one[1].id], one[2]))
    prices = [type_of(tx, row)[1] for _, row, _ in units]
    paid = shares(cents, prices)
    return [write(tx, one, order["buyer"], order["id"], share) for one, share in zip(units, paid, strict=True)]


def unit(tx: Tx, order: str, id: str) -> Unit:
    """Give one of an order's seats to a ticket, so that it can be put back alone."""
    [(row, _, numbers)] = stock.hand_over(tx, "sold", NAME, order, id, 1)
    return id, stock.get(tx, row), numbers


def shares(total: int, prices: list[int]) -> list[int]:
    """Spread what was paid over tickets by their prices, to the cent and none left over."""
    whole, before, paid = sum(prices), 0, 0
    given = []
    for price in prices:
        before += price
        upto = total * before // whole if whole else 0
        given.append(upto - paid)
        paid = upto
    return given


def type_of(read: Read, row: stock.Stock) -> tuple[Record, int]:
    """Return a stock row's ticket type and its price in cents."""
    ticket_type = inventory.of_section(read, row.event, row.section)
    if ticket_type is None:
        raise LookupError(f"Section {row.section} of event {row.event} has no ticket type.")
    return ticket_type, records.own(read, TICKET_TYPE, ticket_type["id"])["cents"]


def write(tx: Tx, one: Unit, holder: dict[str, str], order: str | None, cents: int) -> Record:
    """Store a ticket and the attendee who holds it, telling nobody yet."""
    id, row, numbers = one
    ticket_type, _ = type_of(tx, row)
    now = iso_s(tx.now)
    ticket: wire.Ticket = {
        "id": id, "qr": f"ZTB1.{tx.ids.text(32)}", "code": door_code(tx), "status": "valid", "orderId": order,
        "eventId": ticket_type["eventId"], "ticketTypeId": ticket_type["id"], "ticketTypeName": ticket_type["name"],
        "holder": {"name": holder["name"], "email": holder["email"]},
        "seat": wire.seat(row, numbers[0]) if numbers else None, "price": wire.money(cents),
        "currency": ticket_type["currency"], "transferable": ticket_type["transferable"], "complimentary": order is None,
        "checkedInAt": None, "gate": None, "createdAt": now, "updatedAt": now,
    }  # fmt: skip
    records.put(tx, TICKET, ticket, cents=cents, changed_at=tx.now)
    attend(tx, holder)
    return dict(ticket)


def door_code(tx: Tx) -> str:
    """Return a door code that no other ticket has."""
    while True:
        code = tx.ids.text(6, DOOR_CODE)
        if not records.find(tx, TICKET, ("code", "=", code), limit=1):
            return code


def attend(tx: Tx, person: dict[str, str]) -> Record:
    """Return the attendee with a person's address, stored when it is the first of it."""
    there = records.find(tx, ATTENDEE, ("email", "=", person["email"]), limit=1)
    if there:
        return there[0]
    made = {
        "id": wire.new_id(tx, "att"), "email": person["email"], "name": person["name"], "tags": [],
        "createdAt": iso_s(tx.now),
    }  # fmt: skip
    records.put(tx, ATTENDEE, made)
    return made


def change(tx: Tx, ticket: Record, **changes: Any) -> Record:
    """Store a changed ticket; its columns follow."""
    changed = ticket | changes | {"updatedAt": iso_s(tx.now)}
    records.put(tx, TICKET, changed, cents=records.own(tx, TICKET, ticket["id"])["cents"], changed_at=tx.now)
    return changed


def give(world: World, event_id: str, given: dict[str, Any]) -> list[Record]:
    """Mint complimentary tickets for people: seats are taken from the ticket type, nothing is paid, each ticket is told."""
    with world.atomic() as tx:
        ticket_type = found(tx, TICKET_TYPE, given["ticketTypeId"])
        event = found(tx, wire.EVENT, event_id)
        if ticket_type["eventId"] != event_id:
            raise Conflict(f"Ticket type {ticket_type['id']} is of another event.")
        if event["status"] != "published":
            raise Conflict(f"Event {event_id} is {event['status']}.", about={"status": event["status"]})
        made = [
            ticket for person in given["recipients"] for ticket in comps(tx, ticket_type, person, given["quantity"])
        ]
        inventory.tell_last_sales(tx, made)
    return made


def comps(tx: Tx, ticket_type: Record, person: dict[str, str], quantity: int) -> list[Record]:
    """Mint one person's complimentary tickets."""
    comp = wire.new_id(tx, "cmp")
    inventory.hold(tx, ticket_type, quantity, comp)
    stock.sell_held(tx, NAME, comp)
    units = [unit(tx, comp, wire.new_id(tx, "tic")) for _ in range(quantity)]
    made = [write(tx, one, person, None, 0) for one in units]
    for ticket in made:
        tell_ticket(tx, "created", ticket)
    return made


def transfer(world: World, given: dict[str, Any]) -> Record:
    """Hand a ticket to another holder; its code and QR are new, so that the old ones no longer admit."""
    with world.atomic() as tx:
        ticket = found(tx, TICKET, given["ticketId"])
        if ticket["status"] != "valid" or not ticket["transferable"]:
            raise Conflict(
                f"Ticket {ticket['id']} is {ticket['status']} and {'' if ticket['transferable'] else 'not '}transferable."
            )
        before, to = ticket["holder"], {"name": given["toName"], "email": given["toEmail"]}
        ticket = change(tx, ticket, holder=to, qr=f"ZTB1.{tx.ids.text(32)}", code=door_code(tx))
        attend(tx, to)
        tell_ticket(tx, "transferred", ticket, **{"from": before, "to": to})
    return ticket
