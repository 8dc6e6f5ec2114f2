"""Counts of the answers of a process, over all its worlds."""

import threading
from collections import Counter


class Tally:
    """How many requests were answered, by vendor and status; used by any thread."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, int]] = Counter()
        self._lock = threading.Lock()

    def add(self, vendor: str, status: int) -> None:
        """Count an answer."""
        with self._lock:
            self._counts[vendor, status] += 1

    def counts(self) -> dict[tuple[str, int], int]:
        """Return the number of answers by (vendor, status)."""
        with self._lock:
            return dict(self._counts)
