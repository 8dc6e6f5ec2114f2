"""How Tixstock refuses: its envelope, its codes, its limits."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.conftest import Client
from tests.vendors.tixstock import BASE, Exchange, error, opened


@pytest.fixture
def exchange(client: Client) -> Exchange:
    return opened(client)


def call_with(exchange: Exchange, headers: dict[str, str], path: str = "/events/get") -> requests.Response:
    """GET with these headers and no others."""
    exchange.client.key = {}
    return exchange.client.call("GET", BASE + path, headers=headers)


def test_error_is_title_and_code(exchange: Exchange) -> None:
    answer = exchange.post("a", "/tickets/hold/none", {"quantity": 1})

    assert answer.json() == {"data": [], "meta": {}, "errors": {"title": "There is no listing none.", "code": "404"}}


def test_wrong_fields_are_sentences(exchange: Exchange) -> None:
    answer = exchange.post("a", f"/order/add/{exchange.hold()}/2", {"customer": {}, "currency": "dollars"})

    assert answer.json()["errors"] == [
        "The Order Id field is required.",
        "The Order Status field is required.",
        "The Datetime field is required.",
        "The Currency field is wrong: must be like GBP.",
        "The Customer Id field is required.",
    ]


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        ({}, "100"),
        ({"Authorization": "Bearer"}, "100"),
        ({"Authorization": "Bearer "}, "100"),
        ({"Authorization": "Basic YTpi"}, "111"),
        ({"Authorization": "tixstock_test_a_00000000"}, "111"),
        ({"Authorization": "Bearer nobody's"}, "401"),
        ({"Authorization": "Bearer tixstock_test_old_00000000"}, "401"),
    ],
)
def test_missing_or_wrong_token_is_401(exchange: Exchange, authorization: dict[str, str], code: str) -> None:
    assert error(call_with(exchange, authorization)) == (401, code)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_scheme_is_taken_in_any_case(exchange: Exchange, scheme: str) -> None:
    assert call_with(exchange, {"Authorization": f"{scheme} tixstock_test_a_00000000"}).status_code == 200


def test_other_address_has_code_103(exchange: Exchange) -> None:
    assert error(call_with(exchange, {"Authorization": "Bearer tixstock_test_far_00000000"})) == (403, "103")


@pytest.mark.parametrize(
    ("who", "method", "path"),
    [
        ("a", "GET", "/feed"), ("a", "GET", "/tickets/feed"), ("a", "GET", "/categories/feed"), ("a", "POST", "/tickets/hold"),
        ("a", "POST", "/orders/add/x/1"), ("a", "GET", "/orders/get/x"), ("a", "POST", "/orders/update/x"),
        ("p", "GET", "/tickets/get"), ("p", "GET", "/order/get"), ("p", "POST", "/tickets/hold/x"), ("p", "GET", "/events/get"),
    ],
)  # fmt: skip
def test_other_dialect_is_forbidden(exchange: Exchange, who: str, method: str, path: str) -> None:
    assert error(exchange.call(who, method, path, json={} if method == "POST" else None)) == (403, "403")


@pytest.mark.parametrize(
    "key",
    [{"kind": "partner"}, {"owner": {"dialect": "partner"}}, {"owner": {"reseller": "p"}}],
    ids=["kind", "owner", "reseller"],
)
def test_dialect_is_the_tokens(exchange: Exchange, key: dict[str, Any]) -> None:
    new_key = exchange.client.control("POST", "keys", {"vendor": "tixstock", "name": "New", **key})

    assert call_with(exchange, {"Authorization": f"Bearer {new_key['secret']}"}, "/feed").status_code == 200


def test_new_token_is_a_resellers(exchange: Exchange) -> None:
    key = exchange.client.control("POST", "keys", {"vendor": "tixstock", "name": "New"})

    assert call_with(exchange, {"Authorization": f"Bearer {key['secret']}"}, "/tickets/get").status_code == 200
    assert len(key["secret"]) == 60


def test_unknown_path_has_code_404(exchange: Exchange) -> None:
    assert error(exchange.get("a", "/nothing/here")) == (404, "404")


def test_wrong_method_has_code_405(exchange: Exchange) -> None:
    answer = exchange.call("a", "PATCH", "/events/get")

    assert error(answer) == (405, "405")
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"a=1", "application/x-www-form-urlencoded", 415),
    ],
)
def test_unreadable_body_is_refused(exchange: Exchange, body: bytes, kind: str, status: int) -> None:
    answer = exchange.call("a", "POST", "/tickets/hold/x", data=body, headers={"Content-Type": kind})

    assert answer.status_code == status


def test_no_limit_unless_set(exchange: Exchange) -> None:
    assert {exchange.get("a", "/order/get").status_code for _ in range(20)} == {200}


def test_requests_of_an_address_are_limited(exchange: Exchange) -> None:
    exchange.set(rate_limit=3)

    answers = [exchange.get(who, "/events/get" if who != "p" else "/feed") for who in "abcap"]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert error(answers[3]) == (429, "429")
    assert answers[3].headers["Retry-After"] == "60"


def test_strangers_count_too(exchange: Exchange) -> None:
    exchange.set(rate_limit=1)
    call_with(exchange, {})

    assert call_with(exchange, {}).status_code == 429


def test_limit_ends_with_the_minute(exchange: Exchange) -> None:
    exchange.set(rate_limit=1)
    exchange.get("a", "/order/get")
    before = exchange.get("a", "/order/get").status_code

    exchange.advance(seconds=60)

    assert (before, exchange.get("a", "/order/get").status_code) == (429, 200)


def test_maintenance_is_503(exchange: Exchange) -> None:
    exchange.set(maintenance=True)

    assert error(exchange.get("a", "/events/get")) == (503, "503")


def test_mode_can_be_set(exchange: Exchange) -> None:
    exchange.set(mode="Production")

    assert exchange.get("a", "/events/get").json()["meta"]["mode"] == "Production"


def test_request_ids_differ(exchange: Exchange) -> None:
    ids = {exchange.get("a", "/order/get").json()["meta"]["request_id"] for _ in range(3)}

    assert len(ids) == 3


def test_answers_are_php_too(exchange: Exchange) -> None:
    text = exchange.get("a", "/venues/get", name="teatro").text

    assert r"Teatro \"\u00d1and\u00fa\" \/ Sala \u20b1 \ud83c\udf9f\ufe0f" in text
