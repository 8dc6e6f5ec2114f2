"""Waits after a failure count from its end: with a clock that runs and receivers that take their time, for every vendor's rule."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from mockmarket.clock import SECOND, parse_iso
from mockmarket.vendor import Vendor
from mockmarket.webhooks.retry import Failure, Health
from mockmarket.worlds.world import World
from tests import hostile
from tests.conftest import Client, Served
from tests.receiver import Receiver
from tests.running import FLOOR, PORTAL_KEY, settled, until
from tests.sixth.serving import VENDORS, market, running_world as world

__all__ = ["market", "world"]

DEADLINE_MS = 300
TIMED_OUT = Failure(1, 0, None, "timeout", Health())
LATE_MS = 5_000
"""How late a busy machine may be; what is shown is that nothing comes early."""


@pytest.fixture
def client(market: Served, world: World) -> Client:
    """Talk to the test's world as the portal's integrator does; every vendor waits but briefly for an answer."""
    client = Client(market.url, world)
    client.key = dict(PORTAL_KEY)
    client.control("PATCH", "settings", {vendor.name: {"deadline_s": DEADLINE_MS / 1000} for vendor in VENDORS})
    return client


@pytest.fixture
def silent() -> Iterator[str]:
    """Run a receiver that never answers."""
    with hostile.receiver(hostile.never_answers) as site:
        yield site.url


def first_gap(world: World, vendor: Vendor) -> int | None:
    """Return how long a vendor's rule waits after a first failure, in ms; None when it never tries again."""
    return vendor.webhooks.retry(world.settings_of(vendor.name))(TIMED_OUT).next_at


def triggered(client: Client, vendor: str, url: str) -> None:
    """Have a vendor send a notice to a new endpoint."""
    client.control("POST", "endpoints", {"vendor": vendor, "url": url})
    type = next(notice.name for notice in client.world.vendors[vendor].webhooks.notices if notice.fires)
    client.control("POST", f"{vendor}/trigger/{type}", {})


def tried(client: Client, times: int = 1) -> dict[str, Any]:
    """Return the world's one delivery, as soon as it has been tried so often."""

    def enough() -> dict[str, Any] | None:
        (row,) = client.control("GET", "deliveries")["deliveries"]
        view: dict[str, Any] = client.control("GET", f"deliveries/{row['id']}")
        return view if len(view["attempts_made"]) >= times else None

    return until(client.world, enough) or {}


def ended(attempt: dict[str, Any]) -> int:
    """Return when an attempt was over, in epoch ms of the world's time."""
    return parse_iso(attempt["at"]) + int(attempt["elapsed_ms"])


@pytest.mark.thorough
@pytest.mark.parametrize("vendor", VENDORS, ids=[vendor.name for vendor in VENDORS])
def test_wait_counts_from_the_timeout(client: Client, world: World, silent: str, vendor: Vendor) -> None:
    gap = first_gap(world, vendor)
    if gap is None:
        pytest.skip("sends once")
    triggered(client, vendor.name, silent)

    view = tried(client)

    end = ended(view["attempts_made"][0])
    assert view["attempts_made"][0]["elapsed_ms"] >= DEADLINE_MS
    assert end + gap <= parse_iso(view["due"]) <= end + gap + LATE_MS


@pytest.mark.thorough
@pytest.mark.parametrize("vendor", VENDORS, ids=[vendor.name for vendor in VENDORS])
def test_wait_counts_from_a_late_refusal(client: Client, world: World, receiver: Receiver, vendor: Vendor) -> None:
    gap = first_gap(world, vendor)
    if gap is None:
        pytest.skip("sends once")
    slow = threading.Event()
    receiver.answer = lambda hook: (500, b"no") if not slow.wait(DEADLINE_MS / 2000) else (200, b"")
    triggered(client, vendor.name, receiver.url)

    view = tried(client)

    end = ended(view["attempts_made"][0])
    assert view["attempts_made"][0]["elapsed_ms"] >= DEADLINE_MS / 2
    assert end + gap <= parse_iso(view["due"]) <= end + gap + LATE_MS


@pytest.mark.thorough
def test_mute_counts_from_the_timeout(client: Client, world: World, silent: str) -> None:
    client.control("PATCH", "settings", {"skybox": {"failures_until_mute": 1, "mute_minutes": "2"}})
    triggered(client, "skybox", silent)

    view = tried(client)

    (endpoint,) = client.control("GET", "endpoints?vendor=skybox")["endpoints"]
    end = ended(view["attempts_made"][0])
    assert end + 120 * SECOND <= parse_iso(endpoint["muted_until"]) <= end + 120 * SECOND + LATE_MS


@pytest.mark.thorough
def test_inline_wait_counts_from_the_timeout(client: Client, silent: str) -> None:
    client.control("PATCH", "settings", {"portal": {"deliver_inline": True, "retry_base_s": 60}})
    client.control("POST", "endpoints", {"vendor": "portal", "url": silent})

    assert client.post("/api/v1/orders", FLOOR).json()["webhook"]["sent"] is False

    view = tried(client)
    assert parse_iso(view["due"]) >= ended(view["attempts_made"][0]) + 60 * SECOND


@pytest.mark.thorough
def test_quick_endpoint_waits_for_no_slow(client: Client, receiver: Receiver, silent: str) -> None:
    client.control("PATCH", "settings", {"portal": {"deliver_inline": True, "retry_base_s": 60, "deadline_s": 2}})
    receiver.answer = lambda hook: (500, b"no")
    for url in (receiver.url, silent):
        client.control("POST", "endpoints", {"vendor": "portal", "url": url})

    client.post("/api/v1/orders", FLOOR)

    quick, slow = (parse_iso(row["due"]) for row in settled(client, 2, "pending"))
    assert quick < slow


@pytest.mark.thorough
def test_frozen_clock_takes_no_time(client: Client, world: World, silent: str) -> None:
    client.control("PUT", "clock", {"frozen": True})
    triggered(client, "portal", silent)

    view = tried(client)

    assert parse_iso(view["due"]) - parse_iso(view["attempts_made"][0]["at"]) == SECOND


@pytest.mark.thorough
def test_advance_keeps_the_exact_seconds(client: Client, world: World, silent: str) -> None:
    client.control("PUT", "clock", {"frozen": True})
    client.control("PATCH", "settings", {"ticketnation": {"deadline_s": 0.05}})
    triggered(client, "ticketnation", silent)

    client.control("POST", "clock/advance", {"until": "quiet"})

    at = [parse_iso(attempt["at"]) for attempt in tried(client, 3)["attempts_made"]]
    assert [moment - at[0] for moment in at] == [0, 1 * SECOND, 3 * SECOND]


@pytest.mark.thorough
@pytest.mark.parametrize("vendor", ["portal", "ticketnation"])
def test_silent_receiver_is_left_alone(client: Client, silent: str, vendor: str) -> None:
    client.control("PATCH", "settings", {vendor: {"deadline_s": 1}})
    triggered(client, vendor, silent)

    view = tried(client, 3)

    at = [parse_iso(attempt["at"]) for attempt in view["attempts_made"]]
    gaps = [after - before for before, after in pairwise(at)]
    assert 2 * SECOND <= gaps[0] < 3 * SECOND
    assert 3 * SECOND <= gaps[1] < 4 * SECOND
    assert [attempt["reason"].rpartition(" in ")[2] for attempt in view["attempts_made"]][:2] == ["1 s.", "2 s."]
