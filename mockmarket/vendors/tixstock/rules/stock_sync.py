"""How Tixstock's records follow the shared stock and shows, and what its resellers are told of that."""

from __future__ import annotations

from mockmarket import stock
from mockmarket.store import Read, Tx, events, records, timers
from mockmarket.store.records import Record
from mockmarket.store.timers import Timer
from mockmarket.vendors.tixstock.rules import catalogue, holds, listings, notifications
from mockmarket.vendors.tixstock.wire import formats, orders, resources
from mockmarket.vendors.tixstock.wire.kinds import BROKER, HOLD, LISTING, NAME, ORDER

WITHDRAWAL = "seats_withdrawn"


def stock_changed(tx: Tx, change: stock.Change) -> None:
    """Bring a listing into line with its seats, and tell the resellers who did not do it themselves."""
    rows = records.find(tx, LISTING, ("stock", "=", change.stock.id), limit=1)
    if not rows and change.what != "added":
        seats_freed(tx, change)
        return
    listing = in_line(tx, rows[0], change) if rows else listings.new_listing(tx, change.stock, broker_of(tx, change))
    catalogue.refresh_house(tx, change)
    notify(tx, listing, change, actor(tx, change))


def seats_freed(tx: Tx, change: stock.Change) -> None:
    """Keep off sale, at every vendor, seats that come free of a listing that its broker has deleted.

    Another vendor is still writing its own records of the change, so its seats go in the next transaction.
    """
    if change.what not in ("released", "put_back"):
        return
    if change.vendor == NAME:
        listings.withdraw_seats(tx, change.stock.id)
    else:
        timers.set(tx, Timer(NAME, WITHDRAWAL, change.stock.id, tx.now))


def notify(tx: Tx, listing: Record, change: stock.Change, by: str | None) -> None:
    """Tell the resellers what became of a listing's seats, but who did it.

    Document: hold, release, sold, add, update. Seats that come back on sale are an update (convention).
    """
    if change.what == "held":
        notifications.notify_of_hold(tx, listing, change, by)
    elif change.what == "released":
        notifications.notify_of_release(tx, listing, change, by)
    elif change.what == "sold":
        notifications.notify_of_sale(tx, listing, change, by, order_of(tx, change))
    else:
        notifications.notify_of_listing(tx, "ticket.add" if change.what == "added" else "ticket.update", listing, {by})


def in_line(tx: Tx, listing: Record, change: stock.Change) -> Record:
    """Store a listing with the numbers, and after a change with the price and split, that its stock has now."""
    seats = change.stock
    listing["number_of_tickets_for_sale"] = resources.quantities(seats, listing["shown_at_most"])
    first = stock.choose(tx, seats, 1) if seats.free else ()
    listing["seat_details"]["first_seat"] = str(first[0]) if first else listing["seat_details"]["first_seat"]
    if change.what != "changed":
        records.update(tx, LISTING, listing)
        return listing
    listing["ticket"]["split_type"] = formats.split_words(seats.split)[0]
    listing["proceed_price"] = formats.price(seats.currency, seats.price)
    listing["display_price"] = formats.price(seats.currency, formats.displayed(seats.price))
    own = records.own(tx, LISTING, listing["id"])
    records.put(tx, LISTING, listing, **resources.listing_columns(seats, own["starts_at"], own["origin"]))
    return listing


def broker_of(tx: Tx, change: stock.Change) -> str:
    """Return whose new stock is: the broker's of whose listings it was made, else any whose account is open."""
    sources = records.find(tx, LISTING, ("stock", "in", list(change.parts)), limit=1)
    if sources:
        return str(sources[0]["broker_id"])
    brokers = [broker for broker in records.find(tx, BROKER) if broker["open"]]
    return str(brokers[tx.ids.below(len(brokers))]["id"]) if brokers else "1"


def actor(read: Read, change: stock.Change) -> str | None:
    """Return the reseller who did it, by the hold, order or listing that it was done for; None when it was done elsewhere."""
    if change.vendor != NAME:
        return None
    if change.what == "changed":
        return change.record
    order = records.get(read, ORDER, change.record)
    if order is not None:
        return str(order["reseller"])
    own = records.own(read, HOLD, change.record) or records.own(read, LISTING, change.record)
    return own.get("reseller", own.get("origin"))


def order_of(read: Read, change: stock.Change) -> notifications.Data | None:
    """Return the order that seats were sold to, as resellers see it, or None when it is not one of ours."""
    order = records.get(read, ORDER, change.record) if change.vendor == NAME and change.what == "sold" else None
    return orders.shown(order) if order else None


def event_changed(tx: Tx, change: events.EventChange) -> None:
    """Bring an event, its listings and its orders into line, and tell the resellers to which it is assigned."""
    show = change.event
    event = catalogue.put_event(tx, show)
    if change.what == "added":
        return
    if change.what == "moved":
        follow_date(tx, show)
    notifications.notify_of_event(tx, "event.cancel" if change.what == "cancelled" else "event.update", event)


def follow_date(tx: Tx, show: events.Event) -> None:
    """Have the listings and orders of an event sorted by its new date."""
    for listing in records.find(tx, LISTING, ("event", "=", show.id)):
        own = records.own(tx, LISTING, listing["id"])
        records.put(tx, LISTING, listing, **own | {"starts_at": show.starts_at})
    for order in records.find(tx, ORDER, ("event", "=", show.id)):
        records.put(tx, ORDER, order, **records.own(tx, ORDER, order["tixstock_id"]) | {"event_at": show.starts_at})


def timer_fired(tx: Tx, timer: Timer) -> None:
    """Let a hold lapse, or take seats of a deleted listing off sale."""
    if timer.name == WITHDRAWAL:
        listings.withdraw_seats(tx, timer.record)
    else:
        holds.lapse(tx, timer.record)
