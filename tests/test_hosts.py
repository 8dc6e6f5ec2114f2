"""Vendors by host name: a vendor's own names, `<vendor>.localhost`, names of the user's own, and worlds by sub-domain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from mockmarket.app import App
from mockmarket.config import Config
from mockmarket.rules.hosts import parse_hosts
from mockmarket.vendor import Vendor, discover
from tests.conftest import Client, Served, planted_cache
from tests.running import FIXTURE, serving
from tests.test_state import run, upload

VENDORS = discover()
PAGE = {"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def own() -> Iterator[Served]:
    """Serve with a host name of the user's own for the portal, which has none in its document."""
    with serving(
        Config(fixture=FIXTURE, vendor_hosts=parse_hosts("portal=Portal.Example zatabox=tickets.example"))
    ) as served:
        yield served


def ask(url: str, host: str, path: str, **headers: str) -> requests.Response:
    """GET a path of the server under a host name."""
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url + path, headers={"Host": host, **headers}, timeout=30)


def vendor_of(served: Served, host: str, path: str) -> str | None:
    """Return the vendor that answers a path under a host name, by the journal."""
    answer = ask(served.url, host, path)
    id = answer.headers.get("X-Mockmarket-Request")
    world = served.app.worlds.get("main")
    return next((entry.vendor for entry in world.journal.entries if entry.id == id), None)


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_vendor_answers_at_its_localhost_name(own: Served, vendor: Vendor) -> None:
    path = f"{vendor.documented_base}/no/such/path"

    assert vendor_of(own, f"{vendor.name}.localhost:{own.server.port}", path) == vendor.name
    assert vendor_of(own, f"{vendor.name.upper()}.LOCALHOST.", path) == vendor.name


def test_vendor_answers_at_the_users_own_name(own: Served) -> None:
    assert vendor_of(own, "portal.example", "/api/v1/events") == "portal"
    assert vendor_of(own, "tickets.example:443", "/api/v1/events") == "zatabox"


@pytest.mark.parametrize("path", ["/v2/things", "/robots.txt", "/_mock"])
def test_unknown_path_at_a_vendors_host_is_its_own(own: Served, path: str) -> None:
    assert vendor_of(own, "api.ticketnation.ph", path) == "ticketnation"


def test_other_paths_keep_their_owners_at_any_host(own: Served) -> None:
    assert vendor_of(own, "api.zatabox.com", "/skybox/services/x") == "skybox"
    assert vendor_of(own, "api.zatabox.com", "/portal/api/v1/events") == "portal"
    assert vendor_of(own, "somewhere.example", "/api/v1/events") == "portal"


@pytest.mark.parametrize(
    "host", ["api.zatabox.com", "zatabox.localhost", "API.Zatabox.com:443", "skybox.vividseats.com"]
)
def test_sub_domain_selects_the_world(served: Served, client: Client, host: str) -> None:
    answer = ask(served.url, f"{client.world.name}.{host}", "/api/v1/events")

    assert answer.headers["X-Mockmarket-World"] == client.world.name


def test_path_and_header_go_before_the_sub_domain(served: Served, client: Client) -> None:
    by_header = ask(served.url, "main.zatabox.localhost", "/api/v1/events", **{"X-Mockmarket-World": client.world.name})
    by_path = ask(served.url, "main.zatabox.localhost", f"/w/{client.world.name}/api/v1/events")

    assert {answer.headers["X-Mockmarket-World"] for answer in (by_header, by_path)} == {client.world.name}


def test_sub_domain_of_no_world_is_refused_by_the_vendor(served: Served) -> None:
    answer = ask(served.url, "nowhere.api.zatabox.com", "/api/v1/events")

    assert answer.status_code == 404
    assert "World 'nowhere' does not exist" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "host", ["a.b.api.zatabox.com", ".api.zatabox.com", "api.zatabox.com.evil.example", "[::1", "x" * 9_000]
)
def test_similar_name_is_no_vendors(served: Served, host: str) -> None:
    answer = ask(served.url, host, "/v2/things")

    assert "X-Mockmarket-Request" not in answer.headers


def test_host_that_is_nobodys_is_told_what_there_is(served: Served) -> None:
    error = ask(served.url, "api.stubhub.example", "/v2/things").json()["error"]

    assert error["message"] == "There is no GET /v2/things."
    for name in ("/skybox/services (skybox)", "api.zatabox.com", "portal.localhost"):
        assert name in error["hint"]


