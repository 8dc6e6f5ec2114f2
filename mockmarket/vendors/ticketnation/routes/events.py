"""Events: listed, read, created, changed, published, unpublished, archived, deleted; and the search for venues."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
from flask.views import MethodView

from mockmarket.api import web
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.ticketnation.routes.common import (
    changing,
    chapter,
    data,
    needs,
    organization,
    page,
    read_only,
    removed,
)
from mockmarket.vendors.ticketnation.rules import events, organizations, publishing
from mockmarket.vendors.ticketnation.schemas.events import (
    EventAnswer,
    EventChange,
    EventPage,
    EventQuery,
    NewEvent,
    SavedEventAnswer,
    VenuePage,
    VenueQuery,
)
from mockmarket.vendors.ticketnation.schemas.shapes import RemovedAnswer
from mockmarket.vendors.ticketnation.wire import EVENT, VENUE
from mockmarket.worlds.world import World

blp = chapter("events", "events.")
venues = chapter("venues", "venues.")


@blp.route("/events")
class Events(MethodView):
    """An organization's events."""

    @needs("events:read")
    @blp.arguments(EventQuery(), location="query")
    @blp.response(200, EventPage)
    @read_only(blp)
    def get(self, query: dict[str, Any]) -> flask.Response:
        """List events, the earliest first."""
        where = events.listed(organization(), query)
        return page(web.world().read(), EVENT, where, [("starts_at", "asc")], query)

    @needs("events:write")
    @blp.arguments(NewEvent())
    @blp.response(201, SavedEventAnswer)
    @changing(blp)
    def post(self, given: dict[str, Any]) -> flask.Response:
        """Create an event as a draft, with its ticket types if they come along."""
        return data(events.create(web.world(), organization(), given), 201)


@blp.route("/events/<string:event>")
class OneEvent(MethodView):
    """One event, by id or slug."""

    @needs("events:read")
    @blp.response(200, EventAnswer)
    @read_only(blp)
    def get(self, event: str) -> flask.Response:
        """Get an event by id or slug."""
        return data(organizations.event_of(web.world().read(), organization(), event))

    @needs("events:write")
    @blp.arguments(EventChange())
    @blp.response(200, SavedEventAnswer)
    @changing(blp)
    def patch(self, given: dict[str, Any], event: str) -> flask.Response:
        """Update an event; what is not named stays."""
        return data(events.update(web.world(), organization(), event, given))

    @needs("events:write")
    @blp.response(200, RemovedAnswer)
    @read_only(blp)
    def delete(self, event: str) -> flask.Response:
        """Delete an event: a draft of which nothing is sold."""
        return removed(publishing.delete(web.world(), organization(), event))


def step(verb: str, rule: Callable[[World, Record, str], Record], words: str) -> None:
    """Make the call that moves an event along: `POST /events/{event}/<verb>`."""

    class Step(MethodView):
        @needs("events:write")
        @blp.response(200, EventAnswer)
        @read_only(blp)
        def post(self, event: str) -> flask.Response:
            return data(rule(web.world(), organization(), event))

    Step.__name__ = Step.__qualname__ = f"{verb.title()}Event"
    Step.__doc__ = Step.post.__doc__ = words
    blp.route(f"/events/<string:event>/{verb}")(Step)


step("publish", publishing.publish, "Publish an event: on sale, and shared with every vendor.")
step("unpublish", publishing.unpublish, "Take an event off sale; it is a draft again.")
step("archive", publishing.archive, "Put an event away for good.")


@venues.route("/venues")
class Venues(MethodView):
    """Places."""

    @needs("events:read")
    @venues.arguments(VenueQuery(), location="query")
    @venues.response(200, VenuePage)
    @read_only(venues)
    def get(self, query: dict[str, Any]) -> flask.Response:
        """Search venues by name or city; they are every organization's."""
        where: list[Condition] = [("name_key", "contains", query["q"].casefold())] if query["q"] else []
        return page(web.world().read(), VENUE, where, [("name_key", "asc")], query)
