"""The only module that reads the time: the machine's wall clock and monotonic clock.

Neither is read from the modules `time` and `datetime` of the process: a library that freezes or moves the time of a test (freezegun,
time-machine) replaces those, mock included. The wall clock comes from the C library, whose call takes longer; the monotonic clock from an
instance of `time` that nobody else has, whose function those libraries leave alone."""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Callable
from importlib.util import module_from_spec

monotonic: Callable[[], float] = module_from_spec(time.__spec__).monotonic
"""Returns real seconds that never decrease, for deadlines, leases and waits."""


class Timespec(ctypes.Structure):
    """The result of the C library's `clock_gettime` (POSIX, `time.h`)."""

    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


if sys.platform == "win32":  # clients only: Windows has no clock_gettime, so tests can replace its clock

    def wall_ms() -> int:
        """Return the machine's time as epoch milliseconds."""
        return time.time_ns() // 1_000_000

else:
    clock_gettime = ctypes.PyDLL(None).clock_gettime  # PyDLL: the call is too short to be worth releasing the GIL
    clock_gettime.argtypes = (ctypes.c_int, ctypes.POINTER(Timespec))

    def wall_ms() -> int:
        """Return the machine's time as epoch milliseconds."""
        reading = Timespec()
        if clock_gettime(time.CLOCK_REALTIME, reading):
            raise OSError("The machine's wall clock cannot be read.")
        return int(reading.seconds * 1000 + reading.nanoseconds // 1_000_000)
