"""Each type of Zatabox's notices fires from what it describes, with the keys that the catalogue lists; payouts never fire."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from mockmarket.vendors.zatabox.records.accounts import CATALOG, TYPES
from mockmarket.webhooks.encoding import javascript
from tests.receiver import Receiver, dawdling
from tests.vendors.zatabox import GUEST, Box

NEW_TYPE = {"name": "General Admission", "price": 5000, "currency": "NGN", "quantityTotal": 2}


def published(box: Box) -> str:
    """Create and publish an event with a ticket type; returns its id."""
    id = box.draft()
    box.post(f"/organizer/events/{id}/tickets", NEW_TYPE)
    box.publish(id)
    return id


def refund(box: Box) -> str:
    """Ask for a ticket's money back; returns the refund's id."""
    return str(box.post("/users/me/refunds", {"ticketId": box.buy()[0]["id"]})["id"])


def approved(box: Box) -> str:
    """Ask for a ticket's money back, and approve it; returns the refund's id."""
    id = refund(box)
    box.acted("approve_refund", refundId=id)
    return id


def deny_scan(box: Box) -> None:
    """Scan a ticket twice."""
    [ticket] = box.buy()
    box.scan(ticket)
    box.scan(ticket)


def tag(box: Box) -> None:
    """Tag somebody who holds a ticket."""
    box.buy()
    box.post("/organizer/growth/tags", {"emails": ["vi@example.com"], "tags": ["vip"]})


CAUSES: dict[str, Callable[[Box], Any]] = {
    "event.created": Box.draft,
    "event.updated": lambda box: box.put("/organizer/events/evt_night", {"title": "Dockside Nights 5"}),
    "event.published": lambda box: box.publish(box.draft()),
    "event.cancelled": lambda box: box.delete("/organizer/events/evt_night"),
    "event.completed": lambda box: box.advance(seconds=3 * 3600),
    "ticket_type.created": lambda box: box.post("/organizer/events/evt_night/tickets", NEW_TYPE),
    "ticket_type.sold_out": lambda box: box.buy("Last Two", 2),
    "order.created": lambda box: box.order(),
    "order.completed": lambda box: box.pay(box.order()),
    "order.failed": lambda box: box.acted("fail_payment", orderId=box.order()["id"]),
    "order.cancelled": lambda box: box.post(f"/orders/{box.order()['id']}/cancel"),
    "ticket.created": lambda box: box.buy(),
    "ticket.transferred": lambda box: box.acted(
        "transfer_ticket", ticketId=box.buy()[0]["id"], toEmail="robin@example.com"
    ),
    "ticket.checked_in": lambda box: box.scan(box.buy()[0]),
    "ticket.checkin_denied": deny_scan,
    "refund.requested": refund,
    "refund.approved": approved,
    "refund.processed": lambda box: box.acted("process_refund", refundId=approved(box)),
    "refund.denied": lambda box: box.acted("deny_refund", refundId=refund(box), reason="too late"),
    "report.submitted": lambda box: box.post("/users/me/reports", {"reason": "noise"}),
    "report.resolved": lambda box: box.acted(
        "resolve_report", reportId=box.post("/users/me/reports", {"reason": "noise"})["id"], resolution="quiet now"
    ),
    "message.received": lambda box: box.post(
        f"/users/me/tickets/{box.buy()[0]['id']}/message", {"message": "¿Cuándo?"}
    ),
    "attendee.tagged": tag,
    "agent.action": lambda box: box.acted("agent_write", tool="update_event", target="evt_night"),
}
"""What makes each type fire: the vendor's own call, or an action where it has none."""


def test_every_firing_type_has_cause() -> None:
    assert list(CAUSES) == [notice.name for notice in CATALOG if notice.fires]


@pytest.mark.thorough
@pytest.mark.parametrize("type", CAUSES)
def test_type_fires_from_its_cause(box: Box, receiver: Receiver, type: str) -> None:
    box.listen(receiver, type)

    CAUSES[type](box)
    box.advance(seconds=0)

    assert [hook.json["type"] for hook in receiver.hooks] == [type]
    assert [list(data) for kind, data in box.notices() if kind == type] == [list(TYPES[type].keys)]
    assert [kind for kind in box.notice_types() if kind.startswith("payout.")] == []


def test_envelope_is_the_documents(box: Box, receiver: Receiver) -> None:
    box.listen(receiver, "order.completed")

    order = box.order("Balcony", 2)
    box.pay(order)
    hook = receiver.wait(1)[0]

    assert list(hook.json) == ["id", "type", "created", "data"]
    assert re.fullmatch(r"whe_[0-9A-HJKMNP-TV-Z]{26}", hook.json["id"])
    assert hook.json["created"] == "2026-06-10T14:02:11Z"
    assert list(hook.json["data"]["order"])[:3] == ["id", "total", "currency"]
    assert (hook.json["data"]["order"]["total"], hook.json["data"]["order"]["currency"]) == ("84.00", "USD")
    assert [list(ticket)[:2] for ticket in hook.json["data"]["tickets"]] == [["id", "qr"], ["id", "qr"]]


def test_body_is_as_javascript_writes(box: Box, receiver: Receiver) -> None:
    box.listen(receiver, "event.created")

    box.draft()
    hook = receiver.wait(1)[0]

    assert hook.body == javascript(hook.json)
    assert "Ñandú & Søn: 🎟️".encode() in hook.body


def test_headers_are_the_documents(box: Box, receiver: Receiver) -> None:
    box.listen(receiver, "event.created")

    box.draft()
    hook = receiver.wait(1)[0]

    assert hook.header("Content-Type") == "application/json"
    assert re.fullmatch(r"t=\d{10},v1=[0-9a-f]{64}", hook.header("X-Zatabox-Signature") or "")


