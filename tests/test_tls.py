"""HTTPS beside HTTP: the certificate and its authority, versions, bounds, clients' certificates, and what says where it is."""

from __future__ import annotations

import json
import logging
import queue
import socket
import ssl
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from mockmarket.cli import main
from mockmarket.cli.hosting import CannotServe, hosting
from mockmarket.config import Config, Tls
from mockmarket.server import handshake
from mockmarket.server.serving import Server
from mockmarket.vendor import discover
from tests import certificates
from tests.conftest import planted_cache
from tests.receiver import eventually
from tests.running import FIXTURE, PORTAL_KEY, command, finish
from tests.tls_clients import ask, connected, trusting

CONFIG = Config(port=0, fixture=FIXTURE, tls=Tls())
HOSTS = [host for vendor in discover() for host in (*vendor.hosts, f"{vendor.name}.localhost")]


def https_port(server: Server) -> int:
    """Return the port for HTTPS."""
    assert server.https
    return server.https.port


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Serve HTTP and HTTPS."""
    with hosting(replace(CONFIG, cache=planted_cache())) as running:
        yield running


def ca_file(server: Server) -> str:
    """Return the file of the server's authority."""
    assert server.https
    return str(server.https.ca_file)


@pytest.fixture(scope="module")
def context(server: Server) -> ssl.SSLContext:
    """Trust the server's authority alone."""
    return trusting(ca_file(server))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give certificates of another authority."""
    return certificates.make(tmp_path_factory.mktemp("certificates"))


class Warnings(logging.Handler):
    """Keeps what the server warns of, in order."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: queue.SimpleQueue[str] = queue.SimpleQueue()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message."""
        self.messages.put(record.getMessage())


@pytest.fixture
def warnings() -> Iterator[Warnings]:
    """Keep what the server warns of meanwhile."""
    handler = Warnings()
    handshake.log.addHandler(handler)
    yield handler
    handshake.log.removeHandler(handler)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", *HOSTS, *(f"main.{host}" for host in HOSTS)])
def test_certificate_is_for_every_name(server: Server, context: ssl.SSLContext, name: str) -> None:
    assert ask(https_port(server), context, name).headers["X-Mockmarket-World"] == "main"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_1_2_and_1_3_are_spoken(server: Server, version: ssl.TLSVersion) -> None:
    context = trusting(ca_file(server))
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["h2", "http/1.1"])

    answer = ask(https_port(server), context, headers=PORTAL_KEY)

    assert answer.status == 200
    assert (answer.version, answer.protocol) == (version.name.replace("_", "."), "http/1.1")


def test_http_answers_beside_it(server: Server) -> None:
    with requests.Session() as session:
        session.trust_env = False
        assert session.get(f"{server.url}/api/v1/events", headers=PORTAL_KEY, timeout=30).status_code == 200


def test_urls_in_answers_are_https(server: Server, context: ssl.SSLContext) -> None:
    vendors = json.loads(ask(https_port(server), context, path="/_mockmarket/vendors").body)["vendors"]

    assert {vendor["base_url"].partition(":")[0] for vendor in vendors} == {"https"}


def test_page_of_the_https_origin_may_call_control(server: Server, context: ssl.SSLContext) -> None:
    port, host = https_port(server), f"localhost:{https_port(server)}"
    statuses = [
        ask(port, context, path="/_mockmarket/worlds", headers={"Host": host, "Origin": f"{scheme}://{host}"}).status
        for scheme in ("https", "http")
    ]

    assert statuses == [200, 403]


def test_body_refused_unread_is_still_answered(server: Server, context: ssl.SSLContext) -> None:
    with connected(https_port(server), context) as secured:
        secured.sendall(b"POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\n\r\n")
        with suppress(OSError):
            for _ in range(40):
                secured.sendall(bytes(100_000))
        head = secured.recv(100)

    assert head.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "it speaks HTTP, and this port HTTPS"),
        (b"\x16\x03\x01\x00\x05hello", "failed"),
        (b"", "the client closed the connection"),
    ],
)
def test_failed_handshake_is_logged_with_its_reason(
    server: Server, warnings: Warnings, sent: bytes, words: str
) -> None:
    with socket.create_connection(("127.0.0.1", https_port(server)), timeout=30) as client:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)

        assert words in warnings.messages.get(timeout=30)


