"""Tixstock's orders: added from a hold, got, updated by whose they are, moved by brokers, some of them for good."""

from __future__ import annotations

from typing import Any

import pytest

from mockmarket.vendors.tixstock.records.values import STATUSES
from mockmarket.vendors.tixstock.rules.orders import ENDED, FINAL, FLOW
from tests.conftest import Client
from tests.vendors.tixstock import ORDER, Exchange, error, opened

ADDRESS = {"address_line_1": "49 Peter Street", "town": "Manchester", "postcode": "M2 3NG", "country": "GB"}
HOLDER = {"first_name": "Zoë", "last_name": "Smith", "dob": "1993-06-24", "nationality": "British"}


@pytest.fixture
def exchange(client: Client) -> Exchange:
    return opened(client)


def available(exchange: Exchange) -> tuple[int, int, int]:
    """Return how many tickets of the first listing are available, on hold and sold."""
    numbers = exchange.listing()["number_of_tickets_for_sale"]
    return numbers["quantity_available"], numbers["quantity_on_hold"], numbers["quantity_sold"]


def brought_to(exchange: Exchange, status: str) -> None:
    """Add an order and bring it to a status."""
    exchange.order(2, order_status="Pending Review" if status == "Rejected" else "Approved")
    if status != "Approved":
        answer = exchange.put("a", "/order/update/X-1", {"order_status": status})
        assert answer.ok, answer.text


def partner_order(exchange: Exchange, quantity: int = 2, **changes: Any) -> dict[str, Any]:
    """Buy tickets on the floor as the partner; returns the order."""
    listing = exchange.get("p", "/tickets/feed", section_name="Floor").json()["data"][0]["id"]
    hold = exchange.post("p", "/tickets/hold", {"listing_id": listing, "quantity": quantity}).json()["meta"]["hold_id"]
    answer = exchange.post("p", f"/orders/add/{hold}/{quantity}", ORDER | changes)
    assert answer.status_code == 200, answer.text
    order: dict[str, Any] = answer.json()["data"]
    return order


def test_added_order_is_the_resource(exchange: Exchange) -> None:
    listing = exchange.listing(who="b")["id"]

    order = exchange.order(2, who="b", items=[{"customer": HOLDER}])

    nothing = dict.fromkeys(("address_line_1", "address_line_2", "town", "county", "postcode", "country_code"))
    item = {
        "listing_id": listing, "general_admission": "false", "type": "eTicket", "section": "Stalls", "row": "A", "file": [],
    }  # fmt: skip
    holder = dict.fromkeys(
        ("first_name", "last_name", "email_address", "dob", "national_id", "contact_number", "address", "nationality",
         "birth_place", "birth_country"), "",
    ) | HOLDER  # fmt: skip
    assert order == {
        "id": "X-1",
        "date": "2026-04-01T13:30:00+0000",
        "customer": {
            "id": "123", "first_name": "Ñora", "last_name": "O'Hara", "email_address": "nora@example.com",
            "contact_number": None, "billing_address": nothing, "shipping_address": nothing,
        },
        "items": [item | {"customer": holder}, item],
        "quantity": 2,
        "currency": "USD",
        "sub_total": "330.00",
        "grand_total": "330.00",
        "status": "Approved",
        "shipping_tracking_id": None,
        "shipping_label": None,
    }  # fmt: skip


def test_order_sells_what_was_held(exchange: Exchange) -> None:
    exchange.order(3)

    assert available(exchange) == (7, 0, 3)


def test_part_of_a_hold_can_be_sold(exchange: Exchange) -> None:
    hold = exchange.hold(5)

    exchange.post("a", f"/order/add/{hold}/2", ORDER)

    assert available(exchange) == (5, 3, 2)


def test_rest_of_a_hold_is_another_order(exchange: Exchange) -> None:
    hold = exchange.hold(5)
    exchange.post("a", f"/order/add/{hold}/2", ORDER)

    answer = exchange.post("a", f"/order/add/{hold}/3", ORDER | {"order_id": "X-2"})

    assert (answer.status_code, available(exchange)) == (200, (5, 0, 5))


def test_more_than_held_has_code_107(exchange: Exchange) -> None:
    assert error(exchange.post("a", f"/order/add/{exchange.hold(2)}/3", ORDER)) == (409, "107")


@pytest.mark.parametrize("quantity", ["0", "two", "1.5"])
def test_wrong_quantity_has_code_106(exchange: Exchange, quantity: str) -> None:
    assert error(exchange.post("a", f"/order/add/{exchange.hold(2)}/{quantity}", ORDER)) == (400, "106")


def test_sold_part_keeps_to_split_type(exchange: Exchange) -> None:
    answer = exchange.post("a", f"/order/add/{exchange.hold(8, 'Circle', 'C')}/3", ORDER)

    assert answer.status_code == 400
    assert "Sell In Multiples" in answer.json()["errors"][0]


