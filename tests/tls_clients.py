"""TLS as a client speaks it: contexts that trust an authority, and connections by any host name."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


def trusting(ca_file: str | None) -> ssl.SSLContext:
    """Return a client's context that trusts one authority alone."""
    return ssl.create_default_context(cafile=ca_file)


class Answer:
    """An answer's status, headers, body and the TLS that carried it."""

    def __init__(self, response: http.client.HTTPResponse, secured: ssl.SSLSocket) -> None:
        self.status, self.headers, self.body = response.status, response.headers, response.read()
        self.version, self.protocol = secured.version(), secured.selected_alpn_protocol()


@contextmanager
def connected(port: int, context: ssl.SSLContext, name: str = "localhost") -> Iterator[ssl.SSLSocket]:
    """Give a TLS connection to a loopback port, by a host name, for the length of a block."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname=name) as secured,
    ):
        yield secured


def ask(
    port: int, context: ssl.SSLContext, name: str = "localhost", path: str = "/api/v1/events",
    headers: Mapping[str, str] | None = None,
) -> Answer:  # fmt: skip
    """GET a path over TLS from a loopback port, by a host name."""
    with connected(port, context, name) as secured:
        connection = http.client.HTTPConnection(name)
        connection.sock = secured
        connection.request("GET", path, headers=dict(headers or {}))
        return Answer(connection.getresponse(), secured)
