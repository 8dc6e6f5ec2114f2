"""docs/vendors/tixstock.md lists what Tixstock has, all of it and nothing else."""

from __future__ import annotations

import re

import pytest

from mockmarket.records import members
from mockmarket.vendors.tixstock import wire
from mockmarket.vendors.tixstock.records import orders as shapes
from mockmarket.vendors.tixstock.records.values import SPLIT_TYPES
from mockmarket.vendors.tixstock.rules import orders, webhooks
from mockmarket.vendors.tixstock.scheme import HEADERS
from mockmarket.vendors.tixstock.vendor import VENDOR
from mockmarket.webhooks.retry import Failure, Health
from mockmarket.webhooks.signing import Sending
from tests.conftest import Client
from tests.shapes import argument_names, operation_of, statuses
from tests.vendors.pages import Page, codes, plain
from tests.vendors.tixstock import Exchange, error, opened

PAGE = Page(VENDOR)
ROWS = [(*plain(call).split(" "), of, takes, answers) for call, of, takes, answers in PAGE.tables["call"]]


@pytest.fixture
def exchange(client: Client) -> Exchange:
    return opened(client)


def test_shared_tables_are_true() -> None:
    assert PAGE.untrue_words() == []


def test_calls_table_is_true() -> None:
    listed = {(method, path): set(map(int, answers.split(", "))) for method, path, *_, answers in ROWS}

    assert list(listed) == [(row.method, row.template) for row in VENDOR.api.operations]
    assert listed == {call: statuses(operation_of(VENDOR, *call)) for call in listed}


@pytest.mark.parametrize(("method", "path", "takes"), [(row[0], row[1], row[3]) for row in ROWS])
def test_call_takes_what_is_listed(method: str, path: str, takes: str) -> None:
    assert codes(takes) == argument_names(operation_of(VENDOR, method, path))


def test_calls_are_of_whom_is_listed(exchange: Exchange) -> None:
    of = {"both": "ap", "reseller": "a", "partner": "p"}

    wrong = [
        (method, path, who)
        for method, path, whose, *_ in ROWS
        for who in "ap"
        if (exchange.call(who, method, re.sub(r"\{\w+\}", "x", path), json={}).status_code == 403) == (who in of[whose])
    ]

    assert wrong == []


def test_statuses_table_is_true() -> None:
    assert {plain(row[0]): tuple(codes(row[1])) for row in PAGE.tables["status"]} == dict(orders.FLOW.moves)


def test_split_types_table_is_true() -> None:
    assert tuple(PAGE.pairs("split type")) == SPLIT_TYPES


def test_headers_table_is_true() -> None:
    sent = [name for name, _ in HEADERS(Sending("ticket.hold", "n", "d", 1, b"", 0, ("secret",)))]

    assert ["Content-Type", *PAGE.pairs("header")] == sent


def test_replies_table_has_every_notice() -> None:
    acts = {plain(row[0]): row[4] != "nothing" for row in PAGE.tables["type"]}

    assert list(acts) == list(wire.NOTICES)
    assert {type for type, acted in acts.items() if acted} == set(webhooks.ACTS)


@pytest.mark.parametrize(
    ("table", "shape"), [("field of `resellers`", shapes.ResellerSection), ("field of `brokers`", shapes.Broker)]
)
def test_fixture_tables_are_true(table: str, shape: type) -> None:
    assert list(PAGE.pairs(table)) == [member.name for member in members(shape)]


def test_codes_table_is_whole(exchange: Exchange) -> None:
    listed = {plain(row[0]): int(row[1]) for row in PAGE.tables["code"]}
    listing = exchange.listing()["id"]
    hold = exchange.hold(1)
    exchange.order(1)

    seen = [
        error(exchange.post("a", f"/tickets/hold/{listing}", {"quantity": 0})),
        error(exchange.post("a", f"/tickets/hold/{listing}", {"quantity": 99})),
        error(exchange.put("a", "/tickets/release", {"hold_id": hold, "release_quantity": 9})),
        error(exchange.call("a", "DELETE", f"/tickets/delete/{listing}")),
        error(exchange.post("a", "/tickets/hold/none", {"quantity": 1})),
        error(exchange.call("a", "PATCH", "/feed")),
        error(exchange.get("a", "/feed")),
        error(
            exchange.call(
                "a", "POST", f"/tickets/hold/{listing}", data=b"{", headers={"Content-Type": "application/json"}
            )
        ),
    ]

    assert [(status, code) for status, code in seen if listed.get(code) != status] == []
    assert {"100", "103", "105", "107", "111", "112", "401", "409", "413", "415", "429", "500", "503"} <= set(listed)


def test_every_call_has_its_evidence() -> None:
    rows = [plain(row[0]) for row in PAGE.tables["what"]]

    assert rows[: len(ROWS)] == [f"{method} {path}" for method, path, *_ in ROWS]


def test_evidence_is_sound() -> None:
    assert PAGE.evidence_gaps() == []


def test_retry_seconds_are_the_timetables() -> None:
    rule = VENDOR.webhooks.retry({name: one.default for name, one in VENDOR.settings.items()})
    at, seconds = 0, [0]
    for attempt in (1, 2):
        verdict = rule(Failure(attempt, at, 500, None, Health()))
        at = verdict.next_at or 0
        seconds.append(at // 1000)

    assert f"at seconds {seconds[0]}, {seconds[1]} and {seconds[2]}" in PAGE.text.replace("\n", " ")
