"""Tunnels of the proxy: bytes passed on, unread, between a client and a host that is no vendor's."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable
from typing import cast

import httptools

from mockmarket.clock import monotonic
from mockmarket.config import authority
from mockmarket.errors import Refusal
from mockmarket.webhooks.targets import Policy, refusal

CONNECT_S = 10.0
IDLE_S = 600.0
"""Seconds without a byte in either direction after which a tunnel is closed."""
LARGEST_UNSENT = 262_144
LOCAL = Policy(allow_private=True)


class Unreachable(Refusal, status=502, word="unreachable"):
    """The proxy cannot connect to the host, or may not."""


class End(asyncio.Protocol):
    """One end of a tunnel; what arrives at it leaves at the other, at the pace at which that is read."""

    def __init__(self, tunnel: Tunnel) -> None:
        self.tunnel = tunnel
        self.other: End | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(LARGEST_UNSENT)

    def write(self, data: bytes) -> None:
        """Send bytes from this end."""
        if self.transport and not self.transport.is_closing():
            self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        """Pass bytes on."""
        self.tunnel.since = monotonic()
        if self.other:
            self.other.write(data)

    def pause_writing(self) -> None:
        """Stop reading at the other end."""
        if self.other and self.other.transport:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        """Read on at the other end."""
        if self.other and self.other.transport:
            self.other.transport.resume_reading()

    def eof_received(self) -> bool:
        """Pass the end of the bytes on; the way back stays open."""
        if self.other and self.other.transport and not self.other.transport.is_closing():
            self.other.transport.write_eof()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Close the other end when it has sent what it has."""
        if self.other and self.other.transport:
            self.other.transport.close()
        self.tunnel.ended()


class OneRequest(End):
    """The end of a client whose request is passed on: what it sends behind that request may be for another host, and ends the tunnel."""

    def __init__(self, tunnel: Tunnel) -> None:
        super().__init__(tunnel)
        self._begun = 0
        self._parser = httptools.HttpRequestParser(self)

    def on_message_begin(self) -> None:
        """Count the requests."""
        self._begun += 1

    def data_received(self, data: bytes) -> None:
        """Pass bytes of the request on."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._begun += 1
        if self._begun > 1:
            return self.tunnel.close()
        super().data_received(data)


class Tunnel:
    """A client's connection and one to a host, joined; `ended` is called, perhaps twice, when one of them is lost."""

    def __init__(self, ended: Callable[[], None], kind: type[End] = End) -> None:
        self.since = monotonic()
        self.ended = ended
        self.client, self.host = kind(self), End(self)

    def join(self, transport: asyncio.Transport, sent: bytes) -> None:
        """Pass on what a client has sent, and then everything, in both directions."""
        transport.set_protocol(self.client)
        self.client.connection_made(transport)
        self.client.other, self.host.other = self.host, self.client
        if sent:
            self.client.data_received(sent)

    def close(self) -> None:
        """Close both ends at once."""
        for end in (self.client, self.host):
            if end.transport:
                end.transport.abort()


async def connect(loop: asyncio.AbstractEventLoop, end: End, host: str, port: int) -> None:
    """Connect an end of a tunnel to a host, at the first of its addresses that answers; Unreachable says why it cannot be done."""
    name = authority(host, port)
    try:
        async with asyncio.timeout(CONNECT_S):
            entries = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            await connect_first(loop, end, dict.fromkeys(str(entry[4][0]) for entry in entries), port)
    except TimeoutError as error:
        raise Unreachable(f"{name} did not answer within {CONNECT_S:g} s.") from error
    except OSError as error:
        raise Unreachable(f"{name} cannot be connected to: {error.strerror or error}.") from error


async def connect_first(loop: asyncio.AbstractEventLoop, end: End, addresses: Iterable[str], port: int) -> None:
    """Connect an end of a tunnel to the first address that is allowed and answers; raises the last address's error."""
    failure: Exception = Unreachable("The host has no address.")
    for address in addresses:
        try:
            check_address(address)
            await loop.create_connection(lambda: end, address, port)
            return
        except (OSError, Unreachable) as error:
            failure = error
    raise failure


def check_address(address: str) -> None:
    """Raise Unreachable for an address that the proxy may not connect to."""
    if why := refusal(LOCAL, address):
        raise Unreachable(f"The proxy connects to no such host: {why}.")
