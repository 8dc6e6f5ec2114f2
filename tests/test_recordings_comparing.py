"""Recordings are compared with the mock: what agrees is counted, what differs is named by its kind and place, no value is shown."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from mockmarket.cli import main
from mockmarket.cli.compare import send
from mockmarket.recordings import page, report
from mockmarket.recordings.allowing import read_allowances
from mockmarket.recordings.fresh import FreshWorld
from mockmarket.recordings.report import ReportDict
from tests.conftest import Client, Served
from tests.recordings import AGREEMENT, FOLDER, agreement, compared
from tests.recordings.documents import PORTAL_ACCEPTED, SECRET, entries, signed
from tests.running import FLOOR

EMAIL, WORD = "maria.santos@example.com", "swordfish-7741"
"""What no report may show."""


@pytest.fixture(scope="module")
def fresh(served: Served) -> Iterator[FreshWorld]:
    """Give a world of the default fixture to compare with."""
    world = served.fresh_worlds.take("default")
    yield FreshWorld(world, partial(send, served.app))
    served.fresh_worlds.give_back(world)


def written(folder: Path, *lines: object, name: str = "recording.jsonl") -> Path:
    path = folder / name
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return path


def call(answer: object, path: str = "/api/v1/events?limit=1", status: int = 200, **members: Any) -> dict[str, Any]:
    """Return a recorded call of the portal."""
    head = {"method": "GET", "path": path, "status": status, "answer_headers": {"Content-Type": "application/json"}}
    return {**head, "answer": answer, **members}


def webhook(change: Callable[[dict[str, Any]], Any] = lambda body: body, secret: str = SECRET) -> dict[str, Any]:
    """Return the portal's recorded webhook with a changed body, signed anew."""
    from mockmarket.vendors.portal.scheme import SCHEME

    body = json.dumps(change(copy.deepcopy(PORTAL_ACCEPTED)), separators=(",", ":"))
    entry = next(entry for entry in entries("portal") if entry["path"] == "/webhooks")
    kept = [pair for pair in entry["headers"] if pair[0] not in SCHEME.names]
    return entry | {"headers": [*kept, *signed(SCHEME, body.encode(), secret)], "body": body}


def differences(answer: ReportDict) -> list[tuple[str, str, str]]:
    """Return the subject, kind and place of each difference."""
    return [(row["subject"], each["kind"], each["at"]) for row in answer["subjects"] for each in row["differences"]]


def unknown(answer: ReportDict) -> list[str]:
    """Return what is unknown, of subjects and beside them."""
    return [each["words"] for row in [*answer["subjects"], answer] for each in row["unknown"]]


def recorded(client: Client) -> list[dict[str, Any]]:
    """Return the entries of an archive of four calls that succeed, and of one that is refused."""
    client.get("/api/v1/events", limit=5)
    listings = client.get("/api/v1/inventory", eventId=FLOOR["eventId"]).json()["data"]
    listing = next(listing for listing in listings if 2 in listing["splits"])
    chosen = {name: listing[name] for name in ("eventId", "listingId")}
    order = client.post("/api/v1/orders", {**chosen, "quantity": 2, "customer": FLOOR["customer"]}).json()["order"]
    client.call("PATCH", "/api/v1/orders", json={"orderId": order["orderId"], "status": "accepted"})
    client.get("/api/v1/inventory", eventId="nowhere")
    entries: list[dict[str, Any]] = client.control("GET", "requests/har")["log"]["entries"]
    return entries


def planted(entry: dict[str, Any], change: Callable[[Any], Any]) -> None:
    """Change an entry's answer; a function that returns a value replaces it."""
    content = entry["response"]["content"]
    body = json.loads(content["text"])
    content["text"] = json.dumps(change(body) or body)


def test_our_own_answers_agree(client: Client, fresh: FreshWorld, tmp_path: Path) -> None:
    path = tmp_path / "own.har"
    path.write_text(json.dumps({"log": {"entries": recorded(client)}}))

    answer = compared([path], fresh)

    assert differences(answer) == []
    assert answer["passed"]
    assert answer["counts"] == {"exchanges": 5, "compared": 5, "agree": 5, "differ": 0, "unknown": 0}
    assert {row["subject"]: row["played"] for row in answer["subjects"]} == {
        "GET /events": 1, "GET /inventory": 2, "POST /orders": 1, "PATCH /orders": 1,
    }  # fmt: skip


