"""Fulfilment: a broker uploads an order's tickets, each a PDF that is made for it, each told by itself."""

from __future__ import annotations

from collections.abc import Sequence

from mockmarket import stock
from mockmarket.clock import to_local
from mockmarket.errors import Conflict
from mockmarket.store import Read, Tx, events, records
from mockmarket.store.records import Record
from mockmarket.vendors.tixstock import eticket_pdf
from mockmarket.vendors.tixstock.rules import notifications, orders, resellers
from mockmarket.vendors.tixstock.wire import orders as words
from mockmarket.vendors.tixstock.wire.kinds import NAME, ORDER
from mockmarket.worlds.world import World

NOTICE_OF_TYPE = {"eTicket": "order.eticket_fulfilment", "Mobile": "order.mobile_ticket_fulfilment"}
"""Public, order fulfilment webhooks: same body, another type. Paper and cards go by post: they get a tracking id instead."""
READY = ("Approved", "Commissionable")

Place = tuple[str, int] | None
"""The row and the seat of a ticket; None for general admission."""


def fulfil(world: World, id: str, count: int | None, proofs: Sequence[str]) -> Record:
    """Hand over an order's next tickets, all that are left or `count` of them; Conflict when there is nothing to hand over."""
    with world.atomic() as tx:
        order = orders.by_id(tx, id)
        why = barred(tx, order)
        if why:
            raise Conflict(why)
        done = order["fulfilled"]
        places = places_of(tx, order)[done:]
        for number, place in enumerate(places[:count], done + 1):
            notifications.notify_of_order(tx, notice_of(tx, order), order, hand_over(tx, order, place, number, proofs))
        order["fulfilled"] = done + len(places[:count])
        records.update(tx, ORDER, order)
    return order


def notice_of(read: Read, order: Record) -> str:
    """Return the type of notice that hands an order's tickets over."""
    return NOTICE_OF_TYPE[records.own(read, ORDER, order["tixstock_id"])["type"]]


def barred(read: Read, order: Record) -> str | None:
    """Say why an order's tickets cannot be handed over now, or None."""
    type = records.own(read, ORDER, order["tixstock_id"])["type"]
    if type not in NOTICE_OF_TYPE:
        return f"Order {order['id']} is for {type} tickets, which are not uploaded; set a shipping tracking id instead."
    if order["status"] not in READY:
        return f"Order {order['id']} is {order['status']}; tickets are uploaded once it is {' or '.join(READY)}."
    return None if order["fulfilled"] < order["quantity"] else f"Every ticket of order {order['id']} has been uploaded."


def places_of(read: Read, order: Record) -> list[Place]:
    """Return an order's places, one for each ticket."""
    row = order["items"][0]["row"]
    seats = [seat for _, _, _, numbers in stock.seats_of(read, NAME, order["tixstock_id"]) for seat in numbers]
    return [(row, seat) for seat in sorted(seats)] or [None] * order["quantity"]


def hand_over(tx: Tx, order: Record, place: Place, number: int, proofs: Sequence[str]) -> notifications.Data:
    """Write what is told of one ticket, with the PDF that is made for it."""
    listing = records.own(tx, ORDER, order["tixstock_id"])["listing"]
    own_id = resellers.external_id(tx, notifications.order_owner(tx, order), listing) or listing
    return words.fulfilment(order, own_id, place, eticket_pdf.draw(ticket(tx, order, place, number)), proofs)


def ticket(tx: Tx, order: Record, place: Place, number: int) -> eticket_pdf.Ticket:
    """Return what stands on one ticket of an order: `number` counts from 1."""
    show = events.get(tx, records.own(tx, ORDER, order["tixstock_id"])["event"])
    if show is None:
        raise Conflict(f"The event of order {order['id']} is gone.")
    customer = order["customer"]
    holder = order["items"][number - 1].get("customer") or customer
    return eticket_pdf.Ticket(
        event=show.name,
        venue=f"{show.venue.name}, {show.venue.city}",
        starts=f"{to_local(show.starts_at, show.venue.zone):%A %d %B %Y, %H:%M}",
        section=order["items"][number - 1]["section"],
        place=place,
        order=order["id"],
        holder=" ".join(str(holder.get(name) or "") for name in ("first_name", "last_name")).strip() or "-",
        code=f"{order['tixstock_id'].upper()}-{number}",
        at=tx.now,
    )
