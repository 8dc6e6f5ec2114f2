"""Events, listings and orders as Tixstock's answers and notices show them: one way to its resellers, one to its partners."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mockmarket.records import members
from mockmarket.stock import Stock
from mockmarket.store import events
from mockmarket.store.records import Record
from mockmarket.vendors.tixstock.records import listings, orders
from mockmarket.vendors.tixstock.records.values import DEFAULT_TYPE, Money, Named
from mockmarket.vendors.tixstock.wire import formats
from mockmarket.vendors.tixstock.wire.formats import filled, view, yes_no

LIGHT = frozenset(member.key for member in members(listings.PartnerListing) if not member.required)
"""What `lighter_response` leaves out."""
PAPERLESS = ("eTicket", "Mobile")


def venue(place: events.Venue) -> listings.Venue:
    """Write a venue: address lines from the fixture's `data`, city and state from `Boston, MA`, country from the time zone."""
    city, _, state = place.city.partition(", ")
    known = {"city": city, "state": state, "country_code": formats.countries().get(place.zone, "")}
    data = {name: str(value) for name, value in place.data.items() if name != "city"}
    return filled({**known, **data}, listings.Venue, "", id=place.id, name=place.name)


def event(show: events.Event, stock: Sequence[Stock]) -> listings.Event:
    """Write an event with the categories and sections that its stock has."""
    names = [str(name) for name in show.data.get("performers") or formats.teams(show.name)]
    return {
        "id": show.id,
        "name": show.name,
        "currency": stock[0].currency if stock else str(show.data.get("currency", "USD")),
        "commission_percentage_fee": f"{formats.COMMISSION}.00",
        "description": str(show.data.get("description", show.name)),
        "datetime": formats.offset_iso(show.starts_at),
        "status": "Active" if show.status == "scheduled" else "Cancelled",
        "venue": venue(show.venue),
        "use_tixstock_venue_details": "true",
        "venue_details": venue_details(show.id, stock),
        "performers": [{"id": formats.performer_id(name), "name": name} for name in names],
        "category": formats.category_of(show.name, show.data, show.venue.data)[0],
    }


def venue_details(event: str, stock: Sequence[Stock]) -> list[listings.House]:
    """Write the categories of a house, each with its sections, in the order of the stock."""
    sections: dict[str, dict[str, None]] = {}
    for row in stock:
        sections.setdefault(str(row.data.get("category", row.section)), {})[row.section] = None

    def numbered(prefix: str, names: Iterable[str]) -> list[Named]:
        return [{"id": f"{prefix}-{place}", "name": name} for place, name in enumerate(names, 1)]

    return [
        {**house, "sections": numbered(house["id"], sections[house["name"]])} for house in numbered(event, sections)
    ]


def event_columns(show: events.Event, record: listings.Event) -> dict[str, Any]:
    """Return the values of ours beside an event's record."""
    return {
        "starts_at": show.starts_at,
        "active": int(show.status == "scheduled"),
        "venue": show.venue.id,
        "name_key": show.name.casefold(),
        "venue_key": show.venue.name.casefold(),
        "performer_key": keys(word for row in record["performers"] for word in (row["id"], row["name"])),
        "category_key": keys(formats.category_of(show.name, show.data, show.venue.data)),
        "tag_key": keys(str(tag) for tag in show.data.get("tags", ())),
    }


def keys(words: Iterable[str]) -> str:
    """Write words so that each can be found: in lower case, between bars."""
    return "|".join(["", *words, ""]).casefold()


def listing(id: str, seats: Stock, broker: str) -> listings.Listing:
    """Write a listing of a stock row: its price is what the buyer pays, less the commission what the broker gets."""
    data = seats.data
    type = str(data.get("ticket_type", DEFAULT_TYPE))
    return {
        "id": id,
        "broker_id": broker,
        "ticket": ticket(seats, type),
        "number_of_tickets_for_sale": quantities(seats),
        "seat_details": {
            "category": str(data.get("category", seats.section)),
            "section": seats.section,
            "row": seats.row,
            "first_seat": "" if seats.first_seat is None else str(seats.first_seat),
        },
        "face_value": formats.price(seats.currency, formats.minor(data.get("face_value", seats.price / 100))),
        "display_price": formats.price(seats.currency, formats.displayed(seats.price)),
        "proceed_price": formats.price(seats.currency, seats.price),
        "restrictions_benefits": {"options": list(data.get("restrictions", ())), "other": str(data.get("notes", ""))},
        "delivery": delivery(type),
        "push_to_all": False,
        "shown_at_most": None,
    }


def ticket(seats: Stock, type: str) -> listings.Ticket:
    """Write the `ticket` of a listing."""
    return {
        "general_admission": yes_no(seats.kind == "general"),
        "type": type,
        "allow_last_minute_sales": yes_no(bool(seats.data.get("last_minute", True))),
        "split_type": formats.split_words(seats.split)[0],
        "eticket": [],
        "upload_later": yes_no(type in PAPERLESS),
        "instant_download": yes_no(bool(seats.data.get("instant_download", False))),
    }


