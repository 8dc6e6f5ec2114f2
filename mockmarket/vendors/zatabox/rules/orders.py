"""Orders: seats are held while an order is pending, sold when it is paid, freed when it fails, is cancelled or lapses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mockmarket import stock
from mockmarket.clock import iso_s, later
from mockmarket.errors import NotFound, Unauthenticated
from mockmarket.records import defaults
from mockmarket.rules.lifecycle import Flow
from mockmarket.store import Read, Tx, keys, records, timers
from mockmarket.store.records import Record
from mockmarket.store.timers import Timer
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records.common import MOST_SEATS, NAME
from mockmarket.vendors.zatabox.records.orders import Item, NewOrder, Order
from mockmarket.vendors.zatabox.rules import inventory, promos, seating, tickets
from mockmarket.vendors.zatabox.rules.notices import (
    change_status,
    get_or_404,
    invalid,
    notify,
    notify_order,
    refused_for_status,
)
from mockmarket.vendors.zatabox.wire import EVENT, ORDER, TICKET, TICKET_TYPE
from mockmarket.worlds.world import World

FLOW = Flow("order", {"pending": ("completed", "failed", "cancelled")})
"""Document, "Event catalog": pending, then paid, failed, or cancelled while unpaid; nothing leads on from there."""

LAPSES = "order_lapses"


@dataclass(frozen=True, slots=True)
class Line:
    """What is ordered of one ticket type: how many, at what price, and, where seats were chosen, which."""

    ticket_type: Record
    cents: int
    quantity: int
    seats: tuple[seating.Place, ...] = ()


def request(items: Sequence[tuple[str, int]], name: str, email: str, promo_code: str | None = None) -> NewOrder:
    """Return an order as a call would send it: ticket types with how many of each, for a buyer."""
    return {
        "items": [{"ticketTypeId": id, "quantity": quantity} for id, quantity in items], "venueSeatIds": [],
        "holderToken": None, "guestName": name, "guestEmail": email, "promoCode": promo_code,
    }  # fmt: skip


def place(world: World, body: NewOrder) -> tuple[Record, str]:
    """Begin a checkout: hold the seats and announce order.created; a free order is completed at once. Returns it and its token."""
    with world.atomic() as tx:
        token = tx.ids.secret(40)
        return begin(tx, body, token), token


def begin(tx: Tx, body: NewOrder, token: str | None = None) -> Record:
    """Hold an order's seats within a transaction, store it pending, and announce it; without a token only keys open it."""
    lines = lines_of(tx, body)
    check_event(tx, lines)
    for line in lines:
        inventory.check_sale(tx, line.ticket_type)
    order, cents = write(tx, body, lines)
    hold(tx, order["id"], lines, body)
    records.put(tx, ORDER, order, cents=cents, token_hash=keys.digest(token) if token else "")
    notify_order(tx, order)
    if cents == 0:
        return complete(tx, order)
    if order["expiresAt"]:
        timers.set(tx, Timer(NAME, LAPSES, order["id"], later(tx.now, ttl_ms(tx))))
    return order


def ttl_ms(read: Read) -> int:
    """Return how long a pending order holds its seats; 0 for as long as it is pending."""
    return round(float(read.store.settings[NAME]["order_ttl_s"]) * 1000)


def lines_of(read: Read, body: NewOrder) -> list[Line]:
    """Read an order's lines: from its items, or from the seats that were chosen, which must then agree with its items."""
    items: dict[str, int] = {}
    for item in body["items"]:
        items[item["ticketTypeId"]] = items.get(item["ticketTypeId"], 0) + item["quantity"]
    chosen: dict[str, list[seating.Place]] = {}
    for seat_id in dict.fromkeys(body["venueSeatIds"]):
        spot = seating.place_of(read, seat_id)
        chosen.setdefault(inventory.type_of(read, spot.stock)[0]["id"], []).append(spot)
    if chosen and items and items != {id: len(spots) for id, spots in chosen.items()}:
        raise invalid("items", "must count as many of each ticket type as venueSeatIds chooses, or be left out")
    return [line_of(read, id, items.get(id, 0), chosen.get(id, [])) for id in chosen or items]


def line_of(read: Read, id: str, quantity: int, spots: list[seating.Place]) -> Line:
    """Read one line; NotFound for a ticket type that there is not."""
    ticket_type = get_or_404(read, TICKET_TYPE, id)
    return Line(ticket_type, records.own(read, TICKET_TYPE, id)["cents"], len(spots) or quantity, tuple(spots))


