"""Case of UUIDs: callers send either case (RFC 9562, 4), and all of ours are lower case. Pure."""

import re

LENGTH = 36
UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def spellings(id: str) -> tuple[str, ...]:
    """Return the forms in which an id may be stored: as sent and, for a UUID with capitals, in lower case."""
    return (id,) if len(id) != LENGTH or id == id.lower() or not UUID.fullmatch(id) else (id, id.lower())


def is_same(id: str, candidate: str) -> bool:
    """Return whether two ids are equal, UUIDs regardless of case."""
    return id == candidate or not set(spellings(id)).isdisjoint(spellings(candidate))
