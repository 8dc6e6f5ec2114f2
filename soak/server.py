"""The mock under test, in a process of its own: started, killed, started again on the same port; and the calls that are made to it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from soak.facts import Facts, Failure

PATIENCE_S = 60.0


class Mock:
    """One server. `prefix` is a command that runs it, such as one with a small disk."""

    def __init__(self, log: Path, *options: str, prefix: list[str] | None = None) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [
            *(prefix or []),
            sys.executable,
            "-m",
            "mockmarket",
            "serve",
            "--port",
            str(self.port),
            "--log-level",
            "error",
            *options,
        ]
        self._log = log
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Mock:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start, and wait until it serves; raises RuntimeError when it ends before."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout is not None
        if not any(line.startswith("Ready. ") for line in self.process.stdout):
            raise RuntimeError(f"The server did not start: {self._log.read_text()[-2000:]}")

    def stop(self) -> None:
        """End the process in the ordinary way."""
        if self.process is not None:
            self.process.terminate()
            self.process.communicate(timeout=PATIENCE_S)
            self.process = None

    def kill(self) -> None:
        """End the process as `kill -9` does."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate(timeout=PATIENCE_S)
        self.process = None

    @property
    def pid(self) -> int:
        """The id of the running process."""
        assert self.process is not None
        return self.process.pid

    def files(self) -> int:
        """Return how many files the process has open; 0 where there is no /proc."""
        folder = f"/proc/{self.pid}/fd"
        return len(os.listdir(folder)) if os.path.isdir(folder) else 0

    def megabytes(self) -> float:
        """Return the memory in use (RSS) in MB; 0 where there is no /proc."""
        status = Path(f"/proc/{self.pid}/status")
        lines = status.read_text().splitlines() if status.exists() else []
        return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), 0.0)


class Unanswered(Exception):
    """The server closed the connection, or listens no more."""


class Caller:
    """Calls a server from any thread, each with its own connection, and records failures under a phase's name. While
    `may_be_down` a call without an answer is no failure."""

    def __init__(self, url: str, facts: Facts, phase: str, may_be_down: bool = False) -> None:
        self.url, self.facts, self.phase, self.may_be_down = url, facts, phase, may_be_down
        self._local = threading.local()

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """Make a request; raises Unanswered without an answer."""
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.trust_env = False
        self.facts.counts["requests"] += 1
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            answer: requests.Response = self._local.session.request(
                method, self.url + path, json=body, headers=names, timeout=PATIENCE_S
            )
        except requests.RequestException as error:
            if not self.may_be_down:
                self.facts.failures.append(Failure(self.phase, 0, ""))
            raise Unanswered(str(error)) from error
        if answer.status_code >= 500:
            self.facts.failures.append(Failure(self.phase, answer.status_code, answer.text[:300]))
        return answer

    def control(self, method: str, path: str, body: Any = None, world: str = "main") -> Any:
        """Make a control request in a world; returns the answer's JSON, or None."""
        answer = self.call(method, f"/w/{world}/_mockmarket/{path}", body)
        return answer.json() if answer.ok and answer.content else None


def all_at_once(count: int, work: Callable[[int], None]) -> None:
    """Run work in so many threads, each with its number, until all have ended."""
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def until(condition: Callable[[], bool], seconds: float = PATIENCE_S) -> bool:
    """Return whether a condition comes true within so many seconds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
