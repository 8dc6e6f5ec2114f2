"""What Zatabox's tests share: a box office to call, and a look at every answer that it gives.

Each answer is held to the schema that the call declares for its status: nothing more, nothing less, keys in that order.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import requests

from mockmarket.vendors.zatabox.vendor import VENDOR
from tests.conftest import Client
from tests.receiver import Hook, Receiver
from tests.shapes import hold_to_operation

HERE = Path(__file__).parent
FIXTURE = str(HERE / "zatabox.yaml")
RECEIVERS = HERE.parent / "receivers"
START = "2026-06-10T14:02:11Z"
START_MS = 1_781_100_131_000
BASE = "/zatabox/api/v1"
FULL, SCANS, BUYER = (f"vt_test_{name}_0000000000000001" for name in ("full", "scan", "buyer"))
GUEST = {"guestEmail": "vi@example.com", "guestName": "Vi Visitor"}
NEW_EVENT = {
    "title": "Ñandú & Søn: 🎟️", "category": "music", "startDate": "2026-10-01T20:00:00Z", "endDate": "2026-10-01T23:00:00Z",
    "timezone": "Africa/Lagos", "venueName": "Dock 12", "venueCity": "Lagos", "capacity": 450,
}  # fmt: skip


class Box:
    """Zatabox as an integrator calls it, in the world of `zatabox.yaml`; every answer is held to its schema."""

    def __init__(self, client: Client, token: str | None = FULL) -> None:
        self.client = client
        self.token = token

    def call(self, method: str, path: str, body: Any = None, headers: Any = None, **query: Any) -> requests.Response:
        """Make a call of the API and look at the answer."""
        own = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        content = {"data": json.dumps(body)} if body is not None else {}
        answer = self.client.call(method, BASE + path, params=query, headers=own | (headers or {}), **content)
        hold_to_operation(answer, VENDOR, method, path)
        return answer

    def get(self, path: str, **query: Any) -> Any:
        """GET what must be there; returns its data."""
        return done(self.call("GET", path, **query))

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """POST what must be taken; returns the answer's data."""
        return done(self.call("POST", path, {} if body is None else body, headers))

    def put(self, path: str, body: Any) -> Any:
        """PUT what must be taken; returns the answer's data."""
        return done(self.call("PUT", path, body))

    def delete(self, path: str, body: Any = None) -> Any:
        """DELETE what must be there; returns the answer's data."""
        return done(self.call("DELETE", path, body))

    def type_of(self, section: str, event: str = "evt_night") -> dict[str, Any]:
        """Return the ticket type of a section."""
        return next(item for item in self.get(f"/events/{event}/tickets")["items"] if item["name"] == section)

    def draft(self, **change: Any) -> str:
        """Create a draft event; returns its id."""
        return str(self.post("/organizer/events", NEW_EVENT | change)["id"])

    def add_type(self, event: str, name: str, price: float, quantity: int) -> str:
        """Add a ticket type to an event; returns its id."""
        body = {"name": name, "price": price, "quantityTotal": quantity}
        return str(self.post(f"/organizer/events/{event}/tickets", body)["id"])

    def publish(self, event: str) -> str:
        """Publish an event; returns its id."""
        return str(self.post(f"/organizer/events/{event}/publish")["id"])

    def order(
        self, section: str = "Floor", quantity: int = 2, event: str = "evt_night", **extra: Any
    ) -> dict[str, Any]:
        """Place an order that must succeed."""
        line = {"ticketTypeId": self.type_of(section, event)["id"], "quantity": quantity}
        order: dict[str, Any] = self.post("/orders", {"items": [line], **GUEST, **extra})
        return order

    def pay(self, order: dict[str, Any]) -> dict[str, Any]:
        """Pay an order and verify it; returns how its payment stands."""
        self.post(f"/orders/{order['id']}/pay", {"provider": "paystack"})
        paid: dict[str, Any] = self.post("/payments/verify", {"orderId": order["id"]})
        return paid

    def buy(self, section: str = "Floor", quantity: int = 1, event: str = "evt_night") -> list[dict[str, Any]]:
        """Buy tickets; returns them."""
        tickets: list[dict[str, Any]] = self.pay(self.order(section, quantity, event))["tickets"]
        return tickets

    def scan(self, ticket: dict[str, Any], **extra: Any) -> dict[str, Any]:
        """Scan a ticket."""
        judged: dict[str, Any] = self.post("/checkin/scan", {"qrData": ticket["qr"], "gateName": "Main", **extra})
        return judged

    def act(self, name: str, **arguments: Any) -> requests.Response:
        """Carry out an action; the answer is the control plane's."""
        return self.client.post(f"/_mockmarket/zatabox/actions/{name}", arguments)

    def acted(self, name: str, **arguments: Any) -> dict[str, Any]:
        """Carry out an action that must succeed."""
        answer = self.act(name, **arguments)
        assert answer.ok, answer.text
        result: dict[str, Any] = answer.json()
        return result

    def set(self, **values: Any) -> None:
        """Change settings of Zatabox."""
        self.client.control("PATCH", "settings", {"zatabox": values})

    def advance(self, **how: Any) -> dict[str, Any]:
        """Move the world's clock."""
        walk: dict[str, Any] = self.client.control("POST", "clock/advance", how)
        return walk

    def listen(self, receiver: Receiver, *types: str) -> dict[str, Any]:
        """Subscribe a receiver to types, or to all; returns the endpoint with its secret."""
        known = [item["type"] for item in self.get("/webhooks/catalog")["items"]]
        endpoint: dict[str, Any] = self.post("/webhooks", {"url": receiver.url, "events": list(types) or known})
        return endpoint

    def deliveries(self, endpoint: dict[str, Any]) -> list[dict[str, Any]]:
        """Return an endpoint's deliveries, oldest first."""
        rows: list[dict[str, Any]] = self.get(f"/webhooks/{endpoint['id']}/deliveries", limit=100)["items"]
        return rows[::-1]

    def notices(self) -> list[tuple[str, dict[str, Any]]]:
        """Return every notice as (type, data), oldest first."""
        rows = self.client.control("GET", "notices?limit=1000&vendor=zatabox")["notices"]
        return [(row["type"], json.loads(row["body"])["data"]) for row in reversed(rows)]

    def notice_types(self) -> list[str]:
        """Return the types of every notice, oldest first."""
        return [type for type, _ in self.notices()]


