"""docs/scenarios.md lists every step, subject, field, operator and shipped scenario, and its example runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from mockmarket.app import flask_app
from mockmarket.config import Config
from mockmarket.records import item_of, members
from mockmarket.scenarios import matching, reading
from mockmarket.scenarios.steps import KINDS
from mockmarket.scenarios.steps.expecting import SUBJECTS, Expect
from mockmarket.scenarios.subjects.history import DeliveryFilter
from mockmarket.scenarios.variables import RESERVED
from tests.conftest import Client

PAGE = (Path(__file__).parent.parent / "docs" / "scenarios.md").read_text(encoding="utf-8")
WHERE, BRACES = re.compile(r"<(?:[^:>]+:)?([^>]+)>"), r"{\1}"
ONE_THING = {"settings"}
"""Steps without fields of their own."""


def section(heading: str) -> str:
    """Return what stands under a heading, up to the next of the same depth or less; fails the test when it is not there once."""
    depth = len(heading.split(" ")[0])
    parts = re.split(rf"^{re.escape(heading)}$", PAGE, flags=re.MULTILINE)
    assert len(parts) == 2, heading
    return re.split(rf"^#{{1,{depth}}} ", parts[1], flags=re.MULTILINE)[0]


def listed(text: str) -> list[str]:
    """Return what stands in the first column of a text's tables."""
    rows = re.findall(r"^\| (`.*?`(?:, `.*?`)*) \|", text, flags=re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`(.*?)`", row)]


def fields_of(shape: Any) -> list[str]:
    """Return the names of a shape's fields as they are written."""
    return [member.name for member in members(shape)]


def shape_of(subject: str) -> Any:
    """Return the shape of a subject's expectations."""
    (several,) = (member for member in members(Expect) if member.name == subject)
    return item_of(get_args(several.item.type)[0]).type


@pytest.mark.parametrize("name", KINDS)
def test_page_has_each_step_with_fields(name: str) -> None:
    listed_fields, fields = listed(section(f"### `{name}`")), fields_of(KINDS[name].shape)

    assert name in ONE_THING or listed_fields[-len(fields) :] == fields or name == "expect"


@pytest.mark.parametrize("name", SUBJECTS)
def test_page_has_each_subject_with_fields(name: str) -> None:
    there = listed(section(f"#### `{name}`"))

    where = fields_of(DeliveryFilter) if name == "deliveries" else []
    assert there == [*fields_of(shape_of(name)), *where]


def test_page_has_the_files_own_fields() -> None:
    there = listed(section("## The file"))

    for shape in (reading.ScenarioShape, reading.Start, reading.CommonShape):
        assert set(fields_of(shape)) <= set(there)


def test_page_has_every_operator_and_variable() -> None:
    assert set(listed(section("### Expected values"))) == set(matching.OPERATORS)
    assert set(listed(section("### Variables"))) == set(RESERVED)


def test_page_lists_every_shipped_scenario() -> None:
    links = re.findall(r"^\| \[`(.*?)`\]\(\.\./fixtures/scenarios/(.*?)\.yaml\) \|", PAGE, flags=re.MULTILINE)

    assert links == [(name, name) for name in reading.names()]


def test_page_has_every_route() -> None:
    there = {
        f"{method} {re.sub(WHERE, BRACES, rule.rule.removeprefix('/_mockmarket/'))}"
        for rule in flask_app(Config(), ()).url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/_mockmarket/scenarios")
    }

    assert set(re.findall(r"^\| `(\w+ scenarios.*?)` \|", PAGE, flags=re.MULTILINE)) == there


def test_example_of_the_page_runs(client: Client) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)

    run = client.control("POST", "scenarios/example/run", {"text": example})

    assert run["state"] == "passed", run["failed"]
