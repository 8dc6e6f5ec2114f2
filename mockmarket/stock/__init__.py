"""Stock: the one truth about seats that every vendor's window shows. Never a seat twice, whatever the concurrency.

Every change is written with its ledger line in the transaction of its cause; then each vendor is asked, in `notify`, to
bring its own records into line. The rows of seats come first, then claims (who holds or has bought which seats), then reshaping:
one row becomes several, several become one. Seats that are held or sold stay in the row they are in. To vendors that is a
`changed` for each row that gave seats up and an `added` for each new one; all rows stand before the first is told, so that
whoever counts a section never sees seats missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import orjson

from mockmarket.errors import Conflict, Invalid, NotFound, SoldOut
from mockmarket.store import Read, Tx
from mockmarket.store.records import Record
from mockmarket.store.rows import Table, as_dicts, to_json

What = Literal["sold", "held", "released", "put_back", "added", "changed"]
State = Literal["sold", "held"]


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
    data: Record = field(default_factory=dict, hash=False)

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


STOCK = Table("stock", Stock, data=orjson.loads)
add = STOCK.add


def put_on_sale(tx: Tx, stock: Stock, vendor: str, record: str) -> Change:
    """Store one new stock row while the world runs, and tell every vendor, so that it stands in each window."""
    add(tx, [stock])
    return notify(tx, Change("added", stock, stock.total, vendor, record))


def alter(
    tx: Tx,
    id: str,
    vendor: str,
    record: str,
    price: int | None = None,
    split: str | None = None,
    total: int | None = None,
) -> Change:
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
    row = STOCK.first(read, "WHERE id = ?", id)
    if row is None:
        raise NotFound(f"There is no stock {id!r}.")
    return row


def of_event(read: Read, event: str, section: str | None = None) -> list[Stock]:
    """Return an event's stock, or that of one section, in the order of the fixture."""
    return list(STOCK.all(read, "WHERE event = ?1 AND (?2 IS NULL OR section = ?2) ORDER BY rowid", event, section))


def every(read: Read) -> Iterator[Stock]:
    """Yield all stock in the order of the fixture, read as it is asked for; whoever goes through it changes none meanwhile."""
    return STOCK.all(read, "ORDER BY rowid")


def free_of_event(read: Read, event: str) -> int:
    """Return how many of an event's seats can be bought now."""
    sql = "SELECT coalesce(sum(total - held - sold), 0) FROM stock WHERE event = ?"
    return int(read.conn.execute(sql, (event,)).fetchone()[0])


def count(tx: Tx, id: str, held: int = 0, sold: int = 0) -> Stock:
    """Add to a stock row's counts and return it; the table itself refuses counts that are negative or more than the total."""
    row = tx.conn.execute(
        f"UPDATE stock SET held = held + ?, sold = sold + ? WHERE id = ? RETURNING {STOCK.columns}", (held, sold, id)
    ).fetchone()
    return STOCK.load(row)


def ledger(read: Read, id: str) -> list[Record]:
    """Return every change of a stock row, oldest first."""
    sql = "SELECT at, what, quantity, vendor, record, seats FROM stock_change WHERE stock = ? ORDER BY id"
    return as_dicts(read, sql, (id,), ("seats",))


def notify(tx: Tx, change: Change) -> Change:
    """Write a change into the ledger, then ask every vendor, one after the other, to bring its records into line."""
    line = {"stock": change.stock.id} | {
        name: getattr(change, name) for name in ("what", "quantity", "vendor", "record")
    }
    tx.conn.execute(
        "INSERT INTO stock_change (at, stock, what, quantity, vendor, record, seats) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (tx.now, *line.values(), to_json(change.seats)),
    )
    tx.stock_changes.append(line | {"seats": list(change.seats)})
    for vendor in tx.listeners:
        vendor.world.stock_changed(tx, change)
    return change


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
    tx: Tx, state: State, id: str, quantity: int, vendor: str, record: str, wanted: Sequence[int] | None = None
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
    return free(tx, "held", "released", vendor, record, quantity)


def hand_over(tx: Tx, state: str, vendor: str, record: str, to: str, quantity: int | None = None) -> list[Part]:
    """Give what a record has in one state, all or the last `quantity` of it, to another of the same vendor's records.

    Nobody is told: no seat becomes free or taken by it. Returns what changed hands.
    """
    parts = give_up(tx, state, vendor, record, quantity)
    for stock, part, seats in parts:
        assign(tx, stock, state, part, seats, vendor, to)
    return parts


def put_back(tx: Tx, vendor: str, record: str, quantity: int | None = None) -> list[Change]:
    """Free what was sold to a record, all or the last `quantity` of it."""
    return free(tx, "sold", "put_back", vendor, record, quantity)


def free(tx: Tx, state: State, what: What, vendor: str, record: str, quantity: int | None) -> list[Change]:
    """Free what a record has in one state, which is told as `what`."""
    return [
        notify(tx, Change(what, count(tx, stock, **{state: -part}), part, vendor, record, seats))
        for stock, part, seats in give_up(tx, state, vendor, record, quantity)
    ]


def seats_of(read: Read, vendor: str, record: str) -> list[tuple[str, str, int, tuple[int, ...]]]:
    """Return what a record has, as (stock id, held or sold, quantity, seat numbers)."""
    rows = read.conn.execute(
        "SELECT c.stock, c.state, c.quantity, (SELECT json_group_array(number) FROM seat WHERE claim = c.id)"
        " FROM claim c WHERE vendor = ? AND record = ? ORDER BY id",
        (vendor, record),
    )
    return [(stock, state, quantity, tuple(sorted(orjson.loads(seats)))) for stock, state, quantity, seats in rows]


