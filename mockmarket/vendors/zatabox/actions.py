"""Actions of buyers, organizers, payment providers and agents at Zatabox for which its API has no call."""

from collections.abc import Callable
from typing import Any

from mockmarket import errors, vendor
from mockmarket.rules import lifecycle
from mockmarket.store import Tx, outbox, records
from mockmarket.store.records import Kind, Record, get_or_404
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records import accounts, common, logins, orders as shapes
from mockmarket.vendors.zatabox.rules import attendees, notices, orders
from mockmarket.worlds.world import World


def buy(world: World, body: shapes.Purchase) -> Record:
    """Order tickets and pay for them at once; returns the order."""
    line: shapes.NewItem = {"ticketTypeId": body["ticketTypeId"], "quantity": body["quantity"]}
    name, email = body["guestName"], body["guestEmail"]
    with world.atomic() as tx:
        order = orders.begin(tx, {"items": [line], "guestName": name, "guestEmail": email, "promoCode": None})
        return order if order["status"] == "completed" else orders.settle(tx, order)


def _changes(kind: Kind, field: str, rule: Callable[[Tx, Record, Any], Record]) -> Callable[[World, Any], Record]:

    def run(world: World, body: Any) -> Record:
        with world.atomic() as tx:
            return rule(tx, get_or_404(tx, kind, body[field]), body)

    return run


def _transfer(tx: Tx, ticket: Record, body: shapes.Transfer) -> Record:
    if ticket["status"] != "valid" or not ticket["transferable"]:
        word = "" if ticket["transferable"] else "not "
        raise errors.Conflict(f"Ticket {ticket['id']} is {ticket['status']} and {word}transferable.")
    event = records.get_or_404(tx, wire.EVENT, ticket["eventId"])
    notices.check_status("Event", event, "published", so="; its tickets are not handed on")
    before, to = ticket["holder"], common.Person(name=body["toName"], email=body["toEmail"])
    ticket = orders.change_ticket(tx, ticket, holder=to, **orders.new_codes(tx))  # the old ones no longer admit
    orders.attend(tx, to)
    return notices.notify(tx, "ticket.transferred", ticket, **{"from": before, "to": to})


def agent_write(world: World, body: accounts.AgentWrite) -> Record:
    """Announce that an agent's tool wrote to an existing record; the record is not changed."""
    id = body["target"]
    with world.atomic() as tx:
        kind = notices.written(tx, id)
        data = notices.agent_data(body["tool"], body["actor"], kind, id)
        outbox.announce(tx, wire.notice(tx, "agent.action", kind, id, data))
    return data


def read_login_code(world: World, body: logins.Address) -> Record:
    """Return the newest login code of an address."""
    newest = records.first(world.read(), wire.LOGIN_CODE, ("email", "=", body["email"]), order=[("rowid", "desc")])
    if newest is None:
        raise errors.NotFound(f"No login code was requested for {body['email']}, or it was used.")
    return newest


def _barred(flow: lifecycle.Flow, kind: Kind, field: str, status: str) -> Callable[[World, Any], str | None]:
    return lambda world, body: lifecycle.problem(flow, get_or_404(world.read(), kind, body[field])["status"], status)


def refund(name: str, help: str, shape: type, status: str) -> vendor.Action:
    """Return the action that moves a refund to a status."""

    def move(tx: Tx, refund: Record, body: Any) -> Record:
        return orders.move_refund(
            tx, refund, status, **({"denialReason": body["reason"]} if status == "denied" else {})
        )

    run, bar = _changes(wire.REFUND, "refundId", move), _barred(orders.REFUND_FLOW, wire.REFUND, "refundId", status)
    return vendor.Action(name, "organizer", help, shape, run, bar)


ACTIONS = (
    vendor.Action("buy", "buyer", "Order tickets of a type and pay for them: order.created, order.completed, ticket.created.",
           shapes.Purchase, buy),
    vendor.Action("settle_payment", "payment provider", "Settle a pending order: order.completed and its tickets.",
           shapes.OrderId, _changes(wire.ORDER, "orderId", lambda tx, order, _: orders.settle(tx, order)),
           _barred(orders.FLOW, wire.ORDER, "orderId", "completed"), "completed"),
    vendor.Action("fail_payment", "payment provider", "Let a pending order's payment fail: order.failed; its seats are free again.",
           shapes.FailedPayment, _changes(wire.ORDER, "orderId", lambda tx, order, body: orders.decline(tx, order, body["reason"])),
           _barred(orders.FLOW, wire.ORDER, "orderId", "failed"), "failed"),
    vendor.Action("transfer_ticket", "buyer", "Hand a ticket to another holder: ticket.transferred.",
           shapes.Transfer, _changes(wire.TICKET, "ticketId", _transfer)),
    refund("approve_refund", "Approve a refund: refund.approved.", accounts.RefundId, "approved"),
    refund("process_refund", "Pay out an approved refund: refund.processed; the seat is free again.", accounts.RefundId,
           "processed"),
    refund("deny_refund", "Decline a refund: refund.denied.", accounts.Denial, "denied"),
    vendor.Action("resolve_report", "organizer", "Close a report: report.resolved.", accounts.Resolution,
           _changes(wire.REPORT, "reportId", lambda tx, report, body: attendees.resolve_report(tx, report, body["resolution"])),
           _barred(attendees.REPORT_FLOW, wire.REPORT, "reportId", "resolved")),
    vendor.Action("agent_write", "agent", "Report that an MCP tool wrote to an event, ticket type, order or ticket: agent.action.",
           accounts.AgentWrite, agent_write),
    vendor.Action("read_login_code", "buyer", "Read the login code that a mail would have brought; changes nothing.", logins.Address,
           read_login_code),
)  # fmt: skip
