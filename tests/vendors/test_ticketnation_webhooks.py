"""Ticketnation's webhooks: made, changed, tested; who hears what, signed how, tried how often, disabled when."""

from __future__ import annotations

import json
import random
import re
import struct
import subprocess
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mockmarket.clock import parse_iso
from mockmarket.store import Tx
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.records import NOTICES
from mockmarket.vendors.ticketnation.rules import orders
from mockmarket.vendors.ticketnation.scheme import HEADERS
from mockmarket.vendors.ticketnation.vendor import VENDOR
from mockmarket.webhooks.signing import Sending
from tests.conftest import Client
from tests.receiver import Hook, Receiver
from tests.vendors.ticketnation import OTHER, START, START_MS, Desk, data, error_of, event_id, opened, ticket_id, wrong

FEST, DUO = event_id("fest"), event_id("duo")
BOTH = Path(__file__).parents[1] / "receivers" / "ticketnation_both.mjs"
NOWHERE = "http://127.0.0.1:9/hooks"
WORDS = [
    "Niño",
    "₱500",
    "🎟️",
    "👩‍👩‍👧",
    'say "hi"',
    "a/b",
    "\\",
    "</script>",
    "\u2028",
    "\x7f",
    "\t",
    "Ünï",
    "青",
    "O'Hara",
    "plain",
]


@pytest.fixture
def desk(client: Client) -> Desk:
    return opened(client)


def refusing(receiver: Receiver, status: int = 500) -> Receiver:
    """Have a receiver refuse everything."""
    receiver.answer = lambda hook: (status, b"no")
    return receiver


def accepting(receiver: Receiver) -> Receiver:
    """Have a receiver take everything."""
    receiver.answer = lambda hook: (200, b"OK")
    return receiver


def sell(desk: Desk, times: int = 1) -> None:
    """Sell so many tickets, an order each, and let everything that follows happen."""
    for _ in range(times):
        desk.buy(FEST, "GA")
    desk.advance(until="quiet")


def history(desk: Desk, webhook: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    """Return a webhook's deliveries, newest first."""
    rows: list[dict[str, Any]] = data(desk.get(f"/webhooks/{webhook['id']}/deliveries", **query))
    return rows


def health(desk: Desk, webhook: dict[str, Any]) -> tuple[bool, int]:
    """Return whether a webhook is active, and how many failures it counts."""
    now = desk.webhook(webhook)
    return now["isActive"], now["consecutiveFailures"]


def seconds(delivery: dict[str, Any]) -> list[float]:
    """Return at which seconds after the start a delivery was attempted."""
    return [(parse_iso(attempt["at"]) - START_MS) / 1000 for attempt in delivery["attempts"]]


def judged(cases: Iterable[tuple[str, bytes, str]]) -> list[str]:
    """Ask one Node process what two receivers make of (signature, body, secret); `11` when both accept."""
    frames = []
    for signature, body, secret in cases:
        head = json.dumps({"headers": {"x-tn-signature": signature}, "secret": secret}).encode()
        frames.append(struct.pack(">I", len(head)) + head + struct.pack(">I", len(body)) + body)
    out = subprocess.run(["node", str(BOTH)], input=b"".join(frames), capture_output=True, check=True).stdout
    return out.decode().split(" ")


def test_webhook_shows_its_secret_once(desk: Desk) -> None:
    webhook = data(desk.post("/webhooks", {"url": NOWHERE}))

    assert re.fullmatch(r"[0-9a-f]{48}", webhook["secret"])
    assert {name: value for name, value in webhook.items() if name != "secret"} == desk.webhook(webhook)
    assert data(desk.get("/webhooks")) == [desk.webhook(webhook)]


def test_webhook_tells_all_of_it(desk: Desk) -> None:
    webhook = data(desk.post("/webhooks", {"url": NOWHERE, "events": ["order.refunded"]}))

    assert desk.webhook(webhook) == {
        "id": webhook["id"], "url": NOWHERE, "events": ["order.refunded"], "isActive": True, "consecutiveFailures": 0,
        "disabledReason": None, "apiKeyId": None, "eventId": None, "createdAt": START, "updatedAt": START,
    }  # fmt: skip


def test_webhook_hears_all_by_default(desk: Desk) -> None:
    assert data(desk.post("/webhooks", {"url": NOWHERE}))["events"] == list(NOTICES)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"), ({"url": "ftp://x/"}, "url"), ({"url": "http://user:word@x/"}, "url"), ({"url": 5}, "url"),
        ({"url": NOWHERE, "events": []}, "events"), ({"url": NOWHERE, "events": ["order.created"]}, "events.0"),
        ({"url": NOWHERE, "events": ["order.refunded"] * 2}, "events"),
    ],
)  # fmt: skip
def test_wrong_webhook_is_named(desk: Desk, body: dict[str, Any], field: str) -> None:
    assert wrong(desk.post("/webhooks", body))[0] == field


