"""SkyBox's holds: placed, changed, removed, expired; the seats they keep are off every window."""

from __future__ import annotations

from typing import Any

import pytest

from mockmarket import stock
from tests.conftest import Client
from tests.receiver import Receiver
from tests.test_dashboard import UI, send
from tests.vendors.skybox import APP_TWO, SOL, TWO, wrong
from tests.vendors.skybox_office import LATER, Office, office, second


@pytest.fixture
def desk(client: Client) -> Office:
    return office(client)


def left(desk: Office, listing: dict[str, Any]) -> int:
    """Return how many tickets of a listing are left."""
    return int(desk.get(f"/inventory/{listing['id']}")["quantity"])


def test_hold_is_answered_whole(desk: Office) -> None:
    listing = desk.bought()

    hold = desk.hold(listing, 3, notes="for Nils", customerId=desk.customer(), externalRef="H-1")

    assert (hold["inventoryId"], hold["quantity"], hold["seats"], hold["section"], hold["row"]) == (
        listing["id"], 3, "1,2,3", "205", "K",
    )  # fmt: skip
    assert (hold["user"], hold["userId"], hold["cost"], hold["listPrice"], hold["eventId"]) == (
        "Bea Broker", 77, 210.0, 95.5, 1001,
    )  # fmt: skip
    assert (hold["expiryDate"], hold["removedDate"]) == (LATER, None)
    assert desk.get(f"/holds/{hold['id']}") == hold


def test_hold_keeps_seats_off_windows(desk: Office) -> None:
    listing = desk.bought()

    desk.hold(listing, 3)

    assert left(desk, listing) == 5
    numbers = desk.tixstock_listing("205", "K")["number_of_tickets_for_sale"]
    assert (numbers["quantity_available"], numbers["quantity_on_hold"]) == (5, 3)


def test_held_whole_listing_is_on_hold(desk: Office) -> None:
    listing = desk.bought()

    hold = desk.hold(listing, None)

    assert hold["quantity"] == 8
    assert desk.get(f"/inventory/{listing['id']}")["status"] == "ON_HOLD"
    (row,) = desk.get("/inventory", onHold="true")["rows"]
    assert (row["id"], row["holdId"]) == (listing["id"], hold["id"])


def test_hold_begins_at_its_low_seat(desk: Office) -> None:
    listing = desk.bought()

    assert desk.hold(listing, 2, lowSeat=4)["seats"] == "4,5"
    assert desk.get(f"/inventory/{listing['id']}")["ticketIds"] == listing["ticketIds"][:3] + listing["ticketIds"][5:]


def test_hold_by_exchange_pos_id(desk: Office) -> None:
    listing = desk.bought()

    hold = desk.post("/holds", {"expiryDate": LATER, "exchangePosId": listing["exchangePosId"], "quantity": 1})

    assert hold["inventoryId"] == listing["id"]


def test_general_admission_is_held(desk: Office) -> None:
    hold = desk.hold(desk.floor(), 4)

    assert (hold["seats"], desk.floor()["quantity"]) == ("1,2,3,4", 16)


WRONG_HOLDS: list[tuple[dict[str, Any], str]] = [
    ({"expiryDate": None}, "expiryDate"), ({"expiryDate": "soon"}, "expiryDate"),
    ({"expiryDate": "2026-02-28T00:00:00Z"}, "expiryDate"), ({"expiryDate": "9999-12-31T23:59:59-23:59"}, "expiryDate"),
    ({"inventoryId": 7}, "inventoryId"), ({"inventoryId": None}, "inventoryId"), ({"quantity": 0}, "quantity"),
    ({"quantity": 9}, "quantity"), ({"quantity": "two"}, "quantity"), ({"lowSeat": 99}, "quantity"),
    ({"customerId": 3}, "customerId"), ({"inventoryId": None, "exchangePosId": 5}, "exchangePosId"),
    ({"exchangePosId": 5}, "exchangePosId"), ({"quantity": 1.5}, "quantity"),
]  # fmt: skip


def test_wrong_holds_are_named(desk: Office) -> None:
    listing = desk.bought()
    body = {"expiryDate": LATER, "inventoryId": listing["id"], "quantity": 2}

    for change, field in WRONG_HOLDS:
        assert wrong(desk.call("POST", "/holds", body | change)) == [field], change
        assert left(desk, listing) == 8, change


def test_held_seat_is_not_held_again(desk: Office) -> None:
    listing = desk.bought()
    desk.hold(listing, 2, lowSeat=4)

    answer = desk.call(
        "POST", "/holds", {"expiryDate": LATER, "inventoryId": listing["id"], "quantity": 1, "lowSeat": 5}
    )

    assert wrong(answer) == ["lowSeat"]


