"""Expectations: of a value, equal or by operators such as `at_least`; of JSON, by path; of a text, by `*` and `?`."""

import operator
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from mockmarket.matching import paths, regex
from mockmarket.matching.paths import json_text, written

Test = Callable[[Any, Any], bool]  # whether (expected, seen) fit
MOST_COUNTED = 8
LONGEST_PATTERN = 250
"""Most characters of a pattern with `*` or `?`: matching reads the text at most that many times."""
WILDCARDS = frozenset("*?")


def same(expected: object, seen: object) -> bool:
    """Return whether two values are equal as JSON: true is not 1, and 2.0 is 2."""
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
    """Return whether a value is a JSON number; booleans are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def contains(expected: object, seen: object) -> bool:
    """Return whether a text has a substring, or a list a member."""
    if isinstance(seen, str):
        return str(expected) in seen
    return isinstance(seen, list | Mapping) and any(same(expected, member) for member in seen)


def matches(expected: str, seen: object) -> bool:
    """Return whether a regular expression matches within a text; PatternError, with the pattern, when that takes too long."""
    try:
        return isinstance(seen, str) and regex.search(expected, seen)
    except regex.PatternError as error:
        raise regex.PatternError(f"The pattern {json_text(expected)} cannot be matched: {error}.") from error


OPERATORS: Mapping[str, tuple[str, Test]] = {
    "is": ("{}", same),
    "not": ("anything but {}", lambda expected, seen: not same(expected, seen)),
    "at_least": ("at least {}", ordered(operator.ge)),
    "at_most": ("at most {}", ordered(operator.le)),
    "contains": ("something that contains {}", contains),
    "matches": ("something that matches {}", matches),
    "one_of": ("one of {}", lambda expected, seen: any(same(value, seen) for value in expected)),
    "exists": ("there", lambda expected, seen: expected is True),
}
"""The operators by name: their wording in messages, and their test of (expected, seen)."""


def is_matcher(expected: object) -> bool:
    """Return whether an expected value consists of operators; any other mapping is compared literally."""
    return isinstance(expected, Mapping) and bool(expected) and all(name in OPERATORS for name in expected)


def _parts_of(expected: Any) -> Mapping[str, Any]:
    return expected if is_matcher(expected) else {"is": expected}


def fits(expected: object, seen: object) -> bool:
    """Return whether a value meets an expectation."""
    return all(OPERATORS[name][1](value, seen) for name, value in _parts_of(expected).items())


def wanted(expected: object, write: Callable[[object], str] = json_text) -> str:
    """Return an expectation in words."""
    return " and ".join(OPERATORS[name][0].format(write(value)) for name, value in _parts_of(expected).items())


def wrong(expected: object) -> Iterator[str]:
    """Yield the errors of an expectation itself."""
    for name, value in _parts_of(expected).items():
        if name == "matches" and (words := regex.problem(value)):
            yield f"matches takes a regular expression: {words}."
        if name == "one_of" and not isinstance(value, list):
            yield "one_of takes a list."
        if name == "exists" and not isinstance(value, bool):
            yield "exists takes true or false."


@lru_cache(maxsize=512)
def _pieces(pattern: str) -> tuple[re.Pattern[str], ...]:
    # the parts around each `*`: each can match in one way only
    parts = ("".join("." if letter == "?" else re.escape(letter) for letter in part) for part in pattern.split("*"))
    return tuple(re.compile(part, re.DOTALL) for part in parts)


def like(pattern: str, text: str) -> bool:
    """Return whether a text equals a pattern or matches its `*` (any characters) and `?` (one character); in time
    linear in the text. The part between two `*` is matched at its first place, which is as good as any later one."""
    if WILDCARDS.isdisjoint(pattern):
        return pattern == text
    first, *rest = _pieces(pattern)
    if not rest:
        return first.fullmatch(text) is not None
    *middle, last = rest
    match = first.match(text)
    for piece in middle:
        match = piece.search(text, match.end()) if match else None
    tail = len(text) - (len(pattern) - pattern.rindex("*") - 1)
    return match is not None and tail >= match.end() and last.match(text, tail) is not None


def wrong_pattern(pattern: Any) -> str | None:
    """Return why a value is not a valid pattern, or None."""
    if not isinstance(pattern, str):
        return "Must be a text."
    too_long = len(pattern) > LONGEST_PATTERN and not WILDCARDS.isdisjoint(pattern)
    return f"Must have at most {LONGEST_PATTERN} characters when * or ? is in it." if too_long else None


def differences(expected: Mapping[str, Any], seen: object) -> Iterator[str]:
    """Yield, for each path whose value is not as expected, the expectation and the actual value."""
    for path, value in expected.items():
        absent = is_matcher(value) and value.get("exists") is False
        try:
            place = paths.find(seen, path)
        except paths.AbsentError as error:
            if not absent:
                yield f"{path} should be {wanted(value)}; {error}"
            continue
        if absent:
            yield f"{path} should not exist; it is {json_text(place)}"
        elif not fits(value, place):
            yield f"{path} should be {wanted(value)}; it is {json_text(place)}"


def miscount(expected: object, seen: int, noun: str, instead: str) -> Iterator[str]:
    """Yield an error for an unexpected number of things, followed by `instead`."""
    if not fits(expected, seen):
        yield f"{wanted(expected)} {noun} should be there; {seen} {'is' if seen == 1 else 'are'}{instead}"


def worded(where: Mapping[str, object], write: Callable[[object], str] = written) -> str:
    """Return conditions for a message: ` with type order.accepted, state delivered`."""
    return " with " + ", ".join(f"{name} {write(value)}" for name, value in where.items()) if where else ""


def tally(values: Iterable[str]) -> str:
    """Return how often each of several texts occurs, the most frequent first."""
    return ", ".join(f"{count} × {value}" for value, count in Counter(values).most_common(MOST_COUNTED)) or "none"
