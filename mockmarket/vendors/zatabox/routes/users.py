"""Buyers: whom a key speaks for, their tickets, and what they ask of the organizer."""

from __future__ import annotations

import flask
import orjson
from flask.views import MethodView

from mockmarket.api import paging, web
from mockmarket.store import records
from mockmarket.vendors.zatabox.callers import needs
from mockmarket.vendors.zatabox.envelope import answer, items
from mockmarket.vendors.zatabox.routes.common import READ, WRITE, Row, blueprint, refuses
from mockmarket.vendors.zatabox.rules import buyers
from mockmarket.vendors.zatabox.schemas import users as schemas
from mockmarket.vendors.zatabox.schemas.common import PageQuery
from mockmarket.vendors.zatabox.wire import TICKET

blp = blueprint("users", "buyers")


@blp.route("/users/me")
class Me(MethodView):
    """Whom the key speaks for."""

    @needs(None)
    @blp.response(200, schemas.Me)
    @refuses(blp, *READ)
    def get(self) -> flask.Response:
        """Get the buyer, or the organization, that the key speaks for."""
        return answer(buyers.me(web.caller()))


@blp.route("/users/me/tickets")
class MyTickets(MethodView):
    """The buyer's tickets."""

    @needs("tickets:read")
    @blp.arguments(PageQuery(), location="query")
    @blp.response(200, schemas.MyTickets)
    @refuses(blp, *READ)
    def get(self, query: Row) -> flask.Response:
        """List the buyer's tickets, oldest first; an organization's key sees every buyer's."""
        where = buyers.mine(web.caller())
        if query["cursor"]:
            where = [*where, ("id", ">", paging.read_cursor(query["cursor"]))]
        rows = records.page(web.world().read(), TICKET, where, [("id", "asc")], query["limit"] + 1, 0)
        shown = rows[: query["limit"]]
        more = paging.cursor(orjson.loads(shown[-1])["id"]) if len(rows) > len(shown) else None
        return answer(items(shown, b'"nextCursor":' + orjson.dumps(more)))


@blp.route("/users/me/refunds")
class Refunds(MethodView):
    """Money asked back."""

    @needs("orders:write")
    @blp.arguments(schemas.RefundBody())
    @blp.response(201, schemas.Refund)
    @refuses(blp, *WRITE)
    def post(self, given: Row) -> flask.Response:
        """Ask for a ticket's money back; the organizer approves or denies it."""
        return answer(buyers.request_refund(web.world(), web.caller(), given), 201)


@blp.route("/users/me/reports")
class Reports(MethodView):
    """Reports."""

    @needs("attendees:write")
    @blp.arguments(schemas.ReportBody())
    @blp.response(201, schemas.Report)
    @refuses(blp, *WRITE)
    def post(self, given: Row) -> flask.Response:
        """File a report against an event or the organizer."""
        return answer(buyers.report(web.world(), web.caller(), given), 201)


@blp.route("/users/me/messages")
class Messages(MethodView):
    """Message threads."""

    @needs("attendees:read")
    @blp.response(200, schemas.Threads)
    @refuses(blp, *READ)
    def get(self) -> flask.Response:
        """List the buyer's message threads with organizers."""
        return answer({"items": buyers.threads(web.world().read(), web.caller())})


@blp.route("/users/me/tickets/<string:ticketId>/message")
class TicketMessage(MethodView):
    """A message about a ticket."""

    @needs("attendees:write")
    @blp.arguments(schemas.MessageBody())
    @blp.response(201, schemas.Message)
    @refuses(blp, *WRITE)
    def post(self, given: Row, ticketId: str) -> flask.Response:
        """Send the organizer a message about a ticket."""
        return answer(buyers.write(web.world(), web.caller(), ticketId, given), 201)
