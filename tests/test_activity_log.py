"""The activity log: a line for each request and each attempt, for people and for programs, that costs nothing when it is off."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from mockmarket.cli import logs
from mockmarket.cli.logs import Coloured, Lines, Objects
from mockmarket.config import Config
from mockmarket.errors import EVENT
from mockmarket.worlds import activity_log
from mockmarket.worlds.activity_log import ActivityLog
from tests.conftest import Client, Served
from tests.receiver import Receiver
from tests.running import FLOOR, buy, listen, serving, settled, talking_to, until

SECRET = "portal_test_full_00000000"


class Log:
    """What the activity log of a mock has written."""

    def __init__(self, served: Served, caplog: pytest.LogCaptureFixture) -> None:
        self.served, self.client = served, talking_to(served)
        self._caplog = caplog

    def events(self, event: str, count: int = 1) -> list[Any]:
        """Return the newest events of a kind, as soon as there are so many."""

        def enough() -> list[Any]:
            logged = [getattr(record, EVENT, None) for record in self._caplog.records]
            chosen = [facts for facts in logged if facts and facts["event"] == event]
            return chosen[-count:] if len(chosen) >= count else []

        return until(self.client.world, enough)

    def line(self, event: str) -> str:
        """Return the newest line of a kind of event."""
        return activity_log.line(self.events(event)[-1])


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[Log]:
    """A mock that logs, in detail."""
    caplog.set_level(logging.DEBUG, "mockmarket.activity")
    with serving(Config(fixture="small")) as served:
        yield Log(served, caplog)


def test_lines_follow_an_order_and_its_webhook(log: Log, receiver: Receiver) -> None:
    endpoint = listen(log.client, receiver.url)

    buy(log.client)
    log.client.post("/api/v1/orders", {**FLOOR, "quantity": 51})
    log.client.post("/api/v1/orders", {**FLOOR, "customr": 1})

    ids = {delivery["id"] for delivery in settled(log.client, 2)}
    bought, refused, mistyped = log.events("request", 3)
    assert (bought["method"], bought["path"], bought["status"]) == ("POST", "/api/v1/orders", 201)
    assert activity_log.line(bought).startswith(f"POST /api/v1/orders 201 {bought['id']} ")
    assert activity_log.line(mistyped).endswith("; not read: customr")
    assert f"; {refused['refused']}: " in activity_log.line(refused)
    sent = log.events("attempt", 2)
    assert {attempt["delivery"] for attempt in sent} == ids
    assert log.line("attempt").startswith(f"order.confirmed → {endpoint['id']} 200 {sent[-1]['delivery']} ")
    assert activity_log.line(log.events("control", 2)[-1]).startswith("GET /_mockmarket/deliveries 200 ")


def test_retries_faults_and_drops_have_lines(log: Log, receiver: Receiver) -> None:
    client = log.client
    endpoint = listen(client, receiver.url)
    client.control("PUT", "clock", {"frozen": True})
    client.control("PATCH", "settings", {"portal": {"retries": 1}})
    client.control("POST", "faults", {"fault": "wrong_secret", "times": 1})
    receiver.answer = lambda hook: (500, b"no")

    client.control("POST", "portal/trigger/order.confirmed", {})
    client.control("POST", "clock/advance", {"until": "delivered"})
    client.control("PATCH", f"endpoints/{endpoint['id']}", {"active": False})
    buy(client)

    first, last = map(activity_log.line, log.events("attempt", 2))
    assert f"→ {endpoint['id']} 500, again in 1 s " in first
    assert first.endswith("; fault: wrong_secret")
    assert f"→ {endpoint['id']} 500, failed " in last
    assert "no attempts left" in last
    assert "dropped" in log.line("dropped")
    assert "disabled when the notice was made" in log.line("dropped")


def test_other_worlds_are_named(log: Log) -> None:
    log.client.control("PUT", "worlds/ci-1", {})
    talking_to(log.served, "ci-1").get("/api/v1/events")

    assert log.line("request").startswith("[ci-1] GET /api/v1/events 200 r000001 ")


def test_repeated_requests_have_lines_too(log: Log) -> None:
    for _ in range(4):
        log.client.get("/api/v1/events")

    assert [event["id"] for event in log.events("request", 4)] == ["r000001", "r000002", "r000003", "r000004"]


def test_line_has_no_secret_and_is_one(log: Log) -> None:
    log.client.get(f"/api/v1/x%0aINFO%20forged%1b[31m%E2%80%A8{SECRET}", api_key=SECRET)

    line = log.line("request")

    assert SECRET not in line
    assert line.isprintable()
    assert r"/api/v1/x\nINFO forged\x1b[31m\u2028(redacted)" in line


def test_timers_are_lines_of_the_detailed_log(log: Log) -> None:
    log.client.control("POST", "clock/advance", {"to": log.client.control("GET", "clock")["next_due"]})

    assert log.line("timer").startswith("The timer ")


def test_quiet_server_has_no_log(client: Client) -> None:
    assert client.world.activity_log is None


def test_slow_reader_delays_nobody(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    caplog.set_level(logging.DEBUG, "mockmarket.activity")
    monkeypatch.setattr(activity_log, "MOST_WAITING", 3)
    gate, reached = threading.Event(), threading.Event()

    class Blocking(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            reached.set()
            gate.wait(10)

    handler = Blocking()
    activity_log.log.addHandler(handler)
    lines = ActivityLog(detailed=True)
    try:
        lines.called("main", "GET", "/0", 200, 1)
        assert reached.wait(10)
        for number in range(1, 10):
            lines.called("main", "GET", f"/{number}", 200, 1)
        gate.set()
        lines.close()
    finally:
        activity_log.log.removeHandler(handler)

    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [
        "6 lines were left out: the log is read too slowly."
    ]


def test_reader_that_stops_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"x" * 4096)
    os.set_blocking(writing, True)
    monkeypatch.setattr(logs, "WAIT_S", 0.01)
    with os.fdopen(reading, "rb") as reader, os.fdopen(writing, "w") as stream:
        monkeypatch.setattr("sys.stderr", stream)
        handler = logs.StandardError()

        handler.emit(record("left out"))
        os.read(reader.fileno(), 65_536)
        handler.emit(record("written"))

        assert os.read(reader.fileno(), 1_000_000).rpartition(b"x")[2] == b"written\n"


# Formats


def record(message: str = "One\nTwo", event: Any = None, level: int = logging.INFO) -> logging.LogRecord:
    entry = logging.LogRecord("mockmarket", level, __file__, 1, "%s", (message,), None)
    setattr(entry, EVENT, event)
    return entry


def test_message_stays_on_its_line() -> None:
    assert Lines("%(message)s").format(record()) == r"One\nTwo"


def test_objects_are_json() -> None:
    event = {"event": "request", "world": "main", "path": '/"\n', "status": 200}

    message, request = (json.loads(Objects().format(each)) for each in (record('"a"\n'), record(event=event)))

    assert (message["event"], message["level"], message["message"]) == ("message", "info", '"a"\n')
    assert request == {"at": request["at"], "level": "info", **event}
    assert request["at"].endswith("Z")


@pytest.mark.parametrize(
    ("event", "colour"),
    [
        ({"event": "request", "status": 200}, None),
        ({"event": "request", "status": 404}, 33),
        ({"event": "request", "status": None}, 31),
        ({"event": "attempt", "state": "delivered"}, 32),
        ({"event": "attempt", "state": "pending"}, 33),
        ({"event": "attempt", "state": "exhausted"}, 31),
        ({"event": "control"}, 90),
    ],
)
def test_outcomes_have_colours(event: Any, colour: int | None) -> None:
    line = Coloured("%(message)s").format(record("One", event))

    assert line == ("One" if colour is None else f"\x1b[{colour}mOne\x1b[0m")
