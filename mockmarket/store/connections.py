"""The open connections to database files: idle ones are kept by file, at most so many over all files of the process."""

import resource
import sqlite3
from contextlib import suppress
from itertools import count
from os.path import exists
from pathlib import Path
from weakref import ref

from mockmarket.store.files import Stamp, Synchronous, connect

MOST_IDLE = 256
"""Most idle connections. Each holds open files, and in memory its schema, 0.3 MB, and the pages that it read last. A request of a world
that has none takes five times as long as another, since a new connection reads the schema."""
FILES = 3
"""Open files of a connection: the database, its log, and the log's index."""
_RETURNS = count(1)
_POOLS: "dict[int, ref[ConnectionPool]]" = {}


class ConnectionPool:
    """The connections to one file, which was copied from `origin`; `idle` are open already. Opening one reads the file's whole
    schema, which takes longer than most transactions. Takes no lock: the garbage collector may return a connection in any
    thread, whatever locks that thread holds. Only one thread at a time may take a connection."""

    is_copied = is_copying = False
    """Whether `final` returns other connections, at once or after a wait."""

    def __init__(
        self,
        path: Path,
        synchronous: Synchronous,
        origin: tuple[Path, Stamp] | None = None,
        *idle: sqlite3.Connection,
    ) -> None:
        self.path, self.synchronous = path, synchronous
        self.origin = origin
        self._name = str(path)
        self._idle = [*idle]
        self._opened = len(idle)
        self._closed = self._lost = False
        self._returned = 0
        _POOLS[id(self)] = ref(self)

    def __del__(self) -> None:
        _POOLS.pop(id(self), None)
        self.close()

    def take(self) -> "PooledConnection":
        """Return the idle connection that was used last, or a new connection; DataError when the file was deleted."""
        with suppress(IndexError):
            while True:
                conn = self._idle.pop()
                if exists(self._name):
                    return PooledConnection(conn, self)
                self._end(conn)  # writes to a deleted file are lost
        self._make_room()
        conn = self._open()
        self._opened += 1
        return PooledConnection(conn, self)

    def final(self) -> "ConnectionPool":
        """Return the connections to the file that also write."""
        return self

    def _open(self) -> sqlite3.Connection:
        return connect(self.path, self.synchronous, create=False)

    @staticmethod
    def _make_room() -> None:
        """Close those connections of all files that have been idle longest, until a further connection may become idle."""
        pools = [pool for entry in list(_POOLS.values()) if (pool := entry()) is not None and pool._idle]
        excess = sum(len(pool._idle) for pool in pools) - most_idle() + 1
        if excess > 0:
            for pool in sorted(pools, key=lambda pool: pool._returned)[:excess]:
                with suppress(IndexError):  # used meanwhile
                    pool._end(pool._idle.pop(0))

    def _end(self, conn: sqlite3.Connection) -> None:
        self._lost = True
        conn.close()

    @property
    def in_use(self) -> bool:
        """Whether a thread or a view has one of the connections."""
        return not self._lost and len(self._idle) < self._opened

    def withdraw(self) -> list[sqlite3.Connection] | None:
        """Take over every connection that was ever opened; None when a connection is in use, or was closed: then the log may have been
        ended."""
        idle, self._idle = self._idle, []
        if self._lost or len(idle) < self._opened:
            self._idle.extend(idle)
            return None
        self._lost = True
        return idle

    def give_back(self, conn: sqlite3.Connection) -> None:
        """Return a connection to the pool; it is closed when the pool is closed or a transaction was left open."""
        if conn.in_transaction:  # a transaction was left open
            self._end(conn)
            return
        self._returned = next(_RETURNS)
        self._idle.append(conn)
        if self._closed:
            self.close()

    def close(self) -> None:
        """Close every idle connection now, and every other when it is given back. Closing a connection under a thread
        that is reading crashes the process."""
        self._closed = True
        with suppress(IndexError):
            while True:
                self._end(self._idle.pop())


def most_idle() -> int:
    """Return the most idle connections: MOST_IDLE, or as many as keep a fourth of the files open that the process may have."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_IDLE if soft == resource.RLIM_INFINITY else min(MOST_IDLE, max(1, soft // (4 * FILES)))


class PooledConnection:
    """A connection that a thread uses for as long as the thread, or a view, refers to this object. It is closed
    explicitly: an unreferenced connection stays open until the next full collection, since its statement cache refers
    back to it, and an open connection keeps the disk space of a deleted file."""

    __slots__ = ("__weakref__", "conn", "pool")

    def __init__(self, conn: sqlite3.Connection, pool: ConnectionPool) -> None:
        self.conn, self.pool = conn, pool

    def __del__(self) -> None:
        self.pool.give_back(self.conn)
