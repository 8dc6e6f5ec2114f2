"""SkyBox's lists by every published parameter: each narrows its list, or is known as unsupported."""

from __future__ import annotations

from typing import Any

import pytest

from mockmarket.api.operations import load
from mockmarket.vendors.skybox.vendor import VENDOR
from tests.conftest import Client
from tests.vendors.skybox import names_of
from tests.vendors.skybox_office import Office, office
from tests.vendors.skybox_public import calls, unnamed

BUILT = [row for row in VENDOR.api.operations if row.built and (row.method, unnamed(row.path)) in calls()]
PAGING = {"limit", "pageNumber", "sortDir", "sortedBy", "sortedByB", "sortDirB"}
Case = tuple[str, object, object]  # a parameter, a value that keeps the row, and one that excludes it
EVENT: list[Case] = [
    ("event", "LANTERNS", "zzz"), ("venue", "harbor", "zzz"),
    ("eventDateFrom", "2026-03-15", "2026-03-16"), ("eventDateTo", "2026-03-15", "2026-03-14"),
]  # fmt: skip
KIND: list[Case] = [("eventType", "THEATER", "SPORT"), ("categoryId", "category", 1), ("performerId", "performer", 1)]
PLACE: list[Case] = [("state", ["CO", "MA"], "CO"), ("country", "US", "PH")]
CALENDAR: list[Case] = [("eventKeywords", ["tide", "lantern"], ["tide", "fox"]), ("dayOfWeek", [1, 7], 1)]
TAGS: list[Case] = [("tag", ["vip", "no"], "no"), ("antiTag", "no", ["vip", "no"])]
HAND: list[Case] = [("inHandDateFrom", "2026-03-01T00:00:00Z", "2026-03-12T00:00:00Z"),
                    ("inHandDateTo", "2026-03-12T00:00:00Z", "2026-03-01T00:00:00Z")]  # fmt: skip
BOUGHT: list[Case] = [("purchaseDateFrom", "2026-03-01T11:00:00Z", "2026-03-01T13:00:00Z"),
                      ("purchaseDateTo", "2026-03-01T13:00:00Z", "2026-03-01T11:00:00Z")]  # fmt: skip
ALL_TAGS = {"tag": ["vip", "no"], "tagsMatchAll": "true"}
NOT_ALL_TAGS = {"antiTag": ["vip", "no"], "antiTagsMatchAll": "true"}

