"""Tixstock's resellers who did not sell a listing for a while: what they are told once they do, and what never."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from typing import Any

import pytest

from tests.conftest import Client
from tests.receiver import Receiver
from tests.vendors.tixstock import Exchange, arrivals, arrivals_of, opened, saying

NEW = {"event": "9001", "section": "Riser", "row": "R", "first_seat": 21, "quantity": 4, "price": 99.95}
EVENT = {
    "name": "Northgate Otters vs. Granite Lynx",
    "currency": "USD",
    "datetime": "2026-05-01T23:00:00+0000",
    "venue": {
        "id": "V1", "name": "Quay Garden", "address_line_1": "1 Quay Street", "city": "Boston", "postcode": "02110",
        "country_code": "US",
    },
    "use_tixstock_venue_details": "true",
    "performers": [{"id": "P1", "name": "Northgate Otters"}],
}  # fmt: skip


@pytest.fixture
def exchange(client: Client) -> Exchange:
    return opened(client)


@pytest.fixture
def heard(exchange: Exchange, receiver: Receiver) -> Receiver:
    """B listens, knows the broker under an id of its own, and takes every notice."""
    exchange.listen(receiver, "b")
    return saying(receiver, success=True, broker_id="b-broker", listing_id="B-NEW")


def close(exchange: Exchange, heard: Receiver) -> None:
    """Close the broker's account."""
    exchange.acted("close_account", broker="1001")


def open_again(exchange: Exchange, heard: Receiver) -> None:
    """Open the broker's account."""
    exchange.acted("open_account", broker="1001")


def disconnect(exchange: Exchange, heard: Receiver) -> None:
    """Undo the link between B and the broker."""
    assert exchange.post("b", "/broker/close/b-broker").status_code == 200


def connect(exchange: Exchange, heard: Receiver) -> None:
    """Link B and the broker again."""
    exchange.acted("authenticate", reseller="b", password="an open secret")
    exchange.quiet()


STARTS = cycle(("2026-05-01T19:30", "2026-05-01T20:00"))


def lose_event(exchange: Exchange, heard: Receiver) -> None:
    """Have B fail to update the event, which takes it away."""
    exchange.quiet()
    answer, heard.answer = heard.answer, lambda hook: (500, b"")
    exchange.core("move_event", event="9001", to=next(STARTS))
    exchange.advance(seconds=200)
    heard.answer = answer


def add_event(exchange: Exchange, heard: Receiver) -> None:
    """Have B add the event again."""
    assert exchange.post("b", "/events/add/BE-9001", EVENT).status_code == 200


WAYS = pytest.mark.parametrize(
    ("leave", "come_back"), [(close, open_again), (disconnect, connect), (lose_event, add_event)]
)
Way = Callable[[Exchange, Receiver], None]


def news(exchange: Exchange, heard: Receiver) -> list[tuple[str, Any]]:
    """Return what B has been told of listings, each with its type."""
    exchange.quiet()
    return [(type, data) for _, type, data in arrivals(heard) if type.startswith("ticket.")]


def left(data: Any) -> tuple[int, int]:
    """Return how many tickets a listing has available, and how many on hold."""
    numbers = data["number_of_tickets_for_sale"]
    return numbers["quantity_available"], numbers["quantity_on_hold"]


@WAYS
def test_missed_sale_is_told_on_return(exchange: Exchange, heard: Receiver, leave: Way, come_back: Way) -> None:
    leave(exchange, heard)
    exchange.buy_at_portal(quantity=2)
    assert news(exchange, heard) == []

    come_back(exchange, heard)

    [(type, data)] = news(exchange, heard)
    assert (type, left(data)) == ("ticket.update", (8, 0))


@WAYS
def test_missed_change_is_told_once(exchange: Exchange, heard: Receiver, leave: Way, come_back: Way) -> None:
    for _ in range(2):
        leave(exchange, heard)
        if not news(exchange, heard):
            exchange.buy_at_portal(quantity=2)
        come_back(exchange, heard)

    assert [type for type, _ in news(exchange, heard)] == ["ticket.update"]


@WAYS
def test_nothing_missed_is_nothing_told(exchange: Exchange, heard: Receiver, leave: Way, come_back: Way) -> None:
    leave(exchange, heard)
    come_back(exchange, heard)

    assert news(exchange, heard) == []


@WAYS
def test_missed_deletion_is_told_on_return(exchange: Exchange, heard: Receiver, leave: Way, come_back: Way) -> None:
    listing = exchange.listing(who="b")["id"]
    leave(exchange, heard)
    exchange.acted("delete_listing", listing=listing.removeprefix("BL-"))
    come_back(exchange, heard)

    assert news(exchange, heard) == [("ticket.delete", {"listing_id": listing})]


