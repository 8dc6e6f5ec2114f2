"""Refusing in SkyBox's way: whatever is wrong with a write is a 400 that names its field (public: no other status for it)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mockmarket.errors import Conflict, Invalid, NotFound
from mockmarket.store import Read, records
from mockmarket.store.records import Kind, Record


def invalid(path: str, words: str, given: Any = None) -> Invalid:
    """Return the refusal of one field."""
    return Invalid(f"{path}: {words}", details=[(path, words)], given={path: given})


@contextmanager
def blamed_on(path: str, given: Any = None) -> Iterator[None]:
    """Turn what contradicts the state of seats into the refusal of a field."""
    try:
        yield
    except (Conflict, Invalid) as refusal:
        if refusal.details:
            raise
        raise invalid(path, refusal.message, given) from refusal


def found(read: Read, kind: Kind, account: int, id: int, noun: str) -> Record:
    """Return an account's record by its id; NotFound when there is none on this account."""
    record = records.get(read, kind, str(id))
    if record is None or record["accountId"] != account:
        raise NotFound(f"There is no {noun} {id} on account {account}.")
    return record


def gone(noun: str, id: int) -> NotFound:
    """Return the refusal of what was removed."""
    return NotFound(f"There is no {noun} {id} any more.")
