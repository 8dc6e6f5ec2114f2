"""What a broker looks up at SkyBox: events and venues, vendors and customers, the account, enumerations, anything by its number."""

from __future__ import annotations

from typing import Any

import pytest

from mockmarket import stock
from mockmarket.store import events
from mockmarket.vendors.skybox.records.types import ENUMERATIONS
from mockmarket.vendors.skybox.rules import directory
from tests.conftest import Client
from tests.vendors.skybox import APP_TWO, BASE, BEA, ONE, SOL, TWO, Desk, opened, wrong

ADDRESS = {
    "address1": "9 Quay", "city": "Boston", "state": "MA", "postalCode": "02110", "country": "US", "phone1": "6175550188",
}  # fmt: skip
PARTY = {
    "email": "sam@ñandu.example", "displayName": "Sam Søn 🎟️", "address": ADDRESS, "paymentMethod": "ACH",
    "defaultDeliveryMethod": "MOBILE_DELIVERY",
}  # fmt: skip
VENDOR = PARTY | {"type": "BROKER", "purchaseTerm": "NET30"}
CUSTOMER = PARTY | {"customerType": "CONCIERGE", "salesTerm": "NET15"}

vendors_and_customers = pytest.mark.parametrize(("path", "body"), [("/vendors", VENDOR), ("/customers", CUSTOMER)])


@pytest.fixture
def desk(client: Client) -> Desk:
    """Sit at the first account's desk."""
    return opened(client)


def names(page: dict[str, Any]) -> list[str]:
    """Return the names of a page's rows."""
    assert page["rowCount"] >= len(page["rows"])
    return [row["name"] for row in page["rows"]]


def test_event_has_venue_and_performer(desk: Desk) -> None:
    event = desk.get("/events/1001")

    assert event == {
        "id": 1001, "name": "Lanterns at Low Tide", "date": "2026-03-15T19:30:00",
        "venue": {
            "id": event["venue"]["id"], "name": "Harbor Hall", "address": "1 Wharf Street", "city": "Boston", "state": "MA",
            "country": "US", "postalCode": "02110", "phone": "6175550100", "timeZone": {"id": "America/New_York"},
        },
        "performerId": event["performer"]["id"],
        "performer": {
            "id": event["performer"]["id"], "name": "Lanterns at Low Tide", "eventType": "THEATER",
            "category": {"id": event["performer"]["category"]["id"], "name": "Theater", "eventType": "THEATER"},
        },
        "keywords": "lantern tide", "chartUrl": None, "stubhubEventId": None, "stubhubEventUrl": None, "tags": "loud", "notes": None,
        "eiEventId": None, "optOutReplenishment": None, "ticketCount": None, "mySoldTickets": None, "myCancelledTickets": None,
        "disabled": False, "vividSeatsEventUrl": None,
    }  # fmt: skip


