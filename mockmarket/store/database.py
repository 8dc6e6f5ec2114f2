"""One world's SQLite file: its connections, its one writer at a time, its copies. Knows no table but `meta`."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from mockmarket.clock import Clock, Setting
from mockmarket.ids import Ids

Synchronous = Literal["OFF", "NORMAL", "FULL"]

PAGE_CACHE_KIB = 8_000


class DataError(Exception):
    """The database file cannot be used; the message says why and what to do."""


@dataclass(slots=True)
class Read:
    """A view of one world's database for reading; good for the thread that asked for it."""

    conn: sqlite3.Connection
    store: Store
    now: int


@dataclass(slots=True)
class Tx(Read):
    """One open write transaction: the moment it runs at, its ids, and what to do once it has been committed."""

    ids: Ids
    cause: str | None = None
    after_commit: list[Callable[[], None]] = field(default_factory=list)


class Store:
    """One SQLite file with many readers and one writer at a time.

    Every write runs under BEGIN IMMEDIATE and one lock in the process: a deferred transaction that reads and then writes
    fails at once under contention, whatever the busy timeout (SQLite, "Transactions"). A connection belongs to one thread.
    """

    def __init__(
        self, path: Path, clock: Clock, seed: int, synchronous: Synchronous, seeded_secrets: bool = False
    ) -> None:
        self.path = path
        self.clock = clock
        self.seed = seed
        self.seeded_secrets = seeded_secrets
        self.synchronous = synchronous
        self.version = 0
        self.listeners: Any = ()
        self.settings: Mapping[str, Mapping[str, Any]] = {}
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._writing = threading.RLock()
        self._drawn = 0
        self._closed = False
        self.reload()

    def connection(self) -> sqlite3.Connection:
        """Return this thread's connection, opened at its first use."""
        conn: sqlite3.Connection | None = getattr(self._local, "conn", None)
        if conn is None or self._closed:
            conn = self._local.conn = self._connect()
        return conn

    def _connect(self) -> sqlite3.Connection:
        if self._closed:
            raise DataError(f"The world of {self.path.stem!r} has been dropped.")
        conn = connect(self.path, self.synchronous)
        self._open.append(conn)
        return conn

    def read(self) -> Read:
        """Return a view for reading; each statement sees the last commit."""
        return Read(self.connection(), self, self.clock.now())

    @contextmanager
    def atomic(self, cause: str | None = None) -> Iterator[Tx]:
        """Run a write transaction: committed when the block ends, rolled back when it raises. Blocks do not nest."""
        with self._writing:
            conn = self.connection()
            conn.execute("BEGIN IMMEDIATE")
            tx = Tx(conn, self, self.clock.now(), Ids(self.seed, self._drawn, self.seeded_secrets), cause)
            try:
                yield tx
                self._keep_drawn(tx)
                conn.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # the error on its way out is the one to report
                    conn.execute("ROLLBACK")
                raise
            self._drawn = tx.ids.drawn
            self.version += 1
        for step in tx.after_commit:
            step()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other thread's write transactions waiting for the length of a block."""
        with self._writing:
            yield

    def _keep_drawn(self, tx: Tx) -> None:
        if tx.ids.drawn != self._drawn:
            tx.conn.execute("UPDATE meta SET value = ? WHERE name = 'drawn'", (tx.ids.drawn,))

    def meta(self) -> dict[str, Any]:
        """Return what the file says of itself: seed, clock, the fixture it began as."""
        return dict(self.connection().execute("SELECT name, value FROM meta").fetchall())

    def put_meta(self, **values: Any) -> None:
        """Write what the file says of itself."""
        with self.atomic() as tx:
            tx.conn.executemany(
                "UPDATE meta SET value = ? WHERE name = ?", [(value, name) for name, value in values.items()]
            )

    def reload(self) -> None:
        """Take the clock and the place in the stream of ids from the file, as after a restore."""
        meta = self.meta()
        self._drawn = int(meta["drawn"])
        self.seed = int(meta["seed"])
        frozen_at = meta.get("clock_frozen_at")
        self.clock.reset(Setting(int(meta["clock_offset"]), None if frozen_at is None else int(frozen_at)))
        self.version += 1

    def keep_clock(self) -> None:
        """Write the clock's state, so that a restart or a restored copy goes on from it."""
        setting = self.clock.setting
        self.put_meta(clock_offset=setting.offset, clock_frozen_at=setting.frozen_at)

    def replace_with(self, source: Path) -> None:
        """Take over the content of another database file, as one step: either all of it or, on an error, nothing."""
        with self._writing:
            copy_database(source, self.connection())
            self.reload()

    def copy_to(self, target: Path) -> None:
        """Write a copy of the whole database, consistent at one moment, to a file that does not exist yet."""
        out = sqlite3.connect(target)
        try:
            self.connection().backup(out)
        finally:
            out.close()

    def close(self) -> None:
        """Close every thread's connection; a later use of this store is refused."""
        with self._writing:
            self._closed = True
            while self._open:
                self._open.pop().close()


def connect(path: Path, synchronous: Synchronous = "NORMAL") -> sqlite3.Connection:
    """Open a database for one thread: write-ahead log, 10 s of patience with other writers, foreign keys held.

    The connection may be closed from another thread (when its world is dropped) and is never used by two.
    """
    conn = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10, cached_statements=512)
    try:
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute(f"PRAGMA synchronous = {synchronous}")
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute(f"PRAGMA cache_size = -{PAGE_CACHE_KIB}")
    except sqlite3.DatabaseError as error:
        conn.close()
        raise DataError(f"{path.name} cannot be opened as a SQLite database: {error}.") from error
    return conn


def copy_database(source: Path, target: sqlite3.Connection) -> None:
    """Copy a whole database file over an open one with SQLite's backup, in one step (-1: all pages at once)."""
    origin = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
    try:
        origin.backup(target, pages=-1)
    finally:
        origin.close()
