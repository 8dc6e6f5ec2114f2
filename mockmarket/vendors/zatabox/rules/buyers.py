"""Buyers: who "me" is, their tickets, and what they ask of the organizer: refunds, reports, messages."""

from __future__ import annotations

from typing import Any

from mockmarket import stock
from mockmarket.clock import iso_s
from mockmarket.errors import Conflict, NotFound
from mockmarket.rules.lifecycle import Flow
from mockmarket.store import Read, Tx, records
from mockmarket.store.keys import Key
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.rules import tickets
from mockmarket.vendors.zatabox.rules.notices import found, moved, tell, tell_refund
from mockmarket.vendors.zatabox.wire import EVENT, MESSAGE, NAME, REFUND, REPORT, TICKET
from mockmarket.worlds.world import World

REFUND_FLOW = Flow("refund", {"requested": ("approved", "denied"), "approved": ("processed",)})
"""Document, "Event catalog": requested, then approved and processed, or denied."""

REPORT_FLOW = Flow("report", {"submitted": ("resolved",)})


def me(key: Key) -> dict[str, Any]:
    """Return whom a key speaks for: the buyer whose address it has, else the organization, which may act for every buyer."""
    email = key.owner.get("email")
    name = str(key.owner.get("name") or (email or key.name))
    return {
        "id": f"usr_{key.id}", "email": email, "name": name, "role": "buyer" if email else "organizer",
        "organizationId": None if email else wire.ORG, "createdAt": iso_s(key.created_at),
    }  # fmt: skip


def mine(key: Key, column: str = "email") -> list[Condition]:
    """Return the conditions of what belongs to whom a key speaks for."""
    email = key.owner.get("email")
    return [(column, "=", email)] if email else []


def my_ticket(read: Read, key: Key, id: str) -> Record:
    """Return a ticket of whom a key speaks for; NotFound for another's, as for one that there is not."""
    ticket = found(read, TICKET, id)
    if key.owner.get("email") not in (None, ticket["holder"]["email"]):
        raise NotFound(f"There is no ticket {id}.")
    return ticket


def request_refund(world: World, key: Key, given: dict[str, Any]) -> Record:
    """Ask for a ticket's money back; Conflict where nothing was paid, it is back already, or asked for already."""
    with world.atomic() as tx:
        return ask(tx, my_ticket(tx, key, given["ticketId"]), given["reason"])


def ask(tx: Tx, ticket: Record, reason: str) -> Record:
    """Store a refund that is asked for, and tell it."""
    check_refundable(tx, ticket)
    refund = {
        "id": wire.new_id(tx, "ref"), "ticketId": ticket["id"], "orderId": ticket["orderId"], "status": "requested",
        "amount": ticket["price"], "currency": ticket["currency"], "reason": reason, "denialReason": None,
        "createdAt": iso_s(tx.now), "updatedAt": iso_s(tx.now),
    }  # fmt: skip
    records.put(tx, REFUND, refund)
    tell_refund(tx, refund)
    return refund


def check_refundable(read: Read, ticket: Record) -> None:
    """Raise Conflict for a ticket that cannot be refunded now."""
    if ticket["complimentary"]:
        raise Conflict(f"Ticket {ticket['id']} was given away; nothing was paid for it.")
    if ticket["status"] != "valid":
        raise Conflict(f"Ticket {ticket['id']} is {ticket['status']}.", about={"status": ticket["status"]})
    open_ones = [one for one in records.find(read, REFUND, ("ticket", "=", ticket["id"])) if one["status"] != "denied"]
    if open_ones:
        raise Conflict(f"A refund of ticket {ticket['id']} was asked for already: {open_ones[0]['id']}.")


def move_refund(world: World, id: str, status: str, **more: Any) -> Record:
    """Bring a refund to a status and tell it; with processed, the ticket is void and its seat free again."""
    with world.atomic() as tx:
        return move_refund_in(tx, id, status, **more)


def move_refund_in(tx: Tx, id: str, status: str, **more: Any) -> Record:
    """Bring a refund to a status within a transaction."""
    refund = found(tx, REFUND, id)
    moved(REFUND_FLOW, refund, status)
    refund |= {"status": status, "updatedAt": iso_s(tx.now)} | more
    records.update(tx, REFUND, refund)
    if status == "processed":
        tickets.change(tx, found(tx, TICKET, refund["ticketId"]), status="refunded")
        stock.put_back(tx, NAME, refund["ticketId"])
    tell_refund(tx, refund)
    return refund


def report(world: World, key: Key, given: dict[str, Any]) -> Record:
    """File a report against an event or the organizer."""
    with world.atomic() as tx:
        if given["eventId"] is not None:
            found(tx, EVENT, given["eventId"])
        filed = {
            "id": wire.new_id(tx, "rep"), "status": "submitted", "eventId": given["eventId"], "organizationId": wire.ORG,
            "reason": given["reason"], "description": given["description"], "reporter": writer(key), "resolution": None,
            "createdAt": iso_s(tx.now), "updatedAt": iso_s(tx.now),
        }  # fmt: skip
        records.put(tx, REPORT, filed)
        tell(tx, "report.submitted", REPORT, filed["id"], {"report": filed})
    return filed


def writer(key: Key) -> dict[str, Any]:
    """Return the name and address of whom a key speaks for."""
    known = me(key)
    return {"name": known["name"], "email": known["email"]}


def resolve_report(world: World, given: dict[str, Any]) -> Record:
    """Close a report and tell it."""
    with world.atomic() as tx:
        filed = found(tx, REPORT, given["reportId"])
        moved(REPORT_FLOW, filed, "resolved")
        filed |= {"status": "resolved", "resolution": given["resolution"], "updatedAt": iso_s(tx.now)}
        records.update(tx, REPORT, filed)
        tell(tx, "report.resolved", REPORT, filed["id"], {"report": filed})
    return filed


def write(world: World, key: Key, ticket_id: str, given: dict[str, Any]) -> Record:
    """Send the organizer a message about a ticket; a ticket's messages are one thread."""
    with world.atomic() as tx:
        ticket = my_ticket(tx, key, ticket_id)
        message = {
            "id": wire.new_id(tx, "msg"), "threadId": f"thr_{ticket['id'].removeprefix('tic_')}", "ticketId": ticket["id"],
            "eventId": ticket["eventId"], "from": ticket["holder"], "message": given["message"], "createdAt": iso_s(tx.now),
        }  # fmt: skip
        records.put(tx, MESSAGE, message)
        tell(tx, "message.received", MESSAGE, message["id"], {"message": message})
    return message


def threads(read: Read, key: Key) -> list[dict[str, Any]]:
    """Return the message threads of whom a key speaks for, each with its messages, oldest first."""
    there: dict[str, dict[str, Any]] = {}
    for one in records.find(read, MESSAGE, *mine(key)):
        start = {name: one[name] for name in ("ticketId", "eventId")}
        thread = there.setdefault(
            one["threadId"], {"id": one["threadId"], **start, "lastMessageAt": "", "messages": []}
        )
        thread["messages"].append(one)
        thread["lastMessageAt"] = one["createdAt"]
    return list(there.values())
