"""Brokers and applications: which of the world's stock is which account's, and whom an application's e-mails reach."""

from __future__ import annotations

from collections.abc import Sequence

from mockmarket.seed.shapes import labels
from mockmarket.stock import Stock
from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Record
from mockmarket.vendors.skybox.records.types import Payload
from mockmarket.vendors.skybox.rules.inventory import MOST_TICKETS
from mockmarket.vendors.skybox.wire import formats
from mockmarket.vendors.skybox.wire.kinds import ACCOUNTS, APPLICATION

ACCOUNT_MEMBER = "skybox_account"
"""The member of a stock row's `data` that names its account, whatever the accounts say."""


def put_account(tx: Tx, section: Payload) -> Record:
    """Store an account of the fixture."""
    account = {name: section[name] for name in ("id", "name", "email")}
    account |= {"currencyCode": section["currency"], "creationDate": formats.moment(tx.now), "stock": section["stock"]}
    records.put(tx, ACCOUNTS, account)
    return account


def put_application(tx: Tx, section: Payload) -> None:
    """Store an application of the fixture under its token, which tells it apart and is no secret here."""
    records.put(tx, APPLICATION, {"id": section["token"], "name": section["name"], "email": section["email"]})


def application(read: Read, token: str) -> Record:
    """Return an application; one that is not declared has an address of its own all the same."""
    known = records.get(read, APPLICATION, token)
    return known or {"id": token, "name": token, "email": "application@example.com"}


def owner_of(accounts: Sequence[Record], row: Stock) -> Record | None:
    """Return the account whose listing a stock row is, or None: named by the row itself, else the first that claims it."""
    if row.total > MOST_TICKETS:
        return None
    if ACCOUNT_MEMBER in row.data:
        return next((account for account in accounts if str(account["id"]) == str(row.data[ACCOUNT_MEMBER])), None)
    return next((account for account in accounts if claims(account, row)), None)


def claims(account: Payload, row: Stock) -> bool:
    """Tell whether a stock row is among what an account says is its own; one that says nothing has everything."""
    return account["stock"] is None or any(
        part["event"] == row.event and within(part["section"], row.section) and within(part["row"], row.row)
        for part in account["stock"]
    )


def within(names: object, label: str) -> bool:
    """Tell whether a section or a row is among those named; without names it is."""
    return names is None or label in labels(names)


def every(read: Read) -> list[Record]:
    """Return every account in the order of the fixture."""
    return records.find(read, ACCOUNTS)
