"""Isolation: endpoints that never answer delay no others, and an ended world frees the sender's places."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from mockmarket.clock import monotonic
from mockmarket.config import Config
from mockmarket.delivery import delivery
from mockmarket.delivery.exchange import Post
from mockmarket.delivery.sender import Sender, Turns
from mockmarket.store import endpoints, outbox
from mockmarket.store.endpoints import Endpoint
from mockmarket.webhooks.acceptance import Answer
from mockmarket.webhooks.retry import Health
from mockmarket.webhooks.targets import Policy
from mockmarket.worlds.world import World
from tests import hostile
from tests.conftest import Client, Served
from tests.hostile import Site
from tests.receiver import PATIENCE_S, Receiver
from tests.running import FIXTURE, FLOOR, buy, deliveries, listen, serving, settled, talking_to, until

DEAD = 40
BACKLOG = 20
PROMPT_S = 5.0
"""Far less than the portal's deadline of 30 s, and enough on a busy machine."""


@pytest.fixture
def neighbours() -> Iterator[Served]:
    """Serve a mock of the test's own: neighbours share one process."""
    with serving(Config(fixture=FIXTURE)) as served:
        yield served


@pytest.fixture
def dead() -> Iterator[str]:
    """Return the URL of a listener that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/dead"


def burden(world: World, vendor: str, url: str) -> None:
    """Create many endpoints that never answer, each with more deliveries than may be in flight."""
    type = next(notice.name for notice in world.vendors[vendor].webhooks.notices if notice.fires)
    with world.atomic() as tx:
        for number in range(DEAD):
            endpoints.put(tx, Endpoint(f"dead-{number}", vendor, url, "s" * 24, tx.now, tx.now))
    for number in range(BACKLOG):
        with world.atomic() as tx:
            outbox.announce(tx, outbox.Notice(vendor, type, tx.ids.uuid(), "order", f"r{number}", b"{}"))


def hung_up(connection: socket.socket, site: Site) -> None:
    """Read a request, never answer, and record when the sender hangs up."""
    hostile.read_request(connection, site)
    if connection.recv(1) == b"":
        site.hangup.set()


@pytest.fixture
def patient() -> Iterator[Site]:
    """Run a receiver that never answers and records when the sender hangs up."""
    with hostile.receiver(hung_up) as site:
        yield site


@pytest.mark.thorough
@pytest.mark.parametrize(("vendor", "world"), [("portal", "main"), ("zatabox", "main"), ("portal", "theirs")])
def test_dead_endpoints_delay_no_healthy(
    neighbours: Served, receiver: Receiver, dead: str, vendor: str, world: str
) -> None:
    worlds = neighbours.app.worlds
    target = worlds.get("main") if world == "main" else worlds.put(world, FIXTURE)[0]
    client = talking_to(neighbours)
    burden(target, vendor, dead)
    until(target, lambda: neighbours.app.ticker.sender.in_flight >= 256)
    listen(client, receiver.url)

    late = []
    for number in range(1, 11):
        start = monotonic()
        buy(client)
        receiver.wait(number)
        late.append(monotonic() - start)

    assert max(late) < PROMPT_S
    worlds.reset(target.name)


@pytest.mark.thorough
def test_silent_endpoint_holds_two_places(neighbours: Served, dead: str) -> None:
    client = talking_to(neighbours)
    client.control("PATCH", "settings", {"portal": {"deadline_s": 0.05, "retries": 0}})
    endpoint = listen(client, dead)["id"]
    for _ in range(24):
        buy(client)
    until(client.world, lambda: endpoint in client.world.silent and not client.world.in_flight[endpoint] > 2)
    places = []

    def all_failed() -> bool:
        places.append(client.world.in_flight[endpoint])
        return len(deliveries(client, state="failed")) == 24

    until(client.world, all_failed)

    assert set(places) <= {0, 1, 2}


@pytest.mark.thorough
def test_answer_ends_the_silence(neighbours: Served, receiver: Receiver) -> None:
    answering = threading.Event()
    receiver.answer = lambda hook: (200, b"ok") if answering.is_set() or not threading.Event().wait(1) else (500, b"")
    client = talking_to(neighbours)
    client.control("PATCH", "settings", {"portal": {"deadline_s": 0.2, "retry_base_s": 0.01}})
    endpoint = listen(client, receiver.url)["id"]
    buy(client)
    until(client.world, lambda: endpoint in client.world.silent)

    answering.set()

    settled(client)
    until(client.world, lambda: not client.world.silent)


def test_failing_endpoint_is_left_to_the_ticker(neighbours: Served, dead: str) -> None:
    client = talking_to(neighbours)
    failing, healthy = (listen(client, dead)["id"] for _ in range(2))
    client.world.failing.add(failing)

    with client.world.store.atomic() as tx:
        outbox.announce(tx, outbox.Notice("portal", "order.confirmed", tx.ids.uuid(), "order", "r", b"{}"))
        sends, kept_back, waits = delivery.claim_new(client.world, tx, "me")

    assert ([send.claim.endpoint for send in sends], kept_back, waits) == ([healthy], True, False)


@pytest.mark.thorough
def test_endpoint_fails_until_it_answers(neighbours: Served, receiver: Receiver) -> None:
    client = talking_to(neighbours)
    receiver.answer = lambda hook: (500 if len(receiver.hooks) == 1 else 200, b"")
    client.control("PUT", "clock", {"frozen": True})
    endpoint = listen(client, receiver.url)["id"]
    buy(client)
    until(client.world, lambda: client.world.failing == {endpoint})

    client.control("POST", "clock/advance", {"until": "delivered"})

    assert client.world.failing == set()


def test_one_endpoint_is_read_by_its_id(neighbours: Served, dead: str) -> None:
    client = talking_to(neighbours)
    ids = [listen(client, dead)["id"] for _ in range(3)]
    statements: list[str] = []

    with client.world.store.atomic() as tx:
        endpoints.update_health(tx, ids[0], Health(failures=1), "No.")
        tx.conn.set_trace_callback(statements.append)
        health = [endpoint and endpoint.failures for endpoint in (endpoints.get(tx, id) for id in ids)]
        tx.conn.set_trace_callback(None)

    assert health == [1, 0, 0]
    assert all("WHERE id = " in statement for statement in statements)


def test_inline_attempt_takes_no_third_place(neighbours: Served, dead: str) -> None:
    client = talking_to(neighbours)
    endpoint = listen(client, dead)["id"]
    client.control("PATCH", "settings", {"portal": {"deliver_inline": True}})
    client.world.silent.add(endpoint)
    client.world.in_flight[endpoint] = 2
    start = monotonic()

    sent = client.post("/api/v1/orders", FLOOR).json()["webhook"]["sent"]

    assert sent is False
    assert monotonic() - start < PROMPT_S
    assert [delivery["attempts"] for delivery in deliveries(client)] == [0]
    client.world.in_flight.clear()


# Ending a world


def reset(served: Served, client: Client) -> None:
    """Reset a world to its fixture."""
    client.control("POST", "reset")


def restore(served: Served, client: Client) -> None:
    """Restore a world from a snapshot."""
    client.control("POST", "snapshots/before/restore")


def drop(served: Served, client: Client) -> None:
    """Drop a world."""
    served.app.worlds.drop(client.world.name)


ENDINGS: list[Callable[[Served, Client], None]] = [reset, restore, drop]
every_ending = pytest.mark.parametrize("end", ENDINGS, ids=[end.__name__ for end in ENDINGS])


@pytest.fixture
def guest(neighbours: Served) -> Client:
    """Return a client of a world that can be dropped and that has a snapshot."""
    neighbours.app.worlds.put("guest", FIXTURE)
    client = talking_to(neighbours, "guest")
    client.control("POST", "snapshots/before")
    return client


@every_ending
def test_ended_world_has_nothing_in_the_air(
    neighbours: Served, guest: Client, patient: Site, end: Callable[[Served, Client], None]
) -> None:
    listen(guest, patient.url)
    buy(guest)
    assert patient.arrivals.acquire(timeout=PATIENCE_S)

    end(neighbours, guest)

    assert patient.hangup.wait(PROMPT_S)
    until(neighbours.app.worlds.get("main"), lambda: not neighbours.app.ticker.sender.in_flight)


@pytest.mark.thorough
@every_ending
def test_ended_world_frees_its_places(
    neighbours: Served, guest: Client, receiver: Receiver, dead: str, end: Callable[[Served, Client], None]
) -> None:
    sender = neighbours.app.ticker.sender
    burden(guest.world, "portal", dead)
    until(guest.world, lambda: sender.in_flight >= 256)

    end(neighbours, guest)

    until(neighbours.app.worlds.get("main"), lambda: not sender.in_flight)


@pytest.mark.thorough
@every_ending
def test_hung_advance_delays_no_ending(
    neighbours: Served, guest: Client, patient: Site, end: Callable[[Served, Client], None]
) -> None:
    guest.control("PUT", "clock", {"frozen": True})
    listen(guest, patient.url)
    with guest.world.engine:
        buy(guest)
        answers: list[Any] = []
        caller = talking_to(neighbours, "guest")
        advance = threading.Thread(
            target=lambda: answers.append(caller.post("/_mockmarket/clock/advance", {"until": "quiet"}))
        )
        advance.start()
    assert patient.arrivals.acquire(timeout=PATIENCE_S)
    start = monotonic()

    end(neighbours, guest)
    advance.join(PATIENCE_S)

    assert monotonic() - start < PROMPT_S
    assert answers[0].status_code == 404 or answers[0].json()["complete"] is False


def test_inline_attempt_ends_with_its_world(neighbours: Served, guest: Client, patient: Site) -> None:
    guest.control("PATCH", "settings", {"portal": {"deliver_inline": True}})
    listen(guest, patient.url)
    answers: list[Any] = []
    caller = talking_to(neighbours, "guest")
    buyer = threading.Thread(target=lambda: answers.append(caller.post("/api/v1/orders", FLOOR)))
    buyer.start()
    assert patient.arrivals.acquire(timeout=PATIENCE_S)

    guest.control("POST", "reset")
    buyer.join(PROMPT_S)

    assert answers[0].json()["webhook"]["sent"] is False


# The sender's places


def post(url: str, destination: object = None, token: threading.Event | None = None) -> Post:
    """Return a POST with a deadline of a minute."""
    return Post(url, (), b"{}", 60_000, destination=destination, token=token or threading.Event())


@pytest.fixture
def narrow() -> Iterator[Sender]:
    """Run a sender of two places."""
    sender = Sender(Policy(allow_private=True), limit=2)
    yield sender
    sender.close(0)


def test_new_destination_needs_no_shared_place(narrow: Sender, dead: str) -> None:
    for _ in range(5):
        narrow.submit(post(dead, "silent"), lambda answer: None)

    with hostile.receiver(hostile.answers()) as site:
        answers = narrow.send_all([post(site.url, "healthy") for _ in range(3)])

    assert [answer.status for answer in answers] == [200] * 3


def test_own_first_places_are_bounded(narrow: Sender, dead: str) -> None:
    for number in range(9):
        narrow.submit(post(dead, number), lambda answer: None)
    until_in_flight(narrow, 4)

    assert narrow.in_flight == 4


def until_in_flight(sender: Sender, count: int) -> None:
    """Wait until `count` exchanges are in flight, at most `PATIENCE_S`."""
    end, pause = monotonic() + PATIENCE_S, threading.Event()
    while sender.in_flight < count and monotonic() < end:
        pause.wait(0.01)


def test_cancelled_token_ends_its_own_alone(narrow: Sender, dead: str) -> None:
    answers: list[Answer] = []
    kept_answers: list[Answer] = []
    token = threading.Event()
    for number in range(4):
        narrow.submit(post(dead, number, token), answers.append)
    narrow.submit(post(dead, "kept"), kept_answers.append)

    narrow.cancel(token)

    with hostile.receiver(hostile.answers()) as site:
        assert narrow.send_all([post(site.url, "healthy")])[0].status == 200
    assert [answer.error for answer in answers] == ["stopped"] * 4
    assert (narrow.in_flight, kept_answers) == (1, [])


def test_nothing_begins_under_a_cancelled_token(narrow: Sender) -> None:
    token = threading.Event()
    narrow.cancel(token)

    with hostile.receiver(hostile.answers()) as site:
        [answer] = narrow.send_all([post(site.url, token=token)])

        assert answer.error == "stopped"
        assert site.connections == 0


def test_destinations_take_turns() -> None:
    turns = Turns(4)
    posts = [post("http://a/", name) for name in "aaaaabbc"]
    for request in posts:
        turns.add(request, lambda answer: None)

    destinations = [entry[0].destination for _ in range(4) if (entry := turns.next())]
    turns.over(posts[0])
    successors = [entry[0].destination for _ in range(4) if (entry := turns.next())]

    assert (destinations, successors) == (["a", "b", "c", "a"], ["b"])


def test_last_destinations_wait_for_the_others() -> None:
    turns = Turns(3)
    for name in "xyaabx":
        turns.add(replace(post("http://a/", name), is_last=name in "xy"), lambda answer: None)

    destinations = [entry[0].destination for _ in range(9) if (entry := turns.next())]

    assert destinations == ["a", "b", "x", "y"]  # and no place is left for a second one to a or x
