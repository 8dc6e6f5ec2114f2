"""Reading requests off the connection: what waitress takes too strictly is taken, what it refuses is refused by the path's owner."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import quote

from waitress.parser import HTTPRequestParser, ParsingError, TransferEncodingNotImplemented, split_uri
from waitress.utilities import Error

from mockmarket.errors import HeadersTooLarge, Malformed, NotBuilt, Refusal, TooLarge

KINDS: dict[int, type[Refusal]] = {413: TooLarge, 431: HeadersTooLarge, 501: NotBuilt}
SENTENCES = {
    "Invalid header": "A header line cannot be read: write each as 'Name: value', without control characters.",
    "Content-Length is invalid": "Content-Length is no number of bytes: send digits only.",
    "Start line is invalid": "The first line cannot be read: write it as 'METHOD /path HTTP/1.1', without spaces in the path.",
    "Transfer-Encoding requested is not supported.": "Transfer-Encoding can only be chunked.",
}
BY_STATUS = {
    413: "The body is too large: send less than {limit} bytes.",
    431: "The first line and the headers are too large: send less than {limit} bytes.",
}
BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
METHOD = re.compile(rb"[A-Z]+")


class RequestParser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """One request. Bytes beyond ASCII in its target are read as if percent-encoded; of one that is refused the target is known."""

    command = "GET"
    request_uri = path = "/"
    query = ""
    url_scheme = "http"

    def parse_header(self, header_plus: bytes) -> None:
        """Read the first line and the headers; raises ParsingError."""
        line, end, lines = header_plus.partition(b"\r\n")
        line = percent_encoded(line)
        try:
            super().parse_header(line + end + lines)
        except (ParsingError, TransferEncodingNotImplemented):
            self.read_target(line)
            raise
        except ValueError as error:  # waitress lets those of a URL and of a very long number through
            self.read_target(line)
            raise ParsingError("its URL or its Content-Length is malformed") from error
        if self.header_bytes_received >= self.adj.max_request_header_size:  # then waitress has us read another line
            self.read_target(percent_encoded(self.header_plus.partition(b"\r\n")[0]))

    def read_target(self, line: bytes) -> None:
        """Read as much of a first line as tells whose path it is."""
        method, _, rest = line.partition(b" ")
        target = rest.partition(b" ")[0]
        self.command = method.decode() if METHOD.fullmatch(method) else "GET"
        self.request_uri = target.decode("latin-1")
        with suppress(ValueError):  # then it is nobody's path
            _, _, self.path, self.query, _ = split_uri(target)


def percent_encoded(line: bytes) -> bytes:
    """Return a first line whose bytes beyond ASCII are percent-encoded (RFC 3986, 2.1)."""
    return BEYOND_ASCII.sub(lambda match: quote(match[0]).encode(), line)


def refusal_of(error: Error) -> Refusal:
    """Return what is answered to a request that the server refuses, as waitress says why."""
    kind = KINDS.get(error.code, Malformed)
    sentence = SENTENCES.get(error.body) or BY_STATUS.get(error.code) or f"The request cannot be read: {error.body}."
    return kind(sentence.replace("{limit}", error.body.rpartition(" ")[2]))
