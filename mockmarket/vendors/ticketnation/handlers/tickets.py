"""Ticket types: of an event listed and created; by id read, changed, published, marked as sold out, deleted."""

from __future__ import annotations

from typing import Any

import flask

from mockmarket.records import Create, Update
from mockmarket.vendors.ticketnation.handlers.conventions import (
    READ,
    WRITE,
    Context,
    data,
    operation,
    organization,
    page,
    removed,
)
from mockmarket.vendors.ticketnation.records import Answer, Page, PageQuery, Removed, Ticket
from mockmarket.vendors.ticketnation.rules import tickets
from mockmarket.vendors.ticketnation.rules.organizations import event_of, part_of
from mockmarket.vendors.ticketnation.wire import TICKET


@operation(query=PageQuery, answer=Page[Ticket], scope="tickets:read", refuses=READ)
def list_tickets(context: Context, query: PageQuery, event: str) -> flask.Response:
    """List an event's ticket types in the order they were made."""
    event_id = event_of(context.read(), organization(context), event)["id"]
    return page(context, TICKET, [("event", "=", event_id)], [], query)


@operation(body=Create(Ticket), answer=Answer[Ticket], status=201, scope="tickets:write", refuses=WRITE)
def create_ticket(context: Context, body: dict[str, Any], event: str) -> flask.Response:
    """Create a ticket type; one that is published, on a published event, is on sale at once."""
    return data(tickets.create(context.world, organization(context), event, body), 201)


@operation(answer=Answer[Ticket], scope="tickets:read", refuses=READ)
def get_ticket(context: Context, ticket: str) -> flask.Response:
    """Get a ticket type."""
    return data(part_of(context.read(), organization(context), TICKET, "Ticket", ticket))


@operation(body=Update(Ticket), answer=Answer[Ticket], scope="tickets:write", refuses=WRITE, null_is_absent=False)
def update_ticket(context: Context, body: dict[str, Any], ticket: str) -> flask.Response:
    """Update a ticket type; what is not named stays."""
    return data(tickets.update(context.world, organization(context), ticket, body))


@operation(answer=Answer[Removed], scope="tickets:write", refuses=READ)
def delete_ticket(context: Context, ticket: str) -> flask.Response:
    """Delete a ticket type of which nothing is sold."""
    return removed(tickets.delete(context.world, organization(context), ticket))


@operation(answer=Answer[Ticket], scope="tickets:write", refuses=READ)
def publish_ticket(context: Context, ticket: str) -> flask.Response:
    """Publish a ticket type, also one that was marked as sold out."""
    return data(tickets.publish(context.world, organization(context), ticket))


@operation(answer=Answer[Ticket], scope="tickets:write", refuses=READ)
def mark_ticket_sold_out(context: Context, ticket: str) -> flask.Response:
    """Mark a ticket type as sold out: what is left of it goes off sale."""
    return data(tickets.mark_sold_out(context.world, organization(context), ticket))
