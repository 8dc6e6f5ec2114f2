"""Ticket types, each one section of its event in the shared stock: created, put on sale, and updated after any vendor's sales.

Seats that the organizer takes off sale are held under a reason and the ticket type's id, so that no vendor sells them."""

from collections.abc import Iterable, Iterator

from mockmarket import clock, errors, stock
from mockmarket.store import Read, Record, Tx, outbox, records, timers
from mockmarket.store.margins import Margin
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.records import CURRENCY, NAME, THRESHOLD, Ticket
from mockmarket.vendors.ticketnation.rules.events import notice_of

REDUCED = "reduced"
MARKED = "marked"
UNPUBLISHED = "unpublished"
DELETED = "deleted"
"""Reasons for which seats are held: a smaller quantity, marked as sold out, event off sale, ticket type deleted."""

LIVE = ("PUBLISHED", "SOLD_OUT")
RETURNED = ("released", "put_back", "added")
WITHHOLD = "withhold"


def add(tx: Tx, event: Record, body: Record, place: str = "") -> Record:
    """Store a new ticket type without seats; `place` is its position in the request, for a refusal."""
    check_name(tx, event["id"], body["name"], place)
    ticket = _new_ticket(tx.ids.uuid(), event["id"], tx.now, body | {"currency": event["currency"]})
    records.put(tx, wire.TICKET, ticket, **columns(ticket, None, body["name"]))
    return ticket


def _new_ticket(id: str, event: str, at: int, fields: Record) -> Record:
    status = "PUBLISHED" if fields["published"] else "DRAFT"
    price, counts = wire.pesos(wire.centavos(fields["price"])), {"sold": 0, "remaining": fields["quantity"]}
    return wire.new_record(Ticket, id, at, fields | {"eventId": event, "price": price, "status": status} | counts)


def columns(ticket: Record, show: str | None, section: str) -> Record:
    """Return the own columns of a new ticket type; one that starts below its threshold has not dropped below it."""
    low = int(ticket["remaining"] < ticket["lowInventoryThreshold"])
    return {"show": show, "section": section, "marked": 0, "low": low, "unsold": ticket["quantity"] - ticket["sold"]}


def check_name(read: Read, event: str, name: str, place: str = "") -> None:
    """Raise Invalid for a name that another ticket type of the event has (convention: buyers tell them apart by it)."""
    if any(ticket["name"] == name for ticket in records.find(read, wire.TICKET, ("event", "=", event))):
        details = [(f"{place}name", "must be unique within the event")]
        raise errors.Invalid(f"This event has a ticket type {name!r} already.", details=details)


def settled(tx: Tx, ticket: Record) -> Record:
    """Update a ticket type and its event; returns the ticket type."""
    changed = follow(tx, ticket["id"])
    follow_event(tx, ticket["eventId"])
    return changed


def reprice(tx: Tx, ticket: Record, own: Record) -> None:
    """Set a ticket type's new price on all its seats."""
    for row in seats(tx, own):
        stock.alter(tx, row.id, NAME, ticket["id"], price=wire.centavos(ticket["price"]))


def stock_changed(tx: Tx, change: stock.Change) -> Margin | None:
    """Update a ticket type after another vendor's change of its seats. Our own rules do so themselves."""
    if change.vendor == NAME:
        return None
    ticket = ticket_of(tx, change.stock)
    if ticket is None and change.what == "added":
        ticket = ticket_of_section(tx, change.stock)
    if ticket is None:
        return None
    ticket = settled(tx, ticket)
    if _reason_off(tx, ticket):
        if change.what in RETURNED:  # held again after every vendor was notified
            timers.set(tx, timers.Timer(NAME, WITHHOLD, ticket["id"], tx.now))
        return None
    until_low = ticket["remaining"] - ticket["lowInventoryThreshold"]
    until_last = ticket["quantity"] - ticket["sold"] - 1
    return Margin({(NAME, wire.TICKET.name, ticket["id"]): "stored"}, min(until_low, until_last))


def refresh(tx: Tx, id: str, moment: int) -> None:
    """Update the ticket type of a stock row's section after changes of seats, the last one at `moment`."""
    known = ticket_of(tx, stock.get(tx, id))
    stored = records.stored(tx, wire.TICKET, ("id", "=", known["id"])) if known else None
    if stored:
        ticket = counted(tx, *stored) | {"updatedAt": clock.iso_ms(moment)}
        records.update(tx, wire.TICKET, ticket, unsold=ticket["quantity"] - ticket["sold"])