def test_events_come_by_date(desk: Desk) -> None:
    page = desk.get("/events")

    assert [row["date"] for row in page["rows"]] == sorted(row["date"] for row in page["rows"])
    assert (page["rowCount"], page["rows"][1]["name"], page["rows"][1]["disabled"]) == (5, "Called Off", True)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"event": "low tide"}, ["Lanterns at Low Tide", "Ñandú Ensemble"]),
        ({"event": "ÑANDÚ"}, ["Ñandú Ensemble"]),
        ({"eventId": [1002, 1001]}, ["Lanterns at Low Tide", "Ñandú Ensemble"]),
        ({"eventId": 7}, []),
        ({"venue": "lantern p", "excludeParking": "true"}, ["Saltmarsh Foxes vs. Granite Owls"]),
        ({"venue": "lantern p"}, ["Parking: Saltmarsh Foxes", "Saltmarsh Foxes vs. Granite Owls"]),
        ({"city": "denver", "eventType": "SPORT", "event": "owls"}, ["Saltmarsh Foxes vs. Granite Owls"]),
        ({"state": ["CO", "XX"], "excludeParking": "true"}, ["Saltmarsh Foxes vs. Granite Owls"]),
        ({"country": "US", "state": "MA"}, ["Lanterns at Low Tide", "Called Off"]),
        ({"category": "theater"}, ["Lanterns at Low Tide", "Called Off"]),
        ({"keywords": ["tide", "boston"]}, ["Lanterns at Low Tide"]),
        ({"keywords": ["tide", "denver"]}, []),
        ({"eventDateFrom": "2026-03-20"},
         ["Parking: Saltmarsh Foxes", "Saltmarsh Foxes vs. Granite Owls", "Ñandú Ensemble"]),
        ({"eventDateTo": "2026-03-15"}, ["Lanterns at Low Tide"]),
        ({"eventDateTo": "20260315"}, ["Lanterns at Low Tide"]),
        ({"eventDateFrom": "0999-01-01", "eventDateTo": "2026-03-15T19:30"}, ["Lanterns at Low Tide"]),
        ({"eventDateFrom": "2026-03-20T18:00:00", "eventDateTo": "2026-03-20"}, ["Saltmarsh Foxes vs. Granite Owls"]),
        ({"eventDateFrom": "2026-03-21T00:00:00Z", "eventDateTo": "2026-03-21T00:00:00+00:00"},
         ["Saltmarsh Foxes vs. Granite Owls"]),
        ({"sortedBy": "name", "sortDir": "DESC", "limit": 2}, ["Ñandú Ensemble", "Saltmarsh Foxes vs. Granite Owls"]),
        ({"limit": 2, "pageNumber": 3}, ["Ñandú Ensemble"]),
        ({"sortedBy": "venue", "sortedByB": "name", "sortDirB": "DESC", "limit": 2}, ["Lanterns at Low Tide", "Called Off"]),
    ],
)  # fmt: skip
def test_events_are_filtered_and_sorted(desk: Desk, query: dict[str, Any], expected: list[str]) -> None:
    assert names(desk.get("/events", **query)) == expected


def test_events_of_any_performer(desk: Desk) -> None:
    [duo] = desk.get("/events/performers", name="low tide DUO")
    venue = desk.get("/events/1002")["venue"]["id"]

    assert names(desk.get("/events", performerId=duo["id"])) == ["Ñandú Ensemble"]
    assert names(desk.get("/events", venueId=venue)) == ["Ñandú Ensemble"]
    assert names(desk.get("/events", categoryId=duo["category"]["id"])) == ["Ñandú Ensemble"]


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"limit": 0}, ["limit"]),
        ({"limit": 1001}, ["limit"]),
        ({"limit": "many"}, ["limit"]),
        ({"pageNumber": -1}, ["pageNumber"]),
        ({"sortedBy": "colour"}, ["sortedBy"]),
        ({"sortDir": "up"}, ["sortDir"]),
        ({"eventDateFrom": "soon"}, ["eventDateFrom"]),
        ({"eventDateTo": "2026-02-30"}, ["eventDateTo"]),
        ({"eventType": "DANCE"}, ["eventType"]),
        ({"eventId": "x"}, ["eventId[0]"]),
        ({"venueId": 1 << 60}, ["venueId"]),
        ({"excludeParking": "perhaps"}, ["excludeParking"]),
    ],
)
def test_wrong_filters_are_named(desk: Desk, query: dict[str, Any], fields: list[str]) -> None:
    assert wrong(desk.call("GET", "/events", **query)) == fields


@pytest.mark.parametrize(
    "path", ["/events/7", "/venues/7", "/events/performers/7", "/vendors/7", "/customers/7", "/tickets/7"]
)
def test_unknown_ids_are_not_found(desk: Desk, path: str) -> None:
    answer = desk.call("GET", path)

    assert (answer.status_code, list(answer.json())) == (404, ["message"])


def test_teams_are_performers(desk: Desk) -> None:
    event = desk.get("/events", event="owls")["rows"][0]

    performers = desk.get("/events/performers")
    assert event["performer"]["name"] == "Saltmarsh Foxes"
    assert {"Saltmarsh Foxes", "Granite Owls"} <= {performer["name"] for performer in performers}
    assert desk.get(f"/events/performers/{event['performerId']}") == event["performer"]


def test_categories_are_listed_once(desk: Desk) -> None:
    assert [category["name"] for category in desk.get("/events/categories")] == ["Concerts", "Sports", "Theater"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["Harbor Hall", "Lantern Park", "The Bay Room"]),
        ({"name": "LANTERN"}, ["Lantern Park"]),
        ({"city": "pas"}, ["The Bay Room"]),
        ({"state": ["MA", "CO"], "sortedBy": "state"}, ["Lantern Park", "Harbor Hall"]),
        ({"id": 7}, []),
        ({"limit": 1, "pageNumber": 2}, ["Lantern Park"]),
    ],
)
def test_venues_are_filtered_and_sorted(desk: Desk, query: dict[str, Any], expected: list[str]) -> None:
    assert names(desk.get("/venues", **query)) == expected


