"""Inspecting: whether a file from outside is a whole world that this server can go on with. Reads, changes nothing.

The file's schema has been compared before (`schema`): no SQL runs here but ours.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

import orjson

from mockmarket.clock import LATEST, wall_ms
from mockmarket.store import schema
from mockmarket.store.database import Record
from mockmarket.store.files import DataError, allowance, untrusted
from mockmarket.store.records import Kind

NUMBERS = ("drawn", "seed", "clock_offset", "start")
"""What a world's file must say of itself in whole numbers."""

MOMENTS_SAID = ("start", "given_start", "origin_start", "clock_frozen_at", "taken_at", "taken_wall_at")
MOMENTS = {
    "event": ("starts_at", "ends_at"),
    "key": ("expires_at",),
    "endpoint": ("muted_until",),
    "notice": ("at",),
    "delivery": ("at", "due"),
    "attempt": ("at", "wall_at"),
    "timer": ("due",),
}
"""What a file says of times, and the columns that hold some: epoch ms, or nothing."""

LARGEST = 2**53 - 1
"""Whole numbers lie between this and its negative: JSON's readers take them as they are, and what is counted on has room above."""

WITH_VENDOR = ("key", "endpoint", "notice", "timer", "claim")
"""The tables whose rows belong to a vendor: they are acted upon by its rules."""

CORE = "core"
"""Whose rows are no vendor's: what is played in a world, what an organiser does."""

JSON = {
    "setting": {"value"},
    "venue": {"data"},
    "event": {"data"},
    "stock": {"data"},
    "stock_change": {"seats"},
    "key": {"scopes", "ip_allowlist", "owner"},
    "endpoint": {"data", "types", "old_secrets"},
    "delivery": {"resuming"},
    "attempt": {"request_headers", "answer_headers"},
}

ANYTHING = frozenset({("notice", "cause"), ("meta", "value")})
"""Columns whose readers take whatever is in them, or look at it themselves."""

WITHOUT_ROWID = frozenset({"seat"})

WITHIN = f"BETWEEN -{LARGEST} AND {LARGEST}"
TYPES = {
    "TEXT": ("""typeof("{0}") = 'text'""", "not text"),
    "BLOB": ("""typeof("{0}") = 'blob'""", "not bytes"),
    "INTEGER": (f"""typeof("{{0}}") = 'integer' AND "{{0}}" {WITHIN}""", f"not a whole number up to {LARGEST}"),
    "MOMENT": (f"""typeof("{{0}}") = 'integer' AND "{{0}}" BETWEEN 0 AND {LATEST}""", "no moment"),
    "REAL": (f"""typeof("{{0}}") IN ('integer', 'real') AND "{{0}}" {WITHIN}""", f"not a number up to {LARGEST}"),
}
"""When a value is of its column's type, by the type's name, and what one is that is not."""


def inspect(path: Path, kinds: Sequence[Kind], vendors: Sequence[str]) -> None:
    """Raise DataError, naming the first thing that is wrong, unless what is in a file is a world of these vendors."""
    refuse(path, lambda conn: chain(wrong_numbers(conn), wrong_rows(conn, kinds), strangers(conn, vendors)))


def refuse(path: Path, look: Callable[[sqlite3.Connection], Iterator[str]]) -> None:
    """Raise DataError with the first problem that is seen in a file."""
    with untrusted(path, allowance(path)) as conn:
        problem = next(look(conn), None)
    if problem:
        raise DataError(f"{path.name} cannot be a world: {problem}.")


def said_of_itself(path: Path) -> Record:
    """Return what a file says of itself, read from a table that is a world's; DataError when it is none, or what it says is wrong."""
    with untrusted(path, schema.SCHEMA_S, schema.SCHEMA_STEPS) as conn:
        for table in ("meta", "sqlite_sequence"):
            if not schema.has_table(conn, table):
                raise DataError(f"{path.name} is no world's file: its table {table} is not a world's.")
        problem = next(wrong_numbers(conn), None)
        meta: Record = dict(conn.execute("SELECT name, value FROM meta").fetchall())
    if problem:
        raise DataError(f"{path.name} cannot be a world: {problem}.")
    return meta


def damage(conn: sqlite3.Connection) -> Iterator[str]:
    """Yield damage of the file itself, and rows that refer to none."""
    result = conn.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if result != "ok":
        yield f"the file is damaged ({result})"
    for table, rowid, parent, _ in conn.execute("PRAGMA foreign_key_check").fetchmany(1):
        yield f"row {rowid} of {table} refers to no {parent}"


