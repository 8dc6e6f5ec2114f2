"""Menu of signature schemes: a Sending goes in, headers come out. Pure; never reads the clock."""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sending:
    """One attempt about to be made: all that a signature scheme or a vendor's header table may look at.

    `stamp` is epoch seconds, chosen by the engine (wall or world time); `secrets` has the current secret first
    and, during a rotation's grace, earlier ones after it; `stored_headers` is the endpoint's own header
    string, exactly as its subscriber gave it.
    """

    type: str
    notice_id: str
    delivery_id: str
    attempt: int
    body: bytes
    stamp: int
    secrets: tuple[str, ...]
    stored_headers: str = ""


HEX_DIGITS = {"sha256": 64, "sha1": 40}
LONGEST_SIGNATURE_HEADER = 8192
MOST_HEADERS = 50
LONGEST_HEADER_NAME = 256
LONGEST_HEADER_VALUE = 1024

# RFC 9110 names that a subscriber may not set: they frame the message, belong to the hop, or are ours to send.
RESERVED_HEADERS = frozenset(
    {
        *("host", "content-length", "transfer-encoding", "te", "trailer"),
        *("connection", "keep-alive", "upgrade", "expect"),
        *("content-type", "content-encoding", "user-agent"),
    }
)
RESERVED_PREFIX = "proxy-"

