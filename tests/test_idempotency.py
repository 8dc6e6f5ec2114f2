"""Kept answers: how long, how many; and cursors, which say after what a page begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mockmarket.api.paging import cursor, read_cursor
from mockmarket.clock import Clock
from mockmarket.errors import Invalid
from mockmarket.store import Store, idempotency, schema
from mockmarket.store.idempotency import Kept

KEPT = Kept("owner", "key", "digest", 1_000, 201, b'{"a":1}')


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open a world's file."""
    schema.prepare(tmp_path / "w.db", (), "OFF")
    store = Store(tmp_path / "w.db", Clock(), 0, "OFF")
    yield store
    store.close()


def keep(store: Store, *entries: Kept, since: int = 0) -> None:
    """Keep answers."""
    with store.atomic() as tx:
        for entry in entries:
            idempotency.put(tx, entry, since)


def test_answer_is_kept(store: Store) -> None:
    keep(store, KEPT)

    assert idempotency.get(store.read(), "owner", "key", 999) == KEPT


@pytest.mark.parametrize(
    ("owner", "key", "since"), [("other", "key", 0), ("owner", "other", 0), ("owner", "key", 1_000)]
)
def test_answer_is_of_one_key(store: Store, owner: str, key: str, since: int) -> None:
    keep(store, KEPT)

    assert idempotency.get(store.read(), owner, key, since) is None


def test_old_answers_go(store: Store) -> None:
    keep(store, KEPT)

    keep(store, replace(KEPT, key="next", at=9_000), since=1_000)

    assert idempotency.get(store.read(), "owner", "key", 0) is None


def test_oldest_answers_go_beyond_the_bound(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "MOST_KEPT", 3)

    keep(store, *(replace(KEPT, key=f"k{number}") for number in range(5)))

    assert [number for number in range(5) if idempotency.get(store.read(), "owner", f"k{number}", 0)] == [2, 3, 4]


@pytest.mark.parametrize("place", ["", "12", "000001781100131-evt_x", "ñ:₱"])
def test_cursor_gives_its_place(place: str) -> None:
    assert read_cursor(cursor(place, "list"), "list") == place


@pytest.mark.parametrize("text", ["", "x", "nonsense", "!!!", "MjoxMg", "ñ", "====", "MTo\u0000"])
def test_foreign_cursor_is_invalid(text: str) -> None:
    with pytest.raises(Invalid):
        read_cursor(text, "list")
