"""Accounts: buyers and attendees, and the fields of their actions; the organization's API keys, webhooks and types of notice."""

from typing import Annotated, TypedDict

from mockmarket import clock, vendor
from mockmarket.frozen import dataclass
from mockmarket.records import Alias, Body, Column, Default, Length, OneOf, Pattern, Range, views
from mockmarket.vendors.zatabox.records import common as types, orders


@dataclass(frozen=True, slots=True)
class Type(vendor.NoticeType):
    """One type of notice; `keys` are those of its `data`, its record's first."""

    keys: tuple[str, ...] = ()


CATALOG = (
    Type("event.created", "an event has been created, as a draft", True, ("event",)),
    Type("event.updated", "a field of an event has changed, or it was unpublished", True, ("event",)),
    Type("event.published", "an event has been published and is on sale", True, ("event",)),
    Type("event.cancelled", "an event is cancelled, here or at another vendor", True, ("event",)),
    Type("event.completed", "the world's clock passes an event's endDate", True, ("event",)),
    Type("ticket_type.created", "a ticket type has been added to an event", True, ("ticketType", "event")),
    Type("ticket_type.sold_out", "the last ticket of a ticket type was sold, at any vendor", True, ("ticketType", "event")),
    Type("order.created", "an order was created, and its seats are held until payment", True, ("order",)),
    Type("order.completed", "an order was paid and its tickets issued", True, ("order", "tickets")),
    Type("order.failed", "a payment failed, and with it the order", True, ("order",)),
    Type("order.cancelled", "an unpaid order was cancelled or has expired", True, ("order",)),
    Type("ticket.created", "a ticket was issued, sold or complimentary", True, ("ticket",)),
    Type("ticket.transferred", "a ticket was transferred (action transfer_ticket)", True, ("ticket", "from", "to")),
    Type("ticket.checked_in", "a ticket is admitted", True, ("ticket",)),
    Type("ticket.checkin_denied", "a ticket was denied: duplicate, wrong_event, cancelled or expired", True, ("ticket", "reason")),
    Type("refund.requested", "a ticket's holder requests a refund", True, ("refund", "order")),
    Type("refund.approved", "the refund is granted (action approve_refund)", True, ("refund", "order")),
    Type("refund.processed", "the refund is paid out (action process_refund)", True, ("refund", "order")),
    Type("refund.denied", "the refund is denied (action deny_refund)", True, ("refund", "order")),
    Type("report.submitted", "a report about an event or the organizer was filed", True, ("report",)),
    Type("report.resolved", "a report is settled (action resolve_report)", True, ("report",)),
    Type("message.received", "a ticket's holder wrote to the organizer", True, ("message",)),
    Type("payout.scheduled", "never: there are no payouts yet", False, ("payout",)),
    Type("payout.paid", "never: there are no payouts yet", False, ("payout",)),
    Type("payout.failed", "never: there are no payouts yet", False, ("payout",)),
    Type("attendee.tagged", "an attendee has one tag more", True, ("attendee", "tag")),
    Type("agent.action", "an agent's tool wrote something (action agent_write)", True, ("tool", "actor", "target")),
)  # fmt: skip
"""Document, "Event catalog": names, their order, and when they fire. The keys are convention: the document's column of them is lost."""

TYPES = {type.name: type for type in CATALOG}
NoticeName = Annotated[str, OneOf(tuple(TYPES), "{input} is no event type; GET /webhooks/catalog lists them.")]
NoticeNames = Annotated[list[NoticeName], Length(1, 100)]
TestRequest = TypedDict("TestRequest", {"type": Annotated[NoticeName | None, Default(None)]})
EventTypes = Annotated[list[str], Body(required=True, type=NoticeNames)]
Emails = Annotated[list[types.EmailAddress], Length(1, 500)]
Tag = Annotated[str, Length(1, 60)]
ScopeNames = Annotated[list[Annotated[str, OneOf(tuple(scope.name for scope in types.SCOPES))]], Length(1, 50)]


class Me(TypedDict):
    """The key's subject: a buyer, or the organization."""

    id: str
    email: str | None
    name: str
    role: Annotated[str, OneOf(("buyer", "organizer"))]
    organizationId: str | None
    createdAt: types.Date


class Refund(TypedDict):
    """One refund of one ticket (public: the fields that a call sets)."""

    id: str
    ticketId: Annotated[types.Id, Body(required=True), Column("ticket")]
    orderId: str
    status: Annotated[str, OneOf(("requested", "approved", "processed", "denied")), Column()]
    amount: types.Money
    currency: str
    reason: Annotated[types.LongText, Body(default="")]
    denialReason: str | None
    createdAt: types.Date
    updatedAt: types.Date


class Report(TypedDict):
    """One report, against an event or the organizer."""

    id: str
    status: Annotated[str, OneOf(("submitted", "resolved")), Column()]
    eventId: Annotated[types.Id | None, Body(default=None)]
    organizationId: str
    reason: Annotated[types.Text, Body(required=True)]
    description: Annotated[types.LongText, Body(default="")]
    reporter: types.Writer
    resolution: str | None
    createdAt: types.Date
    updatedAt: types.Date


class Message(TypedDict):
    """One message to the organizer, about a ticket."""

    id: str
    threadId: Annotated[str, Column("thread")]
    ticketId: str
    eventId: str
    from_: Annotated[types.Person, Alias("from")]
    message: Annotated[str, Length(1, 5000), Body(required=True)]
    createdAt: types.Date