def test_venue_is_found_by_id(desk: Desk) -> None:
    [venue] = desk.get("/venues", city="Boston")["rows"]

    assert desk.get(f"/venues/{venue['id']}") == venue
    assert desk.get("/venues", id=venue["id"])["rows"] == [venue]


def test_moved_show_moves_its_event(desk: Desk) -> None:
    desk.client.control("POST", "core/actions/move_event", {"event": "1001", "to": "2026-05-01T20:00:00"})

    assert desk.get("/events/1001")["date"] == "2026-05-01T20:00:00"


def test_cancelled_show_is_disabled(desk: Desk) -> None:
    desk.client.control("POST", "core/actions/cancel_event", {"event": "1001"})

    assert desk.get("/events/1001")["disabled"] is True


def test_new_show_is_listed(desk: Desk) -> None:
    with desk.client.world.atomic() as tx:
        venue = events.venues(tx, "bay-room")[0]
        events.put_on(tx, events.Event("pop-up", "Pop-up Night", venue, tx.now + 86_400_000, tx.now + 90_000_000))

    assert names(desk.get("/events", event="pop-up")) == ["Pop-up Night"]
    assert [performer["name"] for performer in desk.get("/events/performers", name="pop-up")] == ["Pop-up Night"]


@vendors_and_customers
def test_party_is_made_and_read(desk: Desk, path: str, body: dict[str, Any]) -> None:
    contact = desk.post(path, body)

    assert {name: contact[name] for name in body if name != "address"} == {
        n: v for n, v in body.items() if n != "address"
    }
    assert {name: contact["address"][name] for name in ADDRESS} == ADDRESS
    assert (contact["accountId"], contact["createdDate"], contact["deleted"]) == (
        ONE,
        "2026-03-01T12:00:00.000Z",
        False,
    )
    assert desk.get(f"{path}/{contact['id']}") == contact


@vendors_and_customers
def test_party_is_changed_in_part(desk: Desk, path: str, body: dict[str, Any]) -> None:
    contact = desk.post(path, body | {"notes": "calls at noon", "tags": "vip"})

    changed = desk.put(f"{path}/{contact['id']}", body | {"id": contact["id"], "displayName": "Sam", "tags": None})

    assert changed == contact | {"displayName": "Sam", "tags": ""}
    assert desk.get(f"{path}/{contact['id']}") == changed
    assert [row["id"] for row in desk.get(path, displayName="sam søn")["rows"]] == []


@vendors_and_customers
def test_whole_party_can_be_sent_back(desk: Desk, path: str, body: dict[str, Any]) -> None:
    contact = desk.post(path, body)

    assert desk.put(f"{path}/{contact['id']}", contact) == contact


@vendors_and_customers
def test_another_id_is_refused(desk: Desk, path: str, body: dict[str, Any]) -> None:
    contact = desk.post(path, body)

    answer = desk.call("PUT", f"{path}/{contact['id']}", body | {"id": 5})

    words = f"must be {contact['id']}, as in the path"
    assert answer.json() == [{"message": words, "messageTemplate": words, "path": "id", "invalidValue": 5}]


@pytest.mark.parametrize(
    ("path", "needed"),
    [
        ("/vendors", ["address", "defaultDeliveryMethod", "displayName", "email", "paymentMethod", "purchaseTerm", "type"]),
        ("/customers", ["address", "customerType", "defaultDeliveryMethod", "displayName", "email", "paymentMethod", "salesTerm"]),
    ],
)  # fmt: skip
def test_required_fields_are_named(desk: Desk, path: str, needed: list[str]) -> None:
    answer = desk.call("POST", path, {})

    assert sorted(wrong(answer)) == needed
    assert answer.json()[0] == {
        "message": "may not be null",
        "messageTemplate": "{javax.validation.constraints.NotNull.message}",
        "path": answer.json()[0]["path"],
        "invalidValue": None,
    }


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"type": "FRIEND"}, ["type"]),
        ({"paymentMethod": "SHELLS"}, ["paymentMethod"]),
        ({"purchaseTerm": "NET7"}, ["purchaseTerm"]),
        ({"displayName": ""}, ["displayName"]),
        ({"displayName": "x" * 101}, ["displayName"]),
        ({"address": ADDRESS | {"city": None}}, ["address.city"]),
        ({"address": "9 Quay"}, ["address"]),
        ({"outlawedPaymentMethods": ["CASH", "SHELLS"]}, ["outlawedPaymentMethods[1]"]),
        ({"useEmail2": "perhaps"}, ["useEmail2"]),
    ],
)
def test_wrong_fields_are_named(desk: Desk, change: dict[str, Any], fields: list[str]) -> None:
    assert wrong(desk.call("POST", "/vendors", VENDOR | change)) == fields


