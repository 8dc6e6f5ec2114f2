"""What Ticketnation's schemas are made of: moments, money, URLs, names, pages."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from mockmarket.clock import DAY, LATEST, parse_iso
from mockmarket.webhooks import targets

EMPTY: dict[str, Any] = {"required": "should not be empty", "null": "should not be empty"}
"""Public, errors page: how the vendor words it."""
MOST_TICKETS = 100_000
MOST_PESOS = 1_000_000
MOST_PAGES = 1_000_000
LAST = LATEST - 366 * DAY


class Ordered(Schema):
    """A schema whose fields stay in the order in which they are declared."""


class Moment(fields.String):
    """An ISO 8601 date-time; one without an offset is in the event's time zone. Stays text."""

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> Any:
        text = super()._deserialize(value, *args, **more)
        try:
            moment = parse_iso(text)
        except (ValueError, OverflowError):
            raise ValidationError("must be an ISO 8601 date string") from None
        if not DAY <= moment <= LAST:
            raise ValidationError("must be in the years 1970 to 9998")
        return text


class Pesos(fields.Float):
    """An amount in pesos: a JSON number with at most two decimals."""

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> Any:
        if isinstance(value, (str, bool)):
            raise ValidationError("must be a number")
        amount = super()._deserialize(value, *args, **more)
        if 0 <= amount <= MOST_PESOS and abs(amount * 100 - round(amount * 100)) > 0.0001:
            raise ValidationError("must not have more than two decimals")
        return amount


class Url(fields.String):
    """An http or https URL that a webhook can be sent to."""

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> Any:
        url = super()._deserialize(value, *args, **more)
        try:
            targets.check_url(url)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        return url


def not_blank(text: str) -> None:
    """Raise ValidationError for a text of nothing but spaces."""
    if not text.strip():
        raise ValidationError("should not be empty")


def a_name(**more: Any) -> fields.String:
    """Return a name: 1 to 200 characters, not blank."""
    return fields.String(validate=[validate.Length(1, 200), not_blank], error_messages=EMPTY, **more)


def a_text(most: int = 5000) -> fields.String:
    """Return a text that may be null."""
    return fields.String(allow_none=True, validate=validate.Length(max=most))


def a_price(**more: Any) -> Pesos:
    """Return an amount in pesos within bounds."""
    return Pesos(allow_nan=False, validate=validate.Range(0, MOST_PESOS), error_messages=EMPTY, **more)


def a_link(optional: bool = True) -> fields.Url:
    """Return a web address; an optional one may be null."""
    return fields.Url(
        allow_none=optional, schemes={"http", "https"}, require_tld=False, validate=validate.Length(max=2048)
    )


def a_count(least: int, most: int, **more: Any) -> fields.Integer:
    """Return a whole number within bounds."""
    return fields.Integer(strict=True, validate=validate.Range(least, most), **more)


def one_of(*words: str) -> fields.String:
    """Return one of a few words."""
    return fields.String(validate=validate.OneOf(words))


class PageQuery(Ordered):
    """Public, `meta`: pages from 1; ten a page unless asked otherwise, 100 at most (convention)."""

    page = fields.Integer(
        load_default=1, validate=validate.Range(1, MOST_PAGES), metadata={"description": "Page number, from 1."}
    )
    take = fields.Integer(load_default=10, validate=validate.Range(1, 100), metadata={"description": "Records a page."})


class MetaSchema(Ordered):
    """Where the page stands in its list."""

    page = fields.Integer(required=True)
    take = fields.Integer(required=True)
    total = fields.Integer(required=True)
    totalPages = fields.Integer(required=True)


class DetailSchema(Ordered):
    """What is wrong with one field."""

    field = fields.String(required=True)
    message = fields.String(required=True)


class ErrorBody(Ordered):
    """What went wrong."""

    code = fields.String(
        required=True,
        validate=validate.OneOf((
            "VALIDATION_ERROR", "UNAUTHORIZED", "FORBIDDEN", "SCOPE_REQUIRED", "NOT_FOUND", "RATE_LIMITED", "INTERNAL_ERROR",
        )),
    )  # fmt: skip
    message = fields.String(required=True)
    hint = fields.String()
    details = fields.List(fields.Nested(DetailSchema))


class ErrorSchema(Ordered):
    """Every error answer."""

    error = fields.Nested(ErrorBody, required=True)
    requestId = fields.String(required=True, validate=validate.Regexp(r"req_[A-Za-z0-9]{6,12}\Z"))


class Removed(Ordered):
    """What was deleted."""

    id = fields.String(required=True)
    deleted = fields.Boolean(required=True)


class RemovedAnswer(Ordered):
    """The answer to every DELETE."""

    data = fields.Nested(Removed, required=True)
