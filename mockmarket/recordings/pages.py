"""The arithmetic of pages: how the numbers beside a list follow from each other and from its length, as the mock counts them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mockmarket.frozen import dataclass

Numbers = Mapping[str, Any]
LISTS = ("data", "rows", "items")
"""Members that hold the entries of a page."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How a member follows from others of the same object; `entries` among them is the length of the page's list."""

    member: str
    of: tuple[str, ...]
    value: Callable[..., object]
    words: str


def _left(total: int, before: int, most: int) -> int:
    return min(most, max(0, total - before))


RULES = (
    Rule("hasMore", ("offset", "limit", "total"), lambda offset, limit, total: offset + limit < total,
         "true while offset + limit is less than total"),
    Rule("nextOffset", ("offset", "limit", "total"),
         lambda offset, limit, total: offset + limit if offset + limit < total else None,
         "offset + limit, null on the last page"),
    Rule("entries", ("offset", "limit", "total"), lambda offset, limit, total: _left(total, offset, limit),
         "what is left of total behind offset, at most limit"),
    Rule("totalPages", ("total", "take"), lambda total, take: -(-total // take), "total / take, rounded up"),
    Rule("entries", ("page", "take", "total"), lambda page, take, total: _left(total, (page - 1) * take, take),
         "what is left of total behind the earlier pages, at most take"),
    Rule("last_page", ("total", "per_page"), lambda total, size: max(1, -(-total // size)),
         "total / per_page, rounded up, at least 1"),
    Rule("from", ("current_page", "per_page", "entries"), lambda page, size, count: (page - 1) * size + 1 if count else None,
         "the number of the page's first entry, null on an empty page"),
    Rule("to", ("current_page", "per_page", "entries"), lambda page, size, count: (page - 1) * size + count if count else None,
         "the number of the page's last entry, null on an empty page"),
    Rule("entries", ("current_page", "per_page", "total"), lambda page, size, total: _left(total, (page - 1) * size, size),
         "what is left of total behind the earlier pages, at most per_page"),
)  # fmt: skip


def problems(answer: object) -> Iterator[tuple[str, str]]:
    """Yield (path, how the mock counts) for each number of an answer's page that does not follow from the others."""
    if not isinstance(answer, dict):
        return
    entries = next((answer[name] for name in LISTS if isinstance(answer.get(name), list)), None)
    name = next((name for name in LISTS if answer.get(name) is entries), "")
    for path, numbers in _objects(answer):
        known = numbers if entries is None else {**numbers, "entries": len(entries)}
        for rule in RULES:
            if not _follows(rule, known):
                place = name if rule.member == "entries" else f"{path}.{rule.member}".removeprefix(".")
                yield place, f"its {'length' if rule.member == 'entries' else 'value'} is not {rule.words}"


def _objects(answer: Mapping[str, Any]) -> Iterator[tuple[str, Numbers]]:
    """Yield an answer, and what it has under `meta` and `pagination`, with the path of each."""
    yield "", answer
    for name in ("meta", "pagination"):
        if isinstance(part := answer.get(name), dict):
            yield from ((f"{name}.{path}".removesuffix("."), numbers) for path, numbers in _objects(part))


def _follows(rule: Rule, numbers: Numbers) -> bool:
    values = [numbers.get(name) for name in rule.of]
    if rule.member not in numbers or not all(isinstance(value, int) and value >= 0 for value in values):
        return True
    sizes = (value for name, value in zip(rule.of, values, strict=True) if name in ("take", "per_page", "limit"))
    return 0 in sizes or numbers[rule.member] == rule.value(*values)
