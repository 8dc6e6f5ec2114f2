"""GET /inventory: the document's parameters, the answer that it leaves open, and what counts as for sale."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mockmarket import stock
from mockmarket.vendors.portal.handlers import in_cents
from mockmarket.vendors.portal.vendor import VENDOR
from tests.conftest import Client
from tests.vendors.portal import Shop, error_of, opened, wrong_fields

CONCERT = [
    ("101", "A", 8, 85.5), ("101", "B", 8, 80.5), ("101", "C", 8, 75.5), ("102", "A", 4, 50), ("102", "A", 6, 30),
    ("103", "A", 4, 60), ("103", "A", 4, 55),
    ("floor", "GA", 30, 20), ("Solo", "A", 1, 1.1), ("Solo", "B", 1, 8.2),
]  # fmt: skip
PRICES = sorted(price for _, _, _, price in CONCERT)


@pytest.fixture
def shop(client: Client) -> Shop:
    return opened(client)


def rows(answer: Any) -> list[tuple[str, str, int, float]]:
    """Return the listings of an answer in short."""
    assert answer.status_code == 200, answer.text
    return [
        (listing["section"], listing["row"], listing["quantity"], listing["price"]) for listing in answer.json()["data"]
    ]


def prices(answer: Any) -> list[float]:
    """Return the prices of an answer's listings."""
    return [price for _, _, _, price in rows(answer)]


def test_list_is_written_like_events(shop: Shop) -> None:
    answer = shop.inventory(eventId="4546456")

    id = answer.json()["data"][0]["listingId"]
    assert answer.text == (
        f'{{"data":[{{"listingId":"{id}","eventId":"4546456","section":"Club Box 19","row":"A","quantity":10,'
        '"price":75.33,"splits":[1,2,3,4,5,6,7,8,9,10]}],"meta":{"total":1,"filters":{"eventId":"4546456",'
        '"listingId":null,"minPrice":null,"maxPrice":null,"quantity":null,"sortBy":"price","sortOrder":"asc"}}}'
    )


def test_listing_ids_look_like_mongos(shop: Shop) -> None:
    ids = [listing["listingId"] for listing in shop.inventory(eventId="EVENT123").json()["data"]]

    assert all(re.fullmatch(r"[0-9a-f]{24}", id) for id in ids)
    assert {id[:8] for id in ids} == {"69721cee"}  # the second in which the world began
    assert len(set(ids)) == len(CONCERT)


def test_listing_ids_outlive_a_reset(shop: Shop) -> None:
    before = shop.inventory(eventId="EVENT123").text

    shop.client.control("POST", "reset")

    assert shop.inventory(eventId="EVENT123").text == before


def test_every_listing_is_shown(shop: Shop) -> None:
    answer = shop.inventory(eventId="EVENT123")

    assert sorted(rows(answer)) == sorted(CONCERT)
    assert answer.json()["meta"]["total"] == len(CONCERT)


@pytest.mark.parametrize("query", [{}, {"eventId": ""}])
def test_event_id_is_required(shop: Shop, query: dict[str, str]) -> None:
    answer = shop.inventory(**query)

    assert wrong_fields(answer) == ["eventId"]


def test_unknown_event_is_not_found(shop: Shop) -> None:
    answer = shop.inventory(eventId="nowhere")

    assert error_of(answer) == (404, "Event nowhere not found.")


@pytest.mark.parametrize("event", ["PAST", "OFF"])
def test_event_not_active_has_none(shop: Shop, event: str) -> None:
    answer = shop.inventory(eventId=event)

    assert rows(answer) == []
    assert answer.json()["meta"]["total"] == 0


def test_clock_past_event_empties_it(shop: Shop) -> None:
    shop.advance(to="2026-01-22T15:00:00Z")

    assert rows(shop.inventory(eventId="4546456")) == []


def test_listing_filter_gives_that_one(shop: Shop) -> None:
    listing = shop.listing("EVENT123", "101", "B")

    answer = shop.inventory(eventId="EVENT123", listingId=listing["listingId"])

    assert answer.json()["data"] == [listing]
    assert answer.json()["meta"]["filters"]["listingId"] == listing["listingId"]


def test_listing_of_another_event_is_none(shop: Shop) -> None:
    listing = shop.listing("4546456", "Club Box 19", "A")

    assert rows(shop.inventory(eventId="EVENT123", listingId=listing["listingId"])) == []


