"""Tickets held for a basket, orders placed from holds and moved by resellers and brokers, and the tickets handed over for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, islice, repeat, zip_longest
from typing import cast

from mockmarket import stock
from mockmarket.clock import MINUTE, later, to_local
from mockmarket.errors import Conflict, IllegalTransition, Invalid, NotFound, SoldOut
from mockmarket.rules import lifecycle, splits
from mockmarket.rules.lifecycle import Flow
from mockmarket.store import Read, Tx, events, records, timers
from mockmarket.store.records import Record
from mockmarket.store.timers import Timer
from mockmarket.vendors.tixstock import eticket_pdf
from mockmarket.vendors.tixstock.records.orders import FulfilAction, Item, NewOrder, OrderChange
from mockmarket.vendors.tixstock.records.values import Money
from mockmarket.vendors.tixstock.rules import notifications, resellers
from mockmarket.vendors.tixstock.rules.resellers import Reseller, required
from mockmarket.vendors.tixstock.wire import formats, resources
from mockmarket.vendors.tixstock.wire.kinds import HOLD, LISTING, NAME, ORDER
from mockmarket.worlds.world import World

LAPSE = "hold_lapses"
MOST_NAMED = 20

MOVES = {
    "Pending Review": ("Approved", "Commissionable", "Rejected", "Refunded", "Cancelled", "Sale on Hold"),
    "Sale on Hold": ("Approved", "Pending Review", "Refunded", "Cancelled"),
    "Approved": ("Commissionable", "Rejected", "Refunded", "Cancelled", "Pending Review", "Sale on Hold"),
    "Commissionable": (),
    "Rejected": (),
    "Refunded": (),
    "Cancelled": (),
}
FLOW = Flow("order", MOVES)
"""Public, partner's add order: the last four are final; Rejected comes only after Approved and Pending Review. The rest: convention."""
FINAL = tuple(status for status, moves in MOVES.items() if not moves)
ENDED = ("Rejected", "Refunded", "Cancelled")
"""An order that ends so gives its seats back (convention)."""

COLUMN_OF = {"ticket_type": "type", "datetime": "placed_at"}
"""The values of ours that an update changes, by what it says."""

NOTICE_OF_TYPE = {"eTicket": "order.eticket_fulfilment", "Mobile": "order.mobile_ticket_fulfilment"}
"""Public, order fulfilment webhooks: same body, another type. Paper and cards go by post: they get a tracking id instead."""
READY = ("Approved", "Commissionable")

Place = tuple[str, int] | None
"""The row and the seat of a ticket; None for general admission."""


def hold(world: World, seller: Reseller, own_id: str, sent: object) -> tuple[Record, int]:
    """Hold tickets of a listing; returns the hold and how many tickets are still available."""
    quantity = whole_number(sent)
    with world.atomic() as tx:
        listing = on_sale(tx, seller, own_id)
        seats = stock.get(tx, records.own(tx, LISTING, listing["id"])["stock"])
        if quantity > seats.free:
            raise SoldOut(f"Only {seats.free} of these tickets are left to hold.", code="108", available=seats.free)
        check_split(seats.split, seats.free, quantity)
        hold = store_hold(tx, seller, listing["id"], quantity)
        change = stock.hold(tx, seats.id, quantity, NAME, hold["hold_id"])
    return hold, change.stock.free


def whole_number(sent: object) -> int:
    """Return a quantity, a number or its text; Invalid with the vendor's code 106 for what is no whole number from 1."""
    number = int(sent) if isinstance(sent, float) and sent.is_integer() else sent
    text = str(number) if isinstance(number, (int, str)) and not isinstance(number, bool) else ""
    if not (text.isascii() and text.isdigit() and int(text[:9]) >= 1 and len(text) < 9):
        raise Invalid("The quantity must be a whole number from 1.", code="106", details=[("quantity", "not whole")])
    return int(text)


def check_split(rule: str, available: int, quantity: int) -> None:
    """Raise Invalid, naming what may be bought, for a quantity that breaks a listing's split type."""
    if not splits.allows(rule, available, quantity):
        words = ", ".join(map(str, splits.quantities(rule, available, MOST_NAMED))) or "none"
        type = formats.split_words(rule)[0]
        text = f"The quantity {quantity} breaks the split type {type} of this listing; there may be {words}."
        raise Invalid(text, details=[("quantity", text)])


