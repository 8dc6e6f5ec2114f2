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


# The numbers of the seats


def renumber(desk: Office, listing: dict[str, Any], **body: Any) -> Any:
    """Ask to change the numbers of a listing's seats; returns the answer."""
    return desk.call("PUT", f"/inventory/{listing['id']}", body, changeSeatNumbers="true")


def seats_of(desk: Office, listing: dict[str, Any]) -> list[int]:
    return [ticket["seatNumber"] for ticket in desk.get(f"/inventory/{listing['id']}")["tickets"]]


@pytest.mark.parametrize("way", ["ends", "low", "tickets", "entity"])
def test_seat_numbers_are_changed(desk: Office, receiver: Receiver, way: str) -> None:
    listing = desk.get(f"/inventory/{desk.bought(low=1, high=4)['id']}")
    desk.listen(receiver)
    tickets = [{"id": ticket["id"], "seatNumber": ticket["seatNumber"] + 2} for ticket in listing["tickets"]]
    bodies: dict[str, dict[str, Any]] = {
        "ends": {"lowSeat": 3, "highSeat": 6},
        "low": {"lowSeat": 3},
        "tickets": {"tickets": tickets},
    }
    bodies["entity"] = listing | {
        "tickets": [ticket | tickets[place] for place, ticket in enumerate(listing["tickets"])]
    }

    answer = renumber(desk, listing, **bodies[way])

    assert answer.status_code == 200, answer.text
    after = desk.get(f"/inventory/{listing['id']}")
    assert (after["lowSeat"], after["highSeat"], seats_of(desk, listing)) == (3, 6, [3, 4, 5, 6])
    assert after["ticketIds"] == listing["ticketIds"]
    (notice,) = desk.notices(receiver)
    assert notice.entity == {"lowSeat": 3, "highSeat": 6, "exchangePosId": after["exchangePosId"]}
    assert [ticket["id"] for ticket in desk.get("/tickets", section="205", row="K", seatNumber=6)] == [
        listing["ticketIds"][3]
    ]
    assert desk.tixstock_listing("205", "K")["number_of_tickets_for_sale"]["quantity_available"] == 4
    assert desk.at_portal(2, "205", "K")["quantity"] == 2
    assert len(seats_of(desk, listing)) == 2


def test_seat_numbers_stay_unless_they_may_change(desk: Office, receiver: Receiver) -> None:
    listing = desk.bought(low=1, high=4)
    desk.listen(receiver)

    desk.put(f"/inventory/{listing['id']}", {"lowSeat": 3, "highSeat": 6})
    refused = desk.call(
        "PUT", f"/inventory/{listing['id']}", {"tickets": [{"id": listing["ticketIds"][0], "seatNumber": 9}]}
    )

    assert (seats_of(desk, listing), desk.notices(receiver)) == ([1, 2, 3, 4], [])
    assert wrong(refused) == ["tickets"]


def test_own_answer_changes_no_seat_numbers(desk: Office, receiver: Receiver) -> None:
    listing = desk.get(f"/inventory/{desk.bought(low=1, high=4)['id']}")
    desk.listen(receiver)

    assert renumber(desk, listing, **listing).status_code == 200

    assert (desk.notices(receiver), desk.get(f"/inventory/{listing['id']}")) == ([], listing)


@pytest.mark.parametrize(("kind", "low", "after"), [
    ({"seatType": "GA"}, 11, [11, 12, 13, 14]), ({"seatType": "ALTERNATING", "high": 7}, 2, [2, 4, 6, 8]),
])  # fmt: skip
def test_seats_of_every_type_get_numbers(desk: Office, kind: dict[str, Any], low: int, after: list[int]) -> None:
    listing = desk.bought(**{"low": 1, "high": 4, **kind})

    assert renumber(desk, listing, lowSeat=low).status_code == 200

    assert seats_of(desk, listing) == after
    desk.sell(listing["ticketIds"][:2])


def test_sold_tickets_keep_their_numbers(desk: Office) -> None:
    listing = desk.bought(low=1, high=4)
    desk.sell(listing["ticketIds"][:2])

    taken, free = (renumber(desk, listing, lowSeat=low) for low in (2, 13))

    assert (wrong(taken), free.status_code) == (["lowSeat"], 200)
    assert "A duplicate seat number already exists" in taken.json()[0]["message"]
    assert [desk.get(f"/tickets/{id}")["seatNumber"] for id in listing["ticketIds"]] == [1, 2, 13, 14]


@pytest.mark.parametrize("body", [
    {"lowSeat": 3, "highSeat": 7}, {"highSeat": 2}, {"tickets": [{"place": 0, "seatNumber": 9}]},
    {"tickets": [{"place": place, "seatNumber": number} for place, number in enumerate((4, 3, 2, 1))]},
])  # fmt: skip
def test_seats_move_together(desk: Office, body: dict[str, Any]) -> None:
    listing = desk.bought(low=1, high=4)
    for ticket in body.get("tickets", ()):
        ticket["id"] = listing["ticketIds"][ticket.get("place", 0)]

    assert wrong(renumber(desk, listing, **body)) in (["lowSeat"], ["tickets"])

    assert seats_of(desk, listing) == [1, 2, 3, 4]


def test_held_seats_keep_their_numbers(desk: Office) -> None:
    listing = desk.bought(low=1, high=4)
    desk.hold(listing, 2)

    assert wrong(renumber(desk, listing, lowSeat=11)) == ["lowSeat"]
