"""Houses of generated fixtures: what kinds of venues there are, their tiers, sections and rows, and how rows are cut into listings.

A house is a few dozen sections; a listing's seats are worked out from its number when it is wanted, so that nothing of a
house's size is ever kept.
"""

from __future__ import annotations

import string
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from mockmarket.ids import Rng

Span = tuple[int, int]

PIECES = ((2, 40), (4, 28), (3, 10), (6, 8), (1, 6), (8, 4), (5, 4))
"""How many seats side by side a seller has, and how often: mostly pairs, now and then a single."""
STANDING = ((2, 40), (4, 24), (1, 14), (3, 8), (6, 8), (10, 6))
"""The same of places without numbers."""
SIDE = 0.3
"""What part of its price a tier's outermost section has less than its middle one."""
LETTERS = (*string.ascii_uppercase, *(letter * 2 for letter in string.ascii_uppercase))


@dataclass(frozen=True, slots=True)
class Tier:
    """A ring, floor or balcony: its sections, and how a seat there is priced against the best (1.0).
    `names` are the sections' own, or `numbers` gives the first one's number and how many there are, from and to. Rows are `lettered` or
    numbered; a tier without rows stands, and its seats are how many it takes."""

    seats: Span
    price: float
    rows: Span | None = None
    names: tuple[str, ...] = ()
    numbers: tuple[int, int, int] = (0, 0, 0)
    lettered: bool = True


KINDS: dict[str, tuple[Tier, ...]] = {
    "club": (
        Tier((120, 420), 1.0, names=("Main Floor",)),
        Tier((6, 10), 1.5, (3, 6), names=("Gallery",)),
        Tier((4, 4), 1.9, (4, 9), names=("Tables",), lettered=False),
    ),
    "theatre": (
        Tier((12, 18), 1.0, (10, 18), names=("Stalls Left", "Stalls Centre", "Stalls Right")),
        Tier((10, 15), 0.75, (5, 9), names=("Dress Circle Left", "Dress Circle Centre", "Dress Circle Right")),
        Tier((12, 20), 0.45, (4, 8), names=("Balcony",)),
        Tier((2, 4), 1.4, (1, 1), names=("Box A", "Box B", "Box C", "Box D")),
    ),
    "open-air park": (
        Tier((600, 2400), 0.8, names=("Lawn",)),
        Tier((150, 400), 1.6, names=("Front Pit",)),
        Tier((14, 22), 1.2, (8, 14), names=("Terrace Left", "Terrace Centre", "Terrace Right")),
    ),
    "arena": (
        Tier((400, 1200), 1.25, names=("Floor",)),
        Tier((14, 20), 1.0, (14, 20), numbers=(101, 20, 26)),
        Tier((8, 12), 1.35, (3, 5), names=("Loge West", "Loge East")),
        Tier((16, 22), 0.4, (10, 15), numbers=(201, 24, 32), lettered=False),
    ),
    "stadium": (
        Tier((900, 2500), 1.3, names=("Pitch",)),
        Tier((18, 22), 1.0, (20, 26), numbers=(101, 36, 40)),
        Tier((16, 18), 1.2, (12, 14), numbers=(201, 26, 30), lettered=False),
        Tier((20, 24), 0.35, (22, 28), numbers=(401, 46, 52), lettered=False),
    ),
}
"""Every kind of venue, with its tiers; the last one is the largest, and every one of its kind has room for `MOST` listings."""

LARGEST = "stadium"
MOST = 10_000
"""How many listings an event may have at most."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its rows, each cut into pieces of so many seats; without rows, pieces of the crowd. `price` is 1.0 at best."""

    name: str
    rows: tuple[str, ...]
    pieces: tuple[int, ...]
    price: float

    @property
    def slots(self) -> int:
        """How many listings it can have."""
        return max(1, len(self.rows)) * len(self.pieces)

    @property
    def seats(self) -> int:
        """How many people it takes."""
        return max(1, len(self.rows)) * sum(self.pieces)


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a listing is: its section, its row and how far back that is, its first seat (none where people stand), how many."""

    section: str
    row: str
    first_seat: int | None
    seats: int
    price: float


@dataclass(frozen=True, slots=True)
class House:
    """A venue's inside."""

    kind: str
    sections: tuple[Section, ...]
    ends: tuple[int, ...]

    @property
    def slots(self) -> int:
        """How many listings an event here can have."""
        return self.ends[-1]

    @property
    def seats(self) -> int:
        """How many people it takes."""
        return sum(section.seats for section in self.sections)

    def slot(self, number: int) -> Slot:
        """Return where the listing of this number, from 0, is; no two have a seat in common."""
        place = bisect_right(self.ends, number)
        section = self.sections[place]
        back, piece = divmod(number - (self.ends[place - 1] if place else 0), len(section.pieces))
        if not section.rows:
            return Slot(section.name, "GA", None, section.pieces[piece], section.price)
        turned = section.pieces[back % len(section.pieces) :] + section.pieces[: back % len(section.pieces)]
        first = 1 + sum(turned[:piece])
        further = float(max(0.5, 0.98**back))  # two per cent less a row, but never under half
        return Slot(section.name, section.rows[back], first, turned[piece], section.price * further)


def build(rng: Rng, kind: str) -> House:
    """Return a house of a kind, its own in size."""
    sections = tuple(section for tier in KINDS[kind] for section in sections_of(rng, tier))
    return House(kind, sections, tuple(accumulate(section.slots for section in sections)))


def sections_of(rng: Rng, tier: Tier) -> list[Section]:
    """Return the sections of a tier: as many rows each, priced by how far they are from its middle."""
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
    """Cut so many seats into pieces as sellers have them."""
    sizes: list[int] = []
    while seats:
        sizes.append(min(seats, rng.weigh(pieces)))
        seats -= sizes[-1]
    return tuple(sizes)
