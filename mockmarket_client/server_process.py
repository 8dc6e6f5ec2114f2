"""ServerProcess: a mockmarket that serves the tests of one run, as a process of its own, by a command."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from subprocess import PIPE, Popen

START_S, GRACE_S = 120.0, 10.0
"""Most seconds for a start, in which the command may download the server, and for an end."""
KEPT_S = 3600
UNTIL_EOF = (
    "import os, sys, time; print(os.environ['MOCKMARKET_URL'], flush=True); "
    f"sys.stdin.readline() and time.sleep({KEPT_S})"
)
"""Prints the server's URL and waits for the end of its standard input, so that the server ends with its owner, however that ends. A line
of input lets the server run on for KEPT_S."""
OTHERWISE = "Name another command, such as `uvx mockmarket`, or the URL of a running server."


class ServerFailed(Exception):
    """A server does not start; the message says why."""


def command_of(words: str | None) -> list[str]:
    """Return the command line of mockmarket: the words of a command, else this environment's own, else the one on the PATH."""
    if words:
        try:
            return shlex.split(words)
        except ValueError as error:
            raise ServerFailed(f"The command {words} cannot be read: {error}.") from None
    if find_spec("mockmarket"):
        return [sys.executable, "-m", "mockmarket"]
    if path := shutil.which("mockmarket"):
        return [path]
    raise ServerFailed(f"mockmarket is not installed here. {OTHERWISE}")


def options_of(fixture: str | None, tls: bool) -> list[str]:
    """Return the arguments that serve on a free port of loopback until the end of standard input."""
    chosen = [*(["--fixture", fixture] if fixture else []), *(["--tls"] if tls else [])]
    return ["exec", "--port", "0", "--host", "127.0.0.1", *chosen, "--", sys.executable, "-I", "-S", "-c", UNTIL_EOF]


class ServerProcess:
    """A running server. It starts when it is made; `url` waits for it. Raises ServerFailed where the command cannot be run."""

    def __init__(self, command: Sequence[str]) -> None:
        own = {name: value for name, value in os.environ.items() if not name.startswith("MOCKMARKET_")}  # for others
        own["MOCKMARKET_NO_CONFIG"] = "1"  # a project's file is for the command line
        self._kept = False
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by `stop`
        try:
            self._process = Popen(  # noqa: S603 - it is our own command line, or the user's
                command, stdin=PIPE, stdout=PIPE, stderr=self._errors, text=True, env=own, start_new_session=True
            )
            return
        except OSError as error:
            reason = f"{command[0]} cannot be run: {error.strerror}. {OTHERWISE}"
        self._errors.close()
        raise ServerFailed(reason)

    def url(self) -> str:
        """Return the server's URL as soon as it is ready; ServerFailed when it ends before, or takes longer than START_S."""
        lines: list[str] = []
        stdout = self._process.stdout
        ready = stdout is not None and in_time(lambda: lines.append(stdout.readline().strip()), START_S)
        if ready and lines[0]:
            return lines[0]
        self._end()
        reason = f"exit code {self._process.returncode}" if ready else f"no answer within {START_S:g} s"
        self._errors.seek(0)
        raise ServerFailed(f"mockmarket did not start ({reason}):\n{self._errors.read()}")

    def keep(self) -> str:
        """Let the server run on after its owner, for KEPT_S; returns a sentence for people that says so."""
        if self._process.stdin and not self._kept:
            with suppress(OSError):  # it has ended already
                self._process.stdin.write("keep\n")
                self._process.stdin.flush()
                self._kept = True
        return f"The server of kept worlds ends in {KEPT_S // 60} minutes; `kill {self._process.pid}` ends it now."

    def stop(self) -> None:
        """End the server, unless it is kept."""
        if not self._kept:
            self._end()
        for file in (self._process.stdout, self._errors):
            if file:
                file.close()

    def _end(self) -> None:
        if self._process.stdin:
            with suppress(OSError):
                self._process.stdin.close()
        if not in_time(self._process.wait, GRACE_S):
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)  # its own session's, whatever the command has started
            self._process.wait()


def in_time(work: Callable[[], object], seconds: float) -> bool:
    """Return whether work ends within these seconds. It takes a thread: timeouts of `subprocess` read a clock that tests may freeze."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()