@pytest.mark.parametrize(
    ("change", "invalid"),
    [
        ({"type": "FRIEND"}, "FRIEND"),
        ({"address": ADDRESS | {"city": ["x"]}}, ["x"]),
        ({"outlawedPaymentMethods": ["CASH", "SHELLS"]}, "SHELLS"),
        ({"tags": 7}, 7),
    ],
)
def test_invalid_values_are_given_back(desk: Desk, change: dict[str, Any], invalid: Any) -> None:
    answer = desk.call("POST", "/vendors", VENDOR | change)

    assert [error["invalidValue"] for error in answer.json()] == [invalid]


@pytest.mark.parametrize("raw", [b"{", b"[]", b"nothing", b'"text"', b"\xff"])
def test_unreadable_bodies_are_refused(desk: Desk, raw: bytes) -> None:
    headers = desk.headers | {"Content-Type": "application/json"}

    answer = desk.client.call("POST", f"{BASE}/vendors", data=raw, headers=headers)

    [violation] = answer.json()
    assert (answer.status_code, list(violation)) == (400, ["message", "messageTemplate", "path", "invalidValue"])
    assert violation["path"] == "body"


FILTERS: list[tuple[dict[str, Any], int]] = [
    ({"displayName": "søn"}, 1), ({"displayName": "nobody"}, 0), ({"email": "ÑANDU"}, 1), ({"city": "bos"}, 1),
    ({"state": "MA"}, 1), ({"country": ["US"]}, 2), ({"phone": "617555"}, 1), ({"tag": ["VIP", "early"]}, 1), ({"tag": "vi"}, 0),
    ({"vendorType": ["BROKER", "INDY"]}, 1), ({"company": "box"}, 1), ({"lastName": "x"}, 0), ({"id": 1}, 0),
]  # fmt: skip


def test_vendors_are_filtered(desk: Desk) -> None:
    desk.post("/vendors", VENDOR | {"tags": "early vip"})

    for query, count in FILTERS:
        page = desk.get("/vendors", **query)
        assert (len(page["rows"]), page["rowCount"]) == (count, count), query


def test_customers_are_filtered_and_sorted(desk: Desk) -> None:
    customer = desk.post("/customers", CUSTOMER | {"displayName": "A first"})

    assert desk.get("/customers", customerType="CONCIERGE", paymentMethod="ACH")["rows"] == [customer]
    assert desk.get("/customers", sortedBy="displayName", limit=1)["rows"] == [customer]
    assert desk.get("/customers", sortedBy="displayName", sortDir="DESC", pageNumber=2, limit=1)["rows"] == [customer]


@vendors_and_customers
def test_other_accounts_parties_are_hidden(desk: Desk, path: str, body: dict[str, Any]) -> None:
    contact, neighbour = desk.post(path, body), desk.on(TWO)

    assert contact["id"] not in [row["id"] for row in neighbour.get(path)["rows"]]
    assert neighbour.call("GET", f"{path}/{contact['id']}").status_code == 404
    assert neighbour.call("PUT", f"{path}/{contact['id']}", body).status_code == 404


def test_first_vendor_is_the_default(desk: Desk) -> None:
    vendor = desk.get("/vendors/default")

    assert (vendor["accountId"], vendor["accountDefault"], vendor["displayName"]) == (ONE, True, "Box Office")


@vendors_and_customers
def test_whole_address_is_taken(desk: Desk, path: str, body: dict[str, Any]) -> None:
    contact = desk.post(path, body | {"address": ADDRESS | {"id": 5, "accountId": ONE}})

    assert contact["address"] == desk.post(path, body)["address"]


