"""Orders: placed from a hold, moved by resellers and brokers, each status with where it may lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, islice, repeat, zip_longest
from typing import cast

from mockmarket import stock
from mockmarket.errors import Conflict, IllegalTransition, Invalid, NotFound, SoldOut
from mockmarket.rules import lifecycle
from mockmarket.rules.lifecycle import Flow
from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Record
from mockmarket.vendors.tixstock.records.orders import Item, NewOrder, OrderChange
from mockmarket.vendors.tixstock.records.values import Money
from mockmarket.vendors.tixstock.rules import holds, notifications, resellers
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.wire import formats, orders
from mockmarket.vendors.tixstock.wire.kinds import LISTING, NAME, ORDER
from mockmarket.worlds.world import World

FLOW = Flow("order", {
    "Pending Review": ("Approved", "Commissionable", "Rejected", "Refunded", "Cancelled", "Sale on Hold"),
    "Sale on Hold": ("Approved", "Pending Review", "Refunded", "Cancelled"),
    "Approved": ("Commissionable", "Rejected", "Refunded", "Cancelled", "Pending Review", "Sale on Hold"),
    "Commissionable": (),
    "Rejected": (),
    "Refunded": (),
    "Cancelled": (),
})  # fmt: skip
"""Public, partner's add order: the last four are final; Rejected comes only after Approved and Pending Review. The rest: convention."""

FINAL = tuple(status for status, moves in FLOW.moves.items() if not moves)
ENDED = ("Rejected", "Refunded", "Cancelled")
"""An order that ends so gives its seats back (convention)."""


def add_order(world: World, seller: Reseller, hold: str, sold: object, body: NewOrder) -> Record:
    """Sell tickets of a hold; what is not sold of it stays held until it lapses. Each reason against it is its own refusal."""
    quantity = holds.whole_number(sold)
    with world.atomic() as tx:
        held = holds.hold_of(tx, seller, hold)
        if quantity > held["quantity"]:
            text = f"Only {held['quantity']} tickets are on hold."
            raise SoldOut(text, code="107", available=held["quantity"])
        listing = holds.sellable(tx, seller, held)
        if quantity < held["quantity"]:
            holds.check_rest(tx, held, quantity)
        order = write(tx, seller, listing, quantity, body)
        holds.shrink(tx, held, quantity, "sold")
        stock.sell_held(tx, NAME, hold, quantity, to=order["tixstock_id"])
        end(tx, order)
    return order


def write(tx: Tx, seller: Reseller, listing: Record, quantity: int, body: NewOrder) -> Record:
    """Store an order whose seats are yet to be taken."""
    unit = unit_price(tx, seller, listing)
    check_new(tx, seller, body, unit["currency"])
    own_id = resellers.external_id(tx, seller, listing["id"]) or listing["id"]
    holders = (item["customer"] for item in body["items"])
    items = [orders.item(listing, own_id, holder) for holder in islice(chain(holders, repeat({})), quantity)]
    order = orders.order(body, tx.ids.ulid(tx.now).lower(), (seller.id, seller.dialect), items, unit)
    put(tx, cast(Record, order), listing, body["datetime"])
    return cast(Record, order)


def put(tx: Tx, order: Record, listing: Record, placed_at: int) -> None:
    """Store an order with the values of ours beside it."""
    own = records.own(tx, LISTING, listing["id"])
    records.put(
        tx, ORDER, order, listing=listing["id"], event=own["event"], event_at=own["starts_at"], placed_at=placed_at,
        broker=listing["broker_id"], type=listing["ticket"]["type"],
    )  # fmt: skip


def unit_price(read: Read, seller: Reseller, listing: Record) -> Money:
    """Return what one ticket costs: a partner pays the proceed price, a reseller's buyer the displayed one (convention)."""
    if seller.is_partner:
        return cast(Money, listing["proceed_price"])
    return resellers.publication(read, seller, listing["id"])["display_price"] or cast(Money, listing["display_price"])


