"""Buyers: who "me" is, their tickets, what they ask of the organizer (refunds, reports, messages), and the tags that it gives them."""

from __future__ import annotations

from mockmarket import stock
from mockmarket.clock import iso_s
from mockmarket.errors import Conflict, NotFound
from mockmarket.records import defaults
from mockmarket.rules.lifecycle import Flow
from mockmarket.store import Read, Tx, records
from mockmarket.store.keys import Key
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records.common import NAME, ORG
from mockmarket.vendors.zatabox.records.users import Me, Refund, Report, Resolution, TagRequest, TagsRequest
from mockmarket.vendors.zatabox.rules import tickets
from mockmarket.vendors.zatabox.rules.notices import (
    change_status,
    get_or_404,
    notify,
    notify_refund,
    refused_for_status,
)
from mockmarket.vendors.zatabox.wire import ATTENDEE, EVENT, MESSAGE, REFUND, REPORT, TICKET
from mockmarket.worlds.world import World

REFUND_FLOW = Flow("refund", {"requested": ("approved", "denied"), "approved": ("processed",)})
"""Document, "Event catalog": requested, then approved and processed, or denied."""

REPORT_FLOW = Flow("report", {"submitted": ("resolved",)})


def me(key: Key) -> Me:
    """Return whom a key speaks for: the buyer whose address it has, else the organization, which may act for every buyer."""
    email = key.owner.get("email")
    name = str(key.owner.get("name") or (email or key.name))
    return {
        "id": f"usr_{key.id}", "email": email, "name": name, "role": "buyer" if email else "organizer",
        "organizationId": None if email else ORG, "createdAt": iso_s(key.created_at),
    }  # fmt: skip


def mine(key: Key) -> list[Condition]:
    """Return the conditions of what belongs to whom a key speaks for."""
    email = key.owner.get("email")
    return [("email", "=", email)] if email else []


def my_ticket(read: Read, key: Key, id: str) -> Record:
    """Return a ticket of whom a key speaks for; NotFound for another's, as for one that there is not."""
    ticket = get_or_404(read, TICKET, id)
    if key.owner.get("email") not in (None, ticket["holder"]["email"]):
        raise NotFound(f"There is no ticket {id}.")
    return ticket


def request_refund(world: World, key: Key, body: Record) -> Record:
    """Ask for a ticket's money back; Conflict where nothing was paid, it is back already, or asked for already."""
    with world.atomic() as tx:
        return open_refund(tx, my_ticket(tx, key, body["ticketId"]), body["reason"])


def open_refund(tx: Tx, ticket: Record, reason: str) -> Record:
    """Store a refund that is asked for, and announce it."""
    check_refundable(tx, ticket)
    refund = defaults(Refund) | {
        "id": wire.new_id(tx, "ref"), "ticketId": ticket["id"], "orderId": ticket["orderId"], "status": "requested",
        "amount": ticket["price"], "currency": ticket["currency"], "reason": reason, **wire.times(tx),
    }  # fmt: skip
    records.put(tx, REFUND, refund)
    notify_refund(tx, refund)
    return refund


def check_refundable(read: Read, ticket: Record) -> None:
    """Raise Conflict for a ticket that cannot be refunded now."""
    if ticket["complimentary"]:
        raise Conflict(f"Ticket {ticket['id']} was given away; nothing was paid for it.")
    if ticket["status"] != "valid":
        raise refused_for_status(f"Ticket {ticket['id']} is {ticket['status']}.", ticket)
    for refund in records.find(read, REFUND, ("ticket", "=", ticket["id"])):
        if refund["status"] != "denied":
            raise Conflict(f"A refund of ticket {ticket['id']} was asked for already: {refund['id']}.")


def move_refund(tx: Tx, id: str, status: str, **changes: str | None) -> Record:
    """Bring a refund to a status and announce it; with processed, the ticket is void and its seat free again."""
    refund = change_status(tx, REFUND, REFUND_FLOW, get_or_404(tx, REFUND, id), status, **changes)
    if status == "processed":
        tickets.change(tx, get_or_404(tx, TICKET, refund["ticketId"]), status="refunded")
        stock.put_back(tx, NAME, refund["ticketId"])
    notify_refund(tx, refund)
    return refund


