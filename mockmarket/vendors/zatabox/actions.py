"""What buyers, organizers, payment providers and agents do at Zatabox for which its API has no call."""

from __future__ import annotations

from typing import Any

from mockmarket.errors import NotFound
from mockmarket.rules import lifecycle
from mockmarket.rules.lifecycle import Flow
from mockmarket.store import records
from mockmarket.store.records import Kind, Record
from mockmarket.vendor import Action
from mockmarket.vendors.zatabox.rules import buyers, orders, payments, tickets
from mockmarket.vendors.zatabox.rules.notices import found, tell
from mockmarket.vendors.zatabox.schemas import actions as schemas
from mockmarket.vendors.zatabox.wire import EVENT, ORDER, REFUND, REPORT, TICKET, TICKET_TYPE
from mockmarket.worlds.world import World


def buy(world: World, given: dict[str, Any]) -> Record:
    """Order tickets and pay for them in one go; returns the order."""
    line = {"ticketTypeId": given["ticketTypeId"], "quantity": given["quantity"]}
    asked = given | {"items": [line], "venueSeatIds": [], "holderToken": None, "promoCode": None}
    with world.atomic() as tx:
        order = orders.begin(tx, asked)
        return order if order["status"] == "completed" else payments.settle(tx, order)


def move_refund(status: str) -> Any:
    """Return the rule that brings a refund to a status."""

    def run(world: World, given: dict[str, Any]) -> Record:
        more = {"denialReason": given["reason"]} if status == "denied" else {}
        return buyers.move_refund(world, given["refundId"], status, **more)

    return run


def agent_write(world: World, given: dict[str, Any]) -> dict[str, Any]:
    """Tell that an agent's tool wrote to a record that there is; the record stays as it is."""
    with world.atomic() as tx:
        for kind in (EVENT, TICKET_TYPE, ORDER, TICKET):
            if records.get(tx, kind, given["target"]):
                data = {"tool": given["tool"], "actor": {"type": "mcp_token", "name": given["actor"]},
                        "target": {"type": kind.name, "id": given["target"]}}  # fmt: skip
                tell(tx, "agent.action", kind, given["target"], data)
                return data
    raise NotFound(f"There is no event, ticket type, order or ticket {given['target']}.")


def barred(flow: Flow, kind: Kind, field: str, status: str) -> Any:
    """Return the rule that says why a record cannot come to a status now, or None."""

    def why(world: World, given: dict[str, Any]) -> str | None:
        record = found(world.read(), kind, given[field])
        try:
            lifecycle.check(flow, record["status"], status)
        except lifecycle.IllegalMove as error:
            return str(error)
        return None

    return why


def refund_to(status: str) -> Any:
    """Return the rule that says why a refund cannot come to a status."""
    return barred(buyers.REFUND_FLOW, REFUND, "refundId", status)


ACTIONS = (
    Action("buy", "buyer", "Order tickets of a type and pay for them: order.created, order.completed, ticket.created.",
           schemas.BuyAction(), buy),
    Action("settle_payment", "payment provider", "Settle a pending order: order.completed and its tickets.",
           schemas.OrderAction(), payments.settle_now, barred(orders.FLOW, ORDER, "orderId", "completed")),
    Action("fail_payment", "payment provider", "Let a pending order's payment fail: order.failed; its seats are free again.",
           schemas.FailAction(), payments.fail_now, barred(orders.FLOW, ORDER, "orderId", "failed")),
    Action("transfer_ticket", "buyer", "Hand a ticket to another holder: ticket.transferred.", schemas.TransferAction(),
           tickets.transfer),
    Action("approve_refund", "organizer", "Approve a refund: refund.approved.", schemas.RefundAction(),
           move_refund("approved"), refund_to("approved")),
    Action("process_refund", "organizer", "Move an approved refund's money: refund.processed; the seat is free again.",
           schemas.RefundAction(), move_refund("processed"), refund_to("processed")),
    Action("deny_refund", "organizer", "Decline a refund: refund.denied.", schemas.DenyAction(), move_refund("denied"),
           refund_to("denied")),
    Action("resolve_report", "organizer", "Close a report: report.resolved.", schemas.ResolveAction(), buyers.resolve_report,
           barred(buyers.REPORT_FLOW, REPORT, "reportId", "resolved")),
    Action("agent_write", "agent", "Tell that an MCP tool wrote to an event, ticket type, order or ticket: agent.action.",
           schemas.AgentAction(), agent_write),
)  # fmt: skip
