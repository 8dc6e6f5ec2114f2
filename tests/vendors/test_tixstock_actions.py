"""What brokers and the exchange do at Tixstock without a call, and what each act tells."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Client
from tests.receiver import Receiver
from tests.vendors.tixstock import Exchange, arrivals, arrivals_of, opened


@pytest.fixture
def exchange(client: Client) -> Exchange:
    return opened(client)


@pytest.fixture
def heard(exchange: Exchange, receiver: Receiver) -> Receiver:
    """B listens."""
    exchange.listen(receiver, "b")
    return receiver


@pytest.mark.parametrize(
    ("changes", "type", "member", "value"),
    [
        ({"name": "Otters Again"}, "event.update", "name", "Otters Again"),
        ({"status": "Postponed"}, "event.update", "status", "Postponed"),
        ({"status": "Cancelled"}, "event.cancel", "status", "Cancelled"),
    ],
)
def test_changed_event_is_told(
    exchange: Exchange, heard: Receiver, changes: dict[str, str], type: str, member: str, value: str
) -> None:
    event = exchange.acted("update_event", event="9001", **changes)
    exchange.quiet()

    assert event[member] == value
    assert [kind for _, kind, _ in arrivals(heard)] == [type]
    assert arrivals_of(heard, type)["b"][member] == value


def test_status_outlasts_other_changes(exchange: Exchange) -> None:
    exchange.acted("update_event", event="9001", status="Postponed")

    exchange.core("move_event", event="9001", to="2026-06-01T19:00")

    assert exchange.record("event", id="9001")["status"] == "Postponed"


@pytest.mark.parametrize(
    ("changes", "path", "value"),
    [
        ({"quantity": 6}, ("number_of_tickets_for_sale", "quantity_available"), 6),
        ({"first_seat": 31}, ("seat_details", "first_seat"), "31"),
        ({"split_type": "All Together"}, ("ticket", "split_type"), "All Together"),
        ({"split_type": "Sell In Multiples", "split_quantity": 2}, ("number_of_tickets_for_sale", "split_quantity"), 2),
        ({"restrictions": ["Limited view"]}, ("restrictions_benefits", "options"), ["Limited view"]),
    ],
)
def test_changed_listing_is_told_once(
    exchange: Exchange, heard: Receiver, changes: dict[str, Any], path: tuple[str, str], value: object
) -> None:
    exchange.acted("update_listing", listing=exchange.listing()["id"], **changes)
    exchange.quiet()

    assert [type for _, type, _ in arrivals(heard)] == ["ticket.update"]
    data = arrivals_of(heard, "ticket.update")["b"]
    assert data[path[0]][path[1]] == value


def test_renumbered_seats_are_the_buyers(exchange: Exchange) -> None:
    exchange.acted("update_listing", listing=exchange.listing()["id"], first_seat=31)

    exchange.order(2)

    assert exchange.act("update_listing", listing=exchange.listing()["id"], first_seat=11).status_code == 409


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("update_listing", {"price": 150}),
        ("update_listing", {"quantity": 10, "split_type": "No Preferences", "type": "eTicket"}),
        ("update_event", {"status": "Active"}),
        ("update_event", {"name": "Northgate Otters vs. Granite Lynx"}),
    ],
)
def test_change_of_nothing_tells_nothing(
    exchange: Exchange, heard: Receiver, action: str, body: dict[str, Any]
) -> None:
    about = {"listing": exchange.listing()["id"]} if action == "update_listing" else {"event": "9001"}

    exchange.acted(action, **about, **body)
    exchange.quiet()

    assert heard.hooks == []


def test_disconnected_broker_is_out_of_sight(exchange: Exchange) -> None:
    exchange.acted("disconnect", broker="1001", reseller="b")

    assert exchange.get("b", "/tickets/get").json()["meta"]["total"] == 0
    assert exchange.act("disconnect", broker="1001", reseller="b").status_code == 409
