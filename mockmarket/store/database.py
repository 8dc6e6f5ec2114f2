"""One world's SQLite file: its connections, its single writer, its replacement. Reads and writes only the table `meta`."""

import sqlite3
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Protocol, TypeVar
from weakref import ref

from mockmarket.clock import Clock, Setting, wall_ms
from mockmarket.errors import DamagedWorld, UnknownWorld
from mockmarket.ids import Ids
from mockmarket.store.connections import PooledConnection
from mockmarket.store.contents import Content, RecordContents, Update
from mockmarket.store.file_pool import PlainFiles
from mockmarket.store.files import DataError, Synchronous, check_world, opened, reading
from mockmarket.store.margins import Deferred, Rows, add_rows
from mockmarket.store.recent import Key, RecentChanges
from mockmarket.store.row_cache import WHOLE, RowCache
from mockmarket.store.writer_lock import WriterLock

Record = dict[str, Any]  # a JSON object, or a row by its columns' names
Settings = Mapping[str, Any]
T = TypeVar("T")
Place = tuple[int, Setting | None]  # the number of drawn ids, and the clock's setting
FILLING_CACHE_KIB = 256_000
PROBE = 262_144
"""Bytes: more than a request writes, since a small write still fits on a full disk."""
PAGE = 4096
"""Bytes of a page of a file, SQLite's own default."""
KEEP_CLOCK = """UPDATE meta SET value = CASE name WHEN 'clock_offset' THEN ? WHEN 'clock_frozen_at' THEN ? END
WHERE name IN ('clock_offset', 'clock_frozen_at', 'taken_at')"""


class Dropped(DataError, UnknownWorld):
    """The world was dropped before it could be used."""


class Lost(Dropped):
    """The world's file was found damaged before it could be used."""

    status, word = DamagedWorld.status, DamagedWorld.word


class Listener(Protocol):
    """A vendor as the store sees it."""

    @property
    def name(self) -> str:
        """The vendor's name in paths and columns."""

    @property
    def title(self) -> str:
        """The vendor's display name."""

    @property
    def world(self) -> Any:
        """The vendor's reactions to changes."""


@dataclass(frozen=True, slots=True)
class StoreHooks:
    """What a store calls: the vendors to notify of a change, a callback after each commit, what copies and opens files, and the most
    bytes that a transaction may let the file have."""

    listeners: Sequence[Listener] = ()
    committed: Callable[[], None] = lambda: None
    files: PlainFiles = field(default_factory=PlainFiles)
    most_bytes: int | None = None


@dataclass(slots=True)
class Read:
    """A read view of one world's database; valid in the thread that requested it."""

    conn: sqlite3.Connection
    store: "Store"
    holder: PooledConnection

    @property
    def now(self) -> int:
        """The world's time in epoch ms."""
        return self.store.clock.now()


@contextmanager
def read_snapshot(read: Read) -> Iterator[None]:
    """Make every statement of a block see the same commit; within a write transaction that is so anyway."""
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
    """One open write transaction: the moment it runs at, its ids, and callbacks to run after the commit or the rollback. `enqueued` has the
    claims of its new deliveries, `dropped` those that are not sent, with the reason, `changed_deliveries` the ids of others that changed;
    `has_due_work` is set when another delivery became due or a timer was set. `changed_records` maps (vendor, kind, id) to what happened
    to the record, `contents` has what it was and became, and `stock_changes` lists the changes of seats, for the journal entry of the
    request that is the cause. `batch` groups its notices: the request's id, or the transaction's without a request. `store.deferred` uses
    `reacting`, `stale` and `refreshed`. `rewritten` has the keys of cached rows that change here, by table, and `rows` what was read of
    them since."""

    now: int = field()
    ids: Ids = field()
    batch: str = field()
    cause: str | None = None
    enqueued: dict[int, Any] = field(default_factory=dict)
    has_due_work: bool = False
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    after_rollback: list[Callable[[], None]] = field(default_factory=list)
    changed_records: dict[Key, str] = field(default_factory=dict)
    contents: RecordContents = field(default_factory=RecordContents)
    settled_contents: Mapping[Key, Content | Update] = field(default_factory=dict)
    stock_changes: list[Record] = field(default_factory=list)
    dropped: list[tuple[Any, str]] = field(default_factory=list)
    changed_deliveries: set[int] = field(default_factory=set)
    notify: bool = True
    keeps_place: bool = False
    reacting: bool = False
    stale: dict[str, Rows] = field(default_factory=dict)
    refreshed: set[str] = field(default_factory=set)
    rewritten: dict[str, set[Hashable]] = field(default_factory=dict)
    rows: RowCache = field(default_factory=RowCache)

    @property
    def listeners(self) -> Sequence[Listener]:
        """The vendors to notify; none while the transaction writes without notifying."""
        return self.store.listeners if self.notify else ()

    @contextmanager
    def without_notifying(self) -> Iterator[None]:
        """Notify no vendor of changes within a block."""
        self.notify = False
        try:
            yield
        finally:
            self.notify = True

    def rewrite(self, table: str, key: Hashable = WHOLE) -> None:
        """Note that this transaction changes a cached row, or any rows of a table whose rows are cached."""
        self.rewritten.setdefault(table, set()).add(key)
        self.rows.forget(table, key)

    def has_rewritten(self, table: str, key: Hashable) -> bool:
        """Return whether this transaction has changed a cached row, or, without a key, any row of a table."""
        keys = self.rewritten.get(table, ())
        return bool(keys) and (key is WHOLE or key in keys or WHOLE in keys)

    @contextmanager
    def within_reaction(self) -> Iterator[None]:
        """Keep the margins at writes of a block: the vendor's reaction returns the new margin."""
        before, self.reacting = self.reacting, True
        try:
            yield
        finally:
            self.reacting = before


