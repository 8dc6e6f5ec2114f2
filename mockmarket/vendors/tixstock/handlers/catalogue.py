"""Events, performers, venues, categories and brokers as a reseller sees them, and what a partner sells from."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import flask

from mockmarket.api.bodies import json_answer
from mockmarket.clock import DAY, HOUR, later
from mockmarket.errors import Conflict, Invalid
from mockmarket.rules.search import folded
from mockmarket.store import Read, Record, Tx, events, records
from mockmarket.store.events import Event, Venue
from mockmarket.vendors.tixstock import wire
from mockmarket.vendors.tixstock.handlers import conventions as api
from mockmarket.vendors.tixstock.records import listings as shapes
from mockmarket.vendors.tixstock.records.values import MOST_OF_FEED, Answer, Disconnected, Page
from mockmarket.vendors.tixstock.rules import resellers
from mockmarket.webhooks.encoding import php

Upcoming = Mapping[str, int]
Mapped = Callable[[Read, resellers.Reseller, Record], tuple[Record, bool]]
"""Gives a record as a list shows it, and whether one of its events is mapped."""

SAME_SHOW = DAY  # how far apart the dates of a reseller's event and of ours may be for the two to be one (convention)
LASTS = 3 * HOUR


@api.reseller_reads(query=shapes.EventQuery, answer=Page[shapes.GotEvent])
def list_events(context: api.Context, query: shapes.EventQuery) -> flask.Response:
    """Get events that are not over, unless a start date is given; the ids of an unmapped event are empty."""
    read, seller = context.read(), context.caller
    where = [*_event_filters(read, seller, query), *_mapped_filter(read, seller, query["mapped_status"])]
    view = partial(event_view, read, seller, _count_upcoming(read))
    return api.page_of_records(context, "event.get", (wire.EVENT, shapes.EVENT_COLUMNS), where, query, view)


@api.reseller_writes(body=shapes.NewEvent, answer=Answer[shapes.GotEvent], unsupported=("commission_percentage_fee",))
def add_event(context: api.Context, body: shapes.NewEvent, event_id: str) -> flask.Response:
    """Add an event: it is mapped to an existing event, else created as a new one."""
    seller = context.caller
    with context.world.atomic() as tx:
        mapped = resellers.by_own_id(wire.MAPPING, tx, seller, event_id)
        match = matching(tx, body)
        if mapped is not None and (match is None or match.id != mapped["id"]):  # public: code 112
            text = f"What is said of event {event_id} no longer fits the event that it is mapped to."
            raise Conflict(text, code="112")
        show = match or put_on(tx, seller, body)
        event = resellers.required(records.get(tx, wire.EVENT, show.id), f"There is no event {event_id}.")
        if body["currency"] != (currency := event["currency"]):
            details = [("currency", f"Must be the event's, {currency}.")]
            raise Invalid(f"The tickets of this event are sold in {currency}.", details=details)
        was_known = resellers.event_id(tx, seller, show.id) is not None
        resellers.put_mapping(tx, seller.id, show.id, event_id)
        resellers.notify_missed(tx, seller)
        if not was_known:
            resellers.notify_of_new_event(tx, seller, show.id)
        data = event_view(tx, seller, _count_upcoming(tx), event)
    message = "The event has been mapped." if match else "The event has been added as a new one."
    return api.done(context, data, "event.add", message, mapped=match is not None)


@api.reseller_reads(query=shapes.PerformerQuery, answer=Page[shapes.MappedPerformer])
def list_performers(context: api.Context, query: shapes.PerformerQuery) -> flask.Response:
    """Get performers with their upcoming events; a performer is mapped if one of the events is."""
    return _mapped_page(context, wire.PERFORMER, query, "performers.get", _performer_view)


@api.reseller_reads(query=shapes.VenueQuery, answer=Page[shapes.MappedVenue])
def list_venues(context: api.Context, query: shapes.VenueQuery) -> flask.Response:
    """Get venues with their upcoming events; a venue is mapped if one of its events is."""
    return _mapped_page(context, wire.VENUE, query, "venues.get", _venue_view)


@api.reseller_writes(answer=Disconnected, refuses=(404,))
def disconnect_broker(context: api.Context, broker_id: str) -> flask.Response:
    """Remove the link to a broker's account, by the reseller's own id of the broker."""
    with context.world.atomic() as tx:
        broker = resellers.get_broker(tx, context.caller, broker_id)
        resellers.connect(tx, context.caller.id, broker["id"], broker_id, connected=False)
    answer = {"data": {"broker_id": broker_id}, "success": "true", "message": "The broker has been disconnected."}
    return json_answer(php(answer | {"meta": api.meta(context, "broker.close")}))


@api.partner_reads(query=shapes.FeedQuery, answer=Page[shapes.FedEvent])
def list_feed(context: api.Context, query: shapes.FeedQuery) -> flask.Response:
    """Get the feed's upcoming events, with their listings for sale if requested."""
    read = context.read()
    where = [*_coming(read), *api.conditions(shapes.FeedQuery, query)]
    where += [_in_category(query["category_name"])] if query["category_name"] else []
    upcoming, names = _count_upcoming(read), _broker_names(read)

    def view(event: Record) -> shapes.FedEvent:
        fed = wire.view(event, shapes.FedEvent, map_url="", category=category_tree(read, event["category"], upcoming))
        if query["include_listings"]:
            rows = records.find(read, wire.LISTING, ("event", "=", event["id"]), *for_sale(read, context.caller))
            fed["listings"] = [wire.for_partner(row, names.get(row["broker_id"], ""), event, None) for row in rows]
        return fed

    return api.page_of_records(context, "feed.get", (wire.EVENT, shapes.FEED_COLUMNS), where, query, view)


