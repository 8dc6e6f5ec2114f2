"""HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/): requests of the journal and attempts of deliveries as HTTP archives, which
browsers' tools, proxies and test libraries read and replay. Members of our own begin with an underscore, as the format asks."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl

from mockmarket import __version__
from mockmarket.clock import iso_ms
from mockmarket.config import host_of
from mockmarket.webhooks import own_headers
from mockmarket.worlds.journal import Entry

Har = dict[str, Any]
Headers = Iterable[Sequence[str]]
UNKNOWN = "application/octet-stream"


def archive(entries: Iterable[Har]) -> Har:
    """Return an archive of entries, oldest first."""
    creator = {"name": "mockmarket", "version": __version__}
    return {"log": {"version": "1.2", "creator": creator, "pages": [], "entries": [*entries]}}


def of_request(entry: Entry) -> Har:
    """Return the entry of a request to a vendor, secrets redacted; its URL is the URL that the client called."""
    headers = entry.headers
    host = next((value for name, value in headers if name.lower() == "host" and host_of(value)), "localhost")
    url = entry.target if "://" in entry.target else f"{entry.scheme}://{host}{entry.target}"
    sent = request(entry.method, url, headers, entry.body)
    answer = response(entry.status, entry.answer_headers, entry.answer)
    own: Har = {"id": entry.id or None, "vendor": entry.vendor, "refused": entry.refused, "fault": entry.fault}
    own["cut"] = entry.exchange.is_cut or None
    return exchange(entry.wall_at, entry.elapsed_ms, sent, answer, own)


def of_attempt(delivery: Mapping[str, Any], attempt: Mapping[str, Any]) -> Har:
    """Return the entry of an attempt, by the rows of the delivery and the attempt."""
    headers = own_headers.redact(attempt["request_headers"])
    body = delivery["body"] if attempt["body"] is None else attempt["body"]
    sent = request("POST", attempt["url"], headers, body)
    answer = response(attempt["status"] or 0, attempt["answer_headers"], attempt["answer_body"], attempt["error"])
    own = {
        "delivery": delivery["uid"],
        "vendor": delivery["vendor"],
        "type": delivery["type"],
        "record": delivery["record"],
    }
    own |= {
        "endpoint": delivery["endpoint"],
        "attempt": attempt["number"],
        "verdict": attempt["verdict"],
        "reason": attempt["reason"],
    }
    return exchange(attempt["wall_at"], attempt["elapsed_ms"], sent, answer, own)


def exchange(wall_at: int, elapsed_ms: float, sent: Har, answer: Har, own: Mapping[str, Any]) -> Har:
    """Return an entry of a request and its answer: when it began (epoch ms), and how long it took."""
    timings = {"send": 0, "wait": elapsed_ms, "receive": 0}
    facts = {f"_{name}": value for name, value in own.items() if value is not None}
    began = iso_ms(wall_at)
    return {
        "startedDateTime": began,
        "time": elapsed_ms,
        "request": sent,
        "response": answer,
        "cache": {},
        "timings": timings,
        **facts,
    }


def request(method: str, url: str, headers: Headers, body: bytes) -> Har:
    """Return a request."""
    pairs = named(headers)
    posted = {"postData": {"mimeType": media_of(pairs), "text": body.decode("utf-8", "replace")}} if body else {}
    return {
        "method": method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": cookies(pairs, "cookie"),
        "headers": pairs,
        "queryString": named(parse_qsl(url.partition("?")[2], keep_blank_values=True)),
        "headersSize": -1,
        "bodySize": len(body),
        **posted,
    }


def response(status: int, headers: Headers, body: bytes, error: str | None = None) -> Har:
    """Return an answer; status 0 for none, with the error."""
    pairs = named(headers)
    return {
        "status": status,
        "statusText": phrase(status),
        "httpVersion": "HTTP/1.1",
        "cookies": cookies(pairs, "set-cookie"),
        "headers": pairs,
        "content": {"size": len(body), "mimeType": media_of(pairs), **content_of(body)},
        "redirectURL": value_of(pairs, "location"),
        "headersSize": -1,
        "bodySize": len(body),
        **({"_error": error} if error else {}),
    }


def named(pairs: Headers) -> list[Har]:
    """Return pairs as objects of name and value."""
    return [{"name": name, "value": value} for name, value in pairs]


def content_of(body: bytes) -> Har:
    """Return a body as text, or in base64 where it is no UTF-8."""
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode(), "encoding": "base64"}


def media_of(headers: Iterable[Har]) -> str:
    """Return the media type that headers name."""
    return value_of(headers, "content-type") or UNKNOWN


def value_of(headers: Iterable[Har], name: str) -> str:
    """Return the value of a header, "" without it."""
    return next((str(header["value"]) for header in headers if header["name"].lower() == name), "")


def cookies(headers: Iterable[Har], name: str) -> list[Har]:
    """Return the cookies of a header."""
    try:
        jar = SimpleCookie(value_of(headers, name))
    except CookieError:
        return []
    return [{"name": key, "value": morsel.value} for key, morsel in jar.items()]


def phrase(status: int) -> str:
    """Return a status's reason phrase, "" for an unknown status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
