"""A small HTTP server for webhooks: passes complete raw requests to its owner and sends its answers. It checks and stores nothing."""

from __future__ import annotations

import logging
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from mockmarket_client.scheme import Headers

log = logging.getLogger("mockmarket.listener")
LARGEST_BODY = 5_000_000
PATIENCE_S, POLL_S = 30.0, 0.05
MOST_CONNECTIONS = 128
GRACE_S = 1.0
"""How long a listener that ends waits for answers that are under way."""


@dataclass(frozen=True)
class Arrival:
    """One received request: its headers in order, its body's bytes."""

    method: str
    path: str
    headers: Headers
    body: bytes


@dataclass(frozen=True)
class Reply:
    """The answer to a webhook."""

    status: int = 200
    body: bytes = b'{"success":true}'
    headers: Headers = (("Content-Type", "application/json"),)


class Listener(ThreadingHTTPServer):
    """Accepts many connections at once: with the default queue of 5, the sixth waits for a second. Each has a thread; above
    MOST_CONNECTIONS, the one that was used least recently is closed."""

    request_queue_size = 128
    daemon_threads = True
    scheme = "http"

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._lock = threading.Lock()
        self._open: dict[Any, None] = {}
        self._answering, self._answered = 0, threading.Condition(self._lock)
        super().__init__(*arguments, **options)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a new connection in a thread."""
        self.used(request)
        with self._lock:
            oldest = next(iter(self._open)) if len(self._open) > MOST_CONNECTIONS else None
            self._open.pop(oldest, None)  # before its thread does: the next connection closes another
        if oldest:
            with suppress(OSError):  # it ends by itself
                oldest.shutdown(socket.SHUT_RDWR)
        super().process_request(request, client_address)

    def secure(self, context: ssl.SSLContext) -> None:
        """Speak TLS. Each handshake takes place in its connection's thread, within PATIENCE_S."""
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.scheme = "https"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log why a connection failed: the client left, or there was no handshake."""
        log.warning("The connection of %s failed: %s", client_address[0], sys.exc_info()[1])

    def used(self, request: Any) -> None:
        """Note that a connection was used just now."""
        with self._lock:
            self._open.pop(request, None)
            self._open[request] = None

    def shutdown_request(self, request: Any) -> None:
        """End a connection."""
        with self._lock:
            self._open.pop(request, None)
        super().shutdown_request(request)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Count a request as being answered for the length of a block."""
        with self._lock:
            self._answering += 1
        try:
            yield
        finally:
            with self._lock:
                self._answering -= 1
                self._answered.notify_all()

    def drain(self) -> None:
        """Wait, at most GRACE_S, until every request that was read has its answer."""
        with self._lock:
            self._answered.wait_for(lambda: not self._answering, GRACE_S)

    @property
    def url(self) -> str:
        """The listener's URL; for a listener on all addresses, with the loopback address."""
        host, port = str(self.server_address[0]), self.server_address[1]
        return f"{self.scheme}://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104 - it is compared, not bound to


@contextmanager
def listening(
    take: Callable[[Arrival], Reply],
    host: str = "127.0.0.1",
    port: int = 0,
    poll_s: float = POLL_S,
    context: ssl.SSLContext | None = None,
) -> Iterator[Listener]:
    """Listen, with TLS where there is a context, for the length of a block; `take` gets the requests, several at once."""
    server = Listener((host, port), handler(take))
    if context:
        server.secure(context)
    thread = threading.Thread(target=lambda: server.serve_forever(poll_s), name="mockmarket-listener", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.drain()
        server.server_close()
        thread.join()


def handler(take: Callable[[Arrival], Reply | None]) -> type[BaseHTTPRequestHandler]:
    """Return a handler that answers a GET with a notice that it listens, other requests as `take` says: None resets the connection."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = PATIENCE_S
        wbufsize = 65536
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._answer(Reply(body=b'{"listening":true}'))

        def do_POST(self) -> None:
            with self.server.answering() if isinstance(self.server, Listener) else nullcontext():
                self._take()

        def _take(self) -> None:
            length = self.headers.get("Content-Length", "0")
            if not length.isdecimal() or int(length) > LARGEST_BODY:
                self.close_connection = True
                self._answer(Reply(413, b'{"error":"the body is too large, or its length is missing"}'))
                return
            body = self.rfile.read(int(length))
            if reply := take(Arrival(self.command, self.path, tuple(self.headers.items()), body)):
                self._answer(reply)
                return
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

        do_PUT = do_PATCH = do_POST

        def _answer(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in (*reply.headers, ("Content-Length", str(len(reply.body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)
            self.wfile.flush()  # while it still counts as being answered
            if isinstance(self.server, Listener):
                self.server.used(self.connection)

        def log_message(self, *_: Any) -> None:
            """Log nothing: the owner does."""

    return Handler
