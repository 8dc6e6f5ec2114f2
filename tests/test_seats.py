"""Seats by number: held one by one, handed over between records, and listed for a seat map."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from sqlite3 import IntegrityError
from typing import Any

import pytest

from mockmarket import stock
from mockmarket.clock import Clock, Setting
from mockmarket.errors import SoldOut
from mockmarket.stock import Stock
from mockmarket.store import Store, events, schema, seats
from mockmarket.store.events import Event, Venue

NOW = 1_772_366_400_000
HALL = Venue("hall", "Hall", "Boston", "UTC")
SHOWS = [Event(id, "Show", HALL, NOW + 1_000_000, NOW + 2_000_000) for id in ("e1", "e2")]
ROWS = [
    Stock("a", "e1", "seated", "101", "A", 11, 4, 5000, "USD"), Stock("b", "e1", "seated", "101", "B", 1, 4, 5000, "USD"),
    Stock("floor", "e1", "general", "Floor", "GA", None, 8, 3000, "USD"), Stock("c", "e2", "seated", "101", "A", 1, 4, 5000, "USD"),
]  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open a world's file with two shows and their stock."""
    schema.prepare(tmp_path / "w.db", (), "OFF")
    store = Store(tmp_path / "w.db", Clock(), 0, "OFF")
    store.clock.reset(Setting(frozen_at=NOW))
    with store.atomic() as tx:
        events.add_venues(tx, [HALL])
        events.add(tx, SHOWS)
        stock.add(tx, ROWS)
    yield store
    store.close()


def test_named_seat_is_held(store: Store) -> None:
    with store.atomic() as tx:
        change = stock.hold(tx, "a", 1, "v", "r", seat=13)

    assert (change.seats, change.stock.held) == ((13,), 1)


@pytest.mark.parametrize(("row", "seat"), [("a", 10), ("a", 15), ("a", -1), ("floor", 1), ("a", 12)])
def test_seat_that_is_not_free(store: Store, row: str, seat: int) -> None:
    with store.atomic() as tx:
        stock.hold(tx, "a", 1, "v", "other", seat=12)

    with pytest.raises(SoldOut), store.atomic() as tx:
        stock.hold(tx, row, 1, "v", "r", seat=seat)


@pytest.mark.parametrize(("take", "counts"), [(stock.hold_named, (2, 0)), (stock.take_named, (0, 2))])
def test_several_named_seats_are_taken(store: Store, take: Any, counts: tuple[int, int]) -> None:
    with store.atomic() as tx:
        change = take(tx, "a", [14, 12], "v", "r")

    assert (change.seats, (change.stock.held, change.stock.sold)) == ((12, 14), counts)


@pytest.mark.parametrize("seats", [[12, 13], [14, 15], [11, 11]])
def test_several_seats_are_all_or_none(store: Store, seats: list[int]) -> None:
    with store.atomic() as tx:
        stock.hold(tx, "a", 1, "v", "other", seat=12)

    with pytest.raises((SoldOut, IntegrityError)), store.atomic() as tx:
        stock.take_named(tx, "a", seats, "v", "r")

    assert (stock.get(store.read(), "a").held, stock.get(store.read(), "a").sold) == (1, 0)


def test_handed_seats_change_their_record(store: Store) -> None:
    with store.atomic() as tx:
        stock.hold(tx, "a", 2, "v", "hold")
        rows = stock.hand_over(tx, "held", "v", "hold", "order")

    assert rows == [("a", 2, (11, 12))]
    assert stock.seats_of(store.read(), "v", "order") == [("a", "held", 2, (11, 12))]
    assert stock.seats_of(store.read(), "v", "hold") == []


def test_handing_over_counts_nothing(store: Store) -> None:
    with store.atomic() as tx:
        stock.hold(tx, "a", 2, "v", "hold")
        before = stock.get(tx, "a"), stock.ledger(tx, "a")
        stock.hand_over(tx, "held", "v", "hold", "order")

    assert (stock.get(store.read(), "a"), stock.ledger(store.read(), "a")) == before


def test_sold_seat_is_split_off(store: Store) -> None:
    with store.atomic() as tx:
        stock.take(tx, "a", 3, "v", "order")
        [(_, _, numbers)] = stock.hand_over(tx, "sold", "v", "order", "ticket", 1)
        changes = stock.put_back(tx, "v", "ticket")

    assert (numbers, changes[0].seats) == ((13,), (13,))
    assert stock.seats_of(store.read(), "v", "order") == [("a", "sold", 2, (11, 12))]


def test_more_than_there_is(store: Store) -> None:
    with pytest.raises(SoldOut), store.atomic() as tx:
        stock.hand_over(tx, "held", "v", "nobody", "order", 1)


def test_section_is_counted(store: Store) -> None:
    with store.atomic() as tx:
        stock.hold(tx, "a", 1, "v", "r")
        stock.take(tx, "b", 2, "v", "r")

    assert seats.count_section(store.read(), "e1", "101") == (8, 1, 2)
    assert seats.count_section(store.read(), "e1", "Nowhere") == (0, 0, 0)


def test_section_has_its_rows(store: Store) -> None:
    assert [row.id for row in stock.of_event(store.read(), "e1", "101")] == ["a", "b"]
    assert [row.id for row in stock.of_event(store.read(), "e1")] == ["a", "b", "floor"]


def test_plan_names_what_is_taken(store: Store) -> None:
    with store.atomic() as tx:
        stock.take(tx, "b", 1, "v", "order")
        stock.hold(tx, "a", 1, "w", "cart", seat=14)
        stock.take(tx, "floor", 2, "v", "order")
        stock.take(tx, "c", 1, "v", "order")

    assert seats.taken(store.read(), "e1") == [("a", 14, "held", "w", "cart"), ("b", 1, "sold", "v", "order")]
