"""An endpoint's own headers and basic authentication: sent or refused, stored, and shown with secrets redacted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mockmarket.store import endpoints
from mockmarket.webhooks import own_headers
from tests.conftest import Client
from tests.receiver import Receiver
from tests.running import deliveries, delivery, listen, settled, until

SECRETS = {"headers": "X-Token: one,X-Env: ci,X-Token: two", "basic_auth": "gate:open"}
REDACTED = {"headers": "X-Token: (redacted),X-Env: ci,X-Token: (redacted)", "basic_auth": "gate:(redacted)"}


def trigger(client: Client) -> None:
    client.control("POST", "portal/trigger/order.confirmed", {})


def change(client: Client, endpoint: dict[str, Any], **fields: Any) -> Any:
    return client.patch(f"/_mockmarket/endpoints/{endpoint['id']}", fields)


def stored_values(client: Client, endpoint: dict[str, Any]) -> tuple[str, str]:
    """Return an endpoint's headers and credentials as they are stored."""
    row = endpoints.get(client.world.read(), endpoint["id"])
    assert row is not None
    return row.headers, row.basic_auth


# Accepted or refused


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"headers": "X-Mine"}, "headers", "has no colon"),
        ({"headers": "X Mine: 1"}, "headers", "is no header name"),
        ({"headers": "X-Mine: a\r\nX-Evil: b"}, "headers", "use visible ASCII"),
        ({"headers": "X-Webhook-Signature: x"}, "headers", "is set by the sender"),
        ({"headers": ",".join(f"H{n}: {n}" for n in range(51))}, "headers", "too many"),
        ({"headers": ",".join(f"H{n}: {n}" for n in range(50)), "basic_auth": "u:p"}, "headers", "too many"),
        ({"headers": "authorization: Bearer x", "basic_auth": "u:p"}, "basic_auth", "leave one of the two out"),
        ({"headers": "X-Token: (redacted)"}, "headers", "has no value yet"),
        ({"headers": 5}, "headers", "Not a valid string"),
        ({"basic_auth": "gate"}, "basic_auth", "write user:password"),
        ({"basic_auth": "gate:a\nb"}, "basic_auth", "a control character"),
        ({"basic_auth": f"gate:{'é' * 300}"}, "basic_auth", "longer than 500 bytes"),
        ({"basic_auth": "gate:(redacted)"}, "basic_auth", "no password yet"),
    ],
)
def test_what_cannot_be_sent_is_refused(client: Client, fields: dict[str, Any], field: str, words: str) -> None:
    endpoint = listen(client, "http://127.0.0.1:9/")

    answers = [client.post("/_mockmarket/endpoints", {"vendor": "portal", "url": "http://127.0.0.1:9/", **fields}),
               change(client, endpoint, **fields)]  # fmt: skip

    for answer in answers:
        assert answer.status_code == 400
        assert any(
            detail["field"] == field and words in detail["message"] for detail in answer.json()["error"]["details"]
        )
    assert stored_values(client, endpoint) == ("", "")


def test_null_credentials_change_nothing(client: Client) -> None:
    endpoint = client.control(
        "POST", "endpoints", {"vendor": "portal", "url": "http://127.0.0.1:9/", "basic_auth": "gate:secret"}
    )

    answer = change(client, endpoint, basic_auth=None)

    assert (answer.status_code, answer.json()["error"]["details"][0]["field"]) == (400, "basic_auth")
    assert stored_values(client, endpoint) == ("", "gate:secret")


@pytest.mark.parametrize("credentials", ["user:", ":word", "ü:ñ:🎟", "a,b: c:d"])
def test_credentials_are_sent_as_utf8(client: Client, receiver: Receiver, credentials: str) -> None:
    listen(client, receiver.url, headers="X-Mine: 1", basic_auth=credentials)

    trigger(client)

    [hook] = receiver.wait(1)
    assert own_headers.with_basic("", credentials) == f"Authorization: {hook.header('Authorization')}"
    assert hook.header("X-Mine") == "1"


