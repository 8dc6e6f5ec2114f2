"""Vendors and customers of an account: made, changed, and which of them are its defaults."""

from __future__ import annotations

from mockmarket.errors import NotFound
from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.skybox.records.types import Payload
from mockmarket.vendors.skybox.rules.violations import invalid, owned
from mockmarket.vendors.skybox.wire import parties
from mockmarket.vendors.skybox.wire.formats import moment, next_number
from mockmarket.vendors.skybox.wire.kinds import ACCOUNTS, CUSTOMER, DEFAULT_CUSTOMER, FIRST, VENDOR
from mockmarket.worlds.world import World

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


def get_or_404(read: Read, kind: Kind, account: int, id: int) -> Record:
    """Return an account's vendor or customer; NotFound for another account's too."""
    record = owned(read, kind, account, id)
    if record is None:
        raise NotFound(f"There is no {kind.name} {id}.")
    return record


def put(tx: Tx, kind: Kind, record: Payload) -> None:
    """Store a vendor or a customer."""
    records.put(tx, kind, record, **parties.columns(record))


def add(tx: Tx, kind: Kind, account: int, body: Payload) -> Record:
    """Make a vendor or a customer; an account's first vendor is its default."""
    id = next_number(tx, kind, FIRST[kind])
    if kind is VENDOR:
        record = parties.vendor(id, account, body, default_vendor(tx, account) is None, tx.now)
    else:
        record = parties.customer(id, account, body, tx.now)
    put(tx, kind, record)
    return record


def create(world: World, kind: Kind, account: int, body: Payload) -> Record:
    """Make an account's vendor or customer."""
    with world.atomic() as tx:
        return add(tx, kind, account, body)


def update(world: World, kind: Kind, account: int, id: int, body: Record) -> Record:
    """Change a vendor or a customer; what is not said stays as it is (convention)."""
    with world.atomic() as tx:
        before = get_or_404(tx, kind, account, id)
        if body.get("id", id) != id:
            raise invalid("id", f"must be {id}, as in the path", body["id"])
        changed = parties.filled(before | body | {"lastUpdate": moment(tx.now)})
        put(tx, kind, changed)
    return changed


def default_vendor(read: Read, account: int) -> Record | None:
    """Return an account's default vendor, or None."""
    return next(iter(records.find(read, VENDOR, ("account", "=", account), ("is_default", "=", 1), limit=1)), None)


def set_default_vendor(world: World, account: int, id: int) -> Record:
    """Make a vendor an account's default, in place of the one before; Invalid when it has no such vendor."""
    with world.atomic() as tx:
        check_known(tx, VENDOR, account, id, "body")
        before = default_vendor(tx, account)
        if before is not None:
            put(tx, VENDOR, before | {"accountDefault": False})
        vendor = get_or_404(tx, VENDOR, account, id) | {"accountDefault": True}
        put(tx, VENDOR, vendor)
    return vendor


def default_customers(read: Read, account: int) -> list[Record]:
    """Return which customer an account's sales through each marketplace are billed to, in the order in which that was said."""
    return [without_key(record) for record in records.find(read, DEFAULT_CUSTOMER, ("account", "=", account))]


def without_key(record: Record) -> Record:
    """Return a default customer as it is shown."""
    return {name: value for name, value in record.items() if name != "key"}


def set_default_customer(world: World, account: int, marketplace: str, id: int) -> Record:
    """Say which customer an account's sales through a marketplace are billed to; Invalid when it has no such customer."""
    record = parties.default_customer(account, marketplace, id)
    with world.atomic() as tx:
        check_known(tx, CUSTOMER, account, id, "customerId")
        records.put(tx, DEFAULT_CUSTOMER, record)
    return without_key(record)


def check_known(read: Read, kind: Kind, account: int, id: int, field: str) -> None:
    """Raise Invalid, naming the field, unless an account has this vendor or customer."""
    if owned(read, kind, account, id) is None:
        raise invalid(field, f"There is no {kind.name} {id}.", id)


def customer_for(tx: Tx, account: int, marketplace: str) -> int:
    """Return the id of the customer that an account's sales through another marketplace are billed to, made when there is none."""
    mailbox = "".join(sign for sign in marketplace.lower() if sign.isascii() and sign.isalnum()) or "sales"
    body = {"company": marketplace, "email": f"{mailbox}@example.com", "customerType": "MARKETPLACE"}
    return customer_named(tx, account, marketplace, body)


def customer_named(tx: Tx, account: int, name: str, body: Payload) -> int:
    """Return the id of an account's customer of this name, made with what is said of it when there is none."""
    known = records.find(tx, CUSTOMER, ("account", "=", account), ("name", "=", name), limit=1)
    customer = known[0] if known else add(tx, CUSTOMER, account, {**FIRST_CUSTOMER, "displayName": name, **body})
    return int(customer["id"])
