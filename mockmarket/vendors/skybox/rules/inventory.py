"""Inventory: stored, counted by its tickets, changed by its broker, split and merged; every change is notified and in the delta."""

from collections.abc import Sequence
from itertools import accumulate, groupby, pairwise

from mockmarket import stock
from mockmarket.records import members
from mockmarket.rules import splits
from mockmarket.stock import Stock
from mockmarket.store import Read, Record, Tx, events, records
from mockmarket.vendors.skybox import wire
from mockmarket.vendors.skybox.callers import Actor, Session
from mockmarket.vendors.skybox.records.inventory import Inventory, InventoryChange, Merging
from mockmarket.vendors.skybox.records.types import NAME, Payload
from mockmarket.vendors.skybox.rules import directory, notifications, tickets
from mockmarket.vendors.skybox.wire import HOLD, INVENTORY, PRICE, blamed_on, change_stamp, get_or_refuse, invalid

MOST_TICKETS = 1000  # of a broker's listing; a larger stock row is the venue's own and not listed (convention)
POSITIONS = 20_000_000  # how far an inventory's exchangePosId is from its id, until it is regenerated (convention)
FIXED = ("section", "row", "eventId")  # members that an update may send but not change
SHARED = ("listPrice", "splitType", "customSplit")  # members that the shared stock has too
PLAIN = tuple(member.key for member in members(InventoryChange) if member.key not in (*FIXED, *SHARED))
"""The members that an update stores as sent."""
COPIED = (*PLAIN, "eventMapping")  # members copied to a listing split off from another
OF_TICKETS = ("cost", "taxedCost", "faceValue", "stockType")  # members that unsold tickets copy; profits use their cost
RULES = {"DEFAULT": "default", "ANY": "any", "NEVERLEAVEONE": "never_leave_one"}
WORDS = {rule: word for word, rule in RULES.items()}
CUSTOM = "CUSTOM"


def split_words(rule: str, quantity: int) -> tuple[str, str | None]:
    """Return the split type and custom split of one of the core's rules for so many tickets."""
    name = splits.parse(rule).name
    return (WORDS[name], None) if name in WORDS else (CUSTOM, ",".join(map(str, splits.quantities(rule, quantity))))


def split_rule(type: str, custom: str | None, undivided: bool = False) -> str:
    """Return the core's rule for a split type; a custom one without quantities sells as ANY (convention)."""
    if undivided:
        return "all_together"
    sizes = sorted({int(part) for part in (custom or "").split(",") if part.isdecimal()} - {0})
    return f"custom:{','.join(map(str, sizes))}" if type == CUSTOM and sizes else RULES.get(type, "any")


def of_stock(read: Read, stock: str) -> Record | None:
    """Return the inventory of a stock row, or None when no broker has it."""
    return records.first(read, INVENTORY, ("stock", "=", stock))


def stock_of(read: Read, listing: Payload) -> str:
    """Return the stock row of an inventory; "" for one that was split or merged."""
    return str(records.own(read, INVENTORY, str(listing["id"]))["stock"])


def with_tickets(read: Read, account: int, id: int) -> Record:
    """Get a listing with the tickets that are left in it."""
    return get_or_refuse(read, INVENTORY, account, id) | {"tickets": tickets.pool(read, id)}


def prices(read: Read, account: int, id: int) -> list[Record]:
    """List every list price that a listing has had, oldest first."""
    get_or_refuse(read, INVENTORY, account, id)
    return records.find(read, PRICE, ("inventory", "=", id), order=[("number", "asc")])


def active_holds(read: Read, id: int) -> list[Record]:
    """Return the active holds on an inventory, oldest first."""
    return records.find(read, HOLD, ("inventory", "=", id), ("removed", "=", 0), order=[("number", "asc")])


def holds(read: Read, account: int, id: int) -> list[Record]:
    """List a listing's active holds."""
    get_or_refuse(read, INVENTORY, account, id)
    return active_holds(read, id)


def add(tx: Tx, account: int, row: Stock, body: Payload, by: Actor, **own: object) -> Record:
    """Store a new inventory of a stock row, without tickets and without a notice; `body` has its other members."""
    record = _new(tx, account, row, body, by)
    values = {"stock": row.id, **place_of(events.get(tx, row.event))}
    values |= dict.fromkeys(("created_at", "updated_at", "priced_at"), tx.now)
    values |= dict.fromkeys(("vendor", "purchase", "listed", "held", "origin"), 0)
    records.put(tx, INVENTORY, record, **values | own)
    _note_price(tx, record, "CREATED", by)
    return record


