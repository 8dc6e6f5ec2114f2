"""Memory that requests take: caches keep nothing long of what callers send, and what was answered is freed at once."""

from __future__ import annotations

import gc
import json
import socket
import tracemalloc
from collections.abc import Iterator

import pytest

from mockmarket.api import arguments, plain
from mockmarket.config import Config, Limits, names_loopback
from mockmarket.matching import paths
from mockmarket.rules import splits
from tests.conftest import Served
from tests.running import FIXTURE, FLOOR, PORTAL_KEY, serving

COUNT, LENGTH = 120, 200_000
KEY = "".join(f"{name}: {value}\r\n" for name, value in PORTAL_KEY.items())


@pytest.fixture(scope="module")
def frugal() -> Iterator[Served]:
    """Serve a mock whose journal is small."""
    with serving(Config(fixture=FIXTURE, limits=Limits(journal_bytes=500_000))) as served:
        yield served


def send(served: Served, head: str) -> None:
    """Send a request and read its answer."""
    with socket.create_connection(("127.0.0.1", served.server.port), timeout=20) as wire:
        wire.sendall(f"{head}Connection: close\r\n\r\n".encode())
        while wire.recv(65_536):
            pass


@pytest.mark.thorough
@pytest.mark.parametrize(
    "head",
    ["GET /api/v1/events?venue={} HTTP/1.1\r\nHost: localhost\r\n" + KEY, "GET /api/v1/events?{}=1 HTTP/1.1\r\nHost: localhost\r\n" + KEY,
     "GET /w/{}/api/v1/events HTTP/1.1\r\nHost: localhost\r\n", "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {}\r\n",
     "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n{}: 1\r\n"],
    ids=["value", "name", "world", "key", "header"],
)  # fmt: skip
def test_long_requests_take_no_memory(frugal: Served, head: str) -> None:
    send(frugal, head.format("first"))
    tracemalloc.start()
    try:
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for number in range(COUNT):
            send(frugal, head.format(f"{number}" + "x" * LENGTH))
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()

    assert grown < COUNT * LENGTH / 2


ORDER = json.dumps(FLOOR)
WRITE = f"POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\n{KEY}Content-Type: application/json\r\nContent-Length: {len(ORDER)}\r\n"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("GET /api/v1/events?venue={} HTTP/1.1\r\nHost: localhost\r\n" + KEY, ""),
        ("GET /tixstock/v1/feed?per_page={} HTTP/1.1\r\nHost: localhost\r\n", ""),
        (WRITE, ORDER),
    ],
    ids=["read", "refused", "write"],
)
def test_answered_request_is_freed_without_the_collector(frugal: Served, head: str, body: str) -> None:
    with (
        socket.create_connection(("127.0.0.1", frugal.server.port), timeout=20) as wire,
        wire.makefile("rb") as answers,
    ):

        def ask(number: int) -> bytes:
            wire.sendall(f"{head.format(number)}\r\n{body}".encode())
            lines = [*iter(answers.readline, b"\r\n")]
            answers.read(next(int(line[15:]) for line in lines if line.startswith(b"Content-Length:")))
            return lines[0]

        ask(0)
        gc.collect()
        gc.disable()
        try:
            statuses = {ask(number)[9:12] for number in range(1, 31)}
            unreachable = gc.collect()
        finally:
            gc.enable()

    assert statuses <= {b"200", b"201", b"401"}
    assert unreachable < 30


def test_long_texts_are_not_cached() -> None:
    caches = [plain._read_query, arguments.read_query, paths._parse, splits._parse]
    before = [cache.cache_info().currsize for cache in caches]

    paths.parse("a." * 5_000 + "b")
    splits.parse("custom:" + "1," * 5_000 + "2")
    assert not names_loopback("x" * 5_000)

    assert [cache.cache_info().currsize for cache in caches] == before
