"""What SQLite, or the system beneath it, does not let us do with a database file: one sentence for people."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

DAMAGE = {
    sqlite3.SQLITE_CORRUPT: "is damaged",
    sqlite3.SQLITE_NOTADB: "is no SQLite database, or its header is damaged",
}
REFUSED = {
    sqlite3.SQLITE_READONLY: "cannot be written to",
    sqlite3.SQLITE_PERM: "cannot be opened",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened",
    sqlite3.SQLITE_FULL: "cannot be written to: the disk is full",
    sqlite3.SQLITE_IOERR: "cannot be read or written: the system reports an error of the disk",
    sqlite3.SQLITE_BUSY: "is in use by another program",
}
"""SQLite's primary result codes ("Result and Error Codes") for what is wrong with a file, and for what is wrong around it."""


def of_database(error: sqlite3.Error) -> str | None:
    """Say what is wrong with a database file, to go on after its path; None for an error in a statement, which is not the file's."""
    code = result_code(error)
    return (DAMAGE | REFUSED).get(code)


def is_damage(error: Exception) -> bool:
    """Tell whether SQLite found a database file damaged."""
    return isinstance(error, sqlite3.Error) and result_code(error) in DAMAGE


def result_code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code; 0 for an error of Python's own."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def obstacle(path: Path) -> str | None:
    """Say what keeps a database file from being read, written and given a journal beside it; None when nothing does.

    The file is not opened: closing it would let go of the locks that SQLite has on it in this process (POSIX, `fcntl`).
    """
    folder = path.parent
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
