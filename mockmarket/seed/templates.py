"""Templates: a fixture planted once into a database file, from which worlds are copied and reset in under a millisecond."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockmarket.clock import HOUR, Setting as ClockSetting, iso_s, wall_ms
from mockmarket.errors import NO_ROOM, Invalid
from mockmarket.frozen import dataclass
from mockmarket.seed import cache, finding
from mockmarket.seed.finding import Source
from mockmarket.store import copies, schema
from mockmarket.store.checking import writing
from mockmarket.store.file_pool import LARGEST
from mockmarket.store.files import DataError, copy_file, make_folder, remove
from mockmarket.store.origin import no_origin
from mockmarket.worlds.world import running_from

if TYPE_CHECKING:
    from mockmarket.config import Cache, Config
    from mockmarket.seed import reading
    from mockmarket.vendor import Vendor


Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Planted:
    """A planted database: its world's start, the requested start, whether its clock is frozen, and its keys by vendor."""

    path: Path
    begins: int
    fixed_start: int | None
    frozen: bool
    credentials: Mapping[str, Sequence[Mapping[str, Any]]]

    @property
    def clock(self) -> ClockSetting:
        """The initial clock of its worlds; without a start it shows the machine's time."""
        if self.frozen:
            return ClockSetting(frozen_at=wall_ms() if self.fixed_start is None else self.begins)
        return ClockSetting() if self.fixed_start is None else running_from(self.begins)


MOST_TEXTS = 64
"""Most fixtures given as text whose databases are kept: those used last."""
IN_HEADER = ("begins", "fixed_start", "frozen", "credentials")
"""The members that a cached template stores beside its database."""


