"""Database files: opened, reserved, copied, removed, and messages for what prevents it. Reads only the table `meta`."""

import errno
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

from mockmarket.clock import monotonic

Synchronous = Literal["OFF", "NORMAL", "FULL"]
PAGE_CACHE_KIB = 2_000
BUSY_S = 10
"""How long a connection waits for another process's lock."""
STEPS_BETWEEN_LOOKS = 1_000
"""Steps of SQLite's virtual machine between two checks of a time limit, mostly a tenth of a millisecond."""
LEAST_S = 10.0
BYTES_A_SECOND = 2_000_000
"""The slowest rate at which reading a file through is allowed to run, in bytes a second; usually it is fifty times as fast."""
LONGEST_STATEMENT = 50_000
MOST_COLUMNS = 200
PREFIX = "mockmarket-"
LOCK = "process.db"  # reserved for as long as the process lives; a folder without it is not ours to remove

DAMAGE = {
    sqlite3.SQLITE_CORRUPT: "is damaged",
    sqlite3.SQLITE_NOTADB: "is not a SQLite database, or its header is damaged",
}
REFUSED = {
    sqlite3.SQLITE_READONLY: "cannot be written to",
    sqlite3.SQLITE_PERM: "cannot be opened",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened",
    sqlite3.SQLITE_FULL: "cannot be written to: the disk is full",
    sqlite3.SQLITE_IOERR: "cannot be read or written: the system reports an error of the disk",
    sqlite3.SQLITE_BUSY: "is in use by another program",
}
"""SQLite's primary result codes ("Result and Error Codes") for problems of a file and of its surroundings."""


def of_database(error: sqlite3.Error) -> str | None:
    """Return what is wrong with a database file, to follow its path; None for an error of a statement."""
    return (DAMAGE | REFUSED).get(result_code(error))


def is_damage(error: Exception) -> bool:
    """Return whether SQLite found a database file damaged."""
    return isinstance(error, sqlite3.Error) and result_code(error) in DAMAGE


def result_code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code; 0 for Python's own errors."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def obstacle(path: Path) -> str | None:
    """Return what prevents reading and writing a database file and its journal, or None. The file is not opened:
    closing it would release the locks that SQLite has on it in this process (POSIX, `fcntl`)."""
    folder = path.parent
    if files_are_used_up():
        return f"{path} cannot be opened: the process has too many open files; raise its limit (ulimit -n)."
    if not os.access(folder, os.X_OK):
        return f"{folder} cannot be read."
    if path.exists():
        if not path.is_file():
            return f"{path} is no file."
        if not os.access(path, os.R_OK):
            return f"{path} cannot be read."
        if not os.access(path, os.W_OK):
            return f"{path} cannot be written to."
    return None if os.access(folder, os.W_OK) else f"{folder} cannot be written to."


def files_are_used_up() -> bool:
    """Return whether the process, or the machine, has as many open files as it may."""
    try:
        os.close(os.dup(2))
    except OSError as error:
        return error.errno in (errno.EMFILE, errno.ENFILE)
    return False


class DataError(Exception):
    """The database file cannot be used; the message says why and what to do. `path` is set when the file could not be opened."""

    def __init__(self, message: str, path: Path | None = None) -> None:
        super().__init__(message)
        self.path = path


def connect(path: Path, synchronous: Synchronous = "NORMAL", create: bool = True) -> sqlite3.Connection:
    """Open a database for one thread: write-ahead log, 10 s busy timeout, foreign keys enforced. Another thread may
    close the connection (when its world is dropped), but two threads never use it."""
    conn = opened(path, timeout=BUSY_S, create=create)
    try:
        conn.execute(f"PRAGMA synchronous = {synchronous}")  # first: it governs the sync when the journal mode changes
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute(f"PRAGMA cache_size = -{PAGE_CACHE_KIB}")
    except sqlite3.DatabaseError as error:
        conn.close()
        raise DataError(
            obstacle(path) or f"{path.name} cannot be opened as a SQLite database: {error}.", path
        ) from error
    return conn


