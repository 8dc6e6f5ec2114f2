"""Menu of pages: by limit and offset, as the first vendor's lists have them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Offset:
    """Where a page stands in its list: how many there are in all, how many the page may have, how many come before it."""

    total: int
    limit: int
    offset: int

    @property
    def has_more(self) -> bool:
        """True when the list goes on after this page."""
        return self.offset + self.limit < self.total

    @property
    def next_offset(self) -> int | None:
        """Where the next page begins, or None on the last."""
        return self.offset + self.limit if self.has_more else None