CASES: dict[str, list[Case]] = {
    "/inventory": [
        *EVENT, *KIND, *PLACE, *CALENDAR, *TAGS, *BOUGHT, ("city", "bost", "denver"), ("noTags", "false", "true"),
        ("eventTimeFrom", "19:30", "19:31"), ("eventTimeTo", "19:30", "19:29"), ("excludeVendorId", 1, "vendor"),
        ("currencyCode", "USD", "EUR"), ("received", "false", "true"), ("lowSeat", 34, 31), ("highSeat", 34, 33),
        ("notes", "AISLE", "pillar"), ("publicNotes", "view", "pillar"), ("expectedValueSet", "true", "false"),
        ("hiddenSeats", "true", "false"), ("electronicTransfer", "true", "false"), ("vsrOption", "OTHER", "ALL"),
        ("minShownQuantity", 2, 3), ("maxShownQuantity", 2, 1), ("minAverageUnitCost", 25, 26), ("maxAverageUnitCost", 25, 24),
        ("daysOldFrom", "2026-03-01T11:00:00Z", "2026-03-01T13:00:00Z"), ("filesUploaded", "false", "true"),
        ("daysOldTo", "2026-03-01T13:00:00Z", "2026-03-01T11:00:00Z"), ("barCodesEntered", "false", "true"),
        ("ticketStatus", ["AVAILABLE", "ERROR"], "ERROR"), ("venueId", "venue", 1), ("externalTicketIdEntered", "false", "true"),
    ],
    "/inventory/sold": [
        *EVENT, *KIND, *PLACE, *CALENDAR, *TAGS, *HAND, *BOUGHT, ("performer", "lantern", "fox"), ("noTags", "false", "true"),
        ("inventoryId", "inventory", 1), ("exchangePosId", "position", 1), ("invoiceId", "invoice", 1), ("vendorId", "vendor", 1),
        ("purchaseIds", "purchase", 1), ("venueId", "venue", 1), ("invoiceTag", "inv", "no"), ("purchaseTag", "po", "no"),
        ("antiEventTag", "no", "loud"), ("eventTag", "loud", "no"), ("customerId", "customer", 1), ("customerType", "RETAIL", "BROKER"),
        ("customerDisplayName", "walk", "zzz"), ("section", "Q1", "Q2"), ("row", "R", "S"), ("includesSeat", 31, 34),
        ("currencyCode", "USD", "EUR"), ("externalRef", ["I-1"], ["I-2"]), ("purchaseExternalRef", "P-1", "P-2"),
        ("paymentStatus", ["UNPAID"], ["PAID"]), ("invoiceStatus", ["MANAGER_REVIEW"], ["COMPLETED"]),
        ("fulfillmentStatus", "COMPLETE", "PENDING"), ("stockType", "HARD", "FLASH"), ("zoneSeating", "true", "false"),
        ("pdfsOrBarcodesAttached", "false", "true"), ("filesUploaded", "false", "true"), ("barcodesEntered", "false", "true"),
        ("electronicTransfer", "true", "false"), ("internalNotes", "aisle", "zzz"), ("publicNotes", "view", "zzz"),
        ("invoiceNotes", "rush", "zzz"), ("received", "false", "true"), ("invoiceCreatedBy", "BEA", "sol"),
        ("fulfillmentDateFrom", "2026-03-01T11:00:00Z", "2026-03-01T13:00:00Z"), ("minTotalCost", 50, 51), ("maxTotalCost", 50, 49),
        ("fulfillmentDateTo", "2026-03-01T13:00:00Z", "2026-03-01T11:00:00Z"), ("eventId", 1001, 1002),
        ("invoiceDateFrom", "2026-03-01T11:00:00Z", "2026-03-01T13:00:00Z"),
        ("invoiceDateTo", "2026-03-01T13:00:00Z", "2026-03-01T11:00:00Z"),
        ("lastUpdateFrom", "2026-03-01T11:00:00Z", "2026-03-01T13:00:00Z"),
    ],
    "/inventory/purchased": [
        *EVENT, *PLACE, *TAGS, *HAND, *BOUGHT, ("performer", "lantern", "fox"), ("performerId", "performer", 1),
        ("stockType", "HARD", "FLASH"), ("ticketStatus", "SOLD", "ERROR"), ("eventId", 1001, 1002), ("inventoryId", "inventory", 1),
        ("vendorId", "vendor", 1), ("city", "boston", "denver"), ("section", "Q1", "Q2"), ("row", "R", "S"), ("externalRef", "P-1", "P-2"),
        ("paymentStatus", ["UNPAID"], ["PAID"]), ("partialPaymentRef", "REF", "zzz"), ("displayName", "box", "zzz"),
        ("zoneSeating", "true", "false"), ("notes", "aisle", "zzz"), ("purchaseId", "purchase", 1), ("received", "false", "true"),
        ("venueIds", "venue", 1),
    ],
    "/purchases": [
        *TAGS, ("deliveryMethod", ["UPS", "EMAIL"], "UPS"), ("paymentMethod", "TRADE", "CASH"), ("vendorType", "PRIMARY", "BROKER"),
        ("vendorId", "vendor", 1), ("displayName", "BOX", "zzz"), ("id", "purchase", 1), ("inventoryId", "inventory", 1),
        ("invoiceLineId", "invoice_line", 1), ("externalRef", "P-1", "P-2"), ("paymentStatus", "UNPAID", "PAID"), ("minCost", 101, 102),
        ("maxCost", 101, 100), ("currencyCode", "USD", "EUR"), ("internalId", 5, 6), ("zeroOutstandingBalance", "false", "true"),
        ("minOutstandingBalance", 101, 102), ("maxOutstandingBalance", 101, 100), ("eventId", 1001, 1002), ("eventName", "tide", "fox"),
        ("createdBy", "bea", "sol"), ("vendorTag", "old", "no"), ("vendorTags", "old", "no"), 
        ("purchaseStatus", "COMPLETED", "MANAGER_REVIEW"),
        ("createdDateFrom", "2026-03-01T11:00:00Z", "2026-03-01T13:00:00Z"),
        ("lastUpdateTo", "2026-03-01T13:00:00Z", "2026-03-01T11:00:00Z"),
    ],
    "/invoices": [
        *EVENT, *KIND, *HAND, ("tag", "inv", "no"), ("antiTag", "no", "inv"), ("noTags", "false", "true"),
        ("deliveryMethod", "EMAIL", "UPS"),
        ("displayName", "walk", "zzz"), ("vendorId", "vendor", 1), ("id", "invoice", 1), ("externalRef", "I-1", "I-2"),
        ("paymentStatus", "UNPAID", "PAID"), ("invoiceStatus", "MANAGER_REVIEW", "COMPLETED"), ("fulfillmentStatus", "COMPLETE", "PENDING"),
        ("fulfillmentDateFrom", "2026-03-01T11:00:00Z", "2026-03-01T13:00:00Z"), ("paymentRef", "chk", "zzz"),
        ("fulfillmentDateTo", "2026-03-01T13:00:00Z", "2026-03-01T11:00:00Z"), ("barcodesEntered", "false", "true"),
        ("filesUploaded", "false", "true"), ("zoneSeating", "true", "false"), ("performer", "lantern", "fox"),
        ("customerId", "customer", 1), ("createdBy", "bea", "sol"), ("currencyCode", "USD", "EUR"), ("eventId", 1001, 1002), 
        ("internalId", 7, 8),
        ("purchaseId", "purchase", 1), ("purchaseLineId", "purchase_line", 1), ("venueId", "venue", 1), ("stockType", "HARD", "FLASH"),
        ("minTotal", 152, 153), ("maxTotal", 152, 151), ("minOutstandingBalance", 152, 153), ("maxOutstandingBalance", 152, 151),
    ],
    "/holds": [*EVENT, ("venueId", "venue", 1), ("user", "bea", "sol"), ("inventoryId", "inventory", 1), ("exchangePosId", "position", 1)],
    "/events": [
        ("event", "lantern", "zzz"), ("eventTimeFrom", "19:30", "19:31"), ("eventTimeTo", "19:30", "19:29"), ("dayOfWeek", 7, 1),
        ("tag", "loud", "no"), ("antiTag", "no", "loud"), ("noTags", "false", "true"), ("excludeActiveInventory", "false", "true"),
        ("onlySoldTickets", "true", None), ("keywords", "tide", "fox"), ("performerId", "performer", 1),
    ],
    "/tickets": [
        ("section", "Q1", "Q2"), ("lastUpdateFrom", "2026-03-01T11:00:00Z", "2026-03-01T13:00:00Z"),
        ("lastUpdateTo", "2026-03-01T13:00:00Z", "2026-03-01T11:00:00Z"),
    ],
    "/customers": [
        ("tag", "gold", "no"), ("antiTag", "no", "gold"), ("createdDateFrom", "2025-03-01T11:00:00Z", "2026-03-01T13:00:00Z"),
        ("createdDateTo", "2026-03-01T13:00:00Z", "2025-03-01T11:00:00Z"),
        ("invoiceDateFrom", "2026-03-01T11:00:00Z", "2026-03-01T13:00:00Z"),
        ("invoiceDateTo", "2026-03-01T13:00:00Z", "2026-03-01T11:00:00Z"),
    ],
    "/vendors": [("tag", "old", "no"), ("antiTag", "no", "old")],
}  # fmt: skip


