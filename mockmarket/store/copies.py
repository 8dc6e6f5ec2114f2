"""Copies of a whole world as one plain file: written from a world, or imported from any source after a check."""

import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path

from mockmarket.store import ordering, schema
from mockmarket.store.checking import CORE, damage, inspect, refuse, said_of_itself, writing
from mockmarket.store.database import Record, Store, clock_of
from mockmarket.store.files import DataError, Synchronous, copy_database, opened, plain_file, reading, remove, trouble
from mockmarket.store.outbox import FREE_OF_OTHERS
from mockmarket.store.records import Kind

MAGIC = b"SQLite format 3\x00"
HEADER = 100
APPLICATION_ID = slice(68, 72)
"""Position of the application id in a SQLite file's header (SQLite, "Database File Format", 1.2)."""
PARTIAL = ".partial"


def write(store: Store, target: Path, **meta: object) -> None:
    """Write a copy of a world to `target` atomically: a reader finds the previous file or the complete copy. In the
    copy all claims are free, the clock continues from this moment, and `meta` is stored."""
    partial = target.with_name(f".{target.name}{PARTIAL}")
    remove(partial)
    try:
        with writing(target):
            with store.writer:
                moment = store.clock.now()
                store.copy_to(partial)
            finish(partial, {"taken_at": moment, **meta})
        if store.synchronous != "OFF":
            with partial.open("rb+") as file:
                os.fsync(file.fileno())  # before the rename
        partial.replace(target)
    except BaseException:
        remove(partial)
        raise


def finish(path: Path, meta: Mapping[str, object]) -> None:
    """Free every claim in a copy, since no process sends for it, unblock deliveries whose predecessor was deleted, and
    store `meta`. Timers of the core are deleted: a running scenario is not copied."""
    with plain_file(path) as conn:
        conn.execute("BEGIN IMMEDIATE")
        conn.execute(FREE_OF_OTHERS, ("",))
        conn.execute(ordering.BLOCK)  # unblocks deliveries whose predecessor was deleted by hand
        conn.execute("DELETE FROM timer WHERE vendor = ?", (CORE,))
        conn.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta.items())
        conn.execute("COMMIT")


def is_ready(path: Path) -> bool:
    """Return whether worlds can be copied from a checked file: it names itself as their fixture, and leaves `finish` nothing to do."""
    meta = said_of_itself(path)
    if meta["fixture"] != str(path) or meta.get("origin_fixture") is not None:
        return False
    with reading(path) as conn:
        left = conn.execute("SELECT 1 FROM delivery UNION ALL SELECT 1 FROM timer WHERE vendor = ? LIMIT 1", (CORE,))
        return left.fetchone() is None


def import_world(source: Path, target: Path, kinds: Sequence[Kind], vendors: Sequence[str], **meta: object) -> None:
    """Make a checked copy of a world's file, upgraded to this version, with its claims free; DataError says what is
    wrong with it. The source is only read. On an error `target` does not exist."""
    if not _header_of(source).startswith(MAGIC):
        raise DataError(f"{source.name} is not a SQLite file.")
    try:
        with writing(target):
            with closing(opened(target, timeout=10)) as conn:
                copy_database(source, conn)
            schema.lacks(target, kinds)  # each check relies only on what the checks before it have verified
            refuse(target, damage)
            keep_on(target, kinds, vendors, "OFF")
            finish(target, meta)
    except BaseException as error:
        remove(target)
        if isinstance(error, DataError):
            raise DataError(str(error).replace(target.name, source.name)) from error
        if isinstance(error, sqlite3.DatabaseError):
            raise DataError(trouble(source, error)) from error
        raise


def keep_on(path: Path, kinds: Sequence[Kind], vendors: Sequence[str], synchronous: Synchronous) -> None:
    """Upgrade a world's file in place and inspect its rows; DataError, with the file unchanged, when it cannot be a world."""
    schema.prepare(path, kinds, synchronous)
    inspect(path, kinds, vendors)


def _header_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEADER)


def is_ours(path: Path) -> bool:
    """Return whether a file's header has the application id of a world."""
    with suppress(OSError):
        header = _header_of(path)
        return header.startswith(MAGIC) and int.from_bytes(header[APPLICATION_ID], "big") == schema.APPLICATION_ID
    return False


def described(path: Path) -> Record:
    """Return the `meta` values of a copy and the clock that it would start with; DataError when they are missing."""
    meta = said_of_itself(path)
    return meta | {"clock": clock_of(meta)}
