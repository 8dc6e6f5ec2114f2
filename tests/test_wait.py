"""Waits: answered as soon as the condition holds, and with an explanation for the CI log when it does not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mockmarket.clock import monotonic
from mockmarket.config import Config, Limits
from mockmarket.delivery.waiting import SEATS, until as until_seen
from mockmarket.worlds.world import World
from tests.conftest import Client, Served
from tests.receiver import PATIENCE_S, Receiver
from tests.running import FIXTURE, buy, listen, serving, settled, talking_to, until

SOON = 0.05


@pytest.fixture
def pool(world: World) -> Iterator[ThreadPoolExecutor]:
    """Yield threads beside the test's own, once no wait of an earlier test goes on: places for waits are the process's."""
    until(world, lambda: not SEATS.taken)
    with ThreadPoolExecutor(16) as pool:
        yield pool


def wait(client: Client, kind: str, **fields: Any) -> Any:
    return client.post("/_mockmarket/wait", {"for": kind, **fields})


def time_out(client: Client, kind: str, **fields: Any) -> Any:
    """Wait until the timeout; returns the error."""
    answer = wait(client, kind, timeout_s=SOON, **fields)
    assert answer.status_code == 408, answer.text
    assert answer.json()["error"]["code"] == "timed_out"
    return answer.json()["error"]


def begin_wait(served: Served, client: Client, pool: Any, kind: str, **fields: Any) -> Any:
    """Begin a wait on another thread; returns its future once it waits."""
    before = SEATS.taken
    pending = pool.submit(lambda: wait(talking_to(served, client.world.name), kind, **fields))
    until(client.world, lambda: SEATS.taken > before or pending.done())
    return pending


# Fulfilled


def test_wait_for_a_delivery(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    order = buy(client)

    body = wait(client, "deliveries", where={"type": "order.confirmed"}).json()

    assert (body["for"], body["count"], body["seen"]) == ("deliveries", 1, 1)
    assert body["deliveries"] == client.control("GET", "deliveries")["deliveries"]
    assert body["deliveries"][0]["record"] == order["orderId"]


def test_wait_ends_when_it_comes(served: Served, client: Client, held_back: Receiver, pool: ThreadPoolExecutor) -> None:
    listen(client, held_back.url)
    buy(client)
    pending = begin_wait(served, client, pool, "deliveries")

    held_back.gate.set()

    assert pending.result(PATIENCE_S).json()["seen"] == 1


def test_wait_counts_what_matches(served: Served, client: Client, receiver: Receiver, pool: ThreadPoolExecutor) -> None:
    listen(client, receiver.url)
    pending = begin_wait(served, client, pool, "deliveries", count=3)

    for _ in range(3):
        buy(client)

    assert pending.result(PATIENCE_S).json()["seen"] == 3


@pytest.mark.parametrize("state", ["failed", ["exhausted", "failed"], "any"])
def test_wait_for_a_state(client: Client, receiver: Receiver, state: Any) -> None:
    receiver.answer = lambda hook: (500, b"no")
    client.control("PATCH", "settings", {"portal": {"retries": 0}})
    listen(client, receiver.url)
    buy(client)

    answer = wait(client, "deliveries", where={"state": state, "vendor": "portal"})

    assert answer.status_code == 200, answer.text


def test_wait_for_a_request(served: Served, client: Client, pool: ThreadPoolExecutor) -> None:
    pending = begin_wait(
        served, client, pool, "requests", where={"method": "get", "path": "/api/v1/ev*", "status": 200}
    )

    client.get("/api/v1/events")

    assert [request["path"] for request in pending.result(PATIENCE_S).json()["requests"]] == ["/api/v1/events"]


def test_wait_for_what_is_to_come(served: Served, client: Client, pool: ThreadPoolExecutor) -> None:
    before = client.get("/api/v1/events").headers["X-Mockmarket-Request"]
    pending = begin_wait(served, client, pool, "requests", where={"after": before})

    after = client.get("/api/v1/events").headers["X-Mockmarket-Request"]

    assert [request["id"] for request in pending.result(PATIENCE_S).json()["requests"]] == [after]


def test_wait_for_quiet(served: Served, client: Client, held_back: Receiver, pool: ThreadPoolExecutor) -> None:
    listen(client, held_back.url)
    buy(client)
    held_back.wait(1)
    pending = begin_wait(served, client, pool, "quiet")
    assert not pending.done()

    held_back.gate.set()

    assert pending.result(PATIENCE_S).status_code == 200
    assert not client.world.in_flight
    assert settled(client)


def test_later_retry_is_quiet(client: Client, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (500, b"no")
    client.control("PUT", "clock", {"frozen": True})
    listen(client, receiver.url)
    buy(client)
    receiver.wait(1)

    body = wait(client, "quiet").json()

    assert body["next_due"] == client.control("GET", "clock")["next_delivery"]


def test_quiet_waits_for_an_advance(
    served: Served, client: Client, held_back: Receiver, pool: ThreadPoolExecutor
) -> None:
    client.control("PUT", "clock", {"frozen": True})
    listen(client, held_back.url)
    buy(client)
    held_back.wait(1)
    walk = pool.submit(lambda: talking_to(served, client.world.name).control("POST", "clock/advance", {"seconds": 5}))
    pending = begin_wait(served, client, pool, "quiet")

    held_back.gate.set()

    assert pending.result(PATIENCE_S).status_code == 200
    assert walk.result(PATIENCE_S)["complete"]


def test_wait_goes_on_across_a_reset(served: Served, client: Client, pool: ThreadPoolExecutor) -> None:
    pending = begin_wait(served, client, pool, "requests")

    client.control("POST", "reset")
    client.get("/api/v1/events")

    assert pending.result(PATIENCE_S).json()["seen"] == 1


@pytest.mark.thorough
def test_wait_of_another_world_goes_on(served: Served, client: Client, pool: ThreadPoolExecutor) -> None:
    pending = begin_wait(served, client, pool, "requests", timeout_s=0.3)

    talking_to(served).get("/api/v1/events")

    assert pending.result(PATIENCE_S).status_code == 408


# Timed out


def test_missed_delivery_says_its_state(client: Client, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (500, b"no")
    client.control("PUT", "clock", {"frozen": True})
    listen(client, receiver.url)
    buy(client)
    wait(client, "quiet")

    error = time_out(client, "deliveries", where={"type": "order.confirmed"})

    due = client.control("GET", "clock")["next_delivery"]
    assert error["message"].startswith(
        "Waited 0.05 s for 1 delivery with type order.confirmed, state delivered; 0 matched. "
        "Without the state 1 does: 1 pending (attempt 1 was answered 500, next at " + due
    )
    assert error["message"].endswith(f"In the world {client.world.name}: 1 pending.")
    assert error["seen"] == {
        "matching": 0,
        "all": {"pending": 1},
        "closest": [{"without": "state", "count": 1, "values": {"pending": 1}}],
    }


def test_missed_delivery_says_what_came_close(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    buy(client)
    settled(client)

    error = time_out(client, "deliveries", where={"type": "order.cancelled"})

    assert "Without the type 1 does: type order.confirmed." in error["message"]


def test_missed_delivery_without_endpoint(client: Client) -> None:
    buy(client)

    error = time_out(client, "deliveries")

    assert error["message"].endswith("there is no delivery: there were notices, and no endpoint that hears them.")


def test_missed_count_says_how_many(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    buy(client)
    settled(client)

    error = time_out(client, "deliveries", count=2)

    assert "for 2 deliveries with state delivered; 1 matched." in error["message"]


def test_missed_request_says_what_was_seen(client: Client) -> None:
    client.get("/api/v1/events")
    client.get("/api/v1/nothing")

    error = time_out(client, "requests", where={"path": "/api/v1/nothing", "status": 200})

    assert error["message"] == (
        "Waited 0.05 s for 1 request with path /api/v1/nothing, status 200; 0 matched. "
        "Without the path 1 does: path /api/v1/events. Without the status 1 does: status 404. "
        f"The world {client.world.name} saw 2 requests, lastly GET /api/v1/events 200, GET /api/v1/nothing 404."
    )


def test_missed_quiet_says_what_goes_on(client: Client, held_back: Receiver) -> None:
    listen(client, held_back.url)
    buy(client)
    held_back.wait(1)

    error = time_out(client, "quiet")

    assert "1 in flight, deliveries: 1 sending." in error["message"]
    assert error["seen"]["in_flight"] == 1


def test_no_time_looks_once(client: Client) -> None:
    answer = wait(client, "requests", timeout_s=0)

    assert answer.status_code == 408


def test_wait_ends_when_world_is_dropped(served: Served, client: Client, pool: ThreadPoolExecutor) -> None:
    served.app.worlds.put("dropped-while-waiting", "small")
    other_client = talking_to(served, "dropped-while-waiting")
    pending = begin_wait(served, other_client, pool, "requests")

    client.control("DELETE", "worlds/dropped-while-waiting")

    assert pending.result(PATIENCE_S).status_code == 404


@pytest.mark.thorough
def test_wait_ends_when_server_stops(pool: ThreadPoolExecutor) -> None:
    with serving(Config(fixture=FIXTURE)) as served:
        client = talking_to(served)
        pending = begin_wait(served, client, pool, "requests", timeout_s=60)

    answer = pending.result(PATIENCE_S)
    assert answer.status_code == 503
    assert "The server is stopping" in answer.json()["error"]["message"]


# Bounded


@pytest.mark.thorough
def test_waits_leave_every_thread(pool: ThreadPoolExecutor) -> None:
    with serving(Config(fixture=FIXTURE, workers=2)) as served:
        client = talking_to(served)
        pending = [begin_wait(served, client, pool, "requests", timeout_s=30) for _ in range(8)]

        answers = list(pool.map(lambda _: talking_to(served).control("GET", "clock"), range(4)))
        client.get("/api/v1/events")

        assert len(answers) == 4
        assert {future.result(PATIENCE_S).status_code for future in pending} == {200}


@pytest.mark.thorough
def test_too_many_waits_are_refused(pool: ThreadPoolExecutor) -> None:
    with serving(Config(fixture=FIXTURE, limits=Limits(waits=2))) as served:
        client = talking_to(served)
        pending = [begin_wait(served, client, pool, "requests", timeout_s=30) for _ in range(2)]

        answer = wait(client, "requests", timeout_s=30)
        client.get("/api/v1/events")

        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "2"
        assert answer.json()["error"]["message"] == "2 requests are waiting, as many as may at once."
        assert {future.result(PATIENCE_S).status_code for future in pending} == {200}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "for"),
        ({"for": "rain"}, "Must be one of: deliveries, requests, quiet."),
        ({"for": "quiet", "where": {}}, "Quiet has no where and no count."),
        ({"for": "quiet", "count": 2}, "Quiet has no where and no count."),
        ({"for": "deliveries", "where": {"typ": "x"}}, "where.typ: Unknown field. There are vendor, type, kind"),
        ({"for": "requests", "where": {"type": "x"}}, "where.type: Unknown field. There are id, vendor, method"),
        ({"for": "deliveries", "where": {"state": "done"}}, "Must be any, or of pending, sending, delivered"),
        ({"for": "requests", "where": {"status": "40x"}}, "a class such as"),
        ({"for": "requests", "where": {"refused": 7}}, "true for any refusal"),
        ({"for": "requests", "where": {"header": {"X": 7}}}, "X must be a text"),
        ({"for": "requests", "where": {"after": "17"}}, "Must be a request's id, such as r000017."),
        ({"for": "requests", "timeout_s": 301}, "timeout_s"),
        ({"for": "requests", "timeout_s": -1}, "timeout_s"),
        ({"for": "requests", "count": 0}, "count"),
        ({"for": "requests", "until": "x"}, "until"),
    ],
)
def test_impossible_wait_is_explained(client: Client, body: dict[str, Any], words: str) -> None:
    answer = client.post("/_mockmarket/wait", body)

    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]


@pytest.mark.thorough
def test_dear_question_is_asked_seldom(world: World) -> None:
    looks = []

    def slow_condition() -> None:
        looks.append(start := monotonic())
        while monotonic() < start + 0.02:
            world.changed.notify_change()

    until_seen(world, slow_condition, 0.5, threading.Event())

    assert len(looks) <= 7


# What is due next


def test_clock_wait_and_advance_agree(client: Client) -> None:
    client.control("PUT", f"worlds/{client.world.name}", {"fixture": "small", "now": "2027-03-01T09:00:00Z"})
    client.control("PUT", "clock", {"frozen": True})

    clock, quiet = client.control("GET", "clock"), wait(client, "quiet").json()
    fired = client.control("POST", "clock/advance", {"to": clock["next_due"]})["timers"]

    assert clock["next_due"] == quiet["next_due"] == "2027-03-16T02:30:00.000Z"
    assert (clock["next_delivery"], clock["timers"]) == (None, [])
    assert (fired[0]["vendor"], fired[0]["record"]) == (clock["calendar"][0]["vendor"], clock["calendar"][0]["record"])
    assert {timer["at"] for timer in fired} == {clock["next_due"]}
    assert client.control("GET", "clock")["next_due"] is None
