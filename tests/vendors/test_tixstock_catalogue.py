"""What Tixstock's resellers map and its partners are fed: events, performers, venues, categories, pages of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Client
from tests.vendors.tixstock import TOKENS, Exchange, error, opened

EVENT = {
    "name": "A Brand New Night",
    "currency": "USD",
    "datetime": "2026-08-01T20:00:00-0400",
    "venue": {
        "id": "V-1",
        "name": "Harbour Shed",
        "address_line_1": "2 Dock Road",
        "city": "Hull",
        "postcode": "HU1",
        "country_code": "GB",
    },
    "use_tixstock_venue_details": 1,
    "performers": [{"id": "P-1", "name": "The Late Bells"}],
    "category": "Jazz",
}
OTTERS = EVENT | {
    "name": "Otters at the Quay",
    "datetime": "2026-05-01T23:30:00+0000",
    "venue": EVENT["venue"] | {"name": "QUAY GARDEN"},  # type: ignore[operator]
    "performers": [{"id": "9", "name": "northgate otters"}],
}


@pytest.fixture
def exchange(client: Client) -> Exchange:
    return opened(client)


def events(exchange: Exchange, who: str = "a", **query: Any) -> list[dict[str, Any]]:
    """Return the events that a query finds, in the order of their dates."""
    parameters = {"per_page": 50, "sort_order": "asc"} | query
    rows: list[dict[str, Any]] = exchange.get(who, "/events/get", **parameters).json()["data"]
    return rows


def fed(exchange: Exchange, **query: Any) -> list[dict[str, Any]]:
    """Return the listings that the partner's feed has for a query."""
    rows: list[dict[str, Any]] = exchange.get("p", "/tickets/feed", **query).json()["data"]
    return rows


def sections(rows: list[dict[str, Any]]) -> list[str]:
    """Return the sections of listings."""
    return [row["seat_details"]["section"] for row in rows]


def test_commission_is_refused_when_asked(exchange: Exchange) -> None:
    body = OTTERS | {"commission_percentage_fee": "5.00"}
    exchange.client.control("PATCH", "settings", {"core": {"unsupported": "refuse"}})

    answer = exchange.client.call(
        "POST", "/tixstock/v1/events/add/C-77", json=body, headers={"Authorization": f"Bearer {TOKENS['c']}"}
    )

    assert error(answer)[0] == 501
    assert "commission_percentage_fee" in answer.json()["errors"]["title"]


def test_events_to_come_are_got(exchange: Exchange) -> None:
    assert [event["id"] for event in events(exchange)] == ["9001", "9002", "OFF", "BARE"]


def test_event_has_its_category_tree(exchange: Exchange) -> None:
    category = events(exchange, event_name="peña")[0]["category"]

    assert (category["name"], category["upcoming_events"], category["parent"]["name"]) == (
        "Zarzuela",
        1,
        "Culture, Theatre & Arts",
    )
    assert (category["parent"]["upcoming_events"], category["parent"]["parent"]) == (2, [])


def test_unmapped_event_has_no_ids(exchange: Exchange) -> None:
    event = events(exchange, "c", event_name="otters")[0]

    assert (event["id"], event["venue"]["id"], event["mapped_status"]) == ("", "", "false")
    assert {performer["id"] for performer in event["performers"]} == {""}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"event_id": "BE-9001"}, ["BE-9001"]),
        ({"event_id": "9001"}, []),
        ({"event_name": "FIESTA"}, ["BE-9002"]),
        ({"venue_name": "quay"}, ["BE-9001", "BE-OFF"]),
        ({"performer_name": "lynx"}, ["BE-9001"]),
        ({"category_name": "sport"}, ["BE-9001"]),
        ({"category_name": "culture, theatre & arts"}, ["BE-9002", "BE-BARE"]),
        ({"tags": "EPL"}, ["BE-9002"]),
        ({"tags[]": "epl"}, ["BE-9002"]),
        ({"tags[0]": "epl"}, ["BE-9002"]),
        ({"tags[]": ["epl", "other"]}, []),
        ({"mapped_status": "true"}, ["BE-9001", "BE-9002", "BE-OFF", "BE-BARE"]),
        ({"mapped_status": "False"}, []),
        ({"start_date": "2026-03-01T00:00:00Z", "end_date": "2026-04-01T12:00:00Z"}, ["BE-PAST"]),
        ({"start_date": "2026-06-01T00:00:00Z"}, ["BE-OFF", "BE-BARE"]),
        ({"order_by": "venue_name", "per_page": 1}, ["BE-9001"]),
        ({"order_by": "event_id", "sort_order": "desc", "per_page": 1}, ["BE-OFF"]),
    ],
)
def test_events_are_filtered(exchange: Exchange, query: dict[str, Any], expected: list[str]) -> None:
    assert [event["id"] for event in events(exchange, "b", **query)] == expected


