"""Nothing that one client, receiver or world holds keeps the others waiting: connections, bodies, waits, due work, worlds that ended."""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

from mockmarket.clock import monotonic
from mockmarket.config import Config
from mockmarket.store import timers
from mockmarket.store.timers import Timer
from mockmarket_client.receiver import MOST_CONNECTIONS, Reply, listening
from tests.conftest import Client, Served
from tests.receiver import PATIENCE_S, Receiver
from tests.running import FIXTURE, FLOOR, buy, deliveries, listen, serving, settled, talking_to, until
from tests.test_connections import read_to_end
from tests.test_serving import Process

HEALTH = "/_mockmarket/health"
SOON_S = 3.0


@pytest.fixture
def mock() -> Iterator[Any]:
    """Serve a mock in a process of its own."""
    mock = Process("--fixture", FIXTURE, "--port", "0")
    yield mock
    mock.process.kill()
    mock.process.communicate()


def connected(mock: Any, sent: bytes, **options: int) -> socket.socket:
    """Open a connection to a mock, and send."""
    wire = socket.socket()
    for name, value in options.items():
        wire.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
    wire.settimeout(PATIENCE_S)
    wire.connect(("127.0.0.1", int(mock.url.rpartition(":")[2])))
    wire.sendall(sent)
    return wire


def health_within(mock: Any, seconds: float) -> bool:
    """Return whether another client has an answer in time."""
    began = monotonic()
    assert requests.get(mock.url + HEALTH, timeout=PATIENCE_S).status_code == 200
    return monotonic() - began < seconds


# Connections


@pytest.mark.thorough
def test_clients_that_hold_connections_silence_no_other(mock: Any) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    assert requests.get(f"{mock.url}/_mockmarket/openapi.json", timeout=PATIENCE_S).ok
    unread = b"GET /_mockmarket/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 60
    upload = b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 63000000\r\n\r\n"
    with ExitStack() as held:
        held.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))

        for _ in range(8):
            held.enter_context(connected(mock, unread, SO_RCVBUF=4096))
        beside_unread = health_within(mock, SOON_S)
        for _ in range(1005):
            held.enter_context(connected(mock, b"G"))
        beside_slow = health_within(mock, SOON_S)
        uploads = [held.enter_context(connected(mock, upload)) for _ in range(5)]
        refused = [wire.recv(12) for wire in uploads]

        assert (beside_unread, beside_slow) == (True, True)
        assert refused == [b"HTTP/1.1 413"] * 5
        assert health_within(mock, SOON_S)


@pytest.mark.thorough
def test_listener_bounds_its_idle_connections() -> None:
    with listening(lambda arrival: Reply()) as listener, ExitStack() as held:
        address = ("127.0.0.1", listener.server_port)
        idle = [held.enter_context(socket.create_connection(address, PATIENCE_S)) for _ in range(300)]

        answer = requests.post(listener.url, data=b"{}", timeout=PATIENCE_S)

        assert answer.status_code == 200
        assert {wire.recv(1) for wire in idle[:-MOST_CONNECTIONS]} == {b""}


# Bodies


@pytest.mark.parametrize(
    ("call", "status"),
    [
        ("POST /_mockmarket/keys", 413),
        ("POST /nowhere", 413),
        ("POST /_mockmarket/state", 413),
        ("PUT /_mockmarket/state", 100),
        ("PUT /w/other/_mockmarket/state", 100),
    ],
)
def test_large_body_is_refused_by_its_head(served: Served, call: str, status: int) -> None:
    head = f"{call} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 3000000\r\n\r\n"
    with connected(served, head.encode()) as wire:
        assert wire.recv(12) == f"HTTP/1.1 {status}".encode()


@pytest.mark.parametrize(("token", "status"), [("", 401), ("wrong", 401), ("Bearer secret", 100)])
def test_world_is_uploaded_with_the_control_token_alone(token: str, status: int) -> None:
    config = Config(fixture=FIXTURE, control_token="secret")
    head = "PUT /_mockmarket/state HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 3000000\r\n"
    with serving(config) as served, connected(served, f"{head}Authorization: {token}\r\n\r\n".encode()) as wire:
        assert wire.recv(12) == f"HTTP/1.1 {status}".encode()


# Answers


@pytest.mark.parametrize(
    "path",
    [
        "",
        HEALTH,
        "/_mockmarket/docs",
        pytest.param("/_mockmarket/openapi.json", marks=pytest.mark.thorough),
        "/_mockmarket/ui",
        "/nowhere",
    ],
)
def test_own_answers_are_neither_framed_nor_sniffed(client: Client, path: str) -> None:
    answer = client.get(path or "/")

    assert (answer.headers["X-Content-Type-Options"], answer.headers["X-Frame-Options"]) == ("nosniff", "DENY")


