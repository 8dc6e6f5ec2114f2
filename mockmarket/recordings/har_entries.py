"""Entries of HTTP archives (HAR 1.2) as exchanges, with the peculiarities of those who write them: a body may be text, base64, a file
beside the archive (Playwright, `_file`) or missing (browsers, Playwright); Insomnia writes an empty `postData` for none."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from mockmarket.clock import parse_iso
from mockmarket.recordings.exchange import Exchange, Headers, Message, checked_url, value_of

Har = Mapping[str, Any]
Attached = Callable[[str], bytes]
"""Returns the content of a file that an archive names; ValueError for one that cannot be read."""
FORM = "application/x-www-form-urlencoded"
BODILESS = (204, 304)


def exchange_of(entry: Har, source: str, number: int, attached: Attached) -> Exchange:
    """Return an entry as an exchange; ValueError, LookupError or TypeError for one that is none."""
    request, response = entry["request"], entry.get("response") or {}
    status, vendor = int(response.get("status") or 0) or None, entry.get("_vendor")
    return Exchange(
        source,
        number,
        "webhook" if "_delivery" in entry else "call",
        str(request["method"]).upper(),
        checked_url(str(request["url"])),
        Message(headers_of(request), sent_body(request, attached)),
        status,
        Message(headers_of(response), answered_body(response, request["method"], attached)) if status else None,
        moment_of(entry.get("startedDateTime")),
        vendor if isinstance(vendor, str) else None,
    )


def moment_of(text: object) -> int | None:
    """Return an ISO 8601 time as epoch ms, None for anything else."""
    try:
        return parse_iso(text) if isinstance(text, str) else None
    except ValueError:
        return None


def headers_of(message: Har) -> Headers:
    """Return a message's headers, without those of HTTP/2 that begin with a colon."""
    pairs = ((str(header["name"]), str(header["value"])) for header in message.get("headers") or ())
    return tuple(pair for pair in pairs if not pair[0].startswith(":"))


def sent_body(request: Har, attached: Attached) -> bytes | None:
    """Return a request's body; None where the archive has a size alone, or the names of a form's files."""
    posted = request.get("postData")
    if not posted:
        return None if (request.get("bodySize") or 0) > 0 or request.get("_leftOut") else b""
    if "_file" in posted or posted.get("text"):
        return content_of(posted, attached)
    params = posted.get("params")
    if not params:
        return b""
    is_form = str(posted.get("mimeType")).startswith(FORM)
    return urlencode([(each["name"], each.get("value", "")) for each in params]).encode() if is_form else None


def answered_body(response: Har, method: str, attached: Attached) -> bytes | None:
    """Return an answer's body; None where the archive left it out."""
    content = response.get("content") or {}
    if "_file" in content or content.get("text"):
        return content_of(content, attached)
    is_empty = method == "HEAD" or response["status"] in BODILESS or content.get("text") == ""
    return b"" if is_empty or value_of(headers_of(response), "content-length") == "0" else None


def content_of(content: Har, attached: Attached) -> bytes:
    """Return the bytes of a body that is in the archive, or beside it."""
    if "_file" in content:
        return attached(str(content["_file"]))
    text = str(content["text"])
    return base64.b64decode(text) if content.get("encoding") == "base64" else text.encode("utf-8", "surrogateescape")
