"""Files of kept worlds that are damaged, empty or gone: the others are served, each is answered for in words, and a reset mends it."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from mockmarket.app import create_app
from mockmarket.config import Config
from mockmarket.store import checking
from tests.conftest import Served
from tests.receiver import PATIENCE_S
from tests.running import PORTAL_KEY, serving, until

Damage = Callable[[Path], None]


def cut(path: Path) -> None:
    """Cut the file within its second page."""
    with path.open("rb+") as file:
        file.truncate(5000)


def flipped(place: int) -> Damage:
    """Return what turns over a byte of a file."""

    def flip(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[place] ^= 0xFF
        path.write_bytes(content)

    return flip


def statement(sql: str) -> Damage:
    """Return what runs a statement in a file."""

    def run(path: Path) -> None:
        conn = sqlite3.connect(path, isolation_level=None)
        conn.execute(sql)
        conn.close()

    return run


def without_meta(path: Path) -> None:
    """Take everything out of the file, which stays a database of ours."""
    path.unlink()
    conn = sqlite3.connect(path)
    conn.execute("PRAGMA application_id = 1296780628")
    conn.execute("CREATE TABLE other (id)")
    conn.close()


def bad_page(path: Path) -> None:
    """Spoil the page of a table that no start looks into."""
    conn = sqlite3.connect(path)
    page = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = 'repeat'").fetchone()[0]
    size = conn.execute("PRAGMA page_size").fetchone()[0]
    conn.close()
    with path.open("rb+") as file:
        file.seek((page - 1) * size)
        file.write(b"\x07" * 40)


def emptied(path: Path) -> None:
    """Take all of the file's bytes."""
    path.write_bytes(b"")


def no_database(path: Path) -> None:
    """Put a text in the file's place."""
    path.write_bytes(b"no database " * 500)


def of_another_program(path: Path) -> None:
    """Put another program's database in the file's place."""
    path.unlink()
    statement("CREATE TABLE theirs (id)")(path)


DAMAGES: dict[str, Damage] = {
    "cut": cut,
    "empty": emptied,
    "bad page": bad_page,
    "no database": no_database,
    "written read only": flipped(18),
    "read version": flipped(19),
    "reserved space": flipped(20),
    "application": flipped(68),
    "later version": statement("PRAGMA user_version = 99"),
    "no meta": without_meta,
    "meta lacks a number": statement("DELETE FROM meta WHERE name = 'clock_offset'"),
    "meta names no fixture": statement("DELETE FROM meta WHERE name = 'fixture'"),
    "another program's": of_another_program,
}

every_damage = pytest.mark.parametrize(
    "damage",
    [DAMAGES["cut"], DAMAGES["empty"], *(pytest.param(change, marks=pytest.mark.thorough) for change in [*DAMAGES.values()][2:])],
    ids=[*DAMAGES],
)  # fmt: skip


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep a data folder of the worlds `main` and `a`, with a snapshot of `a`, for the module's tests to copy."""
    folder = tmp_path_factory.mktemp("kept") / "d"
    with serving(Config(fixture="small", data=folder)) as served:
        control(served, "PUT", "worlds/a", {"seed": 7})
        control(served, "POST", "snapshots/whole", world="a")
    return folder


@pytest.fixture
def data(tmp_path: Path, original: Path) -> Path:
    """Give the test a copy of the data folder."""
    return Path(shutil.copytree(original, tmp_path / "d"))


@contextmanager
def started(data: Path) -> Iterator[Served]:
    """Serve a data folder."""
    with serving(Config(fixture="small", data=data)) as served:
        yield served


def control(served: Served, method: str, path: str, body: Any = None, world: str = "main") -> requests.Response:
    """Make a control request in a world."""
    return requests.request(method, f"{served.url}/w/{world}/_mockmarket/{path}", json=body, timeout=PATIENCE_S)


def events(served: Served, world: str) -> requests.Response:
    """Ask the portal for its events in a world."""
    return requests.get(f"{served.url}/w/{world}/api/v1/events", headers=PORTAL_KEY, timeout=PATIENCE_S)


def files(served: Served) -> dict[str, str]:
    """Return what health says of each world's file."""
    return {file["world"]: file["check"] for file in control(served, "GET", "health").json()["files"]}


