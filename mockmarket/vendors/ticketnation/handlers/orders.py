"""Orders: listed and read; buyers make them, through actions."""

from __future__ import annotations

import flask

from mockmarket.vendors.ticketnation.handlers.conventions import READ, Context, data, operation, organization, page
from mockmarket.vendors.ticketnation.records import Answer, Order, OrderQuery, Page
from mockmarket.vendors.ticketnation.rules import orders
from mockmarket.vendors.ticketnation.wire import ORDER


@operation(query=OrderQuery, answer=Page[Order], scope="orders:read", refuses=READ)
def list_orders(context: Context, query: OrderQuery) -> flask.Response:
    """List orders, the newest first."""
    where = orders.listed(context.read(), organization(context), query)
    return page(context, ORDER, where, [("placed_at", "desc")], query)


@operation(answer=Answer[Order], scope="orders:read", refuses=READ)
def get_order(context: Context, order: str) -> flask.Response:
    """Get an order."""
    return data(orders.order_of(context.read(), organization(context), order))
