"""Every call of Ticketnation's with hostile values in each field: never a 500, never an answer outside what is documented."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mockmarket.vendors.ticketnation.vendor import VENDOR
from tests.conftest import Client
from tests.shapes import argument_names, operation_of, statuses
from tests.vendors.ticketnation import (
    CALLS,
    NEW_EVENT,
    NEW_TICKET,
    Call,
    Desk,
    data,
    error_of,
    event_id,
    opened,
    ticket_id,
)

HOSTILE: tuple[Any, ...] = (None, True, " ", '\x00🎟️ñ₱"\\/', "x" * 5001, -1, 1e308, 10**30, [None], {"a": {}})
BODIES: dict[str, dict[str, Any]] = {
    "POST /events": NEW_EVENT,
    "POST /events/{event}/tickets": NEW_TICKET,
    "POST /events/{event}/performers": {"name": "A"},
    "POST /events/{event}/schedules": {"title": "A", "startTime": "2026-04-01T17:00"},
    "POST /events/{event}/brands": {"name": "A"},
    "POST /webhooks": {"url": "http://127.0.0.1:9/x"},
}


@pytest.fixture
def desk(client: Client) -> Desk:
    return opened(client)


def path_to(desk: Desk, call: Call) -> str:
    """Return a call's path about what there is."""
    path = call.path.replace("{event}", event_id("fest")).replace("{ticket}", ticket_id("fest", "GA"))
    if "{id}" in path:
        path = path.replace("{id}", data(desk.get(path.removesuffix("/{id}")))[0]["id"])
    if "{order}" in path:
        path = path.replace("{order}", data(desk.get("/orders"))[0]["orderId"])
    if "{webhook}" in path:
        path = path.replace("{webhook}", data(desk.post("/webhooks", {"url": "http://127.0.0.1:9/x"}))["id"])
    return path


def hostile(call: Call) -> list[dict[str, Any]]:
    """Return what to send with a call: each of its fields hostile in turn, and nothing at all."""
    place = "json" if operation_of(VENDOR, call.method, call.path).body else "params"
    sent: list[dict[str, Any]] = [{}]
    for name in argument_names(operation_of(VENDOR, call.method, call.path)):
        sent += [{place: BODIES.get(call.name, {}) | {name: value}} for value in HOSTILE]
    return sent


@pytest.mark.thorough
@pytest.mark.parametrize("call", CALLS, ids=[call.name for call in CALLS])
def test_hostile_values_get_documented_answers(desk: Desk, call: Call) -> None:
    documented, path = statuses(operation_of(VENDOR, call.method, call.path)), path_to(desk, call)

    answers = [(options, desk.call(call.method, path, **options)) for options in hostile(call)]

    assert [(options, answer.text) for options, answer in answers if answer.status_code not in documented] == []


@pytest.mark.parametrize("id", ["\x00", "🎟️", "x" * 3000, "%2e%2e", "'; --", "a b"])
def test_hostile_ids_are_not_found(desk: Desk, id: str) -> None:
    wanted = [(call, re.sub(r"\{\w+\}", lambda _: id, call.path)) for call in CALLS if "{" in call.path]

    answers = {call.name: desk.call(call.method, path, json=BODIES.get(call.name, {})) for call, path in wanted}

    assert {name: error_of(answer) for name, answer in answers.items()} == dict.fromkeys(answers, (404, "NOT_FOUND"))
