"""Whatever a call of Zatabox's is sent, it answers with a status and a shape that it declares, and never fails."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypedDict

import pytest

from mockmarket.api.operations import load
from mockmarket.records import Member, members
from mockmarket.vendors.zatabox.operations import OPERATIONS
from mockmarket.vendors.zatabox.vendor import VENDOR
from tests.shapes import argument_names, operation_of
from tests.vendors.zatabox import BASE, FULL, GUEST, NEW_EVENT, Box, issues

CALLS = sorted((row.method, row.template) for row in OPERATIONS if row.built)
HOSTILE: list[Any] = [
    None, "", "x" * 6000, "ñ\u0000\u2028🎟️", "9999-12-31T23:59:59-23:59", -1, 0, 2**63, 1e308, 1.5, True, [], [None], [[]], {"x": 1},
    [{"ticketTypeId": None}], [{"qrData": 5}],
]  # fmt: skip
QUERIES = ["", "x", "-1", "9" * 20, "1e5", "ñ\u0000", "2026-01-01", "0001-01-01T00:00:00Z", "true", "MTp4", "x" * 600]


def ids(box: Box) -> dict[str, str]:
    """Make one of everything that a path can name; returns what each part of a path may be."""
    order = box.order("Balcony", 2)
    first, second = box.buy("Floor", 2)
    box.scan(first)
    hook = box.post("/webhooks", {"url": "http://127.0.0.1:9/x", "events": ["order.completed"]})
    key = box.post("/organizer/integrations/org/org_main/api-keys", {"name": "x", "scopes": ["events:read"]})
    session = box.post("/organizer/events/evt_night/schedule", body_of({}))
    section = box.post("/organizer/events/evt_night/sections", {"name": "Pit", "capacity": 5})
    follower = box.post("/community/orgs/org_main/follow", {"email": "ann@example.com"})
    return {
        "followerId": follower["id"], "event-customization": "evt_night", "index": "0",
        "sessionId": session["id"], "sectionId": section["id"], "organizations": "org_main", "slug": "evt_night",
        "eventId": "evt_night", "event": "evt_night", "orders": order["id"], "orderId": order["id"],
        "webhooks": hook["id"], "deliveries": box.post(f"/webhooks/{hook['id']}/test")["id"], "orgId": "org_main", "keyId": key["id"],
        "promo-codes": box.get("/organizer/promo-codes")["items"][0]["id"], "ticketId": second["id"], "gate": "Main",
        "events": "evt_night", "ticketTypeId": second["ticketTypeId"], "qr": second["qr"],
    }  # fmt: skip


def filled(path: str, values: dict[str, str]) -> str:
    """Return a path with the id of something that is there for each part that varies."""
    return re.sub(r"(\w[\w-]*)/\{(\w+)\}", lambda match: f"{match[1]}/{values.get(match[2]) or values[match[1]]}", path)


def body_of(values: dict[str, str]) -> dict[str, Any]:
    """Return a good value for each member of any body."""
    values = defaultdict(str, values)
    line = {"ticketTypeId": values["ticketTypeId"], "quantity": 1}
    return NEW_EVENT | GUEST | {
        "url": "http://127.0.0.1:9/x", "events": ["order.completed"], "name": "New", "price": 5, "quantityTotal": 5, "type": "percent",
        "seatIds": ["s1-Balcony-B-1"], "holderToken": "ann", "items": [line], "provider": "paystack", "orderId": values["orderId"],
        "qrData": values["qr"], "scans": [{"qrData": values["qr"]}], "ticketId": values["ticketId"], "reason": "noise", "message": "hello",
        "ticketTypeId": values["ticketTypeId"], "recipients": [{"name": "Ann", "email": "ann@example.com"}], "tag": "vip", "tags": ["vip"],
        "sessionTitle": "Keynote", "startTime": "2026-10-01T21:00:00Z", "endTime": "2026-10-01T22:00:00Z", "venueMapId": "dock",
        "email": "vi@example.com",
        "password": "swordfish", "refreshToken": "zrt_x", "challengeToken": "lgc_x", "csv": "name,email\nA,a@example.com", "subject": "Hi",
        "rating": 5, "ticketCode": "x", "comment": "", "answers": [],
        "mappings": [{"venueSectionId": "Balcony", "ticketTypeId": values["ticketTypeId"]}],
        "emails": ["vi@example.com"], "code": "NEW", "value": 10, "scopes": ["events:read"],
    }  # fmt: skip


class Nothing(TypedDict):
    """What a call without a body takes."""


def taken(wanted: Callable[[Member], bool]) -> pytest.MarkDecorator:
    """Parametrize a test with every member of every body that is wanted, as (method, path about nothing, member)."""
    calls = [(row, member) for row in OPERATIONS if row.built for member in members(load(row).body or Nothing)]
    cases = [
        (row.method, re.sub(r"\{\w+\}", "x", row.template), member.name) for row, member in calls if wanted(member)
    ]
    assert cases
    return pytest.mark.parametrize(("method", "path", "name"), cases)


def typed(kind: type) -> pytest.MarkDecorator:
    """Parametrize a test with every member of every body that is of a type."""
    return taken(lambda member: member.item.type is kind)


@typed(bool)
def test_boolean_is_true_or_false(box: Box, method: str, path: str, name: str) -> None:
    answers = [box.call(method, path, {name: value}) for value in ("no", "true", 0, 1)]

    assert [name in issues(answer) for answer in answers] == [True] * 4


@typed(int)
def test_whole_number_is_no_text(box: Box, method: str, path: str, name: str) -> None:
    answers = [box.call(method, path, {name: value}) for value in ("2", True, 1.5)]

    assert [name in issues(answer) for answer in answers] == [True] * 3


@typed(float)
def test_amount_is_no_text(box: Box, method: str, path: str, name: str) -> None:
    answers = [box.call(method, path, {name: value}) for value in ("100", True)]

    assert [name in issues(answer) for answer in answers] == [True] * 2


@taken(lambda member: not member.required)
def test_optional_null_is_not_sent(box: Box, method: str, path: str, name: str) -> None:
    without, null = (box.call(method, path, body).json() for body in ({}, {name: None}))

    assert null["error"] == without["error"]


@pytest.mark.parametrize("spelling", ["5", "5.0", "0.5E1"])
def test_quantity_is_whole_however_spelt(box: Box, spelling: str) -> None:
    body = f'{{"name": "VIP", "price": 1, "quantityTotal": {spelling}}}'
    key = {"Authorization": f"Bearer {FULL}"}

    answer = box.client.call("POST", f"{BASE}/organizer/events/evt_night/tickets", data=body, headers=key)

    assert (answer.status_code, answer.json()["data"]["quantityTotal"]) == (201, 5)


@pytest.mark.parametrize("limit", ["1_0", "٥", "10.0", "1e1"])
def test_query_number_has_ascii_digits(box: Box, limit: str) -> None:
    assert issues(box.call("GET", "/events", limit=limit)) == ["limit"]


OF_CALL = {"test": {"type": "order.completed"}, "reviews": {"eventId": "evt_night"}}
"""Members of good bodies that mean another thing in these calls, by the last part of the path."""
PERSONAL = {"/auth/": (401,), "/courses/": (403,), "/community/reviews": (403,)}
"""Refusals of good bodies in calls that are a buyer's: a made-up login, a course and a review without a ticket."""


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("method", "path"), [call for call in CALLS if not call[1].endswith("/live") and "checkout" not in call[1]]
)
def test_call_takes_anything(box: Box, method: str, path: str) -> None:
    values = ids(box)
    takes, place = argument_names(operation_of(VENDOR, method, path)), filled(path, values)
    good = {name: value for name, value in body_of(values).items() if name in takes}
    good |= OF_CALL.get(path.rpartition("/")[2], {})
    if method == "GET":
        answers = [box.call(method, place, **{name: value}) for name in takes for value in QUERIES]
    else:
        answers = [box.call(method, place, good | {name: value}) for name in takes for value in HOSTILE]

    answers += [box.call(method, re.sub(r"\{\w+\}", part, path)) for part in ("x", "%00", "ñ", "a" * 3000)]
    answers.append(box.call(method, place, None if method == "GET" else good))

    assert all(answer.status_code < 500 for answer in answers)
    refusals = next((statuses for part, statuses in PERSONAL.items() if part in path), ())
    assert answers[-1].status_code in (200, 201, 202, 404, 409, *refusals), answers[-1].text


def test_spans_beyond_the_calendar_end_with_it(box: Box) -> None:
    box.set(order_ttl_s=1e300, hold_ttl_s=1e300, settle_after_s=1e300, rotation_grace_s=1e300)

    order = box.order("Floor", 1)
    held = box.post("/public/events/evt_night/seats/hold", {"holderToken": "ann", "seatIds": ["s1-Balcony-A-1"]})
    hook = box.post("/webhooks", {"url": "http://127.0.0.1:9/x", "events": ["order.completed"]})
    rotated = box.post(f"/webhooks/{hook['id']}/rotate-secret")
    box.post(f"/orders/{order['id']}/pay", {"provider": "paystack"})

    moments = {order["expiresAt"], held["expiresAt"], rotated["previousSecretExpiresAt"]}
    assert moments == {"9999-12-31T23:59:59Z"}
    assert box.advance(until="quiet")["complete"]