def test_https_can_be_required(desk: Desk) -> None:
    desk.set(require_https=True)

    assert wrong(desk.post("/webhooks", {"url": NOWHERE})) == ["url"]


def test_webhook_that_cannot_be_tested_is_told(desk: Desk) -> None:
    webhook = data(desk.post("/webhooks", {"url": NOWHERE}))
    desk.set(require_https=True)

    assert wrong(desk.post(f"/webhooks/{webhook['id']}/test")) == ["webhook"]


def test_webhooks_come_in_pages(desk: Desk) -> None:
    ids = [data(desk.post("/webhooks", {"url": NOWHERE}))["id"] for _ in range(3)]

    answer = desk.get("/webhooks", page=2, take=2)

    assert [webhook["id"] for webhook in data(answer)] == ids[2:]
    assert answer.json()["meta"] == {"page": 2, "take": 2, "total": 3, "totalPages": 2}


def test_webhook_is_updated(desk: Desk) -> None:
    webhook = data(desk.post("/webhooks", {"url": NOWHERE}))
    desk.advance(seconds=1)

    changed = data(desk.patch(f"/webhooks/{webhook['id']}", {"url": f"{NOWHERE}/2", "events": ["event.sold_out"]}))

    assert (changed["url"], changed["events"]) == (f"{NOWHERE}/2", ["event.sold_out"])
    assert changed["updatedAt"] == "2026-03-01T08:00:01.000Z"


def test_deleted_webhook_hears_nothing(desk: Desk, receiver: Receiver) -> None:
    webhook = desk.listen(receiver)

    answer = desk.delete(f"/webhooks/{webhook['id']}")
    sell(desk)

    assert data(answer) == {"id": webhook["id"], "deleted": True}
    assert error_of(desk.get(f"/webhooks/{webhook['id']}")) == (404, "NOT_FOUND")
    assert receiver.hooks == []


def test_switched_off_webhook_hears_nothing(desk: Desk, receiver: Receiver) -> None:
    webhook = desk.listen(receiver)

    desk.patch(f"/webhooks/{webhook['id']}", {"isActive": False})
    sell(desk)

    assert receiver.hooks == []
    assert [delivery["status"] for delivery in history(desk, webhook)] == ["DROPPED"]


def test_webhook_hears_what_it_asked_for(desk: Desk, receiver: Receiver) -> None:
    desk.listen(receiver, events=["order.refunded"])

    desk.refund(desk.buy(FEST, "GA"))
    desk.advance(until="quiet")

    assert [hook.json["type"] for hook in receiver.hooks] == ["order.refunded"]


def test_organizations_hear_their_own(desk: Desk, receiver: Receiver) -> None:
    desk.act_as(OTHER).listen(receiver)

    desk.buy(FEST, "GA")
    desk.buy("somebody-else-s-show", "GA")
    desk.advance(until="quiet")

    assert [hook.json["data"]["eventId"] for hook in receiver.hooks] == [event_id("theirs")]


def test_trigger_reaches_its_organization(desk: Desk, receiver: Receiver) -> None:
    desk.act_as(OTHER).listen(receiver)

    triggered = desk.client.control("POST", "ticketnation/trigger/event.sold_out", {"record": FEST})

    assert triggered == {"notices": 1, "deliveries": 0, "delivery_ids": []}


def test_endpoint_of_nobody_hears_all(desk: Desk, receiver: Receiver) -> None:
    desk.client.control("POST", "endpoints", {"vendor": "ticketnation", "url": receiver.url})

    desk.buy(FEST, "GA")
    desk.buy("somebody-else-s-show", "GA")
    desk.advance(until="quiet")

    assert len(receiver.hooks) == 2
    assert data(desk.get("/webhooks")) == []


@pytest.mark.thorough
def test_callback_of_key_is_a_webhook(desk: Desk, receiver: Receiver) -> None:
    key = desk.client.control("POST", "keys", {"vendor": "ticketnation", "name": "Shop", "callback_url": receiver.url})

    sell(desk)

    (listed,) = data(desk.get("/webhooks"))
    assert (listed["url"], listed["apiKeyId"]) == (receiver.url, wire.uuid_of("key", key["id"]))
    (hook,) = receiver.hooks
    assert judged([(str(hook.header("x-tn-signature")), hook.body, key["callback_secret"])]) == ["11"]


