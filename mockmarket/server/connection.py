"""One client's connection: reads requests, sends answers at their pace, and bounds the memory and time that a client can take."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import threading
from collections.abc import Callable
from typing import Protocol, cast

from mockmarket.api.context import Https, ServerHooks
from mockmarket.clock import monotonic
from mockmarket.errors import REFUSED, Refusal, TimedOut
from mockmarket.faults.base import Pace
from mockmarket.server.reading import HEAD_END, Reader, Request, begins_request, fixed_environ

log = logging.getLogger("mockmarket.server")
IDLE_S = 120.0
HEAD_S = 30.0
BODY_S = 120.0
UNREAD_S = 60.0
LINGER_S = 2.0
LARGEST_BACKLOG = 262_144
"""Most bytes of further requests that are read while a request is answered, and of a streamed answer that wait to be sent."""
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER of 0 s: closing discards unsent bytes and resets the connection (POSIX, socket(7))."""
AT_ONCE = Pace()


class Held(Protocol):
    """A connection as the server bounds it."""

    @property
    def is_busy(self) -> bool:
        """True while a request is being answered or an answer is still to be sent."""

    @property
    def waits_since(self) -> float | None:
        """The moment since which the server has waited for the client; None while a request is answered."""

    def check(self, now: float) -> None:
        """Close the connection when it has taken too long; called every second."""

    def close(self) -> None:
        """Close at once and discard unsent bytes."""


class Server(Protocol):
    """What a connection needs of the server that accepted it; every method is called in the server's loop."""

    host: str
    https: Https | None
    loop: asyncio.AbstractEventLoop
    stopping: threading.Event

    def opened(self, connection: Held) -> None:
        """Register a new connection."""

    def closed(self, connection: Held) -> None:
        """Unregister a connection."""

    def recall(self, data: bytes, peer: str) -> bytes | None:
        """Return the stored answer (head and body) to a request, or None."""

    def check_length(self, request: Request) -> None:
        """Raise TooLarge for a body above the limit of its path."""

    def in_loop(self, step: Callable[[], object]) -> None:
        """Run a step within the loop; callable from any thread."""

    def answer(self, connection: Connection, request: Request) -> None:
        """Start answering a request."""


