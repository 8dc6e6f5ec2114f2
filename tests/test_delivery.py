"""Deliveries: committed with their cause, sent to each endpoint by itself, resent, and logged in words."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mockmarket.clock import HOUR, parse_iso
from mockmarket.config import Config, Limits
from mockmarket.delivery.delivery import Outcome, claim_due, settle_batch
from mockmarket.store import endpoints, outbox, records
from mockmarket.vendor import Setting
from mockmarket.vendors.portal import rules, wire
from mockmarket.vendors.portal.vendor import VENDOR
from mockmarket.webhooks.acceptance import Answer
from mockmarket.webhooks.signing import SIGNATURE, SignedHeaders
from mockmarket_client.scheme import Scheme
from mockmarket_client.verifying import check
from tests import hostile
from tests.conftest import Client, Served
from tests.receiver import Receiver, receiving
from tests.running import (
    FIXTURE,
    FLOOR,
    buy,
    deliveries,
    delivery,
    listen,
    notices,
    serving,
    settled,
    talking_to,
    until,
    verifies,
)

FAILING = (500, b"no")


def signing_with(headers: Any, **fields: Any) -> Any:
    """Return the portal with another table of headers."""
    return replace(VENDOR, webhooks=replace(VENDOR.webhooks, headers=headers), **fields)


def freeze(client: Client) -> None:
    client.control("PUT", "clock", {"frozen": True})


def advance(client: Client, seconds: float) -> Any:
    return client.control("POST", "clock/advance", {"seconds": seconds})


def change_endpoint(client: Client, endpoint: Any, **changes: Any) -> None:
    """Change what the control routes cannot: mutes, an old secret."""
    with client.world.atomic() as tx:
        stored = endpoints.get(tx, endpoint["id"])
        assert stored
        endpoints.put(tx, replace(stored, **changes))


def resend(client: Client, id: str) -> Any:
    return client.post(f"/_mockmarket/deliveries/{id}/resend")


@pytest.fixture
def failed_once(client: Client, receiver: Receiver) -> tuple[Any, ...]:
    """A delivery in a frozen world whose first attempt failed; its retry is due in 1 s."""
    receiver.answer = lambda hook: FAILING
    freeze(client)
    endpoint = listen(client, receiver.url)
    buy(client)
    [waiting] = until(client.world, lambda: [row for row in deliveries(client) if row["last_status"] == 500])
    return endpoint, waiting


# The outbox


def test_rolled_back_order_tells_nobody(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    orders = records.count(client.world.read(), wire.ORDER, [])

    def buy_and_fail() -> None:
        with client.world.atomic() as tx:
            body: Any = FLOOR
            order = rules.buy(tx, body)
            outbox.announce(tx, wire.notice(tx, "order.confirmed", order))
            raise LookupError

    with pytest.raises(LookupError):
        buy_and_fail()

    assert records.count(client.world.read(), wire.ORDER, []) == orders
    assert notices(client) == []
    assert deliveries(client) == []


def test_refused_order_makes_no_notice(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)

    answer = client.post("/api/v1/orders", FLOOR | {"quantity": 51})

    assert answer.status_code >= 400
    assert notices(client) == []


def test_delivery_stands_with_its_order(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)

    with client.world.engine:  # the ticker cannot send yet
        order = buy(client)
        [waiting] = deliveries(client)

    assert (waiting["record"], waiting["state"], waiting["attempts"]) == (order["orderId"], "pending", 0)


def test_notice_names_the_causing_request(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)

    answer = client.post("/api/v1/orders", FLOOR)

    [notice] = notices(client)
    assert notice["cause"] == answer.headers["X-Mockmarket-Request"]


def test_each_endpoint_has_its_delivery(client: Client, receiver: Receiver) -> None:
    first, second = listen(client, f"{receiver.url}/1"), listen(client, f"{receiver.url}/2")

    buy(client)

    done = settled(client, 2)
    assert {row["endpoint"] for row in done} == {first["id"], second["id"]}
    assert len({row["id"] for row in done}) == 2
    assert {hook.path for hook in receiver.hooks} == {"/hooks/1", "/hooks/2"}
    assert receiver.hooks[0].body == receiver.hooks[1].body


def test_each_delivery_has_its_own_secret(client: Client, receiver: Receiver) -> None:
    endpoints = {f"/hooks/{number}": listen(client, f"{receiver.url}/{number}") for number in (1, 2)}

    buy(client)

    hooks = receiver.wait(2)
    assert [verifies(hook, endpoints[hook.path]["secret"]) for hook in hooks] == [True, True]
    assert not verifies(hooks[0], endpoints[hooks[1].path]["secret"])


def test_failing_endpoint_retries_alone(client: Client, receiver: Receiver) -> None:
    freeze(client)
    receiver.answer = lambda hook: FAILING if hook.path == "/hooks/bad" else (200, b"ok")
    listen(client, f"{receiver.url}/bad")
    listen(client, f"{receiver.url}/good")
    buy(client)

    client.control("POST", "clock/advance", {"until": "quiet"})

    paths = [hook.path for hook in receiver.wait(7)]
    assert (paths.count("/hooks/bad"), paths.count("/hooks/good")) == (6, 1)


def test_types_choose_what_is_heard(client: Client, receiver: Receiver) -> None:
    listen(client, f"{receiver.url}/accepted", types=["order.accepted"])
    listen(client, f"{receiver.url}/all")
    order = buy(client)

    client.patch("/api/v1/orders", {"orderId": order["orderId"], "status": "accepted"})

    heard = {(hook.path, hook.json["event"]) for hook in receiver.wait(3)}
    assert heard == {
        ("/hooks/all", "order.confirmed"),
        ("/hooks/all", "order.accepted"),
        ("/hooks/accepted", "order.accepted"),
    }


def test_disabled_endpoint_shows_the_gap(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url, active=False)

    buy(client)

    [dropped] = deliveries(client)
    assert (dropped["state"], dropped["attempts"]) == ("dropped", 0)
    assert dropped["reason"] == "The endpoint was disabled when the notice was made."


def test_muted_endpoint_shows_the_gap(client: Client, receiver: Receiver) -> None:
    endpoint = listen(client, receiver.url)
    change_endpoint(client, endpoint, mutes=1, muted_until=client.world.clock.now() + HOUR)

    buy(client)

    [dropped] = deliveries(client)
    assert dropped["state"] == "dropped"
    assert dropped["reason"] == "The endpoint was muted when the notice was made."


def test_notice_without_listeners_is_kept(client: Client) -> None:
    buy(client)

    [notice] = notices(client)
    assert (notice["type"], notice["deliveries"]) == ("order.confirmed", 0)


def test_lapsed_mute_lets_through(client: Client, receiver: Receiver) -> None:
    endpoint = listen(client, receiver.url)
    freeze(client)
    change_endpoint(client, endpoint, mutes=1, muted_until=client.world.clock.now() + HOUR)

    advance(client, 3600)
    buy(client)

    assert settled(client)[0]["endpoint"] == endpoint["id"]


# What changes while a retry waits


@pytest.mark.parametrize("change", ["disabled", "muted", "removed"])
def test_retry_to_closed_endpoint_is_dropped(
    client: Client, receiver: Receiver, failed_once: tuple[Any, ...], change: str
) -> None:
    endpoint, waiting = failed_once
    if change == "disabled":
        client.control("PATCH", f"endpoints/{endpoint['id']}", {"active": False})
    elif change == "muted":
        change_endpoint(client, endpoint, mutes=1, muted_until=client.world.clock.now() + HOUR)
    else:
        client.control("DELETE", f"endpoints/{endpoint['id']}")

    advance(client, 1)

    dropped = delivery(client, waiting["id"])
    assert (dropped["state"], dropped["reason"]) == ("dropped", f"The endpoint was {change} when this was due.")
    assert len(receiver.hooks) == 1


def test_retry_goes_where_endpoint_is(client: Client, receiver: Receiver, failed_once: tuple[Any, ...]) -> None:
    endpoint, _ = failed_once
    client.control("PATCH", f"endpoints/{endpoint['id']}", {"url": f"{receiver.url}/moved"})

    advance(client, 1)

    assert [hook.path for hook in receiver.wait(2)] == ["/hooks", "/hooks/moved"]


def test_retry_is_signed_with_new_secret(client: Client, receiver: Receiver, failed_once: tuple[Any, ...]) -> None:
    endpoint, _ = failed_once
    client.control("PATCH", f"endpoints/{endpoint['id']}", {"secret": "the_new_secret_0123456789"})

    advance(client, 1)

    first, second = receiver.wait(2)
    assert verifies(first, endpoint["secret"])
    assert verifies(second, "the_new_secret_0123456789")
    assert not verifies(second, endpoint["secret"])


def test_enabled_endpoint_starts_afresh(client: Client, receiver: Receiver, failed_once: tuple[Any, ...]) -> None:
    endpoint, _ = failed_once
    client.control("PATCH", f"endpoints/{endpoint['id']}", {"active": False})

    after = client.control("PATCH", f"endpoints/{endpoint['id']}", {"active": True})

    assert (after["state"], after["failures"], after["disabled_reason"]) == ("active", 0, None)


def test_old_secret_signs_until_grace_ends(receiver: Receiver) -> None:
    signed_headers = SignedHeaders(Scheme(header="X-Signature", form="v1={v}", all_secrets=True), (SIGNATURE,))
    grace = {"rotation_grace_s": Setting(3600, "Seconds for which an earlier secret signs too.", least=0)}
    vendor = signing_with(signed_headers, settings={**VENDOR.settings, **grace})
    with serving(Config(fixture=FIXTURE), [vendor]) as served:
        client = talking_to(served)
        freeze(client)
        endpoint = listen(client, receiver.url, secret="new_secret_0123456789")
        change_endpoint(client, endpoint, old_secrets=(("old_secret", client.world.clock.now() + HOUR),))
        buy(client)
        receiver.wait(1)

        advance(client, 3600)
        buy(client)

        within, after = receiver.wait(2)
        assert check(signed_headers, within.headers, within.body, "old_secret").valid
        assert not check(signed_headers, after.headers, after.body, "old_secret").valid
        assert check(signed_headers, after.headers, after.body, "new_secret_0123456789").valid


# Resending


def test_answer_of_an_earlier_epoch_settles_nothing(client: Client, tmp_path: Path) -> None:
    listen(client, "http://127.0.0.1:9/")
    with client.world.engine:  # the ticker sends nothing meanwhile
        buy(client)
        client.world.save(tmp_path / "saved.db")
        sends = claim_due(client.world, "test", 1)
        client.world.replace_with(tmp_path / "saved.db", None)

        verdicts = settle_batch(client.world, [Outcome(send, Answer(200), client.world.clock.now()) for send in sends])
        states = {row["state"] for row in deliveries(client)}

    assert (verdicts, states) == ([False], {"pending"})


def test_settling_and_claiming_end_early_for_a_write(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    listen(client, "http://127.0.0.1:9/")
    store = client.world.store
    with client.world.engine:  # the ticker sends nothing meanwhile
        for _ in range(6):
            buy(client)
        with (
            ThreadPoolExecutor() as others,
            monkeypatch.context() as patched,
        ):  # each write that finds the store busy awaits its turn
            patched.setattr(
                outbox, "log", preceded(lambda: others.submit(store.writer.when_free, int).result(), outbox.log)
            )
            patched.setattr(
                outbox, "claim", preceded(lambda: others.submit(store.writer.when_free, int).result(), outbox.claim)
            )
            sends = [claim_due(client.world, "test", 6) for _ in range(2)]
            outcomes = [Outcome(send, Answer(200), client.world.clock.now()) for claimed in sends for send in claimed]
            verdicts = settle_batch(client.world, outcomes)
            is_awaited = store.writer.is_awaited
        others_verdicts = settle_batch(client.world, outcomes[4:])
        states = Counter(row["state"] for row in deliveries(client))

    assert [len(claimed) for claimed in sends] == [4, 2]
    assert (verdicts, is_awaited, others_verdicts) == ([True] * 4, True, [True] * 2)
    assert (states, store.writer.is_awaited) == ({"delivered": 6}, False)


def preceded(step: Callable[[], object], function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function with a step before it."""

    def preceded_call(*args: Any) -> Any:
        step()
        return function(*args)

    return preceded_call


