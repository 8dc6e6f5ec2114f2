"""GET /events: the document's parameters and answer, and which events are active."""

from __future__ import annotations

from typing import Any

import pytest

from mockmarket import stock
from mockmarket.vendors.portal.vendor import VENDOR
from tests.conftest import Client
from tests.vendors.portal import CUSTOMER, Shop, opened, wrong_fields

ACTIVE = 17
BY_DATE = ["4546456", *(f"F{number:02}" for number in range(14, 0, -1)), "NANDU", "EVENT123"]
BY_NAME = [
    "EVENT123",
    "F14",
    "4546456",
    "F13",
    "F12",
    "F11",
    "NANDU",
    *(f"F{number:02}" for number in range(10, 0, -1)),
]
AT_ARENA = ["F03", "F02", "F01", "EVENT123"]


@pytest.fixture
def shop(client: Client) -> Shop:
    return opened(client)


def ids(answer: Any) -> list[str]:
    """Return the ids of a page of events."""
    return [event["eventId"] for event in answer.json()["data"]]


def pagination(answer: Any) -> Any:
    """Return where a page stands."""
    return answer.json()["meta"]["pagination"]


def test_page_is_written_as_documented(shop: Shop) -> None:
    answer = shop.events(limit=1, sortBy="date", sortOrder="desc")

    assert answer.text == (
        '{"data":[{"eventId":"EVENT123","name":"Concert Event","date":"2026-12-15","time":"7:00 PM",'
        '"isoDate":"2026-12-15T19:00:00.000Z","location":"Main Arena","numberOfSeats":74}],'
        '"meta":{"pagination":{"total":17,"limit":1,"offset":0,"hasMore":true,"nextOffset":1},'
        '"filters":{"venue":null,"sortBy":"date","sortOrder":"desc"}}}'
    )


def test_first_page_matches_documents_arithmetic(shop: Shop) -> None:
    answer = shop.events(limit=10)

    assert pagination(answer) == {"total": 17, "limit": 10, "offset": 0, "hasMore": True, "nextOffset": 10}
    assert answer.json()["meta"]["filters"] == {"venue": None, "sortBy": "date", "sortOrder": "asc"}
    assert len(ids(answer)) == 10


def test_last_page_has_no_next(shop: Shop) -> None:
    answer = shop.events(limit=10, offset=10)

    assert pagination(answer) == {"total": 17, "limit": 10, "offset": 10, "hasMore": False, "nextOffset": None}
    assert '"nextOffset":null' in answer.text
    assert len(ids(answer)) == 7


@pytest.mark.parametrize(
    ("limit", "offset", "following"), [(17, 0, None), (16, 0, 16), (16, 1, None), (1, 15, 16), (1, 16, None)]
)
def test_page_that_ends_it_is_last(shop: Shop, limit: int, offset: int, following: int | None) -> None:
    place = pagination(shop.events(limit=limit, offset=offset))

    assert (place["hasMore"], place["nextOffset"]) == (following is not None, following)


@pytest.mark.parametrize("offset", [17, 18, 1_000_000, 2**53 - 1])
def test_page_beyond_end_is_empty(shop: Shop, offset: int) -> None:
    answer = shop.events(offset=offset)

    assert ids(answer) == []
    assert pagination(answer) == {"total": 17, "limit": 50, "offset": offset, "hasMore": False, "nextOffset": None}


def test_pages_together_are_the_list(shop: Shop) -> None:
    walked, offset = [], 0

    while offset is not None:
        answer = shop.events(limit=5, offset=offset)
        walked += ids(answer)
        offset = pagination(answer)["nextOffset"]

    assert walked == BY_DATE


def test_defaults_are_fifty_and_zero(shop: Shop) -> None:
    place = pagination(shop.events())

    assert (place["limit"], place["offset"]) == (50, 0)


@pytest.mark.parametrize("limit", [1, 100])
def test_limit_within_range_is_taken(shop: Shop, limit: int) -> None:
    answer = shop.events(limit=limit)

    assert pagination(answer)["limit"] == limit
    assert len(ids(answer)) == min(limit, ACTIVE)


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "2.5", "1e1"])
def test_limit_outside_range_is_refused(shop: Shop, limit: str) -> None:
    answer = shop.events(limit=limit)

    assert wrong_fields(answer) == ["limit"]


@pytest.mark.parametrize("offset", ["-1", "x", "1.5", str(2**53), str(10**30)])
def test_offset_outside_range_is_refused(shop: Shop, offset: str) -> None:
    answer = shop.events(offset=offset)

    assert wrong_fields(answer) == ["offset"]


