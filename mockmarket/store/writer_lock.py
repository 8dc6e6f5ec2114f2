"""The lock of a world's single writer, which knows whether a write awaits its turn."""

import threading


class WriterLock:
    """Held for each write transaction of a world; a thread may take it again. A long transaction that need not be whole, of
    deliveries or answers, looks at `is_awaited` and ends early."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._passed = threading.Event()
        self._passed.set()

    def __enter__(self) -> None:
        self._lock.acquire()
        if self.is_awaited:
            self._passed.set()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def is_free(self) -> bool:
        """Return whether the lock could be taken at once. If not, a write awaits its turn from now on."""
        if not self._lock.acquire(blocking=False):
            self._passed.clear()
            return False
        self._lock.release()
        return True

    @property
    def is_awaited(self) -> bool:
        """Whether the lock was not free for a write, and has not been taken since."""
        return not self._passed.is_set()

    def let_pass(self, most_s: float) -> None:
        """Wait until no write awaits its turn, at most so many seconds."""
        self._passed.wait(most_s)
