"""Randomness for generated fixtures: many small throws out of one stretch of the stream of ids that a seed gives."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TypeVar

from mockmarket.ids import Ids

T = TypeVar("T")

STRETCH = 1 << 40
"""How many draws lie between two stretches: more than anything here makes."""
BATCH, EACH = 64, 4
"""Bytes drawn at once, which is the most that there are, and bytes of one throw."""


class Rng:
    """Throws that the seed and the stretch decide; each venue and event has a stretch of its own, so none depends on another."""

    def __init__(self, seed: int, stretch: int) -> None:
        self._ids = Ids(seed, (stretch + 1) * STRETCH)
        self._left = b""

    def below(self, limit: int) -> int:
        """Return a whole number from 0 up to, not including, `limit`, which is far below 2**32."""
        if not self._left:
            self._left = self._ids.raw(BATCH)
        thrown, self._left = self._left[:EACH], self._left[EACH:]
        return int.from_bytes(thrown, "big") % limit

    def between(self, least: int, most: int) -> int:
        """Return a whole number from `least` to `most`, both included."""
        return least + self.below(most - least + 1)

    def share(self) -> float:
        """Return a number from 0 up to, not including, 1, in steps of a millionth."""
        return self.below(1_000_000) / 1_000_000

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of several, each as likely."""
        return choices[self.below(len(choices))]

    def weigh(self, choices: Sequence[tuple[T, int]]) -> T:
        """Return one of several (choice, weight) pairs' choices."""
        ends = list(accumulate(weight for _, weight in choices))
        return choices[bisect_right(ends, self.below(ends[-1]))][0]

    def some(self, count: int, of: int) -> list[int]:
        """Return `count` different numbers from 0 up to, not including, `of`, ascending."""
        if count * 2 > of:
            left_out = set(self.some(of - count, of)) if count < of else set()
            return [number for number in range(of) if number not in left_out]
        chosen: set[int] = set()
        while len(chosen) < count:
            chosen.add(self.below(of))
        return sorted(chosen)
