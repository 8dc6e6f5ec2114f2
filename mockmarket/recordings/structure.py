"""Compares the structure of a recorded JSON value with a definition and with the mock's own values: members, types, nulls, formats, order.

Values are never compared, and no sentence quotes one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property, lru_cache
from types import UnionType
from typing import Any, Literal, Union, get_args, is_typeddict

from mockmarket.frozen import dataclass
from mockmarket.recordings.formats import format_of, is_redacted
from mockmarket.records import (
    Item,
    Member,
    OneOf,
    Pattern,
    Rows,
    Shaped,
    item_of,
    members,
    origin_of,
)

Json = Any  # any JSON value
Kind = Literal[
    "status", "header", "envelope", "extra", "missing", "type", "null", "format", "word", "order", "page", "body", "signature"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """What a recording has otherwise than the mock: its kind, the place (a path into a body, a header's name), and a sentence."""

    kind: Kind
    at: str
    words: str


PLAIN_NAME = re.compile(r"[A-Za-z_$](?!(?:\D*\d){4})[A-Za-z0-9_$-]{0,39}")
"""A member's name that is no value: one with many digits, or with other signs, is taken for the key of a map."""
ANYTHING = Item(object, True, ())
OBJECT, LIST, TEXT, NUMBER, BOOLEAN, NULL = "an object", "a list", "text", "a number", "true or false", "null"
TYPES: dict[type, str] = {
    dict: OBJECT, list: LIST, str: TEXT, bool: BOOLEAN, int: NUMBER, float: NUMBER, Decimal: NUMBER, type(None): NULL, Mapping: OBJECT,
}  # fmt: skip
"""JSON's types in words, by the type of a value or of a shape's member."""


def types_of(item: Item) -> frozenset[str]:
    """Return the JSON types that a member may have beside null, in words; none for one of any type."""
    origin = origin_of(item.type)
    if origin is Literal:
        return frozenset(TYPES[type(value)] for value in get_args(item.type))
    if origin in (Union, UnionType):
        return frozenset().union(*(types_of(item_of(part)) for part in get_args(item.type)))
    if members_of(item) is not None:
        return frozenset([OBJECT])
    kind = TYPES.get(origin or item.type)
    return frozenset([kind]) if kind else frozenset()


def members_of(item: Item) -> tuple[Member, ...] | None:
    """Return the members that an object is defined to have, None where it may have any."""
    shaped = item.marker(Shaped)
    shape = shaped.shape if shaped and origin_of(item.type) is not list else item.type
    is_shape = is_typeddict(origin_of(shape) or shape) or isinstance(shape, Rows) or hasattr(shape, "record")
    return members(shape) if is_shape else None


def entries_of(item: Item) -> Item:
    """Return what the entries of a list are defined to be."""
    arguments = get_args(item.type) if origin_of(item.type) is list else ()
    shaped = item.marker(Shaped)
    return item_of(shaped.shape) if shaped and arguments else item_of(arguments[0]) if arguments else ANYTHING


class Place:
    """What the mock has at a place of a body: its definition, and its own values. `name` is the member's. What follows from them is found
    once, however many recorded values stand at the place."""

    def __init__(self, item: Item, ours: Sequence[Json] = (), name: str = "") -> None:
        self.item, self.ours, self.name = item, ours, name
        self._objects = [each for each in ours if isinstance(each, dict)]
        self._members: dict[str, Place | None] = {}

    @cached_property
    def types(self) -> frozenset[str]:
        """The JSON types that a value may have, in words; none for any type."""
        return types_of(self.item) or frozenset(TYPES[type(each)] for each in self.ours if each is not None)

    @cached_property
    def may_be_null(self) -> bool:
        """Whether null is no difference."""
        return None in self.ours or (self.item.null if types_of(self.item) else not self.types)

    @cached_property
    def _items(self) -> Mapping[str, Member] | None:
        defined = members_of(self.item)
        return None if defined is None else {member.name: member for member in defined}

    def member(self, name: str) -> Place | None:
        """Return the place of a member, None for a member that the mock does not have."""
        if name not in self._members:
            ours = [each[name] for each in self._objects if name in each]
            defined = (self._items or {}).get(name)
            is_new = (self._items is not None or bool(self._objects)) and defined is None and not ours
            self._members[name] = None if is_new else Place(defined.item if defined else ANYTHING, ours, name)
        return self._members[name]

    @cached_property
    def entries(self) -> Place:
        """The place of each entry of a list."""
        ours = [entry for each in self.ours if isinstance(each, list) for entry in each]
        return Place(entries_of(self.item), ours, self.name)

    @cached_property
    def always(self) -> frozenset[str]:
        """The members that are never left out: those that the definition requires, of a free object those that all of ours have."""
        seen: set[str] = set().union(*self._objects)
        if self._items is None:
            return frozenset(seen.intersection(*self._objects))
        required = (name for name, member in self._items.items() if member.required)
        return frozenset(name for name in required if not self._objects or name in seen)

    @cached_property
    def _orders(self) -> set[tuple[str, ...]]:
        return {tuple(each) for each in self._objects}

    def has_order(self, value: Mapping[str, Json]) -> bool:
        """Return whether an object of ours has the members of a recorded one in its order."""
        orders = self._orders or {()}
        return any([name for name in value if name in own] == [name for name in own if name in value] for own in orders)

    @cached_property
    def words(self) -> Sequence[object]:
        """The values that are allowed, none for any."""
        listed = self.item.marker(OneOf)
        return get_args(self.item.type) if origin_of(self.item.type) is Literal else listed.values if listed else ()

    @cached_property
    def format(self) -> str | None:
        """The format that all of our values have, None when they have several or none."""
        kinds = {format_of(self.name, each) for each in self.ours if each not in ("", None) and not is_redacted(each)}
        return kinds.pop() if len(kinds) == 1 else None


class Comparison:
    """Compares values with what the mock has at their place, and collects the differences, each once. With `ordered` the order of members
    counts too."""

    def __init__(self, ordered: bool = False) -> None:
        self._ordered = ordered
        self.differences: dict[Difference, None] = {}

    def note(self, kind: Kind, at: str, words: str) -> None:
        """Note a difference."""
        self.differences[Difference(kind, at, words)] = None

    def compare(self, value: Json, place: Place, at: str = "") -> None:
        """Compare a value at a path with what the mock has there."""
        if is_redacted(value):
            return
        types, kind = place.types, TYPES[type(value)]
        if value is None:
            if not place.may_be_null:
                self.note("null", at, f"it is null; the mock has {' or '.join(sorted(types))}")
        elif types and kind not in types:
            self.note("type" if at else "envelope", at, f"it is {kind}; the mock has {' or '.join(sorted(types))}")
        elif isinstance(value, dict):
            self._compare_object(value, place, at)
        elif isinstance(value, list):
            for entry in value:
                self.compare(entry, place.entries, f"{at}[]")
        else:
            self._compare_scalar(value, place, at)

    def _compare_object(self, value: Mapping[str, Json], place: Place, at: str) -> None:
        for name, member in value.items():
            inner = place.member(name)
            if inner is None:
                words = f"the recording has {TYPES[type(member)]} here; the mock has no such member"
                self.note("extra", below(at, name), words)
            else:
                self.compare(member, inner, below(at, name))
        for name in sorted(place.always - value.keys()):
            self.note("missing", below(at, name), "the mock has this member; the recording has none")
        if self._ordered and not place.has_order(value):
            words = "its members stand in another order than the mock's, and the signature is of these bytes"
            self.note("order", at, words)

    def _compare_scalar(self, value: Json, place: Place, at: str) -> None:
        if place.item.type is int and isinstance(value, float) and not value.is_integer():
            self.note("type", at, "it is a number with a fraction; the mock has whole numbers")
        pattern = place.item.marker(Pattern)
        if place.words and value not in place.words:
            self.note("word", at, f"it is none of the {len(place.words)} values that the mock has here")
        elif pattern and isinstance(value, str) and value and not re.match(pattern.regex, value):
            self.note("format", at, "it has not the form that the mock's definition has")
        elif place.format and value != "" and (kind := format_of(place.name, value)) != place.format:
            self.note("format", at, f"it is {kind or 'another text'}; the mock has {place.format}")


@lru_cache(maxsize=4096)
def below(at: str, name: str) -> str:
    """Return the path of a member; the key of a map, which may be an id or an address, is a *."""
    return f"{at}.{name if PLAIN_NAME.fullmatch(name) else '*'}".removeprefix(".")
