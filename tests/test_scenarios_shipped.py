"""The shipped scenarios: each passes, and each of its expectations can fail."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from mockmarket.matching import operators
from mockmarket.scenarios import reading
from mockmarket.vendor import discover
from tests.conftest import Client

Row = dict[str, Any]
Way = tuple[Any, ...]

NAMES = reading.names()
MEANT = {
    "auto-pricer-with-fulfilment",
    "double-sale-race", "hold-that-lapses", "event-postponed", "event-cancelled-with-refunds", "receiver-down-for-two-days",
    "endpoint-disabled-and-reenabled", "mute-and-catch-up", "sold-out-rush", "late-fulfilment", "duplicate-and-reordered-notices",
}  # fmt: skip
COUNTS = (
    "status",
    "succeed",
    "count",
    "distinct",
    "attempts",
    "last_status",
    "reason",
    "total",
    "free",
    "held",
    "sold",
)
FIELDS = ("expect", "answered", "statuses", "fields", "body", "each", "last", "headers", "sequence")
LISTS = ("types", "answered")
TELLS = re.compile(r"(it|they|there) (is|are|was|were|has)\b|\d+ (is|are|were|did)\b|no(thing is|ne) at")

every_scenario = pytest.mark.parametrize("name", NAMES)


def plain_scenario(name: str) -> Row:
    """Return a shipped scenario as plain values."""
    from mockmarket.seed import lines

    content, _ = lines.read_file(reading.find(name))
    scenario: Row = content
    return scenario


def expectations(step: Row) -> Iterator[Way]:
    """Yield the path of the last expected value in each call, action and expectation of a step."""
    ways = [(kind,) for kind in ("call", "action", "together") if kind in step]
    for subject, conditions in step.get("expect", {}).items():
        numbers = range(len(conditions)) if isinstance(conditions, list) else [None]
        ways += [("expect", subject, *([] if number is None else [number])) for number in numbers]
    for way in ways:
        yield from list(paths_within(value_at(step, way), way))[-1:]


def value_at(place: Any, way: Way) -> Any:
    """Return the value at a path."""
    for part in way:
        place = place[part]
    return place


def paths_within(mapping: Row, way: Way) -> Iterator[Way]:
    """Yield the path of each expected value in one call, action or expectation."""
    is_look = way[0] == "expect"
    for name, value in mapping.items():
        if name in COUNTS or (is_look and name in LISTS and isinstance(value, list)):
            yield (*way, name)
        elif name in FIELDS and isinstance(value, dict) and (is_look or name not in ("body", "fields", "headers")):
            yield from ((*way, name, path) for path in value)


def opposite(value: Any) -> Any:
    """Return a value that differs from another, or a matcher that fails where it matches."""
    if operators.is_matcher(value):
        operator, operand = next(iter(value.items()))
        return {
            operator: {"at_least": 10_000, "at_most": -1, "exists": not operand, "one_of": ["nothing"]}.get(
                operator, "nothing"
            )
        }
    if isinstance(value, list):
        return [*value, value[0]]
    if isinstance(value, bool):
        return not value
    return value + 1_000 if isinstance(value, (int, float)) else f"{value}-not"


def variation(scenario: Row, step: int, way: Way) -> Row:
    """Return a scenario with one expected value replaced by its opposite."""
    variant = copy.deepcopy(scenario)
    place = value_at(variant["steps"][step], way[:-1])
    place[way[-1]] = opposite(place[way[-1]])
    return variant


def test_there_are_those_that_are_meant() -> None:
    assert set(NAMES) >= MEANT
    assert len(NAMES) >= 12


def test_every_vendor_has_a_happy_path() -> None:
    vendors = {vendor.name for vendor in discover()}

    assert {f"{vendor}-happy-path" for vendor in vendors} <= set(NAMES)


@every_scenario
def test_shipped_scenario_says_what_happens(name: str) -> None:
    scenario = reading.load(reading.find(name), discover())

    assert len(scenario.about) > 60
    assert any(step.kind.name == "expect" for step in scenario.steps)


@pytest.mark.thorough
@every_scenario
def test_shipped_scenario_runs_to_its_end(client: Client, name: str) -> None:
    run = client.control("POST", f"scenarios/{name}/run", {})

    assert run["failed"] is None
    assert run["state"] == "passed"
    assert run["done"] == len(run["steps"])


@pytest.mark.thorough
@every_scenario
def test_each_shipped_expectation_can_fail(client: Client, name: str) -> None:
    scenario = plain_scenario(name)
    places = [(step, way) for step, content in enumerate(scenario["steps"]) for way in expectations(content)]

    unnoticed = [place for place in places if not notices(client, variation(scenario, *place), place[0] + 1)]

    assert len(places) >= 3
    assert unnoticed == []


def notices(client: Client, scenario: Row, step: int) -> bool:
    """Return whether a run fails in a step with a message that says what was seen instead."""
    text = json.dumps(scenario, ensure_ascii=False)
    run = client.control("POST", "scenarios/changed/run", {"text": text})
    failed = run["failed"] or {"step": None, "message": ""}
    return failed["step"] == step and bool(TELLS.search(failed["message"]))