@pytest.mark.thorough
@every_damage
def test_damage_stops_no_other_world(data: Path, damage: Damage) -> None:
    damage(data / "worlds/a.db")

    with started(data) as served:
        assert events(served, "main").status_code == 200
        refused = events(served, "a")
        assert refused.status_code == 503
        assert str(data / "worlds/a.db") in refused.json()["error"]
        assert "POST /w/a/_mockmarket/reset" in refused.json()["error"]


@pytest.mark.thorough
@every_damage
def test_reset_mends_a_damaged_world(data: Path, damage: Damage) -> None:
    damage(data / "worlds/a.db")

    with started(data) as served:
        assert control(served, "POST", "reset", world="a").status_code == 200
        assert events(served, "a").json()["data"]

    with started(data) as again:
        assert events(again, "a").json()["data"]
        assert files(again) == {"main": "ok", "a": "ok"}


def test_every_vendor_names_the_file(data: Path) -> None:
    cut(data / "worlds/a.db")

    with started(data) as served:
        for vendor in served.app.vendors:
            refused = requests.get(f"{served.url}/w/a{vendor.base}/anything", timeout=PATIENCE_S)
            assert (refused.status_code, refused.headers["Content-Type"]) == (503, "application/json")
            assert json.dumps(str(data / "worlds/a.db"))[1:-1] in refused.text


def test_health_says_what_checks_found(data: Path) -> None:
    bad_page(data / "worlds/a.db")

    with started(data) as served:
        health = control(served, "GET", "health")

    assert (health.status_code, health.json()["status"], health.json()["worlds"]) == (200, "degraded", ["main"])
    assert health.json()["files"][0] == {"world": "main", "check": "ok", "problem": None}
    assert health.json()["files"][1]["check"] == "damaged"
    assert health.json()["files"][1]["problem"].startswith(f"{data / 'worlds/a.db'} is damaged: ")


def test_health_is_ok_without_damage(data: Path) -> None:
    with started(data) as served:
        health = control(served, "GET", "health").json()

    assert (health["status"], [file["check"] for file in health["files"]]) == ("ok", ["ok", "ok"])


@pytest.mark.thorough
def test_damaged_file_is_kept_aside(data: Path) -> None:
    bad_page(data / "worlds/a.db")
    before = (data / "worlds/a.db").read_bytes()

    with started(data) as served:
        control(served, "POST", "reset", world="a")

    assert (data / "worlds/a.db.damaged").read_bytes() == before


@pytest.mark.thorough
def test_mended_world_has_its_own_seed(data: Path) -> None:
    bad_page(data / "worlds/a.db")

    with started(data) as served:
        assert control(served, "POST", "reset", world="a").json()["seed"] == 7


@pytest.mark.thorough
def test_world_that_says_nothing_begins_as_others(data: Path) -> None:
    (data / "worlds/a.db").write_bytes(b"")

    with started(data) as served:
        mended = control(served, "POST", "reset", world="a").json()

    assert (mended["fixture"], mended["seed"]) == ("small", 0)


@pytest.mark.thorough
def test_snapshot_mends_a_damaged_world(data: Path) -> None:
    cut(data / "worlds/a.db")

    with started(data) as served:
        assert [
            snapshot["name"] for snapshot in control(served, "GET", "snapshots", world="a").json()["snapshots"]
        ] == ["whole"]
        assert control(served, "POST", "snapshots/whole/restore", world="a").json()["seed"] == 7
        assert events(served, "a").json()["data"]


@pytest.mark.thorough
def test_put_mends_a_damaged_world(data: Path) -> None:
    cut(data / "worlds/a.db")

    with started(data) as served:
        assert control(served, "PUT", "worlds/a", {"fixture": "small"}).status_code == 201
        assert events(served, "a").json()["data"]


@pytest.mark.thorough
@every_damage
def test_upload_mends_a_damaged_world(data: Path, damage: Damage) -> None:
    with started(data) as served:
        state = control(served, "GET", "state", world="a").content
    damage(data / "worlds/a.db")

    with started(data) as served:
        mended = put_state(served, "a", state)

        assert (mended.status_code, mended.json()["seed"]) == (200, 7), mended.text
        assert events(served, "a").json()["data"]
        assert control(served, "POST", "reset", world="a").status_code == 200


