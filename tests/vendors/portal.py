"""What the portal's tests share: a small shop to buy from, and a look at every answer that it gives.

Each answer is held to what the call declares: a status of its list, the schema of that status taken whole, keys in its order.
"""

from __future__ import annotations

import json
import struct
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import requests

from mockmarket.server.openapi import describe
from mockmarket.vendors.portal.records import Error
from mockmarket.vendors.portal.vendor import VENDOR
from tests.conftest import Client
from tests.receiver import Hook, Receiver
from tests.shapes import hold, hold_to_operation

HERE = Path(__file__).parent
FIXTURE = str(HERE / "portal.yaml")
RECEIVERS = HERE.parent / "receivers"
START = "2026-01-22T12:49:50.220Z"
START_MS = 1_769_086_190_220
SECRET = "portal_test_signing_secret"
CUSTOMER = {"email": "buyer@example.com", "phone": {"number": "5551234567", "countryCode": "+1"}}
CLUB_BOX = {"eventId": "4546456", "section": "Club Box 19", "row": "A", "quantity": 2, "customer": CUSTOMER}


class Shop:
    """The portal as an integrator calls it, in the world of `portal.yaml`; every answer is held to its schema."""

    def __init__(self, client: Client, base: str = "/api/v1") -> None:
        self.client = client
        self.base = base

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Make a call of the API and look at the answer."""
        answer = self.client.call(method, self.base + path, **options)
        if (method, path) in declared():
            hold_to_operation(answer, VENDOR, method, path)
        else:
            hold(answer, Error)
        return answer

    def events(self, **query: Any) -> requests.Response:
        """GET /events."""
        return self.call("GET", "/events", params=query)

    def inventory(self, **query: Any) -> requests.Response:
        """GET /inventory."""
        return self.call("GET", "/inventory", params=query)

    def post(self, body: Any) -> requests.Response:
        """POST /orders with any body."""
        return self.call("POST", "/orders", json=body)

    def patch(self, body: Any) -> requests.Response:
        """PATCH /orders with any body."""
        return self.call("PATCH", "/orders", json=body)

    def buy(self, **changes: Any) -> dict[str, Any]:
        """Place an order that must succeed: two seats of the Club Box unless told otherwise."""
        answer = self.post(CLUB_BOX | changes)
        assert answer.status_code == 201, answer.text
        order: dict[str, Any] = answer.json()["order"]
        return order

    def move(self, order: dict[str, Any], *statuses: str, **extra: Any) -> requests.Response:
        """Move an order through statuses, all of which must be taken; returns the last answer."""
        for status in statuses:
            answer = self.patch({"orderId": order["orderId"], "status": status, **extra})
            assert answer.status_code == 200, answer.text
        return answer

    def listing(self, event: str, section: str, row: str, price: float | None = None) -> dict[str, Any]:
        """Return one listing of the inventory."""
        listings = self.inventory(eventId=event).json()["data"]
        wanted = {"section": section, "row": row} | ({} if price is None else {"price": price})
        return next(listing for listing in listings if wanted.items() <= listing.items())

    def event(self, id: str) -> dict[str, Any]:
        """Return one event of the list."""
        return next(event for event in self.events().json()["data"] if event["eventId"] == id)

    def set(self, **values: Any) -> None:
        """Change settings of the portal."""
        self.client.control("PATCH", "settings", {"portal": values})

    def act(self, name: str, order: dict[str, Any], **arguments: Any) -> requests.Response:
        """Carry out an action on an order; the answer is the control plane's."""
        return self.client.post(f"/_mockmarket/portal/actions/{name}", {"orderId": order["orderId"], **arguments})

    def advance(self, **how: Any) -> dict[str, Any]:
        """Move the world's clock."""
        walk: dict[str, Any] = self.client.control("POST", "clock/advance", how)
        return walk

    def listen(self, receiver: Receiver, **options: Any) -> str:
        """Have a receiver listen; returns the endpoint's id."""
        body = {"vendor": "portal", "url": receiver.url, "secret": SECRET, **options}
        endpoint: dict[str, Any] = self.client.control("POST", "endpoints", body)
        return str(endpoint["id"])

    def deliveries(self) -> list[dict[str, Any]]:
        """Return every delivery, oldest first, with its attempts."""
        rows = self.client.control("GET", "deliveries?vendor=portal&limit=1000")["deliveries"]
        return [self.client.control("GET", f"deliveries/{row['id']}") for row in reversed(rows)]


@cache
def declared() -> dict[tuple[str, str], set[int]]:
    """Return the statuses that each of the portal's calls declares in the OpenAPI document."""
    spec = describe((VENDOR,))
    return {
        (method.upper(), path.removeprefix(VENDOR.base)): {int(status) for status in call["responses"]}
        for path, calls in spec["paths"].items()
        if path.startswith(f"{VENDOR.base}/")
        for method, call in calls.items()
        if method in ("get", "post", "put", "patch", "delete")
    }


def opened(client: Client) -> Shop:
    """Put the client's world to the portal's fixture and return the shop in it."""
    client.begin_as(FIXTURE)
    return Shop(client)


def error_of(answer: requests.Response) -> tuple[int, str]:
    """Return a refusal's status and sentence."""
    return answer.status_code, answer.json()["error"]


def wrong_fields(answer: requests.Response) -> list[str]:
    """Return the fields that a refusal of 400 names."""
    assert answer.status_code == 400, answer.text
    return [detail["field"] for detail in answer.json()["details"]]


def node_judges(hooks: Sequence[Hook], secret: str = SECRET) -> list[str]:
    """Return what the document's two sample receivers make of webhooks, in Node: `11` when both accept."""
    frames = b"".join(frame(judged_head(hook, secret)) + frame(hook.body) for hook in hooks)
    return node("portal.mjs", frames).decode().split(" ")


def judged_head(hook: Hook, secret: str) -> bytes:
    """Write what a receiver needs beside the body; its clock shows the second of the stamp."""
    headers = {name.lower(): value for name, value in hook.headers}
    return json.dumps({"headers": headers, "secret": secret, "now": int(headers["x-webhook-timestamp"])}).encode()


def reserialised(bodies: Sequence[bytes]) -> list[bytes]:
    """Return bodies as Node reads and writes them again."""
    written, back = node("reserialise.mjs", b"".join(map(frame, bodies))), []
    while written:
        length = struct.unpack(">I", written[:4])[0]
        back.append(written[4 : 4 + length])
        written = written[4 + length :]
    return back


def frame(part: bytes) -> bytes:
    """Write a part with its length before it."""
    return struct.pack(">I", len(part)) + part


def node(script: str, data: bytes) -> bytes:
    """Run a script of `tests/receivers` in Node."""
    return subprocess.run(["node", str(RECEIVERS / script)], input=data, capture_output=True, check=True).stdout
