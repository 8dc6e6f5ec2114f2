"""The catalogue as a reseller sees it: events to map and add, performers, venues; and brokers to part with."""

from __future__ import annotations

from typing import Any

import flask
from flask.views import MethodView

from mockmarket.api import web
from mockmarket.store import Read, records
from mockmarket.store.records import Condition, Kind, Record
from mockmarket.vendors.tixstock.routes.base import (
    blp,
    done,
    meta,
    needs,
    paged,
    part_of,
    place_of,
    reading,
    refuses,
    seller,
    unpacked,
)
from mockmarket.vendors.tixstock.rules import brokers, catalogue, resellers
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.schemas import answers, bodies, queries
from mockmarket.vendors.tixstock.wire import formats, resources
from mockmarket.vendors.tixstock.wire.kinds import EVENT, PERFORMER, VENUE
from mockmarket.webhooks.encoding import php

ORDER_KEYS = {"event_id": "id", "event_date": "starts_at", "venue_name": "venue_key", "performer_name": "performer_key"}
PLAYED = (
    "id", "name", "currency", "commission_percentage_fee", "datetime", "status", "use_tixstock_venue_details", "map_url",
    "venue_details",
)  # fmt: skip
"""Public, get performers: an event of theirs."""


@blp.route("/events/get")
class Events(MethodView):
    """Events, mapped or not."""

    @needs("reseller")
    @blp.arguments(queries.EventQuery(), location="query")
    @blp.response(200, answers.EventPage)
    @refuses(400)
    def get(self, query: dict[str, Any]) -> flask.Response:
        """Get events that are not over, unless a start date is given; the ids of one that is not mapped are empty."""
        read, who = reading(), seller()
        where = [*event_filters(read, who, query), *mapped_filter(read, who, query["mapped_status"])]
        place = place_of(records.count(read, EVENT, where), query)
        order = [(ORDER_KEYS[query["order_by"]], query["sort_order"])]
        rows = records.page(read, EVENT, where, order, place.take, place.offset)
        upcoming = catalogue.upcoming(read)
        return paged([view(read, who, unpacked(row), upcoming) for row in rows], "event.get", place)


def view(read: Read, who: Reseller, event: Record, upcoming: dict[str, int]) -> Record:
    """Return an event as the reseller's list shows it."""
    category = catalogue.category_tree(read, event["category"], upcoming)
    return resources.got_event(event, resellers.event_id(read, who, event["id"]), category)


def event_filters(read: Read, who: Reseller, query: dict[str, Any]) -> list[Condition]:
    """Write a query for events as conditions."""
    since: Condition = (
        ("starts_at", ">", read.now) if query["start_date"] is None else ("starts_at", ">=", query["start_date"])
    )
    where = [since]
    if query["end_date"] is not None:
        where.append(("starts_at", "<=", query["end_date"]))
    if query["event_id"] is not None:
        where.append(("id", "=", resellers.event_of(read, who, query["event_id"]) or ""))
    contained = {"event_name": "name_key", "venue_name": "venue_key", "performer_name": "performer_key"}
    where += [(column, "contains", query[name].casefold()) for name, column in contained.items() if query[name]]
    if query["category_name"]:
        where.append(("category_key", "contains", f"|{query['category_name'].casefold()}|"))
    tags = [*(query["tags"] or ()), *([query["tag"]] if query["tag"] else [])]
    return where + [("tag_key", "contains", f"|{tag.casefold()}|") for tag in tags]


def mapped_filter(read: Read, who: Reseller, mapped: bool | None) -> list[Condition]:
    """Write the conditions of events that are assigned to a reseller, or of those that are not."""
    if mapped is None:
        return []
    sold = resellers.sells(read, who, "id")
    if mapped:
        return sold
    assigned = {one["id"] for one in records.find(read, EVENT, *sold)}
    return [("id", "in", [one["id"] for one in records.find(read, EVENT) if one["id"] not in assigned])]


