"""Inspecting: whether a file from outside is a whole world that this server can go on with. Reads, changes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from mockmarket.clock import LATEST, wall_ms
from mockmarket.store import schema
from mockmarket.store.files import DataError, reading
from mockmarket.store.records import Kind

NUMBERS = ("drawn", "seed", "clock_offset", "start")
"""What a world's file must say of itself in whole numbers."""

MOMENTS_SAID = ("start", "given_start", "origin_start", "clock_frozen_at", "taken_at")
MOMENTS = (
    ("event", "starts_at"), ("event", "ends_at"), ("key", "expires_at"), ("endpoint", "muted_until"),
    ("notice", "at"), ("delivery", "at"), ("delivery", "due"), ("attempt", "at"),
    ("attempt", "wall_at"), ("timer", "due"),
)  # fmt: skip
"""What a file says of times, and the columns that hold some: epoch ms, or nothing."""

WITH_VENDOR = ("key", "endpoint", "notice", "timer", "claim")
"""The tables whose rows belong to a vendor: they are acted upon by its rules."""

CORE = "core"
"""Whose rows are no vendor's: what is played in a world, what an organiser does."""

JSON = (
    ("setting", "value"), ("venue", "data"), ("event", "data"), ("stock", "data"), ("stock_change", "seats"), ("key", "scopes"),
    ("key", "ip_allowlist"), ("key", "owner"), ("endpoint", "data"), ("endpoint", "types"), ("endpoint", "old_secrets"),
    ("delivery", "resuming"), ("attempt", "request_headers"), ("attempt", "answer_headers"),
)  # fmt: skip


def inspect(path: Path, kinds: Sequence[Kind], vendors: Sequence[str]) -> None:
    """Raise DataError, naming the first thing that is wrong, unless a file is a whole world of these vendors."""
    with reading(path) as conn:
        problem = next(problems(conn, kinds, vendors), None)
    if problem:
        raise DataError(f"{path.name} cannot be a world: {problem}.")


def problems(conn: sqlite3.Connection, kinds: Sequence[Kind], vendors: Sequence[str]) -> Iterator[str]:
    """Yield what is wrong with a world's database, what the rest depends upon first."""
    yield from foreign_parts(conn)
    yield from damage(conn)
    yield from gaps(conn, kinds)
    yield from wrong_numbers(conn)
    yield from wrong_moments(conn)
    yield from strangers(conn, vendors)
    for table, column in (*JSON, *((kind.table, "data") for kind in kinds)):
        yield from unreadable(conn, table, column)


def foreign_parts(conn: sqlite3.Connection) -> Iterator[str]:
    """Yield what is neither a plain table nor an index of columns: views, triggers and the like run SQL of their own when used."""
    sql = "SELECT type, name FROM sqlite_master WHERE type NOT IN ('table', 'index') OR sql LIKE 'CREATE VIRTUAL%' LIMIT 1"
    for type, name in conn.execute(sql):
        yield f"it has a {'virtual table' if type == 'table' else type}, {name}"
    sql = (
        "SELECT m.name FROM sqlite_master m, pragma_index_xinfo(m.name) i WHERE m.type = 'index' AND i.cid = -2 LIMIT 1"
    )
    for (name,) in conn.execute(sql):
        yield f"it has an index of what is no column, {name}"


def damage(conn: sqlite3.Connection) -> Iterator[str]:
    """Yield damage of the file itself, and rows that refer to none."""
    found = conn.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        yield f"the file is damaged ({found})"
    for table, rowid, parent, _ in conn.execute("PRAGMA foreign_key_check").fetchmany(1):
        yield f"row {rowid} of {table} refers to no {parent}"


def gaps(conn: sqlite3.Connection, kinds: Sequence[Kind]) -> Iterator[str]:
    """Yield the tables and columns that every world has and this one does not."""
    for table, columns in schema.expected(kinds).items():
        there = {row[1] for row in conn.execute(f'PRAGMA table_xinfo("{table}")')}
        if not there:
            yield f"it has no table {table}"
        elif columns - there:
            yield f"its table {table} has no {', '.join(sorted(columns - there))}"


def wrong_numbers(conn: sqlite3.Connection) -> Iterator[str]:
    """Yield what the file should say of itself and does not."""
    meta = dict(conn.execute("SELECT name, value FROM meta").fetchall())
    yield from (f"its meta has no whole number as {name}" for name in NUMBERS if not isinstance(meta.get(name), int))
    for name in ("clock_frozen_at", "taken_at", "given_start", "origin_start", "origin_seed"):
        if not isinstance(meta.get(name), int | None):
            yield f"its meta has no whole number as {name}"
    yield from (
        f"its meta has no moment as {name}" for name in MOMENTS_SAID if not 0 <= (meta.get(name) or 0) <= LATEST
    )
    if not 0 <= wall_ms() + meta["clock_offset"] <= LATEST:
        yield "its clock_offset leads out of the years 1970 to 9999"


def wrong_moments(conn: sqlite3.Connection) -> Iterator[str]:
    """Yield the first moment of each kind that is no epoch ms before the year 10000: what is done at it could never be."""
    for table, column in MOMENTS:
        sql = f"SELECT rowid FROM {table} WHERE {column} IS NOT NULL AND (typeof({column}) != 'integer' OR {column} NOT BETWEEN 0 AND ?)"
        for (rowid,) in conn.execute(f"{sql} LIMIT 1", (LATEST,)):
            yield f"{column} in row {rowid} of {table} is no moment"


def strangers(conn: sqlite3.Connection, vendors: Sequence[str]) -> Iterator[str]:
    """Yield the vendors that something in it belongs to, and that this server does not have."""
    for table in WITH_VENDOR:
        for (name,) in conn.execute(f"SELECT DISTINCT vendor FROM {table}"):
            if name not in vendors and name != CORE:
                yield f"its table {table} is of a vendor {name!r}; this server has {', '.join(vendors)}"


def unreadable(conn: sqlite3.Connection, table: str, column: str) -> Iterator[str]:
    """Yield the first row whose JSON is none."""
    sql = f'SELECT rowid FROM "{table}" WHERE "{column}" IS NOT NULL AND NOT json_valid("{column}") LIMIT 1'
    for (rowid,) in conn.execute(sql):
        yield f"{column} in row {rowid} of {table} is not JSON"
