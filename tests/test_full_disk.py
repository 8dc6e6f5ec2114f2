"""A full disk, or a file that the system refuses: a refusal in the vendor's shape, health, one line in the log, and everything goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mockmarket import errors
from mockmarket.errors import FileRefused, NoSpace, refusal_of_system
from tests.full_disk import SmallDisk, serving_on, within_mount
from tests.receiver import PATIENCE_S, Receiver
from tests.running import FLOOR, PORTAL_KEY

ORDERS = "/_mockmarket/records/portal/order"

SQLITE = {"Content-Type": "application/vnd.sqlite3"}
ZATABOX_KEY = {"Authorization": "Bearer vt_test_full_0000000000000001"}
SIZE = "14m"


@pytest.fixture(params=["kept", "temporary"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SmallDisk]:
    """Serve worlds on a small disk: kept in a folder of it, or temporary."""
    options = ["--data", str(tmp_path / "disk" / "data")] if request.param == "kept" else []
    with serving_on(tmp_path, SIZE, *options) as running:
        yield running


def buy(disk: SmallDisk) -> Any:
    """Order a ticket of the portal."""
    return disk.call("POST", "/api/v1/orders", json=FLOOR, headers=PORTAL_KEY)


def health(disk: SmallDisk) -> Any:
    """Return the status of the process, and of the file of `main`."""
    answer = disk.call("GET", "/_mockmarket/health").json()
    return answer["status"], [file for file in answer["files"] if file["world"] == "main"]


def left_over(disk: SmallDisk) -> list[str]:
    """Return the files that a failed call might leave."""
    names = [path.name for path in disk.folder.rglob("*") if path.is_file()]
    return [name for name in names if "partial" in name or "passing" in name or "@" in name]


def control_writes(disk: SmallDisk, state: bytes) -> dict[str, Any]:
    """Make every kind of control call that writes; returns the answers."""
    fixture, copy = {"seed": 5}, {"from": "main"}
    return {
        "new world": disk.call("PUT", "/_mockmarket/worlds/new", json=fixture),
        "another": disk.call("PUT", "/_mockmarket/worlds/new", json={}),
        "clone": disk.call("PUT", "/_mockmarket/worlds/new", json=copy),
        "snapshot": disk.call("POST", "/_mockmarket/snapshots/one"),
        "reset": disk.call("POST", "/_mockmarket/reset"),
        "state": disk.call("PUT", "/_mockmarket/state", data=state, headers=SQLITE),
        "settings": disk.call("PATCH", "/_mockmarket/settings", json={"core": {"signature_time": "world"}}),
        "key": disk.call("POST", "/_mockmarket/keys", json={"vendor": "portal", "name": "n" * 100}),
    }


@pytest.mark.thorough
def test_full_disk_is_said_everywhere_and_goes_by(disk: SmallDisk) -> None:
    state = disk.call("GET", "/_mockmarket/state").content
    orders = [buy(disk).json()["order"]["orderId"]]
    disk.fill()

    refused = [buy(disk) for _ in range(20)]
    writes = control_writes(disk, state)
    full = health(disk)
    leftovers = left_over(disk)
    disk.free()
    orders += [buy(disk).json()["order"]["orderId"] for _ in range(2)]
    freed = health(disk)

    assert {answer.status_code for answer in refused} == {507}
    assert refused[0].json()["success"] is False
    assert (
        "main.db cannot be written to: the disk is full. Everything goes on once there is space in " in refused[0].text
    )
    assert {name: answer.text for name, answer in writes.items() if answer.status_code != 507} == {}
    assert {answer.json()["error"]["code"] for answer in writes.values()} == {"no_space"}
    assert {name for name, answer in writes.items() if str(disk.folder.name) not in answer.text} == set()
    assert (full[0], [file["check"] for file in full[1]]) == ("degraded", ["not writable"])
    assert "main.db cannot be written to: the disk is full" in full[1][0]["problem"]
    assert leftovers == []
    assert (freed[0], [file["check"] for file in freed[1]]) == ("ok", ["ok"])
    listed = disk.call("GET", ORDERS).json()["records"]
    assert set(orders) <= {record["orderId"] for record in listed}
    assert disk.call("PUT", "/_mockmarket/worlds/new", json={}).status_code == 201
    log = disk.log.read_text()
    reports = [line for line in log.splitlines() if " INFO " not in line]  # apart from a line for each request
    assert (sum("main.db cannot be written to" in line for line in reports), "Traceback" in log) == (1, False)


@pytest.mark.thorough
@pytest.mark.parametrize("disk", ["kept"], indirect=True)
def test_full_disk_refuses_no_read(disk: SmallDisk) -> None:
    disk.fill()

    assert buy(disk).status_code == 507
    assert disk.call("GET", "/api/v1/events", headers=PORTAL_KEY).json()["data"]
    assert disk.call("GET", ORDERS).status_code == 200


@pytest.mark.thorough
def test_full_disk_loses_and_doubles_nothing(disk: SmallDisk, receiver: Receiver) -> None:
    disk.call("POST", "/_mockmarket/endpoints", json={"vendor": "portal", "url": receiver.url})
    planted = disk.call("GET", ORDERS).json()["total"]
    with ThreadPoolExecutor(4) as pool:
        first = list(pool.map(lambda _: buy(disk), range(8)))
        disk.fill()
        refused = list(pool.map(lambda _: buy(disk), range(8)))
        disk.free()
        last = list(pool.map(lambda _: buy(disk), range(8)))
    bought = [answer.json()["order"]["orderId"] for answer in first + refused + last if answer.status_code == 201]

    hooks = receiver.wait(len(bought))
    quiet = disk.call("POST", "/_mockmarket/wait", json={"for": "quiet"})
    stored = disk.call("GET", ORDERS).json()["total"]

    assert (len(bought), quiet.status_code) == (16, 200)
    assert sorted(hook.json["orderId"] for hook in hooks) == sorted(bought)
    assert stored == planted + len(bought)


@pytest.mark.thorough
def test_start_on_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    start = f"XDG_CACHE_HOME={tmp_path} {sys.executable} -m mockmarket exec --fixture small --data {disk}/data -- true"
    run = f"dd if=/dev/zero of={disk}/fill bs=4k 2>{tmp_path}/dd; {start}"

    command = within_mount(disk, "1m", "sh", "-c", run)
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S * 2, check=False)

    assert (ended.returncode, "Traceback" in ended.stderr) == (125, False), ended.stderr
    assert ended.stderr.splitlines()[-1].startswith(f"mockmarket exec: {disk}/")


@pytest.mark.thorough
def test_limit_of_a_files_size_is_a_refusal(tmp_path: Path) -> None:
    """A process may write no file beyond a limit, as under a quota: SQLite reports an error of the disk."""
    script = f"""
