"""Ticket types: of an event listed and created; by id read, changed, published, marked as sold out, deleted."""

from __future__ import annotations

from typing import Any

import flask
from flask.views import MethodView

from mockmarket.api import web
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
from mockmarket.vendors.ticketnation.rules import tickets
from mockmarket.vendors.ticketnation.rules.organizations import event_of, part_of
from mockmarket.vendors.ticketnation.schemas.events import NewTicket, TicketAnswer, TicketChange, TicketPage
from mockmarket.vendors.ticketnation.schemas.shapes import PageQuery, RemovedAnswer
from mockmarket.vendors.ticketnation.wire import TICKET

blp = chapter("tickets", "ticket types.")


@blp.route("/events/<string:event>/tickets")
class Tickets(MethodView):
    """An event's ticket types."""

    @needs("tickets:read")
    @blp.arguments(PageQuery(), location="query")
    @blp.response(200, TicketPage)
    @read_only(blp)
    def get(self, query: dict[str, Any], event: str) -> flask.Response:
        """List an event's ticket types in the order they were made."""
        read = web.world().read()
        return page(read, TICKET, [("event", "=", event_of(read, organization(), event)["id"])], [], query)

    @needs("tickets:write")
    @blp.arguments(NewTicket())
    @blp.response(201, TicketAnswer)
    @changing(blp)
    def post(self, given: dict[str, Any], event: str) -> flask.Response:
        """Create a ticket type; one that is published, on a published event, is on sale at once."""
        return data(tickets.create(web.world(), organization(), event, given), 201)


@blp.route("/tickets/<string:ticket>")
class OneTicket(MethodView):
    """One ticket type."""

    @needs("tickets:read")
    @blp.response(200, TicketAnswer)
    @read_only(blp)
    def get(self, ticket: str) -> flask.Response:
        """Get a ticket type."""
        return data(part_of(web.world().read(), organization(), TICKET, "Ticket", ticket))

    @needs("tickets:write")
    @blp.arguments(TicketChange())
    @blp.response(200, TicketAnswer)
    @changing(blp)
    def patch(self, given: dict[str, Any], ticket: str) -> flask.Response:
        """Update a ticket type; what is not named stays."""
        return data(tickets.update(web.world(), organization(), ticket, given))

    @needs("tickets:write")
    @blp.response(200, RemovedAnswer)
    @read_only(blp)
    def delete(self, ticket: str) -> flask.Response:
        """Delete a ticket type of which nothing is sold."""
        return removed(tickets.delete(web.world(), organization(), ticket))


@blp.route("/tickets/<string:ticket>/publish")
class PublishTicket(MethodView):
    """A ticket type on sale."""

    @needs("tickets:write")
    @blp.response(200, TicketAnswer)
    @read_only(blp)
    def post(self, ticket: str) -> flask.Response:
        """Publish a ticket type, also one that was marked as sold out."""
        return data(tickets.publish(web.world(), organization(), ticket))


@blp.route("/tickets/<string:ticket>/sold-out")
class SoldOutTicket(MethodView):
    """A ticket type marked as sold out."""

    @needs("tickets:write")
    @blp.response(200, TicketAnswer)
    @read_only(blp)
    def post(self, ticket: str) -> flask.Response:
        """Mark a ticket type as sold out: what is left of it goes off sale."""
        return data(tickets.mark_sold_out(web.world(), organization(), ticket))
