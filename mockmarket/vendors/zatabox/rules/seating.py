"""Numbered seats: held for a holder until they are ordered, released, or lapse."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass

from mockmarket import stock
from mockmarket.clock import iso_s, later
from mockmarket.errors import Invalid, NotFound, SoldOut
from mockmarket.stock import Stock
from mockmarket.store import Read, Tx, keys, records, timers
from mockmarket.store.records import Record
from mockmarket.store.timers import Timer
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records.common import NAME
from mockmarket.vendors.zatabox.wire import HOLD

LAPSES = "seat_hold_lapses"


@dataclass(frozen=True, slots=True)
class Place:
    """One numbered seat of a stock row."""

    stock: Stock
    number: int

    @property
    def id(self) -> str:
        """What holds and orders call it."""
        return wire.seat_id(self.stock.id, self.number)


def place_of(read: Read, seat_id: str) -> Place:
    """Return the seat with this id; Invalid when there is none."""
    row_id, _, number = seat_id.rpartition("-")
    with suppress(NotFound):
        row = stock.get(read, row_id)
        first = row.first_seat if re.fullmatch("[0-9]{1,7}", number) else None
        if first is not None and first <= int(number) < first + row.total:
            return Place(row, int(number))
    raise Invalid(f"There is no seat {seat_id}.", details=[("venueSeatIds", f"no seat {seat_id}")])


def of_holder(read: Read, event_id: str, token: str) -> Record | None:
    """Return what a holder holds of an event, or None."""
    return records.first(read, HOLD, ("event", "=", event_id), ("token_hash", "=", keys.digest(token)))


def claim_of(hold: Record, seat_id: str) -> str:
    """Return the name under which the stock knows one held seat, so that it can be released alone."""
    return f"{hold['id']}/{seat_id}"


def ttl_s(read: Read) -> int:
    """Return how long seats are held for a holder, in seconds."""
    return int(read.store.settings[NAME]["hold_ttl_s"])


def keep(tx: Tx, hold: Record, prolong: bool = False) -> Record:
    """Store a hold, its time unchanged or, with `prolong`, anew; one that holds nothing is gone."""
    if not hold["seatIds"]:
        records.delete(tx, HOLD, hold["id"])
        timers.stop(tx, NAME, LAPSES, hold["id"])
        return hold | {"expiresAt": None}
    if prolong:
        until = later(tx.now, ttl_s(tx) * 1000)
        timers.set(tx, Timer(NAME, LAPSES, hold["id"], until))
        hold = hold | {"expiresAt": iso_s(until)}
    records.update(tx, HOLD, hold)
    return hold


def drop(tx: Tx, hold: Record, seat_ids: list[str]) -> Record:
    """Free some of a holder's seats; returns what is left of the hold, not yet stored."""
    for seat_id in seat_ids:
        stock.release(tx, NAME, claim_of(hold, seat_id))
    return hold | {"seatIds": [seat for seat in hold["seatIds"] if seat not in seat_ids]}


def lapse(tx: Tx, id: str) -> None:
    """Free every seat of a hold whose time is over."""
    hold = records.get(tx, HOLD, id)
    if hold is not None:
        keep(tx, drop(tx, hold, hold["seatIds"]))


def take(tx: Tx, order: str, ticket_type: Record, places: tuple[Place, ...], token: str | None) -> None:
    """Hold chosen seats for an order: from its holder, whose they then no longer are, or free ones. SoldOut for another's."""
    hold = of_holder(tx, ticket_type["eventId"], token) if token else None
    for place in places:
        if hold and place.id in hold["seatIds"]:
            stock.hand_over(tx, "held", NAME, claim_of(hold, place.id), order)
            hold["seatIds"].remove(place.id)
            continue
        try:
            stock.hold(tx, place.stock.id, 1, NAME, order, seat=place.number)
        except SoldOut as error:
            about = {"ticketTypeId": ticket_type["id"], "venueSeatId": place.id}
            raise SoldOut(f"Seat {place.id} is not free.", available=place.stock.free, about=about) from error
    if hold is not None:
        keep(tx, hold)
