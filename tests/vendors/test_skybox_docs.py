"""docs/vendors/skybox.md lists what SkyBox has, all of it and nothing else."""

from __future__ import annotations

import re

import pytest

from mockmarket.api.operations import Operation, Several, load
from mockmarket.rules import splits
from mockmarket.vendors.skybox.records.types import ENUMERATIONS
from mockmarket.vendors.skybox.rules.notifications import RELEVANT
from mockmarket.vendors.skybox.rules.stock_sync import AccountSection, ApplicationSection
from mockmarket.vendors.skybox.scheme import HEADERS
from mockmarket.vendors.skybox.vendor import LADDER, VENDOR, steps_of
from mockmarket.webhooks.signing import Sending
from tests.shapes import operation_of, statuses
from tests.vendors.pages import Page, codes, plain
from tests.vendors.skybox import names_of
from tests.vendors.skybox_office import SECRET, mac

PAGE = Page(VENDOR)
ROWS = [(*plain(call).split(" "), takes, answers) for call, takes, answers in PAGE.tables["call"]]
BUILT = [(row.method, row.template) for row in VENDOR.api.operations if row.built]


def body_names(operation: Operation) -> list[str]:
    """Return the names of a body's members; a list of objects is described by a sentence."""
    return [] if isinstance(operation.body, Several) else names_of(operation.body, "body")


def test_shared_tables_are_true() -> None:
    assert PAGE.untrue_words() == []


def test_every_call_is_listed() -> None:
    assert [(row[0], row[1]) for row in ROWS] == BUILT


@pytest.mark.parametrize(("method", "path", "takes", "answers"), ROWS)
def test_call_is_as_listed(method: str, path: str, takes: str, answers: str) -> None:
    operation = operation_of(VENDOR, method, path)

    assert codes(takes) == [*names_of(operation.query, "query"), *body_names(operation)]
    assert {int(status) for status in answers.split(", ")} == statuses(operation)


def test_unbuilt_table_is_true() -> None:
    assert [tuple(plain(row[0]).split(" ")) for row in PAGE.tables["not built"]] == [
        (row.method, row.path) for row in VENDOR.api.operations if not row.built
    ]


def test_unsupported_table_is_true() -> None:
    unsupported = {f"{row.method} {row.template}": load(row).unsupported for row in VENDOR.api.operations if row.built}

    assert {plain(call): tuple(codes(names)) for call, names in PAGE.tables["query not honoured"]} == {
        call: names for call, names in unsupported.items() if names
    }


def test_split_types_table_is_true() -> None:
    assert tuple(PAGE.pairs("split type")) == ENUMERATIONS["splitType"]


def test_default_split_is_as_described() -> None:
    below = {many: splits.quantities("default", many) for many in (2, 4, 6)}

    assert below == {2: [2], 4: [2, 4], 6: [2, 4, 6]}
    for many in (3, 5, 7, 8, 9, 10):
        assert splits.quantities("default", many) == [one for one in range(1, many + 1) if many - one != 1]


def test_relevant_fields_table_is_true() -> None:
    assert {row[0]: tuple(codes(row[1])) for row in PAGE.tables["topic"]} == RELEVANT


def test_headers_table_is_true() -> None:
    sent = HEADERS(Sending("INVENTORY", "n", "d", 1, b"", 0, ("secret",)))
    listed = {plain(row[0]): codes(row[1]) for row in PAGE.tables["header"] if row[0].startswith("`")}

    assert list(listed) == list(dict.fromkeys(name for name, _ in sent))
    assert listed["Accept"] == [value for name, value in sent if name == "Accept"]
    assert listed["User-Agent"] == [dict(sent)["User-Agent"]]


def test_vector_is_true() -> None:
    body, signed = re.findall(r"the body `(\{.*?\})`\nis signed `([0-9a-f]{40})`", PAGE.text)[0]

    assert mac(body.encode(), SECRET) == signed


@pytest.mark.parametrize(
    ("table", "shape"), [("field of `accounts`", AccountSection), ("field of `applications`", ApplicationSection)]
)  # fmt: skip
def test_fixture_tables_are_true(table: str, shape: type) -> None:
    assert list(PAGE.pairs(table)) == list(shape.__annotations__)


def test_ladder_is_as_described() -> None:
    minutes = [step // 60_000 for step in steps_of(LADDER)]

    assert minutes == [1, 5, 15, 60, 240, 720, 1440]
    assert "for 5 and 15 minutes, 1, 4, 12 and 24 hours" in PAGE.text.replace("\n", " ")


def test_every_call_has_its_evidence() -> None:
    rows = [plain(row[0]) for row in PAGE.tables["what"]]

    assert rows[: len(ROWS)] == [f"{method} {path}" for method, path, *_ in ROWS]


def test_evidence_is_sound() -> None:
    assert PAGE.evidence_gaps() == []
