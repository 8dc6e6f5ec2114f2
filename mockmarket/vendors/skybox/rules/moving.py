"""Changes of where a listing's seats are: its section, its row, its event."""

from dataclasses import replace
from itertools import pairwise

from mockmarket import stock
from mockmarket.store import Record, events, records
from mockmarket.vendors.skybox import wire
from mockmarket.vendors.skybox.callers import Session
from mockmarket.vendors.skybox.records.types import NAME, Payload
from mockmarket.vendors.skybox.rules import inventory, purchases, tickets
from mockmarket.vendors.skybox.wire import invalid


def move(session: Session, before: Record, place: Payload) -> tuple[Record, Record]:
    """Move a listing's tickets to another section, row or event, where they are for sale at once; returns what changes of the listing, and
    its columns. Sold tickets stay where they were sold. Invalid for seats that are held, taken or apart, and for an unknown event."""
    tx, id = session.tx, before["id"]
    inventory.check_mapped(before, next(iter(place)))
    pool, old = tickets.pool(tx, id), inventory.stock_of(tx, before)
    seats = [seat for _, seat in (tickets.stock_of(tx, ticket) for ticket in pool) if seat is not None]
    if not pool or not old or tickets.held_of(tx, id):
        raise invalid(next(iter(place)), f"Inventory {id} has no tickets left, or some on hold.", id)
    if any(later - seat != 1 for seat, later in pairwise(seats)):
        raise invalid(next(iter(place)), f"Inventory {id} has seats apart; split it to consecutive ones before.", id)
    row = stock.get(tx, old)
    show = events.get(tx, row.event)
    if "eventId" in place:
        own = records.own(tx, wire.EVENT, str(place["eventId"]))
        show = events.get(tx, own["show"]) if own else None
    if show is None:
        raise invalid("eventId", f"There is no event {place.get('eventId')}.", place.get("eventId"))
    goal = replace(row, id=f"sb-{tx.ids.text(10)}", event=show.id, total=len(pool), held=0, sold=0)
    goal = replace(goal, section=place.get("section", row.section), row=place.get("row", row.row))
    goal = replace(goal, first_seat=min(seats, default=None))
    purchases.check_free(tx, goal, next(iter(place)))
    stock.alter(tx, old, NAME, str(id), total=row.held + row.sold)
    stock.put_on_sale(tx, goal, NAME, str(id))
    tickets.mark(tx, pool, session.by, place, stock=goal.id)
    for line in {ticket["purchaseLineId"] for ticket in pool} - {None} if "eventId" in place else ():
        records.update(tx, wire.LINE, wire.get_or_refuse(tx, wire.LINE, None, line), event=place["eventId"])
    position = before["exchangePosId"] + inventory.POSITIONS  # public: renewed when section or row change
    return {**place, "exchangePosId": position}, {"stock": goal.id, **inventory.place_of(show)}
