"""World: one isolated universe with its own database, clock, ids, keys, endpoints, journal and deliveries; and worlds by name."""

from __future__ import annotations

import itertools
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from mockmarket import journal
from mockmarket.clock import Clock, wall_ms
from mockmarket.clock import Setting as ClockSetting
from mockmarket.config import Config
from mockmarket.errors import Conflict, Invalid, NotFound, UnknownWorld
from mockmarket.ratelimit import Meter
from mockmarket.store import Read, Store, Tx, keys, outbox, schema, settings
from mockmarket.vendors.base import Setting, Vendor

CORE_SETTINGS: Mapping[str, Setting] = {
    "signature_time": Setting(
        "wall", "Which time a signature's stamp has: the machine's, as receivers check it against theirs, or the world's.",
        ("wall", "world"),
    ),
}  # fmt: skip
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Courier(Protocol):
    """Who sends deliveries inside a request, for vendors that do not leave it to the background."""

    def depart(self, world: World, tx: Tx, ids: Sequence[int]) -> Any:
        """Claim deliveries within the transaction that made them, so that nobody else sends them."""

    def fly(self, world: World, departing: Any) -> list[bool]:
        """Send what departed, wait, settle; returns for each whether it was delivered. Call it with no transaction open."""


class World:
    """One universe. Its `store` holds all that is kept; the rest is what is going on at the moment."""

    def __init__(self, name: str, store: Store, vendors: Iterable[Vendor], config: Config) -> None:
        self.name = name
        self.store = store
        self.clock = store.clock
        self.config = config
        self.vendors = {vendor.name: vendor for vendor in vendors}
        self.journal = journal.Journal(config.limits)
        self.engine = threading.RLock()
        self.epoch = 0
        self.in_flight: Counter[str] = Counter()
        self.landed = threading.Condition()
        self.key_used: dict[str, int] = {}
        self.meter = Meter()
        self.wake: Callable[[World], None] = lambda world: None
        self.courier: Courier
        store.listeners = tuple(self.vendors.values())
        self.load_settings()

    def read(self) -> Read:
        """Return a view of the database for reading."""
        return self.store.read()

    @contextmanager
    def atomic(self) -> Iterator[Tx]:
        """Run a write transaction; once it is committed, what it left to be done is started on."""
        with self.store.atomic(journal.current.get()) as tx:
            yield tx
            if tx.stirs:
                tx.after_commit.append(lambda: self.wake(self))

    def settings_of(self, vendor: str) -> Mapping[str, Any]:
        """Return every setting of a vendor, or of the `core`, as it is in this world."""
        return self.store.settings[vendor]

    def load_settings(self) -> None:
        """Take the settings from the database, defaults beneath them."""
        changed = settings.load(self.read())
        declared = {"core": CORE_SETTINGS} | {name: vendor.settings for name, vendor in self.vendors.items()}
        self.store.settings = {
            vendor: {name: changed.get((vendor, name), setting.default) for name, setting in known.items()}
            for vendor, known in declared.items()
        }

    def vendor(self, name: str) -> Vendor:
        """Return the vendor of this name; NotFound lists those that there are."""
        if name not in self.vendors:
            raise NotFound(f"There is no vendor {name!r}; there are {', '.join(self.vendors)}.")
        return self.vendors[name]

    @property
    def calendar(self) -> list[tuple[str, str]]:
        """The (vendor, name) of every timer that is only a date, such as an event's end: none that something waits for."""
        return [(vendor.name, name) for vendor in self.vendors.values() for name in vendor.calendar]

    def declared(self, vendor: str) -> Mapping[str, Setting]:
        """Return the settings that a vendor, or the `core`, has; NotFound for another name."""
        return CORE_SETTINGS if vendor == "core" else self.vendor(vendor).settings

    def change_settings(self, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """Change settings, all or none; None goes back to the default. Invalid names each that is unknown or wrong."""
        wrong = list(self._wrong(changes))
        if wrong:
            raise Invalid("; ".join(f"{field} {text}" for field, text in wrong), details=wrong)
        with self.atomic() as tx:
            for vendor, values in changes.items():
                for name, value in values.items():
                    settings.put(tx, vendor, name, value)
        self.load_settings()

    def _wrong(self, changes: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
        for vendor, values in changes.items():
            declared = self.declared(vendor)
            for name, value in values.items():
                if name not in declared:
                    yield f"{vendor}.{name}", f"is no setting; there are {', '.join(declared) or 'none'}"
                elif value is not None and (problem := declared[name].check(value)):
                    yield f"{vendor}.{name}", problem

    def replace_with(self, source: Path, clock: ClockSetting | None) -> None:
        """Take over a copy's data, and its clock unless one is given; answers that are still under way are ignored.

        No transaction comes between the new data and the new epoch: an answer of before would be settled in it.
        """
        with self.engine, self.landed, self.store.alone():
            self.store.replace_with(source)
            if clock is not None:
                self.clock.reset(clock)
                self.store.keep_clock()
            self.epoch += 1
            self.in_flight.clear()
            self.key_used.clear()
            self.meter.clear()
            self.journal.clear()
            self.load_settings()
            self.landed.notify_all()
        self.wake(self)


Template = Callable[[str, int | None, int | None], tuple[Path, int, ClockSetting]]
"""Gives a ready database for (fixture, start, seed): its path, the start it has, and the clock to begin with."""


class Worlds:
    """The worlds of a process by name, each a file in one folder; `main` is always there."""

    def __init__(
        self, folder: Path, config: Config, vendors: tuple[Vendor, ...], template: Template, owner: str
    ) -> None:
        self.folder = folder
        self.config = config
        self.vendors = vendors
        self.template = template
        self.owner = owner
        self.wake: Callable[[World], None] = lambda world: None
        self.courier: Courier
        self._worlds: dict[str, World] = {}
        self._paths: set[Path] = set()
        self._lock = threading.RLock()
        (folder / "worlds").mkdir(parents=True, exist_ok=True)

    @property
    def kinds(self) -> list[Any]:
        """Every kind of record of every vendor."""
        return [kind for vendor in self.vendors for kind in vendor.kinds]

    @property
    def synchronous(self) -> Any:
        """How hard a commit is pressed onto the disk: not at all for worlds that go with the process."""
        return "OFF" if self.config.data is None else "FULL" if self.config.durable else "NORMAL"

    def open_kept(self) -> list[str]:
        """Open every world that an earlier process left in the folder, and free what it was sending; returns their names."""
        for path in sorted((self.folder / "worlds").glob("*.db")):
            schema.prepare(path, self.kinds, self.synchronous)
            world = self._add(path.stem.partition("~")[0], path)
            with world.store.atomic() as tx:
                outbox.free_of_others(tx, self.owner)
        return self.names()

    def put(
        self, name: str, fixture: str | None = None, start: int | None = None, seed: int | None = None
    ) -> tuple[World, bool]:
        """Make a world from a fixture, or put the one of this name to it; returns it and whether it is new.

        Without a fixture it begins as the process's own did. Invalid for a bad name or fixture.
        """
        if not NAME.fullmatch(name):
            raise Invalid(f"{name!r} cannot name a world: use letters, digits, dot, dash and underscore, 64 at most.")
        source, _, clock = self.template(fixture or self.config.fixture, start, seed)
        with self._lock:
            there = self._worlds.get(name)
            if there is None:
                return self._create(name, source, clock), True
        there.replace_with(source, clock)
        return there, False

    def _create(self, name: str, source: Path, clock: ClockSetting) -> World:
        path = self._new_path(name)
        copy_file(source, path)
        world = self._add(name, path)
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
        store = Store(path, Clock(), seed, self.synchronous, self.config.seeded_secrets)
        world = World(name, store, self.vendors, self.config)
        world.wake = lambda stirred: self.wake(stirred)
        world.courier = self.courier
        self._worlds[name] = world
        return world

    def reset(self, world: World) -> None:
        """Put a world back to what its fixture says, keys and endpoints included, its clock at the start."""
        meta = world.store.meta()
        source, _, clock = self.template(str(meta["fixture"]), meta["given_start"], int(meta["seed"]))
        world.replace_with(source, clock)

    def get(self, name: str) -> World:
        """Return the world of this name; UnknownWorld says how to make it."""
        try:
            return self._worlds[name]
        except KeyError:
            raise UnknownWorld(
                f"There is no world {name!r}. Make it with PUT /_mockmarket/worlds/{name}; there are {', '.join(self.names())}."
            ) from None

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
        with world.engine, self._lock:
            world.epoch += 1
            del self._worlds[name]
            world.store.close()
            for suffix in ("", "-wal", "-shm"):
                world.store.path.with_name(world.store.path.name + suffix).unlink(missing_ok=True)

    def close(self) -> None:
        """Close every world's database; one that is kept learns when its keys were last used."""
        for world in self.all():
            with world.engine:
                if self.config.data is not None:
                    with world.store.atomic() as tx:
                        keys.used(tx, world.key_used)
                world.store.close()


def copy_file(source: Path, target: Path) -> None:
    """Copy a database file that nobody writes to: a template, closed and without a log beside it."""
    partial = target.with_suffix(".partial")
    partial.write_bytes(source.read_bytes())
    partial.replace(target)


def running_from(start: int) -> ClockSetting:
    """Return a clock's state that begins at `start` (epoch ms) and runs from now on."""
    return ClockSetting(offset=start - wall_ms())
