"""The envelopes of Tixstock's answers; an object without members is an empty list, as PHP writes it."""

from __future__ import annotations

import re
from typing import Annotated, Generic, NotRequired, TypedDict, TypeVar

from mockmarket.records import Alias, Check, Description, Length, OneOf, Pattern, Reads
from mockmarket.vendors.tixstock.records.listings import PartnerListing
from mockmarket.vendors.tixstock.records.values import MODES, Count, unread

T = TypeVar("T")

RequestId = Annotated[str, Pattern(r"[0-9a-z]{26}\Z")]
Mode = Annotated[str, OneOf(MODES)]


class MetaHead(TypedDict):
    """What every meta begins with."""

    mode: Mode
    type: str


class Meta(MetaHead):
    """What goes with every answer."""

    external_id: NotRequired[str]
    hold_id: NotRequired[str]
    quantity: NotRequired[int]
    mapped: NotRequired[bool]
    request_id: RequestId


class PageMeta(MetaHead):
    """What goes with a page of a list; from and to are null on one without rows."""

    current_page: Count
    first: Annotated[int | None, Alias("from")]
    to: int | None
    last_page: Count
    path: str
    per_page: Count
    total: Count
    request_id: RequestId


class FeedMeta(MetaHead):
    """What goes with the ticket feed; the members of a page only when one was asked for."""

    current_page: NotRequired[int]
    first: Annotated[NotRequired[int | None], Alias("from")]
    to: NotRequired[int | None]
    last_page: NotRequired[int]
    path: NotRequired[str]
    per_page: NotRequired[int]
    total: NotRequired[int]
    min_price: NotRequired[str | None]
    max_price: NotRequired[str | None]
    total_tickets: NotRequired[int]
    events_meta: NotRequired[Annotated[object, Description("By event id, when ids were given as a list.")]]
    request_id: RequestId


class Links(TypedDict):
    """Where the neighbours of a page are."""

    self: str
    first: str
    last: str
    prev: str | None
    next: str | None


class Result(TypedDict, Generic[T]):
    """What was asked for."""

    data: T
    meta: Meta


class Answer(TypedDict, Generic[T]):
    """What was done."""

    data: T
    meta: Meta
    message: str


class Page(TypedDict, Generic[T]):
    """A page of a list."""

    data: list[T]
    meta: PageMeta
    links: Links


class ListingFeed(TypedDict):
    """The ticket feed."""

    data: list[PartnerListing]
    meta: FeedMeta
    links: NotRequired[Links]


class Available(TypedDict):
    """How many tickets can be held now."""

    quantity_available: Count


class DeletedListing(TypedDict):
    """Which listing was deleted."""

    listing_id: str


class DisconnectedBroker(TypedDict):
    """Which broker was disconnected."""

    broker_id: str


class Disconnected(TypedDict):
    """The answer of `POST /broker/close/{broker_id}`; success is text (public)."""

    data: DisconnectedBroker
    success: str
    message: str
    meta: Meta


def check_errors(value: object) -> None:
    """Raise ValueError for what is neither an error with a code nor a list of sentences."""
    if isinstance(value, list) and value and all(isinstance(sentence, str) for sentence in value):
        return
    if not isinstance(value, dict) or list(value) != ["title", "code"] or not isinstance(value["title"], str):
        raise ValueError("Must be an object with title and code, or a list of sentences.")
    if not re.fullmatch(r"[0-9]{3}", value["code"]):
        raise ValueError("Must have a code of three digits, as text.")


ERRORS = {"oneOf": [
    {"type": "object", "required": ["title", "code"], "properties": {"title": {"type": "string"}, "code": {"type": "string"}}},
    {"type": "array", "items": {"type": "string"}, "minItems": 1},
]}  # fmt: skip
Errors = dict[str, str] | list[str]
"""An error with a code, the vendor's own or the status; or sentences on what is wrong with fields."""


class Error(TypedDict):
    """Every error answer."""

    data: Annotated[list[object], Length(0, 0)]
    meta: dict[str, object]
    errors: Annotated[Errors, Reads(unread, ERRORS), Check(check_errors)]
