"""Orders: what buyers bought, which no call of the API does; and what was refunded. Takes and gives back shared seats."""

from __future__ import annotations

from collections.abc import Sequence

from mockmarket import stock
from mockmarket.clock import iso_ms, to_datetime
from mockmarket.errors import Conflict, IllegalTransition, NotFound, SoldOut
from mockmarket.rules import lifecycle, splits
from mockmarket.rules.lifecycle import Flow
from mockmarket.rules.uuids import is_same
from mockmarket.stock import Stock
from mockmarket.store import Read, Tx, events, outbox, records
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.records import NAME, OrderId, OrderQuery, Purchase, Wanted
from mockmarket.vendors.ticketnation.rules import inventory
from mockmarket.vendors.ticketnation.rules.organizations import hearing, missing
from mockmarket.vendors.ticketnation.wire import EVENT, ORDER, TICKET
from mockmarket.worlds.world import World

FLOW = Flow("order", {"COMPLETED": ("REFUNDED",), "REFUNDED": ()})
"""Convention: the document has the two notices; orders are made completed."""

Basket = Sequence[tuple[Record, int]]


def buy(world: World, body: Purchase) -> Record:
    """Sell tickets of one event to a buyer: order.completed, then what it did to the stock. Each reason against it is its own refusal."""
    with world.atomic() as tx:
        event = event_called(tx, body["eventId"])
        wanted = [(ticket_called(tx, event, item["ticketId"]), item["quantity"]) for item in items_of(body)]
        order = place(tx, event, wanted, (body["buyerName"], body["buyerEmail"]))
        tell(tx, "order.completed", order)
        settle(tx, order)
    return order


def items_of(body: Purchase) -> list[Wanted]:
    """Return what a purchase asks for, whichever of the two forms it has."""
    return body.get("items") or [{"ticketId": body["ticketId"], "quantity": body.get("quantity", 1)}]


def event_called(read: Read, ref: str) -> Record:
    """Return an event by id or slug, of any organization: buyers see them all."""
    event = records.get(read, EVENT, ref) or next(iter(records.find(read, EVENT, ("slug", "=", ref), limit=1)), None)
    if event is None:
        raise missing("Event", ref)
    return event


def ticket_called(read: Read, event: Record, ref: str) -> Record:
    """Return a ticket type of an event by id or name."""
    for ticket in records.find(read, TICKET, ("event", "=", event["id"])):
        if is_same(ticket["id"], ref) or ticket["name"] == ref:
            return ticket
    raise missing("Ticket", ref)


def place(tx: Tx, event: Record, wanted: Basket, buyer: tuple[str, str], first: str | None = None) -> Record:
    """Take the seats and store the completed order, telling nobody yet; `first` is the stock row to take from if it can be."""
    check_on_sale(tx, event)
    id = tx.ids.uuid()
    for ticket, quantity in wanted:
        check_ticket(ticket)
        for row, part in allot(inventory.seats(tx, records.own(tx, TICKET, ticket["id"])), quantity, first):
            stock.take(tx, row, part, NAME, id)
    order = new_order(tx, id, event, wanted, buyer)
    owner = records.own(tx, EVENT, event["id"])["organization"]
    records.put(tx, ORDER, order, organization=owner, placed_at=tx.now)
    return order


def check_on_sale(read: Read, event: Record) -> None:
    """Raise Conflict for an event that is not published, or has begun."""
    if event["status"] not in inventory.LIVE:
        raise Conflict(f"Event {event['slug']} is {event['status']}; its tickets are not sold.")
    show = events.get(read, records.own(read, EVENT, event["id"])["show"])
    if show is None or show.starts_at <= read.now:
        raise Conflict(
            f"Event {event['slug']} has already started ({event['dateTime']}); its tickets are no longer sold."
        )


def check_ticket(ticket: Record) -> None:
    """Raise Conflict for a ticket type that is a draft, SoldOut for one that is sold out."""
    if ticket["status"] == "DRAFT":
        raise Conflict(f"Ticket type {ticket['name']!r} is not published.")
    if ticket["status"] == "SOLD_OUT":
        raise SoldOut(f"Ticket type {ticket['name']!r} is sold out.", available=0)


def allot(rows: Sequence[Stock], quantity: int, first: str | None) -> list[tuple[str, int]]:
    """Choose rows for a quantity: one that has it all and whose split rule lets it go, else one that has it all, else several.

    The organizer's own sales are not bound by split rules, only led by them (convention). SoldOut when too few are left.
    """
    free = sum(row.free for row in rows)
    if free < quantity:
        raise SoldOut(f"Only {free} of the {quantity} tickets asked for are left.", available=free)
    ordered = sorted(rows, key=lambda row: row.id != first)
    whole = [row for row in ordered if row.free >= quantity]
    fitting = [row for row in whole if splits.allows(row.split, row.free, quantity)]
    if whole:
        return [((fitting or whole)[0].id, quantity)]
    return spread(ordered, quantity)