@pytest.mark.thorough
def test_refused_upload_mends_nothing(data: Path) -> None:
    cut(data / "worlds/a.db")

    with started(data) as served:
        assert put_state(served, "a", b"no database").status_code == 400
        assert events(served, "a").status_code == 503
        assert put_state(served, "b", b"no database").status_code == 404


def put_state(served: Served, world: str, content: bytes) -> requests.Response:
    """Upload a state in a world."""
    url = f"{served.url}/w/{world}/_mockmarket/state"
    return requests.put(url, content, headers={"Content-Type": "application/vnd.sqlite3"}, timeout=PATIENCE_S)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "text", [r"""'{"a": "\ud800"}'""", "CAST(x'7b2261223a22ff227d' AS TEXT)"], ids=["half a letter", "no UTF-8"]
)
def test_unreadable_row_is_damage(data: Path, text: str) -> None:
    with started(data) as served:
        id = control(served, "GET", "records/skybox/event", world="a").json()["records"][0]["id"]
        statement(f"UPDATE skybox_event SET data = {text}")(data / "worlds/a.db")
        served.app.worlds.get("a").store.forget()

        refused = [control(served, "GET", f"records/skybox/event/{id}", world="a") for _ in range(2)]

        assert [answer.status_code for answer in refused] == [503, 503], refused[0].text
        assert f"{data}/worlds/a.db cannot be a world: " in refused[0].json()["error"]["message"]
        assert files(served)["a"] == "damaged"
        assert events(served, "main").status_code == 200


@pytest.mark.thorough
def test_damaged_world_can_be_dropped(data: Path) -> None:
    cut(data / "worlds/a.db")

    with started(data) as served:
        assert control(served, "DELETE", "worlds/a").status_code == 204
        assert control(served, "GET", "worlds/a").json()["error"]["code"] == "unknown_world"

    assert not (data / "worlds/a.db").exists()


@pytest.mark.thorough
def test_damaged_main_can_be_reset(data: Path) -> None:
    cut(data / "worlds/main.db")

    with started(data) as served:
        assert control(served, "GET", "health").json()["worlds"] == ["a"]
        assert events(served, "main").status_code == 503
        assert control(served, "DELETE", "worlds/main").status_code == 409
        assert control(served, "POST", "reset").status_code == 200
        assert events(served, "main").json()["data"]


@pytest.mark.thorough
def test_exec_does_not_run_on_damage(data: Path) -> None:
    cut(data / "worlds/main.db")

    ended = subprocess.run(
        [sys.executable, "-m", "mockmarket", "exec", "--fixture", "small", "--data", str(data), "--", "true"],
        capture_output=True, text=True, timeout=PATIENCE_S * 3, check=False,
    )  # fmt: skip

    assert ended.returncode == 125
    assert f"The world main cannot be used: {data}/worlds/main.db" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_dotted_names_are_nobodys_world(data: Path) -> None:
    (data / "worlds/._main.db").write_bytes(b"of another system")

    with started(data) as served:
        assert files(served) == {"main": "ok", "a": "ok"}


@pytest.mark.thorough
@pytest.mark.parametrize("of_process", [True, False])
def test_file_that_is_gone_is_not_made_anew(data: Path, of_process: bool) -> None:
    with started(data) if not of_process else serving(Config(fixture="small")) as served:
        world = served.app.worlds.put("gone", "small")[0]
        path = world.store.path
        path.unlink()
        world.store.forget()
        answers = [events(served, "gone") for _ in range(20)]

        assert {answer.status_code for answer in answers} == {503}, [answer.text for answer in answers]
        assert not path.exists()
        assert control(served, "POST", "reset", world="gone").status_code == 200
        assert events(served, "gone").status_code == 200


@pytest.mark.thorough
def test_write_to_a_file_that_is_gone_is_refused(data: Path) -> None:
    with started(data) as served:
        control(served, "PATCH", "settings", {"portal": {"retries": 3}}, world="a")
        (data / "worlds/a.db").unlink()

        refused = control(served, "PATCH", "settings", {"portal": {"retries": 4}}, world="a")

        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "damaged_world"


