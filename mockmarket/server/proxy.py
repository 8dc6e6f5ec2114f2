"""The forward proxy (RFC 9110, 7.6 and 9.3.6): requests for vendors' hosts are answered here, others are passed on unread or refused;
those for hosts that are recorded are passed on and read."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from http import HTTPStatus
from typing import NamedTuple, cast
from urllib.parse import urlsplit, urlunsplit

import orjson

from mockmarket.clock import monotonic
from mockmarket.config import authority
from mockmarket.control import refuse
from mockmarket.errors import Forbidden, HeadersTooLarge, Malformed, Refusal
from mockmarket.server.connection import HEAD_S, LINGER_S, Connection, Server
from mockmarket.server.handshake import HANDSHAKE_S, reason_of
from mockmarket.server.hosts import VendorHosts
from mockmarket.server.reading import HEAD_END, LARGEST_HEAD
from mockmarket.server.tunnel import IDLE_S, OneRequest, Tunnel, connect
from mockmarket.server.upstream import Passage, ThreadedServer, Upstream

log = logging.getLogger("mockmarket.server")
FIRST_LINE = re.compile(rb"([A-Z]+) ([!-~]+) (HTTP/1\.[01])")
OF_THE_HOP = re.compile(
    rb"^(?:Host|Connection|Keep-Alive|Proxy-Connection|Proxy-Authorization|TE|Upgrade):[^\n]*\n", re.I | re.M
)
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
PLAIN_PORT = 80


class Rules(NamedTuple):
    """What the proxy answers itself: these hosts, under the certificate of this context. `only` refuses all others. The hosts of `upstream`
    are recorded, whether they are a vendor's or not."""

    hosts: VendorHosts
    context: ssl.SSLContext
    only: bool
    upstream: Upstream | None = None


class Target(NamedTuple):
    """The host that a request to the proxy is for, and how it is sent there: its first line; "" for a tunnel."""

    host: str
    port: int
    line: str


