"""Listings: added and changed by resellers for their brokers, by brokers themselves, and taken off sale everywhere."""

from __future__ import annotations

from typing import Any

from mockmarket import stock
from mockmarket.errors import Conflict, Forbidden, Invalid, NotFound
from mockmarket.stock import Stock
from mockmarket.store import Read, Tx, events, records
from mockmarket.store.records import Record
from mockmarket.vendors.tixstock.records.listings import ListingChange, Money, NewListing
from mockmarket.vendors.tixstock.rules import resellers, selling, telling
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.wire import formats, resources
from mockmarket.vendors.tixstock.wire.kinds import BROKER, EVENT, LISTING, NAME
from mockmarket.worlds.world import World

BY_BROKER = "broker"
"""Who changed stock when it was nobody on the exchange: everybody is told."""


def add(world: World, who: Reseller, asked: NewListing) -> telling.Data:
    """Put a reseller's listing on sale, here and at every other vendor; it is published at the reseller under its own id."""
    with world.atomic() as tx:
        if resellers.listing_of(tx, who, asked["external_id"]) is not None:
            raise Conflict(f"There is a listing {asked['external_id']} already.", code="105")
        broker = broker_allowed(tx, who, asked["broker_id"])
        event = event_allowed(tx, who, asked["event_id"])
        check_currency(event, asked)
        listing = put_on_sale(tx, stock_of(tx, event["id"], asked), broker["id"], who.id, asked)
        resellers.publish(tx, who, listing["id"], external_id=asked["external_id"], display_price=own_price(asked))
        return telling.view(tx, who, listing, records.get(tx, EVENT, event["id"]) or event)


def broker_allowed(read: Read, who: Reseller, theirs: str) -> Record:
    """Return the broker that a reseller means; NotFound for one that is not connected, Forbidden while its account is closed."""
    broker = resellers.broker_of(read, who, theirs)
    if broker is None:
        raise NotFound(f"There is no broker {theirs} connected to you.")
    if not broker["open"]:
        raise Forbidden(f"The account of broker {theirs} is closed: it can publish and change nothing.")
    return broker


def event_allowed(read: Read, who: Reseller, theirs: str) -> Record:
    """Return the event that a reseller means by its own id; NotFound for one that is not assigned to it, cancelled or over."""
    event = resellers.event_of(read, who, theirs)
    record = records.get(read, EVENT, event) if event and selling.is_coming(read, event) else None
    if record is None:
        raise NotFound(f"There is no event {theirs} of yours to sell tickets for.")
    return record


def check_currency(event: Record, asked: ListingChange) -> None:
    """Raise Invalid for a price that is not in the event's currency (public: add ticket)."""
    prices = {"display_price": asked.get("display_price"), "proceed_price": asked["proceed_price"]}
    wrong = [name for name, price in prices.items() if price and price["currency"] != event["currency"]]
    if wrong:
        details = [(f"{name}.currency", f"Must be the event's, {event['currency']}.") for name in wrong]
        raise Invalid(f"The prices of this event are in {event['currency']}.", details=details)


def stock_of(tx: Tx, event: str, asked: ListingChange) -> Stock:
    """Return the stock row that a reseller's listing is: seats from its first, or general admission."""
    ticket, sale, seats = asked["ticket"], asked["number_of_tickets_for_sale"], asked["seat_details"]
    general = ticket["general_admission"]
    return Stock(
        id=f"tx-{tx.ids.text(10)}",
        event=event,
        kind="general" if general else "seated",
        section=seats.get("section") or seats["category"],
        row=seats.get("row") or "GA",
        first_seat=None if general else seats.get("first_seat") or 1,
        total=sale["quantity"],
        price=asked["proceed_price"]["amount"],
        currency=asked["proceed_price"]["currency"],
        split=formats.split_rule(ticket["split_type"], sale["split_quantity"]),
        data={
            "ticket_type": ticket["type"], "category": seats["category"], "last_minute": ticket["allow_last_minute_sales"],
            "face_value": asked["face_value"]["amount"] / 100, **restrictions(asked),
        },
    )  # fmt: skip


def restrictions(asked: ListingChange) -> dict[str, Any]:
    """Return what a stock row keeps of a listing's restrictions."""
    said = asked.get("restrictions_benefits") or {"options": [], "other": ""}
    return {"restrictions": said["options"], "notes": said["other"]}


def own_price(asked: ListingChange) -> Money | None:
    """Return the display price that a reseller gives, as it is written, or None."""
    given = asked.get("display_price")
    return formats.price(given["currency"], given["amount"]) if given else None


def put_on_sale(tx: Tx, seats: Stock, broker: str, origin: str = "", asked: NewListing | None = None) -> Record:
    """Store a new listing with its stock, and tell every other reseller and vendor."""
    listing: Record = dict(resources.listing(tx.ids.ulid(tx.now).lower(), seats, broker))
    if asked:
        listing["push_to_all"] = asked["push_to_all"]
        show_at_most(listing, asked["number_of_tickets_for_sale"].get("display_quantity"))
    show = events.get(tx, seats.event)
    records.put(tx, LISTING, listing, **resources.listing_columns(seats, show.starts_at if show else 0, origin))
    for one in resellers.known(tx):
        if one.id != origin and not one.is_partner:
            resellers.publish(tx, one, listing["id"], external_id=None)
    stock.put_on_sale(tx, seats, NAME, listing["id"])
    return listing


