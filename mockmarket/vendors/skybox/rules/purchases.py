"""Purchases: where inventory is born (public: there is no other call for it)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockmarket import stock
from mockmarket.clock import to_local
from mockmarket.stock import Stock
from mockmarket.store import Read, Tx, events, records
from mockmarket.store.events import Event
from mockmarket.store.records import Record
from mockmarket.vendors.skybox.callers import Actor
from mockmarket.vendors.skybox.rules import directory, inventory, lines, parties, refusing, telling, tickets
from mockmarket.vendors.skybox.wire import formats, orders
from mockmarket.vendors.skybox.wire import inventory as words
from mockmarket.vendors.skybox.wire.formats import NAME
from mockmarket.vendors.skybox.wire.kinds import FIRST, INVENTORY, LINE, PURCHASE
from mockmarket.vendors.skybox.wire.parties import VENDOR
from mockmarket.worlds.world import World

TYPE = "PURCHASE"
HEAD = (
    "internalId", "purchaseTerm", "paymentMethod", "paymentRef", "deliveryMethod", "taxAmount", "shippingAmount", "otherAmount",
    "internalNotes", "publicNotes", "dueDate", "tags", "externalRef", "paymentStatus", "received", "status",
)  # fmt: skip
"""What an update may change."""
SIDES = {"ALTERNATING": 2}


def found(read: Read, account: int, id: int) -> Record:
    """Return an account's purchase; NotFound when there is none."""
    return refusing.found(read, PURCHASE, account, id, "purchase")


def create(world: World, account: int, given: Mapping[str, Any], by: Actor) -> Record:
    """Buy inventory and whatever else: PURCHASE, LINE for each line, INVENTORY for each inventory line."""
    with world.atomic() as tx:
        parties.check_known(tx, VENDOR, account, given["vendorId"], "vendorId")
        purchase = write(tx, account, given, by)
        made, born = add_lines(tx, purchase, given["lines"], by)
        purchase = lines.balance(tx, TYPE, purchase)
        records.update(tx, PURCHASE, purchase)
        lines.tell_new(tx, TYPE, purchase, made, by)
        tell_born(tx, born, by)
        return lines.whole(tx, TYPE, purchase)


def write(tx: Tx, account: int, given: Mapping[str, Any], by: Actor) -> Record:
    """Store a new purchase without lines, untold."""
    id = formats.next_number(tx, PURCHASE, FIRST[PURCHASE])
    purchase = orders.purchase(id, account, given, by.name, tx.now)
    records.put(tx, PURCHASE, purchase, created_at=tx.now, updated_at=tx.now)
    return purchase


def tell_born(tx: Tx, born: Sequence[Record], by: Actor) -> None:
    """Tell of new inventory."""
    for listing in born:
        telling.created(tx, "INVENTORY", listing, by)


def add_lines(
    tx: Tx, purchase: Record, given: Sequence[Mapping[str, Any]], by: Actor
) -> tuple[list[Record], list[Record]]:  # fmt: skip
    """Store new lines of a purchase; returns them, and the inventory that they brought, all untold."""
    made, born = [], []
    for place, one in enumerate(given):
        if one.get("inventory") is None:
            made.append(lines.add(tx, purchase, TYPE, generic(one, f"lines.{place}"), by))
        else:
            line, listing = bought(tx, purchase, one, f"lines.{place}", by)
            made.append(line)
            born.append(listing)
    return made, born


