"""The types of Tixstock's fields, the formats of money, times and booleans, and the envelopes of answers."""

import re
from contextlib import suppress
from typing import Annotated, Generic, Literal, NotRequired, TypedDict, TypeVar

from mockmarket.clock import LATEST
from mockmarket.records import Alias, Check, Default, Length, OneOf, Pattern, Range, Reads, formats

T = TypeVar("T")

DEFAULT_TYPE = "eTicket"
SPLIT_TYPES = ("No Preferences", "All Together", "Avoid Leaving One Ticket", "Sell In Multiples")
"""Public, add and update ticket."""
MULTIPLES = SPLIT_TYPES[3]
STATUSES = ("Approved", "Commissionable", "Rejected", "Refunded", "Cancelled", "Pending Review", "Sale on Hold")
"""Public, partner's add order."""
TRUTHS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
EVENT_STATUSES = ("Active", "Postponed", "Rescheduled", "Cancelled")
"""Public: the first and the last; the others are convention."""
STRING = {"type": "string"}
MOST_SEATS = 10_000
MOST_PAGES = 100_000
MOST_MONEY = 1_000_000
MOST_A_PAGE = 50
MOST_OF_FEED = 500  # of the ticket feed, which clients ask for so many; more is cut (convention)


def _read_truth(value: object) -> bool:
    truth = TRUTHS.get(str(value).lower()) if isinstance(value, (str, int)) else None
    if truth is None:
        raise ValueError("Must be true or false.")
    return truth


def _read_moment(value: object) -> int:
    at = formats.moment(value, "Must be an ISO 8601 date-time such as 2020-03-10T17:30:00-0400.")
    if not 0 <= at <= LATEST:
        raise ValueError("Must be in the years 1970 to 9999.")
    return at


def _read_amount(value: object) -> int:
    with suppress(ValueError):
        amount = formats.number(value)
        if 0 <= amount <= MOST_MONEY:
            return round(amount * 100)
    raise ValueError("Must be an amount such as 150.00.")


def unread(value: object) -> object:
    """Return the sent value unchanged: the rules read it, and refuse it with their own code."""
    return value


Id = Annotated[str, Length(1, 200)]
Name = Annotated[str, Length(1, 200)]
Text = Annotated[str, Length(most=500)]
Plain = Annotated[str, Pattern(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z", "Must be letters, digits, dot, dash, underscore.")]
Currency = Annotated[str, Pattern(r"[A-Z]{3}\Z", "Must be like GBP.")]
CountryCode = Annotated[str, Length(2, 2)]
TicketType = Annotated[str, OneOf(("Paper", "eTicket", "Mobile", "Members / Season Card"))]
"""Public, add and update ticket."""
SplitType = Annotated[str, OneOf(SPLIT_TYPES)]
Status = Annotated[str, OneOf(STATUSES)]
Count = Annotated[int, Range(0)]
Seats = Annotated[int, Range(1, MOST_SEATS)]
MaybeSeats = Annotated[Seats | None, Default(None)]
Split = Annotated[int, Default(0), Range(0, MOST_SEATS)]
Price = Annotated[float, Range(0, MOST_MONEY)]
Truth = Annotated[bool, Reads(_read_truth, {"type": "boolean"})]
Moment = Annotated[int, Reads(_read_moment, {"type": "string", "format": "date-time"})]
Cents = Annotated[int, Reads(_read_amount, {"oneOf": [STRING, {"type": "number"}]})]
Quantity = Annotated[object, Reads(unread, {"type": "integer", "minimum": 1})]
"""A number of tickets; a value other than an integer from 1 has its own error code."""
YesNo = Annotated[str, OneOf(("true", "false"))]  # a boolean written as text (public: most samples)
Amount = Annotated[str, Pattern(r"\d+\.\d\d\Z")]  # money written as text with two places
Instant = Annotated[str, Pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000\Z")]

Word = Annotated[str | None, Default(None)]
Words = Annotated[list[str] | None, Default(None)]
Since = Annotated[Moment | None, Default(None)]
Pounds = Annotated[float | None, Default(None), Range(0, MOST_MONEY)]
PageSize = Annotated[int, Default(10), Range(1, MOST_A_PAGE)]
PageNumber = Annotated[int, Default(1), Range(1, MOST_PAGES)]
Direction = Literal["asc", "desc"]
RequestId = Annotated[str, Pattern(r"[0-9a-z]{26}\Z")]

FirstFirst = Annotated[Direction, Default("asc")]
LastFirst = Annotated[Direction, Default("desc")]
Ascending = TypedDict("Ascending", {"sort_order": FirstFirst, "per_page": PageSize, "page": PageNumber})
Descending = TypedDict("Descending", {"sort_order": LastFirst, "per_page": PageSize, "page": PageNumber})
"""Pages of lists that begin with the first, or the last (public: 10 rows by default, at most 50)."""
Named = TypedDict("Named", {"id": str, "name": str})
Money = TypedDict("Money", {"currency": str, "amount": Amount})
Links = TypedDict("Links", {"self": str, "first": str, "last": str, "prev": str | None, "next": str | None})
Available = TypedDict("Available", {"quantity_available": Count})
DeletedListing = TypedDict("DeletedListing", {"listing_id": str})
MetaHead = TypedDict("MetaHead", {"mode": Annotated[str, OneOf(("Sandbox", "Production"))], "type": str})


class Meta(MetaHead):
    """The `meta` of every answer."""

    external_id: NotRequired[str]
    hold_id: NotRequired[str]
    quantity: NotRequired[int]
    mapped: NotRequired[bool]
    request_id: RequestId


class PageMeta(MetaHead):
    """The `meta` of a page; from and to are null without rows."""

    current_page: Count
    first: Annotated[int | None, Alias("from")]
    to: int | None
    last_page: Count
    path: str
    per_page: Count
    total: Count
    request_id: RequestId


class Result(TypedDict, Generic[T]):
    """The answer of a query."""

    data: T
    meta: Meta


class Answer(Result[T], Generic[T]):
    """The answer of a write."""

    message: str


class Page(TypedDict, Generic[T]):
    """A page of a list."""

    data: list[T]
    meta: PageMeta
    links: Links


DisconnectedBroker = TypedDict("DisconnectedBroker", {"broker_id": str})
Disconnected = TypedDict("Disconnected", {"data": DisconnectedBroker, "success": str, "message": str, "meta": Meta})
"""The answer of `POST /broker/close/{broker_id}`; success is text (public)."""


def _check_errors(value: object) -> None:
    if isinstance(value, list) and value and all(isinstance(sentence, str) for sentence in value):
        return
    if not isinstance(value, dict) or list(value) != ["title", "code"] or not isinstance(value["title"], str):
        raise ValueError("Must be an object with title and code, or a list of sentences.")
    if not re.fullmatch(r"[0-9]{3}", value["code"]):
        raise ValueError("Must have a code of three digits, as text.")


ERROR = {"type": "object", "required": ["title", "code"], "properties": {"title": STRING, "code": STRING}}
ERRORS = {"oneOf": [ERROR, {"type": "array", "items": STRING, "minItems": 1}]}


class Error(TypedDict):
    """Every error answer: an error with a code, the vendor's own or the status; or sentences about fields."""

    data: Annotated[list[object], Length(0, 0)]
    meta: dict[str, object]
    errors: Annotated[dict[str, str] | list[str], Reads(unread, ERRORS), Check(_check_errors)]
