"""Purchases: where inventory is born (public: there is no other call for it)."""

from __future__ import annotations

from collections.abc import Sequence

from mockmarket import stock
from mockmarket.stock import Stock
from mockmarket.store import Read, Tx, events, records
from mockmarket.store.events import Event
from mockmarket.store.records import Record
from mockmarket.vendors.skybox import wire
from mockmarket.vendors.skybox.callers import Actor, Session
from mockmarket.vendors.skybox.records.types import MOST_PRICE, NAME, Payload
from mockmarket.vendors.skybox.rules import inventory, notifications, orders, tickets
from mockmarket.vendors.skybox.rules.inventory import MOST_TICKETS
from mockmarket.vendors.skybox.rules.violations import get_or_refuse, invalid
from mockmarket.vendors.skybox.wire import EVENT, INVENTORY, PURCHASE, VENDOR

TYPE = "PURCHASE"
STEPS = {"ALTERNATING": 2}


def create(session: Session, body: Payload) -> Record:
    """Buy: a line with `inventory` brings a listing that is on sale at once, any other is generic."""
    # PURCHASE, LINE for each line, INVENTORY for each inventory line.
    tx, by = session.tx, session.by
    get_or_refuse(tx, VENDOR, session.account, body["vendorId"], "vendorId")
    purchase = orders.write(tx, TYPE, session.account, body, by)
    added, listings = add_lines(tx, purchase, body["lines"], by)
    purchase = orders.open_target(tx, TYPE, purchase, added, by)
    notifications.created(tx, "INVENTORY", listings, by)
    return orders.with_lines(tx, TYPE, purchase)


def add_lines(tx: Tx, purchase: Record, bodies: Sequence[Payload], by: Actor) -> tuple[list[Record], list[Record]]:
    """Store new lines of a purchase; returns them, and the inventory that they brought, all untold."""
    added, listings = [], []
    for place, body in enumerate(bodies):
        if body.get("inventory") is None:
            added.append(orders.add(tx, purchase, TYPE, generic(body, f"lines.{place}"), by))
        else:
            line, listing = bring(tx, purchase, body, f"lines.{place}", by)
            added.append(line)
            listings.append(listing)
    return added, listings


def generic(body: Payload, path: str) -> Record:
    """Return what a line without tickets says; Invalid for an inventory line that has no inventory."""
    if body.get("lineItemType") == "INVENTORY":
        raise invalid(f"{path}.inventory", "is needed on an INVENTORY line")
    if body.get("amount") is None:
        raise invalid(f"{path}.amount", "may not be null")
    return {**body, "lineItemType": "GENERIC", "quantity": body.get("quantity") or 1}


def bring(tx: Tx, purchase: Record, body: Payload, path: str, by: Actor) -> tuple[Record, Record]:
    """Store an inventory line with its new listing, which is on sale in every window at once."""
    where = f"{path}.inventory"
    show = event_of(tx, body["inventory"], where)
    seats = seats_of(body["inventory"], body, where)
    listed = priced(body, len(seats), where)
    row = row_of(tx, purchase, show, listed, seats)
    check_free(tx, row, where)
    amount = listed["cost"] * len(seats) if body.get("amount") is None else body["amount"]
    own = {"lineItemType": "INVENTORY", "quantity": len(seats), "amount": wire.money(wire.cents(amount))}
    line = orders.add(tx, purchase, TYPE, {**body, **own, "event": wire.number_of(show.id)}, by)
    stock.put_on_sale(tx, row, NAME, str(line["id"]))
    bought = {"vendor": purchase["vendorId"], "purchase": purchase["id"]}
    listing = inventory.add(tx, purchase["accountId"], row, listed, by, **bought)
    numbered = [(seat, None if row.first_seat is None else row.first_seat + place) for place, seat in enumerate(seats)]
    orders.fill(tx, line, tickets.issue(tx, listing, row.id, numbered, line["id"]), listing)
    return line, inventory.fill(tx, listing)


