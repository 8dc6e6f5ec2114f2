"""Notices: each type's `data`, from stored records, or for test sends from made-up ones; and helpers that all rules share."""

from functools import cache
from typing import Annotated, Any, Literal, NotRequired, TypedDict, cast

from mockmarket import clock, errors
from mockmarket.records import OneOf, hints_of, new_shape
from mockmarket.rules.lifecycle import Flow, problem
from mockmarket.store import Read, Record, Tx, outbox, records
from mockmarket.store.records import Condition, Kind
from mockmarket.vendor import nothing_fits
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records.accounts import TYPES, Attendee, Message, Refund, Report
from mockmarket.vendors.zatabox.records.common import ORG, Event, Money, Notice, Person, TicketType
from mockmarket.vendors.zatabox.records.orders import Item, Order, Ticket

KINDS = {kind.name: kind for kind in wire.KINDS}  # the kind of a type's record, by the type's noun
AT = "2026-07-03T18:20:05Z"
ID = "01J00000000000000000000000"
BUYER: Person = {"name": "Alex Buyer", "email": "buyer@example.com"}

Payout = TypedDict(
    "Payout",
    {
        "id": str,
        "status": Annotated[str, OneOf(("scheduled", "paid", "failed"))],
        "amount": Money,
        "currency": str,
        "organizationId": str,
        "scheduledFor": str,
        "failureReason": str | None,
        "createdAt": str,
    },
)
"""Convention: payouts have not launched."""
Agent = TypedDict("Agent", {"type": Literal["mcp_token"], "name": str})
Target = TypedDict("Target", {"type": str, "id": str})
Data = TypedDict(
    "Data",
    {
        "event": Event,
        "ticketType": TicketType,
        "order": Order,
        "tickets": list[Ticket],
        "ticket": Ticket,
        "from": Person,
        "to": Person,
        "reason": Annotated[str, OneOf(("duplicate", "wrong_event", "cancelled", "expired"))],
        "refund": Refund,
        "report": Report,
        "message": Message,
        "payout": Payout,
        "attendee": Attendee,
        "tag": str,
        "tool": str,
        "actor": Agent,
        "target": Target,
    },
    total=False,
)
"""Every member of a notice's `data`; a type has those of its keys."""
_RECORDS: Data = {
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
    "message": cast(Message, {
        "id": f"msg_{ID}", "threadId": f"thr_{ID}", "ticketId": f"tic_{ID}", "eventId": f"evt_{ID}", "from": BUYER,
        "message": "An example", "createdAt": AT,
    }),
    "payout": {
        "id": f"pyo_{ID}", "status": "scheduled", "amount": "42.00", "currency": "USD", "organizationId": ORG,
        "scheduledFor": AT, "failureReason": None, "createdAt": AT,
    },  # convention through and through: payouts have not launched
    "attendee": Attendee(id=f"att_{ID}", email="buyer@example.com", name="Alex Buyer", tags=["example"], createdAt=AT),
    "tag": "example", "reason": "duplicate", "from": BUYER, "to": {"name": "Robin Friend", "email": "friend@example.com"},
    "tool": "update_event", "actor": {"type": "mcp_token", "name": "An example"}, "target": {"type": "event", "id": f"evt_{ID}"},
}  # fmt: skip
EXAMPLES: dict[str, Any] = {**_RECORDS, "tickets": [_RECORDS["ticket"]]}
"""Made-up records for test sends, which are synthetic (document), by the top-level key of a notice's `data`."""
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
DENIED = {"checked_in": "duplicate", "refunded": "cancelled"}
"""Why a scan of a ticket is denied, by its status (document: duplicate, wrong event, cancelled or expired)."""
COUNTED = {"ticket_type.created": "quantityAvailable", "ticket_type.sold_out": "quantitySold"}
"""The count that has all tickets of a ticket type."""


def check_status(noun: str, record: Record, *statuses: str, so: str = "") -> None:
    """Raise Conflict, followed by `so`, unless a record has one of these statuses."""
    if record["status"] not in statuses:
        raise errors.Conflict(f"{noun} {record['id']} is {record['status']}{so}.", about={"status": record["status"]})


def open_event(read: Read, id: str) -> Record:
    """Return an event that may be changed: a draft or a published one; NotFound, or Conflict for one that is over."""
    event = records.get_or_404(read, wire.EVENT, id)
    check_status("Event", event, "draft", "published")
    return event


def change_status(tx: Tx, kind: Kind, flow: Flow, record: Record, status: str, **changes: str | None) -> Record:
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


@cache
def payload(type: str) -> Any:
    """Return the shape of a type's notices, those of test sends included."""
    notice, hints = cast(Any, Notice), hints_of(Data)
    test = {"test": Annotated[NotRequired[bool], "True in a test, else left out."]}
    return notice[new_shape("NoticeData", {key: hints[key] for key in TYPES[type].keys} | test)]


