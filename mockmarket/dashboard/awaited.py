"""Deliveries that are not settled, ordered and counted as they come and go: what a look at the next ones costs does not depend on how many
there are."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import groupby, islice
from operator import attrgetter
from typing import NamedTuple, TypeVar

from mockmarket.clock import SECOND
from mockmarket.store.activity import Delivery, Notice

K = TypeVar("K")
Due = tuple[int, int]  # when a delivery is due (epoch ms; 0 for at once), and its id
Member = tuple[Notice, Delivery]


class Group(NamedTuple):
    """Alike deliveries: those to an endpoint that are late, or those of a type that are due in one second. `first` is the earliest of them,
    `second` the second of the world's time, `number` how many they are."""

    second: int
    endpoint: str
    type: str
    first: Due
    number: int


class Awaited:
    """The deliveries of one vendor that are not settled."""

    def __init__(self, members: Iterable[Member] = ()) -> None:
        self.count = 0
        self._by_endpoint: dict[str, list[Due]] = {}
        self._groups: dict[tuple[int, str, str], list[Due]] = {}
        self._order: list[tuple[int, str, str]] = []
        for notice, delivery in members:
            self.add(notice, delivery)

    def add(self, notice: Notice, delivery: Delivery) -> None:
        """Take in a delivery."""
        due, group = _due(delivery), _group(notice, delivery)
        insort(self._by_endpoint.setdefault(delivery.endpoint, []), due)
        if group not in self._groups:
            insort(self._order, group)
        insort(self._groups.setdefault(group, []), due)
        self.count += 1

    def remove(self, notice: Notice, delivery: Delivery) -> None:
        """Leave out a delivery as it was taken in."""
        due, group = _due(delivery), _group(notice, delivery)
        if _is_empty_without(self._by_endpoint, delivery.endpoint, due):
            del self._by_endpoint[delivery.endpoint]
        if _is_empty_without(self._groups, group, due):
            del self._groups[group]
            del self._order[bisect_left(self._order, group)]
        self.count -= 1

    def late(self, now: int) -> Iterator[Group]:
        """Yield what is late at a moment (epoch ms) or due in its second, by endpoint."""
        end = (now // SECOND + 1) * SECOND
        for endpoint, dues in self._by_endpoint.items():
            if count := bisect_left(dues, (end, 0)):
                yield Group(now // SECOND, endpoint, "", dues[0], count)

    def coming(self, now: int) -> Iterator[Group]:
        """Yield what is due in the seconds after a moment's, in their order."""
        for place in range(bisect_left(self._order, (now // SECOND + 1, "", "")), len(self._order)):
            dues = self._groups[self._order[place]]
            yield Group(*self._order[place], dues[0], len(dues))


def _due(delivery: Delivery) -> Due:
    return delivery.due or 0, delivery.id


def _group(notice: Notice, delivery: Delivery) -> tuple[int, str, str]:
    return (delivery.due or 0) // SECOND, delivery.endpoint, notice.type


def _is_empty_without(lists: dict[K, list[Due]], key: K, due: Due) -> bool:
    dues = lists[key]
    del dues[bisect_left(dues, due)]
    return not dues


def late(vendors: Iterable[Awaited], now: int) -> list[Group]:
    """Return what is late of several vendors, the earliest first."""
    return sorted((group for awaited in vendors for group in awaited.late(now)), key=attrgetter("first"))


def coming(vendors: Iterable[Awaited], now: int, seconds: int) -> list[Group]:
    """Return what is due in the next seconds in which something is, of several vendors, in order."""
    by_second = groupby(merge(*(awaited.coming(now) for awaited in vendors)), key=attrgetter("second"))
    return [group for _, groups in islice(by_second, seconds) for group in sorted(groups, key=attrgetter("first"))]