def test_default_vendor_can_change(desk: Desk) -> None:
    before, vendor = desk.get("/vendors/default"), desk.post("/vendors", VENDOR)

    desk.put("/vendors/default", vendor["id"])

    assert desk.get("/vendors/default") == vendor | {"accountDefault": True}
    assert desk.get(f"/vendors/{before['id']}")["accountDefault"] is False
    assert desk.on(TWO).get("/vendors/default")["accountId"] == TWO


@pytest.mark.parametrize("body", [1, "9001", True, {}, [9001], 1.5, 1 << 70])
def test_wrong_default_vendor_is_refused(desk: Desk, body: Any) -> None:
    assert wrong(desk.call("PUT", "/vendors/default", body)) == ["body"]


def test_default_customers_are_set(desk: Desk) -> None:
    customer = desk.post("/customers", CUSTOMER)
    before = desk.get("/customers/defaults")

    for _ in range(2):
        default = desk.put("/customers/defaults", {"customerId": customer["id"], "marketplace": "STUBHUB"})

    assert before == []
    assert default == {"accountId": ONE, "customerId": customer["id"], "marketplace": "STUBHUB"}
    assert desk.get("/customers/defaults") == [default]
    assert desk.on(TWO).get("/customers/defaults") == []


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"customerId": 1, "marketplace": "STUBHUB"}, ["customerId"]),
        ({"customerId": 70_001, "marketplace": "ELSEWHERE"}, ["marketplace"]),
        ({}, ["customerId", "marketplace"]),
    ],
)
def test_wrong_default_customer_is_refused(desk: Desk, body: dict[str, Any], fields: list[str]) -> None:
    assert sorted(wrong(desk.call("PUT", "/customers/defaults", body))) == fields


def test_marketplace_has_one_customer(desk: Desk) -> None:
    with desk.client.world.atomic() as tx:
        ids = [directory.customer_for(tx, ONE, "elsewhere") for _ in range(2)]
        customer = directory.customer_for(tx, TWO, "elsewhere")

    assert ids[0] == ids[1] != customer
    assert desk.get(f"/customers/{ids[0]}")["customerType"] == "MARKETPLACE"


def test_account_is_the_requests(desk: Desk) -> None:
    accounts = [office.get("/account") for office in (desk, desk.on(TWO))]

    assert [(account["id"], account["company"], account["email"]) for account in accounts] == [
        (ONE, "Quayside Seats", "desk@quayside.example"),
        (TWO, "Upland Tickets", "desk@upland.example"),
    ]


def test_user_is_the_tokens(desk: Desk) -> None:
    bea, sol = desk.get("/users/me"), desk.on(TWO, APP_TWO, SOL).get("/users/me")

    assert (bea["id"], bea["firstName"], bea["lastName"], bea["email"]) == (77, "Bea", "Broker", "bea@example.com")
    assert (sol["id"], sol["accountId"], sol["email"]) == (88, TWO, "user88@example.com")


def test_users_are_listed_once(desk: Desk) -> None:
    first, second = desk.get("/users"), desk.on(TWO).get("/users", sortedBy="firstName", sortDir="DESC")

    assert [row["id"] for row in first["rows"]] == [77]
    assert [row["id"] for row in second["rows"]] == [88, 77]
    assert desk.on(TWO).get("/users", email="user88")["rowCount"] == 1


def test_tags_are_the_accounts(desk: Desk) -> None:
    desk.post("/vendors", VENDOR | {"tags": "early vip"})
    desk.post("/customers", CUSTOMER | {"tags": "vip Ñ"})

    assert desk.get("/tags") == ["early", "vip", "Ñ"]
    assert desk.on(TWO).get("/tags") == []


@pytest.mark.parametrize("name", ENUMERATIONS)
def test_enumeration_is_listed(desk: Desk, name: str) -> None:
    assert desk.get(f"/enumerations/{name}") == list(ENUMERATIONS[name])


@pytest.mark.parametrize("name", ["STOCK_TYPE", "stock-type", "stocktype"])
def test_enumeration_is_found_however_written(desk: Desk, name: str) -> None:
    assert desk.get(f"/enumerations/{name}")[:2] == ["HARD", "ELECTRONIC"]


