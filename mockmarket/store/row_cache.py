"""Rows of tables that change seldom, kept in memory until a transaction that wrote to their table has ended."""

from collections import Counter
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")
MOST_ROWS = 2000


class RowCache:
    """Values by (table, key). A value that was read while its table changed is read again."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, Hashable], tuple[object, Any]] = {}
        self._versions: Counter[str] = Counter()
        self._clearings = 0

    def get(self, table: str, key: Hashable, load: Callable[[], T]) -> T:
        """Return the value of a key, which `load` reads; None is not kept."""
        version = self._clearings, self._versions[table]  # before the value is read
        known = self._values.get((table, key))
        if known is not None and known[0] == version:
            value: T = known[1]
            return value
        value = load()
        if value is not None:
            if len(self._values) >= MOST_ROWS:
                self._values.clear()
            self._values[table, key] = version, value
        return value

    def forget(self, table: str) -> None:
        """Forget the values of a table, which has changed."""
        self._versions[table] += 1

    def clear(self) -> None:
        """Forget every value: the rows have been replaced."""
        self._clearings += 1
        self._values.clear()
