"""Seats as a plan of the house shows them: which are taken, and how many of a section. Reads what `stock` writes."""

from __future__ import annotations

from mockmarket.store.database import Read

TAKEN = """
SELECT seat.stock, seat.number, claim.state, claim.vendor, claim.record FROM stock
JOIN seat ON seat.stock = stock.id JOIN claim ON claim.id = seat.claim WHERE stock.event = ? ORDER BY stock.rowid, seat.number
"""


def taken(read: Read, event: str) -> list[tuple[str, int, str, str, str]]:
    """Return an event's seats that are not free as (stock id, seat number, held or sold, vendor, record)."""
    return read.conn.execute(TAKEN, (event,)).fetchall()


def count_section(read: Read, event: str, section: str) -> tuple[int, int, int]:
    """Return how many seats a section of an event has: (in all, held, sold)."""
    row = read.conn.execute(
        "SELECT coalesce(sum(total), 0), coalesce(sum(held), 0), coalesce(sum(sold), 0) FROM stock"
        " WHERE event = ? AND section = ?",
        (event, section),
    ).fetchone()
    return int(row[0]), int(row[1]), int(row[2])
