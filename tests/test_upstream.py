"""The proxy's recording of real hosts: everything passed on unchanged, both sides recorded without credentials, failures told in words."""

from __future__ import annotations

import gzip
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
from click.testing import CliRunner

from mockmarket.cli import main
from mockmarket.cli.hosting import hosting
from mockmarket.config import Config, Proxy, Tls
from mockmarket.server import upstream
from mockmarket.server.serving import Server
from tests.conftest import planted_cache
from tests.receiver import run_server
from tests.running import FIXTURE
from tests.test_har import headers
from tests.test_recording import entries

PIECES = [b"x" * 70_000, b"y" * 70_000]
KEY = "sk_real_0123456789"


class Vendor(BaseHTTPRequestHandler):
    """A stand-in for a real vendor."""

    protocol_version = "HTTP/1.1"
    received: list[tuple[str, dict[str, str], bytes]] = []  # of all its connections

    def do_GET(self) -> None:
        self.received.append((self.requestline, dict(self.headers), b""))
        if self.path == "/stream":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in (*PIECES, b""):
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            return
        if self.path == "/short":
            self.send_response(200)
            self.send_header("Content-Length", "10")
            self.end_headers()
            self.wfile.write(b"1234")
            self.close_connection = True
            return
        if self.path == "/noise":
            self.wfile.write(b"this is no HTTP\r\n\r\n")
            self.close_connection = True
            return
        self._answer(gzip.compress(b'{"a":1}'), ("Content-Encoding", "gzip"))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((self.requestline, dict(self.headers), body))
        answer = {"id": 7, "accessToken": "tok_0123456789", "echo": KEY}
        self._answer(json.dumps(answer).encode(), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))

    def _answer(self, body: bytes, *own: tuple[str, str]) -> None:
        self.send_response(201)
        for name, value in (("Content-Type", "application/json"), ("Content-Length", str(len(body))), *own):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@contextmanager
