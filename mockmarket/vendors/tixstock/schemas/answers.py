"""What Tixstock's calls answer: pages, single answers and errors; an object without members is an empty list, as PHP writes it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from mockmarket.vendors.tixstock.schemas.catalogue import CategoryNode, EventSchema, MappedVenue, PerformerSchema
from mockmarket.vendors.tixstock.schemas.selling import FedEvent, FedListing, ListingSchema, OrderSchema
from mockmarket.vendors.tixstock.schemas.shapes import count, many, maybe, part, text

REQUEST_ID = validate.Regexp(r"[0-9a-z]{26}\Z")
MODES = validate.OneOf(("Sandbox", "Production"))


class MetaSchema(Schema):
    """What goes with every answer."""

    mode = text(validate=MODES)
    type = text()
    external_id = fields.String()
    hold_id = fields.String()
    quantity = fields.Integer(strict=True)
    mapped = fields.Boolean()
    request_id = text(validate=REQUEST_ID)


class PageMeta(Schema):
    """What goes with a page of a list; from and to are null on one without rows."""

    mode = text(validate=MODES)
    type = text()
    current_page = count()
    fields_from = fields.Integer(required=True, allow_none=True, data_key="from", attribute="from")
    to = fields.Integer(required=True, allow_none=True)
    last_page = count()
    path = text()
    per_page = count()
    total = count()
    request_id = text(validate=REQUEST_ID)


class TicketFeedMeta(Schema):
    """What goes with the ticket feed; the members of a page only when one was asked for."""

    mode = text(validate=MODES)
    type = text()
    current_page = fields.Integer(strict=True)
    fields_from = fields.Integer(allow_none=True, data_key="from", attribute="from")
    to = fields.Integer(allow_none=True)
    last_page = fields.Integer(strict=True)
    path = fields.String()
    per_page = fields.Integer(strict=True)
    total = fields.Integer(strict=True)
    min_price = fields.String(allow_none=True)
    max_price = fields.String(allow_none=True)
    total_tickets = fields.Integer(strict=True)
    events_meta = fields.Raw(metadata={"description": "By event id, when ids were given as a list."})
    request_id = text(validate=REQUEST_ID)


class LinkSchema(Schema):
    """Where the neighbours of a page are."""

    self = text()
    first = text()
    last = text()
    prev = maybe()
    next = maybe()


def answer_of(
    name: str, data: fields.Field[Any], meta: type[Schema] = MetaSchema, **more: fields.Field[Any]
) -> type[Schema]:
    """Return the schema of an answer with this data."""
    return type(
        name, (Schema,), {"__module__": __name__, "__doc__": "An answer.", "data": data, "meta": part(meta), **more}
    )


def page_of(name: str, rows: type[Schema]) -> type[Schema]:
    """Return the schema of a page of a list."""
    return answer_of(name, many(rows), PageMeta, links=part(LinkSchema))


class AvailableSchema(Schema):
    """How many tickets can be held now."""

    quantity_available = count()


class DeletedListing(Schema):
    """Which listing was deleted."""

    listing_id = text()


class ClosedBroker(Schema):
    """Which broker was disconnected."""

    broker_id = text()


class Closed(Schema):
    """The answer of `POST /broker/close/{broker_id}`; success is text (public)."""

    data = part(ClosedBroker)
    success = text()
    message = text()
    meta = part(MetaSchema)


ListingPage = page_of("ListingPage", ListingSchema)
EventPage = page_of("EventPage", EventSchema)
PerformerPage = page_of("PerformerPage", PerformerSchema)
VenuePage = page_of("VenuePage", MappedVenue)
OrderPage = page_of("OrderPage", OrderSchema)
FeedPage = page_of("FeedPage", FedEvent)
CategoryPage = page_of("CategoryPage", CategoryNode)
TicketFeed = answer_of("TicketFeed", many(FedListing), TicketFeedMeta, links=fields.Nested(LinkSchema))
Seats = answer_of("Seats", part(AvailableSchema), message=text())
ListingAnswer = answer_of("ListingAnswer", part(ListingSchema), message=text())
Deleted = answer_of("Deleted", part(DeletedListing), message=text())
EventAnswer = answer_of("EventAnswer", part(EventSchema), message=text())
OrderAnswer = answer_of("OrderAnswer", part(OrderSchema), message=fields.String())


class ErrorTitle(Schema):
    """An error with a code: the vendor's own, or the status as text."""

    title = text()
    code = text(validate=validate.Regexp(r"\d{3}\Z"))


class Errors(fields.Raw):
    """An error with a code, or a flat list of sentences on what is wrong with fields."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
            return value
        if not isinstance(value, dict):
            raise ValidationError("Must be an object, or a list of sentences.")
        return ErrorTitle().load(value)


class ErrorSchema(Schema):
    """Every error answer."""

    data = fields.List(fields.Raw(), required=True, validate=validate.Length(equal=0))
    meta = fields.Dict(required=True)
    errors = Errors(required=True, metadata={"oneOf": [
        {"type": "object", "required": ["title", "code"], "properties": {"title": {"type": "string"}, "code": {"type": "string"}}},
        {"type": "array", "items": {"type": "string"}, "minItems": 1},
    ]})  # fmt: skip
