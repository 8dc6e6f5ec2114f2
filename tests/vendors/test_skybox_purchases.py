"""SkyBox's purchases: where inventory is born, in every marketplace's window at once."""

from __future__ import annotations

from typing import Any

import pytest

from mockmarket.store import records
from mockmarket.vendors.skybox.wire import PURCHASE
from tests.conftest import Client
from tests.receiver import Receiver
from tests.vendors.skybox import APP_TWO, ONE, SOL, TWO, wrong
from tests.vendors.skybox_office import ROW, Office, office, second

GOODS = ROW | {"eventId": 1001, "lowSeat": 1, "highSeat": 8}


@pytest.fixture
def desk(client: Client) -> Office:
    return office(client)


def post_purchase(desk: Office, lines: Any, **extra: Any) -> Any:
    """Ask to buy; returns the answer."""
    return desk.call("POST", "/purchases", {"vendorId": desk.vendor(), "lines": lines, **extra})


def test_purchase_answers_lines_with_inventory(desk: Office) -> None:
    purchase = desk.buy({"amount": 12.5, "description": "postage"})

    goods, generic = purchase["lines"]
    assert (goods["lineItemType"], goods["quantity"], goods["amount"]) == ("INVENTORY", 8, 560.0)
    assert goods["inventory"]["id"] == goods["inventoryIds"][0]
    assert goods["itemIds"] == goods["inventory"]["ticketIds"]
    assert (generic["lineItemType"], generic["quantity"], generic["amount"], generic["inventory"]) == (
        "GENERIC",
        1,
        12.5,
        None,
    )
    assert (purchase["outstandingBalance"], purchase["paymentStatus"]) == (572.5, "UNPAID")


def test_purchase_is_read_as_answered(desk: Office) -> None:
    purchase = desk.buy()

    assert desk.get(f"/purchases/{purchase['id']}") == purchase
    assert desk.get(f"/lines/{purchase['lines'][0]['id']}") == purchase["lines"][0]
    assert desk.get(f"/purchases/{purchase['id']}/lines") == purchase["lines"]


def test_bought_seats_are_on_sale_elsewhere(desk: Office) -> None:
    desk.bought()

    order = desk.at_portal(3, "205", "K")

    assert (order["quantity"], order["totalAmount"]) == (3, 286.5)
    assert desk.tixstock_listing("205", "K")["number_of_tickets_for_sale"]["quantity_available"] == 5


def test_clients_whole_entities_are_taken(desk: Office) -> None:
    goods = GOODS | {"accountId": ONE, "tickets": [], "eventMapping": None, "optOutAutoPrice": False}
    line = {
        "accountId": ONE,
        "lineType": "PURCHASE",
        "lineItemType": "INVENTORY",
        "cancelled": False,
        "inventory": goods,
    }

    bought = desk.post("/purchases", {"accountId": ONE, "vendorId": desk.vendor(), "lines": [line]})
    sold = line | {"lineType": "INVOICE", "amount": 200.0, "itemIds": bought["lines"][0]["itemIds"]}
    invoice = desk.post("/invoices", {"accountId": ONE, "customerId": desk.customer(), "lines": [sold]})

    assert invoice["lines"][0]["quantity"] == 8


def test_event_is_found_by_mapping(desk: Office) -> None:
    mapping = {"eventName": "lanterns at low tide", "venueName": "Harbor Hall", "eventDate": "2026-03-15T19:30:00"}
    goods = {name: value for name, value in GOODS.items() if name != "eventId"} | {"eventMapping": mapping}

    answer = post_purchase(desk, [{"inventory": goods}])

    inventory = answer.json()["lines"][0]["inventory"]
    assert (inventory["eventId"], inventory["eventMapping"]) == (1001, mapping)
    wrong_day = goods | {"eventMapping": mapping | {"eventDate": "2026-03-16"}}
    assert post_purchase(desk, [{"inventory": wrong_day}]).json()["lines"][0]["inventory"]["eventId"] == 0


