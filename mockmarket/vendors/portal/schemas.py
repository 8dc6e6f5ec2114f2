"""Scraper Portal's schemas: what its calls take, with the document's ranges and defaults, and what they answer."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from mockmarket.vendors.portal import wire

PATCH_STATUSES = ("confirmed", "accepted", "fulfilled", "cancelled")
ORDER_STATUSES = (*PATCH_STATUSES, "purchase_issues", "refunded")
METHODS = tuple(wire.TRANSFER_NOTES)
DIRECTIONS = validate.OneOf(("asc", "desc"))
QUANTITY = validate.Range(1, wire.MOST_SEATS)
OFFSET = validate.Range(0, 2**53 - 1)
"""Up to the largest whole number that JSON carries safely; the document gives no bound."""


class Ordered(Schema):
    """A schema whose fields stay in the order in which they are declared."""


class EventQuery(Ordered):
    """`GET /events`: document, parameter table."""

    limit = fields.Integer(
        load_default=50, validate=validate.Range(1, 100), metadata={"description": "Number of events."}
    )
    offset = fields.Integer(load_default=0, validate=OFFSET, metadata={"description": "Pagination offset."})
    venue = fields.String(
        load_default=None, metadata={"description": "Filter by venue name: any part of it, whatever the case."}
    )
    sortBy = fields.String(load_default="date", validate=validate.OneOf(("date", "name", "venue", "lastUpdated")))
    sortOrder = fields.String(load_default="asc", validate=DIRECTIONS)


class InventoryQuery(Ordered):
    """`GET /inventory`: document, parameter table."""

    eventId = fields.String(required=True, validate=validate.Length(1), metadata={"description": "Event mapping ID."})
    listingId = fields.String(load_default=None, metadata={"description": "Filter by specific listing ID."})
    minPrice = fields.Float(load_default=None, allow_nan=False, validate=validate.Range(0))
    maxPrice = fields.Float(load_default=None, allow_nan=False, validate=validate.Range(0))
    quantity = fields.Integer(load_default=None, validate=QUANTITY, metadata={"description": "Required quantity."})
    sortBy = fields.String(load_default="price", validate=validate.OneOf(("price", "section", "row")))
    sortOrder = fields.String(load_default="asc", validate=DIRECTIONS)

    @validates_schema
    def check_prices(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a range that nothing can be in."""
        if (
            data.get("minPrice") is not None
            and data.get("maxPrice") is not None
            and data["minPrice"] > data["maxPrice"]
        ):
            raise ValidationError("Must not be greater than maxPrice.", "minPrice")


class Lenient(Ordered):
    """A part of a body in which, as in the whole, what is not named is left alone."""

    class Meta:
        unknown = EXCLUDE


class PhoneSchema(Lenient):
    """A phone number with its country code apart."""

    number = fields.String(
        required=True, validate=validate.Regexp(r"\d[\d ()-]{2,19}\Z", error="Must be digits, 3 to 20.")
    )
    countryCode = fields.String(required=True, validate=validate.Regexp(r"\+\d{1,4}\Z", error="Must be like +1."))


class CustomerSchema(Lenient):
    """Who buys."""

    email = fields.Email(required=True, validate=validate.Length(max=254))
    phone = fields.Nested(PhoneSchema, required=True)


