"""Purchases, invoices, their lines, holds and payments as they begin."""

from __future__ import annotations

from collections.abc import Sequence

from mockmarket.clock import DAY
from mockmarket.store.records import Record
from mockmarket.vendors.skybox.records.holds import Hold
from mockmarket.vendors.skybox.records.lines import Line
from mockmarket.vendors.skybox.records.orders import Invoice, Purchase, Transaction
from mockmarket.vendors.skybox.records.types import Payload
from mockmarket.vendors.skybox.wire.formats import moment, new_record, stamps


def due(body: Payload, term: str, now: int) -> str:
    """Return when something is due: as it is said, or by its terms."""
    return body.get("dueDate") or moment(now + int(term.removeprefix("NET")) * DAY)


def purchase(id: int, account: int, body: Payload, by: str, now: int) -> Record:
    """Write a new purchase; its lines are records of their own."""
    ends = due(body, body["purchaseTerm"], now)
    return new_record(Purchase, body, id=id, accountId=account, dueDate=ends, **stamps(by, now))


def invoice(id: int, account: int, body: Payload, by: str, now: int) -> Record:
    """Write a new invoice; its lines are records of their own."""
    ends = due(body, body["salesTerm"], now)
    fulfilled = moment(now) if body.get("fulfillmentStatus") == "COMPLETE" else None
    own = {"id": id, "accountId": account, "dueDate": ends, "fulfillmentDate": fulfilled}
    return new_record(Invoice, body, **own, **stamps(by, now))


def line(id: int, target: Payload, type: str, body: Payload, by: str, now: int) -> Record:
    """Write a new line of a purchase or an invoice."""
    own = {"id": id, "accountId": target["accountId"], "targetId": target["id"], "lineType": type}
    return new_record(Line, body, **own, amount=float(body["amount"]), **stamps(by, now))


def hold(id: int, inventory: Payload, body: Payload, seats: Sequence[int], now: int) -> Record:
    """Write a new hold of an inventory's seats."""
    own = {name: inventory[name] for name in ("accountId", "section", "row", "cost", "listPrice", "eventId")}
    own |= {"id": id, "inventoryId": inventory["id"], "createdDate": moment(now)}
    return new_record(Hold, body, **own, quantity=len(seats), seats=seat_text(seats))


def seat_text(seats: Sequence[int]) -> str:
    """Write seats as one text."""
    return ",".join(map(str, sorted(seats)))


def transaction(id: int, invoice: Payload, body: Payload, user: int, now: int) -> Record:
    """Write a payment of an invoice."""
    own = {"id": id, "accountId": invoice["accountId"], "entityId": invoice["customerId"], "invoiceId": invoice["id"]}
    own |= {"referenceNumber": body.get("comments"), "paymentDate": moment(now), "userId": user}
    return new_record(Transaction, body, **own, paymentType="PAYMENT")
