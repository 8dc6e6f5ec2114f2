"""TLS connections: accepted here, so that a connection whose handshake is under way counts and ends as every other."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from contextlib import closing

from mockmarket.clock import monotonic
from mockmarket.server.connection import LINGER_S, Connection, Server

log = logging.getLogger("mockmarket.server")
HANDSHAKE_S = 10.0
REST_S = 0.5
"""Seconds of rest after a connection could not be accepted, for want of file descriptors."""
UNTRUSTED = "it does not trust the server's certificate: give it the file of the authority, and call the server by one of its names"
REASONS = {
    "HTTP_REQUEST": "it speaks HTTP, and this port HTTPS",
    "UNKNOWN_CA": UNTRUSTED,
    "CERTIFICATE_UNKNOWN": UNTRUSTED,
    "BAD_CERTIFICATE": UNTRUSTED,
    "DID_NOT_RETURN_A_CERTIFICATE": "it shows no certificate, which --client-ca asks for",
    "VERIFY_FAILED": "its certificate is by none of the authorities of --client-ca, or not valid now",
    "UNSUPPORTED_PROTOCOL": "it speaks TLS 1.1 or older",
}
"""Why a handshake fails, by a part of OpenSSL's name of the reason."""


async def accept(server: Server, sock: socket.socket, context: ssl.SSLContext) -> None:
    """Accept TLS connections until cancelled, then close the socket."""
    sock.setblocking(False)
    with closing(sock):
        while True:
            try:
                client, (peer, *_) = await server.loop.sock_accept(sock)
            except OSError as error:
                log.warning("A TLS connection cannot be accepted: %s.", error.strerror)
                await asyncio.sleep(REST_S)
                continue
            Handshake(server, client, peer, context)


class Handshake:
    """A handshake under way; at its end a Connection takes over. It counts as a connection that waits for its client."""

    is_busy = False

    def __init__(self, server: Server, client: socket.socket, peer: str, context: ssl.SSLContext) -> None:
        self._server, self._peer = server, peer
        self.waits_since: float | None = monotonic()
        self._task = server.loop.create_task(self._run(client, context))
        server.opened(self)

    async def _run(self, client: socket.socket, context: ssl.SSLContext) -> None:
        try:
            await self._server.loop.connect_accepted_socket(
                lambda: Connection(self._server, "https"), client, ssl=context,
                ssl_handshake_timeout=HANDSHAKE_S, ssl_shutdown_timeout=LINGER_S,
            )  # fmt: skip
        except OSError as error:
            client.close()
            log.warning("The TLS handshake with %s failed: %s.", self._peer, reason_of(error))
        except asyncio.CancelledError:
            client.close()
        finally:
            self._server.closed(self)

    def check(self, now: float) -> None:
        """Do nothing: the handshake has its own deadline."""

    def close(self) -> None:
        """Close at once."""
        self._task.cancel()


def reason_of(error: OSError) -> str:
    """Return in words why a handshake failed."""
    if not isinstance(error, ssl.SSLError):
        return str(error).rstrip(".") or "the client closed the connection"
    name = error.reason or ""
    return next(
        (words for part, words in REASONS.items() if part in name), name.replace("_", " ").lower() or str(error)
    )
