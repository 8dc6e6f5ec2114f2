"""What an account finds: events and venues, its vendors and customers, itself, its users, tags, tickets and webhooks."""

from __future__ import annotations

from functools import partial

import flask

from mockmarket.api.operations import Plain
from mockmarket.store.records import Kind
from mockmarket.vendors.skybox.handlers import unsupported
from mockmarket.vendors.skybox.handlers.conventions import (
    WORDS,
    Context,
    Query,
    gets,
    list_answer,
    operation,
    page_answer,
    reads,
    reply,
    sorted_page,
    writes,
)
from mockmarket.vendors.skybox.records import directory as shapes
from mockmarket.vendors.skybox.records.directory import Customer, DefaultCustomer, Vendor, Webhook
from mockmarket.vendors.skybox.records.inventory import Ticket, TicketQuery
from mockmarket.vendors.skybox.records.types import ENUMERATIONS, Page, values_of
from mockmarket.vendors.skybox.rules import parties, searching, webhooks
from mockmarket.vendors.skybox.rules.violations import invalid
from mockmarket.vendors.skybox.wire import CATEGORY, CUSTOMER, EVENT, PERFORMER, TICKET, VENDOR, VENUE

VENDOR_ID = Plain({"type": "integer", "example": 9001}, description="The id of a vendor.")


@operation(query=shapes.EventQuery, answer=Page[shapes.Event], unsupported=unsupported.EVENTS)
def search_events(context: Context, query: Query) -> flask.Response:
    """List events by their date, cancelled ones among them (disabled)."""
    query["sortedBy"] = query["sortedBy"] or "date"
    return page_answer(context, EVENT, searching.event_conditions(query), query, shapes.Event)


get_event = gets(EVENT, shapes.Event, "Get an event.", shared=True)


@operation(answer=list[shapes.Category])
def list_categories(context: Context) -> flask.Response:
    """List every category."""
    return list_answer(context, CATEGORY, [], "name")


@operation(query=shapes.PerformerQuery, answer=list[shapes.Performer])
def list_performers(context: Context, query: Query) -> flask.Response:
    """List every performer, or those with a word in their name."""
    return list_answer(context, PERFORMER, searching.filtered(query, shapes.PerformerQuery), "name")


get_performer = gets(PERFORMER, shapes.Performer, "Get a performer.", shared=True)


@operation(query=shapes.VenueQuery, answer=Page[shapes.Venue])
def search_venues(context: Context, query: Query) -> flask.Response:
    """List venues by name."""
    query["sortedBy"] = query["sortedBy"] or "name"
    return page_answer(context, VENUE, searching.filtered(query, shapes.VenueQuery), query, shapes.Venue)


get_venue = gets(VENUE, shapes.Venue, "Get a venue.", shared=True)


def party_page(context: Context, query: Query, kind: Kind, shape: type, filters: object) -> flask.Response:
    """Answer with a page of the account's vendors or customers."""
    where = [*searching.conditions(context.caller.account, query, filters), *parties.conditions(query)]
    return page_answer(context, kind, where, query, shape)


@operation(query=shapes.VendorQuery, answer=Page[Vendor], unsupported=unsupported.VENDORS)
def search_vendors(context: Context, query: Query) -> flask.Response:
    """List the account's vendors."""
    return party_page(context, query, VENDOR, Vendor, shapes.VendorQuery)


create_vendor = writes(
    partial(parties.create, VENDOR), shapes.NewVendor, Vendor, "Make a vendor; the account's first is its default."
)
get_vendor = gets(VENDOR, Vendor, "Get a vendor.")
update_vendor = writes(
    partial(parties.update, VENDOR),
    shapes.NewVendor,
    Vendor,
    "Change a vendor; what is left out and not required stays.",
)
get_default_vendor = reads(parties.get_default_vendor, Vendor)
set_default_vendor = writes(parties.set_default_vendor, VENDOR_ID, Vendor)


@operation(query=shapes.CustomerQuery, answer=Page[Customer], unsupported=unsupported.CUSTOMERS)
def search_customers(context: Context, query: Query) -> flask.Response:
    """List the account's customers."""
    return party_page(context, query, CUSTOMER, Customer, shapes.CustomerQuery)


create_customer = writes(partial(parties.create, CUSTOMER), shapes.NewCustomer, Customer, "Make a customer.")
get_customer = gets(CUSTOMER, Customer, "Get a customer.")
update_customer = writes(
    partial(parties.update, CUSTOMER),
    shapes.NewCustomer,
    Customer,
    "Change a customer; what is left out and not required stays.",
)
list_default_customers = reads(parties.default_customers, list[DefaultCustomer])
set_default_customer = writes(parties.set_default_customer, shapes.NewDefaultCustomer, DefaultCustomer)

get_account = reads(searching.account, shapes.Account)


@operation(query=shapes.UserQuery, answer=Page[shapes.User], unsupported=unsupported.USERS)
def list_users(context: Context, query: Query) -> flask.Response:
    """List the account's users: everybody who has an API token for it."""
    users = searching.users(context.read(), context.caller.account)
    query["sortedBy"] = query["sortedBy"] or "id"
    return sorted_page([user for user in users if query["email"] in user["email"].casefold()], query)


@operation(answer=shapes.User)
def get_user(context: Context) -> flask.Response:
    """Get the user whose API token it is."""
    return reply(searching.user(context.caller.account, context.caller.key))


list_tags = reads(searching.tags, WORDS)


@operation(answer=WORDS)
def list_enumeration(context: Context, type: str) -> flask.Response:
    """List the values of an enumeration, such as stockType."""
    values = values_of(type)
    if values is None:
        raise invalid("enumtype", f"must be one of {', '.join(ENUMERATIONS)}", type)
    return reply(list(values))


search_everything = reads(searching.search, list[shapes.Match], query=shapes.SearchQuery)


@operation(query=TicketQuery, answer=list[Ticket], unsupported=unsupported.TICKETS)
def search_tickets(context: Context, query: Query) -> flask.Response:
    """Find the account's tickets."""
    return list_answer(context, TICKET, searching.conditions(context.caller.account, query, TicketQuery), "number")


get_ticket = gets(TICKET, Ticket, "Get a ticket.")


@operation(answer=list[Webhook])
def list_webhooks(context: Context) -> flask.Response:
    """List the subscriptions of the application on the account, oldest first."""
    caller = context.caller
    own = webhooks.own(context.read(), caller.account, caller.application)
    return reply([webhooks.to_json(endpoint) for endpoint in own])


@operation(answer=Webhook)
def get_webhook(context: Context, id: int) -> flask.Response:
    """Get a subscription."""
    caller = context.caller
    return reply(webhooks.to_json(webhooks.get_or_404(context.read(), caller.account, caller.application, id)))


create_webhook = writes(webhooks.subscribe, shapes.NewWebhook, Webhook)
update_webhook = writes(webhooks.change, shapes.NewWebhook, Webhook)
delete_webhook = writes(webhooks.remove, None, None)
