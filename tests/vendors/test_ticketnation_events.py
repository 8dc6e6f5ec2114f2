"""Ticketnation's events, with performers, schedules, brands and venues: written, published, and what the other vendors see of them."""

from __future__ import annotations

import re
from typing import Any
from unicodedata import normalize

import pytest

from mockmarket.vendors.ticketnation.vendor import VENDOR
from tests.conftest import Client
from tests.vendors.ticketnation import (
    NEW_EVENT,
    NEW_TICKET,
    START,
    Desk,
    data,
    error_of,
    event_id,
    opened,
    venue_id,
    wrong,
)

OURS = ["past", "duo", "duo-2", "fest", "off"]
VERBS = ("publish", "unpublish", "archive")
ON_SALE = NEW_TICKET | {"published": True}
PARTS = {
    "performers": {"name": "Ligaya", "role": "Opening"},
    "schedules": {"title": "Doors", "startTime": "2026-04-01T17:00"},
    "brands": {"name": "Parol Power", "websiteUrl": "https://parol.example"},
}
every_part = pytest.mark.parametrize("words", PARTS)


@pytest.fixture
def desk(client: Client) -> Desk:
    return opened(client)


def ids(answer: Any) -> list[str]:
    """Return the ids on a page."""
    return [record["id"] for record in data(answer)]


def published(desk: Desk, *tickets: dict[str, Any]) -> dict[str, Any]:
    """Create and publish an event, with one ticket type unless told otherwise."""
    event = desk.draft(*(tickets or (ON_SALE,)))
    view: dict[str, Any] = data(desk.post(f"/events/{event['id']}/publish"))
    return view


def portal_ids(desk: Desk) -> set[str]:
    """Return the ids of the events that the portal lists."""
    return {event["eventId"] for event in desk.portal("GET", "/events", params={"limit": 100})["data"]}


def test_events_are_listed_by_date(desk: Desk) -> None:
    answer = desk.get("/events")

    assert ids(answer) == [event_id(id) for id in OURS]
    assert answer.json()["meta"] == {"page": 1, "take": 10, "total": 5, "totalPages": 1}


def test_page_and_take_cut_the_list(desk: Desk) -> None:
    pages = [desk.get("/events", page=page, take=2) for page in (1, 2, 3, 4)]

    assert [ids(page) for page in pages] == [
        [event_id("past"), event_id("duo")], [event_id("duo-2"), event_id("fest")], [event_id("off")], [],
    ]  # fmt: skip
    assert pages[3].json()["meta"] == {"page": 4, "take": 2, "total": 5, "totalPages": 3}


def test_empty_list_has_no_pages(desk: Desk) -> None:
    assert desk.get("/events", search="no such show").json()["meta"]["totalPages"] == 0


@pytest.mark.parametrize("query", [{"page": 0}, {"take": 0}, {"take": 101}, {"page": "x"}, {"status": "LIVE"}])
def test_wrong_query_is_named(desk: Desk, query: dict[str, Any]) -> None:
    assert wrong(desk.get("/events", **query)) == list(query)


@pytest.mark.parametrize(
    ("status", "expected"),
    [("PUBLISHED", ["past", "duo", "duo-2", "fest"]), ("ARCHIVED", ["off"]), ("DRAFT", []), ("SOLD_OUT", [])],
)
def test_status_filters_the_list(desk: Desk, status: str, expected: list[str]) -> None:
    assert ids(desk.get("/events", status=status)) == [event_id(id) for id in expected]


def test_search_finds_parts_of_names(desk: Desk) -> None:
    assert ids(desk.get("/events", search="DUO n")) == [event_id("duo"), event_id("duo-2")]


def test_event_tells_all_of_it(desk: Desk) -> None:
    assert desk.event("fest") == {
        "id": event_id("fest"), "slug": "fiesta-ng-ilaw", "name": "Fiesta ng Ilaw ✨", "description": None,
        "status": "PUBLISHED", "type": "PAID", "journeyType": "STANDARD", "visibility": "PUBLIC",
        "dateTime": "2026-04-01T11:00:00.000Z", "endDateTime": "2026-04-01T16:00:00.000Z", "timezone": "Asia/Manila",
        "currency": "PHP", "venueId": venue_id("bay"),
        "venue": {"id": venue_id("bay"), "name": "Bay Arena", "city": "Pasay", "timezone": "Asia/Manila"},
        "imageUrl": None, "galleryUrls": [], "absorbFees": True, "eventCapacity": None, "callbackUrl": None,
        "publishedAt": "2026-01-30T08:00:00.000Z", "createdAt": "2026-01-30T08:00:00.000Z", "updatedAt": "2026-01-30T08:00:00.000Z",
    }  # fmt: skip


