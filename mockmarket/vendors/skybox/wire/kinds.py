"""SkyBox's kinds of record and its topics."""

from __future__ import annotations

from mockmarket.records import Column
from mockmarket.store.records import Kind
from mockmarket.vendors.skybox.wire.formats import NAME
from mockmarket.webhooks.encoding import java

NUMBER = Column("number", "INTEGER", "$.id")
ACCOUNT = Column("account", "INTEGER", "$.accountId")

ACCOUNTS = Kind(NAME, "account", "id", (NUMBER,), java)
APPLICATION = Kind(NAME, "application", "id", (), java)
INVENTORY = Kind(NAME, "inventory", "id", (
    NUMBER, ACCOUNT,
    Column("stock"), Column("event", "INTEGER", "$.eventId"), Column("vendor", "INTEGER"), Column("purchase", "INTEGER"),
    Column("starts_at", "INTEGER", index=False), Column("venue", "INTEGER", index=False), Column("performer", "INTEGER", index=False),
    Column("created_at", "INTEGER"), Column("updated_at", "INTEGER"), Column("priced_at", "INTEGER", index=False),
    Column("listed", "INTEGER", index=False), Column("held", "INTEGER", index=False), Column("origin", "INTEGER", index=False),
    Column("position", "INTEGER", "$.exchangePosId"),
    Column("section", path="$.section", index=False), Column("row", path="$.row", index=False),
    Column("quantity", "INTEGER", "$.quantity", index=False), Column("price", "REAL", "$.listPrice", index=False),
    Column("cost", "REAL", "$.cost", index=False), Column("status", path="$.status", index=False),
    Column("stock_type", path="$.stockType", index=False), Column("split_type", path="$.splitType", index=False),
    Column("seat_type", path="$.seatType", index=False), Column("zone", "INTEGER", "$.zoneSeating", index=False),
    Column("tags", path="$.tags", index=False), Column("in_hand", path="$.inHandDate", index=False),
), java)  # fmt: skip
TICKET = Kind(NAME, "ticket", "id", (
    NUMBER, ACCOUNT,
    Column("stock"), Column("seat", "INTEGER", index=False), Column("hold", "INTEGER"), Column("event", "INTEGER", "$.eventId"),
    Column("seat_number", "INTEGER", "$.seatNumber", index=False), Column("barcode", path="$.barCode", index=False),
    Column("inventory", "INTEGER", "$.inventoryId"), Column("sale", "INTEGER", "$.invoiceLineId"),
    Column("purchase_line", "INTEGER", "$.purchaseLineId"), Column("status", path="$.status", index=False),
    Column("section", path="$.section", index=False), Column("row", path="$.row", index=False),
), java, indexes=(("stock", "seat"),))  # fmt: skip
PURCHASE = Kind(NAME, "purchase", "id", (
    NUMBER, ACCOUNT,
    Column("created_at", "INTEGER"), Column("updated_at", "INTEGER"), Column("vendor", "INTEGER", "$.vendorId"),
    Column("ref", path="$.externalRef"), Column("payment", path="$.paymentStatus", index=False),
    Column("status", path="$.status", index=False), Column("tags", path="$.tags", index=False),
), java)  # fmt: skip
INVOICE = Kind(NAME, "invoice", "id", (
    NUMBER, ACCOUNT,
    Column("created_at", "INTEGER"), Column("updated_at", "INTEGER"), Column("source"),
    Column("customer", "INTEGER", "$.customerId"), Column("ref", path="$.externalRef"),
    Column("payment", path="$.paymentStatus", index=False), Column("fulfillment", path="$.fulfillmentStatus", index=False),
    Column("status", path="$.status", index=False), Column("tags", path="$.tags", index=False),
), java)  # fmt: skip
LINE = Kind(NAME, "line", "id", (
    NUMBER, ACCOUNT,
    Column("target", "INTEGER", "$.targetId"), Column("type", path="$.lineType"), Column("item", path="$.lineItemType", index=False),
    Column("cancelled", "INTEGER", "$.cancelled", index=False), Column("event", "INTEGER"), Column("inventory", "INTEGER"),
), java)  # fmt: skip
HOLD = Kind(NAME, "hold", "id", (
    NUMBER, ACCOUNT,
    Column("source"), Column("inventory", "INTEGER", "$.inventoryId"), Column("removed", "INTEGER"),
    Column("customer", "INTEGER", "$.customerId", index=False), Column("user", "INTEGER", "$.userId", index=False),
    Column("ref", path="$.externalRef", index=False), Column("event", "INTEGER", "$.eventId"),
    Column("created_at", "INTEGER", index=False), Column("expires_at", "INTEGER", index=False),
    Column("starts_at", "INTEGER", index=False), Column("position", "INTEGER", index=False),
), java)  # fmt: skip
PRICE = Kind(NAME, "price", "id", (NUMBER, Column("inventory", "INTEGER")), java)
TRANSACTION = Kind(NAME, "transaction", "id", (NUMBER, Column("invoice", "INTEGER", "$.invoiceId")), java)
EMAIL = Kind(NAME, "email", "id", (NUMBER, Column("application", path="$.application")), java)

KINDS = (ACCOUNTS, APPLICATION, INVENTORY, TICKET, PURCHASE, INVOICE, LINE, HOLD, PRICE, TRANSACTION, EMAIL)
FIRST = {
    INVENTORY: 1_000_001, TICKET: 10_000_001, PURCHASE: 200_001, INVOICE: 300_001, LINE: 4_000_001, HOLD: 50_001,
    PRICE: 1, TRANSACTION: 700_001, EMAIL: 1,
}  # fmt: skip
"""From where the ids of each kind count up (convention)."""

TOPICS = {
    "INVENTORY": "a listing is CREATED or UPDATED",
    "PURCHASE": "a purchase is CREATED or UPDATED",
    "INVOICE": "an invoice is CREATED or UPDATED",
    "LINE": "a line of a purchase or an invoice is CREATED or UPDATED",
    "HOLD": "a hold is CREATED, UPDATED or DELETED",
}
"""Document, "Topics"."""
