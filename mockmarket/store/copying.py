"""Worlds of a large file: it is copied in a thread, and read where it stands until the copy is complete."""

import os
import sqlite3
import threading
from pathlib import Path

from mockmarket.store.connections import ConnectionPool
from mockmarket.store.files import DataError, Stamp, create_private, stamp

AT_ONCE = 4_000_000
"""Bytes that are copied between two looks whether the copy is still needed."""


class SourcePool(ConnectionPool):
    """Connections that read the file `source` while a thread copies it to `path`, where nothing is read before the copy is complete.
    They cannot write. The source may be replaced or deleted meanwhile; DataError from then on when it is changed in its place."""

    def __init__(self, source: Path, path: Path, made_at: Stamp) -> None:
        super().__init__(path, "OFF")
        self._source, self._made_at = source, made_at
        create_private(path)
        self._files = source.open("rb"), path.open("wb")  # by now: either may be deleted before the thread begins
        self._left = False
        self._error: OSError | DataError | None = None
        self._thread = threading.Thread(target=self._copy, name="mockmarket-copy", daemon=True)
        self._thread.start()

    @property
    def is_copied(self) -> bool:  # type: ignore[override]  # a property in place of a constant
        """Whether `final` returns at once."""
        return not self.is_copying

    @property
    def is_copying(self) -> bool:  # type: ignore[override]
        """Whether `final` waits for the copy."""
        return self._thread.is_alive()

    def final(self) -> ConnectionPool:
        """Wait for the copy and return the connections to it; OSError or DataError when it failed."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return ConnectionPool(self.path, "OFF", (self._source, self._made_at))

    def close(self) -> None:
        """Close the connections as any pool does, and stop copying."""
        self._left = True
        super().close()

    def _open(self) -> sqlite3.Connection:
        if not self.is_copied:
            conn = sqlite3.connect(
                f"{self._source.absolute().as_uri()}?mode=ro&immutable=1",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=512,
            )
            if stamp(self._source) == self._made_at:  # else another file may have been opened
                return conn
            conn.close()
        self.final()
        return super()._open()

    def _copy(self) -> None:
        try:
            with self._files[0] as source, self._files[1] as target:
                while not self._left and (part := source.read(AT_ONCE)):
                    target.write(part)
                status = os.fstat(source.fileno())
            if (status.st_mtime_ns, status.st_size) != self._made_at[1:]:
                raise DataError(f"{self._source} was changed while a world was made of it.", self._source)
        except (OSError, DataError) as error:
            self._error = error
