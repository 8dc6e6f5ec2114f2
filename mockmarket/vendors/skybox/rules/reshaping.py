"""Splitting one listing into several, and merging several into a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockmarket import stock
from mockmarket.stock import Stock
from mockmarket.store import Tx, records
from mockmarket.store.records import Record
from mockmarket.vendors.skybox.callers import Actor
from mockmarket.vendors.skybox.rules import inventory, refusing, telling, tickets
from mockmarket.vendors.skybox.wire import inventory as words
from mockmarket.vendors.skybox.wire.formats import NAME
from mockmarket.vendors.skybox.wire.kinds import INVENTORY
from mockmarket.worlds.world import World

COPIED = (
    "inHandDate", "notes", "friendlySection", "friendlyRow", "secondRow", "cost", "taxedCost", "faceValue", "stockType",
    "expectedValue", "publicNotes", "attributes", "inHandDaysBeforeEvent", "tags", "seatType", "broadcast", "zoneSeating",
    "electronicTransfer", "hideSeatNumbers", "vsrOption", "shownQuantity", "instantTransfer", "eventMapping",
)  # fmt: skip


def split(world: World, account: int, id: int, size: int, by: Actor) -> list[int]:
    """Split a listing so that the first has `size` tickets; returns the ids of the new listings."""
    with world.atomic() as tx:
        whole = inventory.found(tx, account, id)
        if not 1 <= size < whole["quantity"]:
            most = whole["quantity"] - 1
            why = f"must be from 1 to {most}" if most > 0 else f"Inventory {id} has too few tickets left to split."
            raise refusing.invalid("size", why, size)
        return divide(tx, whole, [size, whole["quantity"] - size], by)


def split_to_consecutive(world: World, account: int, id: int, by: Actor) -> list[int]:
    """Split a listing into runs of seats side by side; returns the ids of the new listings, none when it is one run."""
    with world.atomic() as tx:
        whole = inventory.found(tx, account, id)
        runs = consecutive([one["seatNumber"] for one in tickets.pool(tx, id)])
        return divide(tx, whole, runs, by) if len(runs) > 1 else []


def consecutive(seats: Sequence[int]) -> list[int]:
    """Return how long each run of seats side by side is."""
    runs: list[int] = []
    for place, seat in enumerate(seats):
        if place and seat == seats[place - 1] + 1:
            runs[-1] += 1
        else:
            runs.append(1)
    return runs


def divide(tx: Tx, whole: Record, quantities: Sequence[int], by: Actor) -> list[int]:
    """Divide a listing's free seats; the first part stays the listing, unless the setting makes all of them new ones."""
    with refusing.blamed_on("id", whole["id"]):
        rows = stock.divide(tx, inventory.stock_of(tx, whole), quantities, NAME, str(whole["id"]))
    pool = tickets.pool(tx, whole["id"])
    all_new = tx.store.settings[NAME]["split_makes_all_new"]
    parts = [pool[sum(quantities[:place]) : sum(quantities[: place + 1])] for place in range(len(quantities))]
    if all_new:
        forsake(tx, whole)
    made = [
        offspring(tx, whole, row, part, {}, by)
        for row, part in list(zip(rows, parts, strict=True))[0 if all_new else 1 :]
    ]
    inventory.refresh(tx, whole["id"], by)
    for one in made:
        telling.created(tx, "INVENTORY", one, by)
    return [one["id"] for one in made]


def forsake(tx: Tx, listing: Record) -> None:
    """Take the stock row from a listing whose seats have all gone to another."""
    own = records.own(tx, INVENTORY, str(listing["id"]))
    records.put(tx, INVENTORY, listing, **own | {"stock": ""})


