"""The schema of a world's file: made, recognised, and brought to this version."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from mockmarket.store.comparing import SCHEMA_S, SCHEMA_STEPS, column_name, compare
from mockmarket.store.files import DataError, Synchronous, allowance, connect, limit_time, untrusted
from mockmarket.store.records import Kind
from mockmarket.store.tables import ADDED, INDEXES, META, MIGRATIONS, OLD_SECRETS, TABLES, run_script

APPLICATION_ID = 0x4D4B4D54
"""`MKMT` in the file's header, so that a restore can tell a world from any other SQLite file."""

VERSION = 5


def prepare(path: Path, kinds: Sequence[Kind], synchronous: Synchronous, seed: int = 0) -> None:
    """Bring a database file, new or old, to this version's tables; one that is already there is left as it is.

    Raises DataError for a file of another program, of a later version, or with a schema that no version made. Both ways end
    in `sqlite-utils`' record of applied migrations.
    """
    if not path.exists():
        upgrade(path, kinds, synchronous, seed)
    elif lacks(path, kinds):
        upgrade(path, kinds, synchronous, seed)
        check_complete(path, kinds)


def check_complete(path: Path, kinds: Sequence[Kind]) -> None:
    """Raise DataError for a file that is no world of this version, whole as to its schema."""
    if missing := lacks(path, kinds):
        raise DataError(f"{path.name} cannot be a world: {missing[0]}.")


def lacks(path: Path, kinds: Sequence[Kind]) -> list[str]:
    """Return what a file has to be given to be a world of this version; changes nothing and reads no row of its tables.

    DataError for what is no world's file, a later version's, or has what no version made.
    """
    with untrusted(path, SCHEMA_S, SCHEMA_STEPS) as conn:
        application_id, version, encoding = (
            conn.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version", "encoding")
        )
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
        raise DataError(
            f"{path.name} cannot be a world: {problem}. If another version of mockmarket wrote it, "
            "make the world anew from its fixture."
        )
    return [words for words, _ in differences]


def upgrade(path: Path, kinds: Sequence[Kind], synchronous: Synchronous, seed: int = 0) -> None:
    """Give a file, new or compared, every table, column and index of this version."""
    with closing(connect(path, synchronous)) as conn:
        limit_time(conn, allowance(path))
        migrate(conn, kinds, seed)


def migrate(conn: sqlite3.Connection, kinds: Sequence[Kind], seed: int) -> None:
    """Apply the migrations that the file lacks, then create or widen the vendors' tables."""
    from sqlite_utils import Database, Migrations  # heavy to import, and needed only here

    steps = Migrations("mockmarket")

    @steps(name="0001 core tables")
    def core(db: Any) -> None:
        run_script(db.conn, TABLES)
        db["meta"].insert_all({"name": name, "value": value} for name, value in (META | {"seed": seed}).items())

    for name, (table, definitions) in ADDED.items():
        steps(name=name)(adding(table, definitions))
    run_script(conn, MIGRATIONS)
    steps.apply(Database(conn))
    run_script(conn, INDEXES)
    if "old_secret" in columns_of(conn, "endpoint"):
        run_script(conn, OLD_SECRETS)
    for kind in kinds:
        add_columns(conn, kind.table, [column.ddl() for column in kind.columns])  # before their indexes
        for statement in kind.ddl():
            conn.execute(statement)
    conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    conn.execute(f"PRAGMA user_version = {VERSION}")


def adding(table: str, definitions: Sequence[str]) -> Callable[[Any], None]:
    """Return the migration that adds columns to a core table; a file that is made just now has them."""

    def migration(db: Any) -> None:
        add_columns(db.conn, table, definitions)

    return migration


def add_columns(conn: sqlite3.Connection, table: str, definitions: Sequence[str]) -> None:
    """Add the columns that a table lacks, if there is such a table yet."""
    present = columns_of(conn, table)
    for definition in definitions:
        if present and column_name(definition) not in present:
            conn.execute(f"ALTER TABLE {table} ADD COLUMN {definition}")


def columns_of(conn: sqlite3.Connection, table: str) -> set[str]:
    """Return the names of a table's columns, computed ones too; none when there is no such table."""
    return {row[1] for row in conn.execute(f"PRAGMA table_xinfo({table})")}
