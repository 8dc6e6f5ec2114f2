"""Events, ticket types and seats."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from mockmarket.clock import HOUR, later
from mockmarket.seed.shapes import check_zone, sentence
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.schemas.common import (
    ID,
    LONG_TEXT,
    NO_MORE_THAN,
    TEXT,
    Ordered,
    PageQuery,
    Pagination,
    SeatSchema,
    a_count,
    a_date,
    a_list,
    a_moment,
    a_price,
    a_text,
    an_amount,
    answer,
    page,
)  # fmt: skip

STATUSES = ("draft", "published", "cancelled", "completed")
VENUE_TYPES = validate.OneOf(("physical", "online"))
CURRENCY = validate.Regexp(r"[A-Z]{3}\Z", error="Must be like USD.")
LENGTH_MS = 3 * HOUR
"""How long an event is that is created without an endDate (public: a sample has none; convention: the length)."""


class EventQuery(PageQuery):
    """`GET /events` (public: these filters)."""

    q = fields.String(load_default=None, validate=TEXT)
    category = fields.String(load_default=None, validate=TEXT)
    city = fields.String(load_default=None, validate=TEXT)
    productType = fields.String(load_default=None, validate=validate.OneOf(("event", "reservation", "digital")))
    course = fields.Boolean(load_default=False)


class SearchQuery(EventQuery):
    """`GET /search`: as the list, and by date (public)."""

    date_from = a_moment(load_default=None)
    date_to = a_moment(load_default=None)


class EventChange(Ordered):
    """`PUT /organizer/events/{id}`: what is not named stays (public)."""

    title = fields.String(validate=TEXT)
    description = fields.String(validate=LONG_TEXT)
    category = fields.String(validate=TEXT)
    startDate = a_moment()
    endDate = a_moment()
    timezone = fields.String(validate=sentence(check_zone))
    venueType = fields.String(validate=VENUE_TYPES)
    venueName = fields.String(validate=validate.Length(max=300))
    venueCity = fields.String(validate=validate.Length(max=300))
    capacity = fields.Integer(strict=True, validate=validate.Range(0, wire.UNLIMITED))
    returnPolicy = fields.String(validate=LONG_TEXT)


class NewEvent(EventChange):
    """`POST /organizer/events` (public: the fields)."""

    title = fields.String(required=True, validate=TEXT)
    description = fields.String(load_default="", validate=LONG_TEXT)
    category = fields.String(load_default="other", validate=TEXT)
    startDate = a_moment(required=True)
    timezone = fields.String(load_default="UTC", validate=sentence(check_zone))
    venueType = fields.String(load_default="physical", validate=VENUE_TYPES)
    venueName = fields.String(load_default="", validate=validate.Length(max=300))
    venueCity = fields.String(load_default="", validate=validate.Length(max=300))
    capacity = fields.Integer(load_default=0, strict=True, validate=validate.Range(0, wire.UNLIMITED))
    returnPolicy = fields.String(load_default="", validate=LONG_TEXT)

    @validates_schema
    def check_dates(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse an event that ends before it begins."""
        if "endDate" in data and data["endDate"] <= data["startDate"]:
            raise ValidationError("Must be after startDate.", "endDate")

    @post_load
    def end(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Give an event its end."""
        return data | {"endDate": data.get("endDate", later(data["startDate"], LENGTH_MS))}


class NewTicketType(Ordered):
    """`POST /organizer/events/{id}/tickets` (public: the fields)."""

    name = fields.String(required=True, validate=TEXT)
    description = fields.String(load_default="", validate=LONG_TEXT)
    type = fields.String(load_default="general", validate=validate.Length(1, 40))
    price = a_price(required=True)
    currency = fields.String(load_default="USD", validate=CURRENCY)
    quantityTotal = fields.Integer(
        required=True,
        strict=True,
        validate=[
            validate.Range(-1, wire.UNLIMITED),
            validate.NoneOf((0,), error="Must be -1, unlimited, or 1 and more."),
        ],
    )
    saleStart = a_moment(load_default=None, allow_none=True)
    saleEnd = a_moment(load_default=None, allow_none=True)
    transferable = fields.Boolean(load_default=True)


class HoldBody(Ordered):
    """`POST …/seats/hold`: the seats that a holder wants, in place of those it had (public)."""

    holderToken = fields.String(load_default=None, allow_none=True, validate=ID)
    seatIds = fields.List(fields.String(validate=ID), required=True, validate=NO_MORE_THAN)


class ReleaseBody(Ordered):
    """`DELETE …/seats/hold`: which of a holder's seats; all of them without seatIds (public)."""

    holderToken = fields.String(required=True, validate=ID)
    seatIds = fields.List(fields.String(validate=ID), load_default=None, allow_none=True, validate=NO_MORE_THAN)


class EventSchema(Ordered):
    """One event."""

    id = a_text(validate=validate.Regexp(r"evt_.+"))
    slug = a_text()
    title = a_text()
    description = a_text()
    category = a_text()
    productType = a_text()
    status = a_text(validate=validate.OneOf(STATUSES))
    startDate = a_date()
    endDate = a_date()
    timezone = a_text()
    venueType = a_text()
    venueName = a_text()
    venueCity = a_text()
    capacity = a_count()
    returnPolicy = a_text()
    seating = fields.Boolean(required=True)
    organizationId = a_text()
    publishedAt = a_text(allow_none=True)
    createdAt = a_date()
    updatedAt = a_date()


class TicketTypeSchema(Ordered):
    """One ticket type with what is left of it."""

    id = a_text(validate=validate.Regexp(r"tkt_.+"))
    eventId = a_text()
    name = a_text()
    description = a_text()
    type = a_text()
    price = an_amount()
    currency = a_text()
    quantityTotal = a_count()
    quantitySold = a_count()
    quantityHeld = a_count()
    quantityAvailable = a_count()
    saleStart = a_text(allow_none=True)
    saleEnd = a_text(allow_none=True)
    transferable = fields.Boolean(required=True)
    createdAt = a_date()
    updatedAt = a_date()


class EventDetailSchema(EventSchema):
    """One event with its ticket types (public)."""

    ticketTypes = a_list(TicketTypeSchema)


class TicketTypeListSchema(Ordered):
    """An event's ticket types."""

    items = a_list(TicketTypeSchema)


class Facet(Ordered):
    """How many of the events found have a value."""

    value = a_text()
    count = a_count()


class Facets(Ordered):
    """By what a search can be narrowed."""

    category = a_list(Facet)
    city = a_list(Facet)


class SearchSchema(Ordered):
    """What a search found."""

    items = a_list(EventSchema)
    pagination = fields.Nested(Pagination, required=True)
    facets = fields.Nested(Facets, required=True)


class MapSeat(SeatSchema):
    """A seat on the map."""

    x = a_count()
    y = a_count()


class MapSection(Ordered):
    """A section of the map with its price."""

    name = a_text()
    ticketTypeId = a_text()
    price = an_amount()
    currency = a_text()
    seats = a_list(MapSeat)


class MapElement(Ordered):
    """What else stands on the map."""

    type = a_text()
    label = a_text()
    x = a_count()
    y = a_count()


class SeatMapSchema(Ordered):
    """An event's seat map."""

    eventId = a_text()
    holdTtlSeconds = a_count()
    elements = a_list(MapElement)
    sections = a_list(MapSection)


class SeatsSchema(Ordered):
    """Which seats are taken; one that is not named is free (public)."""

    sold = a_list(fields.String())
    blocked = a_list(fields.String())
    held = a_list(fields.String())


class HoldSchema(Ordered):
    """What a holder has now, and what it could not have (public: held and failed)."""

    held = a_list(fields.String())
    failed = a_list(fields.String())
    holderToken = a_text()
    expiresAt = a_text(allow_none=True)


class ReleaseSchema(Ordered):
    """What was released."""

    released = a_list(fields.String())


Event = answer("Event", EventSchema)
EventDetail = answer("EventDetail", EventDetailSchema)
Events = answer("Events", page("Event", EventSchema))
Search = answer("Search", SearchSchema)
TicketType = answer("TicketType", TicketTypeSchema)
TicketTypes = answer("TicketTypes", TicketTypeListSchema)
SeatMap = answer("SeatMap", SeatMapSchema)
Seats = answer("Seats", SeatsSchema)
Hold = answer("Hold", HoldSchema)
Release = answer("Release", ReleaseSchema)
