"""Buyers: whom a key speaks for, their tickets, what they ask of the organizer; and comps and tags, which it gives them."""

from __future__ import annotations

from mockmarket import stock
from mockmarket.clock import iso_s
from mockmarket.errors import Conflict, NotFound
from mockmarket.records import Create
from mockmarket.store import Read, Tx, records
from mockmarket.store.keys import Key
from mockmarket.store.records import Condition, Record, get_or_404
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.handlers.conventions import page, read_page, reads, writes
from mockmarket.vendors.zatabox.records import accounts as shapes
from mockmarket.vendors.zatabox.records.common import NAME, ORG, Items, NextPage, PageQuery, Person
from mockmarket.vendors.zatabox.records.orders import Ticket
from mockmarket.vendors.zatabox.rules import inventory, orders
from mockmarket.vendors.zatabox.rules.notices import check_status, notify
from mockmarket.vendors.zatabox.wire import ATTENDEE, EVENT, MESSAGE, REPORT, TICKET, TICKET_TYPE


@reads(answer=shapes.Me, with_caller=True)
def get_me(_read: Read, caller: Key) -> Record:
    """Get the buyer, or the organization, that the key speaks for."""
    return me(caller)


def me(key: Key) -> Record:
    """Return whom a key speaks for: the buyer whose address it has, else the organization, which may act for every buyer."""
    email = key.owner.get("email")
    name, role = str(key.owner.get("name") or email or key.name), "buyer" if email else "organizer"
    since = {"organizationId": None if email else ORG, "createdAt": iso_s(key.created_at)}
    return {"id": f"usr_{key.id}", "email": email, "name": name, "role": role, **since}


def _mine(key: Key) -> list[Condition]:
    email = key.owner.get("email")
    return [("email", "=", email)] if email else []


def my_ticket(read: Read, key: Key, id: str) -> Record:
    """Return a ticket of whom a key speaks for; NotFound for another's, as for one that there is not."""
    ticket = get_or_404(read, TICKET, id)
    if key.owner.get("email") not in (None, ticket["holder"]["email"]):
        raise NotFound(f"There is no ticket {id}.")
    return ticket


@reads(query=PageQuery, answer=NextPage[Ticket], scope="tickets:read", with_caller=True)
def list_my_tickets(read: Read, caller: Key, query: PageQuery) -> bytes:
    """List the buyer's tickets, oldest first; an organization's key sees every buyer's."""
    rows, cursor = read_page(read, TICKET, _mine(caller), "id", query)
    return page(rows, {"nextCursor": cursor})


@writes(body=Create(shapes.Refund), answer=shapes.Refund, status=201, scope="orders:write", with_caller=True)
def request_refund(tx: Tx, caller: Key, body: Record) -> Record:
    """Ask for a ticket's money back; the organizer approves or denies it."""
    return orders.open_refund(tx, my_ticket(tx, caller, body["ticketId"]), body["reason"])


@writes(body=Create(shapes.Report), answer=shapes.Report, status=201, scope="attendees:write", with_caller=True)
def file_report(tx: Tx, caller: Key, body: Record) -> Record:
    """File a report against an event or the organizer."""
    if body["eventId"] is not None:
        get_or_404(tx, EVENT, body["eventId"])
    speaker = me(caller)
    reporter = {"name": speaker["name"], "email": speaker["email"]}
    own = {"status": "submitted", "organizationId": ORG, "reporter": reporter}
    report = wire.new(tx, shapes.Report, wire.new_id(tx, "rep"), body, **own)
    records.put(tx, REPORT, report)
    notify(tx, "report.submitted", report)
    return report


@reads(answer=Items[shapes.Thread], scope="attendees:read", with_caller=True)
def list_message_threads(read: Read, caller: Key) -> Items[Record]:
    """List the buyer's message threads with organizers."""
    by_id: dict[str, Record] = {}
    for message in records.find(read, MESSAGE, *_mine(caller)):
        id = message["threadId"]
        about = {name: message[name] for name in ("ticketId", "eventId")}
        thread = by_id.setdefault(id, {"id": id, **about, "lastMessageAt": "", "messages": []})
        thread["messages"].append(message)
        thread["lastMessageAt"] = message["createdAt"]
    return {"items": list(by_id.values())}


@writes(body=Create(shapes.Message), answer=shapes.Message, status=201, scope="attendees:write", with_caller=True)
def send_message(tx: Tx, caller: Key, body: Record, ticketId: str) -> Record:
    """Send the organizer a message about a ticket."""
    ticket = my_ticket(tx, caller, ticketId)
    id, thread = wire.new_id(tx, "msg"), f"thr_{ticket['id'].removeprefix('tic_')}"
    about = {"threadId": thread, "ticketId": ticket["id"], "eventId": ticket["eventId"], "from": ticket["holder"]}
    message = {"id": id, **about, "message": body["message"], "createdAt": iso_s(tx.now)}
    records.put(tx, MESSAGE, message)
    notify(tx, "message.received", message)
    return message


@writes(body=shapes.Gift, answer=shapes.GivenTickets, status=201, scope="tickets:write")
def give_tickets(tx: Tx, body: shapes.Gift, eventId: str) -> Record:
    """Mint complimentary tickets for people."""
    ticket_type, event = get_or_404(tx, TICKET_TYPE, body["ticketTypeId"]), get_or_404(tx, EVENT, eventId)
    if ticket_type["eventId"] != eventId:
        raise Conflict(f"Ticket type {ticket_type['id']} is of another event.")
    check_status("Event", event, "published")
    minted: list[Record] = []
    for person in body["recipients"]:
        comp, holder = wire.new_id(tx, "cmp"), Person(name=person["name"], email=person["email"])
        inventory.hold(tx, ticket_type, body["quantity"], comp)
        stock.sell_held(tx, NAME, comp)
        units = orders.units_of(tx, comp, body["quantity"])
        minted += orders.notify_minted(tx, [orders.write_ticket(tx, unit, holder, None, 0) for unit in units])
    inventory.notify_last_sales(tx, [ticket["ticketTypeId"] for ticket in minted])
    return {"tickets": minted}


def _attendees(read: Read, emails: list[str]) -> dict[str, Record | None]:
    return {email: records.first(read, ATTENDEE, ("email", "=", email)) for email in dict.fromkeys(emails)}


@writes(body=shapes.TagsRequest, answer=shapes.Tagged, scope="attendees:write")
def add_tags(tx: Tx, body: shapes.TagsRequest) -> Record:
    """Add tags to attendees; addresses of nobody are named in the answer."""
    by_email = _attendees(tx, body["emails"])
    attendees = [attendee for attendee in by_email.values() if attendee is not None]
    for attendee in attendees:
        for tag in dict.fromkeys(body["tags"]):
            if tag not in attendee["tags"]:
                attendee["tags"].append(tag)
                records.update(tx, ATTENDEE, attendee)
                notify(tx, "attendee.tagged", attendee, tag=tag)
    return {"attendees": attendees, "unknownEmails": [email for email in by_email if by_email[email] is None]}


@writes(body=shapes.TagRequest, answer=shapes.Untagged, scope="attendees:write")
def remove_tag(tx: Tx, body: shapes.TagRequest) -> Record:
    """Take a tag off attendees."""  # without a notice: there is none for it (document)
    tag, attendees = body["tag"], []
    for attendee in _attendees(tx, body["emails"]).values():
        if attendee is not None and tag in attendee["tags"]:
            attendee["tags"].remove(tag)
            records.update(tx, ATTENDEE, attendee)
            attendees.append(attendee)
    return {"attendees": attendees}
