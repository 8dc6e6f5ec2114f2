"""Splitting one listing into several, and merging several into a new one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from mockmarket import stock
from mockmarket.stock import Stock
from mockmarket.store import Tx, records
from mockmarket.store.records import Record
from mockmarket.vendors.skybox.callers import Actor, Session
from mockmarket.vendors.skybox.records.inventory import Merging
from mockmarket.vendors.skybox.records.types import NAME, Payload
from mockmarket.vendors.skybox.rules import inventory, notifications, tickets
from mockmarket.vendors.skybox.rules.violations import blamed_on, get_named, get_or_404, invalid
from mockmarket.vendors.skybox.wire import INVENTORY, put_changed

COPIED = (*inventory.PLAIN, "eventMapping")
"""What a new listing takes over from the one that its seats come from."""


def split(session: Session, id: int, size: int) -> list[int]:
    """Split a listing; answers the ids of the new ones."""
    # The first part has `size` tickets.
    listing = get_or_404(session.tx, INVENTORY, session.account, id)
    most = listing["quantity"] - 1
    if not 1 <= size <= most:
        few = f"Inventory {id} has too few tickets left to split."
        raise invalid("size", f"must be from 1 to {most}" if most > 0 else few, size)
    return divide(session.tx, listing, [size, listing["quantity"] - size], session.by)


def split_to_consecutive(session: Session, id: int) -> list[int]:
    """Split a listing into runs of seats side by side; answers the ids of the new ones."""
    listing = get_or_404(session.tx, INVENTORY, session.account, id)
    runs = consecutive([ticket["seatNumber"] for ticket in tickets.pool(session.tx, id)])
    return divide(session.tx, listing, runs, session.by) if len(runs) > 1 else []


def consecutive(seats: Sequence[int]) -> list[int]:
    """Return how long each run of seats side by side is."""
    runs: list[int] = []
    for place, seat in enumerate(seats):
        if place and seat == seats[place - 1] + 1:
            runs[-1] += 1
        else:
            runs.append(1)
    return runs


def divide(tx: Tx, listing: Record, quantities: Sequence[int], by: Actor) -> list[int]:
    """Divide a listing's free seats; the first part stays the listing, unless the setting makes all of them new ones."""
    with blamed_on("id", listing["id"]):
        rows = stock.divide(tx, inventory.stock_of(tx, listing), quantities, NAME, str(listing["id"]))
    pool = tickets.pool(tx, listing["id"])
    all_new = tx.store.settings[NAME]["split_makes_all_new"]
    parts = [pool[first:last] for first, last in pairwise(accumulate(quantities, initial=0))]
    if all_new:
        put_changed(tx, INVENTORY, listing, stock="")  # its seats have all gone to another
    pairs = list(zip(rows, parts, strict=True))[0 if all_new else 1 :]
    created = [offspring(tx, listing, row, part, {}, by) for row, part in pairs]
    inventory.refresh(tx, listing["id"], by)
    notifications.created(tx, "INVENTORY", created, by)
    return [part["id"] for part in created]


def offspring(tx: Tx, parent: Record, row: Stock, part: Sequence[Record], changes: Payload, by: Actor) -> Record:
    """Make a new listing like another of a stock row and give it tickets; it is not told yet."""
    own = records.own(tx, INVENTORY, str(parent["id"]))
    body = {**{name: parent[name] for name in COPIED}, **changes}
    origin = {"vendor": own["vendor"], "purchase": own["purchase"], "origin": parent["id"]}
    listing = inventory.add(tx, parent["accountId"], row, body, by, **origin)
    tickets.mark(tx, part, by, {"inventoryId": listing["id"]}, stock=row.id)
    return inventory.fill(tx, listing)


def merge(session: Session, body: Merging) -> Record:
    """Merge listings of one row whose free seats stand side by side; answers the new one."""
    return join(session.tx, sources_of(session, body), body, session.by)


def merge_all(session: Session, body: Merging) -> list[Record]:
    """Merge those of the listings that can be one, row by row; answers the new ones."""
    groups = mergeable(session.tx, sources_of(session, body))
    return [join(session.tx, group, body, session.by) for group in groups if len(group) > 1]


def sources_of(session: Session, body: Merging) -> list[Record]:
    """Return the listings that are to be merged."""
    ids = enumerate(body["inventoryIds"])
    return [get_named(session.tx, INVENTORY, session.account, id, f"inventoryIds.{place}") for place, id in ids]


def join(tx: Tx, sources: Sequence[Record], body: Merging, by: Actor) -> Record:
    """Merge listings within a transaction."""
    ids = [source["id"] for source in sources]
    if held := [id for id in ids if tickets.held_of(tx, id)]:
        raise invalid("inventoryIds", f"Inventory {held[0]} has tickets on hold.", ids)
    rows = [inventory.stock_of(tx, source) for source in sources]
    if not all(rows):
        raise invalid("inventoryIds", f"Inventory {ids[rows.index('')]} has no tickets left.", ids)
    with blamed_on("inventoryIds", ids):
        row = stock.join(tx, rows, NAME, ",".join(map(str, ids)))
    pool = [ticket for id in ids for ticket in tickets.pool(tx, id)]
    pool.sort(key=lambda ticket: (ticket["seatNumber"], ticket["id"]))
    changes = {"publicNotes": notes_of(sources, body), "cost": tickets.average_cost(pool, sources[0]["cost"])}
    merged = offspring(tx, sources[0], row, pool, changes, by)
    for id in ids:
        inventory.refresh(tx, id, by)
    notifications.created(tx, "INVENTORY", [merged], by)
    return merged


def notes_of(sources: Sequence[Payload], body: Merging) -> str | None:
    """Return the public notes of what was merged (public: COMBINE, WIPE, NEW)."""
    if body["mergingType"] != "COMBINE":
        return body["publicNotes"] if body["mergingType"] == "NEW" else None
    return ", ".join(dict.fromkeys(source["publicNotes"] for source in sources if source["publicNotes"])) or None


def mergeable(tx: Tx, sources: Sequence[Record]) -> list[list[Record]]:
    """Group listings that can be one: of the same event, section and row, wholly free, each beginning where another ends."""
    untouched = [source for source in {source["id"]: source for source in sources}.values() if is_untouched(tx, source)]
    groups: list[list[Record]] = []
    for source in sorted(untouched, key=lambda row: (row["eventId"], row["section"], row["row"], row["lowSeat"])):
        if groups and adjoin(groups[-1][-1], source):
            groups[-1].append(source)
        else:
            groups.append([source])
    return groups


def adjoin(first: Payload, second: Payload) -> bool:
    """Tell whether a listing goes on where another ends."""
    alike = all(first[name] == second[name] for name in ("eventId", "section", "row", "seatType"))
    return alike and (first["seatType"] == "GA" or first["highSeat"] + 1 == second["lowSeat"])


def is_untouched(tx: Tx, listing: Payload) -> bool:
    """Tell whether none of a listing's seats is held, sold or missing between others."""
    id = inventory.stock_of(tx, listing)
    row = stock.get(tx, id) if id else None
    return bool(row and row.total and row.free == row.total == listing["quantity"])
