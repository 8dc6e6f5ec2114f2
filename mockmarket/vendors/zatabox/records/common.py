"""What every chapter's records are made of: bounds, dates, money, envelopes, pages, the error answer."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, NotRequired, TypedDict, TypeVar

from mockmarket.clock import LATEST
from mockmarket.records import Default, Email, Length, Pattern, Range, Reads, formats
from mockmarket.vendor import Scope

T = TypeVar("T")

NAME = "zatabox"
BASE = "/zatabox/api/v1"
ORG = "org_main"
"""The one organization of a world, to which every key and every event belongs (convention)."""
MOST_SEATS = 20
MOST_SCANS = 500
UNLIMITED = 1_000_000
"""How many seats stand behind a ticket type of unlimited quantity, -1 (public: the -1; convention: the number)."""
DATE_TIME = {"type": "string", "format": "date-time"}
MOMENT_EXPECTED = "Must be an ISO 8601 date-time such as 2026-08-22T20:00:00Z."

SCOPES = (
    Scope("events:read", "Read events, ticket types and search."),
    Scope("events:write", "Create, change, publish and cancel events and promo codes."),
    Scope("tickets:read", "Read tickets."),
    Scope("tickets:write", "Add ticket types and give complimentary tickets."),
    Scope("orders:read", "Read orders and payments."),
    Scope("orders:write", "Create, pay, verify and cancel orders; ask for refunds."),
    Scope("attendees:read", "Read messages."),
    Scope("attendees:write", "Tag attendees; file reports and send messages."),
    Scope("checkin:write", "Scan tickets, and read manifests."),
    Scope("payouts:read", "Nothing yet: payouts have not launched."),
    Scope("payouts:write", "Nothing yet: payouts have not launched."),
    Scope("webhooks:manage", "Manage webhook endpoints, deliveries and replays."),
    Scope("analytics:read", "Read check-in statistics and their live stream."),
    Scope("*", "Everything, API keys too."),
)
"""Public, the SDK's list; which call needs which is convention."""


def read_moment(value: object) -> int:
    """Return an ISO 8601 date-time as epoch ms, in UTC where it has no offset."""
    moment = formats.moment(value, MOMENT_EXPECTED)
    if not 0 <= moment <= LATEST:
        raise ValueError(MOMENT_EXPECTED)
    return moment


Id = Annotated[str, Length(1, 200)]
OptionalId = Annotated[Id | None, Default(None)]
Text = Annotated[str, Length(1, 300)]
LongText = Annotated[str, Length(most=5000)]
EmailAddress = Annotated[str, Email(), Length(most=254)]
Quantity = Annotated[int, Range(1, MOST_SEATS)]
SeatIds = Annotated[list[Id], Length(most=MOST_SEATS)]
Moment = Annotated[int, Reads(read_moment, DATE_TIME)]
"""A date-time that a call takes."""
Price = Annotated[float, Range(0, 1_000_000)]
"""An amount that a call takes, in the currency's major unit; it is rounded to the cent."""
Date = Annotated[str, Reads(formats.text, DATE_TIME), Pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")]
"""A date-time in an answer: whole seconds in UTC."""
Money = Annotated[str, Pattern(r"\d+\.\d\d\Z")]
"""Money in an answer: a decimal string with two places."""


class Person(TypedDict):
    """Who bought, holds or wrote."""

    name: str
    email: str


class Writer(TypedDict):
    """Whom a key speaks for; an organization has no address."""

    name: str
    email: str | None


class PageQuery(TypedDict):
    """How much of a list, and from where."""

    limit: Annotated[int, Range(1, 100), Default(20)]
    cursor: Annotated[str | None, Length(1, 500), Default(None)]


class Meta(TypedDict):
    """What goes with every success (public)."""

    request_id: Annotated[str, Pattern(r"req_[0-9A-HJKMNP-TV-Z]{26}\Z")]
    timestamp: Date


class Answer(TypedDict, Generic[T]):
    """Every success, around its data (public)."""

    success: Literal[True]
    data: T
    meta: Meta


class Items(TypedDict, Generic[T]):
    """A list that has no pages."""

    items: list[T]


class Pagination(TypedDict):
    """Where a page stands."""

    cursor: str | None
    has_more: bool


class Page(TypedDict, Generic[T]):
    """A page with `pagination` (public: one of the vendor's two forms)."""

    items: list[T]
    pagination: Pagination


class NextPage(TypedDict, Generic[T]):
    """A page with `nextCursor` (public: the vendor's other form)."""

    items: list[T]
    nextCursor: str | None


class ErrorBody(TypedDict):
    """What went wrong: a stable code, a sentence, and what else there is to know, such as `issues` (public)."""

    code: str
    message: str
    details: NotRequired[dict[str, Any]]


class ErrorMeta(TypedDict):
    """What goes with every error (public)."""

    request_id: str


class Error(TypedDict):
    """Every error answer (public)."""

    success: Literal[False]
    error: ErrorBody
    meta: ErrorMeta
