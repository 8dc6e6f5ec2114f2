"""Zatabox's events: what the public sees, what an organizer does, seats that are held."""

from __future__ import annotations

from typing import Any

import pytest

from mockmarket import stock
from tests.vendors.zatabox import GUEST, NEW_EVENT, Box, issues, refused

SEATS = "/public/events/evt_night/seats"
HOLD = f"{SEATS}/hold"


def pages(box: Box, path: str, **query: Any) -> list[str]:
    """Return the ids of a whole list, page by page."""
    seen: list[str] = []
    cursor = None
    while True:
        page = box.get(path, **query, **({"cursor": cursor} if cursor else {}))
        seen += [item["id"] for item in page["items"]]
        cursor = page["pagination"]["cursor"]
        assert page["pagination"]["has_more"] == (cursor is not None)
        if cursor is None:
            return seen


def on_portal(box: Box) -> list[str]:
    """Return the ids of the events that another vendor shows."""
    answer = box.client.call("GET", "/api/v1/events", headers={"X-API-Key": "portal_test_full_00000000"})
    return [event["eventId"] for event in answer.json()["data"]]


def test_list_has_published_events(box: Box) -> None:
    assert pages(box, "/events") == ["evt_soon", "evt_free", "evt_night", "evt_other"]


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_pages_have_everything_once(box: Box, limit: int) -> None:
    assert pages(box, "/events", limit=limit) == pages(box, "/events")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "DOCKSIDE"}, ["evt_night"]), ({"q": "señorita"}, ["evt_other"]),
        ({"q": "dock"}, ["evt_soon", "evt_free", "evt_night", "evt_other"]),
        ({"category": "theatre"}, ["evt_other"]), ({"city": "lagos", "category": "music"}, ["evt_night"]), ({"city": "Manila"}, []),
        ({"productType": "digital"}, []), ({"course": "true"}, []), ({"productType": "event", "q": "soon"}, ["evt_soon"]),
    ],
)  # fmt: skip
def test_list_is_filtered(box: Box, query: dict[str, Any], expected: list[str]) -> None:
    assert pages(box, "/events", **query) == expected


def test_search_counts_its_facets(box: Box) -> None:
    results = box.get("/search", date_from="2026-08-01T00:00:00Z", date_to="2026-12-31T00:00:00Z")

    assert [item["id"] for item in results["items"]] == ["evt_night", "evt_other"]
    assert results["facets"]["category"] == [{"value": "music", "count": 1}, {"value": "theatre", "count": 1}]
    assert results["facets"]["city"] == [{"value": "Lagos", "count": 2}]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"cursor": "nonsense"}])
def test_bad_page_names_its_field(box: Box, query: dict[str, Any]) -> None:
    assert issues(box.call("GET", "/events", **query)) == list(query)


@pytest.mark.parametrize("name", ["dockside-nights-4", "evt_night"])
def test_event_is_found_by_slug(box: Box, name: str) -> None:
    event = box.get(f"/events/{name}")

    assert (event["id"], event["startDate"], event["timezone"]) == ("evt_night", "2026-08-22T19:00:00Z", "Africa/Lagos")
    assert [kind["name"] for kind in event["ticketTypes"]] == ["Balcony", "Floor", "Last Two"]


def test_sections_are_ticket_types(box: Box) -> None:
    balcony, floor = box.type_of("Balcony"), box.type_of("Floor")

    assert (balcony["type"], balcony["price"], balcony["quantityTotal"]) == ("reserved", "42.00", 8)
    assert (floor["type"], floor["price"], floor["quantityAvailable"]) == ("general", "21.50", 50)


def test_past_event_is_completed(box: Box) -> None:
    assert [box.get(f"/events/evt_{id}")["status"] for id in ("past", "off", "soon")] == [
        "completed",
        "cancelled",
        "published",
    ]


def test_draft_is_the_organizers_own(box: Box) -> None:
    event = box.post("/organizer/events", NEW_EVENT)

    assert (event["status"], event["slug"], event["publishedAt"]) == ("draft", "nandu-sn", None)
    assert refused(box.call("GET", f"/events/{event['slug']}")) == (404, "NOT_FOUND")
    assert refused(box.call("GET", f"/events/{event['id']}/tickets")) == (404, "NOT_FOUND")
    assert event["id"] not in pages(box, "/events")


def test_smallest_event_is_enough(box: Box) -> None:
    event = box.post("/organizer/events", {"title": "Tiny", "startDate": "2026-08-22T20:00:00Z", "capacity": 450})

    assert (event["endDate"], event["venueType"]) == ("2026-08-22T23:00:00Z", "physical")


