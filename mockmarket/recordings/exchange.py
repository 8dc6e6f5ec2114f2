"""Exchange: a recorded request with its answer, or a recorded webhook, whatever form it was read from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal
from urllib.parse import urlsplit

from mockmarket.frozen import dataclass

Headers = tuple[tuple[str, str], ...]
Kind = Literal["call", "webhook"]


class UnreadableError(ValueError):
    """A recording, or an entry of one, cannot be read; the message names the file and the entry."""


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer: its headers in order, and its decoded body, None where the recording does not have it."""

    headers: Headers
    body: bytes | None

    def header(self, name: str) -> str | None:
        """Return the first value of a header, whatever its case, or None."""
        return value_of(self.headers, name)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A recorded exchange. `source` and `number` (from 1) say where it was read, `kind` whether a client called the vendor or the vendor
    sent a webhook. `url` is absolute or, in a capture, a path with its query. `status` is None without an answer. `at` is in epoch ms, None
    where it is unknown. `vendor` is a vendor's name where the recording says it."""

    source: str
    number: int
    kind: Kind
    method: str
    url: str
    request: Message
    status: int | None = None
    answer: Message | None = None
    at: int | None = None
    vendor: str | None = None

    @property
    def place(self) -> str:
        """The file and the entry, as messages name them."""
        return place_of(self.source, self.number)


def checked_url(url: str) -> str:
    """Return a URL that can be taken apart; ValueError for any other."""
    try:
        urlsplit(url)
    except ValueError as error:
        raise ValueError(f"its url cannot be read: {url[:100]}") from error
    return url


def place_of(source: str, number: int) -> str:
    """Return how a message names an entry of a file."""
    return f"{source}: entry {number}"


def value_of(headers: Iterable[tuple[str, str]], name: str) -> str | None:
    """Return the first value of a header, whatever its case, or None."""
    return next((value for own, value in headers if own.lower() == name.lower()), None)
