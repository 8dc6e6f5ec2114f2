"""Events, venues, performers and categories: the same for every account."""

from __future__ import annotations

from collections.abc import Iterator

import flask

from mockmarket.api.answers import joined, json_answer
from mockmarket.store import records
from mockmarket.store.records import Condition
from mockmarket.vendors.skybox.handlers import unsupported
from mockmarket.vendors.skybox.handlers.conventions import Context, Query, answer, operation, page_answer
from mockmarket.vendors.skybox.records import directory as shapes
from mockmarket.vendors.skybox.rules import searching
from mockmarket.vendors.skybox.rules.directory import get_or_404
from mockmarket.vendors.skybox.wire.kinds import CATEGORY, EVENT, PERFORMER, VENUE


@operation(query=shapes.EventQuery, answer=shapes.EventPage, unsupported=unsupported.EVENTS)
def search_events(context: Context, query: Query) -> flask.Response:
    """List events by their date, cancelled ones among them (disabled)."""
    query["sortedBy"] = query["sortedBy"] or "date"
    return page_answer(context, EVENT, list(event_filters(query)), query, shapes.Event)


@operation(answer=shapes.Event)
def get_event(context: Context, event_id: int) -> flask.Response:
    """Get an event."""
    return answer(get_or_404(context.read(), EVENT, event_id))


@operation(answer=list[shapes.Category])
def list_categories(context: Context) -> flask.Response:
    """List every category."""
    return everything(records.page(context.read(), CATEGORY, [], [("name", "asc")], -1, 0))


@operation(query=shapes.PerformerQuery, answer=list[shapes.Performer])
def list_performers(context: Context, query: Query) -> flask.Response:
    """List every performer, or those with a word in their name."""
    where = searching.filtered(query, shapes.PerformerQuery)
    return everything(records.page(context.read(), PERFORMER, where, [("name", "asc")], -1, 0))


@operation(answer=shapes.Performer)
def get_performer(context: Context, performer_id: int) -> flask.Response:
    """Get a performer."""
    return answer(get_or_404(context.read(), PERFORMER, performer_id))


@operation(query=shapes.VenueQuery, answer=shapes.VenuePage)
def search_venues(context: Context, query: Query) -> flask.Response:
    """List venues by name."""
    query["sortedBy"] = query["sortedBy"] or "name"
    return page_answer(context, VENUE, searching.filtered(query, shapes.VenueQuery), query, shapes.Venue)


@operation(answer=shapes.Venue)
def get_venue(context: Context, venue_id: int) -> flask.Response:
    """Get a venue."""
    return answer(get_or_404(context.read(), VENUE, venue_id))


def everything(rows: list[bytes]) -> flask.Response:
    """Answer with a plain list, as calls without pages do (convention)."""
    return json_answer(joined(rows))


def event_filters(query: Query) -> Iterator[Condition]:
    """Write a list's filters as conditions."""
    yield from searching.filtered(query, shapes.EventQuery)
    for word in query["keywords"]:
        yield ("text_key", "contains", word.casefold())
    if query["performerId"] is not None:
        yield ("performers", "contains", f"|{query['performerId']}|")
    yield from (query[name] for name in ("eventDateFrom", "eventDateTo") if query[name])
    if query["excludeParking"]:
        yield ("parking", "=", 0)
