"""SkyBox's inventory: found, changed, split, merged, exported, and what was sold and bought."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.conftest import Client
from tests.vendors.skybox import SOL, TWO, wrong
from tests.vendors.skybox_office import Office, office, second


@pytest.fixture
def desk(client: Client) -> Office:
    return office(client)


def ids(page: dict[str, Any]) -> list[int]:
    """Return the ids of a page's rows."""
    assert page["rowCount"] >= len(page["rows"])
    return [row["id"] for row in page["rows"]]


def test_list_has_rows_and_count(desk: Office) -> None:
    page = desk.get("/inventory")

    assert list(page) == ["rows", "rowCount"]
    assert [(row["section"], row["quantity"], row["seatNumbers"]) for row in page["rows"]] == [
        ("101", 8, "11,12,13,14,15,16,17,18"),
        ("Floor", 20, ",".join(map(str, range(1, 21)))),
    ]


def test_summary_knows_what_is_around(desk: Office) -> None:
    row = desk.get("/inventory", section="101")["rows"][0]

    assert (row["event"]["name"], row["event"]["id"], row["listed"], row["inHand"]) == (
        "Lanterns at Low Tide", 1001, True, False,
    )  # fmt: skip
    assert (row["vendorId"], row["currencies"], row["received"]) == ([desk.vendor()], ["USD"], "ALL")


def test_one_has_its_tickets(desk: Office) -> None:
    listing = desk.inventory()

    assert [ticket["id"] for ticket in listing["tickets"]] == listing["ticketIds"]
    assert [ticket["seatNumber"] for ticket in listing["tickets"]] == list(range(11, 19))
    assert {ticket["status"] for ticket in listing["tickets"]} == {"AVAILABLE"}


def test_other_accounts_inventory_is_unknown(desk: Office) -> None:
    neighbour = second(desk, TWO, token=SOL, application="skybox_test_app_two_00000001")
    (row,) = neighbour.get("/inventory")["rows"]

    assert row["section"] == "201"
    assert desk.call("GET", f"/inventory/{row['id']}").status_code == 404
    assert desk.call("PUT", f"/inventory/{row['id']}", {"listPrice": 1}).status_code == 404
    assert wrong(desk.call("PUT", "/inventory", [{"id": row["id"], "listPrice": 1}])) == ["[0].id"]


FILTERS: list[tuple[dict[str, Any], int]] = [
    ({"eventId": 1001}, 4), ({"eventId": [1001, 7]}, 4), ({"eventId": 7}, 0), ({"section": "Floor"}, 1), ({"row": "A"}, 1),
    ({"minQuantity": 9}, 1), ({"maxQuantity": 2}, 2), ({"minPrice": 90}, 2), ({"maxPrice": 60}, 1),
    ({"stockType": "HARD"}, 1), ({"splitType": ["CUSTOM", "NEVERLEAVEONE"]}, 2), ({"seatType": "GA"}, 1),
    ({"listed": "false"}, 1), ({"listed": "true"}, 3), ({"zoneSeating": "true"}, 1), ({"tag": "vip"}, 1),
    ({"onHold": "true"}, 1), ({"onHold": "false"}, 3), ({"inHand": "true"}, 1), ({"status": "ON_HOLD"}, 0),
    ({"ticketStatus": "SOLD"}, 1), ({"eventDateFrom": "2026-03-16T00:00:00Z"}, 0),
    ({"eventDateTo": "2026-03-16T00:00:00Z"}, 4), ({"eventDateTo": "2026-03-15"}, 4), ({"eventDateTo": "2026-03-14"}, 0),
    ({"eventDateFrom": "2026-03-15T19:30:00", "eventDateTo": "2026-03-15T19:30:00"}, 4),
    ({"lastUpdateFrom": "2026-03-01T12:00:01Z"}, 0),
    ({"lastPriceUpdateTo": "2026-03-01T12:00:00Z"}, 4), ({"performerId": 1}, 0), ({"vendorId": 1}, 0),
]  # fmt: skip


