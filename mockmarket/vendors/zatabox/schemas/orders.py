"""Orders, payments and tickets."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.schemas.common import (
    ID,
    NO_MORE_THAN,
    TEXT,
    Ordered,
    PersonSchema,
    SeatSchema,
    a_count,
    a_date,
    a_list,
    a_text,
    an_amount,
    answer,
)  # fmt: skip

STATUSES = ("pending", "completed", "failed", "cancelled")
PROVIDERS = ("nowpayments", "paystack", "flutterwave")
QUANTITY = validate.Range(1, wire.MOST_SEATS)


class NewItem(Ordered):
    """One line of an order."""

    ticketTypeId = fields.String(required=True, validate=ID)
    quantity = fields.Integer(required=True, strict=True, validate=QUANTITY)


class NewOrder(Ordered):
    """`POST /orders` (public: the fields); a buyer's own key needs no guest."""

    items = fields.List(fields.Nested(NewItem), load_default=list, validate=NO_MORE_THAN)
    venueSeatIds = fields.List(fields.String(validate=ID), load_default=list, validate=NO_MORE_THAN)
    holderToken = fields.String(load_default=None, allow_none=True, validate=ID)
    guestEmail = fields.Email(load_default=None, allow_none=True, validate=validate.Length(max=254))
    guestName = fields.String(load_default=None, allow_none=True, validate=TEXT)
    promoCode = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 60))

    @validates_schema
    def check_lines(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse an order of nothing."""
        if not data.get("items") and not data.get("venueSeatIds"):
            raise ValidationError("Send items, or venueSeatIds.", "items")


class PayBody(Ordered):
    """`POST /orders/{id}/pay` (public: the providers, and payCurrency for crypto)."""

    provider = fields.String(required=True, validate=validate.OneOf(PROVIDERS))
    payCurrency = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 20))


class VerifyBody(Ordered):
    """`POST /payments/verify` (public)."""

    orderId = fields.String(required=True, validate=ID)


class ItemSchema(Ordered):
    """One line of an order."""

    ticketTypeId = a_text()
    name = a_text()
    quantity = a_count()
    unitPrice = an_amount()
    subtotal = an_amount()


class TicketSchema(Ordered):
    """One ticket (document: id and qr)."""

    id = a_text(validate=validate.Regexp(r"tic_.+"))
    qr = a_text()
    code = a_text(validate=validate.Regexp(r"[A-Z0-9]{6}\Z"))
    status = a_text(validate=validate.OneOf(("valid", "checked_in", "refunded")))
    orderId = a_text(allow_none=True)
    eventId = a_text()
    ticketTypeId = a_text()
    ticketTypeName = a_text()
    holder = fields.Nested(PersonSchema, required=True)
    seat = fields.Nested(SeatSchema, required=True, allow_none=True)
    price = an_amount()
    currency = a_text()
    transferable = fields.Boolean(required=True)
    complimentary = fields.Boolean(required=True)
    checkedInAt = a_text(allow_none=True)
    gate = a_text(allow_none=True)
    createdAt = a_date()
    updatedAt = a_date()


class OrderSchema(Ordered):
    """One order (document: id, total and currency) with its tickets once it is paid."""

    id = a_text(validate=validate.Regexp(r"ord_.+"))
    total = an_amount()
    currency = a_text()
    status = a_text(validate=validate.OneOf(STATUSES))
    eventId = a_text()
    items = a_list(ItemSchema)
    subtotal = an_amount()
    discount = an_amount()
    promoCode = a_text(allow_none=True)
    buyer = fields.Nested(PersonSchema, required=True)
    venueSeatIds = a_list(fields.String())
    failureReason = a_text(allow_none=True)
    cancelReason = a_text(allow_none=True)
    expiresAt = a_text(allow_none=True)
    completedAt = a_text(allow_none=True)
    createdAt = a_date()
    updatedAt = a_date()
    tickets = a_list(TicketSchema)


class OrderOnceSchema(OrderSchema):
    """One new order with the token that reads it without a key, shown once (public)."""

    accessToken = a_text()


class PaymentSchema(Ordered):
    """One payment, begun or ended."""

    id = a_text(validate=validate.Regexp(r"pay_.+"))
    orderId = a_text()
    provider = a_text(validate=validate.OneOf(PROVIDERS))
    status = a_text(validate=validate.OneOf(("pending", "succeeded", "failed")))
    amount = an_amount()
    currency = a_text()
    payCurrency = a_text(allow_none=True)
    checkoutUrl = a_text()
    failureReason = a_text(allow_none=True)
    settledAt = a_text(allow_none=True)
    createdAt = a_date()


class PaymentStatusSchema(Ordered):
    """How the payment of an order stands."""

    orderId = a_text()
    orderStatus = a_text(validate=validate.OneOf(STATUSES))
    status = a_text(validate=validate.OneOf(("none", "pending", "succeeded", "failed")))
    total = an_amount()
    currency = a_text()
    attempts = a_list(PaymentSchema)
    tickets = a_list(TicketSchema)


Order = answer("Order", OrderSchema)
OrderOnce = answer("OrderOnce", OrderOnceSchema)
Payment = answer("Payment", PaymentSchema)
PaymentStatus = answer("PaymentStatus", PaymentStatusSchema)
