"""Records: one table for each (vendor, kind) with the record's JSON ready to send, and columns to filter and sort by."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal, NamedTuple

import orjson

from mockmarket.clock import LATEST, changes_at
from mockmarket.errors import NotFound
from mockmarket.records import Column, Operator as Operator, filters
from mockmarket.rules.uuids import spellings
from mockmarket.store.database import Read, Record as Record, Tx
from mockmarket.store.rows import Condition as Condition, by_id, where_clause
from mockmarket.webhooks.encoding import Dialect, javascript

Order = tuple["str | Related", Literal["asc", "desc"]]
QUOTE = '"{}"'.format
MEMBERS = re.compile(r"(?P<path>\$\.\w{1,64}([/|]\$\.\w{1,64})?)(?P<text>:text)?", re.ASCII)
"""A condition's column may be a member at the top of a record, a ratio of two (`$.cost/$.quantity`), or a member as text."""
AS_TEXT = "CASE json_type(data, '{1}') WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST({0} AS TEXT) END"
LONGEST_CACHED = 1_000
"""Most characters of a count's conditions that is remembered: callers decide how many there are."""


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of a vendor's records: its table, the member that is its id, its columns, its JSON dialect. `indexes`
    are indexes over several columns, for a list filtered by one and sorted by another. Records of a kind that `follows_stock` are updated
    after changes of seats, perhaps not before they are read (`store.deferred`)."""

    vendor: str
    name: str
    id: str
    columns: tuple[Column, ...] = ()
    dialect: Dialect = javascript
    indexes: tuple[tuple[str, ...], ...] = ()
    follows_stock: bool = False

    @property
    def table(self) -> str:
        """The table's name, such as `acme_order`."""
        return f"{self.vendor}_{self.name}"

    @cached_property
    def own(self) -> tuple[str, ...]:
        """The names of the columns that are not read from the record."""
        return tuple(column.name for column in self.columns if column.path is None)

    @cached_property
    def insert(self) -> str:
        """The statement that stores a record under an id that no row has; with another it does nothing."""
        names = [*map(QUOTE, ("id", "data", *self.own))]
        row = f"({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        return f"INSERT INTO {self.table} {row} ON CONFLICT (id) DO NOTHING"

    @cached_property
    def upsert(self) -> str:
        """The statement that stores a record under its id; an existing row keeps its rowid."""
        keep = ", ".join(f"{name} = excluded.{name}" for name in map(QUOTE, ("data", *self.own)))
        return self.insert.replace("DO NOTHING", f"DO UPDATE SET {keep}")

    def ddl(self) -> list[str]:
        """Return the statements that create the table and its indexes unless they exist."""
        columns = ", ".join(["id TEXT PRIMARY KEY", "data TEXT NOT NULL", *(column.ddl() for column in self.columns)])
        indexes = [(column.name,) for column in self.columns if column.index] + list(self.indexes)
        parts = [(f"{self.table}_{'_'.join(names)}", ", ".join(map(QUOTE, names))) for names in indexes]
        statements = (f"CREATE INDEX IF NOT EXISTS {index} ON {self.table} ({columns})" for index, columns in parts)
        return [f"CREATE TABLE IF NOT EXISTS {self.table} ({columns})", *statements]

    @cached_property
    def known(self) -> frozenset[str]:
        """The names of all columns."""
        return frozenset({"id", *(column.name for column in self.columns)})

    def check(self, names: Iterable[str]) -> None:
        """Raise ValueError for a name that is not a column of this kind; it would otherwise reach the SQL."""
        for name in names:
            if name not in self.known and name != "rowid":  # the order in which rows were stored
                raise ValueError(f"{self.table} has no column {name!r}; it has {', '.join(sorted(self.known))}.")


class Related(NamedTuple):
    """A column to sort by of a related record: of the record of `kind` whose column `theirs` has the value of this record's `own`."""

    own: str
    kind: Kind
    theirs: str
    column: str


def put(tx: Tx, kind: Kind, record: Mapping[str, Any], **own: Any) -> None:
    """Store a record under its id, new or changed; `own` gives every column that is not read from the record."""
    row = _row_of(kind, record, own)
    key = kind.vendor, kind.name, row[0]
    _before_write(tx, kind)
    before = None
    if tx.contents.is_known(key):
        tx.conn.execute(kind.upsert, row)
    elif not tx.conn.execute(kind.insert, row).rowcount:
        before = _text_of(tx, kind, row[0])
        tx.conn.execute(kind.upsert, row)
    tx.changed_records[key] = "stored"
    tx.contents.add(key, before, row[1])


