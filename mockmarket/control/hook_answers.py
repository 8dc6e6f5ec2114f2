"""What the control routes about endpoints, notices and deliveries answer, for the OpenAPI document; tests hold the answers to it."""

from __future__ import annotations

from marshmallow import Schema, fields

from mockmarket.control.answers import a_number, a_text, a_time


class Endpoint(Schema):
    """One endpoint; `secret` is there once, when it is made."""

    id = a_text()
    vendor = a_text()
    owner = a_text()
    url = a_text()
    types = fields.List(fields.String(), required=True, allow_none=True)
    headers = a_text()
    basic_auth = a_text()
    state = a_text()
    failures = a_number()
    mutes = a_number()
    muted_until = a_time()
    disabled_reason = fields.String(required=True, allow_none=True)
    secret_hint = a_text()
    created_at = a_time()
    updated_at = a_time()
    data = fields.Dict(required=True)
    secret = fields.String()


class Endpoints(Schema):
    """Endpoints, oldest first."""

    endpoints = fields.List(fields.Nested(Endpoint), required=True)


class Notice(Schema):
    """One notice with its body."""

    number = a_number()
    event_id = a_text()
    vendor = a_text()
    type = a_text()
    kind = a_text()
    record = a_text()
    at = a_time()
    cause = fields.String(required=True, allow_none=True)
    deliveries = a_number()
    body = a_text()


class Notices(Schema):
    """Notices, newest first."""

    notices = fields.List(fields.Nested(Notice), required=True)


class Delivery(Schema):
    """One delivery."""

    id = a_text()
    number = a_number()
    state = a_text()
    why = a_text()
    vendor = a_text()
    type = a_text()
    kind = a_text()
    record = a_text()
    endpoint = a_text()
    notice = a_number()
    event_id = a_text()
    cause = fields.String(required=True, allow_none=True)
    attempts = a_number()
    last_status = fields.Integer(required=True, allow_none=True)
    due = a_time()
    reason = a_text()
    at = a_time()
    settled_at = a_time()


class Deliveries(Schema):
    """Deliveries, newest first."""

    deliveries = fields.List(fields.Nested(Delivery), required=True)


class Sent(Schema):
    """A request as it was sent."""

    url = a_text()
    headers = fields.List(fields.List(fields.String()), required=True)
    body = a_text()


class Answered(Schema):
    """What came back."""

    status = fields.Integer(required=True, allow_none=True)
    headers = fields.List(fields.List(fields.String()), required=True)
    body = a_text()
    truncated = fields.Boolean(required=True)
    error = fields.String(required=True, allow_none=True)


class Attempt(Schema):
    """One attempt: `at` in the world's time, `wall_at` in the machine's, `stamp` as signed."""

    number = a_number()
    why = a_text()
    at = a_time()
    wall_at = a_time()
    stamp = a_number()
    elapsed_ms = fields.Float(required=True)
    request = fields.Nested(Sent, required=True)
    answer = fields.Nested(Answered, required=True)
    verdict = a_text()
    reason = a_text()
    fault = fields.String(required=True, allow_none=True)


class DeliveryWithAttempts(Delivery):
    """One delivery with every attempt."""

    body = a_text()
    attempts_made = fields.List(fields.Nested(Attempt), required=True)


class Triggered(Schema):
    """How many notices a trigger made, and how many deliveries of them."""

    notices = a_number()
    deliveries = a_number()