def test_callback_of_key_changes_there(desk: Desk) -> None:
    desk.client.control("POST", "keys", {"vendor": "ticketnation", "name": "Shop", "callback_url": NOWHERE})
    (listed,) = data(desk.get("/webhooks"))
    path = f"/webhooks/{listed['id']}"

    assert wrong(desk.patch(path, {"url": NOWHERE})) == ["url"]
    assert wrong(desk.delete(path)) == ["id"]
    assert data(desk.patch(path, {"events": ["event.sold_out"]}))["events"] == ["event.sold_out"]


@pytest.mark.thorough
def test_callback_of_event_hears_its_event(desk: Desk, receiver: Receiver) -> None:
    changed = data(desk.patch(f"/events/{FEST}", {"callbackUrl": receiver.url}))
    desk.buy(DUO, "Left")
    sell(desk)

    (hook,) = receiver.hooks
    assert hook.json["data"]["eventId"] == FEST
    assert judged([(str(hook.header("x-tn-signature")), hook.body, changed["callbackSecret"])]) == ["11"]
    assert [webhook["eventId"] for webhook in data(desk.get("/webhooks"))] == [FEST]


def test_callback_of_event_goes_with_it(desk: Desk) -> None:
    desk.patch(f"/events/{FEST}", {"callbackUrl": NOWHERE})
    moved = data(desk.patch(f"/events/{FEST}", {"callbackUrl": f"{NOWHERE}/2"}))
    urls = [webhook["url"] for webhook in data(desk.get("/webhooks"))]

    desk.patch(f"/events/{FEST}", {"callbackUrl": None})

    assert "callbackSecret" not in moved
    assert (urls, data(desk.get("/webhooks"))) == ([f"{NOWHERE}/2"], [])


@pytest.mark.thorough
def test_delivery_has_its_headers(desk: Desk, receiver: Receiver) -> None:
    webhook = desk.listen(receiver)
    sell(desk)

    (hook,) = receiver.hooks
    assert hook.header("Content-Type") == "application/json"
    assert re.fullmatch(r"[0-9a-f]{64}", hook.header("x-tn-signature") or "")
    assert judged([(str(hook.header("x-tn-signature")), hook.body, webhook["secret"])]) == ["11"]


@pytest.mark.thorough
def test_wrong_secret_is_refused(desk: Desk, receiver: Receiver) -> None:
    desk.listen(receiver)
    sell(desk)

    (hook,) = receiver.hooks
    assert judged([(str(hook.header("x-tn-signature")), hook.body, "another")]) == ["00"]


@pytest.mark.thorough
def test_every_type_satisfies_both_receivers(desk: Desk, receiver: Receiver) -> None:
    webhook = desk.listen(receiver)
    desk.patch(f"/events/{DUO}", {"name": 'Dúo "Night" / ₱1 🎭 \\'})
    desk.patch(f"/tickets/{ticket_id('duo', 'Right')}", {"name": 'Right/₱ "ñ"', "lowInventoryThreshold": 2})
    desk.buy(DUO, "Left", 2)
    desk.refund(desk.buy(DUO, ticket_id("duo", "Right"), 2))
    desk.post(f"/webhooks/{webhook['id']}/test")
    desk.advance(until="quiet")

    types = {hook.json["type"] for hook in receiver.hooks}
    verdicts = judged((str(hook.header("x-tn-signature")), hook.body, webhook["secret"]) for hook in receiver.hooks)

    assert types == {*NOTICES, wire.TEST}
    assert set(verdicts) == {"11"}


def some_order(tx: Tx, dice: random.Random) -> dict[str, Any]:
    """Make a random order by the vendor's own rules: hostile names, amounts whole and not, one or several types."""
    event = {"id": tx.ids.uuid(), "currency": "PHP"}
    wanted = [
        (
            {"id": tx.ids.uuid(), "name": dice.choice(WORDS), "price": wire.pesos(dice.choice(prices(dice)))},
            dice.randint(1, 9),
        )
        for _ in range(dice.randint(1, 3))
    ]
    buyer = " ".join(dice.choices(WORDS, k=3)), f"b{dice.randrange(10**6)}+ñ/'@exämple.com"
    return orders.new_order(tx, tx.ids.uuid(), event, wanted, buyer)


