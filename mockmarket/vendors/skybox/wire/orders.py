"""Purchases, invoices, their lines, holds and transactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockmarket.clock import DAY
from mockmarket.vendors.skybox.wire import formats

Record = dict[str, Any]

TERMS = ("NET0", "NET10", "NET15", "NET25", "NET30", "NET45", "NET60")
PAYMENT_STATUSES = ("UNPAID", "PAID", "PARTIAL", "VOID")
FULFILLMENT_STATUSES = ("PENDING", "COMPLETE")
CURRENCIES = ("USD", "CAD", "EUR", "GBP", "JPY", "BRL", "XBT", "AUD", "MXN")
LINE_ITEM_TYPES = ("GENERIC", "INVENTORY")
"""Public, the OpenAPI file's enumerations."""

PURCHASE_FIELDS = (
    "vendorId", "internalId", "purchaseTerm", "paymentMethod", "paymentRef", "deliveryMethod", "taxAmount", "shippingAmount",
    "otherAmount", "internalNotes", "publicNotes", "dueDate", "tags", "externalRef", "paymentStatus", "currencyCode", "received",
    "status", "outstandingBalance",
)  # fmt: skip
INVOICE_FIELDS = (
    "customerId", "internalId", "salesTerm", "paymentMethod", "paymentRef", "deliveryMethod", "taxAmount", "shippingAmount",
    "otherAmount", "internalNotes", "publicNotes", "dueDate", "tags", "paymentStatus", "fulfillmentStatus", "externalRef",
    "status", "currencyCode", "fulfillmentDate", "outstandingBalance", "barcodesEntered", "filesUploaded",
)  # fmt: skip
LINE_FIELDS = (
    "targetId", "quantity", "description", "amount", "lineType", "lineItemType", "itemIds", "inventoryIds", "cancelled", "fillLineId",
)  # fmt: skip
HOLD_FIELDS = (
    "inventoryId", "user", "userId", "expiryDate", "customerId", "notes", "externalRef", "quantity", "section", "row", "seats",
    "cost", "listPrice", "eventId",
)  # fmt: skip
"""Convention: the relevant fields of the other topics are those of the entity's own head, without its lines and stamps."""


def due(now: int, term: str) -> str:
    """Return when something is due by its terms."""
    return formats.moment(now + int(term.removeprefix("NET")) * DAY)


def purchase(id: int, account: int, said: Mapping[str, Any], by: str, now: int) -> Record:
    """Write a new purchase; its lines are records of their own."""
    stamp = formats.moment(now)
    return {
        "id": id, "vendorId": said["vendorId"], "accountId": account, "internalId": said.get("internalId"),
        "purchaseTerm": said["purchaseTerm"], "paymentMethod": said.get("paymentMethod"), "paymentRef": said.get("paymentRef"),
        "deliveryMethod": said.get("deliveryMethod"), "taxAmount": float(said.get("taxAmount") or 0),
        "shippingAmount": float(said.get("shippingAmount") or 0), "otherAmount": float(said.get("otherAmount") or 0),
        "internalNotes": said.get("internalNotes"), "publicNotes": said.get("publicNotes"), "createdDate": stamp,
        "lastUpdate": stamp, "dueDate": said.get("dueDate") or due(now, said["purchaseTerm"]), "tags": said.get("tags") or "",
        "createdBy": by, "lastUpdateBy": by, "externalRef": said.get("externalRef"),
        "paymentStatus": said.get("paymentStatus") or "UNPAID", "currencyCode": said.get("currencyCode") or "USD",
        "payments": [], "notes": [], "received": bool(said.get("received", False)), "consignment": None,
        "status": said.get("status"), "outstandingBalance": 0.0,
    }  # fmt: skip


