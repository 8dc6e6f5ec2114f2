"""SkyBox's mappings: stock that is bought before its event is known, until it is mapped or cancelled."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Client
from tests.receiver import Receiver
from tests.vendors.skybox import APP_TWO, SOL, TWO, wrong
from tests.vendors.skybox_office import Office, office, second

WORDS = {
    "eventName": "PARKING PASSES ONLY Somebody",
    "venueName": "A lot",
    "eventDate": "2026-12-24T20:00:00",
    "valid": True,
}
GOODS = {"section": "PARK", "row": "1", "lowSeat": 1, "stockType": "ELECTRONIC", "seatType": "CONSECUTIVE"}


@pytest.fixture
def desk(client: Client) -> Office:
    return office(client)


def buy_unmapped(desk: Office, mapping: dict[str, Any] = WORDS, seats: int = 2, **head: Any) -> dict[str, Any]:
    """Buy stock of an event in words; returns the purchase."""
    goods = GOODS | {"eventMapping": mapping, "quantity": seats, "highSeat": seats}
    line = {"lineItemType": "INVENTORY", "amount": 30, "inventory": goods}
    purchase: dict[str, Any] = desk.post("/purchases", {"vendorId": desk.vendor(), "lines": [line], **head})
    return purchase


def test_free_words_go_into_mapping(desk: Office, receiver: Receiver) -> None:
    desk.listen(receiver)

    purchase = buy_unmapped(desk, externalRef="PO-7")

    (line,) = purchase["lines"]
    listing = line["inventory"]
    assert (listing["eventMapping"], listing["eventId"], listing["quantity"]) == (WORDS, 0, 2)
    (row,) = desk.get("/mappings")
    assert (row["id"], row["purchaseId"], row["purchaseLineId"]) == (listing["mappingId"], purchase["id"], line["id"])
    assert (row["quantity"], row["section"], row["row"], row["seats"], row["cost"]) == (2, "PARK", "1", "1,2", 30.0)
    assert (row["externalRef"], row["currencyCode"], row["sendCount"], row["mappedDate"]) == ("PO-7", "USD", 1, None)
    assert desk.get(f"/mappings/{row['id']}")["eventName"] == WORDS["eventName"]
    assert desk.summaries(receiver) == ["PURCHASE CREATED", "LINE CREATED", "INVENTORY CREATED"]
    assert desk.get("/inventory", section="PARK")["rows"][0]["event"] is None


def test_exact_hit_is_mapped_at_once(desk: Office) -> None:
    hit = {"eventName": "lanterns at low tide", "venueName": "HARBOR HALL", "eventDate": "2026-03-15T19:30:00"}

    listing = buy_unmapped(desk, hit)["lines"][0]["inventory"]

    assert (listing["eventId"], listing["mappingId"], desk.get("/mappings")) == (1001, None, [])


QUERIES: list[tuple[dict[str, Any], int]] = [
    ({}, 2), ({"purchaseId": 1}, 0), ({"externalRef": "PO-7"}, 1), ({"externalRef": "x"}, 0), ({"event": "parking"}, 1),
    ({"venue": "LOT"}, 1), ({"venue": "hall"}, 1),
    ({"eventDateFrom": "2026-12-24T20:00:00Z"}, 1), ({"eventDateTo": "2026-12-24T19:59:59Z"}, 0),
    ({"mappingDateTo": "2026-03-01T12:00:00Z"}, 2), ({"mappingDateFrom": "2026-03-01T12:00:01Z"}, 0),
]  # fmt: skip


def test_mappings_are_found(desk: Office) -> None:
    buy_unmapped(desk, externalRef="PO-7")
    buy_unmapped(desk, {"eventName": "Somebody", "venueName": "A hall"})

    for query, count in QUERIES:
        assert len(desk.get("/mappings", **query)) == count, query
    assert second(desk, TWO, APP_TWO, SOL).get("/mappings") == []


def test_action_maps_stock_to_its_event(desk: Office, receiver: Receiver) -> None:
    (line,) = buy_unmapped(desk)["lines"]
    id = line["inventory"]["id"]
    desk.listen(receiver)

    desk.act("map_inventory", mapping=line["inventory"]["mappingId"], event=1001)

    (notice,) = desk.notices(receiver)
    assert (notice.summary, notice.entity, notice.previous) == ("INVENTORY UPDATED", {"eventId": 1001}, {"eventId": 0})
    assert desk.get("/mappings") == []
    assert desk.get(f"/mappings/{line['inventory']['mappingId']}")["mappedDate"] == "2026-03-01T12:00:00.000Z"
    assert {ticket["eventId"] for ticket in desk.get(f"/inventory/{id}")["tickets"]} == {1001}
    assert desk.get("/purchases", eventId=1001)["rowCount"] == 2
    assert desk.at_portal(2, "PARK", "1")["quantity"] == 2
    assert desk.get(f"/inventory/{id}")["quantity"] == 0


def test_mapping_needs_an_event_and_free_seats(desk: Office) -> None:
    desk.buy(section="PARK", row="1", high=1)
    mapping = buy_unmapped(desk)["lines"][0]["inventory"]["mappingId"]

    for event in (7, 1001):
        answer = desk.client.call(
            "POST", "/_mockmarket/skybox/actions/map_inventory", json={"mapping": mapping, "event": event}
        )
        assert answer.status_code == 400, answer.text
    assert len(desk.get("/mappings")) == 1


def test_unmapped_stock_is_not_for_sale(desk: Office) -> None:
    (line,) = buy_unmapped(desk)["lines"]
    id, tickets = line["inventory"]["id"], line["itemIds"]

    assert wrong(desk.invoiced(tickets)) == ["lines[0].itemIds"]
    hold = {"inventoryId": id, "expiryDate": "2026-03-02T12:00:00Z"}
    assert wrong(desk.call("POST", "/holds", hold)) == ["inventoryId"]
    assert wrong(desk.call("PUT", f"/inventory/{id}/split", 1)) == ["id"]
    assert wrong(desk.call("POST", "/inventory/merge", {"inventoryIds": [id]})) == ["inventoryIds"]
    assert desk.put(f"/inventory/{id}", {"listPrice": 99, "splitType": "ANY", "cost": 40})["listPrice"] == 99.0


@pytest.mark.parametrize("how", ["delete", "bulk", "line"])
def test_cancelled_mapping_cancels_its_line(desk: Office, how: str) -> None:
    purchase = buy_unmapped(desk)
    (line,) = purchase["lines"]
    mapping = line["inventory"]["mappingId"]

    if how == "delete":
        assert desk.call("DELETE", f"/mappings/{mapping}").content == b""
    elif how == "bulk":
        desk.post("/mappings/actions/bulk-cancel", [mapping])
    else:
        desk.put(f"/purchases/{purchase['id']}/lines/{line['id']}/cancel")

    assert desk.get("/mappings") == []
    assert desk.get(f"/purchases/{purchase['id']}")["paymentStatus"] == "VOID"
    assert desk.call("GET", f"/mappings/{mapping}").status_code == 404


@pytest.mark.parametrize(
    ("body", "fields"), [([7], ["[0]"]), ([], ["body"]), (7, ["body"]), (["x"], ["[0]"]), ({}, ["body"])]
)
def test_wrong_cancellations_are_named(desk: Office, body: Any, fields: list[str]) -> None:
    assert wrong(desk.call("POST", "/mappings/actions/bulk-cancel", body)) == fields


def test_resent_mapping_is_counted(desk: Office) -> None:
    mapping = buy_unmapped(desk, {"eventName": "Late Show", "venueName": "Harbor Hall", "eventDate": "2026-03-15"})[
        "lines"
    ][0]
    id = mapping["inventory"]["mappingId"]
    assert [desk.get(f"/mappings/{id}/resend") for _ in range(4)] == [id] * 4
    assert desk.get("/mappings")[0]["sendCount"] == 5
    assert desk.call("GET", "/mappings/7/resend").status_code == 404


def test_resent_mapping_takes_an_event_that_fits(desk: Office) -> None:
    words = {"eventName": "Lanterns at Low Tide", "venueName": "Harbor Hall", "eventDate": "2026-05-01T20:00:00"}
    listing = buy_unmapped(desk, words)["lines"][0]["inventory"]
    desk.client.control("POST", "core/actions/move_event", {"event": "1001", "to": "2026-05-01T20:00:00"})

    desk.get(f"/mappings/{listing['mappingId']}/resend")

    assert desk.get(f"/inventory/{listing['id']}")["eventId"] == 1001
    assert desk.get("/mappings") == []


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        ({}, "eventName"), ({"eventName": "x"}, "venueName"), (WORDS | {"eventDate": "soon"}, "eventDate"),
        (WORDS | {"eventName": ""}, "eventName"),
    ],
)  # fmt: skip
def test_wrong_words_are_named(desk: Office, mapping: dict[str, Any], field: str) -> None:
    goods = GOODS | {"eventMapping": mapping, "highSeat": 1, "cost": 1}

    answer = desk.call("POST", "/purchases", {"vendorId": desk.vendor(), "lines": [{"inventory": goods}]})

    assert f"lines[0].inventory.eventMapping.{field}" in wrong(answer)


def test_split_needs_no_content_type(desk: Office) -> None:
    listing = desk.bought()

    answer = desk.client.call(
        "PUT", f"/skybox/services/inventory/{listing['id']}/split", data=b"2", headers=desk.headers
    )

    assert answer.status_code == 200, answer.text
    assert desk.get(f"/inventory/{listing['id']}")["quantity"] == 2
