"""SkyBox's bulk calls: amounts of listings, synchronisation, heads of invoices and cancelled purchase lines, each all or none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Client
from tests.receiver import Receiver
from tests.vendors.skybox import wrong
from tests.vendors.skybox_office import Office, office


@pytest.fixture
def desk(client: Client) -> Office:
    return office(client)


@pytest.mark.parametrize(
    ("path", "member", "name"),
    [
        ("bulk-update-face-value", "newFaceValue", "faceValue"),
        ("bulk-taxed-cost-value", "newTaxedCost", "taxedCost"),
    ],
)
def test_each_unsold_ticket_gets_the_amount(desk: Office, path: str, member: str, name: str) -> None:
    listing = desk.bought(high=4)
    desk.sell(listing["ticketIds"][:1])
    before = desk.get(f"/tickets/{listing['ticketIds'][0]}")[name]

    answer = desk.call("PUT", f"/inventory/{path}", [{"id": listing["id"], member: 12.34}])

    assert (answer.status_code, answer.content) == (200, b"")
    after = desk.get(f"/inventory/{listing['id']}")
    assert (after[name], [ticket[name] for ticket in after["tickets"]]) == (37.02, [12.34] * 3)
    assert desk.get(f"/tickets/{listing['ticketIds'][0]}")[name] == before
    bad = [{"id": listing["id"], member: 1}, {"id": 77, member: 1}]
    assert wrong(desk.call("PUT", f"/inventory/{path}", bad)) == ["[1].id"]
    assert wrong(desk.call("PUT", f"/inventory/{path}", [{"id": listing["id"], member: -1}])) == [f"[0].{member}"]
    assert desk.get(f"/inventory/{listing['id']}")[name] == 37.02


def test_expected_values_are_set(desk: Office) -> None:
    ids = [desk.bought()["id"], desk.bought(row="L")["id"]]

    desk.put("/inventory/bulk-update-expected-value", [{"id": id, "expectedValue": 80.5} for id in ids])

    assert [desk.get(f"/inventory/{id}")["expectedValue"] for id in ids] == [80.5, 80.5]


def test_listings_in_line_with_their_tickets_stay_when_synchronised(desk: Office, receiver: Receiver) -> None:
    listing = desk.inventory()
    desk.listen(receiver)

    answer = desk.call("PUT", "/inventory/sync", {"inventoryIds": [listing["id"]]})

    assert (answer.status_code, answer.content) == (200, b"")
    assert desk.get(f"/inventory/{listing['id']}") == listing
    assert desk.summaries(receiver) == []
    assert wrong(desk.call("PUT", "/inventory/sync", {"inventoryIds": [listing["id"], 77]})) == ["inventoryIds[1]"]


def test_heads_of_invoices_are_changed_together(desk: Office, receiver: Receiver) -> None:
    tickets = desk.bought()["ticketIds"]
    ids = [desk.sell(tickets[:2])["id"], desk.sell(tickets[2:4])["id"]]
    desk.listen(receiver)
    change = {"paymentStatus": "PAID", "fulfillmentStatus": "COMPLETE", "paymentRef": "R-1", "status": "COMPLETED"}

    desk.put("/invoices/bulk", {"invoiceIds": ids, **change, "invoiceNote": "sent"})

    for id in ids:
        invoice = desk.get(f"/invoices/{id}")
        assert {name: invoice[name] for name in change} == change
        assert (invoice["outstandingBalance"], [note["text"] for note in invoice["notes"]]) == (0.0, ["sent"])
    assert desk.summaries(receiver) == ["INVOICE UPDATED"] * 2


def test_a_published_member_that_nothing_reads_is_refused_where_the_world_says_so(desk: Office) -> None:
    desk.client.control("PATCH", "settings", {"core": {"unsupported": "refuse"}})

    answer = desk.call("PUT", "/invoices/bulk", {"invoiceIds": [], "paymentRefPaymentMethod": "CASH"})

    assert (answer.status_code, answer.json()["message"].partition(":")[0]) == (501, "paymentRefPaymentMethod")


def test_a_wrong_bulk_change_of_invoices_changes_none(desk: Office) -> None:
    invoice = desk.sell(desk.bought()["ticketIds"][:2])

    for path, change in (
        ("invoiceIds[1]", {"invoiceIds": [invoice["id"], 77]}),
        ("customerId", {"customerId": 77}),
        ("paymentStatus", {"paymentStatus": "LATE"}),
    ):
        body = {"invoiceIds": [invoice["id"]], "paymentRef": "R-1", **change}
        assert wrong(desk.call("PUT", "/invoices/bulk", body)) == [path]
    assert desk.get(f"/invoices/{invoice['id']}") == invoice


def test_purchase_lines_are_cancelled_together(desk: Office) -> None:
    purchases = [desk.buy(), desk.buy(row="L")]
    first, second = (purchase["lines"][0]["id"] for purchase in purchases)
    sale = desk.sell(purchases[1]["lines"][0]["itemIds"][:2])

    assert wrong(desk.call("POST", "/purchases/actions/cancel-lines", [first, sale["lines"][0]["id"]])) == ["[1]"]
    assert wrong(desk.call("POST", "/purchases/actions/cancel-lines", [first, second])) == ["lineId"]
    assert not desk.get(f"/lines/{first}")["cancelled"]

    answer = desk.call("POST", "/purchases/actions/cancel-lines", [first])

    assert (answer.status_code, answer.content) == (200, b"")
    assert desk.get(f"/lines/{first}")["cancelled"]
    assert desk.get(f"/purchases/{purchases[0]['id']}")["paymentStatus"] == "VOID"


def test_purchases_of_listings_are_received(desk: Office, receiver: Receiver) -> None:
    purchases = [desk.buy(row=row) for row in "LM"]
    ids = [purchase["lines"][0]["inventory"]["id"] for purchase in purchases]
    assert {purchase["received"] for purchase in purchases} == {False}
    desk.listen(receiver)

    desk.put("/inventory/bulk-update", {"inventoryIds": ids, "received": True})

    assert {desk.get(f"/purchases/{purchase['id']}")["received"] for purchase in purchases} == {True}
    assert [(notice.summary, notice.entity) for notice in desk.notices(receiver)] == [
        ("PURCHASE UPDATED", {"received": True})
    ] * 2


def disclosures_of(desk: Office, listing: dict[str, Any]) -> list[list[str]]:
    """Return what each ticket of a listing discloses."""
    return [desk.get(f"/tickets/{id}")["disclosures"] for id in listing["ticketIds"]]


def test_disclosures_of_unsold_tickets_are_added_and_cleared(desk: Office) -> None:
    listing = desk.bought(high=4)
    desk.sell(listing["ticketIds"][:1])
    bulk = {"inventoryIds": [listing["id"]]}

    desk.put("/inventory/bulk-update", bulk | {"ticketDisclosure": "Obstructed view"})
    desk.put("/inventory/bulk-update", bulk | {"ticketDisclosure": "Aisle", "removeBarcode": True})
    added = disclosures_of(desk, listing)
    desk.put("/inventory/bulk-update", bulk | {"clearDisclosures": True})

    assert added == [[], *[["Obstructed view", "Aisle"]] * 3]
    assert disclosures_of(desk, listing) == [[]] * 4
