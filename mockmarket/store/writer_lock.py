"""The lock of a world's single writer, which knows whether a write awaits its turn."""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress


class WriterLock:
    """Held for each write transaction of a world; a thread may take it again. A long transaction that need not be whole, of
    deliveries or answers, looks at `is_awaited` and ends early."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._passed = threading.Event()
        self._passed.set()
        self._steps: deque[Callable[[], object]] = deque()

    def __enter__(self) -> None:
        self._lock.acquire()
        if self.is_awaited:
            self._passed.set()

    def __exit__(self, *_: object) -> None:
        self._lock.release()
        self._call_steps()

    def is_free(self) -> bool:
        """Return whether the lock could be taken at once."""
        if not self._lock.acquire(blocking=False):
            return False
        self._lock.release()
        return True

    def when_free(self, step: Callable[[], object]) -> None:
        """Call a step when the lock is free, in the thread that frees it. A write awaits its turn from now on."""
        self._passed.clear()
        self._steps.append(step)
        if self.is_free():
            self._call_steps()

    def _call_steps(self) -> None:
        while self._steps:
            with suppress(IndexError):  # another thread took the last
                self._steps.popleft()()

    @property
    def is_awaited(self) -> bool:
        """Whether the lock was not free for a write, and has not been taken since."""
        return not self._passed.is_set()

    def let_pass(self, most_s: float) -> None:
        """Wait until no write awaits its turn, at most so many seconds."""
        self._passed.wait(most_s)
