"""Which refused requests name a record: an index by what their paths and bodies say, bounded with the journal."""

import re
from collections.abc import Sequence
from itertools import chain, islice

from mockmarket.worlds.journal import Entry

MOST_NAMES = 30
"""Most names of one request: the parts of its path, then the values of its body, each up to 64 characters."""
VALUE = re.compile(rb'"([^"\\]{1,64})"\s*[],}]|[:,[]\s*(\d{1,20})\s*[],}]')
"""A text or a whole number among the values of a JSON body, which may be cut."""


class Refusals:
    """The refused requests that are kept, by their vendor and each name."""

    def __init__(self) -> None:
        self._by_name: dict[tuple[str, str], dict[str, Entry]] = {}

    def add(self, entry: Entry) -> None:
        """Take in a request, if it was refused or failed."""
        for name in _names_of(entry):
            self._by_name.setdefault(name, {})[entry.id] = entry

    def remove(self, entry: Entry) -> None:
        """Leave out a request that is no longer kept."""
        for name in _names_of(entry):
            self._by_name[name].pop(entry.id, None)
            if not self._by_name[name]:
                del self._by_name[name]

    def naming(self, vendor: str, name: str) -> Sequence[Entry]:
        """Return a vendor's refused requests whose path or body names a record."""
        return [*self._by_name.get((vendor, name), {}).values()]


def _names_of(entry: Entry) -> set[tuple[str, str]]:
    if entry.status < 400 or not entry.vendor:
        return set()
    values = ((text or number).decode("utf-8", "replace") for text, number in VALUE.findall(entry.body))
    names = chain(filter(None, entry.path.split("/")), values)
    return {(entry.vendor, name) for name in islice(names, MOST_NAMES)}