def quantity_of(read: Read, vendor: str, records: Sequence[str]) -> int:
    """Return how many seats some records have, held and sold."""
    sql = (
        f"SELECT coalesce(sum(quantity), 0) FROM claim WHERE vendor = ? AND record IN ({', '.join('?' * len(records))})"
    )
    return int(read.conn.execute(sql, (vendor, *records)).fetchone()[0])


def give_up(tx: Tx, state: str, vendor: str, record: str, quantity: int | None) -> list[Part]:
    """Take a record's claims of one state off it, newest first, up to `quantity`; returns (stock id, how many, seats) for each."""
    rows = tx.conn.execute(
        "SELECT id, stock, quantity FROM claim WHERE vendor = ? AND record = ? AND state = ? ORDER BY id DESC",
        (vendor, record, state),
    ).fetchall()
    wanted = sum(row[2] for row in rows) if quantity is None else quantity
    parts = []
    for number, stock, has in rows:
        part = min(has, wanted)
        if part:
            parts.append((stock, part, shrink(tx, number, has, part)))
            wanted -= part
    if wanted:
        raise SoldOut(f"{record} has {wanted} fewer seats than were to be given up.", available=0)
    return parts


def shrink(tx: Tx, number: int, has: int, part: int) -> tuple[int, ...]:
    """Take `part` of a claim's quantity off it, highest seats first, and the claim with its last; returns the seats."""
    highest = "SELECT number FROM seat WHERE claim = ? ORDER BY number DESC LIMIT ?"
    seats = [seat for (seat,) in tx.conn.execute(highest, (number, part))]
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
    exists = first is not None and first <= seat < first + stock.total
    taken = read.conn.execute("SELECT 1 FROM seat WHERE stock = ? AND number = ?", (stock.id, seat)).fetchone()
    if taken or not exists:
        raise SoldOut(f"Seat {seat} in section {stock.section}, row {stock.row} is not free.", available=stock.free)
    return seat


def side_by_side(free: Sequence[int], quantity: int) -> Sequence[int] | None:
    """Return the lowest run of `quantity` consecutive numbers, or None."""
    starts = range(len(free) - quantity + 1)
    first = next((start for start in starts if free[start + quantity - 1] - free[start] == quantity - 1), None)
    return None if first is None else free[first : first + quantity]


def divide(tx: Tx, id: str, quantities: Sequence[int], vendor: str, record: str) -> list[Stock]:
    """Split a row's free seats into rows of these quantities; the first keeps the id, the lowest seats and what is taken.

    Invalid when the quantities do not make up what is free; Conflict when a seat that would go to a new row is held or
    sold. Returns every row as it is now.
    """
    source = get(tx, id)
    check_quantities(source, quantities)
    rest = quantities[1:]
    first = cut(tx, source, sum(rest))
    starts = (beyond(first, sum(rest[:place])) for place in range(len(rest)))
    parts = [
        replace(source, id=new_id(tx), total=quantity, held=0, sold=0, first_seat=start)
        for quantity, start in zip(rest, starts, strict=True)
    ]
    add(tx, parts)
    return [change.stock for change in notify_all(tx, [id], [part.id for part in parts], vendor, record)]


def check_quantities(row: Stock, quantities: Sequence[int]) -> None:
    """Raise Invalid unless a row can be divided into these quantities."""
    if len(quantities) < 2 or min(quantities) < 1 or sum(quantities) != row.free:
        raise Invalid(
            f"{row.free} seats are free here; they can be divided into two or more parts of at least one seat each"
            f" that make up {row.free}, not into {' + '.join(map(str, quantities)) or 'nothing'}."
        )


def join(tx: Tx, ids: Sequence[str], vendor: str, record: str) -> Stock:
    """Make one new row of the free seats of several of the same event and section, and of the same row unless general.

    The price, split rule and data are those of the row named first. Conflict when their free seats do not stand side by
    side. The rows named keep what is held or sold of them, so that nothing is left of one that was wholly free.
    """
    sources = [get(tx, id) for id in dict.fromkeys(ids)]
    check_alike(sources)
    rows = sorted(sources, key=lambda row: row.first_seat or 0)
    first, after = None, None
    for row in rows:
        start = cut(tx, row, row.free)
        if after is not None and start != after:
            raise Conflict(f"Seats {after} and {start} in section {row.section}, row {row.row} are not side by side.")
        first, after = start if first is None else first, beyond(start, row.free)
    joined = replace(sources[0], id=new_id(tx), first_seat=first, total=sum(row.free for row in rows), held=0, sold=0)
    add(tx, [joined])
    stand_in_place(tx, joined.id, [row.id for row in rows])
    notify_all(tx, [row.id for row in sources], [joined.id], vendor, record)
    return joined


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


def notify_all(tx: Tx, sources: Sequence[str], parts: Sequence[str], vendor: str, record: str) -> list[Change]:
    """Tell every vendor of the rows that gave seats up, then of the new ones."""
    changed = [notify(tx, Change("changed", get(tx, id), 0, vendor, record, parts=tuple(parts))) for id in sources]
    rows = [get(tx, id) for id in parts]
    return changed + [notify(tx, Change("added", row, row.total, vendor, record, parts=tuple(sources))) for row in rows]
