"""Zatabox's callers and refusals: keys, environments, scopes, repeated requests, limits, and what is not built."""

from __future__ import annotations

import json
import re
import threading
from typing import Any

import pytest

from mockmarket.clock import DAY
from tests.conftest import Client
from tests.vendors.zatabox import BASE, FULL, GUEST, SCANS, Box, refused

REPORT = {"reason": "noise"}


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        (None, 401, "API_KEY_REQUIRED"), ("Bearer sk_test_x", 401, "API_KEY_REQUIRED"), ("Bearer ", 401, "UNAUTHORIZED"),
        ("Basic dXNlcjpwdw==", 401, "UNAUTHORIZED"), ("Bearer eyJhbGciOi.x.y", 401, "INVALID_TOKEN"),
        ("Bearer vt_test_unknown", 401, "API_KEY_INVALID"), ("Bearer vt_mcp_unknown", 401, "API_KEY_INVALID"),
        ("Bearer vt_test_ñandú", 401, "API_KEY_INVALID"), ("Bearer vt_test_expired_0000000000000001", 403, "API_KEY_EXPIRED"),
        ("Bearer vt_test_paused_0000000000000001", 403, "API_KEY_INACTIVE"),
        ("Bearer vt_live_full_0000000000000001", 403, "WRONG_ENV"), ("Bearer vt_live_unknown", 403, "WRONG_ENV"),
        ("Bearer vt_test_elsewhere_0000000000000001", 403, "FORBIDDEN"),
    ],
)  # fmt: skip
def test_key_is_refused_by_code(box: Box, header: str | None, status: int, code: str) -> None:
    stranger = Box(box.client, None)

    answer = stranger.call("GET", "/events", headers={"Authorization": header.encode()} if header else {})

    assert refused(answer) == (status, code)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_scheme_has_no_case(box: Box, scheme: str) -> None:
    assert (
        Box(box.client, None).call("GET", "/events", headers={"Authorization": f"{scheme} {FULL}"}).status_code == 200
    )


@pytest.mark.parametrize(("environment", "test", "live"), [("test", 200, 403), ("live", 403, 200), ("any", 200, 200)])
def test_world_has_one_environment(box: Box, environment: str, test: int, live: int) -> None:
    box.set(environment=environment)

    keys = (FULL, "vt_live_full_0000000000000001")

    assert [Box(box.client, key).call("GET", "/events").status_code for key in keys] == [test, live]


def test_missing_scope_is_named(box: Box) -> None:
    answer = Box(box.client, SCANS).call("POST", "/orders", {})

    assert refused(answer) == (403, "INSUFFICIENT_SCOPE")
    assert answer.json()["error"]["details"] == {"scope": "orders:write"}


def test_envelope_of_success(box: Box) -> None:
    body = box.call("GET", "/users/me").json()

    assert list(body) == ["success", "data", "meta"]
    assert re.fullmatch(r"req_[0-9A-HJKMNP-TV-Z]{26}", body["meta"]["request_id"])
    assert body["meta"]["timestamp"] == "2026-06-10T14:02:11Z"


def test_envelope_of_error(box: Box) -> None:
    body = box.call("GET", "/events/none").json()

    assert (list(body), body["success"]) == (["success", "error", "meta"], False)
    assert list(body["error"]) == ["code", "message"]


def test_request_ids_differ(box: Box) -> None:
    ids = {box.call("GET", "/users/me").json()["meta"]["request_id"] for _ in range(5)}

    assert len(ids) == 5


@pytest.mark.parametrize("raw", [b"{", b"[1", b"nonsense", b"\xff"])
def test_broken_json_is_a_400(box: Box, raw: bytes) -> None:
    answer = box.client.call("POST", f"{BASE}/orders", data=raw, headers={"Authorization": f"Bearer {FULL}"})

    assert refused(answer) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("body", [[], [1], "text", 1, None])