def test_ten_planted_differences_are_found(client: Client, fresh: FreshWorld, tmp_path: Path) -> None:
    events, inventory, bought, changed, refused = recorded(client)
    planted(events, lambda body: [event.pop("location") for event in body["data"]] and None)
    planted(events, lambda body: body["data"][0].update(isoDate="2026-12-15T19:00:00Z"))
    planted(events, lambda body: body["meta"]["pagination"].update(hasMore=True))
    planted(inventory, lambda body: body["data"][0].update(price="35.00"))
    planted(inventory, lambda body: [row.update(seatView=EMAIL) for row in body["data"]] and None)
    inventory["response"]["headers"] = [{"name": "Content-Type", "value": "text/html; charset=utf-8"}]
    planted(bought, lambda body: body["order"].update(createdAt=None))
    planted(changed, lambda body: [body])
    refused["response"]["status"] = 418
    hook = webhook(lambda body: dict(reversed(body.items())))
    path = tmp_path / "planted.har"
    path.write_text(json.dumps({"log": {"entries": [events, inventory, bought, changed, refused]}}))

    answer = compared([path, written(tmp_path, hook)], fresh)

    assert sorted(differences(answer)) == [
        ("GET /events", "format", "data[].isoDate"),
        ("GET /events", "missing", "data[].location"),
        ("GET /events", "page", "meta.pagination.hasMore"),
        ("GET /inventory", "extra", "data[].seatView"),
        ("GET /inventory", "header", "Content-Type"),
        ("GET /inventory", "status", ""),
        ("GET /inventory", "type", "data[].price"),
        ("PATCH /orders", "envelope", ""),
        ("POST /orders", "null", "order.createdAt"),
        ("notice order.accepted", "order", ""),
    ]
    assert (answer["passed"], answer["counts"]["differ"]) == (False, 6)


def test_archives_of_every_writer_agree(fresh: FreshWorld) -> None:
    answer = compared(sorted((FOLDER / "har").iterdir()), fresh)

    assert differences(answer) == []
    assert answer["counts"] == {"exchanges": 30, "compared": 30, "agree": 30, "differ": 0, "unknown": 0}


def test_redacted_recordings_agree_as_before(client: Client, fresh: FreshWorld, tmp_path: Path) -> None:
    path, out = tmp_path / "own.har", tmp_path / "redacted.har"
    path.write_text(json.dumps({"log": {"entries": recorded(client)}}))

    ran = CliRunner().invoke(main, ["redact", str(path), str(FOLDER / "document-skybox.jsonl"), "-o", str(out)])
    answer = compared([out], fresh)

    assert ran.exit_code == 0, ran.output
    assert FLOOR["customer"]["email"] not in out.read_text()
    assert (differences(answer), answer["counts"]["agree"]) == ([], 7)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (call({"data": [], "meta": 3}), [("GET /events", "type", "meta")]),
        (call("<html>"), [("GET /events", "body", "")]),
        (call("[" * 200 + "]" * 200), [("GET /events", "body", "")]),
        (call("[" * 100_000), [("GET /events", "body", "")]),
        (call(""), [("GET /events", "body", "")]),
        (call({"success": False}, status=400), [("GET /events", "missing", "error")]),
        (call({"success": False, "error": {}}, status=404, path="/api/v1/inventory?eventId=x"), [("GET /inventory", "type", "error")]),
        (call({"success": False, "error": "x"}, status=401, answer_headers={"WWW-Authenticate": "Key", "Content-Type": "application/json"},
              path="/api/v1/events?limit=0"), []),
        (webhook(lambda body: body | {"event": "order.accepted", EMAIL: 1}), [("notice order.accepted", "extra", "*")]),
        (webhook(secret="another secret"), [("notice order.accepted", "signature", "X-Webhook-Signature")]),
        (webhook() | {"headers": [pair for pair in webhook()["headers"] if pair[0] not in ("User-Agent", "Accept")]}, []),
        (webhook() | {"headers": [pair for pair in webhook()["headers"] if pair[0] != "X-Webhook-Delivery"]},
         [("notice order.accepted", "header", "X-Webhook-Delivery")]),
        (webhook() | {"headers": [*webhook()["headers"], ["X-Portal-Shop", WORD], ["X-Forwarded-For", WORD]]},
         [("notice order.accepted", "header", "x-portal-shop")]),
    ],
)  # fmt: skip
def test_differences_are_named(
    fresh: FreshWorld, tmp_path: Path, entry: object, expected: list[tuple[str, str, str]]
) -> None:
    assert differences(compared([written(tmp_path, entry)], fresh)) == expected


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (call({}, status=503), "the vendor failed: it answered 503"),
        (call(None), "the answer's body was not recorded"),
        (call(None, method="PATCH", path="/api/v1/orders", body="["), "the answer's body was not recorded"),
        (call({}, path="/api/v1/nothing"), "no host: no vendor has this host and path"),
        (call({}, path="/anything", vendor="portal"), "portal: no operation of the vendor has this path"),
        (call({}, path="/tixstock/v1/broker/authenticate", method="POST"), "no host: no vendor has this host and path"),
        ({"path": "/hook", "headers": {"X-Other": "1"}, "body": "{}"}, "no host: no vendor sends webhooks with these headers"),
        (webhook() | {"headers": [], "body": "{}"}, "portal: its type is none of the vendor's notices"),
        (webhook() | {"headers": [*webhook()["headers"][1:4], ["X-Webhook-Signature", "(redacted)"]]}, "its signature is redacted"),
    ],
)  # fmt: skip
def test_unknown_entries_are_named(fresh: FreshWorld, tmp_path: Path, entry: object, words: str) -> None:
    assert words in unknown(compared([written(tmp_path, entry)], fresh))


