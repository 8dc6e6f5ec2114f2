"""What the records that a transaction changes were before and are after it: references to their stored JSON, which nothing compares until
somebody asks for the difference."""

from collections import deque
from collections.abc import Collection, Iterable, Mapping

from mockmarket.store.recent import Key

Content = tuple[str | None, str | None]
"""A record's stored JSON before and after a change: None where there was no record."""
MOST = 200
"""How many changed records of one transaction have their contents kept."""
MOST_READ = 400
MOST_UPDATED = 2_000_000
"""Most bytes of the contents of updates that are kept of one world."""


class Update:
    """A record's next update after changes of the seats that it follows: how many transactions made such a change, and the content, None
    until the record is updated, and later when it is no longer kept."""

    __slots__ = ("causes", "content")

    def __init__(self) -> None:
        self.causes = 0
        self.content: Content | None = None


class Updates:
    """The next updates of a world's records that follow the seats, and the latest of those that were made, up to MOST_UPDATED bytes."""

    def __init__(self) -> None:
        self._next: dict[Key, Update] = {}
        self._latest: deque[tuple[int, Update]] = deque()
        self._size = 0

    def await_all(self, keys: Iterable[Key]) -> dict[Key, Update]:
        """Return the next updates of records of which the seats have changed."""
        awaited = {}
        for key in keys:
            update = awaited[key] = self._next.get(key) or self._next.setdefault(key, Update())
            update.causes += 1
        return awaited

    def make(self, contents: Mapping[Key, Content]) -> None:
        """Note that records were updated."""
        for key, content in contents.items():
            if update := self._next.pop(key, None):
                update.content = content
                size = size_of(content)
                self._latest.append((size, update))
                self._size += size
        while self._size > MOST_UPDATED:
            size, update = self._latest.popleft()
            update.content = None
            self._size -= size

    def clear(self) -> None:
        """Forget everything: the rows have been replaced."""
        self._next.clear()
        self._latest.clear()
        self._size = 0


def size_of(content: Content) -> int:
    """Return the approximate size of a content in bytes."""
    return sum([len(text) if text.isascii() else 4 * len(text) for text in content if text])


class RecordContents:
    """The contents of the records that one transaction changes, by record. What it read of a record before it changed it is what the record
    was. Those that follow the seats are updated later, perhaps after further changes (`store.deferred`)."""

    __slots__ = ("_changed", "_following", "_most", "_read", "_steps")

    def __init__(self, most: int | None = MOST) -> None:
        self._most = most
        self._changed: dict[Key, Content] = {}
        self._following: set[Key] = set()
        self._read: dict[Key, str] = {}
        self._steps: list[Collection[Key] | RecordContents] = []

    def note_read(self, key: Key, text: str) -> None:
        """Note what was read of a record; later readings count for nothing."""
        if key not in self._read and len(self._read) < MOST_READ:
            self._read[key] = text

    def is_known(self, key: Key) -> bool:
        """Return whether `add` needs no `before`: the record was read or changed, or is beyond the number that is kept."""
        return key in self._read or key in self._changed or self._is_full

    def add(self, key: Key, before: str | None, after: str | None) -> None:
        """Note a change, with what the record was if that is not known."""
        earlier = self._changed.get(key)
        if earlier is not None:
            self._changed[key] = earlier[0], after
        elif not self._is_full:
            self._changed[key] = self._read.get(key, before), after

    @property
    def _is_full(self) -> bool:
        return self._most is not None and len(self._changed) >= self._most

    def follow(self, keys: Collection[Key]) -> None:
        """Note records that are updated later."""
        self._following.update(keys)
        self._steps.append(keys)

    def note_update(self, updated: "RecordContents") -> None:
        """Note records that followed the seats and were updated in this transaction."""
        self._steps.append(updated)

    def settle(self, updates: Updates) -> Mapping[Key, Content | Update]:
        """Return the contents after the commit, those of records that follow the seats as their next updates."""
        awaited: dict[Key, Update] = {}
        for step in self._steps:
            if isinstance(step, RecordContents):
                updates.make(step.known)
            else:
                awaited |= updates.await_all(step)
        return {**self.known, **awaited} if awaited else self.known

    @property
    def known(self) -> Mapping[Key, Content]:
        """The contents that are known."""
        if self._following.isdisjoint(self._changed):
            return self._changed
        return {key: content for key, content in self._changed.items() if key not in self._following}