def show_at_most(listing: Record, quantity: int | None) -> None:
    """Set how many tickets of a listing buyers are shown, all that are available without a number."""
    numbers = listing["number_of_tickets_for_sale"]
    listing["shown_at_most"] = quantity
    numbers["display_quantity"] = min(numbers["quantity_available"], quantity or numbers["quantity_available"])


def update(world: World, who: Reseller, theirs: str, asked: ListingChange) -> telling.Data:
    """Change a listing as a reseller says; while tickets of it are held only prices and the quantity (public: update ticket)."""
    with world.atomic() as tx:
        listing = listing_allowed(tx, who, theirs)
        broker_allowed(tx, who, asked["broker_id"])
        event = event_allowed(tx, who, asked["event_id"])
        check_currency(event, asked)
        seats = stock.get(tx, records.own(tx, LISTING, listing["id"])["stock"])
        if not seats.held:
            listing = rewrite(tx, listing, asked)
        resellers.publish(tx, who, listing["id"], external_id=theirs, display_price=own_price(asked))
        alter(tx, seats, who.id, asked)
        return telling.view(tx, who, records.get(tx, LISTING, listing["id"]) or listing, event)


def listing_allowed(read: Read, who: Reseller, theirs: str) -> Record:
    """Return a listing by a reseller's own id; NotFound when there is none."""
    listing = resellers.listing_of(read, who, theirs)
    if listing is None:
        raise NotFound(f"There is no listing {theirs}.")
    return listing


def rewrite(tx: Tx, listing: Record, asked: ListingChange) -> Record:
    """Store what a reseller says of a listing besides prices and quantities; its seats stay where they are."""
    ticket, seats = asked["ticket"], asked["seat_details"]
    changed = listing | {
        "ticket": listing["ticket"] | {
            "type": ticket["type"],
            "allow_last_minute_sales": formats.yes_no(ticket["allow_last_minute_sales"]),
            "upload_later": formats.yes_no(ticket["upload_later"]),
        },
        "seat_details": listing["seat_details"] | {"category": seats["category"]},
        "face_value": formats.price(asked["face_value"]["currency"], asked["face_value"]["amount"]),
        "restrictions_benefits": asked.get("restrictions_benefits") or listing["restrictions_benefits"],
        "delivery": resources.delivery(ticket["type"]),
    }  # fmt: skip
    show_at_most(changed, asked["number_of_tickets_for_sale"].get("display_quantity"))
    records.update(tx, LISTING, changed)
    return changed


def alter(tx: Tx, seats: Stock, who: str, asked: ListingChange) -> None:
    """Change a stock row's price, split and quantity in one step; `quantity` counts what is still to be sold."""
    ticket, sale = asked["ticket"], asked["number_of_tickets_for_sale"]
    split = seats.split if seats.held else formats.split_rule(ticket["split_type"], sale["split_quantity"])
    stock.alter(
        tx, seats.id, NAME, who, price=asked["proceed_price"]["amount"], split=split,
        total=seats.held + seats.sold + sale["quantity"],
    )  # fmt: skip


def delete(world: World, who: Reseller, theirs: str) -> Record:
    """Take a listing off a reseller's site; one that it added itself off sale everywhere. Conflict while tickets of it are held."""
    with world.atomic() as tx:
        listing = listing_allowed(tx, who, theirs)
        own = records.own(tx, LISTING, listing["id"])
        if stock.get(tx, own["stock"]).held:
            raise Conflict(f"Tickets of listing {theirs} are on hold; release them first.", code="104")
        if own["origin"] == who.id:
            withdraw(tx, listing, who.id)
        else:
            resellers.publish(tx, who, listing["id"], external_id=None)
    return listing


def withdraw(tx: Tx, listing: Record, by: str | None = None) -> None:
    """Take what is left of a listing off sale at every vendor, and tell every other reseller that has it (ticket.delete)."""
    seats = stock.get(tx, records.own(tx, LISTING, listing["id"])["stock"])

    def say(who: Reseller) -> telling.Data | None:
        theirs = resellers.external_id(tx, who, listing["id"])
        told = theirs is not None and who.id != by and telling.concerned(tx, who, listing, seats.event)
        return {"listing_id": theirs} if told else None

    telling.tell(tx, "ticket.delete", LISTING, listing["id"], say)
    records.delete(tx, LISTING, listing["id"])
    withdraw_seats(tx, seats.id)


def withdraw_seats(tx: Tx, id: str) -> None:
    """Take what is free of a deleted listing's seats off sale at every vendor."""
    seats = stock.get(tx, id)
    stock.alter(tx, id, NAME, BY_BROKER, total=seats.held + seats.sold)


def found(read: Read, id: str) -> Record:
    """Return a listing by the exchange's own id; NotFound when there is none."""
    listing = records.get(read, LISTING, id)
    if listing is None:
        raise NotFound(f"There is no listing {id!r}.")
    return listing


def broker_found(read: Read, id: str | None) -> Record:
    """Return a broker by the exchange's own id, the first without one; NotFound when there is none."""
    there = [records.get(read, BROKER, id)] if id else records.find(read, BROKER, limit=1)
    if not there or there[0] is None:
        raise NotFound(f"There is no broker {id!r}.")
    return there[0]
