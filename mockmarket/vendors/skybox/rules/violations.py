"""Refusing in SkyBox's way: whatever is wrong with a write is a 400 that names its field (public: no other status for it)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mockmarket.errors import Conflict, Invalid, NotFound
from mockmarket.store import Read, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.skybox.wire import CUSTOMER, TICKET, VENDOR

ACCOUNT_UNSAID = (VENDOR, CUSTOMER, TICKET)
"""Of what kinds a refusal does not say the account (convention)."""


def invalid(path: str, sentence: str, value: object = None) -> Invalid:
    """Return the refusal of one field."""
    return Invalid(f"{path}: {sentence}", details=[(path, sentence)], given={path: value})


@contextmanager
def blamed_on(path: str, value: object = None) -> Iterator[None]:
    """Turn what contradicts the state of seats into the refusal of a field."""
    try:
        yield
    except (Conflict, Invalid) as refusal:
        if refusal.details:
            raise
        raise invalid(path, refusal.message, value) from refusal


def owned(read: Read, kind: Kind, account: int | None, id: int) -> Record | None:
    """Return an account's record, or one of any account's; None when there is none."""
    record = records.get(read, kind, str(id))
    return record if record and (account is None or record["accountId"] == account) else None


def absence(kind: Kind, account: int | None, id: int) -> str:
    """Say that an account has no such record."""
    where = "" if account is None or kind in ACCOUNT_UNSAID else f" on account {account}"
    return f"There is no {kind.name} {id}{where}."


def get_or_404(read: Read, kind: Kind, account: int | None, id: int) -> Record:
    """Return an account's record by its id, or one that is any account's; NotFound when there is none."""
    record = owned(read, kind, account, id)
    if record is None:
        raise NotFound(absence(kind, account, id))
    return record


def get_named(read: Read, kind: Kind, account: int, id: int, path: str) -> Record:
    """Return an account's record that a body names; Invalid, naming the field, when there is none."""
    record = owned(read, kind, account, id)
    if record is None:
        raise invalid(path, absence(kind, account, id), id)
    return record
