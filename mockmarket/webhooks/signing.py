"""Signature schemes: a Sending goes in, headers come out; a receiver verifies them by signing again. Pure: does not read the clock."""

import hmac
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from enum import Enum
from functools import cached_property, lru_cache, partial
from typing import Literal

from mockmarket.frozen import dataclass

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sending:
    """One attempt about to be made: the input of signature schemes and of vendors' header tables. `stamp` is epoch seconds, chosen by the
    engine (wall or world time); `secrets` has the current secret first and, during a rotation's grace, earlier ones after it;
    `stored_headers` is the endpoint's own header string, exactly as its subscriber gave it."""

    type: str
    notice_id: str
    delivery_id: str
    attempt: int
    body: bytes
    stamp: int
    secrets: tuple[str, ...]
    stored_headers: str = ""


HEX_DIGITS = {"sha256": 64, "sha1": 40}
MOST_HEADERS = 50
LONGEST_HEADER_NAME = 256
LONGEST_HEADER_VALUE = 1024

# RFC 9110 names that a subscriber may not set: framing, hop-by-hop, or set by the mock.
RESERVED_HEADERS = frozenset(("host", "content-length", "transfer-encoding", "te", "trailer", "connection", "upgrade"))
RESERVED_HEADERS |= {"keep-alive", "expect", "content-type", "content-encoding", "user-agent"}
LONGEST_SIGNATURE_HEADER = 8192
DEEPEST = 3  # how deep in a body its type is searched for
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - RFC 9110's token, no secret
_IS_TOKEN = re.compile(_TOKEN)
_IS_VALUE = re.compile(r"[\x20-\x7e\t]*")
_STAMP = r"(?P<stamp>0|[1-9][0-9]{0,14})"  # canonical: receivers sign the result of Number()
_ANY = r"([!-+\--~]*)"  # visible, but no comma
_NEXT_HEADER = re.compile(rf",(?=[ \t]*{_TOKEN}[ \t]*:)")


@dataclass(frozen=True, slots=True)
class Scheme:
    """How one vendor signs, as data. `form` is the header's value with `{v}` for the lower-case hex HMAC and `{t}` for the stamp. With
    `stamped` the signed message is `<stamp>.<body>`, else the body alone. `stamp_header` sends the stamp in a header of its own. With
    `all_secrets` each secret signs and the comma-separated part that holds `{v}` is repeated, the current secret's last, so that a receiver
    that parses the parts into a map keeps the current one; else only the current one signs."""

    header: str
    form: str = "{v}"
    algorithm: Literal["sha256", "sha1"] = "sha256"
    stamped: bool = False
    stamp_header: str | None = None
    all_secrets: bool = False

    def __post_init__(self) -> None:
        if self.algorithm not in HEX_DIGITS:
            raise ValueError(f"{self.algorithm!r} is no algorithm here; use {' or '.join(HEX_DIGITS)}")
        if self.form.count("{v}") != 1 or self.form.count("{t}") > 1:
            raise ValueError(f"the form {self.form!r} must hold {{v}} once, and {{t}} at most once")
        if self.stamped and "{t}" not in self.form and self.stamp_header is None:
            raise ValueError("a stamped scheme must send its stamp: put {t} into the form or name a stamp_header")

    @property
    def names(self) -> tuple[str, ...]:
        """The scheme's headers: the signature's and, if separate, the stamp's."""
        return (self.header, self.stamp_header) if self.stamp_header else (self.header,)

    @property
    def sends_stamp(self) -> bool:
        """Whether the headers carry the time of signing."""
        return self.stamp_header is not None or "{t}" in self.form

    def message(self, stamp: int, body: bytes) -> bytes:
        """Return the exact bytes that are signed."""
        return b"%d.%b" % (stamp, body) if self.stamped else body

    def digest(self, secret: str, message: bytes) -> str:
        """Return a message's HMAC in lower-case hex."""
        return hmac.digest(secret.encode("utf-8", "surrogatepass"), message, self.algorithm).hex()

    def fill(self, stamp: str, signatures: list[str]) -> str:
        """Return the signature header's value, with the part that holds {v} once per signature."""
        filled: list[str] = []
        for part in self.form.replace("{t}", stamp).split(","):
            filled += [part.replace("{v}", each) for each in signatures] if "{v}" in part else [part]
        return ",".join(filled)

    def __str__(self) -> str:
        message = "timestamp + '.' + body" if self.stamped else "body"
        value = self.fill("epoch seconds", [f"HMAC-{self.algorithm.upper()}(secret, {message})"])
        stamp = f", {self.stamp_header} in epoch seconds" if self.stamp_header else ""
        return f"{self.header}: {value} in hex{stamp}"


class Slot(Enum):
    """A place in a vendor's header table, filled with the signature or with the endpoint's own headers."""

    SIGNATURE = "signature"
    ENDPOINT = "endpoint"


SIGNATURE, ENDPOINT = Slot.SIGNATURE, Slot.ENDPOINT
FIELDS = ("type", "notice_id", "delivery_id", "attempt")
"""Values of an attempt that a header may carry: the table has their names in braces."""


