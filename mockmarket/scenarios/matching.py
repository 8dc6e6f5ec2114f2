"""What is expected: of a value, equal to another or by operators such as `at_least`; of JSON, by path; of a number of things."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from marshmallow import ValidationError

from mockmarket.scenarios import paths, regex
from mockmarket.scenarios.paths import json_text, written

Test = Callable[[Any, Any], bool]
"""Whether (expected, seen) fit."""

MOST_COUNTED = 8


class FailedError(Exception):
    """A step did not come out as expected; the message says what was expected and what was seen instead."""


def same(expected: object, seen: object) -> bool:
    """Tell whether two values are equal as JSON says it: true is not 1, and 2.0 is 2."""
    if isinstance(expected, bool) or isinstance(seen, bool):
        return expected is seen
    if isinstance(expected, list) and isinstance(seen, list):
        return len(expected) == len(seen) and all(map(same, expected, seen))
    if isinstance(expected, Mapping) and isinstance(seen, Mapping):
        return expected.keys() == seen.keys() and all(same(value, seen[name]) for name, value in expected.items())
    return expected == seen


def ordered(test: Test) -> Test:
    """Return a comparison that holds only between two numbers or two texts."""

    def compared(expected: object, seen: object) -> bool:
        texts = isinstance(expected, str) and isinstance(seen, str)
        return (texts or (is_number(expected) and is_number(seen))) and test(seen, expected)

    return compared


def is_number(value: object) -> bool:
    """Tell whether a value is a number of JSON, which true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def contains(expected: object, seen: object) -> bool:
    """Tell whether a text has a part, or a list a member."""
    if isinstance(seen, str):
        return str(expected) in seen
    return isinstance(seen, list | Mapping) and any(same(expected, member) for member in seen)


def matches(expected: str, seen: object) -> bool:
    """Tell whether a regular expression is found in a text; PatternError, with the pattern, when that takes too long."""
    try:
        return isinstance(seen, str) and regex.search(expected, seen)
    except regex.PatternError as error:
        raise regex.PatternError(f"The pattern {json_text(expected)} cannot be matched: {error}.") from error


OPERATORS: Mapping[str, tuple[str, Test]] = {
    "is": ("{}", same),
    "not": ("anything but {}", lambda expected, seen: not same(expected, seen)),
    "at_least": ("at least {}", ordered(operator.ge)),
    "at_most": ("at most {}", ordered(operator.le)),
    "contains": ("something with {} in it", contains),
    "matches": ("what matches {}", matches),
    "one_of": ("one of {}", lambda expected, seen: any(same(value, seen) for value in expected)),
    "exists": ("there", lambda expected, seen: expected is True),
}
"""What may stand in place of a plain value: how it reads in a message, and whether (expected, seen) fit."""


def at_least_one() -> Mapping[str, int]:
    """Return how many there should be when a scenario does not say."""
    return {"at_least": 1}


def is_matcher(expected: object) -> bool:
    """Tell whether an expected value is made of operators; another mapping means itself."""
    return isinstance(expected, Mapping) and bool(expected) and all(name in OPERATORS for name in expected)


def parts_of(expected: Any) -> Mapping[str, Any]:
    """Return the operators that an expected value stands for."""
    return expected if is_matcher(expected) else {"is": expected}


def fits(expected: object, seen: object) -> bool:
    """Tell whether a value is as expected."""
    return all(OPERATORS[name][1](value, seen) for name, value in parts_of(expected).items())


def wanted(expected: object) -> str:
    """Write what is expected in words."""
    return " and ".join(OPERATORS[name][0].format(json_text(value)) for name, value in parts_of(expected).items())


def wrong(expected: object) -> Iterator[str]:
    """Yield what is wrong with an expected value itself."""
    for name, value in parts_of(expected).items():
        if name == "matches" and (words := regex.problem(value)):
            yield f"matches takes a regular expression: {words}."
        if name == "one_of" and not isinstance(value, list):
            yield "one_of takes a list."
        if name == "exists" and not isinstance(value, bool):
            yield "exists takes true or false."


def check_value(expected: object) -> None:
    """Raise ValueError for an expected value whose operators cannot be."""
    for words in wrong(expected):
        raise ValueError(words)


def check_number(expected: object) -> None:
    """Raise ValueError for what is neither a number nor operators; a text with a variable in it may become one."""
    variable = isinstance(expected, str) and "${" in expected
    if not (expected is None or is_number(expected) or is_matcher(expected) or variable):
        raise ValueError(f"Must be a number, or made of {', '.join(OPERATORS)}: {{at_least: 1}}.")
    check_value(expected)


def each_checked(problems: Callable[[str, Any], Iterable[str]]) -> Callable[[Mapping[str, Any]], None]:
    """Return a check of values by name, which raises ValidationError with the problems of each."""

    def checked(values: Mapping[str, Any]) -> None:
        wrong = {name: list(problems(name, value)) for name, value in values.items()}
        if any(wrong.values()):
            raise ValidationError({name: words for name, words in wrong.items() if words})

    return checked


@each_checked
def check_fields(path: str, expected: object) -> Iterator[str]:
    """Yield what is wrong with an expectation: its path, or its value."""
    yield from paths.problems(path)
    yield from wrong(expected)


def differences(expected: Mapping[str, Any], seen: object) -> Iterator[str]:
    """Yield, for each path whose value is not as expected, what was expected and what was seen instead."""
    for path, value in expected.items():
        absent = is_matcher(value) and value.get("exists") is False
        try:
            place = paths.find(seen, path)
        except paths.AbsentError as error:
            if not absent:
                yield f"{path} should be {wanted(value)}; {error}"
            continue
        if absent:
            yield f"{path} should not be there; it is {json_text(place)}"
        elif not fits(value, place):
            yield f"{path} should be {wanted(value)}; it is {json_text(place)}"


def miscount(expected: object, seen: int, what: str, instead: str) -> Iterator[str]:
    """Yield what is wrong with a number of things, followed by what there was instead."""
    if not fits(expected, seen):
        yield f"{wanted(expected)} {what} should be there; {seen} {'is' if seen == 1 else 'are'}{instead}"


def worded(where: Mapping[str, object]) -> str:
    """Write conditions for a message: ` with type order.accepted, state delivered`."""
    return " with " + ", ".join(f"{name} {written(value)}" for name, value in where.items()) if where else ""


def tally(values: Iterable[str]) -> str:
    """Write how often each of several texts occurs, the most frequent first."""
    return ", ".join(f"{count} × {value}" for value, count in Counter(values).most_common(MOST_COUNTED)) or "none"