def test_cost_follows_from_the_amount(desk: Office) -> None:
    goods = {name: value for name, value in GOODS.items() if name != "cost"}

    line = post_purchase(desk, [{"inventory": goods, "amount": 400}]).json()["lines"][0]

    assert (line["amount"], line["inventory"]["cost"], line["inventory"]["listPrice"]) == (400.0, 400.0, 50.0)
    assert wrong(post_purchase(desk, [{"inventory": goods | {"row": "L"}}])) == ["lines[0].inventory.cost"]


@pytest.mark.parametrize("amount", [-5, 1_000_000_000])
def test_amount_must_give_a_price(desk: Office, amount: int) -> None:
    goods = {name: value for name, value in GOODS.items() if name != "cost"}

    answer = post_purchase(desk, [{"inventory": goods, "amount": amount}])

    assert wrong(answer) == ["lines[0].inventory.cost"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"eventId": 7}, "eventId"), ({"eventId": None}, "eventId"), ({"section": ""}, "section"), ({"section": None}, "section"),
        ({"row": None}, "row"), ({"lowSeat": None}, "lowSeat"), ({"highSeat": 0}, "highSeat"), ({"highSeat": 900000}, "highSeat"),
        ({"quantity": 7}, "quantity"), ({"stockType": "PAPER"}, "stockType"), ({"seatType": "SIDEWAYS"}, "seatType"),
        ({"cost": -1}, "cost"), ({"splitType": "CUSTOM", "customSplit": "x"}, "customSplit"),
        ({"splitType": "CUSTOM", "customSplit": "99999999999999"}, "customSplit"), ({"lowSeat": "front"}, "lowSeat"),
        ({"lowSeat": 1.5}, "lowSeat"), ({"quantity": 8.7}, "quantity"), ({"eventId": 1001.7}, "eventId"), ({"cost": 8_000_001}, "cost"),
        ({"listPrice": 1_000_001}, "listPrice"), ({"shownQuantity": -1}, "shownQuantity"),
    ],
)  # fmt: skip
def test_wrong_inventory_is_named(desk: Office, change: dict[str, Any], field: str) -> None:
    assert wrong(post_purchase(desk, [{"inventory": GOODS | change}])) == [f"lines[0].inventory.{field}"]


def test_seats_are_not_bought_twice(desk: Office) -> None:
    desk.bought(low=5, high=9)

    assert wrong(post_purchase(desk, [{"inventory": GOODS}])) == ["lines[0].inventory.lowSeat"]
    taken = {"section": "101", "row": "A", "lowSeat": 18, "highSeat": 19}
    answer = post_purchase(desk, [{"inventory": GOODS | taken}])
    assert wrong(answer) == ["lines[0].inventory.lowSeat"]
    assert "A duplicate seat number already exists" in answer.json()[0]["message"]


def test_one_bad_line_buys_nothing(desk: Office) -> None:
    before = desk.get("/inventory")["rowCount"]

    answer = post_purchase(desk, [{"inventory": GOODS}, {"inventory": GOODS | {"eventId": 7}}])

    assert wrong(answer) == ["lines[1].inventory.eventId"]
    assert (desk.get("/inventory")["rowCount"], desk.get("/purchases", id=200003)["rowCount"]) == (before, 0)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["vendorId", "lines"]), ({"vendorId": 1, "lines": [{"amount": 1}]}, ["vendorId"]),
        ({"vendorId": 9001, "lines": []}, ["lines"]),
        ({"vendorId": 9001, "lines": [{"description": "x"}]}, ["lines[0].amount"]),
        ({"vendorId": 9001, "lines": [{"lineItemType": "INVENTORY", "amount": 1}]}, ["lines[0].inventory"]),
        ({"vendorId": 9001, "lines": [{"amount": 1}], "currencyCode": "PHP"}, ["currencyCode"]),
        ({"vendorId": 9001, "lines": [{"amount": 1}], "purchaseTerm": "NET99"}, ["purchaseTerm"]),
        ({"vendorId": 9001, "lines": [{"amount": 1}], "dueDate": "soon"}, ["dueDate"]),
    ],
)  # fmt: skip
def test_wrong_purchases_are_named(desk: Office, body: Any, fields: list[str]) -> None:
    assert sorted(wrong(desk.call("POST", "/purchases", body))) == sorted(fields)


