"""Claims: who holds or has bought which seats of a row. Never a seat twice, whatever the concurrency."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import orjson

from mockmarket.errors import SoldOut
from mockmarket.stock.rows import Change, Stock, count, get, notify
from mockmarket.store.database import Read, Tx

Part = tuple[str, int, tuple[int, ...]]
"""Part of what a record has: (stock id, how many, seat numbers)."""


def take(tx: Tx, id: str, quantity: int, vendor: str, record: str) -> Change:
    """Sell seats to a record; SoldOut, with how many are left, when there are not enough."""
    return claim(tx, "sold", id, quantity, vendor, record)


def take_named(tx: Tx, id: str, seats: Sequence[int], vendor: str, record: str) -> Change:
    """Sell exactly these seats to a record; SoldOut when one of them is not to be had."""
    return claim(tx, "sold", id, len(seats), vendor, record, seats)


def hold(tx: Tx, id: str, quantity: int, vendor: str, record: str, seat: int | None = None) -> Change:
    """Keep seats, or the one seat named, for a record until it takes or releases them; SoldOut when they are not to be had."""
    return claim(tx, "held", id, quantity, vendor, record, None if seat is None else (seat,))


def hold_named(tx: Tx, id: str, seats: Sequence[int], vendor: str, record: str) -> Change:
    """Keep exactly these seats for a record; SoldOut when one of them is not to be had."""
    return claim(tx, "held", id, len(seats), vendor, record, seats)


def claim(
    tx: Tx,
    state: Literal["sold", "held"],
    id: str,
    quantity: int,
    vendor: str,
    record: str,
    wanted: Sequence[int] | None = None,
) -> Change:
    """Give free seats, or those wanted, to a record in one state: counted, named, in the ledger, told to every vendor."""
    stock = get(tx, id)
    if quantity > stock.free:
        raise SoldOut(f"Only {stock.free} of the {quantity} seats asked for are left.", available=stock.free)
    seats = choose(tx, stock, quantity) if wanted is None else tuple(named(tx, stock, seat) for seat in sorted(wanted))
    assign(tx, id, state, quantity, seats, vendor, record)
    counted = count(tx, id, **{state: quantity})
    return notify(tx, Change(state, counted, quantity, vendor, record, seats))


def assign(tx: Tx, id: str, state: str, quantity: int, seats: Iterable[int], vendor: str, record: str) -> None:
    """Write down whose seats these are; the table itself refuses a seat that is somebody's already."""
    number = tx.conn.execute(
        "INSERT INTO claim (stock, vendor, record, state, quantity) VALUES (?, ?, ?, ?, ?)",
        (id, vendor, record, state, quantity),
    ).lastrowid
    tx.conn.executemany(
        "INSERT INTO seat (stock, number, claim) VALUES (?, ?, ?)", [(id, seat, number) for seat in seats]
    )


def sell_held(tx: Tx, vendor: str, record: str, quantity: int | None = None, to: str | None = None) -> list[Change]:
    """Sell what a record holds, all or the last `quantity` of it, to the same record or to another (`to`)."""
    changes = []
    for stock, part, seats in give_up(tx, "held", vendor, record, quantity):
        assign(tx, stock, "sold", part, seats, vendor, to or record)
        counted = count(tx, stock, held=-part, sold=part)
        changes.append(notify(tx, Change("sold", counted, part, vendor, to or record, seats)))
    return changes


def release(tx: Tx, vendor: str, record: str, quantity: int | None = None) -> list[Change]:
    """Free what a record holds, all or the last `quantity` of it."""
    return [
        notify(tx, Change("released", count(tx, stock, held=-part), part, vendor, record, seats))
        for stock, part, seats in give_up(tx, "held", vendor, record, quantity)
    ]


def hand_over(tx: Tx, state: str, vendor: str, record: str, to: str, quantity: int | None = None) -> list[Part]:
    """Give what a record has in one state, all or the last `quantity` of it, to another of the same vendor's records.

    Nobody is told: no seat becomes free or taken by it. Returns what changed hands.
    """
    given = give_up(tx, state, vendor, record, quantity)
    for stock, part, seats in given:
        assign(tx, stock, state, part, seats, vendor, to)
    return given


