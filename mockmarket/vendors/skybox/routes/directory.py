"""Events, venues, performers and categories: the same for every account."""

from __future__ import annotations

from collections.abc import Iterator

import flask
from flask.views import MethodView

from mockmarket.api import web
from mockmarket.store import records
from mockmarket.store.records import Condition
from mockmarket.vendors.skybox.callers import needs_caller
from mockmarket.vendors.skybox.listing import answer, page_answer
from mockmarket.vendors.skybox.routes.common import READ, Row, blueprint, refuses
from mockmarket.vendors.skybox.rules.directory import found
from mockmarket.vendors.skybox.schemas import directory as schemas
from mockmarket.vendors.skybox.wire.directory import CATEGORY, EVENT, PERFORMER, VENUE

blp = blueprint("events", "events, venues, performers and categories")


@blp.route("/events")
class Events(MethodView):
    """Events."""

    @needs_caller
    @blp.arguments(schemas.EventQuery(), location="query")
    @blp.response(200, schemas.Events)
    @refuses(blp, *READ)
    def get(self, query: Row) -> flask.Response:
        """List events by their date, cancelled ones among them (disabled)."""
        query = query | {"sortedBy": query["sortedBy"] or "date"}
        return page_answer(EVENT, list(event_filters(query)), query, schemas.EVENT_ORDER)


@blp.route("/events/<int:event_id>")
class OneEvent(MethodView):
    """One event."""

    @needs_caller
    @blp.response(200, schemas.EventSchema)
    @refuses(blp, *READ)
    def get(self, event_id: int) -> flask.Response:
        """Get an event."""
        return answer(found(web.world().read(), EVENT, event_id))


@blp.route("/events/categories")
class Categories(MethodView):
    """Categories."""

    @needs_caller
    @blp.response(200, schemas.CategorySchema(many=True))
    @refuses(blp, *READ)
    def get(self) -> flask.Response:
        """List every category."""
        return everything(records.page(web.world().read(), CATEGORY, [], [("name", "asc")], -1, 0))


@blp.route("/events/performers")
class Performers(MethodView):
    """Performers."""

    @needs_caller
    @blp.arguments(schemas.PerformerQuery(), location="query")
    @blp.response(200, schemas.PerformerSchema(many=True))
    @refuses(blp, *READ)
    def get(self, query: Row) -> flask.Response:
        """List every performer, or those with a word in their name."""
        where: list[Condition] = [("name_key", "contains", query["name"].casefold())] if query["name"] else []
        return everything(records.page(web.world().read(), PERFORMER, where, [("name", "asc")], -1, 0))


@blp.route("/events/performers/<int:performer_id>")
class OnePerformer(MethodView):
    """One performer."""

    @needs_caller
    @blp.response(200, schemas.PerformerSchema)
    @refuses(blp, *READ)
    def get(self, performer_id: int) -> flask.Response:
        """Get a performer."""
        return answer(found(web.world().read(), PERFORMER, performer_id))


@blp.route("/venues")
class Venues(MethodView):
    """Venues."""

    @needs_caller
    @blp.arguments(schemas.VenueQuery(), location="query")
    @blp.response(200, schemas.Venues)
    @refuses(blp, *READ)
    def get(self, query: Row) -> flask.Response:
        """List venues by name."""
        query = query | {"sortedBy": query["sortedBy"] or "name"}
        return page_answer(VENUE, list(venue_filters(query)), query, schemas.VENUE_ORDER)


@blp.route("/venues/<int:venue_id>")
class OneVenue(MethodView):
    """One venue."""

    @needs_caller
    @blp.response(200, schemas.VenueSchema)
    @refuses(blp, *READ)
    def get(self, venue_id: int) -> flask.Response:
        """Get a venue."""
        return answer(found(web.world().read(), VENUE, venue_id))


def everything(rows: list[bytes]) -> flask.Response:
    """Answer with a plain list, as calls without pages do (convention)."""
    return web.json_answer(web.joined(rows))


EXACT = (
    ("eventId", "number", "in"), ("eventType", "type", "="), ("categoryId", "category", "="), ("venueId", "venue", "="),
    ("state", "state", "in"), ("country", "country", "in"),
)  # fmt: skip
CONTAINED = (("event", "name_key"), ("category", "category_key"), ("venue", "venue_key"), ("city", "city_key"))
"""A filter's name, its column and, of the first, how it is compared."""


def event_filters(query: Row) -> Iterator[Condition]:
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


def venue_filters(query: Row) -> Iterator[Condition]:
    """Write a list's filters as conditions."""
    if query["id"] is not None:
        yield ("number", "=", query["id"])
    if query["name"]:
        yield ("name_key", "contains", query["name"].casefold())
    if query["city"]:
        yield ("city_key", "contains", query["city"].casefold())
    if query["state"]:
        yield ("state", "in", query["state"])
