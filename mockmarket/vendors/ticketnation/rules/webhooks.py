"""Webhooks: an organization's endpoints with their health, tests and deliveries; callback URLs of keys and events are such too."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from mockmarket.clock import iso_ms
from mockmarket.errors import Invalid
from mockmarket.rules.uuids import is_same
from mockmarket.store import Read, Tx, endpoints, history, keys, outbox
from mockmarket.store.endpoints import Endpoint
from mockmarket.store.reachability import unreachable
from mockmarket.store.records import Record
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.records import NAME, NOTICES, NewWebhook, WebhookChange
from mockmarket.vendors.ticketnation.rules.organizations import missing, of_endpoint
from mockmarket.webhooks import targets
from mockmarket.worlds.world import World

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOST_SHOWN = 1_000
"""How many characters of a receiver's answer the history shows."""


def of_organization(read: Read, organization: Record) -> list[Endpoint]:
    """Return an organization's endpoints, oldest first: its webhooks, and its keys' and events' callback URLs."""
    return [endpoint for endpoint in endpoints.all(read, NAME) if of_endpoint(read, endpoint) == organization["id"]]


def webhook_of(read: Read, organization: Record, id: str) -> Endpoint:
    """Return an organization's endpoint by the id that the API shows; NotFound for another's too."""
    found = next(
        (endpoint for endpoint in of_organization(read, organization) if is_same(public_id(endpoint.id), id)), None
    )
    if found is None:
        raise missing("Webhook", id)
    return found


def public_id(id: str) -> str:
    """Return an endpoint's id as the API shows it: a UUID, whatever control calls it."""
    return id if UUID.fullmatch(id) else wire.uuid_of("webhook", id)


def describe(read: Read, endpoint: Endpoint) -> Record:
    """Write an endpoint as the API shows it, without its secret."""
    key = keys.get(read, endpoint.owner) if endpoint.owner else None
    return {
        "id": public_id(endpoint.id), "url": endpoint.url, "events": list(endpoint.types or NOTICES),
        "isActive": endpoint.active, "consecutiveFailures": endpoint.failures, "disabledReason": endpoint.disabled_reason,
        "apiKeyId": wire.uuid_of("key", key.id) if key else None, "eventId": endpoint.data.get("eventId"),
        "createdAt": iso_ms(endpoint.created_at), "updatedAt": iso_ms(endpoint.updated_at),
    }  # fmt: skip


def check_url(world: World, url: str) -> None:
    """Raise Invalid for a URL that is not https where the setting asks for that."""
    try:
        targets.check_url(url, world.settings_of(NAME)["require_https"])
    except ValueError as error:
        raise Invalid(str(error), details=[("url", str(error))]) from error


def create(world: World, organization: Record, body: NewWebhook) -> Record:
    """Make a webhook; its secret is in what this returns and never shown again (convention)."""
    check_url(world, body["url"])
    types = tuple(body["events"]) if "events" in body else None
    with world.atomic() as tx:
        secret = tx.ids.secret(48)
        made = Endpoint(tx.ids.uuid(), NAME, body["url"], secret, tx.now, tx.now, owner=organization["id"], types=types)
        endpoints.put(tx, made)
        return describe(tx, made) | {"secret": secret}


def update(world: World, organization: Record, id: str, body: WebhookChange) -> Record:
    """Change a webhook; made active again, it begins with no failures (convention)."""
    with world.atomic() as tx:
        endpoint = webhook_of(tx, organization, id)
        changes: dict[str, Any] = {"updated_at": tx.now}
        if "url" in body:
            check_own(tx, endpoint, "url")
            check_url(world, body["url"])
            changes["url"] = body["url"]
        if "events" in body:
            changes["types"] = tuple(body["events"])
        if "isActive" in body:
            changes |= activity(body["isActive"])
        endpoint = replace(endpoint, **changes)
        endpoints.put(tx, endpoint)
        return describe(tx, endpoint)


def activity(active: bool) -> dict[str, Any]:
    """Return what an endpoint has when its owner switches it on, or off."""
    if active:
        return {"active": True, "failures": 0, "disabled_reason": None}
    return {"active": False, "disabled_reason": "Switched off by its owner."}


