"""The cache of planted fixtures between starts: its entries are never stale, and it can be deleted at any time."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from mockmarket.app import App
from mockmarket.cli import main
from mockmarket.config import Cache, Config
from mockmarket.errors import Invalid
from mockmarket.seed import cache, finding, templates
from mockmarket.seed.generate import files
from mockmarket.seed.generate.fixture import Plan
from mockmarket.seed.planting import Progress
from mockmarket.seed.templates import Templates
from mockmarket.store import file_pool
from mockmarket.vendor import discover
from mockmarket.worlds.world import World

START = 1_800_000_000_000
VENDORS = discover()
FIXTURE = """
venues: [{id: hall, name: Hall, city: London, zone: Europe/London}]
events: [{id: gig, name: Gig, venue: hall, starts: +3d 20:00}]
stock: [{event: gig, section: A, row: 1-3, seats: 8, price: 40}]
"""
MINTS = 'keys: [{vendor: portal, name: caller, secret: portal_secret_1, callback_url: "https://example.com/hook"}]'


@pytest.fixture(autouse=True)
def old_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the cache keep fixtures even if the code was changed just now."""
    monkeypatch.setattr(cache, "FRESH_MS", -3_600_000)


@pytest.fixture
def disk_cache(old_code: None, tmp_path: Path) -> Cache:
    """Return an empty cache for the present code."""
    disk_cache = cache.open_cache({"XDG_CACHE_HOME": str(tmp_path / "cache")})
    assert disk_cache is not None
    return disk_cache