class Connection(asyncio.Protocol):
    """A client's connection; every method is called in the server's loop unless its docstring says otherwise. Requests are answered one at
    a time; pipelined requests wait, and only LARGEST_BACKLOG bytes of them are read."""

    def __init__(self, server: Server, scheme: str = "http") -> None:
        self._server, self._scheme = server, scheme
        self._transport: asyncio.Transport
        self._reader: Reader
        self._answering: Request | None = None
        self._rest = b""
        self._reading = self._paused = self._unread = self._lingering = False
        self._since = monotonic()
        self._unsent = 0
        self._timer: asyncio.TimerHandle | None = None
        self.peer = ""
        self.request_bytes: bytes | None = None
        self.lost = threading.Event()
        self.is_endless = False
        self._ended = threading.Event()
        self.hooks = ServerHooks(server.stopping, True, self.lost, server.https, self._ended)
        self._taken = threading.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start reading."""
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self.peer = peer[0] if peer else ""
        self._transport.set_write_buffer_limits(LARGEST_BACKLOG)
        address = (self._server.host, transport.get_extra_info("sockname")[1])
        self._reader = Reader(self, fixed_environ(self._scheme, address, self.peer))
        self._server.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop everything: an answer in preparation can no longer be sent."""
        self._server.closed(self)
        self._reader.close()
        self.lost.set()
        self._taken.set()
        if self._timer:
            self._timer.cancel()
            if self._answering:
                self._answering.close()

    def pause_writing(self) -> None:
        """Block the thread that streams an answer until the client reads."""
        self._unread = True

    def resume_writing(self) -> None:
        """Unblock the streaming thread."""
        self._unread = False
        self._taken.set()
        self._read()

    def eof_received(self) -> bool:
        """Answer what arrived before the client stopped sending. An idle connection is closed, one with a stream without end, and one over
        TLS, which ends in both directions."""
        self._ended.set()
        if self.is_endless or not self._transport.can_write_eof():
            return False  # the transport closes
        return self._answering is not None or bool(self._rest)

    def data_received(self, data: bytes) -> None:
        """Read bytes; a request that equals a remembered request byte for byte is answered at once."""
        if self._lingering:
            return
        self.request_bytes = None
        if self._answering is None and self._reader.is_idle:
            self._since = monotonic()
            self.request_bytes = data if data.find(HEAD_END) == len(data) - len(HEAD_END) else None
            answer = self._server.recall(data, self.peer)
            if answer is not None:
                self._transport.write(answer)
                return
        self._rest = self._rest + data if self._rest else data
        self._read()

    def _read(self) -> None:
        """Read requests until one must be answered first, the client reads no answers, or no bytes are left."""
        if self._reading:
            return  # called while the loop below answers; the loop reads on by itself
        self._reading = True
        while self._rest and self._answering is None and not self._unread and not self._lingering:
            data, self._rest = self._rest, b""
            try:
                self._rest = self._reader.feed(data)
            except Refusal as refusal:
                self._refuse(refusal, data)
        self._reading = False
        if self._ended.is_set() and not self._rest and self._answering is None and not self._lingering:
            self._transport.close()
        elif (len(self._rest) > LARGEST_BACKLOG) != self._paused and not self._transport.is_closing():
            self._paused = not self._paused
            (self._transport.pause_reading if self._paused else self._transport.resume_reading)()

    def _refuse(self, refusal: Refusal, data: bytes) -> None:
        """Answer an unreadable request and close the connection: the start of the next request is unknown."""
        self._rest = b""
        if self._reader.is_idle and not begins_request(data):
            log.warning("What %s sent is not HTTP: it begins with %r. The connection is closed.", self.peer, data[:8])
            self._transport.close()
            return
        self.request_read(self._reader.unreadable(refusal))

    # Called by the reader

    def head_read(self, request: Request) -> None:
        """Refuse a body that is too large as soon as its size is known; send "100 Continue" when the client expects it."""
        self._server.check_length(request)
        if request.expects_continue:
            request.expects_continue = False
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def request_read(self, request: Request) -> None:
        """Start answering a complete request."""
        self._answering = request
        self._since = monotonic()
        self._server.answer(self, request)

    # Answers

    def send(self, request: Request, head: bytes, body: bytes, pace: Pace = AT_ONCE) -> None:
        """Send a complete answer at its pace, then read the next request."""
        if self.lost.is_set():
            return request.close()
        if pace is AT_ONCE:
            self._transport.write(head + body)
            return self.end(request)
        self._timer = self._later(pace.wait_s, lambda: self._begin_paced(request, head, body, pace))

    def _later(self, seconds: float, step: Callable[[], None]) -> asyncio.TimerHandle:
        return self._server.loop.call_later(seconds, step)

    def _begin_paced(self, request: Request, head: bytes, body: bytes, pace: Pace) -> None:
        request.keep_alive = request.keep_alive and pace.keep is None and not pace.drop
        if pace.drop == "reset":
            sock: socket.socket = self._transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        if pace.drop:
            request.close()
            return self._transport.abort()
        sent = body[: pace.keep]
        if not pace.chunk:
            self._transport.write(head + sent)
            return self.end(request)
        self._transport.write(head)
        self._drip(request, sent, 0, pace, monotonic() + pace.longest_s)

    def _drip(self, request: Request, body: bytes, start: int, pace: Pace, until: float) -> None:
        """Send one chunk of an answer; send the rest at once when the time is over."""
        end = start + pace.chunk if monotonic() < until else len(body)
        self._transport.write(body[start:end])
        if end >= len(body):
            return self.end(request)
        self._timer = self._later(pace.gap_s, lambda: self._drip(request, body, end, pace, until))

    def write_from_thread(self, data: bytes) -> None:
        """Send a piece of an answer, and return when the client has taken enough of it; called in any other thread."""
        self._taken.clear()
        if not self.lost.is_set():
            self._server.in_loop(lambda: self._write(data))
            self._taken.wait()

    def _write(self, data: bytes) -> None:
        if not self.lost.is_set():
            self._transport.write(data)
        if not self._unread:
            self._taken.set()

    def end(self, request: Request) -> None:
        """Finish a request whose answer was sent: read the next request, or close."""
        request.close()
        self._reader.forget()
        self._answering, self._timer, self._since, self.is_endless = None, None, monotonic(), False
        if request.keep_alive and not self._server.stopping.is_set():
            return self._read()
        half_closes = self._transport.can_write_eof()  # TLS does not
        if self._ended.is_set() or self._paused or not (half_closes or REFUSED in request.environ):
            return self._transport.close()
        self._lingering = True  # closing while the client still sends would lose the answer
        if half_closes:
            self._transport.write_eof()

    # Bounds

    @property
    def is_busy(self) -> bool:
        """True while a request is being answered or an answer is still to be sent."""
        return self._answering is not None or self._transport.get_write_buffer_size() > 0

    @property
    def waits_since(self) -> float | None:
        """The moment since which the server has waited for the client's next request; None while a request is answered."""
        return None if self.is_busy else self._since

    def check(self, now: float) -> None:
        """Close the connection when its client has been idle or has not read for too long; called every second."""
        unsent = self._transport.get_write_buffer_size()
        if unsent:
            if unsent != self._unsent:
                self._unsent, self._since = unsent, now
            elif now - self._since > UNREAD_S:
                self._transport.abort()
        elif self._answering is not None:
            if self._timer and self._ended.is_set():  # the client left while its answer waits for its pace
                self._transport.abort()
        elif self._lingering:
            if now - self._since > LINGER_S:
                self._transport.abort()
        elif self._reader.is_idle:
            if now - self._since > IDLE_S:
                self._transport.close()
        elif now - self._since > (BODY_S if self._reader.in_body else HEAD_S):
            part, most = ("body", BODY_S) if self._reader.in_body else ("head", HEAD_S)
            self._refuse(TimedOut(f"The {part} of the request has not come within {most:g} s."), b"GET")

    def close(self) -> None:
        """Close at once and discard unsent bytes."""
        self._transport.abort()
