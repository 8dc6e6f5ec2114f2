"""Connections to one database file: each serves one thread at a time, and goes from one to the next."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from os.path import exists
from pathlib import Path

from mockmarket.store.files import Synchronous, connect


class ConnectionPool:
    """The connections to one file. Opening one reads the file's whole schema, which takes longer than most transactions.
    Takes no lock: a connection may come back from the garbage collector, in any thread, whatever that thread holds."""

    def __init__(self, path: Path, synchronous: Synchronous) -> None:
        self.path, self.synchronous = path, synchronous
        self._name = str(path)
        self._idle: list[sqlite3.Connection] = []
        self._closed = False

    def __del__(self) -> None:
        self.close()

    def take(self) -> PooledConnection:
        """Return the connection that was used last among those that nobody uses, or a new one; DataError when the file is gone."""
        with suppress(IndexError):
            while True:
                conn = self._idle.pop()
                if exists(self._name):
                    return PooledConnection(conn, self)
                conn.close()  # what is written to a file without a name is lost
        return PooledConnection(connect(self.path, self.synchronous, create=False), self)

    def give_back(self, conn: sqlite3.Connection) -> None:
        """Keep a connection for the next who takes one; close it when there is to be none."""
        if conn.in_transaction:  # what was begun on it was neither committed nor rolled back
            conn.close()
            return
        self._idle.append(conn)
        if self._closed:
            self.close()

    def close(self) -> None:
        """Close every connection that nobody uses, and from now on each that comes back.
        Closed under a thread that is reading, a connection crashes the process."""
        self._closed = True
        with suppress(IndexError):
            while True:
                self._idle.pop().close()


class PooledConnection:
    """A connection that a thread uses for as long as it, or a view, refers to this.
    Closed explicitly in the end: a connection that is merely let go of stays open until the next full collection, since its cache of
    statements refers back to it; and an open connection keeps the space of a file that was deleted long ago."""

    __slots__ = ("__weakref__", "conn", "pool")

    def __init__(self, conn: sqlite3.Connection, pool: ConnectionPool) -> None:
        self.conn, self.pool = conn, pool

    def __del__(self) -> None:
        self.pool.give_back(self.conn)
