"""Inventory: stored, counted by its tickets, changed by its broker, split and merged; every change is notified and in the delta."""

from collections.abc import Sequence

from mockmarket import errors, stock
from mockmarket.records import members
from mockmarket.rules import splits
from mockmarket.stock import Stock
from mockmarket.store import Read, Record, Tx, events, records
from mockmarket.vendors.skybox import wire
from mockmarket.vendors.skybox.callers import Actor
from mockmarket.vendors.skybox.records.inventory import Inventory, InventoryChange
from mockmarket.vendors.skybox.records.types import MOST_NUMBER, Payload
from mockmarket.vendors.skybox.rules import directory, notifications, tickets
from mockmarket.vendors.skybox.wire import HOLD, INVENTORY, PRICE, change_stamp, get_or_refuse, invalid

MOST_TICKETS = 1000  # of a broker's listing; a larger stock row is the venue's own and not listed (convention)
POSITIONS = 20_000_000  # how far an inventory's exchangePosId is from its id, until it is regenerated (convention)
PLACE = ("section", "row", "eventId")  # where the seats are
SHARED = ("listPrice", "splitType", "customSplit")  # members that the shared stock has too
APART = ("id", *PLACE, "lowSeat", "highSeat", *SHARED, *tickets.MONEY, "tickets")
PLAIN = tuple(member.key for member in members(InventoryChange) if member.key not in APART)
"""The members that an update stores as sent."""
COPIED = (*PLAIN, *tickets.MONEY, "eventMapping")  # members copied to a listing split off from another
BARCODE = ("id", "section", "row", "seatNumber", "barCode", "externalTicketId")
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
    """Get a listing with the tickets that are left in it: those available or, when there are none, those on hold."""
    record = get_or_refuse(read, INVENTORY, account, id)
    own = tickets.pool(read, id) or tickets.held_of(read, id)
    return described(record, own) | {"tickets": own}


def described(record: Record, own: Sequence[Payload]) -> Record:
    """Return an inventory with quantity, seats and amounts of these tickets, where none is available; its status tells (public: the
    quantity of inventory is at least 1, on hold too)."""
    return record if record["quantity"] else record | counted(record, own, 0) | {"status": record["status"]}


def of_position(read: Read, account: int, position: int) -> Record | None:
    """Return an account's inventory by its exchangePosId, or None."""
    known = position <= MOST_NUMBER
    return records.first(read, INVENTORY, ("account", "=", account), ("position", "=", position)) if known else None


def barcodes(read: Read, account: int, position: int) -> list[Record]:
    """List the barcodes of the tickets that are left in a listing, by its exchangePosId."""
    if listing := of_position(read, account, position):
        ids = {"exchangePosId": position, "inventoryId": listing["id"]}
        return [{**ids, **{name: ticket.get(name) for name in BARCODE}} for ticket in tickets.pool(read, listing["id"])]
    raise errors.NotFound(f"There is no inventory with the exchangePosId {position} on account {account}.")


def with_position(read: Read, account: int, position: int) -> Record:
    """Get the id of the listing that has, or had before it was renewed, an exchangePosId."""
    id = position % POSITIONS  # it is renewed by POSITIONS
    listing = records.get(read, INVENTORY, str(id))
    if listing and listing["accountId"] == account and POSITIONS <= position <= listing["exchangePosId"]:
        return {"exchangePosId": position, "inventoryId": id}
    raise errors.NotFound(f"No inventory has had the exchangePosId {position} on account {account}.")


def prices(read: Read, account: int, id: int) -> list[Record]:
    """List every list price that a listing has had, oldest first."""
    get_or_refuse(read, INVENTORY, account, id)
    return records.find(read, PRICE, ("inventory", "=", id), order=[("number", "asc")])


def check_mapped(listing: Payload, path: str) -> None:
    """Raise Invalid for stock whose event is not known yet."""
    if listing["mappingId"] and not listing["eventId"]:
        raise invalid(
            path, f"Inventory {listing['id']} has no event yet; it is in mapping {listing['mappingId']}.", listing["id"]
        )


def active_holds(read: Read, id: int) -> list[Record]:
    """Return the active holds on an inventory, oldest first."""
    return records.find(read, HOLD, ("inventory", "=", id), ("removed", "=", 0), order=[("number", "asc")])


def holds(read: Read, account: int, id: int) -> list[Record]:
    """List a listing's active holds."""
    get_or_refuse(read, INVENTORY, account, id)
    return active_holds(read, id)


def hold(read: Read, account: int, id: int) -> Record:
    """Get a listing's active hold, the oldest of several; NotFound without one."""
    if active := holds(read, account, id):
        return active[0]
    raise errors.NotFound(f"There is no hold on inventory {id}.")


def add(tx: Tx, account: int, row: Stock, body: Payload, by: Actor, **own: object) -> Record:
    """Store a new inventory of a stock row, without tickets and without a notice; `body` has its other members."""
    record = new(account, row, body, wire.next_number(tx, INVENTORY), wire.stamps(by.name, tx.now))
    records.put(tx, INVENTORY, record, **columns_of(row, place_of(events.get(tx, row.event)), tx.now) | own)
    _note_price(tx, record, "INSERT")
    return record


def columns_of(row: Stock, place: Payload, now: int) -> Record:
    """Return the own columns of a new inventory of a stock row, with those on its event."""
    values = {"stock": row.id, **place, **dict.fromkeys(("created_at", "updated_at", "priced_at"), now)}
    return values | dict.fromkeys(("vendor", "purchase", "listed", "held", "origin"), 0)


