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
from mockmarket.vendors.zatabox.records.webhooks import TYPES
from mockmarket.vendors.zatabox.wire import EVENT, ORDER, REFUND, TICKET, TICKET_TYPE


def get_or_404(read: Read, kind: Kind, id: str) -> Record:
    """Return the record with this id; NotFound when there is none."""
    record = records.get(read, kind, id)
    if record is None:
        raise NotFound(f"There is no {kind.name.replace('_', ' ')} {id}.")
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


def notify(tx: Tx, type: str, kind: Kind, record: Record, **details: Any) -> None:
    """Announce to every endpoint that listens for a type what happened to a record, with what else belongs to it."""
    data = {TYPES[type].keys[0]: record} | details
    outbox.announce(tx, wire.notice(tx, type, kind, record["id"], data))


def notify_ticket_type(tx: Tx, what: str, ticket_type: Record) -> None:
    """Announce `ticket_type.<what>`."""
    event = get_or_404(tx, EVENT, ticket_type["eventId"])
    notify(tx, f"ticket_type.{what}", TICKET_TYPE, ticket_type, event=event)


def notify_order(tx: Tx, order: Record) -> None:
    """Announce `order.` and the status that an order has just come to, a completed one with its tickets (document, sample)."""
    what = "created" if order["status"] == "pending" else order["status"]
    tickets = {"tickets": records.find(tx, TICKET, ("order", "=", order["id"]))} if what == "completed" else {}
    notify(tx, f"order.{what}", ORDER, order, **tickets)


def notify_refund(tx: Tx, refund: Record) -> None:
    """Announce `refund.` and the status that a refund has just come to."""
    notify(tx, f"refund.{refund['status']}", REFUND, refund, order=get_or_404(tx, ORDER, refund["orderId"]))
