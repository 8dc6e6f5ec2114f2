"""An endpoint receives the notices of one record, or of one cause, in the order in which they were made; nothing else waits."""

from __future__ import annotations

import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mockmarket.config import Config
from mockmarket.store import endpoints, outbox
from mockmarket.vendor import Vendor
from mockmarket.worlds.world import World
from tests.conftest import Client, Served
from tests.receiver import Hook, Receiver, dawdling
from tests.running import (
    FIXTURE,
    FLOOR,
    PORTAL_KEY,
    buy,
    deliveries,
    listen as portal_listens,
    serving as serving_one,
    settled,
    talking_to,
    until,
)
from tests.sixth.serving import VENDORS, market, running_world as world

__all__ = ["market", "world"]

FLOWS = 200
STEPS = 3
MOVES = ("accepted", "fulfilled", "cancelled")
DONE = b'{"success": true}'
SQLITE = {"Content-Type": "application/vnd.sqlite3"}

every_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=[vendor.name for vendor in VENDORS])


@pytest.fixture
def client(market: Served, world: World) -> Client:
    """Return a client of the test's world with the portal's key."""
    client = Client(market.url, world)
    client.key = dict(PORTAL_KEY)
    return client


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Return an event that a receiver can wait for; it is set after the test."""
    event = threading.Event()
    yield event
    event.set()


def listen(client: Client, vendor: str, url: str, **fields: Any) -> dict[str, Any]:
    """Create an endpoint."""
    endpoint: dict[str, Any] = client.control("POST", "endpoints", {"vendor": vendor, "url": url, **fields})
    return endpoint


def commit_notice(world: World, vendor: Vendor, record: str, step: int) -> None:
    """Announce a notice about a record, in a transaction of its own."""
    with world.atomic() as tx:
        announce(tx, vendor, record, step)


def announce(tx: Any, vendor: Vendor, record: str, step: int) -> None:
    """Announce a notice whose body has its record and its step."""
    type = next(notice.name for notice in vendor.webhooks.notices if notice.fires)
    body = vendor.webhooks.dialect({"record": record, "step": step})
    outbox.announce(tx, outbox.Notice(vendor.name, type, tx.ids.uuid(), "order", record, body))


def steps_of(hooks: list[Hook]) -> dict[str, list[int]]:
    """Return the steps of each record in order of arrival."""
    steps = defaultdict(list)
    for hook in hooks:
        steps[hook.json["record"]].append(hook.json["step"])
    return dict(steps)


def place_order(client: Client) -> str:
    """Buy at the portal; returns the order's id."""
    return str(buy(client)["orderId"])


def move(client: Client, order: str, status: str) -> dict[str, Any]:
    """Move an order at the portal; returns the answer."""
    answer = client.patch("/api/v1/orders", {"orderId": order, "status": status})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def events_of(hooks: list[Hook]) -> dict[str, list[str]]:
    """Return the portal's events of each order in order of arrival."""
    events = defaultdict(list)
    for hook in hooks:
        events[hook.json["orderId"]].append(hook.json["event"].removeprefix("order."))
    return dict(events)


# In order


@pytest.mark.thorough
@every_vendor
def test_every_flow_comes_in_order(client: Client, world: World, receiver: Receiver, vendor: Vendor) -> None:
    receiver.answer = dawdling(1)
    listen(client, vendor.name, receiver.url)

    for number in range(FLOWS):
        for step in range(STEPS):
            commit_notice(world, vendor, f"r{number}", step)

    by_record = steps_of(receiver.wait(FLOWS * STEPS))
    assert len(by_record) == FLOWS
    assert {tuple(steps) for steps in by_record.values()} == {tuple(range(STEPS))}


@pytest.mark.thorough
@pytest.mark.parametrize("inline", [False, True])
def test_portal_order_is_told_in_order(client: Client, receiver: Receiver, inline: bool) -> None:
    client.control("PATCH", "settings", {"portal": {"deliver_inline": inline}})
    receiver.answer = dawdling(2)
    listen(client, "portal", receiver.url)

    orders = [place_order(client) for _ in range(20)]
    for order in orders:
        for status in MOVES:
            move(client, order, status)

    assert events_of(receiver.wait(80)) == {order: ["confirmed", *MOVES] for order in orders}


