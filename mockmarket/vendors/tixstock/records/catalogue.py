"""Events with their venues, performers and categories: as they are kept, sent by resellers, and shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from mockmarket.records import (
    Alias,
    Body,
    Check,
    Create,
    Default,
    FieldError,
    Filter,
    Length,
    Reads,
    Shaped,
    check,
)
from mockmarket.vendors.tixstock.records.values import (
    Ascending,
    Count,
    CountryCode,
    Currency,
    Descending,
    Flag,
    Id,
    Instant,
    Moment,
    Name,
    Named,
    Paged,
    Since,
    Text,
    Truth,
    Word,
    Words,
    YesNo,
    unread,
)


class Venue(TypedDict):
    """Where an event is; what is not known is empty."""

    id: Annotated[str, Body(required=True, type=Id)]
    name: Annotated[str, Body(required=True, type=Name)]
    address_line_1: Annotated[str, Body(required=True, type=Text)]
    address_line_2: Annotated[str, Body(default="", type=Text)]
    city: Annotated[str, Body(default="", type=Text)]
    state: Annotated[str, Body(default="", type=Text)]
    postcode: Annotated[str, Body(required=True, type=Text)]
    country_code: Annotated[str, Body(required=True, type=CountryCode)]


class Performer(TypedDict):
    """Who plays, under the vendor's own id."""

    id: Annotated[str, Body(required=True, type=Id)]
    name: Annotated[str, Body(required=True, type=Name)]


class House(Named):
    """A category of a house, with its sections."""

    sections: list[Named]


class KnownPerformer(Performer):
    """A performer as it is kept."""

    variations: list[str]


Parent = dict[str, Any] | list[Any]


def parent_of(members: Mapping[str, object]) -> tuple[Check, Reads]:
    """Return the markers of a parent with these members, or of the empty list that PHP makes of an object without members."""
    shape = {"type": "object", "required": list(members), "properties": members}
    schema = {"oneOf": [shape, {"type": "array", "items": {}, "maxItems": 0}]}

    def checked(value: object) -> None:
        if value != [] and (not isinstance(value, dict) or list(value) != list(members)):
            raise ValueError(f"Must have the members {', '.join(members)}, or be an empty list.")

    return Check(checked), Reads(unread, schema)


STRING = {"type": "string"}
NAMED_PARENT = parent_of({"id": STRING, "name": STRING})
COUNTED_PARENT = parent_of({
    "id": STRING, "name": STRING, "upcoming_events": {"type": "integer", "minimum": 0},
    "parent": {"oneOf": [{"type": "object"}, {"type": "array"}]},
})  # fmt: skip


class Category(Named):
    """The category of an event, with its parent."""

    upcoming_events: Count
    parent: Annotated[Parent, COUNTED_PARENT[0], COUNTED_PARENT[1]]


class CategoryNode(Named):
    """A category with what is under it."""

    upcoming_events: Count
    parent: Annotated[Parent, NAMED_PARENT[0], NAMED_PARENT[1]]
    children: list[CategoryNode]


class Head(Named):
    """What every view of an event begins with."""

    currency: str


class PricedHead(Head):
    """The same, with the vendor's commission."""

    commission_percentage_fee: str


class Described(TypedDict):
    """What an event is."""

    description: str


class Happening(TypedDict):
    """When an event is."""

    datetime: Instant
    status: Literal["Active", "Cancelled"]


class Show(Happening):
    """Where an event is, what seats it has, who plays."""

    venue: Venue
    use_tixstock_venue_details: YesNo
    venue_details: list[House]
    performers: list[Performer]


class ListedEvent(PricedHead, Described, Show):
    """The event within a listing (public, add ticket webhook)."""


class Event(ListedEvent):
    """One event as it is kept; answers and notices take from it what each shows."""

    category: str


class ToldEvent(Head, Described, Show):
    """The event resource (public, update event webhook). Its venue has no id there."""


class GotEvent(PricedHead, Show):
    """One event of `GET /events/get` (public)."""

    category: Category
    mapped_status: YesNo


class PlayedEvent(PricedHead, Happening):
    """An event of a performer (public, get performers)."""

    use_tixstock_venue_details: YesNo
    map_url: str
    venue_details: list[House]


class MappedPerformer(KnownPerformer):
    """One performer of `GET /performers/get`."""

    events: list[PlayedEvent]
    mapped_status: YesNo


class MappedVenue(Venue):
    """One venue of `GET /venues/get`."""

    mapped_status: YesNo


def check_details(body: Mapping[str, object]) -> None:
    """Refuse venue details beside the wish for the vendor's own (public: add event)."""
    if body["use_tixstock_venue_details"] and body.get("venue_details"):
        raise FieldError("Must be empty when Tixstock's venue details are used.", "venue_details")


@check(check_details)
class NewEvent(TypedDict):
    """`POST /events/add/{event_id}`: public."""

    name: Annotated[str, Length(1, 300)]
    currency: Currency
    datetime: Moment
    venue: Annotated[Venue, Shaped(Create(Venue))]
    use_tixstock_venue_details: Truth
    venue_details: NotRequired[list[dict[str, Any]]]
    performers: Annotated[list[Performer], Shaped(Create(Performer)), Length(1, 50)]
    category: NotRequired[Annotated[str, Length(most=200)]]


class EventQuery(Descending, Paged):
    """`GET /events/get`: public."""

    event_id: Word
    event_name: Word
    venue_name: Word
    performer_name: Word
    category_name: Word
    tag: Annotated[Word, Alias("tags")]
    tags: Annotated[Words, Alias("tags[]")]
    mapped_status: Flag
    start_date: Since
    end_date: Annotated[Since, Filter(operator="<=", column="starts_at")]
    order_by: Annotated[Literal["event_date", "event_id", "venue_name", "performer_name"], Default("event_date")]


class PerformerQuery(Descending, Paged):
    """`GET /performers/get`: public; venues take the same (convention)."""

    id: Annotated[Word, Filter()]
    name: Word
    mapped_status: Flag
    order_by: Annotated[Literal["name", "id"], Default("name")]


class CategoryQuery(Ascending, Paged):
    """`GET /categories/feed`: public."""

    name: Word
    parent: Word
    has_listing: Annotated[Truth, Default(False)]
    order_by: Annotated[Literal["name"], Default("name")]
