"""Scraper Portal's four calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import flask
from flask.views import MethodView

from mockmarket.api import auth, web
from mockmarket.api.paging import Offset
from mockmarket.errors import NotFound
from mockmarket.store import records
from mockmarket.store.records import Condition
from mockmarket.vendors.portal import rules, schemas, wire
from mockmarket.webhooks.encoding import javascript

BASE = "/api/v1"
T = TypeVar("T")

blp = web.Blueprint("portal", __name__, url_prefix=BASE, description="Scraper Portal API")
needs = web.guard(wire.NAME, "X-API-Key", auth.header("X-API-Key"), lambda key: key.scopes)

REFUSALS = {
    400: "A parameter or the body is wrong, or the order cannot move there.",
    401: "No API key, an unknown one, or one that has expired.",
    403: "The key lacks the scope, or may not be used from this address.",
    404: "No such event, listing or order.",
    405: "The path does not take this method.",
    409: "Sold out, a split rule broken, or an event that is over or cancelled.",
    413: "The body is too large.",
    415: "The body is not application/json.",
}


def refuses(*statuses: int) -> Callable[[T], T]:
    """Document the error answers of a call."""

    def documented(view: T) -> T:
        for status in statuses:
            view = blp.response(status, schemas.ErrorSchema, description=REFUSALS[status])(view)
        return view

    return documented


@blp.route("/events")
class Events(MethodView):
    """Active events."""

    @needs("events:read")
    @blp.arguments(schemas.EventQuery(), location="query")
    @blp.response(200, schemas.EventPage)
    @refuses(400, 401, 403)
    def get(self, query: dict[str, Any]) -> flask.Response:
        """Get active events: those not cancelled and not past by the world's clock."""
        read = web.world().read()
        where = rules.active(read.now)
        if query["venue"]:
            where.append(("venue_key", "contains", query["venue"].casefold()))
        order = [(rules.SORT_KEYS[query["sortBy"]], query["sortOrder"])]
        rows = records.page(read, wire.EVENT, where, order, query["limit"], query["offset"])
        place = Offset(records.count(read, wire.EVENT, where), query["limit"], query["offset"])
        filters = {name: query[name] for name in ("venue", "sortBy", "sortOrder")}
        return envelope(rows, {"pagination": pagination(place), "filters": filters})


@blp.route("/inventory")
class Inventory(MethodView):
    """What can be bought of an event."""

    @needs("inventory:read")
    @blp.arguments(schemas.InventoryQuery(), location="query")
    @blp.response(200, schemas.InventoryList)
    @refuses(400, 401, 403, 404)
    def get(self, query: dict[str, Any]) -> flask.Response:
        """Get an event's listings; one that is past or cancelled has none."""
        read = web.world().read()
        if records.get(read, wire.EVENT, query["eventId"]) is None:
            raise NotFound(f"Event {query['eventId']} not found.")
        active = records.count(read, wire.EVENT, [("id", "=", query["eventId"]), *rules.active(read.now)])
        order = [(rules.LISTING_SORT_KEYS[query["sortBy"]], query["sortOrder"])]
        rows = records.page(read, wire.LISTING, list(listing_filters(query)), order, -1, 0) if active else []
        return envelope(rows, {"total": len(rows), "filters": query})


@blp.route("/orders")
class Orders(MethodView):
    """Orders: placed, and moved along."""

    @needs("orders:write")
    @blp.arguments(schemas.NewOrder())
    @blp.response(201, schemas.OrderAnswer)
    @refuses(400, 401, 403, 404, 409, 413, 415)
    def post(self, asked: dict[str, Any]) -> flask.Response:
        """Create an order, by listing (recommended) or by section and row: the cheapest there that fits."""
        order, sent = rules.place_order(web.world(), asked)
        return changed(order, f"Order {order['orderId']} created successfully", sent, 201)

    @needs("orders:write")
    @blp.arguments(schemas.StatusChange())
    @blp.response(200, schemas.OrderAnswer)
    @refuses(400, 401, 403, 404, 413, 415)
    def patch(self, asked: dict[str, Any]) -> flask.Response:
        """Update an order's status: confirmed, accepted, fulfilled; cancelled at any stage."""
        order, sent = rules.change_status(web.world(), asked)
        return changed(order, f"Order {order['orderId']} updated to {order['status']} successfully", sent, 200)


def listing_filters(query: dict[str, Any]) -> Iterable[Condition]:
    """Write an inventory query as conditions; listings with nothing left are never shown."""
    yield ("event", "=", query["eventId"])
    yield ("quantity", ">", 0)
    if query["listingId"]:
        yield ("id", "=", query["listingId"])
    if query["minPrice"] is not None:
        yield ("cents", ">=", in_cents(query["minPrice"]))
    if query["maxPrice"] is not None:
        yield ("cents", "<=", in_cents(query["maxPrice"]))
    if query["quantity"]:
        yield ("buyable", "has_bit", query["quantity"])


def in_cents(price: float) -> float:
    """Return a price in cents, whole for a price in whole cents: 1.1 * 100 is more than 110, 8.2 * 100 less than 820."""
    return round(price * 100, 4)


def pagination(place: Offset) -> dict[str, Any]:
    """Write where a page stands (document, `meta.pagination`)."""
    return {
        "total": place.total,
        "limit": place.limit,
        "offset": place.offset,
        "hasMore": place.has_more,
        "nextOffset": place.next_offset,
    }


def envelope(rows: list[bytes], meta: dict[str, Any]) -> flask.Response:
    """Answer with stored records as they are, and what goes with them."""
    return web.json_answer(b'{"data":' + web.joined(rows) + b',"meta":' + javascript(meta) + b"}")


def changed(order: dict[str, Any], message: str, sent: bool, status: int) -> flask.Response:
    """Answer with an order that was placed or changed."""
    return web.json_answer(javascript(wire.status_answer(order, message, sent, web.world().clock.now())), status)
