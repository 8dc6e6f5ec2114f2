"""Fixtures: their formats, the meaning of their dates, what a seed repeats, and the example in their document."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mockmarket.clock import DAY, HOUR, MINUTE, SECOND, parse_iso
from mockmarket.config import Config
from mockmarket.seed import finding, moments, planting, reading
from mockmarket.seed.templates import Templates
from mockmarket.vendor import discover

VENDORS = discover()
START = parse_iso("2026-01-15T12:00:00Z")
LATER = parse_iso("2031-07-04T00:00:00Z")
DOCUMENT = (finding.shipped() / "README.md").read_text("utf-8")


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return what a query finds in a database file."""
    conn = sqlite3.connect(path)
    try:
        return conn.execute(sql).fetchall()
    finally:
        conn.close()


def dump(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of a planted file except the paths of its fixture."""
    tables = [name for (name,) in rows(path, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    data_tables = [name for name in tables if not name.startswith(("_", "sqlite_"))]
    content = {name: rows(path, f"SELECT * FROM {name}") for name in data_tables}
    return content | {"meta": [row for row in content["meta"] if row[0] not in ("fixture", "planted_from")]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for this module's templates."""
    return tmp_path_factory.mktemp("templates")


@pytest.fixture(scope="module")
def templates(folder: Path) -> Templates:
    """Return templates for all vendors, as a server has them."""
    return Templates(folder, Config(), VENDORS)


@pytest.mark.thorough
def test_same_seed_gives_same_world(tmp_path: Path) -> None:
    first, second = (Templates(tmp_path / name, Config(), VENDORS)("small", START, 7)[0] for name in "ab")

    assert dump(first) == dump(second)


def test_other_seed_gives_other_ids(templates: Templates) -> None:
    first, second = (templates("small", START, seed)[0] for seed in (1, 2))

    ids = [{id for (id,) in rows(path, "SELECT id FROM portal_listing")} for path in (first, second)]

    assert len(ids[0]) == len(ids[1]) > 0
    assert not ids[0] & ids[1]


@pytest.mark.thorough
def test_json_fixture_equals_yaml_fixture(templates: Templates, tmp_path: Path) -> None:
    content, _ = reading.read(finding.find("default"))
    twin = tmp_path / "default.json"
    twin.write_text(json.dumps(content, indent="\t"), "utf-8")  # escapes and tabs, which YAML alone would refuse

    worlds = [templates(name, START, None)[0] for name in ("default", str(twin))]

    assert dump(worlds[0]) == dump(worlds[1])


@pytest.mark.thorough
def test_sqlite_file_is_a_fixture(templates: Templates, tmp_path: Path) -> None:
    file = tmp_path / "kept.db"
    file.write_bytes(templates("small", START, 3)[0].read_bytes())
    conn = sqlite3.connect(file)
    conn.execute("UPDATE event SET name = 'Ñandú' WHERE id = '1001'")
    conn.commit()
    conn.close()

    path, start, _ = templates(str(file), LATER, 9)

    assert start == START
    assert dump(path) == dump(file)
    assert rows(path, "SELECT name FROM event WHERE id = '1001'") == [("Ñandú",)]


def test_fixture_is_planted_once(templates: Templates) -> None:
    assert templates("small", START, 0)[0] == templates("small", START, 0)[0]


def test_changed_fixture_is_read_again(templates: Templates, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("venues: []", "utf-8")
    templates(str(file), START, None)
    file.write_text("venues: [{id: v, name: V, city: C}]", "utf-8")

    path, _, _ = templates(str(file), START, None)

    assert rows(path, "SELECT id FROM venue") == [("v",)]


def test_absolute_start_is_the_clocks(templates: Templates, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("start: 2027-03-01T09:00:00Z\nfrozen: true\n", "utf-8")

    _, start, clock = templates(str(file), None, None)

    assert start == clock.frozen_at == parse_iso("2027-03-01T09:00:00Z")


def test_ranges_become_single_rows(templates: Templates, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "venues: [{id: v, name: V, city: C}]\nevents: [{id: e, name: E, venue: v, starts: +1d}]\n"
        "stock: [{event: e, section: [99-101, Box], row: [A-C, NO], seats: 11-18, price: 10, per_row: -2.25}]\n",
        "utf-8",
    )

    stock = rows(templates(str(file), START, None)[0], "SELECT section, row, first_seat, total, price FROM stock")

    assert [row[0] for row in stock[::4]] == ["99", "100", "101", "Box"]
    assert stock[:4] == [
        ("99", "A", 11, 8, 1000),
        ("99", "B", 11, 8, 775),
        ("99", "C", 11, 8, 550),
        ("99", "NO", 11, 8, 325),
    ]


@pytest.mark.parametrize(
    ("text", "zone", "means"),
    [
        ("now", "UTC", START),
        ("+14d", "Asia/Manila", START + 14 * DAY),
        ("-2h30m", "UTC", START - 150 * MINUTE),
        ("+1w1d1h1m1s", "UTC", START + 8 * DAY + HOUR + MINUTE + SECOND),
        ("+1d 19:30", "Asia/Manila", parse_iso("2026-01-16T19:30:00+08:00")),
        ("+0d 00:15", "Pacific/Auckland", parse_iso("2026-01-16T00:15:00+13:00")),
        ("2026-05-01T19:30", "America/New_York", parse_iso("2026-05-01T19:30:00-04:00")),
        ("2026-05-01T19:30Z", "America/New_York", parse_iso("2026-05-01T19:30:00Z")),
        ("2026-05-01", "Europe/Dublin", parse_iso("2026-05-01T00:00:00+01:00")),
        ("+60d 19:30", "America/New_York", parse_iso("2026-03-16T19:30:00-04:00")),  # winter time at the start
        ("+52d 02:30", "America/New_York", parse_iso("2026-03-08T03:30:00-04:00")),  # in the hour that is skipped
        ("+290d 01:30", "America/New_York", parse_iso("2026-11-01T01:30:00-04:00")),  # the first of two
    ],
)
def test_moments_mean_what_they_say(text: str, zone: str, means: int) -> None:
    assert moments.moment(text, START, zone) == means


def test_slow_loading_shows_progress(
    templates: Templates, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(planting, "SLOW_S", 0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)

    templates("small", START, 99)

    progress = capsys.readouterr().err.splitlines()
    assert all(re.fullmatch(r"Loading \w+: \d+ of \d+ \(\d+ %\)", line) for line in progress)
    assert {line.split()[1] for line in progress} >= {"events:", "stock:", "orders:", "portal:"}
    assert progress[-1].endswith("(100 %)")


def test_slow_loading_is_silent_off_a_terminal(
    templates: Templates, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(planting, "SLOW_S", 0)

    templates("small", START, 98)

    assert capsys.readouterr().err == ""


def test_quick_loading_is_silent(templates: Templates, capsys: pytest.CaptureFixture[str]) -> None:
    templates("small", START, 98)

    assert capsys.readouterr().err == ""


def test_documents_example_loads(templates: Templates, tmp_path: Path) -> None:
    file = tmp_path / "readme.yaml"
    file.write_text(DOCUMENT.split("```yaml\n")[1].split("```")[0], "utf-8")

    path, _, _ = templates(str(file), START, None)

    assert rows(path, "SELECT count(*) FROM portal_listing") == [(25,)]


@pytest.mark.thorough
def test_shipped_fixtures_are_all_good(templates: Templates) -> None:
    starts = Counter(templates(name, START, None)[1] for name in finding.names())

    assert starts == {START: len(finding.names())}