@pytest.mark.thorough
def test_damage_while_served_is_told(data: Path) -> None:
    with started(data) as served:
        content = (data / "worlds/a.db").stat().st_size
        with (data / "worlds/a.db").open("rb+") as file:
            file.seek(4096)
            file.write(b"\x00" * (content - 4096))

        answers = [events(served, "a").status_code for _ in range(20)]

        assert answers[-1] == 503
        assert files(served)["a"] == "damaged"
        assert control(served, "POST", "reset", world="a").status_code == 200
        assert events(served, "a").status_code == 200


@pytest.mark.thorough
def test_reset_mends_what_nobody_met(data: Path) -> None:
    with started(data) as served:
        path = data / "worlds/a.db"
        path.write_bytes(b"no database" + path.read_bytes()[11:])

        assert control(served, "POST", "reset", world="a").status_code == 200
        assert events(served, "a").status_code == 200

    with started(data) as again:
        assert (files(again)["a"], events(again, "a").status_code) == ("ok", 200)


@pytest.mark.thorough
def test_large_files_are_checked_meanwhile(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "AT_START", 0)
    bad_page(data / "worlds/a.db")

    with started(data) as served:
        until(served.app.worlds.get("main"), lambda: files(served) == {"main": "ok", "a": "damaged"})

        assert events(served, "a").status_code == 503
        assert control(served, "POST", "reset", world="a").status_code == 200
        assert events(served, "a").json()["data"]


@pytest.mark.thorough
def test_check_under_way_ends_with_the_server(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "AT_START", 0)
    endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    monkeypatch.setattr(checking, "_check_pages", lambda conn, path: conn.execute(endless).fetchone())

    app = create_app(Config(fixture="small", data=data))

    assert {*app.worlds.checks.results.values()} == {"under way"}
    app.close(0)
    assert not [thread for thread in threading.enumerate() if thread.name == "mockmarket-checks"]


@pytest.mark.thorough
def test_partial_of_a_killed_process_is_in_no_way(data: Path) -> None:
    (data / "worlds/b.partial").write_bytes(b"half of a file")

    with started(data) as served:
        assert control(served, "PUT", "worlds/b", {}).status_code == 201
        assert events(served, "b").json()["data"]

    assert not (data / "worlds/b.partial").exists()


@pytest.mark.thorough
def test_damaged_snapshot_hides_no_other(data: Path) -> None:
    shutil.copy(data / "snapshots/a/whole.db", data / "snapshots/a/spoilt.db")
    cut(data / "snapshots/a/spoilt.db")

    with started(data) as served:
        assert [
            snapshot["name"] for snapshot in control(served, "GET", "snapshots", world="a").json()["snapshots"]
        ] == ["whole"]
        refused = control(served, "POST", "snapshots/spoilt/restore", world="a")
        assert refused.status_code == 409
        assert "spoilt" in refused.json()["error"]["message"]
        assert events(served, "a").status_code == 200


@pytest.mark.thorough
def test_dashboard_shows_and_mends_it(data: Path) -> None:
    cut(data / "worlds/a.db")

    with started(data) as served:
        worlds = f"{served.url}/_mockmarket/ui/worlds"
        assert str(data / "worlds/a.db") in requests.get(worlds, timeout=PATIENCE_S).text
        page = requests.get(
            f"{served.url}/w/a/_mockmarket/ui/worlds", headers={"Accept": "text/html"}, timeout=PATIENCE_S
        )
        assert (page.status_code, page.headers["Content-Type"]) == (503, "text/html; charset=utf-8")

        mended = requests.post(f"{worlds}/mend/a", headers={"Origin": served.url}, timeout=PATIENCE_S)

        assert mended.ok, mended.text
        assert events(served, "a").status_code == 200


def test_public_server_tells_no_file_without_the_token(data: Path) -> None:
    cut(data / "worlds" / "main.db")

    with serving(Config(data=data, host="0.0.0.0", control_token="the-token")) as served:
        url = f"{served.url}/w/main"
        answers = [requests.get(url + path, timeout=30) for path in ("/api/v1/events", "/_mockmarket/clock", "/")]
        health = requests.get(f"{url}/_mockmarket/health", headers={"X-Mockmarket-Token": "the-token"}, timeout=30)

    assert [answer.status_code for answer in answers] == [503] * 3
    assert not any(str(data) in answer.text for answer in answers)
    assert str(data) in health.text
