"""Events and their ticket types: the public ones, and as their organizer has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mockmarket.clock import iso_s, later, parse_iso
from mockmarket.errors import Conflict, Invalid, NotFound
from mockmarket.records import Create, Update
from mockmarket.store import Read, records, timers
from mockmarket.store import events as shows
from mockmarket.store.records import Condition, Record
from mockmarket.store.timers import Timer
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.handlers.conventions import Context, page, read_page, reads, writes
from mockmarket.vendors.zatabox.records import events as shapes
from mockmarket.vendors.zatabox.records.common import NAME, UNLIMITED, Answer, Items, Page, Pagination
from mockmarket.vendors.zatabox.records.events import LENGTH_MS, Event, TicketType
from mockmarket.vendors.zatabox.rules import events, inventory
from mockmarket.vendors.zatabox.rules.notices import change_status, check_status, get_or_404, invalid, notify
from mockmarket.vendors.zatabox.wire import EVENT, TICKET_TYPE


@reads(query=shapes.EventQuery, answer=Answer[Page[Event]], scope="events:read")
def list_events(context: Context, query: shapes.EventQuery) -> bytes:
    """List published events by their start; drafts, cancelled and completed ones are not among them."""
    rows, cursor = read_page(context.read(), EVENT, list(filters(query)), "place", query)
    return page(rows, {"pagination": pagination(cursor)})


@reads(query=shapes.SearchQuery, answer=Answer[shapes.Search], scope="events:read")
def search_events(context: Context, query: shapes.SearchQuery) -> bytes:
    """Search published events by text, and narrow them by category, city and date; with counts of both."""
    read, where = context.read(), list(filters(query))
    where += [("starts_at", ">=", query["date_from"])] if query["date_from"] is not None else []
    where += [("starts_at", "<=", query["date_to"])] if query["date_to"] is not None else []
    rows, cursor = read_page(read, EVENT, where, "place", query)
    return page(rows, {"pagination": pagination(cursor), "facets": facets(records.find(read, EVENT, *where))})


def pagination(cursor: str | None) -> Pagination:
    """Write where a page stands."""
    return {"cursor": cursor, "has_more": cursor is not None}


def filters(query: shapes.EventQuery) -> Iterator[Condition]:
    """Write a list's filters as conditions. Everything here is of productType event, and nothing is a course."""
    yield ("status", "=", "published")
    if query["course"] or query["productType"] not in (None, "event"):
        yield ("status", "=", "none is of this kind")
    if query["q"]:
        yield ("text_key", "contains", query["q"].casefold())
    if query["category"]:
        yield ("category", "=", query["category"])
    if query["city"]:
        yield ("city_key", "contains", query["city"].casefold())


def facets(events: list[Record]) -> dict[str, list[shapes.Facet]]:
    """Count events by category and by city, the most frequent first."""
    counts = {
        name: Counter(event[key] for event in events) for name, key in (("category", "category"), ("city", "venueCity"))
    }
    return {
        name: [{"value": value, "count": number} for value, number in counter.most_common(20)]
        for name, counter in counts.items()
    }


@reads(answer=Answer[shapes.EventDetail], scope="events:read")
def get_event(context: Context, slug: str) -> Record:
    """Get an event that is or was public, by its slug or id, with its ticket types."""
    read = context.read()
    event = records.first(read, EVENT, ("slug", "=", slug)) or get_or_404(read, EVENT, slug)
    return event | {"ticketTypes": ticket_types(read, event, slug)}


@reads(answer=Answer[Items[TicketType]], scope="events:read")
def list_ticket_types(context: Context, id: str) -> Items[Record]:
    """List an event's ticket types with what is left of each."""
    read = context.read()
    return {"items": ticket_types(read, get_or_404(read, EVENT, id), id)}


def ticket_types(read: Read, event: Record, name: str) -> list[Record]:
    """Return the ticket types of an event in the order in which they were added; NotFound, by the name sent, for a draft."""
    if event["status"] == "draft":
        raise NotFound(f"There is no event {name}.")
    return records.find(read, TICKET_TYPE, ("event", "=", event["id"]))


