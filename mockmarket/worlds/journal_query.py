"""Finding: which requests of the journal a question means, and which fields were sent that nothing read. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from mockmarket.worlds.journal import Entry

Where = Mapping[str, Any]

MOST_PATHS = 5
MOST_GROUPS = 500
LONGEST_PATTERN = 250
"""How many characters a text with `*` or `?` in it may have: so many times its length a text is read at most."""
MOST_HEADERS = 50
WILDCARDS = frozenset("*?")
CLASS = re.compile(r"[1-5]xx", re.IGNORECASE)


@lru_cache(maxsize=512)
def pieces(pattern: str) -> tuple[re.Pattern[str], ...]:
    """Return what stands before, between and behind the `*` of a pattern; none of it can be matched in more than one way."""
    return tuple(
        re.compile("".join("." if letter == "?" else re.escape(letter) for letter in part), re.DOTALL)
        for part in pattern.split("*")
    )


def fits(pattern: str, text: str) -> bool:
    """Tell whether a text is, or with `*` (any characters) and `?` (one) fits, what is asked for; in time linear in the
    text. What stands between two `*` is looked for once, at its first place, which is as good as any later one."""
    if WILDCARDS.isdisjoint(pattern):
        return pattern == text
    first, *rest = pieces(pattern)
    if not rest:
        return first.fullmatch(text) is not None
    *middle, last = rest
    match = first.match(text)
    for piece in middle:
        match = piece.search(text, match.end()) if match else None
    tail = len(text) - (len(pattern) - pattern.rindex("*") - 1)
    return match is not None and tail >= match.end() and last.match(text, tail) is not None


def wrong_pattern(pattern: Any) -> str | None:
    """Return why a value cannot be what a text is to fit, or None."""
    if not isinstance(pattern, str):
        return "Must be a text."
    too_long = len(pattern) > LONGEST_PATTERN and not WILDCARDS.isdisjoint(pattern)
    return f"Must have at most {LONGEST_PATTERN} characters when * or ? is in it." if too_long else None


def wrong_headers(wanted: Any) -> str | None:
    """Return why a value cannot be what a request's headers are to fit, or None."""
    if not isinstance(wanted, Mapping) or len(wanted) > MOST_HEADERS:
        return f"Must be {MOST_HEADERS} headers at most, each with a text that its value is or fits, or true for any."
    for name, value in wanted.items():
        if value is not True and (words := wrong_pattern(value)):
            return f"{name} must be a text that its value is or fits, or true for any. {words}"
    return None


def wrong_text(wanted: Any) -> str | None:
    """Return why a value cannot be a part of a text, or None."""
    return None if isinstance(wanted, str) else "Must be a text."


CHECKS: Mapping[str, Callable[[Any], str | None]] = {
    "path": wrong_pattern,
    "header": wrong_headers,
    "path_prefix": wrong_text,
    "query_contains": wrong_text,
}
"""What may stand beside those conditions that cannot be compared with just anything."""


def has_status(entry: Entry, wanted: int | str) -> bool:
    """Tell whether a request was answered with a status (404) or one of a class (4xx)."""
    return str(entry.status)[0] == wanted[0] if isinstance(wanted, str) else entry.status == wanted


def has_any(members: Sequence[str], wanted: bool | str) -> bool:
    """Tell whether there are any (true), none (false), or the one of this name."""
    return bool(members) == wanted if isinstance(wanted, bool) else wanted in members


def had_fault(entry: Entry, wanted: bool | str) -> bool:
    """Tell whether a request was spoilt by any fault (or none), or by the one of this name."""
    applied = (entry.fault or "").split(", ")
    return bool(entry.fault) == wanted if isinstance(wanted, bool) else wanted in applied


def has_headers(entry: Entry, wanted: Mapping[str, str | bool]) -> bool:
    """Tell whether a request has every header that is asked for, with a value that fits, or with any (true)."""
    return all(
        any(name.lower() == known.lower() and (value is True or fits(str(value), text)) for known, text in entry.headers)
        for name, value in wanted.items()
    )  # fmt: skip


TESTS: Mapping[str, Callable[[Entry, Any], bool]] = {
    "id": lambda entry, wanted: entry.id == wanted,
    "vendor": lambda entry, wanted: entry.vendor == wanted,
    "method": lambda entry, wanted: entry.method == str(wanted).upper(),
    "path": lambda entry, wanted: fits(wanted, entry.path),
    "path_prefix": lambda entry, wanted: entry.path.startswith(wanted),
    "status": has_status,
    "refused": lambda entry, wanted: has_any([entry.refused] if entry.refused else [], wanted),
    "key": lambda entry, wanted: entry.key == wanted,
    "unread": lambda entry, wanted: has_any(entry.unread, wanted),
    "fault": had_fault,
    "body_contains": lambda entry, wanted: str(wanted).encode() in entry.body,
    "query_contains": lambda entry, wanted: wanted in entry.query,
    "header": has_headers,
    "after": lambda entry, wanted: (len(entry.id), entry.id) > (len(wanted), wanted),
}
"""What may be asked of a request; `after` the id of another: ids have six digits, and more when those are used up."""

FORMATTERS: Mapping[str, Callable[[Entry], Any]] = {
    "vendor": lambda entry: entry.vendor,
    "method": lambda entry: entry.method,
    "path": lambda entry: entry.path,
    "path_prefix": lambda entry: entry.path,
    "status": lambda entry: entry.status,
    "refused": lambda entry: entry.refused or "not refused",
    "key": lambda entry: entry.key or "no key",
    "unread": lambda entry: ", ".join(entry.unread) or "all was read",
    "fault": lambda entry: entry.fault or "no fault",
}
"""What a request had instead, where that can be said in a word."""


def matching(entries: Iterable[Entry], where: Where) -> list[Entry]:
    """Return the entries, in their order, that meet every condition of TESTS."""
    tests = [(TESTS[name], wanted) for name, wanted in where.items()]
    return [entry for entry in entries if all(test(entry, wanted) for test, wanted in tests)]


def near_misses(entries: Sequence[Entry], where: Where) -> list[tuple[str, list[Entry]]]:
    """Return, for each condition without which some match, its name and those that do."""
    others = {name: {other: wanted for other, wanted in where.items() if other != name} for name in where}
    return [(name, some) for name, rest in others.items() if (some := matching(entries, rest))]


def unread_groups(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return the fields that were sent and that nothing read, by vendor and method, most frequent first."""
    groups: dict[tuple[str | None, str, str], list[Entry]] = {}
    for entry in entries:
        for field in entry.unread:
            groups.setdefault((entry.vendor, entry.method, field), []).append(entry)
    ordered = sorted(groups.items(), key=lambda group: len(group[1]), reverse=True)
    return [
        {
            "vendor": vendor,
            "method": method,
            "field": field,
            "count": len(some),
            "paths": [path for path, _ in Counter(entry.path for entry in some).most_common(MOST_PATHS)],
            "last": some[-1].id,
        }
        for (vendor, method, field), some in ordered[:MOST_GROUPS]
    ]
