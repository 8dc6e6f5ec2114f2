"""Rows of seats are divided and joined: each seat is in one row at most, and every vendor shows the present rows."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockmarket import stock
from mockmarket.clock import Clock, Setting
from mockmarket.config import Config
from mockmarket.errors import Conflict, Invalid, NotFound, Refusal, SoldOut
from mockmarket.stock import Change, Stock
from mockmarket.store import Store, StoreHooks, events, schema
from mockmarket.store.events import Event, Venue
from mockmarket.vendor import Vendor
from mockmarket.worlds.world import World
from tests.conftest import Client, Served
from tests.sixth.kiosk.vendor import VENDOR
from tests.sixth.serving import fixture_for_all, serving

NOW = 1_772_366_400_000
HALL = Venue("hall", "Hall", "Boston", "UTC")
SHOWS = [Event(id, "Show", HALL, NOW + 1_000_000, NOW + 2_000_000) for id in ("e1", "e2")]
A = Stock("a", "e1", "seated", "101", "A", 11, 8, 5000, "USD", "never_leave_one", data={"notes": ["aisle"]})
ROWS = [
    A, Stock("a2", "e1", "seated", "101", "A", 19, 4, 7000, "USD"), Stock("far", "e1", "seated", "101", "A", 30, 4, 5000, "USD"),
    Stock("b", "e1", "seated", "101", "B", 1, 4, 5000, "USD"), Stock("box", "e1", "seated", "Box", "A", 19, 4, 5000, "USD"),
    Stock("other", "e2", "seated", "101", "A", 19, 4, 5000, "USD"), Stock("euro", "e1", "seated", "101", "A", 23, 2, 5000, "EUR"),
    Stock("floor", "e1", "general", "Floor", "GA", None, 8, 3000, "USD"),
    Stock("pit", "e1", "general", "Floor", "Pit", None, 5, 4000, "USD"), Stock("stand", "e1", "general", "101", "A", None, 5, 4000, "USD"),
]  # fmt: skip
NUMBERS = itertools.count(1)


@pytest.fixture
def listeners() -> list[Vendor]:
    """Return the vendors that are notified of changes of stock: none at first."""
    return []


@pytest.fixture
def store(tmp_path: Path, listeners: list[Vendor]) -> Iterator[Store]:
    """Open a world's file with two shows and their stock."""
    schema.prepare(tmp_path / "w.db", (), "OFF")
    store = Store(tmp_path / "w.db", Clock(), 0, "OFF", hooks=StoreHooks(listeners))
    store.clock.reset(Setting(frozen_at=NOW))
    with store.atomic() as tx:
        events.add_venues(tx, [HALL])
        events.add(tx, SHOWS)
        stock.add(tx, ROWS)
    yield store
    store.close()


def divide(store: Store, id: str, *quantities: int) -> list[Stock]:
    """Divide a row for a broker."""
    with store.atomic() as tx:
        return stock.divide(tx, id, quantities, "broker", "i1")


def join(store: Store, *ids: str) -> Stock:
    """Join rows for a broker."""
    with store.atomic() as tx:
        return stock.join(tx, ids, "broker", "i1")


def take(store: Store, id: str, quantity: int) -> tuple[int, ...]:
    """Sell seats of a row; returns their numbers."""
    with store.atomic() as tx:
        return stock.take(tx, id, quantity, "shop", f"o{next(NUMBERS)}").seats


def hold(store: Store, id: str, seat: int) -> None:
    """Hold one seat of a row by its number."""
    with store.atomic() as tx:
        stock.hold(tx, id, 1, "shop", f"h{seat}", seat=seat)


def numbers(row: Stock) -> list[int]:
    """Return the numbers of a row's seats."""
    return list(range(row.first_seat or 0, (row.first_seat or 0) + row.total))


