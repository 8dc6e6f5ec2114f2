"""The limits that keep the worlds of one server fair: how many there are, their size, requests a second, and time to live."""

import shutil
import sqlite3
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from mockmarket.clock import monotonic
from mockmarket.errors import Invalid, RateLimited, TooManyWorlds, WorldFull
from mockmarket.store.files import result_code

if TYPE_CHECKING:
    from mockmarket.config import Config

SPACE = 8_000_000
"""Bytes that a disk has left when a write that SQLite reports as one too many was refused by the limit, not by the disk."""


class RequestRate:
    """The requests of one world in real time: at once as many as a second may have, and as many again in each further second."""

    def __init__(self, a_second: int) -> None:
        self._most, self._left, self._at = a_second, float(a_second), monotonic()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Count a request; False, and nothing is counted, when it is above the limit."""
        with self._lock:
            now = monotonic()
            self._left = min(self._most, self._left + (now - self._at) * self._most)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True


class WorldLimits:
    """The limits of a process, None for none, and how often each has refused something, for `GET health`."""

    def __init__(self, config: "Config") -> None:
        self._config = config
        self._refused: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def refused(self) -> dict[str, int]:
        """How often each limit that is set has refused something."""
        names = ("max_worlds", "max_world_size", "max_requests", "max_ttl")
        return {name: self._refused[name] for name in names if getattr(self._config, name) is not None}

    def _note(self, name: str) -> None:
        with self._lock:
            self._refused[name] += 1

    def count_request(self, name: str, rate: RequestRate | None) -> None:
        """Count a request of a world; RateLimited above the limit."""
        if rate is not None and not rate.take():
            self._note("max_requests")
            most = self._config.max_requests
            refusal = RateLimited(f"The world {name} has more than {most} requests a second, the most on this server.")
            refusal.headers["Retry-After"] = "1"
            raise refusal

    def check_number(self, worlds: int) -> None:
        """Raise TooManyWorlds if there are as many worlds as there may be, `main` included."""
        most = self._config.max_worlds
        if most is not None and worlds >= most:
            self._note("max_worlds")
            raise TooManyWorlds(
                f"This server has {worlds:,} worlds, and may have {most:,}.",
                hint="Drop worlds that nobody uses, or create them with ttl_s.",
            )

    def check_size(self, name: str, file: Path) -> None:
        """Raise WorldFull for a file that is larger than a world may be."""
        most = self._config.max_world_size
        if most is not None and file.stat().st_size > most:
            raise self._full(name)

    def refusal_of(self, name: str, path: Path, error: Exception) -> WorldFull | None:
        """Return the refusal of a write that SQLite has refused for want of space while the disk has space; None for others."""
        is_full = isinstance(error, sqlite3.Error) and result_code(error) == sqlite3.SQLITE_FULL
        if self._config.max_world_size is None or not is_full or shutil.disk_usage(path.parent).free <= SPACE:
            return None
        return self._full(name)

    def _full(self, name: str) -> WorldFull:
        self._note("max_world_size")
        most = self._config.max_world_size or 0
        return WorldFull(f"The world {name} would be larger than {most / 1_000_000:g} MB, the most on this server.")

    def life(self, ttl_s: float | None) -> float | None:
        """Return the time to live of a world that asks for `ttl_s`, or for none; Invalid for a longer time than it may be."""
        allowed = self.shortened(ttl_s)
        if None not in (ttl_s, allowed) and allowed != ttl_s:
            self._note("max_ttl")
            words = f"Must be at most {allowed:g} on this server."
            raise Invalid(f"ttl_s: {words}", details=[("ttl_s", words)])
        return allowed

    @property
    def max_ttl(self) -> float | None:
        """The time to live of a world that asks for none, in seconds."""
        return self._config.max_ttl

    def shortened(self, ttl_s: float | None) -> float | None:
        """Return a time to live, at most as long as it may be."""
        return min((span for span in (ttl_s, self._config.max_ttl) if span is not None), default=None)