NO_HOOKS = StoreHooks()
MOST_MEMO = 1000


class Store:
    """One SQLite file with many readers and one writer at a time. Each commit into a kept file also stores the clock's state,
    so that no stored time is later than the clock after the process is killed. Every write runs under BEGIN IMMEDIATE and one lock
    in the process: a deferred transaction that reads and then writes fails at once under contention, whatever the busy
    timeout (SQLite, "Transactions"). A connection serves one thread at a time."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        seed: int,
        synchronous: Synchronous,
        seeded_secrets: bool = False,
        hooks: StoreHooks = NO_HOOKS,
    ) -> None:
        self.clock, self.synchronous = clock, synchronous
        self.seed, self.seeded_secrets = seed, seeded_secrets
        self.version = 0
        self.minted = False
        self.trouble = ""
        self.rows = RowCache()
        self.listeners = hooks.listeners
        self.settings: Mapping[str, Settings] = {}
        self._hooks = hooks
        self._first_path = path
        self._moves = count(1)
        self._pool = hooks.files.open(path, synchronous)
        self._local = threading.local()
        self.writer = WriterLock()
        self._opening = threading.RLock()
        self._drawn = 0
        self._meta: Record = {}
        self._memo: tuple[int, dict[Any, Any]] = (0, {})
        self._kept: Place = 0, None
        self.deferred = Deferred()
        self.recent: RecentChanges[Key] = RecentChanges()
        self.recent_deliveries: RecentChanges[int] = RecentChanges()
        self.open_tx: Tx | None = None
        self._closed, self._lost = False, ""
        self._dropped = f"The world of {path.stem!r} has been dropped."
        self.reload()

    def _connection(self) -> PooledConnection:
        """Return the connection that this thread already uses, also inside an open transaction, or take one from the pool."""
        if self._pool.is_copied:
            self._own_file()
        current: Callable[[], PooledConnection | None] = getattr(self._local, "current", lambda: None)
        holder = current()
        if holder is None or self._closed or holder.pool is not self._pool:
            with self._opening:  # else a file dropped meanwhile would be created again, empty
                self._check_open()
                holder = self._pool.take()
            self._local.current = ref(holder)
        return holder

    @property
    def is_copying(self) -> bool:
        """Whether a write waits until the world's own file is copied."""
        return self._pool.is_copying

    def _own_file(self) -> None:
        """Continue in the world's own file once it is copied; OSError or DataError when it cannot be."""
        pool = self._pool
        if (own := pool.final()) is not pool:
            with self._opening:
                self._pool = own if self._pool is pool else self._pool
            pool.close()

    def _check_open(self) -> None:
        if self._closed:
            raise Lost(self._lost) if self._lost else Dropped(self._dropped)

    def _check_there(self) -> None:
        """Raise DataError when a kept file was deleted by another process: SQLite would go on writing to the unlinked file."""
        if self.synchronous != "OFF" and not self.path.exists():
            raise DataError(f"{self.path} no longer exists.", self.path)

    @property
    def path(self) -> Path:
        """The file; a world in memory has another after each reset."""
        return self._pool.path

    def read(self) -> Read:
        """Return a read view; each statement sees the last commit."""
        holder = self._connection()
        return Read(holder.conn, self, holder)

    @contextmanager
    def atomic(self, cause: str | None = None) -> Iterator[Tx]:
        """Run a write transaction: committed when the block ends, rolled back when it raises. Blocks do not nest."""
        with self.writer:
            self._own_file()
            holder = self._connection()
            self._check_there()
            conn = holder.conn
            if self._hooks.most_bytes is not None:
                conn.execute(f"PRAGMA max_page_count = {max(1, self._hooks.most_bytes // PAGE)}")
            conn.execute("BEGIN IMMEDIATE")
            ids, batch = Ids(self.seed, self._drawn, self.seeded_secrets), cause or f"#{self.version}"
            tx = self.open_tx = Tx(conn, self, holder, self.clock.now(), ids, batch, cause)
            try:
                yield tx
                is_kept = tx.keeps_place or self.synchronous != "OFF"
                place = self._write_place(conn, tx.ids.drawn) if is_kept else self._kept
                self.deferred.publish(tx.stale, tx.refreshed)
                conn.execute("COMMIT")
            except BaseException:
                self.deferred.margins.clear()  # they tell of rows that are rolled back
                with suppress(sqlite3.Error):  # the error being raised is to be reported
                    conn.execute("ROLLBACK")
                for step in tx.after_rollback:
                    step()
                raise
            finally:
                self.open_tx = None
                for table, keys in tx.rewritten.items():
                    for key in keys:
                        self.rows.forget(table, key)
            self.deferred.settle(tx.stale, tx.refreshed)
            tx.settled_contents = tx.contents.settle(self.deferred.updates)
            self._drawn, self.minted = tx.ids.drawn, self.minted or tx.ids.minted
            self._kept = place
            self.version += 1
            self.recent.add(tx.changed_records)
            self.recent_deliveries.add(tx.changed_deliveries)
        for step in tx.after_commit:
            step()
        self._hooks.committed()

    def refresh(self, read: Read, vendor: str) -> None:
        """Update a vendor's records that are out of date, in the open transaction of a view, else in one of its own. Within a snapshot they
        stay as they were when it began."""
        tx, stale = self.open_tx, self.deferred.stale
        if tx is not None and tx.conn is read.conn:
            if vendor in tx.stale or (vendor in stale and vendor not in tx.refreshed):
                self._refresh(tx, vendor)
        elif vendor in stale and not read.conn.in_transaction:
            with self.atomic() as own:
                self.refresh(own, vendor)

    def refresh_all(self, read: Read) -> None:
        """Update every vendor's records that are out of date."""
        for vendor in {*self.deferred.stale, *getattr(read, "stale", ())}:
            self.refresh(read, vendor)

    def _refresh(self, tx: Tx, vendor: str) -> None:
        rows = {} if vendor in tx.refreshed else dict(self.deferred.stale.get(vendor, {}))
        add_rows(rows, tx.stale.pop(vendor, {}))
        tx.refreshed.add(vendor)
        update = next(listener.world.refresh for listener in self.listeners if listener.name == vendor)
        # the request that changed the seats has the updated ones in its effects already
        changed, contents = tx.changed_records, tx.contents
        tx.changed_records, tx.contents = {}, RecordContents(most=None)
        try:
            with tx.within_reaction():
                for id, moment in rows.items():
                    update(tx, id, moment)
        finally:
            contents.note_update(tx.contents)
            tx.changed_records, tx.contents = changed, contents

    def _write_place(self, conn: sqlite3.Connection, drawn: int) -> Place:
        """Store the number of drawn ids and the clock's setting where the file has others; returns both."""
        setting = self.clock.setting
        if drawn != self._kept[0]:
            conn.execute("UPDATE meta SET value = ? WHERE name = 'drawn'", (drawn,))
        if setting != self._kept[1]:
            conn.execute(KEEP_CLOCK, (setting.offset, setting.frozen_at))
        return drawn, setting

    def memo(self, read: Read) -> dict[Any, Any]:
        """Return where to keep what follows from the rows alone: empty for each version of the store, and within a transaction."""
        if read.conn.in_transaction:
            return {}
        version, values = self._memo
        if version != self.version or len(values) > MOST_MEMO:
            values = {}
            self._memo = self.version, values
        return values

    def meta(self) -> Record:
        """Return the file's `meta` values, such as its seed and fixture, from memory."""
        return {**self._meta, "drawn": self._drawn}

    def put_meta(self, **values: object) -> None:
        """Store `meta` values."""
        with self.atomic() as tx:
            tx.keeps_place = True
            tx.conn.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())
        self._meta = {**self._meta, **values}

    def use_settings(self, values: Mapping[str, Settings]) -> None:
        """Replace the settings of the core and of each vendor."""
        self.settings = values
        self.deferred.margins.clear()
        self.version += 1

    def cached(self, read: Read, table: str, key: Hashable, load: Callable[[], T]) -> T:
        """Return what `load` reads from a row of a table that changes seldom, or from all its rows (WHOLE), kept until a transaction has
        changed them."""
        tx = self.open_tx
        rows = tx.rows if tx is not None and tx.conn is read.conn and tx.has_rewritten(table, key) else self.rows
        return rows.get(table, key, load)

    def forget(self) -> None:
        """Forget all rows that are kept in memory, and all answers."""
        self.rows.clear()
        self.deferred.clear()
        self.version += 1

    def reload(self) -> None:
        """Read the clock and the number of drawn ids from the file, as after a restore."""
        self.forget()
        holder = self._connection()
        meta = self._meta = dict(holder.conn.execute("SELECT name, value FROM meta").fetchall())
        self._drawn = int(meta["drawn"])
        self.seed = int(meta["seed"])
        self.clock.reset(clock_of(meta))
        self._kept = self._drawn, self.clock.setting if meta.get("taken_at") is None else None
        self.version += 1

    def note_trouble(self, message: str) -> None:
        """Note why a write was refused, until `try_to_write` succeeds."""
        self.trouble = message

    def try_to_write(self) -> None:
        """Clear `trouble`, why a write was refused, if no other write is open and `PROBE` bytes can be written; they are rolled back."""
        if not self.writer.is_free():
            return
        with self.writer, suppress(OSError, DataError, sqlite3.Error):
            self._own_file()
            with closing(opened(self.path, timeout=0, create=False)) as conn:
                conn.execute("PRAGMA cache_size = 1")  # so that pages reach the log within the transaction
                conn.execute("BEGIN IMMEDIATE")
                conn.execute("INSERT INTO meta VALUES ('probe', zeroblob(?))", (PROBE,))
                conn.execute("ROLLBACK")
            self.trouble = ""

    def keep_clock(self) -> None:
        """Store the clock's state, as every transaction does, so that a restart continues from it."""
        with self.atomic():
            pass

    def replace_with(self, source: Path) -> None:
        """Replace the content with that of another world's file atomically: on an error nothing changes. A kept world
        stays in its file, overwritten in one transaction. A world in memory moves to a copy of the source, which takes
        far less time; views of the old file stay readable."""
        with self.writer:
            self._check_open()  # a dropped world must leave no file
            if self.synchronous == "OFF":
                self._move_to(source)
            else:
                holder = self._connection()
                with reading(source) as origin:
                    check_world(origin, source.name)
                    origin.backup(holder.conn, pages=-1)
            self.reload()

    def _move_to(self, source: Path) -> None:
        files = self._hooks.files
        with self._opening:
            if (restored := files.restore(self._pool, source)) is not None:
                self._pool = restored
                return
        new = self._first_path.with_name(f"{self._first_path.stem}@{next(self._moves)}.db")
        files.copy(source, new)
        pool = files.open(new, self.synchronous)
        try:
            check_world(pool.take().conn, source.name)
        except BaseException as error:
            files.discard(pool)
            if isinstance(error, DataError):
                raise DataError(str(error).replace(pool.path.name, source.name)) from error
            raise
        with self._opening:
            left, self._pool = self._pool, pool
        files.discard(left)

    def copy_to(self, target: Path) -> None:
        """Write a consistent copy of the database to a new, plain file, which any tool opens without creating a log beside it."""
        with self.writer, closing(opened(target, timeout=10)) as out:
            self.refresh_all(self.read())
            holder = self._connection()
            out.execute("PRAGMA synchronous = OFF")  # an unfinished copy is thrown away
            holder.conn.backup(out)
            self._write_place(out, self._drawn)
            out.execute("PRAGMA journal_mode = DELETE")

    def checkpoint(self) -> None:
        """Move the whole log into the database file, so that it can be copied as a file."""
        self.refresh_all(self.read())
        with self.atomic() as tx:
            tx.keeps_place = True
        holder = self._connection()
        holder.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def bulk_load(self) -> None:
        """Prepare for one huge transaction into a new file: no log beside it and a larger page cache. New pages are not
        kept for a rollback, so the journal stays small, where a log would outgrow the file."""
        holder = self._connection()
        holder.conn.execute("PRAGMA journal_mode = DELETE")
        holder.conn.execute(f"PRAGMA cache_size = -{FILLING_CACHE_KIB}")

    def close(self, lost: str = "") -> None:
        """Refuse every later use; open reads finish. `lost` is the message for a world whose file is damaged."""
        with self.writer, self._opening:
            self._closed, self._lost = True, lost
            self._pool.close()

    def delete(self, reason: str = "") -> None:
        """Refuse every later use, with the reason if there is another than that the world was dropped, and delete the file; open reads
        finish."""
        with self.writer, self._opening:
            self._closed, self._dropped = True, reason or self._dropped
        self._hooks.files.discard(self._pool)


def clock_of(meta: Record) -> Setting:
    """Return the clock setting stored in a file; the clock of a copy starts at the moment at which the copy was taken."""
    frozen_at, taken_at = meta.get("clock_frozen_at"), meta.get("taken_at")
    if frozen_at is not None:
        return Setting(frozen_at=int(frozen_at))
    return Setting(int(meta["clock_offset"]) if taken_at is None else int(taken_at) - wall_ms())
