"""Rows: objects of a dataclass as rows of a table, and rows of any query as dicts. Names no table."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from functools import lru_cache
from operator import attrgetter
from sqlite3 import Cursor
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import orjson

from mockmarket.records import Operator
from mockmarket.rules.uuids import spellings
from mockmarket.store.database import Read, Record, Tx

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Item = TypeVar("Item", bound="DataclassInstance")
Condition = tuple[str, Operator, Any]  # a column, how it compares, and with what


class Table(Generic[Item]):
    """The rows of a dataclass: a column for each field, tuples and dicts as JSON; `readers` convert a column's value to its field's."""

    def __init__(self, name: str, item: type[Item], **readers: Callable[[Any], object]) -> None:
        names = [column.name for column in fields(item)]
        self._item, self._values = item, attrgetter(*names)
        self._readers = [(names.index(column), reader) for column, reader in readers.items()]
        self._select = f"SELECT {', '.join(names)} FROM {name}"
        into = f"INTO {name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        self._insert, self._replace = f"INSERT {into}", f"INSERT OR REPLACE {into}"
        self.columns = ", ".join(names)

    def add(self, tx: Tx, items: Iterable[Item]) -> None:
        """Store new objects."""
        tx.conn.executemany(self._insert, map(self._row, items))

    def put(self, tx: Tx, item: Item) -> None:
        """Store an object, new or changed."""
        tx.conn.execute(self._replace, self._row(item))

    def _row(self, item: Item) -> list[object]:
        row = list(self._values(item))
        for place, _ in self._readers:
            value = row[place]
            if isinstance(value, tuple | dict):
                row[place] = to_json(value) if value else "[]" if isinstance(value, tuple) else "{}"
        return row

    def load(self, row: Iterable[object]) -> Item:
        """Return the object of a row of all columns."""
        values = list(row)
        for place, reader in self._readers:
            values[place] = reader(values[place])
        return self._item(*values)

    def first(self, read: Read, rest: str, *values: object) -> Item | None:
        """Return the object of the first row of the SELECT that `rest` completes, or None."""
        row = read.conn.execute(f"{self._select} {rest}", values).fetchone()
        return None if row is None else self.load(row)

    def all(self, read: Read, rest: str, *values: object) -> Iterator[Item]:
        """Yield the object of each row of the SELECT that `rest` completes, read lazily."""
        return self._load_all(read.conn.execute(f"{self._select} {rest}", values), read)

    def _load_all(self, cursor: Cursor, _read: Read) -> Iterator[Item]:
        """Yield an object for each row; the view is referenced until then, else its connection would go to another thread."""
        make, readers = self._item, self._readers
        for row in cursor:  # as `load` does, for thousands of rows
            values = list(row)
            for place, reader in readers:
                values[place] = reader(values[place])
            yield make(*values)


SOME = "EXISTS (SELECT 1 FROM json_each(?) WHERE {})"
HAS_WORD = "instr(' ' || replace(lower({}), ',', ' ') || ' ', ' ' || lower(value) || ' ')"
LISTS: dict[Operator, str] = {
    "in": "{} IN (SELECT value FROM json_each(?))",
    "not_in": "{} NOT IN (SELECT value FROM json_each(?))",
    "any_id": SOME.format("instr({}, '|' || value || '|')"),
    "any_word": SOME.format(HAS_WORD),
    "all_words": "NOT " + SOME.format(f"NOT {HAS_WORD}"),
    "no_word": "NOT " + SOME.format(HAS_WORD),
    "not_all_words": SOME.format(f"NOT {HAS_WORD}"),
}
"""Comparisons with a list, which is bound as JSON."""
OPERATORS: dict[Operator, str] = {
    **{operator: f"{{}} {operator} ?" for operator in ("=", "!=", "<", "<=", ">", ">=")},
    "contains": "instr({}, ?) > 0",
    "has_text": "instr(lower({}), lower(?)) > 0",
    "has_bit": "({} >> ?) & 1",
    "is_set": "({} IS NOT NULL) = ?",
    "empty": "(coalesce({}, '') IN ('', 0)) = ?",
    **LISTS,
}


def where_clause(conditions: Iterable[Condition]) -> tuple[str, list[Any]]:
    """Return conditions on SQL columns as a WHERE clause and its values, which are always bound."""
    parts: list[tuple[str, Operator]] = []
    values = []
    for column, operator, value in conditions:
        parts.append((column, operator))
        values.append(to_json(value) if operator in LISTS else value)
    return _clause(tuple(parts)), values


@lru_cache(maxsize=2048)
def _clause(conditions: tuple[tuple[str, Operator], ...]) -> str:
    parts = [OPERATORS[operator].format(column) for column, operator in conditions]
    return f" WHERE {' AND '.join(parts)}" if parts else ""


def to_json(value: object) -> str:
    """Return a value as the JSON that a column stores, or a list as `json_each` reads it."""
    return orjson.dumps(value).decode()


def json_tuple(text: str | None) -> tuple[Any, ...] | None:
    """Return a list stored as JSON; None stays None."""
    return None if text is None else tuple(orjson.loads(text))


def by_id(read: Read, statement: str, id: str) -> tuple[Any, ...] | None:
    """Return a statement's row for an id, or None; a UUID matches in any case."""
    for spelling in spellings(id):
        row: tuple[Any, ...] | None = read.conn.execute(statement, (spelling,)).fetchone()
        if row is not None:
            return row
    return None


def as_dicts(read: Read, sql: str, values: Iterable[object] = (), json: Iterable[str] = ()) -> list[Record]:
    """Return a query's rows by column name; the columns in `json` are parsed."""
    cursor = read.conn.execute(sql, tuple(values))
    names = [column[0] for column in cursor.description]
    records = [dict(zip(names, row, strict=True)) for row in cursor]
    return [record | {name: orjson.loads(record[name]) for name in json} for record in records]
