"""Buyers: each takes one seat of the same general section by one vendor's call, as an integrator would."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from soak.receiving import SECRETS, Receiver
from soak.server import Caller

SECTION = "Floor"
PORTAL = {"X_API_Key": "portal_test_full_00000000"}
ZATABOX = {"Authorization": "Bearer vt_test_full_0000000000000001"}
TIXSTOCK = {"Authorization": "Bearer tixstock_test_reseller_a_0000000000000001"}
SKYBOX = {
    "X_Application_Token": "skybox_test_application_a_0000000001",
    "X_Api_Token": "skybox_test_user_1234_0000000000000001",
    "X_Account": "1234",
}
OWNERS = {"tixstock": "southbank", "skybox": "1234"}
CUSTOMER = {"email": "buyer@example.com", "phone": {"number": "5551234567", "countryCode": "+1"}}
NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Sale:
    """One attempt to buy a seat: `id` is the order's, or "" for a hold without an order; a refusal has taken nothing."""

    is_taken: bool
    id: str = ""


REFUSED = Sale(False)


def order_of_portal(caller: Caller, world: str, key: str, event: str) -> Sale:
    """Buy at the portal."""
    body = {"eventId": event, "section": SECTION, "row": "GA", "quantity": 1, "customer": CUSTOMER}
    answer = caller.call("POST", f"/w/{world}/api/v1/orders", body, X_API_Key=key)
    return Sale(True, answer.json()["order"]["orderId"]) if answer.status_code == 201 else REFUSED


def listen(caller: Caller, world: str, receiver: Receiver, vendors: tuple[str, ...] = ("portal",)) -> None:
    """Create an endpoint of each vendor, whose secret the receiver knows."""
    for vendor in vendors:
        address, owner = receiver.url(world, vendor), OWNERS.get(vendor, "")
        body = {"vendor": vendor, "url": address, "secret": SECRETS[vendor], "owner": owner}
        caller.control("POST", "endpoints", body, world)


class Shop:
    """What five vendors sell in a world of the small fixture: one section of fifty seats."""

    def __init__(self, caller: Caller, world: str, rng: random.Random) -> None:
        self.caller, self.world, self.rng = caller, world, rng
        self.type = self._of_section("zatabox/ticket_type", "name")
        self.ticket = self._of_section("ticketnation/ticket", "name")
        self.listing = next(row for row in self._rows("tixstock/listing") if row["seat_details"]["section"] == SECTION)
        self.customer = self._rows("skybox/customer")[0]["id"]
        self.seats = self._of_section("skybox/inventory", "section")["ticketIds"]
        self.buyers: dict[str, Callable[[], Sale]] = {vendor: getattr(self, vendor) for vendor in SECRETS}

    def _rows(self, kind: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.caller.control("GET", f"records/{kind}", world=self.world)["records"]
        return rows

    def _of_section(self, kind: str, field: str) -> dict[str, Any]:
        return next(row for row in self._rows(kind) if row[field] == SECTION)

    def portal(self) -> Sale:
        """Order."""
        return order_of_portal(self.caller, self.world, PORTAL["X_API_Key"], "1001")

    def zatabox(self) -> Sale:
        """Order as a guest; the seat is held until payment."""
        items = [{"ticketTypeId": self.type["id"], "quantity": 1}]
        body = {"items": items, "guestEmail": "buyer@example.com", "guestName": "Buyer"}
        answer = self.caller.call("POST", f"/w/{self.world}/zatabox/api/v1/orders", body, **ZATABOX)
        return Sale(True, answer.json()["data"]["id"]) if answer.status_code == 201 else REFUSED

    def ticketnation(self) -> Sale:
        """Buy in the shop, for which the API has no call."""
        body = {"eventId": self.ticket["eventId"], "ticketId": self.ticket["id"], "quantity": 1}
        answer = self.caller.call("POST", f"/w/{self.world}/_mockmarket/ticketnation/actions/buy", body)
        return Sale(True, answer.json()["orderId"]) if answer.ok else REFUSED

    def tixstock(self) -> Sale:
        """Hold a ticket and order it."""
        base = f"/w/{self.world}/tixstock/v1"
        held = self.caller.call("POST", f"{base}/tickets/hold/{self.listing['id']}", {"quantity": 1}, **TIXSTOCK)
        if not held.ok:
            return REFUSED
        customer = {"id": "C", "first_name": "Alex", "last_name": "Buyer", "email_address": "buyer@example.com"}
        about = {
            "order_status": "Approved",
            "datetime": "2027-03-01T12:00:00+0000",
            "currency": "USD",
            "customer": customer,
        }
        id = f"S-{next(NUMBERS)}"
        path = f"{base}/order/add/{held.json()['meta']['hold_id']}/1"
        answer = self.caller.call("POST", path, {"order_id": id, **about}, **TIXSTOCK)
        return Sale(True, id if answer.ok else "")

    def skybox(self) -> Sale:
        """Sell a broker's ticket on an invoice; of several buyers of one ticket all but the first are refused."""
        line = {"lineItemType": "INVENTORY", "amount": 60, "itemIds": [self.rng.choice(self.seats)]}
        body = {"customerId": self.customer, "lines": [line]}
        answer = self.caller.call("POST", f"/w/{self.world}/skybox/services/invoices", body, **SKYBOX)
        return Sale(True, str(answer.json()["id"])) if answer.ok else REFUSED