_STAMP = r"(?P<stamp>0|[1-9][0-9]{0,14})"  # canonical: receivers sign what Number() makes of it
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - RFC 9110's token, no secret
_IS_TOKEN = re.compile(_TOKEN)
_IS_VALUE = re.compile(r"[\x20-\x7e\t]*")
_NEXT_HEADER = re.compile(rf",(?=[ \t]*{_TOKEN}[ \t]*:)")
_IS_HEX = re.compile(r"[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Scheme:
    """How one vendor signs, as data.

    `form` is the header's value with `{v}` for the lower-case hex HMAC and `{t}` for the stamp. With `stamped` the
    signed message is `<stamp>.<body>`, else the body alone. `stamp_header` sends the stamp in a header of its own.
    With `all_secrets` each secret signs and the comma-separated part that holds `{v}` is repeated, the current secret's last, so
    that a receiver that makes a map of the parts ends with it; else only the current one signs.
    """

    header: str
    form: str = "{v}"
    algorithm: Literal["sha256", "sha1"] = "sha256"
    stamped: bool = False
    stamp_header: str | None = None
    all_secrets: bool = False

    def __post_init__(self) -> None:
        """Refuse a scheme that no receiver could check, with a ValueError."""
        if self.algorithm not in HEX_DIGITS:
            raise ValueError(f"{self.algorithm!r} is no algorithm here; use {' or '.join(HEX_DIGITS)}")
        if self.form.count("{v}") != 1 or self.form.count("{t}") > 1:
            raise ValueError(f"the form {self.form!r} must hold {{v}} once, and {{t}} at most once")
        if self.stamped and "{t}" not in self.form and self.stamp_header is None:
            raise ValueError("a stamped scheme must send its stamp: put {t} into the form or name a stamp_header")

    def message(self, sending: Sending) -> bytes:
        """Give the exact bytes that are signed."""
        return _message(self, str(sending.stamp), sending.body)


def sign(scheme: Scheme, sending: Sending) -> Headers:
    """Give the signature header and, where the scheme has one, the stamp's header after it.

    An endpoint without a secret gets no headers: there is nothing to sign with.
    """
    secrets = sending.secrets[::-1] if scheme.all_secrets else sending.secrets[:1]
    if not secrets:
        return ()
    message = scheme.message(sending)
    signed = (scheme.header, _fill(scheme, str(sending.stamp), [_digest(scheme, each, message) for each in secrets]))
    return (signed, (scheme.stamp_header, str(sending.stamp))) if scheme.stamp_header else (signed,)


def verify(
    scheme: Scheme,
    headers: Mapping[str, str],
    body: bytes,
    secret: str,
    now: int | None = None,
    tolerance: int | None = None,
) -> str | None:
    """Return None when one of the signatures verifies, else the reason in words; never raises on what a sender wrote.

    Header names are looked up without regard to case. Signatures are compared in constant time. The stamp's age is
    judged only when both `now` and `tolerance` (seconds, both ways) are given and the scheme is stamped.
    """
    value = _lookup(headers, scheme.header)
    if value is None:
        return f"missing header: {scheme.header}"
    match = _shape(scheme).fullmatch(value) if len(value) <= LONGEST_SIGNATURE_HEADER else None
    if match is None:
        return f"malformed header: {scheme.header} must look like {_sample(scheme)}"
    stamp, wrong = _stamp(scheme, headers, match)
    wrong = wrong or _judge_signatures(scheme, _signatures(scheme, value), _message(scheme, stamp, body), secret)
    return wrong or (_judge_age(int(stamp), now, tolerance) if scheme.stamped else None)


def parse_stored_headers(text: str, reserved: Collection[str] = ()) -> Headers:
    """Read a subscriber's `Name: value,Name: value`, or raise a ValueError that says what to change.

    A comma separates only where a name and a colon follow, so a value may hold commas; the first colon separates;
    spaces and tabs around both are trimmed. `reserved` adds names to those nobody may set, such as the vendor's own
    signature headers. Parse again before each send: the text may have been stored by another version.
    """
    if not text.strip(" \t"):
        return ()
    pieces = _NEXT_HEADER.split(text)
    if len(pieces) > MOST_HEADERS:
        raise ValueError(f"{len(pieces)} headers are too many; send at most {MOST_HEADERS}")
    refused = RESERVED_HEADERS | {name.lower() for name in reserved}
    return tuple(_parse_header(piece, refused) for piece in pieces)


def _message(scheme: Scheme, stamp: str, body: bytes) -> bytes:
    return stamp.encode() + b"." + body if scheme.stamped else body


def _digest(scheme: Scheme, secret: str, message: bytes) -> str:
    return hmac.new(secret.encode("utf-8", "surrogatepass"), message, scheme.algorithm).hexdigest()


def _fill(scheme: Scheme, stamp: str, signatures: list[str]) -> str:
    """Write the form, with the part that holds {v} once per signature."""
    filled: list[str] = []
    for part in scheme.form.replace("{t}", stamp).split(","):
        filled += [part.replace("{v}", each) for each in signatures] if "{v}" in part else [part]
    return ",".join(filled)


@lru_cache(maxsize=64)
def _shape(scheme: Scheme) -> re.Pattern[str]:
    """Make the pattern of a scheme's header; what stands for {v} is judged later, for a reason of its own."""
    parts = []
    for part in scheme.form.split(","):
        shape = re.escape(part).replace(r"\{t\}", _STAMP).replace(r"\{v\}", r"[!-+\--~]*")  # visible, but no comma
        parts.append(f"{shape}(?:,{shape})*" if scheme.all_secrets and "{v}" in part else shape)
    return re.compile(",".join(parts))


def _stamp(scheme: Scheme, headers: Mapping[str, str], found: re.Match[str]) -> tuple[str, str | None]:
    """Give the stamp as it was sent ("" where there is none) and what is wrong with it, if anything."""
    if scheme.stamp_header is None:
        return (found["stamp"] if "{t}" in scheme.form else ""), None
    stamp = _lookup(headers, scheme.stamp_header)
    if stamp is None:
        return "", f"missing header: {scheme.stamp_header}"
    canonical = re.fullmatch(_STAMP, stamp) is not None
    return stamp, None if canonical else f"malformed header: {scheme.stamp_header} must be whole epoch seconds"


def _signatures(scheme: Scheme, value: str) -> list[str]:
    """Take the signatures out of a header that has the scheme's shape."""
    parts = scheme.form.split(",")
    place = next(at for at, part in enumerate(parts) if "{v}" in part)
    before, after = parts[place].split("{v}")
    given = value.split(",")
    return [each[len(before) : len(each) - len(after)] for each in given[place : len(given) - len(parts) + place + 1]]


def _judge_signatures(scheme: Scheme, signatures: list[str], message: bytes, secret: str) -> str | None:
    digits = HEX_DIGITS[scheme.algorithm]
    right = [each for each in signatures if len(each) == digits]
    if not right:
        return f"wrong length: {len(signatures[0])} characters where {digits} hex digits are due"
    if not any(_IS_HEX.fullmatch(each) for each in right):
        return "malformed signature: only the digits 0-9 and a-f, in lower case, are due"
    expected = _digest(scheme, secret, message).encode()
    matches = [hmac.compare_digest(each.encode(), expected) for each in right]
    return None if any(matches) else "mismatch: this secret does not give this signature for these bytes"


def _judge_age(stamp: int, now: int | None, tolerance: int | None) -> str | None:
    if now is None or tolerance is None or abs(now - stamp) <= tolerance:
        return None
    if stamp < now:
        return f"stale: stamped {now - stamp} s ago, at most {tolerance} s are tolerated"
    return f"from the future: stamped {stamp - now} s ahead, at most {tolerance} s are tolerated"


def _lookup(headers: Mapping[str, str], name: str) -> str | None:
    return next((value for key, value in headers.items() if key.lower() == name.lower()), None)


def _sample(scheme: Scheme) -> str:
    return _fill(scheme, "<epoch seconds>", [f"<{HEX_DIGITS[scheme.algorithm]} hex digits>"])


def _parse_header(piece: str, refused: Collection[str]) -> tuple[str, str]:
    """Read one `Name: value`, refusing whatever could change the message around it."""
    name, colon, value = (part.strip(" \t") for part in piece.partition(":"))
    shown = repr(name[:40])
    if not colon:
        raise ValueError(f"{shown} has no colon; write each header as Name: value")
    if _IS_TOKEN.fullmatch(name) is None or len(name) > LONGEST_HEADER_NAME:
        raise ValueError(f"{shown} is no header name; use letters, digits and -, at most {LONGEST_HEADER_NAME}")
    if name.lower() in refused or name.lower().startswith(RESERVED_PREFIX):
        raise ValueError(f"{shown} is set by the sender; leave it out")
    if _IS_VALUE.fullmatch(value) is None:
        raise ValueError(f"the value of {shown} holds a character that no header can carry; use visible ASCII")
    if len(value) > LONGEST_HEADER_VALUE:
        raise ValueError(f"the value of {shown} has {len(value)} bytes; send at most {LONGEST_HEADER_VALUE}")
    return name, value
