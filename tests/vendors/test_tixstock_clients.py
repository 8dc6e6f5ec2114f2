"""What public clients of Tixstock send: filters of feeds and lists, page sizes, repeated and empty parameters, words of their own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Client
from tests.receiver import Receiver
from tests.vendors.tixstock import ORDER, TOKENS, Exchange, arrivals, opened

ADDED = {
    "name": "Northgate Otters vs. Granite Lynx",
    "currency": "USD",
    "datetime": "2026-05-01T23:00:00+0000",
    "venue": {
        "id": "V",
        "name": "Quay Garden",
        "address_line_1": "1",
        "city": "Boston",
        "postcode": "1",
        "country_code": "US",
    },
    "use_tixstock_venue_details": 1,
    "performers": [{"id": "P1", "name": "Northgate Otters"}],
}


@pytest.fixture
def exchange(client: Client) -> Exchange:
    return opened(client)


def total(exchange: Exchange, who: str, path: str, **query: Any) -> int:
    """Return how many records of a list fit."""
    answer = exchange.get(who, path, **query)
    assert answer.status_code == 200, answer.text
    count: int = answer.json()["meta"]["total"]
    return count


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"performer_name": "otters"}, 1),
        ({"venue_name": "nowhere"}, 0),
        ({"venue_name": "quay"}, 1),
        ({"event_name": "Fiesta"}, 1),
        ({"start_date": "2099-01-01"}, 0),
        ({"end_date": "2026-05-02T00:00:00+0000"}, 1),
    ],
)
def test_feed_is_filtered(exchange: Exchange, query: dict[str, str], expected: int) -> None:
    assert total(exchange, "p", "/feed", **query) == expected


def test_venues_are_found_by_place(exchange: Exchange) -> None:
    assert total(exchange, "a", "/venues/get", city="boston") == 1
    assert total(exchange, "a", "/venues/get", country_code="PH") == 1
    assert total(exchange, "p", "/venues/feed", id="quay") == 1
    assert total(exchange, "p", "/venues/feed", city="maynila") == 1


def test_venue_has_its_events_with_their_details(exchange: Exchange) -> None:
    [venue] = exchange.get("a", "/venues/get", id="quay").json()["data"]

    assert venue["events"][0]["id"] == "9001"
    assert venue["events"][0]["venue_details"]


@pytest.mark.parametrize(
    ("who", "path", "query"),
    [
        ("p", "/categories/feed", "name=&parent=&order_by=&sort_order=&per_page=50&page=1"),
        ("p", "/feed", "page="),
        ("p", "/feed", "per_page="),
        ("a", "/events/get", "sort_order="),
        ("a", "/tickets/get", "event_id="),
        ("a", "/order/get", "status="),
    ],
)
def test_empty_parameter_is_as_left_out(exchange: Exchange, who: str, path: str, query: str) -> None:
    answer = exchange.call(who, "GET", f"{path}?{query}")

    assert answer.status_code == 200
    assert answer.json()["meta"]["total"] == total(exchange, who, path)


@pytest.mark.parametrize("size", [50, 500, 5000])
def test_page_of_the_ticket_feed_may_be_large(exchange: Exchange, size: int) -> None:
    answer = exchange.get("p", "/tickets/feed", event_id="9001", lighter_response=1, per_page=size, min_quantity="")

    assert (answer.status_code, len(answer.json()["data"])) == (200, 6)
    assert answer.json()["meta"]["per_page"] == min(size, 500)


def test_page_of_a_resellers_list_has_fifty(exchange: Exchange) -> None:
    assert exchange.get("a", "/events/get", per_page=51).status_code == 400


def test_last_of_two_values_counts(exchange: Exchange) -> None:
    answer = exchange.call("a", "GET", "/tickets/get?per_page=1&per_page=2")

    assert len(answer.json()["data"]) == 2


def test_bare_plus_in_a_date_is_explained(exchange: Exchange) -> None:
    answer = exchange.call("a", "GET", "/events/get?start_date=2026-04-01T09:30:00+0000")

    assert answer.status_code == 400
    assert "%2B" in answer.text


def test_hold_and_release_have_the_vendors_words(exchange: Exchange) -> None:
    held = exchange.post("a", f"/tickets/hold/{exchange.listing_id()}", {"quantity": 2}).json()
    released = exchange.put("a", "/tickets/release", {"hold_id": held["meta"]["hold_id"]}).json()

    assert held["message"] == "Ticket(s) has successfully been put on hold."
    assert released["message"] == "Ticket(s) successfully released."


ADDRESS = {"address_line_1": "49 Peter Street", "town": "Manchester", "postcode": "M2 3NG", "country": "GB"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"notes": "x"}, 400),
        ({"order_status": "Approved", "shipping_label": "not a url"}, 400),
        ({"order_status": "Approved", "shipping_address": {"town": "Manchester"}}, 400),
        ({"order_status": "Approved", "shipping_address": ADDRESS}, 200),
        ({"shipping_address": ADDRESS, "notes": "x"}, 200),
    ],
)
def test_update_keeps_to_the_page(exchange: Exchange, body: dict[str, Any], status: int) -> None:
    exchange.order(1)

    assert exchange.put("a", "/order/update/X-1", body).status_code == status


def test_resellers_own_status_is_taken(exchange: Exchange) -> None:
    order = exchange.order(1, order_status="Pending Approval")
    refused = exchange.post(
        "b", f"/order/add/{exchange.hold(1, who='b')}/1", ORDER | {"order_status": "Pending Approval"}
    )

    listed = [
        exchange.get("a", "/order/get", status=status).json()["data"]
        for status in ("Pending Approval", "Pending Review", "Approved")
    ]
    assert order["status"] == "Pending Review"
    assert [[row["id"] for row in rows] for rows in listed] == [[order["id"]], [order["id"]], []]
    assert refused.status_code == 400


def test_added_event_sends_its_listings(exchange: Exchange, receiver: Receiver) -> None:
    exchange.listen(receiver, "c")
    receiver.answer = lambda hook: (200, f'{{"success":true,"listing_id":"C-{len(receiver.hooks)}"}}'.encode())

    assert exchange.post("c", "/events/add/C-777", ADDED).status_code == 200
    exchange.quiet()

    assert [type for _, type, _ in arrivals(receiver)] == ["ticket.add"] * 6
    published = exchange.get("c", "/tickets/get", event_id="C-777", per_page=50).json()["data"]
    assert {listing["id"] for listing in published} == {f"C-{number}" for number in range(1, 7)}


def test_assigned_event_sends_nothing_when_added(exchange: Exchange, receiver: Receiver) -> None:
    exchange.listen(receiver, "a")

    assert exchange.post("a", "/events/add/A-777", ADDED).status_code == 200
    exchange.quiet()

    assert receiver.hooks == []


def test_content_type_is_free_by_setting(exchange: Exchange) -> None:
    path, body = f"/tickets/hold/{exchange.listing_id()}", b'{"quantity": 1}'
    strict = exchange.call("a", "POST", path, data=body, headers={"Content-Type": "text/plain"})
    exchange.set(any_content_type=True)
    lenient = exchange.call("a", "POST", path, data=body, headers={"Content-Type": "text/plain"})

    assert (strict.status_code, lenient.status_code) == (415, 200)


@pytest.mark.parametrize(("secret", "warned"), [(TOKENS["b"], False), (TOKENS["a"], True), (None, True)])
def test_endpoint_that_cannot_be_verified_is_warned_of(exchange: Exchange, secret: str | None, warned: bool) -> None:
    body = {"vendor": "tixstock", "url": "http://127.0.0.1:9/", "owner": "b"} | ({"secret": secret} if secret else {})

    assert bool(exchange.client.control("POST", "endpoints", body)["warnings"]) == warned


def test_owner_that_is_no_reseller_is_warned_of(exchange: Exchange) -> None:
    body = {"vendor": "tixstock", "url": "http://127.0.0.1:9/", "owner": "nobody"}

    assert "nobody" in exchange.client.control("POST", "endpoints", body)["warnings"][0]
