"""Seats for events made over Zatabox's API: a venue's map, its prices, blocked seats; and the live stream of an event's seats."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from mockmarket.store import records
from mockmarket.vendors.zatabox import wire
from tests.vendors.zatabox import BASE, GUEST, Box, refused

SEATS = "/public/events/evt_night/seats"


def draft(box: Box) -> tuple[str, str]:
    """Create a draft with a ticket type at 30 and the map of the dock; returns their ids."""
    id = box.draft()
    ticket_type = box.add_type(id, "Seat", 30, 8)
    box.put(f"/organizer/events/{id}/seating", {"venueMapId": "dock", "holdTtlSeconds": 60})
    return id, ticket_type


def priced(box: Box, *sections: str) -> str:
    """Create and publish an event whose sections have prices; returns its id."""
    id, type = draft(box)
    mappings = [{"venueSectionId": section, "ticketTypeId": type} for section in sections or ("Balcony", "Last Two")]
    box.put(f"/organizer/events/{id}/seating/pricing", {"mappings": mappings})
    return box.publish(id)


def seat_ids(box: Box, id: str) -> list[str]:
    """Return the seats of an event's public map."""
    sections = box.get(f"/public/events/{id}/seatmap")["sections"]
    return [seat["id"] for section in sections for seat in section["seats"]]


def test_venue_has_its_map(box: Box) -> None:
    [venue] = box.get("/organizer/venues")["items"]

    assert (venue["id"], venue["capacity"]) == ("dock", 10)
    assert venue["sections"] == [
        {"id": "Balcony", "name": "Balcony", "seatCount": 8},
        {"id": "Last Two", "name": "Last Two", "seatCount": 2},
    ]


def test_api_event_sells_its_seats(box: Box) -> None:
    id = priced(box)
    first, second = seat_ids(box, id)[:2]

    held = box.post(f"/public/events/{id}/seats/hold", {"holderToken": "ann", "seatIds": [first, second]})
    order = box.post("/orders", {"venueSeatIds": [first, second], "holderToken": "ann", **GUEST})

    assert (box.get(f"/events/{id}")["seating"], len(seat_ids(box, id))) == (True, 10)
    assert (held["expiresAt"], order["total"]) == ("2026-06-10T14:03:11Z", "60.00")
    assert [ticket["seat"]["id"] for ticket in box.pay(order)["tickets"]] == [first, second]
    assert box.get(f"/organizer/events/{id}/seating")["sold"] == [first, second]


def test_other_vendors_sell_these_seats(box: Box) -> None:
    id = priced(box, "Balcony")

    answer = box.client.call(
        "GET",
        "/api/v1/inventory",
        params={"eventId": id.removeprefix("evt_")},
        headers={"X-API-Key": "portal_test_full_00000000"},
    )

    assert [(row["section"], row["row"]) for row in answer.json()["data"]] == [("Balcony", "A"), ("Balcony", "B")]


def test_type_counts_all_its_sections(box: Box) -> None:
    id = priced(box)
    order = box.post("/orders", {"items": [{"ticketTypeId": box.type_of("Seat", id)["id"], "quantity": 9}], **GUEST})

    sold = box.pay(order)["tickets"]

    counts = box.type_of("Seat", id)
    assert (len(sold), counts["quantityTotal"], counts["quantitySold"], counts["quantityAvailable"]) == (9, 10, 9, 1)


def test_last_seat_of_any_section_sells_out(box: Box) -> None:
    id = priced(box)
    event, key = id.removeprefix("evt_"), {"X-API-Key": "portal_test_full_00000000"}
    customer = {"email": "a@example.com", "phone": {"number": "5551234567", "countryCode": "+1"}}

    for section, row, quantity in (("Balcony", "A", 4), ("Last Two", "A", 2), ("Balcony", "B", 3), ("Balcony", "B", 1)):
        order = {"eventId": event, "section": section, "row": row, "quantity": quantity, "customer": customer}
        answer = box.client.call("POST", "/api/v1/orders", json=order, headers=key)
        assert answer.status_code == 201, answer.text

    assert (box.notice_types().count("ticket_type.sold_out"), box.type_of("Seat", id)["quantityAvailable"]) == (1, 0)


def test_types_of_a_seated_event_sell_beside_it(box: Box) -> None:
    id, type = draft(box)
    standing = box.add_type(id, "Balcony", 9, 3)
    box.put(
        f"/organizer/events/{id}/seating/pricing", {"mappings": [{"venueSectionId": "Balcony", "ticketTypeId": type}]}
    )
    box.publish(id)

    order = box.pay(box.post("/orders", {"items": [{"ticketTypeId": standing, "quantity": 3}], **GUEST}))

    counts = {item["name"]: item["quantityAvailable"] for item in box.get(f"/events/{id}/tickets")["items"]}
    assert ([ticket["seat"] for ticket in order["tickets"]], counts) == ([None] * 3, {"Seat": 8, "Balcony": 0})


def test_draft_of_an_earlier_version_sells(box: Box) -> None:
    id = box.draft()
    type = box.post(f"/organizer/events/{id}/tickets", {"name": "GA", "price": 9, "quantityTotal": 3})
    del type["accessUrl"], type["accessNote"]
    with box.client.world.atomic() as tx:
        records.update(tx, wire.TICKET_TYPE, type, section="GA")  # as it was stored
    box.publish(id)

    assert len(box.buy("GA", 3, id)) == 3


