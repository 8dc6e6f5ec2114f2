"""Holds: seats of a listing held until a date; holds of other marketplaces are records here too."""

from collections.abc import Sequence

from mockmarket import clock, errors, stock
from mockmarket.store import Read, Record, Tx, records, timers
from mockmarket.vendors.skybox import callers, wire
from mockmarket.vendors.skybox.records.inventory import Hold
from mockmarket.vendors.skybox.records.types import NAME, Payload
from mockmarket.vendors.skybox.rules import inventory, notifications, tickets

EXPIRES = "hold_expires"


def claim_of(hold: int) -> str:
    """Return the record name of a hold's claim on the shared stock."""
    return f"hold:{hold}"


def standing(read: Read, account: int, id: int) -> Record:
    """Return an account's own active hold; NotFound for a removed one, Invalid for another marketplace's."""
    hold = wire.get_or_refuse(read, wire.HOLD, account, id)
    if hold["removedDate"] is not None:
        raise errors.NotFound(f"There is no hold {id} any more.")
    check_own(read, hold)
    return hold


def check_own(read: Read, hold: Payload, path: str = "id") -> None:
    """Raise Invalid, naming the field, for a hold of another marketplace."""
    if records.own(read, wire.HOLD, str(hold["id"]))["source"]:
        raise wire.invalid(path, f"Hold {hold['id']} is {hold['user']}'s own and ends there.", hold["id"])


def _check_customer(session: callers.Session, body: Payload) -> None:
    if body.get("customerId") is not None:
        wire.get_or_refuse(session.tx, wire.CUSTOMER, session.account, body["customerId"], "customerId")


def create(session: callers.Session, body: Payload) -> Record:
    """Hold tickets of a listing until expiryDate; until then they are off sale everywhere."""
    _check_customer(session, body)
    ends = _expiry(session.tx, body["expiryDate"])
    listing = _listing_of(session.tx, session.account, body)
    inventory.check_mapped(listing, "inventoryId")
    return place(session.tx, listing, _choose(tickets.pool(session.tx, listing["id"]), body), body, ends, session.by)


def place(
    tx: Tx, listing: Record, chosen: Sequence[Record], body: Payload, ends: int, by: callers.Actor, source: str = ""
) -> Record:
    """Hold tickets until a moment or until removed, or record another marketplace's hold (`source`), which has them already."""
    head = {name: listing[name] for name in ("accountId", "section", "row", "listPrice", "eventId")}
    head |= {"id": wire.next_number(tx, wire.HOLD), "inventoryId": listing["id"], "createdDate": wire.moment(tx.now)}
    head |= {
        "user": body.get("user") or by.name,
        "userId": body.get("userId") or by.user,
        "expiryDate": wire.moment(ends),
    }
    hold = wire.new_record(Hold, body, **head, **_seats_of(chosen))
    own = {"created_at": tx.now, "expires_at": ends, "position": listing["exchangePosId"], "source": source}
    own["starts_at"] = records.own(tx, wire.INVENTORY, str(listing["id"]))["starts_at"]
    records.put(tx, wire.HOLD, hold, removed=0, **own)
    if not source:
        timers.set(tx, timers.Timer(NAME, EXPIRES, str(hold["id"]), ends))
        with wire.blamed_on("quantity", len(chosen)):
            tickets.claim(tx, chosen, stock.hold_named, stock.hold, claim_of(hold["id"]))
    tickets.mark(tx, chosen, by, {}, hold=hold["id"])
    notifications.created(tx, "HOLD", [hold], by)
    inventory.refresh(tx, listing["id"], by)
    return hold


def _expiry(read: Read, text: str) -> int:
    try:
        ends = clock.parse_iso(text)
    except ValueError:
        raise wire.invalid("expiryDate", "must be an ISO 8601 date-time", text) from None
    if ends <= read.now:
        raise wire.invalid("expiryDate", "must be in the future, and before the year 10000", text)
    return ends


def _listing_of(read: Read, account: int, body: Payload) -> Record:
    id, position = body.get("inventoryId"), body.get("exchangePosId")
    if id is not None:
        listing = wire.get_or_refuse(read, wire.INVENTORY, account, id, "inventoryId")
        if position not in (None, listing["exchangePosId"]):
            raise wire.invalid("exchangePosId", f"is not inventory {listing['id']}'s; give one of the two", position)
        return listing
    if position is None:
        raise wire.invalid("inventoryId", "may not be null, unless there is an exchangePosId")
    if named := inventory.of_position(read, account, position):
        return named
    raise wire.invalid("exchangePosId", "There is no such inventory on this account.", position)


