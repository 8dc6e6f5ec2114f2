"""BUG: takes the first signature alone, compares only as much as was sent, and answers types that it does not know with 422."""

import hashlib
import hmac
import json
import time

from plumbing import SECRET, serve

KNOWN = ("event.", "ticket", "order.", "refund.", "report.", "message.", "attendee.", "payout.")


def take(headers, body):
    fields = dict(
        part.split("=", 1) for part in reversed(headers.get("X-Zatabox-Signature", "").split(",")) if "=" in part
    )
    stamp, signature = fields.get("t", "0"), fields.get("v1", "")
    due = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    if not due.startswith(signature) or abs(time.time() - int(stamp)) > 300:
        return 401
    try:
        notice = json.loads(body)
    except ValueError:
        return 400
    return 200 if notice["type"].startswith(KNOWN) else 422


serve(take, dict)
