"""Notifications: what of a record is relevant, their bodies, and the e-mail that tells of a mute."""

from __future__ import annotations

from mockmarket.records import members, notified
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.skybox.records.holds import Hold
from mockmarket.vendors.skybox.records.inventory import Inventory
from mockmarket.vendors.skybox.records.lines import Line
from mockmarket.vendors.skybox.records.orders import Invoice, Purchase
from mockmarket.vendors.skybox.records.types import Payload
from mockmarket.vendors.skybox.wire import formats, kinds
from mockmarket.webhooks.encoding import java

KIND_OF: dict[str, Kind] = {
    "INVENTORY": kinds.INVENTORY,
    "PURCHASE": kinds.PURCHASE,
    "INVOICE": kinds.INVOICE,
    "LINE": kinds.LINE,
    "HOLD": kinds.HOLD,
}


def fields(shape: type, *last: str) -> tuple[str, ...]:
    """Return a record's relevant fields in its own order, but for those that come last."""
    names = [member.key for member in members(shape) if member.key in notified(shape)]
    return (*(name for name in names if name not in last), *last)


RELEVANT = {
    "INVENTORY": fields(Inventory),
    "PURCHASE": fields(Purchase),
    "INVOICE": fields(Invoice),
    "LINE": fields(Line, "cancelled", "fillLineId"),
    "HOLD": fields(Hold),
}
"""By topic: what CREATED shows of a record, and what of it an UPDATED is about."""


def relevant(topic: str, record: Payload) -> Record:
    """Return the relevant fields of a record as notifications have them: attributes are text there (document, sample)."""
    shown = {name: record[name] for name in RELEVANT[topic]}
    return shown | {"attributes": ",".join(shown["attributes"] or ())} if "attributes" in shown else shown


def differences(topic: str, before: Payload, after: Payload) -> tuple[Record, Record]:
    """Return the relevant fields that differ, as they are now and as they were."""
    old, new = relevant(topic, before), relevant(topic, after)
    changed = [name for name in new if old[name] != new[name]]
    return {name: new[name] for name in changed}, {name: old[name] for name in changed}


def body(
    topic: str, action: str, record: Payload, same: bool, current: Record, previous: Record | None = None
) -> bytes:
    """Write a notification; the entity's name is the topic's (document, "Events")."""
    about = {"id": record["id"], "accountId": record["accountId"], "topic": topic, "action": action}
    written = about | {"generatedBySameAccount": same, topic.lower(): current}
    return java(written | ({} if previous is None else {"previous": previous}))


def email(id: int, application: Payload, endpoint: Payload, now: int) -> Record:
    """Write the e-mail that tells an application's owner of a mute."""
    until = formats.moment(endpoint["until"])
    failing = f"Notifications to {endpoint['url']} failed {endpoint['failures']} times in a row."
    return {
        "id": id,
        "to": application["email"],
        "application": application["id"],
        "webhookId": endpoint["id"],
        "url": endpoint["url"],
        "subject": "Webhook notifications muted",
        "mutedUntil": until,
        "mutes": endpoint["mutes"],
        "sentAt": formats.moment(now),
        "text": f"{failing} They are muted until {until}; what happens until then is not sent.",
    }
