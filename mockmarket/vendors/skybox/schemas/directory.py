"""Events, venues, performers and categories: the queries that find them, and how they are answered."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from mockmarket.clock import parse_iso
from mockmarket.store.records import Condition
from mockmarket.vendors.skybox.listing import Page, sorted_by
from mockmarket.vendors.skybox.schemas.shapes import number
from mockmarket.vendors.skybox.wire.enumerations import EVENT_TYPES

NOT_A_DATE = "must be a date such as 2026-03-01, or a date-time such as 2026-03-01T19:30:00"

EVENT_ORDER = {
    "id": "number", "name": "name", "date": "local", "venue": "venue_name", "city": "city", "state": "state",
    "performer": "performer_name",
}  # fmt: skip
VENUE_ORDER = {"id": "number", "name": "name", "city": "city", "state": "state"}
"""By what lists can be sorted: the vendor's name for it, and the column (names are convention)."""


class EventDate(fields.String):
    """An end of a range of event dates, read as a condition on the venue's own time, or with a zone on the moment itself.

    A date is the whole day (public: `yyyy-MM-dd`).
    """

    def __init__(self, operator: str, **more: Any) -> None:
        self.operator = operator
        super().__init__(load_default=None, metadata={"description": NOT_A_DATE, "example": "2026-03-01"}, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        text = super()._deserialize(value, attr, data, **more)
        try:
            return self.condition(text)
        except ValueError as error:
            raise ValidationError(NOT_A_DATE) from error

    def condition(self, text: str) -> Condition:
        """Read a date or a date-time as a condition; ValueError when it is neither."""
        try:
            at = datetime.combine(date.fromisoformat(text), time.max if self.operator == "<=" else time.min)
        except ValueError:
            at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return ("starts_at", self.operator, parse_iso(text))  # type: ignore[return-value]  # one of the two
        return ("local", self.operator, at.isoformat(timespec="seconds"))  # type: ignore[return-value]  # the same


class EventQuery(Page):
    """Which events."""

    sortedBy = sorted_by(*EVENT_ORDER)
    sortedByB = sorted_by(*EVENT_ORDER)
    event = fields.String(load_default="", metadata={"description": "In the name, or in a performer's."})
    eventId = fields.List(number(), load_default=list)
    eventType = fields.String(load_default=None, validate=validate.OneOf(EVENT_TYPES))
    categoryId = number(load_default=None)
    category = fields.String(load_default="")
    performerId = number(load_default=None)
    venueId = number(load_default=None)
    venue = fields.String(load_default="")
    city = fields.String(load_default="")
    state = fields.List(fields.String(), load_default=list)
    country = fields.List(fields.String(), load_default=list)
    eventDateFrom = EventDate(">=")
    eventDateTo = EventDate("<=")
    keywords = fields.List(fields.String(), load_default=list, metadata={"description": "Every one is in the event."})
    excludeParking = fields.Boolean(load_default=False)


class VenueQuery(Page):
    """Which venues."""

    sortedBy = sorted_by(*VENUE_ORDER)
    sortedByB = sorted_by(*VENUE_ORDER)
    id = number(load_default=None)
    name = fields.String(load_default="")
    city = fields.String(load_default="")
    state = fields.List(fields.String(), load_default=list)


class PerformerQuery(Schema):
    """Which performers."""

    name = fields.String(load_default="")


class ZoneSchema(Schema):
    """A time zone, by its IANA name."""

    id = fields.String(required=True)


class VenueSchema(Schema):
    """A venue."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    address = fields.String(required=True)
    city = fields.String(required=True)
    state = fields.String(required=True)
    country = fields.String(required=True)
    postalCode = fields.String(required=True)
    phone = fields.String(required=True)
    timeZone = fields.Nested(ZoneSchema, required=True)


class CategorySchema(Schema):
    """A category of events."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    eventType = fields.String(required=True, validate=validate.OneOf(EVENT_TYPES))


class PerformerSchema(Schema):
    """A performer, or a team."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    eventType = fields.String(required=True, validate=validate.OneOf(EVENT_TYPES))
    category = fields.Nested(CategorySchema, required=True)


class EventSchema(Schema):
    """An event; `date` is the venue's own time."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    date = fields.String(required=True)
    venue = fields.Nested(VenueSchema, required=True)
    performerId = fields.Integer(required=True)
    performer = fields.Nested(PerformerSchema, required=True)
    keywords = fields.String(required=True)
    chartUrl = fields.String(required=True, allow_none=True)
    stubhubEventId = fields.Integer(required=True, allow_none=True)
    tags = fields.String(required=True)
    notes = fields.String(required=True, allow_none=True)
    disabled = fields.Boolean(required=True)


class Events(Schema):
    """A page of events."""

    rows = fields.List(fields.Nested(EventSchema), required=True)
    rowCount = fields.Integer(required=True)


class Venues(Schema):
    """A page of venues."""

    rows = fields.List(fields.Nested(VenueSchema), required=True)
    rowCount = fields.Integer(required=True)
