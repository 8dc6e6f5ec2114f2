"""Buyers: whom a key speaks for, their tickets, what they ask of the organizer; and comps and tags, which it gives them."""

from __future__ import annotations

import flask

from mockmarket.records import Create
from mockmarket.store.records import Record
from mockmarket.vendors.zatabox.handlers.conventions import READ, WRITE, Context, answer, operation, page, read_page
from mockmarket.vendors.zatabox.records.common import Answer, Items, NextPage, PageQuery
from mockmarket.vendors.zatabox.records.orders import Ticket
from mockmarket.vendors.zatabox.records.users import (
    Gift,
    GivenTickets,
    Me,
    Message,
    Refund,
    Report,
    Tagged,
    TagRequest,
    TagsRequest,
    Thread,
    Untagged,
)
from mockmarket.vendors.zatabox.rules import buyers, tickets
from mockmarket.vendors.zatabox.wire import TICKET


@operation(answer=Answer[Me], refuses=READ)
def get_me(context: Context) -> flask.Response:
    """Get the buyer, or the organization, that the key speaks for."""
    return answer(context, buyers.me(context.caller))


@operation(query=PageQuery, answer=Answer[NextPage[Ticket]], scope="tickets:read", refuses=READ)
def list_my_tickets(context: Context, query: PageQuery) -> flask.Response:
    """List the buyer's tickets, oldest first; an organization's key sees every buyer's."""
    rows, cursor = read_page(context.read(), TICKET, buyers.mine(context.caller), "id", query)
    return page(context, rows, {"nextCursor": cursor})


@operation(body=Create(Refund), answer=Answer[Refund], status=201, scope="orders:write", refuses=WRITE)
def request_refund(context: Context, body: Record) -> flask.Response:
    """Ask for a ticket's money back; the organizer approves or denies it."""
    return answer(context, buyers.request_refund(context.world, context.caller, body), 201)


@operation(body=Create(Report), answer=Answer[Report], status=201, scope="attendees:write", refuses=WRITE)
def file_report(context: Context, body: Record) -> flask.Response:
    """File a report against an event or the organizer."""
    return answer(context, buyers.report(context.world, context.caller, body), 201)


@operation(answer=Answer[Items[Thread]], scope="attendees:read", refuses=READ)
def list_message_threads(context: Context) -> flask.Response:
    """List the buyer's message threads with organizers."""
    return answer(context, {"items": buyers.threads(context.read(), context.caller)})


@operation(body=Create(Message), answer=Answer[Message], status=201, scope="attendees:write", refuses=WRITE)
def send_message(context: Context, body: Record, ticketId: str) -> flask.Response:
    """Send the organizer a message about a ticket."""
    return answer(context, buyers.write(context.world, context.caller, ticketId, body), 201)


@operation(body=Gift, answer=Answer[GivenTickets], status=201, scope="tickets:write", refuses=WRITE)
def give_tickets(context: Context, body: Gift, eventId: str) -> flask.Response:
    """Mint complimentary tickets for people."""
    return answer(context, {"tickets": tickets.give(context.world, eventId, body)}, 201)


@operation(body=TagsRequest, answer=Answer[Tagged], scope="attendees:write", refuses=WRITE)
def add_tags(context: Context, body: TagsRequest) -> flask.Response:
    """Add tags to attendees; addresses of nobody are named in the answer."""
    return answer(context, buyers.tag(context.world, body))


@operation(body=TagRequest, answer=Answer[Untagged], scope="attendees:write", refuses=WRITE)
def remove_tag(context: Context, body: TagRequest) -> flask.Response:
    """Take a tag off attendees."""
    return answer(context, buyers.untag(context.world, body))
