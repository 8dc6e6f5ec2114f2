"""Seats: the map of the house, what is taken, and seats held for a holder until they are ordered, released, or lapse."""

from __future__ import annotations

from dataclasses import dataclass

from mockmarket import stock
from mockmarket.clock import iso_s, later
from mockmarket.errors import Invalid, NotFound, SoldOut
from mockmarket.stock import Stock
from mockmarket.store import Read, Tx, keys, records, seats, timers
from mockmarket.store.records import Condition, Record
from mockmarket.store.timers import Timer
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records.common import NAME
from mockmarket.vendors.zatabox.records.events import (
    HeldSeats,
    HoldRequest,
    MapElement,
    MapSection,
    ReleasedSeats,
    ReleaseRequest,
    SeatMap,
    TakenSeats,
)
from mockmarket.vendors.zatabox.rules import inventory
from mockmarket.vendors.zatabox.rules.notices import get_or_404
from mockmarket.vendors.zatabox.wire import EVENT, HOLD
from mockmarket.worlds.world import World

LAPSES = "seat_hold_lapses"
PITCH = 20
"""How far seats stand apart on the map, in the map's own units (convention)."""


@dataclass(frozen=True, slots=True)
class Place:
    """One numbered seat of a stock row."""

    stock: Stock
    number: int


def place_of(read: Read, seat_id: str) -> Place:
    """Return the seat with this id; Invalid when there is none."""
    row, _, number = seat_id.rpartition("-")
    try:
        place = Place(
            stock.get(read, row), int(number) if number.isascii() and number.isdecimal() and len(number) < 8 else -1
        )
    except NotFound:
        place = None
    if place is None or not in_row(place):
        raise Invalid(f"There is no seat {seat_id}.", details=[("venueSeatIds", f"no seat {seat_id}")])
    return place


def in_row(place: Place) -> bool:
    """Tell whether a row has a seat of this number."""
    first = place.stock.first_seat
    return first is not None and first <= place.number < first + place.stock.total


def seated(read: Read, event_id: str) -> list[Stock]:
    """Return the numbered rows of an event that is on sale; NotFound, NO_SEATING when it has none (public)."""
    event = get_or_404(read, EVENT, event_id)
    rows = [row for row in stock.of_event(read, wire.core_id(event_id)) if row.first_seat is not None and row.total]
    if not rows or event["status"] == "draft":
        raise NotFound(f"Event {event_id} has no seat map.", code="NO_SEATING")
    return rows


