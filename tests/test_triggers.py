"""Triggered notices: of every vendor and every type, a body says nothing that its type denies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson
import pytest

from mockmarket.vendor import discover
from tests.conftest import Client, Served

Body = Any
Says = Callable[[Body], bool]
PORTAL_BEFORE = {
    "accepted": {"confirmed", "purchase_issues"},
    "fulfilled": {"accepted", "purchase_issues"},
    "purchase_issues": {"confirmed", "accepted"},
    "cancelled": {"confirmed", "accepted", "fulfilled", "purchase_issues", "refunded"},
    "refunded": {"confirmed", "accepted", "fulfilled", "cancelled", "purchase_issues"},
}


def portal_says(status: str) -> Says:
    """Return whether an order has the notice's status, and came to it as the flow allows."""

    def says(body: Body) -> bool:
        order = body["order"]
        previous = order.get("previousStatus")
        came = previous is None if status == "confirmed" else previous in PORTAL_BEFORE[status]
        return bool(order["status"] == status and came and ("transferMethod" in order) == (status == "fulfilled"))

    return says


def has(path: str, *values: object) -> Says:
    """Return whether a body has one of these values at a dotted path."""

    def says(body: Body) -> bool:
        for step in path.split("."):
            body = body[int(step)] if isinstance(body, list) else body[step]
        return body in values

    return says


def anything(_body: Body) -> bool:
    """Accept every body: the type says nothing about a state."""
    return True


def holds(*names: str) -> Says:
    """Return whether the data of a notice has these members, with values."""
    return lambda body: all(body["data"].get(name) not in (None, "") for name in names)


ORDER_STATUSES = ("confirmed", "accepted", "purchase_issues", "fulfilled", "cancelled", "refunded")
LISTED: Says = lambda body: body["data"]["number_of_tickets_for_sale"]["quantity_available"] > 0  # noqa: E731
ZATABOX_STATUS = {
    "event.created": "draft", "event.published": "published", "event.cancelled": "cancelled", "event.completed": "completed",
    "order.created": "pending", "order.completed": "completed", "order.failed": "failed", "order.cancelled": "cancelled",
    "refund.requested": "requested", "refund.approved": "approved", "refund.processed": "processed", "refund.denied": "denied",
    "report.submitted": "submitted", "report.resolved": "resolved",
    "payout.scheduled": "scheduled", "payout.paid": "paid", "payout.failed": "failed",
}  # fmt: skip

MEANINGS: Mapping[str, Mapping[str, Says]] = {
    "portal": {f"order.{status}": portal_says(status) for status in ORDER_STATUSES},
    "ticketnation": {
        "order.completed": holds("orderId"),
        "order.refunded": holds("orderId"),
        "event.sold_out": holds("eventId", "eventName"),
        "ticket.inventory_low": lambda body: 0 <= body["data"]["remaining"] < body["data"]["threshold"],
        "webhook.test": anything,
    },
    "zatabox": {
        **{type: has(f"data.{type.partition('.')[0]}.status", status) for type, status in ZATABOX_STATUS.items()},
        "event.updated": anything,
        "ticket_type.created": anything,
        "ticket_type.sold_out": has("data.ticketType.quantityAvailable", 0),
        "ticket.created": has("data.ticket.status", "valid"),
        "ticket.transferred": lambda body: body["data"]["from"] != body["data"]["to"],
        "ticket.checked_in": lambda body: body["data"]["ticket"]["checkedInAt"] is not None,
        "ticket.checkin_denied": has("data.reason", "duplicate", "wrong event", "wrong_event", "cancelled", "expired"),
        "message.received": anything,
        "attendee.tagged": lambda body: body["data"]["tag"] in body["data"]["attendee"]["tags"],
        "agent.action": anything,
    },
    "tixstock": {
        "event.update": has("data.status", "Active"),
        "event.cancel": has("data.status", "Cancelled"),
        "ticket.add": has("data.id", None),
        "ticket.update": holds("id"),
        "ticket.delete": holds("listing_id"),
        "ticket.hold": lambda body: body["data"]["hold_quantity"] > 0,
        "ticket.release": lambda body: body["data"]["release_quantity"] > 0,
        "ticket.sold": lambda body: body["data"]["sold_quantity"] > 0,
        "order.update": holds("id", "status"),
        "order.eticket_fulfilment": holds("order_id", "file"),
        "order.mobile_ticket_fulfilment": holds("order_id", "file"),
        "broker.authenticate": holds("username", "password"),
        "broker.open": holds("broker_id"),
        "broker.closed": holds("broker_id"),
    },
    "skybox": dict.fromkeys(
        ("INVENTORY", "PURCHASE", "INVOICE", "LINE", "HOLD"),
        lambda body: body["action"] == "CREATED" and "previous" not in body and any(body[body["topic"].lower()].values()),
    ),
}  # fmt: skip
"""What each type says, as what a body about it must have."""
VENDORS = discover()


@pytest.fixture(scope="module")
def market(served: Served) -> Iterator[Client]:
    """Talk to a world of the default fixture, which triggers do not change."""
    world = served.fresh_worlds.take("default")
    yield Client(served.url, world)
    served.fresh_worlds.give_back(world)


def test_every_type_of_notice_has_a_meaning() -> None:
    types = {vendor.name: [notice.name for notice in vendor.webhooks.notices] for vendor in VENDORS}

    assert {name: sorted(meanings) for name, meanings in MEANINGS.items()} == {
        name: sorted(names) for name, names in types.items()
    }


@pytest.mark.thorough
@pytest.mark.parametrize("vendor", list(MEANINGS))
def test_triggered_body_says_what_its_type_says(market: Client, vendor: str) -> None:
    denied = {}

    for type, says in MEANINGS[vendor].items():
        market.control("POST", f"{vendor}/trigger/{type}", {})
        [notice] = market.control("GET", f"notices?vendor={vendor}&type={type}&limit=1")["notices"]
        if not says(orjson.loads(notice["body"])):
            denied[type] = notice["body"]

    assert denied == {}


@pytest.mark.thorough
@pytest.mark.parametrize("status", ORDER_STATUSES)
def test_trigger_about_any_order_follows_the_flow(market: Client, status: str) -> None:
    orders = market.control("GET", "records/portal/order?limit=1000")["records"]
    by_status = {order["status"]: order["orderId"] for order in orders}
    assert set(by_status) == set(ORDER_STATUSES)

    for own, record in by_status.items():
        market.control("POST", f"portal/trigger/order.{status}", {"record": record})
        [notice] = market.control("GET", "notices?vendor=portal&limit=1")["notices"]
        assert MEANINGS["portal"][f"order.{status}"](orjson.loads(notice["body"])), (own, notice["body"])
