"""Stock: the seats that all vendors sell. A seat is never sold twice, whatever the concurrency.

Every change is written with its ledger line in the transaction of its cause; then `notify` calls each vendor to update its own records. The
module has three parts: stock rows, claims (which record holds or has bought which seats), and reshaping (one row is divided into several,
several are joined into one). Held and sold seats stay in their row. Vendors get a `changed` for each row that gave seats up and an `added`
for each new row; all rows are stored before the first notification, so that a section's count is never too low."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field, replace
from typing import Literal

import orjson

from mockmarket.errors import Conflict, Invalid, NotFound, SoldOut
from mockmarket.frozen import dataclass
from mockmarket.store import Read, Tx, deferred
from mockmarket.store.records import Record
from mockmarket.store.rows import Table, as_dicts, to_json

What = Literal["sold", "held", "released", "put_back", "added", "changed"]
State = Literal["sold", "held"]


@dataclass(frozen=True, slots=True)
class Stock:
    """Seats of one price: `price` in minor units of `currency`, `split` a rule of `rules.splits`, `data` the fixture's other members."""

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
        """The number of seats that can be bought now."""
        return self.total - self.held - self.sold

    def own_id(self, vendor: str) -> str | None:
        """Return the id that the fixture gives the row's listing at a vendor, or None."""
        id: str | None = self.data.get(f"{vendor}_id")
        return id


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a stock row: `stock` is its new state, `vendor` and `record` name the cause. `seats` are the seat numbers, empty for
    general admission. `parts` is set for rows that were divided or joined: on a `changed` row, the rows that its seats went to; on an
    `added` row, the rows that they came from."""

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
    """Store one new stock row while the world runs and notify every vendor, which lists it."""
    tx.store.refresh_all(tx)
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
    first_seat: int | None = None,
) -> Change:
    """Change a stock row's price (minor units), split rule, number of seats or first seat, and notify every vendor unless nothing changed.
    SoldOut, with the least possible number, when more than `total` are held or sold; Conflict when the seats that would be added belong to
    another row, such as one that was divided off, and for another first seat while seats are held or sold."""
    tx.store.refresh_all(tx)
    before = get(tx, id)
    taken = before.held + before.sold
    if total is not None and total < taken:
        raise SoldOut(f"{taken} of these seats are held or sold; there cannot be only {total}.", available=taken)
    if total is not None and total > before.total:
        check_unowned(tx, before, total)
    if first_seat not in (None, before.first_seat):
        if before.first_seat is None or taken:
            raise Conflict("Seats are renumbered only while none is held or sold, and not of general admission.")
        check_unowned(tx, replace(before, first_seat=first_seat, total=0), total or before.total)
    tx.conn.execute(
        "UPDATE stock SET price = coalesce(?, price), split = coalesce(?, split), total = coalesce(?, total),"
        " first_seat = coalesce(?, first_seat) WHERE id = ?",
        (price, split, total, first_seat, id),
    )
    after = get(tx, id)
    change = Change("changed", after, 0, vendor, record)
    return change if after == before else notify(tx, change)


def check_unowned(read: Read, stock: Stock, total: int) -> None:
    """Raise Conflict when a row grown to `total` seats would overlap another row of its section and row."""
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
    """Yield all stock in the order of the fixture, read lazily; the caller must not change stock meanwhile."""
    return STOCK.all(read, "ORDER BY rowid")


def free_of_event(read: Read, event: str) -> int:
    """Return how many of an event's seats can be bought now."""
    sql = "SELECT coalesce(sum(total - held - sold), 0) FROM stock WHERE event = ?"
    return int(read.conn.execute(sql, (event,)).fetchone()[0])


def count(tx: Tx, id: str, held: int = 0, sold: int = 0) -> Stock:
    """Add to a stock row's counts and return the row; the table's CHECK refuses negative counts and more than the total."""
    row = tx.conn.execute(
        f"UPDATE stock SET held = held + ?, sold = sold + ? WHERE id = ? RETURNING {STOCK.columns}", (held, sold, id)
    ).fetchone()
    return STOCK.load(row)


