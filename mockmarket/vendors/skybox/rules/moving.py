"""Changes of where a listing's seats are: its section, its row, its event, their numbers."""

from dataclasses import replace
from itertools import pairwise

from mockmarket import stock
from mockmarket.store import Read, Record, events, records
from mockmarket.vendors.skybox import wire
from mockmarket.vendors.skybox.callers import Session
from mockmarket.vendors.skybox.records.types import NAME, Payload
from mockmarket.vendors.skybox.rules import inventory, purchases, tickets
from mockmarket.vendors.skybox.wire import invalid


def shift_of(read: Read, before: Payload, body: Payload) -> int:
    """Return how far an update moves the numbers of a listing's seats, by its tickets' numbers, else by the lowest and the highest. Invalid
    unless every seat moves as far, to a number from 1."""
    pool = tickets.pool(read, before["id"])
    sent = {
        ticket["id"]: ticket["seatNumber"]
        for ticket in body.get("tickets") or ()
        if {"id", "seatNumber"} <= ticket.keys()
    }
    named = [(ticket["seatNumber"], sent[ticket["id"]]) for ticket in pool if ticket["id"] in sent]
    changed = any(old != new for old, new in named)
    ends = [(before[name], body[name]) for name in ("lowSeat", "highSeat") if body.get(name) and before[name]]
    shifts = {new - old for old, new in (named if changed else ends)}
    if len(shifts) > 1 or (changed and len(named) < len(pool)) or min(shifts, default=0) + (before["lowSeat"] or 1) < 1:
        raise invalid(
            "tickets" if changed else "lowSeat", "must move every seat as far, to a number from 1", list(shifts)
        )
    return shifts.pop() if shifts else 0


def move(session: Session, before: Record, place: Payload, shift: int = 0) -> tuple[Record, Record]:
    """Move a listing's tickets to another section, row or event, or to other seats, where they are for sale at once; returns what changes
    of the listing, and its columns. Sold tickets stay where they were sold. Invalid for seats that are held, taken or apart, and for an
    unknown event."""
    tx, id, path = session.tx, before["id"], next(iter(place), "lowSeat")
    inventory.check_mapped(before, path)
    pool, old = tickets.pool(tx, id), inventory.stock_of(tx, before)
    seats = [seat for _, seat in (tickets.stock_of(tx, ticket) for ticket in pool) if seat is not None]
    if not pool or not old or tickets.held_of(tx, id):
        raise invalid(path, f"Inventory {id} has no tickets left, or some on hold.", id)
    if any(later - seat != 1 for seat, later in pairwise(seats)):
        raise invalid(path, f"Inventory {id} has seats apart; split it to consecutive ones before.", id)
    row = stock.get(tx, old)
    show = events.get(tx, row.event)
    if "eventId" in place:
        own = records.own(tx, wire.EVENT, str(place["eventId"]))
        show = events.get(tx, own["show"]) if own else None
    if show is None:
        raise invalid("eventId", f"There is no event {place.get('eventId')}.", place.get("eventId"))
    goal = replace(row, id=f"sb-{tx.ids.text(10)}", event=show.id, total=len(pool), held=0, sold=0)
    goal = replace(goal, section=place.get("section", row.section), row=place.get("row", row.row))
    goal = replace(goal, first_seat=seats[0] + shift if seats else None)
    stock.alter(tx, old, NAME, str(id), total=row.held + row.sold)
    purchases.check_free(tx, goal, path)
    stock.put_on_sale(tx, goal, NAME, str(id))
    for number, ticket in enumerate(pool):
        changes = {**place, "seatNumber": ticket["seatNumber"] + shift}
        tickets.mark(tx, [ticket], session.by, changes, stock=goal.id, seat=seats[number] + shift if seats else None)
    for line in {ticket["purchaseLineId"] for ticket in pool} - {None} if "eventId" in place else ():
        records.update(tx, wire.LINE, wire.get_or_refuse(tx, wire.LINE, None, line), event=place["eventId"])
    position = before["exchangePosId"] + inventory.POSITIONS  # public: renewed when section or row change
    ends = {name: before[name] + shift for name in ("lowSeat", "highSeat")}
    return {**place, **ends, "exchangePosId": position}, {"stock": goal.id, **inventory.place_of(show)}
