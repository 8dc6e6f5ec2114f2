"""The proxy's recording: requests for chosen hosts go to the real ones, and each exchange is recorded, with its credentials redacted.

A request is read as every other, within the same bounds; the real host is asked in a thread, over a connection for this request alone."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from typing import Protocol
from urllib.parse import urlsplit

import orjson

from mockmarket.api.context import Environ, Https
from mockmarket.clock import monotonic, wall_ms
from mockmarket.config import authority
from mockmarket.control import refuse
from mockmarket.errors import REFUSED, Refusal, of_system
from mockmarket.frozen import dataclass
from mockmarket.matching.redaction import Hidden
from mockmarket.server.connection import Connection, Held, Server
from mockmarket.server.dispatch import Start, header_pairs
from mockmarket.server.hosts import VendorHosts
from mockmarket.server.reading import Request, too_large_body
from mockmarket.server.tunnel import CONNECT_S, Unreachable, check_address
from mockmarket.worlds.journal import MARGIN, Entry, Exchange, Parts
from mockmarket.worlds.recording import Recording

App = Callable[[Environ, Start], Iterable[bytes]]
SILENT_S = 60.0
"""Seconds without a byte of a real host after which its answer is given up."""
LARGEST_BODY = 20_000_000
LARGEST_WHOLE = 1_000_000
"""Most bytes of an answer that is passed on once it is complete; a larger answer, or that of unknown length, is passed on as it comes."""
PIECE = 65_536
FOLD = re.compile(r"[\r\n]+[ \t]*")
OF_THE_HOP = frozenset((
    "connection", "keep-alive", "proxy-connection", "proxy-authorization", "proxy-authenticate", "te", "trailer", "transfer-encoding",
    "upgrade", "expect", "accept-encoding", "content-length",
))  # fmt: skip
SET_ANEW = OF_THE_HOP - {"content-length"} | {"date"}
"""Headers of an answer that are this server's own."""


class ThreadedServer(Server, Protocol):
    """A server that also answers by another application than its own."""

    def answer_by(self, app: App, connection: Connection, request: Request) -> None:
        """Start answering a request in a thread."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """Which hosts are passed on and recorded, the authorities that their certificates are checked by, and the file; `vendors` names whose
    host it is, `limit` is the most bytes of a body that are recorded."""

    hosts: frozenset[str]
    context: ssl.SSLContext
    recording: Recording
    vendors: VendorHosts
    limit: int

    def pass_on(self, host: str, port: int, environ: Environ, start: Start) -> Iterable[bytes]:
        """Ask the real host what a client asks, answer as it does, and record both; 502 says in words why there is no answer."""
        if unreadable := environ.get(REFUSED):
            return refused(start, unreadable)
        call = Call(self, host, port, environ)
        try:
            response = call.ask(self.context)
            is_small = response.length is not None and response.length <= LARGEST_WHOLE
            body = [*call.recorded(response)] if is_small else call.recorded(response)
        except (OSError, HTTPException) as error:
            return refused(start, Unreachable(words_of(authority(host, port), error)))
        except Unreachable as refusal:
            return refused(start, refusal)
        start(f"{response.status} {unfolded(response.reason)}", passed_back(response))
        return body


class Call:
    """One request that is passed on to a real host."""

    def __init__(self, upstream: Upstream, host: str, port: int, environ: Environ) -> None:
        self._upstream, self._host, self._environ = upstream, host, environ
        self._connection = HTTPConnection(host, port)
        self._body: bytes = environ["wsgi.input"].read()
        self._wall_at, self._began = wall_ms(), monotonic()

    def ask(self, context: ssl.SSLContext) -> HTTPResponse:
        """Return the real host's answer, of which the head was read."""
        environ, connection = self._environ, self._connection
        url = urlsplit(environ["REQUEST_URI"])
        try:
            connection.sock = connected(self._host, connection.port)
            if environ["wsgi.url_scheme"] == "https":
                connection.sock = context.wrap_socket(connection.sock, server_hostname=self._host)
            target = (url.path or "/") + (f"?{url.query}" if url.query else "")
            connection.putrequest(environ["REQUEST_METHOD"], target, skip_host=True, skip_accept_encoding=True)
            for name, value in self._headers():
                connection.putheader(name, value.encode("latin-1"))
            connection.endheaders(self._body)
            return connection.getresponse()
        except BaseException:
            connection.close()
            raise

    def _headers(self) -> Iterator[tuple[str, str]]:
        own = [pair for pair in header_pairs(self._environ) if pair[0].lower() not in OF_THE_HOP]
        yield from own
        yield from (("Accept-Encoding", "identity"), ("Connection", "close"))
        if self._body or "CONTENT_LENGTH" in self._environ:
            yield "Content-Length", str(len(self._body))

    def recorded(self, response: HTTPResponse) -> Iterator[bytes]:
        """Yield an answer's body, and record the exchange at its end, also at an early one."""
        kept, is_whole = bytearray(), False
        try:
            for piece in pieces_of(response):
                kept += piece[: max(0, self._upstream.limit + MARGIN - len(kept))]
                yield piece
            is_whole = True
        finally:
            self._connection.close()
            self._record(response, bytes(kept), is_whole)

    def _record(self, response: HTTPResponse, answer: bytes, is_whole: bool) -> None:
        environ, vendor = self._environ, self._upstream.vendors.find(self._host)
        requested, answered = readable(header_pairs(environ), self._body), readable(response.getheaders(), answer)
        parts: Parts = {
            "scheme": environ["wsgi.url_scheme"],
            "path": environ["PATH_INFO"],
            "target": environ["REQUEST_URI"],
            "query": environ["QUERY_STRING"],
            "headers": header_pairs(environ),
            "body": requested or b"",
            "answer_headers": response.getheaders(),
            "answer": answered or b"",
            "message": None,
            "unread": (),
        }
        exchange = Exchange(parts, self._upstream.limit, Hidden)
        exchange.is_cut |= not is_whole or requested is None or answered is None
        took_ms = (monotonic() - self._began) * 1000
        name, method = vendor.vendor.name if vendor else None, environ["REQUEST_METHOD"]
        self._upstream.recording.passed_on(
            Entry("", 0, self._wall_at, took_ms, exchange, name, method, response.status)
        )


