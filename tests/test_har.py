"""HTTP archives (HAR 1.2) of requests and of deliveries: valid by the format's schema, without secrets, and replayable by other tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft7Validator
from playwright.sync_api import Browser

from tests.conftest import Client
from tests.receiver import Receiver
from tests.running import FLOOR, buy, listen, settled

SCHEMA = Draft7Validator(json.loads((Path(__file__).parent / "vectors" / "har.json").read_bytes()))
SECRET = "portal_test_full_00000000"


def archive(client: Client, route: str, **query: Any) -> list[dict[str, Any]]:
    """Return the entries of an archive that its schema allows."""
    answer = client.get(f"/_mockmarket/{route}/har", **query)
    assert answer.ok, answer.text
    assert [error.message for error in SCHEMA.iter_errors(answer.json())] == []
    log = answer.json()["log"]
    assert (log["version"], log["creator"]["name"]) == ("1.2", "mockmarket")
    entries: list[dict[str, Any]] = log["entries"]
    return entries


def headers(message: dict[str, Any]) -> dict[str, str]:
    return {header["name"]: header["value"] for header in message["headers"]}


def test_requests_are_an_archive(client: Client) -> None:
    answer = client.get("/api/v1/events", limit=1, venue="Teatro Ñ")
    order = buy(client)
    client.post("/api/v1/orders", {**FLOOR, "quantity": 51})

    read, bought, refused = archive(client, "requests")

    assert read["request"]["url"] == f"{client.base}/api/v1/events?limit=1&venue=Teatro+%C3%91"
    assert read["request"]["queryString"] == [{"name": "limit", "value": "1"}, {"name": "venue", "value": "Teatro Ñ"}]
    assert (read["response"]["status"], read["response"]["content"]["text"]) == (200, answer.text)
    assert read["response"]["content"]["mimeType"] == headers(read["response"])["Content-Type"] == "application/json"
    assert bought["request"]["postData"] == {"mimeType": "application/json", "text": json.dumps(FLOOR)}
    assert (bought["response"]["statusText"], bought["_vendor"]) == ("Created", "portal")
    assert json.loads(bought["response"]["content"]["text"])["order"] == order
    assert (refused["response"]["status"], refused["_id"]) == (400, "r000003")
    assert refused["time"] == refused["timings"]["wait"] > 0
    assert [entry["_id"] for entry in archive(client, "requests", status=400)] == ["r000003"]


def test_repeated_answers_have_headers_too(client: Client) -> None:
    for _ in range(4):
        client.get("/api/v1/events")

    entries = archive(client, "requests")

    assert len({str(entry["response"]["headers"]) for entry in entries}) == 1
    assert headers(entries[3]["response"])["X-Mockmarket-World"] == client.world.name
    assert entries[3]["response"]["content"] == entries[0]["response"]["content"]
    assert client.control("GET", "requests")["requests"][3]["answer_headers"] == [
        [header["name"], header["value"]] for header in entries[3]["response"]["headers"]
    ]


@pytest.mark.parametrize("host", ["[::1", "a b", "x:y:z", "é"])
def test_unreadable_host_is_in_the_archive(client: Client, host: str) -> None:
    answer = client.call("GET", "/api/v1/events?limit=1", headers={"Host": host.encode()})

    (entry,) = archive(client, "requests")

    assert entry["response"]["status"] == answer.status_code
    assert urlsplit(entry["request"]["url"]).path.endswith("/api/v1/events")
    assert entry["request"]["queryString"] == [{"name": "limit", "value": "1"}]


def test_archive_has_no_secret(client: Client) -> None:
    encoded = "".join(f"%{ord(sign):x}" for sign in SECRET)
    client.get(f"/api/v1/events/{encoded}", api_key=SECRET)

    (entry,) = archive(client, "requests")

    assert SECRET not in str(entry)
    assert encoded not in str(entry)
    assert headers(entry["request"])["X-Api-Key"] == "(redacted)"


def test_faulty_answers_are_as_they_were_sent(client: Client) -> None:
    client.control("POST", "faults", {"fault": "status", "times": 1, "with": {"status": 503}})
    answer = client.get("/api/v1/events")

    (entry,) = archive(client, "requests")

    assert (entry["_fault"], entry["response"]["status"]) == ("status", 503)
    assert entry["response"]["content"]["text"] == answer.text
    assert headers(entry["response"]).items() <= answer.headers.items()


def test_deliveries_are_an_archive(client: Client, receiver: Receiver) -> None:
    client.control("PUT", "clock", {"frozen": True})
    endpoint = listen(client, receiver.url, headers="X-Env: ci,X-Token: hush-hush")
    receiver.answer = lambda hook: (500, b"\xff\x00") if len(receiver.hooks) == 1 else (200, b"ok")
    buy(client)
    client.control("POST", "clock/advance", {"until": "delivered"})

    failed, delivered = archive(client, "deliveries", vendor="portal")

    (delivery,) = settled(client)
    assert [entry["_attempt"] for entry in (failed, delivered)] == [1, 2]
    assert {entry["_delivery"] for entry in (failed, delivered)} == {delivery["id"]}
    assert (failed["request"]["method"], failed["request"]["url"]) == ("POST", endpoint["url"])
    assert failed["response"]["content"] == {
        "size": 2, "mimeType": "application/json", "text": "/wA=", "encoding": "base64"
    }  # fmt: skip
    assert json.loads(delivered["request"]["postData"]["text"])["event"] == "order.confirmed"
    assert delivered["response"]["status"] == 200
    assert "hush-hush" not in str(failed)
    assert archive(client, "deliveries", type="order.accepted") == []


def test_attempt_without_an_answer_has_the_error(client: Client) -> None:
    client.control("PUT", "clock", {"frozen": True})
    client.control("PATCH", "settings", {"portal": {"retries": 0}})
    listen(client, "http://127.0.0.1:9/")
    client.control("POST", "portal/trigger/order.confirmed", {})
    settled(client, state="failed")

    (entry,) = archive(client, "deliveries")

    assert (entry["response"]["status"], entry["response"]["_error"]) == (0, "refused")


@pytest.mark.thorough
def test_browser_replays_the_archive(browser: Browser, client: Client, tmp_path: Path) -> None:
    kept = client.get("/api/v1/events", limit=2)
    order = client.call("POST", "/api/v1/orders", json=FLOOR)
    path = tmp_path / "requests.har"
    path.write_text(json.dumps(client.control("GET", "requests/har")))
    context = browser.new_context()
    page = context.new_page()
    page.route_from_har(path, url="**/api/v1/**", not_found="abort")
    page.route("**/blank", lambda route: route.fulfill(body="<p>"))
    page.goto(f"{client.base}/blank")

    texts = page.evaluate(
        """async ([events, orders, body]) => [
          await (await fetch(events)).text(),
          await (await fetch(orders, {method: "POST", body, headers: {"Content-Type": "application/json"}})).text()]""",
        [kept.url, order.url, json.dumps(FLOOR)],
    )

    context.close()
    assert texts == [kept.text, order.text]
    assert len(client.control("GET", "requests")["requests"]) == 2