def test_unknown_listing_gives_none(shop: Shop) -> None:
    assert rows(shop.inventory(eventId="EVENT123", listingId="0" * 24)) == []


@pytest.mark.parametrize("price", PRICES)
def test_lowest_price_is_inclusive(shop: Shop, price: float) -> None:
    answer = shop.inventory(eventId="EVENT123", minPrice=price)

    assert prices(answer) == [amount for amount in PRICES if amount >= price]


@pytest.mark.parametrize("price", PRICES)
def test_highest_price_is_inclusive(shop: Shop, price: float) -> None:
    answer = shop.inventory(eventId="EVENT123", maxPrice=price)

    assert prices(answer) == [amount for amount in PRICES if amount <= price]


def test_price_bounds_meet_every_cent() -> None:
    missed = [cents for cents in range(10_000) if in_cents(cents / 100) != cents]

    assert missed == []


def test_price_between_cents_is_between(shop: Shop) -> None:
    answer = shop.inventory(eventId="EVENT123", minPrice=1.105, maxPrice=8.199)

    assert prices(answer) == []


def test_price_range_takes_both_bounds(shop: Shop) -> None:
    answer = shop.inventory(eventId="EVENT123", minPrice=50, maxPrice=80.5)

    assert prices(answer) == [50, 55, 60, 75.5, 80.5]
    assert '"minPrice":50,"maxPrice":80.5,' in answer.text


@pytest.mark.parametrize("price", ["0", "1e300", "1e308"])
def test_price_of_any_size_is_taken(shop: Shop, price: str) -> None:
    answer = shop.inventory(eventId="EVENT123", minPrice=price)

    assert prices(answer) == (PRICES if price == "0" else [])


@pytest.mark.parametrize("name", ["minPrice", "maxPrice"])
@pytest.mark.parametrize("price", ["-0.01", "cheap", "nan", "inf"])
def test_price_that_is_none_is_refused(shop: Shop, name: str, price: str) -> None:
    answer = shop.inventory(eventId="EVENT123", **{name: price})

    assert wrong_fields(answer) == [name]


def test_price_range_reversed_is_refused(shop: Shop) -> None:
    answer = shop.inventory(eventId="EVENT123", minPrice=50.01, maxPrice=50)

    assert wrong_fields(answer) == ["minPrice"]


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        (1, [("101", 3), ("102", 1), ("103", 2), ("Solo", 2), ("floor", 1)]),
        (4, [("101", 3), ("102", 1), ("103", 2), ("floor", 1)]),
        (6, [("101", 3), ("102", 1), ("floor", 1)]),
        (7, [("floor", 1)]),
        (8, [("101", 3), ("floor", 1)]),
        (20, [("floor", 1)]),
    ],
)
def test_quantity_shows_what_can_be_bought(shop: Shop, quantity: int, expected: list[tuple[str, int]]) -> None:
    answer = shop.inventory(eventId="EVENT123", quantity=quantity)

    sections = [section for section, _, _, _ in rows(answer)]
    assert [(section, sections.count(section)) for section in sorted(set(sections))] == expected
    assert all(quantity in listing["splits"] for listing in answer.json()["data"])


@pytest.mark.parametrize("quantity", ["0", "21", "-1", "two", "2.5"])
def test_quantity_outside_range_is_refused(shop: Shop, quantity: str) -> None:
    answer = shop.inventory(eventId="EVENT123", quantity=quantity)

    assert wrong_fields(answer) == ["quantity"]


@pytest.mark.parametrize(
    ("section", "row", "price", "splits"),
    [
        ("101", "A", 85.5, [1, 2, 3, 4, 5, 6, 8]),
        ("102", "A", 50, [1, 2, 3, 4]),
        ("102", "A", 30, [6]),
        ("floor", "GA", 20, list(range(1, 21))),
        ("Solo", "A", 1.1, [1]),
    ],
)
def test_splits_are_buyable_quantities(shop: Shop, section: str, row: str, price: float, splits: list[int]) -> None:
    assert shop.listing("EVENT123", section, row, price)["splits"] == splits


