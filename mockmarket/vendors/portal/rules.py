"""Scraper Portal's rules: how an order is placed and moved, and how its records follow the shared stock and events."""

from collections.abc import Callable

from mockmarket import clock, errors, stock
from mockmarket.rules import lifecycle, splits
from mockmarket.rules.lifecycle import Flow
from mockmarket.rules.search import folded
from mockmarket.store import Read, Tx, events, outbox, records
from mockmarket.store.margins import Margin
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.portal import wire
from mockmarket.vendors.portal.records import MOST_SEATS, NAME, TRANSFER_NOTES, Listing, NewOrder, StatusChange, dollars
from mockmarket.vendors.portal.wire import EVENT, LISTING, ORDER
from mockmarket.worlds.world import World

MOVES = {
    "confirmed": (("accepted", "cancelled"), ("purchase_issues", "refunded")),
    "accepted": (("fulfilled", "cancelled"), ("purchase_issues", "refunded")),
    "fulfilled": (("cancelled",), ("refunded",)),
    "cancelled": ((), ("refunded",)),
    "purchase_issues": (("accepted", "fulfilled", "cancelled"), ("refunded",)),
    "refunded": (("cancelled",), ()),
}
"""By status the successors by PATCH (document, "Status Flow": cancelled at any stage), and those by an admin alone
(convention: the document has the two notices and no call for them)."""
FLOW = Flow("order", {status: by_call for status, (by_call, _) in MOVES.items()})
LENIENT_FLOW = Flow("order", {**FLOW.moves, "confirmed": ("accepted", "fulfilled", "cancelled")})
"""The flow with `strict_flow` off: the document calls its own flow only typical."""
ADMIN_FLOW = Flow("order", {status: by_admin for status, (_, by_admin) in MOVES.items()})
EVERY_FLOW = Flow("order", {status: (*LENIENT_FLOW.moves[status], *ADMIN_FLOW.moves[status]) for status in MOVES})
"""Every allowed move, for the fixture's orders."""

WAYS: dict[str, tuple[str, ...]] = {
    "confirmed": (),
    "accepted": ("accepted",),
    "fulfilled": ("accepted", "fulfilled"),
    "cancelled": ("cancelled",),
    "purchase_issues": ("purchase_issues",),
    "refunded": ("accepted", "fulfilled", "refunded"),
}
"""The moves that bring a confirmed order of the fixture to a status."""

SORT_KEYS = {"date": "date", "name": "name_key", "venue": "venue_key", "lastUpdated": "updated_at"}
LISTING_SORT_KEYS = {"price": "cents", "section": "section_key", "row": "row_key"}


def active(read: Read) -> list[Condition]:
    """Return the conditions of an active event: not cancelled and not yet begun by the world's clock."""
    return [("active", "=", 1), records.upcoming(read, wire.EVENT)]


def place_order(world: World, body: NewOrder) -> Record:
    """Sell seats and confirm the order. Each reason to refuse it is its own refusal."""
    return announced(world, lambda tx: buy(tx, body))[0]


def change_status(world: World, body: StatusChange, flow: Flow | None = None) -> Record:
    """Move an order to a status. IllegalTransition lists the allowed ones."""
    return announced(world, lambda tx: move(tx, flow or flow_of(world), body))[0]


def announced(world: World, change: Callable[[Tx], Record]) -> tuple[Record, bool]:
    """Change an order and announce its status; also returns whether an active endpoint was sent the notice or, where
    the setting requires a first attempt inside the request, whether each accepted it."""
    with world.atomic() as tx:
        order = change(tx)
        deliveries = outbox.announce(tx, wire.notice(tx, f"order.{order['status']}", order))
        inline = world.settings_of(NAME)["deliver_inline"]
        claim = world.inline_sender.claim(world, tx, deliveries) if inline else None
    if not inline:
        return order, bool(deliveries)
    sent = world.inline_sender.send(world, claim)
    return order, len(sent) == len(deliveries) > 0 and all(
        sent
    )  # fewer are sent when a fault or the endpoint's state prevents one


