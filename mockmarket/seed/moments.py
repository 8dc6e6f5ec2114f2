"""Dates in fixtures: absolute, or relative to the world's start so that a fixture does not go stale."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mockmarket.clock import DAY, HOUR, LATEST, MINUTE, SECOND, parse_iso, to_local

UNITS = {"w": 7 * DAY, "d": DAY, "h": HOUR, "m": MINUTE, "s": SECOND}
RELATIVE = re.compile(r"(?P<sign>[+-])(?P<spans>(?:\d+[wdhms])+)(?: (?P<at>\d\d:\d\d))?")
SPAN = re.compile(r"(\d+)([wdhms])")
LONGEST = 36_525 * DAY
"""A hundred years: the longest duration that a fixture may give."""
HELP = "use now, +14d, -2h30m, +14d 19:30 (that time of day at the venue), or ISO 8601 such as 2026-05-01T19:30"


def moment(text: str | date | datetime, start: int, zone: str = "UTC") -> int:
    """Return the epoch ms of a fixture's date; `start` is the world's. ValueError says which dates are valid. YAML may
    have parsed a date already, so dates and date-times are accepted too; those without an offset are in `zone`."""
    if not isinstance(text, (str, date)):
        raise ValueError(f"{text!r} is not a date: {HELP}.")
    try:
        then = read(text if isinstance(text, str) else text.isoformat(), start, zone)
    except ValueError:
        raise ValueError(f"{text!r} is not a date: {HELP}.") from None
    if not 0 <= then <= LATEST:
        raise ValueError(f"{text!r} is outside the years 1970 to 9999.")
    return then


def read(text: str, start: int, zone: str) -> int:
    """Return the epoch ms of a date's text; ValueError for an invalid text."""
    if text == "now":
        return start
    match = RELATIVE.fullmatch(text)
    if not match:
        return parse_iso(text, zone)
    then = start + span(match["spans"]) * (1 if match["sign"] == "+" else -1)
    return at_time(then, match["at"], zone) if match["at"] and 0 <= then <= LATEST else then


def span(text: str) -> int:
    """Return the ms of a duration such as `2h30m`; ValueError for an invalid duration."""
    parts = SPAN.findall(text)
    if "".join(number + unit for number, unit in parts) != text or not parts:
        raise ValueError(f"{text!r} is not a duration: use 3h, 90m, 2h30m.")
    length = sum(int(number) * UNITS[unit] for number, unit in parts)
    if length > LONGEST:
        raise ValueError(f"{text!r} is longer than a hundred years.")
    return length


def at_time(day: int, clock: str, zone: str) -> int:
    """Return the epoch ms of a time of day, such as `19:30`, on the day in a time zone."""
    local = datetime.combine(to_local(day, zone).date(), time.fromisoformat(clock), ZoneInfo(zone))
    return (local - datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))) // timedelta(milliseconds=1)
