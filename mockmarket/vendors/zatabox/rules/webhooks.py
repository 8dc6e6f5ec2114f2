"""Webhook endpoints: subscribed, changed, tested, given a new secret; their deliveries, and replays."""

from __future__ import annotations

from dataclasses import replace

from mockmarket.clock import iso_s, later
from mockmarket.errors import Invalid, NotFound
from mockmarket.store import Read, Tx, endpoints, history, outbox
from mockmarket.store.endpoints import Endpoint
from mockmarket.store.records import Record
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records.common import NAME, ORG
from mockmarket.vendors.zatabox.records.webhooks import TYPES
from mockmarket.vendors.zatabox.rules import samples
from mockmarket.webhooks import targets
from mockmarket.worlds.world import World

STATES = {"sending": "pending", "delivered": "succeeded", "dropped": "failed", "rejected": "failed"}
"""The core's words for a delivery's state in Zatabox's (convention but for exhausted: document); others are the same."""


def endpoint_of(read: Read, id: str) -> Endpoint:
    """Return one of Zatabox's endpoints; NotFound when there is none."""
    endpoint = endpoints.get(read, id)
    if endpoint is None or endpoint.vendor != NAME:
        raise NotFound(f"There is no webhook endpoint {id}.")
    return endpoint


def describe(endpoint: Endpoint) -> Record:
    """Write an endpoint, without its secret."""
    return {
        "id": endpoint.id, "url": endpoint.url, "events": list(TYPES if endpoint.types is None else endpoint.types),
        "description": str(endpoint.data.get("description", "")), "active": endpoint.active,
        "createdAt": iso_s(endpoint.created_at), "updatedAt": iso_s(endpoint.updated_at),
    }  # fmt: skip


def new_secret(tx: Tx) -> str:
    """Mint a signing secret (document: whsec_)."""
    return f"whsec_{tx.ids.secret(48)}"


def check_url(world: World, url: str) -> None:
    """Raise Invalid for a URL that webhooks cannot be sent to."""
    try:
        targets.check_url(url, world.settings_of(NAME)["require_https"])
    except ValueError as error:
        raise Invalid(f"url: {error}", details=[("url", str(error))]) from error


def create(world: World, body: Record) -> Record:
    """Make an endpoint; its secret is in this answer and in none after it (document)."""
    check_url(world, body["url"])
    with world.atomic() as tx:
        endpoint = Endpoint(
            wire.new_id(tx, "whk"), NAME, body["url"], new_secret(tx), tx.now, tx.now, owner=ORG,
            types=tuple(dict.fromkeys(body["events"])), active=body["active"], data={"description": body["description"]},
        )  # fmt: skip
        endpoints.put(tx, endpoint)
    return describe(endpoint) | {"secret": endpoint.secret}


def update(world: World, id: str, body: Record) -> Record:
    """Change an endpoint; what is not named stays."""
    if "url" in body:
        check_url(world, body["url"])
    with world.atomic() as tx:
        endpoint = endpoint_of(tx, id)
        changes: Record = {name: body[name] for name in ("url", "active") if name in body}
        if "events" in body:
            changes["types"] = tuple(dict.fromkeys(body["events"]))
        if "description" in body:
            changes["data"] = endpoint.data | {"description": body["description"]}
        if body.get("active"):
            changes |= {"failures": 0, "disabled_reason": None}
        endpoint = replace(endpoint, updated_at=tx.now, **changes)
        endpoints.put(tx, endpoint)
    return describe(endpoint)


def delete(world: World, id: str) -> Record:
    """Remove an endpoint; returns it as it was. What still waited for it is dropped when it is due."""
    with world.atomic() as tx:
        endpoint = endpoint_of(tx, id)
        endpoints.delete(tx, id)
    return describe(endpoint)


def rotate(world: World, id: str) -> Record:
    """Give an endpoint a new secret, shown in this answer only; the one before signs beside it while the grace lasts, if there is one."""
    grace_ms = round(world.settings_of(NAME)["rotation_grace_s"] * 1000)
    with world.atomic() as tx:
        endpoint = endpoint_of(tx, id).rotated(new_secret(tx), tx.now, grace_ms)
        endpoints.put(tx, endpoint)
    until = later(tx.now, grace_ms) if grace_ms else None
    return describe(endpoint) | {"secret": endpoint.secret, "previousSecretExpiresAt": wire.iso(until)}


def send_test(world: World, id: str) -> Record:
    """Send an endpoint a signed example of the first type that it listens for, whatever its state; `data.test` marks it."""
    with world.atomic() as tx:
        endpoint = endpoint_of(tx, id)
        type = (endpoint.types or tuple(TYPES))[0]
        outbox.address(tx, samples.example(tx, type), endpoint, "test")
        [row] = history.deliveries(tx, {"endpoint": id}, 1)
    return delivery(world.read(), row["uid"])


def replay(world: World, uid: str) -> Record:
    """Send a delivery once more, now, whatever its state and its endpoint's: same event id and body, signed anew (document).

    Conflict while an attempt of it is under way, and when its endpoint is gone.
    """
    with world.atomic() as tx:
        outbox.resend(tx, row_of(tx, uid))
    return delivery(world.read(), uid)


def row_of(read: Read, uid: str) -> Record:
    """Return one of Zatabox's deliveries as it is stored; NotFound when there is none."""
    row = history.delivery(read, uid)
    if row is None or row["vendor"] != NAME:
        raise NotFound(f"There is no delivery {uid}.")
    return row


def delivery(read: Read, uid: str) -> Record:
    """Write one delivery with its attempts."""
    return describe_delivery(row_of(read, uid))


def deliveries(read: Read, id: str, limit: int, before: int | None) -> list[Record]:
    """Return an endpoint's deliveries as they are stored, newest first, each with its attempts."""
    endpoint_of(read, id)
    rows = history.deliveries(read, {"endpoint": id}, limit, before)
    return [row | {"attempts_made": history.attempts(read, row["id"])} for row in rows]


def describe_delivery(row: Record) -> Record:
    """Write a delivery (convention: fields and states; document: exhausted)."""
    state = STATES.get(row["state"], row["state"])
    return {
        "id": row["uid"], "eventId": row["event_id"], "type": row["type"], "endpointId": row["endpoint"], "status": state,
        "test": row["why"] == "test", "responseStatus": row["last_status"],
        "attempts": [describe_attempt(attempt) for attempt in row["attempts_made"]],
        "nextAttemptAt": wire.iso(row["due"]) if state == "pending" else None,
        "createdAt": iso_s(row["at"]), "settledAt": wire.iso(row["settled_at"]),
    }  # fmt: skip


def describe_attempt(row: Record) -> Record:
    """Write one attempt of a delivery."""
    return {
        "number": row["number"], "at": iso_s(row["at"]), "replay": row["why"] == "resend", "responseStatus": row["status"],
        "error": row["error"], "durationMs": round(row["elapsed_ms"]),
    }  # fmt: skip
