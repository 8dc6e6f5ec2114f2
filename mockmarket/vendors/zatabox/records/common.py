"""Types that all of Zatabox's records share: limits, dates, money, envelopes, pages, errors; and events, ticket types and seats."""

from typing import Annotated, Any, Generic, Literal, NotRequired, TypedDict, TypeVar

from mockmarket import clock, vendor
from mockmarket.records import Body, Check, Column, Default, Email, Filter, Length, OneOf, Pattern, Range, Reads, must
from mockmarket.records.formats import moment, text
from mockmarket.seed.shapes import check_zone

T = TypeVar("T")

NAME = "zatabox"
ORG = "org_main"  # the only organization of a world, owner of every key and event (convention)
MOST_SEATS = 20
MOST_SCANS = 500
UNLIMITED = 1_000_000  # seats behind an unlimited ticket type, -1 (public: the -1; convention: the number)
DATE_TIME = {"type": "string", "format": "date-time"}
MOMENT_EXPECTED = "Must be an ISO 8601 date-time such as 2026-08-22T20:00:00Z."

SCOPES = (
    vendor.Scope("events:read", "Read events, ticket types and search."),
    vendor.Scope("events:write", "Create, change, publish and cancel events and promo codes."),
    vendor.Scope("tickets:read", "Read tickets."),
    vendor.Scope("tickets:write", "Add ticket types and give complimentary tickets."),
    vendor.Scope("orders:read", "Read orders and payments."),
    vendor.Scope("orders:write", "Create, pay, verify and cancel orders; ask for refunds."),
    vendor.Scope("attendees:read", "Read messages."),
    vendor.Scope("attendees:write", "Tag attendees; file reports and send messages."),
    vendor.Scope("checkin:write", "Scan tickets, and read manifests."),
    vendor.Scope("payouts:read", "Nothing yet: payouts have not launched."),
    vendor.Scope("payouts:write", "Nothing yet: payouts have not launched."),
    vendor.Scope("webhooks:manage", "Manage webhook endpoints, deliveries and replays."),
    vendor.Scope("analytics:read", "Read check-in statistics and their live stream."),
    vendor.Scope("*", "Everything, API keys too."),
)
"""Public, the SDK's list; each call's scope is convention."""


def _read_moment(value: object) -> int:
    at = moment(value, MOMENT_EXPECTED)
    if not 0 <= at <= clock.LATEST:
        raise ValueError(MOMENT_EXPECTED)
    return at


