"""Connections of all sorts and their answers: kept, pipelined, half-closed, slow, silent and malformed."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

import pytest

from mockmarket.config import Config
from mockmarket.server import connection, serving as server_module
from tests.conftest import Client, Served
from tests.running import FIXTURE, PORTAL_KEY, buy, serving, talking_to

KEY = "".join(f"{name}: {value}\r\n" for name, value in PORTAL_KEY.items())
HEALTH = b"GET /_mockmarket/health HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def wire(served: Served) -> Iterator[socket.socket]:
    """Open a bare connection to the server."""
    with socket.create_connection(("127.0.0.1", served.server.port), timeout=20) as connection:
        yield connection


def get(path: str, *lines: str, world: str = "main") -> bytes:
    """Return the bytes of a GET."""
    return "\r\n".join([f"GET /w/{world}{path} HTTP/1.1", "Host: localhost", f"{KEY}{''.join(lines)}", ""]).encode()


def answers(wire: socket.socket, count: int) -> list[tuple[int, bytes]]:
    """Read `count` answers of a connection as (status, body)."""
    file, read = wire.makefile("rb"), []
    for _ in range(count):
        status, length = int(file.readline().split()[1]), 0
        while (line := file.readline()) != b"\r\n":
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        read.append((status, file.read(length)))
    return read


def send_for_ever(wire: socket.socket, data: bytes) -> None:
    """Send until the connection ends."""
    while True:
        wire.sendall(data)


def read_to_end(wire: socket.socket) -> bytes:
    """Read until the server closes the connection."""
    data = b""
    while piece := wire.recv(65_536):
        data += piece
    return data


def test_pipelined_requests_are_answered_in_order(client: Client, wire: socket.socket) -> None:
    wire.sendall(b"".join(get(path, world=client.world.name) for path in ("/api/v1/events", "/nowhere") * 3))

    assert [status for status, _ in answers(wire, 6)] == [200, 404] * 3


def test_request_is_read_byte_by_byte(client: Client, wire: socket.socket) -> None:
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in get("/api/v1/events?limit=1", world=client.world.name):
        wire.sendall(bytes([byte]))

    [(status, body)] = answers(wire, 1)

    assert (status, len(json.loads(body)["data"])) == (200, 1)


@pytest.mark.parametrize("count", [1, 5])
def test_half_closed_client_has_its_answers(client: Client, wire: socket.socket, count: int) -> None:
    wire.sendall(get("/api/v1/events", world=client.world.name) * count)
    wire.shutdown(socket.SHUT_WR)

    assert read_to_end(wire).count(b"HTTP/1.1 200") == count


def test_http_1_0_is_closed_behind_its_answer(wire: socket.socket) -> None:
    wire.sendall(b"GET /_mockmarket/health HTTP/1.0\r\nHost: localhost\r\n\r\n")

    head = read_to_end(wire).partition(b"\r\n\r\n")[0]

    assert head.startswith(b"HTTP/1.1 200")
    assert b"Connection: close" in head


def test_http_1_0_is_kept_open_when_it_asks(wire: socket.socket) -> None:
    wire.sendall(b"GET /_mockmarket/health HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n" * 2)

    assert [status for status, _ in answers(wire, 2)] == [200, 200]


def test_head_has_no_body(client: Client, wire: socket.socket) -> None:
    wire.sendall(get("/api/v1/events", "Connection: close\r\n", world=client.world.name).replace(b"GET", b"HEAD", 1))

    head, _, body = read_to_end(wire).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 200")
    assert int(head.partition(b"Content-Length: ")[2].split()[0]) > 2
    assert body == b""


def test_body_is_asked_for(client: Client, wire: socket.socket) -> None:
    order = json.dumps({"orderId": "nope", "status": "accepted"}).encode()
    head = f"PATCH /w/{client.world.name}/api/v1/orders HTTP/1.1\r\nHost: localhost\r\n{KEY}Expect: 100-continue\r\n"
    wire.sendall(f"{head}Content-Type: application/json\r\nContent-Length: {len(order)}\r\n\r\n".encode())

    assert wire.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    wire.sendall(order)
    assert answers(wire, 1)[0][0] == 404


def test_body_beyond_the_bound_is_not_asked_for(client: Client, wire: socket.socket) -> None:
    head = f"POST /w/{client.world.name}/api/v1/orders HTTP/1.1\r\nHost: localhost\r\n{KEY}Expect: 100-continue\r\n"
    wire.sendall(f"{head}Content-Length: 2000001\r\n\r\n".encode())

    assert read_to_end(wire).startswith(b"HTTP/1.1 413")


def test_chunked_body_is_bounded(client: Client, wire: socket.socket) -> None:
    head = f"POST /w/{client.world.name}/api/v1/orders HTTP/1.1\r\nHost: localhost\r\n{KEY}"
    wire.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + b"100000\r\n" + b" " * 0x100000 + b"\r\n")
    wire.sendall(b"100000\r\n" + b" " * 0x100000)

    assert read_to_end(wire).startswith(b"HTTP/1.1 413")


def test_chunked_body_is_read(client: Client, wire: socket.socket) -> None:
    head = f"PATCH /w/{client.world.name}/api/v1/orders HTTP/1.1\r\nHost: localhost\r\n{KEY}"
    body = b'12\r\n{"orderId":"nope",\r\n14\r\n"status":"accepted"}\r\n0\r\n\r\n'
    wire.sendall(f"{head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + body)
    wire.sendall(get("/api/v1/events", world=client.world.name))

    assert [status for status, _ in answers(wire, 2)] == [404, 200]


@pytest.mark.parametrize("name", ["Upgrade", "upgrade", "UPGRADE"])
@pytest.mark.parametrize("chunked", [False, True])
def test_offered_upgrade_is_not_heeded(client: Client, wire: socket.socket, name: str, chunked: bool) -> None:
    head = f"PATCH /w/{client.world.name}/api/v1/orders HTTP/1.1\r\nHost: localhost\r\n{KEY}Connection: Upgrade, HTTP2-Settings\r\n"
    head += f"{name}: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAA\r\nContent-Type: application/json\r\n"  # as Java's client sends
    body = json.dumps({"orderId": "nope", "status": "accepted"}).encode()
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
    wire.sendall(
        f"{head}{length}\r\n\r\n".encode() + (b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if chunked else body)
    )
    wire.sendall(get("/api/v1/events", world=client.world.name))

    assert [status for status, _ in answers(wire, 2)] == [404, 200]
    noted = [["Upgrade", "h2c"] in request["headers"] for request in client.control("GET", "requests")["requests"]]
    assert sorted(noted) == [False, True]


@pytest.mark.parametrize(
    "lines",
    [
        "Content-Length: 2\r\nContent-Length: 3\r\n",
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
    ],
)
def test_length_that_reads_in_two_ways_closes_the_connection(client: Client, wire: socket.socket, lines: str) -> None:
    head = f"POST /w/{client.world.name}/api/v1/orders HTTP/1.1\r\nHost: localhost\r\n{KEY}{lines}\r\n{{}}"
    wire.sendall(head.encode() + get("/api/v1/events", world=client.world.name))

    answer = read_to_end(wire)

    assert answer[9:12] in (b"400", b"501")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_chunked_http_1_0_closes_the_connection(client: Client, wire: socket.socket) -> None:
    head = f"POST /w/{client.world.name}/api/v1/orders HTTP/1.0\r\nHost: localhost\r\n{KEY}Connection: keep-alive\r\n"
    wire.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n".encode())
    wire.sendall(get("/api/v1/events", world=client.world.name))

    assert read_to_end(wire).count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\x02\x00\x01\x00", b"\x00\x01\x02\n\n", b"\xff" * 20 + b"\r\n\r\n"])
def test_what_is_no_http_is_closed_at_once(wire: socket.socket, caplog: pytest.LogCaptureFixture, sent: bytes) -> None:
    with caplog.at_level(logging.WARNING, "mockmarket.server"):
        wire.sendall(sent)

        assert read_to_end(wire) == b""

    assert "is not HTTP: it begins with" in caplog.text


def test_lines_that_end_in_lf_alone_are_refused(wire: socket.socket) -> None:
    wire.sendall(b"GET /api/v1/events HTTP/1.1\nHost: localhost\n\n")

    answer = read_to_end(wire)

    assert answer.startswith(b"HTTP/1.1 400")
    assert b"CR LF" in answer


def test_unknown_method_is_named(wire: socket.socket) -> None:
    wire.sendall(b"BREW /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")

    answer = read_to_end(wire)

    assert answer.startswith(b"HTTP/1.1 501")
    assert b"There is no method BREW." in answer


@pytest.mark.thorough
@pytest.mark.parametrize(("sent", "part"), [(b"GET / HTTP/1.1\r\nHo", b"head"), (b"", b"body")])
def test_slow_request_is_refused(
    wire: socket.socket, monkeypatch: pytest.MonkeyPatch, sent: bytes, part: bytes
) -> None:
    monkeypatch.setattr(connection, "HEAD_S", 0.1)
    monkeypatch.setattr(connection, "BODY_S", 0.1)
    wire.sendall(sent or b"POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")

    answer = read_to_end(wire)

    assert answer.startswith(b"HTTP/1.1 408")
    assert b"The %b of the request has not come" % part in answer


@pytest.mark.thorough
def test_idle_connection_is_closed(wire: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    wire.sendall(HEALTH)
    answers(wire, 1)
    monkeypatch.setattr(connection, "IDLE_S", 0.1)

    assert read_to_end(wire) == b""


def test_newcomer_takes_the_place_of_who_was_waited_for_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "MOST_CONNECTIONS", 20)
    with serving(Config(fixture=FIXTURE)) as served, ExitStack() as silent:
        for _ in range(60):
            wire = silent.enter_context(socket.create_connection(("127.0.0.1", served.server.port), timeout=20))
            wire.sendall(b"GET / HTTP/1.1\r\nX-Trickle: ")

        assert talking_to(served).get("/_mockmarket/health").status_code == 200


def test_newcomers_at_once_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "MOST_CONNECTIONS", 20)
    monkeypatch.setattr(server_module, "new_loop", server_module.Loop)  # which takes all that wait in one step
    gate = threading.Event()
    with serving(Config(fixture=FIXTURE)) as served, ExitStack() as silent:
        served.server.in_loop(lambda: gate.wait(20))
        address = ("127.0.0.1", served.server.port)
        wires = [silent.enter_context(socket.create_connection(address, timeout=20)) for _ in range(60)]
        gate.set()

        assert [wire.recv(1) for wire in wires[:40]] == [b""] * 40


@pytest.mark.thorough
def test_answer_that_nobody_reads_is_given_up(served: Served, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "UNREAD_S", 0.1)
    with socket.socket() as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        wire.connect(("127.0.0.1", served.server.port))
        wire.settimeout(20)
        with pytest.raises(ConnectionError):
            send_for_ever(wire, get("/_mockmarket/docs/swagger-ui.css", world=client.world.name) * 100)

    assert client.get("/api/v1/events").status_code == 200


@pytest.mark.thorough
def test_reading_stops_while_answers_wait() -> None:
    with serving(replace(Config(), fixture=FIXTURE)) as served, socket.socket() as wire:
        wire.connect(("127.0.0.1", served.server.port))
        wire.settimeout(20)
        request = get("/_mockmarket/health")
        wire.sendall(request * 3000)

        assert [status for status, _ in answers(wire, 3000)] == [200] * 3000


@pytest.mark.parametrize("wait_s", [0, 60])
def test_write_that_awaits_its_turn_is_made_once(client: Client, monkeypatch: pytest.MonkeyPatch, wait_s: int) -> None:
    monkeypatch.setattr(server_module, "WRITE_WAIT_S", wait_s)
    before = orders(client)  # a vendor's first call is answered in a thread, later ones in the server's loop
    client.get("/api/v1/events")
    writer = client.world.store.writer
    with ThreadPoolExecutor(1) as threads:
        with writer:
            bought = threads.submit(buy, client)
            while not writer.is_awaited:
                assert not bought.done()
        order = bought.result(30)

    assert orders(client) - before == {order["orderId"]}


def orders(client: Client) -> set[str]:
    """Return the ids of the portal's orders."""
    return {record["orderId"] for record in client.control("GET", "records/portal/order?limit=1000")["records"]}