def prices(dice: random.Random) -> tuple[int, ...]:
    """Return centavos to choose a price from."""
    return (0, dice.randrange(100_000_000), dice.randrange(1_000_000) * 100, 10, 1, 100_000_000)


@pytest.mark.thorough
def test_ten_thousand_orders_satisfy_both_receivers(desk: Desk) -> None:
    dice, cases = random.Random(3), []
    with desk.client.world.atomic() as tx:
        for number in range(10_000):
            type = ("order.completed", "order.refunded")[number % 2]
            notice = wire.notice(tx, type, some_order(tx, dice), lambda endpoint: True)
            secret = tx.ids.hex(48)
            sending = Sending(type, notice.uid, "d", 1, notice.body, 0, (secret,))
            cases.append((dict(HEADERS(sending))["x-tn-signature"], notice.body, secret))

    counts = Counter(isinstance(json.loads(body)["data"]["totalAmount"], int) for _, body, _ in cases)

    assert Counter(judged(cases)) == {"11": 10_000}
    assert min(counts[True], counts[False]) > 1_000


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_delivered(desk: Desk, receiver: Receiver, status: int) -> None:
    webhook = desk.listen(refusing(receiver, status))
    sell(desk)

    assert [(delivery["status"], delivery["attemptCount"]) for delivery in history(desk, webhook)] == [("DELIVERED", 1)]


@pytest.mark.parametrize("status", [301, 400, 404, 410, 429, 500, 503])
def test_anything_else_is_tried_again(desk: Desk, receiver: Receiver, status: int) -> None:
    webhook = desk.listen(refusing(receiver, status))
    sell(desk)

    assert [(delivery["status"], delivery["lastStatusCode"]) for delivery in history(desk, webhook)] == [
        ("FAILED", status)
    ]


def test_ten_seconds_are_given() -> None:
    defaults = {name: setting.default for name, setting in VENDOR.settings.items()}

    assert VENDOR.webhooks.deadline_ms(defaults) == 10_000


@pytest.mark.parametrize(
    ("settings", "offsets"),
    [({}, [0, 1, 3]), ({"sends": 4}, [0, 1, 3, 7]), ({"retry_base_s": 30}, [0, 30, 90]), ({"sends": 1}, [0])],
)
def test_retries_follow_the_timetable(
    desk: Desk, receiver: Receiver, settings: dict[str, float], offsets: list[float]
) -> None:
    desk.set(**settings)
    webhook = desk.listen(refusing(receiver))
    sell(desk)

    (delivery,) = history(desk, webhook)
    assert seconds(delivery) == offsets
    assert len(receiver.hooks) == len(offsets)
    assert (delivery["status"], delivery["nextAttemptAt"]) == ("FAILED", None)


def test_retry_is_not_a_moment_early(desk: Desk, receiver: Receiver) -> None:
    webhook = desk.listen(refusing(receiver))
    desk.buy(FEST, "GA")
    desk.advance(seconds=0.999)
    before = history(desk, webhook)[0]
    desk.advance(seconds=0.001)

    assert (before["attemptCount"], before["nextAttemptAt"]) == (1, "2026-03-01T08:00:01.000Z")
    assert history(desk, webhook)[0]["attemptCount"] == 2


def test_retries_repeat_body_and_signature(desk: Desk, receiver: Receiver) -> None:
    desk.listen(refusing(receiver))
    sell(desk)

    assert len({(hook.body, hook.header("x-tn-signature")) for hook in receiver.hooks}) == 1


def test_success_ends_the_retries(desk: Desk, receiver: Receiver) -> None:
    answers = iter([(500, b""), (200, b"")])
    receiver.answer = lambda hook: next(answers)
    webhook = desk.listen(receiver)
    sell(desk)

    (delivery,) = history(desk, webhook)
    assert (delivery["status"], seconds(delivery)) == ("DELIVERED", [0, 1])


def test_history_shows_every_attempt(desk: Desk, receiver: Receiver) -> None:
    webhook = desk.listen(refusing(receiver, 503))
    sell(desk)

    (delivery,) = history(desk, webhook)
    first = delivery["attempts"][0]
    assert (delivery["webhookId"], delivery["type"], delivery["isTest"]) == (webhook["id"], "order.completed", False)
    assert delivery["payload"] == receiver.hooks[0].json
    assert (first["number"], first["statusCode"], first["responseBody"], first["error"]) == (1, 503, "no", None)
    assert "attempt 1 of 3" in first["outcome"].lower()


