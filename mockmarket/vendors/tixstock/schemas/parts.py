"""What several of Tixstock's schemas are made of."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from mockmarket.clock import parse_iso
from mockmarket.vendors.tixstock.wire.formats import MANY, SPLIT_TYPES, TICKET_TYPES

ID = validate.Length(1, 200)
DIRECTIONS = validate.OneOf(("asc", "desc"))
TRUTHS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
MOST_SEATS = 10_000


class Lenient(Schema):
    """A part of a body in which what is not named is left alone."""

    class Meta:
        unknown = EXCLUDE


class Truth(fields.Boolean):
    """A truth as its clients write it: true, 1, "true" or "True"."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if isinstance(value, bool):
            return value
        said = TRUTHS.get(str(value).lower()) if isinstance(value, (str, int)) else None
        if said is None:
            raise ValidationError("Must be true or false.")
        return said


class Moment(fields.String):
    """An ISO 8601 date-time such as 2020-03-10T17:30:00-0400; loads as epoch ms."""

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> Any:
        text = super()._deserialize(value, *args, **more)
        try:
            moment = parse_iso(text)
        except ValueError:
            raise ValidationError("Must be an ISO 8601 date-time such as 2020-03-10T17:30:00-0400.") from None
        if moment < 0:
            raise ValidationError("Must be in the years 1970 to 9999.")
        return moment


class Amount(fields.Raw):
    """An amount of money, as text or as a number; loads as minor units."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        try:
            amount = float(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else -1.0
        except (ValueError, OverflowError):
            amount = -1.0
        if not 0 <= amount <= 1_000_000:
            raise ValidationError("Must be an amount such as 150.00.")
        return round(amount * 100)


class PriceFields(Lenient):
    """A price that a reseller gives."""

    currency = fields.String(required=True, validate=validate.Regexp(r"[A-Z]{3}\Z", error="Must be like GBP."))
    amount = Amount(required=True)


class Paged(Schema):
    """A page of a list (public: 10 a page unless told, 50 at most)."""

    sort_order = fields.String(load_default="desc", validate=DIRECTIONS)
    per_page = fields.Integer(load_default=10, validate=validate.Range(1, 50))
    page = fields.Integer(load_default=1, validate=validate.Range(1, MANY))


def ordered_by(*names: str) -> fields.String:
    """Return the `order_by` of a list that can be ordered by these, by the first unless told."""
    return fields.String(load_default=names[0], validate=validate.OneOf(names))


def ticket_type(**more: Any) -> fields.String:
    """Return a field for a type of ticket."""
    return fields.String(validate=validate.OneOf(TICKET_TYPES), **more)


def split_type(**more: Any) -> fields.String:
    """Return a field for a split type."""
    return fields.String(validate=validate.OneOf(SPLIT_TYPES), **more)