def test_resend_keeps_ids_and_body(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    buy(client)
    [done] = settled(client)

    assert resend(client, done["id"]).status_code == 202

    first, second = receiver.wait(2)
    assert first.header("X-Webhook-Delivery") == second.header("X-Webhook-Delivery") == done["id"]
    assert first.body == second.body
    again = until(client.world, lambda: (view := delivery(client, done["id"]))["state"] == "delivered" and view)
    assert again["event_id"] == done["event_id"]


def test_resend_is_stamped_and_signed_anew(client: Client, receiver: Receiver) -> None:
    client.control("PATCH", "settings", {"core": {"signature_time": "world"}})
    freeze(client)
    endpoint = listen(client, receiver.url)
    buy(client)
    [done] = settled(client)
    advance(client, 60)

    resend(client, done["id"])

    first, second = receiver.wait(2)
    stamps = [int(hook.header("X-Webhook-Timestamp") or 0) for hook in (first, second)]
    assert stamps[1] - stamps[0] == 60
    assert first.header("X-Webhook-Signature") != second.header("X-Webhook-Signature")
    assert verifies(second, endpoint["secret"])


def test_resend_of_delivered_stays_delivered(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    buy(client)
    [done] = settled(client)
    receiver.answer = lambda hook: FAILING

    resend(client, done["id"])

    after = until(client.world, lambda: len((view := delivery(client, done["id"]))["attempts_made"]) == 2 and view)
    assert (after["state"], after["attempts"], after["last_status"]) == ("delivered", 2, 500)
    assert after["attempts_made"][1]["why"] == "resend"


def test_resend_of_failed_delivers_it(client: Client, receiver: Receiver, failed_once: tuple[Any, ...]) -> None:
    _, waiting = failed_once
    client.control("POST", "clock/advance", {"until": "quiet"})
    assert delivery(client, waiting["id"])["state"] == "failed"
    receiver.answer = lambda hook: (200, b"ok")

    resend(client, waiting["id"])

    [done] = settled(client)
    assert [attempt["number"] for attempt in delivery(client, done["id"])["attempts_made"]] == [1, 2, 3, 4, 5, 6, 7]


def test_resend_of_failed_may_fail_again(client: Client, receiver: Receiver, failed_once: tuple[Any, ...]) -> None:
    _, waiting = failed_once
    client.control("POST", "clock/advance", {"until": "quiet"})

    resend(client, waiting["id"])

    after = until(client.world, lambda: (view := delivery(client, waiting["id"]))["attempts"] == 7 and view)
    after = until(client.world, lambda: (view := delivery(client, waiting["id"]))["state"] == "failed" and view)
    assert "The resend failed" in after["reason"]
    assert client.control("GET", "clock")["next_delivery"] is None


def test_failed_resend_leaves_retry_its_time(client: Client, receiver: Receiver, failed_once: tuple[Any, ...]) -> None:
    _, waiting = failed_once

    resend(client, waiting["id"])

    receiver.wait(2)
    after = until(client.world, lambda: len((view := delivery(client, waiting["id"]))["attempts_made"]) == 2 and view)
    assert (after["state"], after["due"]) == ("pending", waiting["due"])


def test_failed_resend_takes_no_retry_away(client: Client, receiver: Receiver, failed_once: tuple[Any, ...]) -> None:
    _, waiting = failed_once
    start = parse_iso(waiting["at"])
    resend(client, waiting["id"])
    until(client.world, lambda: len(delivery(client, waiting["id"])["attempts_made"]) == 2)

    client.control("POST", "clock/advance", {"until": "quiet"})

    attempts_made = delivery(client, waiting["id"])["attempts_made"]
    assert [(parse_iso(attempt["at"]) - start) // 1000 for attempt in attempts_made] == [0, 0, 1, 3, 7, 15, 31]


def test_accepted_resend_ends_the_retries(client: Client, receiver: Receiver, failed_once: tuple[Any, ...]) -> None:
    _, waiting = failed_once
    receiver.answer = lambda hook: (200, b"ok")

    resend(client, waiting["id"])

    [done] = settled(client)
    assert (done["id"], done["due"]) == (waiting["id"], None)
    assert client.control("POST", "clock/advance", {"until": "quiet"})["attempts"] == 0


def test_resend_under_way_is_refused(client: Client, held_back: Receiver) -> None:
    listen(client, held_back.url)
    buy(client)
    held_back.wait(1)
    [sending] = deliveries(client, state="sending")

    answer = resend(client, sending["id"])

    assert answer.status_code == 409
    assert answer.json()["error"]["message"] == "An attempt of this delivery is under way."


def test_two_resends_at_once_send_once(client: Client, receiver: Receiver, failed_once: tuple[Any, ...]) -> None:
    _, waiting = failed_once
    with client.world.engine:  # the ticker sends neither before both are asked for
        statuses = [resend(client, waiting["id"]).status_code for _ in range(2)]
    until(client.world, lambda: len(delivery(client, waiting["id"])["attempts_made"]) == 2)

    client.control("POST", "clock/advance", {"until": "quiet"})

    attempts_made = delivery(client, waiting["id"])["attempts_made"]
    assert statuses == [202, 202]
    assert [attempt["why"] for attempt in attempts_made] == ["event", "resend", *["event"] * 5]


def test_resend_reaches_disabled_endpoint(client: Client, receiver: Receiver) -> None:
    endpoint = listen(client, receiver.url)
    buy(client)
    [done] = settled(client)
    client.control("PATCH", f"endpoints/{endpoint['id']}", {"active": False})

    resend(client, done["id"])

    assert len(receiver.wait(2)) == 2
    assert client.control("GET", "endpoints")["endpoints"][0]["state"] == "disabled"


def test_resend_sends_what_was_dropped(client: Client, receiver: Receiver) -> None:
    endpoint = listen(client, receiver.url, active=False)
    buy(client)
    [dropped] = deliveries(client)
    client.control("PATCH", f"endpoints/{endpoint['id']}", {"active": True})

    resend(client, dropped["id"])

    assert settled(client)[0]["id"] == dropped["id"]


def remove(client: Client, endpoint: Any) -> None:
    client.control("DELETE", f"endpoints/{endpoint['id']}")


def require_https(client: Client, endpoint: Any) -> None:
    client.control("PATCH", "settings", {"portal": {"require_https": True}})


UNREACHABLE = pytest.mark.parametrize(
    ("bar", "reason"),
    [(remove, "The endpoint was removed"), (require_https, "The endpoint had an http URL in spite of require_https")],
)


@UNREACHABLE
def test_resend_that_cannot_be_is_refused(client: Client, receiver: Receiver, bar: Any, reason: str) -> None:
    endpoint = listen(client, receiver.url)
    buy(client)
    [done] = settled(client)
    before = delivery(client, done["id"])
    bar(client, endpoint)

    answer = resend(client, done["id"])

    assert (answer.status_code, answer.json()["error"]["message"]) == (
        409,
        f"Nothing was sent: {reason[:1].lower()}{reason[1:]}.",
    )
    assert delivery(client, done["id"]) == before
    assert deliveries(client, state="delivered") == [done]


@pytest.mark.thorough
@UNREACHABLE
def test_resend_that_comes_too_late_changes_nothing(client: Client, receiver: Receiver, bar: Any, reason: str) -> None:
    endpoint = listen(client, receiver.url)
    buy(client)
    [done] = settled(client)
    before = delivery(client, done["id"])
    with client.world.engine:  # the ticker does not send it before the endpoint cannot be reached
        assert resend(client, done["id"]).status_code == 202
        bar(client, endpoint)

    after = until(client.world, lambda: (view := delivery(client, done["id"]))["state"] == "delivered" and view)

    assert after["reason"] == f"Delivered. It was not sent again: {reason[:1].lower()}{reason[1:]} when this was due."
    assert after | {"reason": ""} == before | {"reason": ""}
    assert len(receiver.hooks) == 1


@UNREACHABLE
def test_retry_that_cannot_be_is_dropped(
    client: Client, receiver: Receiver, failed_once: tuple[Any, ...], bar: Any, reason: str
) -> None:
    endpoint, waiting = failed_once
    bar(client, endpoint)

    client.control("POST", "clock/advance", {"until": "quiet"})

    after = delivery(client, waiting["id"])
    assert (after["state"], after["reason"]) == ("dropped", f"{reason} when this was due.")


def test_trigger_that_cannot_be_is_refused(client: Client, receiver: Receiver) -> None:
    endpoint = listen(client, receiver.url)
    require_https(client, endpoint)

    answer = client.post("/_mockmarket/portal/trigger/order.confirmed", {"endpoint": endpoint["id"]})

    assert (answer.status_code, deliveries(client)) == (409, [])


def test_unknown_delivery_cannot_be_resent(client: Client) -> None:
    assert resend(client, "nope").status_code == 404


def test_new_delivery_is_claimed_with_its_cause(client: Client, held_back: Receiver) -> None:
    listen(client, held_back.url)
    buy(client)
    held_back.wait(1)  # from now on the sender is loaded

    buy(client)

    assert [row["state"] for row in deliveries(client)] == ["sending", "sending"]


# The attempt log


def test_attempt_shows_request_as_sent(client: Client, receiver: Receiver) -> None:
    endpoint = listen(client, receiver.url)
    buy(client)
    [done] = settled(client)

    [attempt] = delivery(client, done["id"])["attempts_made"]

    [hook] = receiver.hooks
    sent = dict(map(tuple, attempt["request"]["headers"]))
    assert attempt["request"]["url"] == endpoint["url"]
    assert attempt["request"]["body"].encode() == hook.body
    assert {name: hook.header(name) for name in sent} == sent
    assert sent["X-Webhook-Timestamp"] == str(attempt["stamp"])


def test_attempt_can_be_verified_again(client: Client, receiver: Receiver) -> None:
    endpoint = listen(client, receiver.url)
    buy(client)
    [done] = settled(client)

    [attempt] = delivery(client, done["id"])["attempts_made"]

    sent = dict(attempt["request"]["headers"])
    assert check(VENDOR.webhooks.headers, sent.items(), attempt["request"]["body"].encode(), endpoint["secret"]).valid


def test_attempt_shows_answer_and_timing(client: Client, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (200, '{"said":"sí"}'.encode())
    listen(client, receiver.url)
    buy(client)
    [done] = settled(client)

    [attempt] = delivery(client, done["id"])["attempts_made"]

    answer = attempt["answer"]
    assert (answer["status"], answer["body"], answer["error"]) == (200, '{"said":"sí"}', None)
    assert ["Content-Type", "application/json"] in answer["headers"]
    assert 0 < attempt["elapsed_ms"] < 10_000
    assert parse_iso(attempt["wall_at"]) >= parse_iso(done["at"]) - 60_000


def test_long_answer_is_capped(client: Client, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (200, b"x" * 300_000)
    listen(client, receiver.url)
    buy(client)
    [done] = settled(client)

    [attempt] = delivery(client, done["id"])["attempts_made"]

    assert attempt["answer"]["truncated"] is True
    assert len(attempt["answer"]["body"]) == Limits().answer_kept


def test_verdict_says_what_comes_next(client: Client, receiver: Receiver, failed_once: tuple[Any, ...]) -> None:
    _, waiting = failed_once

    [attempt] = delivery(client, waiting["id"])["attempts_made"]

    assert attempt["verdict"] == "pending"
    assert attempt["reason"] == (
        "Answered 500, only 200 counts as delivered. Attempt 1 of 6 failed: answered 500; next in 1 s."
    )


def test_verdict_says_when_it_is_over(client: Client, receiver: Receiver, failed_once: tuple[Any, ...]) -> None:
    _, waiting = failed_once

    client.control("POST", "clock/advance", {"until": "quiet"})

    last = delivery(client, waiting["id"])["attempts_made"][-1]
    assert last["verdict"] == "failed"
    assert last["reason"].endswith("Attempt 6 of 6 failed: answered 500; no attempts left.")


def test_unreachable_endpoint_is_said_so(client: Client) -> None:
    freeze(client)
    with hostile.closed_port() as port:
        listen(client, f"http://127.0.0.1:{port}/")
        buy(client)
        [waiting] = until(client.world, lambda: [row for row in deliveries(client) if row["reason"]])

    [attempt] = delivery(client, waiting["id"])["attempts_made"]

    assert (attempt["answer"]["status"], attempt["answer"]["error"]) == (None, "refused")
    assert attempt["reason"].startswith("No answer: ")


@pytest.mark.thorough
def test_deadline_ends_a_silent_exchange(client: Client) -> None:
    freeze(client)
    client.control("PATCH", "settings", {"portal": {"deadline_s": 0.2}})
    with hostile.receiver(hostile.never_answers) as silent:
        listen(client, silent.url)
        buy(client)
        [waiting] = until(client.world, lambda: [row for row in deliveries(client) if row["reason"]])

    [attempt] = delivery(client, waiting["id"])["attempts_made"]
    assert attempt["answer"]["error"] == "timeout"
    assert 150 < attempt["elapsed_ms"] < 5_000


def test_endpoint_headers_credentials_stay_hidden(client: Client, receiver: Receiver) -> None:
    vendor = signing_with(SignedHeaders(None, (("X-Api-Token", "tok_secret"), ("X-Plain", "shown"))))
    with serving(Config(fixture=FIXTURE), [vendor]) as served:
        client = talking_to(served)
        listen(client, receiver.url)
        buy(client)
        [done] = settled(client)

        [attempt] = delivery(client, done["id"])["attempts_made"]

        assert attempt["request"]["headers"] == [["X-Api-Token", "(redacted)"], ["X-Plain", "shown"]]


# One endpoint and the others


@pytest.mark.thorough
def test_silent_endpoint_delays_no_other(client: Client, receiver: Receiver) -> None:
    with hostile.receiver(hostile.never_answers) as silent:
        listen(client, silent.url)
        listen(client, receiver.url)

        for _ in range(20):
            buy(client)

        assert len(receiver.wait(20)) == 20
        client.control("PATCH", "settings", {"portal": {"deadline_s": 0.05}})


def test_endpoint_has_a_share_in_flight(client: Client, held_back: Receiver) -> None:
    share = Limits().in_flight_per_endpoint
    listen(client, held_back.url)
    for _ in range(share + 4):
        buy(client)
    held_back.wait(share)

    under_way = client.control("GET", "health")

    assert under_way["in_flight"] == share
    assert under_way["deliveries"] == {"pending": 4, "sending": share}
    held_back.gate.set()
    assert len(settled(client, share + 4)) == share + 4


@pytest.mark.thorough
def test_shares_of_endpoints_add_up(client: Client, held_back: Receiver) -> None:
    with ExitStack() as stack:
        neighbour = stack.enter_context(receiving())
        neighbour.answer = held_back.answer
        listen(client, held_back.url)
        listen(client, neighbour.url)

        for _ in range(10):
            buy(client)

        held_back.wait(8)
        neighbour.wait(8)
        held_back.gate.set()
        assert len(settled(client, 20)) == 20


@pytest.mark.thorough
def test_due_order_is_kept(receiver: Receiver) -> None:
    limits = Limits(in_flight_per_endpoint=1)
    with serving(Config(fixture=FIXTURE, limits=limits)) as served:
        client = talking_to(served)
        freeze(client)
        listen(client, receiver.url)
        with client.world.engine:
            orders = [buy(client)["orderId"] for _ in range(12)]

        hooks = receiver.wait(12)

        assert [hook.json["orderId"] for hook in hooks] == orders


def test_earlier_due_goes_first(receiver: Receiver) -> None:
    receiver.answer = lambda hook: FAILING if len(receiver.hooks) == 1 else (200, b"ok")
    with serving(Config(fixture=FIXTURE, limits=Limits(in_flight_per_endpoint=1))) as served:
        client = talking_to(served)
        freeze(client)
        listen(client, receiver.url)
        waiting = buy(client)["orderId"]
        until(client.world, lambda: deliveries(client)[0]["reason"])
        with client.world.engine:  # the ticker sends neither before both are due
            with client.world.clock.held() as clock:
                clock.hold_at(clock.now() + 5_000)
            later = buy(client)["orderId"]

        hooks = receiver.wait(3)

        assert [hook.json["orderId"] for hook in hooks] == [waiting, waiting, later]


# Triggers


def test_trigger_tells_without_a_cause(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)

    answer = client.control("POST", "portal/trigger/order.accepted", {})

    [delivery] = settled(client)
    assert answer == {"notices": 1, "deliveries": 1, "delivery_ids": [delivery["id"]]}
    assert receiver.wait(1)[0].json["event"] == "order.accepted"
    assert delivery["why"] == "trigger"


def test_trigger_changes_no_record(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    before = client.control("GET", "records/portal/order")

    client.control("POST", "portal/trigger/order.accepted", {})

    receiver.wait(1)
    assert client.control("GET", "records/portal/order") == before


def test_trigger_tells_of_named_record(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    order = buy(client)
    buy(client)
    receiver.wait(2)

    client.control("POST", "portal/trigger/order.accepted", {"record": order["orderId"]})

    assert receiver.wait(3)[2].json["orderId"] == order["orderId"]


def test_trigger_overrides_parts_of_body(client: Client, receiver: Receiver) -> None:
    endpoint = listen(client, receiver.url)

    client.control("POST", "portal/trigger/order.confirmed", {"override": {"order.quantity": 99, "event": "other"}})

    [hook] = receiver.wait(1)
    assert (hook.json["order"]["quantity"], hook.json["event"]) == (99, "other")
    assert verifies(hook, endpoint["secret"])


def test_trigger_counts_its_notices(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)

    answer = client.control("POST", "portal/trigger/order.confirmed", {"count": 25})

    assert (answer["notices"], answer["deliveries"], len(set(answer["delivery_ids"]))) == (25, 25, 25)
    assert len({hook.header("X-Webhook-Delivery") for hook in receiver.wait(25)}) == 25


def test_trigger_for_one_endpoint_alone(client: Client, receiver: Receiver) -> None:
    listen(client, f"{receiver.url}/all")
    chosen = listen(client, f"{receiver.url}/chosen", types=["order.refunded"])

    client.control("POST", "portal/trigger/order.confirmed", {"endpoint": chosen["id"]})

    settled(client)
    assert [hook.path for hook in receiver.hooks] == ["/hooks/chosen"]


def test_trigger_with_wrong_path_makes_nothing(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)

    answer = client.post("/_mockmarket/portal/trigger/order.confirmed", {"count": 3, "override": {"event.no": 1}})

    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["field"] == "override"
    assert notices(client) == []


# Trouble with the database


@pytest.mark.thorough
def test_answer_outlives_database_trouble(served: Served, client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    breaking = sqlite3.connect(client.world.store.path)
    breaking.execute("CREATE TRIGGER broken BEFORE INSERT ON attempt BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    receiver.answer = lambda hook: (200, b"first") if len(receiver.hooks) == 1 else FAILING
    ticker = served.app.ticker

    buy(client)
    until(client.world, lambda: ticker._put_off)
    breaking.execute("DROP TRIGGER broken")
    breaking.close()

    [done] = settled(client)
    assert [attempt["answer"]["body"] for attempt in delivery(client, done["id"])["attempts_made"]] == ["first"]
    assert len(receiver.hooks) == 1
    until(client.world, lambda: not client.world.in_flight)


@pytest.mark.thorough
def test_advance_keeps_answers_in_trouble(client: Client, receiver: Receiver, failed_once: tuple[Any, ...]) -> None:
    _, waiting = failed_once
    breaking = sqlite3.connect(client.world.store.path)
    breaking.execute("CREATE TRIGGER broken BEFORE INSERT ON attempt BEGIN SELECT RAISE(ABORT, 'disk full'); END")

    refused = client.post("/_mockmarket/clock/advance", {"seconds": 1})
    breaking.execute("DROP TRIGGER broken")
    breaking.close()

    assert refused.status_code == 500
    until(client.world, lambda: len(delivery(client, waiting["id"])["attempts_made"]) == 2)
    assert len(receiver.hooks) == 2


def test_locked_database_loses_no_answer(client: Client, held_back: Receiver) -> None:
    listen(client, held_back.url)
    buy(client)
    held_back.wait(1)
    connection = sqlite3.connect(client.world.store.path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")

    held_back.gate.set()
    until(client.world, lambda: not client.world.store.writer.is_free())  # the answer is being settled
    connection.execute("ROLLBACK")
    connection.close()

    [done] = settled(client)
    assert done["attempts"] == 1
    assert len(held_back.hooks) == 1


@pytest.mark.thorough
def test_troubled_world_delays_no_other(served: Served, client: Client, receiver: Receiver) -> None:
    troubled, _ = served.app.worlds.put("troubled", "small")
    listen(client, receiver.url)
    breaking = sqlite3.connect(troubled.store.path)
    breaking.execute("CREATE TRIGGER broken BEFORE UPDATE ON delivery BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    sick = talking_to(served, "troubled")
    listen(sick, f"{receiver.url}/sick")

    buy(sick)
    buy(client)

    assert receiver.wait(1)[0].path == "/hooks"
    breaking.execute("DROP TRIGGER broken")
    breaking.close()
    assert receiver.wait(2)[1].path == "/hooks/sick"
    served.app.worlds.drop("troubled")


@pytest.mark.thorough
def test_failed_commit_sends_nothing(receiver: Receiver, tmp_path: Path) -> None:
    with serving(Config(fixture=FIXTURE, data=tmp_path / "data")) as served:
        client = talking_to(served)
        listen(client, receiver.url)
        buy(client)
        settled(client)
        breaking = sqlite3.connect(client.world.store.path)
        breaking.execute("CREATE TRIGGER broken BEFORE UPDATE ON meta BEGIN SELECT RAISE(ABORT, 'disk full'); END")

        answer = client.post("/api/v1/orders", FLOOR)
        breaking.execute("DROP TRIGGER broken")
        breaking.close()

        assert answer.status_code >= 500
        assert (client.world.in_flight, len(deliveries(client)), len(receiver.hooks)) == ({}, 1, 1)


@pytest.mark.thorough
def test_webhook_that_cannot_be_signed_undoes_no_order(receiver: Receiver) -> None:
    calls: list[object] = []

    class Headers(SignedHeaders):
        """Fails at the second call."""

        def __call__(self, sending: Any) -> Any:
            calls.append(sending)
            if len(calls) == 2:
                raise RuntimeError("no signature")
            return super().__call__(sending)

    headers = VENDOR.webhooks.headers
    broken = signing_with(Headers(headers.scheme, headers.rows))
    with serving(Config(fixture=FIXTURE), [broken]) as served:
        client = talking_to(served)
        listen(client, receiver.url)
        buy(client)
        receiver.wait(1)

        buy(client)

        assert len(receiver.wait(2)) == 2
        assert [row["attempts"] for row in settled(client, 2)] == [1, 1]


# Inside the request


def test_inline_attempt_tells_its_outcome(client: Client, receiver: Receiver) -> None:
    client.control("PATCH", "settings", {"portal": {"deliver_inline": True}})
    listen(client, receiver.url)

    answer = client.post("/api/v1/orders", FLOOR).json()

    assert answer["webhook"]["sent"] is True
    assert [row["state"] for row in deliveries(client)] == ["delivered"]


def test_failed_inline_attempt_is_retried(client: Client, receiver: Receiver) -> None:
    client.control("PATCH", "settings", {"portal": {"deliver_inline": True, "retry_base_s": 0.01}})
    receiver.answer = lambda hook: FAILING if len(receiver.hooks) == 1 else (200, b"ok")
    listen(client, receiver.url)

    answer = client.post("/api/v1/orders", FLOOR).json()

    assert answer["webhook"]["sent"] is False
    assert settled(client)[0]["attempts"] == 2


@pytest.mark.thorough
def test_history_beyond_bound_is_removed(receiver: Receiver) -> None:
    limits = Limits(deliveries_kept=100)
    with serving(Config(fixture=FIXTURE, limits=limits)) as served:
        client = talking_to(served)
        listen(client, receiver.url)

        client.control("POST", "portal/trigger/order.confirmed", {"count": 1000})

        until(client.world, lambda: served.app.ticker.pruned >= 800)
        assert client.control("GET", "health")["deliveries"]["delivered"] <= 200
