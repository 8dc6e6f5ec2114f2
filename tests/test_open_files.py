"""A world that is dropped has no file open but as a spare, whatever happened in it, without waiting for a full garbage collection."""

from __future__ import annotations

import gc
import os
import resource
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from mockmarket.store import connections
from mockmarket.store.connections import ConnectionPool
from tests.conftest import Served
from tests.running import talking_to, until

NUMBERS = count(1)


@pytest.mark.thorough
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system does not list a process's open files")
def test_refused_calls_keep_no_file_open(served: Served) -> None:
    name = f"refused{next(NUMBERS)}"
    world, _ = served.app.worlds.put(name, "small")
    path = str(world.store.path)
    client = talking_to(served, name)
    gc.collect()
    gc.disable()
    try:
        with ThreadPoolExecutor(8) as pool:
            refused = list(
                pool.map(lambda _: client.patch("/api/v1/orders", {"orderId": "x", "status": "accepted"}), range(40))
            )
        served.app.worlds.drop(name)
        until(served.app.worlds.get("main"), lambda: is_free_or_spare(path))
    finally:
        gc.enable()

    assert {answer.status_code for answer in refused} == {404}


def pool_of(path: Path) -> ConnectionPool:
    """Return the connections to a new database, of which one has been used."""
    sqlite3.connect(path).close()
    pool = ConnectionPool(path, "OFF")
    pool.take()
    return pool


def test_connections_that_are_idle_longest_are_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "most_idle", lambda: 3)
    former = pool_of(tmp_path / "former.db")

    pools = [pool_of(tmp_path / f"{number}.db") for number in range(3)]

    assert former.withdraw() is None  # since it was closed
    assert [len(pool.withdraw() or ()) for pool in pools] == [1, 1, 1]


@pytest.mark.parametrize(("files", "most"), [(256, 21), (20_000, 256), (resource.RLIM_INFINITY, 256)])
def test_few_open_files_allow_few_connections(monkeypatch: pytest.MonkeyPatch, files: int, most: int) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))

    assert connections.most_idle() == most


def is_free_or_spare(path: str) -> bool:
    """Return whether this process has nothing of a file open but the one connection of a spare: a file whose connections were in use is
    deleted."""
    names = open_files(path)
    return len(names) <= connections.FILES and not any(name.endswith(" (deleted)") for name in names)


def open_files(path: str) -> list[str]:
    """Return which files of a world this process has open."""
    names = []
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            names.append(os.readlink(entry))
    return [name for name in names if name.startswith(path)]
