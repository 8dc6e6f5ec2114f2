"""Ready copies of files: content, sources that change, files used again, bounds, nothing left."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mockmarket.clock import Clock
from mockmarket.config import Config
from mockmarket.store import Store, StoreHooks, connections, file_pool as module, schema
from mockmarket.store.connections import ConnectionPool
from mockmarket.store.file_pool import MOST, MOST_READY, Spares
from mockmarket.store.files import connect
from tests.conftest import Client, Served
from tests.receiver import PATIENCE_S, eventually
from tests.running import buy, serving, talking_to


@pytest.fixture
def spares(tmp_path: Path) -> Iterator[Spares]:
    """Give the test spares in a folder of their own."""
    pool = Spares(tmp_path / "spares")
    yield pool
    pool.close()


def source(tmp_path: Path, name: str = "a.db", content: str = "first", rows: int = 0) -> Path:
    """Write a database to be copied: a text and a number of larger rows."""
    path = tmp_path / name
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value)")
        conn.execute("INSERT INTO meta VALUES ('drawn', ?)", (content,))
        conn.execute("CREATE TABLE filling (value)")
        conn.executemany("INSERT INTO filling VALUES (?)", ((f"{number}" * 300,) for number in range(rows)))
    return path


def copied(spares: Spares, path: Path, number: int) -> ConnectionPool:
    """Return the connections to a copy of a file."""
    target = path.with_name(f"{path.stem}-{number}.copy")
    spares.copy(path, target)
    return spares.open(target, "OFF")


def content(pool: ConnectionPool) -> str:
    """Return the text in a copy."""
    return str(pool.take().conn.execute("SELECT value FROM meta").fetchone()[0])


def ready(spares: Spares, path: Path) -> None:
    """Copy a file until its next copy is ready."""
    copied(spares, path, 1)
    spares.discard(copied(spares, path, 2))
    eventually(lambda: spares.ready(path))


def files(tmp_path: Path) -> list[Path]:
    """Return the files of the spares, without logs: those made in advance, and those of second copies, which `ready` discards."""
    return [*(tmp_path / "spares").glob("*.db"), *tmp_path.glob("*-2.copy")]


def open_none_below(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail whoever opens a connection to a file in a folder; the threads of a served mock go on."""

    def connect_elsewhere(path: Path, *args: Any, **options: Any) -> sqlite3.Connection:
        assert not path.is_relative_to(folder)
        return connect(path, *args, **options)

    monkeypatch.setattr(connections, "connect", connect_elsewhere)


