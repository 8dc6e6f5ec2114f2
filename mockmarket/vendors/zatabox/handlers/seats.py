"""Seats: the map of the house, what is taken, and seats held for a holder; none of it needs a key."""

from __future__ import annotations

from mockmarket import stock
from mockmarket.errors import Invalid, NotFound, SoldOut
from mockmarket.stock import Stock
from mockmarket.store import Read, Tx, keys, records, seats
from mockmarket.store.records import Record
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.handlers.conventions import Context, operation
from mockmarket.vendors.zatabox.records import events as shapes
from mockmarket.vendors.zatabox.records.common import NAME, Answer
from mockmarket.vendors.zatabox.rules import inventory, seating
from mockmarket.vendors.zatabox.rules.notices import get_or_404
from mockmarket.vendors.zatabox.wire import EVENT, HOLD

PITCH = 20
"""How far seats stand apart on the map, in the map's own units (convention)."""


def seated(read: Read, event_id: str) -> list[Stock]:
    """Return the numbered rows of an event that is on sale; NotFound, NO_SEATING when it has none (public)."""
    event = get_or_404(read, EVENT, event_id)
    rows = [row for row in stock.of_event(read, wire.core_id(event_id)) if row.first_seat is not None and row.total]
    if not rows or event["status"] == "draft":
        raise NotFound(f"Event {event_id} has no seat map.", code="NO_SEATING")
    return rows


@operation(answer=Answer[shapes.SeatMap], refuses=(404,), public=True)
def get_seat_map(context: Context, eventId: str) -> shapes.SeatMap:
    """Get an event's sections, with ticket type and price, and their seats with coordinates; needs no key."""
    read, sections = context.read(), dict[str, shapes.MapSection]()
    for place, row in enumerate(seated(read, eventId)):
        section = sections.get(row.section) or sections.setdefault(row.section, section_of(read, row))
        section["seats"] += [
            {**wire.seat(row, (row.first_seat or 0) + number), "x": number * PITCH, "y": place * PITCH}
            for number in range(row.total)
        ]
    width = max(seat["x"] for section in sections.values() for seat in section["seats"])
    stage: shapes.MapElement = {"type": "stage", "label": "Stage", "x": width // 2, "y": -2 * PITCH}
    shown, ttl_s = list(sections.values()), seating.ttl_s(read)
    return {"eventId": eventId, "holdTtlSeconds": ttl_s, "elements": [stage], "sections": shown}


def section_of(read: Read, row: Stock) -> shapes.MapSection:
    """Write a section of the map, its seats still to come."""
    sold = inventory.type_of(read, row)
    id, price, currency = (sold[name] for name in ("id", "price", "currency"))
    return {"name": row.section, "ticketTypeId": id, "price": price, "currency": currency, "seats": []}


@operation(answer=Answer[shapes.TakenSeats], refuses=(404,), public=True)
def list_taken_seats(context: Context, eventId: str) -> dict[str, list[str]]:
    """Get the seats that are sold, blocked or held; one that is not named is free. Needs no key."""
    read = context.read()
    seated(read, eventId)
    states: dict[str, list[str]] = {"sold": [], "blocked": [], "held": []}
    for row, number, state, _, _ in seats.taken(read, wire.core_id(eventId)):
        states[state].append(wire.seat_id(row, number))
    return states


@operation(body=shapes.HoldRequest, answer=Answer[shapes.HeldSeats], refuses=(400, 404, 413), public=True)
def hold_seats(context: Context, body: shapes.HoldRequest, eventId: str) -> shapes.HeldSeats:
    """Hold seats for a holder token, in place of those it held before; without a token one is made. Needs no key."""
    with context.world.atomic() as tx:
        event = get_or_404(tx, EVENT, eventId)
        seated(tx, eventId)
        token = body["holderToken"] or tx.ids.secret(32)
        hold = seating.of_holder(tx, eventId, token) or new_hold(tx, eventId, token)
        wanted = list(dict.fromkeys(body["seatIds"]))
        hold = seating.drop(tx, hold, [seat for seat in hold["seatIds"] if seat not in wanted])
        fresh = [seat for seat in wanted if seat not in hold["seatIds"]]
        got = [seat for seat in fresh if event["status"] == "published" and take_seat(tx, hold, seat)]
        kept = [seat for seat in wanted if seat in hold["seatIds"] or seat in got]
        hold = seating.keep(tx, hold | {"seatIds": kept}, prolong=True)
    failed = [seat for seat in wanted if seat not in kept]
    return {"held": kept, "failed": failed, "holderToken": token, "expiresAt": hold["expiresAt"]}


def new_hold(tx: Tx, event_id: str, token: str) -> Record:
    """Store that a holder holds nothing yet; of the token only its hash is kept."""
    hold = wire.new(tx, shapes.Hold, wire.new_id(tx, "hld"), eventId=event_id, seatIds=[])
    records.put(tx, HOLD, hold, token_hash=keys.digest(token))
    return hold


def take_seat(tx: Tx, hold: Record, seat_id: str) -> bool:
    """Hold one seat; tells whether it was to be had."""
    try:
        place = seating.place_of(tx, seat_id)
        if place.stock.event != wire.core_id(hold["eventId"]):
            return False
        stock.hold(tx, place.stock.id, 1, NAME, seating.claim_of(hold, seat_id), seat=place.number)
    except (Invalid, SoldOut):
        return False
    return True


@operation(body=shapes.ReleaseRequest, answer=Answer[shapes.ReleasedSeats], refuses=(400, 404, 413), public=True)
def release_seats(context: Context, body: shapes.ReleaseRequest, eventId: str) -> shapes.ReleasedSeats:
    """Release a holder's seats: those named, or all. Needs no key."""
    with context.world.atomic() as tx:
        seated(tx, eventId)
        hold = seating.of_holder(tx, eventId, body["holderToken"])
        if hold is None:
            return {"released": []}
        released = [seat for seat in hold["seatIds"] if body["seatIds"] is None or seat in body["seatIds"]]
        seating.keep(tx, seating.drop(tx, hold, released))
        return {"released": released}
