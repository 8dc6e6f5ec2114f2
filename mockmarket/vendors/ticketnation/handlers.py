"""Ticketnation's calls, in the order of its reference; who is let in, and the words, envelopes and pages that they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import flask

from mockmarket.api import auth
from mockmarket.api.answers import joined, json_answer
from mockmarket.api.callers import by_key
from mockmarket.api.context import RequestContext
from mockmarket.api.operations import Conventions, Operation
from mockmarket.api.paging import Numbered
from mockmarket.clock import iso_ms
from mockmarket.records import Create, Update
from mockmarket.store import records
from mockmarket.store.keys import Key
from mockmarket.store.records import Condition, Kind, Order, Record
from mockmarket.vendor import Settings, granted, shown
from mockmarket.vendors.ticketnation import records as shapes
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.records import Answer, Page, PageQuery, Removed
from mockmarket.vendors.ticketnation.rules import events, orders, organizations, tickets, webhooks
from mockmarket.vendors.ticketnation.wire import BRAND, EVENT, ORDER, PERFORMER, SCHEDULE, TICKET, VENUE
from mockmarket.webhooks.encoding import javascript
from mockmarket.worlds.ratelimit import SECOND, Rate

Context = RequestContext[Key]

REFUSALS = {
    400: "A parameter or the body is wrong, or contradicts the state.",
    401: "No API key, an unknown one, or one that has expired.",
    403: "The key lacks the scope, or may not be used from this address.",
    404: "There is no such thing, or it is another organization's.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    429: "Too many requests, when the setting rate_limit is on.",
}
WEBHOOKS = "webhooks:manage"


def rate(settings: Settings) -> Rate | None:
    """Return how often one key may call (public: limited; no figures), or None."""
    calls = settings["rate_limit"]
    return Rate(calls, round(settings["rate_window_s"] * SECOND)) if calls else None


def scopes_of(key: Key) -> tuple[str, ...]:
    """Return what a key may do, what comes silently included (document: orders:read with event scopes)."""
    return granted(wire.SCOPES, key.scopes)


admit = by_key("api-key", auth.header("api-key"), scopes_of, rate)
operation = Conventions(shapes.Error, REFUSALS, admit, always=(401, 403, 429))
without_body = partial(operation, refuses=(400, 404))
with_body = partial(operation, refuses=(400, 404, 413, 415))
with_changes = partial(with_body, null_is_absent=False)


def organization(context: Context) -> Record:
    """Return the organization of the key that the request was made with."""
    return organizations.of_key(context.read(), context.caller)


def event_of(context: Context, event: str) -> Record:
    """Return the organization's event by id or slug."""
    return organizations.event_of(context.read(), organization(context), event)


def data(record: Mapping[str, object], status: int = 200) -> flask.Response:
    """Answer with one record in its envelope (public)."""
    return json_answer(javascript({"data": record}), status)


def removed(id: str) -> flask.Response:
    """Answer what was deleted (convention)."""
    return data({"id": id, "deleted": True})


def page(
    context: Context, kind: Kind, where: Sequence[Condition], order: Sequence[Order], query: PageQuery
) -> flask.Response:
    """Answer with a page of stored records as they are, and where it stands (public)."""
    read = context.read()
    place = Numbered(records.count(read, kind, where), query["page"], query["take"])
    return enveloped(records.page(read, kind, where, order, place.take, place.offset), place)


def page_of_event(context: Context, kind: Kind, event: str, query: PageQuery) -> flask.Response:
    """Answer with a page of what belongs to an event, in the order it was made."""
    return page(context, kind, [("event", "=", event_of(context, event)["id"])], [], query)


def enveloped(rows: list[bytes], place: Numbered) -> flask.Response:
    """Answer with ready records and `meta` (public)."""
    meta = {"page": place.page, "take": place.take, "total": place.total, "totalPages": place.pages}
    return json_answer(b'{"data":' + joined(rows) + b',"meta":' + javascript(meta) + b"}")


@operation(answer=Answer[shapes.Account])
def get_account(context: Context) -> flask.Response:
    """Get the key and its organization; any valid key may."""
    key = context.caller
    api_key: shapes.ApiKey = {
        "id": wire.uuid_of("key", key.id),
        "name": key.name,
        "scopes": shown(wire.SCOPES, key.scopes),
        "callbackUrl": key.callback_url,
        "createdAt": iso_ms(key.created_at),
        "expiresAt": wire.moment(key.expires_at),
        "lastUsedAt": wire.moment(context.world.key_used.get(key.id, key.last_used_at)),
    }
    return data({"apiKey": api_key, "organization": organization(context)})


