"""The cache of planted fixtures: database files kept between starts in the user's cache folder.

An entry's name is a hash of all that planting depends on: the state of the code, of the libraries and of the time
zones, the fixture's bytes and path, the start and the seed. So a stale entry is never found. An entry begins with a
digest of its content, so that a damaged entry is ignored. Entries are written under a temporary name, renamed, and never
changed: deleting them is safe at any time. On any error of the file system a start continues without the cache."""

import hashlib
import json
import logging
import os
import sqlite3
import sys
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mockmarket import __version__
from mockmarket.clock import wall_ms
from mockmarket.config import Cache
from mockmarket.ids import process_token
from mockmarket.seed.finding import Source
from mockmarket.store.files import create_private, stamp

LIBRARIES = ("marshmallow", "mockmarket_client", "orjson", "tzdata", "yaml")
"""The libraries that planting uses."""
FRESH_MS = 10_000
"""Code that changed this recently before the start may have been loaded before the change."""
MOST = 8
MOST_BYTES = 256_000_000
LARGEST = 64_000_000
"""Most entries, most bytes of all entries, and most bytes of one."""
LEFT_MS = 3_600_000
"""A partial entry of this age was left by a killed process."""
ENDING, MARK, PARTIAL = ".template", ".checked", ".partial"
MOST_MARKS = 100
DIGEST = 64
log = logging.getLogger("mockmarket.cache")


def open_cache(environ: Mapping[str, str]) -> Cache | None:
    """Return the user's cache for the code's current state; None without a safe folder, or when the code has just changed."""
    folder = folder_of(environ)
    if folder is None or not is_private(folder):
        return None
    code = state_of_code()
    return None if code is None else Cache(folder, code)


def folder_of(environ: Mapping[str, str]) -> Path | None:
    """Return the folder of the cache (XDG Base Directory Specification); None when the user has no home."""
    base = environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(base):
        return Path(base) / "mockmarket"
    with suppress(RuntimeError):
        return Path.home() / ".cache" / "mockmarket"
    return None


