"""The processes of a bench: started on free ports, found by the line they print, measured through /proc, ended by their id."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.load import Address, WrongAnswer, once, request
from bench.receiver import STAMP

THREADS = 8
PATIENCE_S = 60
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
MOCKMARKET = ("-m", "mockmarket", "serve", "--port", "0", "--workers", str(THREADS), "--log-level", "error")
BARE = ("-m", "bench.baseline", str(THREADS))
HEALTH = request("GET", "/_mockmarket/health")


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs: the arguments of its process, the process, and where it listens."""

    name: str
    arguments: tuple[str, ...]
    process: subprocess.Popen[bytes]
    address: Address

    def cpu(self) -> float:
        """Return the seconds of CPU used so far, all threads together; 0 where there is no /proc."""
        return cpu_of(self.process.pid)

    def megabytes(self) -> float:
        """Return the memory in use (RSS) in MB; 0 where there is no /proc."""
        status = Path(f"/proc/{self.process.pid}/status")
        lines = status.read_text().splitlines() if status.exists() else []
        return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), 0.0)


def cpu_of(process: int) -> float:
    """Return the seconds of CPU that a process has used so far, all threads together; 0 where there is no /proc."""
    stat = Path(f"/proc/{process}/stat")
    fields = stat.read_text().rpartition(")")[2].split() if stat.exists() else ["0"] * 20
    return (int(fields[11]) + int(fields[12])) * TICK_S


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run Python with these arguments, and end it afterwards."""
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        if process.stdout:
            process.stdout.close()


@contextmanager
def serving(name: str, *arguments: str) -> Iterator[Served]:
    """Run a server until it says where it listens."""
    with running(*arguments) as process:
        port = int(output_line(process, b"Ready. ").rpartition(b":")[2])
        yield Served(name, arguments, process, ("127.0.0.1", port))


def cold_start(arguments: tuple[str, ...], message: bytes) -> float:
    """Return the seconds from the start of a server's process to its first answer to a request, a 200."""
    began = time.perf_counter()
    with serving("cold", *arguments) as server:
        answer = once(server.address, message)
        elapsed = time.perf_counter() - began
    if not answer.startswith(b"HTTP/1.1 200"):
        raise WrongAnswer(f"Expected 200, got {answer[:200]!r}.")
    return elapsed


def output_line(process: subprocess.Popen[bytes], start: bytes) -> bytes:
    """Return the first line of a process's output that starts like this."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(start):
            return line.strip()
    raise WrongAnswer("A server ended without saying where it listens; what it said stands above.")


def pin(process: int, core: int) -> None:
    """Keep a process, every thread of it, on one core."""
    for thread in os.listdir(f"/proc/{process}/task"):
        os.sched_setaffinity(int(thread), {core})


class Receiver:
    """The receiver's process as its starter sees it: where it listens, and when webhooks came."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        self.process = process
        self.url = f"http://127.0.0.1:{process.stdout.readline().decode().strip()}/hooks"
        self._pipe = process.stdout.fileno()
        self._left = b""

    def moments(self, count: int) -> list[int]:
        """Wait for this many webhooks; returns when each came, in monotonic nanoseconds."""
        while len(self._left) < count * STAMP.size:
            if not select.select([self._pipe], [], [], PATIENCE_S)[0]:
                raise WrongAnswer(f"{len(self._left) // STAMP.size} of {count} webhooks came within {PATIENCE_S} s.")
            self._left += os.read(self._pipe, 65_536)
        taken, self._left = self._left[: count * STAMP.size], self._left[count * STAMP.size :]
        return [moment for (moment,) in STAMP.iter_unpack(taken)]


@contextmanager
def silence() -> Iterator[str]:
    """Give the URL of something that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/silent"


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver."""
    with running("-m", "bench.receiver") as process:
        yield Receiver(process)
