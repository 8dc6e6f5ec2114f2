"""A fleet behind nginx, as examples/fleet configures it: each world always on the same server, through kills and reloads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import requests

from bench.nginx import EXAMPLE, Nginx, nginx_before
from mockmarket.config import Config, parse_networks
from mockmarket.rules.placement import Placement
from tests.conftest import Served
from tests.fleet import require_nginx
from tests.receiver import PATIENCE_S, Receiver
from tests.running import FLOOR, PORTAL_KEY, command, finish, serving, unused_port
from tests.session import Session

pytestmark = pytest.mark.thorough

CONFIG = Config(fixture="small", workers=4, trusted_proxies=parse_networks("127.0.0.1"))
WORLDS, CLIENTS = 200, 16


@dataclass
class Fleet:
    """Two servers in this process and one in its own, with its worlds on disk, behind nginx."""

    nginx: Nginx
    inside: Sequence[Served]
    port: int
    data: Path
    process: subprocess.Popen[str] = field(init=False)
    up: Event = field(default_factory=Event)

    @property
    def servers(self) -> list[str]:
        """The servers as nginx names them."""
        return [*map(address, self.inside), f"127.0.0.1:{self.port}"]

    def kill(self) -> None:
        """Kill the server on disk."""
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate(timeout=PATIENCE_S)

    def start(self) -> None:
        """Start it, and return once it is ready."""
        own = ["--port", str(self.port), "--fixture", "small", "--data", str(self.data), "--quiet"]
        self.process = command("serve", *own)
        assert self.process.stdout is not None
        assert "Ready" in self.process.stdout.readline()

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """Make a request through nginx."""
        return requests.request(
            method, self.nginx.url + path, json=body, headers=PORTAL_KEY | headers, timeout=PATIENCE_S
        )


def address(served: Served) -> str:
    return served.url.removeprefix("http://")


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Serve a fleet."""
    require_nginx()
    folder = tmp_path_factory.mktemp("nginx")
    port = unused_port()  # which no other process takes while the server is down
    with ExitStack() as opened:
        inside = [opened.enter_context(serving(CONFIG)) for _ in range(2)]
        nginx = opened.enter_context(nginx_before(folder, [*map(address, inside), f"127.0.0.1:{port}"]))
        fleet = Fleet(nginx, inside, port, folder / "data")
        fleet.start()
        yield fleet
        fleet.process.terminate()
        finish(fleet.process)


def names_on(fleet: Fleet, server: str) -> Iterator[str]:
    """Yield names of worlds that belong on a server."""
    placement, number = Placement(fleet.servers), 0
    while True:
        name, number = f"on{number}", number + 1
        if placement.place_of(name) == server:
            yield name


def make(fleet: Fleet, name: str) -> None:
    answer = fleet.call("PUT", f"/_mockmarket/worlds/{name}", {"fixture": "small"})
    assert answer.status_code == 201, answer.text


def test_world_is_named_in_four_ways(fleet: Fleet) -> None:
    name = next(names_on(fleet, address(fleet.inside[1])))
    make(fleet, name)
    ways: list[tuple[str, dict[str, str]]] = [
        (f"/w/{name}/api/v1/events", {}),
        ("/api/v1/events", {"X-Mockmarket-World": name}),
        ("/api/v1/events", {"Host": f"{name}.portal.localhost"}),
        (f"/_mockmarket/worlds/{name}", {}),
    ]

    answers = [fleet.call("GET", path, **headers) for path, headers in ways]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert {answer.headers["X-Mockmarket-World"] for answer in answers[:3]} == {name}
    assert name in fleet.inside[1].app.worlds.names()


def test_what_names_no_world_goes_to_main(fleet: Fleet) -> None:
    main = Placement(fleet.servers).place_of("main")

    answers = {path: fleet.call("GET", path).json() for path in ("/_mockmarket/worlds", "/_mockmarket/health")}

    own = requests.get(f"http://{main}/_mockmarket/worlds", timeout=PATIENCE_S).json()
    assert answers["/_mockmarket/worlds"]["id"] == own["id"]
    assert answers["/_mockmarket/health"]["status"] == "ok"


