"""What a redraw of the dashboard takes does not grow with what is kept: the index of a world's activity is exact whatever happens, and a
look at it does as much with much kept as with little."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mockmarket.clock import DAY, HOUR, SECOND
from mockmarket.config import Limits
from mockmarket.control.order_fixture import changes_of
from mockmarket.dashboard import awaited, delivery_counts, delivery_list as pages, orders, timeline
from mockmarket.dashboard.activity import STEPS, Activity, Rows, activity_of
from mockmarket.dashboard.filtering import Query, concerning
from mockmarket.dashboard.overview import MOST_STEPS, counts_of, overview_of
from mockmarket.store import activity, delivery_list, outbox, records
from mockmarket.store.delivery_list import Filters
from mockmarket.worlds.journal import Journal
from mockmarket.worlds.world import World
from tests.conftest import Client
from tests.receiver import Receiver
from tests.running import buy, listen, until
from tests.test_journal import entry


def fill(world: World, endpoint: str, count: int, state: str = "pending", apart_ms: int = SECOND) -> None:
    """Store deliveries of an hour from now on, each so many ms after the one before; those that are settled were attempted then."""
    rows = [(number, world.clock.now() + HOUR + number * apart_ms) for number in range(count)]
    with world.store.atomic() as tx:
        [[first]] = tx.conn.execute("SELECT coalesce(max(id), 0) + 1 FROM notice")
        [[fresh]] = tx.conn.execute("SELECT coalesce(max(id), 0) + 1 FROM delivery")
        tx.conn.executemany(
            "INSERT INTO notice (id, uid, vendor, type, kind, record, at, body)"
            " VALUES (?, ?, 'portal', 'order.accepted', 'order', ?, ?, '')",
            [(first + number, f"u{first + number}", f"o{number}", tx.now) for number, _ in rows],
        )
        tx.conn.executemany(
            "INSERT INTO delivery (id, uid, notice, endpoint, state, why, due, at, attempts) VALUES (?, ?, ?, ?, ?, 'trigger', ?, ?, 1)",
            [
                (fresh + number, f"d{fresh + number}", first + number, endpoint, state, due, tx.now)
                for number, due in rows
            ],
        )
        if state != "pending":
            tx.conn.executemany(
                "INSERT INTO attempt (delivery, number, why, at, wall_at, stamp, url, request_headers, answer_headers, answer_body,"
                " truncated, elapsed_ms, verdict, reason) VALUES (?, 1, 'event', ?, 0, 0, '', '[]', '[]', '', 0, 0, 'delivered', '')",
                [(fresh + number, due) for number, due in rows],
            )


@contextmanager
def calls() -> Iterator[list[int]]:
    """Count the calls of functions in a block."""
    count = [0]

    def note(frame: object, event: str, arg: object) -> None:
        count[0] += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        yield count
    finally:
        sys.setprofile(None)


def work(world: World, query: Query | None = None) -> int:
    """Return how many calls a redraw takes after one more request of no effect."""
    timeline.story_of(world, query)
    with calls() as count:
        story = timeline.story_of(world, query)
        overview_of(story.steps, 1000, None, story.dues, story.now, story.counts.awaited)
    return count[0]


@pytest.fixture
def endpoint(client: Client) -> str:
    """Freeze the clock; return an endpoint of the portal at which nobody answers."""
    client.control("PUT", "clock", {"frozen": True})
    id: str = listen(client, "http://127.0.0.1:1/")["id"]
    return id


SEARCHES = Query(text="accepted"), Query(text="dropped"), Query(record="1001"), Query(text="orders", record="1001")


def rows_of(rows: Rows) -> dict[str, Any]:
    """Return rows by category, and their counts, in a form that is the same for the same content."""
    return {
        "places": {category: places for category, places in rows.places.items() if places},
        "steps": {step: {name: counts for name, counts in rows.steps[step].items() if counts} for step in STEPS},
    }


def state_of(index: Activity, now: int) -> dict[str, Any]:
    """Return all that an index has, in a form that is the same for the same content."""
    vendors = index.awaited_by("", "")
    return {
        "deliveries": {number: each for chain in index.chains.values() for number, each in chain.deliveries.items()},
        "rows": index.rows,
        **rows_of(index),
        "late": awaited.late(vendors, now),
        "coming": awaited.coming(vendors, now, 10_000),
        "awaited": sum(vendor.count for vendor in vendors),
    }


def check(world: World) -> Activity:
    """Compare the index, brought up to date, with one that is made anew; returns it."""
    known, anew = activity_of(world), Activity()
    with known.lock, world.store.writer:  # nothing is settled meanwhile
        known.refresh(world)
        anew.refresh(world)
        assert state_of(known, world.clock.now()) == state_of(anew, world.clock.now())
        for query in SEARCHES:
            assert rows_of(concerning(known, query)) == rows_of(concerning(anew, query))
        assert delivery_counts.counts_of(world) == delivery_list.groups(world.read(), Filters(), None)
    return known


def drop_half(client: Client) -> None:
    """Drop the deliveries of one record."""
    with client.world.atomic() as tx:
        outbox.drop_all(tx, [*range(1, 20, 2)], "Half of them.")


def prune(client: Client) -> None:
    """Remove all that is settled."""
    with client.world.atomic() as tx:
        outbox.prune(tx, 0)


STEPS_OF_LIFE: tuple[Callable[[Client], object], ...] = (
    lambda client: [buy(client) for _ in range(4)],
    lambda client: client.control("POST", "clock/advance", {"seconds": 1}),
    drop_half,
    lambda client: client.control("POST", "clock/advance", {"seconds": 120}),
    lambda client: client.control("POST", "deliveries/resend", {"state": "dropped"}),
    lambda client: client.control("POST", "clock/advance", {"seconds": 7 * DAY // SECOND}),
    prune,
    lambda client: [buy(client) for _ in range(2)],
    lambda client: client.control("POST", "deliveries/drop", {}),
    prune,
)


def test_index_is_exact_whatever_happens(client: Client, receiver: Receiver, endpoint: str) -> None:
    receiver.answer = lambda hook: (500, b"")
    listen(client, receiver.url)

    for step in STEPS_OF_LIFE:
        step(client)
        until(client.world, lambda: not client.world.in_flight)
        check(client.world)


def test_reader_that_falls_behind_begins_anew(client: Client, endpoint: str) -> None:
    buy(client)
    wait_until_sent(client)
    activity_of(client.world).refresh(client.world)
    with client.world.store.atomic() as tx:
        tx.conn.execute("UPDATE delivery SET state = 'dropped'")
    client.world.store.recent_deliveries.add(range(20_000))

    assert check(client.world).awaited_by("", "") == []


def wait_until_sent(client: Client) -> None:
    """Wait until nothing is being sent."""
    until(client.world, lambda: not client.world.in_flight)


@pytest.mark.parametrize("apart_ms", [0, SECOND])
def test_redraw_does_not_grow_with_what_is_awaited(client: Client, endpoint: str, apart_ms: int) -> None:
    fill(client.world, endpoint, 200, apart_ms=apart_ms)
    few = work(client.world)

    fill(client.world, endpoint, 2_000, apart_ms=apart_ms)

    assert work(client.world) <= few * 1.1
    assert timeline.story_of(client.world).counts.awaited == 2_200


def journal(world: World, count: int, **values: Any) -> None:
    """Add so many requests to a world's journal."""
    for number in range(count):
        world.journal.add(entry(1_000_000 + number, at=world.clock.now(), wall_at=1 + number, **values))


