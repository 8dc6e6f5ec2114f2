"""Serving in real processes: ports, signals, concurrent requests, and the output of the command line."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from mockmarket import __version__
from mockmarket.app import App
from mockmarket.cli import main
from mockmarket.cli.hosting import GRACE_S
from mockmarket.cli.serve import serve as serve_command
from mockmarket.clock import monotonic
from mockmarket.config import Config, parse_networks
from mockmarket.server.serving import Server
from mockmarket.vendor import discover
from mockmarket.vendors.portal.vendor import VENDOR
from tests.conftest import Client, Served
from tests.receiver import Receiver
from tests.running import FIXTURE, FLOOR, PORTAL_KEY, buy, command, deliveries, finish, listen, serving, talking_to
from tests.session import Session

ROOT = Path(__file__).parent.parent
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("MOCKMARKET_") and name != "PORT"}


class Process:
    """A served mock in a process of its own, ready to be called."""

    def __init__(self, *options: Any, environ: Any = None) -> None:
        self.process = command("serve", *options, environ=CLEAN | (environ or {}))
        self.lines: list[str] = []
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if "Ready. " in line or '"ready"' in line:
                break
        else:
            raise AssertionError(self.process.communicate()[1])
        (self.url,) = re.findall(r"http://[^\s\"]+", self.lines[-1])

    def client(self, world: str = "main") -> Any:
        """Return a client of one of its worlds."""
        client = Client.__new__(Client)
        client.base = f"{self.url}/w/{world}"
        client.session = Session()
        client.key = dict(PORTAL_KEY)
        return client

    def end(self, number: int = signal.SIGTERM) -> tuple[Any, ...]:
        """Send a signal and wait; returns exit code and standard error."""
        self.process.send_signal(number)
        code, _, err = finish(self.process)
        return code, err


@pytest.fixture
def serve() -> Iterator[Any]:
    """Start mocks in processes; those that still run at the end are stopped."""
    mocks = []

    def start(*options: Any, environ: Any = None) -> Any:
        mocks.append(Process("--fixture", FIXTURE, *options, environ=environ))
        return mocks[-1]

    yield start
    for mock in mocks:
        if mock.process.poll() is None:
            mock.process.kill()
        mock.process.communicate()


def run(*arguments: Any, environ: Any = None) -> Any:
    """Run the command line to its end; returns exit code, output and errors."""
    return finish(command(*arguments, environ=CLEAN | (environ or {})))


def say(*arguments: Any) -> tuple[Any, ...]:
    """Run the command line in this process; returns exit code, output and errors."""
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.stdout, result.stderr


# Ports and readiness


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Yield a process that was started with variables, and the folder of its port file."""
    folder = tmp_path_factory.mktemp("ready")
    environ = {"PORT": "0", "MOCKMARKET_NOW": "2031-02-03T04:05:06Z", "MOCKMARKET_SEED": "7"}
    mock = Process("--fixture", FIXTURE, "--port-file", str(folder / "port"), environ=environ)
    yield mock, folder
    mock.process.kill()
    mock.process.communicate()


@pytest.mark.thorough
def test_last_line_has_the_real_port(ready: Any) -> None:
    served, _ = ready

    assert re.fullmatch(r"Ready\. http://127\.0\.0\.1:\d+", served.lines[-1])
    assert requests.get(f"{served.url}/_mockmarket/health", timeout=10).json()["status"] == "ok"


def test_port_file_has_the_real_port(ready: Any) -> None:
    served, folder = ready

    assert (folder / "port").read_text() == f"{served.url.rpartition(':')[2]}\n"
    assert list(folder.iterdir()) == [folder / "port"]


def test_variables_set_other_options(ready: Any) -> None:
    served, _ = ready

    main = served.client().control("GET", "worlds/main")

    assert (main["start"], main["seed"]) == ("2031-02-03T04:05:06.000Z", 7)


@pytest.mark.thorough
def test_json_prints_one_ready_event(serve: Any) -> None:
    served = serve("--port", "0", "--json")

    [line] = served.lines
    assert json.loads(line) == {"event": "ready", "url": served.url, "pid": served.process.pid}


