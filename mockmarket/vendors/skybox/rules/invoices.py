"""Invoices: tickets sold, here or at another marketplace, and what is still to be paid for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Record
from mockmarket.vendors.skybox.callers import Actor
from mockmarket.vendors.skybox.rules import lines, parties, refusing, selling, telling, tickets
from mockmarket.vendors.skybox.wire import formats, orders
from mockmarket.vendors.skybox.wire.kinds import FIRST, INVOICE, TRANSACTION
from mockmarket.vendors.skybox.wire.parties import CUSTOMER
from mockmarket.worlds.world import World

TYPE = "INVOICE"
HEAD = (
    "internalId", "salesTerm", "paymentMethod", "paymentRef", "deliveryMethod", "taxAmount", "shippingAmount", "otherAmount",
    "internalNotes", "publicNotes", "dueDate", "tags", "externalRef", "paymentStatus", "fulfillmentStatus", "status",
)  # fmt: skip
"""What an update may change."""


def found(read: Read, account: int, id: int) -> Record:
    """Return an account's invoice; NotFound when there is none."""
    return refusing.found(read, INVOICE, account, id, "invoice")


def write(tx: Tx, account: int, said: Mapping[str, Any], by: Actor, source: str = "") -> Record:
    """Store a new invoice without lines, untold; `source` says whose order it is when another marketplace made it."""
    id = formats.next_number(tx, INVOICE, FIRST[INVOICE])
    invoice = orders.invoice(id, account, said, by.name, tx.now)
    records.put(tx, INVOICE, invoice, created_at=tx.now, updated_at=tx.now, source=source)
    return invoice


def create(world: World, account: int, given: Mapping[str, Any], force: bool, by: Actor) -> Record:
    """Sell tickets and whatever else: INVOICE, LINE for each line, INVENTORY for each listing, HOLD for what was on hold."""
    with world.atomic() as tx:
        return create_in(tx, account, given, force, by)


def create_in(tx: Tx, account: int, given: Mapping[str, Any], force: bool, by: Actor) -> Record:
    """Sell tickets and whatever else within a transaction."""
    parties.check_known(tx, CUSTOMER, account, given["customerId"], "customerId")
    invoice = write(tx, account, given, by)
    made, sold = add_lines(tx, invoice, given["lines"], force)
    invoice = lines.balance(tx, TYPE, invoice)
    records.update(tx, INVOICE, invoice)
    lines.tell_new(tx, TYPE, invoice, made, by)
    selling.tell(tx, sold, by)
    return lines.whole(tx, TYPE, invoice)


def add_lines(
    tx: Tx, invoice: Record, given: Sequence[Mapping[str, Any]], force: bool
) -> tuple[list[Record], selling.Sold]:  # fmt: skip
    """Store new lines of an invoice and sell what is on them, all untold."""
    made, sold = [], selling.Sold()
    by = Actor(invoice["lastUpdateBy"])
    for place, one in enumerate(given):
        if one["lineItemType"] == "GENERIC":
            if one.get("itemIds"):
                path = f"lines.{place}.itemIds"
                raise refusing.invalid(
                    path, "must be left out of a GENERIC line; tickets go on an INVENTORY line", one["itemIds"]
                )
            said = {**one, "quantity": one.get("quantity") or 1, "itemIds": []}
            made.append(lines.add(tx, invoice, TYPE, said, by))
        else:
            made.append(selling.sell(tx, invoice, one, f"lines.{place}", force, sold))
    return made, sold


def update(world: World, account: int, id: int, given: Mapping[str, Any], by: Actor) -> Record:
    """Change an invoice's head; its lines have calls of their own."""
    with world.atomic() as tx:
        return update_in(tx, found(tx, account, id), given, by)


def update_in(tx: Tx, before: Record, given: Mapping[str, Any], by: Actor) -> Record:
    """Change an invoice's head within a transaction."""
    if given.get("customerId") not in (None, before["customerId"]):
        raise refusing.invalid("customerId", f"is {before['customerId']} and cannot be changed", given["customerId"])
    after = before | {name: given[name] for name in HEAD if name in given}
    if after["fulfillmentStatus"] != before["fulfillmentStatus"]:
        after["fulfillmentDate"] = formats.moment(tx.now) if after["fulfillmentStatus"] == "COMPLETE" else None
    changed = lines.settle(tx, TYPE, before, after, by)
    lines.check_paid(changed, given)
    return lines.whole(tx, TYPE, changed)


