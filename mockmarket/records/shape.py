"""Reads shapes: the members of a `TypedDict` as plain data, and the columns and filters that a record's annotations declare."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    TypedDict,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from mockmarket.frozen import dataclass
from mockmarket.records.markers import (
    MISSING,
    Alias,
    Body,
    Column,
    Default,
    Description,
    Example,
    Filter,
    Messages,
    Notified,
    OneOf,
    Operator,
    Shape,
    Sort,
    SortKey,
)

M = TypeVar("M")
Use = Literal["create", "update", "query", "plain"]
new_shape: Any = TypedDict
"""Makes a shape of members that are known at run time, such as some of another shape's."""


@dataclass(frozen=True, slots=True)
class Item:
    """A value's unwrapped type: the bare type, whether it may be null, and its markers."""

    type: Shape
    null: bool
    markers: tuple[object, ...]

    def marker(self, kind: type[M]) -> M | None:
        """Return the first marker of a kind, or None."""
        return next((marker for marker in self.markers if isinstance(marker, kind)), None)


@dataclass(frozen=True, slots=True)
class Member:
    """One field of a shape: its JSON name, its type, and whether it is required (else `default`)."""

    key: str
    name: str
    item: Item
    required: bool
    default: object = MISSING


@dataclass(frozen=True, slots=True)
class Create:
    """The body that creates a record: the fields that a call may set at creation, with their defaults, and further members."""

    record: type
    shapes: tuple[Shape, ...] = ()


