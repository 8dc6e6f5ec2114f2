"""Webhook endpoints, their deliveries, and the catalogue."""

from __future__ import annotations

import re
from dataclasses import replace

from mockmarket.api import paging
from mockmarket.clock import iso_s, later
from mockmarket.errors import Invalid, NotFound
from mockmarket.records import Create, Update
from mockmarket.store import Read, Tx, endpoints, history, outbox
from mockmarket.store.endpoints import Endpoint
from mockmarket.store.records import Record
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.handlers.conventions import Context, operation, reads, writes
from mockmarket.vendors.zatabox.records import webhooks as shapes
from mockmarket.vendors.zatabox.records.common import NAME, ORG, Answer, Items, NextPage, PageQuery
from mockmarket.vendors.zatabox.records.webhooks import CATALOG, TYPES, Webhook
from mockmarket.vendors.zatabox.rules.notices import example, invalid
from mockmarket.webhooks import targets

SCOPE = "webhooks:manage"

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
        "id": endpoint.id,
        "url": endpoint.url,
        "events": list(TYPES if endpoint.types is None else endpoint.types),
        "description": str(endpoint.data.get("description", "")),
        "active": endpoint.active,
        "createdAt": iso_s(endpoint.created_at),
        "updatedAt": iso_s(endpoint.updated_at),
    }


def new_secret(tx: Tx) -> str:
    """Mint a signing secret (document: whsec_)."""
    return f"whsec_{tx.ids.secret(48)}"


def changes_of(context: Context, body: Record) -> Record:
    """Return what a call sets of an endpoint as it is stored; Invalid for a URL that webhooks cannot be sent to."""
    changes: Record = {name: body[name] for name in ("url", "active") if name in body}
    if "url" in body:
        try:
            targets.check_url(body["url"], context.settings()["require_https"])
        except ValueError as error:
            raise Invalid(f"url: {error}", details=[("url", str(error))]) from error
    if "events" in body:
        changes["types"] = tuple(dict.fromkeys(body["events"]))
    if "description" in body:
        changes["data"] = {"description": body["description"]}
    return changes


@writes(body=Create(Webhook), answer=Answer[shapes.WebhookWithSecret], status=201, scope=SCOPE)
def create_webhook(context: Context, body: Record) -> Record:
    """Create an endpoint; the signing secret is in this answer only."""
    changes = changes_of(context, body)
    with context.world.atomic() as tx:
        id, now = wire.new_id(tx, "whk"), tx.now
        endpoint = Endpoint(id, NAME, secret=new_secret(tx), created_at=now, updated_at=now, owner=ORG, **changes)
        endpoints.put(tx, endpoint)
    return describe(endpoint) | {"secret": endpoint.secret}


@reads(answer=Answer[Items[Webhook]], scope=SCOPE)
def list_webhooks(context: Context) -> Items[Record]:
    """List endpoints, oldest first."""
    return {"items": [describe(endpoint) for endpoint in endpoints.all(context.read(), NAME)]}


@operation(answer=Answer[Items[shapes.CatalogEntry]], public=True)
def list_notice_types(context: Context) -> Items[shapes.CatalogEntry]:
    """List every event type with the top-level keys of its data; needs no key."""
    return {
        "items": [
            {"type": type.name, "description": type.when, "dataKeys": list(type.keys), "fires": type.fires}
            for type in CATALOG
        ]
    }


@writes(body=Update(Webhook), answer=Answer[Webhook], scope=SCOPE)
def update_webhook(context: Context, body: Record, id: str) -> Record:
    """Change an endpoint; what is not named stays, and what still waits for it goes to where it is then."""
    changes = changes_of(context, body)
    if body.get("active"):
        changes |= {"failures": 0, "disabled_reason": None}
    with context.world.atomic() as tx:
        endpoint = endpoint_of(tx, id)
        changes["data"] = endpoint.data | changes.get("data", {})
        endpoint = replace(endpoint, updated_at=tx.now, **changes)
        endpoints.put(tx, endpoint)
    return describe(endpoint)


@writes(answer=Answer[Webhook], scope=SCOPE)
def delete_webhook(context: Context, id: str) -> Record:
    """Delete an endpoint; answers it as it was."""  # what still waited for it is dropped when it is due
    with context.world.atomic() as tx:
        endpoint = endpoint_of(tx, id)
        endpoints.delete(tx, id)
    return describe(endpoint)


