"""An endpoint's own headers, sent beside its vendor's: checks, basic authentication, and redaction for display. Pure."""

import base64
import re
from collections.abc import Collection, Iterable, Iterator

from mockmarket.webhooks.signing import parse_stored_headers

AUTHORIZATION = "Authorization"
REDACTED = "(redacted)"
LONGEST_CREDENTIALS = 500  # in bytes: the most that fit a header's value in base64
_MAY_HIDE = re.compile(r"key|token|auth|secret|cookie|password|bearer", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def problems(headers: str, basic_auth: str, reserved: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield (field, what to change) for headers and credentials that cannot be sent; `reserved` are the forbidden names."""
    try:
        _check_credentials(basic_auth)
    except ValueError as error:
        yield "basic_auth", str(error)
        return
    try:
        own = parse_stored_headers(with_basic(headers, basic_auth), reserved)
    except ValueError as error:
        yield "headers", str(error)
        return
    if basic_auth and [name.lower() for name, _ in own].count(AUTHORIZATION.lower()) > 1:
        yield "basic_auth", f"{AUTHORIZATION} is one of the headers already; leave one of the two out"


def _check_credentials(text: str) -> None:
    if text and ":" not in text:
        raise ValueError("no colon is in it; write user:password")
    if _CONTROL.search(text):
        raise ValueError("it holds a control character; leave that out")
    if len(text.encode("utf-8", "surrogatepass")) > LONGEST_CREDENTIALS:
        raise ValueError(f"it is longer than {LONGEST_CREDENTIALS} bytes; shorten it")


def with_basic(headers: str, basic_auth: str) -> str:
    """Return headers as one text, followed by that of basic authentication (RFC 7617) if there are credentials."""
    if not basic_auth:
        return headers
    encoded = base64.b64encode(basic_auth.encode()).decode()
    return ",".join([*([headers] if headers.strip(" \t") else []), f"{AUTHORIZATION}: Basic {encoded}"])


def redact(headers: Iterable[Iterable[str]]) -> list[list[str]]:
    """Return headers for display: values that may carry a credential are redacted."""
    return [[name, REDACTED if _MAY_HIDE.search(name) else value] for name, value in headers]


def redact_text(headers: str) -> str:
    """Return an endpoint's headers for display; unchanged when nothing needs redaction."""
    try:
        own = parse_stored_headers(headers)
    except ValueError:
        return REDACTED
    redacted = redact(own)
    return headers if redacted == [list(pair) for pair in own] else written(redacted)


def redact_credentials(basic_auth: str) -> str:
    """Return credentials for display: the user's name only."""
    user, colon, _ = basic_auth.partition(":")
    return f"{user}:{REDACTED}" if colon else ""


def written(headers: Iterable[Iterable[str]]) -> str:
    """Return headers as the text that an endpoint stores."""
    return ",".join(f"{name}: {value}" for name, value in headers)


def restored(headers: str, stored: str) -> str:
    """Return submitted headers with each `(redacted)` value replaced by the stored value; ValueError when there is none."""
    if REDACTED not in headers:
        return headers
    left = list(parse_stored_headers(stored))
    return written([restored_header(pair, left) for pair in parse_stored_headers(headers)])


def restored_header(pair: tuple[str, str], left: list[tuple[str, str]]) -> tuple[str, str]:
    """Return a header with its stored value if it was submitted as `(redacted)`, removing that from `left`."""
    name, value = pair
    if value != REDACTED:
        return pair
    place = next((place for place, header in enumerate(left) if header[0].lower() == name.lower()), None)
    if place is None:
        raise ValueError(f"{name[:40]!r} has no value yet that {REDACTED} could stand for; write it out")
    return name, left.pop(place)[1]


def restored_credentials(basic_auth: str, stored: str) -> str:
    """Return submitted credentials with a `(redacted)` password replaced by the stored password; ValueError when there is none."""
    user, _, password = basic_auth.partition(":")
    if password != REDACTED:
        return basic_auth
    if not stored:
        raise ValueError(f"there is no password yet that {REDACTED} could stand for; write it out")
    return f"{user}:{stored.partition(':')[2]}"
