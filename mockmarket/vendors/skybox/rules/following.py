"""How a broker's records follow what other marketplaces do with his stock, and what becomes due."""

from __future__ import annotations

from collections.abc import Sequence

from mockmarket import stock
from mockmarket.stock import Change
from mockmarket.store import Tx, events, records
from mockmarket.store.records import Record
from mockmarket.store.timers import Timer
from mockmarket.vendors.skybox.callers import Actor
from mockmarket.vendors.skybox.rules import (
    brokers,
    directory,
    holds,
    inventory,
    invoices,
    lines,
    parties,
    seeding,
    selling,
    telling,
    tickets,
)
from mockmarket.vendors.skybox.wire import formats
from mockmarket.vendors.skybox.wire import inventory as words
from mockmarket.vendors.skybox.wire.directory import performers
from mockmarket.vendors.skybox.wire.formats import NAME
from mockmarket.vendors.skybox.wire.kinds import HOLD, INVENTORY, INVOICE
from mockmarket.vendors.skybox.wire.orders import CURRENCIES


def title_of(tx: Tx, vendor: str) -> str:
    """Return what another marketplace is called."""
    return next((str(one.title) for one in tx.store.listeners if one.name == vendor), vendor)


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
    account = brokers.owner_of(brokers.every(tx), change.stock)
    if account is not None:
        by = Actor(title_of(tx, change.vendor))
        listing = seeding.listing(tx, account, change.stock, by, None)
        telling.created(tx, "INVENTORY", listing, by)


def sold(tx: Tx, listing: Record, change: Change, by: Actor) -> None:
    """Write another marketplace's sale as an invoice to it: INVOICE and LINE, HOLD where it was on hold, INVENTORY."""
    gone = going(tx, listing, change)
    on_hold = sorted({hold for one in gone if (hold := tickets.hold_of(tx, one))})
    amount = formats.money(change.stock.price * change.quantity)
    source = source_of(change)
    there = records.find(tx, INVOICE, ("source", "=", source), ("account", "=", listing["accountId"]), limit=1)
    invoice = there[0] if there else invoices.write(tx, listing["accountId"], said_of(tx, listing, change), by, source)
    said = {
        "lineItemType": "INVENTORY", "quantity": change.quantity, "amount": amount, "itemIds": [one["id"] for one in gone],
        "inventoryIds": [listing["id"]], "event": listing["eventId"],
    }  # fmt: skip
    line = lines.add(tx, invoice, "INVOICE", said, by)
    tickets.sell(tx, gone, line["id"], amount, by)
    if there:
        telling.created(tx, "LINE", line, by)
        lines.settle(tx, "INVOICE", invoice, invoice, by)
    else:
        balanced = lines.balance(tx, "INVOICE", invoice)
        records.update(tx, INVOICE, balanced)
        lines.tell_new(tx, "INVOICE", balanced, [line], by)
    inventory.refresh(tx, listing["id"], by)
    for hold in on_hold:
        holds.shrink(tx, hold, by)


def said_of(tx: Tx, listing: Record, change: Change) -> dict[str, object]:
    """Return the head of an invoice to another marketplace."""
    currency = change.stock.currency if change.stock.currency in CURRENCIES else "USD"
    return {
        "customerId": parties.customer_for(tx, listing["accountId"], title_of(tx, change.vendor)), "salesTerm": "NET0",
        "externalRef": change.record, "currencyCode": currency, "deliveryMethod": "EMAIL", "paymentMethod": "ACH",
    }  # fmt: skip


def going(tx: Tx, listing: Record, change: Change) -> list[Record]:
    """Return the tickets that a sale is of: its seats, or in general admission those it held, then the lowest that are left."""
    if change.seats:
        return tickets.of_stock(tx, change.stock.id, change.seats)
    held = [one for one in tickets.of_stock(tx, change.stock.id) if tickets.hold_of(tx, one)]
    from_hold = min(max(len(held) - change.stock.held, 0), change.quantity)
    own = set(holds_of(tx, change))
    held.sort(key=lambda one: tickets.hold_of(tx, one) not in own)
    return held[:from_hold] + tickets.pool(tx, listing["id"])[: change.quantity - from_hold]


def holds_of(tx: Tx, change: Change) -> list[int]:
    """Return the holds that stand for a change's own record."""
    return [one["id"] for one in records.find(tx, HOLD, ("source", "=", source_of(change)), ("removed", "=", 0))]


def held(tx: Tx, listing: Record, change: Change, by: Actor) -> None:
    """Write what another marketplace holds as a hold of its own, until the event begins unless it ends there."""
    chosen = tickets.of_stock(tx, change.stock.id, change.seats) if change.seats else []
    chosen = chosen or tickets.pool(tx, listing["id"])[: change.quantity]
    there = [one for one in inventory.active_holds(tx, listing["id"]) if one["id"] in holds_of(tx, change)]
    if there:
        tickets.keep(tx, chosen, there[0]["id"], by)
        inventory.refresh(tx, listing["id"], by)
        holds.shrink(tx, there[0]["id"], by)
        return
    ends = records.own(tx, INVENTORY, str(listing["id"]))["starts_at"]
    said = {
        "expiryDate": formats.moment(ends), "user": by.name, "externalRef": change.record,
        "customerId": parties.customer_for(tx, listing["accountId"], by.name),
    }  # fmt: skip
    hold = holds.write(tx, listing, chosen, said, ends, source_of(change))
    holds.keep(tx, listing, chosen, hold, by)


