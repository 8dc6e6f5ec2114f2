"""What a server listens on: an address, or both loopbacks of `localhost` on one port."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from mockmarket.cli.hosting import hosting
from mockmarket.config import Config
from mockmarket.server import listening
from tests.conftest import planted_cache
from tests.running import FIXTURE, unused_port


@contextmanager
def closed_at_end(sockets: list[socket.socket]) -> Iterator[list[tuple[str, int]]]:
    """Give the addresses and ports of sockets for the length of a block, then close them."""
    try:
        yield [sock.getsockname()[:2] for sock in sockets]
    finally:
        for sock in sockets:
            sock.close()


def test_localhost_is_served_on_both_loopbacks() -> None:
    config = Config(host="localhost", port=0, fixture=FIXTURE, cache=planted_cache())
    with hosting(config) as server, requests.Session() as session:
        session.trust_env = False
        urls = [f"http://{host}:{server.port}/_mockmarket/health" for host in ("127.0.0.1", "[::1]")]
        answers = [session.get(url, timeout=30).status_code for url in urls]

        assert server.url == f"http://localhost:{server.port}"

    assert answers == [200, 200]


def test_both_loopbacks_have_one_free_port() -> None:
    with closed_at_end(listening.listen("localhost", 0)) as names:
        (first, port), (second, other) = names

    assert (first, second) == ("127.0.0.1", "::1")
    assert port == other != 0


def test_address_is_listened_on_alone() -> None:
    with closed_at_end(listening.listen("127.0.0.1", 0)) as names:
        assert [address for address, _ in names] == ["127.0.0.1"]


def test_missing_family_is_left_out() -> None:
    with closed_at_end(
        listening.listen_on(("203.0.113.1", "127.0.0.1"), 0)
    ) as names:  # TEST-NET-3: no machine's address
        assert [address for address, _ in names] == ["127.0.0.1"]


@pytest.mark.parametrize("addresses", [("203.0.113.1",), ("203.0.113.1", "198.51.100.1")])
def test_no_address_at_all_is_an_error(addresses: tuple[str, ...]) -> None:
    with pytest.raises(OSError, match="address") as raised:
        listening.listen_on(addresses, 0)

    assert raised.value.errno == errno.EADDRNOTAVAIL


def test_port_that_one_family_has_is_in_use() -> None:
    port = unused_port()
    with socket.create_server(("::1", port), family=socket.AF_INET6):
        with pytest.raises(OSError, match="in use") as raised:
            listening.listen("localhost", port)

        assert raised.value.errno == errno.EADDRINUSE
    with closed_at_end(listening.listen("localhost", port)) as names:  # nothing was left open
        assert len(names) == 2