@pytest.fixture
def desk(client: Client) -> Office:
    return office(client)


def fill(desk: Office) -> dict[str, object]:
    """Buy, sell and hold tickets of one listing with every member set; returns the ids by name."""
    customer: dict[str, object] = desk.get("/customers")["rows"][0]
    vendor: dict[str, object] = desk.get("/vendors")["rows"][0]
    desk.put(f"/customers/{customer['id']}", customer | {"tags": "gold"})
    desk.put(f"/vendors/{vendor['id']}", vendor | {"tags": "old", "type": "PRIMARY"})
    goods: dict[str, object] = {
        "section": "Q1", "row": "R", "stockType": "HARD", "zoneSeating": True, "electronicTransfer": True, "hideSeatNumbers": True,
        "vsrOption": "OTHER", "shownQuantity": 2, "expectedValue": 9, "notes": "Aisle seats", "publicNotes": "Full view",
        "tags": "vip,aisle", "inHandDate": "2026-03-10", "eventId": 1001, "lowSeat": 31, "highSeat": 34, "listPrice": 95.5,
        "seatType": "CONSECUTIVE", "splitType": "ANY", "cost": 100,
    }  # fmt: skip
    head: dict[str, object] = {
        "tags": "po vip",
        "paymentMethod": "TRADE",
        "deliveryMethod": "EMAIL",
        "externalRef": "P-1",
        "paymentRef": "ref 9",
    }
    head.update(taxAmount=1, internalId=5, status="COMPLETED")
    purchase = desk.post("/purchases", {"vendorId": vendor["id"], **head, "lines": [{"inventory": goods}]})
    (line,) = purchase["lines"]
    listing = line["inventory"]
    invoice = desk.sell(
        listing["ticketIds"][:2], 150.0, tags="inv", externalRef="I-1", status="MANAGER_REVIEW", fulfillmentStatus="COMPLETE",
        internalNotes="Rush it", otherAmount=2, deliveryMethod="EMAIL", paymentRef="CHK 4", internalId=7,
    )  # fmt: skip
    desk.post("/holds", {"inventoryId": listing["id"], "quantity": 1, "expiryDate": "2026-03-02T12:00:00Z"})
    event = desk.get("/events/1001")
    return {
        "event": 1001, "inventory": listing["id"], "position": listing["exchangePosId"], "purchase": purchase["id"],
        "purchase_line": line["id"], "invoice": invoice["id"], "invoice_line": invoice["lines"][0]["id"], "vendor": vendor["id"],
        "customer": customer["id"], "venue": event["venue"]["id"], "performer": event["performerId"],
        "category": event["performer"]["category"]["id"],
    }  # fmt: skip


