"""How SkyBox signs its notifications, and the headers that go with them (document)."""

from mockmarket.webhooks.signing import ENDPOINT, SIGNATURE, SignedHeaders
from mockmarket_client.scheme import Scheme

SCHEME = Scheme(header="Webhooks-Signature", algorithm="sha1")
"""Document: HmacSHA1 of the payload as a hex string; of the whole body's bytes (convention)."""

ACCEPT = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"
AGENT = ("User-Agent", "Jersey/2.28 (HttpUrlConnection 1.8.0_151)")  # document, sample: what Java and Jersey send
SENT = (("Accept", ACCEPT), ("Content-Type", "application/json"), ENDPOINT, SIGNATURE, AGENT)
HEADERS = SignedHeaders(SCHEME, (*SENT, ("Accept", "application/json")), "; the secret is the webhook's")
"""Document, sample; the subscriber's own headers among them, of which none may be the signature's."""
