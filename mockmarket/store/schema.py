"""The tables of a world's database: the core's own, and one for each kind of record that the vendors declare."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from mockmarket.records import Column
from mockmarket.store.files import DataError, Synchronous, connect, reading
from mockmarket.store.records import Kind

APPLICATION_ID = 0x4D4B4D54
"""`MKMT` in the file's header, so that a restore can tell a world from any other SQLite file."""

VERSION = 4

TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value);
CREATE TABLE setting (vendor TEXT, name TEXT, value TEXT, PRIMARY KEY (vendor, name));

CREATE TABLE venue (id TEXT PRIMARY KEY, name TEXT NOT NULL, city TEXT, zone TEXT NOT NULL, data TEXT NOT NULL);
CREATE TABLE event (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, venue TEXT NOT NULL REFERENCES venue, starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL, status TEXT NOT NULL CHECK (status IN ('scheduled', 'cancelled')), data TEXT NOT NULL);
CREATE TABLE stock (
  id TEXT PRIMARY KEY, event TEXT NOT NULL REFERENCES event, kind TEXT NOT NULL CHECK (kind IN ('seated', 'general')),
  section TEXT NOT NULL, row TEXT NOT NULL, first_seat INTEGER, total INTEGER NOT NULL, held INTEGER NOT NULL DEFAULT 0,
  sold INTEGER NOT NULL DEFAULT 0, price INTEGER NOT NULL, currency TEXT NOT NULL, split TEXT NOT NULL, data TEXT NOT NULL,
  CHECK (held >= 0 AND sold >= 0 AND held + sold <= total));
CREATE INDEX stock_event ON stock (event);
CREATE TABLE claim (
  id INTEGER PRIMARY KEY AUTOINCREMENT, stock TEXT NOT NULL REFERENCES stock, vendor TEXT NOT NULL, record TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('held', 'sold')), quantity INTEGER NOT NULL CHECK (quantity > 0));
CREATE INDEX claim_record ON claim (vendor, record);
CREATE TABLE seat (
  stock TEXT NOT NULL REFERENCES stock, number INTEGER NOT NULL, claim INTEGER NOT NULL REFERENCES claim,
  PRIMARY KEY (stock, number)) WITHOUT ROWID;
CREATE INDEX seat_claim ON seat (claim);
CREATE TABLE stock_change (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, stock TEXT NOT NULL, what TEXT NOT NULL,
  quantity INTEGER NOT NULL, vendor TEXT NOT NULL, record TEXT NOT NULL, seats TEXT NOT NULL);
CREATE INDEX stock_change_stock ON stock_change (stock);

CREATE TABLE key (
  id TEXT PRIMARY KEY, vendor TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL,
  hash TEXT NOT NULL, hint TEXT NOT NULL, scopes TEXT NOT NULL, ip_allowlist TEXT NOT NULL, callback_url TEXT,
  expires_at INTEGER, last_used_at INTEGER, created_at INTEGER NOT NULL, owner TEXT NOT NULL,
  UNIQUE (hash, vendor));
CREATE TABLE endpoint (
  id TEXT PRIMARY KEY, vendor TEXT NOT NULL, owner TEXT NOT NULL, url TEXT NOT NULL, secret TEXT NOT NULL,
  types TEXT, headers TEXT NOT NULL, active INTEGER NOT NULL, disabled_reason TEXT, failures INTEGER NOT NULL,
  mutes INTEGER NOT NULL, muted_until INTEGER, old_secrets TEXT NOT NULL DEFAULT '[]', created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL, data TEXT NOT NULL);
CREATE INDEX endpoint_vendor ON endpoint (vendor);

CREATE TABLE notice (
  id INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT NOT NULL, vendor TEXT NOT NULL, type TEXT NOT NULL, kind TEXT NOT NULL,
  record TEXT NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL, cause TEXT);
