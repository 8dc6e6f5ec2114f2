"""Counts in expectations: how many there should be, in words. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mockmarket.scenarios import matching

AT_LEAST_ONE = {"at_least": 1}
"""How many there should be when a scenario does not say."""

MOST_NAMED = 8


def miscount(expected: Any, seen: int, what: str, instead: str) -> Iterator[str]:
    """Yield what is wrong with a number of things, followed by what there was instead."""
    if not matching.fits(expected, seen):
        yield f"{matching.wanted(expected)} {what} should be there; {seen} {'is' if seen == 1 else 'are'}{instead}"


def worded(where: Mapping[str, Any]) -> str:
    """Write conditions for a message: ` with type order.accepted, state delivered`."""
    parts = [f"{name} {value if isinstance(value, str) else matching.shown(value)}" for name, value in where.items()]
    return f" with {', '.join(parts)}" if parts else ""


def tally(values: Iterable[str]) -> str:
    """Write how often each of several texts occurs, the most frequent first."""
    counted = Counter(values).most_common(MOST_NAMED)
    return ", ".join(f"{count} × {value}" for value, count in counted) or "none"
