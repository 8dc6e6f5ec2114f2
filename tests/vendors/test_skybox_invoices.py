"""SkyBox's invoices: tickets sold under their split types, lines, payments, and seats given back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.conftest import Client
from tests.vendors.skybox import APP_TWO, SOL, TWO, wrong
from tests.vendors.skybox_office import Office, office, second


@pytest.fixture
def desk(client: Client) -> Office:
    return office(client)


def line_of(invoice: dict[str, Any]) -> str:
    """Return the path of an invoice's first line."""
    return f"/invoices/{invoice['id']}/lines/{invoice['lines'][0]['id']}"


def test_invoice_answers_its_lines(desk: Office) -> None:
    listing = desk.bought()

    invoice = desk.sell(listing["ticketIds"][2:4], 200.5, externalRef="A-1")

    (line,) = invoice["lines"]
    assert (line["quantity"], line["amount"], line["itemIds"]) == (2, 200.5, listing["ticketIds"][2:4])
    assert (invoice["outstandingBalance"], invoice["paymentStatus"], invoice["externalRef"]) == (200.5, "UNPAID", "A-1")
    assert desk.get(f"/invoices/{invoice['id']}") == invoice
    assert desk.get(f"/lines/{line['id']}") == line


def test_sold_tickets_are_the_named(desk: Office) -> None:
    listing = desk.bought()

    invoice = desk.sell(listing["ticketIds"][3:5], 200.5)

    sold = desk.get(line_of(invoice) + "/tickets")
    assert [(ticket["id"], ticket["status"], ticket["sellPrice"]) for ticket in sold] == [
        (listing["ticketIds"][3], "SOLD", 100.25), (listing["ticketIds"][4], "SOLD", 100.25),
    ]  # fmt: skip
    left = desk.get(f"/inventory/{listing['id']}")
    assert left["ticketIds"] == listing["ticketIds"][:3] + listing["ticketIds"][5:]


def test_sale_takes_seats_off_other_windows(desk: Office) -> None:
    listing = desk.bought()

    desk.sell(listing["ticketIds"][:3])

    assert desk.tixstock_listing("205", "K")["number_of_tickets_for_sale"]["quantity_available"] == 5
    assert desk.tixstock_listing("205", "K")["seat_details"]["first_seat"] == "4"


@pytest.mark.parametrize(
    ("type", "custom", "seats", "allowed"),
    [
        ("ANY", None, 5, [1, 2, 3, 4, 5]),
        ("NEVERLEAVEONE", None, 5, [1, 2, 3, 5]),
        ("DEFAULT", None, 6, [2, 4, 6]),
        ("DEFAULT", None, 5, [1, 2, 3, 5]),
        ("DEFAULT", None, 9, [1, 2, 3, 4, 5, 6, 7, 9]),
        ("CUSTOM", "2,5", 6, [2, 5]),
        ("CUSTOM", "", 3, [1, 2, 3]),
    ],
)
def test_sale_keeps_to_split_type(desk: Office, type: str, custom: str | None, seats: int, allowed: list[int]) -> None:
    taken = []
    for quantity in range(1, seats + 1):
        listing = desk.bought(row=f"R{quantity}", high=seats, splitType=type, customSplit=custom)
        if desk.invoiced(listing["ticketIds"][:quantity]).status_code == 200:
            taken.append(quantity)

    assert taken == allowed


def test_no_split_sells_all_or_nothing(desk: Office) -> None:
    listing = desk.bought(high=4)
    desk.put("/inventory/bulk-update", {"inventoryIds": [listing["id"]], "noSplit": True})

    assert wrong(desk.invoiced(listing["ticketIds"][:2])) == ["lines[0].itemIds"]
    assert desk.invoiced(listing["ticketIds"]).status_code == 200


def test_broken_split_says_what_may_be(desk: Office) -> None:
    listing = desk.bought(splitType="CUSTOM", customSplit="2,4")

    answer = desk.invoiced(listing["ticketIds"][:3])

    assert answer.json()[0]["message"].endswith("there may be 2, 4")
    assert answer.json()[0]["invalidValue"] == listing["ticketIds"][:3]


def test_sold_ticket_is_not_sold_again(desk: Office) -> None:
    listing = desk.bought()
    desk.sell(listing["ticketIds"][:2])

    answer = desk.invoiced(listing["ticketIds"][1:3])

    assert wrong(answer) == ["lines[0].itemIds"]
    assert f"Ticket {listing['ticketIds'][1]} is SOLD" in answer.text