def new(account: int, row: Stock, body: Payload, id: int, stamps: Payload) -> Record:
    """Return a new inventory of a stock row, without tickets; `body` has its other members."""
    split, custom = split_words(row.split, row.total)
    if body.get("splitType") == CUSTOM:  # as it was written: 4,2 stays 4,2, and a custom split of nothing stays one
        split, custom = CUSTOM, body.get("customSplit")
    seat_type = body.get("seatType") or ("GA" if row.kind == "general" else "CONSECUTIVE")
    own: Record = {"id": id, "accountId": account, "exchangePosId": id + POSITIONS, "seatType": seat_type}
    own |= {"section": row.section, "row": row.row, "quantity": 0, "lowSeat": None, "highSeat": None}
    own |= {"splitType": split, "customSplit": custom, "listPrice": wire.money(row.price), "cost": float(body["cost"])}
    own |= {"eventId": wire.number_of(row.event) if row.event else 0, "lastPriceUpdate": stamps["createdDate"]}
    return wire.new_record(Inventory, body, **own, **stamps)


def place_of(show: events.Event | None) -> Record:
    """Return the columns on the inventory's event, venue and performers by which it is filtered."""
    if show is None:
        return {"starts_at": 0, "venue": 0, "performer": 0}
    venue, performer = wire.number_of(show.venue.id), directory.performers(show)[0]["id"]
    return {"starts_at": show.starts_at, "venue": venue, "performer": performer}


def counted(record: Payload, pool: Sequence[Payload], held: int) -> Record:
    """Return the members of an inventory that follow from its remaining tickets and the number of held ones."""
    seats = [ticket["seatNumber"] for ticket in pool]
    status = "AVAILABLE" if pool else "ON_HOLD" if held else "DEPLETED"
    own: Record = {"quantity": len(pool), "lowSeat": min(seats, default=None), "highSeat": max(seats, default=None)}
    own |= {"ticketIds": [ticket["id"] for ticket in pool], "status": status}
    own |= {name: _total(record[name], pool, name) for name in tickets.MONEY}
    taxed = own["taxedCost"]
    own["taxedCostAverage"] = None if taxed is None else average(taxed, len(pool))
    if pool:  # sold out it stays as it last was
        own |= {flag: tickets.have(pool, name) for flag, name in tickets.ENTERED.items()}
    return own


def _total(before: float | None, pool: Sequence[Payload], name: str) -> float | None:
    # An amount that nobody has given stays null.
    known = [ticket for ticket in pool if ticket[name] is not None]
    return wire.total(known, name) if before is not None or any(ticket[name] for ticket in known) else None


def average(amount: float, count: int) -> float:
    """Return a group's amount for one of its tickets, to the cent."""
    return wire.money(round(wire.cents(amount) / max(count, 1)))


def is_listed(record: Payload) -> int:
    """Return 1 for inventory that is broadcast and has tickets, else 0."""
    return int(record["broadcast"] and record["quantity"] > 0)


def fill(tx: Tx, record: Record, pool: Sequence[Payload] | None = None) -> Record:
    """Store a new inventory with its current tickets, read unless given; without a notice."""
    full = record | counted(record, tickets.pool(tx, record["id"]) if pool is None else pool, 0)
    records.update(tx, INVENTORY, full, listed=is_listed(full))
    return full


def save(tx: Tx, before: Record, after: Record, by: Actor, **own: object) -> Record:
    """Store a changed inventory and notify of its relevant changes; an unchanged one is not stored."""
    columns = records.own(tx, INVENTORY, str(before["id"]))
    values = {**columns, **own, "listed": is_listed(after)}
    if after == before and values == columns:
        return before
    stamped = after | {"version": before["version"] + 1, **change_stamp(by.name, tx.now)}
    if after["listPrice"] != before["listPrice"]:
        stamped["lastPriceUpdate"] = wire.moment(tx.now)
        values["priced_at"] = tx.now
        _note_price(tx, stamped, "UPDATE")
    if after["exchangePosId"] != before["exchangePosId"]:
        for hold in active_holds(tx, before["id"]):
            records.update(tx, HOLD, hold, position=after["exchangePosId"])
    records.put(tx, INVENTORY, stamped, **values | {"updated_at": tx.now})
    notifications.updated(tx, "INVENTORY", before, stamped, by)
    return stamped


def _note_price(tx: Tx, record: Payload, action: str) -> None:
    records.put(tx, PRICE, price_entry(record, action, wire.next_number(tx, PRICE)), inventory=record["id"])


def price_entry(record: Payload, action: str, id: int) -> Record:
    """Return the entry of an inventory's price history about the list price that it has just got."""
    email = f"{record['lastUpdateBy'].casefold().replace(' ', '.')}@example.com"
    return {
        "email": email,
        "id": id,
        "action": action,
        "price": record["listPrice"],
        "dateOfAction": record["lastUpdate"],
    }


def refresh(tx: Tx, id: int, by: Actor) -> Record:
    """Recount an inventory's tickets, and notify of the changes."""
    before = get_or_refuse(tx, INVENTORY, None, id)
    pool, held = tickets.pool(tx, id), tickets.held_of(tx, id)
    after = before | counted(before, pool, len(held))
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