def leave_log(conn: sqlite3.Connection) -> bool:
    """Move a connection's log into the file and delete it; returns False at once, with nothing changed, when another connection is open.
    Then the connection holds no lock between transactions, and reads the file anew when its change counter has another value (SQLite,
    "Database File Format", 1.3.5), so that the file may be changed in place until `begin_log`."""
    conn.execute("PRAGMA busy_timeout = 0")
    mode = conn.execute("PRAGMA journal_mode = MEMORY").fetchone()
    return bool(mode == ("memory",))


def begin_log(conn: sqlite3.Connection) -> None:
    """Have a connection that has left its log write a log again; sqlite3.Error when another process has just opened the file."""
    mode = conn.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != ("wal",):
        raise sqlite3.OperationalError(f"The journal mode is {mode}.")
    conn.execute(f"PRAGMA busy_timeout = {BUSY_S * 1000}")


def create_private(path: Path) -> None:
    """Create a file that only its user may read, unless it exists or cannot be created; SQLite gives the files beside it the same mode."""
    with suppress(OSError):  # of a file that cannot be created the next step tells
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def opened(path: Path, timeout: float, create: bool = True) -> sqlite3.Connection:
    """Open a database file, created when missing if `create`; DataError when the file system refuses."""
    if create:
        create_private(path)
    place = f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
    try:
        return sqlite3.connect(
            place, uri=True, isolation_level=None, check_same_thread=False, timeout=timeout, cached_statements=512
        )
    except sqlite3.OperationalError as error:
        raise DataError(obstacle(path) or f"{path} cannot be opened: {error}.", path) from error


def reserve(path: Path) -> sqlite3.Connection | None:
    """Lock a file against other processes while the returned connection is open; None when another process has it.
    DataError where a lock would not hold: on a read-only file SQLite locks nothing and reports no error."""
    if problem := obstacle(path):
        raise DataError(problem)
    conn = opened(path, timeout=0)
    try:
        conn.execute("BEGIN EXCLUSIVE")
    except sqlite3.DatabaseError as error:
        conn.close()
        if result_code(error) == sqlite3.SQLITE_BUSY:
            return None
        if result_code(error) == sqlite3.SQLITE_NOTADB:  # damaged, so its other result is never used
            os.truncate(path, 0)
            return reserve(path)
        raise DataError(f"{path} {of_database(error) or f'cannot be locked: {error}'}.") from error
    return conn


def make_folder(path: Path) -> None:
    """Create a folder for its user's files unless it exists; DataError when it cannot be created or written to."""
    try:
        path.mkdir(0o700, parents=True, exist_ok=True)
    except FileExistsError as error:
        raise DataError(f"{path} is not a folder.") from error
    except OSError as error:
        raise DataError(f"{path} cannot be made: {error.strerror}.") from error
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise DataError(f"{path} cannot be written to.")


def copy_database(source: Path, target: sqlite3.Connection) -> None:
    """Overwrite an open database with a database file by SQLite's backup, in one step (-1: all pages at once)."""
    with reading(source) as origin:
        origin.backup(target, pages=-1)


def copy_file(source: Path, target: Path) -> None:
    """Copy a database file that no process writes to a new path, where nothing is left on an error; a file with a log
    beside it is copied by SQLite."""
    create_private(target)
    try:
        if not log_of(source).exists():
            shutil.copyfile(source, target)
            return
        with closing(opened(target, timeout=10)) as conn:
            copy_database(source, conn)
    except BaseException:
        remove(target)
        raise


class Stamp(NamedTuple):
    """Identifies a file's version by its metadata."""

    inode: int
    changed_ns: int
    size: int


def stamp(path: Path) -> Stamp | None:
    """Return a file's stamp; None without a file, or with a log beside it that may hold newer data."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return None if log_of(path).exists() else Stamp(stat.st_ino, stat.st_mtime_ns, stat.st_size)


def log_of(path: Path) -> Path:
    """Return the path of a database file's write-ahead log."""
    return path.with_name(f"{path.name}-wal")


