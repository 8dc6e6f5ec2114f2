"""How a broker's records follow what other marketplaces do with his stock, and what becomes due."""

from __future__ import annotations

from collections.abc import Sequence

from mockmarket import stock
from mockmarket.stock import Change
from mockmarket.store import Tx, events, records
from mockmarket.store.records import Record
from mockmarket.vendors.skybox import wire
from mockmarket.vendors.skybox.callers import Actor
from mockmarket.vendors.skybox.records.types import NAME
from mockmarket.vendors.skybox.rules import (
    directory,
    holds,
    inventory,
    invoices,
    notifications,
    orders,
    seeding,
    tickets,
)
from mockmarket.vendors.skybox.rules.violations import get_or_404
from mockmarket.vendors.skybox.wire import ACCOUNTS, HOLD, INVENTORY, INVOICE, LINE


def title_of(tx: Tx, vendor: str) -> str:
    """Return what another marketplace is called."""
    return next((listener.title for listener in tx.store.listeners if listener.name == vendor), vendor)


def source_of(change: Change) -> str:
    """Return which record of which marketplace a change is of."""
    return f"{change.vendor}:{change.record}"


def stock_changed(tx: Tx, change: Change) -> None:
    """Bring a listing and its tickets into line with its seats; what is done here itself is written where it is done."""
    if change.vendor == NAME:
        return
    listing = inventory.of_stock(tx, change.stock.id)
    if change.what == "added":
        added(tx, change)
    elif listing is not None:
        FOLLOWING[change.what](tx, listing, change, Actor(title_of(tx, change.vendor)))


def added(tx: Tx, change: Change) -> None:
    """Make a listing of stock that somebody else put on sale, when it is a broker's: INVENTORY CREATED."""
    account = seeding.owner_of(records.find(tx, ACCOUNTS), change.stock)
    if account is not None:
        by = Actor(title_of(tx, change.vendor))
        notifications.created(tx, "INVENTORY", [seeding.listing(tx, account, change.stock, by, None)], by)


def sold(tx: Tx, listing: Record, change: Change, by: Actor) -> None:
    """Write another marketplace's sale as an invoice to it: INVOICE and LINE, HOLD where it was on hold, INVENTORY."""
    going = going_tickets(tx, listing, change)
    on_hold = tickets.holds_of(tx, going)
    amount, source = wire.money(change.stock.price * change.quantity), source_of(change)
    account = listing["accountId"]
    known = records.first(tx, INVOICE, ("source", "=", source), ("account", "=", account))
    invoice = known or orders.write(tx, "INVOICE", account, head_of(tx, listing, change), by, source=source)
    body = {"lineItemType": "INVENTORY", "quantity": change.quantity, "amount": amount, "event": listing["eventId"]}
    body |= {"itemIds": [ticket["id"] for ticket in going], "inventoryIds": [listing["id"]]}
    line = orders.add(tx, invoice, "INVOICE", body, by)
    tickets.sell(tx, going, line["id"], amount, by)
    if known:
        notifications.created(tx, "LINE", [line], by)
        orders.settle(tx, "INVOICE", invoice, invoice, by)
    else:
        orders.open_target(tx, "INVOICE", invoice, [line], by)
    inventory.refresh(tx, listing["id"], by)
    for hold in on_hold:
        holds.shrink(tx, hold, by)


def head_of(tx: Tx, listing: Record, change: Change) -> Record:
    """Return the head of an invoice to another marketplace."""
    return {
        "customerId": directory.customer_for(tx, listing["accountId"], title_of(tx, change.vendor)),
        "salesTerm": "NET0",
        "externalRef": change.record,
        "currencyCode": seeding.currency_of(change.stock, "USD"),
        "deliveryMethod": "EMAIL",
        "paymentMethod": "ACH",
    }


def going_tickets(tx: Tx, listing: Record, change: Change) -> list[Record]:
    """Return the tickets that a sale is of: its seats, or in general admission those it held, then the lowest that are left."""
    if change.seats:
        return tickets.of_stock(tx, change.stock.id, change.seats)
    on_hold = [ticket for ticket in tickets.of_stock(tx, change.stock.id) if tickets.hold_of(tx, ticket)]
    from_hold = min(max(len(on_hold) - change.stock.held, 0), change.quantity)
    own = set(own_holds(tx, change))
    on_hold.sort(key=lambda ticket: tickets.hold_of(tx, ticket) not in own)
    return on_hold[:from_hold] + tickets.pool(tx, listing["id"])[: change.quantity - from_hold]


def own_holds(tx: Tx, change: Change) -> list[int]:
    """Return the holds that stand for a change's own record."""
    return [hold["id"] for hold in records.find(tx, HOLD, ("source", "=", source_of(change)), ("removed", "=", 0))]


