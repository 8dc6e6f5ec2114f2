"""What Zatabox's organizer has: the organization and its wallets, tickets sold elsewhere, schedules, sections, kinds of products."""

from __future__ import annotations

from typing import Any

import pytest

from tests.vendors.zatabox import GUEST, Box, issues, refused

DIGITAL = {
    "title": "Presets",
    "category": "downloadable-files",
    "startDate": "2026-08-01T00:00:00Z",
    "endDate": None,
    "venueType": "online",
}
KEYNOTE = {"sessionTitle": "Keynote", "startTime": "2026-10-01T21:00:00Z", "endTime": "2026-10-01T22:00:00Z"}


def balances(box: Box) -> dict[str, str]:
    """Return the organization's balance by currency."""
    wallets = box.get("/organizer/organizations/org_main")["wallets"]
    return {wallet["currency"]: wallet["balance"] for wallet in wallets}


def test_sale_less_fee_is_balance(box: Box) -> None:
    organization = box.get("/organizer/organizations/org_main")

    box.buy("Balcony")
    box.order("Lawn", 1, "evt_free")

    assert (organization["id"], organization["createdAt"], organization["wallets"]) == (
        "org_main",
        "2026-06-10T14:02:11Z",
        [],
    )
    assert balances(box) == {"USD": "39.90"}


def test_unpaid_order_is_no_balance(box: Box) -> None:
    box.order("Balcony")

    assert balances(box) == {}


def test_refund_takes_its_share_back(box: Box) -> None:
    ticket = box.buy("Balcony", 2)[0]
    refund = box.post("/users/me/refunds", {"ticketId": ticket["id"]})["id"]

    box.acted("approve_refund", refundId=refund)
    before = balances(box)
    box.acted("process_refund", refundId=refund)

    assert (before, balances(box)) == ({"USD": "79.80"}, {"USD": "39.90"})


def test_unknown_organization(box: Box) -> None:
    assert refused(box.call("GET", "/organizer/organizations/org_x")) == (404, "NOT_FOUND")


def test_issued_tickets_were_sold_elsewhere(box: Box) -> None:
    box.buy("Balcony")
    line = {"ticketTypeId": box.type_of("Last Two")["id"], "quantity": 2}

    issued = box.post("/events/evt_night/issue", {"items": [line], "reference": "POS-7", **GUEST})

    assert (issued["order"]["status"], issued["order"]["reference"], len(issued["tickets"])) == (
        "completed",
        "POS-7",
        2,
    )
    assert issued["fee"] == {"amount": "0.60", "currency": "USD"}
    assert box.notice_types()[-4:] == ["order.completed", "ticket.created", "ticket.created", "ticket_type.sold_out"]
    assert (box.type_of("Last Two")["quantityAvailable"], balances(box)) == (0, {"USD": "39.30"})


def test_chosen_seats_are_issued(box: Box) -> None:
    issued = box.post("/events/evt_night/issue", {"venueSeatIds": ["s1-Balcony-B-2"], **GUEST})

    assert [ticket["seat"]["number"] for ticket in issued["tickets"]] == [2]


@pytest.mark.parametrize(
    ("event", "change", "expected"),
    [
        ("evt_other", {}, (409, "CONFLICT")),
        ("evt_none", {}, (404, "NOT_FOUND")),
        ("evt_night", {"guestEmail": None}, (400, "VALIDATION_ERROR")),
        ("evt_night", {"items": []}, (400, "VALIDATION_ERROR")),
    ],
)
def test_issue_that_cannot_be(box: Box, event: str, change: dict[str, Any], expected: tuple[int, str]) -> None:
    line = {"ticketTypeId": box.type_of("Last Two")["id"], "quantity": 2}

    answer = box.call("POST", f"/events/{event}/issue", {"items": [line], **GUEST, **change})

    assert (refused(answer), box.type_of("Last Two")["quantityAvailable"]) == (expected, 2)


def test_coins_can_be_paid_in(box: Box) -> None:
    coins = box.get("/payments/crypto/currencies")["currencies"]
    order = box.order()

    payment = box.post(f"/orders/{order['id']}/pay", {"provider": "nowpayments", "payCurrency": coins[2]})

    assert (coins[:3], payment["payCurrency"]) == (["btc", "eth", "usdttrc20"], "usdttrc20")
    assert issues(
        box.call("POST", f"/orders/{order['id']}/pay", {"provider": "nowpayments", "payCurrency": "gold"})
    ) == ["payCurrency"]


