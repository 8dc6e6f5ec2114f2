"""Passes the exam: raw bytes, constant time, 401 for a signature that is wrong. No notice has an id or a time: repeats cannot be told."""

import hashlib
import hmac
import json
from collections import Counter

from plumbing import SECRET, serve

taken: Counter[str] = Counter()


def take(headers, body):
    due = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(due.encode(), headers.get("X-TIXSTOCK-SIGNATURE", "").encode()):
        return 401
    try:
        notice = json.loads(body)
    except ValueError:
        return 400
    taken[notice["meta"]["type"]] += 1
    return 200


serve(take, lambda: taken)
