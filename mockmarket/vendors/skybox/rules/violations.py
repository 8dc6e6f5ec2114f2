"""Refusing in SkyBox's way: whatever is wrong with a write is a 400 that names its field (public: no other status for it)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mockmarket.errors import Conflict, Invalid, NotFound
from mockmarket.store import Read, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.skybox.wire import CATEGORY, CUSTOMER, EVENT, PERFORMER, TICKET, VENDOR, VENUE

SHARED = (EVENT, VENUE, PERFORMER, CATEGORY)
"""Kinds of record that are every account's."""
ACCOUNT_UNSAID = (VENDOR, CUSTOMER, TICKET, *SHARED)
"""Of what kinds a refusal does not say the account (convention)."""


def invalid(path: str, sentence: str, value: object = None) -> Invalid:
    """Return the refusal of one field."""
    return Invalid(f"{path}: {sentence}", details=[(path, sentence)], sent={path: value})


@contextmanager
def blamed_on(path: str, value: object = None) -> Iterator[None]:
    """Turn what contradicts the state of seats into the refusal of a field."""
    try:
        yield
    except (Conflict, Invalid) as refusal:
        if refusal.details:
            raise
        raise invalid(path, refusal.message, value) from refusal


def get_or_refuse(read: Read, kind: Kind, account: int | None, id: int, path: str = "") -> Record:
    """Return an account's record by its id, or whosever it is; NotFound, or for one that a body names Invalid with its path."""
    record = records.get(read, kind, str(id))
    if record and (account is None or kind in SHARED or record["accountId"] == account):
        return record
    where = "" if account is None or kind in ACCOUNT_UNSAID else f" on account {account}"
    sentence = f"There is no {kind.name} {id}{where}."
    raise invalid(path, sentence, id) if path else NotFound(sentence)
