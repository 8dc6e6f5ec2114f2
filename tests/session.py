"""A session of `requests` that makes plain calls over loopback fast: the tests make tens of thousands of them.

Requests, answers and errors are those of `requests.Session`, which makes every call that is not plain.
"""

from __future__ import annotations

import http.client
import re
import weakref
from collections import deque
from contextlib import suppress
from typing import Any

import requests
from requests.cookies import extract_cookies_to_jar
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3.util.wait import wait_for_read

PLAIN = {"params", "data", "json", "headers", "timeout", "allow_redirects"}
"""The options that a plain call may have."""
AS_IT_STANDS = re.compile(r"http://(127\.0\.0\.1:[0-9]+)(/(?![./])(?:[A-Za-z0-9_:?=&~.-]|/(?!\.))*)(?<!\?)")
"""A URL that preparing does not change. Groups: host with port, path with query."""

Connections = deque[tuple[str, http.client.HTTPConnection]]


def close_all(connections: Connections) -> None:
    """Close kept connections."""
    while connections:
        connections.pop()[1].close()


class Session(requests.Session):
    """Makes plain calls over connections of its own, kept open; threads may share it."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.connections: Connections = deque()
        weakref.finalize(self, close_all, self.connections)

    def close(self) -> None:
        """Close the kept connections."""
        close_all(self.connections)
        super().close()

    def request(self, method: str, url: str, **options: Any) -> requests.Response:  # type: ignore[override]
        """Make a call."""
        simple = AS_IT_STANDS.fullmatch(url) if url.isascii() else None
        data = options.get("data")
        if (
            simple is None
            or options.keys() - PLAIN
            or not (data is None or isinstance(data, (str, bytes)))
            or self.cookies
        ):
            return super().request(method, url, **options)
        prepared = self.prepare(method, url, options)
        answer = self.exchange(prepared, simple[1], options.get("timeout"))
        extract_cookies_to_jar(self.cookies, prepared, answer.raw)  # type: ignore[no-untyped-call]
        if answer.is_redirect and options.get("allow_redirects", True):
            prepared.prepare_cookies(self.cookies)
            redirects: list[requests.Response] = [
                *self.resolve_redirects(answer, prepared, timeout=options.get("timeout"))
            ]
            *answers, answer = answer, *redirects
            answer.history = answers
        return answer

    def prepare(self, method: str, url: str, options: dict[str, Any]) -> requests.PreparedRequest:
        """Return a plain call as `requests` would send it."""
        prepared = requests.PreparedRequest()
        prepared.method = method.upper()
        prepared.url = url
        if options.get("params"):
            prepared.prepare_url(url, {key: value for key, value in options["params"].items() if value is not None})
        headers = CaseInsensitiveDict({**self.headers})
        headers.update(options.get("headers") or {})
        prepared.prepare_headers({name: value for name, value in headers.items() if value is not None})
        prepared.prepare_body(options.get("data") or {}, None, options.get("json"))
        return prepared

    def exchange(self, prepared: requests.PreparedRequest, host: str, timeout: float | None) -> requests.Response:
        """Send a call and read its answer; raises what `requests` would."""
        connection = self.connection(host, timeout)
        try:
            send(connection, prepared, str(prepared.url).partition(host)[2])
            answer = read_response(prepared, connection.getresponse())
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise failure(error)(error, request=prepared) from error
        self.connections.append((host, connection))
        return answer

    def connection(self, host: str, timeout: float | None) -> http.client.HTTPConnection:
        """Return a connection to a host: a kept one that the server has not closed, else a new one."""
        with suppress(IndexError):
            while True:
                name, connection = self.connections.pop()
                if name == host and connection.sock is not None and not wait_for_read(connection.sock, 0):
                    connection.sock.settimeout(timeout)
                    return connection
                connection.close()
        return http.client.HTTPConnection(host, timeout=timeout)


def failure(error: Exception) -> type[requests.RequestException]:
    """Return what `requests` raises for an error of a connection."""
    if isinstance(error, http.client.IncompleteRead):
        return requests.exceptions.ChunkedEncodingError
    return requests.ReadTimeout if isinstance(error, TimeoutError) else requests.ConnectionError


def send(connection: http.client.HTTPConnection, prepared: requests.PreparedRequest, target: str) -> None:
    """Send a call; a server that answers and closes before it has read the whole body is no error."""
    connection.putrequest(str(prepared.method), target, skip_host="host" in prepared.headers, skip_accept_encoding=True)
    for name, value in prepared.headers.items():
        connection.putheader(name, value)
    body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
    with suppress(BrokenPipeError):
        connection.endheaders(body)


def read_response(prepared: requests.PreparedRequest, raw: Any) -> requests.Response:
    """Return an answer, read to its end."""
    answer: Any = requests.Response()
    answer._content, answer._content_consumed = raw.read(), True
    raw._original_response = raw  # where cookies are looked for
    answer.raw, answer.request, answer.url = raw, prepared, prepared.url
    answer.status_code, answer.reason = raw.status, raw.reason
    for name, value in raw.headers.items():
        answer.headers[name] = f"{answer.headers[name]}, {value}" if name in answer.headers else value
    assert "Content-Encoding" not in answer.headers, "it would have to be decoded"
    answer.encoding = get_encoding_from_headers(answer.headers)
    read: requests.Response = answer
    return read
