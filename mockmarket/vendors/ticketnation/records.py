"""Ticketnation's records, queries, bodies and answers, in its own field names and order; `wire` says which sources are named."""

from typing import Annotated, Any, Generic, NotRequired, TypedDict, TypeVar

import orjson

from mockmarket import clock, records as field
from mockmarket.records.views import From, moment, text
from mockmarket.seed.shapes import check_zone

T = TypeVar("T")

NAME = "ticketnation"
CURRENCY = "PHP"
ZONE = "Asia/Manila"
EVENT_STATUSES = ("DRAFT", "PUBLISHED", "SOLD_OUT", "ARCHIVED")
TICKET_STATUSES = ("DRAFT", "PUBLISHED", "SOLD_OUT")
ORDER_STATUSES = ("COMPLETED", "REFUNDED")
DELIVERY_STATUSES = ("PENDING", "SENDING", "DELIVERED", "FAILED", "DROPPED")
REFUSED = ("UNAUTHORIZED", "FORBIDDEN", "SCOPE_REQUIRED", "NOT_FOUND", "RATE_LIMITED")
ErrorCode = Annotated[str, field.OneOf(("VALIDATION_ERROR", *REFUSED, "INTERNAL_ERROR"))]
TYPES = ("PAID", "FREE")
JOURNEYS = ("STANDARD", "RSVP", "PRESELLING")
VISIBILITIES = ("PUBLIC", "PRIVATE")
NOTICES = {
    "order.completed": "a buyer has completed a purchase (action buy)",
    "order.refunded": "an order has been refunded (action refund)",
    "event.sold_out": "the last ticket of an event has been sold, at any vendor",
    "ticket.inventory_low": "a ticket type's remaining quantity has dropped below its threshold, through any vendor",
}
"""Document, "Webhook Events"."""
THRESHOLD = 10  # convention: the document has a threshold for each ticket type and no figure
MOST_TICKETS = 100_000
MOST_PESOS = 1_000_000
MOST_PAGES = 1_000_000
MOST_A_PURCHASE = 100
MOST_SHOWN = 1_000  # most characters of a receiver's answer in the history
LAST = clock.LATEST - 366 * clock.DAY

EMPTY = field.Messages(required="should not be empty", null="should not be empty")
"""Public, errors page: the vendor's wording."""


def read_moment(value: Any) -> str:
    """Return an ISO 8601 date-time unchanged; one without an offset is in the event's time zone."""
    if not clock.DAY <= field.formats.moment(value, "must be an ISO 8601 date string") <= LAST:
        raise ValueError("must be in the years 1970 to 9998")
    return str(value)


