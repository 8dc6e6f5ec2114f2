"""Marshmallow schemas built from shapes, for loading bodies and queries and for documenting answers. Built at first use."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache, partial
from typing import Any, Literal, get_args, is_typeddict

from marshmallow import INCLUDE, Schema, ValidationError, fields, validate, validates_schema

from mockmarket import records
from mockmarket.api.fields import Field, Formatted, Number, Truth, Whole
from mockmarket.records import MISSING, Item, Member, Shape

Source = Literal["body", "query", "answer", "fixture"]
Validator = Callable[[Any], object]
PREFIXES = {records.Create: "New{}", records.Update: "{}Change", records.Query: "{}Query"}


class ShapeSchema(Schema):
    """Schema of a shape. It is immutable and returns itself as its copy: flask-smorest deep-copies every schema that it documents."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "ShapeSchema":
        return self


@cache
def schema_of(shape: Shape, source: Source) -> Schema:
    """Return the schema of a shape as a body, a query or an answer; its class is named after the shape."""
    return shape if isinstance(shape, Schema) else schema_class(shape, source)()


@cache
def schema_class(shape: Shape, source: Source) -> type[Schema]:
    """Return the schema class of a shape; a marshmallow class is returned unchanged."""
    if isinstance(shape, type) and issubclass(shape, Schema):
        return shape
    namespace: dict[str, Any] = {member.key: _field_of(member, source) for member in records.members(shape)}
    for number, function in enumerate(records.checks_of(shape)):
        namespace[f"check_{number}"] = _whole_check(function)
    if records.is_open_ended(shape):
        namespace["Meta"] = type("Meta", (), {"unknown": INCLUDE})
    owner = _base_of(shape)
    namespace |= {"__module__": owner.__module__, "__doc__": owner.__doc__}
    return type(name_of(shape), (ShapeSchema,), namespace)


def _base_of(shape: Shape) -> Shape:
    shape = getattr(shape, "record", shape)
    return records.origin_of(shape) or shape


def name_of(shape: Shape) -> str:
    """Return a shape's name: its class, prefixed with that of its argument (`EventPage` for `Page[Event]`)."""
    if type(shape) in PREFIXES:
        return PREFIXES[type(shape)].format(name_of(shape.record))
    if isinstance(shape, records.Rows):
        return shape.name
    about = "".join(name_of(part) for part in get_args(shape) if is_typeddict(records.origin_of(part) or part))
    return f"{about}{_base_of(shape).__name__}"


def _whole_check(function: Callable[[Mapping[str, object]], object]) -> Any:

    @validates_schema
    def checked(_schema: Schema, data: Mapping[str, object], **_: object) -> None:
        try:
            function(data)
        except records.FieldError as error:
            raise ValidationError(error.message, error.field) from error

    return checked


def _field_of(member: Member, source: Source) -> Field:
    options: dict[str, Any] = {"required": member.required}
    if member.name != member.key:
        options["data_key"] = member.name
    if member.default is not MISSING:
        options["load_default"] = member.default
    return _field_for(member.item, source, **options)


def _field_for(item: Item, source: Source, **options: Any) -> Field:
    description, example = item.marker(records.Description), item.marker(records.Example)
    metadata: dict[str, object] = {"description": description.text} if description else {}
    if example:
        metadata["example"] = example.value
    messages = item.marker(records.Messages)
    words = {name: text for name in ("required", "null", "invalid") if messages and (text := getattr(messages, name))}
    return _maker(item, source)(
        allow_none=item.null or options.get("load_default", MISSING) is None,
        validate=validators(item),
        metadata=metadata,
        **({"error_messages": words} if words else {}),
        **options,
    )


def _maker(item: Item, source: Source) -> Callable[..., Field]:
    reads = item.marker(records.Reads)
    if reads and source != "answer":
        return partial(Formatted, reads.parse, {**limits(item), **reads.schema})
    origin, arguments = records.origin_of(item.type), get_args(item.type)
    shaped = item.marker(records.Shaped)
    if shaped:
        inner = partial(fields.Nested, schema_class(shaped.shape, source))
        return partial(fields.List, inner()) if origin is list else inner
    if origin is Literal:
        return _simple(type(arguments[0]), item, source)
    if is_typeddict(origin or item.type) or type(item.type) in PREFIXES:
        return partial(fields.Nested, partial(schema_class, item.type, source))  # lazily: a shape may contain itself
    if origin is list:
        return partial(fields.List, _field_for(records.item_of(arguments[0]), source))
    if origin in (dict, Mapping) or item.type in (dict, Mapping):
        if not arguments or arguments[1] is Any:
            return fields.Dict
        return partial(fields.Dict, keys=fields.String(), values=_field_for(records.item_of(arguments[1]), source))
    return _simple(item.type, item, source)


def limits(item: Item) -> dict[str, object]:
    """Return OpenAPI's `minimum` and `maximum` of a number in a custom format."""
    marker = item.marker(records.Range) or records.Range()
    return {name: value for name, value in (("minimum", marker.least), ("maximum", marker.most)) if value is not None}


def _simple(kind: type, item: Item, source: Source) -> Callable[..., Field]:
    text = source == "query" or item.marker(records.AnyNumberForm) is not None
    if kind is str and item.marker(records.Link):
        return partial(fields.Url, schemes={"http", "https"}, require_tld=False)
    if kind is str:
        return fields.Email if item.marker(records.Email) else fields.String
    makers: dict[type, Callable[..., Field]] = {
        bool: partial(Truth, text=source == "query"),
        int: partial(Whole, text=text),
        float: partial(Number, text=text),
        Decimal: partial(fields.Decimal, places=None if source == "fixture" else 2),
    }
    return makers.get(kind, fields.Raw)


def validators(item: Item) -> list[Validator]:
    """Return the validators of an item's markers and of a Literal's values."""
    checks: list[Validator] = []
    if records.origin_of(item.type) is Literal:
        checks.append(validate.OneOf(get_args(item.type)))
    return checks + [VALIDATORS[type(marker)](marker) for marker in item.markers if type(marker) in VALIDATORS]


def _function_check(marker: records.Check) -> Validator:

    def checked(value: object) -> None:
        try:
            marker.function(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    return checked


VALIDATORS: dict[type, Callable[[Any], Validator]] = {
    records.Length: lambda marker: validate.Length(marker.least, marker.most),
    records.Range: lambda marker: validate.Range(marker.least, marker.most, min_inclusive=not marker.open_least),
    records.OneOf: lambda marker: validate.OneOf(tuple(marker.values), error=marker.message),
    records.Pattern: lambda marker: validate.Regexp(marker.regex, error=marker.message),
    records.Check: _function_check,
}
