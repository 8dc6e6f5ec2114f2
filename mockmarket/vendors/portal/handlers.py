"""Scraper Portal's four calls."""

import flask

from mockmarket.api import auth, bodies, operations
from mockmarket.api.context import RequestContext
from mockmarket.rules.search import folded
from mockmarket.store import Read, Record, keys, records
from mockmarket.vendors.portal import records as shapes, rules, wire
from mockmarket.vendors.portal.records import Envelope, EventQuery, InventoryQuery, NewOrder, OrderAnswer, StatusChange
from mockmarket.webhooks.encoding import javascript

Context = RequestContext[keys.Key]

REFUSALS = {
    400: "A parameter or the body is invalid, or the order cannot change to that status.",
    401: "A missing, unknown or expired API key.",
    403: "The key lacks the scope, or may not be used from this address.",
    404: "No such event, listing or order.",
    405: "The path does not take this method.",
    409: "Sold out, a split rule broken, or an event that is over or cancelled.",
    413: "The body is too large.",
    415: "The body is not application/json.",
}
operation = operations.Conventions(
    shapes.Error,
    REFUSALS,
    auth.by_key("X-API-Key", auth.header("X-API-Key")),
    always=(400, 401, 403),
    write=lambda _, data, status: bodies.json_answer(javascript(data), status),
)


@operation.reads(query=EventQuery, answer=Envelope[shapes.Event, shapes.EventMeta], scope="events:read")
def list_events(read: Read, query: EventQuery) -> flask.Response:
    """Get active events: not cancelled, and not past by the world's clock."""
    where = rules.active(read)
    where += [("venue_key", "contains", folded(query["venue"]))] if query["venue"] else []
    order = [(rules.SORT_KEYS[query["sortBy"]], query["sortOrder"])]
    total, limit, offset = records.count(read, wire.EVENT, where), query["limit"], query["offset"]
    (events, _), end = records.array(read, wire.EVENT, where, order, limit, offset), offset + limit
    filters = {name: value for name, value in query.items() if name not in ("limit", "offset")}
    pages = {"total": total, "limit": limit, "offset": offset}
    pagination = pages | {"hasMore": end < total, "nextOffset": end if end < total else None}
    return _envelope(events, {"pagination": pagination, "filters": filters})


@operation.reads(
    query=InventoryQuery, answer=Envelope[shapes.Listing, shapes.InventoryMeta], scope="inventory:read", refuses=(404,)
)
def list_inventory(read: Read, query: InventoryQuery) -> flask.Response:
    """Get an event's listings; a past or cancelled event has none."""
    active = records.count(read, wire.EVENT, [("id", "=", query["eventId"]), *rules.active(read)])
    if not active:
        records.get_or_404(read, wire.EVENT, query["eventId"], "Event {id} not found.")
    order = [(rules.LISTING_SORT_KEYS[query["sortBy"]], query["sortOrder"])]
    conditions = records.matching(InventoryQuery, query)
    where = [(column, way, in_cents(value) if column == "cents" else value) for column, way, value in conditions]
    limit = -1 if active else 0
    listings, total = records.array(read, wire.LISTING, [("quantity", ">", 0), *where], order, limit, 0)
    return _envelope(listings, {"total": total, "filters": query})


@operation(body=NewOrder, answer=OrderAnswer, status=201, scope="orders:write", refuses=(404, 409, 413, 415))
def create_order(context: Context, body: NewOrder) -> Record:
    """Create an order, by listing (recommended) or by section and row: the cheapest matching listing there."""
    order, sent = rules.announced(context.world, lambda tx: rules.buy(tx, body))
    return wire.status_answer(order, "created", sent, context.world.clock.now())


@operation(body=StatusChange, answer=OrderAnswer, scope="orders:write", refuses=(404, 413, 415))
def update_order(context: Context, body: StatusChange) -> Record:
    """Update an order's status: confirmed, accepted, fulfilled; cancelled at any stage."""
    order, sent = rules.announced(context.world, lambda tx: rules.move(tx, rules.flow_of(context.world), body))
    return wire.status_answer(order, f"updated to {order['status']}", sent, context.world.clock.now())


def in_cents(price: float) -> float:
    """Return a price in cents, whole for a price in whole cents: 1.1 * 100 is more than 110, 8.2 * 100 less than 820."""
    return round(price * 100, 4)


def _envelope(rows: bytes, meta: object) -> flask.Response:
    return bodies.json_answer(b'{"data":%b,"meta":%b}' % (rows, javascript(meta)))