def buy(tx: Tx, body: NewOrder) -> Record:
    """Sell seats of one listing and store the confirmed order, without a notice."""
    show = _show_on_sale(tx, body["eventId"])
    listing, own = _chosen_listing(tx, body)
    seats = stock.get(tx, own["stock"])
    _check_quantity(seats, body["quantity"])
    number = max(tx.now, (records.newest(tx, ORDER, "number") or 0) + 1)  # epoch ms, or the next free number
    order = new_order(tx, number, show, listing, seats, body)
    stock.claim(tx, "sold", seats, body["quantity"], NAME, order["orderId"])
    records.put(tx, ORDER, order, number=number, stock=seats.id)
    return order


def _show_on_sale(tx: Tx, id: str) -> events.Event:
    show = events.get(tx, id)
    if show is None:
        raise errors.NotFound(f"Event {id} not found.")
    if show.status == "cancelled":
        raise errors.Conflict(f"Event {id} has been cancelled; its tickets are no longer sold.")
    if show.starts_at <= tx.now:
        when = f"has already started ({wire.local_iso(show)}, local time)"
        raise errors.Conflict(f"Event {id} {when}; its tickets are no longer sold.")
    return show


def _chosen_listing(read: Read, body: NewOrder) -> records.Stored:
    id = body.get("listingId") or _cheapest(read, body)
    listing = records.as_stored(read, LISTING, id)  # its place, which no sale changes
    if listing is None or listing.record["eventId"] != body["eventId"]:
        raise errors.NotFound(f"Listing {id} not found for event {body['eventId']}.")
    return listing


def _cheapest(read: Read, body: NewOrder) -> str:
    section, row = folded(body["section"]), folded(body["row"])
    place: list[Condition] = [("event", "=", body["eventId"]), ("section_key", "=", section), ("row_key", "=", row)]
    fitting: Condition = ("buyable", "has_bit", body["quantity"])
    cheapest = records.first(read, LISTING, *place, fitting, order=[("cents", "asc")])
    if listing := cheapest or records.first(read, LISTING, *place, order=[("quantity", "desc")]):
        return str(listing["listingId"])
    raise errors.NotFound(f"No listing in section {body['section']}, row {body['row']} of event {body['eventId']}.")


def _check_quantity(seats: stock.Stock, quantity: int) -> None:
    if seats.free == 0:
        raise errors.SoldOut("This listing is sold out.", available=0)
    if quantity <= seats.free and not splits.allows(seats.split, seats.free, quantity):
        allowed = splits.quantities(seats.split, seats.free, MOST_SEATS)
        words = f"quantities that can be bought: {', '.join(map(str, allowed)) or 'none'}"
        sentence = f"This listing cannot be split to sell {quantity} of {seats.free}; {words}."
        raise errors.SplitRefused(sentence, quantities=allowed)


def new_order(tx: Tx, number: int, show: events.Event, listing: Record, seats: stock.Stock, body: NewOrder) -> Record:
    """Return a confirmed order for seats of a listing."""
    quantity, placed_at = body["quantity"], clock.iso_ms(tx.now)
    return {
        "orderId": f"order_{number}",
        "orderNumber": f"TIC-{tx.ids.text(9)}",
        "eventId": show.id,
        "eventName": show.name,
        "eventDate": wire.local_iso(show),
        "eventVenue": show.venue.name,
        "eventLocation": show.venue.city,
        "section": listing["section"],
        "row": listing["row"],
        "listingId": listing["listingId"],
        "quantity": quantity,
        "status": "confirmed",
        "totalAmount": dollars(seats.price * quantity),
        "customer": body["customer"],
        "createdAt": placed_at,
        "updatedAt": placed_at,
    }


def flow_of(world: World) -> Flow:
    """Return the flow of PATCH in this world."""
    return FLOW if world.settings_of(NAME)["strict_flow"] else LENIENT_FLOW