def check_event(read: Read, lines: list[Line]) -> None:
    """Raise Invalid for lines of several events or currencies, Conflict for an event that is not on sale."""
    if len({(line.ticket_type["eventId"], line.ticket_type["currency"]) for line in lines}) > 1:
        raise invalid("items", "must be of one event and one currency")
    if sum(line.quantity for line in lines) > MOST_SEATS:
        raise invalid("items", f"may have {MOST_SEATS} tickets in all")
    event = get_or_404(read, EVENT, lines[0].ticket_type["eventId"])
    if event["status"] != "published":
        raise refused_for_status(f"Event {event['id']} is {event['status']}; its tickets are not sold.", event)


def write(tx: Tx, body: NewOrder, lines: list[Line]) -> tuple[Record, int]:
    """Write a pending order; returns it and its total in cents."""
    first, subtotal = lines[0].ticket_type, sum(line.cents * line.quantity for line in lines)
    promo, discount = promos.applied(tx, body["promoCode"], first["eventId"], subtotal)
    ttl = ttl_ms(tx)
    order = defaults(Order) | {
        "id": wire.new_id(tx, "ord"), "total": wire.money(subtotal - discount), "currency": first["currency"],
        "status": "pending", "eventId": first["eventId"], "items": [item(line) for line in lines],
        "subtotal": wire.money(subtotal), "discount": wire.money(discount), "promoCode": promo,
        "buyer": {"name": body["guestName"], "email": body["guestEmail"]},
        "venueSeatIds": [wire.seat_id(spot.stock.id, spot.number) for line in lines for spot in line.seats],
        "expiresAt": wire.iso(later(tx.now, ttl)) if ttl else None, **wire.times(tx),
    }  # fmt: skip
    return order, subtotal - discount


def item(line: Line) -> Item:
    """Write one line of an order."""
    return {
        "ticketTypeId": line.ticket_type["id"], "name": line.ticket_type["name"], "quantity": line.quantity,
        "unitPrice": wire.money(line.cents), "subtotal": wire.money(line.cents * line.quantity),
    }  # fmt: skip


def hold(tx: Tx, order: str, lines: list[Line], body: NewOrder) -> None:
    """Hold an order's seats: those chosen, or any of the ticket type."""
    for line in lines:
        if line.seats:
            seating.take(tx, order, line.ticket_type, line.seats, body["holderToken"])
        else:
            inventory.hold(tx, line.ticket_type, line.quantity, order)


def change(tx: Tx, order: Record, status: str, **changes: str) -> Record:
    """Bring an order to a status and store it; Conflict where that is not allowed. No timer waits for it any more."""
    timers.stop(tx, NAME, LAPSES, order["id"])
    return change_status(tx, ORDER, FLOW, order, status, expiresAt=None, **changes)


def complete(tx: Tx, order: Record) -> Record:
    """Settle an order: sell its seats, mint its tickets, announce both, and then what is sold out by it."""
    order = change(tx, order, "completed", completedAt=iso_s(tx.now))
    minted = tickets.mint(tx, order, records.own(tx, ORDER, order["id"])["cents"])
    notify_order(tx, order)
    for ticket in minted:
        notify(tx, "ticket.created", TICKET, ticket)
    inventory.notify_last_sales(tx, minted)
    return order


def fail(tx: Tx, order: Record, reason: str) -> Record:
    """Let an order fail: its seats are free again."""
    return free(tx, change(tx, order, "failed", failureReason=reason))


def cancel(tx: Tx, order: Record, reason: str) -> Record:
    """Cancel an order that is unpaid: its seats are free again."""
    return free(tx, change(tx, order, "cancelled", cancelReason=reason))


def free(tx: Tx, order: Record) -> Record:
    """Free what an order held, give its promo code's use back, and announce the status that it has come to."""
    stock.release(tx, NAME, order["id"])
    promos.give_back(tx, order["promoCode"])
    notify_order(tx, order)
    return order


def lapse(tx: Tx, id: str) -> None:
    """Cancel an order that has been pending for too long."""
    order = records.get(tx, ORDER, id)
    if order is not None and order["status"] == "pending":
        cancel(tx, order, "expired")


def cancel_of_event(tx: Tx, event: str) -> None:
    """Cancel every pending order of an event that has been called off."""
    for order in records.find(tx, ORDER, ("event", "=", event), ("status", "=", "pending")):
        cancel(tx, order, "event_cancelled")


def readable(read: Read, id: str, token: str | None) -> Record:
    """Return an order to its reader: one with a key, or a guest with the order's own token."""
    order = records.get(read, ORDER, id)
    if token is not None and (order is None or keys.digest(token) != records.own(read, ORDER, id)["token_hash"]):
        raise Unauthenticated("This token does not open this order.", code="INVALID_TOKEN")
    if order is None:
        raise NotFound(f"There is no order {id}.")
    return order
