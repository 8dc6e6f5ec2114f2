"""How a ticket type follows its seats in the shared stock, and how its seats are kept off sale; tells when little or nothing is left.

A ticket type is one section of its event: what every vendor sells of that section counts. Seats that the organizer takes
off sale are held in the shared stock under a reason and the ticket type's id, so that no window sells them.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from mockmarket import stock
from mockmarket.clock import iso_ms
from mockmarket.errors import Invalid
from mockmarket.stock import Stock
from mockmarket.store import Read, Tx, outbox, records, timers
from mockmarket.store.records import Record
from mockmarket.store.timers import Timer
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.records import NAME
from mockmarket.vendors.ticketnation.rules.organizations import hearing, owner_of_event
from mockmarket.vendors.ticketnation.wire import EVENT, TICKET

REDUCED = "reduced"
MARKED = "marked"
UNPUBLISHED = "unpublished"
DELETED = "deleted"
"""Why seats are held: fewer are offered, marked as sold out, the event is off sale, the ticket type is gone."""

LIVE = ("PUBLISHED", "SOLD_OUT")
RETURNED = ("released", "put_back", "added")
WITHHOLD = "withhold"


@dataclass(frozen=True, slots=True)
class Counts:
    """A ticket type in numbers: `unsold` are those that are not sold, none when it is marked so; `price` in centavos."""

    quantity: int
    sold: int
    remaining: int
    unsold: int
    price: int


def seats(read: Read, own: Record) -> list[Stock]:
    """Return the shared stock of a ticket type, by the values beside it; none before it is on sale."""
    return stock.of_event(read, own["show"], own["section"]) if own["show"] else []


def withheld(read: Read, why: str, id: str) -> int:
    """Return how many seats of a ticket type are held for a reason."""
    return sum(quantity for _, _, quantity, _ in stock.seats_of(read, NAME, f"{why}:{id}"))


def count(read: Read, ticket: Record, own: Record) -> Counts:
    """Return a ticket type in numbers as they are now."""
    rows = seats(read, own)
    if not rows:
        quantity = ticket["quantity"]
        return Counts(quantity, 0, quantity, quantity, round(ticket["price"] * 100))
    gone = withheld(read, REDUCED, ticket["id"]) + withheld(read, DELETED, ticket["id"])
    quantity = sum(row.total for row in rows) - gone
    sold = sum(row.sold for row in rows)
    if own["marked"]:
        return Counts(quantity, sold, 0, 0, rows[0].price)
    remaining = sum(row.free for row in rows) + withheld(read, UNPUBLISHED, ticket["id"])
    return Counts(quantity, sold, remaining, quantity - sold, rows[0].price)


def follow(tx: Tx, id: str, tell: bool = True) -> Record:
    """Bring a ticket type into line with its seats and return it; ticket.inventory_low when it has just dropped below its threshold.

    It is told once, and again only after the remaining quantity was no longer below (document: "drops below").
    """
    return settle(tx, records.get(tx, TICKET, id) or {}, records.own(tx, TICKET, id), tell)


def settle(tx: Tx, ticket: Record, own: Record, tell: bool) -> Record:
    """Store a ticket type with its numbers, status and whether it is low; announce that it has become low."""
    now = count(tx, ticket, own)
    low = now.remaining < ticket["lowInventoryThreshold"]
    status = "DRAFT" if not ticket["published"] else "SOLD_OUT" if own["marked"] or now.unsold <= 0 else "PUBLISHED"
    changed = ticket | {
        "price": wire.pesos(now.price), "quantity": now.quantity, "sold": now.sold, "remaining": now.remaining,
        "status": status, "updatedAt": iso_ms(tx.now),
    }  # fmt: skip
    records.put(tx, TICKET, changed, **(own | {"low": int(low), "unsold": now.unsold}))
    if tell and low and not own["low"] and ticket["published"] and is_live(tx, ticket["eventId"]):
        owner = owner_of_event(tx, ticket["eventId"])
        outbox.announce(tx, wire.low_notice(tx, changed, hearing(tx, owner, ticket["eventId"])))
    return changed


def is_live(read: Read, event: str) -> bool:
    """Tell whether an event is published."""
    record = records.get(read, EVENT, event)
    return record is not None and record["status"] in LIVE


def follow_event(tx: Tx, id: str, tell: bool = True) -> None:
    """Bring a published event into line with its ticket types: SOLD_OUT, and event.sold_out, once no ticket is left unsold."""
    event = records.get(tx, EVENT, id)
    if event is None or event["status"] not in LIVE:
        return
    on_sale = records.find(tx, TICKET, ("event", "=", id), ("published", "=", 1))
    left = records.count(tx, TICKET, [("event", "=", id), ("published", "=", 1), ("unsold", ">", 0)])
    status = "SOLD_OUT" if on_sale and not left else "PUBLISHED"
    if status == event["status"]:
        return
    changed = event | {"status": status, "updatedAt": iso_ms(tx.now)}
    records.update(tx, EVENT, changed)
    if status == "SOLD_OUT" and tell:
        outbox.announce(tx, wire.sold_out_notice(tx, changed, hearing(tx, owner_of_event(tx, id), id)))


def withhold(tx: Tx, why: str, id: str) -> None:
    """Hold every free seat of a ticket type for a reason."""
    for row in seats(tx, records.own(tx, TICKET, id)):
        if row.free:
            stock.hold(tx, row.id, row.free, NAME, f"{why}:{id}")


def give_back(tx: Tx, why: str, id: str, quantity: int | None = None) -> None:
    """Free what was held of a ticket type for a reason, all or so many."""
    stock.release(tx, NAME, f"{why}:{id}", quantity)


def keep_off(tx: Tx, ticket: Record) -> None:
    """Hold again what has come free of a ticket type that is marked as sold out or whose event is off sale."""
    own = records.own(tx, TICKET, ticket["id"])
    if own["marked"]:
        withhold(tx, MARKED, ticket["id"])
    elif records.own(tx, EVENT, ticket["eventId"])["withdrawn"]:
        withhold(tx, UNPUBLISHED, ticket["id"])


def offer(tx: Tx, id: str) -> None:
    """Put a published ticket type's seats on sale in every window: new shared stock, or what was held while its event was not."""
    ticket, own = records.get(tx, TICKET, id) or {}, records.own(tx, TICKET, id)
    if own["show"]:
        return give_back(tx, UNPUBLISHED, id)
    show = records.own(tx, EVENT, ticket["eventId"])["show"]
    section = unused(tx, show, ticket["name"])
    records.put(tx, TICKET, ticket, **(own | {"show": show, "section": section}))
    add_row(tx, ticket, show, section, ticket["quantity"])
    return None