def test_same_titles_have_own_slugs(box: Box) -> None:
    slugs = [box.post("/organizer/events", NEW_EVENT)["slug"] for _ in range(3)]

    assert slugs == ["nandu-sn", "nandu-sn-2", "nandu-sn-3"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"), ({"startDate": "soon"}, "startDate"), ({"endDate": "2026-09-30T00:00:00Z"}, "endDate"),
        ({"timezone": "Mars/Base"}, "timezone"), ({"venueType": "moon"}, "venueType"), ({"capacity": -1}, "capacity"),
        ({"startDate": "9999-12-31T23:59:59-23:00"}, "startDate"),
    ],
)  # fmt: skip
def test_bad_event_names_its_field(box: Box, change: dict[str, Any], field: str) -> None:
    assert issues(box.call("POST", "/organizer/events", NEW_EVENT | change)) == [field]


def test_published_event_is_everybodys(box: Box) -> None:
    id = box.draft()
    box.add_type(id, "GA", 12.5, 3)
    before = on_portal(box)

    box.publish(id)

    assert id.removeprefix("evt_") not in before
    assert id.removeprefix("evt_") in on_portal(box)
    assert [item["quantityAvailable"] for item in box.get(f"/events/{id}/tickets")["items"]] == [3]
    assert id in pages(box, "/events")


def test_ticket_type_joins_a_live_event(box: Box) -> None:
    id = box.publish(box.draft())

    ticket_type = box.post(f"/organizer/events/{id}/tickets", {"name": "VIP", "price": 99.99, "quantityTotal": 2})

    assert (ticket_type["price"], ticket_type["quantityTotal"], ticket_type["quantityAvailable"]) == ("99.99", 2, 2)
    assert box.order("VIP", 2, id)["total"] == "199.98"


def test_unlimited_type_sells_on(box: Box) -> None:
    id = box.publish(box.draft())
    box.add_type(id, "GA", 1, -1)

    box.buy("GA", 20, id)

    ticket_type = box.type_of("GA", id)
    assert (ticket_type["quantityTotal"], ticket_type["quantitySold"]) == (-1, 20)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"price": -1}, "price"),
        ({"quantityTotal": 0}, "quantityTotal"),
        ({"currency": "dollars"}, "currency"),
        ({"name": ""}, "name"),
    ],
)
def test_bad_ticket_type_names_its_field(box: Box, change: dict[str, Any], field: str) -> None:
    body = {"name": "GA", "price": 1, "quantityTotal": 5} | change

    assert issues(box.call("POST", "/organizer/events/evt_night/tickets", body)) == [field]


def test_types_of_one_name_sell_apart(box: Box) -> None:
    type = box.post("/organizer/events/evt_night/tickets", {"name": "Floor", "price": 1, "quantityTotal": 5})
    order = box.post("/orders", {"items": [{"ticketTypeId": type["id"], "quantity": 5}], **GUEST})

    counts = [
        item["quantityAvailable"] for item in box.get("/events/evt_night/tickets")["items"] if item["name"] == "Floor"
    ]

    assert (order["total"], counts) == ("5.00", [50, 0])


def test_sale_has_its_time(box: Box) -> None:
    times = {"saleStart": "2026-06-11T00:00:00Z", "saleEnd": "2026-06-12T00:00:00Z"}
    kind = box.post("/organizer/events/evt_night/tickets", {"name": "Early", "price": 1, "quantityTotal": 9} | times)
    body = {"items": [{"ticketTypeId": kind["id"], "quantity": 1}], "guestEmail": "a@example.com", "guestName": "A"}

    early = box.call("POST", "/orders", body)
    box.advance(to="2026-06-11T00:00:00Z")
    in_time = box.call("POST", "/orders", body)
    box.advance(to="2026-06-12T00:00:00Z")
    late = box.call("POST", "/orders", body)

    assert (refused(early), in_time.status_code, refused(late)) == ((409, "CONFLICT"), 201, (409, "CONFLICT"))


def test_new_dates_are_everybodys(box: Box) -> None:
    box.put("/organizer/events/evt_night", {"startDate": "2026-08-23T20:00:00Z", "endDate": "2026-08-24T02:00:00Z"})

    events = box.client.call("GET", "/api/v1/events", headers={"X-API-Key": "portal_test_full_00000000"}).json()["data"]
    assert next(event["isoDate"] for event in events if event["eventId"] == "night") == "2026-08-23T21:00:00.000Z"
    assert box.notice_types() == ["event.updated"]


