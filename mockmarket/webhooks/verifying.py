"""Verifying a webhook as its receiver should, by signing it again. Pure: it reads no clock and knows no vendor.

What a vendor's `headers` make of a message with marks in it shows where the signature, the stamp and the ids stand. So any vendor
that can sign can be verified, whatever its scheme is.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mockmarket.webhooks.signing import HEX_DIGITS, LONGEST_SIGNATURE_HEADER, Headers, Sending

Signer = Callable[[Sending], Headers]

STAMP = 1_111_111_111
SECRETS = ("probe-one", "probe-two")
MARKS = {"type": "mark-of-type", "notice_id": "mark-of-notice", "delivery_id": "mark-of-delivery"}
ATTEMPT = 987_654
BODY = b'{"probe":true}'
DEEPEST = 3

_SIGNATURE = re.compile(r"[0-9A-Za-z+/_-]{27,}={0,2}")
_DIGITS = r"(?P<stamp>0|[1-9][0-9]{0,14})"
_ANY = r"([!-+\--~]*)"  # visible, but no comma


@dataclass(frozen=True, slots=True)
class Shape:
    """How a vendor writes its headers: which one has the signature (None: it does not sign) and in which form, and where the rest stands.

    `form` is the signature header's value with `{v}` for the signature and `{t}` for the stamp; `stamp_header` has the stamp of its own;
    `ids` tells in which header the `type`, `notice_id`, `delivery_id` and `attempt` stand, those that are sent at all.
    """

    header: str | None
    form: str = ""
    stamp_header: str | None = None
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """What verifying a webhook found, step by step, for people and programs.

    `valid` is None when there was nothing to verify: the vendor does not sign, or no secret was given. `got` and `expected` are the
    signature header's values; `message` is the exact bytes that are signed, `stamp` the epoch seconds among them; `algorithm` names
    the hash. All are None where they do not apply or could not be read. `ids` are those that the headers carry.
    """

    valid: bool | None
    reason: str
    header: str | None = None
    got: str | None = None
    expected: str | None = None
    stamp: int | None = None
    message: bytes | None = None
    algorithm: str | None = None
    ids: Mapping[str, str] = field(default_factory=dict)


def shape_of(signer: Signer) -> Shape:
    """Find out how a vendor writes its headers, by having it sign a message full of marks with two secrets."""
    one, two = (dict(signer(_probe(secret))) for secret in SECRETS)
    header = next((name for name, value in one.items() if two.get(name) != value), None)
    form = _form(one[header], two[header]) if header else ""
    stamp_header = next((name for name, value in one.items() if value == str(STAMP)), None)
    marks = MARKS | {"attempt": str(ATTEMPT)}
    ids = {what: name for what, mark in marks.items() for name, value in one.items() if value == mark}
    return Shape(header, form, stamp_header, ids)


def check(
    signer: Signer,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    secret: str | None,
    now: int | None = None,
    tolerance: int | None = None,
) -> Check:
    """Verify a webhook that arrived with these headers and bytes; never raises on what a sender wrote.

    Names of headers are looked up without regard to case, signatures compared in constant time. The stamp's age is judged only when
    `now` and `tolerance` (seconds, both ways) are given and the vendor signs a stamp.
    """
    shape = shape_of(signer)
    by_name = {name.lower(): value for name, value in headers}
    ids = {what: by_name[name.lower()] for what, name in shape.ids.items() if name.lower() in by_name}
    if shape.header is None:
        return Check(None, "This vendor does not sign.", ids=ids)
    got = by_name.get(shape.header.lower())
    if not secret:
        return Check(None, "No secret was given to verify it with.", shape.header, got, ids=ids)
    if got is None:
        return Check(False, f"The header {shape.header} is missing.", shape.header, ids=ids)
    stamp, wrong = _stamp(shape, got, by_name)
    if wrong:
        return Check(False, wrong, shape.header, got, ids=ids)
    sending = Sending(
        type=ids.get("type", ""), notice_id=ids.get("notice_id", ""), delivery_id=ids.get("delivery_id", ""),
        attempt=_number(ids.get("attempt")), body=body, stamp=stamp or 0, secrets=(secret,),
    )  # fmt: skip
    expected = dict(signer(sending))[shape.header]
    reason = _compare(shape, got, expected) or _age(stamp, now, tolerance)
    message, algorithm = _signed(sending, expected)
    return Check(
        reason is None, reason or "The signature is right.", shape.header, got, expected, stamp, message, algorithm, ids
    )


def type_of(types: Iterable[str], body: bytes, ids: Mapping[str, str]) -> str | None:
    """Tell which of a vendor's types of notice a webhook is: by its headers, else by the first member of its body that names one."""
    if "type" in ids:
        return ids["type"]
    try:
        return _named(json.loads(body), frozenset(types), DEEPEST)
    except (ValueError, RecursionError):
        return None