def test_schedule_is_in_running_order(box: Box) -> None:
    path = "/organizer/events/evt_night/schedule"
    box.post(path, KEYNOTE)
    doors = box.post(path, KEYNOTE | {"sessionTitle": "Doors", "startTime": "2026-10-01T20:00:00"})

    titles = [session["sessionTitle"] for session in box.get("/events/evt_night")["schedule"]]

    assert (titles, doors["startTime"]) == (["Doors", "Keynote"], "2026-10-01T19:00:00Z")
    assert box.get(path)["items"][0] == doors


PARTS = pytest.mark.parametrize(
    ("path", "body", "change"),
    [
        ("schedule", KEYNOTE, {"speaker": "Ann"}),
        ("sections", {"name": "Pit", "capacity": 90}, {"description": "Standing"}),
    ],
)


@PARTS
def test_part_is_changed_and_deleted(box: Box, path: str, body: dict[str, Any], change: dict[str, Any]) -> None:
    path = f"/organizer/events/evt_night/{path}"
    part = box.post(path, body)

    changed = box.put(f"{path}/{part['id']}", change)
    box.put(f"{path}/{part['id']}", change)
    box.delete(f"{path}/{part['id']}")

    assert (changed, box.get(path)["items"]) == (part | change, [])
    assert box.notice_types() == ["event.updated"] * 3


@PARTS
def test_part_is_of_its_event(box: Box, path: str, body: dict[str, Any], change: dict[str, Any]) -> None:
    part = box.post(f"/organizer/events/evt_night/{path}", body)

    answers = [
        box.call(method, f"/organizer/events/evt_other/{path}/{part['id']}", change) for method in ("PUT", "DELETE")
    ]

    assert [refused(answer) for answer in answers] == [(404, "NOT_FOUND")] * 2


def test_session_ends_after_its_start(box: Box) -> None:
    answer = box.call("POST", "/organizer/events/evt_night/schedule", KEYNOTE | {"endTime": "2026-10-01T20:00:00Z"})

    assert issues(answer) == ["endTime"]


def test_event_has_organizer_and_schedule(box: Box) -> None:
    details = [box.get(f"/events/{name}") for name in ("dockside-nights-4", "evt_night")]

    assert [(event["organizer"]["id"], event["schedule"]) for event in details] == [("org_main", [])] * 2


@pytest.mark.parametrize(
    ("category", "product", "query"),
    [
        ("downloadable-files", "digital", {"productType": "digital"}),
        ("online-course", "digital", {"course": "true"}),
        ("reservation", "reservation", {"productType": "reservation"}),
    ],
)
def test_category_makes_the_product(box: Box, category: str, product: str, query: dict[str, str]) -> None:
    event = box.post("/organizer/events", DIGITAL | {"category": category})
    box.publish(event["id"])

    lists = [box.get(path, **query)["items"] for path in ("/events", "/search")]

    assert (event["productType"], [[item["id"] for item in items] for items in lists]) == (product, [[event["id"]]] * 2)
    assert event["id"] not in [item["id"] for item in box.get("/events", productType="event")["items"]]


def test_download_is_no_course(box: Box) -> None:
    box.publish(box.draft(**DIGITAL))

    assert box.get("/events", course="true")["items"] == []


def test_open_event_never_completes(box: Box) -> None:
    event = box.post("/organizer/events", DIGITAL)
    box.publish(event["id"])

    box.advance(to="2035-01-01T00:00:00Z")

    after = box.get(f"/events/{event['id']}")
    assert (event["endDate"], after["endDate"], after["status"]) == (None, None, "published")


def test_end_can_be_opened_and_closed(box: Box) -> None:
    path = "/organizer/events/evt_night"

    opened = box.put(path, {"endDate": None})
    closed = box.put(path, {"endDate": "2026-08-23T03:00:00Z"})
    box.advance(to="2026-08-23T03:00:00Z")

    assert (opened["endDate"], closed["endDate"]) == (None, "2026-08-23T03:00:00Z")
    assert box.get("/events/evt_night")["status"] == "completed"


@pytest.mark.parametrize(
    ("body", "notices"),
    [({}, 0), ({"title": "Dockside Nights 4"}, 0), ({"startDate": "2026-08-22T20:00:00"}, 0), ({"title": "New"}, 1)],
)
def test_unchanged_event_tells_nothing(box: Box, body: dict[str, Any], notices: int) -> None:
    box.put("/organizer/events/evt_night", body)

    assert box.notice_types() == ["event.updated"] * notices


