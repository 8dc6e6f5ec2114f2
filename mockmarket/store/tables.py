"""The core's tables in a world's database, as CREATE statements."""

import sqlite3
from pathlib import Path

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


def run_script(conn: sqlite3.Connection, script: str) -> None:
    """Run statements one by one within the open transaction (`executescript` would commit it first)."""
    for statement in script.split(";\n"):
        if statement.strip():
            conn.execute(statement)
