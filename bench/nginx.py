"""nginx in front of servers, as examples/fleet/nginx.conf configures it."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.load import Address, once, request
from bench.processes import cpu_of

EXAMPLE = Path(__file__).parent.parent / "examples" / "fleet"
COMMAND = ("nginx", "-e", "stderr", "-g", "daemon off;", "-c", "nginx.conf", "-p")
PATIENCE_S = 30


@dataclass
class Nginx:
    """A running nginx: its address, its process, the folder of its configuration."""

    address: Address
    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def url(self) -> str:
        """Its base URL."""
        return "http://{}:{}".format(*self.address)

    def reload(self, servers: Sequence[str]) -> None:
        """Pass requests to these servers; returns once the workers with the former configuration have ended (Linux)."""
        former, until = self.workers(), time.monotonic() + PATIENCE_S
        write_servers(self.folder, servers)
        self.process.send_signal(signal.SIGHUP)
        while former & self.workers():
            check_time(until, "nginx was not reloaded in time.")

    def cpu(self) -> float:
        """Return the seconds of CPU that its worker processes have used so far (Linux)."""
        return sum(cpu_of(int(worker)) for worker in self.workers())

    def workers(self) -> set[str]:
        """Return the ids of nginx's worker processes."""
        pid = self.process.pid
        return {*Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def check_time(until: float, message: str) -> None:
    """Raise TimeoutError with a message after a moment of the monotonic clock."""
    if time.monotonic() > until:
        raise TimeoutError(message)


def free_port() -> int:
    """Return a port of loopback that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


def write_servers(folder: Path, servers: Sequence[str]) -> None:
    """Write the servers, HOST:PORT, that nginx passes requests to."""
    (folder / "servers.conf").write_text("".join(f"server {server} max_fails=0;\n" for server in servers))


@contextmanager
def nginx_before(folder: Path, servers: Sequence[str]) -> Iterator[Nginx]:
    """Run nginx on a free port, with its files in a folder; should another process take the port first, on another one."""
    shutil.copy(EXAMPLE / "nginx.conf", folder)
    folder.chmod(0o755)  # its workers may be another user's
    write_servers(folder, servers)
    nginx = None
    while nginx is None:
        nginx = started(folder, free_port())
    try:
        yield nginx
    finally:
        nginx.process.terminate()
        nginx.process.wait(PATIENCE_S)


def started(folder: Path, port: int) -> Nginx | None:
    """Start nginx on a port; returns it once it answers, None when the port was taken."""
    (folder / "listen.conf").write_text(f"listen 127.0.0.1:{port};\n")
    with (folder / "errors").open("wb") as errors:
        process = subprocess.Popen([*COMMAND, str(folder)], stderr=errors)
    try:
        if answers(process, port):
            return Nginx(("127.0.0.1", port), process, folder)
    except BaseException:
        process.kill()
        process.wait()
        raise
    words = (folder / "errors").read_text()
    if "Address already in use" not in words:
        raise OSError(words)
    return None


def answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until nginx answers on a port; False when it has ended instead."""
    until = time.monotonic() + PATIENCE_S
    while process.poll() is None:
        check_time(until, "nginx does not answer.")
        with suppress(ConnectionRefusedError):
            if b"Server: nginx" in once(("127.0.0.1", port), request("GET", "/")):
                return True
    return False
