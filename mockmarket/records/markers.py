"""The markers that stand in a field's `Annotated`: who may set it, what it may be, where it is stored, who hears of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any, Literal, TypeAlias, TypeVar

from mockmarket.frozen import dataclass

MISSING: Any = object()  # no value, where None is one

Shape: TypeAlias = Any
"""A `TypedDict`, what is made of one (`Create(Order)`), or the type of a member: values of which the type system has no type."""

Operator: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">=", "contains", "in", "has_bit"]
"""How a column compares with a value."""

T = TypeVar("T", bound=type)


class FieldError(ValueError):
    """What is wrong with one field of a body or query, raised by a check over several."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.message, self.field = message, field


@dataclass(frozen=True, slots=True)
class Body:
    """A call may set the field of a record: when it is created, when it is updated, or both. `type` replaces the record's
    own, and its checks, where a call sends another shape than is stored."""

    required: bool = False
    default: object = MISSING
    create: bool = True
    update: bool = True
    type: Shape = None


@dataclass(frozen=True, slots=True)
class Default:
    """The value of a member that is not sent; a type stands for a new empty one of it (`list`)."""

    value: object


@dataclass(frozen=True, slots=True)
class Alias:
    """The member's name in JSON or in a query, where it is no name in Python (`event_id[]`)."""

    name: str


@dataclass(frozen=True, slots=True)
class Length:
    """How many characters a text, or members a list, has."""

    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """Between which values a number lies, both included unless `open_least`."""

    least: float | None = None
    most: float | None = None
    open_least: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """The values that there are; `message` replaces the usual sentence."""

    values: Sequence[object]
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Pattern:
    """The regular expression that a text matches at its beginning, and the sentence for one that does not."""

    regex: str
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Messages:
    """A vendor's own sentences in place of the usual ones."""

    required: str | None = None
    null: str | None = None
    invalid: str | None = None


class Email:
    """An e-mail address."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """The shape of the object, or of the list's members, where it is made of a record (`Create(Ticket)`)."""

    shape: Shape


class Link:
    """An http or https address, of any host."""


class AnyNumberForm:
    """A number that may also be sent as text (`"12"`)."""


@dataclass(frozen=True, slots=True)
class Check:
    """A function that raises ValueError, saying what is wrong, for a value that may not stand here."""

    function: Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class Reads:
    """A format of its own: `parse` turns what was sent into the value or raises ValueError with a sentence. `schema`
    describes what is sent in OpenAPI's words."""

    parse: Callable[[Any], Any]
    schema: Mapping[str, object] = field(default_factory=lambda: {"type": "string"}, hash=False)


@dataclass(frozen=True, slots=True)
class Description:
    """What the field is, for the documentation."""

    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """A value for the documentation's examples."""

    value: object


@dataclass(frozen=True, slots=True)
class Column:
    """What a kind of record is filtered or sorted by: a value at a JSON path of the record, or, without one, a value of our own.
    As a marker it is the column of its field, and is named after it in snake case unless it has a name. Values of our own (a
    stock row's id, epoch ms, cents, lower-cased text) are never sent."""

    name: str = ""
    type: Literal["TEXT", "INTEGER", "REAL"] = "TEXT"
    path: str | None = None
    index: bool = True

    def ddl(self) -> str:
        """Return the column's definition."""
        generated = f" GENERATED ALWAYS AS (json_extract(data, '{self.path}')) VIRTUAL" if self.path else ""
        return f'"{self.name}" {self.type}{generated}'


@dataclass(frozen=True, slots=True)
class Filter:
    """A query parameter that finds records by the field: its name, how it compares, and the column if it is another. `type`
    replaces the field's own where the query takes something else than the record has."""

    name: str | None = None
    operator: Operator = "="
    column: str | None = None
    type: Shape = None


@dataclass(frozen=True, slots=True)
class Sort:
    """The name by which lists are sorted by the field, its own without one, and the column if it is another."""

    name: str | None = None
    column: str | None = None


class SortKey:
    """A query parameter that takes one of the names by which lists of the query's record are sorted."""


class Notified:
    """A change of the field is a change that subscribers hear of."""


def check(*functions: Callable[[Mapping[str, Any]], object]) -> Callable[[T], T]:
    """Have whole bodies or queries of this shape checked by functions that raise FieldError."""

    def checked(shape: T) -> T:
        shape.__checks__ = functions  # type: ignore[attr-defined]  # read by `shape.checks_of`
        return shape

    return checked


def open_ended(shape: T) -> T:
    """Have a body or query of this shape keep members that it does not name: what handles it reads or refuses them."""
    shape.__open_ended__ = True  # type: ignore[attr-defined]  # read by `shape.is_open_ended`
    return shape


def must(meet: Callable[[Any], object], words: str, at: str = "") -> Callable[[Any], None]:
    """Return a check of a value, or of a whole body with the field `at` of which the words say what is wrong."""

    def checked(value: Any) -> None:
        if not meet(value):
            raise FieldError(words, at) if at else ValueError(words)

    return checked


def exactly_one(*names: str, words: str, at: str = "_schema") -> Callable[[Mapping[str, object]], None]:
    """Return a check of fields of which one has to be there, and only one; what is wrong is said of the field `at`."""
    return must(lambda values: sum(name in values for name in names) == 1, words, at)
