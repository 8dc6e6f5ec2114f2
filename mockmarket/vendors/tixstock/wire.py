"""Tixstock's formats: records, notices, error answers. Contains no rules. docs/vendors/tixstock.md has the evidence for each."""

import zlib
from base64 import b64encode
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any, TypeVar, cast

import orjson

from mockmarket import clock, errors
from mockmarket.records import Column, columns, members
from mockmarket.rules import splits
from mockmarket.rules.search import folded
from mockmarket.stock import Stock
from mockmarket.store import Record, events, records
from mockmarket.vendors.tixstock.records import listings, notices, orders
from mockmarket.vendors.tixstock.records.values import DEFAULT_TYPE, MULTIPLES, Money, Named
from mockmarket.webhooks.encoding import php

S = TypeVar("S")

NAME = "tixstock"

EVENT = records.Kind(NAME, "event", "id", (
    Column("starts_at", "INTEGER"), Column("active", "INTEGER", index=False), Column("venue"),
    Column("name_key", index=False), Column("venue_key", index=False), Column("performer_key", index=False),
    Column("category_key", index=False), Column("tag_key", index=False),
), php)  # fmt: skip
VENUE = records.Kind(NAME, "venue", "id", (
    Column("name_key"), Column("city_key", index=False, may_lack=True), Column("country", path="$.country_code", index=False),
), php)  # fmt: skip
PERFORMER = records.Kind(NAME, "performer", "id", (Column("name_key"),), php)
CATEGORY = records.Kind(NAME, "category", "id", (Column("name_key"), Column("parent_key")), php)
LISTING = records.Kind(NAME, "listing", "id", (
    *columns(listings.Listing), Column("event"), Column("stock"), Column("origin", index=False),
    Column("starts_at", "INTEGER", index=False), Column("pence", "INTEGER", index=False),
    Column("type", path="$.ticket.type", index=False),
    Column("available", "INTEGER", "$.number_of_tickets_for_sale.quantity_available", index=False),
    Column("sold", "INTEGER", "$.number_of_tickets_for_sale.quantity_sold", index=False),
    Column("category", path="$.seat_details.category", index=False),
    Column("section", path="$.seat_details.section", index=False),
    Column("instant", path="$.ticket.instant_download", index=False),
), php, follows_stock=True)  # fmt: skip
HELD = (Column("listing", path="$.listing_id"), Column("status", path="$.status"), Column("reseller"))
HOLD = records.Kind(NAME, "hold", "hold_id", HELD, php)
ORDER = records.Kind(NAME, "order", "tixstock_id", (
    Column("reseller", path="$.reseller"), *columns(orders.Order), Column("listing"), Column("event"),
    Column("event_at", "INTEGER", index=False), Column("placed_at", "INTEGER"), Column("broker", index=False),
    Column("type", index=False),
), php)  # fmt: skip
RESELLER = records.Kind(NAME, "reseller", "id", (), php)
BROKER = records.Kind(NAME, "broker", "id", (), php)
HOLD_NOTICE = records.Kind(NAME, "hold_notice", "id", (), php)


@dataclass(frozen=True, eq=False)
class Relation:
    """A kind of record's relation to resellers: stored as `name`, keyed by both ids, with the marker of a removed relation."""

    name: str
    about: records.Kind
    id: str
    own_id: str
    off: tuple[str, object]
    extra: tuple[Column, ...] = ()

    @cached_property
    def kind(self) -> records.Kind:
        """The kind of record that stores the relation."""
        keys = {"reseller": "reseller", self.about.name: self.id, "theirs": self.own_id}
        stored = (Column(name, path=f"$.{key}") for name, key in keys.items())
        return records.Kind(NAME, self.name, "id", (*stored, *self.extra), php)


STATUS = Column("status", path="$.status", index=False)
MAPPING = Relation("mapping", EVENT, "tixstock_event_id", "event_id", ("status", "unassigned"), (STATUS,))
PUBLICATION = Relation("publication", LISTING, "listing_id", "external_id", ("external_id", None))
LINK = Relation("link", BROKER, "tixstock_broker_id", "broker_id", ("connected", False))

AT_RESELLERS = (MAPPING.kind, PUBLICATION.kind, HOLD_NOTICE, LINK.kind)
KINDS = (EVENT, VENUE, PERFORMER, CATEGORY, LISTING, HOLD, ORDER, RESELLER, BROKER, *AT_RESELLERS)

