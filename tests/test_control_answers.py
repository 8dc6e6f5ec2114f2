"""The control plane's operations, each called once: its answer is what it declares, keys in order, nothing more, nothing less."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mockmarket import control
from mockmarket.api.operations import load
from mockmarket.config import Config
from mockmarket.control.base import SQLITE
from mockmarket.records import Row
from tests.conftest import Client
from tests.receiver import Receiver
from tests.running import buy, listen, serving, settled, talking_to
from tests.shapes import hold

OPERATIONS = {row.id: row for row in control.OPERATIONS}
ENDPOINT = {"vendor": "portal", "url": "http://localhost:9/hooks"}
FAULT = {"fault": "slow", "vendor": "portal"}
BODIES: Mapping[str, Any] = {
    "put_world": {"fixture": "small"},
    "update_settings": {"core": {}},
    "set_clock": {"frozen": True},
    "advance_clock": {"seconds": 1},
    "create_key": {"vendor": "portal", "name": "another"},
    "update_key": {"description": "Changed."},
    "create_endpoint": ENDPOINT,
    "update_endpoint": {"owner": "somebody"},
    "trigger_notice": {},
    "add_fault": FAULT,
    "replace_faults": {"faults": [FAULT]},
    "run_action": {"event": "1001"},
    "find_requests": {},
    "count_requests": {},
    "resend_deliveries": {"endpoint": "end_none"},
    "drop_deliveries": {"endpoint": "end_none"},
    "wait": {"for": "deliveries"},
    "run_scenario": {},
    "step_scenario": {},
    "start_scenario": {},
    "examine_receiver": {"vendor": "portal", "secret": "whsec_local", "only": ["good"], "settle_s": 0},
}
"""What is sent to the operations that take a body."""
QUERIES = {"delete_worlds": "?prefix=no-such-"}
"""The query parameters that operations require."""
BEFORE = {
    "delete_world",
    "restore_snapshot",
    "delete_snapshot",
    "get_fault",
    "delete_fault",
    "get_run",
    "stop_run",
    "list_runs",
}
"""Operations about what another one has to have made."""
LONG = {"list_scenarios", "run_scenario", "get_run", "stop_run", "list_runs"}
"""Operations that take a second or more, or come after such a one."""


@pytest.fixture
def parts(client: Client, receiver: Receiver) -> dict[str, str]:
    """Return the parts of every path, about things that there are."""
    listen(client, receiver.url)
    order = buy(client)["orderId"]
    [delivery] = settled(client)
    key, endpoint = (client.control("GET", kind)[kind][0]["id"] for kind in ("keys", "endpoints"))
    return {
        "keys": key, "endpoints": endpoint, "deliveries": delivery["id"], "requests": delivery["cause"], "record": order,
        "worlds": client.world.name, "snapshots": "kept", "faults": "on", "scenarios": "double-sale-race",
    }  # fmt: skip


def path_of(row: Row, parts: Mapping[str, str]) -> str:
    """Return an operation's path, filled."""
    subject = row.path.split("/")[1]
    name = "cancel_event" if "/actions/" in row.path else parts.get(subject, "")
    vendor = "core" if row.id == "run_action" else "portal"
    id = parts["record"] if subject == "records" else parts.get("runs" if "/runs/" in row.path else subject, "")
    return row.path.format(vendor=vendor, kind="order", notice="order.confirmed", name=name, id=id)


def prepare(client: Client, row: Row, parts: dict[str, str]) -> None:
    """Make what an operation is about."""
    if row.id == "delete_world":
        parts["worlds"] = client.control("PUT", f"worlds/{client.world.name}-doomed", {"fixture": "small"})["name"]
    client.control("POST", "snapshots/kept")
    client.control("POST", "faults", FAULT | {"id": "on"})
    if "/runs/" in row.path:
        parts["runs"] = client.control("POST", f"scenarios/{parts['scenarios']}/run", {})["id"]


OF_SERVERS = ("move_world", "drain", "end_drain")
"""Operations about a whole server, which no other test may share; the first needs two."""
READING = [id for id, row in OPERATIONS.items() if row.method == "GET" and id not in BEFORE | LONG]
"""Operations that change nothing, so that one world is enough for all of them."""
CHANGING = [id for id in OPERATIONS if id not in (*READING, *OF_SERVERS)]


def test_answers_to_reading_are_as_declared(client: Client, receiver: Receiver, parts: dict[str, str]) -> None:
    assert READING

    for id in READING:
        check_answer(id, client, parts, sent(id, client, receiver))


@pytest.mark.parametrize("id", [pytest.param(id, marks=pytest.mark.thorough) if id in LONG else id for id in CHANGING])
def test_answer_is_as_declared(id: str, client: Client, receiver: Receiver, parts: dict[str, str]) -> None:
    if id in BEFORE:
        prepare(client, OPERATIONS[id], parts)

    check_answer(id, client, parts, sent(id, client, receiver))


def test_servers_answers_are_as_declared() -> None:
    with serving(Config(fixture="small")) as served, serving(Config(fixture="small")) as other:
        served.app.worlds.put("moving", "small")
        client = talking_to(served, "main")

        for id in OF_SERVERS:
            check_answer(id, client, {"worlds": "moving"}, {"json": {"to": other.url} if id == "move_world" else None})


def check_answer(id: str, client: Client, parts: Mapping[str, str], content: Mapping[str, Any]) -> None:
    """Call an operation with what is sent to it, and hold its answer to what the operation declares."""
    row, operation = OPERATIONS[id], load(OPERATIONS[id])
    answer = client.call(row.method, f"{control.BASE}{path_of(row, parts)}{QUERIES.get(id, '')}", **content)

    declared = {declared.status: declared.shape for declared in operation.answers}
    assert answer.status_code in declared, f"{id}: {answer.text}"
    shape = declared[answer.status_code]
    if shape is not None and not isinstance(shape, dict):
        hold(answer, shape)


def sent(id: str, client: Client, receiver: Receiver) -> dict[str, Any]:
    """Return what is sent to an operation: JSON, or the file that a world is put to."""
    if id == "import_state":
        return {"data": client.get(f"{control.BASE}/state").content, "headers": {"Content-Type": SQLITE[0]}}
    body = BODIES.get(id)
    return {"json": {**(body or {}), "url": receiver.url} if id == "examine_receiver" else body}


def test_every_body_is_sent() -> None:
    taking = {id for id, row in OPERATIONS.items() if load(row).body is not None}

    assert taking - {"import_state", "move_world"} == set(BODIES)


def test_every_operation_is_in_a_section() -> None:
    modules = {row.handler.partition(":")[0].rpartition(".")[2] for row in control.OPERATIONS}

    assert modules == set(control.SECTIONS)


def test_operations_have_names_of_their_own() -> None:
    assert len(OPERATIONS) == len(control.OPERATIONS)


def test_first_hundred_errors_are_listed(client: Client) -> None:
    answer = client.post("/_mockmarket/keys", {"vendor": "portal", "name": "x"} | {f"m{n}": n for n in range(5_000)})

    details = answer.json()["error"]["details"]
    assert (answer.status_code, len(details)) == (400, 101)
    assert details[-1] == {"field": "body", "message": "There are 4,900 more errors."}
