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
from mockmarket.errors import UnknownWorld
from mockmarket.ids import Ids

Synchronous = Literal["OFF", "NORMAL", "FULL"]

PAGE_CACHE_KIB = 8_000


class DataError(Exception):
    """The database file cannot be used; the message says why and what to do."""


class Dropped(DataError, UnknownWorld):
    """The world was dropped while somebody was about to use it."""


@dataclass(slots=True)
class Read:
    """A view of one world's database for reading; good for the thread that asked for it."""

    conn: sqlite3.Connection
    store: Store
    now: int


@contextmanager
def steady(read: Read) -> Iterator[None]:
    """Have every statement of a block see the same commit; within a write transaction they do anyway."""
    if read.conn.in_transaction:
        yield
        return
    read.conn.execute("BEGIN")
    try:
        yield
    finally:
        read.conn.execute("COMMIT")


@dataclass(slots=True)
class Tx(Read):
    """One open write transaction: the moment it runs at, its ids, and what to do once it has been committed.

    `stirs` tells that it leaves something to be done: a delivery to send, a timer to fire.
    """

    ids: Ids
    cause: str | None = None
    stirs: bool = False
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
        self.keys_version = 0
        self.keys_known: dict[tuple[str, str], tuple[int, Any]] = {}
        self.listeners: Any = ()
        self.settings: Mapping[str, Mapping[str, Any]] = {}
        self._local = threading.local()
        self._writing = threading.RLock()
        self._opening = threading.RLock()
        self._drawn = 0
        self._closed = False
        self.reload()

    def connection(self) -> sqlite3.Connection:
        """Return this thread's connection, opened at its first use."""
        conn: sqlite3.Connection | None = getattr(self._local, "conn", None)
        return self._connect() if conn is None or self._closed else conn

    def _connect(self) -> sqlite3.Connection:
        with self._opening:  # or a file that is dropped just now would be made anew, and empty
            if self._closed:
                raise Dropped(f"The world of {self.path.stem!r} has been dropped.")
            conn = self._local.conn = connect(self.path, self.synchronous)
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

    def forget_keys(self) -> None:
        """Have every remembered key looked up again."""
        self.keys_version += 1

    def reload(self) -> None:
        """Take the clock and the place in the stream of ids from the file, as after a restore."""
        self.forget_keys()
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
        """Take over the content of another world's file, as one step: either all of it or, on an error, nothing."""
        with self._writing, reading(source) as origin:
            check_world(origin, source.name)
            origin.backup(self.connection(), pages=-1)
            self.reload()

    def copy_to(self, target: Path) -> None:
        """Write a copy of the whole database, consistent at one moment, to a file that does not exist yet."""
        out = sqlite3.connect(target)
        try:
            self.connection().backup(out)
        finally:
            out.close()

    def fold(self) -> None:
        """Bring everything into the one file, with nothing left in the log beside it, so that it can be copied as a file."""
        self.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Refuse every later use, and close this thread's connection; another thread's goes with what it is doing.

        Closed under a thread that is reading, a connection crashes the process.
        """
        with self._writing, self._opening:
            self._closed = True
            conn: sqlite3.Connection | None = getattr(self._local, "conn", None)
            if conn is not None:
                conn.close()


def connect(path: Path, synchronous: Synchronous = "NORMAL") -> sqlite3.Connection:
    """Open a database for one thread: write-ahead log, 10 s of patience with other writers, foreign keys held.

    The connection may be let go of by another thread (when its world is dropped) and is never used by two.
    """
    conn = opened(path, timeout=10)
    try:
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute(f"PRAGMA synchronous = {synchronous}")
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute(f"PRAGMA cache_size = -{PAGE_CACHE_KIB}")
    except sqlite3.DatabaseError as error:
        conn.close()
        raise DataError(f"{path.name} cannot be opened as a SQLite database: {error}.") from error
    return conn


def opened(path: Path, timeout: float) -> sqlite3.Connection:
    """Open a database file, made when it is not there yet; DataError when the file system does not let it."""
    try:
        return sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, timeout=timeout, cached_statements=512
        )
    except sqlite3.OperationalError as error:
        raise DataError(f"{path} cannot be opened: {error}.") from error


def reserve(path: Path) -> sqlite3.Connection | None:
    """Keep other processes from reserving the same file while the returned connection is open; None when one has it already."""
    conn = opened(path, timeout=0)
    try:
        conn.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        conn.close()
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            return None
        raise DataError(f"{path} cannot be written to: {error}.") from error
    return conn


def copy_database(source: Path, target: sqlite3.Connection) -> None:
    """Copy a whole database file over an open one with SQLite's backup, in one step (-1: all pages at once)."""
    with reading(source) as origin:
        origin.backup(target, pages=-1)


@contextmanager
def reading(source: Path) -> Iterator[sqlite3.Connection]:
    """Open a database file that is there already, for reading alone, for the length of a block."""
    origin = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
    try:
        yield origin
    finally:
        origin.close()


def check_world(origin: sqlite3.Connection, name: str) -> None:
    """Raise DataError unless a database says of itself what every world's does."""
    try:
        origin.execute("SELECT value FROM meta WHERE name = 'drawn'").fetchone()
    except sqlite3.DatabaseError as error:
        raise DataError(f"{name} is no world's database: {error}.") from error