@pytest.mark.parametrize(("slug", "id"), [("duo-night", "duo"), ("duo-night-2", "duo-2")])
def test_slug_finds_its_event(desk: Desk, slug: str, id: str) -> None:
    assert data(desk.get(f"/events/{slug}"))["id"] == event_id(id)


def test_created_event_is_a_draft(desk: Desk) -> None:
    event = data(desk.post("/events", NEW_EVENT))

    assert event["status"] == "DRAFT"
    assert (event["timezone"], event["currency"], event["absorbFees"]) == ("Asia/Manila", "PHP", True)
    assert (event["createdAt"], event["publishedAt"], event["slug"]) == (START, None, "summer-lights")
    assert data(desk.get(f"/events/{event['id']}")) | {"tickets": []} == event


def test_every_field_is_kept(desk: Desk) -> None:
    body = {
        "name": 'Año Nuevo "₱1" / 🎆', "description": "Two stages.", "dateTime": "2026-12-31T12:00:00.000Z",
        "endDateTime": "2026-12-31T18:00:00.000Z", "timezone": "Asia/Tokyo", "currency": "JPY", "type": "FREE",
        "journeyType": "RSVP", "visibility": "PRIVATE", "venueId": venue_id("attic"), "imageUrl": "https://img.example/a.jpg",
        "galleryUrls": ["https://img.example/b.jpg"], "absorbFees": False, "eventCapacity": 900,
        "callbackUrl": "http://127.0.0.1:9/events",
    }  # fmt: skip

    event = data(desk.post("/events", body))

    assert {name: event[name] for name in body} == body
    assert (event["slug"], event["venue"]["name"]) == ("ano-nuevo-1", 'Attic "Ñ" / ₱')


def test_inline_tickets_are_made(desk: Desk) -> None:
    event = desk.draft(NEW_TICKET, {"name": "VIP", "price": 3500.5, "quantity": 5, "published": True})

    rows = [(ticket["name"], ticket["price"], ticket["remaining"], ticket["status"]) for ticket in desk.tickets(event)]

    assert rows == [("Early Bird", 1200, 50, "DRAFT"), ("VIP", 3500.5, 5, "PUBLISHED")]


def test_inline_tickets_differ_in_name(desk: Desk) -> None:
    answer = desk.post("/events", NEW_EVENT | {"tickets": [NEW_TICKET, NEW_TICKET]})

    assert wrong(answer) == ["tickets.1.name"]
    assert ids(desk.get("/events", search="Summer")) == []


def test_local_time_is_read_locally(desk: Desk) -> None:
    event = data(desk.post("/events", NEW_EVENT | {"dateTime": "2026-06-15T18:00:00"}))

    assert event["dateTime"] == "2026-06-15T10:00:00.000Z"


def test_same_name_gets_another_slug(desk: Desk) -> None:
    slugs = [data(desk.post("/events", NEW_EVENT))["slug"] for _ in range(3)]
    slugs.append(data(desk.post("/events", NEW_EVENT | {"name": "月夜"}))["slug"])

    assert slugs == ["summer-lights", "summer-lights-2", "summer-lights-3", "event"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"), ({"name": None}, "name"), ({"dateTime": "soon"}, "dateTime"), ({"dateTime": "0001-01-01"}, "dateTime"),
        ({"endDateTime": "2026-03-31T00:00:00.000Z"}, "endDateTime"), ({"timezone": "Mars/Base"}, "timezone"),
        ({"type": "GRATIS"}, "type"), ({"venueId": "nowhere"}, "venueId"), ({"imageUrl": "not a url"}, "imageUrl"),
        ({"callbackUrl": "ftp://x/y"}, "callbackUrl"), ({"eventCapacity": 0}, "eventCapacity"), ({"galleryUrls": [None]}, "galleryUrls.0"),
        ({"eventCapacity": 1.5}, "eventCapacity"),
    ],
)  # fmt: skip
def test_wrong_field_is_named(desk: Desk, change: dict[str, Any], field: str) -> None:
    assert wrong(desk.post("/events", NEW_EVENT | change))[0] == field
    assert wrong(desk.patch(f"/events/{event_id('fest')}", change))[0] == field


def test_update_leaves_the_rest(desk: Desk) -> None:
    before = data(desk.post("/events", NEW_EVENT | {"description": "Old"}))
    desk.advance(seconds=60)

    after = data(desk.patch(f"/events/{before['slug']}", {"name": "Winter Lights", "description": None}))

    assert after | {"tickets": []} == before | {
        "name": "Winter Lights",
        "description": None,
        "updatedAt": "2026-03-01T08:01:00.000Z",
    }


