"""CORS: pages of the origins in `core.cors_origins` may read every vendor's answers; nobody's page reads the control plane's."""

from __future__ import annotations

import pytest
import requests

from mockmarket.vendor import Vendor, discover
from tests.conftest import Client

PAGE = "http://localhost:3000"
every_vendor = pytest.mark.parametrize("vendor", discover(), ids=lambda vendor: vendor.name)


def allow(client: Client, origins: str) -> requests.Response:
    """Set the origins that are allowed."""
    return client.patch("/_mockmarket/settings", {"core": {"cors_origins": origins}})


def cors(answer: requests.Response) -> dict[str, str]:
    """Return an answer's headers of CORS."""
    return {name: value for name, value in answer.headers.items() if name.startswith("Access-Control")}


def preflight(client: Client, path: str, origin: str = PAGE) -> requests.Response:
    """Ask as a browser asks before a POST with a key."""
    wanted = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-api-key"}
    return client.call("OPTIONS", path, headers={"Origin": origin, **wanted})


@every_vendor
def test_no_origin_is_allowed_by_default(client: Client, vendor: Vendor) -> None:
    answers = [client.call("GET", f"{vendor.base}/x", headers={"Origin": PAGE}), preflight(client, f"{vendor.base}/x")]

    assert [cors(answer) for answer in answers] == [{}, {}]


@every_vendor
def test_error_may_be_read_by_an_allowed_page(client: Client, vendor: Vendor) -> None:
    allow(client, f"https://app.example, {PAGE}")

    answer = client.call("GET", f"{vendor.base}/x", headers={"Origin": PAGE})

    assert answer.status_code >= 400
    assert cors(answer) == {"Access-Control-Allow-Origin": PAGE, "Access-Control-Expose-Headers": "*"}
    assert answer.headers["Vary"] == "Origin"


def test_preflight_is_answered(client: Client) -> None:
    allow(client, PAGE)

    answer = preflight(client, "/api/v1/orders")

    assert answer.status_code == 200
    assert cors(answer) == {
        "Access-Control-Allow-Origin": PAGE,
        "Access-Control-Expose-Headers": "*",
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "content-type,x-api-key",
        "Access-Control-Max-Age": "600",
    }


@pytest.mark.parametrize(
    "origin", ["http://localhost:3001", "http://localhost", "https://localhost:3000", "null", PAGE + "0"]
)
def test_other_origin_is_not_allowed(client: Client, origin: str) -> None:
    allow(client, PAGE)

    assert cors(client.call("GET", "/api/v1/events", headers={"Origin": origin})) == {}
    assert cors(preflight(client, "/api/v1/orders", origin)) == {}


def test_star_allows_every_origin(client: Client) -> None:
    allow(client, "*")

    assert (
        cors(client.call("GET", "/api/v1/events", headers={"Origin": "null"}))["Access-Control-Allow-Origin"] == "null"
    )


def test_change_holds_for_repeated_reads(client: Client) -> None:
    seen = []
    for origins in ("", PAGE, ""):
        allow(client, origins)
        for _ in range(3):
            seen.append(
                "Access-Control-Allow-Origin" in client.call("GET", "/api/v1/events", headers={"Origin": PAGE}).headers
            )

    assert seen == [False] * 3 + [True] * 3 + [False] * 3


@pytest.mark.parametrize(
    "path", ["/_mockmarket/worlds", "/_mockmarket/state", "/_mockmarket/ui/timeline", "/", "/nowhere"]
)
def test_control_plane_has_no_cors(client: Client, path: str) -> None:
    allow(client, "*")

    answers = [client.call("GET", path, headers={"Origin": PAGE}), preflight(client, path)]

    assert [cors(answer) for answer in answers] == [{}, {}]


@pytest.mark.parametrize(
    "origins", ["localhost:3000", "http://localhost:3000/", "http://a b", "http://a,,http://b", 5, ["http://a"]]
)
def test_wrong_origin_is_refused(client: Client, origins: str) -> None:
    answer = allow(client, origins)

    assert answer.status_code == 400
    assert "must be origins such as http://localhost:3000" in answer.text