@without_body(query=shapes.EventQuery, answer=Page[shapes.Event], scope="events:read")
def list_events(context: Context, query: shapes.EventQuery) -> flask.Response:
    """List events, the earliest first."""
    return page(context, EVENT, events.listed(organization(context), query), [("starts_at", "asc")], query)


@with_body(body=shapes.NewEvent, answer=Answer[shapes.SavedEvent], status=201, scope="events:write")
def create_event(context: Context, body: Record) -> flask.Response:
    """Create an event as a draft, with its ticket types if they come along."""
    return data(events.create(context.world, organization(context), body), 201)


@without_body(answer=Answer[shapes.Event], scope="events:read")
def get_event(context: Context, event: str) -> flask.Response:
    """Get an event by id or slug."""
    return data(event_of(context, event))


@with_changes(body=Update(shapes.Event), answer=Answer[shapes.SavedEvent], scope="events:write")
def update_event(context: Context, body: Record, event: str) -> flask.Response:
    """Update an event; what is not named stays."""
    return data(events.update(context.world, organization(context), event, body))


@without_body(answer=Answer[Removed], scope="events:write")
def delete_event(context: Context, event: str) -> flask.Response:
    """Delete an event: a draft of which nothing is sold."""
    return removed(events.delete(context.world, organization(context), event))


@without_body(answer=Answer[shapes.Event], scope="events:write")
def publish_event(context: Context, event: str) -> flask.Response:
    """Publish an event: on sale, and shared with every vendor."""
    return data(events.publish(context.world, organization(context), event))


@without_body(answer=Answer[shapes.Event], scope="events:write")
def unpublish_event(context: Context, event: str) -> flask.Response:
    """Take an event off sale; it is a draft again."""
    return data(events.withdraw(context.world, organization(context), event, "DRAFT"))


@without_body(answer=Answer[shapes.Event], scope="events:write")
def archive_event(context: Context, event: str) -> flask.Response:
    """Put an event away for good."""
    return data(events.withdraw(context.world, organization(context), event, "ARCHIVED"))


@without_body(query=PageQuery, answer=Page[shapes.Ticket], scope="tickets:read")
def list_tickets(context: Context, query: PageQuery, event: str) -> flask.Response:
    """List an event's ticket types in the order they were made."""
    return page_of_event(context, TICKET, event, query)


@with_body(body=Create(shapes.Ticket), answer=Answer[shapes.Ticket], status=201, scope="tickets:write")
def create_ticket(context: Context, body: Record, event: str) -> flask.Response:
    """Create a ticket type; one that is published, on a published event, is on sale at once."""
    return data(tickets.create(context.world, organization(context), event, body), 201)


@without_body(answer=Answer[shapes.Ticket], scope="tickets:read")
def get_ticket(context: Context, ticket: str) -> flask.Response:
    """Get a ticket type."""
    return data(organizations.part_of(context.read(), organization(context), TICKET, ticket))


@with_changes(body=Update(shapes.Ticket), answer=Answer[shapes.Ticket], scope="tickets:write")
def update_ticket(context: Context, body: Record, ticket: str) -> flask.Response:
    """Update a ticket type; what is not named stays."""
    return data(tickets.update(context.world, organization(context), ticket, body))


@without_body(answer=Answer[Removed], scope="tickets:write")
def delete_ticket(context: Context, ticket: str) -> flask.Response:
    """Delete a ticket type of which nothing is sold."""
    return removed(tickets.delete(context.world, organization(context), ticket))


@without_body(answer=Answer[shapes.Ticket], scope="tickets:write")
def publish_ticket(context: Context, ticket: str) -> flask.Response:
    """Publish a ticket type, also one that was marked as sold out."""
    return data(tickets.publish(context.world, organization(context), ticket))


@without_body(answer=Answer[shapes.Ticket], scope="tickets:write")
def mark_ticket_sold_out(context: Context, ticket: str) -> flask.Response:
    """Mark a ticket type as sold out: what is left of it goes off sale."""
    return data(tickets.mark_sold_out(context.world, organization(context), ticket))


def operations_on(kind: Kind, record: type, names: str) -> tuple[Operation, Operation, Operation, Operation]:
    """Return the four operations on one kind of an event's parts: list, create, update, delete."""
    answer, answers = Answer[record], Page[record]  # type: ignore[valid-type]  # one of three, known at run time

    @without_body(query=PageQuery, answer=answers, scope="events:read")
    def list_parts(context: Context, query: PageQuery, event: str) -> flask.Response:
        return page_of_event(context, kind, event, query)

    @with_body(body=Create(record), answer=answer, status=201, scope="events:write")
    def create_part(context: Context, body: Record, event: str) -> flask.Response:
        return data(events.create_part(context.world, organization(context), event, kind, body), 201)

    @with_changes(body=Update(record), answer=answer, scope="events:write")
    def update_part(context: Context, body: Record, event: str, id: str) -> flask.Response:
        return data(events.update_part(context.world, organization(context), event, kind, id, body))

    @without_body(answer=Answer[Removed], scope="events:write")
    def delete_part(context: Context, event: str, id: str) -> flask.Response:
        return removed(events.delete_part(context.world, organization(context), event, kind, id))

    list_parts.function.__doc__ = f"List an event's {names} in the order they were made."
    create_part.function.__doc__ = f"Create one of an event's {names}."
    update_part.function.__doc__ = f"Update one of an event's {names}; what is not named stays."
    delete_part.function.__doc__ = f"Delete one of an event's {names}."
    return list_parts, create_part, update_part, delete_part