def is_private(folder: Path) -> bool:
    """Create the folder if missing; return whether the user owns it and no other user may write to it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
    except OSError:
        return False
    if not folder.is_dir() or folder.is_symlink() or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return False
    return sys.platform == "win32" or (status.st_uid == os.getuid() and not status.st_mode & 0o022)


def state_of_code() -> str | None:
    """Return a digest of all code that plants: every file of the package and of its libraries, Python, SQLite, the time
    zones. None when a file changed within the last seconds, so that the loaded code may be older."""
    digest, newest_ms = digest_of((__version__, sys.version, sqlite3.sqlite_version), code_files())
    return None if newest_ms > wall_ms() - FRESH_MS else digest


def digest_of(versions: tuple[str, ...], files: Iterable[tuple[str, os.stat_result]]) -> tuple[str, int]:
    """Return a digest of versions and files, and when the newest file changed, in epoch ms. A file is identified by its path, inode, size
    and times. No program can change its content without changing one of them: the change time is set by the system."""
    digest, newest = hashlib.sha256(repr(versions).encode()), 0
    for path, status in files:
        digest.update(repr((path, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)).encode())
        newest = max(newest, status.st_mtime_ns, status.st_ctime_ns)
    return digest.hexdigest(), newest // 1_000_000


def code_files() -> Iterator[tuple[str, os.stat_result]]:
    """Yield each file that planting may execute or read, with its status; of the time zones only the folders, which change with a file."""
    yield from statuses(os.path.dirname(os.path.dirname(__file__)))
    for library in LIBRARIES:
        spec = find_spec(library)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            yield from statuses(folder, files=library != "tzdata")
    for folder in zoneinfo.TZPATH:
        yield from statuses(folder, files=False)


def statuses(folder: str, files: bool = True) -> Iterator[tuple[str, os.stat_result]]:
    """Yield the status of a folder and its subfolders, and of every file if `files`; nothing for a missing folder."""
    try:
        if not files:  # a folder whose files are known says nothing more, and changes with its `__pycache__`
            yield folder, os.stat(folder)
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from statuses(entry.path, files)
        elif files:
            yield entry.path, entry.stat()


def key_of(cache: Cache, source: Source, **values: object) -> str | None:
    """Return the name of the entry of a fixture planted with these values; None for an unreadable fixture."""
    digest = hashlib.sha256(json.dumps([cache.code, source.name, values], sort_keys=True).encode())
    try:
        for path in source.files:
            content = path.read_bytes()
            digest.update(repr((path.name, len(content))).encode() + content)
            if b"${" in content:
                from mockmarket.seed.interpolation import values_in  # with YAML, which few starts need

                digest.update(repr(values_in(content.decode("utf-8", "replace"), os.environ)).encode())
    except OSError:
        return None
    return digest.hexdigest()


def load(cache: Cache, key: str, target: Path) -> dict[str, Any] | None:
    """Write the database of an entry to a new file and return its header; None, and no file, without a valid entry."""
    path = cache.folder / f"{key}{ENDING}"
    try:
        raw = path.read_bytes()
        content = memoryview(raw)
        if hashlib.sha256(content[DIGEST:]).hexdigest().encode() != content[:DIGEST]:
            log.debug("%s is damaged; the fixture is planted anew.", path)
            return None
        end = raw.index(b"\n", DIGEST)
        header: dict[str, Any] = json.loads(raw[DIGEST:end])
        create_private(target)
        target.write_bytes(content[end + 1 :])
    except (OSError, ValueError) as error:
        with suppress(OSError):
            target.unlink(missing_ok=True)
        log.debug("%s is not used: %s", path, error)
        return None
    with suppress(OSError):
        os.utime(path)
    return header


def save(cache: Cache, key: str, source: Path, **header: object) -> None:
    """Store a planted database and its header, unless it is too large, the code has changed, or the disk is full."""
    try:
        if source.stat().st_size > LARGEST or state_of_code() != cache.code:
            return
        content = json.dumps(header).encode() + b"\n" + source.read_bytes()
        partial = cache.folder / f"{key}.{process_token()}{PARTIAL}"
        try:
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(hashlib.sha256(content).hexdigest().encode())
                file.write(content)
            partial.replace(cache.folder / f"{key}{ENDING}")
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        prune(cache.folder)
    except OSError as error:
        log.debug("The planted fixture is not kept in %s: %s", cache.folder, error)


def is_checked(cache: Cache, fixture: Path) -> bool:
    """Return whether this code has checked the current state of a database file as a world of this version."""
    mark = _mark_of(cache, fixture)
    return mark is not None and mark.exists()


def note_checked(cache: Cache, fixture: Path) -> None:
    """Record that this code has checked, or just written, a database file as a world of this version."""
    mark = _mark_of(cache, fixture)
    try:
        if mark is not None and state_of_code() == cache.code:
            os.close(os.open(mark, os.O_WRONLY | os.O_CREAT, 0o600))
            prune(cache.folder)
    except OSError as error:
        log.debug("It is not noted in %s that %s was checked: %s", cache.folder, fixture, error)


def _mark_of(cache: Cache, fixture: Path) -> Path | None:
    """Return the mark of a database file's current state; None with a log beside it, or for an unreadable file. A changed file has another
    change time, which is set by the system."""
    try:
        status = fixture.stat()
    except OSError:
        return None
    if stamp(fixture) is None:
        return None
    identity = (cache.code, str(fixture), status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return cache.folder / f"{hashlib.sha256(repr(identity).encode()).hexdigest()}{MARK}"


def prune(folder: Path) -> None:
    """Remove the least recently used entries beyond the limits, and partial entries of killed processes."""
    entries: list[tuple[int, int, Path]] = []
    marks: list[tuple[int, Path]] = []
    for path in folder.iterdir():
        with suppress(OSError):
            status = path.stat()
            if path.suffix == ENDING:
                entries.append((status.st_mtime_ns, status.st_size, path))
            elif path.suffix == MARK:
                marks.append((status.st_mtime_ns, path))
            elif path.suffix == PARTIAL and status.st_mtime_ns // 1_000_000 < wall_ms() - LEFT_MS:
                path.unlink()
    for _, path in sorted(marks, reverse=True)[MOST_MARKS:]:
        with suppress(OSError):
            path.unlink()
    total = 0
    for number, (_, size, path) in enumerate(sorted(entries, reverse=True)):
        total += size
        if number >= MOST or total > MOST_BYTES:
            with suppress(OSError):
                path.unlink()