KIND_OF = {"event": EVENT, "ticket": LISTING, "order": ORDER, "broker": BROKER}
"""The kind of a notice's record, by the first word of its type."""

NOTICES = {
    "event.update": "an event assigned to the reseller has changed its date or details",
    "event.cancel": "an event assigned to the reseller has been cancelled",
    "ticket.add": "a broker publishes a listing to the reseller",
    "ticket.update": "a listing has changed, or seats of it are back on sale",
    "ticket.delete": "a broker has deleted a listing",
    "ticket.hold": "another reseller holds tickets of a listing",
    "ticket.release": "another reseller's held tickets are free again",
    "ticket.sold": "tickets of a listing were sold elsewhere",
    "order.update": "a broker has changed an order's status or added a shipping tracking id",
    "order.eticket_fulfilment": "a broker has uploaded an eTicket of an order, once for each ticket",
    "order.mobile_ticket_fulfilment": "a broker has uploaded a Mobile ticket of an order, once for each ticket",
    "broker.authenticate": "a broker connects to the reseller and must be authenticated",
    "broker.open": "a broker's account has been opened",
    "broker.closed": "a broker's account has been closed",
}
"""Document, "Webhook Events": its twelve, two of them as two here. Names: public, but for UNSETTLED."""

SHAPE_OF: Mapping[str, type] = {
    "event.update": listings.NotifiedEvent,
    "event.cancel": listings.NotifiedEvent,
    "ticket.add": listings.ResellerListing,
    "ticket.update": listings.ResellerListing,
    "ticket.delete": notices.Deletion,
    "ticket.hold": notices.Hold,
    "ticket.release": notices.Release,
    "ticket.sold": notices.Sale,
    "order.update": orders.Order,
    "order.eticket_fulfilment": notices.Fulfilment,
    "order.mobile_ticket_fulfilment": notices.Fulfilment,
    "broker.authenticate": notices.Credentials,
    "broker.open": notices.OwnBroker,
    "broker.closed": notices.OwnBroker,
}
"""The shape of each notice's data."""

UNSETTLED = {"ticket.add": "add_type", "ticket.update": "update_type", "ticket.sold": "sold_type"}
"""Notices whose `meta.type` no public page shows: each with the setting that holds it (convention)."""

SPLIT_OF_RULE = {
    "any": "No Preferences",
    "never_leave_one": "Avoid Leaving One Ticket",
    "all_together": "All Together",
    "multiples": MULTIPLES,
    "default": "Avoid Leaving One Ticket",  # the nearest type (convention)
    "custom": "No Preferences",  # the same; a hold must obey the real rule, and its refusal lists the allowed quantities
}
RULE_OF_SPLIT = {"No Preferences": "any", "All Together": "all_together", "Avoid Leaving One Ticket": "never_leave_one"}

COMMISSION = 10  # per cent. Public samples: a proceed price of 150.00 is displayed as 165.00, and a fee of 10.00.

PER_POUND = {"GBP": 1.0, "USD": 1.25, "EUR": 1.15}
"""Convention: fixed rates, for filters in pounds and for `target_currency`. Another currency counts as pounds."""

CATEGORY_OF_VENUE = {"theatre": "Culture, Theatre & Arts", "open-air park": "Festivals"}
"""Convention, for events whose fixture names no category: Sport for `A vs. B`, else by the kind of venue, else Music."""


def view(record: Mapping[str, object], shape: type[S], **own: object) -> S:
    """Return a record in a shape, with `own` values in place of the record's; KeyError for a missing one."""
    values = {**record, **own}
    names = (member.key for member in members(cast(Hashable, shape)) if member.required or member.key in values)
    return cast(S, {name: values[name] for name in names})


def filled(record: Mapping[str, object], shape: type[S], empty: str | None, **own: object) -> S:
    """As `view`, with `empty` for missing values."""
    required = (member.key for member in members(cast(Hashable, shape)) if member.required)
    return view(dict.fromkeys(required, empty) | dict(record), shape, **own)


def yes_no(truth: bool) -> str:
    """Return a boolean as text (public: most samples)."""
    return "true" if truth else "false"


def amount(minor: int) -> str:
    """Return minor units as text with two places."""
    return f"{minor // 100}.{minor % 100:02d}"


def minor(text: str | float) -> int:
    """Return an amount, text or number, in minor units."""
    return round(float(text) * 100)


def price(currency: str, cents: int) -> Money:
    """Return a price object."""
    return {"currency": currency, "amount": amount(cents)}


