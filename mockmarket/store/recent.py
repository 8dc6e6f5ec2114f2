"""Which records changed last, for whoever keeps something of them: bounded, so a reader that falls behind begins anew."""

import threading
from collections import deque
from collections.abc import Iterable

Key = tuple[str, str, str]  # a record: its vendor, its kind, its id
MOST = 10_000


class RecentChanges:
    """The keys of the newest changed records, numbered."""

    def __init__(self) -> None:
        self._keys: deque[Key] = deque(maxlen=MOST)
        self._lock = threading.Lock()
        self.number = 0

    def add(self, keys: Iterable[Key]) -> None:
        """Note changed records, after their commit."""
        with self._lock:
            fresh = [*keys]
            self._keys.extend(fresh)
            self.number += len(fresh)

    def since(self, number: int) -> tuple[int, list[Key] | None]:
        """Return the current number, and the records that changed after an earlier one; None when some of them are forgotten."""
        with self._lock:
            count = self.number - number
            return self.number, None if count > len(self._keys) else [*self._keys][len(self._keys) - count :]