def check_new(read: Read, seller: Reseller, body: NewOrder, currency: str) -> None:
    """Raise what is wrong with a new order: its id was used, or its currency is not the event's."""
    if find(read, seller, body["order_id"]) is not None:
        raise Conflict(f"There is an order {body['order_id']} already.", code="105")
    if body["currency"] != currency:
        text = f"The currency {body['currency']} is not that of the event, {currency}."
        raise Invalid(text, details=[("currency", text)])


def find(read: Read, seller: Reseller, own_id: str) -> Record | None:
    """Return a reseller's order by its own id, or None."""
    listed = records.find(read, ORDER, ("order_id", "=", own_id), ("reseller", "=", seller.id), limit=1)
    return listed[0] if listed else None


def order_of(read: Read, seller: Reseller, own_id: str) -> Record:
    """Return a reseller's order by its own id; NotFound when there is none."""
    order = find(read, seller, own_id)
    if order is None:
        raise NotFound(f"There is no order {own_id}.")
    return order


def by_id(read: Read, id: str) -> Record:
    """Return an order by the exchange's own id, or by a reseller's that only one order has; NotFound otherwise."""
    order = records.get(read, ORDER, id)
    rows = [order] if order else records.find(read, ORDER, ("order_id", "=", id))
    if len(rows) != 1:
        raise NotFound(f"There {'is no order' if not rows else 'are several orders'} {id}; name it by its tixstock_id.")
    return rows[0]


def update_order(world: World, seller: Reseller, own_id: str, body: OrderChange) -> Record:
    """Change a reseller's order as the reseller says; a final one stays as it is. Nobody is told: it was the reseller who did it."""
    with world.atomic() as tx:
        order = order_of(tx, seller, own_id)
        if order["status"] in FINAL:
            raise Conflict(f"Order {own_id} is {order['status']}, which is final: nothing of it can be changed.")
        changed = order | details(order, body)
        status = str(body.get("order_status", order["status"]))
        changed = move(tx, changed, status) if status != order["status"] else changed
        save(tx, changed, body)
    return changed


def details(order: Record, body: OrderChange) -> Record:
    """Return what an update says besides the status: address, label, notes, date, who buys and whose the tickets are."""
    changes: Record = {name: value for name, value in body.items() if name in ("shipping_label", "notes")}
    if "datetime" in body:
        changes["date"] = formats.offset_iso(body["datetime"])
    customer = order["customer"]
    if "customer" in body:
        customer = customer | orders.customer({**customer, **body["customer"]})
    if "shipping_address" in body:
        customer = customer | {"shipping_address": orders.address(body["shipping_address"])}
    return changes | {"customer": customer, "items": items(order["items"], body)}


def items(rows: Sequence[Item], body: OrderChange) -> list[Item]:
    """Return an order's items with what an update says of them, one after the other, and of their type."""
    customers = [item["customer"] for item in body.get("items", ())]
    return [changed_item(item, customer, body) for item, customer in zip_longest(rows, customers[: len(rows)])]


def changed_item(item: Item, customer: Mapping[str, str] | None, body: OrderChange) -> Item:
    """Return an item with what an update says of it."""
    changed = item.copy()
    if "ticket_type" in body:
        changed["type"] = body["ticket_type"]
    if customer or "customer" in item:
        changed["customer"] = orders.holder({**item.get("customer", {}), **(customer or {})})
    return changed


def save(tx: Tx, order: Record, body: OrderChange) -> None:
    """Store a changed order, its columns with it."""
    own = records.own(tx, ORDER, order["tixstock_id"])
    own |= {"type": body["ticket_type"]} if "ticket_type" in body else {}
    own |= {"placed_at": body["datetime"]} if "datetime" in body else {}
    records.put(tx, ORDER, order, **own)


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


def broker_update(world: World, id: str, status: str | None, tracking: str | None) -> Record:
    """Change an order's status or shipping tracking id as its broker does: order.update to the reseller whose it is."""
    with world.atomic() as tx:
        order = by_id(tx, id)
        if order["status"] in FINAL and status is None:
            raise Conflict(f"Order {order['id']} is {order['status']}, which is final.")
        changed = move(tx, order, status) if status else order
        changed = changed | ({"shipping_tracking_id": tracking} if tracking is not None else {})
        records.update(tx, ORDER, changed)
        notifications.notify_of_order(tx, "order.update", changed, orders.shown(changed))
    return changed
