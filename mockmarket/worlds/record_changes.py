"""The records that a request, or what was done by hand, changed: each before and after, without secrets. Compares nothing."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from mockmarket.store.contents import Content
from mockmarket.worlds.journal import LARGEST_CONTENT, LARGEST_CONTENTS, Entry, Unknown

WHY: Mapping[Unknown, str] = {
    "follows": "It follows the seats: it was updated when it was next read, perhaps together with other changes of them.",
    "large": (
        f"It was too large to keep: before and after together more than {LARGEST_CONTENT // 1_000} kB, or all records of the request more "
        f"than {LARGEST_CONTENTS // 1_000} kB."
    ),
    "between": "Something else changed it between two steps of the request, so its own change is not known.",
}
REDACTED_DIFFERS = "Only values differ that are not shown."


class RecordChange(NamedTuple):
    """One changed record: `change` is `stored` or `deleted`, `before` and `after` are its JSON, None where there was no record or where a
    `note` says why they are not known."""

    vendor: str
    kind: str
    id: str
    change: str
    before: bytes | None
    after: bytes | None
    note: str = ""


def record_changes(entry: Entry) -> Iterator[RecordChange]:
    """Yield the records that an entry changed, as far as the journal lists them, in the order of their first changes."""
    for vendor, kind, id, change in entry.effects.records:
        content = entry.effects.contents.get((vendor, kind, id), "follows")
        yield RecordChange(vendor, kind, id, change, *_sides(entry, content))


def _sides(entry: Entry, content: Content | Unknown) -> tuple[bytes | None, bytes | None, str]:
    if isinstance(content, str):
        return None, None, WHY[content]
    before, after = [None if text is None else entry.exchange.redact(text) for text in content]
    return before, after, REDACTED_DIFFERS if before == after and content[0] != content[1] else ""
