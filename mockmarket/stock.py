"""Stock: the one truth about seats that every vendor's window shows. Never a seat twice, whatever the concurrency.

Every change is written with its ledger line in the transaction of its cause; then each vendor is asked, in `tell`, to
bring its own records into line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from mockmarket.errors import NotFound, SoldOut
from mockmarket.store.database import Read, Tx

What = Literal["sold", "held", "released", "put_back", "added", "changed"]


@dataclass(frozen=True, slots=True)
class Stock:
    """Seats that can be sold once: `price` in minor units of `currency`, `split` a rule of the splits menu, `data` the fixture's rest."""

    id: str
    event: str
    kind: str
    section: str
    row: str
    first_seat: int | None
    total: int
    price: int
    currency: str
    split: str = "any"
    held: int = 0
    sold: int = 0
    data: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def free(self) -> int:
        """How many can be bought now."""
        return self.total - self.held - self.sold


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a stock row: `stock` is as it is now, `vendor` and `record` say who did it.

    `seats` says which seats; it is empty for general admission.
    """

    what: What
    stock: Stock
    quantity: int
    vendor: str
    record: str
    seats: tuple[int, ...] = ()


Part = tuple[str, int, tuple[int, ...]]
"""Part of what a record has: (stock id, how many, seat numbers)."""

NAMES = "id, event, kind, section, row, first_seat, total, price, currency, split, held, sold, data"


def add(tx: Tx, rows: Iterable[Stock]) -> None:
    """Store new stock, all of it free."""
    tx.conn.executemany(
        f"INSERT INTO stock ({NAMES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?)",
        [(one.id, one.event, one.kind, one.section, one.row, one.first_seat, one.total, one.price, one.currency, one.split,
          orjson.dumps(one.data).decode()) for one in rows],
    )  # fmt: skip


def put_on_sale(tx: Tx, stock: Stock, vendor: str, record: str) -> Change:
    """Store one new stock row while the world runs, and tell every vendor, so that it stands in each window."""
    add(tx, [stock])
    return tell(tx, Change("added", stock, stock.total, vendor, record))


def alter(
    tx: Tx, id: str, vendor: str, record: str, price: int | None = None, split: str | None = None, total: int | None = None
) -> Change:  # fmt: skip
    """Change a stock row's price (minor units), split rule or number of seats, and tell every vendor.

    SoldOut, with how many there must be at least, when more than `total` are held or sold.
    """
    before = get(tx, id)
    taken = before.held + before.sold
    if total is not None and total < taken:
        raise SoldOut(f"{taken} of these seats are held or sold; there cannot be only {total}.", available=taken)
    tx.conn.execute(
        "UPDATE stock SET price = coalesce(?, price), split = coalesce(?, split), total = coalesce(?, total) WHERE id = ?",
        (price, split, total, id),
    )
    return tell(tx, Change("changed", get(tx, id), 0, vendor, record))


def get(read: Read, id: str) -> Stock:
    """Return the stock row with this id; NotFound when there is none."""
    row = read.conn.execute(f"SELECT {NAMES} FROM stock WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise NotFound(f"There is no stock {id!r}.")
    return from_row(row)


def of_event(read: Read, event: str, section: str | None = None) -> list[Stock]:
    """Return an event's stock, or that of one section, in the order of the fixture."""
    sql = f"SELECT {NAMES} FROM stock WHERE event = ?1 AND (?2 IS NULL OR section = ?2) ORDER BY rowid"
    return [from_row(row) for row in read.conn.execute(sql, (event, section))]


def free_of_event(read: Read, event: str) -> int:
    """Return how many of an event's seats can be bought now."""
    sql = "SELECT coalesce(sum(total - held - sold), 0) FROM stock WHERE event = ?"
    return int(read.conn.execute(sql, (event,)).fetchone()[0])


def take(tx: Tx, id: str, quantity: int, vendor: str, record: str) -> Change:
    """Sell seats to a record; SoldOut, with how many are left, when there are not enough."""
    return claim(tx, "sold", id, quantity, vendor, record)


def hold(tx: Tx, id: str, quantity: int, vendor: str, record: str, seat: int | None = None) -> Change:
    """Keep seats, or the one seat named, for a record until it takes or releases them; SoldOut when they are not to be had."""
    return claim(tx, "held", id, quantity, vendor, record, seat)


def claim(
    tx: Tx, state: Literal["sold", "held"], id: str, quantity: int, vendor: str, record: str, seat: int | None = None
) -> Change:
    """Give free seats to a record in one state: counted, named, written into the ledger, told to every vendor."""
    stock = get(tx, id)
    if quantity > stock.free:
        raise SoldOut(f"Only {stock.free} of the {quantity} seats asked for are left.", available=stock.free)
    seats = choose(tx, stock, quantity) if seat is None else (named(tx, stock, seat),)
    assign(tx, id, state, quantity, seats, vendor, record)
    counted = count(tx, id, **{state: quantity})
    return tell(tx, Change(state, counted, quantity, vendor, record, seats))


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
        changes.append(tell(tx, Change("sold", counted, part, vendor, to or record, seats)))
    return changes


def release(tx: Tx, vendor: str, record: str, quantity: int | None = None) -> list[Change]:
    """Free what a record holds, all or the last `quantity` of it."""
    return [
        tell(tx, Change("released", count(tx, stock, held=-part), part, vendor, record, seats))
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
        tell(tx, Change("put_back", count(tx, stock, sold=-part), part, vendor, record, seats))
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


def ledger(read: Read, id: str) -> list[dict[str, Any]]:
    """Return every change of a stock row, oldest first."""
    rows = read.conn.execute(
        "SELECT at, what, quantity, vendor, record, seats FROM stock_change WHERE stock = ? ORDER BY id", (id,)
    )
    names = ("at", "what", "quantity", "vendor", "record")
    return [dict(zip(names, row, strict=False)) | {"seats": orjson.loads(row[5])} for row in rows]


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


def count(tx: Tx, id: str, held: int = 0, sold: int = 0) -> Stock:
    """Add to a stock row's counts and return it; the table itself refuses counts that are negative or more than the total."""
    row = tx.conn.execute(
        f"UPDATE stock SET held = held + ?, sold = sold + ? WHERE id = ? RETURNING {NAMES}", (held, sold, id)
    ).fetchone()
    return from_row(row)


def tell(tx: Tx, change: Change) -> Change:
    """Write a change into the ledger, then ask every vendor, one after the other, to bring its records into line."""
    tx.conn.execute(
        "INSERT INTO stock_change (at, stock, what, quantity, vendor, record, seats) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (tx.now, change.stock.id, change.what, change.quantity, change.vendor, change.record,
         orjson.dumps(change.seats).decode()),
    )  # fmt: skip
    for vendor in tx.store.listeners:
        vendor.stock_changed(tx, change)
    return change


def from_row(row: tuple[Any, ...]) -> Stock:
    """Make a Stock of a row in the order of NAMES."""
    values = [*row[:-1], orjson.loads(row[-1])]
    return Stock(*values)
