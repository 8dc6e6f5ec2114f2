"""The state of a world: downloaded as one SQLite file that any tool opens, and uploaded, checked before it replaces anything."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from mockmarket.config import Config
from tests.conftest import Client, Served
from tests.receiver import Receiver
from tests.running import FIXTURE, buy, listen, serving, settled, talking_to
from tests.test_snapshots import all_of, busy, error, stock_of

NUMBERS = count(1)
SQLITE = {"Content-Type": "application/vnd.sqlite3"}


@pytest.fixture
def file(client: Client, tmp_path: Path) -> Path:
    """Return a file with the world's state, including an order that no fixture has."""
    buy(client)
    path = tmp_path / "world.db"
    path.write_bytes(state(client).content)
    return path


@pytest.fixture
def other_client(served: Served) -> Iterator[Client]:
    """Return a client of a second world."""
    name = f"state{next(NUMBERS)}"
    served.app.worlds.put(name, "small")
    yield talking_to(served, name)
    served.app.worlds.drop(name)


def state(client: Client) -> Any:
    answer = client.get("/_mockmarket/state")
    assert answer.status_code == 200, answer.text
    return answer


def upload(client: Client, content: Any, **headers: Any) -> Any:
    return client.call("PUT", "/_mockmarket/state", data=content, headers=headers or SQLITE)


def run(file: Path, *statements: Any) -> None:
    """Change a file as somebody with a SQLite tool would."""
    with closing(sqlite3.connect(file, isolation_level=None)) as tool:
        for statement in statements:
            tool.execute(statement)


# Download


def test_state_is_one_plain_file(client: Client, file: Path) -> None:
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)) as tool:
        counts = dict(tool.execute("SELECT status, count(*) FROM portal_order GROUP BY status").fetchall())
        integrity = tool.execute("PRAGMA integrity_check").fetchone()

    assert counts == {"accepted": 1, "confirmed": 2}
    assert integrity == ("ok",)
    assert file.read_bytes()[18:20] == b"\x01\x01"  # the file format's version of a database without a write-ahead log


def test_opening_makes_no_log(file: Path) -> None:
    run(file, "SELECT count(*) FROM event", "UPDATE meta SET value = value")

    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_state_says_what_it_is(client: Client) -> None:
    answer = state(client)

    assert answer.headers["Content-Type"] == "application/vnd.sqlite3"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{client.world.name}.db"'
    assert int(answer.headers["Content-Length"]) == len(answer.content)


def test_state_leaves_no_file_behind(served: Served, client: Client) -> None:
    state(client)
    client.call("HEAD", "/_mockmarket/state")

    assert list(served.app.worlds.scratch.iterdir()) == []


def test_state_has_no_journal_nor_key(client: Client, file: Path) -> None:
    client.get("/api/v1/events")

    assert b"portal_test_full_00000000" not in state(client).content


# Upload


def test_state_moves_a_world(client: Client, other_client: Any, receiver: Receiver) -> None:
    busy(client, receiver.url)
    client.control("PUT", "clock", {"frozen": True})

    answer = upload(other_client, state(client).content)

    assert answer.status_code == 200
    assert answer.json() == client.control("GET", f"worlds/{client.world.name}") | {"name": other_client.world.name}
    assert all_of(other_client) == all_of(client)
    assert stock_of(other_client) == stock_of(client)


@pytest.mark.parametrize("media", ["application/vnd.sqlite3", "application/octet-stream", "application/x-sqlite3"])
def test_upload_says_its_type(client: Client, file: Path, media: str) -> None:
    assert upload(client, file.read_bytes(), **{"Content-Type": media}).status_code == 200


@pytest.mark.parametrize("media", ["application/json", "text/plain", "", "multipart/form-data"])
def test_upload_of_another_type_is_refused(client: Client, file: Path, media: str) -> None:
    answer = upload(client, file.read_bytes(), **{"Content-Type": media})

    assert answer.status_code == 415
    assert error(answer)["message"].endswith("send application/vnd.sqlite3.")