def test_removed_hold_frees_its_seats(desk: Office) -> None:
    listing = desk.bought()
    hold = desk.hold(listing, 3)

    removal = desk.call("DELETE", f"/holds/{hold['id']}").json()

    assert (removal["id"], removal["removedByUserId"], removal["removedDate"]) == (
        hold["id"],
        77,
        "2026-03-01T12:00:00.000Z",
    )
    assert left(desk, listing) == 8
    assert desk.get("/holds")["rows"] == []
    assert desk.get(f"/holds/{hold['id']}") == removal
    assert desk.call("DELETE", f"/holds/{hold['id']}").status_code == 404
    assert desk.call("PUT", f"/holds/{hold['id']}", {"notes": "x"}).status_code == 404


def test_hold_expires_on_the_clock(desk: Office) -> None:
    listing = desk.bought()
    hold = desk.hold(listing, 3)
    desk.advance(seconds=86_399)
    before = left(desk, listing)

    desk.advance(seconds=1)

    assert (before, left(desk, listing)) == (5, 8)
    assert desk.get(f"/holds/{hold['id']}")["removedDate"] == LATER


def test_moved_expiry_counts(desk: Office) -> None:
    listing = desk.bought()
    hold = desk.hold(listing, 3)

    changed = desk.put(f"/holds/{hold['id']}", {"expiryDate": "2026-03-05T12:00:00Z", "notes": "longer"})
    desk.advance(seconds=86_400)

    assert (changed["expiryDate"], changed["notes"]) == ("2026-03-05T12:00:00.000Z", "longer")
    assert left(desk, listing) == 5
    desk.advance(seconds=3 * 86_400)
    assert left(desk, listing) == 8


def test_expiry_may_not_lie_behind(desk: Office) -> None:
    hold = desk.hold(desk.bought())

    assert wrong(desk.call("PUT", f"/holds/{hold['id']}", {"expiryDate": "2026-01-01T00:00:00Z"})) == ["expiryDate"]


def test_listing_shows_its_hold(desk: Office) -> None:
    listing = desk.bought()
    holds = [desk.hold(listing, 2), desk.hold(listing, 1)]

    assert desk.get(f"/inventory/{listing['id']}/hold") == holds[0]
    removed = desk.call("DELETE", f"/inventory/{listing['id']}/hold").json()
    assert [hold["id"] for hold in removed] == [hold["id"] for hold in holds]
    assert (left(desk, listing), desk.call("GET", f"/inventory/{listing['id']}/hold").status_code) == (8, 404)


QUERIES: list[tuple[dict[str, Any], int]] = [
    ({}, 2), ({"externalRef": "H-1"}, 1), ({"userId": 77}, 2), ({"userId": 1}, 0), ({"customerId": 70001}, 1),
    ({"eventId": 1001}, 2), ({"expiryDateTo": "2026-03-02T00:00:00Z"}, 0), ({"createdDateFrom": "2026-03-01T12:00:00Z"}, 2),
    ({"eventDateFrom": "2026-03-16T00:00:00Z"}, 0), ({"eventDateTo": "2026-03-15"}, 2),
    ({"inventoryId": 5}, 0), ({"limit": 1, "sortedBy": "id"}, 2),
]  # fmt: skip


def test_holds_are_found(desk: Office) -> None:
    listing = desk.bought()
    desk.hold(listing, 1, externalRef="H-1", customerId=desk.customer())
    desk.hold(listing, 1)

    for query, rows in QUERIES:
        assert desk.get("/holds", **query)["rowCount"] == rows, query


def test_other_accounts_hold_is_unknown(desk: Office) -> None:
    hold = desk.hold(desk.bought())
    neighbour = second(desk, TWO, APP_TWO, SOL)

    assert neighbour.get("/holds")["rowCount"] == 0
    for method in ("GET", "PUT", "DELETE"):
        assert neighbour.call(method, f"/holds/{hold['id']}", {} if method == "PUT" else None).status_code == 404


def test_hold_beyond_the_calendar_ends_with_it(desk: Office) -> None:
    listing = desk.bought()
    desk.client.control("POST", "clock/advance", {"to": "9999-12-31T23:59:50Z"})

    arguments = {"inventory": listing["id"], "quantity": 2, "minutes": 60}
    hold = desk.client.control("POST", "skybox/actions/place_hold", arguments)

    assert hold["expiryDate"] == "9999-12-31T23:59:59.000Z"


def test_times_are_taken_as_epoch_ms(desk: Office) -> None:
    listing = desk.bought(inHandDate=1773705600000)

    hold = desk.hold(listing, 2, expiryDate=1772452800000)

    assert (listing["inHandDate"], hold["expiryDate"]) == ("2026-03-17", LATER)
    assert desk.put(f"/holds/{hold['id']}", {"expiryDate": 1772452801000})["expiryDate"] == "2026-03-02T12:00:01.000Z"
    for value in (-1, 10**15, 1.5, True, "soon"):
        assert wrong(desk.call("PUT", f"/holds/{hold['id']}", {"expiryDate": value})) == ["expiryDate"], value