def test_general_admission_is_bought(desk: Office) -> None:
    goods = {"section": "Lawn", "row": "GA", "seatType": "GA", "lowSeat": None, "highSeat": None, "quantity": 30}

    listing = post_purchase(desk, [{"inventory": GOODS | goods}]).json()["lines"][0]["inventory"]

    assert (listing["quantity"], listing["lowSeat"], listing["highSeat"], listing["seatType"]) == (30, 1, 30, "GA")


def test_head_is_changed(desk: Office) -> None:
    purchase = desk.buy()

    changed = desk.put(f"/purchases/{purchase['id']}", {"externalRef": "PO-7", "taxAmount": 9.5, "received": True})

    assert (changed["externalRef"], changed["received"], changed["outstandingBalance"]) == ("PO-7", True, 569.5)
    assert wrong(desk.call("PUT", f"/purchases/{purchase['id']}", {"vendorId": 4})) == ["vendorId"]


def test_cancelled_purchase_is_not_paid(desk: Office) -> None:
    purchase = desk.buy()
    path = f"/purchases/{purchase['id']}"
    desk.put(f"{path}/lines/{purchase['lines'][0]['id']}/cancel")

    answer = desk.call("PUT", path, {"paymentStatus": "PAID"})

    assert wrong(answer) == ["paymentStatus"]
    assert desk.get(path)["paymentStatus"] == "VOID"


def test_inventory_is_added(desk: Office) -> None:
    purchase = desk.buy()

    (listing,) = desk.post(f"/purchases/{purchase['id']}/inventory", [GOODS | {"row": "L", "splitType": "ANY"}])

    after = desk.get(f"/purchases/{purchase['id']}")
    assert [line["inventoryIds"][0] for line in after["lines"]][1] == listing["id"]
    assert after["outstandingBalance"] == 1120.0


def test_lines_are_added_and_changed(desk: Office) -> None:
    purchase = desk.buy()
    (line,) = desk.post(f"/purchases/{purchase['id']}/lines", {"amount": 5, "description": "a box"})

    changed = desk.put(f"/purchases/{purchase['id']}/lines/{line['id']}", {"amount": 6.5, "description": "two boxes"})

    assert (changed["amount"], changed["description"]) == (6.5, "two boxes")
    assert desk.get(f"/purchases/{purchase['id']}/lines/{line['id']}") == changed
    assert desk.get(f"/purchases/{purchase['id']}")["outstandingBalance"] == 566.5


def test_line_amount_is_its_tickets_cost(desk: Office, receiver: Receiver) -> None:
    purchase = desk.buy()
    (line,) = purchase["lines"]
    desk.sell(line["itemIds"][:2], 200.0)
    desk.listen(receiver)

    desk.put(f"/purchases/{purchase['id']}/lines/{line['id']}", {"amount": 800})

    entities = {notice.summary: notice.entity for notice in desk.notices(receiver)}
    assert entities == {
        "INVENTORY UPDATED": {"cost": 600.0}, "LINE UPDATED": {"amount": 800.0}, "PURCHASE UPDATED": {"outstandingBalance": 800.0},
    }  # fmt: skip
    assert {desk.get(f"/tickets/{id}")["cost"] for id in line["itemIds"]} == {100.0}
    assert desk.get("/inventory/sold")["rows"][0]["profit"] == 0.0


def test_line_amount_must_be_a_price(desk: Office) -> None:
    purchase = desk.buy()

    answer = desk.call("PUT", f"/purchases/{purchase['id']}/lines/{purchase['lines'][0]['id']}", {"amount": -8})

    assert wrong(answer) == ["amount"]
    assert desk.get(f"/purchases/{purchase['id']}") == purchase


