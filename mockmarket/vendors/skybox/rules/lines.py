"""Lines of purchases and invoices: how they are read, stored and told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockmarket.errors import NotFound
from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.skybox.callers import Actor
from mockmarket.vendors.skybox.rules import refusing, telling
from mockmarket.vendors.skybox.wire import formats, orders
from mockmarket.vendors.skybox.wire.kinds import FIRST, INVENTORY, INVOICE, LINE, PURCHASE

TARGET: dict[str, Kind] = {"PURCHASE": PURCHASE, "INVOICE": INVOICE}
EXTRAS = ("taxAmount", "shippingAmount", "otherAmount")


def found(read: Read, account: int, id: int) -> Record:
    """Return an account's line; NotFound when there is none."""
    return refusing.found(read, LINE, account, id, "line")


def of(read: Read, type: str, target: int, id: int) -> Record:
    """Return a line of one purchase or invoice; NotFound when that has no such line."""
    line = records.get(read, LINE, str(id))
    if line is None or (line["lineType"], line["targetId"]) != (type, target):
        raise NotFound(f"There is no line {id} on {type.lower()} {target}.")
    return line


def all_of(read: Read, type: str, target: int) -> list[Record]:
    """Return the lines of a purchase or an invoice, oldest first."""
    return records.find(read, LINE, ("type", "=", type), ("target", "=", target), order=[("number", "asc")])


def shown(read: Read, line: Record) -> Record:
    """Write a line as calls answer it: one of a purchase with its inventory (public: clients read `lines[].inventory.id`)."""
    ids = line["inventoryIds"] if line["lineType"] == "PURCHASE" else []
    inventory = records.get(read, INVENTORY, str(ids[0])) if ids else None
    written = {}
    for name, value in line.items():
        written[name] = value
        if name == "itemIds":
            written["inventory"] = inventory
    return written


def whole(read: Read, type: str, record: Record) -> Record:
    """Write a purchase or an invoice with its lines where the vendor has them: after its internalId."""
    written: Record = {}
    for name, value in record.items():
        written[name] = value
        if name == "internalId":
            written["lines"] = [shown(read, line) for line in all_of(read, type, record["id"])]
    return written


def add(
    tx: Tx, target: Mapping[str, Any], type: str, said: Mapping[str, Any], by: Actor
) -> Record:  # fmt: skip
    """Store a new line, untold."""
    id = formats.next_number(tx, LINE, FIRST[LINE])
    line = orders.line(id, target, type, said, by.name, tx.now)
    records.put(tx, LINE, line, event=said.get("event", 0), inventory=(line["inventoryIds"] or [0])[0])
    return line


def save(tx: Tx, before: Record, after: Record, by: Actor) -> Record:
    """Store a changed line and tell what of it is relevant."""
    if after == before:
        return before
    stamped = after | {"lastUpdate": formats.moment(tx.now), "lastUpdateBy": by.name}
    own = records.own(tx, LINE, str(before["id"]))
    records.put(tx, LINE, stamped, **own)
    telling.updated(tx, "LINE", before, stamped, by)
    return stamped


def balance(tx: Tx, type: str, record: Record) -> Record:
    """Return a purchase or an invoice with what is still to be paid of it, and how far it is paid."""
    there = all_of(tx, type, record["id"])
    total = sum(formats.cents(line["amount"]) for line in there if not line["cancelled"])
    total += sum(formats.cents(record[name]) for name in EXTRAS)
    paid = sum(formats.cents(one["amount"]) for one in record["payments"])
    if record["paymentStatus"] == "PAID" and not record["payments"]:
        paid = total
    changed = record | {"outstandingBalance": formats.money(total - paid)}
    if there and all(line["cancelled"] for line in there):
        return changed | {"paymentStatus": "VOID", "outstandingBalance": 0.0}
    if record["payments"]:
        changed["paymentStatus"] = "PAID" if total <= paid else "PARTIAL"
    return changed


def check_paid(record: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Raise Invalid for a paymentStatus that payments or cancelled lines contradict: it follows them."""
    asked, status = given.get("paymentStatus"), record["paymentStatus"]
    if asked not in (None, status):
        raise refusing.invalid("paymentStatus", f"is {status}, as payments and lines have it; leave it out", asked)


def settle(tx: Tx, type: str, before: Record, after: Record, by: Actor) -> Record:
    """Store a changed purchase or invoice with its balance, and tell what of it is relevant."""
    balanced = balance(tx, type, after)
    if balanced == before:
        return before
    stamped = balanced | {"lastUpdate": formats.moment(tx.now), "lastUpdateBy": by.name}
    own = records.own(tx, TARGET[type], str(before["id"]))
    records.put(tx, TARGET[type], stamped, **own | {"updated_at": tx.now})
    telling.updated(tx, type, before, stamped, by)
    return stamped


def tell_new(tx: Tx, type: str, target: Record, made: Sequence[Record], by: Actor) -> None:
    """Tell of a new purchase or invoice and of each of its lines."""
    telling.created(tx, type, target, by)
    for line in made:
        telling.created(tx, "LINE", line, by)