list_performers, create_performer, update_performer, delete_performer = operations_on(
    PERFORMER, shapes.Performer, "performers"
)
list_schedules, create_schedule, update_schedule, delete_schedule = operations_on(
    SCHEDULE, shapes.Schedule, "schedules"
)
list_brands, create_brand, update_brand, delete_brand = operations_on(BRAND, shapes.Brand, "brands")


@without_body(query=shapes.VenueQuery, answer=Page[shapes.Venue], scope="events:read")
def list_venues(context: Context, query: shapes.VenueQuery) -> flask.Response:
    """Search venues by name or city; they are every organization's."""
    where: list[Condition] = [("name_key", "contains", query["q"].casefold())] if query["q"] else []
    return page(context, VENUE, where, [("name_key", "asc")], query)


@without_body(query=shapes.OrderQuery, answer=Page[shapes.Order], scope="orders:read")
def list_orders(context: Context, query: shapes.OrderQuery) -> flask.Response:
    """List orders, the newest first."""
    where = orders.listed(context.read(), organization(context), query)
    return page(context, ORDER, where, [("placed_at", "desc")], query)


@without_body(answer=Answer[shapes.Order], scope="orders:read")
def get_order(context: Context, order: str) -> flask.Response:
    """Get an order."""
    return data(orders.order_of(context.read(), organization(context), order))


@without_body(query=PageQuery, answer=Page[shapes.Webhook], scope=WEBHOOKS)
def list_webhooks(context: Context, query: PageQuery) -> flask.Response:
    """List webhooks with their health, callback URLs of keys and events among them."""
    read = context.read()
    endpoints = webhooks.of_organization(read, organization(context))
    place = Numbered(len(endpoints), query["page"], query["take"])
    listed = endpoints[place.offset : place.offset + place.take]
    return enveloped([javascript(webhooks.to_json(read, endpoint)) for endpoint in listed], place)


@with_body(body=shapes.NewWebhook, answer=Answer[shapes.WebhookWithSecret], status=201, scope=WEBHOOKS)
def create_webhook(context: Context, body: shapes.NewWebhook) -> flask.Response:
    """Create a webhook; its secret is in this answer only."""
    return data(webhooks.create(context.world, organization(context), body), 201)


@without_body(answer=Answer[shapes.Webhook], scope=WEBHOOKS)
def get_webhook(context: Context, webhook: str) -> flask.Response:
    """Get a webhook with its health."""
    read = context.read()
    return data(webhooks.to_json(read, webhooks.webhook_of(read, organization(context), webhook)))


@with_changes(body=shapes.WebhookChange, answer=Answer[shapes.Webhook], scope=WEBHOOKS)
def update_webhook(context: Context, body: shapes.WebhookChange, webhook: str) -> flask.Response:
    """Update a webhook; isActive true enables one again that was disabled."""
    return data(webhooks.update(context.world, organization(context), webhook, body))


@without_body(answer=Answer[Removed], scope=WEBHOOKS)
def delete_webhook(context: Context, webhook: str) -> flask.Response:
    """Delete a webhook."""
    return removed(webhooks.delete(context.world, organization(context), webhook))


@without_body(answer=Answer[shapes.Delivery], scope=WEBHOOKS)
def send_test_webhook(context: Context, webhook: str) -> flask.Response:
    """Send a test to a webhook now and answer what came of it; a success enables one again that was disabled."""
    return data(webhooks.try_out(context.world, organization(context), webhook))


@without_body(query=shapes.DeliveryQuery, answer=Page[shapes.Delivery], scope=WEBHOOKS)
def list_webhook_deliveries(context: Context, query: shapes.DeliveryQuery, webhook: str) -> flask.Response:
    """List a webhook's deliveries, the newest first, with every attempt."""
    read = context.read()
    endpoint = webhooks.webhook_of(read, organization(context), webhook)
    offset = (query["page"] - 1) * query["take"]
    rows, total = webhooks.deliveries(read, endpoint, query["status"], query["take"], offset)
    return enveloped([javascript(row) for row in rows], Numbered(total, query["page"], query["take"]))
