"""Tests that freeze or move their own time, with freezegun and time-machine: waits end and signatures are judged all the same."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import freezegun
import pytest
import time_machine

from mockmarket.cli.hosting import hosting
from mockmarket.clock import iso_s, monotonic, wall_ms
from mockmarket.config import Config
from mockmarket_client import Client, server_process
from mockmarket_client.market import market
from mockmarket_client.receiver import Reply
from tests.suites import Suite, counts, suite

__all__ = ["suite"]  # a fixture, for the tests of this module

PAST, FUTURE = "2020-01-01", "2045-01-01"
MINUTE_MS = 60_000

Freeze = Callable[[str], AbstractContextManager[object]]


def by_freezegun(moment: str) -> AbstractContextManager[object]:
    """Freeze the time by replacing the functions that tell it."""
    return freezegun.freeze_time(moment)


def by_time_machine(moment: str) -> AbstractContextManager[object]:
    """Freeze the time by replacing what those functions call."""
    return time_machine.travel(moment, tick=False)


EVERY_WAY = pytest.mark.parametrize("freeze", [by_freezegun, by_time_machine])
EVERY_MOMENT = pytest.mark.parametrize("moment", [PAST, FUTURE])


@EVERY_WAY
@EVERY_MOMENT
def test_wall_is_the_machines(freeze: Freeze, moment: str) -> None:
    before = wall_ms()

    with freeze(moment):
        assert iso_s(int(datetime.now(UTC).timestamp() * 1000)).startswith(moment)
        assert 0 <= wall_ms() - before < MINUTE_MS


@EVERY_WAY
def test_monotonic_clock_goes_on(freeze: Freeze) -> None:
    before = monotonic()

    with freeze(FUTURE):
        assert before < monotonic() < before + 60


DEADLINE = """
import freezegun
import pytest
import time_machine
from mockmarket_client.inbox import NotReceived

@pytest.mark.parametrize("freeze", [freezegun.freeze_time, time_machine.travel])
@pytest.mark.parametrize("moment", ["2020-01-01", "2045-01-01"])
def test_it(market, freeze, moment):
    inbox = market.inbox("portal")
    with freeze(moment, tick=False), pytest.raises(NotReceived, match="arrived within 1 s"):
        inbox.next(1)
"""

DECORATED = """
import freezegun
import time_machine

def told(market):
    market.trigger("portal", "order.confirmed")
    return market.inbox("portal").next().type

def waited(market):
    market.inbox("portal")
    market.freeze()
    market.trigger("portal", "order.confirmed")
    walked = market.advance(minutes=1)
    return market.wait("deliveries", timeout_s=5)["deliveries"][0]["state"]

@freezegun.freeze_time("MOMENT")
def test_freezegun(market):
    market.inbox("portal")
    assert (told(market), waited(market)) == ("order.confirmed", "delivered")

@time_machine.travel("MOMENT", tick=False)
def test_time_machine(market):
    market.inbox("portal")
    assert (told(market), waited(market)) == ("order.confirmed", "delivered")
"""

FIRST = """
import freezegun
import pytest
import time_machine

@pytest.fixture(scope="session", autouse=True, params=["freezegun", "time_machine"])
def frozen(request):
    ways = {"freezegun": freezegun.freeze_time, "time_machine": time_machine.travel}
    with ways[request.param]("2020-01-01", tick=False):
        yield

def test_it(frozen, market):
    market.inbox("portal")
    market.trigger("portal", "order.confirmed")
    assert market.inbox("portal").next().type == "order.confirmed"
"""


@pytest.mark.thorough
def test_inbox_ends_its_wait(suite: Suite) -> None:
    counts(suite.run(DEADLINE), passed=4)


@pytest.mark.thorough
@EVERY_MOMENT
def test_good_webhook_is_taken(suite: Suite, moment: str) -> None:
    counts(suite.run(DECORATED.replace("MOMENT", moment)), passed=2)


@pytest.mark.thorough
def test_time_may_stand_before_the_market(suite: Suite) -> None:
    counts(suite.run(FIRST), passed=2)


@pytest.mark.thorough
@EVERY_WAY
@EVERY_MOMENT
def test_mock_in_the_same_process_works(freeze: Freeze, moment: str) -> None:
    with (
        hosting(Config(port=0, fixture="small")) as server,
        market(Client(server.url), "frozen") as world,
        freeze(moment),
    ):
        inbox = world.inbox("portal")
        inbox.reply = Reply(status=503)
        world.settings("portal", retry_base_s=1)
        world.trigger("portal", "order.confirmed")

        first = inbox.next()
        assert inbox.next().body == first.body


@pytest.mark.thorough
@EVERY_WAY
def test_server_that_does_not_end_is_killed(freeze: Freeze, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_process, "GRACE_S", 1)
    deaf = server_process.ServerProcess(
        [sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(600)"]
    )
    process = int(deaf.url())

    with freeze(FUTURE):
        deaf.stop()

    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