def add_more(
    world: World, account: int, id: int, given: Sequence[Mapping[str, Any]], force: bool, by: Actor
) -> list[Record]:
    """Add lines to an invoice; returns them."""
    with world.atomic() as tx:
        invoice = found(tx, account, id)
        check_own(tx, id, "lines", given)
        made, sold = add_lines(tx, invoice | {"lastUpdateBy": by.name}, given, force)
        for line in made:
            telling.created(tx, "LINE", line, by)
        selling.tell(tx, sold, by)
        lines.settle(tx, TYPE, invoice, invoice, by)
        return [lines.shown(tx, line) for line in made]


def check_own(read: Read, id: int, path: str, given: Any) -> None:
    """Raise Invalid for another marketplace's sale, whose lines are not this account's to change."""
    if records.own(read, INVOICE, str(id))["source"]:
        raise refusing.invalid(path, f"Invoice {id} is another marketplace's sale and changes there.", given)


def own_line(read: Read, account: int, id: int, line: int) -> tuple[Record, Record]:
    """Return an invoice and one line of it that still stands; Invalid for another marketplace's sale, or a cancelled line."""
    invoice = found(read, account, id)
    there = lines.of(read, TYPE, id, line)
    check_own(read, id, "lineId", line)
    if there["cancelled"]:
        raise refusing.invalid("lineId", f"Line {line} has been cancelled before.", line)
    return invoice, there


def update_line(world: World, account: int, id: int, line: int, given: Mapping[str, Any], by: Actor) -> Record:
    """Change a line's quantity, amount and description (public); tickets come back from it or are sold on it."""
    with world.atomic() as tx:
        invoice, before = own_line(tx, account, id, line)
        after = before | {name: given[name] for name in ("amount", "description") if given.get(name) is not None}
        if before["itemIds"]:
            after |= selling.resize(tx, after, given.get("quantity") or before["quantity"], by)
        elif given.get("quantity") is not None:
            after["quantity"] = given["quantity"]
        changed = lines.save(tx, before, after, by)
        lines.settle(tx, TYPE, invoice, invoice, by)
        return lines.shown(tx, changed)


def remove_line(world: World, account: int, id: int, line: int, by: Actor) -> Record:
    """Take a line off an invoice: its tickets are for sale again (public); the line stays, cancelled."""
    with world.atomic() as tx:
        invoice, there = own_line(tx, account, id, line)
        changed = cancel(tx, there, by)
        lines.settle(tx, TYPE, invoice, invoice, by)
        return lines.shown(tx, changed)


def cancel(tx: Tx, line: Record, by: Actor) -> Record:
    """Cancel a line within a transaction."""
    changed = lines.save(tx, line, line | {"cancelled": True}, by)
    selling.give_back(tx, line, tickets.of_line(tx, line["id"]), by)
    return changed


def pay(world: World, account: int, id: int, given: Mapping[str, Any], by: Actor) -> Record:
    """Take a payment: INVOICE UPDATED with what is still to be paid; returns the transaction."""
    with world.atomic() as tx:
        before = found(tx, account, id)
        owed = before["outstandingBalance"]
        if formats.cents(given["amount"]) > formats.cents(owed):
            raise refusing.invalid("amount", f"is more than the outstanding balance, {owed}", given["amount"])
        number = formats.next_number(tx, TRANSACTION, FIRST[TRANSACTION])
        said = {"paymentMethod": before["paymentMethod"], **given}
        made = orders.transaction(number, before, said, by.user or account, tx.now)
        records.put(tx, TRANSACTION, made)
        lines.settle(tx, TYPE, before, before | {"payments": [*before["payments"], made]}, by)
        return made


def transactions(read: Read, account: int, id: int) -> list[Record]:
    """Return the payments of an invoice, oldest first."""
    found(read, account, id)
    return records.find(read, TRANSACTION, ("invoice", "=", id), order=[("number", "asc")])
