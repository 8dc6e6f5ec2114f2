"""Holds: seats of a listing kept for somebody until a date; other marketplaces' holds stand here too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockmarket import stock
from mockmarket.clock import LATEST, parse_iso
from mockmarket.store import Read, Tx, records, timers
from mockmarket.store.records import Record
from mockmarket.store.timers import Timer
from mockmarket.vendors.skybox.callers import Actor
from mockmarket.vendors.skybox.rules import inventory, parties, refusing, telling, tickets
from mockmarket.vendors.skybox.wire import formats, orders
from mockmarket.vendors.skybox.wire.formats import NAME
from mockmarket.vendors.skybox.wire.kinds import FIRST, HOLD, INVENTORY
from mockmarket.vendors.skybox.wire.parties import CUSTOMER
from mockmarket.worlds.world import World

EXPIRES = "hold_expires"
CHANGEABLE = ("notes", "externalRef", "customerId", "user")


def claim_of(hold: int) -> str:
    """Return under which name a hold has its seats in the shared stock."""
    return f"hold:{hold}"


def found(read: Read, account: int, id: int) -> Record:
    """Return an account's hold, one that was removed too; NotFound when there is none."""
    return refusing.found(read, HOLD, account, id, "hold")


def standing(read: Read, account: int, id: int) -> Record:
    """Return an account's hold that still stands and is its own; NotFound for one that was removed, Invalid for another's."""
    hold = found(read, account, id)
    if hold["removedDate"] is not None:
        raise refusing.gone("hold", id)
    check_own(read, hold)
    return hold


def check_own(read: Read, hold: Mapping[str, Any], path: str = "id") -> None:
    """Raise Invalid, naming the field, for a hold that another marketplace has made."""
    if records.own(read, HOLD, str(hold["id"]))["source"]:
        raise refusing.invalid(path, f"Hold {hold['id']} is {hold['user']}'s own and ends there.", hold["id"])


def create(world: World, account: int, given: Mapping[str, Any], by: Actor) -> Record:
    """Hold seats of a listing from `lowSeat` on, all that are left without a quantity (convention)."""
    with world.atomic() as tx:
        if given.get("customerId") is not None:
            parties.check_known(tx, CUSTOMER, account, given["customerId"], "customerId")
        ends = expiry(tx, given["expiryDate"])
        listing = listing_of(tx, account, given)
        chosen = choose(tickets.pool(tx, listing["id"]), given)
        return place(tx, listing, chosen, {**given, "expiryDate": formats.moment(ends)}, by)


def place(tx: Tx, listing: Record, chosen: Sequence[Record], given: Mapping[str, Any], by: Actor) -> Record:
    """Hold tickets within a transaction, until its `expiryDate` or until it is removed."""
    ends = parse_iso(given["expiryDate"])
    said = {**given, "user": given.get("user") or by.name, "userId": by.user}
    hold = write(tx, listing, chosen, said, ends, "")
    timers.set(tx, Timer(NAME, EXPIRES, str(hold["id"]), ends))
    take(tx, listing, chosen, hold["id"])
    keep(tx, listing, chosen, hold, by)
    return hold


def expiry(read: Read, given: str) -> int:
    """Return when a hold ends; Invalid for a moment that is no date, or over."""
    try:
        ends = parse_iso(given)
    except (ValueError, OverflowError):
        raise refusing.invalid("expiryDate", "must be an ISO 8601 date-time", given) from None
    if not read.now < ends <= LATEST:
        raise refusing.invalid("expiryDate", "must be in the future, and before the year 10000", given)
    return ends


def listing_of(read: Read, account: int, given: Mapping[str, Any]) -> Record:
    """Return the listing that is to be held, by its id or by its exchangePosId."""
    position = given.get("exchangePosId")
    if given.get("inventoryId") is not None:
        named = inventory.listed(read, account, given["inventoryId"], "inventoryId")
        if position not in (None, named["exchangePosId"]):
            raise refusing.invalid("exchangePosId", f"is not inventory {named['id']}'s; give one of the two", position)
        return named
    if position is None:
        raise refusing.invalid("inventoryId", "may not be null, unless there is an exchangePosId")
    there = records.find(read, INVENTORY, ("account", "=", account), ("position", "=", position), limit=1)
    if not there:
        raise refusing.invalid("exchangePosId", "There is no such inventory on this account.", position)
    return there[0]


def choose(pool: Sequence[Record], given: Mapping[str, Any]) -> list[Record]:
    """Choose the tickets to hold: from `lowSeat` on, side by side where that is said; Invalid when they are not to be had."""
    low, quantity = given.get("lowSeat"), given.get("quantity")
    chosen = [one for one in pool if low is None or one["seatNumber"] >= low][:quantity]
    if not chosen or len(chosen) < (quantity or 1):
        raise refusing.invalid("quantity", f"Only {len(chosen)} tickets are left to hold there.", quantity)
    if low is not None and chosen[0]["seatNumber"] != low:
        raise refusing.invalid("lowSeat", f"Seat {low} is not for sale.", low)
    return chosen


