"""Whatever a call of SkyBox's is sent, it answers with a status and a shape that it declares, and never fails."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mockmarket.vendors.skybox.vendor import VENDOR
from tests.conftest import Client
from tests.shapes import operation_of, statuses
from tests.vendors.skybox import BASE, names_of
from tests.vendors.skybox_office import LATER, ROW, Office, office

BUILT = [(row.method, row.template) for row in VENDOR.api.operations if row.built]
HOSTILE: list[Any] = [
    None, "", "x" * 6000, "ñ\u0000\u2028🎟️", "9999-12-31T23:59:59-23:59", -1, 0, 2**63, 2**53, 1e308, 1.5, True, [], [None], [[]],
    {"x": 1}, [{"lineItemType": "INVENTORY", "amount": 1, "itemIds": [None]}], [{"inventory": {}}], [{"inventory": None, "amount": 1}],
]  # fmt: skip
QUERIES = [
    "",
    "x",
    "-1",
    "9" * 20,
    "1e5",
    "ñ\u0000",
    "2026-01-01",
    "0001-01-01T00:00:00+23:59",
    "true",
    "ASC",
    "x" * 600,
    "AVAILABLE",
]
PARTS = ("x", "%00", "ñ", "9" * 3000, "-1", "0", "1%2F2")


@pytest.fixture
def desk(client: Client) -> Office:
    return office(client)


def ids(desk: Office) -> dict[str, Any]:
    """Make one of everything that a path can name; returns what each part of a path may be."""
    purchase = desk.buy({"amount": 5})
    listing = purchase["lines"][0]["inventory"]
    invoice = desk.sell(listing["ticketIds"][:2])
    hook = desk.post("/webhooks", {"topic": "HOLD", "url": "http://127.0.0.1:9/x", "headers": "", "secret": "s"})
    event = desk.get("/events/1001")
    return {
        "id": hook["id"], "inventory_id": listing["id"], "purchase_id": purchase["id"], "invoice_id": invoice["id"],
        "hold_id": desk.hold(listing)["id"], "event_id": 1001, "venue_id": event["venue"]["id"], "ticket_id": listing["ticketIds"][0],
        "performer_id": event["performerId"], "vendor_id": desk.vendor(), "customer_id": desk.customer(), "type": "stockType",
        "lines of purchases": purchase["lines"][1]["id"], "lines of invoices": invoice["lines"][0]["id"],
        "free": listing["ticketIds"][4:6],
    }  # fmt: skip


def filled(path: str, known: dict[str, Any]) -> str:
    """Return a path with the id of something that is there for each part that varies."""
    line = known["lines of purchases" if path.startswith("/purchases") else "lines of invoices"]
    return re.sub(r"\{(\w+)\}", lambda part: str(known.get(part[1], line)), path)


def body_of(known: dict[str, Any]) -> dict[str, Any]:
    """Return a good value for members of any body."""
    goods = ROW | {"row": "Z", "eventId": 1001, "lowSeat": 1, "highSeat": 2}
    sold = {"lineItemType": "INVENTORY", "amount": 5, "itemIds": known["free"]}
    address = {"address1": "a", "city": "b", "state": "c", "postalCode": "d", "country": "US", "phone1": "1"}
    return {
        "topic": "LINE", "url": "http://127.0.0.1:9/x", "headers": "A: b", "secret": "s", "listPrice": 5,
        "inventoryIds": [known["inventory_id"]],
        "vendorId": known["vendor_id"], "customerId": known["customer_id"], "expiryDate": LATER, "inventoryId": known["inventory_id"],
        "quantity": 1, "amount": 5, "lineIds": [known["lines of invoices"]], "lines": [sold], "inventory": goods, "email": "a@example.com",
        "displayName": "New", "address": address, "paymentMethod": "CASH", "defaultDeliveryMethod": "EMAIL", "type": "BROKER",
        "purchaseTerm": "NET0", "salesTerm": "NET0", "customerType": "BROKER", "marketplace": "OTHER", "startTime": LATER, "endTime": LATER,
    }  # fmt: skip


@pytest.mark.thorough
@pytest.mark.parametrize(("method", "path"), BUILT)
def test_call_takes_anything(desk: Office, method: str, path: str) -> None:
    known = ids(desk)
    place = filled(path, known)
    operation = operation_of(VENDOR, method, path)
    query, body = names_of(operation.query, "query"), names_of(operation.body, "body")
    good = {name: value for name, value in body_of(known).items() if name in body}
    if path == "/purchases":
        good["lines"] = [{"inventory": body_of(known)["inventory"]}]
    needed = {name: LATER for name in ("startTime", "endTime") if name in query}

    answers = [desk.call(method, place, **(needed | {name: value})) for name in query for value in QUERIES]
    if method != "GET":
        answers += [desk.call(method, place, good | {name: value}) for name in body for value in HOSTILE]
        answers += [desk.call(method, place, value) for value in HOSTILE]

    assert all(answer.status_code < 500 for answer in answers)


@pytest.mark.parametrize("part", PARTS)
def test_path_takes_anything(desk: Office, part: str) -> None:
    calls = sorted(call for call in BUILT if "{" in call[1])
    assert calls

    for method, path in calls:
        answer = desk.client.call(method, BASE + re.sub(r"\{\w+\}", part, path), json={}, headers=desk.headers)
        assert answer.status_code in {200, 400, 404, 405, 501}, (method, path)
        assert answer.status_code == 200 or answer.json(), (method, path)


def test_every_route_declares_its_refusals() -> None:
    silent = [call for call in BUILT if not {400, 401, 403, 404, 429} <= statuses(operation_of(VENDOR, *call))]

    assert silent == []
