"""The origin of a world: a reset restores it, whatever scenarios ran in the world and wherever the world was copied."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mockmarket.config import Config
from tests.conftest import Client, Served
from tests.running import FIXTURE, serving, talking_to
from tests.scenarios import BUY, run_scenario

Row = dict[str, Any]

BEGINNING = {"fixture": FIXTURE, "now": "2030-05-01T12:00:00Z", "seed": 7}
"""An origin other than that of the tests' scenarios."""


def describe(client: Client) -> Row:
    """Return the description of a world without its name and its present time."""
    world = client.control("GET", f"worlds/{client.world.name}")
    return {name: value for name, value in world.items() if name not in ("name", "now")}


@pytest.fixture
def origin(client: Client) -> Row:
    """Recreate the test's world with `BEGINNING`; returns its description."""
    client.control("PUT", f"worlds/{client.world.name}", BEGINNING)
    return describe(client)


@pytest.fixture
def other_client(served: Served) -> Iterator[Client]:
    """Return a client of a second world."""
    served.app.worlds.put("elsewhere", "small")
    yield talking_to(served, "elsewhere")
    served.app.worlds.drop("elsewhere")


@pytest.mark.thorough
def test_reset_undoes_what_was_played(client: Client, origin: Row) -> None:
    run_scenario(client, [BUY])
    run_scenario(client, [BUY], start={"seed": 9})
    middle = describe(client)

    client.control("POST", "reset")

    assert (middle["fixture"], middle["seed"], middle["frozen"]) == ("small", 9, True)
    assert describe(client) == origin


def test_snapshot_of_a_play_keeps_its_origin(client: Client, origin: Row) -> None:
    run_scenario(client, [BUY])
    client.control("POST", "snapshots/played")
    client.control("PUT", f"worlds/{client.world.name}", {"fixture": "default"})
    client.control("POST", "snapshots/played/restore")

    client.control("POST", "reset")

    assert describe(client) == origin


@pytest.mark.thorough
def test_state_of_a_play_keeps_its_origin(client: Client, origin: Row, other_client: Client) -> None:
    run_scenario(client, [BUY])
    content = client.get("/_mockmarket/state").content
    other_client.call("PUT", "/_mockmarket/state", data=content, headers={"Content-Type": "application/vnd.sqlite3"})

    other_client.control("POST", "reset")

    assert describe(other_client)["start"] == origin["start"]
    assert describe(other_client)["seed"] == origin["seed"]


def test_world_made_of_a_played_state_resets_to_it(client: Client, tmp_path: Path) -> None:
    planted = client.control("GET", "records/portal/order")["total"]
    run_scenario(client, [BUY])
    path = tmp_path / "played.db"
    path.write_bytes(client.get("/_mockmarket/state").content)
    client.control("PUT", f"worlds/{client.world.name}", {"fixture": str(path)})

    client.control("POST", "reset")

    assert client.control("GET", "records/portal/order")["total"] == planted + 1


def test_world_made_anew_forgets_its_origin(client: Client, origin: Row) -> None:
    run_scenario(client, [BUY])
    client.control("PUT", f"worlds/{client.world.name}", {"fixture": "default"})

    client.control("POST", "reset")

    assert describe(client)["fixture"] == "default"


@pytest.mark.thorough
def test_origin_outlives_the_process(tmp_path: Path) -> None:
    with serving(Config(fixture=FIXTURE, data=tmp_path)) as served:
        before = describe(talking_to(served))
        run_scenario(talking_to(served), [BUY])

    with serving(Config(fixture=FIXTURE, data=tmp_path)) as served:
        talking_to(served).control("POST", "reset")

        assert describe(talking_to(served)) == before
