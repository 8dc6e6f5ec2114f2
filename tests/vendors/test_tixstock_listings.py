"""Tixstock's listings: got, added, updated and deleted by resellers, and what other vendors see of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Client
from tests.receiver import Receiver
from tests.vendors.tixstock import Exchange, arrivals, error, opened

PRICE = {"currency": "USD", "amount": "70.00"}
LISTING = {
    "external_id": "MINE-1",
    "broker_id": "1001",
    "event_id": "9001",
    "ticket": {
        "general_admission": "false",
        "type": "Mobile",
        "split_type": "Sell In Multiples",
        "allow_last_minute_sales": False,
    },
    "number_of_tickets_for_sale": {"quantity": 6, "split_quantity": 2},
    "seat_details": {"category": "Balcony", "section": "Balcony 3", "row": "K", "first_seat": 7},
    "face_value": {"currency": "USD", "amount": 55},
    "display_price": {"currency": "USD", "amount": "81.50"},
    "proceed_price": PRICE,
    "restrictions_benefits": {"options": ["Limited view"], "other": "Bring a cushion"},
}


@pytest.fixture
def exchange(client: Client) -> Exchange:
    return opened(client)


def changed(**parts: Any) -> dict[str, Any]:
    """Return the listing's body with members of its parts changed."""
    body: dict[str, Any] = {}
    for name, value in LISTING.items():
        part = parts.get(name, {})
        body[name] = {**value, **part} if isinstance(value, dict) and isinstance(part, dict) else parts.get(name, value)
    return body


def rows(exchange: Exchange, who: str = "a", **query: Any) -> list[dict[str, Any]]:
    """Return the listings that a query finds."""
    listings: list[dict[str, Any]] = exchange.get(who, "/tickets/get", per_page=50, **query).json()["data"]
    return listings


def at_portal(exchange: Exchange, section: str) -> list[dict[str, Any]]:
    """Return what another vendor lists of a section."""
    exchange.client.key = {"X-API-Key": "portal_test_full_00000000"}
    listings = exchange.client.get("/api/v1/inventory", eventId="9001").json()["data"]
    return [listing for listing in listings if listing["section"] == section]


def test_listing_is_the_resellers_resource(exchange: Exchange) -> None:
    listing = exchange.listing("Circle", "C", "b")

    assert list(listing) == [
        "id", "broker_id", "ticket", "number_of_tickets_for_sale", "seat_details", "face_value", "display_price",
        "proceed_price", "restrictions_benefits", "delivery", "event",
    ]  # fmt: skip
    assert listing["ticket"] == {
        "general_admission": "false", "type": "Mobile", "allow_last_minute_sales": "true",
        "split_type": "Sell In Multiples", "eticket": [], "upload_later": "true",
    }  # fmt: skip
    assert listing["number_of_tickets_for_sale"] == {
        "quantity_available": 12, "quantity_sold": 0, "display_quantity": 12, "split_quantity": 4, "quantity_on_hold": 0,
    }  # fmt: skip
    assert (listing["proceed_price"]["amount"], listing["display_price"]["amount"]) == ("80.00", "88.00")
    assert (listing["broker_id"], listing["event"]["id"]) == ("b-broker", "BE-9001")
    assert listing["delivery"] == {
        "type": "E_TICKET", "hand_delivered": "false", "ready_shipped": "false", "shipped_date_or_date_in_hand": "2026-05-01",
    }  # fmt: skip


def test_own_events_are_listed_only(exchange: Exchange) -> None:
    assert {row["event"]["id"] for row in rows(exchange, "c")} == {"9002", "PAST", "OFF"}


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"event_id": "9001"}, 6),
        ({"event_id": "none"}, 0),
        ({"ticket_type": "Paper"}, 1),
        ({"listing_id": "none"}, 0),
        ({}, 10),
    ],
)
def test_listings_are_filtered(exchange: Exchange, query: dict[str, Any], count: int) -> None:
    assert len(rows(exchange, **query)) == count


@pytest.mark.parametrize("order_by", ["listing_id", "event_id", "event_date", "quantity_sold", "quantity_available"])
def test_listings_are_ordered(exchange: Exchange, order_by: str) -> None:
    exchange.order(3)
    keys: dict[str, Any] = {
        "listing_id": lambda listing: listing["id"],
        "event_id": lambda listing: listing["event"]["id"],
        "event_date": lambda listing: listing["event"]["datetime"],
        "quantity_sold": lambda listing: listing["number_of_tickets_for_sale"]["quantity_sold"],
        "quantity_available": lambda listing: listing["number_of_tickets_for_sale"]["quantity_available"],
    }

    values = [keys[order_by](row) for row in rows(exchange, order_by=order_by, sort_order="desc")]

    assert values == sorted(values, reverse=True)