def _probe(secret: str) -> Sending:
    return Sending(**MARKS, attempt=ATTEMPT, body=BODY, stamp=STAMP, secrets=(secret,))


def _form(one: str, two: str) -> str:
    """Return a signature header's value with {v} for what another secret changes and {t} for the stamp."""
    other = {found[0] for found in _SIGNATURE.finditer(two)}
    signature = next((found[0] for found in _SIGNATURE.finditer(one) if found[0] not in other), one)
    return one.replace(signature, "{v}").replace(str(STAMP), "{t}")


def _stamp(shape: Shape, got: str, there: Mapping[str, str]) -> tuple[int | None, str | None]:
    """Return the stamp that a webhook carries, None where there is none, and what is wrong with its headers, if anything."""
    match = _pattern(shape.form).fullmatch(got) if len(got) <= LONGEST_SIGNATURE_HEADER else None
    if match is None:
        sample = shape.form.replace("{t}", "<epoch seconds>").replace("{v}", "<signature>")
        return None, f"The header {shape.header} is malformed: it must look like {sample}."
    if "{t}" in shape.form:
        return int(match["stamp"]), None
    if shape.stamp_header is None:
        return None, None
    text = there.get(shape.stamp_header.lower())
    if text is None:
        return None, f"The header {shape.stamp_header} is missing."
    if re.fullmatch(_DIGITS, text) is None:
        return None, f"The header {shape.stamp_header} is malformed: it must be whole epoch seconds."
    return int(text), None


def _pattern(form: str) -> re.Pattern[str]:
    """Return the pattern of a signature header; the part with the signature may be repeated, as while a secret is being rotated."""
    parts = []
    for part in form.split(","):
        shape = re.escape(part).replace(r"\{t\}", _DIGITS).replace(r"\{v\}", _ANY)
        parts.append(f"{shape}(?:,{shape})*" if "{v}" in part and "{t}" not in part else shape)
    return re.compile(",".join(parts))


def _signatures(form: str, value: str) -> list[str]:
    """Take the signatures out of a header of this form."""
    part = next(part for part in form.split(",") if "{v}" in part)
    one = re.compile(re.escape(part).replace(r"\{t\}", "[0-9]*").replace(r"\{v\}", _ANY))
    return [found[1] for piece in value.split(",") if (found := one.fullmatch(piece))]


def _compare(shape: Shape, got: str, expected: str) -> str | None:
    """Return None when one of the signatures is the expected one, else why not, with the likely cause."""
    given, (right,) = _signatures(shape.form, got), _signatures(shape.form, expected)
    if any(hmac.compare_digest(candidate.encode(), right.encode()) for candidate in given):
        return None
    if any(candidate.lower() == right.lower() for candidate in given):
        return "The signature's letters have the wrong case."
    if any(candidate and right.startswith(candidate) for candidate in given):
        return f"The signature is cut short: {len(given[0])} characters of {len(right)}."
    if any(len(candidate) != len(right) for candidate in given):
        return f"The signature has the wrong length: {len(given[0])} characters, {len(right)} are due."
    return "The signature is not the one that this secret gives for these bytes: another secret, or the body was changed on its way."


def _age(stamp: int | None, now: int | None, tolerance: int | None) -> str | None:
    if stamp is None or now is None or tolerance is None or abs(now - stamp) <= tolerance:
        return None
    if stamp < now:
        return f"The signature is stale: stamped {now - stamp} s ago, at most {tolerance} s are tolerated."
    return f"The signature is from the future: stamped {stamp - now} s ahead, at most {tolerance} s are tolerated."


def _signed(sending: Sending, expected: str) -> tuple[bytes | None, str | None]:
    """Return which bytes were signed, and with which hash, by trying what vendors do; (None, None) for anything else."""
    secret = sending.secrets[0].encode("utf-8", "surrogatepass")
    for message in (sending.body, str(sending.stamp).encode() + b"." + sending.body):
        for algorithm in HEX_DIGITS:
            if hmac.new(secret, message, algorithm).hexdigest() in expected:
                return message, algorithm
    return None, None


def _number(text: str | None) -> int:
    return int(text) if text and re.fullmatch("[0-9]{1,9}", text) else 1


def _named(value: Any, types: frozenset[str], depth: int) -> str | None:
    """Return the first text in a body, outer ones first, that is the name of a type of notice."""
    members = list(value.values()) if isinstance(value, dict) else []
    here = next((member for member in members if isinstance(member, str) and member in types), None)
    if here is not None or depth == 0:
        return here
    return next((found for member in members if (found := _named(member, types, depth - 1))), None)
