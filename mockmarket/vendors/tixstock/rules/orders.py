"""Holds for a basket, orders placed from holds and moved by resellers and brokers, and the fulfilment of their tickets."""

from collections.abc import Mapping, Sequence
from itertools import chain, islice, repeat
from typing import cast

from mockmarket import clock, stock
from mockmarket.errors import Conflict, IllegalTransition, Invalid, NotFound
from mockmarket.rules import lifecycle, splits
from mockmarket.store import Read, Record, Tx, events, records, timers
from mockmarket.vendors.tixstock import wire
from mockmarket.vendors.tixstock.records.orders import FulfilAction, NewOrder, Order
from mockmarket.vendors.tixstock.records.values import STATUSES, Money
from mockmarket.vendors.tixstock.rules import resellers
from mockmarket.worlds.world import World

LAPSE = "hold_lapses"

MOVES = {
    "Pending Review": ("Approved", "Commissionable", "Rejected", "Refunded", "Cancelled", "Sale on Hold"),
    "Sale on Hold": ("Approved", "Pending Review", "Refunded", "Cancelled"),
    "Approved": ("Commissionable", "Rejected", "Refunded", "Cancelled", "Pending Review", "Sale on Hold"),
    **dict.fromkeys(("Commissionable", "Rejected", "Refunded", "Cancelled"), ()),
}
FLOW = lifecycle.Flow("order", MOVES)
"""Public, partner's add order: the last four are final; Rejected comes only after Approved and Pending Review. The rest: convention."""
FINAL = tuple(status for status, moves in MOVES.items() if not moves)
ENDED = ("Rejected", "Refunded", "Cancelled")  # an order with this status returns its seats (convention)

NOTICE_OF_TYPE = {"eTicket": "order.eticket_fulfilment", "Mobile": "order.mobile_ticket_fulfilment"}
"""Public, order fulfilment webhooks: same body, another type. Paper and cards go by post: they get a tracking id instead."""
READY = ("Approved", "Commissionable")

Place = tuple[str, int] | None  # the row and the seat of a ticket; None for general admission


def check_split(rule: str, available: int, quantity: int) -> None:
    """Raise Invalid, naming the allowed quantities, for a quantity that breaks a listing's split type."""
    if not splits.allows(rule, available, quantity):
        words = ", ".join(map(str, splits.quantities(rule, available, most=20))) or "none"
        type = wire.split_words(rule)[0]
        text = f"The quantity {quantity} breaks the split type {type} of this listing; there may be {words}."
        raise Invalid(text, details=[("quantity", text)])


def shrink(tx: Tx, hold: Record, quantity: int, then: str) -> None:
    """Take tickets off a hold; without tickets it gets the status `then` and no longer expires."""
    rest = hold["quantity"] - quantity
    records.update(tx, wire.HOLD, hold | {"quantity": rest, "status": hold["status"] if rest else then})
    if not rest:
        timers.stop(tx, wire.NAME, LAPSE, hold["hold_id"])


def lapse(tx: Tx, id: str) -> None:
    """Free the remaining tickets of an expired hold."""
    hold = records.get(tx, wire.HOLD, id)
    if hold is not None and hold["status"] == "held":
        shrink(tx, hold, hold["quantity"], "expired")
        stock.release(tx, wire.NAME, id)


def read_status(seller: resellers.Reseller, word: str) -> str:
    """Return the vendor's status for a reseller's word; Invalid lists the words (public: checked against the reseller's own statuses)."""
    if (status := seller.order_status(word)) is None:
        words = ", ".join((*STATUSES, *seller.order_statuses))
        raise Invalid(f"{word!r} is no order status.", details=[("order_status", f"Must be one of: {words}.")])
    return status


def write(tx: Tx, seller: resellers.Reseller, listing: Record, quantity: int, body: NewOrder) -> Record:
    """Store an order whose seats are not taken yet; its id must be new, its currency the event's."""
    unit = unit_price(tx, seller, listing)
    if find(tx, seller, body["order_id"]) is not None:
        raise Conflict(f"There is an order {body['order_id']} already.", code="105")
    if body["currency"] != unit["currency"]:
        text = f"The currency {body['currency']} is not that of the event, {unit['currency']}."
        raise Invalid(text, details=[("currency", text)])
    own_id = resellers.external_id(tx, seller, listing["id"]) or listing["id"]
    holders = chain((item["customer"] for item in body["items"]), repeat({}))
    items = [wire.item(listing, own_id, holder) for holder in islice(holders, quantity)]
    order = wire.order(body, tx.ids.ulid(tx.now).lower(), (seller.id, seller.dialect), items, unit)
    own = records.own(tx, wire.LISTING, listing["id"])
    columns = {"event": own["event"], "event_at": own["starts_at"], "placed_at": body["datetime"]}
    columns |= {"listing": listing["id"], "broker": listing["broker_id"], "type": listing["ticket"]["type"]}
    records.put(tx, wire.ORDER, order, **columns)
    return dict(order)


def unit_price(read: Read, seller: resellers.Reseller, listing: Record) -> Money:
    """Return the price of one ticket: a partner pays the proceed price, a reseller's buyer the displayed one (convention)."""
    own = None if seller.is_partner else resellers.publication(read, seller, listing["id"])["display_price"]
    return cast(Money, own or listing["proceed_price" if seller.is_partner else "display_price"])


