"""Ticketnation's keys: who may call, from where, what, how often; and the seven codes of its errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import pytest

from mockmarket.app import create_app
from mockmarket.clock import iso_ms
from mockmarket.config import Config, parse_networks
from mockmarket.server.serving import Server
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.vendor import VENDOR
from tests.conftest import Client, Served
from tests.running import serving
from tests.vendors.ticketnation import (
    BASE,
    CALLS,
    FIXTURE,
    FULL,
    NEW_EVENT,
    OTHER,
    START,
    START_MS,
    Call,
    Desk,
    data,
    error_of,
    event_id,
    opened,
    ticket_id,
    wrong,
)

REACHED = "nothing-of-this-name"
SCOPES = [scope.name for scope in VENDOR.api.scopes]
every_call = pytest.mark.parametrize("call", CALLS, ids=[call.name for call in CALLS])
CALLS_OF = {
    scope: [call for call in CALLS if call.scope == scope]
    for scope in dict.fromkeys(call.scope for call in CALLS)
    if scope
}
every_scope = pytest.mark.parametrize("scope", CALLS_OF)


@pytest.fixture
def desk(client: Client) -> Desk:
    return opened(client)


def tried(desk: Desk, call: Call) -> Any:
    """Make a call about what there is not, with an empty body where it takes one."""
    path = re.sub(r"\{[a-z]+\}", REACHED, call.path)
    return desk.call(call.method, path, **({"json": {}} if call.method in ("POST", "PATCH") else {}))


def new_key(desk: Desk, **options: Any) -> dict[str, Any]:
    """Make a key through control; returns it with its secret."""
    key: dict[str, Any] = desk.client.control("POST", "keys", {"vendor": "ticketnation", "name": "Made", **options})
    return key


def holding(desk: Desk, *scopes: str) -> Desk:
    """Call from now on with a new key that holds these scopes."""
    return desk.act_as(new_key(desk, scopes=list(scopes))["secret"])


def test_me_tells_key_and_organization(desk: Desk) -> None:
    me = data(desk.get("/me"))

    assert me["apiKey"] == {
        "id": wire.uuid_of("key", "key_ticketnation_1"), "name": "Full access",
        "scopes": ["events:read", "events:write", "tickets:read", "tickets:write", "webhooks:manage"],
        "callbackUrl": None, "createdAt": START, "expiresAt": None, "lastUsedAt": START,
    }  # fmt: skip
    assert me["organization"] == {
        "id": wire.uuid_of("organization", "bay-presents"), "name": "Bay Presents", "slug": "bay-presents",
    }  # fmt: skip


def test_me_needs_no_scope(desk: Desk) -> None:
    assert holding(desk).get("/me").status_code == 200


def test_me_tells_expiry_and_callback(desk: Desk) -> None:
    key = new_key(desk, callback_url="http://127.0.0.1:9/hook", expires_at="2026-04-01T00:00:00Z")

    me = data(desk.act_as(key["secret"]).get("/me"))["apiKey"]

    assert (me["callbackUrl"], me["expiresAt"]) == ("http://127.0.0.1:9/hook", "2026-04-01T00:00:00.000Z")


def test_missing_key_is_unauthorized(desk: Desk) -> None:
    nobody = desk.act_as(None)
    assert CALLS

    for call in CALLS:
        answer = tried(nobody, call)
        assert error_of(answer) == (401, "UNAUTHORIZED"), call.name
        assert answer.json()["error"]["message"] == "API key missing: send it in the api-key header."


def test_unknown_key_is_unauthorized(desk: Desk) -> None:
    answer = desk.act_as("tn_live_nobody_has_this_one").get("/me")

    assert error_of(answer) == (401, "UNAUTHORIZED")
    assert answer.json()["error"]["message"].startswith("Invalid API key")


def test_expired_key_is_unauthorized(desk: Desk) -> None:
    answer = desk.act_as("tn_live_test_expired_0000000000000001").get("/me")

    assert error_of(answer) == (401, "UNAUTHORIZED")
    assert answer.json()["error"]["message"] == "This API key has expired."


def test_key_lapses_on_the_clock(desk: Desk) -> None:
    desk.act_as("tn_live_test_lapsing_0000000000000001")
    before = desk.get("/me").status_code
    desk.advance(seconds=3599.999)
    last = desk.get("/me").status_code
    desk.advance(seconds=0.001)

    assert (before, last, desk.get("/me").status_code) == (200, 200, 401)


@every_scope
def test_needed_scope_lets_in(desk: Desk, scope: str) -> None:
    holder = holding(desk, scope)

    for call in CALLS_OF[scope]:
        answer = tried(holder, call)
        assert answer.status_code in (200, 400, 404), f"{call.name}: {answer.text}"


@every_scope
def test_missing_scope_is_named(desk: Desk, scope: str) -> None:
    implying = {"orders:read": {"events:read", "events:write"}}.get(scope, set())
    holder = holding(desk, *(other for other in SCOPES if other != scope and other not in implying))

    for call in CALLS_OF[scope]:
        answer = tried(holder, call)
        assert error_of(answer) == (403, "SCOPE_REQUIRED"), call.name
        assert scope in answer.json()["error"]["message"]


@pytest.mark.parametrize("scope", ["events:read", "events:write"])
def test_event_scopes_bring_orders_read(desk: Desk, scope: str) -> None:
    assert holding(desk, scope).get("/orders").status_code == 200


def test_other_scopes_bring_nothing(desk: Desk) -> None:
    holding(desk, "tickets:read", "tickets:write", "webhooks:manage")

    assert error_of(desk.get("/orders")) == (403, "SCOPE_REQUIRED")


def test_dashboard_hides_orders_read(desk: Desk) -> None:
    new_key(desk)

    keys = desk.client.control("GET", "keys?vendor=ticketnation")["keys"]
    listed = next(
        vendor for vendor in desk.client.control("GET", "vendors")["vendors"] if vendor["name"] == "ticketnation"
    )

    assert [key["name"] for key in keys if "orders:read" in key["scopes"]] == []
    assert [credential["name"] for credential in listed["credentials"] if "orders:read" in credential["scopes"]] == []
    assert "events:read" in keys[-1]["scopes"]


def test_hidden_scope_survives_a_change(desk: Desk) -> None:
    key = new_key(desk, scopes=["orders:read"])

    desk.client.control("PATCH", f"keys/{key['id']}", {"name": "Renamed"})

    assert desk.act_as(key["secret"]).get("/orders").status_code == 200


def test_made_key_begins_tn_live(desk: Desk) -> None:
    key = new_key(desk, description="For the shop", ip_allowlist="127.0.0.1, 10.0.0.0/8")

    assert re.fullmatch(r"tn_live_[0-9a-f]{40}", key["secret"])
    assert (key["description"], key["ip_allowlist"]) == ("For the shop", ["127.0.0.1", "10.0.0.0/8"])
    assert desk.act_as(key["secret"]).get("/me").status_code == 200


def test_key_is_shown_once(desk: Desk) -> None:
    key = new_key(desk, callback_url="http://127.0.0.1:9/hook")

    listed = desk.client.control("GET", "keys?vendor=ticketnation")["keys"][-1]

    assert key["secret"] not in str(listed)
    assert key["callback_secret"] not in str(listed)


def test_second_key_replaces_the_first(desk: Desk) -> None:
    first, second = (desk.client.control("POST", "keys", {"vendor": "ticketnation", "name": "App"}) for _ in range(2))

    before = [desk.act_as(key["secret"]).get("/me").status_code for key in (first, second)]
    desk.client.control("DELETE", f"keys/{first['id']}")
    after = [desk.act_as(key["secret"]).get("/me").status_code for key in (first, second)]

    assert (before, after) == ([200, 200], [401, 200])


def test_rotated_key_is_new(desk: Desk) -> None:
    key = new_key(desk)
    rotated = desk.client.control("POST", f"keys/{key['id']}/rotate")

    before, after = (desk.act_as(credential["secret"]).get("/me").status_code for credential in (key, rotated))

    assert (before, after, rotated["secret"][:8]) == (401, 200, "tn_live_")


def test_deleted_key_is_unknown(desk: Desk) -> None:
    key = new_key(desk, callback_url="http://127.0.0.1:9/hook")

    desk.client.control("DELETE", f"keys/{key['id']}")

    assert data(desk.get("/webhooks")) == []
    assert error_of(desk.act_as(key["secret"]).get("/me")) == (401, "UNAUTHORIZED")


def from_address(url: str, world: str, address: str, secret: str, **headers: str) -> tuple[int, bytes]:
    """Ask who the key is over a connection that comes from an address of this machine; the status and the body."""
    host, port = url.removeprefix("http://").rsplit(":", 1)
    line = HTTPConnection(host.strip("[]"), int(port), timeout=30, source_address=(address, 0))
    line.request("GET", f"/w/{world}{BASE}/me", headers={"api-key": secret} | headers)
    answer = line.getresponse()
    try:
        return answer.status, answer.read()
    finally:
        line.close()


ALLOWED = "tn_live_test_allowlist_0000000000000001"
BLOCK = "tn_live_test_block_0000000000000001"


@pytest.mark.parametrize(("address", "status"), [("127.0.0.1", 403), ("127.0.0.2", 200), ("127.0.0.3", 403)])
def test_allowlist_looks_at_the_peer(served: Served, desk: Desk, address: str, status: int) -> None:
    answer, body = from_address(served.url, desk.client.world.name, address, ALLOWED)

    assert answer == status
    assert (b'"code":"FORBIDDEN"' in body) == (status == 403)


def test_forwarded_header_is_not_believed(served: Served, desk: Desk) -> None:
    world = desk.client.world.name

    status, body = from_address(served.url, world, "127.0.0.1", ALLOWED, **{"X-Forwarded-For": "127.0.0.2"})

    assert status == 403
    assert b"127.0.0.1" in body


@pytest.fixture
def on_six() -> Iterator[int]:
    """Serve a mock over IPv6; gives its port."""
    app = create_app(Config(fixture=FIXTURE))
    server = Server(app.front, "::1", 0, 4)
    server.start()
    yield server.port
    server.stop(5)
    app.close(5)


@pytest.mark.parametrize(("secret", "status"), [(ALLOWED, 200), (BLOCK, 403)])
def test_allowlist_knows_ipv6(on_six: int, secret: str, status: int) -> None:
    answer, _ = from_address(f"http://[::1]:{on_six}", "main", "::1", secret)

    assert answer == status


@pytest.mark.parametrize(
    ("forwarded", "status"),
    [
        ("203.0.113.77", 200),
        ("198.51.100.1, 203.0.113.77", 200),
        ("203.0.113.77, 198.51.100.1", 403),
        ("203.0.114.1", 403),
    ],
)
def test_trusted_proxy_is_believed(behind_proxy: Served, forwarded: str, status: int) -> None:
    answer, _ = from_address(behind_proxy.url, "main", "127.0.0.1", BLOCK, **{"X-Forwarded-For": forwarded})

    assert answer == status


@pytest.fixture(scope="module")
def behind_proxy() -> Iterator[Served]:
    """Serve a mock that trusts the proxy on this machine."""
    with serving(Config(fixture=FIXTURE, trusted_proxies=parse_networks("127.0.0.0/8"))) as served:
        yield served


def test_two_organizations_share_nothing(desk: Desk) -> None:
    ours = {event["id"] for event in data(desk.get("/events", take=100))}
    theirs = {event["id"] for event in data(desk.act_as(OTHER).get("/events", take=100))}

    assert theirs == {event_id("theirs")}
    assert event_id("fest") in ours
    assert not ours & theirs


@pytest.mark.parametrize(
    "path",
    [
        f"/events/{event_id('theirs')}", "/events/somebody-else-s-show", f"/events/{event_id('theirs')}/tickets",
        f"/tickets/{ticket_id('theirs', 'GA')}", f"/events/{event_id('theirs')}/performers", f"/events/{REACHED}",
    ],
)  # fmt: skip
def test_foreign_resource_is_not_found(desk: Desk, path: str) -> None:
    answer = desk.get(path)

    assert error_of(answer) == (404, "NOT_FOUND")
    assert answer.json()["error"]["hint"] == "Check the id, and that it is your organization's."


def test_foreign_order_is_not_found(desk: Desk) -> None:
    order = data(desk.act_as(OTHER).get("/orders"))[0]

    assert error_of(desk.act_as(FULL).get(f"/orders/{order['orderId']}")) == (404, "NOT_FOUND")


def test_foreign_webhook_is_not_found(desk: Desk) -> None:
    webhook = data(desk.act_as(OTHER).post("/webhooks", {"url": "http://127.0.0.1:9/x"}))

    answers = [desk.act_as(FULL).get(f"/webhooks/{webhook['id']}"), desk.delete(f"/webhooks/{webhook['id']}")]

    assert [error_of(answer) for answer in answers] == [(404, "NOT_FOUND")] * 2


def test_key_of_nobody_is_forbidden(desk: Desk) -> None:
    answer = desk.act_as("tn_live_test_nobody_0000000000000001").get("/me")

    assert error_of(answer) == (403, "FORBIDDEN")
    assert "nobody" in answer.json()["error"]["message"]


def test_no_rate_limit_by_default(desk: Desk) -> None:
    assert {desk.get("/me").status_code for _ in range(50)} == {200}


def test_rate_limit_follows_the_clock(desk: Desk) -> None:
    desk.set(rate_limit=3, rate_window_s=60)
    first = [desk.get("/me").status_code for _ in range(3)]
    desk.advance(seconds=20.5)
    refused = desk.get("/events")
    desk.advance(seconds=39.499)
    early = desk.get("/me")
    desk.advance(seconds=0.001)

    assert first == [200] * 3
    assert error_of(refused) == (429, "RATE_LIMITED")
    assert (refused.headers["Retry-After"], early.headers["Retry-After"]) == ("40", "1")
    assert desk.get("/me").status_code == 200


def test_rate_limit_is_each_keys(desk: Desk) -> None:
    desk.set(rate_limit=1)
    desk.get("/me")

    assert error_of(desk.get("/me")) == (429, "RATE_LIMITED")
    assert desk.act_as(OTHER).get("/me").status_code == 200


def test_unknown_callers_use_no_calls(desk: Desk) -> None:
    desk.set(rate_limit=1)
    desk.act_as("tn_live_unknown").get("/me")

    assert desk.act_as(FULL).get("/me").status_code == 200


def test_reset_forgets_the_calls(desk: Desk) -> None:
    desk.set(rate_limit=1)
    desk.get("/me")
    desk.client.control("POST", "reset")
    desk.set(rate_limit=1)

    assert desk.get("/me").status_code == 200


def test_error_has_hint_and_request(desk: Desk) -> None:
    answer = desk.get(f"/events/{REACHED}")

    assert list(answer.json()) == ["error", "requestId"]
    assert list(answer.json()["error"]) == ["code", "message", "hint"]
    assert answer.json()["error"]["message"] == f"Event not found: {REACHED}"
    assert answer.json()["requestId"] == f"req_{answer.headers['X-Mockmarket-Request']}"


def test_validation_names_each_field(desk: Desk) -> None:
    answer = desk.post("/events", {"name": "", "tickets": [{"price": -1, "quantity": 0}]})

    assert wrong(answer) == ["name", "dateTime", "tickets.0.name", "tickets.0.price", "tickets.0.quantity"]
    assert {"field": "dateTime", "message": "should not be empty"} in answer.json()["error"]["details"]


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff\xfe"])
def test_unreadable_body_is_validation(desk: Desk, body: bytes) -> None:
    answer = desk.call("POST", "/events", data=body, headers={"Content-Type": "application/json"})

    assert error_of(answer) == (400, "VALIDATION_ERROR")


def test_failure_of_ours_is_internal(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(wire.uuid_of.__globals__, "hashlib", None)

    answer = desk.get("/me")

    assert error_of(answer) == (500, "INTERNAL_ERROR")


def test_every_code_is_documented() -> None:
    codes = {code for _, code, _ in wire.CODES} | {"VALIDATION_ERROR", "INTERNAL_ERROR"}

    assert codes == {
        "VALIDATION_ERROR", "UNAUTHORIZED", "FORBIDDEN", "SCOPE_REQUIRED", "NOT_FOUND", "RATE_LIMITED", "INTERNAL_ERROR",
    }  # fmt: skip


def test_unknown_member_is_noted(desk: Desk) -> None:
    desk.post("/events", NEW_EVENT | {"colour": "blue"})

    assert desk.client.control("GET", "requests")["requests"][-1]["unread"] == ["colour"]


def test_created_at_is_world_time(desk: Desk) -> None:
    desk.advance(seconds=12.345)

    assert data(desk.post("/events", NEW_EVENT))["createdAt"] == iso_ms(START_MS + 12_345)


def test_unknown_member_within_another_is_left_alone(desk: Desk) -> None:
    answer = desk.post(
        "/events", NEW_EVENT | {"tickets": [{"name": "Door", "price": 10, "quantity": 5, "colour": "blue"}]}
    )

    assert answer.status_code == 201, answer.text
    assert desk.client.control("GET", "requests")["requests"][-1]["unread"] == ["tickets.colour"]
