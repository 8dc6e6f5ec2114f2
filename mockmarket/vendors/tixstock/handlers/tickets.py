"""Listings of a reseller, tickets held for a basket and released again, and orders, in resellers' form and in partners'."""

from __future__ import annotations

import flask

from mockmarket.store import Read
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.tixstock.handlers.conventions import (
    BOTH,
    PARTNER,
    READ,
    RESELLER,
    WRITE,
    Context,
    conditions,
    done,
    operation,
    page_of_records,
)
from mockmarket.vendors.tixstock.records.listings import ListingChange, ListingQuery, NewListing, ResellerListing
from mockmarket.vendors.tixstock.records.orders import (
    HoldRequest,
    NewOrder,
    Order,
    OrderChange,
    OrderQuery,
    PartnerHoldRequest,
    Release,
)
from mockmarket.vendors.tixstock.records.values import Answer, Available, DeletedListing, Page, Result
from mockmarket.vendors.tixstock.rules import listings, notifications, orders, resellers
from mockmarket.vendors.tixstock.rules.notifications import order_resource
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.wire.kinds import LISTING, ORDER

LISTING_COLUMNS = {
    "listing_id": "id",
    "event_id": "event",
    "event_date": "starts_at",
    "quantity_sold": "sold",
    "quantity_available": "available",
}
ORDER_COLUMNS = {"id": "order_id", "date": "placed_at", "event_id": "event", "event_date": "event_at"}
HELD = "The tickets are on hold."
RELEASED = "The tickets have been released."
ADDED = "The order has been added."
UPDATED = "The order has been updated."


@operation(query=ListingQuery, answer=Page[ResellerListing], scope=RESELLER, refuses=READ)
def list_listings(context: Context, query: ListingQuery) -> flask.Response:
    """Get listings, published or not; one that is not has no id yet."""
    return page_of_listings(context, query, "ticket.get")


list_listings_by_list = list_listings


@operation(query=ListingQuery, answer=Page[ResellerListing], scope=RESELLER, refuses=READ)
def list_sold_listings(context: Context, query: ListingQuery) -> flask.Response:
    """Get listings of which tickets have been sold, wherever."""
    return page_of_listings(context, query, "ticket.sold", ("sold", ">", 0))


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


@operation(body=HoldRequest, answer=Answer[Available], scope=RESELLER, refuses=WRITE)
def hold_tickets(context: Context, body: HoldRequest, external_id: str) -> flask.Response:
    """Hold tickets of a listing for half an hour of the world's time; the other resellers are told."""
    hold, left = orders.hold(context.world, context.caller, external_id, body["quantity"])
    members = {"external_id": external_id, "hold_id": hold["hold_id"], "quantity": hold["quantity"]}
    return done(context, {"quantity_available": left}, "ticket.hold", HELD, **members)


@operation(body=PartnerHoldRequest, answer=Answer[Available], scope=PARTNER, refuses=WRITE)
def hold_tickets_as_partner(context: Context, body: PartnerHoldRequest) -> flask.Response:
    """Hold tickets of a listing for half an hour of the world's time; every reseller is told."""
    hold, left = orders.hold(context.world, context.caller, body["listing_id"], body["quantity"])
    members = {"hold_id": hold["hold_id"], "quantity": hold["quantity"]}
    return done(context, {"quantity_available": left}, "partner.ticket.hold", HELD, **members)


@operation(body=Release, answer=Answer[Available], scope=BOTH, refuses=WRITE)
def release_hold(context: Context, body: Release) -> flask.Response:
    """Release tickets of a hold: `release_quantity` of them (or `quantity`), all without it."""
    return release(context, body["hold_id"], body.get("release_quantity", body.get("quantity")))


@operation(answer=Answer[Available], scope=BOTH, refuses=(400, 404, 409))
def release_quantity(context: Context, hold_id: str, quantity: str) -> flask.Response:
    """Release so many tickets of a hold."""
    return release(context, hold_id, quantity)


release_hold_by_post = release_hold
release_quantity_by_put = release_quantity


@operation(body=NewOrder, answer=Answer[Order], scope=RESELLER, refuses=WRITE)
def create_order(context: Context, body: NewOrder, hold_id: str, sold_quantity: str) -> flask.Response:
    """Add an order for tickets on hold; the other resellers are told of the sale."""
    order = orders.add_order(context.world, context.caller, hold_id, sold_quantity, body)
    return done(context, order_resource(order), "order.add", ADDED)


