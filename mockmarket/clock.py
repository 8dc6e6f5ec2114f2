"""Each world's own clock, and conversions of times. Only `mockmarket_client.clock`, which it builds on, reads the machine's time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from mockmarket_client.clock import monotonic as monotonic, wall_ms as wall_ms

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
UNITS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s"))
JUST_NOW = SECOND
"""By how many ms a moment may lie in the past of a running clock and still count as now."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = -62_135_596_800_000
"""The first second of the year 1 in epoch ms, where Python's dates begin."""
LATEST = 253_402_300_799_000
"""The last second of the year 9999 in epoch ms, the end of every vendor's date format, of every clock and of every due time."""


class BackwardsError(ValueError):
    """A clock was moved backwards; only a reset may do that."""


def iso_ms(moment: int) -> str:
    """Return epoch ms as ISO 8601 in UTC with milliseconds: `2026-01-22T13:07:50.088Z`."""
    second, ms = divmod(_clamped(moment), SECOND)
    return f"{_iso(second)}.{ms:03}Z"


def iso_s(moment: int) -> str:
    """Return epoch ms as ISO 8601 in UTC with whole seconds: `2026-01-22T13:07:50Z`."""
    return f"{_iso(_clamped(moment) // SECOND)}Z"


@lru_cache(maxsize=256)
def _iso(second: int) -> str:
    return (EPOCH + timedelta(seconds=second)).isoformat()[:19]


def span(ms: int) -> str:
    """Return a duration in its two largest units: `1 h 59 min`."""
    if ms < SECOND:
        return f"{ms} ms"
    parts: list[str] = []
    for unit, name in UNITS:
        count, ms = divmod(ms, unit)
        if count or parts:
            parts.append(f"{count} {name}" if count else "")
    return " ".join(filter(None, parts[:2]))


def later(moment: int, ms: int) -> int:
    """Return the moment `ms` after another, both epoch ms, at most the last second of the year 9999."""
    return min(moment + ms, LATEST)


def to_datetime(moment: int) -> datetime:
    """Return epoch ms as an aware datetime in UTC, clamped to the years 1 to 9999."""
    return EPOCH + timedelta(milliseconds=_clamped(moment))


def _clamped(moment: int) -> int:
    return min(max(moment, EARLIEST), LATEST)


def to_local(moment: int, zone: str) -> datetime:
    """Return epoch ms as an aware datetime in an IANA time zone such as `Asia/Manila`, clamped to the calendar."""
    zone_info = ZoneInfo(zone)
    try:
        return to_datetime(moment).astimezone(zone_info)
    except OverflowError:  # in some zones the first and last hours of the calendar are outside it
        return datetime.max.replace(tzinfo=zone_info) if moment > 0 else datetime.min.replace(tzinfo=zone_info)


def parse_iso(text: str, zone: str = "UTC") -> int:
    """Return an ISO 8601 date or date-time as epoch ms; without an offset it is in `zone`. Raises ValueError for
    another text, and for a moment outside the years 1 to 9999 of UTC."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    ms = (moment - EPOCH) // timedelta(milliseconds=1)
    if not EARLIEST <= ms < LATEST + SECOND:
        raise ValueError(f"{text!r} is outside the years 1 to 9999")
    return min(ms, LATEST)


class Horizon(threading.local):
    """The moment (a world's, epoch ms) until which the result that this thread computes stays valid. Code that reads a
    world's clock lowers it: `Clock.now` to the next ms, `changes_at` to the moment at which a comparison turns."""

    until = LATEST


horizon = Horizon()


def changes_at(moment: int) -> None:
    """Record that the result that this thread computes changes at a moment (epoch ms)."""
    if moment < horizon.until:
        horizon.until = moment


def changes_always() -> None:
    """Record that the result that this thread computes differs each time."""
    horizon.until = EARLIEST


@dataclass(frozen=True, slots=True)
class Setting:
    """A clock's complete state: running `offset` ms ahead of the machine's, or frozen at `frozen_at`."""

    offset: int = 0
    frozen_at: int | None = None


class Clock:
    """One world's time: it runs with the machine's at an offset, or is frozen; only `reset` moves it backwards."""

    def __init__(self, setting: Setting | None = None) -> None:
        self._setting = setting or Setting()
        self._held_at: int | None = None
        self._stopping = threading.Lock()
        """Held by readers and by what stops the clock, so that no thread reads a later time than that at which it stops."""

    @property
    def setting(self) -> Setting:
        """The state to store, from which a later process continues; within a walk, the state at the reached moment."""
        held_at, setting = self._held_at, self._setting
        if held_at is None:
            return setting
        return Setting(offset=held_at - wall_ms()) if setting.frozen_at is None else Setting(frozen_at=held_at)

    @property
    def frozen(self) -> bool:
        """True when the clock stands still until it is advanced or run."""
        return self._setting.frozen_at is not None

    @property
    def walking(self) -> bool:
        """True during a discrete-event walk."""
        return self._held_at is not None

    def now(self) -> int:
        """Return the world's time as epoch ms; a running clock stops at the end of the year 9999."""
        now = self.peek()
        changes_at(now + 1)
        return now

    def peek(self) -> int:
        """Return the world's time for uses that do not affect an answer, or whose effect `changes_at` bounds."""
        with self._stopping:
            return self._read()

    def _read(self) -> int:
        held_at, setting = self._held_at, self._setting
        if held_at is not None:
            return held_at
        return setting.frozen_at if setting.frozen_at is not None else later(wall_ms(), setting.offset)

    def freeze(self) -> None:
        """Freeze the clock now."""
        with self._stopping:
            self._setting = Setting(frozen_at=self._read())

    def run(self) -> None:
        """Let the clock run from now on."""
        if self.frozen:
            self._setting = Setting(offset=self.now() - wall_ms())

    def check(self, moment: int) -> None:
        """Raise BackwardsError for a moment in the past, ValueError for a moment past year 9999. A running clock has
        advanced since the caller read it: a moment that has just passed counts as now."""
        now = self.now()
        if moment < now - (0 if self.frozen else JUST_NOW):
            raise BackwardsError(f"The clock is at {iso_ms(now)} and cannot go back to {iso_ms(moment)}.")
        if moment > LATEST:
            raise ValueError("The clock cannot go beyond the year 9999.")

    def reset(self, setting: Setting) -> None:
        """Set the state, earlier or later: for a reset or a restored snapshot."""
        self._setting = setting

    @contextmanager
    def held(self) -> Iterator["Clock"]:
        """Stop the clock for a discrete-event walk, in which only `hold_at` moves it; then resume as before. After a
        nested walk the clock stays stopped for the outer walk."""
        if self.walking:
            yield self
            return
        with self._stopping:
            self._held_at = self._read()
        try:
            yield self
        finally:
            self._setting = self.setting
            self._held_at = None

    def hold_at(self, moment: int) -> None:
        """Within `held`: move to `moment`; an earlier moment has no effect."""
        self._held_at = max(moment, self.now())
