"""Notices: each type's `data`, from stored records, or from made-up ones where none exist; and helpers that all rules share."""

from typing import Any

from mockmarket import clock, errors
from mockmarket.rules.lifecycle import Flow, problem
from mockmarket.store import Read, Record, Tx, outbox, records
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records.accounts import TYPES, Attendee, Refund, Report
from mockmarket.vendors.zatabox.records.common import ORG, Event, Person, TicketType
from mockmarket.vendors.zatabox.records.orders import Item, Order, Ticket

KINDS = {kind.name: kind for kind in wire.KINDS}  # the kind of a type's record, by the type's noun
AT = "2026-07-03T18:20:05Z"
ID = "01J00000000000000000000000"
BUYER: Person = {"name": "Alex Buyer", "email": "buyer@example.com"}

EXAMPLES: dict[str, object] = {
    "event": Event(
        id=f"evt_{ID}", slug="an-example", title="An Example", description="", category="music", productType="event",
        status="published", startDate="2026-07-01T19:00:00Z", endDate="2026-07-01T22:00:00Z", timezone="UTC",
        venueType="physical", venueName="Example Hall", venueCity="Exampleton", capacity=100, returnPolicy="",
        seating=False, organizationId=ORG, publishedAt=AT, createdAt=AT, updatedAt=AT,
    ),
    "ticketType": TicketType(
        id=f"tkt_{ID}", eventId=f"evt_{ID}", name="General Admission", description="", type="general", price="42.00",
        currency="USD", quantityTotal=100, quantitySold=1, quantityHeld=0, quantityAvailable=99, saleStart=None,
        saleEnd=None, transferable=True, createdAt=AT, updatedAt=AT,
    ),
    "order": Order(
        id=f"ord_{ID}", total="42.00", currency="USD", status="completed", eventId=f"evt_{ID}",
        items=[Item(ticketTypeId=f"tkt_{ID}", name="General Admission", quantity=1, unitPrice="42.00", subtotal="42.00")],
        subtotal="42.00", discount="0.00", promoCode=None, buyer=BUYER, venueSeatIds=[], reference=None, failureReason=None,
        cancelReason=None, expiresAt=None, completedAt=AT, createdAt=AT, updatedAt=AT,
    ),
    "ticket": Ticket(
        id=f"tic_{ID}", qr="ZTB1.EXAMPLE", code="EXAMPL", status="valid", orderId=f"ord_{ID}", eventId=f"evt_{ID}",
        ticketTypeId=f"tkt_{ID}", ticketTypeName="General Admission", holder=BUYER, seat=None, price="42.00", currency="USD",
        transferable=True, complimentary=False, checkedInAt=None, gate=None, createdAt=AT, updatedAt=AT,
    ),
    "refund": Refund(
        id=f"ref_{ID}", ticketId=f"tic_{ID}", orderId=f"ord_{ID}", status="requested", amount="42.00", currency="USD",
        reason="An example", denialReason=None, createdAt=AT, updatedAt=AT,
    ),
    "report": Report(
        id=f"rep_{ID}", status="submitted", eventId=f"evt_{ID}", organizationId=ORG, reason="other",
        description="An example", reporter={**BUYER}, resolution=None, createdAt=AT, updatedAt=AT,
    ),
    "message": {
        "id": f"msg_{ID}", "threadId": f"thr_{ID}", "ticketId": f"tic_{ID}", "eventId": f"evt_{ID}", "from": BUYER,
        "message": "An example", "createdAt": AT,
    },
    "payout": {
        "id": f"pyo_{ID}", "status": "scheduled", "amount": "42.00", "currency": "USD", "organizationId": ORG,
        "scheduledFor": AT, "failureReason": None, "createdAt": AT,
    },  # convention through and through: payouts have not launched
    "attendee": Attendee(id=f"att_{ID}", email="buyer@example.com", name="Alex Buyer", tags=["example"], createdAt=AT),
    "tag": "example", "reason": "duplicate", "from": BUYER, "to": {"name": "Robin Friend", "email": "friend@example.com"},
    "tool": "update_event", "actor": {"type": "mcp_token", "name": "An example"}, "target": {"type": "event", "id": f"evt_{ID}"},
}  # fmt: skip
"""Made-up records for test sends, and for triggers in a world that has none yet, by the top-level key of a notice's `data`."""
EXAMPLES["tickets"] = [EXAMPLES["ticket"]]
UNPAID = {"completedAt": None}
STATES: dict[str, Record] = {
    "event.created": {"status": "draft", "publishedAt": None},
    "event.published": {"status": "published"},
    "event.cancelled": {"status": "cancelled"},
    "event.completed": {"status": "completed"},
    "order.created": {"status": "pending", "expiresAt": AT, **UNPAID},
    "order.completed": {"status": "completed", "expiresAt": None, "failureReason": None, "cancelReason": None},
    "order.failed": {
        "status": "failed",
        "failureReason": "payment_declined",
        "cancelReason": None,
        "expiresAt": None,
        **UNPAID,
    },
    "order.cancelled": {
        "status": "cancelled",
        "cancelReason": "requested",
        "failureReason": None,
        "expiresAt": None,
        **UNPAID,
    },
    "ticket.created": {"status": "valid", "checkedInAt": None, "gate": None},
    "ticket.checked_in": {"status": "checked_in", "checkedInAt": AT, "gate": "Main"},
    "refund.requested": {"status": "requested", "denialReason": None},
    "refund.approved": {"status": "approved", "denialReason": None},
    "refund.processed": {"status": "processed", "denialReason": None},
    "refund.denied": {"status": "denied", "denialReason": "An example"},
    "report.submitted": {"status": "submitted", "resolution": None},
    "report.resolved": {"status": "resolved", "resolution": "An example"},
    "payout.scheduled": {"status": "scheduled"},
    "payout.paid": {"status": "paid"},
    "payout.failed": {"status": "failed", "failureReason": "An example"},
}
"""What a type's record says in test sends and triggers: its status, texts where it has none of its own, and null."""
COUNTED = {"ticket_type.created": "quantityAvailable", "ticket_type.sold_out": "quantitySold"}
"""The count that has all tickets of a ticket type."""


