"""Files with secrets are for their user alone: worlds, logs, snapshots, templates, spares. A generated fixture is for others too."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockmarket.config import Config
from mockmarket.seed.generate.files import Order, generate
from mockmarket.seed.generate.fixture import Plan
from mockmarket.seed.planting import Progress
from mockmarket.store.files import copy_file, make_folder, opened, scratch
from mockmarket.vendor import discover
from tests.running import buy, serving, talking_to

OTHERS = stat.S_IRWXG | stat.S_IRWXO


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """Let new files be readable by everybody, as is usual."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    """Return what of a folder other users may read, write or enter."""
    return [str(path) for path in (folder, *folder.rglob("*")) if path.lstat().st_mode & OTHERS]


@pytest.mark.thorough
def test_kept_worlds_are_private(tmp_path: Path) -> None:
    data = tmp_path / "data"

    with serving(Config(fixture="small", data=data)) as served:
        client = talking_to(served)
        client.control("POST", "snapshots/kept")
        client.control("PUT", "worlds/another", {"fixture": "small"})
        state = client.get("/_mockmarket/state").content
        client.call("PUT", "/_mockmarket/state", data=state, headers={"Content-Type": "application/vnd.sqlite3"})
        buy(client)
        while_it_runs = {path.name for path in data.rglob("*")}
        seen = open_to_others(data) + open_to_others(served.app.worlds.scratch.parent)

    assert {"main.db", "main.db-wal", "main.db-shm", "another.db", "kept.db"} <= while_it_runs
    assert seen == []
    assert open_to_others(data) == []


@pytest.mark.thorough
def test_worlds_in_memory_are_private() -> None:
    with serving(Config(fixture="small")) as served:
        client = talking_to(served)
        for _ in range(2):
            client.control("PUT", "worlds/another", {"fixture": "small"})
        client.control("POST", "snapshots/kept")

        assert open_to_others(served.app.worlds.folder) == []


def test_copy_is_private_whatever_its_source(tmp_path: Path) -> None:
    (tmp_path / "source.db").write_bytes(b"x")

    copy_file(tmp_path / "source.db", tmp_path / "copy.db")

    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600


def test_databases_and_their_folders_are_private() -> None:
    with scratch() as folder:
        make_folder(folder / "worlds")
        opened(folder / "worlds" / "main.db", timeout=1).close()

        assert open_to_others(folder) == []


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["tour.db", "tour.yaml"])
def test_generated_fixture_is_for_everybody(tmp_path: Path, name: str) -> None:
    generate(Order(Plan(1, 3), tmp_path / name), discover(), Progress())

    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o644
