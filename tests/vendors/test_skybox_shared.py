"""One stock behind all windows: what other marketplaces do with a broker's seats, and what he does, as both sides see it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mockmarket import stock
from tests.conftest import Client
from tests.receiver import Receiver
from tests.vendors.skybox import APP_TWO, SOL, TWO, wrong
from tests.vendors.skybox_office import Office, office, second

ORDER = {
    "order_id": "X-1", "order_status": "Approved", "datetime": "2026-03-01T09:30:00-0400", "currency": "USD",
    "customer": {"id": "123", "first_name": "Ñora", "last_name": "O'Hara", "email_address": "nora@example.com"},
}  # fmt: skip


@pytest.fixture
def desk(client: Client) -> Office:
    return office(client)


def tix_hold(desk: Office, quantity: int, section: str = "Floor", row: str = "GA") -> str:
    """Hold tickets at Tixstock; returns the hold's id."""
    listing = desk.tixstock_listing(section, row)["id"]
    return str(desk.tixstock("POST", f"/tickets/hold/{listing}", {"quantity": quantity})["meta"]["hold_id"])


def consistent(desk: Office) -> bool:
    """Return whether every listing has as many tickets left, on hold and sold as its stock row has seats."""
    read = desk.client.world.read()
    rows = desk.client.control("GET", "records/skybox/ticket?limit=1000")["records"]
    listings = desk.get("/inventory", status=["AVAILABLE", "ON_HOLD", "DEPLETED"], limit=1000)["rows"]
    own = {int(ticket[0]): ticket[1:] for ticket in read.conn.execute("SELECT id, stock, hold FROM skybox_ticket")}
    for listing in listings:
        (row,) = read.conn.execute("SELECT stock FROM skybox_inventory WHERE id = ?", (str(listing["id"]),)).fetchone()
        if not row:
            continue
        seats = stock.get(read, row)
        tickets = [ticket for ticket in rows if own[ticket["id"]][0] == row and ticket["status"] != "CANCELLED"]
        held = sum(own[ticket["id"]][1] > 0 for ticket in tickets)
        sold = sum(ticket["status"] == "SOLD" for ticket in tickets)
        free = listing["quantity"] if listing["status"] == "AVAILABLE" else 0
        if (free, held, sold, len(tickets)) != (seats.free, seats.held, seats.sold, seats.total):
            return False
    return True


@pytest.mark.parametrize(("section", "row", "quantity"), [("Floor", "GA", 3), ("101", "A", 2)])
def test_portal_sale_is_an_invoice(desk: Office, receiver: Receiver, section: str, row: str, quantity: int) -> None:
    desk.listen(receiver)
    before = desk.inventory(section, row)

    order = desk.at_portal(quantity, section, row)

    notices = desk.notices(receiver)
    assert [notice.summary for notice in notices] == ["INVOICE CREATED", "LINE CREATED", "INVENTORY UPDATED"]
    assert not any(notice.same for notice in notices)
    (invoice,) = desk.get("/invoices", externalRef=order["orderId"])["rows"]
    assert desk.get(f"/customers/{invoice['customerId']}")["displayName"] == "Scraper Portal"
    assert invoice["lines"][0]["itemIds"] == before["ticketIds"][:quantity]
    assert invoice["lines"][0]["amount"] == quantity * before["listPrice"]
    assert consistent(desk)


def bought_at(desk: Office, vendor: str) -> None:
    """Buy two tickets of general admission as a marketplace's own buyer does."""
    arguments: dict[str, Any] = {
        "eventId": "lanterns-at-low-tide",
        "ticketId": "Floor",
        "quantity": 2,
        "buyerName": "Ana Ñ",
        "buyerEmail": "ana@example.com",
    }
    if vendor == "zatabox":
        (type,) = desk.client.control("GET", "records/zatabox/ticket_type?section=Floor")["records"]
        arguments = {"ticketTypeId": type["id"], "quantity": 2, "guestEmail": "ana@example.com"}
    desk.client.control("POST", f"{vendor}/actions/buy", arguments)


@pytest.mark.parametrize(("vendor", "title"), [("ticketnation", "Ticketnation"), ("zatabox", "Zatabox")])
def test_buyers_sale_is_an_invoice(desk: Office, receiver: Receiver, vendor: str, title: str) -> None:
    desk.listen(receiver)
    before = desk.floor()

    bought_at(desk, vendor)

    notices = desk.notices(receiver)
    assert {"INVOICE CREATED", "LINE CREATED", "INVENTORY UPDATED"} <= {notice.summary for notice in notices}
    assert not any(notice.same for notice in notices)
    (invoice,) = desk.get("/invoices")["rows"]
    assert desk.get(f"/customers/{invoice['customerId']}")["displayName"] == title
    assert invoice["lines"][0]["itemIds"] == before["ticketIds"][:2]
    assert desk.floor()["quantity"] == before["quantity"] - 2
    assert consistent(desk)


