"""Stock: each seat is sold once, in any order of operations, and the ledger adds up to the counts."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from mockmarket import stock
from mockmarket.clock import Clock, Setting
from mockmarket.errors import NotFound, SoldOut
from mockmarket.stock import Stock
from mockmarket.store import Store, StoreHooks, events, schema
from mockmarket.store.events import Event, Venue
from mockmarket.vendor import Vendor
from tests.effort import tries
from tests.sixth.kiosk.vendor import VENDOR

NOW = 1_772_366_400_000
HALL = Venue("hall", "Hall", "Boston", "UTC")
SHOW = Event("e1", "Show", HALL, NOW + 1_000_000, NOW + 2_000_000)
ROW = Stock("row", "e1", "seated", "101", "A", 11, 8, 5000, "USD")
FLOOR = Stock("floor", "e1", "general", "Floor", "GA", None, 8, 3000, "USD")
LONG = Stock("long", "e1", "seated", "102", "A", 1, 50, 5000, "USD")


def plant(path: Path) -> Path:
    """Make a world's file with one show and its stock."""
    schema.prepare(path, (), "OFF")
    with open_store(path) as store, store.atomic() as tx:
        events.add_venues(tx, [HALL])
        events.add(tx, [SHOW])
        stock.add(tx, [ROW, FLOOR, LONG])
    return path


@contextmanager
def open_store(path: Path, *listeners: Vendor) -> Iterator[Store]:
    """Open a world's file for the length of a block, and checkpoint it at the end."""
    store = Store(path, Clock(), 0, "OFF", hooks=StoreHooks(listeners))
    store.clock.reset(Setting(frozen_at=NOW))
    try:
        yield store
    finally:
        store.checkpoint()
        store.close()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a planted file to copy."""
    return plant(tmp_path_factory.mktemp("stock") / "template.db")


@pytest.fixture
def store(template: Path, tmp_path: Path) -> Iterator[Store]:
    """Give the test a world of its own."""
    with open_store(Path(shutil.copy(template, tmp_path / "world.db"))) as store:
        yield store


def seats(store: Store, record: str) -> list[int]:
    """Return the numbers of a record's seats, whatever their state."""
    return sorted(seat for _, _, _, numbers in stock.seats_of(store.read(), "acme", record) for seat in numbers)


def test_sale_is_counted_and_named(store: Store) -> None:
    with store.atomic() as tx:
        change = stock.take(tx, "row", 3, "acme", "o1")

    assert (change.what, change.quantity, change.seats) == ("sold", 3, (11, 12, 13))
    assert (change.stock.sold, change.stock.held, change.stock.free) == (3, 0, 5)
    assert stock.get(store.read(), "row") == change.stock


def test_sale_is_written_into_ledger(store: Store) -> None:
    with store.atomic() as tx:
        stock.take(tx, "row", 2, "acme", "o1")

    assert stock.ledger(store.read(), "row") == [
        {"at": NOW, "what": "sold", "quantity": 2, "vendor": "acme", "record": "o1", "seats": [11, 12]}
    ]


def test_sold_out_tells_what_is_left(store: Store) -> None:
    with store.atomic() as tx:
        stock.take(tx, "row", 6, "acme", "o1")

    with pytest.raises(SoldOut, match="Only 2 of the 3 seats") as caught, store.atomic() as tx:
        stock.take(tx, "row", 3, "acme", "o2")

    assert caught.value.facts == {"available": 2}


def test_refused_sale_leaves_nothing(store: Store) -> None:
    with pytest.raises(SoldOut), store.atomic() as tx:
        _ = [stock.take(tx, "row", quantity, "acme", "o1") for quantity in (2, 9)]

    assert stock.get(store.read(), "row") == ROW
    assert (stock.ledger(store.read(), "row"), seats(store, "o1")) == ([], [])


def test_unknown_stock_is_named(store: Store) -> None:
    with pytest.raises(NotFound, match="'nothing'"), store.atomic() as tx:
        stock.take(tx, "nothing", 1, "acme", "o1")


def test_held_seats_are_not_sold(store: Store) -> None:
    with store.atomic() as tx:
        stock.hold(tx, "row", 6, "acme", "h1")

    with pytest.raises(SoldOut) as caught, store.atomic() as tx:
        stock.take(tx, "row", 3, "other", "o1")

    assert caught.value.facts["available"] == 2