def test_ids_of_earlier_answers_are_followed(client: Client, fresh: FreshWorld, tmp_path: Path) -> None:
    events = client.get("/api/v1/events", limit=1).json()
    event = events["data"][0] | {"eventId": "their-event"}
    listing = {
        "listingId": "674e1234567890abcdef1234",
        "eventId": "their-event",
        "section": "A",
        "row": "1",
        "quantity": 2,
    }
    meta = {"total": 1, "filters": client.get("/api/v1/inventory", eventId=FLOOR["eventId"]).json()["meta"]["filters"]}
    flow = [
        call(events | {"data": [event]}),
        call(
            {"data": [listing | {"price": 5, "splits": [1, 2]}], "meta": meta},
            path="/api/v1/inventory?eventId=their-event",
        ),
    ]

    answer = compared([written(tmp_path, *flow)], fresh)

    assert {row["subject"]: row["played"] for row in answer["subjects"]} == {"GET /events": 1, "GET /inventory": 1}


def test_documents_agree_but_for_what_they_shorten(fresh: FreshWorld) -> None:
    answer = compared(sorted(FOLDER.glob("document-*.jsonl")), fresh, read_allowances(FOLDER / "allowances.yaml"))

    assert answer["passed"]
    assert answer["unused_allowances"] == []


def test_agreement_is_as_written(fresh: FreshWorld) -> None:
    assert json.loads(AGREEMENT.read_text()) == agreement(fresh), "write it anew: python -m tests.recordings"


def test_unused_allowances_are_named(fresh: FreshWorld, tmp_path: Path) -> None:
    path = tmp_path / "allow.yaml"
    path.write_text("allow:\n- {operation: GET /nothing, kind: null, reason: known}\n")

    answer = compared([FOLDER / "document-portal.jsonl"], fresh, read_allowances(path))

    assert answer["unused_allowances"] == ["GET /nothing: any difference at *"]


def test_reports_show_no_value(client: Client, fresh: FreshWorld, tmp_path: Path) -> None:
    lines = [
        call({"data": [{"email": EMAIL, WORD: EMAIL}], "meta": {EMAIL: {}}}),
        call({"success": WORD, "error": EMAIL, "details": {EMAIL: WORD}}, status=400, path=f"/api/v1/orders?token={WORD}", method="PATCH"),
        call({}, path=f"https://unknown.example/{EMAIL}?q={WORD}"),
        webhook(lambda body: body | {"order": {EMAIL: EMAIL}}),
    ]  # fmt: skip
    answer = compared([written(tmp_path, *lines)], fresh)

    texts = ["\n".join(report.lines(answer)), report.junit(answer), page.html(answer), json.dumps(answer)]

    assert answer["counts"]["differ"] == 3
    assert [text for text in texts if EMAIL in text or WORD in text] == []
    suites = ElementTree.fromstring(texts[1])
    assert [suite.get("failures") for suite in suites] == ["3", "0"]
    assert suites[1][0][0].get("message") == f"(1: {tmp_path}/recording.jsonl: entry 3)"
    assert "unknown.example" in texts[0]
    assert "<title>Recordings compared" in texts[2]


def compare(*arguments: object) -> Any:
    return CliRunner().invoke(main, ["compare", *map(str, arguments)])


def test_command_writes_every_report(tmp_path: Path) -> None:
    junit, html = tmp_path / "junit.xml", tmp_path / "report.html"
    path = FOLDER / "document-portal.jsonl"

    ran = compare(path, "--secret", f"portal={SECRET}", "--junit", junit, "--html", html, "--json")
    allowed = compare(path, "--allow", FOLDER / "allowances.yaml")

    answer = json.loads(ran.stdout)
    assert (ran.exit_code, answer["counts"]["differ"]) == (1, 1)
    assert ElementTree.parse(junit).getroot()[0].get("failures") == "1"
    assert "GET /events" in html.read_text()
    assert allowed.exit_code == 0
    assert "no secret was given to verify its signature with" in allowed.stdout
    assert "allowed  page at data" in allowed.stdout
    assert "unused allowance  zatabox notice order.completed: missing at data.*" in allowed.stdout


@pytest.mark.parametrize(
    ("lines", "options", "sentence"),
    [
        ([{"a": 1}], [], "recording.jsonl: entry 1: it has no path"),
        ([], [], "recording.jsonl: it is empty"),
        ([call({})], ["--vendor", "nobody"], "there is no vendor 'nobody'"),
        ([call({})], ["--allow", str(FOLDER / "agreement.json")], "agreement.json:2: portal: Unknown field."),
    ],
)
def test_unusable_input_is_named(tmp_path: Path, lines: list[object], options: list[str], sentence: str) -> None:
    ran = compare(written(tmp_path, *lines), *options)

    assert ran.exit_code == 2
    assert sentence in ran.stderr


def test_nothing_compared_is_no_success(tmp_path: Path) -> None:
    assert compare(written(tmp_path, call({}, path="/nothing"))).exit_code == 1
