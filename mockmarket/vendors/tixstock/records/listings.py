"""Listings: as they are kept, sent by resellers, and shown to resellers and partners; and the feed, which has events with theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from mockmarket.records import (
    Alias,
    AnyNumberForm,
    Body,
    Column,
    Create,
    Default,
    FieldError,
    Filter,
    Length,
    Pattern,
    Range,
    Shaped,
    check,
)
from mockmarket.vendors.tixstock.records.catalogue import Category, Happening, Head, ListedEvent, Performer, Venue
from mockmarket.vendors.tixstock.records.values import (
    MOST_A_PAGE,
    MOST_PAGES,
    MOST_SEATS,
    MULTIPLES,
    Ascending,
    Cents,
    Count,
    Currency,
    Descending,
    Direction,
    Id,
    Money,
    Paged,
    Pounds,
    Seats,
    Split,
    SplitType,
    Text,
    TicketType,
    Truth,
    Word,
    Words,
    YesNo,
)


class TicketKind(TypedDict):
    """What kind of tickets a listing has."""

    general_admission: YesNo
    type: TicketType
    allow_last_minute_sales: YesNo
    split_type: SplitType


class ResellerTicket(TicketKind):
    """The `ticket` that resellers see."""

    eticket: list[dict[str, object]]
    upload_later: YesNo


class Ticket(ResellerTicket):
    """The `ticket` as it is kept."""

    instant_download: YesNo


class PartnerTicket(TicketKind):
    """The `ticket` that partners see."""

    etickets: list[dict[str, object]]
    upload_later: YesNo
    instant_download: YesNo


class Quantities(TypedDict):
    """How many tickets of a listing there are in each state."""

    quantity_available: Count
    quantity_sold: Count
    display_quantity: Count
    split_quantity: Count
    quantity_on_hold: Count


class SeatDetails(TypedDict):
    """Where a listing's seats are."""

    category: str
    section: str
    row: str
    first_seat: str


class Restrictions(TypedDict):
    """What a buyer should know."""

    options: Annotated[list[str], Body(default=list, type=list[Text])]
    other: Annotated[str, Body(default="", type=Text)]


class Delivery(TypedDict):
    """How a listing's tickets come, without the date, which is its event's."""

    type: str
    hand_delivered: YesNo
    ready_shipped: YesNo


class ResellerDelivery(Delivery):
    """The `delivery` that resellers see."""

    shipped_date_or_date_in_hand: Annotated[str, Pattern(r"\d{4}-\d\d-\d\d\Z")]


class PartnerDelivery(ResellerDelivery):
    """The `delivery` that partners see."""

    options: list[dict[str, object]]


class Listing(TypedDict):
    """One listing as it is kept: the reseller's and the partner's fields together, its event apart."""

    id: str
    broker_id: Annotated[str, Column("broker", index=False)]
    ticket: Ticket
    number_of_tickets_for_sale: Quantities
    seat_details: SeatDetails
    face_value: Money
    display_price: Money
    proceed_price: Money
    restrictions_benefits: Restrictions
    delivery: Delivery
    push_to_all: bool
    shown_at_most: int | None


class ResellerListing(TypedDict):
    """One listing as a reseller sees it; the id is null until it has published it."""

    id: str | None
    broker_id: str
    ticket: ResellerTicket
    number_of_tickets_for_sale: Quantities
    seat_details: SeatDetails
    face_value: Money
    display_price: Money
    proceed_price: Money
    restrictions_benefits: Restrictions
    delivery: ResellerDelivery
    event: ListedEvent


class PartnerListing(TypedDict):
    """One listing as a partner sees it; `lighter_response` leaves out what need not be there (convention: no page says what)."""

    id: str
    seller_id: Count
    seller_name: str
    ticket: PartnerTicket
    number_of_tickets_for_sale: Quantities
    seat_details: SeatDetails
    face_value: NotRequired[Money]
    display_price: NotRequired[Money]
    proceed_price: Money
    restrictions_benefits: NotRequired[Restrictions]
    delivery: NotRequired[PartnerDelivery]


class FedEvent(Head, Happening):
    """One event of the feed (public, a partner's client)."""

    map_url: str
    venue: Venue
    performers: list[Performer]
    category: Category
    listings: NotRequired[list[PartnerListing]]


class NewTicket(TypedDict):
    """The `ticket` of a reseller's listing."""

    general_admission: Truth
    type: TicketType
    split_type: SplitType
    upload_later: Annotated[Truth, Default(True)]
    allow_last_minute_sales: Annotated[Truth, Default(True)]


