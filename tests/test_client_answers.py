"""What the client makes of servers that are no mockmarket, of URLs beside a mockmarket's own, and of answers of another shape."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mockmarket.clock import monotonic
from mockmarket.worlds.world import World
from mockmarket_client import Client, MockmarketError, NoServer, NotRoot
from mockmarket_client.shapes import Shape, misfit
from mockmarket_client.urls import root_of, split_url
from tests import hostile
from tests.conftest import Served

MARKED = {"X-Mockmarket": "0.1.0", "Content-Type": "application/json"}
CALLS: list[Callable[[Client], Any]] = [
    Client.health, Client.vendors, Client.worlds, Client.snapshots, Client.keys, Client.endpoints, Client.notices,
    Client.deliveries, Client.requests, Client.settings, Client.faults, Client.scenarios, Client.clock, Client.wait,
    lambda api: api.vendor("portal"), lambda api: api.base_url("portal"), lambda api: api.credentials("portal"),
    lambda api: api.records("portal", "order"), lambda api: api.count_records("portal", "order"),
    lambda api: api.create_endpoint("portal", "http://127.0.0.1:9"), lambda api: api.trigger("portal", "order.accepted"),
    lambda api: api.resend("d1"), lambda api: api.add_fault("drop"), lambda api: api.step_scenario("tour"),
    lambda api: api.count_requests(), lambda api: api.unread_fields(), lambda api: api.put_state(b"x"),
]  # fmt: skip


def answer(body: bytes, status: int = 200, headers: dict[str, str] = MARKED) -> bytes:
    """Write an HTTP answer."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def saying(words: bytes, *, endless: bool = False) -> Iterator[str]:
    """Answer each connection with these bytes, whatever it asks; yields the URL."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                taken, _ = server.accept()
            except OSError:
                return
            with taken:
                try:
                    hostile.read_request(taken, hostile.Site())
                    taken.sendall(words)
                    while endless:
                        taken.sendall(b"x" * 65_536)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


@pytest.mark.parametrize(
    "body",
    [b"null", b"[]", b"{}", b'"text"', b"7", b"", b"no JSON", b"\xff\xfe", b"[" * 100_000, b'{"vendors": 1}'],
    ids=lambda body: ascii(body[:12]),
)
def test_answer_of_another_shape_is_refused(body: bytes) -> None:
    with saying(answer(body)) as url:
        for call in CALLS if body != b"{}" else set(CALLS) - {Client.settings}:
            with pytest.raises(NoServer, match="is not a mockmarket of this version"):
                call(Client(url))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"snapshots": ["s1"]}, r"snapshots\[0\] is str"),
        ({"snapshots": [{"name": "s1", "bytes": 1}]}, r"it has no snapshots\[0\].taken_at"),
        ({"snapshots": [{"name": "s1", "taken_at": 5, "bytes": 1}]}, r"snapshots\[0\].taken_at is int"),
        ({"snapshots": None}, "snapshots is null"),
    ],
)
def test_refused_shape_says_where(rows: Any, words: str) -> None:
    with saying(answer(json.dumps(rows).encode())) as url, pytest.raises(NoServer, match=words):
        Client(url).snapshots()


@pytest.mark.parametrize(
    "body", [b'{"error": "text"}', b'{"error": {"code": 7}}', b"[]", b"<h1>No\n way</h1>", b""], ids=ascii
)
def test_refusal_of_another_shape_tells_its_status(body: bytes) -> None:
    with saying(answer(body, 404)) as url, pytest.raises(MockmarketError, match="HTTP 404") as caught:
        Client(url).snapshots()

    assert "\n" not in str(caught.value)


def test_redirect_is_no_success() -> None:
    with saying(answer(b"", 308)) as url, pytest.raises(MockmarketError, match="HTTP 308"):
        Client(url).delete_key("k1")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", "is not mockmarket: it does not speak HTTP"),
        (b"\x00\x01\x02", "is not mockmarket: it does not speak HTTP"),
        (b"", "closed the connection without an answer"),
        (answer(b"{}", headers={}), r"is not mockmarket \(HTTP 200\)"),
        (answer(b"{}")[:-1], "not speak HTTP|closed the connection"),
    ],
    ids=ascii,
)
def test_stranger_is_told_in_a_sentence(words: bytes, message: str) -> None:
    with saying(words) as url, pytest.raises(NoServer, match=message):
        Client(url).health()


def test_endless_answer_of_a_stranger_is_left() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"

    with saying(head, endless=True) as url, pytest.raises(NoServer, match=r"is not mockmarket \(HTTP 200\)"):
        Client(url).health()


@pytest.mark.parametrize(
    "url", ["http://[::1", "http://", "", "http://127.0.0.1:99999", "http://exa mple", "ftp://x", "/w/main"]
)
def test_what_is_no_url_says_so(url: str) -> None:
    with pytest.raises(NoServer):
        Client(url).health()


def test_token_that_no_header_can_carry(served: Served) -> None:
    with pytest.raises(MockmarketError, match="control token has characters"):
        Client(served.url, "tök€n").health()


PLACES = [
    "/api/v1", "/api/v1/", "/portal/api/v1/events", "/ticketnation/open-api/v1", "/zatabox/api/v1", "/tixstock/v1",
    "/skybox/services", "/_mockmarket", "/_mockmarket/", "/_mockmarket/docs", "/_mockmarket/ui/timeline", "/anything", "/?a=1", "/#top",
]  # fmt: skip


@pytest.mark.parametrize("path", PLACES)
def test_url_with_a_path_names_the_servers_own(served: Served, path: str) -> None:
    for call in (Client.health, Client.vendors, Client.snapshots, lambda api: api.trigger("portal", "order.accepted")):
        with pytest.raises(NotRoot) as caught:
            call(Client(served.url + path))

        assert caught.value.root == served.url


def test_path_within_a_world_keeps_the_world(served: Served, world: World) -> None:
    with pytest.raises(NotRoot) as caught:
        Client(f"{served.url}/w/{world.name}/api/v1").health()

    assert caught.value.root == f"{served.url}/w/{world.name}"


def test_path_of_a_stranger_is_not_a_mockmarkets() -> None:
    with saying(answer(b"{}", 404, {})) as url, pytest.raises(NoServer, match="is not mockmarket") as caught:
        Client(f"{url}/api/v1").health()

    assert not isinstance(caught.value, NotRoot)


def test_world_of_the_url_is_the_clients(served: Served, world: World) -> None:
    api = Client(f"{served.url}/w/{world.name}/")

    assert (api.url, api.world) == (served.url, world.name)
    assert api.describe_world(world.name)["name"] == world.name
    assert api.in_world("main").clock()


def test_url_and_argument_name_one_world(served: Served) -> None:
    with pytest.raises(MockmarketError, match="names the world 'a', but 'b' was requested"):
        Client(f"{served.url}/w/a", world="b")


def test_https_at_the_plain_port_says_so(served: Served) -> None:
    began = monotonic()

    with pytest.raises(NoServer, match=rf"speaks HTTP, not HTTPS\. Write it as {served.url}\."):
        Client(served.url.replace("http:", "https:")).health()

    assert monotonic() - began < 4


def test_https_without_a_server_is_no_plain_one() -> None:
    with pytest.raises(NoServer, match=r"No mockmarket answers at https://127\.0\.0\.1:9"):
        Client("https://127.0.0.1:9").health()


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://h:1", ("http://h:1", None)),
        ("http://h:1/", ("http://h:1", None)),
        ("http://h:1/w/ci-1", ("http://h:1", "ci-1")),
        ("http://h:1/w/ci-1/api", ("http://h:1/w/ci-1/api", None)),
        ("http://h:1/mock/w/ci", ("http://h:1/mock/w/ci", None)),
        ("http://h:1/w/ci?x=1", ("http://h:1/w/ci?x=1", None)),
    ],
)
def test_url_is_split_at_its_world(url: str, parts: tuple[str, str | None]) -> None:
    assert split_url(url) == parts


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("http://h:1", None),
        ("http://h:1/w/ci", None),
        ("http://h:1/api/v1", "http://h:1"),
        ("http://h:1/w/ci/api/v1", "http://h:1/w/ci"),
        ("http://h:1?x", "http://h:1"),
        ("http://[::1", None),
    ],
)
def test_root_stands_before_a_path(url: str, root: str | None) -> None:
    assert root_of(url) == root


@pytest.mark.parametrize(
    ("value", "shape", "wrong"),
    [
        ({"a": 1, "b": 2}, {"a": int}, None),
        ({"a": None}, {"a?": int}, None),
        ({"a": "x"}, {"a?": int}, "a is str"),
        ({"a": {"b": "x"}}, {"a": {str: str}}, None),
        ({"a": {"b": 1}}, {"a": {str: str}}, "a.b is int"),
        ([1, None], [int | None], None),
        ([], {}, "the answer is list"),
        (None, object, None),
    ],
)
def test_misfit_names_its_place(value: Any, shape: Shape, wrong: str | None) -> None:
    assert misfit(value, shape) == wrong
