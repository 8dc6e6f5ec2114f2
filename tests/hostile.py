"""Receivers that misbehave in one way each, on loopback sockets; a behaviour is a function of connection and site."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

PATIENCE_S = 10.0
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Site:
    """What a receiver has seen: whole requests, connections. `hangup` is set when a sender hangs up; `arrivals` counts the requests."""

    url: str = ""
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    open: list[socket.socket] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    hangup: threading.Event = field(default_factory=threading.Event)
    arrivals: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    @property
    def port(self) -> int:
        return int(self.url.split(":")[2].split("/")[0])


Behaviour = Callable[[socket.socket, Site], None]


@contextmanager
def receiver(behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    """Run a receiver for the length of a block."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    port = listener.getsockname()[1]
    site = Site(url=f"{'https' if tls else 'http'}://127.0.0.1:{port}/hook")
    threads: list[threading.Thread] = []
    doorman = threading.Thread(target=_accept, args=(listener, behaviour, tls, site, threads))
    doorman.start()
    try:
        yield site
    finally:
        site.over.set()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S).close()
        doorman.join()
        for connection in site.open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()
        listener.close()


@contextmanager
def closed_port() -> Iterator[int]:
    """Give a port that nobody listens on, and that no other process can take before the end of the block."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def _accept(
    listener: socket.socket,
    behaviour: Behaviour,
    tls: ssl.SSLContext | None,
    site: Site,
    threads: list[threading.Thread],
) -> None:
    while True:
        connection, _ = listener.accept()
        if site.over.is_set():
            connection.close()
            return
        connection.settimeout(PATIENCE_S)
        site.connections += 1
        site.open.append(connection)
        thread = threading.Thread(target=_host, args=(connection, behaviour, tls, site))
        threads.append(thread)
        thread.start()


def _host(connection: socket.socket, behaviour: Behaviour, tls: ssl.SSLContext | None, site: Site) -> None:
    with suppress(OSError), connection:
        if tls is None:
            behaviour(connection, site)
            return
        with tls.wrap_socket(connection, server_side=True) as secured:
            site.open.append(secured)
            behaviour(secured, site)


def read_request(connection: socket.socket, site: Site) -> bytes:
    """Read one whole request and record it; returns empty bytes when the sender hung up."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (chunk := connection.recv(65_536)):
            return b""
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65_536)
    site.requests.append(head + b"\r\n\r\n" + body)
    site.arrivals.release()
    return site.requests[-1]


def _close(connection: socket.socket, site: Site) -> None:
    connection.close()


def _reset(connection: socket.socket, site: Site) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _hold(connection: socket.socket, site: Site) -> None:
    site.over.wait(PATIENCE_S)


def _drip(piece: bytes, connection: socket.socket, site: Site) -> None:
    while not site.over.wait(0.02):
        connection.sendall(piece)


def _flood(piece: bytes, connection: socket.socket, site: Site) -> None:
    try:
        while not site.over.is_set():
            connection.sendall(piece)
    except OSError:
        site.hangup.set()


def _first(raw: bytes, then: Behaviour, connection: socket.socket, site: Site) -> None:
    read_request(connection, site)
    connection.sendall(raw)
    then(connection, site)


def answers(raw: bytes = OK) -> Behaviour:
    """Answer each request with `raw` and keep the connection."""
    return partial(_answer, raw)


def _answer(raw: bytes, connection: socket.socket, site: Site) -> None:
    while read_request(connection, site):
        connection.sendall(raw)


def answers_then_hangs_up(connection: socket.socket, site: Site) -> None:
    """Answer one request; when a second comes on the same connection, close it without a byte."""
    read_request(connection, site)
    connection.sendall(OK)
    read_request(connection, site)


def sends_then_closes(raw: bytes) -> Behaviour:
    """Send `raw` and close in the ordinary way (FIN)."""
    return partial(_first, raw, _close)


def sends_then_resets(raw: bytes) -> Behaviour:
    """Send `raw` and reset the connection (RST)."""
    return partial(_first, raw, _reset)