class ProxyConnection(asyncio.Protocol):
    """A client's connection until its first request is known; then a Connection or a tunnel takes its transport. One for a plain request
    is closed behind it: the next may be for another host."""

    is_busy = False

    def __init__(self, server: ThreadedServer, rules: Rules) -> None:
        self._server, self._rules = server, rules
        self._answering: Server = server
        self._buffer = bytearray()
        self._since = monotonic()
        self._task: asyncio.Task[None] | None = None
        self._tunnel: Tunnel | None = None
        self._ended = self._refused = False

    @property
    def waits_since(self) -> float | None:
        """The moment since which the client, or a tunnel, is silent."""
        return self._tunnel.since if self._tunnel and not self._refused else self._since

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start reading."""
        self._transport = cast(asyncio.Transport, transport)
        self._server.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop connecting to a host."""
        self._server.closed(self)
        if self._task and self._tunnel:
            self._task.cancel()

    def eof_received(self) -> bool:
        """Note that the client sends nothing more; a tunnel may still bring what it asked for."""
        self._ended = True
        return self._tunnel is not None and not self._refused

    def data_received(self, data: bytes) -> None:
        """Read the first head; what comes while a handshake or a connection to a host is under way is kept for later."""
        if self._refused:
            return
        looked_at = max(0, len(self._buffer) - len(HEAD_END))
        self._buffer += data
        if self._task:
            if len(self._buffer) > LARGEST_HEAD:
                self._transport.pause_reading()
            return
        try:
            self._read_head(self._buffer.find(HEAD_END, looked_at))
        except Refusal as refusal:
            self._refuse(refusal)

    def _read_head(self, end: int) -> None:
        if not self._buffer[:1].isalpha():
            self._serve("http")  # it says what is wrong
        elif (end if end >= 0 else len(self._buffer)) > LARGEST_HEAD:
            raise HeadersTooLarge(f"The first line and the headers are too large: send less than {LARGEST_HEAD} bytes.")
        elif end >= 0:
            self._begin(bytes(self._buffer[: end + 2]), bytes(self._buffer[end + 4 :]))

    def _begin(self, head: bytes, rest: bytes) -> None:
        """Do what a request asks for, by its head."""
        line, _, lines = head.partition(b"\r\n")
        target = target_of(line)
        if target is None:
            return self._serve("http")  # as any client of the server
        if self._rules.upstream and target.host in self._rules.upstream.hosts:
            self._answering = Passage(self._server, self._rules.upstream, target.host, target.port)
        if self._answering is not self._server or self._rules.hosts.find(target.host):
            if target.line:
                self._buffer[len(line) + 2 : len(line) + 2] = b"Connection: close\r\n"
                return self._serve("http")
            return self._intercept(target.port, rest)
        if self._rules.only:
            raise Forbidden(f"{target.host} is no vendor's host; this proxy serves no other (--proxy-only).")
        if target.line:
            host = authority(target.host, target.port).removesuffix(f":{PLAIN_PORT}")
            added = f"{target.line}\r\nHost: {host}\r\nConnection: close\r\n".encode()
            self._buffer = bytearray(added + OF_THE_HOP.sub(b"", lines) + b"\r\n" + rest)
        else:
            self._buffer = bytearray(rest)
        self._tunnel = Tunnel(lambda: self._server.closed(self), *([OneRequest] if target.line else []))
        self._task = self._server.loop.create_task(self._pass_on(target, self._tunnel))

    def _intercept(self, port: int, rest: bytes) -> None:
        """Answer a CONNECT to a vendor's host, and what is sent in it: plain HTTP at its port, at all others TLS."""
        if rest:
            raise Malformed("Send nothing behind CONNECT before it is answered.")
        self._buffer.clear()
        self._transport.write(ESTABLISHED)
        if port == PLAIN_PORT:
            return self._serve("http")
        self._transport.pause_reading()  # until TLS reads
        self._task = self._server.loop.create_task(self._shake_hands())

    async def _shake_hands(self) -> None:
        try:
            transport = await self._server.loop.start_tls(
                self._transport, self, self._rules.context,
                server_side=True, ssl_handshake_timeout=HANDSHAKE_S, ssl_shutdown_timeout=LINGER_S,
            )  # fmt: skip
        except OSError as error:
            log.warning("The TLS handshake with a client of the proxy failed: %s.", reason_of(error))
            return self.close()
        if transport is not None:
            self._transport = transport
            self._serve("https")

    def _serve(self, scheme: str) -> None:
        """Let a Connection answer what was read and what follows."""
        self._server.closed(self)
        connection = Connection(self._answering, scheme)
        self._transport.set_protocol(connection)
        connection.connection_made(self._transport)
        if self._buffer:
            connection.data_received(bytes(self._buffer))
        if self._ended and not connection.eof_received():
            self._transport.close()

    async def _pass_on(self, target: Target, tunnel: Tunnel) -> None:
        """Connect to a host that is no vendor's, then pass everything on."""
        try:
            await connect(self._server.loop, tunnel.host, target.host, target.port)
        except Refusal as refusal:
            return self._refuse(refusal)
        if not target.line:
            self._transport.write(ESTABLISHED)
        tunnel.join(self._transport, bytes(self._buffer))
        self._transport.resume_reading()
        if self._ended:
            tunnel.client.eof_received()

    def _refuse(self, refusal: Refusal) -> None:
        """Answer a request that is neither served nor passed on, and end the connection."""
        body = orjson.dumps(refuse(refusal))
        head = f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}\r\nContent-Type: application/json\r\n"
        self._transport.write(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        self._refused, self._since = True, monotonic()
        if self._ended:
            return self._transport.close()
        self._transport.write_eof()  # closing while the client still sends would lose the answer

    def check(self, now: float) -> None:
        """Close the connection when its head, a byte of its tunnel, or the end behind a refusal, has not come for too long."""
        if self._task and not self._tunnel:
            return  # a handshake has its own deadline
        most = LINGER_S if self._refused else IDLE_S if self._tunnel else HEAD_S
        if now - (self.waits_since or now) > most:
            self.close()

    def close(self) -> None:
        """Close at once."""
        if self._tunnel:
            self._tunnel.close()
        self._transport.abort()


def target_of(line: bytes) -> Target | None:
    """Return whom a request is for, by its first line; None for the server itself. Malformed for what cannot be passed on."""
    parts = FIRST_LINE.fullmatch(line)
    method, target, version = (part.decode() for part in parts.groups()) if parts else ("", "/", "")
    tunnelled = method == "CONNECT"
    if not tunnelled and (target.startswith("/") or "://" not in target):
        return None
    try:
        url = urlsplit(f"//{target}" if tunnelled else target)
        port = url.port
    except ValueError as error:
        raise Malformed("The host or the port cannot be read.") from error
    if not url.hostname or (tunnelled and port is None):
        raise Malformed("Write the host and its port as CONNECT example.com:443, or as http://example.com/.")
    if tunnelled:
        return Target(url.hostname, port or 0, "")
    if url.scheme != "http":
        raise Malformed(f"Use CONNECT for {url.scheme}: the proxy passes on http URLs only.")
    path = urlunsplit(("", "", url.path or "/", url.query, ""))
    return Target(url.hostname, PLAIN_PORT if port is None else port, f"{method} {path} {version}")
