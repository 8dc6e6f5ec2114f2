"""What the control routes about faults answer, for the OpenAPI document; tests hold the answers to it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from mockmarket.control.answers import a_number, a_text, some_texts


def a_choice() -> fields.String:
    """Return a text that is null when the fault is for any."""
    return fields.String(required=True, allow_none=True)


def anything(**more: Any) -> fields.Raw:
    """Return a value of any type that is always there."""
    return fields.Raw(required=True, allow_none=True, **more)


class SwitchedFault(Schema):
    """One fault that is on; `left` is null when it applies always."""

    id = a_text()
    fault = a_text()
    of = a_text()
    vendor = a_choice()
    operation = a_choice()
    key = a_choice()
    endpoint = a_choice()
    notice = a_choice()
    times = fields.Integer(required=True, allow_none=True)
    probability = fields.Float(required=True)
    given = fields.Dict(required=True, data_key="with")
    applied = a_number()
    left = fields.Integer(required=True, allow_none=True)


class Faults(Schema):
    """The faults that are on, in the order in which they are looked at."""

    faults = fields.List(fields.Nested(SwitchedFault), required=True)


class Parameter(Schema):
    """One parameter of a fault."""

    name = a_text()
    default = anything()
    help = a_text()
    choices = fields.List(anything(), required=True, allow_none=True)
    least = fields.Float(required=True, allow_none=True)
    most = fields.Float(required=True, allow_none=True)


class Fault(Schema):
    """One fault there is."""

    name = a_text()
    of = a_text()
    moments = some_texts()
    does = a_text()
    chosen_by = some_texts()
    parameters = fields.List(fields.Nested(Parameter), required=True)


class Catalogue(Schema):
    """Every fault there is, by name."""

    faults = fields.List(fields.Nested(Fault), required=True)
