"""A recording: an HTTP archive that grows on disk while a process answers and sends."""

from __future__ import annotations

import fcntl
import logging
import os
import threading
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from mockmarket import __version__
from mockmarket.errors import of_system
from mockmarket.store.files import create_private
from mockmarket.worlds import har

if TYPE_CHECKING:
    from mockmarket.store.outbox import Attempt, Claim
    from mockmarket.worlds.journal import Entry

log = logging.getLogger("mockmarket.recording")
TAIL = b"\n]}}\n"
HEAD = orjson.dumps(har.archive([])).removesuffix(b"]}}")
OURS = HEAD[: HEAD.index(__version__.encode())]
"""How each recording begins, whichever version of ours began it."""


class Recording:
    """Each exchange is in the file before its answer is sent, and behind it the archive's end: the file is whole after every exchange,
    and nothing of it is kept in memory. A process that is killed can leave the exchange cut that it was writing. When the file cannot be
    written any more, the log says so, the recording ends as it stands, and answering goes on."""

    def __init__(self, path: Path) -> None:
        """Begin a file that only its user may read, or continue an earlier recording; ValueError for any other file, and for one
        that another process writes."""
        path.parent.mkdir(parents=True, exist_ok=True)
        create_private(path)
        self.path, self._lock = path, threading.Lock()
        self._file = path.open("r+b", buffering=0)
        try:
            self._end = self._begin()
        except BaseException:
            self._file.close()
            raise

    def _begin(self) -> int:
        """Return where the archive's end begins."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ValueError(f"Another process records into {self.path}; name another file.") from error
        size = self._file.seek(0, os.SEEK_END)
        if not size:
            self._write(HEAD + TAIL, 0)
            return len(HEAD)
        end = size - len(TAIL)
        if end <= 0 or self._read(0, len(OURS)) != OURS or self._read(end, len(TAIL)) != TAIL:
            raise ValueError(f"{self.path} is no recording of mockmarket, or is cut at its end; name another file.")
        return end

    def _read(self, at: int, length: int) -> bytes:
        return os.pread(self._file.fileno(), length, at)

    def answered(self, world: str, entry: Entry) -> None:
        """Record a request to a vendor and its answer, secrets redacted."""
        self.add({**har.of_request(entry), "_world": world})

    def passed_on(self, entry: Entry) -> None:
        """Record a request that a real host answered, secrets redacted."""
        self.add({**har.of_request(entry), "_upstream": True})

    def attempted(self, world: str, claim: Claim, attempt: Attempt) -> None:
        """Record a webhook that was sent, and its receiver's answer; secret headers redacted."""
        self.add({**har.of_attempt(asdict(claim), asdict(attempt)), "_world": world})

    def add(self, entry: har.Har) -> None:
        """Record an exchange."""
        data = orjson.dumps(entry)
        with self._lock:
            if self._file.closed:
                return
            comma = b"" if self._read(self._end - 1, 1) == b"[" else b","
            data = comma + b"\n" + data
            try:
                self._write(data + TAIL, self._end)
                self._end += len(data)
            except OSError as error:
                self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        log.error("The recording %s ends: %s", self.path, of_system(error))
        with suppress(OSError):
            self._write(TAIL, self._end)
            os.ftruncate(self._file.fileno(), self._end + len(TAIL))
        self._file.close()

    def _write(self, data: bytes, at: int) -> None:
        while data:
            written = os.pwrite(self._file.fileno(), data, at)
            data, at = data[written:], at + written

    def close(self) -> None:
        """End the recording."""
        with self._lock:
            self._file.close()