def test_update_reaches_other_vendors(desk: Desk) -> None:
    desk.patch(
        f"/events/{event_id('fest')}",
        {"name": "Fiesta!", "dateTime": "2026-04-02T20:00:00", "endDateTime": None, "venueId": venue_id("attic")},
    )

    event = next(entry for entry in desk.portal("GET", "/events")["data"] if entry["eventId"] == "fest")

    assert (event["name"], event["date"], event["time"], event["location"]) == (
        "Fiesta!", "2026-04-02", "8:00 PM", 'Attic "Ñ" / ₱',
    )  # fmt: skip


def test_published_event_keeps_its_venue(desk: Desk) -> None:
    assert wrong(desk.patch(f"/events/{event_id('fest')}", {"venueId": None})) == ["venueId"]
    assert desk.event("fest")["venueId"] == venue_id("bay")


def test_draft_is_nobody_elses(desk: Desk) -> None:
    event = desk.draft(ON_SALE)

    assert event["id"] not in portal_ids(desk)
    assert desk.act("buy", eventId=event["id"], ticketId="Early Bird").status_code == 409


def test_published_event_is_shared(desk: Desk) -> None:
    event = published(desk, ON_SALE, {"name": "Later", "price": 5, "quantity": 9})

    listing = desk.portal("GET", "/inventory", params={"eventId": event["id"]})["data"]

    assert (event["status"], event["publishedAt"]) == ("PUBLISHED", START)
    assert event["id"] in portal_ids(desk)
    assert [(entry["section"], entry["quantity"], entry["price"]) for entry in listing] == [("Early Bird", 50, 1200)]


def test_shared_event_sells_at_both(desk: Desk) -> None:
    event = published(desk)

    desk.portal_sale(event["id"], "Early Bird", 20)
    desk.buy(event["id"], "Early Bird", 5)

    assert [(ticket["sold"], ticket["remaining"]) for ticket in desk.tickets(event)] == [(25, 25)]
    assert desk.portal_free(event["id"]) == 25


def test_publishing_needs_a_venue(desk: Desk) -> None:
    event = data(desk.post("/events", NEW_EVENT))

    assert wrong(desk.post(f"/events/{event['id']}/publish")) == ["venueId"]
    assert data(desk.get(f"/events/{event['id']}"))["status"] == "DRAFT"


def test_unpublished_event_sells_nowhere(desk: Desk) -> None:
    before = desk.portal_free("fest")

    event = data(desk.post(f"/events/{event_id('fest')}/unpublish"))

    assert event["status"] == "DRAFT"
    assert (before, desk.portal_free("fest")) == (112, 0)
    assert desk.act("buy", eventId=event["id"], ticketId="GA").status_code == 409
    assert desk.ticket("fest", "GA")["remaining"] == 100


def test_published_again_it_sells_again(desk: Desk) -> None:
    path = f"/events/{event_id('fest')}"
    desk.post(f"{path}/unpublish")

    desk.post(f"{path}/publish")

    assert desk.portal_free("fest") == 112
    assert desk.buy(event_id("fest"), "GA", 2)["quantity"] == 2


def test_seats_given_back_stay_off(desk: Desk) -> None:
    order = desk.portal_sale("fest", "GA", 7)
    desk.post(f"/events/{event_id('fest')}/unpublish")
    desk.portal("PATCH", "/orders", json={"orderId": order["orderId"], "status": "cancelled"})

    desk.advance(seconds=0)

    assert desk.portal_free("fest") == 0
    assert desk.ticket("fest", "GA")["remaining"] == 100


def test_parts_of_an_archived_event_stay(desk: Desk) -> None:
    path = f"/events/{event_id('fest')}"
    kept = data(desk.get(f"{path}/performers"))
    desk.post(f"{path}/archive")

    answers = [
        desk.post(f"{path}/performers", {"name": "Late"}),
        desk.patch(f"{path}/performers/{kept[0]['id']}", {"name": "Late"}),
        desk.delete(f"{path}/performers/{kept[0]['id']}"),
        desk.post(f"{path}/brands", {"name": "Late"}),
        desk.post(f"{path}/schedules", {"title": "Late", "startTime": "2026-04-01T17:00:00Z"}),
    ]

    assert [error_of(answer) for answer in answers] == [(400, "VALIDATION_ERROR")] * len(answers)
    assert data(desk.get(f"{path}/performers")) == kept


