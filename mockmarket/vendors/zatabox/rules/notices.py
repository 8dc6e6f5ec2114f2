"""What Zatabox tells its subscribers: each type's `data`, made of records as they are now."""

from __future__ import annotations

from typing import Any

from mockmarket.clock import iso_s
from mockmarket.errors import Conflict, Invalid, NotFound
from mockmarket.rules import lifecycle
from mockmarket.rules.lifecycle import Flow
from mockmarket.store import Read, Tx, outbox, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.wire import EVENT, ORDER, REFUND, TICKET, TICKET_TYPE

NOUNS = {
    EVENT: "event", TICKET_TYPE: "ticket type", ORDER: "order", TICKET: "ticket", REFUND: "refund", wire.REPORT: "report",
    wire.PROMO: "promo code",
}  # fmt: skip


def get_or_404(read: Read, kind: Kind, id: str) -> Record:
    """Return the record with this id; NotFound when there is none."""
    record = records.get(read, kind, id)
    if record is None:
        raise NotFound(f"There is no {NOUNS[kind]} {id}.")
    return record


def change_status(tx: Tx, kind: Kind, flow: Flow, record: Record, status: str, **changes: Any) -> Record:
    """Bring a record to a status and store it, with what else changes; Conflict says where it may go instead."""
    try:
        lifecycle.check(flow, record["status"], status)
    except lifecycle.IllegalMove as error:
        raise Conflict(str(error), about={"status": record["status"]}) from error
    changed = record | {"status": status, "updatedAt": iso_s(tx.now)} | changes
    records.update(tx, kind, changed)
    return changed


def refused_for_status(sentence: str, record: Record) -> Conflict:
    """Return the refusal of what a record's status does not allow."""
    return Conflict(sentence, about={"status": record["status"]})


def invalid(field: str, words: str) -> Invalid:
    """Return the refusal of a field: what it must be, or why it cannot be used."""
    return Invalid(f"{field} {words}.", details=[(field, words)])


def notify(tx: Tx, type: str, kind: Kind | None, id: str, data: Record) -> None:
    """Announce one notice to every endpoint that listens for its type."""
    outbox.announce(tx, wire.notice(tx, type, kind, id, data))


def notify_event(tx: Tx, what: str, event: Record) -> None:
    """Announce `event.<what>`."""
    notify(tx, f"event.{what}", EVENT, event["id"], {"event": event})


def notify_ticket_type(tx: Tx, what: str, ticket_type: Record) -> None:
    """Announce `ticket_type.<what>`."""
    data = {"ticketType": ticket_type, "event": get_or_404(tx, EVENT, ticket_type["eventId"])}
    notify(tx, f"ticket_type.{what}", TICKET_TYPE, ticket_type["id"], data)


def notify_order(tx: Tx, order: Record) -> None:
    """Announce `order.` and the status that an order has just come to; a pending one has just been created."""
    what = "created" if order["status"] == "pending" else order["status"]
    notify(tx, f"order.{what}", ORDER, order["id"], order_data(tx, what, order))


def order_data(read: Read, what: str, order: Record) -> Record:
    """Return the `data` of `order.<what>`: the order, and with a completed one its tickets (document, sample)."""
    tickets = {"tickets": records.find(read, TICKET, ("order", "=", order["id"]))} if what == "completed" else {}
    return {"order": order} | tickets


def notify_ticket(tx: Tx, what: str, ticket: Record, **details: Any) -> None:
    """Announce `ticket.<what>`, with what else belongs to it."""
    notify(tx, f"ticket.{what}", TICKET, ticket["id"], {"ticket": ticket} | details)


def notify_refund(tx: Tx, refund: Record) -> None:
    """Announce `refund.` and the status that a refund has just come to."""
    data = {"refund": refund, "order": get_or_404(tx, ORDER, refund["orderId"])}
    notify(tx, f"refund.{refund['status']}", REFUND, refund["id"], data)
