"""Fixtures that all tests share: one served mock per session, one fresh world per test, real sockets."""

from __future__ import annotations

import gc
import os
import signal
import tempfile
from collections.abc import Generator, Iterator
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import pytest
import requests

import mockmarket
from mockmarket.app import App
from mockmarket.config import Cache, Config
from mockmarket.seed.cache import open_cache
from mockmarket.server.serving import Server
from mockmarket.worlds.world import World
from tests import sixth
from tests.browser import browser, page
from tests.effort import set_effort
from tests.fresh_worlds import FreshWorlds
from tests.receiver import PATIENCE_S, Receiver, receiving
from tests.session import Session

__all__ = ["browser", "page"]  # fixtures, for every test


def pytest_configure(config: pytest.Config) -> None:
    """Give the run a cache folder, which its workers share and which is removed at its end; restore the default handler of SIGINT.

    A script that runs the tests in the background ignores SIGINT, and child processes inherit that.
    """
    if not hasattr(config, "workerinput"):
        folder = tempfile.TemporaryDirectory(prefix="cache-")
        config.add_cleanup(folder.cleanup)
        os.environ["XDG_CACHE_HOME"] = folder.name
    set_effort(config)
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Import the whole package, so that no server's thread does: pytest compiles a module through `ast` when it is first imported, whose
    recursion count all threads share (CPython issue 106905). Disable the garbage collector during collection, and freeze the collected
    objects, which last as long as the run."""
    gc.disable()
    for package in (mockmarket, sixth):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                import_module(module.name)
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(10_000, 20, 20)
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need a browser as thorough, so that the default run leaves them out."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.thorough)


@cache
def planted_cache() -> Cache | None:
    """Return where the servers of a run keep planted fixtures."""
    return open_cache(os.environ)


class Served:
    """A served mock: its app, its server and its URL."""

    def __init__(self, app: App, server: Server) -> None:
        self.app = app
        self.server = server
        self.url = server.url
        self.fresh_worlds = FreshWorlds(app.worlds, "t")


class Client:
    """Talks to one world over HTTP: `base` is its URL prefix, `key` the headers of a vendor's credential."""

    def __init__(self, url: str, world: World) -> None:
        self.base = f"{url}/w/{world.name}"
        self.world = world
        self.session = Session()
        self.key: dict[str, str] = {}
        self.fresh = True

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Make a request; its own headers go on top of the key's."""
        self.fresh = False
        headers = {**self.key, **options.pop("headers", {})}
        return self.session.request(method, self.base + path, headers=headers, timeout=30, **options)

    def get(self, path: str, **params: Any) -> requests.Response:
        """GET with query parameters."""
        return self.call("GET", path, params=params)

    def post(self, path: str, body: Any = None) -> requests.Response:
        """POST JSON."""
        return self.call("POST", path, json=body)

    def patch(self, path: str, body: Any = None) -> requests.Response:
        """PATCH JSON."""
        return self.call("PATCH", path, json=body)

    def put(self, path: str, body: Any = None) -> requests.Response:
        """PUT JSON."""
        return self.call("PUT", path, json=body)

    def delete(self, path: str) -> requests.Response:
        """DELETE."""
        return self.call("DELETE", path)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Make a control request that must succeed; returns the JSON answer, or None."""
        answer = self.call(method, f"/_mockmarket/{path}", json=body)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def begin_as(self, fixture: str) -> None:
        """Plant a fixture in the world, unless the world was just made from it and no call has been made since."""
        if not (self.fresh and self.world.store.meta()["fixture"] == fixture):
            self.control("PUT", f"worlds/{self.world.name}", {"fixture": fixture})


FITTING = {"zatabox": "event.published"}
"""By vendor: a notice to which a record of the small fixture fits, if the vendor's first has none."""


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """Serve a mock on a free port for the whole session."""
    app = App(Config(fixture="small", workers=4, cache=planted_cache()))
    server = Server(app.front, "127.0.0.1", 0, 4)
    server.start()
    app.open(loop=server.loop)
    yield Served(app, server)
    server.stop(5)
    app.close(5)


@pytest.fixture
def fixture() -> str:
    """Return the name of the fixture that the test's world is made from."""
    return "small"


@pytest.fixture
def world(served: Served, fixture: str) -> Iterator[World]:
    """Give the test a world of its own."""
    world = served.fresh_worlds.take(fixture)
    yield world
    served.fresh_worlds.give_back(world)


@pytest.fixture
def client(served: Served, world: World) -> Iterator[Client]:
    """Talk to the test's world, with the portal's full key."""
    client = Client(served.url, world)
    client.key = {"X-API-Key": "portal_test_full_00000000"}
    yield client
    client.session.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run a webhook receiver."""
    with receiving() as running:
        yield running


@pytest.fixture
def held_back() -> Iterator[Receiver]:
    """Run a receiver that answers once its `gate` is opened."""
    with receiving() as running:
        running.answer = lambda hook: (200, b"ok") if running.gate.wait(2 * PATIENCE_S) else (500, b"no")
        yield running
        running.gate.set()
