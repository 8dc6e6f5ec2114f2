"""Marshmallow fields with one rule for each kind of value: numbers, booleans and formats, in bodies and in queries."""

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import ValidationError, fields

from mockmarket.records.formats import MOST_DIGITS, NUMBER, TRUTHS, WHOLE

Field = fields.Field[Any]


class OrText(Field):
    """A value of JSON that may be text, in a query and where the field says so."""

    def __init__(self, *, text: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.text = text


class Whole(OrText, fields.Integer):
    """A JSON integer in any spelling (`2`, `2.0`, `2E0`); text only where the field accepts text."""

    def _deserialize(self, value: object, attr: str | None, data: object, **options: Any) -> Any:
        if isinstance(value, str) and self.text and WHOLE.match(value):
            return int(value[:MOST_DIGITS])
        if (isinstance(value, int) and not isinstance(value, bool)) or (
            isinstance(value, float) and value.is_integer()
        ):
            return int(value)
        raise self.make_error("invalid", input=value)


class Number(OrText, fields.Float):
    """A JSON number; text only where the field accepts text."""

    def _deserialize(self, value: object, attr: str | None, data: object, **options: Any) -> Any:
        if isinstance(value, bool) or (isinstance(value, str) and not (self.text and NUMBER.match(value))):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **options)


class Truth(OrText, fields.Boolean):
    """A JSON boolean or, where the field accepts text, a word for a boolean."""

    def _deserialize(self, value: object, attr: str | None, data: object, **options: Any) -> Any:
        if isinstance(value, bool):
            return value
        if self.text and isinstance(value, str) and value.lower() in TRUTHS:
            return TRUTHS[value.lower()]
        raise self.make_error("invalid", input=value)


class Formatted(Field):
    """A value in a custom format, parsed by a function that raises ValueError with a sentence."""

    def __init__(self, parse: Callable[[Any], Any], schema: Mapping[str, Any], **options: Any) -> None:
        super().__init__(metadata={**schema, **options.pop("metadata", {})}, **options)
        self.parse = parse

    def _deserialize(self, value: object, attr: str | None, data: object, **options: Any) -> Any:
        try:
            return self.parse(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error
