"""Inventory: stored, counted by its tickets, changed by its broker; every change is told and stands in the delta."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from mockmarket import stock
from mockmarket.records import members
from mockmarket.rules import splits
from mockmarket.stock import Stock
from mockmarket.store import Read, Tx, events, records
from mockmarket.store.records import Record
from mockmarket.vendors.skybox import wire
from mockmarket.vendors.skybox.callers import Actor, Session
from mockmarket.vendors.skybox.records.inventory import Inventory, InventoryChange
from mockmarket.vendors.skybox.records.types import NAME, Payload
from mockmarket.vendors.skybox.rules import directory, notifications, tickets
from mockmarket.vendors.skybox.rules.violations import get_named, get_or_404, invalid
from mockmarket.vendors.skybox.wire import HOLD, INVENTORY, PRICE, change_stamp

MOST_TICKETS = 1000
"""A broker's listing has no more tickets than this; a larger row of stock is the venue's own and not here (convention)."""
POSITIONS = 20_000_000
"""How far an inventory's exchangePosId is from its id, until it is regenerated (convention)."""

FIXED = ("section", "row", "eventId")
"""What an update may name and not change."""
SHARED = ("listPrice", "splitType", "customSplit")
"""What stands in the shared stock too."""
PLAIN = tuple(member.key for member in members(InventoryChange) if member.key not in (*FIXED, *SHARED))
"""What an update takes over as it is sent."""
OF_TICKETS = ("cost", "taxedCost", "faceValue", "stockType")
"""What of it an inventory's unsold tickets say too; what a sale has brought is counted by their cost."""
RULES = {"DEFAULT": "default", "ANY": "any", "NEVERLEAVEONE": "never_leave_one"}
WORDS = {rule: word for word, rule in RULES.items()}
CUSTOM = "CUSTOM"


def split_words(rule: str, quantity: int) -> tuple[str, str | None]:
    """Return the split type and custom split that say one of the core's rules of so many tickets."""
    name = splits.parse(rule).name
    if name in WORDS:
        return WORDS[name], None
    return CUSTOM, ",".join(map(str, splits.quantities(rule, quantity)))


def split_rule(type: str, custom: str | None, undivided: bool = False) -> str:
    """Return the core's rule for a split type; a custom one without quantities sells as ANY (convention)."""
    if undivided:
        return "all_together"
    sizes = sorted({int(part) for part in (custom or "").split(",") if part.isdecimal()} - {0})
    if type != CUSTOM or not sizes:
        return RULES.get(type, "any")
    return f"custom:{','.join(map(str, sizes))}"


def of_stock(read: Read, stock: str) -> Record | None:
    """Return the inventory that shows a stock row, or None when it is no broker's here."""
    return records.first(read, INVENTORY, ("stock", "=", stock))


def stock_of(read: Read, listing: Payload) -> str:
    """Return the stock row that an inventory shows; empty for one that was split or merged away."""
    return str(records.own(read, INVENTORY, str(listing["id"]))["stock"])


def with_tickets(read: Read, account: int, id: int) -> Record:
    """Get a listing with the tickets that are left in it."""
    return get_or_404(read, INVENTORY, account, id) | {"tickets": tickets.pool(read, id)}


def prices(read: Read, account: int, id: int) -> list[Record]:
    """List every list price that a listing has had, oldest first."""
    get_or_404(read, INVENTORY, account, id)
    return records.find(read, PRICE, ("inventory", "=", id), order=[("number", "asc")])


def active_holds(read: Read, id: int) -> list[Record]:
    """Return the holds that stand on an inventory, oldest first."""
    return records.find(read, HOLD, ("inventory", "=", id), ("removed", "=", 0), order=[("number", "asc")])


def holds(read: Read, account: int, id: int) -> list[Record]:
    """List the holds that stand on a listing."""
    get_or_404(read, INVENTORY, account, id)
    return active_holds(read, id)


def add(tx: Tx, account: int, row: Stock, body: Payload, by: Actor, **own: Any) -> Record:
    """Store a new inventory of a stock row, without tickets yet and untold."""
    record = new(tx, account, row, body, by)
    values = {"stock": row.id, **place_of(events.get(tx, row.event))} | dict.fromkeys(("vendor", "purchase"), 0)
    values |= dict.fromkeys(("created_at", "updated_at", "priced_at"), tx.now)
    values |= dict.fromkeys(("listed", "held", "origin"), 0)
    records.put(tx, INVENTORY, record, **values | own)
    note_price(tx, record, "CREATED", by)
    return record


