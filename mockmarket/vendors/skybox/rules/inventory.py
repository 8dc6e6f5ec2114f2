"""Inventory: stored, counted by its tickets, changed by its broker; every change is told and stands in the delta."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from mockmarket import stock
from mockmarket.rules import splits
from mockmarket.stock import Stock
from mockmarket.store import Read, Tx, events, records
from mockmarket.store.records import Record
from mockmarket.vendors.skybox.callers import Actor
from mockmarket.vendors.skybox.rules import refusing, telling, tickets
from mockmarket.vendors.skybox.wire import directory, formats
from mockmarket.vendors.skybox.wire import inventory as words
from mockmarket.vendors.skybox.wire.formats import NAME
from mockmarket.vendors.skybox.wire.kinds import FIRST, HOLD, INVENTORY, PRICE
from mockmarket.worlds.world import World

MOST_TICKETS = 1000
"""A broker's listing has no more tickets than this; a larger row of stock is the venue's own and not here (convention)."""

PLAIN = (
    "notes", "publicNotes", "cost", "taxedCost", "faceValue", "expectedValue", "stockType", "seatType", "inHandDate",
    "inHandDaysBeforeEvent", "tags", "attributes", "broadcast", "zoneSeating", "hideSeatNumbers", "shownQuantity",
    "electronicTransfer", "vsrOption", "instantTransfer", "friendlySection", "friendlyRow", "secondRow",
)  # fmt: skip
"""What an update takes over as it is given; prices and splits stand in the shared stock too."""
OF_TICKETS = ("cost", "taxedCost", "faceValue", "stockType")
"""What of it an inventory's unsold tickets say too; what a sale has brought is counted by their cost."""


def found(read: Read, account: int, id: int) -> Record:
    """Return an account's inventory; NotFound when there is none."""
    return refusing.found(read, INVENTORY, account, id, "inventory")


def of_stock(read: Read, stock: str) -> Record | None:
    """Return the inventory that shows a stock row, or None when it is no broker's here."""
    there = records.find(read, INVENTORY, ("stock", "=", stock), limit=1)
    return there[0] if there else None


def stock_of(read: Read, listing: Mapping[str, Any]) -> str:
    """Return the stock row that an inventory shows; empty for one that was split or merged away."""
    return str(records.own(read, INVENTORY, str(listing["id"]))["stock"])


def add(
    tx: Tx, account: int, row: Stock, said: Mapping[str, Any], by: Actor, **own: Any
) -> Record:  # fmt: skip
    """Store a new inventory of a stock row, without tickets yet and untold."""
    id = formats.next_number(tx, INVENTORY, FIRST[INVENTORY])
    listing = words.listing(id, account, row, said, by.name, tx.now)
    show = events.get(tx, row.event)
    values = {
        "stock": row.id, "vendor": 0, "purchase": 0, "starts_at": show.starts_at if show else 0,
        "venue": formats.number_of(show.venue.id) if show else 0,
        "performer": directory.performers(show)[0]["id"] if show else 0, "created_at": tx.now,
        "updated_at": tx.now, "priced_at": tx.now, "listed": 0, "held": 0, "origin": 0,
    }  # fmt: skip
    records.put(tx, INVENTORY, listing, **{**values, **own})
    note_price(tx, listing, "CREATED", by)
    return listing


def fill(tx: Tx, listing: Record) -> Record:
    """Store a new inventory with the tickets that it has now, and return it; nobody is told."""
    full = listing | words.counted(tickets.pool(tx, listing["id"]), 0)
    own = records.own(tx, INVENTORY, str(listing["id"]))
    records.put(tx, INVENTORY, full, **own | {"listed": int(full["broadcast"] and full["quantity"] > 0)})
    return full


def save(tx: Tx, before: Record, after: Record, by: Actor, **own: Any) -> Record:
    """Store a changed inventory and tell what of it is relevant; one that has not changed stays as it is."""
    kept = records.own(tx, INVENTORY, str(before["id"]))
    changed_own = {**kept, **own, "listed": int(after["broadcast"] and after["quantity"] > 0)}
    if after == before and changed_own == kept:
        return before
    stamped = after | {"version": before["version"] + 1, "lastUpdate": formats.moment(tx.now), "lastUpdateBy": by.name}
    if after["listPrice"] != before["listPrice"]:
        stamped["lastPriceUpdate"] = formats.moment(tx.now)
        changed_own["priced_at"] = tx.now
        note_price(tx, stamped, "UPDATED", by)
    records.put(tx, INVENTORY, stamped, **changed_own | {"updated_at": tx.now})
    telling.updated(tx, "INVENTORY", before, stamped, by)
    return stamped


def note_price(tx: Tx, listing: Mapping[str, Any], action: str, by: Actor) -> None:
    """Add a price to an inventory's history (public: InventoryPriceHistory)."""
    written = {
        "email": f"{by.name.casefold().replace(' ', '.')}@example.com",
        "id": formats.next_number(tx, PRICE, FIRST[PRICE]), "action": action, "price": listing["listPrice"],
        "dateOfAction": formats.moment(tx.now),
    }  # fmt: skip
    records.put(tx, PRICE, written, inventory=listing["id"])


def refresh(tx: Tx, id: int, by: Actor) -> Record:
    """Count an inventory's tickets anew, and tell what changed by it."""
    before = records.find(tx, INVENTORY, ("number", "=", id), limit=1)[0]
    pool, held = tickets.pool(tx, id), tickets.held_of(tx, id)
    after = before | words.counted(pool, len(held))
    row = stock_of(tx, before)
    if row:
        after["splitType"], after["customSplit"] = split_of(before, stock.get(tx, row), len(pool))
    return save(tx, before, after, by, held=tickets.hold_of(tx, held[0]) if held else 0)


