"""JSON read bit by bit: yields the entries of a file of any size, and names the entry at which a damaged file cannot be read further."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from mockmarket.recordings.exchange import UnreadableError, place_of

LARGEST_ENTRY = 64_000_000
"""Most bytes of an entry; a larger one is refused, so that no recording fills the memory."""
CHUNK = 65_536
ENDED = ("premature EOF", "Incomplete JSON")
"""What ijson's parsers, in C and in Python, say of a file that is cut short; the rest of a message may quote the file, secrets included."""


class Bounded:
    """A binary file of which at most LARGEST_ENTRY bytes are read between two calls of `renew`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._left = file, LARGEST_ENTRY

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes."""
        part = self._file.read(size)
        self._left -= len(part)
        if self._left < 0:
            raise UnreadableError(f"it is larger than {LARGEST_ENTRY:,} bytes")
        return part

    def renew(self) -> None:
        """Allow the next entry to be read."""
        self._left = LARGEST_ENTRY


def values(file: IO[bytes], source: str, prefix: str) -> Iterator[tuple[int, Any]]:
    """Yield (number, value) for each value of a JSON file under a prefix of ijson's, such as `log.entries.item`; "" stands for values that
    follow each other, as in JSON lines. UnreadableError for a file that ends within a value, is no JSON, or has a too large entry."""
    import ijson  # few commands read recordings

    bounded, number = Bounded(file), 1
    try:
        for value in ijson.items(bounded, prefix, multiple_values=not prefix, use_float=True, buf_size=CHUNK):
            yield number, value
            bounded.renew()
            number += 1
    except ijson.JSONError as error:
        ended = any(words in str(error) for words in ENDED)
        sentence = "the file ends within it" if ended else "it is not valid JSON in UTF-8"
        raise UnreadableError(f"{place_of(source, number)}: {sentence}") from error
    except UnreadableError as error:
        raise UnreadableError(f"{place_of(source, number)}: {error}") from error
