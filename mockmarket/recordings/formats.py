"""The formats of texts and times that a recording and the mock must agree on: known by their look, without their values. Pure."""

from __future__ import annotations

import re

REDACTED = re.compile(r"\(redacted\)|redacted-[a-z]+-\d+")
"""What stands instead of a secret: in a journal, and in a recording that `redact` wrote."""
ID_NAME = re.compile(r"(^|_)u?uid$|(^|_)ids?$|[a-z](Id|ID|Ids|Uuid)$")
TIME_NAME = re.compile(r"(^|_)(at|on|time|date|timestamp)$|(At|On|Time|Date|Timestamp)$")
_DATE = r"\d{4}-\d\d-\d\d"
_CLOCK = r"\d\d:\d\d:\d\d"
FORMATS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("an ISO 8601 time in whole seconds, in UTC", rf"{_DATE}T{_CLOCK}Z"),
        ("an ISO 8601 time in ms, in UTC", rf"{_DATE}T{_CLOCK}\.\d{{3}}Z"),
        ("an ISO 8601 time in fractions of a second, in UTC", rf"{_DATE}T{_CLOCK}\.\d+Z"),
        ("an ISO 8601 time with an offset, its colon left out", rf"{_DATE}T{_CLOCK}(\.\d+)?[+-]\d{{4}}"),
        ("an ISO 8601 time with an offset, in fractions of a second", rf"{_DATE}T{_CLOCK}\.\d+[+-]\d\d:\d\d"),
        ("an ISO 8601 time with an offset", rf"{_DATE}T{_CLOCK}[+-]\d\d:\d\d"),
        ("an ISO 8601 time without an offset", rf"{_DATE}T\d\d:\d\d(:\d\d)?(\.\d+)?"),
        ("a date and a time with a space between", rf"{_DATE} \d\d:\d\d(:\d\d)?(\.\d+)?"),
        ("an ISO 8601 date", _DATE),
        ("a date with slashes", r"\d{1,4}/\d{1,2}/\d{1,4}"),
        ("a time of 12 hours", r"\d{1,2}:\d\d(:\d\d)? ?[AaPp][Mm]"),
        ("a time of 24 hours", r"\d{1,2}:\d\d(:\d\d)?"),
        ("a UUID", r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
        ("an amount with two decimals", r"-?\d+\.\d\d"),
        ("a number with decimals", r"-?\d+\.\d+"),
        ("an e-mail address", r"[^@\s]+@[^@\s]+\.[^@\s]+"),
        ("a URL", r"https?://\S+"),
    )
)
"""Formats that a member has whatever its name, the first that fits."""
OF_IDS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("24 hex digits", r"[0-9a-f]{24}"),
        ("a ULID", r"[0-9A-HJKMNP-TV-Z]{26}"),
        ("a prefix and digits", r"[A-Za-z]+[_-]\d+"),
        ("a prefix and a ULID", r"[A-Za-z]+_[0-9A-HJKMNP-TV-Z]{26}"),
    )
)
"""Formats that tell ids apart, and that other texts have by chance."""
EPOCHS = (("epoch seconds", 10**9, 4 * 10**9), ("epoch milliseconds", 10**12, 4 * 10**12))


def is_redacted(value: object) -> bool:
    """Return whether a value stands for a secret that was taken out."""
    return isinstance(value, str) and REDACTED.fullmatch(value) is not None


def format_of(name: str, value: object) -> str | None:
    """Return the format of a member's value, or None for a free text, an empty one, and a number that is no time."""
    if isinstance(value, str):
        kinds = (*FORMATS, *(OF_IDS if ID_NAME.search(name) else ()))
        return next((words for words, pattern in kinds if pattern.fullmatch(value)), None)
    if isinstance(value, int) and not isinstance(value, bool) and TIME_NAME.search(name):
        return next((words for words, least, most in EPOCHS if least <= value < most), None)
    return None
