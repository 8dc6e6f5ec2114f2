"""Bodies that Tixstock's calls take."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from mockmarket.vendors.tixstock.schemas.parts import (
    ID,
    MOST_SEATS,
    Lenient,
    Moment,
    PriceFields,
    Truth,
    split_type,
    ticket_type,
)
from mockmarket.vendors.tixstock.wire.orders import STATUSES

TEXT = validate.Length(max=500)


class HoldBody(Schema):
    """`POST /tickets/hold/{external_id}`: how many. What is no whole number from 1 has a code of its own."""

    quantity = fields.Raw(required=True, metadata={"type": "integer", "minimum": 1})


class PartnerHoldBody(HoldBody):
    """`POST /tickets/hold`: of which listing, and how many."""

    listing_id = fields.String(required=True, validate=ID)


class ReleaseBody(Schema):
    """`PUT /tickets/release`: of which hold, and how many; all that is held when no quantity is given."""

    hold_id = fields.String(required=True, validate=ID)
    release_quantity = fields.Raw(metadata={"type": "integer", "minimum": 1})
    quantity = fields.Raw(metadata={"type": "integer", "minimum": 1})


class TicketFields(Lenient):
    """The `ticket` of a reseller's listing."""

    general_admission = Truth(required=True)
    type = ticket_type(required=True)
    split_type = split_type(required=True)
    upload_later = Truth(load_default=True)
    allow_last_minute_sales = Truth(load_default=True)


class SaleFields(Lenient):
    """How many tickets of a reseller's listing there are, and by how many they may be bought."""

    quantity = fields.Integer(required=True, strict=True, validate=validate.Range(1, MOST_SEATS))
    display_quantity = fields.Integer(strict=True, validate=validate.Range(1, MOST_SEATS))
    split_quantity = fields.Integer(load_default=0, strict=True, validate=validate.Range(0, MOST_SEATS))


class SeatFields(Lenient):
    """Where the seats of a reseller's listing are."""

    category = fields.String(required=True, validate=validate.Length(1, 200))
    section = fields.String(validate=validate.Length(max=200))
    row = fields.String(validate=validate.Length(max=50), allow_none=True)
    first_seat = fields.Integer(allow_none=True, validate=validate.Range(1, 100_000))


class RestrictionFields(Lenient):
    """What a buyer should know of the seats."""

    options = fields.List(fields.String(validate=TEXT), load_default=list)
    other = fields.String(load_default="", validate=TEXT)


