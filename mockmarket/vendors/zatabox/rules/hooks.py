"""Webhook endpoints: subscribed, changed, tested, given a new secret; their deliveries, and replays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mockmarket.clock import iso_s, later
from mockmarket.errors import Invalid, NotFound
from mockmarket.store import Read, Tx, endpoints, history, outbox
from mockmarket.store.endpoints import Endpoint
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.catalog import TYPES
from mockmarket.vendors.zatabox.rules import samples
from mockmarket.vendors.zatabox.wire import NAME
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


def shown(endpoint: Endpoint) -> dict[str, Any]:
    """Write an endpoint, without its secret."""
    return {
        "id": endpoint.id, "url": endpoint.url, "events": list(TYPES if endpoint.types is None else endpoint.types),
        "description": str(endpoint.data.get("description", "")), "active": endpoint.active,
        "createdAt": iso_s(endpoint.created_at), "updatedAt": iso_s(endpoint.updated_at),
    }  # fmt: skip


def all_shown(read: Read) -> list[dict[str, Any]]:
    """Write every endpoint, oldest first."""
    return [shown(endpoint) for endpoint in endpoints.all(read, NAME)]


def new_secret(tx: Tx) -> str:
    """Mint a signing secret (document: whsec_)."""
    return f"whsec_{tx.ids.secret(48)}"


def check_url(world: World, url: str) -> None:
    """Raise Invalid for a URL that webhooks cannot be sent to."""
    try:
        targets.check_url(url, world.settings_of(NAME)["require_https"])
    except ValueError as error:
        raise Invalid(f"url: {error}", details=[("url", str(error))]) from error


def subscribe(world: World, given: dict[str, Any]) -> dict[str, Any]:
    """Make an endpoint; its secret is in this answer and in none after it (document)."""
    check_url(world, given["url"])
    with world.atomic() as tx:
        made = Endpoint(
            wire.new_id(tx, "whk"), NAME, given["url"], new_secret(tx), tx.now, tx.now, owner=wire.ORG,
            types=tuple(dict.fromkeys(given["events"])), active=given["active"], data={"description": given["description"]},
        )  # fmt: skip
        endpoints.put(tx, made)
    return shown(made) | {"secret": made.secret}


def change(world: World, id: str, given: dict[str, Any]) -> dict[str, Any]:
    """Change an endpoint; what is not named stays."""
    if "url" in given:
        check_url(world, given["url"])
    with world.atomic() as tx:
        there = endpoint_of(tx, id)
        changes: dict[str, Any] = {name: given[name] for name in ("url", "active") if name in given}
        if "events" in given:
            changes["types"] = tuple(dict.fromkeys(given["events"]))
        if "description" in given:
            changes["data"] = there.data | {"description": given["description"]}
        if given.get("active"):
            changes |= {"failures": 0, "disabled_reason": None}
        changed = replace(there, updated_at=tx.now, **changes)
        endpoints.put(tx, changed)
    return shown(changed)


def remove(world: World, id: str) -> dict[str, Any]:
    """Remove an endpoint; returns it as it was. What still waited for it is dropped when it is due."""
    with world.atomic() as tx:
        there = endpoint_of(tx, id)
        endpoints.delete(tx, id)
    return shown(there)


def rotate(world: World, id: str) -> dict[str, Any]:
    """Give an endpoint a new secret, shown in this answer only; the one before signs beside it while the grace lasts, if there is one."""
    grace_ms = round(world.settings_of(NAME)["rotation_grace_s"] * 1000)
    with world.atomic() as tx:
        changed = endpoint_of(tx, id).rotated(new_secret(tx), tx.now, grace_ms)
        endpoints.put(tx, changed)
    until = later(tx.now, grace_ms) if grace_ms else None
    return shown(changed) | {"secret": changed.secret, "previousSecretExpiresAt": wire.iso(until)}


def test(world: World, id: str) -> dict[str, Any]:
    """Send an endpoint a signed example of the first type that it listens for, whatever its state; `data.test` marks it."""
    with world.atomic() as tx:
        there = endpoint_of(tx, id)
        type = (there.types or tuple(TYPES))[0]
        outbox.address(tx, samples.example(tx, type), there, "test")
        [made] = history.deliveries(tx, {"endpoint": id}, 1)
    return delivery(world.read(), made["uid"])


def replay(world: World, uid: str) -> dict[str, Any]:
    """Send a delivery once more, now, whatever its state and its endpoint's: same event id and body, signed anew (document).

    Conflict while an attempt of it is under way, and when its endpoint is gone.
    """
    with world.atomic() as tx:
        outbox.resend(tx, row_of(tx, uid))
    return delivery(world.read(), uid)


def row_of(read: Read, uid: str) -> dict[str, Any]:
    """Return one of Zatabox's deliveries as it is stored; NotFound when there is none."""
    row = history.delivery(read, uid)
    if row is None or row["vendor"] != NAME:
        raise NotFound(f"There is no delivery {uid}.")
    return row


def delivery(read: Read, uid: str) -> dict[str, Any]:
    """Write one delivery with its attempts."""
    return delivery_of(row_of(read, uid))


def deliveries(read: Read, id: str, limit: int, before: int | None) -> list[dict[str, Any]]:
    """Return an endpoint's deliveries as they are stored, newest first, each with its attempts."""
    endpoint_of(read, id)
    rows = history.deliveries(read, {"endpoint": id}, limit, before)
    return [row | {"attempts_made": history.attempts(read, row["id"])} for row in rows]


def delivery_of(row: dict[str, Any]) -> dict[str, Any]:
    """Write a delivery (convention: fields and states; document: exhausted)."""
    state = STATES.get(row["state"], row["state"])
    return {
        "id": row["uid"], "eventId": row["event_id"], "type": row["type"], "endpointId": row["endpoint"], "status": state,
        "test": row["why"] == "test", "responseStatus": row["last_status"],
        "attempts": [attempt_of(one) for one in row["attempts_made"]],
        "nextAttemptAt": wire.iso(row["due"]) if state == "pending" else None,
        "createdAt": iso_s(row["at"]), "settledAt": wire.iso(row["settled_at"]),
    }  # fmt: skip


def attempt_of(row: dict[str, Any]) -> dict[str, Any]:
    """Write one attempt of a delivery."""
    return {
        "number": row["number"], "at": iso_s(row["at"]), "replay": row["why"] == "resend", "responseStatus": row["status"],
        "error": row["error"], "durationMs": round(row["elapsed_ms"]),
    }  # fmt: skip
