"""Ticketnation's orders: bought and refunded by actions, listed by calls; the notices they and other vendors' sales make."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.conftest import Client
from tests.receiver import Receiver, dawdling
from tests.vendors.ticketnation import NEW_TICKET, OTHER, START, Desk, data, error_of, event_id, opened, ticket_id

FEST, DUO = event_id("fest"), event_id("duo")
ORDER_DATA = ["orderId", "orderNumber", "eventId", "totalAmount", "currency", "quantity", "buyerName", "buyerEmail"]


@pytest.fixture
def desk(client: Client) -> Desk:
    return opened(client)


def lows(desk: Desk) -> list[dict[str, Any]]:
    """Return what ticket.inventory_low told, oldest first."""
    return [body for body in bodies(desk) if body["type"] == "ticket.inventory_low"]


def bodies(desk: Desk) -> list[dict[str, Any]]:
    """Return every notice's body, oldest first."""
    return [json.loads(notice["body"]) for notice in desk.notices()]


def test_purchase_is_an_order(desk: Desk) -> None:
    order = desk.buy(FEST, ticket_id("fest", "GA"), 3, buyerName="Niña Peña", buyerEmail="nina@example.com")

    assert data(desk.get(f"/orders/{order['orderId']}")) == order
    assert order | {"orderId": "", "orderNumber": ""} == {
        "orderId": "", "orderNumber": "", "eventId": FEST, "totalAmount": 1501.5, "currency": "PHP", "quantity": 3,
        "buyerName": "Niña Peña", "buyerEmail": "nina@example.com", "status": "COMPLETED",
        "items": [{"ticketId": ticket_id("fest", "GA"), "ticketName": "GA", "quantity": 3, "unitPrice": 500.5, "amount": 1501.5}],
        "createdAt": START, "updatedAt": START, "refundedAt": None,
    }  # fmt: skip


def test_order_number_has_the_day(desk: Desk) -> None:
    desk.advance(to="2026-03-01T23:59:59Z")
    numbers = [desk.buy("fiesta-ng-ilaw", "GA")["orderNumber"]]
    desk.advance(seconds=1)
    numbers.append(desk.buy("fiesta-ng-ilaw", "GA")["orderNumber"])

    assert [re.sub(r"[A-Z0-9]{6}\Z", "X", number) for number in numbers] == ["TN-20260301-X", "TN-20260302-X"]


def test_purchase_takes_several_types(desk: Desk) -> None:
    items = [{"ticketId": "VIP", "quantity": 2}, {"ticketId": "GA", "quantity": 4}]

    order = desk.act("buy", eventId=FEST, items=items).json()

    assert (order["totalAmount"], order["quantity"]) == (5002, 6)
    assert [item["amount"] for item in order["items"]] == [3000, 2002]
    assert (desk.ticket("fest", "VIP")["sold"], desk.ticket("fest", "GA")["sold"]) == (2, 4)


def test_purchase_sits_together_if_it_can(desk: Desk) -> None:
    desk.buy(FEST, "VIP", 2)
    order = desk.buy(FEST, "VIP", 4)

    listed = desk.portal("GET", "/inventory", params={"eventId": "fest", "sortBy": "row"})["data"]

    assert order["totalAmount"] == 6000
    assert {listing["row"]: listing["quantity"] for listing in listed if listing["section"] == "VIP"} == {
        "A": 2,
        "C": 4,
    }


def test_large_purchase_spans_rows(desk: Desk) -> None:
    assert desk.buy(FEST, "VIP", 11)["totalAmount"] == 16_500
    assert desk.ticket("fest", "VIP")["remaining"] == 1


def test_bought_seats_are_gone_elsewhere(desk: Desk) -> None:
    desk.buy(FEST, "GA", 40)

    assert desk.portal_free("fest") == 72


@pytest.mark.parametrize(
    ("event", "ticket", "quantity", "status", "code"),
    [
        (FEST, "VIP", 13, 409, "sold_out"), (FEST, "Balcony", 1, 404, "not_found"), ("no-such-show", "GA", 1, 404, "not_found"),
        (event_id("past"), "GA", 1, 409, "conflict"), (event_id("off"), "GA", 1, 409, "conflict"),
        (FEST, "GA", 0, 400, "invalid"), (FEST, "GA", 101, 400, "invalid"),
    ],
)  # fmt: skip
def test_impossible_purchase_is_refused(
    desk: Desk, event: str, ticket: str, quantity: int, status: int, code: str
) -> None:
    answer = desk.act("buy", eventId=event, ticketId=ticket, quantity=quantity)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert desk.notice_types() == []