def test_record_that_is_not_there_has_no_hint_of_hosts(client: Client) -> None:
    assert "hint" not in client.get("/_mockmarket/deliveries/none").json()["error"]


@pytest.mark.parametrize("host", ["main.api.zatabox.com", "tickets.example", "main.tickets.example"])
def test_page_by_a_vendors_name_reaches_that_vendor_alone(own: Served, host: str) -> None:
    assert ask(own.url, host, "/api/v1/events", **PAGE).status_code == 401
    assert ask(own.url, host, "/skybox/services/inventory", **PAGE).status_code == 403


def test_control_routes_answer_to_no_vendors_name(own: Served) -> None:
    assert ask(own.url, "api.zatabox.com", "/_mockmarket/worlds").status_code == 403
    assert ask(own.url, "portal.localhost", "/_mockmarket/worlds").status_code == 200


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("zatabox", "zatabox= is not VENDOR=HOST"),
        ("zatabox=a b", "b= is not VENDOR=HOST"),
        ("zatabox=-x.example", "is not VENDOR=HOST"),
        ("zatabox=x.example:80", "is not VENDOR=HOST"),
        ("zatabox=" + "x." * 140 + "example", "is not VENDOR=HOST"),
        ("kiosk=kiosk.example", "There is no vendor 'kiosk'; there are portal"),
        ("portal=api.zatabox.com", "The host api.zatabox.com is zatabox's already"),
    ],
)
def test_wrong_host_is_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        App(Config(vendor_hosts=parse_hosts(text)))


def test_same_host_twice_is_no_error() -> None:
    pairs: Any = parse_hosts("zatabox=api.zatabox.com,portal=p.example;portal=P.example")

    assert App(Config(vendor_hosts=pairs)).front.hosts.names[-1] == "p.example"


HOSTS = "\nvendors:\n  zatabox: {hosts: [tickets.example]}\n  portal: {hosts: [portal.example, api.tickets.example]}\n"


@pytest.fixture
def with_hosts(tmp_path: Path) -> Path:
    """Return a fixture that has further host names for two vendors."""
    file = tmp_path / "hosts.yaml"
    file.write_text(Path(FIXTURE).read_text() + HOSTS)
    return file


def test_fixture_adds_hosts_for_every_world(with_hosts: Path) -> None:
    config = Config(fixture=str(with_hosts), vendor_hosts=parse_hosts("zatabox=z.example,portal=portal.example"))
    with serving(config) as served:
        served.app.worlds.put("other", FIXTURE)

        owners = [vendor_of(served, host, "/v2/x") for host in ("tickets.example", "z.example", "api.tickets.example")]
        assert owners == ["zatabox", "zatabox", "portal"]
        by_name = ask(served.url, "other.portal.example", "/api/v1/events")
        assert by_name.headers["X-Mockmarket-World"] == "other"
        assert {"tickets.example", "*.tickets.example"} <= set(served.app.front.hosts.certified)


def test_hosts_are_kept_with_the_world(with_hosts: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(Config(fixture=str(with_hosts), data=data)) as served:
        state = ask(served.url, "localhost", "/_mockmarket/state").content
    (tmp_path / "state.db").write_bytes(state)
    with_hosts.unlink()

    for config in (Config(data=data), Config(fixture=str(tmp_path / "state.db"))):
        with serving(config) as served:
            assert vendor_of(served, "tickets.example", "/v2/x") == "zatabox"


def test_host_of_an_option_is_not_another_vendors_in_the_fixture(with_hosts: Path) -> None:
    config = Config(fixture=str(with_hosts), vendor_hosts=parse_hosts("skybox=tickets.example"), cache=planted_cache())

    with pytest.raises(ValueError, match=r"The fixture of .* main .*: The host tickets.example is skybox's already"):
        App(config).open()


@pytest.mark.parametrize("text", ["zatabox", "zatabox=x.example:80", "zatabox=x.example extra"])
def test_wrong_hosts_of_a_worlds_file_are_refused(client: Client, text: str, tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    file.write_bytes(client.get("/_mockmarket/state").content)
    run(file, f"INSERT INTO meta VALUES ('hosts', '{text}')")

    answer = upload(client, file.read_bytes())

    assert answer.status_code == 400
    assert "its meta has wrong hosts" in answer.text
