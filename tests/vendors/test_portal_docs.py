"""docs/vendors/portal.md lists what the portal has, all of it and nothing else."""

from __future__ import annotations

import importlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mockmarket.seed import reading
from mockmarket.vendors.portal import rules
from mockmarket.vendors.portal.records import EventQuery, InventoryQuery, NewOrder, StatusChange
from mockmarket.vendors.portal.scheme import HEADERS
from mockmarket.vendors.portal.vendor import VENDOR
from mockmarket.webhooks.signing import Sending
from tests.vendors.portal import declared

PAGE = Path(__file__).parents[2] / "docs" / "vendors" / "portal.md"
MARKS = {"vendor document", "public source", "emulator convention"}
CALLS = ["GET /events", "GET /inventory", "POST /orders", "PATCH /orders"]
SENDING = Sending("order.accepted", "n", "d", 1, b"{}", 1_769_086_190, ("secret",))


@cache
def tables() -> dict[str, list[list[str]]]:
    """Return the page's tables by their first heading, each as rows of cells."""
    found: dict[str, list[list[str]]] = {}
    for block in re.findall(r"(?:^\|.*\|\n)+", PAGE.read_text(encoding="utf-8"), re.MULTILINE):
        heads, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()]
        assert heads[0] not in found, f"two tables begin with {heads[0]}"
        found[heads[0]] = rows
    return found


def plain(cell: str) -> str:
    """Return a cell without the marks of code around it."""
    return cell.removeprefix("`").removesuffix("`")


def pairs(table: str) -> dict[str, str]:
    """Return a table's first two columns."""
    rows = tables()[table]
    assert len({row[0] for row in rows}) == len(rows), f"the table {table} says something twice"
    return {plain(row[0]): plain(row[1]) for row in rows}


def codes(cell: str) -> list[str]:
    """Return what stands as code in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def there_is(path: str) -> bool:
    """Tell whether a dotted path leads to something, in the portal's folder or in the core."""
    return any(leads_somewhere(root, path.split(".")) for root in ("mockmarket.vendors.portal", "mockmarket"))


def leads_somewhere(module: str, steps: list[str]) -> bool:
    """Tell whether steps lead on from a module: to modules first, then to what they hold."""
    found: Any = importlib.import_module(module)
    for step in steps:
        module = f"{module}.{step}"
        if not hasattr(found, step):
            try:
                found = importlib.import_module(module)
            except ModuleNotFoundError:
                return False
        else:
            found = getattr(found, step)
    return True


def test_settings_table_is_true() -> None:
    listed = [(plain(name), json.loads(plain(default)), words) for name, default, words in tables()["setting"]]

    assert listed == [(name, one.default, one.help) for name, one in VENDOR.settings.items()]


def test_notices_table_is_true() -> None:
    assert pairs("notice") == {one.name: one.when for one in VENDOR.webhooks.notices}


def test_actions_table_is_true() -> None:
    listed = [(plain(name), who, does) for name, who, does in tables()["action"]]

    assert listed == [(one.name, one.who, one.help) for one in VENDOR.world.actions]


def test_scopes_table_is_true() -> None:
    assert pairs("scope") == {one.name: one.help for one in VENDOR.api.scopes}


def test_base_urls_table_is_true() -> None:
    assert tuple(pairs("base URL")) == VENDOR.bases


def test_keys_table_is_true() -> None:
    there = {secret: name for name, secret in reading.keys_of(reading.find("default"), "portal")}

    assert pairs("key") == there


def test_calls_table_is_true() -> None:
    listed = {
        tuple(plain(call).split(" ")): {int(status) for status in answers.split(", ")}
        for call, _, _, answers in tables()["call"]
    }

    assert listed == declared()


def test_calls_table_names_every_parameter() -> None:
    takes = {plain(row[0]): [name for name in codes(row[2]) if name] for row in tables()["call"]}

    assert takes == {
        "GET /events": list(EventQuery.__annotations__),
        "GET /inventory": list(InventoryQuery.__annotations__),
        "POST /orders": ["eventId", "quantity", "customer", "listingId", "section", "row"],
        "PATCH /orders": list(StatusChange.__annotations__),
    }
    assert set(takes["POST /orders"]) == set(NewOrder.__annotations__)


def test_calls_table_scopes_exist() -> None:
    assert {plain(row[1]) for row in tables()["call"]} == {scope.name for scope in VENDOR.api.scopes}


@pytest.mark.parametrize(("column", "flow"), [(1, rules.FLOW), (2, rules.ADMIN_FLOW)])
def test_flow_table_is_true(column: int, flow: Any) -> None:
    listed = {plain(row[0]): tuple(codes(row[column])) for row in tables()["from"]}

    assert listed == dict(flow.moves)


def test_headers_table_is_true() -> None:
    sent = [name for name, _ in HEADERS(SENDING)]

    assert ["Content-Type", *pairs("header")] == sent


def test_every_call_has_its_evidence() -> None:
    rows = [plain(row[0]) for row in tables()["what"]]

    assert rows[: len(CALLS)] == CALLS
    assert {tuple(call.split(" ")) for call in CALLS} == set(declared())


def test_evidence_has_one_known_mark() -> None:
    assert {row[1] for row in tables()["what"]} == MARKS


def test_evidence_says_nothing_twice() -> None:
    rows = [row[0] for row in tables()["what"]]

    assert len(set(rows)) == len(rows)


def test_evidence_names_code_that_exists() -> None:
    named = [name for row in tables()["what"] for name in codes(row[2])]

    assert [name for name in named if not there_is(name)] == []
    assert all(codes(row[2]) for row in tables()["what"])


def test_retry_seconds_are_the_timetables() -> None:
    waits = [2**step * VENDOR.settings["retry_base_s"].default for step in range(VENDOR.settings["retries"].default)]
    text = " ".join(PAGE.read_text(encoding="utf-8").split())

    assert f"after {', '.join(map(str, waits[:-1]))} and {waits[-1]} seconds" in text
    assert "at seconds 0, 1, 3, 7, 15 and 31" in text