@pytest.mark.parametrize("which", ["unknown", "other account's", "twice", "none"])
def test_wrong_tickets_are_named(desk: Office, which: str) -> None:
    mine = desk.bought()["ticketIds"]
    theirs = second(desk, TWO, APP_TWO, SOL).inventory("201", "B")["ticketIds"]
    tickets = {"unknown": [1], "other account's": theirs[:2], "twice": [mine[0], mine[0]], "none": []}[which]

    assert wrong(desk.invoiced(tickets)) == ["lines[0].itemIds"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["customerId", "lines"]), ({"customerId": 1, "lines": [{"lineItemType": "GENERIC", "amount": 1}]}, ["customerId"]),
        ({"customerId": 70001, "lines": []}, ["lines"]), ({"customerId": 70001, "lines": [{"amount": 1}]}, ["lines[0].lineItemType"]),
        ({"customerId": 70001, "lines": [{"lineItemType": "GENERIC"}]}, ["lines[0].amount"]),
        ({"customerId": 70001, "lines": [{"lineItemType": "GENERIC", "amount": -2e9}]}, ["lines[0].amount"]),
        ({"customerId": 70001, "lines": [{"lineItemType": "GENERIC", "amount": 1}], "salesTerm": "x"}, ["salesTerm"]),
    ],
)  # fmt: skip
def test_wrong_invoices_are_named(desk: Office, body: Any, fields: list[str]) -> None:
    assert sorted(wrong(desk.call("POST", "/invoices", body))) == sorted(fields)


def test_lines_of_one_listing_split_in_turn(desk: Office) -> None:
    listing = desk.bought(high=6, splitType="DEFAULT")
    ids = listing["ticketIds"]
    lines = [{"lineItemType": "INVENTORY", "amount": 10, "itemIds": ids[2:5]}]

    answer = desk.invoiced(ids[:2], lines=lines)

    assert wrong(answer) == ["lines[1].itemIds"]
    assert desk.get(f"/inventory/{listing['id']}")["quantity"] == 6


def test_line_may_span_listings(desk: Office) -> None:
    left, right = desk.bought(), desk.bought(row="L")

    invoice = desk.sell([*left["ticketIds"][:2], *right["ticketIds"][:2]])

    assert invoice["lines"][0]["inventoryIds"] == [left["id"], right["id"]]
    assert [desk.get(f"/inventory/{listing['id']}")["quantity"] for listing in (left, right)] == [6, 6]


def test_general_admission_is_sold(desk: Office) -> None:
    floor = desk.floor()

    invoice = desk.sell(floor["ticketIds"][5:8])

    assert invoice["lines"][0]["itemIds"] == floor["ticketIds"][5:8]
    assert desk.floor()["ticketIds"] == floor["ticketIds"][:5] + floor["ticketIds"][8:]


def test_held_tickets_need_force(desk: Office) -> None:
    listing = desk.bought()
    hold = desk.hold(listing, 4)

    assert wrong(desk.invoiced(listing["ticketIds"][:2])) == ["lines[0].itemIds"]
    invoice = desk.sell(listing["ticketIds"][:2], force=True)

    assert invoice["lines"][0]["quantity"] == 2
    assert desk.get(f"/holds/{hold['id']}")["removedDate"] is not None
    assert desk.get(f"/inventory/{listing['id']}")["ticketIds"] == listing["ticketIds"][2:]


def test_removed_line_gives_seats_back(desk: Office) -> None:
    listing = desk.bought()
    invoice = desk.sell(listing["ticketIds"][:2])

    line = desk.call("DELETE", line_of(invoice)).json()

    assert line["cancelled"]
    assert desk.get(f"/inventory/{listing['id']}")["ticketIds"] == listing["ticketIds"]
    assert desk.tixstock_listing("205", "K")["number_of_tickets_for_sale"]["quantity_available"] == 8
    assert desk.get(f"/lines/{line['id']}")["itemIds"] == []
    assert wrong(desk.call("DELETE", line_of(invoice))) == ["lineId"]
    assert desk.invoiced(listing["ticketIds"][:2]).status_code == 200


