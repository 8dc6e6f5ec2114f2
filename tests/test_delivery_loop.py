"""Deliveries with the server's loop and without one, as under another WSGI server: which thread settles, and that nothing is lost."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mockmarket.config import Config, Limits
from mockmarket.delivery import delivery
from mockmarket.store import outbox
from mockmarket.worlds import journal
from mockmarket.worlds.world import World
from tests.conftest import Client
from tests.receiver import Receiver, dawdling
from tests.running import FIXTURE, buy, deliveries, listen, serving, settled, talking_to, until

THREADS, ORDERS = 8, 6
TRIGGERED = 40


@pytest.mark.parametrize("in_loop", [True, False])
def test_no_answer_is_lost(in_loop: bool, receiver: Receiver) -> None:
    receiver.answer = dawdling(11)
    limits = Limits(in_flight_per_endpoint=3)  # so that most deliveries wait for answers
    with serving(Config(fixture=FIXTURE, workers=4, limits=limits), in_loop=in_loop) as served:
        client = talking_to(served)
        listen(client, f"{receiver.url}/a")
        other = listen(client, f"{receiver.url}/b", types=["order.confirmed"])
        first = buy(client)["orderId"]

        def order(_: int) -> list[str]:
            mine = talking_to(served)
            return [buy(mine)["orderId"] for _ in range(ORDERS)]

        with ThreadPoolExecutor(THREADS + 1) as threads:
            triggered = threads.submit(
                client.control, "POST", "portal/trigger/order.confirmed", {"count": TRIGGERED, "endpoint": other["id"]}
            )
            orders = [first, *(id for ids in threads.map(order, range(THREADS)) for id in ids)]
            triggered.result()

        expected = 2 * len(orders) + TRIGGERED
        until(client.world, lambda: client.control("GET", "health")["deliveries"].get("delivered") == expected)
        rows = deliveries(client)
        assert {row["attempts"] for row in rows} == {1}
        assert Counter(row["record"] for row in rows if row["why"] == "event") == dict.fromkeys(orders, 2)
        assert len(receiver.hooks) == expected
        assert not client.world.in_flight


def test_deliveries_beyond_a_share_follow_the_answers(receiver: Receiver) -> None:
    limits = Limits(in_flight_per_endpoint=1)
    with serving(Config(fixture=FIXTURE, limits=limits)) as served:
        client = talking_to(served)
        listen(client, receiver.url)

        orders = [buy(client)["orderId"] for _ in range(12)]

        assert [hook.json["orderId"] for hook in receiver.wait(len(orders))] == orders
        settled(client)


@pytest.mark.parametrize(
    ("kept", "in_loop", "thread"),
    [(False, True, "mockmarket-server"), (True, True, "mockmarket-ticker"), (False, False, "mockmarket-ticker")],
)
def test_world_that_waits_for_the_disk_is_settled_by_a_thread(
    kept: bool, in_loop: bool, thread: str, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settlings: list[tuple[str, str | None]] = []
    settle = delivery.settle_batch

    def settle_batch(world: Any, outcomes: Sequence[Any]) -> list[bool]:
        settlings.append((threading.current_thread().name, journal.current.get()))
        return settle(world, outcomes)

    monkeypatch.setattr(delivery, "settle_batch", settle_batch)
    with serving(Config(fixture=FIXTURE, data=tmp_path if kept else None), in_loop=in_loop) as served:
        client = talking_to(served)
        listen(client, receiver.url)

        buy(client)
        settled(client)

    assert settlings == [(thread, None)]  # no request is its cause


def test_delivery_that_is_put_off_has_its_world_tended(
    client: Client, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.control("PUT", "clock", {"frozen": True})
    listen(client, receiver.url)
    client.control("PUT", "faults", {"faults": [{"fault": "delay", "with": {"seconds": 60}}]})
    with client.world.store.atomic() as tx:
        outbox.announce(
            tx, outbox.Notice("portal", "order.confirmed", tx.ids.uuid(), "order", "r", b"{}"), why="trigger"
        )
    tended: list[World] = []
    monkeypatch.setattr(client.world, "wake", tended.append)

    assert delivery.claim_due(client.world, "me", 1) == []

    assert tended == [client.world]