def own_rows(desk: Office, path: str, ids: dict[str, object], query: dict[str, Any]) -> list[Any]:
    """Return the rows of an answer that belong to the listing of `fill`."""
    answer = desk.get(path, limit=1000, **query) if path != "/tickets" else desk.get(path, **query)
    kind = path.rsplit("/")[-1].rstrip("s")
    name, id = {
        "purchased": ("purchaseLineId", "purchase_line"), "sold": ("invoiceId", "invoice"), "hold": ("inventoryId", "inventory"),
        "ticket": ("purchaseLineId", "purchase_line"),
    }.get(kind, ("id", kind))  # fmt: skip
    rows = answer if isinstance(answer, list) else answer["rows"]
    return [row for row in rows if row[name] == ids[id]]


@pytest.mark.thorough
@pytest.mark.parametrize("path", CASES)
def test_parameter_narrows_its_list(desk: Office, path: str) -> None:
    ids = fill(desk)

    for name, keeps, excludes in CASES[path]:
        value = ids[keeps] if isinstance(keeps, str) and keeps in ids and name != "event" else keeps
        other = ids[excludes] if isinstance(excludes, str) and excludes in ids and name != "event" else excludes
        assert own_rows(desk, path, ids, {name: value}), (name, value)
        if other is not None:
            assert own_rows(desk, path, ids, {name: other}) == [], (name, other)


