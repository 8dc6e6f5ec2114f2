"""How Tixstock signs its webhooks (document, overview)."""

from __future__ import annotations

from mockmarket.webhooks.signing import Headers, Scheme, Sending, sign

VERSION = "v1"
SCHEME = Scheme(header="X-TIXSTOCK-SIGNATURE", algorithm="sha256")
"""Document: sha256 over the payload as sent, keyed with the bearer token. Hex: public, receivers' code."""


def headers(sending: Sending) -> Headers:
    """Return the headers of one attempt (document: version and signature; public: the user agent's name)."""
    return (
        ("Content-Type", "application/json"),
        ("TixStock-Version", VERSION),
        *sign(SCHEME, sending),
        ("User-Agent", "Tixstock API"),
    )
