"""Signatures agree with Node's crypto and OpenSSL, and verifying gives the reason when one is invalid."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from mockmarket.webhooks.signing import SIGNATURE, Sending, SignedHeaders, sign
from mockmarket_client.scheme import Headers, Scheme
from mockmarket_client.verifying import Check, check
from tests.effort import tries

HERE = Path(__file__).parent
SCHEMES = {
    "portal": Scheme("X-Webhook-Signature", form="sha256={v}", stamped=True, stamp_header="X-Webhook-Timestamp"),
    "ticketnation": Scheme("x-tn-signature"),
    "zatabox": Scheme("X-Zatabox-Signature", form="t={t},v1={v}", stamped=True, all_secrets=True),
    "tixstock": Scheme("X-TIXSTOCK-SIGNATURE"),
    "skybox": Scheme("Webhooks-Signature", algorithm="sha1"),
}
VECTORS: list[dict[str, Any]] = json.loads((HERE / "vectors" / "signatures.json").read_text(encoding="utf-8"))
NAMES = [f"{vector['scheme']}: {vector['name']}" for vector in VECTORS]
STAMP = 1_769_086_190
SENDING = Sending("order.completed", "n-1", "d-1", 1, b'{"a":1}', STAMP, ("secret",))
QUICK = settings(derandomize=True, database=None, max_examples=tries(200), deadline=None)


def body_bytes(body: str | dict[str, Any]) -> bytes:
    if isinstance(body, str):
        return body.encode()
    return f"{body['head']}{body['unit'] * body['times']}{body['tail']}".encode()


def sending(vector: dict[str, Any]) -> Sending:
    secrets = tuple(vector["secrets"])
    return replace(SENDING, body=body_bytes(vector["body"]), stamp=vector["stamp"], secrets=secrets)


def pairs(headers: list[list[str]]) -> Headers:
    return tuple((name, value) for name, value in headers)


def verify(
    scheme: Scheme,
    headers: dict[str, str],
    body: bytes,
    secret: str,
    now: int | None = None,
    tolerance: int | None = None,
) -> str | None:
    """Return None when a scheme's signature holds, else the reason."""
    result: Check = check(SignedHeaders(scheme, (SIGNATURE,)), headers.items(), body, secret, now, tolerance)
    return None if result.valid else result.reason


# --- fixed vectors and independent implementations


@pytest.mark.parametrize("vector", VECTORS, ids=NAMES)
def test_headers_equal_the_fixed_vectors(vector: dict[str, Any]) -> None:
    assert sign(SCHEMES[vector["scheme"]], sending(vector)) == pairs(vector["headers"])


@pytest.mark.parametrize("vector", VECTORS, ids=NAMES)
def test_fixed_vectors_verify_with_secrets(vector: dict[str, Any]) -> None:
    scheme, headers, body = SCHEMES[vector["scheme"]], dict(pairs(vector["headers"])), body_bytes(vector["body"])

    assert [verify(scheme, headers, body, secret) for secret in vector["secrets"]] == [None] * len(vector["secrets"])


def test_every_scheme_has_eight_vectors() -> None:
    counts = Counter(vector["scheme"] for vector in VECTORS)

    assert set(counts) == set(SCHEMES)
    assert min(counts.values()) >= 8


def test_stored_vectors_are_what_node_makes() -> None:
    output = subprocess.run(["node", str(HERE / "vectors" / "make.mjs")], capture_output=True, check=True).stdout

    assert json.loads(output) == VECTORS


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed, so it cannot be asked")
@pytest.mark.parametrize("name", SCHEMES)
def test_openssl_gives_the_same_digest(name: str) -> None:
    scheme, due = SCHEMES[name], replace(SENDING, body='{"venue":"Peña / ₱ 🎟"}'.encode())
    command = ["openssl", "dgst", f"-{scheme.algorithm}", "-hmac", "secret"]

    digest = subprocess.run(
        command, input=scheme.message(due.stamp, due.body), capture_output=True, check=True
    ).stdout.split()[-1]

    assert sign(scheme, due)[0][1].endswith(digest.decode())


# --- what a scheme promises


@pytest.mark.parametrize("name", SCHEMES)
def test_message_is_what_is_signed(name: str) -> None:
    stamped = SCHEMES[name].stamped

    assert SCHEMES[name].message(SENDING.stamp, SENDING.body) == (b'1769086190.{"a":1}' if stamped else b'{"a":1}')


def test_current_secret_signs_last() -> None:
    due = replace(SENDING, secrets=("new", "old"))

    parts = dict(part.split("=") for part in sign(SCHEMES["zatabox"], due)[0][1].split(","))

    assert (
        verify(SCHEMES["zatabox"], {"X-Zatabox-Signature": f"t={parts['t']},v1={parts['v1']}"}, due.body, "new") is None
    )


def test_rotation_signs_with_both_secrets() -> None:
    due = replace(SENDING, secrets=("new", "old"))

    headers = dict(sign(SCHEMES["zatabox"], due))

    assert headers["X-Zatabox-Signature"].count(",v1=") == 2
    assert verify(SCHEMES["zatabox"], headers, due.body, "new") is None
    assert verify(SCHEMES["zatabox"], headers, due.body, "old") is None


@pytest.mark.parametrize("name", sorted(set(SCHEMES) - {"zatabox"}))
def test_only_the_first_secret_signs(name: str) -> None:
    due = replace(SENDING, secrets=("new", "old"))

    assert sign(SCHEMES[name], due) == sign(SCHEMES[name], replace(SENDING, secrets=("new",)))


