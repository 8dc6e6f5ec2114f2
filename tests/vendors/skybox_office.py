"""What SkyBox's tests do besides calling: buy, sell and hold, listen to topics, and look at what was told."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from tests.conftest import Client
from tests.receiver import Hook, Receiver
from tests.running import until
from tests.vendors.skybox import BEA, ONE, Desk, opened

SECRET = "ALittleSecret"
TOPICS = ("INVENTORY", "PURCHASE", "INVOICE", "LINE", "HOLD")
ROW = {"section": "205", "row": "K", "stockType": "ELECTRONIC", "seatType": "CONSECUTIVE", "cost": 560.0}
EACH = 70.0  # what a ticket costs that `buy` buys
FIRST_IDS: dict[tuple[int, str], int] = {}
LATER = "2026-03-02T12:00:00.000Z"


@dataclass
class Notice:
    """One notification as it arrived."""

    topic: str
    action: str
    id: int
    entity: dict[str, Any]
    previous: dict[str, Any] | None
    same: bool

    @property
    def summary(self) -> str:
        """What happened, in two words."""
        return f"{self.topic} {self.action}"


class Office(Desk):
    """A desk that knows how to do business."""

    def listen(self, receiver: Receiver, *topics: str, **options: Any) -> list[dict[str, Any]]:
        """Subscribe a receiver to topics, all of them without any; returns the subscriptions."""
        return [
            self.post("/webhooks", {"topic": topic, "url": receiver.url, "headers": "", "secret": SECRET, **options})
            for topic in topics or TOPICS
        ]

    def inventory(self, section: str = "101", row: str = "A") -> dict[str, Any]:
        """Return a listing as it is now, by where its seats are."""
        rows = self.get("/inventory", section=section, row=row, status=["AVAILABLE", "ON_HOLD", "DEPLETED"])["rows"]
        listing: dict[str, Any] = self.get(f"/inventory/{rows[0]['id']}")
        return listing

    def floor(self) -> dict[str, Any]:
        """Return the listing of general admission."""
        return self.inventory("Floor", "GA")

    def vendor(self) -> int:
        """Return the account's default vendor."""
        return self.first("vendors")

    def customer(self) -> int:
        """Return the account's first customer."""
        return self.first("customers")

    def first(self, kind: str) -> int:
        """Return the id of the account's first record of a kind; every world of the fixture has the same."""
        if (self.account, kind) not in FIRST_IDS:
            FIRST_IDS[self.account, kind] = int(self.get(f"/{kind}")["rows"][0]["id"])
        return FIRST_IDS[self.account, kind]

    def buy(self, *generic: dict[str, Any], low: int = 1, high: int = 8, **extra: Any) -> dict[str, Any]:
        """Buy a row of seats, and what else there is to buy; returns the purchase."""
        count = (high - low) // (2 if extra.get("seatType") == "ALTERNATING" else 1) + 1
        goods = ROW | {"eventId": 1001, "lowSeat": low, "highSeat": high, "listPrice": 95.5, "splitType": "ANY"}
        goods |= {"cost": EACH * count, **extra}
        purchase: dict[str, Any] = self.post(
            "/purchases", {"vendorId": self.vendor(), "lines": [{"inventory": goods}, *generic]}
        )
        return purchase

    def bought(self, **extra: Any) -> dict[str, Any]:
        """Buy a row of seats; returns its listing."""
        listing: dict[str, Any] = self.buy(**extra)["lines"][0]["inventory"]
        return listing

    def invoiced(
        self, tickets: list[int], amount: float = 100.0, force: bool = False, lines: Any = (), **head: Any
    ) -> Any:
        """Ask to sell tickets; returns the answer."""
        line = {"lineItemType": "INVENTORY", "amount": amount, "itemIds": tickets}
        body = {"customerId": self.customer(), "lines": [line, *lines], **head}
        return self.call("POST", "/invoices", body, **({"force": "true"} if force else {}))

    def sell(self, tickets: list[int], amount: float = 100.0, **extra: Any) -> dict[str, Any]:
        """Sell tickets; returns the invoice."""
        answer = self.invoiced(tickets, amount, **extra)
        assert answer.status_code == 200, answer.text
        invoice: dict[str, Any] = answer.json()
        return invoice

    def hold(self, listing: dict[str, Any], quantity: int | None = 2, **extra: Any) -> dict[str, Any]:
        """Hold tickets of a listing; returns the hold."""
        body = {"expiryDate": LATER, "inventoryId": listing["id"], "quantity": quantity, **extra}
        hold: dict[str, Any] = self.post("/holds", body)
        return hold

    def advance(self, **how: Any) -> Any:
        """Move the world's clock."""
        return self.client.control("POST", "clock/advance", how)

    def quiet(self) -> None:
        """Wait until every delivery has been made and answered."""
        self.advance(seconds=0)
        until(
            self.client.world,
            lambda: not [delivery for delivery in self.deliveries() if delivery["state"] == "sending"],
        )

    def deliveries(self) -> list[dict[str, Any]]:
        """Return every delivery, oldest first."""
        rows: list[dict[str, Any]] = self.client.control("GET", "deliveries?limit=1000")["deliveries"]
        return rows[::-1]

    def set(self, **values: Any) -> None:
        """Change settings."""
        self.client.control("PATCH", "settings", {"skybox": values})

    def act(self, name: str, **arguments: Any) -> Any:
        """Carry out an action that must succeed."""
        return self.client.control("POST", f"skybox/actions/{name}", arguments)

    def notices(self, receiver: Receiver) -> list[Notice]:
        """Return what a receiver was told, in the order in which it came about."""
        self.quiet()
        order = {delivery["number"]: delivery for delivery in self.deliveries()}
        hooks = {hook.body: read(hook) for hook in receiver.hooks}
        notices = self.client.control("GET", "notices?vendor=skybox&limit=1000")["notices"][::-1]
        bodies = [body for notice in notices for body in (notice["body"].encode(), body_for_own(notice["body"]))]
        assert len(order) >= len(receiver.hooks)
        return [hooks[body] for body in bodies if body in hooks]

    def summaries(self, receiver: Receiver) -> list[str]:
        """Return what a receiver was told, in two words each."""
        return [notice.summary for notice in self.notices(receiver)]

    def at_portal(self, quantity: int = 2, section: str = "Floor", row: str = "GA") -> dict[str, Any]:
        """Buy seats of the shared stock at another marketplace; returns its order."""
        body = {
            "eventId": "1001", "section": section, "row": row, "quantity": quantity,
            "customer": {"email": "buyer@example.com", "phone": {"number": "5551234567", "countryCode": "+1"}},
        }  # fmt: skip
        answer = self.client.call(
            "POST", "/api/v1/orders", json=body, headers={"X-API-Key": "portal_test_full_00000000"}
        )
        assert answer.status_code == 201, answer.text
        order: dict[str, Any] = answer.json()["order"]
        return order

    def tixstock(self, method: str, path: str, body: Any = None) -> Any:
        """Make a call at Tixstock that must succeed; returns its JSON."""
        headers = {"Authorization": "Bearer tixstock_test_a_00000000"}
        answer = self.client.call(method, f"/tixstock/v1{path}", json=body, headers=headers)
        assert answer.ok, answer.text
        return answer.json()

    def tixstock_listing(self, section: str, row: str) -> dict[str, Any]:
        """Return Tixstock's listing of a row."""
        listings = self.tixstock("GET", "/tickets/get?per_page=50")["data"]
        return next(
            listing
            for listing in listings
            if (listing["seat_details"]["section"], listing["seat_details"]["row"]) == (section, row)
        )


def office(client: Client) -> Office:
    """Put the client's world to SkyBox's fixture and return the first account's office in it."""
    opened(client)
    return Office(client)


def second(desk: Office, account: int = ONE, application: str = "", token: str = BEA) -> Office:
    """Return an office in the same world for another account or application."""
    return Office(desk.client, account, application or desk.headers["X-Application-Token"], token)


def read(hook: Hook) -> Notice:
    """Read a notification; its keys must stand in the document's order."""
    payload = hook.json
    name = payload["topic"].lower()
    head = ["id", "accountId", "topic", "action", "generatedBySameAccount", name]
    assert list(payload) == head + (["previous"] if payload["action"] == "UPDATED" else [])
    return Notice(
        payload["topic"],
        payload["action"],
        payload["id"],
        payload[name],
        payload.get("previous"),
        payload["generatedBySameAccount"],
    )


def body_for_own(body: str) -> bytes:
    """Return a notice's body as the application's own endpoints get it."""
    return body.replace('"generatedBySameAccount":false', '"generatedBySameAccount":true').encode()


def mac(body: bytes, secret: str = SECRET) -> str:
    """Sign as the document says, written out here."""
    return hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