def unused(read: Read, show: str, name: str) -> str:
    """Return a ticket type's name as a section that no seats of the event stand under, those of deleted types included."""
    names = (name if number == 1 else f"{name} {number}" for number in itertools.count(1))
    return next(section for section in names if not stock.of_event(read, show, section))


def add_row(tx: Tx, ticket: Record, show: str, section: str, quantity: int) -> None:
    """Put one more row of general admission of a ticket type on sale."""
    number = len(stock.of_event(tx, show, section))
    stock.put_on_sale(tx, Stock(
        id=f"{NAME}-{ticket['id']}-{number + 1}", event=show, kind="general", section=section,
        row=f"GA {number + 1}" if number else "GA", first_seat=None, total=quantity,
        price=round(ticket["price"] * 100), currency=ticket["currency"],
    ), NAME, ticket["id"])  # fmt: skip


def resize(tx: Tx, ticket: Record, quantity: int) -> None:
    """Offer more or fewer of a ticket type that is on sale; Invalid for fewer than are sold or held by buyers."""
    id, own = ticket["id"], records.own(tx, TICKET, ticket["id"])
    for why in (MARKED, UNPUBLISHED):
        give_back(tx, why, id)
    more = quantity - count(tx, ticket, own).quantity
    restored = min(max(more, 0), withheld(tx, REDUCED, id))
    give_back(tx, REDUCED, id, restored)
    if more > restored:
        add_row(tx, ticket, own["show"], own["section"], more - restored)
    if more < 0:
        reduce(tx, own, id, -more)
    keep_off(tx, ticket)


def reduce(tx: Tx, own: Record, id: str, fewer: int) -> None:
    """Take so many free seats of a ticket type off sale, the last rows first."""
    rows = seats(tx, own)
    if sum(row.free for row in rows) < fewer:
        least = sum(row.sold + row.held for row in rows) - withheld(tx, REDUCED, id)
        raise Invalid(
            f"quantity must not be less than {least}.",
            details=[("quantity", f"must not be less than {least}: those are sold or held")],
        )
    for row in reversed(rows):
        part = min(row.free, fewer)
        if part:
            stock.hold(tx, row.id, part, NAME, f"{REDUCED}:{id}")
            fewer -= part


def ticket_of(read: Read, row: Stock) -> Record | None:
    """Return the ticket type that a row of the shared stock is of, or None."""
    return next(
        iter(records.find(read, TICKET, ("show", "=", row.event), ("section", "=", row.section), limit=1)), None
    )


def timer_fired(tx: Tx, timer: Timer) -> None:
    """Hold again what others gave back of what is off sale."""
    ticket = records.get(tx, TICKET, timer.record)
    if ticket is not None:
        keep_off(tx, ticket)
        follow(tx, ticket["id"])


def returned(tx: Tx, ticket: Record) -> None:
    """Have seats that another vendor gave back held again, once every vendor knows that they came back."""
    own, event = records.own(tx, TICKET, ticket["id"]), records.own(tx, EVENT, ticket["eventId"])
    if own["marked"] or event["withdrawn"]:
        timers.set(tx, Timer(NAME, WITHHOLD, ticket["id"], tx.now))
