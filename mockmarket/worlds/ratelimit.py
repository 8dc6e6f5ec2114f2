"""Rate limits: how many calls a caller may make in a window of the world's time. Does not read the clock."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from mockmarket.clock import SECOND, changes_always
from mockmarket.errors import RateLimited
from mockmarket.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `calls` calls in a window of `window_ms`; the window starts with its first call."""

    calls: int
    window_ms: int


RateOf = Callable[[Mapping[str, Any]], Rate | None]  # returns a vendor's rate from its settings, or None for no limit


class Meter:
    """Each caller's current window and calls in it, for one world."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def count(self, caller: str, rate: Rate, now: int) -> None:
        """Count a call at `now` (epoch ms); RateLimited, with the whole seconds to wait in Retry-After, above the rate."""
        changes_always()
        with self._lock:
            began, used = self._windows.get(caller, (now, 0))
            if not began <= now < began + rate.window_ms:
                began, used = now, 0
            if used >= rate.calls:
                wait = -(-(began + rate.window_ms - now) // SECOND)
                allowed = f"{rate.calls} in {rate.window_ms / SECOND:g} s are allowed"
                refusal = RateLimited(f"Too many requests: {allowed}. Try again in {wait} s.", retry_after=wait)
                refusal.headers["Retry-After"] = str(wait)
                raise refusal
            self._windows[caller] = (began, used + 1)

    def clear(self) -> None:
        """Reset all counts."""
        with self._lock:
            self._windows.clear()
