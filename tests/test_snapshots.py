"""Snapshots and clones: a world's whole state under a name, restored in one step, without its journal and what is in flight."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from mockmarket.clock import DAY, parse_iso
from mockmarket.config import Config
from tests.conftest import Client, Served
from tests.receiver import Receiver
from tests.running import FIXTURE, FLOOR, buy, deliveries, delivery, listen, serving, settled, talking_to, until

NUMBERS = count(1)
PATHS = ("keys", "endpoints", "notices", "deliveries", "settings", "records/portal/order", "records/portal/listing")


@pytest.fixture
def clone(served: Served, client: Client) -> Iterator[Any]:
    """Yield a function that clones the test's world and returns a client of the clone."""
    names = []

    def make_clone(**fields: Any) -> Client:
        name = f"clone{next(NUMBERS)}"
        client.control("PUT", f"worlds/{name}", {"from": client.world.name, **fields})
        names.append(name)
        return talking_to(served, name)

    yield make_clone
    for name in names:
        served.app.worlds.drop(name)


@pytest.fixture
def serve_data(tmp_path: Path) -> Any:
    """Return a function that serves from a data folder; each call stands for a new process."""
    return lambda: serving(Config(fixture=FIXTURE, data=tmp_path))


def error(answer: Any) -> Any:
    return answer.json()["error"]


def all_of(client: Client) -> dict[str, Any]:
    """Return what the control routes list of a world: its keys, endpoints, notices, deliveries, settings and records."""
    return {path: client.control("GET", path) for path in PATHS}


def stock_of(client: Client) -> list[Any]:
    read = client.world.read()
    return [
        read.conn.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
        for table in ("stock", "claim", "seat", "stock_change", "timer", "repeat")
    ]


def busy(client: Client, url: str) -> None:
    """Make an endpoint, an order, a delivery, a setting and a key in a world."""
    listen(client, url)
    buy(client)
    settled(client)
    client.control("PATCH", "settings", {"portal": {"retries": 1}})
    client.control("POST", "keys", {"vendor": "portal", "name": "Mine"})


# Taken, listed, deleted


def test_snapshot_is_described_and_listed(client: Client) -> None:
    client.control("PUT", "clock", {"frozen": True})

    answer = client.post("/_mockmarket/snapshots/before")

    assert answer.status_code == 201
    assert answer.json() | {"taken_wall_at": "", "bytes": 0} == {
        "name": "before",
        "world": client.world.name,
        "taken_at": client.control("GET", "clock")["now"],
        "taken_wall_at": "",
        "frozen": True,
        "bytes": 0,
    }
    assert answer.json()["bytes"] > 100_000
    assert client.control("GET", "snapshots") == {"snapshots": [answer.json()]}


def test_snapshot_of_a_name_is_replaced(client: Client) -> None:
    client.control("POST", "snapshots/one")
    order = buy(client)

    assert client.post("/_mockmarket/snapshots/one").status_code == 200

    client.control("POST", "reset")
    client.control("POST", "snapshots/one/restore")
    assert len(client.control("GET", "snapshots")["snapshots"]) == 1
    assert client.control("GET", f"records/portal/order/{order['orderId']}") == order


def test_snapshots_are_of_one_world(client: Client, clone: Any) -> None:
    client.control("POST", "snapshots/mine")

    copy = clone()

    assert copy.control("GET", "snapshots") == {"snapshots": []}


def test_deleted_snapshot_is_gone(client: Client) -> None:
    client.control("POST", "snapshots/one")

    assert client.delete("/_mockmarket/snapshots/one").status_code == 204

    assert client.control("GET", "snapshots") == {"snapshots": []}
    assert client.post("/_mockmarket/snapshots/one/restore").status_code == 404


def test_dropped_worlds_snapshots_are_forgotten(served: Served) -> None:
    served.app.worlds.put("guest", "small")
    talking_to(served, "guest").control("POST", "snapshots/before")
    path = served.app.worlds.shelf.find("guest", "before")
    known = path in served.app.worlds.shelf.trusted

    served.app.worlds.drop("guest")

    assert (known, path in served.app.worlds.shelf.trusted) == (True, False)