def recount(tx: Tx, row: Stock, held: int = 0, sold: int = 0) -> Stock:
    """Add to the counts of a row as this transaction read it, and return it, like `count`."""
    tx.conn.execute("UPDATE stock SET held = held + ?, sold = sold + ? WHERE id = ?", (held, sold, row.id))
    return replace(row, held=row.held + held, sold=row.sold + sold)


def ledger(read: Read, id: str) -> list[Record]:
    """Return every change of a stock row, oldest first."""
    sql = "SELECT at, what, quantity, vendor, record, seats FROM stock_change WHERE stock = ? ORDER BY id"
    return as_dicts(read, sql, (id,), ("seats",))


def notify(tx: Tx, change: Change, defer: deferred.Deferring = deferred.NOBODY) -> Change:
    """Write a change into the ledger, then have every vendor in turn react; those in `defer` put the update of their records off."""
    id, what, quantity, by, record = change.stock.id, change.what, change.quantity, change.vendor, change.record
    tx.conn.execute(
        "INSERT INTO stock_change (at, stock, what, quantity, vendor, record, seats) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (tx.now, id, what, quantity, by, record, to_json(change.seats)),
    )
    line = {"stock": id, "what": what, "quantity": quantity, "vendor": by, "record": record}
    tx.stock_changes.append(line | {"seats": [*change.seats]})
    for vendor in tx.listeners:
        deferred.react(tx, vendor, change, defer)
    return change


Part = tuple[str, int, tuple[int, ...]]
"""Part of a record's seats: (stock id, quantity, seat numbers)."""


def take(tx: Tx, id: str, quantity: int, vendor: str, record: str) -> Change:
    """Sell seats to a record; SoldOut, with the number left, when there are not enough."""
    return claim(tx, "sold", get(tx, id), quantity, vendor, record)


def take_named(tx: Tx, id: str, seats: Sequence[int], vendor: str, record: str) -> Change:
    """Sell exactly these seats to a record; SoldOut when one of them is not free."""
    return claim(tx, "sold", get(tx, id), len(seats), vendor, record, seats)


def hold(tx: Tx, id: str, quantity: int, vendor: str, record: str, seat: int | None = None) -> Change:
    """Hold seats, or the one seat named, for a record until it buys or releases them; SoldOut when they are not free."""
    return claim(tx, "held", get(tx, id), quantity, vendor, record, None if seat is None else (seat,))


def hold_named(tx: Tx, id: str, seats: Sequence[int], vendor: str, record: str) -> Change:
    """Hold exactly these seats for a record; SoldOut when one of them is not free."""
    return claim(tx, "held", get(tx, id), len(seats), vendor, record, seats)


def claim(
    tx: Tx, state: State, stock: Stock, quantity: int, vendor: str, record: str, wanted: Sequence[int] | None = None
) -> Change:
    """Claim free seats, or the wanted ones, of a row as this transaction read it: counts them, writes claim and ledger line, notifies
    every vendor."""
    id = stock.id
    if quantity > stock.free:
        raise SoldOut(f"Only {stock.free} of the {quantity} seats asked for are left.", available=stock.free)
    seats = choose(tx, stock, quantity) if wanted is None else tuple(named(tx, stock, seat) for seat in sorted(wanted))
    defer = deferred.deferring(tx, stock, state, quantity, vendor)
    assign(tx, id, state, quantity, seats, vendor, record)
    return notify(tx, Change(state, recount(tx, stock, **{state: quantity}), quantity, vendor, record, seats), defer)


def assign(tx: Tx, id: str, state: str, quantity: int, seats: Sequence[int], vendor: str, record: str) -> None:
    """Store a claim on seats; the table's UNIQUE constraint refuses a seat that is already claimed."""
    number = tx.conn.execute(
        "INSERT INTO claim (stock, vendor, record, state, quantity) VALUES (?, ?, ?, ?, ?)",
        (id, vendor, record, state, quantity),
    ).lastrowid
    if seats:
        tx.conn.executemany(
            "INSERT INTO seat (stock, number, claim) VALUES (?, ?, ?)", [(id, seat, number) for seat in seats]
        )


