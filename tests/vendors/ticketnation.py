"""What Ticketnation's tests share: every call with its scope and answers, an organizer's desk that makes them, a look at each answer.

Each answer is held to the schema that stands in CALLS: nothing more, nothing less, keys in that order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from mockmarket.clock import parse_iso
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.records import Error
from mockmarket.vendors.ticketnation.vendor import VENDOR
from tests.conftest import Client
from tests.receiver import Receiver
from tests.shapes import hold, hold_to_operation

BASE = "/ticketnation/open-api/v1"
FIXTURE = str(Path(__file__).parent / "ticketnation.yaml")
START = "2026-03-01T08:00:00.000Z"
START_MS = parse_iso(START)
FULL = "tn_live_test_full_0000000000000001"
OTHER = "tn_live_test_other_0000000000000001"
PORTAL_KEY = {"X-API-Key": "portal_test_full_00000000"}
CUSTOMER = {"email": "buyer@example.com", "phone": {"number": "5551234567", "countryCode": "+1"}}
NEW_EVENT = {"name": "Summer Lights", "dateTime": "2026-06-15T18:00:00.000Z"}
NEW_TICKET = {"name": "Early Bird", "price": 1200, "quantity": 50}


@dataclass(frozen=True)
class Call:
    """One call: its scope in the document's words, and the status of a success."""

    method: str
    path: str
    scope: str | None
    status: int

    @property
    def name(self) -> str:
        """The call as the page lists it."""
        return f"{self.method} {self.path}"

    @property
    def pattern(self) -> re.Pattern[str]:
        """What its paths look like."""
        return re.compile(re.sub(r"\{[a-z]+\}", "[^/]+", self.path))


def parts(path: str) -> list[Call]:
    """Return the four calls of one kind of an event's parts."""
    path = f"/events/{{event}}/{path}"
    return [
        Call("GET", path, "events:read", 200),
        Call("POST", path, "events:write", 201),
        Call("PATCH", f"{path}/{{id}}", "events:write", 200),
        Call("DELETE", f"{path}/{{id}}", "events:write", 200),
    ]


CALLS = [
    Call("GET", "/me", None, 200),
    Call("GET", "/events", "events:read", 200),
    Call("POST", "/events", "events:write", 201),
    Call("GET", "/events/{event}", "events:read", 200),
    Call("PATCH", "/events/{event}", "events:write", 200),
    Call("DELETE", "/events/{event}", "events:write", 200),
    Call("POST", "/events/{event}/publish", "events:write", 200),
    Call("POST", "/events/{event}/unpublish", "events:write", 200),
    Call("POST", "/events/{event}/archive", "events:write", 200),
    Call("GET", "/events/{event}/tickets", "tickets:read", 200),
    Call("POST", "/events/{event}/tickets", "tickets:write", 201),
    Call("GET", "/tickets/{ticket}", "tickets:read", 200),
    Call("PATCH", "/tickets/{ticket}", "tickets:write", 200),
    Call("DELETE", "/tickets/{ticket}", "tickets:write", 200),
    Call("POST", "/tickets/{ticket}/publish", "tickets:write", 200),
    Call("POST", "/tickets/{ticket}/sold-out", "tickets:write", 200),
    *parts("performers"),
    *parts("schedules"),
    *parts("brands"),
    Call("GET", "/venues", "events:read", 200),
    Call("GET", "/orders", "orders:read", 200),
    Call("GET", "/orders/{order}", "orders:read", 200),
    Call("GET", "/webhooks", "webhooks:manage", 200),
    Call("POST", "/webhooks", "webhooks:manage", 201),
    Call("GET", "/webhooks/{webhook}", "webhooks:manage", 200),
    Call("PATCH", "/webhooks/{webhook}", "webhooks:manage", 200),
    Call("DELETE", "/webhooks/{webhook}", "webhooks:manage", 200),
    Call("POST", "/webhooks/{webhook}/test", "webhooks:manage", 200),
    Call("GET", "/webhooks/{webhook}/deliveries", "webhooks:manage", 200),
]
"""Document: scopes and verbs. The paths are convention but for `/me` and `POST /events`, which are public."""


