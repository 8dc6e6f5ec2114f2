"""SkyBox's webhook subscriptions: made, scoped, changed; the one second, the mute ladder, the e-mails."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests import hostile
from tests.conftest import Client
from tests.receiver import Receiver
from tests.vendors.skybox import APP_TWO, BEA, ONE, SOL, TWO, wrong
from tests.vendors.skybox_office import SECRET, Office, mac, office, second

MINUTES = (1, 5, 15, 60, 240, 720, 1440)
URL = "http://127.0.0.1:9/hooks"
BODY = {"topic": "INVENTORY", "url": URL, "headers": "Id: Sky", "secret": SECRET}


@pytest.fixture
def desk(client: Client) -> Office:
    return office(client)


def fail(desk: Office, listing: dict[str, Any], times: int = 1) -> None:
    """Change a price so often, each time waiting for the delivery's end."""
    for _ in range(times):
        before = desk.get(f"/inventory/{listing['id']}")["listPrice"]
        desk.put(f"/inventory/{listing['id']}", {"listPrice": before + 1})
        desk.quiet()


def emails(desk: Office) -> list[dict[str, Any]]:
    """Return the e-mails that told of a mute."""
    rows: list[dict[str, Any]] = desk.client.control("GET", "records/skybox/email")["records"]
    return rows


def test_subscription_is_answered_whole(desk: Office) -> None:
    webhook = desk.post("/webhooks", BODY)

    assert list(webhook) == ["id", "topic", "url", "headers", "secret", "createdAt", "updatedAt"]
    assert {name: webhook[name] for name in BODY} == BODY
    assert desk.get(f"/webhooks/{webhook['id']}") == webhook
    assert desk.get("/webhooks") == [webhook]


@pytest.mark.parametrize("topic", ["INVENTORY", "PURCHASE", "INVOICE", "LINE", "HOLD"])
def test_every_topic_can_be_subscribed(desk: Office, topic: str) -> None:
    assert desk.post("/webhooks", BODY | {"topic": topic})["topic"] == topic


def test_subscriptions_have_their_own_ids(desk: Office) -> None:
    ids = [desk.post("/webhooks", BODY)["id"] for _ in range(3)]

    assert len(set(ids)) == 3
    assert [webhook["id"] for webhook in desk.get("/webhooks")] == ids


def test_change_takes_all_fields(desk: Office) -> None:
    webhook = desk.post("/webhooks", BODY)
    change = {"topic": "HOLD", "url": URL + "/2", "headers": "A: b,C: d", "secret": "other"}

    changed = desk.put(f"/webhooks/{webhook['id']}", change)

    assert {name: changed[name] for name in change} == change
    assert (changed["id"], changed["createdAt"]) == (webhook["id"], webhook["createdAt"])


def test_deleted_subscription_is_gone(desk: Office, receiver: Receiver) -> None:
    (webhook,) = desk.listen(receiver, "INVENTORY")

    answer = desk.call("DELETE", f"/webhooks/{webhook['id']}")

    assert (answer.status_code, answer.content) == (200, b"")
    assert desk.call("GET", f"/webhooks/{webhook['id']}").status_code == 404
    assert desk.post("/webhooks", BODY | {"topic": "HOLD"})["id"] != webhook["id"]
    desk.bought()
    assert desk.notices(receiver) == []


@pytest.mark.parametrize(
    ("account", "application", "token"), [(ONE, APP_TWO, BEA), (TWO, "", BEA), (TWO, APP_TWO, SOL)]
)
def test_subscriptions_are_scoped(desk: Office, account: int, application: str, token: str) -> None:
    webhook = desk.post("/webhooks", BODY)
    neighbour = second(desk, account, application, token)

    assert neighbour.get("/webhooks") == []
    for method, body in (("GET", None), ("PUT", BODY), ("DELETE", None)):
        assert neighbour.call(method, f"/webhooks/{webhook['id']}", body).status_code == 404
    assert desk.get("/webhooks") == [webhook]


@pytest.mark.parametrize("field", ["topic", "url", "headers", "secret"])
def test_all_four_fields_are_needed(desk: Office, field: str) -> None:
    body = {name: value for name, value in BODY.items() if name != field}

    answer = desk.call("POST", "/webhooks", body)

    assert wrong(answer) == [field]
    assert answer.json()[0]["message"] == "may not be null"


def test_missing_fields_are_named_at_once(desk: Office) -> None:
    answer = desk.call("POST", "/webhooks", {"topic": "HOLD", "url": URL})

    assert wrong(answer) == ["headers", "secret"]
    beans = "{javax.validation.constraints.NotNull.message}"
    assert {error["messageTemplate"] for error in answer.json()} == {beans}


def test_header_given_twice_is_sent_twice(desk: Office, receiver: Receiver) -> None:
    desk.listen(receiver, "HOLD", headers="Id: a,Id: b")

    desk.hold(desk.inventory())

    desk.quiet()
    (hook,) = receiver.hooks
    assert [value for name, value in hook.headers if name == "Id"] == ["a", "b"]


