"""Orders: seats are held while one is pending, sold when its payment settles, freed when it fails, is cancelled or lapses. Promo codes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from mockmarket import stock
from mockmarket.clock import iso_s, later, parse_iso
from mockmarket.rules.lifecycle import Flow
from mockmarket.store import Read, Tx, keys, records, timers
from mockmarket.store.records import Record
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records.common import MOST_SEATS, NAME
from mockmarket.vendors.zatabox.records.orders import Item, NewOrder, Order, Promo
from mockmarket.vendors.zatabox.rules import inventory, tickets
from mockmarket.vendors.zatabox.rules.notices import change_status, check_status, get_or_404, invalid, notify
from mockmarket.vendors.zatabox.wire import EVENT, ORDER, PAYMENT, PROMO, TICKET_TYPE

FLOW = Flow("order", {"pending": ("completed", "failed", "cancelled")})
"""Document, "Event catalog": pending, then paid, failed, or cancelled while unpaid; nothing leads on from there."""

LAPSES = "order_lapses"
SETTLES = "payment_settles"
DECLINED = "payment_declined"


@dataclass(frozen=True, slots=True)
class Line:
    """What is ordered of one ticket type: how many, at what price, and, where seats were chosen, which."""

    ticket_type: Record
    cents: int
    quantity: int
    seats: tuple[inventory.Place, ...] = ()


def begin(tx: Tx, body: NewOrder, token: str | None = None) -> Record:
    """Hold an order's seats, store it pending, and announce it; a free one is completed. Without a token only keys open it."""
    lines = lines_of(tx, body)
    check_lines(tx, lines)
    ttl_s = float(tx.store.settings[NAME]["order_ttl_s"])  # 0 is for as long as the order is pending
    until = later(tx.now, round(ttl_s * 1000)) if ttl_s else None
    order, cents = write(tx, body, lines, until)
    for line in lines:
        if line.seats:
            inventory.take_places(tx, order["id"], line.ticket_type, line.seats, body.get("holderToken"))
        else:
            inventory.hold(tx, line.ticket_type, line.quantity, order["id"])
    records.put(tx, ORDER, order, cents=cents, token_hash=keys.digest(token) if token else "")
    notify(tx, "order.created", order)
    if cents == 0:
        return finish(tx, order, "completed", completedAt=iso_s(tx.now))
    if until is not None:
        timers.set(tx, timers.Timer(NAME, LAPSES, order["id"], until))
    return order


def lines_of(read: Read, body: NewOrder) -> list[Line]:
    """Read an order's lines: from its items, or from the seats that were chosen, which must then agree with its items."""
    items: Counter[str] = Counter()
    for item in body["items"]:
        items[item["ticketTypeId"]] += item["quantity"]
    chosen: dict[str, list[inventory.Place]] = {}
    for seat_id in dict.fromkeys(body.get("venueSeatIds", ())):
        place = inventory.place_of(read, seat_id)
        chosen.setdefault(inventory.type_of(read, place.row)["id"], []).append(place)
    if chosen and items and items != {id: len(places) for id, places in chosen.items()}:
        raise invalid("items", "must count as many of each ticket type as venueSeatIds chooses, or be left out")
    lines = []
    for id in chosen or items:
        ticket_type, places = get_or_404(read, TICKET_TYPE, id), tuple(chosen.get(id, ()))
        lines.append(Line(ticket_type, inventory.cents_of(read, ticket_type), len(places) or items[id], places))
    return lines


def check_lines(read: Read, lines: list[Line]) -> None:
    """Raise Invalid for lines of several events or currencies, Conflict for an event or ticket type that is not on sale."""
    if len({(line.ticket_type["eventId"], line.ticket_type["currency"]) for line in lines}) > 1:
        raise invalid("items", "must be of one event and one currency")
    if sum(line.quantity for line in lines) > MOST_SEATS:
        raise invalid("items", f"may have {MOST_SEATS} tickets in all")
    event = get_or_404(read, EVENT, lines[0].ticket_type["eventId"])
    check_status("Event", event, "published", so="; its tickets are not sold")
    for line in lines:
        inventory.check_sale(read, line.ticket_type)


def write(tx: Tx, body: NewOrder, lines: list[Line], until: int | None) -> tuple[Record, int]:
    """Write a pending order; returns it and its total in cents."""
    first, subtotal = lines[0].ticket_type, sum(line.cents * line.quantity for line in lines)
    promo, discount = use_promo(tx, body["promoCode"], first["eventId"], subtotal)
    currency = first["currency"]
    buyer = {"name": body["guestName"], "email": body["guestEmail"]}
    items, places = [_item_of(line) for line in lines], [place.id for line in lines for place in line.seats]
    sold = {"eventId": first["eventId"], "items": items, "venueSeatIds": places, "currency": currency, "buyer": buyer}
    sent = {**sums(subtotal, discount), **sold, "promoCode": promo, "expiresAt": wire.iso(until)}
    return wire.new(tx, Order, wire.new_id(tx, "ord"), sent, status="pending"), subtotal - discount


def sums(subtotal: int, discount: int) -> dict[str, str]:
    """Write what an order costs before and after a promo code."""
    cents = {"subtotal": subtotal, "discount": discount, "total": subtotal - discount}
    return {name: wire.money(amount) for name, amount in cents.items()}


