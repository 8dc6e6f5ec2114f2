"""What an account looks up: itself, its users, tags, tickets, and anything by its number or reference."""

from __future__ import annotations

from collections.abc import Iterator

import flask
from flask.views import MethodView

from mockmarket.api import web
from mockmarket.errors import Invalid, NotFound
from mockmarket.store import records
from mockmarket.store.records import Condition
from mockmarket.vendors.skybox.callers import caller, needs_caller
from mockmarket.vendors.skybox.listing import answer, direction, sliced
from mockmarket.vendors.skybox.routes.common import READ, Row, blueprint, refuses
from mockmarket.vendors.skybox.rules import lookups
from mockmarket.vendors.skybox.schemas import lookups as schemas
from mockmarket.vendors.skybox.schemas.listings import TicketSchema
from mockmarket.vendors.skybox.wire.enumerations import ENUMERATIONS, values_of
from mockmarket.vendors.skybox.wire.kinds import TICKET

blp = blueprint("account", "the account, its users, tags and tickets; enumerations; quick search")

WORDS = {"type": "array", "items": {"type": "string"}}
"""A plain list of words."""


@blp.route("/account")
class Account(MethodView):
    """The account."""

    @needs_caller
    @blp.response(200, schemas.AccountSchema)
    @refuses(blp, *READ)
    def get(self) -> flask.Response:
        """Get the account that the request is on."""
        return answer(lookups.account(web.world().read(), caller().account))


@blp.route("/users")
class Users(MethodView):
    """Users of the account."""

    @needs_caller
    @blp.arguments(schemas.UserQuery(), location="query")
    @blp.response(200, schemas.Users)
    @refuses(blp, *READ)
    def get(self, query: Row) -> flask.Response:
        """List the account's users: everybody who has an API token for it."""
        there = [one for one in lookups.users(web.world().read(), caller().account)
                 if query["email"].casefold() in one["email"].casefold()]  # fmt: skip
        name = query["sortedBy"] or "id"
        return sliced(sorted(there, key=lambda one: one[name], reverse=direction(query["sortDir"]) == "desc"), query)


@blp.route("/users/me")
class Me(MethodView):
    """The user."""

    @needs_caller
    @blp.response(200, schemas.UserSchema)
    @refuses(blp, *READ)
    def get(self) -> flask.Response:
        """Get the user whose API token it is."""
        return answer(lookups.user(caller().account, caller().key))


@blp.route("/tags")
class Tags(MethodView):
    """Tags."""

    @needs_caller
    @blp.response(200, WORDS)
    @refuses(blp, *READ)
    def get(self) -> flask.Response:
        """List every tag of the account's inventory, purchases, invoices, vendors and customers."""
        return answer(lookups.tags(web.world().read(), caller().account))


@blp.route("/enumerations/<string:type>")
class Enumeration(MethodView):
    """An enumeration."""

    @needs_caller
    @blp.response(200, WORDS)
    @refuses(blp, *READ)
    def get(self, type: str) -> flask.Response:
        """List the values of an enumeration, such as stockType."""
        values = values_of(type)
        if values is None:
            words = f"must be one of {', '.join(ENUMERATIONS)}"
            raise Invalid(f"enumtype {words}.", details=[("enumtype", words)], given={"enumtype": type})
        return answer(list(values))


@blp.route("/quicksearch")
class QuickSearch(MethodView):
    """A quick search."""

    @needs_caller
    @blp.arguments(schemas.SearchQuery(), location="query")
    @blp.response(200, schemas.FoundSchema(many=True))
    @refuses(blp, *READ)
    def get(self, query: Row) -> flask.Response:
        """Find invoices, purchases, inventory and holds by id, external reference or exchangePosId."""
        return answer(list(lookups.search(web.world().read(), caller().account, query["key"].strip())))


@blp.route("/tickets")
class Tickets(MethodView):
    """Tickets."""

    @needs_caller
    @blp.arguments(schemas.TicketQuery(), location="query")
    @blp.response(200, TicketSchema(many=True))
    @refuses(blp, *READ)
    def get(self, query: Row) -> flask.Response:
        """Find the account's tickets."""
        rows = records.page(web.world().read(), TICKET, list(ticket_filters(query)), [("number", "asc")], -1, 0)
        return web.json_answer(web.joined(rows))


@blp.route("/tickets/<int:ticket_id>")
class OneTicket(MethodView):
    """One ticket."""

    @needs_caller
    @blp.response(200, TicketSchema)
    @refuses(blp, *READ)
    def get(self, ticket_id: int) -> flask.Response:
        """Get a ticket."""
        record = records.get(web.world().read(), TICKET, str(ticket_id))
        if record is None or record["accountId"] != caller().account:
            raise NotFound(f"There is no ticket {ticket_id}.")
        return answer(record)


def ticket_filters(query: Row) -> Iterator[Condition]:
    """Write the filters of tickets as conditions."""
    yield ("account", "=", caller().account)
    for name, column in (("eventId", "event"), ("row", "row"), ("seatNumber", "seat_number"), ("ticketIds", "number")):
        if query[name]:
            yield (column, "in", query[name])
    for name, column in (("barcode", "barcode"), ("section", "section")):
        if query[name] is not None:
            yield (column, "=", query[name])
