"""What Tixstock's tests share: a world with three resellers and a partner, and a look at every answer that it gives.

Each answer is held to what the call declares: a status of its list, the schema of that status taken whole, keys in its order.
"""

from __future__ import annotations

import json
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests

from mockmarket.vendors.tixstock.records.values import Error
from mockmarket.vendors.tixstock.vendor import VENDOR
from tests.conftest import Client
from tests.receiver import Hook, Receiver
from tests.running import until
from tests.shapes import hold, hold_to_operation, matches

HERE = Path(__file__).parent
FIXTURE = str(HERE / "tixstock.yaml")
RECEIVERS = HERE.parent / "receivers"
BASE = "/tixstock/v1"
TOKENS = {who: f"tixstock_test_{who}_00000000" for who in "abcp"}
ORDER = {
    "order_id": "X-1",
    "order_status": "Approved",
    "datetime": "2026-04-01T09:30:00-0400",
    "currency": "USD",
    "customer": {"id": "123", "first_name": "Ñora", "last_name": "O'Hara", "email_address": "nora@example.com"},
}

LISTING_IDS: dict[tuple[str, str, str], str] = {}


class Exchange:
    """Tixstock as its sellers call it, each by the letter of its token; every answer is held to its schema."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def call(self, who: str, method: str, path: str, **options: Any) -> requests.Response:
        """Make a call and look at the answer."""
        self.client.key = {"Authorization": f"Bearer {TOKENS[who]}"}
        answer, path = self.client.call(method, BASE + path, **options), path.partition("?")[0]
        if any(row.method == method and matches(row.template, path) for row in VENDOR.api.operations):
            hold_to_operation(answer, VENDOR, method, path)
        else:
            assert answer.status_code in (404, 405), f"{method} {path} is not declared"
            hold(answer, Error)
        return answer

    def get(self, who: str, path: str, **query: Any) -> requests.Response:
        """GET with query parameters."""
        return self.call(who, "GET", path, params=query)

    def post(self, who: str, path: str, body: Any = None) -> requests.Response:
        """POST JSON."""
        return self.call(who, "POST", path, json=body)

    def put(self, who: str, path: str, body: Any = None) -> requests.Response:
        """PUT JSON."""
        return self.call(who, "PUT", path, json=body)

    def listing(self, section: str = "Stalls", row: str = "A", who: str = "a") -> dict[str, Any]:
        """Return the reseller's view of a listing, by where its seats are."""
        listings = self.get(who, "/tickets/get", per_page=50).json()["data"]
        return next(
            listing
            for listing in listings
            if (listing["seat_details"]["section"], listing["seat_details"]["row"]) == (section, row)
        )

    def listing_id(self, section: str = "Stalls", row: str = "A", who: str = "a") -> str:
        """Return the reseller's id of a listing of the fixture, by where its seats are; every world of the fixture has the same."""
        place = section, row, who
        if place not in LISTING_IDS:
            LISTING_IDS[place] = self.listing(*place)["id"]
        return LISTING_IDS[place]

    def hold(self, quantity: int = 2, section: str = "Stalls", row: str = "A", who: str = "a") -> str:
        """Hold tickets of a listing; returns the hold's id."""
        answer = self.post(who, f"/tickets/hold/{self.listing_id(section, row, who)}", {"quantity": quantity})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["meta"]["hold_id"])

    def order(
        self, quantity: int = 2, section: str = "Stalls", row: str = "A", who: str = "a", **changes: Any
    ) -> dict[str, Any]:
        """Buy tickets of a listing; returns the order."""
        id = self.hold(quantity, section, row, who)
        answer = self.post(who, f"/order/add/{id}/{quantity}", ORDER | changes)
        assert answer.status_code == 200, answer.text
        order: dict[str, Any] = answer.json()["data"]
        return order

    def listen(self, receiver: Receiver, who: str, **options: Any) -> str:
        """Have a receiver listen as a seller, at a path of its own; returns the endpoint's id."""
        body = {"vendor": "tixstock", "url": f"{receiver.url}/{who}", "owner": who, "secret": TOKENS[who], **options}
        return str(self.client.control("POST", "endpoints", body)["id"])

    def act(self, name: str, /, **arguments: Any) -> requests.Response:
        """Carry out an action; the answer is the control plane's."""
        return self.client.post(f"/_mockmarket/tixstock/actions/{name}", arguments)

    def acted(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """Carry out an action that must succeed; returns the record."""
        answer = self.act(name, **arguments)
        assert answer.ok, answer.text
        record: dict[str, Any] = answer.json()
        return record

    def set(self, **values: Any) -> None:
        """Change settings of the vendor's."""
        self.client.control("PATCH", "settings", {"tixstock": values})

    def advance(self, **how: Any) -> dict[str, Any]:
        """Move the world's clock."""
        walk: dict[str, Any] = self.client.control("POST", "clock/advance", how)
        return walk

    def quiet(self) -> None:
        """Wait until every delivery has been made and answered."""
        self.advance(seconds=0)
        until(self.client.world, lambda: not self.waiting())

    def waiting(self) -> list[Any]:
        """Return the deliveries that are on their way."""
        rows = self.client.control("GET", "deliveries?limit=1000")["deliveries"]
        return [row for row in rows if row["state"] == "sending"]

    def deliveries(self) -> list[dict[str, Any]]:
        """Return every delivery, oldest first, with its attempts."""
        rows = self.client.control("GET", "deliveries?limit=1000")["deliveries"]
        return [self.client.control("GET", f"deliveries/{row['id']}") for row in reversed(rows)]

    def record(self, kind: str, **where: Any) -> dict[str, Any]:
        """Return the one record of a kind that fits."""
        (record,) = self.client.get(f"/_mockmarket/records/tixstock/{kind}", **where).json()["records"]
        return dict(record)

    def core(self, action: str, **arguments: Any) -> dict[str, Any]:
        """Carry out an action of the core's that must succeed."""
        done: dict[str, Any] = self.client.control("POST", f"core/actions/{action}", arguments)
        return done

    def buy_at_portal(self, section: str = "Stalls", row: str = "A", quantity: int = 3) -> None:
        """Buy seats of the shared stock at another vendor."""
        self.client.key = {"X-API-Key": "portal_test_full_00000000"}
        body = {
            "eventId": "9001", "section": section, "row": row, "quantity": quantity,
            "customer": {"email": "buyer@example.com", "phone": {"number": "5551234567", "countryCode": "+1"}},
        }  # fmt: skip
        assert self.client.post("/api/v1/orders", body).status_code == 201


def opened(client: Client) -> Exchange:
    """Put the client's world to Tixstock's fixture and return the exchange in it."""
    client.begin_as(FIXTURE)
    return Exchange(client)


def error(answer: requests.Response) -> tuple[int, str]:
    """Return a refusal's status and code."""
    return answer.status_code, answer.json()["errors"]["code"]


def arrivals(receiver: Receiver) -> list[tuple[str, str, Any]]:
    """Return what arrived, in its order, as (who, type, data)."""
    return [(hook.path.rpartition("/")[2], hook.json["meta"]["type"], hook.json["data"]) for hook in receiver.hooks]


def arrivals_of(receiver: Receiver, type: str) -> dict[str, Any]:
    """Return what each seller was told in a notice of this type, the last if there were several."""
    return {who: data for who, kind, data in arrivals(receiver) if kind == type}


def saying(receiver: Receiver, **members: Any) -> Receiver:
    """Have a receiver answer with a JSON object."""
    receiver.answer = lambda hook: (200, json.dumps(members).encode())
    return receiver


def php_judges(hooks: Sequence[Hook], token: str) -> list[str]:
    """Return what a PHP receiver makes of webhooks: `11` when the signature fits the raw body, and the body written again."""
    frames = b"".join(
        frame(part)
        for hook in hooks
        for part in (token.encode(), (hook.header("X-TIXSTOCK-SIGNATURE") or "").encode(), hook.body)
    )
    out = subprocess.run(["php", str(RECEIVERS / "tixstock.php")], input=frames, capture_output=True, check=True).stdout
    return out.decode().split(" ")


def frame(part: bytes) -> bytes:
    """Write a part with its length before it."""
    return struct.pack(">I", len(part)) + part
