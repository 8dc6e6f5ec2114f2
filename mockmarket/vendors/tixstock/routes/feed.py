"""What a partner sells from: events, their listings, categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import flask
from flask.views import MethodView

from mockmarket.api.paging import Numbered
from mockmarket.store import Read, records
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.tixstock.routes.base import (
    blp,
    done,
    needs,
    paged,
    part_of,
    place_of,
    reading,
    refuses,
    seller,
    unpacked,
)
from mockmarket.vendors.tixstock.rules import catalogue, selling
from mockmarket.vendors.tixstock.schemas import answers, queries
from mockmarket.vendors.tixstock.wire import formats, resources
from mockmarket.vendors.tixstock.wire.kinds import BROKER, CATEGORY, EVENT, LISTING

ORDER_KEYS = {"event_id": "id", "event_date": "starts_at"}
LISTS = {
    "ticket_types": "type", "category_names": "category", "section_names": "section",
}  # fmt: skip


def for_sale(read: Read) -> list[Condition]:
    """Return the conditions of listings that a partner can sell: left, of events to come that stand, of brokers that are open."""
    cancelled = [one["id"] for one in records.find(read, EVENT, ("active", "=", 0), ("starts_at", ">", read.now))]
    return [
        ("available", ">", 0),
        ("starts_at", ">", read.now),
        *(("event", "!=", id) for id in cancelled),
        *selling.listed(read, seller()),
    ]


@blp.route("/feed")
class Feed(MethodView):
    """Events with or without their listings."""

    @needs("partner")
    @blp.arguments(queries.FeedQuery(), location="query")
    @blp.response(200, answers.FeedPage)
    @refuses(400)
    def get(self, query: dict[str, Any]) -> flask.Response:
        """Get the coming events of the feed, with what is for sale of them if asked."""
        read = reading()
        where: list[Condition] = [("active", "=", 1), ("starts_at", ">", read.now)]
        where += [("id", "=", query["event_id"])] if query["event_id"] is not None else []
        if query["category_name"]:
            where.append(("category_key", "contains", f"|{query['category_name'].casefold()}|"))
        place = place_of(records.count(read, EVENT, where), query)
        order = [(ORDER_KEYS[query["order_by"]], query["sort_order"])]
        rows = records.page(read, EVENT, where, order, place.take, place.offset)
        return paged(fed(read, [unpacked(row) for row in rows], query["include_listings"]), "feed.get", place)


def fed(read: Read, events: Sequence[Record], with_listings: bool) -> list[Record]:
    """Return events as the feed shows them."""
    upcoming, sellers = catalogue.upcoming(read), brokers(read)
    shown = []
    for event in events:
        view = resources.fed_event(event, catalogue.category_tree(read, event["category"], upcoming))
        if with_listings:
            there = records.find(read, LISTING, ("event", "=", event["id"]), *for_sale(read))
            view["listings"] = [resources.for_partner(one, seller_of(one, sellers), event, None) for one in there]
        shown.append(view)
    return shown


def brokers(read: Read) -> dict[str, Record]:
    """Return every broker by its id."""
    return {one["id"]: one for one in records.find(read, BROKER)}


def seller_of(listing: Mapping[str, Any], sellers: Mapping[str, Record]) -> Mapping[str, Any]:
    """Return who sells a listing."""
    return sellers.get(listing["broker_id"]) or {"id": listing["broker_id"], "name": ""}


@blp.route("/tickets/feed")
class TicketFeed(MethodView):
    """Listings for sale."""

    @needs("partner")
    @blp.arguments(queries.TicketFeedQuery(), location="query")
    @blp.response(200, answers.TicketFeed)
    @refuses(400)
    def get(self, query: dict[str, Any]) -> flask.Response:
        """Get listings for sale, cheapest first; given a list of event ids, only their prices and numbers."""
        read = reading()
        if query["event_ids"]:
            prices = {
                id: priced(rows_of(read, query | {"event_id": id, "event_ids": None})) for id in query["event_ids"]
            }
            return done([], "tickets.feed", events_meta=prices)
        rows = rows_of(read, query)
        if query["page"] is None and query["per_page"] is None:
            return done(views(read, rows, query), "tickets.feed", **priced(rows))
        place = Numbered(len(rows), query["page"] or 1, query["per_page"] or 10)
        return paged(views(read, part_of(rows, place), query), "tickets.feed", place, priced(rows))


def rows_of(read: Read, query: Mapping[str, Any]) -> list[Record]:
    """Return the listings for sale that fit a query."""
    where = [*for_sale(read), *ticket_filters(query)]
    return records.find(read, LISTING, *where, order=[("pence", query["sort_order"])])


def ticket_filters(query: Mapping[str, Any]) -> list[Condition]:
    """Write a query of the ticket feed as conditions; prices are in pounds (public)."""
    asked: list[tuple[str, Condition]] = [
        ("listing_id", ("id", "=", query["listing_id"])),
        ("event_id", ("event", "=", query["event_id"])),
        ("ticket_type", ("type", "=", query["ticket_type"])),
        ("category_name", ("category", "=", query["category_name"])),
        ("section_name", ("section", "=", query["section_name"])),
        ("min_quantity", ("available", ">=", query["min_quantity"])),
        ("proceed_price_min", ("pence", ">=", (query["proceed_price_min"] or 0) * 100)),
        ("proceed_price_max", ("pence", "<=", (query["proceed_price_max"] or 0) * 100)),
        ("seller_id", ("broker", "=", query["seller_id"])),
    ]
    given = [condition for name, condition in asked if query[name] is not None]
    given += [(column, "in", query[name]) for name, column in LISTS.items() if query[name]]
    return given + ([("instant", "=", "true")] if query["instant_download"] else [])


def views(read: Read, rows: Sequence[Record], query: Mapping[str, Any]) -> list[Record]:
    """Return listings as the ticket feed shows them."""
    sellers, events = brokers(read), {one["id"]: one for one in records.find(read, EVENT)}
    of_event = {row["id"]: events[records.own(read, LISTING, row["id"])["event"]] for row in rows}
    light = resources.LIGHT if query["lighter_response"] else ()
    shown = [
        resources.for_partner(row, seller_of(row, sellers), of_event[row["id"]], query["target_currency"])
        for row in rows
    ]
    return [{name: value for name, value in one.items() if name not in light} for one in shown]


def priced(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the lowest and highest proceed price of listings, and how many tickets they have."""
    cents = [formats.minor(one["proceed_price"]["amount"]) for one in rows]
    return {
        "min_price": formats.amount(min(cents)) if cents else None,
        "max_price": formats.amount(max(cents)) if cents else None,
        "total_tickets": sum(one["number_of_tickets_for_sale"]["quantity_available"] for one in rows),
    }