def test_given_back_seats_follow_a_merge(desk: Office) -> None:
    left, right = desk.bought(high=4), desk.bought(low=5)
    invoice = desk.sell(left["ticketIds"][:2])
    union = desk.post("/inventory/merge", {"inventoryIds": [left["id"], right["id"]]})

    desk.call("DELETE", line_of(invoice))

    assert (union["quantity"], desk.get(f"/inventory/{left['id']}")["quantity"]) == (6, 2)


@pytest.mark.parametrize(("quantity", "left"), [(1, 7), (3, 5), (8, 0)])
def test_line_quantity_can_change(desk: Office, quantity: int, left: int) -> None:
    listing = desk.bought()
    invoice = desk.sell(listing["ticketIds"][:2])

    line = desk.put(line_of(invoice), {"quantity": quantity, "amount": 300, "description": "changed"})

    assert (line["quantity"], line["amount"], line["itemIds"]) == (quantity, 300.0, listing["ticketIds"][:quantity])
    assert desk.get(f"/inventory/{listing['id']}")["quantity"] == left
    assert desk.get(f"/invoices/{invoice['id']}")["outstandingBalance"] == 300.0
    assert {ticket["sellPrice"] for ticket in desk.get(line_of(invoice) + "/tickets")} == {round(300 / quantity, 2)}


def test_amount_is_shared_by_tickets(desk: Office) -> None:
    invoice = desk.sell(desk.bought()["ticketIds"][:2], 200.0)

    line = desk.put(line_of(invoice), {"amount": 90})

    assert (line["quantity"], line["itemIds"]) == (2, invoice["lines"][0]["itemIds"])
    assert {ticket["sellPrice"] for ticket in desk.get(line_of(invoice) + "/tickets")} == {45.0}


def test_line_names_only_its_listings(desk: Office) -> None:
    left, right = desk.bought(), desk.bought(row="L")
    invoice = desk.sell([*left["ticketIds"][:1], *right["ticketIds"][1:3]])

    line = desk.put(line_of(invoice), {"quantity": 1})

    assert invoice["lines"][0]["inventoryIds"] == [left["id"], right["id"]]
    assert (line["itemIds"], line["inventoryIds"]) == (left["ticketIds"][:1], [left["id"]])


@pytest.mark.parametrize("quantity", [0, -1, 9, 1000, "many", 1.5])
def test_impossible_quantity_is_refused(desk: Office, quantity: Any) -> None:
    listing = desk.bought()
    invoice = desk.sell(listing["ticketIds"][:2])

    answer = desk.call("PUT", line_of(invoice), {"quantity": quantity})

    assert wrong(answer) == ["quantity"]
    assert answer.json()[0]["invalidValue"] == quantity
    assert desk.get(f"/inventory/{listing['id']}")["quantity"] == 6


def test_generic_line_takes_no_tickets(desk: Office) -> None:
    listing = desk.bought()
    line = {"lineItemType": "GENERIC", "amount": 5.0, "itemIds": listing["ticketIds"][:1]}

    answer = desk.call("POST", "/invoices", {"customerId": desk.customer(), "lines": [line]})

    assert wrong(answer) == ["lines[0].itemIds"]


def test_quantity_must_be_that_of_tickets(desk: Office) -> None:
    listing = desk.bought()
    line = {"lineItemType": "INVENTORY", "amount": 5.0, "itemIds": listing["ticketIds"][:1], "quantity": 3}

    answer = desk.call("POST", "/invoices", {"customerId": desk.customer(), "lines": [line]})

    assert wrong(answer) == ["lines[0].quantity"]
    assert desk.get(f"/inventory/{listing['id']}")["quantity"] == listing["quantity"]


def test_anothers_sale_takes_no_lines(desk: Office) -> None:
    desk.at_portal()
    (sale,) = desk.get("/invoices")["rows"]

    answer = desk.call("POST", f"/invoices/{sale['id']}/lines", [{"lineItemType": "GENERIC", "amount": 5.0}])

    assert wrong(answer) == ["lines"]


def test_lines_are_added_later(desk: Office) -> None:
    listing = desk.bought()
    invoice = desk.sell(listing["ticketIds"][:2], 100)

    lines = desk.post(f"/invoices/{invoice['id']}/lines", [
        {"lineItemType": "INVENTORY", "amount": 80, "itemIds": listing["ticketIds"][2:4]},
        {"lineItemType": "GENERIC", "amount": 5},
    ])  # fmt: skip

    assert [line["quantity"] for line in lines] == [2, 1]
    assert desk.get(f"/invoices/{invoice['id']}")["outstandingBalance"] == 185.0
    assert desk.get(f"/invoices/{invoice['id']}/lines")[1:] == lines