@api.partner_reads(query=shapes.ListingFeedQuery, answer=shapes.ListingFeed)
def list_ticket_feed(context: api.Context, query: shapes.ListingFeedQuery) -> flask.Response:
    """Get listings for sale, cheapest first; given a list of event ids, only their prices and numbers."""
    read, type = context.read(), "tickets.feed"
    if query["event_ids"]:
        queries: dict[str, shapes.ListingFeedQuery] = {id: {**query, "event_id": id} for id in query["event_ids"]}
        prices = {id: _priced(rows_of(context, of_event)) for id, of_event in queries.items()}
        return api.done(context, [], type, events_meta=prices)
    rows, view = rows_of(context, query), _listing_view(read, query)
    if query["page"] is None and query["per_page"] is None:
        return api.done(context, [view(row) for row in rows], type, **_priced(rows))
    size = query["page"] or 1, min(query["per_page"] or 10, MOST_OF_FEED)
    return api.page_of_rows(context, type, rows, size, view, **_priced(rows))


@api.partner_reads(query=shapes.VenueFeedQuery, answer=Page[shapes.Venue])
def list_venue_feed(context: api.Context, query: shapes.VenueFeedQuery) -> flask.Response:
    """Get venues."""
    where, columns = api.conditions(shapes.VenueFeedQuery, query), {"name": "name_key", "id": "id"}
    return api.page_of_records(context, "venues.feed", (wire.VENUE, columns), where, query, dict)


@api.partner_reads(query=shapes.CategoryQuery, answer=Page[shapes.CategoryNode])
def list_categories(context: api.Context, query: shapes.CategoryQuery) -> flask.Response:
    """Get categories, each with its subcategories."""
    read = context.read()
    categories = records.find(read, wire.CATEGORY, order=[("name_key", query["sort_order"])])
    sold = _sold_categories(read, context.caller) if query["has_listing"] else None
    top = [category for category in categories if fits(category, query, sold)]
    view = partial(_node, categories, _count_upcoming(read))
    return api.page_of_rows(context, "categories.feed", top, (query["page"], query["per_page"]), view)


def matching(read: Read, body: shapes.NewEvent) -> Event | None:
    """Return the show that a reseller's event is: the same name, or venue and performer, within a day of its date."""
    at = body["datetime"]
    nearby: list[records.Condition] = [("starts_at", ">", at - SAME_SHOW), ("starts_at", "<", at + SAME_SHOW)]
    names = {folded(performer["name"]) for performer in body["performers"]}
    for event in records.find(read, wire.EVENT, *nearby, ("active", "=", 1), order=[("starts_at", "asc")]):
        same_name = folded(event["name"]) == folded(body["name"])
        same_place = folded(event["venue"]["name"]) == folded(body["venue"]["name"])
        if same_name or (same_place and names & {folded(performer["name"]) for performer in event["performers"]}):
            return events.get(read, event["id"])
    return None


def put_on(tx: Tx, seller: resellers.Reseller, body: shapes.NewEvent) -> Event:
    """Take a reseller's event over as a new show at every vendor; only this reseller has it until others add it."""
    data: Record = {"performers": [performer["name"] for performer in body["performers"]], "currency": body["currency"]}
    if body.get("category"):
        data["category"] = body["category"]
    venue, starts_at = _venue_of(tx, seller, body["venue"]), body["datetime"]
    show = Event(f"tx-{tx.ids.text(10)}", body["name"], venue, starts_at, later(starts_at, LASTS), data=data)
    for reseller in resellers.known(tx).values():
        if reseller.id != seller.id and not reseller.is_partner:
            resellers.put_mapping(tx, reseller.id, show.id, show.id, status="unassigned")
    events.put_on(tx, show)
    return show