@blp.route("/categories/feed")
class Categories(MethodView):
    """Categories of events."""

    @needs("partner")
    @blp.arguments(queries.CategoryQuery(), location="query")
    @blp.response(200, answers.CategoryPage)
    @refuses(400)
    def get(self, query: dict[str, Any]) -> flask.Response:
        """Get categories, each with those under it."""
        read = reading()
        upcoming, there = (
            catalogue.upcoming(read),
            records.find(read, CATEGORY, order=[("name_key", query["sort_order"])]),
        )
        sold = sold_categories(read) if query["has_listing"] else None
        top = [one for one in there if fits(one, query, sold)]
        place = place_of(len(top), query)
        return paged([node(one, there, upcoming) for one in part_of(top, place)], "categories.feed", place)


def fits(category: Record, query: Mapping[str, Any], sold: set[str] | None) -> bool:
    """Tell whether a query is for this category: by its name, its parent's, else for those at the top."""
    if sold is not None and category["name"].casefold() not in sold:
        return False
    if query["name"] is not None and query["name"].casefold() != category["name"].casefold():
        return False
    if query["parent"] is not None:
        return bool(query["parent"].casefold() == category["parent"].casefold())
    return query["name"] is not None or not category["parent"]


def sold_categories(read: Read) -> set[str]:
    """Return the names, in lower case, of categories of which something is for sale, with their parents'."""
    events = {records.own(read, LISTING, one["id"])["event"] for one in records.find(read, LISTING, *for_sale(read))}
    keys = [records.own(read, EVENT, id)["category_key"] for id in events]
    return {name for key in keys for name in key.split("|") if name}


def node(category: Record, there: Sequence[Record], upcoming: Mapping[str, int]) -> dict[str, Any]:
    """Return a category with its parent and those under it."""
    above = next((one for one in there if one["name"] == category["parent"]), None)
    return {
        "id": category["id"],
        "name": category["name"],
        "upcoming_events": upcoming.get(category["name"].casefold(), 0),
        "parent": {"id": above["id"], "name": above["name"]} if above else [],
        "children": [node(one, there, upcoming) for one in there if one["parent"] == category["name"]],
    }
