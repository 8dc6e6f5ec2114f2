"""The words of a world's orders and events, kept from one search to the next; a search reads only what has changed since."""

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import orjson

from mockmarket.rules.search import unaccented
from mockmarket.store import Read, Record, events, records
from mockmarket.store.records import Kind
from mockmarket.worlds.world import World

LONGEST = 4_000  # characters of a record that are searched
MEMBER = re.compile(r'"[^"\\]*":')
Order = tuple[str, str]  # its vendor, its id


def words_of(record: Record) -> str:
    """Return a record's values as one folded text: its numbers, names, e-mails, and the ids of its lines and tickets."""
    return unaccented(MEMBER.sub(" ", orjson.dumps(record, default=str).decode())[:LONGEST])


@dataclass(slots=True)
class SearchIndex:
    """The folded texts of a world's orders, in the order in which they were stored; use it within `lock`."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    epoch: int = -1
    number: int = 0
    texts: dict[Order, str] = field(default_factory=dict)

    def refresh(self, world: World) -> None:
        """Take in the orders that changed since the last search; all of them at the first, and after a reset."""
        kinds = {vendor.name: vendor.records.orders.kind for vendor in world.vendors.values() if vendor.records.orders}
        number, changed = world.store.recent.since(self.number)
        if self.epoch != world.epoch or changed is None:
            self.texts = dict(entry for kind in kinds.values() for entry in _every(world.read(), kind))
            self.epoch = world.epoch
        else:
            mine = ((vendor, id) for vendor, name, id in changed if vendor in kinds and kinds[vendor].name == name)
            self._update(world.read(), dict.fromkeys(mine), kinds)
        self.number = number

    def _update(self, read: Read, changed: Iterable[Order], kinds: dict[str, Kind]) -> None:
        for vendor, id in changed:
            record = records.get(read, kinds[vendor], id)
            self.texts.pop((vendor, id), None)  # what changed last is the newest
            if record is not None:
                self.texts[vendor, id] = words_of(record)

    def find(self, terms: Sequence[str], limit: int) -> tuple[list[Order], int]:
        """Return the newest orders of each vendor that have every term, and how many have in all."""
        newest: dict[str, list[Order]] = {}
        for order, text in self.texts.items():
            if all(term in text for term in terms):
                newest.setdefault(order[0], []).append(order)
        fitting = newest.values()
        return [order for orders in fitting for order in orders[-limit:]], sum(map(len, fitting))


def _every(read: Read, kind: Kind) -> Iterator[tuple[Order, str]]:
    for record in records.find(read, kind):
        yield (kind.vendor, str(record[kind.id])), words_of(record)


INDEXES: WeakKeyDictionary[World, SearchIndex] = WeakKeyDictionary()
MAKING = threading.Lock()


def orders_with(world: World, terms: Sequence[str], limit: int) -> tuple[list[Order], int]:
    """Return the newest orders of each vendor that have every folded term among their values, and how many have in all."""
    with MAKING:
        index = INDEXES.setdefault(world, SearchIndex())
    with index.lock:
        index.refresh(world)
        return index.find(terms, limit)


def event_names(read: Read) -> list[tuple[str, str, int, str, str]]:
    """Return (folded name with its venue, name, start, zone, id) of every event; remembered until the next commit."""
    memo, key = read.store.memo(read), "dashboard.search.events"
    if key not in memo:
        memo[key] = [
            (folded, event.name, event.starts_at, event.venue.zone, event.id)
            for event in events.all(read)
            for folded in [unaccented(f"{event.name} {event.venue.name} {event.id}")]
        ]
    names: list[tuple[str, str, int, str, str]] = memo[key]
    return names