def record_changes(listeners: list[Vendor]) -> list[tuple[Change, int]]:
    """Add a listener; returns the list of changes that it receives, each with the event's free seats at that time."""
    changes: list[tuple[Change, int]] = []
    listeners.append(
        replace(
            VENDOR,
            world=replace(
                VENDOR.world, stock_changed=lambda tx, change: changes.append((change, stock.free_of_event(tx, "e1")))
            ),
        )
    )
    return changes


def test_parts_stand_side_by_side(store: Store) -> None:
    parts = divide(store, "a", 2, 3, 3)

    assert [numbers(part) for part in parts] == [[11, 12], [13, 14, 15], [16, 17, 18]]
    assert [stock.get(store.read(), part.id) for part in parts] == parts


def test_first_part_keeps_its_id(store: Store) -> None:
    first, second, third = divide(store, "a", 2, 3, 3)

    assert first == replace(A, total=2)
    assert len({"a", second.id, third.id}) == 3
    assert replace(second, id="a", first_seat=11, total=8) == A


def test_general_admission_is_divided(store: Store) -> None:
    take(store, "floor", 2)

    parts = divide(store, "floor", 4, 2)

    assert [(part.total, part.sold, part.first_seat) for part in parts] == [(6, 2, None), (2, 0, None)]


def test_taken_seats_stay_first(store: Store) -> None:
    take(store, "a", 2)
    hold(store, "a", 13)

    first, second = divide(store, "a", 1, 4)

    assert (numbers(first), first.sold, first.held, first.free) == ([11, 12, 13, 14], 2, 1, 1)
    assert (numbers(second), second.free) == ([15, 16, 17, 18], 4)


def test_seat_between_parts_is_refused(store: Store) -> None:
    hold(store, "a", 16)

    with pytest.raises(Conflict, match=r"Seat 16 in section 101, row A is held or sold"):
        divide(store, "a", 2, 5)

    assert stock.get(store.read(), "a") == replace(A, held=1)


@pytest.mark.parametrize("quantities", [(), (8,), (4, 5), (4, 3), (8, 0), (9, -1), (4, 4, 0)])
def test_quantities_make_up_the_row(store: Store, quantities: tuple[int, ...]) -> None:
    with pytest.raises(Invalid, match="8 seats are free here"):
        divide(store, "a", *quantities)


def test_only_free_seats_are_divided(store: Store) -> None:
    take(store, "a", 3)

    with pytest.raises(Invalid, match="5 seats are free here"):
        divide(store, "a", 4, 4)


def test_row_that_is_not_there(store: Store) -> None:
    with pytest.raises(NotFound, match="'nothing'"):
        divide(store, "nothing", 1, 1)


def test_parts_are_told_as_changes(store: Store, listeners: list[Vendor]) -> None:
    changes = record_changes(listeners)

    _, second, third = divide(store, "a", 2, 3, 3)

    assert [(change.what, change.stock.id, change.quantity, change.parts) for change, _ in changes] == [
        ("changed", "a", 0, (second.id, third.id)),
        ("added", second.id, 3, ("a",)),
        ("added", third.id, 3, ("a",)),
    ]


def test_no_seat_seems_lost(store: Store, listeners: list[Vendor]) -> None:
    before, changes = stock.free_of_event(store.read(), "e1"), record_changes(listeners)

    divide(store, "a", 2, 6)
    join(store, "floor", "pit")

    assert {free for _, free in changes} == {before}


def test_division_is_in_the_ledger(store: Store) -> None:
    _, second = divide(store, "a", 2, 6)

    lines = [stock.ledger(store.read(), id) for id in ("a", second.id)]
    assert [(line["what"], line["vendor"], line["record"]) for (line,) in lines] == [
        ("changed", "broker", "i1"),
        ("added", "broker", "i1"),
    ]