def opened(client: Client, token: str | None = FULL) -> Box:
    """Put the client's world to Zatabox's fixture and return the box office in it."""
    client.begin_as(FIXTURE)
    client.key = {}
    return Box(client, token)


@pytest.fixture
def box(client: Client) -> Box:
    """The box office in the test's world."""
    return opened(client)


@pytest.fixture
def buyer(box: Box) -> Box:
    """The same with a buyer's own key."""
    return Box(box.client, BUYER)


@pytest.fixture
def public(box: Box) -> Box:
    """The same without a key."""
    return Box(box.client, None)


def done(answer: requests.Response) -> Any:
    """Return the data of an answer that must be a success."""
    assert answer.ok, f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}"
    return answer.json()["data"]


def refused(answer: requests.Response) -> tuple[int, str]:
    """Return a refusal's status and code."""
    return answer.status_code, answer.json()["error"]["code"]


def issues(answer: requests.Response) -> list[str]:
    """Return the fields that a refusal of 400 names."""
    assert refused(answer) == (400, "VALIDATION_ERROR"), answer.text
    return [issue["path"] for issue in answer.json()["error"]["details"]["issues"]]


def node_judges(hooks: Sequence[Hook], secret: str, drift: int = 0, script: str = "zatabox.mjs") -> list[str]:
    """Return what a receiver by the public SDK's convention makes of webhooks, in Node: `1` when it accepts.

    Its clock stands `drift` seconds after each stamp.
    """
    frames = b"".join(frame(head(hook, secret, drift)) + frame(hook.body) for hook in hooks)
    ran = subprocess.run(["node", str(RECEIVERS / script)], input=frames, capture_output=True, check=True)
    return ran.stdout.decode().split(" ")


def sdks_judge(hooks: Sequence[Hook], secret: str) -> list[str]:
    """Return what the public SDKs make of webhooks: `1` for each of Node's and Python's that accepts, else `0`."""
    node = node_judges(hooks, secret, script="zatabox_sdk.mjs")
    return [mark + str(int(python_accepts(hook, secret))) for mark, hook in zip(node, hooks, strict=True)]


def python_accepts(hook: Hook, secret: str) -> bool:
    """Verify as the public SDK for Python does (PHP's, Go's and Ruby's too): a map of the header's parts, digests compared as text."""
    parts = dict(part.split("=", 1) for part in signature(hook).split(","))
    digest = hmac.new(secret.encode(), f"{parts['t']}.".encode() + hook.body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(digest, parts["v1"])


def signature(hook: Hook) -> str:
    """Return a webhook's signature header."""
    return hook.header("X-Zatabox-Signature") or ""


def head(hook: Hook, secret: str, drift: int) -> bytes:
    """Write what a receiver needs beside the body."""
    headers = {name.lower(): value for name, value in hook.headers}
    return json.dumps({"headers": headers, "secret": secret, "now": stamp(hook) + drift}).encode()


def stamp(hook: Hook) -> int:
    """Return the second in a webhook's signature."""
    return int(signature(hook).split(",")[0].removeprefix("t="))


def frame(part: bytes) -> bytes:
    """Write a part with its length before it."""
    return struct.pack(">I", len(part)) + part
