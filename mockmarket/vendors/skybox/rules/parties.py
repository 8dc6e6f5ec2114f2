"""Vendors and customers of an account: made, changed, and which of them are its defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockmarket.errors import Invalid, NotFound
from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.skybox.wire import parties
from mockmarket.vendors.skybox.wire.formats import moment, next_number
from mockmarket.vendors.skybox.wire.kinds import ACCOUNTS
from mockmarket.vendors.skybox.wire.parties import CUSTOMER, DEFAULT_CUSTOMER, VENDOR
from mockmarket.worlds.world import World

OFFICE = {
    "address1": "1 Example Street", "city": "Chicago", "state": "IL", "postalCode": "60600", "country": "US",
    "phone1": "5550100",
}  # fmt: skip
FIRST_VENDOR = {
    "displayName": "Box Office", "company": "Box Office", "email": "boxoffice@example.com", "address": OFFICE, "type": "PRIMARY",
    "paymentMethod": "CREDITCARD", "purchaseTerm": "NET0", "defaultDeliveryMethod": "EMAIL",
}  # fmt: skip
FIRST_CUSTOMER = {
    "displayName": "Walk-up Sales", "company": "Walk-up Sales", "email": "walkup@example.com", "address": OFFICE,
    "customerType": "RETAIL", "salesTerm": "NET0", "paymentMethod": "CREDITCARD", "defaultDeliveryMethod": "EMAIL",
}  # fmt: skip
"""Whom each account of a fixture knows from the start (convention)."""


def seed(tx: Tx) -> None:
    """Give every account its first vendor, which is its default, and its first customer."""
    for account in records.find(tx, ACCOUNTS):
        add_vendor(tx, account["id"], FIRST_VENDOR)
        add_customer(tx, account["id"], FIRST_CUSTOMER)


def found(read: Read, kind: Kind, account: int, id: int) -> Record:
    """Return an account's vendor or customer; NotFound for another account's too."""
    record = records.get(read, kind, str(id))
    if record is None or record["accountId"] != account:
        raise NotFound(f"There is no {kind.name} {id}.")
    return record


def put(tx: Tx, kind: Kind, record: Mapping[str, Any]) -> None:
    """Store a vendor or a customer."""
    records.put(tx, kind, record, **parties.columns(record))


def add_vendor(tx: Tx, account: int, said: Mapping[str, Any]) -> Record:
    """Make a vendor; an account's first is its default."""
    id = next_number(tx, VENDOR, parties.FIRST[VENDOR])
    record = parties.vendor(id, account, said, default_vendor(tx, account) is None, tx.now)
    put(tx, VENDOR, record)
    return record


def add_customer(tx: Tx, account: int, said: Mapping[str, Any]) -> Record:
    """Make a customer."""
    record = parties.customer(next_number(tx, CUSTOMER, parties.FIRST[CUSTOMER]), account, said, tx.now)
    put(tx, CUSTOMER, record)
    return record


ADD = {VENDOR: add_vendor, CUSTOMER: add_customer}


def create(world: World, kind: Kind, account: int, said: Mapping[str, Any]) -> Record:
    """Make an account's vendor or customer."""
    with world.atomic() as tx:
        return ADD[kind](tx, account, said)


def update(world: World, kind: Kind, account: int, id: int, said: Mapping[str, Any]) -> Record:
    """Change a vendor or a customer; what is not said stays as it is (convention)."""
    with world.atomic() as tx:
        before = found(tx, kind, account, id)
        if said.get("id", id) != id:
            words = f"must be {id}, as in the path"
            raise Invalid(f"id {words}.", details=[("id", words)], given={"id": said["id"]})
        changed = before | {name: value for name, value in said.items() if name != "id"}
        changed |= {"lastUpdate": moment(tx.now)} | parties.filled(changed)
        put(tx, kind, changed)
    return changed


def default_vendor(read: Read, account: int) -> Record | None:
    """Return an account's default vendor, or None."""
    there = records.find(read, VENDOR, ("account", "=", account), ("is_default", "=", 1), limit=1)
    return there[0] if there else None


def set_default_vendor(world: World, account: int, id: int) -> Record:
    """Make a vendor an account's default, in place of the one before; Invalid when it has no such vendor."""
    with world.atomic() as tx:
        check_known(tx, VENDOR, account, id, "body")
        before = default_vendor(tx, account)
        if before is not None:
            put(tx, VENDOR, before | {"accountDefault": False})
        made = found(tx, VENDOR, account, id) | {"accountDefault": True}
        put(tx, VENDOR, made)
    return made


def default_customers(read: Read, account: int) -> list[Record]:
    """Return which customer an account's sales through each marketplace are billed to, in the order in which that was said."""
    there = records.find(read, DEFAULT_CUSTOMER, ("account", "=", account))
    return [{name: value for name, value in one.items() if name != "key"} for one in there]


def set_default_customer(world: World, account: int, marketplace: str, id: int) -> Record:
    """Say which customer an account's sales through a marketplace are billed to; Invalid when it has no such customer."""
    with world.atomic() as tx:
        check_known(tx, CUSTOMER, account, id, "customerId")
        records.put(tx, DEFAULT_CUSTOMER, parties.default_customer(account, marketplace, id))
    return {"accountId": account, "customerId": id, "marketplace": marketplace}


def check_known(read: Read, kind: Kind, account: int, id: int, field: str) -> None:
    """Raise Invalid, naming the field, unless an account has this vendor or customer."""
    record = records.get(read, kind, str(id))
    if record is None or record["accountId"] != account:
        words = f"There is no {kind.name} {id}."
        raise Invalid(words, details=[(field, words)], given={field: id})


def customer_for(tx: Tx, account: int, marketplace: str) -> int:
    """Return the id of the customer that an account's sales through another marketplace are billed to, made when there is none."""
    mailbox = "".join(sign for sign in marketplace.lower() if sign.isascii() and sign.isalnum()) or "sales"
    said = {"company": marketplace, "email": f"{mailbox}@example.com", "customerType": "MARKETPLACE"}
    return customer_named(tx, account, marketplace, said)


def customer_named(tx: Tx, account: int, name: str, said: Mapping[str, Any]) -> int:
    """Return the id of an account's customer of this name, made with what is said of it when there is none."""
    known = records.find(tx, CUSTOMER, ("account", "=", account), ("name", "=", name), limit=1)
    made = known or [add_customer(tx, account, {**FIRST_CUSTOMER, "displayName": name, **said})]
    return int(made[0]["id"])
