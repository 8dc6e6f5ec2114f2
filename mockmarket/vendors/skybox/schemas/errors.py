"""SkyBox's error answers."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields


class ErrorSchema(Schema):
    """Every error answer but a 400 about fields (convention)."""

    message = fields.String(required=True)


class Anything(fields.Raw):
    """A value of any shape."""

    def __init__(self, **more: Any) -> None:
        super().__init__(allow_none=True, **more)


class Violation(Schema):
    """What is wrong with one field (public: javax.validation's format)."""

    message = fields.String(required=True)
    messageTemplate = fields.String(required=True)
    path = fields.String(required=True)
    invalidValue = Anything(required=True)
