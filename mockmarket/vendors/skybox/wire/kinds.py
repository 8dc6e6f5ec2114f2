"""SkyBox's kinds of record: the columns of their fields, and beside them values of ours that are never sent."""

from __future__ import annotations

from mockmarket.records import Column, columns
from mockmarket.store.records import Kind
from mockmarket.vendors.skybox.records.directory import Category, Event, Performer, Venue
from mockmarket.vendors.skybox.records.holds import Hold
from mockmarket.vendors.skybox.records.inventory import Inventory, PriceEntry, Ticket
from mockmarket.vendors.skybox.records.lines import Line
from mockmarket.vendors.skybox.records.lookups import AccountId
from mockmarket.vendors.skybox.records.orders import Invoice, Purchase, Transaction
from mockmarket.vendors.skybox.records.parties import Customer, DefaultCustomer, Vendor
from mockmarket.vendors.skybox.records.types import NAME
from mockmarket.webhooks.encoding import java

NUMBER = columns(AccountId)
STAMPS = (Column("created_at", "INTEGER"), Column("updated_at", "INTEGER"))
NAME_KEY, CITY_KEY = Column("name_key", index=False), Column("city_key", index=False)
PARTY_KEYS = (
    NAME_KEY, Column("email_key", index=False), Column("last_name_key", index=False), Column("company_key", index=False),
    CITY_KEY, Column("phone_key", index=False), Column("tag_key", index=False),
)  # fmt: skip

ACCOUNTS = Kind(NAME, "account", "id", NUMBER, java)
APPLICATION = Kind(NAME, "application", "id", (), java)
INVENTORY = Kind(NAME, "inventory", "id", (
    *columns(Inventory), *STAMPS, Column("stock"), Column("vendor", "INTEGER"), Column("purchase", "INTEGER"),
    Column("starts_at", "INTEGER", index=False), Column("venue", "INTEGER", index=False), Column("performer", "INTEGER", index=False),
    Column("priced_at", "INTEGER", index=False), Column("listed", "INTEGER", index=False), Column("held", "INTEGER", index=False),
    Column("origin", "INTEGER", index=False),
), java)  # fmt: skip
TICKET = Kind(NAME, "ticket", "id", (
    Column("stock"), Column("seat", "INTEGER", index=False), Column("hold", "INTEGER"), *columns(Ticket),
), java, indexes=(("stock", "seat"),))  # fmt: skip
"""Of two indexes that fit alike SQLite takes the later one: `inventory`, not `hold`, which is 0 for nearly every ticket."""
PURCHASE = Kind(NAME, "purchase", "id", (*columns(Purchase), *STAMPS), java)
INVOICE = Kind(NAME, "invoice", "id", (*columns(Invoice), *STAMPS, Column("source")), java)
LINE = Kind(NAME, "line", "id", (*columns(Line), Column("event", "INTEGER"), Column("inventory", "INTEGER")), java)
HOLD = Kind(NAME, "hold", "id", (
    *columns(Hold), Column("source"), Column("removed", "INTEGER"), Column("created_at", "INTEGER", index=False),
    Column("expires_at", "INTEGER", index=False), Column("starts_at", "INTEGER", index=False), Column("position", "INTEGER", index=False),
), java)  # fmt: skip
PRICE = Kind(NAME, "price", "id", (*columns(PriceEntry), Column("inventory", "INTEGER")), java)
TRANSACTION = Kind(NAME, "transaction", "id", columns(Transaction), java)
EMAIL = Kind(NAME, "email", "id", (*NUMBER, Column("application", path="$.application")), java)
EVENT = Kind(NAME, "event", "id", (
    *columns(Event), Column("show"), Column("starts_at", "INTEGER"), Column("parking", "INTEGER", index=False), NAME_KEY, CITY_KEY,
    Column("venue_key", index=False), Column("category_key", index=False), Column("text_key", index=False),
    Column("performers", index=False),
), java)  # fmt: skip
VENUE = Kind(NAME, "venue", "id", (*columns(Venue), NAME_KEY, CITY_KEY), java)
PERFORMER = Kind(NAME, "performer", "id", (*columns(Performer), NAME_KEY), java)
CATEGORY = Kind(NAME, "category", "id", columns(Category), java)
VENDOR = Kind(NAME, "vendor", "id", (*columns(Vendor), *PARTY_KEYS), java)
CUSTOMER = Kind(NAME, "customer", "id", (*columns(Customer), *PARTY_KEYS), java)
DEFAULT_CUSTOMER = Kind(NAME, "default_customer", "key", columns(DefaultCustomer), java)
"""A default customer has no id of its own; its `key` is never sent."""

KINDS = (
    ACCOUNTS, APPLICATION, INVENTORY, TICKET, PURCHASE, INVOICE, LINE, HOLD, PRICE, TRANSACTION, EMAIL, EVENT, VENUE, PERFORMER,
    CATEGORY, VENDOR, CUSTOMER, DEFAULT_CUSTOMER,
)  # fmt: skip
FIRST = {
    INVENTORY: 1_000_001, TICKET: 10_000_001, PURCHASE: 200_001, INVOICE: 300_001, LINE: 4_000_001, HOLD: 50_001,
    PRICE: 1, TRANSACTION: 700_001, EMAIL: 1, VENDOR: 9_001, CUSTOMER: 70_001,
}  # fmt: skip
"""From where the ids of each kind count up (convention)."""
