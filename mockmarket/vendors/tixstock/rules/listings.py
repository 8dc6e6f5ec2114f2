"""Listings: added and changed by resellers for their brokers, taken off sale everywhere, and in line with the shared stock."""

from __future__ import annotations

from mockmarket import stock
from mockmarket.errors import Conflict, Forbidden, Invalid
from mockmarket.stock import Stock
from mockmarket.store import Read, Tx, events, records, timers
from mockmarket.store.records import Record
from mockmarket.store.timers import Timer
from mockmarket.vendors.tixstock.records.listings import ListingChange, NewListing
from mockmarket.vendors.tixstock.records.values import Money
from mockmarket.vendors.tixstock.rules import catalogue, notifications, orders, resellers
from mockmarket.vendors.tixstock.rules.notifications import Data
from mockmarket.vendors.tixstock.rules.resellers import Reseller, required
from mockmarket.vendors.tixstock.wire import formats, resources
from mockmarket.vendors.tixstock.wire.kinds import BROKER, EVENT, HOLD, LISTING, NAME, ORDER
from mockmarket.worlds.world import World

WITHDRAWAL = "seats_withdrawn"
BY_BROKER = "broker"
"""Who changed stock when it was nobody on the exchange: everybody is told."""


def add(world: World, seller: Reseller, body: NewListing) -> Data:
    """Put a reseller's listing on sale, here and at every other vendor; it is published at the reseller under its own id."""
    own_id = body["external_id"]
    with world.atomic() as tx:
        if resellers.listing_of(tx, seller, own_id) is not None:
            raise Conflict(f"There is a listing {own_id} already.", code="105")
        broker, event = parties(tx, seller, body)
        seats = stock_of(tx, event["id"], body)
        listing = new_listing(tx, seats, broker["id"], seller.id)
        listing["push_to_all"] = body["push_to_all"]
        show_at_most(listing, body["number_of_tickets_for_sale"].get("display_quantity"))
        records.update(tx, LISTING, listing)
        stock.put_on_sale(tx, seats, NAME, listing["id"])
        resellers.publish(tx, seller, listing["id"], external_id=own_id, display_price=own_price(body))
        return notifications.view(tx, seller, listing, records.get(tx, EVENT, event["id"]) or event)


def parties(read: Read, seller: Reseller, body: ListingChange) -> tuple[Record, Record]:
    """Return the broker and the event of a reseller's listing, or raise why the one cannot sell tickets of the other."""
    broker = resellers.get_broker(read, seller, body["broker_id"])
    if not broker["open"]:
        raise Forbidden(f"The account of broker {body['broker_id']} is closed: it can publish and change nothing.")
    id = resellers.event_of(read, seller, body["event_id"])
    event = records.get(read, EVENT, id) if id and resellers.is_coming(read, id) else None
    event = required(event, f"There is no event {body['event_id']} of yours to sell tickets for.")
    check_currency(event["currency"], body)
    return broker, event


def check_currency(currency: str, body: ListingChange) -> None:
    """Raise Invalid for a price that is not in the event's currency (public: add ticket)."""
    prices = {"display_price": body.get("display_price"), "proceed_price": body["proceed_price"]}
    wrong = [name for name, price in prices.items() if price and price["currency"] != currency]
    if wrong:
        details = [(f"{name}.currency", f"Must be the event's, {currency}.") for name in wrong]
        raise Invalid(f"The prices of this event are in {currency}.", details=details)


