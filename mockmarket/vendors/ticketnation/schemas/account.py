"""Schemas of the account, of orders, and of webhooks with their deliveries."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.schemas.shapes import EMPTY, MetaSchema, Ordered, PageQuery, Url, a_name

ORDER_STATUSES = ("COMPLETED", "REFUNDED")
DELIVERY_STATUSES = ("PENDING", "SENDING", "DELIVERED", "FAILED", "DROPPED")
MOST_A_PURCHASE = 100


class ApiKeySchema(Ordered):
    """The key that asks."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True)
    callbackUrl = fields.String(required=True, allow_none=True)
    createdAt = fields.String(required=True)
    expiresAt = fields.String(required=True, allow_none=True)
    lastUsedAt = fields.String(required=True, allow_none=True)


class OrganizationSchema(Ordered):
    """Whose key it is."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    slug = fields.String(required=True)


class AccountSchema(Ordered):
    """Key and organization."""

    apiKey = fields.Nested(ApiKeySchema, required=True)
    organization = fields.Nested(OrganizationSchema, required=True)


class AccountAnswer(Ordered):
    """The answer of `GET /me`."""

    data = fields.Nested(AccountSchema, required=True)


class OrderQuery(PageQuery):
    """`GET /orders`."""

    eventId = fields.String(load_default=None, metadata={"description": "Id or slug of an event."})
    status = fields.String(load_default=None, validate=validate.OneOf(ORDER_STATUSES))


class ItemSchema(Ordered):
    """What an order has of one ticket type."""

    ticketId = fields.String(required=True)
    ticketName = fields.String(required=True)
    quantity = fields.Integer(required=True)
    unitPrice = fields.Float(required=True)
    amount = fields.Float(required=True)


class OrderSchema(Ordered):
    """One order; amounts in pesos."""

    orderId = fields.String(required=True)
    orderNumber = fields.String(required=True, validate=validate.Regexp(r"TN-\d{8}-[A-Z0-9]{6}\Z"))
    eventId = fields.String(required=True)
    totalAmount = fields.Float(required=True)
    currency = fields.String(required=True)
    quantity = fields.Integer(required=True)
    buyerName = fields.String(required=True)
    buyerEmail = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(ORDER_STATUSES))
    items = fields.List(fields.Nested(ItemSchema), required=True)
    createdAt = fields.String(required=True)
    updatedAt = fields.String(required=True)
    refundedAt = fields.String(required=True, allow_none=True)


class OrderAnswer(Ordered):
    """One order."""

    data = fields.Nested(OrderSchema, required=True)


class OrderPage(Ordered):
    """A page of orders."""

    data = fields.List(fields.Nested(OrderSchema), required=True)
    meta = fields.Nested(MetaSchema, required=True)


def subscriptions() -> fields.Field[Any]:
    """Return a list of notices' names, each once."""
    names = fields.String(validate=validate.OneOf(tuple(wire.NOTICES)))
    return fields.List(names, validate=[validate.Length(1), each_once])


def each_once(names: list[str]) -> None:
    """Raise ValidationError for a name that is given twice."""
    if len(set(names)) < len(names):
        raise ValidationError("must not name an event twice")


class WebhookChange(Ordered):
    """`PATCH /webhooks/{id}`: what is not named stays; `isActive` true enables it again, its failures forgotten."""

    url = Url(error_messages=EMPTY, metadata={"format": "uri"})
    events = subscriptions()
    isActive = fields.Boolean()


class NewWebhook(Ordered):
    """`POST /webhooks`: without `events` it hears all four."""

    url = Url(required=True, error_messages=EMPTY, metadata={"format": "uri"})
    events = subscriptions()