def test_sale_changes_listing_and_splits(shop: Shop) -> None:
    shop.buy(eventId="EVENT123", section="101", row="A", quantity=5)

    listing = shop.listing("EVENT123", "101", "A")

    assert (listing["quantity"], listing["splits"]) == (3, [1, 3])


def test_cancel_puts_the_listing_back(shop: Shop) -> None:
    before = shop.listing("EVENT123", "101", "A")
    order = shop.buy(eventId="EVENT123", section="101", row="A", quantity=5)

    shop.move(order, "cancelled")

    assert shop.listing("EVENT123", "101", "A") == before


def test_sold_out_listing_is_hidden(shop: Shop) -> None:
    shop.buy(quantity=10)

    assert rows(shop.inventory(eventId="4546456")) == []


def test_listing_put_back_is_shown(shop: Shop) -> None:
    order = shop.buy(quantity=10)

    shop.move(order, "cancelled")

    assert rows(shop.inventory(eventId="4546456")) == [("Club Box 19", "A", 10, 75.33)]


@pytest.mark.parametrize(("key", "place"), [("price", 3), ("section", 0), ("row", 1)])
def test_listings_sort_both_ways(shop: Shop, key: str, place: int) -> None:
    upwards = shop.inventory(eventId="EVENT123", sortBy=key)
    downwards = shop.inventory(eventId="EVENT123", sortBy=key, sortOrder="desc")

    values = [str(row[place]).casefold() if key != "price" else row[place] for row in CONCERT]
    assert [lowered(row[place]) for row in rows(upwards)] == sorted(values)
    assert [lowered(row[place]) for row in rows(downwards)] == sorted(values, reverse=True)


def lowered(value: Any) -> Any:
    """Return text without its case, a number as it is."""
    return value.casefold() if isinstance(value, str) else value


def test_default_order_is_cheapest_first(shop: Shop) -> None:
    answer = shop.inventory(eventId="EVENT123")

    assert prices(answer) == PRICES


@pytest.mark.parametrize(("name", "value"), [("sortBy", "date"), ("sortBy", "quantity"), ("sortOrder", "down")])
def test_unknown_order_is_refused(shop: Shop, name: str, value: str) -> None:
    answer = shop.inventory(eventId="EVENT123", **{name: value})

    assert wrong_fields(answer) == [name]


def test_filters_are_echoed_in_order(shop: Shop) -> None:
    first = {"eventId": "EVENT123", "listingId": "x", "minPrice": 10, "maxPrice": 90, "quantity": 2}
    query = first | {"sortBy": "row", "sortOrder": "desc"}

    answer = shop.inventory(**dict(reversed(query.items())))

    filters = answer.json()["meta"]["filters"]
    assert filters == query
    assert list(filters) == list(query)


def test_added_stock_is_for_sale(shop: Shop) -> None:
    row = {"event": "4546456", "section": "Annex", "row": "Z", "seats": 3, "price": "12.50"}
    shop.client.control("POST", "core/actions/add_stock", row)

    answer = shop.inventory(eventId="4546456")

    assert rows(answer) == [("Annex", "Z", 3, 12.5), ("Club Box 19", "A", 10, 75.33)]
    assert re.fullmatch(r"[0-9a-f]{24}", answer.json()["data"][0]["listingId"])
    assert shop.event("4546456")["numberOfSeats"] == 13


def test_changed_price_keeps_the_listing(shop: Shop) -> None:
    before = shop.listing("4546456", "Club Box 19", "A")
    row = stock.of_event(shop.client.world.read(), "4546456")[0].id

    shop.client.control("POST", "core/actions/change_price", {"stock": row, "price": 8.2})

    assert shop.listing("4546456", "Club Box 19", "A") == before | {"price": 8.2}
    assert prices(shop.inventory(eventId="4546456", maxPrice=8.2)) == [8.2]


def test_names_of_any_script_pass(shop: Shop) -> None:
    answer = shop.inventory(eventId="NANDU")

    assert rows(answer) == [('Palco "Ñ" / ₱', "é", 8, 12.34)]
    assert '"section":"Palco \\"Ñ\\" / ₱","row":"é"' in answer.text


@pytest.mark.parametrize("base", VENDOR.bases)
def test_both_base_urls_list_inventory(shop: Shop, base: str) -> None:
    answer = Shop(shop.client, base).inventory(eventId="EVENT123")

    assert prices(answer) == PRICES
