"""Events and listings as Tixstock's answers and notices show them: one to its reseller, one to its partner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mockmarket.records import members
from mockmarket.stock import Stock
from mockmarket.store import events
from mockmarket.store.records import Record
from mockmarket.vendors.tixstock.records import catalogue, listings
from mockmarket.vendors.tixstock.records.catalogue import Event, House, Performer, Venue
from mockmarket.vendors.tixstock.records.listings import Delivery, Listing, Quantities, Ticket
from mockmarket.vendors.tixstock.records.values import DEFAULT_TYPE, Money
from mockmarket.vendors.tixstock.wire import formats
from mockmarket.vendors.tixstock.wire.formats import view, yes_no

LIGHT = frozenset(member.key for member in members(listings.PartnerListing) if not member.required)
"""What `lighter_response` leaves out."""
PAPERLESS = ("eTicket", "Mobile")


def venue(place: events.Venue) -> Venue:
    """Write a venue: address lines from the fixture's `data`, city and state from `Boston, MA`, country from the time zone."""
    city, _, state = place.city.partition(", ")
    data = place.data
    return {
        "id": place.id,
        "name": place.name,
        "address_line_1": str(data.get("address_line_1", "")),
        "address_line_2": str(data.get("address_line_2", "")),
        "city": city,
        "state": str(data.get("state", state)),
        "postcode": str(data.get("postcode", "")),
        "country_code": str(data.get("country_code", formats.country(place.zone))),
    }


def performers(show: events.Event) -> list[Performer]:
    """Write who plays: the fixture's `performers`, else by the event's name."""
    names = show.data.get("performers") or formats.teams(show.name)
    return [{"id": formats.number_of(str(name)), "name": str(name)} for name in names]


def event(show: events.Event, stock: Sequence[Stock]) -> Event:
    """Write an event with the categories and sections that its stock has."""
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
        "performers": performers(show),
        "category": formats.category_of(show.name, show.data, show.venue.data)[0],
    }


def venue_details(event: str, stock: Sequence[Stock]) -> list[House]:
    """Write the categories of a house, each with its sections, in the order of the stock."""
    sections: dict[str, dict[str, None]] = {}
    for row in stock:
        sections.setdefault(str(row.data.get("category", row.section)), {})[row.section] = None
    return [
        {"id": f"{event}-{place}", "name": category,
         "sections": [{"id": f"{event}-{place}-{inner}", "name": name} for inner, name in enumerate(names, 1)]}
        for place, (category, names) in enumerate(sections.items(), 1)
    ]  # fmt: skip


def event_columns(show: events.Event, record: Event) -> dict[str, Any]:
    """Return the values of ours beside an event's record."""
    return {
        "starts_at": show.starts_at,
        "active": int(show.status == "scheduled"),
        "venue": show.venue.id,
        "name_key": show.name.casefold(),
        "venue_key": show.venue.name.casefold(),
        "performer_key": keys(
            word for performer in record["performers"] for word in (performer["id"], performer["name"])
        ),
        "category_key": keys(formats.category_of(show.name, show.data, show.venue.data)),
        "tag_key": keys(str(tag) for tag in show.data.get("tags", ())),
    }


def keys(words: Iterable[str]) -> str:
    """Write words so that each can be found: in lower case, between bars."""
    return "|".join(["", *words, ""]).casefold()


def listing(id: str, seats: Stock, broker: str) -> Listing:
    """Write a listing of a stock row: its price is what the buyer pays, less the commission what the broker gets."""
    data = seats.data
    type = str(data.get("ticket_type", DEFAULT_TYPE))
    proceeds = seats.price
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
        "face_value": formats.price(seats.currency, formats.minor(data.get("face_value", proceeds / 100))),
        "display_price": formats.price(seats.currency, formats.displayed(proceeds)),
        "proceed_price": formats.price(seats.currency, proceeds),
        "restrictions_benefits": {"options": list(data.get("restrictions", ())), "other": str(data.get("notes", ""))},
        "delivery": delivery(type),
        "push_to_all": False,
        "shown_at_most": None,
    }


def ticket(seats: Stock, type: str) -> Ticket:
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


def delivery(type: str) -> Delivery:
    """Write the `delivery` of a listing without its date, which is its event's: electronic, or by post (convention)."""
    paperless = type in PAPERLESS
    return {
        "type": "E_TICKET" if paperless else "SHIPPING",
        "hand_delivered": "false",
        "ready_shipped": yes_no(not paperless),
    }


def quantities(seats: Stock, shown_at_most: int | None = None) -> Quantities:
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
    return {
        "event": seats.event,
        "stock": seats.id,
        "origin": origin,
        "starts_at": starts_at,
        "pence": formats.converted(seats.price, seats.currency, "GBP"),
    }


def told_event(record: Record, own_id: str) -> catalogue.ToldEvent:
    """Return an event as a notice to a reseller shows it, under the reseller's own id."""
    venue = {name: value for name, value in record["venue"].items() if name != "id"}
    return view(record, catalogue.ToldEvent, id=own_id, venue=venue)


def got_event(record: Record, own_id: str | None, category: catalogue.Category) -> catalogue.GotEvent:
    """Return an event as a reseller's list shows it: ids are empty until the reseller has mapped it."""
    mapped = own_id is not None
    venue = record["venue"] if mapped else record["venue"] | {"id": ""}
    performers = [performer if mapped else performer | {"id": ""} for performer in record["performers"]]
    return view(
        record, catalogue.GotEvent, id=own_id or "", venue=venue, performers=performers, category=category,
        mapped_status=yes_no(mapped),
    )  # fmt: skip


def fed_event(record: Record, category: catalogue.Category) -> listings.FedEvent:
    """Return an event as a partner's feed shows it."""
    return view(record, listings.FedEvent, map_url="", category=category)


def for_reseller(record: Record, own_id: str | None, event: Record, event_id: str) -> listings.ResellerListing:
    """Return a listing as a reseller sees it: its own ids, and no listing id before it has published it."""
    return view(
        record,
        listings.ResellerListing,
        id=own_id,
        ticket=view(record["ticket"], listings.ResellerTicket),
        delivery=record["delivery"] | {"shipped_date_or_date_in_hand": event["datetime"][:10]},
        event=view(event, catalogue.ListedEvent, id=event_id),
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