def test_held_seats_are_sold_themselves(store: Store) -> None:
    with store.atomic() as tx:
        hold = stock.hold(tx, "row", 3, "acme", "h1")
        (sale,) = stock.sell_held(tx, "acme", "h1", to="o1")

    assert sale.seats == hold.seats
    assert (sale.stock.held, sale.stock.sold, sale.record) == (0, 3, "o1")
    assert (seats(store, "h1"), seats(store, "o1")) == ([], [11, 12, 13])


def test_part_of_a_hold_sells(store: Store) -> None:
    with store.atomic() as tx:
        stock.hold(tx, "row", 4, "acme", "h1")
        stock.sell_held(tx, "acme", "h1", 1)

    now = stock.get(store.read(), "row")
    assert (now.held, now.sold) == (3, 1)
    assert {state: len(numbers) for _, state, _, numbers in stock.seats_of(store.read(), "acme", "h1")} == {
        "held": 3,
        "sold": 1,
    }


def test_released_seats_are_sold_again(store: Store) -> None:
    with store.atomic() as tx:
        stock.hold(tx, "row", 8, "acme", "h1")
        stock.release(tx, "acme", "h1")
        change = stock.take(tx, "row", 8, "other", "o1")

    assert change.seats == tuple(range(11, 19))


def test_last_seats_are_released_first(store: Store) -> None:
    with store.atomic() as tx:
        stock.hold(tx, "row", 4, "acme", "h1")
        (change,) = stock.release(tx, "acme", "h1", 1)

    assert change.seats == (14,)


def test_part_of_a_sale_comes_back(store: Store) -> None:
    with store.atomic() as tx:
        stock.take(tx, "row", 4, "acme", "o1")
        (change,) = stock.put_back(tx, "acme", "o1", 3)

    assert (change.what, change.seats, change.stock.free) == ("put_back", (12, 13, 14), 7)


def test_several_rows_come_back_together(store: Store) -> None:
    with store.atomic() as tx:
        stock.take(tx, "row", 2, "acme", "o1")
        stock.take(tx, "floor", 3, "acme", "o1")
        changes = stock.put_back(tx, "acme", "o1")

    assert {change.stock.id: change.quantity for change in changes} == {"row": 2, "floor": 3}
    assert stock.free_of_event(store.read(), "e1") == 66


@pytest.mark.parametrize("give_back", [stock.release, stock.put_back, stock.sell_held])
def test_nothing_given_up_is_nothing(store: Store, give_back: Any) -> None:
    with store.atomic() as tx:
        changes = give_back(tx, "acme", "never bought")

    assert changes == []


@pytest.mark.parametrize("give_back", [stock.release, stock.put_back, stock.sell_held])
def test_more_than_had_is_refused(store: Store, give_back: Any) -> None:
    with store.atomic() as tx:
        stock.hold(tx, "row", 2, "acme", "r1")
        stock.take(tx, "row", 2, "acme", "r1")

    with pytest.raises(SoldOut), store.atomic() as tx:
        give_back(tx, "acme", "r1", 3)

    now = stock.get(store.read(), "row")
    assert (now.held, now.sold) == (2, 2)


def test_another_vendors_record_is_another(store: Store) -> None:
    with store.atomic() as tx:
        stock.take(tx, "row", 2, "acme", "1")
        changes = stock.put_back(tx, "other", "1")

    assert changes == []


def test_general_admission_has_no_seats(store: Store) -> None:
    with store.atomic() as tx:
        change = stock.take(tx, "floor", 3, "acme", "o1")

    assert (change.seats, change.stock.free) == ((), 5)


def test_seats_stand_side_by_side(store: Store) -> None:
    with store.atomic() as tx:
        stock.take(tx, "row", 2, "acme", "first")
        stock.take(tx, "row", 1, "acme", "between")
        stock.take(tx, "row", 1, "acme", "last")
        stock.put_back(tx, "acme", "first")
        stock.put_back(tx, "acme", "last")
        change = stock.take(tx, "row", 3, "acme", "o1")

    assert change.seats == (14, 15, 16)


def test_scattered_seats_are_better_than_none(store: Store) -> None:
    with store.atomic() as tx:
        for seat in range(8):
            stock.take(tx, "row", 1, "acme", f"o{seat}")
        for seat in (1, 4, 6):
            stock.put_back(tx, "acme", f"o{seat}")
        change = stock.take(tx, "row", 3, "acme", "again")

    assert change.seats == (12, 15, 17)


