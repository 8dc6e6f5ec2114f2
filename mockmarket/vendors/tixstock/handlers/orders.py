"""Orders, under `order` for resellers and `orders` for partners."""

from __future__ import annotations

from typing import Any

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
    done,
    operation,
    page_of_records,
)
from mockmarket.vendors.tixstock.rules import orders, resellers
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.schemas import answers, bodies, queries
from mockmarket.vendors.tixstock.wire.kinds import ORDER
from mockmarket.vendors.tixstock.wire.orders import shown

ORDERS = StoredList(
    ORDER, {"id": "order_id", "date": "placed_at", "event_id": "event", "event_date": "event_at"}, "order.get"
)
ADDED = "The order has been added."
UPDATED = "The order has been updated."


@operation(body=bodies.OrderBody, answer=answers.OrderAnswer, scope=RESELLER, refuses=WRITE)
def create_order(context: Context, body: dict[str, Any], hold_id: str, sold_quantity: str) -> flask.Response:
    """Add an order for tickets on hold; the other resellers are told of the sale."""
    return done(
        context,
        shown(orders.add_order(context.world, context.caller, hold_id, sold_quantity, body)),
        "order.add",
        ADDED,
    )


@operation(body=bodies.OrderBody, answer=answers.OrderAnswer, scope=PARTNER, refuses=WRITE)
def create_partner_order(context: Context, body: dict[str, Any], hold_id: str, quantity_sold: str) -> flask.Response:
    """Add an order for tickets on hold; every reseller is told of the sale."""
    order = orders.add_order(context.world, context.caller, hold_id, quantity_sold, body)
    return done(context, shown(order), "partner.order.add", ADDED)


@operation(body=bodies.OrderChange, answer=answers.OrderAnswer, scope=RESELLER, refuses=WRITE)
def update_order(context: Context, body: dict[str, Any], external_order_id: str) -> flask.Response:
    """Update an order's status, shipping address, label, tickets' owners or notes."""
    order = orders.update_order(context.world, context.caller, external_order_id, body)
    return done(context, shown(order), "order.update", UPDATED)


update_order_by_post = update_order


@operation(body=bodies.OrderChange, answer=answers.OrderAnswer, scope=PARTNER, refuses=WRITE)
def update_partner_order(context: Context, body: dict[str, Any], external_order_id: str) -> flask.Response:
    """Update an order's status, customer, shipping address, label, ticket type or date."""
    order = orders.update_order(context.world, context.caller, external_order_id, body)
    return done(context, shown(order), "partner.order.update", UPDATED)


@operation(answer=answers.OrderAnswer, scope=PARTNER, refuses=(404,))
def get_partner_order(context: Context, external_order_id: str) -> flask.Response:
    """Get an order. Its meta.type is that of an added one, as in the public sample."""
    order = orders.order_of(context.read(), context.caller, external_order_id)
    return done(context, shown(order), "partner.order.add")


@operation(query=queries.OrderQuery, answer=answers.OrderPage, scope=RESELLER, refuses=READ)
def list_orders(context: Context, query: dict[str, Any]) -> flask.Response:
    """Get the reseller's orders."""
    where = order_filters(context.read(), context.caller, query)
    return page_of_records(context, ORDERS, where, query, shown)


def order_filters(read: Read, who: Reseller, query: dict[str, Any]) -> list[Condition]:
    """Write a query for orders as conditions."""
    broker = resellers.broker_of(read, who, query["broker_id"]) if query["broker_id"] is not None else None
    event = resellers.event_of(read, who, query["event_id"]) if query["event_id"] is not None else None
    conditions: list[tuple[str, Condition]] = [
        ("order_id", ("order_id", "=", query["order_id"])),
        ("event_id", ("event", "=", event or "")),
        ("broker_id", ("broker", "=", broker["id"] if broker else "")),
        ("since", ("placed_at", ">=", query["since"])),
        ("until", ("placed_at", "<=", query["until"])),
        ("ticket_type", ("type", "=", query["ticket_type"])),
        ("status", ("status", "=", query["status"])),
    ]
    own: Condition = ("reseller", "=", who.id)
    return [own, *(condition for name, condition in conditions if query[name] is not None)]
