"""Answers kept for requests that may be repeated, by whose they are and the key that names the request."""

from __future__ import annotations

from dataclasses import dataclass

from mockmarket.store.database import Read, Tx
from mockmarket.store.rows import Table

MOST_KEPT = 10_000
"""How many answers a world keeps; beyond that the oldest go, which makes their requests new ones again."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer: `request` is a digest of what was asked, `at` (epoch ms) when it was answered."""

    owner: str
    key: str
    request: str
    at: int
    status: int
    answer: bytes


REPEAT = Table("repeat", Kept)


def get(read: Read, owner: str, key: str, since: int) -> Kept | None:
    """Return the answer kept under a key since a moment (epoch ms), or None."""
    return REPEAT.first(read, "WHERE owner = ? AND key = ? AND at > ?", owner, key, since)


def put(tx: Tx, record: Kept, since: int) -> None:
    """Keep an answer; those of before `since`, and the oldest beyond the bound, go."""
    tx.conn.execute("DELETE FROM repeat WHERE at <= ?", (since,))
    REPEAT.put(tx, record)
    tx.conn.execute("DELETE FROM repeat WHERE id <= (SELECT max(id) FROM repeat) - ?", (MOST_KEPT,))