def test_portal_refund_comes_back(desk: Office, receiver: Receiver) -> None:
    order = desk.at_portal(2, "101", "A")
    desk.listen(receiver)

    desk.client.control("POST", "portal/actions/refund", {"orderId": order["orderId"]})

    notices = desk.notices(receiver)
    assert [notice.summary for notice in notices] == ["LINE UPDATED", "INVOICE UPDATED", "INVENTORY UPDATED"]
    assert notices[0].entity["cancelled"] is True
    assert desk.inventory()["quantity"] == 8
    assert consistent(desk)


def test_tixstock_hold_is_a_hold(desk: Office, receiver: Receiver) -> None:
    desk.listen(receiver)

    id = tix_hold(desk, 4)

    notices = desk.notices(receiver)
    assert [notice.summary for notice in notices] == ["HOLD CREATED", "INVENTORY UPDATED"]
    (hold,) = desk.get("/holds", externalRef=id)["rows"]
    assert (hold["user"], hold["quantity"], desk.floor()["quantity"]) == ("Tixstock", 4, 16)
    assert consistent(desk)


def test_tixstock_release_shrinks_the_hold(desk: Office, receiver: Receiver) -> None:
    id = tix_hold(desk, 4)
    desk.listen(receiver)

    desk.tixstock("PUT", "/tickets/release", {"hold_id": id, "release_quantity": 1})
    part = desk.summaries(receiver)
    desk.tixstock("PUT", "/tickets/release", {"hold_id": id})

    assert part == ["HOLD UPDATED", "INVENTORY UPDATED"]
    assert desk.summaries(receiver)[2:] == ["HOLD DELETED", "INVENTORY UPDATED"]
    assert desk.floor()["quantity"] == 20
    assert consistent(desk)


@pytest.mark.parametrize(("section", "row"), [("Floor", "GA"), ("101", "A")])
def test_tixstock_order_uses_its_hold(desk: Office, receiver: Receiver, section: str, row: str) -> None:
    id = tix_hold(desk, 4, section, row)
    desk.listen(receiver)

    desk.tixstock("POST", f"/order/add/{id}/4", ORDER)

    assert desk.summaries(receiver) == ["INVOICE CREATED", "LINE CREATED", "HOLD DELETED"]
    assert desk.get("/holds")["rowCount"] == 0
    assert consistent(desk)


def test_part_of_a_hold_is_sold(desk: Office, receiver: Receiver) -> None:
    id = tix_hold(desk, 5)
    desk.listen(receiver)

    desk.tixstock("POST", f"/order/add/{id}/2", ORDER)

    assert desk.summaries(receiver) == ["INVOICE CREATED", "LINE CREATED", "HOLD UPDATED"]
    assert desk.get("/holds", externalRef=id)["rows"][0]["quantity"] == 3
    assert consistent(desk)


def test_other_markets_hold_is_its_own(desk: Office) -> None:
    id = tix_hold(desk, 2)
    (hold,) = desk.get("/holds", externalRef=id)["rows"]
    held = [number for number in range(10_000_001, 10_000_060) if number not in desk.floor()["ticketIds"]]

    assert wrong(desk.call("DELETE", f"/holds/{hold['id']}")) == ["id"]
    assert wrong(desk.call("PUT", f"/holds/{hold['id']}", {"notes": "x"})) == ["id"]
    assert desk.call("DELETE", f"/inventory/{hold['inventoryId']}/hold").json() == []
    ticket = next(number for number in held if desk.call("GET", f"/tickets/{number}").json().get("section") == "Floor")
    assert wrong(desk.invoiced([ticket], force=True)) == ["lines[0].itemIds"]
    assert consistent(desk)


def test_other_markets_sale_is_its_own(desk: Office) -> None:
    order = desk.at_portal(2)
    (invoice,) = desk.get("/invoices", externalRef=order["orderId"])["rows"]
    path = f"/invoices/{invoice['id']}/lines/{invoice['lines'][0]['id']}"

    assert wrong(desk.call("DELETE", path)) == ["lineId"]
    assert wrong(desk.call("PUT", path, {"quantity": 1})) == ["lineId"]


def test_price_change_elsewhere_is_told(desk: Office, receiver: Receiver) -> None:
    desk.listen(receiver)
    (row,) = stock.of_event(desk.client.world.read(), "1001", "101")

    desk.client.control("POST", "core/actions/change_price", {"stock": row.id, "price": 77.5})

    (notice,) = desk.notices(receiver)
    assert (notice.summary, notice.entity, notice.previous) == (
        "INVENTORY UPDATED",
        {"listPrice": 77.5},
        {"listPrice": 85.5},
    )


def test_own_price_is_everybodys(desk: Office) -> None:
    desk.put("/inventory", [{"id": desk.inventory()["id"], "listPrice": 77.5}])

    assert desk.tixstock_listing("101", "A")["proceed_price"]["amount"] == "77.50"


