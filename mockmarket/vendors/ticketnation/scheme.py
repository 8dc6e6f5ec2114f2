"""How Ticketnation signs its webhooks (document, "Webhook Security")."""

from __future__ import annotations

from mockmarket.webhooks.signing import Headers, Scheme, Sending, sign

SCHEME = Scheme(header="x-tn-signature")
"""Document, "Verifying Webhook Signatures": bare hex HMAC-SHA256 of the body, which JavaScript rewrites to itself."""


def headers(sending: Sending) -> Headers:
    """Return the headers of one attempt."""
    return (("Content-Type", "application/json"), *sign(SCHEME, sending))
