"""Menu of rate limits: how many calls one caller may make in a window of the world's time. Reads no clock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from mockmarket.clock import SECOND, changes_always
from mockmarket.errors import RateLimited
from mockmarket.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """How many `calls` fit into a window of `window_ms`; the window begins with the first call in it."""

    calls: int
    window_ms: int


RateOf = Callable[[Mapping[str, Any]], Rate | None]  # makes a vendor's settings into its rate, or None for no limit


class Meter:
    """What each caller has used of its window; goes with the world that it belongs to."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def count(self, caller: str, rate: Rate, now: int) -> None:
        """Count a call at `now` (epoch ms); RateLimited, with the whole seconds to wait in Retry-After, when it is one too many."""
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
        """Forget every call."""
        with self._lock:
            self._windows.clear()