def test_other_json_is_a_400(box: Box, body: Any) -> None:
    answer = box.client.call("POST", f"{BASE}/orders", json=body, headers={"Authorization": f"Bearer {FULL}"})

    assert refused(answer) == (400, "VALIDATION_ERROR")


def test_unknown_path_and_method(box: Box) -> None:
    key = {"Authorization": f"Bearer {FULL}"}

    nowhere = box.client.call("GET", f"{BASE}/nowhere", headers=key)
    wrong = box.client.call("PATCH", f"{BASE}/orders", headers=key)

    assert (refused(nowhere), refused(wrong)) == ((404, "NOT_FOUND"), (405, "METHOD_NOT_ALLOWED"))


def test_repeated_request_is_answered_again(box: Box) -> None:
    first = box.call("POST", "/users/me/reports", REPORT, {"Idempotency-Key": "one"})
    second = box.call("POST", "/users/me/reports", REPORT, {"Idempotency-Key": "one"})

    assert (second.status_code, second.content) == (201, first.content)
    assert (first.headers.get("Idempotent-Replayed"), second.headers["Idempotent-Replayed"]) == (None, "true")
    assert box.notice_types() == ["report.submitted"]


def test_other_body_under_a_key(box: Box) -> None:
    box.post("/users/me/reports", REPORT, **{"Idempotency-Key": "one"})

    answer = box.call("POST", "/users/me/reports", {"reason": "smell"}, {"Idempotency-Key": "one"})

    assert refused(answer) == (409, "IDEMPOTENCY_KEY_REUSED")


def test_other_path_under_a_key(box: Box) -> None:
    box.post("/users/me/reports", REPORT, **{"Idempotency-Key": "one"})

    answer = box.call("POST", "/users/me/refunds", REPORT, {"Idempotency-Key": "one"})

    assert refused(answer) == (409, "IDEMPOTENCY_KEY_REUSED")


def test_each_caller_has_own_keys(box: Box) -> None:
    box.post("/users/me/reports", REPORT, **{"Idempotency-Key": "one"})

    buyer = Box(box.client, "vt_test_buyer_0000000000000001")
    answer = buyer.call("POST", "/users/me/reports", {"reason": "smell"}, {"Idempotency-Key": "one"})

    assert answer.status_code == 201


