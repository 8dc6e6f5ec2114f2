"""Names of generated fixtures: fictional venues, performers and shows, combined from tables. No real venue or person is meant."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mockmarket.ids import Rng


@cache
def words() -> Mapping[str, Any]:
    """Return the words that names are put together from, by section; read when a fixture is generated."""
    content: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text("utf-8"))
    return content


@dataclass(frozen=True, slots=True)
class Bill:
    """A show: its name, its performer (None where the name says it), its length, and its usual starting times."""

    name: str
    performers: tuple[str, ...] = ()
    lasts: str = "3h"
    begins: tuple[str, ...] = ("19:00", "19:30", "20:00", "20:30")


def pick(rng: Rng, section: str) -> str:
    """Return a word of a section."""
    word: str = rng.pick(words()[section])
    return word


def venue(rng: Rng, kind: str, taken: set[str]) -> str:
    """Return a venue's name that is not in `taken`, and add it."""
    word = rng.pick(words()["kinds"][kind])
    first = f"{pick(rng, 'first')} {pick(rng, 'second')} {word}"
    others = (f"{first} {number}" for number in range(2, len(taken) + 3))
    name = next(name for name in (first, *others) if name not in taken)
    taken.add(name)
    return name


def artist(rng: Rng) -> str:
    """Return a performer's name: a person's, or a group's."""
    if rng.below(2):
        return f"{pick(rng, 'people')} {pick(rng, 'first')}{pick(rng, 'second').lower()}"
    return f"The {pick(rng, 'first')} {pick(rng, 'groups')}"


def _tour(rng: Rng) -> Bill:
    star = artist(rng)
    return Bill(f"{star}: {pick(rng, 'titles')} Tour", (star,))


def _match(rng: Rng) -> Bill:
    home, away = f"{pick(rng, 'second')} {pick(rng, 'teams')}", f"{pick(rng, 'first')} {pick(rng, 'teams')}"
    return Bill(f"{home} vs. {away}", lasts="2h30m", begins=("13:00", "15:30", "19:00", "19:30"))


def _play(rng: Rng) -> Bill:
    return Bill(pick(rng, "plays"), lasts="2h30m", begins=("14:00", "19:30", "20:00"))


def _concert(rng: Rng) -> Bill:
    star = artist(rng)
    name = rng.pick((f"{star} + guests", f"Late Set with {star}", f"{star}, unplugged"))
    return Bill(name, (star,), "2h", ("20:30", "21:00"))


def _comedy(rng: Rng) -> Bill:
    star = f"{pick(rng, 'people')} {pick(rng, 'first')}"
    return Bill(f"{star}: {pick(rng, 'titles')} (stand-up)", (star,), "90m")


def _festival(rng: Rng) -> Bill:
    stars = tuple(dict.fromkeys(artist(rng) for _ in range(3)))
    return Bill(f"{pick(rng, 'first')} {pick(rng, 'second')} Festival", stars, "9h", ("11:00", "12:00"))


BILLS: Mapping[str, tuple[tuple[Callable[[Rng], Bill], int], ...]] = {
    "club": ((_concert, 75), (_comedy, 25)),
    "theatre": ((_play, 55), (_concert, 25), (_comedy, 20)),
    "open-air park": ((_festival, 40), (_tour, 60)),
    "arena": ((_tour, 50), (_match, 45), (_comedy, 5)),
    "stadium": ((_match, 65), (_tour, 35)),
}
"""The kinds of shows of each kind of venue, with their weights."""
