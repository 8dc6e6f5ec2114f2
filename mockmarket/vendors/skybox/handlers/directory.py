"""Events, venues, performers and categories: the same for every account."""

from __future__ import annotations

from collections.abc import Iterator

import flask

from mockmarket.api.answers import joined, json_answer
from mockmarket.store import records
from mockmarket.store.records import Condition
from mockmarket.vendors.skybox.handlers.conventions import Context, Query, answer, operation, page, page_answer
from mockmarket.vendors.skybox.rules.directory import found
from mockmarket.vendors.skybox.schemas import directory as schemas
from mockmarket.vendors.skybox.wire.directory import CATEGORY, EVENT, PERFORMER, VENUE


@operation(query=schemas.EventQuery, answer=schemas.Events)
def search_events(context: Context, query: Query) -> flask.Response:
    """List events by their date, cancelled ones among them (disabled)."""
    query = {**query, "sortedBy": query["sortedBy"] or "date"}
    return page_answer(*page(context, EVENT, list(event_filters(query)), query, schemas.EVENT_ORDER))


@operation(answer=schemas.EventSchema)
def get_event(context: Context, event_id: int) -> flask.Response:
    """Get an event."""
    return answer(found(context.read(), EVENT, event_id))


@operation(answer=list[schemas.CategorySchema])
def list_categories(context: Context) -> flask.Response:
    """List every category."""
    return everything(records.page(context.read(), CATEGORY, [], [("name", "asc")], -1, 0))


@operation(query=schemas.PerformerQuery, answer=list[schemas.PerformerSchema])
def list_performers(context: Context, query: Query) -> flask.Response:
    """List every performer, or those with a word in their name."""
    where: list[Condition] = [("name_key", "contains", query["name"].casefold())] if query["name"] else []
    return everything(records.page(context.read(), PERFORMER, where, [("name", "asc")], -1, 0))


@operation(answer=schemas.PerformerSchema)
def get_performer(context: Context, performer_id: int) -> flask.Response:
    """Get a performer."""
    return answer(found(context.read(), PERFORMER, performer_id))


@operation(query=schemas.VenueQuery, answer=schemas.Venues)
def search_venues(context: Context, query: Query) -> flask.Response:
    """List venues by name."""
    query = {**query, "sortedBy": query["sortedBy"] or "name"}
    return page_answer(*page(context, VENUE, list(venue_filters(query)), query, schemas.VENUE_ORDER))


@operation(answer=schemas.VenueSchema)
def get_venue(context: Context, venue_id: int) -> flask.Response:
    """Get a venue."""
    return answer(found(context.read(), VENUE, venue_id))


def everything(rows: list[bytes]) -> flask.Response:
    """Answer with a plain list, as calls without pages do (convention)."""
    return json_answer(joined(rows))


EXACT = (
    ("eventId", "number", "in"), ("eventType", "type", "="), ("categoryId", "category", "="), ("venueId", "venue", "="),
    ("state", "state", "in"), ("country", "country", "in"),
)  # fmt: skip
CONTAINED = (("event", "name_key"), ("category", "category_key"), ("venue", "venue_key"), ("city", "city_key"))
"""A filter's name, its column and, of the first, how it is compared."""


def event_filters(query: Query) -> Iterator[Condition]:
    """Write a list's filters as conditions."""
    for name, column, operator in EXACT:
        if query[name] not in (None, []):
            yield (column, operator, query[name])  # type: ignore[misc]  # the table has the two operators
    for name, column in CONTAINED:
        if query[name]:
            yield (column, "contains", query[name].casefold())
    for word in query["keywords"]:
        yield ("text_key", "contains", word.casefold())
    if query["performerId"] is not None:
        yield ("performers", "contains", f"|{query['performerId']}|")
    yield from (query[name] for name in ("eventDateFrom", "eventDateTo") if query[name])
    if query["excludeParking"]:
        yield ("parking", "=", 0)


def venue_filters(query: Query) -> Iterator[Condition]:
    """Write a list's filters as conditions."""
    if query["id"] is not None:
        yield ("number", "=", query["id"])
    if query["name"]:
        yield ("name_key", "contains", query["name"].casefold())
    if query["city"]:
        yield ("city_key", "contains", query["city"].casefold())
    if query["state"]:
        yield ("state", "in", query["state"])
