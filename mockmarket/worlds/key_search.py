"""The world of a request that names none, by its API key: `main` where it knows the key, else the only other world that does."""

import sqlite3
from collections.abc import Collection

from mockmarket.errors import Refusal
from mockmarket.store import keys
from mockmarket.worlds.registry import Worlds
from mockmarket.worlds.world import World

Wanted = Collection[tuple[str, str]]
"""What may be a request's key: (vendor, hash) pairs."""


def is_mains(worlds: Worlds, wanted: Wanted) -> bool:
    """Return whether no search is needed: there is no key, or `main` knows it. Reads no file: False as well where that would be needed to
    know."""
    if not wanted:
        return True
    main = worlds.find("main")
    known = keys.hashes_in_memory(main.store) if main else None
    return known is not None and not known.isdisjoint(wanted)


def world_of(worlds: Worlds, wanted: Wanted) -> str:
    """Return the name of the only world that knows a key, if `main` does not, else `main`. Each world's keys are read once, and again when
    one of them has changed."""
    main = worlds.find("main")
    if not wanted or main is None or _knows(main, wanted):
        return "main"
    names = [world.name for world in worlds.all() if world is not main and _knows(world, wanted)]
    return names[0] if len(names) == 1 else "main"


def _knows(world: World, wanted: Wanted) -> bool:
    try:
        return not keys.hashes(world.store).isdisjoint(wanted)
    except (Refusal, sqlite3.Error):  # dropped meanwhile, or damaged, which the world's own requests report
        return False
