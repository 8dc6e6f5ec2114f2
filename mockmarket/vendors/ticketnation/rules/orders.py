"""Orders of buyers, for which the API has no call, and refunds. Takes and returns shared seats."""

from collections.abc import Sequence
from itertools import count

from mockmarket import errors, stock
from mockmarket.clock import iso_ms, to_datetime
from mockmarket.records import defaults
from mockmarket.rules import lifecycle, splits, uuids
from mockmarket.rules.search import folded
from mockmarket.store import Read, Record, Tx, events, outbox, records
from mockmarket.vendor import nothing_fits
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.records import NAME, NOTICES, Order, OrderId, Purchase, Wanted
from mockmarket.vendors.ticketnation.rules import tickets
from mockmarket.vendors.ticketnation.rules.events import by_id_or, check_move, event_called, missing, notice_of
from mockmarket.worlds.world import World

FLOW = lifecycle.Flow("order", {"COMPLETED": ("REFUNDED",), "REFUNDED": ()})
"""Convention: the document has the two notices; orders are made completed."""

Basket = Sequence[tuple[Record, int]]


def buy(world: World, body: Purchase) -> Record:
    """Sell tickets of one event to a buyer: order.completed, then the notices on stock. Each reason to refuse it is its own refusal."""
    with world.atomic() as tx:
        event = _event_named(tx, body["eventId"])
        single: list[Wanted] = [{"ticketId": body.get("ticketId", ""), "quantity": body.get("quantity", 1)}]
        items = body.get("items") or single
        wanted = [(_ticket_called(tx, event, item["ticketId"]), item["quantity"]) for item in items]
        order = place(tx, event, wanted, (body["buyerName"], body["buyerEmail"]))
        outbox.announce(tx, notice_of(tx, "order.completed", order))
        settle(tx, order)
    return order


def _event_named(read: Read, ref: str) -> Record:
    """Return an event by id, slug or, if only one has it, name; Conflict lists the ids of several."""
    named = records.find(read, wire.EVENT, ("name_key", "=", folded(ref)))
    if len(named) > 1 and ref not in (event["slug"] for event in named):
        raise errors.Conflict(
            f"{len(named)} events have the name {ref!r}; name one by id: {', '.join(event['id'] for event in named)}."
        )
    return named[0] if len(named) == 1 else event_called(read, ref)


def _ticket_called(read: Read, event: Record, ref: str) -> Record:
    for ticket in records.find(read, wire.TICKET, ("event", "=", event["id"])):
        if uuids.is_same(ticket["id"], ref) or ticket["name"] == ref:
            return ticket
    raise missing(wire.TICKET, ref)


def place(tx: Tx, event: Record, wanted: Basket, buyer: tuple[str, str], first: str | None = None) -> Record:
    """Take the seats and store the completed order, without a notice; `first` is the stock row to prefer."""
    if event["status"] not in tickets.LIVE:
        raise errors.Conflict(f"Event {event['slug']} is {event['status']}; its tickets are not sold.")
    show = events.get(tx, records.own(tx, wire.EVENT, event["id"])["show"])
    if show is None or show.starts_at <= tx.now:
        when = f"has already started ({event['dateTime']})"
        raise errors.Conflict(f"Event {event['slug']} {when}; its tickets are no longer sold.")
    id = tx.ids.uuid()
    for ticket, quantity in wanted:
        if ticket["status"] == "DRAFT":
            raise errors.Conflict(f"Ticket type {ticket['name']!r} is not published.")
        if ticket["status"] == "SOLD_OUT":
            raise errors.SoldOut(f"Ticket type {ticket['name']!r} is sold out.", available=0)
        for row, part in allot(tickets.seats(tx, records.own(tx, wire.TICKET, ticket["id"])), quantity, first):
            stock.take(tx, row, part, NAME, id)
    order = new_order(tx, id, event, wanted, buyer)
    owner = records.own(tx, wire.EVENT, event["id"])["organization"]
    records.put(tx, wire.ORDER, order, organization=owner, placed_at=tx.now)
    return order


