"""Reads requests: bytes of a connection become WSGI environs (PEP 3333). llhttp parses; what it cannot read becomes a refusal."""

from __future__ import annotations

import io
import re
import sys
from contextlib import suppress
from functools import lru_cache
from tempfile import TemporaryFile
from typing import IO, Any, Protocol
from urllib.parse import quote, unquote_to_bytes, urlsplit

import httptools

from mockmarket.api.context import Environ
from mockmarket.errors import REFUSED, HeadersTooLarge, Malformed, NotBuilt, Refusal, TooLarge, refusal_of_system

HEAD_END = b"\r\n\r\n"
LARGEST_HEAD = 262_144
MOST_HEADERS = 1_000
LONGEST_NAME = 256
LARGEST_IN_MEMORY = 1_000_000
BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
NO_BODY = io.BytesIO()
METHOD = re.compile(rb"[A-Z]+")
UPGRADE = re.compile(rb"^Upgrade:([^\r\n]*)\r\n", re.IGNORECASE | re.MULTILINE)
FIRST_LINE = re.compile(rb"([A-Z]+) +([^ ]+) +HTTP/1\.[01]")
NO_FIRST_LINE = "The first line cannot be read: write it as 'METHOD /path HTTP/1.1', without spaces in the path."
SENTENCES = {
    "Invalid header": "A header line cannot be read: write each as 'Name: value', without control characters.",
    "Invalid character in Content-Length": "Content-Length is not a number of bytes: send digits only.",
    "Content-Length overflow": "The request cannot be read: its URL or its Content-Length is malformed.",
    "Expected ": NO_FIRST_LINE,
    "Invalid char in url": NO_FIRST_LINE,
    "Invalid method": NO_FIRST_LINE,
}
"""Our message for an error, by the beginning of llhttp's message."""


class Owner(Protocol):
    """Takes the requests that a reader has read, and limits the size of their bodies."""

    def head_read(self, request: Request) -> None:
        """Take the head of a request whose body is still to come."""

    def request_read(self, request: Request) -> None:
        """Take a complete request."""


class Request:
    """One request: its WSGI environ, the storage of its body, whether a thread answers it, and whether the connection stays open then."""

    __slots__ = ("body", "environ", "expects_continue", "is_in_thread", "keep_alive", "length", "most", "received")

    def __init__(self) -> None:
        self.environ: Environ = {}
        self.body: IO[bytes] | None = None
        self.length: int | None = None
        self.received = self.most = 0
        self.keep_alive = self.expects_continue = self.is_in_thread = False

    def add(self, data: bytes) -> None:
        """Keep a piece of the body: in memory, or in a file where it is large."""
        if self.body is None:
            self.body = io.BytesIO()
        self.received += len(data)
        try:
            if self.received > LARGEST_IN_MEMORY and isinstance(self.body, io.BytesIO):
                file: IO[bytes] = TemporaryFile()  # noqa: SIM115  # closed with the request
                file.write(self.body.getvalue())
                self.body = file
            self.body.write(data)
        except OSError as error:
            raise refusal_of_system(error) or error from error

    def rewind(self) -> None:
        """Go to the beginning of the body; what is buffered is written."""
        if self.body is not None:
            try:
                self.body.seek(0)
            except OSError as error:
                raise refusal_of_system(error) or error from error

    def close(self) -> None:
        """Release what the body takes."""
        if self.body is not None:
            with suppress(OSError):  # a full disk takes no more of a body that is discarded
                self.body.close()