def add_more(session: Session, id: int, bodies: Sequence[Payload]) -> list[Record]:
    """Add lines to a purchase; answers them."""
    tx, by = session.tx, session.by
    purchase = get_or_refuse(tx, PURCHASE, session.account, id)
    added, listings = add_lines(tx, purchase, bodies, by)
    notifications.created(tx, "LINE", added, by)
    notifications.created(tx, "INVENTORY", listings, by)
    orders.settle(tx, TYPE, purchase, purchase, by)
    return [orders.with_inventory(tx, line) for line in added]


def add_inventory(session: Session, id: int, bodies: Sequence[Payload]) -> list[Record]:
    """Add inventory, a line for each listing; answers the listings."""
    return [line["inventory"] for line in add_more(session, id, [{"inventory": body} for body in bodies])]


def update_line(session: Session, id: int, line: int, body: Payload) -> Record:
    """Change a line's amount and description."""
    # Public: nothing else of it. What its tickets have cost follows.
    tx = session.tx
    purchase = get_or_refuse(tx, PURCHASE, session.account, id)
    before = orders.of(tx, TYPE, id, line)
    after = before | {name: value for name, value in body.items() if value is not None}
    if after["amount"] != before["amount"]:
        pass_on(tx, after, session.by)
    changed = orders.save(tx, before, after, session.by)
    return orders.settle_line(session, TYPE, purchase, changed)


def line_tickets(read: Read, account: int, id: int, line: int) -> list[Record]:
    """List the tickets that came with a line and are not cancelled."""
    orders.line_of(TYPE, read, account, id, line)
    return tickets.of(read, purchase_line=line)


def pass_on(tx: Tx, line: Payload, by: Actor) -> None:
    """Pass a line's amount on to its tickets as their cost (public), and to the listings that have them: INVENTORY UPDATED."""
    own = tickets.of(tx, purchase_line=line["id"])
    if not own:
        return
    each = cost_of(line["amount"], len(own), "amount")
    tickets.mark(tx, own, by, {"cost": each})
    for id in sorted({ticket["inventoryId"] for ticket in own}):
        listing = get_or_refuse(tx, INVENTORY, None, id)
        inventory.save(tx, listing, listing | {"cost": tickets.average_cost(tickets.pool(tx, id), each)}, by)


def cancel_line(session: Session, id: int, line: int) -> Record:
    """Cancel a line: its tickets go off sale everywhere. Refused while one of them is sold or on hold."""
    tx, by = session.tx, session.by
    purchase, before = get_or_refuse(tx, PURCHASE, session.account, id), orders.of(tx, TYPE, id, line)
    if before["cancelled"]:
        raise invalid("lineId", f"Line {line} has been cancelled before.", line)
    own = tickets.of(tx, purchase_line=line)
    for ticket in own:
        if ticket["status"] != "AVAILABLE" or tickets.hold_of(tx, ticket):
            raise invalid("lineId", f"Ticket {ticket['id']} is sold or on hold.", line)
    for row in sorted({tickets.stock_of(tx, ticket)[0] for ticket in own}):
        withdraw(tx, row, {ticket["id"] for ticket in own}, line)
    tickets.cancel(tx, own, by)
    changed = orders.save(tx, before, before | {"cancelled": True}, by)
    inventory.refresh_all(tx, {ticket["inventoryId"] for ticket in own}, by)
    return orders.settle_line(session, TYPE, purchase, changed)


def withdraw(tx: Tx, row: str, going: set[int], line: int) -> None:
    """Take a stock row off sale everywhere; Invalid when it has tickets of other lines, with which it was merged."""
    if any(ticket["id"] not in going and ticket["status"] == "AVAILABLE" for ticket in tickets.of_stock(tx, row)):
        raise invalid("lineId", "Its tickets were merged with those of other lines; split them first.", line)
    seats = stock.get(tx, row)
    stock.alter(tx, row, NAME, str(line), total=seats.held + seats.sold)


def priced(line: Payload, seats: int, path: str) -> Record:
    """Return the listing of a line with what one ticket of it costs, by the line's amount unless it says so itself."""
    listed, amount = dict(line["inventory"]), line.get("amount")
    if listed.get("cost") is None:
        if amount is None:
            raise invalid(f"{path}.cost", "may not be null")
        listed["cost"] = cost_of(amount, seats, f"{path}.cost")
    return listed


