"""Serving over HTTP: the socket, one loop for all connections, threads for calls that block, and a graceful stop."""

from __future__ import annotations

import asyncio
import logging
import queue
import resource
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import closing, nullcontext, suppress
from dataclasses import replace
from email.utils import formatdate
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockmarket.api.context import Environ, Https, RequestContext
from mockmarket.clock import monotonic, wall_ms
from mockmarket.config import authority
from mockmarket.errors import CONTEXT
from mockmarket.faults.base import KEEP, Pace
from mockmarket.ids import process_token
from mockmarket.server.connection import AT_ONCE, Connection, Held
from mockmarket.server.dispatch import SERVER, Front, Start, gathered, shown_path
from mockmarket.server.listening import BACKLOG, listen
from mockmarket.server.reading import Request, too_large_body
from mockmarket.server.remembering import Answers
from mockmarket.worlds.world import World

if TYPE_CHECKING:
    from mockmarket.server.proxy import Rules

MOST_CONNECTIONS = 1000
SMALL_BODY = 1_000
"""Bytes that every body may have, whatever its path."""
LARGEST_JOINED = 1_000_000
"""Most bytes of an answer that is sent as one piece."""
THREADS_FOR_WAITING = 256
"""Most threads beside the workers: each wait, stream and clock walk holds one; each kind has a limit of its own."""
LOOK_S = 1.0
DRAIN_STEP_S = 0.02
WRITE_WAIT_S = 0.05
"""Seconds for which a short write awaits its turn before it waits in a thread."""
App = Callable[[Environ, Start], Iterable[bytes]]
Do = Callable[[Callable[[], None]], object]
IDLE_S = 10.0
"""Seconds after which a worker thread without a call ends."""
log = logging.getLogger("mockmarket.server")


class Loop(asyncio.SelectorEventLoop):
    """The standard library's event loop on the machine's clock, unaffected by tests that patch `time.monotonic`."""

    def time(self) -> float:
        """Return the loop's time in seconds."""
        return monotonic()


def new_loop() -> asyncio.AbstractEventLoop:
    """Return uvloop's loop where it is installed, else the standard library's."""
    try:
        import uvloop
    except ImportError:
        return Loop()
    return uvloop.new_event_loop()


class Answer:
    """Status, headers and pace of the answer to one request, as the WSGI application sets them."""

    __slots__ = ("headers", "pace", "status")

    def __init__(self) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self.pace = AT_ONCE

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
        """Store status and headers (PEP 3333); the application returns its answer's body, it never writes it."""
        self.status, self.headers = status, headers

    def set_pace(self, pace: Pace) -> None:
        """Store the pace."""
        self.pace = pace

    @property
    def length(self) -> int | None:
        """The answer's Content-Length, or None."""
        return next((int(value) for name, value in self.headers if name.lower() == "content-length"), None)

    @property
    def has_body(self) -> bool:
        """False for a status without a body (RFC 9110, 6.4.1)."""
        return not self.status.startswith(("1", "204", "304"))