def sends_then_holds(raw: bytes) -> Behaviour:
    """Send `raw` and then nothing, with the connection open."""
    return partial(_first, raw, _hold)


def sends_then_drips(raw: bytes, piece: bytes) -> Behaviour:
    """Send `raw`, then `piece` again and again, slowly."""
    return partial(_first, raw, partial(_drip, piece))


def sends_then_floods(raw: bytes, piece: bytes) -> Behaviour:
    """Send `raw`, then `piece` again and again, as fast as possible."""
    return partial(_first, raw, partial(_flood, piece))


def never_answers(connection: socket.socket, site: Site) -> None:
    """Read the request and never answer."""
    read_request(connection, site)
    _hold(connection, site)


def never_reads(connection: socket.socket, site: Site) -> None:
    """Accept and do nothing, not even a TLS handshake."""
    _hold(connection, site)


def says_plain_http(connection: socket.socket, site: Site) -> None:
    """Answer the first bytes with plain HTTP, as a server without TLS does."""
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
FAULTS: dict[str, tuple[Behaviour, str]] = {
    "never reads": (never_reads, "timeout"),
    "never answers": (never_answers, "timeout"),
    "header drip": (sends_then_drips(b"HTTP/1.1 200 OK\r\nX: ", b"x"), "timeout"),
    "body drip": (sends_then_drips(HEAD, b"x"), "timeout"),
    "interim drip": (sends_then_drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "timeout"),
    "body held": (sends_then_holds(HEAD + b"x"), "timeout"),
    "FIN before bytes": (sends_then_closes(b""), "reset"),
    "RST before bytes": (sends_then_resets(b""), "reset"),
    "FIN after interim": (sends_then_closes(b"HTTP/1.1 100 Continue\r\n\r\n"), "reset"),
    "FIN in headers": (sends_then_closes(b"HTTP/1.1 200 OK\r\nX: y"), "reset"),
    "RST in headers": (sends_then_resets(b"HTTP/1.1 200 OK\r\nX: y"), "reset"),
    "FIN with short body": (sends_then_closes(HEAD + b"x"), "reset"),
    "RST in body": (sends_then_resets(HEAD + b"x"), "reset"),
    "FIN in chunks": (sends_then_closes(CHUNKED + b"5\r\nab"), "reset"),
    "FIN after status line": (sends_then_closes(b"HTTP/1.1 200 OK\r\n"), "reset"),
    "bad chunk": (sends_then_closes(CHUNKED + b"zz\r\nhello\r\n0\r\n\r\n"), "protocol"),
    "bad status line": (sends_then_closes(b"HTTP/1.1 abc\r\n\r\n"), "protocol"),
    "HTTP/0.9": (sends_then_closes(b"ok, got it\r\n"), "protocol"),
    "another HTTP": (sends_then_closes(b"HTTP/3 200\r\n\r\n"), "protocol"),
    "no colon": (sends_then_closes(b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n"), "protocol"),
    "NUL in header": (sends_then_closes(b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n"), "protocol"),
    "bad length": (sends_then_closes(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), "protocol"),
    "negative length": (sends_then_closes(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"), "protocol"),
    "interim flood": (sends_then_floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "too_many_headers"),
    "101 headers": (sends_then_holds(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 101 + b"\r\n"), "too_many_headers"),
    "64 KB line": (
        sends_then_holds(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 65_536 + b"\r\n\r\n"),
        "too_many_headers",
    ),
    "endless line": (sends_then_floods(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 65_536), "too_many_headers"),
    "endless headers": (sends_then_floods(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 99), "too_many_headers"),
    "trailer flood": (sends_then_floods(CHUNKED + b"0\r\n", b"X: y\r\n" * 99), "too_many_headers"),
}
"""By name what a receiver may do wrong, and the error of an attempt that meets it."""


def main() -> None:
    """Run a receiver of each kind until the process is ended; the first line of standard output has their URLs, a JSON list."""
    with ExitStack() as stack:
        print(
            json.dumps([stack.enter_context(receiver(behaviour)).url for behaviour, _ in FAULTS.values()]), flush=True
        )
        threading.Event().wait()


if __name__ == "__main__":
    main()
