"""The request journal: everything sent to a vendor is in it, within its bounds, and no secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mockmarket.clock import iso_ms
from mockmarket.config import Config, Limits
from mockmarket.worlds import journal
from mockmarket.worlds.journal import Entry, Journal
from mockmarket.worlds.world import World
from tests.conftest import Client, Served
from tests.sixth.serving import serving

TINY = Limits(journal_entries=3, journal_body=40, request_body=2_000)


def entry(number: int, body: bytes = b"", **changes: Any) -> Entry:
    """Make an entry."""
    fields: dict[str, Any] = {"vendor": "acme", "method": "GET", "path": "/x", "query": "", "headers": (), "body": body, "status": 200,
              "answer": b"", "at": 0, "wall_at": 0, "elapsed_ms": 0.0}  # fmt: skip
    return Entry(id=f"r{number}", **(fields | changes))


def ids(journal: Journal) -> list[str]:
    """Return the ids of what is kept, oldest first."""
    return [row.id for row in journal.find({})]


@pytest.fixture(scope="module")
def tiny() -> Iterator[Served]:
    """Serve a mock that keeps next to nothing."""
    with serving(Config(fixture="small", limits=TINY)) as served:
        yield served


def entries(client: Client, **where: Any) -> list[dict[str, Any]]:
    """Return what a world's journal says."""
    return list(client.call("GET", "/_mockmarket/requests", params=where).json()["requests"])


def test_oldest_go_when_too_many() -> None:
    journal = Journal(Limits(journal_entries=2))

    for number in range(5):
        journal.add(entry(number))

    assert (ids(journal), journal.dropped) == (["r3", "r4"], 3)


def test_oldest_go_when_too_large() -> None:
    journal = Journal(Limits(journal_bytes=5_000))

    for number in range(4):
        journal.add(entry(number, b"x" * 1_500))

    assert (ids(journal), journal.dropped) == (["r2", "r3"], 2)


def test_one_too_large_is_dropped_too() -> None:
    journal = Journal(Limits(journal_bytes=1_000))

    journal.add(entry(1, b"x" * 10_000))
    journal.add(entry(2))

    assert (ids(journal), journal.dropped) == (["r2"], 1)


def test_cleared_journal_counts_anew() -> None:
    journal = Journal(Limits(journal_entries=1))
    journal.add(entry(1))
    journal.add(entry(2))

    journal.clear()

    assert (ids(journal), journal.dropped, journal.next_id(), journal.next_id()) == ([], 0, "r000001", "r000002")


def test_every_condition_must_hold() -> None:
    journal = Journal(Limits())
    journal.add(entry(1, status=404, vendor="acme"))
    journal.add(entry(2, status=404, vendor="other"))
    journal.add(entry(3, status=200, vendor="acme"))

    assert [row.id for row in journal.find({"status": 404, "vendor": "acme"})] == ["r1"]


@pytest.mark.parametrize(
    "name", ["X-API-Key", "Authorization", "x-token", "Cookie", "Set-Cookie", "X-Webhook-Secret", "Proxy-Authorization",
             "X-Signature", "X-Application-Token", "X-Password"],
)  # fmt: skip
def test_header_of_credentials_is_redacted(name: str) -> None:
    assert journal.redact_headers([(name, "hush")]) == ((name, "(redacted)"),)


def test_other_headers_are_kept() -> None:
    headers = (("Content-Type", "application/json"), ("X-Request-Id", "abc"))

    assert journal.redact_headers(headers) == headers


@pytest.mark.parametrize(
    "name", ["secret", "Secret", "client_secret", "clientSecret", "webhook-secret", "password", "token", "access_token",
             "accessToken", "api_key", "apiKey", "apikey", "key"],
)  # fmt: skip
def test_member_of_secrets_is_redacted(name: str) -> None:
    body = json.dumps({"deep": [{name: 'hu"sh\\', "next": 1}]}).encode()

    redacted = journal.redact_body(body, 1_000)

    assert json.loads(redacted) == {"deep": [{name: "(redacted)", "next": 1}]}


def test_other_members_are_kept() -> None:
    body = b'{"keyboard": "a", "tokens": 3, "name": "secret", "monkey": "b"}'

    assert journal.redact_body(body, 1_000) == body


