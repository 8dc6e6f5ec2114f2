"""The order of first attempts: deliveries to one endpoint that share a record or a batch are first sent in the order of creation.

A delivery is `untried` until its first attempt is over, or until it leaves the order otherwise: dropped, or put off by a fault. It is
`blocked` while an earlier delivery of its subject or batch is untried. Both columns are written when a delivery is created or tried, so
that a query for due deliveries reads no row that has to wait."""

from collections.abc import Sequence

from mockmarket.store.database import Read, Tx
from mockmarket.store.rows import to_json


def ahead(endpoint: str, subject: str, batch: str, before: str) -> str:
    """Return the SQL test of whether an untried delivery precedes another, by the expressions of the latter's columns."""
    untried = f"EXISTS (SELECT 1 FROM delivery e WHERE e.untried = 1 AND e.endpoint = {endpoint} AND e.id < {before}"
    return f"({untried} AND e.subject = {subject}) OR {untried} AND e.batch = {batch}))"


LEAVE = "UPDATE delivery SET untried = 0, blocked = 0 WHERE id = ? AND untried = 1 RETURNING endpoint, subject, batch"
AHEAD = ahead("d.endpoint", "d.subject", "d.batch", "d.id")
BLOCK = f"UPDATE delivery AS d SET blocked = {AHEAD} WHERE d.untried = 1 AND d.blocked = 1"
FIRST = """ AND d.id IN (
  (SELECT min(id) FROM delivery WHERE untried = 1 AND endpoint = ?1 AND subject = ?2),
  (SELECT min(id) FROM delivery WHERE untried = 1 AND endpoint = ?1 AND batch = ?3))"""


def leave(tx: Tx, id: int) -> None:
    """Take a delivery out of the order, if it is still in it, and unblock the deliveries that waited for it alone."""
    for left in tx.conn.execute(LEAVE, (id,)).fetchall():
        unblock(tx, left)


def unblock(tx: Tx, left: Sequence[object]) -> None:
    """Unblock the deliveries that waited only for a delivery that has left the order, given its endpoint, subject and batch."""
    tx.has_due_work = tx.conn.execute(BLOCK + FIRST, left).rowcount > 0 or tx.has_due_work


READY = """
WITH RECURSIVE waiting (endpoint) AS (
  SELECT min(endpoint) FROM delivery WHERE state = 'pending' AND blocked = 0
  UNION ALL
  SELECT (SELECT min(endpoint) FROM delivery d WHERE state = 'pending' AND blocked = 0 AND d.endpoint > w.endpoint)
  FROM waiting w WHERE w.endpoint IS NOT NULL)
SELECT endpoint, (SELECT min(due) FROM delivery d WHERE state = 'pending' AND blocked = 0 AND d.endpoint = w.endpoint)
FROM waiting w WHERE endpoint IS NOT NULL
"""
"""Steps from endpoint to endpoint along the index, so that a long queue costs no more than a short queue."""


def first_due(read: Read) -> dict[str, int]:
    """Return the due time (epoch ms) of each endpoint's earliest unblocked delivery."""
    return dict(read.conn.execute(READY).fetchall())


def due(read: Read, endpoint: str, limit: int) -> list[tuple[int, int]]:
    """Return up to `limit` due, unblocked deliveries to an endpoint as (due, id), earliest first."""
    ready = "state = 'pending' AND blocked = 0 AND endpoint = ? AND due <= ?"
    sql = f"SELECT due, id FROM delivery WHERE {ready} ORDER BY due, id LIMIT ?"
    return read.conn.execute(sql, (endpoint, read.now, limit)).fetchall()


def first_blocked(read: Read) -> list[tuple[int, int]]:
    """Return the earliest blocked delivery as (due, id), in a list that is empty when there is none."""
    sql = (
        "SELECT due, id FROM delivery WHERE untried = 1 AND blocked = 1 AND state = 'pending' ORDER BY due, id LIMIT 1"
    )
    return read.conn.execute(sql).fetchall()


def blocked(read: Read, ids: Sequence[int]) -> list[int]:
    """Return which of these deliveries are blocked."""
    sql = "SELECT id FROM delivery WHERE blocked = 1 AND id IN (SELECT value FROM json_each(?)) ORDER BY id"
    return [id for (id,) in read.conn.execute(sql, (to_json(ids),))]


def tried(read: Read, ids: Sequence[int]) -> dict[int, str]:
    """Return the states of those of these deliveries that are no longer untried."""
    sql = "SELECT id, state FROM delivery WHERE untried = 0 AND id IN (SELECT value FROM json_each(?))"
    return dict(read.conn.execute(sql, (to_json(ids),)).fetchall())
