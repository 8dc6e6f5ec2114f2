"""Whose turn it is: POSTs that wait to begin, shared out fairly among their destinations, so that no one of them stops the others."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator

from mockmarket.delivery.exchange import Done, Post

Entry = tuple[Post, Done]

RESERVE = 1
"""How many times the shared places there are again for destinations that have nothing under way."""


class Turns:
    """POSTs that wait and are under way, by destination. Not safe for threads by itself.

    `places` are shared; a destination that has none of them does not wait for one, but has a first place of its own, of as many
    as there are shared ones. Destinations take turns, and each one's POSTs begin in their order.
    """

    def __init__(self, places: int) -> None:
        self._places, self._most = places, places * (1 + RESERVE)
        self._under_way: Counter[object] = Counter()
        self._total = 0
        self._idle: dict[object, deque[Entry]] = {}
        self._busy: dict[object, deque[Entry]] = {}

    def add(self, post: Post, done: Done) -> None:
        """Have a POST wait behind those to its destination."""
        queues = self._busy if self._under_way[post.destination] else self._idle
        queues.setdefault(post.destination, deque()).append((post, done))

    def next(self) -> Entry | None:
        """Return what begins now, and count it as under way until `over`; None when nothing may."""
        queues = self._idle if self._idle and self._total < self._most else self._busy
        if not queues or (queues is self._busy and self._total >= self._places):
            return None
        destination = next(iter(queues))
        waiting = queues.pop(destination)
        entry = waiting.popleft()
        self._under_way[destination] += 1
        self._total += 1
        if waiting:
            self._busy[destination] = waiting
        return entry

    def over(self, post: Post) -> None:
        """Count a POST as over."""
        self._total -= 1
        self._under_way[post.destination] -= 1
        if not self._under_way[post.destination]:
            del self._under_way[post.destination]
            if post.destination in self._busy:
                self._idle[post.destination] = self._busy.pop(post.destination)

    def withdraw(self, unwanted: Callable[[Post], bool]) -> Iterator[Entry]:
        """Take out, and yield, what waits and is not wanted any more."""
        for queues in (self._idle, self._busy):
            for destination, waiting in list(queues.items()):
                yield from (entry for entry in waiting if unwanted(entry[0]))
                left = deque(entry for entry in waiting if not unwanted(entry[0]))
                if left:
                    queues[destination] = left
                else:
                    del queues[destination]