def test_filters_narrow_the_list(desk: Office) -> None:
    small = desk.bought(
        high=2, stockType="HARD", splitType="CUSTOM", customSplit="2", broadcast=False, zoneSeating=True,
        tags="vip,aisle", inHandDate="2026-02-28",
    )  # fmt: skip
    large = desk.bought(row="L", low=1, high=6)
    desk.hold(large, 2)
    desk.sell(large["ticketIds"][2:4])
    assert small["quantity"] == 2

    for query, rows in FILTERS:
        page = desk.get("/inventory", **query)
        assert page["rowCount"] == len(page["rows"]) == rows, query


def test_filters_by_ids(desk: Office) -> None:
    purchase = desk.buy()
    listing = purchase["lines"][0]["inventory"]
    view = desk.get(f"/inventory/{listing['id']}")
    venue = desk.get("/events/1001")["venue"]["id"]
    performer = desk.get("/events/1001")["performerId"]

    assert ids(desk.get("/inventory", inventoryId=listing["id"])) == [listing["id"]]
    assert ids(desk.get("/inventory", exchangePosId=view["exchangePosId"])) == [listing["id"]]
    assert ids(desk.get("/inventory", purchaseId=purchase["id"])) == [listing["id"]]
    assert desk.get("/inventory", venueId=venue)["rowCount"] == 3
    assert desk.get("/inventory", performerId=performer)["rowCount"] == 3
    assert desk.get("/inventory", vendorId=desk.vendor())["rowCount"] == 3


def test_pages_and_sorting(desk: Office) -> None:
    for row in "LMN":
        desk.bought(row=row, high=2, listPrice=ord(row))

    first = desk.get("/inventory", limit=2, pageNumber=1, sortedBy="listPrice", sortDir="DESC")
    second_page = desk.get("/inventory", limit=2, pageNumber=2, sortedBy="listPrice", sortDir="DESC")

    assert (first["rowCount"], second_page["rowCount"]) == (5, 5)
    prices = [listing["listPrice"] for listing in first["rows"] + second_page["rows"]]
    assert prices == [85.5, 78.0, 77.0, 76.0]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"), ({"limit": 20_001}, "limit"), ({"pageNumber": -1}, "pageNumber"), ({"sortedBy": "x"}, "sortedBy"),
        ({"sortDir": "UP"}, "sortDir"), ({"eventId": "x"}, "eventId[0]"), ({"minPrice": "cheap"}, "minPrice"),
        ({"listed": "perhaps"}, "listed"), ({"lastUpdateFrom": "yesterday"}, "lastUpdateFrom"),
        ({"stockType": "PAPER"}, "stockType[0]"),
    ],
)  # fmt: skip
def test_wrong_queries_are_named(desk: Office, query: dict[str, Any], field: str) -> None:
    assert wrong(desk.call("GET", "/inventory", **query)) == [field]


def test_tickets_come_when_asked(desk: Office) -> None:
    plain, full = desk.get("/inventory"), desk.get("/inventory", includeTickets="true")

    assert "tickets" not in plain["rows"][0]
    assert len(full["rows"][0]["tickets"]) == 8


def test_update_keeps_what_is_unnamed(desk: Office) -> None:
    listing = desk.bought(publicNotes="first", tags="a")

    changed = desk.put(f"/inventory/{listing['id']}", {"publicNotes": "second", "inHandDate": "2026-03-10"})

    assert (changed["publicNotes"], changed["tags"], changed["inHandDate"]) == ("second", "a", "2026-03-10")
    assert (changed["version"], changed["lastUpdateBy"]) == (2, "Bea Broker")


def test_update_takes_its_own_answer(desk: Office) -> None:
    listing = desk.get(f"/inventory/{desk.bought()['id']}")

    answer = desk.put(f"/inventory/{listing['id']}", listing)

    assert answer == {name: value for name, value in listing.items() if name != "tickets"}