@pytest.mark.parametrize(("mapped", "count"), [("true", 3), ("false", 1)])
def test_events_are_told_apart_by_mapping(exchange: Exchange, mapped: str, count: int) -> None:
    assert len(events(exchange, "c", mapped_status=mapped)) == count


def test_added_event_is_mapped(exchange: Exchange) -> None:
    answer = exchange.post("c", "/events/add/C-77", OTTERS)

    assert (answer.json()["meta"]["mapped"], answer.json()["data"]["id"]) == (True, "C-77")
    assert answer.json()["data"]["name"] == "Northgate Otters vs. Granite Lynx"
    assert exchange.listing(who="c")["event"]["id"] == "C-77"


def test_event_maps_by_its_name(exchange: Exchange) -> None:
    body = OTTERS | {"name": "northgate otters VS. granite lynx", "performers": [{"id": "1", "name": "Nobody"}]}

    assert exchange.post("c", "/events/add/C-77", body).json()["meta"]["mapped"]


@pytest.mark.parametrize(
    "change", [{"datetime": "2026-05-09T20:00:00+0000"}, {"performers": [{"id": "1", "name": "Nobody"}]}]
)
def test_another_event_is_not_mapped(exchange: Exchange, change: dict[str, Any]) -> None:
    assert not exchange.post("c", "/events/add/C-77", OTTERS | change).json()["meta"]["mapped"]


def test_mapped_event_must_stay_mapped(exchange: Exchange) -> None:
    exchange.post("c", "/events/add/C-77", OTTERS)

    assert exchange.post("c", "/events/add/C-77", OTTERS).status_code == 200
    assert error(exchange.post("c", "/events/add/C-77", EVENT)) == (409, "112")


def test_new_event_is_taken_over(exchange: Exchange) -> None:
    event = exchange.post("a", "/events/add/A-9", EVENT).json()["data"]

    assert (event["id"], event["datetime"], event["venue"]["country_code"]) == ("A-9", "2026-08-02T00:00:00+0000", "GB")
    assert (event["category"]["name"], event["performers"][0]["name"]) == ("Jazz", "The Late Bells")


def test_new_event_is_its_resellers_only(exchange: Exchange) -> None:
    exchange.post("a", "/events/add/A-9", EVENT)

    assert [event["mapped_status"] for event in events(exchange, "b", event_name="brand new")] == ["false"]


def test_new_event_is_at_other_vendors(exchange: Exchange) -> None:
    exchange.post("a", "/events/add/A-9", EVENT)
    exchange.client.key = {"X-API-Key": "portal_test_full_00000000"}

    portal_events = exchange.client.get("/api/v1/events").json()["data"]

    assert "A Brand New Night" in [event["name"] for event in portal_events]


def test_tickets_are_added_to_new_event(exchange: Exchange) -> None:
    exchange.post("a", "/events/add/A-9", EVENT)
    price = {"currency": "USD", "amount": "70.00"}

    answer = exchange.post("a", "/tickets/add", {
        "external_id": "1", "broker_id": "1001", "event_id": "A-9", "proceed_price": price, "face_value": price,
        "ticket": {"general_admission": True, "type": "eTicket", "split_type": "No Preferences"},
        "number_of_tickets_for_sale": {"quantity": 2}, "seat_details": {"category": "Yard"},
    })  # fmt: skip

    assert answer.json()["data"]["event"]["venue_details"][0]["name"] == "Yard"


@pytest.mark.parametrize("field", ["name", "currency", "datetime", "venue", "performers", "use_tixstock_venue_details"])
def test_event_needs_its_fields(exchange: Exchange, field: str) -> None:
    answer = exchange.post("a", "/events/add/A-9", {name: EVENT[name] for name in EVENT if name != field})

    assert f"The {field.replace('_', ' ').title()} field is required." in answer.json()["errors"]


def test_event_in_another_currency_is_refused(exchange: Exchange) -> None:
    assert exchange.post("c", "/events/add/C-77", OTTERS | {"currency": "EUR"}).status_code == 400


def test_own_details_beside_theirs_are_refused(exchange: Exchange) -> None:
    answer = exchange.post("a", "/events/add/A-9", EVENT | {"venue_details": [{"name": "Stand"}]})

    assert answer.status_code == 400


def test_performers_have_their_events(exchange: Exchange) -> None:
    (performer,) = exchange.get("b", "/performers/get", name="otters").json()["data"]

    assert ([event["id"] for event in performer["events"]], performer["mapped_status"]) == (["BE-9001"], "true")


def test_unmapped_performer_has_no_id(exchange: Exchange) -> None:
    (performer,) = exchange.get("c", "/performers/get", name="otters").json()["data"]

    assert (performer["id"], performer["mapped_status"], performer["events"][0]["id"]) == ("", "false", "")