def vendor(authority: trustme.CA | None) -> Iterator[int]:
    """Serve the stand-in, with a certificate of an authority; gives its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
    if authority:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    with run_server(server):
        yield server.server_address[1]


@dataclass
class Recorded:
    """A proxy that records the host localhost, ports of stand-ins under it, and the file."""

    server: Server
    port: int
    plain: int
    unknown: int
    path: Path

    def call(self, method: str, url: str, **options: Any) -> requests.Response:
        """Make a request through the proxy."""
        assert self.server.https
        proxies = dict.fromkeys(("http", "https"), str(self.server.https.proxy_url))
        with requests.Session() as session:
            session.trust_env = False
            return session.request(
                method, url, proxies=proxies, verify=self.server.https.ca_file, timeout=30, allow_redirects=False, **options
            )  # fmt: skip


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """Serve a proxy that records, and stand-ins: with a certificate, without, and with one that nobody knows."""
    folder = tmp_path_factory.mktemp("upstream")
    authority, path = trustme.CA(), folder / "run.har"
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    config = Config(port=0, fixture=FIXTURE, tls=Tls(), proxy=Proxy(upstream=("localhost",)), record=path)
    config = replace(config, ca_file=str(folder / "ca.pem"), vendor_hosts=(("zatabox", "localhost"),))
    with (
        vendor(authority) as port,
        vendor(None) as plain,
        vendor(trustme.CA()) as unknown,
        hosting(replace(config, cache=planted_cache())) as server,
    ):
        yield Recorded(server, port, plain, unknown, path)


@pytest.fixture
def newest(recorded: Recorded) -> Callable[[], list[dict[str, Any]]]:
    """Return a function that gives the entries since the test began."""
    before = len(entries(recorded.path))
    return lambda: entries(recorded.path)[before:]


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_real_host_is_asked_and_recorded(recorded: Recorded, newest: Any, scheme: str) -> None:
    url = f"{scheme}://localhost:{recorded.port if scheme == 'https' else recorded.plain}/services/orders?api_key={KEY}&a=%20b"
    sent = {"X-Api-Key": KEY, "X-Own": "1"}
    body = {"quantity": 2, "password": "hunter2hunter2", "note": f"with {KEY}"}

    answer = recorded.call("POST", url, headers=sent, json=body)

    line, got, received = Vendor.received[-1]
    assert line == f"POST {url.partition('/services')[1]}{url.partition('/services')[2]} HTTP/1.1"
    assert (got["X-Api-Key"], got["X-Own"], json.loads(received)) == (KEY, "1", body)
    assert got["Host"] == url.split("/")[2]
    assert (answer.status_code, answer.json()["accessToken"]) == (201, "tok_0123456789")
    assert answer.cookies.get_dict() == {"a": "1", "b": "2"}
    (entry,) = newest()
    assert (entry["_upstream"], entry["_vendor"], entry["response"]["status"]) == (True, "zatabox", 201)
    assert entry["request"]["url"].startswith(url.partition("?")[0])
    assert json.loads(entry["request"]["postData"]["text"])["quantity"] == 2
    assert json.loads(entry["response"]["content"]["text"])["id"] == 7
    assert "X-Mockmarket" not in headers(entry["response"])
    for secret in (KEY, "hunter2", "tok_0123456789", "a=1"):
        assert secret not in json.dumps(entry)


def test_stream_is_passed_on_and_recorded(recorded: Recorded, newest: Any) -> None:
    answer = recorded.call("GET", f"https://localhost:{recorded.port}/stream")

    assert answer.content == b"".join(PIECES)
    (entry,) = newest()
    assert entry["response"]["content"]["text"].encode() == b"".join(PIECES)


def test_encoded_body_is_not_recorded(recorded: Recorded, newest: Any) -> None:
    answer = recorded.call("GET", f"https://localhost:{recorded.port}/zipped")

    assert answer.json() == {"a": 1}
    assert Vendor.received[-1][1]["Accept-Encoding"] == "identity"
    (entry,) = newest()
    assert (entry["_cut"], entry["response"]["content"]["size"]) == (True, 0)


@pytest.mark.parametrize(
    ("scheme", "stand_in", "path", "words"),
    [
        ("https", "unknown", "/", "is not trusted: unable to get local issuer certificate. Pass its authority with --ca-file."),
        ("https", "plain", "/", "cannot be asked: "),
        ("http", "port", "/", "closed the connection before its answer was complete"),
        ("https", "port", "/short", "closed the connection before its answer was complete"),
        ("https", "port", "/noise", "or its answer is not HTTP"),
    ],
)  # fmt: skip
def test_failure_is_told_in_words(recorded: Recorded, scheme: str, stand_in: str, path: str, words: str) -> None:
    answer = recorded.call("GET", f"{scheme}://localhost:{getattr(recorded, stand_in)}{path}")

    assert answer.status_code == 502
    assert words in answer.json()["error"]["message"]


def test_silent_host_is_given_up(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream, "SILENT_S", 0.05)
    with ThreadingHTTPServer(("127.0.0.1", 0), Vendor) as silent:  # it accepts, and never answers
        answer = recorded.call("GET", f"http://localhost:{silent.server_address[1]}/")

    assert (answer.status_code, "was silent for too long" in answer.text) == (502, True)


def test_too_large_body_is_refused(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream, "LARGEST_BODY", 10)

    answer = recorded.call("POST", f"http://localhost:{recorded.plain}/", data=b"x" * 20)

    assert answer.status_code == 413


def test_vendors_hosts_are_answered_by_the_mock(recorded: Recorded, newest: Any) -> None:
    answer = recorded.call("GET", "https://api.zatabox.com/api/v1/events")

    assert (answer.status_code, "_upstream" in newest()[0]) == (401, False)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--record-upstream", "api.zatabox.com"], "--record-upstream needs --record."),
        (["--record", "run.har", "--record-upstream", "https://api.zatabox.com"], "is no host name; write api.example.com"),
    ],
)  # fmt: skip
def test_options_are_checked(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(main, ["serve", *arguments])

    assert (result.exit_code, words in result.output) == (2, True)
