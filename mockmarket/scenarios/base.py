"""What a kind of step or of expectation is: its name, its fields, how it reads, what it does. Frozen records, no registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from mockmarket.scenarios import fields as expected
from mockmarket.scenarios import matching
from mockmarket.scenarios.play import Play
from mockmarket.seed import moments
from mockmarket.seed.shapes import sentence
from mockmarket.vendor import Vendor

Given = Mapping[str, Any]
Where = tuple[Any, ...]
Problem = tuple[Where, str]
"""What is wrong within a step, and where in it: the path of keys and indexes that leads there, and a sentence."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the names in a scenario are checked against; `keys` is by vendor, empty when the fixture does not tell."""

    vendors: Mapping[str, Vendor]
    keys: Mapping[str, Sequence[str]]
    receivers: Sequence[str]


def no_problems(known: Known, given: Given) -> Iterator[Problem]:
    """Find nothing wrong."""
    yield from ()


def no_names(given: Given) -> Sequence[str]:
    """Save nothing."""
    return ()


def untouched(raw: Any) -> Any:
    """Take what was written as it is."""
    return raw


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of step: `perform` does it and says in a sentence what came of it, or raises FailedError.

    `shape` reads its fields, `short` writes a short form out in full, `title` says in words what it will do, `problems`
    finds names that mean nothing, `saves` names the variables that it leaves behind. Its texts have their variables
    replaced before it is performed, unless `fills` is false: then it does so itself.
    """

    name: str
    help: str
    shape: Schema
    perform: Callable[[Play, Given], str]
    title: Callable[[Given], str]
    short: Callable[[Any], Any] = untouched
    problems: Callable[[Known, Given], Iterator[Problem]] = no_problems
    saves: Callable[[Given], Sequence[str]] = no_names
    fills: bool = True


@dataclass(frozen=True, eq=False)
class Subject:
    """One thing that an `expect` step looks at: `differences` yields a sentence for each that is not as expected."""

    name: str
    help: str
    shape: Schema
    differences: Callable[[Play, Given], Iterator[str]]
    problems: Callable[[Known, Given], Iterator[Problem]] = no_problems


def check_expected(value: Any) -> None:
    """Raise ValueError for an expected value whose operators cannot be."""
    for words in matching.wrong(value):
        raise ValueError(words)


def check_fields(value: Mapping[str, Any]) -> None:
    """Raise ValidationError, by path, for expectations whose path or value cannot be."""
    wrong: dict[str, list[str]] = {}
    for path, words in expected.problems(value):
        wrong.setdefault(path, []).append(words)
    if wrong:
        raise ValidationError(wrong)


def a_value(help: str, **more: Any) -> fields.Raw:
    """Return a field for what a value is expected to be: the value itself, or operators."""
    return fields.Raw(allow_none=True, validate=sentence(check_expected), metadata={"description": help}, **more)


def check_number(value: Any) -> None:
    """Raise ValueError for what is neither a number nor operators; a text with a variable in it may become one."""
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    if not (value is None or plain or matching.is_matcher(value) or (isinstance(value, str) and "${" in value)):
        raise ValueError(f"Must be a number, or made of {', '.join(matching.OPERATORS)}: {{at_least: 1}}.")
    check_expected(value)


def a_number(help: str, **more: Any) -> fields.Raw:
    """Return a field for what a number is expected to be: the number itself, or operators."""
    return fields.Raw(allow_none=True, validate=sentence(check_number), metadata={"description": help}, **more)


def some_fields(help: str, **more: Any) -> fields.Dict:
    """Return a field for expectations by path."""
    described = {"description": help}
    return fields.Dict(keys=fields.String(), load_default=dict, validate=check_fields, metadata=described, **more)


def a_text(help: str, **more: Any) -> fields.String:
    """Return a field for a text that is not empty."""
    return fields.String(validate=validate.Length(1, 2000), metadata={"description": help}, **more)


def a_span(help: str, **more: Any) -> fields.String:
    """Return a field for a length of time, such as `2h30m`."""
    return fields.String(validate=sentence(moments.span), metadata={"description": help}, **more)


def anything(help: str, **more: Any) -> fields.Raw:
    """Return a field for anything that JSON can say."""
    return fields.Raw(allow_none=True, metadata={"description": help}, **more)


def a_mapping(help: str, **more: Any) -> fields.Dict:
    """Return a field for a mapping of names to anything."""
    more.setdefault("load_default", dict)
    return fields.Dict(keys=fields.String(), metadata={"description": help}, **more)


def unknown_vendor(known: Known, name: str | None, *where: Any, besides: Sequence[str] = ()) -> Iterator[Problem]:
    """Yield the problem of a vendor that there is not."""
    names = (*besides, *known.vendors)
    if name is not None and name not in names:
        yield where, f"There is no vendor {name!r}; there are {', '.join(names)}."


def unknown_receiver(known: Known, name: str | None, *where: Any) -> Iterator[Problem]:
    """Yield the problem of a receiver that the scenario does not have."""
    if name is not None and name not in known.receivers:
        names = ", ".join(known.receivers) or "none; name them under receivers"
        yield where, f"There is no receiver {name!r}; there are {names}."


def unknown_notice(known: Known, vendor: str | None, type: str | None, *where: Any) -> Iterator[Problem]:
    """Yield the problem of a notice that a vendor does not have."""
    seller = known.vendors.get(vendor or "")
    if seller is not None and isinstance(type, str) and "${" not in type and seller.webhooks.notice(type) is None:
        names = ", ".join(notice.name for notice in seller.webhooks.notices)
        yield where, f"{vendor} has no notice {type!r}; it has {names}."
