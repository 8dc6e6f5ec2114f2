"""Ready copies of database files: new ones, made in advance, and files of worlds that have ended, restored. Each has a connection open."""

import logging
import os
import sqlite3
import threading
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable
from itertools import count
from pathlib import Path
from queue import SimpleQueue

from mockmarket.clock import monotonic
from mockmarket.store.connections import ConnectionPool
from mockmarket.store.copying import SourcePool
from mockmarket.store.files import (
    DataError,
    Stamp,
    Synchronous,
    begin_log,
    check_world,
    copy_file,
    leave_log,
    log_of,
    remove,
    stamp,
)

MOST = 4  # most sources with spares: those used last
MOST_READY = 2  # most spares of one source
IN_USE_TRIES, IN_USE_S = 10, 0.002
"""How often, and how long each time, the thread waits for a view of an ended world that a reader still has."""
LARGEST = 64_000_000
"""Largest file, in bytes, that gets a spare: a larger file would take much disk space, so it is restored in its place."""
RENEWED_AFTER_S = 0.003
"""How long the file of an ended world waits for the next copy, which then restores it itself: the thread competes with the request that has
ended the world, and with those that follow at once."""
PATIENCE_S = 0.02
"""How long a caller waits for a spare that is being made, before it makes a copy itself."""
LOG_HEADER, FRAME_HEADER = 32, 24
"""Lengths within a write-ahead log (SQLite, "Database File Format", 4.1)."""
log = logging.getLogger("mockmarket")


class PlainFiles:
    """Copies, opens and deletes files when that is needed."""

    def copy(self, source: Path, target: Path) -> None:
        """Copy a file that no process writes to a path that does not exist yet, for `open`; OSError when it fails."""
        copy_file(source, target)

    def open(self, path: Path, synchronous: Synchronous) -> ConnectionPool:
        """Return the connections to a file, or to the copy that was made for its path."""
        return ConnectionPool(path, synchronous)

    def restore(self, pool: ConnectionPool, source: Path) -> ConnectionPool | None:
        """Make a file a copy of `source` again, where that takes far less than to copy; returns the connections to it, or None."""
        return None

    def discard(self, pool: ConnectionPool) -> None:
        """Close the connections to a file and delete it."""
        pool.close()
        remove(pool.path)


