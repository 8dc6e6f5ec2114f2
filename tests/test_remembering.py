"""Answers that are remembered are those that would be worked out: of two copies, one is served without remembering."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from mockmarket.app import create_app
from mockmarket.clock import DAY, parse_iso
from mockmarket.config import Config
from mockmarket.delivery.ticker import Ticker
from mockmarket.server.serving import Server
from tests.conftest import Client, Served
from tests.effort import Effort, tries
from tests.running import talking_to

WALL = {"wall_at", "elapsed_ms", "headers"}
START = parse_iso("2031-02-03T04:05:06Z")
NUMBERS = itertools.count(1)
CONTROL = "/_mockmarket/"
READS = (
    "/api/v1/events",
    "/api/v1/events?limit=2&sortBy=name",
    "/api/v1/inventory?eventId=1001",
    "/ticketnation/open-api/v1/events",
    "/ticketnation/open-api/v1/account",
    "/zatabox/api/v1/events",
    "/tixstock/v1/feed",
    "/skybox/services/inventory",
    "/skybox/services/events",
    "/nowhere",
)
ORDER = {
    "eventId": "1001",
    "section": "Floor",
    "row": "A",
    "quantity": 1,
    "customer": {"email": "buyer@example.com", "phone": {"number": "5551234567", "countryCode": "+1"}},
}
FAULT = {"fault": "status", "with": {"status": 503}, "operation": "GET /events"}
CHANGES: dict[str, Callable[[Client], object]] = {
    "buy": lambda client: client.post("/api/v1/orders", ORDER),
    "advance": lambda client: client.control("POST", "clock/advance", {"seconds": 1}),
    "advance a year": lambda client: client.control("POST", "clock/advance", {"seconds": 365 * 86_400}),
    "reset": lambda client: client.control("POST", "reset"),
    "fault": lambda client: client.control("PUT", "faults", {"faults": [FAULT]}),
    "no fault": lambda client: client.control("PUT", "faults", {"faults": []}),
    "setting": lambda client: client.control("PATCH", "settings", {"core": {"unread": "refuse"}}),
    "no setting": lambda client: client.control("PATCH", "settings", {"core": {"unread": "ignore"}}),
    "frozen": lambda client: client.control("PUT", "clock", {"frozen": True}),
    "limit": lambda client: client.control("PATCH", "settings", {"zatabox": {"rate_limit": 2}}),
    "key": lambda client: client.control("POST", "keys", {"vendor": "portal", "name": "Another"}),
    "allowlist": lambda client: change_keys(client, {"ip_allowlist": "10.0.0.5"}),
    "no allowlist": lambda client: change_keys(client, {"ip_allowlist": ""}),
    "expiry": lambda client: change_keys(client, {"expires_at": "2031-02-03T04:05:07Z"}),
    "snapshot": lambda client: client.call("POST", f"{CONTROL}snapshots/kept"),
    "restore": lambda client: client.call("POST", f"{CONTROL}snapshots/kept/restore"),
    "drop": lambda client: drop(client),
}


TIMES = 3 if Effort.thorough else 2
"""How often each is read between two changes. A read is kept when it comes again, so the first after a change meets what was kept."""
PASSING = {"a ms": 1, "a second": 1000, "two weeks": 14 * DAY}
"""How many ms pass, while every clock runs."""


def drop(client: Client) -> None:
    """Drop the world and make it anew."""
    url = f"{client.base.partition('/w/')[0]}{CONTROL}worlds/{client.world.name}"
    assert client.session.delete(url, timeout=30).ok
    assert client.session.put(url, json={"now": "2031-02-03T04:05:06Z", "seed": 7}, timeout=30).ok


def change_keys(client: Client, body: dict[str, Any]) -> None:
    """Change every key of the portal."""
    for key in client.control("GET", "keys")["keys"]:
        if key["vendor"] == "portal":
            client.control("PATCH", f"keys/{key['id']}", body)


class Wall:
    """The machine's time as the worlds' clocks see it: it passes when a step says so."""

    ms = START

    @classmethod
    def read(cls) -> int:
        """Return epoch ms."""
        return cls.ms


@pytest.fixture(scope="module")
def copies() -> Iterator[tuple[Served, Served]]:
    """Serve two copies, one of which remembers its answers."""
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        for name, module in list(sys.modules.items()):
            if name.startswith("mockmarket.") and hasattr(module, "wall_ms"):
                patch.setattr(module, "wall_ms", Wall.read)
        patch.setattr(Ticker, "start", lambda _ticker, _rest_s: None)  # what is due is done by steps alone
        yield served_copy(stack, remembers=True), served_copy(stack, remembers=False)


def served_copy(stack: ExitStack, remembers: bool) -> Served:
    """Serve a seeded mock until the end of the stack."""
    app = create_app(Config(fixture="small", seed=7, now=START))
    server = Server(app.front, "127.0.0.1", 0, 2, remembers=remembers)
    server.start()
    stack.callback(app.close, 5)
    stack.callback(server.stop, 5)
    return Served(app, server)


def keys_of(client: Client) -> dict[str, str]:
    """Return the headers by which a client may call every vendor."""
    vendors = client.control("GET", "vendors")["vendors"]
    return {
        name: value for vendor in vendors for name, value in vendor["credentials"][0]["headers"].items()
    } | client.key


def answer_to(client: Client, path: str) -> tuple[int, dict[str, str], bytes]:
    """Read a path; returns status, headers and body, without the machine's date."""
    answer = client.get(path)
    return answer.status_code, {name: value for name, value in answer.headers.items() if name != "Date"}, answer.content


