"""The phases of a soak: each loads a server in one way for some seconds and records what came of it."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from bench.processes import running, silence
from soak import buying, disk
from soak.facts import Facts, Order, Stock
from soak.receiving import SECRETS, Receiver
from soak.server import Caller, Mock, Unanswered, all_at_once, until

LARGE = str(Path(__file__).parent.parent / "bench" / "world.yaml")
KEY, EVENT = "portal_bench_0000000000000001", "1"
"""A world with a section of a hundred thousand seats."""
BUYERS = 40
DEAD_ENDPOINTS = 40
UNREACHABLE = ("http://127.0.0.1:9/refused", "http://receiver.invalid/unknown")
ALONE = 0.25  # of the time with neighbours, before they come
VENDORS = tuple(SECRETS)
NAMED_BY_WEBHOOKS = ("portal", "zatabox", "ticketnation")
IDS = {
    "portal": "SELECT id FROM portal_order",
    "zatabox": "SELECT id FROM zatabox_order",
    "ticketnation": "SELECT id FROM ticketnation_order",
    "tixstock": "SELECT order_id FROM tixstock_order",
    "skybox": "SELECT id FROM skybox_invoice",
}
"""By vendor the SQL for the ids of all orders."""
TAKEN = "SELECT total, held + sold FROM stock WHERE section = 'Floor'"


@dataclass(slots=True)
class Run:
    """One soak: its facts, its receiver, its dice, a folder for files, and the server that lasts from its beginning to its end."""

    facts: Facts
    receiver: Receiver
    rng: random.Random
    folder: Path
    lasting: Mock
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def world(self, phase: str) -> str:
        """Return a new name for a world."""
        return f"{phase}-{next(self.numbers)}"

    def log(self) -> Path:
        """Return where servers write their log."""
        return self.folder / "log"

    def settle(self, world: str) -> None:
        """Wait until every announced order of a world was named by a webhook, for a minute at most."""
        orders = {order.id for order in self.facts.orders if order.announced and order.world == world}
        until(lambda: all((world, id) in self.receiver.named for id in orders))

    def note_stored(self, world: str, conn: sqlite3.Connection, vendors: tuple[str, ...] = ("portal",)) -> None:
        """Record which orders are in a world's database, and whether the file is intact."""
        for vendor in vendors:
            self.facts.stored |= {(world, str(id)) for (id,) in conn.execute(IDS[vendor])}
        if (result := conn.execute("PRAGMA integrity_check(1)").fetchone()[0]) != "ok":
            self.facts.damage.append(f"{world}: {result}")


@dataclass(slots=True)
class Shopping:
    """Threads that buy at the portal until they are stopped; `pause_s` is the time between two orders of a thread."""

    run: Run
    caller: Caller
    world: str
    bounded: bool = False
    alone: bool = False
    pause_s: float = 0.0
    over: threading.Event = field(default_factory=threading.Event)

    def buy(self, _: int) -> None:
        """Buy until the end."""
        while not self.over.is_set():
            called_at = time.monotonic()
            try:
                sale = buying.order_of_portal(self.caller, self.world, KEY, EVENT)
            except Unanswered:
                self.over.wait(0.05)
                continue
            if sale.is_taken:
                kind = {"bounded": self.bounded, "alone": self.alone}
                self.run.facts.orders.append(Order(self.world, sale.id, called_at, **kind))
            if self.pause_s:
                self.over.wait(self.pause_s)

    @contextmanager
    def running(self, threads: int) -> Iterator[None]:
        """Buy for the length of a block."""
        buyers = threading.Thread(target=all_at_once, args=(threads, self.buy))
        buyers.start()
        try:
            yield
        finally:
            self.over.set()
            buyers.join()


def kills(run: Run, seconds: float) -> None:
    """Kill a server that keeps its world again and again, while four threads buy."""
    name = run.world("kill")
    data = run.folder / name
    mock = Mock(run.log(), "--fixture", LARGE, "--data", str(data))
    caller = Caller(mock.url, run.facts, "kills", may_be_down=True)
    with mock:
        caller.control("PUT", f"worlds/{name}", {})
        buying.listen(caller, name, run.receiver)
        shopping = Shopping(run, caller, name)
        with shopping.running(4):
            for _ in moments(run, seconds, 0.1, 1.5):
                mock.kill()
                run.facts.counts["kills"] += 1
                deliveries = in_flight(data / "worlds" / f"{name}.db", run.folder)
                run.facts.in_flight.update((name, delivery) for delivery in deliveries)
                mock.start()
        run.settle(name)
        caller.control("POST", "wait", {"for": "quiet", "timeout_s": 60}, name)
    with closing(sqlite3.connect(data / "worlds" / f"{name}.db")) as conn:
        run.note_stored(name, conn)
    shutil.rmtree(data)


