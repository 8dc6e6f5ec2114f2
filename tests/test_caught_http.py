"""Libraries that catch HTTP in the test's process do not catch the client's calls, nor those of its sessions."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest
import requests
from requests.adapters import HTTPAdapter

from mockmarket_client import Client
from mockmarket_client.market import VendorSession
from tests.conftest import Served


def catch(*_: Any, **__: Any) -> NoReturn:
    raise requests.ConnectionError("There is no such call among the registered ones.")


@pytest.fixture(params=[(HTTPAdapter, "send"), (requests.Session, "send"), (requests.Session, "get_adapter")])
def caught(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace what `responses` replaces, the first, or `requests-mock`, the others."""
    owner, name = request.param
    monkeypatch.setattr(owner, name, catch)


@pytest.mark.usefixtures("caught")
def test_others_calls_are_caught(served: Served) -> None:
    with pytest.raises(requests.ConnectionError), requests.Session() as session:
        session.get(f"{served.url}/_mockmarket/health")


@pytest.mark.usefixtures("caught")
def test_client_reaches_its_server(served: Served) -> None:
    client = Client(served.url)

    assert client.health()["status"] == "ok"
    client.close()


@pytest.mark.usefixtures("caught")
def test_session_reaches_its_vendor(served: Served) -> None:
    with VendorSession(f"{served.url}/api/v1", {}) as session:
        assert session.get("/events").status_code == 401