def test_uploaded_world_resets_to_its_fixture(client: Client, other_client: Any, file: Path) -> None:
    before = all_of(other_client)
    upload(other_client, file.read_bytes())

    other_client.control("POST", "reset")

    assert all_of(other_client) == before


def test_upload_from_elsewhere_keeps_own_fixture(other_client: Any, file: Path) -> None:
    run(file, "UPDATE meta SET value = '/nowhere/at-all.yaml' WHERE name IN ('fixture', 'planted_from')")
    before = all_of(other_client)

    upload(other_client, file.read_bytes())
    other_client.control("POST", "reset")

    assert all_of(other_client) == before


def test_uploaded_world_shows_its_credentials(other_client: Any, file: Path) -> None:
    before = other_client.control("GET", "vendors")["vendors"][0]["credentials"]

    upload(other_client, file.read_bytes())

    assert other_client.control("GET", "vendors")["vendors"][0]["credentials"] == before != []


def test_claims_of_a_killed_process_are_freed(client: Client, other_client: Any, receiver: Receiver) -> None:
    listen(client, receiver.url)
    buy(client)
    [row] = settled(client)
    client.world.store.copy_to(path := client.world.store.path.with_name("killed.db"))
    run(path, "UPDATE delivery SET state = 'sending', owner = 'gone', due = at", "DELETE FROM attempt")

    upload(other_client, path.read_bytes())
    path.unlink()

    assert settled(other_client)[0]["id"] == row["id"]


# As a fixture


def test_state_is_a_fixture_of_worlds(client: Client, file: Path) -> None:
    client.control("PUT", f"worlds/{(name := f'made{next(NUMBERS)}')}", {"fixture": str(file)})

    orders = client.session.get(f"{client.base.rpartition('/')[0]}/{name}/_mockmarket/records/portal/order").json()
    client.control("DELETE", f"worlds/{name}")

    assert orders == client.control("GET", "records/portal/order")


@pytest.mark.thorough
def test_world_of_a_state_resets_to_it(file: Path) -> None:
    with serving(Config(fixture=str(file))) as served:
        client = talking_to(served)
        before = all_of(client)
        buy(client)

        client.control("POST", "reset")

        assert all_of(client) == before
        assert len(before["records/portal/order"]["records"]) == 3


def test_world_of_a_state_begins_at_its_moment(client: Client, other_client: Any, tmp_path: Path) -> None:
    client.control("POST", "clock/advance", {"seconds": 86_400_000})
    moment = client.world.clock.now()
    path = tmp_path / "later.db"
    path.write_bytes(state(client).content)

    other_client.control("PUT", f"worlds/{other_client.world.name}", {"fixture": str(path)})

    assert 0 <= other_client.world.clock.now() - moment < 30_000


def test_world_of_a_state_shows_credentials(client: Client, other_client: Any, file: Path) -> None:
    other_client.control("PUT", f"worlds/{other_client.world.name}", {"fixture": str(file)})

    names = [
        [row["name"] for row in world_client.control("GET", "vendors")["vendors"][0]["credentials"]]
        for world_client in (client, other_client)
    ]

    assert names[0] == names[1] != []


@pytest.mark.thorough
def test_fixture_check_takes_a_state(file: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "mockmarket", "fixture", "check", str(file)], capture_output=True, text=True, timeout=60
    )

    assert (result.returncode, result.stderr) == (0, "")


# Refused files


def test_empty_upload_is_explained(client: Client) -> None:
    answer = upload(client, b"")

    assert answer.status_code == 400
    assert "The body is empty" in error(answer)["message"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{}", "The file is not a SQLite file."),
        (b"SQLite format 3\x00" + b"\xff" * 9000, "The file cannot be opened as a SQLite database"),
        (b"SQLite format 3\x00", "SQLite database"),
    ],
)
def test_what_is_no_database_is_refused(client: Client, content: Any, words: str) -> None:
    answer = upload(client, content)

    assert answer.status_code == 400
    assert words in error(answer)["message"]