def test_cancelled_line_leaves_every_window(desk: Office) -> None:
    purchase = desk.buy()
    line = purchase["lines"][0]

    cancelled_line = desk.put(f"/purchases/{purchase['id']}/lines/{line['id']}/cancel")

    listing = desk.get(f"/inventory/{line['inventory']['id']}")
    assert (cancelled_line["cancelled"], listing["quantity"], listing["status"]) == (True, 0, "DEPLETED")
    assert desk.get(f"/lines/{line['id']}")["itemIds"] == []
    assert desk.get(f"/purchases/{purchase['id']}/lines/{line['id']}/tickets") == []
    assert desk.get(f"/purchases/{purchase['id']}")["paymentStatus"] == "VOID"
    assert desk.tixstock_listing("205", "K")["number_of_tickets_for_sale"]["quantity_available"] == 0
    assert wrong(desk.call("PUT", f"/purchases/{purchase['id']}/lines/{line['id']}/cancel")) == ["lineId"]


@pytest.mark.parametrize("taken", ["sold", "held", "sold elsewhere"])
def test_line_with_taken_tickets_stays(desk: Office, taken: str) -> None:
    purchase = desk.buy()
    listing = purchase["lines"][0]["inventory"]
    if taken == "sold":
        desk.sell(listing["ticketIds"][:2])
    elif taken == "held":
        desk.hold(listing)
    else:
        desk.at_portal(2, "205", "K")

    answer = desk.call("PUT", f"/purchases/{purchase['id']}/lines/{purchase['lines'][0]['id']}/cancel")

    assert wrong(answer) == ["lineId"]
    assert desk.get(f"/inventory/{listing['id']}")["quantity"] == 6


def test_merged_lines_are_not_cancelled(desk: Office) -> None:
    left, right = desk.buy(high=4), desk.buy(low=5)
    ids = [bought["lines"][0]["inventory"]["id"] for bought in (left, right)]
    desk.post("/inventory/merge", {"inventoryIds": ids})

    answer = desk.call("PUT", f"/purchases/{left['id']}/lines/{left['lines'][0]['id']}/cancel")

    assert wrong(answer) == ["lineId"]


QUERIES: list[tuple[dict[str, Any], int]] = [
    ({"externalRef": "PO-1"}, 1), ({"paymentStatus": "PAID"}, 1), ({"paymentStatus": ["PAID", "UNPAID"]}, 3),
    ({"vendorId": 9001}, 3), ({"vendorId": 5}, 0), ({"eventId": 1001}, 2), ({"eventId": 5}, 0), ({"tag": "rush"}, 1),
    ({"purchaseStatus": "COMPLETED"}, 1), ({"createdDateTo": "2026-02-01T00:00:00Z"}, 1),
    ({"lastUpdateFrom": "2026-03-01T12:00:00Z"}, 2), ({"limit": 1}, 3),
]  # fmt: skip


def test_purchases_are_found(desk: Office) -> None:
    desk.buy()
    vendor = {"vendorId": desk.vendor(), "lines": [{"amount": 4}]}
    desk.post("/purchases", vendor | {"externalRef": "PO-1", "tags": "rush", "status": "COMPLETED"})

    for query, rows in QUERIES:
        page = desk.get("/purchases", **query)
        assert page["rowCount"] == rows, query
        assert all(row["lines"] for row in page["rows"])


def test_other_accounts_purchase_is_unknown(desk: Office) -> None:
    purchase = desk.buy()
    neighbour = second(desk, TWO, APP_TWO, SOL)

    for method, path in (
        ("GET", ""),
        ("PUT", ""),
        ("GET", "/lines"),
        ("PUT", f"/lines/{purchase['lines'][0]['id']}/cancel"),
    ):
        answer = neighbour.call(method, f"/purchases/{purchase['id']}{path}", {} if method == "PUT" else None)
        assert answer.status_code == 404


@pytest.mark.parametrize("seat_type", ["CONSECUTIVE", "ALTERNATING", "GA", "PIGGYBACK"])
def test_every_seat_type_is_bought(desk: Office, seat_type: str) -> None:
    answer = post_purchase(desk, [{"inventory": GOODS | {"seatType": seat_type, "highSeat": 7}}])

    assert answer.json()["lines"][0]["inventory"]["seatType"] == seat_type


