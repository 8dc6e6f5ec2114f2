"""What an account looks up: itself, its users, tags, tickets, and anything by its number or reference."""

from __future__ import annotations

import flask

from mockmarket.api.answers import joined, json_answer
from mockmarket.errors import NotFound
from mockmarket.store import records
from mockmarket.vendors.skybox.handlers import unsupported
from mockmarket.vendors.skybox.handlers.conventions import (
    WORDS,
    Context,
    Query,
    answer,
    operation,
    sorted_page,
)
from mockmarket.vendors.skybox.records import lookups as shapes
from mockmarket.vendors.skybox.records.enumerations import ENUMERATIONS, values_of
from mockmarket.vendors.skybox.records.inventory import Ticket, TicketQuery
from mockmarket.vendors.skybox.rules import lookups, searching
from mockmarket.vendors.skybox.rules.violations import invalid, owned
from mockmarket.vendors.skybox.wire.kinds import TICKET


@operation(answer=shapes.Account)
def get_account(context: Context) -> flask.Response:
    """Get the account that the request is on."""
    return answer(lookups.account(context.read(), context.caller.account))


@operation(query=shapes.UserQuery, answer=shapes.UserPage, unsupported=unsupported.USERS)
def list_users(context: Context, query: Query) -> flask.Response:
    """List the account's users: everybody who has an API token for it."""
    users = lookups.users(context.read(), context.caller.account)
    named = [user for user in users if query["email"] in user["email"].casefold()]
    query["sortedBy"] = query["sortedBy"] or "id"
    return sorted_page(named, query)


@operation(answer=shapes.User)
def get_user(context: Context) -> flask.Response:
    """Get the user whose API token it is."""
    return answer(lookups.user(context.caller.account, context.caller.key))


@operation(answer=WORDS)
def list_tags(context: Context) -> flask.Response:
    """List every tag of the account's inventory, purchases, invoices, vendors and customers."""
    return answer(lookups.tags(context.read(), context.caller.account))


@operation(answer=WORDS)
def list_enumeration(context: Context, type: str) -> flask.Response:
    """List the values of an enumeration, such as stockType."""
    values = values_of(type)
    if values is None:
        raise invalid("enumtype", f"must be one of {', '.join(ENUMERATIONS)}", type)
    return answer(list(values))


@operation(query=shapes.SearchQuery, answer=list[shapes.Match])
def search_everything(context: Context, query: Query) -> flask.Response:
    """Find invoices, purchases, inventory and holds by id, external reference or exchangePosId."""
    return answer(list(lookups.search(context.read(), context.caller.account, query["key"].strip())))


@operation(query=TicketQuery, answer=list[Ticket], unsupported=unsupported.TICKETS)
def search_tickets(context: Context, query: Query) -> flask.Response:
    """Find the account's tickets."""
    where = searching.conditions(context.caller.account, query, TicketQuery)
    return json_answer(joined(records.page(context.read(), TICKET, where, [("number", "asc")], -1, 0)))


@operation(answer=Ticket)
def get_ticket(context: Context, ticket_id: int) -> flask.Response:
    """Get a ticket."""
    record = owned(context.read(), TICKET, context.caller.account, ticket_id)
    if record is None:
        raise NotFound(f"There is no ticket {ticket_id}.")
    return answer(record)
