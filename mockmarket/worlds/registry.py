"""Worlds by name: each a file in one folder, created from a fixture or another world, reopened, reset and dropped."""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mockmarket.clock import Clock, Setting as ClockSetting
from mockmarket.errors import Conflict, DamagedWorld, Invalid, MovedWorld, Refusal, Unavailable, UnknownWorld
from mockmarket.rules.names import check_name
from mockmarket.store import Store, StoreHooks, checking, copies, keys, outbox, schema, timers
from mockmarket.store.checking import CORE, Checks, Damage
from mockmarket.store.file_pool import PlainFiles, Spares
from mockmarket.store.files import DataError, Synchronous, copy_file, make_folder, obstacle, remove
from mockmarket.store.origin import origin_of
from mockmarket.store.records import Kind
from mockmarket.worlds.expiry import Lease, Sweeper
from mockmarket.worlds.limits import WorldLimits
from mockmarket.worlds.snapshots import Shelf
from mockmarket.worlds.world import BEGUN_S, ChangeSignal, World, WorldServices

log = logging.getLogger("mockmarket")
LEFT_OPEN = (
    "it was moving to {place}, and whether that server has it is not known. If it has, drop the world here; else go on with its file "
    "{path}: PUT it to /w/{name}/_mockmarket/state."
)
Template = Callable[[str, int | None, int | None], tuple[Path, int, ClockSetting]]
"""Returns a ready database for (fixture, start, seed): its path, its actual start, and its initial clock setting."""


Waits = Callable[[], bool]
"""Returns whether the server that sends a world still waits for the answer."""


class Unsettled(Conflict):
    """Whether another server has taken a world is not known."""