@pytest.mark.parametrize(("leave", "come_back"), [(disconnect, connect), (lose_event, add_event)])
def test_missed_listing_is_added_on_return(exchange: Exchange, heard: Receiver, leave: Way, come_back: Way) -> None:
    leave(exchange, heard)
    exchange.acted("add_listing", **NEW)
    come_back(exchange, heard)

    [(type, data)] = news(exchange, heard)
    assert (type, data["id"], left(data)) == ("ticket.add", None, (4, 0))
    assert exchange.get("b", "/tickets/get", listing_id="B-NEW").json()["meta"]["total"] == 1


@WAYS
def test_missed_release_is_an_update(exchange: Exchange, heard: Receiver, leave: Way, come_back: Way) -> None:
    hold = exchange.hold(2)
    leave(exchange, heard)
    exchange.put("a", "/tickets/release", {"hold_id": hold})
    come_back(exchange, heard)

    hold_notice, (type, data) = news(exchange, heard)
    assert (hold_notice[0], type, left(data)) == ("ticket.hold", "ticket.update", (10, 0))


def free(exchange: Exchange, hold: str) -> None:
    """Release a hold."""
    assert exchange.put("a", "/tickets/release", {"hold_id": hold}).status_code == 200


def outlast(exchange: Exchange, hold: str) -> None:
    """Let a hold lapse."""
    exchange.advance(seconds=1800)


@pytest.mark.parametrize("end", [free, outlast])
@pytest.mark.parametrize(("leave", "come_back"), [(disconnect, connect), (lose_event, add_event)])
def test_release_of_missed_hold_is_an_update(
    exchange: Exchange, heard: Receiver, leave: Way, come_back: Way, end: Callable[[Exchange, str], None]
) -> None:
    leave(exchange, heard)
    hold = exchange.hold(2)
    come_back(exchange, heard)
    exchange.quiet()
    end(exchange, hold)

    assert [(type, left(data)) for type, data in news(exchange, heard)] == [
        ("ticket.update", (8, 2)),
        ("ticket.update", (10, 0)),
    ]


@pytest.mark.parametrize("end", [free, outlast])
def test_later_endpoint_is_told_no_release(
    exchange: Exchange, receiver: Receiver, end: Callable[[Exchange, str], None]
) -> None:
    hold = exchange.hold(2)
    for who in "bp":
        exchange.listen(receiver, who)
    end(exchange, hold)
    exchange.quiet()

    assert [(who, type, left(data)) for who, type, data in arrivals(receiver)] == [("b", "ticket.update", (10, 0))]


def test_part_of_told_hold_is_released(exchange: Exchange, heard: Receiver) -> None:
    hold = exchange.hold(5)
    for part in (2, 3):
        exchange.post("a", f"/tickets/release/{hold}/{part}")
        exchange.quiet()

    assert [
        (type, data.get("hold_quantity"), data.get("release_quantity")) for type, data in news(exchange, heard)
    ] == [
        ("ticket.hold", 5, None),
        ("ticket.release", None, 2),
        ("ticket.release", None, 3),
    ]


def test_muted_receiver_is_told_no_release(exchange: Exchange, receiver: Receiver) -> None:
    endpoint = exchange.listen(receiver, "b")
    exchange.client.control("PATCH", f"endpoints/{endpoint}", {"active": False})
    hold = exchange.hold(2)
    exchange.client.control("PATCH", f"endpoints/{endpoint}", {"active": True})
    free(exchange, hold)

    assert [type for type, _ in news(exchange, receiver)] == ["ticket.update"]


def test_change_before_publication_is_told(exchange: Exchange, heard: Receiver) -> None:
    answer, heard.answer = heard.answer, lambda hook: (500, b"")
    exchange.acted("add_listing", **NEW)
    exchange.quiet()
    exchange.buy_at_portal("Riser", "R", quantity=1)
    heard.answer = answer
    exchange.advance(seconds=60)

    *_, (type, data) = news(exchange, heard)
    assert (type, data["id"], left(data)) == ("ticket.update", "B-NEW", (3, 0))


def test_publication_without_change_tells_nothing(exchange: Exchange, heard: Receiver) -> None:
    exchange.acted("add_listing", **NEW)

    assert [type for type, _ in news(exchange, heard)] == ["ticket.add"]


def test_returned_account_is_told_first(exchange: Exchange, heard: Receiver) -> None:
    close(exchange, heard)
    exchange.buy_at_portal(quantity=2)
    open_again(exchange, heard)
    exchange.quiet()

    types = [row["type"] for row in exchange.deliveries()]
    assert types == ["broker.closed", "broker.open", "ticket.update"]
    assert arrivals_of(heard, "ticket.update")["b"]["id"].startswith("BL-")
