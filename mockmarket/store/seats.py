"""Seats for seating plans: which are taken, and counts by section. Reads the tables that `stock` writes."""

from typing import Literal

from mockmarket.store.database import Read, Record
from mockmarket.store.rows import as_dicts

COUNTS = "coalesce(sum(total), 0), coalesce(sum(held), 0), coalesce(sum(sold), 0)"
TAKEN = """
SELECT seat.stock, seat.number, claim.state, claim.vendor, claim.record FROM stock
JOIN seat ON seat.stock = stock.id JOIN claim ON claim.id = seat.claim WHERE stock.event = ? ORDER BY stock.rowid, seat.number
"""


def taken(read: Read, event: str) -> list[tuple[str, int, str, str, str]]:
    """Return an event's held and sold seats as (stock id, seat number, held or sold, vendor, record)."""
    return read.conn.execute(TAKEN, (event,)).fetchall()


def first_seated(read: Read, venue: str) -> str | None:
    """Return the id of the first event at a venue that has numbered seats, or None."""
    seated = "SELECT 1 FROM stock WHERE stock.event = event.id AND first_seat IS NOT NULL AND total > 0"
    sql = f"SELECT id FROM event WHERE venue = ? AND EXISTS ({seated}) ORDER BY rowid LIMIT 1"
    row = read.conn.execute(sql, (venue,)).fetchone()
    return None if row is None else str(row[0])


def count_section(read: Read, event: str, section: str) -> tuple[int, int, int]:
    """Return the seats of an event's section as (total, held, sold)."""
    sql = f"SELECT {COUNTS} FROM stock WHERE event = ? AND section = ?"
    total, held, sold = read.conn.execute(sql, (event, section)).fetchone()
    return total, held, sold


def totals(read: Read) -> dict[str, tuple[int, int, int]]:
    """Return the seats of each event that has stock, as (total, held, sold)."""
    rows = read.conn.execute(f"SELECT event, {COUNTS} FROM stock GROUP BY event")
    return {event: (total, held, sold) for event, total, held, sold in rows}


def sellers(read: Read, event: str) -> list[tuple[str, int, int]]:
    """Return the seats of an event by vendor, as (vendor, held, sold), most sold first."""
    sql = (
        "SELECT claim.vendor, sum(iif(claim.state = 'held', claim.quantity, 0)), sum(iif(claim.state = 'sold', claim.quantity, 0))"
        " FROM stock JOIN claim ON claim.stock = stock.id WHERE stock.event = ? GROUP BY 1 ORDER BY 3 DESC, 2 DESC, 1"
    )
    return read.conn.execute(sql, (event,)).fetchall()


def standing(read: Read, event: str, limit: int) -> list[tuple[str, str, str, str, int]]:
    """Return the claims on an event's general admission, newest first, as (stock id, held or sold, vendor, record, quantity)."""
    sql = (
        "SELECT claim.stock, claim.state, claim.vendor, claim.record, claim.quantity FROM stock JOIN claim ON claim.stock = stock.id"
        " WHERE stock.event = ? AND stock.first_seat IS NULL ORDER BY claim.id DESC LIMIT ?"
    )
    return read.conn.execute(sql, (event, limit)).fetchall()


LEDGER = """
SELECT c.id, c.at, c.stock, s.section, s.row, c.what, c.quantity, c.vendor, c.record, c.seats
FROM stock_change c JOIN stock s ON s.id = c.stock
"""


def ledger(read: Read, column: Literal["event", "id"], value: str, limit: int) -> list[Record]:
    """Return the newest changes of an event's seats (`event`) or of one stock row's (`id`), newest first."""
    return as_dicts(read, f"{LEDGER} WHERE s.{column} = ? ORDER BY c.id DESC LIMIT ?", (value, limit), ("seats",))


def cheapest(read: Read, limit: int, event: str | None = None) -> list[str]:
    """Return the stock rows with free seats of coming events, or of one event, that cost least, cheapest first."""
    sql = (
        "SELECT stock.id FROM stock JOIN event ON event.id = stock.event WHERE held + sold < total AND event.status = 'scheduled'"
        " AND event.starts_at > ? AND event.id = coalesce(?, event.id) ORDER BY price, stock.id LIMIT ?"
    )
    return [id for (id,) in read.conn.execute(sql, (read.now, event, limit))]
