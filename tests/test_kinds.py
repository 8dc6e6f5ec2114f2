"""One rule for each kind of value, held to in every operation of every vendor and of the control plane.

What an operation takes is read from its definition, so that a member or a parameter that is added is held to the rules too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from mockmarket.api.arguments import load_body, load_query
from mockmarket.api.operations import Operation, Plain, load
from mockmarket.api.schemas import schema_of
from mockmarket.control import OPERATIONS as CONTROL
from mockmarket.errors import Invalid
from mockmarket.records import AnyNumberForm, Member, Range, Reads, Row, Shaped, members
from tests.sixth.serving import VENDORS

TABLES = {**{vendor.name: vendor.api.operations for vendor in VENDORS}, "control": CONTROL}
NOT_NUMBERS = ("1_0", "\u0665", "abc", "NaN", "0x10", " 1", "1e", "--1")


class Taken(NamedTuple):
    """A member of a body, or a parameter of a query, with the operation that takes it."""

    operation: Operation
    shape: Any
    member: Member

    def body_problems(self, value: object) -> set[str]:
        """Return what is wrong with a body that has this member alone: the names of what is refused."""
        return self.problems({self.member.name: value})

    def problems(self, body: object) -> set[str]:
        """Return the names of what is refused in a body."""
        try:
            schema, conventions = schema_of(self.shape, "body"), self.operation.conventions
            load_body(schema, body, conventions.unknown, null_is_absent=self.operation.null_is_absent)
        except Invalid as refusal:
            return {name for name, _ in refusal.details}
        return set()

    def query_problems(self, text: str) -> set[str]:
        """Return the same of a query string."""
        try:
            load_query(schema_of(self.shape, "query"), f"{self.member.name}={text}", self.operation.conventions.unknown)
        except Invalid as refusal:
            return {name for name, _ in refusal.details}
        return set()


def built() -> Iterator[tuple[str, Row]]:
    """Yield every operation that is built, with its owner's name."""
    return ((owner, row) for owner, rows in TABLES.items() for row in rows if row.built)


def taken(place: str, kind: type) -> list[Any]:
    """Return every plain member of a kind that an operation takes in its body or its query, named after its call."""
    parameters = []
    for owner, row in built():
        operation = load(row)
        shape = operation.query if place == "query" else getattr(operation.body, "shape", operation.body)
        if shape is None or (isinstance(operation.body, Plain) and place == "body"):
            continue
        for member in members(shape):
            if member.item.type is kind and not any(
                isinstance(marker, (Reads, Shaped)) for marker in member.item.markers
            ):
                name = f"{owner}-{row.method}-{row.path}-{member.name}"
                parameters.append(pytest.param(Taken(operation, shape, member), id=name))
    return parameters


def bodies() -> list[Any]:
    """Return every body that is a shape, with its operation, named after its call."""
    loaded = ((f"{owner}-{row.method}-{row.path}", load(row)) for owner, row in built())
    return [
        pytest.param(operation, getattr(operation.body, "shape", operation.body), id=name)
        for name, operation in loaded
        if operation.body is not None and not isinstance(operation.body, Plain)
    ]


def within_range(member: Member) -> int:
    """Return a whole number that a member takes."""
    limits = member.item.marker(Range) or Range()
    least = 0 if limits.least is None else int(limits.least) + limits.open_least
    return max(least, int(min(1, limits.most or 1)))


@pytest.mark.parametrize("case", taken("body", int))
def test_whole_number_is_one_however_spelt(case: Taken) -> None:
    number = within_range(case.member)

    assert case.member.name not in case.body_problems(number) | case.body_problems(float(number))
    assert case.member.name in case.body_problems(True)
    assert case.member.name in case.body_problems(number + 0.5)
    assert (case.member.name in case.body_problems(str(number))) == (case.member.item.marker(AnyNumberForm) is None)


@pytest.mark.parametrize("case", taken("body", float))
def test_number_is_json_number(case: Taken) -> None:
    number = within_range(case.member)

    assert case.member.name not in case.body_problems(number) | case.body_problems(float(number))
    assert case.member.name in case.body_problems(True)
    assert (case.member.name in case.body_problems(str(number))) == (case.member.item.marker(AnyNumberForm) is None)


WRONG_TRUTHS: tuple[object, ...] = ("no", "false", "yes", 0, 1, [])


@pytest.mark.parametrize("case", taken("body", bool))
def test_truth_is_true_or_false(case: Taken) -> None:
    accepted = [case.member.name in case.body_problems(value) for value in (True, False)]
    refused = [case.member.name in case.body_problems(value) for value in WRONG_TRUTHS]

    assert (accepted, refused) == ([False] * 2, [True] * 6)


@pytest.mark.parametrize("case", [*taken("query", int), *taken("query", float)])
def test_number_in_a_query_has_plain_digits(case: Taken) -> None:
    assert case.member.name not in case.query_problems(str(within_range(case.member)))
    assert [text for text in NOT_NUMBERS if case.member.name not in case.query_problems(text)] == []


@pytest.mark.parametrize("case", taken("query", bool))
def test_truth_in_a_query_is_a_word(case: Taken) -> None:
    accepted = [case.member.name in case.query_problems(text) for text in ("true", "false")]
    refused = [case.member.name in case.query_problems(text) for text in ("no", "maybe", "2")]

    assert (accepted, refused) == ([False] * 2, [True] * 3)


@pytest.mark.parametrize(("operation", "shape"), bodies())
def test_null_is_decided_by_the_member(operation: Operation, shape: Any) -> None:
    """Null is a value where a member may be null, no member where it is optional in a call that creates or acts, else refused."""
    assert members(shape)
    for member in members(shape):
        case = Taken(operation, shape, member)
        optional = not member.required and (operation.null_is_absent or member.default is None)
        if not member.item.null:
            lacking = member.name in case.problems({}) if optional else True
            assert (member.name in case.body_problems(None)) == lacking, member.name


def test_every_kind_is_met() -> None:
    counts = {
        (place, kind.__name__): len(taken(place, kind)) for place in ("body", "query") for kind in (int, float, bool)
    }

    assert min(counts.values()) >= 3, counts
    assert len(bodies()) > 80
