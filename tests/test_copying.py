"""Worlds of large files: read where the file stands until they have a copy of their own, for which the first write waits."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from mockmarket.clock import Clock
from mockmarket.config import Config
from mockmarket.store import Store, StoreHooks, file_pool, schema
from mockmarket.store.checking import damage_in_use
from mockmarket.store.copying import SourcePool
from mockmarket.store.file_pool import Spares
from mockmarket.store.files import DataError
from tests.receiver import PATIENCE_S
from tests.running import FIXTURE, buy, serving, talking_to


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Let any file count as large, and no copy begin before the test says so."""
    gate, copy = threading.Event(), SourcePool._copy

    def copy_later(pool: SourcePool) -> None:
        gate.wait(PATIENCE_S)
        copy(pool)

    monkeypatch.setattr(SourcePool, "_copy", copy_later)
    monkeypatch.setattr(file_pool, "LARGEST", 0)
    yield gate
    gate.set()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a world's file."""
    path = tmp_path / "source.db"
    schema.prepare(path, [], "OFF")
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("PRAGMA journal_mode = DELETE")
    return path


@pytest.fixture
def spares(tmp_path: Path) -> Iterator[Spares]:
    """Return what copies the files of worlds."""
    spares = Spares(tmp_path / "spares")
    yield spares
    spares.close()


@pytest.fixture
def store(gate: threading.Event, source: Path, spares: Spares, tmp_path: Path) -> Iterator[Store]:
    """Return the store of a world that is made of it."""
    path = tmp_path / "world.db"
    spares.copy(source, path)
    store = Store(path, Clock(), 0, "OFF", hooks=StoreHooks(files=spares))
    yield store
    store.close()


def write(store: Store, value: str) -> None:
    """Write a row."""
    with store.atomic() as tx:
        tx.conn.execute("INSERT OR REPLACE INTO meta VALUES ('note', ?)", (value,))


def notes(store: Store) -> list[str]:
    """Return the rows that were written."""
    return [value for (value,) in store.read().conn.execute("SELECT value FROM meta WHERE name = 'note'")]


def test_world_is_read_before_it_is_copied(store: Store) -> None:
    assert store.read().conn.execute("SELECT value FROM meta WHERE name = 'seed'").fetchone() == (0,)
    assert store.path.stat().st_size == 0


def test_write_waits_for_the_copy(store: Store, source: Path, gate: threading.Event) -> None:
    content = source.read_bytes()
    with ThreadPoolExecutor(1) as threads:
        written = threads.submit(write, store, "first")
        before = notes(store), written.done()
        gate.set()
        written.result(PATIENCE_S)

    assert before == ([], False)
    assert notes(store) == ["first"]
    assert source.read_bytes() == content


def test_source_that_is_deleted_is_copied_as_it_was(store: Store, source: Path, gate: threading.Event) -> None:
    source.unlink()
    gate.set()

    write(store, "kept")

    assert notes(store) == ["kept"]


def test_source_that_is_replaced_is_not_read(store: Store, source: Path, gate: threading.Event, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    schema.prepare(other, [], "OFF", seed=7)
    other.replace(source)
    gate.set()

    with ThreadPoolExecutor(1) as threads:  # over a connection of its own
        seed = threads.submit(
            lambda: store.read().conn.execute("SELECT value FROM meta WHERE name = 'seed'").fetchone()
        )
        assert seed.result(PATIENCE_S) == (0,)


def test_source_that_is_changed_gives_no_world(store: Store, source: Path, gate: threading.Event) -> None:
    with source.open("ab") as file:
        file.write(b"more")
    gate.set()

    for _ in range(2):
        with pytest.raises(DataError, match="was changed while a world was made of it") as raised:
            write(store, "none")
    damage = damage_in_use(store.path, raised.value)

    assert damage is not None
    assert damage.reason == str(raised.value)


def test_reset_meanwhile_begins_anew(store: Store, source: Path, gate: threading.Event, spares: Spares) -> None:
    first = store.path
    store.replace_with(source)
    gate.set()

    write(store, "after")
    spares.close()  # its thread deletes the first file

    assert store.path != first
    assert not first.exists()
    assert notes(store) == ["after"]


def test_deleted_world_leaves_no_file(store: Store, gate: threading.Event) -> None:
    path = store.path
    store.delete()

    gate.set()

    assert not path.exists()


def test_server_reads_while_a_write_waits_for_the_copy(gate: threading.Event) -> None:
    with serving(Config(fixture=FIXTURE)) as served, ThreadPoolExecutor(1) as threads:
        client, buyer = talking_to(served), talking_to(served)
        client.get("/api/v1/events")  # a vendor's first call is answered in a thread, later ones in the server's loop
        bought = threads.submit(buy, buyer)
        while client.world.store.writer.is_free():
            assert not bought.done()
        events, before = client.get("/api/v1/events").status_code, bought.done()
        gate.set()

        assert bought.result(PATIENCE_S)["orderId"]
        assert (events, before) == (200, False)
