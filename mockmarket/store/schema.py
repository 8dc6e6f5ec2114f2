"""The schema of a world's file: created, compared with this version's object by object, and upgraded.

A file's SQL (a view, a trigger, a CHECK, a default, a generated column, an index of an expression) runs when its table
is used. So no row of a file of unknown origin is read before its schema has been compared with ours."""

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from mockmarket.frozen import dataclass
from mockmarket.store.files import DataError, Synchronous, allowance, connect, limit_time, untrusted
from mockmarket.store.records import Kind

APPLICATION_ID = 0x4D4B4D54
"""`MKMT` in the file's header: tells a world from other SQLite files."""
Identity = tuple[str, str]  # an object of a schema: its type (`table`, `index`) and its name
FIRST = 5
TABLES = Path(__file__).with_name("tables.sql")
"""The statements that create the core's tables as they were in version FIRST, the oldest that is opened. They never change."""
STEPS: Mapping[str, str] = {
    "0006 client certificates of endpoints": "ALTER TABLE endpoint ADD COLUMN client_cert TEXT NOT NULL DEFAULT '';\n",
    "0007 ids that no table counts": Path(__file__).with_name("step_0007.sql").read_text("utf-8"),
}
"""Every later change of the core's tables, in order: `"0006 what it does"` and its SQL, statements that end in `;` and a new line. A
new file gets them too, so that it equals an upgraded file. Tables of records need no step: they are made anew from their rows."""

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
OF_RECORD = r"GENERATED ALWAYS AS \(json_extract\(data, '\$[\w.]*'\)\) VIRTUAL"
COLUMN = re.compile(rf'id TEXT PRIMARY KEY|data TEXT NOT NULL|"\w+" (TEXT|INTEGER|REAL)( {OF_RECORD})?')
INDEX = re.compile(r'CREATE INDEX (\w+) ON (\w+) \("\w+"(?:, "\w+")*\)')
"""What any version makes tables of records and their indexes of; nothing else of a file's own SQL runs when such a table is read."""
SCHEMA_S = 10.0  # seconds that reading the schema of an untrusted file may take
SCHEMA_STEPS = 20_000
"""Most steps of SQLite's virtual machine for reading a schema; a world's takes some 3,000. Bounds the memory that a schema takes."""
LONGEST_SHOWN = 100
ANEW = "If another version of mockmarket wrote it, make the world anew from its fixture."


def version() -> int:
    """Return the number of this version's schema."""
    return FIRST + len(STEPS)


@dataclass(frozen=True, slots=True)
class Known:
    """The schema of a world: each object's table and SQL, and the kind of records in a table."""

    objects: Mapping[Identity, tuple[str, str]]
    kinds: Mapping[str, Kind]


def known_schema(kinds: Sequence[Kind]) -> Known:
    """Return the schema of a world of this version with these kinds of records."""
    return _schema_after((*STEPS.values(),), tuple(kinds))


@lru_cache(maxsize=8)
def _schema_after(steps: tuple[str, ...], kinds: tuple[Kind, ...]) -> Known:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as conn:
        run_script(conn, TABLES.read_text("utf-8") + MIGRATIONS + "".join(steps))
        for statement in (ddl for kind in kinds for ddl in kind.ddl()):
            conn.execute(statement)
        objects = {(type, name): (table, _one_line(sql)) for type, name, table, sql in conn.execute(OBJECTS)}
    return Known(objects, {kind.table: kind for kind in kinds})


def table_names(kinds: Sequence[Kind]) -> list[str]:
    """Return the names of all tables of a world with these kinds, SQLite's own left out."""
    objects = known_schema(kinds).objects
    return [name for type, name in objects if type == "table" and not name.startswith("sqlite_")]


def has_table(conn: sqlite3.Connection, name: str) -> bool:
    """Return whether an open file has one of the core's tables exactly as we create it, and no other object of its name."""
    objects = conn.execute(f"{OBJECTS} WHERE name = ?", (name,)).fetchall()
    expected = known_schema(()).objects["table", name]
    return [(type, name, table, _one_line(sql)) for type, name, table, sql in objects] == [("table", name, *expected)]


def compare(conn: sqlite3.Connection, known: Known) -> Iterator[str]:
    """Yield the name of each table of records that an upgrade makes anew. DataError for an object that no version creates, for one that is
    missing, and for a vendor without a table."""
    seen = set[Identity]()
    for type, name, table, sql in conn.execute(OBJECTS):
        expected, sql = known.objects.get((type, name)), _one_line(sql)
        if (type, name) in seen or (expected is None and not is_of_records(known, type, name, table, sql)):
            raise DataError(f"it has the {cut(type)} {cut(name)}, which no world has")
        seen.add((type, name))
        if expected != (table, sql):
            if not is_of_records(known, type, name, table, sql):
                raise DataError(difference(name, sql, expected[1] if expected else ""))
            yield table
    for type, name in [identity for identity in known.objects if identity not in seen]:
        table = known.objects[type, name][0]
        if table not in known.kinds:
            raise DataError(f"it has no {type} {name}")
        yield table
    served = {kind.vendor for kind in known.kinds.values() if ("table", kind.table) in seen}
    for kind in known.kinds.values():
        if kind.vendor not in served:
            raise DataError(f"it has no records of the vendor {kind.vendor}")


def is_of_records(known: Known, type: str, name: str, table: str, sql: str) -> bool:
    """Return whether an object is a table of known records, or an index of one, as some version creates it."""
    if table not in known.kinds:
        return False
    if type == "index":
        created = INDEX.fullmatch(sql)
        return created is not None and created.groups() == (name, table) and name.startswith(f"{table}_")
    head, parts, tail = definitions(sql)
    same = (type, name, head, tail) == ("table", table, f"CREATE TABLE {name}", "")
    return same and all(map(COLUMN.fullmatch, parts))


