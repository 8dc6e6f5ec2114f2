"""The control plane: every route there is, what it answers, what it refuses and how it says so, and whom it lets in."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from mockmarket import __version__
from mockmarket.config import Config, parse_networks
from mockmarket.control.base import BASE
from mockmarket.server.dispatch import Front
from mockmarket.server.serving import Server
from mockmarket.vendors.portal.vendor import VENDOR
from tests.conftest import Client, Served
from tests.receiver import Receiver
from tests.running import (
    FIXTURE,
    FLOOR,
    PORTAL_KEY,
    buy,
    deliveries,
    flask_app,
    listen,
    notices,
    serving,
    settled,
    talking_to,
)

ROUTES = """
GET health
GET metrics
GET vendors
GET worlds
GET worlds/{name}
PUT worlds/{name}
DELETE worlds/{name}
DELETE worlds
POST worlds/{name}/move
POST drain
DELETE drain
POST reset
GET settings
PATCH settings
GET clock
PUT clock
POST clock/advance
GET keys
POST keys
PATCH keys/{id}
DELETE keys/{id}
POST keys/{id}/rotate
GET endpoints
POST endpoints
PATCH endpoints/{id}
DELETE endpoints/{id}
GET notices
GET deliveries
GET deliveries/{id}
GET deliveries/har
POST deliveries/{id}/resend
POST deliveries/resend
POST deliveries/drop
GET faults
PUT faults
POST faults
DELETE faults
GET faults/{id}
DELETE faults/{id}
GET faults/catalogue
GET records/{vendor}/{kind}
GET records/{vendor}/{kind}/{id}
GET records/{vendor}/{kind}/{id}/fixture
GET {vendor}/actions
POST {vendor}/actions/{name}
POST {vendor}/trigger/{notice}
GET requests
DELETE requests
POST requests/find
POST requests/count
GET requests/unread
GET requests/har
GET requests/{id}
POST wait
GET snapshots
POST snapshots/{name}
DELETE snapshots/{name}
POST snapshots/{name}/restore
GET state
PUT state
GET scenarios
GET scenarios/{name}
POST scenarios/{name}/run
POST scenarios/{name}/step
POST scenarios/{name}/start
GET scenarios/{name}/runs
GET scenarios/{name}/runs/{id}
DELETE scenarios/{name}/runs/{id}
POST exam
"""
"""The control routes of the design (docs/architecture.md) that are built."""

PAGES = """
GET
GET docs
GET docs/start.js
GET docs/{name}
GET openapi.json
"""
"""What is for a browser, and holds no world's data."""


def error(answer: Any) -> Any:
    """Return an error answer's error, its shape checked."""
    body = answer.json()
    assert list(body) == ["error"]
    assert set(body["error"]) <= {"code", "message", "hint", "details", "seen"}
    return body["error"]


def fields(answer: Any) -> list[Any]:
    return [detail["field"] for detail in error(answer)["details"]]


def as_template(rule: str) -> Any:
    """Write Flask's `/_mockmarket/keys/<string:id>` as `keys/{id}`."""
    return re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule.removeprefix(BASE).strip("/"))