def test_client_that_does_not_trust_is_told_what_to_do(server: Server, warnings: Warnings) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        ask(https_port(server), ssl.create_default_context())

    assert "give it the file of the authority" in warnings.messages.get(timeout=30)


def test_handshake_has_a_deadline(server: Server, monkeypatch: pytest.MonkeyPatch, warnings: Warnings) -> None:
    monkeypatch.setattr(handshake, "HANDSHAKE_S", 0.2)
    with socket.create_connection(("127.0.0.1", https_port(server)), timeout=30) as silent:
        assert silent.recv(1) == b""
    assert "longer than 0.2 seconds" in warnings.messages.get(timeout=30)


def test_oldest_handshake_goes_first_when_all_are_taken(
    server: Server, context: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, warnings: Warnings
) -> None:
    monkeypatch.setattr(server, "_most", 3)
    silent = [socket.create_connection(("127.0.0.1", https_port(server)), timeout=30) for _ in range(6)]
    try:
        assert ask(https_port(server), context, headers=PORTAL_KEY).status == 200
        assert silent[0].recv(1) == b""
    finally:
        for client in silent:
            client.close()
    assert "the client closed the connection" in warnings.messages.get(timeout=30)  # a handshake that is left
    eventually(lambda: not server._connections)  # each has said so, before the next test reads the log


def test_client_that_leaves_while_it_waits_is_no_trouble(
    server: Server, context: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    body = b'{"for": "deliveries", "count": 1, "timeout_s": 20}'
    with connected(https_port(server), context) as secured:
        secured.sendall(b"POST /_mockmarket/wait HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n")
        secured.sendall(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        secured.unwrap()

    assert caplog.text == ""


@pytest.fixture
def with_client_ca(folder: Path) -> Iterator[Server]:
    """Serve clients with a certificate of the other authority alone."""
    tls = Tls(cert=str(folder / "good.pem"), key=str(folder / "good.key"), client_ca=str(folder / "ca.pem"))
    with hosting(replace(CONFIG, cache=planted_cache(), tls=tls)) as running:
        yield running


def test_own_certificate_and_clients_certificates(with_client_ca: Server, folder: Path) -> None:
    context = trusting(str(folder / "ca.pem"))
    with pytest.raises((ssl.SSLError, ConnectionError)):
        ask(https_port(with_client_ca), context)
    context.load_cert_chain(folder / "wrong-name.pem", folder / "wrong-name.key")

    assert ask(https_port(with_client_ca), context, headers=PORTAL_KEY).status == 200
    assert with_client_ca.https
    assert with_client_ca.https.ca_file is None


def test_authority_is_kept_with_the_worlds(tmp_path: Path) -> None:
    out = tmp_path / "out" / "ca.pem"
    config = replace(CONFIG, cache=planted_cache(), data=tmp_path / "data", tls=Tls(ca_out=out))
    for _ in range(2):
        with hosting(config) as running:
            context = trusting(str(tmp_path / "data/tls/ca.pem"))
            assert ask(https_port(running), context).status == 401

    assert out.read_bytes() == (tmp_path / "data/tls/ca.pem").read_bytes()
    assert stat.S_IMODE((tmp_path / "data/tls/ca-key.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data/tls").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"cert": "ca.pem", "key": "good.key"}, "good.key: it is no certificate, or no key that belongs to it"),
        ({"cert": "good.pem", "key": "missing.key"}, "No such file or directory"),
        ({"cert": "index.txt"}, "index.txt: it is no certificate"),
        ({"client_ca": "index.txt"}, "index.txt: it is no certificate"),
        ({"ca_out": "good.pem/ca.pem"}, "good.pem"),
    ],
)
def test_unusable_file_is_named(folder: Path, files: dict[str, str], words: str) -> None:
    tls = Tls(**{name: folder / file if name == "ca_out" else str(folder / file) for name, file in files.items()})  # type: ignore[arg-type]

    with pytest.raises(CannotServe, match=words), hosting(replace(CONFIG, cache=planted_cache(), tls=tls)):
        pass