@pytest.mark.parametrize("path", ["/inventory", "/inventory/sold", "/inventory/purchased", "/purchases"])
def test_tags_match_any_or_all(desk: Office, path: str) -> None:
    ids = fill(desk)

    assert own_rows(desk, path, ids, {"tag": ["vip", "no"]})
    assert own_rows(desk, path, ids, ALL_TAGS) == []
    assert own_rows(desk, path, ids, NOT_ALL_TAGS)


def test_published_parameter_is_known() -> None:
    missing = {}
    for row in BUILT:
        operation = load(row)
        known = {*names_of(operation.query, "query"), *operation.unsupported}
        if unknown := set(calls()[row.method, unnamed(row.path)].parameters) - known - PAGING:
            missing[row.id] = sorted(unknown)

    assert missing == {}


def test_reports_sum_up_their_lists(desk: Office) -> None:
    fill(desk)

    assert desk.get("/quick-report/sales", event="tide") == {
        "quantity": 2, "invoices": 1, "ticketCost": 50.0, "ticketSales": 150.0, "profit": 100.0, "profitPercentage": 66.67, "roi": 200.0,
    }  # fmt: skip
    assert desk.get("/quick-report/sales", event="fox")["invoices"] == 0
    bought = desk.get("/quick-report/purchases", inventoryTag="vip")
    assert bought == {
        "purchases": 1, "quantity": 4, "ticketCost": 100.0, "outstandingBalance": 101.0, "availableQuantity": 2, "soldQuantity": 2,
    }  # fmt: skip


def test_catalogue_is_searched(desk: Office) -> None:
    (row,) = desk.call(
        "GET", "/event-catalog/search?limit=100&sortDir=asc&pageNumber=1&event=Foxes&excludeParking=true"
    ).json()["rows"]

    assert list(row) == ["id", "name", "date", "venue", "performer", "keywords", "stubhubEventId"]


def test_open_orders_are_notified_of(desk: Office) -> None:
    assert desk.get("/account/notifications") == []

    desk.sell(desk.bought()["ticketIds"][:1])
    desk.advance(seconds=10 * 24 * 3600)

    (notification,) = desk.get("/account/notifications")
    assert (notification["type"], notification["message"][:2]) == ("UPCOMING_OPEN_ORDERS", "1:")


@pytest.mark.parametrize("names", [("eventName", "name"), ("eventDate", "date")])
def test_events_are_sorted_by_public_names(desk: Office, names: tuple[str, str]) -> None:
    first, second = (desk.get("/events", sortedBy=name)["rows"] for name in names)

    assert [row["id"] for row in first] == [row["id"] for row in second]


def test_page_settings_have_other_defaults(desk: Office) -> None:
    for row in "LMN":
        desk.bought(row=row, high=2)
    sections = [row["row"] for row in desk.get("/inventory")["rows"]]
    desk.client.control("PATCH", "settings", {"skybox": {"page_rows": 2, "first_page": 0}})

    pages = [[row["row"] for row in desk.get("/inventory", **query)["rows"]] for query in ({}, {"pageNumber": 1})]
    assert pages == [sections[:2], sections[2:4]]
    assert [row["row"] for row in desk.get("/inventory/purchased", pageNumber=1)["rows"]] != []

    desk.client.control("PATCH", "settings", {"skybox": {"page_rows": 0}})
    assert len(desk.get("/inventory")["rows"]) == len(desk.get("/inventory/purchased")["rows"]) == len(sections)


def test_events_alone_have_at_most_a_thousand_rows(desk: Office) -> None:
    assert desk.get("/inventory", limit=20_000)["rowCount"] == 2
    assert desk.call("GET", "/inventory?limit=20001").status_code == 400
    assert desk.call("GET", "/events?limit=1001").status_code == 400