def cost_of(amount: float, seats: int, path: str) -> float:
    """Return what one ticket of a line costs; Invalid when that is no price."""
    each = wire.money(round(wire.cents(amount) / seats))
    if not 0 <= each <= MOST_PRICE:
        raise invalid(path, f"One ticket would cost {each} by the line's amount; it must be from 0 to {MOST_PRICE}.")
    return each


def event_of(read: Read, body: Payload, path: str) -> Event:
    """Return the show that a new listing is for, by its id or by name, venue and date (public: eventMapping)."""
    id, mapping = body.get("eventId"), body.get("eventMapping")
    if id is not None:
        own = records.own(read, EVENT, str(id))
        show = events.get(read, own["show"]) if own else None
        if show is None:
            raise invalid(f"{path}.eventId", f"There is no event {id}.", id)
        return show
    if mapping is None:
        raise invalid(f"{path}.eventId", "may not be null, unless there is an eventMapping")
    show = next((show for show in events.all(read) if mapped(show, mapping)), None)
    if show is None:
        raise invalid(f"{path}.eventMapping", "No event has this name at this venue on this date.", mapping)
    return show


def mapped(show: Event, mapping: Payload) -> bool:
    """Tell whether a mapping means a show: name and venue whatever the case, and the venue's own date."""
    named = (mapping["eventName"].casefold(), mapping["venueName"].casefold())
    day = wire.local_day(show.starts_at, show.venue.zone)
    return named == (show.name.casefold(), show.venue.name.casefold()) and mapping["eventDate"].startswith(day)


def seats_of(body: Payload, line: Payload, path: str) -> list[int]:
    """Return the seat numbers of a new listing: from lowSeat to highSeat; Invalid when the quantity is another."""
    quantity, low, high = body.get("quantity") or line.get("quantity"), body.get("lowSeat"), body.get("highSeat")
    if low is None and body["seatType"] != "GA":
        raise invalid(f"{path}.lowSeat", "may not be null")
    low = 1 if low is None else low
    step = STEPS.get(body["seatType"], 1)
    high = low + step * ((quantity or 1) - 1) if high is None else high
    seats = list(range(low, min(high, low + step * MOST_TICKETS) + 1, step))
    if not 1 <= len(seats) <= MOST_TICKETS:
        raise invalid(f"{path}.highSeat", f"must give from 1 to {MOST_TICKETS} seats, from lowSeat {low}", high)
    if quantity not in (None, len(seats)):
        raise invalid(f"{path}.quantity", f"is not the number of seats from {low} to {high}", quantity)
    return seats


def row_of(tx: Tx, purchase: Payload, show: Event, body: Payload, seats: Sequence[int]) -> Stock:
    """Return the stock row that a new listing is; without a list price it is for sale at its cost (convention)."""
    general = body["seatType"] == "GA"
    price = body["cost"] if body.get("listPrice") is None else body["listPrice"]
    return Stock(
        id=f"sb-{tx.ids.text(10)}",
        event=show.id,
        kind="general" if general else "seated",
        section=body["section"],
        row=body["row"],
        first_seat=None if general else seats[0],
        total=len(seats),
        price=wire.cents(price),
        currency=purchase["currencyCode"],
        split=inventory.split_rule(body["splitType"], body.get("customSplit")),
    )


def check_free(read: Read, row: Stock, path: str) -> None:
    """Raise Invalid when a seat of a new listing is another listing's, whoever sells that."""
    if row.first_seat is None:
        return
    for other in stock.of_event(read, row.event, row.section):
        if other.row == row.row and other.first_seat is not None and other.total:
            first = max(other.first_seat, row.first_seat)
            if first < min(other.first_seat + other.total, row.first_seat + row.total):
                sentence = f"Seat {first} in section {row.section}, row {row.row} is on sale already."
                raise invalid(f"{path}.lowSeat", sentence, row.first_seat)
