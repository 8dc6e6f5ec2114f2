"""docs/vendors/ticketnation.md lists what Ticketnation has, all of it and nothing else."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from mockmarket.api.operations import Operation
from mockmarket.errors import Internal, Refusal
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.rules import events, seeding
from mockmarket.vendors.ticketnation.scheme import HEADERS
from mockmarket.vendors.ticketnation.vendor import VENDOR
from mockmarket.webhooks.signing import Sending
from tests.conftest import Client
from tests.shapes import argument_names, operation_of, statuses
from tests.vendors.pages import Page, codes, plain
from tests.vendors.ticketnation import CALLS, FULL, Desk, data, opened

PAGE = Page(VENDOR)
ROWS = PAGE.tables["call"]


def operation(call: str) -> Operation:
    """Return the operation of a call as the page lists it."""
    return operation_of(VENDOR, *call.split(" "))


def test_shared_tables_are_true() -> None:
    assert PAGE.untrue_words() == []


def test_calls_table_is_whole() -> None:
    listed = [plain(row[0]) for row in ROWS]

    assert listed == [call.name for call in CALLS]
    assert listed == [f"{row.method} {row.template}" for row in VENDOR.api.operations]


@pytest.mark.parametrize(
    ("call", "row"), [(call, row) for call, row in zip(CALLS, ROWS, strict=True)], ids=lambda one: str(one)[:40]
)
def test_call_is_as_listed(call: Any, row: list[str]) -> None:
    listed = operation(call.name)

    assert plain(row[1]) == (call.scope or "any key")
    assert codes(row[2]) == argument_names(listed)
    assert {int(status) for status in row[3].split(", ")} == statuses(listed)


def test_every_call_has_its_evidence() -> None:
    assert [plain(row[0]) for row in PAGE.tables["what"]][: len(CALLS)] == [call.name for call in CALLS]


def test_evidence_is_sound() -> None:
    assert PAGE.evidence_gaps() == []


def test_flow_table_is_true() -> None:
    assert {plain(state): tuple(codes(later)) for state, later in PAGE.tables["from"]} == dict(events.FLOW.moves)


def test_headers_table_is_true() -> None:
    sent = [name for name, _ in HEADERS(Sending("order.completed", "n", "d", 1, b"{}", 0, ("secret",)))]

    assert ["Content-Type", *PAGE.pairs("header")] == sent


def test_codes_table_is_true() -> None:
    kinds: list[tuple[type[Refusal], str]] = [*wire.CODES, (Refusal, "VALIDATION_ERROR"), (Internal, "INTERNAL_ERROR")]
    listed = {plain(code): int(status) for code, status, _ in PAGE.tables["code"]}

    assert listed == {code: kind.status for kind, code in kinds}


def test_fixture_table_is_true() -> None:
    assert list(PAGE.pairs("field")) == list(seeding.Section.__annotations__)


def test_bodies_table_is_true(client: Client) -> None:
    desk = opened(client)
    listed = {plain(type): codes(keys) for type, keys in PAGE.tables["body of"]}

    for type in listed:
        desk.client.control("POST", f"ticketnation/trigger/{type}", {})

    told = [json.loads(one["body"]) for one in desk.notices()]
    assert {one["type"]: list(one["data"]) for one in told} == listed


def test_purchase_on_the_page_works(client: Client) -> None:
    client.begin_as("default")
    body = json.loads(next(block for block in re.findall(r"```json\n(.*)\n```", PAGE.text) if "ticketId" in block))

    answer = Desk(client).act("buy", **body)

    assert answer.status_code == 200, answer.text


def test_call_on_the_page_works(client: Client) -> None:
    client.begin_as("default")
    path = re.search(r'8000/ticketnation/open-api/v1(/[^"]*)"', PAGE.text)

    answer = Desk(client).act_as(FULL).get(path[1] if path else "")

    assert len(data(answer)) == 5