@dataclass(frozen=True, slots=True)
class Update:
    """The body that updates a record: the fields that a call may change, none required, and further members."""

    record: type
    shapes: tuple[Shape, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """The query of a list of records: the filters of the record's fields, and the members of further shapes. `only`
    restricts the filters to these names."""

    record: type
    shapes: tuple[Shape, ...] = ()
    only: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer that lists rows of a shape under one member, named `key` or else the answer's name in lower case."""

    name: str
    row: Shape
    key: str = ""


@cache
def members(shape: Shape) -> tuple[Member, ...]:
    """Return the members of a TypedDict, or of a derivation of a record, in the order of declaration."""
    further = [member for part in getattr(shape, "shapes", ()) for member in members(part)]
    if isinstance(shape, Create):
        return (*filter(None, map(created, members(shape.record))), *further)
    if isinstance(shape, Update):
        return (*filter(None, map(updated, members(shape.record))), *further)
    if isinstance(shape, Query):
        return (*_query_members(shape), *(_sortable(member, shape.record) for member in further))
    if isinstance(shape, Rows):
        return (member(shape.key or shape.name.lower(), list[shape.row], total=True),)
    base = origin_of(shape) or shape
    hints = hints_of(base)
    of = dict(zip(getattr(base, "__parameters__", ()), get_args(shape), strict=True))
    return tuple(member(key, substituted(hint, of), key in base.__required_keys__) for key, hint in hints.items())


def hints_of(shape: Shape) -> dict[str, Shape]:
    """Return the annotation of each member of a `TypedDict`, markers included."""
    return get_type_hints(shape, include_extras=True)


def substituted(hint: Shape, of: Mapping[Shape, Shape]) -> Shape:
    """Return a type with the parameters of a generic shape (`Page[Order]`) replaced by its arguments."""
    parameters = getattr(hint, "__parameters__", ())
    if hint in of:
        return of[hint]
    return hint[tuple(of[parameter] for parameter in parameters)] if parameters and of else hint


def member(key: str, hint: Shape, total: bool) -> Member:
    """Read one annotated field; a field with a default is not required."""
    required = total
    while origin_of(hint) in (Required, NotRequired):
        required = origin_of(hint) is Required
        (hint,) = get_args(hint)
    item = item_of(hint)
    if origin_of(item.type) in (Required, NotRequired):  # Annotated[NotRequired[int], …]
        required = origin_of(item.type) is Required
        item = item_of(Annotated[(get_args(item.type)[0], *item.markers)] if item.markers else get_args(item.type)[0])
    alias, default = item.marker(Alias), item.marker(Default)
    value = default.value if default else MISSING
    return Member(key, alias.name if alias else key, item, required and default is None, value)


def origin_of(hint: Shape) -> Shape:
    """Return a parametrised type's origin (`list` of `list[int]`), None for a plain type."""
    return get_origin(hint)


def item_of(hint: Shape) -> Item:
    """Unwrap a type from its `Annotated` and `| None`; a text among its markers is its description."""
    markers: tuple[object, ...] = ()
    null = False
    while True:
        if origin_of(hint) is Annotated:
            hint, *own = get_args(hint)
            markers = (*(Description(part) if isinstance(part, str) else part for part in own), *markers)
        elif origin_of(hint) in (Union, UnionType) and NoneType in get_args(hint):
            null = True
            rest = tuple(part for part in get_args(hint) if part is not NoneType)
            hint = rest[0] if len(rest) == 1 else Union[rest]  # noqa: UP007  # of a tuple that is known at run time
        else:
            return Item(hint, null, markers)


def created(member: Member) -> Member | None:
    """Return a record's field as a member of the creating body, or None when a call cannot set it."""
    body = member.item.marker(Body)
    if body is None or not body.create:
        return None
    return Member(member.key, member.name, sent_item(member, body), body.required, body.default)


def updated(member: Member) -> Member | None:
    """Return a record's field as a member of the updating body, or None when a call cannot change it."""
    body = member.item.marker(Body)
    return Member(member.key, member.name, sent_item(member, body), False) if body and body.update else None


def sent_item(member: Member, body: Body) -> Item:
    """Return the type that a call sends for a field: the record's, or the `Body` marker's with its own checks."""
    if body.type is None:
        return member.item
    item = item_of(body.type)
    words = tuple(marker for marker in member.item.markers if isinstance(marker, (Description, Example, Messages)))
    return Item(item.type, item.null, (*item.markers, *words))


def _query_members(shape: Query) -> Iterator[Member]:
    for member, marker in marked(shape.record, Filter):
        name = marker.name or member.key
        if shape.only is not None and name not in shape.only:
            continue
        own = Item(member.item.type, False, tuple(own for own in member.item.markers if not isinstance(own, Body)))
        inner = own if marker.type is None else item_of(marker.type)
        if marker.operator == "in":
            hint: Shape = Annotated[(inner.type, *inner.markers)] if inner.markers else inner.type
            yield Member(name, name, Item(list[hint], False, ()), False, list)
        else:
            yield Member(name, name, Item(inner.type, True, inner.markers), False, None)


def _sortable(member: Member, record: type) -> Member:
    if member.item.marker(SortKey) is None:
        return member
    return replace(member, item=replace(member.item, markers=(*member.item.markers, OneOf(tuple(sort_keys(record))))))


def checks_of(shape: Shape) -> tuple[Callable[[Mapping[str, object]], object], ...]:
    """Return the functions that check a whole body or query of a shape."""
    own = () if isinstance(shape, Query) else (getattr(shape, "record", shape),)
    return tuple(check for part in (*own, *getattr(shape, "shapes", ())) for check in getattr(part, "__checks__", ()))


def is_open_ended(shape: Shape) -> bool:
    """Return whether a body or query keeps unknown members."""
    return getattr(shape, "__open_ended__", False)


def marked(record: Shape, kind: type[M]) -> Iterator[tuple[Member, M]]:
    """Yield each field of a record with each of its markers of a kind."""
    for member in members(record):
        for marker in member.item.markers:
            if isinstance(marker, kind):
                yield member, marker


def columns(record: type) -> tuple[Column, ...]:
    """Return the columns that a record's fields declare; a column's own path is relative to the field."""
    return tuple(
        replace(column, name=column.name or _snake(member.key), path=column.path or f"$.{member.key}")
        for member, column in marked(record, Column)
    )


def _column_of(member: Member) -> str:
    column = member.item.marker(Column)
    return column.name if column and column.name else _snake(member.key)


@cache
def filters(shape: Shape) -> Mapping[str, tuple[str, Operator]]:
    """Return (column, operator) by query parameter, of a record or of a whole query."""
    if isinstance(shape, Query):
        own = {name: pair for name, pair in filters(shape.record).items() if shape.only is None or name in shape.only}
        return own | {name: pair for part in shape.shapes for name, pair in filters(part).items()}
    return {
        marker.name or member.key: (marker.column or _column_of(member), marker.operator)
        for member, marker in marked(shape, Filter)
    }


@cache
def sort_keys(record: type) -> Mapping[str, str]:
    """Return the column by sort name."""
    return {marker.name or member.key: marker.column or _column_of(member) for member, marker in marked(record, Sort)}


@cache
def notified(record: type) -> frozenset[str]:
    """Return the fields whose changes subscribers are notified of."""
    return frozenset(member.key for member, _ in marked(record, Notified))


def defaults(record: type) -> dict[str, Any]:
    """Return the initial values of fields that no call set: their defaults, else null."""
    bodies = ((member, member.item.marker(Body)) for member in members(record))
    values = {member.key: body.default if body and body.default is not MISSING else None for member, body in bodies}
    return {key: value() if isinstance(value, type) else value for key, value in values.items()}


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
