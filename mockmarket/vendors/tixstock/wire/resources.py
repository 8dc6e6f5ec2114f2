"""Events and listings as Tixstock's answers and notices show them: one to its reseller, one to its partner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockmarket.stock import Stock
from mockmarket.store import events
from mockmarket.store.records import Record
from mockmarket.vendors.tixstock.wire import formats
from mockmarket.vendors.tixstock.wire.shapes import Event, Listing, Performer, Venue

TOLD_EVENT = (
    "id", "name", "currency", "description", "datetime", "status", "venue", "use_tixstock_venue_details", "venue_details",
    "performers",
)  # fmt: skip
"""Public, update event webhook: the event resource. Its venue has no id there."""
LISTED_EVENT = ("id", "name", "currency", "commission_percentage_fee", *TOLD_EVENT[3:])
"""Public, add ticket webhook: the event within a listing."""
GOT_EVENT = tuple(name for name in LISTED_EVENT if name != "description")
"""Public, get events."""
FED_EVENT = ("id", "name", "currency", "datetime", "status", "map_url", "venue", "performers")
"""Public, a partner's client: the event of the feed."""

RESELLER_TICKET = ("general_admission", "type", "allow_last_minute_sales", "split_type", "eticket", "upload_later")
RESELLER_LISTING = (
    "id", "broker_id", "ticket", "number_of_tickets_for_sale", "seat_details", "face_value", "display_price", "proceed_price",
    "restrictions_benefits", "delivery", "event",
)  # fmt: skip
PARTNER_LISTING = ("id", "seller_id", "seller_name", *RESELLER_LISTING[2:-1])
LIGHT = ("face_value", "display_price", "restrictions_benefits", "delivery")
"""What `lighter_response` leaves out (convention: the public page names it and says no more)."""


def venue(place: events.Venue) -> Venue:
    """Write a venue: address lines from the fixture's `data`, city and state from `Boston, MA`, country from the time zone."""
    city, _, state = place.city.partition(", ")
    said = place.data
    return {
        "id": place.id,
        "name": place.name,
        "address_line_1": str(said.get("address_line_1", "")),
        "address_line_2": str(said.get("address_line_2", "")),
        "city": city,
        "state": str(said.get("state", state)),
        "postcode": str(said.get("postcode", "")),
        "country_code": str(said.get("country_code", formats.country(place.zone))),
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


def venue_details(event: str, stock: Sequence[Stock]) -> list[dict[str, Any]]:
    """Write the categories of a house, each with its sections, in the order of the stock."""
    there: dict[str, dict[str, None]] = {}
    for row in stock:
        there.setdefault(str(row.data.get("category", row.section)), {})[row.section] = None
    return [
        {"id": f"{event}-{place}", "name": category,
         "sections": [{"id": f"{event}-{place}-{inner}", "name": name} for inner, name in enumerate(sections, 1)]}
        for place, (category, sections) in enumerate(there.items(), 1)
    ]  # fmt: skip


def event_columns(show: events.Event, record: Event) -> dict[str, Any]:
    """Return the values of ours beside an event's record."""
    return {
        "starts_at": show.starts_at,
        "active": int(show.status == "scheduled"),
        "venue": show.venue.id,
        "name_key": show.name.casefold(),
        "venue_key": show.venue.name.casefold(),
        "performer_key": "|" + "".join(f"{one['id']}|{one['name'].casefold()}|" for one in record["performers"]),
        "category_key": "|".join(
            ["", *formats.category_of(show.name, show.data, show.venue.data), ""]
        ).casefold(),
        "tag_key": "|".join(["", *(str(tag) for tag in show.data.get("tags", ())), ""]).casefold(),
    }  # fmt: skip


def listing(id: str, seats: Stock, broker: str) -> Listing:
    """Write a listing of a stock row: its price is what the buyer pays, less the commission what the broker gets."""
    data = seats.data
    type = str(data.get("ticket_type", formats.DEFAULT_TYPE))
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
        "face_value": formats.price(seats.currency, formats.minor(data.get("face_value", proceeds / 100))),  # type: ignore[typeddict-item]
        "display_price": formats.price(seats.currency, formats.displayed(proceeds)),  # type: ignore[typeddict-item]
        "proceed_price": formats.price(seats.currency, proceeds),  # type: ignore[typeddict-item]
        "restrictions_benefits": {"options": list(data.get("restrictions", ())), "other": str(data.get("notes", ""))},
        "delivery": delivery(type),
        "push_to_all": False,
        "shown_at_most": None,
    }


