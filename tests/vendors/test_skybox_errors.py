"""How SkyBox refuses: three headers, messages, and lists of what is wrong with fields."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Client
from tests.vendors.skybox import APP_ONE, APP_TWO, BASE, BEA, SOL
from tests.vendors.skybox_office import Office, office

GOOD = {"X-Application-Token": APP_ONE, "X-Api-Token": BEA, "X-Account": "1234"}


@pytest.fixture
def desk(client: Client) -> Office:
    return office(client)


def call_with(desk: Office, headers: dict[str, str]) -> Any:
    """Ask for the subscriptions with these headers and no others."""
    return desk.client.call("GET", f"{BASE}/webhooks", headers=headers)


@pytest.mark.parametrize("missing", list(GOOD))
@pytest.mark.parametrize("how", ["left out", "empty"])
def test_every_header_is_needed(desk: Office, missing: str, how: str) -> None:
    headers = {name: value for name, value in GOOD.items() if name != missing}

    answer = call_with(desk, headers if how == "left out" else headers | {missing: ""})

    assert answer.status_code == 401
    assert answer.json() == {"message": f"Authentication needs the header {missing}."}


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Application-Token", "unknown-application"), ("X-Api-Token", "unknown-token"), ("X-Account", "9999"), ("X-Account", "01234"),
        ("X-Account", "-1"), ("X-Account", "x" * 500), ("X-Api-Token", "x" * 5000), ("X-Account", "１２３４"),
    ],
)  # fmt: skip
def test_unknown_values_are_refused(desk: Office, header: str, value: str) -> None:
    answer = call_with(desk, GOOD | {header: value.encode().decode("latin-1")})

    assert (answer.status_code, list(answer.json())) == (401, ["message"])


def test_user_stays_on_own_accounts(desk: Office) -> None:
    assert call_with(desk, GOOD | {"X-Api-Token": SOL, "X-Application-Token": APP_TWO}).status_code == 401
    assert call_with(desk, GOOD | {"X-Account": "5678"}).status_code == 200


def test_application_may_be_any_declared(desk: Office) -> None:
    assert call_with(desk, GOOD | {"X-Application-Token": APP_TWO}).status_code == 200


def test_key_of_control_speaks_for_itself(desk: Office) -> None:
    key = desk.client.control(
        "POST", "keys", {"vendor": "skybox", "name": "Mine", "owner": {"account": 7, "application": "mine-1"}}
    )
    headers = {"X-Application-Token": "mine-1", "X-Api-Token": key["secret"], "X-Account": "7"}

    assert call_with(desk, headers).status_code == 200
    assert call_with(desk, headers | {"X-Account": "1234"}).status_code == 401


def test_expired_key_is_refused(desk: Office) -> None:
    key = desk.client.control("POST", "keys", {
        "vendor": "skybox", "name": "Brief", "owner": {"account": 1234}, "expires_at": "2026-03-01T12:00:10Z",
    })  # fmt: skip
    headers = GOOD | {"X-Api-Token": key["secret"]}
    before = call_with(desk, headers).status_code

    desk.advance(seconds=10)

    assert (before, call_with(desk, headers).status_code) == (200, 401)


def test_key_stays_at_its_addresses(desk: Office) -> None:
    key = desk.client.control("POST", "keys", {
        "vendor": "skybox", "name": "Far", "owner": {"account": 1234}, "ip_allowlist": ["127.0.0.2"],
    })  # fmt: skip

    answer = call_with(desk, GOOD | {"X-Api-Token": key["secret"]})

    assert (answer.status_code, list(answer.json())) == (403, ["message"])


def test_rate_limit_is_a_setting(desk: Office) -> None:
    desk.set(rate_limit=2)

    statuses = [call_with(desk, GOOD).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]


def test_validation_is_a_list(desk: Office) -> None:
    answer = desk.call("POST", "/webhooks", {"topic": "EVENT", "url": 5})

    assert answer.status_code == 400
    assert [list(error) for error in answer.json()] == [["message", "messageTemplate", "path", "invalidValue"]] * 2
    assert {error["path"] for error in answer.json()} == {"topic", "url"}


@pytest.mark.parametrize("body", [{}, {"expiryDate": None}])
def test_missing_field_speaks_beans(desk: Office, body: Any) -> None:
    (error,) = desk.call("POST", "/holds", body).json()

    assert error == {
        "message": "may not be null", "messageTemplate": "{javax.validation.constraints.NotNull.message}", "path": "expiryDate",
        "invalidValue": None,
    }  # fmt: skip


@pytest.mark.parametrize("body", [b"{", b"[1,", b"\xff\xfe", b"nan", b"'x'"])
def test_broken_json_is_named(desk: Office, body: bytes) -> None:
    headers = GOOD | {"Content-Type": "application/json"}

    answer = desk.client.call("POST", f"{BASE}/webhooks", data=body, headers=headers)

    assert answer.status_code == 400
    assert [error["path"] for error in answer.json()] == ["body"]


@pytest.mark.parametrize("path", ["/webhooks", "/purchases", "/invoices", "/holds", "/inventory/merge"])
def test_wrong_kind_of_body_is_refused(desk: Office, path: str) -> None:
    bodies: list[Any] = [[], [1], "text", 5, [None], [[]]]
    for body in bodies:
        answer = desk.client.call("POST", f"{BASE}{path}", json=body, headers=GOOD)
        assert answer.status_code == 400, body
        assert isinstance(answer.json(), list)


@pytest.mark.parametrize("body", [{}, [], "x", 5, [5], ["x"], [{}], [{"id": "x"}], [{"id": None}], {"id": 1}])
def test_wrong_bulk_prices_are_refused(desk: Office, body: Any) -> None:
    answer = desk.client.call("PUT", f"{BASE}/inventory", json=body, headers=GOOD)

    assert answer.status_code == 400
    assert all(error["path"] for error in answer.json())


def test_refused_bulk_value_is_shown(desk: Office) -> None:
    (error,) = desk.call("PUT", "/inventory", [{"id": 1000001, "listPrice": -2}]).json()

    assert (error["path"], error["invalidValue"]) == ("[0].listPrice", -2)


def test_unread_members_of_lists_are_noted(desk: Office) -> None:
    listing = desk.inventory()

    desk.put("/inventory", [{"id": listing["id"], "listPrice": 50, "colour": "red"}])

    (*_, entry) = desk.client.world.journal.find({"method": "PUT"})
    assert list(entry.unread) == ["colour"]


def test_other_content_type_is_refused(desk: Office) -> None:
    answer = desk.client.call("POST", f"{BASE}/holds", data=b"{}", headers=GOOD | {"Content-Type": "text/plain"})

    assert (answer.status_code, list(answer.json())) == (415, ["message"])


@pytest.mark.parametrize(
    "path",
    [
        "/inventory/1",
        "/purchases/1",
        "/invoices/1",
        "/lines/1",
        "/holds/1",
        "/webhooks/1",
        "/inventory/" + "9" * 5000,
        "/nothing",
    ],
)
def test_unknown_ids_are_messages(desk: Office, path: str) -> None:
    answer = desk.client.call("GET", BASE + path, headers=GOOD)

    assert (answer.status_code, list(answer.json())) == (404, ["message"])


@pytest.mark.parametrize("path", ["/inventory/{}", "/inventory/{}/split", "/inventory/bulk-update", "/invoices/300001"])
def test_write_without_body_is_refused(desk: Office, path: str) -> None:
    listing = desk.inventory()

    answer = desk.call("PUT", path.format(listing["id"]))

    assert answer.status_code == 400
    assert desk.inventory() == listing
    assert desk.put(f"/inventory/{listing['id']}", {})["version"] == listing["version"]


def test_account_header_can_be_left_out(desk: Office) -> None:
    without = {name: value for name, value in GOOD.items() if name != "X-Account"} | {"X-Api-Token": SOL}
    desk.client.control("PATCH", "settings", {"skybox": {"account_header": False}})

    account = desk.client.call("GET", f"{BASE}/account", headers=without)

    assert (account.status_code, account.json()["id"]) == (200, 5678)
    assert "several accounts" in call_with(desk, without | {"X-Api-Token": BEA}).json()["message"]
    assert call_with(desk, without | {"X-Account": "9999"}).status_code == 401
    assert call_with(desk, {"X-Api-Token": SOL}).status_code == 401


@pytest.mark.parametrize(
    ("body", "constraint"),
    [
        ({"listPrice": -1}, "Min"), ({"listPrice": 2e9}, "Max"), ({"section": ""}, "Size"),
        ({"tickets": [{"seatNumber": 11, "barCode": "x" * 46}]}, "Size"), ({"id": None, "seatType": "BENCH"}, None),
    ],
)  # fmt: skip
def test_constraint_has_its_own_template(desk: Office, body: Any, constraint: str | None) -> None:
    error = desk.call("PUT", f"/inventory/{desk.inventory()['id']}", body).json()[0]

    own = f"{{javax.validation.constraints.{constraint}.message}}"
    assert error["messageTemplate"] == (own if constraint else error["message"])


@pytest.mark.parametrize(("limit", "constraint"), [(-1, "Min"), (30_000, "Max")])
def test_query_has_template_of_constraint(desk: Office, limit: int, constraint: str) -> None:
    (error,) = desk.call("GET", "/inventory", limit=limit).json()

    assert error["messageTemplate"] == f"{{javax.validation.constraints.{constraint}.message}}"