def sell_held(tx: Tx, vendor: str, record: str, quantity: int | None = None, to: str | None = None) -> list[Change]:
    """Sell the seats that a record holds, all or the last `quantity`, to the same record or to another (`to`)."""
    tx.store.refresh_all(tx)
    changes = []
    for stock, part, seats in give_up(tx, claims_of(tx, "held", vendor, record, quantity)):
        assign(tx, stock, "sold", part, seats, vendor, to or record)
        counted = count(tx, stock, held=-part, sold=part)
        changes.append(notify(tx, Change("sold", counted, part, vendor, to or record, seats)))
    return changes


def release(tx: Tx, vendor: str, record: str, quantity: int | None = None) -> list[Change]:
    """Free the seats that a record holds, all or the last `quantity`."""
    return free(tx, "held", "released", vendor, record, quantity)


def hand_over(tx: Tx, state: str, vendor: str, record: str, to: str, quantity: int | None = None) -> list[Part]:
    """Move a record's seats in one state, all or the last `quantity`, to another record of the same vendor. No vendor is notified, since no
    seat becomes free or taken. Returns the moved parts."""
    parts = give_up(tx, claims_of(tx, state, vendor, record, quantity))
    for stock, part, seats in parts:
        assign(tx, stock, state, part, seats, vendor, to)
    return parts


def put_back(tx: Tx, vendor: str, record: str, quantity: int | None = None) -> list[Change]:
    """Free the seats sold to a record, all or the last `quantity`."""
    return free(tx, "sold", "put_back", vendor, record, quantity)


def free(tx: Tx, state: State, what: What, vendor: str, record: str, quantity: int | None) -> list[Change]:
    """Free a record's seats in one state; vendors are notified of a change `what`."""
    changes = []
    claims = claims_of(tx, state, vendor, record, quantity)
    if len(claims) == 1:
        [(_, id, _, part)] = claims
        defer = deferred.deferring(tx, get(tx, id), what, part, vendor)
    else:
        tx.store.refresh_all(tx)
        defer = deferred.NOBODY
    for id, part, seats in give_up(tx, claims):
        counted = count(tx, id, **{state: -part})
        changes.append(notify(tx, Change(what, counted, part, vendor, record, seats), defer))
    return changes


def seats_of(read: Read, vendor: str, record: str) -> list[tuple[str, str, int, tuple[int, ...]]]:
    """Return a record's seats as (stock id, held or sold, quantity, seat numbers)."""
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


Claim = tuple[int, str, int, int]
"""A claim, of which a part is given up: (number, stock id, quantity, quantity of the part)."""


def claims_of(tx: Tx, state: str, vendor: str, record: str, quantity: int | None) -> list[Claim]:
    """Return a record's claims in one state, newest first, up to `quantity`; SoldOut when it has fewer seats."""
    rows = tx.conn.execute(
        "SELECT id, stock, quantity FROM claim WHERE vendor = ? AND record = ? AND state = ? ORDER BY id DESC",
        (vendor, record, state),
    ).fetchall()
    wanted = sum(row[2] for row in rows) if quantity is None else quantity
    claims = []
    for number, stock, has in rows:
        if part := min(has, wanted):
            claims.append((number, stock, has, part))
            wanted -= part
    if wanted:
        raise SoldOut(f"{record} has {wanted} fewer seats than were to be given up.", available=0)
    return claims


def give_up(tx: Tx, claims: Iterable[Claim]) -> list[Part]:
    """Remove claims, or parts of them; returns (stock id, quantity, seats) for each."""
    return [(stock, part, shrink(tx, number, has, part)) for number, stock, has, part in claims]