def test_waits_streams_and_uploads_pass(fleet: Fleet) -> None:
    name = next(names_on(fleet, address(fleet.inside[0])))
    make(fleet, name)
    control = f"/w/{name}/_mockmarket"

    timed_out = fleet.call("POST", f"{control}/wait", {"for": "deliveries", "timeout_s": 0.2})
    state = fleet.call("GET", f"{control}/state").content
    put = requests.put(
        f"{fleet.nginx.url}{control}/state",
        data=iter([state]),  # without a length, so in chunks
        headers={"Content-Type": "application/vnd.sqlite3"},
        timeout=PATIENCE_S,
    )
    with requests.get(f"{fleet.nginx.url}{control}/ui/timeline/stream", stream=True, timeout=PATIENCE_S) as stream:
        first = next(stream.iter_content(None))

    assert timed_out.status_code == 408
    assert put.status_code == 200, put.text
    assert stream.headers["Content-Type"].startswith("text/event-stream")
    assert first


def test_killed_server_goes_on(fleet: Fleet, receiver: Receiver) -> None:
    killed = next(names_on(fleet, fleet.servers[2]))
    other = next(names_on(fleet, fleet.servers[0]))
    make(fleet, killed)
    fleet.call("PUT", f"/_mockmarket/worlds/{other}", {"fixture": "small"})
    receiver.answer = lambda hook: (500, b"")
    base = f"/w/{killed}"
    fleet.call("PUT", f"{base}/_mockmarket/clock", {"frozen": True})
    fleet.call("POST", f"{base}/_mockmarket/endpoints", {"vendor": "portal", "url": receiver.url})
    order = fleet.call("POST", f"{base}/api/v1/orders", FLOOR).json()
    receiver.wait(1)

    fleet.kill()
    down, up = fleet.call("GET", f"{base}/api/v1/events"), fleet.call("GET", f"/w/{other}/api/v1/events")
    receiver.answer = lambda hook: (200, b"{}")
    fleet.start()

    assert (down.status_code, up.status_code) == (502, 200)
    orders = fleet.call("GET", f"{base}/_mockmarket/records/portal/order").json()["records"]
    assert order["order"]["orderId"] in {row["orderId"] for row in orders}
    fleet.call("POST", f"{base}/_mockmarket/clock/advance", {"until": "delivered"})
    assert [row["state"] for row in fleet.call("GET", f"{base}/_mockmarket/deliveries").json()["deliveries"]] == [
        "delivered"
    ]


def test_further_server_finds_what_is_elsewhere(fleet: Fleet) -> None:
    names = [f"further{number}" for number in range(20)]
    for name in names:
        make(fleet, name)
    peers = tuple(f"http://{server}" for server in fleet.servers)
    with serving(Config(fixture="small", workers=4, peers=peers)) as fourth:
        before, after = Placement(fleet.servers), Placement([*fleet.servers, address(fourth)])
        elsewhere = {name for name in names if after.place_of(name) == address(fourth)}
        assert {name for name in names if after.place_of(name) != before.place_of(name)} == elsewhere

        fleet.nginx.reload([*fleet.servers, address(fourth)])
        answers = {name: fleet.call("GET", f"/w/{name}/_mockmarket/clock") for name in names}
        fleet.nginx.reload(fleet.servers)

        assert {name for name, answer in answers.items() if answer.status_code == 404} == elsewhere
        for name in elsewhere:
            assert f"It is at http://{before.place_of(name)}." in answers[name].text
            assert name not in fourth.app.worlds.names()
            moved = requests.post(
                f"http://{before.place_of(name)}/_mockmarket/worlds/{name}/move",
                json={"to": fourth.url},
                timeout=PATIENCE_S,
            )
            assert moved.ok, moved.text
            assert name in fourth.app.worlds.names()


