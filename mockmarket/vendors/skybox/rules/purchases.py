"""Purchases: where inventory is born (public: there is no other call for it)."""

from __future__ import annotations

from collections.abc import Sequence

from mockmarket import stock
from mockmarket.store import Tx, records
from mockmarket.store.records import Record
from mockmarket.vendors.skybox.callers import Actor, Session
from mockmarket.vendors.skybox.records.types import NAME, Payload
from mockmarket.vendors.skybox.rules import goods, inventory, lines, notifications, parties, tickets
from mockmarket.vendors.skybox.rules.violations import check_unchanged, get_or_404, invalid
from mockmarket.vendors.skybox.wire import formats, orders
from mockmarket.vendors.skybox.wire.inventory import average_cost
from mockmarket.vendors.skybox.wire.kinds import FIRST, PURCHASE, VENDOR

TYPE = "PURCHASE"


def create(session: Session, body: Payload) -> Record:
    """Buy inventory and whatever else: PURCHASE, LINE for each line, INVENTORY for each inventory line."""
    with session.world.atomic() as tx:
        parties.check_known(tx, VENDOR, session.account, body["vendorId"], "vendorId")
        purchase = write(tx, session.account, body, session.by)
        added, listings = add_lines(tx, purchase, body["lines"], session.by)
        purchase = lines.open_target(tx, TYPE, purchase, added, session.by)
        notifications.created(tx, "INVENTORY", listings, session.by)
        return lines.with_lines(tx, TYPE, purchase)


def write(tx: Tx, account: int, body: Payload, by: Actor) -> Record:
    """Store a new purchase without lines, untold."""
    id = formats.next_number(tx, PURCHASE, FIRST[PURCHASE])
    purchase = orders.purchase(id, account, body, by.name, tx.now)
    records.put(tx, PURCHASE, purchase, created_at=tx.now, updated_at=tx.now)
    return purchase


def add_lines(tx: Tx, purchase: Record, bodies: Sequence[Payload], by: Actor) -> tuple[list[Record], list[Record]]:
    """Store new lines of a purchase; returns them, and the inventory that they brought, all untold."""
    added, listings = [], []
    for place, body in enumerate(bodies):
        if body.get("inventory") is None:
            added.append(lines.add(tx, purchase, TYPE, generic(body, f"lines.{place}"), by))
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
    show = goods.event_of(tx, body["inventory"], where)
    seats = goods.seats_of(body["inventory"], body, where)
    listed = goods.priced(body, len(seats), where)
    row = goods.row_of(tx, purchase, show, listed, seats)
    goods.check_free(tx, row, where)
    line = lines.add(tx, purchase, TYPE, line_body(body, listed, seats, formats.number_of(show.id)), by)
    stock.put_on_sale(tx, row, NAME, str(line["id"]))
    bought = {"vendor": purchase["vendorId"], "purchase": purchase["id"]}
    listing = inventory.add(tx, purchase["accountId"], row, listed, by, **bought)
    numbered = [(seat, None if row.first_seat is None else row.first_seat + place) for place, seat in enumerate(seats)]
    lines.fill(tx, line, tickets.issue(tx, listing, row.id, numbered, line["id"]), listing)
    return line, inventory.fill(tx, listing)


def line_body(body: Payload, listed: Payload, seats: Sequence[int], event: int) -> Record:
    """Return what an inventory line says; without an amount it costs what its seats do."""
    amount = listed["cost"] * len(seats) if body.get("amount") is None else body["amount"]
    own = {"lineItemType": "INVENTORY", "quantity": len(seats), "amount": formats.money(formats.cents(amount))}
    return {**body, **own, "event": event}


def update(session: Session, id: int, body: Record) -> Record:
    """Change a purchase's head; its lines have calls of their own."""
    with session.world.atomic() as tx:
        before = get_or_404(tx, PURCHASE, session.account, id)
        check_unchanged(before, body, "vendorId")
        changed = lines.settle(tx, TYPE, before, before | body, session.by)
        lines.check_paid(changed, body)
        return lines.with_lines(tx, TYPE, changed)


