"""How Zatabox signs its webhooks (document, "Verify signatures")."""

from __future__ import annotations

from mockmarket.webhooks.signing import Headers, Scheme, Sending, sign

SCHEME = Scheme("X-Zatabox-Signature", form="t={t},v1={v}", stamped=True, all_secrets=True)
"""One v1. In a rotation's grace, off by default, each secret gives one, the new one last (convention)."""


def headers(sending: Sending) -> Headers:
    """Return the headers of one attempt: the signature is new in each (public: receivers tolerate 300 s)."""
    return (("Content-Type", "application/json"), *sign(SCHEME, sending))
