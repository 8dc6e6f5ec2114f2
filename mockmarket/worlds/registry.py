"""Worlds by name: each a file in one folder, made of a fixture or of another world, opened again, put back, dropped."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from pathlib import Path

from mockmarket.clock import Clock
from mockmarket.clock import Setting as ClockSetting
from mockmarket.errors import Conflict, UnknownWorld
from mockmarket.rules.names import check_name
from mockmarket.store import Store, StoreHooks, copies, keys, outbox, timers
from mockmarket.store.file_pool import Spares
from mockmarket.store.files import Stamp, Synchronous, copy_file, remove
from mockmarket.store.origin import origin_of
from mockmarket.store.records import Kind
from mockmarket.store.validation import CORE
from mockmarket.worlds.signal import Bell
from mockmarket.worlds.snapshots import Shelf
from mockmarket.worlds.world import World, WorldServices

Template = Callable[[str, int | None, int | None], tuple[Path, int, ClockSetting]]
"""Gives a ready database for (fixture, start, seed): its path, the start it has, and the clock to begin with."""


class Worlds:
    """The worlds of a process by name, each a file in one folder; `main` is always there."""

    def __init__(
        self, folder: Path, services: WorldServices, template: Template, owner: str, scratch: Path | None = None
    ) -> None:
        self.folder = folder
        self.scratch = scratch or folder / "scratch"
        self.shelf = Shelf(folder / "snapshots")
        self.trusted: dict[Path, Stamp | None] = {}
        self.spares = Spares(folder / "spares")
        self.config = services.config
        self.vendors = tuple(services.vendors)
        self.template = template
        self.owner = owner
        self._services = services
        self._worlds: dict[str, World] = {}
        self._paths: set[Path] = set()
        self._lock = threading.RLock()
        (folder / "worlds").mkdir(parents=True, exist_ok=True)

    @property
    def kinds(self) -> list[Kind]:
        """Every kind of record of every vendor."""
        return [kind for vendor in self.vendors for kind in vendor.kinds]

    @property
    def vendor_names(self) -> list[str]:
        """The names of the vendors."""
        return [vendor.name for vendor in self.vendors]

    @property
    def synchronous(self) -> Synchronous:
        """How hard a commit is pressed onto the disk: not at all for worlds that go with the process."""
        return "OFF" if self.config.data is None else "FULL" if self.config.durable else "NORMAL"

    def copy(self, source: Path, target: Path) -> None:
        """Copy a file for a world to begin as; passing files and worlds that are kept come once, for them nothing is made ahead."""
        once = self.config.data is not None or source.parent == self.scratch
        (copy_file if once else self.spares.copy)(source, target)

    def open_kept(self) -> list[str]:
        """Open every world that an earlier process left in the folder; returns their names.

        What it was sending is free to be sent, and the timers of what was played in a world go: nobody plays it any more.
        """
        for path in sorted((self.folder / "worlds").glob("*.db")):
            copies.keep_on(path, self.kinds, self.vendor_names, self.synchronous)
            world = self._add(path.stem.partition("~")[0], path)
            with world.store.atomic() as tx:
                outbox.free_of_others(tx, self.owner)
                timers.stop_all(tx, CORE)
        return self.names()

    def put(
        self, name: str, fixture: str | None = None, start: int | None = None, seed: int | None = None
    ) -> tuple[World, bool]:
        """Make a world from a fixture, or put the one of this name to it; returns it and whether it is new.

        Without a fixture it begins as the process's own did. Invalid for a bad name or fixture.
        """
        check_name(name, "world")
        source, _, clock = self.template(fixture or self.config.fixture, start, seed)
        return self.adopt(name, source, clock)

    def adopt(self, name: str, source: Path, clock: ClockSetting | None = None) -> tuple[World, bool]:
        """Make a world of a ready file, or put the one of this name to it, with the file's clock unless one is given."""
        with self._lock:
            there = self._worlds.get(name)
            if there is None:
                made = self._create(name, source, clock)
                made.wake(made)
                return made, True
        there.replace_with(source, clock)
        return there, False

    def _create(self, name: str, source: Path, clock: ClockSetting | None) -> World:
        path = self._new_path(name)
        partial = path.with_suffix(".partial")
        self.copy(source, partial)
        partial.replace(path)
        world = self._add(name, path)
        if clock is not None:
            world.clock.reset(clock)
        world.store.keep_clock()
        return world

    def _new_path(self, name: str) -> Path:
        """Return where a new world is kept: where none of this process was yet, be it one of the same name that was dropped.

        SQLite deletes a log by its name when the last connection closes, which for a dropped world may be later than now.
        """
        names = itertools.chain([name], (f"{name}~{number}" for number in itertools.count(1)))
        return next(path for one in names if (path := self.folder / "worlds" / f"{one}.db") not in self._paths)

    def _add(self, name: str, path: Path) -> World:
        self._paths.add(path)
        seed = 0 if self.config.seed is None else self.config.seed
        landed = Bell()
        hooks = StoreHooks(self.vendors, landed.ring, self.copy)
        store = Store(path, Clock(), seed, self.synchronous, self.config.seeded_secrets, hooks)
        world = self._worlds[name] = World(name, store, landed, self._services)
        return world

    def reset(self, world: World) -> None:
        """Put a world back to what the fixture says that it was made with, keys and endpoints included, its clock at the start."""
        origin = origin_of(world.store.meta())
        source, _, clock = self.template(origin.fixture, origin.start, origin.seed)
        world.replace_with(source, clock)

    def get(self, name: str) -> World:
        """Return the world of this name; UnknownWorld says how to make it, Invalid that none can have the name."""
        try:
            return self._worlds[name]
        except KeyError:
            check_name(name, "world")
            raise UnknownWorld(
                f"There is no world {name!r}. Make it with PUT /_mockmarket/worlds/{name}; {self._others()}."
            ) from None

    def _others(self) -> str:
        """Say which worlds there are; where not only this machine asks, how to learn it: a name is all it takes to reach one."""
        listed = f"there are {', '.join(self.names())}"
        return listed if self.config.loopback else "GET /_mockmarket/worlds lists those that there are"

    def names(self) -> list[str]:
        """Return the names of all worlds, in the order they were made."""
        return list(self._worlds)

    def all(self) -> list[World]:
        """Return all worlds."""
        return list(self._worlds.values())

    def drop(self, name: str) -> None:
        """Remove a world and its file; `main` stays."""
        world = self.get(name)
        if name == "main":
            raise Conflict("The world main cannot be dropped; reset it.")
        with world.ending(), self._lock:
            if self.get(name) is not world:  # while this waited it was dropped, and another of its name made
                raise UnknownWorld(f"The world {name} has just been dropped.")
            del self._worlds[name]
            world.retire()
            remove(world.store.path)
            self.shelf.clear(name)
        world.stop_scenario("The world was dropped.")
        world.landed.ring()
        world.wake(world)  # or it would be kept, its connections open, until what is planned for it falls due

    def close(self) -> None:
        """Close every world's database; one that is kept learns when its keys were last used."""
        for world in self.all():
            world.stop_scenario("The server stops.")
            with world.engine:
                if self.config.data is not None:
                    with world.store.atomic() as tx:
                        keys.used(tx, world.key_used)
                world.store.close()
        self.spares.close()