def test_payments_settle_the_balance(desk: Office) -> None:
    invoice = desk.sell(desk.bought()["ticketIds"][:2], 200)
    path = f"/invoices/{invoice['id']}"

    first = desk.post(f"{path}/payment", {"amount": 50, "comments": "deposit"})
    partial = desk.get(path)
    desk.post(f"{path}/payment", {"amount": 150})
    paid = desk.get(path)

    assert (first["amount"], first["referenceNumber"], first["invoiceId"]) == (50.0, "deposit", invoice["id"])
    assert (partial["paymentStatus"], partial["outstandingBalance"]) == ("PARTIAL", 150.0)
    assert (paid["paymentStatus"], paid["outstandingBalance"]) == ("PAID", 0.0)
    assert [transaction["amount"] for transaction in desk.get(f"{path}/transactions")] == [50.0, 150.0]
    assert wrong(desk.call("POST", f"{path}/payment", {"amount": 1})) == ["amount"]


@pytest.mark.parametrize("amount", [0, -5, "much", None, 1e12, 1.7e308, 0.004])
def test_wrong_payment_is_refused(desk: Office, amount: Any) -> None:
    invoice = desk.sell(desk.bought()["ticketIds"][:2])

    assert wrong(desk.call("POST", f"/invoices/{invoice['id']}/payment", {"amount": amount})) == ["amount"]


def test_payments_are_whole_cents(desk: Office) -> None:
    invoice = desk.sell(desk.bought()["ticketIds"][:2], 100)

    paid = desk.post(f"/invoices/{invoice['id']}/payment", {"amount": 0.014})

    assert paid["amount"] == 0.01
    assert desk.get(f"/invoices/{invoice['id']}")["outstandingBalance"] == 99.99


@pytest.mark.parametrize("status", ["UNPAID", "PAID", "VOID"])
def test_payments_decide_the_status(desk: Office, status: str) -> None:
    invoice = desk.sell(desk.bought()["ticketIds"][:2], 100)
    path = f"/invoices/{invoice['id']}"
    desk.post(f"{path}/payment", {"amount": 40})

    answer = desk.call("PUT", path, {"paymentStatus": status, "publicNotes": "never kept"})

    assert wrong(answer) == ["paymentStatus"]
    assert answer.json()[0]["message"] == "is PARTIAL, as payments and lines have it; leave it out"
    assert desk.get(path)["publicNotes"] is None
    assert desk.put(path, desk.get(path) | {"publicNotes": "kept"})["publicNotes"] == "kept"


def test_status_is_given_without_payments(desk: Office) -> None:
    invoice = desk.sell(desk.bought()["ticketIds"][:2], 100)

    paid = desk.put(f"/invoices/{invoice['id']}", {"paymentStatus": "PAID"})

    assert (paid["paymentStatus"], paid["outstandingBalance"]) == ("PAID", 0.0)


def test_line_amount_is_not_negative(desk: Office) -> None:
    invoice = desk.sell(desk.bought()["ticketIds"][:2], 100)

    assert wrong(desk.call("PUT", line_of(invoice), {"amount": -1})) == ["amount"]


def test_cut_ids_are_refused(desk: Office) -> None:
    listing = desk.bought()

    assert wrong(desk.invoiced([listing["ticketIds"][0] + 0.7])) == ["lines[0].itemIds[0]"]
    assert desk.get(f"/inventory/{listing['id']}")["quantity"] == 8


def test_head_and_fulfilment_change(desk: Office) -> None:
    invoice = desk.sell(desk.bought()["ticketIds"][:2], 100)

    changed = desk.put(
        f"/invoices/{invoice['id']}", {"fulfillmentStatus": "COMPLETE", "shippingAmount": 9.5, "tags": "rush"}
    )

    assert (changed["fulfillmentStatus"], changed["fulfillmentDate"]) == ("COMPLETE", "2026-03-01T12:00:00.000Z")
    assert (changed["outstandingBalance"], changed["tags"]) == (109.5, "rush")
    assert wrong(desk.call("PUT", f"/invoices/{invoice['id']}", {"customerId": 4})) == ["customerId"]