class Worlds:
    """The worlds of a process by name, each a file in one folder; `main` always exists."""

    def __init__(
        self, folder: Path, services: WorldServices, template: Template, owner: str, scratch: Path | None = None
    ) -> None:
        self.folder, self.scratch = folder, scratch or folder / "scratch"
        self.shelf = Shelf(folder / "snapshots")
        self.spares = Spares(folder / "spares", self.scratch)
        self.checks = Checks(self._lose)
        self.config = services.config
        self.vendors = tuple(services.vendors)
        self.template, self.owner = template, owner
        self._services = services
        self.limits, self.answered = WorldLimits(services.config), services.answered
        self._worlds: dict[str, World] = {}
        self.damaged: dict[str, Damage] = {}
        self.moved: dict[str, str] = {}
        self.is_draining = False
        self._numbers: dict[str, int] = {}
        self._sweeper = Sweeper(self._leases, self._expire)
        self._lock = threading.RLock()
        make_folder(folder / "worlds")

    @property
    def kinds(self) -> list[Kind]:
        """Every kind of record of every vendor."""
        return [kind for vendor in self.vendors for kind in vendor.records.kinds]

    @property
    def vendor_names(self) -> list[str]:
        """The names of the vendors."""
        return [vendor.name for vendor in self.vendors]

    @property
    def synchronous(self) -> Synchronous:
        """SQLite's `synchronous`: OFF for worlds in memory, FULL or NORMAL for kept worlds."""
        return "OFF" if self.config.data is None else "FULL" if self.config.durable else "NORMAL"

    def open_kept(self) -> list[str]:
        """Open every world in the folder of an earlier process; returns all names, damaged ones included. Its claims
        are freed, and its timers of scenarios are deleted, since no scenario is running. Raises DataError for a file
        that may not be read or written: it may be intact."""
        for path in sorted((self.folder / "worlds").glob("[!.]*.db")):  # other programs' files begin with a dot
            name = path.stem.partition("~")[0]
            if problem := obstacle(path):
                raise DataError(problem)
            try:
                self._open(name, path)
            except Exception as error:  # any error of a damaged file: the start and other worlds go on
                if checking.is_around(error):
                    raise
                self._lose(name, checking.damage_at_start(path, error))
        return [*self._worlds, *self.damaged]

    def _open(self, name: str, path: Path) -> None:
        schema.lacks(path, self.kinds)  # compares its schema before anything in it is read
        checking.check_beginning(path)
        self.checks.check(name, path)
        copies.keep_on(path, self.kinds, self.vendor_names, self.synchronous)
        world = self._add(name, path)
        with world.store.atomic() as tx:
            outbox.free_of_others(tx, self.owner)
            timers.stop_all(tx, CORE)
        self.lease(world, self.limits.shortened(world.store.meta().get("ttl_s")))
        if place := world.store.meta().get("moving_to"):
            self._leave_open(name, path, place)

    def _leave_open(self, name: str, path: Path, place: str) -> None:
        self._lose(name, Damage(path, LEFT_OPEN.format(place=place, name=name, path=path)))

    def put(
        self, name: str, fixture: str | None = None, start: int | None = None, seed: int | None = None
    ) -> tuple[World, bool]:
        """Create a world from a fixture, or reset the world of this name to it; returns the world and whether it is
        new. The default is the process's own fixture. Invalid for a bad name or fixture."""
        check_name(name, "world")
        self.check_room(name)
        source, _, clock = self.template(fixture or self.config.fixture, start, seed)
        return self.adopt(name, source, clock)

    def check_room(self, name: str) -> None:
        """Raise Unavailable or TooManyWorlds if no world of this name can be created now; none if one is replaced, or has moved."""
        if name in self._worlds or name in self.moved:
            return
        if self.is_draining:
            raise Unavailable("This server is being drained: it takes no new worlds.")
        self.limits.check_number(len({*self._worlds, *self.damaged} - {name}))

    def adopt(
        self, name: str, source: Path, clock: ClockSetting | None = None, arrives: Waits | None = None
    ) -> tuple[World, bool]:
        """Create a world from a ready file, or replace the content of the world of this name, with `clock` or else the file's clock. It has
        the server's time to live, or keeps that which it has, whatever the file says. A world that `arrives` from another server
        replaces none: Conflict if there is a world of its name, or if that server no longer waits, since it goes on with the world."""
        self.limits.check_size(name, source)
        with self._lock:
            world = self._worlds.get(name)
            self._check_free(name, arrives)
            if world is None:
                world = self._create(name, source, clock)
                self.lease(world, self.limits.max_ttl)
                world.wake(world, BEGUN_S)
                return world, True
        try:
            world.replace_with(source, clock)
        except (DataError, sqlite3.DatabaseError):
            if checking.is_whole(world.store.path):
                raise
            self._lose(name, checking.Damage(world.store.path, f"{world.store.path} is damaged."))
            return self.adopt(name, source, clock)
        self._store_ttl(world)
        return world, False

    def _check_free(self, name: str, arrives: Waits | None) -> None:
        """Raise Conflict where a world of this name may not arrive, MovedWorld where no world may be created: it has moved."""
        if not arrives and name in self.moved and name not in self._worlds:
            raise self._refusal_of_moved(name)
        if arrives and (name in self._worlds or name in self.damaged):
            raise Conflict(f"There is a world {name} on this server; nothing was changed.")
        if arrives and not arrives():
            raise Conflict(f"The server that sent the world {name} does not wait for the answer; nothing was changed.")
        self.moved.pop(name, None)

    @contextmanager
    def leaving(self, world: World, place: str) -> Iterator[None]:
        """Drop a world at the end of a block that has given it to another server, and refuse it with its new place from then on; keep it
        when the block raises. The file of a kept world says meanwhile where it goes: two servers would send its deliveries if this one
        were killed and served it again. After Unsettled the world is not served, as after that."""
        self._note_place(world, place)
        try:
            yield
        except Unsettled:
            self._leave_open(world.name, world.store.path, place)
            raise
        except BaseException:
            self._note_place(world, None)
            raise
        self.moved[world.name] = place
        self._drop(world, self._refusal_of_moved(world.name).message)
        log.info("The world %s has moved to %s.", world.name, place)

    def _note_place(self, world: World, place: str | None) -> None:
        if self.config.data is not None:
            world.store.put_meta(moving_to=place)

    def lease(self, world: World, ttl_s: float | None) -> None:
        """Give a world a time to live in real seconds since its last use, or none, as `main` always has."""
        world.live_for(None if world.name == "main" else ttl_s)
        self._store_ttl(world)
        if world.lease:
            self._sweeper.look()

    def _store_ttl(self, world: World) -> None:
        ttl_s = world.lease.ttl_s if world.lease else None
        if self.config.data is not None and world.store.meta().get("ttl_s") != ttl_s:
            world.store.put_meta(ttl_s=ttl_s)

    def _leases(self) -> list[tuple[str, Lease]]:
        return [(world.name, world.lease) for world in self.all() if world.lease]

    def _expire(self, name: str, lease: Lease) -> None:
        world = self._worlds.get(name)
        if world is not None and world.lease is lease and lease.left_s <= 0:
            log.info("The world %s has not been used for %g s and is dropped.", name, lease.ttl_s)
            self.drop(name)

    def _create(self, name: str, source: Path, clock: ClockSetting | None) -> World:
        self.check_room(name)
        path = self._new_path(name)
        if self.config.data is None:
            self._put_aside(name)
            self.spares.copy(source, path)
            self.spares.refill(source)
        else:
            self._copy_atomically(name, source, path)
        world = self._add(name, path)
        if clock is not None:
            world.clock.reset(clock)
        if self.config.data is not None:
            world.store.keep_clock()
        return world

    def _copy_atomically(self, name: str, source: Path, path: Path) -> None:
        partial = path.with_suffix(".partial")
        try:
            partial.unlink(missing_ok=True)  # left by a killed process
            copy_file(source, partial)
            self._put_aside(name)
            partial.replace(path)
        except BaseException:
            remove(partial)
            raise

    def _put_aside(self, name: str) -> None:
        """Rename the damaged file of a world, so that a new world can take its name."""
        damage = self.damaged.pop(name, None)
        self.checks.results.pop(name, None)
        if damage is not None and damage.path.exists():
            log.warning("The damaged file of the world %s was kept as %s.", name, checking.put_aside(damage.path))

    def _new_path(self, name: str) -> Path:
        """Return the path of a new world: a path that no world of this process has had, not even a dropped world of the same name. SQLite
        deletes a log by its name when the last connection closes, which for a dropped world may happen later."""
        number = self._numbers.get(name, 0)
        return self.folder / "worlds" / (f"{name}~{number}.db" if number else f"{name}.db")

    def _add(self, name: str, path: Path) -> World:
        number = path.stem.partition("~")[2]
        self._numbers[name] = max(self._numbers.get(name, 0), (int(number) if number.isdecimal() else 0) + 1)
        seed = 0 if self.config.seed is None else self.config.seed
        changed = ChangeSignal()
        files = self.spares if self.config.data is None else PlainFiles()
        hooks = StoreHooks(self.vendors, changed.notify_change, files, self.config.max_world_size)
        store = Store(path, Clock(), seed, self.synchronous, self.config.seeded_secrets, hooks)
        world = self._worlds[name] = World(name, store, changed, self._services, self._failed)
        return world

    def reset(self, name: str) -> World:
        """Reset a world to its fixture, keys and endpoints included, with its clock at the start. A damaged world is
        created again: from its file's origin where readable, else from the process's own fixture."""
        damage = self.damaged.get(name)
        if damage is None:
            return self.adopt(name, *self._beginning(self.get(name).store.meta()))[0]
        try:
            beginning = self._beginning(checking.meta_of(damage.path))
        except (Invalid, KeyError, TypeError, ValueError):
            beginning = self.template(self.config.fixture, None, None)[::2]
        return self.adopt(name, *beginning)[0]

    def fixture_of(self, name: str) -> str:
        """Return the fixture that a reset of a world returns to; the process's own where a damaged file names none."""
        damage = self.damaged.get(name)
        meta = self.get(name).store.meta() if damage is None else checking.meta_of(damage.path)
        try:
            return origin_of(meta).fixture
        except (KeyError, TypeError, ValueError):
            return self.config.fixture

    def _beginning(self, meta: Mapping[str, Any]) -> tuple[Path, ClockSetting]:
        """Return the database and clock that a world started with, by the `meta` values of its file."""
        origin = origin_of(meta)
        source, _, clock = self.template(origin.fixture, origin.start, origin.seed)
        return source, clock

    def has(self, world: World) -> bool:
        """Return whether this very world is served, rather than another of its name."""
        return self._worlds.get(world.name) is world

    def get(self, name: str) -> World:
        """Return the world of this name; UnknownWorld says how to create it, DamagedWorld how to repair it, Invalid what a name may be."""
        try:
            return self._worlds[name]
        except KeyError:
            if name in self.damaged:
                raise self._refusal_of(name, self.damaged[name]) from None
            if name in self.moved:
                raise self._refusal_of_moved(name) from None
            check_name(name, "world")
            words = f"World {name!r} does not exist. Create it with PUT /_mockmarket/worlds/{name}; {self._hint()}."
            raise UnknownWorld(words) from None

    def get_settled(self, name: str) -> World:
        """Return a world as `get` does, once a creation that has begun has ended."""
        with self._lock:
            return self.get(name)

    def _refusal_of(self, name: str, damage: Damage) -> DamagedWorld:
        """Return the refusal for a damaged world; on a non-loopback server it names no file, since it needs no credential."""
        if not self.config.loopback:
            damage = Damage(damage.path, "its file is damaged; GET /_mockmarket/health names it.")
        return refusal_of(name, damage)

    def _refusal_of_moved(self, name: str) -> MovedWorld:
        return MovedWorld(f"The world {name} has moved to another server.", place=self.moved[name])

    def _hint(self) -> str:
        """List the worlds for a message; on a non-loopback server only say how to list them, since a name is all that access takes."""
        listed = f"there are {', '.join(self.names())}"
        return listed if self.config.loopback else "GET /_mockmarket/worlds lists the existing ones"

    @property
    def is_single(self) -> bool:
        """True while one world is served."""
        return len(self._worlds) == 1

    def find(self, name: str) -> World | None:
        """Return the world of this name, None when there is none or its file is damaged."""
        return self._worlds.get(name)

    def drain(self, drains: bool) -> None:
        """Take no new worlds from now on, or take them again."""
        self.is_draining = drains

    def names(self) -> list[str]:
        """Return the names of all worlds, in order of creation."""
        return list(self._worlds)

    def all(self) -> list[World]:
        """Return all worlds."""
        return list(self._worlds.values())

    def drop(self, name: str) -> None:
        """Remove a world and its file, damaged or not, or forget where it has moved; `main` cannot be dropped."""
        if name == "main":
            raise Conflict("The world main cannot be dropped; reset it.")
        damage = self.damaged.pop(name, None)
        if damage is not None:
            remove(damage.path)
            self.shelf.clear(name)
            self.checks.results.pop(name, None)
            return
        if name in self.moved and name not in self._worlds:
            del self.moved[name]
            return
        self._drop(self.get(name))

    def _drop(self, world: World, reason: str = "") -> None:
        name = world.name
        with world.ending(), self._lock:
            if self.get(name) is not world:  # meanwhile the world was dropped and another of its name created
                raise UnknownWorld(f"The world {name} has just been dropped.")
            del self._worlds[name]
            world.store.delete(reason)
            self.shelf.clear(name)
        world.stop_scenario("The world was dropped.")
        world.changed.notify_change()
        world.wake(world)  # else the ticker would keep it, its connections open, until its next due time

    def drop_all(self, prefix: str) -> list[str]:
        """Remove every world but `main` whose name begins with a prefix, damaged ones too; returns their names."""
        dropped = []
        for name in [*self.names(), *self.damaged, *self.moved]:
            if name.startswith(prefix) and name != "main":
                with suppress(UnknownWorld):  # another call has just dropped it
                    self.drop(name)
                    dropped.append(name)
        return dropped

    def _failed(self, world: World, error: Exception) -> Refusal | None:
        """Return the refusal for an error of a world's file, None for other errors; a world whose file is damaged is closed."""
        path = world.store.path
        if full := self.limits.refusal_of(world.name, path, error):
            return full
        damage = checking.damage_in_use(path, error)
        damage = damage or checking.unreadable_row(path, error, self.kinds, self.vendor_names)
        if damage is None:
            refusal = checking.refusal_of_file(path, error)
            if refusal is not None and str(path) in refusal.message:
                world.store.note_trouble(refusal.message)
            return refusal
        self._lose(world.name, damage)
        return self._refusal_of(world.name, damage)

    def _lose(self, name: str, damage: Damage) -> None:
        with self._lock:
            world = self._worlds.get(name)
            if world is not None and world.store.path != damage.path:
                return  # meanwhile it was created again
            log.error("The world %s is not served: %s", name, damage.reason)
            self.damaged[name] = damage
            self._worlds.pop(name, None)
        self.checks.results.pop(name, None)
        if world is not None:
            world.store.close(self._refusal_of(name, damage).message)
            world.stop_scenario("The world's file is damaged.")
            world.changed.notify_change()
            world.wake(world)

    def close(self) -> None:
        """Close every world's database; in kept worlds the keys' last use is stored first."""
        self._sweeper.close()
        self.checks.close()
        for world in self.all():
            world.stop_scenario("The server stops.")
            with world.engine:
                if self.config.data is not None:
                    try:
                        with world.store.atomic() as tx:
                            keys.used(tx, world.key_used)
                        world.store.put_meta(requests=world.journal.last_number)
                    except (DataError, sqlite3.Error) as error:  # the other worlds must still be closed
                        words = "When the keys of the world %s were last used cannot be written down: %s"
                        log.error(words, world.name, error)
                world.store.close()
        self.spares.close()


def refusal_of(name: str, damage: Damage) -> DamagedWorld:
    """Return the refusal for a world whose file is damaged: which file, why, and how to repair it."""
    delete = "" if name == "main" else f", or drop it with DELETE /_mockmarket/worlds/{name}"
    return DamagedWorld(
        f"The world {name} cannot be used: {damage.reason} Reset it with POST /w/{name}/_mockmarket/reset, restore a snapshot of it with "
        f"POST /w/{name}/_mockmarket/snapshots/{{name}}/restore, upload a state with PUT /w/{name}/_mockmarket/state{delete}."
    )
