"""The load generator: raw sockets with keep-alive, one request under way on each, the next sent when its answer is whole.

It reads of an answer only the status and Content-Length, into one buffer, and its sockets do not wait, so that it makes three system
calls for a request and costs less than what it measures.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

PATIENCE_S = 30
BUFFER = memoryview(bytearray(262_144))
"""What came in last on any connection."""
Address = tuple[str, int]


class WrongAnswer(Exception):
    """A server did not answer as it should, so that there is nothing to measure."""


@dataclass(slots=True)
class Load:
    """What came of one load: how long it took, the seconds of each request, the seconds of CPU the generator itself used."""

    elapsed: float
    times: list[float]
    own_cpu: float


@dataclass(slots=True)
class Line:
    """One connection and what has come in on it of the answer under way."""

    sock: socket.socket
    began: float = 0.0
    came: bytes = b""


@dataclass(slots=True)
class Requests:
    """What to send: the next request until there is none or the time is over, the status that each must be answered with."""

    source: Iterator[bytes]
    until: float
    status: bytes
    take: Callable[[bytes], None] | None = None
    times: list[float] = field(default_factory=list)

    def send_next(self, line: Line) -> bool:
        """Send the next request on a line; False when there is none left."""
        line.began = time.perf_counter()
        if line.began >= self.until or (request := next(self.source, None)) is None:
            return False
        sent = line.sock.send(request)
        if sent < len(request):
            line.sock.settimeout(PATIENCE_S)
            line.sock.sendall(request[sent:])
            line.sock.setblocking(False)
        return True

    def receive(self, line: Line) -> bool:
        """Take in what has come on a line; tells whether the answer is whole."""
        size = line.sock.recv_into(BUFFER)
        came = line.came = line.came + BUFFER[:size]
        if not size:
            raise WrongAnswer(f"The server closed a connection after {came[:200]!r}.")
        if not is_whole(came):
            return False
        self.times.append(time.perf_counter() - line.began)
        if came[9:12] != self.status:
            raise WrongAnswer(f"Expected the status {self.status.decode()}, got {came[:500]!r}.")
        if self.take:
            self.take(came)
        line.came = b""
        return True


def drive(
    address: Address, source: Iterator[bytes], seconds: float, *, status: int = 200, lines: int = 16,
    take: Callable[[bytes], None] | None = None,
) -> Load:  # fmt: skip
    """Send requests over `lines` connections until the source or the time ends; `take` gets each whole answer.

    Raises WrongAnswer for another status than the one expected.
    """
    opened = [Line(connect(address)) for _ in range(lines)]
    began, cpu = time.perf_counter(), time.process_time()
    requests = Requests(source, began + seconds, b"%d" % status, take)
    try:
        pump(opened, requests)
    finally:
        for line in opened:
            line.sock.close()
    return Load(time.perf_counter() - began, requests.times, time.process_time() - cpu)


def pump(opened: list[Line], requests: Requests) -> None:
    """Keep every line busy until requests run out, then wait for the last answers."""
    with selectors.DefaultSelector() as selector:
        busy = 0
        for line in opened:
            line.sock.setblocking(False)
            selector.register(line.sock, selectors.EVENT_READ, line)
            busy += requests.send_next(line)
        while busy:
            ready = selector.select(PATIENCE_S)
            if not ready:
                raise WrongAnswer(f"No answer came for {PATIENCE_S} s.")
            for key, _ in ready:
                if requests.receive(key.data) and not requests.send_next(key.data):
                    busy -= 1


def connect(address: Address) -> socket.socket:
    """Open a connection that sends at once what it is given."""
    sock = socket.create_connection(address, timeout=PATIENCE_S)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def is_whole(came: bytes) -> bool:
    """Return whether these bytes are a whole request or answer, by its Content-Length or its last chunk; a 204 has no body (RFC 9110,
    15.3.5)."""
    head = came.find(b"\r\n\r\n")
    if head < 0 or came.startswith(b"HTTP/1.1 204"):
        return head >= 0
    start = came.find(b"Content-Length: ", 0, head)
    if start < 0:
        start = came[:head].lower().find(b"content-length: ")
    if start < 0:
        return came.endswith(b"\r\n0\r\n\r\n")  # chunked
    return len(came) >= head + 4 + int(came[start + 16 : came.find(b"\r\n", start)])


def once(address: Address, message: bytes) -> bytes:
    """Send one request on a connection of its own; returns the whole answer."""
    with connect(address) as sock:
        sock.sendall(message)
        return receive(sock)


def receive(sock: socket.socket) -> bytes:
    """Read one whole request or answer."""
    came = b""
    while not is_whole(came):
        data = sock.recv(262_144)
        if not data:
            raise WrongAnswer(f"The connection was closed after {came[:200]!r}.")
        came += data
    return came


def request(method: str, path: str, body: bytes = b"", key: str = "") -> bytes:
    """Write a request as a client with few headers would."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json"]
    lines += [f"X-API-Key: {key}"] if key else []
    if method != "GET":
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def body_of(message: bytes) -> bytes:
    """Return the body of a whole request or answer."""
    return message.partition(b"\r\n\r\n")[2]
