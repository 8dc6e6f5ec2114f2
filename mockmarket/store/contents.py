"""What the records that a transaction changes were before and are after it: references to their stored JSON, which nothing compares until
somebody asks for the difference."""

from collections.abc import Collection, Mapping

from mockmarket.store.recent import Key

Content = tuple[str | None, str | None]
"""A record's stored JSON before and after a change: None where there was no record."""
MOST = 200
"""How many changed records of one transaction have their contents kept."""
MOST_READ = 400


class RecordContents:
    """The contents of the records that one transaction changes, by record. What it read of a record before it changed it is what the record
    was. Those that follow the seats are updated later, perhaps after further changes (`store.deferred`): their contents are not known."""

    __slots__ = ("_changed", "_following", "_read")

    def __init__(self) -> None:
        self._changed: dict[Key, Content] = {}
        self._following: set[Key] = set()
        self._read: dict[Key, str] = {}

    def note_read(self, key: Key, text: str) -> None:
        """Note what was read of a record; later readings count for nothing."""
        if key not in self._read and len(self._read) < MOST_READ:
            self._read[key] = text

    def is_known(self, key: Key) -> bool:
        """Return whether `add` needs no `before`: the record was read or changed, or is one too many to be kept."""
        return key in self._read or key in self._changed or len(self._changed) >= MOST

    def add(self, key: Key, before: str | None, after: str | None) -> None:
        """Note a change, with what the record was if that is not known."""
        earlier = self._changed.get(key)
        if earlier is not None:
            self._changed[key] = earlier[0], after
        elif len(self._changed) < MOST:
            self._changed[key] = self._read.get(key, before), after

    def follow(self, keys: Collection[Key]) -> None:
        """Note records that are updated later."""
        self._following.update(keys)

    @property
    def known(self) -> Mapping[Key, Content]:
        """The contents that are known."""
        if self._following.isdisjoint(self._changed):
            return self._changed
        return {key: content for key, content in self._changed.items() if key not in self._following}
