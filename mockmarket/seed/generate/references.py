"""Vendors' sections of a generated fixture: another fixture's, with the generated shows and venues in place of its own.

Knows no section's fields: an event or a venue is known by its id, bare or behind a vendor's prefix such as `acme_`.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

PLACES = ("section", "row")
"""What a venue of the other fixture has and a generated one need not have."""
LISTS = ("events", "venues")

NewIds = Mapping[str, str | None]
"""What each id of the other fixture becomes; None when there is nothing in its place."""


def sections_for(like: Mapping[str, Any], generated: Mapping[str, Any]) -> dict[str, Any]:
    """Return the section `vendors` of the fixture `like`, about what a generated content has.

    The first event that it names becomes the first generated one, and so on. What names more than there are, or a
    section of a venue, is left out.
    """
    sections = like["vendors"]
    ids: dict[str, str | None] = {}
    for name in LISTS:
        known = {row["id"] for row in like[name]}
        named = dict.fromkeys(id for text in texts(sections) if (id := id_in(text, known)))
        ids |= dict.fromkeys(known) | dict(zip(named, (row["id"] for row in generated[name]), strict=False))
    return {vendor: rewritten(section, ids) for vendor, section in sections.items()}


def texts(value: object) -> Iterator[str]:
    """Yield every text within a value, keys of mappings too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, member in value.items():
            yield key
            yield from texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from texts(member)


def id_in(text: object, ids: Container[str]) -> str | None:
    """Return the id that a text is, bare or behind a prefix; None for any other text or value."""
    bare = text.partition("_")[2] if isinstance(text, str) else ""
    return next((id for id in (text, bare) if isinstance(id, str) and id in ids), None)


def rewritten(value: Any, ids: NewIds) -> Any:
    """Return part of a section with each id replaced, and without what names an id for which there is none.

    A member of which nothing is left is left out too, so that it has its default.
    """
    if isinstance(value, Mapping):
        left = {replaced(key, ids): rewritten(member, ids) for key, member in value.items() if not is_lost(key, ids)}
        return {key: member for key, member in left.items() if member or not value.get(key, True)}
    if isinstance(value, list):
        return [rewritten(member, ids) for member in value if not names_lost(member, ids)]
    return replaced(value, ids)


def replaced(value: Any, ids: NewIds) -> Any:
    """Return a text with the id in it replaced, anything else as it is."""
    id = id_in(value, ids)
    return value if id is None else value.removesuffix(id) + str(ids[id])


def is_lost(value: object, ids: NewIds) -> bool:
    """Tell whether a text is an id that has no other."""
    id = id_in(value, ids)
    return id is not None and ids[id] is None


def names_lost(entry: object, ids: NewIds) -> bool:
    """Tell whether an entry of a list is such an id, has one as a member, or is about a place in a venue."""
    if not isinstance(entry, Mapping):
        return is_lost(entry, ids)
    about_place = any(name in entry for name in PLACES) and any(id_in(value, ids) for value in entry.values())
    return about_place or any(is_lost(value, ids) for value in entry.values())