@dataclass(frozen=True)
class SignedHeaders:
    """Every header that a vendor sends with a webhook, in order, as data; `scheme` is None for a vendor that does not
    sign. A row is a name with its value, `{type}`, `{notice_id}`, `{delivery_id}` or `{attempt}` for the attempt's
    value, or a slot. The endpoint's own headers come last, and may repeat none of the table's, unless the table has a
    slot for them: then only the scheme's names are reserved. `note` ends the sentence for people."""

    scheme: Scheme | None
    rows: tuple[tuple[str, str] | Slot, ...]
    note: str = ""

    def __call__(self, sending: Sending) -> Headers:
        """Return every header of one attempt; ValueError when the endpoint's own headers cannot be sent."""
        return tuple(pair for row in self._all_rows for pair in self._pairs(row, sending))

    @cached_property
    def reserved(self) -> frozenset[str]:
        """The names, in lower case, that an endpoint's own headers may not use."""
        fixed = () if ENDPOINT in self.rows else [row[0] for row in self.rows if not isinstance(row, Slot)]
        return frozenset(name.lower() for name in (*fixed, *(self.scheme.names if self.scheme else ())))

    @cached_property
    def ids(self) -> Mapping[str, str]:
        """The header that carries each of FIELDS that is sent."""
        by_value = {row[1]: row[0] for row in self.rows if not isinstance(row, Slot)}
        return {name: by_value[f"{{{name}}}"] for name in FIELDS if f"{{{name}}}" in by_value}

    @cached_property
    def _all_rows(self) -> tuple[tuple[str, str] | Slot, ...]:
        return self.rows if ENDPOINT in self.rows else (*self.rows, ENDPOINT)

    def _pairs(self, row: tuple[str, str] | Slot, sending: Sending) -> Headers:
        if row is SIGNATURE:
            return sign(self.scheme, sending) if self.scheme else ()
        if isinstance(row, Slot):
            return parse_stored_headers(sending.stored_headers, self.reserved)
        name, value = row
        return ((name, str(getattr(sending, value[1:-1])) if value[1:-1] in FIELDS else value),)

    def __str__(self) -> str:
        return f"{self.scheme or 'not signed'}{self.note}"


def sign(scheme: Scheme, sending: Sending) -> Headers:
    """Return the signature's header, then the stamp's if separate; none for an endpoint without a secret."""
    secrets = sending.secrets[::-1] if scheme.all_secrets else sending.secrets[:1]
    if not any(secrets):
        return ()
    message = scheme.message(sending.stamp, sending.body)
    stamp = str(sending.stamp)
    value = scheme.fill(stamp, [scheme.digest(secret, message) for secret in secrets])
    return tuple(zip(scheme.names, (value, stamp), strict=False))


def parse_stored_headers(text: str, reserved: Collection[str] = ()) -> Headers:
    """Return the headers of a subscriber's `Name: value,Name: value`; ValueError says what to change. A comma separates
    only where a name and a colon follow, so a value may hold commas; the first colon separates; spaces and tabs around
    both are trimmed. `reserved` adds further forbidden names, such as the vendor's own signature headers. Parse again
    before each send: the text may have been stored by another version."""
    if not text.strip(" \t"):
        return ()
    pieces = _NEXT_HEADER.split(text)
    if len(pieces) > MOST_HEADERS:
        raise ValueError(f"{len(pieces)} headers are too many; send at most {MOST_HEADERS}")
    refused = RESERVED_HEADERS | {name.lower() for name in reserved}
    return tuple(_parse_header(piece, refused) for piece in pieces)


def _parse_header(piece: str, refused: Collection[str]) -> tuple[str, str]:
    """Return the name and value of one `Name: value`; ValueError for one that could change the message around it."""
    name, colon, value = (part.strip(" \t") for part in piece.partition(":"))
    quoted = repr(name[:40])
    if not colon:
        raise ValueError(f"{quoted} has no colon; write each header as Name: value")
    if _IS_TOKEN.fullmatch(name) is None or len(name) > LONGEST_HEADER_NAME:
        raise ValueError(f"{quoted} is no header name; use letters, digits and -, at most {LONGEST_HEADER_NAME}")
    if name.lower() in refused or name.lower().startswith("proxy-"):
        raise ValueError(f"{quoted} is set by the sender; leave it out")
    if _IS_VALUE.fullmatch(value) is None:
        raise ValueError(f"the value of {quoted} holds a character that no header can carry; use visible ASCII")
    if len(value) > LONGEST_HEADER_VALUE:
        raise ValueError(f"the value of {quoted} has {len(value)} bytes; send at most {LONGEST_HEADER_VALUE}")
    return name, value


@dataclass(frozen=True, slots=True)
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


def check(
    signed: SignedHeaders,
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


def type_of(types: Iterable[str], body: bytes, ids: Mapping[str, str]) -> str | None:
    """Return a webhook's type of notice: from its headers, else from the first member of its body that names one."""
    if "type" in ids:
        return ids["type"]
    try:
        return _named(json.loads(body), frozenset(types), DEEPEST)
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


def _named(value: object, types: frozenset[str], depth: int) -> str | None:
    """Return the first text in a body, outer members first, that names a type of notice."""
    members = list(value.values()) if isinstance(value, dict) else []
    name = next((member for member in members if isinstance(member, str) and member in types), None)
    if name is not None or depth == 0:
        return name
    return next(filter(None, (_named(member, types, depth - 1) for member in members)), None)
