"""Events, venues, performers and categories, and the queries that find them."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import partial
from typing import Annotated, Any, TypedDict

from mockmarket.clock import parse_iso
from mockmarket.records import Column, Default, Description, Filter, OneOf, Query, Reads, Sort, formats
from mockmarket.vendors.skybox.records.enumerations import EVENT_TYPES
from mockmarket.vendors.skybox.records.types import Folded, Id, Page, Paging

NOT_A_DATE = "must be a date such as 2026-03-01, or a date-time such as 2026-03-01T19:30:00"
DATE = {"type": "string", "description": NOT_A_DATE, "example": "2026-03-01"}


def read_event_date(operator: str, value: object) -> tuple[str, str, Any]:
    """Return an end of a range of event dates as a condition on the venue's own time, or with a zone on the moment itself.

    A date is the whole day (public: `yyyy-MM-dd`).
    """
    text = formats.text(value)
    try:
        at = event_time(text, time.max if operator == "<=" else time.min)
        if at.tzinfo is not None:
            return ("starts_at", operator, parse_iso(text))
    except ValueError:
        raise ValueError(NOT_A_DATE) from None
    return ("local", operator, at.isoformat(timespec="seconds"))


def event_time(text: str, of_day: time) -> datetime:
    """Return a date-time, or a date with a time of its day; ValueError for what is neither."""
    try:
        return datetime.combine(date.fromisoformat(text), of_day)
    except ValueError:
        return datetime.fromisoformat(text)


Since = Annotated[tuple[str, str, Any] | None, Reads(partial(read_event_date, ">="), DATE), Default(None)]
Until = Annotated[tuple[str, str, Any] | None, Reads(partial(read_event_date, "<="), DATE), Default(None)]
EventType = Annotated[str, OneOf(EVENT_TYPES)]
Name = Annotated[str, Column(), Sort()]
Numbered = Annotated[Id, Column("number", "INTEGER")]
Part = Annotated[Folded | None, Default(None)]
Words = Annotated[list[str], Default(list)]


class EventSpan(TypedDict):
    """Between which dates an event is."""

    eventDateFrom: Since
    eventDateTo: Until


class Zone(TypedDict):
    """A time zone, by its IANA name."""

    id: str


class Venue(TypedDict):
    """A venue."""

    id: Annotated[Numbered, Filter(), Sort()]
    name: Annotated[Name, Filter(operator="contains", column="name_key", type=Folded)]
    address: str
    city: Annotated[str, Column(index=False), Sort(), Filter(operator="contains", column="city_key", type=Folded)]
    state: Annotated[str, Column(index=False), Sort(), Filter(operator="in")]
    country: str
    postalCode: str
    phone: str
    timeZone: Zone


class Category(TypedDict):
    """A category of events."""

    id: Numbered
    name: Name
    eventType: EventType


class Performer(TypedDict):
    """A performer, or a team."""

    id: Numbered
    name: Name
    eventType: EventType
    category: Category


class Event(TypedDict):
    """An event; `date` is the venue's own time."""

    id: Annotated[Numbered, Filter("eventId", "in"), Sort()]
    name: Annotated[Name, Filter("event", "contains", "name_key", Folded)]
    date: Annotated[str, Column("local"), Sort()]
    venue: Annotated[
        Venue,
        Column("venue", "INTEGER", "$.venue.id"),
        Column("venue_name", path="$.venue.name", index=False),
        Column("city", path="$.venue.city", index=False),
        Column("state", path="$.venue.state", index=False),
        Column("country", path="$.venue.country", index=False),
        Sort(column="venue_name"),
        Sort("city", "city"),
        Sort("state", "state"),
        Filter("venueId", column="venue", type=Id),
        Filter("venue", "contains", "venue_key", Folded),
        Filter("city", "contains", "city_key", Folded),
        Filter("state", "in", "state", str),
        Filter("country", "in", "country", str),
    ]
    performerId: Annotated[int, Column("performer", "INTEGER")]
    performer: Annotated[
        Performer,
        Column("type", path="$.performer.eventType", index=False),
        Column("category", "INTEGER", "$.performer.category.id"),
        Column("performer_name", path="$.performer.name", index=False),
        Sort(column="performer_name"),
        Filter("eventType", column="type", type=EventType),
        Filter("categoryId", column="category", type=Id),
        Filter("category", "contains", "category_key", Folded),
    ]
    keywords: str
    chartUrl: str | None
    stubhubEventId: int | None
    tags: str
    notes: str | None
    disabled: bool


class EventFilters(EventSpan):
    """What else events are found by."""

    performerId: Annotated[Id | None, Default(None)]
    keywords: Annotated[Words, Description("Every one is in the event.")]
    excludeParking: Annotated[bool, Default(False)]


class PerformerQuery(TypedDict):
    """Which performers."""

    name: Annotated[Part, Filter(operator="contains", column="name_key")]


EventQuery = Query(Event, (EventFilters, Paging))
VenueQuery = Query(Venue, (Paging,))
EventPage = Page[Event]
VenuePage = Page[Venue]
