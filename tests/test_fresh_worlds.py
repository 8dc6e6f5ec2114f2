"""What one test does to its world, the next does not see, though a world that was only read may be the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mockmarket.scenarios.runs import Runs
from tests.conftest import Client, Served
from tests.fresh_worlds import FreshWorlds
from tests.running import buy, talking_to


@pytest.fixture
def fresh_worlds(served: Served) -> FreshWorlds:
    """Give worlds apart from those of the other tests."""
    return FreshWorlds(served.app.worlds, "fresh")


def save_snapshot(client: Client) -> None:
    client.control("POST", "snapshots/one")


def turn_fault_on(client: Client) -> None:
    client.control("POST", "faults", {"fault": "status", "with": {"status": 500}})


def move_clock(client: Client) -> None:
    client.control("POST", "clock/advance", {"seconds": 5})


def begin_anew(client: Client) -> None:
    client.control("POST", "reset")


def look_at_runs(client: Client) -> None:
    assert isinstance(client.world.scenario(), Runs)


def make_again(client: Client) -> None:
    url = f"{client.base.rpartition('/w/')[0]}/_mockmarket/worlds/{client.world.name}"
    assert client.session.delete(url, timeout=30).ok
    assert client.session.put(url, json={"fixture": "small"}, timeout=30).ok


def test_world_that_was_read_is_given_again(served: Served, fresh_worlds: FreshWorlds) -> None:
    world = fresh_worlds.take("small")
    assert talking_to(served, world.name).get("/api/v1/events").status_code == 200

    fresh_worlds.give_back(world)
    again = fresh_worlds.take("small")

    assert again is world
    assert [*again.journal.entries] == []
    served.app.worlds.drop(again.name)


@pytest.mark.parametrize(
    "change", [buy, save_snapshot, turn_fault_on, move_clock, begin_anew, look_at_runs, make_again]
)
def test_world_that_was_changed_is_dropped(
    served: Served, fresh_worlds: FreshWorlds, change: Callable[[Client], Any]
) -> None:
    world = fresh_worlds.take("small")
    change(talking_to(served, world.name))

    fresh_worlds.give_back(world)

    assert world.name not in served.app.worlds.names()


def test_world_is_given_as_its_fixture(served: Served, fresh_worlds: FreshWorlds) -> None:
    fresh_worlds.give_back(fresh_worlds.take("small"))

    world = fresh_worlds.take("default")

    assert world.store.meta()["fixture"].endswith("default.yaml")
    served.app.worlds.drop(world.name)
