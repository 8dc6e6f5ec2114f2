"""Ticketnation's records, queries, bodies and answers, in its own field names and order.

"Document" is the vendor's page on keys, scopes and webhooks; "public" are its other public pages; "convention" is ours
where both are silent. docs/vendors/ticketnation.md has the evidence for each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Generic, NotRequired, TypedDict, TypeVar

from mockmarket.clock import DAY, LATEST
from mockmarket.records import (
    Body,
    Check,
    Column,
    Create,
    Default,
    Description,
    Email,
    FieldError,
    Length,
    Link,
    Messages,
    OneOf,
    Pattern,
    Range,
    Reads,
    Shaped,
    check,
    formats,
)
from mockmarket.seed.shapes import check_zone

T = TypeVar("T")

NAME = "ticketnation"
CURRENCY = "PHP"
ZONE = "Asia/Manila"
EVENT_STATUSES = ("DRAFT", "PUBLISHED", "SOLD_OUT", "ARCHIVED")
TICKET_STATUSES = ("DRAFT", "PUBLISHED", "SOLD_OUT")
ORDER_STATUSES = ("COMPLETED", "REFUNDED")
DELIVERY_STATUSES = ("PENDING", "SENDING", "DELIVERED", "FAILED", "DROPPED")
ERROR_CODES = (
    "VALIDATION_ERROR", "UNAUTHORIZED", "FORBIDDEN", "SCOPE_REQUIRED", "NOT_FOUND", "RATE_LIMITED", "INTERNAL_ERROR",
)  # fmt: skip
TYPES = ("PAID", "FREE")
JOURNEYS = ("STANDARD", "RSVP", "PRESELLING")
VISIBILITIES = ("PUBLIC", "PRIVATE")
NOTICES = {
    "order.completed": "a buyer has completed a purchase (action buy)",
    "order.refunded": "an order has been refunded (action refund)",
    "event.sold_out": "the last ticket of an event has been sold, through whichever vendor",
    "ticket.inventory_low": "a ticket type's remaining quantity has dropped below its threshold, through whichever vendor",
}
"""Document, "Webhook Events"."""
THRESHOLD = 10
"""Convention: the document has a threshold for each ticket type and no figure."""
MOST_TICKETS = 100_000
MOST_PESOS = 1_000_000
MOST_PAGES = 1_000_000
MOST_A_PURCHASE = 100
LAST = LATEST - 366 * DAY

EMPTY = Messages(required="should not be empty", null="should not be empty")
"""Public, errors page: how the vendor words it."""


def not_blank(text: str) -> None:
    """Raise ValueError for a text of nothing but spaces."""
    if not text.strip():
        raise ValueError("should not be empty")


def read_moment(value: Any) -> str:
    """Return an ISO 8601 date-time as it was sent; one without an offset is in the event's time zone."""
    at = formats.moment(value, "must be an ISO 8601 date string")
    if not DAY <= at <= LAST:
        raise ValueError("must be in the years 1970 to 9998")
    return str(value)


