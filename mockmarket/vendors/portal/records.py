"""Scraper Portal's records, queries, bodies and answers: the document's fields, ranges and defaults, in its order."""

from collections.abc import Mapping
from operator import attrgetter
from typing import Annotated, Any, Generic, Literal, NotRequired, TypedDict, TypeVar

from mockmarket.records import Column, Default, Email, FieldError, Filter, Length, OneOf, Pattern, Range, check, views

T = TypeVar("T")
M = TypeVar("M")

NAME = "portal"
MOST_SEATS = 20
MOST_OFFSET = 2**53 - 1  # the largest whole number that JSON carries safely; the document gives no bound

TRANSFER_NOTES = {
    "mobile_transfer": "Transferred via mobile transfer",
    "digital_download": "Ready as a digital download",
    "email": "Sent by email",
    "pickup": "Ready for pickup",
}
"""Document, field table (methods) and fulfilled sample (the first note); the other notes are convention."""


def dollars(cents: int) -> float:
    """Return an amount as the JSON number that the document shows; JavaScript writes whole dollars without a point."""
    return cents // 100 if cents % 100 == 0 else cents / 100


Direction = Annotated[Literal["asc", "desc"], Default("asc")]
Method = Literal["mobile_transfer", "digital_download", "email", "pickup"]
PATCH_STATUSES = ("confirmed", "accepted", "fulfilled", "cancelled")
ORDER_STATUSES = (*PATCH_STATUSES, "purchase_issues", "refunded")
Id = Annotated[str, Length(1, 200)]
Quantity = Annotated[int, Range(1, MOST_SEATS)]
Price = Annotated[float | None, Default(None), Range(0)]


A_NUMBER = "Must have at least 3 digits, and nothing else than digits, spaces and + ( ) . - (40 characters at most)."
A_CODE = "Must be 1 to 4 digits, after +, after 00 or alone, such as +1, 0044 or 63; an area code may follow: +1-684."
"""The document gives no pattern for either: any usual way to write them is taken, and sent back as it was sent."""


class Phone(TypedDict):
    """A customer's phone number, its country code apart."""

    number: Annotated[str, Pattern(r"(?=(?:[^0-9]*[0-9]){3})[0-9 +().-]{3,40}\Z", A_NUMBER)]
    countryCode: Annotated[str, Pattern(r"(\+|00)? ?[0-9]{1,4}([ -][0-9]{1,4})?\Z", A_CODE)]


Customer = TypedDict("Customer", {"email": Annotated[str, Email(), Length(most=254)], "phone": Phone})


class Event(TypedDict):
    """One event as `GET /events` lists it."""

    eventId: Annotated[str, views.From("id")]
    name: str
    date: Annotated[str, Pattern(r"\d{4}-\d\d-\d\d\Z")]
    time: Annotated[str, Pattern(r"\d{1,2}:\d\d [AP]M\Z")]
    isoDate: Annotated[str, Column("date")]
    location: Annotated[str, views.From("venue", attrgetter("name"))]
    numberOfSeats: int


class Listing(TypedDict):
    """One listing as `GET /inventory` lists it; the price is per ticket, in US dollars."""

    listingId: str
    eventId: Annotated[str, Column("event"), views.From("event")]
    section: str
    row: str
    quantity: Annotated[int, views.From("free")]
    price: Annotated[float, views.From(write=dollars)]
    splits: Annotated[list[int], "Quantities that an order may have."]


class Order(TypedDict):
    """One order with all its shown members (document, PATCH answer; the transfer fields are placed as in the fulfilled notice)."""

    orderId: str
    orderNumber: str
    eventId: Annotated[str, Column("event")]
    eventName: str
    eventDate: str
    eventVenue: str
    eventLocation: str
    section: str
    row: str
    listingId: str
    quantity: int
    status: Annotated[str, OneOf(ORDER_STATUSES), Column(index=False)]
    totalAmount: float
    customer: Customer
    transferMethod: NotRequired[Method]
    transferNote: NotRequired[str]
    createdAt: str
    updatedAt: str
    previousStatus: NotRequired[str]


