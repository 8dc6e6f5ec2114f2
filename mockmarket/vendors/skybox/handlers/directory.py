"""What an account finds: events and venues, its vendors and customers, itself, its users, tags, tickets and webhooks."""

from __future__ import annotations

from functools import partial

from mockmarket.api.operations import Plain
from mockmarket.store.records import Record
from mockmarket.vendors.skybox.handlers import conventions, unsupported
from mockmarket.vendors.skybox.handlers.conventions import gets, lists, operation, reads, searches, writes
from mockmarket.vendors.skybox.records import directory as shapes
from mockmarket.vendors.skybox.records.directory import Customer, DefaultCustomer, Vendor, Webhook
from mockmarket.vendors.skybox.records.inventory import Ticket, TicketQuery
from mockmarket.vendors.skybox.records.types import Page
from mockmarket.vendors.skybox.rules import directory, notifications, searching
from mockmarket.vendors.skybox.wire import CATEGORY, CUSTOMER, EVENT, PERFORMER, TICKET, VENDOR, VENUE

VENDOR_ID = Plain({"type": "integer", "example": 9001}, description="The id of a vendor.")
CHANGE = "Change a {}; what is left out and not required stays."

search_events = searches(
    EVENT, shapes.EventQuery, "List events by their date, cancelled ones among them (disabled).", unsupported.EVENTS
)
get_event = gets(EVENT, shapes.Event, "Get an event.")
list_categories = lists(CATEGORY, shapes.Category, "List every category.")
list_performers = lists(
    PERFORMER, shapes.Performer, "List every performer, or those with a word in their name.", shapes.PerformerQuery
)
get_performer = gets(PERFORMER, shapes.Performer, "Get a performer.")
search_venues = searches(VENUE, shapes.VenueQuery, "List venues by name.")
get_venue = gets(VENUE, shapes.Venue, "Get a venue.")

search_vendors = searches(VENDOR, shapes.VendorQuery, "List the account's vendors.", unsupported.VENDORS)
create_vendor = writes(
    partial(directory.create, VENDOR), shapes.NewVendor, Vendor, "Make a vendor; the account's first is its default."
)
get_vendor = gets(VENDOR, Vendor, "Get a vendor.")
update_vendor = writes(partial(directory.update, VENDOR), shapes.NewVendor, Vendor, CHANGE.format("vendor"))
get_default_vendor = reads(directory.get_default_vendor, Vendor)
set_default_vendor = writes(directory.set_default_vendor, VENDOR_ID, Vendor)
search_customers = searches(CUSTOMER, shapes.CustomerQuery, "List the account's customers.", unsupported.CUSTOMERS)
create_customer = writes(partial(directory.create, CUSTOMER), shapes.NewCustomer, Customer, "Make a customer.")
get_customer = gets(CUSTOMER, Customer, "Get a customer.")
update_customer = writes(partial(directory.update, CUSTOMER), shapes.NewCustomer, Customer, CHANGE.format("customer"))
list_default_customers = reads(directory.default_customers, list[DefaultCustomer])
set_default_customer = writes(directory.set_default_customer, shapes.NewDefaultCustomer, DefaultCustomer)

get_account = reads(searching.account, shapes.Account)


@operation(query=shapes.UserQuery, answer=Page[shapes.User], unsupported=unsupported.USERS)
def list_users(context: conventions.Context, query: Record) -> object:
    """List the account's users: everybody who has an API token for it."""
    users = searching.users(context.read(), context.caller.account)
    query["sortedBy"] = query["sortedBy"] or "id"
    return conventions.sorted_page([user for user in users if query["email"] in user["email"].casefold()], query)


@operation(answer=shapes.User)
def get_user(context: conventions.Context) -> object:
    """Get the user whose API token it is."""
    return searching.user(context.caller.account, context.caller.key)


list_tags = reads(searching.tags, conventions.WORDS)
list_enumeration = reads(searching.enumeration, conventions.WORDS)
search_everything = reads(searching.search, list[shapes.Match], query=shapes.SearchQuery)
search_tickets = lists(TICKET, Ticket, "Find the account's tickets.", TicketQuery, unsupported=unsupported.TICKETS)
get_ticket = gets(TICKET, Ticket, "Get a ticket.")


@operation(answer=list[Webhook])
def list_webhooks(context: conventions.Context) -> object:
    """List the subscriptions of the application on the account, oldest first."""
    own = notifications.own(context.read(), context.caller.account, context.caller.by.application)
    return [notifications.to_json(endpoint) for endpoint in own]


@operation(answer=Webhook)
def get_webhook(context: conventions.Context, id: int) -> object:
    """Get a subscription."""
    caller = context.caller
    return notifications.to_json(notifications.get_or_404(context.read(), caller.account, caller.by.application, id))


create_webhook = writes(notifications.subscribe, shapes.NewWebhook, Webhook)
update_webhook = writes(notifications.change, shapes.NewWebhook, Webhook)
delete_webhook = writes(notifications.unsubscribe, None, None)
