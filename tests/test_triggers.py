"""Triggers and test deliveries: of every vendor and every type, about a record to which the type fits, and with a body that says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from mockmarket.vendor import discover
from tests.conftest import Client, Served
from tests.receiver import Receiver
from tests.shapes import answer_schema, hold_body

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


def status_is(*statuses: str) -> Callable[[Any], bool]:
    """Return whether a record has one of these statuses."""
    return lambda record: record["status"] in statuses


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
        "ticket.transferred": lambda body: body["data"]["from"] != body["data"]["to"] == body["data"]["ticket"]["holder"],
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
DECLARED = {vendor.name: vendor for vendor in VENDORS}
WITHOUT_RECORD = {"ticketnation webhook.test", *(f"zatabox payout.{what}" for what in ("scheduled", "paid", "failed"))}
"""The notices that are about no record."""
OF_BROKERS = {"tixstock broker.authenticate", "tixstock broker.open"}
"""The notices about the only broker of a world that names none, whose account is open."""
Fits = Callable[[Any], bool]
STORED: Mapping[str, Mapping[str, Fits]] = {
    "portal": {f"order.{status}": status_is(status) for status in ORDER_STATUSES},
    "ticketnation": {
        "order.completed": status_is("COMPLETED"),
        "order.refunded": status_is("REFUNDED"),
        "event.sold_out": status_is("SOLD_OUT"),
        "ticket.inventory_low": lambda ticket: 0 < ticket["remaining"] < ticket["lowInventoryThreshold"],
    },
    "zatabox": {
        **{type: status_is(status) for type, status in ZATABOX_STATUS.items()},
        "ticket.created": status_is("valid"),
        "ticket.transferred": status_is("valid"),
        "ticket.checked_in": status_is("checked_in"),
        "ticket.checkin_denied": status_is("checked_in", "refunded"),
        "ticket_type.sold_out": lambda ticket_type: ticket_type["quantityAvailable"] == 0,
        "attendee.tagged": lambda attendee: attendee["tags"] != [],
    },
    "tixstock": {
        "event.update": status_is("Active"),
        "event.cancel": status_is("Cancelled"),
        "order.eticket_fulfilment": status_is("Approved", "Commissionable"),
        "order.mobile_ticket_fulfilment": status_is("Approved", "Commissionable"),
        "broker.open": lambda broker: broker["open"] is True,
        "broker.closed": lambda broker: broker["open"] is False,
    },
    "skybox": {},
}
"""Whether a type fits a record as the world has it; the other types fit every record of their kind."""
BARE = """
about: A world in which nothing has happened yet.
venues: [{id: hall, name: Hall, city: Boston, zone: America/New_York}]
keys:
  - {vendor: portal, name: Full access, secret: portal_test_full_00000000}
vendors:
  skybox: {accounts: [{id: 1234, name: Quayside Seats}]}
"""


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
        hold_body(notice["body"].encode(), answer_schema(DECLARED[vendor].webhooks.payload(type)))
        if not says(orjson.loads(notice["body"])) or not fits_its_record(market, notice):
            denied[type] = notice["body"]

    assert denied == {}


def fits_its_record(client: Client, notice: Mapping[str, Any]) -> bool:
    """Return whether the world has a notice's record in the state that the notice tells."""
    vendor, type, kind = notice["vendor"], notice["type"], notice["kind"]
    if not notice["record"]:
        return f"{vendor} {type}" in {*WITHOUT_RECORD, "zatabox agent.action"}
    about = client.control("GET", f"records/{vendor}/{kind}/{notice['record']}")
    return STORED[vendor].get(type, anything)(about)


def test_trigger_without_a_fitting_record_is_refused(client: Client, tmp_path: Path) -> None:
    fixture = tmp_path / "bare.yaml"
    fixture.write_text(BARE, encoding="utf-8")
    client.begin_as(str(fixture))
    wrong = {}

    for vendor in VENDORS:
        for notice in vendor.webhooks.notices:
            answer = client.post(f"/_mockmarket/{vendor.name}/trigger/{notice.name}", {})
            if f"{vendor.name} {notice.name}" in (*WITHOUT_RECORD, *OF_BROKERS):
                right = answer.status_code == 202
            else:
                right = answer.status_code == 409 and " fits " in answer.json()["error"]["message"]
            if not right:
                wrong[vendor.name, notice.name] = answer.text

    assert wrong == {}


def test_payouts_have_no_records_to_name(client: Client) -> None:
    answer = client.post("/_mockmarket/zatabox/trigger/payout.paid", {"record": "pyo_1"})

    assert (answer.status_code, "no payouts yet" in answer.text) == (404, True)


@pytest.mark.thorough
def test_test_delivery_says_what_its_type_says(client: Client, receiver: Receiver) -> None:
    client.key = {"Authorization": "Bearer vt_test_full_0000000000000001"}
    body = {"url": receiver.url, "events": list(MEANINGS["zatabox"])}
    endpoint = client.post("/zatabox/api/v1/webhooks", body).json()["data"]["id"]
    denied = {}

    for number, (type, says) in enumerate(MEANINGS["zatabox"].items(), 1):
        answer = client.post(f"/zatabox/api/v1/webhooks/{endpoint}/test", {"type": type})
        sent = orjson.loads(receiver.wait(number)[-1].body)
        if (answer.status_code, sent["type"], sent["data"].pop("test")) != (202, type, True) or not says(sent):
            denied[type] = sent

    assert denied == {}


def test_test_of_a_webhook_sells_nothing(client: Client, receiver: Receiver) -> None:
    client.key = {"api-key": "tn_live_test_full_0000000000000001"}
    base = "/ticketnation/open-api/v1/webhooks"
    webhook = client.post(base, {"url": receiver.url}).json()["data"]["id"]

    answer = client.post(f"{base}/{webhook}/test", {})

    [hook] = receiver.wait(1)
    sent = orjson.loads(hook.body)
    assert (answer.status_code, sent["type"], sent["data"]["webhookId"]) == (200, "webhook.test", webhook)


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