@pytest.mark.parametrize(("method", "path"), [("POST", "snapshots/none/restore"), ("DELETE", "snapshots/none")])
def test_unknown_snapshot_is_explained(client: Client, method: str, path: str) -> None:
    client.control("POST", "snapshots/one")

    answer = client.call(method, f"/_mockmarket/{path}")

    assert answer.status_code == 404
    assert error(answer)["message"] == f"The world {client.world.name} has no snapshot 'none'; there are one."
    assert error(answer)["hint"] == f"Take it with POST /w/{client.world.name}/_mockmarket/snapshots/none."


@pytest.mark.parametrize("name", [".hidden", "a b", "x" * 65, "..%2f..%2fmain"])
def test_bad_snapshot_name_is_refused(client: Client, name: Any) -> None:
    answer = client.post(f"/_mockmarket/snapshots/{name}")

    assert answer.status_code in (400, 404)
    assert client.control("GET", "snapshots") == {"snapshots": []}


# Restored


def test_restore_brings_everything_back(client: Client, receiver: Receiver) -> None:
    busy(client, receiver.url)
    client.control("PUT", "clock", {"frozen": True})
    before, stock = all_of(client), stock_of(client)
    client.control("POST", "snapshots/here")
    buy(client)
    settled(client, 2)
    client.control("POST", "core/actions/cancel_event", {"event": "1001"})
    client.control("PATCH", "settings", {"portal": {"retries": 3}})
    for key in before["keys"]["keys"]:
        client.control("DELETE", f"keys/{key['id']}")

    client.control("POST", "snapshots/here/restore")

    assert all_of(client) == before
    assert stock_of(client) == stock


def test_restored_world_repeats_its_ids(client: Client) -> None:
    client.control("PUT", "clock", {"frozen": True})
    client.control("POST", "snapshots/here")
    first = buy(client)

    client.control("POST", "snapshots/here/restore")

    assert buy(client) == first


def test_restore_puts_a_frozen_clock_back(client: Client) -> None:
    client.control("PUT", "clock", {"frozen": True})
    before = client.control("GET", "clock")
    client.control("POST", "snapshots/here")
    client.control("POST", "clock/advance", {"seconds": 86_400})

    client.control("POST", "snapshots/here/restore")

    assert client.control("GET", "clock") == before


def test_restored_clock_runs_from_there(client: Client) -> None:
    moment = client.control("POST", "snapshots/here")["taken_at"]
    client.control("POST", "clock/advance", {"seconds": 86_400_000})

    client.control("POST", "snapshots/here/restore")

    after = client.control("GET", "clock")
    assert after["frozen"] is False
    assert 0 <= after["now_ms"] - parse_iso(moment) < DAY
    assert after["now_ms"] - client.world.clock.now() < 5_000


def test_restore_empties_the_journal(client: Client) -> None:
    client.get("/api/v1/events")
    client.control("POST", "snapshots/here")

    client.control("POST", "snapshots/here/restore")

    assert client.control("GET", "requests") == {"requests": [], "dropped": 0}


def test_restore_ends_what_is_in_flight(client: Client, held_back: Receiver) -> None:
    client.control("POST", "snapshots/before")
    listen(client, held_back.url)
    buy(client)
    held_back.wait(1)

    client.control("POST", "snapshots/before/restore")
    held_back.gate.set()

    until(client.world, lambda: not client.world.in_flight)
    assert deliveries(client) == []


def test_snapshot_frees_what_is_in_flight(client: Client, held_back: Receiver) -> None:
    listen(client, held_back.url)
    buy(client)
    held_back.wait(1)
    client.control("POST", "snapshots/flying")
    held_back.gate.set()
    settled(client)

    client.control("POST", "snapshots/flying/restore")

    [row] = settled(client)
    assert row["attempts"] == 1
    assert len(delivery(client, row["id"])["attempts_made"]) == 1
    assert len(held_back.hooks) == 2
    assert held_back.hooks[0].body == held_back.hooks[1].body


def test_restored_key_opens_again(client: Client) -> None:
    key = client.control("POST", "keys", {"vendor": "portal", "name": "Mine"})
    client.control("POST", "snapshots/here")
    client.control("DELETE", f"keys/{key['id']}")

    client.control("POST", "snapshots/here/restore")

    assert client.call("GET", "/api/v1/events", headers={"X-API-Key": key["secret"]}).status_code == 200


def test_reset_goes_past_snapshots(client: Client) -> None:
    before = all_of(client)
    buy(client)
    client.control("POST", "snapshots/here")
    client.control("POST", "snapshots/here/restore")

    client.control("POST", "reset")

    assert all_of(client) == before


