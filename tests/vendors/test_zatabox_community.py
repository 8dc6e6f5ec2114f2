"""Zatabox's community and growth: waitlists, followers, reviews, tickets from a CSV, broadcasts, and the page of an event."""

from __future__ import annotations

from typing import Any

import pytest

from tests.vendors.zatabox import Box, issues, refused

ORG, PAGE = "/community/orgs/org_main", "/organizer/event-customization/evt_night"
COMPS = "/organizer/growth/events/evt_night/comps/import-csv"
BROADCAST = "/organizer/growth/events/evt_night/broadcast"


def test_waitlist_has_an_address_once(box: Box, public: Box) -> None:
    body = {"email": "ann@example.com", "name": "Ann", "ticketTypeId": box.type_of("Floor")["id"]}

    first, second = (public.post("/community/events/evt_night/waitlist", body) for _ in range(2))

    assert (first, first["eventId"], first["name"]) == (second, "evt_night", "Ann")


@pytest.mark.parametrize("event", ["evt_none", "evt_other"])
def test_waitlist_is_of_its_event(box: Box, public: Box, event: str) -> None:
    body = {"email": "ann@example.com", "ticketTypeId": box.type_of("Floor")["id"]}

    assert public.call("POST", f"/community/events/{event}/waitlist", body).status_code in (400, 404)


def test_follower_is_listed_and_removed(box: Box, public: Box) -> None:
    follower = public.post(f"{ORG}/follow", {"email": "ann@example.com", "name": "Ann"})
    again = public.post(f"{ORG}/follow", {"email": "ann@example.com"})
    listed = box.get(f"{ORG}/followers")["items"]

    box.delete(f"{ORG}/followers/{follower['id']}")

    assert (again, listed, box.get(f"{ORG}/followers")["items"]) == (follower, [follower], [])
    assert refused(box.call("DELETE", f"{ORG}/followers/{follower['id']}")) == (404, "NOT_FOUND")


def review(public: Box, ticket: dict[str, Any], **change: Any) -> Any:
    """Review an event with a ticket."""
    body = {
        "eventId": "evt_night",
        "ticketCode": ticket["code"],
        "email": "vi@example.com",
        "rating": 5,
        "comment": "¡Sí!",
    }
    return public.call("POST", "/community/reviews", body | change)


def test_attendee_reviews_once(box: Box, public: Box) -> None:
    [ticket] = box.buy()
    before = review(public, ticket)
    box.scan(ticket)

    answer, again = review(public, ticket), review(public, ticket, rating=1)

    assert (answer.status_code, answer.json()["data"]["rating"], answer.json()["data"]["author"]) == (
        201,
        5,
        "Vi Visitor",
    )
    assert (refused(before), refused(again)) == ((403, "FORBIDDEN"), (409, "CONFLICT"))


@pytest.mark.parametrize("change", [{"email": "x@example.com"}, {"ticketCode": "NOCODE"}, {"eventId": "evt_other"}])
def test_stranger_reviews_nothing(box: Box, public: Box, change: dict[str, str]) -> None:
    [ticket] = box.buy()
    box.scan(ticket)

    assert refused(review(public, ticket, **change)) == (404, "NOT_FOUND")


def test_good_rows_of_a_csv_are_done(box: Box) -> None:
    rows = (
        "Name,email,quantity\nAnn,ann@example.com,2\nBob,nonsense\n\nZoë Ñ,zoe@example.com\nKim,kim@example.com,many\n"
    )

    done = box.post(COMPS, {"ticketTypeId": box.type_of("Balcony")["id"], "csv": rows})

    assert [ticket["holder"]["name"] for ticket in done["tickets"]] == ["Ann", "Ann", "Zoë Ñ"]
    assert [(error["row"], error["message"].split(":")[0]) for error in done["errors"]] == [
        (2, "email"),
        (4, "quantity"),
    ]
    assert box.notice_types() == ["ticket.created"] * 3


def test_rows_beyond_the_stock_are_listed(box: Box) -> None:
    rows = "name,email,quantity\nAnn,ann@example.com,1\nBob,bob@example.com,2\nKim,kim@example.com,1\n"

    done = box.post(COMPS, {"ticketTypeId": box.type_of("Last Two")["id"], "csv": rows})

    assert ([error["row"] for error in done["errors"]], box.type_of("Last Two")["quantitySold"]) == ([2], 2)
    assert box.notice_types() == ["ticket.created", "ticket.created", "ticket_type.sold_out"]


@pytest.mark.parametrize("text", ["first,last\nA,B\n", "\n", 'name,email\n"Ann', "name,email,phone\n"])
def test_text_without_header_is_refused(box: Box, text: str) -> None:
    answer = box.call("POST", COMPS, {"ticketTypeId": box.type_of("Floor")["id"], "csv": text})

    assert issues(answer) == ["csv"]


def test_broadcast_counts_people(box: Box) -> None:
    box.buy("Floor", 2)
    box.buy("Balcony")
    order = box.order("Floor", 1, guestEmail="ann@example.com")
    box.pay(order)
    box.post("/organizer/growth/tags", {"emails": ["ann@example.com"], "tags": ["vip"]})
    body = {"subject": "Doors", "message": "At eight."}

    counts = [box.post(BROADCAST, body | {"tags": tags})["recipients"] for tags in ([], ["vip", "press"], ["press"])]

    stored = box.client.control("GET", "records/zatabox/broadcast")["records"]
    assert (counts, len(stored)) == ([2, 1, 0], 3)


def test_page_changes_what_it_names(box: Box) -> None:
    faq = [{"question": "Doors?", "answer": "At eight."}]
    before = box.get(PAGE)

    box.put(PAGE, {"faq": faq, "theme": {"accent": "#aa0000"}})
    box.put(PAGE, {"layout": "wide"})

    after = box.get(PAGE)
    assert (before["theme"], before["layout"], before["faq"]) == ({}, "standard", [])
    assert (after["theme"], after["layout"], after["faq"]) == ({"accent": "#aa0000"}, "wide", faq)
    assert refused(box.call("GET", "/organizer/event-customization/evt_none")) == (404, "NOT_FOUND")


def test_empty_list_is_phps_empty_object(box: Box) -> None:
    box.put(PAGE, {"theme": {"accent": "#aa0000"}})

    unchanged = box.put(PAGE, [])
    emptied = box.put(PAGE, {"theme": [], "seo": []})
    wrong = [box.call("PUT", PAGE, {"theme": theme}) for theme in (["#aa0000"], "wide", 0)]

    assert (unchanged["theme"], emptied["theme"], emptied["seo"]) == ({"accent": "#aa0000"}, {}, {})
    assert [issues(answer) for answer in wrong] == [["theme"]] * 3
    assert box.put("/organizer/events/evt_night", [])["id"] == "evt_night"