class Workers:
    """Runs calls in daemon threads: the standard library's executor would let a call that hangs keep the process alive."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._calls: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = self._free = 0

    def submit(self, call: Callable[[], object]) -> None:
        """Run a call in a thread; it waits for a thread while as many run as may."""
        with self._lock:
            self._free -= 1  # below zero: so many calls wait for a thread
            starts = self._free < 0 and self._threads < self._most
            if starts:
                self._threads += 1
                self._free += 1
        self._calls.put(call)
        if starts:
            threading.Thread(target=self._run, name="mockmarket-worker", daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                call = self._calls.get(timeout=IDLE_S)
            except queue.Empty:
                with self._lock:
                    if self._free > 0:
                        self._free -= 1
                        self._threads -= 1
                        return
                continue
            try:
                call()
            except Exception:
                log.exception("A call in a worker thread failed")
            del call  # it refers to a request, and that to its world
            with self._lock:
                self._free += 1


class Server:
    """One port, one loop, and threads for calls that block. Short calls are answered within the loop."""

    def __init__(self, front: Front, host: str, port: int, workers: int, remembers: bool = True) -> None:
        self._sockets = listen(host, port)
        self._listening: list[asyncio.Server] = []
        self._accepting_tls: list[Future[None]] = []
        self.front, self.host = front, host
        self.port: int = self._sockets[0].getsockname()[1]
        self.https: Https | None = None
        self.stopping = threading.Event()
        self.loop = new_loop()
        self._accepting = threading.Event()
        self._answers = Answers() if remembers else None
        self._workers = Workers(workers + THREADS_FOR_WAITING)
        self._connections: set[Held] = set()
        self._most = most_connections()
        self._date: tuple[int, str] = (0, "")
        self._thread = threading.Thread(target=self._run, name="mockmarket-server", daemon=True)

    @property
    def url(self) -> str:
        """The server's base URL."""
        return f"http://{authority(self.host, self.port)}"

    @property
    def https_url(self) -> str | None:
        """The server's base URL for HTTPS, if it speaks that."""
        return f"https://{authority(self.host, self.https.port)}" if self.https else None

    def start(self) -> None:
        """Start accepting connections."""
        self._thread.start()
        self._accepting.wait()

    def start_tls(self, sockets: Sequence[socket.socket], context: ssl.SSLContext, ca_file: str | None) -> None:
        """Start accepting TLS connections on sockets of their own."""
        from mockmarket.server.handshake import accept

        self.https = Https(sockets[0].getsockname()[1], ca_file)
        for sock in sockets:
            self._accepting_tls.append(asyncio.run_coroutine_threadsafe(accept(self, sock, context), self.loop))

    def start_proxy(self, sockets: Sequence[socket.socket], rules: Rules) -> None:
        """Start accepting clients of the forward proxy on sockets of their own, after `start_tls`."""
        from mockmarket.server.proxy import ProxyConnection

        for sock in sockets:
            accepting = self._accept(sock, lambda: ProxyConnection(self, rules))
            self._listening.append(asyncio.run_coroutine_threadsafe(accepting, self.loop).result())
        address, port, *_ = sockets[0].getsockname()
        self.https = self.https and replace(self.https, proxy_url=f"http://{authority(address, port)}")

    def stop(self, grace_s: float) -> None:
        """Stop accepting, wait up to `grace_s` seconds for running requests, then close every connection."""
        self.stopping.set()
        if not self._thread.is_alive():
            for sock in self._sockets:
                sock.close()
            return
        asyncio.run_coroutine_threadsafe(self._drain(grace_s), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        for sock in self._sockets:
            self._listening.append(self.loop.run_until_complete(self._accept(sock, lambda: Connection(self))))
        self.loop.call_later(LOOK_S, self._look)
        self.loop.call_soon(self._accepting.set)
        self.loop.run_forever()

    async def _accept(self, sock: socket.socket, make: Callable[[], asyncio.Protocol]) -> asyncio.Server:
        return await self.loop.create_server(make, sock=sock, backlog=BACKLOG)

    async def _drain(self, grace_s: float) -> None:
        for accepting in self._accepting_tls:
            accepting.cancel()
        for listening in self._listening:
            listening.close()
        until = monotonic() + grace_s
        while any(connection.is_busy for connection in self._connections) and monotonic() < until:
            await asyncio.sleep(DRAIN_STEP_S)
        for connection in tuple(self._connections):
            connection.close()
        await asyncio.sleep(0)

    def _look(self) -> None:
        now = monotonic()
        for connection in tuple(self._connections):
            connection.check(now)
        self.loop.call_later(LOOK_S, self._look)

    # Called by connections, within the loop

    def opened(self, connection: Held) -> None:
        """Register a new connection; above the limit, the connection that has been idle longest is closed."""
        self._connections.add(connection)
        if len(self._connections) > self._most:
            waiting = [other for other in self._connections if other.waits_since is not None]
            oldest = min(waiting or [connection], key=lambda other: other.waits_since or 0)
            self._connections.discard(oldest)  # its end comes in a later step, and the next newcomer may come before
            oldest.close()

    def closed(self, connection: Held) -> None:
        """Unregister a connection."""
        self._connections.discard(connection)

    def recall(self, data: bytes, peer: str) -> bytes | None:
        """Return the stored answer to a request that repeats byte for byte, while it still holds, or None."""
        if self._answers is None or self.stopping.is_set() or self.front.worlds is None:
            return None
        return self._answers.recall(data, peer, self.front.worlds, self._now())

    def check_length(self, request: Request) -> None:
        """Raise TooLarge for a body above the limit of its path."""
        if max(request.length or 0, request.received) <= SMALL_BODY:
            return
        request.most = request.most or self.front.largest_body(request.environ)
        if max(request.length or 0, request.received) > request.most:
            raise too_large_body(request.most)

    def answer(self, connection: Connection, request: Request) -> None:
        """Answer a short request within the loop, any other request in a thread."""
        request.environ[SERVER] = connection.hooks
        if self.front.is_short(request.environ, request.received):
            self._start(connection, request)
        else:
            self._answer_in_thread(connection, request)

    def answer_by(self, app: App, connection: Connection, request: Request) -> None:
        """Answer a request in a thread, by another application than the server's own."""
        self._workers.submit(lambda: self._answer(connection, request, self.in_loop, app))

    def _start(self, connection: Connection, request: Request, timer: asyncio.TimerHandle | None = None) -> None:
        """Answer within the loop as soon as no other write of the world is under way, since threads that wait for one lock are far slower;
        at the end of a timer of WRITE_WAIT_S a thread answers."""
        if request.is_in_thread:
            return
        if self.front.may_start(request.environ):
            if timer:
                timer.cancel()
            self._answer(connection, request, lambda step: step())
            return
        timer = timer or self.loop.call_later(WRITE_WAIT_S, self._answer_in_thread, connection, request)
        again = partial(self._start, connection, request, timer)
        self.front.when_free(request.environ, lambda: self.in_loop(again))

    def _answer_in_thread(self, connection: Connection, request: Request) -> None:
        request.is_in_thread = True
        self._workers.submit(lambda: self._answer(connection, request, self.in_loop))

    def _answer(self, connection: Connection, request: Request, do: Do, app: App | None = None) -> None:
        """Call the application, or another one, and send its answer; `do` runs a step within the loop."""
        answer, environ = Answer(), request.environ
        environ[KEEP] = answer.set_pace
        observed = self._observe(connection, request) if do != self.in_loop else None
        try:
            body = (app or self.front)(environ, answer.start)
        except Exception:
            log.exception("%s %s failed", environ["REQUEST_METHOD"], shown_path(environ))
            request.close()
            do(connection.close)
            return
        length = answer.length
        if isinstance(body, list) or (length is not None and length <= LARGEST_JOINED):
            data = gathered(body)
            head = self._head(request, answer, len(data))
            if environ["REQUEST_METHOD"] == "HEAD" or not answer.has_body:
                data = b""
            if observed and answer.status == "200 OK" and request.keep_alive:
                self._remember(observed, connection, request, head, data)
            do(lambda: connection.send(request, head, data, answer.pace))
        elif do == self.in_loop:
            self._stream(connection, request, answer, body)
        else:
            self._workers.submit(lambda: self._stream(connection, request, answer, body))

    def _observe(self, connection: Connection, request: Request) -> tuple[World, int] | None:
        """Start recording what a cacheable answer depends on; returns its world and the version of the store, or None."""
        context: RequestContext[None] | None = request.environ.get(CONTEXT)
        if self._answers is None or context is None or connection.request_bytes is None or context.faults:
            return None
        if request.environ["REQUEST_METHOD"] != "GET" or request.received or not isinstance(context.place, World):
            return None
        self._answers.begin()
        return context.place, context.place.store.version

    def _remember(
        self, observed: tuple[World, int], connection: Connection, request: Request, head: bytes, body: bytes
    ) -> None:
        context: RequestContext[None] = request.environ[CONTEXT]
        if self._answers is not None and connection.request_bytes is not None and context.log.entry is not None:
            self._answers.keep(connection.request_bytes, connection.peer, *observed, head, body, context.log.entry)

    def in_loop(self, step: Callable[[], object]) -> None:
        """Run a step within the loop; callable from any thread, and without effect once the server has stopped."""
        with suppress(RuntimeError):  # the loop is closed
            self.loop.call_soon_threadsafe(step)

    def _stream(self, connection: Connection, request: Request, answer: Answer, body: Iterable[bytes]) -> None:
        """Send an answer piece by piece; runs in a thread, which blocks while the client does not read."""
        length = answer.length
        connection.is_endless = length is None
        chunked = length is None and answer.has_body and request.environ["SERVER_PROTOCOL"] == "HTTP/1.1"
        request.keep_alive = request.keep_alive and (chunked or length is not None)
        head = self._head(request, answer, length, chunked)
        with closing_body(body):
            try:
                connection.write_from_thread(head)
                for piece in body if request.environ["REQUEST_METHOD"] != "HEAD" else ():
                    if connection.lost.is_set():
                        break
                    if piece:
                        connection.write_from_thread(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
                if chunked and request.environ["REQUEST_METHOD"] != "HEAD":
                    connection.write_from_thread(b"0\r\n\r\n")
                self.in_loop(lambda: connection.end(request))
            except Exception:
                log.exception("The answer to %s broke off", shown_path(request.environ))
                self.in_loop(connection.close)

    def _head(self, request: Request, answer: Answer, length: int | None, chunked: bool = False) -> bytes:
        environ = request.environ
        request.keep_alive = request.keep_alive and not self.stopping.is_set() and answer.pace.keep is None
        lines = [f"HTTP/1.1 {answer.status}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        if chunked:
            lines.append("Transfer-Encoding: chunked")
        elif length is not None and answer.length is None and answer.has_body:
            lines.append(f"Content-Length: {length}")
        if not request.keep_alive:
            lines.append("Connection: close")
        elif environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
            lines.append("Connection: keep-alive")
        lines.append(f"Date: {self._now()}\r\n\r\n")
        return "\r\n".join(lines).encode("latin-1")

    def _now(self) -> str:
        """Return the machine's time in HTTP's date format (RFC 9110, 5.6.7)."""
        second = wall_ms() // 1000
        if self._date[0] != second:
            self._date = (second, formatdate(second, usegmt=True))
        return self._date[1]


def closing_body(body: Any) -> Any:
    """Return a context that closes a WSGI answer when it ends (PEP 3333)."""
    return closing(body) if hasattr(body, "close") else nullcontext()


def most_connections() -> int:
    """Return the most open connections: half of the process's file limit, at most MOST_CONNECTIONS."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, max(16, soft // 2))


def write_port_file(path: Path, port: int) -> None:
    """Write the port to a file atomically; its folder is created when missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{process_token()}.partial")
    with partial.open("x") as file:  # follows no link that another user may have put there
        file.write(f"{port}\n")
    partial.replace(path)