CREATE INDEX notice_record ON notice (vendor, kind, record);
CREATE TABLE delivery (
  id INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT NOT NULL UNIQUE, notice INTEGER NOT NULL REFERENCES notice,
  endpoint TEXT NOT NULL, body BLOB, state TEXT NOT NULL, why TEXT NOT NULL,
  subject TEXT, batch TEXT, untried INTEGER NOT NULL DEFAULT 0, blocked INTEGER NOT NULL DEFAULT 0,
  due INTEGER, attempts INTEGER NOT NULL DEFAULT 0,
  resends INTEGER NOT NULL DEFAULT 0, resuming TEXT, owner TEXT, at INTEGER NOT NULL, settled_at INTEGER, reason TEXT NOT NULL DEFAULT '');
CREATE INDEX delivery_sending ON delivery (endpoint) WHERE state = 'sending';
CREATE INDEX delivery_notice ON delivery (notice);
CREATE INDEX delivery_endpoint ON delivery (endpoint, id);
CREATE TABLE attempt (
  id INTEGER PRIMARY KEY AUTOINCREMENT, delivery INTEGER NOT NULL REFERENCES delivery ON DELETE CASCADE, number INTEGER NOT NULL,
  why TEXT NOT NULL, at INTEGER NOT NULL, wall_at INTEGER NOT NULL, stamp INTEGER NOT NULL, url TEXT NOT NULL,
  request_headers TEXT NOT NULL, status INTEGER, answer_headers TEXT NOT NULL, answer_body BLOB NOT NULL,
  truncated INTEGER NOT NULL, error TEXT, elapsed_ms REAL NOT NULL, verdict TEXT NOT NULL, reason TEXT NOT NULL,
  fault TEXT, body BLOB);
CREATE INDEX attempt_delivery ON attempt (delivery);
CREATE TABLE timer (
  id INTEGER PRIMARY KEY AUTOINCREMENT, vendor TEXT NOT NULL, name TEXT NOT NULL, record TEXT NOT NULL, due INTEGER NOT NULL,
  UNIQUE (vendor, name, record));
CREATE INDEX timer_due ON timer (due, id);
CREATE TABLE repeat (
  id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL, at INTEGER NOT NULL,
  status INTEGER NOT NULL, answer BLOB NOT NULL, UNIQUE (owner, key));
