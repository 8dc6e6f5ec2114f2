"""Queries of the journal: find, count, unread fields, and the effects of a request; none of them shows a secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mockmarket.api.schemas import schema_of
from mockmarket.clock import monotonic
from mockmarket.config import Config, Limits
from mockmarket.control import Error, requests as shapes
from mockmarket.control.snapshots import Snapshot, Snapshots
from mockmarket.control.wait import Waited
from mockmarket.matching.operators import like
from mockmarket.matching.redaction import Hidden, in_body
from mockmarket.worlds.effects import NO_EFFECTS
from tests.conftest import Client
from tests.receiver import Receiver
from tests.running import FIXTURE, FLOOR, PORTAL_KEY, buy, listen, serving, settled, talking_to


@pytest.fixture
def ids(client: Client) -> dict[str, Any]:
    """Make one request of each sort; returns their ids by sort."""
    order = {**FLOOR, "note": "typing error", "colour": "red"}
    calls = {
        "events": client.call("GET", "/api/v1/events?limit=2", headers={"User-Agent": "node/20", "X-Trace": "a"}),
        "order": client.call("POST", "/api/v1/orders", json=order),
        "missing": client.get("/api/v1/nothing"),
        "keyless": client.call("GET", "/api/v1/events", headers={"X-API-Key": ""}),
    }
    return {name: answer.headers["X-Mockmarket-Request"] for name, answer in calls.items()}


def find(client: Client, **where: Any) -> list[Any]:
    """Return the ids of the requests that match, oldest first."""
    return [request["id"] for request in client.control("POST", "requests/find", {"where": where})["requests"]]


SEARCHES: list[tuple[dict[str, Any], str]] = [
    ({}, "events order missing keyless"),
    ({"vendor": "portal"}, "events order missing keyless"),
    ({"vendor": "nobody"}, ""),
    ({"method": "post"}, "order"),
    ({"path": "/api/v1/events"}, "events keyless"),
    ({"path": "/api/*/e?ents"}, "events keyless"),
    ({"path": "/api/v1"}, ""),
    ({"path": "/api/v1/event[s]"}, ""),
    ({"path_prefix": "/api/v1/o"}, "order"),
    ({"status": 404}, "missing"),
    ({"status": "4xx"}, "missing keyless"),
    ({"status": "2XX"}, "events order"),
    ({"refused": True}, "missing keyless"),
    ({"refused": False}, "events order"),
    ({"refused": "not_found"}, "missing"),
    ({"unread": True}, "order"),
    ({"unread": False}, "events missing keyless"),
    ({"unread": "colour"}, "order"),
    ({"body_contains": '"typing error"'}, "order"),
    ({"query_contains": "limit=2"}, "events"),
    ({"header": {"user-agent": "node*"}}, "events"),
    ({"header": {"X-Trace": True}}, "events"),
    ({"header": {"X-Trace": "b"}}, ""),
    ({"status": "2xx", "method": "GET"}, "events"),
]


def test_requests_are_found_by_what_they_had(client: Client, ids: dict[str, str]) -> None:
    for where, expected in SEARCHES:
        assert find(client, **where) == [ids[name] for name in expected.split()], where


def test_requests_after_another_are_found(client: Client, ids: dict[str, str]) -> None:
    assert find(client, after=ids["order"]) == [ids["missing"], ids["keyless"]]


def test_requests_of_a_key_are_found(client: Client, ids: dict[str, str]) -> None:
    key = client.control("POST", "requests/find", {"where": {"id": ids["events"]}})["requests"][0]["key"]

    assert find(client, key=key) == [ids["events"], ids["order"]]


def test_finding_answers_with_the_newest(client: Client, ids: dict[str, str]) -> None:
    answer = client.control("POST", "requests/find", {"limit": 2})

    assert answer["count"] == 4
    assert [request["id"] for request in answer["requests"]] == [ids["missing"], ids["keyless"]]


def test_alias_is_found_under_its_base(client: Client) -> None:
    client.get("/portal/api/v1/events")

    assert len(find(client, path="/api/v1/events")) == 1


def test_requests_are_counted(client: Client, ids: dict[str, str]) -> None:
    answer = client.control("POST", "requests/count", {"where": {"refused": True}})

    assert answer == {
        "count": 2,
        "by_status": {"404": 1, "401": 1},
        "refused": {"not_found": 1, "unauthenticated": 1},
        "dropped": 0,
    }


def test_everything_is_counted_without_conditions(client: Client, ids: dict[str, str]) -> None:
    assert client.control("POST", "requests/count", {})["count"] == 4


@pytest.mark.parametrize("route", ["find", "count"])
def test_unknown_condition_is_refused(client: Client, route: str) -> None:
    answer = client.post(f"/_mockmarket/requests/{route}", {"where": {"pfad": "/x"}})

    assert answer.status_code == 400
    assert "pfad" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("a*b*c", "a-b-b-c", True), ("a*b*c", "a-c-b", False), ("*ab", "aab", True), ("*ab*ab", "ab", False), ("a**", "a", True),
        ("?*?", "a", False), ("?*?", "ab", True), ("*a?b*", "aaxb", True), ("a*a", "a", False), ("", "", True), ("*", "", True),
    ],
)  # fmt: skip
def test_stars_fit_any_characters(pattern: str, text: str, expected: bool) -> None:
    assert like(pattern, text) is expected


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ({"path": "*" + "a" * 250}, "Must have at most 250 characters when * or ? is in it."),
        (
            {"header": {"X-Trace": "?" * 251}},
            "X-Trace must be a text that its value is or fits, or true for any. Must have at most 250",
        ),
        ({"header": {"X-Trace": 5}}, "X-Trace must be a text that its value is or fits, or true for any."),
        ({"header": {f"X-{number}": "a" for number in range(51)}}, "Must be 50 headers at most"),
    ],
)
@pytest.mark.parametrize("route", ["requests/find", "requests/count", "wait"])
def test_pattern_beyond_its_bounds_is_refused(client: Client, where: dict[str, Any], words: str, route: str) -> None:
    answer = client.post(f"/_mockmarket/{route}", {"where": where, **({"for": "requests"} if route == "wait" else {})})

    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]


def test_long_text_without_stars_is_found(client: Client) -> None:
    client.call("GET", "/api/v1/events", headers={"X-Trace": "a" * 3000})

    assert len(find(client, header={"X-Trace": "a" * 3000})) == 1


@pytest.mark.parametrize(
    "pattern",
    [
        "*" + "a" * 248 + "b",
        "*" + "a" * 120 + "?" + "a" * 120 + "b*",
        "*?" * 124 + "b",
        "*a" * 124 + "*b",
        "?" * 249 + "*b",
    ],
)
def test_no_pattern_takes_long(pattern: Any) -> None:
    start = monotonic()

    assert not like(pattern, "a" * 250_000)

    assert monotonic() - start < 3


def test_many_stars_take_no_time() -> None:
    start = monotonic()

    is_match = like("*a*a*a*b", "a" * 400)

    assert not is_match
    assert monotonic() - start < 1


def test_dropped_requests_are_counted() -> None:
    with serving(Config(fixture=FIXTURE, limits=Limits(journal_entries=2))) as served:
        client = talking_to(served)
        for _ in range(5):
            client.get("/api/v1/events")

        answers = [
            client.control("POST", "requests/find", {}),
            client.control("POST", "requests/count", {}),
            client.control("GET", "requests/unread"),
        ]

    assert [answer["dropped"] for answer in answers] == [3, 3, 3]


def test_answers_are_as_documented(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    client.call("POST", "/api/v1/orders", json={**FLOOR, "colour": "red"})
    settled(client)
    [id] = find(client)

    answers = [
        (shapes.Found, client.control("POST", "requests/find", {})),
        (shapes.Counted, client.control("POST", "requests/count", {})),
        (shapes.Unread, client.control("GET", "requests/unread")),
        (shapes.RequestWithEffects, client.control("GET", f"requests/{id}")),
        (Waited, client.control("POST", "wait", {"for": "deliveries"})),
        (Waited, client.control("POST", "wait", {"for": "requests"})),
        (Waited, client.control("POST", "wait", {"for": "quiet"})),
        (Snapshot, client.control("POST", "snapshots/one")),
        (Snapshots, client.control("GET", "snapshots")),
        (Error, client.post("/_mockmarket/wait", {"for": "requests", "count": 9, "timeout_s": 0}).json()),
    ]

    wrong = [(shape.__name__, schema_of(shape, "answer").validate(answer)) for shape, answer in answers]
    assert [(name, errors) for name, errors in wrong if errors] == []


# Unread fields


def test_unread_fields_are_grouped(client: Client, ids: dict[str, str]) -> None:
    for _ in range(2):
        last = client.call("POST", "/api/v1/orders", json={**FLOOR, "colour": "red"}).headers["X-Mockmarket-Request"]

    unread = client.control("GET", "requests/unread")["unread"]

    where = {"vendor": "portal", "method": "POST", "paths": ["/api/v1/orders"]}
    assert unread == [
        {**where, "field": "colour", "count": 3, "last": last},
        {**where, "field": "note", "count": 1, "last": ids["order"]},
    ]


def test_unread_field_within_another_has_its_path(client: Client) -> None:
    customer = {**FLOOR["customer"], "colour": "red"}

    client.post("/api/v1/orders", {**FLOOR, "customer": customer})

    assert [row["field"] for row in client.control("GET", "requests/unread")["unread"]] == ["customer.colour"]


def test_nothing_unread_is_nothing(client: Client) -> None:
    client.get("/api/v1/events")

    assert client.control("GET", "requests/unread") == {"unread": [], "dropped": 0}


# Effects of a request


def test_chain_goes_from_request_to_answer(client: Client, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (500, b"out of order")
    client.control("PATCH", "settings", {"portal": {"retries": 0}})
    end = listen(client, receiver.url)
    order = buy(client)
    settled(client, state="failed")
    [cause] = find(client, method="POST")

    chain = client.control("GET", f"requests/{cause}")

    changed = {(record["vendor"], record["kind"], record["id"], record["change"]) for record in chain["records"]}
    assert ("portal", "order", order["orderId"], "stored") in changed
    [movement] = chain["stock"]
    assert (movement["what"], movement["quantity"], movement["vendor"], movement["record"]) == (
        "sold",
        1,
        "portal",
        order["orderId"],
    )
    [notice] = [notice for notice in chain["notices"] if notice["type"] == "order.confirmed"]
    [delivery] = notice["deliveries"]
    assert (delivery["endpoint"], delivery["state"]) == (end["id"], "failed")
    [attempt] = delivery["attempts_made"]
    assert (attempt["answer"]["status"], attempt["answer"]["body"]) == (500, "out of order")
    assert attempt["request"]["body"] == receiver.hooks[0].body.decode()
    assert set(chain["left_out"].values()) == {0}


def test_request_that_changed_nothing(client: Client) -> None:
    id = client.get("/api/v1/events").headers["X-Mockmarket-Request"]

    chain = client.control("GET", f"requests/{id}")

    assert (chain["records"], chain["stock"], chain["notices"]) == ([], [], [])


def test_refused_request_changed_nothing(client: Client) -> None:
    answer = client.post("/api/v1/orders", {**FLOOR, "quantity": 5_000})

    chain = client.control("GET", f"requests/{answer.headers['X-Mockmarket-Request']}")

    assert answer.status_code == chain["status"] == 400
    assert (chain["records"], chain["stock"]) == ([], [])


def test_chain_is_bounded(client: Client) -> None:
    touched = {("acme", "listing", f"{number:03}"): "stored" for number in range(500)}
    id = client.get("/api/v1/events").headers["X-Mockmarket-Request"]
    effects = NO_EFFECTS.and_then(touched, [{"stock": "s"}] * 300)

    twice = effects.and_then({("acme", "listing", "000"): "deleted"}, [])

    assert (len(effects.records), effects.records_in_all, len(effects.stock), effects.stock_in_all) == (
        200,
        500,
        200,
        300,
    )
    assert (twice.records[0], twice.records_in_all) == (("acme", "listing", "000", "deleted"), 500)
    assert client.control("GET", f"requests/{id}")["left_out"]["records"] == 0


def test_long_answers_are_cut(client: Client, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (200, b"x" * 50_000)
    listen(client, receiver.url)
    buy(client)
    settled(client)

    [notice] = client.control("GET", f"requests/{find(client, method='POST')[0]}")["notices"]

    answer = notice["deliveries"][0]["attempts_made"][0]["answer"]
    assert (len(answer["body"]), answer["truncated"]) == (2_000, True)


def test_unknown_request_is_explained(client: Client) -> None:
    answer = client.get("/_mockmarket/requests/r999999")

    assert answer.status_code == 404
    assert "There is no request 'r999999'" in answer.json()["error"]["message"]
    assert "deliveries?cause=r999999" in answer.json()["error"]["hint"]


@pytest.mark.thorough
def test_ids_go_on_after_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    config = Config(fixture=FIXTURE, data=tmp_path)
    with serving(config) as served:
        client = talking_to(served)
        listen(client, receiver.url)
        buy(client)
        [row] = settled(client)

    with serving(config) as served:
        id = talking_to(served).get("/api/v1/events").headers["X-Mockmarket-Request"]

    assert id > row["cause"]


# Secrets


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("password=hush&name=a", "password=(redacted)&name=a"),
        ("name=a&client_secret=hu%20sh", "name=a&client_secret=(redacted)"),
        ("name=a&apiKey=hush&x=1", "name=a&apiKey=(redacted)&x=1"),
        ("access_token=hush", "access_token=(redacted)"),
        ("name=the+key&tokens", "name=the+key&tokens"),
    ],
)
def test_form_member_of_secrets_is_redacted(client: Client, body: str, expected: str) -> None:
    client.call("POST", "/api/v1/orders", data=body, headers={"Content-Type": "application/x-www-form-urlencoded"})

    [request] = client.control("GET", "requests")["requests"]

    assert request["body"] == expected


def test_part_of_secrets_is_redacted(client: Client) -> None:
    parts = {"password": (None, "hush\r\nhush"), "name": (None, "a"), "api_key": ("k.txt", "hush", "text/plain")}
    client.call("POST", "/api/v1/orders", files=parts)

    [request] = client.control("GET", "requests")["requests"]

    assert "hush" not in request["body"]
    assert request["body"].count("(redacted)") == 2
    assert 'name="name"\r\n\r\na\r\n' in request["body"]


def test_no_route_shows_a_secret(client: Client) -> None:
    client.call("GET", "/api/v1/events?api_key=hush1", headers={"Authorization": "Bearer hush2"})
    client.call("POST", "/api/v1/orders", json={"secret": "hush3", "deep": {"token": "hush4"}})
    client.call("POST", "/api/v1/orders", data="secret=hush5", headers={"Content-Type": "text/plain"})
    id = client.get("/api/v1/events").headers["X-Mockmarket-Request"]

    output = json.dumps([
        client.control("POST", "requests/find", {}),
        client.control("GET", "requests"),
        client.control("GET", f"requests/{id}"),
        client.control("POST", "wait", {"for": "requests", "count": 4}),
        client.post("/_mockmarket/wait", {"for": "requests", "count": 9, "timeout_s": 0}).json(),
    ])  # fmt: skip

    assert "hush" not in output
    assert PORTAL_KEY["X-API-Key"] not in output


def test_secret_is_not_found_by(client: Client) -> None:
    client.call("POST", "/api/v1/orders", json={"secret": "hush"})

    assert find(client, body_contains="hush") == []


@pytest.mark.parametrize("body", [b"key=" * 100_000, b'name="key"' * 50_000, b"&secret" * 100_000, b"a=b&" * 200_000])
def test_long_body_is_looked_through_once(body: Any) -> None:
    began = monotonic()

    in_body(body, Hidden())

    assert monotonic() - began < 5
