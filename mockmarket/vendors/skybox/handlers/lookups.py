"""What an account looks up: itself, its users, tags, tickets, and anything by its number or reference."""

from __future__ import annotations

from collections.abc import Iterator

import flask

from mockmarket.api.answers import joined, json_answer
from mockmarket.errors import Invalid, NotFound
from mockmarket.store import records
from mockmarket.store.records import Condition
from mockmarket.vendors.skybox.handlers.conventions import (
    WORDS,
    Context,
    Query,
    answer,
    direction,
    operation,
    rows_answer,
    sliced,
)
from mockmarket.vendors.skybox.rules import lookups
from mockmarket.vendors.skybox.schemas import lookups as schemas
from mockmarket.vendors.skybox.schemas.listings import TicketSchema
from mockmarket.vendors.skybox.wire.enumerations import ENUMERATIONS, values_of
from mockmarket.vendors.skybox.wire.kinds import TICKET


@operation(answer=schemas.AccountSchema)
def get_account(context: Context) -> flask.Response:
    """Get the account that the request is on."""
    return answer(lookups.account(context.read(), context.caller.account))


@operation(query=schemas.UserQuery, answer=schemas.Users)
def list_users(context: Context, query: Query) -> flask.Response:
    """List the account's users: everybody who has an API token for it."""
    users = lookups.users(context.read(), context.caller.account)
    named = [user for user in users if query["email"].casefold() in user["email"].casefold()]
    name = query["sortedBy"] or "id"
    named.sort(key=lambda user: user[name], reverse=direction(query["sortDir"]) == "desc")
    return rows_answer(sliced(named, query), len(named))


@operation(answer=schemas.UserSchema)
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
        sentence = f"must be one of {', '.join(ENUMERATIONS)}"
        raise Invalid(f"enumtype {sentence}.", details=[("enumtype", sentence)], given={"enumtype": type})
    return answer(list(values))


@operation(query=schemas.SearchQuery, answer=list[schemas.FoundSchema])
def search_everything(context: Context, query: Query) -> flask.Response:
    """Find invoices, purchases, inventory and holds by id, external reference or exchangePosId."""
    return answer(list(lookups.search(context.read(), context.caller.account, query["key"].strip())))


@operation(query=schemas.TicketQuery, answer=list[TicketSchema])
def search_tickets(context: Context, query: Query) -> flask.Response:
    """Find the account's tickets."""
    where = list(ticket_filters(context.caller.account, query))
    return json_answer(joined(records.page(context.read(), TICKET, where, [("number", "asc")], -1, 0)))


@operation(answer=TicketSchema)
def get_ticket(context: Context, ticket_id: int) -> flask.Response:
    """Get a ticket."""
    record = records.get(context.read(), TICKET, str(ticket_id))
    if record is None or record["accountId"] != context.caller.account:
        raise NotFound(f"There is no ticket {ticket_id}.")
    return answer(record)


def ticket_filters(account: int, query: Query) -> Iterator[Condition]:
    """Write the filters of tickets as conditions."""
    yield ("account", "=", account)
    for name, column in (("eventId", "event"), ("row", "row"), ("seatNumber", "seat_number"), ("ticketIds", "number")):
        if query[name]:
            yield (column, "in", query[name])
    for name, column in (("barcode", "barcode"), ("section", "section")):
        if query[name] is not None:
            yield (column, "=", query[name])
