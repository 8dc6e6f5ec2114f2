"""Webhook subscriptions."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from mockmarket.vendors.skybox.schemas.shapes import has, text, word
from mockmarket.vendors.skybox.wire.kinds import TOPICS


class WebhookBody(Schema):
    """`POST /webhooks` and `PUT /webhooks/{id}`: document, all four; the setting `all_webhook_fields` can ask for less."""

    topic = word(tuple(TOPICS), required=True)
    url = fields.String(required=True, validate=validate.Length(1, 2048))
    headers = fields.String(allow_none=True, validate=validate.Length(max=60_000))
    secret = text(allow_none=True)


class WebhookSchema(Schema):
    """One subscription."""

    id = has(fields.Integer)
    topic = has(fields.String, validate=validate.OneOf(tuple(TOPICS)))
    url = has(fields.String)
    headers = has(fields.String)
    secret = has(fields.String)
    createdAt = has(fields.String)
    updatedAt = has(fields.String)
