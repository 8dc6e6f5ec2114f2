"""Keys and endpoints over the control plane: made, changed, removed, and their secrets shown once and never again."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from mockmarket.clock import iso_ms
from mockmarket.config import Config
from tests.conftest import Client
from tests.receiver import Receiver
from tests.running import FIXTURE, FLOOR, buy, delivery, listen, serving, settled, talking_to, verifies

NEW = {"vendor": "portal", "name": "New key"}


def error(answer: Any) -> Any:
    return answer.json()["error"]


def fields(answer: Any) -> list[Any]:
    return [detail["field"] for detail in error(answer)["details"]]


def make(client: Client, **options: Any) -> Any:
    return client.control("POST", "keys", NEW | options)


def portal_keys(client: Client) -> Any:
    return client.get("/_mockmarket/keys", vendor="portal").json()["keys"]


def events(client: Client, secret: str, **headers: Any) -> Any:
    return client.call("GET", "/api/v1/events", headers={"X-API-Key": secret, **headers})


# Keys


def test_new_key_works_at_once(client: Client) -> None:
    key = make(client)

    assert events(client, key["secret"]).status_code == 200
    assert key["scopes"] == ["events:read", "inventory:read", "orders:write"]


def test_key_may_have_a_given_text(client: Client) -> None:
    key = make(client, secret="my_very_own_secret_text")

    assert key["secret"] == "my_very_own_secret_text"
    assert events(client, "my_very_own_secret_text").status_code == 200


def test_minted_keys_all_differ(client: Client) -> None:
    secrets = {make(client)["secret"] for _ in range(20)}

    assert len(secrets) == 20
    assert min(map(len, secrets)) >= 32


def test_key_with_fewer_scopes_is_held(client: Client) -> None:
    key = make(client, scopes=["events:read"])

    assert events(client, key["secret"]).status_code == 200
    refused = client.call("POST", "/api/v1/orders", headers={"X-API-Key": key["secret"]}, json=FLOOR)
    assert (refused.status_code, "orders:write" in refused.text) == (403, True)


def test_key_expires_by_the_worlds_clock(client: Client) -> None:
    client.control("PUT", "clock", {"frozen": True})
    key = make(client, expires_at=iso_ms(client.world.clock.now() + 60_000))
    before = events(client, key["secret"]).status_code

    client.control("POST", "clock/advance", {"seconds": 60})

    assert (before, events(client, key["secret"]).status_code) == (200, 401)


def test_key_is_held_to_its_addresses(client: Client) -> None:
    key = make(client, ip_allowlist="10.0.0.0/8, ::1")

    assert events(client, key["secret"]).status_code == 403
    client.control("PATCH", f"keys/{key['id']}", {"ip_allowlist": ["127.0.0.0/8"]})
    assert events(client, key["secret"]).status_code == 200


def test_key_change_leaves_the_rest(client: Client) -> None:
    key = make(client, description="For the shop", scopes=["events:read"])

    after = client.control("PATCH", f"keys/{key['id']}", {"name": "Renamed"})

    assert (after["name"], after["description"], after["scopes"]) == ("Renamed", "For the shop", ["events:read"])
    assert events(client, key["secret"]).status_code == 200


def test_null_takes_an_expiry_back(client: Client) -> None:
    key = make(client, expires_at="2020-01-01T00:00:00Z")

    after = client.control("PATCH", f"keys/{key['id']}", {"expires_at": None})

    assert after["expires_at"] is None
    assert events(client, key["secret"]).status_code == 200


def test_rotated_key_has_one_secret(client: Client) -> None:
    key = make(client)

    rotated = client.control("POST", f"keys/{key['id']}/rotate")

    assert rotated["id"] == key["id"]
    assert events(client, rotated["secret"]).status_code == 200
    assert events(client, key["secret"]).status_code == 401


def test_deleted_key_is_unknown(client: Client) -> None:
    key = make(client)

    assert client.delete(f"/_mockmarket/keys/{key['id']}").status_code == 204

    assert events(client, key["secret"]).status_code == 401
    assert client.delete(f"/_mockmarket/keys/{key['id']}").status_code == 404


def test_key_shows_when_last_used(client: Client) -> None:
    new_key = make(client)
    assert new_key["last_used_at"] is None
    client.control("PUT", "clock", {"frozen": True})

    events(client, new_key["secret"])

    [listed] = [key for key in client.control("GET", "keys")["keys"] if key["id"] == new_key["id"]]
    assert listed["last_used_at"] == client.control("GET", "clock")["now"]


@pytest.mark.thorough
def test_last_use_survives_a_restart(tmp_path: Path) -> None:
    config = Config(fixture=FIXTURE, data=tmp_path)
    with serving(config) as served:
        client = talking_to(served)
        client.get("/api/v1/events")
        [before] = portal_keys(client)

    with serving(config) as served:
        [after] = portal_keys(talking_to(served))

    assert before["last_used_at"] is not None
    assert after["last_used_at"] == before["last_used_at"]


def test_keys_are_listed_by_vendor(client: Client) -> None:
    make(client)

    assert [key["name"] for key in portal_keys(client)] == ["Full access", "New key"]
    assert client.get("/_mockmarket/keys", vendor="other").json()["keys"] == []


def test_key_callback_is_an_endpoint(client: Client, receiver: Receiver) -> None:
    key = make(client, callback_url=receiver.url)

    buy(client)

    assert verifies(receiver.wait(1)[0], key["callback_secret"])
    [endpoint] = client.control("GET", "endpoints")["endpoints"]
    assert (endpoint["owner"], endpoint["url"]) == (key["id"], receiver.url)


def test_key_callback_follows_its_key(client: Client, receiver: Receiver) -> None:
    key = make(client, callback_url=receiver.url)

    client.control("PATCH", f"keys/{key['id']}", {"callback_url": f"{receiver.url}/moved"})
    moved = client.control("GET", "endpoints")["endpoints"]
    client.control("DELETE", f"keys/{key['id']}")

    assert [endpoint["url"] for endpoint in moved] == [f"{receiver.url}/moved"]
    assert client.control("GET", "endpoints")["endpoints"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"scopes": ["events:read", "fly"]}, "scopes"),
        ({"scopes": "events:read"}, "scopes"),
        ({"ip_allowlist": "127.0.0.256"}, "ip_allowlist"),
        ({"ip_allowlist": ["10.0.0.0/33"]}, "ip_allowlist"),
        ({"ip_allowlist": "010.0.0.1"}, "ip_allowlist"),
        ({"ip_allowlist": 7}, "ip_allowlist"),
        ({"callback_url": "ftp://example.com"}, "callback_url"),
        ({"callback_url": "nonsense"}, "callback_url"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"expires_at": 7}, "expires_at"),
        ({"secret": "short"}, "secret"),
        ({"secret": "has a space in it"}, "secret"),
    ],
)
def test_bad_key_is_explained(client: Client, change: dict[str, Any], field: str) -> None:
    answer = client.post("/_mockmarket/keys", NEW | change)

    assert answer.status_code == 400
    assert fields(answer) == [field]
    assert [key["name"] for key in portal_keys(client)] == ["Full access"]


def test_misspelt_field_is_refused(client: Client) -> None:
    answer = client.post("/_mockmarket/keys", NEW | {"ip_allow_list": "10.0.0.1"})

    assert (answer.status_code, fields(answer)) == (400, ["ip_allow_list"])


@pytest.mark.parametrize("missing", ["vendor", "name"])
def test_key_needs_vendor_and_name(client: Client, missing: str) -> None:
    answer = client.post("/_mockmarket/keys", {name: value for name, value in NEW.items() if name != missing})

    assert (answer.status_code, fields(answer)) == (400, [missing])


@pytest.mark.parametrize("vendor", ["nobody", "core"])
@pytest.mark.parametrize(("path", "body"), [("keys", {"name": "x"}), ("endpoints", {"url": "http://127.0.0.1:9/"})])
def test_unknown_vendor_lists_vendors(client: Client, vendor: str, path: str, body: dict[str, Any]) -> None:
    answer = client.post(f"/_mockmarket/{path}", {"vendor": vendor, **body})

    assert answer.status_code == 404
    assert error(answer)["message"].startswith(f"There is no vendor {vendor!r}; there are ")


def test_unknown_scope_lists_scopes(client: Client) -> None:
    answer = client.post("/_mockmarket/keys", NEW | {"scopes": ["fly"]})

    assert error(answer)["message"] == "portal has no scope fly; it has events:read, inventory:read, orders:write."


def test_two_keys_never_share_a_secret(client: Client) -> None:
    make(client, secret="my_very_own_secret_text")

    answer = client.post("/_mockmarket/keys", NEW | {"secret": "my_very_own_secret_text"})

    assert answer.status_code == 409
    assert "my_very_own" not in answer.text


# Endpoints


def test_endpoint_is_made_and_listed(client: Client, receiver: Receiver) -> None:
    endpoint = listen(client, receiver.url, types=["order.confirmed"], owner="the shop")

    [listed] = client.control("GET", "endpoints")["endpoints"]

    assert listed == {name: value for name, value in endpoint.items() if name not in ("secret", "warnings")}
    assert (listed["state"], listed["types"], listed["owner"]) == ("active", ["order.confirmed"], "the shop")


def test_endpoint_change_leaves_the_rest(client: Client, receiver: Receiver) -> None:
    endpoint = listen(client, receiver.url, types=["order.confirmed"])

    after = client.control("PATCH", f"endpoints/{endpoint['id']}", {"url": f"{receiver.url}/moved"})

    assert (after["url"], after["types"]) == (f"{receiver.url}/moved", ["order.confirmed"])
    assert after["secret_hint"] == endpoint["secret_hint"]


def test_null_types_hear_everything(client: Client, receiver: Receiver) -> None:
    endpoint = listen(client, receiver.url, types=["order.refunded"])

    client.control("PATCH", f"endpoints/{endpoint['id']}", {"types": None})
    buy(client)

    assert receiver.wait(1)[0].json["event"] == "order.confirmed"


def test_deleted_endpoint_hears_nothing(client: Client, receiver: Receiver) -> None:
    endpoint = listen(client, receiver.url)

    assert client.delete(f"/_mockmarket/endpoints/{endpoint['id']}").status_code == 204
    buy(client)

    assert client.control("GET", "deliveries")["deliveries"] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"url": "ftp://example.com/"}, "url"),
        ({"url": "http://user:pass@127.0.0.1/"}, "url"),
        ({"url": None}, "url"),
        ({"types": ["order.lost"]}, "portal has no notice order.lost; it has order.confirmed"),
        ({"types": "order.confirmed"}, "types"),
        ({"headers": "Host: evil"}, "Host"),
        ({"headers": "X-A: 1\r\nX-B: 2"}, "X-A"),
        ({"secret": ""}, "secret"),
        ({"active": "maybe"}, "active"),
    ],
)
def test_bad_endpoint_is_explained(client: Client, receiver: Receiver, change: dict[str, Any], words: str) -> None:
    answer = client.post("/_mockmarket/endpoints", {"vendor": "portal", "url": receiver.url} | change)

    assert answer.status_code == 400
    assert words in error(answer)["message"]
    assert client.control("GET", "endpoints")["endpoints"] == []


def test_bad_change_leaves_endpoint_alone(client: Client, receiver: Receiver) -> None:
    endpoint = listen(client, receiver.url)

    answer = client.patch(f"/_mockmarket/endpoints/{endpoint['id']}", {"url": "nonsense", "active": False})

    assert answer.status_code == 400
    [after] = client.control("GET", "endpoints")["endpoints"]
    assert (after["url"], after["state"]) == (receiver.url, "active")


def test_https_can_be_required(client: Client, receiver: Receiver) -> None:
    client.control("PATCH", "settings", {"portal": {"require_https": True}})

    answer = client.post("/_mockmarket/endpoints", {"vendor": "portal", "url": receiver.url})

    assert answer.status_code == 400
    assert "https" in error(answer)["message"]


# Secrets


READABLE = (
    "/", "/_mockmarket/health", "/_mockmarket/vendors", "/_mockmarket/worlds", "/_mockmarket/settings", "/_mockmarket/clock",
    "/_mockmarket/keys", "/_mockmarket/endpoints", "/_mockmarket/notices", "/_mockmarket/deliveries", "/_mockmarket/requests",
    "/_mockmarket/openapi.json",
)  # fmt: skip
"""Everything that can be read without naming one thing."""


def test_secrets_are_shown_once(client: Client, receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key = make(client, callback_url=receiver.url)
    rotated = client.control("POST", f"keys/{key['id']}/rotate")
    endpoint = listen(client, receiver.url)
    secrets = [key["secret"], key["callback_secret"], rotated["secret"], endpoint["secret"]]

    answers = [
        *(events(client, secret).text for secret in secrets),
        client.call("POST", "/api/v1/orders", headers={"X-API-Key": rotated["secret"]}, json=FLOOR).text,
        events(client, "none", **{"X-Api-Secret": secrets[0], "Authorization": f"Bearer {secrets[0]}"}).text,
        client.call("POST", "/api/v1/orders", json=FLOOR | {"apiKey": secrets[0], "client_secret": secrets[1]}).text,
        client.get("/api/v1/events", api_key=secrets[0], x=1).text,
        client.patch(f"/_mockmarket/keys/{key['id']}", {"name": "Renamed"}).text,
        client.patch(f"/_mockmarket/endpoints/{endpoint['id']}", {"owner": "x"}).text,
    ]
    sent = settled(client, 2)
    answers += [str(delivery(client, row["id"])) for row in sent]
    answers += [client.get(path).text for path in READABLE]

    logged = [record.getMessage() for record in caplog.records if not record.name.startswith("urllib3")]
    leaks = [(secret, text[:200]) for secret in secrets for text in [*answers, *logged] if secret in text]
    assert leaks == []


def test_hint_is_never_enough(client: Client, receiver: Receiver) -> None:
    key, short = make(client), listen(client, receiver.url, secret="12345678")

    assert key["hint"] == f"{key['secret'][:12]}…{key['secret'][-4:]}"
    assert short["secret_hint"] == "…"


def test_keys_are_stored_hashed(client: Client, tmp_path: Path) -> None:
    key = make(client)

    client.world.store.copy_to(tmp_path / "copy.db")

    content = (tmp_path / "copy.db").read_bytes()
    assert key["id"].encode() in content
    assert key["secret"].encode() not in content


def test_seeded_keys_repeat_on_loopback() -> None:
    minted = []
    for _ in range(2):
        with serving(Config(fixture=FIXTURE, seed=7)) as served:
            minted.append(make(talking_to(served))["secret"])

    assert minted[0] == minted[1]


@pytest.mark.thorough
def test_unseeded_keys_never_repeat() -> None:
    minted = []
    for _ in range(2):
        with serving(Config(fixture=FIXTURE)) as served:
            minted.append(make(talking_to(served))["secret"])

    assert minted[0] != minted[1]


@pytest.mark.thorough
def test_public_keys_never_follow_the_seed() -> None:
    minted = []
    for _ in range(2):
        with serving(Config(fixture=FIXTURE, seed=7, host="0.0.0.0", control_token="t")) as served:
            client = talking_to(served)
            client.session.headers["X-Mockmarket-Token"] = "t"
            minted.append(make(client)["secret"])

    assert minted[0] != minted[1]
