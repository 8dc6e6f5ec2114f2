"""The connection to the examined receiver: one exchange after the other, bodies in pieces where a case requires, and reads of its state."""

import threading
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import certifi
import pycurl

from mockmarket.delivery.exchange import Exchange, Post, fault
from mockmarket.exam.base import Receiver
from mockmarket.webhooks.acceptance import Answer
from mockmarket.webhooks.tampering import Outgoing
from mockmarket.webhooks.targets import Policy

STATE_DEADLINE_MS, STATE_CAP = 5_000, 1_000_000
GAP_S = 0.03  # real seconds between two pieces of a body
MOST_CUT_INSIDE = 4  # most multi-byte characters that are cut in two


class _Pieces(Exchange):
    """An exchange whose body is sent in about so many pieces, with a pause before each but the first."""

    def __init__(self, policy: Policy, pieces: int) -> None:
        super().__init__(policy, certifi.where())
        self._pieces = pieces

    def load(self, body: bytes) -> None:
        """Make libcurl fetch the body piece by piece."""
        self._left = pieces_of(body, self._pieces)
        self._pause_s = 0.0
        self.curl.setopt(pycurl.POSTFIELDSIZE_LARGE, len(body))
        self.curl.setopt(pycurl.READFUNCTION, self._read)

    def _read(self, most: int) -> bytes:
        threading.Event().wait(self._pause_s)
        self._pause_s = GAP_S
        piece = self._left.pop(0) if self._left else b""
        if len(piece) > most:
            self._left.insert(0, piece[most:])
        return piece[:most]


def pieces_of(body: bytes, count: int) -> list[bytes]:
    """Cut a body into pieces of about the same size, and also inside each of its first multi-byte characters."""
    inside = [at for at in range(1, len(body)) if body[at - 1] >= 0xC0][:MOST_CUT_INSIDE]
    cuts = sorted({0, *(len(body) * part // count for part in range(1, count)), *inside})
    return [body[start:end] for start, end in pairwise((*cuts, len(body)))]


class _Reading(Exchange):
    """An exchange that sends a GET."""

    def load(self, body: bytes) -> None:
        self.curl.setopt(pycurl.HTTPGET, 1)


class Connection:
    """Sends attempts to one receiver under the same target rules as webhooks, each over a TCP connection of its own. It
    trusts certifi's certificates and those in `ca_file` (PEM), if given."""

    def __init__(self, receiver: Receiver, policy: Policy, ca_file: str | None = None) -> None:
        self.receiver = receiver
        self._policy = policy
        files = (certifi.where(), ca_file) if ca_file else (certifi.where(),)
        self._authorities = b"\n".join(Path(file).read_bytes() for file in files)

    def send(self, out: Outgoing, pieces: int = 1) -> Answer:
        """Send one attempt within the vendor's deadline and return the answer."""
        post = Post(self.receiver.options["url"], out.headers, out.body, self.receiver.deadline_ms)
        exchange = _Pieces(self._policy, pieces) if pieces > 1 else Exchange(self._policy, certifi.where())
        return self._carry_out(exchange, post)

    def state(self, record: str) -> Answer:
        """Return the answer of the receiver's `state_url`."""
        url = (self.receiver.options["state_url"] or "").replace("{record}", quote(record, safe=""))
        post = Post(url, (("Accept", "application/json"),), b"", STATE_DEADLINE_MS, STATE_CAP)
        return self._carry_out(_Reading(self._policy, certifi.where()), post)

    def _carry_out(self, exchange: Exchange, post: Post) -> Answer:
        if wrong := fault(post):
            return wrong
        try:
            exchange.curl.setopt(pycurl.CAINFO_BLOB, self._authorities)
            exchange.begin(post, lambda _: None)
            exchange.curl.perform()
            return exchange.answer(0, "")
        except pycurl.error as error:
            return exchange.answer(*error.args)
        finally:
            exchange.curl.close()
