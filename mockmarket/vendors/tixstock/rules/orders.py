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
from mockmarket.vendors.tixstock.records.listings import Money
from mockmarket.vendors.tixstock.records.orders import Item, NewOrder, OrderChange
from mockmarket.vendors.tixstock.rules import holds, resellers, telling
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


def add_order(world: World, who: Reseller, hold: str, sold: object, asked: NewOrder) -> Record:
    """Sell tickets of a hold; what is not sold of it stays held until it lapses. Each reason against it is its own refusal."""
    quantity = holds.whole(sold)
    with world.atomic() as tx:
        found = holds.held(tx, who, hold)
        if quantity > found["quantity"]:
            text = f"Only {found['quantity']} tickets are on hold."
            raise SoldOut(text, code="107", available=found["quantity"])
        listing = holds.sellable(tx, who, found)
        if quantity < found["quantity"]:
            holds.check_rest(tx, found, quantity)
        order = write(tx, who, listing, quantity, asked)
        holds.shrink(tx, found, quantity, "sold")
        stock.sell_held(tx, NAME, hold, quantity, to=order["tixstock_id"])
        end(tx, order)
    return order


def write(tx: Tx, who: Reseller, listing: Record, quantity: int, asked: NewOrder) -> Record:
    """Store an order whose seats are yet to be taken."""
    unit = unit_price(tx, who, listing)
    check_new(tx, who, asked, unit["currency"])
    theirs = resellers.external_id(tx, who, listing["id"]) or listing["id"]
    holders = (item["customer"] for item in asked["items"])
    items = [orders.item(listing, theirs, holder) for holder in islice(chain(holders, repeat({})), quantity)]
    order = orders.order(asked, tx.ids.ulid(tx.now).lower(), (who.id, who.dialect), items, unit)
    put(tx, cast(Record, order), listing, asked["datetime"])
    return cast(Record, order)


def put(tx: Tx, order: Record, listing: Record, placed_at: int) -> None:
    """Store an order with the values of ours beside it."""
    own = records.own(tx, LISTING, listing["id"])
    records.put(
        tx, ORDER, order, listing=listing["id"], event=own["event"], event_at=own["starts_at"], placed_at=placed_at,
        broker=listing["broker_id"], type=listing["ticket"]["type"],
    )  # fmt: skip


def unit_price(read: Read, who: Reseller, listing: Record) -> Money:
    """Return what one ticket costs: a partner pays the proceed price, a reseller's buyer the displayed one (convention)."""
    if who.is_partner:
        return cast(Money, listing["proceed_price"])
    return resellers.publication(read, who, listing["id"])["display_price"] or cast(Money, listing["display_price"])


def check_new(read: Read, who: Reseller, asked: NewOrder, currency: str) -> None:
    """Raise what is wrong with a new order: its id was used, or its currency is not the event's."""
    if find(read, who, asked["order_id"]) is not None:
        raise Conflict(f"There is an order {asked['order_id']} already.", code="105")
    if asked["currency"] != currency:
        text = f"The currency {asked['currency']} is not that of the event, {currency}."
        raise Invalid(text, details=[("currency", text)])


def find(read: Read, who: Reseller, theirs: str) -> Record | None:
    """Return a reseller's order by its own id, or None."""
    found = records.find(read, ORDER, ("order_id", "=", theirs), ("reseller", "=", who.id), limit=1)
    return found[0] if found else None


def order_of(read: Read, who: Reseller, theirs: str) -> Record:
    """Return a reseller's order by its own id; NotFound when there is none."""
    order = find(read, who, theirs)
    if order is None:
        raise NotFound(f"There is no order {theirs}.")
    return order


def by_id(read: Read, id: str) -> Record:
    """Return an order by the exchange's own id, or by a reseller's that only one order has; NotFound otherwise."""
    found = records.get(read, ORDER, id)
    there = [found] if found else records.find(read, ORDER, ("order_id", "=", id))
    if len(there) != 1:
        raise NotFound(
            f"There {'is no order' if not there else 'are several orders'} {id}; name it by its tixstock_id."
        )
    return there[0]


def update_order(world: World, who: Reseller, theirs: str, asked: OrderChange) -> Record:
    """Change a reseller's order as the reseller says; a final one stays as it is. Nobody is told: it was the reseller who did it."""
    with world.atomic() as tx:
        order = order_of(tx, who, theirs)
        if order["status"] in FINAL:
            raise Conflict(f"Order {theirs} is {order['status']}, which is final: nothing of it can be changed.")
        changed = order | details(order, asked)
        status = str(asked.get("order_status", order["status"]))
        changed = move(tx, changed, status) if status != order["status"] else changed
        save(tx, changed, asked)
    return changed


def details(order: Record, asked: OrderChange) -> Record:
    """Return what an update says besides the status: address, label, notes, date, who buys and whose the tickets are."""
    said: Record = {name: value for name, value in asked.items() if name in ("shipping_label", "notes")}
    if "datetime" in asked:
        said["date"] = formats.offset_iso(asked["datetime"])
    customer = order["customer"]
    if "customer" in asked:
        customer = customer | orders.customer({**customer, **asked["customer"]})
    if "shipping_address" in asked:
        customer = customer | {"shipping_address": orders.address(asked["shipping_address"])}
    return said | {"customer": customer, "items": items(order["items"], asked)}


def items(there: Sequence[Item], asked: OrderChange) -> list[Item]:
    """Return an order's items with what an update says of them, one after the other, and of their type."""
    customers = [item["customer"] for item in asked.get("items", ())]
    return [changed_item(item, customer, asked) for item, customer in zip_longest(there, customers[: len(there)])]


def changed_item(item: Item, customer: Mapping[str, str] | None, asked: OrderChange) -> Item:
    """Return an item with what an update says of it."""
    changed = item.copy()
    if "ticket_type" in asked:
        changed["type"] = asked["ticket_type"]
    if customer or "customer" in item:
        changed["customer"] = orders.holder({**item.get("customer", {}), **(customer or {})})
    return changed


def save(tx: Tx, order: Record, asked: OrderChange) -> None:
    """Store a changed order, its columns with it."""
    own = records.own(tx, ORDER, order["tixstock_id"])
    own |= {"type": asked["ticket_type"]} if "ticket_type" in asked else {}
    own |= {"placed_at": asked["datetime"]} if "datetime" in asked else {}
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
        telling.tell_order(tx, "order.update", changed, orders.shown(changed))
    return changed
