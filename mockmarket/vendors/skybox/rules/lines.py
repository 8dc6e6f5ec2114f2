"""Lines of purchases and invoices: how they are read, stored and told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mockmarket.errors import NotFound
from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.skybox.callers import Actor
from mockmarket.vendors.skybox.records.types import Payload
from mockmarket.vendors.skybox.rules import notifications
from mockmarket.vendors.skybox.rules.violations import get_or_404, invalid
from mockmarket.vendors.skybox.wire import formats, orders
from mockmarket.vendors.skybox.wire.kinds import FIRST, INVENTORY, INVOICE, LINE, PURCHASE

TARGET: dict[str, Kind] = {"PURCHASE": PURCHASE, "INVOICE": INVOICE}
EXTRAS = ("taxAmount", "shippingAmount", "otherAmount")


def of(read: Read, type: str, target: int, id: int) -> Record:
    """Return a line of one purchase or invoice; NotFound when that has no such line."""
    line = records.get(read, LINE, str(id))
    if line is None or (line["lineType"], line["targetId"]) != (type, target):
        raise NotFound(f"There is no line {id} on {type.lower()} {target}.")
    return line


def all_of(read: Read, type: str, target: int) -> list[Record]:
    """Return the lines of a purchase or an invoice, oldest first."""
    return records.find(read, LINE, ("type", "=", type), ("target", "=", target), order=[("number", "asc")])


def listed(read: Read, type: str, account: int, target: int) -> list[Record]:
    """Return the lines of an account's purchase or invoice as calls answer them, cancelled ones among them."""
    get_or_404(read, TARGET[type], account, target)
    return [with_inventory(read, line) for line in all_of(read, type, target)]


def of_account(read: Read, type: str, account: int, target: int, id: int) -> Record:
    """Return a line of an account's purchase or invoice as calls answer it."""
    get_or_404(read, TARGET[type], account, target)
    return with_inventory(read, of(read, type, target, id))


def inserted(record: Record, after: str, name: str, value: object) -> Record:
    """Return a record with one more member, right after another."""
    names = list(record)
    names.insert(names.index(after) + 1, name)
    return {key: value if key == name else record[key] for key in names}


def with_inventory(read: Read, line: Record) -> Record:
    """Write a line as calls answer it: one of a purchase with its inventory."""
    ids = line["inventoryIds"] if line["lineType"] == "PURCHASE" else []
    listing = records.get(read, INVENTORY, str(ids[0])) if ids else None
    return inserted(line, "itemIds", "inventory", listing)


def with_lines(read: Read, type: str, record: Record) -> Record:
    """Write a purchase or an invoice with its lines where the vendor has them: after its internalId."""
    rows = [with_inventory(read, line) for line in all_of(read, type, record["id"])]
    return inserted(record, "internalId", "lines", rows)


def all_with_lines(read: Read, type: str, rows: Sequence[Record]) -> list[Record]:
    """Write purchases or invoices with their lines."""
    return [with_lines(read, type, row) for row in rows]


def add(tx: Tx, target: Record, type: str, body: Payload, by: Actor) -> Record:
    """Store a new line, untold."""
    line = orders.line(formats.next_number(tx, LINE, FIRST[LINE]), target, type, body, by.name, tx.now)
    records.put(tx, LINE, line, event=body.get("event", 0), inventory=(line["inventoryIds"] or [0])[0])
    return line


def fill(tx: Tx, line: Record, tickets: Sequence[Record], listing: Record) -> None:
    """Store a new line of a purchase with the listing and the tickets that it has brought."""
    line |= {"itemIds": [ticket["id"] for ticket in tickets], "inventoryIds": [listing["id"]]}
    records.put(tx, LINE, line, event=listing["eventId"], inventory=listing["id"])


def store(tx: Tx, topic: str, kind: Kind, versions: tuple[Record, Record], by: Actor, **own: Any) -> Record:
    """Store the later version of a record, stamped, and tell what of it is relevant."""
    before, after = versions
    stamped = after | {"lastUpdate": formats.moment(tx.now), "lastUpdateBy": by.name}
    records.put(tx, kind, stamped, **records.own(tx, kind, str(before["id"])) | own)
    notifications.updated(tx, topic, before, stamped, by)
    return stamped


def save(tx: Tx, before: Record, after: Record, by: Actor) -> Record:
    """Store a changed line and tell what of it is relevant."""
    return before if after == before else store(tx, "LINE", LINE, (before, after), by)


def balance(tx: Tx, type: str, record: Record) -> Record:
    """Return a purchase or an invoice with what is still to be paid of it, and how far it is paid."""
    lines = all_of(tx, type, record["id"])
    total = sum(formats.cents(line["amount"]) for line in lines if not line["cancelled"])
    total += sum(formats.cents(record[name]) for name in EXTRAS)
    paid = sum(formats.cents(payment["amount"]) for payment in record["payments"])
    if record["paymentStatus"] == "PAID" and not record["payments"]:
        paid = total
    changed = record | {"outstandingBalance": formats.money(total - paid)}
    if lines and all(line["cancelled"] for line in lines):
        return changed | {"paymentStatus": "VOID", "outstandingBalance": 0.0}
    if record["payments"]:
        changed["paymentStatus"] = "PAID" if total <= paid else "PARTIAL"
    return changed


def check_paid(record: Payload, body: Payload) -> None:
    """Raise Invalid for a paymentStatus that payments or cancelled lines contradict: it follows them."""
    wanted, status = body.get("paymentStatus"), record["paymentStatus"]
    if wanted not in (None, status):
        raise invalid("paymentStatus", f"is {status}, as payments and lines have it; leave it out", wanted)


def settle(tx: Tx, type: str, before: Record, after: Record, by: Actor) -> Record:
    """Store a changed purchase or invoice with its balance, and tell what of it is relevant."""
    balanced = balance(tx, type, after)
    if balanced == before:
        return before
    return store(tx, type, TARGET[type], (before, balanced), by, updated_at=tx.now)


def open_target(tx: Tx, type: str, target: Record, lines: Sequence[Record], by: Actor) -> Record:
    """Store a new purchase or invoice with its balance, and tell of it and of each of its lines."""
    balanced = balance(tx, type, target)
    records.update(tx, TARGET[type], balanced)
    notifications.created(tx, type, [balanced], by)
    notifications.created(tx, "LINE", lines, by)
    return balanced
