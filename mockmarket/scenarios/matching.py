"""What a value is expected to be: equal to another, or by one or more operators such as `at_least`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from mockmarket.scenarios import regex

LONGEST_SHOWN = 300


def shown(value: Any) -> str:
    """Write a value for a message: as JSON, cut when it is long."""
    text = orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}… ({len(text)} characters)"


def same(expected: Any, seen: Any) -> bool:
    """Tell whether two values are equal as JSON says it: true is not 1, and 2.0 is 2."""
    if isinstance(expected, bool) or isinstance(seen, bool):
        return expected is seen
    if isinstance(expected, list) and isinstance(seen, list):
        return len(expected) == len(seen) and all(same(*pair) for pair in zip(expected, seen, strict=True))
    if isinstance(expected, Mapping) and isinstance(seen, Mapping):
        return expected.keys() == seen.keys() and all(same(value, seen[name]) for name, value in expected.items())
    return bool(expected == seen)


def ordered(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Return a comparison that holds only between two numbers or two texts."""

    def compared(expected: Any, seen: Any) -> bool:
        alike = all(isinstance(side, (int, float)) and not isinstance(side, bool) for side in (expected, seen))
        return (alike or (isinstance(expected, str) and isinstance(seen, str))) and test(seen, expected)

    return compared


def contains(expected: Any, seen: Any) -> bool:
    """Tell whether a text has a part, or a list a member."""
    if isinstance(seen, str):
        return str(expected) in seen
    return isinstance(seen, (list, Mapping)) and any(same(expected, member) for member in seen)


def matches(expected: str, seen: Any) -> bool:
    """Tell whether a regular expression is found in a text; PatternError, with the pattern, when that takes too long."""
    try:
        return isinstance(seen, str) and regex.search(expected, seen)
    except regex.PatternError as error:
        raise regex.PatternError(f"The pattern {shown(expected)} cannot be matched: {error}.") from error


OPERATORS: Mapping[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "is": ("{}", same),
    "not": ("anything but {}", lambda expected, seen: not same(expected, seen)),
    "at_least": ("at least {}", ordered(lambda seen, expected: seen >= expected)),
    "at_most": ("at most {}", ordered(lambda seen, expected: seen <= expected)),
    "contains": ("something with {} in it", contains),
    "matches": ("what matches {}", matches),
    "one_of": ("one of {}", lambda expected, seen: any(same(value, seen) for value in expected)),
    "exists": ("{}", lambda expected, seen: expected is True),
}
"""What may stand in place of a plain value: how it reads in a message, and whether (expected, seen) fit."""


def is_matcher(expected: Any) -> bool:
    """Tell whether an expected value is made of operators; another mapping means itself."""
    return isinstance(expected, Mapping) and bool(expected) and all(name in OPERATORS for name in expected)


def parts_of(expected: Any) -> Mapping[str, Any]:
    """Return the operators that an expected value stands for."""
    found: Mapping[str, Any] = expected if is_matcher(expected) else {"is": expected}
    return found


def fits(expected: Any, seen: Any) -> bool:
    """Tell whether a value is as expected."""
    return all(OPERATORS[name][1](value, seen) for name, value in parts_of(expected).items())


def wanted(expected: Any) -> str:
    """Write what is expected in words."""
    parts = parts_of(expected).items()
    return " and ".join(
        "there" if name == "exists" else OPERATORS[name][0].format(shown(value)) for name, value in parts
    )


def wrong(expected: Any) -> Iterator[str]:
    """Yield what is wrong with an expected value itself."""
    for name, value in parts_of(expected).items():
        if name == "matches":
            words = regex.problem(value)
            if words:
                yield f"matches takes a regular expression: {words}."
        if name == "one_of" and not isinstance(value, list):
            yield "one_of takes a list."
        if name == "exists" and not isinstance(value, bool):
            yield "exists takes true or false."