def delivery(type: str) -> listings.Delivery:
    """Write the `delivery` of a listing without its date, which is its event's: electronic, or by post (convention)."""
    sort = "E_TICKET" if type in PAPERLESS else "SHIPPING"
    return {"type": sort, "hand_delivered": "false", "ready_shipped": yes_no(type not in PAPERLESS)}


def quantities(seats: Stock, shown_at_most: int | None = None) -> listings.Quantities:
    """Write how many tickets of a listing there are in each state, of which buyers may be shown fewer."""
    return {
        "quantity_available": seats.free,
        "quantity_sold": seats.sold,
        "display_quantity": seats.free if shown_at_most is None else min(seats.free, shown_at_most),
        "split_quantity": formats.split_words(seats.split)[1],
        "quantity_on_hold": seats.held,
    }


def listing_columns(seats: Stock, starts_at: int, origin: str = "") -> dict[str, Any]:
    """Return the values of ours beside a listing; `origin` is the reseller that added it, `pence` its proceeds in GBP."""
    pence = formats.converted(seats.price, seats.currency, "GBP")
    return {"event": seats.event, "stock": seats.id, "origin": origin, "starts_at": starts_at, "pence": pence}


def notified_event(record: Record, own_id: str) -> listings.NotifiedEvent:
    """Return an event as a notice to a reseller shows it, under the reseller's own id."""
    venue = {name: value for name, value in record["venue"].items() if name != "id"}
    return view(record, listings.NotifiedEvent, id=own_id, venue=venue)


def for_reseller(record: Record, own_id: str | None, event: Record, event_id: str) -> listings.ResellerListing:
    """Return a listing as a reseller sees it: its own ids, and no listing id before it has published it."""
    return view(
        record,
        listings.ResellerListing,
        id=own_id,
        ticket=view(record["ticket"], listings.ResellerTicket),
        delivery=record["delivery"] | {"shipped_date_or_date_in_hand": event["datetime"][:10]},
        event=view(event, listings.ListedEvent, id=event_id),
    )


def for_partner(record: Record, seller: Record, event: Record, currency: str | None) -> listings.PartnerListing:
    """Return a listing as a partner sees it, its proceed price in another currency if asked."""
    ticket, price = record["ticket"], record["proceed_price"]
    return view(
        record,
        listings.PartnerListing,
        seller_id=int(seller["id"]) if str(seller["id"]).isdecimal() else 0,
        seller_name=seller["name"],
        ticket=view(ticket, listings.PartnerTicket, etickets=ticket["eticket"]),
        proceed_price=in_currency(price, currency) if currency else price,
        delivery=record["delivery"] | {"shipped_date_or_date_in_hand": event["datetime"][:10], "options": []},
    )


def in_currency(price: Money, currency: str) -> Money:
    """Return a price in another currency."""
    return formats.price(currency, formats.converted(formats.minor(price["amount"]), price["currency"], currency))


def customer(body: Mapping[str, Any]) -> orders.Customer:
    """Write who bought; what was not given is null, as in the public samples."""
    addresses = {name: address(body.get(name) or {}) for name in ("billing_address", "shipping_address")}
    return filled(body, orders.Customer, None, **addresses)


def address(body: Mapping[str, object]) -> orders.Address:
    """Write an address; a reseller's update says `country` for the country code (public)."""
    return filled(body, orders.Address, None, country_code=body.get("country") or body.get("country_code"))


def item(listing: Record, own_id: str, customer: Mapping[str, str]) -> orders.Item:
    """Write one ticket of an order, without whose it is when that was not said."""
    seats = listing["seat_details"]
    own = {"listing_id": own_id, "section": seats["section"], "row": seats["row"], "file": []}
    return view(listing["ticket"], orders.Item, **own, **({"customer": holder(customer)} if customer else {}))


def holder(body: Mapping[str, object]) -> orders.Holder:
    """Write whose a ticket is; what was not given is empty."""
    return filled(body, orders.Holder, "")


def order(body: orders.NewOrder, id: str, seller: tuple[str, str], items: list[orders.Item], unit: Money) -> Record:
    """Write an order of `unit` price for each item; `seller` is the reseller and the dialect that it speaks."""
    total = formats.amount(formats.minor(unit["amount"]) * len(items))
    stored: orders.StoredOrder = {
        "tixstock_id": id,
        "reseller": seller[0],
        "dialect": seller[1],
        "id": body["order_id"],
        "date": formats.offset_iso(body["datetime"]),
        "customer": customer(body["customer"]),
        "items": items,
        "quantity": len(items),
        "currency": unit["currency"],
        "sub_total": total,
        "grand_total": total,
        "status": body["order_status"],
        "shipping_tracking_id": None,
        "shipping_label": body.get("shipping_label"),
        "fulfilled": 0,
    }
    return dict(stored)


def fulfilment(
    order: Record, listing: str, place: tuple[str, int] | None, pdf: bytes, proofs: Sequence[str]
) -> orders.Fulfilment:
    """Write the hand-over of one ticket: `place` is its row and seat, None for general admission, which has neither."""
    row, seat = place or (None, None)
    return {
        "order_id": order["id"],
        "id": listing,
        "general_admission": int(place is None),
        "row": row,
        "seat": None if seat is None else str(seat),
        "file": b64encode(pdf).decode(),
        "proof_file_url": list(proofs),
    }