class ListingBody(Lenient):
    """A reseller's listing, added or updated."""

    broker_id = fields.String(required=True, validate=ID)
    event_id = fields.String(required=True, validate=ID)
    ticket = fields.Nested(TicketFields, required=True)
    number_of_tickets_for_sale = fields.Nested(SaleFields, required=True)
    seat_details = fields.Nested(SeatFields, required=True)
    face_value = fields.Nested(PriceFields, required=True)
    display_price = fields.Nested(PriceFields)
    proceed_price = fields.Nested(PriceFields, required=True)
    restrictions_benefits = fields.Nested(RestrictionFields)
    push_to_all = Truth(load_default=False)

    @validates_schema
    def check_split(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a split quantity that its split type does not have (public: add ticket)."""
        sale, multiples = data["number_of_tickets_for_sale"], data["ticket"]["split_type"] == "Sell In Multiples"
        wrong = "number_of_tickets_for_sale.split_quantity"
        if not multiples and sale["split_quantity"]:
            raise ValidationError("Must be 0 unless the split type is Sell In Multiples.", wrong)
        if multiples and not (sale["split_quantity"] and sale["quantity"] % sale["split_quantity"] == 0):
            raise ValidationError("Must be above 0 and divide the quantity.", wrong)
        if sale.get("display_quantity", 1) > sale["quantity"]:
            raise ValidationError("Must not be more than the quantity.", "number_of_tickets_for_sale.display_quantity")


class NewListingBody(ListingBody):
    """`POST /tickets/add`: with the reseller's own id for the listing."""

    external_id = fields.String(required=True, validate=ID)


class AddressFields(Lenient):
    """An address; a country is its two letters."""

    address_line_1 = fields.String(allow_none=True, validate=TEXT)
    address_line_2 = fields.String(allow_none=True, validate=TEXT)
    town = fields.String(allow_none=True, validate=TEXT)
    county = fields.String(allow_none=True, validate=TEXT)
    postcode = fields.String(allow_none=True, validate=TEXT)
    country_code = fields.String(allow_none=True, validate=validate.Length(2, 2))
    country = fields.String(allow_none=True, validate=validate.Length(2, 2))


class HolderFields(Lenient):
    """Whose a ticket is."""

    first_name = fields.String(validate=TEXT)
    last_name = fields.String(validate=TEXT)
    email_address = fields.String(validate=TEXT)
    dob = fields.String(validate=TEXT)
    national_id = fields.String(validate=TEXT)
    contact_number = fields.String(validate=TEXT)
    address = fields.String(validate=TEXT)
    nationality = fields.String(validate=TEXT)
    birth_place = fields.String(validate=TEXT)
    birth_country = fields.String(validate=TEXT)


class ItemFields(Lenient):
    """One ticket of an order."""

    customer = fields.Nested(HolderFields, load_default=dict)


class CustomerFields(Lenient):
    """Who buys; only the id is needed."""

    id = fields.String(required=True, validate=ID)
    first_name = fields.String(allow_none=True, validate=TEXT)
    last_name = fields.String(allow_none=True, validate=TEXT)
    email_address = fields.String(allow_none=True, validate=TEXT)
    dob = fields.String(validate=TEXT)
    national_id = fields.String(validate=TEXT)
    contact_number = fields.String(allow_none=True, validate=TEXT)
    billing_address = fields.Nested(AddressFields)
    shipping_address = fields.Nested(AddressFields)


class CustomerChange(CustomerFields):
    """Who buys, in an update."""

    id = fields.String(validate=ID)


class OrderBody(Lenient):
    """`POST /order/add/…` and `POST /orders/add/…`."""

    order_id = fields.String(required=True, validate=ID)
    order_status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    datetime = Moment(required=True)
    currency = fields.String(required=True, validate=validate.Regexp(r"[A-Z]{3}\Z", error="Must be like GBP."))
    customer = fields.Nested(CustomerFields, required=True)
    items = fields.List(fields.Nested(ItemFields), load_default=list, validate=validate.Length(max=MOST_SEATS))
    shipping_label = fields.String(allow_none=True, validate=TEXT)
    notes = fields.String(validate=validate.Length(max=5000))


class OrderChange(Lenient):
    """`POST /order/update/…` and `POST /orders/update/…`: a status, or an address, or both."""

    order_status = fields.String(validate=validate.OneOf(STATUSES))
    shipping_address = fields.Nested(AddressFields)
    shipping_label = fields.String(allow_none=True, validate=TEXT)
    ticket_type = ticket_type()
    datetime = Moment()
    customer = fields.Nested(CustomerChange)
    items = fields.List(fields.Nested(ItemFields), validate=validate.Length(max=MOST_SEATS))
    notes = fields.String(validate=validate.Length(max=5000))

    @validates_schema
    def check_something(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a change that changes nothing (public: a status, unless address details are given)."""
        if not data:
            raise ValidationError("Missing data for required field.", "order_status")


class VenueFields(Lenient):
    """The venue of a reseller's event."""

    id = fields.String(required=True, validate=ID)
    name = fields.String(required=True, validate=validate.Length(1, 200))
    address_line_1 = fields.String(required=True, validate=TEXT)
    address_line_2 = fields.String(validate=TEXT)
    city = fields.String(load_default="", validate=TEXT)
    state = fields.String(load_default="", validate=TEXT)
    postcode = fields.String(required=True, validate=TEXT)
    country_code = fields.String(required=True, validate=validate.Length(2, 2))


class PerformerFields(Lenient):
    """Who plays at a reseller's event."""

    id = fields.String(required=True, validate=ID)
    name = fields.String(required=True, validate=validate.Length(1, 200))


class EventBody(Lenient):
    """`POST /events/add/{event_id}`: public."""

    name = fields.String(required=True, validate=validate.Length(1, 300))
    currency = fields.String(required=True, validate=validate.Regexp(r"[A-Z]{3}\Z", error="Must be like GBP."))
    commission_percentage_fee = fields.Raw()
    datetime = Moment(required=True)
    venue = fields.Nested(VenueFields, required=True)
    use_tixstock_venue_details = Truth(required=True)
    venue_details = fields.List(fields.Dict())
    performers = fields.List(fields.Nested(PerformerFields), required=True, validate=validate.Length(1, 50))
    category = fields.String(validate=validate.Length(max=200))

    @validates_schema
    def check_details(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse venue details beside the wish for the vendor's own (public: add event)."""
        if data["use_tixstock_venue_details"] and data.get("venue_details"):
            raise ValidationError("Must be empty when Tixstock's venue details are used.", "venue_details")
