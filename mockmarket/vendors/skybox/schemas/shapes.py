"""What every chapter's schemas are made of: ids, money, texts, dates, words of an enumeration."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from mockmarket.clock import parse_iso
from mockmarket.vendors.skybox.wire.formats import MOST_PRICE, cents, money

MOST_NUMBER = 2**53  # every reader of JSON has these exactly
MOST_MONEY = 1_000_000_000
LONG, LONGER = 255, 10_000


class Whole(fields.Integer):
    """A whole number that a call takes, as a number or as text; 12.7 is refused, never cut to 12."""

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> Any:
        if isinstance(value, float) and not value.is_integer():
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, *args, **more)


class Money(fields.Float):
    """An amount that a call takes, to the cent."""

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> Any:
        given = super()._deserialize(value, *args, **more)
        # What is out of every range is refused as it was given: to count its cents may be too much for a double.
        return given if abs(given) > MOST_MONEY else money(cents(given))


def number(**more: Any) -> Whole:
    """Return an id or another whole number that a call takes."""
    return whole(-MOST_NUMBER, MOST_NUMBER, **more)


def whole(least: int, most: int, **more: Any) -> Whole:
    """Return a whole number in a range that a call takes."""
    return Whole(validate=validate.Range(least, most), **more)


def numbers(**more: Any) -> fields.List[Any]:
    """Return a list of ids that a query takes."""
    return fields.List(number(), load_default=list, **more)


def ids(**more: Any) -> fields.List[Any]:
    """Return a list of ids that a body takes."""
    return fields.List(number(allow_none=False), validate=validate.Length(max=1000), **more)


def amount(least: float = 0, most: float = MOST_MONEY, **more: Any) -> Money:
    """Return money that a call takes."""
    return Money(allow_nan=False, validate=validate.Range(least, most), **more)


def price(**more: Any) -> Money:
    """Return what one ticket costs, in a call that says so."""
    return amount(most=MOST_PRICE, **more)


def signed(**more: Any) -> Money:
    """Return money that a call takes and that may be below zero."""
    return amount(-MOST_MONEY, **more)


def text(most: int = LONG, **more: Any) -> fields.String:
    """Return a text that a call takes."""
    return fields.String(validate=validate.Length(max=most), **more)


def word(words: tuple[str, ...], **more: Any) -> fields.String:
    """Return a word of an enumeration that a call takes."""
    return fields.String(validate=validate.OneOf(words), **more)


def words(of: tuple[str, ...]) -> fields.List[Any]:
    """Return words of an enumeration that a query takes."""
    return fields.List(fields.String(validate=validate.OneOf(of)), load_default=list)


def has(field: type[fields.Field[Any]], **more: Any) -> Any:
    """Return a field that an answer always has."""
    return field(required=True, **more)


def maybe(field: type[fields.Field[Any]], **more: Any) -> Any:
    """Return a field that an answer always has, and that may be null."""
    return field(required=True, allow_none=True, **more)


class Day(fields.String):
    """A date that a call takes."""

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> Any:
        given = super()._deserialize(value, *args, **more)
        try:
            parse_iso(given)
        except ValueError:
            given = ""
        if len(given) != len("2026-03-01"):
            raise ValidationError("must be a date such as 2026-03-01")
        return given


class Moment(fields.String):
    """A date or a date-time that a call takes, and that is kept as it was given."""

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> Any:
        given = super()._deserialize(value, *args, **more)
        try:
            parse_iso(given)
        except ValueError as error:
            raise ValidationError("must be an ISO 8601 date-time such as 2026-03-01T12:00:00Z") from error
        return given


def page(name: str, of: type[Schema], **more: Any) -> type[Schema]:
    """Return the schema of a page of a list (public: real clients' code)."""
    members = {
        "rows": fields.List(fields.Nested(of), required=True), "rowCount": fields.Integer(required=True),
        "__module__": __name__, "__doc__": f"A page of {name}.", **more,
    }  # fmt: skip
    return type(name, (Schema,), members)