def stock_of(tx: Tx, event: str, body: ListingChange) -> Stock:
    """Return the stock row that a reseller's listing is: seats from its first, or general admission."""
    ticket, sale, seats = body["ticket"], body["number_of_tickets_for_sale"], body["seat_details"]
    terms = body.get("restrictions_benefits") or {"options": [], "other": ""}
    section, row = seats.get("section") or seats["category"], seats.get("row") or "GA"
    kind, first = ("general", None) if ticket["general_admission"] else ("seated", seats.get("first_seat") or 1)
    price, currency = body["proceed_price"]["amount"], body["proceed_price"]["currency"]
    split = formats.split_rule(ticket["split_type"], sale["split_quantity"])
    data = {
        "ticket_type": ticket["type"],
        "category": seats["category"],
        "last_minute": ticket["allow_last_minute_sales"],
        "face_value": body["face_value"]["amount"] / 100,
        "restrictions": terms["options"],
        "notes": terms["other"],
    }
    id = f"tx-{tx.ids.text(10)}"
    return Stock(id, event, kind, section, row, first, sale["quantity"], price, currency, split, data=data)


def own_price(body: ListingChange) -> Money | None:
    """Return the display price that a reseller gives, as it is written, or None."""
    price = body.get("display_price")
    return formats.price(price["currency"], price["amount"]) if price else None


def new_listing(tx: Tx, seats: Stock, broker: str, origin: str = "") -> Record:
    """Store the listing of a stock row that `origin` added; no other reseller has published it yet."""
    listing: Record = dict(resources.listing(tx.ids.ulid(tx.now).lower(), seats, broker))
    show = events.get(tx, seats.event)
    records.put(tx, LISTING, listing, **resources.listing_columns(seats, show.starts_at if show else 0, origin))
    for seller in resellers.known(tx):
        if seller.id != origin and not seller.is_partner:
            resellers.publish(tx, seller, listing["id"], external_id=None)
    return listing


def show_at_most(listing: Record, quantity: int | None) -> None:
    """Set how many tickets of a listing buyers are shown, all that are available without a number."""
    numbers = listing["number_of_tickets_for_sale"]
    listing["shown_at_most"] = quantity
    numbers["display_quantity"] = min(numbers["quantity_available"], quantity or numbers["quantity_available"])


def update(world: World, seller: Reseller, own_id: str, body: ListingChange) -> Data:
    """Change a listing as a reseller says; while tickets of it are held only prices and the quantity (public: update ticket).

    The quantity counts what is still to be sold; the seats stay where they are.
    """
    sale = body["number_of_tickets_for_sale"]
    with world.atomic() as tx:
        listing = resellers.get_listing(tx, seller, own_id)
        _, event = parties(tx, seller, body)
        seats = stock_of_listing(tx, listing["id"])
        split = seats.split if seats.held else formats.split_rule(body["ticket"]["split_type"], sale["split_quantity"])
        if not seats.held:
            rewrite(tx, listing, body)
        resellers.publish(tx, seller, listing["id"], external_id=own_id, display_price=own_price(body))
        total = seats.held + seats.sold + sale["quantity"]
        stock.alter(tx, seats.id, NAME, seller.id, price=body["proceed_price"]["amount"], split=split, total=total)
        return notifications.view(tx, seller, records.get(tx, LISTING, listing["id"]) or listing, event)


def stock_of_listing(read: Read, listing: str) -> Stock:
    """Return the stock row of a listing."""
    return stock.get(read, records.own(read, LISTING, listing)["stock"])


def rewrite(tx: Tx, listing: Record, body: ListingChange) -> None:
    """Store what a reseller says of a listing besides prices and quantities."""
    ticket, face_value = body["ticket"], body["face_value"]
    truths = {name: formats.yes_no(ticket[name]) for name in ("allow_last_minute_sales", "upload_later")}
    listing["ticket"] |= {"type": ticket["type"], **truths}
    listing["seat_details"]["category"] = body["seat_details"]["category"]
    listing["face_value"] = formats.price(face_value["currency"], face_value["amount"])
    listing["restrictions_benefits"] = body.get("restrictions_benefits") or listing["restrictions_benefits"]
    listing["delivery"] = resources.delivery(ticket["type"])
    show_at_most(listing, body["number_of_tickets_for_sale"].get("display_quantity"))
    records.update(tx, LISTING, listing)