@operation(body=NewOrder, answer=Answer[Order], scope=PARTNER, refuses=WRITE)
def create_partner_order(context: Context, body: NewOrder, hold_id: str, quantity_sold: str) -> flask.Response:
    """Add an order for tickets on hold; every reseller is told of the sale."""
    order = orders.add_order(context.world, context.caller, hold_id, quantity_sold, body)
    return done(context, order_resource(order), "partner.order.add", ADDED)


@operation(body=OrderChange, answer=Answer[Order], scope=RESELLER, refuses=WRITE)
def update_order(context: Context, body: OrderChange, external_order_id: str) -> flask.Response:
    """Update an order's status, shipping address, label, tickets' owners or notes."""
    order = orders.update_order(context.world, context.caller, external_order_id, body)
    return done(context, order_resource(order), "order.update", UPDATED)


update_order_by_post = update_order


@operation(body=OrderChange, answer=Answer[Order], scope=PARTNER, refuses=WRITE)
def update_partner_order(context: Context, body: OrderChange, external_order_id: str) -> flask.Response:
    """Update an order's status, customer, shipping address, label, ticket type or date."""
    order = orders.update_order(context.world, context.caller, external_order_id, body)
    return done(context, order_resource(order), "partner.order.update", UPDATED)


@operation(answer=Result[Order], scope=PARTNER, refuses=(404,))
def get_partner_order(context: Context, external_order_id: str) -> flask.Response:
    """Get an order. Its meta.type is that of an added one, as in the public sample."""
    order = orders.order_of(context.read(), context.caller, external_order_id)
    return done(context, order_resource(order), "partner.order.add")


@operation(query=OrderQuery, answer=Page[Order], scope=RESELLER, refuses=READ)
def list_orders(context: Context, query: OrderQuery) -> flask.Response:
    """Get the reseller's orders."""
    where = order_filters(context.read(), context.caller, query)
    return page_of_records(context, "order.get", (ORDER, ORDER_COLUMNS), where, query, order_resource)


def page_of_listings(context: Context, query: ListingQuery, type: str, *where: Condition) -> flask.Response:
    """Answer with a page of the listings that the reseller sells."""
    read, seller = context.read(), context.caller
    where = (*resellers.sold_by(read, seller), *listing_filters(read, seller, query), *where)

    def view(listing: Record) -> notifications.Data:
        return notifications.view(read, seller, listing, notifications.event_of(read, listing))

    return page_of_records(context, type, (LISTING, LISTING_COLUMNS), where, query, view)


def listing_filters(read: Read, seller: Reseller, query: ListingQuery) -> list[Condition]:
    """Write a query for listings as conditions; an id that means nothing to the reseller is no record's."""
    where = conditions(ListingQuery, query)
    if query["listing_id"] is not None:
        listing = resellers.listing_of(read, seller, query["listing_id"])
        where.append(("id", "=", listing["id"] if listing else ""))
    if query["event_id"] is not None:
        where.append(("event", "=", resellers.event_of(read, seller, query["event_id"]) or ""))
    return where


def order_filters(read: Read, seller: Reseller, query: OrderQuery) -> list[Condition]:
    """Write a query for orders as conditions."""
    where: list[Condition] = [("reseller", "=", seller.id), *conditions(OrderQuery, query)]
    if query["event_id"] is not None:
        where.append(("event", "=", resellers.event_of(read, seller, query["event_id"]) or ""))
    if query["broker_id"] is not None:
        broker = resellers.broker_of(read, seller, query["broker_id"])
        where.append(("broker", "=", broker["id"] if broker else ""))
    return where


def release(context: Context, hold_id: str, quantity: object) -> flask.Response:
    """Release tickets and answer in the words of whose hold it was."""
    released, left = orders.release(context.world, context.caller, hold_id, quantity)
    own_id = {} if context.caller.is_partner else {"hold_id": hold_id}
    type = "partner.ticket.release" if context.caller.is_partner else "ticket.release"
    return done(context, {"quantity_available": left}, type, RELEASED, **own_id, quantity=released)
