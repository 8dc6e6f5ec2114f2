"""Helpers of the tests of scenarios: write a scenario, run it over HTTP in the test's world, and read its run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tests.conftest import Client

Row = dict[str, Any]

START = "2027-03-01T12:00:00Z"
CUSTOMER = {"email": "buyer@example.com", "phone": {"number": "5551234567", "countryCode": "+1"}}
BUY: Row = {
    "call": {
        "vendor": "portal",
        "path": "/orders",
        "body": {"eventId": "1001", "section": "Floor", "row": "GA", "quantity": 1, "customer": CUSTOMER},
        "status": 201,
        "save": {"order": "order.orderId"},
    }
}
LISTEN: Row = {"endpoint": {"vendor": "portal", "receiver": "shop", "save": {"endpoint": "id"}}}
SHOP: Row = {"shop": {"answer": 200}}


def scenario_text(steps: Sequence[Row], start: Row | None = None, **parts: Any) -> str:
    """Write a scenario as text: JSON, which is YAML too."""
    scenario = {"start": {"fixture": "small", "now": START, **(start or {})}, **parts, "steps": list(steps)}
    return json.dumps(scenario, ensure_ascii=False)


def run_scenario(client: Client, steps: Sequence[Row], how: str = "run", start: Row | None = None, **parts: Any) -> Row:
    """Run a scenario of the test's own in its world; returns the run."""
    run: Row = client.control("POST", f"scenarios/own/{how}", {"text": scenario_text(steps, start, **parts)})
    return run


def step_message(run: Row, step: int) -> str:
    """Return the message of a step, by its number."""
    words: str = run["steps"][step - 1]["said"]
    return words


def failure(run: Row) -> str:
    """Return the message of the step that failed; fails the test when none did."""
    assert run["state"] == "failed", run["steps"]
    step_message: str = run["failed"]["message"]
    return step_message


def latest(client: Client, name: str = "own") -> Row:
    """Return the newest run of a scenario in the test's world."""
    run: Row = client.control("GET", f"scenarios/{name}/runs")["runs"][0]
    return run


def states(run: Row) -> list[str]:
    """Return the state of each step."""
    return [step["state"] for step in run["steps"]]
