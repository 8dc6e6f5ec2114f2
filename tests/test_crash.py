"""Killed without warning: what was committed is delivered in the end, and at worst what was in flight is sent once more."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from mockmarket.clock import monotonic
from mockmarket.config import Config, Limits
from tests import hostile
from tests.crashing import NOTING
from tests.effort import Effort
from tests.receiver import PATIENCE_S, Receiver, receiving
from tests.running import delivery, serving, settled, talking_to

ROOT = Path(__file__).parent.parent
ROUNDS = int(os.environ.get("MOCKMARKET_TEST_KILLS", "40"))
FEW_ROUNDS = 8
SEED = 20260301

FIXTURE = """
venues:
  - {{id: hall, name: Hall, city: "Boston, MA", zone: America/New_York}}
events:
  - {{id: "1001", name: Lanterns at Low Tide, venue: hall, starts: +14d 19:30}}
stock:
  - {{event: "1001", section: Floor, row: GA, seats: 10000, kind: general, price: 60}}
keys:
  - {{vendor: portal, name: Full access, secret: portal_test_full_00000000}}
endpoints:
  - {{vendor: portal, url: "{url}", secret: portal_test_signing_secret}}
"""


class Victims:
    """The process that forks children to be killed, and the lines that they print."""

    def __init__(self, scratch: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.crashing"],
            cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | {"TMPDIR": str(scratch)},
        )  # fmt: skip
        assert self.process.stdin
        assert self.process.stdout
        self.input, self.output = self.process.stdin, self.process.stdout
        self.pid: int | None = None
        self.bought: list[str] = []
        self.request = ""
        self.until("up")

    def start(self, work: str, folder: Path) -> None:
        """Start a child; its process id is `pid`."""
        order = {"work": work, "data": str(folder / "data"), "fixture": str(folder / "world.yaml")}
        self.input.write(f"{json.dumps(order)}\n")
        self.input.flush()
        self.bought = []
        self.until("pid")

    def line(self) -> str:
        """Read a line that was printed; returns its first word."""
        word, *rest = self.output.readline().split() or ["nothing"]
        assert word != "nothing", "the process has ended"
        self.pid = int(rest[0]) if word == "pid" else None if word == "gone" else self.pid
        self.bought += rest if word == "bought" else []
        self.request = rest[0] if word == "request" else self.request
        return word

    def until(self, word: str) -> None:
        """Read lines until one begins with a word; fails the test when the child is gone before."""
        while (seen := self.line()) != word:
            assert seen != "gone", "the child ended by itself"

    def kill(self) -> None:
        """Kill the child as `kill -9` does, and wait until it is gone; what it printed until then is read."""
        assert self.pid is not None
        os.kill(self.pid, signal.SIGKILL)
        self.until("gone")

    def close(self) -> None:
        """End the process; a child that is left is killed."""
        if self.pid is not None:
            self.kill()
        self.input.close()
        self.output.read()
        self.output.close()
        self.process.wait(PATIENCE_S)


@pytest.fixture(scope="module")
def victims(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victims]:
    """The process whose children are killed; what they cannot clear away goes with the test."""
    started = Victims(tmp_path_factory.mktemp("scratch"))
    yield started
    started.close()


def write_fixture(folder: Path, url: str) -> None:
    (folder / "world.yaml").write_text(FIXTURE.format(url=url))


def rows(folder: Path, sql: str) -> Any:
    """Query what a killed process has left, on a copy, so that it is the next process that recovers the file."""
    for suffix in ("", "-wal"):
        source = folder / "data" / "worlds" / f"main.db{suffix}"
        (folder / f"copy.db{suffix}").unlink(missing_ok=True)
        if source.exists():
            shutil.copyfile(source, folder / f"copy.db{suffix}")
    with closing(sqlite3.connect(folder / "copy.db")) as conn:
        return conn.execute(sql).fetchall()


def restarted(folder: Path) -> Any:
    """Serve the kept world again, in this process."""
    return serving(Config(fixture=str(folder / "world.yaml"), data=folder / "data"), [NOTING])


def kill_rounds(victims: Victims, folder: Path, receiver: Receiver, rounds: int) -> tuple[Any, ...]:
    """Kill a shopping process again and again; returns what was bought, and what was in flight at each kill."""
    dice = random.Random(SEED)
    bought, flying = [], []
    for _ in range(rounds):
        victims.start("shop", folder)
        wait_for_moment(dice, victims, receiver)
        victims.kill()
        bought += victims.bought
        if (folder / "data" / "worlds" / "main.db").exists():
            flying.append([uid for (uid,) in rows(folder, "SELECT uid FROM delivery WHERE state = 'sending'")])
    return bought, flying


def wait_for_moment(dice: random.Random, victims: Victims, receiver: Receiver) -> None:
    """Wait for a moment to kill at: while it starts, after some purchases, or when the receiver has heard of some."""
    moment = dice.choice(["start", *["bought"] * 4, *["heard"] * 4])
    count = dice.randint(1, 15)
    if moment == "start":
        return
    victims.until("ready")
    if moment == "heard":
        receiver.wait(len(receiver.hooks) + count)
        return
    for _ in range(count):
        victims.until("bought")


@pytest.mark.thorough
def test_kills_lose_nothing_committed(victims: Victims, tmp_path: Path) -> None:
    rounds = ROUNDS if Effort.thorough else FEW_ROUNDS
    with receiving() as receiver:
        write_fixture(tmp_path, receiver.url)
        bought, flying = kill_rounds(victims, tmp_path, receiver, rounds)
        victims.start("finish", tmp_path)
        victims.until("there")
        victims.kill()

    orders = {id for (id,) in rows(tmp_path, "SELECT record FROM notice")}
    heard = Counter(hook.header("X-Webhook-Delivery") for hook in receiver.hooks)
    ids = {hook.json["orderId"] for hook in receiver.hooks}
    bodies = {(hook.header("X-Webhook-Delivery"), hook.body) for hook in receiver.hooks}
    in_flight = Counter(uid for batch in flying for uid in batch)
    assert len(orders) >= rounds
    assert set(bought) <= orders
    assert ids == orders
    assert {uid: count - 1 for uid, count in heard.items() if count - 1 > in_flight[uid]} == {}
    assert max(map(len, flying)) <= Limits().in_flight_per_endpoint
    assert len(bodies) == len(heard) == len(orders)
    assert rows(tmp_path, "SELECT DISTINCT state FROM delivery") == [("delivered",)]
    assert rows(tmp_path, "SELECT sum(sold) FROM stock") == [(len(orders),)]
    assert rows(tmp_path, "SELECT count(*) FROM portal_order") == [(len(orders),)]
    assert rows(tmp_path, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.thorough
def test_killed_before_claim_sends_once(victims: Victims, tmp_path: Path) -> None:
    with receiving() as receiver:
        write_fixture(tmp_path, receiver.url)
        victims.start("committed", tmp_path)
        victims.until("there")
        victims.kill()
        before = rows(tmp_path, "SELECT state, attempts FROM delivery")

        with restarted(tmp_path) as served:
            [done] = settled(talking_to(served))

        assert before == [("pending", 0)]
        assert done["attempts"] == 1
        assert [hook.json["orderId"] for hook in receiver.hooks] == victims.bought


@pytest.mark.thorough
def test_killed_before_connect_sends_once(victims: Victims, tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0), backlog=0)) as listener:
        fillers = fill(listener)
        write_fixture(tmp_path, f"http://127.0.0.1:{listener.getsockname()[1]}/hook")
        victims.start("claimed", tmp_path)
        victims.until("there")
        victims.kill()
        before = rows(tmp_path, "SELECT state, attempts FROM delivery")
        for filler in fillers:
            filler.close()
        site = hostile.Site()
        host = threading.Thread(target=answer_one, args=(listener, site))
        host.start()

        with restarted(tmp_path) as served:
            [done] = settled(talking_to(served))

        host.join()
        assert before == [("sending", 1)]
        assert done["attempts"] == 1
        assert len(site.requests) == 1


def fill(listener: socket.socket) -> Any:
    """Connect to a listener until it takes no more, so that the next who connects is left waiting; returns the connections."""
    fillers = []
    while True:
        filler = socket.socket()
        filler.settimeout(0.2)
        fillers.append(filler)
        try:
            filler.connect(listener.getsockname())
        except TimeoutError:
            return fillers


def answer_one(listener: socket.socket, site: Any) -> None:
    """Answer the first request that comes, if one does in time; who connects and says nothing is left."""
    listener.settimeout(PATIENCE_S)
    with suppress(TimeoutError):
        while not site.requests:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                if hostile.read_request(connection, site):
                    connection.sendall(hostile.OK)


@pytest.mark.thorough
def test_killed_before_answer_sends_again(victims: Victims, tmp_path: Path, held_back: Receiver) -> None:
    write_fixture(tmp_path, held_back.url)
    victims.start("claimed", tmp_path)
    held_back.wait(1)
    victims.kill()
    before = rows(tmp_path, "SELECT state, attempts FROM delivery")
    held_back.gate.set()

    with restarted(tmp_path) as served:
        client = talking_to(served)
        [done] = settled(client)
        attempts_made = delivery(client, done["id"])["attempts_made"]

    first, second = held_back.hooks
    assert before == [("sending", 1)]
    assert [attempt["number"] for attempt in attempts_made] == [1]
    assert first.header("X-Webhook-Delivery") == second.header("X-Webhook-Delivery") == done["id"]
    assert first.body == second.body


@pytest.mark.thorough
def test_killed_before_settling_sends_again(victims: Victims, tmp_path: Path, held_back: Receiver) -> None:
    write_fixture(tmp_path, held_back.url)
    victims.start("answered", tmp_path)
    held_back.wait(1)
    with closing(sqlite3.connect(tmp_path / "data" / "worlds" / "main.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        held_back.gate.set()
        victims.until("there")
        victims.kill()

    with restarted(tmp_path) as served:
        client = talking_to(served)
        [done] = settled(client)
        attempts_made = delivery(client, done["id"])["attempts_made"]

    first, second = held_back.hooks
    assert [attempt["number"] for attempt in attempts_made] == [1]
    assert first.header("X-Webhook-Delivery") == second.header("X-Webhook-Delivery") == done["id"]


@pytest.mark.thorough
def test_claims_of_the_dead_are_free_at_once(victims: Victims, tmp_path: Path, held_back: Receiver) -> None:
    write_fixture(tmp_path, held_back.url)
    victims.start("claimed", tmp_path)
    held_back.wait(1)
    victims.kill()

    began = monotonic()
    with restarted(tmp_path):
        held_back.wait(2)
        took = monotonic() - began
        held_back.gate.set()

    assert took < 5


@pytest.mark.thorough
def test_request_ids_of_the_dead_are_never_given_again(victims: Victims, tmp_path: Path) -> None:
    write_fixture(tmp_path, "http://127.0.0.1:9/hook")
    victims.start("read", tmp_path)
    victims.until("there")
    victims.kill()

    with restarted(tmp_path) as served:
        client = talking_to(served)
        client.get("/api/v1/events")
        first = client.control("GET", "requests")["requests"][0]["id"]
    with restarted(tmp_path) as served:
        client = talking_to(served)
        client.get("/api/v1/events")
        second = client.control("GET", "requests")["requests"][0]["id"]

    assert int(first[1:]) > int(victims.request[1:])
    assert int(second[1:]) == int(first[1:]) + 1


NEWEST = """
SELECT max(at) FROM (
  SELECT at FROM attempt UNION ALL SELECT at FROM notice UNION ALL SELECT at FROM stock_change
  UNION ALL SELECT settled_at FROM delivery UNION ALL SELECT json_extract(data, '$.at') FROM portal_fired)
"""


def refuse(receiver: Receiver, attempts: int) -> tuple[Any, ...]:
    """Answer 500; from so many attempts on only when the receiver's gate is opened, so that the advance waits."""
    if len(receiver.hooks) >= attempts:
        receiver.gate.wait(PATIENCE_S)
    return 500, b"no"


@pytest.mark.thorough
@pytest.mark.parametrize("pace", ["frozen", "running"])
@pytest.mark.parametrize("attempts", [1, 6, 100, 500])
def test_clock_is_not_behind_its_log(
    victims: Victims, tmp_path: Path, held_back: Receiver, pace: str, attempts: int
) -> None:
    held_back.answer = lambda hook: refuse(held_back, attempts)
    write_fixture(tmp_path, held_back.url)
    victims.start(f"advance {pace}", tmp_path)
    held_back.wait(attempts)
    victims.kill()
    [(newest,)] = rows(tmp_path, NEWEST)
    held_back.gate.set()

    with restarted(tmp_path) as served:
        now = talking_to(served).control("GET", "clock")["now_ms"]

    assert now >= newest