def test_unknown_enumeration_names_the_others(desk: Desk) -> None:
    answer = desk.call("GET", "/enumerations/colour")

    [violation] = answer.json()
    assert (answer.status_code, violation["path"], violation["invalidValue"]) == (400, "enumtype", "colour")
    assert "stockType" in violation["message"]


def inventory(desk: Desk) -> dict[str, Any]:
    """Return the listing of section 101."""
    [listing] = desk.get("/inventory", section="101")["rows"]
    return dict(listing)


def test_quick_search_finds_inventory(desk: Desk) -> None:
    listing = inventory(desk)

    by_id, by_position = (desk.get("/quicksearch", key=str(listing[name])) for name in ("id", "exchangePosId"))

    assert by_id == [{"entityId": listing["id"], "entityType": "INVENTORY", "matchedField": "id", "externalRef": None}]
    assert [(match["entityId"], match["matchedField"]) for match in by_position] == [(listing["id"], "exchangePosId")]


def test_quick_search_finds_references(desk: Desk) -> None:
    body = {
        "inventoryId": inventory(desk)["id"],
        "quantity": 2,
        "expiryDate": "2026-03-10T00:00:00.000Z",
        "externalRef": "HR-7 ñ",
    }
    hold = desk.post("/holds", body)

    matches = desk.get("/quicksearch", key="HR-7 ñ")

    assert matches == [
        {"entityId": hold["id"], "entityType": "HOLD", "matchedField": "externalRef", "externalRef": "HR-7 ñ"}
    ]
    assert desk.on(TWO).get("/quicksearch", key="HR-7 ñ") == []


@pytest.mark.parametrize("key", ["nothing", "9" * 40, "%", "-1"])
def test_quick_search_may_find_nothing(desk: Desk, key: str) -> None:
    assert desk.get("/quicksearch", key=key) == []


def test_quick_search_needs_a_key(desk: Desk) -> None:
    assert wrong(desk.call("GET", "/quicksearch")) == ["key"]


def test_tickets_are_found(desk: Desk) -> None:
    listing = inventory(desk)

    tickets = desk.get("/tickets", eventId=1001, section="101", row="A", seatNumber=[12, 13])

    assert [(ticket["seatNumber"], ticket["inventoryId"], ticket["status"]) for ticket in tickets] == [
        (12, listing["id"], "AVAILABLE"), (13, listing["id"], "AVAILABLE"),
    ]  # fmt: skip
    assert desk.get(f"/tickets/{tickets[0]['id']}") == tickets[0]
    assert desk.get("/tickets", ticketIds=[tickets[1]["id"]]) == tickets[1:]
    assert desk.get("/tickets", barcode="none has this") == []


def test_other_accounts_tickets_are_hidden(desk: Desk) -> None:
    neighbour = desk.on(TWO)
    [ticket, *_] = desk.get("/tickets", section="101")

    assert neighbour.get("/tickets", section="101") == []
    assert neighbour.call("GET", f"/tickets/{ticket['id']}").status_code == 404


def test_sold_ticket_is_shown_as_sold(desk: Desk) -> None:
    with desk.client.world.atomic() as tx:
        row = stock.of_event(tx, "1001", "101")[0]
        stock.take(tx, row.id, 2, "elsewhere", "order-1")

    assert [seat["status"] for seat in desk.get("/tickets", section="101", seatNumber=[11, 12, 13])] == [
        "SOLD",
        "SOLD",
        "AVAILABLE",
    ]


@pytest.mark.parametrize(
    "path",
    ["/events", "/venues", "/vendors", "/vendors/default", "/customers", "/tickets", "/account", "/users/me", "/tags", "/quicksearch"],
)  # fmt: skip
def test_every_look_up_needs_all_headers(desk: Desk, path: str) -> None:
    for missing in desk.headers:
        answer = desk.call("GET", path, headers={missing: None})

        assert (answer.status_code, list(answer.json())) == (401, ["message"])


def test_users_own_accounts_only(desk: Desk) -> None:
    assert desk.on(ONE, APP_TWO, SOL).call("GET", "/account").status_code == 401
    assert desk.on(9, token=BEA).call("GET", "/account").status_code == 401


def test_what_is_not_known_of_an_account_is_no_wrong_value(desk: Desk) -> None:
    account, user = desk.get("/account"), desk.get("/users/me")

    assert (account["state"], account["country"]) == (None, None)  # public: one of the states and countries, or nothing
    assert 10 <= len(user["phone"]) <= 20