def test_list_is_the_same_as_get(exchange: Exchange) -> None:
    assert exchange.get("a", "/tickets/list").json()["data"] == exchange.get("a", "/tickets/get").json()["data"]


def test_sold_lists_what_was_sold(exchange: Exchange) -> None:
    exchange.order(3)
    exchange.buy_at_portal("Floor", "GA", 1)

    sold = exchange.get("a", "/tickets/sold").json()["data"]

    assert {listing["seat_details"]["section"] for listing in sold} == {"Stalls", "Floor"}


def test_first_seat_follows_sales(exchange: Exchange) -> None:
    exchange.order(3)

    assert exchange.listing()["seat_details"]["first_seat"] == "14"


def test_added_listing_is_on_sale(exchange: Exchange) -> None:
    answer = exchange.post("a", "/tickets/add", LISTING)

    assert (answer.status_code, answer.json()["meta"]["external_id"]) == (200, "MINE-1")
    (listing,) = rows(exchange, listing_id="MINE-1")
    assert answer.json()["data"] == listing
    assert listing["seat_details"] == {"category": "Balcony", "section": "Balcony 3", "row": "K", "first_seat": "7"}
    assert (listing["face_value"]["amount"], listing["display_price"]["amount"]) == ("55.00", "81.50")
    assert listing["restrictions_benefits"] == {"options": ["Limited view"], "other": "Bring a cushion"}


def test_added_listing_is_at_other_vendors(exchange: Exchange) -> None:
    exchange.post("a", "/tickets/add", LISTING)

    (offer,) = at_portal(exchange, "Balcony 3")

    assert (offer["quantity"], offer["price"], offer["splits"]) == (6, 70, [2, 4, 6])


def test_added_listing_is_unpublished_elsewhere(exchange: Exchange) -> None:
    exchange.post("a", "/tickets/add", LISTING)

    assert [row["id"] for row in rows(exchange, "b") if row["seat_details"]["section"] == "Balcony 3"] == [None]


def test_added_listing_can_be_sold(exchange: Exchange) -> None:
    exchange.post("a", "/tickets/add", LISTING)
    hold = exchange.post("a", "/tickets/hold/MINE-1", {"quantity": 2}).json()["meta"]["hold_id"]

    assert hold
    assert at_portal(exchange, "Balcony 3")[0]["quantity"] == 4


def test_general_listing_has_no_seats(exchange: Exchange) -> None:
    body = changed(ticket={"general_admission": True}, seat_details={"row": None})

    listing = exchange.post("a", "/tickets/add", body).json()["data"]

    assert (listing["seat_details"]["row"], listing["seat_details"]["first_seat"]) == ("GA", "")


def test_fewer_tickets_may_be_shown(exchange: Exchange) -> None:
    exchange.post("a", "/tickets/add", changed(number_of_tickets_for_sale={"display_quantity": 4}))
    before = rows(exchange, listing_id="MINE-1")[0]["number_of_tickets_for_sale"]["display_quantity"]

    exchange.post("a", "/tickets/hold/MINE-1", {"quantity": 4})

    after = rows(exchange, listing_id="MINE-1")[0]["number_of_tickets_for_sale"]
    assert (before, after["display_quantity"], after["quantity_available"]) == (4, 2, 2)


def test_own_id_serves_once(exchange: Exchange) -> None:
    exchange.post("a", "/tickets/add", LISTING)

    assert error(exchange.post("a", "/tickets/add", LISTING)) == (409, "105")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"number_of_tickets_for_sale": {"split_quantity": 4}}, "divide"),
        ({"number_of_tickets_for_sale": {"split_quantity": 0}}, "divide"),
        ({"ticket": {"split_type": "All Together"}}, "Must be 0".lower()),
        ({"number_of_tickets_for_sale": {"display_quantity": 7}}, "quantity"),
        ({"proceed_price": {"currency": "EUR"}}, "USD"),
        ({"display_price": {"currency": "EUR"}}, "USD"),
        ({"proceed_price": {"amount": "much"}}, "150.00"),
        ({"proceed_price": {"amount": "1_0"}}, "150.00"),
        ({"proceed_price": {"amount": "١٢"}}, "150.00"),
        ({"proceed_price": {"amount": " 12"}}, "150.00"),
        ({"proceed_price": {"amount": "nan"}}, "150.00"),
        ({"proceed_price": {"amount": "1e400"}}, "150.00"),
        ({"proceed_price": {"amount": True}}, "150.00"),
        ({"ticket": {"type": "Hologram"}}, "Paper"),
        ({"number_of_tickets_for_sale": {"quantity": 0}}, "1"),
    ],
)
def test_wrong_listing_is_a_sentence(exchange: Exchange, change: dict[str, Any], words: str) -> None:
    answer = exchange.post("a", "/tickets/add", changed(**change))

    assert answer.status_code == 400
    assert words.lower() in " ".join(answer.json()["errors"]).lower()


