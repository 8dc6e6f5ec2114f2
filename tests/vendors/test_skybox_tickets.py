"""SkyBox's tickets in writes: seats, barcodes, files, their own amounts; what is said of them everywhere, and that it is told."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import pytest
import requests

from mockmarket.vendors.skybox.rules.files import MOST_FILE
from tests.conftest import Client
from tests.receiver import Receiver
from tests.vendors.skybox import APP_TWO, BASE, SOL, TWO, wrong
from tests.vendors.skybox_office import Office, office, second

PDF = b"%PDF-1.4\n\x00\xff bytes of a ticket\n%%EOF"
FILE = b64encode(PDF).decode()


@pytest.fixture
def desk(client: Client) -> Office:
    return office(client)


def buying(*tickets: dict[str, Any], amount: float | None = 60, **extra: Any) -> dict[str, Any]:
    """Return the body of a line that buys tickets."""
    goods = {"eventId": 1001, "section": "S7A", "row": "1", "stockType": "ELECTRONIC", "seatType": "CONSECUTIVE"}
    goods |= {"splitType": "ANY", "tickets": list(tickets), **extra}
    return {"lineItemType": "INVENTORY", "amount": amount, "inventory": goods}


def ask_to_buy(desk: Office, *tickets: dict[str, Any], **extra: Any) -> Any:
    """Ask to buy tickets; returns the answer."""
    return desk.call("POST", "/purchases", {"vendorId": desk.vendor(), "lines": [buying(*tickets, **extra)]})


def listing_of(desk: Office, *tickets: dict[str, Any], **extra: Any) -> dict[str, Any]:
    """Buy tickets; returns their listing as it is read."""
    answer = ask_to_buy(desk, *tickets, **extra)
    assert answer.ok, answer.text
    listing: dict[str, Any] = desk.get(f"/inventory/{answer.json()['lines'][0]['inventory']['id']}")
    return listing


def pair(**members: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return two tickets, seats 11 and 12, with these members; `{}` in a text is the seat."""
    first, other = (
        {name: value.replace("{}", str(seat)) if isinstance(value, str) else value for name, value in members.items()}
        | {"seatNumber": seat}
        for seat in (11, 12)
    )
    return first, other


def test_seats_and_quantity_follow_from_tickets(desk: Office) -> None:
    tickets = (
        {"seatNumber": 6, "faceValue": 40},
        {"seatNumber": 5, "faceValue": 50, "notes": "aisle", "attributes": ["a"]},
    )

    listing = listing_of(desk, *tickets)

    assert (listing["quantity"], listing["lowSeat"], listing["highSeat"], listing["faceValue"]) == (2, 5, 6, 90.0)
    assert [(ticket["seatNumber"], ticket["faceValue"]) for ticket in listing["tickets"]] == [(5, 50.0), (6, 40.0)]
    assert (listing["tickets"][0]["notes"], listing["tickets"][0]["attributes"]) == ("aisle", ["a"])


WRONG: list[tuple[tuple[dict[str, Any], ...], dict[str, Any], str]] = [
    (({"seatNumber": 5}, {"seatNumber": 7}), {}, "tickets"), (({"seatNumber": 5}, {"seatNumber": 5}), {}, "tickets"),
    (({"seatNumber": 5},), {"lowSeat": 5, "highSeat": 6}, "tickets"), (({"seatNumber": 5},), {"quantity": 2}, "quantity"),
    (({"seatNumber": 5, "barCode": "x" * 46},), {}, "tickets[0].barCode"), (({"seatNumber": "front"},), {}, "tickets[0].seatNumber"),
    (({"seatNumber": 5, "base64FileBytes": "?"},), {}, "tickets[0].base64FileBytes"),
    (({"seatNumber": 5, "fileName": "no.pdf"},), {}, "tickets"),
    (({"seatNumber": 5, "cost": 70},), {}, "cost"), (({"seatNumber": 5, "cost": -1},), {}, "tickets[0].cost"),
    (({"seatNumber": 5, "faceValue": 9},), {"faceValue": 10}, "faceValue"), (({"barCode": "x"},), {}, "lowSeat"),
]  # fmt: skip


def test_wrong_tickets_are_named(desk: Office) -> None:
    for tickets, extra, field in WRONG:
        assert wrong(ask_to_buy(desk, *tickets, **extra)) == [f"lines[0].inventory.{field}"], (tickets, extra)
    assert desk.get("/inventory", section="S7A")["rowCount"] == 0


def test_tickets_own_costs_are_kept(desk: Office) -> None:
    rows: list[dict[str, Any]] = [{"seatNumber": 1, "cost": 30.01}, {"seatNumber": 2}, {"seatNumber": 3}]

    mixed = listing_of(desk, *rows, amount=100)
    summed = listing_of(desk, {"seatNumber": 1, "cost": 7.5}, {"seatNumber": 2, "cost": 2.51}, amount=None, row="2")

    assert [ticket["cost"] for ticket in mixed["tickets"]] == [30.01, 35.0, 34.99]
    assert (mixed["cost"], summed["cost"]) == (100.0, 10.01)