def move(tx: Tx, flow: Flow, body: StatusChange) -> Record:
    """Move an order within a transaction, with its seats, without a notice."""
    order, status = get_or_404(tx, body["orderId"]), body["status"]
    if problem := lifecycle.problem(flow, order["status"], status):
        allowed = lifecycle.allowed(flow, order["status"])
        raise errors.IllegalTransition(problem, details=[("status", problem)], allowed=allowed)
    if status != "fulfilled" and any(body.get(name) for name in wire.TRANSFER):
        details = [(name, "Only with status fulfilled.") for name in wire.TRANSFER if body.get(name)]
        raise errors.Invalid("transferMethod and transferNote go with the status fulfilled only.", details=details)
    changed = order | {"status": status, "updatedAt": clock.iso_ms(tx.now), "previousStatus": order["status"]}
    if status == "fulfilled":
        method = body.get("transferMethod") or "mobile_transfer"
        changed |= {"transferMethod": method, "transferNote": body.get("transferNote") or TRANSFER_NOTES[method]}
    if status in ("cancelled", "refunded"):
        stock.put_back(tx, NAME, order["orderId"])
    records.update(tx, ORDER, changed)
    return changed


def barred(world: World, body: StatusChange, flow: Flow | None = None) -> str | None:
    """Return why an order cannot be moved to a status now, or None."""
    status = get_or_404(world.read(), body["orderId"])["status"]
    return lifecycle.problem(flow or flow_of(world), status, body["status"])


def stock_changed(tx: Tx, change: stock.Change) -> Margin | None:
    """Update the listing, and the event's numberOfSeats and lastUpdated, after a change of what can be bought or at what
    price; nothing for an event not sold here."""
    show = records.get(tx, EVENT, change.stock.event)
    if show is None:
        return None
    known = records.stored(tx, LISTING, ("stock", "=", change.stock.id))
    listing = wire.listing(known.record["listingId"] if known else tx.ids.object_id(tx.now), change.stock)
    if known is None:
        records.put(tx, LISTING, listing, **wire.listing_columns(change.stock))
        _count_seats(tx, show, tx.now)
    elif known.record != listing:
        _update_listing(tx, listing, change.stock, known.own)
        _count_seats(tx, show, tx.now)
    updated = {(NAME, LISTING.name, listing["listingId"]): "stored", (NAME, EVENT.name, show["eventId"]): "stored"}
    return Margin(updated, own=True)


def refresh(tx: Tx, id: str, moment: int) -> None:
    """Update the listing of a stock row, and its event, after sales and returns, the last one at `moment`."""
    row = stock.get(tx, id)
    show, known = records.get(tx, EVENT, row.event), records.stored(tx, LISTING, ("stock", "=", id))
    if show and known:
        _update_listing(tx, wire.listing(known.record["listingId"], row), row, known.own)
        _count_seats(tx, show, moment)


def _update_listing(tx: Tx, listing: Listing, row: stock.Stock, own: Record) -> None:
    columns = wire.listing_columns(row)
    records.update(tx, LISTING, listing, **{name: value for name, value in columns.items() if value != own[name]})


def _count_seats(tx: Tx, show: Record, moment: int) -> None:
    seats = stock.free_of_event(tx, show["eventId"])
    records.update(tx, EVENT, show | {"numberOfSeats": seats}, updated_at=moment)


def event_changed(tx: Tx, change: events.EventChange) -> None:
    """Update the event's record, and its date in orders."""
    show = change.event
    record = wire.event(show, stock.free_of_event(tx, show.id))
    records.put(tx, EVENT, record, **wire.event_columns(show, tx.now))
    for order in records.find(tx, ORDER, ("event", "=", show.id)):
        records.update(tx, ORDER, order | {"eventDate": record["isoDate"]})


def get_or_404(read: Read, id: str) -> Record:
    """Return the order with this id; NotFound when there is none."""
    return records.get_or_404(read, ORDER, id, "Order {id} not found.")