def test_archived_event_is_over(desk: Desk) -> None:
    event = data(desk.post(f"/events/{event_id('duo')}/archive"))

    again = [desk.post(f"/events/{event_id('duo')}/{verb}") for verb in VERBS]

    assert event["status"] == "ARCHIVED"
    assert desk.portal_free("duo") == 0
    assert [error_of(answer) for answer in again] == [(400, "VALIDATION_ERROR")] * 3
    assert error_of(desk.patch(f"/events/{event_id('duo')}", {"name": "x"})) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ((), "DRAFT"), (("publish",), "PUBLISHED"), (("publish", "unpublish"), "DRAFT"), (("archive",), "ARCHIVED"),
        (("publish", "unpublish", "publish"), "PUBLISHED"), (("publish", "archive"), "ARCHIVED"),
        (("publish", "unpublish", "archive"), "ARCHIVED"),
    ],
)  # fmt: skip
def test_event_goes_its_way(desk: Desk, path: tuple[str, ...], status: str) -> None:
    event = desk.draft(ON_SALE)

    answers = [desk.post(f"/events/{event['slug']}/{verb}") for verb in path]

    assert [answer.status_code for answer in answers] == [200] * len(path)
    assert data(desk.get(f"/events/{event['id']}"))["status"] == status


@pytest.mark.parametrize(("path", "verb"), [((), "unpublish"), (("publish",), "publish")])
def test_wrong_move_says_what_is_allowed(desk: Desk, path: tuple[str, ...], verb: str) -> None:
    event = desk.draft(ON_SALE)
    for step in path:
        desk.post(f"/events/{event['id']}/{step}")

    answer = desk.post(f"/events/{event['id']}/{verb}")

    assert wrong(answer) == ["status"]
    assert "allowed from here" in answer.json()["error"]["message"]


def test_deleted_draft_is_gone(desk: Desk) -> None:
    event = desk.draft(NEW_TICKET)
    ticket = desk.tickets(event)[0]

    answer = desk.delete(f"/events/{event['slug']}")

    assert data(answer) == {"id": event["id"], "deleted": True}
    assert error_of(desk.get(f"/events/{event['id']}")) == (404, "NOT_FOUND")
    assert error_of(desk.get(f"/tickets/{ticket['id']}")) == (404, "NOT_FOUND")


def test_deleted_event_is_called_off_elsewhere(desk: Desk) -> None:
    event = published(desk)
    desk.post(f"/events/{event['id']}/unpublish")
    portal_events = portal_ids(desk)

    desk.delete(f"/events/{event['id']}")

    assert event["id"] in portal_events
    assert event["id"] not in portal_ids(desk)


def test_only_drafts_are_deleted(desk: Desk) -> None:
    answer = desk.delete(f"/events/{event_id('duo')}")

    assert error_of(answer) == (400, "VALIDATION_ERROR")
    assert "draft" in answer.json()["error"]["message"]


@pytest.mark.parametrize("seller", ["ticketnation", "portal"])
def test_sold_event_is_not_deleted(desk: Desk, seller: str) -> None:
    if seller == "portal":
        desk.portal_sale("duo", "Left", 1)
    else:
        desk.buy(event_id("duo"), "Left")
    desk.post(f"/events/{event_id('duo')}/unpublish")

    answer = desk.delete(f"/events/{event_id('duo')}")

    assert error_of(answer) == (400, "VALIDATION_ERROR")
    assert "sold tickets" in answer.json()["error"]["message"]


def test_cancelled_show_is_archived(desk: Desk) -> None:
    desk.client.control("POST", "core/actions/cancel_event", {"event": "duo"})

    assert desk.event("duo")["status"] == "ARCHIVED"


def test_moved_show_is_moved_here(desk: Desk) -> None:
    desk.client.control("POST", "core/actions/move_event", {"event": "fest", "to": "2026-04-05T20:00"})

    event = desk.event("fest")

    assert (event["dateTime"], event["endDateTime"]) == ("2026-04-05T12:00:00.000Z", "2026-04-05T17:00:00.000Z")


@every_part
def test_fixture_gives_parts(desk: Desk, words: str) -> None:
    answer = desk.get(f"/events/fiesta-ng-ilaw/{words}")

    assert len(data(answer)) == answer.json()["meta"]["total"] == 1


@every_part
def test_part_is_created(desk: Desk, words: str) -> None:
    path = f"/events/{event_id('duo')}/{words}"

    part = data(desk.post(path, PARTS[words]))

    assert data(desk.get(path)) == [part]
    assert (part["eventId"], part["createdAt"]) == (event_id("duo"), START)
    assert part.get("startTime") in (None, "2026-04-01T09:00:00.000Z")