def read_pesos(value: Any) -> float:
    """Return an amount in pesos: a JSON number with at most two decimals."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("must be a number")
    if 0 <= value <= MOST_PESOS and abs(value * 100 - round(value * 100)) > 0.0001:
        raise ValueError("must not have more than two decimals")
    return float(value)


UNIQUE = field.Check(field.must(lambda names: len(set(names)) == len(names), "must not name an event twice"))
Id = Annotated[str, field.Length(1, 200)]
Name = Annotated[str, field.Length(most=200), field.Check(field.must(str.strip, "should not be empty")), EMPTY]
Text = Annotated[str | None, field.Length(most=5000)]
WebAddress = Annotated[str, field.Link(), field.Length(most=2048)]
Moment = Annotated[str, field.Reads(read_moment, {"type": "string", "format": "date-time"})]
Pesos = Annotated[float, field.Reads(read_pesos, {"type": "number"}), field.Range(0, MOST_PESOS), EMPTY]
Target = Annotated[str, field.Reads(field.formats.url, {"type": "string", "format": "uri"})]
"""A URL that can receive webhooks."""
Count = Annotated[int, field.Range(1, MOST_TICKETS), EMPTY]
Subscriptions = Annotated[list[Annotated[str, field.OneOf(tuple(NOTICES))]], field.Length(1), UNIQUE]

Organization = TypedDict("Organization", {"id": str, "name": str, "slug": Annotated[str, field.Column()]})
Venue = TypedDict("Venue", {"id": str, "name": str, "city": str, "timezone": str})


class Ticket(TypedDict):
    """One ticket type: all seats of one section of its event. The price is per ticket, in pesos."""

    id: str
    eventId: Annotated[str, field.Column("event")]
    name: Annotated[Name, field.Body(required=True)]
    description: Annotated[Text, field.Body(default=None)]
    price: Annotated[Pesos, field.Body(required=True)]
    currency: str
    quantity: Annotated[Count, field.Body(required=True)]
    sold: int
    remaining: int
    lowInventoryThreshold: Annotated[
        int, field.Range(0, MOST_TICKETS), field.Body(default=THRESHOLD), "Below it ticket.inventory_low fires."
    ]
    published: Annotated[bool, field.Body(default=False, update=False), field.Column(type="INTEGER", index=False)]
    status: Annotated[str, field.OneOf(TICKET_STATUSES), field.Column()]
    createdAt: str
    updatedAt: str


class Event(TypedDict):
    """One event. Public: time zone, currency, absorbFees; the first value of each of the three lists. Other defaults are convention."""

    id: str
    slug: Annotated[str, field.Column()]
    name: Annotated[Name, field.Body(required=True)]
    description: Annotated[Text, field.Body()]
    status: Annotated[str, field.OneOf(EVENT_STATUSES), field.Column()]
    type: Annotated[str, field.OneOf(TYPES), field.Body(default=TYPES[0])]
    journeyType: Annotated[str, field.OneOf(JOURNEYS), field.Body(default=JOURNEYS[0])]
    visibility: Annotated[str, field.OneOf(VISIBILITIES), field.Body(default=VISIBILITIES[0])]
    dateTime: Annotated[Moment, EMPTY, field.Body(required=True)]
    endDateTime: Annotated[Moment | None, field.Body()]
    timezone: Annotated[str, field.Check(check_zone), field.Body(default=ZONE)]
    currency: Annotated[str, field.Pattern(r"[A-Z]{3}\Z", "must be like PHP"), field.Body(default=CURRENCY)]
    venueId: Annotated[str | None, field.Length(1, 200), field.Body()]
    venue: Venue | None
    imageUrl: Annotated[WebAddress | None, field.Body()]
    galleryUrls: Annotated[list[WebAddress], field.Length(most=50), field.Body(default=list)]
    absorbFees: Annotated[bool, field.Body(default=True)]
    eventCapacity: Annotated[int | None, field.Range(1, 10_000_000), field.Body()]
    callbackUrl: Annotated[Target | None, field.Body()]
    publishedAt: str | None
    createdAt: str
    updatedAt: str


class SavedEvent(Event):
    """A created or changed event: a created one with its ticket types; `callbackSecret` is included only when its callbackUrl is new."""

    tickets: NotRequired[list[Ticket]]
    callbackSecret: NotRequired[str]


class Performer(TypedDict):
    """A performer. Convention: the document names the three kinds of part, and none of their fields."""

    id: str
    eventId: Annotated[str, field.Column("event")]
    name: Annotated[Name, field.Body(required=True)]
    role: Annotated[str | None, field.Length(most=200), field.Body()]
    bio: Annotated[Text, field.Body()]
    imageUrl: Annotated[WebAddress | None, field.Body()]
    createdAt: str
    updatedAt: str


class Schedule(TypedDict):
    """A schedule entry."""

    id: str
    eventId: Annotated[str, field.Column("event")]
    title: Annotated[Name, field.Body(required=True)]
    description: Annotated[Text, field.Body()]
    startTime: Annotated[Moment, EMPTY, field.Body(required=True)]
    endTime: Annotated[Moment | None, field.Body()]
    createdAt: str
    updatedAt: str


class Brand(TypedDict):
    """A sponsor or presenter."""

    id: str
    eventId: Annotated[str, field.Column("event")]
    name: Annotated[Name, field.Body(required=True)]
    logoUrl: Annotated[WebAddress | None, field.Body()]
    websiteUrl: Annotated[WebAddress | None, field.Body()]
    createdAt: str
    updatedAt: str


Item = TypedDict("Item", {"ticketId": str, "ticketName": str, "quantity": int, "unitPrice": float, "amount": float})
"""An order's quantity of one ticket type."""


class Order(TypedDict):
    """One order: its notice's members, and further ones; amounts in pesos."""

    orderId: str
    orderNumber: Annotated[str, field.Pattern(r"TN-\d{8}-[A-Z0-9]{6}\Z"), field.Column("number")]
    eventId: Annotated[str, field.Column("event")]
    totalAmount: float
    currency: str
    quantity: int
    buyerName: str
    buyerEmail: Annotated[str, field.Column("email")]
    status: Annotated[str, field.OneOf(ORDER_STATUSES), field.Column()]
    items: list[Item]
    createdAt: str
    updatedAt: str
    refundedAt: str | None


class Notice(TypedDict, Generic[T]):
    """The body of a notice (document, "Webhook Payload Format")."""

    type: str
    data: T
    timestamp: str


Trial = TypedDict("Trial", {"webhookId": str | None, "message": str})  # the data of a test (convention)


class ApiKey(TypedDict):
    """The key of the request."""

    id: str
    name: str
    scopes: list[str]
    callbackUrl: Annotated[str | None, From("callback_url")]
    createdAt: Annotated[str, From("created_at", moment)]
    expiresAt: Annotated[str | None, From("expires_at", moment)]
    lastUsedAt: str | None


Account = TypedDict("Account", {"apiKey": ApiKey, "organization": Organization})
Removed = TypedDict("Removed", {"id": str, "deleted": bool})  # what was deleted (convention)


class Webhook(TypedDict):
    """One webhook with its health. `apiKeyId` or `eventId` is the owner of a callback URL, null for a webhook created by a call."""

    id: str
    url: str
    events: list[str]
    isActive: Annotated[bool, From("active")]
    consecutiveFailures: Annotated[int, From("failures")]
    disabledReason: Annotated[str | None, From("disabled_reason")]
    apiKeyId: str | None
    eventId: str | None
    createdAt: Annotated[str, From("created_at", moment)]
    updatedAt: Annotated[str, From("updated_at", moment)]


