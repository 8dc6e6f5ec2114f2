"""The sample receivers of the vendors' documents accept our signatures and refuse spoiled deliveries."""

from __future__ import annotations

import json
import random
import struct
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from mockmarket.webhooks.encoding import javascript
from mockmarket.webhooks.signing import Sending, sign
from mockmarket_client.scheme import Scheme

RECEIVERS = Path(__file__).parent / "receivers"
SCHEMES = {
    "portal": Scheme("X-Webhook-Signature", form="sha256={v}", stamped=True, stamp_header="X-Webhook-Timestamp"),
    "ticketnation": Scheme("x-tn-signature"),
    "zatabox": Scheme("X-Zatabox-Signature", form="t={t},v1={v}", stamped=True, all_secrets=True),
}
STAMP = 1_769_086_190
SENDING = Sending("order.completed", "n-1", "d-1", 1, b"", STAMP, ("secret",))
CASES = 10_000
BAD = ["wrong secret", "altered body", "stale stamp", "truncated signature", "missing signature"]
NOUNS = ["Peña", "₱", "🎟️", "a/b", 'say "hi"', "back\\slash", "Boston", "\u2028", "\n", "plain words"]

Case = tuple[dict[str, str], str, bytes]  # headers as Node sees them, the receiver's secret, the body


def sign_order(rng: random.Random, scheme: Scheme) -> Case:
    """Make one good delivery of a random order."""
    order = {
        "orderId": f"order_{rng.randrange(10**13)}",
        "eventName": " ".join(rng.choices(NOUNS, k=4)),
        "totalAmount": rng.choice([rng.randrange(10**5), rng.randrange(10**7) / 100, 3000.0]),
        "customer": {"email": "buyer@example.com", "note": rng.choice([None, "", *NOUNS])},
    }
    secret = f"whsec_{rng.randbytes(12).hex()}"
    due = replace(SENDING, body=javascript({"type": "order.completed", "data": order}), secrets=(secret,))
    return {name.lower(): value for name, value in sign(scheme, due)}, secret, due.body


def spoil(kind: str, scheme: Scheme, case: Case) -> Case:
    """Spoil a good delivery in one of five ways; where a scheme has no stamp, "stale" is another body's signature."""
    headers, secret, body = case
    name = scheme.header.lower()
    if kind == "wrong secret":
        return headers, secret[::-1], body
    if kind == "altered body":
        return headers, secret, body.replace(b'"totalAmount":', b'"totalAmount":1')
    if kind == "stale stamp":
        due = replace(SENDING, body=body if scheme.stamped else b"{}", stamp=STAMP - 1801, secrets=(secret,))
        return {header.lower(): value for header, value in sign(scheme, due)}, secret, body
    if kind == "truncated signature":
        return {**headers, name: headers[name][:-2]}, secret, body
    return {header: value for header, value in headers.items() if header != name}, secret, body


def judge(receiver: str, cases: list[Case]) -> list[str]:
    """Return the verdict of a Node receiver on each case, from one process."""
    frames = []
    for headers, secret, body in cases:
        head = json.dumps({"headers": headers, "secret": secret, "now": STAMP}).encode()
        frames.append(struct.pack(">I", len(head)) + head + struct.pack(">I", len(body)) + body)
    script = RECEIVERS / f"{receiver}.mjs"
    out = subprocess.run(["node", str(script)], input=b"".join(frames), capture_output=True, check=True).stdout
    return out.decode().split(" ")


@pytest.mark.thorough
@pytest.mark.parametrize("receiver", SCHEMES)
def test_sample_receivers_tell_good_from_bad(receiver: str) -> None:
    scheme, rng = SCHEMES[receiver], random.Random(41)
    good = [sign_order(rng, scheme) for _ in range(CASES)]
    bad = [spoil(BAD[place % 5], scheme, case) for place, case in enumerate(good)]

    marks = judge(receiver, good + bad)

    accepts, refuses = ("11", "00") if receiver == "portal" else ("1", "0")
    blind = "10" if receiver == "portal" else "0"  # portal's first sample checks no stamp
    assert Counter(marks[:CASES]) == {accepts: CASES}
    assert {(BAD[place % 5], mark) for place, mark in enumerate(marks[CASES:])} == {
        (kind, blind if kind == "stale stamp" else refuses) for kind in BAD
    }