def test_history_of_an_order_does_not_grow_with_the_journal(client: Client) -> None:
    order = buy(client)["orderId"]
    client.patch("/api/v1/orders", {"orderId": order, "status": "no such status"})
    client.patch("/api/v1/orders", {"orderId": f"{order}0", "status": "accepted"})
    seller = client.world.vendors["portal"]
    view = seller.records.orders
    assert view
    line = view.line(client.world.read(), records.get(client.world.read(), view.kind, order) or {})
    titles = ["POST /api/v1/orders", "1 sold", "order.confirmed", "PATCH /api/v1/orders"]

    def look() -> int:
        changes = changes_of(client.world.read(), (seller, view), order)
        orders.happened(client.world, (seller, view), line, order, changes)
        with calls() as count:
            history = orders.happened(client.world, (seller, view), line, order, changes)
            client.world.journal.failed_since(2_000_000)
        assert [line.title for line in history[1:]] == titles
        return count[0]

    few = look()
    journal(client.world, 1_500, vendor="portal", status=404)
    journal(client.world, 1_500, vendor="portal")

    assert look() <= few * 1.05


def test_redraw_with_filters_does_not_grow_with_the_journal(client: Client) -> None:
    query, requests = Query(record="1001", text="orders"), {"path": "/orders", "body": b"1001", "status": 404}
    journal(client.world, 200, **requests)
    few = work(client.world, query)
    journal(client.world, 2_000, **requests)

    assert work(client.world, query) <= few * 1.1