@pytest.mark.parametrize(
    ("options", "environ", "port"),
    [
        (["--port", "1"], {"MOCKMARKET_PORT": "2", "PORT": "3"}, 1),
        ([], {"MOCKMARKET_PORT": "2", "PORT": "3"}, 2),
        ([], {"PORT": "3"}, 3),
        ([], {}, 8000),
    ],
)
def test_option_beats_variable_beats_default(
    monkeypatch: pytest.MonkeyPatch, options: Any, environ: dict[str, Any], port: int
) -> None:
    for name in ("MOCKMARKET_PORT", "PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    chosen = serve_command.make_context("serve", options)

    assert chosen.params["port"] == port


def test_server_says_503_until_open() -> None:
    app = App(Config(fixture=FIXTURE), [VENDOR])
    server = Server(app.front, "127.0.0.1", 0, 2)
    server.start()
    before = requests.get(f"{server.url}/_mockmarket/health", timeout=10)
    early = requests.get(f"{server.url}/api/v1/events", timeout=10)

    app.open()

    after = requests.get(f"{server.url}/_mockmarket/health", timeout=10)
    assert (before.status_code, before.json()["status"], before.headers["Retry-After"]) == (503, "loading", "1")
    assert (early.status_code, early.json()["success"], early.headers["Retry-After"]) == (503, False, "1")
    assert (after.status_code, after.json()["status"]) == (200, "ok")
    server.stop(1)
    app.close(1)


def test_every_vendor_says_503_while_loading() -> None:
    vendors = discover()
    app = App(Config(fixture=FIXTURE), vendors)
    server = Server(app.front, "127.0.0.1", 0, 2)
    server.start()

    answers = [requests.post(f"{server.url}{vendor.base}/early", json={}, timeout=10) for vendor in vendors]

    assert [(answer.status_code, "is loading" in answer.text) for answer in answers] == [(503, True)] * len(vendors)
    server.stop(1)
    app.close(1)


def test_every_option_has_its_variable() -> None:
    options = [option for option in serve_command.params if option.opts != ["--help"]]

    variables = {option.opts[-1]: option.envvar for option in options}

    assert variables.pop("--port") == ["MOCKMARKET_PORT", "PORT"]
    assert variables.pop("--record-upstream") is None  # a variable set by chance would let calls reach a real vendor
    assert variables == {name: f"MOCKMARKET_{name[2:].upper().replace('-', '_')}" for name in variables}


# Refusals to start


@pytest.mark.thorough
def test_port_in_use_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        code, out, err = run("serve", "--fixture", FIXTURE, "--port", str(listener.getsockname()[1]))

        assert (code, out) == (1, "")
        assert err == f"Error: Cannot listen on 127.0.0.1:{listener.getsockname()[1]}: Address already in use.\n"
        assert len(err.strip().splitlines()) == 1


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--fixture", "nowhere"), "There is no fixture 'nowhere': give a file, or one of default, small."),
        (("--host", "0.0.0.0"), "Binding to 0.0.0.0 lets others reach the control routes; pass --control-token"),
    ],
)
def test_bad_start_is_explained(tmp_path: Path, arguments: Any, words: str) -> None:
    code, out, err = run("serve", "--port", "0", *arguments, environ={"TMPDIR": str(tmp_path)})

    assert (code, out) == (1, "")
    assert words in err
    assert len(err.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("--port", "many"),
        ("--port", "65536"),
        ("--nonsense",),
        ("--now", "later"),
        ("--seed", "-1"),
        ("--trusted-proxy", "10.0.0.5/99"),
    ],
)
def test_bad_option_is_a_usage_error(arguments: Any) -> None:
    code, out, err = say("serve", *arguments)

    assert (code, out) == (2, "")
    assert "Usage: " in err
    assert "Traceback" not in err


@pytest.mark.thorough
def test_data_folder_serves_one_process(serve: Any, tmp_path: Path) -> None:
    serve("--port", "0", "--data", str(tmp_path))

    code, _, err = run("serve", "--fixture", FIXTURE, "--port", "0", "--data", str(tmp_path))

    assert code == 1
    assert "Another mockmarket serves" in err


# Stopping


