"""Regular expressions of users: searched for by another process, with a deadline.

Python's `re` backtracks, which may take practically forever, and holds the interpreter's lock meanwhile: no other
thread runs, so none could stop it."""

from __future__ import annotations

import atexit
import json
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subprocess import Popen

DEADLINE_S = 2.0
START_S = 20.0
LONGEST_PATTERN = 1000
MOST_WORKERS = 4
SCRIPT = Path(__file__).with_name("regex_worker.py")
Answer = dict[str, object]  # `found`, whether a pattern matches, or `error`, why the search failed


class PatternError(Exception):
    """A pattern cannot be searched for; the message says why."""


class Workers:
    """Processes that search for patterns, started on demand, reused, and limited in number."""

    def __init__(self) -> None:
        self.idle: list[Popen[str]] = []
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(MOST_WORKERS)
        self._registered = False

    def ask(self, pattern: str, text: str) -> Answer:
        """Return the answer of a worker; PatternError at the deadline."""
        with self._places:
            worker = self._take()
            question = f"{json.dumps([DEADLINE_S + 1, pattern, text])}\n"
            try:
                answer = exchange(worker, question, DEADLINE_S)
            except BaseException:
                end(worker)
                raise
            with self._lock:
                self.idle.append(worker)
            return answer

    def _take(self) -> Popen[str]:
        with self._lock:
            if not self._registered:
                self._registered = True
                atexit.register(self.close)
            while self.idle:
                worker = self.idle.pop()
                if worker.poll() is None:
                    return worker
                end(worker)
        return start()

    def close(self) -> None:
        """End the workers that are idle."""
        with self._lock:
            idle, self.idle = self.idle, []
        for worker in idle:
            end(worker)


def start() -> Popen[str]:
    """Start a worker and wait until it is ready; PatternError when it cannot be started."""
    from subprocess import DEVNULL, PIPE, Popen  # imported at the first pattern rather than at the start

    command = [sys.executable, "-I", "-S", str(SCRIPT)]
    try:
        worker = Popen(  # noqa: S603 - it is a script of ours
            command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, text=True, start_new_session=True
        )
    except OSError as error:
        raise PatternError(f"the search process could not be started: {error}") from error
    try:
        exchange(worker, "", START_S)
    except BaseException:
        end(worker)
        raise
    return worker


def exchange(worker: Popen[str], question: str, seconds: float) -> Answer:
    """Send a line, if any, and return the answer; a worker that does not answer in time is killed, and PatternError raised."""
    if worker.stdin is None or worker.stdout is None:
        raise RuntimeError("The worker was started without pipes.")
    deadline = threading.Timer(seconds, worker.kill)
    deadline.start()
    try:
        with suppress(BrokenPipeError):  # the worker was killed meanwhile
            worker.stdin.write(question)
            worker.stdin.flush()
        line = worker.stdout.readline()
    finally:
        deadline.cancel()
    if not line:
        raise PatternError(f"the search takes too long, more than {seconds:g} s")
    answer: Answer = json.loads(line)
    return answer


def end(worker: Popen[str]) -> None:
    """Kill a worker and wait for its end."""
    worker.kill()
    with suppress(OSError):  # unwritten input
        worker.communicate()


WORKERS = Workers()


def search(pattern: str, text: str) -> bool:
    """Return whether a regular expression matches within a text; PatternError when the search fails."""
    answer = WORKERS.ask(pattern, text)
    if "error" in answer:
        raise PatternError(str(answer["error"]))
    return bool(answer["found"])


def problem(pattern: object) -> str | None:
    """Return why a pattern is not a usable regular expression, or None."""
    if not isinstance(pattern, str):
        return "it has to be a text"
    if len(pattern) > LONGEST_PATTERN:
        return f"it has {len(pattern)} characters, {LONGEST_PATTERN} at most"
    try:
        search(pattern, "")
    except PatternError as error:
        return str(error)
    return None
