"""Verifying webhooks, for every vendor that signs, against signatures made by the standard library's HMAC."""

from __future__ import annotations

import hmac

import pytest

from mockmarket.vendor import Vendor
from mockmarket.webhooks.signing import Sending, SignedHeaders
from mockmarket_client.scheme import Headers, Scheme
from mockmarket_client.verifying import check, type_of
from tests.sixth.serving import VENDORS

SECRET, STAMP, BODY = "whsec_of_a_test", 1_700_000_000, b'{"type":"order.accepted","caf\xc3\xa9":"\xe2\x82\xac5"}'
SIGNING = [vendor for vendor in VENDORS if vendor.webhooks.headers.scheme]

every_signer = pytest.mark.parametrize("vendor", SIGNING, ids=[vendor.name for vendor in SIGNING])


def mac(message: bytes, algorithm: str = "sha256") -> str:
    """Sign with the standard library alone."""
    return hmac.new(SECRET.encode(), message, algorithm).hexdigest()


def signed_headers(vendor: Vendor, body: bytes = BODY, **fields: object) -> Headers:
    """Return the headers that a vendor sends with a body."""
    values = {"secrets": (SECRET,), "stamp": STAMP} | fields
    return vendor.webhooks.headers(Sending("order.accepted", "n-1", "d-1", 2, body, **values))  # type: ignore[arg-type]


def portal(signature: str, stamp: str = str(STAMP)) -> list[tuple[str, str]]:
    """Write the portal's two headers by hand."""
    return [("x-webhook-timestamp", stamp), ("X-WEBHOOK-SIGNATURE", signature)]


def scheme_of(vendor: Vendor) -> Scheme:
    """Return the signature scheme of a vendor."""
    scheme = vendor.webhooks.headers.scheme
    assert scheme is not None
    return scheme


def flip(text: str) -> str:
    """Change the last digit."""
    return text[:-1] + ("0" if text[-1] != "0" else "1")


PORTAL = next(vendor for vendor in VENDORS if vendor.name == "portal")
ZATABOX = next(vendor for vendor in VENDORS if vendor.name == "zatabox")
RIGHT = mac(str(STAMP).encode() + b"." + BODY)


@every_signer
def test_own_signature_is_right(vendor: Vendor) -> None:
    verdict = check(vendor.webhooks.headers, signed_headers(vendor), BODY, SECRET)

    assert (verdict.valid, verdict.got, verdict.ids.get("delivery_id", "d-1")) == (True, verdict.expected, "d-1")


@every_signer
def test_signed_bytes_give_the_signature(vendor: Vendor) -> None:
    verdict = check(vendor.webhooks.headers, signed_headers(vendor), BODY, SECRET)

    assert verdict.message is not None
    assert verdict.algorithm is not None
    assert mac(verdict.message, verdict.algorithm) in str(verdict.got)


@every_signer
def test_altered_body_is_wrong(vendor: Vendor) -> None:
    verdict = check(vendor.webhooks.headers, signed_headers(vendor), BODY + b" ", SECRET)

    assert (verdict.valid, verdict.reason.startswith("The signature is not the one")) == (False, True)


@every_signer
def test_another_secret_is_wrong(vendor: Vendor) -> None:
    assert check(vendor.webhooks.headers, signed_headers(vendor), BODY, "another").valid is False


@every_signer
def test_missing_signature_is_named(vendor: Vendor) -> None:
    header = scheme_of(vendor).header

    verdict = check(
        vendor.webhooks.headers, [pair for pair in signed_headers(vendor) if pair[0] != header], BODY, SECRET
    )

    assert (verdict.valid, verdict.reason) == (False, f"The header {header} is missing.")


@every_signer
def test_flipped_digit_is_wrong(vendor: Vendor) -> None:
    header = scheme_of(vendor).header
    headers = [(name, flip(value) if name == header else value) for name, value in signed_headers(vendor)]

    assert check(vendor.webhooks.headers, headers, BODY, SECRET).valid is False


@every_signer
def test_missing_secret_leaves_it_open(vendor: Vendor) -> None:
    assert check(vendor.webhooks.headers, signed_headers(vendor), BODY, None).valid is None


def test_hand_made_signature_is_right() -> None:
    verdict = check(PORTAL.webhooks.headers, portal(f"sha256={RIGHT}"), BODY, SECRET)

    assert (verdict.valid, verdict.stamp, verdict.message) == (True, STAMP, str(STAMP).encode() + b"." + BODY)


@pytest.mark.parametrize(
    ("signature", "stamp", "reason"),
    [
        (f"sha256={RIGHT.upper()}", str(STAMP), "wrong case"),
        (f"sha256={RIGHT[:-2]}", str(STAMP), "cut short: 62 characters of 64"),
        (f"sha256={RIGHT}00", str(STAMP), "wrong length: 66"),
        ("sha256=", str(STAMP), "wrong length: 0"),
        (RIGHT, str(STAMP), "must look like sha256=<signature>"),
        (f"sha256={RIGHT}", "soon", "X-Webhook-Timestamp is malformed"),
        (f"sha256={RIGHT}", "01700000000", "X-Webhook-Timestamp is malformed"),
        (f"sha256={RIGHT}", str(STAMP + 1), "is not the one"),
        (f"sha256={mac(BODY)}", str(STAMP), "is not the one"),
        ("sha256=\u00e9", str(STAMP), "malformed"),
        ("x" * 9000, str(STAMP), "malformed"),
    ],
)
def test_reason_tells_the_likely_cause(signature: str, stamp: str, reason: str) -> None:
    verdict = check(PORTAL.webhooks.headers, portal(signature, stamp), BODY, SECRET)

    assert verdict.valid is False
    assert reason in verdict.reason


def test_one_of_two_signatures_suffices() -> None:
    headers = signed_headers(ZATABOX, secrets=("the new one", SECRET))

    verdict = check(ZATABOX.webhooks.headers, headers, BODY, SECRET)

    assert str(verdict.got).count("v1=") == 2
    assert verdict.valid is True


@pytest.mark.parametrize(("now", "reason"), [(STAMP + 301, "stale: stamped 301 s"), (STAMP - 301, "from the future")])
def test_old_and_early_stamps_are_wrong(now: int, reason: str) -> None:
    verdict = check(PORTAL.webhooks.headers, signed_headers(PORTAL), BODY, SECRET, now, 300)

    assert verdict.valid is False
    assert reason in verdict.reason


def test_stamp_within_the_tolerance_is_right() -> None:
    assert check(PORTAL.webhooks.headers, signed_headers(PORTAL), BODY, SECRET, STAMP + 300, 300).valid is True


def test_vendor_that_signs_nothing_is_told() -> None:
    verdict = check(SignedHeaders(None, (("X-Notice", "{notice_id}"),)), [("x-notice", "n-7")], BODY, SECRET)

    assert (verdict.valid, verdict.header, verdict.ids) == (None, None, {"notice_id": "n-7"})


@pytest.mark.parametrize(
    ("body", "type"),
    [
        (b'{"event":"a.b","data":{"type":"c.d"}}', "a.b"),
        (b'{"meta":{"type":"c.d"}}', "c.d"),
        (b'{"event":"nothing known"}', None),
        (b"no json", None),
        (b"\xff\xfe", None),
        (b'["a.b"]', None),
    ],
)
def test_type_is_found_in_the_body(body: bytes, type: str | None) -> None:
    assert type_of(["a.b", "c.d"], body, {}) == type


def test_type_in_a_header_comes_first() -> None:
    assert type_of(["a.b"], b'{"event":"a.b"}', {"type": "new.kind"}) == "new.kind"
