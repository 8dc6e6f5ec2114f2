"""Stored answers to requests that may be repeated, by the requests' owner and idempotency key."""

from dataclasses import dataclass

from mockmarket.store.database import Read, Tx
from mockmarket.store.rows import Table

MOST_KEPT = 10_000
"""Most stored answers of a world; beyond it the oldest are deleted, and their requests count as new again."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer: `request` is a digest of the request, `at` (epoch ms) the time of the answer."""

    owner: str
    key: str
    request: str
    at: int
    status: int
    answer: bytes


REPEAT = Table("repeat", Kept)


def get(read: Read, owner: str, key: str, since: int) -> Kept | None:
    """Return the answer stored under a key after `since` (epoch ms), or None."""
    return REPEAT.first(read, "WHERE owner = ? AND key = ? AND at > ?", owner, key, since)


def put(tx: Tx, record: Kept, since: int) -> None:
    """Store an answer; answers stored up to `since`, and the oldest beyond the bound, are deleted."""
    tx.conn.execute("DELETE FROM repeat WHERE at <= ?", (since,))
    REPEAT.put(tx, record)
    tx.conn.execute("DELETE FROM repeat WHERE id <= (SELECT max(id) FROM repeat) - ?", (MOST_KEPT,))
