"""Signing: a Sending goes in, headers come out, by a vendor's `Scheme`. Pure: does not read the clock."""

import re
from collections.abc import Collection, Mapping
from enum import Enum
from functools import cached_property

from mockmarket.frozen import dataclass
from mockmarket_client.scheme import Headers, Scheme


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


MOST_HEADERS = 50
LONGEST_HEADER_NAME = 256
LONGEST_HEADER_VALUE = 1024

# RFC 9110 names that a subscriber may not set: framing, hop-by-hop, or set by the mock.
RESERVED_HEADERS = frozenset(("host", "content-length", "transfer-encoding", "te", "trailer", "connection", "upgrade"))
RESERVED_HEADERS |= {"keep-alive", "expect", "content-type", "content-encoding", "user-agent"}
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - RFC 9110's token, no secret
_IS_TOKEN = re.compile(_TOKEN)
_IS_VALUE = re.compile(r"[\x20-\x7e\t]*")
_NEXT_HEADER = re.compile(rf",(?=[ \t]*{_TOKEN}[ \t]*:)")


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
    """Return the name and value of one `Name: value`; ValueError for a header that could change the message around it."""
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
