"""Zatabox's webhook endpoints: subscribed, changed, tested, rotated, listed; and deliveries that are retried and replayed."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mockmarket.clock import parse_iso
from mockmarket.vendors.zatabox.records.accounts import CATALOG
from tests.conftest import Client
from tests.receiver import Receiver
from tests.vendors.zatabox import Box, issues, node_judges, opened, refused, stamp

DAY = 86_400
OFFSETS = [0, 60, 360, 2_160, 9_360, 52_560, *(52_560 + DAY * day for day in range(1, 7))]
"""Document, "Delivery & retries": at once, after 1 m, 5 m, 30 m, 2 h, 12 h, then daily; twelve in all."""


def fail(box: Box, receiver: Receiver, status: int = 500) -> dict[str, Any]:
    """Subscribe a receiver that fails, and cause one delivery."""
    receiver.answer = lambda hook: (status, b"no")
    endpoint = box.listen(receiver, "report.submitted")
    box.post("/users/me/reports", {"reason": "noise"})
    return endpoint


def test_catalog_needs_no_key(client: Client) -> None:
    rows = opened(client, None).get("/webhooks/catalog")["items"]

    assert [row["type"] for row in rows] == [notice.name for notice in CATALOG]
    assert (len(rows), sum(row["fires"] for row in rows)) == (27, 24)


def test_catalog_lists_data_keys(box: Box) -> None:
    rows = {row["type"]: row["dataKeys"] for row in box.get("/webhooks/catalog")["items"]}

    assert rows["order.completed"] == ["order", "tickets"]
    assert all(rows.values())


def test_new_endpoint_shows_its_secret(box: Box, receiver: Receiver) -> None:
    endpoint = box.listen(receiver, "order.completed", "refund.requested")

    assert re.fullmatch(r"whsec_[0-9a-f]{48}", endpoint["secret"])
    assert (endpoint["url"], endpoint["events"]) == (receiver.url, ["order.completed", "refund.requested"])


def test_secret_is_shown_only_once(box: Box, receiver: Receiver) -> None:
    endpoint = box.listen(receiver, "order.completed")

    listed = box.get("/webhooks")["items"]
    changed = box.put(f"/webhooks/{endpoint['id']}", {"description": "mine"})

    assert listed == [{name: value for name, value in endpoint.items() if name != "secret"}]
    assert "secret" not in changed


@pytest.mark.parametrize("type", ["application/json", "application/x-www-form-urlencoded", "text/plain", ""])
def test_any_content_type_is_json(box: Box, receiver: Receiver, type: str) -> None:
    body = {"url": receiver.url, "events": ["order.completed"]}

    answer = box.call("POST", "/webhooks", body, {"Content-Type": type} if type else {})

    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "http://localhost/x", "events": ["order.paid"]}, "events.0"),
        ({"url": "http://localhost/x", "events": []}, "events"),
        ({"url": "http://localhost/x"}, "events"),
        ({"events": ["order.completed"]}, "url"),
        ({"url": "ftp://localhost/x", "events": ["order.completed"]}, "url"),
        ({"url": "http://user:pw@localhost/x", "events": ["order.completed"]}, "url"),
    ],
)
def test_bad_subscription_names_its_field(box: Box, body: dict[str, Any], field: str) -> None:
    assert issues(box.call("POST", "/webhooks", body)) == [field]


def test_https_can_be_required(box: Box) -> None:
    box.set(require_https=True)

    answer = box.call("POST", "/webhooks", {"url": "http://localhost/x", "events": ["order.completed"]})

    assert issues(answer) == ["url"]


def test_payouts_subscribed_never_fire(box: Box, receiver: Receiver) -> None:
    box.listen(receiver, "payout.scheduled", "payout.paid", "payout.failed")

    box.buy()
    box.advance(seconds=200 * DAY)

    assert receiver.hooks == []


def test_endpoint_hears_what_it_asked(box: Box, receiver: Receiver) -> None:
    box.listen(receiver, "order.completed")

    box.buy()

    assert [hook.json["type"] for hook in receiver.wait(1)] == ["order.completed"]


def test_changed_endpoint_keeps_the_rest(box: Box, receiver: Receiver) -> None:
    endpoint = box.listen(receiver, "order.completed")

    changed = box.put(f"/webhooks/{endpoint['id']}", {"events": ["report.submitted"]})
    box.post("/users/me/reports", {"reason": "noise"})

    assert (changed["url"], changed["events"]) == (endpoint["url"], ["report.submitted"])
    assert receiver.wait(1)[0].json["type"] == "report.submitted"


def test_deleted_endpoint_hears_nothing(box: Box, receiver: Receiver) -> None:
    endpoint = box.listen(receiver)

    box.delete(f"/webhooks/{endpoint['id']}")
    box.buy()
    box.advance(until="quiet")

    assert (receiver.hooks, box.get("/webhooks")["items"]) == ([], [])


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/webhooks/whk_x"), ("DELETE", "/webhooks/whk_x"), ("POST", "/webhooks/whk_x/test"),
     ("POST", "/webhooks/whk_x/rotate-secret"), ("GET", "/webhooks/whk_x/deliveries"),
     ("POST", "/webhooks/deliveries/whd_x/replay")],
)  # fmt: skip
def test_unknown_endpoint_is_not_found(box: Box, method: str, path: str) -> None:
    assert refused(box.call(method, path, {} if method == "PUT" else None)) == (404, "NOT_FOUND")


def test_another_vendors_endpoint_is_hidden(box: Box, receiver: Receiver) -> None:
    portal_endpoint = box.client.control("POST", "endpoints", {"vendor": "portal", "url": receiver.url})

    assert refused(box.call("DELETE", f"/webhooks/{portal_endpoint['id']}")) == (404, "NOT_FOUND")
    assert box.get("/webhooks")["items"] == []


def test_test_send_is_marked(box: Box, receiver: Receiver) -> None:
    endpoint = box.listen(receiver, "refund.denied", "order.completed")

    sent = box.post(f"/webhooks/{endpoint['id']}/test")
    body = receiver.wait(1)[0].json

    assert (sent["type"], sent["test"]) == ("refund.denied", True)
    assert (body["type"], list(body["data"])) == ("refund.denied", ["refund", "order", "test"])
    assert body["data"]["test"] is True


def test_failed_test_send_is_not_retried(box: Box, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (500, b"no")
    endpoint = box.listen(receiver)

    box.post(f"/webhooks/{endpoint['id']}/test")
    receiver.wait(1)
    box.advance(seconds=DAY)

    assert [
        (delivery["status"], len(delivery["attempts"])) for delivery in box.deliveries(endpoint) if delivery["test"]
    ] == [("failed", 1)]


def test_paused_endpoint_can_be_tested(box: Box, receiver: Receiver) -> None:
    endpoint = box.listen(receiver)
    box.put(f"/webhooks/{endpoint['id']}", {"active": False})

    box.post(f"/webhooks/{endpoint['id']}/test")

    assert receiver.wait(1)[0].json["data"]["test"] is True


def test_paused_endpoint_drops_notices(box: Box, receiver: Receiver) -> None:
    endpoint = box.listen(receiver, "report.submitted")
    box.put(f"/webhooks/{endpoint['id']}", {"active": False})

    box.post("/users/me/reports", {"reason": "noise"})
    box.advance(until="quiet")

    assert receiver.hooks == []
    assert [delivery["status"] for delivery in box.deliveries(endpoint)] == ["failed"]


@pytest.mark.thorough
def test_node_accepts_within_tolerance(box: Box, receiver: Receiver) -> None:
    endpoint = box.listen(receiver)

    box.buy("Balcony", 2)
    hooks = receiver.wait(4)

    for drift, mark in ((0, "1"), (300, "1"), (-300, "1"), (301, "0"), (-301, "0")):
        assert set(node_judges(hooks, endpoint["secret"], drift)) == {mark}


@pytest.mark.thorough
def test_node_refuses_another_secret(box: Box, receiver: Receiver) -> None:
    endpoint = box.listen(receiver)

    box.post("/users/me/reports", {"reason": "noise"})

    assert node_judges(receiver.wait(1), endpoint["secret"][:-1] + "x") == ["0"]


@pytest.mark.thorough
def test_each_attempt_is_signed_anew(box: Box, receiver: Receiver) -> None:
    box.client.control("PATCH", "settings", {"core": {"signature_time": "world"}})
    endpoint = fail(box, receiver)

    box.advance(seconds=7 * DAY)

    assert [stamp(hook) - stamp(receiver.hooks[0]) for hook in receiver.hooks] == OFFSETS
    assert set(node_judges(receiver.hooks, endpoint["secret"])) == {"1"}
    assert len({hook.header("X-Zatabox-Signature") for hook in receiver.hooks}) == 12


def test_week_makes_twelve_attempts(box: Box, receiver: Receiver) -> None:
    endpoint = fail(box, receiver)

    box.advance(seconds=7 * DAY)
    [delivery] = box.deliveries(endpoint)

    times = [parse_iso(attempt["at"]) // 1000 for attempt in delivery["attempts"]]
    assert [at - times[0] for at in times] == OFFSETS
    assert (len(receiver.hooks), delivery["status"], delivery["nextAttemptAt"]) == (12, "exhausted", None)


def test_attempts_share_event_and_body(box: Box, receiver: Receiver) -> None:
    endpoint = fail(box, receiver)

    box.advance(seconds=7 * DAY)

    assert len({hook.body for hook in receiver.hooks}) == 1
    assert receiver.hooks[0].json["id"] == box.deliveries(endpoint)[0]["eventId"]


@pytest.mark.parametrize("status", [301, 302, 400, 404, 410, 429, 500, 503])
def test_anything_but_2xx_is_retried(box: Box, receiver: Receiver, status: int) -> None:
    endpoint = fail(box, receiver, status)

    box.advance(seconds=60)

    assert [attempt["responseStatus"] for attempt in box.deliveries(endpoint)[0]["attempts"]] == [status, status]


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_2xx_is_delivered(box: Box, receiver: Receiver, status: int) -> None:
    endpoint = fail(box, receiver, status)

    box.advance(seconds=DAY)

    assert [(delivery["status"], len(delivery["attempts"])) for delivery in box.deliveries(endpoint)] == [
        ("succeeded", 1)
    ]


def test_slow_receiver_is_retried(box: Box, held_back: Receiver) -> None:
    box.set(deadline_s=0.05)
    endpoint = box.listen(held_back, "report.submitted")

    box.post("/users/me/reports", {"reason": "noise"})
    box.advance(seconds=1)

    assert box.deliveries(endpoint)[0]["attempts"][0]["error"] == "timeout"


# What a replay does, by the state of the delivery: (how it came to it, status afterwards, attempts in all once it succeeded).
REPLAYS = {
    "delivered": (200, 0, "succeeded", "succeeded", 2),
    "pending": (500, 0, "pending", "succeeded", 2),
    "exhausted": (500, 7 * DAY, "exhausted", "succeeded", 13),
}


@pytest.mark.parametrize("state", REPLAYS)
def test_replay_follows_the_table(box: Box, receiver: Receiver, state: str) -> None:
    status, seconds, before, after, attempts = REPLAYS[state]
    endpoint = fail(box, receiver, status)
    receiver.wait(1)
    box.advance(seconds=seconds)
    [delivery] = box.deliveries(endpoint)
    receiver.answer = lambda hook: (200, b"")

    box.post(f"/webhooks/deliveries/{delivery['id']}/replay")
    box.advance(seconds=0)
    [replayed] = box.deliveries(endpoint)

    assert (delivery["status"], replayed["status"], len(replayed["attempts"])) == (before, after, attempts)
    assert [attempt["number"] for attempt in replayed["attempts"]] == list(range(1, attempts + 1))
    assert (replayed["eventId"], replayed["attempts"][-1]["replay"]) == (delivery["eventId"], True)


def test_failed_test_can_be_replayed(box: Box, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (500, b"no")
    endpoint = box.listen(receiver)
    sent = box.post(f"/webhooks/{endpoint['id']}/test")
    box.advance(seconds=0)
    receiver.answer = lambda hook: (200, b"")

    box.post(f"/webhooks/deliveries/{sent['id']}/replay")
    box.advance(seconds=0)

    assert [(delivery["status"], len(delivery["attempts"])) for delivery in box.deliveries(endpoint)] == [
        ("succeeded", 2)
    ]


def test_failed_replay_keeps_the_timetable(box: Box, receiver: Receiver) -> None:
    endpoint = fail(box, receiver)
    box.advance(seconds=10)
    [before] = box.deliveries(endpoint)

    box.post(f"/webhooks/deliveries/{before['id']}/replay")
    box.advance(seconds=0)
    [after] = box.deliveries(endpoint)
    box.advance(seconds=7 * DAY)

    assert (after["status"], after["nextAttemptAt"]) == ("pending", before["nextAttemptAt"])
    assert len(receiver.hooks) == 13


def test_replay_asked_twice_sends_once(box: Box, receiver: Receiver) -> None:
    endpoint = fail(box, receiver, 200)
    box.advance(seconds=0)
    [delivery] = box.deliveries(endpoint)
    box.client.world.engine.acquire()

    try:
        first = box.call("POST", f"/webhooks/deliveries/{delivery['id']}/replay")
        second = box.call("POST", f"/webhooks/deliveries/{delivery['id']}/replay")
    finally:
        box.client.world.engine.release()
    box.advance(seconds=0)

    assert (first.status_code, second.status_code) == (202, 202)
    assert len(receiver.hooks) == 2


def test_replay_reaches_a_paused_endpoint(box: Box, receiver: Receiver) -> None:
    endpoint = fail(box, receiver, 200)
    box.advance(seconds=0)
    box.put(f"/webhooks/{endpoint['id']}", {"active": False})

    box.post(f"/webhooks/deliveries/{box.deliveries(endpoint)[0]['id']}/replay")
    box.advance(seconds=0)

    assert len(receiver.hooks) == 2


def test_replay_to_removed_endpoint_is_refused(box: Box, receiver: Receiver) -> None:
    endpoint = box.listen(receiver)
    sent = box.post(f"/webhooks/{endpoint['id']}/test")
    receiver.wait(1)
    box.delete(f"/webhooks/{endpoint['id']}")

    box.advance(seconds=0)
    before = box.client.control("GET", f"deliveries/{sent['id']}")
    answer = box.call("POST", f"/webhooks/deliveries/{sent['id']}/replay")

    after = box.client.control("GET", f"deliveries/{sent['id']}")
    assert (refused(answer), after) == ((409, "CONFLICT"), before)


@pytest.mark.thorough
def test_replay_is_signed_anew(box: Box, receiver: Receiver) -> None:
    box.client.control("PATCH", "settings", {"core": {"signature_time": "world"}})
    endpoint = fail(box, receiver, 200)
    box.advance(seconds=3600)

    box.post(f"/webhooks/deliveries/{box.deliveries(endpoint)[0]['id']}/replay")
    first, second = receiver.wait(2)

    assert stamp(second) - stamp(first) == 3600
    assert second.body == first.body
    assert node_judges([first, second], endpoint["secret"]) == ["1", "1"]


def test_deliveries_come_in_pages(box: Box, receiver: Receiver) -> None:
    endpoint = box.listen(receiver, "report.submitted")
    for number in range(5):
        box.post("/users/me/reports", {"reason": f"noise {number}"})
    path, seen, cursor = f"/webhooks/{endpoint['id']}/deliveries", [], None

    while True:
        page = box.get(path, limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [item["id"] for item in page["items"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break

    assert seen == [item["id"] for item in box.get(path, limit=100)["items"]]
    assert len(set(seen)) == 5


@pytest.mark.parametrize("cursor", ["nonsense", "MTp4", "!!!"])
def test_foreign_cursor_is_refused(box: Box, receiver: Receiver, cursor: str) -> None:
    endpoint = box.listen(receiver)

    assert issues(box.call("GET", f"/webhooks/{endpoint['id']}/deliveries", cursor=cursor)) == ["cursor"]