def test_refused_purchase_takes_nothing(desk: Desk) -> None:
    items = [{"ticketId": "GA", "quantity": 4}, {"ticketId": "VIP", "quantity": 13}]

    assert desk.act("buy", eventId=FEST, items=items).status_code == 409
    assert desk.ticket("fest", "GA")["sold"] == 0


@pytest.mark.thorough
def test_fifty_buyers_get_twelve_seats(desk: Desk) -> None:
    def attempt(number: int) -> int:
        return Desk(Client(desk.client.base.rsplit("/w/", 1)[0], desk.client.world)).act(
            "buy", eventId=FEST, ticketId="VIP", quantity=1, buyerEmail=f"b{number}@example.com"
        ).status_code  # fmt: skip

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(attempt, range(50)))

    assert (statuses.count(200), statuses.count(409)) == (12, 38)
    assert (desk.ticket("fest", "VIP")["remaining"], desk.portal_free("fest")) == (0, 100)


def test_refund_puts_seats_back(desk: Desk) -> None:
    order = desk.buy(FEST, "VIP", 5)
    desk.advance(seconds=30)

    refunded = desk.refund(order)

    at = "2026-03-01T08:00:30.000Z"
    assert refunded == order | {"status": "REFUNDED", "updatedAt": at, "refundedAt": at}
    assert desk.ticket("fest", "VIP")["remaining"] == 12
    assert desk.portal_free("fest") == 112


def test_order_is_refunded_once(desk: Desk) -> None:
    order = desk.buy(FEST, "GA")
    desk.refund(order)

    answer = desk.act("refund", orderId=order["orderNumber"])

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "illegal_transition")


def test_orders_are_listed_newest_first(desk: Desk) -> None:
    first = desk.buy(FEST, "GA")
    desk.advance(seconds=1)
    second = desk.buy(DUO, "Left")

    answer = desk.get("/orders", take=2)

    assert [order["orderId"] for order in data(answer)] == [second["orderId"], first["orderId"]]
    assert answer.json()["meta"] == {"page": 1, "take": 2, "total": 4, "totalPages": 2}


@pytest.mark.parametrize(
    ("query", "buyers"),
    [
        ({"status": "REFUNDED"}, ["Ben Cruz"]), ({"status": "COMPLETED"}, ["Ana Peña"]), ({"eventId": event_id("past")}, ["Ana Peña"]),
        ({"eventId": "fiesta-ng-ilaw"}, ["Ben Cruz"]), ({"eventId": event_id("theirs")}, []), ({}, ["Ben Cruz", "Ana Peña"]),
    ],
)  # fmt: skip
def test_orders_are_filtered(desk: Desk, query: dict[str, str], buyers: list[str]) -> None:
    assert [order["buyerName"] for order in data(desk.get("/orders", **query))] == buyers


def test_fixture_orders_are_placed(desk: Desk) -> None:
    refunded = data(desk.get("/orders", status="REFUNDED"))[0]

    assert (refunded["createdAt"], refunded["totalAmount"]) == ("2026-02-25T08:00:00.000Z", 3000)
    assert desk.ticket("past", "GA")["sold"] == 2
    assert desk.ticket("fest", "VIP")["sold"] == 0
    assert desk.notice_types() == []


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "PUT"])
def test_orders_are_read_only(desk: Desk, method: str) -> None:
    answer = desk.client.call(method, "/ticketnation/open-api/v1/orders", json={})

    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "VALIDATION_ERROR"


def test_unknown_order_is_not_found(desk: Desk) -> None:
    assert error_of(desk.get("/orders/TN-20250101-ABCDEF")) == (404, "NOT_FOUND")


