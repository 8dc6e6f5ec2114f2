"""The other servers of a fleet, asked at the same time: who they are, and what they answer."""

import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from mockmarket.config import Config, authority
from mockmarket.frozen import dataclass

TIME_LIMITS_S = (1.0, 3.0)
"""Most seconds for a connection, and for an answer: who waits for the answers waits for the slowest server."""
AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered: the JSON of a call that succeeded, None for one that was refused, with the problem where there is none."""

    url: str
    value: Any | None
    problem: str | None


def urls_of(peers: tuple[str, ...]) -> Iterator[str]:
    """Yield the URL of each peer; a name stands for every address that DNS has for it now. OSError for a name that has none."""
    for peer in dict.fromkeys(peers):
        if "://" in peer:
            yield peer
            continue
        name, _, port = peer.rpartition(":")
        addresses = socket.getaddrinfo(name, int(port), type=socket.SOCK_STREAM)
        yield from dict.fromkeys(f"http://{authority(str(address[0]), int(port))}" for *_, address in addresses)


def server_of(url: str) -> str:
    """Return a URL's HOST:PORT, as a load balancer names the server."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def ask_all(config: Config, path: str) -> list[Reply]:
    """Ask every peer, this server included if it is in the list, with a GET of a control route; returns one reply for each. A name that
    DNS does not know is a server that does not answer."""
    try:
        urls = [*dict.fromkeys(urls_of(config.peers))]
    except OSError as error:
        return [Reply(peer, None, f"{error.strerror}.") for peer in config.peers]
    if not urls:
        return []
    from concurrent.futures import ThreadPoolExecutor  # few servers have peers

    with ThreadPoolExecutor(min(AT_ONCE, len(urls)), "mockmarket-peers") as threads:
        return [*threads.map(lambda url: _ask(url, path, config.control_token), urls)]


def _ask(url: str, path: str, token: str | None) -> Reply:
    import requests

    from mockmarket_client.sessions import DirectSession

    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with DirectSession(url) as session:
            answer = session.get(f"{url}/_mockmarket/{path}", headers=headers, timeout=TIME_LIMITS_S)
        if "X-Mockmarket" not in answer.headers:
            return Reply(url, None, "It is not mockmarket.")
        if answer.status_code == requests.codes.unauthorized:
            return Reply(url, None, "It has another control token.")
        return Reply(url, answer.json() if answer.ok else None, None)
    except requests.Timeout:
        return Reply(url, None, "It does not answer in time.")
    except (requests.RequestException, ValueError):
        return Reply(url, None, "It does not answer.")
