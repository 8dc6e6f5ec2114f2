"""The process that crash tests kill: it imports everything, then forks a child for each line of work on its standard input.

Forking before any thread or database exists costs a tenth of a new process. Progress is printed, one line per step.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from werkzeug.test import Client

from mockmarket.app import App, create_app
from mockmarket.clock import MINUTE, monotonic
from mockmarket.config import Config
from mockmarket.store import Tx, outbox, records, timers
from mockmarket.store.outbox import Notice
from mockmarket.store.records import Kind
from mockmarket.store.timers import Timer
from mockmarket.vendor import discover
from mockmarket.vendors.portal.vendor import VENDOR
from mockmarket.worlds.world import World
from tests.receiver import PATIENCE_S
from tests.running import FLOOR, PORTAL_KEY

TIMERS = 200


def say(*words: str) -> None:
    """Print a line in one write, so that lines of several processes do not mix."""
    os.write(1, f"{' '.join(words)}\n".encode())


def buy(app: App) -> None:
    """Buy a ticket, and print its order once it is confirmed."""
    answer = Client(app).post("/api/v1/orders", json=FLOOR, headers=PORTAL_KEY)
    say("bought", (answer.json or {})["order"]["orderId"])


def read(app: App, main: World) -> None:
    """Make requests that store nothing; prints the latest one's id."""
    for _ in range(3):
        answer = Client(app).get("/api/v1/events", headers=PORTAL_KEY)
    say("request", answer.headers["X-Mockmarket-Request"])
    say("there")


def shop(app: App, main: World) -> NoReturn:
    """Buy until the process is killed."""
    while True:
        buy(app)


def committed(app: App, main: World) -> None:
    """Stop when an order is committed and its delivery is unclaimed: the world's engine is locked."""
    main.engine.acquire()
    buy(app)
    say("there")


def claimed(app: App, main: World) -> None:
    """Stop when the delivery is claimed and its exchange has begun."""
    buy(app)
    wait(main, lambda: outbox.counts(main.read()).get("sending") and app.ticker.sender.in_flight)
    say("there")


def answered(app: App, main: World) -> None:
    """Stop when the answer has arrived and cannot be settled: another process has locked the database."""
    wait(main, lambda: main.in_flight)
    wait(main, lambda: main.in_flight and not app.ticker.sender.in_flight)
    say("there")


def finish(app: App, main: World) -> None:
    """Stop when nothing is left to be delivered."""
    wait(main, lambda: not set(outbox.counts(main.read())) & {"pending", "sending"})
    app.close()
    say("there")


def advance(app: App, main: World, frozen: bool) -> None:
    """Advance the clock by a day, with one timer of the vendor per minute in its first hours."""
    control = Client(app)
    control.put("/_mockmarket/clock", json={"frozen": frozen})
    with main.atomic() as tx:
        for minute in range(1, TIMERS):
            timers.set(tx, Timer("portal", "noted", str(minute), tx.now + minute * MINUTE))
    control.post("/_mockmarket/clock/advance", json={"seconds": 86_400})


def noted(tx: Tx, timer: Timer) -> None:
    """Note in a record when a timer fired, and announce it."""
    records.put(tx, FIRED, {"id": timer.record, "at": tx.now})
    outbox.announce(tx, Notice("portal", "order.confirmed", tx.ids.uuid(), "fired", timer.record, b"{}"))


FIRED = Kind("portal", "fired", "id")
NOTING = replace(
    VENDOR,
    records=replace(VENDOR.records, kinds=(*VENDOR.records.kinds, FIRED)),
    world=replace(VENDOR.world, timer_fired=noted),
)


def wait(world: World, condition: Any) -> None:
    """Wait for a condition, checked whenever answers are settled and a hundred times a second; raises TimeoutError after `PATIENCE_S`."""
    end = monotonic() + PATIENCE_S
    while not condition():
        if monotonic() > end:
            raise TimeoutError
        with world.changed:
            world.changed.wait(0.01)


WORK: dict[str, Callable[[App, World], None]] = {
    **{function.__name__: function for function in (read, shop, committed, claimed, answered, finish)},
    "advance frozen": partial(advance, frozen=True),
    "advance running": partial(advance, frozen=False),
}


def child(work: str, data: str, fixture: str) -> NoReturn:
    """Do one piece of work on a stored world, then wait to be killed."""
    say("pid", str(os.getpid()))
    others = [vendor for vendor in discover() if vendor.name != NOTING.name]
    app = create_app(Config(fixture=fixture, data=Path(data)), [NOTING, *others])
    say("ready")
    if work == "answered":
        threading.Thread(target=buy, args=(app,), daemon=True).start()
    WORK[work](app, app.worlds.get("main"))
    signal.pause()
    os._exit(1)


def main() -> None:
    """Fork a child for each line of work, and print when it has ended."""
    say("up")
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            child(**json.loads(line))
        os.waitpid(pid, 0)
        say("gone")


if __name__ == "__main__":
    main()
