"""A webhook receiver for tests: a real HTTP server that records requests and answers as configured."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from mockmarket.clock import monotonic

PATIENCE_S = 30
"""How long tests wait for what must happen. It happens much sooner, except on a busy machine."""


def eventually(condition: Callable[[], bool]) -> None:
    """Look again and again until something is so; fails the test in the end."""
    end, pause = monotonic() + PATIENCE_S, threading.Event()
    while not condition():
        assert monotonic() < end, "it did not come true in time"
        pause.wait(0.002)


@dataclass
class Hook:
    """One request as it arrived: headers in their order, the raw body."""

    path: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return a header's value, whatever the case of its name."""
        return next((value for known, value in self.headers if known.lower() == name.lower()), None)

    @property
    def json(self) -> Any:
        """Return the body read as JSON."""
        return json.loads(self.body)


@dataclass
class Receiver:
    """The requests that arrived, and how to answer them: `answer(hook)` returns (status, body)."""

    url: str = ""
    hooks: list[Hook] = field(default_factory=list)
    answer: Callable[[Hook], tuple[int, bytes]] = lambda hook: (200, b'{"received":true}')
    changed: threading.Condition = field(default_factory=threading.Condition)
    gate: threading.Event = field(default_factory=threading.Event)

    def wait(self, count: int) -> list[Hook]:
        """Return the requests as soon as at least `count` have arrived; fails the test after `PATIENCE_S`."""
        with self.changed:
            complete = self.changed.wait_for(lambda: len(self.hooks) >= count, PATIENCE_S)
        assert complete, f"{len(self.hooks)} of {count} webhooks arrived"
        return self.hooks

    def take(self, hook: Hook) -> tuple[int, bytes]:
        """Record a request; returns its answer."""
        with self.changed:
            answer = self.answer  # a test that has waited for the request may set the next one
            self.hooks.append(hook)
            self.changed.notify_all()
        return answer(hook)


def dawdling(seed: int, body: bytes = b'{"success":true}') -> Callable[[Hook], tuple[int, bytes]]:
    """Return the answer function of a healthy receiver that takes up to 20 ms per request."""
    rng, pause = random.Random(seed), threading.Event()
    return lambda hook: (200, body) if not pause.wait(rng.random() * 0.02) else (500, b"")


@contextmanager
def run_server(server: TCPServer) -> Iterator[str]:
    """Run a server on loopback in a thread, and end both; gives the server's URL."""
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Listener(ThreadingHTTPServer):
    """Accepts many connections at once: with the default queue of 5, the sixth is retried a second later."""

    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing about a killed sender: CPython 3.11 formats a traceback with `ast`, which two threads cannot use at once."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver on a port of its own."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = receiver.take(Hook(self.path, self.headers.items(), body))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    with run_server(Listener(("127.0.0.1", 0), Handler)) as url:
        receiver.url = f"{url}/hooks"
        yield receiver