def raw(url: str, lines: Any, body: Any = b"") -> tuple[Any, ...]:
    """Send a request exactly as written; returns status and body."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode() + body)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    head, _, content = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), content.decode()


# The list


def test_control_routes_are_these() -> None:
    app = flask_app()

    served = {
        f"{method} {as_template(rule.rule)}".strip()
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(BASE)
        and ":other " not in str(rule.endpoint)
        and not rule.rule.startswith(f"{BASE}/ui/")  # the dashboard, for people
    }

    assert served == set((ROUTES + PAGES.strip()).strip().splitlines())


def test_every_route_is_guarded(client: Client) -> None:
    for line in ROUTES.strip().splitlines():
        method, path = line.split()
        answer = client.call(method, f"{BASE}/{path}", headers={"Host": "evil.example"}, json={})
        assert (answer.status_code, error(answer)["code"]) == (403, "forbidden"), line


# Health, vendors, settings


def test_health_is_503_before_open() -> None:
    front = Front(())
    server = Server(front, "127.0.0.1", 0, 2)
    server.start()

    status, body = raw(server.url, ["GET /_mockmarket/health HTTP/1.1", "Host: localhost"])

    assert (status, json.loads(body)) == (503, {"status": "loading"})
    server.stop(1)


def test_health_counts_what_there_is(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    buy(client)
    settled(client)

    health = client.control("GET", "health")

    assert (health["status"], health["version"]) == ("ok", __version__)
    assert client.world.name in health["worlds"]
    assert health["deliveries"] == {"delivered": 1}
    assert health["journal"] == {"entries": 1, "dropped": 0}


def test_vendors_are_described(client: Client) -> None:
    [portal] = [vendor for vendor in client.control("GET", "vendors")["vendors"] if vendor["name"] == "portal"]

    assert portal["base_url"] == f"{client.base}/api/v1"
    assert portal["also"] == [f"{client.base}/portal/api/v1"]
    assert portal["credentials"][0]["headers"] == PORTAL_KEY
    assert "order.confirmed" in [notice["name"] for notice in portal["notices"]]
    assert {"signature", "retries", "scopes", "records", "actions", "settings"} <= set(portal)


def test_vendor_credentials_work_as_shown(client: Client) -> None:
    [portal] = [vendor for vendor in client.control("GET", "vendors")["vendors"] if vendor["name"] == "portal"]

    answer = client.session.get(f"{portal['base_url']}/events", headers=portal["credentials"][0]["headers"])

    assert answer.status_code == 200


def test_settings_are_changed_and_listed(client: Client) -> None:
    after = client.control("PATCH", "settings", {"portal": {"retries": 2}, "core": {"signature_time": "world"}})

    assert (after["portal"]["retries"]["value"], after["portal"]["retries"]["default"]) == (2, 5)
    assert after["core"]["signature_time"]["value"] == "world"
    assert client.control("GET", "settings") == after


def test_null_puts_setting_to_default(client: Client) -> None:
    client.control("PATCH", "settings", {"portal": {"retries": 2}})

    after = client.control("PATCH", "settings", {"portal": {"retries": None}})

    assert after["portal"]["retries"]["value"] == 5


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("retries", -1, "must be at least 0"),
        ("retries", 1.5, "must be a whole number"),
        ("retries", "five", "must be a number"),
        ("retries", True, "must be a number"),
        ("strict_flow", "yes", "must be true or false"),
        ("nonsense", 1, "is not a setting; there are strict_flow"),
    ],
)
def test_wrong_setting_is_explained(client: Client, setting: str, value: Any, words: str) -> None:
    answer = client.patch("/_mockmarket/settings", {"portal": {setting: value}})

    assert answer.status_code == 400
    [detail] = error(answer)["details"]
    assert detail["field"] == f"portal.{setting}"
    assert detail["message"].startswith(words)


def test_one_wrong_setting_changes_none(client: Client) -> None:
    client.patch("/_mockmarket/settings", {"portal": {"retries": 1, "nonsense": 1}})

    assert client.control("GET", "settings")["portal"]["retries"]["value"] == 5


def test_wrong_choice_names_the_choices(client: Client) -> None:
    answer = client.patch("/_mockmarket/settings", {"core": {"signature_time": "lunar"}})

    assert error(answer)["message"] == "core.signature_time must be one of wall, world"


@pytest.mark.parametrize("body", [[], {"portal": 1}, "text", None])
def test_misshapen_settings_are_explained(client: Client, body: Any) -> None:
    answer = client.call(
        "PATCH", "/_mockmarket/settings", data=json.dumps(body), headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 400
    assert '{"<vendor>": {"<setting>": value}}' in error(answer)["message"]


# Unknown names


@pytest.mark.parametrize(
    ("method", "path", "words"),
    [
        ("GET", "worlds/nowhere", "there are main"),
        ("DELETE", "worlds/nowhere", "there are main"),
        ("PATCH", "settings", "There is no vendor 'nobody'; there are "),
        ("GET", "records/nobody/order", "There is no vendor 'nobody'; there are "),
        ("GET", "records/portal/ticket", "it has event, listing, order"),
        ("GET", "records/portal/order/nope", "portal has no order 'nope'"),
        ("GET", "nobody/actions", "There is no vendor 'nobody'; there are "),
        ("POST", "portal/actions/steal", "it has buy, set_status, report_issue, refund"),
        ("POST", "core/actions/steal", "it has cancel_event, move_event"),
        ("POST", "nobody/trigger/order.confirmed", "There is no vendor 'nobody'; there are "),
        ("POST", "core/trigger/order.confirmed", "There is no vendor 'core'; there are "),
        ("POST", "portal/trigger/order.lost", "it has order.confirmed, order.accepted"),
        ("GET", "deliveries/nope", "There is no delivery 'nope'"),
        ("POST", "deliveries/nope/resend", "There is no delivery 'nope'"),
        ("PATCH", "keys/nope", "There is no key 'nope'"),
        ("DELETE", "keys/nope", "There is no key 'nope'"),
        ("POST", "keys/nope/rotate", "There is no key 'nope'"),
        ("PATCH", "endpoints/nope", "There is no endpoint 'nope'"),
        ("DELETE", "endpoints/nope", "There is no endpoint 'nope'"),
        ("GET", "nothing/of/the/kind", "There is no GET /_mockmarket/nothing/of/the/kind"),
        ("GET", "docs/passwd", "There is no 'passwd' here"),
    ],
)
def test_unknown_name_lists_what_is(client: Client, method: str, path: str, words: str) -> None:
    answer = client.call(method, f"{BASE}/{path}", json={"nobody": {}} if path == "settings" else {})

    assert answer.status_code == 404
    assert words in error(answer)["message"]


def test_wrong_method_names_the_right(client: Client) -> None:
    answer = client.delete("/_mockmarket/health")

    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert "does not take DELETE" in error(answer)["message"]


# Notices and deliveries


def test_notices_are_newest_first(client: Client) -> None:
    orders = [buy(client)["orderId"] for _ in range(3)]

    listed = notices(client)

    assert [notice["record"] for notice in listed] == orders[::-1]
    assert json.loads(listed[0]["body"])["orderId"] == orders[-1]


def test_notices_are_filtered(client: Client) -> None:
    order = buy(client)
    buy(client)
    client.patch("/api/v1/orders", {"orderId": order["orderId"], "status": "accepted"})

    notices = client.get("/_mockmarket/notices", record=order["orderId"], type="order.accepted").json()["notices"]

    assert [(notice["record"], notice["type"]) for notice in notices] == [(order["orderId"], "order.accepted")]


def test_notices_of_a_request(client: Client) -> None:
    buy(client)
    answer = client.post("/api/v1/orders", FLOOR)

    notices = client.get("/_mockmarket/notices", cause=answer.headers["X-Mockmarket-Request"]).json()["notices"]

    assert [notice["record"] for notice in notices] == [answer.json()["order"]["orderId"]]


def test_pages_follow_each_other(client: Client) -> None:
    numbers = [row["number"] for row in (buy(client) and notices(client)[0] for _ in range(5))]

    first = client.get("/_mockmarket/notices", limit=2).json()["notices"]
    second = client.get("/_mockmarket/notices", limit=2, before=first[-1]["number"]).json()["notices"]

    assert [row["number"] for row in first + second] == numbers[:0:-1]


@pytest.mark.parametrize(
    "where", [{"state": "delivered"}, {"type": "order.confirmed"}, {"vendor": "portal"}, {"why": "event"}]
)
def test_deliveries_are_filtered(client: Client, receiver: Receiver, where: dict[str, Any]) -> None:
    endpoint = listen(client, receiver.url)
    buy(client)
    settled(client)

    assert [delivery["endpoint"] for delivery in deliveries(client, **where)] == [endpoint["id"]]
    assert deliveries(client, **dict.fromkeys(where, "dropped")) == []


def test_state_of_a_filter_is_one_that_exists(client: Client) -> None:
    answer = client.get("/_mockmarket/deliveries", state="delivred")

    assert (answer.status_code, answer.json()["error"]["details"][0]["field"]) == (400, "state")


@pytest.mark.parametrize("limit", ["0", "1001", "many"])
def test_bad_limit_is_explained(client: Client, limit: str) -> None:
    answer = client.get("/_mockmarket/deliveries", limit=limit)

    assert answer.status_code == 400
    assert fields(answer) == ["limit"]


@pytest.mark.parametrize(
    ("body", "field"),
    [({"count": 0}, "count"), ({"count": 1001}, "count"), ({"count": "3"}, "count"), ({"override": 1}, "override")],
)
def test_bad_trigger_is_explained(client: Client, body: dict[str, Any], field: str) -> None:
    answer = client.post("/_mockmarket/portal/trigger/order.confirmed", body)

    assert answer.status_code == 400
    assert fields(answer) == [field]


def test_trigger_needs_known_record(client: Client) -> None:
    answer = client.post("/_mockmarket/portal/trigger/order.confirmed", {"record": "order_0"})

    assert answer.status_code == 404
    assert "order_0" in error(answer)["message"]


def test_trigger_needs_known_endpoint(client: Client) -> None:
    answer = client.post("/_mockmarket/portal/trigger/order.confirmed", {"endpoint": "end_0"})

    assert answer.status_code == 404
    assert error(answer)["message"] == "There is no endpoint 'end_0'."


# Records and actions


def test_records_are_in_the_vendors_words(client: Client) -> None:
    order = buy(client)

    record = client.control("GET", f"records/portal/order/{order['orderId']}")

    assert record == order


def test_records_are_filtered_by_column(client: Client) -> None:
    buy(client)

    confirmed = client.get("/_mockmarket/records/portal/order", status="confirmed", event="1001").json()

    assert confirmed["total"] == 1
    assert [record["status"] for record in confirmed["records"]] == ["confirmed"]


def test_records_come_in_pages(client: Client) -> None:
    every = client.get("/_mockmarket/records/portal/listing", limit=1000).json()["records"]

    some = client.get("/_mockmarket/records/portal/listing", limit=2, offset=1).json()

    assert (some["total"], some["records"]) == (len(every), every[1:3])


def test_unknown_column_is_refused(client: Client) -> None:
    answer = client.get("/_mockmarket/records/portal/order", colour="red")

    assert answer.status_code == 400
    assert "colour" in error(answer)["message"]


def test_actions_are_listed_with_fields(client: Client) -> None:
    listed = client.control("GET", "portal/actions")["actions"]

    assert [row["name"] for row in listed] == [action.name for action in VENDOR.world.actions]
    assert {"name": "orderId", "required": True} in listed[2]["fields"]


def test_action_changes_and_tells(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    order = buy(client)

    changed = client.control("POST", "portal/actions/refund", {"orderId": order["orderId"]})

    assert changed["status"] == "refunded"
    assert {hook.json["event"] for hook in receiver.wait(2)} == {"order.confirmed", "order.refunded"}


def test_action_without_field_is_explained(client: Client) -> None:
    answer = client.post("/_mockmarket/portal/actions/refund", {})

    assert answer.status_code == 400
    assert fields(answer) == ["orderId"]


def test_barred_action_is_explained(client: Client) -> None:
    order = buy(client)
    client.control("POST", "portal/actions/refund", {"orderId": order["orderId"]})

    answer = client.post("/_mockmarket/portal/actions/refund", {"orderId": order["orderId"]})

    assert answer.status_code == 400
    assert error(answer)["code"] == "illegal_transition"


def test_cancelled_event_is_cancelled_everywhere(client: Client) -> None:
    client.control("POST", "core/actions/cancel_event", {"event": "1001"})

    listed = client.get("/api/v1/events").json()["data"]
    assert "1001" not in [event["eventId"] for event in listed]
    assert client.post("/api/v1/orders", FLOOR).status_code == 409


def test_moved_event_starts_then(client: Client) -> None:
    client.control("POST", "core/actions/move_event", {"event": "1001", "to": "2090-05-01T20:00"})

    assert client.control("GET", "records/portal/event/1001")["isoDate"] == "2090-05-01T20:00:00.000Z"


def test_event_is_cancelled_once(client: Client) -> None:
    client.control("POST", "core/actions/cancel_event", {"event": "1001"})

    answer = client.post("/_mockmarket/core/actions/cancel_event", {"event": "1001"})

    assert answer.status_code == 409


def test_move_needs_a_date(client: Client) -> None:
    answer = client.post("/_mockmarket/core/actions/move_event", {"event": "1001", "to": "later"})

    assert answer.status_code == 400
    assert fields(answer) == ["to"]


def test_move_needs_known_event(client: Client) -> None:
    answer = client.post("/_mockmarket/core/actions/move_event", {"event": "0", "to": "2090-05-01T20:00"})

    assert answer.status_code == 404


# Requests


def test_requests_show_call_and_answer(client: Client) -> None:
    answer = client.post("/api/v1/orders?note=here", FLOOR)

    [entry] = client.control("GET", "requests")["requests"]
    assert (entry["method"], entry["path"], entry["query"]) == ("POST", "/api/v1/orders", "note=here")
    assert (entry["status"], entry["vendor"], entry["id"]) == (201, "portal", answer.headers["X-Mockmarket-Request"])
    assert json.loads(entry["body"]) == FLOOR
    assert json.loads(entry["answer"]) == answer.json()


def test_requests_tell_why_refused(client: Client) -> None:
    client.post("/api/v1/orders", FLOOR | {"eventId": "nope"})

    [entry] = client.get("/_mockmarket/requests", refused="not_found").json()["requests"]

    assert entry["message"]


def test_requests_name_unread_members(client: Client) -> None:
    client.post("/api/v1/orders", FLOOR | {"sectoin": "typo"})

    assert client.control("GET", "requests")["requests"][0]["unread"] == ["sectoin"]


@pytest.mark.parametrize("where", [{"status": 201}, {"method": "POST"}, {"path": "/api/v1/orders"}, {"limit": 1}])
def test_requests_are_filtered(client: Client, where: dict[str, Any]) -> None:
    client.get("/api/v1/events")
    buy(client)

    requests = client.call("GET", "/_mockmarket/requests", params=where).json()["requests"]

    assert [entry["method"] for entry in requests] == ["POST"]


def test_control_calls_are_not_journaled(client: Client) -> None:
    client.control("GET", "clock")

    assert client.control("GET", "requests") == {"requests": [], "dropped": 0}


def test_requests_can_be_forgotten(client: Client) -> None:
    buy(client)

    assert client.delete("/_mockmarket/requests").status_code == 204

    assert client.control("GET", "requests")["requests"] == []


def test_journal_counts_what_it_drops() -> None:
    config = Config(fixture=FIXTURE)
    with serving(replace(config, limits=replace(config.limits, journal_entries=3))) as served:
        client = talking_to(served)

        for _ in range(5):
            client.get("/api/v1/events")

        journal = client.control("GET", "requests")
        assert (len(journal["requests"]), journal["dropped"]) == (3, 2)


# Who is let in


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:9", "127.0.0.1", "127.8.9.1:80", "[::1]:8000", "ci.localhost:1"]
)
def test_loopback_names_are_let_in(client: Client, host: str) -> None:
    answer = client.call("GET", "/_mockmarket/clock", headers={"Host": host})

    assert answer.status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "localhost.evil.example", "10.0.0.1"])
def test_rebound_name_is_refused(client: Client, host: str) -> None:
    answer = client.call("GET", "/_mockmarket/clock", headers={"Host": host})

    assert answer.status_code == 403
    assert "loopback" in error(answer)["message"]


@pytest.mark.parametrize("host", ["[::1", "a b", "a/b", "\x7f"])
def test_malformed_host_is_no_failure(client: Client, host: str) -> None:
    status, _ = raw(client.base.partition("/w/")[0], ["GET /_mockmarket/clock HTTP/1.1", f"Host: {host}"])

    assert status in (400, 403)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1"])
def test_other_origin_is_refused(client: Client, origin: str) -> None:
    answer = client.call("POST", "/_mockmarket/reset", headers={"Origin": origin})

    assert answer.status_code == 403
    assert origin in error(answer)["message"]


def test_scheme_of_an_origin_counts(client: Client) -> None:
    origin = client.base.partition("/w/")[0].replace("http:", "https:")

    assert client.call("POST", "/_mockmarket/reset", headers={"Origin": origin}).status_code == 403


def test_proxy_speaks_for_a_page_over_tls() -> None:
    with serving(Config(fixture=FIXTURE, trusted_proxies=parse_networks("127.0.0.0/8"))) as served:
        client = talking_to(served)
        origin = served.url.replace("http:", "https:")

        assert client.call("POST", "/_mockmarket/reset", headers={"Origin": origin}).status_code == 200


def test_own_origin_is_let_in(client: Client) -> None:
    origin = client.base.partition("/w/")[0]

    assert client.call("POST", "/_mockmarket/reset", headers={"Origin": origin}).status_code == 200


def test_no_answer_invites_other_origins(client: Client) -> None:
    answer = client.call("OPTIONS", "/_mockmarket/clock", headers={"Origin": "https://evil.example"})

    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None]
)
@pytest.mark.parametrize("path", ["reset", "clock/advance"])
def test_write_needs_json_content_type(client: Client, media: str | None, path: str) -> None:
    headers = {} if media is None else {"Content-Type": media}

    answer = client.call("POST", f"/_mockmarket/{path}", data=b'{"seconds": 1}', headers=headers)

    assert answer.status_code == 415
    assert "application/json" in error(answer)["message"]


def test_malformed_json_is_explained(client: Client) -> None:
    answer = client.call(
        "PUT", "/_mockmarket/clock", data=b'{"frozen": tru', headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 400
    assert error(answer)["code"] == "malformed"


def test_oversized_body_is_refused(client: Client) -> None:
    answer = client.call(
        "POST", "/_mockmarket/keys", data=b" " * 2_000_001, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 413


@pytest.fixture(scope="module")
def public() -> Iterator[Served]:
    """A mock that is configured as one that others can reach."""
    with serving(Config(fixture=FIXTURE, host="0.0.0.0", control_token="the-token")) as served:
        yield served


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "the-token"}, {"X-Mockmarket-Token": "töken".encode()}],
)
def test_public_control_needs_its_token(public: Served, headers: dict[str, Any]) -> None:
    answer = talking_to(public).call("GET", "/_mockmarket/keys", headers=headers)

    assert answer.status_code == 401
    assert "the-token" not in answer.text


def test_probe_needs_no_token(public: Served) -> None:
    client = talking_to(public)

    probed = client.get("/_mockmarket/health")
    wrong = client.call("GET", "/_mockmarket/health", headers={"X-Mockmarket-Token": "wrong"})
    allowed = client.call("GET", "/_mockmarket/health", headers={"X-Mockmarket-Token": "the-token"})

    assert (probed.status_code, probed.json()) == (200, {"status": "ok"})
    assert wrong.status_code == 401
    assert allowed.json()["worlds"] == ["main"]


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("PUT", "clock", {"frozen": "yes"}, "frozen"),
        ("PATCH", "endpoints/{endpoint}", {"active": "false"}, "active"),
        ("PUT", "worlds/{world}", {"seed": "7"}, "seed"),
        ("PATCH", "settings", {"portal": {"strict_flow": "no"}}, "portal.strict_flow"),
    ],
)
def test_types_are_those_of_json(
    client: Client, receiver: Receiver, method: str, path: str, body: Any, field: str
) -> None:
    path = path.format(endpoint=listen(client, receiver.url)["id"], world=client.world.name)

    answer = client.call(method, f"/_mockmarket/{path}", json=body)

    assert answer.status_code == 400
    assert fields(answer) == [field]


def test_guesses_at_the_token_are_slowed() -> None:
    with serving(Config(fixture=FIXTURE, host="0.0.0.0", control_token="the-token")) as served:
        client = talking_to(served)
        guesses = [client.call("GET", "/_mockmarket/keys", headers={"X-Mockmarket-Token": f"{n}"}) for n in range(11)]
        absent = client.call("GET", "/_mockmarket/keys")

    assert [answer.status_code for answer in guesses] == [401] * 10 + [429]
    assert (guesses[-1].json()["error"]["code"], absent.status_code) == ("rate_limited", 401)
    assert 0 < int(guesses[-1].headers["Retry-After"]) <= 10


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer the-token"}, {"X-Mockmarket-Token": "the-token"}])
def test_token_lets_in_from_anywhere(public: Served, headers: dict[str, Any]) -> None:
    answer = talking_to(public).call("GET", "/_mockmarket/keys", headers={"Host": "mock.example", **headers})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/w/nope/api/v1/events",
        "/w/nope/skybox/services/events",
        "/w/nope/",
        "/w/nope",
        "/w/nope/_mockmarket/keys",
        "/w/nope/x",
    ],
)
def test_public_mock_tells_no_other_worlds(public: Served, path: str) -> None:
    public.app.worlds.put("secret-project-x")

    answer = talking_to(public).session.get(public.url + path, timeout=30)

    assert answer.status_code == 404
    assert "nope" in answer.text
    assert "main" not in answer.text
    assert "secret-project-x" not in answer.text


def test_vendor_paths_need_no_token(public: Served) -> None:
    assert talking_to(public).get("/api/v1/events").status_code == 200


def test_public_mock_sends_to_no_private_address(public: Served, receiver: Receiver) -> None:
    client = talking_to(public)
    client.session.headers["X-Mockmarket-Token"] = "the-token"
    client.control("PUT", "clock", {"frozen": True})
    listen(client, receiver.url)
    buy(client)

    client.control("POST", "clock/advance", {"until": "quiet"})

    [failed] = deliveries(client)
    assert (failed["state"], receiver.hooks) == ("failed", [])


# Answers' marks, and the pages


def test_every_answer_says_whose_it_is(client: Client) -> None:
    for path in ("/api/v1/events", "/_mockmarket/clock", "/", "/nowhere", "/_mockmarket/nowhere"):
        answer = client.get(path)

        assert answer.headers["X-Mockmarket"] == __version__
        assert answer.headers["X-Mockmarket-World"] == client.world.name


@pytest.mark.parametrize("path", ["", "/", "/_mockmarket", "/_mockmarket/"])
def test_index_says_what_is_here(client: Client, path: str) -> None:
    index = client.get(path).json()

    assert index["base_urls"]["portal"] == f"{client.base}/api/v1"
    assert (index["world"], index["docs"]) == (client.world.name, f"{client.base}/_mockmarket/docs")


def test_path_of_nobody_is_explained(client: Client) -> None:
    answer = client.get("/api/v2/events")

    assert answer.status_code == 404
    assert error(answer)["message"] == "There is no GET /api/v2/events."


def test_browser_works_without_the_internet(client: Client) -> None:
    page = client.get("/_mockmarket/docs")

    assets = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    answers = [client.get(f"/_mockmarket/{asset}") for asset in assets]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert not re.search(r'(src|href|url)\s*[=:]\s*"?(https?:)?//', page.text + answers[3].text)
    assert page.headers["Content-Security-Policy"].startswith("default-src 'self'")


@pytest.mark.thorough
def test_browser_reads_this_document(client: Client) -> None:
    start = client.get("/_mockmarket/docs/start.js").text

    (name,) = re.findall(r'url: "([^"]+)"', start)

    assert client.get(f"/_mockmarket/{name}").json()["info"]["title"] == "mockmarket"


@pytest.mark.thorough
def test_document_knows_every_control_route(client: Client) -> None:
    paths = client.control("GET", "openapi.json")["paths"]

    documented = {
        f"{method.upper()} {path.removeprefix(BASE + '/')}"
        for path, item in paths.items()
        for method in item
        if path.startswith(BASE) and method in ("get", "put", "post", "patch", "delete")
    }
    assert documented == set(ROUTES.strip().splitlines())