QUERIES: list[tuple[dict[str, Any], int]] = [
    ({"externalRef": "A-1"}, 1), ({"customerId": 70001}, 2), ({"customerId": 5}, 0), ({"paymentStatus": "PAID"}, 1),
    ({"fulfillmentStatus": "COMPLETE"}, 1), ({"invoiceStatus": "COMPLETED"}, 1), ({"eventId": 1001}, 1), ({"tag": "rush"}, 1),
    ({"createdDateFrom": "2026-03-02T00:00:00Z"}, 0), ({"lastUpdateTo": "2026-03-02T00:00:00Z"}, 2),
    ({"sortedBy": "id", "sortDir": "DESC", "limit": 1}, 2),
]  # fmt: skip


def test_invoices_are_found(desk: Office) -> None:
    desk.sell(desk.bought()["ticketIds"][:2], externalRef="A-1", tags="rush")
    desk.post("/invoices", {
        "customerId": desk.customer(), "lines": [{"lineItemType": "GENERIC", "amount": 3}], "paymentStatus": "PAID",
        "fulfillmentStatus": "COMPLETE", "status": "COMPLETED",
    })  # fmt: skip

    for query, rows in QUERIES:
        assert desk.get("/invoices", **query)["rowCount"] == rows, query


def test_lines_are_cancelled_in_bulk(desk: Office) -> None:
    listing = desk.bought()
    sales = [desk.sell(listing["ticketIds"][at : at + 2]) for at in (0, 2)]
    ids = [sale["lines"][0]["id"] for sale in sales]

    answer = desk.call("POST", "/lines/invoice/bulk-cancel", {"lineIds": ids})

    assert (answer.status_code, answer.content) == (200, b"")
    assert desk.get(f"/inventory/{listing['id']}")["quantity"] == 8


def test_bulk_cancel_is_all_or_none(desk: Office) -> None:
    purchase = desk.buy()
    listing = purchase["lines"][0]["inventory"]
    sale = desk.sell(listing["ticketIds"][:2])
    ids = [sale["lines"][0]["id"], purchase["lines"][0]["id"]]

    assert wrong(desk.call("POST", "/lines/invoice/bulk-cancel", {"lineIds": ids})) == ["lineIds[1]"]
    assert desk.get(f"/inventory/{listing['id']}")["quantity"] == 6
    desk.post("/lines/bulk-delete", {"lineIds": ids})
    assert desk.get(f"/inventory/{listing['id']}")["quantity"] == 0


def test_other_accounts_invoice_is_unknown(desk: Office) -> None:
    invoice = desk.sell(desk.bought()["ticketIds"][:2])
    neighbour = second(desk, TWO, APP_TWO, SOL)

    for path in (f"/invoices/{invoice['id']}", line_of(invoice), f"/lines/{invoice['lines'][0]['id']}"):
        assert neighbour.call("GET", path).status_code == 404
    assert neighbour.call("DELETE", line_of(invoice)).status_code == 404


def test_last_tickets_are_sold_once(desk: Office) -> None:
    tickets = desk.bought(high=2)["ticketIds"]
    customer = desk.customer()
    body = {"customerId": customer, "lines": [{"lineItemType": "INVENTORY", "amount": 10, "itemIds": tickets}]}
    base = desk.client.base.partition("/w/")[0]

    def sell(number: int) -> int:
        client = Client(base, desk.client.world)
        return client.call("POST", "/skybox/services/invoices", json=body, headers=desk.headers).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(sell, range(8)))

    assert sorted(statuses) == [200] + [400] * 7


def test_discount_is_a_generic_line(desk: Office) -> None:
    listing = desk.bought()
    invoice = desk.sell(listing["ticketIds"][:2], 100, lines=[{"lineItemType": "GENERIC", "amount": -5}])

    assert invoice["outstandingBalance"] == 95.0
    path = f"/invoices/{invoice['id']}/lines"
    desk.post(path, [{"lineItemType": "GENERIC", "amount": -5, "description": "fee"}])
    assert desk.get(f"/invoices/{invoice['id']}")["outstandingBalance"] == 90.0
    desk.put(f"{path}/{invoice['lines'][1]['id']}", {"amount": -15})
    assert desk.get(f"/invoices/{invoice['id']}")["outstandingBalance"] == 80.0
    assert wrong(desk.call("PUT", f"{path}/{invoice['lines'][0]['id']}", {"amount": -1})) == ["amount"]
    assert wrong(desk.invoiced(listing["ticketIds"][2:4], -1)) == ["lines[0].amount"]
