"""Moments of the world's time as people type them: `10:42`, `10:42:05`, or ISO 8601. Pure."""

import re

from mockmarket.clock import DAY, HOUR, MINUTE, SECOND, parse_iso

OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")


def read(text: str, now: int) -> int | None:
    """Return a typed moment in epoch ms: a time alone is the last such time up to `now`, UTC; None for none, or for another text."""
    if parts := OF_DAY.fullmatch(text.strip()):
        hours, minutes, seconds = (int(part or 0) for part in parts.groups())
        at = now // DAY * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND
        return at if at <= now else at - DAY
    try:
        return parse_iso(text.strip())
    except ValueError:
        return None