def test_setting_asks_for_two_fields(desk: Office) -> None:
    desk.set(all_webhook_fields=False)

    webhook = desk.post("/webhooks", {"topic": "LINE", "url": URL})

    assert (webhook["headers"], webhook["secret"]) == ("", "")
    assert wrong(desk.call("POST", "/webhooks", {"topic": "LINE"})) == ["url"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("topic", "EVENT"), ("topic", "inventory"), ("topic", 5), ("url", "https:example.com/x"), ("url", "ftp://x.example/"),
        ("url", ""), ("url", "http://a b/"), ("url", "http://user:pw@x.example/"), ("headers", 5), ("secret", ["x"]),
    ],
)  # fmt: skip
def test_wrong_fields_are_named(desk: Office, field: str, value: Any) -> None:
    answer = desk.call("POST", "/webhooks", BODY | {field: value})

    assert wrong(answer) == [field]


@pytest.mark.parametrize(
    "text",
    [
        "no colon", ": x", "A b: c", "Id: Sky\r\nX: y", "Id: Sky\nX: y", "Id: a\x00b", "Bad Name: x", "Host: evil.example",
        "Content-Length: 1", "Transfer-Encoding: chunked", "Connection: close", "Proxy-Authorization: x",
        "User-Agent: mine", "Content-Type: text/plain", "Webhooks-Signature: forged", "webhooks-signature: forged",
        "Ñ: x", "Id: ñ", "A: " + "x" * 1025, ",".join(f"H{number}: x" for number in range(51)),
    ],
)  # fmt: skip
def test_unsafe_headers_are_refused(desk: Office, text: str) -> None:
    assert wrong(desk.call("POST", "/webhooks", BODY | {"headers": text})) == ["headers"]
    assert desk.get("/webhooks") == []


def test_headers_are_kept_as_given(desk: Office, receiver: Receiver) -> None:
    text = "  Bearer:  abc:def , Id:Sky,Many: a, b, c"

    (webhook,) = desk.listen(receiver, "INVENTORY", headers=text)
    desk.bought()

    desk.quiet()
    assert webhook["headers"] == text
    assert [receiver.hooks[0].header(name) for name in ("Bearer", "Id", "Many")] == ["abc:def", "Sky", "a, b, c"]


def test_waiting_hook_takes_new_secret(desk: Office, receiver: Receiver) -> None:
    (webhook,) = desk.listen(receiver, "INVENTORY")
    desk.put(f"/webhooks/{webhook['id']}", BODY | {"url": receiver.url, "secret": "new one"})

    desk.bought()

    desk.quiet()
    assert receiver.hooks[0].header("Webhooks-Signature") == mac(receiver.hooks[0].body, "new one")


def test_webhook_without_secret_is_unsigned(desk: Office, receiver: Receiver) -> None:
    desk.listen(receiver, "INVENTORY", secret="")

    desk.bought()

    desk.quiet()
    assert receiver.hooks[0].header("Webhooks-Signature") is None


@pytest.mark.parametrize("status", [201, 202, 204, 299])
def test_any_2xx_is_an_acknowledgement(desk: Office, receiver: Receiver, status: int) -> None:
    receiver.answer = lambda hook: (status, b"")
    desk.listen(receiver, "INVENTORY")

    desk.bought()

    desk.quiet()
    assert [delivery["state"] for delivery in desk.deliveries()] == ["delivered"]