@blp.route("/events/add/<string:event_id>")
class NewEvent(MethodView):
    """An event of the reseller's, under its own id."""

    @needs("reseller")
    @blp.arguments(bodies.EventBody())
    @blp.response(200, answers.EventAnswer)
    @refuses(400, 404, 409, 413, 415)
    def post(self, asked: dict[str, Any], event_id: str) -> flask.Response:
        """Add an event: mapped to one that is there, else taken over as a new one."""
        event, mapped = catalogue.add_event(web.world(), seller(), event_id, asked)
        read = reading()
        words = "The event has been mapped." if mapped else "The event has been added as a new one."
        return done(view(read, seller(), event, catalogue.upcoming(read)), "event.add", words, mapped=mapped)


@blp.route("/performers/get")
class Performers(MethodView):
    """Performers, mapped or not."""

    @needs("reseller")
    @blp.arguments(queries.PerformerQuery(), location="query")
    @blp.response(200, answers.PerformerPage)
    @refuses(400)
    def get(self, query: dict[str, Any]) -> flask.Response:
        """Get performers with their coming events; one is mapped when one of its events is."""
        read, who = reading(), seller()
        found = [performer(read, who, one) for one in named(read, PERFORMER, query)]
        return mapped_page(found, query, "performers.get")


@blp.route("/venues/get")
class Venues(MethodView):
    """Venues, mapped or not."""

    @needs("reseller")
    @blp.arguments(queries.PerformerQuery(), location="query")
    @blp.response(200, answers.VenuePage)
    @refuses(400)
    def get(self, query: dict[str, Any]) -> flask.Response:
        """Get venues; one is mapped when one of its events is."""
        read, who = reading(), seller()
        found = [place(read, who, one) for one in named(read, VENUE, query)]
        return mapped_page(found, query, "venues.get")


def named(read: Read, kind: Kind, query: dict[str, Any]) -> list[Record]:
    """Return the records of a kind with this id and this in their name, in order."""
    where: list[Condition] = [("name_key", "contains", query["name"].casefold())] if query["name"] else []
    where += [("id", "=", query["id"])] if query["id"] is not None else []
    key = "name_key" if query["order_by"] == "name" else "id"
    return records.find(read, kind, *where, order=[(key, query["sort_order"])])


def mapped_page(rows: list[Record], query: dict[str, Any], type: str) -> flask.Response:
    """Answer with a page of rows that are mapped, or are not, or either."""
    wanted = query["mapped_status"]
    fitting = [one for one in rows if wanted is None or one["mapped_status"] == formats.yes_no(wanted)]
    page = place_of(len(fitting), query)
    return paged(list(part_of(fitting, page)), type, page)


def performer(read: Read, who: Reseller, record: Record) -> Record:
    """Return a performer as the reseller sees it: without an id until one of its events is mapped."""
    events = records.find(
        read,
        EVENT,
        ("performer_key", "contains", f"|{record['id']}|"),
        ("starts_at", ">", read.now),
        order=[("starts_at", "asc")],
    )
    theirs = {one["id"]: resellers.event_id(read, who, one["id"]) for one in events}
    mapped = any(theirs.values())
    played = [one | {"id": theirs[one["id"]] or "", "map_url": ""} for one in events]
    return {
        "id": record["id"] if mapped else "",
        "name": record["name"],
        "variations": record["variations"],
        "events": [{name: one[name] for name in PLAYED} for one in played],
        "mapped_status": formats.yes_no(mapped),
    }


def place(read: Read, who: Reseller, record: Record) -> Record:
    """Return a venue as the reseller sees it: without an id until one of its events is mapped."""
    there = catalogue.mapped_ids(read, who, records.find(read, EVENT, ("venue", "=", record["id"])))
    return record | {"id": record["id"] if there else "", "mapped_status": formats.yes_no(bool(there))}


@blp.route("/broker/close/<string:broker_id>")
class ClosedBroker(MethodView):
    """A broker that the reseller parts with."""

    @needs("reseller")
    @blp.response(200, answers.Closed)
    @refuses(404)
    def post(self, broker_id: str) -> flask.Response:
        """Undo the link between a broker's accounts, by the reseller's own id of the broker."""
        brokers.disconnect(web.world(), seller(), broker_id)
        said = {"data": {"broker_id": broker_id}, "success": "true", "message": "The broker has been disconnected."}
        return web.json_answer(php(said | {"meta": meta("broker.close")}))
