"""Deliveries sent again or dropped all at once: which ones, how many, and that no outcome that was reached is overwritten."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Client
from tests.receiver import Receiver
from tests.running import deliveries, listen, settled, until

FAILING = (500, b"no")


def trigger(client: Client, count: int = 1) -> None:
    client.control("POST", "portal/trigger/order.confirmed", {"count": count})


def resend(client: Client, **body: Any) -> Any:
    return client.control("POST", "deliveries/resend", body)


def drop(client: Client, **body: Any) -> Any:
    return client.control("POST", "deliveries/drop", body)


def states(client: Client) -> list[str]:
    return [row["state"] for row in deliveries(client)]


@pytest.fixture
def failed(client: Client, receiver: Receiver) -> dict[str, Any]:
    """An endpoint of a frozen world to which one delivery was made, and two later ones failed; its receiver is healthy again."""
    client.control("PUT", "clock", {"frozen": True})
    client.control("PATCH", "settings", {"portal": {"retries": 0}})
    endpoint = listen(client, receiver.url)
    trigger(client)
    settled(client)
    client.control("POST", "clock/advance", {"seconds": 60})
    receiver.answer = lambda hook: FAILING
    trigger(client, 2)
    settled(client, 2, "failed")
    receiver.answer = lambda hook: (200, b"ok")
    return endpoint


@pytest.fixture
def waiting(client: Client, receiver: Receiver) -> None:
    """Two deliveries of a frozen world whose first attempts failed and that wait for the next."""
    client.control("PUT", "clock", {"frozen": True})
    receiver.answer = lambda hook: FAILING
    listen(client, receiver.url)
    trigger(client, 2)
    until(client.world, lambda: [row["last_status"] for row in deliveries(client)] == [500, 500])


@pytest.mark.usefixtures("failed")
def test_failed_ones_are_sent_again(client: Client) -> None:
    answer = resend(client)

    assert answer == {"matched": 2, "resent": 2, "kept_back": {}}
    assert [row["attempts"] for row in settled(client, 3)] == [1, 2, 2]


def test_conditions_choose_what_is_resent(client: Client, failed: dict[str, Any]) -> None:
    first, second, _ = deliveries(client)

    assert resend(client, endpoint="end_none")["matched"] == 0
    assert resend(client, since="2126-01-01")["matched"] == 0
    assert resend(client, since=second["at"], state="any")["matched"] == 2
    assert resend(client, id=[first["id"]])["matched"] == 0
    assert resend(client, id=first["id"], state=["delivered"], endpoint=failed["id"])["matched"] == 1


@pytest.mark.usefixtures("failed")
def test_since_lists_what_was_made_later(client: Client) -> None:
    first, second, third = deliveries(client)

    assert deliveries(client, since=second["at"]) == [second, third]
    assert len(client.get("/_mockmarket/notices", since=second["at"]).json()["notices"]) == 2
    assert deliveries(client, since=first["at"], state="delivered") == [first]


def test_resend_to_nobody_keeps_the_outcomes(client: Client, failed: dict[str, Any]) -> None:
    client.delete(f"/_mockmarket/endpoints/{failed['id']}")

    answer = resend(client, state="any")

    assert answer == {"matched": 3, "resent": 0, "kept_back": {"Nothing was sent: the endpoint was removed.": 3}}
    assert states(client) == ["delivered", "failed", "failed"]


def test_resend_leaves_attempts_under_way(client: Client, held_back: Receiver) -> None:
    listen(client, held_back.url)
    trigger(client)
    settled(client, 1, "sending")

    answer = resend(client, state="any")

    assert answer == {"matched": 1, "resent": 0, "kept_back": {"An attempt of this delivery is under way.": 1}}


@pytest.mark.parametrize(
    ("route", "body", "words"),
    [
        ("resend", {"state": "lost"}, "Must be any, or of pending"),
        ("resend", {"since": "yesterday"}, "ISO 8601"),
        ("resend", {"id": 7}, "an id or a list of ids"),
        ("drop", {"state": "failed"}, "state"),
        ("drop", {"endpont": "x"}, "endpoint"),
    ],
)
def test_unclear_conditions_are_refused(client: Client, route: str, body: dict[str, Any], words: str) -> None:
    answer = client.post(f"/_mockmarket/deliveries/{route}", body)

    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]


@pytest.mark.usefixtures("waiting")
def test_waiting_ones_are_dropped(client: Client, receiver: Receiver) -> None:
    first, _ = deliveries(client)

    assert drop(client, id=first["id"]) == {"dropped": 1, "cancelled_resends": 0}
    assert drop(client) == {"dropped": 1, "cancelled_resends": 0}
    assert drop(client) == {"dropped": 0, "cancelled_resends": 0}

    assert [(row["state"], row["reason"]) for row in deliveries(client)] == [("dropped", "Dropped on request.")] * 2
    client.control("POST", "clock/advance", {"until": "delivered"})
    assert len(receiver.hooks) == 2


@pytest.mark.usefixtures("failed")
def test_drop_keeps_the_outcomes(client: Client) -> None:
    before = deliveries(client)

    assert drop(client) == {"dropped": 0, "cancelled_resends": 0}
    assert deliveries(client) == before


@pytest.mark.usefixtures("failed")
def test_dropped_resend_keeps_the_outcome(client: Client) -> None:
    before = deliveries(client)
    with client.world.engine:  # nothing is sent meanwhile
        resend(client, state="any")
        assert states(client) == ["pending"] * 3

        assert drop(client) == {"dropped": 0, "cancelled_resends": 3}

    assert deliveries(client) == before


@pytest.mark.usefixtures("waiting")
def test_dropped_resend_of_a_retry_drops_it(client: Client) -> None:
    with client.world.engine:
        resend(client, state="pending")

        assert drop(client) == {"dropped": 2, "cancelled_resends": 0}

    assert states(client) == ["dropped"] * 2
