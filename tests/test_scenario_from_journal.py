"""`scenario from-journal` and `from-recording`: recorded calls become a scenario that passes in a fresh world."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from mockmarket.cli import main
from mockmarket.vendor import discover
from tests.conftest import Client
from tests.running import FLOOR
from tests.test_fixture_from_recording import KEYS
from tests.test_listen import at

BASES = {vendor.name: vendor.base for vendor in discover()}


def scenario(*arguments: str | Path) -> Result:
    """Make a scenario."""
    return CliRunner().invoke(main, ["scenario", *map(str, arguments)], catch_exceptions=False)


def call(client: Client, vendor: str, method: str, path: str, body: Any = None) -> Any:
    """Make a call of a vendor; returns the JSON of its answer."""
    answer = client.call(method, BASES[vendor] + path, json=body, headers=dict(KEYS[vendor]))
    return answer.json() if answer.content else None


def trade(client: Client) -> None:
    """Make calls that read, change, and are refused."""
    (listing, *_) = call(client, "portal", "GET", "/inventory?eventId=1001")["data"]
    body = {name: value for name, value in FLOOR.items() if name not in ("section", "row")}
    order = call(client, "portal", "POST", "/orders", body | {"listingId": listing["listingId"]})["order"]
    call(client, "portal", "GET", "/events")
    call(client, "portal", "PATCH", "/orders", {"orderId": "nobody's", "status": "accepted"})
    client.control("POST", "clock/advance", {"seconds": 7_200})
    call(client, "portal", "PATCH", "/orders", {"orderId": order["orderId"], "status": "cancelled"})
    kind = call(client, "zatabox", "GET", "/events/evt_1001/tickets")["data"]["items"][1]["id"]
    bought = {"items": [{"ticketTypeId": kind, "quantity": 2}], "guestName": "A B", "guestEmail": "a@example.com"}
    placed = call(client, "zatabox", "POST", "/orders", bought)["data"]["id"]
    call(client, "zatabox", "POST", f"/orders/{placed}/cancel")
    hook = {"url": "http://127.0.0.1:9/hook", "events": ["order.completed"]}
    own = call(client, "ticketnation", "POST", "/webhooks", hook)["data"]["id"]
    call(client, "ticketnation", "PATCH", f"/webhooks/{own}", {"isActive": False})
    row = call(client, "skybox", "GET", "/inventory?section=101")["rows"][0]["id"]
    call(client, "skybox", "PUT", f"/inventory/{row}", {"listPrice": 99.5})


def test_changes_of_a_journal_pass_in_a_fresh_world(client: Client, tmp_path: Path) -> None:
    trade(client)

    result = scenario("from-journal", *at(client), "-o", tmp_path / "trade.yaml")

    assert result.exit_code == 0, result.output
    text = (tmp_path / "trade.yaml").read_text()
    steps = [step["call"] for step in yaml.safe_load(text)["steps"]]
    assert [(step["vendor"], step["method"], step["path"]) for step in steps] == [
        ("portal", "GET", "/inventory?eventId=1001"),
        ("portal", "POST", "/orders"),
        ("portal", "PATCH", "/orders"),
        ("zatabox", "GET", "/events/evt_1001/tickets"),
        ("zatabox", "POST", "/orders"),
        ("zatabox", "POST", "/orders/${order_id}/cancel"),
        ("ticketnation", "POST", "/webhooks"),
        ("ticketnation", "PATCH", "/webhooks/${webhook_id}"),
        ("skybox", "GET", "/inventory?section=101"),
        ("skybox", "PUT", "/inventory/${inventory_id}"),
    ]
    assert steps[1]["save"] == {"orderId": "order.orderId"}
    assert steps[2]["body"] == {"orderId": "${orderId}", "status": "cancelled"}
    assert steps[2]["expect"].items() >= {"order.orderId": "${orderId}", "order.status": "cancelled"}.items()
    assert "expect" not in steps[0]
    assert steps[6]["body"]["url"] == "${receivers.recorded.url}"
    assert steps[9]["expect"]["quantity"] == 8
    assert yaml.safe_load(text)["steps"][2]["at"].startswith("+2h")
    run = client.control("POST", "scenarios/trade/run", {"text": text})
    assert (run["state"], run["done"]) == ("passed", 10)
    wrong = text.replace("order.status: cancelled", "order.status: accepted")
    run = client.control("POST", "scenarios/trade/run", {"text": wrong})
    assert (run["state"], run["failed"]["step"]) == ("failed", 3)


def test_recording_is_a_scenario_too(client: Client, tmp_path: Path) -> None:
    order = call(client, "portal", "POST", "/orders", FLOOR)["order"]
    call(client, "portal", "PATCH", "/orders", {"orderId": order["orderId"], "status": "accepted"})
    recording = tmp_path / "run.har"
    recording.write_text(json.dumps(client.control("GET", "requests/har")))

    result = scenario("from-recording", recording, "--fixture", "small")

    content = yaml.safe_load(result.stdout)
    assert content["start"] == {"fixture": "small", "seed": 0}
    assert [step["call"]["body"].get("orderId") for step in content["steps"]] == [None, "${orderId}"]


@pytest.mark.parametrize(
    ("entry", "code", "words"),
    [
        ({"method": "GET", "status": 200}, 1, "No call in it changed anything."),
        ({"method": "PATCH", "status": 200, "body": {"orderId": "order_1", "status": "accepted"}}, 1,
         "do not pass in a fresh world; choose the --fixture that they were made with.\n1/1 FAILED PATCHes /orders at Scraper Portal: "),
        ({"method": "PATCH", "status": "200"}, 2, "entry 1"),
        ({"method": "POST", "status": 201, "body": '{"a":' * 600 + "1" + "}" * 600}, 1, "do not pass in a fresh world"),
    ],
)  # fmt: skip
def test_calls_that_make_no_scenario_are_told(tmp_path: Path, entry: dict[str, Any], code: int, words: str) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text(json.dumps({"url": "http://x.example/api/v1/orders", "vendor": "portal"} | entry))

    result = scenario("from-recording", path, "--fixture", "small", "-o", tmp_path / "out.yaml")

    assert (result.exit_code, words in result.output) == (code, True), result.output
    assert not (tmp_path / "out.yaml").exists()
