"""Tables for people: aligned, as wide as the terminal, coloured on a terminal alone; text on a terminal, JSON elsewhere."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from types import MappingProxyType

import pytest

from mockmarket.cli import tables
from tests.conftest import Client
from tests.test_cli_daily import target
from tests.test_cli_exec import CLEAN

ROWS: list[dict[str, object]] = [
    {"id": "a", "state": "delivered", "note": "short"},
    {"id": "bc", "state": "failed", "note": None},
]
COLUMNS: tables.Columns = {"ID": "id", "STATE": "state", "NOTE": "note"}
COLOUR = re.compile(r"\x1b\[\d+m")


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Make standard output a terminal without colours, 80 columns wide."""
    monkeypatch.setattr(tables, "is_terminal", lambda stream: True)
    monkeypatch.setattr(tables, "has_colours", lambda stream: False)
    monkeypatch.setenv("COLUMNS", "80")
    return monkeypatch


def test_columns_are_aligned() -> None:
    assert tables.table(ROWS, COLUMNS).splitlines() == [
        "ID  STATE      NOTE",
        "a   delivered  short",
        "bc  failed     -",
    ]


def test_table_without_rows_is_a_sentence() -> None:
    assert tables.table([], COLUMNS, "There is nothing.") == "There is nothing."


def test_wide_letters_take_two_columns() -> None:
    assert tables.table(
        [{"id": "青鷺座", "state": "x"}, {"id": "é\u0301", "state": "y"}], {"ID": "id", "STATE": "state"}
    ).splitlines() == [
        "ID      STATE",
        "青鷺座  x",
        "é\u0301       y",
    ]


def test_control_characters_reach_no_terminal() -> None:
    assert "\x1b" not in tables.table([{"id": "\x1b[2Jx\ny"}], {"ID": "id"})


def test_pipe_has_room_for_all() -> None:
    assert "x" * 500 in tables.table([{"id": "a", "note": "x" * 500}], {"ID": "id", "NOTE": "note"})


def test_widest_column_is_cut_to_the_screen(screen: pytest.MonkeyPatch) -> None:
    lines = tables.table([{"id": "a" * 20, "state": "delivered", "note": "x" * 500}], COLUMNS).splitlines()

    assert [len(line) for line in lines][1] == 80
    assert lines[1].startswith(f"{'a' * 20}  delivered  xxx")
    assert lines[1].endswith("x…")


def test_last_columns_give_way_on_a_narrow_screen(screen: pytest.MonkeyPatch) -> None:
    screen.setenv("COLUMNS", "24")

    lines = tables.table([{"id": "a" * 12, "state": "delivered", "note": "x" * 500}], COLUMNS).splitlines()

    assert lines == ["ID            STATE", f"{'a' * 12}  delivered"]


def test_first_column_is_never_cut(screen: pytest.MonkeyPatch) -> None:
    screen.setenv("COLUMNS", "10")

    assert tables.table([{"id": "a" * 36, "state": "x"}], COLUMNS).splitlines() == ["ID", "a" * 36]


def test_details_have_lists_of_objects_as_tables() -> None:
    record = {"id": "d1", "state": "failed", "tags": ["a"], "attempts": [{"number": 1, "request": {"x": 1}}]}

    assert tables.details(record).splitlines() == [
        "id     d1",
        "state  failed",
        'tags   ["a"]',
        "",
        "attempts",
        "number",
        "1",
    ]


def on_terminal(*arguments: str, columns: int = 100, environ: Mapping[str, str] = MappingProxyType({})) -> str:
    """Run a command on a terminal; returns what it shows there."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    variables = (
        {name: value for name, value in CLEAN.items() if name not in ("NO_COLOR", "COLUMNS")}
        | {"TERM": "xterm"}
        | dict(environ)
    )
    try:
        subprocess.run(
            [sys.executable, "-m", "mockmarket", *arguments], stdout=slave, env=variables, check=True, timeout=30
        )
    finally:
        os.close(slave)
    page = b""
    try:
        while part := os.read(master, 65_536):
            page += part
    except OSError:  # Linux: the terminal's other end is closed
        pass
    finally:
        os.close(master)
    return page.decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("options", "environ", "starts"),
    [
        ([], {}, "ID "),
        (["--json"], {}, "["),
        ([], {"MOCKMARKET_JSON": "1"}, "["),
    ],
)
def test_terminal_shows_text_unless_json_is_wanted(
    client: Client, options: list[str], environ: dict[str, str], starts: str
) -> None:
    client.get("/api/v1/events")

    assert on_terminal("requests", *options, *target(client), environ=environ).startswith(starts)


def test_elsewhere_the_answer_is_json(client: Client) -> None:
    command = [sys.executable, "-m", "mockmarket", "requests", *target(client)]
    client.get("/api/v1/events")

    piped = subprocess.run(command, stdout=subprocess.PIPE, env=CLEAN, check=True, timeout=30).stdout

    assert [row["path"] for row in json.loads(piped)] == ["/api/v1/events"]


@pytest.mark.thorough
def test_terminal_has_colours_and_a_width(client: Client) -> None:
    client.get("/api/v1/events", x="y")
    client.get("/api/v1/" + "x" * 200)

    page = on_terminal("requests", *target(client), columns=90)

    assert COLOUR.findall(page)
    assert max(len(COLOUR.sub("", line)) for line in page.splitlines()) <= 90
    assert not COLOUR.findall(on_terminal("requests", *target(client), environ={"NO_COLOR": "1"}))
    assert not COLOUR.findall(on_terminal("requests", *target(client), environ={"TERM": "dumb"}))
