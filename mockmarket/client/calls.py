"""One call of the control plane over HTTP: its address, its token, and what its refusals become."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import requests

Record = dict[str, Any]

CONNECT_S = 5.0
ANSWER_S = 330.0
"""How long an answer may take: an advance, the longest of them, stops by itself after 300 s."""
BASE = "/_mockmarket"
MARK = "X-Mockmarket"
SHOWN = 200
NO_URL = (requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL)


class MockmarketError(Exception):
    """A call that was refused: `message`, `hint` (what to change, or ""), `code`, `status`.

    `details` are (field, message) pairs; `seen` is what a wait that timed out saw instead.
    """

    def __init__(self, message: str, hint: str = "", code: str = "", status: int | None = None) -> None:
        super().__init__(f"{message} {hint}".strip())
        self.message = message
        self.hint = hint
        self.code = code
        self.status = status
        self.details: list[tuple[str, str]] = []
        self.seen: Record = {}


class NoServer(MockmarketError):
    """Nothing answers at the address, or something that is no mockmarket."""


class Calls:
    """Calls to one world of one server. Proxies of the environment are not used for a server on loopback."""

    def __init__(self, url: str, token: str | None = None, world: str | None = None) -> None:
        self.url = url.rstrip("/")
        self.token = token
        self.world = world
        self.session = requests.Session()
        self.session.trust_env = not is_loopback(self.url)

    @property
    def base(self) -> str:
        """The server's URL with the world's prefix, under which the vendors' own paths follow."""
        return f"{self.url}/w/{quote(self.world, safe='')}" if self.world else self.url

    def json(self, method: str, *path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        """Make a call; returns the JSON answer, None for an empty one. Raises MockmarketError for a refusal."""
        answer = self.call(method, *path, json=body, params=given(params or {}))
        return answer.json() if answer.content else None

    def call(self, method: str, *path: str, **more: Any) -> requests.Response:
        """Make a call below the control plane's base, the path's parts escaped; raises MockmarketError, or NoServer."""
        place = "/".join(quote(part, safe="") for part in path)
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            answer = self.session.request(
                method,
                f"{self.base}{BASE}/{place}",
                headers=headers | more.pop("headers", {}),
                timeout=(CONNECT_S, ANSWER_S),
                allow_redirects=False,
                **more,
            )
        except requests.Timeout as error:
            raise NoServer(f"{self.url} did not answer in time.") from error
        except NO_URL as error:
            raise NoServer(f"{self.url!r} is no URL of a server.", "Write it as http://127.0.0.1:8000.") from error
        except (requests.RequestException, ValueError) as error:
            raise NoServer(
                f"No mockmarket answers at {self.url}.",
                f"Start one: mockmarket serve --port {port_of(self.url)}; or give another URL.",
            ) from error
        return checked(answer, self.url)

    def close(self) -> None:
        """Close the connections that are kept."""
        self.session.close()


def given(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that are not None."""
    return {name: value for name, value in params.items() if value is not None}


def checked(answer: requests.Response, url: str) -> requests.Response:
    """Return an answer that is a success of a mockmarket's; raises MockmarketError for any other."""
    if MARK not in answer.headers:
        raise NoServer(
            f"What answers at {url} is no mockmarket (HTTP {answer.status_code}).", "Check the URL and the port."
        )
    if answer.ok:
        return answer
    raise refusal(answer)


def refusal(answer: requests.Response) -> MockmarketError:
    """Return what the server said against a call."""
    try:
        said: Record = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        return MockmarketError(f"HTTP {answer.status_code}: {answer.text[:SHOWN]}", status=answer.status_code)
    error = MockmarketError(said["message"], said.get("hint", ""), said["code"], answer.status_code)
    error.seen = said.get("seen", {})
    error.details = [(one["field"], one["message"]) for one in said.get("details", ())]
    return error


def is_loopback(url: str) -> bool:
    """Tell whether a URL leads to this machine itself."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def port_of(url: str) -> int:
    """Return the port that a URL names or implies."""
    try:
        parts = urlsplit(url)
        return parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return 8000