def test_secret_is_cut_out_before_cutting() -> None:
    body = b'{"pad": "' + b"x" * 20 + b'", "secret": "hushhushhush"}'

    assert b"hush" not in journal.redact_body(body, 46)


def test_body_is_cut_at_its_bound() -> None:
    assert journal.redact_body(b"x" * 100, 10) == b"x" * 10


def test_request_and_answer_are_kept(client: Client, world: World) -> None:
    client.control("PUT", "clock", {"frozen": True})

    answer = client.call("PATCH", "/api/v1/orders?a=1", json={"orderId": "x", "status": "accepted", "odd": 1})
    (record,) = entries(client)

    assert (record["method"], record["path"], record["query"]) == ("PATCH", "/api/v1/orders", "a=1")
    assert (record["status"], record["answer"], record["refused"]) == (404, answer.text, "not_found")
    assert json.loads(record["body"])["orderId"] == "x"
    assert (record["id"], record["at"]) == (answer.headers["X-Mockmarket-Request"], iso_ms(world.clock.now()))
    assert (record["unread"], record["vendor"]) == (["odd"], "portal")


def test_no_secret_reaches_the_journal(client: Client) -> None:
    client.call("GET", "/api/v1/events", headers={"X-API-Key": "an-unknown-key-of-somebody"})
    client.post("/api/v1/orders", {"secret": "hush-hush-hush", "password": "hush-hush-hush"})

    text = json.dumps(entries(client))

    assert "an-unknown-key-of-somebody" not in text
    assert "portal_test_full_00000000" not in text
    assert "hush" not in text


def test_control_requests_are_not_kept(client: Client) -> None:
    client.control("GET", "vendors")
    client.get("/nobody's/path")

    assert entries(client) == []


def test_journal_is_of_one_world(served: Served, client: Client) -> None:
    client.get("/api/v1/events")

    world, _ = served.app.worlds.put("journal-of-another", "small")
    rows = entries(Client(served.url, world))
    served.app.worlds.drop(world.name)

    assert rows == []


def test_entries_are_found_by_field(client: Client) -> None:
    client.get("/api/v1/events")
    client.get("/api/v1/inventory")
    client.get("/api/v1/nothing")

    assert [row["path"] for row in entries(client, status=400)] == ["/api/v1/inventory"]
    assert [row["path"] for row in entries(client, refused="not_found")] == ["/api/v1/nothing"]
    assert [row["path"] for row in entries(client, limit=1)] == ["/api/v1/nothing"]


def test_requests_can_be_forgotten(client: Client) -> None:
    client.get("/api/v1/events")

    client.control("DELETE", "requests")

    assert entries(client) == []


def test_served_journal_keeps_its_bounds(tiny: Served) -> None:
    world, _ = tiny.app.worlds.put("bounded")
    client = Client(tiny.url, world)

    for _ in range(5):
        client.post("/api/v1/orders", {"customer": "x" * 1_000})
    health = client.control("GET", "health")

    assert health["journal"] == {"entries": 3, "dropped": 2}
    assert {len(row["body"]) for row in entries(client)} == {40}


def test_oversized_body_is_not_kept(tiny: Served) -> None:
    world, _ = tiny.app.worlds.put("oversized")
    client = Client(tiny.url, world)
    client.key = {"X-API-Key": "portal_test_full_00000000"}

    answer = client.post("/api/v1/orders", {"customer": "x" * 3_000})
    (record,) = entries(client)

    assert (answer.status_code, record["status"], record["refused"], record["body"]) == (413, 413, "too_large", "")


def test_reset_forgets_the_requests(client: Client) -> None:
    client.get("/api/v1/events")

    client.control("POST", "reset")

    assert entries(client) == []


@pytest.mark.parametrize(
    ("query", "redacted"),
    [
        ("page=1&api_key=hush&x", "page=1&api_key=(redacted)&x"), ("TOKEN=hush=hush", "TOKEN=(redacted)"),
        ("q=a+key&signature=", "q=a+key&signature=(redacted)"),
        ("key&b=2", "key&b=2"), ("", ""),
    ],
)  # fmt: skip
def test_parameter_of_secrets_is_redacted(query: str, redacted: str) -> None:
    assert journal.redact_query(query) == redacted


@pytest.mark.parametrize("query", ["key" * 100_000, "q=" + "x" * 300_000])
def test_long_query_is_looked_through_once(query: str) -> None:
    assert journal.redact_query(query) == query
