"""Requests that violate HTTP: read where the meaning is clear, else refused in the shape of the path's owner."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from mockmarket.config import Config
from mockmarket.vendor import Vendor
from tests.conftest import Client, Served
from tests.sixth.serving import VENDORS, fixture_for_all, serving

every_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=[vendor.name for vendor in VENDORS])
VENUE = "Peñaclara-座"
UNREADABLE = {
    "control character": (b"X-Api-Key: a\x7f", b"", 400, "without control characters"),
    "no colon": (b"X-Api-Key", b"", 400, "'Name: value'"),
    "negative length": (b"Content-Length: -1", b"", 400, "send digits only"),
    "unknown transfer coding": (b"Transfer-Encoding: gzip", b"", 501, "can only be chunked"),
    "no chunk": (b"Transfer-Encoding: chunked", b"zz\r\n", 400, "cannot be read"),
    "body too large": (b"Content-Length: 64000001", b"", 413, "bytes"),
    "two hosts": (b"Host: another.example", b"", 400, "several Host headers"),
    "too many headers": (b"\r\n".join([b"A:"] * 1_001), b"", 431, "send 1,000 at most"),
    "name of a header too long": (b"a" * 257 + b": x", b"", 431, "256 bytes at most"),
    "headers too large": (b"X-Long: " + b"x" * 262_200, b"", 431, "less than 262144 bytes"),
}
"""By case: a header line, the bytes after the headers, the status of the answer, and words of its message."""


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve every vendor, with events at a place whose name is not ASCII."""
    fixture = Path(fixture_for_all(tmp_path_factory.mktemp("unreadable")))
    fixture.write_text(fixture.read_text(encoding="utf-8").replace("Harbor Hall", VENUE), encoding="utf-8")
    with serving(Config(fixture=str(fixture))) as served:
        yield served


@pytest.fixture
def client(market: Served) -> Client:
    """Return a client of the main world, without a key."""
    return Client(market.url, market.app.worlds.get("main"))


def exchange(url: str, request: bytes) -> tuple[int, Any, bytes]:
    """Send bytes unchanged; returns the answer's status, headers and body."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        with suppress(ConnectionError):
            connection.sendall(request)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.headers, answer.read()


def request(method: str, target: str, *lines: bytes, content: bytes = b"") -> bytes:
    """Return the bytes of a request."""
    start_line = f"{method} {target} HTTP/1.1".encode()
    return b"\r\n".join((start_line, b"Host: localhost", b"Connection: close", *lines, b"", content))


def key_line(client: Client, vendor: str) -> bytes:
    """Return the header line of a vendor's first key."""
    row = next(row for row in client.control("GET", "vendors")["vendors"] if row["name"] == vendor)
    return "\r\n".join(f"{name}: {value}" for name, value in row["credentials"][0]["headers"].items()).encode()


@every_vendor
@pytest.mark.parametrize("case", UNREADABLE)
def test_unreadable_request_has_the_owners_shape(client: Client, vendor: Vendor, case: str) -> None:
    line, content, expected, words = UNREADABLE[case]
    unknown = client.call("PUT", f"{vendor.base}/no/such/path")

    status, headers, body = exchange(client.base, request("POST", f"{vendor.base}/any", line, content=content))

    assert (status, headers["Content-Type"]) == (expected, "application/json")
    assert words in body.decode()
    assert case != "body too large" or "send at most 2000000 bytes" in body.decode()
    assert type(json.loads(body)) is type(unknown.json()) or status == 400
    entry = client.control("GET", f"requests/{headers['X-Mockmarket-Request']}")
    assert (entry["vendor"], entry["status"], entry["path"]) == (vendor.name, expected, f"{vendor.base}/any")


@pytest.mark.parametrize("case", UNREADABLE)
def test_unreadable_control_request_has_its_shape(client: Client, case: str) -> None:
    line, content, expected, words = UNREADABLE[case]

    status, headers, body = exchange(client.base, request("POST", "/_mockmarket/reset", line, content=content))

    assert (status, headers["Content-Type"]) == (expected, "application/json")
    assert words in json.loads(body)["error"]["message"]
    assert case != "body too large" or "send at most 2000000 bytes" in body.decode()


@pytest.mark.parametrize("line", ["nonsense", "G\x01T /api/v1/events HTTP/1.1", "GET /api/v1/ev ents HTTP/1.1"])
def test_unreadable_first_line_says_its_form(client: Client, line: str) -> None:
    status, headers, body = exchange(client.base, f"{line}\r\nHost: localhost\r\n\r\n".encode())

    assert (status, headers["Content-Type"]) == (400, "application/json")
    assert "METHOD /path HTTP/1.1" in body.decode()


@pytest.mark.parametrize(
    ("target", "line"), [("http://[/x", b"A: b"), ("/api/v1/events", b"Content-Length: " + b"9" * 5000)]
)
def test_unreadable_url_or_number_is_refused(client: Client, target: str, line: bytes) -> None:
    start_line = f"GET {target} HTTP/1.1".encode()

    status, headers, body = exchange(client.base, b"\r\n".join((start_line, b"Host: localhost", line, b"", b"")))

    assert (status, headers["Content-Type"]) == (400, "application/json")
    assert "its URL or its Content-Length is malformed" in body.decode()


@pytest.mark.parametrize("venue", [VENUE, "青鷺座"])
def test_letters_in_a_query_need_no_encoding(client: Client, venue: str) -> None:
    plain = client.call("GET", "/api/v1/events", params={"venue": venue}, headers=portal_key(client))

    status, headers, body = exchange(
        client.base, request("GET", f"/api/v1/events?venue={venue}", key_line(client, "portal"))
    )

    assert (status, json.loads(body)) == (200, plain.json())
    assert bool(json.loads(body)["data"]) == (venue == VENUE)
    assert headers["X-Mockmarket-Request"]


def portal_key(client: Client) -> dict[str, str]:
    """Return the headers of the portal's first key."""
    name, _, value = key_line(client, "portal").decode().partition(": ")
    return {name: value}


def test_letters_in_a_path_need_no_encoding(client: Client) -> None:
    status, headers, body = exchange(
        client.base, request("GET", "/zatabox/api/v1/events/Peña", key_line(client, "zatabox"))
    )

    assert (status, "Peña" in body.decode()) == (404, True)
    entry = client.control("GET", f"requests/{headers['X-Mockmarket-Request']}")
    assert entry["path"] == "/zatabox/api/v1/events/Peña"
