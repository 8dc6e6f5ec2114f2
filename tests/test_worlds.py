"""Worlds: created, reset, dropped, addressed by path or header, and isolated from each other."""

from __future__ import annotations

import gc
import re
import sqlite3
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from mockmarket.config import Config
from mockmarket.control import BASE
from mockmarket.errors import UnknownWorld
from mockmarket.store import outbox
from mockmarket.vendor import discover
from mockmarket.vendors.portal.vendor import VENDOR
from tests import hostile
from tests.conftest import Client, Served
from tests.receiver import Receiver
from tests.running import (
    FIXTURE,
    FLOOR,
    buy,
    deliveries,
    flask_app,
    listen,
    notices,
    serving,
    settled,
    talking_to,
    until,
)

NUMBERS = count(1)


@pytest.fixture
def other_client(served: Served) -> Iterator[Client]:
    """Return a client of a second world."""
    name = f"other{next(NUMBERS)}"
    served.app.worlds.put(name, "small")
    yield talking_to(served, name)
    if name in served.app.worlds.names():
        served.app.worlds.drop(name)


def error(answer: Any) -> Any:
    return answer.json()["error"]


def stock_left(client: Client) -> Any:
    read = client.world.read()
    return read.conn.execute("SELECT sum(total - sold - held) FROM stock").fetchone()[0]


def all_of(client: Client) -> dict[str, Any]:
    """Return what the control routes list of a world: its keys, endpoints, notices, deliveries, settings and records."""
    paths = ("keys", "endpoints", "notices", "deliveries", "settings", "records/portal/order", "records/portal/listing")
    return {path: client.control("GET", path) for path in paths}


def is_left(file: Path, order: str) -> bool:
    """Return whether a world's file is still there with an order: without it, it is a copy of its fixture again, for the next world."""
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as conn:
            return bool(conn.execute("SELECT 1 FROM portal_order WHERE id = ?", (order,)).fetchone())
    except sqlite3.DatabaseError:  # deleted, or written to just now
        return file.exists()


# Made, described, dropped


def test_world_is_made_and_listed(served: Served, client: Client) -> None:
    name = f"made{next(NUMBERS)}"

    answer = client.put(f"/_mockmarket/worlds/{name}", {"fixture": "small"})

    assert answer.status_code == 201
    names = [world["name"] for world in client.control("GET", "worlds")["worlds"]]
    assert {"main", name} <= set(names)
    assert client.control("GET", f"worlds/{name}")["fixture"] == "small"
    client.control("DELETE", f"worlds/{name}")


def test_world_without_fixture_is_the_servers(served: Served, client: Client) -> None:
    name = f"made{next(NUMBERS)}"

    world = client.control("PUT", f"worlds/{name}", {})

    assert world["fixture"] == client.control("GET", "worlds/main")["fixture"]
    client.control("DELETE", f"worlds/{name}")


def test_world_begins_when_asked(other_client: Any) -> None:
    world = other_client.control(
        "PUT", f"worlds/{other_client.world.name}", {"fixture": "small", "now": "2031-02-03T04:05:06Z"}
    )

    assert world["start"] == "2031-02-03T04:05:06.000Z"
    assert world["now"].startswith("2031-02-03T04:05:")


def test_same_seed_makes_same_ids(served: Served, client: Client, other_client: Any) -> None:
    for world_client in (client, other_client):
        world_client.control(
            "PUT", f"worlds/{world_client.world.name}", {"fixture": "small", "seed": 42, "now": "2031-02-03T04:05:06Z"}
        )

    records = [
        world_client.control("GET", "records/portal/listing")["records"] for world_client in (client, other_client)
    ]

    assert records[0] == records[1]


def test_other_seed_makes_other_ids(client: Client, other_client: Any) -> None:
    for seed, world_client in enumerate((client, other_client)):
        world_client.control("PUT", f"worlds/{world_client.world.name}", {"fixture": "small", "seed": seed})

    ids = [
        world_client.control("GET", "records/portal/listing")["records"][0]["listingId"]
        for world_client in (client, other_client)
    ]

    assert ids[0] != ids[1]


