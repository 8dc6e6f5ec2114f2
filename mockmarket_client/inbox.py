"""Inbox: receives webhooks of any vendor over HTTP, verifies each, and keeps them until a test takes them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any

from mockmarket_client.calls import Record
from mockmarket_client.clock import monotonic, wall_ms
from mockmarket_client.defaults import PATIENCE_S
from mockmarket_client.receiver import Arrival, Reply, listening
from mockmarket_client.verifying import TOLERANCE_S, Check, WebhookFormat, check, type_of

__tracebackhide__ = True  # a failure shows the test's own lines

POLL_S = 0.01


class NotReceived(AssertionError):
    """The awaited webhook did not arrive, or its signature is wrong."""


@dataclass(frozen=True)
class Webhook:
    """One received webhook: its vendor, its type of notice (None: unknown), its raw request, and the result of its verification."""

    vendor: str | None
    type: str | None
    arrival: Arrival
    check: Check

    @property
    def body(self) -> bytes:
        """The body's bytes, as they were signed."""
        return self.arrival.body

    @property
    def json(self) -> Any:
        """The body parsed as JSON; raises ValueError when it is not JSON."""
        return json.loads(self.arrival.body)

    @property
    def headers(self) -> dict[str, str]:
        """The headers under the sender's spelling of their names."""
        return dict(self.arrival.headers)

    def header(self, name: str) -> str | None:
        """Return a header's value; the case of its name is ignored."""
        return next((value for known, value in self.arrival.headers if known.lower() == name.lower()), None)


@dataclass(frozen=True)
class WebhookVerifier:
    """Identifies a webhook's vendor and verifies it, with each vendor's secret. `assumed` is the vendor when the path names none;
    `tolerance` is the greatest age of a stamp in seconds, None for any age; `spare` is the secret of vendors without one in `secrets`."""

    vendors: Mapping[str, WebhookFormat]
    secrets: dict[str, str] = field(default_factory=dict)
    assumed: str | None = None
    tolerance: int | None = TOLERANCE_S
    spare: str | None = None

    def __call__(self, arrival: Arrival) -> Webhook:
        """Verify a request, its stamp against the machine's time; no input makes it raise."""
        vendor = self.whose(arrival)
        if vendor is None:
            return Webhook(None, None, arrival, Check(None, "No vendor matches these headers; name the vendor."))
        form, secret, now = self.vendors[vendor], self.secrets.get(vendor, self.spare), wall_ms() // 1000
        result = check(form, arrival.headers, arrival.body, secret, now, self.tolerance)
        return Webhook(vendor, type_of(form.types, arrival.body, result.ids), arrival, result)

    def whose(self, arrival: Arrival) -> str | None:
        """Return the vendor's name: from the first path segment, else the assumed one, else the one whose signature header it has."""
        first = arrival.path.split("?")[0].split("/")[1:2]
        if first and first[0] in self.vendors:
            return first[0]
        names = {name.lower() for name, _ in arrival.headers}
        schemes = {name: form.scheme for name, form in self.vendors.items()}
        signing = (name for name, scheme in schemes.items() if scheme and scheme.header.lower() in names)
        return self.assumed or next(signing, None)


