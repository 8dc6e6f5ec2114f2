"""What Tixstock's notices on part of a listing say besides: whose they are, by ids and seats; who is told of seats that come back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Client
from tests.receiver import Receiver
from tests.vendors.tixstock import ORDER, Exchange, arrivals, arrivals_of, opened

SEATS = {"category": "Stalls", "section": "Stalls", "row": "A"}


@pytest.fixture
def exchange(client: Client) -> Exchange:
    return opened(client)


@pytest.fixture
def heard(exchange: Exchange, receiver: Receiver) -> Receiver:
    """B and the partner listen; notices have the identifiers of the document."""
    exchange.set(notice_identifiers="with")
    for who in "bp":
        exchange.listen(receiver, who)
    return receiver


def cause(exchange: Exchange) -> None:
    """Have A hold three tickets, release one and sell two; then have the broker delete the listing."""
    hold = exchange.hold(3)
    exchange.put("a", "/tickets/release", {"hold_id": hold, "release_quantity": 1})
    assert exchange.post("a", f"/order/add/{hold}/2", ORDER).status_code == 200
    exchange.acted("delete_listing", listing=exchange.listing()["id"])
    exchange.quiet()


def test_notices_name_event_broker_and_seats(exchange: Exchange, heard: Receiver) -> None:
    cause(exchange)

    for type in ("ticket.hold", "ticket.release", "ticket.sold", "ticket.delete"):
        data = arrivals_of(heard, type)["b"]
        assert (data["event_id"], data["broker_id"]) == ("BE-9001", "b-broker"), type
        assert data["seat_details"].items() >= SEATS.items(), type
        assert data.get("external_id", data.get("listing_id", "")).startswith("BL-"), type


def test_partner_has_the_exchanges_identifiers(exchange: Exchange, heard: Receiver) -> None:
    cause(exchange)

    for type in ("ticket.hold", "ticket.release", "ticket.sold", "ticket.delete"):
        data = arrivals_of(heard, type)["p"]
        assert (data["event_id"], data["broker_id"]) == ("9001", "1001"), type


def test_identifiers_are_left_out_by_setting(exchange: Exchange, heard: Receiver) -> None:
    exchange.set(notice_identifiers="without")

    cause(exchange)

    assert list(arrivals_of(heard, "ticket.hold")["b"]) == ["external_id", "hold_quantity"]
    assert list(arrivals_of(heard, "ticket.sold")["b"]) == ["listing_id", "sold_quantity", "quantity", "first_seat"]
    assert list(arrivals_of(heard, "ticket.delete")["b"]) == ["listing_id"]


def refund_at_portal(exchange: Exchange) -> None:
    """Buy two seats at the portal and refund them."""
    exchange.buy_at_portal(quantity=2)
    order = exchange.client.control("GET", "records/portal/order")["records"][0]["orderId"]
    exchange.client.control("POST", "portal/actions/refund", {"orderId": order})


def cancel_order(exchange: Exchange) -> None:
    """Have A buy two seats and cancel."""
    exchange.order(2)
    assert exchange.put("a", "/order/update/X-1", {"order_status": "Cancelled"}).status_code == 200


def add_rejected(exchange: Exchange) -> None:
    """Have A add an order that is rejected already."""
    exchange.order(2, order_status="Rejected")


@pytest.mark.parametrize("return_seats", [refund_at_portal, cancel_order, add_rejected])
def test_seats_that_come_back_reach_partners_and_resellers(
    exchange: Exchange, heard: Receiver, return_seats: Any
) -> None:
    return_seats(exchange)
    exchange.quiet()

    notified = arrivals(heard)
    partner = [(type, data) for who, type, data in notified if who == "p" and type in ("ticket.sold", "ticket.release")]
    assert [type for type, _ in partner] == ["ticket.sold", "ticket.release"]
    assert partner[1][1]["release_quantity"] == 2
    updates = [data for who, type, data in notified if (who, type) == ("b", "ticket.update")]
    assert [data["number_of_tickets_for_sale"]["quantity_available"] for data in updates] == [10]


def test_notices_of_one_order_arrive_in_order(exchange: Exchange, heard: Receiver) -> None:
    exchange.order(2, order_status="Rejected")
    exchange.quiet()

    assert [type for who, type, _ in arrivals(heard) if who == "b"] == ["ticket.hold", "ticket.sold", "ticket.update"]


@pytest.mark.parametrize("type", ["ticket.hold", "ticket.release"])
def test_trigger_reaches_each_in_its_own_form(exchange: Exchange, heard: Receiver, type: str) -> None:
    exchange.client.control("POST", f"tixstock/trigger/{type}", {})
    exchange.quiet()

    notified = arrivals_of(heard, type)
    assert notified["b"]["external_id"].startswith("BL-")
    assert not notified["p"]["id"].startswith("BL-")
    assert "external_id" not in notified["p"]


def test_trigger_leaves_out_whom_it_does_not_concern(exchange: Exchange, heard: Receiver) -> None:
    exchange.client.control("POST", "tixstock/trigger/event.update", {})
    exchange.quiet()

    assert [who for who, _, _ in arrivals(heard)] == ["b"]


def test_answer_to_a_trigger_changes_nothing(exchange: Exchange, heard: Receiver) -> None:
    heard.answer = lambda hook: (200, b'{"success":true}')
    before = exchange.client.control("GET", "records/tixstock/publication")

    exchange.client.control("POST", "tixstock/trigger/ticket.delete", {})
    exchange.quiet()

    assert exchange.client.control("GET", "records/tixstock/publication") == before


def test_override_adds_what_receivers_read(exchange: Exchange, heard: Receiver) -> None:
    exchange.client.control("POST", "tixstock/trigger/ticket.sold", {"override": {"data.additional_file": "x"}})
    exchange.quiet()

    assert {data["additional_file"] for data in arrivals_of(heard, "ticket.sold").values()} == {"x"}
