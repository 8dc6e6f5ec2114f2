"""Rows of tables that change seldom, kept in memory until a transaction that wrote to their table has ended."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")
MOST_ROWS = 2000


Key = tuple[str, Hashable]
WHOLE = None
"""The key of what is read from all rows of a table."""


class RowCache:
    """Values by (table, key). A value that was read while its row, or its table, changed is read again."""

    def __init__(self) -> None:
        self._values: dict[Key, tuple[object, Any]] = {}
        self._versions: dict[str | Key, int] = {}
        self._clearings = 0

    def get(self, table: str, key: Hashable, load: Callable[[], T]) -> T:
        """Return the value of a key, which `load` reads; None is not kept."""
        versions = self._versions.get
        version = self._clearings, versions(table), versions((table, key))  # before the value is read
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

    def forget(self, table: str, key: Hashable = WHOLE) -> None:
        """Forget the value of a row that has changed and what was read from all rows; without a key all values of the table."""
        for changed in (table if key is WHOLE else (table, key), (table, WHOLE)):
            self._versions[changed] = self._versions.get(changed, 0) + 1
        if len(self._versions) > MOST_ROWS:
            self.clear()

    def clear(self) -> None:
        """Forget every value: the rows have been replaced."""
        self._clearings += 1
        self._values.clear()
        self._versions.clear()