@pytest.mark.thorough
def test_restore_under_load_stays_whole(served: Served, client: Client) -> None:
    client.control("POST", "snapshots/here")
    stop, answers = threading.Event(), []

    def shop() -> None:
        own_client = talking_to(served, client.world.name)
        while not stop.is_set():
            answers.append(own_client.post("/api/v1/orders", FLOOR).status_code)

    shoppers = [threading.Thread(target=shop) for _ in range(4)]
    for shopper in shoppers:
        shopper.start()
    statuses = [client.post(f"/_mockmarket/snapshots/here{path}").status_code for path in ("/restore", "") * 10]
    stop.set()
    for shopper in shoppers:
        shopper.join()

    client.control("POST", "snapshots/here/restore")
    assert set(statuses) == {200}
    assert set(answers) <= {201, 409}
    read = client.world.read()
    assert read.conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    sold = read.conn.execute("SELECT sum(sold) FROM stock").fetchone()[0]
    claims = read.conn.execute("SELECT sum(quantity) FROM claim WHERE state = 'sold'").fetchone()[0]
    assert sold == claims


# Cloned


def test_clone_has_everything(client: Client, clone: Any, receiver: Receiver) -> None:
    busy(client, receiver.url)
    client.control("PUT", "clock", {"frozen": True})
    before, stock = all_of(client), stock_of(client)

    copy = clone()

    assert all_of(copy) == before
    assert stock_of(copy) == stock
    assert copy.control("GET", "clock") == client.control("GET", "clock")


def test_clone_goes_its_own_way(client: Client, clone: Any) -> None:
    copy = clone()
    before = all_of(client)

    buy(copy)

    assert all_of(client) == before


def test_clone_goes_on_with_same_ids(client: Client, clone: Any) -> None:
    client.control("PUT", "clock", {"frozen": True})
    copy = clone()

    assert buy(copy) == buy(client)


def test_clone_has_no_journal(client: Client, clone: Any) -> None:
    client.get("/api/v1/events")

    copy = clone()

    assert copy.control("GET", "requests")["requests"] == []


def test_clones_requests_have_new_ids(client: Client, clone: Any, receiver: Receiver) -> None:
    listen(client, receiver.url)
    buy(client)
    [row] = settled(client)

    copy = clone()
    answer = copy.get("/api/v1/events")

    assert deliveries(copy)[0]["cause"] == row["cause"]
    assert answer.headers["X-Mockmarket-Request"] > row["cause"]


def test_clone_of_a_snapshot(client: Client, clone: Any) -> None:
    client.control("POST", "snapshots/before")
    buy(client)

    copy = clone(snapshot="before")

    assert len(copy.control("GET", "records/portal/order")["records"]) == 2


def test_clone_sends_what_was_in_flight(client: Client, clone: Any, held_back: Receiver) -> None:
    listen(client, held_back.url)
    buy(client)
    held_back.wait(1)

    copy = clone()
    held_back.gate.set()

    assert [settled(world_client)[0]["attempts"] for world_client in (client, copy)] == [1, 1]
    assert len(held_back.hooks) == 2


def test_clone_over_a_world_replaces_it(client: Client, clone: Any) -> None:
    copy = clone()
    buy(copy)

    answer = client.put(f"/_mockmarket/worlds/{copy.world.name}", {"from": client.world.name})

    assert answer.status_code == 200
    assert all_of(copy) == all_of(client)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"from": "nowhere"}, 404, "PUT /_mockmarket/worlds/nowhere"),
        ({"from": "main", "snapshot": "none"}, 404, "The world main has no snapshot 'none'"),
        ({"from": "main", "fixture": "small"}, 400, "A copy has its original's fixture"),
        ({"from": "main", "seed": 3, "now": "2031-01-01"}, 400, "A copy has its original's now, seed"),
        ({"snapshot": "one"}, 400, "Name the snapshot's world in from"),
        ({"from": 7}, 400, "from"),
        ({"form": "main"}, 400, "form"),
    ],
)
def test_impossible_clone_is_explained(
    served: Served, client: Client, body: dict[str, Any], status: int, words: str
) -> None:
    before = served.app.worlds.names()

    answer = client.put("/_mockmarket/worlds/new", body)

    assert answer.status_code == status
    assert words in error(answer)["message"]
    assert served.app.worlds.names() == before


def test_world_is_no_clone_of_itself(client: Client) -> None:
    answer = client.put(f"/_mockmarket/worlds/{client.world.name}", {"from": client.world.name})

    assert answer.status_code == 400
    assert "cannot be a copy of itself" in error(answer)["message"]


