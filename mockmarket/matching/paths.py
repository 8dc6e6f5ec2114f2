"""Paths into JSON: `data.items[0].id`, `$.order.status`, and `rows[seat.section=Floor].id` for the first match in a list. Pure."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

PART = re.compile(r"\.?([^.\[\]=]+)|\[(\d+)\]|\[([^\[\]=]+)=([^\[\]]*)\]")
MOST_NAMED = 12
LONGEST_TEXT = 300
Json = Any  # any JSON value


class AbsentError(LookupError):
    """A path leads to no value; the message says how far it leads and what is there instead."""


@dataclass(frozen=True, slots=True)
class Pick:
    """Selects the first member of a list whose field (or dotted path) has this value, written as text."""

    field: str
    text: str


Part = str | int | Pick
LONGEST_CACHED = 500


def parse(path: str) -> tuple[Part, ...]:
    """Parse a path; ValueError explains the syntax. `$` alone is the whole value."""
    return _parse(path) if len(path) <= LONGEST_CACHED else _parse.__wrapped__(path)


@lru_cache(maxsize=1024)
def _parse(path: str) -> tuple[Part, ...]:
    left = path.removeprefix("$").removeprefix(".")
    parts: list[Part] = []
    while left:
        match = PART.match(left)
        if match is None:
            raise ValueError(f"{path!r} is not a path: write data.items[0].id, or rows[section=Floor].id.")
        name, index, field, text = match.groups()
        parts.append(int(index) if index else Pick(field, text) if field else name)
        left = left[match.end() :]
    return tuple(parts)


def problems(path: str) -> Iterator[str]:
    """Yield the errors of a path."""
    try:
        parse(path)
    except ValueError as error:
        yield str(error)


def find(value: Json, path: str) -> Json:
    """Return the value at a path; AbsentError says what is there instead."""
    place, way = value, ""
    for part in parse(path):
        place, way = step(place, part, way)
    return place


def step(place: Json, part: Part, way: str) -> tuple[Json, str]:
    """Follow one part of a path; returns the value, and the path so far."""
    if isinstance(part, Pick):
        return _picked(place, part, way)
    if isinstance(place, list) and str(part).isdecimal():
        if int(part) < len(place):
            return place[int(part)], f"{way}[{part}]"
        raise AbsentError(f"{way or 'the whole'} has {len(place)} entries, none at [{part}]")
    further = f"{way}.{part}".lstrip(".")
    if isinstance(place, Mapping) and str(part) in place:
        return place[str(part)], further
    raise AbsentError(f"nothing is at {further}; {way or 'the whole'} is {outlined(place)}")


def _picked(place: Json, part: Pick, way: str) -> tuple[Json, str]:
    values: list[str] = []
    for member in place if isinstance(place, list) else ():
        with suppress(AbsentError):
            values.append(written(find(member, part.field)))
            if values[-1] == part.text:
                return member, f"{way}[{part.field}={part.text}]"
    named = ", ".join(values[:MOST_NAMED]) or "none"
    raise AbsentError(f"no entry of {way or 'the whole'} has {part.field} {part.text}; there are {named}")


def json_of(body: bytes) -> Json:
    """Parse a body as JSON; None when it is not JSON."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def json_text(value: object) -> str:
    """Return a value as JSON for a message, cut when it is long."""
    text = orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}… ({len(text)} characters)"


def written(value: object) -> str:
    """Return a plain value as it appears in a path: text unchanged, any other value as JSON."""
    return value if isinstance(value, str) else json_text(value)


def outlined(value: object) -> str:
    """Return an outline of a value, which shows the reader of an error where the path could lead."""
    if isinstance(value, Mapping):
        names = ", ".join(map(str, list(value)[:MOST_NAMED]))
        return f"an object with {names}" if value else "an empty object"
    return f"a list of {len(value)}" if isinstance(value, list) else json_text(value)
