"""What no view is called for, or cannot be read, is answered in the portal's shape too."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from mockmarket.vendors.portal.records import Error
from tests.conftest import Client, Served
from tests.shapes import hold
from tests.vendors.portal import CLUB_BOX, Shop, error_of, opened, wrong_fields

JSON = {"Content-Type": "application/json"}
WRITES = ["POST", "PATCH"]
LIMIT = 2_000_000


@pytest.fixture
def shop(client: Client) -> Shop:
    return opened(client)


def send(shop: Shop, method: str, body: bytes, **headers: str) -> requests.Response:
    """Send bytes to /orders."""
    return shop.call(method, "/orders", data=body, headers=JSON | headers)


@pytest.mark.thorough
def test_refusal_has_two_keys(shop: Shop) -> None:
    answer = shop.inventory(eventId="nowhere")

    assert answer.text == '{"success":false,"error":"Event nowhere not found."}'


def test_invalid_request_has_details(shop: Shop) -> None:
    answer = shop.events(limit=0)

    words = "Must be greater than or equal to 1 and less than or equal to 100."
    assert answer.text == (
        f'{{"success":false,"error":"limit: {words}","details":[{{"field":"limit","message":"{words}"}}]}}'
    )


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("body", [b"{", b"{'eventId': 1}", b'{"a":1,}', b'{"a":NaN}', b'"\\ud800"', b"[" * 5000])
def test_malformed_json_is_refused(shop: Shop, method: str, body: bytes) -> None:
    answer = send(shop, method, body)

    status, message = error_of(answer)
    assert status == 400
    assert message.startswith("The body is not valid JSON: ")


@pytest.mark.parametrize("method", WRITES)
def test_body_in_latin_1_is_refused(shop: Shop, method: str) -> None:
    status, message = error_of(send(shop, method, '{"eventId":"ñ"}'.encode("latin-1")))

    assert status == 400
    assert message == "The body is not UTF-8; send JSON in UTF-8."


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("body", [b"[]", b"5", b'"order"', b"null", b"true"])
def test_json_but_no_object_fails(shop: Shop, method: str, body: bytes) -> None:
    answer = send(shop, method, body)

    assert wrong_fields(answer) == ["body"]


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
def test_wrong_content_type_is_refused(shop: Shop, method: str, type: str) -> None:
    answer = send(shop, method, json.dumps(CLUB_BOX).encode(), **{"Content-Type": type})

    assert error_of(answer) == (415, f"Content-Type {type or '(none)'} is not supported; send application/json.")


@pytest.mark.parametrize("type", ["application/json; charset=utf-8", "Application/JSON", "application/vnd.portal+json"])
def test_json_content_types_are_taken(shop: Shop, type: str) -> None:
    answer = send(shop, "POST", json.dumps(CLUB_BOX).encode(), **{"Content-Type": type})

    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("method", "named"), [("POST", ["eventId", "quantity", "customer"]), ("PATCH", ["orderId", "status"])]
)
def test_empty_body_names_what_is_missing(shop: Shop, method: str, named: list[str]) -> None:
    answer = shop.call(method, "/orders")

    assert wrong_fields(answer) == named


@pytest.mark.parametrize("method", WRITES)
def test_oversized_body_is_refused(shop: Shop, method: str) -> None:
    answer = send(shop, method, b" " * (LIMIT + 1))

    assert answer.status_code == 413
    assert answer.json()["success"] is False


def test_body_at_the_limit_is_read(shop: Shop) -> None:
    body = json.dumps(CLUB_BOX).encode()

    answer = send(shop, "POST", body + b" " * (LIMIT - len(body)))

    assert answer.status_code == 201


@pytest.mark.parametrize("base", ["/api/v1", "/portal/api/v1"])
@pytest.mark.parametrize("path", ["", "/", "/nothing", "/orders/order_1", "/Events"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_unknown_path_is_not_found(shop: Shop, base: str, path: str, method: str) -> None:
    answer = Shop(shop.client, base).call(method, path)

    assert error_of(answer) == (404, f"There is no {method} /api/v1{path.rstrip('/')}.")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/events", {"GET"}),
        ("PATCH", "/events", {"GET"}),
        ("DELETE", "/inventory", {"GET"}),
        ("GET", "/orders", {"POST", "PATCH"}),
        ("PUT", "/orders", {"POST", "PATCH"}),
        ("DELETE", "/orders", {"POST", "PATCH"}),
    ],
)
def test_wrong_method_names_the_right(shop: Shop, method: str, path: str, allowed: set[str]) -> None:
    answer = shop.call(method, path)

    status, message = error_of(answer)
    assert (status, message.partition(";")[0]) == (405, f"/api/v1{path} does not take {method}")
    assert set(answer.headers["Allow"].split(", ")) - {"HEAD", "OPTIONS"} == allowed


def test_unknown_world_is_not_found(served: Served, shop: Shop) -> None:
    shop.client.base = f"{served.url}/w/nowhere"

    answer = shop.client.get("/api/v1/events")

    hold(answer, Error)
    assert answer.status_code == 404
    assert answer.json()["error"].startswith("World 'nowhere' does not exist.")


def test_header_of_unknown_world_fails(served: Served, shop: Shop) -> None:
    shop.client.base = served.url

    answer = shop.client.call("GET", "/api/v1/events", headers={"X-Mockmarket-World": "nowhere"})

    hold(answer, Error)
    assert answer.status_code == 404
    assert "X-Mockmarket-World" not in answer.headers


def test_world_is_chosen_by_header(served: Served, shop: Shop) -> None:
    shop.client.base = served.url

    answer = shop.call("GET", "/events", headers={"X-Mockmarket-World": shop.client.world.name})

    assert answer.json()["meta"]["pagination"]["total"] == 17
    assert answer.headers["X-Mockmarket-World"] == shop.client.world.name


@pytest.mark.parametrize("text", ["\x00", "' OR 1=1 --", "ñ" * 200, '"', "%", "🎟️", "../.."])
def test_any_text_is_only_text(shop: Shop, text: str) -> None:
    answers: list[Any] = [
        shop.inventory(eventId=text), shop.post(CLUB_BOX | {"eventId": text}),
        shop.patch({"orderId": text, "status": "accepted"}),
    ]  # fmt: skip

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert all(text in answer.json()["error"] for answer in answers)


def test_error_never_repeats_the_key(shop: Shop) -> None:
    shop.client.key = {"X-API-Key": "portal_test_secret_of_somebody"}

    assert "portal_test_secret_of_somebody" not in shop.events().text
