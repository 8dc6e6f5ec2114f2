"""The built-in receiver: takes webhooks, verifies them as a receiver would, answers as it is told."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.conftest import Client
from tests.running import buy, deliveries, settled, until
from tests.test_dashboard import UI, send


@pytest.fixture
def hook(client: Client) -> Any:
    """Have the portal's webhooks come to the receiver; returns the endpoint."""
    assert send(client, "webhooks/receiver/new/portal").status_code == 303
    [endpoint] = client.control("GET", "endpoints")["endpoints"]
    return endpoint


def test_order_arrives_with_a_right_signature(client: Client, hook: Any) -> None:
    buy(client)
    [row] = settled(client)

    text = client.get(f"{UI}/webhooks/receiver").text

    assert row["state"] == "delivered"
    assert "signature right" in text
    assert "order.confirmed" in text


def test_wrong_signature_is_named(client: Client, hook: Any) -> None:
    headers = {"X-Webhook-Signature": "sha256=00", "X-Webhook-Timestamp": "1", "Authorization": "Bearer of-my-receiver"}

    answer = requests.post(hook["url"], data=b"{}", headers=headers, timeout=10)

    text = client.get(f"{UI}/webhooks/receiver").text
    assert answer.status_code == 200
    assert "signature wrong" in text
    assert "sha256=00" in text
    assert "of-my-receiver" not in text


def test_receiver_fails_as_often_as_it_is_set(client: Client, hook: Any) -> None:
    changed = send(client, "webhooks/receiver", {"status": "500", "times": "1"})
    buy(client)
    until(client.world, lambda: [row for row in deliveries(client) if row["attempts"]])
    client.control("POST", "clock/advance", {"until": "delivered"})

    [row] = deliveries(client)
    assert changed.status_code == 303
    assert (row["state"], row["attempts"]) == ("delivered", 2)


def test_address_without_the_token_takes_nothing(client: Client, hook: Any) -> None:
    answer = requests.post(hook["url"][:-1], data=b"{}", timeout=10)

    assert answer.status_code == 404


@pytest.mark.parametrize("form", [{"status": "99"}, {"delay_ms": "-1"}, {"times": "0"}])
def test_answer_out_of_bounds_is_refused(client: Client, form: dict[str, str]) -> None:
    assert send(client, "webhooks/receiver", form).status_code == 422
