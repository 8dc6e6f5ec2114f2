"""SkyBox's changes of where a listing's seats are: section, row and event, in the listing, its tickets, every window and the notices."""

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


def move(desk: Office, how: str, listing: dict[str, Any], **place: Any) -> Any:
    """Ask to move a listing by one of the calls that can; returns the answer."""
    id = listing["id"]
    if how == "put":
        return desk.call("PUT", f"/inventory/{id}", listing | place)
    if how == "bulk":
        return desk.call("PUT", "/inventory/bulk-update", {"inventoryIds": [id], **place})
    entity = {"section": listing["section"], "row": listing["row"], **place}
    if how == "edit":
        return desk.call("POST", "/inventory/actions/edit-section-row", {"inventoryId": id, **entity})
    (line,) = {desk.get(f"/tickets/{ticket}")["purchaseLineId"] for ticket in listing["ticketIds"]}
    purchase = desk.get(f"/lines/{line}")["targetId"]
    return desk.call("POST", f"/purchases/{purchase}/lines/{line}/inventory", entity)


@pytest.mark.parametrize("how", ["put", "bulk", "edit", "line"])
def test_section_and_row_are_changed(desk: Office, receiver: Receiver, how: str) -> None:
    listing = desk.bought()
    desk.listen(receiver)

    answer = move(desk, how, listing, section="ZX", row="1X")

    assert answer.status_code == 200, answer.text
    after = desk.get(f"/inventory/{listing['id']}")
    assert (after["section"], after["row"], after["ticketIds"]) == ("ZX", "1X", listing["ticketIds"])
    assert {(ticket["section"], ticket["row"]) for ticket in after["tickets"]} == {("ZX", "1X")}
    (notice,) = desk.notices(receiver)
    position = after["exchangePosId"]
    assert notice.entity == {"section": "ZX", "row": "1X", "exchangePosId": position}
    assert notice.previous == {"section": "205", "row": "K", "exchangePosId": listing["exchangePosId"]}
    assert desk.tixstock_listing("205", "K")["number_of_tickets_for_sale"]["quantity_available"] == 0
    assert desk.at_portal(2, "ZX", "1X")["quantity"] == 2
    assert desk.get(f"/inventory/{listing['id']}")["quantity"] == 6


def test_event_is_swapped(desk: Office, receiver: Receiver) -> None:
    purchase = desk.buy()
    listing = purchase["lines"][0]["inventory"]
    desk.listen(receiver)

    answer = desk.call("POST", "/inventory/bulk-swap-event", {"inventoryIds": [listing["id"]], "eventId": 1002})

    assert (answer.status_code, answer.content) == (200, b"")
    after = desk.get(f"/inventory/{listing['id']}")
    assert (after["eventId"], {ticket["eventId"] for ticket in after["tickets"]}) == (1002, {1002})
    (notice,) = desk.notices(receiver)
    assert notice.entity == {"eventId": 1002, "exchangePosId": after["exchangePosId"]}
    assert [row["id"] for row in desk.get("/inventory", eventId=1002)["rows"]] == [listing["id"]]
    assert [row["id"] for row in desk.get("/purchases", eventId=1002)["rows"]] == [purchase["id"]]


def test_sold_tickets_stay_where_they_were_sold(desk: Office) -> None:
    listing = desk.bought()
    invoice = desk.sell(listing["ticketIds"][:2])

    desk.put(f"/inventory/{listing['id']}", {"section": "ZX", "publicNotes": "moved", "listPrice": 80})

    after = desk.get(f"/inventory/{listing['id']}")
    assert (after["section"], after["quantity"], after["publicNotes"], after["listPrice"]) == ("ZX", 6, "moved", 80.0)
    assert {desk.get(f"/tickets/{id}")["section"] for id in listing["ticketIds"][:2]} == {"205"}
    desk.call("DELETE", f"/invoices/{invoice['id']}/lines/{invoice['lines'][0]['id']}")
    assert desk.get(f"/tickets/{listing['ticketIds'][0]}")["status"] == "AVAILABLE"


def test_impossible_moves_are_refused(desk: Office) -> None:
    apart, held, empty = desk.bought(), desk.bought(row="L"), desk.bought(row="M", high=2)
    desk.sell(apart["ticketIds"][3:5])
    desk.hold(held, 1)
    desk.sell(empty["ticketIds"])
    taken = desk.bought(row="N")

    for listing in (apart, held, empty):
        assert wrong(desk.call("PUT", f"/inventory/{listing['id']}", {"row": "Q"})) == ["row"], listing["row"]
    desk.put(f"/inventory/{taken['id']}", {"section": "101", "row": "A"})  # whose own seats begin at 11
    other = desk.bought(row="P")
    assert wrong(desk.call("PUT", f"/inventory/{other['id']}", {"section": "101", "row": "A"})) == ["section"]
    swap = {"inventoryIds": [other["id"]], "eventId": 7}
    assert wrong(desk.call("POST", "/inventory/bulk-swap-event", swap)) == ["eventId"]
    edit = {"section": "1", "row": "2"}
    assert wrong(desk.call("POST", "/inventory/actions/edit-section-row", edit)) == ["inventoryId"]
    assert desk.get(f"/inventory/{other['id']}")["row"] == "P"
