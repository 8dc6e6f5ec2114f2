"""Endpoints, notices and deliveries, as the client asks for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockmarket.client.calls import Calls, Record
from mockmarket.client.shapes import DELIVERIES, DELIVERY, TRIGGERED, WITH_SECRET, rows


class Deliveries:
    """The part of the client that looks after webhooks."""

    calls: Calls

    def endpoints(self, vendor: str | None = None) -> list[Record]:
        """List endpoints with their health, without their secrets."""
        shape = rows("endpoints")
        return list(self.calls.json("GET", "endpoints", params={"vendor": vendor}, shape=shape)["endpoints"])

    def create_endpoint(self, vendor: str, url: str, *, types: Sequence[str] | None = None, **fields: Any) -> Record:
        """Make an endpoint that hears these types of notice, or all; its `secret` is in this answer only.

        `headers` ("Name: value,Name: value") and `basic_auth` ("user:password") are sent beside the vendor's own.
        """
        heard = {} if types is None else {"types": list(types)}
        body = {"vendor": vendor, "url": url, **heard, **fields}
        return dict(self.calls.json("POST", "endpoints", body=body, shape=WITH_SECRET))

    def change_endpoint(self, id: str, **fields: Any) -> Record:
        """Change the fields of an endpoint that are given; `active=True` clears its failures and mutes."""
        return dict(self.calls.json("PATCH", "endpoints", id, body=fields))

    def delete_endpoint(self, id: str) -> None:
        """Delete an endpoint; what still waited for it is dropped."""
        self.calls.json("DELETE", "endpoints", id, shape=None)

    def notices(self, **where: Any) -> list[Record]:
        """List notices, newest first: by `vendor`, `type`, `kind`, `record`, `cause`; `limit` and `before` page."""
        return list(self.calls.json("GET", "notices", params=where, shape=rows("notices"))["notices"])

    def deliveries(self, **where: Any) -> list[Record]:
        """List deliveries, newest first: by `vendor`, `type`, `state`, `record`, `endpoint`, `why`, …; `limit` and `before` page."""
        return list(self.calls.json("GET", "deliveries", params=where, shape=DELIVERIES)["deliveries"])

    def delivery(self, id: str) -> Record:
        """Describe a delivery with its body and every attempt."""
        return dict(self.calls.json("GET", "deliveries", id))

    def resend(self, id: str) -> Record:
        """Send a delivery once more, now: same ids and body, signed anew."""
        return dict(self.calls.json("POST", "deliveries", id, "resend", shape=DELIVERY))

    def trigger(
        self,
        vendor: str,
        notice: str,
        *,
        record: str | None = None,
        override: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Record:
        """Make a notice about a record, the newest without one; `override` maps dotted paths of its body to values.

        `count` makes several, `endpoint` sends to one alone. Answers how many notices and deliveries were made.
        """
        body = {"record": record, "override": dict(override or {}), **{k: v for k, v in more.items() if v is not None}}
        return dict(self.calls.json("POST", vendor, "trigger", notice, body=body, shape=TRIGGERED))