def test_barcodes_are_everywhere(desk: Office, receiver: Receiver) -> None:
    desk.listen(receiver, "INVENTORY")

    listing = listing_of(desk, *pair(barCode="BC-{}", externalTicketId="X-{}"), lowSeat=11, highSeat=12, quantity=2)

    assert (listing["barCodesEntered"], listing["filesUploaded"], listing["externalTicketIdEntered"]) == (
        True,
        False,
        True,
    )
    (ticket,) = desk.get("/tickets", barcode="BC-11")
    assert (ticket["seatNumber"], ticket["barCode"]) == (11, "BC-11")
    rows = desk.get(f"/inventory/barcodes/{listing['exchangePosId']}")
    assert [(row["seatNumber"], row["barCode"], row["externalTicketId"], row["id"]) for row in rows] == [
        (11, "BC-11", "X-11", listing["ticketIds"][0]), (12, "BC-12", "X-12", listing["ticketIds"][1]),
    ]  # fmt: skip
    (notice,) = desk.notices(receiver)
    assert (notice.entity["barCodesEntered"], notice.entity["filesUploaded"]) == (True, False)
    assert desk.call("GET", "/inventory/barcodes/7").status_code == 404


def test_barcodes_are_put_and_told(desk: Office, receiver: Receiver) -> None:
    listing = listing_of(desk, *pair())
    desk.listen(receiver)

    tickets = [ticket | {"barCode": f"BC-{ticket['seatNumber']}"} for ticket in listing["tickets"]]
    changed = desk.put(f"/inventory/{listing['id']}", listing | {"tickets": tickets})

    (notice,) = desk.notices(receiver)
    assert notice.summary == "INVENTORY UPDATED"
    assert (notice.entity["barCodesEntered"], (notice.previous or {})["barCodesEntered"]) == (True, False)
    assert changed["exchangePosId"] != listing["exchangePosId"]
    assert desk.call("GET", f"/inventory/barcodes/{listing['exchangePosId']}").status_code == 404
    assert [row["barCode"] for row in desk.get(f"/inventory/barcodes/{changed['exchangePosId']}")] == ["BC-11", "BC-12"]


def test_former_positions_are_known(desk: Office) -> None:
    before = listing_of(desk, *pair())
    tickets = [ticket | {"barCode": f"BC-{ticket['seatNumber']}"} for ticket in before["tickets"]]
    after = desk.put(f"/inventory/{before['id']}", {"tickets": tickets})

    for position in (before["exchangePosId"], after["exchangePosId"]):
        row = desk.get(f"/inventory/exchange_pos_id/{position}")
        assert row == {"exchangePosId": position, "inventoryId": before["id"]}
    later = after["exchangePosId"] * 2 - before["exchangePosId"]
    for position in (before["id"], later, 7, 10**30):
        assert desk.call("GET", f"/inventory/exchange_pos_id/{position}").status_code == 404
    assert desk.on(TWO).call("GET", f"/inventory/exchange_pos_id/{before['exchangePosId']}").status_code == 404


def test_whole_entity_put_back_changes_nothing(desk: Office, receiver: Receiver) -> None:
    listing = listing_of(
        desk, *pair(barCode="BC-{}", base64FileBytes=FILE, fileName="{}.pdf", cost=30, stockType="HARD")
    )
    desk.listen(receiver)

    desk.put(f"/inventory/{listing['id']}", listing)

    assert desk.get(f"/inventory/{listing['id']}") == listing
    assert desk.notices(receiver) == []


def test_edited_and_removed_codes_renew_the_position(desk: Office) -> None:
    listing = listing_of(desk, *pair(barCode="BC-{}", fileName="{}.pdf", base64FileBytes=FILE))
    hold = desk.hold(listing, 1)
    positions = [listing["exchangePosId"]]
    one_more = {"id": listing["ticketIds"][1]}
    for change in (
        {"tickets": [one_more | {"barCode": "BC-NEW"}]}, {"tickets": [one_more | {"barCode": None}]},
        {"tickets": [one_more | {"base64FileBytes": b64encode(b"other").decode()}]}, {"tickets": [one_more | {"fileName": None}]},
    ):  # fmt: skip
        positions.append(desk.put(f"/inventory/{listing['id']}", change)["exchangePosId"])

    after = desk.put(f"/inventory/{listing['id']}", {"tickets": [one_more | {"notes": "aisle"}], "publicNotes": "x"})

    assert len(set(positions)) == 5
    assert after["exchangePosId"] == positions[-1]
    assert desk.get("/holds", exchangePosId=positions[-1])["rows"][0]["id"] == hold["id"]