class Export(TypedDict):
    """Everything on a buyer's account (public: one document)."""

    user: Me
    orders: list[orders.Order]
    tickets: list[orders.Ticket]
    reports: list[Report]
    messages: list[Message]
    refunds: list[Refund]


Thread = TypedDict(
    "Thread", {"id": str, "ticketId": str, "eventId": str, "lastMessageAt": types.Date, "messages": list[Message]}
)
Attendee = TypedDict(
    "Attendee", {"id": str, "email": Annotated[str, Column()], "name": str, "tags": list[str], "createdAt": types.Date}
)
Recipient = TypedDict("Recipient", {"name": types.Text, "email": types.EmailAddress})
Recipients = Annotated[list[Recipient], Length(1, 100)]
Gift = TypedDict("Gift", {"ticketTypeId": types.Id, "recipients": Recipients, "quantity": types.OneOrMore})
GivenTickets = TypedDict("GivenTickets", {"tickets": list[orders.Ticket]})
TagsRequest = TypedDict("TagsRequest", {"emails": Emails, "tags": Annotated[list[Tag], Length(most=types.MOST_SEATS)]})
TagRequest = TypedDict("TagRequest", {"emails": Emails, "tag": Tag})
Tagged = TypedDict("Tagged", {"attendees": list[Attendee], "unknownEmails": list[str]})
Untagged = TypedDict("Untagged", {"attendees": list[Attendee]})


class ApiKey(TypedDict):
    """One API key, never its text (public: prefixes; rename, pause, re-scope)."""

    id: str
    name: Annotated[str, Body(required=True, type=Annotated[str, Length(1, 100)])]
    prefix: Annotated[str, views.From("hint")]
    scopes: Annotated[list[str], Body(required=True, type=ScopeNames), views.From(write=list)]
    active: Annotated[bool, Body(default=True), views.From("owner", lambda owner: owner.get("active", True))]
    expiresAt: str | None
    lastUsedAt: str | None
    createdAt: Annotated[types.Date, views.From("created_at", clock.iso_s)]


class ApiKeyWithSecret(ApiKey):
    """One API key with its text, shown once (public)."""

    secret: Annotated[str | None, Pattern(r"vt_(live|test)_.+")]  # null in a repeated answer


RefundId = TypedDict("RefundId", {"refundId": types.Id})
Denial = TypedDict("Denial", {"refundId": types.Id, "reason": Annotated[types.LongText | None, Default(None)]})
Resolution = TypedDict("Resolution", {"reportId": types.Id, "resolution": Annotated[types.LongText, Default("")]})
AgentWrite = TypedDict(
    "AgentWrite", {"tool": types.Text, "actor": Annotated[types.Text, Default("An agent")], "target": types.Id}
)


class FixtureOrder(TypedDict):
    """The `data` of an order of the fixture."""

    promo_code: Annotated[types.Id | None, Default(None)]
    minutes: Annotated[int | None, Range(0, 10_000_000), Default(None)]
    message: Annotated[types.LongText | None, Default(None)]
    report: Annotated[types.Text | None, Default(None)]
    resolution: Annotated[types.LongText | None, Default(None)]
    tags: Annotated[list[Tag], Default(list)]


class Webhook(TypedDict):
    """One endpoint (document: url and events)."""

    id: str
    url: Annotated[str, Body(required=True, type=Annotated[str, Length(1, 2048)])]
    events: Annotated[EventTypes, views.From("types", lambda types: list(TYPES if types is None else types))]
    description: Annotated[
        types.LongText, Body(default=""), views.From("data", lambda data: str(data.get("description", "")))
    ]
    active: Annotated[bool, Body(default=True)]
    createdAt: Annotated[types.Date, views.From("created_at", clock.iso_s)]
    updatedAt: Annotated[types.Date, views.From("updated_at", clock.iso_s)]


class WebhookWithSecret(Webhook):
    """One endpoint with its secret, shown once (document)."""

    secret: Annotated[str, Pattern(r"whsec_[0-9a-f]{48}\Z")]


class RotatedWebhook(WebhookWithSecret):
    """One endpoint with its new secret, and until when the previous one signs too (null: not at all)."""

    previousSecretExpiresAt: types.Date | None


class Attempt(TypedDict):
    """One attempt of a delivery."""

    number: int
    at: Annotated[types.Date, views.From(write=clock.iso_s)]
    replay: Annotated[bool, views.From("why", "resend".__eq__)]
    responseStatus: Annotated[int | None, views.From("status")]
    error: str | None
    durationMs: Annotated[int, views.From("elapsed_ms", round)]


class Delivery(TypedDict):
    """One delivery (document: exhausted; convention: the rest)."""

    id: Annotated[str, Pattern(r"whd_.+"), views.From("uid")]
    eventId: Annotated[str, views.From("event_id")]
    type: str
    endpointId: Annotated[str, views.From("endpoint")]
    status: Annotated[str, OneOf(("pending", "succeeded", "failed", "exhausted"))]
    test: Annotated[bool, views.From("why", "test".__eq__)]
    responseStatus: Annotated[int | None, views.From("last_status")]
    attempts: Annotated[list[Attempt], views.From("attempts_made")]
    nextAttemptAt: str | None
    createdAt: Annotated[types.Date, views.From("at", clock.iso_s)]
    settledAt: str | None


class CatalogEntry(TypedDict):
    """One type: its name, when it fires, the top-level keys of its data, whether the vendor ever sends it."""

    type: Annotated[str, views.From("name")]
    description: Annotated[str, views.From("when")]
    dataKeys: Annotated[list[str], views.From("keys", list)]
    fires: bool