def test_performer_is_got_by_id(exchange: Exchange) -> None:
    id = exchange.get("a", "/performers/get", name="lynx").json()["data"][0]["id"]

    assert [performer["name"] for performer in exchange.get("a", "/performers/get", id=id).json()["data"]] == [
        "Granite Lynx"
    ]


@pytest.mark.parametrize(
    ("mapped", "names"), [("true", {'Teatro "Ñandú" / Sala ₱ 🎟️', "Quay Garden"}), ("false", set())]
)
def test_venues_are_told_apart_by_mapping(exchange: Exchange, mapped: str, names: set[str]) -> None:
    rows = exchange.get("a", "/venues/get", mapped_status=mapped).json()["data"]

    assert {row["name"] for row in rows} == names


def test_venue_is_addressed(exchange: Exchange) -> None:
    (venue,) = exchange.get("a", "/venues/get", name="quay").json()["data"]

    assert [event["id"] for event in venue.pop("events")] == ["9001", "OFF"]
    assert venue == {
        "id": "quay", "name": "Quay Garden", "address_line_1": "1 Quay Street", "address_line_2": "", "city": "Boston",
        "state": "MA", "postcode": "02110", "country_code": "US", "mapped_status": "true",
    }  # fmt: skip


def test_pages_say_where_they_stand(exchange: Exchange) -> None:
    answer = exchange.get("a", "/events/get", per_page=3, page=2, sort_order="asc").json()
    url = f"{exchange.client.base}/tixstock/v1/events/get"

    meta = answer["meta"]
    assert [event["id"] for event in answer["data"]] == ["BARE"]
    assert (meta["mode"], meta["type"], meta["path"]) == ("Sandbox", "event.get", url)
    assert (meta["current_page"], meta["from"], meta["to"], meta["last_page"], meta["per_page"], meta["total"]) == (
        2,
        4,
        4,
        2,
        3,
        4,
    )
    query = f"{url}?per_page=3&sort_order=asc&page="
    assert answer["links"] == {
        "self": "link-value",
        "first": f"{query}1",
        "last": f"{query}2",
        "prev": f"{query}1",
        "next": None,
    }


def test_page_beyond_the_last_is_empty(exchange: Exchange) -> None:
    answer = exchange.get("a", "/events/get", page=9).json()

    assert (answer["data"], answer["meta"]["from"], answer["meta"]["to"]) == ([], None, None)


@pytest.mark.parametrize(
    "query", [{"per_page": 51}, {"per_page": 0}, {"page": 0}, {"page": "x"}, {"sort_order": "up"}, {"order_by": "x"}]
)
def test_wrong_pages_are_refused(exchange: Exchange, query: dict[str, Any]) -> None:
    assert exchange.get("a", "/events/get", **query).status_code == 400


def test_next_page_is_linked(exchange: Exchange) -> None:
    first = exchange.get("a", "/tickets/get", per_page=4).json()
    seen = [entry["id"] for entry in first["data"]]

    while first["links"]["next"]:
        first = exchange.client.session.get(first["links"]["next"], headers=exchange.client.key, timeout=10).json()
        seen += [entry["id"] for entry in first["data"]]

    assert len(set(seen)) == len(seen) == 10


def test_feed_has_events_on_sale(exchange: Exchange) -> None:
    answer = exchange.get("p", "/feed").json()

    assert [entry["id"] for entry in answer["data"]] == ["9001", "9002", "BARE"]
    assert answer["meta"]["type"] == "feed.get"
    assert "listings" not in answer["data"][0]


@pytest.mark.parametrize(
    ("query", "expected"),
    [({"event_id": "9002"}, ["9002"]), ({"category_name": "Sport"}, ["9001"]), ({"per_page": 1, "page": 2}, ["9002"])],
)
def test_feed_is_filtered(exchange: Exchange, query: dict[str, Any], expected: list[str]) -> None:
    assert [event["id"] for event in exchange.get("p", "/feed", **query).json()["data"]] == expected


def test_feed_includes_listings_if_asked(exchange: Exchange) -> None:
    rows = exchange.get("p", "/feed", include_listings="true").json()["data"]

    assert [len(row["listings"]) for row in rows] == [6, 2, 0]