@every_vendor
def test_one_cause_is_told_one_by_one(
    client: Client, world: World, receiver: Receiver, gate: threading.Event, vendor: Vendor
) -> None:
    receiver.answer = lambda hook: (200, DONE) if len(receiver.hooks) > 1 or gate.wait(10) else (500, b"")
    listen(client, vendor.name, receiver.url)
    with world.atomic() as tx:
        for step in range(STEPS):
            announce(tx, vendor, f"of-{step}", step)

    receiver.wait(1)
    under_way = client.control("GET", "health")["deliveries"]
    gate.set()

    assert under_way == {"sending": 1, "pending": STEPS - 1}
    assert [hook.json["step"] for hook in receiver.wait(STEPS)] == list(range(STEPS))


@pytest.mark.thorough
@every_vendor
def test_advance_tells_in_order(client: Client, world: World, receiver: Receiver, vendor: Vendor) -> None:
    client.control("PUT", "clock", {"frozen": True})
    receiver.answer = dawdling(3)
    listen(client, vendor.name, receiver.url)
    with world.engine:  # the ticker cannot send yet
        for step in range(STEPS):
            for number in range(10):
                commit_notice(world, vendor, f"r{number}", step)
        client_of_engine = threading.Thread(target=client.control, args=("POST", "clock/advance", {"seconds": 1}))
        client_of_engine.start()
    client_of_engine.join()

    assert steps_of(receiver.wait(30)) == {f"r{number}": list(range(STEPS)) for number in range(10)}


def test_requests_of_one_record_are_told_in_order(client: Client, receiver: Receiver, gate: threading.Event) -> None:
    receiver.answer = lambda hook: (200, DONE) if gate.wait(10) else (500, b"")
    listen(client, "portal", receiver.url)
    order = place_order(client)
    for status in MOVES:
        move(client, order, status)

    receiver.wait(1)
    counts = client.control("GET", "health")["deliveries"]
    gate.set()

    assert counts == {"sending": 1, "pending": 3}
    assert events_of(receiver.wait(4)) == {order: ["confirmed", *MOVES]}


@pytest.mark.thorough
def test_order_outlives_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    config = Config(fixture=FIXTURE, data=tmp_path)
    with serving_one(config) as served:
        client = talking_to(served)
        portal_listens(client, receiver.url)
        with client.world.engine:  # nothing is sent before the restart
            order = place_order(client)
            for status in MOVES:
                move(client, order, status)
            served.app.ticker.close(0)

    receiver.answer = dawdling(4)
    with serving_one(config):
        assert events_of(receiver.wait(4)) == {order: ["confirmed", *MOVES]}


# Nothing else waits


@every_vendor
def test_other_records_wait_for_none(
    client: Client, world: World, receiver: Receiver, gate: threading.Event, vendor: Vendor
) -> None:
    receiver.answer = lambda hook: (200, DONE) if hook.json["record"] == "b" or gate.wait(10) else (500, b"")
    listen(client, vendor.name, receiver.url)

    for step in range(STEPS):
        commit_notice(world, vendor, "a", step)
    for step in range(STEPS):
        commit_notice(world, vendor, "b", step)

    assert steps_of(receiver.wait(1 + STEPS)) == {"a": [0], "b": [0, 1, 2]}


@every_vendor
def test_other_endpoints_wait_for_none(
    client: Client, world: World, receiver: Receiver, gate: threading.Event, vendor: Vendor
) -> None:
    receiver.answer = lambda hook: (200, DONE) if hook.path.endswith("/quick") or gate.wait(10) else (500, b"")
    listen(client, vendor.name, f"{receiver.url}/slow")
    listen(client, vendor.name, f"{receiver.url}/quick")

    for step in range(STEPS):
        commit_notice(world, vendor, "a", step)

    hooks = receiver.wait(1 + STEPS)
    assert [hook.json["step"] for hook in hooks if hook.path.endswith("/quick")] == [0, 1, 2]
    assert [hook.json["step"] for hook in hooks if hook.path.endswith("/slow")] == [0]


