"""Entries of our own forms as exchanges: captured webhooks, JSON lines, and the requests and deliveries of a journal's export."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from mockmarket.recordings.exchange import Exchange, Headers, Message, checked_url
from mockmarket.recordings.har_entries import moment_of

Entry = Mapping[str, Any]
LISTENING = {"event": "listening"}
"""What `listen --json` prints before the first webhook."""


def exchanges_of_entry(entry: Entry, source: str, number: int) -> Iterator[Exchange]:
    """Yield an entry as an exchange: a call if it has a status, else a webhook. ValueError, LookupError or TypeError for one that is none.

    Members: `method` (POST by default for a webhook), `url` or `path` with `query`, `headers`, `body` or `body_base64`, `status`,
    `answer_headers`, `answer` or `answer_base64`, `received` or `at` (ISO 8601), `vendor`. Others are ignored."""
    if entry.items() >= LISTENING.items():
        return
    status, vendor = entry.get("status"), entry.get("vendor")
    if status is not None and (not isinstance(status, int) or isinstance(status, bool)):
        raise ValueError("status is no number")
    answer = Message(headers_of(entry.get("answer_headers")), body_of(entry, "answer")) if status else None
    yield Exchange(
        source,
        number,
        "webhook" if status is None else "call",
        str(entry["method"] if status is not None else entry.get("method", "POST")).upper(),
        url_of(entry),
        Message(headers_of(entry.get("headers")), body_of(entry, "body")),
        status,
        answer,
        next(filter(None, (moment_of(entry.get(name)) for name in ("received", "wall_at", "at"))), None),
        vendor if isinstance(vendor, str) else None,
    )


def exchanges_of_delivery(delivery: Entry, source: str, number: int) -> Iterator[Exchange]:
    """Yield each attempt of a delivery as a webhook."""
    for attempt in delivery["attempts_made"]:
        sent, answered = attempt["request"], attempt["answer"]
        answer = Message(headers_of(answered["headers"]), answered["body"].encode()) if answered["status"] else None
        yield Exchange(
            source,
            number,
            "webhook",
            "POST",
            checked_url(sent["url"]),
            Message(headers_of(sent["headers"]), sent["body"].encode()),
            answered["status"],
            answer,
            moment_of(attempt["wall_at"]),
            delivery["vendor"],
        )


def url_of(entry: Entry) -> str:
    """Return an entry's URL, or its path with its query."""
    url = entry["url"] if "url" in entry else entry["path"]
    if not isinstance(url, str) or not url:
        raise ValueError("it has no url or path")
    return checked_url(f"{url}?{entry['query']}" if entry.get("query") and "?" not in url else url)


def headers_of(headers: Any) -> Headers:
    """Return headers that are pairs, an object of names and values, or objects with name and value."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
    rows = [(pair["name"], pair["value"]) if isinstance(pair, Mapping) else tuple(pair) for pair in pairs]
    if not all(len(row) == 2 and all(isinstance(part, str) for part in row) for row in rows):
        raise ValueError("its headers are no pairs of texts")
    return tuple(rows)


def body_of(entry: Entry, name: str) -> bytes | None:
    """Return a body: text, base64 under `<name>_base64`, or any other JSON value; None for null, empty where it is absent."""
    if f"{name}_base64" in entry:
        return base64.b64decode(entry[f"{name}_base64"], validate=True)
    body = entry.get(name, "")
    if body is None or isinstance(body, str):
        return None if body is None else body.encode("utf-8", "surrogateescape")
    return orjson.dumps(body)