class WebhookSchema(Ordered):
    """One webhook with its health. `apiKeyId` or `eventId` tells whose callback URL it is, null for one made by call."""

    id = fields.String(required=True)
    url = fields.String(required=True)
    events = fields.List(fields.String(), required=True)
    isActive = fields.Boolean(required=True)
    consecutiveFailures = fields.Integer(required=True)
    disabledReason = fields.String(required=True, allow_none=True)
    apiKeyId = fields.String(required=True, allow_none=True)
    eventId = fields.String(required=True, allow_none=True)
    createdAt = fields.String(required=True)
    updatedAt = fields.String(required=True)


class WebhookWithSecret(WebhookSchema):
    """A webhook that was made; its secret is here and never shown again."""

    secret = fields.String(required=True)


class WebhookAnswer(Ordered):
    """One webhook."""

    data = fields.Nested(WebhookSchema, required=True)


class NewWebhookAnswer(Ordered):
    """A webhook that was made."""

    data = fields.Nested(WebhookWithSecret, required=True)


class WebhookPage(Ordered):
    """A page of webhooks."""

    data = fields.List(fields.Nested(WebhookSchema), required=True)
    meta = fields.Nested(MetaSchema, required=True)


class DeliveryQuery(PageQuery):
    """`GET /webhooks/{id}/deliveries`."""

    status = fields.String(load_default=None, validate=validate.OneOf(DELIVERY_STATUSES))


class AttemptSchema(Ordered):
    """One POST of a delivery; `statusCode` is null when no answer came."""

    number = fields.Integer(required=True)
    at = fields.String(required=True)
    statusCode = fields.Integer(required=True, allow_none=True)
    responseBody = fields.String(required=True)
    error = fields.String(required=True, allow_none=True)
    durationMs = fields.Integer(required=True)
    outcome = fields.String(required=True)


class DeliverySchema(Ordered):
    """One notice for one webhook, with every attempt."""

    id = fields.String(required=True)
    webhookId = fields.String(required=True)
    type = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(DELIVERY_STATUSES))
    isTest = fields.Boolean(required=True)
    payload = fields.Dict(required=True)
    attemptCount = fields.Integer(required=True)
    lastStatusCode = fields.Integer(required=True, allow_none=True)
    nextAttemptAt = fields.String(required=True, allow_none=True)
    createdAt = fields.String(required=True)
    completedAt = fields.String(required=True, allow_none=True)
    attempts = fields.List(fields.Nested(AttemptSchema), required=True)


class DeliveryAnswer(Ordered):
    """One delivery: what a test came to."""

    data = fields.Nested(DeliverySchema, required=True)


class DeliveryPage(Ordered):
    """A page of deliveries, newest first."""

    data = fields.List(fields.Nested(DeliverySchema), required=True)
    meta = fields.Nested(MetaSchema, required=True)


class Wanted(Ordered):
    """So many of one ticket type, by its id or, within the event, its name."""

    ticketId = fields.String(required=True, validate=validate.Length(1, 200))
    quantity = fields.Integer(required=True, strict=True, validate=validate.Range(1, MOST_A_PURCHASE))


class Purchase(Schema):
    """Action `buy`: of one event (id or slug) either `ticketId` and `quantity`, or several `items`."""

    eventId = fields.String(required=True, validate=validate.Length(1, 200))
    ticketId = fields.String(validate=validate.Length(1, 200))
    quantity = fields.Integer(strict=True, validate=validate.Range(1, MOST_A_PURCHASE))
    items = fields.List(fields.Nested(Wanted), validate=validate.Length(1, 20))
    buyerName = a_name(load_default="Alex Buyer")
    buyerEmail = fields.Email(load_default="buyer@example.com", validate=validate.Length(max=254))

    @validates_schema
    def check_form(self, data: dict[str, object], **_: object) -> None:
        """Refuse a purchase that has neither form, or both."""
        if ("items" in data) == ("ticketId" in data):
            raise ValidationError("Send ticketId and quantity, or items.", "ticketId")


class OrderAction(Schema):
    """Action `refund`: of one order, by its id or its number."""

    orderId = fields.String(required=True, validate=validate.Length(1, 200))
