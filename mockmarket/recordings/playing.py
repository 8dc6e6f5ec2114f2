"""Plays recorded requests in a fresh world, with a key of its own and ids of its own, so that its answers can be compared.

Nothing leaves the process: every URL of a request becomes one of a closed port of this machine."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from mockmarket.matching.redaction import is_secret
from mockmarket.recordings.answers import media_of, read_json
from mockmarket.recordings.exchange import Exchange, Headers, Message
from mockmarket.recordings.finding import Call
from mockmarket.recordings.formats import ID_NAME
from mockmarket.recordings.structure import Json
from mockmarket.vendor import Vendor

Send = Callable[[str, str, Headers, bytes], tuple[int, Message]]
"""Makes a call of a world by method, path, headers and body; returns the answer's status and the answer."""
NOWHERE = "http://127.0.0.1:9/"
URL = re.compile(r"https?://[^\s\"'<>]+")
LEFT_OUT = re.compile(
    r"host|connection|content-length|transfer-encoding|te|trailer|upgrade|expect|accept-encoding|user-agent|origin|referer|forwarded|via"
    r"|if-(none-)?match|if-(un)?modified-since|(sec|x-forwarded|x-mockmarket|proxy|cf|x-amzn?)-.*"
)
"""Headers, in lower case, of the recorded connection rather than of the call."""
FORM = "application/x-www-form-urlencoded"


class Player:
    """Plays calls in the order in which they were recorded. Ids of the recording are replaced by those that the world's answers have in
    the same places, so that a call about a record of an earlier answer finds one."""

    def __init__(self, send: Send, credential: Callable[[Vendor], Headers]) -> None:
        self._send, self._credential = send, credential
        self._ids: dict[str, Json] = {}

    def play(self, call: Call, exchange: Exchange) -> tuple[int, Message] | None:
        """Return the world's answer to a recorded request, None for one that cannot be played: its body is missing, or of another
        format than JSON or a form."""
        try:
            path, body = call.vendor.base + self._path(call.path), self._body(exchange.request)
        except ValueError:  # no JSON, or an id that no URL can carry
            return None
        if body is None:
            return None
        headers = *kept_headers(exchange.request.headers), *self._credential(call.vendor)
        status, answer = self._send(exchange.method, path, headers, body)
        if exchange.answer and exchange.status == status:
            self._learn(exchange.answer, answer)
        return status, answer

    def _body(self, request: Message) -> bytes | None:
        if not request.body:
            return request.body
        if media_of(request) == FORM:
            return urlencode(self._pairs(request.body.decode("utf-8", "replace"))).encode()
        return json.dumps(self._own(read_json(request.body))).encode()

    def _path(self, path: str) -> str:
        parts = urlsplit(path)
        segments = (quote(str(self._own(unquote(segment))), safe="") for segment in parts.path.split("/"))
        query = urlencode([(name, value) for name, value in self._pairs(parts.query) if not is_secret(name)])
        return "/".join(segments) + (f"?{query}" if query else "")

    def _pairs(self, text: str) -> list[tuple[str, str]]:
        return [(name, str(self._own(value))) for name, value in parse_qsl(text, keep_blank_values=True)]

    def _own(self, value: Json) -> Json:
        """Return a value of a request as it is sent to the world."""
        if isinstance(value, dict):
            return {name: self._own(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self._own(member) for member in value]
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            return value
        own = self._ids.get(str(value), value)
        return URL.sub(NOWHERE, own) if isinstance(own, str) else own

    def _learn(self, theirs: Message, ours: Message) -> None:
        try:
            self._ids |= dict(same_places(read_json(theirs.body or b"null"), read_json(ours.body or b"null")))
        except ValueError:
            return


def kept_headers(headers: Headers) -> Headers:
    """Return a recorded request's headers without credentials, and without those of its connection."""
    return tuple(pair for pair in headers if not is_secret(pair[0]) and not LEFT_OUT.fullmatch(pair[0].lower()))


def same_places(theirs: Json, ours: Json, name: str = "") -> Iterator[tuple[str, Json]]:
    """Yield each id of a recorded value with the one that ours has in the same place."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for member in theirs.keys() & ours.keys():
            yield from same_places(theirs[member], ours[member], member)
    elif isinstance(theirs, list) and isinstance(ours, list):
        for own, mine in zip(theirs, ours, strict=False):
            yield from same_places(own, mine, name)
    elif ID_NAME.search(name) and isinstance(theirs, (str, int)) and isinstance(ours, (str, int)):
        yield str(theirs), ours