def put_back(tx: Tx, vendor: str, record: str, quantity: int | None = None) -> list[Change]:
    """Free what was sold to a record, all or the last `quantity` of it."""
    return [
        notify(tx, Change("put_back", count(tx, stock, sold=-part), part, vendor, record, seats))
        for stock, part, seats in give_up(tx, "sold", vendor, record, quantity)
    ]


def seats_of(read: Read, vendor: str, record: str) -> list[tuple[str, str, int, tuple[int, ...]]]:
    """Return what a record has, as (stock id, held or sold, quantity, seat numbers)."""
    rows = read.conn.execute(
        "SELECT c.stock, c.state, c.quantity, (SELECT json_group_array(number) FROM seat WHERE claim = c.id)"
        " FROM claim c WHERE vendor = ? AND record = ? ORDER BY id",
        (vendor, record),
    )
    return [(stock, state, quantity, tuple(sorted(orjson.loads(seats)))) for stock, state, quantity, seats in rows]


def give_up(tx: Tx, state: str, vendor: str, record: str, quantity: int | None) -> list[Part]:
    """Take a record's claims of one state off it, newest first, up to `quantity`; returns (stock id, how many, seats) for each."""
    rows = tx.conn.execute(
        "SELECT id, stock, quantity FROM claim WHERE vendor = ? AND record = ? AND state = ? ORDER BY id DESC",
        (vendor, record, state),
    ).fetchall()
    wanted = sum(row[2] for row in rows) if quantity is None else quantity
    given = []
    for number, stock, has in rows:
        part = min(has, wanted)
        if part:
            given.append((stock, part, shrink(tx, number, has, part)))
            wanted -= part
    if wanted:
        raise SoldOut(f"{record} has {wanted} fewer seats than were to be given up.", available=0)
    return given


def shrink(tx: Tx, number: int, has: int, part: int) -> tuple[int, ...]:
    """Take `part` of a claim's quantity off it, highest seats first, and the claim with its last; returns the seats."""
    seats = [
        row[0]
        for row in tx.conn.execute(
            "SELECT number FROM seat WHERE claim = ? ORDER BY number DESC LIMIT ?", (number, part)
        )
    ]
    tx.conn.executemany("DELETE FROM seat WHERE claim = ? AND number = ?", [(number, seat) for seat in seats])
    if part == has:
        tx.conn.execute("DELETE FROM claim WHERE id = ?", (number,))
    else:
        tx.conn.execute("UPDATE claim SET quantity = quantity - ? WHERE id = ?", (part, number))
    return tuple(sorted(seats))


def choose(read: Read, stock: Stock, quantity: int) -> tuple[int, ...]:
    """Choose free seats: the lowest that stand side by side, else the lowest; none for general admission."""
    if stock.first_seat is None:
        return ()
    taken = {row[0] for row in read.conn.execute("SELECT number FROM seat WHERE stock = ?", (stock.id,))}
    free = [seat for seat in range(stock.first_seat, stock.first_seat + stock.total) if seat not in taken]
    return tuple(side_by_side(free, quantity) or free[:quantity])


def named(read: Read, stock: Stock, seat: int) -> int:
    """Return a seat's number when it is free; SoldOut when it is somebody's, or when there is none of this number."""
    first = stock.first_seat
    there = first is not None and first <= seat < first + stock.total
    taken = read.conn.execute("SELECT 1 FROM seat WHERE stock = ? AND number = ?", (stock.id, seat)).fetchone()
    if taken or not there:
        raise SoldOut(f"Seat {seat} in section {stock.section}, row {stock.row} is not free.", available=stock.free)
    return seat


def side_by_side(free: Sequence[int], quantity: int) -> Sequence[int] | None:
    """Return the lowest run of `quantity` consecutive numbers, or None."""
    for start in range(len(free) - quantity + 1):
        if free[start + quantity - 1] - free[start] == quantity - 1:
            return free[start : start + quantity]
    return None
