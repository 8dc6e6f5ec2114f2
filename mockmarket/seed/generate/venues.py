"""Venues of generated fixtures: the kinds of venues, their tiers, sections and rows, and how rows are cut into listings.

A venue is a few dozen sections; a listing's seats are computed from its number, so that nothing of a venue's size is stored."""

import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import yaml

from mockmarket.ids import Rng

PIECES = ((2, 40), (4, 28), (3, 10), (6, 8), (1, 6), (8, 4), (5, 4))
"""Numbers of adjacent seats of a listing, with their weights: mostly pairs, rarely a single seat."""
STANDING = ((2, 40), (4, 24), (1, 14), (3, 8), (6, 8), (10, 6))
"""The same for places without numbers."""
SIDE = 0.3
"""The discount of a tier's outermost section against its middle one, as a share of the price."""
LETTERS = (*string.ascii_uppercase, *(letter * 2 for letter in string.ascii_uppercase))


@dataclass(frozen=True, slots=True)
class Tier:
    """A ring, floor or balcony: its sections, and its price relative to the best seat (1.0). `names` are the sections'
    names, or `numbers` gives the first section's number and the range of their count. Rows are `lettered` or numbered;
    a tier without rows has standing places, and its seats are its capacity."""

    seats: Sequence[int]
    price: float
    rows: Sequence[int] = ()
    names: Sequence[str] = ()
    numbers: Sequence[int] = (0, 0, 0)
    lettered: bool = True


@cache
def kinds() -> Mapping[str, Sequence[Tier]]:
    """Return every kind of venue with its tiers; every venue of the last, largest kind has room for `MOST` listings."""
    content = yaml.safe_load(Path(__file__).with_name("kinds.yaml").read_text("utf-8"))
    return {kind: [Tier(**tier) for tier in tiers] for kind, tiers in content.items()}


LARGEST = "stadium"
MOST = 10_000
"""Most listings of an event."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its rows, each cut into pieces of so many seats; without rows, pieces of the standing crowd. `price` is 1.0 at best."""

    name: str
    rows: tuple[str, ...]
    pieces: tuple[int, ...]
    price: float

    @property
    def slots(self) -> int:
        """Most listings of the section."""
        return max(1, len(self.rows)) * len(self.pieces)

    def row(self, back: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return how a row is cut, by its distance from the front: the pieces' numbers of seats, and their first seats."""
        turn = back % len(self.pieces)
        turned = self.pieces[turn:] + self.pieces[:turn]
        return turned, tuple(accumulate(turned[:-1], initial=1))

    @property
    def seats(self) -> int:
        """The section's capacity."""
        return max(1, len(self.rows)) * sum(self.pieces)


class Slot(NamedTuple):
    """The place of a listing: section, row, first seat (None for standing places), number of seats, price relative to the best seat."""

    section: str
    row: str
    first_seat: int | None
    seats: int
    price: float


@dataclass(frozen=True, slots=True)
class House:
    """A venue's sections."""

    kind: str
    sections: tuple[Section, ...]
    ends: tuple[int, ...]

    @property
    def slots(self) -> int:
        """Most listings of an event in the venue."""
        return self.ends[-1]

    @property
    def seats(self) -> int:
        """The venue's capacity."""
        return sum(section.seats for section in self.sections)

    def slot(self, number: int) -> Slot:
        """Return the place of a listing by its number, from 0; no two share a seat."""
        return next(self.places([number]))

    def places(self, numbers: Iterable[int]) -> Iterator[Slot]:
        """Yield the places of listings by their numbers, which ascend from 0."""
        end, rows = 0, iter(self.sections)
        for number in numbers:
            while number >= end:
                section = next(rows)
                begin, end = end, end + section.slots
                rank = -1
            back, piece = divmod(number - begin, len(section.pieces))
            if not section.rows:
                yield Slot(section.name, "GA", None, section.pieces[piece], section.price)
                continue
            if back != rank:
                rank, turned, firsts = back, *section.row(back)
                price = section.price * float(max(0.5, 0.98**back))  # two per cent less for each row, at least half
            yield Slot(section.name, section.rows[back], firsts[piece], turned[piece], price)


def build(rng: Rng, kind: str) -> House:
    """Return a venue of a kind, of random size."""
    sections = tuple(section for tier in kinds()[kind] for section in sections_of(rng, tier))
    return House(kind, sections, tuple(accumulate(section.slots for section in sections)))


def sections_of(rng: Rng, tier: Tier) -> list[Section]:
    """Return the sections of a tier: with equal numbers of rows, priced by their distance from the middle."""
    first, least, most = tier.numbers
    names: Sequence[str] = tier.names or [str(first + place) for place in range(rng.between(least, most))]
    count = rng.between(*tier.rows) if tier.rows else 0
    rows = LETTERS[:count] if tier.lettered else tuple(str(number) for number in range(1, count + 1))
    seats = rng.between(*tier.seats)
    middle = (len(names) - 1) / 2 or 1
    return [
        Section(
            name,
            rows,
            cut(rng, seats, PIECES if rows else STANDING),
            tier.price * (1 - SIDE * (abs(place - middle) / middle if len(names) > 1 else 0.0)),
        )
        for place, name in enumerate(names)
    ]


def cut(rng: Rng, seats: int, pieces: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """Cut a number of seats into the pieces that sellers have."""
    sizes: list[int] = []
    while seats:
        sizes.append(min(seats, rng.weigh(pieces)))
        seats -= sizes[-1]
    return tuple(sizes)
