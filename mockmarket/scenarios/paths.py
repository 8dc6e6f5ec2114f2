"""Paths into JSON: `data.items[0].id`, `$.order.status`, and `rows[seat.section=Floor].id` for the first of a list that fits. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mockmarket.scenarios.matching import shown

PART = re.compile(r"\.?([^.\[\]=]+)|\[(\d+)\]|\[([^\[\]=]+)=([^\[\]]*)\]")
MOST_NAMED = 12


class AbsentError(LookupError):
    """A path leads to nothing; the words say how far it came and what was there instead."""


@dataclass(frozen=True, slots=True)
class Pick:
    """The first member of a list whose field (or what a dotted path in it leads to), written as text, is this."""

    field: str
    text: str


Part = str | int | Pick


@lru_cache(maxsize=1024)
def parse(path: str) -> tuple[Part, ...]:
    """Read a path; ValueError says how one is written. `$` alone is the whole value."""
    left = path.removeprefix("$").removeprefix(".")
    parts: list[Part] = []
    while left:
        match = PART.match(left)
        if match is None:
            raise ValueError(f"{path!r} is no path: write data.items[0].id, or rows[section=Floor].id.")
        name, index, field, text = match.groups()
        parts.append(int(index) if index else Pick(field, text) if field else name)
        left = left[match.end() :]
    return tuple(parts)


def find(value: Any, path: str) -> Any:
    """Return what a path leads to; AbsentError says what was there instead."""
    place, way = value, ""
    for part in parse(path):
        place, way = step(place, part, way)
    return place


def step(place: Any, part: Part, way: str) -> tuple[Any, str]:
    """Go one part further; returns what is there, and the way so far."""
    if isinstance(part, Pick):
        return picked(place, part, way)
    if isinstance(place, list) and str(part).isdecimal():
        if int(part) < len(place):
            return place[int(part)], f"{way}[{part}]"
        raise AbsentError(f"{way or 'the whole'} has {len(place)} entries, none at [{part}]")
    if isinstance(place, Mapping) and str(part) in place:
        return place[str(part)], f"{way}.{part}".lstrip(".")
    raise AbsentError(f"nothing is at {f'{way}.{part}'.lstrip('.')}; {way or 'the whole'} is {outlined(place)}")


def picked(place: Any, part: Pick, way: str) -> tuple[Any, str]:
    """Go to the first member of a list that fits."""
    there: list[str] = []
    for member in place if isinstance(place, list) else ():
        with suppress(AbsentError):
            there.append(written(find(member, part.field)))
            if there[-1] == part.text:
                return member, f"{way}[{part.field}={part.text}]"
    named = ", ".join(there[:MOST_NAMED]) or "none"
    raise AbsentError(f"no entry of {way or 'the whole'} has {part.field} {part.text}; there are {named}")


def written(value: Any) -> str:
    """Write a plain value as it stands in a path: text as it is, all else as JSON."""
    return value if isinstance(value, str) else shown(value)


def outlined(value: Any) -> str:
    """Say what a value is, so that a reader sees which way the path should have gone."""
    if isinstance(value, Mapping):
        names = ", ".join(map(str, list(value)[:MOST_NAMED]))
        return f"an object with {names}" if value else "an empty object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return shown(value)