def test_bulk_update_removes(desk: Office, receiver: Receiver) -> None:
    listing = listing_of(desk, *pair(barCode="BC-{}", externalTicketId="X-{}", base64FileBytes=FILE))
    (name,) = {ticket["fileName"] for ticket in listing["tickets"][:1]}
    desk.listen(receiver)

    body = {"inventoryIds": [listing["id"]], "removePdf": True, "removeBarcode": True, "removeExternalTicketId": True}
    desk.put("/inventory/bulk-update", body)

    (notice,) = desk.notices(receiver)
    assert (notice.entity["filesUploaded"], notice.entity["barCodesEntered"]) == (False, False)
    assert notice.entity["exchangePosId"] != listing["exchangePosId"]
    for ticket in desk.get(f"/inventory/{listing['id']}")["tickets"]:
        assert (ticket["fileName"], ticket["barCode"], ticket["externalTicketId"]) == (None, None, None)
    assert desk.call("GET", f"/assets/{name}").status_code == 404
    assert desk.get("/tickets", barcode="BC-11") == []


def test_files_come_back_byte_for_byte(desk: Office) -> None:
    contents = [bytes(range(256)) * 9, PDF]
    tickets = [
        {"seatNumber": seat, "fileName": f"seat {seat}.pdf", "base64FileBytes": b64encode(content).decode()}
        for seat, content in zip((11, 12), contents, strict=True)
    ]
    listing = listing_of(desk, *tickets)
    invoice = desk.sell(listing["ticketIds"])

    read = [b64decode(desk.call("GET", f"/assets/{ticket['fileName']}").text) for ticket in listing["tickets"]]

    assert listing["filesUploaded"]
    assert read == contents
    sold = desk.get(f"/invoices/{invoice['id']}/assets")
    assert [b64decode(line) for line in sold.split("\n")] == contents


def test_uploaded_file_is_named_by_tickets(desk: Office) -> None:
    uploaded = desk.post("/assets", {"pdf": [FILE]})
    assert uploaded["pdfUrl"].startswith("http://")
    name = uploaded["pdfUrl"].rpartition("/")[2]
    listing = listing_of(desk, *pair(fileName=name))

    assert uploaded["pageNumber"] == 1
    assert requests.get(uploaded["pdfUrl"], headers=desk.headers, timeout=5).text == FILE
    assert (listing["filesUploaded"], {ticket["fileName"] for ticket in listing["tickets"]}) == (True, {name})
    assert desk.call("GET", f"/assets/{name}").text == FILE
    desk.put(f"/inventory/{listing['id']}", {"tickets": [{"seatNumber": 11, "fileName": None}]})
    assert desk.call("GET", f"/assets/{name}").text == FILE  # the other ticket has it still


def test_two_files_of_a_name_are_kept_apart(desk: Office) -> None:
    other = b64encode(b"other").decode()
    tickets = [
        {"seatNumber": 11, "fileName": "t.pdf", "base64FileBytes": FILE},
        {"seatNumber": 12, "fileName": "t.pdf", "base64FileBytes": other},
    ]

    listing = listing_of(desk, *tickets)

    names = [ticket["fileName"] for ticket in listing["tickets"]]
    assert names[0] == "t.pdf"
    assert [desk.call("GET", f"/assets/{name}").text for name in names] == [FILE, other]


def test_other_account_sees_no_file(desk: Office) -> None:
    url = "/assets/" + desk.post("/assets", {"pdf": [FILE]})["pdfUrl"].rpartition("/")[2]

    assert second(desk, TWO, APP_TWO, SOL).call("GET", url).status_code == 404


@pytest.mark.parametrize(
    ("body", "fields"),
    [({}, ["pdf"]), ({"pdf": ["%"]}, ["pdf[0]"]), ({"pdf": [FILE, FILE]}, ["pdf"]), ({"pdf": []}, ["pdf"])],
)
def test_wrong_uploads_are_named(desk: Office, body: Any, fields: list[str]) -> None:
    assert wrong(desk.call("POST", "/assets", body)) == fields