def difference(name: str, sql: str, own_sql: str) -> str:
    """Return in which part an object's definition differs from this version's."""
    (head, parts, tail), (own_head, own_parts, own_tail) = definitions(sql), definitions(own_sql)
    if (head, tail) != (own_head, own_tail) or not own_parts:
        return f"its {name} is made otherwise than this version makes it: {cut(sql)}"
    own = {_column_name(part): part for part in own_parts}
    for part in parts:
        if part not in own_parts:
            instead = own.get(_column_name(part))
            return f"its table {name} has {cut(part)}" + (f" where this version has {cut(instead)}" if instead else "")
    lacking = next((part for part in own_parts if part not in parts), None)
    return f"its table {name} has {f'no {_column_name(lacking)}' if lacking else 'its columns in another order'}"


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
    DataError for a file of another program, of a later version, or with a schema that no version creates."""
    if not path.exists() or lacks(path, kinds):
        upgrade(path, kinds, synchronous, seed)


def lacks(path: Path, kinds: Sequence[Kind]) -> bool:
    """Return whether a file must be upgraded to be a world of this version; changes nothing and reads no row of its tables.
    DataError for a file that is not a world's, is a later version's, or has objects that no version creates."""
    with untrusted(path, SCHEMA_S, SCHEMA_STEPS) as conn:
        pragmas = ("application_id", "user_version", "encoding")
        application_id, written, encoding = (conn.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas)
        if conn.execute("SELECT 1 FROM sqlite_master").fetchone() is None:
            return True
        if application_id != APPLICATION_ID:
            raise DataError(f"{path.name} is not a world: it was not written by mockmarket.")
        if not FIRST <= written <= version():
            age, opened = (
                ("a later", f"knows {version()}") if written > version() else ("an earlier", f"opens {FIRST} and later")
            )
            raise DataError(
                f"{path.name} was written by {age} mockmarket (schema {written}, this one {opened}). {ANEW}"
            )
        if encoding != "UTF-8":
            raise DataError(f"{path.name} cannot be a world: its texts are {encoding}, not UTF-8.")
        with explained(path):
            known = _schema_after((*STEPS.values(),)[: written - FIRST], tuple(kinds))
            return bool([*compare(conn, known)]) or written < version()


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise a DataError of a block about a file's schema with the file's name and what to do."""
    try:
        yield
    except DataError as problem:
        raise DataError(f"{path.name} cannot be a world: {problem}. {ANEW}") from None


def upgrade(path: Path, kinds: Sequence[Kind], synchronous: Synchronous, seed: int = 0) -> None:
    """Create the tables of a new file, or upgrade a compared file, in one transaction: the steps that its core's tables lack,
    and each differing table of records anew from its rows. The record of applied steps is that of `sqlite-utils`."""
    from sqlite_utils import Database, Migrations  # heavy to import, and needed only here

    steps = Migrations("mockmarket")

    @steps(name="0001 core tables")
    def core(db: Any) -> None:
        run_script(db.conn, TABLES.read_text("utf-8"))
        db["meta"].insert_all({"name": name, "value": value} for name, value in (META | {"seed": seed}).items())

    for name, script in STEPS.items():
        steps(name=name)(lambda db, script=script: run_script(db.conn, script))
    with closing(connect(path, synchronous)) as conn, explained(path):
        limit_time(conn, allowance(path))
        conn.execute("PRAGMA foreign_keys = OFF")  # a step may make a table anew that others refer to
        conn.execute("BEGIN IMMEDIATE")  # closing the connection rolls it back
        run_script(conn, MIGRATIONS)
        steps.apply(Database(conn))
        for kind in kinds:
            make_table(conn, kind)
        for table in compare(conn, known_schema(kinds)):
            raise DataError(f"its table {table} cannot be made anew")
        conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        conn.execute(f"PRAGMA user_version = {version()}")
        conn.execute("COMMIT")


def make_table(conn: sqlite3.Connection, kind: Kind) -> None:
    """Create the table of a kind of records, anew from the rows of a table that another version made. DataError when the rows lack a value
    of ours, which the records do not tell."""
    table, earlier = kind.table, f"earlier_{kind.table}"
    objects = conn.execute(f"{OBJECTS} WHERE tbl_name = ? AND sql IS NOT NULL", (table,)).fetchall()
    expected = known_schema((kind,)).objects.items() if objects else ()
    if objects and {name: _one_line(sql) for _, name, _, sql in objects} == {
        name: sql for (_, name), (of, sql) in expected if of == table and sql
    }:
        return
    present = {row[1] for row in conn.execute(f"PRAGMA table_xinfo({table})")}
    for name in [name for type, name, *_ in objects if type == "index"]:
        conn.execute(f"DROP INDEX {name}")
    if present:
        conn.execute(f"ALTER TABLE {table} RENAME TO {earlier}")
    for statement in kind.ddl():
        conn.execute(statement)
    if present:
        lacking = [name for name in kind.own if name not in present]
        needed = [column.name for column in kind.columns if column.name in lacking and not column.may_lack]
        if needed and conn.execute(f"SELECT 1 FROM {earlier}").fetchone():
            raise DataError(f"its table {table} has no {needed[0]}")
        own = ", ".join(f'"{name}"' for name in ("rowid", "id", "data", *kind.own) if name not in lacking)
        conn.execute(f"INSERT INTO {table} ({own}) SELECT {own} FROM {earlier}")
        conn.execute(f"DROP TABLE {earlier}")


def run_script(conn: sqlite3.Connection, script: str) -> None:
    """Run statements one by one within the open transaction (`executescript` would commit it first)."""
    for statement in script.split(";\n"):
        if statement.strip():
            conn.execute(statement)