def test_put_on_world_puts_it_back(other_client: Any, receiver: Receiver) -> None:
    before = all_of(other_client)
    listen(other_client, receiver.url)
    buy(other_client)

    answer = other_client.put(f"/_mockmarket/worlds/{other_client.world.name}", {"fixture": "small"})

    assert answer.status_code == 200
    assert all_of(other_client) == before


@pytest.mark.parametrize("name", [".hidden", "-dash", "a b", "ä", "x" * 65, "semi;colon"])
def test_bad_world_name_is_refused(client: Client, name: Any) -> None:
    answer = client.put(f"/_mockmarket/worlds/{name}", {})

    assert answer.status_code == 400
    assert "letters, digits, dot, dash and underscore" in error(answer)["message"]


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        (
            "PUT",
            "worlds/slip",
            {"fixtur": "small"},
            "fixtur: Unknown field. There are fixture, text, now, seed, from, snapshot, ttl_s.",
        ),
        ("POST", "requests/find", {"where": {"pth": "/x"}}, "where.pth: Unknown field. There are id, vendor, method,"),
        ("GET", "requests?staus=404", None, "staus: Unknown field. There are "),
    ],
)
def test_unknown_member_lists_those_there(
    client: Client, method: str, path: str, body: dict[str, Any] | None, words: str
) -> None:
    answer = client.call(method, f"/_mockmarket/{path}", json=body)

    assert answer.status_code == 400
    assert words in error(answer)["message"]


@pytest.mark.parametrize(("name", "status"), [("a/b", 404), ("..%2Fescape", 400)])
def test_world_name_is_no_path(client: Client, name: str, status: int) -> None:
    answer = client.put(f"/_mockmarket/worlds/{name}", {})

    assert answer.status_code == status


@pytest.mark.parametrize("name", ["a", "A.b_c-9", "x" * 64])
def test_good_world_name_is_taken(client: Client, name: Any) -> None:
    assert client.put(f"/_mockmarket/worlds/{name}", {"fixture": "small"}).status_code == 201
    client.control("DELETE", f"worlds/{name}")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"fixture": "nowhere"}, "There is no fixture 'nowhere'"),
        ({"now": "soon"}, "now must be an ISO 8601 date-time"),
        ({"seed": -1}, "seed"),
        ({"seed": "1"}, "seed"),
        ({"fixture": 7}, "fixture"),
    ],
)
def test_bad_world_is_explained(served: Served, client: Client, body: dict[str, Any], words: str) -> None:
    before = served.app.worlds.names()

    answer = client.put("/_mockmarket/worlds/new", body)

    assert 400 <= answer.status_code < 500
    assert words in error(answer)["message"]
    assert served.app.worlds.names() == before