def seat_map(read: Read, event_id: str) -> SeatMap:
    """Return an event's map: sections with ticket type and price, and their seats with coordinates."""
    sections: dict[str, MapSection] = {}
    for place, row in enumerate(seated(read, event_id)):
        section = sections.get(row.section) or sections.setdefault(row.section, section_of(read, row))
        section["seats"] += [
            {**wire.seat(row, number), "x": (number - (row.first_seat or 0)) * PITCH, "y": place * PITCH}
            for number in range(row.first_seat or 0, (row.first_seat or 0) + row.total)
        ]
    width = max(seat["x"] for section in sections.values() for seat in section["seats"])
    stage: MapElement = {"type": "stage", "label": "Stage", "x": width // 2, "y": -2 * PITCH}
    return {
        "eventId": event_id, "holdTtlSeconds": hold_ttl_s(read), "elements": [stage], "sections": list(sections.values()),
    }  # fmt: skip


def section_of(read: Read, row: Stock) -> MapSection:
    """Write a section of the map, its seats still to come."""
    ticket_type, _ = inventory.type_of(read, row)
    return {
        "name": row.section, "ticketTypeId": ticket_type["id"], "price": ticket_type["price"],
        "currency": ticket_type["currency"], "seats": [],
    }  # fmt: skip


def hold_ttl_s(read: Read) -> int:
    """Return how long seats are held for a holder, in seconds."""
    return int(read.store.settings[NAME]["hold_ttl_s"])


def snapshot(read: Read, event_id: str) -> TakenSeats:
    """Return which of an event's seats are taken: a seat that is not named is free (public). None is ever blocked here."""
    seated(read, event_id)
    states: dict[str, list[str]] = {"sold": [], "blocked": [], "held": []}
    for row, number, state, _, _ in seats.taken(read, wire.core_id(event_id)):
        states[state].append(wire.seat_id(row, number))
    return {"sold": states["sold"], "blocked": states["blocked"], "held": states["held"]}


def of_holder(read: Read, event_id: str, token: str) -> Record | None:
    """Return what a holder holds of an event, or None."""
    where: list[Condition] = [("event", "=", event_id), ("token_hash", "=", keys.digest(token))]
    return next(iter(records.find(read, HOLD, *where, limit=1)), None)


def claim_of(hold: Record, seat_id: str) -> str:
    """Return the name under which the stock knows one held seat, so that it can be released alone."""
    return f"{hold['id']}/{seat_id}"


def hold(world: World, event_id: str, body: HoldRequest) -> HeldSeats:
    """Hold these seats for a holder, in place of those held before, for the time that the settings give (public)."""
    with world.atomic() as tx:
        event = get_or_404(tx, EVENT, event_id)
        seated(tx, event_id)
        token = body["holderToken"] or tx.ids.secret(32)
        held = of_holder(tx, event_id, token) or new_hold(tx, event_id, token)
        wanted = list(dict.fromkeys(body["seatIds"]))
        held = drop(tx, held, [seat for seat in held["seatIds"] if seat not in wanted])
        fresh = [seat for seat in wanted if seat not in held["seatIds"]]
        got = [seat for seat in fresh if event["status"] == "published" and take_seat(tx, held, event_id, seat)]
        held = prolong(tx, held | {"seatIds": [seat for seat in wanted if seat in held["seatIds"] or seat in got]})
    failed = [seat for seat in wanted if seat not in held["seatIds"]]
    return {"held": held["seatIds"], "failed": failed, "holderToken": token, "expiresAt": held["expiresAt"]}


def new_hold(tx: Tx, event_id: str, token: str) -> Record:
    """Store that a holder holds nothing yet; of the token only its hash is kept."""
    hold: Record = {
        "id": wire.new_id(tx, "hld"), "eventId": event_id, "seatIds": [], "expiresAt": None, "createdAt": iso_s(tx.now),
    }  # fmt: skip
    records.put(tx, HOLD, hold, token_hash=keys.digest(token))
    return hold


def take_seat(tx: Tx, hold: Record, event_id: str, seat_id: str) -> bool:
    """Hold one seat; tells whether it was to be had."""
    try:
        place = place_of(tx, seat_id)
        if place.stock.event != wire.core_id(event_id):
            return False
        stock.hold(tx, place.stock.id, 1, NAME, claim_of(hold, seat_id), seat=place.number)
    except (Invalid, SoldOut):
        return False
    return True


def prolong(tx: Tx, held: Record) -> Record:
    """Store a hold with its time anew; one that holds nothing is gone."""
    if not held["seatIds"]:
        records.delete(tx, HOLD, held["id"])
        timers.stop(tx, NAME, LAPSES, held["id"])
        return held | {"expiresAt": None}
    until = later(tx.now, hold_ttl_s(tx) * 1000)
    held = held | {"expiresAt": iso_s(until)}
    records.update(tx, HOLD, held)
    timers.set(tx, Timer(NAME, LAPSES, held["id"], until))
    return held


def drop(tx: Tx, held: Record, seat_ids: list[str]) -> Record:
    """Free some of a holder's seats; returns what is left of the hold, not yet stored."""
    for seat_id in seat_ids:
        stock.release(tx, NAME, claim_of(held, seat_id))
    return held | {"seatIds": [seat for seat in held["seatIds"] if seat not in seat_ids]}


def release(world: World, event_id: str, body: ReleaseRequest) -> ReleasedSeats:
    """Free a holder's seats: those named, or all (public). Returns which; a holder of nothing frees nothing."""
    with world.atomic() as tx:
        seated(tx, event_id)
        held = of_holder(tx, event_id, body["holderToken"])
        if held is None:
            return {"released": []}
        released = [seat for seat in held["seatIds"] if body["seatIds"] is None or seat in body["seatIds"]]
        keep(tx, drop(tx, held, released))
    return {"released": released}


def lapse(tx: Tx, id: str) -> None:
    """Free every seat of a hold whose time is over."""
    held = records.get(tx, HOLD, id)
    if held is not None:
        prolong(tx, drop(tx, held, held["seatIds"]))


def take(tx: Tx, order: str, ticket_type: Record, places: tuple[Place, ...], token: str | None) -> None:
    """Hold chosen seats for an order: from its holder, whose they then no longer are, or free ones. SoldOut for another's."""
    held = of_holder(tx, ticket_type["eventId"], token) if token else None
    for place in places:
        seat_id = wire.seat_id(place.stock.id, place.number)
        if held and seat_id in held["seatIds"]:
            stock.hand_over(tx, "held", NAME, claim_of(held, seat_id), order)
            held = held | {"seatIds": [seat for seat in held["seatIds"] if seat != seat_id]}
            continue
        try:
            stock.hold(tx, place.stock.id, 1, NAME, order, seat=place.number)
        except SoldOut as error:
            about = {"ticketTypeId": ticket_type["id"], "venueSeatId": seat_id}
            raise SoldOut(f"Seat {seat_id} is not free.", available=place.stock.free, about=about) from error
    if held is not None:
        keep(tx, held)


def keep(tx: Tx, held: Record) -> None:
    """Store a hold whose seats were ordered, its time unchanged; one that holds nothing is gone."""
    if held["seatIds"]:
        records.update(tx, HOLD, held)
    else:
        prolong(tx, held)
