"""The schema of a world's file: created, compared with this version's object by object, and upgraded.

A file's SQL (a view, a trigger, a CHECK, a default, a generated column, an index of an expression) runs when its table
is used. So no row of a file of unknown origin is read before its schema has been compared with ours."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

from mockmarket.frozen import dataclass
from mockmarket.store.files import DataError, Synchronous, allowance, connect, limit_time, untrusted
from mockmarket.store.records import Kind

APPLICATION_ID = 0x4D4B4D54
"""`MKMT` in the file's header: tells a world from other SQLite files."""
VERSION = 5
Identity = tuple[str, str]  # an object of a schema: its type (`table`, `index`) and its name
TABLES = Path(__file__).with_name("tables.sql")
"""The statements that create the core's tables."""
FLAGS = ("untried INTEGER NOT NULL DEFAULT 0", "blocked INTEGER NOT NULL DEFAULT 0")
OLD_SECRETS_COLUMN = "old_secrets TEXT NOT NULL DEFAULT '[]'"
ADDED = {
    "0002 attempts keep their fault and the body that it changed": ("attempt", ("fault TEXT", "body BLOB")),
    "0003 deliveries are ordered by what they are about": ("delivery", ("subject TEXT", "batch TEXT", *FLAGS)),
    "0004 endpoints keep every earlier secret that still signs": ("endpoint", (OLD_SECRETS_COLUMN,)),
    "0005 endpoints have basic authentication": ("endpoint", ("basic_auth TEXT NOT NULL DEFAULT ''",)),
}
"""The migrations: the core table and the columns that each adds. Deliveries left pending by an earlier version have no order."""
INDEXES = """
DROP INDEX IF EXISTS delivery_due;
CREATE INDEX IF NOT EXISTS delivery_ready ON delivery (endpoint, due, id) WHERE state = 'pending' AND blocked = 0;
CREATE INDEX IF NOT EXISTS delivery_subject ON delivery (endpoint, subject, id) WHERE untried = 1;
CREATE INDEX IF NOT EXISTS delivery_batch ON delivery (endpoint, batch, id) WHERE untried = 1;
"""
"""Indexes of added columns, for the order of first attempts (`store.ordering`)."""

OLD_SECRETS = """
BEGIN IMMEDIATE;
UPDATE endpoint SET old_secrets = json_array(json_array(old_secret, old_secret_until)) WHERE old_secret_until IS NOT NULL;
ALTER TABLE endpoint DROP COLUMN old_secret;
ALTER TABLE endpoint DROP COLUMN old_secret_until;
COMMIT;
"""
"""Migration from one old secret to a list of them, each with its end."""

MIGRATIONS = """
CREATE TABLE IF NOT EXISTS "_sqlite_migrations" (
  "id" INTEGER PRIMARY KEY, "migration_set" TEXT, "name" TEXT, "applied_at" TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS "idx__sqlite_migrations_migration_set_name"
  ON "_sqlite_migrations" ("migration_set", "name");
"""
"""The table of applied migrations exactly as `sqlite-utils` creates it, so that every file has the same."""

META = {
    "drawn": 0,
    "seed": 0,
    "clock_offset": 0,
    "clock_frozen_at": None,
    "fixture": "",
    "start": 0,
    "given_start": None,
}
"""The `meta` values of a new world's file."""
OBJECTS = "SELECT type, name, tbl_name, sql FROM sqlite_master"
LATER_COLUMNS = {
    table: frozenset(chain(*(names for of, names in ADDED.values() if of == table))) for table, _ in ADDED.values()
}
"""Columns of core tables that an upgrade adds to an older file; an upgrade adds any column of records."""
LATER_INDEXES = frozenset({"delivery_ready", "delivery_subject", "delivery_batch"})
"""Indexes of core tables that an upgrade adds."""
EARLIER_COLUMNS = {"endpoint": ("old_secret TEXT", "old_secret_until INTEGER")}
"""Columns of core tables in older files that an upgrade drops."""
EARLIER_INDEXES = {"delivery_due": "CREATE INDEX delivery_due ON delivery (due, id) WHERE state = 'pending'"}
"""Indexes of core tables that an upgrade drops."""
SCHEMA_S = 10.0  # seconds that reading the schema of an untrusted file may take
SCHEMA_STEPS = 20_000
"""Most steps of SQLite's virtual machine for reading a schema; a world's takes some 3,000. Bounds the memory that a schema takes."""
LONGEST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Known:
    """The schema of a world: each object's table and SQL, and the columns that an upgrade adds."""

    objects: Mapping[Identity, tuple[str, str]]
    tables: frozenset[str]
    columns: Mapping[str, frozenset[str]]


