"""Listings of a reseller: got, sold, added, updated, deleted."""

from __future__ import annotations

from typing import Any

import flask
from flask.views import MethodView

from mockmarket.api import web
from mockmarket.store import Read, records
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.tixstock.routes.base import (
    blp,
    done,
    needs,
    paged,
    place_of,
    reading,
    refuses,
    seller,
    unpacked,
)
from mockmarket.vendors.tixstock.rules import listings, resellers, selling, telling
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.schemas import answers, bodies, queries
from mockmarket.vendors.tixstock.wire.kinds import EVENT, LISTING

ORDER_KEYS = {
    "listing_id": "id", "event_id": "event", "event_date": "starts_at", "quantity_sold": "sold", "quantity_available": "available",
}  # fmt: skip
NONE: Condition = ("id", "=", "")
"""What no record meets: for an id that means nothing to the reseller."""


def listed(query: dict[str, Any], type: str, more: list[Condition]) -> flask.Response:
    """Answer with a page of the listings that the reseller sells."""
    read, who = reading(), seller()
    where = [*selling.listed(read, who), *filters(read, who, query), *more]
    place = place_of(records.count(read, LISTING, where), query)
    order = [(ORDER_KEYS[query["order_by"]], query["sort_order"])]
    rows = records.page(read, LISTING, where, order, place.take, place.offset)
    return paged([view(read, who, unpacked(row)) for row in rows], type, place)


def filters(read: Read, who: Reseller, query: dict[str, Any]) -> list[Condition]:
    """Write a query for listings as conditions."""
    where: list[Condition] = []
    if query["listing_id"] is not None:
        listing = resellers.listing_of(read, who, query["listing_id"])
        where.append(("id", "=", listing["id"]) if listing else NONE)
    if query["event_id"] is not None:
        where.append(("event", "=", resellers.event_of(read, who, query["event_id"]) or ""))
    if query["ticket_type"] is not None:
        where.append(("type", "=", query["ticket_type"]))
    return where


def view(read: Read, who: Reseller, listing: Record) -> Record:
    """Return a listing as the reseller sees it."""
    event = records.get(read, EVENT, records.own(read, LISTING, listing["id"])["event"])
    return telling.view(read, who, listing, event or {})


@blp.route("/tickets/get")
class Tickets(MethodView):
    """The listings of the reseller's events."""

    @needs("reseller")
    @blp.arguments(queries.TicketQuery(), location="query")
    @blp.response(200, answers.ListingPage)
    @refuses(400)
    def get(self, query: dict[str, Any]) -> flask.Response:
        """Get listings, published or not; one that is not has no id yet."""
        return listed(query, "ticket.get", [])


@blp.route("/tickets/list")
class TicketList(Tickets):
    """The same under the name that another public page has."""


@blp.route("/tickets/sold")
class SoldTickets(MethodView):
    """Listings of which tickets have been sold."""

    @needs("reseller")
    @blp.arguments(queries.TicketQuery(), location="query")
    @blp.response(200, answers.ListingPage)
    @refuses(400)
    def get(self, query: dict[str, Any]) -> flask.Response:
        """Get listings of which tickets have been sold, wherever."""
        return listed(query, "ticket.sold", [("sold", ">", 0)])


@blp.route("/tickets/add")
class NewTicket(MethodView):
    """A listing of a broker of the reseller's."""

    @needs("reseller")
    @blp.arguments(bodies.NewListingBody())
    @blp.response(200, answers.ListingAnswer)
    @refuses(400, 404, 409, 413, 415)
    def post(self, asked: dict[str, Any]) -> flask.Response:
        """Add a listing under the reseller's own id; every other reseller of the event is told."""
        listing = listings.add(web.world(), seller(), asked)
        return done(listing, "ticket.add", "The listing has been added.", external_id=asked["external_id"])


@blp.route("/tickets/update/<string:external_id>")
class Ticket(MethodView):
    """A listing by the reseller's own id."""

    @needs("reseller")
    @blp.arguments(bodies.ListingBody())
    @blp.response(200, answers.ListingAnswer)
    @refuses(400, 404, 409, 413, 415)
    def put(self, asked: dict[str, Any], external_id: str) -> flask.Response:
        """Update a listing; while tickets of it are on hold only its prices and quantity."""
        listing = listings.update(web.world(), seller(), external_id, asked)
        return done(listing, "ticket.update", "The listing has been updated.", external_id=external_id)

    @needs("reseller")
    @blp.arguments(bodies.ListingBody())
    @blp.response(200, answers.ListingAnswer)
    @refuses(400, 404, 409, 413, 415)
    def post(self, asked: dict[str, Any], external_id: str) -> flask.Response:
        """Update a listing, as PUT does."""
        listing = listings.update(web.world(), seller(), external_id, asked)
        return done(listing, "ticket.update", "The listing has been updated.", external_id=external_id)


@blp.route("/tickets/delete/<string:external_id>")
class OldTicket(MethodView):
    """A listing by the reseller's own id."""

    @needs("reseller")
    @blp.response(200, answers.Deleted)
    @refuses(404, 409)
    def delete(self, external_id: str) -> flask.Response:
        """Delete a listing: one that the reseller added goes off sale everywhere, another only off its own site."""
        listings.delete(web.world(), seller(), external_id)
        return done(
            {"listing_id": external_id}, "ticket.delete", "The listing has been deleted.", external_id=external_id
        )