def _item_of(line: Line) -> Item:
    price, subtotal = wire.money(line.cents), wire.money(line.cents * line.quantity)
    id, name = line.ticket_type["id"], line.ticket_type["name"]
    return {"ticketTypeId": id, "name": name, "quantity": line.quantity, "unitPrice": price, "subtotal": subtotal}


def finish(tx: Tx, order: Record, status: str, **changes: str) -> Record:
    """Bring an order to its last status: completed sells its seats and mints its tickets, any other frees what it held."""
    timers.stop(tx, NAME, LAPSES, order["id"])
    order = change_status(tx, ORDER, FLOW, order, status, expiresAt=None, **changes)
    minted = []
    if status == "completed":
        minted = tickets.mint(tx, order, records.own(tx, ORDER, order["id"])["cents"])
    else:
        stock.release(tx, NAME, order["id"])
        promo = with_code(tx, order["promoCode"]) if order["promoCode"] else None
        if promo is not None:
            _count_use(tx, promo, -1)
    notify(tx, f"order.{status}", order)
    tickets.notify_minted(tx, minted)
    inventory.notify_last_sales(tx, [ticket["ticketTypeId"] for ticket in minted])
    return order


def lapse(tx: Tx, id: str) -> None:
    """Cancel an order that has been pending for too long."""
    order = records.get(tx, ORDER, id)
    if order is not None and order["status"] == "pending":
        finish(tx, order, "cancelled", cancelReason="expired")


def payments_of(read: Read, order: str) -> list[Record]:
    """Return an order's payments, oldest first."""
    return records.find(read, PAYMENT, ("order", "=", order))


def resolve(tx: Tx, order: Record) -> Record:
    """Bring an order to the payment's outcome that the settings give: succeed, fail, or wait."""
    match tx.store.settings[NAME]["payment_outcome"]:
        case "succeed":
            return settle(tx, order)
        case "fail":
            return decline(tx, order, DECLINED)
    return order


def due(tx: Tx, id: str) -> None:
    """Resolve a payment whose time has come."""
    order = get_or_404(tx, ORDER, id)
    if order["status"] == "pending":
        resolve(tx, order)


def settle(tx: Tx, order: Record) -> Record:
    """Settle an order's payment: the order is completed."""
    close_payments(tx, order["id"], status="succeeded", settledAt=iso_s(tx.now))
    return finish(tx, order, "completed", completedAt=iso_s(tx.now))


def decline(tx: Tx, order: Record, reason: str) -> Record:
    """Let an order's payment fail: the order fails with it."""
    close_payments(tx, order["id"], status="failed", failureReason=reason)
    return finish(tx, order, "failed", failureReason=reason)


def close_payments(tx: Tx, order: str, **changes: str) -> None:
    """Bring an order's pending payments to their end: the newest to this one, any before it to a failure."""
    timers.stop(tx, NAME, SETTLES, order)
    waiting = [payment for payment in payments_of(tx, order) if payment["status"] == "pending"]
    for payment in waiting[:-1]:
        records.update(tx, PAYMENT, payment | {"status": "failed", "failureReason": "superseded"})
    for payment in waiting[-1:]:
        records.update(tx, PAYMENT, payment | changes)


def with_code(read: Read, code: str) -> Record | None:
    """Return the promo code written like this, whatever the case, or None."""
    return records.first(read, PROMO, ("code", "=", code.upper()))


def problem(read: Read, promo: Record | None, event: str) -> str | None:
    """Say why a promo code cannot be used for an event now, or None."""
    if promo is None:
        return "unknown"
    if not promo["active"]:
        return "inactive"
    if promo["eventId"] not in (None, event):
        return "other_event"
    if promo["startsAt"] and read.now < parse_iso(promo["startsAt"]):
        return "not_started"
    if promo["endsAt"] and read.now >= parse_iso(promo["endsAt"]):
        return "ended"
    return "used_up" if promo["maxUses"] is not None and promo["uses"] >= promo["maxUses"] else None


def takes_off(promo: Record, subtotal: int) -> int:
    """Return what a promo code takes off an amount, in cents: a share of it, or a sum, and never more than all of it."""
    value = round(float(promo["value"]) * 100)
    return min(subtotal * value // 10_000 if promo["type"] == "percent" else value, subtotal)


def use_promo(tx: Tx, code: str | None, event: str, subtotal: int) -> tuple[str | None, int]:
    """Use a promo code for an order; returns it and what it takes off in cents. Invalid says why it cannot be used."""
    if code is None:
        return None, 0
    promo = with_code(tx, code)
    wrong = problem(tx, promo, event)
    if wrong or promo is None:
        raise invalid("promoCode", f"cannot be used: {wrong}")
    _count_use(tx, promo, 1)
    return promo["code"], takes_off(promo, subtotal)


def _count_use(tx: Tx, promo: Record, by: int) -> None:
    records.update(tx, PROMO, promo | {"uses": max(0, promo["uses"] + by), "updatedAt": iso_s(tx.now)})


def store_promo(tx: Tx, body: Record) -> Record:
    """Store a new promo code."""
    id, code = wire.new_id(tx, "prm"), body["code"].upper()
    promo = wire.new(tx, Promo, id, written(body), code=code, uses=0)
    records.put(tx, PROMO, promo)
    return promo


def written(body: Record) -> Record:
    """Return what a call sets of a promo code as it is stored: money and dates as answers have them."""
    dates = {name: wire.iso(body[name]) for name in ("startsAt", "endsAt") if name in body}
    return body | dates | ({"value": wire.money(round(body["value"] * 100))} if "value" in body else {})