def test_refusing_vendor_undoes_it(store: Store, listeners: list[Vendor]) -> None:
    def refuse(*_: Any) -> None:
        raise SoldOut("Not here.")

    listeners.append(replace(VENDOR, world=replace(VENDOR.world, stock_changed=refuse)))
    with pytest.raises(SoldOut):
        divide(store, "a", 2, 6)
    with pytest.raises(SoldOut):
        join(store, "a", "a2")

    assert stock.of_event(store.read(), "e1", "101")[:2] == ROWS[:2]


def test_neighbours_become_one_row(store: Store) -> None:
    row = join(store, "a2", "a")

    assert numbers(row) == list(range(11, 23))
    assert replace(row, id="a2", first_seat=19, total=4) == ROWS[1]  # price, split and data of the first row
    assert [stock.get(store.read(), id).total for id in ("a", "a2")] == [0, 0]


def test_general_admission_is_joined(store: Store) -> None:
    row = join(store, "floor", "pit")

    assert (row.total, row.row, row.first_seat, row.price) == (13, "GA", None, 3000)


def test_sold_seats_stay_behind(store: Store) -> None:
    take(store, "a", 3)

    row = join(store, "a", "a2")

    assert numbers(row) == list(range(14, 23))
    assert (stock.get(store.read(), "a").total, stock.get(store.read(), "a").sold) == (3, 3)


def test_seats_left_behind_come_back(store: Store) -> None:
    with store.atomic() as tx:
        stock.take(tx, "a", 3, "shop", "order")
    join(store, "a", "a2")

    with store.atomic() as tx:
        (change,) = stock.put_back(tx, "shop", "order")

    assert (change.seats, change.stock.free) == ((11, 12, 13), 3)


def test_what_was_divided_joins_again(store: Store) -> None:
    parts = divide(store, "a", 2, 3, 3)

    row = join(store, *(part.id for part in parts))

    assert replace(row, id="a") == A


def test_joined_rows_are_told(store: Store, listeners: list[Vendor]) -> None:
    changes = record_changes(listeners)

    row = join(store, "a2", "a")

    assert [(change.what, change.stock.id, change.stock.free, change.parts) for change, _ in changes] == [
        ("changed", "a2", 0, (row.id,)),
        ("changed", "a", 0, (row.id,)),
        ("added", row.id, 12, ("a2", "a")),
    ]


def test_joined_row_takes_the_place(store: Store) -> None:
    row = join(store, "a2", "a")

    ids = [row.id for row in stock.of_event(store.read(), "e1", "101")]
    assert (ids[0], ids[-1]) == (row.id, "a")


@pytest.mark.parametrize(
    ("ids", "kind", "words"),
    [
        (("a",), Invalid, "two different rows"),
        (("a", "a"), Invalid, "two different rows"),
        ((), Invalid, "two different rows"),
        (("a", "nothing"), NotFound, "'nothing'"),
        (("a", "far"), Conflict, "Seats 19 and 30"),
        (("a", "b"), Conflict, "different rows cannot be joined: A, B"),
        (("a", "box"), Conflict, "different sections cannot be joined: 101, Box"),
        (("a", "other"), Conflict, "different events cannot be joined: e1, e2"),
        (("a2", "euro"), Conflict, "different currencies cannot be joined: EUR, USD"),
        (("a", "stand"), Conflict, "different kinds of admission"),
    ],
)
def test_rows_that_cannot_be_joined(store: Store, ids: tuple[str, ...], kind: type[Refusal], words: str) -> None:
    with pytest.raises(kind, match=words):
        join(store, *ids)

    assert {row.id: row for row in stock.of_event(store.read(), "e1")} == {
        row.id: row for row in ROWS if row.event == "e1"
    }


def test_row_with_nothing_free(store: Store) -> None:
    take(store, "a2", 4)

    with pytest.raises(Conflict, match="Nothing is free in section 101, row A"):
        join(store, "a", "a2")


def test_seat_in_the_middle_parts_them(store: Store) -> None:
    hold(store, "a2", 19)

    with pytest.raises(Conflict, match="Seats 19 and 20"):
        join(store, "a", "a2")


