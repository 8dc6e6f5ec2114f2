"""Paging by page number and size, or by a cursor that names the last record of the previous page."""

import base64
import binascii
from dataclasses import dataclass

from mockmarket.errors import Invalid


@dataclass(frozen=True, slots=True)
class Numbered:
    """A page of a list: the total number of records, the page's number from 1, and the page size."""

    total: int
    page: int
    take: int

    @property
    def offset(self) -> int:
        """The number of records before the page."""
        return (self.page - 1) * self.take

    @property
    def pages(self) -> int:
        """The number of pages; 0 for an empty list."""
        return -(-self.total // self.take)


def cursor(place: str, of: str) -> str:
    """Return an opaque cursor for the place in a list after which a page begins; `of` names the list."""
    return base64.urlsafe_b64encode(f"{of}:{place}".encode()).decode().rstrip("=")


def read_cursor(text: str, of: str) -> str:
    """Return the place of a cursor; Invalid for a text that `cursor` did not make for this list."""
    try:
        raw = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        raw = ""
    name, colon, place = raw.partition(":")
    if name != of or not colon:
        words = "cursor is not one that this list gave; leave it out for the first page."
        raise Invalid(words, details=[("cursor", "is not one that this list gave")])
    return place
