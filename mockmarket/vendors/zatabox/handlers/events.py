"""Events: the public ones, their seat maps and holds, which need no key; and as their organizer has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import flask

from mockmarket.errors import NotFound
from mockmarket.records import Create, Update
from mockmarket.store import Read, records
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.zatabox.handlers.conventions import READ, WRITE, Context, answer, operation, page, read_page
from mockmarket.vendors.zatabox.records.common import Answer, Items, Page, Pagination
from mockmarket.vendors.zatabox.records.events import (
    Event,
    EventDetail,
    EventQuery,
    HeldSeats,
    HoldRequest,
    ReleasedSeats,
    ReleaseRequest,
    Search,
    SearchQuery,
    SeatMap,
    TakenSeats,
    TicketType,
)
from mockmarket.vendors.zatabox.rules import events, inventory, seating
from mockmarket.vendors.zatabox.rules.notices import get_or_404
from mockmarket.vendors.zatabox.wire import EVENT, TICKET_TYPE


@operation(query=EventQuery, answer=Answer[Page[Event]], scope="events:read", refuses=READ)
def list_events(context: Context, query: EventQuery) -> flask.Response:
    """List published events by their start; drafts, cancelled and completed ones are not among them."""
    rows, cursor = read_page(context.read(), EVENT, list(filters(query)), "place", query)
    return page(context, rows, {"pagination": pagination(cursor)})


@operation(query=SearchQuery, answer=Answer[Search], scope="events:read", refuses=READ)
def search_events(context: Context, query: SearchQuery) -> flask.Response:
    """Search published events by text, and narrow them by category, city and date; with counts of both."""
    read, where = context.read(), [*filters(query), *dates(query)]
    rows, cursor = read_page(read, EVENT, where, "place", query)
    place = {"pagination": pagination(cursor), "facets": facets(records.find(read, EVENT, *where))}
    return page(context, rows, place)


def pagination(cursor: str | None) -> Pagination:
    """Write where a page stands."""
    return {"cursor": cursor, "has_more": cursor is not None}


@operation(answer=Answer[EventDetail], scope="events:read", refuses=READ)
def get_event(context: Context, slug: str) -> flask.Response:
    """Get an event that is or was public, by its slug or id, with its ticket types."""
    read = context.read()
    event = next(iter(records.find(read, EVENT, ("slug", "=", slug), limit=1)), None) or records.get(read, EVENT, slug)
    if event is None or event["status"] == "draft":
        raise NotFound(f"There is no event {slug}.")
    return answer(context, event | {"ticketTypes": ticket_types(read, event["id"])})


@operation(answer=Answer[Items[TicketType]], scope="events:read", refuses=READ)
def list_ticket_types(context: Context, id: str) -> flask.Response:
    """List an event's ticket types with what is left of each."""
    read = context.read()
    if get_or_404(read, EVENT, id)["status"] == "draft":
        raise NotFound(f"There is no event {id}.")
    return answer(context, {"items": ticket_types(read, id)})


def ticket_types(read: Read, event_id: str) -> list[Record]:
    """Return an event's ticket types in the order in which they were added."""
    return records.find(read, TICKET_TYPE, ("event", "=", event_id))


def filters(query: EventQuery) -> Iterator[Condition]:
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


def dates(query: SearchQuery) -> Iterator[Condition]:
    """Write a search's dates as conditions on an event's start."""
    if query["date_from"] is not None:
        yield ("starts_at", ">=", query["date_from"])
    if query["date_to"] is not None:
        yield ("starts_at", "<=", query["date_to"])


def facets(events: list[Record]) -> dict[str, list[dict[str, Any]]]:
    """Count events by category and by city, the most frequent first."""
    return {
        name: [
            {"value": value, "count": count} for value, count in Counter(event[key] for event in events).most_common(20)
        ]
        for name, key in (("category", "category"), ("city", "venueCity"))
    }


@operation(answer=Answer[SeatMap], refuses=(404,), public=True)
def get_seat_map(context: Context, eventId: str) -> flask.Response:
    """Get an event's sections, with ticket type and price, and their seats with coordinates; needs no key."""
    return answer(context, seating.seat_map(context.read(), eventId))


@operation(answer=Answer[TakenSeats], refuses=(404,), public=True)
def list_taken_seats(context: Context, eventId: str) -> flask.Response:
    """Get the seats that are sold, blocked or held; one that is not named is free. Needs no key."""
    return answer(context, seating.snapshot(context.read(), eventId))


@operation(body=HoldRequest, answer=Answer[HeldSeats], refuses=(400, 404, 413), public=True)
def hold_seats(context: Context, body: HoldRequest, eventId: str) -> flask.Response:
    """Hold seats for a holder token, in place of those it held before; without a token one is made. Needs no key."""
    return answer(context, seating.hold(context.world, eventId, body))


@operation(body=ReleaseRequest, answer=Answer[ReleasedSeats], refuses=(400, 404, 413), public=True)
def release_seats(context: Context, body: ReleaseRequest, eventId: str) -> flask.Response:
    """Release a holder's seats: those named, or all. Needs no key."""
    return answer(context, seating.release(context.world, eventId, body))


@operation(body=Create(Event), answer=Answer[Event], status=201, scope="events:write", refuses=WRITE)
def create_event(context: Context, body: Record) -> flask.Response:
    """Create a draft event."""
    return answer(context, events.create(context.world, body), 201)


@operation(body=Update(Event), answer=Answer[Event], scope="events:write", refuses=WRITE)
def update_event(context: Context, body: Record, id: str) -> flask.Response:
    """Update an event; what is not named stays."""
    return answer(context, events.update(context.world, id, body))


@operation(answer=Answer[Event], scope="events:write", refuses=WRITE)
def cancel_event(context: Context, id: str) -> flask.Response:
    """Cancel an event, and every order of it that is still to be paid."""
    return answer(context, events.cancel(context.world, id))


@operation(answer=Answer[Event], scope="events:write", refuses=WRITE)
def publish_event(context: Context, id: str) -> flask.Response:
    """Publish a draft: it and its ticket types go on sale."""
    return answer(context, events.publish(context.world, id))


@operation(answer=Answer[Event], scope="events:write", refuses=WRITE)
def unpublish_event(context: Context, id: str) -> flask.Response:
    """Take a published event back to draft."""
    return answer(context, events.unpublish(context.world, id))


@operation(body=Create(TicketType), answer=Answer[TicketType], status=201, scope="tickets:write", refuses=WRITE)
def create_ticket_type(context: Context, body: Record, id: str) -> flask.Response:
    """Add a ticket type to an event."""
    return answer(context, inventory.create(context.world, id, body), 201)
