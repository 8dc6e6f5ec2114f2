"""Checks of a world's file, kept or uploaded: is it intact, and can this server continue with it? Read-only. The schema
of an uploaded file is compared first (`schema`), so that only our own SQL runs here."""

import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Any, Literal

import orjson

from mockmarket.clock import LATEST, wall_ms
from mockmarket.errors import FileRefused, NoSpace, refusal_of_system
from mockmarket.rules.hosts import parse_hosts
from mockmarket.store import schema
from mockmarket.store.database import Record
from mockmarket.store.files import (
    REFUSED,
    DataError,
    allowance,
    is_damage,
    obstacle,
    of_database,
    reading,
    result_code,
    untrusted,
)
from mockmarket.store.records import Kind

AT_START = 8_000_000
"""Bytes of files that are read through before the server answers, at 3 ms a megabyte; the default fixture's world has 7 million."""
LEAST_URGENT = 19
AROUND = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY)
"""SQLite's result codes for problems of the surroundings (disk, permissions, locks) rather than of the file."""
PAUSE_S = 0.05
NUMBERS = ("drawn", "seed", "clock_offset", "start")  # values of `meta` that must be whole numbers
MOMENTS_SAID = ("start", "given_start", "origin_start", "clock_frozen_at", "taken_at", "taken_wall_at")
MOMENTS = {
    "event": ("starts_at", "ends_at"),
    "key": ("expires_at",),
    "endpoint": ("muted_until",),
    "notice": ("at",),
    "delivery": ("at", "due"),
    "attempt": ("at", "wall_at"),
    "timer": ("due",),
}
"""The columns of times, by table: epoch ms or NULL."""
LARGEST = 2**53 - 1
"""The largest absolute value of a whole number: JSON readers keep it exact, and counters have room above it."""
WITH_VENDOR = ("key", "endpoint", "notice", "timer", "claim")
"""The tables whose rows belong to a vendor, whose rules act on them."""
CORE = "core"  # owner of rows that are no vendor's: scenarios, the organiser

JSON = {
    "setting": {"value"},
    "venue": {"data"},
    "event": {"data"},
    "stock": {"data"},
    "stock_change": {"seats"},
    "key": {"scopes", "ip_allowlist", "owner"},
    "endpoint": {"data", "types", "old_secrets"},
    "delivery": {"resuming"},
    "attempt": {"request_headers", "answer_headers"},
}

ANYTHING = frozenset({("notice", "cause"), ("meta", "value")})
"""Columns whose readers accept any value, or check it themselves."""
WITHOUT_ROWID = frozenset({"seat"})
WITHIN = f"BETWEEN -{LARGEST} AND {LARGEST}"
TYPES = {
    "TEXT": ("""typeof("{0}") = 'text'""", "not text"),
    "BLOB": ("""typeof("{0}") = 'blob'""", "not bytes"),
    "INTEGER": (f"""typeof("{{0}}") = 'integer' AND "{{0}}" {WITHIN}""", f"not a whole number up to {LARGEST}"),
    "MOMENT": (f"""typeof("{{0}}") = 'integer' AND "{{0}}" BETWEEN 0 AND {LATEST}""", "no moment"),
    "REAL": (f"""typeof("{{0}}") IN ('integer', 'real') AND "{{0}}" {WITHIN}""", f"not a number up to {LARGEST}"),
}
"""SQL test of a column's type, and the message for a value that fails it, by the type's name."""
Result = Literal["ok", "under way", "not checked"]


@dataclass(frozen=True, slots=True)
class Damage:
    """A file that can no longer be used as a world's, and the reason, a sentence that names the file."""

    path: Path
    reason: str


def check_beginning(path: Path) -> None:
    """Raise DataError for a file whose header or `meta` table is not a world's."""
    if not path.stat().st_size:
        raise DataError(f"{path} is empty.")
    with untrusted(path, schema.SCHEMA_S, schema.SCHEMA_STEPS) as conn:
        for problem in _beginning_problems(conn):
            raise DataError(f"{path} is damaged: {problem}.")