def moments(run: Run, seconds: float, shortest: float, longest: float) -> Iterator[None]:
    """Yield at random intervals for so many seconds, once at least."""
    end = time.monotonic() + seconds
    while True:
        time.sleep(run.rng.uniform(shortest, longest))
        yield
        if time.monotonic() > end:
            return


def in_flight(file: Path, folder: Path) -> list[str]:
    """Return the deliveries in flight when a server was killed; reads a copy, so that the next server recovers the file itself."""
    for suffix in ("", "-wal"):
        (folder / f"copy.db{suffix}").unlink(missing_ok=True)
        if file.with_name(file.name + suffix).exists():
            shutil.copyfile(file.with_name(file.name + suffix), folder / f"copy.db{suffix}")
    with closing(sqlite3.connect(folder / "copy.db")) as conn:
        return [delivery for (delivery,) in conn.execute("SELECT uid FROM delivery WHERE state = 'sending'")]


def rush(run: Run, seconds: float) -> None:
    """Have forty threads buy the same fifty seats through five vendors, world after world."""
    caller, end = Caller(run.lasting.url, run.facts, "rush"), time.monotonic() + seconds
    while time.monotonic() < end:
        name = run.world("rush")
        caller.control("PUT", f"worlds/{name}", {"fixture": "small"})
        buying.listen(caller, name, run.receiver, VENDORS)
        crowd = Crowd(run, buying.Shop(caller, name, run.rng))
        all_at_once(BUYERS, crowd.buy)
        run.settle(name)
        with database(run, caller, name) as conn:
            run.note_stored(name, conn, VENDORS)
            total, taken = conn.execute(TAKEN).fetchone()
        run.facts.stocks.append(Stock(name, total, taken, crowd.seats))
        caller.control("DELETE", f"worlds/{name}")


@dataclass(slots=True)
class Crowd:
    """Buyers of the same seats, each at one vendor until it has been refused three times."""

    run: Run
    shop: buying.Shop
    seats: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def buy(self, number: int) -> None:
        """Buy, as the buyer of this number."""
        vendor, refusals = VENDORS[number % len(VENDORS)], 0
        while refusals < 3:
            called_at = time.monotonic()
            sale = self.shop.buyers[vendor]()
            refusals += not sale.is_taken
            with self.lock:
                self.seats += sale.is_taken
            if sale.id:
                order = Order(self.shop.world, sale.id, called_at, vendor in NAMED_BY_WEBHOOKS, bounded=False)
                self.run.facts.orders.append(order)


@contextmanager
def database(run: Run, caller: Caller, world: str) -> Iterator[sqlite3.Connection]:
    """Open the state of a world, which the server exports."""
    path = run.folder / f"{world}.db"
    path.write_bytes(caller.call("GET", f"/w/{world}/_mockmarket/state").content)
    with closing(sqlite3.connect(path)) as conn:
        yield conn
    path.unlink()


def neighbours(run: Run, seconds: float) -> None:
    """Buy alone, then beside forty endpoints that never answer and a hostile receiver of each kind, in the same world and in another."""
    caller = Caller(run.lasting.url, run.facts, "neighbours")
    bad, good = run.world("bad"), run.world("good")
    for name in (bad, good):
        caller.control("PUT", f"worlds/{name}", {})
        buying.listen(caller, name, run.receiver)
    with Shopping(run, caller, good, bounded=True, alone=True, pause_s=0.05).running(2):
        time.sleep(seconds * ALONE)
    before = run.lasting.megabytes()
    with silence() as silent, bad_receivers() as hostile:
        for address in [*[silent] * DEAD_ENDPOINTS, *hostile, *UNREACHABLE]:
            caller.control("POST", "endpoints", {"vendor": "portal", "url": address}, bad)
        with (
            Shopping(run, caller, bad, bounded=True, pause_s=1.0).running(1),
            Shopping(run, caller, good, bounded=True, pause_s=0.05).running(2),
        ):
            time.sleep(seconds * (1 - ALONE))
        run.facts.burdens.append(run.lasting.megabytes() - before)
        for name in (bad, good):
            run.settle(name)
            with database(run, caller, name) as conn:
                run.note_stored(name, conn)
            caller.control("DELETE", f"worlds/{name}")


