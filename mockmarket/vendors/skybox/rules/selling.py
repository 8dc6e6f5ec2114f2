"""Selling tickets on a line of an invoice, and taking them back: the shared stock, the tickets, and what is on hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from mockmarket import stock
from mockmarket.rules import splits
from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Record
from mockmarket.vendors.skybox.callers import Actor
from mockmarket.vendors.skybox.records.types import NAME, Payload
from mockmarket.vendors.skybox.rules import holds, inventory, lines, tickets
from mockmarket.vendors.skybox.rules.violations import blamed_on, invalid
from mockmarket.vendors.skybox.wire import formats
from mockmarket.vendors.skybox.wire.kinds import LINE, TICKET

MOST_NAMED = 20


@dataclass(slots=True)
class Sold:
    """What a sale leaves to be told: the listings whose tickets went, and the holds that it has used up."""

    listings: set[int] = field(default_factory=set)
    holds: set[int] = field(default_factory=set)


def claim_of(line: int) -> str:
    """Return under which name a line has its seats in the shared stock."""
    return f"line:{line}"


def sell(tx: Tx, invoice: Record, body: Payload, path: str, force: bool, sold: Sold) -> Record:
    """Sell the tickets of an inventory line and store that, untold; Invalid for a ticket that is not to be had."""
    by, where = Actor(invoice["lastUpdateBy"]), f"{path}.itemIds"
    chosen = named(tx, invoice["accountId"], body, where)
    if body.get("quantity") not in (None, len(chosen)):
        sentence = f"must be {len(chosen)}, as many as itemIds names, or be left out"
        raise invalid(f"{path}.quantity", sentence, body["quantity"])
    free_holds(tx, chosen, force, where, sold, by)
    groups = by_listing(chosen)
    for id, part in groups.items():
        check_split(tx, id, len(part), where, body["itemIds"])
    sale = {"quantity": len(chosen), "inventoryIds": list(groups), "event": chosen[0]["eventId"]}
    line = lines.add(tx, invoice, "INVOICE", {**body, **sale}, by)
    for part in groups.values():
        take(tx, part, line["id"])
    tickets.sell(tx, chosen, line["id"], line["amount"], by)
    sold.listings |= set(groups)
    return line


def named(read: Read, account: int, body: Payload, path: str) -> list[Record]:
    """Return the tickets that a line names; Invalid for none, for one named twice, sold or another account's."""
    ids = body.get("itemIds") or []
    if not ids:
        raise invalid(path, "must name the tickets of an INVENTORY line", body.get("itemIds"))
    if len(set(ids)) < len(ids):
        raise invalid(path, "names a ticket twice", ids)
    rows = records.find(read, TICKET, ("number", "in", ids), ("account", "=", account))
    known = {ticket["id"]: ticket for ticket in rows}
    for id in ids:
        if id not in known:
            raise invalid(path, f"There is no ticket {id} on account {account}.", ids)
        if known[id]["status"] != "AVAILABLE":
            raise invalid(path, f"Ticket {id} is {known[id]['status']}.", ids)
    return [known[id] for id in ids]


def free_holds(tx: Tx, chosen: Sequence[Record], force: bool, path: str, sold: Sold, by: Actor) -> None:
    """Free what is on hold among tickets that are sold by force; a hold of which any is sold ends (convention).

    Invalid without force, and for what another marketplace holds.
    """
    for id in tickets.holds_of(tx, chosen):
        if not force:
            raise invalid(path, f"is on hold ({id}); invoice it with force=true", [ticket["id"] for ticket in chosen])
        holds.check_own(tx, holds.get(tx, id), path)
        freed = tickets.on_hold(tx, id)
        stock.release(tx, NAME, holds.claim_of(id))
        tickets.free(tx, freed, by)
        sold.holds.add(id)
        sold.listings |= {ticket["inventoryId"] for ticket in freed}


def by_listing(chosen: Sequence[Record]) -> dict[int, list[Record]]:
    """Group tickets by the listing that they are in."""
    groups: dict[int, list[Record]] = defaultdict(list)
    for ticket in chosen:
        groups[ticket["inventoryId"]].append(ticket)
    return groups


def check_split(read: Read, listing: int, quantity: int, path: str, value: object) -> None:
    """Raise Invalid, saying what may be sold, for a quantity that breaks a listing's split type."""
    pool = tickets.pool(read, listing)
    row = stock.get(read, tickets.stock_of(read, pool[0])[0])
    if not splits.allows(row.split, len(pool), quantity):
        may = ", ".join(map(str, splits.quantities(row.split, len(pool), None)[:MOST_NAMED])) or "none"
        breaking = f"{quantity} of the {len(pool)} tickets of inventory {listing} break its split type"
        raise invalid(path, f"{breaking}; there may be {may}", value)