def test_move_elsewhere_is_followed(box: Box) -> None:
    box.client.control("POST", "core/actions/move_event", {"event": "night", "to": "2026-08-23T20:00"})

    assert box.get("/events/evt_night")["startDate"] == "2026-08-23T19:00:00Z"
    assert box.notice_types() == ["event.updated"]


def test_unpublished_event_is_not_sold(box: Box) -> None:
    kind = box.type_of("Floor")["id"]

    box.post("/organizer/events/evt_night/unpublish")
    answer = box.call(
        "POST", "/orders", {"items": [{"ticketTypeId": kind, "quantity": 1}], "guestEmail": "a@example.com"}
    )

    assert refused(answer) == (409, "CONFLICT")
    assert "evt_night" not in pages(box, "/events")


def test_event_goes_live_again(box: Box) -> None:
    box.post("/organizer/events/evt_night/unpublish")

    box.publish("evt_night")

    assert "evt_night" in pages(box, "/events")
    assert box.notice_types() == ["event.updated", "event.published"]


def test_cancelled_event_is_over_everywhere(box: Box) -> None:
    order = box.order()

    box.delete("/organizer/events/evt_night")

    assert "night" not in on_portal(box)
    assert box.get(f"/orders/{order['id']}")["cancelReason"] == "event_cancelled"
    assert box.notice_types() == ["order.created", "event.cancelled", "order.cancelled"]


def test_cancel_elsewhere_is_followed(box: Box) -> None:
    box.client.control("POST", "core/actions/cancel_event", {"event": "night"})

    assert box.get("/events/evt_night")["status"] == "cancelled"
    assert box.notice_types() == ["event.cancelled"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/organizer/events/evt_off/publish"), ("POST", "/organizer/events/evt_past/publish"),
     ("POST", "/organizer/events/evt_night/publish"), ("POST", "/organizer/events/evt_off/unpublish"),
     ("DELETE", "/organizer/events/evt_off"), ("DELETE", "/organizer/events/evt_past"), ("PUT", "/organizer/events/evt_past")],
)  # fmt: skip
def test_event_moves_one_way(box: Box, method: str, path: str) -> None:
    assert refused(box.call(method, path, {} if method == "PUT" else None)) == (409, "CONFLICT")


def test_late_draft_is_not_published(box: Box) -> None:
    id = box.draft()
    box.advance(to="2026-10-02T00:00:00Z")

    assert refused(box.call("POST", f"/organizer/events/{id}/publish")) == (409, "CONFLICT")


def test_map_has_seats_and_prices(public: Box) -> None:
    seatmap = public.get("/public/events/evt_night/seatmap")

    assert [(section["name"], section["price"], len(section["seats"])) for section in seatmap["sections"]] == [
        ("Balcony", "42.00", 8),
        ("Last Two", "10.00", 2),
    ]
    assert seatmap["sections"][0]["seats"][1] == {
        "id": "s1-Balcony-A-2",
        "section": "Balcony",
        "row": "A",
        "number": 2,
        "x": 20,
        "y": 0,
    }
    assert seatmap["holdTtlSeconds"] == 600


def test_map_without_seats_is_no_map(public: Box) -> None:
    with public.client.world.atomic() as tx:
        for row in stock.of_event(tx, "night"):
            if row.first_seat is not None:
                stock.alter(tx, row.id, "", "", total=0)

    answer = public.call("GET", "/public/events/evt_night/seatmap")

    assert refused(answer) == (404, "NO_SEATING")


@pytest.mark.parametrize("path", ["seatmap", "seats", "seats/hold"])
def test_event_without_map_has_no_seating(public: Box, path: str) -> None:
    body: dict[str, Any] | None = {"seatIds": []} if path == "seats/hold" else None

    answer = public.call("POST" if body else "GET", f"/public/events/evt_free/{path}", body)

    assert refused(answer) == (404, "NO_SEATING")


def test_hold_keeps_what_it_can(public: Box) -> None:
    first = public.post(HOLD, {"holderToken": "ann", "seatIds": ["s1-Balcony-A-1", "s1-Balcony-A-2"]})
    second = public.post(
        HOLD, {"holderToken": "bob", "seatIds": ["s1-Balcony-A-2", "s1-Balcony-A-3", "s9-x-1", "nonsense"]}
    )

    assert (first["held"], first["failed"]) == (["s1-Balcony-A-1", "s1-Balcony-A-2"], [])
    assert (second["held"], second["failed"]) == (["s1-Balcony-A-3"], ["s1-Balcony-A-2", "s9-x-1", "nonsense"])
    assert public.get(SEATS)["held"] == ["s1-Balcony-A-1", "s1-Balcony-A-2", "s1-Balcony-A-3"]