def generic(one: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return what a line without tickets says; Invalid for an inventory line that has no inventory."""
    if one.get("lineItemType") == "INVENTORY":
        raise refusing.invalid(f"{path}.inventory", "is needed on an INVENTORY line")
    if one.get("amount") is None:
        raise refusing.invalid(f"{path}.amount", "may not be null")
    return {**one, "lineItemType": "GENERIC", "quantity": one.get("quantity") or 1, "itemIds": []}


def bought(tx: Tx, purchase: Record, one: Mapping[str, Any], path: str, by: Actor) -> tuple[Record, Record]:
    """Store an inventory line with its new listing, which is on sale in every window at once."""
    said = dict(one["inventory"])
    where = f"{path}.inventory"
    show = event_of(tx, said, where)
    seats = seats_of(said, one, where)
    amount = one.get("amount")
    if said.get("cost") is None:
        if amount is None:
            raise refusing.invalid(f"{where}.cost", "may not be null")
        said["cost"] = cost_of(amount, len(seats), f"{where}.cost")
    row = row_of(tx, purchase, show, said, seats)
    check_free(tx, row, where)
    amount = said["cost"] * len(seats) if amount is None else amount
    line = lines.add(tx, purchase, TYPE, {
        **one, "lineItemType": "INVENTORY", "quantity": len(seats), "amount": formats.money(formats.cents(amount)),
        "event": formats.number_of(show.id),
    }, by)  # fmt: skip
    stock.put_on_sale(tx, row, NAME, str(line["id"]))
    listing = inventory.add(
        tx, purchase["accountId"], row, said, by, vendor=purchase["vendorId"], purchase=purchase["id"]
    )
    numbered = [(seat, None if row.first_seat is None else row.first_seat + place) for place, seat in enumerate(seats)]
    made = tickets.issue(tx, listing, row.id, numbered, line["id"])
    line |= {"itemIds": [ticket["id"] for ticket in made], "inventoryIds": [listing["id"]]}
    records.put(tx, LINE, line, event=listing["eventId"], inventory=listing["id"])
    return line, inventory.fill(tx, listing)


def cost_of(amount: float, seats: int, path: str) -> float:
    """Return what one ticket of a line costs; Invalid when that is no price."""
    each = formats.money(round(formats.cents(amount) / seats))
    if not 0 <= each <= formats.MOST_PRICE:
        words = f"One ticket would cost {each} by the line's amount; it must be from 0 to {formats.MOST_PRICE}."
        raise refusing.invalid(path, words)
    return each


def event_of(read: Read, said: Mapping[str, Any], path: str) -> Event:
    """Return the show that a new listing is for, by its id or by name, venue and date (public: eventMapping)."""
    mapping = said.get("eventMapping")
    if said.get("eventId") is not None:
        show = directory.event_of(read, said["eventId"])
        if show is None:
            raise refusing.invalid(f"{path}.eventId", f"There is no event {said['eventId']}.", said["eventId"])
        return show
    if mapping is None:
        raise refusing.invalid(f"{path}.eventId", "may not be null, unless there is an eventMapping")
    for show in events.all(read):
        if mapped(show, mapping):
            return show
    raise refusing.invalid(f"{path}.eventMapping", "No event has this name at this venue on this date.", mapping)


def mapped(show: Event, mapping: Mapping[str, Any]) -> bool:
    """Tell whether a mapping means a show: name and venue whatever the case, and the venue's own date."""
    named = (mapping["eventName"].casefold(), mapping["venueName"].casefold())
    day = to_local(show.starts_at, show.venue.zone).strftime("%Y-%m-%d")
    return named == (show.name.casefold(), show.venue.name.casefold()) and mapping["eventDate"].startswith(day)


def seats_of(said: Mapping[str, Any], one: Mapping[str, Any], path: str) -> list[int]:
    """Return the seat numbers of a new listing: from lowSeat to highSeat; Invalid when the quantity is another."""
    quantity, low = said.get("quantity") or one.get("quantity"), said.get("lowSeat")
    if said["seatType"] == "GA" and low is None:
        low = 1
    if low is None:
        raise refusing.invalid(f"{path}.lowSeat", "may not be null")
    step = SIDES.get(said["seatType"], 1)
    high = said.get("highSeat")
    if high is None:
        high = low + step * ((quantity or 1) - 1)
    seats = list(range(low, min(high, low + step * inventory.MOST_TICKETS) + 1, step))
    if not seats or len(seats) > inventory.MOST_TICKETS:
        words = f"must give from 1 to {inventory.MOST_TICKETS} seats, from lowSeat {low}"
        raise refusing.invalid(f"{path}.highSeat", words, high)
    if quantity is not None and quantity != len(seats):
        raise refusing.invalid(f"{path}.quantity", f"is not the number of seats from {low} to {high}", quantity)
    return seats


def row_of(tx: Tx, purchase: Mapping[str, Any], show: Event, said: Mapping[str, Any], seats: Sequence[int]) -> Stock:
    """Return the stock row that a new listing is; without a list price it is for sale at its cost (convention)."""
    general = said["seatType"] == "GA"
    price = said["cost"] if said.get("listPrice") is None else said["listPrice"]
    return Stock(
        id=f"sb-{tx.ids.text(10)}", event=show.id, kind="general" if general else "seated", section=said["section"],
        row=said["row"], first_seat=None if general else seats[0], total=len(seats), price=formats.cents(price),
        currency=purchase["currencyCode"], split=words.split_rule(said["splitType"], said.get("customSplit")),
    )  # fmt: skip


def check_free(read: Read, row: Stock, path: str) -> None:
    """Raise Invalid when a seat of a new listing is another listing's, whoever sells that."""
    if row.first_seat is None:
        return
    for one in stock.of_event(read, row.event, row.section):
        if one.row == row.row and one.first_seat is not None and one.total:
            first, last = (
                max(one.first_seat, row.first_seat),
                min(one.first_seat + one.total, row.first_seat + row.total),
            )
            if first < last:
                words = f"Seat {first} in section {row.section}, row {row.row} is on sale already."
                raise refusing.invalid(f"{path}.lowSeat", words, row.first_seat)


def update(world: World, account: int, id: int, given: Mapping[str, Any], by: Actor) -> Record:
    """Change a purchase's head; its lines have calls of their own."""
    with world.atomic() as tx:
        before = found(tx, account, id)
        if given.get("vendorId") not in (None, before["vendorId"]):
            raise refusing.invalid("vendorId", f"is {before['vendorId']} and cannot be changed", given["vendorId"])
        after = before | {name: given[name] for name in HEAD if name in given}
        changed = lines.settle(tx, TYPE, before, after, by)
        lines.check_paid(changed, given)
        return lines.whole(tx, TYPE, changed)


def add_more(world: World, account: int, id: int, given: Sequence[Mapping[str, Any]], by: Actor) -> list[Record]:
    """Add lines to a purchase; returns them."""
    with world.atomic() as tx:
        purchase = found(tx, account, id)
        made, born = add_lines(tx, purchase, given, by)
        for line in made:
            telling.created(tx, "LINE", line, by)
        tell_born(tx, born, by)
        lines.settle(tx, TYPE, purchase, purchase, by)
        return [lines.shown(tx, line) for line in made]


def add_inventory(world: World, account: int, id: int, given: Sequence[Mapping[str, Any]], by: Actor) -> list[Record]:
    """Add inventory to a purchase, a line for each listing; returns the listings."""
    made = add_more(world, account, id, [{"inventory": one} for one in given], by)
    return [line["inventory"] for line in made]


def update_line(world: World, account: int, id: int, line: int, given: Mapping[str, Any], by: Actor) -> Record:
    """Change a line's amount and description (public: nothing else of it); what its tickets have cost follows."""
    with world.atomic() as tx:
        purchase = found(tx, account, id)
        before = lines.of(tx, TYPE, id, line)
        after = before | {name: given[name] for name in ("amount", "description") if given.get(name) is not None}
        if after["amount"] != before["amount"]:
            pass_on(tx, after, by)
        changed = lines.save(tx, before, after, by)
        lines.settle(tx, TYPE, purchase, purchase, by)
        return lines.shown(tx, changed)


def pass_on(tx: Tx, line: Mapping[str, Any], by: Actor) -> None:
    """Pass a line's amount on to its tickets as their cost (public), and to the listings that have them: INVENTORY UPDATED."""
    there = tickets.of_purchase_line(tx, line["id"])
    if not there:
        return
    each = cost_of(line["amount"], len(there), "amount")
    tickets.mark(tx, there, by, {"cost": each})
    for id in sorted({ticket["inventoryId"] for ticket in there}):
        listing = records.find(tx, INVENTORY, ("number", "=", id), limit=1)[0]
        inventory.save(tx, listing, listing | {"cost": words.average_cost(tickets.pool(tx, id), each)}, by)


def cancel_line(world: World, account: int, id: int, line: int, by: Actor) -> Record:
    """Cancel a line: its tickets are gone from every window. Invalid while one of them is sold or on hold."""
    with world.atomic() as tx:
        purchase = found(tx, account, id)
        changed = cancel(tx, lines.of(tx, TYPE, id, line), by)
        lines.settle(tx, TYPE, purchase, purchase, by)
        return lines.shown(tx, changed)


def cancel(tx: Tx, line: Record, by: Actor) -> Record:
    """Cancel a line within a transaction."""
    if line["cancelled"]:
        raise refusing.invalid("lineId", f"Line {line['id']} has been cancelled before.", line["id"])
    there = tickets.of_purchase_line(tx, line["id"])
    for ticket in there:
        if ticket["status"] != "AVAILABLE" or tickets.hold_of(tx, ticket):
            raise refusing.invalid("lineId", f"Ticket {ticket['id']} is sold or on hold.", line["id"])
    for row in sorted({tickets.stock_of(tx, ticket)[0] for ticket in there}):
        withdraw(tx, row, {ticket["id"] for ticket in there}, line["id"])
    tickets.cancel(tx, there, by)
    changed = lines.save(tx, line, line | {"cancelled": True}, by)
    for listing in sorted({ticket["inventoryId"] for ticket in there}):
        inventory.refresh(tx, listing, by)
    return changed


def withdraw(tx: Tx, row: str, going: set[int], line: int) -> None:
    """Take a stock row off sale everywhere; Invalid when it has tickets of other lines, with which it was merged."""
    if any(ticket["id"] not in going and ticket["status"] == "AVAILABLE" for ticket in tickets.of_stock(tx, row)):
        raise refusing.invalid("lineId", "Its tickets were merged with those of other lines; split them first.", line)
    seats = stock.get(tx, row)
    stock.alter(tx, row, NAME, str(line), total=seats.held + seats.sold)