class WebhookWithSecret(Webhook):
    """A created webhook with its secret, which is shown once."""

    secret: str


class Attempt(TypedDict):
    """One POST of a delivery; `statusCode` is null without an answer."""

    number: int
    at: Annotated[str, From(write=moment)]
    statusCode: Annotated[int | None, From("status")]
    responseBody: Annotated[str, From("answer_body", lambda body: text(body)[:MOST_SHOWN])]
    error: str | None
    durationMs: Annotated[int, From("elapsed_ms", round)]
    outcome: Annotated[str, From("reason")]


class Delivery(TypedDict):
    """One notice for one webhook, with every attempt (convention)."""

    id: Annotated[str, From("uid")]
    webhookId: str
    type: str
    status: Annotated[str, field.OneOf(DELIVERY_STATUSES), From("state", str.upper)]
    isTest: Annotated[bool, From("why", lambda why: why == "test")]
    payload: Annotated[dict[str, Any], From("body", orjson.loads)]
    attemptCount: Annotated[int, From("attempts")]
    lastStatusCode: Annotated[int | None, From("last_status")]
    nextAttemptAt: Annotated[str | None, From("due", moment)]
    createdAt: Annotated[str, From("at", moment)]
    completedAt: Annotated[str | None, From("settled_at", moment)]
    attempts: list[Attempt]


class PageQuery(TypedDict):
    """Public, `meta`: pages from 1; 10 rows by default, at most 100 (convention)."""

    page: Annotated[int, field.Default(1), field.Range(1, MOST_PAGES), "Page number, from 1."]
    take: Annotated[int, field.Default(10), field.Range(1, 100), "Records a page."]


class InlineTickets(TypedDict):
    """The ticket types of a new event (public)."""

    tickets: Annotated[
        list[dict[str, Any]], field.Shaped(field.Create(Ticket)), field.Default(list), field.Length(most=100)
    ]


NewEvent = field.Create(Event, (InlineTickets,))


class EventQuery(PageQuery):
    """`GET /events`: page and take; status and a part of the name."""

    status: Annotated[str | None, field.Default(None), field.OneOf(EVENT_STATUSES), field.Filter()]
    search: Annotated[str | None, field.Default(None), "Any part of the name, whatever the case."]


class VenueQuery(PageQuery):
    """`GET /venues`."""

    q: Annotated[str | None, field.Default(None), "Any part of name or city, whatever the case."]


class OrderQuery(PageQuery):
    """`GET /orders`."""

    eventId: Annotated[str | None, field.Default(None), "Id or slug of an event."]
    status: Annotated[str | None, field.Default(None), field.OneOf(ORDER_STATUSES), field.Filter()]


class DeliveryQuery(PageQuery):
    """`GET /webhooks/{id}/deliveries`."""

    status: Annotated[str | None, field.Default(None), field.OneOf(DELIVERY_STATUSES)]


WebhookChange = TypedDict(
    "WebhookChange", {"url": Annotated[Target, EMPTY], "events": Subscriptions, "isActive": bool}, total=False
)
"""`PATCH /webhooks/{id}`: omitted members stay; `isActive` true enables the webhook and clears its failures."""
NewWebhook = TypedDict("NewWebhook", {"url": Annotated[Target, EMPTY], "events": NotRequired[Subscriptions]})
"""`POST /webhooks`: without `events` it subscribes to all four."""
Wanted = TypedDict("Wanted", {"ticketId": Id, "quantity": Annotated[int, field.Range(1, MOST_A_PURCHASE)]})
"""A quantity of one ticket type, by its id or, within the event, its name."""
OrderId = TypedDict("OrderId", {"orderId": Id})  # by its id or its number


@field.check(field.exactly_one("items", "ticketId", words="Send ticketId and quantity, or items.", at="ticketId"))
class Purchase(TypedDict):
    """Action `buy`: of one event (id, slug or name) either `ticketId` and `quantity`, or several `items`."""

    eventId: Id
    ticketId: NotRequired[Id]
    quantity: NotRequired[Annotated[int, field.Range(1, MOST_A_PURCHASE)]]
    items: NotRequired[Annotated[list[Wanted], field.Length(1, 20)]]
    buyerName: Annotated[Name, field.Default("Alex Buyer")]
    buyerEmail: Annotated[str, field.Email(), field.Length(most=254), field.Default("buyer@example.com")]


class Answer(TypedDict, Generic[T]):
    """One record in its envelope (public)."""

    data: T


Meta = TypedDict("Meta", {"page": int, "take": int, "total": int, "totalPages": int})
Detail = TypedDict("Detail", {"field": str, "message": str})


class Page(TypedDict, Generic[T]):
    """A page of records."""

    data: list[T]
    meta: Meta


ErrorBody = TypedDict(
    "ErrorBody", {"code": ErrorCode, "message": str, "hint": NotRequired[str], "details": NotRequired[list[Detail]]}
)
Error = TypedDict("Error", {"error": ErrorBody, "requestId": Annotated[str, field.Pattern(r"req_[A-Za-z0-9]{6,12}\Z")]})
