"""Several expectations on one value: by the path of each, what should be there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockmarket.scenarios import matching, paths

Fields = Mapping[str, Any]


def differences(expected: Fields, seen: Any) -> Iterator[str]:
    """Yield, for each path whose value is not as expected, what was expected and what was seen instead."""
    for path, value in expected.items():
        absent = matching.is_matcher(value) and value.get("exists") is False
        try:
            found = paths.find(seen, path)
        except paths.AbsentError as error:
            if not absent:
                yield f"{path} should be {matching.wanted(value)}; {error}"
            continue
        if absent:
            yield f"{path} should not be there; it is {matching.shown(found)}"
        elif not matching.fits(value, found):
            yield f"{path} should be {matching.wanted(value)}; it is {matching.shown(found)}"


def problems(expected: Fields) -> Iterator[tuple[str, str]]:
    """Yield the (path, sentence) of what is wrong with expectations themselves."""
    for path, value in expected.items():
        try:
            paths.parse(path)
        except ValueError as error:
            yield path, str(error)
        for words in matching.wrong(value):
            yield path, words