WRONG_UPDATES: list[tuple[dict[str, Any], str]] = [
    ({"section": ""}, "section"), ({"row": "R" * 101}, "row"), ({"eventId": 7}, "eventId"), ({"id": 7}, "id"),
    ({"listPrice": -1}, "listPrice"),
    ({"listPrice": "dear"}, "listPrice"), ({"stockType": "PAPER"}, "stockType"), ({"splitType": "PAIRS"}, "splitType"),
    ({"splitType": "CUSTOM", "customSplit": "2;4"}, "customSplit"),
    ({"splitType": "CUSTOM", "customSplit": "2,1000000"}, "customSplit"), ({"inHandDate": "soon"}, "inHandDate"),
    ({"broadcast": "perhaps"}, "broadcast"), ({"attributes": "x"}, "attributes"), ({"shownQuantity": -1}, "shownQuantity"),
    ({"shownQuantity": 2.5}, "shownQuantity"), ({"inHandDaysBeforeEvent": -1}, "inHandDaysBeforeEvent"),
    ({"listPrice": 1_000_001}, "listPrice"), ({"cost": 8_000_001}, "cost"), ({"seatType": "GA"}, "seatType"),
    ({"seatType": "ALTERNATING"}, "seatType"),
]  # fmt: skip


def test_wrong_updates_are_named(desk: Office) -> None:
    listing = desk.bought()

    for change, field in WRONG_UPDATES:
        assert wrong(desk.call("PUT", f"/inventory/{listing['id']}", change)) == [field], change
        assert desk.get(f"/inventory/{listing['id']}")["version"] == 1, change


def test_prices_are_whole_cents(desk: Office) -> None:
    listing = desk.bought()

    answer = desk.put(f"/inventory/{listing['id']}", {"listPrice": 99.999})

    assert answer["listPrice"] == desk.get(f"/inventory/{listing['id']}")["listPrice"] == 100.0


def test_seat_type_keeps_to_the_seats(desk: Office) -> None:
    floor, apart = desk.floor(), desk.bought(seatType="ALTERNATING", high=7)
    single = desk.bought(row="S", high=1)

    changed = desk.put(f"/inventory/{single['id']}", {"seatType": "ALTERNATING"})

    assert changed["seatType"] == "ALTERNATING"
    assert wrong(desk.call("PUT", f"/inventory/{apart['id']}", {"seatType": "CONSECUTIVE"})) == ["seatType"]
    bulk = {"inventoryIds": [floor["id"]], "seatType": "CONSECUTIVE"}
    assert wrong(desk.call("PUT", "/inventory/bulk-update", bulk)) == ["seatType"]


def test_custom_split_stays_as_written(desk: Office) -> None:
    listed = desk.bought(splitType="CUSTOM", customSplit="4,2")
    free = desk.bought(row="L", splitType="CUSTOM")
    desk.sell(listed["ticketIds"][:2])
    desk.sell(free["ticketIds"][:3])

    after = [desk.get(f"/inventory/{listing['id']}") for listing in (listed, free)]

    expected = [("CUSTOM", "4,2"), ("CUSTOM", None)]
    assert [(listing["splitType"], listing["customSplit"]) for listing in (listed, free)] == expected
    assert [(listing["splitType"], listing["customSplit"]) for listing in after] == expected


def test_unsold_tickets_follow_their_listing(desk: Office) -> None:
    listing = desk.bought(high=4)
    sold, held = listing["ticketIds"][0], listing["ticketIds"][1]
    desk.sell([sold])
    desk.hold(listing, 1)

    desk.put(f"/inventory/{listing['id']}", {"cost": 160, "stockType": "HARD", "faceValue": None})

    tickets = [desk.get(f"/tickets/{id}") for id in (sold, held, *listing["ticketIds"][2:])]
    assert [ticket["cost"] for ticket in tickets] == [70.0, 70.0, 80.0, 80.0]
    assert [ticket["stockType"] for ticket in tickets] == ["ELECTRONIC", "HARD", "HARD", "HARD"]


def test_bulk_prices_are_all_or_none(desk: Office) -> None:
    listing = desk.bought()

    answer = desk.call("PUT", "/inventory", [{"id": listing["id"], "listPrice": 10}, {"id": 1, "listPrice": 10}])

    assert wrong(answer) == ["[1].id"]
    assert desk.get(f"/inventory/{listing['id']}")["listPrice"] == 95.5


