"""Ticketnation's ticket types: one a section of the shared stock; what changing them does at every vendor."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Client
from tests.vendors.ticketnation import NEW_TICKET, START, Desk, data, error_of, event_id, opened, ticket_id, wrong

FEST = f"/events/{event_id('fest')}"
VIP = f"/tickets/{ticket_id('fest', 'VIP')}"
GA = f"/tickets/{ticket_id('fest', 'GA')}"
ON_SALE = NEW_TICKET | {"published": True}


@pytest.fixture
def desk(client: Client) -> Desk:
    return opened(client)


def free(desk: Desk, section: str, event: str = "fest") -> int:
    """Return how many seats of a section the portal offers."""
    listed = desk.portal("GET", "/inventory", params={"eventId": event})["data"]
    return sum(listing["quantity"] for listing in listed if listing["section"] == section)


def test_section_is_a_ticket_type(desk: Desk) -> None:
    answer = desk.get(f"{FEST}/tickets")

    assert [(ticket["name"], ticket["price"], ticket["quantity"]) for ticket in data(answer)] == [
        ("VIP", 1500, 12),
        ("GA", 500.5, 100),
    ]
    assert answer.json()["meta"] == {"page": 1, "take": 10, "total": 2, "totalPages": 1}


def test_ticket_type_tells_all_of_it(desk: Desk) -> None:
    assert data(desk.get(GA)) == {
        "id": ticket_id("fest", "GA"), "eventId": event_id("fest"), "name": "GA", "description": None, "price": 500.5,
        "currency": "PHP", "quantity": 100, "sold": 0, "remaining": 100, "lowInventoryThreshold": 20, "published": True,
        "status": "PUBLISHED", "createdAt": "2026-01-30T08:00:00.000Z", "updatedAt": "2026-01-30T08:00:00.000Z",
    }  # fmt: skip


def test_other_vendors_sales_count(desk: Desk) -> None:
    desk.portal_sale("fest", "VIP", 2, row="B")

    vip = data(desk.get(VIP))

    assert (vip["sold"], vip["remaining"], vip["quantity"]) == (2, 10, 12)


def test_created_ticket_type_is_a_draft(desk: Desk) -> None:
    ticket = data(desk.post(f"{FEST}/tickets", NEW_TICKET | {"description": "Until May"}))

    assert (ticket["status"], ticket["published"], ticket["description"]) == ("DRAFT", False, "Until May")
    assert (ticket["remaining"], ticket["lowInventoryThreshold"], ticket["createdAt"]) == (50, 10, START)
    assert free(desk, "Early Bird") == 0


def test_published_ticket_type_is_everywhere(desk: Desk) -> None:
    data(desk.post(f"{FEST}/tickets", ON_SALE))

    assert free(desk, "Early Bird") == 50


def test_publishing_puts_it_on_sale(desk: Desk) -> None:
    ticket = data(desk.post(f"{FEST}/tickets", NEW_TICKET))

    after = data(desk.post(f"/tickets/{ticket['id']}/publish"))

    assert (after["status"], after["published"], free(desk, "Early Bird")) == ("PUBLISHED", True, 50)


def test_draft_event_offers_nothing_yet(desk: Desk) -> None:
    event = desk.draft()
    ticket = data(desk.post(f"/events/{event['id']}/tickets", NEW_TICKET))

    desk.post(f"/tickets/{ticket['id']}/publish")
    before = desk.act("buy", eventId=event["id"], ticketId=ticket["id"]).status_code
    desk.post(f"/events/{event['id']}/publish")

    assert (before, free(desk, "Early Bird", event["id"])) == (409, 50)


def test_publishing_twice_is_refused(desk: Desk) -> None:
    assert wrong(desk.post(f"{GA}/publish")) == ["status"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"), ({"price": -1}, "price"), ({"price": 1.234}, "price"), ({"price": "12"}, "price"),
        ({"price": 1_000_000.01}, "price"), ({"quantity": 0}, "quantity"), ({"quantity": 1.5}, "quantity"),
        ({"quantity": "5"}, "quantity"), ({"lowInventoryThreshold": -1}, "lowInventoryThreshold"), ({"price": True}, "price"),
        ({"price": 1e308}, "price"), ({"quantity": 10**30}, "quantity"),
    ],
)  # fmt: skip
def test_wrong_field_is_named(desk: Desk, change: dict[str, Any], field: str) -> None:
    assert wrong(desk.post(f"{FEST}/tickets", NEW_TICKET | change))[0] == field
    assert wrong(desk.patch(GA, change))[0] == field


def test_names_differ_within_an_event(desk: Desk) -> None:
    assert wrong(desk.post(f"{FEST}/tickets", NEW_TICKET | {"name": "GA"})) == ["name"]
    assert wrong(desk.patch(VIP, {"name": "GA"})) == ["name"]
    assert desk.patch(GA, {"name": "GA"}).status_code == 200


def test_renamed_type_keeps_its_seats(desk: Desk) -> None:
    desk.patch(GA, {"name": "Standing"})
    desk.portal_sale("fest", "GA", 5)

    ticket = data(desk.get(GA))

    assert (ticket["name"], ticket["sold"]) == ("Standing", 5)
    assert desk.buy("fiesta-ng-ilaw", "Standing", 2)["totalAmount"] == 1001


def test_new_price_is_everywhere(desk: Desk) -> None:
    desk.patch(VIP, {"price": 1750})

    listed = desk.portal("GET", "/inventory", params={"eventId": "fest"})["data"]

    assert {listing["price"] for listing in listed if listing["section"] == "VIP"} == {1750}


def test_price_changed_elsewhere_is_shown(desk: Desk) -> None:
    stock = "s2-GA-GA"
    desk.client.control("POST", "core/actions/change_price", {"stock": stock, "price": 650})

    assert data(desk.get(GA))["price"] == 650


@pytest.mark.parametrize(("quantity", "listings"), [(130, [100, 30]), (60, [60]), (100, [100])])
def test_new_quantity_is_everywhere(desk: Desk, quantity: int, listings: list[int]) -> None:
    ticket = data(desk.patch(GA, {"quantity": quantity}))

    listed = desk.portal("GET", "/inventory", params={"eventId": "fest"})["data"]

    assert (ticket["quantity"], ticket["remaining"]) == (quantity, quantity)
    assert [listing["quantity"] for listing in listed if listing["section"] == "GA"] == listings


def test_quantity_goes_down_and_up(desk: Desk) -> None:
    desk.patch(GA, {"quantity": 60})
    ticket = data(desk.patch(GA, {"quantity": 110}))

    assert (ticket["quantity"], ticket["remaining"], free(desk, "GA")) == (110, 110, 110)


def test_quantity_covers_what_is_sold(desk: Desk) -> None:
    desk.buy("fiesta-ng-ilaw", "GA", 8)

    answer = desk.patch(GA, {"quantity": 7})

    assert wrong(answer) == ["quantity"]
    assert "8" in answer.json()["error"]["message"]
    assert (data(desk.get(GA))["quantity"], free(desk, "GA")) == (100, 92)


def test_quantity_of_draft_is_free(desk: Desk) -> None:
    ticket = data(desk.post(f"{FEST}/tickets", NEW_TICKET))

    changed = data(desk.patch(f"/tickets/{ticket['id']}", {"quantity": 3, "price": 10.5}))

    assert (changed["quantity"], changed["remaining"], changed["price"]) == (3, 3, 10.5)


def test_marked_sold_out_sells_nowhere(desk: Desk) -> None:
    desk.buy("fiesta-ng-ilaw", "GA", 3)

    ticket = data(desk.post(f"{GA}/sold-out"))

    assert (ticket["status"], ticket["remaining"], ticket["sold"]) == ("SOLD_OUT", 0, 3)
    assert free(desk, "GA") == 0
    assert desk.act("buy", eventId="fiesta-ng-ilaw", ticketId="GA").status_code == 409


def test_publishing_takes_the_mark_off(desk: Desk) -> None:
    desk.post(f"{GA}/sold-out")

    ticket = data(desk.post(f"{GA}/publish"))

    assert (ticket["status"], ticket["remaining"], free(desk, "GA")) == ("PUBLISHED", 100, 100)


def test_refund_of_marked_type_stays_off(desk: Desk) -> None:
    order = desk.buy("fiesta-ng-ilaw", "GA", 3)
    desk.post(f"{GA}/sold-out")

    desk.refund(order)

    ticket = data(desk.get(GA))
    assert (ticket["status"], ticket["remaining"], free(desk, "GA")) == ("SOLD_OUT", 0, 0)


def test_cancellation_elsewhere_keeps_the_mark(desk: Desk) -> None:
    order = desk.portal_sale("duo", "Left", 1)
    for section in ("Left", "Right"):
        desk.post(f"/tickets/{ticket_id('duo', section)}/sold-out")
    desk.portal("PATCH", "/orders", json={"orderId": order["orderId"], "status": "cancelled"})
    desk.advance(seconds=0)

    assert (desk.event("duo")["status"], desk.ticket("duo", "Left")["remaining"]) == ("SOLD_OUT", 0)
    assert desk.portal_free("duo") == 0
    assert desk.notice_types().count("event.sold_out") == 1


def test_only_what_sells_is_marked(desk: Desk) -> None:
    ticket = data(desk.post(f"{FEST}/tickets", NEW_TICKET))

    assert wrong(desk.post(f"/tickets/{ticket['id']}/sold-out")) == ["status"]


def test_deleted_type_sells_nowhere(desk: Desk) -> None:
    answer = desk.delete(GA)

    assert data(answer) == {"id": ticket_id("fest", "GA"), "deleted": True}
    assert error_of(desk.get(GA)) == (404, "NOT_FOUND")
    assert free(desk, "GA") == 0


def test_sold_type_is_not_deleted(desk: Desk) -> None:
    desk.portal_sale("fest", "GA", 1)

    assert error_of(desk.delete(GA)) == (400, "VALIDATION_ERROR")
    assert data(desk.get(GA))["remaining"] == 99


def test_deleted_name_can_come_back(desk: Desk) -> None:
    desk.delete(GA)

    ticket = data(desk.post(f"{FEST}/tickets", ON_SALE | {"name": "GA"}))

    assert (ticket["name"], ticket["quantity"], ticket["remaining"]) == ("GA", 50, 50)
    assert free(desk, "GA 2") == 50


def test_archived_types_stay_as_they_are(desk: Desk) -> None:
    desk.post(f"{FEST}/archive")

    answers = [
        desk.patch(GA, {"name": "x"}),
        desk.delete(GA),
        desk.post(f"{GA}/publish"),
        desk.post(f"{FEST}/tickets", NEW_TICKET),
    ]

    assert {error_of(answer) for answer in answers} == {(400, "VALIDATION_ERROR")}


def test_stock_added_elsewhere_is_a_type(desk: Desk) -> None:
    added = {"event": "fest", "section": "Balcony", "row": "A", "seats": 6, "price": "320.00"}
    desk.client.control("POST", "core/actions/add_stock", added)

    balcony = desk.tickets({"id": event_id("fest")})[-1]

    assert (balcony["name"], balcony["quantity"], balcony["price"], balcony["status"]) == (
        "Balcony",
        6,
        320,
        "PUBLISHED",
    )


def test_rows_added_elsewhere_count(desk: Desk) -> None:
    added = {"event": "fest", "section": "VIP", "row": "D", "seats": 4, "price": "1000.00"}
    desk.client.control("POST", "core/actions/add_stock", added)

    vip = data(desk.get(VIP))

    assert (vip["quantity"], vip["remaining"], vip["price"]) == (16, 16, 1500)


def test_stock_added_off_sale_is_held(desk: Desk) -> None:
    desk.post(f"{FEST}/unpublish")
    added = {"event": "fest", "section": "GA", "row": "X", "seats": 6, "kind": "general", "price": "10.00"}
    desk.client.control("POST", "core/actions/add_stock", added)

    desk.advance(seconds=0)

    assert free(desk, "GA") == 0
    assert data(desk.get(GA))["remaining"] == 106