BROKEN = [
    ("PRAGMA application_id = 7", "is not a world: it was not written by mockmarket"),
    ("PRAGMA user_version = 99", "was written by a later mockmarket (schema 99"),
    ("DROP TABLE attempt", "it has no table attempt"),
    ("ALTER TABLE stock DROP COLUMN split", "its table stock has no split"),
    ("DELETE FROM meta WHERE name = 'drawn'", "its meta has no whole number as drawn"),
    ("UPDATE meta SET value = 'soon' WHERE name = 'start'", "its meta has no whole number as start"),
    ("UPDATE event SET data = '{'", "data in row 1 of event is not JSON"),
    ("INSERT INTO setting VALUES ('portal', 'retries', 'x')", "value in row 1 of setting is not JSON"),
    ("UPDATE key SET vendor = 'acme'", "its table key is of a vendor 'acme'"),
    ("INSERT INTO seat VALUES ('nothing', 1, 1)", "of seat refers to no"),
    ("CREATE TRIGGER t AFTER INSERT ON event BEGIN DELETE FROM event; END", "it has the trigger t, which"),
    ("CREATE VIEW v AS SELECT 1", "it has the view v, which"),
    ("CREATE VIRTUAL TABLE v USING fts5(words)", "it has the table v, which"),
    ("CREATE INDEX i ON event (length(data))", "it has the index i, which"),
    ("UPDATE meta SET value = 1 << 60 WHERE name = 'start'", "its meta has no moment as start"),
    ("UPDATE meta SET value = 1 << 60 WHERE name = 'clock_offset'", "its clock_offset leads out of the years"),
    ("INSERT INTO timer VALUES (99, 'portal', 'x', 'y', 'soon')", "due in row 99 of timer is no moment"),
]
"""Statements after which a file is no whole world, and what is said of it."""


@pytest.mark.thorough
def test_what_is_no_whole_world_is_refused(client: Client, file: Path, tmp_path: Path) -> None:
    before = all_of(client)

    for number, (statement, words) in enumerate(BROKEN):
        broken = Path(shutil.copyfile(file, tmp_path / f"broken{number}.db"))
        run(broken, "PRAGMA foreign_keys = OFF", statement)
        answer = upload(client, broken.read_bytes())

        assert answer.status_code == 400, f"{statement}: {answer.text}"
        assert words in error(answer)["message"], statement
        assert "passing" not in answer.text
        assert all_of(client) == before, statement


@pytest.mark.parametrize("cause", ["x'00ff'", "'r' || hex(zeroblob(3000))", "'r²'"])
def test_odd_cause_of_a_notice_is_taken(client: Client, file: Path, cause: str) -> None:
    run(file, f"INSERT INTO notice VALUES (99, 'n', 'portal', 'order.created', 'order', 'o', 1, x'7b7d', {cause})")

    answer = upload(client, file.read_bytes())

    assert answer.status_code == 200, answer.text


def test_torn_file_changes_nothing(client: Client, file: Path) -> None:
    content = file.read_bytes()
    before = all_of(client)

    answer = upload(client, content[: len(content) // 4096 // 2 * 4096])

    assert answer.status_code == 400
    assert all_of(client) == before


def test_refused_upload_leaves_no_file(served: Served, client: Client) -> None:
    upload(client, b"no database")

    assert list(served.app.worlds.scratch.iterdir()) == []


def test_upload_beyond_its_bound_is_refused(tmp_path: Path) -> None:
    from mockmarket.config import Limits

    with serving(Config(fixture=FIXTURE, limits=Limits(state_upload=1000))) as served:
        answer = upload(talking_to(served), b"x" * 2000)

    assert answer.status_code == 413
    assert json.loads(answer.content)["error"]["code"] == "too_large"


def test_state_larger_than_a_request_is_taken(client: Client, file: Path) -> None:
    run(file, "UPDATE venue SET data = json_set(data, '$.note', hex(zeroblob(1500000)))")

    assert upload(client, file.read_bytes()).status_code == 200
