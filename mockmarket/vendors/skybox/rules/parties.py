"""Vendors and customers of an account: made, changed, and which of them are its defaults."""

from __future__ import annotations

from functools import partial

from mockmarket.errors import NotFound
from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.skybox.callers import Session
from mockmarket.vendors.skybox.records.directory import Address, Customer, DefaultCustomer, Vendor
from mockmarket.vendors.skybox.records.types import Payload
from mockmarket.vendors.skybox.rules.violations import get_named, get_or_404, invalid
from mockmarket.vendors.skybox.wire import ACCOUNTS, CUSTOMER, DEFAULT_CUSTOMER, VENDOR, moment, new_record, next_number

OFFICE = {
    "address1": "1 Example Street",
    "city": "Chicago",
    "state": "IL",
    "postalCode": "60600",
    "country": "US",
    "phone1": "5550100",
}
ALIKE = {"address": OFFICE, "paymentMethod": "CREDITCARD", "defaultDeliveryMethod": "EMAIL"}
FIRST_VENDOR = ALIKE | {
    "displayName": "Box Office",
    "company": "Box Office",
    "email": "boxoffice@example.com",
    "type": "PRIMARY",
    "purchaseTerm": "NET0",
}
FIRST_CUSTOMER = ALIKE | {
    "displayName": "Walk-up Sales",
    "company": "Walk-up Sales",
    "email": "walkup@example.com",
    "customerType": "RETAIL",
    "salesTerm": "NET0",
}
"""Whom each account of a fixture knows from the start (convention)."""


def seed(tx: Tx) -> None:
    """Give every account its first vendor, which is its default, and its first customer."""
    for account in records.find(tx, ACCOUNTS):
        add(tx, VENDOR, account["id"], FIRST_VENDOR)
        add(tx, CUSTOMER, account["id"], FIRST_CUSTOMER)


def put(tx: Tx, kind: Kind, party: Record) -> Record:
    """Store a vendor or a customer, with those of its fields that are never null as they are kept, its address whole."""
    address = {name: (party["address"] or {}).get(name) for name in Address.__annotations__}
    party |= {
        "address": address,
        "useEmail2": bool(party["useEmail2"]),
        "tags": party["tags"] or "",
        "outlawedPaymentMethods": list(party["outlawedPaymentMethods"] or []),
    }
    records.put(
        tx,
        kind,
        party,
        name_key=key(party["displayName"]),
        email_key=key(party["email"], party["email2"]),
        last_name_key=key(party["lastName"]),
        company_key=key(party["company"]),
        city_key=key(address["city"]),
        phone_key=key(address["phone1"], address["phone2"]),
        tag_key=" ".join(["", *party["tags"].casefold().split(), ""]),
    )
    return party


def key(*texts: str | None) -> str:
    """Return texts as they are searched for a part of them."""
    return "|".join(text or "" for text in texts).casefold()


def add(tx: Tx, kind: Kind, account: int, body: Payload) -> Record:
    """Make a vendor or a customer; an account's first vendor is its default."""
    new = partial(new_record, Customer)
    if kind is VENDOR:
        new = partial(new_record, Vendor, accountDefault=default_vendor(tx, account) is None)
    now = moment(tx.now)
    return put(tx, kind, new(body, id=next_number(tx, kind), accountId=account, createdDate=now, lastUpdate=now))


def create(kind: Kind, session: Session, body: Payload) -> Record:
    """Make an account's vendor or customer."""
    return add(session.tx, kind, session.account, body)


def update(kind: Kind, session: Session, id: int, body: Record) -> Record:
    """Change a vendor or a customer; what is not said stays as it is (convention)."""
    before = get_or_404(session.tx, kind, session.account, id)
    if body.get("id", id) != id:
        raise invalid("id", f"must be {id}, as in the path", body["id"])
    return put(session.tx, kind, before | body | {"lastUpdate": moment(session.tx.now)})


def default_vendor(read: Read, account: int) -> Record | None:
    """Return an account's default vendor, or None."""
    return records.first(read, VENDOR, ("account", "=", account), ("is_default", "=", 1))


def get_default_vendor(read: Read, account: int) -> Record:
    """Get the account's default vendor."""
    vendor = default_vendor(read, account)
    if vendor is None:
        raise NotFound("This account has no default vendor.")
    return vendor


def set_default_vendor(session: Session, id: int) -> Record:
    """Make a vendor the account's default; the body is its id, a number."""
    tx = session.tx
    vendor = get_named(tx, VENDOR, session.account, id, "body")
    before = default_vendor(tx, session.account)
    if before is not None:
        put(tx, VENDOR, before | {"accountDefault": False})
    return put(tx, VENDOR, vendor | {"accountDefault": True})


def default_customers(read: Read, account: int) -> list[Record]:
    """List the account's default customers."""
    # In the order in which that was said; their key is ours.
    rows = records.find(read, DEFAULT_CUSTOMER, ("account", "=", account))
    return [{name: row[name] for name in DefaultCustomer.__annotations__} for row in rows]


def set_default_customer(session: Session, body: DefaultCustomer) -> Record:
    """Say which customer a marketplace's sales are billed to."""
    account, marketplace, customer = session.account, body["marketplace"], body["customerId"]
    get_named(session.tx, CUSTOMER, account, customer, "customerId")
    record = {"accountId": account, "customerId": customer, "marketplace": marketplace}
    records.put(session.tx, DEFAULT_CUSTOMER, {"key": f"{account} {marketplace}", **record})
    return record


def customer_for(tx: Tx, account: int, marketplace: str) -> int:
    """Return the id of the customer that an account's sales through another marketplace are billed to, made when there is none."""
    mailbox = "".join(sign for sign in marketplace.lower() if sign.isascii() and sign.isalnum()) or "sales"
    body = {"company": marketplace, "email": f"{mailbox}@example.com", "customerType": "MARKETPLACE"}
    return customer_named(tx, account, marketplace, body)


def customer_named(tx: Tx, account: int, name: str, body: Payload) -> int:
    """Return the id of an account's customer of this name, made with what is said of it when there is none."""
    customer = records.first(tx, CUSTOMER, ("account", "=", account), ("name", "=", name))
    customer = customer or add(tx, CUSTOMER, account, {**FIRST_CUSTOMER, "displayName": name, **body})
    return int(customer["id"])