def write(
    tx: Tx, listing: Record, chosen: Sequence[Record], said: Mapping[str, Any], ends: int, source: str
) -> Record:  # fmt: skip
    """Store a new hold, untold."""
    id = formats.next_number(tx, HOLD, FIRST[HOLD])
    hold = orders.hold(id, listing, said, [one["seatNumber"] for one in chosen], tx.now)
    own = records.own(tx, INVENTORY, str(listing["id"]))
    records.put(
        tx, HOLD, hold, source=source, removed=0, created_at=tx.now, expires_at=ends, starts_at=own["starts_at"],
        position=listing["exchangePosId"],
    )  # fmt: skip
    return hold


def take(tx: Tx, listing: Record, chosen: Sequence[Record], hold: int) -> None:
    """Take seats off every window for a hold of this account's."""
    row = stock.get(tx, inventory.stock_of(tx, listing))
    with refusing.blamed_on("quantity", len(chosen)):
        if row.first_seat is None:
            stock.hold(tx, row.id, len(chosen), NAME, claim_of(hold))
        else:
            seats = [seat for _, seat in (tickets.stock_of(tx, one) for one in chosen) if seat is not None]
            stock.hold_named(tx, row.id, seats, NAME, claim_of(hold))


def keep(tx: Tx, listing: Record, chosen: Sequence[Record], hold: Record, by: Actor) -> None:
    """Put tickets on a hold and tell of it: HOLD CREATED, INVENTORY UPDATED."""
    tickets.keep(tx, chosen, hold["id"], by)
    telling.created(tx, "HOLD", hold, by)
    inventory.refresh(tx, listing["id"], by)


def update(world: World, account: int, id: int, given: Mapping[str, Any], by: Actor) -> Record:
    """Change a hold: until when, for whom and why; its seats stay."""
    with world.atomic() as tx:
        before = standing(tx, account, id)
        if given.get("customerId") is not None:
            parties.check_known(tx, CUSTOMER, account, given["customerId"], "customerId")
        after = before | {name: given[name] for name in CHANGEABLE if name in given}
        own = records.own(tx, HOLD, str(id))
        if given.get("expiryDate") is not None and given["expiryDate"] != before["expiryDate"]:
            ends = expiry(tx, given["expiryDate"])
            after["expiryDate"], own["expires_at"] = formats.moment(ends), ends
            timers.set(tx, Timer(NAME, EXPIRES, str(id), ends))
        records.put(tx, HOLD, after, **own)
        telling.updated(tx, "HOLD", before, after, by)
        return after


def remove(world: World, account: int, id: int, by: Actor) -> Record:
    """Remove a hold: its seats are for sale again."""
    with world.atomic() as tx:
        return end(tx, standing(tx, account, id), by)


def remove_all(world: World, account: int, listing: int, by: Actor) -> list[Record]:
    """Remove this account's own holds on a listing; other marketplaces' stay."""
    with world.atomic() as tx:
        inventory.found(tx, account, listing)
        there = inventory.active_holds(tx, listing)
        own = [one for one in there if not records.own(tx, HOLD, str(one["id"]))["source"]]
        return [end(tx, one, by) for one in own]


def end(tx: Tx, hold: Record, by: Actor) -> Record:
    """End a hold of this account's: free its seats everywhere, HOLD DELETED, INVENTORY UPDATED."""
    there = tickets.on_hold(tx, hold["id"])
    stock.release(tx, NAME, claim_of(hold["id"]))
    tickets.free(tx, there, by)
    gone = strike(tx, hold, by)
    for id in sorted({one["inventoryId"] for one in there}):
        inventory.refresh(tx, id, by)
    return gone


def strike(tx: Tx, hold: Record, by: Actor) -> Record:
    """Store a hold as removed and tell of it, its tickets being gone from it already."""
    timers.stop(tx, NAME, EXPIRES, str(hold["id"]))
    gone = hold | {"removedByUserId": by.user, "removedDate": formats.moment(tx.now)}
    records.put(tx, HOLD, gone, **records.own(tx, HOLD, str(hold["id"])) | {"removed": 1})
    telling.deleted(tx, "HOLD", gone, by)
    return gone


def shrink(tx: Tx, id: int, by: Actor) -> None:
    """Bring a hold into line with the tickets that are still on it: HOLD UPDATED, or DELETED without any."""
    before = records.find(tx, HOLD, ("number", "=", id), limit=1)[0]
    left = tickets.on_hold(tx, id)
    if not left:
        strike(tx, before, by)
        return
    seats = [one["seatNumber"] for one in left]
    after = before | {"quantity": len(seats), "seats": orders.seat_text(seats)}
    records.update(tx, HOLD, after)
    telling.updated(tx, "HOLD", before, after, by)


def lapse(tx: Tx, id: str) -> None:
    """End a hold whose time is up; nobody's application did that."""
    hold = records.get(tx, HOLD, id)
    if hold is not None and hold["removedDate"] is None:
        end(tx, hold, Actor("SkyBox"))
