"""Files of worlds that somebody else may have written: no SQL of theirs runs, and what cannot be gone on with is refused."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from mockmarket.app import create_app
from mockmarket.clock import monotonic
from mockmarket.config import Config
from mockmarket.store import schema
from tests.conftest import Client, Served
from tests.running import buy, serving, talking_to
from tests.test_snapshots import all_of, error
from tests.test_state import upload

NUMBERS = count(1)
ENDLESS = "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT 'mockmarket', x, x FROM r"
LARGEST = 9223372036854775807
HOLE = "length(hex(zeroblob(300000000))) > 0"

SCHEMAS = {
    "endless view for the migrations": (
        ["DROP TABLE _sqlite_migrations", f"CREATE VIEW _sqlite_migrations(migration_set, name, applied_at) AS {ENDLESS}"],
        "it has the view _sqlite_migrations",
    ),
    "endless view for the description": (
        ["DROP TABLE meta", f"CREATE VIEW meta(name, value) AS SELECT name, x FROM ({ENDLESS.replace(', x, x', ' AS name, x')})"],
        "it has the view meta",
    ),
    "endless view for the last ids": (
        [f"UPDATE sqlite_master SET type = 'view', rootpage = 0, sql = 'CREATE VIEW sqlite_sequence(name, seq, x) AS {ENDLESS}'"
         .replace("'mockmarket'", "''mockmarket''") + " WHERE name = 'sqlite_sequence'"],
        "sqlite_sequence",
    ),
    "check that takes memory": (
        [f"UPDATE sqlite_master SET sql = replace(sql, 'cause TEXT)', 'cause TEXT, CHECK ({HOLE}))') WHERE name = 'notice'"],
        "its table notice has CHECK (length(hex(",
    ),
    "default that runs": (
        ["UPDATE sqlite_master SET sql = replace(sql, 'cause TEXT', 'cause TEXT DEFAULT (hex(zeroblob(9)))') WHERE name = 'notice'"],
        "its table notice has cause TEXT DEFAULT (hex(zeroblob(9))) where this version has cause TEXT",
    ),
    "column that is computed": (
        ["ALTER TABLE portal_order ADD COLUMN more TEXT AS (hex(zeroblob(300000000)))"],
        "its table portal_order has more TEXT AS",
    ),
    "partial index of an expression": (
        ["CREATE INDEX i ON notice(id) WHERE length(hex(zeroblob(1000))) > id"],
        "it has the index i",
    ),
    "known index of an expression": (
        ["DROP INDEX notice_record", "CREATE INDEX notice_record ON notice(length(body), kind, record)"],
        "its table notice_record has length(body)",
    ),
    "virtual table in disguise": (
        ["INSERT INTO sqlite_master VALUES ('table', 'vv', 'vv', 0, 'CREATE/**/VIRTUAL TABLE vv USING dbstat')"],
        "it has the table vv",
    ),
    "view in a table's name": (
        ["UPDATE sqlite_master SET rootpage = 0, sql = 'CREATE VIEW notice AS SELECT 1 AS id' WHERE name = 'notice'"],
        "notice",
    ),
    "columns in another order": (
        ["UPDATE sqlite_master SET sql = 'CREATE TABLE meta (value, name TEXT PRIMARY KEY)' WHERE name = 'meta'"],
        "its table meta has its columns in another order",
    ),
    "table twice": (
        ["INSERT INTO sqlite_master SELECT type, name, tbl_name, rootpage, sql FROM sqlite_master WHERE name = 'notice'"],
        "notice",
    ),
    "trigger": (["CREATE TRIGGER t AFTER INSERT ON event BEGIN DELETE FROM event; END"], "it has the trigger t"),
    "more tables than are read": (
        ["WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r LIMIT 60000) "
         "INSERT INTO sqlite_master SELECT 'table', 't' || x, 't' || x, 2, 'CREATE TABLE t' || x || '(a)' FROM r"],
        "reading it takes longer than any world's would",
    ),
}  # fmt: skip
"""Statements that give a file SQL of its own, and what is said of it. `writable_schema` is on."""

ROWS = {
    "largest number of draws": ([f"UPDATE meta SET value = {LARGEST} WHERE name = 'drawn'"], "as drawn"),
    "largest last id": ([f"UPDATE sqlite_sequence SET seq = {LARGEST}"], "its last id of"),
    "largest id": (
        [f"INSERT INTO claim VALUES ({LARGEST}, (SELECT id FROM stock LIMIT 1), 'portal', 'x', 'held', 1)"],
        f"id in row {LARGEST} of claim is not a whole number up to",
    ),
    "largest row": (
        [f"UPDATE portal_order SET rowid = {LARGEST} WHERE rowid = 1"],
        f"rowid in row {LARGEST} of portal_order is not a whole number up to",
    ),
    "number that is text": (["UPDATE stock SET price = 'much'"], "price in row 1 of stock is not a whole number"),
    "number without end": (["UPDATE stock SET price = 9e999"], "price in row 1 of stock is not a whole number"),
    "text that is bytes": (["UPDATE event SET name = x'00ff'"], "name in row 1 of event is not text"),
    "text that is no UTF-8": (["UPDATE event SET name = CAST(x'c328' AS TEXT)"], "a text in event is not UTF-8"),
    "JSON that is no UTF-8": (
        ["UPDATE portal_order SET data = CAST(x'7b2261223a22' || x'ff' || x'227d' AS TEXT)"],
        "a text in portal_order is not UTF-8",
    ),
    "JSON with half a character": (
        ["""UPDATE event SET data = '{"a": "\\ud800"}'"""],
        "data in row 1 of event is not JSON",
    ),
    "JSON that is too deep": (
        ["UPDATE event SET data = replace(hex(zeroblob(750)), '0', '[') || replace(hex(zeroblob(750)), '0', ']')"],
        "data in row 1 of event is not JSON",
    ),
    "record that is no object": (["UPDATE portal_order SET data = '[]'"], "data in row 1 of portal_order is not JSON"),
    "texts in another encoding": (["VACUUM"], "its texts are UTF-16le, not UTF-8"),
}  # fmt: skip
"""Statements that leave a file with rows that cannot be gone on with, and what is said of it."""

FOREIGN = {**SCHEMAS, **ROWS}
each = pytest.mark.parametrize("change", FOREIGN)
OFTEN = {
    "endless view for the migrations",
    "trigger",
    "largest last id",
    "JSON that is too deep",
    "texts in another encoding",
}
some = pytest.mark.parametrize(
    "change", [change if change in OFTEN else pytest.param(change, marks=pytest.mark.thorough) for change in FOREIGN]
)
"""A file is looked at in one place, whichever way it comes in: one of each sort is enough in the default run."""


@pytest.fixture(scope="module")
def original(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a world's file, with an order in it."""
    world, _ = served.app.worlds.put(f"foreign{next(NUMBERS)}", "small")
    buy(talking_to(served, world.name))
    path = tmp_path_factory.mktemp("foreign") / "original.db"
    world.save(path)
    served.app.worlds.drop(world.name)
    return path


