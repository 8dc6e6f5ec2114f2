"""Reading shapes: the members of a `TypedDict` as plain data, and what a record's annotations make of its storage."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NotRequired, Required, TypeVar, Union, get_args, get_origin, get_type_hints

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


@dataclass(frozen=True, slots=True)
class Item:
    """A value's type without its wrappings: the bare type, whether null may stand for it, and its markers."""

    type: Shape
    null: bool
    markers: tuple[object, ...]

    def marker(self, kind: type[M]) -> M | None:
        """Return the first marker of a kind, or None."""
        return next((marker for marker in self.markers if isinstance(marker, kind)), None)


@dataclass(frozen=True, slots=True)
class Member:
    """One field of a shape: its name in JSON, what it is, and whether it has to be there (`default` where it need not)."""

    key: str
    name: str
    item: Item
    required: bool
    default: object = MISSING


@dataclass(frozen=True, slots=True)
class Create:
    """The body that creates a record: the fields that its annotations let a call set, with their defaults, and further members."""

    record: type
    shapes: tuple[type, ...] = ()


@dataclass(frozen=True, slots=True)
class Update:
    """The body that updates a record: the fields that its annotations let a call change, none required, and further members."""

    record: type
    shapes: tuple[type, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """The query of a list of records: the filters that the record's fields give, and the members of further shapes. `only`
    names the filters of the record that there are; all of them without it."""

    record: type
    shapes: tuple[type, ...] = ()
    only: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer that lists rows of a shape under one member, called as the answer in small letters unless `key` names it."""

    name: str
    row: Shape
    key: str = ""


@cache
def members(shape: Shape) -> tuple[Member, ...]:
    """Return the members of a TypedDict, or of what is made of a record, in the order of their declaration."""
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
    hints = get_type_hints(base, include_extras=True)
    of = dict(zip(getattr(base, "__parameters__", ()), get_args(shape), strict=True))
    return tuple(member(key, substituted(hint, of), base.__total__) for key, hint in hints.items())


def substituted(hint: Shape, of: Mapping[Shape, Shape]) -> Shape:
    """Return a type with the arguments of a generic shape (`Page[Order]`) in place of its parameters."""
    parameters = getattr(hint, "__parameters__", ())
    if hint in of:
        return of[hint]
    return hint[tuple(of[parameter] for parameter in parameters)] if parameters and of else hint


def member(key: str, hint: Shape, total: bool) -> Member:
    """Read one annotated field; what has a default need not be sent."""
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
    """Return what a type with parameters is made of (`list` of `list[int]`), None for a plain one."""
    return get_origin(hint)


def item_of(hint: Shape) -> Item:
    """Take a type out of its `Annotated` and its `| None`; a text among its markers describes the field."""
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
    """Return a record's field as the body that creates it has it, or None when a call cannot set it then."""
    body = member.item.marker(Body)
    if body is None or not body.create:
        return None
    return Member(member.key, member.name, sent_item(member, body), body.required, body.default)


def updated(member: Member) -> Member | None:
    """Return a record's field as the body that updates it has it, or None when a call cannot change it."""
    body = member.item.marker(Body)
    return Member(member.key, member.name, sent_item(member, body), False) if body and body.update else None


def sent_item(member: Member, body: Body) -> Item:
    """Return what a call sends for a field: the record's own type, or in its place the marker's, with checks of its own."""
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
    """Return whether a body or query keeps members that its shape does not name."""
    return getattr(shape, "__open_ended__", False)


def marked(record: Shape, kind: type[M]) -> Iterator[tuple[Member, M]]:
    """Yield each field of a record with each of its markers of a kind."""
    for member in members(record):
        for marker in member.item.markers:
            if isinstance(marker, kind):
                yield member, marker


def columns(record: type) -> tuple[Column, ...]:
    """Return the columns that a record's fields fill by themselves; a path of a column's own leads into the field."""
    return tuple(
        replace(column, name=column.name or _snake(member.key), path=column.path or f"$.{member.key}")
        for member, column in marked(record, Column)
    )


def _column_of(member: Member) -> str:
    column = member.item.marker(Column)
    return column.name if column and column.name else _snake(member.key)


@cache
def filters(shape: Shape) -> Mapping[str, tuple[str, Operator]]:
    """Return, by query parameter, the column that it is about and how it compares: of a record, or of a whole query."""
    if isinstance(shape, Query):
        own = {name: pair for name, pair in filters(shape.record).items() if shape.only is None or name in shape.only}
        return own | {name: pair for part in shape.shapes for name, pair in filters(part).items()}
    return {
        marker.name or member.key: (marker.column or _column_of(member), marker.operator)
        for member, marker in marked(shape, Filter)
    }


@cache
def sort_keys(record: type) -> Mapping[str, str]:
    """Return, by the name that a list is sorted by, the column."""
    return {marker.name or member.key: marker.column or _column_of(member) for member, marker in marked(record, Sort)}


@cache
def notified(record: type) -> frozenset[str]:
    """Return the fields whose change subscribers hear of."""
    return frozenset(member.key for member, _ in marked(record, Notified))


def defaults(record: type) -> dict[str, Any]:
    """Return what a new record has in fields that nobody set: their defaults, else null."""
    bodies = ((member, member.item.marker(Body)) for member in members(record))
    values = {member.key: body.default if body and body.default is not MISSING else None for member, body in bodies}
    return {key: value() if isinstance(value, type) else value for key, value in values.items()}


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