def report(world: World, key: Key, body: Record) -> Record:
    """File a report against an event or the organizer."""
    with world.atomic() as tx:
        if body["eventId"] is not None:
            get_or_404(tx, EVENT, body["eventId"])
        speaker = me(key)
        filed = defaults(Report) | body | {
            "id": wire.new_id(tx, "rep"), "status": "submitted", "organizationId": ORG,
            "reporter": {"name": speaker["name"], "email": speaker["email"]}, **wire.times(tx),
        }  # fmt: skip
        records.put(tx, REPORT, filed)
        notify(tx, "report.submitted", REPORT, filed)
    return filed


def resolve_report(world: World, body: Resolution) -> Record:
    """Close a report and announce it."""
    with world.atomic() as tx:
        filed = get_or_404(tx, REPORT, body["reportId"])
        filed = change_status(tx, REPORT, REPORT_FLOW, filed, "resolved", resolution=body["resolution"])
        notify(tx, "report.resolved", REPORT, filed)
    return filed


def write(world: World, key: Key, ticket_id: str, body: Record) -> Record:
    """Send the organizer a message about a ticket; a ticket's messages are one thread."""
    with world.atomic() as tx:
        ticket = my_ticket(tx, key, ticket_id)
        message = {
            "id": wire.new_id(tx, "msg"), "threadId": f"thr_{ticket['id'].removeprefix('tic_')}", "ticketId": ticket["id"],
            "eventId": ticket["eventId"], "from": ticket["holder"], "message": body["message"], "createdAt": iso_s(tx.now),
        }  # fmt: skip
        records.put(tx, MESSAGE, message)
        notify(tx, "message.received", MESSAGE, message)
    return message


def threads(read: Read, key: Key) -> list[Record]:
    """Return the message threads of whom a key speaks for, each with its messages, oldest first."""
    by_id: dict[str, Record] = {}
    for message in records.find(read, MESSAGE, *mine(key)):
        thread = by_id.setdefault(message["threadId"], {
            "id": message["threadId"], "ticketId": message["ticketId"], "eventId": message["eventId"], "lastMessageAt": "",
            "messages": [],
        })  # fmt: skip
        thread["messages"].append(message)
        thread["lastMessageAt"] = message["createdAt"]
    return list(by_id.values())


def with_email(read: Read, email: str) -> Record | None:
    """Return the attendee with an address, or None."""
    return next(iter(records.find(read, ATTENDEE, ("email", "=", email), limit=1)), None)


def tag(world: World, body: TagsRequest) -> Record:
    """Add tags to attendees, and announce each that is new to its attendee; who holds no ticket is named as unknown."""
    attendees: list[Record] = []
    unknown: list[str] = []
    with world.atomic() as tx:
        for email in dict.fromkeys(body["emails"]):
            attendee = with_email(tx, email)
            if attendee is None:
                unknown.append(email)
                continue
            for word in dict.fromkeys(body["tags"]):
                if word not in attendee["tags"]:
                    attendee |= {"tags": [*attendee["tags"], word]}
                    records.update(tx, ATTENDEE, attendee)
                    notify(tx, "attendee.tagged", ATTENDEE, attendee, tag=word)
            attendees.append(attendee)
    return {"attendees": attendees, "unknownEmails": unknown}


def untag(world: World, body: TagRequest) -> Record:
    """Take a tag off attendees; nobody hears of it, as there is no notice for it (document)."""
    changed: list[Record] = []
    with world.atomic() as tx:
        for email in dict.fromkeys(body["emails"]):
            attendee = with_email(tx, email)
            if attendee is not None and body["tag"] in attendee["tags"]:
                attendee |= {"tags": [word for word in attendee["tags"] if word != body["tag"]]}
                records.update(tx, ATTENDEE, attendee)
                changed.append(attendee)
    return {"attendees": changed}
