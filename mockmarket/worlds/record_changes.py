"""The records that a request, what was done by hand or a timer changed: each before and after, without secrets. Compares nothing."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from mockmarket.store.contents import Update
from mockmarket.store.database import Read
from mockmarket.worlds.effects import LARGEST_CONTENT, LARGEST_CONTENTS, State, Unknown
from mockmarket.worlds.journal import Entry

WHY: Mapping[Unknown, str] = {
    "follows": "It follows the seats: it is updated when it is next read, and that is not known, or no longer kept.",
    "large": (
        f"It was too large to keep: before and after together more than {LARGEST_CONTENT // 1_000} kB, or all records of the request more "
        f"than {LARGEST_CONTENTS // 1_000} kB."
    ),
    "between": "Something else changed it between two steps of the request, so its own change is not known.",
}
TOGETHER = (
    "It follows the seats: it was updated when it was next read, after this and {} further changes of them together."
)
REDACTED_DIFFERS = "Only values differ that are not shown."


class RecordChange(NamedTuple):
    """One changed record: `change` is `stored` or `deleted`, `before` and `after` are its JSON, None where there was no record or where a
    `note` says why they are not known; a note may also say more of them."""

    vendor: str
    kind: str
    id: str
    change: str
    before: bytes | None
    after: bytes | None
    note: str = ""


def record_changes(read: Read, entry: Entry) -> Iterator[RecordChange]:
    """Yield the records that an entry changed, as far as the journal lists them, in the order of their first changes. Those that follow the
    seats are updated before."""
    contents = entry.effects.contents
    if any(isinstance(state, Update) and state.content is None for state in contents.values()):
        read.store.refresh_all(read)
    for vendor, kind, id, change in entry.effects.records:
        yield RecordChange(vendor, kind, id, change, *_sides(entry, contents.get((vendor, kind, id), "follows")))


def _sides(entry: Entry, state: State) -> tuple[bytes | None, bytes | None, str]:
    if isinstance(state, Update):
        before, after, note = _sides(entry, state.content or "follows")
        is_shared = state.content is not None and state.causes > 1
        return before, after, TOGETHER.format(state.causes - 1) if is_shared else note
    if isinstance(state, str):
        return None, None, WHY[state]
    before, after = [None if text is None else entry.exchange.redact(text) for text in state]
    return before, after, REDACTED_DIFFERS if before == after and state[0] != state[1] else ""
