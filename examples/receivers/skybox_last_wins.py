"""BUG: keeps what the last notice says. No notice bears a time, and the order is not promised: only the API shows the newest state."""

import hashlib
import hmac
import json
from typing import Any

from plumbing import SECRET, serve

records: dict[str, dict[str, Any]] = {}


def take(headers, body):
    due = hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()
    if not hmac.compare_digest(due.encode(), headers.get("Webhooks-Signature", "").encode()):
        return 401
    try:
        notice = json.loads(body)
    except ValueError:
        return 400
    record = records.setdefault(f"{notice['topic']} {notice['id']}", {})
    record.update(notice.get(notice["topic"].lower(), {}))
    return 200


serve(take, lambda: records)
