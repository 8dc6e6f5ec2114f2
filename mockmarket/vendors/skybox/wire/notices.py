"""Notifications: their bodies, their headers, and the e-mail that tells of a mute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mockmarket.store.records import Kind
from mockmarket.vendors.skybox.wire import formats, inventory, kinds, orders
from mockmarket.webhooks.encoding import java
from mockmarket.webhooks.signing import Headers, Scheme, Sending, parse_stored_headers, sign

Record = dict[str, Any]

SCHEME = Scheme(header="Webhooks-Signature", algorithm="sha1")
"""Document: HmacSHA1 of the payload as a hex string; of the whole body's bytes (convention)."""

RESERVED = (SCHEME.header,)
"""What a subscriber's own headers may not set, besides what nobody may."""

ACCEPT = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"
USER_AGENT = "Jersey/2.28 (HttpUrlConnection 1.8.0_151)"
"""Document, sample: what Java's own client and Jersey send."""

KIND_OF: dict[str, Kind] = {
    "INVENTORY": kinds.INVENTORY, "PURCHASE": kinds.PURCHASE, "INVOICE": kinds.INVOICE, "LINE": kinds.LINE, "HOLD": kinds.HOLD,
}  # fmt: skip

RELEVANT: dict[str, Callable[[Mapping[str, Any]], Record]] = {
    "INVENTORY": inventory.relevant,
    "PURCHASE": lambda record: orders.relevant(orders.PURCHASE_FIELDS, record),
    "INVOICE": lambda record: orders.relevant(orders.INVOICE_FIELDS, record),
    "LINE": lambda record: orders.relevant(orders.LINE_FIELDS, record),
    "HOLD": lambda record: orders.relevant(orders.HOLD_FIELDS, record),
}
"""By topic: what CREATED shows of a record, and what of it an UPDATED is about."""


def differences(topic: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Record, Record]:
    """Return the relevant fields that differ, as they are now and as they were."""
    old, new = RELEVANT[topic](before), RELEVANT[topic](after)
    changed = [name for name in new if old[name] != new[name]]
    return {name: new[name] for name in changed}, {name: old[name] for name in changed}


def body(
    topic: str, action: str, record: Mapping[str, Any], same: bool, current: Record, previous: Record | None = None
) -> bytes:
    """Write a notification; the entity's name is the topic's (document, "Events")."""
    written = {
        "id": record["id"], "accountId": record["accountId"], "topic": topic, "action": action,
        "generatedBySameAccount": same, topic.lower(): current,
    }  # fmt: skip
    return java(written | ({} if previous is None else {"previous": previous}))


def headers(sending: Sending) -> Headers:
    """Return the headers of one attempt (document, sample), the subscriber's own among them, parsed anew each time."""
    return (
        ("Accept", ACCEPT),
        ("Content-Type", "application/json"),
        *parse_stored_headers(sending.stored_headers, RESERVED),
        *(sign(SCHEME, sending) if any(sending.secrets) else ()),
        ("User-Agent", USER_AGENT),
        ("Accept", "application/json"),
    )


def email(id: int, application: Mapping[str, Any], endpoint: Mapping[str, Any], now: int) -> Record:
    """Write the e-mail that tells an application's owner of a mute."""
    return {
        "id": id, "to": application["email"], "application": application["id"], "webhookId": endpoint["id"],
        "url": endpoint["url"], "subject": "Webhook notifications muted", "mutedUntil": formats.moment(endpoint["until"]),
        "mutes": endpoint["mutes"], "sentAt": formats.moment(now),
        "text": f"Notifications to {endpoint['url']} failed {endpoint['failures']} times in a row. They are muted until "
                f"{formats.moment(endpoint['until'])}; what happens until then is not sent.",
    }  # fmt: skip