@contextmanager
def bad_receivers() -> Iterator[list[str]]:
    """Run a receiver of each hostile kind, all in a process of their own; yields their URLs."""
    with running("-m", "tests.hostile") as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())


def races(run: Run, seconds: float) -> None:
    """Advance, freeze and start the clock of a world that is bought in and has a failing endpoint, and read the clock all the while."""
    caller, name, over = Caller(run.lasting.url, run.facts, "races"), run.world("race"), threading.Event()
    caller.control("PUT", f"worlds/{name}", {})
    buying.listen(caller, name, run.receiver)
    caller.control("POST", "endpoints", {"vendor": "portal", "url": "http://127.0.0.1:9/refused"}, name)
    readings: list[int] = []

    def read(_: int) -> None:
        while not over.is_set():
            if clock := caller.control("GET", "clock", world=name):
                readings.append(clock["now_ms"])

    def move(number: int) -> None:
        rng = random.Random(f"{name} {number}")
        while not over.is_set():
            caller.control("POST", "clock/advance", {"seconds": rng.randint(1, 7200)}, name)
            caller.control("PUT", "clock", {"frozen": rng.random() < 0.5}, name)

    with Shopping(run, caller, name, pause_s=0.02).running(1):
        work = [read, move, move, move]
        threads = [threading.Thread(target=task, args=(number,)) for number, task in enumerate(work)]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        over.set()
        for thread in threads:
            thread.join()
    run.facts.clocks.append(tuple(readings))
    run.settle(name)
    with database(run, caller, name) as conn:
        run.note_stored(name, conn)
    caller.control("DELETE", f"worlds/{name}")


def churn(run: Run, seconds: float) -> None:
    """Make, clone, snapshot, reset and drop worlds that send webhooks; none may be left."""
    caller, end = Caller(run.lasting.url, run.facts, "churn"), time.monotonic() + seconds

    def turn(_: int) -> None:
        while time.monotonic() < end:
            name = run.world("churn")
            run.receiver.copied.add(name)
            copy = f"{name}-copy"
            caller.control("PUT", f"worlds/{name}", {"fixture": "small"})
            buying.listen(caller, name, run.receiver)
            buying.order_of_portal(caller, name, buying.PORTAL["X_API_Key"], "1001")
            caller.control("PUT", f"worlds/{copy}", {"from": name})
            buying.order_of_portal(caller, copy, buying.PORTAL["X_API_Key"], "1001")
            caller.control("POST", "snapshots/taken", world=copy)
            caller.control("POST", "reset", world=name)
            caller.control("POST", "snapshots/taken/restore", world=copy)
            for world in (copy, name):
                caller.control("DELETE", f"worlds/{world}")
            run.facts.counts["worlds made, cloned and dropped"] += 2

    all_at_once(3, turn)
    listed = [world["name"] for world in caller.control("GET", "worlds")["worlds"]]
    run.facts.damage += [f"{name} is still listed" for name in listed if name.startswith("churn")]


def full_disk(run: Run, seconds: float) -> None:
    """Fill and free the disk of a server that keeps its world, while two threads buy; skipped where no test disk can be mounted."""
    name = run.world("disk")
    place = run.folder / name
    place.mkdir()
    if not disk.can_mount(place):
        run.facts.counts["full disks skipped: no disk can be mounted"] += 1
        return
    prefix = disk.on_small_disk(place, "24m", "env", f"TMPDIR={place}", f"XDG_CACHE_HOME={place}")
    with Mock(run.log(), "--fixture", LARGE, "--data", str(place / "data"), prefix=prefix) as mock:
        caller = Caller(mock.url, run.facts, "full disk")
        folder = disk.seen_from_outside(mock.pid, place)
        caller.control("PUT", f"worlds/{name}", {})
        buying.listen(caller, name, run.receiver)
        with Shopping(run, caller, name, pause_s=0.02).running(2):
            for _ in moments(run, seconds, 0.1, 0.5):
                disk.fill(folder)
                run.facts.counts["full disks"] += 1
                time.sleep(run.rng.uniform(0.1, 0.5))
                disk.free(folder)
        run.settle(name)
        with database(run, caller, name) as conn:
            run.note_stored(name, conn)
        left = [
            path.name
            for path in folder.rglob("*")
            if path.is_file() and ("partial" in path.name or "passing" in path.name)
        ]
        run.facts.damage += [f"{name}: {file} is left" for file in left]


Phase = Callable[[Run, float], None]
PHASES: dict[str, Phase] = {
    "kills": kills, "rush": rush, "neighbours": neighbours, "races": races, "churn": churn, "full disk": full_disk,
}  # fmt: skip