@pytest.mark.parametrize("sent", ["2027-02-05T20:00:00", "2027-02-05T20:00:00+09:00", "2027-02-05T11:00:00Z"])
def test_local_time_is_the_events(box: Box, sent: str) -> None:
    event = box.post("/organizer/events", {"title": "S", "startDate": sent, "timezone": "Asia/Tokyo"})
    sale = box.post(
        f"/organizer/events/{event['id']}/tickets", {"name": "A", "price": 1, "quantityTotal": 1, "saleStart": sent}
    )

    assert (event["startDate"], sale["saleStart"]) == ("2027-02-05T11:00:00Z",) * 2


def test_local_time_beyond_the_calendar(box: Box) -> None:
    body = {"title": "S", "startDate": "9999-12-31T23:59:59", "timezone": "America/New_York"}

    assert issues(box.call("POST", "/organizer/events", body)) == ["startDate"]


@pytest.mark.parametrize(
    ("price", "expected"),
    [(5_000_000, "5000000.00"), (12.5, "12.50"), (0.07, "0.07"), (12.345, None), (1e13, None), (1e308, None)],
)
def test_price_is_exact(box: Box, price: float, expected: str | None) -> None:
    body = {"name": "Table", "price": price, "currency": "NGN", "quantityTotal": 2}

    answer = box.call("POST", "/organizer/events/evt_night/tickets", body)

    assert answer.json()["data"]["price"] == expected if expected else issues(answer) == ["price"]


def test_percentage_is_at_most_all(box: Box) -> None:
    promo = box.post("/organizer/promo-codes", {"code": "FIXED", "type": "fixed", "value": 150})

    answers = [
        box.call("POST", "/organizer/promo-codes", {"code": "X1", "value": 101}),
        box.call("PUT", f"/organizer/promo-codes/{promo['id']}", {"type": "percent"}),
    ]

    assert [issues(answer) for answer in answers] == [["value"]] * 2


def test_empty_parameter_is_left_out(box: Box) -> None:
    assert box.get("/events", q="", city="", category="", cursor="", limit="") == box.get("/events")
    assert box.get("/users/me/tickets", cursor="")["items"] == []


def test_cursor_is_of_its_list(box: Box) -> None:
    box.buy("Floor", 3)
    cursor = box.get("/users/me/tickets", limit=1)["nextCursor"]

    answers = [box.call("GET", path, cursor=text) for path, text in (("/events", cursor), ("/users/me/tickets", "zzz"))]

    assert [issues(answer) for answer in answers] == [["cursor"]] * 2


def test_draft_named_twice_sells_once(box: Box) -> None:
    id = box.draft()
    types = [box.add_type(id, "GA", 9, 5) for _ in range(2)]
    box.publish(id)

    box.pay(box.post("/orders", {"items": [{"ticketTypeId": types[1], "quantity": 2}], **GUEST}))

    assert [item["quantityAvailable"] for item in box.get(f"/events/{id}/tickets")["items"]] == [5, 3]


def test_cancelled_event_takes_no_changes(box: Box) -> None:
    [ticket] = box.buy("Floor")
    times = {"startTime": "2026-08-22T20:00:00Z", "endTime": "2026-08-22T21:00:00Z"}
    session = box.post("/organizer/events/evt_night/schedule", {"sessionTitle": "Doors", **times})
    section = box.post("/organizer/events/evt_night/sections", {"name": "Deck", "capacity": 9})
    box.delete("/organizer/events/evt_night")
    before = len(box.notices())

    answers = [
        box.call("DELETE", f"/organizer/events/evt_night/schedule/{session['id']}"),
        box.call("DELETE", f"/organizer/events/evt_night/sections/{section['id']}"),
        box.call("PUT", "/organizer/event-customization/evt_night", {"layout": "wide"}),
        box.call("POST", "/community/events/evt_night/waitlist", {"email": "w@example.com"}),
        box.call(
            "POST", "/organizer/promo-codes", {"code": "LATE", "type": "percent", "value": 5, "eventId": "evt_night"}
        ),
    ]
    handed_on = box.act("transfer_ticket", ticketId=ticket["id"], toEmail="to@example.com", toName="To")

    assert [refused(answer) for answer in answers] == [(409, "CONFLICT")] * len(answers)
    assert (handed_on.status_code, len(box.notices())) == (409, before)


def test_draft_has_no_waitlist(box: Box) -> None:
    answer = box.call("POST", f"/community/events/{box.draft()}/waitlist", {"email": "w@example.com"})

    assert refused(answer) == (404, "NOT_FOUND")
