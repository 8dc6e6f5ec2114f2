"""BUG: carries out whatever arrives: a delivery that comes twice counts twice, an old notice overwrites a newer state."""

import hashlib
import hmac
import json

from plumbing import SECRET, serve

carried_out = 0
orders: dict[str, str] = {}


def take(headers, body):
    global carried_out
    due = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(due.encode(), headers.get("x-tn-signature", "").encode()):
        return 401
    try:
        notice = json.loads(body)
    except ValueError:
        return 400
    carried_out += 1
    orders["last"] = notice["type"]
    return 200


serve(take, lambda: {"carriedOut": carried_out, "orders": orders})
