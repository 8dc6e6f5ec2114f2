"""How SkyBox signs its notifications, and the headers that go with them (document)."""

from __future__ import annotations

from mockmarket.webhooks.signing import Headers, Scheme, Sending, parse_stored_headers, sign

SCHEME = Scheme(header="Webhooks-Signature", algorithm="sha1")
"""Document: HmacSHA1 of the payload as a hex string; of the whole body's bytes (convention)."""

RESERVED = (SCHEME.header,)
"""What a subscriber's own headers may not set, besides what nobody may."""

ACCEPT = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"
USER_AGENT = "Jersey/2.28 (HttpUrlConnection 1.8.0_151)"
"""Document, sample: what Java's own client and Jersey send."""


def headers(sending: Sending) -> Headers:
    """Return the headers of one attempt (document, sample), the subscriber's own among them, parsed anew each time."""
    return (
        ("Accept", ACCEPT),
        ("Content-Type", "application/json"),
        *parse_stored_headers(sending.stored_headers, RESERVED),
        *(sign(SCHEME, sending) if any(sending.secrets) else ()),
        ("User-Agent", USER_AGENT),
        ("Accept", "application/json"),
    )
