"""A scenario's webhook receiver: a real socket on loopback that answers as configured and records webhooks. It verifies nothing."""

import socket
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from mockmarket.matching.paths import Json, json_of
from mockmarket_client.receiver import Arrival, Listener, Reply, handler

HOST = "127.0.0.1"
MOST_KEPT = 1_000
LOOK_UP_S = 0.5
BODY = '{"success":true}'
HEADERS = (("Content-Type", "application/json"), ("Connection", "close"))
"""Without the second, a kept connection would survive a change to refusing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one webhook: status and body, after a delay; with `drop` the connection is closed instead."""

    status: int = 200
    body: str = BODY
    after_ms: int = 0
    drop: bool = False


@dataclass(frozen=True, slots=True)
class Arrived:
    """One received webhook: `answered` is the status sent, None when the connection was closed."""

    headers: Mapping[str, str]
    body: bytes
    answered: int | None

    @property
    def json(self) -> Json:
        """The body parsed as JSON; None when it is not JSON."""
        return json_of(self.body)


class BoundListener(Listener):
    """An HTTP server on an already bound socket, with one thread for each connection."""

    block_on_close = False

    def __init__(self, bound: socket.socket, receiver: "Receiver") -> None:
        super().__init__((HOST, 0), handler(receiver.reply_to), bind_and_activate=False)
        self.socket.close()
        self.socket = bound
        self.server_address = bound.getsockname()
        self.server_activate()
        self.socket.settimeout(LOOK_UP_S)
        self.stopped = False

    def serve(self) -> None:
        """Accept connections until stopped."""
        while not self.stopped:
            try:
                request, address = self.get_request()
            except TimeoutError:
                continue
            except OSError:  # the socket was closed: this is how it is stopped
                return
            self.process_request(request, address)

    def stop(self) -> None:
        """Accept no more connections; pending ones are reset."""
        self.stopped = True
        with suppress(OSError):  # not every system can shut down a listening socket; there accept() times out soon
            self.socket.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore an error of one connection, such as a sender that gave up."""


@dataclass
class Receiver:
    """One receiver with configured answers: it keeps the newest webhooks, counts all, and calls `came` for each."""

    name: str
    answers: Sequence[Answer] = (Answer(),)
    came: Callable[[], None] = lambda: None
    arrived: deque[Arrived] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))
    count: int = 0
    port: int = 0
    _turn: int = 0
    _bound: socket.socket | None = None
    _listener: BoundListener | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closing: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """The receiver's URL, constant during the run, whether it accepts connections or refuses them."""
        return f"http://{HOST}:{self.port}/{self.name}"

    def open(self) -> None:
        """Reserve a port and start listening."""
        self._bound = _bound_to(self.port)
        self.port = self._bound.getsockname()[1]
        self.listen()

    def listen(self) -> None:
        """Accept connections on the reserved port."""
        if self._listener is None:
            self._listener = BoundListener(self._bound or _bound_to(self.port), self)
            self._bound = None
            threading.Thread(target=self._listener.serve, name=f"mockmarket-receiver-{self.name}", daemon=True).start()

    def refuse(self) -> None:
        """Refuse connections from now on. The port stays reserved: another socket is bound to it without listening."""
        if self._listener is not None:
            self._bound = _bound_to(self.port)
            listener, self._listener = self._listener, None
            listener.stop()

    def answer_with(self, answers: Sequence[Answer] | None) -> None:
        """Use these answers in turn from now on, then repeat the last; None refuses connections."""
        if answers is None:
            self.refuse()
            return
        with self._lock:
            self.answers, self._turn = answers, 0
        self.listen()

    def reply_to(self, arrival: Arrival) -> Reply | None:
        """Record a webhook and return its answer after the delay; None closes the connection, as does the end of the run."""
        with self._lock:
            answer = self.answers[min(self._turn, len(self.answers) - 1)]
            self._turn += 1
            self.count += 1
            self.arrived.append(Arrived(dict(arrival.headers), arrival.body, None if answer.drop else answer.status))
        self.came()
        over = answer.after_ms and self._closing.wait(answer.after_ms / 1000)
        return None if over or answer.drop else Reply(answer.status, answer.body.encode(), HEADERS)

    def arrivals(self) -> list[Arrived]:
        """Return the newest webhooks, oldest first."""
        with self._lock:
            return list(self.arrived)

    def close(self) -> None:
        """Stop listening and release the port."""
        self._closing.set()
        self.refuse()
        if self._bound is not None:
            self._bound.close()
            self._bound = None


def _bound_to(port: int) -> socket.socket:
    """Return a socket bound to a port of loopback, 0 for any; two of our sockets may share one, of which one listens."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "SO_REUSEPORT"):
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind((HOST, port))
    return bound
