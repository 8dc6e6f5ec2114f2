"""The only module that reads the time: the machine's wall clock and monotonic clock.

Both are read from the C library rather than from Python's `time` and `datetime`: a library that freezes or moves the time of
a test (freezegun, time-machine) replaces those in the whole process, mock included."""

from __future__ import annotations

import ctypes
import sys
import time


class Timespec(ctypes.Structure):
    """The result of the C library's `clock_gettime` (POSIX, `time.h`)."""

    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


if sys.platform == "win32":  # clients only: Windows has no clock_gettime, so tests can replace its clocks

    def wall_ms() -> int:
        """Return the machine's time as epoch milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic() -> float:
        """Return real seconds that never decrease, for deadlines, leases and waits."""
        return time.monotonic()

else:
    clock_gettime = ctypes.PyDLL(None).clock_gettime  # PyDLL: the call is too short to be worth releasing the GIL
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
