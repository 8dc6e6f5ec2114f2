"""Types that all of Zatabox's records share: limits, dates, money, envelopes, pages, errors; and events, ticket types and seats."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Generic, Literal, NotRequired, TypedDict, TypeVar

from mockmarket import clock, errors, vendor
from mockmarket.records import Body, Check, Column, Default, Email, Filter, Length, OneOf, Pattern, Range, Reads, must
from mockmarket.records.formats import moment, text
from mockmarket.seed.shapes import check_zone

T = TypeVar("T")

NAME = "zatabox"
ORG = "org_main"  # the only organization of a world, owner of every key and event (convention)
ORGANIZER: "Organizer" = {"id": ORG, "name": "Main Organization"}
MOST_SEATS = 20
MOST_SCANS = 500
UNLIMITED = 1_000_000  # seats behind an unlimited ticket type, -1 (public: the -1; convention: the number)
DATE_TIME = {"type": "string", "format": "date-time"}
OFFSET = re.compile(r"[T ].*([Zz]|[+-]\d\d(:?\d\d)?)\Z")  # a date-time with one
MOMENT_EXPECTED = "Must be an ISO 8601 date-time such as 2026-08-22T20:00:00Z."

SCOPES = (
    vendor.Scope("events:read", "Read events, ticket types and search."),
    vendor.Scope("events:write", "Create, change, publish and cancel events, their parts, seating and promo codes."),
    vendor.Scope("tickets:read", "Read tickets; take courses."),
    vendor.Scope("tickets:write", "Add ticket types, issue tickets and give complimentary ones."),
    vendor.Scope("orders:read", "Read orders and payments."),
    vendor.Scope("orders:write", "Create, pay, verify and cancel orders; ask for refunds."),
    vendor.Scope("attendees:read", "Read messages and followers."),
    vendor.Scope("attendees:write", "Tag attendees, write broadcasts, remove followers, file reports, send messages."),
    vendor.Scope("checkin:write", "Scan tickets, and read manifests."),
    vendor.Scope("payouts:read", "Read the organization and its wallets."),
    vendor.Scope("payouts:write", "Nothing yet: payouts have not launched."),
    vendor.Scope("webhooks:manage", "Manage webhook endpoints, deliveries and replays."),
    vendor.Scope("analytics:read", "Read check-in statistics and their live stream."),
    vendor.Scope("*", "Everything, API keys too."),
)
"""Public, the SDK's list; each call's scope is convention."""


class Local(int):
    """A moment sent without an offset, as epoch ms read in UTC: it belongs to the zone of its event (convention)."""


def _read_moment(value: object) -> int:
    at = moment(value, MOMENT_EXPECTED)
    if not 0 <= at <= clock.LATEST:
        raise ValueError(MOMENT_EXPECTED)
    return at if OFFSET.search(str(value)) else Local(at)


def dates_of(body: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """Return the dates of a body about an event as stored; one without an offset is a local time of the event's zone."""
    dates = {}
    for name in ("startDate", "endDate", "saleStart", "saleEnd", "startTime", "endTime", "startsAt", "endsAt"):
        if name in body:
            at = body[name]
            try:
                at = clock.parse_iso(clock.iso_ms(at)[:-1], zone) if isinstance(at, Local) else at
            except ValueError as error:
                raise errors.Invalid(f"{name}: {MOMENT_EXPECTED}", details=[(name, MOMENT_EXPECTED)]) from error
            dates[name] = None if at is None else clock.iso_s(at)
    return dates


def _read_members(sent: object) -> object:
    if not isinstance(sent, dict) and sent != []:
        raise ValueError("Must be an object.")
    return sent or {}


def _check_cents(value: float) -> None:
    if round(value, 2) != value:
        raise ValueError("Must have at most two decimals.")


Id = Annotated[str, Length(1, 200)]
OptionalId = Annotated[Id | None, Default(None)]
Members = Annotated[dict[str, Any], Reads(_read_members, {"type": "object"})]  # `[]`, as PHP writes it, is an empty one
Text = Annotated[str, Length(1, 300)]
LongText = Annotated[str, Length(most=5000)]
EmailAddress = Annotated[str, Email(), Length(most=254)]
Quantity = Annotated[int, Range(1, MOST_SEATS)]
OneOrMore = Annotated[Quantity, Default(1)]
SeatIds = Annotated[list[Id], Length(most=MOST_SEATS)]
Moment = Annotated[int, Reads(_read_moment, DATE_TIME)]  # a date-time that a call takes
Price = Annotated[float, Range(0, 1e12), Check(_check_cents)]  # in the currency's major unit
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