def add_more(session: Session, id: int, bodies: Sequence[Payload]) -> list[Record]:
    """Add lines to a purchase; returns them."""
    with session.world.atomic() as tx:
        purchase = get_or_404(tx, PURCHASE, session.account, id)
        added, listings = add_lines(tx, purchase, bodies, session.by)
        notifications.created(tx, "LINE", added, session.by)
        notifications.created(tx, "INVENTORY", listings, session.by)
        lines.settle(tx, TYPE, purchase, purchase, session.by)
        return [lines.with_inventory(tx, line) for line in added]


def add_inventory(session: Session, id: int, bodies: Sequence[Payload]) -> list[Record]:
    """Add inventory to a purchase, a line for each listing; returns the listings."""
    added = add_more(session, id, [{"inventory": body} for body in bodies])
    return [line["inventory"] for line in added]


def update_line(session: Session, id: int, line: int, body: Payload) -> Record:
    """Change a line's amount and description (public: nothing else of it); what its tickets have cost follows."""
    with session.world.atomic() as tx:
        purchase = get_or_404(tx, PURCHASE, session.account, id)
        before = lines.of(tx, TYPE, id, line)
        after = before | {name: value for name, value in body.items() if value is not None}
        if after["amount"] != before["amount"]:
            pass_on(tx, after, session.by)
        changed = lines.save(tx, before, after, session.by)
        lines.settle(tx, TYPE, purchase, purchase, session.by)
        return lines.with_inventory(tx, changed)


def pass_on(tx: Tx, line: Payload, by: Actor) -> None:
    """Pass a line's amount on to its tickets as their cost (public), and to the listings that have them: INVENTORY UPDATED."""
    own = tickets.of_purchase_line(tx, line["id"])
    if not own:
        return
    each = goods.cost_of(line["amount"], len(own), "amount")
    tickets.mark(tx, own, by, {"cost": each})
    for id in sorted({ticket["inventoryId"] for ticket in own}):
        listing = inventory.get(tx, id)
        inventory.save(tx, listing, listing | {"cost": average_cost(tickets.pool(tx, id), each)}, by)


def cancel_line(session: Session, id: int, line: int) -> Record:
    """Cancel a line: its tickets are gone from every window. Invalid while one of them is sold or on hold."""
    with session.world.atomic() as tx:
        purchase = get_or_404(tx, PURCHASE, session.account, id)
        changed = cancel(tx, lines.of(tx, TYPE, id, line), session.by)
        lines.settle(tx, TYPE, purchase, purchase, session.by)
        return lines.with_inventory(tx, changed)


def cancel(tx: Tx, line: Record, by: Actor) -> Record:
    """Cancel a line within a transaction."""
    if line["cancelled"]:
        raise invalid("lineId", f"Line {line['id']} has been cancelled before.", line["id"])
    own = tickets.of_purchase_line(tx, line["id"])
    for ticket in own:
        if ticket["status"] != "AVAILABLE" or tickets.hold_of(tx, ticket):
            raise invalid("lineId", f"Ticket {ticket['id']} is sold or on hold.", line["id"])
    for row in sorted({tickets.stock_of(tx, ticket)[0] for ticket in own}):
        withdraw(tx, row, {ticket["id"] for ticket in own}, line["id"])
    tickets.cancel(tx, own, by)
    changed = lines.save(tx, line, line | {"cancelled": True}, by)
    for listing in sorted({ticket["inventoryId"] for ticket in own}):
        inventory.refresh(tx, listing, by)
    return changed


def withdraw(tx: Tx, row: str, going: set[int], line: int) -> None:
    """Take a stock row off sale everywhere; Invalid when it has tickets of other lines, with which it was merged."""
    if any(ticket["id"] not in going and ticket["status"] == "AVAILABLE" for ticket in tickets.of_stock(tx, row)):
        raise invalid("lineId", "Its tickets were merged with those of other lines; split them first.", line)
    seats = stock.get(tx, row)
    stock.alter(tx, row, NAME, str(line), total=seats.held + seats.sold)
