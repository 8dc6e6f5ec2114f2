"""What a spoilt webhook is worth: the receivers that vendors' documents show, in Node, and our own attempt log."""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from mockmarket.clock import wall_ms
from mockmarket.faults.catalogue import CATALOGUE
from mockmarket.vendor import discover
from mockmarket.webhooks import tampering
from mockmarket.webhooks.signing import Sending, SignedHeaders
from mockmarket.webhooks.tampering import outgoing
from tests.conftest import Client
from tests.receiver import Hook, Receiver
from tests.running import deliveries, delivery, listen, settled, until

RECEIVERS = Path(__file__).parent / "receivers"
VENDORS = [*discover(), *discover("tests.sixth")]
SPOILING = [name for name, fault in CATALOGUE.items() if fault.on_send]
BODIES = [fault for fault in SPOILING if fault in ("altered", "respaced", "slashes", "unknown_type")]

NOTICES = {
    "portal": ("order.confirmed", "order.eventName"),
    "ticketnation": ("ticket.inventory_low", "data.ticketName"),
    "zatabox": ("event.published", "data.event.title"),
}
"""A notice of each vendor that has a sample receiver, and a member of its body that can hold a slash."""

SCRIPTS = {"portal": "portal", "ticketnation": "ticketnation_both", "zatabox": "zatabox"}

MARKS = {
    # the first of the document's two receivers looks at no stamp, the second at none that is ahead
    "portal": {
        "none": "11", "altered": "00", "future_stamp": "11", "respaced": "00", "signature_flipped": "00", "signature_missing": "00",
        "signature_truncated": "00", "signature_upper": "00", "slashes": "00", "stale_stamp": "10", "unknown_type": "11",
        "wrong_secret": "00",
    },
    # the first is the document's own, which signs what it reads and writes again; the second signs the bytes; neither has a stamp
    "ticketnation": {
        "none": "11", "altered": "00", "respaced": "10", "signature_flipped": "00", "signature_missing": "00",
        "signature_truncated": "00", "signature_upper": "00", "slashes": "10", "unknown_type": "11", "wrong_secret": "00",
    },
    "zatabox": {
        "none": "1", "altered": "0", "future_stamp": "0", "respaced": "0", "signature_flipped": "0", "signature_missing": "0",
        "signature_truncated": "0", "signature_upper": "0", "slashes": "0", "stale_stamp": "0", "unknown_type": "1",
        "wrong_secret": "0",
    },
}  # fmt: skip
"""What each vendor's receivers make of each fault: 1 is accepted."""