def held(tx: Tx, listing: Record, change: Change, by: Actor) -> None:
    """Write what another marketplace holds as a hold of its own, until the event begins unless it ends there."""
    chosen = tickets.of_stock(tx, change.stock.id, change.seats) if change.seats else []
    chosen = chosen or tickets.pool(tx, listing["id"])[: change.quantity]
    own = own_holds(tx, change)
    active = [hold["id"] for hold in inventory.active_holds(tx, listing["id"]) if hold["id"] in own]
    if active:
        tickets.mark(tx, chosen, by, {}, hold=active[0])
        inventory.refresh(tx, listing["id"], by)
        holds.shrink(tx, active[0], by)
        return
    ends = records.own(tx, INVENTORY, str(listing["id"]))["starts_at"]
    customer = directory.customer_for(tx, listing["accountId"], by.name)
    body = {"user": by.name, "externalRef": change.record, "customerId": customer}
    hold = holds.write(tx, listing, chosen, body, ends, source_of(change))
    holds.keep(tx, listing, chosen, hold, by)


def released(tx: Tx, listing: Record, change: Change, by: Actor) -> None:
    """Put what another marketplace has let go back on sale: HOLD UPDATED or DELETED, INVENTORY UPDATED."""
    if change.seats:
        back = tickets.of_stock(tx, change.stock.id, change.seats)
    else:
        kept = [ticket for hold in own_holds(tx, change) for ticket in tickets.of(tx, hold=hold)]
        back = [ticket for ticket in kept if ticket["inventoryId"] == listing["id"]][::-1][: change.quantity]
    on_hold = tickets.holds_of(tx, back)
    tickets.free(tx, back, by, listing["id"])
    for hold in on_hold:
        holds.shrink(tx, hold, by)
    inventory.refresh(tx, listing["id"], by)


def put_back(tx: Tx, listing: Record, change: Change, by: Actor) -> None:
    """Put what another marketplace's buyer gave back on sale: LINE and INVOICE UPDATED, INVENTORY UPDATED."""
    back = returned(tx, change)
    ids = sorted({ticket["invoiceLineId"] for ticket in back if ticket["invoiceLineId"]})
    tickets.free(tx, back, by, listing["id"])
    for id in ids:
        line = get_or_404(tx, LINE, None, id)
        orders.save(tx, line, line | invoices.counted(tx, line), by)
        invoice = get_or_404(tx, INVOICE, line["accountId"], line["targetId"])
        orders.settle(tx, "INVOICE", invoice, invoice, by)
    inventory.refresh(tx, listing["id"], by)


def returned(tx: Tx, change: Change) -> Sequence[Record]:
    """Return the tickets that came back: their seats, or in general admission the highest sold to the same record."""
    if change.seats:
        return tickets.of_stock(tx, change.stock.id, change.seats)
    own = records.find(tx, INVOICE, ("source", "=", source_of(change)))
    ids = [line["id"] for invoice in own for line in orders.all_of(tx, "INVOICE", invoice["id"])]
    of_row = {ticket["id"] for ticket in tickets.of_stock(tx, change.stock.id)}
    sold = [ticket for id in ids for ticket in tickets.of(tx, sale=id) if ticket["id"] in of_row]
    return sorted(sold, key=lambda ticket: -ticket["seatNumber"])[: change.quantity]


def changed(tx: Tx, listing: Record, change: Change, by: Actor) -> None:
    """Take over a price, a split rule and a number of seats that were changed elsewhere."""
    row = change.stock
    recount(tx, listing, row, by)
    before = get_or_404(tx, INVENTORY, None, listing["id"])
    after = before | {"listPrice": wire.money(row.price)}
    if inventory.split_rule(before["splitType"], before["customSplit"]) != row.split:
        after["splitType"], after["customSplit"] = inventory.split_words(row.split, max(before["quantity"], 1))
    inventory.save(tx, before, after, by)


def recount(tx: Tx, listing: Record, row: stock.Stock, by: Actor) -> None:
    """Cancel the tickets of seats that are gone from a row, the highest first, or make those of seats that are new in it."""
    count = len(tickets.of_stock(tx, row.id))
    missing = row.total - count
    if missing < 0:
        tickets.cancel(tx, tickets.pool(tx, listing["id"])[missing:], by)
    elif missing > 0 and row.total <= inventory.MOST_TICKETS:
        tickets.issue(tx, listing, row.id, seeding.numbered(row, count, row.total), None)
    inventory.refresh(tx, listing["id"], by)


FOLLOWING = {"sold": sold, "held": held, "released": released, "put_back": put_back, "changed": changed}


def event_changed(tx: Tx, change: events.EventChange) -> None:
    """Bring an event into line, and have its listings and holds found by its new date and venue."""
    directory.put_venue(tx, change.event.venue)
    directory.put_event(tx, change.event)
    number, place = wire.number_of(change.event.id), inventory.place_of(change.event)
    for kind, own in ((INVENTORY, place), (HOLD, {"starts_at": place["starts_at"]})):
        for record in records.find(tx, kind, ("event", "=", number)):
            wire.put_changed(tx, kind, record, **own)
