"""The organizer's events and ticket types."""

from __future__ import annotations

import flask

from mockmarket.records import Create, Update
from mockmarket.store.records import Record
from mockmarket.vendors.zatabox.handlers.conventions import WRITE, Context, answer, operation
from mockmarket.vendors.zatabox.records.common import Answer
from mockmarket.vendors.zatabox.records.events import Event, TicketType
from mockmarket.vendors.zatabox.rules import events, inventory


@operation(body=Create(Event), answer=Answer[Event], status=201, scope="events:write", refuses=WRITE)
def create_event(context: Context, body: Record) -> flask.Response:
    """Create a draft event."""
    return answer(context, events.create(context.world, body), 201)


@operation(body=Update(Event), answer=Answer[Event], scope="events:write", refuses=WRITE)
def update_event(context: Context, body: Record, id: str) -> flask.Response:
    """Update an event; what is not named stays."""
    return answer(context, events.update(context.world, id, body))


@operation(answer=Answer[Event], scope="events:write", refuses=WRITE)
def cancel_event(context: Context, id: str) -> flask.Response:
    """Cancel an event, and every order of it that is still to be paid."""
    return answer(context, events.cancel(context.world, id))


@operation(answer=Answer[Event], scope="events:write", refuses=WRITE)
def publish_event(context: Context, id: str) -> flask.Response:
    """Publish a draft: it and its ticket types go on sale."""
    return answer(context, events.publish(context.world, id))


@operation(answer=Answer[Event], scope="events:write", refuses=WRITE)
def unpublish_event(context: Context, id: str) -> flask.Response:
    """Take a published event back to draft."""
    return answer(context, events.unpublish(context.world, id))


@operation(body=Create(TicketType), answer=Answer[TicketType], status=201, scope="tickets:write", refuses=WRITE)
def create_ticket_type(context: Context, body: Record, id: str) -> flask.Response:
    """Add a ticket type to an event."""
    return answer(context, inventory.create(context.world, id, body), 201)