class Spares(PlainFiles):
    """The files of worlds in memory. Once a file was copied twice, spares of it are kept: the files of worlds that have
    ended, in which the next copy, or a thread after RENEWED_AFTER_S, restores the pages that the log names, or new copies. A reset is then
    no copy, and opens no connection. A spare whose source has changed since, by its stamp, is not used. A file in the folder `passing` is
    copied once, so it has none."""

    def __init__(self, folder: Path, passing: Path | None = None) -> None:
        self._folder, self._passing = folder, passing
        self._changed = threading.Condition()
        self._used: OrderedDict[Path, Stamp] = OrderedDict()
        self._copied: dict[Path, ConnectionPool] = {}
        self._ready: defaultdict[Path, list[ConnectionPool]] = defaultdict(list)
        self._ended: defaultdict[Path, list[ConnectionPool]] = defaultdict(list)
        self._coming: Counter[Path] = Counter()
        self._orders: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._numbers = count(1)
        self._closed = False

    def copy(self, source: Path, target: Path) -> None:
        """Copy a file that no process writes to a path that does not exist yet, for `open`; OSError when it fails. A large file is
        copied by a thread meanwhile."""
        now = stamp(source)
        if now is None:
            self._forget(source)
        if now is None or source.parent == self._passing:
            copy_file(source, target)
            return
        pool = self._take(source, now)
        if pool is None and now.size > LARGEST:
            pool = SourcePool(source, target, now)
        elif pool is None:
            copy_file(source, target)
            pool = ConnectionPool(target, "OFF", (source, now))
        with self._changed:
            self._copied[target] = pool
        self._note(source, now)

    def open(self, path: Path, synchronous: Synchronous) -> ConnectionPool:
        """Return the connections to a file, or to the copy that was made for its path, which may be elsewhere."""
        return self._copied.pop(path, None) or super().open(path, synchronous)

    def restore(self, pool: ConnectionPool, source: Path) -> ConnectionPool | None:
        """Make a large file a copy of `source` again; nothing may open a connection to it meanwhile."""
        now = stamp(source)
        return recycle(pool) if now is not None and now.size > LARGEST and pool.origin == (source, now) else None

    def discard(self, pool: ConnectionPool) -> None:
        """Make a spare of a file, else close the connections to it and delete it; a little later, in the thread when it runs."""
        source, _ = pool.origin or (pool.path, None)
        due = monotonic() + RENEWED_AFTER_S
        with self._changed:
            self._ended[source].append(pool)
        if not self._order(source, lambda: self._renew_ended(source, pool, due)) and self._withdraw(source, pool):
            super().discard(pool)

    def ready(self, source: Path) -> bool:
        """Return whether the next copy of a file is prepared."""
        return bool(self._ready.get(source))

    def refill(self, source: Path) -> None:
        """Have a copy prepared of a file that was copied before, unless a copy is ready or on its way."""
        with self._changed:
            made_at = self._used.get(source)
            wanted = (
                made_at is not None
                and made_at.size <= LARGEST
                and not self.ready(source)
                and source not in self._coming
            )
        if made_at is not None and wanted:
            self._order(source, lambda: self._make(source, made_at))

    def close(self) -> None:
        """Stop preparing copies and remove the prepared ones."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._orders.put(None)
            thread = self._thread
        if thread is not None:
            thread.join()
        for source in list(self._ready):
            self._forget(source)

    def _take(self, source: Path, now: Stamp) -> ConnectionPool | None:
        """Return a spare of a file, perhaps after it is made; None without a spare."""
        with self._changed:
            ended = None if self.ready(source) else self._restorable(source, now)
            if ended is None:
                self._changed.wait_for(lambda: self.ready(source) or source not in self._coming, PATIENCE_S)
            spare = self._ready[source].pop() if self.ready(source) else None
        if ended is not None:
            if (renewed := recycle(ended)) is None:
                super().discard(ended)
            return renewed
        if spare is None or spare.origin == (source, now):
            return spare
        super().discard(spare)
        self._forget(source)
        return None

    def _restorable(self, source: Path, now: Stamp) -> ConnectionPool | None:
        """Withdraw the file of an ended world that can be made a copy again at once, or return None."""
        ended = self._ended.get(source, ()) if now.size <= LARGEST else ()
        pool = next((pool for pool in ended if pool.origin == (source, now) and not pool.in_use), None)
        return pool if pool is not None and self._withdraw(source, pool) else None

    def _withdraw(self, source: Path, pool: ConnectionPool) -> bool:
        """Withdraw the file of an ended world; returns whether it had not been withdrawn before."""
        with self._changed:
            if pool not in self._ended.get(source, ()):
                return False
            self._ended[source].remove(pool)
            if not self._ended[source]:
                del self._ended[source]
            return True

    def _note(self, source: Path, now: Stamp) -> None:
        """Record that a file was copied; from the second copy on there is a thread that makes spares."""
        with self._changed:
            again = self._used.pop(source, None) == now
            self._used[source] = now
            left = self._used.popitem(last=False)[0] if len(self._used) > MOST else None
            if again and self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name="mockmarket-spares", daemon=True)
                self._thread.start()
        if left is not None:
            self._forget(left)

    def _forget(self, source: Path) -> None:
        for pool in self._ready.pop(source, []):
            super().discard(pool)

    def _order(self, source: Path, make: Callable[[], None]) -> bool:
        """Have the thread make a spare; returns whether it runs."""

        def run() -> None:
            try:
                make()
            except (OSError, DataError, sqlite3.Error) as error:  # the next caller copies the file, and reports it
                log.debug("No copy of %s was made ahead: %s", source.name, error)
            with self._changed:
                self._coming -= Counter([source])  # without those of which none comes
                self._changed.notify_all()

        with self._changed:
            if self._thread is None or self._closed:
                return False
            self._coming[source] += 1
            self._orders.put(run)
            return True

    def _run(self) -> None:
        while (make := self._orders.get()) is not None:
            make()

    def _make(self, source: Path, wanted: Stamp) -> None:
        self._folder.mkdir(0o700, parents=True, exist_ok=True)
        path = self._folder / f"spare-{next(self._numbers)}.db"
        copy_file(source, path)
        self._keep(ConnectionPool(path, "OFF", (source, wanted)))

    def _renew_ended(self, source: Path, pool: ConnectionPool, due: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed, max(0.0, due - monotonic()))
        if self._withdraw(source, pool):
            self._renew(pool)

    def _renew(self, pool: ConnectionPool) -> None:
        """Make a spare of the file of a world that has ended, if there is room for it and its log has all changes."""
        with self._changed:
            for _ in range(IN_USE_TRIES):
                if pool.in_use:
                    self._changed.wait(IN_USE_S)
        renewed = recycle(pool) if self._has_room(pool) else None
        if renewed is None:
            super().discard(pool)
        else:
            self._keep(renewed)

    def _has_room(self, pool: ConnectionPool) -> bool:
        """Return whether a file is one of those used last, as it is now, small enough, and lacks spares."""
        source, made_at = pool.origin or (pool.path, None)
        room = len(self._ready.get(source, ())) < MOST_READY and not self._closed
        return (
            made_at is not None
            and made_at.size <= LARGEST
            and self._used.get(source) == made_at == stamp(source)
            and room
        )

    def _keep(self, pool: ConnectionPool) -> None:
        """Keep a prepared copy, its schema read, unless that is pointless by now."""
        try:
            check_world(pool.take().conn, pool.path.name)
        except BaseException:
            super().discard(pool)
            raise
        with self._changed:
            good = self._has_room(pool) and pool.origin is not None
            if good and pool.origin is not None:
                self._ready[pool.origin[0]].append(pool)
        if not good:
            super().discard(pool)


def recycle(pool: ConnectionPool) -> ConnectionPool | None:
    """Restore in a file the pages that its log names, and return it as a copy of its origin again. One connection stays open, with its
    statements and the schema, which takes longest to read. None when a connection is in use or the log lacks a change; on an error the
    file is deleted."""
    connections = pool.withdraw()
    if connections is None or pool.origin is None:
        return None
    if not connections:  # none was ever opened
        return ConnectionPool(pool.path, "OFF", pool.origin)
    *others, conn = connections
    try:
        pages = changed_pages(log_of(pool.path))
        for other in others:
            other.close()
        if pages is not None and leave_log(conn):
            restore_pages(pool.origin[0], pool.path, pages)
            begin_log(conn)
            return ConnectionPool(pool.path, "OFF", pool.origin, conn)
    except (OSError, sqlite3.Error):
        remove(pool.path)
    conn.close()
    return None


def changed_pages(log: Path) -> set[int] | None:
    """Return the numbers of the pages in a write-ahead log; None when SQLite has begun it again, so that it lacks earlier ones."""
    frames = log.read_bytes() if log.exists() else b""
    if frames[12:16] not in (b"", bytes(4)):  # its checkpoint sequence number
        return None
    step = FRAME_HEADER + int.from_bytes(frames[8:12], "big")
    return {int.from_bytes(frames[place : place + 4], "big") for place in range(LOG_HEADER, len(frames), step)}


def restore_pages(source: Path, target: Path, pages: set[int]) -> None:
    """Copy pages, by their numbers from 1, between two database files, and the first page too: that a file has a log stands there."""
    with source.open("rb") as origin, target.open("rb+") as file:
        size = int.from_bytes(origin.read(18)[16:], "big")
        size = 65_536 if size == 1 else size  # as the header says it (SQLite, "Database File Format", 1.3.2)
        end = origin.seek(0, os.SEEK_END)
        for place in sorted((page - 1) * size for page in {1, *pages}):
            if place < end:
                origin.seek(place)
                file.seek(place)
                file.write(origin.read(size))
        file.truncate(end)