def test_fed_listing_is_the_partners(exchange: Exchange) -> None:
    (row,) = fed(exchange, section_name="Circle")

    assert (row["seller_id"], row["seller_name"]) == (1001, "Quayside Seats")
    assert list(row["ticket"]) == [
        "general_admission", "type", "allow_last_minute_sales", "split_type", "etickets", "upload_later", "instant_download",
    ]  # fmt: skip
    assert "event" not in row


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"event_id": "9002"}, ["Señora's Lounge ₱/ñ"] * 2),
        ({"event_id": "none"}, []),
        ({"section_name": "Box"}, ["Box"]),
        ({"section_name[]": ["Box", "Floor"]}, ["Floor", "Box"]),
        ({"category_name": "Palco Ñ"}, ["Señora's Lounge ₱/ñ"] * 2),
        ({"category_name[]": ["Palco Ñ", "Box"]}, ["Señora's Lounge ₱/ñ", "Señora's Lounge ₱/ñ", "Box"]),
        ({"ticket_types": "Mobile"}, ["Circle"]),
        ({"ticket_types[]": ["Mobile", "Paper"]}, ["Gallery", "Circle"]),
        ({"ticket_types[0]": "Mobile", "ticket_types[1]": "Paper"}, ["Gallery", "Circle"]),
        ({"min_quantity": 12}, ["Floor", "Circle"]),
        ({"proceed_price_max": 42}, ["Gallery", "Señora's Lounge ₱/ñ", "Señora's Lounge ₱/ñ"]),
        ({"proceed_price_min": 96, "sort_order": "desc"}, ["Box", "Stalls", "Stalls"]),
        ({"proceed_price_min": 248.61}, []),
        ({"seller_id": "1002"}, []),
        ({"instant_download": "1"}, ["Circle"]),
    ],
)
def test_ticket_feed_is_filtered(exchange: Exchange, query: dict[str, Any], expected: list[str]) -> None:
    assert sections(fed(exchange, **query)) == expected


def test_ticket_feed_converts_prices(exchange: Exchange) -> None:
    assert fed(exchange, section_name="Box", target_currency="GBP")[0]["proceed_price"] == {
        "currency": "GBP",
        "amount": "248.60",
    }


def test_ticket_feed_can_be_lighter(exchange: Exchange) -> None:
    assert "face_value" not in fed(exchange, section_name="Box", lighter_response="1")[0]


def test_ticket_feed_sums_up(exchange: Exchange) -> None:
    meta = exchange.get("p", "/tickets/feed", event_id="9001").json()["meta"]

    assert (meta["min_price"], meta["max_price"], meta["total_tickets"]) == ("20.05", "310.75", 90)


def test_ticket_feed_of_many_events_is_meta(exchange: Exchange) -> None:
    answer = exchange.get("p", "/tickets/feed", **{"event_id[]": ["9001", "BARE"]}).json()

    assert answer["data"] == []
    assert answer["meta"]["events_meta"] == {
        "9001": {"min_price": "20.05", "max_price": "310.75", "total_tickets": 90},
        "BARE": {"min_price": None, "max_price": None, "total_tickets": 0},
    }


def test_ticket_feed_has_pages_if_asked(exchange: Exchange) -> None:
    answer = exchange.get("p", "/tickets/feed", per_page=3, page=3).json()

    assert (len(answer["data"]), answer["meta"]["total"], answer["links"]["next"]) == (2, 8, None)


def test_sold_out_is_not_fed(exchange: Exchange) -> None:
    exchange.order(4, "Box", "X")

    assert "Box" not in sections(fed(exchange))


def test_cancelled_event_is_not_fed(exchange: Exchange) -> None:
    exchange.core("cancel_event", event="9001")

    assert (sections(fed(exchange, event_id="9001")), exchange.get("p", "/feed", event_id="9001").json()["data"]) == (
        [],
        [],
    )


def test_closed_brokers_are_not_fed(exchange: Exchange) -> None:
    exchange.acted("close_account")

    assert fed(exchange) == []


def test_categories_are_trees(exchange: Exchange) -> None:
    rows = exchange.get("p", "/categories/feed").json()["data"]

    assert [row["name"] for row in rows] == ["Culture, Theatre & Arts", "Music", "Sport"]
    assert [category["name"] for category in rows[0]["children"]] == ["Zarzuela"]
    assert rows[0]["children"][0]["parent"]["name"] == "Culture, Theatre & Arts"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"name": "zarzuela"}, ["Zarzuela"]),
        ({"parent": "Culture, Theatre & Arts"}, ["Zarzuela"]),
        ({"has_listing": "true"}, ["Culture, Theatre & Arts", "Sport"]),
        ({"sort_order": "desc"}, ["Sport", "Music", "Culture, Theatre & Arts"]),
    ],
)
def test_categories_are_filtered(exchange: Exchange, query: dict[str, Any], expected: list[str]) -> None:
    assert [category["name"] for category in exchange.get("p", "/categories/feed", **query).json()["data"]] == expected


def test_section_of_new_stock_is_in_the_house(exchange: Exchange) -> None:
    exchange.core("add_stock", event="BARE", section="Patio", seats=5, price=5, kind="general")

    assert [detail["name"] for detail in events(exchange, event_name="no seats")[0]["venue_details"]] == ["Patio"]
