"""The organizer's events and ticket types."""

from __future__ import annotations

import flask
from flask.views import MethodView

from mockmarket.api import web
from mockmarket.vendors.zatabox.callers import needs
from mockmarket.vendors.zatabox.envelope import answer
from mockmarket.vendors.zatabox.routes.common import WRITE, Row, blueprint, refuses
from mockmarket.vendors.zatabox.rules import events, inventory
from mockmarket.vendors.zatabox.schemas import events as schemas

blp = blueprint("organizer", "events and ticket types, as their organizer has them")
SCOPE = "events:write"


@blp.route("/organizer/events")
class Events(MethodView):
    """New events."""

    @needs(SCOPE)
    @blp.arguments(schemas.NewEvent())
    @blp.response(201, schemas.Event)
    @refuses(blp, *WRITE)
    def post(self, given: Row) -> flask.Response:
        """Create a draft event."""
        return answer(events.create(web.world(), given), 201)


@blp.route("/organizer/events/<string:id>")
class OneEvent(MethodView):
    """One event."""

    @needs(SCOPE)
    @blp.arguments(schemas.EventChange())
    @blp.response(200, schemas.Event)
    @refuses(blp, *WRITE)
    def put(self, given: Row, id: str) -> flask.Response:
        """Update an event; what is not named stays."""
        return answer(events.update(web.world(), id, given))

    @needs(SCOPE)
    @blp.response(200, schemas.Event)
    @refuses(blp, *WRITE)
    def delete(self, id: str) -> flask.Response:
        """Cancel an event, and every order of it that is still to be paid."""
        return answer(events.cancel(web.world(), id))


@blp.route("/organizer/events/<string:id>/publish")
class Publication(MethodView):
    """A draft that goes live."""

    @needs(SCOPE)
    @blp.response(200, schemas.Event)
    @refuses(blp, *WRITE)
    def post(self, id: str) -> flask.Response:
        """Publish a draft: it and its ticket types go on sale."""
        return answer(events.publish(web.world(), id))


@blp.route("/organizer/events/<string:id>/unpublish")
class Withdrawal(MethodView):
    """A live event that goes back to draft."""

    @needs(SCOPE)
    @blp.response(200, schemas.Event)
    @refuses(blp, *WRITE)
    def post(self, id: str) -> flask.Response:
        """Take a published event back to draft."""
        return answer(events.unpublish(web.world(), id))


@blp.route("/organizer/events/<string:id>/tickets")
class TicketTypes(MethodView):
    """New ticket types."""

    @needs("tickets:write")
    @blp.arguments(schemas.NewTicketType())
    @blp.response(201, schemas.TicketType)
    @refuses(blp, *WRITE)
    def post(self, given: Row, id: str) -> flask.Response:
        """Add a ticket type to an event."""
        return answer(inventory.create(web.world(), id, given), 201)