def test_only_fixtures_are_read(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "shadow"
    path.write_text("hush: 0\n")

    answer = client.put("/_mockmarket/worlds/new", {"fixture": str(path)})

    assert answer.status_code == 400
    assert "hush" not in answer.text


def test_dropped_world_is_gone(served: Served, client: Client, other_client: Any) -> None:
    world = other_client.world
    file = world.store.path
    order = buy(other_client)["orderId"]

    assert client.delete(f"/_mockmarket/worlds/{world.name}").status_code == 204

    assert other_client.get("/api/v1/events").status_code == 404
    until(world, lambda: not is_left(file, order))


def test_dropped_world_can_be_made_anew(client: Client, other_client: Any) -> None:
    buy(other_client)
    client.control("DELETE", f"worlds/{other_client.world.name}")

    client.control("PUT", f"worlds/{other_client.world.name}", {"fixture": "small"})

    assert notices(other_client) == []


@pytest.mark.thorough
def test_world_made_anew_has_a_file_of_its_own(tmp_path: Path) -> None:
    config, files = Config(fixture="small", data=tmp_path), []
    for _ in range(2):
        with serving(config) as served:
            for _ in range(3):
                files.append(served.app.worlds.put("again", "small")[0].store.path.name)
                served.app.worlds.drop("again")
            served.app.worlds.put("kept", "small")
            served.app.worlds.drop("kept")
            kept = served.app.worlds.put("kept", "small")[0].store.path.name

    assert files == ["again.db", "again~1.db", "again~2.db"] * 2
    assert kept == "kept~2.db"


def test_world_may_drop_itself(other_client: Any) -> None:
    answer = other_client.delete(f"/_mockmarket/worlds/{other_client.world.name}")

    assert answer.status_code == 204


def test_main_cannot_be_dropped(client: Client) -> None:
    answer = client.delete("/_mockmarket/worlds/main")

    assert answer.status_code == 409
    assert error(answer)["message"] == "The world main cannot be dropped; reset it."


# Reached by path and by header


def test_path_and_header_reach_a_world(served: Served, other_client: Any) -> None:
    order = buy(other_client)

    answer = other_client.session.get(
        f"{served.url}/_mockmarket/records/portal/order/{order['orderId']}",
        headers={"X-Mockmarket-World": other_client.world.name},
    )

    assert answer.json() == order
    assert answer.headers["X-Mockmarket-World"] == other_client.world.name


def test_path_beats_the_header(client: Client, other_client: Any) -> None:
    answer = client.call("GET", "/_mockmarket/clock", headers={"X-Mockmarket-World": other_client.world.name})

    assert answer.headers["X-Mockmarket-World"] == client.world.name


def test_no_name_means_main(served: Served, client: Client) -> None:
    answer = client.session.get(f"{served.url}/_mockmarket/clock")

    assert answer.headers["X-Mockmarket-World"] == "main"


def test_unknown_world_says_how_to_make_it(served: Served, client: Client) -> None:
    answer = client.session.get(f"{served.url}/w/nowhere/_mockmarket/clock")

    assert answer.status_code == 404
    assert error(answer)["code"] == "unknown_world"
    assert "PUT /_mockmarket/worlds/nowhere" in error(answer)["message"]
    assert "X-Mockmarket-World" not in answer.headers


@pytest.mark.thorough
def test_every_control_route_knows_no_unknown_world(served: Served, client: Client) -> None:
    app = flask_app()
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(f"{BASE}/")]
    calls = {
        (method, re.sub(r"<[^>]+>", "x", rule.rule))
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    answers = {call: client.session.request(call[0], f"{served.url}/w/nowhere{call[1]}", timeout=30) for call in calls}

    wrong = {call: answer.text for call, answer in answers.items() if answer.status_code != 404}
    assert wrong == {}
    assert all("PUT /_mockmarket/worlds/nowhere" in answer.text for answer in answers.values())


@pytest.mark.parametrize("vendor", discover(), ids=lambda vendor: vendor.name)
def test_every_vendor_knows_no_unknown_world(served: Served, client: Client, vendor: Any) -> None:
    answers = [client.session.get(f"{served.url}/w/nowhere{base}/x", timeout=30) for base in vendor.bases]

    assert {answer.status_code for answer in answers} == {404}
    assert all("PUT /_mockmarket/worlds/nowhere" in answer.text.replace("\\/", "/") for answer in answers)


def test_unknown_world_is_refused_in_vendors_words(served: Served, client: Client) -> None:
    answer = client.session.get(f"{served.url}/api/v1/events", headers={"X-Mockmarket-World": "nowhere"})

    assert answer.status_code == 404
    assert answer.json()["success"] is False


# Isolated


def test_order_in_one_world_only(client: Client, other_client: Any, receiver: Receiver) -> None:
    listen(other_client, receiver.url)
    before, seats = all_of(client), stock_left(client)

    buy(other_client)
    settled(other_client)

    assert all_of(client) == before
    assert stock_left(client) == seats
    assert len(receiver.hooks) == 1


def test_keys_open_one_world_only(client: Client, other_client: Any) -> None:
    key = client.control("POST", "keys", {"vendor": "portal", "name": "Mine"})

    statuses = [
        world_client.call("GET", "/api/v1/events", headers={"X-API-Key": key["secret"]}).status_code
        for world_client in (client, other_client)
    ]

    assert statuses == [200, 401]


def test_endpoints_hear_one_world_only(client: Client, other_client: Any, receiver: Receiver) -> None:
    listen(client, f"{receiver.url}/client")
    listen(other_client, f"{receiver.url}/other")

    buy(client)
    settled(client)

    assert [hook.path for hook in receiver.hooks] == ["/hooks/client"]
    assert deliveries(other_client) == []


def test_clocks_move_apart(client: Client, other_client: Any) -> None:
    for world_client in (client, other_client):
        world_client.control("PUT", "clock", {"frozen": True})
    before = other_client.control("GET", "clock")["now"]

    client.control("POST", "clock/advance", {"seconds": 86_400})

    assert other_client.control("GET", "clock")["now"] == before


def test_settings_hold_in_one_world(client: Client, other_client: Any) -> None:
    client.control("PATCH", "settings", {"portal": {"retries": 0}})

    assert other_client.control("GET", "settings")["portal"]["retries"]["value"] == 5


def test_journal_is_of_one_world(client: Client, other_client: Any) -> None:
    client.get("/api/v1/events")

    assert len(client.control("GET", "requests")["requests"]) == 1
    assert other_client.control("GET", "requests")["requests"] == []


def test_reset_is_of_one_world(client: Client, other_client: Any) -> None:
    order = buy(other_client)

    client.control("POST", "reset")

    assert other_client.control("GET", f"records/portal/order/{order['orderId']}") == order


def test_health_counts_one_world(client: Client, other_client: Any, receiver: Receiver) -> None:
    listen(client, receiver.url)
    buy(client)
    settled(client)

    assert client.control("GET", "health")["deliveries"] == {"delivered": 1}
    assert other_client.control("GET", "health")["deliveries"] == {}


# Reset


def test_reset_brings_everything_back(client: Client, receiver: Receiver) -> None:
    before, seats = all_of(client), stock_left(client)
    [key] = [row for row in before["keys"]["keys"] if row["vendor"] == "portal"]
    listen(client, receiver.url)
    buy(client)
    settled(client)
    client.control("PATCH", "settings", {"portal": {"retries": 0}})
    client.control("POST", "keys", {"vendor": "portal", "name": "Mine"})
    client.control("DELETE", f"keys/{key['id']}")
    client.control("POST", "core/actions/cancel_event", {"event": "1001"})

    client.control("POST", "reset")

    assert all_of(client) == before
    assert stock_left(client) == seats
    assert client.control("GET", "requests") == {"requests": [], "dropped": 0}


def test_reset_puts_the_clock_back(client: Client) -> None:
    client.control("PUT", "clock", {"frozen": True})
    client.control("POST", "clock/advance", {"seconds": 86_400_000})

    client.control("POST", "reset")

    clock = client.control("GET", "clock")
    assert clock["frozen"] is False
    assert clock["now_ms"] - client.world.store.meta()["start"] < 3 * 3_600_000


def test_reset_keeps_a_given_start(other_client: Any) -> None:
    other_client.control(
        "PUT", f"worlds/{other_client.world.name}", {"fixture": "small", "now": "2031-02-03T04:05:06Z", "seed": 9}
    )
    other_client.control("POST", "clock/advance", {"seconds": 86_400})

    world = other_client.control("POST", "reset")

    assert (world["start"], world["seed"]) == ("2031-02-03T04:05:06.000Z", 9)
    assert world["now"].startswith("2031-02-03T04:05:")


def test_reset_world_repeats_itself(other_client: Any) -> None:
    other_client.control(
        "PUT", f"worlds/{other_client.world.name}", {"fixture": "small", "now": "2031-02-03T04:05:06Z"}
    )
    first = buy(other_client)

    other_client.control("POST", "reset")
    second = buy(other_client)

    assert first["orderNumber"] == second["orderNumber"]


def test_answers_of_before_are_ignored(client: Client, held_back: Receiver) -> None:
    listen(client, held_back.url)
    for _ in range(3):
        buy(client)
    held_back.wait(3)
    client.control("POST", "reset")
    listen(client, held_back.url)
    buy(client)
    held_back.wait(4)

    held_back.gate.set()

    [row] = settled(client)
    assert row["attempts"] == 1
    until(client.world, lambda: not client.world.in_flight)
    read = client.world.read()
    assert read.conn.execute("SELECT count(*) FROM attempt").fetchone() == (1,)


def test_departed_before_reset_is_forgotten(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    with client.world.atomic() as tx:
        ids = outbox.announce(tx, VENDOR.webhooks.sample(tx, "order.confirmed", None))
        claim = client.world.inline_sender.claim(client.world, tx, ids)
    client.control("POST", "reset")

    outcomes = client.world.inline_sender.send(client.world, claim)

    assert outcomes == [False]
    assert not client.world.in_flight


@pytest.mark.thorough
def test_endpoints_share_is_free_after_reset(client: Client, held_back: Receiver) -> None:
    listen(client, held_back.url)
    for _ in range(8):
        buy(client)
    held_back.wait(8)

    client.control("POST", "reset")
    listen(client, held_back.url)
    for _ in range(8):
        buy(client)

    assert len(held_back.wait(16)) == 16


@pytest.mark.thorough
@pytest.mark.parametrize("inline", [False, True])
def test_reset_under_load_stays_whole(served: Served, client: Client, receiver: Receiver, inline: bool) -> None:
    stop = threading.Event()
    answers: list[Any] = []

    def shop() -> None:
        own_client = talking_to(served, client.world.name)
        while not stop.is_set():
            answers.append(own_client.post("/api/v1/orders", FLOOR).status_code)

    shoppers = [threading.Thread(target=shop) for _ in range(4)]
    for shopper in shoppers:
        shopper.start()

    for _ in range(20):
        client.control("POST", "reset")
        client.control("PATCH", "settings", {"portal": {"deliver_inline": inline}})
        listen(client, receiver.url)

    stop.set()
    for shopper in shoppers:
        shopper.join()
    assert set(answers) <= {201, 409}
    until(client.world, lambda: set(client.control("GET", "health")["deliveries"]) <= {"delivered"})
    until(client.world, lambda: not client.world.in_flight)


# Dropped with work in progress


def test_dropping_harms_no_other_world(
    served: Served, client: Client, other_client: Any, held_back: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    for world_client in (client, other_client):
        listen(world_client, held_back.url)
        buy(world_client)
    held_back.wait(2)

    served.app.worlds.drop(other_client.world.name)
    held_back.gate.set()

    assert settled(client)[0]["attempts"] == 1
    buy(client)
    assert len(settled(client, 2)) == 2
    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


def test_dropping_with_waiting_retries(
    served: Served, client: Client, other_client: Any, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answer = lambda hook: (500, b"no")
    other_client.control("PATCH", "settings", {"portal": {"retry_base_s": 0.02}})
    listen(other_client, receiver.url)
    buy(other_client)
    receiver.wait(1)

    served.app.worlds.drop(other_client.world.name)

    receiver.answer = lambda hook: (200, b"ok")
    listen(client, receiver.url)
    buy(client)
    assert len(settled(client)) == 1
    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


def test_late_reset_leaves_no_file(served: Served) -> None:
    world, _ = served.app.worlds.put("late", "small")
    order = buy(talking_to(served, "late"))["orderId"]
    source = served.app.worlds.template("small", None, None)[0]
    served.app.worlds.drop("late")

    with pytest.raises(UnknownWorld):
        world.replace_with(source, None)

    file = world.store.path
    until(world, lambda: not is_left(file, order) and not list(file.parent.glob("late@*")))


def test_late_drop_spares_the_next_world(served: Served) -> None:
    world, _ = served.app.worlds.put("twice", "small")
    refusals = []

    def drop() -> None:
        try:
            served.app.worlds.drop("twice")
        except UnknownWorld as refusal:
            refusals.append(refusal)

    late = threading.Thread(target=drop)
    with world.engine:
        late.start()
        until(world, lambda: waits_for_engine(late))
        served.app.worlds.drop("twice")
        served.app.worlds.put("twice", "small")
    late.join(10)

    assert len(refusals) == 1
    assert "twice" in served.app.worlds.names()
    served.app.worlds.drop("twice")


def waits_for_engine(thread: Any) -> Any:
    """Return whether a thread is in `World.ending`, where only the engine can block it."""
    frame = sys._current_frames().get(thread.ident)
    return frame is not None and frame.f_code.co_name == "ending" and frame.f_code.co_filename.endswith("world.py")


def test_dropped_world_is_let_go(served: Served, client: Client) -> None:
    name = "brief"
    served.app.worlds.put(name, "small")
    buy(talking_to(served, name))  # leaves timers for the coming days
    reference = weakref.ref(served.app.worlds.get(name))

    served.app.worlds.drop(name)

    def is_gone() -> Any:
        served.app.ticker.wake(client.world)  # its thread keeps a reference to the world it served last
        return gc.collect() >= 0 and reference() is None

    until(client.world, is_gone)


def test_dropped_world_ends_an_order_that_sends_inline(served: Served) -> None:
    with hostile.receiver(hostile.never_answers) as silent:
        world, _ = served.app.worlds.put("inline", "small")
        client = talking_to(served, "inline")
        client.control("PATCH", "settings", {"portal": {"deliver_inline": True}})
        listen(client, silent.url)
        order = threading.Thread(target=lambda: client.post("/api/v1/orders", FLOOR))
        order.start()
        until(world, lambda: world.in_flight)

        served.app.worlds.drop("inline")
        order.join(10)

        assert not order.is_alive()


@pytest.mark.thorough
def test_dropping_under_load_fails_nobody(served: Served, client: Client) -> None:
    answers: list[Any] = []
    for _ in range(5):
        served.app.worlds.put("busy", "small")
        clients = [talking_to(served, "busy") for _ in range(4)]
        shoppers = [
            threading.Thread(
                target=lambda buyer=buyer: answers.extend(
                    buyer.post("/api/v1/orders", FLOOR).status_code for _ in range(20)
                )
            )
            for buyer in clients
        ]
        for shopper in shoppers:
            shopper.start()
        served.app.worlds.drop("busy")
        for shopper in shoppers:
            shopper.join()

    assert set(answers) <= {201, 404, 409}


def test_dropped_name_is_unknown(served: Served) -> None:
    with pytest.raises(UnknownWorld, match="World 'nowhere' does not exist"):
        served.app.worlds.get("nowhere")


# Across processes


@pytest.mark.thorough
def test_kept_worlds_come_back(tmp_path: Path) -> None:
    config = Config(fixture=FIXTURE, data=tmp_path)
    with serving(config) as served:
        talking_to(served).control("PUT", "worlds/second", {"fixture": "small"})
        client = talking_to(served, "second")
        order = buy(client)

    with serving(config) as served:
        after = talking_to(served, "second").control("GET", f"records/portal/order/{order['orderId']}")

    assert after == order


@pytest.mark.thorough
def test_dropped_world_does_not_come_back(tmp_path: Path) -> None:
    config = Config(fixture=FIXTURE, data=tmp_path)
    with serving(config) as served:
        talking_to(served).control("PUT", "worlds/second", {"fixture": "small"})
        talking_to(served).control("DELETE", "worlds/second")

    with serving(config) as served:
        names = served.app.worlds.names()

    assert names == ["main"]


@pytest.mark.parametrize(("durable", "level"), [(False, 1), (True, 2)])
def test_kept_world_is_pressed_to_disk(tmp_path: Path, durable: bool, level: int) -> None:
    with serving(Config(fixture=FIXTURE, data=tmp_path, durable=durable)) as served:
        read = served.app.worlds.get("main").read()

        assert read.conn.execute("PRAGMA synchronous").fetchone() == (level,)
        assert read.conn.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.thorough
def test_ephemeral_worlds_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with serving(Config(fixture=FIXTURE)) as served:
        talking_to(served).control("PUT", "worlds/second", {"fixture": "small"})

    assert list(tmp_path.iterdir()) == []


def test_world_is_one_plain_file(client: Client) -> None:
    buy(client)
    client.world.store.checkpoint()

    conn = sqlite3.connect(client.world.store.path)
    rows = conn.execute("SELECT status, count(*) FROM portal_order GROUP BY status").fetchall()
    conn.close()

    assert dict(rows) == {"accepted": 1, "confirmed": 2}
