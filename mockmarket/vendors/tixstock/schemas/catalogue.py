"""Events, venues, performers and categories as Tixstock's calls answer them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from mockmarket.vendors.tixstock.schemas.shapes import MOMENT, OrNothing, count, many, part, text, truth

STRING = {"type": "string"}
WHOLE = {"type": "integer", "minimum": 0}


class VenueSchema(Schema):
    """Where an event is."""

    id = text()
    name = text()
    address_line_1 = text()
    address_line_2 = text()
    city = text()
    state = text()
    postcode = text()
    country_code = text()


class NamedSchema(Schema):
    """An id and a name."""

    id = text()
    name = text()


class HouseSchema(NamedSchema):
    """A category of a house, with its sections."""

    sections = many(NamedSchema)


class CategorySchema(Schema):
    """The category of an event, with its parent."""

    id = text()
    name = text()
    upcoming_events = count()
    parent = OrNothing(
        {
            "id": STRING,
            "name": STRING,
            "upcoming_events": WHOLE,
            "parent": {"oneOf": [{"type": "object"}, {"type": "array"}]},
        },
        required=True,
    )


class CategoryNode(Schema):
    """A category with what is under it."""

    id = text()
    name = text()
    upcoming_events = count()
    parent = OrNothing({"id": STRING, "name": STRING}, required=True)
    children = fields.List(fields.Nested(lambda: CategoryNode()), required=True)


class ShowSchema(Schema):
    """What every view of an event begins with."""

    id = text()
    name = text()
    currency = text()
    commission_percentage_fee = text()


class EventSchema(ShowSchema):
    """One event of `GET /events/get`."""

    datetime = text(validate=MOMENT)
    status = text(validate=validate.OneOf(("Active", "Cancelled")))
    venue = part(VenueSchema)
    use_tixstock_venue_details = truth()
    venue_details = many(HouseSchema)
    performers = many(NamedSchema)
    category = part(CategorySchema)
    mapped_status = truth()


class ListedEvent(ShowSchema):
    """The event within a listing."""

    description = text()
    datetime = text(validate=MOMENT)
    status = text()
    venue = part(VenueSchema)
    use_tixstock_venue_details = truth()
    venue_details = many(HouseSchema)
    performers = many(NamedSchema)


class PlayedEvent(ShowSchema):
    """An event of a performer."""

    datetime = text(validate=MOMENT)
    status = text()
    use_tixstock_venue_details = truth()
    map_url = text()
    venue_details = many(HouseSchema)


class PerformerSchema(NamedSchema):
    """One performer."""

    variations = fields.List(fields.String(), required=True)
    events = many(PlayedEvent)
    mapped_status = truth()


class MappedVenue(VenueSchema):
    """One venue of `GET /venues/get`."""

    mapped_status = truth()
