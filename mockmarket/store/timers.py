"""Timers: a vendor's tasks at a moment of the world's time, such as the expiry of a hold."""

from collections.abc import Iterable

from mockmarket.frozen import dataclass
from mockmarket.store.database import Read, Tx
from mockmarket.store.rows import Table, to_json


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer: the vendor's `name` for it, the record it concerns, and `due` in epoch ms."""

    vendor: str
    name: str
    record: str
    due: int


TIMER = Table("timer", Timer)


def set(tx: Tx, timer: Timer) -> None:
    """Set a timer; an existing timer of the same vendor, name and record is moved."""
    tx.has_due_work = True
    moved = "ON CONFLICT (vendor, name, record) DO UPDATE SET due = excluded.due"
    sql = f"INSERT INTO timer (vendor, name, record, due) VALUES (?, ?, ?, ?) {moved}"
    tx.conn.execute(sql, (timer.vendor, timer.name, timer.record, timer.due))


def stop(tx: Tx, vendor: str, name: str, record: str) -> None:
    """Delete a timer, if it is set."""
    tx.conn.execute("DELETE FROM timer WHERE vendor = ? AND name = ? AND record = ?", (vendor, name, record))


def stop_all(tx: Tx, vendor: str) -> None:
    """Delete every timer of a vendor, or of the core."""
    tx.conn.execute("DELETE FROM timer WHERE vendor = ?", (vendor,))


def take_due(tx: Tx, moment: int) -> Timer | None:
    """Remove and return the earliest timer due at `moment` or before, or None."""
    earliest = "SELECT id FROM timer WHERE due <= ? ORDER BY due, id LIMIT 1"
    sql = f"DELETE FROM timer WHERE id = ({earliest}) RETURNING vendor, name, record, due"
    row = tx.conn.execute(sql, (moment,)).fetchone()
    return Timer(*row) if row else None


def next_due(read: Read) -> int | None:
    """Return when the earliest timer is due (epoch ms), or None when none is set."""
    due: int | None = read.conn.execute("SELECT min(due) FROM timer").fetchone()[0]
    return due


def upcoming(
    read: Read, limit: int, besides: Iterable[tuple[str, str]] = (), among: Iterable[tuple[str, str]] | None = None
) -> list[Timer]:
    """Return the next timers in firing order, without those whose (vendor, name) is in `besides`, or those alone that are in `among`."""
    names = to_json([f"{vendor} {name}" for vendor, name in (besides if among is None else among)])
    kept = "NOT IN" if among is None else "IN"
    where = f"WHERE vendor || ' ' || name {kept} (SELECT value FROM json_each(?)) ORDER BY due, id LIMIT ?"
    return list(TIMER.all(read, where, names, limit))