@pytest.mark.thorough
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_idle_server_stops_at_once(serve: Any, tmp_path: Path, number: Any) -> None:
    served = serve("--port", "0", environ={"TMPDIR": str(tmp_path)})

    code, err = served.end(number)

    assert (code, err) == (0, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.thorough
def test_stop_lets_deliveries_finish(serve: Any, held_back: Receiver, tmp_path: Path) -> None:
    served = serve("--port", "0", "--data", str(tmp_path))
    listen(served.client(), held_back.url)
    for _ in range(8):
        buy(served.client())
    held_back.wait(8)

    served.process.send_signal(signal.SIGTERM)
    held_back.gate.set()

    code, _, err = finish(served.process)
    assert (code, "Traceback" in err) == (0, False)
    assert states(tmp_path) == [("delivered", 1)] * 8
    assert len(held_back.hooks) == 8


@pytest.mark.thorough
def test_stop_lets_a_request_finish(serve: Any, held_back: Receiver) -> None:
    served = serve("--port", "0")
    client = served.client()
    client.control("PATCH", "settings", {"portal": {"deliver_inline": True}})
    listen(client, held_back.url)
    answers: list[Any] = []
    buyer = threading.Thread(target=lambda: answers.append(served.client().post("/api/v1/orders", FLOOR)))
    buyer.start()
    held_back.wait(1)

    served.process.send_signal(signal.SIGTERM)
    held_back.gate.set()
    buyer.join()

    assert finish(served.process)[0] == 0
    assert (answers[0].status_code, answers[0].json()["webhook"]["sent"]) == (201, True)


@pytest.mark.thorough
def test_stop_waits_for_no_exam_that_hangs(serve: Any, held_back: Receiver) -> None:
    served = serve("--port", "0")
    body = {"vendor": "portal", "url": held_back.url, "secret": "a-secret-of-the-receiver"}
    thread = threading.Thread(target=ask_in_vain, args=(served.client(), "/_mockmarket/exam", body))
    thread.start()
    held_back.wait(1)

    began = monotonic()
    code, err = served.end()

    thread.join()
    assert (code, "Traceback" in err) == (0, False)
    assert monotonic() - began < GRACE_S + 3


def ask_in_vain(client: Client, path: str, body: Any) -> None:
    """Make a request that the server may end without an answer."""
    with suppress(requests.ConnectionError):
        client.post(path, body)


@pytest.mark.thorough
def test_stop_frees_what_does_not_finish(serve: Any, held_back: Receiver, tmp_path: Path) -> None:
    served = serve("--port", "0", "--data", str(tmp_path))
    client = served.client()
    listen(client, f"{held_back.url}/background")
    buy(client)
    client.control("PUT", "worlds/walked", {})
    walker = served.client("walked")
    walker.control("PUT", "clock", {"frozen": True})
    held_back.wait(1)
    advance = threading.Thread(target=stuck_walk, args=(walker, held_back))
    advance.start()
    held_back.wait(3)

    start = monotonic()
    code, err = served.end()

    advance.join()
    assert (code, "Traceback" in err) == (0, False)
    assert monotonic() - start < GRACE_S + 3
    assert states(tmp_path) == [("pending", 0)]
    assert states(tmp_path, "walked") == [("pending", 1)]


def stuck_walk(client: Client, held_back: Receiver) -> None:
    """Fail a first attempt, then advance to its retry, which is never answered."""
    answer = held_back.answer
    held_back.answer = lambda hook: (500, b"no") if len(held_back.hooks) == 2 else answer(hook)
    listen(client, f"{held_back.url}/walked")
    buy(client)
    try:
        client.post("/_mockmarket/clock/advance", {"seconds": 60})
    except requests.ConnectionError:
        return


def states(folder: Path, world: str = "main") -> Any:
    """Return state and attempts of each delivery of a kept world."""
    conn = sqlite3.connect(folder / "worlds" / f"{world}.db")
    rows = conn.execute("SELECT state, attempts FROM delivery ORDER BY id").fetchall()
    integrity = conn.execute("PRAGMA integrity_check").fetchone()
    conn.close()
    assert integrity == ("ok",)
    return rows


# Concurrent requests


@pytest.mark.thorough
def test_slow_request_blocks_no_other(held_back: Receiver) -> None:
    with serving(Config(fixture=FIXTURE, workers=2)) as served:
        client = talking_to(served)
        client.control("PATCH", "settings", {"portal": {"deliver_inline": True}})
        listen(client, held_back.url)
        slow = threading.Thread(target=buy, args=(talking_to(served),))
        slow.start()
        held_back.wait(1)

        statuses = [client.get("/api/v1/events").status_code for _ in range(20)]

        assert statuses == [200] * 20
        assert slow.is_alive()
        held_back.gate.set()
        slow.join()


def test_slow_client_holds_no_worker() -> None:
    with serving(Config(fixture=FIXTURE, workers=1)) as served:
        client = talking_to(served)
        with socket.create_connection(("127.0.0.1", served.server.port)) as slow:
            slow.sendall(b"POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{")

            assert client.get("/api/v1/events").status_code == 200


@pytest.mark.thorough
def test_many_clients_are_answered(served: Served, client: Client) -> None:
    answers: list[Any] = []

    def ask() -> None:
        own_client = talking_to(served, client.world.name)
        answers.extend(own_client.get("/api/v1/events").status_code for _ in range(10))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [200] * 160


@pytest.mark.thorough
def test_slow_walk_blocks_no_other_world(held_back: Receiver) -> None:
    with serving(Config(fixture=FIXTURE, workers=4)) as served:
        client = talking_to(served)
        client.control("PUT", "clock", {"frozen": True})
        listen(client, held_back.url)
        buy(client)
        held_back.wait(1)
        advance = threading.Thread(target=talking_to(served).control, args=("POST", "clock/advance", {"seconds": 1}))
        advance.start()

        client.control("PUT", "worlds/second", {"fixture": "small"})
        answer = talking_to(served, "second").control("POST", "clock/advance", {"seconds": 1})

        assert answer["complete"] is True
        held_back.gate.set()
        advance.join()
        assert [delivery["state"] for delivery in deliveries(client)] == ["delivered"]


# Client addresses


def allowlisted_client(served: Served) -> Any:
    """Return a client whose key may be used from 10.0.0.5 alone."""
    client = talking_to(served)
    key = client.control("POST", "keys", {"vendor": "portal", "name": "Held", "ip_allowlist": "10.0.0.5"})
    client.key = {"X-API-Key": key["secret"]}
    return client


def test_trusted_proxy_is_believed() -> None:
    with serving(Config(fixture=FIXTURE, trusted_proxies=parse_networks("127.0.0.0/8, 10.9.0.0/16"))) as served:
        client = allowlisted_client(served)

        statuses = {
            chain: client.call("GET", "/api/v1/events", headers={"X-Forwarded-For": chain}).status_code
            for chain in ("10.0.0.5", "1.2.3.4, 10.0.0.5, 10.9.1.1", "10.0.0.5, 1.2.3.4", "10.0.0.5, nonsense")
        }

        assert list(statuses.values()) == [200, 200, 403, 403]


def test_nobody_else_is_believed(served: Served) -> None:
    with serving(Config(fixture=FIXTURE)) as served:
        client = allowlisted_client(served)

        answer = client.call("GET", "/api/v1/events", headers={"X-Forwarded-For": "10.0.0.5"})

        assert answer.status_code == 403
        assert "127.0.0.1" in answer.text


# Other commands, other servers


def test_vendors_are_printed_with_keys() -> None:
    code, out, _ = say("vendors", "--json")

    [portal] = [load for load in json.loads(out) if load["name"] == "portal"]
    assert (code, portal["base_url"]) == (0, "/api/v1")
    assert all(len(key) == 2 for key in portal["keys"])


def test_vendors_are_printed_for_people() -> None:
    code, out, _ = say("vendors")

    assert code == 0
    assert "base URL  /api/v1" in out


@pytest.mark.thorough
def test_document_is_printed() -> None:
    code, out, _ = say("openapi", "--json")

    document = json.loads(out)
    assert (code, document["openapi"], document["info"]["version"]) == (0, "3.1.0", __version__)


def test_bad_fixture_is_explained(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("venues:\n  - {id: a, nam: typo}\n")

    code, out, err = say("fixture", "check", str(tmp_path / "bad.yaml"), "small")

    assert (code, out) == (1, "small: good\n")
    assert "bad.yaml:2" in err
    assert "Traceback" not in err


def test_version_is_printed() -> None:
    assert say("--version") == (0, f"mockmarket, version {__version__}\n", "")


@pytest.mark.thorough
def test_any_wsgi_server_runs_it(tmp_path: Path) -> None:
    environ = CLEAN | {"MOCKMARKET_FIXTURE": FIXTURE, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "waitress", "--listen=127.0.0.1:0", "app:app"],
        cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout
    url = next(match.group() for line in process.stdout if (match := re.search(r"http://127\.0\.0\.1:\d+", line)))

    answers = [
        requests.get(f"{url}/_mockmarket/health", timeout=10),
        requests.get(f"{url}/api/v1/events", headers=PORTAL_KEY, timeout=10),
    ]

    process.send_signal(signal.SIGINT)
    finish(process)
    assert [answer.status_code for answer in answers] == [200, 200]
    assert list(tmp_path.iterdir()) == []