def test_checkout_tells_in_order(box: Box) -> None:
    box.buy("Last Two", 2)

    assert box.notice_types() == [
        "order.created", "order.completed", "ticket.created", "ticket.created", "ticket_type.sold_out",
    ]  # fmt: skip


@pytest.mark.parametrize("by_clock", [False, True])
def test_last_sale_arrives_in_order(box: Box, receiver: Receiver, by_clock: bool) -> None:
    receiver.answer = dawdling(1)
    box.listen(receiver)
    box.set(settle_after_s=60 if by_clock else 0)
    order = box.order("Last Two", 2)

    box.post(f"/orders/{order['id']}/pay", {"provider": "paystack"})
    box.advance(seconds=60) if by_clock else box.post("/payments/verify", {"orderId": order["id"]})

    assert [hook.json["type"] for hook in receiver.wait(5)] == [
        "order.created", "order.completed", "ticket.created", "ticket.created", "ticket_type.sold_out",
    ]  # fmt: skip


def test_free_order_completes_at_once(box: Box) -> None:
    order = box.order("Lawn", 1, "evt_free")

    assert (order["status"], order["total"], len(order["tickets"])) == ("completed", "0.00", 1)
    assert box.notice_types() == ["order.created", "order.completed", "ticket.created"]


def test_transfer_tells_both_holders(box: Box) -> None:
    CAUSES["ticket.transferred"](box)

    data = next(data for type, data in box.notices() if type == "ticket.transferred")

    assert (data["from"]["email"], data["to"]["email"]) == (GUEST["guestEmail"], "robin@example.com")
    assert data["ticket"]["holder"] == data["to"]


def test_old_code_dies_with_transfer(box: Box) -> None:
    [ticket] = box.buy()

    handed = box.acted("transfer_ticket", ticketId=ticket["id"], toEmail="robin@example.com")

    assert box.scan(ticket)["reason"] == "not_found"
    assert box.scan(handed)["status"] == "admitted"


@pytest.mark.parametrize(
    ("first", "then"),
    [("process_refund", None), ("deny_refund", "approve_refund"), ("approve_refund", "approve_refund"),
     ("approve_refund", "deny_refund"), ("deny_refund", "deny_refund")],
)  # fmt: skip
def test_refund_moves_one_way(box: Box, first: str, then: str | None) -> None:
    id = refund(box)

    answers = [box.act(name, refundId=id) for name in (first, then) if name]

    assert answers[-1].status_code == 409


def test_processed_refund_frees_its_seat(box: Box) -> None:
    ticket = box.buy("Balcony", 2)[1]
    id = box.post("/users/me/refunds", {"ticketId": ticket["id"]})["id"]

    box.acted("approve_refund", refundId=id)
    box.acted("process_refund", refundId=id)

    assert box.get("/public/events/evt_night/seats")["sold"] == ["s1-Balcony-A-1"]
    assert (ticket["seat"]["number"], box.type_of("Balcony")["quantitySold"]) == (2, 1)


def test_unknown_target_of_agent(box: Box) -> None:
    assert box.act("agent_write", tool="x", target="evt_none").status_code == 404


def test_event_completes_at_its_end(box: Box) -> None:
    walk = box.advance(seconds=4 * 3600)

    assert [(timer["timer"], timer["record"], timer["at"]) for timer in walk["timers"]] == [
        ("event_ends", "evt_soon", "2026-06-10T17:02:11.000Z")
    ]


def test_quiet_waits_for_no_event(box: Box) -> None:
    walk = box.advance(until="quiet")

    assert (walk["now"], walk["timers"]) == ("2026-06-10T14:02:11.000Z", [])


@pytest.mark.parametrize("sections", [1, 3])
def test_new_stock_is_a_ticket_type(box: Box, sections: int) -> None:
    labels = ["East", "West", "North"][:sections]

    box.client.control(
        "POST", "core/actions/add_stock", {"event": "night", "section": labels, "row": "A-B", "seats": 3, "price": 7}
    )

    assert [data["ticketType"]["name"] for type, data in box.notices() if type == "ticket_type.created"] == labels
    assert box.type_of("East")["quantityAvailable"] == 6


def test_sold_out_fires_again(box: Box) -> None:
    tickets = box.buy("Last Two", 2)
    id = box.post("/users/me/refunds", {"ticketId": tickets[0]["id"]})["id"]
    box.acted("approve_refund", refundId=id)
    box.acted("process_refund", refundId=id)

    box.buy("Last Two", 1)

    assert box.notice_types().count("ticket_type.sold_out") == 2


def test_other_vendors_sale_sells_out(box: Box) -> None:
    order = {"eventId": "night", "section": "Last Two", "row": "A", "quantity": 2,
             "customer": {"email": "a@example.com", "phone": {"number": "5551234567", "countryCode": "+1"}}}  # fmt: skip

    sold = box.client.call("POST", "/api/v1/orders", json=order, headers={"X-API-Key": "portal_test_full_00000000"})

    assert sold.status_code == 201
    assert box.notice_types() == ["ticket_type.sold_out"]
    assert box.type_of("Last Two")["quantityAvailable"] == 0


def test_triggered_change_is_of_now(box: Box, receiver: Receiver) -> None:
    box.listen(receiver, "order.cancelled")
    order = box.order()
    box.advance(seconds=60)

    box.client.control("POST", "zatabox/trigger/order.cancelled", {"record": order["id"]})

    payload = receiver.wait(1)[0].json
    assert payload["data"]["order"]["updatedAt"] == payload["created"] > order["updatedAt"]
