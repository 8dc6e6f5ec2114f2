"""Which rows changed last, for whoever keeps something of them: bounded, so a reader that falls behind begins anew."""

import threading
from collections import deque
from collections.abc import Collection
from typing import Generic, TypeVar

Key = tuple[str, str, str]  # a record: its vendor, its kind, its id
T = TypeVar("T")
MOST = 10_000


class RecentChanges(Generic[T]):
    """The keys of the newest changed rows, numbered."""

    def __init__(self) -> None:
        self._keys: deque[T] = deque(maxlen=MOST)
        self._lock = threading.Lock()
        self.number = 0

    def add(self, keys: Collection[T]) -> None:
        """Note changed rows, after their commit."""
        if keys:
            with self._lock:
                self._keys.extend(keys)
                self.number += len(keys)

    def since(self, number: int) -> tuple[int, list[T] | None]:
        """Return the current number, and the rows that changed after an earlier number; None when some of them are forgotten."""
        with self._lock:
            count = self.number - number
            return self.number, None if count > len(self._keys) else [*self._keys][len(self._keys) - count :]