@pytest.mark.parametrize("type", ["order.completed", "order.refunded"])
def test_order_notice_tells_the_order(desk: Desk, type: str) -> None:
    order = desk.buy(FEST, "GA", 2)
    if type == "order.refunded":
        order = desk.refund(order)

    body = bodies(desk)[-1]

    assert list(body) == ["type", "data", "timestamp"]
    assert list(body["data"]) == ORDER_DATA
    assert (body["type"], body["data"], body["timestamp"]) == (type, {name: order[name] for name in ORDER_DATA}, START)


def test_low_inventory_is_told_below(desk: Desk) -> None:
    desk.buy(FEST, "GA", 80)
    at_threshold = lows(desk)
    desk.buy(FEST, "GA", 1)

    assert at_threshold == []
    assert [low["data"] for low in lows(desk)] == [
        {"ticketId": ticket_id("fest", "GA"), "ticketName": "GA", "eventId": FEST, "remaining": 19, "threshold": 20}
    ]
    assert list(lows(desk)[0]["data"]) == ["ticketId", "ticketName", "eventId", "remaining", "threshold"]


def test_low_inventory_is_told_once(desk: Desk) -> None:
    for quantity in (81, 5, 10):
        desk.buy(FEST, "GA", quantity)

    assert len(lows(desk)) == 1


def test_low_inventory_is_told_anew(desk: Desk) -> None:
    desk.buy(FEST, "GA", 80)
    order = desk.buy(FEST, "GA", 1)
    desk.refund(order)
    desk.buy(FEST, "GA", 2)

    assert [low["data"]["remaining"] for low in lows(desk)] == [19, 18]


def test_portal_sale_makes_inventory_low(desk: Desk) -> None:
    desk.buy(FEST, "GA", 75)

    desk.portal_sale("fest", "GA", 6)
    order = desk.portal_sale("fest", "GA", 2)
    desk.portal("PATCH", "/orders", json={"orderId": order["orderId"], "status": "cancelled"})

    assert [low["data"]["remaining"] for low in lows(desk)] == [19]


def test_portal_cancellation_ends_it(desk: Desk) -> None:
    desk.buy(FEST, "GA", 80)
    order = desk.portal_sale("fest", "GA", 3)
    desk.portal("PATCH", "/orders", json={"orderId": order["orderId"], "status": "cancelled"})
    desk.portal_sale("fest", "GA", 4)

    assert [low["data"]["remaining"] for low in lows(desk)] == [17, 16]


def test_low_tells_what_is_left_in_the_end(desk: Desk) -> None:
    desk.buy(FEST, "VIP", 11)

    assert desk.notice_types() == ["order.completed", "ticket.inventory_low"]
    assert [low["data"]["remaining"] for low in lows(desk)] == [1]


@pytest.mark.thorough
def test_last_sales_arrive_in_order(desk: Desk, receiver: Receiver) -> None:
    receiver.answer = dawdling(1)
    desk.listen(receiver)
    shows = [desk.draft({"name": "A", "price": 10, "quantity": 12, "published": True}) for _ in range(6)]

    for show in shows:
        desk.post(f"/events/{show['id']}/publish")
        desk.buy(show["id"], "A", 12)

    came = [hook.json for hook in receiver.wait(18)]
    assert len(came) == 3 * len(shows)
    for show in shows:
        types = [payload["type"] for payload in came if payload["data"]["eventId"] == show["id"]]
        assert types == ["order.completed", "ticket.inventory_low", "event.sold_out"]


@pytest.mark.thorough
def test_refunds_arrive_after_their_sales(desk: Desk, receiver: Receiver) -> None:
    receiver.answer = dawdling(2)
    desk.listen(receiver, events=["order.completed", "order.refunded"])

    orders = [desk.refund(desk.buy(FEST, "GA"))["orderId"] for _ in range(20)]

    came = [hook.json for hook in receiver.wait(40)]
    assert len(came) == 2 * len(orders)
    for order in orders:
        types = [payload["type"] for payload in came if payload["data"]["orderId"] == order]
        assert types == ["order.completed", "order.refunded"]


def test_threshold_can_be_changed(desk: Desk) -> None:
    desk.patch(f"/tickets/{ticket_id('fest', 'GA')}", {"lowInventoryThreshold": 99})
    desk.buy(FEST, "GA", 2)

    assert [low["data"]["threshold"] for low in lows(desk)] == [99]


