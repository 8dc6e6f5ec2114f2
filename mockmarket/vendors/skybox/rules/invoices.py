"""Invoices: tickets sold, here or at another marketplace, and what is still to be paid for them."""

from __future__ import annotations

from collections.abc import Sequence

from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Record
from mockmarket.vendors.skybox.callers import Actor, Session
from mockmarket.vendors.skybox.records.types import Payload
from mockmarket.vendors.skybox.rules import lines, notifications, parties, selling, tickets
from mockmarket.vendors.skybox.rules.violations import check_unchanged, get_or_404, invalid
from mockmarket.vendors.skybox.wire import formats, orders
from mockmarket.vendors.skybox.wire.kinds import CUSTOMER, FIRST, INVOICE, TRANSACTION

TYPE = "INVOICE"


def write(tx: Tx, account: int, body: Payload, by: Actor, source: str = "") -> Record:
    """Store a new invoice without lines, untold; `source` says whose order it is when another marketplace made it."""
    id = formats.next_number(tx, INVOICE, FIRST[INVOICE])
    invoice = orders.invoice(id, account, body, by.name, tx.now)
    records.put(tx, INVOICE, invoice, created_at=tx.now, updated_at=tx.now, source=source)
    return invoice


def create(session: Session, body: Payload, force: bool) -> Record:
    """Sell tickets and whatever else: INVOICE, LINE for each line, INVENTORY for each listing, HOLD for what was on hold."""
    with session.world.atomic() as tx:
        return create_in(tx, session.account, body, force, session.by)


def create_in(tx: Tx, account: int, body: Payload, force: bool, by: Actor) -> Record:
    """Sell tickets and whatever else within a transaction."""
    parties.check_known(tx, CUSTOMER, account, body["customerId"], "customerId")
    invoice = write(tx, account, body, by)
    added, sold = add_lines(tx, invoice, body["lines"], force)
    invoice = lines.open_target(tx, TYPE, invoice, added, by)
    selling.tell(tx, sold, by)
    return lines.with_lines(tx, TYPE, invoice)


def add_lines(tx: Tx, invoice: Record, bodies: Sequence[Payload], force: bool) -> tuple[list[Record], selling.Sold]:
    """Store new lines of an invoice and sell what is on them, all untold."""
    added, sold = [], selling.Sold()
    for place, body in enumerate(bodies):
        path = f"lines.{place}"
        if body["lineItemType"] == "GENERIC":
            check_generic(body, path)
            by = Actor(invoice["lastUpdateBy"])
            added.append(lines.add(tx, invoice, TYPE, {**body, "quantity": body.get("quantity") or 1}, by))
        else:
            added.append(selling.sell(tx, invoice, body, path, force, sold))
    return added, sold


def check_generic(body: Payload, path: str) -> None:
    """Raise Invalid for tickets on a line that is of something else."""
    if body.get("itemIds"):
        sentence = "must be left out of a GENERIC line; tickets go on an INVENTORY line"
        raise invalid(f"{path}.itemIds", sentence, body["itemIds"])


def update(session: Session, id: int, body: Record) -> Record:
    """Change an invoice's head; its lines have calls of their own."""
    with session.world.atomic() as tx:
        before = get_or_404(tx, INVOICE, session.account, id)
        check_unchanged(before, body, "customerId")
        after = before | body
        if after["fulfillmentStatus"] != before["fulfillmentStatus"]:
            after["fulfillmentDate"] = formats.moment(tx.now) if after["fulfillmentStatus"] == "COMPLETE" else None
        changed = lines.settle(tx, TYPE, before, after, session.by)
        lines.check_paid(changed, body)
        return lines.with_lines(tx, TYPE, changed)


def add_more(session: Session, id: int, bodies: Sequence[Payload], force: bool) -> list[Record]:
    """Add lines to an invoice; returns them."""
    with session.world.atomic() as tx:
        invoice = get_or_404(tx, INVOICE, session.account, id)
        check_own(tx, id, "lines", bodies)
        added, sold = add_lines(tx, invoice | {"lastUpdateBy": session.by.name}, bodies, force)
        notifications.created(tx, "LINE", added, session.by)
        selling.tell(tx, sold, session.by)
        lines.settle(tx, TYPE, invoice, invoice, session.by)
        return [lines.with_inventory(tx, line) for line in added]


def check_own(read: Read, id: int, path: str, value: object) -> None:
    """Raise Invalid for another marketplace's sale, whose lines are not this account's to change."""
    if records.own(read, INVOICE, str(id))["source"]:
        raise invalid(path, f"Invoice {id} is another marketplace's sale and changes there.", value)


def own_line(read: Read, account: int, id: int, line: int) -> tuple[Record, Record]:
    """Return an invoice and one line of it that still stands; Invalid for another marketplace's sale, or a cancelled line."""
    invoice = get_or_404(read, INVOICE, account, id)
    record = lines.of(read, TYPE, id, line)
    check_own(read, id, "lineId", line)
    if record["cancelled"]:
        raise invalid("lineId", f"Line {line} has been cancelled before.", line)
    return invoice, record


def update_line(session: Session, id: int, line: int, body: Payload) -> Record:
    """Change a line's quantity, amount and description (public); tickets come back from it or are sold on it."""
    with session.world.atomic() as tx:
        invoice, before = own_line(tx, session.account, id, line)
        after = before | {name: body[name] for name in ("amount", "description") if body.get(name) is not None}
        if before["itemIds"]:
            after |= selling.resize(tx, after, body.get("quantity") or before["quantity"], session.by)
        elif body.get("quantity") is not None:
            after["quantity"] = body["quantity"]
        changed = lines.save(tx, before, after, session.by)
        lines.settle(tx, TYPE, invoice, invoice, session.by)
        return lines.with_inventory(tx, changed)


def remove_line(session: Session, id: int, line: int) -> Record:
    """Take a line off an invoice: its tickets are for sale again (public); the line stays, cancelled."""
    with session.world.atomic() as tx:
        invoice, record = own_line(tx, session.account, id, line)
        changed = cancel(tx, record, session.by)
        lines.settle(tx, TYPE, invoice, invoice, session.by)
        return lines.with_inventory(tx, changed)


def cancel(tx: Tx, line: Record, by: Actor) -> Record:
    """Cancel a line within a transaction."""
    changed = lines.save(tx, line, line | {"cancelled": True}, by)
    selling.give_back(tx, line, tickets.of_line(tx, line["id"]), by)
    return changed


def pay(session: Session, id: int, body: Payload) -> Record:
    """Take a payment: INVOICE UPDATED with what is still to be paid; returns the transaction."""
    with session.world.atomic() as tx:
        before = get_or_404(tx, INVOICE, session.account, id)
        owed = before["outstandingBalance"]
        if formats.cents(body["amount"]) > formats.cents(owed):
            raise invalid("amount", f"is more than the outstanding balance, {owed}", body["amount"])
        number = formats.next_number(tx, TRANSACTION, FIRST[TRANSACTION])
        sent = {"paymentMethod": before["paymentMethod"], **body}
        payment = orders.transaction(number, before, sent, session.by.user or session.account, tx.now)
        records.put(tx, TRANSACTION, payment)
        lines.settle(tx, TYPE, before, before | {"payments": [*before["payments"], payment]}, session.by)
        return payment


def transactions(read: Read, account: int, id: int) -> list[Record]:
    """Return the payments of an invoice, oldest first."""
    get_or_404(read, INVOICE, account, id)
    return records.find(read, TRANSACTION, ("invoice", "=", id), order=[("number", "asc")])
