"""Zatabox's orders: seats are held while one is pending, and sold, failed, cancelled or lapsed after that; promo codes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.conftest import Client
from tests.vendors.zatabox import BASE, BUYER, GUEST, Box, issues, refused

PORTAL = {"X-API-Key": "portal_test_full_00000000"}


def left(box: Box, section: str) -> tuple[int, int, int]:
    """Return how many of a section are available, held, sold."""
    ticket_type = box.type_of(section)
    return ticket_type["quantityAvailable"], ticket_type["quantityHeld"], ticket_type["quantitySold"]


def buy_at_portal(box: Box, section: str, quantity: int) -> int:
    """Try to buy of the same seats through another vendor; returns the status."""
    body = {"eventId": "night", "section": section, "row": "A", "quantity": quantity,
             "customer": {"email": "a@example.com", "phone": {"number": "5551234567", "countryCode": "+1"}}}  # fmt: skip
    return box.client.call("POST", "/api/v1/orders", json=body, headers=PORTAL).status_code


def test_pending_order_holds_its_seats(box: Box) -> None:
    order = box.order("Balcony", 3)

    assert (order["status"], order["total"], order["tickets"]) == ("pending", "126.00", [])
    assert order["expiresAt"] == "2026-06-10T14:17:11Z"
    assert left(box, "Balcony") == (5, 3, 0)


def test_unknown_member_of_an_item_is_left_alone(box: Box) -> None:
    item = {"ticketTypeId": box.type_of("Balcony")["id"], "quantity": 1, "colour": "blue"}

    box.post("/orders", {"items": [item, item], **GUEST})

    assert box.client.control("GET", "requests")["requests"][-1]["unread"] == ["items.colour"]


def test_paid_order_sells_its_seats(box: Box) -> None:
    paid = box.pay(box.order("Balcony", 3))

    assert (paid["orderStatus"], paid["status"], len(paid["tickets"])) == ("completed", "succeeded", 3)
    assert left(box, "Balcony") == (5, 0, 3)
    assert [ticket["seat"]["number"] for ticket in paid["tickets"]] == [1, 2, 3]


def test_order_spreads_over_rows(box: Box) -> None:
    tickets = box.buy("Balcony", 6)

    assert [(ticket["seat"]["row"], ticket["seat"]["number"]) for ticket in tickets] == [
        ("A", 1),
        ("A", 2),
        ("A", 3),
        ("A", 4),
        ("B", 1),
        ("B", 2),
    ]


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (lambda box, id: box.post(f"/orders/{id}/cancel"), "cancelled"),
        (lambda box, id: box.acted("fail_payment", orderId=id), "failed"),
        (lambda box, id: box.advance(seconds=900), "cancelled"),
    ],
)
def test_unpaid_order_frees_its_seats(box: Box, end: Any, status: str) -> None:
    order = box.order("Balcony", 3)

    end(box, order["id"])

    assert box.get(f"/orders/{order['id']}")["status"] == status
    assert left(box, "Balcony") == (8, 0, 0)


def test_lapsed_order_says_so(box: Box) -> None:
    order = box.order()

    walk = box.advance(until="quiet")

    assert [(timer["timer"], timer["at"]) for timer in walk["timers"]] == [("order_lapses", "2026-06-10T14:17:11.000Z")]
    assert box.get(f"/orders/{order['id']}")["cancelReason"] == "expired"
    assert refused(box.call("POST", f"/orders/{order['id']}/pay", {"provider": "paystack"})) == (409, "CONFLICT")


def test_completed_order_never_lapses(box: Box) -> None:
    order = box.order()
    box.pay(order)

    box.advance(seconds=86_400)

    assert box.get(f"/orders/{order['id']}")["status"] == "completed"


@pytest.mark.parametrize("how", ["completed", "cancelled", "failed"])
def test_ended_order_moves_no_more(box: Box, how: str) -> None:
    order = box.order()
    ends: dict[str, Callable[[], Any]] = {
        "completed": lambda: box.pay(order),
        "cancelled": lambda: box.post(f"/orders/{order['id']}/cancel"),
        "failed": lambda: box.acted("fail_payment", orderId=order["id"]),
    }
    ends[how]()

    answers = [
        box.call("POST", f"/orders/{order['id']}/cancel"),
        box.call("POST", f"/orders/{order['id']}/pay", {"provider": "paystack"}),
    ]

    assert [refused(answer) for answer in answers] == [(409, "CONFLICT")] * 2
    assert [box.act(name, orderId=order["id"]).status_code for name in ("settle_payment", "fail_payment")] == [409, 409]


def test_payment_leads_to_checkout(box: Box) -> None:
    order = box.order()

    payment = box.post(f"/orders/{order['id']}/pay", {"provider": "nowpayments", "payCurrency": "btc"})

    assert (payment["status"], payment["amount"], payment["payCurrency"]) == ("pending", "43.00", "btc")
    assert payment["checkoutUrl"].startswith(f"{box.client.base}{BASE}/checkout/pay_")


def test_verify_may_be_repeated(box: Box) -> None:
    order = box.order()

    first = box.pay(order)
    second = box.post("/payments/verify", {"orderId": order["id"]})

    assert second == first
    assert box.notice_types().count("order.completed") == 1


def test_verify_before_payment_waits(box: Box) -> None:
    order = box.order()

    verification = box.post("/payments/verify", {"orderId": order["id"]})

    assert (verification["status"], verification["orderStatus"], verification["attempts"]) == ("none", "pending", [])


@pytest.mark.parametrize(
    ("outcome", "status", "order_status"),
    [("succeed", "succeeded", "completed"), ("fail", "failed", "failed"), ("wait", "pending", "pending")],
)
def test_setting_decides_the_outcome(box: Box, outcome: str, status: str, order_status: str) -> None:
    box.set(payment_outcome=outcome)

    payment = box.pay(box.order())

    assert (payment["status"], payment["orderStatus"], payment["attempts"][0]["status"]) == (
        status,
        order_status,
        status,
    )


def test_payment_settles_by_itself(box: Box) -> None:
    box.set(settle_after_s=30)
    order = box.order()
    box.post(f"/orders/{order['id']}/pay", {"provider": "flutterwave"})

    box.advance(seconds=29)
    before = box.get(f"/payments/{order['id']}")["status"]
    box.advance(seconds=1)

    assert (before, box.get(f"/payments/{order['id']}")["status"]) == ("pending", "succeeded")


def test_earlier_payment_is_superseded(box: Box) -> None:
    order = box.order()
    box.post(f"/orders/{order['id']}/pay", {"provider": "paystack"})

    payment = box.pay(order)

    assert [(attempt["status"], attempt["failureReason"]) for attempt in payment["attempts"]] == [
        ("failed", "superseded"),
        ("succeeded", None),
    ]


def test_guest_token_opens_its_order(box: Box) -> None:
    order, guest = box.order(), Box(box.client, None)

    read = guest.get(f"/orders/{order['id']}", token=order["accessToken"])

    assert (read["id"], "accessToken" in read) == (order["id"], False)


@pytest.mark.parametrize("token", ["wrong", ""])
def test_wrong_token_opens_nothing(box: Box, token: str) -> None:
    order, guest = box.order(), Box(box.client, None)

    answer = guest.call("GET", f"/orders/{order['id']}", token=token)

    assert answer.status_code == 401


def test_guest_token_opens_no_other_order(box: Box) -> None:
    own_order, other_order = box.order(), box.order()

    answer = Box(box.client, None).call("GET", f"/orders/{other_order['id']}", token=own_order["accessToken"])

    assert refused(answer) == (401, "INVALID_TOKEN")


def test_guest_pays_and_cancels(box: Box) -> None:
    order, guest = box.order(), Box(box.client, None)

    paid = guest.call("POST", f"/orders/{order['id']}/pay", {"provider": "paystack"}, token=order["accessToken"])
    cancelled = guest.call("POST", f"/orders/{order['id']}/cancel", token=order["accessToken"])

    assert (paid.status_code, cancelled.json()["data"]["status"]) == (201, "cancelled")


def test_token_is_stored_hashed(box: Box) -> None:
    order = box.order()

    assert order["accessToken"] not in str(box.client.control("GET", "records/zatabox/order"))


def test_buyers_key_needs_no_guest(box: Box) -> None:
    line = {"ticketTypeId": box.type_of("Floor")["id"], "quantity": 1}

    order = Box(box.client, BUYER).post("/orders", {"items": [line]})

    assert order["buyer"] == {"name": "Alex Buyer", "email": "buyer@example.com"}


def test_guest_is_needed_otherwise(box: Box) -> None:
    line = {"ticketTypeId": box.type_of("Floor")["id"], "quantity": 1}

    assert issues(box.call("POST", "/orders", {"items": [line]})) == ["guestEmail"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"items": []}, "items"), ({"items": [{"ticketTypeId": "x", "quantity": 0}]}, "items.0.quantity"),
        ({"items": [{"ticketTypeId": "x", "quantity": 21}]}, "items.0.quantity"), ({"items": [{"quantity": 1}]}, "items.0.ticketTypeId"),
        ({"guestEmail": "nobody"}, "guestEmail"), ({"promoCode": "NONE"}, "promoCode"),
    ],
)  # fmt: skip
def test_bad_order_names_its_field(box: Box, change: dict[str, Any], field: str) -> None:
    body = {"items": [{"ticketTypeId": box.type_of("Floor")["id"], "quantity": 1}], **GUEST} | change

    assert issues(box.call("POST", "/orders", body)) == [field]


def test_order_is_of_one_event(box: Box) -> None:
    lines = [{"ticketTypeId": box.type_of(*of)["id"], "quantity": 1} for of in (("Floor",), ("Stalls", "evt_other"))]

    assert issues(box.call("POST", "/orders", {"items": lines, **GUEST})) == ["items"]


@pytest.mark.parametrize("event", ["evt_past", "evt_off"])
def test_event_that_is_over_sells_nothing(box: Box, event: str) -> None:
    body = {"items": [{"ticketTypeId": box.type_of("Room", event)["id"], "quantity": 1}], **GUEST}

    assert refused(box.call("POST", "/orders", body)) == (409, "CONFLICT")


def test_sold_out_names_what_is_left(box: Box) -> None:
    kind = box.type_of("Last Two")["id"]

    answer = box.call("POST", "/orders", {"items": [{"ticketTypeId": kind, "quantity": 3}], **GUEST})

    assert refused(answer) == (409, "TICKET_SOLD_OUT")
    assert answer.json()["error"]["details"] == {"ticketTypeId": kind, "available": 2}


def test_refused_order_holds_nothing(box: Box) -> None:
    lines = [
        {"ticketTypeId": box.type_of("Floor")["id"], "quantity": 2},
        {"ticketTypeId": box.type_of("Last Two")["id"], "quantity": 3},
    ]

    box.call("POST", "/orders", {"items": lines, **GUEST})

    assert (left(box, "Floor"), box.notice_types()) == ((50, 0, 0), [])


def test_pending_order_bars_other_vendors(box: Box) -> None:
    order = box.order("Last Two", 1)

    held = buy_at_portal(box, "Last Two", 2)
    box.post(f"/orders/{order['id']}/cancel")
    freed = buy_at_portal(box, "Last Two", 2)

    assert (held, freed) == (409, 201)


def test_one_buyer_gets_the_last(box: Box) -> None:
    kind = box.type_of("Last Two")["id"]
    body = {"items": [{"ticketTypeId": kind, "quantity": 2}], **GUEST}
    statuses: list[int] = []
    rivals = [
        threading.Thread(target=lambda: statuses.append(buy_at_portal(Box(fresh(box)), "Last Two", 2)))
        for _ in range(4)
    ]
    rivals += [
        threading.Thread(target=lambda: statuses.append(Box(fresh(box)).call("POST", "/orders", body).status_code))
        for _ in range(4)
    ]

    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join()

    assert sorted(statuses) == [201] + [409] * 7


def fresh(box: Box) -> Client:
    """Return a client of the same world with a connection of its own."""
    return Client(box.client.base.partition("/w/")[0], box.client.world)


def test_price_change_shows(box: Box) -> None:
    box.client.control("POST", "core/actions/change_price", {"stock": "s2-Floor-GA", "price": 99.5})

    assert (box.type_of("Floor")["price"], box.order("Floor", 1)["total"]) == ("99.50", "99.50")


@pytest.mark.parametrize(("code", "total"), [("EARLY10", "75.60"), ("early10", "75.60"), ("FIVEOFF", "79.00")])
def test_promo_code_takes_off(box: Box, code: str, total: str) -> None:
    order = box.order("Balcony", 2, promoCode=code)

    assert (order["subtotal"], order["total"], order["promoCode"]) == ("84.00", total, code.upper())


def test_discount_is_in_the_refund(box: Box) -> None:
    tickets = box.pay(box.order("Last Two", 2, promoCode="FIVEOFF"))["tickets"]

    assert [ticket["price"] for ticket in tickets] == ["7.50", "7.50"]


def test_code_is_used_up(box: Box) -> None:
    first = box.order("Floor", 1, promoCode="FIVEOFF")
    body = {"items": [{"ticketTypeId": box.type_of("Floor")["id"], "quantity": 1}], "promoCode": "FIVEOFF", **GUEST}

    second = box.call("POST", "/orders", body)
    box.post(f"/orders/{first['id']}/cancel")
    third = box.call("POST", "/orders", body)

    assert (issues(second), third.status_code) == (["promoCode"], 201)


def test_trying_a_code_uses_nothing(box: Box) -> None:
    cart = {"items": [{"ticketTypeId": box.type_of("Floor")["id"], "quantity": 2}]}

    tried = box.post("/tickets/promo/validate", {"code": "fiveoff"} | cart)
    unknown = box.post("/tickets/promo/validate", {"code": "none"} | cart)

    assert tried == {
        "valid": True,
        "code": "FIVEOFF",
        "reason": None,
        "subtotal": "43.00",
        "discount": "5.00",
        "total": "38.00",
    }
    assert (unknown["valid"], unknown["reason"], unknown["discount"]) == (False, "unknown", "0.00")
    assert [item["uses"] for item in box.get("/organizer/promo-codes")["items"]] == [0, 0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"active": False}, "inactive"), ({"eventId": "evt_other"}, "other_event"), ({"startsAt": "2027-01-01T00:00:00Z"}, "not_started"),
     ({"endsAt": "2026-01-01T00:00:00Z"}, "ended")],
)  # fmt: skip
def test_code_says_why_not(box: Box, change: dict[str, Any], reason: str) -> None:
    box.post("/organizer/promo-codes", {"code": "WHY", "value": 10} | change)

    tried = box.post(
        "/tickets/promo/validate",
        {"code": "WHY", "items": [{"ticketTypeId": box.type_of("Floor")["id"], "quantity": 1}]},
    )

    assert (tried["valid"], tried["reason"]) == (False, reason)


def test_promo_codes_are_kept(box: Box) -> None:
    promo_code = box.post("/organizer/promo-codes", {"code": "spring", "value": 12.5, "eventId": "evt_night"})

    changed = box.put(f"/organizer/promo-codes/{promo_code['id']}", {"value": 20, "maxUses": 3})
    listed = box.get("/organizer/promo-codes", eventId="evt_night")["items"]
    box.delete(f"/organizer/promo-codes/{promo_code['id']}")

    assert (promo_code["code"], changed["value"], changed["maxUses"]) == ("SPRING", "20.00", 3)
    assert [code["code"] for code in listed] == ["FIVEOFF", "SPRING"]
    assert [item["code"] for item in box.get("/organizer/promo-codes")["items"]] == ["EARLY10", "FIVEOFF"]


def test_promo_code_is_there_once(box: Box) -> None:
    assert refused(box.call("POST", "/organizer/promo-codes", {"code": "early10", "value": 5})) == (409, "CONFLICT")


def test_action_buys_in_one_go(box: Box) -> None:
    order = box.acted("buy", ticketTypeId=box.type_of("Floor")["id"], quantity=2)

    assert (order["status"], order["total"]) == ("completed", "43.00")
    assert box.notice_types() == ["order.created", "order.completed", "ticket.created", "ticket.created"]


@pytest.mark.parametrize("place", ["body", "query"])
def test_token_opens_the_whole_payment(box: Box, place: str) -> None:
    order, guest = box.order(), Box(box.client, None)
    body = {"token": order["accessToken"]} if place == "body" else {}
    query = f"?token={order['accessToken']}" if place == "query" else ""

    guest.post(f"/orders/{order['id']}/pay{query}", {"provider": "paystack", **body})
    paid = guest.post(f"/payments/verify{query}", {"orderId": order["id"], **body})

    assert (paid["status"], guest.get(f"/payments/{order['id']}", token=order["accessToken"])["status"]) == (
        "succeeded",
    ) * 2


def test_wrong_token_verifies_nothing(box: Box) -> None:
    order = box.order()

    answer = Box(box.client, None).call("POST", "/payments/verify", {"orderId": order["id"], "token": "nonsense"})

    assert (refused(answer), box.get(f"/orders/{order['id']}")["status"]) == ((401, "INVALID_TOKEN"), "pending")


@pytest.mark.parametrize(
    ("outcome", "status", "notice"),
    [
        ("pay", "completed", "order.completed"),
        ("fail", "failed", "order.failed"),
        ("cancel", "cancelled", "order.cancelled"),
    ],
)
def test_checkout_page_settles_the_order(box: Box, outcome: str, status: str, notice: str) -> None:
    order = box.order(guestName="<b>Vi</b>")
    url = box.post(f"/orders/{order['id']}/pay", {"provider": "paystack"})["checkoutUrl"]
    page = requests.get(url, timeout=10)

    after = requests.post(url, data={"outcome": outcome}, timeout=10)
    again = requests.post(url, data={"outcome": "pay"}, timeout=10)

    assert (page.status_code, page.headers["Content-Type"].partition(";")[0]) == (200, "text/html")
    assert ("Pay</button>" in page.text, "Pay</button>" in after.text, again.text == after.text) == (True, False, True)
    assert (box.get(f"/orders/{order['id']}")["status"], box.notice_types().count(notice)) == (status, 1)


def test_checkout_without_outcome_is_refused(box: Box) -> None:
    url = box.post(f"/orders/{box.order()['id']}/pay", {"provider": "paystack"})["checkoutUrl"]

    assert (requests.post(url, timeout=10).status_code, requests.get(f"{url}x", timeout=10).status_code) == (400, 404)
