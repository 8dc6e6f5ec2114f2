"""Events, ticket types and seats."""

from __future__ import annotations

from typing import Annotated, TypedDict

from mockmarket.clock import HOUR
from mockmarket.records import Body, Check, Column, Default, Length, OneOf, Pattern, Range
from mockmarket.seed.shapes import check_zone
from mockmarket.vendors.zatabox.records.common import (
    UNLIMITED,
    Date,
    Id,
    LongText,
    Moment,
    Money,
    OptionalId,
    PageQuery,
    Pagination,
    Price,
    SeatIds,
    Text,
)

LENGTH_MS = 3 * HOUR
"""How long an event is that is created without an endDate (public: a sample has none; convention: the length)."""


def not_zero(quantity: int) -> None:
    """Raise ValueError for a ticket type of nothing."""
    if quantity == 0:
        raise ValueError("Must be -1, unlimited, or 1 and more.")


Place = Annotated[str, Body(default="", type=Annotated[str, Length(most=300)])]
SaleDate = Annotated[str | None, Body(default=None, type=Moment | None)]
Total = Annotated[int, Range(-1, UNLIMITED), Check(not_zero)]


class Event(TypedDict):
    """One event, as its notices and every answer show it (public: the fields that a call sets)."""

    id: Annotated[str, Pattern(r"evt_.+")]
    slug: Annotated[str, Column()]
    title: Annotated[str, Body(required=True, type=Text)]
    description: Annotated[str, Body(default="", type=LongText)]
    category: Annotated[str, Body(default="other", type=Text), Column()]
    productType: str
    status: Annotated[str, OneOf(("draft", "published", "cancelled", "completed")), Column()]
    startDate: Annotated[Date, Body(required=True, type=Moment)]
    endDate: Annotated[Date, Body(type=Moment)]
    timezone: Annotated[str, Check(check_zone), Body(default="UTC")]
    venueType: Annotated[str, OneOf(("physical", "online")), Body(default="physical")]
    venueName: Place
    venueCity: Place
    capacity: Annotated[int, Body(default=0, type=Annotated[int, Range(0, UNLIMITED)])]
    returnPolicy: Annotated[LongText, Body(default="")]
    seating: bool
    organizationId: str
    publishedAt: str | None
    createdAt: Date
    updatedAt: Date


class TicketType(TypedDict):
    """One ticket type with what is left of it; money is a decimal string, quantityTotal -1 is unlimited (public: the fields)."""

    id: Annotated[str, Pattern(r"tkt_.+")]
    eventId: Annotated[str, Column("event")]
    name: Annotated[str, Body(required=True, type=Text)]
    description: Annotated[str, Body(default="", type=LongText)]
    type: Annotated[str, Length(1, 40), Body(default="general")]
    price: Annotated[Money, Body(required=True, type=Price)]
    currency: Annotated[str, Pattern(r"[A-Z]{3}\Z", "Must be like USD."), Body(default="USD")]
    quantityTotal: Annotated[int, Body(required=True, type=Total)]
    quantitySold: int
    quantityHeld: int
    quantityAvailable: int
    saleStart: SaleDate
    saleEnd: SaleDate
    transferable: Annotated[bool, Body(default=True)]
    createdAt: Date
    updatedAt: Date


class EventDetail(Event):
    """One event with its ticket types (public)."""

    ticketTypes: list[TicketType]


class EventQuery(PageQuery):
    """`GET /events` (public: these filters)."""

    q: Annotated[Text | None, Default(None)]
    category: Annotated[Text | None, Default(None)]
    city: Annotated[Text | None, Default(None)]
    productType: Annotated[str | None, OneOf(("event", "reservation", "digital")), Default(None)]
    course: Annotated[bool, Default(False)]


class SearchQuery(EventQuery):
    """`GET /search`: as the list, and by date (public)."""

    date_from: Annotated[Moment | None, Default(None)]
    date_to: Annotated[Moment | None, Default(None)]


class Facet(TypedDict):
    """How many of the events found have a value."""

    value: str
    count: int


class Facets(TypedDict):
    """By what a search can be narrowed."""

    category: list[Facet]
    city: list[Facet]


class Search(TypedDict):
    """What a search found."""

    items: list[Event]
    pagination: Pagination
    facets: Facets


class Seat(TypedDict):
    """A numbered seat; `id` is what holds and orders call venueSeatIds."""

    id: str
    section: str
    row: str
    number: int


class MapSeat(Seat):
    """A seat on the map."""

    x: int
    y: int


class MapSection(TypedDict):
    """A section of the map with its price."""

    name: str
    ticketTypeId: str
    price: Money
    currency: str
    seats: list[MapSeat]


class MapElement(TypedDict):
    """What else stands on the map."""

    type: str
    label: str
    x: int
    y: int


class SeatMap(TypedDict):
    """An event's seat map."""

    eventId: str
    holdTtlSeconds: int
    elements: list[MapElement]
    sections: list[MapSection]


class TakenSeats(TypedDict):
    """Which seats are taken; one that is not named is free (public)."""

    sold: list[str]
    blocked: list[str]
    held: list[str]


class Hold(TypedDict):
    """Seats held for a holder, as they are stored: of the holder's token a hash alone."""

    id: str
    eventId: Annotated[str, Column("event")]
    seatIds: list[str]
    expiresAt: str | None
    createdAt: str


class HoldRequest(TypedDict):
    """`POST …/seats/hold`: the seats that a holder wants, in place of those it had (public)."""

    holderToken: OptionalId
    seatIds: SeatIds


class ReleaseRequest(TypedDict):
    """`DELETE …/seats/hold`: which of a holder's seats; all of them without seatIds (public)."""

    holderToken: Id
    seatIds: Annotated[SeatIds | None, Default(None)]


class HeldSeats(TypedDict):
    """What a holder has now, and what it could not have (public: held and failed)."""

    held: list[str]
    failed: list[str]
    holderToken: str
    expiresAt: str | None


class ReleasedSeats(TypedDict):
    """What was released."""

    released: list[str]