def _venue_of(tx: Tx, seller: resellers.Reseller, place: shapes.Venue) -> Venue:
    id = f"tx-{seller.id}-{place['id']}"[:64]
    if stored := events.venues(tx, id):
        return stored[0]
    data = {name: value for name, value in place.items() if name not in ("id", "name", "city")}
    venue = Venue(id, place["name"], place["city"], "UTC", data)  # its time zone is not said
    events.add_venues(tx, [venue])
    return venue


def category_tree(read: Read, name: str, upcoming: Upcoming) -> shapes.Category:
    """Return an event's category with its parent, each with how many events are to come; no parent is an empty list (public)."""
    category = records.first(read, wire.CATEGORY, ("name_key", "=", folded(name))) or {"id": "", "parent": ""}
    id, above = category["id"], category["parent"]
    parent: shapes.Parent = category_tree(read, above, upcoming) if above else []
    return {"id": id, "name": name, "upcoming_events": upcoming.get(folded(name), 0), "parent": parent}


def _in_category(name: str) -> records.Condition:
    return "category_key", "contains", f"|{folded(name)}|"


def _coming(read: Read) -> list[records.Condition]:
    return [("active", "=", 1), ("starts_at", ">", read.now)]


def _count_upcoming(read: Read) -> dict[str, int]:
    names = [folded(category["name"]) for category in records.find(read, wire.CATEGORY)]
    return {name: records.count(read, wire.EVENT, [_in_category(name), *_coming(read)]) for name in names}


def event_view(read: Read, seller: resellers.Reseller, upcoming: Upcoming, event: Record) -> shapes.GotEvent:
    """Return an event as the reseller's list shows it: ids are empty until the reseller has mapped it."""
    own_id = resellers.event_id(read, seller, event["id"])
    hidden = {} if own_id is not None else {"id": ""}
    own = {"id": own_id or "", "venue": event["venue"] | hidden, "mapped_status": wire.yes_no(own_id is not None)}
    performers = [performer | hidden for performer in event["performers"]]
    category = category_tree(read, event["category"], upcoming)
    return wire.view(event, shapes.GotEvent, **own, performers=performers, category=category)


def _event_filters(read: Read, seller: resellers.Reseller, query: shapes.EventQuery) -> list[records.Condition]:
    start = query["start_date"]
    where: list[records.Condition] = [("starts_at", ">", read.now) if start is None else ("starts_at", ">=", start)]
    where += api.conditions(shapes.EventQuery, query)
    where += resellers.meant(wire.MAPPING, read, seller, "id", query["event_id"])
    where += [_in_category(query["category_name"])] if query["category_name"] else []
    tags = [*(query["tags"] or ()), *([query["tag"]] if query["tag"] else [])]
    return where + [("tag_key", "contains", f"|{folded(tag)}|") for tag in tags]


def _mapped_filter(read: Read, seller: resellers.Reseller, mapped: bool | None) -> list[records.Condition]:
    if mapped is None:
        return []
    sold = resellers.assigned(read, seller, "id")
    if mapped:
        return sold
    assigned = {event["id"] for event in records.find(read, wire.EVENT, *sold)}
    return [("id", "in", [event["id"] for event in records.find(read, wire.EVENT) if event["id"] not in assigned])]


def _mapped_page(context: api.Context, kind: records.Kind, query: api.Query, type: str, view: Mapped) -> flask.Response:
    """Answer with a page of what fits a query, each without its id until one of its events is mapped."""
    order = [("name_key" if query["order_by"] == "name" else "id", query["sort_order"])]
    rows = []
    for record in records.find(context.read(), kind, *api.conditions(shapes.VenueQuery, query), order=order):
        item, mapped = view(context.read(), context.caller, record)
        if query["mapped_status"] in (None, mapped):
            rows.append(item | {"id": record["id"] if mapped else "", "mapped_status": wire.yes_no(mapped)})
    return api.page_of_rows(context, type, rows, (query["page"], query["per_page"]), dict)


def _performer_view(read: Read, seller: resellers.Reseller, record: Record) -> tuple[Record, bool]:
    played = _events_of(read, seller, ("performer_key", "contains", f"|{record['id']}|"))
    return record | {"events": played}, any(event["id"] for event in played)