@every_part
def test_part_is_updated(desk: Desk, words: str) -> None:
    path = f"/events/duo-night/{words}"
    part = data(desk.post(path, PARTS[words]))
    field = "title" if words == "schedules" else "name"
    desk.advance(seconds=1)

    changed = data(desk.patch(f"{path}/{part['id']}", {field: "Another"}))

    assert changed == part | {field: "Another", "updatedAt": "2026-03-01T08:00:01.000Z"}


@every_part
def test_part_is_deleted(desk: Desk, words: str) -> None:
    path = f"/events/{event_id('duo')}/{words}"
    part = data(desk.post(path, PARTS[words]))

    answer = desk.delete(f"{path}/{part['id']}")

    assert data(answer) == {"id": part["id"], "deleted": True}
    assert data(desk.get(path)) == []


@every_part
def test_part_belongs_to_its_event(desk: Desk, words: str) -> None:
    part = data(desk.get(f"/events/{event_id('fest')}/{words}"))[0]
    path = f"/events/{event_id('duo')}/{words}/{part['id']}"

    assert [error_of(desk.patch(path, {})), error_of(desk.delete(path))] == [(404, "NOT_FOUND")] * 2


@every_part
def test_part_needs_its_fields(desk: Desk, words: str) -> None:
    required = ["title", "startTime"] if words == "schedules" else ["name"]

    assert wrong(desk.post(f"/events/{event_id('duo')}/{words}", {})) == required


def test_schedule_ends_after_its_start(desk: Desk) -> None:
    body = PARTS["schedules"] | {"endTime": "2026-04-01T16:59"}

    assert wrong(desk.post(f"/events/{event_id('fest')}/schedules", body)) == ["endTime"]


def test_parts_go_with_their_event(desk: Desk) -> None:
    event = desk.draft()
    for words, body in PARTS.items():
        desk.post(f"/events/{event['id']}/{words}", body)

    desk.delete(f"/events/{event['id']}")

    kinds = [f"records/ticketnation/{kind}?event={event['id']}" for kind in ("performer", "schedule", "brand")]
    assert [desk.client.control("GET", kind)["total"] for kind in kinds] == [0, 0, 0]


@pytest.mark.parametrize(
    ("q", "expected"),
    [("arena", ["bay"]), ("QUEZON", ["attic"]), ("₱", ["attic"]), ("", ["attic", "bay"]), ("nowhere", [])],
)
def test_venues_are_found(desk: Desk, q: str, expected: list[str]) -> None:
    answer = desk.get("/venues", q=q)

    assert ids(answer) == [venue_id(id) for id in expected]
    assert answer.json()["meta"]["total"] == len(expected)


def test_venues_come_in_pages(desk: Desk) -> None:
    assert ids(desk.get("/venues", page=2, take=1)) == [venue_id("bay")]


def test_created_event_is_answered_with_its_ticket_types(desk: Desk) -> None:
    tickets = [{"name": "A", "price": 10, "quantity": 3}, {"name": "B", "price": 20, "quantity": 4}]

    created = data(desk.post("/events", NEW_EVENT | {"tickets": tickets}))["tickets"]

    assert [ticket["name"] for ticket in created] == ["A", "B"]
    assert created == [data(desk.get(f"/tickets/{ticket['id']}")) for ticket in created]


def test_path_that_no_call_has_blames_no_id(desk: Desk) -> None:
    nowhere, nobody = (desk.get(path).json()["error"] for path in ("/nothing", "/events/nope"))

    assert (nowhere["code"], "hint" in nowhere) == ("NOT_FOUND", False)
    assert "your organization's" in nobody["hint"]


def test_every_id_is_of_version_four(desk: Desk) -> None:
    kinds = [
        kind
        for kind in VENDOR.records.kinds
        if desk.client.control("GET", f"records/ticketnation/{kind.name}")["total"]
    ]
    ids = [
        value
        for kind in kinds
        for record in desk.client.control("GET", f"records/ticketnation/{kind.name}?limit=1000")["records"]
        for name, value in record.items()
        if name.lower().endswith("id") and value
    ]

    assert len(ids) > 20
    assert [
        id for id in ids if not re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", id)
    ] == []


def test_search_takes_any_encoding_of_accents(desk: Desk) -> None:
    name = "Quiñones en concierto"
    desk.post("/events", NEW_EVENT | {"name": name})

    answers = [desk.get("/events", search=normalize("NFD", part)) for part in ("quiñones", " QUIÑONES ")]

    assert [[event["name"] for event in data(answer)] for answer in answers] == [[name]] * 2
