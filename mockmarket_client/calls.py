"""One call of the control plane over HTTP: its address, its token, its answer's shape, and its errors."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import requests
from urllib3 import exceptions as transport

from mockmarket_client.failures import MockmarketError, NoServer, NotRoot
from mockmarket_client.sessions import DirectSession
from mockmarket_client.shapes import HEALTH, REFUSAL, Shape, misfit
from mockmarket_client.urls import plain_of, port_of, root_of, segment, split_url

__tracebackhide__ = True  # a failure shows the test's own lines

Record = dict[str, Any]
Fields = Mapping[str, object]
NONE: Fields = MappingProxyType({})

CONNECT_S = 2.5
"""Most seconds for a connection, TLS handshake included, and for each piece of a body to be sent: a port that does not speak TLS is
reported within 4 s."""
ANSWER_S = 330.0  # most seconds for an answer: the longest call, an advance, stops by itself after 300 s
PROBE_S = 1.0
BASE = "/_mockmarket"
MARK = "X-Mockmarket"
LONGEST_EXCERPT = 200
CHECK_URL = "Check the URL and the port."
NO_URL = (requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL)
TIMEOUTS = (TimeoutError, transport.TimeoutError)
NO_TOKEN = (requests.exceptions.InvalidHeader, UnicodeError)


class Calls:
    """Calls to one world of one server.

    A URL that ends with a world's prefix also selects the world; MockmarketError when another one is requested."""

    def __init__(self, url: str, token: str | None = None, world: str | None = None) -> None:
        self.url, named = split_url(url)
        if None not in (world, named) and world != named:
            words = f"The URL names the world {named!r}, but {world!r} was requested."
            raise MockmarketError(words, "Use only one of them.")
        self.token = token
        self.world = named if world is None else world
        self.base = self.url if self.world is None else f"{self.url}/w/{segment(self.world)}"
        """The server's URL with the world's prefix, the base of the vendors' own paths."""
        self.session = DirectSession(self.url)
        self.answer_s = ANSWER_S

    def json(self, method: str, *path: str, body: Any = None, params: Fields = NONE, shape: Shape | None = dict) -> Any:
        """Make a call; returns its JSON answer, which must have the shape (else NoServer), or None without a shape."""
        answer = self.call(method, *path, json=body, params=without_none(params))
        return None if shape is None else self.read(answer, shape)

    def rows(self, method: str, *path: str, of: str = "", row: Shape = dict, **options: Any) -> list[Record]:
        """Make a call whose answer lists rows of a shape under one name, by default the path's last; returns the rows."""
        name = of or path[-1]
        return list(self.json(method, *path, shape={name: [row]}, **options)[name])

    def read(self, answer: requests.Response, shape: Shape) -> Any:
        """Return an answer's JSON, None when it is empty; NoServer when it lacks the shape."""
        try:
            value = answer.json() if answer.content else None
            wrong = misfit(value, shape)
        except (ValueError, RecursionError):
            wrong = "the answer is not JSON"
        if wrong:
            words = f"The server at {self.url} is not a mockmarket of this version: {wrong}."
            raise self._displaced() or NoServer(words, CHECK_URL)
        return value

    def call(self, method: str, *path: str, **options: Any) -> requests.Response:
        """Make a call below the control plane's base, with each path segment quoted; raises MockmarketError, or NoServer."""
        place = "/".join(segment(part) for part in path)
        answer = self._answer(f"{self.base}{BASE}/{place}", method, **options)
        if MARK not in answer.headers:
            answer.close()
            raise NoServer(f"The server at {self.url} is not mockmarket (HTTP {answer.status_code}).", CHECK_URL)
        if answer.status_code < requests.codes.multiple_choices:
            return answer
        raise self._displaced() or refusal(answer)

    def close(self) -> None:
        """Close the open connections."""
        self.session.close()

    def _answer(self, url: str, method: str, **options: Any) -> requests.Response:
        try:
            answer = self._ask(url, method, (CONNECT_S, self.answer_s), **options)
            if MARK in answer.headers:
                _ = answer.content  # read here, where its errors are handled
            return answer
        except (requests.RequestException, ValueError) as error:
            failure = self._unreachable(error)
        raise failure  # outside the except block: the transport's own exceptions would fill the report of a test

    def _ask(self, url: str, method: str, timeout: tuple[float, float], **options: Any) -> requests.Response:
        """Send a request without reading the answer's body, which may be endless when the server is not a mockmarket."""
        headers = ({"Authorization": f"Bearer {self.token}"} if self.token else {}) | options.pop("headers", {})
        options |= {"headers": headers, "timeout": timeout}
        return self.session.request(method, url, allow_redirects=False, stream=True, **options)

    def _displaced(self) -> NotRoot | None:
        root = root_of(self.url)
        if root is None or self._health_at(self.base, HEALTH) or not self._health_at(root):
            return None
        return NotRoot(self.url, root)

    def _health_at(self, root: str, shape: Shape | None = None) -> bool:
        """Return whether a mockmarket answers at a URL and, with a shape, whether its health has the shape."""
        try:
            with self._ask(f"{root}{BASE}/health", "GET", (PROBE_S, PROBE_S)) as answer:
                if shape is None or MARK not in answer.headers:
                    return MARK in answer.headers
                return answer.ok and misfit(answer.json(), shape) is None
        except (requests.RequestException, ValueError, RecursionError):
            return False

    def _unreachable(self, error: Exception) -> MockmarketError:
        if isinstance(error, NO_URL):
            return NoServer(f"{self.url!r} is not a server's URL.", "Write it as http://127.0.0.1:8000.")
        if isinstance(error, NO_TOKEN):
            return MockmarketError("The control token has characters that no header can carry.")
        plain = plain_of(self.url)
        if plain is not None and self._health_at(plain):
            return NoServer(f"The server at {self.url} speaks HTTP, not HTTPS.", f"Write it as {plain}.")
        return _no_answer(self.url, error)


