"""What Zatabox's test sends and triggers say agrees with their types; the type of a test can be chosen."""

from __future__ import annotations

from typing import Any

import pytest

from tests.receiver import Receiver
from tests.vendors.zatabox import Box, issues

STATES: list[tuple[str, str, dict[str, Any]]] = [
    ("event.created", "event", {"status": "draft", "publishedAt": None}),
    ("event.cancelled", "event", {"status": "cancelled"}),
    ("order.created", "order", {"status": "pending", "completedAt": None}),
    ("order.failed", "order", {"status": "failed", "failureReason": "payment_declined", "completedAt": None}),
    ("order.cancelled", "order", {"status": "cancelled", "cancelReason": "requested", "completedAt": None}),
    ("order.completed", "order", {"status": "completed", "failureReason": None}),
    ("ticket.checked_in", "ticket", {"status": "checked_in", "gate": "Main"}),
    ("refund.approved", "refund", {"status": "approved"}),
    ("report.resolved", "report", {"status": "resolved"}),
    ("ticket_type.sold_out", "ticketType", {"quantityAvailable": 0, "quantityHeld": 0}),
    ("payout.paid", "payout", {"status": "paid"}),
]


@pytest.mark.parametrize("way", ["test", "trigger"])
def test_example_agrees_with_its_type(box: Box, receiver: Receiver, way: str) -> None:
    endpoint, ids = box.listen(receiver), one_of_each(box)

    for type, noun, _ in STATES:
        if way == "test":
            box.post(f"/webhooks/{endpoint['id']}/test", {"type": type})
        else:
            box.client.control("POST", f"zatabox/trigger/{type}", {"record": ids.get(noun)})
    sent = {type: data for type, data in box.notices() if way == "trigger" or "test" in data}

    for type, noun, members in STATES:
        record = sent[type][noun]
        assert members.items() <= record.items(), type
        assert way == "test" or record["id"] == ids.get(noun, record["id"]), type
    assert sent["ticket.checked_in"]["ticket"]["checkedInAt"]
    sold_out, completed = sent["ticket_type.sold_out"]["ticketType"], sent["order.completed"]
    assert sold_out["quantitySold"] == sold_out["quantityTotal"]
    assert way == "test" or {ticket["orderId"] for ticket in completed["tickets"]} == {completed["order"]["id"]}


def one_of_each(box: Box) -> dict[str, str]:
    """Return the ids of one record of each kind, in the state in which it began."""
    [ticket] = box.buy("Room", 1, "evt_soon")
    refund = box.post("/users/me/refunds", {"ticketId": ticket["id"]})
    report = box.post("/users/me/reports", {"reason": "other"})
    order = box.order()
    return {
        "event": "evt_night",
        "order": order["id"],
        "ticket": ticket["id"],
        "ticketType": ticket["ticketTypeId"],
        "refund": refund["id"],
        "report": report["id"],
    }


def test_trigger_takes_a_fitting_record(box: Box) -> None:
    failed = box.order()
    box.acted("fail_payment", orderId=failed["id"], reason="card_expired")
    box.order()

    box.client.control("POST", "zatabox/trigger/order.failed", {})

    data = next(data for type, data in reversed(box.notices()) if type == "order.failed")
    assert (data["order"]["id"], data["order"]["failureReason"]) == (failed["id"], "card_expired")


def test_type_of_a_test_is_the_first(box: Box, receiver: Receiver) -> None:
    endpoint = box.listen(receiver, "refund.denied", "order.failed")

    sent = [
        box.post(f"/webhooks/{endpoint['id']}/test", body)["type"]
        for body in ({}, {"type": None}, {"type": "order.failed"})
    ]

    assert sent == ["refund.denied", "refund.denied", "order.failed"]
    assert issues(box.call("POST", f"/webhooks/{endpoint['id']}/test", {"type": "order.paid"})) == ["type"]
