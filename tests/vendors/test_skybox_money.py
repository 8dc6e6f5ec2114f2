"""SkyBox's amounts: a group's is the sum over its tickets, a cent is neither lost nor made, and lines, tickets and purchases agree."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Client
from tests.receiver import Receiver
from tests.vendors.skybox import wrong
from tests.vendors.skybox_office import LATER, Office, office


@pytest.fixture
def desk(client: Client) -> Office:
    return office(client)


def tickets(desk: Office, listing: dict[str, Any], name: str = "cost") -> list[float]:
    """Return a member of each ticket that is left in a listing."""
    return [ticket[name] for ticket in desk.get(f"/inventory/{listing['id']}")["tickets"]]


def bought_for(desk: Office, amount: float | None, low: int = 1, high: int = 4, **extra: Any) -> dict[str, Any]:
    """Buy seats on a line of an amount; returns the purchase."""
    goods = {"eventId": 1001, "section": "S3A", "row": "R", "lowSeat": low, "highSeat": high, "stockType": "ELECTRONIC"}
    goods |= {"seatType": "CONSECUTIVE", "listPrice": 150, **extra}
    line = {"inventory": goods} | ({} if amount is None else {"amount": amount})
    purchase: dict[str, Any] = desk.post("/purchases", {"vendorId": desk.vendor(), "lines": [line]})
    return purchase


def check_agreement(desk: Office) -> None:
    """Hold every listing, line, purchase, hold and invoice to the sum over its tickets."""
    for purchase in desk.get("/purchases")["rows"]:
        lines = [line for line in purchase["lines"] if not line["cancelled"]]
        for line in lines:
            own = [desk.get(f"/tickets/{id}") for id in line["itemIds"]]
            assert round(sum(ticket["cost"] for ticket in own), 2) == line["amount"]
            assert line["quantity"] == len(own)
            assert set(line["inventoryIds"]) == {ticket["inventoryId"] for ticket in own}
        if purchase["paymentStatus"] == "UNPAID":
            assert purchase["outstandingBalance"] == round(sum(line["amount"] for line in lines), 2)
    for row in desk.get("/inventory", status=["AVAILABLE", "ON_HOLD", "DEPLETED"], includeTickets="true")["rows"]:
        for name in ("cost", "faceValue"):
            assert (row[name] or 0.0) == round(sum(ticket[name] for ticket in row["tickets"]), 2)
    for hold in desk.get("/holds")["rows"]:
        held = desk.get(f"/tickets?eventId={hold['eventId']}&section={hold['section']}")
        seats = [ticket for ticket in held if str(ticket["seatNumber"]) in hold["seats"].split(",")]
        assert hold["cost"] == round(sum(ticket["cost"] for ticket in seats), 2)
    for invoice in desk.get("/invoices")["rows"]:
        for line in invoice["lines"]:
            own = [desk.get(f"/tickets/{id}") for id in line["itemIds"]]
            assert line["cancelled"] or round(sum(ticket["sellPrice"] for ticket in own), 2) == line["amount"]


def test_amounts_are_the_groups_total(desk: Office) -> None:
    (line,) = bought_for(desk, 99, cost=99, faceValue=99)["lines"]

    listing = line["inventory"]
    assert (line["amount"], listing["cost"], listing["faceValue"]) == (99.0, 99.0, 99.0)
    assert tickets(desk, listing) == tickets(desk, listing, "faceValue") == [24.75] * 4
    desk.sell(line["itemIds"], 150)
    (row,) = desk.get("/inventory/sold")["rows"]
    assert (row["cost"], row["profit"], row["roi"]) == (99.0, 51.0, 51.52)


def test_averages_have_their_names(desk: Office) -> None:
    purchase = bought_for(desk, None, cost=100, taxedCost=100)

    (row,) = desk.get("/inventory", section="S3A")["rows"]
    assert (row["cost"], row["unitCostAverage"], row["taxedCost"], row["taxedCostAverage"]) == (
        100.0,
        25.0,
        100.0,
        25.0,
    )
    assert (purchase["lines"][0]["amount"], purchase["outstandingBalance"]) == (100.0, 100.0)


def test_amount_reaches_tickets_over_cost(desk: Office) -> None:
    (line,) = bought_for(desk, 200, cost=99)["lines"]

    assert (line["amount"], line["inventory"]["cost"], tickets(desk, line["inventory"])) == (200.0, 200.0, [50.0] * 4)


def test_fixtures_listing_shows_its_total(desk: Office) -> None:
    listing = desk.inventory()

    assert (listing["cost"], tickets(desk, listing)) == (512.96, [64.12] * 8)


def test_bulk_face_value_is_each_tickets(desk: Office, receiver: Receiver) -> None:
    listing = bought_for(desk, 100)["lines"][0]["inventory"]
    desk.listen(receiver)

    desk.put("/inventory/bulk-update", {"inventoryIds": [listing["id"]], "faceValue": 30})

    assert tickets(desk, listing, "faceValue") == [30.0] * 4
    assert desk.get(f"/inventory/{listing['id']}")["faceValue"] == 120.0
    assert desk.notices(receiver) == []


@pytest.mark.parametrize(
    ("amount", "seats", "expected"),
    [(100, 3, [33.34, 33.33, 33.33]), (0.05, 3, [0.02, 0.02, 0.01]), (0.01, 3, [0.01, 0.0, 0.0]), (577, 8, [72.13] * 4 + [72.12] * 4)],
)  # fmt: skip
def test_no_cent_is_lost(desk: Office, amount: float, seats: int, expected: list[float]) -> None:
    listing = bought_for(desk, amount, high=seats)["lines"][0]["inventory"]

    assert tickets(desk, listing) == expected
    assert desk.get(f"/inventory/{listing['id']}")["cost"] == amount
    desk.sell(listing["ticketIds"], amount)
    assert [desk.get(f"/tickets/{id}")["sellPrice"] for id in listing["ticketIds"]] == expected


def test_changed_amount_reaches_every_cent(desk: Office) -> None:
    purchase = bought_for(desk, 80, high=8)
    (line,) = purchase["lines"]

    desk.put(f"/purchases/{purchase['id']}/lines/{line['id']}", {"amount": 577})

    assert round(sum(tickets(desk, line["inventory"])), 2) == 577.0
    check_agreement(desk)


def test_cost_reaches_line_and_purchase(desk: Office, receiver: Receiver) -> None:
    purchase = bought_for(desk, 200, high=2)
    listing = purchase["lines"][0]["inventory"]
    desk.listen(receiver)

    desk.put(f"/inventory/{listing['id']}", {"cost": 500})

    notices = desk.notices(receiver)
    assert [(notice.summary, notice.entity) for notice in notices] == [
        ("INVENTORY UPDATED", {"cost": 500.0}), ("LINE UPDATED", {"amount": 500.0}), ("PURCHASE UPDATED", {"outstandingBalance": 500.0}),
    ]  # fmt: skip
    check_agreement(desk)


def test_cost_of_a_sold_out_listing_is_refused(desk: Office) -> None:
    listing = bought_for(desk, 200, high=2)["lines"][0]["inventory"]
    desk.sell(listing["ticketIds"])

    assert wrong(desk.call("PUT", f"/inventory/{listing['id']}", {"cost": 500})) == ["cost"]
    assert desk.put(f"/inventory/{listing['id']}", desk.get(f"/inventory/{listing['id']}"))["cost"] == 0.0


def test_held_tickets_cost_is_their_sum(desk: Office, receiver: Receiver) -> None:
    purchase = bought_for(desk, 100, high=4)
    (line,) = purchase["lines"]
    hold = desk.hold(line["inventory"], 3)
    assert (hold["cost"], desk.get(f"/inventory/{line['inventory']['id']}")["cost"]) == (75.0, 25.0)
    desk.listen(receiver, "HOLD")

    desk.put(f"/purchases/{purchase['id']}/lines/{line['id']}", {"amount": 200})

    (notice,) = desk.notices(receiver)
    assert (notice.entity, notice.previous) == ({"cost": 150.0}, {"cost": 75.0})


def test_returned_sale_keeps_the_rest_of_its_amount(desk: Office) -> None:
    listing = bought_for(desk, 100, high=3)["lines"][0]["inventory"]
    invoice = desk.sell(listing["ticketIds"], 100)

    line = desk.put(f"/invoices/{invoice['id']}/lines/{invoice['lines'][0]['id']}", {"quantity": 2})

    assert (line["quantity"], line["amount"]) == (2, 100.0)
    check_agreement(desk)


@pytest.mark.thorough
def test_everything_agrees_after_every_change(desk: Office) -> None:
    left, right = bought_for(desk, 100.01, high=3), bought_for(desk, 77.77, low=4, high=8, faceValue=99.99)
    ids = [purchase["lines"][0]["inventory"]["id"] for purchase in (left, right)]
    desk.put(f"/inventory/{ids[1]}/split", 2)
    check_agreement(desk)
    union = desk.post("/inventory/merge", {"inventoryIds": ids})
    check_agreement(desk)
    desk.put(f"/inventory/{union['id']}", {"cost": 10.07, "faceValue": 1.01})
    check_agreement(desk)
    hold = desk.post("/holds", {"expiryDate": LATER, "inventoryId": union["id"], "quantity": 2})
    check_agreement(desk)
    desk.put(f"/purchases/{left['id']}/lines/{left['lines'][0]['id']}", {"amount": 31.13})
    check_agreement(desk)
    desk.call("DELETE", f"/holds/{hold['id']}")
    pool = desk.get(f"/inventory/{union['id']}")["ticketIds"]
    desk.sell(pool[:3], 100.0)
    check_agreement(desk)
    desk.at_portal(2, "S3A", "R")
    check_agreement(desk)


def test_line_names_where_its_tickets_are(desk: Office) -> None:
    purchase = bought_for(desk, 100)
    (line,) = purchase["lines"]
    (new,) = desk.put(f"/inventory/{line['inventory']['id']}/split", 2)
    split = desk.get(f"/lines/{line['id']}")
    union = desk.post("/inventory/merge", {"inventoryIds": [line["inventory"]["id"], new], "mergingType": "NEW"})

    merged = desk.get(f"/lines/{line['id']}")

    assert split["inventoryIds"] == [line["inventory"]["id"], new]
    assert (merged["inventoryIds"], merged["inventory"]["id"]) == ([union["id"]], union["id"])
    assert desk.get("/inventory/purchased")["rows"][0]["inventoryIds"] == [union["id"]]
    assert desk.get(f"/purchases/{purchase['id']}")["lines"] == [merged]
    desk.sell(union["ticketIds"])
    assert desk.get(f"/lines/{line['id']}")["inventory"] is None


def test_returned_ticket_moves_its_line(desk: Office) -> None:
    (line,) = bought_for(desk, 100, splitType="ANY")["lines"]
    listing = line["inventory"]
    invoice = desk.sell(line["itemIds"][:1])
    (new,) = desk.put(f"/inventory/{listing['id']}/split", 1)
    union = desk.post("/inventory/merge", {"inventoryIds": [listing["id"], new]})

    desk.call("DELETE", f"/invoices/{invoice['id']}/lines/{invoice['lines'][0]['id']}")

    ids = {desk.get(f"/tickets/{id}")["inventoryId"] for id in line["itemIds"]}
    assert set(desk.get(f"/lines/{line['id']}")["inventoryIds"]) == ids
    assert union["id"] in ids


@pytest.mark.parametrize("how", ["invoice", "purchase", "bulk"])
def test_cancelled_line_tells_its_items(desk: Office, receiver: Receiver, how: str) -> None:
    purchase = bought_for(desk, 100, high=2)
    (line,) = purchase["lines"]
    ids = line["itemIds"]
    if how != "purchase":
        line = desk.sell(ids)["lines"][0]
    desk.listen(receiver, "LINE")

    if how == "purchase":
        desk.put(f"/purchases/{purchase['id']}/lines/{line['id']}/cancel")
    elif how == "bulk":
        desk.post("/lines/bulk-delete", {"lineIds": [line["id"]]})
    else:
        desk.post("/lines/invoice/bulk-cancel", {"lineIds": [line["id"]]})

    (notice,) = desk.notices(receiver)
    assert (notice.entity, notice.previous) == (
        {"itemIds": [], "cancelled": True}, {"itemIds": ids, "cancelled": False},
    )  # fmt: skip
    assert desk.get(f"/lines/{line['id']}")["itemIds"] == []