def _choose(pool: Sequence[Record], body: Payload) -> list[Record]:
    # From `lowSeat` on; without a quantity, all remaining ones (convention).
    low, quantity = body.get("lowSeat"), body.get("quantity")
    chosen = [ticket for ticket in pool if low is None or ticket["seatNumber"] >= low][:quantity]
    if not chosen or len(chosen) < (quantity or 1):
        raise wire.invalid("quantity", f"Only {len(chosen)} tickets are left to hold there.", quantity)
    if low is not None and chosen[0]["seatNumber"] != low:
        raise wire.invalid("lowSeat", f"Seat {low} is not for sale.", low)
    return chosen


def _seats_of(chosen: Sequence[Payload]) -> Record:
    seats = sorted(ticket["seatNumber"] for ticket in chosen)
    return {"quantity": len(seats), "seats": ",".join(map(str, seats)), "cost": wire.total(chosen, "cost")}


def update(session: callers.Session, id: int, body: Record) -> Record:
    """Change a hold's expiry, user and notes; the seats stay the same."""
    tx = session.tx
    before = standing(tx, session.account, id)
    _check_customer(session, body)
    after, own = before | body, {}
    if after["expiryDate"] != before["expiryDate"]:
        ends = _expiry(tx, after["expiryDate"])
        after["expiryDate"], own = wire.moment(ends), {"expires_at": ends}
        timers.set(tx, timers.Timer(NAME, EXPIRES, str(id), ends))
    records.update(tx, wire.HOLD, after, **own)
    notifications.updated(tx, "HOLD", before, after, session.by)
    return after


def remove(session: callers.Session, id: int) -> Record:
    """Remove a hold: its tickets are for sale again everywhere; answers the hold."""
    return end(session.tx, standing(session.tx, session.account, id), session.by)


def remove_all(session: callers.Session, listing: int) -> list[Record]:
    """Remove the account's own holds on a listing; answers them. Other marketplaces' holds stay."""
    active = inventory.holds(session.tx, session.account, listing)
    own = [hold for hold in active if not records.own(session.tx, wire.HOLD, str(hold["id"]))["source"]]
    return [end(session.tx, hold, session.by) for hold in own]


def end(tx: Tx, hold: Record, by: callers.Actor) -> Record:
    """End a hold of this account: frees its seats everywhere, HOLD DELETED, INVENTORY UPDATED."""
    freed = tickets.of(tx, hold=hold["id"])
    stock.release(tx, NAME, claim_of(hold["id"]))
    tickets.free(tx, freed, by)
    removed = strike(tx, hold, by)
    inventory.refresh_all(tx, {ticket["inventoryId"] for ticket in freed}, by)
    return removed


def strike(tx: Tx, hold: Record, by: callers.Actor) -> Record:
    """Store a hold as removed and notify; its tickets have left it already."""
    timers.stop(tx, NAME, EXPIRES, str(hold["id"]))
    removed = hold | {"removedByUserId": by.user, "removedDate": wire.moment(tx.now)}
    records.update(tx, wire.HOLD, removed, removed=1)
    notifications.deleted(tx, "HOLD", removed, by)
    return removed


def shrink(tx: Tx, id: int, by: callers.Actor) -> None:
    """Update a hold after tickets have left it: HOLD UPDATED, or DELETED when none is left."""
    before, left = wire.get_or_refuse(tx, wire.HOLD, None, id), tickets.of(tx, hold=id)
    if not left:
        strike(tx, before, by)
    else:
        records.update(tx, wire.HOLD, after := before | _seats_of(left))
        notifications.updated(tx, "HOLD", before, after, by)


def recount(tx: Tx, changed: Sequence[Record], by: callers.Actor) -> None:
    """Update the holds on changed tickets."""
    for id in tickets.holds_of(tx, changed):
        shrink(tx, id, by)


def timer_fired(tx: Tx, timer: timers.Timer) -> None:
    """End an expired hold; the actor has no application."""
    if (hold := records.get(tx, wire.HOLD, timer.record)) and hold["removedDate"] is None:
        end(tx, hold, callers.Actor("SkyBox"))
