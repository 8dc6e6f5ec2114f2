"""Passing a request on to another receiver as it came: the same bytes and headers, and its answer back."""

from __future__ import annotations

import requests
from urllib3.util import SKIP_HEADER

from mockmarket.client.urls import is_loopback
from mockmarket.testing.receiver import Arrival, Reply

PATIENCE_S = 30.0
OF_THE_HOP = frozenset({
    "host", "content-length", "connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "expect",
    "proxy-connection", "accept-encoding",
})  # fmt: skip
ANSWERED_ANEW = OF_THE_HOP | {"content-encoding", "date", "server"}


def forward(url: str, arrival: Arrival) -> tuple[Reply, str | None]:
    """Pass a request on; returns the answer to give, and what went wrong: 502 when there was none to pass back."""
    headers = {name: value for name, value in arrival.headers if name.lower() not in OF_THE_HOP}
    if "user-agent" not in {name.lower() for name in headers}:
        headers["User-Agent"] = SKIP_HEADER  # else the client would write its own
    with requests.Session() as session:
        session.trust_env = not is_loopback(url)
        session.headers.clear()
        session.headers["Accept-Encoding"] = "identity"
        try:
            answer = session.request(
                arrival.method, url, data=arrival.body, headers=headers, timeout=PATIENCE_S, allow_redirects=False
            )
        except requests.RequestException as error:
            return Reply(502, b'{"error":"the receiver behind the listener did not answer"}'), f"{url}: {error}"
    answer_headers = tuple((name, value) for name, value in answer.headers.items() if name.lower() not in ANSWERED_ANEW)
    return Reply(answer.status_code, answer.content, answer_headers), None