def invoice(id: int, account: int, said: Mapping[str, Any], by: str, now: int) -> Record:
    """Write a new invoice; its lines are records of their own."""
    stamp = formats.moment(now)
    return {
        "id": id, "customerId": said["customerId"], "accountId": account, "internalId": said.get("internalId"),
        "salesTerm": said["salesTerm"], "paymentMethod": said.get("paymentMethod"), "paymentRef": said.get("paymentRef"),
        "deliveryMethod": said.get("deliveryMethod"), "taxAmount": float(said.get("taxAmount") or 0),
        "shippingAmount": float(said.get("shippingAmount") or 0), "otherAmount": float(said.get("otherAmount") or 0),
        "internalNotes": said.get("internalNotes"), "publicNotes": said.get("publicNotes"), "createdDate": stamp,
        "lastUpdate": stamp, "dueDate": said.get("dueDate") or due(now, said["salesTerm"]), "tags": said.get("tags") or "",
        "createdBy": by, "lastUpdateBy": by, "paymentStatus": said.get("paymentStatus") or "UNPAID",
        "fulfillmentStatus": said.get("fulfillmentStatus") or "PENDING", "externalRef": said.get("externalRef"),
        "status": said.get("status"), "currencyCode": said.get("currencyCode") or "USD", "payments": [], "notes": [],
        "fulfillmentDate": stamp if said.get("fulfillmentStatus") == "COMPLETE" else None, "outstandingBalance": 0.0,
        "barcodesEntered": False, "filesUploaded": False,
    }  # fmt: skip


def line(id: int, target: Mapping[str, Any], type: str, said: Mapping[str, Any], by: str, now: int) -> Record:
    """Write a new line of a purchase or an invoice; `amount` is its total (public)."""
    stamp = formats.moment(now)
    return {
        "id": id, "accountId": target["accountId"], "targetId": target["id"], "quantity": int(said["quantity"]),
        "description": said.get("description"), "amount": float(said["amount"]), "lineType": type,
        "lineItemType": said["lineItemType"], "itemIds": list(said.get("itemIds") or []), "cancelled": False,
        "fillLineId": None, "inventoryIds": list(said.get("inventoryIds") or []), "createdDate": stamp, "createdBy": by,
        "lastUpdate": stamp, "lastUpdateBy": by,
    }  # fmt: skip


def hold(id: int, inventory: Mapping[str, Any], said: Mapping[str, Any], seats: Sequence[int], now: int) -> Record:
    """Write a new hold of an inventory's seats."""
    return {
        "id": id, "accountId": inventory["accountId"], "inventoryId": inventory["id"], "user": said.get("user"),
        "userId": said.get("userId"), "removedByUserId": None, "createdDate": formats.moment(now),
        "expiryDate": said["expiryDate"], "customerId": said.get("customerId"), "removedDate": None,
        "notes": said.get("notes"), "externalRef": said.get("externalRef"), "quantity": len(seats),
        "section": inventory["section"], "row": inventory["row"], "seats": seat_text(seats), "cost": inventory["cost"],
        "listPrice": inventory["listPrice"], "eventId": inventory["eventId"],
    }  # fmt: skip


def seat_text(seats: Sequence[int]) -> str:
    """Write seats as one text."""
    return ",".join(map(str, sorted(seats)))


def transaction(id: int, invoice: Mapping[str, Any], said: Mapping[str, Any], user: int, now: int) -> Record:
    """Write a payment of an invoice (public: InvoicePayment)."""
    return {
        "id": id, "accountId": invoice["accountId"], "referenceNumber": said.get("comments"), "amount": float(said["amount"]),
        "paymentDate": formats.moment(now), "userId": user, "entityId": invoice["customerId"], "paymentType": "PAYMENT",
        "paymentMethod": said.get("paymentMethod"), "invoiceId": invoice["id"],
    }  # fmt: skip


def relevant(fields: Sequence[str], record: Mapping[str, Any]) -> Record:
    """Return the relevant fields of a record."""
    return {name: record[name] for name in fields}
