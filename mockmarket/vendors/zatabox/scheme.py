"""How Zatabox signs its webhooks (document, "Verify signatures")."""

from mockmarket.webhooks.signing import SIGNATURE, SignedHeaders
from mockmarket_client.scheme import Scheme

SCHEME = Scheme("X-Zatabox-Signature", form="t={t},v1={v}", stamped=True, all_secrets=True)
"""One v1. In a rotation's grace, off by default, each secret gives one, the new one last (convention)."""
CLIENT = (("User-Agent", "Zatabox-Webhooks/1.0"), ("Accept", "*/*"))  # convention: the document names neither
HEADERS = SignedHeaders(SCHEME, (("Content-Type", "application/json"), SIGNATURE, *CLIENT), ", new on each attempt")
"""The signature is new in each attempt (public: receivers tolerate 300 s)."""
