"""How a command stops: at a signal, on request, or with a sentence when the system prevents it from continuing."""

import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from queue import Empty, SimpleQueue

import click

from mockmarket.clock import monotonic

STOPPING = (signal.SIGINT, signal.SIGTERM)
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_UP_S = 0.5
SIGNALLED = 128  # shells add it to a signal's number for the exit code


@contextmanager
def handling(numbers: Iterable[signal.Signals], handler: Callable[[int, object], object]) -> Iterator[None]:
    """Handle signals for the length of a block."""
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


@contextmanager
def tidy_end(numbers: Iterable[signal.Signals] = ENDING) -> Iterator[None]:
    """End the block with the exit code 128 + n at signal n, so that its resources are closed and removed. A signal that
    is ignored, as under nohup, stays ignored; outside the main thread, where no handler can be set, nothing is done."""
    usual = (signal.SIG_DFL, signal.default_int_handler)
    main = threading.current_thread() is threading.main_thread()
    with handling([number for number in numbers if signal.getsignal(number) in usual] if main else (), end):
        yield


def end(number: int, _frame: object) -> None:
    """Raise SystemExit with a signal's exit code."""
    raise SystemExit(SIGNALLED + number)


class Stop:
    """A request to stop, which a signal handler may make too. `threading.Event` is not suitable: a handler runs within the waiting thread,
    and waits forever when that thread holds the event's lock. SimpleQueue is (Python, "queue": reentrant)."""

    def __init__(self) -> None:
        self._wishes: SimpleQueue[None] = SimpleQueue()

    def wish(self) -> None:
        """Stop the waiting thread, now or as soon as it waits."""
        self._wishes.put(None)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until a stop is requested, or for `timeout_s`; returns whether one was. It wakes from time to time: a signal that arrives
        just as the interpreter goes to sleep is handled only when it wakes."""
        until = None if timeout_s is None else monotonic() + timeout_s
        while until is None or until > monotonic():
            with suppress(Empty):
                self._wishes.get(timeout=LOOK_UP_S if until is None else min(LOOK_UP_S, max(0.0, until - monotonic())))
                return True
        return False

    def at_signals(self, numbers: Iterable[signal.Signals] = STOPPING) -> AbstractContextManager[None]:
        """Let signals request the stop, for the length of a block."""
        return handling(numbers, lambda *_: self.wish())


def sentence(error: Exception) -> str | None:
    """Return what the system or a file prevented, as a sentence; None for an error of the mock itself."""
    from mockmarket import errors  # imports take as long as some commands run
    from mockmarket.store.files import DataError, of_database

    if isinstance(error, OSError):
        return (output_problem() if error.filename is None else None) or errors.of_system(error)
    if isinstance(error, sqlite3.Error):
        words = of_database(error)
        return words and f"A database file {words}."
    return str(error) if isinstance(error, DataError) else None


def output_problem() -> str | None:
    """Return why standard output accepts no more, or None. The only way to know is to write: a write error does not say
    which file it concerns."""
    try:
        click.echo()
    except OSError as error:
        return f"Cannot write to standard output: {error.strerror}."
    return None


def complain(text: str) -> None:
    """Print on standard error why a command ends, if that can still be written to."""
    with suppress(OSError):
        click.echo(text, err=True)


def give_up() -> None:
    """Discard output that cannot be written: Python would try again at its end, and exit with its own code, 120."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            try:
                stream.flush()
            except OSError:
                with open(os.devnull, "w") as nowhere:
                    os.dup2(nowhere.fileno(), stream.fileno())