def _new(tx: Tx, account: int, row: Stock, body: Payload, by: Actor) -> Record:
    id = wire.next_number(tx, INVENTORY)
    split, custom = split_words(row.split, row.total)
    if body.get("splitType") == CUSTOM:  # as it was written: 4,2 stays 4,2, and a custom split of nothing stays one
        split, custom = CUSTOM, body.get("customSplit")
    seat_type = body.get("seatType") or ("GA" if row.kind == "general" else "CONSECUTIVE")
    own: Record = {"id": id, "accountId": account, "exchangePosId": id + POSITIONS, "seatType": seat_type}
    own |= {"section": row.section, "row": row.row, "quantity": 0, "lowSeat": None, "highSeat": None}
    own |= {"splitType": split, "customSplit": custom, "listPrice": wire.money(row.price), "cost": float(body["cost"])}
    own |= {"eventId": wire.number_of(row.event), "lastPriceUpdate": wire.moment(tx.now)}
    return wire.new_record(Inventory, body, **own, **wire.stamps(by.name, tx.now))


def place_of(show: events.Event | None) -> Record:
    """Return the columns on the inventory's event, venue and performers by which it is filtered."""
    if show is None:
        return {"starts_at": 0, "venue": 0, "performer": 0}
    venue, performer = wire.number_of(show.venue.id), directory.performers(show)[0]["id"]
    return {"starts_at": show.starts_at, "venue": venue, "performer": performer}


def counted(pool: Sequence[Payload], held: int) -> Record:
    """Return the members of an inventory that follow from its remaining tickets and the number of held ones."""
    seats = [ticket["seatNumber"] for ticket in pool]
    status = "AVAILABLE" if pool else "ON_HOLD" if held else "DEPLETED"
    ends = {"lowSeat": min(seats, default=None), "highSeat": max(seats, default=None)}
    return {"quantity": len(pool), **ends, "ticketIds": [ticket["id"] for ticket in pool], "status": status}


def _is_listed(record: Payload) -> int:
    return int(record["broadcast"] and record["quantity"] > 0)


def fill(tx: Tx, record: Record, pool: Sequence[Payload] | None = None) -> Record:
    """Store a new inventory with its current tickets, read unless given; without a notice."""
    full = record | counted(tickets.pool(tx, record["id"]) if pool is None else pool, 0)
    records.update(tx, INVENTORY, full, listed=_is_listed(full))
    return full


def save(tx: Tx, before: Record, after: Record, by: Actor, **own: object) -> Record:
    """Store a changed inventory and notify of its relevant changes; an unchanged one is not stored."""
    columns = records.own(tx, INVENTORY, str(before["id"]))
    values = {**columns, **own, "listed": _is_listed(after)}
    if after == before and values == columns:
        return before
    stamped = after | {"version": before["version"] + 1, **change_stamp(by.name, tx.now)}
    if after["listPrice"] != before["listPrice"]:
        stamped["lastPriceUpdate"] = wire.moment(tx.now)
        values["priced_at"] = tx.now
        _note_price(tx, stamped, "UPDATED", by)
    records.put(tx, INVENTORY, stamped, **values | {"updated_at": tx.now})
    notifications.updated(tx, "INVENTORY", before, stamped, by)
    return stamped


def _note_price(tx: Tx, record: Payload, action: str, by: Actor) -> None:
    email = f"{by.name.casefold().replace(' ', '.')}@example.com"
    entry = {"email": email, "id": wire.next_number(tx, PRICE), "action": action}
    entry |= {"price": record["listPrice"], "dateOfAction": wire.moment(tx.now)}
    records.put(tx, PRICE, entry, inventory=record["id"])


def refresh(tx: Tx, id: int, by: Actor) -> Record:
    """Recount an inventory's tickets, and notify of the changes."""
    before = get_or_refuse(tx, INVENTORY, None, id)
    pool, held = tickets.pool(tx, id), tickets.held_of(tx, id)
    after = before | counted(pool, len(held))
    if row := stock_of(tx, before):
        rule = stock.get(tx, row).split
        is_custom = splits.parse(rule).name == "custom" or split_rule(CUSTOM, before["customSplit"]) == rule
        if before["splitType"] != CUSTOM or not is_custom:  # a custom split stays as it was written
            after["splitType"], after["customSplit"] = split_words(rule, len(pool))
    return save(tx, before, after, by, held=tickets.hold_of(tx, held[0]) if held else 0)


def refresh_all(tx: Tx, ids: set[int], by: Actor) -> None:
    """Recount the tickets of several inventories, by their ids, and notify of the changes."""
    for id in sorted(ids):
        refresh(tx, id, by)


def update(session: Session, id: int, body: Payload) -> Record:
    """Change a listing; omitted fields stay unchanged. Price and split type also change at every other marketplace."""
    return change(session, get_or_refuse(session.tx, INVENTORY, session.account, id), body)


