"""What becomes of deliveries that are lost, late, doubled or overtaken, and what their history says of it."""

from __future__ import annotations

from typing import Any

import pytest

from mockmarket.clock import parse_iso
from tests.conftest import Client
from tests.receiver import Hook, Receiver
from tests.running import buy, deliveries, delivery, listen, settled, until

PORTAL = {"vendor": "portal"}


def switch(client: Client, *faults: dict[str, Any]) -> None:
    """Turn these faults on, and every other off."""
    client.control("PUT", "faults", {"faults": list(faults)})


def frozen(client: Client) -> None:
    """Freeze the world's clock."""
    client.control("PUT", "clock", {"frozen": True})


def advance(client: Client, seconds: float) -> None:
    """Move the world's clock."""
    client.control("POST", "clock/advance", {"seconds": seconds})


def event_ids(hooks: list[Hook]) -> list[str | None]:
    """Return the order that each webhook is about."""
    return [hook.json["orderId"] for hook in hooks]


def test_lost_delivery_is_never_sent(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    switch(client, {"fault": "lose", "times": 1})
    buy(client)

    second = buy(client)

    assert event_ids(receiver.wait(1)) == [second["orderId"]]


def test_lost_delivery_says_so(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    switch(client, {"fault": "lose"})

    buy(client)

    (row,) = settled(client, state="dropped")
    assert (row["reason"], delivery(client, row["id"])["attempts_made"]) == ("Never sent (fault: lose).", [])


def test_lost_delivery_can_be_resent(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    switch(client, {"fault": "lose"})
    buy(client)
    (row,) = settled(client, state="dropped")

    client.control("POST", f"deliveries/{row['id']}/resend")

    assert receiver.wait(1)
    assert [entry["id"] for entry in settled(client)] == [row["id"]]


def test_delayed_delivery_waits_for_the_clock(client: Client, receiver: Receiver) -> None:
    frozen(client)
    listen(client, receiver.url)
    switch(client, {"fault": "delay", "with": {"seconds": 90}})
    buy(client)
    (row,) = until(client.world, lambda: [entry for entry in deliveries(client) if "fault: delay" in entry["reason"]])

    advance(client, 89)
    early = len(receiver.hooks)
    advance(client, 1)

    assert (row["state"], row["attempts"], early, len(receiver.hooks)) == ("pending", 0, 0, 1)


def test_delayed_delivery_is_delayed_once(client: Client, receiver: Receiver) -> None:
    frozen(client)
    listen(client, receiver.url)
    switch(client, {"fault": "delay"})
    buy(client)

    advance(client, 600)

    (row,) = settled(client)
    (attempt,) = delivery(client, row["id"])["attempts_made"]
    assert (attempt["number"], attempt["fault"], attempt["reason"]) == (1, "delay", "Delivered. (fault: delay)")


def test_retries_count_from_the_late_attempt(client: Client, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (500, b"")
    frozen(client)
    listen(client, receiver.url)
    switch(client, {"fault": "delay", "with": {"seconds": 60}})
    buy(client)

    client.control("POST", "clock/advance", {"until": "quiet"})

    (row,) = settled(client, state="failed")
    attempts = delivery(client, row["id"])["attempts_made"]
    seconds = [(parse_iso(attempt["at"]) - parse_iso(row["at"])) // 1000 for attempt in attempts]
    assert seconds == [60, 61, 63, 67, 75, 91]


def test_duplicate_is_the_same_delivery(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    switch(client, {"fault": "duplicate", "with": {"copies": 2}})

    buy(client)

    first, second, third = receiver.wait(3)
    assert (first.headers, first.body) == (second.headers, second.body) == (third.headers, third.body)


def test_receiver_that_remembers_takes_one(client: Client, receiver: Receiver) -> None:
    taken: dict[str | None, bytes] = {}
    receiver.answer = lambda hook: (200, taken.setdefault(hook.header("X-Webhook-Delivery"), b"taken"))
    listen(client, receiver.url)
    switch(client, {"fault": "duplicate"})

    buy(client)

    assert len(receiver.wait(2)) == 2
    assert settled(client)
    assert len(taken) == 1


def test_copies_are_logged_and_decide_nothing(client: Client, receiver: Receiver) -> None:
    frozen(client)
    endpoint = listen(client, receiver.url)
    receiver.answer = lambda hook: (200 if len(receiver.hooks) == 1 else 500, b"")
    switch(client, {"fault": "duplicate"})
    buy(client)

    client.control("POST", "clock/advance", {"until": "quiet"})

    (row,) = deliveries(client)
    attempts = until(client.world, lambda: [a for a in [delivery(client, row["id"])["attempts_made"]] if len(a) >= 2])[
        0
    ]
    why = [attempt["why"] for attempt in attempts if attempt["fault"] == "duplicate"]
    assert sorted(why) == ["copy", "event"]
    copy = next(attempt for attempt in attempts if attempt["why"] == "copy")
    assert "a copy, nothing follows from it" in copy["reason"]
    assert endpoint["failures"] == 0
    until(client.world, lambda: not client.world.in_flight)


def test_reordered_delivery_comes_second(client: Client, receiver: Receiver) -> None:
    frozen(client)
    listen(client, receiver.url)
    switch(client, {"fault": "reorder"})
    first = buy(client)
    until(client.world, lambda: "fault: reorder" in deliveries(client)[0]["reason"])

    second = buy(client)

    assert event_ids(receiver.wait(2)) == [second["orderId"], first["orderId"]]


def test_reordered_pairs_follow_each_other(client: Client, receiver: Receiver) -> None:
    frozen(client)
    listen(client, receiver.url)
    switch(client, {"fault": "reorder"})
    ids = []
    for number in range(4):
        ids.append(buy(client)["orderId"])
        if number % 2:
            receiver.wait(number + 1)
            settled(client, number + 1)
        else:
            until(client.world, lambda: "Held back for the next" in deliveries(client)[-1]["reason"])

    assert event_ids(receiver.hooks) == [ids[1], ids[0], ids[3], ids[2]]


def test_reordered_delivery_does_not_wait_for_ever(client: Client, receiver: Receiver) -> None:
    frozen(client)
    listen(client, receiver.url)
    switch(client, {"fault": "reorder", "with": {"within_s": 30}})
    order = buy(client)

    advance(client, 30)

    assert event_ids(receiver.wait(1)) == [order["orderId"]]


def test_reorder_is_for_each_endpoint(client: Client, receiver: Receiver) -> None:
    frozen(client)
    held, plain = listen(client, receiver.url + "/held"), listen(client, receiver.url + "/other")
    switch(client, {"fault": "reorder", "endpoint": held["id"]})
    first = buy(client)
    receiver.wait(1)

    second = buy(client)

    hooks = receiver.wait(4)
    assert plain["id"]
    assert event_ids([hook for hook in hooks if hook.path.endswith("/held")]) == [second["orderId"], first["orderId"]]


@pytest.mark.parametrize("fault", ["lose", "delay", "duplicate", "reorder"])
def test_retries_are_left_alone(client: Client, receiver: Receiver, fault: str) -> None:
    receiver.answer = lambda hook: (500, b"")
    frozen(client)
    listen(client, receiver.url)
    buy(client)
    until(client.world, lambda: deliveries(client)[0]["last_status"] == 500)
    switch(client, {"fault": fault})

    client.control("POST", "clock/advance", {"until": "quiet"})

    (row,) = deliveries(client)
    assert (row["state"], row["attempts"], len(receiver.hooks)) == ("failed", 6, 6)
    assert client.control("GET", "faults")["faults"][0]["applied"] == 0


@pytest.mark.parametrize("choice", [PORTAL, {"notice": "order.confirmed"}, PORTAL | {"notice": "order.confirmed"}])
def test_chosen_deliveries_go_wrong(client: Client, receiver: Receiver, choice: dict[str, str]) -> None:
    listen(client, receiver.url)
    switch(client, {"fault": "lose", **choice})

    buy(client)

    assert settled(client, state="dropped")


@pytest.mark.parametrize("choice", [{"vendor": "zatabox"}, {"notice": "order.accepted"}])
def test_other_deliveries_go_well(client: Client, receiver: Receiver, choice: dict[str, str]) -> None:
    listen(client, receiver.url)
    switch(client, {"fault": "lose", **choice})

    buy(client)

    assert receiver.wait(1)


def test_one_endpoints_deliveries_go_wrong(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url + "/well")
    ill = listen(client, receiver.url + "/ill")
    switch(client, {"fault": "lose", "endpoint": ill["id"]})

    buy(client)

    assert [entry["endpoint"] for entry in settled(client, state="dropped")] == [ill["id"]]
    assert [hook.path for hook in receiver.wait(1)] == ["/hooks/well"]


def test_delivery_sent_in_the_request_can_be_lost(client: Client, receiver: Receiver) -> None:
    client.control("PATCH", "settings", {"portal": {"deliver_inline": True}})
    listen(client, receiver.url)
    switch(client, {"fault": "lose"})

    buy(client)

    assert [row["state"] for row in deliveries(client)] == ["dropped"]
    assert receiver.hooks == []


@pytest.mark.parametrize("fault", ["lose", "delay"])
def test_what_never_left_was_not_sent(client: Client, receiver: Receiver, fault: str) -> None:
    client.control("PATCH", "settings", {"portal": {"deliver_inline": True}})
    listen(client, receiver.url)
    order = buy(client)
    switch(client, {"fault": fault})

    answer = client.patch("/api/v1/orders", {"orderId": order["orderId"], "status": "accepted"})

    assert answer.json()["webhook"]["sent"] is False


def test_copies_do_not_count_as_sent(client: Client, receiver: Receiver) -> None:
    client.control("PATCH", "settings", {"portal": {"deliver_inline": True}})
    order = buy(client)
    listen(client, receiver.url)
    switch(client, {"fault": "duplicate"})

    answer = client.patch("/api/v1/orders", {"orderId": order["orderId"], "status": "accepted"})

    assert len(receiver.wait(2)) == 2
    assert answer.json()["webhook"]["sent"] is True


def test_reset_forgets_what_was_held(client: Client, receiver: Receiver) -> None:
    frozen(client)
    listen(client, receiver.url)
    switch(client, {"fault": "reorder"})
    buy(client)
    until(client.world, lambda: client.world.faults.held)

    client.control("POST", "reset")

    assert (client.world.faults.held, client.world.faults.late) == ({}, {})
