"""Listings of a reseller: got, sold, added, updated, deleted."""

from __future__ import annotations

import flask

from mockmarket.store import Read
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.tixstock.handlers.conventions import (
    READ,
    RESELLER,
    WRITE,
    Context,
    StoredList,
    conditions,
    done,
    operation,
    page_of_records,
)
from mockmarket.vendors.tixstock.records.answers import Answer, DeletedListing, Page
from mockmarket.vendors.tixstock.records.listings import ListingChange, ListingQuery, NewListing, ResellerListing
from mockmarket.vendors.tixstock.rules import listings, notifications, resellers
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.wire.kinds import LISTING

COLUMNS = {
    "listing_id": "id", "event_id": "event", "event_date": "starts_at", "quantity_sold": "sold", "quantity_available": "available",
}  # fmt: skip
NONE: Condition = ("id", "=", "")
"""What no record meets: for an id that means nothing to the reseller."""


@operation(query=ListingQuery, answer=Page[ResellerListing], scope=RESELLER, refuses=READ)
def list_listings(context: Context, query: ListingQuery) -> flask.Response:
    """Get listings, published or not; one that is not has no id yet."""
    return page(context, query, "ticket.get")


list_listings_by_list = list_listings


@operation(query=ListingQuery, answer=Page[ResellerListing], scope=RESELLER, refuses=READ)
def list_sold_listings(context: Context, query: ListingQuery) -> flask.Response:
    """Get listings of which tickets have been sold, wherever."""
    return page(context, query, "ticket.sold", ("sold", ">", 0))


@operation(body=NewListing, answer=Answer[ResellerListing], scope=RESELLER, refuses=WRITE)
def create_listing(context: Context, body: NewListing) -> flask.Response:
    """Add a listing under the reseller's own id; every other reseller of the event is told."""
    listing = listings.add(context.world, context.caller, body)
    return done(context, listing, "ticket.add", "The listing has been added.", external_id=body["external_id"])


@operation(body=ListingChange, answer=Answer[ResellerListing], scope=RESELLER, refuses=WRITE)
def update_listing(context: Context, body: ListingChange, external_id: str) -> flask.Response:
    """Update a listing; while tickets of it are on hold only its prices and quantity."""
    listing = listings.update(context.world, context.caller, external_id, body)
    return done(context, listing, "ticket.update", "The listing has been updated.", external_id=external_id)


update_listing_by_post = update_listing


@operation(answer=Answer[DeletedListing], scope=RESELLER, refuses=(404, 409))
def delete_listing(context: Context, external_id: str) -> flask.Response:
    """Delete a listing: one that the reseller added goes off sale everywhere, another only off its own site."""
    listings.delete(context.world, context.caller, external_id)
    data = {"listing_id": external_id}
    return done(context, data, "ticket.delete", "The listing has been deleted.", external_id=external_id)


def page(context: Context, query: ListingQuery, type: str, *where: Condition) -> flask.Response:
    """Answer with a page of the listings that the reseller sells."""
    read, seller = context.read(), context.caller
    where = (*resellers.sold_by(read, seller), *listing_filters(read, seller, query), *where)

    def view(listing: Record) -> notifications.Data:
        return notifications.view(read, seller, listing, notifications.event_of(read, listing))

    return page_of_records(context, StoredList(LISTING, COLUMNS, type), where, query, view)


def listing_filters(read: Read, seller: Reseller, query: ListingQuery) -> list[Condition]:
    """Write a query for listings as conditions."""
    where = conditions(ListingQuery, query)
    if query["listing_id"] is not None:
        listing = resellers.listing_of(read, seller, query["listing_id"])
        where.append(("id", "=", listing["id"]) if listing else NONE)
    if query["event_id"] is not None:
        where.append(("event", "=", resellers.event_of(read, seller, query["event_id"]) or ""))
    return where