@pytest.fixture(scope="module")
def own_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the fixture that is planted stands."""
    return tmp_path_factory.mktemp("own") / "own.yaml"


@pytest.fixture(scope="module")
def uncached(own_file: Path) -> list[str]:
    """Return what a start without a cache plants."""
    own_file.write_text(FIXTURE)
    return dump(Templates(own_file.parent / "templates", Config(), VENDORS, None)(str(own_file), START, 1)[0])


@pytest.fixture
def plant(tmp_path: Path, own_file: Path) -> Callable[[Cache | None, str], Path]:
    """Return a function that plants a fixture in a new folder, as another process would, and returns the database."""

    def plant_fixture(disk_cache: Cache | None, text: str = FIXTURE) -> Path:
        own_file.write_text(text)
        folder = tmp_path / f"templates-{len(list(tmp_path.iterdir()))}"
        return Templates(folder, Config(), VENDORS, disk_cache)(str(own_file), START, 1)[0]

    return plant_fixture


def entries(disk_cache: Cache) -> list[Path]:
    """Return the entries of a cache."""
    return sorted(disk_cache.folder.iterdir())


def dump(path: Path) -> list[str]:
    """Return a database as SQL, without the times of its migrations."""
    with closing(sqlite3.connect(path)) as conn:
        return [line for line in conn.iterdump() if "_sqlite_migrations" not in line]


Plant = Callable[..., Path]


@pytest.mark.thorough
def test_second_start_takes_what_first_planted(disk_cache: Cache, plant: Plant, uncached: list[str]) -> None:
    first = plant(disk_cache)
    (entry,) = entries(disk_cache)
    before = entry.read_bytes()

    second = plant(disk_cache)

    assert second.read_bytes() == first.read_bytes()
    assert dump(second) == uncached
    assert entry.read_bytes() == before
    assert entries(disk_cache) == [entry]
    assert stat.S_IMODE(entry.stat().st_mode) == 0o600


def test_entry_is_what_a_start_takes(disk_cache: Cache, plant: Plant, tmp_path: Path) -> None:
    plant(disk_cache)
    (entry,) = entries(disk_cache)
    database = tmp_path / "other.db"
    with closing(sqlite3.connect(database)) as conn:
        conn.execute("CREATE TABLE mark (x)")
    header = {"begins": START, "fixed_start": START, "frozen": False, "credentials": {"portal": [{"name": "x" * 9000}]}}

    cache.save(disk_cache, entry.stem, database, **header)

    assert dump(plant(disk_cache)) == dump(database)


@pytest.mark.thorough
@pytest.mark.parametrize("change", [(" 40", " 41"), ("Gig", "Gag"), ("+3d", "+4d")])
def test_changed_byte_of_fixture_is_another_entry(disk_cache: Cache, plant: Plant, change: tuple[str, str]) -> None:
    plant(disk_cache)

    changed = plant(disk_cache, FIXTURE.replace(*change))

    assert dump(changed) == dump(plant(None, FIXTURE.replace(*change)))
    assert len(entries(disk_cache)) == 2


@pytest.mark.parametrize("values", [{"start": 1}, {"hour": 1}, {"seed": 1}, {"seeded_secrets": True}])
def test_each_value_that_planting_uses_is_in_the_key(
    disk_cache: Cache, tmp_path: Path, values: dict[str, object]
) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(FIXTURE)
    source = finding.find(str(file))
    plain = {"start": 0, "hour": 0, "seed": 0, "seeded_secrets": False}

    assert cache.key_of(disk_cache, source, **plain) != cache.key_of(disk_cache, source, **(plain | values))
    assert cache.key_of(disk_cache, source, **plain) != cache.key_of(Cache(disk_cache.folder, "other"), source, **plain)


def test_changed_code_is_another_state(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("PRICE = 1\n")
    times = module.stat()
    before = cache.digest_of(("1",), cache.statuses(str(tmp_path)))

    module.write_text("PRICE = 2\n")
    os.utime(module, ns=(times.st_atime_ns, times.st_mtime_ns))

    assert cache.digest_of(("1",), cache.statuses(str(tmp_path)))[0] != before[0]


def test_version_is_part_of_the_state() -> None:
    assert cache.digest_of(("1", "3.40"), ()) != cache.digest_of(("1", "3.41"), ())


def test_state_covers_package_libraries_and_zones() -> None:
    files = [path for path, _ in cache.code_files()]

    for end in ("mockmarket/seed/planting.py", "mockmarket/vendors/skybox/rules/stock_sync.py", "yaml/__init__.py"):
        assert any(path.endswith(end) for path in files), end
    for library in ("marshmallow", "orjson", "tzdata"):
        assert any(f"/{library}" in path for path in files), library


def test_code_that_has_just_changed_keeps_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cache, "FRESH_MS", 10**15)

    assert cache.open_cache({"XDG_CACHE_HOME": str(tmp_path)}) is None


@pytest.mark.thorough
@pytest.mark.parametrize("damage", ["", "x", "short", "flipped", "no json"])
def test_damaged_entry_is_made_anew(disk_cache: Cache, plant: Plant, uncached: list[str], damage: str) -> None:
    plant(disk_cache)
    (entry,) = entries(disk_cache)
    good = entry.read_bytes()
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 1
    contents = {"short": good[:-1], "flipped": bytes(flipped), "no json": b"0" * 64 + b"{\n"}
    entry.write_bytes(contents.get(damage, damage.encode()))

    database = plant(disk_cache)

    assert dump(database) == uncached
    assert len(entry.read_bytes()) == len(good)
    assert entry.read_bytes() != contents.get(damage, damage.encode())


@pytest.mark.thorough
def test_deleting_the_cache_does_no_harm(disk_cache: Cache, tmp_path: Path) -> None:
    App(Config(fixture="small", cache=disk_cache)).open().close(0)
    app = App(Config(fixture="small", cache=disk_cache)).open()
    try:
        shutil.rmtree(disk_cache.folder)

        app.worlds.reset("main")
        _world, new = app.worlds.put("second", "small")
        app.worlds.put("third", "default")
    finally:
        app.close(0)

    assert new
    assert not disk_cache.folder.exists()


@pytest.mark.thorough
def test_starts_at_once_share_a_cache(disk_cache: Cache, tmp_path: Path) -> None:

    def start(number: int) -> Path:
        return Templates(tmp_path / f"start-{number}", Config(), VENDORS, disk_cache)("small", START, 1)[0]

    with ThreadPoolExecutor(4) as pool:
        databases = list(pool.map(start, range(8)))

    assert all(dump(path) == dump(databases[0]) for path in databases)
    assert [path.suffix for path in entries(disk_cache)] == [cache.ENDING]


def test_minted_secrets_are_not_kept(disk_cache: Cache, plant: Plant) -> None:

    first, second = plant(disk_cache, FIXTURE + MINTS), plant(disk_cache, FIXTURE + MINTS)

    assert dump(first) != dump(second)
    assert entries(disk_cache) == []


def test_cache_has_bounds(disk_cache: Cache, tmp_path: Path) -> None:
    source = tmp_path / "source.db"
    source.write_bytes(b"x")
    partial = disk_cache.folder / f"killed{cache.PARTIAL}"
    partial.write_bytes(b"x")
    os.utime(partial, (0, 0))

    for number in range(cache.MOST + 3):
        cache.save(disk_cache, f"{number:064}", source)

    assert len(entries(disk_cache)) == cache.MOST
    assert f"{cache.MOST + 2:064}{cache.ENDING}" in [path.name for path in entries(disk_cache)]


def test_cache_that_cannot_be_written_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "open" / "mockmarket").mkdir(parents=True)
    (tmp_path / "open" / "mockmarket").chmod(0o777)
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "mockmarket").symlink_to(tmp_path)

    for place in ("file", "open", "link"):
        assert cache.open_cache({"XDG_CACHE_HOME": str(tmp_path / place)}) is None


def test_failing_write_stops_no_start(disk_cache: Cache, plant: Plant) -> None:
    shutil.rmtree(disk_cache.folder)

    assert dump(plant(disk_cache)) == dump(plant(None))


@pytest.mark.parametrize(("option", "count"), [("--cache", 1), ("--no-cache", 0)])
def test_command_line_decides_whether_to_keep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str, count: int
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    result = CliRunner().invoke(main, ["exec", "--fixture", "small", option, "--", "true"])

    assert result.exit_code == 0, result.output
    assert len(list(tmp_path.rglob(f"*{cache.ENDING}"))) == count


def database(tmp_path: Path, plant: Plant) -> Path:
    """Return a fixture that is a database."""
    file = tmp_path / "world.db"
    shutil.copyfile(plant(None), file)
    return file


def copy_of(disk_cache: Cache, file: Path, tmp_path: Path) -> Path:
    """Return the template that another process makes of a database."""
    return Templates(tmp_path / f"copies-{len(list(tmp_path.iterdir()))}", Config(), VENDORS, disk_cache)(
        str(file), None, None
    )[0]


def test_database_is_checked_once(disk_cache: Cache, plant: Plant, tmp_path: Path) -> None:
    file = database(tmp_path, plant)
    assert not cache.is_checked(disk_cache, file)

    first = copy_of(disk_cache, file, tmp_path)

    assert cache.is_checked(disk_cache, file)
    assert dump(copy_of(disk_cache, file, tmp_path)) == dump(first)


@pytest.mark.thorough
def test_changed_database_is_checked_again(disk_cache: Cache, plant: Plant, tmp_path: Path) -> None:
    file = database(tmp_path, plant)
    copy_of(disk_cache, file, tmp_path)
    times = file.stat()
    with closing(sqlite3.connect(file)) as conn, conn:
        conn.execute("UPDATE meta SET value = 'none' WHERE name = 'seed'")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))

    assert not cache.is_checked(disk_cache, file)
    with pytest.raises(Invalid, match="no whole number as seed"):
        copy_of(disk_cache, file, tmp_path)


def test_database_of_other_code_is_checked_again(disk_cache: Cache, plant: Plant, tmp_path: Path) -> None:
    file = database(tmp_path, plant)
    copy_of(disk_cache, file, tmp_path)

    assert not cache.is_checked(Cache(disk_cache.folder, "other"), file)


@pytest.mark.thorough
def test_generated_file_counts_as_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    file = tmp_path / "generated.db"

    result = CliRunner().invoke(main, ["fixture", "generate", "--events", "2", "--listings", "20", "--out", str(file)])

    assert result.exit_code == 0, result.output
    opened = cache.open_cache({"XDG_CACHE_HOME": str(tmp_path)})
    assert opened is not None
    assert cache.is_checked(opened, file)


@pytest.fixture
def large_file(disk_cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a generated file, while any file counts as large."""
    for module in (templates, file_pool):
        monkeypatch.setattr(module, "LARGEST", 0)
    file = tmp_path / "generated.db"
    files.generate(files.Order(Plan(2, 20), file), VENDORS, Progress())
    cache.note_checked(disk_cache, file)
    return file