def test_host_of_an_absolute_target_counts(served: Served) -> None:
    sent = f"GET http://evil.example{HEALTH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with connected(served, sent.encode()) as wire:
        assert read_to_end(wire).startswith(b"HTTP/1.1 403")


# Worlds


@pytest.mark.thorough
def test_due_timers_of_a_world_delay_no_other(served: Served, client: Client, receiver: Receiver) -> None:
    crowded, _ = served.app.worlds.put("crowded", "small")
    listen(client, receiver.url)
    with crowded.atomic() as tx:
        for number in range(20_000):
            timers.set(tx, Timer("portal", "nosuch", f"r{number}", 1))

    began = monotonic()
    buy(client)
    receiver.wait(1)
    waited = monotonic() - began

    assert timers.next_due(crowded.read()) == 1  # they are not done yet
    served.app.worlds.drop("crowded")
    assert waited < SOON_S


def held_by(process: Any) -> tuple[int, float]:
    """Return how many files a process has open, and its resident memory in MB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return len(os.listdir(f"/proc/{process.pid}/fd")), int(status.partition("VmRSS:")[2].split()[0]) / 1024


@pytest.mark.thorough
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="files and memory are counted as Linux shows them")
def test_dropped_worlds_hold_neither_files_nor_memory(mock: Any, receiver: Receiver) -> None:
    def use(name: str) -> None:
        main, client = mock.client(), mock.client(name)
        assert main.call("PUT", f"/_mockmarket/worlds/{name}", json={}).status_code == 201
        listen(client, receiver.url)
        buy(client)
        assert client.post("/_mockmarket/wait", {"for": "deliveries"}).ok
        assert main.call("DELETE", f"/_mockmarket/worlds/{name}").ok

    for number in range(50):
        use(f"first{number}")
    files, memory = held_by(mock.process)

    for number in range(300):
        use(f"later{number}")

    files_later, memory_later = held_by(mock.process)
    assert files_later < files + 20
    assert memory_later < memory + 15


# Waits for somebody outside


def begun(pool: ThreadPoolExecutor, count: int, call: Callable[[int], Any]) -> list[Future[Any]]:
    """Make calls at once, each in a thread."""
    return [pool.submit(call, number) for number in range(count)]


@pytest.mark.thorough
def test_nothing_that_waits_for_a_receiver_holds_a_worker(held_back: Receiver) -> None:
    with ThreadPoolExecutor(100) as pool, serving(Config(fixture=FIXTURE)) as served:  # the server's end ends the waits
        worlds = [f"walk{number}" for number in range(20)]
        for name in worlds:
            served.app.worlds.put(name, FIXTURE)
            client = talking_to(served, name)
            client.control("PUT", "clock", {"frozen": True})
            listen(client, held_back.url)
            buy(client)
        inline = talking_to(served)
        inline.control("PATCH", "settings", {"portal": {"deliver_inline": True}})
        for _ in range(3):
            listen(inline, held_back.url)
        held_back.wait(20)

        def walk(number: int) -> Any:
            return talking_to(served, worlds[number]).post("/_mockmarket/clock/advance", {"seconds": 1})

        def examine(number: int) -> Any:
            body = {"vendor": "portal", "url": held_back.url, "secret": "s" * 24}
            return talking_to(served, worlds[number]).post("/_mockmarket/exam", body)

        def wait(number: int) -> Any:
            body = {"for": "deliveries", "where": {"type": "no.such"}, "timeout_s": PATIENCE_S}
            return talking_to(served, worlds[number % 20]).post("/_mockmarket/wait", body)

        waiting = begun(pool, 20, walk) + begun(pool, 20, lambda _: talking_to(served).post("/api/v1/orders", FLOOR))
        waiting += begun(pool, 5, examine) + begun(pool, 50, wait)
        held_back.wait(25)
        served.app.worlds.put("free", FIXTURE)
        free = talking_to(served, "free")

        began = monotonic()
        statuses = [free.get("/api/v1/events").status_code for _ in range(20)]
        took = (monotonic() - began) / 20
        still = sum(not future.done() for future in waiting)
        held_back.gate.set()

        assert statuses == [200] * 20
        assert took < SOON_S
        assert still >= 90
        settled(inline, 1)
        client = talking_to(served, worlds[0])
        until(client.world, lambda: {row["state"] for row in deliveries(client)} == {"delivered"})