def test_history_comes_in_pages(desk: Desk, receiver: Receiver) -> None:
    webhook = desk.listen(receiver)
    sell(desk, times=3)

    answer = desk.get(f"/webhooks/{webhook['id']}/deliveries", page=2, take=2)

    assert len(data(answer)) == 1
    assert answer.json()["meta"] == {"page": 2, "take": 2, "total": 3, "totalPages": 2}


def test_history_is_filtered_by_status(desk: Desk, receiver: Receiver) -> None:
    webhook = desk.listen(refusing(receiver))
    sell(desk)
    accepting(receiver)
    sell(desk, times=2)

    assert [len(history(desk, webhook, status=status)) for status in ("FAILED", "DELIVERED", "PENDING")] == [1, 2, 0]


def test_unreachable_receiver_is_said_so(desk: Desk) -> None:
    webhook = data(desk.post("/webhooks", {"url": NOWHERE}))
    sell(desk)

    (delivery,) = history(desk, webhook)
    assert (delivery["lastStatusCode"], delivery["attempts"][0]["statusCode"]) == (None, None)
    assert delivery["attempts"][0]["error"] == "refused"


@pytest.mark.thorough
def test_tenth_failure_in_a_row_disables(desk: Desk, receiver: Receiver) -> None:
    webhook = desk.listen(refusing(receiver))
    sell(desk, times=9)
    after_nine = health(desk, webhook)
    accepting(receiver)
    sell(desk)
    after_success = health(desk, webhook)
    refusing(receiver)
    sell(desk, times=9)
    after_nine_more = health(desk, webhook)
    sell(desk)

    assert (after_nine, after_success, after_nine_more) == ((True, 9), (True, 0), (True, 9))
    assert health(desk, webhook) == (False, 10)
    assert "10 failed deliveries in a row" in desk.webhook(webhook)["disabledReason"]


def test_parallel_failures_all_count(desk: Desk, receiver: Receiver) -> None:
    desk.set(sends=1)
    webhook = desk.listen(refusing(receiver))
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda _: buyer(desk).buy(FEST, "GA"), range(10)))
    desk.advance(until="quiet")

    assert health(desk, webhook) == (False, 10)
    assert len(receiver.hooks) == 10


def buyer(desk: Desk) -> Desk:
    """Return a desk with a connection of its own."""
    return Desk(Client(desk.client.base.rsplit("/w/", 1)[0], desk.client.world))


def test_retries_count_once(desk: Desk, receiver: Receiver) -> None:
    webhook = desk.listen(refusing(receiver))
    sell(desk)

    assert (len(receiver.hooks), health(desk, webhook)) == (3, (True, 1))


def test_attempts_can_be_what_counts(desk: Desk, receiver: Receiver) -> None:
    desk.set(disable_counts="attempts")
    webhook = desk.listen(refusing(receiver))
    for _ in range(3):
        sell(desk)
    after_nine = health(desk, webhook)
    sell(desk)

    assert (after_nine, health(desk, webhook)) == ((True, 9), (False, 10))
    assert len(receiver.hooks) == 10


def test_bound_of_failures_is_a_setting(desk: Desk, receiver: Receiver) -> None:
    desk.set(disable_after=2)
    webhook = desk.listen(refusing(receiver))
    sell(desk, times=2)

    assert health(desk, webhook) == (False, 2)


def disabled(desk: Desk, receiver: Receiver) -> dict[str, Any]:
    """Return a webhook that was disabled for its failures."""
    desk.set(disable_after=1, sends=1)
    webhook = desk.listen(refusing(receiver))
    sell(desk)
    assert health(desk, webhook) == (False, 1)
    desk.set(disable_after=10, sends=3)
    return webhook


def test_disabled_webhook_is_sent_nothing(desk: Desk, receiver: Receiver) -> None:
    webhook = disabled(desk, receiver)
    sell(desk)

    assert len(receiver.hooks) == 1
    assert [delivery["status"] for delivery in history(desk, webhook)] == ["DROPPED", "FAILED"]


def test_disabling_drops_what_waits(desk: Desk, receiver: Receiver) -> None:
    desk.set(disable_after=1, disable_counts="attempts")
    webhook = desk.listen(refusing(receiver))
    sell(desk, times=3)

    assert Counter(delivery["status"] for delivery in history(desk, webhook)) <= Counter(FAILED=3, DROPPED=2)
    assert [delivery for delivery in history(desk, webhook) if delivery["status"] == "PENDING"] == []


