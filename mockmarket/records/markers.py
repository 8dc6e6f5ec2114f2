"""Markers in a field's `Annotated`: who may set it, its valid values, its column, and whether its changes are notified."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any, Literal, TypeAlias, TypeVar

from mockmarket.frozen import dataclass

MISSING: Any = object()  # no value, where None is a value
Shape: TypeAlias = Any
"""A `TypedDict`, a derivation of a `TypedDict` (`Create(Order)`), or the type of a member: values that the type system cannot type."""
Operator: TypeAlias = Literal[
    "=", "!=", "<", "<=", ">", ">=", "contains", "has_text", "has_bit", "is_set", "empty",
    "in", "not_in", "any_id", "any_word", "all_words", "no_word", "not_all_words",
]  # fmt: skip
"""How a column compares with a value; from `in` on with a list. `has_text` and the words ignore the case of
ASCII letters; words are separated by spaces or commas."""
T = TypeVar("T", bound=type)


class FieldError(ValueError):
    """A problem of one field of a body or query, raised by a check over several fields."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.message, self.field = message, field


@dataclass(frozen=True, slots=True)
class Body:
    """A call may set the field of a record: when it is created, when it is updated, or both. `type` replaces the
    record's type and checks where a call sends another shape than is stored."""

    required: bool = False
    default: object = MISSING
    create: bool = True
    update: bool = True
    type: Shape = None


@dataclass(frozen=True, slots=True)
class Default:
    """The value of a member that is not sent; a type (`list`) gives a new empty instance."""

    value: object


@dataclass(frozen=True, slots=True)
class Alias:
    """The member's name in JSON or in a query, where it is not a Python name (`event_id[]`)."""

    name: str


@dataclass(frozen=True, slots=True)
class Length:
    """The allowed length of a text or list."""

    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """The allowed range of a number, inclusive unless `open_least`."""

    least: float | None = None
    most: float | None = None
    open_least: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """The allowed values; `message` replaces the default sentence."""

    values: Sequence[object]
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Pattern:
    """The regular expression that a text must match at its start, and the sentence for a text that does not."""

    regex: str
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Messages:
    """A vendor's own sentences instead of the default ones."""

    required: str | None = None
    null: str | None = None
    invalid: str | None = None


class Email:
    """An e-mail address."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """The shape of the object, or of the list's members, where it is derived from a record (`Create(Ticket)`)."""

    shape: Shape


class Link:
    """An http or https URL of any host."""


class AnyNumberForm:
    """A number that may also be sent as text (`"12"`)."""


@dataclass(frozen=True, slots=True)
class Check:
    """A function that raises ValueError, with a sentence, for an invalid value."""

    function: Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class Reads:
    """A custom format: `parse` returns the value or raises ValueError with a sentence; `schema` describes what is sent in OpenAPI."""

    parse: Callable[[Any], Any]
    schema: Mapping[str, object] = field(default_factory=lambda: {"type": "string"}, hash=False)


@dataclass(frozen=True, slots=True)
class Description:
    """The field's meaning, for the documentation."""

    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """A value for the documentation's examples."""

    value: object


@dataclass(frozen=True, slots=True)
class Column:
    """A column to filter or sort a kind of record by: the value at a JSON path of the record, or, without a path, an
    internal value. As a marker it is the column of its field and, unless it has a name, named after the field in snake
    case. Internal values (a stock row's id, epoch ms, cents, lower-cased text) are never sent. One that `may_lack` is NULL in
    records of versions without it; without that mark their file is refused."""

    name: str = ""
    type: Literal["TEXT", "INTEGER", "REAL"] = "TEXT"
    path: str | None = None
    index: bool = True
    may_lack: bool = False

    def ddl(self) -> str:
        """Return the column's definition."""
        generated = f" GENERATED ALWAYS AS (json_extract(data, '{self.path}')) VIRTUAL" if self.path else ""
        return f'"{self.name}" {self.type}{generated}'


@dataclass(frozen=True, slots=True)
class Filter:
    """A query parameter that filters records by the field: its name, its operator, and its column if that is not the
    field's. `type` replaces the field's type where the query takes another."""

    name: str | None = None
    operator: Operator = "="
    column: str | None = None
    type: Shape = None


@dataclass(frozen=True, slots=True)
class Sort:
    """The name for sorting lists by the field, by default the field's, and its column if that is not the field's."""

    name: str | None = None
    column: str | None = None


class SortKey:
    """A query parameter that takes one of the sort names of the query's record."""


class Notified:
    """Subscribers are notified of the field's changes."""


def check(*functions: Callable[[Mapping[str, Any]], object]) -> Callable[[T], T]:
    """Check whole bodies or queries of this shape by functions that raise FieldError."""

    def checked(shape: T) -> T:
        shape.__checks__ = functions  # type: ignore[attr-defined]  # read by `shape.checks_of`
        return shape

    return checked


def open_ended(shape: T) -> T:
    """Keep unknown members in bodies or queries of this shape: the handler reads or refuses them."""
    shape.__open_ended__ = True  # type: ignore[attr-defined]  # read by `shape.is_open_ended`
    return shape


def must(meet: Callable[[Any], object], words: str, at: str = "") -> Callable[[Any], None]:
    """Return a check of a value, or of a whole body with `at` as the field of its error; `words` is the error's sentence."""

    def checked(value: Any) -> None:
        if not meet(value):
            raise FieldError(words, at) if at else ValueError(words)

    return checked


def exactly_one(*names: str, words: str, at: str = "_schema") -> Callable[[Mapping[str, object]], None]:
    """Return a check that exactly one of several fields is sent; the error is reported at the field `at`."""
    return must(lambda values: sum(name in values for name in names) == 1, words, at)