def take(tx: Tx, part: Sequence[Record], line: int) -> None:
    """Take tickets of one listing off every window for a line."""
    placed = [tickets.stock_of(tx, ticket) for ticket in part]
    row = placed[0][0]
    seats = [seat for _, seat in placed if seat is not None]
    with blamed_on("itemIds", [ticket["id"] for ticket in part]):
        if seats:
            stock.take_named(tx, row, seats, NAME, claim_of(line))
        else:
            stock.take(tx, row, len(part), NAME, claim_of(line))


def tell(tx: Tx, sold: Sold, by: Actor) -> None:
    """Tell what a sale has changed besides its invoice: INVENTORY UPDATED, HOLD DELETED."""
    for id in sorted(sold.listings):
        inventory.refresh(tx, id, by)
    for id in sorted(sold.holds):
        holds.strike(tx, holds.get(tx, id), by)


def give_back(tx: Tx, line: Payload, back: Sequence[Record], by: Actor) -> None:
    """Put tickets of a line back on sale in every window, each in the listing that has its stock row now."""
    if not back:
        return
    everything = len(back) == len(tickets.of_line(tx, line["id"]))
    stock.put_back(tx, NAME, claim_of(line["id"]), None if everything else len(back))
    listings = set()
    for ticket in back:
        home = inventory.of_stock(tx, tickets.stock_of(tx, ticket)[0])
        listing = home["id"] if home else ticket["inventoryId"]
        tickets.free(tx, [ticket], by, listing)
        listings.add(listing)
    for id in sorted(listings):
        inventory.refresh(tx, id, by)


def resize(tx: Tx, line: Record, quantity: int, by: Actor) -> Record:
    """Give tickets of a line back, the highest first, or sell more of its first listing; returns what changes of the line.

    Those that are sold on it then share its amount.
    """
    sold = len(tickets.of_line(tx, line["id"]))
    if quantity < sold:
        give_back(tx, line, last_taken(tx, line, sold - quantity), by)
    elif quantity > sold:
        sell_more(tx, line, quantity - sold, by)
    left = tickets.of_line(tx, line["id"])
    tickets.sell(tx, left, line["id"], line["amount"], by)
    return having(line, left)


def having(line: Payload, left: Sequence[Payload]) -> Record:
    """Return what of a line follows from its tickets."""
    listings = {ticket["inventoryId"] for ticket in left}
    return {
        "quantity": len(left),
        "itemIds": [ticket["id"] for ticket in left],
        "inventoryIds": [id for id in line["inventoryIds"] if id in listings],
    }


def last_taken(read: Read, line: Payload, quantity: int) -> list[Record]:
    """Return the tickets that the shared stock frees first when a line gives some of them up: of its newest claim, the highest."""
    sold = tickets.of_line(read, line["id"])
    order: list[Record] = []
    for row, _, count, seats in reversed(stock.seats_of(read, NAME, claim_of(line["id"]))):
        of_row = [ticket for ticket in sold if tickets.stock_of(read, ticket)[0] == row and ticket not in order]
        if seats:
            of_row = [ticket for ticket in of_row if tickets.stock_of(read, ticket)[1] in seats]
        order += sorted(of_row, key=lambda ticket: (-ticket["seatNumber"], -ticket["id"]))[:count]
    return order[:quantity]


def sell_more(tx: Tx, line: Record, quantity: int, by: Actor) -> None:
    """Sell more tickets of a line's first listing on it; Invalid when there are not enough, or its split type is broken."""
    listing = line["inventoryIds"][0]
    pool, wanted = tickets.pool(tx, listing), len(line["itemIds"]) + quantity
    if len(pool) < quantity:
        raise invalid("quantity", f"Inventory {listing} has only {len(pool)} more tickets.", wanted)
    check_split(tx, listing, quantity, "quantity", wanted)
    chosen = pool[:quantity]
    take(tx, chosen, line["id"])
    tickets.sell(tx, chosen, line["id"], line["amount"], by)
    inventory.refresh(tx, listing, by)


def counted(read: Read, line: Record) -> Record:
    """Return what of a line follows from the tickets that are still sold on it; without any it is cancelled."""
    left = tickets.of_line(read, line["id"])
    if not left:
        return {"cancelled": True}
    each = formats.cents(line["amount"]) // max(line["quantity"], 1)
    amount = formats.money(each * len(left)) if len(left) != line["quantity"] else line["amount"]
    return having(line, left) | {"amount": amount}


def line_of(read: Read, id: int) -> Record:
    """Return a line that is known to be there."""
    return records.find(read, LINE, ("number", "=", id), limit=1)[0]
