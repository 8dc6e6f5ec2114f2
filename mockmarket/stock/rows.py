"""Rows of seats: what there is, what it costs, how much of it is held and sold, and telling every vendor what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from mockmarket.errors import Conflict, NotFound, SoldOut
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

    `seats` says which seats; it is empty for general admission. `parts` is empty but for rows that were divided or joined:
    on a row that was `changed` by it, the rows its seats went to; on one that was `added` by it, those they came from.
    """

    what: What
    stock: Stock
    quantity: int
    vendor: str
    record: str
    seats: tuple[int, ...] = ()
    parts: tuple[str, ...] = ()


NAMES = "id, event, kind, section, row, first_seat, total, price, currency, split, held, sold, data"


def add(tx: Tx, rows: Iterable[Stock]) -> None:
    """Store new stock, all of it free."""
    tx.conn.executemany(
        f"INSERT INTO stock ({NAMES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?)",
        ((row.id, row.event, row.kind, row.section, row.row, row.first_seat, row.total, row.price, row.currency, row.split,
          orjson.dumps(row.data).decode()) for row in rows),
    )  # fmt: skip


def put_on_sale(tx: Tx, stock: Stock, vendor: str, record: str) -> Change:
    """Store one new stock row while the world runs, and tell every vendor, so that it stands in each window."""
    add(tx, [stock])
    return notify(tx, Change("added", stock, stock.total, vendor, record))


def alter(
    tx: Tx, id: str, vendor: str, record: str, price: int | None = None, split: str | None = None, total: int | None = None
) -> Change:  # fmt: skip
    """Change a stock row's price (minor units), split rule or number of seats, and tell every vendor.

    SoldOut, with how many there must be at least, when more than `total` are held or sold; Conflict when the seats that
    would be added are another row's, such as one that was divided off.
    """
    before = get(tx, id)
    taken = before.held + before.sold
    if total is not None and total < taken:
        raise SoldOut(f"{taken} of these seats are held or sold; there cannot be only {total}.", available=taken)
    if total is not None and total > before.total:
        check_unowned(tx, before, total)
    tx.conn.execute(
        "UPDATE stock SET price = coalesce(?, price), split = coalesce(?, split), total = coalesce(?, total) WHERE id = ?",
        (price, split, total, id),
    )
    return notify(tx, Change("changed", get(tx, id), 0, vendor, record))


def check_unowned(read: Read, stock: Stock, total: int) -> None:
    """Raise Conflict when a row that grows to `total` seats would have a seat that another row of its section and row has."""
    if stock.first_seat is None:
        return
    sql = (
        "SELECT min(first_seat) FROM stock WHERE event = ? AND section = ? AND row = ? AND id != ? AND total > 0"
        " AND first_seat < ? AND first_seat + total > ?"
    )
    after, before = stock.first_seat + total, stock.first_seat + stock.total
    overlapping = read.conn.execute(sql, (stock.event, stock.section, stock.row, stock.id, after, before)).fetchone()[0]
    if overlapping is not None:
        seat = max(overlapping, before)
        raise Conflict(f"Seat {seat} in section {stock.section}, row {stock.row} is on sale in another listing.")


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


def every(read: Read) -> Iterator[Stock]:
    """Yield all stock in the order of the fixture, read as it is asked for; whoever goes through it changes none meanwhile."""
    for row in read.conn.execute(f"SELECT {NAMES} FROM stock ORDER BY rowid"):
        yield from_row(row)


def free_of_event(read: Read, event: str) -> int:
    """Return how many of an event's seats can be bought now."""
    sql = "SELECT coalesce(sum(total - held - sold), 0) FROM stock WHERE event = ?"
    return int(read.conn.execute(sql, (event,)).fetchone()[0])


def count(tx: Tx, id: str, held: int = 0, sold: int = 0) -> Stock:
    """Add to a stock row's counts and return it; the table itself refuses counts that are negative or more than the total."""
    row = tx.conn.execute(
        f"UPDATE stock SET held = held + ?, sold = sold + ? WHERE id = ? RETURNING {NAMES}", (held, sold, id)
    ).fetchone()
    return from_row(row)


def ledger(read: Read, id: str) -> list[dict[str, Any]]:
    """Return every change of a stock row, oldest first."""
    rows = read.conn.execute(
        "SELECT at, what, quantity, vendor, record, seats FROM stock_change WHERE stock = ? ORDER BY id", (id,)
    )
    names = ("at", "what", "quantity", "vendor", "record")
    return [dict(zip(names, row, strict=False)) | {"seats": orjson.loads(row[5])} for row in rows]


def notify(tx: Tx, change: Change) -> Change:
    """Write a change into the ledger, then ask every vendor, one after the other, to bring its records into line."""
    tx.conn.execute(
        "INSERT INTO stock_change (at, stock, what, quantity, vendor, record, seats) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (tx.now, change.stock.id, change.what, change.quantity, change.vendor, change.record,
         orjson.dumps(change.seats).decode()),
    )  # fmt: skip
    tx.stock_changes.append({"stock": change.stock.id, "what": change.what, "quantity": change.quantity, "vendor": change.vendor,
                     "record": change.record, "seats": list(change.seats)})  # fmt: skip
    for vendor in tx.listeners:
        vendor.stock_changed(tx, change)
    return change


def from_row(row: tuple[Any, ...]) -> Stock:
    """Make a Stock of a row in the order of NAMES."""
    values = [*row[:-1], orjson.loads(row[-1])]
    return Stock(*values)