def test_bulk_update_changes_several(desk: Office) -> None:
    left, right = desk.bought(publicNotes="aisle"), desk.bought(row="L")

    answer = desk.call("PUT", "/inventory/bulk-update", {
        "inventoryIds": [left["id"], right["id"]], "publicNotesToAdd": "no view", "internalNotesToReplace": "x",
        "splitType": "NEVERLEAVEONE", "inventoryAttribute": "obstructed", "broadcast": False, "stockType": "HARD",
    })  # fmt: skip

    assert (answer.status_code, answer.content) == (200, b"")
    after = [desk.get(f"/inventory/{id}") for id in (left["id"], right["id"])]
    assert [row["publicNotes"] for row in after] == ["aisle no view", "no view"]
    for row in after:
        assert (row["splitType"], row["attributes"], row["broadcast"], row["stockType"], row["notes"]) == (
            "NEVERLEAVEONE", ["obstructed"], False, "HARD", "x",
        )  # fmt: skip


def test_price_history_has_every_price(desk: Office) -> None:
    listing = desk.bought()
    for price in (80, 70.5):
        desk.put(f"/inventory/{listing['id']}", {"listPrice": price})

    history = desk.get(f"/inventory/{listing['id']}/price-history")

    assert [(entry["action"], entry["price"]) for entry in history] == [
        ("INSERT", 95.5),
        ("UPDATE", 80.0),
        ("UPDATE", 70.5),
    ]


def test_split_answers_new_ids(desk: Office) -> None:
    listing = desk.bought(publicNotes="aisle")

    (new,) = desk.put(f"/inventory/{listing['id']}/split", 3)

    first, rest = desk.get(f"/inventory/{listing['id']}"), desk.get(f"/inventory/{new}")
    assert (first["ticketIds"], rest["ticketIds"]) == (listing["ticketIds"][:3], listing["ticketIds"][3:])
    assert (first["lowSeat"], first["highSeat"], rest["lowSeat"], rest["highSeat"]) == (1, 3, 4, 8)
    assert (rest["publicNotes"], rest["cost"], rest["listPrice"]) == ("aisle", 350.0, 95.5)
    assert rest["exchangePosId"] != first["exchangePosId"]


def test_parts_are_sold_by_themselves(desk: Office) -> None:
    listing = desk.bought()
    (new,) = desk.put(f"/inventory/{listing['id']}/split", 3)

    desk.sell(listing["ticketIds"][4:6])

    assert desk.get(f"/inventory/{listing['id']}")["quantity"] == 3
    assert desk.get(f"/inventory/{new}")["ticketIds"] == [listing["ticketIds"][3], *listing["ticketIds"][6:]]


def test_general_admission_is_split_too(desk: Office) -> None:
    floor = desk.floor()

    (new,) = desk.put(f"/inventory/{floor['id']}/split", 5)

    assert (desk.floor()["quantity"], desk.get(f"/inventory/{new}")["quantity"]) == (5, 15)
    desk.sell(desk.get(f"/inventory/{new}")["ticketIds"][:2])
    assert (desk.get(f"/inventory/{floor['id']}")["quantity"], desk.get(f"/inventory/{new}")["quantity"]) == (5, 13)


@pytest.mark.parametrize("size", [0, -1, 8, 9, 10**12, "3", 1.5, None, True, [3], {"size": 3}])
def test_impossible_splits_are_refused(desk: Office, size: Any) -> None:
    listing = desk.bought()

    answer = desk.call("PUT", f"/inventory/{listing['id']}/split", data_of(size))

    assert answer.status_code == 400
    assert desk.get(f"/inventory/{listing['id']}")["quantity"] == 8


def data_of(size: Any) -> Any:
    """Return a body that is sent even when it is null."""
    return [None] if size is None else size


def test_split_to_consecutive_follows_gaps(desk: Office) -> None:
    listing = desk.bought()
    desk.sell(listing["ticketIds"][3:5])

    (new,) = desk.put(f"/inventory/{listing['id']}/split-to-consecutive")

    assert desk.get(f"/inventory/{listing['id']}")["ticketIds"] == listing["ticketIds"][:3]
    assert desk.get(f"/inventory/{new}")["ticketIds"] == listing["ticketIds"][5:]


def test_alternating_seats_split_to_singles(desk: Office) -> None:
    listing = desk.bought(seatType="ALTERNATING", low=1, high=7)
    assert listing["quantity"] == 4

    new = desk.put(f"/inventory/{listing['id']}/split-to-consecutive")

    assert [desk.get(f"/inventory/{id}")["lowSeat"] for id in (listing["id"], *new)] == [1, 3, 5, 7]