def test_refusal_names_every_parameter(shop: Shop) -> None:
    answer = shop.events(limit=0, offset=-1, sortBy="price", sortOrder="up")

    assert wrong_fields(answer) == ["limit", "offset", "sortBy", "sortOrder"]
    assert all(name in answer.json()["error"] for name in ("limit", "offset", "sortBy", "sortOrder"))


@pytest.mark.parametrize("venue", ["Main Arena", "main arena", "AREN", "n a"])
def test_venue_filter_takes_any_part(shop: Shop, venue: str) -> None:
    answer = shop.events(venue=venue)

    assert ids(answer) == AT_ARENA
    assert pagination(answer)["total"] == 4
    assert answer.json()["meta"]["filters"]["venue"] == venue


@pytest.mark.parametrize("venue", ["ñandú", "ÑANDÚ", '"', "/ sala", "₱ 🎟️"])
def test_venue_filter_reads_any_script(shop: Shop, venue: str) -> None:
    answer = shop.events(venue=venue)

    assert ids(answer) == ["NANDU"]


@pytest.mark.parametrize("venue", ["Nowhere", "Ma%Arena", "M_in Arena", "Concert"])
def test_venue_that_matches_none_is_empty(shop: Shop, venue: str) -> None:
    answer = shop.events(venue=venue)

    assert answer.json()["data"] == []
    assert pagination(answer) == {"total": 0, "limit": 50, "offset": 0, "hasMore": False, "nextOffset": None}


@pytest.mark.parametrize(("key", "expected"), [("date", BY_DATE), ("name", BY_NAME)])
def test_events_sort_both_ways(shop: Shop, key: str, expected: list[str]) -> None:
    upwards, downwards = shop.events(sortBy=key), shop.events(sortBy=key, sortOrder="desc")

    assert ids(upwards) == expected
    assert ids(downwards) == expected[::-1]
    assert downwards.json()["meta"]["filters"] == {"venue": None, "sortBy": key, "sortOrder": "desc"}


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_events_sort_by_venue(shop: Shop, order: str) -> None:
    answer = shop.events(sortBy="venue", sortOrder=order)

    locations = [event["location"].casefold() for event in answer.json()["data"]]
    assert locations == sorted(locations, reverse=order == "desc")
    assert len(set(locations)) == 3


@pytest.mark.parametrize(("order", "place"), [("asc", -1), ("desc", 0)])
def test_moved_event_was_updated_last(shop: Shop, order: str, place: int) -> None:
    shop.advance(seconds=60)
    shop.client.control("POST", "core/actions/move_event", {"event": "F07", "to": "2026-06-01T21:30"})

    answer = shop.events(sortBy="lastUpdated", sortOrder=order)

    assert ids(answer)[place] == "F07"


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_events_are_sorted_by_the_date_shown(shop: Shop, order: str) -> None:
    shop.client.control("POST", "core/actions/move_event", {"event": "NANDU", "to": "2026-03-14T01:00"})

    dates = [event["isoDate"] for event in shop.events(sortOrder=order).json()["data"]]

    assert dates == sorted(dates, reverse=order == "desc")


CHANGES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a sale": ("POST", "portal/actions/buy", {"section": "1", "row": "A", "quantity": 1, "customer": CUSTOMER}),
    "new seats": ("POST", "core/actions/add_stock", {"section": "New", "row": "1", "seats": 4, "price": "10.00"}),
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_change_of_stock_or_price_is_an_update(shop: Shop, change: str) -> None:
    method, path, body = CHANGES[change]
    shop.advance(seconds=60)
    shop.client.control(method, path, body | {"eventId" if "buy" in path else "event": "F14"})

    assert ids(shop.events(sortBy="lastUpdated", sortOrder="desc"))[0] == "F14"


def test_change_of_price_is_an_update(shop: Shop) -> None:
    [row] = stock.of_event(shop.client.world.read(), "F14")
    shop.advance(seconds=60)
    shop.client.control("POST", "core/actions/change_price", {"stock": row.id, "price": "9.00"})

    assert ids(shop.events(sortBy="lastUpdated", sortOrder="desc"))[0] == "F14"


def test_control_shows_an_events_true_start(shop: Shop) -> None:
    answer = shop.client.get("/_mockmarket/records/portal/event/NANDU")

    assert answer.json()["isoDate"] == "2026-05-01T20:30:00.000Z"
    assert "starts_at=2026-05-01T12:30:00.000Z" in answer.headers["X-Mockmarket-Moments"].split(", ")


