"""The time to live of worlds: a world that has a time to live is dropped when it has not been used for so long, in real time."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from mockmarket.clock import monotonic

log = logging.getLogger("mockmarket")
LONGEST_REST_S = 3600.0


class Lease:
    """The time to live of one world, in real seconds since the end of its last use; used by any thread."""

    def __init__(self, ttl_s: float) -> None:
        self.ttl_s = ttl_s
        self._used_at = monotonic()
        self._uses = 0
        self._lock = threading.Lock()

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep the world for the length of a block, and for `ttl_s` from its end."""
        with self._lock:
            self._uses += 1
        try:
            yield
        finally:
            with self._lock:
                self._uses -= 1
                self.touch()

    def touch(self) -> None:
        """Count the time from now."""
        self._used_at = monotonic()

    @property
    def left_s(self) -> float:
        """How long the world is kept without a further use; at most 0 when its time is over."""
        return self.ttl_s if self._uses else self._used_at + self.ttl_s - monotonic()


class Sweeper:
    """A thread, started by the first lease, that ends every lease whose time is over. `leases` lists those that there are; `end` drops the
    world of a lease."""

    def __init__(self, leases: Callable[[], Sequence[tuple[str, Lease]]], end: Callable[[str, Lease], None]) -> None:
        self._leases, self._end = leases, end
        self._changed = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def look(self) -> None:
        """Take note of a new lease."""
        with self._changed:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="mockmarket-sweeper", daemon=True)
                self._thread.start()
            self._changed.notify()

    def close(self) -> None:
        """Stop; no world is dropped from now on."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping:
            for name, lease in self._leases():
                if lease.left_s <= 0 and not self._stopping:
                    try:
                        self._end(name, lease)
                    except Exception:  # other worlds must still be swept
                        log.exception("The world %s, whose time to live is over, could not be dropped.", name)
            with self._changed:
                if not self._stopping:
                    left_s = [lease.left_s for _, lease in self._leases()]
                    self._changed.wait(max(0.0, min([LONGEST_REST_S, *left_s])))