class Notice(TypedDict, Generic[T]):
    """The body of a notice (document, sample payloads), with some of its order's members."""

    event: str
    orderId: str
    order: T
    timestamp: str


class EventQuery(TypedDict):
    """`GET /events`: document, parameter table."""

    limit: Annotated[int, Default(50), Range(1, 100), "Number of events."]
    offset: Annotated[int, Default(0), Range(0, MOST_OFFSET), "Pagination offset."]
    venue: Annotated[str | None, Default(None), "Filter by venue name: any part of it, whatever the case."]
    sortBy: Annotated[Literal["date", "name", "venue", "lastUpdated"], Default("date")]
    sortOrder: Direction


def _check_prices(query: Mapping[str, Any]) -> None:
    least, most = query.get("minPrice"), query.get("maxPrice")
    if least is not None and most is not None and least > most:
        raise FieldError("Must not be greater than maxPrice.", "minPrice")


@check(_check_prices)
class InventoryQuery(TypedDict):
    """`GET /inventory`: document, parameter table."""

    eventId: Annotated[str, Length(1), "Event mapping ID.", Filter(column="event")]
    listingId: Annotated[str | None, Default(None), "Filter by specific listing ID.", Filter(column="id")]
    minPrice: Annotated[Price, Filter(operator=">=", column="cents")]
    maxPrice: Annotated[Price, Filter(operator="<=", column="cents")]
    quantity: Annotated[
        int | None, Default(None), Range(1, MOST_SEATS), "Required quantity.", Filter(None, "has_bit", "buyable")
    ]
    sortBy: Annotated[Literal["price", "section", "row"], Default("price")]
    sortOrder: Direction


def _check_form(body: Mapping[str, Any]) -> None:
    missing = [name for name in ("section", "row") if not body.get(name)]
    if not body.get("listingId") and missing:
        raise FieldError("Send listingId, or section and row.", "listingId" if len(missing) == 2 else missing[0])


@check(_check_form)
class NewOrder(TypedDict):
    """`POST /orders`: eventId with listingId (recommended), or with section and row."""

    eventId: Id
    listingId: NotRequired[Id]
    section: NotRequired[Id]
    row: NotRequired[Id]
    quantity: Quantity
    customer: Customer


class StatusChange(TypedDict):
    """`PATCH /orders`: the transfer fields go with fulfilled only (convention: the document's notices have them, its call not)."""

    orderId: Id
    status: Annotated[str, OneOf(PATCH_STATUSES)]
    transferMethod: NotRequired[Method]
    transferNote: NotRequired[Annotated[str, Length(1, 1000)]]


OrderId = TypedDict("OrderId", {"orderId": Id})
Pagination = TypedDict(
    "Pagination", {"total": int, "limit": int, "offset": int, "hasMore": bool, "nextOffset": int | None}
)
"""`nextOffset` is null on the last page."""
EventFilters = TypedDict("EventFilters", {"venue": str | None, "sortBy": str, "sortOrder": str})
EventMeta = TypedDict("EventMeta", {"pagination": Pagination, "filters": EventFilters})
Notified = TypedDict("Notified", {"event": str, "sent": bool})  # `sent`: an active endpoint was sent the notice
OrderAnswer = TypedDict(
    "OrderAnswer", {"success": bool, "message": str, "order": Order, "webhook": Notified, "timestamp": str}
)
Detail = TypedDict("Detail", {"field": str, "message": str})
Error = TypedDict("Error", {"success": Literal[False], "error": str, "details": NotRequired[list[Detail]]})


class InventoryFilters(TypedDict):
    """The filters and sort order of a list of listings."""

    eventId: str
    listingId: str | None
    minPrice: float | None
    maxPrice: float | None
    quantity: int | None
    sortBy: str
    sortOrder: str


InventoryMeta = TypedDict("InventoryMeta", {"total": int, "filters": InventoryFilters})


class Envelope(TypedDict, Generic[T, M]):
    """A list with its pagination and filters."""

    data: list[T]
    meta: M
