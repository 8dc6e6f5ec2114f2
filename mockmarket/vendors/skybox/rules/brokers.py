"""Brokers and applications: which of the world's stock is which account's, and whom an application's e-mails reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockmarket.seed.shapes import labels
from mockmarket.stock import Stock
from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Record
from mockmarket.vendors.skybox.rules.inventory import MOST_TICKETS
from mockmarket.vendors.skybox.wire import formats
from mockmarket.vendors.skybox.wire.kinds import ACCOUNTS, APPLICATION

NAMED = "skybox_account"
"""The member of a stock row's `data` that names its account, whatever the accounts say."""


def put_account(tx: Tx, said: Mapping[str, Any]) -> Record:
    """Store an account of the fixture."""
    written: Record = {
        "id": said["id"], "name": said["name"], "email": said["email"], "currencyCode": said["currency"],
        "creationDate": formats.moment(tx.now),
        "stock": None if said["stock"] is None else [dict(one) for one in said["stock"]],
    }  # fmt: skip
    records.put(tx, ACCOUNTS, written)
    return written


def put_application(tx: Tx, said: Mapping[str, Any]) -> None:
    """Store an application of the fixture under its token, which tells it apart and is no secret here."""
    records.put(tx, APPLICATION, {"id": said["token"], "name": said["name"], "email": said["email"]})


def application(read: Read, token: str) -> Record:
    """Return an application; one that is not declared has an address of its own all the same."""
    known = records.get(read, APPLICATION, token)
    return known or {"id": token, "name": token, "email": "application@example.com"}


def owner_of(accounts: Sequence[Record], row: Stock) -> Record | None:
    """Return the account whose listing a stock row is, or None: named by the row itself, else the first that claims it."""
    if row.total > MOST_TICKETS:
        return None
    if NAMED in row.data:
        return next((one for one in accounts if str(one["id"]) == str(row.data[NAMED])), None)
    return next((one for one in accounts if claims(one, row)), None)


def claims(account: Mapping[str, Any], row: Stock) -> bool:
    """Tell whether a stock row is among what an account says is its own; one that says nothing has everything."""
    said = account["stock"]
    return said is None or any(
        one["event"] == row.event and within(one["section"], row.section) and within(one["row"], row.row)
        for one in said
    )


def within(said: Any, label: str) -> bool:
    """Tell whether a section or a row is among those named; without names it is."""
    return said is None or label in labels(said)


def every(read: Read) -> list[Record]:
    """Return every account in the order of the fixture."""
    return records.find(read, ACCOUNTS)