def new(tx: Tx, account: int, row: Stock, body: Payload, by: Actor) -> Record:
    """Write a new inventory of a stock row; `body` is what is known besides its seats."""
    id = wire.next_number(tx, INVENTORY)
    split, custom = split_words(row.split, row.total)
    if body.get("splitType") == CUSTOM:  # as it was written: 4,2 stays 4,2, and a custom split of nothing stays one
        split, custom = CUSTOM, body.get("customSplit")
    return wire.new_record(
        Inventory,
        body,
        id=id,
        accountId=account,
        eventId=wire.number_of(row.event),
        exchangePosId=id + POSITIONS,
        section=row.section,
        row=row.row,
        seatType=body.get("seatType") or ("GA" if row.kind == "general" else "CONSECUTIVE"),
        splitType=split,
        customSplit=custom,
        listPrice=wire.money(row.price),
        lastPriceUpdate=wire.moment(tx.now),
        cost=float(body["cost"]),
        quantity=0,
        lowSeat=None,
        highSeat=None,
        **wire.stamps(by.name, tx.now),
    )


def place_of(show: events.Event | None) -> Record:
    """Return when and where an inventory's event is and who performs, as inventory is found by them."""
    if show is None:
        return {"starts_at": 0, "venue": 0, "performer": 0}
    venue, performer = wire.number_of(show.venue.id), directory.performers(show)[0]["id"]
    return {"starts_at": show.starts_at, "venue": venue, "performer": performer}


def counted(pool: Sequence[Payload], held: int) -> Record:
    """Return what follows of an inventory from the tickets that are left in it, and how many more are on hold."""
    seats = [ticket["seatNumber"] for ticket in pool]
    return {
        "quantity": len(pool),
        "lowSeat": min(seats, default=None),
        "highSeat": max(seats, default=None),
        "ticketIds": [ticket["id"] for ticket in pool],
        "status": "AVAILABLE" if pool else "ON_HOLD" if held else "DEPLETED",
    }


def is_listed(record: Payload) -> int:
    """Return whether an inventory is on offer, as its column has it."""
    return int(record["broadcast"] and record["quantity"] > 0)


def fill(tx: Tx, record: Record) -> Record:
    """Store a new inventory with the tickets that it has now, and return it; nobody is told."""
    full = record | counted(tickets.pool(tx, record["id"]), 0)
    wire.put_changed(tx, INVENTORY, full, listed=is_listed(full))
    return full


def save(tx: Tx, before: Record, after: Record, by: Actor, **own: Any) -> Record:
    """Store a changed inventory and tell what of it is relevant; one that has not changed stays as it is."""
    kept = records.own(tx, INVENTORY, str(before["id"]))
    values = {**kept, **own, "listed": is_listed(after)}
    if after == before and values == kept:
        return before
    stamped = after | {"version": before["version"] + 1, **change_stamp(by.name, tx.now)}
    if after["listPrice"] != before["listPrice"]:
        stamped["lastPriceUpdate"] = wire.moment(tx.now)
        values["priced_at"] = tx.now
        note_price(tx, stamped, "UPDATED", by)
    records.put(tx, INVENTORY, stamped, **values | {"updated_at": tx.now})
    notifications.updated(tx, "INVENTORY", before, stamped, by)
    return stamped


def note_price(tx: Tx, record: Payload, action: str, by: Actor) -> None:
    """Add a price to an inventory's history (public: InventoryPriceHistory)."""
    email = f"{by.name.casefold().replace(' ', '.')}@example.com"
    entry = {"email": email, "id": wire.next_number(tx, PRICE), "action": action}
    entry |= {"price": record["listPrice"], "dateOfAction": wire.moment(tx.now)}
    records.put(tx, PRICE, entry, inventory=record["id"])


def refresh(tx: Tx, id: int, by: Actor) -> Record:
    """Count an inventory's tickets anew, and tell what changed by it."""
    before = get_or_404(tx, INVENTORY, None, id)
    pool, held = tickets.pool(tx, id), tickets.held_of(tx, id)
    after = before | counted(pool, len(held))
    row = stock_of(tx, before)
    if row:
        after["splitType"], after["customSplit"] = split_of(before, stock.get(tx, row), len(pool))
    return save(tx, before, after, by, held=tickets.hold_of(tx, held[0]) if held else 0)


def refresh_all(tx: Tx, ids: set[int], by: Actor) -> None:
    """Count the tickets of several inventories anew, by their ids, and tell what changed by it."""
    for id in sorted(ids):
        refresh(tx, id, by)


def split_of(before: Payload, row: Stock, left: int) -> tuple[str, str | None]:
    """Return the split words of an inventory: those of its stock row's rule, but for a custom split as it was written."""
    custom = splits.parse(row.split).name == "custom"
    if before["splitType"] == CUSTOM and (custom or split_rule(CUSTOM, before["customSplit"]) == row.split):
        return CUSTOM, before["customSplit"]
    return split_words(row.split, left)


