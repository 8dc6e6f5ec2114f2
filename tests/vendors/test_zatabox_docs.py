"""docs/vendors/zatabox.md lists what Zatabox has, all of it and nothing else."""

from __future__ import annotations

import re

import pytest

from mockmarket.api.operations import load
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records.accounts import CATALOG
from mockmarket.vendors.zatabox.rules import seeding
from mockmarket.vendors.zatabox.scheme import HEADERS
from mockmarket.vendors.zatabox.vendor import VENDOR
from mockmarket.webhooks.retry import Failure, Health
from mockmarket.webhooks.signing import Sending
from tests.conftest import Client
from tests.shapes import argument_names, operation_of, statuses
from tests.vendors.pages import Page, codes, plain
from tests.vendors.zatabox import Box, opened, refused

PAGE = Page(VENDOR)
ROWS = [(*plain(call).split(" "), scope, takes, answers) for call, scope, takes, answers in PAGE.tables["call"]]
NO_FACTS = ("API_KEY_REQUIRED", "API_KEY_INVALID", "INVALID_TOKEN", "API_KEY_INACTIVE", "API_KEY_EXPIRED", "WRONG_ENV", "NO_SEATING",
            "IDEMPOTENCY_KEY_REUSED")  # fmt: skip
"""Codes that a refusal brings itself, and no class of refusals has."""

every_scoped_call = pytest.mark.parametrize(
    ("method", "path", "scope"), [(method, path, codes(scope)[0]) for method, path, scope, _, _ in ROWS if codes(scope)]
)


def served() -> dict[tuple[str, str], set[int]]:
    """Return the calls that are built, each with the statuses that it declares."""
    return {(row.method, row.template): statuses(load(row)) for row in VENDOR.api.operations if row.built}


def unbuilt() -> list[tuple[str, str]]:
    """Return the calls that answer 501."""
    return [(row.method, row.path) for row in VENDOR.api.operations if not row.built]


def parameters(method: str, path: str) -> list[str]:
    """Return the names of what a call takes beside its path."""
    return argument_names(operation_of(VENDOR, method, path))


def test_shared_tables_are_true() -> None:
    assert PAGE.untrue_words() == []


def test_calls_table_is_true() -> None:
    assert {(method, path): set(map(int, answers.split(", "))) for method, path, *_, answers in ROWS} == served()


@pytest.mark.parametrize(("method", "path", "takes"), [(row[0], row[1], row[3]) for row in ROWS])
def test_call_takes_what_is_listed(method: str, path: str, takes: str) -> None:
    assert codes(takes) == parameters(method, path)


@every_scoped_call
def test_call_needs_its_scope(client: Client, method: str, path: str, scope: str) -> None:
    box = opened(client)
    others = [one.name for one in VENDOR.api.scopes if one.name not in (scope, "*")]
    lacking, enough = (
        client.control("POST", "keys", {"vendor": "zatabox", "name": "x", "scopes": scopes})["secret"]
        for scopes in (others, [scope])
    )

    there = re.sub(r"\{\w+\}", "x", path)

    assert refused(Box(client, lacking).call(method, there)) == (403, "INSUFFICIENT_SCOPE")
    assert Box(box.client, enough).call(method, there).status_code != 403


@pytest.mark.parametrize(("method", "path"), [(row[0], row[1]) for row in ROWS if row[2] == "none needed"])
def test_open_call_needs_no_key(client: Client, method: str, path: str) -> None:
    assert opened(client, None).call(method, re.sub(r"\{\w+\}", "x", path)).status_code != 401


def test_notices_table_lists_data() -> None:
    assert [(plain(row[0]), tuple(codes(row[2]))) for row in PAGE.tables["notice"]] == [
        (one.name, one.keys) for one in CATALOG
    ]


def test_unbuilt_table_is_true() -> None:
    assert [tuple(plain(row[0]).split(" ")) for row in PAGE.tables["not built"]] == unbuilt()


def test_codes_table_is_true() -> None:
    listed = {plain(row[0]): int(row[1]) for row in PAGE.tables["code"]}

    known = {code: kind.status for kind, code in wire.CODES.items()}

    assert set(listed) == {*known, *NO_FACTS}
    assert {code: status for code, status in listed.items() if code in known} == known


def test_fixture_statuses_are_true() -> None:
    assert list(PAGE.pairs("fixture status")) == list(seeding.WAYS)


def test_headers_table_is_true() -> None:
    sent = HEADERS(Sending("report.submitted", "n", "d", 1, b"{}", 1_769_086_190, ("secret",)))

    assert ["Content-Type", *PAGE.pairs("header")] == [name for name, _ in sent]


def test_retry_seconds_are_the_timetables() -> None:
    rule, at, seconds = VENDOR.webhooks.retry({name: one.default for name, one in VENDOR.settings.items()}), 0, [0]
    while True:
        verdict = rule(Failure(len(seconds), at * 1000, 500, None, Health()))
        if verdict.next_at is None:
            break
        at = verdict.next_at // 1000
        seconds.append(at)

    assert f"{', '.join(map(str, seconds[:-1]))} and {seconds[-1]} seconds" in " ".join(PAGE.text.split())
    assert (len(seconds), verdict.state) == (12, "exhausted")


def test_evidence_has_no_gaps() -> None:
    assert PAGE.evidence_gaps() == []


def test_every_call_has_its_evidence() -> None:
    rows = [tuple(plain(row[0]).split(" ")) for row in PAGE.tables["what"]]

    assert set(rows[: len(ROWS)]) == set(served())


def test_every_public_path_is_told_of() -> None:
    assert (
        len({(row.method, row.template) for row in VENDOR.api.operations}) == 98
    )  # public, the endpoints of the SDK's manifest