def test_row_cannot_grow_into_another(store: Store) -> None:
    divide(store, "a", 2, 6)

    with (
        pytest.raises(Conflict, match="Seat 13 in section 101, row A is on sale in another listing"),
        store.atomic() as tx,
    ):
        stock.alter(tx, "a", "shop", "r", total=8)

    assert stock.get(store.read(), "a").total == 2


def test_row_grows_where_none_stands(store: Store) -> None:
    with store.atomic() as tx:
        seats = [stock.alter(tx, id, "shop", "r", total=10).stock.total for id in ("b", "floor")]

    assert seats == [10, 10]


def reshape(store: Store, number: int) -> list[tuple[int, ...]]:
    """Divide, join or buy in the present rows of section 101, row A; returns the seats bought."""
    with store.atomic() as tx:
        rows = [row for row in stock.of_event(tx, "e1", "101") if row.kind == "seated" and row.row == "A" and row.free]
        row = rows[number % len(rows)] if rows else None
    if row is None:
        return []
    try:
        if number % 3 == 0:
            divide(store, row.id, row.free // 2, row.free - row.free // 2)
        elif number % 3 == 1:
            join(store, *(part.id for part in rows if part.currency == "USD"))
        else:
            return [take(store, row.id, 1 + number % 2)]
    except (Conflict, Invalid):
        pass
    return []


def test_crowd_reshapes_and_buys(store: Store) -> None:
    with ThreadPoolExecutor(8) as crowd:
        purchases = list(crowd.map(lambda number: reshape(store, number), range(90)))

    seats = [seat for purchase in purchases for seats in purchase for seat in seats]
    rows = [row for row in stock.of_event(store.read(), "e1", "101") if row.row == "A" and row.kind == "seated"]
    assert max(Counter(seats).values()) == 1
    assert sum(row.sold for row in rows) == len(seats) > 3
    assert sorted(seat for row in rows for seat in numbers(row)) == [*range(11, 25), *range(30, 34)]


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve every vendor, and the sixth, with several brokers in the fixture."""
    path = Path(fixture_for_all(tmp_path_factory.mktemp("reshaping")))
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["vendors"]["tixstock"]["brokers"] = [
        {"id": f"b{number}", "name": f"Broker {number}"} for number in range(6)
    ]
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with serving(Config(fixture=str(path))) as served:
        yield served


@pytest.fixture
def world(market: Served) -> Iterator[World]:
    """Give the test a world of its own."""
    world = market.fresh_worlds.take()
    yield world
    market.fresh_worlds.give_back(world)


@pytest.fixture
def client(market: Served, world: World) -> Client:
    """Talk to the test's world, with the portal's full key."""
    client = Client(market.url, world)
    client.key = {"X-API-Key": "portal_test_full_00000000"}
    return client


def in_half(world: World) -> tuple[Stock, Stock]:
    """Divide row A of section 101 as a broker would, into two halves."""
    with world.atomic() as tx:
        row = stock.of_event(tx, "1001", "101")[0]
        first, second = stock.divide(tx, row.id, [5, 3], "broker", "i1")
    return first, second


def whole_again(world: World, parts: tuple[Stock, ...]) -> Stock:
    """Join rows as a broker would."""
    with world.atomic() as tx:
        return stock.join(tx, [part.id for part in parts], "broker", "i1")


def records_of(client: Client, kind: str, rows: tuple[Stock, ...] = ()) -> list[dict[str, Any]]:
    """Return the records of a vendor's kind, such as `acme/offer`: those of some rows in their order, or all; times left out."""
    queries = [f"?limit=1000&stock={row.id}" for row in rows] or ["?limit=1000"]
    records = [record for query in queries for record in client.control("GET", f"records/{kind}{query}")["records"]]
    return [{name: value for name, value in record.items() if name != "updatedAt"} for record in records]


@pytest.mark.thorough
def test_portal_shows_each_row(client: Client, world: World) -> None:
    parts = in_half(world)
    quantities = [record["quantity"] for record in records_of(client, "portal/listing", parts)]
    joined_row = whole_again(world, parts)

    listings = client.get("/api/v1/inventory", eventId="1001").json()["data"]
    assert quantities == [5, 3]
    assert [record["quantity"] for record in records_of(client, "portal/listing", (*parts, joined_row))] == [0, 0, 8]
    assert [listing["quantity"] for listing in listings if (listing["section"], listing["row"]) == ("101", "A")] == [8]


@pytest.mark.thorough
def test_portal_sells_a_part(client: Client, world: World) -> None:
    parts = in_half(world)
    [listing] = records_of(client, "portal/listing", parts[1:])
    buyer = {"email": "a@example.com", "phone": {"number": "5551234567", "countryCode": "+1"}}

    answer = client.post(
        "/api/v1/orders", {"eventId": "1001", "listingId": listing["listingId"], "quantity": 3, "customer": buyer}
    )

    assert answer.status_code == 201, answer.text
    assert stock.get(world.read(), parts[1].id).sold == 3


def test_tixstock_lists_each_row(client: Client, world: World) -> None:
    parts = in_half(world)
    joined_row = whole_again(world, parts)

    listings = records_of(client, "tixstock/listing", (*parts, joined_row))
    assert [listing["number_of_tickets_for_sale"]["quantity_available"] for listing in listings] == [0, 0, 8]
    assert [listing["seat_details"]["first_seat"] for listing in listings] == ["1", "6", "1"]


def test_tixstock_parts_keep_their_broker(client: Client, world: World) -> None:
    rows = [Stock(f"x{n}", "1001", "seated", "X", str(n), 1, 4, 5000, "USD") for n in range(12)]
    with world.atomic() as tx:
        for row in rows:
            stock.put_on_sale(tx, row, "broker", "i1")
        parts = tuple(stock.divide(tx, row.id, [2, 2], "broker", "i1")[1] for row in rows)

    of_whole, of_parts = (
        [record["broker_id"] for record in records_of(client, "tixstock/listing", stock_rows)]
        for stock_rows in (tuple(rows), parts)
    )
    assert of_parts == of_whole
    assert len(set(of_whole)) > 1


@pytest.mark.parametrize("kind", ["zatabox/ticket_type", "ticketnation/ticket"])
def test_sections_count_the_same(client: Client, world: World, kind: str) -> None:
    before = records_of(client, kind)

    parts = in_half(world)
    during = records_of(client, kind)
    whole_again(world, parts)

    assert (during, records_of(client, kind)) == (before, before)
    assert client.control("GET", f"notices?vendor={kind.split('/')[0]}")["notices"] == []


def test_seat_map_has_each_seat(client: Client, world: World) -> None:
    path = "/zatabox/api/v1/public/events/evt_1001/seatmap"
    before = sorted((seat["row"], seat["number"]) for seat in seats_on_map(client, path))

    parts = in_half(world)
    during = sorted((seat["row"], seat["number"]) for seat in seats_on_map(client, path))
    whole_again(world, parts)

    assert during == before
    assert sorted((seat["row"], seat["number"]) for seat in seats_on_map(client, path)) == before


def seats_on_map(client: Client, path: str) -> list[dict[str, Any]]:
    """Return every seat of Zatabox's map of an event."""
    answer = client.get(path)
    assert answer.ok, answer.text
    return [seat for section in answer.json()["data"]["sections"] for seat in section["seats"]]


def test_kiosk_offers_each_row(client: Client, world: World) -> None:
    parts = in_half(world)
    quantities = [record["left"] for record in records_of(client, "kiosk/offer", parts)]
    joined_row = whole_again(world, parts)

    assert quantities == [5, 3]
    assert [record["left"] for record in records_of(client, "kiosk/offer", (*parts, joined_row))] == [0, 0, 8]