def test_damaged_authority_is_named(tmp_path: Path) -> None:
    (tmp_path / "tls").mkdir()
    for name in ("ca.pem", "ca-key.pem"):
        (tmp_path / "tls" / name).write_text("no")

    config = replace(CONFIG, cache=planted_cache(), data=tmp_path)
    with pytest.raises(CannotServe, match=r"ca-key\.pem: it cannot be read as PEM"), hosting(config):
        pass


def test_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = replace(CONFIG, cache=planted_cache(), tls=Tls(port))
        with pytest.raises(CannotServe, match=f"Cannot listen on 127.0.0.1:{port}"), hosting(config):
            pass


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--cert", __file__], "--cert needs --tls"),
        (["--client-ca", __file__], "--client-ca needs --tls"),
        (["--tls-port", "9443"], "--tls-port needs --tls"),
        (["--proxy", "--tls-port", "9443"], "--tls-port needs --tls"),
        (["--proxy-port", "9080"], "--proxy-port needs --proxy"),
        (["--tls", "--cert-key", __file__], "--cert-key needs --cert"),
        (["--tls", "--cert", __file__, "--ca-out", "x.pem"], "--ca-out has nothing to write"),
    ],
)
def test_option_without_its_partner_is_refused(options: list[str], words: str) -> None:
    result = CliRunner().invoke(main, ["serve", *options])

    assert result.exit_code == 2
    assert words in result.stderr


def test_variable_without_its_partner_is_named() -> None:
    result = CliRunner().invoke(main, ["serve"], env={"MOCKMARKET_CLIENT_CA": __file__})

    assert result.exit_code == 2
    assert "MOCKMARKET_CLIENT_CA needs --tls" in result.stderr


def test_service_address_in_a_ports_variable_is_ignored() -> None:
    variables = {"MOCKMARKET_TLS_PORT": "tcp://10.3.2.1:8443", "MOCKMARKET_PROXY_PORT": "tcp://10.3.2.1:8080"}
    result = CliRunner().invoke(main, ["serve", "--fixture", "no-such", "-p", "0"], env=variables)

    assert result.exit_code == 1
    assert "MOCKMARKET_TLS_PORT=tcp://10.3.2.1:8443 is ignored" in result.stderr


def test_health_dashboard_and_env_say_where_it_is(server: Server) -> None:
    with requests.Session() as session:
        session.trust_env = False
        health = session.get(f"{server.url}/_mockmarket/health", timeout=30).json()
        page = session.get(f"{server.url}/_mockmarket/ui/worlds", timeout=30).text
    variables = CliRunner().invoke(main, ["env", "zatabox", "--url", server.url, "--shell", "json"]).stdout

    url, file = f"https://127.0.0.1:{https_port(server)}", ca_file(server)
    assert health["https"] == {"url": url, "ca_file": file, "proxy_url": None}
    assert f"{url}/zatabox/api/v1" in page
    assert file in page
    names = ("MOCKMARKET_HTTPS_URL", "MOCKMARKET_HTTPS_CA_FILE", "MOCKMARKET_ZATABOX_HTTPS_BASE_URL")
    assert [json.loads(variables)[name] for name in names] == [url, file, f"{url}/zatabox/api/v1"]


ASK = """
import os, ssl, sys, urllib.request
context = ssl.create_default_context(cafile=os.environ["MOCKMARKET_HTTPS_CA_FILE"])
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
request = urllib.request.Request(os.environ["MOCKMARKET_PORTAL_HTTPS_BASE_URL"] + "/events")
request.add_header("X-API-Key", os.environ["MOCKMARKET_PORTAL_KEY"])
print(opener.open(request).status)
"""


@pytest.mark.thorough
def test_exec_gives_a_command_https() -> None:
    code, out, err = finish(command("exec", "--fixture", FIXTURE, "--tls", "--", sys.executable, "-c", ASK))

    assert (code, out, err) == (0, "200\n", "")


@pytest.mark.thorough
def test_serve_prints_url_and_authority() -> None:
    process = command("serve", "--fixture", FIXTURE, "-p", "0", "--tls", "--tls-port", "0", "--json")
    assert process.stdout
    ready: dict[str, Any] = json.loads(process.stdout.readline())
    ca = Path(ready["ca_file"])
    existed = ca.exists()
    process.terminate()
    finish(process)

    assert ready["https_url"].startswith("https://127.0.0.1:")
    assert (existed, ca.exists()) == (True, False)
