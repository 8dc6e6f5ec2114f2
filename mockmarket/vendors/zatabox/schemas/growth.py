"""Growth: comps, tags, promo codes."""

from __future__ import annotations

from marshmallow import fields, validate

from mockmarket.vendors.zatabox.schemas.common import (
    ID,
    NO_MORE_THAN,
    TEXT,
    Ordered,
    a_count,
    a_date,
    a_list,
    a_moment,
    a_price,
    a_text,
    an_amount,
    answer,
)  # fmt: skip
from mockmarket.vendors.zatabox.schemas.orders import QUANTITY, NewItem, TicketSchema

EMAIL = fields.Email(validate=validate.Length(max=254))
TAG = fields.String(validate=validate.Length(1, 60))
CODE = validate.Regexp(r"[A-Za-z0-9_-]{2,60}\Z", error="Must be letters, digits, - and _, 2 to 60.")


class Recipient(Ordered):
    """Who gets a complimentary ticket."""

    name = fields.String(required=True, validate=TEXT)
    email = fields.Email(required=True, validate=validate.Length(max=254))


class CompsBody(Ordered):
    """`POST …/comps`: so many tickets of a type for each person."""

    ticketTypeId = fields.String(required=True, validate=ID)
    recipients = fields.List(fields.Nested(Recipient), required=True, validate=validate.Length(1, 100))
    quantity = fields.Integer(load_default=1, strict=True, validate=QUANTITY)


class TagBody(Ordered):
    """`POST /organizer/growth/tags`: tags that are added to attendees (public: additive)."""

    emails = fields.List(EMAIL, required=True, validate=validate.Length(1, 500))
    tags = fields.List(TAG, required=True, validate=NO_MORE_THAN)


class UntagBody(Ordered):
    """`DELETE /organizer/growth/tags`: a tag that is taken off attendees."""

    emails = fields.List(EMAIL, required=True, validate=validate.Length(1, 500))
    tag = fields.String(required=True, validate=validate.Length(1, 60))


class PromoQuery(Ordered):
    """`GET /organizer/promo-codes` (public: optionally of one event)."""

    eventId = fields.String(load_default=None, validate=ID)


class PromoChange(Ordered):
    """`PUT /organizer/promo-codes/{id}`: what is not named stays."""

    type = fields.String(validate=validate.OneOf(("percent", "fixed")))
    value = a_price()
    maxUses = fields.Integer(strict=True, allow_none=True, validate=validate.Range(1, 1_000_000))
    startsAt = a_moment(allow_none=True)
    endsAt = a_moment(allow_none=True)
    active = fields.Boolean()


class NewPromo(Ordered):
    """`POST /organizer/promo-codes`: percent of the subtotal, or a fixed sum in its currency."""

    code = fields.String(required=True, validate=CODE)
    type = fields.String(load_default="percent", validate=validate.OneOf(("percent", "fixed")))
    value = a_price(required=True)
    eventId = fields.String(load_default=None, allow_none=True, validate=ID)
    maxUses = fields.Integer(load_default=None, strict=True, allow_none=True, validate=validate.Range(1, 1_000_000))
    startsAt = a_moment(load_default=None, allow_none=True)
    endsAt = a_moment(load_default=None, allow_none=True)
    active = fields.Boolean(load_default=True)


class PromoCheck(Ordered):
    """`POST /tickets/promo/validate` (public: against a cart, using nothing)."""

    code = fields.String(required=True, validate=validate.Length(1, 60))
    items = fields.List(fields.Nested(NewItem), required=True, validate=validate.Length(1, 20))


class AttendeeSchema(Ordered):
    """Somebody who holds, or held, a ticket."""

    id = a_text()
    email = a_text()
    name = a_text()
    tags = a_list(fields.String())
    createdAt = a_date()


class CompsSchema(Ordered):
    """The tickets that were given."""

    tickets = a_list(TicketSchema)


class TaggedSchema(Ordered):
    """The attendees as they are now, and addresses that are no attendee's."""

    attendees = a_list(AttendeeSchema)
    unknownEmails = a_list(fields.String())


class UntaggedSchema(Ordered):
    """The attendees that had the tag."""

    attendees = a_list(AttendeeSchema)


class PromoSchema(Ordered):
    """One promo code; `value` is a percentage, or a sum."""

    id = a_text()
    code = a_text()
    type = a_text()
    value = an_amount()
    eventId = a_text(allow_none=True)
    maxUses = fields.Integer(required=True, allow_none=True)
    uses = a_count()
    startsAt = a_text(allow_none=True)
    endsAt = a_text(allow_none=True)
    active = fields.Boolean(required=True)
    createdAt = a_date()
    updatedAt = a_date()


class PromoListSchema(Ordered):
    """Every promo code."""

    items = a_list(PromoSchema)


class PromoCheckedSchema(Ordered):
    """What a code would take off."""

    valid = fields.Boolean(required=True)
    code = a_text()
    reason = a_text(allow_none=True)
    subtotal = an_amount()
    discount = an_amount()
    total = an_amount()


Comps = answer("Comps", CompsSchema)
Tagged = answer("Tagged", TaggedSchema)
Untagged = answer("Untagged", UntaggedSchema)
Promo = answer("Promo", PromoSchema)
Promos = answer("Promos", PromoListSchema)
PromoChecked = answer("PromoChecked", PromoCheckedSchema)