class Desk:
    """Ticketnation as an organizer's integration calls it, in the world of `ticketnation.yaml`; every answer is held to its schema."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Make a call of the API and look at the answer."""
        answer = self.client.call(method, BASE + path, **options)
        calls = [call for call in CALLS if call.method == method and call.pattern.fullmatch(path.partition("?")[0])]
        if answer.ok:
            assert answer.status_code == calls[0].status
        if calls:
            hold_to_operation(answer, VENDOR, method, path)
        else:
            hold(answer, Error)
        return answer

    def get(self, path: str, **query: Any) -> requests.Response:
        """GET."""
        return self.call("GET", path, params=query)

    def post(self, path: str, body: Any = None) -> requests.Response:
        """POST."""
        return self.call("POST", path, json=body)

    def patch(self, path: str, body: Any) -> requests.Response:
        """PATCH."""
        return self.call("PATCH", path, json=body)

    def delete(self, path: str) -> requests.Response:
        """DELETE."""
        return self.call("DELETE", path)

    def act_as(self, secret: str | None) -> Desk:
        """Call with another key from now on, or with none."""
        self.client.key = {} if secret is None else {"api-key": secret}
        return self

    def event(self, id: str, **changes: Any) -> dict[str, Any]:
        """Return one of the fixture's events by its id there."""
        return data(self.get(f"/events/{event_id(id)}"))

    def ticket(self, event: str, section: str) -> dict[str, Any]:
        """Return one of the fixture's ticket types."""
        return data(self.get(f"/tickets/{ticket_id(event, section)}"))

    def draft(self, *tickets: dict[str, Any], **extra: Any) -> dict[str, Any]:
        """Create an event that can be published, with ticket types; returns it."""
        body = NEW_EVENT | {"venueId": venue_id("bay"), "tickets": list(tickets)} | extra
        return data(self.post("/events", body))

    def tickets(self, event: dict[str, Any]) -> list[dict[str, Any]]:
        """Return an event's ticket types."""
        return data(self.get(f"/events/{event['id']}/tickets", take=100))

    def act(self, name: str, **body: Any) -> requests.Response:
        """Carry out an action; the answer is the control plane's."""
        return self.client.post(f"/_mockmarket/ticketnation/actions/{name}", body)

    def buy(self, event: str, ticket: str, quantity: int = 1, **arguments: Any) -> dict[str, Any]:
        """Buy tickets, which must succeed; returns the order."""
        answer = self.act("buy", eventId=event, ticketId=ticket, quantity=quantity, **arguments)
        assert answer.status_code == 200, answer.text
        order: dict[str, Any] = answer.json()
        return order

    def refund(self, order: dict[str, Any]) -> dict[str, Any]:
        """Refund an order, which must succeed."""
        answer = self.act("refund", orderId=order["orderId"])
        assert answer.status_code == 200, answer.text
        refunded: dict[str, Any] = answer.json()
        return refunded

    def set(self, **values: Any) -> None:
        """Change settings of the vendor."""
        self.client.control("PATCH", "settings", {"ticketnation": values})

    def advance(self, **how: Any) -> dict[str, Any]:
        """Move the world's clock."""
        walk: dict[str, Any] = self.client.control("POST", "clock/advance", how)
        return walk

    def listen(self, receiver: Receiver, **options: Any) -> dict[str, Any]:
        """Make a webhook; returns it with its secret."""
        return data(self.post("/webhooks", {"url": receiver.url, **options}))

    def webhook(self, webhook: dict[str, Any]) -> dict[str, Any]:
        """Return a webhook as it is now."""
        return data(self.get(f"/webhooks/{webhook['id']}"))

    def notices(self) -> list[dict[str, Any]]:
        """Return the vendor's notices, oldest first."""
        rows: list[dict[str, Any]] = self.client.control("GET", "notices?vendor=ticketnation&limit=1000")["notices"]
        return rows[::-1]

    def notice_types(self) -> list[str]:
        """Return the types of the vendor's notices, oldest first."""
        return [notice["type"] for notice in self.notices()]

    def portal(self, method: str, path: str, **options: Any) -> Any:
        """Make a call of the portal in the same world, which must succeed; returns what it answers."""
        answer = self.client.call(method, f"/portal/api/v1{path}", headers=PORTAL_KEY, **options)
        assert answer.ok, answer.text
        return answer.json()

    def portal_sale(self, event: str, section: str, quantity: int, row: str = "GA") -> dict[str, Any]:
        """Sell seats through the portal; returns its order."""
        body = {"eventId": event, "section": section, "row": row, "quantity": quantity, "customer": CUSTOMER}
        order: dict[str, Any] = self.portal("POST", "/orders", json=body)["order"]
        return order

    def portal_free(self, event: str) -> int:
        """Return how many seats of an event the portal offers."""
        return sum(
            listing["quantity"] for listing in self.portal("GET", "/inventory", params={"eventId": event})["data"]
        )


def opened(client: Client) -> Desk:
    """Put the client's world to this vendor's fixture and return the desk in it, with the full key."""
    client.begin_as(FIXTURE)
    return Desk(client).act_as(FULL)


def event_id(id: str) -> str:
    """Return the id here of an event of the fixture."""
    return wire.uuid_of("event", id)


def ticket_id(event: str, section: str) -> str:
    """Return the id here of a section of an event of the fixture."""
    return wire.uuid_of("ticket", event, section)


def venue_id(id: str) -> str:
    """Return the id here of a venue of the fixture."""
    return wire.uuid_of("venue", id)


def data(answer: requests.Response) -> Any:
    """Return what a successful answer has in its envelope."""
    assert answer.ok, answer.text
    return answer.json()["data"]


def error_of(answer: requests.Response) -> tuple[int, str]:
    """Return a refusal's status and code."""
    return answer.status_code, answer.json()["error"]["code"]


def wrong(answer: requests.Response) -> list[str]:
    """Return the fields that a refusal of 400 names."""
    assert error_of(answer) == (400, "VALIDATION_ERROR"), answer.text
    return [detail["field"] for detail in answer.json()["error"].get("details", [])]