def test_large_generated_file_is_its_own_template(disk_cache: Cache, large_file: Path, tmp_path: Path) -> None:
    assert copy_of(disk_cache, large_file, tmp_path) == large_file


def dump_own(world: World) -> list[str]:
    """Return the rows of a world's own file, once its file is copied."""
    with world.store.atomic():  # a write waits for the copy
        pass
    return dump(world.store.path)


@pytest.mark.thorough
def test_worlds_leave_their_template_as_it_is(disk_cache: Cache, large_file: Path) -> None:
    before, content = cache.is_checked(disk_cache, large_file), large_file.read_bytes()
    app = App(Config(fixture=str(large_file), cache=disk_cache)).open()
    try:
        world = app.worlds.get("main")
        listed = dump_own(world)
        for _ in range(2):
            with world.store.atomic() as tx:
                tx.conn.execute("DELETE FROM portal_listing")
            app.worlds.reset("main")
        restored = dump_own(world)
    finally:
        app.close()

    assert before
    assert cache.is_checked(disk_cache, large_file)
    assert large_file.read_bytes() == content
    assert restored == listed


@pytest.mark.thorough
def test_changed_template_is_checked_before_the_next_world(disk_cache: Cache, large_file: Path, tmp_path: Path) -> None:
    own = Templates(tmp_path / "templates", Config(), VENDORS, disk_cache)
    assert own(str(large_file), None, None)[0] == large_file
    times = large_file.stat()
    with closing(sqlite3.connect(large_file)) as conn, conn:
        conn.execute("UPDATE meta SET value = 'none' WHERE name = 'seed'")
    os.utime(large_file, ns=(times.st_atime_ns, times.st_mtime_ns))

    with pytest.raises(Invalid, match="no whole number as seed"):
        own(str(large_file), None, None)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE meta SET value = '/elsewhere.db' WHERE name = 'fixture'",
        "INSERT INTO meta VALUES ('origin_fixture', 'default')",
        "INSERT INTO timer (vendor, name, record, due) VALUES ('core', 'next', '', 0)",
    ],
)
def test_file_that_is_not_ready_is_copied(disk_cache: Cache, large_file: Path, tmp_path: Path, statement: str) -> None:
    with closing(sqlite3.connect(large_file)) as conn, conn:
        conn.execute(statement)
    cache.note_checked(disk_cache, large_file)

    assert copy_of(disk_cache, large_file, tmp_path) != large_file