class Templates:
    """Ready databases by fixture, start and seed, kept in one folder while the process lives. A world without a start
    begins in the current hour, so that every world of that hour shares a template."""

    def __init__(self, folder: Path, config: Config, vendors: Sequence[Vendor], cache: Cache | None = None) -> None:
        self.folder = folder
        self.config = config
        self.vendors = vendors
        self.cache = cache
        self._planted: dict[tuple[Source, Version, int | None, int, int], Planted] = {}
        self._files: dict[tuple[str, Version, int, int], Path] = {}
        self._read: dict[tuple[Source, Version], reading.Fixture] = {}
        self._numbers = count()
        self._locks: dict[str, threading.Lock] = {}
        self._texts: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()
        make_folder(folder)

    def __call__(self, fixture: str, start: int | None, seed: int | None) -> tuple[Path, int, ClockSetting]:
        """Return a ready database for a fixture, its start, and its initial clock (see `worlds.registry.Template`)."""
        source = finding.find(fixture, self.config.may_read)
        with self._lock_of(source):
            if database := source.database:
                return self.from_database(database)
            planted = self.from_words(source, start, seed)
            return planted.path, planted.begins, planted.clock

    def credentials(self, fixture: str) -> Mapping[str, Sequence[Mapping[str, Any]]] | None:
        """Return the keys by vendor of a fixture planted with the process's settings; None for a SQLite file."""
        source = finding.find(fixture, self.config.may_read)
        with self._lock_of(source):
            return None if source.database else self.from_words(source, None, None).credentials

    def secrets(self) -> list[str]:
        """Return the secrets of the keys of every planted fixture."""
        planted = [*self._planted.values()]
        return [key["secret"] for each in planted for keys in each.credentials.values() for key in keys]

    def _lock_of(self, source: Source) -> threading.Lock:
        """Return the lock of one fixture: others do not wait while it is read."""
        with self._lock:
            if not source.files:
                self._texts[source.name] = None
                self._texts.move_to_end(source.name)
            if len(self._texts) > MOST_TEXTS:
                self._forget(self._texts.popitem(last=False)[0])
            return self._locks.setdefault(source.name, threading.Lock())

    def _forget(self, text: str) -> None:
        """Forget a fixture that was given as text, and delete its databases; a world that is reset to it plants it again."""
        self._locks.pop(text, None)
        for planted in [key for key in list(self._planted) if key[0].name == text]:
            self._planted.pop(planted)
        for read in [key for key in list(self._read) if key[0].name == text]:
            self._read.pop(read)
        for known in [key for key in list(self._files) if key[0] == text]:
            remove(self._files.pop(known))

    def from_words(self, source: Source, start: int | None, seed: int | None) -> Planted:
        """Plant a YAML or JSON fixture, or return the existing template."""
        start = self.config.now if start is None else start
        if start is not None and start < 0:
            raise Invalid(f"A world cannot begin at {iso_s(start)}, before the year 1970.")
        seed = seed if seed is not None else self.config.seed or 0
        hour = wall_ms() // HOUR * HOUR if start is None else start
        known = (source, source.version, start, hour, seed)
        if known not in self._planted:
            self._planted[known] = self.from_cache(source, start, hour, seed)
        return self._planted[known]

    def from_cache(self, source: Source, start: int | None, hour: int, seed: int) -> Planted:
        """Return the template that an earlier process cached, or plant it and cache it."""
        if self.cache is None:
            return self.plant(source, start, hour, seed)[0]
        secrets = self.config.seeded_secrets
        key = cache.key_of(self.cache, source, start=start, hour=hour, seed=seed, seeded_secrets=secrets)
        target = self.new_file()
        header = cache.load(self.cache, key, target) if key else None
        if header is not None:
            return Planted(target, **header)
        planted, lasting = self.plant(source, start, hour, seed)
        if lasting and key:
            cache.save(self.cache, key, planted.path, **{name: getattr(planted, name) for name in IN_HEADER})
        return planted

    def plant(self, source: Source, start: int | None, hour: int, seed: int) -> tuple[Planted, bool]:
        """Plant a fixture, or return the file planted with the same start; also returns whether it may be cached for
        other processes: not when it contains secrets that the seed does not determine."""
        from mockmarket.seed import making

        fixture = self.fixture(source)
        fixed_start = making.own_start(fixture, hour) if start is None else start
        begins = hour if fixed_start is None else fixed_start
        known = (source.name, source.version, begins, seed)
        lasting = False
        if known not in self._files:
            target, secrets = self.new_file(), self.config.seeded_secrets
            try:
                with writing(target):
                    lasting = not making.plant_file(
                        target,
                        fixture,
                        self.vendors,
                        begins,
                        given_start=fixed_start,
                        seed=seed,
                        seeded_secrets=secrets,
                    )
            except BaseException:
                remove(target)
                raise
            self._files[known] = target
        credentials = making.credentials_of(fixture, self.vendors, begins)
        return Planted(self._files[known], begins, fixed_start, fixture.content["frozen"], credentials), lasting

    def fixture(self, source: Source) -> reading.Fixture:
        """Return a fixture's content, read again when a file of it has changed."""
        from mockmarket.seed import reading

        known = (source, source.version)
        if known not in self._read:
            self._read[known] = reading.load(source, self.vendors)
        return self._read[known]

    def new_file(self) -> Path:
        """Return the path of the next template, removing what a failed attempt left."""
        target = self.folder / f"{next(self._numbers)}.db"
        for suffix in ("", "-wal", "-shm"):
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        return target

    def from_database(self, path: Path) -> tuple[Path, int, ClockSetting]:
        """Return a SQLite file as a template, with its own clock and start. A large file that is ready as it is, is its own template, as
        long as nothing in it has changed since it was checked."""
        known = (str(path), (path.stat().st_mtime_ns,), 0, 0)
        if known not in self._files or (self._files[known] == path and not self._is_checked(path)):
            self._files[known] = self._from_file(path)
        meta = copies.described(self._files[known])
        return self._files[known], int(meta["start"]), meta["clock"]

    def _from_file(self, path: Path) -> Path:
        """Copy a world's file unless it is ready, checked unless an earlier start has checked it as it is."""
        if self._is_checked(path):
            is_ready = path.stat().st_size > LARGEST and copies.is_ready(path)
            return path if is_ready else copy_checked(path, self.new_file())
        target = self.new_file()
        copy_as_template(path, target, self.vendors)
        if self.cache is not None and is_current(path, self.vendors):
            cache.note_checked(self.cache, path)
        return target

    def _is_checked(self, path: Path) -> bool:
        return self.cache is not None and cache.is_checked(self.cache, path)


def copy_as_template(path: Path, target: Path, vendors: Sequence[Vendor]) -> Path:
    """Copy a world's SQLite file, checked and upgraded to this version; Invalid when it is not a world's."""
    kinds = [kind for vendor in vendors for kind in vendor.records.kinds]
    try:
        copies.import_world(path, target, kinds, [vendor.name for vendor in vendors])
    except DataError as error:
        raise Invalid(str(error)) from error
    return _as_fixture(path, target)


def copy_checked(path: Path, target: Path) -> Path:
    """Copy a world's SQLite file that was checked before and has this version."""
    try:
        copy_file(path, target)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise
        raise Invalid(f"{path} cannot be copied: {error.strerror}.") from error
    return _as_fixture(path, target)


def is_current(path: Path, vendors: Sequence[Vendor]) -> bool:
    """Return whether a world's file has all tables of this version."""
    return not schema.lacks(path, [kind for vendor in vendors for kind in vendor.records.kinds])


def _as_fixture(path: Path, target: Path) -> Path:
    meta = copies.described(target)
    planted_from = meta.get("planted_from") or meta["fixture"]
    copies.finish(target, {"fixture": str(path), "planted_from": planted_from, **no_origin(meta)})
    return target
