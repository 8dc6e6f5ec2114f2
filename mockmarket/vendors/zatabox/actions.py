"""What buyers, organizers, payment providers and agents do at Zatabox for which its API has no call."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mockmarket.errors import NotFound
from mockmarket.rules import lifecycle
from mockmarket.rules.lifecycle import Flow
from mockmarket.store import outbox, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendor import Action
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records.orders import FailedPayment, OrderId, Purchase, Transfer
from mockmarket.vendors.zatabox.records.users import AgentWrite, Denial, RefundId, Resolution
from mockmarket.vendors.zatabox.rules import buyers, orders, payments, tickets
from mockmarket.vendors.zatabox.rules.notices import get_or_404
from mockmarket.vendors.zatabox.wire import EVENT, ORDER, REFUND, REPORT, TICKET, TICKET_TYPE
from mockmarket.worlds.world import World


def buy(world: World, body: Purchase) -> Record:
    """Order tickets and pay for them in one go; returns the order."""
    with world.atomic() as tx:
        items = [(body["ticketTypeId"], body["quantity"])]
        order = orders.begin(tx, orders.request(items, body["guestName"], body["guestEmail"]))
        return order if order["status"] == "completed" else payments.settle(tx, order)


def move_refund(status: str) -> Callable[[World, Mapping[str, str | None]], Record]:
    """Return the rule that brings a refund to a status."""

    def run(world: World, body: Mapping[str, str | None]) -> Record:
        changes = {"denialReason": body["reason"]} if status == "denied" else {}
        with world.atomic() as tx:
            return buyers.move_refund(tx, str(body["refundId"]), status, **changes)

    return run


def agent_write(world: World, body: AgentWrite) -> Record:
    """Tell that an agent's tool wrote to a record that there is; the record stays as it is."""
    with world.atomic() as tx:
        for kind in (EVENT, TICKET_TYPE, ORDER, TICKET):
            if records.get(tx, kind, body["target"]):
                data = {"tool": body["tool"], "actor": {"type": "mcp_token", "name": body["actor"]},
                        "target": {"type": kind.name, "id": body["target"]}}  # fmt: skip
                outbox.announce(tx, wire.notice(tx, "agent.action", kind, body["target"], data))
                return data
    raise NotFound(f"There is no event, ticket type, order or ticket {body['target']}.")


def barred(flow: Flow, kind: Kind, field: str, status: str) -> Callable[[World, Mapping[str, str]], str | None]:
    """Return the rule that says why a record cannot come to a status now, or None."""

    def why(world: World, body: Mapping[str, str]) -> str | None:
        record = get_or_404(world.read(), kind, body[field])
        try:
            lifecycle.check(flow, record["status"], status)
        except lifecycle.IllegalMove as error:
            return str(error)
        return None

    return why


def refund(name: str, help: str, shape: type, status: str) -> Action:
    """Return the action that brings a refund to a status."""
    return Action(
        name, "organizer", help, shape, move_refund(status), barred(buyers.REFUND_FLOW, REFUND, "refundId", status)
    )


ACTIONS = (
    Action("buy", "buyer", "Order tickets of a type and pay for them: order.created, order.completed, ticket.created.",
           Purchase, buy),
    Action("settle_payment", "payment provider", "Settle a pending order: order.completed and its tickets.",
           OrderId, payments.settle_now, barred(orders.FLOW, ORDER, "orderId", "completed")),
    Action("fail_payment", "payment provider", "Let a pending order's payment fail: order.failed; its seats are free again.",
           FailedPayment, payments.fail_now, barred(orders.FLOW, ORDER, "orderId", "failed")),
    Action("transfer_ticket", "buyer", "Hand a ticket to another holder: ticket.transferred.", Transfer, tickets.transfer),
    refund("approve_refund", "Approve a refund: refund.approved.", RefundId, "approved"),
    refund("process_refund", "Move an approved refund's money: refund.processed; the seat is free again.", RefundId,
           "processed"),
    refund("deny_refund", "Decline a refund: refund.denied.", Denial, "denied"),
    Action("resolve_report", "organizer", "Close a report: report.resolved.", Resolution, buyers.resolve_report,
           barred(buyers.REPORT_FLOW, REPORT, "reportId", "resolved")),
    Action("agent_write", "agent", "Tell that an MCP tool wrote to an event, ticket type, order or ticket: agent.action.",
           AgentWrite, agent_write),
)  # fmt: skip