@pytest.mark.parametrize("part", ["broker_id", "event_id"])
def test_strange_ids_are_unknown(exchange: Exchange, part: str) -> None:
    assert error(exchange.post("a", "/tickets/add", LISTING | {part: "nobody's"})) == (404, "404")


def test_closed_broker_publishes_nothing(exchange: Exchange) -> None:
    assert error(exchange.post("a", "/tickets/add", LISTING | {"broker_id": "1002"})) == (403, "403")


@pytest.mark.parametrize("event", ["PAST", "OFF"])
def test_event_over_or_off_takes_none(exchange: Exchange, event: str) -> None:
    assert error(exchange.post("a", "/tickets/add", LISTING | {"event_id": event})) == (404, "404")


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_update_changes_it_everywhere(exchange: Exchange, method: str) -> None:
    exchange.post("a", "/tickets/add", LISTING)
    body = changed(
        proceed_price={"amount": "90.00"}, number_of_tickets_for_sale={"quantity": 8, "split_quantity": 4},
        seat_details={"category": "Upper"}, display_price={"amount": "99.00"},
    )  # fmt: skip

    listing = exchange.call("a", method, "/tickets/update/MINE-1", json=body).json()["data"]

    assert (listing["proceed_price"]["amount"], listing["display_price"]["amount"]) == ("90.00", "99.00")
    assert listing["seat_details"]["category"] == "Upper"
    assert listing["number_of_tickets_for_sale"]["quantity_available"] == 8
    (offer,) = at_portal(exchange, "Balcony 3")
    assert (offer["quantity"], offer["price"], offer["splits"]) == (8, 90, [4, 8])


def test_quantity_counts_what_is_unsold(exchange: Exchange) -> None:
    exchange.post("a", "/tickets/add", LISTING)
    hold = exchange.post("a", "/tickets/hold/MINE-1", {"quantity": 2}).json()["meta"]["hold_id"]

    exchange.put("a", "/tickets/update/MINE-1", changed(number_of_tickets_for_sale={"quantity": 2}))

    numbers = rows(exchange, listing_id="MINE-1")[0]["number_of_tickets_for_sale"]
    assert (numbers["quantity_available"], numbers["quantity_on_hold"]) == (2, 2)
    assert hold


def test_held_listing_changes_in_part(exchange: Exchange) -> None:
    exchange.post("a", "/tickets/add", LISTING)
    exchange.post("a", "/tickets/hold/MINE-1", {"quantity": 2})

    listing = exchange.put(
        "a", "/tickets/update/MINE-1", changed(proceed_price={"amount": "91.00"}, ticket={"type": "Paper"})
    ).json()["data"]

    assert (listing["proceed_price"]["amount"], listing["ticket"]["type"]) == ("91.00", "Mobile")


def test_unknown_listing_is_not_updated(exchange: Exchange) -> None:
    assert error(exchange.put("a", "/tickets/update/none", LISTING)) == (404, "404")


def test_own_deleted_listing_is_gone_everywhere(exchange: Exchange) -> None:
    exchange.post("a", "/tickets/add", LISTING)

    answer = exchange.call("a", "DELETE", "/tickets/delete/MINE-1")

    assert answer.json()["data"] == {"listing_id": "MINE-1"}
    assert (rows(exchange, listing_id="MINE-1"), at_portal(exchange, "Balcony 3")) == ([], [])


def test_brokers_listing_is_deleted_here_only(exchange: Exchange) -> None:
    listing = exchange.listing()["id"]

    exchange.call("a", "DELETE", f"/tickets/delete/{listing}")

    assert exchange.listing()["id"] is None
    assert exchange.listing(who="b")["id"] == f"BL-{listing}"


def test_held_listing_is_not_deleted(exchange: Exchange) -> None:
    listing = exchange.listing()["id"]
    exchange.hold(1)

    assert error(exchange.call("a", "DELETE", f"/tickets/delete/{listing}")) == (409, "104")


