"""How Tixstock signs its webhooks (document, overview)."""

from mockmarket.webhooks.signing import SIGNATURE, SignedHeaders
from mockmarket_client.scheme import Scheme

VERSION = "v1"
SCHEME = Scheme(header="X-TIXSTOCK-SIGNATURE", algorithm="sha256")
"""Document: sha256 over the payload as sent, keyed with the bearer token. Hex: public, receivers' code."""

SENT = (
    ("Content-Type", "application/json"),
    ("TixStock-Version", VERSION),
    SIGNATURE,
    ("User-Agent", "Tixstock API"),
    ("Accept", "*/*"),
)
HEADERS = SignedHeaders(SCHEME, SENT, "; the secret is the reseller's bearer token")
"""Document: version and signature; public: the user agent's name. Convention: Accept."""
