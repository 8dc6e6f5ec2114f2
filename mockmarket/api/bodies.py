"""A request's body: decompressed, decoded and parsed as JSON."""

import re
import zlib
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import flask
import orjson

from mockmarket.errors import Malformed, TooLarge, UnsupportedMedia

INFLATING = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}
"""zlib's window sizes: gzip's format, or zlib's, which some clients send without its header (RFC 9110, 8.4.1)."""

BODY = "mockmarket.body"
"""The environ's key for a request's body, where the server has read it already."""
CHARSET = re.compile(
    r"utf[-_]?(8|16|32)([-_]?[bl]e)?|(us[-_])?ascii|latin[-_]?[1-9]|iso[-_]?8859[-_]?[0-9]{1,2}|(windows|cp)[-_]?125[0-8]"
    r"|big5|gbk|gb2312|gb18030|euc[-_](jp|kr)|shift[-_]jis"
)
"""The charsets that a body may be in. Python knows others: some take the square of a text's length, and it remembers each name."""


def read_json(request: flask.Request, *, any_content_type: bool = False) -> Any:
    """Return a request's body parsed as JSON (RFC 8259); an empty body is an empty object."""
    raw = body_of(request)
    if request.environ.get("CONTENT_TYPE") == "application/json":
        with suppress(orjson.JSONDecodeError):  # what is wrong is said below
            return orjson.loads(raw)
    if raw and not (request.is_json or any_content_type):
        words = f"Content-Type {request.content_type or '(none)'} is not supported; send application/json."
        raise UnsupportedMedia(words)
    try:
        return orjson.loads(_in_utf8(raw, request)) if raw else {}
    except orjson.JSONDecodeError as error:
        raise Malformed(f"The body is not valid JSON: {error}.") from error


def _in_utf8(raw: bytes, request: flask.Request) -> bytes:
    charset = request.mimetype_params.get("charset", "utf-8").strip().lower()
    if not CHARSET.fullmatch(charset):
        raise UnsupportedMedia(f"The charset {charset[:100]} is not known; send UTF-8.")
    try:
        text = raw.decode(charset)
    except (LookupError, ValueError):
        raise Malformed(f"The body is not {charset.upper()}; send JSON in UTF-8.") from None
    return text.removeprefix("\ufeff").encode("utf-8", "replace")


def body_of(request: flask.Request) -> bytes:
    """Return a request's body, decompressed by its Content-Encoding; UnsupportedMedia names any other coding."""
    raw: bytes = request.environ.get(BODY) or request.get_data(cache=True)
    coding = str(request.environ.get("HTTP_CONTENT_ENCODING", "identity")).strip().lower()
    if coding == "identity" or not raw:
        return raw
    if coding not in INFLATING:
        words = f"Content-Encoding {coding} is not supported; send the body plain, or in gzip or deflate."
        raise UnsupportedMedia(words)
    return inflated(raw, coding, request.max_content_length or 2**31)


def inflated(raw: bytes, coding: str, most: int) -> bytes:
    """Return the decompressed bytes; TooLarge above `most`, without allocating more than that."""
    for window in INFLATING[coding]:
        reader = zlib.decompressobj(window)
        try:
            body = reader.decompress(raw, most + 1)
        except zlib.error:
            continue
        if len(body) > most:
            raise TooLarge(f"The body is larger than {most} bytes when it is inflated.")
        if not reader.eof:
            raise Malformed(f"The body ends before its {coding} does.")
        return body
    raise Malformed(f"The body is not {coding}, though Content-Encoding says so.")


def json_answer(body: bytes, status: int = 200) -> flask.Response:
    """Answer with JSON that is ready to be sent."""
    return flask.Response(body, status, mimetype="application/json")


def answer(value: object, status: int = 200) -> flask.Response:
    """Answer with a value as plain JSON."""
    return json_answer(orjson.dumps(value), status)


def joined(rows: Sequence[bytes]) -> bytes:
    """Return stored records as a JSON array, without reading them."""
    return b"[" + b",".join(rows) + b"]"
