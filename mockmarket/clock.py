"""The only module that reads the time: the wall's, the monotonic one, and each world's own clock.

Both of the machine's clocks are read from the C library. What Python's `time` and `datetime` say is not asked: a library
that freezes or moves the time of a test (freezegun, time-machine) replaces it in the whole process, for the mock as well.
"""

from __future__ import annotations

import ctypes
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

JUST_NOW = SECOND
"""How far back a running clock lets "forward" reach, in ms."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = -62_135_596_800_000
"""The first second of the year 1, in ms: Python's dates begin with it."""
LATEST = 253_402_300_799_000
"""The last second of the year 9999, in ms: no vendor's date format goes beyond it, no clock runs beyond it, nothing is due later."""


class BackwardsError(ValueError):
    """A clock was asked to go back; only a reset does that."""


class Timespec(ctypes.Structure):
    """The moment that the C library's `clock_gettime` fills in (POSIX, `time.h`)."""

    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


if sys.platform == "win32":  # a client's machine at most: it has no such function, and its clocks can be replaced

    def wall_ms() -> int:
        """Return the machine's time as epoch milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic() -> float:
        """Return real seconds that never go back, for deadlines, leases and waits."""
        return time.monotonic()

else:
    clock_gettime = ctypes.PyDLL(
        None
    ).clock_gettime  # PyDLL: a clock is read too quickly to let other threads in meanwhile
    clock_gettime.argtypes = (ctypes.c_int, ctypes.POINTER(Timespec))

    def read_ns(clock: int) -> int:
        """Return what one of the machine's clocks shows, in nanoseconds."""
        reading = Timespec()
        if clock_gettime(clock, reading):
            raise OSError(f"The machine's clock {clock} cannot be read.")
        return int(reading.seconds * 1_000_000_000 + reading.nanoseconds)

    def wall_ms() -> int:
        """Return the machine's time as epoch milliseconds."""
        return read_ns(time.CLOCK_REALTIME) // 1_000_000

    def monotonic() -> float:
        """Return real seconds that never go back, for deadlines, leases and waits."""
        return read_ns(time.CLOCK_MONOTONIC) / 1e9


def iso_ms(moment: int) -> str:
    """Write epoch ms as ISO 8601 in UTC with milliseconds: `2026-01-22T13:07:50.088Z`."""
    return to_datetime(moment).isoformat(timespec="milliseconds")[:23] + "Z"


def iso_s(moment: int) -> str:
    """Write epoch ms as ISO 8601 in UTC with whole seconds: `2026-01-22T13:07:50Z`."""
    return to_datetime(moment).isoformat(timespec="seconds")[:19] + "Z"


def later(moment: int, ms: int) -> int:
    """Return the moment `ms` after another, both epoch ms; what would come after the year 9999 comes with its last second."""
    return min(moment + ms, LATEST)


def to_datetime(moment: int) -> datetime:
    """Turn epoch ms into an aware datetime in UTC, the nearest that there is for one outside the years 1 to 9999."""
    return EPOCH + timedelta(milliseconds=min(max(moment, EARLIEST), LATEST))


def to_local(moment: int, zone: str) -> datetime:
    """Turn epoch ms into an aware datetime in an IANA time zone such as `Asia/Manila`, the nearest that there is."""
    zone_info = ZoneInfo(zone)
    try:
        return to_datetime(moment).astimezone(zone_info)
    except OverflowError:  # the last and first hours of the calendar are outside it in some zones
        return datetime.max.replace(tzinfo=zone_info) if moment > 0 else datetime.min.replace(tzinfo=zone_info)


def parse_iso(text: str, zone: str = "UTC") -> int:
    """Read an ISO 8601 date or date-time as epoch ms; one without an offset is in `zone`.
    Raises ValueError for what is none, and for a moment outside the years 1 to 9999 of UTC."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    ms = (moment - EPOCH) // timedelta(milliseconds=1)
    if not EARLIEST <= ms < LATEST + SECOND:
        raise ValueError(f"{text!r} is outside the years 1 to 9999")
    return min(ms, LATEST)


class Horizon(threading.local):
    """The moment (a world's, epoch ms) until which what this thread is working out stays as it is, however often it is asked.
    Whoever reads a world's clock lowers it: `Clock.now` to the next ms, `changes_at` to the moment at which a comparison turns."""

    until = LATEST


horizon = Horizon()


def changes_at(moment: int) -> None:
    """Note that what this thread is working out turns into something else at a moment (epoch ms)."""
    if moment < horizon.until:
        horizon.until = moment


def changes_always() -> None:
    """Note that what this thread is working out is another each time."""
    horizon.until = EARLIEST


@dataclass(frozen=True, slots=True)
class Setting:
    """A clock's whole state: running `offset` ms ahead of the wall, or frozen at `frozen_at`."""

    offset: int = 0
    frozen_at: int | None = None


class Clock:
    """One world's time: it runs with the wall at an offset, or stands still; it never goes back but by `reset`."""

    def __init__(self, setting: Setting | None = None) -> None:
        self._setting = setting or Setting()
        self._held_at: int | None = None

    @property
    def setting(self) -> Setting:
        """The state to keep, so that a later process can go on from it; within a walk, from the moment that it has come to."""
        held_at, setting = self._held_at, self._setting
        if held_at is None:
            return setting
        return Setting(offset=held_at - wall_ms()) if setting.frozen_at is None else Setting(frozen_at=held_at)

    @property
    def frozen(self) -> bool:
        """True when time stands still until it is advanced or run."""
        return self._setting.frozen_at is not None

    @property
    def walking(self) -> bool:
        """True for the length of a discrete-event walk."""
        return self._held_at is not None

    def now(self) -> int:
        """Return the world's time as epoch ms; a clock that runs stands still at the end of the year 9999."""
        now = self.peek()
        changes_at(now + 1)
        return now

    def peek(self) -> int:
        """Return the world's time for what is no part of an answer, or of which `changes_at` says how long it holds."""
        held_at, setting = self._held_at, self._setting
        if held_at is not None:
            return held_at
        return setting.frozen_at if setting.frozen_at is not None else later(wall_ms(), setting.offset)

    def freeze(self) -> None:
        """Stand still at this moment."""
        self._setting = Setting(frozen_at=self.now())

    def run(self) -> None:
        """Go on from this moment with the wall."""
        self._setting = Setting(offset=self.now() - wall_ms())

    def check(self, moment: int) -> None:
        """Raise BackwardsError for a moment that is over, ValueError for one past year 9999.
        A clock that runs has gone on since its caller looked at it: for that one, what is only just over is now."""
        now = self.now()
        if moment < now - (0 if self.frozen else JUST_NOW):
            raise BackwardsError(f"The clock is at {iso_ms(now)} and cannot go back to {iso_ms(moment)}.")
        if moment > LATEST:
            raise ValueError("The clock cannot go beyond the year 9999.")

    def reset(self, setting: Setting) -> None:
        """Take a state as it is, earlier or later: for a reset or a restored snapshot."""
        self._setting = setting

    @contextmanager
    def held(self) -> Iterator[Clock]:
        """Stand still for the length of a discrete-event walk, moved only by `hold_at`; then take up the earlier pace.
        A walk within a walk leaves the clock standing for the outer one to go on with."""
        if self.walking:
            yield self
            return
        self._held_at = self.now()
        try:
            yield self
        finally:
            self._setting = self.setting
            self._held_at = None

    def hold_at(self, moment: int) -> None:
        """Within `held`: stand at `moment` from now on; an earlier one changes nothing."""
        self._held_at = max(moment, self.now())