def on_sale(read: Read, seller: Reseller, own_id: str) -> Record:
    """Return a listing that a reseller may sell now, by its own id; NotFound when there is none, else as `check_sale`."""
    listing = resellers.get_listing(read, seller, own_id)
    resellers.check_sale(read, seller, listing)
    return listing


def sellable(read: Read, seller: Reseller, hold: Record) -> Record:
    """Return the listing of a hold while what let it be held still lets it be sold; the refusals are those of `on_sale`."""
    gone = f"The listing of hold {hold['hold_id']} has been deleted; the hold can only be released."
    listing = required(records.get(read, LISTING, hold["listing_id"]), gone)
    resellers.check_sale(read, seller, listing)
    return listing


def store_hold(tx: Tx, seller: Reseller, listing: str, quantity: int) -> Record:
    """Store a new hold, and when it lapses."""
    ends = later(tx.now, round(tx.store.settings[NAME]["hold_minutes"] * MINUTE))
    hold: Record = {
        "hold_id": tx.ids.ulid(tx.now).lower(),
        "listing_id": listing,
        "quantity": quantity,
        "status": "held",
        "created_at": formats.offset_iso(tx.now),
        "expires_at": formats.offset_iso(ends),
    }
    records.put(tx, HOLD, hold, reseller=seller.id)
    timers.set(tx, Timer(NAME, LAPSE, hold["hold_id"], ends))
    return hold


def hold_of(read: Read, seller: Reseller, id: str) -> Record:
    """Return a reseller's hold that still stands; NotFound for any other."""
    hold = records.get(read, HOLD, id)
    if hold is None or hold["status"] != "held" or records.own(read, HOLD, id)["reseller"] != seller.id:
        raise NotFound(f"There is no hold {id}; it may have lapsed.")
    return hold


def release(world: World, seller: Reseller, id: str, sent: object) -> tuple[int, int]:
    """Free held tickets, all of them when no quantity is asked; returns how many, and how many are available now."""
    with world.atomic() as tx:
        hold = hold_of(tx, seller, id)
        held = hold["quantity"]
        quantity = held if sent is None else whole_number(sent)
        if quantity > held:
            raise Invalid(f"Only {held} tickets are on hold.", code="109", details=[("quantity", "too many")])
        if quantity < held and records.get(tx, LISTING, hold["listing_id"]):
            check_part(tx, hold, held - quantity)
        shrink(tx, hold, quantity, "released")
        changes = stock.release(tx, NAME, id, quantity)
        return quantity, stock.get(tx, changes[-1].stock.id).free


def check_part(read: Read, hold: Record, part: int) -> None:
    """Raise Invalid when a part of a hold could not have been held (public: a release keeps to the split type)."""
    seats = stock.get(read, records.own(read, LISTING, hold["listing_id"])["stock"])
    check_split(seats.split, seats.free + hold["quantity"], part)


def shrink(tx: Tx, hold: Record, quantity: int, then: str) -> None:
    """Take tickets off a hold; with the last it ends in the status `then` and no longer lapses."""
    rest = hold["quantity"] - quantity
    records.update(tx, HOLD, hold | {"quantity": rest, "status": hold["status"] if rest else then})
    if not rest:
        timers.stop(tx, NAME, LAPSE, hold["hold_id"])


def lapse(tx: Tx, id: str) -> None:
    """Free what is still held of a hold whose time is up."""
    hold = records.get(tx, HOLD, id)
    if hold is not None and hold["status"] == "held":
        shrink(tx, hold, hold["quantity"], "expired")
        stock.release(tx, NAME, id)


def add_order(world: World, seller: Reseller, hold: str, sold: object, body: NewOrder) -> Record:
    """Sell tickets of a hold; what is not sold of it stays held until it lapses. Each reason against it is its own refusal."""
    quantity = whole_number(sold)
    with world.atomic() as tx:
        held = hold_of(tx, seller, hold)
        if quantity > held["quantity"]:
            raise SoldOut(f"Only {held['quantity']} tickets are on hold.", code="107", available=held["quantity"])
        listing = sellable(tx, seller, held)
        if quantity < held["quantity"]:
            check_part(tx, held, quantity)
        order = write(tx, seller, listing, quantity, body)
        shrink(tx, held, quantity, "sold")
        stock.sell_held(tx, NAME, hold, quantity, to=order["tixstock_id"])
        end(tx, order)
    return order