def timer_fired(tx: Tx, timer: timers.Timer) -> None:
    """Hold again seats that another vendor freed while they are off sale."""
    if ticket := records.get(tx, wire.TICKET, timer.record):
        keep_off(tx, ticket)
        follow(tx, ticket["id"])


def ticket_of(read: Read, row: stock.Stock) -> Record | None:
    """Return the ticket type of a row of the shared stock, or None."""
    return records.first(read, wire.TICKET, ("show", "=", row.event), ("section", "=", row.section))


def ticket_of_section(tx: Tx, row: stock.Stock) -> Record | None:
    """Create the ticket type of a section put on sale elsewhere; None for an event that is not here."""
    event = records.first(tx, wire.EVENT, ("show", "=", row.event))
    if event is None:
        return None
    ticket = of_rows(event["id"], [row], THRESHOLD, tx.now)
    records.put(tx, wire.TICKET, ticket, **columns(ticket, row.event, row.section))
    return ticket


def of_rows(event: str, rows: list[stock.Stock], threshold: int, at: int) -> Record:
    """Return a ticket type of a section's rows, all of them free: its price is the first row's, read as pesos (convention)."""
    first, quantity = rows[0], sum(row.total for row in rows)
    sale = {"price": wire.pesos(first.price), "currency": CURRENCY, "quantity": quantity, "published": True}
    fields = sale | {"name": first.section, "lowInventoryThreshold": threshold}
    id = first.own_id(NAME) or wire.uuid_of("ticket", first.event, first.section)
    return _new_ticket(id, event, at, fields)


def seats(read: Read, own: Record) -> list[stock.Stock]:
    """Return the shared stock of a ticket type, by its own columns; [] before it is on sale."""
    return stock.of_event(read, own["show"], own["section"]) if own["show"] else []


def _withheld(read: Read, id: str, *why: str) -> int:
    return stock.quantity_of(read, NAME, [f"{reason}:{id}" for reason in why])


def counted(read: Read, ticket: Record, own: Record) -> Record:
    """Return a ticket type with its current price and numbers."""
    rows = seats(read, own)
    if not rows:
        return ticket | {"sold": 0, "remaining": ticket["quantity"]}
    quantity = sum(row.total for row in rows) - _withheld(read, ticket["id"], REDUCED, DELETED)
    free = sum(row.free for row in rows) + _withheld(read, ticket["id"], UNPUBLISHED)
    numbers = {"sold": sum(row.sold for row in rows), "remaining": 0 if own["marked"] else free}
    return ticket | {"price": wire.pesos(rows[0].price), "quantity": quantity} | numbers


def follow(tx: Tx, id: str, notify: bool = True) -> Record:
    """Update a ticket type from its seats and return it; ticket.inventory_low when it has just dropped below its threshold."""
    record, own = records.stored(tx, wire.TICKET, ("id", "=", id)) or records.Stored({}, {})
    ticket = counted(tx, record, own)
    unsold = 0 if own["marked"] else ticket["quantity"] - ticket["sold"]
    low = int(ticket["remaining"] < ticket["lowInventoryThreshold"])
    status = "DRAFT" if not ticket["published"] else "PUBLISHED" if unsold > 0 else "SOLD_OUT"
    ticket |= {"status": status, "updatedAt": clock.iso_ms(tx.now)}
    records.update(tx, wire.TICKET, ticket, low=low, unsold=unsold)
    dropped = low > own["low"]  # document: "drops below"
    if notify and dropped and ticket["published"] and is_live(tx, ticket["eventId"]):
        outbox.announce(tx, notice_of(tx, "ticket.inventory_low", ticket))
    return ticket


def is_live(read: Read, event: str) -> bool:
    """Return whether an event is published."""
    return (records.get(read, wire.EVENT, event) or {}).get("status") in LIVE


