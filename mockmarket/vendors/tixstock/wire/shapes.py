"""The shapes of Tixstock's records, field by field in its own order. Money is text, and many truths are the text `true` or `false`."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class Venue(TypedDict):
    """Where an event is; what is not known is empty."""

    id: str
    name: str
    address_line_1: str
    address_line_2: str
    city: str
    state: str
    postcode: str
    country_code: str


class Performer(TypedDict):
    """Who plays, under the vendor's own id."""

    id: str
    name: str


class Event(TypedDict):
    """One event as it is kept; answers and notices take from it what each shows."""

    id: str
    name: str
    currency: str
    commission_percentage_fee: str
    description: str
    datetime: str
    status: str
    venue: Venue
    use_tixstock_venue_details: str
    venue_details: list[dict[str, Any]]
    performers: list[Performer]
    category: str


class Price(TypedDict):
    """An amount as text with two places."""

    currency: str
    amount: str


class Listing(TypedDict):
    """One listing as it is kept: the reseller's and the partner's fields together, its event apart."""

    id: str
    broker_id: str
    ticket: dict[str, Any]
    number_of_tickets_for_sale: dict[str, int]
    seat_details: dict[str, Any]
    face_value: Price
    display_price: Price
    proceed_price: Price
    restrictions_benefits: dict[str, Any]
    delivery: dict[str, str]
    push_to_all: bool
    shown_at_most: int | None


class Hold(TypedDict):
    """Tickets kept for one reseller until they are bought, released, or lapse; `quantity` is what is still held."""

    hold_id: str
    listing_id: str
    quantity: int
    status: str
    created_at: str
    expires_at: str


class Order(TypedDict):
    """One order as it is kept: the answers' fields between what is ours (the first three) and what only we remember (the last)."""

    tixstock_id: str
    reseller: str
    dialect: str
    id: str
    date: str
    customer: dict[str, Any]
    items: list[dict[str, Any]]
    quantity: int
    currency: str
    sub_total: str
    grand_total: str
    status: str
    shipping_tracking_id: str | None
    shipping_label: str | None
    notes: NotRequired[str]
    fulfilled: int
    answered_status: NotRequired[str]


class Reseller(TypedDict):
    """Who sells on the exchange. `events` is `all`, or `added` when it sells only events that it has added itself."""

    id: str
    name: str
    dialect: str
    events: str
    event_prefix: str
    listing_prefix: str


class Broker(TypedDict):
    """Whose tickets are sold; one whose account is not open can publish nothing."""

    id: str
    name: str
    username: str
    open: bool
