"""Listings: added and changed by resellers for their brokers, by brokers themselves, and taken off sale everywhere."""

from __future__ import annotations

from typing import Any

from mockmarket import stock
from mockmarket.errors import Conflict, Forbidden, Invalid, NotFound
from mockmarket.stock import Stock
from mockmarket.store import Read, Tx, events, records
from mockmarket.store.records import Record
from mockmarket.vendors.tixstock.records.listings import ListingChange, NewListing
from mockmarket.vendors.tixstock.records.values import Money
from mockmarket.vendors.tixstock.rules import notifications, resellers
from mockmarket.vendors.tixstock.rules.notifications import Data
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.wire import formats, resources
from mockmarket.vendors.tixstock.wire.kinds import EVENT, LISTING, NAME
from mockmarket.worlds.world import World

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
    if event is None:
        raise NotFound(f"There is no event {body['event_id']} of yours to sell tickets for.")
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
    general = ticket["general_admission"]
    return Stock(
        id=f"tx-{tx.ids.text(10)}", event=event, kind="general" if general else "seated",
        section=seats.get("section") or seats["category"], row=seats.get("row") or "GA",
        first_seat=None if general else seats.get("first_seat") or 1, total=sale["quantity"],
        price=body["proceed_price"]["amount"], currency=body["proceed_price"]["currency"],
        split=formats.split_rule(ticket["split_type"], sale["split_quantity"]),
        data={
            "ticket_type": ticket["type"], "category": seats["category"], "last_minute": ticket["allow_last_minute_sales"],
            "face_value": body["face_value"]["amount"] / 100, "restrictions": terms["options"], "notes": terms["other"],
        },
    )  # fmt: skip


def own_price(body: ListingChange) -> Money | None:
    """Return the display price that a reseller gives, as it is written, or None."""
    price = body.get("display_price")
    return formats.price(price["currency"], price["amount"]) if price else None


def new_listing(tx: Tx, seats: Stock, broker: str, origin: str = "") -> Record:
    """Store the listing of a stock row that `origin` added; no other reseller has published it yet."""
    listing: Record = dict(resources.listing(tx.ids.ulid(tx.now).lower(), seats, broker))
    show = events.get(tx, seats.event)
    records.put(tx, LISTING, listing, **resources.listing_columns(seats, show.starts_at if show else 0, origin))
    resellers.unpublish(tx, listing["id"], besides=origin)
    return listing


def show_at_most(listing: Record, quantity: int | None) -> None:
    """Set how many tickets of a listing buyers are shown, all that are available without a number."""
    numbers = listing["number_of_tickets_for_sale"]
    listing["shown_at_most"] = quantity
    numbers["display_quantity"] = min(numbers["quantity_available"], quantity or numbers["quantity_available"])


def update(world: World, seller: Reseller, own_id: str, body: ListingChange) -> Data:
    """Change a listing as a reseller says; while tickets of it are held only prices and the quantity (public: update ticket)."""
    with world.atomic() as tx:
        listing = resellers.get_listing(tx, seller, own_id)
        _, event = parties(tx, seller, body)
        seats = stock.get(tx, records.own(tx, LISTING, listing["id"])["stock"])
        if not seats.held:
            listing = rewrite(tx, listing, body)
        resellers.publish(tx, seller, listing["id"], external_id=own_id, display_price=own_price(body))
        alter(tx, seats, seller.id, body)
        return notifications.view(tx, seller, records.get(tx, LISTING, listing["id"]) or listing, event)


def rewrite(tx: Tx, listing: Record, body: ListingChange) -> Record:
    """Store what a reseller says of a listing besides prices and quantities; its seats stay where they are."""
    ticket, face_value = body["ticket"], body["face_value"]
    own_words: dict[str, Any] = {
        "type": ticket["type"],
        "allow_last_minute_sales": formats.yes_no(ticket["allow_last_minute_sales"]),
        "upload_later": formats.yes_no(ticket["upload_later"]),
    }
    changed = listing | {
        "ticket": listing["ticket"] | own_words,
        "seat_details": listing["seat_details"] | {"category": body["seat_details"]["category"]},
        "face_value": formats.price(face_value["currency"], face_value["amount"]),
        "restrictions_benefits": body.get("restrictions_benefits") or listing["restrictions_benefits"],
        "delivery": resources.delivery(ticket["type"]),
    }
    show_at_most(changed, body["number_of_tickets_for_sale"].get("display_quantity"))
    records.update(tx, LISTING, changed)
    return changed


def alter(tx: Tx, seats: Stock, by: str, body: ListingChange) -> None:
    """Change a stock row's price, split and quantity in one step; `quantity` counts what is still to be sold."""
    ticket, sale = body["ticket"], body["number_of_tickets_for_sale"]
    split = seats.split if seats.held else formats.split_rule(ticket["split_type"], sale["split_quantity"])
    total = seats.held + seats.sold + sale["quantity"]
    stock.alter(tx, seats.id, NAME, by, price=body["proceed_price"]["amount"], split=split, total=total)


def delete(world: World, seller: Reseller, own_id: str) -> None:
    """Take a listing off a reseller's site; one that it added itself off sale everywhere. Conflict while tickets of it are held."""
    with world.atomic() as tx:
        listing = resellers.get_listing(tx, seller, own_id)
        own = records.own(tx, LISTING, listing["id"])
        if stock.get(tx, own["stock"]).held:
            raise Conflict(f"Tickets of listing {own_id} are on hold; release them first.", code="104")
        if own["origin"] == seller.id:
            withdraw(tx, listing, seller.id)
        else:
            resellers.publish(tx, seller, listing["id"], external_id=None)


def withdraw(tx: Tx, listing: Record, by: str | None = None) -> None:
    """Take what is left of a listing off sale at every vendor, and tell every other reseller that has it (ticket.delete)."""
    own = records.own(tx, LISTING, listing["id"])

    def data_for(seller: Reseller) -> Data | None:
        own_id = resellers.external_id(tx, seller, listing["id"])
        hears = own_id is not None and seller.id != by and notifications.concerned(tx, seller, listing, own["event"])
        return {"listing_id": own_id} if hears else None

    notifications.notify(tx, "ticket.delete", LISTING, listing["id"], data_for)
    records.delete(tx, LISTING, listing["id"])
    withdraw_seats(tx, own["stock"])


def withdraw_seats(tx: Tx, id: str) -> None:
    """Take what is free of a deleted listing's seats off sale at every vendor."""
    seats = stock.get(tx, id)
    stock.alter(tx, id, NAME, BY_BROKER, total=seats.held + seats.sold)
