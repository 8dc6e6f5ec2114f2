"""Webhooks sent on to a receiver: the options that name it, and one exchange with it."""

import warnings
from dataclasses import dataclass
from ssl import create_default_context
from urllib.parse import urlsplit

import click
import requests
from urllib3.exceptions import InsecureRequestWarning
from urllib3.util import SKIP_HEADER

from mockmarket.cli.options import Parsed, reported
from mockmarket_client.receiver import Arrival, Reply
from mockmarket_client.urls import is_loopback


def _receiver_url(text: str) -> str:
    if urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).netloc:
        raise ValueError(f"{text!r} is not a receiver's URL; write http://127.0.0.1:5000/hooks")
    return text


ADDRESS = Parsed("url", _receiver_url)
PEM = click.Path(exists=True, dir_okay=False, readable=False)
PATIENCE_S = 30.0
OF_THE_HOP = frozenset({
    "host", "content-length", "connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "expect",
    "proxy-connection", "accept-encoding",
})  # fmt: skip
ANSWERED_ANEW = OF_THE_HOP | {"content-encoding", "date", "server"}


@dataclass(frozen=True)
class Target:
    """Where webhooks are forwarded, and whether its certificate is checked: True, False, or by a file of authorities."""

    url: str
    verify: bool | str


def forward(target: Target, arrival: Arrival) -> tuple[Reply, str | None]:
    """Send a webhook to a receiver, unchanged but for the headers of the connection; returns its answer, or 502 and why none came."""
    url = target.url
    headers = {name: value for name, value in arrival.headers if name.lower() not in OF_THE_HOP}
    if "user-agent" not in {name.lower() for name in headers}:
        headers["User-Agent"] = SKIP_HEADER  # else the client would send its own
    with requests.Session() as session:
        session.trust_env = not is_loopback(url) and target.verify is True  # else its variables would decide
        session.headers.clear()
        session.headers["Accept-Encoding"] = "identity"
        try:
            answer = session.request(
                arrival.method,
                url,
                data=arrival.body,
                headers=headers,
                timeout=PATIENCE_S,
                allow_redirects=False,
                verify=target.verify,
            )
        except requests.RequestException as error:
            return Reply(502, b'{"error":"the receiver behind the listener did not answer"}'), f"{url}: {error}"
    answer_headers = tuple((name, value) for name, value in answer.headers.items() if name.lower() not in ANSWERED_ANEW)
    return Reply(answer.status_code, answer.content, answer_headers), None


def checked_target(url: str, ca_file: str | None, insecure: bool) -> Target:
    """Return a receiver by the options that name it; UsageError for options that do not fit."""
    if ca_file and insecure:
        raise click.UsageError("Pass --ca-file or --insecure, not both.", click.get_current_context())
    if ca_file:
        with reported(OSError, words=lambda error: f"{ca_file}: it holds no certificate in PEM form ({error})."):
            create_default_context(cafile=ca_file)
    if insecure:
        warnings.simplefilter("ignore", InsecureRequestWarning)
    return Target(url, not insecure and (ca_file or True))