def test_own_seating_is_shown(box: Box) -> None:
    seating = box.get("/organizer/events/evt_night/seating")

    assert (seating["venueMapId"], [part["ticketTypeId"] for part in seating["sections"]]) == (
        "dock",
        [box.type_of("Balcony")["id"], box.type_of("Last Two")["id"]],
    )


def test_event_without_seats_has_no_seating(box: Box) -> None:
    assert refused(box.call("GET", "/organizer/events/evt_free/seating")) == (404, "NO_SEATING")


def test_blocked_seats_are_not_sold(box: Box) -> None:
    id = priced(box)
    first, second = seat_ids(box, id)[:2]

    box.post(f"/organizer/events/{id}/seating/blocks", {"block": [first, second]})
    seating = box.post(f"/organizer/events/{id}/seating/blocks", {"unblock": [second]})

    assert (seating["blocked"], box.get(f"/public/events/{id}/seats")["blocked"]) == ([first], [first])
    assert refused(box.call("POST", "/orders", {"venueSeatIds": [first], **GUEST})) == (409, "TICKET_SOLD_OUT")


def test_held_seat_is_not_blocked(box: Box) -> None:
    box.post(f"{SEATS}/hold", {"holderToken": "ann", "seatIds": ["s1-Balcony-A-1"]})

    answer = box.call(
        "POST", "/organizer/events/evt_night/seating/blocks", {"block": ["s1-Balcony-A-2", "s1-Balcony-A-1"]}
    )

    assert (refused(answer), box.get(SEATS)["blocked"]) == ((409, "TICKET_SOLD_OUT"), [])


def test_seating_goes_before_a_sale(box: Box) -> None:
    id = priced(box)
    box.post(f"/organizer/events/{id}/seating/blocks", {"block": seat_ids(box, id)[:1]})

    box.delete(f"/organizer/events/{id}/seating")

    assert refused(box.call("GET", f"/public/events/{id}/seatmap")) == (404, "NO_SEATING")
    assert (box.get(f"/events/{id}")["seating"], "ticket_type.sold_out" in box.notice_types()) == (False, False)


def test_seating_stays_after_a_sale(box: Box) -> None:
    id = priced(box)
    box.buy("Seat", 1, id)

    answer = box.call("DELETE", f"/organizer/events/{id}/seating")

    assert (refused(answer), len(seat_ids(box, id))) == ((409, "CONFLICT"), 10)


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("", {"venueMapId": "nowhere"}, (404, "NOT_FOUND")),
        ("/pricing", {"mappings": [{"venueSectionId": "Attic", "ticketTypeId": "{type}"}]}, (400, "VALIDATION_ERROR")),
        ("/pricing", {"mappings": [{"venueSectionId": "Balcony", "ticketTypeId": "tkt_none"}]}, (404, "NOT_FOUND")),
    ],
)
def test_unknown_part_of_seating(box: Box, path: str, body: dict[str, Any], expected: tuple[int, str]) -> None:
    id, type = draft(box)

    answer = box.call(
        "PUT", f"/organizer/events/{id}/seating{path}", json.loads(json.dumps(body).replace("{type}", type))
    )

    assert refused(answer) == expected


def test_seats_on_sale_keep_their_map(box: Box) -> None:
    assert refused(box.call("PUT", "/organizer/events/evt_night/seating", {"venueMapId": "dock"})) == (409, "CONFLICT")


@contextmanager
def watching(box: Box, event: str = "evt_night") -> Iterator[Iterator[tuple[str, Any]]]:
    """Open the live stream of an event's seats; gives its events as they arrive."""
    with requests.get(f"{box.client.base}{BASE}/public/events/{event}/seats/live", stream=True, timeout=10) as answer:
        assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/event-stream")
        yield events_of(answer)


def events_of(answer: requests.Response) -> Iterator[tuple[str, Any]]:
    """Read server-sent events as (name, data)."""
    name = ""
    for line in answer.iter_lines(1, decode_unicode=True):
        field, _, value = str(line).partition(": ")
        name = value if field == "event" else name
        if field == "data":
            yield name, json.loads(value)


def test_live_seats_follow_each_change(box: Box) -> None:
    with watching(box) as events:
        first = next(events)
        box.post(f"{SEATS}/hold", {"holderToken": "ann", "seatIds": ["s1-Balcony-A-1"]})
        held = next(events)
        order = box.post("/orders", {"venueSeatIds": ["s1-Balcony-A-1"], "holderToken": "ann", **GUEST})
        box.pay(order)
        sold = next(events)
        box.post("/organizer/events/evt_night/seating/blocks", {"block": ["s1-Balcony-A-3"]})
        blocked = next(events)

    assert first == ("snapshot", {"sold": [], "blocked": [], "held": []})
    assert [held, sold, blocked] == [
        ("seat_update", {"seatIds": [seat], "status": status})
        for seat, status in (("s1-Balcony-A-1", "held"), ("s1-Balcony-A-1", "sold"), ("s1-Balcony-A-3", "blocked"))
    ]


def test_live_seats_follow_a_timer(box: Box) -> None:
    box.post(f"{SEATS}/hold", {"holderToken": "ann", "seatIds": ["s1-Balcony-A-1"]})

    with watching(box) as events:
        first = next(events)
        box.advance(seconds=600)
        update = next(events)

    assert first[1]["held"] == ["s1-Balcony-A-1"]
    assert update == ("seat_update", {"seatIds": ["s1-Balcony-A-1"], "status": "available"})


def test_event_without_map_streams_none(box: Box) -> None:
    assert refused(Box(box.client, None).call("GET", "/public/events/evt_free/seats/live")) == (404, "NO_SEATING")
