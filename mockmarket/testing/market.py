"""TestWorld: one world of a running mock as a test speaks of it: buy, advance, fault, wait, receive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

from mockmarket.client import Client, MockmarketError
from mockmarket.client.calls import Record
from mockmarket.client.control import WorldCalls
from mockmarket.client.urls import is_loopback
from mockmarket.testing import TOLERANCE_S

if TYPE_CHECKING:
    from mockmarket.testing.inbox import Inbox

MOST_LISTED = 5


class VendorSession(requests.Session):
    """A session that carries a key of a vendor, and whose URLs are paths below the vendor's base URL."""

    def __init__(self, base_url: str, headers: Mapping[str, str]) -> None:
        super().__init__()
        self.base_url = base_url
        self.trust_env = not is_loopback(base_url)
        self.headers.update(headers)

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        """Make a request to a path such as `/orders`, or to a whole URL."""
        path = url.decode() if isinstance(url, bytes) else url
        return super().request(method, self.base_url + path if path.startswith("/") else path, *args, **options)


@dataclass(frozen=True)
class FaultOn(AbstractContextManager["FaultOn"]):
    """A fault that is on; as a context manager it is turned off at the end of the block."""

    client: Client
    id: str

    @property
    def applied(self) -> int:
        """How often it has applied."""
        return int(self.client.fault(self.id)["applied"])

    def remove(self) -> None:
        """Turn it off."""
        self.client.remove_fault(self.id)

    def __exit__(self, *_: object) -> None:
        self.remove()


class TestWorld(WorldCalls):
    """One world of a running mock. What it opens, sessions and inboxes, is closed with it; `client` reaches everything else."""

    __test__ = False  # pytest takes it for tests where it is imported

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
        """The world's own root URL, to which every base URL of it is relative."""
        return self.client.calls.base

    def credentials(self, vendor: str, key: str | None = None) -> dict[str, str]:
        """Return the headers that carry a key of the vendor: the one of this name, else the first that opens without limit."""
        return self.client.credentials(vendor, key)

    def session(self, vendor: str, key: str | None = None) -> VendorSession:
        """Return a session for the vendor's API: `market.session(vendor).get("/events")`."""
        return self._opened.enter_context(VendorSession(self.base_url(vendor), self.credentials(vendor, key)))

    def buy(self, vendor: str, fields: Mapping[str, object] | None = None, /, **extra: object) -> Record:
        """Buy as the vendor's buyers do, by its action `buy`; returns the order. `client.actions(vendor)` lists the fields."""
        return dict(self.action(vendor, "buy", fields, **extra))

    def first(self, vendor: str, kind: str, **where: Any) -> Record:
        """Return the oldest record of a kind that has these values; MockmarketError when there is none."""
        listed = self.client.records(vendor, kind, limit=1, **where)
        if not listed:
            raise MockmarketError(f"The world {self.world} has no {kind} of {vendor} with {where or 'any values'}.")
        return listed[0]

    def settings(self, vendor: str, **values: object) -> None:
        """Change settings of a vendor, or of the core."""
        self.client.change_settings(vendor, **values)

    def fault(self, fault: str, /, **options: object) -> FaultOn:
        """Turn a fault on: `market.fault("status", operation="POST /orders", status=503)`, until the world ends, or the `with`.
        `vendor`, `operation`, `key`, `endpoint`, `notice`, `times` and `probability` say when it applies, the rest is its own."""
        return FaultOn(self.client, self.client.add_fault(fault, **options)["id"])

    def reset(self) -> Record:
        """Put the world back to its fixture; inboxes are endpoints no more."""
        self._inboxes.clear()
        return self.client.reset()

    def inbox(self, vendor: str, *, tolerance_s: int | None = TOLERANCE_S, **endpoint: Any) -> Inbox:
        """Return an inbox that is an endpoint of the vendor: made at the first call, with the endpoint's fields such as `types`.
        It listens on loopback, so the server must be on this machine. `tolerance_s` is how old a signature's stamp may be."""
        from mockmarket.testing.inbox import Inbox, WebhookVerifier, receiving  # the first market needs none
        from mockmarket.vendor import discover

        if vendor not in self._inboxes:
            verifier = WebhookVerifier({vendor.name: vendor for vendor in discover()}, {}, vendor, tolerance_s)
            inbox = self._opened.enter_context(receiving(Inbox(verifier, self.explain)))
            inbox.endpoint = self.client.create_endpoint(vendor, f"{inbox.url}/{vendor}", **endpoint)
            verifier.secrets[vendor] = inbox.endpoint["secret"]
            self._inboxes[vendor] = inbox
        return self._inboxes[vendor]

    def explain(self) -> str:
        """Say what the world has delivered lately, for the message of a test that fails."""
        rows = self.client.deliveries(limit=MOST_LISTED)
        words = [f"{row['type']} {row['state']}: {(row['reason'] or 'not sent yet').rstrip('.')}" for row in rows]
        return f"The newest deliveries of the world {self.world}: {'; '.join(words) or 'none'}."

    def close(self) -> None:
        """Close sessions and inboxes."""
        self._opened.close()
        self.client.close()


@contextmanager
def market(client: Client, name: str, **fields: Any) -> Iterator[TestWorld]:
    """Make a world (`fixture`, `now`, `seed`) for the length of a block, and drop it."""
    client.create_world(name, **fields)
    try:
        with closing(TestWorld(client.in_world(name))) as world:
            yield world
    finally:
        client.drop_world(name)
