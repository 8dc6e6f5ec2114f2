"""Tickets held for a basket and released again, and the orders for them, in the resellers' form and in the partners'."""

from __future__ import annotations

import flask

from mockmarket.store import Read
from mockmarket.store.records import Condition
from mockmarket.vendors.tixstock.handlers.conventions import (
    BOTH,
    PARTNER,
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
from mockmarket.vendors.tixstock.records.answers import Answer, Available, Page, Result
from mockmarket.vendors.tixstock.records.orders import (
    HoldRequest,
    NewOrder,
    Order,
    OrderChange,
    OrderQuery,
    PartnerHoldRequest,
    Release,
)
from mockmarket.vendors.tixstock.rules import holds, orders, resellers
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.wire.kinds import ORDER
from mockmarket.vendors.tixstock.wire.orders import shown

ORDERS = StoredList(
    ORDER, {"id": "order_id", "date": "placed_at", "event_id": "event", "event_date": "event_at"}, "order.get"
)
HELD = "The tickets are on hold."
RELEASED = "The tickets have been released."
ADDED = "The order has been added."
UPDATED = "The order has been updated."


@operation(body=HoldRequest, answer=Answer[Available], scope=RESELLER, refuses=WRITE)
def hold_tickets(context: Context, body: HoldRequest, external_id: str) -> flask.Response:
    """Hold tickets of a listing for half an hour of the world's time; the other resellers are told."""
    hold, left = holds.hold(context.world, context.caller, external_id, body["quantity"])
    members = {"external_id": external_id, "hold_id": hold["hold_id"], "quantity": hold["quantity"]}
    return done(context, {"quantity_available": left}, "ticket.hold", HELD, **members)


@operation(body=PartnerHoldRequest, answer=Answer[Available], scope=PARTNER, refuses=WRITE)
def hold_tickets_as_partner(context: Context, body: PartnerHoldRequest) -> flask.Response:
    """Hold tickets of a listing for half an hour of the world's time; every reseller is told."""
    hold, left = holds.hold(context.world, context.caller, body["listing_id"], body["quantity"])
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


def release(context: Context, hold_id: str, quantity: object) -> flask.Response:
    """Release tickets and answer in the words of whose hold it was."""
    is_partner = context.caller.is_partner
    released, left = holds.release(context.world, context.caller, hold_id, quantity)
    members = {"quantity": released} if is_partner else {"hold_id": hold_id, "quantity": released}
    type = "partner.ticket.release" if is_partner else "ticket.release"
    return done(context, {"quantity_available": left}, type, RELEASED, **members)


@operation(body=NewOrder, answer=Answer[Order], scope=RESELLER, refuses=WRITE)
def create_order(context: Context, body: NewOrder, hold_id: str, sold_quantity: str) -> flask.Response:
    """Add an order for tickets on hold; the other resellers are told of the sale."""
    return done(
        context,
        shown(orders.add_order(context.world, context.caller, hold_id, sold_quantity, body)),
        "order.add",
        ADDED,
    )


@operation(body=NewOrder, answer=Answer[Order], scope=PARTNER, refuses=WRITE)
def create_partner_order(context: Context, body: NewOrder, hold_id: str, quantity_sold: str) -> flask.Response:
    """Add an order for tickets on hold; every reseller is told of the sale."""
    order = orders.add_order(context.world, context.caller, hold_id, quantity_sold, body)
    return done(context, shown(order), "partner.order.add", ADDED)


@operation(body=OrderChange, answer=Answer[Order], scope=RESELLER, refuses=WRITE)
def update_order(context: Context, body: OrderChange, external_order_id: str) -> flask.Response:
    """Update an order's status, shipping address, label, tickets' owners or notes."""
    order = orders.update_order(context.world, context.caller, external_order_id, body)
    return done(context, shown(order), "order.update", UPDATED)


update_order_by_post = update_order


@operation(body=OrderChange, answer=Answer[Order], scope=PARTNER, refuses=WRITE)
def update_partner_order(context: Context, body: OrderChange, external_order_id: str) -> flask.Response:
    """Update an order's status, customer, shipping address, label, ticket type or date."""
    order = orders.update_order(context.world, context.caller, external_order_id, body)
    return done(context, shown(order), "partner.order.update", UPDATED)


@operation(answer=Result[Order], scope=PARTNER, refuses=(404,))
def get_partner_order(context: Context, external_order_id: str) -> flask.Response:
    """Get an order. Its meta.type is that of an added one, as in the public sample."""
    order = orders.order_of(context.read(), context.caller, external_order_id)
    return done(context, shown(order), "partner.order.add")


@operation(query=OrderQuery, answer=Page[Order], scope=RESELLER, refuses=READ)
def list_orders(context: Context, query: OrderQuery) -> flask.Response:
    """Get the reseller's orders."""
    where = order_filters(context.read(), context.caller, query)
    return page_of_records(context, ORDERS, where, query, shown)


def order_filters(read: Read, seller: Reseller, query: OrderQuery) -> list[Condition]:
    """Write a query for orders as conditions."""
    where: list[Condition] = [("reseller", "=", seller.id), *conditions(OrderQuery, query)]
    if query["event_id"] is not None:
        where.append(("event", "=", resellers.event_of(read, seller, query["event_id"]) or ""))
    if query["broker_id"] is not None:
        broker = resellers.broker_of(read, seller, query["broker_id"])
        where.append(("broker", "=", broker["id"] if broker else ""))
    return where