def test_own_split_type_is_everybodys(desk: Office) -> None:
    desk.put(f"/inventory/{desk.inventory()['id']}", {"splitType": "CUSTOM", "customSplit": "4,8"})

    assert desk.tixstock_listing("101", "A")["ticket"]["split_type"] == "No Preferences"
    assert desk.inventory()["customSplit"] == "4,8"
    refused = desk.client.call(
        "POST", f"/tixstock/v1/tickets/hold/{desk.tixstock_listing('101', 'A')['id']}", json={"quantity": 3},
        headers={"Authorization": "Bearer tixstock_test_a_00000000"},
    )  # fmt: skip
    assert refused.status_code == 400


def test_added_stock_is_its_accounts(desk: Office, receiver: Receiver) -> None:
    desk.listen(receiver)
    seats = {"section": "300", "row": "C", "seats": 4, "price": 20, "currency": "USD"}

    desk.client.control("POST", "core/actions/add_stock", {"event": "1001", **seats})
    desk.client.control("POST", "core/actions/add_stock", {"event": "1002", **seats})

    assert desk.summaries(receiver) == ["INVENTORY CREATED"]
    assert desk.inventory("300", "C")["quantity"] == 4


def test_huge_rows_are_no_brokers(desk: Office) -> None:
    huge = {"event": "1001", "section": "Field", "kind": "general", "seats": 1001, "price": 20, "currency": "USD"}

    desk.client.control("POST", "core/actions/add_stock", huge)

    assert desk.get("/inventory", section="Field")["rowCount"] == 0


def test_named_account_owns_added_stock(desk: Office) -> None:
    row = {
        "event": "1002",
        "section": "Row",
        "seats": 4,
        "price": 20,
        "currency": "USD",
        "data": {"skybox_account": 5678},
    }

    desk.client.control("POST", "core/actions/add_stock", row)

    assert second(desk, TWO, APP_TWO, SOL).get("/inventory", section="Row")["rowCount"] == 1


def test_split_stands_in_other_windows(desk: Office) -> None:
    listing = desk.bought()

    desk.put(f"/inventory/{listing['id']}/split", 3)

    rows = [
        entry["number_of_tickets_for_sale"]["quantity_available"]
        for entry in desk.tixstock("GET", "/tickets/get?per_page=50")["data"]
        if entry["seat_details"]["section"] == "205"
    ]
    assert sorted(rows) == [3, 5]


def test_deleted_listing_elsewhere_is_used_up(desk: Office) -> None:
    listing = desk.client.control("GET", "records/tixstock/listing?limit=1000")["records"]
    id = next(entry["id"] for entry in listing if entry["seat_details"]["section"] == "101")

    desk.client.control("POST", "tixstock/actions/delete_listing", {"listing": id})

    assert (desk.inventory()["quantity"], desk.inventory()["status"]) == (0, "DEPLETED")
    assert consistent(desk)


def test_moved_event_moves_its_filters(desk: Office) -> None:
    desk.client.control("POST", "core/actions/move_event", {"event": "1001", "to": "2026-06-01T19:30"})

    assert desk.get("/inventory", eventDateFrom="2026-05-01T00:00:00Z")["rowCount"] == 2


def test_seats_are_sold_once_by_anybody(desk: Office) -> None:
    floor = desk.floor()["ticketIds"]
    base, customer = desk.client.base.partition("/w/")[0], desk.customer()
    portal = {
        "eventId": "1001", "section": "Floor", "row": "GA", "quantity": 4,
        "customer": {"email": "buyer@example.com", "phone": {"number": "5551234567", "countryCode": "+1"}},
    }  # fmt: skip

    def buy(number: int) -> tuple[str, int]:
        client = Client(base, desk.client.world)
        if number % 2:
            line = {"lineItemType": "INVENTORY", "amount": 10, "itemIds": floor[number : number + 4]}
            body: Any = {"customerId": customer, "lines": [line]}
            answer = client.call("POST", "/skybox/services/invoices", json=body, headers=desk.headers)
            return "skybox", answer.status_code
        headers = {"X-API-Key": "portal_test_full_00000000"}
        return "portal", client.call("POST", "/api/v1/orders", json=portal, headers=headers).status_code

    with ThreadPoolExecutor(10) as pool:
        done = list(pool.map(buy, range(12)))

    sold = sum(status in (200, 201) for _, status in done) * 4
    assert desk.floor()["quantity"] == 20 - sold
    assert consistent(desk)


def test_everything_mixed_stays_consistent(desk: Office) -> None:
    listing = desk.bought()
    (part,) = desk.put(f"/inventory/{listing['id']}/split", 4)
    desk.sell(listing["ticketIds"][:2])
    hold = desk.hold({"id": part}, 2)
    desk.at_portal(1, "205", "K")
    tixstock = tix_hold(desk, 3)
    desk.tixstock("POST", f"/order/add/{tixstock}/3", ORDER)
    desk.call("DELETE", f"/holds/{hold['id']}")
    desk.advance(seconds=7200)

    assert consistent(desk)
