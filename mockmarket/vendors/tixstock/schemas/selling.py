"""Listings and orders as Tixstock's calls answer them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from mockmarket.vendors.tixstock.schemas.catalogue import CategorySchema, ListedEvent, NamedSchema, VenueSchema
from mockmarket.vendors.tixstock.schemas.shapes import AMOUNT, MOMENT, YES_NO, count, many, maybe, part, text, truth
from mockmarket.vendors.tixstock.wire.formats import SPLIT_TYPES, TICKET_TYPES
from mockmarket.vendors.tixstock.wire.orders import STATUSES


class PriceSchema(Schema):
    """An amount as text."""

    currency = text()
    amount = text(validate=AMOUNT)


class TicketSchema(Schema):
    """What kind of tickets a listing has."""

    general_admission = truth()
    type = text(validate=validate.OneOf(TICKET_TYPES))
    allow_last_minute_sales = truth()
    split_type = text(validate=validate.OneOf(SPLIT_TYPES))
    eticket = fields.List(fields.Dict())
    etickets = fields.List(fields.Dict())
    upload_later = truth()
    instant_download = fields.String(validate=YES_NO)


class QuantitySchema(Schema):
    """How many tickets of a listing there are in each state."""

    quantity_available = count()
    quantity_sold = count()
    display_quantity = count()
    split_quantity = count()
    quantity_on_hold = count()


class SeatSchema(Schema):
    """Where a listing's seats are."""

    category = text()
    section = text()
    row = text()
    first_seat = text()


class RestrictionSchema(Schema):
    """What a buyer should know."""

    options = fields.List(fields.String(), required=True)
    other = text()


class DeliverySchema(Schema):
    """How a listing's tickets come."""

    type = text()
    hand_delivered = truth()
    ready_shipped = truth()
    shipped_date_or_date_in_hand = text(validate=validate.Regexp(r"\d{4}-\d\d-\d\d\Z"))
    options = fields.List(fields.Dict())


class ListingSchema(Schema):
    """One listing as a reseller sees it; the id is null until it has published it."""

    id = maybe()
    broker_id = text()
    ticket = part(TicketSchema)
    number_of_tickets_for_sale = part(QuantitySchema)
    seat_details = part(SeatSchema)
    face_value = part(PriceSchema)
    display_price = part(PriceSchema)
    proceed_price = part(PriceSchema)
    restrictions_benefits = part(RestrictionSchema)
    delivery = part(DeliverySchema)
    event = part(ListedEvent)


class FedListing(Schema):
    """One listing as a partner sees it."""

    id = text()
    seller_id = count()
    seller_name = text()
    ticket = part(TicketSchema)
    number_of_tickets_for_sale = part(QuantitySchema)
    seat_details = part(SeatSchema)
    face_value = fields.Nested(PriceSchema)
    display_price = fields.Nested(PriceSchema)
    proceed_price = part(PriceSchema)
    restrictions_benefits = fields.Nested(RestrictionSchema)
    delivery = fields.Nested(DeliverySchema)


class FedEvent(Schema):
    """One event of the feed."""

    id = text()
    name = text()
    currency = text()
    datetime = text(validate=MOMENT)
    status = text()
    map_url = text()
    venue = part(VenueSchema)
    performers = many(NamedSchema)
    category = part(CategorySchema)
    listings = fields.List(fields.Nested(FedListing))


class AddressSchema(Schema):
    """An address; what is not known is null."""

    address_line_1 = maybe()
    address_line_2 = maybe()
    town = maybe()
    county = maybe()
    postcode = maybe()
    country_code = maybe()


class CustomerSchema(Schema):
    """Who bought."""

    id = maybe()
    first_name = maybe()
    last_name = maybe()
    email_address = maybe()
    dob = fields.String()
    national_id = fields.String()
    contact_number = maybe()
    billing_address = part(AddressSchema)
    shipping_address = part(AddressSchema)


class HolderSchema(Schema):
    """Whose a ticket is."""

    first_name = text()
    last_name = text()
    email_address = text()
    dob = text()
    national_id = text()
    contact_number = text()
    address = text()
    nationality = text()
    birth_place = text()
    birth_country = text()


class ItemSchema(Schema):
    """One ticket of an order."""

    listing_id = text()
    general_admission = truth()
    type = text()
    section = text()
    row = text()
    file = fields.List(fields.String(), required=True)
    customer = fields.Nested(HolderSchema)


class OrderSchema(Schema):
    """One order; the id is the reseller's own."""

    id = text()
    date = text(validate=MOMENT)
    customer = part(CustomerSchema)
    items = many(ItemSchema)
    quantity = count()
    currency = text()
    sub_total = text(validate=AMOUNT)
    grand_total = text(validate=AMOUNT)
    status = text(validate=validate.OneOf(STATUSES))
    shipping_tracking_id = maybe()
    shipping_label = maybe()
