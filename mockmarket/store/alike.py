"""JSON of many records at once: a template for those that are alike, filled in with what differs, in the bytes of the kind's dialect."""

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from itertools import count

from mockmarket.store.records import Kind
from mockmarket.webhooks.encoding import Dialect

Values = Sequence[object]
MOST_TEMPLATES, MOST_VALUES = 2_000, 20_000
"""Most templates, and most values in their dialect, that are kept at a time."""


class AlikeRecords:
    """Writes new records of a kind. Two are alike when they differ in nothing but certain values, each a text or a number, of which
    the first is the id."""

    def __init__(self, kind: Kind) -> None:
        self._dialect = kind.dialect
        self._write = lru_cache(MOST_VALUES, typed=True)(lambda value: kind.dialect(value).decode())
        self._templates: dict[Hashable, str] = {}

    def row(self, likeness: Hashable, values: Values, record_of: Callable[[Values], object]) -> tuple[str, str]:
        """Return the id and the JSON of the record of these values. `record_of` returns the record of any values in their place; `likeness`
        is equal for two records that are alike, and for no others."""
        id = str(values[0])
        template = self._templates.get(likeness)
        if template is None:  # a template costs as much as two records
            if len(self._templates) >= MOST_TEMPLATES:
                self._templates.clear()
            self._templates[likeness] = ""
            return id, self._dialect(record_of(values)).decode()
        if not template:
            template = self._templates[likeness] = template_of(self._dialect, len(values), record_of)
        own = f'"{id}"' if id.isascii() and id.isalnum() else self._dialect(id).decode()
        return id, template % (own, *map(self._write, values[1:]))


def template_of(dialect: Dialect, places: int, record_of: Callable[[Values], object]) -> str:
    """Return the JSON of a record as a format with a `%s` for each of its values."""
    bare = dialect(record_of([""] * places))
    mark = next(text for text in map("place {}".format, count()) if text.encode() not in bare)
    written = dialect(record_of([mark] * places)).decode()
    return "%s".join(part.replace("%", "%%") for part in written.split(dialect(mark).decode()))