def delete(world: World, seller: Reseller, own_id: str) -> None:
    """Take a listing off a reseller's site; one that it added itself off sale everywhere. Conflict while tickets of it are held."""
    with world.atomic() as tx:
        listing = resellers.get_listing(tx, seller, own_id)
        if stock_of_listing(tx, listing["id"]).held:
            raise Conflict(f"Tickets of listing {own_id} are on hold; release them first.", code="104")
        if records.own(tx, LISTING, listing["id"])["origin"] == seller.id:
            withdraw(tx, listing, seller.id)
        else:
            resellers.publish(tx, seller, listing["id"], external_id=None)


def withdraw(tx: Tx, listing: Record, by: str | None = None) -> None:
    """Take what is left of a listing off sale at every vendor, and notify every other reseller that has it (ticket.delete)."""
    seats = records.own(tx, LISTING, listing["id"])["stock"]
    notifications.notify_publishers(tx, "ticket.delete", listing, by, lambda seller, own_id: {"listing_id": own_id})
    records.delete(tx, LISTING, listing["id"])
    withdraw_seats(tx, seats)


def withdraw_seats(tx: Tx, id: str) -> None:
    """Take what is free of a deleted listing's seats off sale at every vendor."""
    seats = stock.get(tx, id)
    stock.alter(tx, id, NAME, BY_BROKER, total=seats.held + seats.sold)


def stock_changed(tx: Tx, change: stock.Change) -> None:
    """Bring a listing into line with its seats, and notify the resellers who did not do it themselves."""
    listing = records.first(tx, LISTING, ("stock", "=", change.stock.id))
    if listing is None and change.what != "added":
        seats_freed(tx, change)
        return
    listing = in_line(tx, listing, change) if listing else new_listing(tx, change.stock, broker_of(tx, change))
    show = events.get(tx, change.stock.event) if change.what == "added" else None
    if show is not None:  # its venue details have the section once there is stock in it
        catalogue.put_event(tx, show)
    notify(tx, listing, change, actor(tx, change))


def seats_freed(tx: Tx, change: stock.Change) -> None:
    """Keep off sale, at every vendor, seats that come free of a listing that its broker has deleted.

    Another vendor is still writing its own records of the change, so its seats go in the next transaction.
    """
    if change.what not in ("released", "put_back"):
        return
    if change.vendor == NAME:
        withdraw_seats(tx, change.stock.id)
    else:
        timers.set(tx, Timer(NAME, WITHDRAWAL, change.stock.id, tx.now))


def timer_fired(tx: Tx, timer: Timer) -> None:
    """Let a hold lapse, or take seats of a deleted listing off sale."""
    if timer.name == WITHDRAWAL:
        withdraw_seats(tx, timer.record)
    else:
        orders.lapse(tx, timer.record)


def notify(tx: Tx, listing: Record, change: stock.Change, by: str | None) -> None:
    """Notify the resellers of what became of a listing's seats, but who did it.

    Document: hold, release, sold, add, update. Seats that come back on sale are an update (convention).
    """
    match change.what:
        case "held":
            notifications.notify_of_hold(tx, listing, change, by)
        case "released":
            notifications.notify_of_release(tx, listing, change, by)
        case "sold":
            order = records.get(tx, ORDER, change.record) if change.vendor == NAME else None
            resource = notifications.order_resource(order) if order else None
            notifications.notify_of_sale(tx, listing, change, by, resource)
        case what:
            notifications.notify_of_listing(tx, "ticket.add" if what == "added" else "ticket.update", listing, {by})


def in_line(tx: Tx, listing: Record, change: stock.Change) -> Record:
    """Store a listing with the numbers, and after a change with the price and split, that its stock has now."""
    seats = change.stock
    listing["number_of_tickets_for_sale"] = resources.quantities(seats, listing["shown_at_most"])
    if first := stock.choose(tx, seats, 1) if seats.free else ():
        listing["seat_details"]["first_seat"] = str(first[0])
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
    source = records.first(tx, LISTING, ("stock", "in", list(change.parts)))
    if source:
        return str(source["broker_id"])
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
