"""Compares the structure of a recorded JSON value with a definition and with the mock's own values: members, types, nulls, formats, order.

Values are never compared, and no sentence quotes one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
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


class Comparison:
    """Compares values with a definition and with values of ours, and collects the differences, each once. With `ordered` the order of
    members counts too."""

    def __init__(self, ordered: bool = False) -> None:
        self._ordered = ordered
        self.differences: dict[Difference, None] = {}

    def compare(self, value: Json, item: Item, ours: Sequence[Json], at: str = "", name: str = "") -> None:
        """Compare a value at a path with its definition and our values there; `name` is the member's."""
        if is_redacted(value):
            return
        types = types_of(item) or {TYPES[type(each)] for each in ours if each is not None}
        kind = TYPES[type(value)]
        if value is None:
            self._note_null(item, types, ours, at)
        elif types and kind not in types:
            wrong: Kind = "type" if at else "envelope"
            self.note(wrong, at, f"it is {kind}; the mock has {' or '.join(sorted(types))}")
        elif isinstance(value, dict):
            self._compare_object(value, item, [each for each in ours if isinstance(each, dict)], at)
        elif isinstance(value, list):
            entries = [entry for each in ours if isinstance(each, list) for entry in each]
            for entry in value:
                self.compare(entry, entries_of(item), entries, f"{at}[]", name)
        else:
            self._compare_scalar(value, item, ours, at, name)

    def note(self, kind: Kind, at: str, words: str) -> None:
        """Note a difference."""
        self.differences[Difference(kind, at, words)] = None

    def _note_null(self, item: Item, types: Any, ours: Sequence[Json], at: str) -> None:
        typed = bool(types_of(item))
        if None not in ours and (not item.null if typed else bool(types)):
            self.note("null", at, f"it is null; the mock has {' or '.join(sorted(types))}")

    def _compare_object(
        self, value: Mapping[str, Json], item: Item, ours: Sequence[Mapping[str, Json]], at: str
    ) -> None:
        defined = members_of(item)
        items = {member.name: member.item for member in defined or ()}
        is_known = defined is not None or bool(ours)
        for name, member in value.items():
            place = below(at, name)
            mine = [each[name] for each in ours if name in each]
            if is_known and name not in items and not mine:
                self.note("extra", place, f"the recording has {TYPES[type(member)]} here; the mock has no such member")
            else:
                self.compare(member, items.get(name, ANYTHING), mine, place, name)
        required = {member.name for member in defined or () if member.required}
        for name in sorted(_always(required, defined is None, ours) - value.keys()):
            self.note("missing", below(at, name), "the mock has this member; the recording has none")
        if self._ordered and ours and not any(_same_order(value, each) for each in ours):
            self.note(
                "order", at, "its members stand in another order than the mock's, and the signature is of these bytes"
            )

    def _compare_scalar(self, value: Json, item: Item, ours: Sequence[Json], at: str, name: str) -> None:
        if item.type is int and isinstance(value, float) and not value.is_integer():
            self.note("type", at, "it is a number with a fraction; the mock has whole numbers")
        allowed, pattern = _words_of(item), item.marker(Pattern)
        if allowed and value not in allowed:
            self.note("word", at, f"it is none of the {len(allowed)} values that the mock has here")
        elif pattern and isinstance(value, str) and value and not re.match(pattern.regex, value):
            self.note("format", at, "it has not the form that the mock's definition has")
        elif (kind := _only_format(name, ours)) and value != "" and (format_of(name, value) != kind):
            self.note("format", at, f"it is {format_of(name, value) or 'another text'}; the mock has {kind}")


def below(at: str, name: str) -> str:
    """Return the path of a member; the key of a map, which may be an id or an address, is a *."""
    return f"{at}.{name if PLAIN_NAME.fullmatch(name) else '*'}".removeprefix(".")


def _always(required: set[str], is_free: bool, ours: Sequence[Mapping[str, Json]]) -> set[str]:
    """Return the members that are never left out: those that the definition requires, of a free object those that all of ours have."""
    if is_free:
        return set.intersection(*(set(each) for each in ours)) if ours else set()
    return {name for name in required if not ours or any(name in each for each in ours)}


def _same_order(value: Mapping[str, Json], ours: Mapping[str, Json]) -> bool:
    return [name for name in value if name in ours] == [name for name in ours if name in value]


def _words_of(item: Item) -> Sequence[object]:
    listed = item.marker(OneOf)
    return get_args(item.type) if origin_of(item.type) is Literal else listed.values if listed else ()


def _only_format(name: str, ours: Sequence[Json]) -> str | None:
    """Return the format that all of our values have, None when they have several or none."""
    kinds = {format_of(name, each) for each in ours if each not in ("", None) and not is_redacted(each)}
    return kinds.pop() if len(kinds) == 1 else None
