"""Queries of the journal: the entries that match conditions, and sent fields that no code read. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from mockmarket.matching.operators import Test, contains, like, same, wrong_pattern
from mockmarket.worlds.journal import Entry

Where = Mapping[str, Any]
MOST_PATHS = 5
MOST_GROUPS = 500
MOST_HEADERS = 50
CLASS = re.compile(r"[1-5]xx", re.IGNORECASE)


def wrong_headers(wanted: Any) -> str | None:
    """Return why a value cannot be a condition on a request's headers, or None."""
    if not isinstance(wanted, Mapping) or len(wanted) > MOST_HEADERS:
        return f"Must be {MOST_HEADERS} headers at most, each with a text that its value is or fits, or true for any."
    for name, value in wanted.items():
        if value is not True and (words := wrong_pattern(value)):
            return f"{name} must be a text that its value is or fits, or true for any. {words}"
    return None


def _wrong_text(wanted: Any) -> str | None:
    return None if isinstance(wanted, str) else "Must be a text."


def _has_status(expected: int | str, seen: int) -> bool:
    return str(seen)[0] == expected[0] if isinstance(expected, str) else seen == expected


def _has_any(expected: bool | str, seen: Sequence[str]) -> bool:
    return bool(seen) == expected if isinstance(expected, bool) else expected in seen


def _had_fault(expected: bool | str, seen: str | None) -> bool:
    return bool(seen) == expected if isinstance(expected, bool) else expected in (seen or "").split(", ")


def _has_headers(expected: Mapping[str, str | bool], seen: Sequence[tuple[str, str]]) -> bool:
    values = {name: [text for known, text in seen if name.lower() == known.lower()] for name in expected}
    return all(
        any(value is True or like(str(value), text) for text in values[name]) for name, value in expected.items()
    )


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on a request: the value it reads, the test of (expected, seen), and the check of the expected
    value. `absent` stands for a missing value in messages; None where a request's value cannot be put in a word."""

    seen: Callable[[Entry], Any]
    fits: Test = same
    wrong: Callable[[Any], str | None] = lambda expected: None
    absent: str | None = None

    def instead(self, entry: Entry) -> str:
        """Return a request's value as text, for a message."""
        seen = self.seen(entry)
        return str((", ".join(seen) if isinstance(seen, tuple) else seen) or self.absent or seen)


CONDITIONS: Mapping[str, Condition] = {
    "id": Condition(attrgetter("id")),
    "vendor": Condition(attrgetter("vendor"), absent=""),
    "method": Condition(attrgetter("method"), lambda expected, seen: seen == str(expected).upper(), absent=""),
    "path": Condition(attrgetter("path"), like, wrong_pattern, absent=""),
    "path_prefix": Condition(
        attrgetter("path"), lambda expected, seen: seen.startswith(expected), _wrong_text, absent=""
    ),
    "status": Condition(attrgetter("status"), _has_status, absent=""),
    "refused": Condition(lambda entry: (entry.refused,) if entry.refused else (), _has_any, absent="not refused"),
    "key": Condition(attrgetter("key"), absent="no key"),
    "unread": Condition(attrgetter("unread"), _has_any, absent="all was read"),
    "fault": Condition(attrgetter("fault"), _had_fault, absent="no fault"),
    "body_contains": Condition(attrgetter("body"), lambda expected, seen: str(expected).encode() in seen),
    "query_contains": Condition(attrgetter("query"), contains, _wrong_text),
    "header": Condition(attrgetter("headers"), _has_headers, wrong_headers),
    "after": Condition(attrgetter("id"), lambda expected, seen: (len(seen), seen) > (len(expected), expected)),
}
"""The conditions by name; `after` takes another request's id, which has six digits, and more after r999999."""


def matching(entries: Iterable[Entry], where: Where) -> list[Entry]:
    """Return the entries, in order, that meet every condition of CONDITIONS."""
    conditions = [(CONDITIONS[name], expected) for name, expected in where.items()]
    return [entry for entry in entries if all(each.fits(expected, each.seen(entry)) for each, expected in conditions)]


def near_misses(entries: Sequence[Entry], where: Where) -> list[tuple[str, list[Entry]]]:
    """Return (name, entries) for each condition whose removal makes entries match."""
    relaxed = {name: {key: wanted for key, wanted in where.items() if key != name} for name in where}
    return [(name, some) for name, rest in relaxed.items() if (some := matching(entries, rest))]


def unread_groups(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return the sent fields that no code read, by vendor and method, most frequent first."""
    groups: dict[tuple[str | None, str, str], list[Entry]] = {}
    for entry in entries:
        for field in entry.unread:
            groups.setdefault((entry.vendor, entry.method, field), []).append(entry)
    ordered = sorted(groups.items(), key=lambda group: len(group[1]), reverse=True)
    rows = []
    for (vendor, method, field), some in ordered[:MOST_GROUPS]:
        paths = [path for path, _ in Counter(entry.path for entry in some).most_common(MOST_PATHS)]
        group = {"vendor": vendor, "method": method, "field": field}
        rows.append(group | {"count": len(some), "paths": paths, "last": some[-1].id})
    return rows