def test_whole_hold_is_sold_whatever_is_left(exchange: Exchange) -> None:
    hold = exchange.hold(5, "Stalls", "B")
    exchange.buy_at_portal("Stalls", "B", 3)

    assert exchange.post("a", f"/order/add/{hold}/5", ORDER).status_code == 200


def test_order_id_serves_once(exchange: Exchange) -> None:
    exchange.order(1)

    answer = exchange.post("a", f"/order/add/{exchange.hold(1)}/1", ORDER)

    assert error(answer) == (409, "105")


def test_another_may_use_the_same_id(exchange: Exchange) -> None:
    exchange.order(1, who="a")

    assert exchange.order(1, who="b")["id"] == "X-1"


def test_currency_is_the_events(exchange: Exchange) -> None:
    answer = exchange.post("a", f"/order/add/{exchange.hold(1)}/1", ORDER | {"currency": "EUR"})

    assert (answer.status_code, available(exchange)) == (400, (9, 1, 0))
    assert "USD" in answer.json()["errors"][0]


@pytest.mark.parametrize("field", ["order_id", "order_status", "datetime", "currency", "customer"])
def test_order_needs_its_fields(exchange: Exchange, field: str) -> None:
    answer = exchange.post(
        "a", f"/order/add/{exchange.hold(1)}/1", {name: ORDER[name] for name in ORDER if name != field}
    )

    assert answer.json()["errors"] == [f"The {field.replace('_', ' ').title()} field is required."]


@pytest.mark.parametrize("status", STATUSES)
def test_order_begins_in_any_status(exchange: Exchange, status: str) -> None:
    order = exchange.order(2, order_status=status)

    assert order["status"] == status
    assert available(exchange) == ((10, 0, 0) if status in ENDED else (8, 0, 2))


def test_hold_of_another_sells_nothing(exchange: Exchange) -> None:
    assert error(exchange.post("b", f"/order/add/{exchange.hold(1, who='a')}/1", ORDER)) == (404, "404")


def test_partner_pays_the_proceed_price(exchange: Exchange) -> None:
    order = partner_order(exchange, 3)

    assert (order["sub_total"], order["items"][0]["general_admission"]) == ("180.00", "true")


def test_partner_gets_its_order(exchange: Exchange) -> None:
    order = partner_order(exchange)

    answer = exchange.get("p", "/orders/get/X-1").json()

    assert (answer["data"], answer["meta"]["type"]) == (order, "partner.order.add")


def test_partner_updates_its_order(exchange: Exchange) -> None:
    partner_order(exchange)

    answer = exchange.post(
        "p", "/orders/update/X-1", {"order_status": "Commissionable", "ticket_type": "Mobile"}
    ).json()

    assert (answer["data"]["status"], answer["meta"]["type"]) == ("Commissionable", "partner.order.update")
    assert {item["type"] for item in answer["data"]["items"]} == {"Mobile"}


def test_order_of_another_is_unknown(exchange: Exchange) -> None:
    exchange.order(1, who="a")

    assert error(exchange.get("p", "/orders/get/X-1")) == (404, "404")
    assert error(exchange.put("b", "/order/update/X-1", {"order_status": "Cancelled"})) == (404, "404")


@pytest.mark.thorough
def test_orders_are_got_newest_first(exchange: Exchange) -> None:
    for number, day in ((1, "03"), (2, "05"), (3, "04")):
        exchange.order(1, order_id=f"X-{number}", datetime=f"2026-03-{day}T12:00:00Z")

    assert [order["id"] for order in exchange.get("a", "/order/get").json()["data"]] == ["X-2", "X-3", "X-1"]


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"order_id": "X-2"}, ["X-2"]),
    ({"status": "Sale on Hold"}, ["X-3"]),
    ({"event_id": "9001"}, ["X-1", "X-2"]),
    ({"event_id": "no such event"}, []),
    ({"broker_id": "1001"}, ["X-1", "X-2", "X-3"]),
    ({"broker_id": "no such broker"}, []),
    ({"ticket_type": "Mobile"}, ["X-2"]),
    ({"from": "2026-03-02T00:00:00Z"}, ["X-2", "X-3"]),
    ({"to": "2026-03-02T00:00:00-0100"}, ["X-1"]),
    ({"order_by": "id", "sort_order": "desc"}, ["X-3", "X-2", "X-1"]),
    ({"order_by": "event_date", "per_page": 1, "page": 3}, ["X-3"]),
]


