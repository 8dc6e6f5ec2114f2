"""What a partner sells from: events, their listings, categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import flask

from mockmarket.api.paging import Numbered
from mockmarket.store import Read, records
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.tixstock.handlers.conventions import (
    PARTNER,
    READ,
    Context,
    StoredList,
    conditions,
    done,
    operation,
    page_of_records,
    page_of_rows,
    paged,
    part_of,
)
from mockmarket.vendors.tixstock.records.answers import ListingFeed, Page
from mockmarket.vendors.tixstock.records.catalogue import CategoryNode, CategoryQuery
from mockmarket.vendors.tixstock.records.listings import FedEvent, FeedQuery, ListingFeedQuery
from mockmarket.vendors.tixstock.rules import catalogue, resellers
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.wire import formats, resources
from mockmarket.vendors.tixstock.wire.kinds import BROKER, CATEGORY, EVENT, LISTING

FEED = StoredList(EVENT, {"event_id": "id", "event_date": "starts_at"}, "feed.get")


@operation(query=FeedQuery, answer=Page[FedEvent], scope=PARTNER, refuses=READ)
def list_feed(context: Context, query: FeedQuery) -> flask.Response:
    """Get the coming events of the feed, with what is for sale of them if asked."""
    read = context.read()
    where: list[Condition] = [("active", "=", 1), ("starts_at", ">", read.now)]
    where += conditions(FeedQuery, query)
    if query["category_name"]:
        where.append(("category_key", "contains", f"|{query['category_name'].casefold()}|"))
    upcoming, sellers = catalogue.upcoming(read), brokers(read)

    def view(event: Record) -> FedEvent:
        fed = resources.fed_event(event, catalogue.category_tree(read, event["category"], upcoming))
        if query["include_listings"]:
            listings = records.find(read, LISTING, ("event", "=", event["id"]), *for_sale(read, context.caller))
            fed["listings"] = [resources.for_partner(row, seller_of(row, sellers), event, None) for row in listings]
        return fed

    return page_of_records(context, FEED, where, query, view)


@operation(query=ListingFeedQuery, answer=ListingFeed, scope=PARTNER, refuses=READ)
def list_ticket_feed(context: Context, query: ListingFeedQuery) -> flask.Response:
    """Get listings for sale, cheapest first; given a list of event ids, only their prices and numbers."""
    read = context.read()
    if query["event_ids"]:
        by_event: dict[str, ListingFeedQuery] = {id: {**query, "event_id": id} for id in query["event_ids"]}
        prices = {id: priced(rows_of(context, of_event)) for id, of_event in by_event.items()}
        return done(context, [], "tickets.feed", events_meta=prices)
    rows = rows_of(context, query)
    if query["page"] is None and query["per_page"] is None:
        return done(context, views(read, rows, query), "tickets.feed", **priced(rows))
    place = Numbered(len(rows), query["page"] or 1, query["per_page"] or 10)
    return paged(context, views(read, part_of(rows, place), query), "tickets.feed", place, priced(rows))


@operation(query=CategoryQuery, answer=Page[CategoryNode], scope=PARTNER, refuses=READ)
def list_categories(context: Context, query: CategoryQuery) -> flask.Response:
    """Get categories, each with those under it."""
    read = context.read()
    upcoming = catalogue.upcoming(read)
    categories = records.find(read, CATEGORY, order=[("name_key", query["sort_order"])])
    sold = sold_categories(read, context.caller) if query["has_listing"] else None
    top = [category for category in categories if fits(category, query, sold)]
    return page_of_rows(
        context, top, query, "categories.feed", lambda category: node(category, categories, upcoming)
    )  # fmt: skip


def for_sale(read: Read, partner: Reseller) -> list[Condition]:
    """Return the conditions of listings that a partner can sell: left, of events to come that stand, of brokers that are open."""
    cancelled = records.find(read, EVENT, ("active", "=", 0), ("starts_at", ">", read.now))
    return [
        ("available", ">", 0),
        ("starts_at", ">", read.now),
        *(("event", "!=", event["id"]) for event in cancelled),
        *resellers.sold_by(read, partner),
    ]


def brokers(read: Read) -> dict[str, Record]:
    """Return every broker by its id."""
    return {broker["id"]: broker for broker in records.find(read, BROKER)}


def seller_of(listing: Record, sellers: Mapping[str, Record]) -> Record:
    """Return who sells a listing."""
    return sellers.get(listing["broker_id"]) or {"id": listing["broker_id"], "name": ""}


def rows_of(context: Context, query: ListingFeedQuery) -> list[Record]:
    """Return the listings for sale that fit a query."""
    read = context.read()
    where = [*for_sale(read, context.caller), *ticket_filters(query)]
    return records.find(read, LISTING, *where, order=[("pence", query["sort_order"])])


def ticket_filters(query: ListingFeedQuery) -> list[Condition]:
    """Write a query of the ticket feed as conditions; prices are in pounds (public)."""
    where = conditions(ListingFeedQuery, query)
    if query["proceed_price_min"] is not None:
        where.append(("pence", ">=", query["proceed_price_min"] * 100))
    if query["proceed_price_max"] is not None:
        where.append(("pence", "<=", query["proceed_price_max"] * 100))
    return [*where, ("instant", "=", "true")] if query["instant_download"] else where


def views(read: Read, rows: Sequence[Record], query: ListingFeedQuery) -> list[dict[str, object]]:
    """Return listings as the ticket feed shows them."""
    sellers, events = brokers(read), {event["id"]: event for event in records.find(read, EVENT)}
    of_event = {row["id"]: events[records.own(read, LISTING, row["id"])["event"]] for row in rows}
    light = resources.LIGHT if query["lighter_response"] else ()
    listings = [
        resources.for_partner(row, seller_of(row, sellers), of_event[row["id"]], query["target_currency"])
        for row in rows
    ]
    return [{name: value for name, value in listing.items() if name not in light} for listing in listings]


def priced(rows: Sequence[Record]) -> dict[str, Any]:
    """Return the lowest and highest proceed price of listings, and how many tickets they have."""
    cents = [formats.minor(row["proceed_price"]["amount"]) for row in rows]
    return {
        "min_price": formats.amount(min(cents)) if cents else None,
        "max_price": formats.amount(max(cents)) if cents else None,
        "total_tickets": sum(row["number_of_tickets_for_sale"]["quantity_available"] for row in rows),
    }


def fits(category: Record, query: CategoryQuery, sold: set[str] | None) -> bool:
    """Tell whether a query is for this category: by its name, its parent's, else for those at the top."""
    if sold is not None and category["name"].casefold() not in sold:
        return False
    if query["name"] is not None and query["name"].casefold() != category["name"].casefold():
        return False
    if query["parent"] is not None:
        return bool(query["parent"].casefold() == category["parent"].casefold())
    return query["name"] is not None or not category["parent"]


def sold_categories(read: Read, partner: Reseller) -> set[str]:
    """Return the names, in lower case, of categories of which something is for sale, with their parents'."""
    listings = records.find(read, LISTING, *for_sale(read, partner))
    events = {records.own(read, LISTING, listing["id"])["event"] for listing in listings}
    keys = [records.own(read, EVENT, id)["category_key"] for id in events]
    return {name for key in keys for name in key.split("|") if name}


def node(category: Record, categories: Sequence[Record], upcoming: Mapping[str, int]) -> CategoryNode:
    """Return a category with its parent and those under it."""
    above = next((parent for parent in categories if parent["name"] == category["parent"]), None)
    below = [child for child in categories if child["parent"] == category["name"]]
    return {
        "id": category["id"],
        "name": category["name"],
        "upcoming_events": upcoming.get(category["name"].casefold(), 0),
        "parent": {"id": above["id"], "name": above["name"]} if above else [],
        "children": [node(child, categories, upcoming) for child in below],
    }
