"""What the values of Tixstock's fields are: its lists of words, and how money, times and truths are sent and shown."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Literal, TypedDict

from mockmarket.clock import LATEST
from mockmarket.records import Default, Length, Link, OneOf, Pattern, Range, Reads, formats

TICKET_TYPES = ("Paper", "eTicket", "Mobile", "Members / Season Card")
"""Public, add and update ticket."""
DEFAULT_TYPE = "eTicket"
SPLIT_TYPES = ("No Preferences", "All Together", "Avoid Leaving One Ticket", "Sell In Multiples")
"""Public, the same pages."""
MULTIPLES = SPLIT_TYPES[3]
STATUSES = (
    "Approved", "Commissionable", "Rejected", "Refunded", "Cancelled", "Pending Review", "Sale on Hold",
)  # fmt: skip
"""Public, partner's add order."""
MODES = ("Sandbox", "Production")
TRUTHS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
MOST_SEATS = 10_000
MOST_PAGES = 100_000
MOST_MONEY = 1_000_000
MOST_A_PAGE = 50


def read_truth(value: object) -> bool:
    """Return a truth as its clients write it: true, 1, "true" or "True"."""
    if isinstance(value, bool):
        return value
    truth = TRUTHS.get(str(value).lower()) if isinstance(value, (str, int)) else None
    if truth is None:
        raise ValueError("Must be true or false.")
    return truth


def read_moment(value: object) -> int:
    """Return an ISO 8601 date-time as epoch ms."""
    at = formats.moment(value, "Must be an ISO 8601 date-time such as 2020-03-10T17:30:00-0400.")
    if not 0 <= at <= LATEST:
        raise ValueError("Must be in the years 1970 to 9999.")
    return at


def read_amount(value: object) -> int:
    """Return an amount of money, text or number, in minor units."""
    with suppress(ValueError):
        amount = formats.number(value)
        if 0 <= amount <= MOST_MONEY:
            return round(amount * 100)
    raise ValueError("Must be an amount such as 150.00.")


def unread(value: object) -> object:
    """Return what was sent: the rules read it, and refuse it with a code of their own."""
    return value


Id = Annotated[str, Length(1, 200)]
Name = Annotated[str, Length(1, 200)]
Text = Annotated[str, Length(most=500)]
Notes = Annotated[str, Length(most=5000)]
Plain = Annotated[str, Pattern(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z", "Must be letters, digits, dot, dash, underscore.")]
Currency = Annotated[str, Pattern(r"[A-Z]{3}\Z", "Must be like GBP.")]
CountryCode = Annotated[str, Length(2, 2)]
TicketType = Annotated[str, OneOf(TICKET_TYPES)]
SplitType = Annotated[str, OneOf(SPLIT_TYPES)]
Status = Annotated[str, OneOf(STATUSES)]
WebAddress = Annotated[str, Link()]
Count = Annotated[int, Range(0)]
Seats = Annotated[int, Range(1, MOST_SEATS)]
Split = Annotated[int, Default(0), Range(0, MOST_SEATS)]
Price = Annotated[float, Range(0, MOST_MONEY)]
Truth = Annotated[bool, Reads(read_truth, {"type": "boolean"})]
Moment = Annotated[int, Reads(read_moment, {"type": "string", "format": "date-time"})]
Cents = Annotated[int, Reads(read_amount, {"oneOf": [{"type": "string"}, {"type": "number"}]})]
Quantity = Annotated[object, Reads(unread, {"type": "integer", "minimum": 1})]
"""How many tickets; what is no whole number from 1 has a code of its own."""
YesNo = Annotated[str, OneOf(("true", "false"))]
"""A truth written as text (public: most samples)."""
Amount = Annotated[str, Pattern(r"\d+\.\d\d\Z")]
"""Money written as text with two places."""
Instant = Annotated[str, Pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000\Z")]

Word = Annotated[str | None, Default(None)]
Words = Annotated[list[str] | None, Default(None)]
Flag = Annotated[Truth | None, Default(None)]
Since = Annotated[Moment | None, Default(None)]
Pounds = Annotated[float | None, Default(None), Range(0, MOST_MONEY)]
Direction = Literal["asc", "desc"]


class Ascending(TypedDict):
    """The direction of a list that begins with the first."""

    sort_order: Annotated[Direction, Default("asc")]


class Descending(TypedDict):
    """The direction of a list that begins with the last."""

    sort_order: Annotated[Direction, Default("desc")]


class Paged(TypedDict):
    """A page of a list (public: 10 a page unless told, 50 at most)."""

    per_page: Annotated[int, Default(10), Range(1, MOST_A_PAGE)]
    page: Annotated[int, Default(1), Range(1, MOST_PAGES)]


class Named(TypedDict):
    """An id and a name."""

    id: str
    name: str


class Money(TypedDict):
    """An amount as text with two places."""

    currency: str
    amount: Amount