@every_vendor
def test_failure_holds_back_none(client: Client, world: World, receiver: Receiver, vendor: Vendor) -> None:
    client.control("PUT", "clock", {"frozen": True})
    receiver.answer = lambda hook: (200, DONE) if hook.json["step"] else (500, b"")
    listen(client, vendor.name, receiver.url)

    for step in range(STEPS):
        commit_notice(world, vendor, "a", step)

    assert steps_of(receiver.wait(STEPS)) == {"a": [0, 1, 2]}
    assert [row["attempts"] for row in settled(client, 2)] == [1, 1]


def test_lost_notice_holds_back_none(client: Client, receiver: Receiver) -> None:
    listen(client, "portal", receiver.url)
    client.control("PUT", "faults", {"faults": [{"fault": "lose", "times": 1}]})

    order = place_order(client)
    move(client, order, "accepted")

    assert events_of(receiver.wait(1)) == {order: ["accepted"]}


def test_reorder_overtakes_within_a_record(client: Client, receiver: Receiver) -> None:
    listen(client, "portal", receiver.url)
    client.control("PUT", "faults", {"faults": [{"fault": "reorder", "times": 1}]})

    order = place_order(client)
    move(client, order, "accepted")

    assert events_of(receiver.wait(2)) == {order: ["accepted", "confirmed"]}


def test_delayed_notice_is_overtaken(client: Client, receiver: Receiver) -> None:
    listen(client, "portal", receiver.url)
    client.control("PUT", "faults", {"faults": [{"fault": "delay", "times": 1, "with": {"seconds": 3600}}]})

    order = place_order(client)
    move(client, order, "accepted")

    assert events_of(receiver.wait(1)) == {order: ["accepted"]}


def test_closed_endpoint_drops_all_that_wait(client: Client, receiver: Receiver, gate: threading.Event) -> None:
    receiver.answer = lambda hook: (200, DONE) if gate.wait(10) else (500, b"")
    endpoint = listen(client, "portal", receiver.url)
    order = place_order(client)
    for status in MOVES:
        move(client, order, status)
    receiver.wait(1)

    client.control("PATCH", f"endpoints/{endpoint['id']}", {"active": False})
    gate.set()

    assert len(settled(client, 3, "dropped")) == 3
    assert len(receiver.hooks) == 1


def test_muted_gap_holds_back_none(client: Client, receiver: Receiver) -> None:
    endpoint = listen(client, "portal", receiver.url, active=False)
    order = place_order(client)
    client.control("PATCH", f"endpoints/{endpoint['id']}", {"active": True})

    move(client, order, "accepted")

    assert events_of(receiver.wait(1)) == {order: ["accepted"]}


def test_resend_waits_for_none(client: Client, receiver: Receiver, gate: threading.Event) -> None:
    listen(client, "portal", receiver.url)
    order = place_order(client)
    (confirmed,) = settled(client)
    receiver.answer = lambda hook: (
        (200, DONE) if hook.json["event"] != "order.accepted" or gate.wait(10) else (500, b"")
    )
    move(client, order, "accepted")
    receiver.wait(2)

    client.control("POST", f"deliveries/{confirmed['id']}/resend")

    assert events_of(receiver.wait(3)) == {order: ["confirmed", "accepted", "confirmed"]}


# Inside the request


def test_inline_attempt_waits_for_its_turn(client: Client, receiver: Receiver, gate: threading.Event) -> None:
    receiver.answer = lambda hook: (200, DONE) if gate.wait(10) else (500, b"")
    listen(client, "portal", receiver.url)
    order = place_order(client)
    receiver.wait(1)
    client.control("PATCH", "settings", {"portal": {"deliver_inline": True}})
    answers: list[dict[str, Any]] = []
    request = threading.Thread(target=lambda: answers.append(move(client, order, "accepted")))
    request.start()
    until(client.world, lambda: len(deliveries(second_client(client))) == 2)

    arrivals = len(receiver.hooks)
    gate.set()
    request.join()

    assert arrivals == 1
    assert answers[0]["webhook"]["sent"] is True
    assert events_of(receiver.hooks) == {order: ["confirmed", "accepted"]}