def _no_answer(url: str, error: Exception) -> NoServer:
    cause = next(iter(error.args), None)
    if isinstance(error, requests.Timeout) or any(isinstance(inner, TIMEOUTS) for inner in (cause, *causes_of(cause))):
        return NoServer(f"{url} did not answer in time.")
    if isinstance(error, requests.exceptions.SSLError):
        return NoServer(f"{url} offers no TLS connection that this machine trusts.", "Check its certificate.")
    if any(isinstance(inner, OSError) for inner in causes_of(cause)):
        return NoServer(f"{url} closed the connection without an answer.", "Check the port, and the server's log.")
    if isinstance(cause, transport.ProtocolError) or not isinstance(error, requests.ConnectionError):
        return NoServer(f"The server at {url} is not mockmarket: it does not speak HTTP.", CHECK_URL)
    hint = f"Start one: mockmarket serve --port {port_of(url)}; or use another URL."
    return NoServer(f"No mockmarket answers at {url}.", hint)


def causes_of(error: object) -> tuple[object, ...]:
    """Return what broke a connection while a request was sent or answered; nothing for other errors."""
    return error.args if isinstance(error, transport.ProtocolError) else ()


def without_none(values: Fields) -> dict[str, object]:
    """Return the values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def refusal(answer: requests.Response) -> MockmarketError:
    """Return the error of a refused call."""
    try:
        value = answer.json()
    except (ValueError, RecursionError):
        value = None
    if misfit(value, REFUSAL):
        text = " ".join(answer.text[:LONGEST_EXCERPT].split())
        return MockmarketError(f"HTTP {answer.status_code}: {text}", status=answer.status_code)
    words = value["error"]
    error = MockmarketError(words["message"], words.get("hint") or "", words["code"], answer.status_code)
    error.seen = words.get("seen") or {}
    error.details = [(detail["field"], detail["message"]) for detail in words.get("details") or ()]
    return error
