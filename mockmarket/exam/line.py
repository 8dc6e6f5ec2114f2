"""The line to the examined receiver: one exchange after the other, bodies in pieces where a case asks for it, and a look at its state."""

from __future__ import annotations

import threading
from urllib.parse import quote

import certifi
import pycurl

from mockmarket.delivery.exchange import Exchange, Post, fault
from mockmarket.exam.base import Receiver
from mockmarket.webhooks.acceptance import Answer
from mockmarket.webhooks.tampering import Outgoing
from mockmarket.webhooks.targets import Policy

STATE_DEADLINE_MS = 5_000
STATE_CAP = 1_000_000
GAP_S = 0.03
"""Real seconds between two pieces of a body."""


class Pieces(Exchange):
    """An exchange whose body goes out in pieces, with a pause before each but the first."""

    def __init__(self, policy: Policy, trusted: str, pieces: int) -> None:
        super().__init__(policy, trusted)
        self._pieces = pieces

    def load(self, body: bytes) -> None:
        """Have libcurl fetch the body piece by piece."""
        size = max(1, -(-len(body) // self._pieces))
        self._left = [body[at : at + size] for at in range(0, len(body), size)]
        self._pause = threading.Event()
        self._first = True
        self.curl.setopt(pycurl.POSTFIELDSIZE_LARGE, len(body))
        self.curl.setopt(pycurl.READFUNCTION, self._read)

    def _read(self, most: int) -> bytes:
        if not self._first:
            self._pause.wait(GAP_S)
        self._first = False
        piece = self._left.pop(0) if self._left else b""
        if len(piece) > most:
            self._left.insert(0, piece[most:])
        return piece[:most]


class Line:
    """Sends attempts to one receiver under the same rules on targets as webhooks, each over a connection of its own.

    `trusted` is a PEM file of the certificate authorities to trust, certifi's own without it.
    """

    def __init__(self, receiver: Receiver, policy: Policy, trusted: str | None = None) -> None:
        self.receiver = receiver
        self._policy = policy
        self._trusted = trusted or certifi.where()

    def send(self, out: Outgoing, pieces: int = 1) -> Answer:
        """Send one attempt within the vendor's deadline and return what came back."""
        post = Post(self.receiver.url, out.headers, out.body, self.receiver.deadline_ms)
        exchange = Pieces(self._policy, self._trusted, pieces) if pieces > 1 else Exchange(self._policy, self._trusted)
        return exchanged(exchange, post)

    def state(self, record: str) -> Answer:
        """Read the receiver's state as its `state_url` gives it."""
        url = (self.receiver.state_url or "").replace("{record}", quote(record, safe=""))
        post = Post(url, (("Accept", "application/json"),), b"", STATE_DEADLINE_MS, STATE_CAP)
        return exchanged(Looking(self._policy, self._trusted), post)


class Looking(Exchange):
    """An exchange that asks for something instead of posting."""

    def load(self, body: bytes) -> None:
        """Make it a GET."""
        self.curl.setopt(pycurl.HTTPGET, 1)


def exchanged(exchange: Exchange, post: Post) -> Answer:
    """Carry out one exchange on this thread."""
    wrong = fault(post)
    if wrong:
        return wrong
    try:
        exchange.begin(post, lambda _: None)
        exchange.curl.perform()
        return exchange.answer(0, "")
    except pycurl.error as error:
        return exchange.answer(*error.args)
    finally:
        exchange.curl.close()
