"""Worlds that move from one server to another: with all that they have, once, or not at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mockmarket.cli import main
from mockmarket.config import Config, parse_networks
from mockmarket.worlds import moving
from tests.conftest import Client, Served
from tests.receiver import PATIENCE_S, Hook, Receiver
from tests.running import PORTAL_KEY, buy, deliveries, listen, serving, settled, talking_to
from tests.test_cli_exec import CLEAN

NUMBERS = count(1)
TOKEN = "fleet-token"
CONFIG = Config(fixture="small", workers=4)
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Served, Served]]:
    """Serve two mocks."""
    with serving(CONFIG) as first, serving(CONFIG) as second:
        yield first, second


@pytest.fixture
def world(pair: tuple[Served, Served]) -> Iterator[Client]:
    """Talk to a world on the first of them."""
    name = f"fleet{next(NUMBERS)}"
    pair[0].app.worlds.put(name, "small")
    yield talking_to(pair[0], name)
    for served in pair:
        served.app.worlds.drop_all(name)


def records(client: Client) -> list[Any]:
    """Return the portal's orders."""
    return list(client.control("GET", "records/portal/order")["records"])


def move(client: Client, to: Served | str) -> Any:
    url = to if isinstance(to, str) else to.url
    return client.post(f"/_mockmarket/worlds/{client.world.name}/move", {"to": url})


def moved(client: Client, to: Served) -> Client:
    """Move a client's world to a server; returns a client of it."""
    answer = move(client, to)
    assert answer.json() == {"name": client.world.name, "to": to.url}
    return talking_to(to, client.world.name)


def test_world_moves_with_what_it_has(world: Client, pair: tuple[Served, Served], receiver: Receiver) -> None:
    receiver.answer = lambda hook: (500, b"")
    listen(world, receiver.url)
    world.control("PUT", "clock", {"frozen": True})
    buy(world)
    receiver.wait(1)
    world.control("POST", "wait", {"for": "quiet"})
    before, stored, clock = deliveries(world), records(world), world.control("GET", "clock")
    world.control("PUT", f"worlds/{world.world.name}-other", {"fixture": "small"})

    other = moved(world, pair[1])

    assert deliveries(other) == before
    assert other.control("GET", "clock") == clock
    assert stored == records(other) != []
    receiver.answer = lambda hook: (200, b"{}")
    other.control("POST", "clock/advance", {"until": "delivered"})
    assert [row["state"] for row in deliveries(other)] == ["delivered"]
    assert len(receiver.hooks) == 2
    assert pair[0].app.worlds.find(world.world.name) is None


def test_world_that_has_moved_names_its_place(world: Client, pair: tuple[Served, Served]) -> None:
    moved(world, pair[1])

    for answer in (
        world.get("/_mockmarket/clock"),
        world.get("/api/v1/events"),
        world.put(f"/_mockmarket/worlds/{world.world.name}", {}),
    ):
        assert answer.status_code == 404
        assert pair[1].url in answer.text
    other = talking_to(pair[0])
    assert other.put(f"/_mockmarket/worlds/{world.world.name}", {}).json()["error"]["code"] == "moved_world"
    assert other.delete(f"/_mockmarket/worlds/{world.world.name}").status_code == 204
    assert "Create it" in world.get("/_mockmarket/clock").text


def test_world_moves_back(world: Client, pair: tuple[Served, Served]) -> None:
    world.control("PUT", f"worlds/{world.world.name}", {"fixture": "small", "ttl_s": 600})
    buy(world)
    stored = records(world)

    back = moved(moved(world, pair[1]), pair[0])

    assert stored == records(back) != []
    assert back.control("GET", f"worlds/{world.world.name}")["ttl_s"] == 600
    assert pair[1].url not in back.get("/_mockmarket/clock").text


def test_what_is_in_flight_ends_first(world: Client, pair: tuple[Served, Served], receiver: Receiver) -> None:
    def hold(hook: Hook) -> tuple[int, bytes]:
        receiver.gate.wait(PATIENCE_S)
        return 200, b"{}"

    receiver.answer = hold
    listen(world, receiver.url)
    buy(world)
    receiver.wait(1)
    thread = threading.Thread(target=move, args=(world, pair[1]))
    thread.start()
    thread.join(0.1)
    assert thread.is_alive()

    receiver.gate.set()
    thread.join(PATIENCE_S)

    other = talking_to(pair[1], world.world.name)
    assert [row["state"] for row in deliveries(other)] == ["delivered"]
    assert len(receiver.hooks) == 1