def test_files_are_bounded(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    assert desk.call("POST", "/assets", {"pdf": ["A" * (MOST_FILE + 4)]}).status_code == 413
    monkeypatch.setattr("mockmarket.vendors.skybox.rules.files.MOST_FILES", 1)
    desk.post("/assets", {"pdf": [FILE]})

    assert wrong(desk.call("POST", "/assets", {"pdf": [FILE]})) == ["base64FileBytes"]
    monkeypatch.setattr("mockmarket.vendors.skybox.rules.files.MOST_FILES", 9)
    monkeypatch.setattr("mockmarket.vendors.skybox.rules.files.MOST_BYTES", 2 * len(FILE))
    desk.post("/assets", {"pdf": [FILE]})
    assert wrong(desk.call("POST", "/assets", {"pdf": [FILE]})) == ["base64FileBytes"]


@pytest.mark.thorough
def test_files_travel_with_the_world(desk: Office) -> None:
    url = "/assets/" + desk.post("/assets", {"pdf": [FILE]})["pdfUrl"].rpartition("/")[2]
    state = desk.client.call("GET", "/_mockmarket/state").content
    desk.client.control("POST", "reset")

    assert desk.call("GET", url).status_code == 404
    answer = desk.client.call(
        "PUT", "/_mockmarket/state", data=state, headers={"Content-Type": "application/octet-stream"}
    )

    assert answer.ok, answer.text
    assert desk.call("GET", url).text == FILE


def test_invoice_says_what_is_delivered(desk: Office, receiver: Receiver) -> None:
    listing = listing_of(desk, *pair())
    invoice = desk.sell(listing["ticketIds"], externalRef="REF-9")
    assert (invoice["barcodesEntered"], invoice["filesUploaded"]) == (False, False)
    assert desk.call("GET", f"/invoices/{invoice['id']}/assets").status_code == 404
    desk.listen(receiver)

    tickets = [{"id": id, "barCode": f"B-{id}", "base64FileBytes": FILE} for id in listing["ticketIds"]]
    desk.put(f"/inventory/{listing['id']}", {"tickets": tickets})

    (notice,) = desk.notices(receiver)
    assert (notice.summary, notice.entity) == ("INVOICE UPDATED", {"barcodesEntered": True, "filesUploaded": True})
    rows = desk.get("/invoices/external-ref", **{"external-ref": "REF-9"})
    assert [(row["invoiceId"], row["ticketId"], row["barCode"]) for row in rows] == [
        (invoice["id"], id, f"B-{id}") for id in listing["ticketIds"]
    ]
    assert desk.get(f"/invoices/{invoice['id']}")["barcodesEntered"]
    assert wrong(desk.call("GET", "/invoices/external-ref")) == ["external-ref"]
    assert desk.get("/invoices/external-ref", **{"external-ref": "NONE"}) == []


def test_invoice_of_finished_tickets_is_finished(desk: Office) -> None:
    listing = listing_of(desk, *pair(barCode="B-{}"))

    assert desk.sell(listing["ticketIds"])["barcodesEntered"]


STRANGE: list[dict[str, Any]] = [{"id": 7, "barCode": "x"}, {"seatNumber": 99}, {}]


def test_unknown_tickets_are_refused(desk: Office) -> None:
    listing = listing_of(desk, *pair())
    path = f"/inventory/{listing['id']}"

    for ticket in [*STRANGE, {"id": listing["ticketIds"][0], "seatNumber": 99}]:
        assert wrong(desk.call("PUT", path, {"tickets": [ticket]})) == ["tickets"], ticket
    assert desk.get(path) == listing


def test_tickets_costs_reach_the_purchase(desk: Office, receiver: Receiver) -> None:
    listing = listing_of(desk, *pair(), amount=100)
    desk.listen(receiver)

    desk.put(f"/inventory/{listing['id']}", {"tickets": [{"seatNumber": 12, "cost": 60.5, "faceValue": 3}]})

    entities = [(notice.summary, notice.entity) for notice in desk.notices(receiver)]
    assert entities == [
        ("INVENTORY UPDATED", {"cost": 110.5}), ("LINE UPDATED", {"amount": 110.5}), ("PURCHASE UPDATED", {"outstandingBalance": 110.5}),
    ]  # fmt: skip
    clash = {"cost": 10, "tickets": [{"seatNumber": 11, "cost": 6}, {"seatNumber": 12, "cost": 5}]}
    assert wrong(desk.call("PUT", f"/inventory/{listing['id']}", clash)) == ["cost"]


def test_purchase_keeps_its_notes(desk: Office) -> None:
    purchase = desk.buy()
    path = f"/purchases/{purchase['id']}"

    note = desk.post(f"{path}/notes", {"text": "called the box office"})

    assert (note["text"], note["purchaseId"], note["author"], note["userId"]) == (
        "called the box office", purchase["id"], "Bea Broker", 77,
    )  # fmt: skip
    assert desk.get(path)["notes"] == [note]
    assert wrong(desk.call("POST", f"{path}/notes", {})) == ["text"]
    assert desk.call("POST", "/purchases/7/notes", {"text": "x"}).status_code == 404


def test_ticket_file_too_large_is_refused_by_its_head(desk: Office) -> None:
    answer = desk.client.call(
        "POST", f"{BASE}/assets", data=b"x" * 2_000_001, headers=desk.headers | {"Content-Type": "application/json"}
    )

    assert answer.status_code == 413