def released(tx: Tx, listing: Record, change: Change, by: Actor) -> None:
    """Put what another marketplace has let go back on sale: HOLD UPDATED or DELETED, INVENTORY UPDATED."""
    own = holds_of(tx, change)
    if change.seats:
        back = tickets.of_stock(tx, change.stock.id, change.seats)
    else:
        there = [one for hold in own for one in tickets.on_hold(tx, hold) if one["inventoryId"] == listing["id"]]
        back = there[::-1][: change.quantity]
    of = sorted({hold for one in back if (hold := tickets.hold_of(tx, one))})
    tickets.free(tx, back, by, listing["id"])
    for hold in of:
        holds.shrink(tx, hold, by)
    inventory.refresh(tx, listing["id"], by)


def put_back(tx: Tx, listing: Record, change: Change, by: Actor) -> None:
    """Put what another marketplace's buyer gave back on sale: LINE and INVOICE UPDATED, INVENTORY UPDATED."""
    back = given_back(tx, change)
    of = sorted({one["invoiceLineId"] for one in back if one["invoiceLineId"]})
    tickets.free(tx, back, by, listing["id"])
    for id in of:
        line = selling.line_of(tx, id)
        lines.save(tx, line, line | selling.counted(tx, line), by)
        invoice = invoices.found(tx, line["accountId"], line["targetId"])
        lines.settle(tx, "INVOICE", invoice, invoice, by)
    inventory.refresh(tx, listing["id"], by)


def given_back(tx: Tx, change: Change) -> Sequence[Record]:
    """Return the tickets that came back: their seats, or in general admission the highest sold to the same record."""
    if change.seats:
        return tickets.of_stock(tx, change.stock.id, change.seats)
    there = records.find(tx, INVOICE, ("source", "=", source_of(change)))
    ids = [line["id"] for invoice in there for line in lines.all_of(tx, "INVOICE", invoice["id"])]
    of_row = {one["id"] for one in tickets.of_stock(tx, change.stock.id)}
    sold_there = [one for id in ids for one in tickets.of_line(tx, id) if one["id"] in of_row]
    return sorted(sold_there, key=lambda one: -one["seatNumber"])[: change.quantity]


def changed(tx: Tx, listing: Record, change: Change, by: Actor) -> None:
    """Take over a price, a split rule and a number of seats that were changed elsewhere."""
    row = change.stock
    recount(tx, listing, row, by)
    before = inventory.found(tx, listing["accountId"], listing["id"])
    after = before | {"listPrice": formats.money(row.price)}
    if words.split_rule(before["splitType"], before["customSplit"]) != row.split:
        after["splitType"], after["customSplit"] = words.split_words(row.split, max(before["quantity"], 1))
    inventory.save(tx, before, after, by)


def recount(tx: Tx, listing: Record, row: stock.Stock, by: Actor) -> None:
    """Cancel the tickets of seats that are gone from a row, the highest first, or make those of seats that are new in it."""
    there = tickets.of_stock(tx, row.id)
    missing = row.total - len(there)
    if missing < 0:
        pool = tickets.pool(tx, listing["id"])
        tickets.cancel(tx, pool[missing:], by)
    elif missing > 0 and row.total <= inventory.MOST_TICKETS:
        first = len(there) if row.first_seat is None else row.first_seat + len(there)
        numbers = [first + place + (row.first_seat is None) for place in range(missing)]
        seats = [(seat, None if row.first_seat is None else seat) for seat in numbers]
        tickets.issue(tx, listing, row.id, seats, None)
    inventory.refresh(tx, listing["id"], by)


FOLLOWING = {
    "sold": sold, "held": held, "released": released, "put_back": put_back, "changed": changed,
}  # fmt: skip


def event_changed(tx: Tx, change: events.EventChange) -> None:
    """Bring an event into line, and have its listings and holds found by its new date and venue."""
    directory.event_changed(tx, change)
    number, show = formats.number_of(change.event.id), change.event
    where = {"venue": formats.number_of(show.venue.id), "performer": performers(show)[0]["id"]}
    for kind, more in ((INVENTORY, where), (HOLD, {})):
        for record in records.find(tx, kind, ("event", "=", number)):
            own = records.own(tx, kind, str(record["id"]))
            records.put(tx, kind, record, **{**own, **more, "starts_at": show.starts_at})


def timer_fired(tx: Tx, timer: Timer) -> None:
    """Let a hold lapse."""
    holds.lapse(tx, timer.record)
