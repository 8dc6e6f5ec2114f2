"""What every chapter's records are made of: ids, money, texts, moments, pages, error answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Generic, TypedDict, TypeVar

from mockmarket.records import (
    AnyNumberForm,
    Body,
    Column,
    Default,
    Filter,
    Length,
    OneOf,
    Range,
    Reads,
    Sort,
    SortKey,
    formats,
)
from mockmarket.vendors.skybox.records.enumerations import DELIVERY_METHODS, PAYMENT_METHODS

T = TypeVar("T")

Payload = Mapping[str, Any]
"""A body or a query as its shape has read it."""

NAME = "skybox"
MOST_NUMBER = 2**53
"""Every reader of JSON has whole numbers up to this one exactly."""
MOST_MONEY = 1_000_000_000
MOST_PRICE = 1_000_000
"""Of one ticket, as in fixtures and at every other window (convention)."""
DATE_TIME = {"type": "string", "format": "date-time"}
NOT_A_MOMENT = "must be an ISO 8601 date-time such as 2026-03-01T12:00:00Z"


def initial(value: Any) -> Body:
    """Return the marker of a field that no call sets, with the value that a new record has in it."""
    return Body(create=False, update=False, default=value)


def read_money(value: object) -> float:
    """Return an amount, sent as a number or as text, to the cent."""
    amount = formats.number(value)
    # What is out of every range is refused as it was sent: to count its cents may be too much for a double.
    return amount if abs(amount) > MOST_MONEY else round(amount * 100) / 100


def read_moment(value: object) -> int:
    """Return a date or a date-time as epoch ms, in UTC without a zone."""
    return formats.moment(value, NOT_A_MOMENT)


def read_span_end(value: object) -> int | None:
    """Return an end of a span as epoch ms; an empty one is none."""
    return read_moment(value) if value != "" else None


def read_moment_text(value: object) -> str:
    """Return a date or a date-time as it was sent."""
    read_moment(value)
    return str(value)


def read_day(value: object) -> str:
    """Return a date as it was sent."""
    sentence = "must be a date such as 2026-03-01"
    formats.moment(value, sentence)
    if len(str(value)) != len("2026-03-01"):
        raise ValueError(sentence)
    return str(value)


def read_folded(value: object) -> str:
    """Return a text that is compared whatever the case."""
    return formats.text(value).casefold()


Id = Annotated[int, AnyNumberForm(), Range(-MOST_NUMBER, MOST_NUMBER)]
Ids = Annotated[list[Id], Length(most=1000)]
Text = Annotated[str, Length(most=255)]
LongText = Annotated[str, Length(most=10_000)]
RequiredText = Annotated[str, Length(1, 255)]
"""A text that a write needs."""
Folded = Annotated[str, Reads(read_folded)]
"""A part of a text, whatever the case."""
MONEY = Reads(read_money, {"type": "number"})
Amount = Annotated[float, MONEY, Range(0, MOST_MONEY)]
Signed = Annotated[float, MONEY, Range(-MOST_MONEY, MOST_MONEY)]
Price = Annotated[float, MONEY, Range(0, MOST_PRICE)]
"""What one ticket costs."""
Day = Annotated[str, Reads(read_day, {"type": "string", "format": "date"})]
Moment = Annotated[int, Reads(read_moment, DATE_TIME)]
MomentText = Annotated[str, Reads(read_moment_text, DATE_TIME)]
SpanEnd = Annotated[int | None, Reads(read_span_end, DATE_TIME)]
"""An end of a span in a query."""
Count = Annotated[int, AnyNumberForm(), Range(0, MOST_NUMBER)]
Quantity = Annotated[int, AnyNumberForm(), Range(1, 1000)]
PaymentMethod = Annotated[str, OneOf(PAYMENT_METHODS)]
DeliveryMethod = Annotated[str, OneOf(DELIVERY_METHODS)]
Direction = Annotated[str, Default("ASC"), OneOf(("ASC", "DESC", "asc", "desc"))]

Number = Annotated[Id, Column("number", "INTEGER"), Filter(operator="in"), Sort()]
"""The id of a record by which lists of its kind are searched."""
AccountId = Annotated[int, Column("account", "INTEGER")]
Tags = Annotated[LongText, Column(index=False), Filter("tag", "contains", type=str)]
CreatedAt = Annotated[
    str,
    Sort(column="created_at"),
    Filter("createdDateFrom", ">=", "created_at", SpanEnd),
    Filter("createdDateTo", "<=", "created_at", SpanEnd),
]
UpdatedAt = Annotated[
    str,
    Sort(column="updated_at"),
    Filter("lastUpdateFrom", ">=", "updated_at", SpanEnd),
    Filter("lastUpdateTo", "<=", "updated_at", SpanEnd),
]


class Paging(TypedDict):
    """How much of a list, from where, in which order. Pages count from 1; 0 is the first too (convention)."""

    limit: Annotated[int, Default(50), Range(1, 1000)]
    pageNumber: Annotated[int, Default(1), Range(0, 1_000_000)]
    sortDir: Direction
    sortedBy: Annotated[str | None, Default(None), SortKey()]
    sortDirB: Direction
    sortedByB: Annotated[str | None, Default(None), SortKey()]


class Page(TypedDict, Generic[T]):
    """A page of a list (public: real clients' code)."""

    rows: list[T]
    rowCount: int


class Error(TypedDict):
    """Every error answer but a 400 about fields (convention)."""

    message: str


class Violation(TypedDict):
    """What is wrong with one field (public: javax.validation's format)."""

    message: str
    messageTemplate: str
    path: str
    invalidValue: Any | None
