"""Bodies of the actions: what brokers do from their own pages."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from mockmarket.vendors.tixstock.schemas.parts import ID, MOST_SEATS, split_type, ticket_type
from mockmarket.vendors.tixstock.wire.formats import DEFAULT_TYPE
from mockmarket.vendors.tixstock.wire.orders import STATUSES

ORDER_ID = {"description": "The exchange's own id, tixstock_id, or the reseller's when only one order has it."}


class OrderStatusAction(Schema):
    """Which order, and its status from now on."""

    order = fields.String(required=True, validate=ID, metadata=ORDER_ID)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))


class TrackingAction(Schema):
    """Which order, and its shipping tracking id."""

    order = fields.String(required=True, validate=ID, metadata=ORDER_ID)
    tracking = fields.String(required=True, validate=validate.Length(1, 200))


class FulfilAction(Schema):
    """Which order, how many of its tickets (all that are left without it), and the links that prove a Mobile transfer."""

    order = fields.String(required=True, validate=ID, metadata=ORDER_ID)
    count = fields.Integer(load_default=None, strict=True, validate=validate.Range(1, MOST_SEATS))
    proof_file_url = fields.List(fields.Url(), load_default=list)


class ListingAction(Schema):
    """Which listing, by the exchange's own id."""

    listing = fields.String(required=True, validate=ID)


class ListingChange(ListingAction):
    """Which listing, and what changes of it."""

    price = fields.Decimal(places=2, validate=validate.Range(0, 1_000_000))
    type = ticket_type()
    restrictions = fields.List(fields.String(validate=validate.Length(max=500)))


class NewListingAction(Schema):
    """A broker's new listing; without a broker it is the first one's."""

    event = fields.String(required=True, validate=ID)
    section = fields.String(required=True, validate=validate.Length(1, 200))
    category = fields.String(validate=validate.Length(1, 200))
    row = fields.String(load_default="A", validate=validate.Length(1, 50))
    first_seat = fields.Integer(load_default=1, strict=True, validate=validate.Range(1, 100_000))
    general_admission = fields.Boolean(load_default=False)
    quantity = fields.Integer(required=True, strict=True, validate=validate.Range(1, MOST_SEATS))
    price = fields.Decimal(required=True, places=2, validate=validate.Range(0, 1_000_000))
    currency = fields.String(load_default="USD", validate=validate.Regexp(r"[A-Z]{3}\Z", error="Must be like USD."))
    type = ticket_type(load_default=DEFAULT_TYPE)
    split_type = split_type(load_default="No Preferences")
    split_quantity = fields.Integer(load_default=0, strict=True, validate=validate.Range(0, MOST_SEATS))
    broker = fields.String(validate=ID)

    @validates_schema
    def check_split(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a split quantity that its split type does not have."""
        multiples = data["split_type"] == "Sell In Multiples"
        fits = data["split_quantity"] > 0 and data["quantity"] % data["split_quantity"] == 0 if multiples else True
        if not fits or (not multiples and data["split_quantity"]):
            raise ValidationError("Must divide the quantity for Sell In Multiples, else be 0.", "split_quantity")


class BrokerAction(Schema):
    """Which broker; the first without one."""

    broker = fields.String(load_default=None, allow_none=True, validate=ID)


class AuthenticateAction(BrokerAction):
    """Which broker signs in at which reseller, with which password; its own username without one."""

    reseller = fields.String(required=True, validate=validate.Length(max=200))
    username = fields.String(validate=validate.Length(1, 200))
    password = fields.String(required=True, validate=validate.Length(1, 200))
