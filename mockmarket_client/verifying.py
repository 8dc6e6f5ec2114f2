"""Verifying: a webhook's headers and bytes go in, a Check comes out, by signing again. Pure: does not read the clock."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, Protocol

from mockmarket_client.scheme import Scheme

TOLERANCE_S = 300  # how old a signature's stamp may be, both ways: what the vendors that name a limit at most recommend
LONGEST_SIGNATURE_HEADER = 8192
DEEPEST = 3  # how deep in a body its type is searched for
_STAMP = r"(?P<stamp>0|[1-9][0-9]{0,14})"  # canonical: receivers sign the result of Number()
_ANY = r"([!-+\--~]*)"  # visible, but no comma


@dataclass(frozen=True)
class Check:
    """The result of verifying a webhook, step by step, for people and programs. `valid` is None when there was nothing
    to verify: the vendor does not sign, or no secret was given. `got` and `expected` are the signature header's values;
    `message` is the exact bytes that are signed, `stamp` the epoch seconds among them; `algorithm` names the hash. All
    are None where they do not apply or could not be read. `ids` are those that the headers carry."""

    valid: bool | None
    reason: str
    header: str | None = None
    got: str | None = None
    expected: str | None = None
    stamp: int | None = None
    message: bytes | None = None
    algorithm: str | None = None
    ids: Mapping[str, str] = field(default_factory=dict)


class Signing(Protocol):
    """What verifying needs to know of a vendor: its scheme, None for one that does not sign, and the headers that carry ids."""

    @property
    def scheme(self) -> Scheme | None:
        """How the vendor signs."""

    @property
    def ids(self) -> Mapping[str, str]:
        """The header that carries each id."""


@dataclass(frozen=True)
class WebhookFormat:
    """What a receiver needs to know of a vendor's webhooks: the scheme, the headers that carry ids, the types of notice."""

    scheme: Scheme | None
    ids: Mapping[str, str]
    types: frozenset[str]


def format_of(vendor: Mapping[str, Any]) -> WebhookFormat:
    """Return the format of a vendor's webhooks from its description in `GET vendors`."""
    signing = vendor["signing"]
    scheme = Scheme(**signing["scheme"]) if signing["scheme"] else None
    return WebhookFormat(scheme, signing["ids"], frozenset(notice["name"] for notice in vendor["notices"]))


def check(
    signed: Signing,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    secret: str | None,
    now: int | None = None,
    tolerance: int | None = None,
) -> Check:
    """Verify a webhook with these headers and bytes; no input makes it raise. Header names are case-insensitive, signatures compared in
    constant time. The stamp's age is checked only if `now` and `tolerance` (seconds, both ways) are given and the vendor signs a stamp."""
    by_name = {name.lower(): value for name, value in headers}
    ids = {field: by_name[name.lower()] for field, name in signed.ids.items() if name.lower() in by_name}
    scheme = signed.scheme
    if scheme is None:
        return Check(None, "This vendor does not sign.", ids=ids)
    got = by_name.get(scheme.header.lower())
    result = partial(Check, header=scheme.header, got=got, ids=ids)
    if not secret:
        return result(None, "No secret was given to verify it with.")
    if got is None:
        return result(False, f"The header {scheme.header} is missing.")
    stamp, problem = _stamp(scheme, got, by_name)
    if problem:
        return result(False, problem)
    message = scheme.message(stamp or 0, body)
    digest = scheme.digest(secret, message)
    reason = _compare(signatures(scheme, got), digest) or _age(stamp, now, tolerance)
    verdict, expected = reason or "The signature is right.", scheme.fill(str(stamp), [digest])
    return result(reason is None, verdict, expected=expected, stamp=stamp, message=message, algorithm=scheme.algorithm)


def type_of(types: Collection[str], body: bytes, ids: Mapping[str, str]) -> str | None:
    """Return a webhook's type of notice: from its headers, else from the first member of its body that names one."""
    if "type" in ids:
        return ids["type"]
    try:
        return _named(json.loads(body), types, DEEPEST)
    except (ValueError, RecursionError):
        return None


def signatures(scheme: Scheme, value: str) -> list[str]:
    """Return the signatures in a header value of the scheme's form; none in any other value."""
    part = next(part for part in scheme.form.split(",") if "{v}" in part)
    pattern = re.compile(re.escape(part).replace(r"\{t\}", "[0-9]*").replace(r"\{v\}", _ANY))
    return [match[1] for piece in value.split(",") if (match := pattern.fullmatch(piece))]


def _stamp(scheme: Scheme, got: str, by_name: Mapping[str, str]) -> tuple[int | None, str | None]:
    """Return a webhook's stamp, or None, and what is wrong with its headers, or None."""
    match = _pattern(scheme.form).fullmatch(got) if len(got) <= LONGEST_SIGNATURE_HEADER else None
    if match is None:
        sample = scheme.fill("<epoch seconds>", ["<signature>"])
        return None, f"The header {scheme.header} is malformed: it must look like {sample}."
    if "{t}" in scheme.form:
        return int(match["stamp"]), None
    if scheme.stamp_header is None:
        return None, None
    text = by_name.get(scheme.stamp_header.lower())
    if text is None:
        return None, f"The header {scheme.stamp_header} is missing."
    if re.fullmatch(_STAMP, text) is None:
        return None, f"The header {scheme.stamp_header} is malformed: it must be whole epoch seconds."
    return int(text), None


@lru_cache(maxsize=64)
def _pattern(form: str) -> re.Pattern[str]:
    """Return the pattern of a signature header; the part with the signature may be repeated, as during a secret's rotation."""
    parts = []
    for part in form.split(","):
        shape = re.escape(part).replace(r"\{t\}", _STAMP).replace(r"\{v\}", _ANY)
        parts.append(f"{shape}(?:,{shape})*" if "{v}" in part and "{t}" not in part else shape)
    return re.compile(",".join(parts))


def _compare(candidates: list[str], right: str) -> str | None:
    if any(hmac.compare_digest(candidate.encode(), right.encode()) for candidate in candidates):
        return None
    if any(candidate.lower() == right for candidate in candidates):
        return "The signature's letters have the wrong case."
    if any(candidate and right.startswith(candidate) for candidate in candidates):
        return f"The signature is cut short: {len(candidates[0])} characters of {len(right)}."
    if any(len(candidate) != len(right) for candidate in candidates):
        return f"The signature has the wrong length: {len(candidates[0])} characters, {len(right)} are due."
    return "The signature is not the one that this secret gives for these bytes: another secret, or the body was changed on its way."


def _age(stamp: int | None, now: int | None, tolerance: int | None) -> str | None:
    if stamp is None or now is None or tolerance is None or abs(now - stamp) <= tolerance:
        return None
    if stamp < now:
        return f"The signature is stale: stamped {now - stamp} s ago, at most {tolerance} s are tolerated."
    return f"The signature is from the future: stamped {stamp - now} s ahead, at most {tolerance} s are tolerated."


def _named(value: object, types: Collection[str], depth: int) -> str | None:
    """Return the first text in a body, outer members first, that names a type of notice."""
    members = list(value.values()) if isinstance(value, dict) else []
    name = next((member for member in members if isinstance(member, str) and member in types), None)
    if name is not None or depth == 0:
        return name
    return next(filter(None, (_named(member, types, depth - 1) for member in members)), None)
