"""Reshaping: one row of seats becomes several, several become one. Seats that are held or sold stay in the row they are in.

To vendors these are a `changed` for each row that gave seats up and an `added` for each new one; all rows stand before
the first is told, so that whoever counts a section never sees seats missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mockmarket.errors import Conflict, Invalid
from mockmarket.stock.rows import Change, Stock, add, get, notify
from mockmarket.store.database import Read, Tx


def divide(tx: Tx, id: str, quantities: Sequence[int], vendor: str, record: str) -> list[Stock]:
    """Split a row's free seats into rows of these quantities; the first keeps the id, the lowest seats and what is taken.

    Invalid when the quantities do not make up what is free; Conflict when a seat that would go to a new row is held or
    sold. Returns every row as it is now.
    """
    whole = get(tx, id)
    check_quantities(whole, quantities)
    rest = quantities[1:]
    first = cut(tx, whole, sum(rest))
    made = [
        replace(
            whole, id=new_id(tx), total=quantity, held=0, sold=0, first_seat=beyond(first, sum(rest[:place]))
        )
        for place, quantity in enumerate(rest)
    ]  # fmt: skip
    add(tx, made)
    told = notify_all(tx, [id], [listing.id for listing in made], vendor, record)
    return [change.stock for change in told]


def check_quantities(whole: Stock, quantities: Sequence[int]) -> None:
    """Raise Invalid unless a row can be divided into these quantities."""
    if len(quantities) < 2 or min(quantities) < 1 or sum(quantities) != whole.free:
        raise Invalid(
            f"{whole.free} seats are free here; they can be divided into two or more parts of at least one seat each"
            f" that make up {whole.free}, not into {' + '.join(map(str, quantities)) or 'nothing'}."
        )


def join(tx: Tx, ids: Sequence[str], vendor: str, record: str) -> Stock:
    """Make one new row of the free seats of several of the same event and section, and of the same row unless general.

    The price, split rule and data are those of the row named first. Conflict when their free seats do not stand side by
    side. The rows named keep what is held or sold of them, so that nothing is left of one that was wholly free.
    """
    named = [get(tx, id) for id in dict.fromkeys(ids)]
    check_alike(named)
    rows = sorted(named, key=lambda row: row.first_seat or 0)
    first, after = None, None
    for row in rows:
        start = cut(tx, row, row.free)
        if after is not None and start != after:
            raise Conflict(f"Seats {after} and {start} in section {row.section}, row {row.row} are not side by side.")
        first, after = start if first is None else first, beyond(start, row.free)
    made = replace(named[0], id=new_id(tx), first_seat=first, total=sum(row.free for row in rows), held=0, sold=0)
    add(tx, [made])
    stand_in_place(tx, made.id, [row.id for row in rows])
    notify_all(tx, [row.id for row in named], [made.id], vendor, record)
    return made


def check_alike(rows: Sequence[Stock]) -> None:
    """Raise Invalid for fewer than two rows, Conflict unless they can be one."""
    if len(rows) < 2:
        raise Invalid("It takes two different rows of seats or more to join.")
    for row in rows:
        if not row.free:
            raise Conflict(f"Nothing is free in section {row.section}, row {row.row} of those to be joined.")
    for what, values in (
        ("events", {row.event for row in rows}),
        ("kinds of admission", {row.kind for row in rows}),
        ("sections", {row.section for row in rows}),
        ("rows", {row.row for row in rows if row.kind == "seated"}),
        ("currencies", {row.currency for row in rows}),
    ):
        if len(values) > 1:
            raise Conflict(f"Seats of different {what} cannot be joined: {', '.join(sorted(values))}.")


def new_id(tx: Tx) -> str:
    """Return an id for a row that was made of others."""
    return f"s-{tx.ids.text(10)}"


def cut(tx: Tx, row: Stock, quantity: int) -> int | None:
    """Take the last so many seats, all of them free, off a row; returns the first of them, None in general admission."""
    first = None if row.first_seat is None else row.first_seat + row.total - quantity
    taken = None if first is None else taken_from(tx, row, first)
    if taken is not None:
        raise Conflict(
            f"Seat {taken} in section {row.section}, row {row.row} is held or sold;"
            " only free seats with no such seat after them can go to another row."
        )
    tx.conn.execute("UPDATE stock SET total = total - ? WHERE id = ?", (quantity, row.id))
    return first


def beyond(seat: int | None, count: int) -> int | None:
    """Return the number that stands so many after a seat's; None in general admission."""
    return None if seat is None else seat + count


def taken_from(read: Read, row: Stock, first: int) -> int | None:
    """Return the lowest seat of a row, from `first` to its last, that is held or sold; None when all are free."""
    end = (row.first_seat or 0) + row.total
    sql = "SELECT min(number) FROM seat WHERE stock = ? AND number >= ? AND number < ?"
    seat: int | None = read.conn.execute(sql, (row.id, first, end)).fetchone()[0]
    return seat


def stand_in_place(tx: Tx, new: str, old: Sequence[str]) -> None:
    """Let a row stand, in the order of the fixture, where the first of several stood, and that one behind all.

    What a section costs is, to some vendors, what its first row does; it must not become that of a row without seats.
    """
    places = {id: tx.conn.execute("SELECT rowid FROM stock WHERE id = ?", (id,)).fetchone()[0] for id in old}
    first = min(places, key=lambda id: places[id])
    tx.conn.execute("UPDATE stock SET rowid = (SELECT max(rowid) + 1 FROM stock) WHERE id = ?", (first,))
    tx.conn.execute("UPDATE stock SET rowid = ? WHERE id = ?", (places[first], new))


def notify_all(tx: Tx, sources: Sequence[str], made: Sequence[str], vendor: str, record: str) -> list[Change]:
    """Tell every vendor of the rows that gave seats up, then of the new ones."""
    changed = [notify(tx, Change("changed", get(tx, id), 0, vendor, record, parts=tuple(made))) for id in sources]
    rows = [get(tx, id) for id in made]
    return changed + [notify(tx, Change("added", row, row.total, vendor, record, parts=tuple(sources))) for row in rows]
