"""What an account's subscribers hear of a record, each with whether it was its own application that did it."""

from __future__ import annotations

from collections.abc import Iterable

from mockmarket.store import Tx, endpoints, outbox
from mockmarket.store.endpoints import Endpoint
from mockmarket.store.records import Record
from mockmarket.vendors.skybox.callers import Actor
from mockmarket.vendors.skybox.records.types import NAME, Payload
from mockmarket.vendors.skybox.wire import notices


def owner(account: int, application: str) -> str:
    """Return whose an endpoint is that an application made on an account."""
    return f"{account}/{application}"


def application_of(endpoint: Endpoint) -> str:
    """Return the application that an endpoint belongs to, which may be none."""
    return endpoint.owner.partition("/")[2]


def hears(endpoint: Endpoint, account: int) -> bool:
    """Tell whether an endpoint hears of an account; one without an owner hears of every account."""
    return endpoint.owner.partition("/")[0] in ("", str(account))


def created(tx: Tx, topic: str, rows: Iterable[Payload], by: Actor) -> None:
    """Notify of new records, each with all its relevant fields."""
    for record in rows:
        notify(tx, topic, "CREATED", record, by, notices.relevant(topic, record))


def updated(tx: Tx, topic: str, before: Payload, after: Payload, by: Actor) -> None:
    """Notify of the relevant fields that have changed; nothing when none has (convention)."""
    current, previous = notices.differences(topic, before, after)
    if current:
        notify(tx, topic, "UPDATED", after, by, current, previous)


def deleted(tx: Tx, topic: str, record: Payload, by: Actor) -> None:
    """Notify of a record that is gone, whole as it last was (convention)."""
    notify(tx, topic, "DELETED", record, by, dict(record))


def notify(
    tx: Tx, topic: str, action: str, record: Payload, by: Actor, current: Record, previous: Record | None = None
) -> None:
    """Announce a notification to the account's subscribers of a topic; without any there is none."""
    account = record["accountId"]
    if not any(endpoint.wants(topic) and hears(endpoint, account) for endpoint in endpoints.all(tx, NAME)):
        return
    bodies = {same: notices.body(topic, action, record, same, current, previous) for same in (False, True)}

    def body_for(endpoint: Endpoint) -> bytes:
        return bodies[by.application is not None and application_of(endpoint) == by.application]

    about = (notices.KIND_OF[topic].name, str(record["id"]))
    notice = outbox.Notice(
        NAME, topic, tx.ids.uuid(), *about, bodies[False], hears=lambda endpoint: hears(endpoint, account)
    )
    outbox.announce(tx, notice, body_for)