def update(session: Session, id: int, body: Payload) -> Record:
    """Change a listing; what is not named stays. Price and split type change in every other window too."""
    return change(session, get_or_404(session.tx, INVENTORY, session.account, id), body)


def change(session: Session, before: Record, body: Payload) -> Record:
    """Change an inventory that has been read; returns it as it is now."""
    tx, by = session.tx, session.by
    for name in FIXED:
        if name in body and body[name] != before[name]:
            raise invalid(name, f"is {before[name]!r} and cannot be changed here", body[name])
    check_seat_type(tx, before, body.get("seatType", before["seatType"]))
    after = changed(before, body)
    share(tx, before, after, bool(body.get("noSplit")))
    pass_on(tx, before, after, by)
    return save(tx, before, after, by)


def changed(before: Record, body: Payload) -> Record:
    """Return an inventory with what a body says of it; a null price or split stays."""
    after = before | {name: body[name] for name in PLAIN if name in body}
    after |= {name: body[name] for name in SHARED if body.get(name) is not None}
    if after["splitType"] != CUSTOM:
        after["customSplit"] = None
    if body.get("noSplit"):
        after |= {"splitType": CUSTOM, "customSplit": str(after["quantity"])}
    return after


def check_seat_type(read: Read, before: Payload, wanted: str) -> None:
    """Raise Invalid for a seat type that the seats contradict: they have numbers or none, and stand side by side or apart."""
    now = before["seatType"]
    if wanted == now:
        return
    seats = [ticket["seatNumber"] for ticket in tickets.pool(read, before["id"])]
    adjoin = any(later - seat == 1 for seat, later in pairwise(seats))
    apart = now == "ALTERNATING" and len(seats) > 1
    if "GA" in (wanted, now) or (wanted == "ALTERNATING" and adjoin) or (wanted == "CONSECUTIVE" and apart):
        raise invalid("seatType", f"is {now!r} by its seats and cannot be {wanted}", wanted)


def pass_on(tx: Tx, before: Payload, after: Payload, by: Actor) -> None:
    """Have an inventory's tickets that are left or on hold follow what of it they say too."""
    changes = {name: after[name] for name in OF_TICKETS if after[name] != before[name]}
    if changes:
        unsold = [*tickets.pool(tx, before["id"]), *tickets.held_of(tx, before["id"])]
        nothing = {"faceValue": 0.0} if changes.get("faceValue", 0) is None else {}
        tickets.mark(tx, unsold, by, changes | nothing)


def share(tx: Tx, before: Payload, after: Payload, undivided: bool) -> None:
    """Have the stock row behind an inventory follow its price and its split, so that every other window does."""
    id = stock_of(tx, before)
    price = wire.cents(after["listPrice"]) if after["listPrice"] != before["listPrice"] else None
    same = all(after[name] == before[name] for name in ("splitType", "customSplit")) and not undivided
    split = None if same else split_rule(after["splitType"], after["customSplit"], undivided)
    if id and (price is not None or split is not None):
        stock.alter(tx, id, NAME, str(before["id"]), price=price, split=split)


def update_prices(session: Session, bodies: Sequence[Payload]) -> list[Record]:
    """Change prices and broadcasts of several listings, all or none."""
    return [
        change(session, get_named(session.tx, INVENTORY, session.account, body["id"], f"{place}.id"), body)
        for place, body in enumerate(bodies)
    ]


def update_many(session: Session, body: Payload) -> None:
    """Change several listings in one way, all or none; the answer has no body."""
    for place, id in enumerate(body["inventoryIds"]):
        before = get_named(session.tx, INVENTORY, session.account, id, f"inventoryIds.{place}")
        change(session, before, in_bulk(before, body))


def in_bulk(before: Payload, body: Payload) -> Record:
    """Return what a bulk update means for one inventory."""
    changes = {name: body[name] for name in (*PLAIN, "splitType", "customSplit", "noSplit") if name in body}
    for ours, theirs in (("publicNotes", "publicNotes"), ("notes", "internalNotes")):
        if f"{theirs}ToReplace" in body:
            changes[ours] = body[f"{theirs}ToReplace"]
        if f"{theirs}ToAdd" in body:
            changes[ours] = " ".join(part for part in (before[ours], body[f"{theirs}ToAdd"]) if part)
    if "inventoryAttribute" in body:
        changes["attributes"] = [*before["attributes"], body["inventoryAttribute"]]
    return changes | ({"attributes": []} if body.get("clearAttributes") else {})
