"""Telling: what an account's subscribers hear of a record, each with whether it was its own application that did it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockmarket.store import Tx, endpoints, outbox
from mockmarket.store.endpoints import Endpoint
from mockmarket.vendors.skybox.callers import Actor
from mockmarket.vendors.skybox.wire import notices
from mockmarket.vendors.skybox.wire.formats import NAME

Record = dict[str, Any]


def owner(account: int, application: str) -> str:
    """Return whose an endpoint is that an application made on an account."""
    return f"{account}/{application}"


def account_of(endpoint: Endpoint) -> str:
    """Return the account that an endpoint hears of; one without an owner hears of every account."""
    return endpoint.owner.partition("/")[0]


def application_of(endpoint: Endpoint) -> str:
    """Return the application that an endpoint belongs to, which may be none."""
    return endpoint.owner.partition("/")[2]


def hears(endpoint: Endpoint, account: int) -> bool:
    """Tell whether an endpoint hears of an account."""
    return account_of(endpoint) in ("", str(account))


def created(tx: Tx, topic: str, record: Mapping[str, Any], by: Actor) -> None:
    """Tell of a new record, with all its relevant fields."""
    tell(tx, topic, "CREATED", record, by, notices.RELEVANT[topic](record))


def updated(tx: Tx, topic: str, before: Mapping[str, Any], after: Mapping[str, Any], by: Actor) -> None:
    """Tell of the relevant fields that have changed; nothing when none has (convention)."""
    current, previous = notices.differences(topic, before, after)
    if current:
        tell(tx, topic, "UPDATED", after, by, current, previous)


def deleted(tx: Tx, topic: str, record: Mapping[str, Any], by: Actor) -> None:
    """Tell of a record that is gone, whole as it last was (convention)."""
    tell(tx, topic, "DELETED", record, by, dict(record))


def tell(
    tx: Tx, topic: str, action: str, record: Mapping[str, Any], by: Actor, current: Record, previous: Record | None = None
) -> None:  # fmt: skip
    """Announce a notification to the account's subscribers of a topic; without any there is none."""
    account = record["accountId"]
    if not any(one.wants(topic) and hears(one, account) for one in endpoints.all(tx, NAME)):
        return
    bodies = {same: notices.body(topic, action, record, same, current, previous) for same in (False, True)}

    def body_for(endpoint: Endpoint) -> bytes:
        return bodies[by.application is not None and application_of(endpoint) == by.application]

    made = outbox.Notice(
        NAME, topic, tx.ids.uuid(), notices.KIND_OF[topic].name, str(record["id"]), bodies[False],
        hears=lambda endpoint: hears(endpoint, account),
    )  # fmt: skip
    outbox.announce(tx, made, body_for)