def test_raised_threshold_tells_nothing(desk: Desk) -> None:
    desk.patch(f"/tickets/{ticket_id('fest', 'GA')}", {"lowInventoryThreshold": 500})
    desk.buy(FEST, "GA", 2)

    assert lows(desk) == []


def test_small_type_begins_silent(desk: Desk) -> None:
    event = desk.draft(NEW_TICKET | {"quantity": 5, "published": True})
    desk.post(f"/events/{event['id']}/publish")

    desk.buy(event["id"], "Early Bird")

    assert lows(desk) == []


def test_unpublishing_tells_nothing(desk: Desk) -> None:
    desk.post(f"/events/{FEST}/unpublish")
    desk.post(f"/events/{FEST}/publish")

    assert desk.notice_types() == []


def test_sold_out_is_told_once(desk: Desk) -> None:
    desk.buy(DUO, "Left", 2)
    before = desk.notice_types()

    desk.buy(DUO, "Right", 2)

    assert before == ["order.completed"]
    assert desk.notice_types() == ["order.completed", "order.completed", "event.sold_out"]
    assert bodies(desk)[-1] == {
        "type": "event.sold_out",
        "data": {"eventId": DUO, "eventName": "Duo Night"},
        "timestamp": START,
    }
    assert (desk.event("duo")["status"], desk.ticket("duo", "Left")["status"]) == ("SOLD_OUT", "SOLD_OUT")


def test_portal_sale_sells_out_too(desk: Desk) -> None:
    desk.buy(DUO, "Left", 2)

    desk.portal_sale("duo", "Right", 2)

    assert desk.notice_types().count("event.sold_out") == 1
    assert desk.act("buy", eventId=DUO, ticketId="Right").json()["error"]["code"] == "sold_out"


def test_refund_puts_event_back_on_sale(desk: Desk) -> None:
    desk.buy(DUO, "Left", 2)
    order = desk.buy(DUO, "Right", 2)

    desk.refund(order)
    status = desk.event("duo")["status"]
    desk.buy(DUO, "Right", 2)

    assert status == "PUBLISHED"
    assert desk.notice_types().count("event.sold_out") == 2


def test_draft_types_delay_no_sold_out(desk: Desk) -> None:
    desk.post(f"/events/{DUO}/tickets", NEW_TICKET)
    desk.buy(DUO, "Left", 2)
    desk.buy(DUO, "Right", 2)

    assert desk.notice_types()[-1] == "event.sold_out"


def test_more_tickets_end_sold_out(desk: Desk) -> None:
    desk.buy(DUO, "Left", 2)
    desk.buy(DUO, "Right", 2)

    desk.post(f"/events/{DUO}/tickets", NEW_TICKET | {"published": True})

    assert desk.event("duo")["status"] == "PUBLISHED"


def test_marking_the_last_type_sells_out(desk: Desk) -> None:
    desk.buy(DUO, "Left", 2)

    desk.post(f"/tickets/{ticket_id('duo', 'Right')}/sold-out")

    assert desk.notice_types()[-1] == "event.sold_out"


def test_republished_sold_out_is_not_told(desk: Desk) -> None:
    desk.buy(DUO, "Left", 2)
    desk.buy(DUO, "Right", 2)
    for verb in ("unpublish", "publish"):
        desk.post(f"/events/{DUO}/{verb}")

    assert desk.event("duo")["status"] == "SOLD_OUT"
    assert desk.notice_types().count("event.sold_out") == 1


def test_buyers_see_every_organization(desk: Desk) -> None:
    order = desk.buy("somebody-else-s-show", "GA")

    assert data(desk.act_as(OTHER).get("/orders"))[0]["orderId"] == order["orderId"]


def test_event_is_bought_by_its_name(desk: Desk) -> None:
    order = desk.buy("fiesta ng ilaw ✨", "GA")

    assert order["eventId"] == event_id("fest")


def test_name_of_two_events_is_refused(desk: Desk) -> None:
    answer = desk.act("buy", eventId="Duo Night", ticketId="Left", quantity=1)

    assert answer.status_code == 409
    assert event_id("duo") in answer.text
    assert event_id("duo-2") in answer.text
