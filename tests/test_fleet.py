"""Worlds that move from one server to another: with all that they have, once, or not at all."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mockmarket.cli import main
from mockmarket.config import Config, parse_networks
from mockmarket.control import fleet
from mockmarket.rules.hosts import parse_peers
from mockmarket.rules.placement import Placement
from mockmarket.store.files import log_of
from mockmarket.worlds import moving
from tests.conftest import Client, Served
from tests.receiver import PATIENCE_S, Hook, Receiver, run_server
from tests.running import FLOOR, PORTAL_KEY, buy, deliveries, listen, serving, settled, talking_to, until
from tests.test_cli_exec import CLEAN

NUMBERS = count(1)
TOKEN = "fleet-token"
CONFIG = Config(fixture="small", workers=4)
NOWHERE = "http://127.0.0.1:9"
MEDIA = {"Content-Type": "application/vnd.sqlite3"}


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Served, Served]]:
    """Serve two mocks; the second knows the first, by its URL and as DNS would name it, and a server that does not answer."""
    with (
        serving(CONFIG) as first,
        serving(replace(CONFIG, peers=(first.url, first.url.removeprefix("http://"), NOWHERE))) as second,
    ):
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
    wrong = [move(world, url) for url in ("mock-2:8000", f"{pair[1].url}/w/other", receiver.url)]

    assert {answer.status_code for answer in (taken, nobody, *wrong)} == {409}
    assert "There is a world" in taken.json()["error"]["message"]
    assert "goes on here" in nobody.json()["error"]["message"]
    buy(world)
    receiver.wait(1)


def test_write_during_a_move_is_not_lost(world: Client, pair: tuple[Served, Served]) -> None:
    before = len(records(world))
    with ThreadPoolExecutor() as threads, world.world.store.writer:
        moving_away = threads.submit(move, world, pair[1])
        writing = threads.submit(world.post, "/api/v1/orders", FLOOR)  # waits, as the move does

    assert moving_away.result().ok
    written = writing.result()
    orders = len(records(talking_to(pair[1], world.world.name)))
    assert (written.status_code, orders) in ((201, before + 1), (404, before))
    assert written.ok or "moved to another server" in written.text


@pytest.mark.parametrize("arrived", [True, False])
def test_lost_answer_is_asked_for(world: Client, pair: tuple[Served, Served], arrived: bool) -> None:
    name = world.world.name
    with forgetful_server(name, 200 if arrived else 404) as url:
        answer = move(world, url)

    assert answer.status_code == (200 if arrived else 409)
    assert (pair[0].app.worlds.find(name) is None) is arrived


@contextmanager
def forgetful_server(name: str, status: int) -> Iterator[str]:
    """Run a server that ends the connection of an upload without an answer, and answers with a status when it is asked for the world."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            listing = self.path == "/_mockmarket/worlds"
            described = {"name": name, "fixture": "small", "frozen": False}
            body = json.dumps({"worlds": [], "id": "other"} if listing else described).encode()
            self.send_response(200 if listing else status)
            self.send_header("X-Mockmarket", "0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    with run_server(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        yield url


def test_silent_server_delays_no_writes(world: Client, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "ANSWER_S", 0.1)
    listen(world, receiver.url)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it accepts, and never answers
        answer = move(world, f"http://127.0.0.1:{silent.getsockname()[1]}")

    assert answer.status_code == 409
    assert "goes on here" in answer.json()["error"]["message"]
    assert "did not answer in time" in answer.json()["error"]["message"]
    buy(world)
    receiver.wait(1)


def test_upload_that_is_not_taken_leaves_the_world(world: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "allowance", lambda file: 0.0)
    with forgetful_server(world.world.name, 503) as url:
        answer = move(world, url)

    assert answer.status_code == 409
    assert "goes on here" in answer.json()["error"]["message"]
    buy(world)


def test_world_that_may_have_arrived_is_not_served(
    world: Client, pair: tuple[Served, Served], receiver: Receiver
) -> None:
    name, file = world.world.name, world.world.store.path
    receiver.answer = lambda hook: (500, b"")
    listen(world, receiver.url)
    world.control("PATCH", "settings", {"portal": {"retry_base_s": 0.01, "retries": 10}})
    buy(world)
    receiver.wait(2)
    stored = records(world)
    with forgetful_server(name, 503) as url:
        answer = move(world, url)
    sent = len(receiver.hooks)

    assert "is not known" in answer.json()["error"]["message"]
    refused = world.post("/api/v1/orders", FLOOR)
    assert (refused.status_code, url in refused.text, str(file) in refused.text) == (503, True, True)
    until(world.world, lambda: not log_of(file).exists())
    assert len(receiver.hooks) == sent
    put = world.call("PUT", "/_mockmarket/state", data=file.read_bytes(), headers=MEDIA)
    assert put.ok, put.text
    assert records(talking_to(pair[0], name)) == stored
    receiver.wait(sent + 1)


def test_server_that_waits_no_longer_is_given_nothing(
    world: Client, pair: tuple[Served, Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    name, state = world.world.name, world.get("/_mockmarket/state").content
    begun, left = threading.Event(), threading.Event()

    def check_size(*_: object) -> None:
        begun.set()
        left.wait(PATIENCE_S)

    monkeypatch.setattr(pair[1].app.worlds.limits, "check_size", check_size)
    address = pair[1].url.removeprefix("http://")
    head = f"PUT /w/{name}/_mockmarket/state?new=true HTTP/1.1\r\nHost: {address}\r\nContent-Length: {len(state)}\r\n"
    head += "Content-Type: application/vnd.sqlite3\r\n\r\n"
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), PATIENCE_S) as sender:
        sender.sendall(head.encode() + state)
        assert begun.wait(PATIENCE_S)
        sender.shutdown(socket.SHUT_WR)  # as a process that has ended, but here the answer can still be read
        talking_to(pair[1]).control("GET", "health")
        left.set()
        answer = sender.recv(65_536)

    assert b" 409 " in answer.splitlines()[0]
    assert pair[1].app.worlds.find(name) is None


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

    answer = world.call("PUT", "/_mockmarket/state?new=true", data=state, headers=MEDIA)
    stray = world.call("PUT", "/_mockmarket/state?ttl_s=60", data=state, headers=MEDIA)

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
        put = client.session.put(
            f"{served.url}/w/ci/_mockmarket/state", data=file.read_bytes(), headers=MEDIA, timeout=PATIENCE_S
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


# A fleet: the second server knows the first


def test_fleet_lists_its_worlds(world: Client, pair: tuple[Served, Served]) -> None:
    first, second = pair
    listed = talking_to(second).get("/_mockmarket/worlds", fleet="true").json()

    places = {(row["name"], row["server"]) for row in listed["worlds"]}
    assert {("main", first.url), ("main", second.url), (world.world.name, first.url)} <= places
    assert len(places) == len(listed["worlds"])
    assert {server["url"]: server["problem"] for server in listed["servers"]} == {
        first.url: None,
        second.url: None,
        NOWHERE: "It does not answer.",
    }
    assert "server" not in talking_to(second).control("GET", "worlds")["worlds"][0]


def test_peer_that_is_something_else_is_told(receiver: Receiver) -> None:
    other = receiver.url.removesuffix("/hooks")
    with serving(replace(CONFIG, peers=(other,))) as served:
        listed = talking_to(served).get("/_mockmarket/worlds", fleet="true").json()

    assert listed["servers"] == [
        {"url": served.url, "problem": None},
        {"url": other, "problem": "It is not mockmarket."},
    ]


def test_command_lists_the_fleet(world: Client, pair: tuple[Served, Served]) -> None:
    ran = CliRunner().invoke(main, ["world", "list", "--fleet", "--url", pair[1].url, "--no-json"], env=CLEAN)

    assert ran.exit_code == 1  # one server does not answer
    line = next(line for line in ran.output.splitlines() if line.startswith(world.world.name))
    assert line.endswith(pair[0].url)
    assert ran.output.splitlines()[-1] == f"{NOWHERE}: It does not answer."


def test_dashboard_lists_the_fleet(world: Client, pair: tuple[Served, Served]) -> None:
    page = talking_to(pair[1]).get("/_mockmarket/ui/worlds").text

    others = page[page.index("Other servers") :]
    assert world.world.name in others
    assert pair[0].url in others
    assert "It does not answer." in others
    assert "Other servers" not in talking_to(pair[0]).get("/_mockmarket/ui/worlds").text


def test_world_elsewhere_is_found_and_never_new(world: Client, pair: tuple[Served, Served]) -> None:
    name, session = world.world.name, world.session

    answers = [
        session.get(f"{pair[1].url}/w/{name}{path}", headers=PORTAL_KEY)
        for path in ("/api/v1/events", "/_mockmarket/clock")
    ]
    unknown = session.get(f"{pair[1].url}/w/{name}-unknown/_mockmarket/clock")

    for answer in answers:
        assert answer.status_code == 404
        assert f"It is at {pair[0].url}." in answer.text
    assert f"on a server that was not asked. {NOWHERE}" in unknown.json()["error"]["message"]
    assert name not in pair[1].app.worlds.names()


def test_drained_server_gives_its_worlds_away(pair: tuple[Served, Served], receiver: Receiver) -> None:
    first, second = pair
    names = [f"drained{number}" for number in range(3)]
    for name in names:
        second.app.worlds.put(name, "small")
    talking_to(second, names[0]).control("POST", "snapshots/before")
    url = ["--url", second.url]

    ran = CliRunner().invoke(main, ["drain", *url, "--no-json"], env=CLEAN)

    assert ran.exit_code == 1  # one world is kept, since its snapshot would be lost
    lines = ran.output.splitlines()
    assert lines[:2] == [f"Moved {name} to {first.url}." for name in names[1:]]
    assert lines[2].startswith(f"Kept {names[0]}: ")
    assert {*names[1:]} <= {*first.app.worlds.names()}
    assert talking_to(second).control("GET", "health")["draining"]
    assert talking_to(second).put("/_mockmarket/worlds/late", {"fixture": "small"}).status_code == 503
    assert CliRunner().invoke(main, ["drain", "--undo", *url], env=CLEAN).exit_code == 0
    assert talking_to(second).put("/_mockmarket/worlds/late", {"fixture": "small"}).status_code == 201
    first.app.worlds.drop_all("drained")


def test_drain_without_peers_keeps_the_worlds(world: Client, pair: tuple[Served, Served]) -> None:
    drained = talking_to(pair[0]).control("POST", "drain")
    talking_to(pair[0]).control("DELETE", "drain")

    assert {row["name"]: row["problem"] for row in drained["kept"]}[
        world.world.name
    ] == "No other server of the fleet answers."


@pytest.mark.parametrize("text", ["mock", "http://mock:8000/w/ci", "ftp://mock:8000", "mock:port"])
def test_what_is_no_peer_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is neither"):
        parse_peers(text)


def test_further_server_takes_its_share() -> None:
    names = [f"ci-{number}" for number in range(2000)]
    before, after = (Placement([f"mock-{number}:8000" for number in range(count)]) for count in (9, 10))

    changed = [name for name in names if before.place_of(name) != after.place_of(name)]

    assert {after.place_of(name) for name in changed} == {"mock-9:8000"}
    assert 0 < len(changed) < 2 * len(names) / 10