def ticket(seats: Stock, type: str) -> dict[str, Any]:
    """Write the `ticket` of a listing."""
    return {
        "general_admission": formats.yes_no(seats.kind == "general"),
        "type": type,
        "allow_last_minute_sales": formats.yes_no(bool(seats.data.get("last_minute", True))),
        "split_type": formats.split_words(seats.split)[0],
        "eticket": [],
        "upload_later": formats.yes_no(type in ("eTicket", "Mobile")),
        "instant_download": formats.yes_no(bool(seats.data.get("instant_download", False))),
    }


def delivery(type: str) -> dict[str, str]:
    """Write the `delivery` of a listing without its date, which is its event's: electronic, or by post (convention)."""
    paperless = type in ("eTicket", "Mobile")
    return {
        "type": "E_TICKET" if paperless else "SHIPPING",
        "hand_delivered": "false",
        "ready_shipped": formats.yes_no(not paperless),
    }


def quantities(seats: Stock, shown_at_most: int | None = None) -> dict[str, int]:
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


def told_event(record: Mapping[str, Any], theirs: str) -> dict[str, Any]:
    """Return an event as a notice to a reseller shows it, under the reseller's own id."""
    told = {name: record[name] for name in TOLD_EVENT} | {"id": theirs}
    return told | {"venue": {name: value for name, value in record["venue"].items() if name != "id"}}


def got_event(record: Mapping[str, Any], theirs: str | None, category: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event as a reseller's list shows it: ids are empty until the reseller has mapped it."""
    mapped = theirs is not None
    got = {name: record[name] for name in GOT_EVENT} | {"id": theirs or ""}
    if not mapped:
        got["venue"] = record["venue"] | {"id": ""}
        got["performers"] = [one | {"id": ""} for one in record["performers"]]
    return got | {"category": category, "mapped_status": formats.yes_no(mapped)}


def fed_event(record: Mapping[str, Any], category: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event as a partner's feed shows it."""
    whole = dict(record) | {"map_url": ""}
    return {name: whole[name] for name in FED_EVENT} | {"category": category}


def for_reseller(
    record: Mapping[str, Any], theirs: str | None, event: Mapping[str, Any], event_id: str
) -> dict[str, Any]:
    """Return a listing as a reseller sees it: its own ids, and no listing id before it has published it."""
    whole: Record = dict(record) | {
        "id": theirs,
        "ticket": {name: record["ticket"][name] for name in RESELLER_TICKET},
        "delivery": record["delivery"] | {"shipped_date_or_date_in_hand": event["datetime"][:10]},
        "event": {name: event[name] for name in LISTED_EVENT} | {"id": event_id},
    }
    return {name: whole[name] for name in RESELLER_LISTING}


def for_partner(
    record: Mapping[str, Any], seller: Mapping[str, Any], event: Mapping[str, Any], currency: str | None
) -> dict[str, Any]:
    """Return a listing as a partner sees it, its proceed price in another currency if asked."""
    ticket = dict(record["ticket"])
    ticket["etickets"] = ticket.pop("eticket")
    whole: Record = dict(record) | {
        "seller_id": int(seller["id"]) if str(seller["id"]).isdigit() else 0,
        "seller_name": seller["name"],
        "ticket": {
            name: ticket[name] for name in (*RESELLER_TICKET[:4], "etickets", "upload_later", "instant_download")
        },
        "delivery": record["delivery"] | {"shipped_date_or_date_in_hand": event["datetime"][:10], "options": []},
    }
    shown = {name: whole[name] for name in PARTNER_LISTING}
    return shown | {"proceed_price": in_currency(record["proceed_price"], currency)} if currency else shown


def in_currency(price: Mapping[str, str], currency: str) -> dict[str, str]:
    """Return a price in another currency."""
    return formats.price(currency, formats.converted(formats.minor(price["amount"]), price["currency"], currency))
