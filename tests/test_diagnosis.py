"""The signature checker: each mistake of a receiver is named, with the first character that differs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from mockmarket.webhooks.diagnosis import Claim, Facts, bare, diagnose, equal_length
from mockmarket_client.scheme import Scheme

SECRET, EARLIER, STAMP = "whsec_0123456789abcdef", "whsec_before", 1_796_083_552
BODY = '{"orderId": "order_1", "total":10.50,"name":"Søren"}'.encode()
PORTAL = Scheme("X-Webhook-Signature", form="sha256={v}", stamped=True, stamp_header="X-Webhook-Timestamp")
PLAIN = Scheme("x-tn-signature")
LINE_END = b"\n"
PARSED = json.dumps(json.loads(BODY), separators=(",", ":"), ensure_ascii=False).encode()


def digest(message: bytes, secret: str = SECRET, algorithm: str = "sha256") -> bytes:
    """Return the HMAC that a receiver computes."""
    return hmac.new(secret.encode(), message, algorithm).digest()


def findings(scheme: Scheme = PORTAL, **claim: str) -> list[Any]:
    """Return what is said of a claim."""
    return list(diagnose(Facts(scheme, SECRET, (EARLIER,), STAMP, BODY), Claim(**claim)))


STAMPED = b"%d.%b" % (STAMP, BODY)
MISTAKES = {
    "earlier secret": (f"sha256={digest(STAMPED, EARLIER).hex()}", "It is right with the earlier secret"),
    "parsed": (f"sha256={digest(b'%d.%b' % (STAMP, PARSED)).hex()}", "You signed the JSON parsed and written again"),
    "no stamp": (f"sha256={digest(BODY).hex()}", "The stamp is missing"),
    "milliseconds": (f"sha256={digest(b'%d.%b' % (STAMP * 1000, BODY)).hex()}", "The stamp is in milliseconds"),
    "no dot": (f"sha256={digest(b'%d%b' % (STAMP, BODY)).hex()}", "The dot between stamp and body is missing"),
    "base64": (f"sha256={base64.b64encode(digest(STAMPED)).decode()}", "It is base64 instead of hex"),
    "upper case": (f"sha256={digest(STAMPED).hex().upper()}", "The digits are upper case"),
    "no prefix": (digest(STAMPED).hex(), "The prefix sha256= is missing"),
    "doubled prefix": (f"sha256=sha256={digest(STAMPED).hex()}", "The prefix sha256= is doubled"),
    "sha1": (f"sha256={digest(STAMPED, algorithm='sha1').hex()}", "HMAC-SHA1 was used instead of HMAC-SHA256"),
    "plain hash": (f"sha256={hashlib.sha256(STAMPED).hexdigest()}", "It is a plain hash"),
    "line break": (f"sha256={digest(STAMPED).hex()}\n", "There are spaces or a line break around it"),
    "body's line break": (f"sha256={digest(STAMPED + LINE_END).hex()}", "You signed the body with a line break at its end"),
    "secret's line break": (f"sha256={digest(STAMPED, SECRET + chr(10)).hex()}", "The secret has a line break at its end"),
    "last characters": (f"sha256={digest(STAMPED).hex()[:-4]}0000", "Only its last characters differ"),
    "two at once": (f"sha256={base64.b64encode(digest(BODY)).decode()}", "The stamp is missing: the message is"),
    "anything": ("sha256=" + "0" * 64, "No mistake that is known here gives it"),
}  # fmt: skip


@pytest.mark.parametrize(("signature", "words"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_is_named(signature: str, words: str) -> None:
    finding = findings(signature=signature)[0]

    assert finding.right is False
    assert finding.words.startswith(words)


def test_right_signature_is_right() -> None:
    assert findings(signature=f"sha256={digest(STAMPED).hex()}")[0].right


def test_first_character_that_differs_is_marked() -> None:
    finding = findings(signature="sha256=" + digest(STAMPED).hex()[:-4] + "zzzz")[0]

    assert finding.equal == 60
    assert finding.expected[:60] == finding.actual[:60]


def test_short_secret_is_not_shown() -> None:
    words = findings(secret="s3cr", signature=f"sha256={digest(STAMPED, 's3cr').hex()}")[0].words

    assert "it ends in … (4 characters)" in words
    assert "s3cr" not in words


def test_secret_is_compared_by_its_end() -> None:
    own = findings(secret=SECRET)[0]
    other = findings(
        secret="whsec_of_somebody_9f2a", signature=f"sha256={digest(STAMPED, 'whsec_of_somebody_9f2a').hex()}"
    )

    assert own.right
    assert [finding.right for finding in other] == [False, False]
    assert "it ends in …9f2a" in other[0].words
    assert "ours in …cdef" in other[0].words


def test_text_that_was_signed_is_compared_byte_by_byte() -> None:
    finding = findings(signed=f"{STAMP}." + PARSED.decode())[0]

    assert finding.words.startswith("You signed the JSON parsed and written again")
    assert f"number {equal_length(STAMPED, b'%d.%b' % (STAMP, PARSED)) + 1} of {len(STAMPED)}" in finding.words
    assert finding.expected[finding.equal] != finding.actual[finding.equal]


def test_vendor_without_a_stamp_has_no_stamp_mistakes() -> None:
    finding = findings(PLAIN, signature=digest(PARSED).hex())[0]

    assert finding.words == "You signed the JSON parsed and written again, not the bytes as they came."


def test_form_with_a_stamp_is_read_by_its_part() -> None:
    zatabox = Scheme("X-Zatabox-Signature", form="t={t},v1={v}", stamped=True)

    assert bare("t=12,v1=abc", zatabox) == ("abc", [])
    assert bare("abc", zatabox) == ("abc", [])