# Across processes


@pytest.mark.thorough
def test_snapshots_survive_the_process(serve_data: Callable[[], Any]) -> None:
    with serve_data() as served:
        client = talking_to(served)
        client.control("POST", "snapshots/before")
        order = buy(client)

    with serve_data() as served:
        client = talking_to(served)
        assert client.control("GET", f"records/portal/order/{order['orderId']}") == order
        client.control("POST", "snapshots/before/restore")
        after = client.get(f"/_mockmarket/records/portal/order/{order['orderId']}")

    assert after.status_code == 404


@pytest.mark.thorough
def test_kept_restore_survives_the_process(serve_data: Callable[[], Any]) -> None:
    with serve_data() as served:
        client = talking_to(served)
        client.control("PUT", "clock", {"frozen": True})
        client.control("POST", "snapshots/before")
        before = client.control("GET", "clock")
        client.control("POST", "clock/advance", {"seconds": 86_400})
        client.control("POST", "snapshots/before/restore")

    with serve_data() as served:
        after = talking_to(served).control("GET", "clock")

    assert after == before


def test_ephemeral_snapshots_go_with_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with serving(Config(fixture=FIXTURE)) as served:
        talking_to(served).control("POST", "snapshots/one")

    assert list(tmp_path.iterdir()) == []


def test_dropped_world_takes_its_snapshots(serve_data: Callable[[], Any], tmp_path: Path) -> None:
    with serve_data() as served:
        client = talking_to(served)
        client.control("PUT", "worlds/second", {})
        talking_to(served, "second").control("POST", "snapshots/one")
        client.control("DELETE", "worlds/second")

        client.control("PUT", "worlds/second", {})
        after = talking_to(served, "second").control("GET", "snapshots")

    assert after == {"snapshots": []}
    assert not (tmp_path / "snapshots" / "second").exists()


def test_files_of_others_are_left_alone(serve_data: Callable[[], Any], tmp_path: Path) -> None:
    folder = tmp_path / "snapshots" / "second"
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("mine")
    with sqlite3.connect(folder / "theirs.db") as tool:
        tool.execute("CREATE TABLE theirs (a)")
    tool.close()

    with serve_data() as served:
        client = talking_to(served)
        client.control("PUT", "worlds/second", {})
        second = talking_to(served, "second")
        listing = second.control("GET", "snapshots")
        status = second.post("/_mockmarket/snapshots/theirs").status_code
        client.control("DELETE", "worlds/second")

    assert listing == {"snapshots": []}
    assert status == 409
    assert sorted(path.name for path in folder.iterdir()) == ["notes.txt", "theirs.db"]


def test_damaged_snapshot_changes_nothing(serve_data: Callable[[], Any], tmp_path: Path) -> None:
    with serve_data() as served:
        client = talking_to(served)
        client.control("POST", "snapshots/one")
        file = tmp_path / "snapshots" / "main" / "one.db"
        content = file.read_bytes()
        file.write_bytes(content[: len(content) // 2])
        order = buy(client)

        answer = client.post("/_mockmarket/snapshots/one/restore")

        assert answer.status_code == 409
        assert "one" in error(answer)["message"]
        assert client.control("GET", f"records/portal/order/{order['orderId']}") == order


def test_unfinished_snapshot_is_not_shown(serve_data: Callable[[], Any], tmp_path: Path) -> None:
    with serve_data() as served:
        client = talking_to(served)
        client.control("POST", "snapshots/one")

        (tmp_path / "snapshots" / "main" / ".two.db.partial").mkdir()
        answer = client.post("/_mockmarket/snapshots/two")
        rows = client.control("GET", "snapshots")["snapshots"]

    assert answer.status_code == 503
    assert [row["name"] for row in rows] == ["one"]


@pytest.mark.thorough
def test_copied_snapshot_file_is_one(serve_data: Callable[[], Any], tmp_path: Path) -> None:
    with serve_data() as served:
        client = talking_to(served)
        client.control("POST", "snapshots/one")
        folder: Path = tmp_path / "snapshots" / "main"
        shutil.copyfile(folder / "one.db", folder / "two.db")
        order = buy(client)

        client.control("POST", "snapshots/two/restore")

        assert client.get(f"/_mockmarket/records/portal/order/{order['orderId']}").status_code == 404
