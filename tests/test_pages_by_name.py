"""DNS rebinding: a page in a browser that reaches the server by a foreign host name is refused by every vendor's routes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mockmarket.config import Config
from mockmarket.vendor import Vendor
from tests.conftest import Client, Served
from tests.sixth.serving import VENDORS, fixture_for_all, serving
from tests.test_every_vendor import calls_of, client, every_alias, every_vendor, key_of, market, refused, world

__all__ = ["client", "market", "world"]

FOREIGN = [
    "evil.example",
    "evil.example:8000",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "10.0.0.1",
    "api.evil.example",
]
PAGE = {"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}
MARKS = [PAGE, {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "none"}]
NODE = {"Sec-Fetch-Mode": "cors", "Accept-Language": "*", "User-Agent": "node"}


READABLE: dict[str, str] = {}
"""A readable path for each vendor, cached: all worlds in this module are alike."""


def readable_path(client: Client, vendor: Vendor) -> str:
    """Return a path that a full key may GET."""
    client.key = key_of(client, vendor)
    if vendor.name not in READABLE:
        paths = [path for method, path, _ in calls_of(client, vendor) if method == "GET"]
        READABLE[vendor.name] = next(path for path in paths if client.get(path).status_code == 200)
    return READABLE[vendor.name]


@every_vendor
def test_page_by_foreign_name_reaches_no_call(client: Client, vendor: Vendor) -> None:
    client.key = key_of(client, vendor)
    calls = [(method, path) for method, path, _ in calls_of(client, vendor)]

    answers = {call: client.call(*call, headers={**PAGE, "Host": FOREIGN[0]}, json={}) for call in calls}

    assert {call: answer.status_code for call, answer in answers.items() if answer.status_code != 403} == {}


@every_vendor
def test_foreign_name_has_the_vendors_shape(client: Client, vendor: Vendor) -> None:
    path = readable_path(client, vendor)

    answers = {host: client.call("GET", path, headers={**PAGE, "Host": host}) for host in FOREIGN}

    client.key = {}
    shape = list(refused(client, vendor).json())
    for host, answer in answers.items():
        assert (answer.status_code, list(answer.json())) == (403, shape), host
        assert "as localhost or a loopback address" in answer.text


@every_vendor
def test_either_mark_is_a_browsers(client: Client, vendor: Vendor) -> None:
    path = readable_path(client, vendor)

    for marks in MARKS:
        assert client.call("GET", path, headers={**marks, "Host": FOREIGN[0]}).status_code == 403, marks


@every_alias
def test_foreign_name_reaches_no_alias(client: Client, vendor: Vendor, alias: str) -> None:
    path = readable_path(client, vendor).replace(vendor.base, alias, 1)

    assert client.call("GET", path, headers={**PAGE, "Host": FOREIGN[0]}).status_code == 403


@every_vendor
def test_page_by_loopback_name_is_answered(client: Client, vendor: Vendor) -> None:
    path = readable_path(client, vendor)

    for host in ("127.0.0.1", "LOCALHOST:9", "[::1]:80", "127.8.9.1", "ci.localhost:8000"):
        assert client.call("GET", path, headers={**PAGE, "Host": host}).status_code == 200, host


@pytest.mark.parametrize(
    ("vendor", "host"), [pytest.param(vendor, host, id=host) for vendor in VENDORS for host in vendor.hosts]
)
def test_page_by_the_vendors_name_is_answered(client: Client, vendor: Vendor, host: str) -> None:
    path = readable_path(client, vendor)
    named = [
        candidate for candidate in VENDORS if candidate.base.startswith(f"/{candidate.name}/")
    ]  # their paths are nobody else's
    other_vendor = next(candidate for candidate in named if candidate is not vendor)

    assert client.call("GET", path, headers={**PAGE, "Host": host.upper()}).status_code == 200
    assert client.call("GET", readable_path(client, other_vendor), headers={**PAGE, "Host": host}).status_code == 403


@every_vendor
def test_program_is_answered_under_any_name(client: Client, vendor: Vendor) -> None:
    path = readable_path(client, vendor)

    statuses = {host: client.call("GET", path, headers={**NODE, "Host": host}).status_code for host in FOREIGN}

    assert statuses == dict.fromkeys(FOREIGN, 200)


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve as if bound to every address."""
    fixture = fixture_for_all(tmp_path_factory.mktemp("public"))
    with serving(Config(host="0.0.0.0", control_token="token", fixture=fixture)) as served:
        yield served


@every_vendor
def test_public_server_has_any_name(public: Served, vendor: Vendor) -> None:
    client = Client(public.url, public.app.worlds.get("main"))

    answer = client.call("GET", f"{vendor.base}/there-is-no-such-path", headers={**PAGE, "Host": "mock.example"})

    assert answer.status_code != 403


def test_foreign_name_learns_of_no_world(market: Served, client: Client) -> None:
    answer = client.session.get(
        f"{market.url}/w/nowhere/api/v1/events", headers={**PAGE, "Host": FOREIGN[0]}, timeout=30
    )

    assert answer.status_code == 403
    assert client.world.name not in answer.text
