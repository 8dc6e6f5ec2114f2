"""Reports of failed tests: what the world saw, the kept world, the test's own lines alone."""

from __future__ import annotations

import os
import re
import signal
from subprocess import CompletedProcess

import pytest
import requests

from tests.conftest import Served
from tests.suites import BUY, Suite, address, counts, suite

__all__ = ["address", "suite"]  # fixtures, for the tests of this module

pytestmark = pytest.mark.thorough  # suites started inside this one

FAILING = (
    BUY
    + """
import asyncio
import pytest
from mockmarket_client.receiver import Reply

def test_refused(market):
    answer = market.session("portal").post("/orders", json={"eventId": "1001"})
    assert answer.status_code == 201

def test_unread(market):
    assert market.session("portal").get("/events", params={"colour": "red"}).ok
    assert False

def test_no_request(market):
    assert market.records("portal", "order") == []

def test_late(market):
    market.freeze()
    market.inbox("portal").reply = Reply(status=503)
    buy(market)
    market.inbox("portal").next()
    market.wait()
    market.inbox("portal").next(0.01)

def test_late_in_a_loop(market):
    asyncio.run(market.inbox("portal").anext(0.01))

def test_fault(market):
    market.fault("status", operation="GET /events", status=503)
    assert market.session("portal").get("/events").ok

def test_call_that_is_refused(market):
    market.record("portal", "order", "no-such-order")

def test_wait_in_vain(market):
    market.wait("deliveries", timeout_s=0.01)

def test_settings_without_vendor(market):
    market.settings({"portal": {"retries": 1}})

@pytest.mark.mockmarket(fixture="no-such-fixture")
def test_no_world(market):
    pass

def test_passes(market):
    pass

@pytest.mark.xfail
def test_expected(market):
    assert False
"""
)
SECTIONS = re.compile(r"^_+ (?:ERROR at setup of )?(test_\w+) _+$", re.MULTILINE)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory, address: Served) -> CompletedProcess[str]:
    """Run a suite whose tests fail."""
    return Suite(tmp_path_factory.mktemp("failing")).run(FAILING, "--mockmarket-url", address.url)


@pytest.fixture(scope="module")
def reports(result: CompletedProcess[str]) -> dict[str, str]:
    """Return the report of each failed test."""
    _, *parts = SECTIONS.split(result.stdout.partition("short test summary info")[0].partition("= PASSES =")[0])
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ("test_refused", r"Likely reason: r000001 POST /api/v1/orders was refused \(\w+\): .*quantity"),
        ("test_refused", r"\n  r000001 POST /api/v1/orders 400 \w+: .*quantity"),
        ("test_unread", r"Likely reason: nothing reads colour of r000001 GET /api/v1/events\."),
        ("test_unread", r"\n  r000001 GET /api/v1/events 200 \[not read: colour\]"),
        ("test_no_request", r"Likely reason: no request reached this world\."),
        ("test_late", r"Likely reason: order.confirmed is due at .* until `market.advance` moves it\. Answered 503"),
        ("test_late", r"\n  portal order.confirmed to end_\w+ pending: Answered 503"),
        ("test_late", r"\nClock: frozen at .*; next delivery: 20"),
        ("test_fault", r"Likely reason: r000001 GET /api/v1/events was refused by the fault status: "),
        ("test_fault", r"\n  r000001 GET /api/v1/events 503 .* \[fault: status\]"),
    ],
    ids=ascii,
)
def test_report_says_what_the_world_saw(reports: dict[str, str], test: str, words: str) -> None:
    assert re.search(words, reports[test].partition("- mockmarket -")[2]), reports[test]


def test_report_is_of_failures_alone(reports: dict[str, str], result: CompletedProcess[str]) -> None:
    assert reports.keys() == {
        "test_refused",
        "test_unread",
        "test_no_request",
        "test_late",
        "test_late_in_a_loop",
        "test_fault",
        "test_call_that_is_refused",
        "test_wait_in_vain",
        "test_settings_without_vendor",
        "test_no_world",
    }
    assert result.stdout.count("- mockmarket -") == len(reports) - 1  # the one that had no world


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ("test_late", "NotReceived: No webhook arrived within 0.01 s."),
        ("test_late_in_a_loop", "NotReceived: No webhook arrived within 0.01 s."),
        ("test_call_that_is_refused", "MockmarketError: "),
        ("test_wait_in_vain", "MockmarketError: "),
        ("test_settings_without_vendor", 'Settings are changed for one vendor, named first. Write change_settings(vendor, retries=1).'),
        ("test_no_world", "There is no fixture 'no-such-fixture'"),
    ],
)  # fmt: skip
def test_traceback_ends_in_the_test(reports: dict[str, str], test: str, words: str) -> None:
    traceback = reports[test].partition("- mockmarket -")[0]

    assert words in traceback
    assert re.findall(r"^\S*(?:mockmarket_client|requests|urllib3)/\S+:\d+:", traceback, re.MULTILINE) == []
    assert "traceback entries are hidden" not in traceback
    assert "During handling" not in traceback
    assert "direct cause" not in traceback


def test_world_of_a_failed_test_is_kept(suite: Suite, address: Served) -> None:
    text = "def test_it(market):\n    assert False\n\ndef test_other(market):\n    pass\n"

    result = suite.run(text, "--mockmarket-url", address.url, MOCKMARKET_KEEP="failed")

    [kept] = re.findall(r"^Kept: (\S+)$", result.stdout, re.MULTILINE)
    [world] = set(address.app.worlds.names()) - {"main"}
    assert kept == f"{address.url}/w/{world}/_mockmarket/"
    assert requests.get(kept, timeout=10).ok
    address.app.worlds.drop(world)


@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["alone", "worker"])
def test_server_of_a_kept_world_runs_on(suite: Suite, options: tuple[str, ...]) -> None:
    text = "def test_it(market):\n    assert False\n"

    result = suite.run(text, "--mockmarket-keep=failed", "--mockmarket-fixture", "small", *options)

    [kept] = re.findall(r"^Kept: (\S+)$", result.stdout, re.MULTILINE)
    [process] = re.findall(
        r"^The server of kept worlds ends in 60 minutes; `kill (\d+)` ends it now\.$", result.stdout, re.MULTILINE
    )
    try:
        assert requests.get(kept, timeout=10).ok
    finally:
        os.kill(int(process), signal.SIGTERM)


def test_other_values_to_keep_are_refused(suite: Suite, address: Served) -> None:
    result = suite.run("def test_it(market):\n    assert False\n", MOCKMARKET_KEEP="all", MOCKMARKET_URL=address.url)

    counts(result, error=1)
    assert "MOCKMARKET_KEEP takes failed, and not 'all'." in result.stdout
