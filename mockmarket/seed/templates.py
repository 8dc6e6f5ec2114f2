"""Templates: a fixture planted once into a database file, from which worlds are copied and reset in well under a millisecond."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from mockmarket.clock import HOUR, Clock, Setting as ClockSetting, iso_s, wall_ms
from mockmarket.config import Cache, Config
from mockmarket.errors import Invalid
from mockmarket.seed import cache, lines, moments, reading
from mockmarket.seed.planting import Misplanted, default_settings, plant
from mockmarket.store import Store, StoreHooks, copies, schema
from mockmarket.store.database import no_origin
from mockmarket.store.files import DataError, plain_file
from mockmarket.vendor import Vendor
from mockmarket.worlds.world import running_from


@dataclass(frozen=True, slots=True)
class Planted:
    """A planted database, when its world begins, the start that was asked for, and whether its clock stands."""

    path: Path
    begins: int
    named: int | None
    frozen: bool

    @property
    def clock(self) -> ClockSetting:
        """The clock that a world of it begins with: one without a start shows the time of day."""
        if self.frozen:
            return ClockSetting(frozen_at=wall_ms() if self.named is None else self.begins)
        return ClockSetting() if self.named is None else running_from(self.begins)


class Templates:
    """Ready databases by fixture, start and seed, kept in one folder for as long as the process lives.

    A world that is given no start begins in the running hour, so that every world of that hour shares a template.
    """

    def __init__(self, folder: Path, config: Config, vendors: Sequence[Vendor], cache: Cache | None = None) -> None:
        self.folder = folder
        self.config = config
        self.vendors = vendors
        self.cache = cache
        self._planted: dict[tuple[str, int, int | None, int, int], Planted] = {}
        self._files: dict[tuple[str, int, int, int], Path] = {}
        self._read: dict[tuple[Path, int], reading.Fixture] = {}
        self._numbers = count()
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def __call__(self, fixture: str, start: int | None, seed: int | None) -> tuple[Path, int, ClockSetting]:
        """Return a ready database for a fixture, its start, and the clock to begin with (see `worlds.registry.Template`)."""
        path = reading.find(fixture)
        with self._lock:
            if reading.is_database(path):
                return self.from_database(path)
            return self.from_words(path, start, seed)

    def from_words(self, path: Path, start: int | None, seed: int | None) -> tuple[Path, int, ClockSetting]:
        """Plant a YAML or JSON fixture, or take the copy that stands ready."""
        start = self.config.now if start is None else start
        if start is not None and start < 0:
            raise Invalid(f"A world cannot begin at {iso_s(start)}, before the year 1970.")
        seed = seed if seed is not None else self.config.seed or 0
        hour = wall_ms() // HOUR * HOUR if start is None else start
        known = (str(path), path.stat().st_mtime_ns, start, hour, seed)
        if known not in self._planted:
            self._planted[known] = self.from_cache(path, start, hour, seed)
        planted = self._planted[known]
        return planted.path, planted.begins, planted.clock

    def from_cache(self, path: Path, start: int | None, hour: int, seed: int) -> Planted:
        """Take what an earlier start has planted, or plant it and keep it for later ones."""
        if self.cache is None:
            return self.plant(path, start, hour, seed)[0]
        secrets = self.config.seeded_secrets
        key = cache.key_of(self.cache, path, start=start, hour=hour, seed=seed, seeded_secrets=secrets)
        target = self.new_file()
        header = cache.load(self.cache, key, target) if key else None
        if header is not None:
            return Planted(target, **header)
        planted, lasting = self.plant(path, start, hour, seed)
        if lasting and key:
            header = {"begins": planted.begins, "named": planted.named, "frozen": planted.frozen}
            cache.save(self.cache, key, planted.path, **header)
        return planted

    def plant(self, path: Path, start: int | None, hour: int, seed: int) -> tuple[Planted, bool]:
        """Plant a fixture, or take the file planted with the same start; tells too whether it may be kept for another process.

        Secrets that were minted for this process and that no seed gives may not.
        """
        fixture = self.fixture(path)
        own = fixture.content["start"]
        named = moments.moment(own, hour) if start is None and own is not None else start
        begins = hour if named is None else named
        known = (str(path), path.stat().st_mtime_ns, begins, seed)
        minted = True
        if known not in self._files:
            self._files[known], minted = self.make(path, fixture, begins, named, seed)
        return Planted(self._files[known], begins, named, fixture.content["frozen"]), not minted

    def fixture(self, path: Path) -> reading.Fixture:
        """Return a fixture as read, read again when its file has changed."""
        known = (path, path.stat().st_mtime_ns)
        if known not in self._read:
            self._read[known] = reading.load(path, self.vendors)
        return self._read[known]

    def make(self, path: Path, fixture: reading.Fixture, start: int, named: int | None, seed: int) -> tuple[Path, bool]:
        """Plant a fixture into a new database file without a log beside it; Invalid, and no file, when it cannot be.

        Tells too whether secrets were minted that no seed gives.
        """
        target = self.new_file()
        schema.prepare(target, [kind for vendor in self.vendors for kind in vendor.records.kinds], "OFF", seed)
        clock = Clock(ClockSetting(frozen_at=start))
        store = Store(target, clock, seed, "OFF", self.config.seeded_secrets, StoreHooks(self.vendors))
        try:
            store.use_settings(default_settings(self.vendors))
            plant(store, fixture.content, self.vendors, start)
            store.put_meta(fixture=str(path), start=start, given_start=named)
            store.checkpoint()
        except Misplanted as error:
            raise lines.refused(path, lines.outline(path), [(error.where, str(error))]) from error
        finally:
            store.close()
        with plain_file(target):
            pass
        return target, store.minted

    def new_file(self) -> Path:
        """Return the path of the next template; what a failed one left there is gone, its seed with it."""
        target = self.folder / f"{next(self._numbers)}.db"
        for suffix in ("", "-wal", "-shm"):
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        return target

    def from_database(self, path: Path) -> tuple[Path, int, ClockSetting]:
        """Take a SQLite file as the fixture that it is: its own clock, its own start."""
        known = (str(path), path.stat().st_mtime_ns, 0, 0)
        if known not in self._files:
            self._files[known] = copy_as_template(path, self.new_file(), self.vendors)
        meta = copies.described(self._files[known])
        return self._files[known], int(meta["start"]), meta["clock"]


def copy_as_template(path: Path, target: Path, vendors: Sequence[Vendor]) -> Path:
    """Copy a world's SQLite file, checked and brought to this version; Invalid when it is none."""
    kinds = [kind for vendor in vendors for kind in vendor.records.kinds]
    try:
        copies.import_world(path, target, kinds, [vendor.name for vendor in vendors])
    except DataError as error:
        raise Invalid(str(error)) from error
    meta = copies.described(target)
    planted_from = meta.get("planted_from") or meta["fixture"]
    copies.finish(target, {"fixture": str(path), "planted_from": planted_from, **no_origin(meta)})
    return target
