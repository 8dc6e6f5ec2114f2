"""Serves every vendor that is found, the sixth among them, over a real socket; for the tests that need them all."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

import tests.sixth
from mockmarket.app import create_app
from mockmarket.config import Config
from mockmarket.seed import finding
from mockmarket.server.serving import Server
from mockmarket.vendor import Vendor, discover
from mockmarket.worlds.world import World
from tests.conftest import Served

NUMBERS = itertools.count(1)
START = "2026-03-01T12:00:00.000Z"
VENDORS: tuple[Vendor, ...] = (*discover(), *discover("tests.sixth"))


def fixture_for_all(folder: Path) -> str:
    """Write the small fixture, the records that every notice needs, and the sixth vendor's own part to a file, frozen at START;
    returns its path."""
    fixture: dict[str, Any] = {"start": START, "frozen": True}
    folder_of_sixth = Path(tests.sixth.__file__).parent
    for part in (
        *finding.find("small").files,
        folder_of_sixth / "every_notice.yaml",
        *folder_of_sixth.glob("*/*.yaml"),
    ):
        for section, content in yaml.safe_load(part.read_text(encoding="utf-8")).items():
            fixture[section] = joined(fixture.get(section), content)
    path = folder / "all.yaml"
    path.write_text(yaml.safe_dump(fixture, allow_unicode=True), encoding="utf-8")
    return str(path)


def joined(before: Any, addition: Any) -> Any:
    """Put what another file says of a section behind, or beside, what was said of it before."""
    if isinstance(before, dict):
        return before | {name: joined(before.get(name), content) for name, content in addition.items()}
    return before + addition if isinstance(before, list) else addition


@contextmanager
def serving(config: Config, vendors: tuple[Vendor, ...] = VENDORS) -> Iterator[Served]:
    """Serve a mock on a free port for the length of a block."""
    app = create_app(config, vendors)
    server = Server(app.front, "127.0.0.1", 0, 16)
    server.start()
    try:
        yield Served(app, server)
    finally:
        server.stop(5)
        app.close(5)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve every vendor."""
    with serving(Config(fixture=fixture_for_all(tmp_path_factory.mktemp("all")))) as served:
        yield served


@pytest.fixture
def running_world(market: Served) -> Iterator[World]:
    """Give the test a world of its own, its clock running."""
    world, _ = market.app.worlds.put(f"running-{next(NUMBERS)}")
    world.clock.run()
    world.store.keep_clock()
    yield world
    market.app.worlds.drop(world.name)