@pytest.mark.parametrize("name", SCHEMES)
def test_without_a_secret_nothing_signs(name: str) -> None:
    assert sign(SCHEMES[name], replace(SENDING, secrets=())) == ()


UNCHECKABLE: list[dict[str, Any]] = [
    {"stamped": True},
    {"form": "sha256="},
    {"form": "{v}{v}"},
    {"form": "t={t},t={t},{v}"},
    {"algorithm": "md5"},
]


@pytest.mark.parametrize("fields", UNCHECKABLE)
def test_uncheckable_schemes_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"stamp|form|algorithm"):
        Scheme("X-Signature", **fields)


# --- verify's reasons

DUE = {name: dict(sign(scheme, SENDING)) for name, scheme in SCHEMES.items()}


@pytest.mark.parametrize("name", SCHEMES)
def test_header_case_does_not_matter(name: str) -> None:
    headers = {key.upper(): value for key, value in DUE[name].items()}

    assert verify(SCHEMES[name], headers, SENDING.body, "secret") is None


@pytest.mark.parametrize("name", SCHEMES)
def test_a_missing_header_is_named(name: str) -> None:
    scheme = SCHEMES[name]

    assert verify(scheme, {}, SENDING.body, "secret") == f"The header {scheme.header} is missing."


def test_a_missing_stamp_header_is_named() -> None:
    headers = {"X-Webhook-Signature": DUE["portal"]["X-Webhook-Signature"]}

    assert verify(SCHEMES["portal"], headers, SENDING.body, "secret") == "The header X-Webhook-Timestamp is missing."


@pytest.mark.parametrize("name", SCHEMES)
def test_wrong_secret_or_body_mismatches(name: str) -> None:
    reasons = [
        verify(SCHEMES[name], DUE[name], SENDING.body, "other"),
        verify(SCHEMES[name], DUE[name], SENDING.body + b" ", "secret"),
    ]

    assert [str(reason).partition(":")[0] for reason in reasons] == [
        "The signature is not the one that this secret gives for these bytes"
    ] * 2


@pytest.mark.parametrize("name", SCHEMES)
def test_a_truncated_signature_is_short(name: str) -> None:
    headers = {**DUE[name], SCHEMES[name].header: DUE[name][SCHEMES[name].header][:-2]}

    assert str(verify(SCHEMES[name], headers, SENDING.body, "secret")).startswith("The signature is cut short")


HOSTILE = [
    "",
    "ñ",
    "=",
    ",",
    "sha256",
    "t=,v1=",
    "t=1",
    "v1=aa",
    "t=01,v1=aa",
    "a b",
    "\x00",
    "\ud800",
    "sha256=ñ",
    "x" * 10**6,
]


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_headers_get_a_reason(name: str, value: str) -> None:
    headers = {**DUE[name], SCHEMES[name].header: value}

    assert re.search("malformed|wrong length", str(verify(SCHEMES[name], headers, SENDING.body, "secret")))


@pytest.mark.parametrize("stamp", ["", "1.5", "-1", "01", "1e9", "٣", "9" * 400, "NaN", "1769086190\n"])
def test_stamps_must_be_canonical_seconds(stamp: str) -> None:
    headers = {**DUE["portal"], "X-Webhook-Timestamp": stamp}

    reason = verify(SCHEMES["portal"], headers, SENDING.body, "secret", now=STAMP, tolerance=1800)

    assert reason == "The header X-Webhook-Timestamp is malformed: it must be whole epoch seconds."


def test_upper_case_hex_is_wrong() -> None:
    headers = {"x-tn-signature": DUE["ticketnation"]["x-tn-signature"].upper()}

    assert str(verify(SCHEMES["ticketnation"], headers, SENDING.body, "secret")).endswith(
        "letters have the wrong case."
    )


AGES = [
    (0, None),
    (300, None),
    (-300, None),
    (301, "The signature is stale"),
    (-301, "The signature is from the future"),
]


@pytest.mark.parametrize("name", ["portal", "zatabox"])
@pytest.mark.parametrize(("age", "reason"), AGES)
def test_age_is_judged_both_ways(name: str, age: int, reason: str | None) -> None:
    actual = verify(SCHEMES[name], DUE[name], SENDING.body, "secret", now=STAMP + age, tolerance=300)

    assert (actual and actual.partition(":")[0]) == reason


def test_age_needs_a_stamped_scheme() -> None:
    assert verify(SCHEMES["skybox"], DUE["skybox"], SENDING.body, "secret", now=0, tolerance=1) is None


@pytest.mark.thorough
@QUICK
@given(st.sampled_from(sorted(SCHEMES)), st.text(), st.text(), st.binary(max_size=50), st.text())
def test_verify_never_raises_nor_accepts(name: str, value: str, stamp: str, body: bytes, secret: str) -> None:
    headers = {SCHEMES[name].header: value, "X-Webhook-Timestamp": stamp}

    assert verify(SCHEMES[name], headers, body, secret, now=STAMP, tolerance=300) is not None


@QUICK
@given(st.sampled_from(sorted(SCHEMES)), st.binary(max_size=50), st.integers(0, 10**14), st.text(min_size=1))
def test_what_is_signed_verifies(name: str, body: bytes, stamp: int, secret: str) -> None:
    due = replace(SENDING, body=body, stamp=stamp, secrets=(secret,))

    assert verify(SCHEMES[name], dict(sign(SCHEMES[name], due)), body, secret, now=stamp, tolerance=0) is None