def follow_event(tx: Tx, id: str, notify: bool = True) -> None:
    """Update a published event from its ticket types: SOLD_OUT, and event.sold_out, once no ticket is left."""
    event = records.get(tx, wire.EVENT, id)
    if event is None or event["status"] not in LIVE:
        return
    on_sale: list[records.Condition] = [("event", "=", id), ("published", "=", 1)]
    left = records.first(tx, wire.TICKET, *on_sale, ("unsold", ">", 0))
    status = "PUBLISHED" if left or not records.first(tx, wire.TICKET, *on_sale) else "SOLD_OUT"
    if status == event["status"]:
        return
    changed = event | {"status": status, "updatedAt": clock.iso_ms(tx.now)}
    records.update(tx, wire.EVENT, changed)
    if status == "SOLD_OUT" and notify:
        outbox.announce(tx, notice_of(tx, "event.sold_out", changed))


def withhold(tx: Tx, why: str, id: str) -> None:
    """Hold every free seat of a ticket type for a reason."""
    for row in seats(tx, records.own(tx, wire.TICKET, id)):
        if row.free:
            stock.hold(tx, row.id, row.free, NAME, f"{why}:{id}")


def give_back(tx: Tx, why: str, id: str, quantity: int | None = None) -> None:
    """Free seats of a ticket type that are held for a reason, all or `quantity`."""
    stock.release(tx, NAME, f"{why}:{id}", quantity)


def keep_off(tx: Tx, ticket: Record) -> None:
    """Hold again freed seats of a ticket type that is marked as sold out or whose event is off sale."""
    if why := _reason_off(tx, ticket):
        withhold(tx, why, ticket["id"])


def _reason_off(read: Read, ticket: Record) -> str | None:
    if records.own(read, wire.TICKET, ticket["id"])["marked"]:
        return MARKED
    return UNPUBLISHED if records.own(read, wire.EVENT, ticket["eventId"])["withdrawn"] else None


def offer(tx: Tx, id: str) -> None:
    """Put a published ticket type's seats on sale at every vendor: as new shared stock, or by releasing the held ones."""
    ticket, own = records.get(tx, wire.TICKET, id) or {}, records.own(tx, wire.TICKET, id)
    if own["show"]:
        give_back(tx, UNPUBLISHED, id)
        return
    show = records.own(tx, wire.EVENT, ticket["eventId"])["show"]
    sections = wire.numbered(ticket["name"], " ")  # a deleted type's seats may still use its name
    section = next(section for section in sections if not stock.of_event(tx, show, section))
    records.update(tx, wire.TICKET, ticket, show=show, section=section)
    _add_row(tx, ticket, show, section, ticket["quantity"])


def _add_row(tx: Tx, ticket: Record, show: str, section: str, quantity: int) -> None:
    number = len(stock.of_event(tx, show, section)) + 1
    id, row = f"{NAME}-{ticket['id']}-{number}", "GA" if number == 1 else f"GA {number}"
    price, currency = wire.centavos(ticket["price"]), ticket["currency"]
    seats = stock.Stock(id, show, "general", section, row, None, quantity, price, currency)
    stock.put_on_sale(tx, seats, NAME, ticket["id"])


def resize(tx: Tx, ticket: Record, quantity: int) -> None:
    """Change the quantity of a ticket type on sale; Invalid for fewer than are sold or held by buyers."""
    id, own = ticket["id"], records.own(tx, wire.TICKET, ticket["id"])
    for why in (MARKED, UNPUBLISHED):
        give_back(tx, why, id)
    added = quantity - counted(tx, ticket, own)["quantity"]
    restored = min(max(added, 0), _withheld(tx, id, REDUCED))
    give_back(tx, REDUCED, id, restored)
    if added > restored:
        _add_row(tx, ticket, own["show"], own["section"], added - restored)
    if added < 0:
        rows = seats(tx, own)
        if sum(row.free for row in rows) < -added:
            words = f"must not be less than {sum(row.sold + row.held for row in rows) - _withheld(tx, id, REDUCED)}"
            raise errors.Invalid(f"quantity {words}.", details=[("quantity", f"{words}: those are sold or held")])
        for row, part in spread(reversed(rows), -added):  # the last rows first
            stock.hold(tx, row, part, NAME, f"{REDUCED}:{id}")
    keep_off(tx, ticket)


def spread(rows: Iterable[stock.Stock], quantity: int) -> Iterator[tuple[str, int]]:
    """Yield (row id, quantity) until the rows, in turn, provide the whole quantity."""
    for row in rows:
        if part := min(row.free, quantity):
            yield row.id, part
            quantity -= part
