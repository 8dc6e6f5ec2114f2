"""What the control routes about requests, waiting, snapshots answer, for the OpenAPI document; tests hold the answers to it."""

from __future__ import annotations

from marshmallow import Schema, fields

from mockmarket.control.answers import Request, Requests, a_number, a_text, a_time, some_texts
from mockmarket.control.hook_answers import Attempt, Delivery, Notice


class Found(Requests):
    """How many requests match, and the newest of them, oldest first."""

    count = a_number()


class Counted(Schema):
    """How many requests match, by status, and why those among them that were refused were."""

    count = a_number()
    by_status = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    refused = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    dropped = a_number()


class UnreadField(Schema):
    """One field that was sent and that nothing read."""

    vendor = a_text()
    method = a_text()
    field = a_text()
    count = a_number()
    paths = some_texts()
    last = a_text(metadata={"description": "The newest request that sent it."})


class Unread(Schema):
    """Fields that nothing read, the most frequent first."""

    unread = fields.List(fields.Nested(UnreadField), required=True)
    dropped = a_number()


class ChangedRecord(Schema):
    """One record that a request stored or deleted."""

    vendor = a_text()
    kind = a_text()
    id = a_text()
    change = a_text()


class StockChange(Schema):
    """What a request did to seats."""

    stock = a_text()
    what = a_text()
    quantity = a_number()
    vendor = a_text()
    record = a_text()
    seats = fields.List(fields.Integer(), required=True)


class CausedDelivery(Delivery):
    """One delivery that a request caused, with its attempts."""

    attempts_made = fields.List(fields.Nested(Attempt), required=True)


class CausedNotice(Notice):
    """One notice that a request caused, with its deliveries."""

    deliveries = fields.List(fields.Nested(CausedDelivery), required=True)  # type: ignore[assignment]  # a number in the list


class LeftOut(Schema):
    """How many of each are not in the answer."""

    records = a_number()
    stock = a_number()
    notices = a_number()
    deliveries = a_number()
    attempts = a_number()


class RequestWithEffects(Request):
    """One request with everything that it caused."""

    records = fields.List(fields.Nested(ChangedRecord), required=True)
    stock = fields.List(fields.Nested(StockChange), required=True)
    notices = fields.List(fields.Nested(CausedNotice), required=True)
    left_out = fields.Nested(LeftOut, required=True)


class Waited(Schema):
    """What was waited for and has come; `count` and the list are of what was waited for, `next_due` of quiet."""

    for_ = a_text(data_key="for")
    waited_ms = fields.Float(required=True)
    count = fields.Integer()
    seen = fields.Integer(metadata={"description": "How many match; the list has the newest of them."})
    deliveries = fields.List(fields.Nested(Delivery))
    requests = fields.List(fields.Nested(Request))
    next_due = fields.String(allow_none=True, metadata={"format": "date-time"})


class Snapshot(Schema):
    """One snapshot: taken at which of the world's and of the machine's times."""

    name = a_text()
    world = a_text()
    taken_at = a_time()
    taken_wall_at = a_time()
    frozen = fields.Boolean(required=True)
    bytes = a_number()


class Snapshots(Schema):
    """A world's snapshots, oldest first."""

    snapshots = fields.List(fields.Nested(Snapshot), required=True)