def journal_of(client: Client) -> list[dict[str, Any]]:
    """Return the journal without what tells the machine's time."""
    entries = client.control("GET", "requests?limit=1000")["requests"]
    return [{name: value for name, value in entry.items() if name not in WALL} for entry in entries]


class Pair:
    """One world in two copies."""

    def __init__(self, copies: tuple[Served, Served]) -> None:
        name, self.clients = f"w{next(NUMBERS)}", []
        for served in copies:
            talking_to(served).control("PUT", f"worlds/{name}", {"now": "2031-02-03T04:05:06Z", "seed": 7})
            self.clients.append(talking_to(served, name))
            self.clients[-1].key = keys_of(self.clients[-1])

    def change(self, step: str) -> None:
        """Have something differ in both."""
        Wall.ms += PASSING.get(step, 0)
        if step in CHANGES:
            for client in self.clients:
                CHANGES[step](client)

    def read(self, path: str) -> None:
        """Read a path of both, which agree."""
        first, second = (answer_to(client, path) for client in self.clients)
        assert first == second

    def check_journals(self) -> None:
        """Compare what both have noted."""
        pairs = zip(*map(journal_of, self.clients), strict=True)
        assert [(first, second) for first, second in pairs if first != second] == []


TIMELY = {"advance", "advance a year", "frozen", "reset", "no allowlist", *PASSING}
"""Changes that a key which is about to expire makes a difference to; the default run tries it with no other."""
AFTER_EXPIRY = [
    pytest.param("expiry", change, marks=() if change in TIMELY else pytest.mark.thorough)
    for change in (*CHANGES, *PASSING)
]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("first", "change"), [*(("no fault", change) for change in (*CHANGES, *PASSING)), *AFTER_EXPIRY]
)
def test_what_is_remembered_ends_with_a_change(copies: tuple[Served, Served], first: str, change: str) -> None:
    pair = Pair(copies)
    pair.change("snapshot")
    for step in (first, change):
        pair.change(step)
        for path in [*READS] * TIMES:
            pair.read(path)

    pair.check_journals()


@pytest.mark.thorough
@settings(max_examples=tries(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([*READS] * 3 + [*CHANGES, *PASSING]), min_size=20, max_size=60))
def test_copies_agree(copies: tuple[Served, Served], steps: list[str]) -> None:
    pair = Pair(copies)
    for step in steps:
        if step in READS:
            for _ in range(TIMES):
                pair.read(step)
        else:
            pair.change(step)

    pair.check_journals()
