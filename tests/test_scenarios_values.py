"""Paths, variables and expected values: their notation and meaning."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mockmarket.matching import operators, paths
from mockmarket.scenarios import reading, variables
from mockmarket.vendor import discover
from tests.conftest import Client
from tests.scenarios import failure, run_scenario

ANSWER = {
    "data": {"items": [{"id": "a", "seat": {"row": "K", "number": 7}}, {"id": "b", "seat": {"row": "L", "number": 8}}]},
    "total": 2,
    "a b": True,
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("total", 2),
        ("$.total", 2),
        ("a b", True),
        ("data.items[1].id", "b"),
        ("data.items.1.id", "b"),
        ("data.items[id=b].seat.number", 8),
        ("data.items[seat.row=K].id", "a"),
        ("data.items[seat.number=8].id", "b"),
        ("$", ANSWER),
    ],
)
def test_path_leads_to_its_value(path: str, value: Any) -> None:
    assert paths.find(ANSWER, path) == value


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("data.rows", "nothing is at data.rows; data is an object with items"),
        ("data.items[2].id", "data.items has 2 entries, none at [2]"),
        ("data.items[id=c]", "no entry of data.items has id c; there are a, b"),
        ("total.more", "nothing is at total.more; total is 2"),
    ],
)
def test_path_to_nothing_says_how_far(path: str, words: str) -> None:
    with pytest.raises(paths.AbsentError, match="^" + words.replace("[", r"\[")):
        paths.find(ANSWER, path)


@pytest.mark.parametrize("path", ["a[", "a]b", "a=b", "[x"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="is not a path"):
        paths.parse(path)


@pytest.mark.parametrize(
    ("expected", "good", "bad"),
    [
        (2, 2.0, 3),
        (1, 1, True),
        (True, True, 1),
        ("1001", "1001", 1001),
        (None, None, 0),
        ([1, {"a": 2}], [1, {"a": 2.0}], [1, {"a": 3}]),
        ({"a": 1}, {"a": 1}, {"a": 1, "b": 2}),
        ({"is": {"not": 1}}, {"not": 1}, 1),
        ({"not": 5}, 6, 5),
        ({"at_least": 2}, 2, 1),
        ({"at_least": 2}, 3, "3"),
        ({"at_most": 2}, 2, 3),
        ({"at_least": "2027-01-01"}, "2027-01-02", "2026-12-31"),
        ({"at_least": 2, "at_most": 4}, 3, 5),
        ({"contains": "ea"}, "seat", "sit"),
        ({"contains": 2}, [1, 2], [1, 3]),
        ({"matches": "^ord_[0-9]+$"}, "ord_12", "ord_x"),
        ({"one_of": ["a", 2]}, 2, 3),
        ({"exists": True}, None, None),
    ],
)
def test_expected_value_fits_what_it_means(expected: Any, good: Any, bad: Any) -> None:
    assert operators.fits(expected, good)
    assert not operators.fits(expected, bad) or expected == {"exists": True}


def test_absence_can_be_expected() -> None:
    assert list(operators.differences({"secret": {"exists": False}}, ANSWER)) == []
    assert list(operators.differences({"total": {"exists": False}}, ANSWER)) == ["total should not exist; it is 2"]


def test_difference_says_what_is_there() -> None:
    differences = list(operators.differences({"total": {"at_least": 3}, "data.items[0].id": "a"}, ANSWER))

    assert differences == ["total should be at least 3; it is 2"]


def test_long_values_are_cut_in_words() -> None:
    assert len(paths.json_text("x" * 5_000)) < 400


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${order}", {"id": 7, "seats": [1, 2]}),
        ("${order.id}", 7),
        ("${order.seats[1]}", 2),
        ("/orders/${order.id}", "/orders/7"),
        ("${name}-${order.id}", "Åse-7"),
        ("$${name}", "${name}"),
        ("no $name {here}", "no $name {here}"),
        ({"${name}": ["${order.id}", 5]}, {"Åse": [7, 5]}),
    ],
)
def test_reference_becomes_its_variable(text: Any, value: Any) -> None:
    known = {"order": {"id": 7, "seats": [1, 2]}, "name": "Åse"}

    assert variables.fill(text, known) == value


@pytest.mark.parametrize("text", ["${nobody}", "${order.lost}", "${}", "${order[}"])
def test_reference_to_nothing_is_told(text: str) -> None:
    with pytest.raises(variables.UnknownVariable):
        variables.fill(text, {"order": {"id": 7}})


def test_variable_is_no_code() -> None:
    known = {"name": "${other}", "other": "secret"}

    assert variables.fill("${name}", known) == "${other}"


@pytest.mark.parametrize("value", ["${a}" * 11, ["${a}"] * 11, {"x": ["y${a}"] * 11}], ids=["text", "list", "object"])
def test_step_is_bounded_with_its_variables(value: Any) -> None:
    with pytest.raises(variables.FailedError, match="more than 1,000,000 characters"):
        variables.fill(value, {"a": "x" * 100_000})


@pytest.mark.thorough
def test_text_that_doubles_at_each_step_fails(client: Client) -> None:
    echo = {"vendor": "portal", "path": "/nope${a}${a}", "status": 404, "save": {"a": "error"}}

    run = run_scenario(client, [{"call": echo}] * 24, variables={"a": "x"})

    assert "more than 1,000,000 characters" in failure(run)


def test_title_of_a_step_has_its_values(client: Client) -> None:
    calls = [{"call": {"vendor": "portal", "path": path}} for path in ("/events?limit=${most}", "/events?x=${api_key}")]

    run = run_scenario(client, [*calls, {**calls[0], "repeat": 2}], variables={"most": 3, "api_key": "hidden"})

    assert [step["about"] for step in run["steps"]] == [
        "GETs /events?limit=3 at Scraper Portal",
        "GETs /events?x=(redacted) at Scraper Portal",
        "GETs /events?limit=3 at Scraper Portal (2 times)",
    ]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"call": {"vendor": "portal", "method": "PATCH", "path": "/orders", "status": 404,
                   "body": {"orderId": "o1", "status": "accepted", "secret": "x"}}},
         "PATCHes /orders at Scraper Portal: orderId o1, status accepted; expects the answer 404"),
        ({"advance": "1h"}, "moves the clock by 1 h"),
        ({"advance": {"to": "+2d"}}, "moves the clock to 2 d after the start"),
        ({"advance": "delivered"}, "moves the clock until no delivery is due"),
        ({"fault": "off"}, "turns every fault off"),
        ({"fault": {"fault": "duplicate", "vendor": "portal", "times": 1}}, "turns on the fault duplicate at Scraper Portal, for 1 time"),
        ({"settings": {"core": {"unread": "refuse"}}}, "sets unread of the core to refuse"),
        ({"trigger": {"vendor": "portal", "type": "order.accepted", "count": 2}},
         "triggers the notice order.accepted of Scraper Portal, 2 times"),
        ({"endpoint": {"id": "e1", "active": False}}, "changes active of the endpoint e1"),
        ({"receiver": {"name": "shop", "answer": [500, "drop"]}}, "has the receiver shop answer 500, then by closing the connection"),
        ({"resend": {"vendor": "portal", "state": "failed"}}, "sends deliveries with vendor Scraper Portal, state failed again"),
        ({"wait": "quiet"}, "waits for nothing more to be due"),
        ({"expect": {"received": {"receiver": "shop", "count": 1, "last": {"event": "order.accepted"}}}},
         "expects the receiver shop to have received 1 webhook, the last with event order.accepted"),
        ({"expect": {"records": {"vendor": "portal", "kind": "order", "count": 0}}}, "expects no order records of Scraper Portal"),
        ({"expect": {"deliveries": {"where": {"type": "order.accepted"}, "attempts": 2}}},
         "expects at least 1 delivery with type order.accepted, with attempts 2"),
        ({"expect": {"stock": {"event": "1001", "section": "Floor", "sold": 1}}}, "expects 1 sold seat of event 1001, section Floor"),
    ],
)  # fmt: skip
def test_step_without_words_reads_as_a_sentence(step: dict[str, Any], words: str) -> None:
    scenario = reading.load_text("tour", json.dumps({"receivers": {"shop": {}}, "steps": [step]}), discover())

    assert scenario.steps[0].title == words