def find(read: Read, seller: resellers.Reseller, own_id: str) -> Record | None:
    """Return a reseller's order by its own id, or None."""
    return records.first(read, wire.ORDER, ("order_id", "=", own_id), ("reseller", "=", seller.id))


def by_id(read: Read, id: str) -> Record:
    """Return an order by the exchange's id, or by a reseller's id that is unique; NotFound otherwise."""
    order = records.get(read, wire.ORDER, id)
    rows = [order] if order else records.find(read, wire.ORDER, ("order_id", "=", id))
    if len(rows) != 1:
        raise NotFound(f"There {'is no order' if not rows else 'are several orders'} {id}; name it by its tixstock_id.")
    return rows[0]


def move(tx: Tx, order: Record, status: str) -> Record:
    """Move an order, with its seats, to a status; IllegalTransition lists the allowed ones."""
    if problem := lifecycle.problem(FLOW, order["status"], status):
        raise IllegalTransition(problem, details=[("order_status", f"The order: {problem}")])
    changed = order | {"status": status}
    records.update(tx, wire.ORDER, changed)
    end(tx, changed)
    return changed


def end(tx: Tx, order: Record) -> None:
    """Return the seats of an ended order."""
    if order["status"] in ENDED:
        stock.put_back(tx, wire.NAME, order["tixstock_id"])


def broker_update(world: World, body: Mapping[str, str]) -> Record:
    """Change an order's status or shipping tracking id for its broker: order.update to the order's reseller."""
    with world.atomic() as tx:
        order = by_id(tx, body["order"])
        if "status" in body:
            order = move(tx, order, body["status"])
        elif order["status"] in FINAL:
            raise Conflict(f"Order {order['id']} is {order['status']}, which is final.")
        order |= {"shipping_tracking_id": body["tracking"]} if "tracking" in body else {}
        records.update(tx, wire.ORDER, order)
        resellers.notify_of_order(tx, "order.update", order, wire.view(order, Order))
    return order


def fulfil(world: World, body: FulfilAction) -> Record:
    """Fulfil an order's next tickets, all remaining or `count` of them; Conflict when there are none."""
    with world.atomic() as tx:
        order = by_id(tx, body["order"])
        if why := not_ready(tx, order):
            raise Conflict(why)
        notice = NOTICE_OF_TYPE[records.own(tx, wire.ORDER, order["tixstock_id"])["type"]]
        places = places_of(tx, order)[order["fulfilled"] :][: body["count"]]
        for number, place in enumerate(places, order["fulfilled"] + 1):
            resellers.notify_of_order(tx, notice, order, hand_over(tx, order, place, number, body["proof_file_url"]))
        order["fulfilled"] += len(places)
        records.update(tx, wire.ORDER, order)
    return order


def not_ready(read: Read, order: Record) -> str | None:
    """Return why an order's tickets cannot be fulfilled now, or None."""
    type = records.own(read, wire.ORDER, order["tixstock_id"])["type"]
    if type not in NOTICE_OF_TYPE:
        return f"Order {order['id']} is for {type} tickets, which are not uploaded; set a shipping tracking id instead."
    if order["status"] not in READY:
        return f"Order {order['id']} is {order['status']}; tickets are uploaded once it is {' or '.join(READY)}."
    return None if order["fulfilled"] < order["quantity"] else f"Every ticket of order {order['id']} has been uploaded."


def places_of(read: Read, order: Record) -> list[Place]:
    """Return an order's places, one for each ticket."""
    row = order["items"][0]["row"]
    seats = [seat for _, _, _, numbers in stock.seats_of(read, wire.NAME, order["tixstock_id"]) for seat in numbers]
    return [(row, seat) for seat in sorted(seats)] or [None] * order["quantity"]


def hand_over(tx: Tx, order: Record, place: Place, number: int, proofs: Sequence[str]) -> resellers.Data:
    """Return the notice of one ticket with its generated PDF; `number` counts from 1."""
    listing = records.own(tx, wire.ORDER, order["tixstock_id"])["listing"]
    seller = resellers.reseller(tx, order["reseller"], order.get("dialect"))
    own_id = resellers.external_id(tx, seller, listing) or listing
    return wire.fulfilment(order, own_id, place, _eticket(tx, order, place, number), proofs)


def _eticket(tx: Tx, order: Record, place: Place, number: int) -> bytes:
    from mockmarket.vendors.tixstock import eticket_pdf  # only needed for fulfilment

    show = events.get(tx, records.own(tx, wire.ORDER, order["tixstock_id"])["event"])
    if show is None:
        raise Conflict(f"The event of order {order['id']} is gone.")
    item = order["items"][number - 1]
    holder = item.get("customer") or order["customer"]
    name = " ".join(str(holder.get(name) or "") for name in ("first_name", "last_name")).strip() or "-"
    starts = f"{clock.to_local(show.starts_at, show.venue.zone):%A %d %B %Y, %H:%M}"
    at, code = f"{show.venue.name}, {show.venue.city}", f"{order['tixstock_id'].upper()}-{number}"
    ticket = eticket_pdf.Ticket(show.name, at, starts, item["section"], place, order["id"], name, code, tx.now)
    return eticket_pdf.draw(ticket)
