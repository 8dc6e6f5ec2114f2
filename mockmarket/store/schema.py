"""The schema of a world's file: made, recognised, and brought to this version."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from mockmarket.records import Column
from mockmarket.store.comparing import SCHEMA_S, SCHEMA_STEPS, compare
from mockmarket.store.files import DataError, Synchronous, allowance, connect, limit_time, untrusted
from mockmarket.store.records import Kind
from mockmarket.store.tables import META, MIGRATIONS, OLD_SECRETS, ORDERING, ORDERING_INDEXES, TABLES, run_script

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
    if lacking_parts := lacks(path, kinds):
        raise DataError(f"{path.name} cannot be a world: {lacking_parts[0]}.")


def lacks(path: Path, kinds: Sequence[Kind]) -> list[str]:
    """Return what a file has to be given to be a world of this version; changes nothing and reads no row of its tables.

    DataError for what is no world's file, a later version's, or has what no version made.
    """
    with untrusted(path, SCHEMA_S, SCHEMA_STEPS) as conn:
        known = conn.execute("PRAGMA application_id").fetchone()[0]
        version = conn.execute("PRAGMA user_version").fetchone()[0]
        objects = conn.execute("SELECT 1 FROM sqlite_master").fetchone()
        if known != APPLICATION_ID and objects:
            raise DataError(f"{path.name} is not a world: it was not written by mockmarket.")
        if version > VERSION:
            raise DataError(
                f"{path.name} was written by a later mockmarket (schema {version}, this one knows {VERSION})."
            )
        return missing(conn, path, kinds) if objects else ["it is empty"]


def missing(conn: sqlite3.Connection, path: Path, kinds: Sequence[Kind]) -> list[str]:
    """Return what an upgrade has to add to a file's schema; DataError names the first thing in it that is not a world's."""
    encoding = conn.execute("PRAGMA encoding").fetchone()[0]
    if encoding != "UTF-8":
        raise DataError(f"{path.name} cannot be a world: its texts are {encoding}, not UTF-8.")
    comparison = compare(conn, kinds)
    if comparison.problems:
        raise DataError(
            f"{path.name} cannot be a world: {comparison.problems[0]}. If another version of mockmarket wrote it, "
            "make the world anew from its fixture."
        )
    return comparison.missing


def upgrade(path: Path, kinds: Sequence[Kind], synchronous: Synchronous, seed: int = 0) -> None:
    """Give a file, new or compared, every table, column and index of this version."""
    with closing(connect(path, synchronous)) as conn:
        limit_time(conn, allowance(path))
        migrate(conn, kinds, seed)


def lacking(conn: sqlite3.Connection, kinds: Iterable[Kind]) -> list[tuple[Kind, Column]]:
    """Return the declared columns that the file's tables do not have yet."""
    missing = []
    for kind in kinds:
        columns = {row[1] for row in conn.execute(f"PRAGMA table_xinfo({kind.table})")}
        missing += [(kind, column) for column in kind.columns if columns and column.name not in columns]
    return missing


def migrate(conn: sqlite3.Connection, kinds: Sequence[Kind], seed: int) -> None:
    """Apply the migrations that the file lacks, then create or widen the vendors' tables."""
    from sqlite_utils import Database, Migrations  # heavy to import, and needed only here

    steps = Migrations("mockmarket")

    @steps(name="0001 core tables")
    def core(db: Any) -> None:
        run_script(db.conn, TABLES)
        db["meta"].insert_all({"name": name, "value": value} for name, value in (META | {"seed": seed}).items())

    @steps(name="0002 attempts keep their fault and the body that it changed")
    def faults(db: Any) -> None:
        columns = db["attempt"].columns_dict
        for name, type in (("fault", "TEXT"), ("body", "BLOB")):
            if name not in columns:  # a file that is made just now has them
                db.conn.execute(f"ALTER TABLE attempt ADD COLUMN {name} {type}")

    @steps(name="0003 deliveries are ordered by what they are about")
    def order(db: Any) -> None:
        columns = db["delivery"].columns_dict
        for name, type in ORDERING:
            if name not in columns:  # what an earlier version left waiting is in no order
                db.conn.execute(f"ALTER TABLE delivery ADD COLUMN {name} {type}")
        run_script(db.conn, ORDERING_INDEXES)

    @steps(name="0004 endpoints keep every earlier secret that still signs")
    def old_secrets(db: Any) -> None:
        if "old_secret" in db["endpoint"].columns_dict:
            for statement in OLD_SECRETS:
                db.conn.execute(statement)

    @steps(name="0005 endpoints have basic authentication")
    def basic_auth(db: Any) -> None:
        if "basic_auth" not in db["endpoint"].columns_dict:
            db.conn.execute("ALTER TABLE endpoint ADD COLUMN basic_auth TEXT NOT NULL DEFAULT ''")

    run_script(conn, MIGRATIONS)
    steps.apply(Database(conn))
    for kind, column in lacking(conn, kinds):  # first: SQLite would index the name of a column that is not there yet
        conn.execute(f"ALTER TABLE {kind.table} ADD COLUMN {column.ddl()}")
    for kind in kinds:
        for statement in kind.ddl():
            conn.execute(statement)
    conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    conn.execute(f"PRAGMA user_version = {VERSION}")
