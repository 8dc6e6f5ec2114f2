"""BUG: verifies the signature and does not check the timestamp's age, so that what was captured can be sent again for ever."""

import hashlib
import hmac
import json

from plumbing import SECRET, serve

seen: set[str] = set()


def take(headers, body):
    signed = headers.get("X-Webhook-Timestamp", "").encode() + b"." + body
    due = "sha256=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(due.encode(), headers.get("X-Webhook-Signature", "").encode()):
        return 401
    try:
        json.loads(body)
    except ValueError:
        return 400
    seen.add(headers["X-Webhook-Delivery"])
    return 200


serve(take, lambda: {"deliveries": len(seen)})
