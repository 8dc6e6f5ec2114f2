"""Spares: copies of database files made ahead, for whoever begins anew with the same file time after time."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from itertools import count
from pathlib import Path
from queue import SimpleQueue

from mockmarket.store.files import Stamp, copy_file, remove, stamp

MOST = 4  # how many sources have a spare at once: those that were used last
LARGEST = 64_000_000
"""A file of more bytes has none: it would take much of a disk, for little beside what its reset takes anyway."""

log = logging.getLogger("mockmarket")


class Spares:
    """Copies files, and once a file was copied twice has the next copy ready, made by a thread of its own.
    A reset or a restore is most of all a copy of a file; with a spare it is a rename. A source that has changed since, by its
    stamp, is copied anew."""

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
        """Make a file that is not there yet a copy of another, which nobody writes to; OSError when it cannot be."""
        now = stamp(source)
        made_at, spare = self._take(source)
        if spare is not None and made_at == now:
            spare.replace(target)
        else:
            self._remove(spare)
            copy_file(source, target)
        self._note(source, now)

    def ready(self, source: Path) -> bool:
        """Tell whether the next copy of a file is made already."""
        with self._lock:
            return source in self._ready

    def close(self) -> None:
        """Make no more, and remove those that there are."""
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
        """Note that a file was copied; order a spare of it when that was not for the first time."""
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
                self._folder.mkdir(parents=True, exist_ok=True)
                copy_file(source, path)
                self._keep(source, wanted, path)
            except OSError as error:  # what asks for the next copy makes it itself, and says what is wrong
                remove(path)
                log.debug("No copy of %s was made ahead: %s", source.name, error)

    def _keep(self, source: Path, wanted: Stamp, path: Path) -> None:
        """Keep a copy for the next who asks, unless the source has changed meanwhile or is no longer among those used last."""
        good = stamp(source) == wanted
        with self._lock:
            good = good and self._used.get(source) == wanted and source not in self._ready
            if good:
                self._ready[source] = (wanted, path)
        if not good:
            remove(path)
