"""What every chapter's schemas are made of: dates, money, envelopes, pages, the error answer."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from mockmarket.clock import parse_iso
from mockmarket.vendors.zatabox import wire

TEXT = validate.Length(1, 300)
LONG_TEXT = validate.Length(max=5000)
ID = validate.Length(1, 200)
LIMIT = validate.Range(1, 100)
ISO = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z"
MONEY = r"\d+\.\d\d\Z"


class Ordered(Schema):
    """A schema whose fields stay in the order in which they are declared."""


class Moment(fields.String):
    """An ISO 8601 date-time, in UTC where it has no offset; read as epoch ms."""

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> Any:
        text = super()._deserialize(value, *args, **more)
        try:
            moment = parse_iso(text)
        except ValueError:
            moment = -1
        if moment < 0:
            raise ValidationError("Must be an ISO 8601 date-time such as 2026-08-22T20:00:00Z.")
        return moment


def a_moment(**more: Any) -> Moment:
    """Return a date-time that a call takes."""
    return Moment(metadata={"format": "date-time"}, **more)


def a_price(**more: Any) -> fields.Float:
    """Return an amount that a call takes, in the currency's major unit; it is rounded to the cent."""
    return fields.Float(allow_nan=False, validate=validate.Range(0, 1_000_000), **more)


def a_text(**more: Any) -> fields.String:
    """Return a text that an answer always has."""
    return fields.String(required=True, **more)


def a_date(**more: Any) -> fields.String:
    """Return a date-time that an answer always has: whole seconds in UTC."""
    return fields.String(required=True, validate=validate.Regexp(ISO), metadata={"format": "date-time"}, **more)


def an_amount(**more: Any) -> fields.String:
    """Return money that an answer always has: a decimal string with two places."""
    return fields.String(required=True, validate=validate.Regexp(MONEY), **more)


def a_count(**more: Any) -> fields.Integer:
    """Return a whole number that an answer always has."""
    return fields.Integer(required=True, strict=True, **more)


def a_list(of: Any, **more: Any) -> fields.List[Any]:
    """Return a list that an answer always has, of a schema's records or of a field's values."""
    inner = of if isinstance(of, fields.Field) else fields.Nested(of)
    return fields.List(inner, required=True, **more)


class Meta(Ordered):
    """What goes with every success (public)."""

    request_id = a_text(validate=validate.Regexp(r"req_[0-9A-HJKMNP-TV-Z]{26}\Z"))
    timestamp = a_date()


class ErrorMeta(Ordered):
    """What goes with every error (public)."""

    request_id = a_text()


class Issue(Ordered):
    """What is wrong with one field."""

    path = a_text()
    message = a_text()


class ErrorBody(Ordered):
    """What went wrong: a stable code, a sentence, and what else there is to know, such as `issues` (public)."""

    code = a_text()
    message = a_text()
    details = fields.Dict(keys=fields.String())


class ErrorSchema(Ordered):
    """Every error answer (public)."""

    success = fields.Boolean(required=True, validate=validate.Equal(False))
    error = fields.Nested(ErrorBody, required=True)
    meta = fields.Nested(ErrorMeta, required=True)


def answer(name: str, data: Any) -> type[Schema]:
    """Return the schema of a success around data: a schema, or a field (public)."""
    inner = data if isinstance(data, fields.Field) else fields.Nested(data, required=True)
    members = {
        "success": fields.Boolean(required=True, validate=validate.Equal(True)),
        "data": inner,
        "meta": fields.Nested(Meta, required=True),
        "__module__": __name__,
        "__doc__": f"The answer around {name}.",
    }
    return type(f"{name}Answer", (Ordered,), members)


class Pagination(Ordered):
    """Where a page stands (public: one of the vendor's two forms)."""

    cursor = a_text(allow_none=True)
    has_more = fields.Boolean(required=True)


def page(name: str, of: type[Schema]) -> type[Schema]:
    """Return the schema of a page with `pagination` (public)."""
    members = {
        "items": a_list(of),
        "pagination": fields.Nested(Pagination, required=True),
        "__module__": __name__,
        "__doc__": f"A page of {name}.",
    }
    return type(f"{name}Page", (Ordered,), members)


def next_page(name: str, of: type[Schema]) -> type[Schema]:
    """Return the schema of a page with `nextCursor` (public: the vendor's other form)."""
    members = {
        "items": a_list(of),
        "nextCursor": a_text(allow_none=True),
        "__module__": __name__,
        "__doc__": f"A page of {name}.",
    }
    return type(f"{name}Page", (Ordered,), members)


class PageQuery(Ordered):
    """How much of a list, and from where."""

    limit = fields.Integer(load_default=20, validate=LIMIT)
    cursor = fields.String(load_default=None, validate=validate.Length(1, 500))


class TokenQuery(Ordered):
    """A guest's token of one order, in place of a key (public)."""

    token = fields.String(load_default=None, validate=validate.Length(1, 200))


class PersonSchema(Ordered):
    """A name and an address; an organization's key has no address."""

    name = a_text()
    email = a_text(allow_none=True)


class SeatSchema(Ordered):
    """A numbered seat."""

    id = a_text()
    section = a_text()
    row = a_text()
    number = a_count()


NO_MORE_THAN = validate.Length(max=wire.MOST_SEATS)
