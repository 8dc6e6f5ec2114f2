"""Compares a recorded webhook with the vendor's notices: its type, its headers, its payload, and, given the secret, its signature."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mockmarket.recordings.answers import media_of, read_json
from mockmarket.recordings.exchange import Message
from mockmarket.recordings.formats import REDACTED
from mockmarket.recordings.structure import ANYTHING, Comparison, Place
from mockmarket.vendor import Vendor
from mockmarket.webhooks.signing import ENDPOINT, SignedHeaders, Slot
from mockmarket_client.verifying import check, type_of

NO_SECRET = "no secret was given to verify its signature with"  # noqa: S105 - a sentence
SIGNATURE_REDACTED = "its signature is redacted"
OF_A_GATEWAY = re.compile(
    r"x-(forwarded|real|request|amzn?|original|envoy|b3|cloud|appengine|vercel|azure|ms|github|ngrok|arr)-?.*|x-correlation-id",
    re.IGNORECASE,
)
"""Headers that gateways and tunnels add between a vendor and a receiver."""
OF_A_CLIENT = ("accept", "user-agent")
"""Headers, in lower case, that say nothing of a webhook."""


def notice_type(vendor: Vendor, webhook: Message) -> str | None:
    """Return a webhook's type of notice, None for one that its vendor does not send."""
    names = {notice.name for notice in vendor.webhooks.notices}
    ids = {field: value for field, name in vendor.webhooks.headers.ids.items() if (value := webhook.header(name))}
    kind = type_of(names, webhook.body or b"", ids)
    return kind if kind in names else None


def compare_webhook(vendor: Vendor, webhook: Message, ours: Place | None, comparison: Comparison) -> None:
    """Compare a webhook's headers and payload with those of the mock's own notices of its type, of which there may be none."""
    _compare_headers(vendor.webhooks.headers, webhook, comparison)
    if webhook.body is None:
        return
    try:
        value = read_json(webhook.body)
    except ValueError:
        comparison.note("body", "", "it is no JSON")
        return
    comparison.compare(value, ours or Place(ANYTHING))


def _compare_headers(table: SignedHeaders, webhook: Message, comparison: Comparison) -> None:
    names, mine = {name.lower() for name, _ in webhook.headers}, dict(_names(table))
    for lowered, name in mine.items():
        if lowered not in names:
            comparison.note("header", name, "the mock has this header; the recording has none")
    further = {name for name in names - mine.keys() if name.startswith("x-") and not OF_A_GATEWAY.fullmatch(name)}
    for name in () if ENDPOINT in table.rows else sorted(further):  # the subscriber's own headers may have any name
        comparison.note("header", name, "the recording has this header; the mock has none")
    expected, media = dict(_fixed(table)).get("content-type", ""), media_of(webhook)
    if media and expected and media != expected:
        comparison.note("header", "Content-Type", f"the media type is {media}; the mock has {expected}")


def _names(table: SignedHeaders) -> Iterator[tuple[str, str]]:
    """Yield (name in lower case, name) for each header that the mock sends with every signed webhook."""
    for row in table.rows:
        names = [] if isinstance(row, Slot) else [row[0]]
        yield from ((name.lower(), name) for name in names if name.lower() not in OF_A_CLIENT)
    yield from ((name.lower(), name) for name in (table.scheme.names if table.scheme else ()))


def _fixed(table: SignedHeaders) -> Iterator[tuple[str, str]]:
    for row in table.rows:
        if not isinstance(row, Slot):
            yield row[0].lower(), row[1].partition(";")[0].strip().lower()


def verify(vendor: Vendor, webhook: Message, secret: str | None, comparison: Comparison) -> str | None:
    """Note a signature that the vendor's scheme does not give for a webhook; returns why it could not be verified, or None."""
    scheme = vendor.webhooks.headers.scheme
    if scheme is None or webhook.body is None:
        return None
    if REDACTED.fullmatch(webhook.header(scheme.header) or ""):
        return SIGNATURE_REDACTED
    result = check(vendor.webhooks.headers, webhook.headers, webhook.body, secret)
    if result.valid is False:
        comparison.note("signature", scheme.header, result.reason.rstrip("."))
    return NO_SECRET if result.valid is None else None


def secret_of(vendor: Vendor, secrets: Mapping[str, str]) -> str | None:
    """Return the secret of a vendor's webhooks; the one under "" is for every vendor."""
    return secrets.get(vendor.name, secrets.get(""))