@lru_cache(maxsize=8)
def known_schema(kinds: tuple[Kind, ...]) -> Known:
    """Return the schema of a world with these kinds of records, read from one created in memory."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as conn:
        run_script(conn, TABLES.read_text("utf-8") + INDEXES + MIGRATIONS)
        for statement in (ddl for kind in kinds for ddl in kind.ddl()):
            conn.execute(statement)
        objects = {(type, name): (table, _one_line(sql)) for type, name, table, sql in conn.execute(OBJECTS)}
    columns = {kind.table: frozenset(_one_line(column.ddl()) for column in kind.columns) for kind in kinds}
    return Known(objects, frozenset(columns), {**LATER_COLUMNS, **columns})


def table_names(kinds: Sequence[Kind]) -> list[str]:
    """Return the names of all tables of a world with these kinds, SQLite's own left out."""
    objects = known_schema(tuple(kinds)).objects
    return [name for type, name in objects if type == "table" and not name.startswith("sqlite_")]


def has_table(conn: sqlite3.Connection, name: str) -> bool:
    """Return whether an open file has one of the core's tables exactly as we create it, and no other object of its name."""
    objects = conn.execute(f"{OBJECTS} WHERE name = ?", (name,)).fetchall()
    expected = known_schema(()).objects["table", name]
    return [(type, name, table, _one_line(sql)) for type, name, table, sql in objects] == [("table", name, *expected)]


def compare(conn: sqlite3.Connection, kinds: Sequence[Kind]) -> Iterator[tuple[str, bool]]:
    """Yield each difference between a file's schema and a world's, with whether an upgrade repairs it, up to the first unknown object."""
    known = known_schema(tuple(kinds))
    seen: set[Identity] = set()
    for type, name, table, sql in conn.execute(OBJECTS):
        if type == "index" and _one_line(sql) == EARLIER_INDEXES.get(name):
            yield f"it has the index {name} of an earlier version", True
            continue
        expected = known.objects.get((type, name))
        if expected is None or (type, name) in seen:
            yield f"it has the {cut(type)} {cut(name)}, which no world has", False
            return
        seen.add((type, name))
        if table != expected[0]:
            yield f"its {type} {name} is of {cut(table)}", False
        elif _one_line(sql) != expected[1]:
            yield from compare_table(known, name, _one_line(sql), expected[1])
    for type, name in [identity for identity in known.objects if identity not in seen]:
        of_records = known.objects[type, name][0] in known.tables  # an upgrade makes those and their indexes
        yield f"it has no {type} {name}", of_records or (type == "index" and name in LATER_INDEXES)


def compare_table(known: Known, name: str, sql: str, own_sql: str) -> Iterator[tuple[str, bool]]:
    """Yield the differences between an object's definition and the world's own."""
    (head, parts, tail), (own_head, own_parts, own_tail) = definitions(sql), definitions(own_sql)
    later = known.columns.get(name, frozenset())
    if (head, tail) != (own_head, own_tail) or not own_parts:
        yield f"its {name} is made otherwise than this version makes it: {cut(sql)}", False
        return
    yield from ((words, False) for words in strange_parts(name, parts, own_parts, later))
    lacking = [part for part in own_parts if part not in parts]
    yield from ((f"its table {name} has no {_column_name(part)}", part in later) for part in lacking)


def strange_parts(name: str, parts: list[str], own_parts: list[str], later: frozenset[str]) -> Iterator[str]:
    """Yield a table's definitions that are not the world's own, are duplicated, or are out of order."""
    own = {_column_name(part): part for part in own_parts}
    for part in parts:
        if part not in own_parts and part not in EARLIER_COLUMNS.get(name, ()):
            instead = own.get(_column_name(part))
            yield f"its table {name} has {cut(part)}" + (f" where this version has {cut(instead)}" if instead else "")
    places = [own_parts.index(part) for part in parts if part in own_parts and part not in later]
    if any(place >= following for place, following in pairwise(places)) or len(set(parts)) < len(parts):
        yield f"its table {name} has its columns in another order"


def _one_line(sql: object) -> str:
    return " ".join(sql.split()) if isinstance(sql, str) else ""