@writes(body=Create(Event), answer=Answer[Event], status=201, scope="events:write")
def create_event(context: Context, body: Record) -> Record:
    """Create a draft event."""
    starts_at = body["startDate"]
    ends_at = body.get("endDate", later(starts_at, LENGTH_MS))
    if "endDate" in body and ends_at <= starts_at:
        raise Invalid("endDate: Must be after startDate.", details=[("endDate", "Must be after startDate.")])
    with context.world.atomic() as tx:
        id = wire.new_id(tx, "evt")
        own = {"slug": events.free_slug(tx, body["title"], id), "status": "draft", **events.dates(starts_at, ends_at)}
        event = events.new(tx, id, body | own)
        events.store(tx, event)
        notify(tx, "event.created", event)
        return event


@writes(body=Update(Event), answer=Answer[Event], scope="events:write")
def update_event(context: Context, body: Record, id: str) -> Record:
    """Update an event; what is not named stays."""  # new dates of a live one are the world's, for every vendor
    with context.world.atomic() as tx:
        event = get_or_404(tx, EVENT, id)
        check_status("Event", event, "draft", "published")
        changes = {name: iso_s(value) if name in ("startDate", "endDate") else value for name, value in body.items()}
        event |= changes | {"updatedAt": iso_s(tx.now)}
        if event["endDate"] <= event["startDate"]:
            raise invalid("endDate", "must be after startDate")
        events.store(tx, event)
        events.reschedule(tx, event)
        notify(tx, "event.updated", event)
        return event


@writes(answer=Answer[Event], scope="events:write")
def cancel_event(context: Context, id: str) -> Record:
    """Cancel an event, and every order of it that is still to be paid."""
    with context.world.atomic() as tx:
        event = events.call_off(tx, get_or_404(tx, EVENT, id))
        show = shows.get(tx, wire.core_id(id))
        if show is not None and show.status == "scheduled":
            shows.cancel(tx, show)
        return event


@writes(answer=Answer[Event], scope="events:write")
def publish_event(context: Context, id: str) -> Record:
    """Publish a draft: it and its ticket types go on sale."""
    with context.world.atomic() as tx:
        event = get_or_404(tx, EVENT, id)
        event = change_status(tx, EVENT, events.FLOW, event, "published", publishedAt=iso_s(tx.now))
        if parse_iso(event["endDate"]) <= tx.now:
            raise Conflict(f"Event {id} ended at {event['endDate']}.")
        if shows.get(tx, wire.core_id(id)) is None:
            events.put_on_sale(tx, event)
        timers.set(tx, Timer(NAME, events.ENDS, id, parse_iso(event["endDate"])))
        notify(tx, "event.published", event)
        return event


@writes(answer=Answer[Event], scope="events:write")
def unpublish_event(context: Context, id: str) -> Record:
    """Take a published event back to draft."""
    with context.world.atomic() as tx:
        event = change_status(tx, EVENT, events.FLOW, get_or_404(tx, EVENT, id), "draft", publishedAt=None)
        timers.stop(tx, NAME, events.ENDS, id)
        notify(tx, "event.updated", event)
        return event


@writes(body=Create(TicketType), answer=Answer[TicketType], status=201, scope="tickets:write")
def create_ticket_type(context: Context, body: Record, id: str) -> Record:
    """Add a ticket type to an event."""  # its seats go on sale with the event
    with context.world.atomic() as tx:
        check_status("Event", get_or_404(tx, EVENT, id), "draft", "published")
        if inventory.of_section(tx, wire.core_id(id), body["name"]):
            raise Conflict(f"Event {id} has a ticket type {body['name']!r} already.")
        cents, unlimited = round(body["price"] * 100), body["quantityTotal"] == -1
        counted = inventory.quantities(UNLIMITED if unlimited else body["quantityTotal"], 0, 0, unlimited)
        sale = {
            "price": wire.money(cents),
            "saleStart": wire.iso(body["saleStart"]),
            "saleEnd": wire.iso(body["saleEnd"]),
        }
        ticket_type = wire.new(tx, TicketType, wire.new_id(tx, "tkt"), body | counted | sale, eventId=id)
        records.put(tx, TICKET_TYPE, ticket_type, section=body["name"], cents=cents, sold_out=0)
        if shows.get(tx, wire.core_id(id)):
            inventory.put_on_sale(tx, ticket_type)
        ticket_type = get_or_404(tx, TICKET_TYPE, ticket_type["id"])
        notify(tx, "ticket_type.created", ticket_type)
        return ticket_type