def test_copy_that_is_ready_is_open(spares: Spares, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = source(tmp_path)
    ready(spares, path)
    open_none_below(tmp_path, monkeypatch)

    pool = copied(spares, path, 3)

    assert not path.with_name("a-3.copy").exists()
    assert content(pool) == "first"


def test_first_copy_has_none_made(spares: Spares, tmp_path: Path) -> None:
    paths = [source(tmp_path, f"{number}.db") for number in range(3)]

    for path in paths:
        spares.discard(copied(spares, path, 1))
        spares.refill(path)
    ready(spares, source(tmp_path, "other.db"))

    assert not any(spares.ready(path) for path in paths)


def test_copy_is_made_in_advance_where_none_ended(spares: Spares, tmp_path: Path) -> None:
    path = source(tmp_path)
    pools = [copied(spares, path, number) for number in range(2)]

    spares.refill(path)

    eventually(lambda: spares.ready(path))
    assert content(copied(spares, path, 3)) == content(pools[0]) == "first"


WRITES = {
    "nothing": "SELECT 1",
    "a change": "UPDATE meta SET value = 'changed'",
    "growth": "INSERT INTO filling SELECT randomblob(3000) FROM filling",
    "less": "DELETE FROM filling WHERE rowid > 3; VACUUM",
    "a table": "CREATE TABLE further (a); DROP TABLE filling",
    "a long log": "UPDATE filling SET value = randomblob(2000); " * 30,
}


@pytest.mark.parametrize("writes", WRITES.values(), ids=WRITES.keys())
def test_file_of_an_ended_world_is_its_source_again(spares: Spares, tmp_path: Path, writes: str) -> None:
    path = source(tmp_path, rows=100)
    first, second = copied(spares, path, 1), copied(spares, path, 2)
    held = second.take()
    second.take().conn.executescript(writes)
    held.conn.execute("SELECT * FROM meta").fetchall()
    del held

    spares.discard(second)
    spares.discard(first)
    eventually(lambda: spares.ready(path))
    pool = copied(spares, path, 3)

    with closing(sqlite3.connect(path)) as original:
        assert list(pool.take().conn.iterdump()) == list(original.iterdump())
    assert [pool.take().conn.execute("PRAGMA integrity_check").fetchone()[0]] == ["ok"]


def test_restored_file_is_not_a_copy(spares: Spares, tmp_path: Path) -> None:
    path = source(tmp_path, rows=100)
    copied(spares, path, 1)
    pool = copied(spares, path, 2)
    inode = pool.path.stat().st_ino
    pool.take().conn.execute("DELETE FROM meta")

    spares.discard(pool)
    eventually(lambda: spares.ready(path))

    restored = copied(spares, path, 3)
    assert restored.path.stat().st_ino == inode
    assert content(restored) == "first"


@pytest.mark.parametrize("writes", WRITES.values(), ids=WRITES.keys())
def test_next_copy_restores_an_ended_file_itself(
    spares: Spares, tmp_path: Path, writes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RENEWED_AFTER_S", PATIENCE_S)  # so that the thread does not
    path = source(tmp_path, rows=100)
    copied(spares, path, 1)
    pool = copied(spares, path, 2)
    file = pool.path
    pool.take().conn.executescript(writes)

    spares.discard(pool)
    copies = [copied(spares, path, number) for number in (3, 4)]

    with closing(sqlite3.connect(path)) as original:
        assert all(list(copy.take().conn.iterdump()) == list(original.iterdump()) for copy in copies)
    assert [copy.path == file for copy in copies] == [writes != WRITES["a long log"], False]


def test_ended_file_of_another_source_is_not_restored(
    spares: Spares, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RENEWED_AFTER_S", PATIENCE_S)
    path = source(tmp_path)
    copied(spares, path, 1)
    spares.discard(copied(spares, path, 2))
    path.unlink()
    source(tmp_path, content="second", rows=100)

    assert content(copied(spares, path, 3)) == "second"


def test_restored_file_keeps_a_connection(spares: Spares, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = source(tmp_path, rows=100)
    ready(spares, path)
    open_none_below(tmp_path, monkeypatch)
    contents, opened = set(), set()

    for number in range(3, 8):
        pool = copied(spares, path, number)
        contents.add(content(pool))
        opened.add(pool.take().conn)
        pool.take().conn.executescript("UPDATE meta SET value = 'changed'; INSERT INTO filling SELECT * FROM filling")
        spares.discard(pool)
        eventually(lambda: spares.ready(path))

    assert contents == {"first"}
    assert len(opened) == 1


def test_file_that_another_program_reads_is_not_used_again(spares: Spares, tmp_path: Path) -> None:
    path = source(tmp_path, rows=50)
    first = copied(spares, path, 1)
    pool = copied(spares, path, 2)
    pool.take().conn.execute("UPDATE meta SET value = 'changed'")
    with closing(sqlite3.connect(pool.path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT value FROM meta").fetchone()

        spares.discard(pool)
        spares.discard(first)
        eventually(lambda: spares.ready(path))

        assert other.execute("SELECT value FROM meta").fetchone() == ("changed",)
    assert not pool.path.exists()
    assert content(copied(spares, path, 3)) == "first"


def test_file_that_is_being_read_is_not_used_again(spares: Spares, tmp_path: Path) -> None:
    path = source(tmp_path, rows=50)
    ready(spares, path)
    pool = copied(spares, path, 3)
    holder = pool.take()
    rows = holder.conn.execute("SELECT value FROM filling")
    next(rows)

    spares.discard(pool)
    later = [copied(spares, path, number) for number in range(4, 8)]

    assert len(rows.fetchall()) == 49
    assert pool.path not in {other.path for other in later}
    assert {content(other) for other in later} == {"first"}


def test_changed_source_is_copied_anew(spares: Spares, tmp_path: Path) -> None:
    path = source(tmp_path)
    ready(spares, path)

    source(tmp_path, "new.db", "later").replace(path)

    assert [content(copied(spares, path, number)) for number in (3, 4)] == ["later"] * 2


def test_ended_world_of_a_changed_source_is_deleted(spares: Spares, tmp_path: Path) -> None:
    path = source(tmp_path)
    ready(spares, path)
    pool = copied(spares, path, 3)
    source(tmp_path, "new.db", "later").replace(path)

    spares.discard(pool)

    eventually(lambda: not pool.path.exists())
    assert content(copied(spares, path, 4)) == "later"


def test_source_with_a_log_is_copied_with_it(spares: Spares, tmp_path: Path) -> None:
    path = source(tmp_path)
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("PRAGMA journal_mode = WAL")
        for number in range(1, 4):
            conn.execute("UPDATE meta SET value = ?", (number,))

            assert content(copied(spares, path, number)) == f"{number}"

    assert list((tmp_path / "spares").glob("*")) == []


def test_only_the_last_used_have_one(spares: Spares, tmp_path: Path) -> None:
    paths = [source(tmp_path, f"{number}.db") for number in range(MOST + 1)]

    for path in paths:
        ready(spares, path)

    assert [spares.ready(path) for path in paths] == [False, *[True] * MOST]
    assert len(files(tmp_path)) == MOST


def test_so_many_are_kept_at_most(spares: Spares, tmp_path: Path) -> None:
    path = source(tmp_path)
    pools = [copied(spares, path, number) for number in range(MOST_READY + 3)]

    for pool in pools:
        spares.discard(pool)

    eventually(lambda: sum(pool.path.exists() for pool in pools) == MOST_READY)
    assert list((tmp_path / "spares").glob("*")) == []


def test_large_file_has_none(spares: Spares, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, small = source(tmp_path, rows=100), source(tmp_path, "small.db")
    monkeypatch.setattr(module, "LARGEST", small.stat().st_size)

    for number in range(3):
        spares.discard(copied(spares, path, number))
    spares.refill(path)
    ready(spares, small)

    assert not spares.ready(path)


@pytest.mark.parametrize("in_use", [False, True])
def test_large_file_is_restored_in_its_place(
    spares: Spares, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_use: bool
) -> None:
    monkeypatch.setattr(module, "LARGEST", 4)
    schema.prepare(path := tmp_path / "large.db", [], "OFF", seed=7)
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA journal_mode = DELETE")
    spares.copy(path, tmp_path / "world.db")
    store = Store(tmp_path / "world.db", Clock(), 0, "OFF", hooks=StoreHooks(files=spares))
    inode = store.path.stat().st_ino
    store.put_meta(further=1)
    reader = store.read() if in_use else None

    store.replace_with(path)

    assert "further" not in store.meta()
    assert reader is None or reader.conn.execute("SELECT value FROM meta WHERE name = 'further'").fetchone() == (1,)
    assert (store.path.stat().st_ino == inode) is not in_use
    store.put_meta(again=1)
    store.replace_with(path)
    assert "again" not in store.meta()
    store.close()


def test_large_world_is_reset_in_its_place(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 4)
    store = client.world.store

    def reset() -> bool:
        before = store.path.stat().st_ino
        client.control("POST", "reset")
        return store.path.stat().st_ino == before

    reset()  # whose file may be a copy of another world's

    eventually(reset)  # now and then the ticker reads the world just then


def test_missing_source_is_an_error_at_once(spares: Spares, tmp_path: Path) -> None:
    path = source(tmp_path)
    ready(spares, path)
    path.unlink()

    with pytest.raises(FileNotFoundError):
        copied(spares, path, 3)

    assert files(tmp_path) == []


def test_folder_that_cannot_be_made_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "spares").write_text("a file where the folder should be")
    spares = Spares(tmp_path / "spares")
    path = source(tmp_path)

    pools = [copied(spares, path, number) for number in range(4)]
    texts = [content(pool) for pool in pools]
    for pool in pools:
        spares.discard(pool)
        spares.refill(path)
    spares.close()

    assert texts == ["first"] * 4
    assert not any(pool.path.exists() for pool in pools)


def test_closing_leaves_nothing(spares: Spares, tmp_path: Path) -> None:
    path = source(tmp_path)
    ready(spares, path)

    spares.close()

    assert files(tmp_path) == []
    assert [content(copied(spares, path, number)) for number in (3, 4)] == ["first"] * 2
    assert files(tmp_path) == []


def test_copies_at_once_are_all_whole(spares: Spares, tmp_path: Path) -> None:
    path = source(tmp_path, rows=50)

    def use(number: int) -> tuple[str, int]:
        pool = copied(spares, path, number)
        seen = content(pool), int(pool.take().conn.execute("SELECT count(*) FROM filling").fetchone()[0])
        pool.take().conn.executescript("UPDATE meta SET value = 'changed'; DELETE FROM filling")
        spares.discard(pool)
        return seen

    with ThreadPoolExecutor(4) as pool:
        seen = set(pool.map(use, range(80)))

    assert seen == {("first", 50)}


def test_worlds_have_copies_of_what_comes_again(served: Served, client: Client) -> None:
    worlds = served.app.worlds
    template = worlds.template("small", None, None)[0]

    def spare_files() -> set[Path]:
        own = {worlds.get(name).store.path for name in worlds.names()}  # a world's file may have been a spare
        return set((worlds.folder / "spares").glob("*.db")) - own

    for _ in range(2):
        client.control("PUT", "worlds/again", {"fixture": "small"})
        client.control("PUT", "worlds/twin", {"from": "again"})
    for name in ("twin", "again"):
        client.control("DELETE", f"worlds/{name}")

    eventually(lambda: worlds.spares.ready(template))
    eventually(lambda: len(spare_files()) <= MOST * MOST_READY)


def test_nothing_of_a_world_is_left_in_the_next(served: Served, client: Client) -> None:
    template = sqlite3.connect(served.app.worlds.template("small", None, None)[0])
    expected = [line for line in template.iterdump() if 'INTO "meta"' not in line]
    template.close()
    differences = []

    for _ in range(5):
        buy(client)
        client.control("POST", "reset")
        lines = client.world.read().conn.iterdump()
        differences.append({line for line in lines if 'INTO "meta"' not in line} ^ {*expected})

    assert differences == [set()] * 5


@pytest.mark.thorough
def test_kept_worlds_have_none(tmp_path: Path) -> None:
    with serving(Config(fixture="small", data=tmp_path / "kept")) as served:
        for _ in range(3):
            talking_to(served).control("POST", "reset")

    assert not (tmp_path / "kept" / "spares").exists()
