"""Webhook endpoints, their deliveries, and the catalogue."""

from __future__ import annotations

from marshmallow import fields, validate

from mockmarket.vendors.zatabox.catalog import TYPES
from mockmarket.vendors.zatabox.schemas.common import (
    LONG_TEXT,
    Ordered,
    a_count,
    a_date,
    a_list,
    a_text,
    answer,
    next_page,
)  # fmt: skip

EVENTS = fields.String(
    validate=validate.OneOf(tuple(TYPES), error="{input} is no event type; GET /webhooks/catalog lists them.")
)
STATES = ("pending", "succeeded", "failed", "exhausted")


class WebhookChange(Ordered):
    """`PUT /webhooks/{id}`: what is not named stays."""

    url = fields.String(validate=validate.Length(1, 2048))
    events = fields.List(EVENTS, validate=validate.Length(1, 100))
    description = fields.String(validate=LONG_TEXT)
    active = fields.Boolean()


class NewWebhook(WebhookChange):
    """`POST /webhooks`: document, url and events."""

    url = fields.String(required=True, validate=validate.Length(1, 2048))
    events = fields.List(EVENTS, required=True, validate=validate.Length(1, 100))
    description = fields.String(load_default="", validate=LONG_TEXT)
    active = fields.Boolean(load_default=True)


class WebhookSchema(Ordered):
    """One endpoint."""

    id = a_text()
    url = a_text()
    events = a_list(fields.String())
    description = a_text()
    active = fields.Boolean(required=True)
    createdAt = a_date()
    updatedAt = a_date()


class WebhookOnceSchema(WebhookSchema):
    """One endpoint with its secret, shown once (document)."""

    secret = a_text(validate=validate.Regexp(r"whsec_[0-9a-f]{48}\Z"))


class RotatedWebhookSchema(WebhookOnceSchema):
    """One endpoint with its new secret, and until when the one before signs too: null where it signs no more."""

    previousSecretExpiresAt = a_date(allow_none=True)


class AttemptSchema(Ordered):
    """One attempt of a delivery."""

    number = a_count()
    at = a_date()
    replay = fields.Boolean(required=True)
    responseStatus = fields.Integer(required=True, allow_none=True)
    error = a_text(allow_none=True)
    durationMs = a_count()


class DeliverySchema(Ordered):
    """One delivery (document: exhausted; convention: the rest)."""

    id = a_text(validate=validate.Regexp(r"whd_.+"))
    eventId = a_text()
    type = a_text()
    endpointId = a_text()
    status = a_text(validate=validate.OneOf(STATES))
    test = fields.Boolean(required=True)
    responseStatus = fields.Integer(required=True, allow_none=True)
    attempts = a_list(AttemptSchema)
    nextAttemptAt = a_text(allow_none=True)
    createdAt = a_date()
    settledAt = a_text(allow_none=True)


class CatalogEntry(Ordered):
    """One type: its name, when it fires, the top-level keys of its data, whether it ever fires."""

    type = a_text()
    description = a_text()
    dataKeys = a_list(fields.String())
    fires = fields.Boolean(required=True)


class WebhookListSchema(Ordered):
    """Every endpoint."""

    items = a_list(WebhookSchema)


class CatalogSchema(Ordered):
    """Every type."""

    items = a_list(CatalogEntry)


Webhook = answer("Webhook", WebhookSchema)
WebhookOnce = answer("WebhookOnce", WebhookOnceSchema)
RotatedWebhook = answer("RotatedWebhook", RotatedWebhookSchema)
Webhooks = answer("Webhooks", WebhookListSchema)
Delivery = answer("Delivery", DeliverySchema)
Deliveries = answer("Deliveries", next_page("Delivery", DeliverySchema))
Catalog = answer("Catalog", CatalogSchema)
