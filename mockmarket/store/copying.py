"""Worlds of a large file: it is copied in a thread, and read where it stands until the copy is complete."""

import os
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

from mockmarket.clock import monotonic
from mockmarket.store.connections import ConnectionPool
from mockmarket.store.files import DataError, Stamp, create_private, stamp

AT_ONCE = 4_000_000
"""Bytes that are copied between two looks whether the copy is still needed."""
AGAIN_S = 1.0
"""Least seconds between a copy that the system refused, as for a full disk, and the next try."""


class SourcePool(ConnectionPool):
    """Connections that read the file `source` while a thread copies it to `path`, where nothing is read before the copy is complete.
    They cannot write. The source may be replaced or deleted meanwhile; DataError from then on when it is changed in its place."""

    def __init__(self, source: Path, path: Path, made_at: Stamp) -> None:
        super().__init__(path, "OFF")
        self._source, self._made_at = source, made_at
        create_private(path)
        self._files = source.open("rb", 0), path.open("wb", 0)  # open from now on: either may be deleted meanwhile
        self._left = self._is_changed = False
        self._error: OSError | None = None
        self._again_at = 0.0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._copy, name="mockmarket-copy", daemon=True)
        self._thread.start()

    def __del__(self) -> None:
        super().__del__()
        for file in getattr(self, "_files", ()):  # none where it could not be opened
            file.close()

    @property
    def is_copied(self) -> bool:  # type: ignore[override]  # a property in place of a constant
        """Whether `final` returns at once."""
        return not self.is_copying

    @property
    def is_copying(self) -> bool:  # type: ignore[override]
        """Whether `final` waits for the copy, or tries it again."""
        return self._thread.is_alive() or self._error is not None

    def final(self) -> ConnectionPool:
        """Wait for the copy and return the connections to it. A copy that the system refused is tried again; OSError, which names the copy,
        when it is refused again. DataError, which names it too, when the source was changed."""
        self._thread.join()
        with self._lock:
            if self._error is not None and monotonic() >= self._again_at:
                self._copy()
        if (error := self._error) is not None:
            raise OSError(error.errno, error.strerror, str(self.path))
        if self._is_changed:
            raise DataError(f"{self._source} was changed while a world was made of it.", self.path)
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
        source, target = self._files
        try:
            for file in self._files:
                file.seek(0)
            while not self._left and (part := source.read(AT_ONCE)):
                source.seek(target.write(part) - len(part), os.SEEK_CUR)  # a disk that is almost full takes less
            status = os.fstat(source.fileno())
            self._is_changed = (status.st_mtime_ns, status.st_size) != self._made_at[1:]
            self._error = None
        except OSError as error:
            self._again_at = monotonic() + AGAIN_S
            self._error = error.with_traceback(None)  # which refers to this pool
            with suppress(OSError):
                target.truncate(0)  # what was copied would take others the space
