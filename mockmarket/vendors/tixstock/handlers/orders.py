"""Orders, under `order` for resellers and `orders` for partners."""

from __future__ import annotations

import flask

from mockmarket.store import Read
from mockmarket.store.records import Condition
from mockmarket.vendors.tixstock.handlers.conventions import (
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
from mockmarket.vendors.tixstock.records.answers import Answer, Page, Result
from mockmarket.vendors.tixstock.records.orders import NewOrder, Order, OrderChange, OrderQuery
from mockmarket.vendors.tixstock.rules import orders, resellers
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.wire.kinds import ORDER
from mockmarket.vendors.tixstock.wire.orders import shown

ORDERS = StoredList(
    ORDER, {"id": "order_id", "date": "placed_at", "event_id": "event", "event_date": "event_at"}, "order.get"
)
ADDED = "The order has been added."
UPDATED = "The order has been updated."


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
