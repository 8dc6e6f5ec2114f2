"""Webhooks: an organization's endpoints with their health, tests and deliveries; callback URLs of keys and events are such too."""

from __future__ import annotations

from dataclasses import replace

import orjson

from mockmarket.clock import iso_ms
from mockmarket.errors import Invalid, NotFound
from mockmarket.records import defaults
from mockmarket.rules.uuids import UUID, is_same
from mockmarket.store import Read, Tx, endpoints, history, keys, outbox
from mockmarket.store.endpoints import Endpoint, unreachable
from mockmarket.store.records import Record
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.records import NAME, NOTICES, Delivery, NewWebhook, Webhook, WebhookChange
from mockmarket.vendors.ticketnation.rules.organizations import of_endpoint
from mockmarket.webhooks import targets
from mockmarket.worlds.world import World

MOST_SHOWN = 1_000
"""How many characters of a receiver's answer the history shows."""
MOMENTS = {"nextAttemptAt": "due", "createdAt": "at", "completedAt": "settled_at"}
"""A delivery's times, each with the column that has it."""


def of_organization(read: Read, organization: Record) -> list[Endpoint]:
    """Return an organization's endpoints, oldest first: its webhooks, and its keys' and events' callback URLs."""
    return [endpoint for endpoint in endpoints.all(read, NAME) if of_endpoint(read, endpoint) == organization["id"]]


def webhook_of(read: Read, organization: Record, id: str) -> Endpoint:
    """Return an organization's endpoint by the id that the API shows; NotFound for another's too."""
    for endpoint in of_organization(read, organization):
        if is_same(public_id(endpoint.id), id):
            return endpoint
    raise NotFound(f"Webhook not found: {id}")


def public_id(id: str) -> str:
    """Return an endpoint's id as the API shows it: a UUID in small letters, whatever control calls it."""
    return id if UUID.fullmatch(id) and id == id.lower() else wire.uuid_of("webhook", id)


def to_json(read: Read, endpoint: Endpoint) -> Webhook:
    """Write an endpoint as the API shows it, without its secret."""
    key = keys.get(read, endpoint.owner) if endpoint.owner else None
    return {
        "id": public_id(endpoint.id),
        "url": endpoint.url,
        "events": list(endpoint.types or NOTICES),
        "isActive": endpoint.active,
        "consecutiveFailures": endpoint.failures,
        "disabledReason": endpoint.disabled_reason,
        "apiKeyId": wire.uuid_of("key", key.id) if key else None,
        "eventId": endpoint.data.get("eventId"),
        "createdAt": iso_ms(endpoint.created_at),
        "updatedAt": iso_ms(endpoint.updated_at),
    }


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
        secret, id = tx.ids.secret(48), tx.ids.uuid()
        endpoint = Endpoint(id, NAME, body["url"], secret, tx.now, tx.now, owner=organization["id"], types=types)
        endpoints.put(tx, endpoint)
        return {**to_json(tx, endpoint), "secret": secret}


def update(world: World, organization: Record, id: str, body: WebhookChange) -> Webhook:
    """Change a webhook; made active again, it begins with no failures (convention)."""
    with world.atomic() as tx:
        endpoint = replace(webhook_of(tx, organization, id), updated_at=tx.now)
        if "url" in body:
            check_own(tx, endpoint, "url")
            check_url(world, body["url"])
            endpoint = replace(endpoint, url=body["url"])
        if "events" in body:
            endpoint = replace(endpoint, types=tuple(body["events"]))
        if "isActive" in body:
            endpoint = with_activity(endpoint, body["isActive"])
        endpoints.put(tx, endpoint)
        return to_json(tx, endpoint)


def with_activity(endpoint: Endpoint, active: bool) -> Endpoint:
    """Return an endpoint that its owner switches on, or off."""
    if active:
        return replace(endpoint, active=True, failures=0, disabled_reason=None)
    return replace(endpoint, active=False, disabled_reason="Switched off by its owner.")


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


def delivery(read: Read, webhook: str, row: Record) -> Record:
    """Write a delivery as the API shows it (convention)."""
    what = {"id": row["uid"], "webhookId": webhook, "type": row["type"], "payload": orjson.loads(row["body"])}
    state = {"status": row["state"].upper(), "isTest": row["why"] == "test", "lastStatusCode": row["last_status"]}
    moments = {name: wire.moment(row[column]) for name, column in MOMENTS.items()}
    attempts = [attempt(tried) for tried in history.attempts(read, row["id"])]
    return defaults(Delivery) | what | state | moments | {"attemptCount": row["attempts"], "attempts": attempts}


def attempt(row: Record) -> Record:
    """Write one attempt as the API shows it (convention)."""
    answered = {"statusCode": row["status"], "responseBody": row["answer_body"].decode("utf-8", "replace")[:MOST_SHOWN]}
    outcome = {"error": row["error"], "durationMs": round(row["elapsed_ms"]), "outcome": row["reason"]}
    return {"number": row["number"], "at": iso_ms(row["at"])} | answered | outcome


def id_of_event(event: str) -> str:
    """Return the id of the endpoint that an event's callback URL is."""
    return f"end_{event}"


def follow_event(tx: Tx, event: Record, organization: str) -> Record:
    """Bring the endpoint of an event's callbackUrl into line; returns `callbackSecret` when it is new, else nothing (convention)."""
    id, url, data = id_of_event(event["id"]), event["callbackUrl"], {"eventId": event["id"]}
    endpoint = endpoints.get(tx, id)
    if url is None:
        endpoints.delete(tx, id)
    elif endpoint is not None:
        endpoints.put(tx, replace(endpoint, url=url, updated_at=tx.now))
    else:
        secret = tx.ids.secret(48)
        endpoints.put(tx, Endpoint(id, NAME, url, secret, tx.now, tx.now, owner=organization, data=data))
        return {"callbackSecret": secret}
    return {}