def _beginning_problems(conn: sqlite3.Connection) -> Iterator[str]:
    if conn.execute("PRAGMA application_id").fetchone()[0] != schema.APPLICATION_ID:
        yield "its header does not say that it is a world"
    if not schema.has_table(conn, "meta"):
        yield "it has no table meta"
    if conn.execute("SELECT 1 FROM meta WHERE name = 'fixture'").fetchone() is None:
        yield "its meta names no fixture"
    yield from wrong_numbers(conn)


def _check_pages(conn: sqlite3.Connection, path: Path) -> None:
    result = conn.execute("PRAGMA quick_check(1)").fetchone()[0]
    if result != "ok":
        raise DataError(f"{path} is damaged: {' '.join(result.split())}.")


def is_whole(path: Path) -> bool:
    """Return whether a file is a world's and all its pages are intact; takes as long as reading the file."""
    try:
        check_beginning(path)
        with reading(path) as conn:
            _check_pages(conn, path)
    except (DataError, OSError, sqlite3.Error, ValueError) as error:
        return is_around(error)
    return True


def is_around(error: Exception) -> bool:
    """Return whether a file was unusable because of its surroundings, such as a full disk: the file may be intact."""
    cause = error if isinstance(error, sqlite3.Error) else error.__cause__
    return isinstance(cause, sqlite3.Error) and result_code(cause) in AROUND


def damage_at_start(path: Path, error: Exception) -> Damage:
    """Return the damage of a file that could not be opened as a world."""
    if not isinstance(error, DataError):
        return Damage(path, f"{path} is damaged: {error or type(error).__name__}.")
    text = str(error)
    return Damage(path, text if str(path) in text else text.replace(path.name, str(path)))


def damage_in_use(path: Path, error: Exception) -> Damage | None:
    """Return the damage of a served world's file that an error reveals; None for an error that reveals none."""
    cause = cause_in(path, error)
    if isinstance(cause, sqlite3.Error) and is_damage(cause):
        return Damage(path, f"{path} {of_database(cause)} ({cause}).")
    if isinstance(cause, DataError):
        return Damage(path, str(cause))
    return None if cause is None or path.exists() else Damage(path, f"{path} no longer exists.")


def unreadable_row(path: Path, error: Exception, kinds: Sequence[Kind], vendors: Sequence[str]) -> Damage | None:
    """Return the damage of a served world's rows that an error reveals, such as a text that is not UTF-8, or None."""
    of_reading = isinstance(error, sqlite3.OperationalError) and result_code(error) in (0, sqlite3.SQLITE_ERROR)
    if not (of_reading or isinstance(error, orjson.JSONDecodeError | UnicodeDecodeError)):
        return None
    try:
        inspect(path, kinds, vendors)
    except (DataError, OSError) as problem:
        return damage_at_start(path, problem)
    return None


def refusal_of_file(path: Path, error: Exception) -> FileRefused | None:
    """Return the refusal for what SQLite, or a copy to it, was prevented from doing with a file that may be intact, a world's own unless
    the error names another; None for other errors."""
    if isinstance(error, OSError):
        return refusal_of_system(error) if error.filename == str(path) else None
    named = error.path if isinstance(error, DataError) else None
    cause = error.__cause__ if isinstance(error, DataError) else error
    if not isinstance(cause, sqlite3.Error) or (words := REFUSED.get(result_code(cause))) is None:
        return None
    file = named or path
    if result_code(cause) == sqlite3.SQLITE_FULL:
        return NoSpace(f"{file} {words}. Everything goes on once there is space in {file.parent}.")
    return FileRefused(obstacle(file) or f"{file} {words}.")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Name a file in the refusal of what SQLite is prevented from doing within a block that writes it; damage is its source's."""
    try:
        yield
    except (sqlite3.Error, DataError) as error:
        refusal = None if is_damage(error) else refusal_of_file(path, error)
        if refusal is None:
            raise
        raise refusal from error


def cause_in(path: Path, error: Exception) -> BaseException | None:
    """Return the error that concerns a world's own file, SQLite's or the operating system's; None for other errors and other files."""
    if isinstance(error, DataError):
        return (error.__cause__ or error) if error.path == path else None
    return error if isinstance(error, sqlite3.Error) else None


