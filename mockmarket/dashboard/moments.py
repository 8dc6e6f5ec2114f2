"""Moments of the world's time as people type them, in a time zone: `10:42`, `10:42:05`, or ISO 8601. Pure."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mockmarket.clock import SECOND, iso_ms, parse_iso, to_local
from mockmarket.dashboard import zones
from mockmarket.dashboard.zones import UTC

OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(\.\d{1,3})?)?")
DAYS_BACK = (
    3  # how many days a time of day is looked for: one of them may skip it, and some zones have skipped a whole day
)


class UnreadableError(ValueError):
    """A text is no moment, or in its zone none or two: its message is a sentence for people."""


def read(text: str, now: int, zone: str = UTC) -> int | None:
    """Return a typed moment in epoch ms, None for an empty text: a time of day is the last such time up to `now`. Without an offset the
    text is in the zone. Raises UnreadableError for other texts, and for times that the zone's clocks skip or repeat."""
    text = text.strip()
    if not text:
        return None
    if parts := OF_DAY.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in parts.groups()[:3])
        ms = round(float(parts[4] or 0) * SECOND)
        return _last(timedelta(hours=hours, minutes=minutes, seconds=seconds, milliseconds=ms), now, zone)
    try:
        local = datetime.fromisoformat(text)
        if local.tzinfo is not None or len(text) <= len("2026-11-21"):
            return parse_iso(text, zone)
    except ValueError:
        raise UnreadableError(f"{text[:40]!r} is no moment. Write a time such as 10:42, or 2026-11-21 10:42.") from None
    return _single(local, zone)


def _last(of_day: timedelta, now: int, zone: str) -> int:
    today = to_local(now, zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, fold=0)
    return max(at for at in _of_days(today, of_day, zone) if at <= now)


def _of_days(today: datetime, of_day: timedelta, zone: str) -> Iterator[int]:
    for days in range(DAYS_BACK):
        for local in zones.readings(today - timedelta(days=days) + of_day, zone):
            yield zones.in_calendar(local)


def _single(naive: datetime, zone: str) -> int:
    moments = [zones.in_calendar(local) for local in zones.readings(naive, zone)]
    if len(moments) == 1:
        return moments[0]
    text, place = f"{naive:%Y-%m-%d %H:%M:%S}", zones.title(zone)
    if not moments:
        after = zones.in_calendar(naive.replace(tzinfo=ZoneInfo(zone), fold=0))
        raise UnreadableError(
            f"{text} does not exist in {place}: the clocks are put forward past it. It would be {after_gap(after, zone)}."
        )
    both = " or ".join(f"{offset_of(at, zone)} ({zones.abbreviation(at, zone)})" for at in moments)
    raise UnreadableError(f"{text} occurs twice in {place}, as the clocks are put back. Add the offset: {both}.")


def after_gap(at: int, zone: str) -> str:
    """Return a moment after skipped times as the zone's clocks show it."""
    return f"{to_local(at, zone):%H:%M:%S} {zones.abbreviation(at, zone)}"


def offset_of(at: int, zone: str) -> str:
    """Return a zone's offset at a moment (epoch ms) as ISO 8601 has it: `-05:00`."""
    return to_local(at, zone).isoformat(timespec="minutes")[len("2026-11-21T10:42") :]


def typed(at: int, now: int, zone: str = UTC) -> str:
    """Return the shortest text that `read` reads as a moment (epoch ms): `10:42` for one of the last 24 hours."""
    local = to_local(at, zone)
    times = [local.replace(tzinfo=None).isoformat(" ", unit) for unit in ("minutes", "seconds", "milliseconds")]
    forms = (*(time.partition(" ")[2] for time in times), *times, local.isoformat(timespec="milliseconds"))
    return next((form for form in forms if _reads_as(form, at, now, zone)), iso_ms(at))


def _reads_as(text: str, at: int, now: int, zone: str) -> bool:
    try:
        return read(text, now, zone) == at
    except UnreadableError:
        return False


def as_utc(text: str, zone: str) -> str:
    """Return a typed date-time as ISO 8601 in UTC, by the rules of `read`; other texts unchanged. Raises UnreadableError for a time that
    the zone's clocks skip or repeat."""
    try:
        local = datetime.fromisoformat(text.strip())
    except ValueError:
        return text
    return text if local.tzinfo is not None else iso_ms(read(text, 0, zone) or 0)


def hint(zone: str) -> str:
    """Return how a moment may be typed in a form."""
    return f"{zones.title(zone)} time, such as 2027-05-01 12:00, or with its own zone, such as 2027-05-01T12:00:00Z."
