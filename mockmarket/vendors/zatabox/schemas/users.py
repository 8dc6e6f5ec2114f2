"""Buyers: me, my tickets, refunds, reports, messages; and the organization's API keys."""

from __future__ import annotations

from marshmallow import fields, validate

from mockmarket.vendors.zatabox.schemas.common import (
    ID,
    LONG_TEXT,
    TEXT,
    Ordered,
    PersonSchema,
    a_date,
    a_list,
    a_text,
    an_amount,
    answer,
    next_page,
)  # fmt: skip
from mockmarket.vendors.zatabox.schemas.orders import TicketSchema

SCOPES = (
    "events:read", "events:write", "tickets:read", "tickets:write", "orders:read", "orders:write", "attendees:read",
    "attendees:write", "checkin:write", "payouts:read", "payouts:write", "webhooks:manage", "analytics:read", "*",
)  # fmt: skip
"""Public, the SDK's list."""


class RefundBody(Ordered):
    """`POST /users/me/refunds` (public)."""

    ticketId = fields.String(required=True, validate=ID)
    reason = fields.String(load_default="", validate=LONG_TEXT)


class ReportBody(Ordered):
    """`POST /users/me/reports`: against an event, or the organizer."""

    eventId = fields.String(load_default=None, allow_none=True, validate=ID)
    reason = fields.String(required=True, validate=TEXT)
    description = fields.String(load_default="", validate=LONG_TEXT)


class MessageBody(Ordered):
    """`POST /users/me/tickets/{ticketId}/message`."""

    message = fields.String(required=True, validate=validate.Length(1, 5000))


class KeyChange(Ordered):
    """`PUT …/api-keys/{keyId}` (public: rename, pause, re-scope)."""

    name = fields.String(validate=validate.Length(1, 100))
    active = fields.Boolean()
    scopes = fields.List(fields.String(validate=validate.OneOf(SCOPES)), validate=validate.Length(1, 50))


class NewKey(KeyChange):
    """`POST …/api-keys`."""

    name = fields.String(required=True, validate=validate.Length(1, 100))
    active = fields.Boolean(load_default=True)
    scopes = fields.List(fields.String(validate=validate.OneOf(SCOPES)), required=True, validate=validate.Length(1, 50))


class MeSchema(Ordered):
    """Whom a key speaks for: a buyer, or the organization."""

    id = a_text()
    email = a_text(allow_none=True)
    name = a_text()
    role = a_text(validate=validate.OneOf(("buyer", "organizer")))
    organizationId = a_text(allow_none=True)
    createdAt = a_date()


class RefundSchema(Ordered):
    """One refund."""

    id = a_text()
    ticketId = a_text()
    orderId = a_text()
    status = a_text(validate=validate.OneOf(("requested", "approved", "processed", "denied")))
    amount = an_amount()
    currency = a_text()
    reason = a_text()
    denialReason = a_text(allow_none=True)
    createdAt = a_date()
    updatedAt = a_date()


class ReportSchema(Ordered):
    """One report."""

    id = a_text()
    status = a_text(validate=validate.OneOf(("submitted", "resolved")))
    eventId = a_text(allow_none=True)
    organizationId = a_text()
    reason = a_text()
    description = a_text()
    reporter = fields.Nested(PersonSchema, required=True)
    resolution = a_text(allow_none=True)
    createdAt = a_date()
    updatedAt = a_date()


class MessageSchema(Ordered):
    """One message to the organizer."""

    id = a_text()
    threadId = a_text()
    ticketId = a_text()
    eventId = a_text()
    from_ = fields.Nested(PersonSchema, required=True, data_key="from")
    message = a_text()
    createdAt = a_date()


class ThreadSchema(Ordered):
    """The messages about one ticket."""

    id = a_text()
    ticketId = a_text()
    eventId = a_text()
    lastMessageAt = a_date()
    messages = a_list(MessageSchema)


class ThreadListSchema(Ordered):
    """Every thread."""

    items = a_list(ThreadSchema)


class KeySchema(Ordered):
    """One API key, never its text (public: prefixes and what else is known)."""

    id = a_text()
    name = a_text()
    prefix = a_text()
    scopes = a_list(fields.String())
    active = fields.Boolean(required=True)
    expiresAt = a_text(allow_none=True)
    lastUsedAt = a_text(allow_none=True)
    createdAt = a_date()


class KeyOnceSchema(KeySchema):
    """One API key with its text, shown once (public)."""

    secret = a_text(validate=validate.Regexp(r"vt_(live|test)_.+"))


class KeyListSchema(Ordered):
    """Every key."""

    items = a_list(KeySchema)


Me = answer("Me", MeSchema)
MyTickets = answer("MyTickets", next_page("Ticket", TicketSchema))
Refund = answer("Refund", RefundSchema)
Report = answer("Report", ReportSchema)
Message = answer("Message", MessageSchema)
Threads = answer("Threads", ThreadListSchema)
Key = answer("Key", KeySchema)
KeyOnce = answer("KeyOnce", KeyOnceSchema)
Keys = answer("Keys", KeyListSchema)