def test_hold_replaces_the_one_before(public: Box) -> None:
    public.post(HOLD, {"holderToken": "ann", "seatIds": ["s1-Balcony-A-1", "s1-Balcony-A-2"]})

    public.post(HOLD, {"holderToken": "ann", "seatIds": ["s1-Balcony-A-2", "s1-Balcony-A-3"]})

    assert public.get(SEATS)["held"] == ["s1-Balcony-A-2", "s1-Balcony-A-3"]


def test_hold_without_token_makes_one(public: Box) -> None:
    held = public.post(HOLD, {"seatIds": ["s1-Balcony-A-1"]})

    assert public.delete(HOLD, {"holderToken": held["holderToken"]}) == {"released": ["s1-Balcony-A-1"]}


@pytest.mark.parametrize(
    ("named", "left"),
    [(["s1-Balcony-A-1"], ["s1-Balcony-A-2"]), (None, []), ([], ["s1-Balcony-A-1", "s1-Balcony-A-2"])],
)
def test_release_frees_what_is_named(public: Box, named: list[str] | None, left: list[str]) -> None:
    public.post(HOLD, {"holderToken": "ann", "seatIds": ["s1-Balcony-A-1", "s1-Balcony-A-2"]})

    public.delete(HOLD, {"holderToken": "ann"} | ({} if named is None else {"seatIds": named}))

    assert public.get(SEATS)["held"] == left


def test_stranger_releases_nothing(public: Box) -> None:
    public.post(HOLD, {"holderToken": "ann", "seatIds": ["s1-Balcony-A-1"]})

    assert public.delete(HOLD, {"holderToken": "bob"}) == {"released": []}
    assert public.get(SEATS)["held"] == ["s1-Balcony-A-1"]


def test_hold_lapses_with_the_clock(box: Box, public: Box) -> None:
    box.set(hold_ttl_s=120)
    public.post(HOLD, {"holderToken": "ann", "seatIds": ["s1-Balcony-A-1"]})

    box.advance(seconds=119)
    before = public.get(SEATS)["held"]
    box.advance(seconds=1)

    assert (before, public.get(SEATS)["held"]) == (["s1-Balcony-A-1"], [])


def test_held_seats_are_ordered_by_holder(box: Box, public: Box) -> None:
    public.post(HOLD, {"holderToken": "ann", "seatIds": ["s1-Balcony-B-1", "s1-Balcony-B-2"]})
    body = {"venueSeatIds": ["s1-Balcony-B-1", "s1-Balcony-B-2"], "guestEmail": "a@example.com", "guestName": "A"}

    stranger = box.call("POST", "/orders", body)
    order = box.post("/orders", body | {"holderToken": "ann"})
    box.advance(seconds=600)

    assert refused(stranger) == (409, "TICKET_SOLD_OUT")
    assert [ticket["seat"]["id"] for ticket in box.pay(order)["tickets"]] == ["s1-Balcony-B-1", "s1-Balcony-B-2"]
    assert (order["total"], public.get(SEATS)["held"]) == ("84.00", [])


def test_free_seats_need_no_hold(box: Box) -> None:
    order = box.post("/orders", {"venueSeatIds": ["s1-Balcony-B-4"], "guestEmail": "a@example.com", "guestName": "A"})

    assert [ticket["seat"]["number"] for ticket in box.pay(order)["tickets"]] == [4]


@pytest.mark.parametrize("seats", [["nonsense"], ["s1-Balcony-A-99"], ["s2-Floor-GA-1"], ["s1-Balcony-A-99999999999"]])
def test_unknown_seat_is_refused(box: Box, seats: list[str]) -> None:
    assert issues(box.call("POST", "/orders", {"venueSeatIds": seats, "guestEmail": "a@example.com"})) == [
        "venueSeatIds"
    ]


def test_items_must_agree_with_seats(box: Box) -> None:
    line = {"ticketTypeId": box.type_of("Balcony")["id"], "quantity": 2}

    body = {"items": [line], "venueSeatIds": ["s1-Balcony-A-1"], "guestEmail": "a@example.com"}

    assert issues(box.call("POST", "/orders", body)) == ["items"]
