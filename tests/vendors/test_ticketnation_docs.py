"""docs/vendors/ticketnation.md lists what Ticketnation has, all of it and nothing else."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import flask
import pytest

from mockmarket.app import flask_app
from mockmarket.config import Config
from mockmarket.errors import Internal, Refusal
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.rules import publishing, sections
from mockmarket.vendors.ticketnation.vendor import VENDOR
from mockmarket.webhooks.signing import Sending
from tests.conftest import Client
from tests.vendors.pages import Page, codes, plain
from tests.vendors.ticketnation import BASE, CALLS, FULL, Desk, data, opened

PAGE = Page(VENDOR)
ROWS = PAGE.tables["call"]


@cache
def app() -> flask.Flask:
    """Return the vendor's routes."""
    return flask_app(Config(), [VENDOR])


def served() -> set[str]:
    """Return every call that is there, as the page lists them."""
    return {
        f"{method} {rule.rule.removeprefix(BASE).replace('<string:', '{').replace('>', '}')}"
        for rule in app().url_map.iter_rules()
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} & set(rule.methods or ())
        if rule.rule.startswith(f"{BASE}/")
    }


def described(call: str) -> dict[str, Any]:
    """Return what the OpenAPI document is made of for a call."""
    method, path = call.split(" ")
    endpoint, _ = app().url_map.bind("x").match(BASE + re.sub(r"\{\w+\}", "x", path), method)
    view = getattr(app().view_functions[endpoint].view_class, method.lower())  # type: ignore[attr-defined]
    found: dict[str, Any] = view._apidoc
    return found


def arguments(call: str) -> list[tuple[str, str]]:
    """Return what a call takes beside its path, as (where, name); a schema is a class or made, as the document was made or not."""
    given = described(call).get("arguments", {}).get("parameters", [])
    schemas = [(one["in"], one["schema"]() if isinstance(one["schema"], type) else one["schema"]) for one in given]
    return [(place, name) for place, schema in schemas for name in schema.fields]


def test_shared_tables_are_true() -> None:
    assert PAGE.untrue_words() == []


def test_calls_table_is_whole() -> None:
    listed = [plain(row[0]) for row in ROWS]

    assert listed == [call.name for call in CALLS]
    assert set(listed) == served()


@pytest.mark.parametrize(
    ("call", "row"), [(call, row) for call, row in zip(CALLS, ROWS, strict=True)], ids=lambda one: str(one)[:40]
)
def test_call_is_as_listed(call: Any, row: list[str]) -> None:
    answers = described(call.name)["response"]["responses"]

    assert plain(row[1]) == (call.scope or "any key")
    assert codes(row[2]) == [name for _, name in arguments(call.name)]
    assert {int(status) for status in row[3].split(", ")} == set(answers)


def test_every_call_has_its_evidence() -> None:
    assert [plain(row[0]) for row in PAGE.tables["what"]][: len(CALLS)] == [call.name for call in CALLS]


def test_evidence_is_sound() -> None:
    assert PAGE.evidence_gaps() == []


def test_flow_table_is_true() -> None:
    assert {plain(state): tuple(codes(next)) for state, next in PAGE.tables["from"]} == dict(publishing.FLOW.moves)


def test_headers_table_is_true() -> None:
    sent = [name for name, _ in wire.headers(Sending("order.completed", "n", "d", 1, b"{}", 0, ("secret",)))]

    assert ["Content-Type", *PAGE.pairs("header")] == sent


def test_codes_table_is_true() -> None:
    kinds: list[tuple[type[Refusal], str]] = [*wire.CODES, (Refusal, "VALIDATION_ERROR"), (Internal, "INTERNAL_ERROR")]
    listed = {plain(code): int(status) for code, status, _ in PAGE.tables["code"]}

    assert listed == {code: kind.status for kind, code in kinds}


def test_fixture_table_is_true() -> None:
    assert list(PAGE.pairs("field")) == list(sections.SectionShape().fields)


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