@contextmanager
def plain_file(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database file for exclusive use, without a log beside it, now or later."""
    with closing(opened(path, timeout=10)) as conn:
        conn.execute("PRAGMA synchronous = OFF")
        conn.execute("PRAGMA journal_mode = DELETE")
        yield conn


def remove(path: Path) -> None:
    """Delete a database file and its log; where the system does not delete open files, they stay."""
    for suffix in ("", "-wal", "-shm"):
        with suppress(OSError):
            path.with_name(path.name + suffix).unlink(missing_ok=True)


@contextmanager
def reading(source: Path) -> Iterator[sqlite3.Connection]:
    """Open an existing database file read-only for a block; DataError for a damaged file."""
    try:
        origin = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
    except sqlite3.OperationalError as error:
        raise DataError(f"{source.name} cannot be read: {error}.") from error
    try:
        yield origin
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        raise DataError(trouble(source, error)) from error
    finally:
        origin.close()


def allowance(path: Path) -> float:
    """Return how many seconds reading a file through once may take."""
    return LEAST_S + (path.stat().st_size / BYTES_A_SECOND if path.exists() else 0)


def limit_time(conn: sqlite3.Connection, seconds: float, steps: int | None = None) -> None:
    """Interrupt a connection's statements after so many seconds, or so many steps of SQLite's virtual machine, from now on."""
    until = monotonic() + seconds
    looks = count(1)
    most = inf if steps is None else steps // STEPS_BETWEEN_LOOKS
    conn.set_progress_handler(lambda: monotonic() > until or next(looks) > most, STEPS_BETWEEN_LOOKS)


@contextmanager
def untrusted(path: Path, seconds: float, steps: int | None = None) -> Iterator[sqlite3.Connection]:
    """Open a file of unknown origin read-only, as SQLite's "Defense Against The Dark Arts" recommends. Every error in
    the block, the time limit's included, is raised as a DataError that names the file."""
    try:
        with reading(path) as conn:
            limit_time(conn, seconds, steps)
            distrust(conn)
            yield conn
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise DataError(trouble(path, error)) from error


def distrust(conn: sqlite3.Connection) -> None:
    """Refuse statements longer than any of ours in a file's schema, writes to the schema, and malformed cells.
    `trusted_schema` stays on: off, some versions of SQLite refuse the `json_extract` of our own columns."""
    conn.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, LONGEST_STATEMENT)
    conn.setlimit(sqlite3.SQLITE_LIMIT_COLUMN, MOST_COLUMNS)
    if sys.version_info >= (3, 12):
        conn.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE)
    conn.execute("PRAGMA cell_size_check = ON")


def trouble(path: Path, error: Exception) -> str:
    """Return why a file could not be read through."""
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
        return f"{path.name} is not a world's file: reading it takes longer than any world's would."
    if getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN):
        return f"{path.name} cannot be opened as a SQLite database: {error}."
    return f"{path.name} is a damaged SQLite file: {error}."


def check_world(origin: sqlite3.Connection, name: str) -> None:
    """Raise DataError unless a database has a world's `meta` table."""
    try:
        origin.execute("SELECT value FROM meta WHERE name = 'drawn'").fetchone()
    except sqlite3.DatabaseError as error:
        raise DataError(f"{name} is not a world's database: {error}.") from error


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a temporary folder that is removed when the block ends or, if the process is killed, when the next process starts."""
    with TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name, closing(held(Path(name))):
        remove_left(Path(name))
        yield Path(name)


def held(folder: Path) -> sqlite3.Connection:
    """Reserve a new folder; its lock file is renamed only once locked, else another process could take the folder as abandoned."""
    coming = folder / f"{LOCK}.new"
    lock = reserve(coming)
    if lock is None:
        raise DataError(f"{folder} is in use by another process.")
    with suppress(OSError):  # where an open file cannot be renamed, the folder stays if the process is killed
        coming.rename(folder / LOCK)
    return lock


def remove_left(own: Path) -> None:
    """Remove sibling folders of ended processes: owned by the same user, no links, locked by no process."""
    user = own.stat().st_uid
    for folder in [path for path in own.parent.iterdir() if path.name.startswith(PREFIX)]:
        with suppress(OSError, DataError):
            ours = folder.lstat().st_uid == user and not folder.is_symlink() and (folder / LOCK).is_file()
            if ours and (lock := reserve(folder / LOCK)):
                with closing(lock):
                    shutil.rmtree(folder, ignore_errors=True)
