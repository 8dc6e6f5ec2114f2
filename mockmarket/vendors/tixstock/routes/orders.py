"""Orders, under `order` for resellers and `orders` for partners."""

from __future__ import annotations

from typing import Any

import flask
from flask.views import MethodView

from mockmarket.api import web
from mockmarket.store import Read, records
from mockmarket.store.records import Condition
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
from mockmarket.vendors.tixstock.rules import orders, resellers
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.schemas import answers, bodies, queries
from mockmarket.vendors.tixstock.wire.kinds import ORDER
from mockmarket.vendors.tixstock.wire.orders import shown

ORDER_KEYS = {"id": "order_id", "date": "placed_at", "event_id": "event", "event_date": "event_at"}
ADDED = "The order has been added."
UPDATED = "The order has been updated."


def add(hold_id: str, quantity: str, asked: dict[str, Any]) -> flask.Response:
    """Add an order and answer with it."""
    who = seller()
    order = orders.add_order(web.world(), who, hold_id, quantity, asked)
    return done(shown(order), "partner.order.add" if who.is_partner else "order.add", ADDED)


def update(theirs: str, asked: dict[str, Any]) -> flask.Response:
    """Update an order and answer with it."""
    who = seller()
    order = orders.update_order(web.world(), who, theirs, asked)
    return done(shown(order), "partner.order.update" if who.is_partner else "order.update", UPDATED)


@blp.route("/order/add/<string:hold_id>/<string:sold_quantity>")
class ResellerNewOrder(MethodView):
    """An order from a reseller's hold."""

    @needs("reseller")
    @blp.arguments(bodies.OrderBody())
    @blp.response(200, answers.OrderAnswer)
    @refuses(400, 404, 409, 413, 415)
    def post(self, asked: dict[str, Any], hold_id: str, sold_quantity: str) -> flask.Response:
        """Add an order for tickets on hold; the other resellers are told of the sale."""
        return add(hold_id, sold_quantity, asked)


@blp.route("/orders/add/<string:hold_id>/<string:quantity_sold>")
class PartnerNewOrder(MethodView):
    """An order from a partner's hold."""

    @needs("partner")
    @blp.arguments(bodies.OrderBody())
    @blp.response(200, answers.OrderAnswer)
    @refuses(400, 404, 409, 413, 415)
    def post(self, asked: dict[str, Any], hold_id: str, quantity_sold: str) -> flask.Response:
        """Add an order for tickets on hold; every reseller is told of the sale."""
        return add(hold_id, quantity_sold, asked)


@blp.route("/order/update/<string:external_order_id>")
class ResellerOrder(MethodView):
    """A reseller's order, by its own id."""

    @needs("reseller")
    @blp.arguments(bodies.OrderChange())
    @blp.response(200, answers.OrderAnswer)
    @refuses(400, 404, 409, 413, 415)
    def put(self, asked: dict[str, Any], external_order_id: str) -> flask.Response:
        """Update an order's status, shipping address, label, tickets' owners or notes."""
        return update(external_order_id, asked)

    @needs("reseller")
    @blp.arguments(bodies.OrderChange())
    @blp.response(200, answers.OrderAnswer)
    @refuses(400, 404, 409, 413, 415)
    def post(self, asked: dict[str, Any], external_order_id: str) -> flask.Response:
        """Update an order, as PUT does."""
        return update(external_order_id, asked)


@blp.route("/orders/update/<string:external_order_id>")
class PartnerOrder(MethodView):
    """A partner's order, by its own id."""

    @needs("partner")
    @blp.arguments(bodies.OrderChange())
    @blp.response(200, answers.OrderAnswer)
    @refuses(400, 404, 409, 413, 415)
    def post(self, asked: dict[str, Any], external_order_id: str) -> flask.Response:
        """Update an order's status, customer, shipping address, label, ticket type or date."""
        return update(external_order_id, asked)


@blp.route("/orders/get/<string:external_order_id>")
class PartnerOrderFound(MethodView):
    """A partner's order, by its own id."""

    @needs("partner")
    @blp.response(200, answers.OrderAnswer)
    @refuses(404)
    def get(self, external_order_id: str) -> flask.Response:
        """Get an order. Its meta.type is that of an added one, as in the public sample."""
        return done(shown(orders.order_of(reading(), seller(), external_order_id)), "partner.order.add")


@blp.route("/order/get")
class ResellerOrders(MethodView):
    """A reseller's orders."""

    @needs("reseller")
    @blp.arguments(queries.OrderQuery(), location="query")
    @blp.response(200, answers.OrderPage)
    @refuses(400)
    def get(self, query: dict[str, Any]) -> flask.Response:
        """Get the reseller's orders."""
        read, who = reading(), seller()
        where: list[Condition] = [("reseller", "=", who.id), *filters(read, who, query)]
        place = place_of(records.count(read, ORDER, where), query)
        order = [(ORDER_KEYS[query["order_by"]], query["sort_order"])]
        rows = records.page(read, ORDER, where, order, place.take, place.offset)
        return paged([shown(unpacked(row)) for row in rows], "order.get", place)


def filters(read: Read, who: Reseller, query: dict[str, Any]) -> list[Condition]:
    """Write a query for orders as conditions."""
    broker = resellers.broker_of(read, who, query["broker_id"]) if query["broker_id"] is not None else None
    event = resellers.event_of(read, who, query["event_id"]) if query["event_id"] is not None else None
    asked: list[tuple[str, Condition]] = [
        ("order_id", ("order_id", "=", query["order_id"])),
        ("event_id", ("event", "=", event or "")),
        ("broker_id", ("broker", "=", broker["id"] if broker else "")),
        ("since", ("placed_at", ">=", query["since"])),
        ("until", ("placed_at", "<=", query["until"])),
        ("ticket_type", ("type", "=", query["ticket_type"])),
        ("status", ("status", "=", query["status"])),
    ]
    return [condition for name, condition in asked if query[name] is not None]
