"""Passes the exam: raw bytes, constant time, each record made once; what an update says is to be fetched, since no notice bears a time."""

import hashlib
import hmac
import json

from plumbing import SECRET, serve

records: dict[str, str] = {}
to_fetch: set[str] = set()


def take(headers, body):
    due = hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()
    if not hmac.compare_digest(due.encode(), headers.get("Webhooks-Signature", "").encode()):
        return 401
    try:
        notice = json.loads(body)
    except ValueError:
        return 400
    record = f"{notice['topic']} {notice['id']}"
    if notice["action"] == "CREATED":
        records.setdefault(record, "made")
    else:
        to_fetch.add(record)
    return 200


serve(take, lambda: {"records": records, "toFetch": sorted(to_fetch)})
