"""The forward proxy: vendors' hosts are answered here, other hosts passed on unread or refused, within the bounds of every connection."""

from __future__ import annotations

import json
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest

from mockmarket.cli.hosting import further_sockets, hosting
from mockmarket.config import Config, Proxy, Tls
from mockmarket.server import proxy, serving, tunnel
from mockmarket.server.serving import Loop, Server
from mockmarket.vendor import discover
from tests.conftest import planted_cache
from tests.receiver import run_server
from tests.running import FIXTURE, PORTAL_KEY
from tests.tls_clients import trusting

CONFIG = Config(port=0, fixture=FIXTURE, tls=Tls(), proxy=Proxy())
HOSTS = [host for vendor in discover() for host in (*vendor.hosts, f"{vendor.name}.localhost")]
END = b"\r\n\r\n"


@pytest.fixture(scope="module", params=["uvloop", "asyncio"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Serve as a proxy, on either event loop."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(serving, "LOOK_S", 0.05)
        if request.param == "asyncio":
            patch.setattr(serving, "new_loop", Loop)
        with hosting(replace(CONFIG, cache=planted_cache())) as running:
            yield running


@pytest.fixture(scope="module")
def only() -> Iterator[Server]:
    """Serve as a proxy for vendors' hosts alone."""
    with hosting(replace(CONFIG, cache=planted_cache(), proxy=Proxy(only=True))) as running:
        yield running


@contextmanager
def connected(server: Server) -> Iterator[socket.socket]:
    """Give a connection to the proxy for the length of a block."""
    assert server.https
    assert server.https.proxy_url
    port = int(server.https.proxy_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        yield client


def read_to_end(client: socket.socket) -> bytes:
    """Return what comes until the other side ends."""
    parts = []
    while data := client.recv(65_536):
        parts.append(data)
    return b"".join(parts)


def read_head(client: socket.socket) -> bytes:
    """Return the head of an answer, and no byte behind it."""
    head = b""
    while not head.endswith(END) and (byte := client.recv(1)):
        head += byte
    return head


def connect(client: socket.socket, target: str) -> bytes:
    """Ask for a tunnel; returns the answer's head."""
    client.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    return read_head(client)


def ask(server: Server, head: str, body: bytes = b"") -> bytes:
    """Send a request to the proxy; returns all that comes back, up to the end of the connection."""
    with connected(server) as client:
        client.sendall(head.replace("\n", "\r\n").encode() + END + body)
        return read_to_end(client)


def error(answer: bytes) -> dict[str, Any]:
    """Return the error in an answer."""
    return dict(json.loads(answer.partition(END)[2])["error"])


class Host(socketserver.ThreadingTCPServer):
    """A host that is no vendor's: keeps all bytes of each connection, and answers with their number when they end."""

    daemon_threads = True

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.arrived = threading.Semaphore(0)
        super().__init__(("127.0.0.1", 0), None)  # type: ignore[arg-type]  # `finish_request` needs none

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection."""
        data = bytearray()
        while part := request.recv(65_536):
            data += part
            if data.endswith(b"stop"):
                break
        self.received.append(bytes(data))
        self.arrived.release()
        request.sendall(b"got %d" % len(data))

    @property
    def target(self) -> str:
        """Its address and port."""
        return f"127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def host() -> Iterator[Host]:
    """Run a host that is no vendor's."""
    server = Host()
    with run_server(server):
        yield server


@pytest.mark.parametrize("name", [*HOSTS, "main.api.zatabox.com"])
def test_tunnel_to_a_vendors_host_ends_here(server: Server, name: str) -> None:
    assert server.https
    with connected(server) as client:
        assert connect(client, f"{name}:443") == b"HTTP/1.1 200 Connection established\r\n\r\n"
        with trusting(server.https.ca_file).wrap_socket(client, server_hostname=name) as secured:
            for _ in range(2):
                secured.sendall(f"GET /no/such/path HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
                head = read_head(secured)
                secured.recv(65_536)

                assert b"X-Mockmarket-Request" in head


def test_tunnel_to_port_80_carries_plain_http(server: Server) -> None:
    with connected(server) as client:
        connect(client, "api.ticketnation.ph:80")
        client.sendall(b"GET /open-api/v1/events HTTP/1.1\r\nHost: api.ticketnation.ph\r\nConnection: close\r\n\r\n")

        assert read_to_end(client).startswith(b"HTTP/1.1 401 ")


def test_plain_request_for_a_vendors_host_is_answered(server: Server) -> None:
    answer = ask(
        server, "GET http://api.zatabox.com/api/v1/events HTTP/1.1\nHost: other.example\nProxy-Connection: keep-alive"
    )

    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"API_KEY_REQUIRED" in answer


def test_direct_request_is_answered(server: Server) -> None:
    head = f"GET /api/v1/events HTTP/1.1\nHost: localhost\nConnection: close\nX-API-Key: {PORTAL_KEY['X-API-Key']}"

    assert ask(server, head).startswith(b"HTTP/1.1 200 ")


def test_other_tunnel_passes_every_byte(server: Server, host: Host) -> None:
    sent = bytes(range(256)) * 8_000
    with connected(server) as client:
        assert connect(client, host.target).startswith(b"HTTP/1.1 200 ")
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)

        assert read_to_end(client) == b"got %d" % len(sent)
    assert host.received == [sent]


def test_bytes_sent_ahead_of_the_answer_are_passed(server: Server, host: Host) -> None:
    with connected(server) as client:
        client.sendall(f"CONNECT {host.target} HTTP/1.1\r\nHost: x\r\n\r\nhello".encode())
        client.shutdown(socket.SHUT_WR)

        assert read_to_end(client).endswith(END + b"got 5")


def test_other_request_is_sent_as_its_host_expects_it(server: Server, host: Host) -> None:
    head = (
        f"POST http://user:pass@{host.target}/a%20b?c=d HTTP/1.1\nHost: evil.example\nX-Own: 1\nProxy-Connection: keep-alive\n"
        "Proxy-Authorization: Basic eA==\nConnection: keep-alive\nContent-Length: 4"
    )

    assert ask(server, head, b"stop") == b"got " + str(len(host.received[0])).encode()
    assert host.received[0].decode().splitlines() == [
        "POST /a%20b?c=d HTTP/1.1", f"Host: {host.target}", "Connection: close", "X-Own: 1", "Content-Length: 4", "", "stop",
    ]  # fmt: skip


def test_second_request_is_not_sent_to_the_first_ones_host(server: Server, host: Host) -> None:
    with connected(server) as client:
        client.sendall(f"GET http://{host.target}/ HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        with suppress(ConnectionError):
            client.sendall(b"GET http://api.zatabox.com/secret HTTP/1.1\r\nHost: x\r\n\r\n")
        assert closed(client)
    assert host.arrived.acquire(timeout=30)

    assert b"secret" not in host.received[0]


def test_other_host_is_refused_when_vendors_only(only: Server, host: Host) -> None:
    for head in (f"CONNECT {host.target} HTTP/1.1\nHost: x", f"GET http://{host.target}/ HTTP/1.1\nHost: x"):
        answer = ask(only, head)

        assert answer.startswith(b"HTTP/1.1 403 ")
        assert "--proxy-only" in error(answer)["message"]
    assert b" 401 " in ask(only, "GET http://api.zatabox.com/api/v1/events HTTP/1.1\nHost: x")


@pytest.mark.parametrize(
    ("head", "status", "words"),
    [
        ("CONNECT 169.254.169.254:80 HTTP/1.1\nHost: x", 502, "metadata"),
        ("GET http://169.254.169.254/latest HTTP/1.1\nHost: x", 502, "metadata"),
        ("CONNECT [fd00:ec2::254]:443 HTTP/1.1\nHost: x", 502, "metadata"),
        ("CONNECT 127.0.0.1:9 HTTP/1.1\nHost: x", 502, "127.0.0.1:9 cannot be connected to"),
        ("CONNECT nowhere.invalid:443 HTTP/1.1\nHost: x", 502, "nowhere.invalid:443 cannot be connected to"),
        ("CONNECT example.com HTTP/1.1\nHost: x", 400, "and its port"),
        ("CONNECT :443 HTTP/1.1\nHost: x", 400, "and its port"),
        ("CONNECT example.com:99999 HTTP/1.1\nHost: x", 400, "cannot be read"),
        ("GET http://[::1/ HTTP/1.1\nHost: x", 400, "cannot be read"),
        ("GET https://example.com/ HTTP/1.1\nHost: x", 400, "Use CONNECT for https"),
        ("GET ftp://example.com/ HTTP/1.1\nHost: x", 400, "Use CONNECT for ftp"),
        ("GET http:///x HTTP/1.1\nHost: x", 400, "and its port"),
        ("CONNECT api.zatabox.com:443 HTTP/1.1\nHost: x\n\nearly", 400, "Send nothing behind CONNECT"),
        ("GET http://example.com/ HTTP/1.1\nX: " + "x" * 300_000, 431, "too large"),
    ],
)  # fmt: skip
def test_request_that_cannot_be_passed_on_is_refused(server: Server, head: str, status: int, words: str) -> None:
    answer = ask(server, head)

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert words in error(answer)["message"]


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\x00\x05hello", b"\x00" * 100, b"GET\r\n\r\n"])
def test_what_is_no_request_ends_the_connection(server: Server, sent: bytes) -> None:
    with connected(server) as client:
        client.sendall(sent)
        answer = read_to_end(client)

    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("sent", [b"", b"CONNECT exam"])
def test_head_has_a_deadline(server: Server, monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(proxy, "HEAD_S", 0.1)
    with connected(server) as client:
        client.sendall(sent)

        assert closed(client)


def test_idle_tunnel_is_closed(server: Server, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    with connected(server) as client:
        connect(client, host.target)
        monkeypatch.setattr(proxy, "IDLE_S", 0.1)

        assert closed(client)


def test_handshake_in_a_tunnel_has_a_deadline(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy, "HANDSHAKE_S", 0.1)
    with connected(server) as client:
        connect(client, "api.zatabox.com:443")

        assert closed(client)


def test_connecting_has_a_deadline(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunnel, "CONNECT_S", 0.0)

    assert "did not answer within" in error(ask(server, "CONNECT 127.0.0.1:9 HTTP/1.1\nHost: x"))["message"]


def closed(client: socket.socket) -> bool:
    """Wait for the end of a connection."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def test_tunnels_count_as_connections(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    with hosting(replace(CONFIG, cache=planted_cache())) as running, connected(running) as first:
        monkeypatch.setattr(running, "_most", 2)
        connect(first, host.target)
        with connected(running) as second, connected(running) as third:
            connect(second, host.target)
            connect(third, host.target)

            assert closed(first)
            third.sendall(b"stop")
            assert read_to_end(third) == b"got 4"


def test_stop_waits_for_no_tunnel(host: Host) -> None:
    with hosting(replace(CONFIG, cache=planted_cache())) as running, connected(running) as client:
        connect(client, host.target)
        running.stop(30)

        assert closed(client)


def test_proxy_is_for_this_machine_alone() -> None:
    config = Config(host="0.0.0.0", control_token="t", tls=Tls(), proxy=Proxy())
    sockets = further_sockets(config)
    names = [sock.getsockname()[0] for kind in sockets for sock in kind]
    for sock in (*sockets[0], *sockets[1]):
        sock.close()

    assert names == ["0.0.0.0", "127.0.0.1"]


def test_client_that_does_not_trust_gets_no_answer(server: Server) -> None:
    with connected(server) as client:
        connect(client, "api.zatabox.com:443")
        with pytest.raises(ssl.SSLCertVerificationError):
            ssl.create_default_context().wrap_socket(client, server_hostname="api.zatabox.com")
