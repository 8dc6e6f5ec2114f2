"""Tickets: minted when an order is paid or a comp is given, and handed on."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Any

from mockmarket import stock
from mockmarket.clock import iso_s
from mockmarket.errors import Conflict
from mockmarket.records import defaults
from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Record
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records.common import NAME, Person
from mockmarket.vendors.zatabox.records.orders import Ticket, Transfer
from mockmarket.vendors.zatabox.records.users import Attendee, Gift, Recipient
from mockmarket.vendors.zatabox.rules import inventory
from mockmarket.vendors.zatabox.rules.notices import get_or_404, notify, refused_for_status
from mockmarket.vendors.zatabox.wire import ATTENDEE, EVENT, TICKET, TICKET_TYPE
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
    units.sort(key=lambda unit: (places[unit[1].id], unit[2]))
    prices = [inventory.type_of(tx, row)[1] for _, row, _ in units]
    paid = shares(cents, prices)
    return [write(tx, unit, order["buyer"], order["id"], share) for unit, share in zip(units, paid, strict=True)]


def unit(tx: Tx, order: str, id: str) -> Unit:
    """Give one of an order's seats to a ticket, so that it can be put back alone."""
    [(row, _, numbers)] = stock.hand_over(tx, "sold", NAME, order, id, 1)
    return id, stock.get(tx, row), numbers


def shares(total: int, prices: list[int]) -> list[int]:
    """Spread what was paid over tickets by their prices, to the cent and none left over."""
    sums = list(accumulate(prices, initial=0))
    paid = [total * part // sums[-1] if sums[-1] else 0 for part in sums]
    return [after - before for before, after in pairwise(paid)]


def write(tx: Tx, unit: Unit, holder: Person, order: str | None, cents: int) -> Record:
    """Store a ticket and the attendee who holds it, announcing nothing yet."""
    id, row, numbers = unit
    ticket_type, _ = inventory.type_of(tx, row)
    ticket = defaults(Ticket) | new_codes(tx) | {
        "id": id, "status": "valid", "orderId": order, "eventId": ticket_type["eventId"], "ticketTypeId": ticket_type["id"],
        "ticketTypeName": ticket_type["name"], "holder": {"name": holder["name"], "email": holder["email"]},
        "seat": wire.seat(row, numbers[0]) if numbers else None, "price": wire.money(cents),
        "currency": ticket_type["currency"], "transferable": ticket_type["transferable"], "complimentary": order is None,
        **wire.times(tx),
    }  # fmt: skip
    records.put(tx, TICKET, ticket, cents=cents, changed_at=tx.now)
    attend(tx, holder)
    return ticket


def new_codes(tx: Tx) -> Record:
    """Return what admits a ticket's holder: a QR text, and a door code that no other ticket has."""
    return {"qr": f"ZTB1.{tx.ids.text(32)}", "code": door_code(tx)}


def door_code(tx: Tx) -> str:
    """Return a door code that no other ticket has."""
    while True:
        code = tx.ids.text(6, DOOR_CODE)
        if not records.find(tx, TICKET, ("code", "=", code), limit=1):
            return code


def attend(tx: Tx, person: Person) -> None:
    """Store an attendee for a person, unless one has the address already."""
    if not records.find(tx, ATTENDEE, ("email", "=", person["email"]), limit=1):
        attendee: Attendee = {
            "id": wire.new_id(tx, "att"), "email": person["email"], "name": person["name"], "tags": [],
            "createdAt": iso_s(tx.now),
        }  # fmt: skip
        records.put(tx, ATTENDEE, attendee)


def of_order(read: Read, order: str) -> list[Record]:
    """Return an order's tickets."""
    return records.find(read, TICKET, ("order", "=", order))


def change(tx: Tx, ticket: Record, **changes: Any) -> Record:
    """Store a changed ticket; its columns follow."""
    changed = ticket | changes | {"updatedAt": iso_s(tx.now)}
    records.put(tx, TICKET, changed, cents=records.own(tx, TICKET, ticket["id"])["cents"], changed_at=tx.now)
    return changed


def give(world: World, event_id: str, body: Gift) -> list[Record]:
    """Mint complimentary tickets for people: seats are taken from the ticket type, nothing is paid, each ticket is announced."""
    with world.atomic() as tx:
        ticket_type, event = get_or_404(tx, TICKET_TYPE, body["ticketTypeId"]), get_or_404(tx, EVENT, event_id)
        if ticket_type["eventId"] != event_id:
            raise Conflict(f"Ticket type {ticket_type['id']} is of another event.")
        if event["status"] != "published":
            raise refused_for_status(f"Event {event_id} is {event['status']}.", event)
        people, quantity = body["recipients"], body["quantity"]
        minted = [ticket for person in people for ticket in comps(tx, ticket_type, person, quantity)]
        inventory.notify_last_sales(tx, minted)
    return minted


def comps(tx: Tx, ticket_type: Record, person: Recipient, quantity: int) -> list[Record]:
    """Mint one person's complimentary tickets."""
    comp = wire.new_id(tx, "cmp")
    inventory.hold(tx, ticket_type, quantity, comp)
    stock.sell_held(tx, NAME, comp)
    units = [unit(tx, comp, wire.new_id(tx, "tic")) for _ in range(quantity)]
    holder: Person = {"name": person["name"], "email": person["email"]}
    minted = [write(tx, unit, holder, None, 0) for unit in units]
    for ticket in minted:
        notify(tx, "ticket.created", TICKET, ticket)
    return minted


def transfer(world: World, body: Transfer) -> Record:
    """Hand a ticket to another holder; its code and QR are new, so that the old ones no longer admit."""
    with world.atomic() as tx:
        ticket = get_or_404(tx, TICKET, body["ticketId"])
        if ticket["status"] != "valid" or not ticket["transferable"]:
            word = "" if ticket["transferable"] else "not "
            raise Conflict(f"Ticket {ticket['id']} is {ticket['status']} and {word}transferable.")
        before, to = ticket["holder"], Person(name=body["toName"], email=body["toEmail"])
        ticket = change(tx, ticket, holder=to, **new_codes(tx))
        attend(tx, to)
        notify(tx, "ticket.transferred", TICKET, ticket, **{"from": before, "to": to})
    return ticket