def write(tx: Tx, seller: Reseller, listing: Record, quantity: int, body: NewOrder) -> Record:
    """Store an order whose seats are yet to be taken."""
    unit = unit_price(tx, seller, listing)
    check_new(tx, seller, body, unit["currency"])
    own_id = resellers.external_id(tx, seller, listing["id"]) or listing["id"]
    holders = chain((item["customer"] for item in body["items"]), repeat({}))
    items = [resources.item(listing, own_id, holder) for holder in islice(holders, quantity)]
    order = resources.order(body, tx.ids.ulid(tx.now).lower(), (seller.id, seller.dialect), items, unit)
    own = records.own(tx, LISTING, listing["id"])
    ours = {
        "listing": listing["id"],
        "event": own["event"],
        "event_at": own["starts_at"],
        "placed_at": body["datetime"],
    }
    records.put(tx, ORDER, order, **ours, broker=listing["broker_id"], type=listing["ticket"]["type"])
    return order


def unit_price(read: Read, seller: Reseller, listing: Record) -> Money:
    """Return what one ticket costs: a partner pays the proceed price, a reseller's buyer the displayed one (convention)."""
    own = None if seller.is_partner else resellers.publication(read, seller, listing["id"])["display_price"]
    return cast(Money, own or listing["proceed_price" if seller.is_partner else "display_price"])


def check_new(read: Read, seller: Reseller, body: NewOrder, currency: str) -> None:
    """Raise what is wrong with a new order: its id was used, or its currency is not the event's."""
    if find(read, seller, body["order_id"]) is not None:
        raise Conflict(f"There is an order {body['order_id']} already.", code="105")
    if body["currency"] != currency:
        text = f"The currency {body['currency']} is not that of the event, {currency}."
        raise Invalid(text, details=[("currency", text)])


def find(read: Read, seller: Reseller, own_id: str) -> Record | None:
    """Return a reseller's order by its own id, or None."""
    return records.first(read, ORDER, ("order_id", "=", own_id), ("reseller", "=", seller.id))


def order_of(read: Read, seller: Reseller, own_id: str) -> Record:
    """Return a reseller's order by its own id; NotFound when there is none."""
    return required(find(read, seller, own_id), f"There is no order {own_id}.")


def by_id(read: Read, id: str) -> Record:
    """Return an order by the exchange's own id, or by a reseller's that only one order has; NotFound otherwise."""
    order = records.get(read, ORDER, id)
    rows = [order] if order else records.find(read, ORDER, ("order_id", "=", id))
    if len(rows) != 1:
        raise NotFound(f"There {'is no order' if not rows else 'are several orders'} {id}; name it by its tixstock_id.")
    return rows[0]


def update_order(world: World, seller: Reseller, own_id: str, body: OrderChange) -> Record:
    """Change a reseller's order as the reseller says; a final one stays as it is. Nobody is notified: it was the reseller who did it."""
    with world.atomic() as tx:
        order = order_of(tx, seller, own_id)
        if order["status"] in FINAL:
            raise Conflict(f"Order {own_id} is {order['status']}, which is final: nothing of it can be changed.")
        changed = order | details(order, body)
        status = str(body.get("order_status", order["status"]))
        changed = move(tx, changed, status) if status != order["status"] else changed
        ours = {column: value for name, value in body.items() if (column := COLUMN_OF.get(name))}
        records.put(tx, ORDER, changed, **records.own(tx, ORDER, order["tixstock_id"]) | ours)
    return changed


def details(order: Record, body: OrderChange) -> Record:
    """Return what an update says besides the status: address, label, notes, date, who buys and whose the tickets are."""
    changes: Record = {name: value for name, value in body.items() if name in ("shipping_label", "notes")}
    if "datetime" in body:
        changes["date"] = formats.offset_iso(body["datetime"])
    customer = order["customer"]
    if "customer" in body:
        customer = customer | resources.customer({**customer, **body["customer"]})
    if "shipping_address" in body:
        customer = customer | {"shipping_address": resources.address(body["shipping_address"])}
    customers = [item["customer"] for item in body.get("items", ())][: len(order["items"])]
    items = [changed_item(item, customer, body) for item, customer in zip_longest(order["items"], customers)]
    return changes | {"customer": customer, "items": items}


def changed_item(item: Item, customer: Mapping[str, str] | None, body: OrderChange) -> Item:
    """Return an item with what an update says of it."""
    changed = item.copy()
    if "ticket_type" in body:
        changed["type"] = body["ticket_type"]
    if customer or "customer" in item:
        changed["customer"] = resources.holder({**item.get("customer", {}), **(customer or {})})
    return changed