Id = Annotated[str, Length(1, 200)]
OptionalId = Annotated[Id | None, Default(None)]
Text = Annotated[str, Length(1, 300)]
LongText = Annotated[str, Length(most=5000)]
EmailAddress = Annotated[str, Email(), Length(most=254)]
Quantity = Annotated[int, Range(1, MOST_SEATS)]
OneOrMore = Annotated[Quantity, Default(1)]
SeatIds = Annotated[list[Id], Length(most=MOST_SEATS)]
Moment = Annotated[int, Reads(_read_moment, DATE_TIME)]  # a date-time that a call takes
Price = Annotated[float, Range(0, 1_000_000)]  # in the currency's major unit, rounded to the cent
Date = Annotated[str, Reads(text, DATE_TIME), Pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")]
"""A date-time in an answer: whole seconds in UTC."""
Money = Annotated[str, Pattern(r"\d+\.\d\d\Z")]  # money in an answer: a decimal string with two places
Person = TypedDict("Person", {"name": str, "email": str})
Writer = TypedDict("Writer", {"name": str, "email": str | None})


class PageQuery(TypedDict):
    """Page size and position of a list."""

    limit: Annotated[int, Range(1, 100), Default(20)]
    cursor: Annotated[str | None, Length(1, 500), Default(None)]


Meta = TypedDict("Meta", {"request_id": Annotated[str, Pattern(r"req_[0-9A-HJKMNP-TV-Z]{26}\Z")], "timestamp": Date})


class Answer(TypedDict, Generic[T]):
    """The envelope of every success (public)."""

    success: Literal[True]
    data: T
    meta: Meta


class Items(TypedDict, Generic[T]):
    """A list without pages."""

    items: list[T]


Pagination = TypedDict("Pagination", {"cursor": str | None, "has_more": bool})


class Page(TypedDict, Generic[T]):
    """A page with `pagination` (public: one of the vendor's two forms)."""

    items: list[T]
    pagination: Pagination


class NextPage(TypedDict, Generic[T]):
    """A page with `nextCursor` (public: the vendor's other form)."""

    items: list[T]
    nextCursor: str | None


ErrorBody = TypedDict("ErrorBody", {"code": str, "message": str, "details": NotRequired[dict[str, Any]]})
"""An error: a stable code, a sentence, and further details such as `issues` (public)."""
ErrorMeta = TypedDict("ErrorMeta", {"request_id": str})
Error = TypedDict("Error", {"success": Literal[False], "error": ErrorBody, "meta": ErrorMeta})
LENGTH_MS = 3 * clock.HOUR  # of an event created without an endDate (public: a sample has none; convention: the length)

Place = Annotated[str, Body(default="", type=Annotated[str, Length(most=300)])]
SaleDate = Annotated[str | None, Body(default=None, type=Moment | None)]
Total = Annotated[int, Range(-1, UNLIMITED), Check(must(bool, "Must be -1, unlimited, or 1 and more."))]


class Event(TypedDict):
    """One event, as in its notices and every answer (public: the fields that a call sets)."""

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
    """One ticket type with its remaining quantity; money is a decimal string, quantityTotal -1 is unlimited (public: the fields)."""

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

    q: Annotated[Text | None, Default(None), Filter(operator="contains", column="text_key")]
    category: Annotated[Text | None, Default(None), Filter()]
    city: Annotated[Text | None, Default(None), Filter(operator="contains", column="city_key")]
    productType: Annotated[str | None, OneOf(("event", "reservation", "digital")), Default(None)]
    course: Annotated[bool, Default(False)]


class SearchQuery(EventQuery):
    """`GET /search`: as the list, and by date (public)."""

    date_from: Annotated[Moment | None, Default(None), Filter(operator=">=", column="starts_at")]
    date_to: Annotated[Moment | None, Default(None), Filter(operator="<=", column="starts_at")]


Facet = TypedDict("Facet", {"value": str, "count": int})
Facets = TypedDict("Facets", {"category": list[Facet], "city": list[Facet]})
Search = TypedDict("Search", {"items": list[Event], "pagination": Pagination, "facets": Facets})
Seat = TypedDict("Seat", {"id": str, "section": str, "row": str, "number": int})
"""A numbered seat; `id` is an entry of venueSeatIds in holds and orders."""


class MapSeat(Seat):
    """A seat on the map."""

    x: int
    y: int


MapSection = TypedDict(
    "MapSection", {"name": str, "ticketTypeId": str, "price": Money, "currency": str, "seats": list[MapSeat]}
)
MapElement = TypedDict("MapElement", {"type": str, "label": str, "x": int, "y": int})
SeatMap = TypedDict(
    "SeatMap", {"eventId": str, "holdTtlSeconds": int, "elements": list[MapElement], "sections": list[MapSection]}
)
TakenSeats = TypedDict("TakenSeats", {"sold": list[str], "blocked": list[str], "held": list[str]})
OfEvent = Annotated[str, Column("event")]
Hold = TypedDict(
    "Hold", {"id": str, "eventId": OfEvent, "seatIds": list[str], "expiresAt": str | None, "createdAt": str}
)
"""Seats held for a holder, as stored: only the hash of the holder's token."""
HoldRequest = TypedDict("HoldRequest", {"holderToken": OptionalId, "seatIds": SeatIds})
ReleaseRequest = TypedDict("ReleaseRequest", {"holderToken": Id, "seatIds": Annotated[SeatIds | None, Default(None)]})
HeldSeats = TypedDict(
    "HeldSeats", {"held": list[str], "failed": list[str], "holderToken": str, "expiresAt": str | None}
)
ReleasedSeats = TypedDict("ReleasedSeats", {"released": list[str]})
