"""Whom a broker buys from and sells to: vendors and customers, with their addresses and the account's defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockmarket.records import Column
from mockmarket.store.records import Kind
from mockmarket.vendors.skybox.wire.formats import NAME, moment
from mockmarket.vendors.skybox.wire.kinds import ACCOUNT, NUMBER
from mockmarket.webhooks.encoding import java

Record = dict[str, Any]


def columns_of(type: str) -> tuple[Column, ...]:
    """Return the columns of a kind of party whose type is in this field."""
    return (
        NUMBER, ACCOUNT, Column("name", path="$.displayName"), Column("type", path=f"$.{type}", index=False),
        Column("email", path="$.email", index=False), Column("company", path="$.company", index=False),
        Column("state", path="$.address.state", index=False), Column("country", path="$.address.country", index=False),
        Column("payment", path="$.paymentMethod", index=False), Column("tags", path="$.tags", index=False),
        Column("created", path="$.createdDate", index=False), Column("updated", path="$.lastUpdate", index=False),
        Column("name_key", index=False), Column("email_key", index=False), Column("last_name_key", index=False),
        Column("company_key", index=False), Column("city_key", index=False), Column("phone_key", index=False),
        Column("tag_key", index=False),
    )  # fmt: skip


VENDOR = Kind(
    NAME, "vendor", "id", (*columns_of("type"), Column("is_default", "INTEGER", "$.accountDefault", index=False)), java
)
CUSTOMER = Kind(NAME, "customer", "id", columns_of("customerType"), java)
DEFAULT_CUSTOMER = Kind(
    NAME, "default_customer", "key", (ACCOUNT, Column("marketplace", path="$.marketplace", index=False)), java
)
"""A default customer has no id of its own; its `key` is never sent."""

KINDS = (VENDOR, CUSTOMER, DEFAULT_CUSTOMER)
FIRST = {VENDOR: 9_001, CUSTOMER: 70_001}
"""From where the ids of each kind count up (convention)."""

ADDRESS = (
    "firstName", "lastName", "company", "address1", "address2", "city", "state", "postalCode", "country", "phone1", "phone2", "fax",
)  # fmt: skip
GENERAL = (
    "email",
    "email2",
    "useEmail2",
    "company",
    "address",
    "notes",
    "firstName",
    "lastName",
    "title",
    "displayName",
)
VENDOR_FIELDS = (
    *GENERAL, "type", "paymentMethod", "purchaseTerm", "tags", "defaultDeliveryMethod", "outlawedPaymentMethods",
)  # fmt: skip
CUSTOMER_FIELDS = (
    *GENERAL, "outlawedPaymentMethods", "customerType", "salesTerm", "paymentMethod", "arThreshold", "tags",
    "defaultDeliveryMethod",
)  # fmt: skip
"""Public: what a write may set of each, in the order of the answer."""


def address(said: Mapping[str, Any]) -> Record:
    """Write an address whole."""
    return {name: said.get(name) for name in ADDRESS}


def vendor(id: int, account: int, said: Mapping[str, Any], is_default: bool, now: int) -> Record:
    """Write a new vendor."""
    made = head(id, account, VENDOR_FIELDS, said, now)
    return made | {"deleted": False, "accountDefault": is_default}


def customer(id: int, account: int, said: Mapping[str, Any], now: int) -> Record:
    """Write a new customer."""
    made = head(id, account, CUSTOMER_FIELDS, said, now)
    return made | {"lastInvoiceDate": None, "deleted": False, "outstandingBalance": 0.0, "creditBalance": 0.0}


def head(id: int, account: int, names: tuple[str, ...], said: Mapping[str, Any], now: int) -> Record:
    """Write what both kinds of party begin with."""
    stamp = moment(now)
    made = {"id": id, "accountId": account, "createdDate": stamp, "lastUpdate": stamp}
    made |= {name: said.get(name) for name in names}
    return made | filled(made)


def filled(said: Mapping[str, Any]) -> Record:
    """Return those fields of a party that are never null, as they are kept."""
    return {
        "address": address(said["address"] or {}),
        "useEmail2": bool(said["useEmail2"]),
        "tags": said["tags"] or "",
        "outlawedPaymentMethods": list(said["outlawedPaymentMethods"] or []),
    }


def columns(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of ours beside a party."""
    at = record["address"]
    return {
        "name_key": (record["displayName"] or "").casefold(),
        "email_key": "|".join((record["email"] or "", record["email2"] or "")).casefold(),
        "last_name_key": (record["lastName"] or "").casefold(),
        "company_key": (record["company"] or "").casefold(),
        "city_key": (at["city"] or "").casefold(),
        "phone_key": "|".join((at["phone1"] or "", at["phone2"] or "")),
        "tag_key": " ".join(["", *record["tags"].casefold().split(), ""]),
    }


def default_customer(account: int, marketplace: str, customer: int) -> Record:
    """Write which customer an account's sales through a marketplace are billed to."""
    return {
        "key": f"{account} {marketplace}",
        "accountId": account,
        "customerId": customer,
        "marketplace": marketplace,
    }