def displayed(proceeds: int) -> int:
    """Return the price from which the broker gets `proceeds`: the commission is added; both in minor units."""
    return (proceeds * (100 + COMMISSION) + 50) // 100


def _converted(cents: int, source: str, target: str) -> int:
    return round(cents * PER_POUND.get(target, 1.0) / PER_POUND.get(source, 1.0))


def offset_iso(moment: int) -> str:
    """Return epoch ms as `2020-04-05T21:30:00+0000` (public: all samples)."""
    return f"{clock.iso_s(moment)[:-1]}+0000"


def split_words(rule: str) -> tuple[str, int]:
    """Return the split type and split quantity of a rule of the core's, or the nearest to it."""
    read = splits.parse(rule)
    return SPLIT_OF_RULE[read.name], read.sizes[0] if read.name == "multiples" else 0


def split_rule(type: str, quantity: int) -> str:
    """Return the core's rule for a split type."""
    return RULE_OF_SPLIT.get(type) or f"multiples:{quantity}"


def _teams(name: str) -> list[str]:
    """Return the performers in an event's name: both sides of a match, else the name itself (convention)."""
    sides = [side.strip() for side in name.replace(" v ", " vs. ").replace(" vs ", " vs. ").split(" vs. ")]
    return [side for side in sides if side] or [name]


def category_of(name: str, data: Mapping[str, object], venue: Mapping[str, object]) -> tuple[str, str]:
    """Return an event's category and its parent's, which may be empty."""
    if data.get("category"):
        return str(data["category"]), str(data.get("parent_category") or "")
    return "Sport" if len(_teams(name)) > 1 else CATEGORY_OF_VENUE.get(str(venue.get("kind")), "Music"), ""


@cache
def payload(type: str) -> Any:
    """Return the shape of a type's notices."""
    return cast(Any, notices.Notice)[SHAPE_OF[type]]


@cache
def _countries() -> Mapping[str, str]:
    """Return the country code of each IANA time zone of a place (the tz database's own table)."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {row[2]: row[0] for row in rows}


def refuse(refusal: errors.Refusal) -> dict[str, object]:
    """Return an error answer: one with a code and a title, or, for errors of fields, a flat list of sentences."""
    if refusal.details and "code" not in refusal.facts:
        return {"data": [], "meta": {}, "errors": [_sentence(field, words) for field, words in refusal.details]}
    missing = isinstance(refusal, errors.Unauthenticated) and refusal.facts.get("reason") == "missing"
    own = 100 if missing else refusal.status
    code = 103 if isinstance(refusal, errors.AddressNotAllowed) else refusal.facts.get("code", own)
    return {"data": [], "meta": {}, "errors": {"title": refusal.message, "code": str(code)}}


def _sentence(field: str, words: str) -> str:
    """Return a field's error as the sentence that the public samples show: its name in words first."""
    name = field.replace(".", " ").replace("_", " ").strip().title()
    if words == "Missing data for required field.":
        return f"The {name} field is required."
    return words if words.startswith("The ") else f"The {name} field is wrong: {words[:1].lower()}{words[1:]}"


LIGHT = frozenset(member.key for member in members(listings.PartnerListing) if not member.required)
"""The members that `lighter_response` leaves out."""
PAPERLESS = ("eTicket", "Mobile")


def venue(place: events.Venue) -> listings.Venue:
    """Return a venue: address lines from the fixture's `data`, city and state from `Boston, MA`, country from the time zone."""
    city, _, state = place.city.partition(", ")
    known = {"city": city, "state": state, "country_code": _countries().get(place.zone, "")}
    data = {name: str(value) for name, value in place.data.items() if name != "city"}
    return filled({**known, **data}, listings.Venue, "", id=place.id, name=place.name)


def event(show: events.Event, stock: Sequence[Stock]) -> listings.Event:
    """Return an event with the categories and sections of its stock."""
    names = [str(name) for name in show.data.get("performers") or _teams(show.name)]
    ids = [
        str(10_000 + zlib.crc32(name.casefold().encode()) % 89_999_999) for name in names
    ]  # the same for the same name
    return {
        "id": show.id,
        "name": show.name,
        "currency": stock[0].currency if stock else str(show.data.get("currency", "USD")),
        "commission_percentage_fee": f"{COMMISSION}.00",
        "description": str(show.data.get("description", show.name)),
        "datetime": offset_iso(show.starts_at),
        "status": "Active" if show.status == "scheduled" else "Cancelled",
        "venue": venue(show.venue),
        "use_tixstock_venue_details": "true",
        "venue_details": _venue_details(show.id, stock),
        "performers": [{"id": id, "name": name} for id, name in zip(ids, names, strict=True)],
        "category": category_of(show.name, show.data, show.venue.data)[0],
    }