@pytest.mark.parametrize("venue", ["main arena", " Main Arena ", 'Teatro "N\u0303andu\u0301"'])
def test_venue_is_searched_however_it_is_written(shop: Shop, venue: str) -> None:
    answer = shop.events(venue=venue)

    assert len(ids(answer)) in (len(AT_ARENA), 1)
    assert answer.json()["meta"]["filters"]["venue"] == venue


@pytest.mark.parametrize(("name", "value"), [("sortBy", "location"), ("sortBy", "Date"), ("sortOrder", "ASC")])
def test_unknown_order_is_refused(shop: Shop, name: str, value: str) -> None:
    answer = shop.events(**{name: value})

    assert wrong_fields(answer) == [name]


def test_unknown_parameter_is_left_alone(shop: Shop) -> None:
    answer = shop.events(limit=17, colour="red")

    assert ids(answer) == BY_DATE


@pytest.mark.parametrize(
    ("id", "date", "time", "iso"),
    [
        ("F01", "2026-03-14", "12:00 AM", "2026-03-14T00:00:00.000Z"),
        ("F02", "2026-03-13", "12:00 PM", "2026-03-13T12:00:00.000Z"),
        ("F03", "2026-03-12", "9:05 AM", "2026-03-12T09:05:00.000Z"),
        ("NANDU", "2026-05-01", "8:30 PM", "2026-05-01T20:30:00.000Z"),
        ("4546456", "2026-01-22", "10:00 AM", "2026-01-22T10:00:00.000Z"),
    ],
)
def test_date_is_the_venues_own(shop: Shop, id: str, date: str, time: str, iso: str) -> None:
    event = shop.event(id)

    assert (event["date"], event["time"], event["isoDate"]) == (date, time, iso)


def test_past_and_cancelled_are_hidden(shop: Shop) -> None:
    answer = shop.events(limit=100)

    assert not {"PAST", "OFF"} & set(ids(answer))
    assert pagination(answer)["total"] == ACTIVE


@pytest.mark.parametrize(("moment", "listed"), [("2026-01-22T14:59:59.999Z", True), ("2026-01-22T15:00:00Z", False)])
def test_event_is_active_until_it_begins(shop: Shop, moment: str, listed: bool) -> None:
    shop.advance(to=moment)

    answer = shop.events()

    assert ("4546456" in ids(answer)) is listed
    assert pagination(answer)["total"] == ACTIVE - (not listed)


def test_event_called_off_is_hidden(shop: Shop) -> None:
    shop.client.control("POST", "core/actions/cancel_event", {"event": "F01"})

    answer = shop.events()

    assert "F01" not in ids(answer)
    assert pagination(answer)["total"] == ACTIVE - 1


def test_moved_event_shows_new_date(shop: Shop) -> None:
    shop.client.control("POST", "core/actions/move_event", {"event": "F01", "to": "2026-03-15T18:45"})

    event = shop.event("F01")

    assert (event["date"], event["time"]) == ("2026-03-15", "6:45 PM")


def test_event_put_off_is_active_again(shop: Shop) -> None:
    shop.client.control("POST", "core/actions/move_event", {"event": "PAST", "to": "2026-03-15T18:45"})

    assert "PAST" in ids(shop.events())


def test_seats_drop_with_a_sale(shop: Shop) -> None:
    before = shop.event("4546456")["numberOfSeats"]

    shop.buy(quantity=3)

    assert (before, shop.event("4546456")["numberOfSeats"]) == (10, 7)


def test_seats_come_back_with_cancel(shop: Shop) -> None:
    order = shop.buy(quantity=3)

    shop.move(order, "cancelled")

    assert shop.event("4546456")["numberOfSeats"] == 10


def test_event_without_stock_has_none(shop: Shop) -> None:
    assert shop.event("F13")["numberOfSeats"] == 0


def test_sold_out_event_stays_listed(shop: Shop) -> None:
    shop.buy(quantity=10)

    assert shop.event("4546456")["numberOfSeats"] == 0


@pytest.mark.parametrize("base", VENDOR.bases)
def test_both_base_urls_list_events(shop: Shop, base: str) -> None:
    answer = Shop(shop.client, base).events()

    assert ids(answer) == BY_DATE


def test_base_urls_are_the_frozen_two() -> None:
    assert VENDOR.bases == ("/api/v1", "/portal/api/v1")