@pytest.mark.parametrize(
    ("free", "quantity", "chosen"),
    [([1, 2, 3], 2, [1, 2]), ([1, 3, 4], 2, [3, 4]), ([1, 3, 5], 2, None), ([7], 1, [7]), ([], 1, None),
     ([1, 2, 4, 5, 6], 3, [4, 5, 6])],
)  # fmt: skip
def test_lowest_run_is_chosen(free: list[int], quantity: int, chosen: list[int] | None) -> None:
    assert stock.side_by_side(free, quantity) == chosen


def test_refusing_vendor_undoes_the_sale(store: Store) -> None:
    def refuse(*_: Any) -> None:
        raise SoldOut("Not here.")

    with open_store(store.path, replace(VENDOR, world=replace(VENDOR.world, stock_changed=refuse))) as vendor_store:
        with pytest.raises(SoldOut, match=r"Not here\."), vendor_store.atomic() as tx:
            stock.take(tx, "row", 1, "acme", "o1")

        assert stock.get(vendor_store.read(), "row") == ROW


def test_nobody_is_asked_without_notifying(store: Store) -> None:
    changes: list[Any] = []
    vendor = replace(VENDOR, world=replace(VENDOR.world, stock_changed=lambda _, change: changes.append(change.record)))
    with open_store(store.path, vendor) as vendor_store, vendor_store.atomic() as tx:
        with tx.without_notifying():
            stock.take(tx, "row", 1, "acme", "o1")
        stock.take(tx, "row", 1, "acme", "o2")

    assert changes == ["o2"]


def test_new_stock_goes_on_sale(store: Store) -> None:
    with store.atomic() as tx:
        stock.put_on_sale(tx, replace(ROW, id="new", total=2), "core", "x")
        stock.take(tx, "new", 2, "acme", "o1")

    assert [line["what"] for line in stock.ledger(store.read(), "new")] == ["added", "sold"]


def test_new_price_leaves_seats_alone(store: Store) -> None:
    with store.atomic() as tx:
        stock.take(tx, "row", 2, "acme", "o1")
        change = stock.alter(tx, "row", "core", "x", price=9900)

    assert (change.what, change.stock.price, change.stock.split, change.stock.sold) == ("changed", 9900, "any", 2)


def test_number_of_seats_can_change(store: Store) -> None:
    with store.atomic() as tx:
        stock.take(tx, "row", 3, "v", "r")
        larger = stock.alter(tx, "row", "core", "x", total=10).stock
        smaller = stock.alter(tx, "row", "core", "x", total=3).stock

    assert (larger.free, smaller.free) == (7, 0)


def test_taken_seats_cannot_be_taken_away(store: Store) -> None:
    with store.atomic() as tx:
        stock.take(tx, "row", 2, "v", "r")
        stock.hold(tx, "row", 1, "v", "h")

    with pytest.raises(SoldOut, match="3 of these seats"), store.atomic() as tx:
        stock.alter(tx, "row", "core", "x", total=2)

    assert stock.get(store.read(), "row").total == 8


def test_stock_keeps_the_fixtures_order(store: Store) -> None:
    assert [row.id for row in stock.of_event(store.read(), "e1")] == ["row", "floor", "long"]


def buy(store: Store, number: int) -> int | None:
    """Buy one seat; returns its number, or None when there is none left."""
    try:
        with store.atomic() as tx:
            return stock.take(tx, "long", 1, "acme", f"o{number}").seats[0]
    except SoldOut:
        return None


def test_crowd_buys_each_seat_once(store: Store) -> None:
    with ThreadPoolExecutor(8) as crowd:
        seats = list(crowd.map(lambda number: buy(store, number), range(80)))

    assert sorted(seat for seat in seats if seat) == list(range(1, 51))
    assert seats.count(None) == 30
    assert stock.get(store.read(), "long").free == 0


def hold_and_decide(store: Store, number: int) -> None:
    """Hold two seats, then release them, buy them, or buy both and return one."""
    try:
        with store.atomic() as tx:
            stock.hold(tx, "long", 2, "acme", f"o{number}")
    except SoldOut:
        return
    with store.atomic() as tx:
        if number % 3 == 0:
            stock.release(tx, "acme", f"o{number}")
        else:
            stock.sell_held(tx, "acme", f"o{number}")
    if number % 3 == 1:
        with store.atomic() as tx:
            stock.put_back(tx, "acme", f"o{number}", 1)


def test_crowd_of_holders_adds_up(store: Store) -> None:
    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(lambda number: hold_and_decide(store, number), range(60)))

    check(store, "long", [f"o{number}" for number in range(60)])


