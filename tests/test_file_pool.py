"""Copies made ahead: content, sources that change, bounds, nothing left."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mockmarket.clock import monotonic
from mockmarket.config import Config
from mockmarket.store import file_pool as module
from mockmarket.store.file_pool import MOST, Spares
from tests.conftest import Client, Served
from tests.receiver import PATIENCE_S
from tests.running import serving, talking_to


@pytest.fixture
def spares(tmp_path: Path) -> Iterator[Spares]:
    """Give the test spares in a folder of their own."""
    pool = Spares(tmp_path / "spares")
    yield pool
    pool.close()


def eventually(condition: Callable[[], bool]) -> None:
    """Look again and again until something is so; fails the test in the end."""
    end, pause = monotonic() + PATIENCE_S, threading.Event()
    while not condition():
        assert monotonic() < end, "it did not come true in time"
        pause.wait(0.002)


def source(tmp_path: Path, name: str = "a.db", content: bytes = b"first") -> Path:
    """Write a file to be copied."""
    path = tmp_path / name
    path.write_bytes(content)
    return path


def copied(spares: Spares, path: Path, number: int) -> Path:
    """Copy a file to a new place beside it."""
    target = path.with_name(f"{path.stem}-{number}.copy")
    spares.copy(path, target)
    return target


def ready(spares: Spares, path: Path) -> None:
    """Copy a file until its next copy is ready."""
    copied(spares, path, 1)
    copied(spares, path, 2)
    eventually(lambda: spares.ready(path))


def contents(tmp_path: Path) -> list[bytes]:
    """Return what the files of the spares hold."""
    return [file.read_bytes() for file in (tmp_path / "spares").glob("*")]


def test_second_copy_has_the_next_made(spares: Spares, tmp_path: Path) -> None:
    path = source(tmp_path)

    ready(spares, path)
    (spare,) = (tmp_path / "spares").glob("*")
    inode = spare.stat().st_ino
    third = copied(spares, path, 3)

    assert third.stat().st_ino == inode
    assert third.read_bytes() == b"first"
    eventually(lambda: spares.ready(path))


def test_first_copy_has_none_made(spares: Spares, tmp_path: Path) -> None:
    paths = [source(tmp_path, f"{number}.db") for number in range(3)]

    for path in paths:
        copied(spares, path, 1)
    ready(spares, source(tmp_path, "other.db"))

    assert not any(spares.ready(path) for path in paths)


def test_changed_source_is_copied_anew(spares: Spares, tmp_path: Path) -> None:
    path = source(tmp_path)
    ready(spares, path)

    source(tmp_path, "new.db", b"later").replace(path)

    assert copied(spares, path, 3).read_bytes() == b"later"
    assert copied(spares, path, 4).read_bytes() == b"later"
    eventually(lambda: contents(tmp_path) == [b"later"])


def test_source_with_a_log_is_copied_with_it(spares: Spares, tmp_path: Path) -> None:
    path = tmp_path / "logged.db"
    conn = sqlite3.connect(path)
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute("CREATE TABLE one (a)")
    conn.commit()

    for number in range(1, 4):
        conn.execute("INSERT INTO one VALUES (1)")
        conn.commit()
        with sqlite3.connect(copied(spares, path, number)) as copy:
            assert copy.execute("SELECT count(*) FROM one").fetchone() == (number,)
        copy.close()

    conn.close()
    assert contents(tmp_path) == []


def test_only_the_last_used_have_one(spares: Spares, tmp_path: Path) -> None:
    paths = [source(tmp_path, f"{number}.db") for number in range(MOST + 1)]

    for path in paths:
        ready(spares, path)

    assert [spares.ready(path) for path in paths] == [False, *[True] * MOST]
    assert len(contents(tmp_path)) == MOST


def test_large_file_has_none(spares: Spares, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 4)
    path, small = source(tmp_path), source(tmp_path, "small.db", b"1234")

    for number in range(3):
        copied(spares, path, number)
    ready(spares, small)

    assert not spares.ready(path)


def test_missing_source_is_an_error_at_once(spares: Spares, tmp_path: Path) -> None:
    path = source(tmp_path)
    ready(spares, path)
    path.unlink()

    with pytest.raises(FileNotFoundError):
        copied(spares, path, 3)

    assert contents(tmp_path) == []


def test_folder_that_cannot_be_made_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "spares").write_text("a file where the folder should be")
    pool = Spares(tmp_path / "spares")
    path = source(tmp_path)

    copies = [copied(pool, path, number).read_bytes() for number in range(4)]
    pool.close()

    assert copies == [b"first"] * 4


def test_closing_leaves_nothing(spares: Spares, tmp_path: Path) -> None:
    path = source(tmp_path)
    ready(spares, path)

    spares.close()

    assert contents(tmp_path) == []
    assert [copied(spares, path, number).read_bytes() for number in (3, 4)] == [b"first"] * 2
    assert contents(tmp_path) == []


def test_copies_at_once_are_all_whole(spares: Spares, tmp_path: Path) -> None:
    path = source(tmp_path, content=os.urandom(300_000))

    with ThreadPoolExecutor(4) as pool:
        copies = list(pool.map(lambda number: copied(spares, path, number), range(80)))

    assert {copy.read_bytes() for copy in copies} == {path.read_bytes()}
    assert len({copy.stat().st_ino for copy in copies}) == 80


def test_worlds_have_copies_of_what_comes_again(served: Served, client: Client) -> None:
    worlds = served.app.worlds
    template = worlds.template("small", None, None)[0]

    for _ in range(2):
        client.control("PUT", "worlds/again", {"fixture": "small"})
        client.control("PUT", "worlds/twin", {"from": "again"})
    for name in ("twin", "again"):
        client.control("DELETE", f"worlds/{name}")

    eventually(lambda: worlds.spares.ready(template))
    assert len(list((worlds.folder / "spares").glob("*"))) <= MOST


@pytest.mark.thorough
def test_kept_worlds_have_none(tmp_path: Path) -> None:
    with serving(Config(fixture="small", data=tmp_path / "kept")) as served:
        for _ in range(3):
            talking_to(served).control("POST", "reset")

    assert not (tmp_path / "kept" / "spares").exists()