def test_inventory_on_hold_is_described_by_its_held_tickets(desk: Office, receiver: Receiver) -> None:
    listing = desk.bought(low=31, high=34)
    desk.listen(receiver, "INVENTORY")

    hold = desk.hold(listing, 4)

    (row,) = desk.get("/inventory", inventoryId=listing["id"])["rows"]
    read = desk.get(f"/inventory/{listing['id']}")
    same = ("quantity", "lowSeat", "highSeat", "ticketIds", "cost", "listPrice")
    assert all(
        {name: answer[name] for name in same} == {name: listing[name] for name in same} for answer in (row, read)
    )
    assert (row["status"], row["listed"], row["holdId"], row["seatNumbers"]) == (
        "ON_HOLD",
        False,
        hold["id"],
        "31,32,33,34",
    )
    assert (read["status"], [ticket["id"] for ticket in read["tickets"]]) == ("ON_HOLD", listing["ticketIds"])
    (summary,) = [each for each in desk.get("/holds")["rows"] if each["id"] == hold["id"]]
    assert summary["inventory"]["quantity"] == 4
    assert [notice.entity["quantity"] for notice in desk.notices(receiver)] == [0]
    assert listing["id"] in [each["id"] for each in desk.get("/inventory", onHold="true")["rows"]]


def test_part_on_hold_leaves_the_rest_described(desk: Office) -> None:
    listing = desk.bought(low=31, high=34)

    desk.hold(listing, 3)

    (row,) = desk.get("/inventory", inventoryId=listing["id"])["rows"]
    assert (row["quantity"], row["lowSeat"], row["status"]) == (1, 34, "AVAILABLE")


def test_sold_inventory_is_described_by_its_sold_tickets(desk: Office) -> None:
    listing = desk.bought(low=31, high=34)

    desk.sell(listing["ticketIds"])

    (row,) = desk.get("/inventory", inventoryId=listing["id"], ticketStatus="SOLD")["rows"]
    read = desk.get(f"/inventory/{listing['id']}")
    assert (row["quantity"], row["ticketIds"], row["status"], row["listed"]) == (
        4,
        listing["ticketIds"],
        "DEPLETED",
        False,
    )
    assert (read["quantity"], read["tickets"], read["status"]) == (0, [], "DEPLETED")
    assert listing["id"] not in [each["id"] for each in desk.get("/inventory", limit=1000)["rows"]]


def test_inventory_on_hold_takes_its_own_answer(desk: Office, receiver: Receiver) -> None:
    listing = desk.bought(low=31, high=34)
    desk.put(f"/inventory/{listing['id']}", {"tickets": [{"id": listing["ticketIds"][0], "cost": 7.0}]})
    desk.hold(listing, 4)
    desk.listen(receiver)
    before = desk.get(f"/inventory/{listing['id']}")

    desk.put(f"/inventory/{listing['id']}", before)

    assert desk.get(f"/inventory/{listing['id']}") == before
    assert desk.notices(receiver) == []


def test_a_hold_may_be_another_users(desk: Office, receiver: Receiver) -> None:
    desk.listen(receiver, "HOLD")

    own = desk.hold(desk.inventory())
    anothers = desk.hold(desk.inventory(), user="Sam Seller", userId=78)

    assert (own["user"], own["userId"]) == ("Bea Broker", desk.get("/users/me")["id"])
    assert (anothers["user"], anothers["userId"]) == ("Sam Seller", 78)
    assert [notice.entity["userId"] for notice in desk.notices(receiver)] == [own["userId"], 78]
    assert [row["id"] for row in desk.get("/holds", userId=78)["rows"]] == [anothers["id"]]


def test_plan_leads_to_holds_and_invoices(client: Client, desk: Office) -> None:
    hold = desk.hold(desk.bought(), 3, customerId=desk.customer())
    row = next(row for row in stock.of_event(client.world.read(), "1001", "205") if row.row == "K")

    bought = send(client, f"orders/skybox/row/{row.id}", {"quantity": "2", "seat": "6"})
    plan = client.get(f"{UI}/stock/row/{row.id}").text
    record = client.get(f"{UI}/stock/record/skybox/hold/{hold['id']}")
    hits = [client.get(f"{UI}/search/results", q=text).text for text in (f"hold:{hold['id']}", str(hold["id"]))]

    customer = desk.get(f"/customers/{desk.customer()}")["displayName"]
    assert bought.status_code == 303, bought.text
    assert f"Seat 3, row K, section 205: held for {customer} through SkyBox, hold:{hold['id']}" in plan
    assert f"stock/record/skybox/hold/{hold['id']}" in plan
    assert "Seat 6, row K, section 205: sold to " in plan
    assert record.status_code == 200
    assert all(f"stock/record/skybox/hold/{hold['id']}" in text for text in hits)
    assert LATER in record.text
