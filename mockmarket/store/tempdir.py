"""The folder for what goes with a process: its own, and what processes that were killed have left of theirs."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from mockmarket.store.files import DataError, reserve

PREFIX = "mockmarket-"
LOCK = "process.db"  # reserved for as long as the process lives; a folder without it is not ours to remove


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a temporary folder that is removed when the block ends or, if the process is killed, when the next one begins."""
    with TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name, closing(held(Path(name))):
        remove_left(Path(name))
        yield Path(name)


def held(folder: Path) -> sqlite3.Connection:
    """Reserve a new folder; its mark gets its name only then, or another process could take the folder for one that was left."""
    coming = folder / f"{LOCK}.new"
    lock = reserve(coming)
    if lock is None:
        raise DataError(f"{folder} is in use by another process.")
    with suppress(OSError):  # where an open file cannot be renamed, the folder stays if the process is killed
        coming.rename(folder / LOCK)
    return lock


def remove_left(own: Path) -> None:
    """Remove the folders beside one's own whose processes are gone: those of the same user, no links, that nobody holds."""
    user = own.stat().st_uid
    for folder in [path for path in own.parent.iterdir() if path.name.startswith(PREFIX)]:
        with suppress(OSError, DataError):
            ours = folder.lstat().st_uid == user and not folder.is_symlink() and (folder / LOCK).is_file()
            if ours and (lock := reserve(folder / LOCK)):
                with closing(lock):
                    shutil.rmtree(folder, ignore_errors=True)
