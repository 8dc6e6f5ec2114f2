"""A request's arguments as schemas read them, and the members that no schema names, for the journal."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from marshmallow import EXCLUDE, INCLUDE, RAISE, Schema, ValidationError, fields

from mockmarket.api.fields import Field
from mockmarket.api.plain import LONGEST_CACHED, texts_of
from mockmarket.errors import Invalid, details_of

Unknown = Literal["exclude", "include", "raise"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The loaded value, and the members that the schema does not name, by dotted path."""

    value: Any
    unread: tuple[str, ...]


def load_query(schema: Schema, query: str, unknown: Unknown = EXCLUDE) -> Loaded:
    """Return a query string as a schema loads it; Invalid has a (field, message) pair for each error."""
    read = read_query if len(query) <= LONGEST_CACHED else read_query.__wrapped__
    loaded: Loaded = read(schema, query, unknown)
    return Loaded(loaded.value.copy(), loaded.unread)


def load_body(schema: Schema, body: object, unknown: Unknown = EXCLUDE, *, null_is_absent: bool = True) -> Loaded:
    """Return a JSON body as a schema loads it; null for an optional member that may not be null counts as not sent."""
    return checked(schema, without_nulls(schema, body) if null_is_absent else body, unknown, sent=body)


@lru_cache(maxsize=2048)
def read_query(schema: Schema, query: str, unknown: Unknown) -> Loaded:
    """Return a query string as a schema loads it, cached. Of a repeated parameter the first value counts, of a list all."""
    named = {field.data_key or name: isinstance(field, fields.List) for name, field in schema.fields.items()}
    values: dict[str, object] = {}
    for name, texts in texts_of(query).items():
        if texts:
            values[name] = texts if named.get(name) else texts[0]
        elif name not in named and schema.unknown != INCLUDE:
            values[name] = ""  # nothing reads it, which is noted
    return checked(schema, values, unknown)


def checked(schema: Schema, value: Any, unknown: Unknown, *, sent: object = None) -> Loaded:
    """Return what a schema loads from a value; Invalid for an invalid value. A schema that includes unknown members leaves none unread."""
    if schema.unknown == INCLUDE:
        unknown = INCLUDE
    if unknown == EXCLUDE:
        schema = lenient(schema)
    original = value if sent is None else sent
    loaded = load(schema, value, names=unknown == RAISE, unknown=unknown, sent=original)
    return Loaded(loaded, () if unknown == INCLUDE else tuple(dict.fromkeys(_unread_members(value, schema))))


def load(
    schema: Schema, value: Any, place: str = "", *, names: bool = False, unknown: Unknown | None = None, **facts: Any
) -> Any:
    """Return what a schema loads from a value; Invalid names each wrong member after `place`, and with `names` the existing ones."""
    try:
        return schema.load(value, unknown=unknown)
    except ValidationError as error:
        details = [(f"{place}{field}", words) for field, words in details_of(error, schema if names else None)]
        raise Invalid("; ".join(f"{field}: {words}" for field, words in details), details=details, **facts) from error


def without_nulls(schema: Schema, body: object) -> object:
    """Return a body without the nulls of optional members that may not be null, also in nested objects and lists."""
    if isinstance(body, list):
        return [without_nulls(schema, item) for item in body]
    if not isinstance(body, Mapping):
        return body
    named = {field.data_key or name: field for name, field in schema.fields.items()}
    members: dict[str, object] = {}
    for name, value in body.items():
        field = named.get(name)
        if value is not None or field is None or field.required or field.allow_none:
            inner = _nested_in(field) if field else None
            members[name] = value if inner is None else without_nulls(inner.schema, value)
    return members


def _unread_members(value: object, schema: Schema, within: str = "") -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _unread_members(item, schema, within)
    elif isinstance(value, Mapping):
        known = members_of(schema)
        for name, member in value.items():
            if name not in known:
                yield within + name
            elif (inner := known[name]) is not None:
                yield from _unread_members(member, inner, f"{within}{name}.")


@lru_cache(maxsize=1024)
def members_of(schema: Schema) -> dict[str, Schema | None]:
    """Return the members that a schema names; each with the schema of its objects where they exclude unknown members."""
    nested = {field.data_key or name: _nested_in(field) for name, field in schema.fields.items()}
    return {
        name: inner.schema if inner and (inner.unknown or inner.schema.unknown) == EXCLUDE else None
        for name, inner in nested.items()
    }


@lru_cache(maxsize=1024)
def lenient(schema: Schema) -> Schema:
    """Return a copy of a schema whose nested schemas exclude unknown members as well: by default marshmallow refuses them."""
    copy = type(schema)(many=schema.many, unknown=EXCLUDE)
    _exclude_within(copy)
    return copy


def _exclude_within(schema: Schema) -> None:
    for field in schema.fields.values():
        inner = _nested_in(field)
        if inner is not None and (inner.unknown or inner.schema.unknown) == RAISE:
            inner.unknown = EXCLUDE
            _exclude_within(inner.schema)


def _nested_in(field: Field) -> fields.Nested | None:
    inner = field.inner if isinstance(field, fields.List) else field
    return inner if isinstance(inner, fields.Nested) else None