def spread(rows: Sequence[Stock], quantity: int) -> list[tuple[str, int]]:
    """Take a quantity of several rows, the fullest first, so that few are needed."""
    parts = []
    for row in sorted(rows, key=lambda row: -row.free):
        part = min(row.free, quantity)
        if part:
            parts.append((row.id, part))
            quantity -= part
    return parts


def new_order(tx: Tx, id: str, event: Record, wanted: Basket, buyer: tuple[str, str]) -> Record:
    """Write a completed order; its amounts are price times quantity."""
    now = iso_ms(tx.now)
    items = [item(ticket, quantity) for ticket, quantity in wanted]
    return {
        "orderId": id, "orderNumber": order_number(tx), "eventId": event["id"],
        "totalAmount": wire.pesos(sum(centavos(item["amount"]) for item in items)), "currency": event["currency"],
        "quantity": sum(quantity for _, quantity in wanted), "buyerName": buyer[0], "buyerEmail": buyer[1],
        "status": "COMPLETED", "items": items, "createdAt": now, "updatedAt": now, "refundedAt": None,
    }  # fmt: skip


def item(ticket: Record, quantity: int) -> Record:
    """Write what an order has of a ticket type."""
    amount = wire.pesos(centavos(ticket["price"]) * quantity)
    return {
        "ticketId": ticket["id"], "ticketName": ticket["name"], "quantity": quantity, "unitPrice": ticket["price"], "amount": amount,
    }  # fmt: skip


def centavos(amount: float) -> int:
    """Return an amount in pesos as a whole number of centavos, with which sums are exact."""
    return round(amount * 100)


def order_number(tx: Tx) -> str:
    """Return a number that no order has: TN, the day in UTC, six characters (document, sample)."""
    while True:
        number = f"TN-{to_datetime(tx.now):%Y%m%d}-{tx.ids.text(6)}"
        if not records.count(tx, ORDER, [("number", "=", number)]):
            return number


def refund(world: World, body: OrderId) -> Record:
    """Give an order's money and seats back: order.refunded, then what that did to the stock."""
    with world.atomic() as tx:
        order = give_back(tx, order_called(tx, body["orderId"]))
        tell(tx, "order.refunded", order)
        settle(tx, order)
    return order


def give_back(tx: Tx, order: Record) -> Record:
    """Refund an order within a transaction, telling nobody yet; what is off sale stays off sale."""
    check_refundable(order)
    now = iso_ms(tx.now)
    changed = order | {"status": "REFUNDED", "updatedAt": now, "refundedAt": now}
    records.update(tx, ORDER, changed)
    stock.put_back(tx, NAME, order["orderId"])
    for item in order["items"]:
        ticket = records.get(tx, TICKET, item["ticketId"])
        if ticket is not None:
            inventory.keep_off(tx, ticket)
    return changed


def check_refundable(order: Record) -> None:
    """Raise IllegalTransition for an order that has been refunded."""
    try:
        lifecycle.check(FLOW, order["status"], "REFUNDED")
    except lifecycle.IllegalMove as error:
        raise IllegalTransition(str(error), details=[("status", str(error))]) from error


def order_called(read: Read, ref: str) -> Record:
    """Return an order by id or number; NotFound without one."""
    order = records.get(read, ORDER, ref) or next(iter(records.find(read, ORDER, ("number", "=", ref), limit=1)), None)
    if order is None:
        raise missing("Order", ref)
    return order


def settle(tx: Tx, order: Record) -> None:
    """Bring an order's ticket types and its event into line, and tell what that shows."""
    for id in dict.fromkeys(item["ticketId"] for item in order["items"]):
        if records.get(tx, TICKET, id) is not None:
            inventory.follow(tx, id)
    inventory.follow_event(tx, order["eventId"])


def tell(tx: Tx, type: str, order: Record) -> None:
    """Announce a notice about an order to its organization's endpoints."""
    owner = records.own(tx, ORDER, order["orderId"])["organization"]
    outbox.announce(tx, wire.order_notice(tx, type, order, hearing(tx, owner, order["eventId"])))


def listed(read: Read, organization: Record, query: OrderQuery) -> list[Condition]:
    """Return the conditions of `GET /orders`; an event that is not the organization's has none."""
    where: list[Condition] = [("organization", "=", organization["id"])]
    if query["eventId"]:
        by_slug = records.find(read, EVENT, ("slug", "=", query["eventId"]), limit=1)
        where.append(("event", "=", by_slug[0]["id"] if by_slug else query["eventId"]))
    if query["status"]:
        where.append(("status", "=", query["status"]))
    return where


def order_of(read: Read, organization: Record, id: str) -> Record:
    """Return an organization's order by id; NotFound for another's too."""
    order = records.get(read, ORDER, id)
    if order is None or records.own(read, ORDER, id)["organization"] != organization["id"]:
        raise missing("Order", id)
    return order


def order_or_newest(read: Read, id: str | None) -> Record:
    """Return the order with this id, or the newest; NotFound when there is none."""
    if id:
        return order_called(read, id)
    newest = records.find(read, ORDER, order=[("placed_at", "desc")], limit=1)
    if not newest:
        raise NotFound("There is no order yet; buy something first.")
    return newest[0]
