"""Events: listed, read, created, changed, published, unpublished, archived, deleted; and the search for venues."""

from __future__ import annotations

from typing import Any

import flask

from mockmarket.records import Update
from mockmarket.store.records import Condition
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
from mockmarket.vendors.ticketnation.records import (
    Answer,
    Event,
    EventQuery,
    NewEvent,
    Page,
    Removed,
    SavedEvent,
    Venue,
    VenueQuery,
)
from mockmarket.vendors.ticketnation.rules import events, organizations, publishing
from mockmarket.vendors.ticketnation.wire import EVENT, VENUE


@operation(query=EventQuery, answer=Page[Event], scope="events:read", refuses=READ)
def list_events(context: Context, query: EventQuery) -> flask.Response:
    """List events, the earliest first."""
    return page(context, EVENT, events.listed(organization(context), query), [("starts_at", "asc")], query)


@operation(body=NewEvent, answer=Answer[SavedEvent], status=201, scope="events:write", refuses=WRITE)
def create_event(context: Context, body: dict[str, Any]) -> flask.Response:
    """Create an event as a draft, with its ticket types if they come along."""
    return data(events.create(context.world, organization(context), body), 201)


@operation(answer=Answer[Event], scope="events:read", refuses=READ)
def get_event(context: Context, event: str) -> flask.Response:
    """Get an event by id or slug."""
    return data(organizations.event_of(context.read(), organization(context), event))


@operation(body=Update(Event), answer=Answer[SavedEvent], scope="events:write", refuses=WRITE, null_is_absent=False)
def update_event(context: Context, body: dict[str, Any], event: str) -> flask.Response:
    """Update an event; what is not named stays."""
    return data(events.update(context.world, organization(context), event, body))


@operation(answer=Answer[Removed], scope="events:write", refuses=READ)
def delete_event(context: Context, event: str) -> flask.Response:
    """Delete an event: a draft of which nothing is sold."""
    return removed(publishing.delete(context.world, organization(context), event))


@operation(answer=Answer[Event], scope="events:write", refuses=READ)
def publish_event(context: Context, event: str) -> flask.Response:
    """Publish an event: on sale, and shared with every vendor."""
    return data(publishing.publish(context.world, organization(context), event))


@operation(answer=Answer[Event], scope="events:write", refuses=READ)
def unpublish_event(context: Context, event: str) -> flask.Response:
    """Take an event off sale; it is a draft again."""
    return data(publishing.unpublish(context.world, organization(context), event))


@operation(answer=Answer[Event], scope="events:write", refuses=READ)
def archive_event(context: Context, event: str) -> flask.Response:
    """Put an event away for good."""
    return data(publishing.archive(context.world, organization(context), event))


@operation(query=VenueQuery, answer=Page[Venue], scope="events:read", refuses=READ)
def list_venues(context: Context, query: VenueQuery) -> flask.Response:
    """Search venues by name or city; they are every organization's."""
    where: list[Condition] = [("name_key", "contains", query["q"].casefold())] if query["q"] else []
    return page(context, VENUE, where, [("name_key", "asc")], query)