def test_brokers_deletion_is_everywhere(exchange: Exchange) -> None:
    exchange.acted("delete_listing", listing=exchange.listing("Floor", "GA")["id"])

    assert at_portal(exchange, "Floor") == []
    assert "Floor" not in {row["seat_details"]["section"] for row in rows(exchange)}


def test_sold_seats_outlive_their_listing(exchange: Exchange) -> None:
    exchange.order(2)
    exchange.acted("delete_listing", listing=exchange.listing()["id"])

    answer = exchange.put("a", "/order/update/X-1", {"order_status": "Cancelled"})

    assert answer.status_code == 200


def test_disconnected_broker_is_unknown(exchange: Exchange) -> None:
    answer = exchange.post("b", "/broker/close/b-broker")

    assert (answer.json()["data"], answer.json()["success"]) == ({"broker_id": "b-broker"}, "true")
    assert error(exchange.post("b", "/broker/close/b-broker")) == (404, "404")


def test_stock_of_others_is_listed_too(exchange: Exchange) -> None:
    exchange.core("add_stock", event="9001", section="Late", row="Z", seats=2, price=10)

    assert [row["id"] for row in rows(exchange) if row["seat_details"]["section"] == "Late"] == [None]


def test_id_of_deleted_listing_serves_again(exchange: Exchange) -> None:
    for _ in range(2):
        assert exchange.post("a", "/tickets/add", LISTING).status_code == 200
        assert exchange.get("a", "/tickets/get", listing_id=LISTING["external_id"]).json()["meta"]["total"] == 1
        assert exchange.call("a", "DELETE", f"/tickets/delete/{LISTING['external_id']}").status_code == 200


def off_sale(exchange: Exchange) -> bool:
    """Return whether nothing of the Stalls' row A is for sale at another vendor."""
    exchange.advance(seconds=0)
    return sum(listing["quantity"] for listing in at_portal(exchange, "Stalls") if listing["row"] == "A") == 0


def test_released_seats_of_deleted_stay_withdrawn(exchange: Exchange) -> None:
    hold = exchange.hold(2)
    exchange.acted("delete_listing", listing=exchange.listing()["id"])
    answer = exchange.put("a", "/tickets/release", {"hold_id": hold})

    assert (answer.json()["data"], off_sale(exchange)) == ({"quantity_available": 0}, True)


def test_lapsed_seats_of_deleted_stay_withdrawn(exchange: Exchange) -> None:
    exchange.hold(2)
    exchange.acted("delete_listing", listing=exchange.listing()["id"])
    exchange.advance(seconds=1860)

    assert off_sale(exchange)


def test_cancelled_seats_of_deleted_stay_withdrawn(exchange: Exchange) -> None:
    exchange.order(2)
    exchange.acted("delete_listing", listing=exchange.listing()["id"])
    exchange.put("a", "/order/update/X-1", {"order_status": "Cancelled"})

    assert off_sale(exchange)


def test_refunds_elsewhere_of_deleted_stay_withdrawn(exchange: Exchange) -> None:
    exchange.buy_at_portal(quantity=2)
    exchange.acted("delete_listing", listing=exchange.listing()["id"])
    order = exchange.client.control("GET", "records/portal/order")["records"][0]["orderId"]
    exchange.client.control("POST", "portal/actions/refund", {"orderId": order})

    assert off_sale(exchange)


def test_update_of_a_listings_type_is_told(exchange: Exchange, receiver: Receiver) -> None:
    exchange.listen(receiver, "b")
    same = put_back(exchange.listing())
    ticket = same["ticket"] | {"type": "Mobile"}

    for body in (same, same | {"ticket": ticket}):
        assert exchange.put("a", f"/tickets/update/{exchange.listing_id()}", body).status_code == 200
    exchange.quiet()

    assert [data["ticket"]["type"] for _, type, data in arrivals(receiver) if type == "ticket.update"] == ["Mobile"]


def put_back(listing: dict[str, Any]) -> dict[str, Any]:
    """Return a listing as a reseller would send it unchanged."""
    ticket, numbers = listing["ticket"], listing["number_of_tickets_for_sale"]
    return {
        "broker_id": listing["broker_id"], "event_id": listing["event"]["id"],
        "ticket": {name: ticket[name] for name in ("general_admission", "type", "split_type", "upload_later", "allow_last_minute_sales")},
        "number_of_tickets_for_sale": {"quantity": numbers["quantity_available"], "split_quantity": numbers["split_quantity"]},
        "seat_details": {name: listing["seat_details"][name] for name in ("category", "section", "row", "first_seat")},
        "face_value": listing["face_value"], "proceed_price": listing["proceed_price"],
    }  # fmt: skip
