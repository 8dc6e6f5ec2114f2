"""Stopping: a command that waits until a signal, or something else, has it stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from queue import Empty, SimpleQueue

from mockmarket.clock import monotonic

STOPPING = (signal.SIGINT, signal.SIGTERM)
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_UP_S = 0.5
SIGNALLED = 128
"""What shells add to a signal's number for the exit code."""


@contextmanager
def handling(numbers: Iterable[signal.Signals], handler: Callable[[int, object], object]) -> Iterator[None]:
    """Have signals handled for the length of a block."""
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


@contextmanager
def tidy_end(numbers: Iterable[signal.Signals] = ENDING) -> Iterator[None]:
    """End the block with the exit code 128 + n at signal n, so that what it has opened is closed and removed.

    A signal that is ignored, as under nohup, stays so; nothing is done outside the main thread, where no handler can be set.
    """
    usual = (signal.SIG_DFL, signal.default_int_handler)
    main = threading.current_thread() is threading.main_thread()
    with handling([number for number in numbers if signal.getsignal(number) in usual] if main else (), end):
        yield


def end(number: int, frame: object) -> None:
    """Raise what ends the process with a signal's exit code."""
    raise SystemExit(SIGNALLED + number)


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
        """Wait until somebody wishes to stop, or for so long.

        It looks up now and then: a signal that comes just as the interpreter goes to sleep is handled only when it wakes.
        """
        until = None if timeout_s is None else monotonic() + timeout_s
        while until is None or until > monotonic():
            with suppress(Empty):
                self._wishes.get(timeout=LOOK_UP_S if until is None else min(LOOK_UP_S, max(0.0, until - monotonic())))
                return

    def at_signals(self, numbers: Iterable[signal.Signals] = STOPPING) -> AbstractContextManager[None]:
        """Take signals for the wish to stop, for the length of a block."""
        return handling(numbers, lambda *_: self.wish())
