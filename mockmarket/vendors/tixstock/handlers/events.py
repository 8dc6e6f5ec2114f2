"""The catalogue as a reseller sees it: events to map and add, performers, venues; and brokers to part with."""

from __future__ import annotations

from collections.abc import Mapping

import flask

from mockmarket.api.answers import json_answer
from mockmarket.store import Read, records
from mockmarket.store.records import Condition, Kind, Record
from mockmarket.vendors.tixstock.handlers.conventions import (
    READ,
    RESELLER,
    WRITE,
    Context,
    StoredList,
    conditions,
    done,
    meta,
    operation,
    page_of_records,
    page_of_rows,
)
from mockmarket.vendors.tixstock.records.answers import Answer, Disconnected, Page
from mockmarket.vendors.tixstock.records.catalogue import (
    EventQuery,
    GotEvent,
    MappedPerformer,
    MappedVenue,
    NewEvent,
    PerformerQuery,
    PlayedEvent,
)
from mockmarket.vendors.tixstock.rules import brokers, catalogue, resellers
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.wire import formats, resources
from mockmarket.vendors.tixstock.wire.kinds import EVENT, PERFORMER, VENUE
from mockmarket.webhooks.encoding import php

EVENTS = StoredList(
    EVENT,
    {"event_id": "id", "event_date": "starts_at", "venue_name": "venue_key", "performer_name": "performer_key"},
    "event.get",
)


@operation(query=EventQuery, answer=Page[GotEvent], scope=RESELLER, refuses=READ)
def list_events(context: Context, query: EventQuery) -> flask.Response:
    """Get events that are not over, unless a start date is given; the ids of one that is not mapped are empty."""
    read, reseller = context.read(), context.caller
    where = [*event_filters(read, reseller, query), *mapped_filter(read, reseller, query["mapped_status"])]
    upcoming = catalogue.upcoming(read)
    return page_of_records(context, EVENTS, where, query, lambda event: view(read, reseller, event, upcoming))


@operation(
    body=NewEvent, answer=Answer[GotEvent], scope=RESELLER, refuses=WRITE, unsupported=("commission_percentage_fee",)
)
def add_event(context: Context, body: NewEvent, event_id: str) -> flask.Response:
    """Add an event: mapped to one that is there, else taken over as a new one."""
    event, mapped = catalogue.add_event(context.world, context.caller, event_id, body)
    read = context.read()
    data = view(read, context.caller, event, catalogue.upcoming(read))
    message = "The event has been mapped." if mapped else "The event has been added as a new one."
    return done(context, data, "event.add", message, mapped=mapped)


@operation(query=PerformerQuery, answer=Page[MappedPerformer], scope=RESELLER, refuses=READ)
def list_performers(context: Context, query: PerformerQuery) -> flask.Response:
    """Get performers with their coming events; one is mapped when one of its events is."""
    read, reseller = context.read(), context.caller
    rows = [performer_view(read, reseller, record) for record in named(read, PERFORMER, query)]
    return mapped_page(context, rows, query, "performers.get")


@operation(query=PerformerQuery, answer=Page[MappedVenue], scope=RESELLER, refuses=READ)
def list_venues(context: Context, query: PerformerQuery) -> flask.Response:
    """Get venues; one is mapped when one of its events is."""
    read, reseller = context.read(), context.caller
    rows = [venue_view(read, reseller, record) for record in named(read, VENUE, query)]
    return mapped_page(context, rows, query, "venues.get")


@operation(answer=Disconnected, scope=RESELLER, refuses=(404,))
def disconnect_broker(context: Context, broker_id: str) -> flask.Response:
    """Undo the link between a broker's accounts, by the reseller's own id of the broker."""
    brokers.disconnect(context.world, context.caller, broker_id)
    answer = {"data": {"broker_id": broker_id}, "success": "true", "message": "The broker has been disconnected."}
    return json_answer(php(answer | {"meta": meta(context, "broker.close")}))


def view(read: Read, seller: Reseller, event: Record, upcoming: Mapping[str, int]) -> GotEvent:
    """Return an event as the reseller's list shows it."""
    category = catalogue.category_tree(read, event["category"], upcoming)
    return resources.got_event(event, resellers.event_id(read, seller, event["id"]), category)


def event_filters(read: Read, seller: Reseller, query: EventQuery) -> list[Condition]:
    """Write a query for events as conditions."""
    since: Condition = (
        ("starts_at", ">", read.now) if query["start_date"] is None else ("starts_at", ">=", query["start_date"])
    )
    where = [since, *conditions(EventQuery, query)]
    if query["event_id"] is not None:
        where.append(("id", "=", resellers.event_of(read, seller, query["event_id"]) or ""))
    names = {
        "name_key": query["event_name"],
        "venue_key": query["venue_name"],
        "performer_key": query["performer_name"],
    }
    where += [(column, "contains", name.casefold()) for column, name in names.items() if name]
    if query["category_name"]:
        where.append(("category_key", "contains", f"|{query['category_name'].casefold()}|"))
    tags = [*(query["tags"] or ()), *([query["tag"]] if query["tag"] else [])]
    return where + [("tag_key", "contains", f"|{tag.casefold()}|") for tag in tags]


def mapped_filter(read: Read, seller: Reseller, mapped: bool | None) -> list[Condition]:
    """Write the conditions of events that are assigned to a reseller, or of those that are not."""
    if mapped is None:
        return []
    sold = resellers.assigned(read, seller, "id")
    if mapped:
        return sold
    assigned = {event["id"] for event in records.find(read, EVENT, *sold)}
    return [("id", "in", [event["id"] for event in records.find(read, EVENT) if event["id"] not in assigned])]


def named(read: Read, kind: Kind, query: PerformerQuery) -> list[Record]:
    """Return the records of a kind with this id and this in their name, in order."""
    where: list[Condition] = [("name_key", "contains", query["name"].casefold())] if query["name"] else []
    where += conditions(PerformerQuery, query)
    key = "name_key" if query["order_by"] == "name" else "id"
    return records.find(read, kind, *where, order=[(key, query["sort_order"])])


def mapped_page(context: Context, rows: list[Record], query: PerformerQuery, type: str) -> flask.Response:
    """Answer with a page of rows that are mapped, or are not, or either."""
    wanted = query["mapped_status"]
    fitting = [row for row in rows if wanted is None or row["mapped_status"] == formats.yes_no(wanted)]
    return page_of_rows(context, fitting, query, type, lambda row: row)


def performer_view(read: Read, seller: Reseller, record: Record) -> Record:
    """Return a performer as the reseller sees it: without an id until one of its events is mapped."""
    where: list[Condition] = [("performer_key", "contains", f"|{record['id']}|"), ("starts_at", ">", read.now)]
    events = records.find(read, EVENT, *where, order=[("starts_at", "asc")])
    ids = {event["id"]: resellers.event_id(read, seller, event["id"]) for event in events}
    mapped = any(ids.values())
    return {
        "id": record["id"] if mapped else "",
        "name": record["name"],
        "variations": record["variations"],
        "events": [formats.view(event, PlayedEvent, id=ids[event["id"]] or "", map_url="") for event in events],
        "mapped_status": formats.yes_no(mapped),
    }


def venue_view(read: Read, seller: Reseller, record: Record) -> Record:
    """Return a venue as the reseller sees it: without an id until one of its events is mapped."""
    mapped = catalogue.mapped_ids(read, seller, records.find(read, EVENT, ("venue", "=", record["id"])))
    return record | {"id": record["id"] if mapped else "", "mapped_status": formats.yes_no(bool(mapped))}
