"""How many deliveries there are of each vendor, state, type and endpoint: counted once, then brought up to date at each look by what has
changed."""

import threading
from collections import Counter
from collections.abc import Mapping
from weakref import WeakKeyDictionary

from mockmarket.store import delivery_list
from mockmarket.store.delivery_list import Choice
from mockmarket.worlds.world import World


class DeliveryCounts:
    """The counts of one world."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._epoch = -1
        self._begin()

    def _begin(self) -> None:
        self._changed = self._newest = 0
        self._choices: dict[int, Choice] = {}
        self._counts: Counter[Choice] = Counter()
        self._same: dict[Choice, Choice] = {}  # one object for each, however many deliveries have it

    def of(self, world: World) -> Mapping[Choice, int]:
        """Return the counts as they are now."""
        with self._lock:
            number, changed = world.store.recent_deliveries.since(self._changed)
            if self._epoch != world.epoch or changed is None:
                self._epoch, changed = world.epoch, []
                self._begin()
            self._take({*changed}, delivery_list.choices_of(world.read(), self._newest, changed))
            self._changed = number
            return self._counts.copy()

    def _take(self, changed: set[int], known: Mapping[int, Choice]) -> None:
        for id in changed | known.keys():
            if before := self._choices.pop(id, None):
                self._counts[before] -= 1
                if not self._counts[before]:
                    del self._counts[before]
            if choice := known.get(id):
                self._choices[id] = self._same.setdefault(choice, choice)
                self._counts[choice] += 1
        self._newest = max((self._newest, *known))


COUNTS: WeakKeyDictionary[World, DeliveryCounts] = WeakKeyDictionary()
MAKING = threading.Lock()


def counts_of(world: World) -> Mapping[Choice, int]:
    """Return how many deliveries of a world there are of each vendor, state, type and endpoint."""
    with MAKING:
        counts = COUNTS.setdefault(world, DeliveryCounts())
    return counts.of(world)