def foreign(original: Path, target: Path, change: str) -> Path:
    """Write the file of a world that somebody has changed."""
    statements, _ = FOREIGN[change]
    shutil.copyfile(original, target)
    if change == "texts in another encoding":
        return in_utf_16(original, target)
    with closing(sqlite3.connect(target, isolation_level=None)) as tool:
        tool.execute("PRAGMA foreign_keys = OFF")
        tool.execute("PRAGMA writable_schema = ON")
        for statement in statements:
            tool.execute(statement)
    return target


def in_utf_16(original: Path, target: Path) -> Path:
    """Write a world's file anew with texts in UTF-16."""
    target.unlink()
    with closing(sqlite3.connect(original)) as source, closing(sqlite3.connect(target)) as tool:
        tool.execute("PRAGMA encoding = 'UTF-16le'")
        tool.executescript("\n".join(line for line in source.iterdump() if "sqlite_sequence" not in line))
        tool.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        tool.execute(f"PRAGMA user_version = {schema.version()}")
    return target


@pytest.mark.thorough
@each
def test_foreign_state_changes_nothing(client: Client, original: Path, tmp_path: Path, change: str) -> None:
    file = foreign(original, tmp_path / "w.db", change)
    before = all_of(client)

    began = monotonic()
    answer = upload(client, file.read_bytes())
    took = monotonic() - began

    assert answer.status_code == 400, answer.text
    assert FOREIGN[change][1] in error(answer)["message"]
    assert took < 2.5
    assert all_of(client) == before


@some
def test_foreign_fixture_is_refused(client: Client, original: Path, tmp_path: Path, change: str) -> None:
    file = foreign(original, tmp_path / "w.db", change)
    before = all_of(client)

    answer = client.put(f"/_mockmarket/worlds/{client.world.name}", {"fixture": str(file)})

    assert answer.status_code == 400, answer.text
    assert FOREIGN[change][1] in error(answer)["message"]
    assert all_of(client) == before


