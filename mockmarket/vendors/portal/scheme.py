"""How the portal signs its webhooks (document, "Webhook Security")."""

from mockmarket.webhooks.signing import SIGNATURE, SignedHeaders
from mockmarket_client.scheme import Scheme

SCHEME = Scheme("X-Webhook-Signature", form="sha256={v}", stamped=True, stamp_header="X-Webhook-Timestamp")
"""Document, "Signature Computation"."""

OWN = (("X-Webhook-Event", "{type}"), ("X-Webhook-Delivery", "{delivery_id}"))
CLIENT = (("User-Agent", "Scraper-Portal-Webhooks/1.0"), ("Accept", "*/*"))  # convention: the document names neither
HEADERS = SignedHeaders(SCHEME, (("Content-Type", "application/json"), SIGNATURE, *OWN, *CLIENT))