class Reader:
    """Reads the requests of one connection in turn. `fixed` holds the members common to all of the connection's environs."""

    def __init__(self, owner: Owner, fixed: Environ) -> None:
        self._owner, self._fixed = owner, fixed
        self._buffer = bytearray()
        self._request = Request()
        self._target = b""
        self._in_body = False
        self._parser = httptools.HttpRequestParser(self)
        self._offered = ""

    @property
    def is_idle(self) -> bool:
        """True between two requests."""
        return not self._buffer and not self._in_body

    @property
    def in_body(self) -> bool:
        """True while the rest of a request's body is to come."""
        return self._in_body

    def feed(self, data: bytes) -> bytes:
        """Read bytes up to the end of a request; returns the bytes after it. Raises the refusal of an unreadable request."""
        if self._in_body:
            return self._feed_body(data)
        looked_at = max(0, len(self._buffer) - len(HEAD_END))
        self._buffer += data if self._buffer else data.lstrip(b"\r\n")
        end = self._buffer.find(HEAD_END, looked_at)
        if end < 0:
            self._check_beginning(self._buffer)
            return b""
        data = bytes(self._buffer)
        self._buffer.clear()
        line, _, lines = data[: end + 4].partition(b"\r\n")
        if not line.isascii():
            line = percent_encoded(line)
        self._request, self._target = Request(), b""
        try:
            if end > LARGEST_HEAD:
                raise too_large_head()
            if lines.count(b"\r\n") > MOST_HEADERS + 1:
                raise HeadersTooLarge(f"There are too many headers: send {MOST_HEADERS:,} at most.")
            self._parse(line + b"\r\n" + self._without_upgrade(lines))
        except Refusal:
            self._request.environ = self._fixed | target_of(line)
            raise
        rest = data[end + 4 :]
        return self._feed_body(rest) if self._in_body and rest else rest

    def _without_upgrade(self, lines: bytes) -> bytes:
        """Return header lines without Upgrade, which is not heeded (RFC 9110, 7.8): the parser would take the body for another protocol.
        Java's client offers HTTP/2 with each request over plain HTTP."""
        offered = UPGRADE.search(lines)
        self._offered = offered[1].decode("latin-1").strip() if offered else ""
        return UPGRADE.sub(b"", lines) if offered else lines

    def forget(self) -> None:
        """Let go of the last request, and with it of its world."""
        self._request = Request()

    def close(self) -> None:
        """Discard a body that is not whole."""
        if self._in_body:
            self._request.close()

    def _check_beginning(self, data: bytearray) -> None:
        """Raise the refusal of an incomplete head that can never become readable."""
        end = data.find(b"\n")
        refusal: Refusal | None = None
        if data and not begins_request(data):
            refusal = Malformed(NO_FIRST_LINE)
        elif len(data) > LARGEST_HEAD:
            refusal = too_large_head()
        elif end >= 0 and data[end - 1 : end] != b"\r":
            refusal = Malformed("The request cannot be read: end each line with CR LF.")
        if refusal:
            line = bytes(data[:end] if end >= 0 else data[:LARGEST_HEAD])
            data.clear()
            self._request.environ = self._fixed | target_of(percent_encoded(line))
            raise refusal

    def _feed_body(self, data: bytes) -> bytes:
        length = self._request.length
        most = len(data) if length is None else length - self._request.received
        self._parse(data[:most])
        return data[most:]

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:  # CONNECT, which is answered as any method
            self._parser = httptools.HttpRequestParser(self)
        except httptools.HttpParserInvalidMethodError as error:
            known = FIRST_LINE.fullmatch(data.partition(b"\r\n")[0])
            raise (NotBuilt(f"There is no method {known[1].decode()}.") if known else refusal_of(error)) from error
        except httptools.HttpParserCallbackError as error:
            if isinstance(error.__context__, Refusal):
                raise error.__context__ from None
            raise
        except httptools.HttpParserError as error:
            raise refusal_of(error) from error

    def unreadable(self, refusal: Refusal) -> Request:
        """Return the request whose reading was refused, so that the owner of its path answers it."""
        request = self._request
        request.environ = self._fixed | FIRST | request.environ | {REFUSED: refusal, "CONTENT_LENGTH": "0"}
        request.keep_alive = False
        return request

    # Called by the parser

    def on_message_begin(self) -> None:
        """Start a request."""
        self._request = Request()
        self._request.environ = dict(self._fixed)
        if self._offered:
            self._request.environ["HTTP_UPGRADE"], self._offered = self._offered, ""
        self._target = b""

    def on_url(self, part: bytes) -> None:
        """Append a part of the request's target."""
        self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header: values of the same name are joined with commas (RFC 9110, 5.3)."""
        if len(name) > LONGEST_NAME:
            raise HeadersTooLarge(f"The name of a header is too long: {LONGEST_NAME} bytes at most.")
        key, environ = variable(name), self._request.environ
        if key and not self._in_body:  # trailers are ignored
            text = value.decode("latin-1").strip()
            environ[key] = f"{environ[key]}, {text}" if key in environ else text

    def on_headers_complete(self) -> None:
        """Complete the environ at the end of the head."""
        request, environ, parser = self._request, self._request.environ, self._parser
        version = parser.get_http_version()
        if version not in ("1.0", "1.1"):
            raise Malformed(NO_FIRST_LINE)
        environ["REQUEST_METHOD"], environ["SERVER_PROTOCOL"] = (
            sys.intern(parser.get_method().decode()),
            f"HTTP/{version}",
        )
        environ.update(parts_of(self._target))
        if "," in environ.get("HTTP_HOST", ""):
            raise Malformed("The request cannot be read: it has several Host headers.")
        length = environ.get("CONTENT_LENGTH")
        chunked = "HTTP_TRANSFER_ENCODING" in environ
        # what HTTP/1.0 ends by closing, another reader may end elsewhere (RFC 9112, 6.1)
        request.keep_alive = parser.should_keep_alive() and not (chunked and version == "1.0")
        request.length = None if chunked else int(length or 0)
        request.expects_continue = version == "1.1" and environ.get("HTTP_EXPECT", "").lower() == "100-continue"
        self._in_body = chunked or request.length != 0
        self._owner.head_read(request)

    def on_body(self, data: bytes) -> None:
        """Store a piece of the body."""
        self._request.add(data)
        self._owner.head_read(self._request)

    def on_message_complete(self) -> None:
        """Complete a request."""
        request, self._in_body = self._request, False
        request.rewind()
        if request.body is not None:
            request.environ["CONTENT_LENGTH"] = str(request.received)
            request.environ["wsgi.input"] = request.body
        self._owner.request_read(request)


def begins_request(data: bytes | bytearray) -> bool:
    """Return whether bytes can begin a request; those of a TLS handshake cannot."""
    return data[:8].lstrip(b"\r\n")[:1].isalpha()


@lru_cache(maxsize=512)
def variable(name: bytes) -> str:
    """Return a header's name in a WSGI environ; "" for a name with an underscore, which could be mistaken for another header's."""
    key = name.decode("latin-1").upper().replace("-", "_")
    if b"_" in name:
        return ""
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


def parts_of(target: bytes) -> dict[str, Any]:
    """Return the environ's members for a request's target, which may be an absolute URL: then its host counts (RFC 9112, 3.2.2)."""
    text = target.decode("latin-1")
    host = {}
    if not text.startswith("/") and "://" in text:
        try:
            url = urlsplit(text)
        except ValueError as error:
            raise Malformed("The request cannot be read: its URL or its Content-Length is malformed.") from error
        path, query, host = url.path, url.query, {"HTTP_HOST": url.netloc}
    else:
        path, _, query = text.partition("#")[0].partition("?")
    if "%" in path:
        path = unquote_to_bytes(path).decode("latin-1")
    return {"PATH_INFO": path, "QUERY_STRING": query, "REQUEST_URI": text, **host}


FIRST = {"REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1"} | parts_of(b"/")
"""The request line assumed for a request of which nothing can be read."""


def target_of(line: bytes) -> Environ:
    """Return the parts of a request line that decide who owns its path."""
    method, _, rest = line.strip().partition(b" ")
    read = dict(FIRST)
    with suppress(Malformed):  # then no vendor owns the path
        read |= parts_of(rest.partition(b" ")[0] or b"/")
    return read | {"REQUEST_METHOD": method.decode() if METHOD.fullmatch(method) else "GET"}


def percent_encoded(line: bytes) -> bytes:
    """Return a request line with its non-ASCII bytes percent-encoded (RFC 3986, 2.1)."""
    return BEYOND_ASCII.sub(lambda match: quote(match[0]).encode(), line)


def too_large_head() -> Refusal:
    """Return the refusal of a head above the limit."""
    return HeadersTooLarge(f"The first line and the headers are too large: send less than {LARGEST_HEAD} bytes.")


def too_large_body(most: int) -> Refusal:
    """Return the refusal of a body of more than `most` bytes."""
    return TooLarge(f"The body is too large: send at most {most} bytes.")


def refusal_of(error: httptools.HttpParserError) -> Refusal:
    """Return the refusal of a request that llhttp cannot parse."""
    words = str(error)
    if "Transfer-Encoding" in words and "Content-Length" not in words:
        return NotBuilt("Transfer-Encoding can only be chunked.")
    sentence = next((text for begin, text in SENTENCES.items() if words.startswith(begin)), None)
    return Malformed(sentence or f"The request cannot be read: {words[:1].lower()}{words[1:]}.")


def fixed_environ(scheme: str, address: tuple[str, int], peer: str) -> Environ:
    """Return the environ's members that are the same for every request of a connection to a host and port."""
    return {
        "SCRIPT_NAME": "",
        "SERVER_NAME": address[0],
        "SERVER_PORT": str(address[1]),
        "REMOTE_ADDR": peer,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": NO_BODY,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }
