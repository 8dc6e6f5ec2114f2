"""TestWorld: one world of a running mock, for tests: buy, advance, add faults, wait, receive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

from mockmarket_client.calls import BASE, Record
from mockmarket_client.control import Client, WorldCalls
from mockmarket_client.failures import MockmarketError
from mockmarket_client.sessions import DirectSession
from mockmarket_client.verifying import TOLERANCE_S, format_of

if TYPE_CHECKING:
    from mockmarket_client.inbox import Inbox

__tracebackhide__ = True  # a failure shows the test's own lines

MOST_LISTED = 5


class VendorSession(DirectSession):
    """A requests session with a vendor's key, whose URLs are paths below the vendor's base URL."""

    def __init__(self, base_url: str, headers: Mapping[str, str]) -> None:
        super().__init__(base_url)
        self.base_url = base_url
        self.headers.update(headers)

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        """Send a request to a path such as `/orders`, or to a full URL."""
        path = url.decode() if isinstance(url, bytes) else url
        return super().request(method, self.base_url + path if path.startswith("/") else path, *args, **options)


@dataclass(frozen=True)
class FaultOn(AbstractContextManager["FaultOn"]):
    """An active fault; as a context manager it is removed at the end of the block."""

    client: Client
    id: str

    @property
    def applied(self) -> int:
        """How often the fault has applied."""
        return int(self.client.fault(self.id)["applied"])

    def remove(self) -> None:
        """Remove the fault."""
        self.client.remove_fault(self.id)

    def __exit__(self, *_: object) -> None:
        self.remove()


class TestWorld(WorldCalls):
    """One world of a running mock. Sessions and inboxes that it opens are closed with it; `client` has all other calls."""

    __test__ = False  # else pytest would collect it where it is imported

    def __init__(self, client: Client) -> None:
        self.client, self.calls = client, client.calls
        self._opened = ExitStack()
        self._inboxes: dict[str, Inbox] = {}

    @property
    def world(self) -> str:
        """The world's name."""
        return self.client.world or "main"

    @property
    def url(self) -> str:
        """The world's root URL, the prefix of all its base URLs."""
        return self.client.calls.base

    @property
    def dashboard(self) -> str:
        """The address of the world's dashboard."""
        return f"{self.url}{BASE}/"

    def credentials(self, vendor: str, key: str | None = None) -> dict[str, str]:
        """Return the headers for a key of the vendor: the named one, else the first without expiry or address limit."""
        return self.client.credentials(vendor, key)

    def session(self, vendor: str, key: str | None = None) -> VendorSession:
        """Return a session for the vendor's API: `market.session(vendor).get("/events")`."""
        return self._opened.enter_context(VendorSession(self.base_url(vendor), self.credentials(vendor, key)))

    def buy(self, vendor: str, fields: Mapping[str, object] | None = None, /, **extra: object) -> Record:
        """Buy by the vendor's action `buy`; returns the order. `client.actions(vendor)` lists the fields."""
        return dict(self.action(vendor, "buy", fields, **extra))

    def first(self, vendor: str, kind: str, **where: Any) -> Record:
        """Return the oldest record of a kind with these values; MockmarketError when there is none."""
        if not (listed := self.client.records(vendor, kind, limit=1, **where)):
            raise MockmarketError(f"The world {self.world} has no {kind} of {vendor} with {where or 'any values'}.")
        return listed[0]

    def settings(self, vendor: str, values: Mapping[str, object] | None = None, /, **extra: object) -> None:
        """Change settings of a vendor, or of the core: `market.settings(vendor, retries=1)`."""
        self.client.change_settings(vendor, values, **extra)

    def fault(self, fault: str, /, **options: object) -> FaultOn:
        """Add a fault: `market.fault("status", operation="POST /orders", status=503)`, until the world or the `with` ends. `vendor`,
        `operation`, `key`, `endpoint`, `notice`, `times` and `probability` select when it applies; others are its parameters."""
        return FaultOn(self.client, self.client.add_fault(fault, **options)["id"])

    def reset(self) -> Record:
        """Reset the world to its fixture; its inboxes are no longer endpoints."""
        self._inboxes.clear()
        return self.client.reset()

    def inbox(self, vendor: str, *, tolerance_s: int | None = TOLERANCE_S, **endpoint: Any) -> Inbox:
        """Return an inbox that is an endpoint of the vendor, created at the first call with the endpoint's fields such as `types`. It
        listens on loopback, so the server must be on this machine. `tolerance_s` is the greatest age of a signature's stamp."""
        from mockmarket_client.inbox import Inbox, WebhookVerifier, receiving  # the first market needs none

        if vendor not in self._inboxes:
            verifier = WebhookVerifier({vendor: format_of(self.vendor(vendor))}, {}, vendor, tolerance_s)
            inbox = self._opened.enter_context(receiving(Inbox(verifier, self.explain)))
            inbox.endpoint = self.client.create_endpoint(vendor, f"{inbox.url}/{vendor}", **endpoint)
            verifier.secrets[vendor] = inbox.endpoint["secret"]
            self._inboxes[vendor] = inbox
        return self._inboxes[vendor]

    def explain(self) -> str:
        """Return a summary of the world's newest deliveries, for the message of a failing test."""
        rows = self.client.deliveries(limit=MOST_LISTED)
        words = [f"{row['type']} {row['state']}: {(row['reason'] or 'not sent yet').rstrip('.')}" for row in rows]
        return f"The newest deliveries of the world {self.world}: {'; '.join(words) or 'none'}."

    def close(self) -> None:
        """Close sessions and inboxes."""
        self._opened.close()
        self.client.close()


@contextmanager
def market(client: Client, name: str, **fields: Any) -> Iterator[TestWorld]:
    """Create a world (`fixture`, `now`, `seed`) for the length of a block, and drop it."""
    client.create_world(name, **fields)
    try:
        with closing(TestWorld(client.in_world(name))) as world:
            yield world
    finally:
        client.drop_world(name)