def test_consecutive_listing_stays_whole(desk: Office) -> None:
    assert desk.put(f"/inventory/{desk.bought()['id']}/split-to-consecutive") == []


@pytest.mark.parametrize(
    ("type", "notes", "expected"),
    [("COMBINE", None, "left, right"), ("WIPE", "x", None), ("NEW", "both", "both"), (None, None, "left, right")],
)
def test_merge_says_notes_as_asked(desk: Office, type: str | None, notes: str | None, expected: str | None) -> None:
    left, right = desk.bought(high=4, publicNotes="left"), desk.bought(low=5, publicNotes="right")
    body = {"inventoryIds": [right["id"], left["id"]], "publicNotes": notes} | ({"mergingType": type} if type else {})
    if type is None:
        body["inventoryIds"] = [left["id"], right["id"]]
    if type == "COMBINE":
        body["inventoryIds"] = [left["id"], right["id"]]

    union = desk.post("/inventory/merge", body)

    assert (union["publicNotes"], union["quantity"], union["lowSeat"], union["highSeat"]) == (expected, 8, 1, 8)
    for id in (left["id"], right["id"]):
        piece = desk.get(f"/inventory/{id}")
        assert (piece["quantity"], piece["status"], piece["ticketIds"]) == (0, "DEPLETED", [])


def test_merged_tickets_can_be_sold(desk: Office) -> None:
    left, right = desk.bought(high=4), desk.bought(low=5)
    union = desk.post("/inventory/merge", {"inventoryIds": [left["id"], right["id"]]})

    desk.sell([left["ticketIds"][3], right["ticketIds"][0]])

    assert desk.get(f"/inventory/{union['id']}")["quantity"] == 6


def test_split_and_merge_give_it_back(desk: Office) -> None:
    listing = desk.bought()
    (new,) = desk.put(f"/inventory/{listing['id']}/split", 3)

    union = desk.post("/inventory/merge", {"inventoryIds": [listing["id"], new]})

    assert union["ticketIds"] == listing["ticketIds"]


def test_merged_cost_is_the_sum(desk: Office) -> None:
    left, right = desk.bought(high=3, cost=30.0), desk.bought(low=4, cost=100.0)

    union = desk.post("/inventory/merge", {"inventoryIds": [left["id"], right["id"]]})

    assert union["cost"] == 130.0
    tickets = desk.get(f"/inventory/{union['id']}")["tickets"]
    assert [ticket["cost"] for ticket in tickets] == [10.0] * 3 + [20.0] * 5


def test_average_is_of_what_is_left(desk: Office) -> None:
    left, right = desk.bought(high=4, cost=40.0), desk.bought(low=5, cost=80.0)
    union = desk.post("/inventory/merge", {"inventoryIds": [left["id"], right["id"]]})

    desk.sell(left["ticketIds"])

    (row,) = desk.get("/inventory", inventoryId=union["id"])["rows"]
    assert (row["cost"], row["unitCostAverage"]) == (80.0, 20.0)


def test_search_shows_the_hold(desk: Office) -> None:
    free, held = desk.bought(), desk.bought(row="L")
    hold = desk.hold(held)

    rows = {row["id"]: row for row in desk.get("/inventory", inventoryId=[free["id"], held["id"]])["rows"]}

    assert (rows[held["id"]]["holdId"], rows[held["id"]]["hold"]) == (hold["id"], hold)
    assert (rows[free["id"]]["holdId"], rows[free["id"]]["hold"]) == (None, None)


def test_what_cannot_merge_is_refused(desk: Office) -> None:
    left, apart, other_row = desk.bought(high=3), desk.bought(low=5), desk.bought(row="L", high=3)
    held = desk.bought(row="M")
    desk.hold(held)

    for pair in (
        [left["id"], apart["id"]],
        [left["id"], other_row["id"]],
        [left["id"], held["id"]],
        [left["id"]],
        [],
        [1, 2],
    ):
        answer = desk.call("POST", "/inventory/merge", {"inventoryIds": pair})
        assert answer.status_code == 400, pair
        assert all(path.startswith("inventoryIds") for path in wrong(answer))
    assert desk.get(f"/inventory/{left['id']}")["quantity"] == 3


