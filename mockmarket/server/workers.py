"""Worker threads: as many as there are calls under way, up to a bound; the end of the process waits for none of them."""

import logging
import queue
import threading
from collections.abc import Callable

IDLE_S = 10.0
"""Seconds after which a thread without a call ends."""
log = logging.getLogger("mockmarket.server")


class Workers:
    """Runs calls in daemon threads: the standard library's executor would let a call that hangs keep the process alive."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._calls: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = self._free = 0

    def submit(self, call: Callable[[], object]) -> None:
        """Run a call in a thread; it waits for one while as many run as may."""
        with self._lock:
            self._free -= 1  # below zero: so many calls wait for a thread
            starts = self._free < 0 and self._threads < self._most
            if starts:
                self._threads += 1
                self._free += 1
        self._calls.put(call)
        if starts:
            threading.Thread(target=self._run, name="mockmarket-worker", daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                call = self._calls.get(timeout=IDLE_S)
            except queue.Empty:
                with self._lock:
                    if self._free > 0:
                        self._free -= 1
                        self._threads -= 1
                        return
                continue
            try:
                call()
            except Exception:
                log.exception("A call in a worker thread failed")
            with self._lock:
                self._free += 1