class NewOrder(Ordered):
    """`POST /orders`: eventId with listingId (recommended), or with section and row."""

    eventId = fields.String(required=True, validate=validate.Length(1, 200))
    listingId = fields.String(validate=validate.Length(1, 200))
    section = fields.String(validate=validate.Length(1, 200))
    row = fields.String(validate=validate.Length(1, 200))
    quantity = fields.Integer(required=True, strict=True, validate=QUANTITY)
    customer = fields.Nested(CustomerSchema, required=True)

    @validates_schema
    def check_form(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a body that has neither form of the document's two."""
        missing = [name for name in ("section", "row") if not data.get(name)]
        if not data.get("listingId") and missing:
            raise ValidationError(
                "Send listingId, or section and row.", "listingId" if len(missing) == 2 else missing[0]
            )


class StatusChange(Ordered):
    """`PATCH /orders`: the transfer fields go with fulfilled only (convention: the document's notices have them, its call not)."""

    orderId = fields.String(required=True, validate=validate.Length(1, 200))
    status = fields.String(required=True, validate=validate.OneOf(PATCH_STATUSES))
    transferMethod = fields.String(validate=validate.OneOf(METHODS))
    transferNote = fields.String(validate=validate.Length(1, 1000))


class EventSchema(Ordered):
    """One event."""

    eventId = fields.String(required=True)
    name = fields.String(required=True)
    date = fields.String(required=True, validate=validate.Regexp(r"\d{4}-\d\d-\d\d\Z"))
    time = fields.String(required=True, validate=validate.Regexp(r"\d{1,2}:\d\d [AP]M\Z"))
    isoDate = fields.String(required=True)
    location = fields.String(required=True)
    numberOfSeats = fields.Integer(required=True, strict=True)


class PaginationSchema(Ordered):
    """Where the page stands in its list; nextOffset is null on the last."""

    total = fields.Integer(required=True)
    limit = fields.Integer(required=True)
    offset = fields.Integer(required=True)
    hasMore = fields.Boolean(required=True)
    nextOffset = fields.Integer(required=True, allow_none=True)


class EventFilters(Ordered):
    """What the list was filtered and sorted by."""

    venue = fields.String(required=True, allow_none=True)
    sortBy = fields.String(required=True)
    sortOrder = fields.String(required=True)


class EventMeta(Ordered):
    """What goes with a page of events."""

    pagination = fields.Nested(PaginationSchema, required=True)
    filters = fields.Nested(EventFilters, required=True)


class EventPage(Ordered):
    """The answer of `GET /events`."""

    data = fields.List(fields.Nested(EventSchema), required=True)
    meta = fields.Nested(EventMeta, required=True)


class ListingSchema(Ordered):
    """One listing; the price is per ticket, in US dollars."""

    listingId = fields.String(required=True)
    eventId = fields.String(required=True)
    section = fields.String(required=True)
    row = fields.String(required=True)
    quantity = fields.Integer(required=True, strict=True)
    price = fields.Float(required=True)
    splits = fields.List(
        fields.Integer(), required=True, metadata={"description": "Quantities that an order may have."}
    )


class InventoryFilters(Ordered):
    """What the list was filtered and sorted by."""

    eventId = fields.String(required=True)
    listingId = fields.String(required=True, allow_none=True)
    minPrice = fields.Float(required=True, allow_none=True)
    maxPrice = fields.Float(required=True, allow_none=True)
    quantity = fields.Integer(required=True, allow_none=True)
    sortBy = fields.String(required=True)
    sortOrder = fields.String(required=True)


class InventoryMeta(Ordered):
    """What goes with a list of listings; it has no pages."""

    total = fields.Integer(required=True)
    filters = fields.Nested(InventoryFilters, required=True)


class InventoryList(Ordered):
    """The answer of `GET /inventory`."""

    data = fields.List(fields.Nested(ListingSchema), required=True)
    meta = fields.Nested(InventoryMeta, required=True)


class OrderSchema(Ordered):
    """One order; totalAmount is for all its tickets, in US dollars."""

    orderId = fields.String(required=True)
    orderNumber = fields.String(required=True)
    eventId = fields.String(required=True)
    eventName = fields.String(required=True)
    eventDate = fields.String(required=True)
    eventVenue = fields.String(required=True)
    eventLocation = fields.String(required=True)
    section = fields.String(required=True)
    row = fields.String(required=True)
    listingId = fields.String(required=True)
    quantity = fields.Integer(required=True, strict=True)
    status = fields.String(required=True, validate=validate.OneOf(ORDER_STATUSES))
    totalAmount = fields.Float(required=True)
    customer = fields.Nested(CustomerSchema, required=True)
    transferMethod = fields.String(validate=validate.OneOf(METHODS))
    transferNote = fields.String()
    createdAt = fields.String(required=True)
    updatedAt = fields.String(required=True)
    previousStatus = fields.String()


class WebhookSchema(Ordered):
    """Which notice the change made; `sent` tells that an active endpoint was given it."""

    event = fields.String(required=True)
    sent = fields.Boolean(required=True)


class OrderAnswer(Ordered):
    """The answer of `POST` and `PATCH /orders`."""

    success = fields.Boolean(required=True)
    message = fields.String(required=True)
    order = fields.Nested(OrderSchema, required=True)
    webhook = fields.Nested(WebhookSchema, required=True)
    timestamp = fields.String(required=True)


class DetailSchema(Ordered):
    """What is wrong with one field."""

    field = fields.String(required=True)
    message = fields.String(required=True)


class ErrorSchema(Ordered):
    """Every error answer."""

    success = fields.Boolean(required=True, validate=validate.Equal(False))
    error = fields.String(required=True)
    details = fields.List(fields.Nested(DetailSchema))


class StatusAction(StatusChange):
    """Action `set_status`: as PATCH, by an admin."""


class OrderAction(Ordered):
    """Actions on one order."""

    orderId = fields.String(required=True, validate=validate.Length(1, 200))