def allot(rows: Sequence[stock.Stock], quantity: int, first: str | None) -> list[tuple[str, int]]:
    """Choose rows for a quantity: one that has it all and whose split rule allows it, else one that has it all, else several, the fullest
    first. Split rules only guide the organizer's own sales (convention). SoldOut when too few are left."""
    free = sum(row.free for row in rows)
    if free < quantity:
        raise errors.SoldOut(f"Only {free} of the {quantity} tickets asked for are left.", available=free)
    ordered = sorted(rows, key=lambda row: row.id != first)
    if single := [row for row in ordered if row.free >= quantity]:
        fitting = (row for row in single if splits.allows(row.split, row.free, quantity))
        return [(next(fitting, single[0]).id, quantity)]
    return list(tickets.spread(sorted(ordered, key=lambda row: -row.free), quantity))


def new_order(tx: Tx, id: str, event: Record, wanted: Basket, buyer: tuple[str, str]) -> Record:
    """Return a completed order; its amounts are price times quantity."""
    amounts = [wire.centavos(ticket["price"]) * quantity for ticket, quantity in wanted]
    items = [
        {"ticketId": ticket["id"], "ticketName": ticket["name"], "quantity": quantity, "unitPrice": ticket["price"]}
        | {"amount": wire.pesos(amount)}
        for (ticket, quantity), amount in zip(wanted, amounts, strict=True)
    ]
    content = {"eventId": event["id"], "items": items, "quantity": sum(quantity for _, quantity in wanted)}
    ids = {"orderId": id, "orderNumber": order_number(tx), "status": "COMPLETED"}
    who = {"buyerName": buyer[0], "buyerEmail": buyer[1]}
    total = {"totalAmount": wire.pesos(sum(amounts)), "currency": event["currency"]}
    return defaults(Order) | ids | content | total | who | dict.fromkeys(("createdAt", "updatedAt"), iso_ms(tx.now))


def order_number(tx: Tx) -> str:
    """Return an unused order number: TN, the day in UTC, six characters (document, sample)."""
    numbers = (f"TN-{to_datetime(tx.now):%Y%m%d}-{tx.ids.text(6)}" for _ in count())
    return next(number for number in numbers if not records.count(tx, wire.ORDER, [("number", "=", number)]))


def refund(world: World, body: OrderId) -> Record:
    """Refund an order and return its seats: order.refunded, then the notices on stock."""
    with world.atomic() as tx:
        order = give_back(tx, _order_called(tx, body["orderId"]))
        outbox.announce(tx, notice_of(tx, "order.refunded", order))
        settle(tx, order)
    return order


def barred(world: World, body: OrderId) -> str | None:
    """Return why an order cannot be refunded now, or None."""
    return lifecycle.problem(FLOW, _order_called(world.read(), body["orderId"])["status"], "REFUNDED")


def give_back(tx: Tx, order: Record) -> Record:
    """Refund an order within a transaction, without a notice; seats that are off sale stay off sale."""
    check_move(FLOW, order, "REFUNDED")
    now = iso_ms(tx.now)
    changed = order | {"status": "REFUNDED", "updatedAt": now, "refundedAt": now}
    records.update(tx, wire.ORDER, changed)
    stock.put_back(tx, NAME, order["orderId"])
    for item in order["items"]:
        if ticket := records.get(tx, wire.TICKET, item["ticketId"]):
            tickets.keep_off(tx, ticket)
    return changed


def _order_called(read: Read, ref: str) -> Record:
    return by_id_or(read, wire.ORDER, "number", ref)


def settle(tx: Tx, order: Record) -> None:
    """Update an order's ticket types and its event, and announce the resulting notices."""
    for id in dict.fromkeys(item["ticketId"] for item in order["items"]):
        if records.get(tx, wire.TICKET, id) is not None:
            tickets.follow(tx, id)
    tickets.follow_event(tx, order["eventId"])


def order_or_newest(read: Read, id: str | None, type: str) -> Record:
    """Return the order with this id, by default the newest that has the notice's status; Conflict when none has it."""
    if id:
        return _order_called(read, id)
    status = type.removeprefix("order.").upper()
    if order := records.first(read, wire.ORDER, ("status", "=", status), order=[("placed_at", "desc")]):
        return order
    raise nothing_fits("order", type, NOTICES[type])