def shrink(tx: Tx, number: int, has: int, part: int) -> tuple[int, ...]:
    """Remove `part` of a claim's quantity, highest seats first, and an emptied claim itself; returns the seats."""
    highest = "SELECT number FROM seat WHERE claim = ? ORDER BY number DESC LIMIT ?"
    seats = [seat for (seat,) in tx.conn.execute(highest, (number, part))]
    tx.conn.executemany("DELETE FROM seat WHERE claim = ? AND number = ?", [(number, seat) for seat in seats])
    if part == has:
        tx.conn.execute("DELETE FROM claim WHERE id = ?", (number,))
    else:
        tx.conn.execute("UPDATE claim SET quantity = quantity - ? WHERE id = ?", (part, number))
    return tuple(sorted(seats))


def choose(read: Read, stock: Stock, quantity: int) -> tuple[int, ...]:
    """Choose free seats: the lowest adjacent ones, else the lowest; none for general admission."""
    if stock.first_seat is None:
        return ()
    taken = {row[0] for row in read.conn.execute("SELECT number FROM seat WHERE stock = ?", (stock.id,))}
    free = [seat for seat in range(stock.first_seat, stock.first_seat + stock.total) if seat not in taken]
    return tuple(side_by_side(free, quantity) or free[:quantity])


def named(read: Read, stock: Stock, seat: int) -> int:
    """Return the seat number when the seat is free; SoldOut when it is claimed or does not exist."""
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
    """Split a row's free seats into rows of these quantities; the first keeps the id, the lowest seats and the claimed seats. Invalid when
    the quantities do not add up to the free seats; Conflict when a seat of a new row is held or sold. Returns every row in its new
    state."""
    tx.store.refresh_all(tx)
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
    """Join the free seats of several rows of the same event and section (and the same row unless general) into one new row. Price, split
    rule and data are those of the first id. Conflict when the free seats are not adjacent. The source rows keep their held and sold seats,
    so that a row that was wholly free ends empty."""
    tx.store.refresh_all(tx)
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
    """Raise Invalid for fewer than two rows, Conflict unless they can be joined."""
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
    """Return an id for a row made of others."""
    return f"s-{tx.ids.text(10)}"


def cut(tx: Tx, row: Stock, quantity: int) -> int | None:
    """Remove the last `quantity` seats, all of them free, from a row; returns the first of them, None in general admission."""
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
    """Return the seat number `count` after a seat; None in general admission."""
    return None if seat is None else seat + count


def taken_from(read: Read, row: Stock, first: int) -> int | None:
    """Return the lowest held or sold seat of a row from `first` to its end; None when all are free."""
    end = (row.first_seat or 0) + row.total
    sql = "SELECT min(number) FROM seat WHERE stock = ? AND number >= ? AND number < ?"
    seat: int | None = read.conn.execute(sql, (row.id, first, end)).fetchone()[0]
    return seat


def stand_in_place(tx: Tx, new: str, old: Sequence[str]) -> None:
    """Give a row the position, in the fixture's order, of the first of several rows, which moves to the end. Some vendors take a section's
    price from its first row; it must not come from a row without seats."""
    places = {id: tx.conn.execute("SELECT rowid FROM stock WHERE id = ?", (id,)).fetchone()[0] for id in old}
    first = min(places, key=lambda id: places[id])
    tx.conn.execute("UPDATE stock SET rowid = (SELECT max(rowid) + 1 FROM stock) WHERE id = ?", (first,))
    tx.conn.execute("UPDATE stock SET rowid = ? WHERE id = ?", (places[first], new))


def notify_all(tx: Tx, sources: Sequence[str], parts: Sequence[str], vendor: str, record: str) -> list[Change]:
    """Notify every vendor of the rows that gave seats up, then of the new rows."""
    changed = [notify(tx, Change("changed", get(tx, id), 0, vendor, record, parts=tuple(parts))) for id in sources]
    rows = [get(tx, id) for id in parts]
    return changed + [notify(tx, Change("added", row, row.total, vendor, record, parts=tuple(sources))) for row in rows]
