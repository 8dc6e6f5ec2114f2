"""A pool of spare copies of database files, made in advance for callers that start from the same file again and again."""

import logging
import threading
from collections import OrderedDict
from itertools import count
from pathlib import Path
from queue import SimpleQueue

from mockmarket.store.files import Stamp, copy_file, remove, stamp

MOST = 4  # most sources with a spare: those used last
LARGEST = 64_000_000
"""Largest file, in bytes, that gets a spare: a larger one would take much disk space and save little of its reset's time."""
log = logging.getLogger("mockmarket")


class Spares:
    """Copies files; once a file was copied twice, a thread prepares its next copy in advance. A reset or a restore is mostly a file copy;
    with a spare it is a rename. A spare whose source has changed since, by its stamp, is not used."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._used: OrderedDict[Path, Stamp | None] = OrderedDict()
        self._ready: dict[Path, tuple[Stamp, Path]] = {}
        self._orders: SimpleQueue[tuple[Path, Stamp] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._numbers = count(1)
        self._closed = False

    def copy(self, source: Path, target: Path) -> None:
        """Copy a file that no process writes to a path that does not exist yet; OSError when it fails."""
        now = stamp(source)
        made_at, spare = self._take(source)
        if spare is not None and made_at == now:
            spare.replace(target)
        else:
            self._remove(spare)
            copy_file(source, target)
        self._note(source, now)

    def ready(self, source: Path) -> bool:
        """Return whether the next copy of a file is prepared."""
        with self._lock:
            return source in self._ready

    def close(self) -> None:
        """Stop preparing copies and remove the prepared ones."""
        with self._lock:
            self._closed = True
            self._orders.put(None)
            thread = self._thread
        if thread is not None:
            thread.join()
        for source in list(self._ready):
            self._remove(self._take(source)[1])

    def _take(self, source: Path) -> tuple[Stamp | None, Path | None]:
        with self._lock:
            return self._ready.pop(source, (None, None))

    def _remove(self, spare: Path | None) -> None:
        if spare is not None:
            remove(spare)

    def _note(self, source: Path, now: Stamp | None) -> None:
        """Record that a file was copied; order a spare from the second copy on."""
        left = None
        with self._lock:
            again = self._used.pop(source, None) == now
            self._used[source] = now
            if len(self._used) > MOST:
                left, _ = self._used.popitem(last=False)
            if again and now is not None and now.size <= LARGEST and not self._closed:
                self._orders.put((source, now))
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="mockmarket-spares", daemon=True)
                    self._thread.start()
        if left is not None:
            self._remove(self._take(left)[1])

    def _run(self) -> None:
        while (order := self._orders.get()) is not None:
            source, wanted = order
            if self._closed or self.ready(source):
                continue
            path = self._folder / f"spare-{next(self._numbers)}.db"
            try:
                self._folder.mkdir(0o700, parents=True, exist_ok=True)
                copy_file(source, path)
                self._keep(source, wanted, path)
            except OSError as error:  # the next caller copies the file itself and reports the error
                remove(path)
                log.debug("No copy of %s was made ahead: %s", source.name, error)

    def _keep(self, source: Path, wanted: Stamp, path: Path) -> None:
        """Keep a prepared copy, unless the source has changed since or is no longer among those used last."""
        good = stamp(source) == wanted
        with self._lock:
            good = good and self._used.get(source) == wanted and source not in self._ready
            if good:
                self._ready[source] = (wanted, path)
        if not good:
            remove(path)