@pytest.mark.parametrize("status", [301, 400, 404, 410, 500, 503])
def test_failure_is_not_sent_again(desk: Office, receiver: Receiver, status: int) -> None:
    receiver.answer = lambda hook: (status, b"")
    desk.listen(receiver, "INVENTORY")
    desk.bought()

    desk.advance(seconds=86_400)

    assert [(delivery["state"], delivery["attempts"]) for delivery in desk.deliveries()] == [("failed", 1)]
    assert len(receiver.hooks) == 1


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100000\r\n\r\n"
DRIPPING = {
    "never answers": hostile.never_answers,
    "drips its body": hostile.sends_then_drips(HEAD, b"."),
    "drips its headers": hostile.sends_then_drips(b"HTTP/1.1 200 OK\r\nX: ", b"x"),
    "goes on with 100": hostile.sends_then_drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.thorough
@pytest.mark.parametrize("behaviour", DRIPPING)
def test_dripping_receiver_is_cut_off(desk: Office, behaviour: str) -> None:
    desk.set(deadline_s=0.15)
    with hostile.receiver(DRIPPING[behaviour]) as site:
        desk.post("/webhooks", BODY | {"url": site.url})

        desk.bought()
        desk.quiet()

    (row,) = desk.deliveries()
    (attempt,) = desk.client.control("GET", f"deliveries/{row['id']}")["attempts_made"]
    assert (row["state"], attempt["answer"]["error"]) == ("failed", "timeout")
    assert 100 <= attempt["elapsed_ms"] < 1000


def test_deadline_is_one_second(desk: Office) -> None:
    assert desk.client.control("GET", "settings")["skybox"]["deadline_s"]["value"] == 1


def test_fifth_failure_mutes(desk: Office, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (500, b"")
    listing = desk.bought()
    desk.listen(receiver, "INVENTORY")

    fail(desk, listing, 4)
    before = len(emails(desk))
    fail(desk, listing)

    assert (before, len(emails(desk))) == (0, 1)
    fail(desk, listing)
    assert [delivery["state"] for delivery in desk.deliveries()] == ["failed"] * 5 + ["dropped"]
    assert "muted" in desk.deliveries()[-1]["reason"]


@pytest.mark.thorough
def test_mutes_grow_up_to_a_day(desk: Office, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (500, b"")
    listing = desk.bought()
    desk.listen(receiver, "INVENTORY")
    fail(desk, listing, 4)

    for minutes in (*MINUTES, 1440, 1440):
        sent = len(receiver.hooks)
        fail(desk, listing)
        assert len(receiver.hooks) == sent + 1
        desk.advance(seconds=minutes * 60 - 1)
        fail(desk, listing)
        assert len(receiver.hooks) == sent + 1
        desk.advance(seconds=1)

    assert [email["mutes"] for email in emails(desk)] == list(range(1, 10))


@pytest.mark.thorough
def test_success_resets_the_ladder(desk: Office, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (500, b"")
    listing = desk.bought()
    desk.listen(receiver, "INVENTORY")
    fail(desk, listing, 5)
    desk.advance(seconds=60)
    fail(desk, listing)
    desk.advance(seconds=300)
    receiver.answer = lambda hook: (200, b"")
    fail(desk, listing)
    receiver.answer = lambda hook: (500, b"")

    fail(desk, listing, 4)
    before = len(emails(desk))
    fail(desk, listing)

    assert (before, len(emails(desk))) == (2, 3)
    desk.advance(seconds=60)
    sent = len(receiver.hooks)
    fail(desk, listing)
    assert len(receiver.hooks) == sent + 1


def test_email_tells_the_application(desk: Office, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (500, b"")
    desk.set(failures_until_mute=1)
    (hook,) = desk.listen(receiver, "INVENTORY")

    desk.bought()
    desk.quiet()

    (mail,) = emails(desk)
    assert (mail["to"], mail["webhookId"], mail["url"]) == ("ops@pricer.example", hook["id"], receiver.url)
    assert (mail["sentAt"], mail["mutedUntil"]) == ("2026-03-01T12:00:00.000Z", "2026-03-01T12:01:00.000Z")


def test_ladder_is_a_setting(desk: Office, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (500, b"")
    desk.set(failures_until_mute=1, mute_minutes="2,3")
    desk.listen(receiver, "INVENTORY")

    listing = desk.bought()
    desk.quiet()
    desk.advance(seconds=119)
    fail(desk, listing)
    desk.advance(seconds=1)
    fail(desk, listing)

    assert [email["mutedUntil"][11:16] for email in emails(desk)] == ["12:02", "12:05"]


@pytest.mark.parametrize("ladder", ["", "0", "1,,2", "a", "-1", "1.5", "99999999999"])
def test_wrong_ladder_is_refused(desk: Office, ladder: str) -> None:
    answer = desk.client.call("PATCH", "/_mockmarket/settings", json={"skybox": {"mute_minutes": ladder}})

    assert answer.status_code == 400


def test_delta_finds_what_was_dropped(desk: Office, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (500, b"")
    desk.set(failures_until_mute=1)
    listing, sibling = desk.bought(), desk.bought(row="L")
    desk.listen(receiver, "INVENTORY")
    fail(desk, listing)
    desk.advance(seconds=10)
    fail(desk, sibling)
    new = desk.bought(row="M")
    desk.quiet()

    ids = desk.get("/inventory/delta", startTime="2026-03-01T12:00:05Z", endTime="2026-03-01T12:00:20Z")

    assert [delivery["state"] for delivery in desk.deliveries()] == ["failed", "dropped", "dropped"]
    assert ids == [sibling["id"], new["id"]]


def test_fault_sends_notifications_twice(desk: Office, receiver: Receiver) -> None:
    desk.listen(receiver, "PURCHASE")
    desk.client.control("PUT", "faults", {"faults": [{"fault": "duplicate", "vendor": "skybox", "times": 1}]})

    desk.bought()

    desk.quiet()
    first, second = receiver.hooks
    assert first.body == second.body
    assert first.header("Webhooks-Signature") == second.header("Webhooks-Signature") == mac(first.body)


def test_fault_sends_notifications_out_of_order(desk: Office, receiver: Receiver) -> None:
    listing = desk.bought()
    desk.listen(receiver, "INVENTORY")
    desk.client.control("PUT", "faults", {"faults": [{"fault": "reorder", "vendor": "skybox", "times": 1}]})

    for price in (71.0, 72.0):
        desk.put(f"/inventory/{listing['id']}", {"listPrice": price})

    desk.advance(until="quiet")
    assert [json.loads(hook.body)["inventory"]["listPrice"] for hook in receiver.hooks] == [72.0, 71.0]