def test_bulk_merge_takes_what_fits(desk: Office) -> None:
    pieces = [desk.bought(low=low, high=low + 1) for low in (1, 3, 5)]
    alone = desk.bought(low=10, high=11)

    listings = desk.post("/inventory/bulk-merge", {"inventoryIds": [*(piece["id"] for piece in pieces), alone["id"]]})

    assert [listing["quantity"] for listing in listings] == [6]
    assert desk.get(f"/inventory/{alone['id']}")["quantity"] == 2


def test_sold_has_rows_and_totals(desk: Office) -> None:
    listing = desk.bought()
    first = desk.sell(listing["ticketIds"][:2], 200.0, externalRef="A-1")
    desk.sell(listing["ticketIds"][2:4], 160.0)

    page = desk.get("/inventory/sold", limit=1, pageNumber=2)

    assert (page["rowCount"], len(page["rows"])) == (2, 1)
    row = page["rows"][0]
    assert (row["invoiceId"], row["total"], row["cost"], row["profit"], row["seatNumbers"]) == (
        first["id"], 200.0, 140.0, 60.0, "1,2",
    )  # fmt: skip
    assert (row["profitMargin"], row["roi"]) == (30.0, 42.86)
    assert page["soldInventoryTotals"] == {
        "totalQuantity": 4, "totalAmount": 360.0, "totalProfit": 80.0, "totalProfitMargin": 22.22, "totalROI": 28.57,
    }  # fmt: skip


def test_sold_is_filtered(desk: Office) -> None:
    invoice = desk.sell(desk.bought()["ticketIds"][:2])

    assert desk.get("/inventory/sold", invoiceId=invoice["id"])["rowCount"] == 1
    assert desk.get("/inventory/sold", customerId=7)["rowCount"] == 0
    assert desk.get("/inventory/sold", eventId=7)["rowCount"] == 0
    assert desk.get("/inventory/sold", invoiceDateFrom="2026-03-02T00:00:00Z")["rowCount"] == 0


def test_sold_and_purchased_are_sorted(desk: Office) -> None:
    listing = desk.bought()
    for place, amount in enumerate((200.0, 100.0, 300.0)):
        desk.sell(listing["ticketIds"][place : place + 1], amount)

    sold = desk.get("/inventory/sold", sortedBy="total", sortDir="DESC", limit=2)
    bought = desk.get("/inventory/purchased", sortedBy="inHandDate", sortedByB="quantity", sortDirB="DESC")

    assert [row["total"] for row in sold["rows"]] == [300.0, 200.0]
    assert [row["quantity"] for row in bought["rows"]] == [5, 20, 8]
    assert wrong(desk.call("GET", "/inventory/sold", sortedBy="mood")) == ["sortedBy"]
    assert wrong(desk.call("GET", "/inventory/purchased", sortedBy="mood")) == ["sortedBy"]


LISTS = (
    "inventory", "inventory/sold", "inventory/purchased", "purchases", "invoices", "holds", "events", "venues", "vendors",
    "customers", "users", "tags/summary",
)  # fmt: skip


@pytest.mark.thorough
@pytest.mark.parametrize("path", LISTS)
def test_every_name_to_sort_by_sorts(desk: Office, path: str) -> None:
    desk.hold(desk.inventory())
    desk.sell(desk.bought(low=31, high=34)["ticketIds"])
    refusal = desk.call("GET", f"/{path}", sortedBy="mood").json()[0]["message"]

    names = re.findall(r"\w+", refusal.partition(":")[2])

    assert names
    assert {desk.call("GET", f"/{path}", sortedBy=name, sortedByB="id").status_code for name in names} <= {200, 400}
    assert {desk.call("GET", f"/{path}", sortedBy=name).status_code for name in names} == {200}


