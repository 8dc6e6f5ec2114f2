"""Whom a broker buys from and sells to: vendors and customers, with their addresses and the account's defaults."""

from __future__ import annotations

from mockmarket.store.records import Record
from mockmarket.vendors.skybox.records.parties import Address, Customer, Vendor
from mockmarket.vendors.skybox.records.types import Payload
from mockmarket.vendors.skybox.wire.formats import moment, new_record


def vendor(id: int, account: int, body: Payload, is_default: bool, now: int) -> Record:
    """Write a new vendor."""
    own = {"id": id, "accountId": account, "createdDate": moment(now), "lastUpdate": moment(now)}
    return filled(new_record(Vendor, body, **own, accountDefault=is_default))


def customer(id: int, account: int, body: Payload, now: int) -> Record:
    """Write a new customer."""
    own = {"id": id, "accountId": account, "createdDate": moment(now), "lastUpdate": moment(now)}
    return filled(new_record(Customer, body, **own))


def filled(party: Record) -> Record:
    """Return a party with those of its fields that are never null as they are kept, its address whole."""
    return party | {
        "address": {name: (party["address"] or {}).get(name) for name in Address.__annotations__},
        "useEmail2": bool(party["useEmail2"]),
        "tags": party["tags"] or "",
        "outlawedPaymentMethods": list(party["outlawedPaymentMethods"] or []),
    }


def columns(party: Payload) -> Record:
    """Return the values of ours beside a party."""
    address = party["address"]
    return {
        "name_key": (party["displayName"] or "").casefold(),
        "email_key": "|".join((party["email"] or "", party["email2"] or "")).casefold(),
        "last_name_key": (party["lastName"] or "").casefold(),
        "company_key": (party["company"] or "").casefold(),
        "city_key": (address["city"] or "").casefold(),
        "phone_key": "|".join((address["phone1"] or "", address["phone2"] or "")).casefold(),
        "tag_key": " ".join(["", *party["tags"].casefold().split(), ""]),
    }


def default_customer(account: int, marketplace: str, customer: int) -> Record:
    """Write which customer an account's sales through a marketplace are billed to."""
    key = f"{account} {marketplace}"
    return {"key": key, "accountId": account, "customerId": customer, "marketplace": marketplace}