def check_status(noun: str, record: Record, *statuses: str, so: str = "") -> None:
    """Raise Conflict, followed by `so`, unless a record has one of these statuses."""
    if record["status"] not in statuses:
        raise errors.Conflict(f"{noun} {record['id']} is {record['status']}{so}.", about={"status": record["status"]})


def change_status(tx: Tx, kind: records.Kind, flow: Flow, record: Record, status: str, **changes: str | None) -> Record:
    """Move a record to a status and store it with further changes; Conflict lists the allowed statuses."""
    if wrong := problem(flow, record["status"], status):
        raise errors.Conflict(wrong, about={"status": record["status"]})
    changed = record | {"status": status, "updatedAt": clock.iso_s(tx.now)} | changes
    records.update(tx, kind, changed)
    return changed


def invalid(field: str, words: str) -> errors.Invalid:
    """Return the refusal of a field: what it must be, or why it cannot be used."""
    return errors.Invalid(f"{field} {words}.", details=[(field, words)])


def notify(tx: Tx, type: str, record: Record, **details: object) -> Record:
    """Announce a change of a record to every endpoint that subscribes to the type, with `details` in its data; returns the record."""
    data = data_of(tx, type, record) | details
    outbox.announce(tx, wire.notice(tx, type, KINDS[type.partition(".")[0]], record["id"], data))
    return record


def data_of(read: Read, type: str, record: Record) -> Record:
    """Return the part of a type's `data` that follows from its record, in the order of the catalogue."""
    data: Record = {TYPES[type].keys[0]: record}
    for key in TYPES[type].keys[1:]:
        match key:
            case "event":
                data[key] = records.get_or_404(read, wire.EVENT, record["eventId"])
            case "order":
                data[key] = records.get_or_404(read, wire.ORDER, record["orderId"])
            case "tickets":
                data[key] = records.find(read, wire.TICKET, ("order", "=", record["id"]))
            case "from":
                data[key] = record["holder"]
            case "tag":
                data[key] = record["tags"][-1] if record["tags"] else ""
    return data


def example(type: str) -> Record:
    """Return a type's `data` of made-up records."""
    return {
        key: in_state(type, EXAMPLES[key]) if place == 0 else EXAMPLES[key]
        for place, key in enumerate(TYPES[type].keys)
    }


def in_state(type: str, record: Any) -> Any:
    """Return a record as its type of notice describes it."""
    if type in COUNTED:
        counts = dict.fromkeys(("quantitySold", "quantityHeld", "quantityAvailable"), 0)
        return record | counts | {COUNTED[type]: sum(record[name] for name in counts)}
    if type == "attendee.tagged":
        return record | {"tags": record["tags"] or [EXAMPLES["tag"]]}
    if type not in STATES:
        return record
    state = STATES[type].items()
    return record | {name: value if name == "status" else value and (record[name] or value) for name, value in state}


def fitting(tx: Tx, type: str, kind: records.Kind) -> Record | None:
    """Return the newest record in the state that a type describes, else the newest."""
    state = STATES.get(type, {})
    wanted: list[records.Condition] = [("status", "=", state["status"])] if "status" in state else []
    wanted += [("sold_out", "=", 1)] if type == "ticket_type.sold_out" else []
    newest: list[records.Order] = [("rowid", "desc")]
    return records.first(tx, kind, *wanted, order=newest) or records.first(tx, kind, order=newest)


def sample(tx: Tx, type: str, id: str | None) -> outbox.Notice:
    """Return a notice as if its type had just happened to a record: by default the newest, or a made-up one."""
    kind = KINDS.get(type.partition(".")[0])
    record = None
    if kind:
        record = records.get_or_404(tx, kind, id) if id else fitting(tx, type, kind)
    if record is None:
        return wire.notice(tx, type, kind, "", example(type))
    record = in_state(type, record)
    record |= {"updatedAt": clock.iso_s(tx.now)} if "updatedAt" in record else {}
    known = {key: value for key, value in data_of(tx, type, record).items() if value}
    return wire.notice(tx, type, kind, record["id"], example(type) | known)
