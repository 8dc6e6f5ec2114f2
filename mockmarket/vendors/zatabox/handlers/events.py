"""Public events: listed, searched, and one with its ticket types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import flask
import orjson

from mockmarket.api import paging
from mockmarket.errors import NotFound
from mockmarket.store import Read, records
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.zatabox.handlers.conventions import READ, Context, answer, operation, page
from mockmarket.vendors.zatabox.records.common import Answer, Items, Page
from mockmarket.vendors.zatabox.records.events import (
    Event,
    EventDetail,
    EventQuery,
    Search,
    SearchQuery,
    TicketType,
)
from mockmarket.vendors.zatabox.rules.notices import get_or_404
from mockmarket.vendors.zatabox.wire import EVENT, TICKET_TYPE


@operation(query=EventQuery, answer=Answer[Page[Event]], scope="events:read", refuses=READ)
def list_events(context: Context, query: EventQuery) -> flask.Response:
    """List published events by their start; drafts, cancelled and completed ones are not among them."""
    rows, pagination = read_page(context.read(), query, list(filters(query)))
    return page(context, rows, {"pagination": pagination})


@operation(query=SearchQuery, answer=Answer[Search], scope="events:read", refuses=READ)
def search_events(context: Context, query: SearchQuery) -> flask.Response:
    """Search published events by text, and narrow them by category, city and date; with counts of both."""
    read, where = context.read(), [*filters(query), *dates(query)]
    rows, pagination = read_page(read, query, where)
    return page(context, rows, {"pagination": pagination, "facets": facets(records.find(read, EVENT, *where))})


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


def read_page(read: Read, query: EventQuery, where: list[Condition]) -> tuple[list[bytes], dict[str, Any]]:
    """Return one page of the events that meet the conditions, and where it stands."""
    if query["cursor"]:
        where = [*where, ("place", ">", paging.read_cursor(query["cursor"]))]
    rows = records.page(read, EVENT, where, [("place", "asc")], query["limit"] + 1, 0)
    shown = rows[: query["limit"]]
    has_more = len(rows) > len(shown)
    last = records.own(read, EVENT, orjson.loads(shown[-1])["id"])["place"] if has_more else None
    return shown, {"cursor": paging.cursor(last) if last else None, "has_more": has_more}


def facets(events: list[Record]) -> dict[str, list[dict[str, Any]]]:
    """Count events by category and by city, the most frequent first."""
    return {
        name: [
            {"value": value, "count": count} for value, count in Counter(event[key] for event in events).most_common(20)
        ]
        for name, key in (("category", "category"), ("city", "venueCity"))
    }
