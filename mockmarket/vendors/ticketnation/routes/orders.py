"""Orders: listed and read; buyers make them, through actions."""

from __future__ import annotations

from typing import Any

import flask
from flask.views import MethodView

from mockmarket.api import web
from mockmarket.vendors.ticketnation.routes.common import chapter, data, needs, organization, page, read_only
from mockmarket.vendors.ticketnation.rules import orders
from mockmarket.vendors.ticketnation.schemas.account import OrderAnswer, OrderPage, OrderQuery
from mockmarket.vendors.ticketnation.wire import ORDER

blp = chapter("orders", "orders, read only.")


@blp.route("/orders")
class Orders(MethodView):
    """Orders of an organization's events."""

    @needs("orders:read")
    @blp.arguments(OrderQuery(), location="query")
    @blp.response(200, OrderPage)
    @read_only(blp)
    def get(self, query: dict[str, Any]) -> flask.Response:
        """List orders, the newest first."""
        read = web.world().read()
        return page(read, ORDER, orders.listed(read, organization(), query), [("placed_at", "desc")], query)


@blp.route("/orders/<string:order>")
class OneOrder(MethodView):
    """One order."""

    @needs("orders:read")
    @blp.response(200, OrderAnswer)
    @read_only(blp)
    def get(self, order: str) -> flask.Response:
        """Get an order."""
        return data(orders.order_of(web.world().read(), organization(), order))