class Inbox:
    """Received webhooks that were not taken yet. `reply` is the answer to them: a Reply, or a function that returns one. `anext` and
    `aexpect` are `next` and `expect` for coroutines."""

    def __init__(self, verifier: WebhookVerifier, explain: Callable[[], str] = str) -> None:
        self.verifier = verifier
        self.url = ""
        self.endpoint: Record = {}
        self.all: list[Webhook] = []
        self.reply: Reply | Callable[[Webhook], Reply] = Reply()
        self._left: list[Webhook] = []
        self._changed = threading.Condition()
        self._wakers: list[Callable[[], None]] = []
        self._explain = explain

    def take(self, arrival: Arrival) -> Reply:
        """Store a webhook and return the answer to it."""
        webhook = self.verifier(arrival)
        with self._changed:
            reply = self.reply  # who takes the webhook may set the next one
            self.all.append(webhook)
            self._left.append(webhook)
            self._changed.notify_all()
            for wake in self._wakers:
                wake()
        return reply if isinstance(reply, Reply) else reply(webhook)

    def next(self, timeout_s: float = PATIENCE_S, *, verify: bool = True) -> Webhook:
        """Wait for the oldest webhook and take it; NotReceived when none arrives or, with `verify`, its signature is wrong."""
        return self.expect(None, timeout_s, verify=verify)

    def expect(self, type: str | None, timeout_s: float = PATIENCE_S, *, verify: bool = True) -> Webhook:
        """Wait for the oldest webhook of a type and take it, as `next` does, leaving the others."""
        until = monotonic() + timeout_s
        with self._changed:
            while (webhook := self.take_now(type)) is None and (left := until - monotonic()) > 0:
                self._changed.wait(left)
        return self._checked(webhook, type, timeout_s, verify)

    async def anext(self, timeout_s: float = PATIENCE_S, *, verify: bool = True) -> Webhook:
        """Wait for the oldest webhook and take it, as `next` does, while the event loop goes on."""
        return await self.aexpect(None, timeout_s, verify=verify)

    async def aexpect(self, type: str | None, timeout_s: float = PATIENCE_S, *, verify: bool = True) -> Webhook:
        """Wait for the oldest webhook of a type and take it, as `expect` does, while the event loop goes on."""
        from mockmarket_client.aio import first  # with asyncio, which most tests do not need

        webhook = await first(lambda: self.take_now(type), self.waking, timeout_s)
        return self._checked(webhook, type, timeout_s, verify)

    def take_now(self, type: str | None = None) -> Webhook | None:
        """Take the oldest webhook of a type, or of any, if there is one."""
        with self._changed:
            webhook = next((hook for hook in self._left if type in (None, hook.type)), None)
            if webhook:
                self._left.remove(webhook)
            return webhook

    @contextmanager
    def waking(self, wake: Callable[[], None]) -> Iterator[None]:
        """Call a function at each arrival, in the arrival's thread, for the length of a block."""
        with self._changed:
            self._wakers.append(wake)
        try:
            yield
        finally:
            with self._changed:
                self._wakers.remove(wake)

    def clear(self) -> None:
        """Delete all received webhooks."""
        with self._changed:
            self.all.clear()
            self._left.clear()

    def __len__(self) -> int:
        """Return the number of webhooks that were not taken."""
        return len(self._left)

    def _checked(self, webhook: Webhook | None, type: str | None, timeout_s: float, verify: bool) -> Webhook:
        if webhook is None:
            raise NotReceived(self._missed(type, timeout_s))
        if verify and webhook.check.valid is False:
            raise NotReceived(wrong(webhook))
        return webhook

    def _missed(self, type: str | None, timeout_s: float) -> str:
        came = ", ".join(hook.type or "one of no known type" for hook in self._left) or "nothing"
        wanted = f"No webhook {type}" if type else "No webhook"
        return f"{wanted} arrived within {timeout_s:g} s. Received and not taken yet: {came}. {self._explain()}".strip()


def wrong(webhook: Webhook) -> str:
    """Return what is wrong with a webhook's signature, with the compared values."""
    check = webhook.check
    return (
        f"A webhook {webhook.type or 'of no known type'} does not verify. {check.reason}\n"
        f"  {check.header}: {check.got}\n  expected: {check.expected}"
    )


@contextmanager
def receiving(
    inbox: Inbox, host: str = "127.0.0.1", port: int = 0, context: SSLContext | None = None
) -> Iterator[Inbox]:
    """Receive webhooks at a port of this machine, with TLS where there is a context, for the length of a block; `inbox.url` is the URL."""
    with listening(inbox.take, host, port, POLL_S, context) as listener:
        inbox.url = listener.url
        yield inbox
