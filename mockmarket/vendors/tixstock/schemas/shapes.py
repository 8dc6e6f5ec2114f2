"""Fields of which Tixstock's answers are made."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

YES_NO = validate.OneOf(("true", "false"))
AMOUNT = validate.Regexp(r"\d+\.\d\d\Z")
MOMENT = validate.Regexp(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000\Z")


def text(**more: Any) -> fields.String:
    """Return a field for a text that is always there."""
    return fields.String(required=True, **more)


def truth() -> fields.String:
    """Return a field for a truth written as text."""
    return text(validate=YES_NO)


def count() -> fields.Integer:
    """Return a field for a whole number that is always there."""
    return fields.Integer(required=True, strict=True, validate=validate.Range(0))


def maybe() -> fields.String:
    """Return a field for a text that is null when it is not known."""
    return fields.String(required=True, allow_none=True)


def many(schema: type[Schema]) -> fields.List[Any]:
    """Return a field for a list of parts."""
    return fields.List(fields.Nested(schema), required=True)


def part(schema: type[Schema], **more: Any) -> fields.Nested:
    """Return a field for a part that is always there."""
    return fields.Nested(schema, required=True, **more)


class OrNothing(fields.Raw):
    """A part, or the empty list that stands for none: what PHP makes of an object without members."""

    def __init__(self, members: dict[str, Any], **more: Any) -> None:
        shape = {"type": "object", "required": list(members), "properties": members}
        nothing = {"type": "array", "items": {}, "maxItems": 0}
        super().__init__(metadata={"oneOf": [shape, nothing]}, **more)
        self.members = members

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if value != [] and (not isinstance(value, dict) or list(value) != list(self.members)):
            raise ValidationError(f"Must have the members {', '.join(self.members)}, or be an empty list.")
        return value