def test_failures_since_a_moment_are_counted() -> None:
    journal = Journal(Limits(journal_entries=6))
    for number, status in enumerate((500, 200, 404, 200, 0, 200, 422, 302)):
        journal.add(entry(number, status=status, wall_at=10 * number, elapsed_ms=15.0))

    assert [journal.failed_since(moment) for moment in (0, 19, 20, 39, 40, 60)] == [3, 3, 2, 2, 1, 0]


def test_pages_of_a_sorted_list_are_the_list(client: Client, endpoint: str) -> None:
    for state, count in (("delivered", 7), ("pending", 4), ("failed", 2)):
        fill(client.world, endpoint, count, state)
    read, where = client.world.read(), Filters(vendor="portal")

    for sort in [f"{way}{column}" for column in delivery_list.SORTS for way in ("", "-")]:
        entire = delivery_list.page(read, where, sort)
        parts = [row for start in (0, 5, 10) for row in delivery_list.page(read, where, sort, 5, start)]
        column = {"made": "id", "about": "record", "to": "url", "answer": "last_status"}.get(sort.lstrip("-"))
        values = [row[column or sort.lstrip("-")] for row in entire]
        assert parts == entire
        assert values == sorted(values, key=lambda value: value or 0, reverse=sort.startswith("-"))


def test_counts_of_attempts_are_those_of_the_newest(
    client: Client, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(client.world, endpoint, 30, "failed")
    fill(client.world, endpoint, 30, "delivered")
    path = "/_mockmarket/ui/webhooks/deliveries"
    every = client.get(path, tried="delivered").text

    monkeypatch.setattr(pages, "MOST_COUNTED", 20)
    newest, plain = client.get(path, tried="delivered").text, client.get(path).text

    assert "delivered (30)" in every
    assert "or more" not in every
    assert "delivered (20+)" in newest
    assert "failed (0+)" in newest
    assert "or more: counted are the newest" in newest
    assert "delivered (30)" in plain


def test_late_and_coming_are_those_of_a_list() -> None:
    now, dues = 50 * SECOND, (None, *range(0, 100_000, 700))
    members = [
        (notice_of("ab"[number * 7 % 2]), delivery_of(number, "xyz"[number * 5 % 3], dues[number * 7919 % len(dues)]))
        for number in range(400)
    ]
    awaiting = awaited.Awaited(members)
    for member in members[::3]:
        awaiting.remove(*member)
    rest = [member for place, member in enumerate(members) if place % 3]

    late, coming = awaited.late([awaiting], now), awaited.coming([awaiting], now, 5)

    seconds = sorted({(each.due or 0) // SECOND for _, each in rest if (each.due or 0) // SECOND > now // SECOND})
    groups = Counter(((each.due or 0) // SECOND, each.endpoint, notice.type) for notice, each in rest)
    assert awaiting.count == len(rest)
    assert {group.endpoint: group.number for group in late} == Counter(
        each.endpoint for _, each in rest if (each.due or 0) // SECOND <= now // SECOND
    )
    assert {group[:3]: group.number for group in coming} == {
        group: number for group, number in groups.items() if group[0] in seconds[:5]
    }


def notice_of(type: str) -> activity.Notice:
    """Return a notice of a type."""
    return activity.Notice(1, "portal", type, "order", "o1", 0, None)


def delivery_of(number: int, endpoint: str, due: int | None) -> activity.Delivery:
    """Return a delivery that is due then."""
    return activity.Delivery(number, f"d{number}", 1, endpoint, "pending", "", due, None, 0, 0, None, None, None)


@pytest.mark.thorough
def test_overview_of_a_long_time_has_longer_steps(client: Client, endpoint: str) -> None:
    fill(client.world, endpoint, MOST_STEPS - 10, "delivered", 10 * SECOND)
    index = check(client.world)
    assert counts_of(index, Query())[0] == 1

    fill(client.world, endpoint, 30, "delivered", 61 * SECOND)
    index = check(client.world)
    step, counts = counts_of(index, Query())

    assert step == 60
    assert sum(sum(number.values()) for number in counts.values()) == len(index.rows)
    picture = overview_of((step, counts), 1000, None)
    assert picture
    assert all((bar.until + 1 - bar.since) % (60 * SECOND) == 0 for bar in picture.bars)
    assert counts_of(concerning(index, Query(text="order.accepted")), Query())[0] == 60