def _venue_details(event: str, stock: Sequence[Stock]) -> list[listings.House]:
    sections: dict[str, dict[str, None]] = {}
    for row in stock:
        sections.setdefault(str(row.data.get("category", row.section)), {})[row.section] = None

    def numbered(prefix: str, names: Iterable[str]) -> list[Named]:
        return [{"id": f"{prefix}-{place}", "name": name} for place, name in enumerate(names, 1)]

    return [{**part, "sections": numbered(part["id"], sections[part["name"]])} for part in numbered(event, sections)]


def event_columns(show: events.Event, record: listings.Event) -> Record:
    """Return the own columns of an event."""
    own = {"starts_at": show.starts_at, "active": int(show.status == "scheduled"), "venue": show.venue.id}
    keys = {"name_key": folded(show.name), "venue_key": folded(show.venue.name)}
    keys["performer_key"] = _keys(word for row in record["performers"] for word in (row["id"], row["name"]))
    keys["category_key"] = _keys(category_of(show.name, show.data, show.venue.data))
    return own | keys | {"tag_key": _keys(str(tag) for tag in show.data.get("tags", ()))}


def _keys(words: Iterable[str]) -> str:
    return "|".join(["", *map(folded, words), ""])  # each word can be searched with the bars around it


def listing(id: str, seats: Stock, broker: str) -> listings.Listing:
    """Return a listing of a stock row: its price is the buyer's, and less the commission the broker's."""
    return varied(seats, varying(id, seats, broker))


def varying(id: str, seats: Stock, broker: str) -> tuple[str, ...]:
    """Return the texts of a listing by which it differs from others that are `alike`."""
    data, cents = seats.data, seats.price
    category = str(data["category"]) if "category" in data else seats.section
    face = minor(data["face_value"]) if "face_value" in data else cents
    first = "" if seats.first_seat is None else str(seats.first_seat)
    return id, broker, category, seats.section, seats.row, first, amount(face), amount(displayed(cents)), amount(cents)


def alike(seats: Stock) -> Hashable:
    """Return what else a stock row's listing depends on."""
    return seats.kind, seats.split, seats.total, seats.held, seats.sold, seats.currency, orjson.dumps(seats.data)


def varied(seats: Stock, texts: Sequence[str]) -> listings.Listing:
    """Return the listing of a stock row with these texts."""
    id, broker, category, section, row, first, face, displayed, proceeds = texts
    data, currency = seats.data, seats.currency
    type = str(data.get("ticket_type", DEFAULT_TYPE))
    return {
        "id": id,
        "broker_id": broker,
        "ticket": _ticket(seats, type),
        "number_of_tickets_for_sale": quantities(seats),
        "seat_details": {"category": category, "section": section, "row": row, "first_seat": first},
        "face_value": {"currency": currency, "amount": face},
        "display_price": {"currency": currency, "amount": displayed},
        "proceed_price": {"currency": currency, "amount": proceeds},
        "restrictions_benefits": {"options": list(data.get("restrictions", ())), "other": str(data.get("notes", ""))},
        "delivery": delivery(type),
        "push_to_all": False,
        "shown_at_most": None,
    }


def _ticket(seats: Stock, type: str) -> listings.Ticket:
    return {
        "general_admission": yes_no(seats.kind == "general"),
        "type": type,
        "allow_last_minute_sales": yes_no(bool(seats.data.get("last_minute", True))),
        "split_type": split_words(seats.split)[0],
        "eticket": [],
        "upload_later": yes_no(type in PAPERLESS),
        "instant_download": yes_no(bool(seats.data.get("instant_download", False))),
    }


def delivery(type: str) -> listings.Delivery:
    """Return a listing's `delivery` without its date, which is its event's: electronic, or by post (convention)."""
    sort = "E_TICKET" if type in PAPERLESS else "SHIPPING"
    return {"type": sort, "hand_delivered": "false", "ready_shipped": yes_no(type not in PAPERLESS)}


def quantities(seats: Stock, shown_at_most: int | None = None) -> listings.Quantities:
    """Return a listing's tickets by state; buyers may be shown fewer."""
    free = seats.free
    return {
        "quantity_available": free,
        "quantity_sold": seats.sold,
        "display_quantity": free if shown_at_most is None else min(free, shown_at_most),
        "split_quantity": split_words(seats.split)[1],
        "quantity_on_hold": seats.held,
    }


