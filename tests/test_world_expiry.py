"""Worlds with a time to live, which the server drops when nobody has used them for so long, and worlds dropped by their prefix."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from mockmarket.clock import monotonic, parse_iso, wall_ms
from mockmarket.config import Config
from mockmarket.worlds.expiry import Lease
from mockmarket.worlds.registry import Worlds
from tests.conftest import Client, Served
from tests.receiver import PATIENCE_S
from tests.running import FIXTURE, serving, talking_to

NUMBERS = count(1)
SHORT_S = 0.05
LONG_S = 3600


@pytest.fixture
def prefix(served: Served) -> Iterator[str]:
    """A beginning of names that no other test's worlds have."""
    prefix = f"ttl{next(NUMBERS)}-"
    yield prefix
    served.app.worlds.drop_all(prefix)


def put(client: Client, name: str, **body: Any) -> Any:
    return client.control("PUT", f"worlds/{name}", {"fixture": "small", **body})


def wait_until_gone(worlds: Worlds, name: str) -> None:
    end = monotonic() + PATIENCE_S
    while name in worlds.names():
        assert monotonic() < end, "it was not dropped in time"
        threading.Event().wait(SHORT_S / 5)


def test_unused_world_is_dropped(client: Client, served: Served, prefix: str) -> None:
    put(client, prefix, ttl_s=SHORT_S)

    wait_until_gone(served.app.worlds, prefix)

    assert client.get(f"/_mockmarket/worlds/{prefix}").json()["error"]["code"] == "unknown_world"


def test_time_to_live_is_shown(client: Client, prefix: str) -> None:
    world = put(client, prefix, ttl_s=LONG_S)

    assert world["ttl_s"] == LONG_S
    assert abs(parse_iso(world["expires_at"]) - wall_ms() - LONG_S * 1000) < PATIENCE_S * 1000
    assert put(client, prefix)["ttl_s"] is None
    assert client.control("GET", "worlds/main")["expires_at"] is None


def test_use_prolongs_the_life(client: Client, served: Served, prefix: str) -> None:
    put(client, prefix, ttl_s=LONG_S)
    user = talking_to(served, prefix)
    assert user.get("/api/v1/events").headers["X-Mockmarket-World"] == prefix
    lease = user.world.lease
    assert lease

    for path in ("/api/v1/events", "/api/v1/events", "/_mockmarket/clock", "/_mockmarket/ui/timeline"):
        began = monotonic()
        assert user.get(path).ok
        unused_s = LONG_S - lease.left_s
        assert monotonic() - unused_s >= began, path


def test_world_in_use_is_kept() -> None:
    lease = Lease(LONG_S)

    with lease.in_use():
        threading.Event().wait(SHORT_S)
        assert lease.left_s == LONG_S

    assert 0 < lease.left_s <= LONG_S


def test_life_survives_reset_and_restart(tmp_path: Path) -> None:
    config = Config(fixture=FIXTURE, data=tmp_path)
    with serving(config) as served:
        client = talking_to(served)
        client.control("PUT", "worlds/kept", {"ttl_s": LONG_S})
        client.control("PUT", "worlds/copy", {"from": "kept"})
        assert talking_to(served, "kept").control("POST", "reset")["ttl_s"] == LONG_S

    with serving(config) as served:
        worlds = talking_to(served).control("GET", "worlds")["worlds"]

    assert {world["name"]: world["ttl_s"] for world in worlds} == {"main": None, "kept": LONG_S, "copy": None}


@pytest.mark.parametrize("ttl_s", [0, -1, "60", True, 1e9])
def test_impossible_time_to_live_is_refused(client: Client, prefix: str, ttl_s: Any) -> None:
    answer = client.put(f"/_mockmarket/worlds/{prefix}", {"ttl_s": ttl_s})

    assert answer.status_code == 400
    assert "ttl_s" in answer.json()["error"]["message"]


def test_main_has_no_time_to_live(client: Client) -> None:
    answer = client.put("/_mockmarket/worlds/main", {"ttl_s": 60})

    assert answer.status_code == 409
    assert "never dropped" in answer.json()["error"]["message"]


def test_prefix_drops_its_worlds(client: Client, served: Served, prefix: str) -> None:
    for name in ("a", "b"):
        put(client, prefix + name)

    answer = client.call("DELETE", "/_mockmarket/worlds", params={"prefix": prefix})

    assert answer.json() == {"deleted": [f"{prefix}a", f"{prefix}b"]}
    assert not any(name.startswith(prefix) for name in served.app.worlds.names())


def test_main_is_in_no_prefix(client: Client) -> None:
    assert client.call("DELETE", "/_mockmarket/worlds", params={"prefix": "main"}).json() == {"deleted": []}
    assert client.get("/_mockmarket/worlds/main").ok


@pytest.mark.parametrize("params", [{}, {"prefix": ""}, {"prefx": "a"}])
def test_drop_without_a_prefix_is_refused(client: Client, params: dict[str, str]) -> None:
    assert client.call("DELETE", "/_mockmarket/worlds", params=params).status_code == 400