def move(tx: Tx, order: Record, status: str) -> Record:
    """Bring an order to a status, its seats with it; IllegalTransition says what is allowed from here."""
    try:
        lifecycle.check(FLOW, order["status"], status)
    except lifecycle.IllegalMove as error:
        raise IllegalTransition(str(error), details=[("order_status", f"The order: {error}")]) from error
    changed = order | {"status": status}
    records.update(tx, ORDER, changed)
    end(tx, changed)
    return changed


def end(tx: Tx, order: Record) -> None:
    """Give the seats of an order back that has ended."""
    if order["status"] in ENDED:
        stock.put_back(tx, NAME, order["tixstock_id"])


def broker_update(world: World, body: Mapping[str, str]) -> Record:
    """Change an order's status or shipping tracking id as its broker does: order.update to the reseller whose it is."""
    with world.atomic() as tx:
        order = by_id(tx, body["order"])
        if order["status"] in FINAL and "status" not in body:
            raise Conflict(f"Order {order['id']} is {order['status']}, which is final.")
        changed = move(tx, order, body["status"]) if "status" in body else order
        changed = changed | ({"shipping_tracking_id": body["tracking"]} if "tracking" in body else {})
        records.update(tx, ORDER, changed)
        notifications.notify_of_order(tx, "order.update", changed, notifications.order_resource(changed))
    return changed


def fulfil(world: World, body: FulfilAction) -> Record:
    """Hand over an order's next tickets, all that are left or `count` of them; Conflict when there is nothing to hand over."""
    with world.atomic() as tx:
        order = by_id(tx, body["order"])
        if why := not_ready(tx, order):
            raise Conflict(why)
        notice = NOTICE_OF_TYPE[records.own(tx, ORDER, order["tixstock_id"])["type"]]
        places = places_of(tx, order)[order["fulfilled"] :][: body["count"]]
        for number, place in enumerate(places, order["fulfilled"] + 1):
            data = hand_over(tx, order, place, number, body["proof_file_url"])
            notifications.notify_of_order(tx, notice, order, data)
        order["fulfilled"] += len(places)
        records.update(tx, ORDER, order)
    return order


def not_ready(read: Read, order: Record) -> str | None:
    """Say why an order's tickets cannot be handed over now, or None."""
    type = records.own(read, ORDER, order["tixstock_id"])["type"]
    if type not in NOTICE_OF_TYPE:
        return f"Order {order['id']} is for {type} tickets, which are not uploaded; set a shipping tracking id instead."
    if order["status"] not in READY:
        return f"Order {order['id']} is {order['status']}; tickets are uploaded once it is {' or '.join(READY)}."
    return None if order["fulfilled"] < order["quantity"] else f"Every ticket of order {order['id']} has been uploaded."


def places_of(read: Read, order: Record) -> list[Place]:
    """Return an order's places, one for each ticket."""
    row = order["items"][0]["row"]
    seats = [seat for _, _, _, numbers in stock.seats_of(read, NAME, order["tixstock_id"]) for seat in numbers]
    return [(row, seat) for seat in sorted(seats)] or [None] * order["quantity"]


def hand_over(tx: Tx, order: Record, place: Place, number: int, proofs: Sequence[str]) -> notifications.Data:
    """Write the notice of one ticket, with the PDF that is made for it; `number` counts from 1."""
    listing = records.own(tx, ORDER, order["tixstock_id"])["listing"]
    own_id = resellers.external_id(tx, notifications.order_owner(tx, order), listing) or listing
    return resources.fulfilment(order, own_id, place, eticket_pdf.draw(ticket(tx, order, place, number)), proofs)


def ticket(tx: Tx, order: Record, place: Place, number: int) -> eticket_pdf.Ticket:
    """Return what stands on one ticket of an order."""
    event = records.own(tx, ORDER, order["tixstock_id"])["event"]
    show = events.get(tx, event)
    if show is None:
        raise Conflict(f"The event of order {order['id']} is gone.")
    item = order["items"][number - 1]
    holder = item.get("customer") or order["customer"]
    return eticket_pdf.Ticket(
        event=show.name,
        venue=f"{show.venue.name}, {show.venue.city}",
        starts=f"{to_local(show.starts_at, show.venue.zone):%A %d %B %Y, %H:%M}",
        section=item["section"],
        place=place,
        order=order["id"],
        holder=" ".join(str(holder.get(name) or "") for name in ("first_name", "last_name")).strip() or "-",
        code=f"{order['tixstock_id'].upper()}-{number}",
        at=tx.now,
    )