def definitions(sql: str) -> tuple[str, list[str], str]:
    """Split a CREATE TABLE into the text before its parentheses, the definitions inside, and the text after."""
    head, _, rest = sql.partition("(")
    body, _, tail = rest.rpartition(")")
    parts, depth = [""], 0
    for character in body:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return head.strip(), [part.strip() for part in parts if part.strip()], tail.strip()


def _column_name(part: str) -> str:
    return part.split(" ", 1)[0].strip('"')


def cut(text: object) -> str:
    """Return the start of a file's text, for a message."""
    words = str(text)
    return words if len(words) <= LONGEST_SHOWN else f"{words[:LONGEST_SHOWN]}…"


def prepare(path: Path, kinds: Sequence[Kind], synchronous: Synchronous, seed: int = 0) -> None:
    """Create a database file, or upgrade it to this version's tables; a file of this version is left unchanged. Raises
    DataError for a file of another program, of a later version, or with a schema that no version creates. A new and an
    upgraded file have the same record of applied migrations, that of `sqlite-utils`."""
    if not path.exists():
        upgrade(path, kinds, synchronous, seed)
    elif lacks(path, kinds):
        upgrade(path, kinds, synchronous, seed)
        if missing := lacks(path, kinds):
            raise DataError(f"{path.name} cannot be a world: {missing[0]}.")


def lacks(path: Path, kinds: Sequence[Kind]) -> list[str]:
    """Return what a file lacks to be a world of this version; changes nothing and reads no row of its tables. DataError
    for a file that is not a world's, is a later version's, or has objects that no version creates."""
    with untrusted(path, SCHEMA_S, SCHEMA_STEPS) as conn:
        pragmas = ("application_id", "user_version", "encoding")
        application_id, version, encoding = (conn.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas)
        empty = conn.execute("SELECT 1 FROM sqlite_master").fetchone() is None
        if application_id != APPLICATION_ID and not empty:
            raise DataError(f"{path.name} is not a world: it was not written by mockmarket.")
        if version > VERSION:
            later = f"schema {version}, this one knows {VERSION}"
            raise DataError(f"{path.name} was written by a later mockmarket ({later}).")
        if encoding != "UTF-8" and not empty:
            raise DataError(f"{path.name} cannot be a world: its texts are {encoding}, not UTF-8.")
        differences = [("it is empty", True)] if empty else list(compare(conn, kinds))
    if problem := next((words for words, mended in differences if not mended), None):
        advice = "If another version of mockmarket wrote it, make the world anew from its fixture."
        raise DataError(f"{path.name} cannot be a world: {problem}. {advice}")
    return [words for words, _ in differences]


def upgrade(path: Path, kinds: Sequence[Kind], synchronous: Synchronous, seed: int = 0) -> None:
    """Add every table, column and index of this version that a file lacks."""
    from sqlite_utils import Database, Migrations  # heavy to import, and needed only here

    steps = Migrations("mockmarket")

    @steps(name="0001 core tables")
    def core(db: Any) -> None:
        run_script(db.conn, TABLES.read_text("utf-8"))
        db["meta"].insert_all({"name": name, "value": value} for name, value in (META | {"seed": seed}).items())

    for name, (table, definitions) in ADDED.items():
        steps(name=name)(lambda db, table=table, added=definitions: _add_columns(db.conn, table, added))
    with closing(connect(path, synchronous)) as conn:
        limit_time(conn, allowance(path))
        run_script(conn, MIGRATIONS)
        steps.apply(Database(conn))
        run_script(conn, INDEXES)
        if "old_secret" in _columns_of(conn, "endpoint"):
            run_script(conn, OLD_SECRETS)
        for kind in kinds:
            _add_columns(conn, kind.table, [column.ddl() for column in kind.columns])  # before their indexes
            for statement in kind.ddl():
                conn.execute(statement)
        conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        conn.execute(f"PRAGMA user_version = {VERSION}")


def _add_columns(conn: sqlite3.Connection, table: str, definitions: Sequence[str]) -> None:
    present = _columns_of(conn, table)
    for definition in definitions:
        if present and _column_name(definition) not in present:
            conn.execute(f"ALTER TABLE {table} ADD COLUMN {definition}")


def _columns_of(conn: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in conn.execute(f"PRAGMA table_xinfo({table})")}


def run_script(conn: sqlite3.Connection, script: str) -> None:
    """Run statements one by one within the open transaction (`executescript` would commit it first)."""
    for statement in script.split(";\n"):
        if statement.strip():
            conn.execute(statement)
