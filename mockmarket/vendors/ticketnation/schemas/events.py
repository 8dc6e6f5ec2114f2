"""Schemas of events, ticket types, and what belongs to an event: performers, schedules, brands; and of venues."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from mockmarket.seed.shapes import check_zone, sentence
from mockmarket.vendors.ticketnation.schemas.shapes import (
    EMPTY,
    MOST_TICKETS,
    MetaSchema,
    Moment,
    Ordered,
    PageQuery,
    Url,
    a_count,
    a_link,
    a_name,
    a_price,
    a_text,
    one_of,
)

EVENT_STATUSES = ("DRAFT", "PUBLISHED", "SOLD_OUT", "ARCHIVED")
TICKET_STATUSES = ("DRAFT", "PUBLISHED", "SOLD_OUT")
TYPES = ("PAID", "FREE")
JOURNEYS = ("STANDARD", "RSVP", "PRESELLING")
VISIBILITIES = ("PUBLIC", "PRIVATE")


class EventQuery(PageQuery):
    """`GET /events`: page and take; status and a part of the name."""

    status = fields.String(load_default=None, validate=validate.OneOf(EVENT_STATUSES))
    search = fields.String(load_default=None, metadata={"description": "Any part of the name, whatever the case."})


class EventChange(Ordered):
    """`PATCH /events/{id}`: what is not named stays."""

    name = a_name()
    description = a_text()
    dateTime = Moment(error_messages=EMPTY, metadata={"format": "date-time"})
    endDateTime = Moment(allow_none=True, metadata={"format": "date-time"})
    timezone = fields.String(validate=sentence(check_zone))
    currency = fields.String(validate=validate.Regexp(r"[A-Z]{3}\Z", error="must be like PHP"))
    type = one_of(*TYPES)
    journeyType = one_of(*JOURNEYS)
    visibility = one_of(*VISIBILITIES)
    venueId = fields.String(allow_none=True, validate=validate.Length(1, 200))
    imageUrl = a_link()
    galleryUrls = fields.List(a_link(optional=False), validate=validate.Length(max=50))
    absorbFees = fields.Boolean()
    eventCapacity = a_count(1, 10_000_000, allow_none=True)
    callbackUrl = Url(allow_none=True, metadata={"format": "uri"})


class TicketChange(Ordered):
    """`PATCH /tickets/{id}`: what is not named stays."""

    name = a_name()
    description = a_text()
    price = a_price()
    quantity = a_count(1, MOST_TICKETS, error_messages=EMPTY)
    lowInventoryThreshold = a_count(0, MOST_TICKETS, metadata={"description": "Below it ticket.inventory_low fires."})


class NewTicket(TicketChange):
    """`POST /events/{id}/tickets`, and each of `tickets` in `POST /events`."""

    name = a_name(required=True)
    price = a_price(required=True)
    quantity = a_count(1, MOST_TICKETS, required=True, error_messages=EMPTY)
    published = fields.Boolean(load_default=False)


class NewEvent(EventChange):
    """`POST /events` (public): name and dateTime are needed; ticket types may come along."""

    name = a_name(required=True)
    dateTime = Moment(required=True, error_messages=EMPTY, metadata={"format": "date-time"})
    tickets = fields.List(fields.Nested(NewTicket), load_default=list, validate=validate.Length(max=100))


class VenueQuery(PageQuery):
    """`GET /venues`."""

    q = fields.String(load_default=None, metadata={"description": "Any part of name or city, whatever the case."})


class VenueSchema(Ordered):
    """A place."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    city = fields.String(required=True)
    timezone = fields.String(required=True)


class EventSchema(Ordered):
    """One event."""

    id = fields.String(required=True)
    slug = fields.String(required=True)
    name = fields.String(required=True)
    description = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=validate.OneOf(EVENT_STATUSES))
    type = fields.String(required=True, validate=validate.OneOf(TYPES))
    journeyType = fields.String(required=True, validate=validate.OneOf(JOURNEYS))
    visibility = fields.String(required=True, validate=validate.OneOf(VISIBILITIES))
    dateTime = fields.String(required=True)
    endDateTime = fields.String(required=True, allow_none=True)
    timezone = fields.String(required=True)
    currency = fields.String(required=True)
    venueId = fields.String(required=True, allow_none=True)
    venue = fields.Nested(VenueSchema, required=True, allow_none=True)
    imageUrl = fields.String(required=True, allow_none=True)
    galleryUrls = fields.List(fields.String(), required=True)
    absorbFees = fields.Boolean(required=True)
    eventCapacity = fields.Integer(required=True, allow_none=True)
    callbackUrl = fields.String(required=True, allow_none=True)
    publishedAt = fields.String(required=True, allow_none=True)
    createdAt = fields.String(required=True)
    updatedAt = fields.String(required=True)


