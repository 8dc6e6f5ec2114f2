"""The store: one SQLite file, one writer at a time, atomic transactions; and foreign or damaged files are refused."""

from __future__ import annotations

import gc
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mockmarket.app import InUse, create_app
from mockmarket.clock import Clock, Setting
from mockmarket.config import Config
from mockmarket.records import Column
from mockmarket.store import Read, Store, Tx, endpoints, records, schema, timers
from mockmarket.store.endpoints import Endpoint
from mockmarket.store.files import DataError, connect
from mockmarket.store.records import Condition, Kind
from mockmarket.store.row_cache import MOST_ROWS, RowCache
from mockmarket.store.timers import Timer
from mockmarket.webhooks.retry import Health

NOW = 1_772_366_400_000
ORDER = Kind("acme", "order", "orderId", (
    Column("status", path="$.status"), Column("city", path="$.buyer.city"), Column("cents", "INTEGER"),
    Column("sizes", "INTEGER", index=False),
))  # fmt: skip
COUNTER = Kind("acme", "counter", "id")
KINDS = (ORDER, COUNTER)


def open_store(path: Path, **options: Any) -> Store:
    """Open a world's file; creates it when it is missing."""
    schema.prepare(path, KINDS, "OFF", seed=7)
    return Store(path, Clock(), 0, options.get("synchronous", "OFF"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of the test's world."""
    return tmp_path / "world.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """Give the test a world of its own."""
    store = open_store(path)
    yield store
    store.close()


def order(id: int, status: str = "open", city: str = "Cebú") -> dict[str, Any]:
    """Return an order."""
    return {"orderId": f"o{id}", "status": status, "buyer": {"city": city}}


def fill(store: Store) -> None:
    """Store five orders."""
    with store.atomic() as tx:
        for id in range(5):
            record = order(id, "open" if id % 2 else "paid", ("Cebú", "Lagos")[id > 2])
            records.put(tx, ORDER, record, cents=id * 100, sizes=1 << id)


def ids(store: Store, *where: Condition, **options: Any) -> list[str]:
    """Return the ids of the orders that meet conditions."""
    return [record["orderId"] for record in records.find(store.read(), ORDER, *where, **options)]


def fail(tx: Tx) -> None:
    """Write a record and draw an id, then fail."""
    tx.ids.uuid()
    records.put(tx, ORDER, order(1), cents=1, sizes=0)
    tx.after_commit.append(lambda: pytest.fail("ran without a commit"))
    raise RuntimeError("on purpose")


def test_rollback_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), store.atomic() as tx:
        fail(tx)

    assert ids(store) == []
    assert store.meta()["drawn"] == 0


def test_rolled_back_ids_are_redrawn(store: Store, tmp_path: Path) -> None:
    other_store = open_store(tmp_path / "other.db")
    with pytest.raises(RuntimeError), store.atomic() as tx:
        fail(tx)

    with store.atomic() as tx:
        after_failure = tx.ids.uuid()
    with other_store.atomic() as tx:
        plain = tx.ids.uuid()
    other_store.close()

    assert after_failure == plain


def test_drawn_ids_outlive_the_process(path: Path) -> None:
    store = open_store(path, synchronous="NORMAL")
    with store.atomic() as tx:
        first = tx.ids.uuid()
    store.close()
    reopened = open_store(path, synchronous="NORMAL")

    with reopened.atomic() as tx:
        second = tx.ids.uuid()
    reopened.close()

    assert first != second


def test_commit_runs_what_follows(store: Store) -> None:
    calls: list[str] = []

    with store.atomic() as tx:
        tx.after_commit.append(lambda: calls.append("after"))
        calls.append("within")

    assert calls == ["within", "after"]


def test_transaction_has_one_moment(store: Store) -> None:
    store.clock.reset(Setting(frozen_at=NOW))

    with store.atomic("r000017") as tx:
        store.clock.reset(Setting(frozen_at=NOW + 1))

    assert (tx.now, tx.cause) == (NOW, "r000017")


def test_nested_transaction_is_refused(store: Store) -> None:
    with store.atomic() as tx:
        records.put(tx, ORDER, order(1), cents=1, sizes=0)
        with pytest.raises(sqlite3.OperationalError, match="within a transaction"), store.atomic():
            pass

    assert ids(store) == ["o1"]


def test_write_begins_immediate(store: Store, path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None, timeout=0)

    with store.atomic(), pytest.raises(sqlite3.OperationalError, match="locked"):
        connection.execute("BEGIN IMMEDIATE")

    connection.close()


def test_readers_see_the_last_commit(store: Store) -> None:
    fill(store)

    with ThreadPoolExecutor(1) as reader:
        before = reader.submit(ids, store).result(5)
        with store.atomic() as tx:
            records.delete(tx, ORDER, "o1")
            meanwhile = reader.submit(ids, store).result(5)

    assert meanwhile == before == ["o0", "o1", "o2", "o3", "o4"]
    assert ids(store) == ["o0", "o2", "o3", "o4"]


def test_each_thread_has_its_connection(store: Store) -> None:
    barrier = threading.Barrier(4)

    def reading(_: int) -> Read:
        barrier.wait(5)
        return store.read()

    with ThreadPoolExecutor(4) as threads:
        reads = [store.read(), *threads.map(reading, range(4))]

    assert len({read.conn for read in reads}) == 5


def test_unused_connection_serves_the_next_thread(store: Store) -> None:
    with ThreadPoolExecutor(1) as threads:
        connections = {store.read().conn, threads.submit(lambda: store.read().conn).result(5), store.read().conn}

    assert len(connections) == 1


def set_timers(store: Store, *names: str) -> None:
    """Set timers, and take every other back."""
    with store.atomic() as tx:
        timers.stop_all(tx, "acme")
        for name in names:
            timers.set(tx, Timer("acme", name, "o1", NOW))


def test_rows_keep_their_connection(store: Store) -> None:
    set_timers(store, "first", "second")
    rows = timers.TIMER.all(store.read(), "")

    with ThreadPoolExecutor(1) as threads:
        threads.submit(set_timers, store).result(5)

    assert [timer.name for timer in rows] == ["first", "second"]


def test_open_transaction_is_given_to_nobody(store: Store) -> None:
    conn = store.read().conn
    conn.execute("BEGIN IMMEDIATE")
    store.read()

    increase(store, 1)

    assert records.get(store.read(), COUNTER, "c") == {"id": "c", "count": 1}


def increase(store: Store, times: int) -> None:
    """Increase a stored number, once per transaction."""
    for _ in range(times):
        with store.atomic() as tx:
            record = records.get(tx, COUNTER, "c") or {"id": "c", "count": 0}
            records.put(tx, COUNTER, record | {"count": record["count"] + 1})


def test_threads_lose_no_write(store: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: increase(store, 125), range(8)))

    assert records.get(store.read(), COUNTER, "c") == {"id": "c", "count": 1000}


def test_stores_of_one_file_lose_none(store: Store, path: Path) -> None:
    other_store = open_store(path)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda shared_store: increase(shared_store, 200), (store, other_store)))
    other_store.close()

    assert records.get(store.read(), COUNTER, "c") == {"id": "c", "count": 400}


def test_closed_store_is_refused(store: Store) -> None:
    store.close()

    with pytest.raises(DataError, match="'world' has been dropped"):
        store.read()


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ([("status", "=", "paid")], ["o0", "o2", "o4"]),
        ([("status", "!=", "paid")], ["o1", "o3"]),
        ([("city", "contains", "ebú")], ["o0", "o1", "o2"]),
        ([("cents", ">=", 200), ("cents", "<", 400)], ["o2", "o3"]),
        ([("cents", ">", 200), ("cents", "<=", 300)], ["o3"]),
        ([("status", "in", ["open", "lost"])], ["o1", "o3"]),
        ([("status", "in", [])], []),
        ([("sizes", "has_bit", 3)], ["o3"]),
        ([("id", "=", "o2")], ["o2"]),
        ([("status", "=", "x' OR 1=1 --")], []),
    ],
)
def test_columns_filter_records(store: Store, where: list[Condition], expected: list[str]) -> None:
    fill(store)

    assert ids(store, *where) == expected
    assert records.count(store.read(), ORDER, where) == len(expected)


def test_columns_sort_records(store: Store) -> None:
    fill(store)

    assert ids(store, order=[("city", "desc"), ("cents", "desc")]) == ["o4", "o3", "o2", "o1", "o0"]


def test_equal_records_keep_their_order(store: Store) -> None:
    fill(store)
    with store.atomic() as tx:
        records.put(tx, ORDER, order(0, "paid"), cents=0, sizes=0)

    assert ids(store, order=[("status", "asc")]) == ["o1", "o3", "o0", "o2", "o4"]


def test_page_is_stored_json(store: Store) -> None:
    fill(store)

    page = records.page(store.read(), ORDER, [], [], 2, 3)

    assert page == [ORDER.dialect(order(3, "open", "Lagos")), ORDER.dialect(order(4, "paid", "Lagos"))]


def test_changed_record_changes_its_columns(store: Store) -> None:
    fill(store)

    with store.atomic() as tx:
        records.update(tx, ORDER, order(1, "gone"))

    assert ids(store, ("status", "=", "gone")) == ["o1"]
    assert records.own(store.read(), ORDER, "o1") == {"cents": 100, "sizes": 2}


def test_unknown_column_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match=r"no column 'nothing'; it has cents, city, id, .*status"):
        ids(store, ("nothing", "=", 1))


def test_file_reads_in_any_tool(store: Store, path: Path) -> None:
    fill(store)

    with sqlite3.connect(path) as tool:
        rows = tool.execute("SELECT id, status, city, cents FROM acme_order WHERE status = 'open'").fetchall()
    tool.close()

    assert rows == [("o1", "open", "Cebú", 100), ("o3", "open", "Lagos", 300)]


def test_new_kind_joins_old_file(store: Store, path: Path) -> None:
    fill(store)
    ticket = Kind("acme", "ticket", "id", (Column("code", path="$.code"),))

    schema.prepare(path, (*KINDS, ticket), "OFF")
    with store.atomic() as tx:
        records.put(tx, ticket, {"id": "t1", "code": "A"})

    assert records.find(store.read(), ticket, ("code", "=", "A")) == [{"id": "t1", "code": "A"}]
    assert len(ids(store)) == 5


def test_new_column_joins_old_file(store: Store, path: Path) -> None:
    fill(store)
    store.close()
    wider = replace(ORDER, columns=(*ORDER.columns, Column("town", path="$.buyer.city")))

    schema.prepare(path, (wider, COUNTER), "OFF")
    reopened = Store(path, Clock(), 0, "OFF")
    rows = records.find(reopened.read(), wider, ("town", "=", "Lagos"))
    own_columns = records.own(reopened.read(), wider, "o1")
    reopened.close()

    assert [record["orderId"] for record in rows] == ["o3", "o4"]
    assert own_columns == {"cents": 100, "sizes": 2}


def test_value_of_ours_that_rows_lack_is_named(store: Store, path: Path) -> None:
    wider = replace(ORDER, columns=(*ORDER.columns, Column("seen", "INTEGER")))
    fill(store)
    before = objects(path)

    with pytest.raises(DataError, match=r"its table acme_order has no seen\. .* make the world anew"):
        schema.prepare(path, (wider, COUNTER), "OFF")

    assert objects(path) == before
    optional = replace(ORDER, columns=(*ORDER.columns, Column("seen", "INTEGER", may_lack=True)))
    schema.prepare(path, (optional, COUNTER), "OFF")
    assert records.own(store.read(), optional, "o1") == {"cents": 100, "sizes": 2, "seen": None}


def test_table_without_rows_lacks_nothing(store: Store, path: Path) -> None:
    wider = replace(ORDER, columns=(*ORDER.columns, Column("seen", "INTEGER")))
    with store.atomic() as tx:
        for id in ids(store):
            records.delete(tx, ORDER, id)
    schema.prepare(path, (wider, COUNTER), "OFF")
    assert records.own(store.read(), wider, "o1") == {}


def test_new_column_is_indexed(store: Store, path: Path) -> None:
    store.close()
    wider = replace(ORDER, columns=(*ORDER.columns, Column("town", path="$.buyer.city")))

    schema.prepare(path, (wider, COUNTER), "OFF")
    with sqlite3.connect(path) as tool:
        indexed = tool.execute("PRAGMA index_info(acme_order_town)").fetchall()
    tool.close()

    assert [name for _, _, name in indexed] == ["town"]


def test_prepared_file_is_left_alone(store: Store, path: Path) -> None:
    fill(store)
    store.checkpoint()
    before = path.read_bytes()

    schema.prepare(path, KINDS, "OFF", seed=99)

    assert path.read_bytes() == before


def test_foreign_file_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as tool:
        tool.execute("CREATE TABLE theirs (a)")
    tool.close()

    with pytest.raises(DataError, match=r"world\.db is not a world"):
        schema.prepare(path, KINDS, "OFF")

    with sqlite3.connect(path) as tool:
        assert tool.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]
    tool.close()


def test_later_version_is_refused(store: Store, path: Path) -> None:
    store.read().conn.execute("PRAGMA user_version = 99")

    with pytest.raises(DataError, match="written by a later mockmarket"):
        schema.prepare(path, KINDS, "OFF")


STEPS = {
    "0007 endpoints have notes": "ALTER TABLE endpoint ADD COLUMN note TEXT NOT NULL DEFAULT '';\nUPDATE endpoint SET note = url;\n",
    "0008 claims have no index": "DROP INDEX claim_record;\n",
}
ENDPOINT = """INSERT INTO endpoint (id, vendor, owner, url, secret, headers, active, failures, mutes, created_at, updated_at, data)
  VALUES ('e', 'acme', '', 'http://a', 's', '', 1, 0, 0, 0, 0, '{}')"""


def objects(path: Path) -> list[tuple[str, str]]:
    """Return the names of all tables and indexes of a file with their SQL."""
    with closing(sqlite3.connect(path)) as tool:
        return tool.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


@pytest.mark.parametrize("count", [1, 2])
def test_steps_bring_an_older_file_up(store: Store, path: Path, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    store.read().conn.execute(ENDPOINT)
    store.close()
    before = schema.STEPS
    for steps in range(1, count + 1):
        monkeypatch.setattr(schema, "STEPS", {**before, **dict([*STEPS.items()][:steps])})
        schema.prepare(path, KINDS, "OFF")
    schema.prepare(path.with_name("new.db"), KINDS, "OFF")

    with closing(sqlite3.connect(path)) as tool:
        assert tool.execute("SELECT note FROM endpoint").fetchall() == [("http://a",)]
        assert tool.execute("PRAGMA user_version").fetchone() == (schema.FIRST + len(before) + count,)
    assert objects(path) == objects(path.with_name("new.db"))
    assert not schema.lacks(path, KINDS)


def test_steps_are_taken_all_or_none(store: Store, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.close()
    before = objects(path)
    with monkeypatch.context() as patched:
        patched.setattr(schema, "STEPS", {**schema.STEPS, **STEPS, "0009 fails": "DROP INDEX no_such_index;\n"})
        with pytest.raises(sqlite3.OperationalError, match="no such index"):
            schema.upgrade(path, KINDS, "OFF")

    assert objects(path) == before
    assert not schema.lacks(path, KINDS)


CHANGED = {
    "column less": (Column("status", path="$.status"), Column("cents", "INTEGER")),
    "other path": (Column("status", path="$.buyer.city"), Column("cents", "INTEGER")),
    "other type": (Column("status", path="$.status"), Column("cents", "TEXT")),
    "no index": (Column("status", path="$.status", index=False), Column("cents", "INTEGER", index=False)),
    "other order": (Column("cents", "INTEGER"), Column("status", path="$.status")),
    "own value": (Column("status"), Column("cents", "INTEGER")),
}


@pytest.mark.parametrize("columns", CHANGED.values(), ids=[*CHANGED])
def test_table_of_records_is_made_anew_from_its_rows(store: Store, path: Path, columns: tuple[Column, ...]) -> None:
    fill(store)
    with store.atomic() as tx:
        records.delete(tx, ORDER, "o2")
    rows = store.read().conn.execute("SELECT rowid, id, data, cents FROM acme_order ORDER BY rowid").fetchall()
    store.close()
    changed = replace(ORDER, columns=columns)

    schema.prepare(path, (changed, COUNTER), "OFF")
    schema.prepare(path.with_name("new.db"), (changed, COUNTER), "OFF")

    with closing(sqlite3.connect(path)) as tool:
        again = tool.execute("SELECT rowid, id, data, CAST(cents AS INTEGER) FROM acme_order ORDER BY rowid").fetchall()
        statuses = {status for (status,) in tool.execute("SELECT status FROM acme_order")}
    assert again == rows
    assert statuses == ({"Cebú", "Lagos"} if columns is CHANGED["other path"] else {"open", "paid"})
    assert objects(path) == objects(path.with_name("new.db"))


def test_earlier_version_is_refused_in_words(store: Store, path: Path) -> None:
    store.read().conn.execute("PRAGMA user_version = 4")

    with pytest.raises(
        DataError, match=r"earlier mockmarket \(schema 4, this one opens 5 and later\)\. .* make the world anew"
    ):
        schema.prepare(path, KINDS, "OFF")


def test_vendor_that_came_later_is_named(store: Store, path: Path) -> None:
    with pytest.raises(DataError, match=r"it has no records of the vendor other\. .* make the world anew"):
        schema.prepare(path, (*KINDS, Kind("other", "order", "id")), "OFF")


def test_other_bytes_are_refused(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)

    with pytest.raises(DataError, match=r"world\.db cannot be opened as a SQLite database"):
        schema.prepare(path, KINDS, "OFF")


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere"):
        connect(tmp_path / "nowhere" / "world.db")


@pytest.mark.parametrize(
    ("trouble", "cure", "words"),
    [
        ("PRAGMA query_only = ON", "PRAGMA query_only = OFF", "readonly"),
        ("PRAGMA max_page_count = 1", "PRAGMA max_page_count = 100000", "full"),
    ],
    ids=["read-only", "disk full"],
)
def test_failed_write_loses_no_row(store: Store, trouble: str, cure: str, words: str) -> None:
    fill(store)
    store.read().conn.execute(trouble)
    large = order(9, "x" * 100_000)

    with pytest.raises(sqlite3.OperationalError, match=words), store.atomic() as tx:
        records.put(tx, ORDER, large, cents=0, sizes=0)
    store.read().conn.execute(cure)
    with store.atomic() as tx:
        records.put(tx, ORDER, large, cents=0, sizes=0)

    assert ids(store) == ["o0", "o1", "o2", "o3", "o4", "o9"]


def test_locked_file_is_waited_for(store: Store, path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    store.read()

    with ThreadPoolExecutor(1) as writer:
        write = writer.submit(increase, store, 1)
        connection.execute("COMMIT")
        write.result(10)
    connection.close()

    assert records.get(store.read(), COUNTER, "c") == {"id": "c", "count": 1}


def test_locked_file_fails_in_words(store: Store, path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None, timeout=0)
    connection.execute("BEGIN IMMEDIATE")
    store.read().conn.execute("PRAGMA busy_timeout = 0")

    with pytest.raises(sqlite3.OperationalError, match="locked"):
        increase(store, 1)
    connection.execute("ROLLBACK")
    connection.close()
    increase(store, 1)

    assert records.get(store.read(), COUNTER, "c") == {"id": "c", "count": 1}


def test_replacing_takes_everything(store: Store, tmp_path: Path) -> None:
    other_store = open_store(tmp_path / "other # 100%.db")
    fill(other_store)
    other_store.clock.reset(Setting(frozen_at=NOW))
    other_store.keep_clock()
    with other_store.atomic() as tx:
        tx.ids.uuid()
    other_store.copy_to(tmp_path / "copy of # 100%.db")
    with other_store.atomic() as tx:
        expected = tx.ids.raw(8)
    other_store.close()

    store.replace_with(tmp_path / "copy of # 100%.db")

    assert len(ids(store)) == 5
    assert store.clock.now() == NOW
    with store.atomic() as tx:
        assert tx.ids.raw(8) == expected


def test_replacing_reaches_every_thread(store: Store, tmp_path: Path) -> None:
    other_store = open_store(tmp_path / "other.db")
    fill(other_store)
    other_store.checkpoint()
    other_store.close()

    with ThreadPoolExecutor(1) as reader:
        before = reader.submit(ids, store).result(5)
        store.replace_with(tmp_path / "other.db")
        after = reader.submit(ids, store).result(5)

    assert (len(before), len(after)) == (0, 5)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted as Linux shows them")
def test_files_that_were_left_are_closed(store: Store, tmp_path: Path) -> None:
    other_store = open_store(tmp_path / "other.db")
    fill(other_store)
    other_store.checkpoint()
    other_store.close()

    def deleted_files() -> list[str]:
        names = (os.readlink(path) for path in Path("/proc/self/fd").iterdir() if path.exists() or path.is_symlink())
        return [name for name in names if name.startswith(str(tmp_path)) and name.endswith("(deleted)")]

    gc.disable()
    try:
        with ThreadPoolExecutor(1) as reader:
            for _ in range(5):
                store.replace_with(tmp_path / "other.db")
                assert len(reader.submit(ids, store).result(5)) == 5
            assert deleted_files() == []
    finally:
        gc.enable()


def test_reader_of_a_left_file_reads_on(store: Store, tmp_path: Path) -> None:
    fill(store)
    store.copy_to(tmp_path / "copy.db")
    read = store.read()
    rows = read.conn.execute("SELECT value FROM meta")
    store.replace_with(tmp_path / "copy.db")
    store.replace_with(tmp_path / "copy.db")

    assert next(rows) is not None
    assert len(records.find(read, ORDER)) == len(records.find(store.read(), ORDER)) == 5


@pytest.mark.parametrize("content", [b"", b"no database" * 1000, "foreign"], ids=["empty", "bytes", "foreign"])
def test_replacing_is_all_or_nothing(store: Store, tmp_path: Path, content: bytes | str) -> None:
    fill(store)
    source = tmp_path / "source.db"
    if isinstance(content, bytes):
        source.write_bytes(content)
    else:
        with sqlite3.connect(source) as tool:
            tool.execute("CREATE TABLE theirs (a)")
        tool.close()

    with pytest.raises(DataError, match=r"^source\.db (is not a world's|cannot be opened as a SQLite) database"):
        store.replace_with(source)

    assert len(ids(store)) == 5
    assert store.meta()["seed"] == 7
    assert list(tmp_path.glob("*@*")) == []


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("config", "level"),
    [({}, 0), ({"data": "kept"}, 1), ({"data": "kept", "durable": True}, 2)],
    ids=["ephemeral", "kept", "durable"],
)
def test_durable_sets_synchronous_full(tmp_path: Path, config: dict[str, Any], level: int) -> None:
    options = config | ({"data": tmp_path / config["data"]} if "data" in config else {})
    app = create_app(Config(fixture="small", **options))

    synchronous = app.worlds.get("main").read().conn.execute("PRAGMA synchronous").fetchone()
    app.close(1)

    assert synchronous == (level,)


@pytest.mark.thorough
def test_kept_world_comes_back(tmp_path: Path) -> None:
    first = create_app(Config(fixture="small", data=tmp_path))
    with first.worlds.get("main").atomic() as tx:
        drawn = tx.ids.uuid()
    first.worlds.put("other", "small")
    first.close(1)

    second = create_app(Config(fixture="small", data=tmp_path))
    names = second.worlds.names()
    with second.worlds.get("main").atomic() as tx:
        next_drawn = tx.ids.uuid()
    second.close(1)

    assert names == ["main", "other"]
    assert next_drawn != drawn


def test_data_folder_has_one_server(tmp_path: Path) -> None:
    first = create_app(Config(fixture="small", data=tmp_path))

    with pytest.raises(InUse, match="Another mockmarket serves"):
        create_app(Config(fixture="small", data=tmp_path))
    first.close(1)

    create_app(Config(fixture="small", data=tmp_path)).close(1)


@pytest.mark.thorough
def test_second_process_is_refused(tmp_path: Path) -> None:
    first = create_app(Config(fixture="small", data=tmp_path / "kept"))
    command = [sys.executable, "-m", "mockmarket", "serve", "--port", "0", "--fixture", "small"]

    second = subprocess.run(
        [*command, "--data", tmp_path / "kept"], capture_output=True, text=True, timeout=30, env=os.environ
    )
    first.close(1)

    assert second.returncode != 0
    assert "Another mockmarket serves" in second.stderr
    assert "Traceback" not in second.stderr


def test_unusable_data_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "lock.db").mkdir()

    with pytest.raises(DataError, match=r"lock\.db"):
        create_app(Config(fixture="small", data=tmp_path))


def test_endpoint_s_health_is_read_again_and_other_endpoints_are_not(store: Store) -> None:
    id, other = "0b0e3830-c2a9-4680-85b0-8307aaaabbbb", "other"
    with store.atomic() as tx:
        for name in (id, other):
            endpoints.put(tx, Endpoint(name, "acme", "http://127.0.0.1:9/hooks", "s" * 24, tx.now, tx.now))
    cached = endpoints.get(store.read(), other)
    assert endpoints.get(store.read(), id.upper()) == endpoints.get(store.read(), id)
    assert [row.failures for row in endpoints.all(store.read())] == [0, 0]

    with store.atomic() as tx:
        endpoints.update_health(tx, id, Health(failures=3), "No answer.")
        within = [endpoints.get(tx, id), *endpoints.all(tx)]
        assert endpoints.get(store.read(), other) is cached

    after = [endpoints.get(store.read(), id), endpoints.get(store.read(), id.upper())]
    assert [row.failures for row in (*within, *after, *endpoints.all(store.read())) if row] == [3, 3, 0, 3, 3, 3, 0]
    assert endpoints.get(store.read(), other) is cached


def test_row_cache_keeps_a_bounded_number_of_versions() -> None:
    cache = RowCache()
    cache.get("endpoint", "kept", lambda: 1)

    for number in range(MOST_ROWS * 2):
        cache.forget("endpoint", number)

    assert len(cache._versions) <= MOST_ROWS + 1
    assert cache.get("endpoint", "kept", lambda: 2) == 2


def test_endpoint_of_a_failed_transaction_is_not_remembered(store: Store) -> None:
    row = Endpoint("end_1", "acme", "http://127.0.0.1:9/", "s", 0, 0)
    with store.atomic() as tx:
        endpoints.put(tx, row)
    with suppress(RuntimeError), store.atomic() as tx:
        endpoints.put(tx, replace(row, url="http://127.0.0.1:9/other"))
        assert endpoints.get(tx, "end_1") != row
        raise RuntimeError

    with store.atomic() as tx:
        assert endpoints.get(tx, "end_1") == row
        endpoints.delete(tx, "end_1")
        assert endpoints.get(tx, "end_1") is None


def test_steps_run_once_when_the_writer_is_free(store: Store) -> None:
    writer = store.writer
    steps: list[str] = []
    with ThreadPoolExecutor(1) as other:
        writer.when_free(lambda: steps.append("at once"))
        with writer:
            other.submit(writer.when_free, lambda: steps.append("afterwards")).result()
            before = (*steps,), other.submit(writer.is_free).result(), writer.is_awaited
        after = (*steps,), writer.is_awaited
    with writer:
        pass

    assert before == (("at once",), False, True)
    assert after == (("at once", "afterwards"), True)
    assert (len(steps), writer.is_awaited) == (2, False)


def test_no_step_is_left_when_the_writer_is_taken_meanwhile(store: Store) -> None:
    writer = store.writer
    done: list[int] = []

    def take() -> None:
        for _ in range(3_000):
            with writer:
                pass

    with ThreadPoolExecutor(2) as others:
        taking = [others.submit(take) for _ in range(2)]
        for number in range(3_000):
            if not writer.is_free():
                writer.when_free(partial(done.append, number))
            else:
                done.append(number)
        for each in taking:
            each.result()

    assert sorted(done) == [*range(3_000)]
