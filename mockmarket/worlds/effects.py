"""What a request, something done by hand or a timer changed in its world: records, before and after, stock and notices. Bounded."""

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

from mockmarket.store.contents import Content, Update, size_of
from mockmarket.store.recent import Key

MOST_CHANGES = 200
"""Most changed records, and most changes of stock, stored for one request; further ones are only counted."""
LARGEST_CONTENT, LARGEST_CONTENTS = 64_000, 500_000
"""Most bytes that are kept of one record, before and after together, and of all records of a request."""
OVERHEAD_OF_CONTENT = 400
Touched = Mapping[Key, str]  # changed records: `stored` or `deleted`
Unknown = Literal["follows", "large", "between"]
"""Why a record's contents are not known: it follows the seats, and it is not known when it was updated; it is too large to be kept; another
cause changed it between two transactions of this one."""
State = Content | Update | Unknown
NO_CONTENTS: Mapping[Key, Content | Update] = {}


@dataclass(frozen=True, slots=True)
class Effects:
    """The changes that one request made to records and stock, up to MOST_CHANGES of each, and the total counts. `contents` has what the
    records were and became, or why that is not known; nothing of those that follow the seats."""

    records: tuple[tuple[str, str, str, str], ...] = ()
    stock: tuple[Mapping[str, Any], ...] = ()
    records_in_all: int = 0
    stock_in_all: int = 0
    contents: Mapping[Key, State] = field(default_factory=dict)
    contents_size: int = 0

    def and_then(
        self,
        touched: Touched,
        moved: Sequence[Mapping[str, Any]],
        contents: Mapping[Key, Content | Update] = NO_CONTENTS,
    ) -> "Effects":
        """Return these effects with those of a further transaction; a record changed twice is listed once, with its latest state."""
        together, fresh = touched, len(touched)
        merged: Mapping[Key, State] = contents
        if self.records:
            known = {record[:3]: record[3] for record in self.records}
            together, fresh = {**known, **touched}, len(touched.keys() - known.keys())
            merged = self._with(known, touched, contents)
        records = tuple([(*record, change) for record, change in together.items()])[:MOST_CHANGES]
        counts = self.records_in_all + fresh, self.stock_in_all + len(moved)
        return Effects(records, (*self.stock, *moved)[:MOST_CHANGES], *counts, *_bounded(merged))

    def _with(self, known: Touched, touched: Touched, contents: Mapping[Key, Content | Update]) -> Mapping[Key, State]:
        """Return the contents of both; of a record that both changed and only one knows, nothing."""
        merged = {**self.contents, **contents}
        for key in touched.keys() & known.keys():
            before, after = self.contents.get(key), contents.get(key)
            if isinstance(before, tuple) and isinstance(after, tuple):
                merged[key] = (before[0], after[1]) if before[1] == after[0] else "between"
            elif isinstance(before, str):
                merged[key] = before
            else:
                merged.pop(key, None)
        return merged

    @property
    def size(self) -> int:
        """The approximate size in bytes."""
        ids = sum([4 * len(record[2]) for record in self.records])
        seats = sum([36 * len(change.get("seats", ())) for change in self.stock])
        return ids + seats + 600 * len(self.stock) + 300 * len(self.records) + self.contents_size


NO_EFFECTS = Effects()


def _bounded(contents: Mapping[Key, State]) -> tuple[Mapping[Key, State], int]:
    """Return contents, without those that are beyond the bytes that are kept, and their size in bytes."""
    bounded: dict[Key, State] = {}
    size = 0
    for key, content in islice(contents.items(), MOST_CHANGES):
        if not isinstance(content, tuple):
            bounded[key] = content
            continue
        length = size_of(content)
        is_small = length <= LARGEST_CONTENT and size + length <= LARGEST_CONTENTS
        bounded[key] = content if is_small else "large"
        size += length + OVERHEAD_OF_CONTENT if is_small else OVERHEAD_OF_CONTENT
    return bounded, size


@dataclass(slots=True)
class ByHand:
    """What a control route, a form of the dashboard or a timer changed in its world: its transactions are counted, its notices are named by
    ranges of their rows. `collects` is off for what only lets time pass: timers are causes of their own."""

    world: str
    collects: bool = True
    transactions: int = 0
    notices: list[range] = field(default_factory=list)
    effects: Effects = NO_EFFECTS

    def add(
        self,
        notices: range,
        touched: Touched,
        moved: Sequence[Mapping[str, Any]],
        contents: Mapping[Key, Content | Update],
    ) -> None:
        """Add what one transaction changed."""
        self.transactions += 1
        if notices:
            self.notices.append(notices)
        self.effects = self.effects.and_then(touched, moved, contents)


by_hand: ContextVar[ByHand | None] = ContextVar("mockmarket_by_hand", default=None)
"""What the control route or form that is being answered changes."""