def meta_of(path: Path) -> dict[str, Any]:
    """Return the readable `meta` values of a damaged file, or {}."""
    try:
        with reading(path) as conn:
            return dict(conn.execute("SELECT name, value FROM meta").fetchall())
    except (DataError, sqlite3.Error, ValueError):  # ValueError: a text is not UTF-8
        return {}


def put_aside(path: Path) -> Path:
    """Rename a damaged file and its log so that no world uses them; returns the new path."""
    names = (path.with_name(f"{path.name}.damaged{number or ''}") for number in count())
    new = next(name for name in names if not name.exists())
    for suffix in ("", "-wal"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(new.with_name(new.name + suffix))
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    return new


class Checks:
    """The results of checks of kept worlds' files, by world; a thread reads large files. `lost` is called with each damage."""

    def __init__(self, lost: Callable[[str, Damage], None]) -> None:
        self.results: dict[str, Result] = {}
        self._lost = lost
        self._left = AT_START
        self._later: list[tuple[str, Path]] = []
        self._conn: sqlite3.Connection | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="mockmarket-checks", daemon=True)

    def check(self, name: str, path: Path) -> None:
        """Raise DataError for a small file that is damaged; queue a large file, or one beyond the total of AT_START bytes."""
        size = path.stat().st_size
        if size > self._left:
            self._later.append((name, path))
            self.results[name] = "under way"
            return
        self._left -= size
        with reading(path) as conn:
            _check_pages(conn, path)
        self.results[name] = "ok"

    def start(self) -> None:
        """Start checking the queued files, smallest first."""
        self._later.sort(key=lambda entry: entry[1].stat().st_size)
        if self._later:
            self._thread.start()

    def close(self) -> None:
        """Stop the running check and start no other."""
        self._stopping = True
        while self._thread.is_alive():
            if (conn := self._conn) is not None:
                with suppress(sqlite3.ProgrammingError):  # it has just been closed
                    conn.interrupt()
            self._thread.join(PAUSE_S)

    def _run(self) -> None:
        if sys.platform == "linux":  # where a thread has its own priority: requests go first
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LEAST_URGENT)
        for name, path in self._later:
            if not self._stopping:
                self._read_through(name, path)

    def _read_through(self, name: str, path: Path) -> None:
        try:
            with reading(path) as self._conn:
                _check_pages(self._conn, path)
            self.results[name] = "ok"
        except (DataError, sqlite3.Error) as error:
            self.results[name] = "not checked"
            if not (self._stopping or is_around(error)):
                self._lost(name, damage_at_start(path, error))
        finally:
            self._conn = None


def inspect(path: Path, kinds: Sequence[Kind], vendors: Sequence[str]) -> None:
    """Raise DataError with the first problem of a file's rows, unless the file is a world of these vendors."""
    refuse(path, lambda conn: chain(wrong_numbers(conn), wrong_rows(conn, kinds), _strangers(conn, vendors)))


def refuse(path: Path, look: Callable[[sqlite3.Connection], Iterator[str]]) -> None:
    """Raise DataError with the first problem that `look` yields for a file."""
    with untrusted(path, allowance(path)) as conn:
        for problem in look(conn):
            raise DataError(f"{path.name} cannot be a world: {problem}.")


def said_of_itself(path: Path) -> Record:
    """Return the `meta` values of a file; DataError when the table is missing, is not a world's, or has wrong values."""
    with untrusted(path, schema.SCHEMA_S, schema.SCHEMA_STEPS) as conn:
        for table in ("meta", "sqlite_sequence"):
            if not schema.has_table(conn, table):
                raise DataError(f"{path.name} is not a world's file: its table {table} is not a world's.")
        for problem in wrong_numbers(conn):
            raise DataError(f"{path.name} cannot be a world: {problem}.")
        meta: Record = dict(conn.execute("SELECT name, value FROM meta").fetchall())
    return meta


def damage(conn: sqlite3.Connection) -> Iterator[str]:
    """Yield corruption of the file, and rows whose foreign key refers to no row."""
    result = conn.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if result != "ok":
        yield f"the file is damaged ({result})"
    for table, rowid, parent, _ in conn.execute("PRAGMA foreign_key_check").fetchmany(1):
        yield f"row {rowid} of {table} refers to no {parent}"