def put_many(tx: Tx, kind: Kind, rows: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> None:
    """Store many records at once, as (record, own columns) pairs."""
    _before_write(tx, kind)
    tx.conn.executemany(kind.upsert, (_row_of(kind, record, own) for record, own in rows))


def put_written(tx: Tx, kind: Kind, rows: Iterable[tuple[object, ...]]) -> None:
    """Store many records at once, as rows of id, JSON in the kind's dialect, and own columns."""
    _before_write(tx, kind)
    tx.conn.executemany(kind.upsert, rows)


def _before_write(tx: Tx, kind: Kind) -> None:
    if kind.follows_stock:
        tx.store.refresh(tx, kind.vendor)
        if not tx.reacting:
            tx.store.deferred.margins.pop(kind.vendor, None)


def _row_of(kind: Kind, record: Mapping[str, Any], own: Mapping[str, Any]) -> tuple[Any, ...]:
    return (str(record[kind.id]), kind.dialect(record).decode(), *[own[name] for name in kind.own])


def update(tx: Tx, kind: Kind, record: Mapping[str, Any], **own: Any) -> None:
    """Store a changed record; its own columns keep their values."""
    id = str(record[kind.id])
    key, text = (kind.vendor, kind.name, id), kind.dialect(record).decode()
    columns = "".join(f', "{name}" = ?' for name in own)
    _before_write(tx, kind)
    before = None if tx.contents.is_known(key) else _text_of(tx, kind, id)
    tx.conn.execute(f"UPDATE {kind.table} SET data = ?{columns} WHERE id = ?", (text, *own.values(), id))
    tx.changed_records[key] = "stored"
    tx.contents.add(key, before, text)


def _text_of(tx: Tx, kind: Kind, id: str) -> str | None:
    """Return a record's stored JSON, or None when there is none."""
    row: tuple[str] | None = tx.conn.execute(f"SELECT data FROM {kind.table} WHERE id = ?", (id,)).fetchone()
    return row and row[0]


def delete(tx: Tx, kind: Kind, id: str) -> bool:
    """Remove a record; returns whether it existed."""
    _before_write(tx, kind)
    row = by_id(tx, f"DELETE FROM {kind.table} WHERE id = ? RETURNING id, data", id)
    if row is not None:
        key = kind.vendor, kind.name, row[0]
        tx.changed_records[key] = "deleted"
        tx.contents.add(key, row[1], None)
    return row is not None


def _before_read(read: Read, kind: Kind) -> None:
    if kind.follows_stock:
        read.store.refresh(read, kind.vendor)


def get(read: Read, kind: Kind, id: str) -> Record | None:
    """Return the record with this id, or None."""
    _before_read(read, kind)
    row = by_id(read, f"SELECT data FROM {kind.table} WHERE id = ?", id)
    return None if row is None else _loaded(read, kind, row[0])


def _loaded(read: Read, kind: Kind, text: str) -> Record:
    """Return a record of its stored JSON, and note in a transaction what it was."""
    record: Record = orjson.loads(text)
    if isinstance(read, Tx):
        read.contents.note_read((kind.vendor, kind.name, str(record[kind.id])), text)
    return record


def own(read: Read, kind: Kind, id: str) -> Record:
    """Return the own columns of a record; {} when it does not exist."""
    _before_read(read, kind)
    row = by_id(read, f"SELECT {', '.join(map(QUOTE, kind.own))} FROM {kind.table} WHERE id = ?", id)
    return {} if row is None else dict(zip(kind.own, row, strict=True))


class Stored(NamedTuple):
    """A record with the values of ours that stand beside it."""

    record: Record
    own: Record


def stored(read: Read, kind: Kind, *where: Condition) -> Stored | None:
    """Return the first record that meets every condition, with the values of ours, or None."""
    _before_read(read, kind)
    clause, values = conditions(kind, where)
    row = read.conn.execute(_select_stored(kind, clause), values).fetchone()
    return None if row is None else Stored(_loaded(read, kind, row[0]), dict(zip(kind.own, row[1:], strict=True)))


def as_stored(read: Read, kind: Kind, id: str) -> Stored | None:
    """Return a record with the values of ours as they were last stored: what follows the stock may be out of date (`store.deferred`)."""
    row = by_id(read, _select_stored(kind, " WHERE id = ?"), id)
    return None if row is None else Stored(orjson.loads(row[0]), dict(zip(kind.own, row[1:], strict=True)))


@lru_cache(maxsize=2048)
def _select_stored(kind: Kind, clause: str) -> str:
    return f"SELECT {', '.join(map(QUOTE, ('data', *kind.own)))} FROM {kind.table}{clause} ORDER BY rowid LIMIT 1"


def find(read: Read, kind: Kind, *where: Condition, order: Sequence[Order] = (), limit: int = -1) -> list[Record]:
    """Return the records that meet every condition, in order, as dicts."""
    return [orjson.loads(row) for row in page(read, kind, where, order, limit, 0)]


def first(read: Read, kind: Kind, *where: Condition, order: Sequence[Order] = ()) -> Record | None:
    """Return the first record that meets every condition, in order, or None."""
    return next(iter(find(read, kind, *where, order=order, limit=1)), None)


def get_or_404(read: Read, kind: Kind, id: str, message: str = "There is no {kind} {id}.") -> Record:
    """Return the record with this id; NotFound, with `message` about `kind` and `id`, when it does not exist."""
    record = get(read, kind, id)
    if record is None:
        raise NotFound(message.format(kind=kind.name.replace("_", " "), id=id))
    return record


def page(
    read: Read, kind: Kind, where: Sequence[Condition], order: Sequence[Order], limit: int, offset: int
) -> list[bytes]:
    """Return one page of the records that meet every condition, each as its stored JSON; limit -1 is no limit."""
    _before_read(read, kind)
    clause, values = conditions(kind, where)
    return [row[0] for row in read.conn.execute(select(kind, clause, tuple(order)), (*values, limit, offset))]


def array(
    read: Read, kind: Kind, where: Sequence[Condition], order: Sequence[Order], limit: int, offset: int
) -> tuple[bytes, int]:
    """Return the same page as one JSON array, which SQLite joins, and the number of its records."""
    _before_read(read, kind)
    clause, values = conditions(kind, where)
    sql = select_array(kind, clause, tuple(order))
    text, count = read.conn.execute(sql, (*values, limit, offset)).fetchone()
    return b"[%b]" % (text or b""), count


def upcoming(read: Read, kind: Kind, column: str = "starts_at") -> Condition:
    """Return the condition that `column` is after the world's clock; the result holds until the column's next moment.
    The condition names that moment, so that it is the same one until then."""
    now, moments = read.store.clock.peek(), read.store.memo(read)
    since, next_at = moments.get((kind, column), (now, now))
    if not since <= now < next_at:
        kind.check([column])
        statement = f"SELECT coalesce(min({column}), {LATEST}) FROM {kind.table} WHERE {column} > ?"
        [next_at] = read.conn.execute(statement, (now,)).fetchone()
        moments[kind, column] = now, next_at
    changes_at(next_at)
    return (column, ">=", next_at)


def values(read: Read, kind: Kind, column: str, *where: Condition) -> list[Any]:
    """Return the different values of a column in the records that meet every condition."""
    _before_read(read, kind)
    clause, bound = conditions(kind, where)
    statement = f"SELECT DISTINCT {_quoted(kind, column)} FROM {kind.table}{clause}"
    return [value for (value,) in read.conn.execute(statement, bound)]


def count(read: Read, kind: Kind, where: Sequence[Condition]) -> int:
    """Return how many records meet every condition."""
    _before_read(read, kind)
    clause, values = conditions(kind, where)
    counts, key = read.store.memo(read), (kind, clause, *values)
    if key in counts:
        return int(counts[key])
    number = int(read.conn.execute(f"SELECT count(*) FROM {kind.table}{clause}", values).fetchone()[0])
    if sum([len(value) for value in values if isinstance(value, str)]) <= LONGEST_CACHED:
        counts[key] = number
    return number


def sums(read: Read, kind: Kind, column: str, by: str, where: Sequence[Condition]) -> dict[str, int]:
    """Return the sum of a column for each value of another, over the records that meet every condition."""
    _before_read(read, kind)
    kind.check([column, by])
    clause, values = conditions(kind, where)
    sql = f'SELECT "{by}", sum("{column}") FROM {kind.table}{clause} GROUP BY 1 HAVING count("{column}") ORDER BY 1'
    return dict(read.conn.execute(sql, values).fetchall())


def newest(read: Read, kind: Kind, column: str) -> Any:
    """Return a column of the record that was stored last, or None when there is no record."""
    kind.check([column])
    _before_read(read, kind)
    row = read.conn.execute(f'SELECT "{column}" FROM {kind.table} ORDER BY rowid DESC LIMIT 1').fetchone()
    return row[0] if row else None


def latest(read: Read, kind: Kind, column: str) -> Any:
    """Return the largest value of a column, or None when there is no record."""
    kind.check([column])
    _before_read(read, kind)
    return read.conn.execute(f'SELECT max("{column}") FROM {kind.table}').fetchone()[0]


def total(read: Read, kind: Kind, column: str) -> int:
    """Return the sum of a column, 0 when there is no record."""
    kind.check([column])
    _before_read(read, kind)
    return int(read.conn.execute(f'SELECT total("{column}") FROM {kind.table}').fetchone()[0])


def matching(shape: object, query: Mapping[str, Any]) -> list[Condition]:
    """Return the conditions of a query by the filters of its shape; parameters that are missing or empty give none."""
    candidates = ((*pair, query.get(name)) for name, pair in filters(shape).items())
    return [condition for condition in candidates if condition[2] not in (None, [], "")]


def conditions(kind: Kind, where: Sequence[Condition]) -> tuple[str, list[Any]]:
    """Return conditions as a WHERE clause and its values; names are checked, and a UUID matches in any case."""
    return where_clause([_in_any_case(kind, *condition) for condition in where])


def _in_any_case(kind: Kind, column: str, operator: Operator, value: Any) -> Condition:
    if operator == "=" and isinstance(value, str) and len(values := spellings(value)) > 1:
        return _quoted(kind, column), "in", values
    return _quoted(kind, column), operator, value


@lru_cache(maxsize=2048)
def _quoted(kind: Kind, column: str) -> str:
    if member := MEMBERS.fullmatch(column):
        values = re.sub(r"\$\.\w+", r"json_extract(data, '\g<0>')", member["path"])
        return AS_TEXT.format(values, member["path"]) if member["text"] else f"({values})"
    kind.check([column])
    return QUOTE(column)


def has_member(read: Read, kind: Kind, name: str) -> bool:
    """Return whether a record of this kind has a member of this name at its top."""
    statement = f"SELECT 1 FROM {kind.table} WHERE json_type(data, ?) IS NOT NULL LIMIT 1"
    return (
        MEMBERS.fullmatch(f"$.{name}") is not None
        and read.conn.execute(statement, (f"$.{name}",)).fetchone() is not None
    )


@lru_cache(maxsize=2048)
def select(kind: Kind, clause: str, order: tuple[Order, ...], column: str = "CAST(data AS BLOB)") -> str:
    """Return the cached SELECT of a page; rows that sort alike stay in the order in which they were stored."""
    keys = [*(f"{_sort_key(kind, column)} {'DESC' if way == 'desc' else 'ASC'}" for column, way in order), "rowid"]
    return f"SELECT {column} FROM {kind.table}{clause} ORDER BY {', '.join(keys)} LIMIT ? OFFSET ?"


def _sort_key(kind: Kind, column: str | Related) -> str:
    if isinstance(column, str):
        kind.check([column])
        return QUOTE(column)
    kind.check([column.own])
    column.kind.check([column.theirs, column.column])
    theirs = column.kind.table
    return f'(SELECT "{column.column}" FROM {theirs} WHERE {theirs}."{column.theirs}" = {kind.table}."{column.own}")'


@lru_cache(maxsize=2048)
def select_array(kind: Kind, clause: str, order: tuple[Order, ...]) -> str:
    """Return the cached SELECT of a page as one text; a subquery with a LIMIT keeps its order."""
    return f"SELECT CAST(group_concat(data) AS BLOB), count(*) FROM ({select(kind, clause, order, 'data')})"
