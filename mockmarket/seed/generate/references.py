"""Vendors' sections of a generated fixture: another fixture's, retold of the generated shows and houses.

Knows no section's fields: an event or a venue is known by its id, bare or behind a vendor's prefix such as `acme_`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

PLACES = ("section", "row")
"""What a house of the other fixture has and a generated one need not have."""
LISTS = ("events", "venues")


def retold(like: Mapping[str, Any], made: Mapping[str, Any]) -> dict[str, Any]:
    """Return the section `vendors` of the fixture `like`, told of what a generated content has.

    The first event that it speaks of becomes the first generated one, and so on. What speaks of more than there are, or of a
    section of a house, is left out.
    """
    said = dict(like["vendors"])
    ids: dict[str, str | None] = {}
    for name in LISTS:
        there = {row["id"] for row in like[name]}
        spoken_of = dict.fromkeys(id for text in texts(said) if (id := id_in(text, there)))
        ids |= dict.fromkeys(there) | dict(zip(spoken_of, (row["id"] for row in made[name]), strict=False))
    return {vendor: told(section, ids) for vendor, section in said.items()}


def texts(value: Any) -> Iterator[str]:
    """Yield every text within a value, keys of mappings too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield key
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


def id_in(text: Any, ids: Mapping[str, Any] | set[str]) -> str | None:
    """Return the id that a text is, bare or behind a prefix; None for any other text or value."""
    if not isinstance(text, str):
        return None
    return text if text in ids else bare if (bare := text.partition("_")[2]) in ids else None


def told(said: Any, ids: Mapping[str, str | None]) -> Any:
    """Return part of a section with each id replaced, and without what speaks of an id for which there is none.

    A member of which nothing is left is left out too, so that it has its default.
    """
    if isinstance(said, Mapping):
        left = {replaced(key, ids): told(value, ids) for key, value in said.items() if not is_lost(key, ids)}
        return {key: value for key, value in left.items() if value or not said.get(key, True)}
    if isinstance(said, list):
        return [told(member, ids) for member in said if not speaks_of_lost(member, ids)]
    return replaced(said, ids)


def replaced(value: Any, ids: Mapping[str, str | None]) -> Any:
    """Return a text with the id in it replaced, anything else as it is."""
    id = id_in(value, ids)
    return value if id is None else value.removesuffix(id) + str(ids[id])


def is_lost(value: Any, ids: Mapping[str, str | None]) -> bool:
    """Tell whether a text is an id that has no other."""
    id = id_in(value, ids)
    return id is not None and ids[id] is None


def speaks_of_lost(one: Any, ids: Mapping[str, str | None]) -> bool:
    """Tell whether an entry of a list is such an id, has one as a member, or is about a place in a house."""
    if not isinstance(one, Mapping):
        return is_lost(one, ids)
    about_place = any(name in one for name in PLACES) and any(id_in(value, ids) for value in one.values())
    return about_place or any(is_lost(value, ids) for value in one.values())
