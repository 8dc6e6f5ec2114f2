"""Receivers by a host name: one written in any letters is reached by its name in ASCII, which TLS and the Host header have."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockmarket.config import Config
from mockmarket_client.receiver import Arrival, Reply, listening
from tests import certificates
from tests.conftest import Client
from tests.running import FIXTURE, delivery, listen, serving, settled, talking_to

ASCII = "xn--bcher-kva.localhost"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an authority and a certificate for the name."""
    return certificates.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def client(folder: Path) -> Iterator[Client]:
    """Talk to a server that trusts the authority."""
    with serving(Config(fixture=FIXTURE, ca_file=str(folder / "ca.pem"))) as served:
        yield talking_to(served)


@pytest.mark.parametrize("host", ["bücher.localhost", "BÜCHER.Localhost", ASCII])
def test_tls_receiver_is_asked_for_by_its_name(client: Client, folder: Path, host: str) -> None:
    arrivals: list[Arrival] = []
    names: list[str | None] = []

    def take(arrival: Arrival) -> Reply:
        arrivals.append(arrival)
        return Reply()

    def note_name(_: object, name: str | None, __: ssl.SSLContext) -> None:
        names.append(name)

    context = certificates.server_context(folder, "good")
    context.sni_callback = note_name
    with listening(take, context=context) as receiver:
        port = receiver.server_address[1]
        endpoint = listen(client, f"https://{host}:{port}/hook")
        client.control("POST", "portal/trigger/order.accepted", {})
        settled(client)

    assert names == [ASCII]
    assert [dict(arrival.headers)["Host"] for arrival in arrivals] == [f"{ASCII}:{port}"]
    assert endpoint["url"] == f"https://{host}:{port}/hook"


def test_plain_receiver_is_reached_by_a_name_in_letters(client: Client) -> None:
    arrivals: list[Arrival] = []

    def take(arrival: Arrival) -> Reply:
        arrivals.append(arrival)
        return Reply()

    with listening(take) as receiver:
        listen(client, f"http://bücher.localhost:{receiver.server_address[1]}/hook")
        client.control("POST", "portal/trigger/order.accepted", {})
        settled(client)

    assert [dict(arrival.headers)["Host"].partition(":")[0] for arrival in arrivals] == [ASCII]


def test_certificate_for_another_name_is_not_trusted(client: Client, folder: Path) -> None:
    with listening(lambda arrival: Reply(), context=certificates.server_context(folder, "wrong-name")) as receiver:
        listen(client, f"https://bücher.localhost:{receiver.server_address[1]}/hook")
        client.control("POST", "portal/trigger/order.accepted", {})
        client.control("POST", "clock/advance", {"until": "quiet"})
        [row] = settled(client, 1, "failed")
        attempts = delivery(client, row["id"])["attempts_made"]

    assert {attempt["answer"]["error"] for attempt in attempts} == {"tls"}