def read_pesos(value: Any) -> float:
    """Return an amount in pesos: a JSON number with at most two decimals."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("must be a number")
    if 0 <= value <= MOST_PESOS and abs(value * 100 - round(value * 100)) > 0.0001:
        raise ValueError("must not have more than two decimals")
    return float(value)


def each_once(names: Sequence[str]) -> None:
    """Raise ValueError for a name that stands twice."""
    if len(set(names)) < len(names):
        raise ValueError("must not name an event twice")


Id = Annotated[str, Length(1, 200)]
Name = Annotated[str, Length(1, 200), Check(not_blank), EMPTY]
Text = Annotated[str | None, Length(most=5000)]
WebAddress = Annotated[str, Link(), Length(most=2048)]
Moment = Annotated[str, Reads(read_moment, {"type": "string", "format": "date-time"})]
Pesos = Annotated[float, Reads(read_pesos, {"type": "number"}), Range(0, MOST_PESOS), EMPTY]
Target = Annotated[str, Reads(formats.url, {"type": "string", "format": "uri"})]
"""A URL that a webhook can be sent to."""
Count = Annotated[int, Range(1, MOST_TICKETS), EMPTY]
Subscriptions = Annotated[list[Annotated[str, OneOf(tuple(NOTICES))]], Length(1), Check(each_once)]


class Organization(TypedDict):
    """Whose keys, events, orders and webhooks they are."""

    id: str
    name: str
    slug: Annotated[str, Column()]


class Venue(TypedDict):
    """A place."""

    id: str
    name: str
    city: str
    timezone: str


class Ticket(TypedDict):
    """One ticket type: all seats of one section of its event. The price is per ticket, in pesos."""

    id: str
    eventId: Annotated[str, Column("event")]
    name: Annotated[Name, Body(required=True)]
    description: Annotated[Text, Body(default=None)]
    price: Annotated[Pesos, Body(required=True)]
    currency: str
    quantity: Annotated[Count, Body(required=True)]
    sold: int
    remaining: int
    lowInventoryThreshold: Annotated[
        int, Range(0, MOST_TICKETS), Body(default=THRESHOLD), Description("Below it ticket.inventory_low fires.")
    ]
    published: Annotated[bool, Body(default=False, update=False), Column(type="INTEGER", index=False)]
    status: Annotated[str, OneOf(TICKET_STATUSES), Column()]
    createdAt: str
    updatedAt: str


class Event(TypedDict):
    """One event. Public: time zone, currency, absorbFees; the first value of each of the three lists. Other defaults are convention."""

    id: str
    slug: Annotated[str, Column()]
    name: Annotated[Name, Body(required=True)]
    description: Annotated[Text, Body()]
    status: Annotated[str, OneOf(EVENT_STATUSES), Column()]
    type: Annotated[str, OneOf(TYPES), Body(default=TYPES[0])]
    journeyType: Annotated[str, OneOf(JOURNEYS), Body(default=JOURNEYS[0])]
    visibility: Annotated[str, OneOf(VISIBILITIES), Body(default=VISIBILITIES[0])]
    dateTime: Annotated[Moment, EMPTY, Body(required=True)]
    endDateTime: Annotated[Moment | None, Body()]
    timezone: Annotated[str, Check(check_zone), Body(default=ZONE)]
    currency: Annotated[str, Pattern(r"[A-Z]{3}\Z", "must be like PHP"), Body(default=CURRENCY)]
    venueId: Annotated[str | None, Length(1, 200), Body()]
    venue: Venue | None
    imageUrl: Annotated[WebAddress | None, Body()]
    galleryUrls: Annotated[list[WebAddress], Length(most=50), Body(default=list)]
    absorbFees: Annotated[bool, Body(default=True)]
    eventCapacity: Annotated[int | None, Range(1, 10_000_000), Body()]
    callbackUrl: Annotated[Target | None, Body()]
    publishedAt: str | None
    createdAt: str
    updatedAt: str


class SavedEvent(Event):
    """An event that was created or changed; `callbackSecret` is there once, when its callbackUrl is new."""

    callbackSecret: NotRequired[str]


class Performer(TypedDict):
    """Who is on stage. Convention: the document names the three kinds of part, and no field of theirs."""

    id: str
    eventId: Annotated[str, Column("event")]
    name: Annotated[Name, Body(required=True)]
    role: Annotated[str | None, Length(most=200), Body()]
    bio: Annotated[Text, Body()]
    imageUrl: Annotated[WebAddress | None, Body()]
    createdAt: str
    updatedAt: str


class Schedule(TypedDict):
    """What happens when."""

    id: str
    eventId: Annotated[str, Column("event")]
    title: Annotated[Name, Body(required=True)]
    description: Annotated[Text, Body()]
    startTime: Annotated[Moment, EMPTY, Body(required=True)]
    endTime: Annotated[Moment | None, Body()]
    createdAt: str
    updatedAt: str


class Brand(TypedDict):
    """Who presents it."""

    id: str
    eventId: Annotated[str, Column("event")]
    name: Annotated[Name, Body(required=True)]
    logoUrl: Annotated[WebAddress | None, Body()]
    websiteUrl: Annotated[WebAddress | None, Body()]
    createdAt: str
    updatedAt: str


class Item(TypedDict):
    """What an order has of one ticket type."""

    ticketId: str
    ticketName: str
    quantity: int
    unitPrice: float
    amount: float


class Order(TypedDict):
    """One order: what its notice tells, and then some; amounts in pesos."""

    orderId: str
    orderNumber: Annotated[str, Pattern(r"TN-\d{8}-[A-Z0-9]{6}\Z"), Column("number")]
    eventId: Annotated[str, Column("event")]
    totalAmount: float
    currency: str
    quantity: int
    buyerName: str
    buyerEmail: Annotated[str, Column("email")]
    status: Annotated[str, OneOf(ORDER_STATUSES), Column()]
    items: list[Item]
    createdAt: str
    updatedAt: str
    refundedAt: str | None


class ApiKey(TypedDict):
    """The key that asks."""

    id: str
    name: str
    scopes: list[str]
    callbackUrl: str | None
    createdAt: str
    expiresAt: str | None
    lastUsedAt: str | None


class Account(TypedDict):
    """Key and organization."""

    apiKey: ApiKey
    organization: Organization


class Webhook(TypedDict):
    """One webhook with its health. `apiKeyId` or `eventId` tells whose callback URL it is, null for one made by call."""

    id: str
    url: str
    events: list[str]
    isActive: bool
    consecutiveFailures: int
    disabledReason: str | None
    apiKeyId: str | None
    eventId: str | None
    createdAt: str
    updatedAt: str


class WebhookWithSecret(Webhook):
    """A webhook that was made; its secret is here and never shown again."""

    secret: str


class Attempt(TypedDict):
    """One POST of a delivery; `statusCode` is null when no answer came."""

    number: int
    at: str
    statusCode: int | None
    responseBody: str
    error: str | None
    durationMs: int
    outcome: str


class Delivery(TypedDict):
    """One notice for one webhook, with every attempt (convention)."""

    id: str
    webhookId: str
    type: str
    status: Annotated[str, OneOf(DELIVERY_STATUSES)]
    isTest: bool
    payload: dict[str, Any]
    attemptCount: int
    lastStatusCode: int | None
    nextAttemptAt: str | None
    createdAt: str
    completedAt: str | None
    attempts: list[Attempt]


class Removed(TypedDict):
    """What was deleted (convention)."""

    id: str
    deleted: bool


class PageQuery(TypedDict):
    """Public, `meta`: pages from 1; ten a page unless asked otherwise, 100 at most (convention)."""

    page: Annotated[int, Default(1), Range(1, MOST_PAGES), Description("Page number, from 1.")]
    take: Annotated[int, Default(10), Range(1, 100), Description("Records a page.")]


class InlineTickets(TypedDict):
    """The ticket types that come along with a new event (public)."""

    tickets: Annotated[list[dict[str, Any]], Shaped(Create(Ticket)), Default(list), Length(most=100)]


NewEvent = Create(Event, (InlineTickets,))


class EventQuery(PageQuery):
    """`GET /events`: page and take; status and a part of the name."""

    status: Annotated[str | None, Default(None), OneOf(EVENT_STATUSES)]
    search: Annotated[str | None, Default(None), Description("Any part of the name, whatever the case.")]


class VenueQuery(PageQuery):
    """`GET /venues`."""

    q: Annotated[str | None, Default(None), Description("Any part of name or city, whatever the case.")]


class OrderQuery(PageQuery):
    """`GET /orders`."""

    eventId: Annotated[str | None, Default(None), Description("Id or slug of an event.")]
    status: Annotated[str | None, Default(None), OneOf(ORDER_STATUSES)]


class DeliveryQuery(PageQuery):
    """`GET /webhooks/{id}/deliveries`."""

    status: Annotated[str | None, Default(None), OneOf(DELIVERY_STATUSES)]


class WebhookChange(TypedDict, total=False):
    """`PATCH /webhooks/{id}`: what is not named stays; `isActive` true enables it again, its failures forgotten."""

    url: Annotated[Target, EMPTY]
    events: Subscriptions
    isActive: bool


class NewWebhook(TypedDict):
    """`POST /webhooks`: without `events` it hears all four."""

    url: Annotated[Target, EMPTY]
    events: NotRequired[Subscriptions]


class Wanted(TypedDict):
    """So many of one ticket type, by its id or, within the event, its name."""

    ticketId: Id
    quantity: Annotated[int, Range(1, MOST_A_PURCHASE)]


def check_purchase(body: Mapping[str, Any]) -> None:
    """Refuse a purchase that has neither form, or both."""
    if ("items" in body) == ("ticketId" in body):
        raise FieldError("Send ticketId and quantity, or items.", "ticketId")


@check(check_purchase)
class Purchase(TypedDict):
    """Action `buy`: of one event (id or slug) either `ticketId` and `quantity`, or several `items`."""

    eventId: Id
    ticketId: NotRequired[Id]
    quantity: NotRequired[Annotated[int, Range(1, MOST_A_PURCHASE)]]
    items: NotRequired[Annotated[list[Wanted], Length(1, 20)]]
    buyerName: Annotated[Name, Default("Alex Buyer")]
    buyerEmail: Annotated[str, Email(), Length(most=254), Default("buyer@example.com")]


class OrderId(TypedDict):
    """Action `refund`: of one order, by its id or its number."""

    orderId: Id


class Answer(TypedDict, Generic[T]):
    """One record in its envelope (public)."""

    data: T


class Meta(TypedDict):
    """Where the page stands in its list."""

    page: int
    take: int
    total: int
    totalPages: int


class Page(TypedDict, Generic[T]):
    """A page of records."""

    data: list[T]
    meta: Meta


class Detail(TypedDict):
    """What is wrong with one field."""

    field: str
    message: str


class ErrorBody(TypedDict):
    """What went wrong."""

    code: Annotated[str, OneOf(ERROR_CODES)]
    message: str
    hint: NotRequired[str]
    details: NotRequired[list[Detail]]


class Error(TypedDict):
    """Every error answer."""

    error: ErrorBody
    requestId: Annotated[str, Pattern(r"req_[A-Za-z0-9]{6,12}\Z")]
