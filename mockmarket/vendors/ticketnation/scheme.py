"""How Ticketnation signs its webhooks (document, "Webhook Security")."""

from mockmarket.webhooks.signing import SIGNATURE, SignedHeaders
from mockmarket_client.scheme import Scheme

SCHEME = Scheme(header="x-tn-signature")
"""Document, "Verifying Webhook Signatures": bare hex HMAC-SHA256 of the body, which JavaScript rewrites to itself."""

CLIENT = (("User-Agent", "Ticketnation-Webhooks/1.0"), ("Accept", "*/*"))  # convention: the document names neither
SENT = (("Content-Type", "application/json"), SIGNATURE, *CLIENT)
HEADERS = SignedHeaders(SCHEME, SENT, "; the body is what JavaScript rewrites to itself")