def test_update_enables_from_zero(desk: Desk, receiver: Receiver) -> None:
    webhook = disabled(desk, receiver)

    enabled = data(desk.patch(f"/webhooks/{webhook['id']}", {"isActive": True}))
    accepting(receiver)
    sell(desk)

    assert (enabled["isActive"], enabled["consecutiveFailures"], enabled["disabledReason"]) == (True, 0, None)
    assert history(desk, webhook)[0]["status"] == "DELIVERED"


def test_other_updates_enable_nothing(desk: Desk, receiver: Receiver) -> None:
    webhook = disabled(desk, receiver)

    desk.patch(f"/webhooks/{webhook['id']}", {"url": receiver.url})

    assert health(desk, webhook) == (False, 1)


def test_successful_test_enables_from_zero(desk: Desk, receiver: Receiver) -> None:
    webhook = disabled(desk, receiver)
    accepting(receiver)

    tested = data(desk.post(f"/webhooks/{webhook['id']}/test"))

    assert (tested["status"], health(desk, webhook)) == ("DELIVERED", (True, 0))
    assert desk.webhook(webhook)["disabledReason"] is None


def test_failed_test_enables_nothing(desk: Desk, receiver: Receiver) -> None:
    webhook = disabled(desk, receiver)

    tested = data(desk.post(f"/webhooks/{webhook['id']}/test"))

    assert (tested["status"], health(desk, webhook)) == ("FAILED", (False, 1))


@pytest.mark.thorough
def test_enabled_webhook_counts_anew(desk: Desk, receiver: Receiver) -> None:
    webhook = disabled(desk, receiver)
    desk.patch(f"/webhooks/{webhook['id']}", {"isActive": True})
    sell(desk, times=9)
    after_nine = health(desk, webhook)
    sell(desk)

    assert (after_nine, health(desk, webhook)) == ((True, 9), (False, 10))


@pytest.mark.parametrize("status", [200, 500])
def test_tests_count_neither_way(desk: Desk, receiver: Receiver, status: int) -> None:
    webhook = desk.listen(refusing(receiver))
    sell(desk, times=9)
    refusing(receiver, status)

    for _ in range(3):
        desk.post(f"/webhooks/{webhook['id']}/test")

    assert health(desk, webhook) == (True, 9)


def test_test_is_sent_once(desk: Desk, receiver: Receiver) -> None:
    webhook = desk.listen(refusing(receiver))

    tested = data(desk.post(f"/webhooks/{webhook['id']}/test"))
    desk.advance(until="quiet")

    assert (tested["status"], tested["isTest"], len(tested["attempts"])) == ("FAILED", True, 1)
    assert len(receiver.hooks) == 1


def test_test_says_what_it_is(desk: Desk, receiver: Receiver) -> None:
    webhook = desk.listen(receiver)

    tested = data(desk.post(f"/webhooks/{webhook['id']}/test"))

    hook: Hook = receiver.hooks[0]
    assert (hook.json["type"], hook.json["data"]["webhookId"]) == ("webhook.test", webhook["id"])
    assert tested["payload"] == hook.json
    assert history(desk, webhook)[0] == tested


def test_trigger_about_nothing_true_is_refused(desk: Desk) -> None:
    answer = desk.client.post("/_mockmarket/ticketnation/trigger/event.sold_out", {})

    assert answer.status_code == 409
    assert "the last ticket of an event has been sold" in answer.json()["error"]["message"]


def test_trigger_picks_what_is_true(desk: Desk) -> None:
    desk.buy("somebody-else-s-show", "GA", 9)
    desk.buy(FEST, "GA", 90)

    for type in ("event.sold_out", "ticket.inventory_low"):
        desk.client.control("POST", f"ticketnation/trigger/{type}", {})

    bodies = [json.loads(notice["body"]) for notice in desk.client.control("GET", "notices?limit=2")["notices"]]
    data_of = {body["type"]: body["data"] for body in bodies}
    assert data_of["ticket.inventory_low"]["remaining"] < data_of["ticket.inventory_low"]["threshold"]
    assert data_of["event.sold_out"]["eventId"] == event_id("theirs")


def test_triggered_low_inventory_is_below_its_threshold(desk: Desk) -> None:
    desk.client.control("POST", "ticketnation/trigger/ticket.inventory_low", {"record": ticket_id("fest", "GA")})

    [notice] = desk.client.control("GET", "notices?limit=1")["notices"]
    assert json.loads(notice["body"])["data"]["remaining"] == 19
