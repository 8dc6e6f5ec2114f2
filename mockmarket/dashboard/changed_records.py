"""The records that a request, what was done by hand or a timer changed: each with the difference between before and after."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from mockmarket.api.context import current
from mockmarket.dashboard import difference, shell
from mockmarket.dashboard.activity import activity_of
from mockmarket.dashboard.deeds import cause_of
from mockmarket.store import Read
from mockmarket.store.recent import Key
from mockmarket.worlds.journal import Entry
from mockmarket.worlds.record_changes import RecordChange, record_changes
from mockmarket.worlds.world import World

LISTED = 20  # most records of a request whose differences a page has, unless all are asked for
STEPS = 20  # most changes of one record


@dataclass(frozen=True, slots=True)
class Changed:
    """One changed record: `what` is `created`, `changed` or `deleted`; a sentence, and the paths that differ, or the whole `content`
    that was created or deleted."""

    vendor: str
    kind: str
    id: str
    what: str
    sentence: str
    paths: tuple[difference.Change, ...] = ()
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class ChangedRecords:
    """The `records` that an entry changed, in the order of their first changes, with their differences; how many there are in all, and how
    many of them the journal lists."""

    records: tuple[Changed, ...]
    in_all: int
    listed: int


def of_entry(entry: Entry) -> ChangedRecords:
    """Return what an entry changed: the first records, or all if the address asks for them."""
    effects, is_all = entry.effects, shell.argument("records") == "all"
    changes = islice(record_changes(current().read(), entry), None if is_all else LISTED)
    return ChangedRecords(tuple(map(_changed, changes)), effects.records_in_all, len(effects.records))


def _changed(change: RecordChange) -> Changed:
    record, (before, after) = change[:3], change[4:6]
    if before and after and (before != after or not change.note):
        sentence, paths = difference.compare(before, after)
        return Changed(*record, "changed", f"{change.note} {sentence}".strip(), tuple(paths))
    what = "deleted" if change.change == "deleted" else "created" if after and not before else "changed"
    if not (before or after or change.note):
        return Changed(*record, what, "It was created and deleted at once.")
    return Changed(*record, what, change.note, content=b"" if change.note else before or after or b"")


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a record: what made it, and the change."""

    entry: Entry
    cause: str
    changed: Changed


def history_of(world: World, key: Key) -> tuple[list[Step], int]:
    """Return the newest changes of a record, newest first, and how many the journal has."""
    activity = activity_of(world)
    with activity.lock:
        activity.refresh(world)
        count, entries = activity.changes_of(key, STEPS)
    return [*_steps(world.read(), entries, key)], count


def _steps(read: Read, entries: list[Entry], key: Key) -> Iterator[Step]:
    for entry in entries:
        change = next((change for change in record_changes(read, entry) if change[:3] == key), None)
        if change:
            yield Step(entry, cause_of(entry), _changed(change))
