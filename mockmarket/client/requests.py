"""The request journal and waiting, as the client asks for them."""

from __future__ import annotations

from typing import Any

from mockmarket.client.calls import Calls, Record
from mockmarket.client.shapes import REQUESTS, WAITED, rows

PATIENCE_S = 10.0


class Requests:
    """The part of the client that looks at what was asked of the vendors, and waits for what is to come."""

    calls: Calls

    def requests(self, **where: Any) -> list[Record]:
        """List the newest requests, oldest first: by `vendor`, `method`, `path`, `status`, `refused`, …; `limit` bounds."""
        return list(self.calls.json("GET", "requests", params=where, shape=REQUESTS)["requests"])

    def request(self, id: str) -> Record:
        """Describe a request with everything that it caused: records, stock, notices, deliveries, the receivers' answers."""
        return dict(self.calls.json("GET", "requests", id))

    def find_requests(self, *, limit: int = 100, **where: Any) -> list[Record]:
        """Return the newest requests that match, oldest first: `path="/api/v1/orders*"`, `status="4xx"`, `refused=True`, …"""
        body = {"where": where, "limit": limit}
        return list(self.calls.json("POST", "requests", "find", body=body, shape=REQUESTS)["requests"])

    def count_requests(self, **where: Any) -> int:
        """Count the requests that match, as `find_requests` would find them."""
        return int(self.calls.json("POST", "requests", "count", body={"where": where}, shape={"count": int})["count"])

    def unread_fields(self) -> list[Record]:
        """List the fields that were sent and that nothing read, most frequent first."""
        return list(self.calls.json("GET", "requests", "unread", shape=rows("unread"))["unread"])

    def clear_requests(self) -> None:
        """Forget the journal."""
        self.calls.json("DELETE", "requests", shape=None)

    def wait(self, what: str = "quiet", *, count: int = 1, timeout_s: float = PATIENCE_S, **where: Any) -> Record:
        """Wait, in real time, for `count` `deliveries` or `requests` that match, or until the world is `quiet`.

        Raises MockmarketError when the time is over; its message and `seen` tell what there was instead.
        """
        body: Record = {"for": what, "timeout_s": timeout_s}
        body |= {} if what == "quiet" else {"count": count, "where": where}
        return dict(self.calls.json("POST", "wait", body=body, shape=WAITED))
