"""Worlds for tests: each new, or as good as new. Making one takes as long as several requests do."""

from __future__ import annotations

import itertools
from typing import Any

from mockmarket.clock import HOUR, Setting, wall_ms
from mockmarket.worlds.journal import Journal
from mockmarket.worlds.registry import Worlds
from mockmarket.worlds.world import World
from tests.shapes import hold_notices

Beginning = tuple[str | None, int]
"""A fixture, and the hour of the machine's that what is planted without a start begins in."""


class FreshWorlds:
    """Gives each test a world as a fixture says; one to which a test did nothing but read goes to the next that asks for the like."""

    def __init__(self, worlds: Worlds, prefix: str) -> None:
        self._worlds = worlds
        self._names = (f"{prefix}{number}" for number in itertools.count(1))
        self._unused: dict[Beginning, tuple[World, dict[str, Any]]] = {}
        self._taken: dict[str, tuple[Beginning, dict[str, Any]]] = {}

    def take(self, fixture: str | None = None) -> World:
        """Return a world that is as the fixture says."""
        beginning = fixture, wall_ms() // HOUR
        world, state = self._unused.pop(beginning, (None, {}))
        if world is None:
            world, _ = self._worlds.put(next(self._names), fixture)
            state = state_of(world)
        self._taken[world.name] = beginning, state
        return world

    def give_back(self, world: World) -> None:
        """Keep a world for the next test if it still is as it was, else drop it. Fail for a notice that has not its vendor's shape."""
        beginning, state = self._taken.pop(world.name)
        if world in self._worlds.all():
            hold_notices(world)
        if beginning in self._unused or not self._is_as(world, state):
            self._worlds.drop(world.name)
            return
        world.journal = Journal(world.journal.limits, world.journal.added, None, world.journal.known)
        world.epoch += 1  # as after a reset: whoever keeps something of the journal begins anew
        world.meter.clear()
        world.faults.clear()  # and count from the first again
        world.key_used.clear()
        self._unused[beginning] = world, state_of(world)

    def _is_as(self, world: World, state: dict[str, Any]) -> bool:
        """Return whether nothing was written to a world, nothing set in it, nothing goes on in it, and its time is a new one's."""
        busy = world.in_flight or world.silent or world.failing
        idle = not (busy or world.faults.all() or world.faults.held or world.faults.late)
        as_new = world in self._worlds.all() and (world.clock.frozen or world.clock.setting == Setting())
        return idle and as_new and state_of(world) == state and not self._worlds.shelf.names(world.name)


def state_of(world: World) -> dict[str, Any]:
    """Return what changes with each transaction in a world, each setting of its clock, and each replacement of what it is made of."""
    parts = {name: part for name, part in vars(world).items() if name != "journal"}
    return parts | {"version": world.store.version, "clock": world.clock.setting, "path": world.store.path}
