"""nginx in front of servers, with the configuration of examples/fleet; skipped where nginx is not installed, unless it is required."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from mockmarket.clock import monotonic
from tests.receiver import PATIENCE_S

REQUIRED = "MOCKMARKET_NGINX_TESTS"
"""Set to `required` where a missing nginx is an error instead of a reason to skip."""
EXAMPLE = Path(__file__).parent.parent / "examples" / "fleet"


@dataclass
class Nginx:
    """A running nginx: its URL, its process, the folder of its configuration."""

    url: str
    process: subprocess.Popen[bytes]
    folder: Path

    def reload(self, servers: Sequence[str]) -> None:
        """Pass requests to these servers; returns once the workers with the former configuration have ended."""
        former, until = self.workers(), monotonic() + PATIENCE_S
        write_servers(self.folder, servers)
        self.process.send_signal(signal.SIGHUP)
        while former & self.workers():
            assert monotonic() < until, "nginx was not reloaded in time"

    def workers(self) -> set[str]:
        """Return the ids of nginx's worker processes."""
        pid = self.process.pid
        return {*Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def require_nginx() -> None:
    """Skip a test where nginx is not installed, unless it is required."""
    if shutil.which("nginx") is None and os.environ.get(REQUIRED) != "required":
        pytest.skip("nginx is not installed")


def free_port() -> int:
    """Return a port of loopback that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


def write_servers(folder: Path, servers: Sequence[str]) -> None:
    """Write the servers, HOST:PORT, that nginx passes requests to."""
    (folder / "servers.conf").write_text("".join(f"server {server} max_fails=0;\n" for server in servers))


@contextmanager
def nginx_before(folder: Path, servers: Sequence[str]) -> Iterator[Nginx]:
    """Run nginx with the example's configuration on a free port, which another process may take first: then on another one."""
    require_nginx()
    shutil.copy(EXAMPLE / "nginx.conf", folder)
    (folder / "temp").mkdir()
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
        process = subprocess.Popen(
            ["nginx", "-p", str(folder), "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;"], stderr=errors
        )
    url, until = f"http://127.0.0.1:{port}", monotonic() + PATIENCE_S
    while process.poll() is None:
        assert monotonic() < until, "nginx does not answer"
        try:
            if "nginx" in requests.get(url, timeout=PATIENCE_S).headers["Server"]:
                return Nginx(url, process, folder)
        except requests.ConnectionError:
            continue
    words = (folder / "errors").read_text()
    assert "Address already in use" in words, words
    return None