@some
def test_foreign_kept_world_is_not_served(original: Path, tmp_path: Path, change: str) -> None:
    (tmp_path / "worlds").mkdir()
    file = foreign(original, tmp_path / "worlds" / "main.db", change)

    app = create_app(Config(data=tmp_path))
    reason = app.worlds.damaged["main"].reason
    app.close()

    assert FOREIGN[change][1] in reason
    assert str(file) in reason


@pytest.mark.thorough
@some
def test_foreign_snapshot_changes_nothing(kept_world: Client, original: Path, change: str) -> None:
    foreign(original, kept_world.world.store.path.parents[1] / "snapshots" / kept_world.world.name / "one.db", change)
    before = all_of(kept_world)

    listed = kept_world.get("/_mockmarket/snapshots")
    began = monotonic()
    restored = kept_world.post("/_mockmarket/snapshots/one/restore")
    took = monotonic() - began

    assert listed.status_code == 200
    assert restored.status_code == 409, restored.text
    assert FOREIGN[change][1] in error(restored)["message"]
    assert took < 2.5
    assert all_of(kept_world) == before


@pytest.mark.thorough
def test_fixture_check_runs_nothing(original: Path, tmp_path: Path) -> None:
    files = [foreign(original, tmp_path / f"{place}.db", change) for place, change in enumerate(FOREIGN)]

    ran = subprocess.run(
        [sys.executable, "-m", "mockmarket", "fixture", "check", *map(str, files)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert ran.returncode == 1
    lines = ran.stderr.splitlines()
    assert len(lines) == len(FOREIGN)
    assert [words for line, (_, words) in zip(lines, FOREIGN.values(), strict=True) if words not in line] == []


@pytest.mark.thorough
def test_endless_uploads_leave_the_server_answering(client: Client, original: Path, tmp_path: Path) -> None:
    content = foreign(original, tmp_path / "w.db", "endless view for the migrations").read_bytes()

    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(upload, client, content) for _ in range(8)]
        began = monotonic()
        health = client.get("/_mockmarket/health")
        took = monotonic() - began

    assert health.status_code == 200
    assert took < 3
    assert {answer.result().status_code for answer in answers} == {400}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve worlds that are kept."""
    with serving(Config(fixture="small", data=tmp_path_factory.mktemp("kept"))) as served:
        yield served


@pytest.fixture
def kept_world(server: Served) -> Client:
    """Talk to a kept world of the test's own, with a snapshot `one`."""
    world, _ = server.app.worlds.put(f"foreign{next(NUMBERS)}")
    client = talking_to(server, world.name)
    client.control("POST", "snapshots/one")
    return client


# An earlier version's


def older(original: Path, target: Path) -> Path:
    """Write a world's file as an earlier version had it: no vendor's later table, column or index, a column with another definition."""
    shutil.copyfile(original, target)
    with closing(sqlite3.connect(target, isolation_level=None)) as tool:
        tool.execute("DROP INDEX tixstock_order_status")
        tool.execute("DROP TABLE zatabox_attendee")
        tool.execute("ALTER TABLE portal_order DROP COLUMN status")
        [[sql]] = tool.execute("SELECT sql FROM sqlite_master WHERE name = 'portal_listing'")
        tool.execute("ALTER TABLE portal_listing RENAME TO other")
        tool.execute(sql.replace(OWN, f"{OWN} {VIRTUAL}"))
        columns = "id, stock, cents, buyable, section_key, row_key"
        rows = f"SELECT json_set(data, '$.quantity', quantity), {columns} FROM other"
        tool.execute(f"INSERT INTO portal_listing (data, {columns}) {rows}")
        tool.execute("DROP TABLE other")
    return target


OWN, VIRTUAL = '"quantity" INTEGER', "GENERATED ALWAYS AS (json_extract(data, '$.quantity')) VIRTUAL"


@pytest.mark.thorough
def test_older_state_is_brought_up(client: Client, original: Path, tmp_path: Path) -> None:
    answer = upload(client, older(original, tmp_path / "w.db").read_bytes())

    assert answer.status_code == 200, answer.text
    buy(client)
    assert len(client.control("GET", "records/portal/order")["records"]) == 4


@pytest.mark.thorough
def test_older_kept_world_is_brought_up(original: Path, tmp_path: Path) -> None:
    (tmp_path / "worlds").mkdir()
    older(original, tmp_path / "worlds" / "main.db")

    with serving(Config(data=tmp_path)) as served:
        buy(talking_to(served))
    with serving(Config(data=tmp_path)) as served:
        records = talking_to(served).control("GET", "records/portal/order")["records"]

    assert len(records) == 4