def split_of(before: Mapping[str, Any], row: Stock, left: int) -> tuple[str, str | None]:
    """Return the split words of an inventory: those of its stock row's rule, but for a custom split as it was written."""
    custom = splits.parse(row.split).name == "custom"
    if before["splitType"] == words.CUSTOM and (
        custom or words.split_rule(words.CUSTOM, before["customSplit"]) == row.split
    ):
        return words.CUSTOM, before["customSplit"]
    return words.split_words(row.split, left)


def update(world: World, account: int, id: int, given: Mapping[str, Any], by: Actor) -> Record:
    """Change an inventory as its broker says; what is not named stays. Price and split change in every window."""
    with world.atomic() as tx:
        return change(tx, found(tx, account, id), given, by)


def change(tx: Tx, before: Record, given: Mapping[str, Any], by: Actor) -> Record:
    """Change an inventory within a transaction; returns it as it is now."""
    for name in ("section", "row", "eventId"):
        if name in given and given[name] != before[name]:
            raise refusing.invalid(name, f"is {before[name]!r} and cannot be changed here", given[name])
    check_seat_type(tx, before, given.get("seatType", before["seatType"]))
    after = before | {name: given[name] for name in PLAIN if name in given}
    after |= {name: given[name] for name in ("listPrice", "splitType", "customSplit") if given.get(name) is not None}
    whole = bool(given.get("noSplit"))
    if after["splitType"] != words.CUSTOM:
        after["customSplit"] = None
    if whole:
        after |= {"splitType": words.CUSTOM, "customSplit": str(after["quantity"])}
    after["listPrice"] = formats.money(formats.cents(after["listPrice"]))
    share(tx, before, after, whole)
    pass_on(tx, before, after, by)
    return save(tx, before, after, by)


def check_seat_type(read: Read, before: Mapping[str, Any], asked: str) -> None:
    """Raise Invalid for a seat type that the seats contradict: they have numbers or none, and stand side by side or apart."""
    if asked == before["seatType"]:
        return
    seats = [one["seatNumber"] for one in tickets.pool(read, before["id"])]
    adjoin = any(later - seat == 1 for seat, later in pairwise(seats))
    apart = before["seatType"] == "ALTERNATING" and len(seats) > 1
    if "GA" in (asked, before["seatType"]) or (asked == "ALTERNATING" and adjoin) or (asked == "CONSECUTIVE" and apart):
        raise refusing.invalid("seatType", f"is {before['seatType']!r} by its seats and cannot be {asked}", asked)


def pass_on(tx: Tx, before: Mapping[str, Any], after: Mapping[str, Any], by: Actor) -> None:
    """Have an inventory's tickets that are left or on hold follow what of it they say too."""
    changes = {name: after[name] for name in OF_TICKETS if after[name] != before[name]}
    if changes:
        unsold = [*tickets.pool(tx, before["id"]), *tickets.held_of(tx, before["id"])]
        nothing = {"faceValue": 0.0} if changes.get("faceValue", 0) is None else {}
        tickets.mark(tx, unsold, by, changes | nothing)


def share(tx: Tx, before: Mapping[str, Any], after: Mapping[str, Any], whole: bool) -> None:
    """Have the stock row behind an inventory follow its price and its split, so that every other window does."""
    id = stock_of(tx, before)
    price = formats.cents(after["listPrice"]) if after["listPrice"] != before["listPrice"] else None
    same = all(after[name] == before[name] for name in ("splitType", "customSplit")) and not whole
    split = None if same else words.split_rule(after["splitType"], after["customSplit"], whole)
    if id and (price is not None or split is not None):
        stock.alter(tx, id, NAME, str(before["id"]), price=price, split=split)


def update_prices(world: World, account: int, given: Sequence[Mapping[str, Any]], by: Actor) -> list[Record]:
    """Change prices and broadcasts of several inventories, all or none (public: bulk price)."""
    with world.atomic() as tx:
        return [change(tx, listed(tx, account, one["id"], f"{place}.id"), one, by) for place, one in enumerate(given)]


def listed(read: Read, account: int, id: int, path: str) -> Record:
    """Return an account's inventory that a body names; Invalid, naming the field, when there is none."""
    record = records.get(read, INVENTORY, str(id))
    if record is None or record["accountId"] != account:
        raise refusing.invalid(path, f"There is no inventory {id} on account {account}.", id)
    return record


def update_many(world: World, account: int, given: Mapping[str, Any], by: Actor) -> None:
    """Change several inventories in one way, all or none (public: bulk-update)."""
    with world.atomic() as tx:
        for place, id in enumerate(given["inventoryIds"]):
            before = listed(tx, account, id, f"inventoryIds.{place}")
            change(tx, before, in_bulk(before, given), by)


def in_bulk(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a bulk update means for one inventory."""
    said = {name: given[name] for name in (*PLAIN, "splitType", "customSplit", "noSplit") if name in given}
    for ours, theirs in (("publicNotes", "publicNotes"), ("notes", "internalNotes")):
        if f"{theirs}ToReplace" in given:
            said[ours] = given[f"{theirs}ToReplace"]
        if f"{theirs}ToAdd" in given:
            said[ours] = " ".join(part for part in (before[ours], given[f"{theirs}ToAdd"]) if part)
    if "inventoryAttribute" in given:
        said["attributes"] = [*before["attributes"], given["inventoryAttribute"]]
    return said | ({"attributes": []} if given.get("clearAttributes") else {})


def active_holds(read: Read, id: int) -> list[Record]:
    """Return the holds that stand on an inventory, oldest first."""
    return records.find(read, HOLD, ("inventory", "=", id), ("removed", "=", 0), order=[("number", "asc")])