CREATE INDEX repeat_at ON repeat (at);
"""

FLAG = "INTEGER NOT NULL DEFAULT 0"
ORDERING = (("subject", "TEXT"), ("batch", "TEXT"), ("untried", FLAG), ("blocked", FLAG))
"""The columns of a delivery by which first attempts keep their order (`store.ordering`)."""

ORDERING_INDEXES = """
DROP INDEX IF EXISTS delivery_due;
CREATE INDEX delivery_ready ON delivery (endpoint, due, id) WHERE state = 'pending' AND blocked = 0;
CREATE INDEX delivery_subject ON delivery (endpoint, subject, id) WHERE untried = 1;
CREATE INDEX delivery_batch ON delivery (endpoint, batch, id) WHERE untried = 1;
"""

OLD_SECRETS = (
    "ALTER TABLE endpoint ADD COLUMN old_secrets TEXT NOT NULL DEFAULT '[]'",
    "UPDATE endpoint SET old_secrets = json_array(json_array(old_secret, old_secret_until)) WHERE old_secret_until IS NOT NULL",
    "ALTER TABLE endpoint DROP COLUMN old_secret",
    "ALTER TABLE endpoint DROP COLUMN old_secret_until",
)
"""From one earlier secret to a list of them, each with its end."""

META = {
    "drawn": 0,
    "seed": 0,
    "clock_offset": 0,
    "clock_frozen_at": None,
    "fixture": "",
    "start": 0,
    "given_start": None,
}


def prepare(path: Path, kinds: Sequence[Kind], synchronous: Synchronous, seed: int = 0) -> None:
    """Bring a database file, new or old, to this version's tables; one that is already there is left as it is.

    Raises DataError for a file of another program or of a later version. Both ways end in `sqlite-utils`' record of
    applied migrations.
    """
    if path.exists():
        check_ours(path)
    conn = connect(path, synchronous)
    try:
        version = conn.execute("PRAGMA user_version").fetchone()[0]
        tables = {row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if version < VERSION or not {kind.table for kind in kinds} <= tables or lacking(conn, kinds):
            migrate(conn, kinds, seed)
    finally:
        conn.close()


@lru_cache(maxsize=8)
def known_tables(kinds: tuple[Kind, ...]) -> Mapping[str, frozenset[str]]:
    """Return the columns of every table that a world with these kinds has, read off one that is made in memory."""
    conn = sqlite3.connect(":memory:", isolation_level=None)
    try:
        run_script(conn, TABLES)
        for kind in kinds:
            for statement in kind.ddl():
                conn.execute(statement)
        names = [row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: frozenset(row[1] for row in conn.execute(f"PRAGMA table_xinfo({name})"))
            for name in names
            if not name.startswith("sqlite_")
        }
    finally:
        conn.close()


def expected(kinds: Iterable[Kind]) -> Mapping[str, frozenset[str]]:
    """Return the columns of every table that a world with these kinds has."""
    return known_tables(tuple(kinds))


def check_ours(path: Path) -> None:
    """Raise DataError, and change nothing, for a file that has tables and is no world's, or is a later version's."""
    with reading(path) as conn:
        try:
            known = conn.execute("PRAGMA application_id").fetchone()[0]
            version = conn.execute("PRAGMA user_version").fetchone()[0]
            tables = conn.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        except sqlite3.DatabaseError as error:
            raise DataError(f"{path.name} cannot be opened as a SQLite database: {error}.") from error
    if known != APPLICATION_ID and tables:
        raise DataError(f"{path.name} is not a world: it was not written by mockmarket.")
    if version > VERSION:
        raise DataError(f"{path.name} was written by a later mockmarket (schema {version}, this one knows {VERSION}).")


def lacking(conn: sqlite3.Connection, kinds: Iterable[Kind]) -> list[tuple[Kind, Column]]:
    """Return the declared columns that the file's tables do not have yet."""
    missing = []
    for kind in kinds:
        there = {row[1] for row in conn.execute(f"PRAGMA table_xinfo({kind.table})")}
        missing += [(kind, column) for column in kind.columns if there and column.name not in there]
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
        there = db["attempt"].columns_dict
        for name, type in (("fault", "TEXT"), ("body", "BLOB")):
            if name not in there:  # a file that is made just now has them
                db.conn.execute(f"ALTER TABLE attempt ADD COLUMN {name} {type}")

    @steps(name="0003 deliveries are ordered by what they are about")
    def order(db: Any) -> None:
        there = db["delivery"].columns_dict
        for name, type in ORDERING:
            if name not in there:  # what an earlier version left waiting is in no order
                db.conn.execute(f"ALTER TABLE delivery ADD COLUMN {name} {type}")
        run_script(db.conn, ORDERING_INDEXES)

    @steps(name="0004 endpoints keep every earlier secret that still signs")
    def old_secrets(db: Any) -> None:
        if "old_secret" in db["endpoint"].columns_dict:
            for statement in OLD_SECRETS:
                db.conn.execute(statement)

    steps.apply(Database(conn))
    for kind, column in lacking(conn, kinds):  # first: SQLite would index the name of a column that is not there yet
        conn.execute(f"ALTER TABLE {kind.table} ADD COLUMN {column.ddl()}")
    for kind in kinds:
        for statement in kind.ddl():
            conn.execute(statement)
    conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    conn.execute(f"PRAGMA user_version = {VERSION}")


def run_script(conn: sqlite3.Connection, script: str) -> None:
    """Run statements one by one within the open transaction (`executescript` would commit it first)."""
    for statement in script.split(";\n"):
        if statement.strip():
            conn.execute(statement)