def test_orders_are_filtered(exchange: Exchange) -> None:
    exchange.order(1, order_id="X-1", datetime="2026-03-01T12:00:00Z")
    exchange.order(4, "Circle", "C", order_id="X-2", datetime="2026-03-02T12:00:00Z")
    exchange.order(
        1, "Señora's Lounge ₱/ñ", "V1", order_id="X-3", datetime="2026-03-03T12:00:00Z", currency="GBP",
        order_status="Sale on Hold",
    )  # fmt: skip

    for query, expected in FILTERS:
        rows = exchange.get("a", "/order/get", **{"sort_order": "asc"} | query).json()["data"]
        assert [row["id"] for row in rows] == expected, query


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_update_sets_address_and_label(exchange: Exchange, method: str) -> None:
    exchange.order(1)

    order = exchange.call(
        "a", method, "/order/update/X-1", json={"shipping_address": ADDRESS, "shipping_label": "https://label.example/1"}
    ).json()["data"]  # fmt: skip

    assert order["customer"]["shipping_address"] == {
        "address_line_1": "49 Peter Street", "address_line_2": None, "town": "Manchester", "county": None,
        "postcode": "M2 3NG", "country_code": "GB",
    }  # fmt: skip
    assert (order["shipping_label"], order["status"]) == ("https://label.example/1", "Approved")


def test_update_names_ticket_holders(exchange: Exchange) -> None:
    exchange.order(2)

    order = exchange.put("a", "/order/update/X-1", {"items": [{"customer": HOLDER}]}).json()["data"]

    assert order["items"][0]["customer"]["first_name"] == "Zoë"
    assert "customer" not in order["items"][1]


def test_empty_update_is_refused(exchange: Exchange) -> None:
    exchange.order(1)

    answer = exchange.put("a", "/order/update/X-1", {})

    assert answer.json()["errors"] == ["The Order Status field is required."]


def test_same_status_changes_nothing(exchange: Exchange) -> None:
    exchange.order(1)

    assert exchange.put("a", "/order/update/X-1", {"order_status": "Approved"}).ok


OPEN_STATUSES = [status for status in STATUSES if status not in FINAL]


@pytest.mark.parametrize(
    ("status", "to"), [(status, to) for status in OPEN_STATUSES for to in STATUSES if to in FLOW.moves[status]]
)
def test_flow_allows_a_move(exchange: Exchange, status: str, to: str) -> None:
    brought_to(exchange, status)

    assert exchange.put("a", "/order/update/X-1", {"order_status": to}).status_code == 200


@pytest.mark.parametrize("status", OPEN_STATUSES)
def test_flow_refuses_all_other_moves(exchange: Exchange, status: str) -> None:
    brought_to(exchange, status)

    answers = {
        to: exchange.put("a", "/order/update/X-1", {"order_status": to})
        for to in (status, *STATUSES)
        if to not in FLOW.moves[status]
    }

    assert {to: answer.status_code for to, answer in answers.items()} == {
        to: 200 if to == status else 400 for to in answers
    }


def test_rejected_comes_after_review_only() -> None:
    assert [status for status, moves in FLOW.moves.items() if "Rejected" in moves] == ["Pending Review", "Approved"]


def test_last_four_are_final() -> None:
    assert FINAL == ("Commissionable", "Rejected", "Refunded", "Cancelled")


@pytest.mark.parametrize("status", FINAL)
@pytest.mark.parametrize("change", [{"order_status": "Approved"}, {"shipping_address": ADDRESS}])
def test_final_order_cannot_be_changed(exchange: Exchange, status: str, change: dict[str, Any]) -> None:
    brought_to(exchange, status)

    assert error(exchange.put("a", "/order/update/X-1", change)) == (409, "409")


@pytest.mark.parametrize("status", ENDED)
def test_ended_order_gives_seats_back(exchange: Exchange, status: str) -> None:
    brought_to(exchange, status)

    assert available(exchange) == (10, 0, 0)


def test_broker_moves_an_order(exchange: Exchange) -> None:
    exchange.order(1)

    assert exchange.acted("set_status", order="X-1", status="Commissionable")["status"] == "Commissionable"


def test_broker_keeps_to_the_flow(exchange: Exchange) -> None:
    exchange.order(1, order_status="Sale on Hold")

    answer = exchange.act("set_status", order="X-1", status="Rejected")

    assert answer.status_code == 400
    assert "Approved" in answer.json()["error"]["message"]


def test_ambiguous_order_is_not_guessed(exchange: Exchange) -> None:
    exchange.order(1, who="a")
    exchange.order(1, who="b")

    assert exchange.act("set_status", order="X-1", status="Cancelled").status_code == 404


def test_order_is_known_by_exchange_id(exchange: Exchange) -> None:
    exchange.order(1, who="a")
    exchange.order(1, who="b")
    id = exchange.record("order", reseller="b")["tixstock_id"]

    assert exchange.acted("set_tracking", order=id, tracking="1Z")["reseller"] == "b"


def test_orders_follow_a_moved_event(exchange: Exchange) -> None:
    exchange.order(1)
    exchange.order(1, "Señora's Lounge ₱/ñ", "V1", order_id="X-2", currency="GBP")

    exchange.core("move_event", event="9001", to="2026-09-01T19:00")

    rows = exchange.get("a", "/order/get", order_by="event_date", sort_order="asc").json()["data"]
    assert [row["id"] for row in rows] == ["X-2", "X-1"]