class Passage:
    """What a client's connection needs of a server, where its requests are passed on to one real host."""

    https: Https | None = None

    def __init__(self, server: ThreadedServer, upstream: Upstream, host: str, port: int) -> None:
        self._server = server
        self.host, self.loop, self.stopping = server.host, server.loop, server.stopping
        self._app = partial(upstream.pass_on, host, port)

    def opened(self, connection: Held) -> None:
        """Register a new connection."""
        self._server.opened(connection)

    def closed(self, connection: Held) -> None:
        """Unregister a connection."""
        self._server.closed(connection)

    def recall(self, _data: bytes, _peer: str) -> bytes | None:
        """Return None: nothing of a real host is remembered."""
        return None

    def check_length(self, request: Request) -> None:
        """Raise TooLarge for a body above the limit."""
        if max(request.length or 0, request.received) > LARGEST_BODY:
            raise too_large_body(LARGEST_BODY)

    def in_loop(self, step: Callable[[], object]) -> None:
        """Run a step within the loop; callable from any thread."""
        self._server.in_loop(step)

    def answer(self, connection: Connection, request: Request) -> None:
        """Start answering a request."""
        self._server.answer_by(self._app, connection, request)


def client_context(ca_file: str | None) -> ssl.SSLContext:
    """Return a context that checks real hosts' certificates by certifi's authorities and those of a file."""
    import certifi

    context = ssl.create_default_context(cafile=certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def connected(host: str, port: int) -> socket.socket:
    """Return a connection to the first of a host's addresses that is allowed and answers; raises the last address's error."""
    failure: Exception = Unreachable(f"{host} has no address.")
    for address in dict.fromkeys(str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)):
        try:
            check_address(address)
            sock = socket.create_connection((address, port), CONNECT_S)
            sock.settimeout(SILENT_S)
            return sock
        except (OSError, Unreachable) as error:
            failure = error
    raise failure


def pieces_of(response: HTTPResponse) -> Iterator[bytes]:
    """Yield an answer's body as it comes; raises IncompleteRead for an answer that ends too early."""
    while piece := response.read1(PIECE):
        yield piece
    if response.length:
        raise IncompleteRead(b"", response.length)


def passed_back(response: HTTPResponse) -> list[tuple[str, str]]:
    """Return the headers of an answer as the client gets them, without those that this server sets anew."""
    anew = SET_ANEW if response.length is not None else SET_ANEW | {"content-length"}
    return [(name, unfolded(value)) for name, value in response.getheaders() if name.lower() not in anew]


def unfolded(text: str) -> str:
    """Return a header's value in one line (RFC 9112, 5.2)."""
    return FOLD.sub(" ", text)


def readable(headers: Iterable[tuple[str, str]], body: bytes) -> bytes | None:
    """Return a body as it is recorded; None for an encoded body, in which no secret would be found."""
    encodings = {value.lower() for name, value in headers if name.lower() == "content-encoding"}
    return None if body and encodings - {"identity", ""} else body


def words_of(name: str, error: Exception) -> str:
    """Return why a real host gave no answer, and what to change."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The certificate of {name} is not trusted: {error.verify_message}. Pass its authority with --ca-file."
    if isinstance(error, TimeoutError):
        return f"{name} was silent for too long ({CONNECT_S:g} s to connect, {SILENT_S:g} s for each byte); try again."
    if isinstance(error, (HTTPException, ConnectionResetError, BrokenPipeError)):
        return f"{name} closed the connection before its answer was complete, or its answer is not HTTP; try again."
    return f"{name} cannot be asked: {of_system(error) if isinstance(error, OSError) else error}"


def refused(start: Start, refusal: Refusal) -> Iterable[bytes]:
    """Answer with a refusal, which is not recorded: it is not the real host's."""
    start(f"{refusal.status} {HTTPStatus(refusal.status).phrase}", [("Content-Type", "application/json")])
    return [orjson.dumps(refuse(refusal))]