class NewQuantities(TypedDict):
    """How many tickets of a reseller's listing there are, and by how many they may be bought."""

    quantity: Seats
    display_quantity: NotRequired[Seats]
    split_quantity: Split


class NewSeatDetails(TypedDict):
    """Where the seats of a reseller's listing are."""

    category: Annotated[str, Length(1, 200)]
    section: NotRequired[Annotated[str, Length(most=200)]]
    row: NotRequired[Annotated[str | None, Length(most=50)]]
    first_seat: NotRequired[Annotated[int | None, AnyNumberForm(), Range(1, 100_000)]]


class NewMoney(TypedDict):
    """A price that a reseller gives."""

    currency: Currency
    amount: Cents


def check_split(body: Mapping[str, Any]) -> None:
    """Refuse a split quantity that its split type does not have (public: add ticket)."""
    sale, multiples = body["number_of_tickets_for_sale"], body["ticket"]["split_type"] == MULTIPLES
    field = "number_of_tickets_for_sale.split_quantity"
    if not multiples and sale["split_quantity"]:
        raise FieldError(f"Must be 0 unless the split type is {MULTIPLES}.", field)
    if multiples and not (sale["split_quantity"] and sale["quantity"] % sale["split_quantity"] == 0):
        raise FieldError("Must be above 0 and divide the quantity.", field)
    if sale.get("display_quantity", 1) > sale["quantity"]:
        raise FieldError("Must not be more than the quantity.", "number_of_tickets_for_sale.display_quantity")


@check(check_split)
class ListingChange(TypedDict):
    """`PUT /tickets/update/{external_id}`: a reseller's listing, all of it."""

    broker_id: Id
    event_id: Id
    ticket: NewTicket
    number_of_tickets_for_sale: NewQuantities
    seat_details: NewSeatDetails
    face_value: NewMoney
    display_price: NotRequired[NewMoney]
    proceed_price: NewMoney
    restrictions_benefits: NotRequired[Annotated[Restrictions, Shaped(Create(Restrictions))]]
    push_to_all: Annotated[Truth, Default(False)]


@check(check_split)
class NewListing(ListingChange):
    """`POST /tickets/add`: with the reseller's own id for the listing."""

    external_id: Id


class ListingQuery(Descending, Paged):
    """`GET /tickets/get`: public."""

    listing_id: Word
    event_id: Word
    ticket_type: Annotated[TicketType | None, Default(None), Filter(column="type")]
    order_by: Annotated[
        Literal["listing_id", "event_id", "event_date", "quantity_sold", "quantity_available"], Default("listing_id")
    ]


class FeedQuery(Ascending, Paged):
    """`GET /feed`: public clients' parameters."""

    category_name: Word
    event_id: Annotated[Word, Filter(column="id")]
    include_listings: Annotated[Truth, Default(False)]
    order_by: Annotated[Literal["event_date", "event_id"], Default("event_date")]


class ListingFeedQuery(TypedDict):
    """`GET /tickets/feed`: public. All listings that fit, unless a page is asked for."""

    listing_id: Annotated[Word, Filter(column="id")]
    event_id: Annotated[Word, Filter(column="event")]
    event_ids: Annotated[Words, Alias("event_id[]")]
    ticket_type: Annotated[Word, Alias("ticket_types"), Filter(column="type")]
    ticket_types: Annotated[Words, Alias("ticket_types[]"), Filter(operator="in", column="type")]
    sort_order: Annotated[Direction, Default("asc")]
    category_name: Annotated[Word, Filter(column="category")]
    category_names: Annotated[Words, Alias("category_name[]"), Filter(operator="in", column="category")]
    section_name: Annotated[Word, Filter(column="section")]
    section_names: Annotated[Words, Alias("section_name[]"), Filter(operator="in", column="section")]
    min_quantity: Annotated[int | None, Default(None), Range(1, MOST_SEATS), Filter(operator=">=", column="available")]
    proceed_price_min: Pounds
    proceed_price_max: Pounds
    target_currency: Annotated[Literal["GBP", "USD", "EUR"] | None, Default(None)]
    seller_id: Annotated[Word, Filter(column="broker")]
    instant_download: Annotated[Truth, Default(False)]
    lighter_response: Annotated[Truth, Default(False)]
    per_page: Annotated[int | None, Default(None), Range(1, MOST_A_PAGE)]
    page: Annotated[int | None, Default(None), Range(1, MOST_PAGES)]
