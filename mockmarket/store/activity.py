"""What a world's notices, deliveries and changes of stock say of its activity, read from where the last look ended. Reads only."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from mockmarket.store.database import Read
from mockmarket.store.rows import to_json

CHANGES = """
SELECT c.id, c.at, c.stock, c.what, c.quantity, c.vendor, c.record, coalesce(s.section, ''), coalesce(s.row, '')
FROM stock_change c LEFT JOIN stock s ON s.id = c.stock
WHERE c.id > max(?, (SELECT max(id) FROM stock_change) - ?) AND c.at >= ? ORDER BY c.id
"""
NOTICES = "SELECT id, vendor, type, kind, record, at, cause FROM notice WHERE id > ? ORDER BY id"
DELIVERIES = """
SELECT d.id, d.uid, d.notice, d.endpoint, d.state, d.reason, d.due, d.settled_at, d.at, d.attempts, f.wall_at, l.at, l.wall_at
FROM delivery d
LEFT JOIN attempt f ON f.id = (SELECT min(id) FROM attempt WHERE delivery = d.id)
LEFT JOIN attempt l ON l.id = (SELECT max(id) FROM attempt WHERE delivery = d.id)
WHERE {} ORDER BY d.id
"""
NEW_DELIVERIES = DELIVERIES.format("d.id > ?")
THESE_DELIVERIES = DELIVERIES.format("d.id IN (SELECT value FROM json_each(?))")
ATTEMPTS = """
SELECT delivery, number, why, at, status, error, elapsed_ms, verdict, reason, url
FROM attempt WHERE delivery IN (SELECT value FROM json_each(?)) ORDER BY id
"""
NAMED = """
SELECT d.uid, n.type, n.record, d.state FROM delivery d JOIN notice n ON n.id = d.notice
WHERE d.uid >= ? AND d.uid < ? ORDER BY d.uid LIMIT ?
"""
OLDEST = "SELECT coalesce((SELECT min(id) FROM notice), 0), coalesce((SELECT max(id) FROM stock_change), 0) - ? + 1"
MOST_CHANGES = 20_000
"""How many changes of stock a reader of the activity keeps; the ledger in the database has all."""


class Change(NamedTuple):
    """A change of stock; `at` in epoch ms."""

    id: int
    at: int
    stock: str
    what: str
    quantity: int
    vendor: str
    record: str
    section: str
    row: str


class Notice(NamedTuple):
    """A notice without its body; `cause` is the id of the request that made it, if any."""

    id: int
    vendor: str
    type: str
    kind: str
    record: str
    at: int
    cause: str | None


class Delivery(NamedTuple):
    """A delivery with the machine's time of its first attempt, and both times of its last; None without an attempt. All in epoch ms."""

    id: int
    uid: str
    notice: int
    endpoint: str
    state: str
    reason: str
    due: int | None
    settled_at: int | None
    at: int
    attempts: int
    first_wall_at: int | None
    last_at: int | None
    last_wall_at: int | None

    @property
    def is_open(self) -> bool:
        """Whether a further attempt may come."""
        return self.state in ("pending", "sending")


class Attempt(NamedTuple):
    """An attempt without its headers and bodies."""

    delivery: int
    number: int
    why: str
    at: int
    status: int | None
    error: str | None
    elapsed_ms: float
    verdict: str
    reason: str
    url: str


def changes_after(read: Read, id: int, start: int) -> list[Change]:
    """Return the changes of stock after a row's id, from a moment on, in order: at most the newest MOST_CHANGES."""
    return [*map(Change._make, read.conn.execute(CHANGES, (id, MOST_CHANGES, start)))]


def notices_after(read: Read, id: int) -> list[Notice]:
    """Return the notices after a row's id, in order."""
    return [*map(Notice._make, read.conn.execute(NOTICES, (id,)))]


def deliveries_after(read: Read, id: int) -> list[Delivery]:
    """Return the deliveries after a row's id, in order."""
    return [*map(Delivery._make, read.conn.execute(NEW_DELIVERIES, (id,)))]


def deliveries_of(read: Read, ids: Iterable[int]) -> list[Delivery]:
    """Return the deliveries with these ids, in order."""
    return [*map(Delivery._make, read.conn.execute(THESE_DELIVERIES, (to_json([*ids]),)))]


def attempts_of(read: Read, deliveries: Iterable[int]) -> dict[int, list[Attempt]]:
    """Return the attempts of deliveries, by the delivery, in the order they were made."""
    attempts: dict[int, list[Attempt]] = {}
    for row in read.conn.execute(ATTEMPTS, (to_json([*deliveries]),)):
        attempts.setdefault(row[0], []).append(Attempt._make(row))
    return attempts


def attempted_after(read: Read, id: int) -> tuple[set[int], int]:
    """Return the deliveries that were attempted after an attempt's id, and the id of the newest attempt."""
    rows: list[tuple[Any, ...]] = read.conn.execute("SELECT delivery, id FROM attempt WHERE id > ?", (id,)).fetchall()
    return {row[0] for row in rows}, max([id, *(row[1] for row in rows)])


def deliveries_named(read: Read, beginning: str, limit: int) -> tuple[list[tuple[str, str, str, str]], int]:
    """Return (uid, type, record, state) of deliveries whose uid begins with a text, by uid, and how many there are."""
    bounds = beginning, f"{beginning}\U0010ffff"
    [(count,)] = read.conn.execute("SELECT count(*) FROM delivery WHERE uid >= ? AND uid < ?", bounds)
    return read.conn.execute(NAMED, (*bounds, limit)).fetchall(), count


def oldest_kept(read: Read) -> tuple[int, int]:
    """Return the lowest id of a notice and of a change of stock: older rows are no longer kept."""
    notice, change = read.conn.execute(OLDEST, (MOST_CHANGES,)).fetchone()
    return notice, change