class SavedEvent(EventSchema):
    """An event that was created or changed; `callbackSecret` is there once, when its callbackUrl is new."""

    callbackSecret = fields.String()


class TicketSchema(Ordered):
    """One ticket type; price per ticket in pesos."""

    id = fields.String(required=True)
    eventId = fields.String(required=True)
    name = fields.String(required=True)
    description = fields.String(required=True, allow_none=True)
    price = fields.Float(required=True)
    currency = fields.String(required=True)
    quantity = fields.Integer(required=True)
    sold = fields.Integer(required=True)
    remaining = fields.Integer(required=True)
    lowInventoryThreshold = fields.Integer(required=True)
    published = fields.Boolean(required=True)
    status = fields.String(required=True, validate=validate.OneOf(TICKET_STATUSES))
    createdAt = fields.String(required=True)
    updatedAt = fields.String(required=True)


class PerformerChange(Ordered):
    """`PATCH` of a performer."""

    name = a_name()
    role = a_text(200)
    bio = a_text()
    imageUrl = a_link()


class NewPerformer(PerformerChange):
    """`POST` of a performer."""

    name = a_name(required=True)


class ScheduleChange(Ordered):
    """`PATCH` of a schedule."""

    title = a_name()
    description = a_text()
    startTime = Moment(error_messages=EMPTY, metadata={"format": "date-time"})
    endTime = Moment(allow_none=True, metadata={"format": "date-time"})


class NewSchedule(ScheduleChange):
    """`POST` of a schedule."""

    title = a_name(required=True)
    startTime = Moment(required=True, error_messages=EMPTY, metadata={"format": "date-time"})


class BrandChange(Ordered):
    """`PATCH` of a brand."""

    name = a_name()
    logoUrl = a_link()
    websiteUrl = a_link()


class NewBrand(BrandChange):
    """`POST` of a brand."""

    name = a_name(required=True)


class PartSchema(Ordered):
    """What every part of an event has at its beginning."""

    id = fields.String(required=True)
    eventId = fields.String(required=True)


class PerformerSchema(PartSchema):
    """Who is on stage."""

    name = fields.String(required=True)
    role = fields.String(required=True, allow_none=True)
    bio = fields.String(required=True, allow_none=True)
    imageUrl = fields.String(required=True, allow_none=True)
    createdAt = fields.String(required=True)
    updatedAt = fields.String(required=True)


class ScheduleSchema(PartSchema):
    """What happens when."""

    title = fields.String(required=True)
    description = fields.String(required=True, allow_none=True)
    startTime = fields.String(required=True)
    endTime = fields.String(required=True, allow_none=True)
    createdAt = fields.String(required=True)
    updatedAt = fields.String(required=True)


class BrandSchema(PartSchema):
    """Who presents it."""

    name = fields.String(required=True)
    logoUrl = fields.String(required=True, allow_none=True)
    websiteUrl = fields.String(required=True, allow_none=True)
    createdAt = fields.String(required=True)
    updatedAt = fields.String(required=True)


class EventAnswer(Ordered):
    """One event."""

    data = fields.Nested(EventSchema, required=True)


class SavedEventAnswer(Ordered):
    """An event that was created or changed."""

    data = fields.Nested(SavedEvent, required=True)


class TicketAnswer(Ordered):
    """One ticket type."""

    data = fields.Nested(TicketSchema, required=True)


def answers(name: str, schema: type[Schema]) -> tuple[type[Schema], type[Schema]]:
    """Return the shapes of one record in `data`, and of a page of them with `meta`, named after the record."""
    several = fields.List(fields.Nested(schema), required=True)
    one: dict[str, Any] = {"data": fields.Nested(schema, required=True)}
    some: dict[str, Any] = {"data": several, "meta": fields.Nested(MetaSchema, required=True)}
    return made(f"{name}Answer", one), made(f"{name}Page", some)


def made(title: str, shape: dict[str, Any]) -> type[Schema]:
    """Return a schema of this name with these fields."""
    return type(title, (Ordered,), {"__module__": __name__, "__doc__": f"{title}.", **shape})


_, EventPage = answers("Event", EventSchema)
_, TicketPage = answers("Ticket", TicketSchema)
_, VenuePage = answers("Venue", VenueSchema)
PerformerAnswer, PerformerPage = answers("Performer", PerformerSchema)
ScheduleAnswer, SchedulePage = answers("Schedule", ScheduleSchema)
BrandAnswer, BrandPage = answers("Brand", BrandSchema)
