"""UUIDs as they come in: their letters are of either case (RFC 9562, 4), and all of ours are small. Pure."""

from __future__ import annotations

import re

LENGTH = 36
UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def spellings(id: str) -> tuple[str, ...]:
    """Return how an id may be stored: as it is and, where it is a UUID with capitals, with small letters too."""
    if len(id) != LENGTH or id == id.lower() or not UUID.fullmatch(id):
        return (id,)
    return id, id.lower()


def is_same(id: str, candidate: str) -> bool:
    """Return whether two ids are of the same thing."""
    return id == candidate or not set(spellings(id)).isdisjoint(spellings(candidate))