class Notice(TypedDict, Generic[T]):
    """The body of a notice (document, sample)."""

    id: Annotated[str, Pattern(r"whe_.+")]
    type: str
    created: Date
    data: T


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
OptionalText = Annotated[str | None, Body(default=None, type=Text | None)]
SaleDate = Annotated[str | None, Body(default=None, type=Moment | None)]
Link = Annotated[str | None, Body(default=None, type=Annotated[str, Length(1, 2048)] | None)]
Note = Annotated[str | None, Body(default=None, type=LongText | None)]
Total = Annotated[int, Range(-1, UNLIMITED), Check(must(bool, "Must be -1, unlimited, or 1 and more."))]


class Event(TypedDict):
    """One event, as in its notices and every answer (public: the fields that a call sets)."""

    id: Annotated[str, Pattern(r"evt_.+")]
    slug: Annotated[str, Column()]
    title: Annotated[str, Body(required=True, type=Text)]
    description: Annotated[str, Body(default="", type=LongText)]
    category: Annotated[str, Body(default="other", type=Text), Column()]
    productType: Annotated[str, OneOf(("event", "reservation", "digital")), Column()]
    status: Annotated[str, OneOf(("draft", "published", "cancelled", "completed")), Column()]
    startDate: Annotated[Date, Body(required=True, type=Moment)]
    endDate: Annotated[Date | None, Body(type=Moment | None)]  # null: open-ended (public)
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


class Links(TypedDict):
    """What an event delivers online: to buyers alone its link and note, to everybody its video (public)."""

    eventId: str
    onlineLink: Link
    onlineLinkNote: Note
    highlightVideoUrl: Link


class Access(TypedDict):
    """What a ticket type delivers, to its buyers alone (public)."""

    ticketTypeId: str
    accessUrl: Link
    accessNote: Note


class Session(TypedDict):
    """One session of an event's schedule (public: sessionTitle)."""

    id: str
    eventId: Annotated[str, Column("event")]
    sessionTitle: Annotated[str, Body(required=True, type=Text)]
    startTime: Annotated[Date, Body(required=True, type=Moment), Column()]
    endTime: Annotated[Date, Body(required=True, type=Moment)]
    speaker: OptionalText
    location: OptionalText
    description: Annotated[str, Body(default="", type=LongText)]
    createdAt: Date
    updatedAt: Date


class Section(TypedDict):
    """One section of an event: a name and a number of people, without seats (convention: the fields)."""

    id: str
    eventId: Annotated[str, Column("event")]
    name: Annotated[str, Body(required=True, type=Text)]
    capacity: Annotated[int, Range(0, UNLIMITED), Body(required=True)]
    description: Annotated[str, Body(default="", type=LongText)]
    createdAt: Date
    updatedAt: Date


Organizer = TypedDict("Organizer", {"id": str, "name": str})


class OrganizersEvent(Event):
    """One event as its organizer's create and update answer it."""

    onlineLink: str | None
    onlineLinkNote: str | None
    highlightVideoUrl: str | None


class OrganizersTicketType(TicketType):
    """One ticket type as its organizer's create answers it."""

    accessUrl: str | None
    accessNote: str | None


class EventDetail(Event):
    """One event with its video, its organizer, its schedule and its ticket types (public)."""

    highlightVideoUrl: str | None
    organizer: Organizer
    schedule: list[Session]
    ticketTypes: list[TicketType]


class EventQuery(PageQuery):
    """`GET /events` (public: these filters)."""

    q: Annotated[Text | None, Default(None), Filter(operator="contains", column="text_key")]
    category: Annotated[Text | None, Default(None), Filter()]
    city: Annotated[Text | None, Default(None), Filter(operator="contains", column="city_key")]
    productType: Annotated[str | None, OneOf(("event", "reservation", "digital")), Default(None), Filter()]
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
SeatUpdate = TypedDict("SeatUpdate", {"seatIds": list[str], "status": str})
ReleasedSeats = TypedDict("ReleasedSeats", {"released": list[str]})
