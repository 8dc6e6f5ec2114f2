"""Mocks that a test starts for itself, and the steps that tests share: buy, read deliveries, wait for a condition."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

import flask
import pytest

from mockmarket.app import App, add_pages
from mockmarket.clock import monotonic
from mockmarket.config import Config
from mockmarket.control import BASE
from mockmarket.server import routing
from mockmarket.server.serving import Server
from mockmarket.vendor import Vendor, discover
from mockmarket.vendors.portal.scheme import HEADERS
from mockmarket.worlds.world import World
from mockmarket_client.verifying import check
from tests.conftest import Client, Served, planted_cache
from tests.receiver import PATIENCE_S, Hook

T = TypeVar("T")

FIXTURE = str(Path(__file__).parent / "core.yaml")
PORTAL_KEY = {"X-API-Key": "portal_test_full_00000000"}
FLOOR: dict[str, Any] = {
    "eventId": "1001",
    "section": "Floor",
    "row": "GA",
    "quantity": 1,
    "customer": {"email": "buyer@example.com", "phone": {"number": "5551234567", "countryCode": "+1"}},
}


def flask_app(vendors: Sequence[Vendor] = ()) -> flask.Flask:
    """Return one application with all routes that there are, these vendors' and the control plane's."""
    app = routing.plain_app(Config())
    for vendor in vendors:
        routing.add(app, vendor.base, vendor.api.operations)
    routing.add_control(app)
    routing.add_docs(app, vendors)
    add_pages(app)
    return app


def control_routes() -> Iterator[tuple[str, str]]:
    """Yield (method, path below the base) of every control route except the root page."""
    for rule in flask_app().url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix(f"{BASE}/"))
        if rule.rule.startswith(f"{BASE}/") and path and ":other " not in rule.endpoint:  # refuses other methods
            yield from ((method, path) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"})


@contextmanager
def serving(config: Config, vendors: Sequence[Vendor] | None = None, in_loop: bool = True) -> Iterator[Served]:
    """Serve a mock of a test's own configuration on a free loopback port, whatever host the configuration names. Unless `in_loop`, threads
    exchange with receivers, as under another WSGI server.

    `vendors` replace the shipped vendors of the same names; the rest are served too, because the fixtures have all of them.
    """
    by_name = {vendor.name: vendor for vendor in (*discover(), *(vendors or ()))}
    config = replace(config, cache=config.cache or planted_cache())
    app = App(config, tuple(by_name.values()) if vendors else None)
    server = Server(app.front, "127.0.0.1", 0, config.workers)
    server.start()
    try:
        app.open(loop=server.loop if in_loop else None)
        yield Served(app, server)
    finally:
        server.stop(5)
        app.close(5)


def talking_to(served: Served, world: str = "main") -> Client:
    """Talk to a world with the portal's full key."""
    client = Client(served.url, served.app.worlds.get(world))
    client.key = dict(PORTAL_KEY)
    return client


def listen(client: Client, url: str, **fields: Any) -> dict[str, Any]:
    """Create a portal endpoint; returns it with its secret."""
    endpoint: dict[str, Any] = client.control("POST", "endpoints", {"vendor": "portal", "url": url, **fields})
    return endpoint


def buy(client: Client) -> dict[str, Any]:
    """Buy one ticket on the floor; returns the order."""
    answer = client.post("/api/v1/orders", FLOOR)
    assert answer.status_code == 201, answer.text
    order: dict[str, Any] = answer.json()["order"]
    return order


def deliveries(client: Client, **parameters: Any) -> list[dict[str, Any]]:
    """Return the deliveries, oldest first, that match."""
    answer = client.get("/_mockmarket/deliveries", limit=1000, **parameters)
    assert answer.ok, answer.text
    rows: list[dict[str, Any]] = answer.json()["deliveries"]
    return rows[::-1]


def notices(client: Client, **parameters: Any) -> list[dict[str, Any]]:
    """Return the portal's notices, newest first, that match."""
    rows: list[dict[str, Any]] = client.get("/_mockmarket/notices", vendor="portal", **parameters).json()["notices"]
    return rows


def delivery(client: Client, id: str) -> dict[str, Any]:
    """Return one delivery with its attempts."""
    row: dict[str, Any] = client.control("GET", f"deliveries/{id}")
    return row


def until(world: World, condition: Callable[[], T | Literal[False]]) -> T:
    """Return a condition's value as soon as it is true, checked whenever answers are settled; fails the test after `PATIENCE_S`."""
    end = monotonic() + PATIENCE_S
    while not (value := condition()):
        assert monotonic() < end, "it did not come true in time"
        with world.changed:
            world.changed.wait(0.02)
    return value


def settled(client: Client, count: int = 1, state: str = "delivered") -> list[dict[str, Any]]:
    """Return the deliveries in a state, oldest first, as soon as there are at least `count`."""

    def enough() -> list[dict[str, Any]]:
        rows = deliveries(client, state=state)
        return rows if len(rows) >= count else []

    return until(client.world, enough)


def verifies(hook: Hook, secret: str) -> bool:
    """Return whether a portal webhook was signed with a secret."""
    return check(HEADERS, hook.headers, hook.body, secret).valid is True


@dataclass
class Running:
    """A mock in a process of its own, and the lines that it printed until it was ready."""

    process: subprocess.Popen[str]
    lines: list[str]

    @property
    def url(self) -> str:
        """The mock's URL, from its last line."""
        return self.lines[-1].removeprefix("Ready. ")


def command(*arguments: str, environ: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start the command line in a process."""
    return subprocess.Popen(
        [sys.executable, "-m", "mockmarket", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=None if environ is None else dict(environ),
    )


def unused_port() -> int:
    """Return a port that nobody listens on, below those that the system gives out by itself."""
    for port in range(20_000 + os.getpid() % 5_000, 32_000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise AssertionError("There is no port left.")


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for a process to end; returns its exit code and the rest of its two outputs."""
    out, err = process.communicate(timeout=PATIENCE_S * 2)
    return process.returncode, out, err


def ordinary(*command: str) -> list[str]:
    """Return a command for which file modes apply: root ignores them unless it gives up these capabilities."""
    if os.geteuid() != 0:
        return [*command]
    if shutil.which("setpriv") is None:
        pytest.skip("as root, modes of files count only under setpriv")
    dropped = "-dac_override,-dac_read_search,-fowner,-chown"
    return ["setpriv", f"--bounding-set={dropped}", f"--inh-caps={dropped}", "--", *command]
