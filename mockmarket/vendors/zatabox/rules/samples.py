"""Notices without their cause: about a record that exists, for triggers, or about none, for tests of an endpoint."""

from __future__ import annotations

from mockmarket.clock import iso_s
from mockmarket.store import Read, Tx, outbox, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.zatabox import examples, wire
from mockmarket.vendors.zatabox.records.webhooks import TYPES
from mockmarket.vendors.zatabox.rules.notices import get_or_404
from mockmarket.vendors.zatabox.rules.tickets import of_order
from mockmarket.vendors.zatabox.wire import ATTENDEE, EVENT, MESSAGE, ORDER, REFUND, REPORT, TICKET, TICKET_TYPE

KINDS = {kind.name: kind for kind in (EVENT, TICKET_TYPE, ORDER, TICKET, REFUND, REPORT, MESSAGE, ATTENDEE)}
"""By the noun of a type: the kind of its record."""

STATUSES = {
    "event.created": "draft", "event.published": "published", "event.cancelled": "cancelled", "event.completed": "completed",
    "order.created": "pending", "order.completed": "completed", "order.failed": "failed", "order.cancelled": "cancelled",
    "ticket.created": "valid", "ticket.checked_in": "checked_in", "refund.requested": "requested",
    "refund.approved": "approved", "refund.processed": "processed", "refund.denied": "denied",
    "report.submitted": "submitted", "report.resolved": "resolved",
}  # fmt: skip
"""The status that a record has when a type tells of it."""


def sample(tx: Tx, type: str, record: str | None) -> outbox.Notice:
    """Make a notice about a record, the newest without one, as if what the type tells had just happened to it.

    Where there is none yet, and for types that tell of no record, it is about made-up ones.
    """
    kind = KINDS.get(type.partition(".")[0])
    about = subject(tx, kind, record) if kind else None
    if kind is None or about is None:
        return wire.notice(tx, type, kind, "", data_of(tx, type, {}))
    about = about | ({"status": STATUSES[type]} if type in STATUSES else {})
    about = about | ({"updatedAt": iso_s(tx.now)} if "updatedAt" in about else {})
    return wire.notice(tx, type, kind, str(about["id"]), data_of(tx, type, {TYPES[type].keys[0]: about}))


def subject(read: Read, kind: Kind, id: str | None) -> Record | None:
    """Return the record asked for, or the newest of its kind, or None when there is none yet."""
    if id:
        return get_or_404(read, kind, id)
    return next(iter(records.find(read, kind, order=[("rowid", "desc")], limit=1)), None)


def data_of(read: Read, type: str, known: Record) -> Record:
    """Return a type's `data` with every key of the catalogue: what is known, what belongs to it, and made-up words for the rest."""
    known = known | belonging(read, known)
    return {key: known.get(key, examples.RECORDS[key]) for key in TYPES[type].keys}


def belonging(read: Read, known: Record) -> Record:
    """Return the records that belong to the one a notice is about."""
    if "ticketType" in known:
        return {"event": get_or_404(read, EVENT, known["ticketType"]["eventId"])}
    if "refund" in known:
        return {"order": get_or_404(read, ORDER, known["refund"]["orderId"])}
    if "order" in known:
        minted = of_order(read, known["order"]["id"])
        return {"tickets": minted} if minted else {}
    return {"from": known["ticket"]["holder"]} if "ticket" in known else {}


def example(tx: Tx, type: str) -> outbox.Notice:
    """Make a notice of a type about made-up records, marked with `data.test` (convention)."""
    data = {key: examples.RECORDS[key] for key in TYPES[type].keys}
    return wire.notice(tx, type, None, "", data | {"test": True})