def change(session: Session, before: Record, body: Payload) -> Record:
    """Change a loaded inventory; returns its new state."""
    tx, by = session.tx, session.by
    for name in FIXED:
        if name in body and body[name] != before[name]:
            raise invalid(name, f"is {before[name]!r} and cannot be changed here", body[name])
    check_seat_type(tx, before, body.get("seatType", before["seatType"]))
    after = _changed(before, body)
    _share(tx, before, after, bool(body.get("noSplit")))
    if changes := {name: after[name] for name in OF_TICKETS if after[name] != before[name]}:
        unsold = [*tickets.pool(tx, before["id"]), *tickets.held_of(tx, before["id"])]
        nothing = {"faceValue": 0.0} if changes.get("faceValue", 0) is None else {}
        tickets.mark(tx, unsold, by, changes | nothing)
    return save(tx, before, after, by)


def _changed(before: Record, body: Payload) -> Record:
    # A null price or split stays.
    after = before | {name: body[name] for name in PLAIN if name in body}
    after |= {name: body[name] for name in SHARED if body.get(name) is not None}
    if after["splitType"] != CUSTOM:
        after["customSplit"] = None
    if body.get("noSplit"):
        after |= {"splitType": CUSTOM, "customSplit": str(after["quantity"])}
    return after


def check_seat_type(read: Read, before: Payload, wanted: str) -> None:
    """Raise Invalid for a seat type that contradicts the seats: numbered or not, adjacent or not."""
    now = before["seatType"]
    if wanted == now:
        return
    seats = [ticket["seatNumber"] for ticket in tickets.pool(read, before["id"])]
    side_by_side = any(later - seat == 1 for seat, later in pairwise(seats))
    apart = now == "ALTERNATING" and len(seats) > 1
    if "GA" in (wanted, now) or (wanted == "ALTERNATING" and side_by_side) or (wanted == "CONSECUTIVE" and apart):
        raise invalid("seatType", f"is {now!r} by its seats and cannot be {wanted}", wanted)


def _share(tx: Tx, before: Payload, after: Payload, undivided: bool) -> None:
    id = stock_of(tx, before)
    price = wire.cents(after["listPrice"]) if after["listPrice"] != before["listPrice"] else None
    same = all(after[name] == before[name] for name in ("splitType", "customSplit")) and not undivided
    split = None if same else split_rule(after["splitType"], after["customSplit"], undivided)
    if id and (price is not None or split is not None):
        stock.alter(tx, id, NAME, str(before["id"]), price=price, split=split)


def update_prices(session: Session, bodies: Sequence[Payload]) -> list[Record]:
    """Change prices and broadcasts of several listings, all or none."""
    return [
        change(session, get_or_refuse(session.tx, INVENTORY, session.account, body["id"], f"{place}.id"), body)
        for place, body in enumerate(bodies)
    ]


def update_many(session: Session, body: Payload) -> None:
    """Change several listings in one way, all or none; the answer has no body."""
    for place, id in enumerate(body["inventoryIds"]):
        before = get_or_refuse(session.tx, INVENTORY, session.account, id, f"inventoryIds.{place}")
        change(session, before, _in_bulk(before, body))


def _in_bulk(before: Payload, body: Payload) -> Record:
    changes = {name: body[name] for name in (*PLAIN, "splitType", "customSplit", "noSplit") if name in body}
    for ours, theirs in (("publicNotes", "publicNotes"), ("notes", "internalNotes")):
        if f"{theirs}ToReplace" in body:
            changes[ours] = body[f"{theirs}ToReplace"]
        if f"{theirs}ToAdd" in body:
            changes[ours] = " ".join(part for part in (before[ours], body[f"{theirs}ToAdd"]) if part)
    if "inventoryAttribute" in body:
        changes["attributes"] = [*before["attributes"], body["inventoryAttribute"]]
    return changes | ({"attributes": []} if body.get("clearAttributes") else {})


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
    if held := [id for id in ids if tickets.held_of(tx, id)]:
        raise invalid("inventoryIds", f"Inventory {held[0]} has tickets on hold.", ids)
    rows = [stock_of(tx, source) for source in sources]
    if not all(rows):
        raise invalid("inventoryIds", f"Inventory {ids[rows.index('')]} has no tickets left.", ids)
    with blamed_on("inventoryIds", ids):
        row = stock.join(tx, rows, NAME, ",".join(map(str, ids)))
    pool = [ticket for id in ids for ticket in tickets.pool(tx, id)]
    pool.sort(key=lambda ticket: (ticket["seatNumber"], ticket["id"]))
    changes = {"publicNotes": notes_of(sources, body), "cost": tickets.average_cost(pool, sources[0]["cost"])}
    merged = _offspring(tx, sources[0], row, pool, changes, by)
    for id in ids:
        refresh(tx, id, by)
    notifications.created(tx, "INVENTORY", [merged], by)
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
