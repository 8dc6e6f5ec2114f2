"""What buyers, organizers, payment providers and agents do at Zatabox for which its API has no call."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mockmarket.errors import Conflict, NotFound
from mockmarket.rules import lifecycle
from mockmarket.store import outbox, records
from mockmarket.store.records import Kind, Record, get_or_404
from mockmarket.vendor import Action
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records.accounts import AgentWrite, Denial, RefundId, Resolution
from mockmarket.vendors.zatabox.records.common import Person
from mockmarket.vendors.zatabox.records.orders import FailedPayment, NewItem, NewOrder, OrderId, Purchase, Transfer
from mockmarket.vendors.zatabox.rules import orders
from mockmarket.vendors.zatabox.rules.notices import change_status, notify
from mockmarket.vendors.zatabox.wire import EVENT, ORDER, REFUND, REPORT, TICKET, TICKET_TYPE
from mockmarket.worlds.world import World

REPORT_FLOW = lifecycle.Flow("report", {"submitted": ("resolved",)})


def buy(world: World, body: Purchase) -> Record:
    """Order tickets and pay for them in one go; returns the order."""
    line: NewItem = {"ticketTypeId": body["ticketTypeId"], "quantity": body["quantity"]}
    request = NewOrder(items=[line], guestName=body["guestName"], guestEmail=body["guestEmail"], promoCode=None)
    with world.atomic() as tx:
        order = orders.begin(tx, request)
        return order if order["status"] == "completed" else orders.settle(tx, order)


def settle_payment(world: World, body: OrderId) -> Record:
    """Settle an order as its provider would; Conflict for one that is not pending."""
    with world.atomic() as tx:
        return orders.settle(tx, get_or_404(tx, ORDER, body["orderId"]))


def fail_payment(world: World, body: FailedPayment) -> Record:
    """Let an order's payment fail as its provider would; Conflict for one that is not pending."""
    with world.atomic() as tx:
        return orders.decline(tx, get_or_404(tx, ORDER, body["orderId"]), body["reason"])


def transfer_ticket(world: World, body: Transfer) -> Record:
    """Hand a ticket to another holder; its code and QR are new, so that the old ones no longer admit."""
    with world.atomic() as tx:
        ticket = get_or_404(tx, TICKET, body["ticketId"])
        if ticket["status"] != "valid" or not ticket["transferable"]:
            word = "" if ticket["transferable"] else "not "
            raise Conflict(f"Ticket {ticket['id']} is {ticket['status']} and {word}transferable.")
        before, to = ticket["holder"], Person(name=body["toName"], email=body["toEmail"])
        ticket = orders.change_ticket(tx, ticket, holder=to, **orders.new_codes(tx))
        orders.attend(tx, to)
        notify(tx, "ticket.transferred", ticket, **{"from": before, "to": to})
        return ticket


def resolve_report(world: World, body: Resolution) -> Record:
    """Close a report and announce it."""
    with world.atomic() as tx:
        report = get_or_404(tx, REPORT, body["reportId"])
        report = change_status(tx, REPORT, REPORT_FLOW, report, "resolved", resolution=body["resolution"])
        notify(tx, "report.resolved", report)
        return report


def agent_write(world: World, body: AgentWrite) -> Record:
    """Tell that an agent's tool wrote to a record that there is; the record stays as it is."""
    id = body["target"]
    with world.atomic() as tx:
        for kind in (EVENT, TICKET_TYPE, ORDER, TICKET):
            if records.get(tx, kind, id):
                actor, target = {"type": "mcp_token", "name": body["actor"]}, {"type": kind.name, "id": id}
                data = {"tool": body["tool"], "actor": actor, "target": target}
                outbox.announce(tx, wire.notice(tx, "agent.action", kind, id, data))
                return data
    raise NotFound(f"There is no event, ticket type, order or ticket {id}.")


def barred(
    flow: lifecycle.Flow, kind: Kind, field: str, status: str
) -> Callable[[World, Mapping[str, str]], str | None]:
    """Return the rule that says why a record cannot come to a status now, or None."""
    return lambda world, body: lifecycle.problem(flow, get_or_404(world.read(), kind, body[field])["status"], status)


def refund(name: str, help: str, shape: type, status: str) -> Action:
    """Return the action that brings a refund to a status."""

    def run(world: World, body: Mapping[str, str | None]) -> Record:
        changes = {"denialReason": body["reason"]} if status == "denied" else {}
        with world.atomic() as tx:
            return orders.move_refund(tx, str(body["refundId"]), status, **changes)

    return Action(name, "organizer", help, shape, run, barred(orders.REFUND_FLOW, REFUND, "refundId", status))


ACTIONS = (
    Action("buy", "buyer", "Order tickets of a type and pay for them: order.created, order.completed, ticket.created.",
           Purchase, buy),
    Action("settle_payment", "payment provider", "Settle a pending order: order.completed and its tickets.",
           OrderId, settle_payment, barred(orders.FLOW, ORDER, "orderId", "completed")),
    Action("fail_payment", "payment provider", "Let a pending order's payment fail: order.failed; its seats are free again.",
           FailedPayment, fail_payment, barred(orders.FLOW, ORDER, "orderId", "failed")),
    Action("transfer_ticket", "buyer", "Hand a ticket to another holder: ticket.transferred.", Transfer, transfer_ticket),
    refund("approve_refund", "Approve a refund: refund.approved.", RefundId, "approved"),
    refund("process_refund", "Move an approved refund's money: refund.processed; the seat is free again.", RefundId,
           "processed"),
    refund("deny_refund", "Decline a refund: refund.denied.", Denial, "denied"),
    Action("resolve_report", "organizer", "Close a report: report.resolved.", Resolution, resolve_report,
           barred(REPORT_FLOW, REPORT, "reportId", "resolved")),
    Action("agent_write", "agent", "Tell that an MCP tool wrote to an event, ticket type, order or ticket: agent.action.",
           AgentWrite, agent_write),
)  # fmt: skip