def check_own(read: Read, endpoint: Endpoint, field: str) -> None:
    """Raise Invalid for a callback URL of a key or an event, which is changed where it was set."""
    if "eventId" in endpoint.data or keys.get(read, endpoint.owner):
        where = "event" if "eventId" in endpoint.data else "API key"
        sentence = f"is the callback URL of an {where}; change it there"
        raise Invalid(f"This webhook {sentence}.", details=[(field, sentence)])


def delete(world: World, organization: Record, id: str) -> str:
    """Delete a webhook; what still waited for it is dropped when it is due. Returns its id."""
    with world.atomic() as tx:
        endpoint = webhook_of(tx, organization, id)
        check_own(tx, endpoint, "id")
        endpoints.delete(tx, endpoint.id)
        return id


def try_out(world: World, organization: Record, id: str) -> Record:
    """Send a test to a webhook now, also to one that is disabled, and return the delivery as it came out.

    It is sent once and counts neither way; a success makes a disabled webhook active again, with no failures (convention).
    Invalid when nothing can be sent to it.
    """
    with world.atomic() as tx:
        endpoint = webhook_of(tx, organization, id)
        reason = unreachable(tx, NAME, endpoint)
        if reason:
            raise Invalid(f"Nothing was sent: the webhook {reason}.", details=[("webhook", reason)])
        number = outbox.address(tx, wire.trial_notice(tx, id), endpoint, "test")
        claim = world.inline_sender.claim(world, tx, [number])
    world.inline_sender.send(world, claim)
    read = world.read()
    return delivery(read, id, history.deliveries(read, {"endpoint": endpoint.id}, 1, before=number + 1)[0])


def deliveries(read: Read, endpoint: Endpoint, status: str | None, take: int, offset: int) -> tuple[list[Record], int]:
    """Return a page of an endpoint's deliveries, newest first, with every attempt; and how many there are in all."""
    where = {"endpoint": endpoint.id} | ({"state": status.lower()} if status else {})
    rows = history.deliveries(read, where, take, offset=offset)
    return [delivery(read, public_id(endpoint.id), row) for row in rows], history.count_deliveries(read, where)


def delivery(read: Read, webhook: str, row: Mapping[str, Any]) -> Record:
    """Write a delivery as the API shows it (convention)."""
    return {
        "id": row["uid"], "webhookId": webhook, "type": row["type"], "status": row["state"].upper(), "isTest": row["why"] == "test",
        "payload": orjson.loads(row["body"]), "attemptCount": row["attempts"], "lastStatusCode": row["last_status"],
        "nextAttemptAt": iso_ms(row["due"]) if row["due"] is not None else None, "createdAt": iso_ms(row["at"]),
        "completedAt": iso_ms(row["settled_at"]) if row["settled_at"] is not None else None,
        "attempts": [attempt(row_of_attempt) for row_of_attempt in history.attempts(read, row["id"])],
    }  # fmt: skip


def attempt(row: Mapping[str, Any]) -> Record:
    """Write one attempt as the API shows it (convention)."""
    return {
        "number": row["number"], "at": iso_ms(row["at"]), "statusCode": row["status"],
        "responseBody": row["answer_body"].decode("utf-8", "replace")[:MOST_SHOWN], "error": row["error"],
        "durationMs": round(row["elapsed_ms"]), "outcome": row["reason"],
    }  # fmt: skip


def id_of_event(event: str) -> str:
    """Return the id of the endpoint that an event's callback URL is."""
    return f"end_{event}"


def follow_event(tx: Tx, event: Record, organization: str) -> Record:
    """Bring the endpoint of an event's callbackUrl into line; returns `callbackSecret` when it is new, else nothing (convention)."""
    id, url = id_of_event(event["id"]), event["callbackUrl"]
    endpoint = endpoints.get(tx, id)
    if url is None:
        endpoints.delete(tx, id)
        return {}
    if endpoint is not None:
        endpoints.put(tx, replace(endpoint, url=url, updated_at=tx.now))
        return {}
    secret = tx.ids.secret(48)
    endpoints.put(
        tx, Endpoint(id, NAME, url, secret, tx.now, tx.now, owner=organization, data={"eventId": event["id"]})
    )
    return {"callbackSecret": secret}