@pytest.mark.thorough
def test_inline_attempt_waits_not_forever(client: Client, world: World, receiver: Receiver) -> None:
    listen(client, "portal", receiver.url)
    settings = {"portal": {"deliver_inline": True, "deadline_s": 0.1}}
    client.control("PATCH", "settings", settings)
    with world.engine:  # nothing sends the earlier notice
        commit_notice(world, world.vendors["portal"], "order_1", 0)
        with world.atomic() as tx:
            announce(tx, world.vendors["portal"], "order_1", 1)
            (newest,) = tx.conn.execute("SELECT max(id) FROM delivery").fetchone()
            claim = world.inline_sender.claim(world, tx, [newest])

        assert world.inline_sender.send(world, claim) == [False]

    assert steps_of(receiver.wait(2)) == {"order_1": [0, 1]}


def test_inline_attempt_in_a_walk_has_its_turn(client: Client, world: World, receiver: Receiver) -> None:
    listen(client, "portal", receiver.url)
    with world.engine, world.clock.held():  # as within an advance: the ticker leaves the world alone
        commit_notice(world, world.vendors["portal"], "order_1", 0)
        with world.atomic() as tx:
            announce(tx, world.vendors["portal"], "order_1", 1)
            (newest,) = tx.conn.execute("SELECT max(id) FROM delivery").fetchone()
            claim = world.inline_sender.claim(world, tx, [newest])

        assert world.inline_sender.send(world, claim) == [True]

    assert steps_of(receiver.hooks) == {"order_1": [0, 1]}


@pytest.mark.thorough
def test_inline_attempts_of_many_clients_keep_order(client: Client, receiver: Receiver) -> None:
    client.control("PATCH", "settings", {"portal": {"deliver_inline": True}})
    receiver.answer = dawdling(5)
    listen(client, "portal", receiver.url)
    orders: list[str] = []

    def shop(client: Client) -> None:
        for _ in range(3):
            order = place_order(client)
            for status in MOVES:
                move(client, order, status)
            orders.append(order)

    shoppers = [threading.Thread(target=shop, args=(second_client(client),)) for _ in range(4)]
    for shopper in shoppers:
        shopper.start()
    for shopper in shoppers:
        shopper.join()

    assert events_of(receiver.wait(48)) == {order: ["confirmed", *MOVES] for order in orders}


def second_client(client: Client) -> Client:
    """Return another client of the same world, with connections of its own."""
    second = Client(client.base.partition("/w/")[0], client.world)
    second.key = client.key
    return second


# Stored order


@pytest.mark.thorough
def test_row_deleted_by_hand_blocks_none(client: Client, world: World, receiver: Receiver, tmp_path: Path) -> None:
    with world.engine:
        listen(client, "portal", receiver.url)
        order = place_order(client)
        move(client, order, "accepted")
        path = tmp_path / "state.db"
        world.save(path)
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("DELETE FROM delivery WHERE id = (SELECT min(id) FROM delivery)")
        conn.commit()
    receiver.wait(2)

    answer = client.call("PUT", "/_mockmarket/state", data=path.read_bytes(), headers=SQLITE)

    assert answer.ok, answer.text

    assert events_of(receiver.wait(3)) == {order: ["confirmed", "accepted", "accepted"]}


@pytest.mark.thorough
def test_endpoints_of_a_long_queue_share(
    client: Client, world: World, receiver: Receiver, gate: threading.Event
) -> None:
    receiver.answer = lambda hook: (200, DONE) if hook.path.endswith("/quick") or gate.wait(10) else (500, b"")
    listen(client, "portal", f"{receiver.url}/slow", types=["order.confirmed"])
    with world.atomic() as tx:
        (slow,) = endpoints.all(tx, "portal")
    for number in range(300):
        commit_notice(world, world.vendors["portal"], f"r{number}", 0)
    listen(client, "portal", f"{receiver.url}/quick")

    client.post("/api/v1/orders", FLOOR)

    until(world, lambda: any(hook.path.endswith("/quick") for hook in receiver.hooks))
    assert world.in_flight[slow.id] == 8