RECORDS = ("r1", "r2", "r3")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("take", "hold", "release", "put_back", "sell_held", "sell_to")),
        st.sampled_from(("row", "floor")),
        st.sampled_from(RECORDS),
        st.sampled_from((None, 1, 2, 3, 5)),
    ),
    max_size=25,
)


class Model:
    """The expected stock: how many seats each record holds and has bought."""

    def __init__(self) -> None:
        self.has: Counter[tuple[str, str, str]] = Counter()

    def count(self, row: str, state: str) -> int:
        """Return how many seats of a row are in a state."""
        return sum(count for (id, status, _), count in self.has.items() if (id, status) == (row, state))

    def count_owned(self, state: str, record: str) -> int:
        """Return how many seats of any row a record has in a state."""
        return sum(self.has[row, state, record] for row in ("row", "floor"))


@given(steps=STEPS)
@settings(max_examples=tries(80), derandomize=True, deadline=None, database=None)
def test_any_sequence_adds_up(template: Path, steps: list[tuple[str, str, str, int | None]]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(Path(shutil.copy(template, Path(folder) / "w.db"))) as store,
    ):
        model = Model()

        for step in steps:
            attempt(store, model, *step)
            check(store, "row", RECORDS)
            check(store, "floor", RECORDS)
            for row in ("row", "floor"):
                now = stock.get(store.read(), row)
                assert (now.held, now.sold) == (model.count(row, "held"), model.count(row, "sold"))


def attempt(store: Store, model: Model, action: str, row: str, record: str, quantity: int | None) -> None:
    """Do one step in the store and in the model; both must accept or refuse it."""
    try:
        with store.atomic() as tx:
            changes = act(tx, action, row, record, quantity)
    except SoldOut:
        assert not is_allowed(model, action, row, record, quantity)
        return
    assert is_allowed(model, action, row, record, quantity)
    for change in changes:
        follow(model, action, record, change)


def act(tx: Any, action: str, row: str, record: str, quantity: int | None) -> list[stock.Change]:
    """Do one step in the store."""
    if action in ("take", "hold"):
        return [getattr(stock, action)(tx, row, quantity or 1, "acme", record)]
    if action == "sell_to":
        return stock.sell_held(tx, "acme", record, quantity, to="r1")
    return list(getattr(stock, action)(tx, "acme", record, quantity))


def is_allowed(model: Model, action: str, row: str, record: str, quantity: int | None) -> bool:
    """Return whether the model lets a step be done."""
    if action in ("take", "hold"):
        return (quantity or 1) <= 8 - model.count(row, "held") - model.count(row, "sold")
    return (quantity or 0) <= model.count_owned("sold" if action == "put_back" else "held", record)


def follow(model: Model, action: str, record: str, change: stock.Change) -> None:
    """Apply a change of the store to the model."""
    row, count = change.stock.id, change.quantity
    if action in ("take", "hold"):
        model.has[row, change.what, record] += count
        return
    model.has[row, "sold" if action == "put_back" else "held", record] -= count
    if action.startswith("sell"):
        model.has[row, "sold", change.record] += count


def check(store: Store, row: str, records: Any) -> None:
    """Fail unless counts, claims, seats and the ledger agree."""
    now, read = stock.get(store.read(), row), store.read()
    claims = [claim for record in records for claim in stock.seats_of(read, "acme", record) if claim[0] == row]
    numbers = [seat for _, _, _, seats in claims for seat in seats]

    assert now.held == sum(count for _, state, count, _ in claims if state == "held")
    assert now.sold == sum(count for _, state, count, _ in claims if state == "sold")
    assert len(numbers) == len(set(numbers)) == (0 if now.first_seat is None else now.held + now.sold)
    assert now.free >= 0
    if now.first_seat is not None:
        assert {(state, seat) for _, state, _, seats in claims for seat in seats} == replay_ledger(store, row)
    totals = Counter({"sold": 0, "put_back": 0})
    for line in stock.ledger(read, row):
        totals[line["what"]] += line["quantity"]
    assert totals["sold"] - totals["put_back"] == now.sold


def replay_ledger(store: Store, row: str) -> set[tuple[str, int]]:
    """Return which seats are held and sold, from the ledger alone."""
    state: dict[int, str] = {}
    for line in stock.ledger(store.read(), row):
        for seat in line["seats"]:
            if line["what"] in ("released", "put_back"):
                assert state.pop(seat) == {"released": "held", "put_back": "sold"}[line["what"]]
            else:
                assert state.get(seat) in (None, "held" if line["what"] == "sold" else None)
                state[seat] = line["what"]
    return {(status, seat) for seat, status in state.items()}
