"""Stopping: a command that waits until a signal, or something else, has it stop."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue

STOPPING = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """A wish to stop, which a signal handler may utter too.

    `threading.Event` is not made for that: a handler runs within the thread that waits, and waits for ever when that one
    was just taking the event's lock. SimpleQueue is (Python, "queue": reentrant).
    """

    def __init__(self) -> None:
        self._wishes: SimpleQueue[None] = SimpleQueue()

    def wish(self) -> None:
        """Have who waits stop, now or as soon as it waits."""
        self._wishes.put(None)

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait until somebody wishes to stop, or for so long."""
        try:
            self._wishes.get(timeout=timeout_s)
        except Empty:
            return

    @contextmanager
    def at_signals(self, numbers: Sequence[signal.Signals] = STOPPING) -> Iterator[None]:
        """Take signals for the wish to stop, for the length of a block."""
        before = {number: signal.signal(number, lambda *_: self.wish()) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