@pytest.mark.thorough
@pytest.mark.parametrize("path", ["inventory", "inventory/sold", "inventory/purchased", "holds", "events"])
@pytest.mark.parametrize(("name", "member"), [
    ("eventName", ("name",)), ("eventDate", ("date",)), ("performer", ("performer", "name")), ("venue", ("venue", "name")),
])  # fmt: skip
def test_lists_are_sorted_by_their_event(desk: Office, path: str, name: str, member: tuple[str, ...]) -> None:
    for event in (1002, 1001):
        listing = desk.bought(low=31 + event % 2 * 10, high=36 + event % 2 * 10, eventId=event)
        desk.hold(listing)
        desk.sell(listing["ticketIds"][2:4])

    pages = [desk.get(f"/{path}", sortedBy=name, sortDir=way, limit=100)["rows"] for way in ("ASC", "DESC")]

    events = [[row.get("event", row) for row in rows] for rows in pages]
    values = [
        [event[member[0]] if len(member) == 1 else event[member[0]][member[1]] for event in page] for page in events
    ]
    assert values == [sorted(values[0]), sorted(values[0], reverse=True)]
    assert len({event["id"] for event in events[0]}) > 1


def test_returned_tickets_are_not_sold(desk: Office) -> None:
    invoice = desk.sell(desk.bought()["ticketIds"][:2])

    desk.call("DELETE", f"/invoices/{invoice['id']}/lines/{invoice['lines'][0]['id']}")

    assert desk.get("/inventory/sold")["rows"] == []


def test_purchased_has_purchase_and_line(desk: Office) -> None:
    purchase = desk.buy()

    (row,) = desk.get("/inventory/purchased", purchaseId=purchase["id"])["rows"]

    assert (row["purchase"]["id"], row["purchaseLineId"]) == (purchase["id"], purchase["lines"][0]["id"])
    assert (row["ticketStatus"], row["invoiceLineIds"]) == ("AVAILABLE", [])


def test_export_has_all_at_once(desk: Office) -> None:
    desk.bought()

    assert [listing["section"] for listing in desk.get("/inventory/export")] == ["101", "Floor", "205"]


def test_export_delta_has_what_changed(desk: Office) -> None:
    desk.advance(seconds=60)
    listing = desk.bought()

    rows = desk.get("/inventory/export/delta", timestamp="2026-03-01T12:00:30Z")

    assert [row["id"] for row in rows] == [listing["id"]]
    assert desk.get("/inventory/export/delta", timestamp="2026-03-01T12:02:00Z") == []
    assert len(desk.get("/inventory/export/delta")) == 3


def test_export_leaves_out_what_is_asked(desk: Office) -> None:
    free, held = desk.bought(listPrice=0, taxedCost=80, row="F"), desk.bought(row="G", high=2)
    desk.hold(held, 2)

    for switch, listing in (("includeZeroPricedListings", free), ("includeHeld", held)):
        for path in ("/inventory/export", "/inventory/export/delta"):
            assert listing["id"] in [row["id"] for row in desk.get(path)]
            assert listing["id"] not in [row["id"] for row in desk.get(path, **{switch: "false"})]
    taxes = [
        {row["hasTaxedCost"]: row["taxedCostAverage"] for row in desk.get("/inventory/export", includeTaxedCosts=on)}
        for on in ("true", "false")
    ]
    assert (taxes[0]["ALL"] is None, set(taxes[1].values())) == (False, {None})


def test_delta_is_narrowed_by_tickets(desk: Office) -> None:
    listing = desk.bought()
    desk.sell(listing["ticketIds"][:2])

    ids = desk.get(
        "/inventory/delta", startTime="2026-03-01T00:00:00Z", endTime="2026-03-02T00:00:00Z", ticketStatus="SOLD"
    )

    assert ids == [listing["id"]]


def test_delta_has_created_changed_and_gone(desk: Office) -> None:
    early = [desk.bought(row=row) for row in "LMNO"]
    desk.advance(seconds=60)
    desk.put(f"/inventory/{early[0]['id']}", {"notes": "only for us"})
    desk.sell(early[1]["ticketIds"])
    new = desk.bought(row="P")

    span = {"startTime": "2026-03-01T12:00:30Z", "endTime": "2026-03-01T12:02:00Z"}

    assert desk.get("/inventory/delta", **span) == [early[0]["id"], early[1]["id"], new["id"]]
    assert desk.get("/inventory/delta", **span, ticketStatus="SOLD") == [early[1]["id"]]


@pytest.mark.parametrize("query", [{}, {"startTime": "2026-03-01T12:00:00Z"}, {"startTime": "x", "endTime": "y"}])
def test_delta_needs_its_span(desk: Office, query: dict[str, str]) -> None:
    assert desk.call("GET", "/inventory/delta", **query).status_code == 400
