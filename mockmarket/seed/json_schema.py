"""JSON Schema (2020-12) of fixtures, made from the schemas that check them: an editor completes a file's fields by it.

It says less than the check does: what depends on other fields, or on a format, is only checked when the file is read."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from marshmallow import INCLUDE, Schema, fields, missing, validate

from mockmarket.api.fields import Formatted
from mockmarket.api.schemas import schema_of
from mockmarket.seed.shapes import FixtureContent
from mockmarket.vendor import Vendor

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REFERENCE = {"type": "string", "pattern": r"\$\{"}
"""A value that becomes known when the file is read, or a step runs: a variable, or a text with one."""
IGNORED = {"^x-": {"description": "Ignored: a place for anchors."}}
TYPES: tuple[tuple[type[fields.Field[Any]], str], ...] = (
    (fields.Integer, "integer"),
    (fields.Number, "number"),
    (fields.Boolean, "boolean"),
    (fields.String, "string"),
)
JsonSchema = dict[str, Any]


def of_fixture(vendors: Iterable[Vendor]) -> JsonSchema:
    """Return the JSON Schema of a fixture, with the sections of these vendors."""
    schema = of_shape(FixtureContent)
    sections = {vendor.name: _of_section(vendor.records.section) for vendor in vendors}
    schema["properties"]["vendors"] = {"type": "object", "properties": sections, "additionalProperties": False}
    return of_file("A fixture of mockmarket", schema)


def _of_section(shape: Any) -> JsonSchema:
    schema: JsonSchema = {"type": "object", "properties": {}} if shape is None else of_shape(shape)
    schema["properties"]["hosts"] = {"type": "array", "items": {"type": "string"}}
    return schema


def of_file(title: str, schema: JsonSchema) -> JsonSchema:
    """Return the schema of a file, with sections for anchors."""
    return {"$schema": DIALECT, "title": title, **schema, "patternProperties": IGNORED}


def of_shape(shape: Any) -> JsonSchema:
    """Return the JSON Schema of a shape's values."""
    return _of_schema(schema_of(shape, "fixture"))


def _of_schema(schema: Schema) -> JsonSchema:
    members = {field.data_key or name: field for name, field in schema.load_fields.items()}
    required = [name for name, field in members.items() if field.required]
    return {
        "type": "object",
        "properties": {name: _of_field(field) for name, field in members.items()},
        **({"required": required} if required else {}),
        "additionalProperties": schema.unknown == INCLUDE,
    }


def _of_field(field: fields.Field[Any]) -> JsonSchema:
    schema = _of_type(field)
    for validator in field.validators:
        schema |= next((write(validator) for kind, write in LIMITS.items() if isinstance(validator, kind)), {})
    if schema and (schema.get("type") not in ("object", "array", "string") or "enum" in schema):
        schema = {"anyOf": [schema, REFERENCE]}
    if schema and field.allow_none:
        schema = {"anyOf": [schema, {"type": "null"}]}
    notes = {"description": field.metadata["description"]} if "description" in field.metadata else {}
    default = field.load_default
    if default is not missing and not callable(default) and isinstance(default, str | int | float) and default != "":
        notes["default"] = default
    return schema | notes


def _of_type(field: fields.Field[Any]) -> JsonSchema:
    if isinstance(field, fields.Nested):
        return _of_schema(field.schema)
    if isinstance(field, fields.List):
        return {"type": "array", "items": _of_field(field.inner)}
    if isinstance(field, fields.Mapping):
        values = field.value_field
        return {"type": "object", "additionalProperties": _of_field(values) if values else True}
    if isinstance(field, Formatted):
        return {name: value for name, value in field.metadata.items() if name != "description"}
    return next(({"type": name} for kind, name in TYPES if isinstance(field, kind)), {})


def _length(validator: validate.Length) -> JsonSchema:
    bounds = {"minLength": validator.min, "maxLength": validator.max}
    return {name: bound for name, bound in bounds.items() if bound is not None}


def _range(validator: validate.Range) -> JsonSchema:
    bounds = {"minimum": validator.min, "maximum": validator.max}
    return {name: bound for name, bound in bounds.items() if bound is not None}


LIMITS: Mapping[type, Callable[[Any], JsonSchema]] = {
    validate.OneOf: lambda validator: {"enum": [*validator.choices]},
    validate.Length: _length,
    validate.Range: _range,
}
"""What the validators of a value say in JSON Schema; patterns are left to the check, whose sentence says what is allowed."""
