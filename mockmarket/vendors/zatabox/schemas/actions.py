"""What the actions take."""

from __future__ import annotations

from marshmallow import fields, validate

from mockmarket.vendors.zatabox.schemas.common import ID, LONG_TEXT, TEXT, Ordered
from mockmarket.vendors.zatabox.schemas.orders import QUANTITY


class BuyAction(Ordered):
    """Which ticket type, how many, and who buys."""

    ticketTypeId = fields.String(required=True, validate=ID)
    quantity = fields.Integer(load_default=1, strict=True, validate=QUANTITY)
    guestEmail = fields.Email(load_default="buyer@example.com", validate=validate.Length(max=254))
    guestName = fields.String(load_default="Alex Buyer", validate=TEXT)


class OrderAction(Ordered):
    """Which order."""

    orderId = fields.String(required=True, validate=ID)


class FailAction(OrderAction):
    """Which order, and why its payment fails."""

    reason = fields.String(load_default="payment_declined", validate=TEXT)


class TransferAction(Ordered):
    """Which ticket, and to whom."""

    ticketId = fields.String(required=True, validate=ID)
    toEmail = fields.Email(required=True, validate=validate.Length(max=254))
    toName = fields.String(load_default="Robin Friend", validate=TEXT)


class RefundAction(Ordered):
    """Which refund."""

    refundId = fields.String(required=True, validate=ID)


class DenyAction(RefundAction):
    """Which refund, and why it is denied."""

    reason = fields.String(load_default=None, allow_none=True, validate=LONG_TEXT)


class ResolveAction(Ordered):
    """Which report, and what came of it."""

    reportId = fields.String(required=True, validate=ID)
    resolution = fields.String(load_default="", validate=LONG_TEXT)


class AgentAction(Ordered):
    """Which tool wrote, who ran it, and what it wrote to: the id of an event, ticket type, order or ticket."""

    tool = fields.String(required=True, validate=TEXT)
    actor = fields.String(load_default="An agent", validate=TEXT)
    target = fields.String(required=True, validate=ID)