def judged(script: str, hooks: Iterable[Hook], secret: str) -> list[str]:
    """Return what a vendor's sample receivers make of webhooks, in Node, by the machine's clock."""
    frames = []
    for hook in hooks:
        headers = {name.lower(): value for name, value in hook.headers}
        head = json.dumps({"headers": headers, "secret": secret, "now": wall_ms() // 1000}).encode()
        frames += [struct.pack(">I", len(part)) + part for part in (head, hook.body)]
    command = ["node", str(RECEIVERS / f"{script}.mjs")]
    return subprocess.run(command, input=b"".join(frames), capture_output=True, check=True).stdout.decode().split(" ")


def hook_with(client: Client, receiver: Receiver, vendor: str, fault: str | None) -> Hook:
    """Have a vendor tell something with a fault on, and return what arrives."""
    notice, member = NOTICES[vendor]
    client.control("PUT", "faults", {"faults": [{"fault": fault, "vendor": vendor}] if fault else []})
    count = len(receiver.hooks) + 1
    client.control("POST", f"{vendor}/trigger/{notice}", {"override": {member: "Left/Right"}})
    return receiver.wait(count)[-1]


def attempt(client: Client) -> dict[str, Any]:
    """Return the one attempt of the one delivery, once it is settled."""
    (row,) = settled(client)
    (attempt,) = delivery(client, row["id"])["attempts_made"]
    return dict(attempt)


@pytest.mark.thorough
@pytest.mark.parametrize("vendor", MARKS)
def test_sample_receivers_judge_every_fault(client: Client, receiver: Receiver, vendor: str) -> None:
    secret = client.control("POST", "endpoints", {"vendor": vendor, "url": receiver.url})["secret"]
    faults = list(MARKS[vendor])
    hooks = [hook_with(client, receiver, vendor, None if fault == "none" else fault) for fault in faults]

    marks = judged(SCRIPTS[vendor], hooks, secret)

    assert dict(zip(faults, marks, strict=True)) == MARKS[vendor]


@pytest.mark.parametrize("vendor", MARKS)
def test_table_of_marks_is_complete(client: Client, vendor: str) -> None:
    lacking = set(SPOILING) - set(MARKS[vendor])

    answers = [client.put("/_mockmarket/faults", {"faults": [{"fault": fault, "vendor": vendor}]}) for fault in lacking]

    assert [answer.status_code for answer in answers] == [400] * len(lacking)
    assert all("sends nothing that" in answer.text for answer in answers)


@pytest.mark.parametrize("fault", SPOILING)
@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_fault_changes_what_it_says(vendor: Any, fault: str) -> None:
    type = vendor.webhooks.notices[0].name
    body = json.dumps({"type": type, "number": 7, "path": "a/b"}, separators=(",", ":")).encode()
    good = outgoing(Sending(type, "n-1", "d-1", 1, body, 1_700_000_000, ("secret", "earlier")), vendor.webhooks.headers)
    defaults = {name: parameter.default for name, parameter in CATALOGUE[fault].parameters.items()}
    hook = CATALOGUE[fault].on_send
    assert hook is not None

    bad = hook(good, defaults)

    if fault in ("stale_stamp", "future_stamp") and not (good.sign.scheme and good.sign.scheme.sends_stamp):
        assert bad is None
        return
    assert bad is not None
    assert (bad.body != good.body) == (fault in BODIES)
    assert (bad.headers != good.headers) == (fault not in BODIES or fault == "unknown_type")


def test_flipped_signature_keeps_its_length(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    expected = hook_with(client, receiver, "portal", None).header("X-Webhook-Signature") or ""

    signature = hook_with(client, receiver, "portal", "signature_flipped").header("X-Webhook-Signature") or ""

    assert signature.startswith("sha256=")
    assert len(signature) == len(expected)


def test_truncated_signature_is_half(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)

    signature = hook_with(client, receiver, "portal", "signature_truncated").header("X-Webhook-Signature") or ""

    assert len(signature) == len("sha256=") + 32


def test_upper_signature_is_right_in_capitals(client: Client, receiver: Receiver) -> None:
    secret = listen(client, receiver.url)["secret"]

    hook = hook_with(client, receiver, "portal", "signature_upper")

    message = (hook.header("X-Webhook-Timestamp") or "").encode() + b"." + hook.body
    right = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    assert hook.header("X-Webhook-Signature") == f"sha256={right.upper()}"


def test_missing_signature_leaves_the_rest(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    headers = [name for name, _ in hook_with(client, receiver, "portal", None).headers]

    names = [name for name, _ in hook_with(client, receiver, "portal", "signature_missing").headers]

    assert names == [name for name in headers if name.lower() != "x-webhook-signature"]


def test_stamp_moves_by_the_seconds(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    rule = {"fault": "stale_stamp", "vendor": "portal", "with": {"seconds": 86_400}}
    client.control("PUT", "faults", {"faults": [rule]})

    client.control("POST", "portal/trigger/order.confirmed")

    stamp = int(receiver.wait(1)[0].header("X-Webhook-Timestamp") or 0)
    assert 86_390 <= wall_ms() // 1000 - stamp <= 86_410
    assert attempt(client)["stamp"] == stamp


def test_respaced_body_means_the_same(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)

    hook = hook_with(client, receiver, "portal", "respaced")

    (row,) = settled(client)
    stored = delivery(client, row["id"])["body"]
    assert hook.json == json.loads(stored)
    assert hook.body != stored.encode()
    assert b'": ' in hook.body


def test_slashes_mean_the_same(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)

    hook = hook_with(client, receiver, "portal", "slashes")

    assert b"Left\\/Right" in hook.body
    assert hook.json["order"]["eventName"] == "Left/Right"


def test_escaped_slashes_become_plain() -> None:
    good = outgoing(Sending("t", "n", "d", 1, rb'{"a":"x\/y","b":"\\/"}', 1, ("s",)), SignedHeaders(None, ()))

    bad = tampering.reslash_body(good)

    assert bad is not None
    assert bad.body == rb'{"a":"x/y","b":"\\/"}'


def test_altered_body_changes_one_value(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)

    hook = hook_with(client, receiver, "portal", "altered")

    (row,) = settled(client)
    stored = json.loads(delivery(client, row["id"])["body"])
    order = hook.json["order"]
    assert [name for name in order if order[name] != stored["order"][name]] == ["quantity"]
    assert hook.json | {"order": None} == stored | {"order": None}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (rb'{"a":"1","b":[2,3]}', rb'{"a":"1","b":[3,3]}'),
        (rb'{"a":9.5}', rb'{"a":9.6}'),
        (rb'{"a":"1","b":"x"}', rb'{"a":"1","b":"xx"}'),
        (rb'{"a":"\"5"}', rb'{"a":"\"5x"}'),
        (rb"{}", rb"{}"),
    ],
)
def test_alteration_keeps_json_valid(body: bytes, expected: bytes) -> None:
    assert tampering.altered(body) == expected


def test_unknown_type_can_be_called(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    rule = {"fault": "unknown_type", "vendor": "portal", "with": {"type": "order.teleported"}}
    client.control("PUT", "faults", {"faults": [rule]})

    client.control("POST", "portal/trigger/order.confirmed")

    hook = receiver.wait(1)[0]
    assert (hook.header("X-Webhook-Event"), hook.json["event"]) == ("order.teleported", "order.teleported")


def test_log_shows_what_was_sent(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)

    hook = hook_with(client, receiver, "portal", "altered")

    logged = attempt(client)
    assert logged["request"]["body"].encode() == hook.body
    assert (logged["fault"], logged["reason"]) == ("altered", "Delivered. (fault: altered)")


def test_stored_body_stays_as_it_was(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)

    hook = hook_with(client, receiver, "portal", "altered")

    (row,) = settled(client)
    notice = client.control("GET", "notices")["notices"][0]
    assert delivery(client, row["id"])["body"] == notice["body"] != hook.body.decode()


def test_resend_passes_the_faults(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    hook_with(client, receiver, "portal", None)
    (row,) = settled(client)
    client.control("PUT", "faults", {"faults": [{"fault": "signature_missing"}]})

    client.control("POST", f"deliveries/{row['id']}/resend")

    assert receiver.wait(2)[1].header("X-Webhook-Signature") is None


@pytest.mark.thorough
def test_retry_is_signed_without_its_fault(client: Client, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (401, b"") if len(receiver.hooks) == 1 else (200, b"")
    secret = listen(client, receiver.url)["secret"]
    client.control("PUT", "clock", {"frozen": True})
    client.control("PUT", "faults", {"faults": [{"fault": "wrong_secret", "times": 1}]})
    client.control("POST", "portal/trigger/order.confirmed")
    until(client.world, lambda: receiver.hooks and deliveries(client)[0]["last_status"] == 401)

    client.control("POST", "clock/advance", {"until": "quiet"})

    assert judged("portal", receiver.wait(2), secret) == ["00", "11"]


def test_endpoint_without_secret_has_nothing_to_spoil(client: Client) -> None:
    bare = outgoing(Sending("t", "n", "d", 1, b"[]", 1, ()), client.world.vendors["portal"].webhooks.headers)

    outcomes = [tampering.flip_signature(bare), tampering.omit_signature(bare), tampering.use_wrong_secret(bare)]

    assert outcomes == [None, None, None]