def wrong_numbers(conn: sqlite3.Connection) -> Iterator[str]:
    """Yield missing or invalid values of `meta`."""
    meta = dict(conn.execute("SELECT name, value FROM meta").fetchall())
    for name in (*NUMBERS, *MOMENTS_SAID, "origin_seed", "requests"):
        value = meta.get(name)
        if not isinstance(value, int if name in NUMBERS else int | None):
            yield f"its meta has no whole number as {name}"
        elif name in MOMENTS_SAID and not 0 <= (value or 0) <= LATEST:
            yield f"its meta has no moment as {name}"
    for name in ("drawn", "requests"):
        if not 0 <= (meta.get(name) or 0) <= LARGEST:
            yield f"its meta has no number from 0 to {LARGEST} as {name}"
    if not -wall_ms() <= meta["clock_offset"] <= LATEST:
        yield "its clock_offset leads out of the years 1970 to 9999"
    try:
        parse_hosts(str(meta.get("hosts", "")))
    except ValueError as error:
        yield f"its meta has wrong hosts: {error}"
    for name, last in conn.execute("SELECT name, seq FROM sqlite_sequence"):
        if not isinstance(last, int) or not 0 <= last <= LARGEST:
            yield f"its last id of {schema.cut(name)} is not a number up to {LARGEST}"


def wrong_rows(conn: sqlite3.Connection, kinds: Sequence[Kind]) -> Iterator[str]:
    """Yield the first row of each table with a value of the wrong type, out of range, or unreadable."""
    json = JSON | {kind.table: {"data"} for kind in kinds}
    for table in schema.table_names(kinds):
        try:
            yield from wrong_values(conn, table, json.get(table, set()))
        except (sqlite3.OperationalError, UnicodeDecodeError) as error:
            if getattr(error, "sqlite_errorcode", None) is not None:  # SQLite's own, such as the time limit
                raise
            yield f"a text in {table} is not UTF-8"


def wrong_values(conn: sqlite3.Connection, table: str, json: set[str]) -> Iterator[str]:
    """Yield the first problem of a table's rows; columns in `json` are parsed, and every text is decoded."""
    columns = {row[1]: row[2] for row in conn.execute(f'PRAGMA table_info("{table}")')}
    columns |= dict.fromkeys(MOMENTS.get(table, ()), "MOMENT")
    texts = [name for name, type in columns.items() if type == "TEXT" and (table, name) not in ANYTHING]
    for number, wrong, *values in conn.execute(select(table, columns, texts)):
        if wrong:
            yield f"{wrong} in row {number} of {table} is {TYPES[columns.get(wrong, 'INTEGER')][1]}"
            return
        for name, value in zip(texts, values, strict=True):
            if name in json and not _is_json(value, name == "data"):
                yield f"{name} in row {number} of {table} is not JSON" + (", or no object" if name == "data" else "")
                return


def select(table: str, columns: Mapping[str, str], texts: Sequence[str]) -> str:
    """Return a SELECT of each row's number, the name of its first column of a wrong type, and its texts."""
    typed = [(name, TYPES[type][0].format(name)) for name, type in columns.items() if (table, name) not in ANYTHING]
    tests = [f"""WHEN "{name}" IS NOT NULL AND NOT ({test}) THEN '{name}'""" for name, test in typed]
    number = "NULL" if table in WITHOUT_ROWID else "rowid"
    tests.append(f"WHEN NOT (coalesce({number}, 0) {WITHIN}) THEN 'rowid'")
    named = "".join(f', "{name}"' for name in texts)
    return f'SELECT {number}, CASE {" ".join(tests)} END{named} FROM "{table}"'


def _is_json(text: str | None, record: bool) -> bool:
    try:
        value = {} if text is None else orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return isinstance(value, dict) or not record


def _strangers(conn: sqlite3.Connection, vendors: Sequence[str]) -> Iterator[str]:
    for table in WITH_VENDOR:
        for (name,) in conn.execute(f"SELECT DISTINCT vendor FROM {table}"):
            if name not in vendors and name != CORE:
                yield f"its table {table} is of a vendor {name!r}; this server has {', '.join(vendors)}"