def test_emptied_headers_are_not_sent(client: Client, receiver: Receiver) -> None:
    endpoint = listen(client, receiver.url, **SECRETS)

    assert change(client, endpoint, headers="", basic_auth="").ok
    trigger(client)

    [hook] = receiver.wait(1)
    assert [hook.header(name) for name in ("X-Token", "X-Env", "Authorization")] == [None] * 3


def test_stored_headers_that_cannot_be_sent_drop(client: Client, receiver: Receiver) -> None:
    endpoint = listen(client, receiver.url)
    with client.world.atomic() as tx:
        stored_endpoint = endpoints.get(tx, endpoint["id"])
        assert stored_endpoint
        endpoints.put(tx, replace(stored_endpoint, headers="X-Webhook-Event: order.refunded"))

    trigger(client)

    [row] = until(client.world, lambda: deliveries(client, state="dropped"))
    assert (
        row["reason"]
        == "The endpoint's own headers cannot be sent: 'X-Webhook-Event' is set by the sender; leave it out."
    )
    assert receiver.hooks == []


# Shown


def test_what_is_shown_may_be_sent_back(client: Client) -> None:
    endpoint = listen(client, "http://127.0.0.1:9/", **SECRETS)
    assert {name: endpoint[name] for name in REDACTED} == REDACTED

    answer = change(client, endpoint, **REDACTED | {"url": "http://127.0.0.1:9/other"})

    assert answer.ok
    assert stored_values(client, endpoint) == (SECRETS["headers"], SECRETS["basic_auth"])


def test_shown_values_are_put_back_by_name(client: Client) -> None:
    endpoint = listen(client, "http://127.0.0.1:9/", **SECRETS)

    change(client, endpoint, headers="X-Env: qa,x-token: (redacted),X-Key: new", basic_auth="door:(redacted)")

    assert stored_values(client, endpoint) == ("X-Env: qa,x-token: one,X-Key: new", "door:open")


def test_plain_headers_are_shown_as_given(client: Client) -> None:
    endpoint = listen(client, "http://127.0.0.1:9/", headers=" X-Env :ci ,X-Teams: a, b")

    assert endpoint["headers"] == " X-Env :ci ,X-Teams: a, b"


def test_attempts_hide_what_may_be_secret(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url, **SECRETS)
    trigger(client)
    [row] = settled(client)

    [attempt] = delivery(client, row["id"])["attempts_made"]

    headers = [
        (name, value) for name, value in attempt["request"]["headers"] if name.startswith(("X-Token", "X-Env", "Auth"))
    ]
    assert headers == [
        ("X-Token", "(redacted)"),
        ("X-Env", "ci"),
        ("X-Token", "(redacted)"),
        ("Authorization", "(redacted)"),
    ]
    assert "(redacted)" not in dict(map(tuple, attempt["request"]["headers"]))["X-Webhook-Signature"]


# Stored


FIXTURE = """
venues: [{{id: v, name: V, city: C}}]
events: [{{id: "1", name: E, venue: v, starts: +9d}}]
stock: [{{event: "1", section: A, seats: 4, kind: general, price: 10}}]
keys: [{{vendor: portal, name: K, secret: portal_test_full_00000000}}]
endpoints:
  - {{vendor: portal, url: "{url}", secret: s, headers: "X-Env: ci", basic_auth: "gate:open"}}
"""


def test_fixtures_endpoint_sends_its_own(client: Client, receiver: Receiver, tmp_path: Path) -> None:
    path = tmp_path / "world.yaml"
    path.write_text(FIXTURE.format(url=receiver.url))
    client.begin_as(str(path))
    body = {"eventId": "1", "section": "A", "row": "GA", "quantity": 1, "customer": {
        "email": "b@example.com", "phone": {"number": "5551234567", "countryCode": "+1"}}}  # fmt: skip

    assert client.post("/api/v1/orders", body).status_code == 201

    [hook] = receiver.wait(1)
    assert (hook.header("X-Env"), hook.header("Authorization")) == ("ci", "Basic Z2F0ZTpvcGVu")