import json, resource
from werkzeug.test import Client
from pathlib import Path
from mockmarket.app import create_app
from mockmarket.config import Config
from tests.running import FLOOR, PORTAL_KEY
app = create_app(Config(fixture="small", data=Path({str(tmp_path / "d")!r})))
client = Client(app)
wal = Path({str(tmp_path / "d/worlds/main.db-wal")!r})
size = wal.stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
refused = [client.post("/api/v1/orders", json=FLOOR, headers=PORTAL_KEY) for _ in range(3)]
files = client.get("/_mockmarket/health").json["files"]
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
served = client.post("/api/v1/orders", json=FLOOR, headers=PORTAL_KEY)
print(json.dumps([[answer.status_code for answer in refused], refused[0].text, files, served.status_code]))
app.close(0)
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE_S * 2, check=False
    )

    statuses, text, files, served = json.loads(ended.stdout or "null") or pytest.fail(ended.stderr)
    assert (statuses, served) == ([503] * 3, 201)
    assert "main.db cannot be read or written: the system reports an error of the disk" in text
    assert [file["check"] for file in files if file["world"] == "main"] == ["not writable"]
    assert ended.stderr.count("main.db cannot be read or written") == 1


@pytest.mark.thorough
def test_copy_of_a_large_world_is_tried_again() -> None:
    """A world of a large file is served before it has a copy of its own, which the disk refuses here until it has room again."""
    script = """
import json, resource
from werkzeug.test import Client
from mockmarket.app import create_app
from mockmarket.config import Config
from mockmarket.store import copying, file_pool
from tests.running import FLOOR, PORTAL_KEY
copying.AGAIN_S = file_pool.LARGEST = 0
app = create_app(Config(fixture="small"))
client = Client(app)
def called():
    order = client.post("/w/new/api/v1/orders", json=FLOOR, headers=PORTAL_KEY)
    read = client.get("/w/new/api/v1/events", headers=PORTAL_KEY)
    health = client.get("/_mockmarket/health").json
    return order.status_code, order.text, read.status_code, [health["status"], *health["files"]]
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
client.put("/_mockmarket/worlds/new", json={})
size = app.worlds.get("new").store.path.stat
refused = [called() for _ in range(3)], size().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(json.dumps([refused, called()]))
app.close(0)
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE_S * 2, check=False
    )

    (refused, size), served = json.loads(ended.stdout or "null") or pytest.fail(ended.stderr)
    file = refused[0][3][1]
    assert [(order, read, health[0]) for order, _, read, health in refused] == [(507, 200, "degraded")] * 3
    assert "new.db: File too large." in refused[0][1]
    assert (file["world"], file["check"]) == ("new", "not writable")
    assert file["problem"].endswith("new.db: File too large.")
    assert size == 0
    assert (served[0], served[2], served[3][0]) == (201, 200, "ok")
    assert (ended.stderr.count("new.db: File too large"), "Traceback" in ended.stderr) == (1, False)


def test_refusal_names_the_place() -> None:
    named = refusal_of_system(OSError(28, "No space left on device", "/data/worlds/b.partial"))
    unnamed = refusal_of_system(OSError(28, "No space left on device"))
    denied = refusal_of_system(PermissionError(13, "Permission denied", "/data/x"))

    assert (type(named), str(named)) == (NoSpace, "/data/worlds/b.partial: No space left on device.")
    assert (type(unnamed), str(unnamed).endswith(": No space left on device.")) == (NoSpace, True)
    assert (type(denied), denied.status if denied else 0) == (FileRefused, 503)
    assert refusal_of_system(OSError(9, "Bad file descriptor")) is None


def test_problem_is_logged_once_a_minute(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    now = [1000.0]
    monkeypatch.setattr(errors, "monotonic", lambda: now[0])
    monkeypatch.setattr(errors, "_logged_at", {})

    for now[0] in (1000.0, 1001.0, 1059.9, 1060.0, 1061.0, 1120.0):
        errors.log_once_a_minute("one is full")
        errors.log_once_a_minute("two is full")

    assert [record.message for record in caplog.records] == ["one is full", "two is full"] * 3
