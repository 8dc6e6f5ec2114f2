"""Keys in X-API-Key: known or not, expired, scopes, and the addresses from which one may be used."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest

from mockmarket.vendors.portal.vendor import VENDOR
from tests.conftest import Client, Served
from tests.vendors.portal import CLUB_BOX, Shop, error_of, opened

CALLS = {
    ("GET", "/events"): "events:read",
    ("GET", "/inventory"): "inventory:read",
    ("POST", "/orders"): "orders:write",
    ("PATCH", "/orders"): "orders:write",
}
MISSING = (401, "API key missing: send it in the X-API-Key header.")
UNKNOWN = (401, "Invalid API key: the X-API-Key header's value is not known here.")
EXPIRED = (401, "This API key has expired.")


@pytest.fixture
def shop(client: Client) -> Shop:
    return opened(client)


def with_key(shop: Shop, secret: str | None) -> Shop:
    """Call with another key from now on, or with none."""
    shop.client.key = {} if secret is None else {"X-API-Key": secret}
    return shop


def make_call(shop: Shop, call: tuple[str, str]) -> Any:
    """Make a call that a key with its scope gets through with."""
    order = shop.client.control("GET", "records/portal/order?status=confirmed")["records"][0]
    options: dict[tuple[str, str], dict[str, Any]] = {
        ("GET", "/events"): {},
        ("GET", "/inventory"): {"params": {"eventId": "EVENT123"}},
        ("POST", "/orders"): {"json": CLUB_BOX},
        ("PATCH", "/orders"): {"json": {"orderId": order["orderId"], "status": "accepted"}},
    }
    return shop.call(*call, **options[call])


def from_address(served: Served, shop: Shop, address: str, **headers: str) -> tuple[int, Any]:
    """List events over a connection that comes from an address of this machine."""
    host, port = served.url.removeprefix("http://").split(":")
    line = http.client.HTTPConnection(host, int(port), timeout=30, source_address=(address, 0))
    line.request("GET", f"/w/{shop.client.world.name}/api/v1/events", headers=shop.client.key | headers)
    answer = line.getresponse()
    body = json.loads(answer.read())
    line.close()
    return answer.status, body


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer portal_test_full_00000000"}, {"X-API-Key": ""}])
def test_missing_key_is_refused(shop: Shop, call: tuple[str, str], header: dict[str, str]) -> None:
    answer = with_key(shop, None).call(*call, headers=header)

    assert error_of(answer) == MISSING


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("secret", ["portal_test_full_00000001", "PORTAL_TEST_FULL_00000000", "x", "\xf1" * 8])
def test_unknown_key_is_refused(shop: Shop, call: tuple[str, str], secret: str) -> None:
    answer = with_key(shop, secret).call(*call)

    assert error_of(answer) == UNKNOWN


@pytest.mark.parametrize("call", CALLS)
def test_expired_key_is_refused(shop: Shop, call: tuple[str, str]) -> None:
    answer = with_key(shop, "portal_test_expired_00000000").call(*call)

    assert error_of(answer) == EXPIRED


@pytest.mark.parametrize(("seconds", "status"), [(3599.999, 200), (3600, 401)])
def test_key_expires_by_worlds_clock(shop: Shop, seconds: float, status: int) -> None:
    with_key(shop, "portal_test_lapsing_00000000").advance(seconds=seconds)

    assert shop.events().status_code == status


def test_deleted_key_is_unknown(shop: Shop) -> None:
    key = shop.client.control("POST", "keys", {"vendor": "portal", "name": "Short-lived"})
    with_key(shop, key["secret"]).events()
    shop.client.control("DELETE", f"keys/{key['id']}")

    assert error_of(shop.events()) == UNKNOWN


def test_new_key_opens_every_call(shop: Shop) -> None:
    key = shop.client.control("POST", "keys", {"vendor": "portal", "name": "New"})

    answers = [make_call(with_key(shop, key["secret"]), call).status_code for call in CALLS]

    assert answers == [200, 200, 201, 200]


def test_key_does_not_open_other_worlds(served: Served, shop: Shop) -> None:
    key = shop.client.control("POST", "keys", {"vendor": "portal", "name": "Here only"})
    world, _ = served.app.worlds.put(f"{shop.client.world.name}-other", "small")

    answer = Shop(Client(served.url, world)).call("GET", "/events", headers={"X-API-Key": key["secret"]})

    served.app.worlds.drop(world.name)
    assert error_of(answer) == UNKNOWN


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("scope", ["events", "inventory", "orders"])
def test_scope_opens_its_calls_only(shop: Shop, call: tuple[str, str], scope: str) -> None:
    answer = make_call(with_key(shop, f"portal_test_{scope}_00000000"), call)

    if CALLS[call].startswith(scope):
        assert answer.ok
    else:
        assert error_of(answer) == (403, f"This API key lacks the scope {CALLS[call]}.")


@pytest.mark.parametrize("call", CALLS)
def test_key_without_scopes_opens_nothing(shop: Shop, call: tuple[str, str]) -> None:
    key = shop.client.control("POST", "keys", {"vendor": "portal", "name": "Bare", "scopes": []})

    answer = with_key(shop, key["secret"]).call(*call)

    assert error_of(answer) == (403, f"This API key lacks the scope {CALLS[call]}.")


def test_scopes_are_the_three() -> None:
    assert [scope.name for scope in VENDOR.api.scopes] == ["events:read", "inventory:read", "orders:write"]


def test_key_is_checked_before_the_body(shop: Shop) -> None:
    answer = with_key(shop, "portal_test_events_00000000").call("POST", "/orders", data=b"{")

    assert error_of(answer) == (403, "This API key lacks the scope orders:write.")


def test_allowlist_refuses_other_addresses(served: Served, shop: Shop) -> None:
    with_key(shop, "portal_test_allowlist_00000000")

    status, body = from_address(served, shop, "127.0.0.1")

    assert (status, body) == (403, {"success": False, "error": "This API key may not be used from 127.0.0.1."})


def test_allowlist_lets_its_address_in(served: Served, shop: Shop) -> None:
    with_key(shop, "portal_test_allowlist_00000000")

    status, body = from_address(served, shop, "127.0.0.2")

    assert (status, body["meta"]["pagination"]["total"]) == (200, 17)


def test_allowlist_believes_no_header(served: Served, shop: Shop) -> None:
    with_key(shop, "portal_test_allowlist_00000000")

    status, _ = from_address(served, shop, "127.0.0.1", **{"X-Forwarded-For": "127.0.0.2"})

    assert status == 403


@pytest.mark.parametrize(("address", "status"), [("127.0.1.0", 200), ("127.0.1.255", 200), ("127.0.2.0", 403)])
def test_allowlist_takes_blocks_too(served: Served, shop: Shop, address: str, status: int) -> None:
    body = {"vendor": "portal", "name": "Block", "ip_allowlist": "127.0.1.0/24, 2001:db8::/32"}
    with_key(shop, shop.client.control("POST", "keys", body)["secret"])

    assert from_address(served, shop, address)[0] == status


def test_allowlist_is_checked_before_scopes(shop: Shop) -> None:
    body = {"vendor": "portal", "name": "Neither", "ip_allowlist": ["127.0.0.2"], "scopes": []}
    with_key(shop, shop.client.control("POST", "keys", body)["secret"])

    assert error_of(shop.events()) == (403, "This API key may not be used from 127.0.0.1.")


def test_refusals_of_keys_differ(shop: Shop) -> None:
    secrets = [
        None, "portal_test_nobody_00000000", "portal_test_expired_00000000", "portal_test_allowlist_00000000",
        "portal_test_orders_00000000",
    ]  # fmt: skip

    answers = [error_of(with_key(shop, secret).events()) for secret in secrets]

    assert [status for status, _ in answers] == [401, 401, 401, 403, 403]
    assert len({message for _, message in answers}) == len(secrets)