def test_whole_purchase_is_put_back(desk: Office) -> None:
    purchase = desk.buy({"amount": 4})

    assert desk.put(f"/purchases/{purchase['id']}", purchase) == purchase


def test_purchase_is_put_with_tickets(desk: Office, receiver: Receiver) -> None:
    purchase = desk.buy(high=2)
    (line,) = purchase["lines"]
    tickets = [{"id": id, "barCode": f"B-{id}", "cost": 71} for id in line["itemIds"]]
    desk.listen(receiver)

    lines = [line | {"inventory": line["inventory"] | {"tickets": tickets, "publicNotes": "aisle"}}]
    after = desk.put(f"/purchases/{purchase['id']}", purchase | {"lines": lines, "externalRef": "PO-3"})

    assert (after["lines"][0]["amount"], after["outstandingBalance"], after["externalRef"]) == (142.0, 142.0, "PO-3")
    listing = after["lines"][0]["inventory"]
    assert (listing["barCodesEntered"], listing["publicNotes"], listing["cost"]) == (True, "aisle", 142.0)
    summaries = desk.summaries(receiver)
    assert summaries == ["INVENTORY UPDATED", "LINE UPDATED", "PURCHASE UPDATED", "PURCHASE UPDATED"]


def test_purchases_lines_are_put_by_their_ids(desk: Office) -> None:
    purchase = desk.buy({"amount": 4}, high=2)
    goods, generic = purchase["lines"]
    path = f"/purchases/{purchase['id']}"

    changed = desk.put(path, {"lines": [{"id": goods["id"], "amount": 200}, {"id": generic["id"], "cancel": True}]})

    assert [(line["amount"], line["cancelled"]) for line in changed["lines"]] == [(200.0, False), (4.0, True)]
    assert changed["lines"][0]["inventory"]["cost"] == 200.0
    clash = {"id": goods["id"], "amount": 300, "inventory": {"tickets": [{"seatNumber": 1, "cost": 1}]}}
    other = {"id": goods["id"], "inventory": {"id": 7, "notes": "x"}}
    for line, field in (({"amount": 1}, "id"), (clash, "amount"), (other, "inventory.id")):
        assert wrong(desk.call("PUT", path, {"lines": [line]})) == [f"lines[0].{field}"]
    assert desk.call("PUT", path, {"lines": [{"id": 7}]}).status_code == 404
    assert desk.get(path) == changed


def test_consignment_is_kept(desk: Office) -> None:
    body = {"vendorId": desk.vendor(), "lines": [{"amount": 4}], "consignment": {"amount": 12.5, "mode": "PERCENT"}}
    purchase = desk.post("/purchases", body)

    kept = purchase["consignment"]
    assert (kept["amount"], kept["mode"], kept["completed"], kept["purchaseId"]) == (
        12.5,
        "PERCENT",
        False,
        purchase["id"],
    )
    path = f"/purchases/{purchase['id']}"
    assert desk.put(path, purchase) == purchase
    changed = desk.put(path, {"consignment": {"amount": 5, "mode": "FIXED", "completed": True}})
    assert (changed["consignment"]["mode"], changed["consignment"]["completed"]) == ("FIXED", True)
    answer = desk.call("PUT", path, {"consignment": {"amount": 1, "mode": "HALF"}})
    assert wrong(answer) == ["consignment.mode"]


def test_purchase_of_an_earlier_version_is_read(desk: Office) -> None:
    purchase = desk.buy()
    path = f"/purchases/{purchase['id']}"
    with desk.client.world.atomic() as tx:
        record = records.get_or_404(tx, PURCHASE, str(purchase["id"]))
        records.update(tx, PURCHASE, {name: value for name, value in record.items() if name != "shippingAddressId"})

    assert desk.get(path) == purchase
    assert desk.put(path, {"externalRef": "PO-5"})["externalRef"] == "PO-5"
