"""Serving over HTTP: the socket, the threads, readiness, and a stop that finishes what is under way."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import waitress
from waitress import wasyncore

from mockmarket.api.context import WSGI, ServerHooks
from mockmarket.clock import monotonic
from mockmarket.server.dispatch import SERVER
from mockmarket.server.pacing import PacedChannel, patience_s

LOOP_S = 1.0
DRAIN_STEP_S = 0.05
IDLE_S = 0.5
LARGEST_UPLOAD = 64_000_000


class Server:
    """One listening socket and a pool of threads. Requests are read whole before a thread takes them, so that a slow client holds none."""

    def __init__(self, app: WSGI, host: str, port: int, workers: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family, backlog=1024)
        self.host = host
        self.port: int = self._socket.getsockname()[1]
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._stopping = threading.Event()
        self._threads = workers
        self._widening = threading.Lock()
        self._server: Any = waitress.create_server(
            self._with_hooks(app), sockets=[self._socket], threads=workers, ident=None, max_request_body_size=LARGEST_UPLOAD,
            clear_untrusted_proxy_headers=False, connection_limit=1000, channel_timeout=120,
        )  # fmt: skip
        self._server.channel_class, self._server.paced = PacedChannel, set()
        self._thread = threading.Thread(target=self._run, name="mockmarket-server", daemon=True)

    @property
    def url(self) -> str:
        """Where it can be reached."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def start(self) -> None:
        """Begin to accept requests."""
        self._thread.start()

    def stop(self, grace_s: float) -> None:
        """Accept no more, let the requests that are under way end within the grace, then close every connection."""
        with self._widening:
            self._stopping.set()
        self._server.pull_trigger()
        self._thread.join()
        self._server.accepting = False
        wasyncore.dispatcher.close(self._server)
        until = monotonic() + grace_s
        while self._busy() and monotonic() < until:
            self._loop(DRAIN_STEP_S)
        self._server.task_dispatcher.shutdown(timeout=max(IDLE_S, until - monotonic()))
        wasyncore.close_all(self._server._map, ignore_all=True)

    def _with_hooks(self, app: WSGI) -> WSGI:
        """Return the application with ways to see that the server stops, and to have a thread more, for answers that take long."""
        hooks = {SERVER: ServerHooks(self._stopping, self.lent_thread)}
        return lambda environ, start: app(environ | hooks, start)

    @contextmanager
    def lent_thread(self) -> Iterator[None]:
        """Have one thread more for the length of a block, for a request that waits and does nothing meanwhile."""
        self._widen(1)
        try:
            yield
        finally:
            self._widen(-1)

    def _widen(self, by: int) -> None:
        with self._widening:
            self._threads += by
            if not self._stopping.is_set():
                self._server.task_dispatcher.set_thread_count(self._threads)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._loop(LOOP_S)

    def _loop(self, longest_s: float) -> None:
        wasyncore.loop(timeout=patience_s(self._server, longest_s), map=self._server._map, count=1, use_poll=True)

    def _busy(self) -> bool:
        """Tell whether a request is being answered or an answer is still to be sent."""
        channels = self._server.active_channels.values()
        return bool(self._server.task_dispatcher.active_count) or any(
            channel.total_outbufs_len or channel.requests for channel in channels
        )


def write_port_file(path: Path, port: int) -> None:
    """Write the port to a file as one step, so that a reader sees all of it or nothing; its folder is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(f"{port}\n")
    partial.replace(path)