def example(type: str) -> Record:
    """Return a type's `data` of made-up records."""
    first, *others = TYPES[type].keys
    record = in_state(type, EXAMPLES[first])
    return {first: record} | {key: EXAMPLES[key] for key in others} | _occasion(type, record)


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


def _of_status(*statuses: str) -> tuple[Condition, ...]:
    return (("status", "in", [*statuses]),)


FITTING: dict[str, tuple[Condition, ...]] = {
    **{type: _of_status(state["status"]) for type, state in STATES.items()},
    "event.updated": _of_status("draft", "published"),
    "ticket_type.sold_out": (("sold_out", "=", 1),),
    "ticket.transferred": _of_status("valid"),
    "ticket.checkin_denied": _of_status(*DENIED),
}
"""By type, the conditions of the records to which it fits: all, where a type has none."""


def _fits(type: str, record: Record) -> bool:
    match type:
        case "ticket.transferred":
            return bool(record["transferable"])
        case "attendee.tagged":
            return bool(record["tags"])
        case _:
            return True


def _fitting(read: Read, type: str, kind: Kind) -> Record:
    """Return the newest record to which a type fits; Conflict when there is none."""
    candidates = records.find(read, kind, *FITTING.get(type, ()), order=[("rowid", "desc")])
    if record := next((record for record in candidates if _fits(type, record)), None):
        return record
    raise nothing_fits(kind.name.replace("_", " "), type, TYPES[type].when)


def sample(tx: Tx, type: str, id: str | None) -> outbox.Notice:
    """Return a notice as if its type had just happened to a record: by default the newest to which it fits. Payouts have no
    records (document: they have not launched), so that their notices are examples."""
    if type == "agent.action":
        target, id = _written(tx, id)
        return wire.notice(tx, type, None, "", agent_data(EXAMPLES["tool"], "An example", target, id))
    kind = KINDS.get(type.partition(".")[0])
    if kind is None:
        if id:
            raise errors.NotFound(f"{type} is about no record: there are no payouts yet.")
        return wire.notice(tx, type, None, "", example(type))
    record = in_state(type, records.get_or_404(tx, kind, id) if id else _fitting(tx, type, kind))
    record |= {"updatedAt": clock.iso_s(tx.now)} if "updatedAt" in record else {}
    data = data_of(tx, type, record) | _occasion(type, record)
    if type == "order.completed":
        data["tickets"] = data["tickets"] or _tickets_of(record)
    return wire.notice(tx, type, kind, record["id"], data)


def _occasion(type: str, record: Record) -> Record:
    """Return what a notice says beside its record's own members: the recipient of a transfer, the reason of a denial."""
    match type:
        case "ticket.transferred":
            return {"ticket": record | {"holder": EXAMPLES["to"]}, "to": EXAMPLES["to"]}
        case "ticket.checkin_denied":
            return {"reason": DENIED.get(record["status"], "wrong_event")}
        case _:
            return {}


def _tickets_of(order: Record) -> list[Record]:
    """Return made-up tickets of an order that was not paid."""
    about = {
        "orderId": order["id"],
        "eventId": order["eventId"],
        "currency": order["currency"],
        "holder": order["buyer"],
    }
    types = [
        {"ticketTypeId": item["ticketTypeId"], "ticketTypeName": item["name"], "price": item["unitPrice"]}
        for item in order["items"]
        for _ in range(item["quantity"])
    ]
    ticket: Record = {**EXAMPLES["ticket"], **about}
    return [ticket | type | {"id": f"tic_{ID[:-2]}{number:02d}"} for number, type in enumerate(types)]


def _written(read: Read, id: str | None) -> tuple[Kind, str]:
    """Return the kind and id of the record that an agent wrote to, by default the newest event that can be changed."""
    if id is None:
        return wire.EVENT, _fitting(read, "event.updated", wire.EVENT)["id"]
    return written(read, id), id


def written(read: Read, id: str) -> Kind:
    """Return the kind of a record that an agent's tools write to; NotFound when there is none with this id."""
    for kind in (wire.EVENT, wire.TICKET_TYPE, wire.ORDER, wire.TICKET):
        if records.get(read, kind, id):
            return kind
    raise errors.NotFound(f"There is no event, ticket type, order or ticket {id}.")


def agent_data(tool: str, actor: str, kind: Kind, id: str) -> Record:
    """Return the `data` of agent.action."""
    data: Data = {"tool": tool, "actor": {"type": "mcp_token", "name": actor}, "target": {"type": kind.name, "id": id}}
    return {**data}