def wrong_numbers(conn: sqlite3.Connection) -> Iterator[str]:
    """Yield what the file should say of itself and does not."""
    meta = dict(conn.execute("SELECT name, value FROM meta").fetchall())
    yield from (f"its meta has no whole number as {name}" for name in NUMBERS if not isinstance(meta.get(name), int))
    yield from wrong_times(meta)
    if not 0 <= meta["drawn"] <= LARGEST:
        yield f"its meta has no number from 0 to {LARGEST} as drawn"
    if not -wall_ms() <= meta["clock_offset"] <= LATEST:
        yield "its clock_offset leads out of the years 1970 to 9999"
    for name, last in conn.execute("SELECT name, seq FROM sqlite_sequence"):
        if not isinstance(last, int) or not 0 <= last <= LARGEST:
            yield f"its last id of {schema.cut(name)} is no number up to {LARGEST}"


def wrong_times(meta: Mapping[str, object]) -> Iterator[str]:
    """Yield the times that a file says of itself and that are none."""
    for name in MOMENTS_SAID:
        value = meta.get(name)
        if not isinstance(value, int | None):
            yield f"its meta has no whole number as {name}"
        elif not 0 <= (value or 0) <= LATEST:
            yield f"its meta has no moment as {name}"
    if not isinstance(meta.get("origin_seed"), int | None):
        yield "its meta has no whole number as origin_seed"


def wrong_rows(conn: sqlite3.Connection, kinds: Sequence[Kind]) -> Iterator[str]:
    """Yield the first row of each table that has a value of another type than its column's, out of range, or unreadable."""
    json = JSON | {kind.table: {"data"} for kind in kinds}
    for table in schema.table_names(kinds):
        try:
            yield from wrong_values(conn, table, json.get(table, set()))
        except (sqlite3.OperationalError, UnicodeDecodeError) as error:
            if getattr(error, "sqlite_errorcode", None) is not None:  # SQLite's own, such as the time limit
                raise
            yield f"a text in {table} is not UTF-8"


def wrong_values(conn: sqlite3.Connection, table: str, json: set[str]) -> Iterator[str]:
    """Yield the first thing that is wrong with the rows of a table, those of `json` read as such; every text is decoded on the way."""
    columns = {row[1]: row[2] for row in conn.execute(f'PRAGMA table_info("{table}")')}
    columns |= dict.fromkeys(MOMENTS.get(table, ()), "MOMENT")
    texts = [name for name, type in columns.items() if type == "TEXT" and (table, name) not in ANYTHING]
    for number, wrong, *values in conn.execute(select(table, columns, texts)):
        if wrong:
            yield f"{wrong} in row {number} of {table} is {TYPES[columns.get(wrong, 'INTEGER')][1]}"
            return
        for name, value in zip(texts, values, strict=True):
            if name in json and not is_json(value, name == "data"):
                yield f"{name} in row {number} of {table} is not JSON" + (", or no object" if name == "data" else "")
                return


def select(table: str, columns: Mapping[str, str], texts: Sequence[str]) -> str:
    """Write a SELECT of each row's number, the name of its first column with a value of another type, and its texts."""
    tests = [
        f"""WHEN "{name}" IS NOT NULL AND NOT ({TYPES[type][0].format(name)}) THEN '{name}'"""
        for name, type in columns.items()
        if (table, name) not in ANYTHING
    ]
    number = "NULL" if table in WITHOUT_ROWID else "rowid"
    tests.append(f"WHEN NOT (coalesce({number}, 0) {WITHIN}) THEN 'rowid'")
    named = "".join(f', "{name}"' for name in texts)
    return f'SELECT {number}, CASE {" ".join(tests)} END{named} FROM "{table}"'


def is_json(text: str | None, record: bool) -> bool:
    """Tell whether a text is JSON that is read without trouble, and an object if it is a record; nothing is fine too."""
    try:
        value = {} if text is None else orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return isinstance(value, dict) or not record


def strangers(conn: sqlite3.Connection, vendors: Sequence[str]) -> Iterator[str]:
    """Yield the vendors that something in it belongs to, and that this server does not have."""
    for table in WITH_VENDOR:
        for (name,) in conn.execute(f"SELECT DISTINCT vendor FROM {table}"):
            if name not in vendors and name != CORE:
                yield f"its table {table} is of a vendor {name!r}; this server has {', '.join(vendors)}"
