"""Public events: listed, searched, and one with its ticket types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import flask
import orjson
from flask.views import MethodView

from mockmarket.api import paging, web
from mockmarket.errors import NotFound
from mockmarket.store import Read, records
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.zatabox.callers import needs
from mockmarket.vendors.zatabox.envelope import answer, items
from mockmarket.vendors.zatabox.routes.common import READ, Row, blueprint, refuses
from mockmarket.vendors.zatabox.rules.notices import found
from mockmarket.vendors.zatabox.schemas import events as schemas
from mockmarket.vendors.zatabox.wire import EVENT, TICKET_TYPE

blp = blueprint("events", "published events")


@blp.route("/events")
class Events(MethodView):
    """Published events."""

    @needs("events:read")
    @blp.arguments(schemas.EventQuery(), location="query")
    @blp.response(200, schemas.Events)
    @refuses(blp, *READ)
    def get(self, query: Row) -> flask.Response:
        """List published events by their start; drafts, cancelled and completed ones are not among them."""
        rows, pagination = page(web.world().read(), query, list(filters(query)))
        return answer(items(rows, b'"pagination":' + orjson.dumps(pagination)))


@blp.route("/search")
class Search(MethodView):
    """A search for published events."""

    @needs("events:read")
    @blp.arguments(schemas.SearchQuery(), location="query")
    @blp.response(200, schemas.Search)
    @refuses(blp, *READ)
    def get(self, query: Row) -> flask.Response:
        """Search published events by text, and narrow them by category, city and date; with counts of both."""
        read = web.world().read()
        where = [*filters(query), *dates(query)]
        rows, pagination = page(read, query, where)
        more = {"pagination": pagination, "facets": facets(records.find(read, EVENT, *where))}
        return answer(items(rows, orjson.dumps(more)[1:-1]))


@blp.route("/events/<string:slug>")
class OneEvent(MethodView):
    """One published event."""

    @needs("events:read")
    @blp.response(200, schemas.EventDetail)
    @refuses(blp, *READ)
    def get(self, slug: str) -> flask.Response:
        """Get an event that is or was public, by its slug or id, with its ticket types."""
        read = web.world().read()
        event = next(iter(records.find(read, EVENT, ("slug", "=", slug), limit=1)), None) or records.get(
            read, EVENT, slug
        )
        if event is None or event["status"] == "draft":
            raise NotFound(f"There is no event {slug}.")
        return answer(event | {"ticketTypes": ticket_types(read, event["id"])})


@blp.route("/events/<string:id>/tickets")
class TicketTypes(MethodView):
    """One event's ticket types."""

    @needs("events:read")
    @blp.response(200, schemas.TicketTypes)
    @refuses(blp, *READ)
    def get(self, id: str) -> flask.Response:
        """List an event's ticket types with what is left of each."""
        read = web.world().read()
        if found(read, EVENT, id)["status"] == "draft":
            raise NotFound(f"There is no event {id}.")
        return answer({"items": ticket_types(read, id)})


def ticket_types(read: Read, event_id: str) -> list[Record]:
    """Return an event's ticket types in the order in which they were added."""
    return records.find(read, TICKET_TYPE, ("event", "=", event_id))


def filters(query: Row) -> Iterator[Condition]:
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


def dates(query: Row) -> Iterator[Condition]:
    """Write a search's dates as conditions on an event's start."""
    if query["date_from"] is not None:
        yield ("starts_at", ">=", query["date_from"])
    if query["date_to"] is not None:
        yield ("starts_at", "<=", query["date_to"])


def page(read: Read, query: Row, where: list[Condition]) -> tuple[list[bytes], dict[str, Any]]:
    """Return one page of the events that meet the conditions, and where it stands."""
    if query["cursor"]:
        where = [*where, ("place", ">", paging.read_cursor(query["cursor"]))]
    rows = records.page(read, EVENT, where, [("place", "asc")], query["limit"] + 1, 0)
    shown = rows[: query["limit"]]
    has_more = len(rows) > len(shown)
    last = records.own(read, EVENT, orjson.loads(shown[-1])["id"])["place"] if has_more else None
    return shown, {"cursor": paging.cursor(last) if last else None, "has_more": has_more}


def facets(there: list[Record]) -> dict[str, list[dict[str, Any]]]:
    """Count what was found by category and by city, the most frequent first."""
    return {
        name: [{"value": value, "count": count} for value, count in Counter(one[of] for one in there).most_common(20)]
        for name, of in (("category", "category"), ("city", "venueCity"))
    }