def test_failed_move_leaves_the_world(world: Client, pair: tuple[Served, Served], receiver: Receiver) -> None:
    listen(world, receiver.url)
    pair[1].app.worlds.put(world.world.name, "small")

    taken, nobody = move(world, pair[1]), move(world, NOWHERE)

    assert (taken.status_code, nobody.status_code) == (409, 409)
    assert "There is a world" in taken.json()["error"]["message"]
    assert "goes on here" in nobody.json()["error"]["message"]
    buy(world)
    receiver.wait(1)


def test_delivery_that_does_not_end_keeps_the_world(
    world: Client, pair: tuple[Served, Served], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "PATIENCE_S", 0.0)
    receiver.answer = lambda hook: (200, b"{}") if receiver.gate.wait(PATIENCE_S) else (500, b"")
    listen(world, receiver.url)
    buy(world)
    receiver.wait(1)

    answer = move(world, pair[1])

    receiver.gate.set()
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    settled(world, 1, state="delivered")


def test_what_cannot_move_is_refused(world: Client, pair: tuple[Served, Served]) -> None:
    world.control("POST", "snapshots/before")

    answer, of_main = move(world, pair[1]), move(talking_to(pair[0]), pair[1])

    assert "before" in answer.json()["error"]["message"]
    assert of_main.status_code == 409


def test_command_moves_a_world(world: Client, pair: tuple[Served, Served]) -> None:
    command = ["world", "move", world.world.name, "--to", pair[1].url, "--url", pair[0].url, "--no-json"]

    ran = CliRunner().invoke(main, command, env=CLEAN)

    assert (ran.exit_code, ran.output.strip()) == (0, f"Moved {world.world.name} to {pair[1].url}.")


def test_new_state_needs_a_free_name(world: Client, pair: tuple[Served, Served]) -> None:
    state = world.get("/_mockmarket/state").content
    media = {"Content-Type": "application/vnd.sqlite3"}

    answer = world.call("PUT", "/_mockmarket/state?new=true", data=state, headers=media)
    stray = world.call("PUT", "/_mockmarket/state?ttl_s=60", data=state, headers=media)

    assert (answer.status_code, stray.status_code) == (409, 400)


def test_killed_during_a_move_serves_it_no_more(tmp_path: Path) -> None:
    kept = replace(CONFIG, data=tmp_path)
    with serving(kept) as served:
        world = served.app.worlds.put("ci", "small")[0]
        buy(talking_to(served, "ci"))
        stored = records(talking_to(served, "ci"))
        world.store.put_meta(moving_to=NOWHERE)  # what a process that is killed leaves in the file
    file = world.store.path

    with serving(kept) as served:
        client = talking_to(served)
        answer = client.session.get(f"{served.url}/w/ci/api/v1/events", headers=PORTAL_KEY, timeout=PATIENCE_S)
        assert answer.status_code == 503
        assert NOWHERE in answer.text
        media = {"Content-Type": "application/vnd.sqlite3"}
        put = client.session.put(
            f"{served.url}/w/ci/_mockmarket/state", data=file.read_bytes(), headers=media, timeout=PATIENCE_S
        )

        assert put.ok, put.text
        assert records(talking_to(served, "ci")) == stored


def test_public_server_tells_places_to_its_own() -> None:
    public = replace(CONFIG, host="0.0.0.0", control_token=TOKEN, trusted_proxies=parse_networks("127.0.0.1"))
    token, outside = {"X-Mockmarket-Token": TOKEN}, {"X-Forwarded-For": "203.0.113.9"}
    with serving(public) as first, serving(public) as second:
        first.app.worlds.put("ci", "small")
        world = talking_to(first, "ci")
        answer = world.call("POST", "/_mockmarket/worlds/ci/move", json={"to": second.url}, headers=token)
        assert answer.ok, answer.text

        texts = [
            world.call("GET", "/api/v1/events", headers=headers).text for headers in (outside, outside | token, {})
        ]

    assert [second.url in text for text in texts] == [False, True, True]
