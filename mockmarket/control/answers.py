"""What the control routes answer, for the OpenAPI document; tests hold the answers to it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields


def a_text(**more: Any) -> fields.String:
    """Return a text that is always there."""
    return fields.String(required=True, **more)


def a_time(**more: Any) -> fields.String:
    """Return a date-time, ISO 8601 in UTC, that is always there and may be null."""
    return fields.String(required=True, allow_none=True, metadata={"format": "date-time"}, **more)


def a_number(**more: Any) -> fields.Integer:
    """Return a whole number that is always there."""
    return fields.Integer(required=True, **more)


def some_texts(**more: Any) -> fields.Field[Any]:
    """Return a list of texts that is always there."""
    return fields.List(fields.String(), required=True, **more)


class Journal(Schema):
    """How many requests are kept, and how many no longer are."""

    entries = a_number()
    dropped = a_number()


class Health(Schema):
    """How the process fares."""

    status = a_text()
    version = a_text()
    worlds = some_texts()
    deliveries = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    in_flight = a_number()
    pruned = a_number(metadata={"description": "Settled deliveries that are no longer kept."})
    journal = fields.Nested(Journal, required=True)


class Credential(Schema):
    """One of the fixture's own keys."""

    name = a_text()
    secret = a_text()
    headers = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    scopes = some_texts()
    ip_allowlist = some_texts()
    expires_at = a_time()


class NoticeType(Schema):
    """One type of notice."""

    name = a_text()
    when = a_text()
    fires = fields.Boolean(required=True)


class Scope(Schema):
    """One permission."""

    name = a_text()
    allows = a_text()


class ActionName(Schema):
    """One action, shortly."""

    name = a_text()
    who = a_text()
    does = a_text()


class SettingValue(Schema):
    """One setting as it is."""

    value = fields.Raw(required=True, allow_none=True)
    default = fields.Raw(required=True, allow_none=True)
    help = a_text()
    choices = fields.List(fields.Raw())


SETTINGS = {
    "type": "object",
    "description": "By vendor (or core) and name.",
    "additionalProperties": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/SettingValue"}},
}


class Vendor(Schema):
    """One emulated API."""

    name = a_text()
    title = a_text()
    base_url = a_text()
    also = some_texts()
    credentials = fields.List(fields.Nested(Credential), required=True)
    signature = a_text()
    retries = a_text()
    notices = fields.List(fields.Nested(NoticeType), required=True)
    scopes = fields.List(fields.Nested(Scope), required=True)
    records = some_texts()
    actions = fields.List(fields.Nested(ActionName), required=True)
    settings = fields.Dict(keys=fields.String(), values=fields.Nested(SettingValue), required=True)


class Vendors(Schema):
    """Every emulated API."""

    vendors = fields.List(fields.Nested(Vendor), required=True)


class World(Schema):
    """One world."""

    name = a_text()
    fixture = a_text()
    start = a_time()
    now = a_time()
    frozen = fields.Boolean(required=True)
    seed = a_number()


class Worlds(Schema):
    """Every world."""

    worlds = fields.List(fields.Nested(World), required=True)


class Timer(Schema):
    """One thing due."""

    vendor = a_text()
    timer = a_text()
    record = a_text()
    due = a_time()


class Clock(Schema):
    """The clock, and what is due next."""

    now = a_time()
    now_ms = a_number()
    frozen = fields.Boolean(required=True)
    next_delivery = a_time()
    timers = fields.List(fields.Nested(Timer), required=True)


class Fired(Schema):
    """One timer that fired."""

    vendor = a_text()
    timer = a_text()
    record = a_text()
    at = a_time()


class Walk(Schema):
    """What an advance did."""

    began = a_time(data_key="from")
    now = a_time()
    now_ms = a_number()
    frozen = fields.Boolean(required=True)
    attempts = a_number()
    timers = fields.List(fields.Nested(Fired), required=True)
    complete = fields.Boolean(required=True)


class Key(Schema):
    """One key; `secret` and `callback_secret` are there once, when they are minted."""

    id = a_text()
    vendor = a_text()
    kind = a_text()
    name = a_text()
    description = a_text()
    hint = a_text()
    scopes = some_texts()
    ip_allowlist = some_texts()
    callback_url = fields.String(required=True, allow_none=True)
    expires_at = a_time()
    last_used_at = a_time()
    created_at = a_time()
    owner = fields.Dict(required=True)
    secret = fields.String()
    callback_secret = fields.String(allow_none=True)


class Keys(Schema):
    """Keys, oldest first."""

    keys = fields.List(fields.Nested(Key), required=True)


class Records(Schema):
    """Records in the vendor's own fields, and how many there are in all."""

    total = a_number()
    records = fields.List(fields.Dict(), required=True)


class ActionField(Schema):
    """One field of an action."""

    name = a_text()
    required = fields.Boolean(required=True)


class Action(ActionName):
    """One action with its fields."""

    fields_ = fields.List(fields.Nested(ActionField), required=True, data_key="fields")


class Actions(Schema):
    """A vendor's actions."""

    actions = fields.List(fields.Nested(Action), required=True)


class Request(Schema):
    """One request and its answer, secrets redacted."""

    id = a_text()
    vendor = a_text()
    method = a_text()
    path = a_text()
    query = a_text()
    headers = fields.List(fields.List(fields.String()), required=True)
    body = a_text()
    key = fields.String(required=True, allow_none=True)
    status = a_number()
    answer = a_text()
    refused = fields.String(required=True, allow_none=True)
    message = fields.String(required=True, allow_none=True)
    unread = some_texts()
    unsupported = some_texts()
    fault = fields.String(required=True, allow_none=True)
    at = a_time()
    wall_at = a_time()
    elapsed_ms = fields.Float(required=True)


class Requests(Schema):
    """Requests, oldest first."""

    requests = fields.List(fields.Nested(Request), required=True)
    dropped = a_number()