def offspring(
    tx: Tx, parent: Record, row: Stock, part: Sequence[Record], more: Mapping[str, Any], by: Actor
) -> Record:  # fmt: skip
    """Make a new listing like another of a stock row and give it tickets; it is not told yet."""
    own = records.own(tx, INVENTORY, str(parent["id"]))
    said = {**{name: parent[name] for name in COPIED}, **more}
    born = {"vendor": own["vendor"], "purchase": own["purchase"], "origin": parent["id"]}
    listing = inventory.add(tx, parent["accountId"], row, said, by, **born)
    tickets.move(tx, part, listing["id"], row.id, by)
    return inventory.fill(tx, listing)


def merge(world: World, account: int, given: Mapping[str, Any], by: Actor) -> Record:
    """Merge listings into a new one, and return that; nothing is left in the others."""
    with world.atomic() as tx:
        places = enumerate(given["inventoryIds"])
        sources = [inventory.listed(tx, account, id, f"inventoryIds.{place}") for place, id in places]
        return join(tx, sources, given, by)


def join(tx: Tx, sources: Sequence[Record], given: Mapping[str, Any], by: Actor) -> Record:
    """Merge listings within a transaction."""
    ids = [one["id"] for one in sources]
    if tickets_held := [id for id in ids if tickets.held_of(tx, id)]:
        raise refusing.invalid("inventoryIds", f"Inventory {tickets_held[0]} has tickets on hold.", ids)
    rows = [inventory.stock_of(tx, one) for one in sources]
    if not all(rows):
        raise refusing.invalid("inventoryIds", f"Inventory {ids[rows.index('')]} has no tickets left.", ids)
    with refusing.blamed_on("inventoryIds", ids):
        row = stock.join(tx, rows, NAME, ",".join(map(str, ids)))
    pool = sorted((one for id in ids for one in tickets.pool(tx, id)), key=lambda one: (one["seatNumber"], one["id"]))
    said = {"publicNotes": notes_of(sources, given), "cost": words.average_cost(pool, sources[0]["cost"])}
    made = offspring(tx, sources[0], row, pool, said, by)
    for id in ids:
        inventory.refresh(tx, id, by)
    telling.created(tx, "INVENTORY", made, by)
    return made


def notes_of(sources: Sequence[Mapping[str, Any]], given: Mapping[str, Any]) -> str | None:
    """Return the public notes of what was merged (public: COMBINE, WIPE, NEW; COMBINE unless said is convention)."""
    if given["mergingType"] != "COMBINE":
        return given.get("publicNotes") if given["mergingType"] == "NEW" else None
    said = dict.fromkeys(one["publicNotes"] for one in sources if one["publicNotes"])
    return ", ".join(said) or None


def merge_all(world: World, account: int, given: Mapping[str, Any], by: Actor) -> list[Record]:
    """Merge whatever of these listings can be merged: those of one row that stand side by side; returns the new ones."""
    with world.atomic() as tx:
        places = enumerate(given["inventoryIds"])
        there = [inventory.listed(tx, account, id, f"inventoryIds.{place}") for place, id in places]
        return [join(tx, group, given, by) for group in mergeable(tx, there) if len(group) > 1]


def mergeable(tx: Tx, there: Sequence[Record]) -> list[list[Record]]:
    """Group listings that can be one: of the same event, section and row, wholly free, each beginning where another ends."""
    whole = [one for one in {one["id"]: one for one in there}.values() if is_whole(tx, one)]
    groups: list[list[Record]] = []
    for one in sorted(whole, key=lambda one: (one["eventId"], one["section"], one["row"], one["lowSeat"])):
        last = groups[-1][-1] if groups else None
        if last and adjoin(last, one):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def adjoin(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether a listing goes on where another ends."""
    alike = all(one[name] == other[name] for name in ("eventId", "section", "row", "seatType"))
    return alike and (one["seatType"] == words.SEAT_TYPES[2] or one["highSeat"] + 1 == other["lowSeat"])


def is_whole(tx: Tx, listing: Mapping[str, Any]) -> bool:
    """Tell whether none of a listing's seats is held, sold or missing between others."""
    id = inventory.stock_of(tx, listing)
    row = stock.get(tx, id) if id else None
    return bool(row and row.total and row.free == row.total == listing["quantity"])