@pytest.mark.parametrize(("seconds", "again"), [(DAY // 1000 - 1, 1), (DAY // 1000, 2)])
def test_key_is_kept_for_a_day(box: Box, seconds: int, again: int) -> None:
    box.post("/users/me/reports", REPORT, **{"Idempotency-Key": "one"})
    box.advance(seconds=seconds)

    box.post("/users/me/reports", REPORT, **{"Idempotency-Key": "one"})

    assert box.notice_types().count("report.submitted") == again


def test_failure_is_not_kept(box: Box) -> None:
    line = {"ticketTypeId": box.type_of("Last Two")["id"], "quantity": 2}
    order = box.order("Last Two", 1)
    body = {"items": [line], **GUEST}

    first = box.call("POST", "/orders", body, {"Idempotency-Key": "one"})
    box.post(f"/orders/{order['id']}/cancel")
    second = box.call("POST", "/orders", body, {"Idempotency-Key": "one"})

    assert (first.status_code, second.status_code) == (409, 201)


def test_repeats_go_with_a_reset(box: Box) -> None:
    box.post("/users/me/reports", REPORT, **{"Idempotency-Key": "one"})
    box.client.control("POST", "reset")

    answer = box.call("POST", "/users/me/reports", REPORT, {"Idempotency-Key": "one"})

    assert "Idempotent-Replayed" not in answer.headers


def test_same_request_at_once_runs_once(box: Box) -> None:
    line = {"ticketTypeId": box.type_of("Floor")["id"], "quantity": 1}
    body, answers = {"items": [line], **GUEST}, []
    base = box.client.base.partition("/w/")[0]

    def send() -> None:
        own = Box(Client(base, box.client.world))
        answers.append(own.call("POST", "/orders", body, {"Idempotency-Key": "one"}).content)

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(answers), len(set(answers)), box.type_of("Floor")["quantityHeld"]) == (6, 1, 1)


def test_repeated_subscription_has_its_secret(box: Box) -> None:
    body = {"url": "http://localhost/x", "events": ["order.completed"]}

    secrets = {box.post("/webhooks", body, **{"Idempotency-Key": "one"})["secret"] for _ in range(2)}

    assert (len(secrets), len(box.get("/webhooks")["items"])) == (1, 1)


@pytest.mark.parametrize("text", ['{ "reason":\n"noise" }', '{"description": "", "reason": "noise"}'])
def test_same_json_is_the_same_request(box: Box, text: str) -> None:
    key = {"Authorization": f"Bearer {FULL}", "Idempotency-Key": "one"}
    sent = json.dumps(json.loads(text) if "description" in text else REPORT)

    first, second = (
        box.client.call("POST", f"{BASE}/users/me/reports", data=body, headers=key) for body in (sent, text)
    )

    assert (second.status_code, second.content) == (201, first.content)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_fixed_path_is_no_id(box: Box, method: str) -> None:
    answer = box.client.call(method, f"{BASE}/webhooks/catalog", json={}, headers={"Authorization": f"Bearer {FULL}"})

    assert (refused(answer), answer.headers["Allow"]) == ((405, "METHOD_NOT_ALLOWED"), "GET, HEAD, OPTIONS")


def test_options_answers_no_page(box: Box) -> None:
    answer = box.client.call("OPTIONS", f"{BASE}/events")

    assert (answer.headers["Allow"], answer.content, "Content-Type" in answer.headers) == (
        "GET, HEAD, OPTIONS",
        b"",
        False,
    )


def test_doubled_base_names_the_sdks(box: Box) -> None:
    answer = box.client.call("GET", f"{BASE}/api/v1/events")

    assert answer.json()["error"]["message"].endswith(f"their base URL is {box.client.base}/zatabox.")


def test_repeated_hold_needs_no_key(box: Box) -> None:
    guest, body = Box(box.client, None), {"seatIds": ["s1-Balcony-A-1"]}

    first, second = (
        guest.call("POST", "/public/events/evt_night/seats/hold", body, {"Idempotency-Key": "k1"}) for _ in range(2)
    )

    assert (first.json()["data"]["held"], second.content) == (["s1-Balcony-A-1"], first.content)
    assert second.headers["Idempotent-Replayed"] == "true"


def test_repeated_key_hides_its_text(box: Box) -> None:
    path, body = "/organizer/integrations/org/org_main/api-keys", {"name": "x", "scopes": ["events:read"]}

    first, second = (box.post(path, body, **{"Idempotency-Key": "one"}) for _ in range(2))

    assert (first["id"], second["secret"]) == (second["id"], None)


@pytest.mark.parametrize("key", ["", "x" * 256, "a b"])
def test_bad_idempotency_key_is_refused(box: Box, key: str) -> None:
    answer = box.call("POST", "/users/me/reports", REPORT, {"Idempotency-Key": key})

    assert refused(answer) == (400, "VALIDATION_ERROR")


def test_reads_need_no_idempotency(box: Box) -> None:
    box.post("/users/me/reports", REPORT, **{"Idempotency-Key": "one"})

    assert box.call("GET", "/users/me", headers={"Idempotency-Key": "one"}).status_code == 200


def test_too_many_calls_are_limited(box: Box) -> None:
    box.set(rate_limit=2)

    answers = [box.call("GET", "/users/me") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert refused(answers[2]) == (429, "RATE_LIMITED")
    assert (answers[2].headers["Retry-After"], answers[2].json()["error"]["details"]) == ("60", {"retryAfter": 60})


def test_limit_passes_with_the_clock(box: Box) -> None:
    box.set(rate_limit=1)
    box.call("GET", "/users/me")

    box.advance(seconds=60)

    assert box.call("GET", "/users/me").status_code == 200