def _venue_view(read: Read, seller: resellers.Reseller, record: Record) -> tuple[Record, bool]:
    at_venue: records.Condition = ("venue", "=", record["id"])
    ids = (resellers.event_id(read, seller, event["id"]) for event in records.find(read, wire.EVENT, at_venue))
    return record | {"events": _events_of(read, seller, at_venue)}, any(id is not None for id in ids)


def _events_of(read: Read, seller: resellers.Reseller, about: records.Condition) -> list[shapes.PlayedEvent]:
    """Return the upcoming events of a performer or a venue, each without its id unless it is mapped."""
    events = records.find(read, wire.EVENT, about, ("starts_at", ">", read.now), order=[("starts_at", "asc")])
    ids = (resellers.event_id(read, seller, event["id"]) or "" for event in events)
    return [wire.view(event, shapes.PlayedEvent, id=id, map_url="") for event, id in zip(events, ids, strict=True)]


def for_sale(read: Read, partner: resellers.Reseller) -> list[records.Condition]:
    """Return the conditions of listings that a partner can sell: left, of events to come that stand, of brokers that are open."""
    cancelled = records.find(read, wire.EVENT, ("active", "=", 0), ("starts_at", ">", read.now))
    standing: list[records.Condition] = [("event", "!=", event["id"]) for event in cancelled]
    return [("available", ">", 0), ("starts_at", ">", read.now), *standing, *resellers.sold_by(read, partner)]


def _broker_names(read: Read) -> dict[str, str]:
    return {broker["id"]: broker["name"] for broker in records.find(read, wire.BROKER)}


def rows_of(context: api.Context, query: shapes.ListingFeedQuery) -> list[Record]:
    """Return the listings for sale that fit a query; its prices are in pounds (public)."""
    read = context.read()
    filters = api.conditions(shapes.ListingFeedQuery, query)
    where = [(column, way, value * 100 if column == "pence" else value) for column, way, value in filters]
    where += [("instant", "=", "true")] if query["instant_download"] else []
    where += for_sale(read, context.caller)
    return records.find(read, wire.LISTING, *where, order=[("pence", query["sort_order"])])


def _listing_view(read: Read, query: shapes.ListingFeedQuery) -> Callable[[Record], Record]:
    names, events = _broker_names(read), {event["id"]: event for event in records.find(read, wire.EVENT)}
    light = wire.LIGHT if query["lighter_response"] else ()

    def view(row: Record) -> Record:
        event, name = events[records.own(read, wire.LISTING, row["id"])["event"]], names.get(row["broker_id"], "")
        item = wire.for_partner(row, name, event, query["target_currency"])
        return {name: value for name, value in item.items() if name not in light}

    return view


def _priced(rows: Sequence[Record]) -> Record:
    cents = [wire.minor(row["proceed_price"]["amount"]) for row in rows]
    least, most = (wire.amount(end(cents)) if cents else None for end in (min, max))
    total = sum(row["number_of_tickets_for_sale"]["quantity_available"] for row in rows)
    return {"min_price": least, "max_price": most, "total_tickets": total}


def fits(category: Record, query: shapes.CategoryQuery, sold: set[str] | None) -> bool:
    """Return whether a query is for this category: by its name, its parent's, else for those at the top."""
    name, parent = folded(category["name"]), folded(category["parent"])
    if (sold is not None and name not in sold) or (query["name"] is not None and folded(query["name"]) != name):
        return False
    if query["parent"] is not None:
        return bool(folded(query["parent"]) == parent)
    return query["name"] is not None or not parent


def _sold_categories(read: Read, partner: resellers.Reseller) -> set[str]:
    listings = records.find(read, wire.LISTING, *for_sale(read, partner))
    events = {records.own(read, wire.LISTING, listing["id"])["event"] for listing in listings}
    keys = [records.own(read, wire.EVENT, id)["category_key"] for id in events]
    return {name for key in keys for name in key.split("|") if name}


def _node(categories: Sequence[Record], upcoming: Upcoming, category: Record) -> shapes.CategoryNode:
    name, count = category["name"], upcoming.get(folded(category["name"]), 0)
    above = next((row for row in categories if row["name"] == category["parent"]), None)
    parent: shapes.Parent = {"id": above["id"], "name": above["name"]} if above else []
    below = [_node(categories, upcoming, child) for child in categories if child["parent"] == name]
    return {"id": category["id"], "name": name, "upcoming_events": count, "parent": parent, "children": below}
