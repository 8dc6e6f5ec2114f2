"""Client certificates of endpoints: shown to a receiver that asks for one, checked when they are set, displayed without their key."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockmarket.config import Config
from mockmarket.store import endpoints
from mockmarket.webhooks import client_cert
from mockmarket_client.receiver import Reply, listening
from tests import certificates
from tests.conftest import Client
from tests.running import FIXTURE, deliveries, listen, serving, settled, talking_to
from tests.test_dashboard import UI, send

REDACTED = "-----BEGIN PRIVATE KEY-----\n(redacted)\n-----END PRIVATE KEY-----\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an authority and certificates of two clients."""
    return certificates.make(tmp_path_factory.mktemp("certificates"))


def pem(folder: Path, name: str) -> str:
    """Return a certificate with its key."""
    return (folder / f"{name}.pem").read_text() + (folder / f"{name}.key").read_text()


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[Client]:
    """Talk to a server that trusts the authority."""
    with serving(Config(fixture=FIXTURE, ca_file=str(folder / "ca.pem"))) as served:
        yield talking_to(served)


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    """Give the URL of a receiver that admits clients of the authority alone."""
    context = certificates.server_context(folder, "good")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(folder / "ca.pem")
    with listening(lambda arrival: Reply(), context=context) as running:
        yield running.url


def test_receiver_is_shown_the_certificate_it_asks_for(client: Client, folder: Path, url: str) -> None:
    known = listen(client, url, client_cert=pem(folder, "wrong-name"))
    unknown = listen(client, url, client_cert=pem(folder, "self-signed"))
    without = listen(client, url)
    client.control("POST", "portal/trigger/order.accepted", {})
    settled(client, 1)
    client.control("POST", "clock/advance", {"until": "quiet"})

    states = {row["endpoint"]: row["state"] for row in deliveries(client)}
    for endpoint in (known, unknown, without):
        client.control("DELETE", f"endpoints/{endpoint['id']}")
    assert [states[endpoint["id"]] for endpoint in (known, unknown, without)] == ["delivered", "failed", "failed"]


def test_key_is_not_displayed_and_may_be_sent_back(client: Client, folder: Path) -> None:
    own = pem(folder, "good")
    endpoint = listen(client, "https://127.0.0.1:9/", client_cert=own)
    path = f"endpoints/{endpoint['id']}"

    assert endpoint["client_cert"] == (folder / "good.pem").read_text() + REDACTED
    client.control("PATCH", path, {"client_cert": endpoint["client_cert"], "url": "https://127.0.0.1:10/"})
    with client.world.store.atomic() as tx:
        row = tx.conn.execute("SELECT client_cert FROM endpoint WHERE id = ?", (endpoint["id"],)).fetchone()
    assert row == (own,)
    assert client.control("PATCH", path, {"client_cert": ""})["client_cert"] == ""
    client.control("DELETE", path)


@pytest.mark.parametrize(
    ("url", "names", "words"),
    [
        ("http://127.0.0.1:9/", ("good.pem", "good.key"), "only an https URL"),
        ("https://127.0.0.1:9/", ("good.pem",), "no certificate followed by its private key"),
        ("https://127.0.0.1:9/", ("good.key",), "no certificate followed by its private key"),
        ("https://127.0.0.1:9/", ("good.pem", "wrong-name.key"), "no certificate followed by its private key"),
        ("https://127.0.0.1:9/", ("index.txt",), "no certificate followed by its private key"),
    ],
)
def test_certificate_that_cannot_be_shown_is_refused(
    client: Client, folder: Path, url: str, names: tuple[str, ...], words: str
) -> None:
    text = "".join((folder / name).read_text() for name in names)
    answer = client.post("/_mockmarket/endpoints", {"vendor": "portal", "url": url, "client_cert": text or "x"})

    assert answer.status_code == 400
    (detail,) = answer.json()["error"]["details"]
    assert detail["field"] == "client_cert"
    assert words in detail["message"]


def test_redacted_key_needs_a_stored_one(client: Client, folder: Path) -> None:
    text = (folder / "good.pem").read_text() + REDACTED
    answer = client.post(
        "/_mockmarket/endpoints", {"vendor": "portal", "url": "https://x.example/", "client_cert": text}
    )

    assert answer.status_code == 400
    assert "no private key yet" in answer.text


def test_key_with_a_passphrase_is_refused(folder: Path, tmp_path: Path) -> None:
    certificates.encrypt(folder / "good.key", tmp_path / "locked.key")
    text = (folder / "good.pem").read_text() + (tmp_path / "locked.key").read_text()

    assert list(client_cert.problems(text, "https://x.example/"))


def test_form_sets_keeps_and_clears_the_certificate(client: Client, folder: Path) -> None:
    own, url = pem(folder, "good"), "https://127.0.0.1:9/"
    as_typed = own.replace("\n", "\r\n")

    assert send(client, "webhooks/new/portal", {"url": url, "client_cert": as_typed}).status_code == 200
    endpoint = client.control("GET", "endpoints")["endpoints"][0]
    page = f"webhooks/endpoint/{endpoint['id']}"
    redacted = endpoint["client_cert"]
    in_form = client.call("GET", f"{UI}/{page}", headers={"Accept": "text/html"}).text
    send(client, page, {"url": f"{url}new", "client_cert": redacted.replace("\n", "\r\n")})
    kept = endpoints.get(client.world.read(), endpoint["id"])
    send(client, page, {"url": f"{url}new"})
    cleared = endpoints.get(client.world.read(), endpoint["id"])
    client.control("DELETE", f"endpoints/{endpoint['id']}")

    assert f">{redacted}</textarea>" in in_form
    assert own.splitlines()[-2] not in in_form
    assert kept
    assert (kept.url, kept.client_cert) == (f"{url}new", own)
    assert cleared
    assert cleared.client_cert == ""


def test_form_says_what_is_wrong_with_a_certificate(client: Client, folder: Path) -> None:
    fields = {"url": "http://127.0.0.1:9/", "client_cert": pem(folder, "good")}

    answer = send(client, "webhooks/new/portal", fields)

    assert answer.status_code == 422
    assert "only an https URL asks for a certificate" in answer.text
