"""Menu of pages: by number and size, or by a cursor that says after what the next page begins."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from mockmarket.errors import Invalid


@dataclass(frozen=True, slots=True)
class Numbered:
    """Where a page stands in its list: how many records there are in all, the page's number from 1, how many a page takes."""

    total: int
    page: int
    take: int

    @property
    def offset(self) -> int:
        """How many come before it."""
        return (self.page - 1) * self.take

    @property
    def pages(self) -> int:
        """How many pages there are; none for an empty list."""
        return -(-self.total // self.take)


def cursor(place: str) -> str:
    """Write the place after which a page begins as text that callers pass on unread."""
    return base64.urlsafe_b64encode(f"1:{place}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> str:
    """Return the place that a cursor means; Invalid for what `cursor` never wrote."""
    try:
        raw = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        raw = ""
    version, colon, place = raw.partition(":")
    if version != "1" or not colon:
        words = "cursor is not one that a list gave; leave it out for the first page."
        raise Invalid(words, details=[("cursor", "is not one that a list gave")])
    return place