def listing_columns(seats: Stock, starts_at: int, origin: str = "") -> Record:
    """Return the own columns of a listing; `origin` is the reseller that added it, `pence` its proceeds in GBP."""
    pence = _converted(seats.price, seats.currency, "GBP")
    return {"event": seats.event, "stock": seats.id, "origin": origin, "starts_at": starts_at, "pence": pence}


def notified_event(record: Record, own_id: str) -> listings.NotifiedEvent:
    """Return the event resource of a notice, under the reseller's own id."""
    return view(record, listings.NotifiedEvent, id=own_id, venue=view(record["venue"], listings.NotifiedVenue))


def for_reseller(record: Record, own_id: str | None, event: Record, event_id: str) -> listings.ResellerListing:
    """Return a listing as shown to a reseller: with its own ids, and null as listing id until it has published it."""
    delivery = record["delivery"] | {"shipped_date_or_date_in_hand": event["datetime"][:10]}
    own = {"ticket": view(record["ticket"], listings.ResellerTicket), "delivery": delivery, "id": own_id}
    return view(record, listings.ResellerListing, event=view(event, listings.ListedEvent, id=event_id), **own)


def for_partner(record: Record, seller: str, event: Record, currency: str | None) -> listings.PartnerListing:
    """Return a listing as shown to a partner, with its broker's name, and its proceed price in another currency if requested."""
    id, proceeds = str(record["broker_id"]), record["proceed_price"]
    if currency:
        proceeds = price(currency, _converted(minor(proceeds["amount"]), proceeds["currency"], currency))
    ticket = view(record["ticket"], listings.PartnerTicket, etickets=record["ticket"]["eticket"])
    delivery = record["delivery"] | {"shipped_date_or_date_in_hand": event["datetime"][:10], "options": []}
    own = {"seller_id": int(id) if id.isdecimal() else 0, "seller_name": seller, "proceed_price": proceeds}
    return view(record, listings.PartnerListing, ticket=ticket, delivery=delivery, **own)


def customer(body: orders.Sent) -> orders.Customer:
    """Return a buyer; missing members are null, as in the public samples."""
    addresses = {name: address(body.get(name) or {}) for name in ("billing_address", "shipping_address")}
    return filled(body, orders.Customer, None, **addresses)


def address(body: Mapping[str, object]) -> orders.Address:
    """Return an address; a reseller's update sends `country` for the country code (public)."""
    return filled(body, orders.Address, None, country_code=body.get("country") or body.get("country_code"))


def item(listing: Record, own_id: str, customer: Mapping[str, str]) -> orders.Item:
    """Return one ticket of an order, without a holder if none was given."""
    seats = listing["seat_details"]
    own = {"listing_id": own_id, "section": seats["section"], "row": seats["row"], "file": []}
    holder = {"customer": filled(customer, orders.Holder, "")} if customer else {}
    return view(listing["ticket"], orders.Item, **own, **holder)


def order(
    body: orders.NewOrder, id: str, seller: tuple[str, str], items: list[orders.Item], unit: Money
) -> orders.StoredOrder:
    """Return an order at a `unit` price for each item; `seller` is the reseller and its dialect."""
    total, date, quantity = amount(minor(unit["amount"]) * len(items)), offset_iso(body["datetime"]), len(items)
    whose = {"tixstock_id": id, "reseller": seller[0], "dialect": seller[1], "id": body["order_id"]}
    sold = {"date": date, "customer": customer(body["customer"]), "items": items, "quantity": quantity}
    sums = {"currency": unit["currency"], "sub_total": total, "grand_total": total, "status": body["order_status"]}
    sent = {"shipping_tracking_id": None, "shipping_label": body.get("shipping_label"), "fulfilled": 0}
    return cast(orders.StoredOrder, whose | sold | sums | sent)


def fulfilment(
    order: Record, listing: str, place: tuple[str, int] | None, pdf: bytes, proofs: Sequence[str]
) -> notices.Fulfilment:
    """Return the fulfilment of one ticket: `place` is its row and seat, None for general admission."""
    row, seat = (place[0], str(place[1])) if place else (None, None)
    return {
        "order_id": order["id"],
        "id": listing,
        "general_admission": int(place is None),
        "row": row,
        "seat": seat,
        "file": b64encode(pdf).decode(),
        "proof_file_url": list(proofs),
    }
