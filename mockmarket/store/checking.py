"""Checking: whether the file of a world that was kept is still whole. Reads, and changes nothing."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal

from mockmarket.store import schema
from mockmarket.store.files import DataError, is_damage, of_database, reading, result_code, untrusted
from mockmarket.store.validation import wrong_numbers

AT_START = 8_000_000
"""How many bytes of files are read through before they are served, 3 ms a megabyte: the default fixture's world has 7 million."""
LEAST_URGENT = 19

AROUND = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY)
"""SQLite's result codes for what is wrong around a file, and not with it."""
PAUSE_S = 0.05

Result = Literal["ok", "under way", "not checked"]


@dataclass(frozen=True, slots=True)
class Damage:
    """A file that cannot be a world's any more, and why, as a sentence that names it."""

    path: Path
    reason: str


def kept_files(folder: Path) -> list[Path]:
    """Return the files of the worlds in a folder; a name that begins with a dot is some other program's, and no world's."""
    return sorted(path for path in folder.glob("*.db") if not path.name.startswith("."))


def check_beginning(path: Path) -> None:
    """Raise DataError for a file that does not begin as a world's, or does not say of itself what every world's does."""
    if not path.stat().st_size:
        raise DataError(f"{path} is empty.")
    with untrusted(path, schema.SCHEMA_S, schema.SCHEMA_STEPS) as conn:
        problem = next(beginning_problems(conn), None)
    if problem:
        raise DataError(f"{path} is damaged: {problem}.")


def beginning_problems(conn: sqlite3.Connection) -> Iterator[str]:
    """Yield what a database lacks of what every world's says of itself."""
    if conn.execute("PRAGMA application_id").fetchone()[0] != schema.APPLICATION_ID:
        yield "its header does not say that it is a world"
    if not schema.has_table(conn, "meta"):
        yield "it has no table meta"
    if conn.execute("SELECT 1 FROM meta WHERE name = 'fixture'").fetchone() is None:
        yield "its meta names no fixture"
    yield from wrong_numbers(conn)


def check_pages(conn: sqlite3.Connection, path: Path) -> None:
    """Raise DataError when SQLite's quick check finds a page that is not as it should be."""
    result = conn.execute("PRAGMA quick_check(1)").fetchone()[0]
    if result != "ok":
        raise DataError(f"{path} is damaged: {' '.join(result.split())}.")


def is_whole(path: Path) -> bool:
    """Tell whether a file is a world's, each page of it as it should be; it takes as long as reading the file."""
    try:
        check_beginning(path)
        with reading(path) as conn:
            check_pages(conn, path)
    except (DataError, OSError, sqlite3.Error, ValueError):
        return False
    return True


def is_around(error: Exception) -> bool:
    """Tell whether a file could not be used because of what is around it, such as a full disk: the file may be whole."""
    cause = error if isinstance(error, sqlite3.Error) else error.__cause__
    return isinstance(cause, sqlite3.Error) and result_code(cause) in AROUND


def damage_at_start(path: Path, error: Exception) -> Damage:
    """Return what is wrong with a file that could not be opened as a world."""
    if not isinstance(error, DataError):
        return Damage(path, f"{path} is damaged: {error or type(error).__name__}.")
    text = str(error)
    return Damage(path, text if str(path) in text else text.replace(path.name, str(path)))


def damage_in_use(path: Path, error: Exception) -> Damage | None:
    """Return what is wrong with the file of a world that is served, as an error in using it tells; None when it tells nothing of it."""
    cause = cause_in(path, error)
    if isinstance(cause, sqlite3.Error) and is_damage(cause):
        return Damage(path, f"{path} {of_database(cause)} ({cause}).")
    return None if cause is None or path.exists() else Damage(path, f"{path} is no longer there.")


def refused_in_words(path: Path, error: Exception) -> str | None:
    """Say what SQLite refused to do with a file that may be whole; None for an error that is not of the file."""
    cause = cause_in(path, error)
    words = of_database(cause) if isinstance(cause, sqlite3.Error) else None
    return words and f"{path} {words}."


def cause_in(path: Path, error: Exception) -> BaseException | None:
    """Return the error that concerns a world's own file: SQLite's, or what kept the file from being opened; other files' are DataErrors."""
    if isinstance(error, DataError):
        return (error.__cause__ or error) if error.path == path else None
    return error if isinstance(error, sqlite3.Error) else None


def meta_of(path: Path) -> dict[str, Any]:
    """Return what a damaged file still says of itself; nothing when it cannot be read at all."""
    try:
        with reading(path) as conn:
            return dict(conn.execute("SELECT name, value FROM meta").fetchall())
    except (DataError, sqlite3.Error, ValueError):  # ValueError: a text that is no UTF-8
        return {}


def put_aside(path: Path) -> Path:
    """Give a damaged file, and the log beside it, a name under which it is no world's; returns it."""
    names = (path.with_name(f"{path.name}.damaged{number or ''}") for number in count())
    new = next(name for name in names if not name.exists())
    for suffix in ("", "-wal"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(new.with_name(new.name + suffix))
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    return new


class Checks:
    """What checks of kept worlds' files have found, by world; a thread reads large ones. `lost` is called with each damage."""

    def __init__(self, lost: Callable[[str, Damage], None]) -> None:
        self.results: dict[str, Result] = {}
        self._lost = lost
        self._left = AT_START
        self._later: list[tuple[str, Path]] = []
        self._conn: sqlite3.Connection | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="mockmarket-checks", daemon=True)

    def check(self, name: str, path: Path) -> None:
        """Raise DataError for a small file that is damaged; leave a large one, or one of too many, for later."""
        size = path.stat().st_size
        if size > self._left:
            self._later.append((name, path))
            self.results[name] = "under way"
            return
        self._left -= size
        with reading(path) as conn:
            check_pages(conn, path)
        self.results[name] = "ok"

    def start(self) -> None:
        """Begin with the files that were left for later, the smallest first."""
        self._later.sort(key=lambda entry: entry[1].stat().st_size)
        if self._later:
            self._thread.start()

    def close(self) -> None:
        """End the check that is under way, and begin no other."""
        self._stopping = True
        while self._thread.is_alive():
            if (conn := self._conn) is not None:
                with suppress(sqlite3.ProgrammingError):  # it has just been closed
                    conn.interrupt()
            self._thread.join(PAUSE_S)

    def _run(self) -> None:
        if sys.platform == "linux":  # where a thread has a priority of its own: requests go first
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LEAST_URGENT)
        for name, path in self._later:
            if not self._stopping:
                self._read_through(name, path)

    def _read_through(self, name: str, path: Path) -> None:
        try:
            with reading(path) as self._conn:
                check_pages(self._conn, path)
            self.results[name] = "ok"
        except (DataError, sqlite3.Error) as error:
            self.results[name] = "not checked"
            if not (self._stopping or is_around(error)):
                self._lost(name, damage_at_start(path, error))
        finally:
            self._conn = None
