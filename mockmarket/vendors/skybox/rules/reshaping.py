"""Splits and merges of listings."""

from collections.abc import Sequence
from itertools import accumulate, groupby, pairwise

from mockmarket import stock
from mockmarket.stock import Stock
from mockmarket.store import Record, Tx, records
from mockmarket.vendors.skybox.callers import Actor, Session
from mockmarket.vendors.skybox.records.inventory import Merging
from mockmarket.vendors.skybox.records.types import NAME, Payload
from mockmarket.vendors.skybox.rules import notifications, orders, tickets
from mockmarket.vendors.skybox.rules.inventory import COPIED, add, check_mapped, fill, refresh, stock_of
from mockmarket.vendors.skybox.wire import INVENTORY, blamed_on, get_or_refuse, invalid


def split(session: Session, id: int, size: int) -> list[int]:
    """Split a listing; answers the ids of the new ones."""  # the first part has `size` tickets
    listing = get_or_refuse(session.tx, INVENTORY, session.account, id)
    most = listing["quantity"] - 1
    if not 1 <= size <= most:
        few = f"Inventory {id} has too few tickets left to split."
        raise invalid("size", f"must be from 1 to {most}" if most > 0 else few, size)
    return divide(session.tx, listing, [size, listing["quantity"] - size], session.by)


def split_to_consecutive(session: Session, id: int) -> list[int]:
    """Split a listing into runs of seats side by side; answers the ids of the new ones."""
    listing = get_or_refuse(session.tx, INVENTORY, session.account, id)
    pool = enumerate(ticket["seatNumber"] for ticket in tickets.pool(session.tx, id))
    runs = [len(list(run)) for _, run in groupby(pool, lambda numbered: numbered[1] - numbered[0])]
    return divide(session.tx, listing, runs, session.by) if len(runs) > 1 else []


def divide(tx: Tx, listing: Record, quantities: Sequence[int], by: Actor) -> list[int]:
    """Divide a listing's free seats; the first part keeps the listing, unless the setting makes all parts new ones."""
    check_mapped(listing, "id")
    with blamed_on("id", listing["id"]):
        rows = stock.divide(tx, stock_of(tx, listing), quantities, NAME, str(listing["id"]))
    pool = tickets.pool(tx, listing["id"])
    parts = zip(rows, (pool[first:last] for first, last in pairwise(accumulate(quantities, initial=0))), strict=True)
    if tx.store.settings[NAME]["split_makes_all_new"]:
        records.update(tx, INVENTORY, listing, stock="")  # another listing has all its seats
    else:
        next(parts)
    created = [_offspring(tx, listing, row, part, {}, by) for row, part in parts]
    refresh(tx, listing["id"], by)
    notifications.created(tx, "INVENTORY", created, by)
    orders.follow(tx, pool, by)
    return [part["id"] for part in created]


def _offspring(tx: Tx, parent: Record, row: Stock, part: Sequence[Record], changes: Record, by: Actor) -> Record:
    own = records.own(tx, INVENTORY, str(parent["id"]))
    origin = {"vendor": own["vendor"], "purchase": own["purchase"], "origin": parent["id"]}
    listing = add(tx, parent["accountId"], row, {name: parent[name] for name in COPIED} | changes, by, **origin)
    tickets.mark(tx, part, by, {"inventoryId": listing["id"]}, stock=row.id)
    return fill(tx, listing)


def merge(session: Session, body: Merging) -> Record:
    """Merge listings of one row with adjacent free seats; answers the new listing."""
    return join(session.tx, _sources_of(session, body), body, session.by)


def merge_all(session: Session, body: Merging) -> list[Record]:
    """Merge those of the listings that can be one, row by row; answers the new ones."""
    groups = _mergeable(session.tx, _sources_of(session, body))
    return [join(session.tx, group, body, session.by) for group in groups if len(group) > 1]


def _sources_of(session: Session, body: Merging) -> list[Record]:
    ids = enumerate(body["inventoryIds"])
    return [get_or_refuse(session.tx, INVENTORY, session.account, id, f"inventoryIds.{place}") for place, id in ids]


def join(tx: Tx, sources: Sequence[Record], body: Merging, by: Actor) -> Record:
    """Merge listings within a transaction."""
    ids = [source["id"] for source in sources]
    for source in sources:
        check_mapped(source, "inventoryIds")
    if held := [id for id in ids if tickets.held_of(tx, id)]:
        raise invalid("inventoryIds", f"Inventory {held[0]} has tickets on hold.", ids)
    rows = [stock_of(tx, source) for source in sources]
    if not all(rows):
        raise invalid("inventoryIds", f"Inventory {ids[rows.index('')]} has no tickets left.", ids)
    with blamed_on("inventoryIds", ids):
        row = stock.join(tx, rows, NAME, ",".join(map(str, ids)))
    pool = [ticket for id in ids for ticket in tickets.pool(tx, id)]
    pool.sort(key=lambda ticket: (ticket["seatNumber"], ticket["id"]))
    merged = _offspring(tx, sources[0], row, pool, {"publicNotes": notes_of(sources, body)}, by)
    for id in ids:
        refresh(tx, id, by)
    notifications.created(tx, "INVENTORY", [merged], by)
    orders.follow(tx, pool, by)
    return merged


def notes_of(sources: Sequence[Payload], body: Merging) -> str | None:
    """Return the public notes of the merged listing (public: COMBINE, WIPE, NEW)."""
    if body["mergingType"] != "COMBINE":
        return body["publicNotes"] if body["mergingType"] == "NEW" else None
    return ", ".join(dict.fromkeys(source["publicNotes"] for source in sources if source["publicNotes"])) or None


def _mergeable(tx: Tx, sources: Sequence[Record]) -> list[list[Record]]:
    unique = {source["id"]: source for source in sources}.values()
    untouched = [source for source in unique if _is_untouched(tx, source)]
    groups: list[list[Record]] = []
    for source in sorted(untouched, key=lambda row: (row["eventId"], row["section"], row["row"], row["lowSeat"])):
        if groups and _adjoin(groups[-1][-1], source):
            groups[-1].append(source)
        else:
            groups.append([source])
    return groups


def _adjoin(first: Payload, second: Payload) -> bool:
    alike = all(first[name] == second[name] for name in ("eventId", "section", "row", "seatType"))
    return alike and (first["seatType"] == "GA" or first["highSeat"] + 1 == second["lowSeat"])


def _is_untouched(tx: Tx, listing: Payload) -> bool:
    # None of its seats is held, sold or missing between others.
    id = stock_of(tx, listing)
    row = stock.get(tx, id) if id else None
    return bool(row and row.total and row.free == row.total == listing["quantity"])