@writes(answer=Answer[shapes.Delivery], status=202, scope=SCOPE)
def send_test_webhook(context: Context, id: str) -> Record:
    """Send a signed, synthetic example of the first subscribed type, with `data.test` true."""
    with context.world.atomic() as tx:
        endpoint = endpoint_of(tx, id)
        type = (endpoint.types or tuple(TYPES))[0]
        outbox.address(tx, wire.notice(tx, type, None, "", example(type) | {"test": True}), endpoint, "test")
        [row] = history.deliveries(tx, {"endpoint": id}, 1)
    return describe_delivery(row_of(context.read(), row["uid"]))


@writes(answer=Answer[shapes.RotatedWebhook], scope=SCOPE)
def rotate_webhook_secret(context: Context, id: str) -> Record:
    """Give an endpoint a new secret, shown in this answer only; it signs from the next attempt on."""
    grace_ms = round(context.settings()["rotation_grace_s"] * 1000)
    with context.world.atomic() as tx:
        endpoint = endpoint_of(tx, id).rotated(new_secret(tx), tx.now, grace_ms)
        endpoints.put(tx, endpoint)
    until = later(tx.now, grace_ms) if grace_ms else None
    return describe(endpoint) | {"secret": endpoint.secret, "previousSecretExpiresAt": wire.iso(until)}


@reads(query=PageQuery, answer=Answer[NextPage[shapes.Delivery]], scope=SCOPE)
def list_webhook_deliveries(context: Context, query: PageQuery, id: str) -> NextPage[Record]:
    """List an endpoint's deliveries with their attempts, newest first."""
    before = delivery_number(query["cursor"]) if query["cursor"] else None
    read, limit = context.read(), query["limit"]
    endpoint_of(read, id)
    rows = history.deliveries(read, {"endpoint": id}, limit + 1, before)
    shown = [describe_delivery(row | {"attempts_made": history.attempts(read, row["id"])}) for row in rows[:limit]]
    return {"items": shown, "nextCursor": paging.cursor(str(rows[limit - 1]["id"])) if len(rows) > limit else None}


def delivery_number(cursor: str) -> int:
    """Read a cursor's place as a delivery's number; Invalid for what is none."""
    place = paging.read_cursor(cursor)
    if not re.fullmatch("[0-9]{1,18}", place):
        raise invalid("cursor", "is not one of this list's")
    return int(place)


@writes(answer=Answer[shapes.Delivery], status=202, scope=SCOPE)
def replay_delivery(context: Context, id: str) -> Record:
    """Send a delivery once more, now, whatever its state: same event id and body, a new signature."""
    with context.world.atomic() as tx:
        outbox.resend(tx, row_of(tx, id))  # Conflict while an attempt is under way, and once the endpoint is gone
    return describe_delivery(row_of(context.read(), id))


def row_of(read: Read, uid: str) -> Record:
    """Return one of Zatabox's deliveries as it is stored; NotFound when there is none."""
    row = history.delivery(read, uid)
    if row is None or row["vendor"] != NAME:
        raise NotFound(f"There is no delivery {uid}.")
    return row


def describe_delivery(row: Record) -> Record:
    """Write a delivery (convention: fields and states; document: exhausted)."""
    state = STATES.get(row["state"], row["state"])
    return {
        "id": row["uid"],
        "eventId": row["event_id"],
        "type": row["type"],
        "endpointId": row["endpoint"],
        "status": state,
        "test": row["why"] == "test",
        "responseStatus": row["last_status"],
        "attempts": [describe_attempt(attempt) for attempt in row["attempts_made"]],
        "nextAttemptAt": wire.iso(row["due"]) if state == "pending" else None,
        "createdAt": iso_s(row["at"]),
        "settledAt": wire.iso(row["settled_at"]),
    }


def describe_attempt(row: Record) -> shapes.Attempt:
    """Write one attempt of a delivery."""
    return {
        "number": row["number"],
        "at": iso_s(row["at"]),
        "replay": row["why"] == "resend",
        "responseStatus": row["status"],
        "error": row["error"],
        "durationMs": round(row["elapsed_ms"]),
    }