def test_many_clients_meet_no_other_world_while_a_server_is_killed(fleet: Fleet, receiver: Receiver) -> None:
    names = [f"many{number}" for number in range(WORLDS)]
    placement, killed = Placement(fleet.servers), fleet.servers[2]
    of_killed = {name for name in names if placement.place_of(name) == killed}

    with ThreadPoolExecutor(CLIENTS) as clients:
        driven = [clients.submit(drive, fleet, name, receiver.url, name in of_killed) for name in names]
        driven[WORLDS // 4].result()
        fleet.up.clear()
        fleet.kill()
        fleet.start()
        fleet.up.set()
        orders = {name: future.result() for name, future in zip(names, driven, strict=True)}

    assert {placement.place_of(name) for name in names} == {*fleet.servers}
    assert {name: count for name, count in orders.items() if name not in of_killed and count != 1} == {}
    for name in names:
        quiet = fleet.call("POST", f"/w/{name}/_mockmarket/wait", {"for": "quiet"})
        assert quiet.ok, quiet.text
    came = Counter(hook.path.rpartition("/")[2] for hook in receiver.hooks)
    assert {name for name in names if came[name] < orders[name]} == set()
    assert {name for name in names if name not in of_killed and came[name] > 1} == set()


def drive(fleet: Fleet, name: str, hooks: str, may_fail: bool) -> int:
    """Make a world and buy in it; returns how many new orders it has, all of which it announces. A world whose server is killed meanwhile
    is asked again what was not answered, so that it may have more than one."""
    session, base = Session(), f"{fleet.nginx.url}/w/{name}"
    session.headers.update(PORTAL_KEY)
    records = f"{base}/_mockmarket/records/portal/order"
    calls: list[tuple[str, str, Any]] = [
        ("PUT", f"{fleet.nginx.url}/_mockmarket/worlds/{name}", {"fixture": "small"}),
        ("GET", records, None),
        ("POST", f"{base}/_mockmarket/endpoints", {"vendor": "portal", "url": f"{hooks}/{name}"}),
        ("POST", f"{base}/api/v1/orders", FLOOR),
        ("GET", records, None),
    ]
    answers = []
    for number, (method, target, body) in enumerate(calls):
        answer = session.request(method, target, json=body, timeout=PATIENCE_S)
        while may_fail and answer.status_code in (502, 503):  # it is down, or loads its worlds
            assert fleet.up.wait(PATIENCE_S)
            answer = session.request(method, target, json=body, timeout=PATIENCE_S)
        assert answer.ok, f"{name}: {method} {target}: {answer.status_code} {answer.text}"
        assert not number or answer.headers["X-Mockmarket-World"] == name
        answers.append(answer.json())
    before, after = ({row["orderId"] for row in answers[number]["records"]} for number in (1, 4))
    assert answers[3]["order"]["orderId"] in after - before
    return len(after - before)


def test_example_starts_and_ends_a_fleet(tmp_path: Path) -> None:
    require_nginx()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    arguments = ["2", "--port", "0", "--data", str(tmp_path), "--", "--fixture", "small"]

    with subprocess.Popen(
        [sys.executable, str(EXAMPLE / "up"), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PATH": path},
    ) as process:
        try:
            assert process.stdout is not None
            _, url, _, *ports = process.stdout.readline().split()
            listed = requests.get(f"{url}/_mockmarket/worlds", params={"fleet": "true"}, timeout=PATIENCE_S).json()
        finally:
            process.send_signal(signal.SIGINT)

    assert process.returncode == 0
    assert {server["url"]: server["problem"] for server in listed["servers"]} == {
        f"http://127.0.0.1:{port}": None for port in ports
    }
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{ports[0]}/_mockmarket/health", timeout=PATIENCE_S)
